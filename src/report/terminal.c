/* SPDX-License-Identifier: MIT */
/* The report in text, from top to bottom. */
#include "report/report.h"

#include <string.h>

#include "craps/sign.h"
#include "report/finding.h"
#include "report/grid.h"
#include "report/line.h"
#include "report/number.h"
#include "report/sketch.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Lines of a strategy's source that are shown. */
#define SOURCE_LINES_MAX 60

static void heading(struct line *line, const char *text)
{
    line_end(line);
    line_style(line, LINE_HEADING);
    line_text(line, text);
    line_end(line);
}

static void sentence(struct line *line, const char *text)
{
    if (*text != '\0')
        line_wrap(line, 2, text);
}

/* The self check: a line when all is well, else one that cannot be overlooked. */
static void write_check(struct line *line, const struct result *results, size_t count)
{
    char text[FINDING_SIZE];
    const bool sound = finding_sound(results, count);
    finding_check(results, count, text);
    line_style(line, sound ? LINE_GOOD : LINE_ALARM);
    if (!sound)
        line_text(line, "!!!");
    line_wrap(line, 0, text);
}

/* A name of a setting and what it is. */
static void write_setting(struct line *line, const char *name, const char *text)
{
    line_style(line, LINE_FAINT);
    line_left(line, 12, name);
    line_style(line, LINE_NORMAL);
    line_wrap(line, 12, text);
}

static void write_header(struct line *line, const struct result *results, size_t count,
                         const struct report_options *options)
{
    const struct result_setting *setting = results[0].setting;
    char text[FINDING_SIZE];
    char number[NUMBER_SIZE];
    char words[CRAPS_SIGN_SIZE];
    line_style(line, LINE_HEADING);
    line_text(line, options->program != NULL ? options->program : "BitCraps");
    line_text(line, " simulation");
    line_end(line);
    if (*finding_interrupted(results, count, text) != '\0') {
        line_style(line, LINE_BAD);
        line_wrap(line, 0, text);
    }
    line_end(line);
    if (count == 1) {
        write_setting(line, "strategy", results[0].name);
        if (*results[0].description != '\0')
            write_setting(line, "", results[0].description);
    }
    write_setting(line, "played", finding_play(setting, text));
    write_setting(line, "house", finding_house(setting, text));
    write_setting(line, "limits", finding_limits(setting, text));
    craps_sign_odds(&setting->rules, words);
    write_setting(line, "odds", words);
    craps_sign_vig(&setting->rules, words);
    write_setting(line, "vig", words);
    snprintf(number, sizeof number, "%llu", (unsigned long long)setting->seed);
    write_setting(line, "seed", number);
    write_setting(line, "speed", finding_speed(setting, text));
    line_end(line);
    if (finding_sound(results, count))
        write_check(line, results, count);
}

static const struct grid_column comparison_columns[] = {
    {"strategy", 16, 0, 4, true}, {"mean", 8, 0, 1, false},  {"error", 7, 5, 0, false},
    {"spread", 7, 6, 0, false},   {"5 %", 7, 4, 0, false},   {"median", 7, 1, 0, false},
    {"95 %", 7, 3, 0, false},     {"ahead", 6, 2, 0, false}, {"bust", 6, 0, 0, false},
    {"bet/roll", 8, 7, 0, false}, {"edge", 7, 8, 0, false},
};

static void write_comparison(struct line *line, const struct result *results, size_t count)
{
    heading(line, "Comparison");
    struct grid grid;
    grid_begin(&grid, line, 2, comparison_columns, COUNT(comparison_columns));
    for (size_t i = 0; i < count; i++) {
        const struct result *result = &results[i];
        const unsigned decimals = finding_decimals(result->winnings.mean_error);
        grid_text(&grid, result->name);
        if (result->winnings.count == 0) {
            for (size_t k = 1; k < COUNT(comparison_columns); k++)
                grid_text(&grid, NUMBER_UNKNOWN);
            continue;
        }
        grid_signed(&grid, result->winnings.mean, decimals);
        grid_decimal(&grid, result->winnings.mean_error, decimals);
        grid_decimal(&grid, result->winnings.deviation, decimals > 1 ? 1 : decimals);
        grid_whole(&grid, result->winnings.at[1]);
        grid_whole(&grid, result->winnings.at[RESULT_MEDIAN]);
        grid_whole(&grid, result->winnings.at[7]);
        grid_percent(&grid, result->ahead, 1);
        grid_percent(&grid, result->bust, 1);
        grid_decimal(&grid, result->bet_per_roll, 2);
        grid_percent(&grid, result->edge, 2);
    }
    line_style(line, LINE_FAINT);
    line_wrap(line, 2,
              "Chips that a session wins: mean with its standard error, standard deviation "
              "(spread), percentiles. Shares of sessions that end ahead, and that go bust. Each "
              "session has the same dice under all strategies.");
}

/* One of two columns of named numbers. */
static void write_pair(struct line *line, size_t from, const char *name, const char *number)
{
    line_to(line, from);
    line_left(line, 20, name);
    line_right(line, 13, number);
}

static void write_outcome(struct line *line, const struct result *result)
{
    char text[FINDING_SIZE];
    char number[NUMBER_SIZE];
    heading(line, "Outcome");
    sentence(line, finding_outcome(result, text));
    if (result->winnings.count == 0)
        return;
    const unsigned decimals = finding_decimals(result->winnings.mean_error);
    const size_t half = line->limit >= 78 ? 2 + 33 + 6 : 0;
    const struct {
        const char *name;
        double value;
        unsigned decimals;
        bool percent;
    } pairs[] = {
        {"mean result", result->winnings.mean, decimals, false},
        {"ended ahead", result->ahead, 2, true},
        {"standard deviation", result->winnings.deviation, 2, false},
        {"ended even", result->even, 2, true},
        {"per roll", result->winnings_per_roll, 4, false},
        {"ended behind", result->behind, 2, true},
        {"per 144 rolls", result->winnings_per_hour, 2, false},
        {"doubled the bankroll", result->doubled, 2, true},
        {"best session", (double)result->winnings.most, 0, false},
        {"went bust", result->bust, 2, true},
        {"worst session", (double)result->winnings.least, 0, false},
        {"average session", result->session_rolls.mean, 1, false},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        const bool unsigned_number = pairs[i].percent || i == 2 || i == COUNT(pairs) - 1;
        if (pairs[i].percent)
            number_percent(pairs[i].value, pairs[i].decimals, number);
        else if (unsigned_number)
            number_decimal(pairs[i].value, pairs[i].decimals, number);
        else
            number_signed(pairs[i].value, pairs[i].decimals, number);
        write_pair(line, i % 2 == 1 && half > 0 ? half : 2, pairs[i].name, number);
        if (i == COUNT(pairs) - 1)
            line_text(line, " rolls");
        if (i % 2 == 1 || half == 0)
            line_end(line);
    }
    sentence(line, finding_stops(result, text));
}

static const struct grid_column percentile_columns[] = {
    {"", 14, 0, 2, true},     {"1 %", 6, 3, 1, false},  {"5 %", 6, 1, 1, false},
    {"10 %", 6, 4, 1, false}, {"25 %", 6, 0, 1, false}, {"median", 6, 0, 1, false},
    {"75 %", 6, 0, 1, false}, {"90 %", 6, 4, 1, false}, {"95 %", 6, 1, 1, false},
    {"99 %", 6, 3, 1, false},
};

static void write_percentiles(struct line *line, const struct result *result)
{
    const struct {
        const char *name;
        const struct result_spread *spread;
    } rows[] = {
        {"bankroll", &result->final},      {"result", &result->winnings},
        {"highest", &result->peak},        {"largest fall", &result->drawdown},
        {"rolls", &result->session_rolls}, {"rolls to bust", &result->bust_rolls},
    };
    char text[FINDING_SIZE];
    if (result->sessions == 0)
        return;
    heading(line, "Percentiles of sessions");
    struct grid grid;
    grid_begin(&grid, line, 2, percentile_columns, COUNT(percentile_columns));
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].spread->count == 0)
            continue;
        grid_text(&grid, rows[i].name);
        for (size_t k = 0; k < RESULT_PERCENTILES; k++)
            grid_whole(&grid, rows[i].spread->at[k]);
    }
    sentence(line, finding_steps(result, text));
}

static void write_ruin(struct line *line, const struct result *result)
{
    char text[FINDING_SIZE];
    if (result->sessions == 0)
        return;
    heading(line, "Risk of ruin");
    sentence(line, finding_ruin(result, text));
    sentence(line, finding_needed(result, text));
}

static void write_sketches(struct line *line, const struct result *result)
{
    if (result->sessions == 0)
        return;
    if (result->points_count > 1) {
        heading(line, "Bankroll by roll");
        sketch_fan(line, result);
    }
    if (result->histogram.count > 0) {
        heading(line, "Bankroll at the end");
        sketch_histogram(line, result);
    }
    if (result->points_count > 1 && result->bust_count > 0) {
        heading(line, "Sessions not bust, by roll");
        sketch_survival(line, result);
    }
}

static void write_action(struct line *line, const struct result *result)
{
    char number[NUMBER_SIZE];
    if (result->rolls == 0)
        return;
    heading(line, "Action");
    const size_t half = line->limit >= 78 ? 2 + 33 + 6 : 0;
    const struct {
        const char *name;
        double value;
        unsigned decimals;
    } pairs[] = {
        {"rolls", (double)result->rolls, 0},
        {"chips bet", (double)result->handle, 0},
        {"bet per roll", result->bet_per_roll, 2},
        {"vig paid", (double)result->vig, 0},
        {"decisions", (double)result->decisions, 0},
        {"rolls per decision", result->rolls_per_decision, 3},
        {"at risk on average", result->risk_mean, 2},
        {"at risk at most", (double)result->risk_most, 0},
        {"put on bets", (double)result->placed_chips, 0},
        {"actions not made", (double)result->skipped, 0},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        number_decimal(pairs[i].value, pairs[i].decimals, number);
        if (strlen(number) > 13)
            number_brief(pairs[i].value, number);
        write_pair(line, i % 2 == 1 && half > 0 ? half : 2, pairs[i].name, number);
        if (i % 2 == 1 || half == 0)
            line_end(line);
    }
}

/* Columns that must stand beside a bet's name: indent, edge, exact, z. */
#define BET_COLUMNS (2 + 3 * (1 + 6))

static const struct grid_column bet_columns[] = {
    {"bet", 10, 0, 0, true},  {"decided", 7, 3, 1, false}, {"won", 6, 4, 1, false},
    {"lost", 6, 5, 1, false}, {"push", 5, 6, 1, false},    {"staked", 6, 2, 1, false},
    {"net", 6, 2, 1, false},  {"edge %", 6, 0, 1, false},  {"exact%", 6, 0, 1, false},
    {"z", 6, 0, 0, false},
};

/* The normal deviate of a bet, in brackets when it means little. */
static void write_z(struct grid *grid, const struct result_bet *bet)
{
    char number[NUMBER_SIZE];
    char text[NUMBER_SIZE + 4];
    number_signed(bet->z, 1, number);
    if (strlen(number) > 6)
        number_brief(bet->z, number);
    switch (bet->check) {
    case RESULT_CHECK_AGREES:
        snprintf(text, sizeof text, "%s", number);
        break;
    case RESULT_CHECK_DISAGREES:
        snprintf(text, sizeof text, "!%s", number);
        break;
    case RESULT_CHECK_FEW:
        snprintf(text, sizeof text, "(%s)", number);
        break;
    case RESULT_CHECK_NONE:
        snprintf(text, sizeof text, "%s", NUMBER_UNKNOWN);
        break;
    }
    grid_text(grid, text);
}

static void write_bets(struct line *line, const struct result *result)
{
    char text[FINDING_SIZE];
    char number[NUMBER_SIZE];
    if (result->bets_count == 0)
        return;
    heading(line, "By bet");
    struct grid grid;
    struct grid_column columns[COUNT(bet_columns)];
    memcpy(columns, bet_columns, sizeof columns);
    for (size_t i = 0; i < result->bets_count; i++) {
        const size_t width = line_width(line, result->bets[i].name);
        const size_t most = line->limit - BET_COLUMNS;
        if (width > columns[0].width)
            columns[0].width = (uint8_t)(width < most ? width : most);
    }
    grid_begin(&grid, line, 2, columns, COUNT(columns));
    bool few = false;
    bool none = false;
    for (size_t i = 0; i < result->bets_count; i++) {
        const struct result_bet *bet = &result->bets[i];
        if (bet->check == RESULT_CHECK_DISAGREES)
            line_style(line, LINE_BAD);
        few = few || bet->check == RESULT_CHECK_FEW;
        none = none || bet->check == RESULT_CHECK_NONE;
        grid_text(&grid, bet->name);
        grid_count(&grid, bet->decided);
        grid_count(&grid, bet->won);
        grid_count(&grid, bet->lost);
        grid_count(&grid, bet->pushed);
        grid_whole(&grid, bet->handle);
        grid_whole(&grid, bet->net);
        if (bet->handle > 0)
            grid_decimal(&grid, 100 * bet->edge, 3);
        else
            grid_text(&grid, NUMBER_UNKNOWN);
        if (bet->check != RESULT_CHECK_NONE)
            grid_decimal(&grid, 100 * bet->exact, 3);
        else
            grid_text(&grid, NUMBER_UNKNOWN);
        write_z(&grid, bet);
    }
    snprintf(text, sizeof text, "All bets together: edge %s",
             number_percent(result->edge, 3, number));
    if (result->exact_complete)
        snprintf(text + strlen(text), sizeof text - strlen(text), ", exactly %s",
                 number_percent(result->exact_edge, 3, number));
    snprintf(text + strlen(text), sizeof text - strlen(text),
             ". z: standard errors from the exact edge%s%s.",
             few ? "; in brackets: decided too seldom to check" : "",
             none ? "; -: no one edge applies" : "");
    line_style(line, LINE_FAINT);
    sentence(line, text);
}

/* The 36 outcomes as a square of shares of what is expected, in per cent. */
static void write_square(struct line *line, const struct result_dice *dice)
{
    char number[NUMBER_SIZE];
    line_style(line, LINE_FAINT);
    line_text(line, "          second die");
    line_end(line);
    line_style(line, LINE_FAINT);
    line_text(line, "  first ");
    for (unsigned d2 = 1; d2 <= 6; d2++)
        line_right(line, 9, number_count(d2, number));
    line_end(line);
    for (unsigned d1 = 0; d1 < 6; d1++) {
        line_style(line, LINE_FAINT);
        line_right(line, 7, number_count(d1 + 1, number));
        line_style(line, LINE_NORMAL);
        line_left(line, 1, "");
        for (unsigned d2 = 0; d2 < 6 && line->column + 9 <= line->limit; d2++) {
            const double share = (double)dice->outcomes[d1][d2] / (double)dice->rolls;
            line_right(line, 9, number_percent(share, 3, number));
        }
        line_end(line);
    }
}

static const struct grid_column total_columns[] = {
    {"total", 6, 0, 0, true}, {"2", 5, 1, 0, false},  {"3", 5, 1, 0, false},
    {"4", 5, 0, 0, false},    {"5", 5, 0, 0, false},  {"6", 5, 0, 0, false},
    {"7", 5, 0, 0, false},    {"8", 5, 0, 0, false},  {"9", 5, 2, 0, false},
    {"10", 5, 2, 0, false},   {"11", 5, 1, 0, false}, {"12", 5, 1, 0, false},
};

/* Shares of the totals in per cent, and below them those of fair dice. */
static void write_totals(struct line *line, const struct result_dice *dice)
{
    struct grid grid;
    grid_begin(&grid, line, 2, total_columns, COUNT(total_columns));
    grid_text(&grid, "seen");
    for (unsigned total = 2; total <= 12; total++)
        grid_decimal(&grid, 100 * (double)dice->totals[total] / (double)dice->rolls, 2);
    grid_text(&grid, "fair");
    for (unsigned total = 2; total <= 12; total++)
        grid_decimal(&grid, 100 * (double)(total < 8 ? total - 1 : 13 - total) / 36, 2);
}

static void write_dice(struct line *line, const struct result_dice *dice)
{
    char text[FINDING_SIZE];
    char number[NUMBER_SIZE];
    if (dice->rolls == 0)
        return;
    heading(line, "Dice");
    sentence(line, finding_dice(dice, text));
    snprintf(text, sizeof text, "%s hands", number_count(dice->hands, number));
    const size_t room = sizeof text;
    if (dice->hands > 0) {
        snprintf(text + strlen(text), room - strlen(text),
                 " of %s rolls on average (8.5255 if none is cut off)",
                 number_decimal(dice->rolls_per_hand, 4, number));
        snprintf(text + strlen(text), room - strlen(text), " and %s points made (67/98 = 0.6837)",
                 number_decimal(dice->points_made_per_hand, 4, number));
    }
    snprintf(text + strlen(text), room - strlen(text), "; the longest had %s rolls",
             number_count(dice->longest_hand, number));
    snprintf(text + strlen(text), room - strlen(text), "; a seven-out in %s of rolls.",
             number_percent(dice->seven_out_rate, 2, number));
    sentence(line, text);
    line_wrap(line, 2, "Share of each total, per cent:");
    write_totals(line, dice);
    line_wrap(line, 2, "Share of each outcome (1/36 = 2.778 %):");
    write_square(line, dice);
}

/* A line as it was written, or its words where it is too long. */
static void write_source_line(struct line *line, const char *text)
{
    const size_t spaces = strspn(text, " ");
    if (2 + line_width(line, text) > line->limit && spaces < line->limit / 2) {
        line_wrap(line, 2 + spaces, text + spaces);
        return;
    }
    line_to(line, 2);
    line_text(line, text);
    line_end(line);
}

/* The source as it was read, its line ends kept. */
static void write_source(struct line *line, const struct result *result)
{
    if (*result->text == '\0')
        return;
    heading(line, "Strategy");
    const char *at = result->text;
    size_t lines = 0;
    for (; *at != '\0' && lines < SOURCE_LINES_MAX; lines++) {
        const size_t size = strcspn(at, "\n");
        char text[FINDING_SIZE];
        snprintf(text, sizeof text, "%.*s", (int)(size < FINDING_SIZE ? size : FINDING_SIZE - 1),
                 at);
        write_source_line(line, text);
        at += size + (at[size] == '\n');
    }
    for (lines = 0; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n')
        lines++;
    if (lines > 0) {
        line_format(line, "  ... and %zu lines more", lines);
        line_end(line);
    }
}

static void write_strategy(struct line *line, const struct result *result, size_t count)
{
    if (count > 1) {
        line_end(line);
        line_style(line, LINE_HEADING);
        line_format(line, "=== %s ===", result->name);
        line_end(line);
        sentence(line, result->description);
    }
    write_outcome(line, result);
    write_percentiles(line, result);
    write_ruin(line, result);
    write_sketches(line, result);
    write_action(line, result);
    write_bets(line, result);
    write_dice(line, &result->dice);
    write_source(line, result);
}

void report_text(FILE *out, const struct result *results, size_t count,
                 const struct report_options *options)
{
    struct line line;
    line_init(&line, out, options->width, options->unicode, options->colour);
    if (count == 0) {
        line_wrap(&line, 0, "Nothing was simulated.");
        return;
    }
    const bool sound = finding_sound(results, count);
    if (!sound) {
        write_check(&line, results, count);
        line_end(&line);
    }
    write_header(&line, results, count, options);
    if (count > 1)
        write_comparison(&line, results, count);
    for (size_t i = 0; i < count; i++)
        write_strategy(&line, &results[i], count);
    if (!sound) {
        line_end(&line);
        write_check(&line, results, count);
    }
}
