/* SPDX-License-Identifier: MIT */
/*
 * Who was found nearby, and when to dial whom. Of two that find each other, the one with the larger
 * address waits a little, so that dials cross seldom. A dial that came to nothing is tried again
 * later and later; who has not been seen for a while is forgotten. No clock, no sockets: time comes
 * in, the channels dial.
 */
#ifndef PLATFORM_CHANNEL_NEIGHBOURHOOD_H
#define PLATFORM_CHANNEL_NEIGHBOURHOOD_H

#include "platform/channel/medium.h"

#define NEIGHBOURHOOD_SEED_SIZE 32

#define FOUND_MAX           64     /* Neighbours remembered; one that failed most gives way. */
#define FOUND_PROMPT_MSEC   300    /* The first dial: at random up to this after the finding; */
#define FOUND_COURTESY_MSEC 3000   /* if the other should be first, so much later. */
#define FOUND_BACKOFF_MSEC  5000   /* After a failure, x2 +- 20 % */
#define FOUND_BACKOFF_MAX   300000 /* up to this; forgotten */
#define FOUND_STABLE_MSEC   60000  /* after a channel that lasted so long. */
#define FOUND_SEEN_MSEC     60000  /* Forgotten when not seen for so long. */

struct found {
    bool used;
    struct channel_end end;
    msec seen;
    msec next; /* When to dial. */
    msec backoff;
    unsigned failures; /* In a row. */
};

struct neighbourhood {
    struct found found[FOUND_MAX];
    uint8_t key[NEIGHBOURHOOD_SEED_SIZE];
    uint64_t drawn;
};

/* Nobody is known. The seed, random, is for jitter. */
void neighbourhood_init(struct neighbourhood *n,
                        const uint8_t seed[static NEIGHBOURHOOD_SEED_SIZE]);

/* Notes that it was seen now; one that moved to another port is as new. */
void neighbourhood_see(struct neighbourhood *n, msec now, const struct channel_end *end);

/* The one at that device that was found by that adapter, or NULL. */
struct found *neighbourhood_find(struct neighbourhood *n, const struct device *device,
                                 const struct device *adapter);

/*
 * Who is to be dialled now with this adapter: of those that are due, the one with the fewest
 * failures. NULL: nobody. The caller says next what became of it, or sets its next.
 */
struct found *neighbourhood_due(struct neighbourhood *n, msec now, const struct device *adapter);

/* A dial failed, or its channel was of no use or short-lived: the wait doubles. */
void neighbourhood_failed(struct neighbourhood *n, msec now, struct found *found);

/* A channel that lasted is gone: the next dial comes soon. */
void neighbourhood_lost(struct neighbourhood *n, msec now, struct found *found);

/* Forgets everybody that was found by an adapter, */
void neighbourhood_forget(struct neighbourhood *n, const struct device *adapter);

/* or was not seen for long. */
void neighbourhood_expire(struct neighbourhood *n, msec now);

#endif
