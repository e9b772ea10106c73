/* SPDX-License-Identifier: MIT */
/*
 * What the parts of table/table.h share: how a pass begins and ends, and how messages leave.
 * Internal to this folder.
 */
#ifndef TABLE_DESK_H
#define TABLE_DESK_H

#include "table/action.h"
#include "table/table.h"

/* ---- table/table.c ---- */

/* A pass begins: its time, and where its effects go. */
void table_begin(struct table *table, msec now, struct outbox *out);

/* What follows from the final state: keys, window, partial. Then consensus hears of the news. */
void table_advance(struct table *table, int64_t wall_clock);

/*
 * Signs, keeps, records and sends an action of the own seat; its epoch, seat and sequence are set
 * here. Returns the sequence, 0 when too many are on their way.
 */
uint64_t table_submit(struct table *table, Bitcraps__ActionBody *body);

/* Adds a message to the pass's effects. */
void table_emit(struct table *table, enum table_effect kind, uint32_t target,
                const Bitcraps__Message *message);

/* Draws 32 bytes that nobody else knows. */
void table_draw(struct table *table, uint8_t out[static 32]);

/* Between two offers of what is not final: TABLE_REPEAT_MSEC, longer where links are slow. */
msec table_repeat_msec(const struct table *table);

/* The own seat number and keys, as the state has them. */
void table_find_self(struct table *table, const struct state *state);

/* The own key of that state signed things that the log lacks: it signs nothing more. */
void table_own_key_forgotten(struct table *table, const struct state *state);

/*
 * Opens all shares of a state's deals with the own key. Returns the first bad dealer, or the count
 * when all fit; *good: the sum is the own share of those keys.
 */
unsigned table_open_shares(struct table *table, const struct state *state,
                           const struct keygen_params *params, const struct keygen_result *keys,
                           unsigned position, struct scalar *share, bool *good);

static inline struct bytes pending_bytes(const struct pending_action *action)
{
    return (struct bytes){.at = action->packed, .size = action->size};
}

/* ---- table/application.c ---- */

/* Consensus begins above a block: the genesis, or the end of an epoch, with its height and time. */
void application_start(struct table *table, const struct digest *genesis, uint64_t height,
                       int64_t time);

/* ---- table/absent.c ---- */

/* Posts KICK, MISSING and HERE as they are due. */
void absent_advance(struct table *table);
msec absent_deadline(const struct table *table);

/* ---- table/accuse.c ---- */

/* Posts proof of votes that contradict each other. */
void evidence_advance(struct table *table);

/* Two authentic packed actions of a seat with one sequence: posts that, unless they say the same.
 */
void evidence_actions(struct table *table, unsigned seat, struct bytes known, struct bytes other);

/* A partial whose proof does not hold: posts that, if its signature does. */
void evidence_partial(struct table *table, unsigned position, const struct held_partial *held);

/* A partial for the roll of the held one, and for another CLOSE block: posts both. */
void evidence_partials(struct table *table, unsigned position, const struct held_partial *other);

/* ---- table/outlook.c ---- */

/* Notes what is waited for since when. */
void outlook_advance(struct table *table);

/* The roll that was being made in that state is final: counts whose part is not here. */
void outlook_rolled(struct table *table, const struct state *last);

/* Whether a seat's part of that roll, the last one counted, is missed; it came after all. */
bool outlook_misses(const struct table *table, unsigned seat, uint64_t roll);
void outlook_came_late(struct table *table, unsigned seat);

/* ---- table/partial.c ---- */

/* A partial as a message: the parts of one are views into the others. */
struct partial_parts {
    Bitcraps__Message message;
    Bitcraps__Partial partial;
    struct digest close;
    uint8_t encoded[ROLL_PARTIAL_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
};
void partial_message(const struct held_partial *held, uint64_t epoch, unsigned position,
                     struct partial_parts *parts);

/* Adds the own partial to the effects once more. */
void partial_emit(struct table *table, enum table_effect kind);

/*
 * Verifies what is held for the roll being made. A share's proof alone authenticates it: only its
 * seat can make it. The signature is for evidence, and is looked at where the proof fails. What
 * comes when there is a threshold of shares is not verified at all.
 */
void partial_verify(struct table *table);

/* The CLOSE block is final here: now, and never before, the own share of the roll may be known. */
void partial_release(struct table *table);

/* A partial of another seat; false when it is not authentic. */
bool partial_receive(struct table *table, const Bitcraps__Partial *message);

/* The own partial of an earlier life. */
void partial_restore(struct table *table, const Bitcraps__Partial *message);

#endif
