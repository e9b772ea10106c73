/* SPDX-License-Identifier: MIT */
/*
 * For those without a voice: asking for final blocks and for a seat, and answering who asks.
 * Internal to this folder.
 */
#ifndef TABLE_FOLLOW_H
#define TABLE_FOLLOW_H

#include "table/table.h"

/* Whether this node has an identity to follow and to sit down with. */
bool follow_has_identity(const struct table *table);

/* The epoch that a message is of; 0: of none. */
uint64_t follow_epoch(const Bitcraps__Message *message);

/* Answers a request for blocks of somebody without a voice in the epoch of those he asks. */
void follow_serve(struct table *table, const Bitcraps__BlocksRequest *request);

/* A message of another epoch: learns of a newer one, helps who is in an older one. */
void follow_foreign(struct table *table, uint64_t epoch, const Bitcraps__Message *message);

/* Keeps a Sit for the running table; false when it is not authentic. */
bool follow_receive_sit(struct table *table, const Bitcraps__Sit *sit);

/* A kept Sit that may go into a block on that state; NULL: none. */
const struct pending_sit *follow_sit(const struct table *table, const struct state *state);

/* Asks for what is due: blocks, a seat. */
void follow_advance(struct table *table);
msec follow_deadline(const struct table *table);

#endif
