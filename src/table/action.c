/* SPDX-License-Identifier: MIT */
/* From a signed action to its deed: readiness, time, leaving, the key generation; stakes apart. */
#include "table/action.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"

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
        count_seats(state->time_up) >= stage->execution->seating->quorum)
        state->time_up_view = stage->header->view;
    return accepted;
}

/* The next of the players gets the dice when the shooter leaves; without players the game is over.
 */
static struct refusal apply_leave(const struct stage *stage, unsigned seat)
{
    struct state *state = stage->state;
    const struct seating *seating = stage->execution->seating;
    if (seating->seats[seat].witness)
        return refused(REFUSAL_WITNESS);
    if (state->left & stage_bit(seat))
        return refused(REFUSAL_LEFT);
    if (state->phase == STATE_PHASE_ROLLING)
        return refused(REFUSAL_LATE);
    const struct craps_card *card = &seating->card;
    const chips reserved = craps_reserve_all(&state->craps, card);
    struct craps_money back;
    craps_clear_seat(&state->craps, card, seat, &back);
    const chips freed = reserved - craps_reserve_all(&state->craps, card);
    if (back.stake + back.vig > 0)
        CHECK(ledger_release(&state->ledger, seat, back.stake + back.vig, freed) == LEDGER_POSTED);
    state->left |= stage_bit(seat);
    const uint16_t players = state_players(state, seating);
    if (state->craps.shooter == seat)
        craps_next_shooter(&state->craps, players);
    if (players == 0)
        state->phase = STATE_PHASE_OVER;
    struct table_event event = {.kind = TABLE_EVENT_LEFT, .seat = seat};
    stage_emit(stage, &event);
    return accepted;
}

/* ---- The key generation ------------------------------------------------------------------------
 */

static void finish_deals(struct state *state, const struct seating *seating)
{
    struct keygen_params params;
    state_keygen_params(seating, &params);
    const struct keygen_deal *deals[SEATS_MAX];
    for (unsigned i = 0; i < seating->count; i++)
        deals[i] = &state->deals[i];
    if (!keygen_finish(&params, deals, &state->keys))
        state->phase = STATE_PHASE_OVER;
}

static struct refusal apply_deal(const struct stage *stage, unsigned seat, struct bytes bytes)
{
    struct state *state = stage->state;
    const struct seating *seating = stage->execution->seating;
    if (state->phase != STATE_PHASE_KEYS)
        return refused(REFUSAL_PHASE);
    if (state->dealt & stage_bit(seat))
        return refused(REFUSAL_REPEATED);
    const uint8_t dealer = (uint8_t)seat;
    const struct bytes parts[] = {{seating->instance.bytes, DIGEST_SIZE}, {&dealer, 1}, bytes};
    const struct memo_key key = memo_key(MEMO_DEAL, parts, 3);
    struct keygen_params params;
    state_keygen_params(seating, &params);
    if (!keygen_deal_decode(bytes, &state->deals[seat]))
        return refused(REFUSAL_DEAL);
    if (!memo_has(stage->execution->memo, &key)) {
        if (keygen_check_deal(&params, dealer, &state->deals[seat]) != KEYGEN_VERDICT_VALID) {
            memset(&state->deals[seat], 0, sizeof state->deals[seat]);
            return refused(REFUSAL_DEAL);
        }
        memo_add(stage->execution->memo, &key);
    }
    crypto_generichash(state->deal_hash[seat].bytes, DIGEST_SIZE, bytes.at, bytes.size, NULL, 0);
    state->dealt |= stage_bit(seat);
    if (count_seats(state->dealt) == seating->count)
        finish_deals(state, seating);
    struct table_event event = {.kind = TABLE_EVENT_DEALT, .seat = seat};
    stage_emit(stage, &event);
    return accepted;
}

static struct refusal apply_deal_ok(const struct stage *stage, unsigned seat,
                                    const Bitcraps__DealOk *message)
{
    struct state *state = stage->state;
    const struct seating *seating = stage->execution->seating;
    if (state->phase != STATE_PHASE_KEYS || count_seats(state->dealt) != seating->count)
        return refused(REFUSAL_PHASE);
    if (state->confirmed & stage_bit(seat))
        return refused(REFUSAL_REPEATED);
    if (message->list.len != DIGEST_SIZE ||
        memcmp(message->list.data, seating->list.bytes, DIGEST_SIZE) != 0)
        return refused(REFUSAL_DEAL);
    state->confirmed |= stage_bit(seat);
    struct table_event event = {.kind = TABLE_EVENT_CONFIRMED, .seat = seat};
    stage_emit(stage, &event);
    if (count_seats(state->confirmed) == seating->count) {
        stage_open_roll(state);
        struct table_event keys = {.kind = TABLE_EVENT_KEYS};
        stage_emit(stage, &keys);
    }
    return accepted;
}

/* Exactly one of dealer and complainer is guilty; with fixed seats that ends the table. */
static struct refusal apply_complaint(const struct stage *stage, unsigned seat, struct bytes bytes)
{
    struct state *state = stage->state;
    const struct seating *seating = stage->execution->seating;
    struct keygen_complaint complaint;
    if (state->phase != STATE_PHASE_KEYS)
        return refused(REFUSAL_PHASE);
    if (!keygen_complaint_decode(bytes, &complaint) || complaint.complainer != seat ||
        complaint.dealer >= seating->count || !(state->dealt & stage_bit(complaint.dealer)))
        return refused(REFUSAL_DEAL);
    struct keygen_params params;
    state_keygen_params(seating, &params);
    const enum keygen_ruling ruling =
        keygen_judge(&params, &state->deals[complaint.dealer], &complaint);
    const unsigned guilty = ruling == KEYGEN_RULING_DEALER ? complaint.dealer : seat;
    state->guilty |= stage_bit(guilty);
    state->phase = STATE_PHASE_OVER;
    struct table_event event = {.kind = TABLE_EVENT_ACCUSED, .seat = guilty};
    stage_emit(stage, &event);
    return accepted;
}

static struct refusal apply(const struct stage *stage, unsigned seat,
                            const Bitcraps__ActionBody *body)
{
    switch (body->kind_case) {
    case BITCRAPS__ACTION_BODY__KIND_ORDERS:
        return stake_orders(stage, seat, body->orders);
    case BITCRAPS__ACTION_BODY__KIND_READY:
        return apply_ready(stage, seat, body->ready->roll);
    case BITCRAPS__ACTION_BODY__KIND_TIME_UP:
        return apply_time_up(stage, seat, body->time_up->roll);
    case BITCRAPS__ACTION_BODY__KIND_DEAL:
        return apply_deal(stage, seat,
                          (struct bytes){.at = body->deal.data, .size = body->deal.len});
    case BITCRAPS__ACTION_BODY__KIND_DEAL_OK:
        return apply_deal_ok(stage, seat, body->deal_ok);
    case BITCRAPS__ACTION_BODY__KIND_COMPLAINT:
        return apply_complaint(
            stage, seat, (struct bytes){.at = body->complaint.data, .size = body->complaint.len});
    case BITCRAPS__ACTION_BODY__KIND_LEAVE:
        return apply_leave(stage, seat);
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
    const struct block_header header = {.view = 0};
    const struct stage stage = {.state = &copy, .execution = &execution, .header = &header};
    return apply(&stage, seat, body);
}

#define ACTION_LABEL         "BCop"
#define ACTION_STATEMENT_MAX (sizeof ACTION_LABEL - 1 + DIGEST_SIZE + ACTION_SIZE_MAX)

static size_t action_statement(const struct seating *seating, struct bytes body,
                               uint8_t out[static ACTION_STATEMENT_MAX])
{
    struct writer w = writer_on(out, ACTION_STATEMENT_MAX);
    write_bytes(&w, ACTION_LABEL, sizeof ACTION_LABEL - 1);
    write_bytes(&w, seating->instance.bytes, DIGEST_SIZE);
    write_bytes(&w, body.at, body.size);
    return w.failed ? 0 : w.used;
}

void state_action_sign(const struct seating *seating, struct bytes body,
                       const uint8_t secret[static 64], uint8_t signature[static SIGNATURE_SIZE])
{
    uint8_t statement[ACTION_STATEMENT_MAX];
    const size_t size = action_statement(seating, body, statement);
    CHECK(size > 0);
    crypto_sign_detached(signature, NULL, statement, size, secret);
}

/* Unpacks an action and its body into the arena; everything but the signature is checked. */
static enum state_verdict open_action(const struct seating *seating, struct bytes packed,
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
    if ((*body)->seat >= seating->count || (*body)->epoch != 1)
        return STATE_ACTION_SEAT;
    if ((*body)->sequence == 0)
        return STATE_ACTION_SEQUENCE;
    if ((*body)->kind_case == BITCRAPS__ACTION_BODY__KIND_ORDERS && !stake_shaped((*body)->orders))
        return STATE_MALFORMED;
    return STATE_VALID;
}

static bool signature_holds(const struct seating *seating, struct memo *memo, struct bytes packed,
                            const Bitcraps__Action *action, unsigned seat)
{
    const struct bytes parts[] = {{seating->instance.bytes, DIGEST_SIZE}, packed};
    const struct memo_key key = memo_key(MEMO_ACTION, parts, 2);
    if (memo_has(memo, &key))
        return true;
    uint8_t statement[ACTION_STATEMENT_MAX];
    const struct bytes inner = {.at = action->body.data, .size = action->body.len};
    const size_t size = action_statement(seating, inner, statement);
    if (size == 0 || crypto_sign_verify_detached(action->signature.data, statement, size,
                                                 seating->seats[seat].consensus_key.bytes) != 0)
        return false;
    memo_add(memo, &key);
    return true;
}

enum state_verdict state_action_check(const struct seating *seating, struct memo *memo,
                                      struct bytes packed, unsigned *seat, uint64_t *sequence)
{
    uint8_t memory[ACTION_ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const Bitcraps__Action *action;
    const Bitcraps__ActionBody *body;
    const enum state_verdict verdict = open_action(seating, packed, &arena, &action, &body);
    if (verdict != STATE_VALID)
        return verdict;
    if (!signature_holds(seating, memo, packed, action, body->seat))
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
    const enum state_verdict verdict =
        open_action(execution->seating, packed, &arena, &action, &body);
    if (verdict != STATE_VALID)
        return verdict;
    if (body->sequence != state->sequence[body->seat] + 1)
        return STATE_ACTION_SEQUENCE;
    if (!execution->trusted &&
        !signature_holds(execution->seating, execution->memo, packed, action, body->seat))
        return STATE_ACTION_SIGNATURE;
    state->sequence[body->seat]++;
    const struct stage stage = {
        .state = state, .execution = execution, .header = header, .sequence = body->sequence};
    const struct refusal refusal = apply(&stage, body->seat, body);
    if (refusal.kind != REFUSAL_NONE) {
        struct table_event event = {
            .kind = TABLE_EVENT_REFUSED, .seat = body->seat, .refusal = refusal};
        stage_emit(&stage, &event);
    }
    return STATE_VALID;
}
