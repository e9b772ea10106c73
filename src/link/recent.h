/* SPDX-License-Identifier: MIT */
/*
 * What was lately sent and must not be lost when its path is: urgent records of peers that can also
 * be reached another way. When that way takes over, they go again there; who has them already drops
 * the second sight. The oldest give way. Pure; called by link.c and peer.c only.
 */
#ifndef LINK_RECENT_H
#define LINK_RECENT_H

#include "base/types.h"

#define RECENT_SIZE 262144

/* Longer than a path may be dead before that is noticed, on either side of it. */
#define RECENT_MSEC 9000

/* All zero: nothing was sent. */
struct recent {
    size_t used;   /* Of bytes: entries, the oldest first. */
    uint64_t lost; /* Entries that gave way before their time. */
    uint8_t bytes[RECENT_SIZE];
};

/* Notes a record, header and body, that was sent to a peer. */
void recent_keep(struct recent *r, msec now, uint32_t peer, struct bytes header, struct bytes body);

/* The next record sent to that peer within RECENT_MSEC; *at starts at 0. False: no more. */
bool recent_next(const struct recent *r, msec now, uint32_t peer, size_t *at, struct bytes *record);

/* Forgets what was sent to a peer: it is another one now. */
void recent_forget(struct recent *r, uint32_t peer);

#endif
