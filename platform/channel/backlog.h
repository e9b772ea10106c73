/* SPDX-License-Identifier: MIT */
/*
 * What waits for the air of one channel, and what goes first. A slow channel is kept waiting here
 * and not in the system's buffer, where nothing can overtake: urgent datagrams go before patient
 * ones and those before bulk, each in their order. Measures how fast the channel drains, and gives
 * up what would only make others late.
 *
 * Urgent datagrams are kept while they are of use. Patient ones give way, the oldest first, when
 * both take longer than BACKLOG_MSEC to drain. Bulk delays nobody but itself: one message of the
 * largest size may wait whole, however slow the channel, as a part of one is nothing.
 *
 * No clock, no sockets: time comes in. Called by the channels.
 */
#ifndef PLATFORM_CHANNEL_BACKLOG_H
#define PLATFORM_CHANNEL_BACKLOG_H

#include "base/limits.h"
#include "link/link.h"

/* Bytes that wait at most, the header of each datagram included: the largest message is cut into
 * PIECES_MAX frames, and two of them fit. */
#define BACKLOG_SIZE (2 * MESSAGE_SIZE_MAX)

/* And of bulk, if it does not drain within BACKLOG_MSEC. */
#define BACKLOG_BULK_SIZE (PIECES_MAX * (PIECE_SIZE_MAX + 112))

#define BACKLOG_MSEC      250
#define BACKLOG_RATE_MSEC 100 /* A channel that had to wait is measured over so long at least. */

/* How long datagrams are of use, as packets of their classes are. */
#define BACKLOG_URGENT_MSEC  10000
#define BACKLOG_PATIENT_MSEC 30000
#define BACKLOG_BULK_MSEC    60000

struct backlog {
    uint8_t *bytes; /* BACKLOG_SIZE bytes: entries, the oldest first. */
    size_t used;
    size_t waiting[LINK_URGENCIES]; /* Of used. */
    msec since;                     /* When the measurement began; */
    size_t drained;                 /* what has left since then. */
    int64_t rate;                   /* Bytes a second, smoothed; 0: not known. */
    uint64_t dropped;               /* Datagrams that gave way or were not taken. */
};

/* Nothing waits, nothing is known of the channel; the memory is the caller's. */
void backlog_init(struct backlog *b, uint8_t *bytes);

/*
 * Takes a datagram of 1 to FRAME_SIZE_MAX bytes, copied, which may make others give way; false when
 * it gives way itself.
 */
bool backlog_put(struct backlog *b, msec now, enum link_urgency urgency, struct bytes datagram);

/* What goes next, valid until the next call; of size 0 when nothing waits. */
struct bytes backlog_next(const struct backlog *b);

/* That has left. */
void backlog_shift(struct backlog *b, msec now);

#endif
