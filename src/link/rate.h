/* SPDX-License-Identifier: MIT */
/*
 * How often something may happen: token buckets, alone or one for each of the last keys seen.
 * Pure; called by link.c. Keys come from strangers: a key is only looked for in a short table whose
 * longest unused entry gives way, so that nothing grows and no hash can be attacked.
 */
#ifndef LINK_RATE_H
#define LINK_RATE_H

#include "base/types.h"

/* A bucket that fills at count per span and holds at most count. All zero: full at first use. */
struct rate {
    bool used;
    msec at;      /* When left was true. */
    int64_t left; /* In events times the span's milliseconds. */
};

/* Takes one event if there is one; false when the bucket is empty. */
bool rate_take(struct rate *rate, msec now, int64_t count, msec span);

/* Events in the bucket now, rounded down. */
int64_t rate_left(const struct rate *rate, msec now, int64_t count, msec span);

#define METER_KEY_SIZE 32
#define METER_ENTRIES  64

/* A bucket for each of the last METER_ENTRIES keys. All zero: empty. */
struct meter {
    struct meter_entry {
        uint8_t key[METER_KEY_SIZE];
        struct rate rate;
    } entries[METER_ENTRIES];
};

/* Takes one event of the key's bucket, making one if need be; false when it is empty. */
bool meter_take(struct meter *meter, msec now, const uint8_t key[static METER_KEY_SIZE],
                int64_t count, msec span);

#endif
