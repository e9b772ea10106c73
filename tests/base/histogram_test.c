/* SPDX-License-Identifier: MIT */
/* Percentiles of the histogram against those of the sorted values themselves. */
#include "base/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define VALUES_MAX 20000

static uint64_t random_state;

/* xorshift64*: the same values in every run. */
static uint64_t next_random(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * UINT64_C(2685821657736338717);
}

static int by_size(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static uint64_t exact_percentile(const uint64_t *sorted, size_t count, uint32_t permille)
{
    size_t rank = (count * permille + 999) / 1000;
    if (rank == 0)
        rank = 1;
    return sorted[rank - 1];
}

static void compare(uint64_t *values, size_t count)
{
    static const uint32_t permilles[] = {0, 1, 10, 250, 500, 900, 950, 990, 999, 1000};
    struct histogram histogram;

    histogram_init(&histogram);
    for (size_t i = 0; i < count; i++)
        histogram_record(&histogram, values[i]);
    qsort(values, count, sizeof *values, by_size);
    assert_int_equal(histogram.count, count);
    assert_int_equal(histogram.lowest, values[0]);
    assert_int_equal(histogram.highest, values[count - 1]);
    for (size_t i = 0; i < sizeof permilles / sizeof permilles[0]; i++) {
        const uint64_t exact = exact_percentile(values, count, permilles[i]);
        const uint64_t got = histogram_percentile(&histogram, permilles[i]);
        assert_true(got >= exact);
        assert_true(got - exact <= exact / HISTOGRAM_STEPS);
    }
    assert_int_equal(histogram_percentile(&histogram, 1000), values[count - 1]);
}

static void percentiles_are_at_most_a_sixteenth_above_the_exact_ones(void **state)
{
    (void)state;
    uint64_t *values = malloc(VALUES_MAX * sizeof *values);
    assert_non_null(values);
    for (uint64_t seed = 1; seed <= 8; seed++) {
        random_state = seed;
        /* Values of every magnitude: a random number of low bits. */
        for (size_t i = 0; i < VALUES_MAX; i++)
            values[i] = next_random() >> (next_random() % 64);
        compare(values, VALUES_MAX);
        /* And of one magnitude, few of them. */
        for (size_t i = 0; i < 7; i++)
            values[i] = 1000 + next_random() % 1000;
        compare(values, 7);
    }
    free(values);
}

static void small_values_are_exact(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    for (uint64_t i = 0; i < HISTOGRAM_STEPS; i++)
        histogram_record(&histogram, i);
    for (uint32_t i = 1; i <= HISTOGRAM_STEPS; i++)
        assert_int_equal(histogram_percentile(&histogram, i * 1000 / HISTOGRAM_STEPS), i - 1);
    assert_int_equal(histogram_mean(&histogram), 7);
}

static void every_power_of_two_and_its_neighbours_have_a_bucket(void **state)
{
    (void)state;
    for (uint32_t power = 0; power < 64; power++) {
        for (int around = -1; around <= 1; around++) {
            struct histogram histogram = {0};
            const uint64_t value = (UINT64_C(1) << power) + (uint64_t)(int64_t)around;
            histogram_record(&histogram, value);
            assert_int_equal(histogram_percentile(&histogram, 500), value);
        }
    }
    struct histogram histogram = {0};
    histogram_record(&histogram, UINT64_MAX);
    histogram_record(&histogram, UINT64_MAX);
    assert_int_equal(histogram_percentile(&histogram, 500), UINT64_MAX);
    assert_int_equal(histogram.sum, UINT64_MAX);
}

static void nothing_recorded_is_zero(void **state)
{
    (void)state;
    const struct histogram histogram = {0};
    assert_int_equal(histogram_percentile(&histogram, 999), 0);
    assert_int_equal(histogram_mean(&histogram), 0);
}

static void a_merge_equals_recording_everything_in_one(void **state)
{
    (void)state;
    struct histogram parts[3] = {{0}};
    struct histogram merged = {0}, whole = {0};

    random_state = 42;
    for (size_t i = 0; i < 3000; i++) {
        const uint64_t value = next_random() >> (20 + next_random() % 44);
        histogram_record(&parts[i % 2], value); /* The third stays empty. */
        histogram_record(&whole, value);
    }
    for (size_t i = 0; i < 3; i++)
        histogram_merge(&merged, &parts[i]);
    assert_memory_equal(&merged, &whole, sizeof whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_at_most_a_sixteenth_above_the_exact_ones),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(every_power_of_two_and_its_neighbours_have_a_bucket),
        cmocka_unit_test(nothing_recorded_is_zero),
        cmocka_unit_test(a_merge_equals_recording_everything_in_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
