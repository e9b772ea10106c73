/* SPDX-License-Identifier: MIT */
/*
 * How often each whole number came, of any range, in fixed memory: counters of equal width, which
 * doubles whenever the range no longer fits. Exact while the width is 1.
 *
 * What a census holds depends only on which values it was given, not on their order, nor on how
 * they were divided among the censuses that were merged: the width is the least power of two at
 * which least to most fit, and its sums are integers. Memory is the caller's. One owner.
 */
#ifndef SIMULATE_CENSUS_H
#define SIMULATE_CENSUS_H

#include "base/types.h"

/* Counters that the caller gives for a census of so many: the rest is room for widening. */
#define CENSUS_COUNTERS(size) (2 * (size_t)(size))

/* Values beyond this count as this: 2^32 of their squares fit the sum. */
#define CENSUS_VALUE_MAX ((int64_t)1 << 46)

struct census {
    uint32_t *counters; /* A place (value / width, rounded down) has that of place modulo size. */
    size_t size;        /* A power of two. */
    unsigned shift;     /* The width is 2^shift. */
    uint64_t count;     /* Values, below 2^32. */
    int64_t least;
    int64_t most;
    __int128 sum;
    __int128 squares;
};

/* Begins with CENSUS_COUNTERS(size) counters, all zero. size is a power of two, at least 2. */
void census_init(struct census *census, uint32_t *counters, size_t size);

/* Counts one value. */
void census_add(struct census *census, int64_t value);

/* Adds what from counted; their sizes are the same. */
void census_merge(struct census *census, const struct census *from);

/* The width of the counters. */
int64_t census_width(const struct census *census);

/*
 * The value at a rank, 1 for the least to count for the most; of a width above 1 the first value of
 * its counter, or least if that is more. 0 of no values.
 */
int64_t census_ranked(const struct census *census, uint64_t rank);

/* The least value that at least percent of 100 values do not exceed, likewise. */
int64_t census_percentile(const struct census *census, unsigned percent);

/* How many values are at least from and below to, which are multiples of the width. */
uint64_t census_between(const struct census *census, int64_t from, int64_t to);

/* The mean, the standard deviation of one value, and that of the mean; 0 where there are too few.
 */
double census_mean(const struct census *census);
double census_deviation(const struct census *census);
double census_mean_error(const struct census *census);

#endif
