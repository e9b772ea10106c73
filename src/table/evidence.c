/* SPDX-License-Identifier: MIT */
/*
 * The rule of evidence: which signed statements no honest seat makes. It convicts no honest seat,
 * whatever others do to it and however often it is restarted, but for one case named below:
 *
 *   two votes: it signs one NOTARIZE a view, and either one FINALIZE or a NULLIFY; its votes are
 *     durable before they leave, and without its whole log it signs none.
 *   two actions with one sequence: it gives a sequence to one body. Restarted, a seat that votes
 *     signs above what is final, what its log has, and what a quorum holds of it. One that has no
 *     vote yet does not ask a quorum: started with an older copy of its journal it may sign a
 * number twice, and this is the one way in which an honest seat can be convicted. A seat number
 * counts on whoever owns it, so that who gets it back under the same key does not begin at 1 again.
 *   two shares of one roll: it signs for the CLOSE block that is final at it. There is one, also if
 *     it forgot that it signed before, as a roll that is closed in one epoch ends in that epoch.
 *   one share with a bad proof: it signs what it proved from the share that it has checked against
 *     its share key, which the epoch's key generation fixed. The proof is judged for the roll and
 *     the block that the statement itself names, so that it does not matter when it is judged.
 *
 * Epoch, instance and, by its keys, table are signed in each; votes and shares convict in their own
 * epoch alone, as seats of a past roster are not known any more. What is not canonical, or has not
 * the shape of an action that a block may carry, is no statement and convicts nobody, though no
 * honest seat signs it: a later version of this program may know more kinds than this one. An
 * action of the right shape counts even if the rules would refuse it.
 */
#include "base/wire.h"
#include "consensus/vote.h"
#include "frame/frame.h"
#include "table/action.h"

#include <sodium.h>

#define EVIDENCE_ARENA_SIZE 4096

static const struct conviction innocent = {.kind = LIE_NONE, .seat = SEAT_NONE};

/* ---- Votes -------------------------------------------------------------------------------------
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

/* Two that are in their shape. */
static enum lie_kind contradiction(const Bitcraps__Vote *a, const Bitcraps__Vote *b)
{
    if (a->seat != b->seat || a->view != b->view)
        return LIE_NONE;
    if (a->type != b->type)
        return a->type + b->type == VOTE_NULLIFY + VOTE_FINALIZE ? LIE_FINALIZED_NULLIFIED
                                                                 : LIE_NONE;
    if (a->type == VOTE_NULLIFY || memcmp(a->digest.data, b->digest.data, DIGEST_SIZE) == 0)
        return LIE_NONE;
    return a->type == VOTE_NOTARIZE ? LIE_NOTARIZED_TWO : LIE_FINALIZED_TWO;
}

static struct conviction judge_votes(const struct state *state, const struct seating *seating,
                                     const Bitcraps__Vote *a, const Bitcraps__Vote *b)
{
    if (!vote_holds(state, seating, a) || !vote_holds(state, seating, b))
        return innocent;
    return (struct conviction){.kind = contradiction(a, b),
                               .seat = state->roster.seats[a->seat],
                               .epoch = a->epoch,
                               .number = a->view};
}

/* ---- Actions -----------------------------------------------------------------------------------
 */

static bool action_holds(const struct state *state, const struct seating *seating,
                         const Bitcraps__Action *action, unsigned *seat, uint64_t *sequence)
{
    uint8_t packed[ACTION_SIZE_MAX];
    struct writer w = writer_on(packed, sizeof packed);
    return frame_pack(&action->base, &w) &&
           state_action_check(state, seating, NULL, written(&w), seat, sequence) == STATE_VALID;
}

static struct conviction judge_actions(const struct state *state, const struct seating *seating,
                                       const Bitcraps__Action *a, const Bitcraps__Action *b)
{
    unsigned seats[2];
    uint64_t sequences[2];
    if (!action_holds(state, seating, a, &seats[0], &sequences[0]) ||
        !action_holds(state, seating, b, &seats[1], &sequences[1]) || seats[0] != seats[1] ||
        sequences[0] != sequences[1])
        return innocent;
    if (a->body.len == b->body.len && memcmp(a->body.data, b->body.data, a->body.len) == 0)
        return innocent;
    return (struct conviction){.kind = LIE_ACTED_TWICE,
                               .seat = seats[0],
                               .epoch = state->roster.epoch,
                               .number = sequences[0]};
}

/* ---- Shares of the dice ------------------------------------------------------------------------
 */

static struct conviction share_lie(const struct state *state, enum lie_kind kind,
                                   const Bitcraps__Partial *partial)
{
    return (struct conviction){.kind = kind,
                               .seat = state->roster.seats[partial->seat],
                               .epoch = partial->epoch,
                               .number = partial->roll};
}

static struct conviction judge_share(const struct state *state, const struct seating *seating,
                                     const Bitcraps__Partial *partial)
{
    if (!partial_signed(state, seating, partial) || partial_proven(state, seating, partial))
        return innocent;
    return share_lie(state, LIE_SHARED_FALSELY, partial);
}

static struct conviction judge_shares(const struct state *state, const struct seating *seating,
                                      const Bitcraps__Partial *a, const Bitcraps__Partial *b)
{
    if (!partial_signed(state, seating, a) || !partial_signed(state, seating, b) ||
        a->seat != b->seat || a->roll != b->roll ||
        memcmp(a->close.data, b->close.data, DIGEST_SIZE) == 0)
        return innocent;
    return share_lie(state, LIE_SHARED_TWICE, a);
}

/* ---- The verdict -------------------------------------------------------------------------------
 */

static const Bitcraps__Message *open_statement(const ProtobufCBinaryData *packed,
                                               struct arena *arena)
{
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor,
                     (struct bytes){.at = packed->data, .size = packed->len}, arena,
                     &base) != FRAME_OK)
        return NULL;
    return (const Bitcraps__Message *)base;
}

struct conviction evidence_judge(const struct state *state, const struct seating *seating,
                                 const Bitcraps__Evidence *evidence)
{
    uint8_t memory[EVIDENCE_ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    if (state->phase != STATE_PHASE_BETTING && state->phase != STATE_PHASE_ROLLING)
        return innocent;
    const Bitcraps__Message *first = open_statement(&evidence->first, &arena);
    if (first == NULL)
        return innocent;
    if (evidence->second.len == 0)
        return first->kind_case == BITCRAPS__MESSAGE__KIND_PARTIAL
                   ? judge_share(state, seating, first->partial)
                   : innocent;
    const Bitcraps__Message *second = open_statement(&evidence->second, &arena);
    if (second == NULL || first->kind_case != second->kind_case)
        return innocent;
    if (first->kind_case == BITCRAPS__MESSAGE__KIND_VOTE)
        return judge_votes(state, seating, first->vote, second->vote);
    if (first->kind_case == BITCRAPS__MESSAGE__KIND_ACTION)
        return judge_actions(state, seating, first->action, second->action);
    if (first->kind_case == BITCRAPS__MESSAGE__KIND_PARTIAL)
        return judge_shares(state, seating, first->partial, second->partial);
    return innocent;
}

struct refusal evidence_apply(const struct stage *stage, unsigned accuser,
                              const Bitcraps__Evidence *evidence)
{
    struct state *state = stage->state;
    if (state->phase != STATE_PHASE_BETTING && state->phase != STATE_PHASE_ROLLING)
        return (struct refusal){.kind = REFUSAL_PHASE};
    const struct conviction lie = evidence_judge(state, stage->execution->seating, evidence);
    if (lie.kind == LIE_NONE || (state->guilty & stage_bit(lie.seat)))
        return (struct refusal){.kind = REFUSAL_EVIDENCE};
    state->guilty |= stage_bit(lie.seat);
    stage_retire(stage, lie.seat);
    struct table_event event = {.kind = TABLE_EVENT_CONVICTED, .seat = lie.seat, .conviction = lie};
    event.conviction.accuser = accuser;
    event.conviction.sequence = stage->sequence;
    event.conviction.height = stage->header->height;
    stage_emit(stage, &event);
    return (struct refusal){.kind = REFUSAL_NONE};
}
