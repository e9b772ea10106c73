/* SPDX-License-Identifier: MIT */
/* A strategy's part of the page, from top to bottom. */
#include "report/chapter.h"

#include <math.h>
#include <string.h>

#include "report/figure.h"
#include "report/finding.h"
#include "report/markup.h"
#include "report/number.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Room for the id of a drawing. */
#define ID_SIZE 40

/* The id of a strategy's part: "s3-fan". */
static const char *id_of(char id[static ID_SIZE], size_t index, const char *part)
{
    snprintf(id, ID_SIZE, "s%zu%s%s", index + 1, *part == '\0' ? "" : "-", part);
    return id;
}

static void write_tile(FILE *out, const char *name, const char *value, const char *note)
{
    fputs("<div><dt>", out);
    markup_text(out, name);
    fputs("</dt><dd>", out);
    markup_text(out, value);
    if (*note != '\0')
        markup_element(out, "span class=\"note\"", note);
    fputs("</dd></div>\n", out);
}

/* "standard error 1.9". */
static const char *noted(const char *what, const char *number, char note[static 80])
{
    snprintf(note, 80, "%s %s", what, number);
    return note;
}

static void write_tiles(FILE *out, const struct result *result)
{
    char value[NUMBER_SIZE];
    char number[NUMBER_SIZE];
    char note[80];
    const unsigned decimals = finding_decimals(result->winnings.mean_error);
    fputs("<dl class=\"tiles\">\n", out);
    write_tile(out, "Mean result", number_signed(result->winnings.mean, decimals, value),
               noted("standard error",
                     number_decimal(result->winnings.mean_error, decimals, number), note));
    write_tile(out, "Deviation", number_decimal(result->winnings.deviation, 1, value),
               "standard, of one");
    write_tile(out, "Ended ahead", number_percent(result->ahead, 1, value),
               noted("even", number_percent(result->even, 1, number), note));
    write_tile(out, "Went bust", number_percent(result->bust, 2, value),
               noted("sessions:", number_count(result->bust_count, number), note));
    write_tile(out, "Doubled", number_percent(result->doubled, 2, value), "at some time");
    write_tile(out, "Bet per roll", number_decimal(result->bet_per_roll, 2, value),
               noted("at risk", number_decimal(result->risk_mean, 2, number), note));
    write_tile(out, "Edge of all bets", number_percent(result->edge, 2, value),
               result->exact_complete
                   ? noted("exactly", number_percent(result->exact_edge, 3, number), note)
                   : "");
    write_tile(out, "Per 144 rolls", number_signed(result->winnings_per_hour, 2, value),
               noted("per roll", number_signed(result->winnings_per_roll, 4, number), note));
    fputs("</dl>\n", out);
}

static void write_percentiles(FILE *out, const struct result *result)
{
    static const char *const columns[] = {
        "of a session", "least", CHAPTER_PERCENTILES, "most", "mean", "deviation", NULL};
    const struct {
        const char *name;
        const struct result_spread *spread;
    } rows[] = {
        {"bankroll at the end", &result->final}, {"result", &result->winnings},
        {"highest bankroll", &result->peak},     {"largest fall", &result->drawdown},
        {"rolls", &result->session_rolls},       {"rolls to bust", &result->bust_rolls},
    };
    char text[FINDING_SIZE];
    fputs("<div class=\"wide\"><h3>Percentiles of sessions</h3>\n", out);
    markup_table(out, "So many per cent of sessions have at most so much", columns);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct result_spread *spread = rows[i].spread;
        if (spread->count == 0)
            continue;
        markup_row(out, rows[i].name);
        markup_cell_whole(out, spread->least);
        for (size_t k = 0; k < RESULT_PERCENTILES; k++)
            markup_cell_whole(out, spread->at[k]);
        markup_cell_whole(out, spread->most);
        markup_cell_decimal(out, spread->mean, 2);
        markup_cell_decimal(out, spread->deviation, 2);
        fputs("</tr>\n", out);
    }
    markup_table_end(out);
    markup_paragraph(out, "muted", finding_steps(result, text));
    fputs("</div>\n", out);
}

static void write_fan(FILE *out, const struct result *result, size_t index)
{
    static const char *const columns[] = {"roll",   "mean", "1 %",  "5 %",  "25 %",
                                          "median", "75 %", "95 %", "99 %", NULL};
    static const size_t percentiles[] = {0, 1, 3, 4, 5, 7, 8};
    char id[ID_SIZE];
    char text[NUMBER_SIZE];
    markup_panel(out, "pair", "Bankroll by roll");
    figure_fan(out, result, id_of(id, index, "fan"));
    markup_caption(
        out, "<span class=\"key k-c\"></span>25 to 75 % <span class=\"key k-b\"></span>5 to 95 % "
             "<span class=\"key k-a\"></span>1 to 99 % <span class=\"key k-m\"></span>median "
             "<span class=\"key k-p\"></span>single sessions, the first ones "
             "<span class=\"key k-s\"></span>start");
    markup_table(out, "Chips after so many rolls", columns);
    for (size_t i = 0; i <= FIGURE_SAMPLES; i++) {
        if (!figure_sampled(result, i))
            continue;
        const struct result_point *point = &result->points[figure_sample(result, i)];
        markup_row(out, number_count(point->roll, text));
        markup_cell_decimal(out, point->mean, 1);
        for (size_t k = 0; k < COUNT(percentiles); k++)
            markup_cell_whole(out, point->at[percentiles[k]]);
        fputs("</tr>\n", out);
    }
    markup_table_end(out);
    markup_panel_end(out);
}

static void write_histogram(FILE *out, const struct result *result, size_t index)
{
    static const char *const columns[] = {"from", "to", "sessions", "share", "so far", NULL};
    const struct result_histogram *histogram = &result->histogram;
    char id[ID_SIZE];
    char text[NUMBER_SIZE];
    markup_panel(out, "pair", "Bankroll at the end");
    figure_histogram(out, result, id_of(id, index, "histogram"));
    markup_caption(out, "<span class=\"key k-less\"></span>less than at the start "
                        "<span class=\"key k-more\"></span>as much or more "
                        "<span class=\"key k-s\"></span>start. Diamond: mean.");
    markup_table(out, "Sessions by chips at the end; the start is bold", columns);
    uint64_t sum = 0;
    for (size_t i = 0; i < histogram->count; i++) {
        const struct result_bar *bar = &histogram->bars[i];
        const double start = (double)result->setting->bankroll;
        const double end = (double)bar->from + (double)histogram->width;
        sum += bar->count;
        fputs((double)bar->from <= start && start < end ? "<tr class=\"start\">" : "<tr>", out);
        markup_element(out, "th scope=\"row\"", number_whole(bar->from, text));
        markup_cell_decimal(out, end - 1, 0);
        markup_cell_count(out, bar->count);
        markup_cell_percent(out, (double)bar->count / (double)result->sessions, 2);
        markup_cell_percent(out, (double)sum / (double)result->sessions, 2);
        fputs("</tr>\n", out);
    }
    markup_table_end(out);
    markup_panel_end(out);
}

static void write_survival(FILE *out, const struct result *result, size_t index)
{
    static const char *const columns[] = {"roll", "not bust", NULL};
    char id[ID_SIZE];
    char text[NUMBER_SIZE];
    markup_panel(out, "pair", "Sessions not bust, by roll");
    figure_survival(out, result, id_of(id, index, "survival"));
    markup_caption(
        out, "A session is bust when its strategy asks for a bet, nothing lies on the table, and "
             "what is left cannot pay for it.");
    markup_table(out, "Share of sessions", columns);
    for (size_t i = 0; i <= FIGURE_SAMPLES; i++) {
        if (!figure_sampled(result, i))
            continue;
        const struct result_point *point = &result->points[figure_sample(result, i)];
        markup_row(out, number_count(point->roll, text));
        markup_cell_percent(out, point->alive, 3);
        fputs("</tr>\n", out);
    }
    markup_table_end(out);
    markup_panel_end(out);
}

static void write_action(FILE *out, const struct result *result)
{
    const struct {
        const char *name;
        double value;
        unsigned decimals;
    } tiles[] = {
        {"Rolls", (double)result->rolls, 0},
        {"Decisions", (double)result->decisions, 0},
        {"Rolls per decision", result->rolls_per_decision, 3},
        {"Chips bet and decided", (double)result->handle, 0},
        {"Chips put on bets", (double)result->placed_chips, 0},
        {"Bet per roll", result->bet_per_roll, 2},
        {"At risk on average", result->risk_mean, 2},
        {"At risk at most", (double)result->risk_most, 0},
        {"Vig paid", (double)result->vig, 0},
        {"Actions not possible", (double)result->skipped, 0},
    };
    fputs("<h3>Action</h3>\n<dl class=\"tiles five\">\n", out);
    for (size_t i = 0; i < COUNT(tiles); i++) {
        char value[NUMBER_SIZE];
        number_decimal(tiles[i].value, tiles[i].decimals, value);
        write_tile(out, tiles[i].name, value, "");
    }
    fputs("</dl>\n", out);
}

static const char *check_words(enum result_check check)
{
    switch (check) {
    case RESULT_CHECK_AGREES:
        return "agrees";
    case RESULT_CHECK_DISAGREES:
        return "DISAGREES";
    case RESULT_CHECK_FEW:
        return "too few";
    case RESULT_CHECK_NONE:
        return "no one edge";
    }
    return "";
}

static void write_bet(FILE *out, const struct result_bet *bet)
{
    const bool exact = bet->check != RESULT_CHECK_NONE;
    fputs(bet->check == RESULT_CHECK_DISAGREES ? "<tr class=\"wrong\">" : "<tr>", out);
    markup_element(out, "th scope=\"row\"", bet->name);
    markup_cell_count(out, bet->placed);
    markup_cell_count(out, bet->decided);
    markup_cell_count(out, bet->won);
    markup_cell_count(out, bet->lost);
    markup_cell_count(out, bet->pushed);
    markup_cell_count(out, bet->returned);
    markup_cell_whole(out, bet->handle);
    markup_cell_whole(out, bet->vig);
    markup_cell_whole(out, bet->net);
    markup_cell_percent(out, bet->handle > 0 ? bet->edge : NAN, 3);
    markup_cell_percent(out, bet->handle > 0 ? bet->edge_error : NAN, 3);
    markup_cell_percent(out, exact ? bet->exact : NAN, 4);
    markup_cell(out, exact ? bet->exact_text : NUMBER_UNKNOWN);
    markup_cell_signed(out, exact ? bet->z : NAN, 2);
    markup_cell(out, check_words(bet->check));
    fputs("</tr>\n", out);
}

static void write_bets(FILE *out, const struct result *result, size_t index)
{
    static const char *const columns[] = {
        "bet",       "placed",   "decided", "won",   "lost", "pushed",
        "came down", "staked",   "vig",     "net",   "edge", "standard error",
        "exact",     "fraction", "z",       "check", NULL};
    char id[ID_SIZE];
    markup_panel(out, "wide", "By bet: actual against exact edge");
    figure_edges(out, result, id_of(id, index, "edges"));
    markup_caption(
        out, "Dot: the actual edge, with two standard errors to each side; hollow when the bet "
             "was decided too seldom to check, or no one edge applies. Diamond: the exact edge. "
             "Right: standard errors between them; the shaded zone is within four.");
    markup_table(out, "All sessions, in chips", columns);
    for (size_t i = 0; i < result->bets_count; i++)
        write_bet(out, &result->bets[i]);
    markup_table_end(out);
    markup_panel_end(out);
}

static void write_outcomes(FILE *out, const struct result_dice *dice)
{
    static const char *const columns[] = {"first die", "1", "2", "3", "4", "5", "6", NULL};
    char text[NUMBER_SIZE];
    markup_table(out, "Share of each outcome, by first and second die; of fair dice 2.778 %",
                 columns);
    for (unsigned d1 = 0; d1 < 6; d1++) {
        markup_row(out, number_count(d1 + 1, text));
        for (unsigned d2 = 0; d2 < 6; d2++)
            markup_cell_percent(out, (double)dice->outcomes[d1][d2] / (double)dice->rolls, 3);
        fputs("</tr>\n", out);
    }
    markup_table_end(out);
}

static void write_hands(FILE *out, const struct result_dice *dice)
{
    static const char *const columns[] = {"", "seen", "of hands not cut off", NULL};
    const struct {
        const char *name;
        double value;
        unsigned decimals;
        const char *expected;
    } rows[] = {
        {"hands that ended", (double)dice->hands, 0, ""},
        {"rolls of a hand", dice->hands > 0 ? dice->rolls_per_hand : NAN, 4, "1671/196 = 8.5255"},
        {"points made in a hand", dice->hands > 0 ? dice->points_made_per_hand : NAN, 4,
         "67/98 = 0.6837"},
        {"seven-outs per 100 rolls", 100 * dice->seven_out_rate, 3, "196/1671 = 11.730"},
        {"points set", (double)dice->points_set, 0, ""},
        {"points made", (double)dice->points_made, 0, ""},
        {"longest hand in rolls", (double)dice->longest_hand, 0, ""},
    };
    markup_table(out, "Hands", columns);
    for (size_t i = 0; i < COUNT(rows); i++) {
        markup_row(out, rows[i].name);
        markup_cell_decimal(out, rows[i].value, rows[i].decimals);
        markup_cell(out, rows[i].expected);
        fputs("</tr>\n", out);
    }
    markup_table_end(out);
}

static void write_dice(FILE *out, const struct result_dice *dice, size_t index)
{
    static const char *const columns[] = {"total", "rolls", "share", "fair", NULL};
    char id[ID_SIZE];
    char text[FINDING_SIZE];
    char number[NUMBER_SIZE];
    markup_panel(out, "pair", "Dice");
    figure_totals(out, dice, id_of(id, index, "totals"));
    markup_caption(out, "Bars: share of rolls. Lines: fair dice.");
    markup_table(out, "Totals", columns);
    for (unsigned total = 2; total <= 12; total++) {
        markup_row(out, number_count(total, number));
        markup_cell_count(out, dice->totals[total]);
        markup_cell_percent(out, (double)dice->totals[total] / (double)dice->rolls, 3);
        markup_cell_percent(out, (total < 8 ? total - 1 : 13 - total) / 36.0, 3);
        fputs("</tr>\n", out);
    }
    markup_table_end(out);
    markup_panel_end(out);
    fputs("<div class=\"wide\">", out);
    markup_paragraph(out, "finding", finding_dice(dice, text));
    fputs("<div class=\"columns\">", out);
    write_outcomes(out, dice);
    write_hands(out, dice);
    fputs("</div></div>\n", out);
}

void chapter_write(FILE *out, const struct result *result, size_t index, size_t count)
{
    char id[ID_SIZE];
    char text[FINDING_SIZE];
    fprintf(out, "<section id=\"%s\">\n", id_of(id, index, ""));
    markup_element(out, "h2", count > 1 ? result->name : "Outcome");
    if (count > 1)
        markup_paragraph(out, "muted", result->description);
    markup_paragraph(out, "finding", finding_outcome(result, text));
    if (result->sessions > 0) {
        write_tiles(out, result);
        markup_paragraph(out, "finding", finding_ruin(result, text));
        markup_paragraph(out, "finding", finding_needed(result, text));
        markup_paragraph(out, "finding", finding_stops(result, text));
        if (result->points_count > 1)
            write_fan(out, result, index);
        if (result->histogram.count > 0)
            write_histogram(out, result, index);
        if (result->points_count > 1 && result->bust_count > 0)
            write_survival(out, result, index);
        write_percentiles(out, result);
    }
    if (result->bets_count > 0)
        write_bets(out, result, index);
    if (result->rolls > 0)
        write_action(out, result);
    if (result->dice.rolls > 0)
        write_dice(out, &result->dice, index);
    if (*result->text != '\0')
        markup_listing(out, "Strategy as written", result->text);
    fputs("</section>\n", out);
}
