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

/* What a seat has on the table comes down as far as it may (table/action.c). */
void stage_clear_seat(const struct stage *stage, unsigned seat);

/* A seat plays no more: its bets, the shooter, readiness (table/action.c). */
void stage_retire(const struct stage *stage, unsigned seat);

/* Begins, restarts or drops the key generation for the next roster, as who is here demands; to be
 * called after every step that changes who that is (table/epoch.c). */
void epoch_review(struct state *state, const struct seating *seating);

/* The steps of a key generation, and of a change of epochs (table/epoch.c). */
struct refusal epoch_deal(const struct stage *stage, unsigned seat, uint32_t attempt,
                          struct bytes bytes);
struct refusal epoch_deal_ok(const struct stage *stage, unsigned seat, uint32_t attempt,
                             const Bitcraps__DealOk *message);
struct refusal epoch_complaint(const struct stage *stage, unsigned seat, uint32_t attempt,
                               struct bytes bytes);
struct refusal epoch_kick(const struct stage *stage, unsigned seat, const Bitcraps__Kick *kick);
struct refusal epoch_missing(const struct stage *stage, unsigned seat, uint32_t attempt,
                             const Bitcraps__Missing *missing);

/* Approval of newcomers (table/approval.c). */
struct refusal approval_apply(const struct stage *stage, unsigned seat,
                              const Bitcraps__Approve *approve);

/* Who sat down needs no approval any more; who left has none to give. */
void approval_used(struct state *state, const struct public_key *identity);
void approval_withdraw(struct state *state, unsigned seat);

/* What that evidence proves, on that state; LIE_NONE: nothing. Only kind, seat, epoch and number
 * are filled (table/evidence.c). */
struct conviction evidence_judge(const struct state *state, const struct seating *seating,
                                 const Bitcraps__Evidence *evidence);
struct refusal evidence_apply(const struct stage *stage, unsigned accuser,
                              const Bitcraps__Evidence *evidence);

/* Whether a Partial is one of a seat of this epoch with its signature; and whether its proof holds
 * for the roll and the CLOSE block that it names. The epoch's key is there (table/partial.c). */
bool partial_signed(const struct state *state, const struct seating *seating,
                    const Bitcraps__Partial *message);
bool partial_proven(const struct state *state, const struct seating *seating,
                    const Bitcraps__Partial *message);

enum state_verdict epoch_sit(struct state *state, const struct execution *execution,
                             const struct block_header *header, struct bytes packed);
enum state_verdict epoch_end(struct state *state, const struct execution *execution,
                             const struct block_header *header, const Bitcraps__EpochEnd *end);

/* Where it is remembered that the signature of a seat's action holds. */
struct memo_key action_memo(const struct state *state, const struct seating *seating, unsigned seat,
                            struct bytes packed);

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
