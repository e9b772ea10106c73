/* SPDX-License-Identifier: MIT */
/*
 * The two clocks of a node. Cores get the first as `now`; the second is only for people and for
 * what is written down. Any thread.
 */
#ifndef PLATFORM_POSIX_CLOCK_H
#define PLATFORM_POSIX_CLOCK_H

#include "base/types.h"

/* Milliseconds since some start; never goes back, counts while the machine sleeps (CLOCK_BOOTTIME),
 * so that what timed out in a sleep has timed out. */
msec clock_monotonic_msec(void);

/* Milliseconds of UTC since 1970; may jump. */
int64_t clock_wall_msec(void);

#endif
