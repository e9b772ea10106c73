/* SPDX-License-Identifier: MIT */
/*
 * What the parts of table/state.h share: the circumstances in which an action is executed, and the
 * step from a signed action to its deed. Internal to this folder.
 */
#ifndef TABLE_ACTION_H
#define TABLE_ACTION_H

#include "craps/order.h"
#include "table/state.h"

/* What an action is executed with: the block's circumstances and who watches. */
struct stage {
    struct state *state;
    const struct execution *execution;
    const struct block_header *header;
    uint64_t sequence;
};

static inline uint16_t stage_bit(unsigned seat)
{
    return (uint16_t)(1u << seat);
}

/* Tells whoever watches; fills in height, sequence and, if it is 0, the roll. */
void stage_emit(const struct stage *stage, struct table_event *event);

/* The next roll's betting begins (table/state.c). */
void stage_open_roll(struct state *state);

/* Checks a packed Action against its place in the sequence and carries it out, or refuses it. */
enum state_verdict action_execute(struct state *state, const struct execution *execution,
                                  const struct block_header *header, struct bytes packed);

/* Whether a seat may bet for that roll at all (table/stake.c). */
struct refusal stake_allowed(const struct stage *stage, unsigned seat, uint64_t roll);

/* Whether every order has a deed that exists: what has not is no action. */
bool stake_shaped(const Bitcraps__Orders *orders);

/* Carries orders of that shape out one after the other, all or none. */
struct refusal stake_orders(const struct stage *stage, unsigned seat,
                            const Bitcraps__Orders *orders);

#endif
