/* SPDX-License-Identifier: MIT */
/*
 * A table in one process that is played at and whose seats change, and all that somebody beside it
 * comes to hear: what its seats say to one another, and its lists of keys, in order.
 */
#ifndef TESTS_RELAY_OVERHEAR_H
#define TESTS_RELAY_OVERHEAR_H

#include "relay/relay.h"
#include "table/table_world.h"

#define OVERHEAR_KEYS_MAX    8
#define OVERHEAR_SAYINGS_MAX 8192

/* A message, and how many lists of keys there were when it was said. */
struct saying {
    struct bytes packed; /* Allocated. */
    unsigned keys;
};

struct overheard {
    struct world world;
    struct scope_id scope;
    unsigned seats;
    struct bytes keys[OVERHEAR_KEYS_MAX]; /* Packed Keys of the epochs from the first on. */
    unsigned keys_count;
    struct saying sayings[OVERHEAR_SAYINGS_MAX];
    unsigned count;
};

/* Four seats play; a fifth comes and one leaves, so that there are three epochs. */
void overhear(struct overheard *overheard);

/* Only the first of these epochs. */
void overhear_briefly(struct overheard *overheard);

/* One seat is restarted; another loses its memory, and comes back with a key that is new. */
void overhear_loss(struct overheard *overheard);

void overheard_free(struct overheard *overheard);

/* The kind of a packed message. */
Bitcraps__Message__KindCase overheard_kind(struct bytes packed);

#endif
