/* SPDX-License-Identifier: MIT */
/* From sums to what a report says. */
#include "simulate/finish.h"

#include <math.h>
#include <stdlib.h>

#define ROLLS_PER_HOUR 144

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static chips narrow(__int128 sum)
{
    return sum > INT64_MAX ? INT64_MAX : sum < -INT64_MAX ? -INT64_MAX : (chips)sum;
}

/* ---- Spreads ---- */

static void tell_spread(const struct census *census, struct result_spread *out)
{
    out->width = census_width(census);
    out->count = census->count;
    out->mean = census_mean(census);
    out->mean_error = census_mean_error(census);
    out->deviation = census_deviation(census);
    out->least = census->least;
    out->most = census->most;
    for (size_t i = 0; i < RESULT_PERCENTILES; i++)
        out->at[i] = census_percentile(census, RESULT_PERCENTILE[i]);
}

static void shift_spread(struct result_spread *spread, chips by)
{
    spread->mean -= (double)by;
    spread->least -= by;
    spread->most -= by;
    for (size_t i = 0; i < RESULT_PERCENTILES; i++)
        spread->at[i] -= by;
}

/* How many of the widths least to most touch. */
static uint64_t touched(const struct census *census, chips width)
{
    chips first = census->least / width - (census->least % width < 0);
    chips last = census->most / width - (census->most % width < 0);
    return (uint64_t)(last - first) + 1;
}

/* Bars of 1, 2 or 5 times a power of ten; where the counters are wider than 1, of powers of two. */
static void tell_histogram(const struct census *census, struct result_histogram *out)
{
    const chips least_width = census_width(census);
    chips width = least_width;
    if (census->count == 0)
        return;
    for (unsigned step = 0; touched(census, width) > RESULT_BARS_MAX; step++) {
        if (least_width > 1 || step % 3 != 1)
            width *= 2;
        else
            width = width / 2 * 5;
    }
    chips from = (census->least / width - (census->least % width < 0)) * width;
    out->width = width;
    out->count = (size_t)touched(census, width);
    for (size_t i = 0; i < out->count; i++, from += width)
        out->bars[i] =
            (struct result_bar){.from = from, .count = census_between(census, from, from + width)};
}

/* ---- Dice ---- */

/*
 * The chance that a chi-square is at least x: Q(degrees / 2, x / 2) by the recurrence of the
 * incomplete gamma function, Q(a + 1, y) = Q(a, y) + y^a e^-y / Gamma(a + 1), from Q(1, y) = e^-y
 * or Q(1/2, y) = erfc(sqrt(y)) (Abramowitz and Stegun 6.5.22, 6.5.17).
 */
static double chi_square_tail(double x, unsigned degrees)
{
    const double y = x / 2;
    double a = degrees % 2 == 0 ? 1 : 0.5;
    double tail = degrees % 2 == 0 ? exp(-y) : erfc(sqrt(y));
    if (x <= 0)
        return 1;
    for (; a < degrees / 2.0; a++)
        tail += exp(a * log(y) - y - lgamma(a + 1));
    return tail < 1 ? tail : 1;
}

static void tell_dice(const struct totals *totals, struct result_dice *out)
{
    const double rolls = (double)totals->rolls;
    double outcomes = 0, sums = 0;
    out->rolls = totals->rolls;
    for (unsigned fall = 0; fall < 36; fall++) {
        const uint64_t count = totals->falls[fall];
        const double off = (double)count - rolls / 36;
        out->outcomes[fall / 6][fall % 6] = count;
        out->totals[fall / 6 + fall % 6 + 2] += count;
        outcomes += ratio(off * off, rolls / 36);
    }
    for (int total = 2; total <= 12; total++) {
        const double expected = rolls * (6 - abs(total - 7)) / 36;
        const double off = (double)out->totals[total] - expected;
        sums += ratio(off * off, expected);
    }
    out->chi_square_outcomes = outcomes;
    out->chi_square_totals = sums;
    out->p_outcomes = chi_square_tail(outcomes, 35);
    out->p_totals = chi_square_tail(sums, 10);
    out->hands = totals->hands;
    out->hand_rolls = totals->hand_rolls;
    out->longest_hand = totals->longest_hand;
    out->points_set = totals->points_set;
    out->points_made = totals->points_made;
    out->rolls_per_hand = ratio((double)totals->hand_rolls, (double)totals->hands);
    out->points_made_per_hand = ratio((double)totals->points_made, (double)totals->hands);
    out->seven_out_rate = ratio((double)totals->hands, rolls);
}

/* ---- Path and ruin ---- */

static bool tell_path(const struct totals *totals, struct result *out)
{
    const struct session_plan *plan = totals->plan;
    uint64_t bust = 0;
    out->points = calloc(plan->points_count, sizeof out->points[0]);
    out->paths = calloc(RESULT_PATHS, sizeof out->paths[0]);
    if (!out->points || !out->paths)
        return false;
    out->points_count = plan->points_count;
    for (size_t i = 0; i < plan->points_count; i++) {
        struct result_point *point = &out->points[i];
        bust += totals->bust_by[i];
        point->roll = plan->points[i];
        point->mean = census_mean(&totals->points[i]);
        point->alive = ratio((double)(totals->sessions - bust), (double)totals->sessions);
        for (size_t j = 0; j < RESULT_PERCENTILES; j++)
            point->at[j] = census_percentile(&totals->points[i], RESULT_PERCENTILE[j]);
    }
    for (size_t i = 0; i < RESULT_PATHS; i++) {
        if (totals->path_known[i])
            out->paths[out->paths_count++] = totals->paths[i];
    }
    return true;
}

/* The bankroll with which percent of 100 sessions go on; 0: more than there was. */
static chips needed(const struct totals *totals, unsigned percent)
{
    const uint64_t rank = (totals->sessions * percent + 99) / 100;
    if (rank == 0 || rank > totals->needed.count)
        return 0;
    /* The end of the counter that has it. */
    const chips value = census_ranked(&totals->needed, rank) + census_width(&totals->needed) - 1;
    return value < totals->needed.most ? value : totals->needed.most;
}

static void tell_ruin(const struct totals *totals, struct result *out)
{
    const double sessions = (double)totals->sessions;
    out->bust_count = totals->ends[SESSION_END_BUST];
    out->bust = ratio((double)out->bust_count, sessions);
    tell_spread(&totals->bust_rolls, &out->bust_rolls);
    out->doubled_count = totals->doubled;
    out->doubled = ratio((double)totals->doubled, sessions);
    out->goal_count = totals->ends[SESSION_END_GOAL];
    out->limit_count = totals->ends[SESSION_END_LIMIT];
    out->quit_count = totals->ends[SESSION_END_QUIT];
    out->needed_95 = needed(totals, 95);
    out->needed_99 = needed(totals, 99);
    tell_spread(&totals->drawdown, &out->drawdown);
    tell_spread(&totals->peak, &out->peak);
}

/* ---- Bets ---- */

struct sums {
    __int128 handle;
    __int128 placed;
    __int128 vig;
    double exact; /* Sum of exact edge times handle, and of the handle it is known for. */
    double exact_handle;
};

static void tell_bet(struct result *out, struct edges *edges, uint32_t spot,
                     const struct session_total *total, struct sums *sums)
{
    struct result_bet *bet = &out->bets[out->bets_count++];
    bet->bet = craps_bet_at(spot);
    craps_bet_name(bet->bet, bet->name);
    edge_compare(edges, spot, total, bet);
    out->decisions += bet->decided;
    out->sound = out->sound && bet->check != RESULT_CHECK_DISAGREES;
    sums->handle += total->handle;
    sums->placed += total->placed_chips;
    sums->vig += total->vig;
    if (bet->check != RESULT_CHECK_NONE) {
        sums->exact += bet->exact * (double)total->handle;
        sums->exact_handle += (double)total->handle;
    } else if (total->handle > 0) {
        out->exact_complete = false;
    }
}

static bool tell_bets(const struct totals *totals, struct edges *edges, struct result *out)
{
    struct sums sums = {0};
    size_t count = 0;
    out->sound = true;
    out->exact_complete = true;
    for (size_t word = 0; word < CRAPS_WORDS; word++)
        count += (size_t)__builtin_popcountll(totals->touched.words[word]);
    out->bets = calloc(count > 0 ? count : 1, sizeof out->bets[0]);
    if (!out->bets)
        return false;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if ((totals->touched.words[spot / 64] >> spot % 64 & 1) != 0)
            tell_bet(out, edges, spot, &totals->bets[spot], &sums);
    }
    out->handle = narrow(sums.handle);
    out->placed_chips = narrow(sums.placed);
    out->vig = narrow(sums.vig);
    out->exact_edge = ratio(sums.exact, sums.exact_handle);
    return true;
}

/* ---- All of it ---- */

static void tell_action(const struct totals *totals, struct result *out)
{
    const double rolls = (double)totals->rolls;
    const double handle = (double)out->handle;
    const double sessions = (double)totals->sessions;
    out->rolls = totals->rolls;
    tell_spread(&totals->session_rolls, &out->session_rolls);
    out->bet_per_roll = ratio(handle, rolls);
    out->risk_mean = ratio((double)totals->risk_sum, rolls);
    out->risk_most = totals->risk_most;
    out->rolls_per_decision = ratio(rolls, (double)out->decisions);
    out->edge = ratio((0 - out->winnings.mean) * sessions, handle);
    out->edge_error = ratio(out->winnings.mean_error * sessions, handle);
    out->winnings_per_roll = ratio(out->winnings.mean * sessions, rolls);
    out->winnings_per_hour = out->winnings_per_roll * ROLLS_PER_HOUR;
    out->skipped = totals->skipped;
}

bool finish_result(const struct totals *totals, struct edges *edges, struct result *out)
{
    const double sessions = (double)totals->sessions;
    out->sessions = totals->sessions;
    tell_spread(&totals->final, &out->final);
    out->winnings = out->final;
    if (totals->sessions > 0)
        shift_spread(&out->winnings, totals->plan->bankroll);
    out->ahead_count = totals->ahead;
    out->even_count = totals->even;
    out->behind_count = totals->sessions - totals->ahead - totals->even;
    out->ahead = ratio((double)out->ahead_count, sessions);
    out->even = ratio((double)out->even_count, sessions);
    out->behind = ratio((double)out->behind_count, sessions);
    tell_ruin(totals, out);
    tell_histogram(&totals->final, &out->histogram);
    tell_dice(totals, &out->dice);
    if (!tell_path(totals, out) || !tell_bets(totals, edges, out)) {
        result_clear(out);
        return false;
    }
    tell_action(totals, out);
    return true;
}
