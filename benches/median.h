/* SPDX-License-Identifier: MIT */
/* The value in the middle, so that one run that something else disturbed counts for nothing. */
#ifndef BENCHES_MEDIAN_H
#define BENCHES_MEDIAN_H

#include <stdlib.h>

static inline int median_order(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* Of count values, which are sorted. */
static inline double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, median_order);
    return values[count / 2];
}

#endif
