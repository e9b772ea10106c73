/* SPDX-License-Identifier: MIT */
/*
 * Tells those who pass on a table's messages whose keys sign there (src/relay/): its Seating, and
 * how each epoch ended. Called by the worker of the table.
 *
 * The first voter that is heard of does so for all, every KEYS_MSEC and when an epoch begins; each
 * does when somebody new is near. Of many epochs KEYS_STEPS are told at a time, in their order, and
 * the next ones the next time: who begins to pass on a table's messages late comes to know its keys
 * by and by.
 */
#ifndef NODE_KEYS_H
#define NODE_KEYS_H

#include "base/types.h"
#include "table/roster.h"

#define KEYS_MSEC          10000
#define KEYS_BYTES_PER_SEC 500  /* Of many seats and epochs it is told less often. */
#define KEYS_SOON_MSEC     5000 /* Between two, whatever happens. */
#define KEYS_SILENT_MSEC   20000
#define KEYS_STEPS         8

struct sitting;

/* Who votes in one epoch, packed. */
struct keys_list {
    size_t size;
    uint8_t bytes[ROSTER_SIZE_MAX];
};

/* All zero at first. */
struct keys {
    struct keys_list *lists; /* Of the epochs from the second on. */
    size_t count;
    size_t room;
    uint64_t next; /* The epoch to go on with. */
    msec due;      /* 0: as soon as there is a table. */
    msec told;
    msec since; /* When there was a table for the first time. */
    bool hurry; /* Somebody new is near: not only the first of the voters tells. */
};

/* The seats of an epoch from the second on, in order; a list said before is known. */
void keys_put(struct keys *keys, uint64_t epoch, struct bytes seats);
void keys_clear(struct keys *keys);

/* The epochs whose turn it is to be told, after the first one's Seating; returns how many. */
size_t keys_turn(struct keys *keys, uint64_t epochs[static KEYS_STEPS + 1]);

/* Somebody is near who may not know them. */
void keys_hurry(struct sitting *sitting, msec now);

/* Tells them if it is time; and when it is. */
void keys_expire(struct sitting *sitting, msec now);
msec keys_deadline(const struct sitting *sitting);

#endif
