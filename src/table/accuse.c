/* SPDX-License-Identifier: MIT */
/* Lies that this seat met, told to all with the signatures that prove them. */
#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "table/desk.h"

#define VOTE_PACKED_MAX    192
#define PARTIAL_PACKED_MAX 320
#define EVIDENCE_OVERHEAD  128 /* Of an action with two statements, beside them. */

/* Once a seat: whoever accuses after the conviction is final is refused. */
static void post(struct table *table, unsigned seat, struct bytes first, struct bytes second)
{
    const struct state *state = table_final(table);
    if (!table->config.accuses || ((table->accused | state->guilty) & stage_bit(seat)) ||
        seat == table->config.self || table->position == SEAT_NONE || !table_may_act(table) ||
        first.size + second.size + EVIDENCE_OVERHEAD > ACTION_SIZE_MAX)
        return;
    Bitcraps__Evidence evidence = BITCRAPS__EVIDENCE__INIT;
    evidence.first = (ProtobufCBinaryData){first.size, (uint8_t *)(uintptr_t)first.at};
    if (second.size > 0)
        evidence.second = (ProtobufCBinaryData){second.size, (uint8_t *)(uintptr_t)second.at};
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_EVIDENCE;
    body.evidence = &evidence;
    if (state_try(state, &table->seating, table->config.self, &body).kind == REFUSAL_NONE &&
        table_submit(table, &body) != 0)
        table->accused |= stage_bit(seat);
}

static struct bytes pack_vote(const struct table *table, unsigned position, enum vote_type type,
                              uint64_t view, const struct digest *digest,
                              const struct signature *signature,
                              uint8_t memory[static VOTE_PACKED_MAX])
{
    struct digest named = *digest;
    struct signature copy = *signature;
    Bitcraps__Vote vote = BITCRAPS__VOTE__INIT;
    vote.type = type;
    vote.epoch = table->consensus.config.epoch;
    vote.view = view;
    if (type != VOTE_NULLIFY)
        vote.digest = (ProtobufCBinaryData){DIGEST_SIZE, named.bytes};
    vote.seat = position;
    vote.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, copy.bytes};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_VOTE;
    message.vote = &vote;
    struct writer w = writer_on(memory, VOTE_PACKED_MAX);
    CHECK(frame_pack(&message.base, &w));
    return written(&w);
}

/* Two digests in one view. */
static void tell_conflict(struct table *table, unsigned position)
{
    const struct conflict *conflict = &table->consensus.conflicts[position];
    uint8_t memory[2][VOTE_PACKED_MAX];
    struct bytes packed[2];
    for (unsigned i = 0; i < 2; i++)
        packed[i] = pack_vote(table, position, conflict->type, conflict->view,
                              &conflict->digests[i], &conflict->signatures[i], memory[i]);
    post(table, table_final(table)->roster.seats[position], packed[0], packed[1]);
}

/* FINALIZE and NULLIFY in one view. */
static void tell_both_ways(struct table *table, const struct tally *t, unsigned position)
{
    static const enum vote_type types[2] = {VOTE_NULLIFY, VOTE_FINALIZE};
    uint8_t memory[2][VOTE_PACKED_MAX];
    struct bytes packed[2];
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t digest = t->digest_of[types[i] - 1][position];
        const struct digest none = {{0}};
        packed[i] = pack_vote(table, position, types[i], t->view,
                              types[i] == VOTE_NULLIFY ? &none : &t->digests[digest],
                              &t->signatures[types[i] - 1][position], memory[i]);
    }
    post(table, table_final(table)->roster.seats[position], packed[0], packed[1]);
}

void evidence_advance(struct table *table)
{
    const struct consensus *c = &table->consensus;
    if (!table->config.accuses || table->turn.due)
        return;
    for (unsigned i = 0; i < c->config.seats; i++) {
        if (c->conflicts[i].held)
            tell_conflict(table, i);
    }
    for (unsigned v = 0; v < VIEWS_MAX; v++) {
        const struct tally *t = &c->tallies[v];
        const seat_set both = t->seats[VOTE_NULLIFY - 1] & t->seats[VOTE_FINALIZE - 1];
        for (unsigned i = 0; both != 0 && i < c->config.seats; i++) {
            if (both >> i & 1)
                tell_both_ways(table, t, i);
        }
    }
}

static struct bytes pack_action(struct bytes packed, uint8_t memory[static ACTION_SIZE_MAX])
{
    uint8_t space[512];
    struct arena arena = {.at = space, .size = sizeof space};
    const ProtobufCMessage *action;
    CHECK(frame_unpack(&bitcraps__action__descriptor, packed, &arena, &action) == FRAME_OK);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = (Bitcraps__Action *)(uintptr_t)action;
    struct writer w = writer_on(memory, ACTION_SIZE_MAX);
    return frame_pack(&message.base, &w) ? written(&w) : (struct bytes){0};
}

void evidence_actions(struct table *table, unsigned seat, struct bytes known, struct bytes other)
{
    uint8_t memory[2][ACTION_SIZE_MAX];
    const struct bytes first = pack_action(known, memory[0]);
    const struct bytes second = pack_action(other, memory[1]);
    if (first.size > 0 && second.size > 0)
        post(table, seat, first, second);
}

static struct bytes pack_partial(const struct table *table, unsigned position,
                                 const struct held_partial *held,
                                 uint8_t memory[static PARTIAL_PACKED_MAX])
{
    struct partial_parts parts;
    partial_message(held, table_final(table)->roster.epoch, position, &parts);
    struct writer w = writer_on(memory, PARTIAL_PACKED_MAX);
    CHECK(frame_pack(&parts.message.base, &w));
    return written(&w);
}

void evidence_partial(struct table *table, unsigned position, const struct held_partial *held)
{
    uint8_t memory[PARTIAL_PACKED_MAX];
    const struct bytes packed = pack_partial(table, position, held, memory);
    post(table, table_final(table)->roster.seats[position], packed, (struct bytes){0});
}

void evidence_partials(struct table *table, unsigned position, const struct held_partial *other)
{
    uint8_t memory[2][PARTIAL_PACKED_MAX];
    const struct bytes first = pack_partial(table, position, &table->partials[position], memory[0]);
    const struct bytes second = pack_partial(table, position, other, memory[1]);
    post(table, table_final(table)->roster.seats[position], first, second);
}
