/* SPDX-License-Identifier: MIT */
/* Numbers as reports write them: rounded, grouped, short, and never a word for what is none. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "report/number.h"

static void decimals_are_rounded_and_grouped(void **state)
{
    (void)state;
    static const struct {
        double value;
        unsigned decimals;
        const char *expected;
    } cases[] = {
        {0, 0, "0"},
        {-0.001, 2, "0.00"},
        {-0.0, 1, "0.0"},
        {999, 0, "999"},
        {1000, 0, "1,000"},
        {-1000, 1, "-1,000.0"},
        {1234567.891, 2, "1,234,567.89"},
        {-123456, 0, "-123,456"},
        {0.125, 2, "0.12"},
        {9.999, 2, "10.00"},
        {999999999999999.0, 0, "999,999,999,999,999"},
        {1e15, 3, "1.00e+15"},
        {-2.5e300, 0, "-2.50e+300"},
        {NAN, 2, "-"},
        {INFINITY, 2, "-"},
        {-INFINITY, 0, "-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[NUMBER_SIZE];
        assert_string_equal(number_decimal(cases[i].value, cases[i].decimals, text),
                            cases[i].expected);
    }
}

static void signs_stand_unless_nothing_is_left(void **state)
{
    (void)state;
    char text[NUMBER_SIZE];
    assert_string_equal(number_signed(12.34, 1, text), "+12.3");
    assert_string_equal(number_signed(-12.34, 1, text), "-12.3");
    assert_string_equal(number_signed(0.04, 1, text), "0.0");
    assert_string_equal(number_signed(-0.04, 1, text), "0.0");
    assert_string_equal(number_signed(NAN, 1, text), "-");
    assert_string_equal(number_percent(0.0141414, 2, text), "1.41 %");
    assert_string_equal(number_percent(NAN, 2, text), "-");
    assert_string_equal(number_plain(1234567.891, 1, text), "1234567.9");
}

static void whole_numbers_reach_their_ends(void **state)
{
    (void)state;
    char text[NUMBER_SIZE];
    assert_string_equal(number_whole(INT64_MIN, text), "-9,223,372,036,854,775,808");
    assert_string_equal(number_whole(INT64_MAX, text), "9,223,372,036,854,775,807");
    assert_string_equal(number_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
    assert_string_equal(number_whole(-1, text), "-1");
    assert_string_equal(number_count(0, text), "0");
}

static void brief_numbers_keep_three_digits(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *expected;
    } cases[] = {
        {0, "0"},         {7, "7"},          {-950, "-950"},     {999.4, "999"},
        {999.6, "1.00k"}, {1234, "1.23k"},   {-12345, "-12.3k"}, {123456, "123k"},
        {0.5, "0.50"},    {9.99, "9.99"},    {9.996, "10.0"},    {12.34, "12.3"},
        {999499, "999k"}, {999500, "1.00M"}, {3.4e9, "3.40G"},   {9.2e18, "9.20E"},
        {NAN, "-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[NUMBER_SIZE];
        assert_string_equal(number_brief(cases[i].value, text), cases[i].expected);
        assert_true(strlen(text) <= 6);
    }
}

static void neighbouring_ticks_differ(void **state)
{
    (void)state;
    static const double steps[] = {0.001, 0.02, 0.5, 1, 2, 5, 50, 200, 500, 2500, 1e5, 2e6, 5e17};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        for (int k = -12; k < 12; k++) {
            char one[NUMBER_SIZE];
            char next[NUMBER_SIZE];
            number_tick(k * steps[i], steps[i], one);
            number_tick((k + 1) * steps[i], steps[i], next);
            assert_string_not_equal(one, next);
        }
    char text[NUMBER_SIZE];
    assert_string_equal(number_tick(1500, 500, text), "1,500");
    assert_string_equal(number_tick(1.5e6, 5e5, text), "1.5M");
    assert_string_equal(number_tick(-5e5, 5e5, text), "-500,000");
    assert_string_equal(number_tick(20000, 500, text), "20,000");
    assert_string_equal(number_tick(0.5, 0.1, text), "0.5");
    assert_string_equal(number_tick(-300, 100, text), "-300");
}

static void spans_of_time_have_units(void **state)
{
    (void)state;
    char text[NUMBER_SIZE];
    assert_string_equal(number_seconds(0.5, text), "500 ms");
    assert_string_equal(number_seconds(12.34, text), "12.3 s");
    assert_string_equal(number_seconds(245, text), "4 min 5 s");
    assert_string_equal(number_seconds(7380, text), "2 h 3 min");
    assert_string_equal(number_seconds(-1, text), "-");
    assert_string_equal(number_seconds(NAN, text), "-");
}

static void a_locale_changes_nothing(void **state)
{
    (void)state;
    static const char *const commas[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof commas / sizeof commas[0] && found == NULL; i++)
        found = setlocale(LC_ALL, commas[i]);
    if (found == NULL)
        print_message("# no locale that writes commas is installed: C alone is tested\n");
    char text[NUMBER_SIZE];
    assert_string_equal(number_decimal(1234.5, 2, text), "1,234.50");
    assert_string_equal(number_brief(12345, text), "12.3k");
    assert_string_equal(number_plain(-0.5, 1, text), "-0.5");
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_rounded_and_grouped),
        cmocka_unit_test(signs_stand_unless_nothing_is_left),
        cmocka_unit_test(whole_numbers_reach_their_ends),
        cmocka_unit_test(brief_numbers_keep_three_digits),
        cmocka_unit_test(neighbouring_ticks_differ),
        cmocka_unit_test(spans_of_time_have_units),
        cmocka_unit_test(a_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
