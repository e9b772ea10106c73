/* SPDX-License-Identifier: MIT */
/* Results made by hand. */
#include "sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROLLS    144
#define BANKROLL 300

static const unsigned percents[RESULT_PERCENTILES] = {1, 5, 10, 25, 50, 75, 90, 95, 99};

/* xorshift64*, Vigna 2016; any even stream would do. */
static double draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)(*state * 0x2545F4914F6CDD1D >> 11) * 0x1p-53;
}

static int by_value(const void *one, const void *other)
{
    const chips a = *(const chips *)one;
    const chips b = *(const chips *)other;
    return (a > b) - (a < b);
}

static void take_percentiles(chips *values, size_t count, chips at[static RESULT_PERCENTILES])
{
    qsort(values, count, sizeof *values, by_value);
    for (size_t k = 0; k < RESULT_PERCENTILES && count > 0; k++)
        at[k] = values[(count - 1) * percents[k] / 100];
}

static struct result_spread spread_of(chips *values, size_t count)
{
    struct result_spread spread = {.count = count, .width = 1};
    double squares = 0;
    if (count == 0)
        return spread;
    for (size_t i = 0; i < count; i++)
        spread.mean += (double)values[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += ((double)values[i] - spread.mean) * ((double)values[i] - spread.mean);
    spread.deviation = count > 1 ? sqrt(squares / (double)(count - 1)) : 0;
    spread.mean_error = spread.deviation / sqrt((double)count);
    take_percentiles(values, count, spread.at);
    spread.least = values[0];
    spread.most = values[count - 1];
    return spread;
}

static void make_histogram(struct result_histogram *histogram, const chips *sorted, size_t count)
{
    memset(histogram, 0, sizeof *histogram);
    if (count == 0)
        return;
    histogram->width = (sorted[count - 1] - sorted[0]) / 40 + 1;
    for (size_t i = 0; i < count; i++) {
        const size_t bar = (size_t)((sorted[i] - sorted[0]) / histogram->width);
        histogram->bars[bar].count++;
        if (bar + 1 > histogram->count)
            histogram->count = bar + 1;
    }
    for (size_t i = 0; i < histogram->count; i++)
        histogram->bars[i].from = sorted[0] + (chips)i * histogram->width;
}

static void make_bets(struct sample *sample)
{
    static const struct result_bet bets[SAMPLE_BETS] = {
        {.name = "pass",
         .placed = 42100,
         .placed_chips = 421000,
         .won = 20700,
         .lost = 21300,
         .decided = 42000,
         .handle = 420000,
         .net = -6000,
         .edge = 0.0142857,
         .edge_error = 0.00488,
         .exact = 0.0141414,
         .exact_text = "7/495",
         .z = 0.03,
         .check = RESULT_CHECK_AGREES},
        {.name = "pass odds",
         .placed = 28000,
         .placed_chips = 560000,
         .won = 11400,
         .lost = 16600,
         .decided = 28000,
         .handle = 560000,
         .net = 1400,
         .edge = -0.0025,
         .edge_error = 0.0071,
         .exact = 0,
         .exact_text = "0",
         .z = -0.35,
         .check = RESULT_CHECK_AGREES},
        {.name = "place 6",
         .placed = 900,
         .placed_chips = 10800,
         .won = 5000,
         .lost = 6010,
         .decided = 11010,
         .handle = 132120,
         .net = -2120,
         .edge = 0.0160460,
         .edge_error = 0.0104,
         .exact = 0.0151515,
         .exact_text = "1/66",
         .z = 0.09,
         .check = RESULT_CHECK_AGREES},
        {.name = "hop 6 6",
         .placed = 12,
         .placed_chips = 12,
         .lost = 12,
         .decided = 12,
         .handle = 12,
         .net = -12,
         .edge = 1,
         .edge_error = 0.2,
         .exact = 0.1388889,
         .exact_text = "5/36",
         .z = 4.3,
         .check = RESULT_CHECK_FEW},
        {.name = "fire",
         .placed = 500,
         .placed_chips = 500,
         .lost = 490,
         .won = 10,
         .decided = 500,
         .handle = 500,
         .net = -100,
         .edge = 0.2,
         .edge_error = 0.1,
         .check = RESULT_CHECK_NONE},
    };
    memcpy(sample->bets, bets, sizeof bets);
    sample->result.bets = sample->bets;
    sample->result.bets_count = SAMPLE_BETS;
    sample->result.sound = true;
}

static void make_dice(struct result_dice *dice, uint64_t rolls)
{
    *dice = (struct result_dice){.rolls = rolls,
                                 .chi_square_outcomes = 33.25,
                                 .p_outcomes = 0.5525,
                                 .chi_square_totals = 8.5,
                                 .p_totals = 0.5803,
                                 .hands = rolls / 9,
                                 .hand_rolls = rolls / 9 * 8,
                                 .longest_hand = rolls < 61 ? rolls : 61,
                                 .points_set = rolls / 5,
                                 .points_made = rolls / 13,
                                 .rolls_per_hand = 8.5312,
                                 .points_made_per_hand = 0.6841,
                                 .seven_out_rate = 0.11729};
    for (unsigned d1 = 0; d1 < 6; d1++)
        for (unsigned d2 = 0; d2 < 6; d2++) {
            dice->outcomes[d1][d2] = rolls / 36 + (d1 * 7 + d2 * 3) % 5;
            dice->totals[d1 + d2 + 2] += dice->outcomes[d1][d2];
        }
}

/* Plays the sessions: a bankroll is bust when it cannot pay for the next stake. */
static void play(struct sample *sample, size_t sessions, chips stake, double edge, uint64_t state)
{
    static chips banks[SAMPLE_SESSIONS_MAX];
    static chips peaks[SAMPLE_SESSIONS_MAX];
    static chips falls[SAMPLE_SESSIONS_MAX];
    static chips bust_rolls[SAMPLE_SESSIONS_MAX];
    static chips sorted[SAMPLE_SESSIONS_MAX];
    struct result *result = &sample->result;
    size_t bust = 0;
    for (size_t i = 0; i < sessions; i++)
        banks[i] = peaks[i] = BANKROLL, falls[i] = 0;
    for (size_t roll = 0; roll <= ROLLS; roll++) {
        for (size_t i = 0; i < sessions && roll > 0; i++) {
            if (banks[i] < stake)
                continue;
            banks[i] += draw(&state) < (1 - edge) / 2 ? stake : -stake;
            if (banks[i] > peaks[i])
                peaks[i] = banks[i];
            if (peaks[i] - banks[i] > falls[i])
                falls[i] = peaks[i] - banks[i];
            if (banks[i] < stake)
                bust_rolls[bust++] = (chips)roll;
        }
        struct result_point *point = &sample->points[roll];
        *point = (struct result_point){.roll = roll, .alive = 1};
        for (size_t i = 0; i < RESULT_PATHS && i < sessions; i++)
            sample->paths[i].bankroll[roll] = banks[i];
        memcpy(sorted, banks, sizeof sorted);
        take_percentiles(sorted, sessions, point->at);
        point->mean = spread_of(sorted, sessions).mean;
        if (sessions > 0)
            point->alive = 1 - (double)bust / (double)sessions;
    }
    for (size_t i = 0; i < sessions; i++) {
        result->ahead_count += banks[i] > BANKROLL;
        result->even_count += banks[i] == BANKROLL;
        result->behind_count += banks[i] < BANKROLL;
        result->doubled_count += peaks[i] >= 2 * BANKROLL;
        sorted[i] = ROLLS;
    }
    result->session_rolls = spread_of(sorted, sessions);
    for (size_t i = 0; i < sessions; i++)
        sorted[i] = banks[i] - BANKROLL;
    result->winnings = spread_of(sorted, sessions);
    result->final = spread_of(banks, sessions);
    result->peak = spread_of(peaks, sessions);
    result->drawdown = spread_of(falls, sessions);
    result->bust_rolls = spread_of(bust_rolls, bust);
    result->bust_count = bust;
    make_histogram(&result->histogram, banks, sessions);
}

void sample_make(struct sample *sample, const char *name, size_t sessions, chips stake, double edge,
                 uint64_t seed)
{
    memset(sample, 0, sizeof *sample);
    sample->setting = (struct result_setting){.preset = "casino",
                                              .house = "",
                                              .card = "Minimum 5\nField 2:1 and 3:1\n",
                                              .bankroll = BANKROLL,
                                              .unit = 5,
                                              .seed = seed,
                                              .sessions = sessions,
                                              .horizon = RESULT_HORIZON_ROLLS,
                                              .length = ROLLS,
                                              .hours = 1,
                                              .jobs = 2,
                                              .cores = 2,
                                              .seconds = 0.5,
                                              .rolls = sessions * ROLLS,
                                              .rolls_per_second = (double)sessions * 288};
    sample->setting.rules = craps_rules_casino();
    struct result *result = &sample->result;
    result->setting = &sample->setting;
    result->name = name;
    result->description = "A walk of even steps.";
    result->text = "on come-out:\n    bet pass unit\n";
    result->sessions = sessions;
    play(sample, sessions, stake, edge, seed * 2 + 1);
    const double all = sessions > 0 ? (double)sessions : 1;
    result->ahead = (double)result->ahead_count / all;
    result->even = (double)result->even_count / all;
    result->behind = (double)result->behind_count / all;
    result->bust = (double)result->bust_count / all;
    result->doubled = (double)result->doubled_count / all;
    result->winnings_per_roll = result->winnings.mean / ROLLS;
    result->winnings_per_hour = result->winnings.mean;
    result->points = sample->points;
    result->points_count = sessions > 0 ? ROLLS + 1 : 0;
    result->paths = sample->paths;
    result->paths_count = sessions < RESULT_PATHS ? sessions : RESULT_PATHS;
    for (size_t i = 0; i < RESULT_PATHS; i++)
        sample->paths[i].session = i;
    result->rolls = sessions * ROLLS;
    result->handle = (chips)sessions * ROLLS * stake;
    result->placed_chips = result->handle;
    result->bet_per_roll = (double)stake;
    result->risk_mean = (double)stake;
    result->risk_most = stake;
    result->decisions = result->rolls;
    result->rolls_per_decision = sessions > 0 ? 1 : 0;
    result->edge = result->handle > 0 ? -result->winnings.mean * all / (double)result->handle : 0;
    result->edge_error = 0.001;
    result->exact_edge = edge;
    result->exact_complete = true;
    result->needed_95 = 250;
    make_bets(sample);
    make_dice(&result->dice, result->rolls);
    if (sessions == 0)
        result->bets_count = 0;
}
