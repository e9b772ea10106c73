/* SPDX-License-Identifier: MIT */
/*
 * Which counters of a session were seen: a window of 2,048 below the highest, so that no frame is
 * taken twice and reordered ones still are (RFC 6479's bitmap, which shifts by whole words).
 * Pure; called by session.c only.
 */
#ifndef LINK_REPLAY_H
#define LINK_REPLAY_H

#include "base/types.h"

#define REPLAY_WINDOW 2048

/* One word more than the window: the word being filled never holds the window's far end. */
#define REPLAY_WORDS (REPLAY_WINDOW / 64 + 1)

/* All zero: nothing seen. */
struct replay {
    uint64_t next; /* The highest counter seen, + 1. */
    uint64_t words[REPLAY_WORDS];
};

/* The full counter nearest to the highest seen that ends in these 32 bits (RFC 9000, A.3). */
uint64_t replay_expand(const struct replay *replay, uint32_t low);

/* Whether the counter is new and not too old; changes nothing. */
bool replay_fresh(const struct replay *replay, uint64_t counter);

/* Notes a counter whose frame was authentic and fresh. */
void replay_note(struct replay *replay, uint64_t counter);

#endif
