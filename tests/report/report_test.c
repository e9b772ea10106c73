/* SPDX-License-Identifier: MIT */
/* Reports of results made by hand: the right numbers, within the width, well-formed, harmless. */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "markup_walk.h"
#include "report/letter.h"
#include "report/report.h"
#include "sample.h"

#define SAMPLES 10

static struct sample samples[SAMPLES];
static struct result results[SAMPLES];

/* What a hostile author would call a strategy. */
static const char hostile[] =
    "\"><script>alert('1')</script>&amp;\x1B[2J\xE2\x80\xAE\xFF]]>--><!--";

typedef void teller(FILE *out, const struct result *all, size_t count,
                    const struct report_options *options);

/* What a report writes; the caller's to free. */
static char *told(teller *tell, size_t count, struct report_options options)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    tell(out, results, count, &options);
    assert_false(ferror(out));
    fclose(out);
    assert_int_equal(strlen(text), size);
    return text;
}

static char *text_of(size_t count, size_t width)
{
    return told(report_text, count, (struct report_options){.width = width});
}

static char *page_of(size_t count)
{
    return told(report_html, count, (struct report_options){.width = 80});
}

/* Samples of 400 sessions, each its own strategy. */
static void make_all(void)
{
    static const char *const names[SAMPLES] = {
        "pass line", "don't pass", "iron cross", "martingale", "molly",
        "dolly",     "field",      "hardways",   "ats",        "fire"};
    for (size_t i = 0; i < SAMPLES; i++) {
        sample_make(&samples[i], names[i], 400, (chips)(5 * (i + 1)), 0.014, 42 + i);
        results[i] = samples[i].result;
    }
}

static void make_one(size_t sessions, chips stake, double edge)
{
    sample_make(&samples[0], "pass line", sessions, stake, edge, 42);
    results[0] = samples[0].result;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in the report", part);
}

static void assert_has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" is in the report", part);
}

/* No line is wider than the limit; escapes take no column. */
static void assert_within(const char *text, size_t limit)
{
    size_t width = 0;
    while (*text != '\0') {
        if (*text == '\n') {
            width = 0;
            text++;
        } else if (*text == '\033') {
            text += strcspn(text, "m");
            assert_int_equal(*text, 'm');
            text++;
        } else {
            width += letter_width(letter_read(&text));
            assert_true(width <= limit);
        }
    }
}

/* Not-a-number and infinity nowhere stand as words. */
static void assert_no_such_words(const char *text)
{
    static const char *const words[] = {"nan", "inf", "-nan", "-inf"};
    for (const char *at = text; *at != '\0';) {
        const size_t size = strspn(at, "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (size == strlen(words[i]) && strncmp(at, words[i], size) == 0)
                fail_msg("the report says %s", words[i]);
        at += size > 0 ? size : 1;
    }
}

static void assert_well_formed(const char *page)
{
    size_t at = 0;
    const char *wrong = markup_walk(page, &at);
    if (wrong != NULL)
        fail_msg("%s at byte %zu: %.60s", wrong, at, page + at);
    assert_no_such_words(page);
}

/* All forms of a report at all widths, of as many results. */
static void check_all_forms(size_t count)
{
    static const size_t widths[] = {0, 40, 41, 57, 79, 80, 100, 5000};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
        for (unsigned form = 0; form < 4; form++) {
            const struct report_options options = {
                .width = widths[i], .unicode = form % 2 == 1, .colour = form >= 2};
            char *text = told(report_text, count, options);
            const size_t limit = widths[i] < 40 ? 40 : widths[i] > 100 ? 100 : widths[i];
            assert_within(text, limit);
            assert_no_such_words(text);
            if (!options.colour)
                assert_null(strchr(text, '\033'));
            for (const char *at = text; *at != '\0' && !options.unicode; at++)
                assert_true((unsigned char)*at < 0x80);
            free(text);
        }
    char *page = page_of(count);
    assert_well_formed(page);
    free(page);
}

static void the_text_has_the_numbers(void **state)
{
    (void)state;
    make_one(4000, 10, 0.014);
    char *text = text_of(1, 80);
    assert_has(text, "4,000 sessions of 144 rolls (1 hour), each with 300 chips");
    assert_has(text, "A session loses 17.7 chips on average (standard error 1.9)");
    assert_has(text, "576,000 rolls in 500 ms");
    assert_has(text, "odds        3x on 4 10, 4x on 5 9, 5x on 6 8");
    assert_has(text, "limits      line ");
    assert_has(text, "ended ahead               41.30 %");
    assert_has(text, "1.90 % of sessions (76) went bust");
    assert_has(text, "  bankroll             0     80    120    200    280    360    440    480");
    assert_has(text,
               "pass         42,000  20,700  21,300      0 420,000 -6,000  1.429  1.414    0.0");
    assert_has(text, "(+4.3)");
    assert_has(text, "Self check passed: each actual edge is within 4 standard errors");
    assert_has(text, "p = 0.5525,");
    assert_has(text, "      bet pass unit\n");
    assert_has_not(text, "Comparison");
    free(text);
}

static void a_narrow_terminal_keeps_what_matters(void **state)
{
    (void)state;
    make_one(4000, 10, 0.014);
    char *text = text_of(1, 40);
    assert_has(text, "edge % exact%      z\n");
    assert_has(text, " 1.429  1.414    0.0\n");
    assert_has(text, "100.00 13.889 (+4.3)\n");
    assert_has(text, " median ");
    assert_has_not(text, "decided     won");
    free(text);
}

static void the_page_has_the_numbers(void **state)
{
    (void)state;
    make_one(4000, 10, 0.014);
    char *page = page_of(1);
    assert_well_formed(page);
    assert_has(page, "<dd>4,000 sessions of 144 rolls (1 hour), each with 300 chips");
    assert_has(page, "<td>42,000</td><td>20,700</td><td>21,300</td>");
    assert_has(page, "<td>1.429 %</td><td>0.488 %</td><td>1.4141 %</td><td>7/495</td>");
    assert_has(page, "<td>too few</td>");
    assert_has(page, "Minimum 5\nField 2:1 and 3:1\n");
    assert_int_equal(markup_count(page, "svg"), 5);
    assert_int_equal(markup_count(page, "desc"), 5);
    assert_int_equal(markup_count(page, "figcaption"), 5);
    assert_has(page, "prefers-color-scheme:dark");
    assert_has(page, "@media print");
    free(page);
}

static void several_strategies_are_compared(void **state)
{
    (void)state;
    make_all();
    char *text = text_of(SAMPLES, 80);
    char *page = page_of(SAMPLES);
    assert_well_formed(page);
    assert_has(text, "Comparison\n");
    for (size_t i = 0; i < SAMPLES; i++) {
        char heading[80];
        snprintf(heading, sizeof heading, "\n=== %s ===\n", results[i].name);
        assert_has(text, heading);
        snprintf(heading, sizeof heading, "<section id=\"s%zu\">", i + 1);
        assert_has(page, heading);
    }
    assert_has(page, "series s7 d0");
    assert_has(page, "series s0 d1");
    assert_has(page, "<h2>don&#39;t pass</h2>");
    free(text);
    free(page);
}

static void all_forms_keep_their_bounds(void **state)
{
    (void)state;
    make_all();
    check_all_forms(SAMPLES);
    check_all_forms(1);
    char *nothing = text_of(0, 80);
    assert_string_equal(nothing, "Nothing was simulated.\n");
    free(nothing);
    nothing = page_of(0);
    assert_well_formed(nothing);
    free(nothing);
}

static void an_interruption_is_told(void **state)
{
    (void)state;
    make_all();
    samples[0].setting.interrupted = true;
    samples[0].setting.sessions = 5000;
    results[1].sessions = 398;
    char *text = text_of(2, 80);
    assert_has(text, "Interrupted: 398 to 400 of 5,000 sessions were played by each strategy.");
    free(text);
    char *page = page_of(1);
    assert_has(page, "Interrupted: 400 of 5,000 sessions were played.");
    free(page);
}

static void equal_results_give_equal_bytes(void **state)
{
    (void)state;
    make_all();
    char *text = text_of(SAMPLES, 80);
    char *page = page_of(SAMPLES);
    memset(samples, 0, sizeof samples);
    make_all();
    char *same_text = text_of(SAMPLES, 80);
    char *same_page = page_of(SAMPLES);
    assert_string_equal(text, same_text);
    assert_string_equal(page, same_page);
    free(text);
    free(page);
    free(same_text);
    free(same_page);
}

static void hostile_words_stay_words(void **state)
{
    (void)state;
    make_all();
    for (size_t i = 0; i < 2; i++) {
        results[i].name = hostile;
        results[i].description = hostile;
        results[i].text = hostile;
        snprintf(samples[i].bets[0].name, sizeof samples[i].bets[0].name, "</svg>&\x9F\x1B]0;");
        snprintf(samples[i].bets[0].exact_text, sizeof samples[i].bets[0].exact_text, "<b>'\"");
    }
    samples[0].setting.preset = hostile;
    samples[0].setting.house = hostile;
    samples[0].setting.card = hostile;
    for (size_t count = 1; count <= 3; count++) {
        check_all_forms(count);
        char *page = page_of(count);
        assert_int_equal(markup_count(page, "script"), 0);
        assert_has_not(page, "<!--");
        assert_has_not(page, "]]>");
        assert_has(page, "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;");
        free(page);
    }
}

static void the_page_needs_nothing_else(void **state)
{
    (void)state;
    static const char *const loads[] = {"src=",   "@import", "url(",   "<link",      "<iframe",
                                        "<image", "<object", "<embed", "xlink:href", "<use"};
    make_all();
    char *page = page_of(SAMPLES);
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++)
        assert_has_not(page, loads[i]);
    for (const char *at = strstr(page, "href=\""); at != NULL; at = strstr(at + 1, "href=\""))
        assert_int_equal(at[6], '#');
    free(page);
}

static void a_failed_check_is_first_and_last(void **state)
{
    (void)state;
    make_all();
    results[1].sound = false;
    samples[1].bets[2].check = RESULT_CHECK_DISAGREES;
    samples[1].bets[2].z = 7.26;
    char *text = text_of(2, 80);
    static const char alarm[] = "!!! SELF CHECK FAILED: do not trust this simulation.";
    assert_memory_equal(text, alarm, strlen(alarm));
    const char *last = strstr(text + 1, alarm);
    assert_non_null(last);
    assert_null(strstr(last, "Strategy\n"));
    assert_has(text, "place 6 of");
    assert_has(text, "+7.26). This is a");
    assert_has(text, " !+7.3");
    assert_has_not(text, "Self check passed");
    free(text);
    char *page = page_of(2);
    assert_well_formed(page);
    assert_has(page, "<title>SELF CHECK FAILED: ");
    assert_has(page, "<header>\n<p class=\"alarm\" role=\"alert\">SELF CHECK FAILED");
    assert_has(page, "<footer>\n<p class=\"alarm\" role=\"alert\">SELF CHECK FAILED");
    assert_has(page, "<tr class=\"wrong\"><th scope=\"row\">place 6</th>");
    free(page);
    check_all_forms(2);
}

static void few_sessions_can_be_told(void **state)
{
    (void)state;
    make_one(0, 10, 0.014);
    check_all_forms(1);
    char *text = text_of(1, 80);
    assert_has(text, "No session was played to its end.");
    free(text);
    make_one(1, 10, 0.014);
    results[0].winnings.mean_error = NAN;
    results[0].winnings.deviation = NAN;
    check_all_forms(1);
    text = text_of(1, 80);
    assert_has(text, "1 session of 144 rolls");
    free(text);
    make_all();
    sample_make(&samples[1], "nothing", 0, 10, 0.014, 1);
    results[1] = samples[1].result;
    results[1].histogram.count = 0;
    check_all_forms(3);
}

static void everybody_can_go_bust(void **state)
{
    (void)state;
    make_one(200, 100, 1);
    check_all_forms(1);
    char *text = text_of(1, 80);
    assert_has(text, "100.00 % of sessions (200) went bust, after 3.0 rolls on average");
    assert_has(text, "Sessions not bust, by roll");
    free(text);
    make_one(200, 1, 0);
    text = text_of(1, 80);
    assert_has(text, "No session went bust (so fewer than 1.500 % would, with 95 % confidence).");
    assert_has_not(text, "Sessions not bust, by roll");
    free(text);
}

static void huge_amounts_stay_within(void **state)
{
    (void)state;
    make_one(100, 10, 0.014);
    struct result *result = &results[0];
    struct result_spread *spreads[] = {&result->final, &result->winnings, &result->peak,
                                       &result->drawdown, &result->session_rolls};
    for (size_t i = 0; i < sizeof spreads / sizeof spreads[0]; i++) {
        spreads[i]->mean = -9.2e18;
        spreads[i]->deviation = 9.2e18;
        spreads[i]->mean_error = 1e18;
        spreads[i]->least = INT64_MIN;
        spreads[i]->most = INT64_MAX;
        spreads[i]->width = INT64_MAX;
        for (size_t k = 0; k < RESULT_PERCENTILES; k++)
            spreads[i]->at[k] = k < RESULT_MEDIAN ? INT64_MIN : INT64_MAX;
    }
    for (size_t i = 0; i < result->points_count; i++)
        for (size_t k = 0; k < RESULT_PERCENTILES; k++)
            samples[0].points[i].at[k] = k < RESULT_MEDIAN ? INT64_MIN : INT64_MAX;
    for (size_t i = 0; i < result->histogram.count; i++)
        result->histogram.bars[i] = (struct result_bar){INT64_MAX - 1, UINT64_MAX / 4};
    result->histogram.width = INT64_MAX;
    result->handle = INT64_MAX;
    result->rolls = UINT64_MAX;
    samples[0].bets[0].handle = INT64_MAX;
    samples[0].bets[0].net = INT64_MIN;
    samples[0].bets[0].decided = UINT64_MAX;
    samples[0].bets[0].z = -1e300;
    samples[0].setting.bankroll = INT64_MAX;
    samples[0].setting.seconds = 1e18;
    check_all_forms(1);
}

static void what_is_no_number_is_a_dash(void **state)
{
    (void)state;
    make_one(100, 10, 0.014);
    struct result *result = &results[0];
    const double strange[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        result->winnings.mean = result->winnings.mean_error = result->winnings.deviation =
            strange[i];
        result->final.mean = result->ahead = result->bust = result->doubled = strange[i];
        result->bet_per_roll = result->risk_mean = result->rolls_per_decision = strange[i];
        result->edge = result->exact_edge = result->winnings_per_roll = strange[i];
        result->dice.chi_square_outcomes = result->dice.p_outcomes = strange[i];
        result->dice.rolls_per_hand = result->dice.seven_out_rate = strange[i];
        samples[0].points[100].alive = samples[0].points[144].alive = strange[i];
        samples[0].points[100].mean = samples[0].setting.seconds = strange[i];
        samples[0].setting.rolls_per_second = samples[0].setting.hours = strange[i];
        samples[0].bets[0].edge = samples[0].bets[0].edge_error = strange[i];
        samples[0].bets[1].exact = samples[0].bets[1].z = strange[i];
        result->bust_count = 3;
        check_all_forms(1);
    }
}

static void odd_shapes_can_be_drawn(void **state)
{
    (void)state;
    make_one(100, 10, 0.014);
    results[0].points_count = 1;
    results[0].histogram.count = 1;
    results[0].bets_count = 0;
    results[0].dice.rolls = 0;
    results[0].paths_count = 0;
    results[0].text = "";
    samples[0].setting.card = "";
    check_all_forms(1);
    results[0].points_count = 2;
    results[0].points[1].roll = 0;
    results[0].histogram.count = 0;
    results[0].bust_count = 1;
    check_all_forms(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_has_the_numbers),
        cmocka_unit_test(a_narrow_terminal_keeps_what_matters),
        cmocka_unit_test(the_page_has_the_numbers),
        cmocka_unit_test(several_strategies_are_compared),
        cmocka_unit_test(all_forms_keep_their_bounds),
        cmocka_unit_test(an_interruption_is_told),
        cmocka_unit_test(equal_results_give_equal_bytes),
        cmocka_unit_test(hostile_words_stay_words),
        cmocka_unit_test(the_page_needs_nothing_else),
        cmocka_unit_test(a_failed_check_is_first_and_last),
        cmocka_unit_test(few_sessions_can_be_told),
        cmocka_unit_test(everybody_can_go_bust),
        cmocka_unit_test(huge_amounts_stay_within),
        cmocka_unit_test(what_is_no_number_is_a_dash),
        cmocka_unit_test(odd_shapes_can_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
