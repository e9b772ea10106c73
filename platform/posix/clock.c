/* SPDX-License-Identifier: MIT */
/* The two clocks; see clock.h. */
#include "platform/posix/clock.h"

#include "base/check.h"

#include <time.h>

static int64_t msec_of(clockid_t clock)
{
    struct timespec at;
    CHECK(clock_gettime(clock, &at) == 0);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

msec clock_monotonic_msec(void)
{
    return msec_of(CLOCK_BOOTTIME);
}

int64_t clock_wall_msec(void)
{
    return msec_of(CLOCK_REALTIME);
}
