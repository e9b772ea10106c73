/* SPDX-License-Identifier: MIT */
#include "base/histogram.h"

#include "base/check.h"

#include <string.h>

void histogram_init(struct histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

/* Values below 16 have buckets of their own; above, the four bits after the leading one choose. */
static uint32_t bucket_of(uint64_t value)
{
    if (value < HISTOGRAM_STEPS)
        return (uint32_t)value;
    const uint32_t power = 63 - (uint32_t)__builtin_clzll(value);
    const uint32_t step = (uint32_t)(value >> (power - 4)) & (HISTOGRAM_STEPS - 1);
    return (power - 3) * HISTOGRAM_STEPS + step;
}

/* The highest value that falls into the bucket. */
static uint64_t bucket_end(uint32_t bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    const uint32_t shift = bucket / HISTOGRAM_STEPS - 1;
    const uint64_t step = HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS;
    return (step << shift) + ((UINT64_C(1) << shift) - 1);
}

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void histogram_record(struct histogram *histogram, uint64_t value)
{
    uint32_t *bucket = &histogram->buckets[bucket_of(value)];

    if (*bucket < UINT32_MAX)
        (*bucket)++;
    if (histogram->count == 0 || value < histogram->lowest)
        histogram->lowest = value;
    if (value > histogram->highest)
        histogram->highest = value;
    histogram->sum = add_saturating(histogram->sum, value);
    histogram->count++;
}

uint64_t histogram_percentile(const struct histogram *histogram, uint32_t permille)
{
    CHECK(permille <= 1000);
    /* The buckets' own total, since a saturated bucket counts less than count says. */
    uint64_t total = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        total += histogram->buckets[i];
    if (total == 0)
        return 0;
    /* How many values must lie at or below the answer: rounded up, at least one. */
    uint64_t rank = (total * permille + 999) / 1000;
    if (rank == 0)
        rank = 1;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= rank) {
            const uint64_t end = bucket_end(i);
            return end < histogram->highest ? end : histogram->highest;
        }
    }
    return histogram->highest;
}

uint64_t histogram_mean(const struct histogram *histogram)
{
    return histogram->count == 0 ? 0 : histogram->sum / histogram->count;
}

void histogram_merge(struct histogram *histogram, const struct histogram *from)
{
    if (from->count == 0)
        return;
    if (histogram->count == 0 || from->lowest < histogram->lowest)
        histogram->lowest = from->lowest;
    if (from->highest > histogram->highest)
        histogram->highest = from->highest;
    histogram->count = add_saturating(histogram->count, from->count);
    histogram->sum = add_saturating(histogram->sum, from->sum);
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        const uint64_t both = (uint64_t)histogram->buckets[i] + from->buckets[i];
        histogram->buckets[i] = both > UINT32_MAX ? UINT32_MAX : (uint32_t)both;
    }
}
