/* SPDX-License-Identifier: MIT */
/* `bitcraps odds` as people and programs read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static char output[1 << 20];

/* Runs it with arguments of the shell; what it says on both outputs is in output. */
static int run(const char *arguments)
{
    char line[1024];
    const char *builddir = getenv("builddir");
    snprintf(line, sizeof line, "'%s/bitcraps' odds %s 2>&1", builddir ? builddir : ".", arguments);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    const size_t size = fread(output, 1, sizeof output - 1, pipe);
    output[size] = '\0';
    const int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_says(const char *text)
{
    if (strstr(output, text) == NULL)
        fail_msg("it says \"%.2000s\", not \"%s\"", output, text);
}

static json_t *run_json(const char *arguments)
{
    json_error_t error;
    assert_int_equal(run(arguments), 0);
    json_t *answer = json_loads(output, 0, &error);
    if (!answer)
        fail_msg("\"%.200s\" is not JSON: %s", output, error.text);
    assert_string_equal(json_string_value(json_object_get(answer, "schema")), "bitcraps.odds/1");
    return answer;
}

static const json_t *entry_of(const json_t *entries, const char *key)
{
    size_t index;
    const json_t *entry;
    json_array_foreach(entries, index, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "key")), key) == 0)
            return entry;
    }
    return NULL;
}

static void assert_field(const json_t *entry, const char *field, const char *expected)
{
    assert_string_equal(json_string_value(json_object_get(entry, field)), expected);
}

static void one_bet_is_shown_with_its_fractions(void **state)
{
    (void)state;
    assert_int_equal(run("place 6"), 0);
    assert_string_equal(output, "place 6, 6 chips: pays 7:6\n"
                                "  wins                     45.45455 % = 5/11\n"
                                "  loses                    54.54545 % = 6/11\n"
                                "  edge                      1.51515 % = 1/66\n"
                                "  edge per roll             0.46296 % = 1/216\n"
                                "  rolls to a decision       3.27273   = 36/11\n"
                                "  risked, in stakes         1.00000   = 1\n"
                                "  standard deviation        1.07885\n");
}

static void the_stake_and_the_house_change_the_vig(void **state)
{
    (void)state;
    assert_int_equal(run("buy 4 --stake 35 --house vig=down"), 0);
    assert_says("  edge                      0.95238 % = 1/105\n");
    assert_int_equal(run("buy 4"), 0);
    assert_says("  edge                      1.66667 % = 1/60\n");
}

static void the_table_has_every_kind_and_its_like_together(void **state)
{
    (void)state;
    assert_int_equal(run(""), 0);
    assert_says("\npass                  1:1               49.29  50.71  0.00   1.414   0.419   "
                "1.00\n");
    assert_says("\nplace 6 8             7:6               45.45  54.55  0.00   1.515   0.463   "
                "1.08\n");
    assert_says("\nhop 1-2 and 14 more   15:1               5.56  94.44  0.00  11.111  11.111   "
                "3.66\n");
    assert_says("\nput 4 10 with odds    1:1 + odds        33.33  66.67  0.00   8.333   2.083   "
                "5.19\n");
    assert_null(strstr(output, "No table can be opened"));
}

static void a_house_that_would_lose_is_named(void **state)
{
    (void)state;
    assert_int_equal(run("--house field=3-4"), 0);
    assert_says("No table can be opened by these rules: field would lose the bank 1/36 of every "
                "chip bet: pay its best win 3:1 at most.\n\ncasino with field=3-4\n");
    json_t *answer = run_json("field --house field=3-4 --json");
    assert_field(answer, "preset", "casino");
    assert_field(answer, "house", "field=3-4");
    assert_field(answer, "fault",
                 "field would lose the bank 1/36 of every chip bet: pay its best win 3:1 at most");
    const json_t *bets = json_object_get(answer, "bets");
    assert_int_equal(json_array_size(bets), 1);
    assert_field(json_array_get(bets, 0), "key", "field_3_4");
    assert_field(json_array_get(bets, 0), "edge", "-1/36");
    json_decref(answer);
}

/* What the file of tests/odds/edges_test.c has of the usual house is printed with its fractions. */
static void json_has_the_fractions_of_the_vectors(void **state)
{
    (void)state;
    char path[1024];
    json_error_t error;
    size_t index;
    const json_t *bet;
    unsigned found = 0;
    assert_non_null(getenv("srcdir"));
    snprintf(path, sizeof path, "%s/tests/vectors/house-edges.json", getenv("srcdir"));
    json_t *file = json_load_file(path, 0, &error);
    assert_true(json_is_array(file));
    json_t *answer = run_json("--json");
    const json_t *bets = json_object_get(answer, "bets");
    assert_true(json_is_null(json_object_get(answer, "fault")));
    json_array_foreach(bets, index, bet)
    {
        const char *key = json_string_value(json_object_get(bet, "key"));
        assert_ptr_equal(entry_of(bets, key), bet);
        const json_t *entry = entry_of(file, key);
        if (!entry)
            continue;
        found++;
        assert_field(bet, "win", json_string_value(json_object_get(entry, "win")));
        assert_field(bet, "lose", json_string_value(json_object_get(entry, "lose")));
        if (json_is_string(json_object_get(entry, "edge")))
            assert_field(bet, "edge", json_string_value(json_object_get(entry, "edge")));
    }
    assert_true(found > 90);
    json_decref(answer);
    json_decref(file);
}

static void what_cannot_be_answered_is_explained(void **state)
{
    (void)state;
    assert_int_equal(run("roulette"), 2);
    assert_says("bitcraps: there is no bet 'roulette': 'bitcraps odds' lists all");
    assert_int_equal(run("--preset nowhere"), 2);
    assert_int_equal(run("--house field=9"), 2);
    assert_int_equal(run("--stake 5"), 2);
    assert_says("name it, as in 'bitcraps odds buy 4'");
    assert_int_equal(run("fire --preset crapless"), 1);
    assert_says("crapless does not take this bet");
    assert_int_equal(run("place 6 --stake 13"), 1);
    assert_says("13 chips cannot be paid exactly");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_bet_is_shown_with_its_fractions),
        cmocka_unit_test(the_stake_and_the_house_change_the_vig),
        cmocka_unit_test(the_table_has_every_kind_and_its_like_together),
        cmocka_unit_test(a_house_that_would_lose_is_named),
        cmocka_unit_test(json_has_the_fractions_of_the_vectors),
        cmocka_unit_test(what_cannot_be_answered_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
