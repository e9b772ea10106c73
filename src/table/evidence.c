/* SPDX-License-Identifier: MIT */
/* Two statements of one seat that no honest seat makes both: told to all, and what then happens. */
#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "table/desk.h"

#include <sodium.h>

#define EVIDENCE_ARENA_SIZE 4096
#define VOTE_PACKED_MAX     192

/* ---- The rule ----------------------------------------------------------------------------------
 */

static bool verify(void *context, const struct public_key *key, struct bytes message,
                   const struct signature *signature)
{
    (void)context;
    return crypto_sign_verify_detached(signature->bytes, message.at, message.size, key->bytes) == 0;
}

static bool vote_holds(const struct state *state, const struct seating *seating,
                       const Bitcraps__Vote *vote)
{
    const struct roster *roster = &state->roster;
    const struct consensus_crypto crypto = {.verify = verify};
    struct electorate electorate = {.instance = seating->instance,
                                    .epoch = roster->epoch,
                                    .seats = roster->count,
                                    .quorum = roster->quorum};
    struct signature signature;
    struct digest digest = {{0}};
    if (vote->type < VOTE_NOTARIZE || vote->type > VOTE_FINALIZE || vote->epoch != roster->epoch ||
        vote->seat >= roster->count || vote->signature.len != SIGNATURE_SIZE ||
        vote->digest.len != (vote->type == VOTE_NULLIFY ? 0 : DIGEST_SIZE))
        return false;
    memcpy(signature.bytes, vote->signature.data, SIGNATURE_SIZE);
    if (vote->digest.len > 0)
        memcpy(digest.bytes, vote->digest.data, DIGEST_SIZE);
    electorate.keys[vote->seat] = state->seats[roster->seats[vote->seat]].consensus_key;
    return vote_valid(&electorate, &crypto, (enum vote_type)vote->type, vote->view, &digest,
                      vote->seat, &signature);
}

static bool votes_contradict(const Bitcraps__Vote *a, const Bitcraps__Vote *b)
{
    if (a->seat != b->seat || a->view != b->view)
        return false;
    if (a->type == b->type)
        return a->type != VOTE_NULLIFY && memcmp(a->digest.data, b->digest.data, DIGEST_SIZE) != 0;
    return a->type + b->type == VOTE_NULLIFY + VOTE_FINALIZE;
}

static unsigned votes_convict(const struct state *state, const struct seating *seating,
                              const Bitcraps__Vote *a, const Bitcraps__Vote *b)
{
    if (!vote_holds(state, seating, a) || !vote_holds(state, seating, b) || !votes_contradict(a, b))
        return SEAT_NONE;
    return state->roster.seats[a->seat];
}

static bool action_holds(const struct state *state, const struct seating *seating,
                         const Bitcraps__Action *action, unsigned *seat, uint64_t *sequence)
{
    uint8_t packed[ACTION_SIZE_MAX];
    struct writer w = writer_on(packed, sizeof packed);
    return frame_pack(&action->base, &w) &&
           state_action_check(state, seating, NULL, written(&w), seat, sequence) == STATE_VALID;
}

static unsigned actions_convict(const struct state *state, const struct seating *seating,
                                const Bitcraps__Action *a, const Bitcraps__Action *b)
{
    unsigned seats[2];
    uint64_t sequences[2];
    if (!action_holds(state, seating, a, &seats[0], &sequences[0]) ||
        !action_holds(state, seating, b, &seats[1], &sequences[1]) || seats[0] != seats[1] ||
        sequences[0] != sequences[1])
        return SEAT_NONE;
    if (a->body.len == b->body.len && memcmp(a->body.data, b->body.data, a->body.len) == 0)
        return SEAT_NONE;
    return seats[0];
}

/* Who is guilty; SEAT_NONE: nobody. */
static unsigned convict(const struct state *state, const struct seating *seating,
                        const Bitcraps__Evidence *evidence)
{
    uint8_t memory[EVIDENCE_ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const struct bytes packed[2] = {{.at = evidence->first.data, .size = evidence->first.len},
                                    {.at = evidence->second.data, .size = evidence->second.len}};
    const Bitcraps__Message *messages[2];
    for (unsigned i = 0; i < 2; i++) {
        const ProtobufCMessage *base;
        if (frame_unpack(&bitcraps__message__descriptor, packed[i], &arena, &base) != FRAME_OK)
            return SEAT_NONE;
        messages[i] = (const Bitcraps__Message *)base;
    }
    if (messages[0]->kind_case != messages[1]->kind_case)
        return SEAT_NONE;
    if (messages[0]->kind_case == BITCRAPS__MESSAGE__KIND_VOTE)
        return votes_convict(state, seating, messages[0]->vote, messages[1]->vote);
    if (messages[0]->kind_case == BITCRAPS__MESSAGE__KIND_ACTION)
        return actions_convict(state, seating, messages[0]->action, messages[1]->action);
    return SEAT_NONE;
}

struct refusal evidence_apply(const struct stage *stage, const Bitcraps__Evidence *evidence)
{
    struct state *state = stage->state;
    if (state->phase == STATE_PHASE_OVER)
        return (struct refusal){.kind = REFUSAL_PHASE};
    const unsigned guilty = convict(state, stage->execution->seating, evidence);
    if (guilty == SEAT_NONE || (state->guilty & stage_bit(guilty)))
        return (struct refusal){.kind = REFUSAL_EVIDENCE};
    state->guilty |= stage_bit(guilty);
    stage_retire(stage, guilty);
    struct table_event event = {.kind = TABLE_EVENT_CONVICTED, .seat = guilty};
    stage_emit(stage, &event);
    return (struct refusal){.kind = REFUSAL_NONE};
}

/* ---- Telling it --------------------------------------------------------------------------------
 */

static void post(struct table *table, unsigned seat, struct bytes first, struct bytes second)
{
    const struct state *state = table_final(table);
    if (!table->config.accuses || ((table->accused | state->guilty) & stage_bit(seat)) ||
        seat == table->config.self || table->position == SEAT_NONE || !table_may_act(table) ||
        first.size + second.size + 128 > ACTION_SIZE_MAX)
        return;
    Bitcraps__Evidence evidence = BITCRAPS__EVIDENCE__INIT;
    evidence.first = (ProtobufCBinaryData){first.size, (uint8_t *)(uintptr_t)first.at};
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
        const uint16_t both = t->seats[VOTE_NULLIFY - 1] & t->seats[VOTE_FINALIZE - 1];
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
