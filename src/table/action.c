/* SPDX-License-Identifier: MIT */
/* From a signed action to its deed: readiness, time, leaving; stakes and epochs apart. */
#include "table/action.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "table/statement.h"

#include <sodium.h>

#define ACTION_ARENA_SIZE 2048

_Static_assert(KEYGEN_DEAL_SIZE_MAX < ACTION_SIZE_MAX, "a deal is an action");

/* What does not fit has too many orders, on machines of any word size. */
_Static_assert(sizeof(Bitcraps__Action) + sizeof(Bitcraps__ActionBody) + sizeof(Bitcraps__Orders) +
                       CRAPS_ORDERS_MAX * (sizeof(void *) + sizeof(Bitcraps__Order)) + 64 <=
                   ACTION_ARENA_SIZE,
               "all orders of an action fit");

static unsigned count_seats(uint16_t seats)
{
    return (unsigned)__builtin_popcount(seats);
}

static struct refusal refused(enum refusal_kind kind)
{
    return (struct refusal){.kind = kind};
}

static const struct refusal accepted = {.kind = REFUSAL_NONE};

static struct refusal apply_ready(const struct stage *stage, unsigned seat, uint64_t roll)
{
    const struct refusal refusal = stake_allowed(stage, seat, roll);
    if (refusal.kind != REFUSAL_NONE)
        return refusal;
    stage->state->ready |= stage_bit(seat);
    stage->state->opened = true;
    struct table_event event = {.kind = TABLE_EVENT_READY, .seat = seat};
    stage_emit(stage, &event);
    return accepted;
}

static struct refusal apply_time_up(const struct stage *stage, unsigned seat, uint64_t roll)
{
    struct state *state = stage->state;
    if (state->phase == STATE_PHASE_KEYS || state->phase == STATE_PHASE_OVER)
        return refused(REFUSAL_PHASE);
    if (roll != state->roll || state->phase == STATE_PHASE_ROLLING)
        return refused(roll > state->roll ? REFUSAL_EARLY : REFUSAL_LATE);
    if (state->time_up & stage_bit(seat))
        return refused(REFUSAL_REPEATED);
    state->time_up |= stage_bit(seat);
    if (state->time_up_view == 0 &&
        count_seats(state->time_up & state->roster.set) >= state->roster.quorum)
        state->time_up_view = stage->header->view;
    return accepted;
}

void stage_clear_seat(const struct stage *stage, unsigned seat)
{
    struct state *state = stage->state;
    const struct craps_card *card = &stage->execution->seating->card;
    const chips reserved = craps_reserve_all(&state->craps, card);
    struct craps_money back;
    craps_clear_seat(&state->craps, card, seat, &back);
    const chips freed = reserved - craps_reserve_all(&state->craps, card);
    if (back.stake + back.vig > 0)
        CHECK(ledger_release(&state->ledger, seat, back.stake + back.vig, freed) == LEDGER_POSTED);
}

/* The next of the players gets the dice when the shooter leaves; without players, now or from the
 * next epoch on, the game is over. Bets of a roll that is being made lie until it is decided. */
void stage_retire(const struct stage *stage, unsigned seat)
{
    struct state *state = stage->state;
    if (state->phase != STATE_PHASE_ROLLING)
        stage_clear_seat(stage, seat);
    state->left |= stage_bit(seat);
    state->kicks[seat] = 0;
    approval_withdraw(state, seat);
    if (state->craps.shooter == seat)
        craps_next_shooter(&state->craps, state_players(state));
    uint16_t players = 0;
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        if ((state->owned & stage_bit(i)) && !state->seats[i].witness)
            players |= stage_bit(i);
    }
    if ((players & ~state->left) == 0)
        state->phase = STATE_PHASE_OVER;
}

static struct refusal apply_leave(const struct stage *stage, unsigned seat)
{
    struct state *state = stage->state;
    if (state->left & stage_bit(seat))
        return refused(REFUSAL_LEFT);
    if (state->phase == STATE_PHASE_OVER)
        return refused(REFUSAL_PHASE);
    if (state->phase == STATE_PHASE_ROLLING)
        return refused(REFUSAL_LATE);
    stage_retire(stage, seat);
    struct table_event event = {.kind = TABLE_EVENT_LEFT, .seat = seat};
    stage_emit(stage, &event);
    return accepted;
}

/* Who only arrives takes part in the key generation, and may think better of it. */
static bool is_for_arrivals(const Bitcraps__ActionBody *body)
{
    return body->kind_case == BITCRAPS__ACTION_BODY__KIND_DEAL ||
           body->kind_case == BITCRAPS__ACTION_BODY__KIND_DEAL_OK ||
           body->kind_case == BITCRAPS__ACTION_BODY__KIND_COMPLAINT ||
           body->kind_case == BITCRAPS__ACTION_BODY__KIND_LEAVE;
}

static struct refusal apply(const struct stage *stage, unsigned seat,
                            const Bitcraps__ActionBody *body)
{
    const struct state *state = stage->state;
    if (!(state->roster.set & stage_bit(seat)) && !is_for_arrivals(body))
        return refused(state->left & stage_bit(seat) ? REFUSAL_LEFT : REFUSAL_WAITING);
    switch (body->kind_case) {
    case BITCRAPS__ACTION_BODY__KIND_ORDERS:
        return stake_orders(stage, seat, body->orders);
    case BITCRAPS__ACTION_BODY__KIND_READY:
        return apply_ready(stage, seat, body->ready->roll);
    case BITCRAPS__ACTION_BODY__KIND_TIME_UP:
        return apply_time_up(stage, seat, body->time_up->roll);
    case BITCRAPS__ACTION_BODY__KIND_DEAL:
        return epoch_deal(stage, seat, body->attempt,
                          (struct bytes){.at = body->deal.data, .size = body->deal.len});
    case BITCRAPS__ACTION_BODY__KIND_DEAL_OK:
        return epoch_deal_ok(stage, seat, body->attempt, body->deal_ok);
    case BITCRAPS__ACTION_BODY__KIND_COMPLAINT:
        return epoch_complaint(
            stage, seat, body->attempt,
            (struct bytes){.at = body->complaint.data, .size = body->complaint.len});
    case BITCRAPS__ACTION_BODY__KIND_LEAVE:
        return apply_leave(stage, seat);
    case BITCRAPS__ACTION_BODY__KIND_KICK:
        return epoch_kick(stage, seat, body->kick);
    case BITCRAPS__ACTION_BODY__KIND_MISSING:
        return epoch_missing(stage, seat, body->attempt, body->missing);
    case BITCRAPS__ACTION_BODY__KIND_EVIDENCE:
        return evidence_apply(stage, seat, body->evidence);
    case BITCRAPS__ACTION_BODY__KIND_APPROVE:
        return approval_apply(stage, seat, body->approve);
    case BITCRAPS__ACTION_BODY__KIND_HERE:
        return accepted;
    case BITCRAPS__ACTION_BODY__KIND__NOT_SET:
    case _BITCRAPS__ACTION_BODY__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return refused(REFUSAL_PHASE);
}

struct refusal state_try(const struct state *state, const struct seating *seating, unsigned seat,
                         const Bitcraps__ActionBody *body)
{
    struct state copy = *state;
    const struct execution execution = {.seating = seating, .trusted = true};
    const struct block_header header = {.epoch = state->roster.epoch};
    const struct stage stage = {.state = &copy, .execution = &execution, .header = &header};
    return apply(&stage, seat, body);
}

void state_action_sign(const struct seating *seating, struct bytes body,
                       const uint8_t secret[static 64], uint8_t signature[static SIGNATURE_SIZE])
{
    uint8_t statement[STATEMENT_ACTION_MAX];
    const size_t size = statement_action(&seating->instance, body, statement);
    CHECK(size > 0);
    crypto_sign_detached(signature, NULL, statement, size, secret);
}

/* Unpacks an action and its body into the arena; everything but the signature is checked. */
static enum state_verdict open_action(const struct state *state, struct bytes packed,
                                      struct arena *arena, const Bitcraps__Action **action,
                                      const Bitcraps__ActionBody **body)
{
    const ProtobufCMessage *base;
    if (packed.size > ACTION_SIZE_MAX ||
        frame_unpack(&bitcraps__action__descriptor, packed, arena, &base) != FRAME_OK)
        return STATE_MALFORMED;
    *action = (const Bitcraps__Action *)base;
    const struct bytes inner = {.at = (*action)->body.data, .size = (*action)->body.len};
    if ((*action)->signature.len != SIGNATURE_SIZE ||
        frame_unpack(&bitcraps__action_body__descriptor, inner, arena, &base) != FRAME_OK)
        return STATE_MALFORMED;
    *body = (const Bitcraps__ActionBody *)base;
    if ((*body)->seat >= SEATS_MAX || !(state->owned & stage_bit((*body)->seat)) ||
        (*body)->epoch < 1 || (*body)->epoch > state->roster.epoch)
        return STATE_ACTION_SEAT;
    if ((*body)->sequence == 0)
        return STATE_ACTION_SEQUENCE;
    if ((*body)->kind_case == BITCRAPS__ACTION_BODY__KIND_ORDERS && !stake_shaped((*body)->orders))
        return STATE_MALFORMED;
    return STATE_VALID;
}

struct memo_key action_memo(const struct state *state, const struct seating *seating, unsigned seat,
                            struct bytes packed)
{
    const struct bytes parts[] = {{seating->instance.bytes, DIGEST_SIZE},
                                  {state->seats[seat].consensus_key.bytes, PUBLIC_KEY_SIZE},
                                  packed};
    return memo_key(MEMO_ACTION, parts, sizeof parts / sizeof parts[0]);
}

static bool signature_holds(const struct state *state, const struct seating *seating,
                            struct memo *memo, struct bytes packed, const Bitcraps__Action *action,
                            unsigned seat)
{
    const struct memo_key key = action_memo(state, seating, seat, packed);
    if (memo_has(memo, &key))
        return true;
    uint8_t statement[STATEMENT_ACTION_MAX];
    const struct bytes inner = {.at = action->body.data, .size = action->body.len};
    const size_t size = statement_action(&seating->instance, inner, statement);
    if (size == 0 || crypto_sign_verify_detached(action->signature.data, statement, size,
                                                 state->seats[seat].consensus_key.bytes) != 0)
        return false;
    memo_add(memo, &key);
    return true;
}

enum state_verdict state_action_check(const struct state *state, const struct seating *seating,
                                      struct memo *memo, struct bytes packed, unsigned *seat,
                                      uint64_t *sequence)
{
    uint8_t memory[ACTION_ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const Bitcraps__Action *action;
    const Bitcraps__ActionBody *body;
    const enum state_verdict verdict = open_action(state, packed, &arena, &action, &body);
    if (verdict != STATE_VALID)
        return verdict;
    if (!signature_holds(state, seating, memo, packed, action, body->seat))
        return STATE_ACTION_SIGNATURE;
    *seat = body->seat;
    *sequence = body->sequence;
    return STATE_VALID;
}

enum state_verdict action_execute(struct state *state, const struct execution *execution,
                                  const struct block_header *header, struct bytes packed)
{
    uint8_t memory[ACTION_ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const Bitcraps__Action *action;
    const Bitcraps__ActionBody *body;
    const enum state_verdict verdict = open_action(state, packed, &arena, &action, &body);
    if (verdict != STATE_VALID)
        return verdict;
    if (body->sequence != state->sequence[body->seat] + 1)
        return STATE_ACTION_SEQUENCE;
    if (!execution->trusted &&
        !signature_holds(state, execution->seating, execution->memo, packed, action, body->seat))
        return STATE_ACTION_SIGNATURE;
    state->sequence[body->seat]++;
    state->kicks[body->seat] = 0; /* It is there. */
    const struct stage stage = {
        .state = state, .execution = execution, .header = header, .sequence = body->sequence};
    const struct refusal refusal = apply(&stage, body->seat, body);
    if (refusal.kind != REFUSAL_NONE) {
        struct table_event event = {
            .kind = TABLE_EVENT_REFUSED, .seat = body->seat, .refusal = refusal};
        stage_emit(&stage, &event);
    }
    epoch_review(state, execution->seating);
    return STATE_VALID;
}
