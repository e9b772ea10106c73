/* SPDX-License-Identifier: MIT */
/* Markov chains that can be solved by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "odds/markov.h"

#define END(outcome) (MARKOV_END | (outcome))

static struct markov chain;
static struct markov_solution solution;

static int begin(void **state)
{
    (void)state;
    markov_init(&chain);
    markov_solution_init(&solution);
    return 0;
}

static int end(void **state)
{
    (void)state;
    markov_clear(&chain);
    markov_solution_clear(&solution);
    return 0;
}

static void append(const struct markov_step *steps, size_t count)
{
    markov_append(&chain, steps, count, 0);
}

#define APPEND(...)                                                                                \
    append((const struct markov_step[]){__VA_ARGS__},                                              \
           sizeof((const struct markov_step[]){__VA_ARGS__}) / sizeof(struct markov_step))

static void assert_fraction(const mpq_t value, const char *expected)
{
    char text[100];
    assert_true(gmp_snprintf(text, sizeof text, "%Qd", value) < (int)sizeof text);
    assert_string_equal(text, expected);
}

static void one_roll_ends_it(void **state)
{
    (void)state;
    APPEND({END(0), 6}, {END(1), 30});
    assert_true(markov_solve(&chain, &solution));
    assert_fraction(solution.outcomes[0], "1/6");
    assert_fraction(solution.outcomes[1], "5/6");
    assert_fraction(solution.rolls, "1");
    assert_fraction(solution.added, "0");
}

/* Six ways to win, three to lose, else again: place 8 with half the sevens. */
static void a_state_waits_for_itself(void **state)
{
    (void)state;
    APPEND({END(0), 6}, {END(1), 3}, {0, 27});
    assert_true(markov_solve(&chain, &solution));
    assert_fraction(solution.outcomes[0], "2/3");
    assert_fraction(solution.outcomes[1], "1/3");
    assert_fraction(solution.rolls, "4");
}

/* A walk on a line from 1, one step up or down evenly, until 0 or 4. */
static void states_that_reach_one_another_are_solved_together(void **state)
{
    (void)state;
    APPEND({END(0), 18}, {1, 18});
    APPEND({0, 18}, {2, 18});
    APPEND({1, 18}, {END(1), 18});
    assert_true(markov_solve(&chain, &solution));
    assert_fraction(solution.outcomes[0], "3/4");
    assert_fraction(solution.outcomes[1], "1/4");
    assert_fraction(solution.rolls, "3");
}

/* 0 leads to the pair 1 and 2, which leads to 3, by two ways that meet again. */
static void components_follow_one_another(void **state)
{
    (void)state;
    APPEND({1, 12}, {3, 24});
    APPEND({2, 36});
    APPEND({1, 18}, {3, 18});
    APPEND({END(0), 9}, {END(1), 27});
    assert_true(markov_solve(&chain, &solution));
    assert_fraction(solution.outcomes[0], "1/4");
    assert_fraction(solution.outcomes[1], "3/4");
    /* 1, then with 1/3 two visits of each of the pair, then 1. */
    assert_fraction(solution.rolls, "10/3");
}

static void what_rolls_add_is_averaged(void **state)
{
    (void)state;
    const struct markov_step first[] = {{1, 24}, {END(0), 12}};
    const struct markov_step second[] = {{END(1), 36}};
    markov_append(&chain, first, 2, 24 * 5); /* 5 with each of 24 ways. */
    markov_append(&chain, second, 1, 36 * 7);
    assert_true(markov_solve(&chain, &solution));
    /* 2/3 * 5 + 2/3 * 7. */
    assert_fraction(solution.added, "8");
}

static void a_chain_without_an_end_is_refused(void **state)
{
    (void)state;
    APPEND({0, 36});
    assert_false(markov_solve(&chain, &solution));
}

static void a_ring_without_an_end_is_refused(void **state)
{
    (void)state;
    APPEND({1, 18}, {END(0), 18});
    APPEND({2, 36});
    APPEND({1, 36});
    assert_false(markov_solve(&chain, &solution));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_roll_ends_it, begin, end),
        cmocka_unit_test_setup_teardown(a_state_waits_for_itself, begin, end),
        cmocka_unit_test_setup_teardown(states_that_reach_one_another_are_solved_together, begin,
                                        end),
        cmocka_unit_test_setup_teardown(components_follow_one_another, begin, end),
        cmocka_unit_test_setup_teardown(what_rolls_add_is_averaged, begin, end),
        cmocka_unit_test_setup_teardown(a_chain_without_an_end_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_ring_without_an_end_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
