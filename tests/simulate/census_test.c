/* SPDX-License-Identifier: MIT */
/* A census against the sorted values themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "simulate/census.h"

#define SIZE  64
#define COUNT 5000

static uint32_t counters[3][CENSUS_COUNTERS(SIZE)];
static struct census census[3];

static int clear(void **state)
{
    (void)state;
    memset(counters, 0, sizeof counters);
    for (size_t i = 0; i < 3; i++)
        census_init(&census[i], counters[i], SIZE);
    return 0;
}

/* A fixed sequence (Knuth's MMIX multiplier), which no test depends on but for being the same. */
static uint64_t next_word(uint64_t *word)
{
    *word = *word * 6364136223846793005u + 1442695040888963407u;
    return *word >> 33;
}

static int by_value(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void few_values_are_exact(void **state)
{
    (void)state;
    static const int64_t values[] = {-3, 12, 0, 0, 7, -51};
    for (size_t i = 0; i < 6; i++)
        census_add(&census[0], values[i]);
    assert_int_equal(census_width(&census[0]), 1);
    assert_int_equal(census_ranked(&census[0], 1), -51);
    assert_int_equal(census_ranked(&census[0], 2), -3);
    assert_int_equal(census_ranked(&census[0], 3), 0);
    assert_int_equal(census_ranked(&census[0], 4), 0);
    assert_int_equal(census_ranked(&census[0], 5), 7);
    assert_int_equal(census_ranked(&census[0], 6), 12);
    assert_int_equal(census_percentile(&census[0], 50), 0);
    assert_int_equal(census_percentile(&census[0], 51), 0);
    assert_int_equal(census_percentile(&census[0], 67), 7);
    assert_int_equal(census_percentile(&census[0], 100), 12);
    assert_int_equal(census_between(&census[0], -3, 8), 4);
    assert_int_equal(census_between(&census[0], 13, 1000), 0);
    assert_int_equal(census_between(&census[0], -1000, 1000), 6);
}

static void mean_and_deviation_are_those_of_the_values(void **state)
{
    (void)state;
    /* Mean 5, sum of squares about it 32. */
    static const int64_t values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    const int64_t far = (int64_t)1 << 40;
    for (size_t i = 0; i < 8; i++)
        census_add(&census[0], far + values[i]);
    assert_true(fabs(census_mean(&census[0]) - (double)far - 5) < 1e-3);
    assert_true(fabs(census_deviation(&census[0]) - sqrt(32.0 / 7)) < 1e-9);
    assert_true(fabs(census_mean_error(&census[0]) - sqrt(32.0 / 7 / 8)) < 1e-9);
    assert_true(census_deviation(&census[1]) == 0);
    assert_int_equal(census_percentile(&census[1], 50), 0);
}

/* Of every range from tight to wide: the counter of each rank holds the value of that rank. */
static void percentiles_are_true_to_the_width(void **state)
{
    static int64_t values[COUNT];
    for (unsigned bits = 4; bits <= 44; bits += 4) {
        uint64_t word = bits;
        clear(state);
        for (size_t i = 0; i < COUNT; i++) {
            values[i] = (int64_t)(next_word(&word) << 13 & (((uint64_t)1 << bits) - 1));
            values[i] -= (int64_t)1 << bits / 2;
            census_add(&census[0], values[i]);
        }
        qsort(values, COUNT, sizeof values[0], by_value);
        const int64_t width = census_width(&census[0]);
        assert_true(width == 1 || values[COUNT - 1] - values[0] >= (SIZE - 1) * width / 2);
        assert_int_equal(census[0].least, values[0]);
        assert_int_equal(census[0].most, values[COUNT - 1]);
        for (size_t rank = 1; rank <= COUNT; rank++) {
            const int64_t found = census_ranked(&census[0], rank);
            assert_true(found <= values[rank - 1] && values[rank - 1] < found + width);
        }
    }
}

/* The same values in another order, and in two parts that are merged, either way round. */
static void order_and_parts_do_not_matter(void **state)
{
    static int64_t values[COUNT];
    for (uint64_t seed = 0; seed < 20; seed++) {
        uint64_t word = seed;
        clear(state);
        for (size_t i = 0; i < COUNT; i++)
            values[i] = (int64_t)(next_word(&word) % (i < COUNT / 2 ? 50 : 5000)) -
                        (int64_t)(seed % 3 * 2000);
        for (size_t i = 0; i < COUNT; i++)
            census_add(&census[0], values[i]);
        for (size_t i = COUNT; i > 0; i--)
            census_add(&census[1 + i % (1 + seed % 2)], values[i - 1]);
        struct census *whole = &census[1 + seed % 4 / 2];
        struct census *part = &census[2 - seed % 4 / 2];
        census_merge(whole, part);
        assert_int_equal(whole->shift, census[0].shift);
        assert_int_equal(whole->count, COUNT);
        assert_int_equal(whole->least, census[0].least);
        assert_int_equal(whole->most, census[0].most);
        assert_true(whole->sum == census[0].sum && whole->squares == census[0].squares);
        assert_memory_equal(whole->counters, counters[0], SIZE * sizeof counters[0][0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(few_values_are_exact, clear),
        cmocka_unit_test_setup(mean_and_deviation_are_those_of_the_values, clear),
        cmocka_unit_test_setup(percentiles_are_true_to_the_width, clear),
        cmocka_unit_test_setup(order_and_parts_do_not_matter, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
