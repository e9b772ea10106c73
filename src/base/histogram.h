/* SPDX-License-Identifier: MIT */
/*
 * A log-linear histogram of unsigned values (nanoseconds, sizes): 16 equal steps in every power of
 * two, so that a percentile is at most 1/16 above the exact one, over the whole 64-bit range and in
 * fixed memory. Not shared: one owner records; others get a copy or a merge.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include "base/types.h"

/* 16 exact values, then 16 steps for each of the powers 2^4 to 2^63. */
#define HISTOGRAM_STEPS   16
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS + 60 * HISTOGRAM_STEPS)

struct histogram {
    uint64_t count;                      /* Values recorded. */
    uint64_t sum;                        /* Of the values, saturating. */
    uint64_t lowest;                     /* Exact; 0 when nothing was recorded. */
    uint64_t highest;                    /* Exact. */
    uint32_t buckets[HISTOGRAM_BUCKETS]; /* Saturating. */
};

_Static_assert(sizeof(struct histogram) <= 4096, "a histogram fits one page");

/* Forgets everything; an all-zero histogram is a clear one. */
void histogram_init(struct histogram *histogram);

/* Counts one value. */
void histogram_record(struct histogram *histogram, uint64_t value);

/*
 * The end of the step that at least permille thousandths of the values do not exceed: 500 is
 * the median, 999 the 99.9th percentile, 1000 the highest. At least the exact percentile and at
 * most 1/16 above it; 0 when nothing was recorded. permille is at most 1000.
 */
uint64_t histogram_percentile(const struct histogram *histogram, uint32_t permille);

/* The mean, rounded down; 0 when nothing was recorded. */
uint64_t histogram_mean(const struct histogram *histogram);

/* Adds what from recorded, as if it had been recorded here. */
void histogram_merge(struct histogram *histogram, const struct histogram *from);

#endif
