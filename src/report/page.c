/* SPDX-License-Identifier: MIT */
/* The report as one HTML page, from top to bottom. */
#include "report/report.h"

#include <string.h>

#include "craps/sign.h"
#include "report/chapter.h"
#include "report/figure.h"
#include "report/finding.h"
#include "report/markup.h"
#include "report/number.h"
#include "report/sheet.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void write_check(FILE *out, const struct result *results, size_t count)
{
    char text[FINDING_SIZE];
    if (finding_sound(results, count)) {
        markup_paragraph(out, "check", finding_check(results, count, text));
        return;
    }
    fputs("<p class=\"alarm\" role=\"alert\">", out);
    markup_text(out, finding_check(results, count, text));
    fputs("</p>\n", out);
}

static void write_head(FILE *out, const struct result *results, size_t count,
                       const struct report_options *options)
{
    fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
          "<meta charset=\"utf-8\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>",
          out);
    if (!finding_sound(results, count))
        fputs("SELF CHECK FAILED: ", out);
    if (count == 1)
        markup_text(out, results[0].name);
    else
        fprintf(out, "%zu strategies", count);
    fputs(", simulated by ", out);
    markup_text(out, options->program != NULL ? options->program : "BitCraps");
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", sheet_css);
}

static void write_setting(FILE *out, const char *name, const char *text)
{
    fputs("<dt>", out);
    markup_text(out, name);
    fputs("</dt><dd>", out);
    markup_text(out, text);
    fputs("</dd>\n", out);
}

static void write_settings(FILE *out, const struct result_setting *setting)
{
    char text[FINDING_SIZE];
    char words[CRAPS_SIGN_SIZE];
    fputs("<dl class=\"setting\">\n", out);
    write_setting(out, "Played", finding_play(setting, text));
    write_setting(out, "House", finding_house(setting, text));
    write_setting(out, "Limits", finding_limits(setting, text));
    craps_sign_odds(&setting->rules, words);
    write_setting(out, "Odds", words);
    craps_sign_vig(&setting->rules, words);
    write_setting(out, "Vig", words);
    snprintf(text, sizeof text, "%llu", (unsigned long long)setting->seed);
    write_setting(out, "Seed", text);
    write_setting(out, "Speed", finding_speed(setting, text));
    fputs("</dl>\n", out);
}

static void write_header(FILE *out, const struct result *results, size_t count)
{
    char text[FINDING_SIZE];
    fputs("<header>\n", out);
    if (!finding_sound(results, count))
        write_check(out, results, count);
    fputs("<h1>", out);
    if (count == 1)
        markup_text(out, results[0].name);
    else
        fprintf(out, "%zu strategies compared", count);
    fputs("</h1>\n", out);
    if (count == 1)
        markup_paragraph(out, "muted", results[0].description);
    markup_paragraph(out, "alarm", finding_interrupted(results, count, text));
    write_settings(out, results[0].setting);
    if (finding_sound(results, count))
        write_check(out, results, count);
    if (count > 1) {
        fputs("<nav aria-label=\"Strategies\"><ul>\n", out);
        for (size_t i = 0; i < count; i++) {
            fprintf(out, "<li><a href=\"#s%zu\">", i + 1);
            markup_text(out, results[i].name);
            fputs("</a></li>\n", out);
        }
        fputs("</ul></nav>\n", out);
    }
    fputs("</header>\n<main>\n", out);
}

static void write_comparison_table(FILE *out, const struct result *results, size_t count)
{
    static const char *const columns[] = {
        "strategy", "mean",  "error", "deviation", CHAPTER_PERCENTILES, "ahead", "doubled", "bust",
        "bet",      "rolls", "edge",  NULL};
    markup_table(out,
                 "Chips won in a session: mean, its standard error, standard deviation, "
                 "percentiles; sessions that ended ahead, doubled their bankroll at some time, "
                 "or went bust; bet a roll; rolls a session; edge of all bets together",
                 columns);
    for (size_t i = 0; i < count; i++) {
        const struct result *result = &results[i];
        const unsigned decimals = finding_decimals(result->winnings.mean_error);
        markup_row(out, result->name);
        if (result->winnings.count == 0) {
            for (size_t k = 0; k < COUNT(columns) - 2; k++)
                markup_cell(out, NUMBER_UNKNOWN);
            fputs("</tr>\n", out);
            continue;
        }
        markup_cell_signed(out, result->winnings.mean, decimals);
        markup_cell_decimal(out, result->winnings.mean_error, decimals);
        markup_cell_decimal(out, result->winnings.deviation, 1);
        for (size_t k = 0; k < RESULT_PERCENTILES; k++)
            markup_cell_whole(out, result->winnings.at[k]);
        markup_cell_percent(out, result->ahead, 1);
        markup_cell_percent(out, result->doubled, 1);
        markup_cell_percent(out, result->bust, 1);
        markup_cell_decimal(out, result->bet_per_roll, 2);
        markup_cell_decimal(out, result->session_rolls.mean, 1);
        markup_cell_percent(out, result->edge, 3);
        fputs("</tr>\n", out);
    }
    markup_table_end(out);
}

/* The median of the last point that is not after a roll. */
static void write_median(FILE *out, const struct result *result, uint64_t roll)
{
    const struct result_point *found = NULL;
    for (size_t i = 0; i < result->points_count; i++)
        if (result->points[i].roll <= roll)
            found = &result->points[i];
    if (found != NULL)
        markup_cell_whole(out, found->at[RESULT_MEDIAN]);
    else
        markup_cell(out, NUMBER_UNKNOWN);
}

/* Medians where the path of the longest strategy is sampled. */
static void write_medians_table(FILE *out, const struct result *results, size_t count,
                                const struct result *longest)
{
    char rolls[FIGURE_SAMPLES + 1][NUMBER_SIZE];
    const char *columns[FIGURE_SAMPLES + 3] = {"after rolls"};
    size_t columns_count = 1;
    for (size_t i = 0; i <= FIGURE_SAMPLES; i++)
        if (figure_sampled(longest, i))
            columns[columns_count++] =
                number_count(longest->points[figure_sample(longest, i)].roll, rolls[i]);
    markup_table(out, "Median bankroll", columns);
    for (size_t k = 0; k < count; k++) {
        markup_row(out, results[k].name);
        for (size_t i = 0; i <= FIGURE_SAMPLES; i++)
            if (figure_sampled(longest, i))
                write_median(out, &results[k], longest->points[figure_sample(longest, i)].roll);
        fputs("</tr>\n", out);
    }
    markup_table_end(out);
}

/* The result whose path is the longest; NULL when there is none to be drawn. */
static const struct result *longest_of(const struct result *results, size_t count)
{
    const struct result *longest = NULL;
    for (size_t i = 0; i < count; i++) {
        const size_t points = results[i].points_count;
        if (points > 1 && (longest == NULL || results[i].points[points - 1].roll >
                                                  longest->points[longest->points_count - 1].roll))
            longest = &results[i];
    }
    return longest;
}

static void write_comparison(FILE *out, const struct result *results, size_t count)
{
    const struct result *longest = longest_of(results, count);
    fputs("<section aria-labelledby=\"comparison\">\n<h2 id=\"comparison\">Comparison</h2>\n", out);
    markup_panel(out, "wide", "What a session wins");
    figure_boxes(out, results, count, "boxes");
    markup_caption(
        out, "Box: the middle half of all sessions. Bar: median. Thick whiskers: 5 to 95 %; thin: "
             "1 to 99 %. Diamond: mean. Dashes: even. Each session has the same dice under all "
             "strategies.");
    write_comparison_table(out, results, count);
    markup_panel_end(out);
    if (longest != NULL) {
        markup_panel(out, "wide", "Median bankroll by roll");
        figure_medians(out, results, count, "medians");
        markup_caption(
            out, "Half of a strategy's sessions have more. Dashes: the bankroll at the start.");
        write_medians_table(out, results, count, longest);
        markup_panel_end(out);
    }
    fputs("</section>\n", out);
}

void report_html(FILE *out, const struct result *results, size_t count,
                 const struct report_options *options)
{
    write_head(out, results, count, options);
    if (count == 0) {
        fputs("<main><h1>Nothing was simulated.</h1></main>\n</body>\n</html>\n", out);
        return;
    }
    write_header(out, results, count);
    if (count > 1)
        write_comparison(out, results, count);
    for (size_t i = 0; i < count; i++)
        chapter_write(out, &results[i], i, count);
    if (*results[0].setting->card != '\0') {
        fputs("<section aria-labelledby=\"house\">\n<h2 id=\"house\">House</h2>\n", out);
        markup_listing(out, "Table card", results[0].setting->card);
        fputs("</section>\n", out);
    }
    fputs("</main>\n<footer>\n", out);
    if (!finding_sound(results, count))
        write_check(out, results, count);
    markup_paragraph(
        out, "muted",
        "Amounts are chips. Edges are the house's, of what was staked. No strategy changes the "
        "edge of its bets: strategies differ in speed, spread and ruin.");
    fputs("</footer>\n</body>\n</html>\n", out);
}
