/* SPDX-License-Identifier: MIT */
#include "table/state.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"

#include <sodium.h>

#define PAYLOAD_ARENA_SIZE 49152
#define ACTION_ARENA_SIZE  2048

_Static_assert(KEYGEN_DEAL_SIZE_MAX < ACTION_SIZE_MAX, "a deal is an action");

static unsigned count_seats(uint16_t seats)
{
    return (unsigned)__builtin_popcount(seats);
}

static uint16_t bit(unsigned seat)
{
    return (uint16_t)(1u << seat);
}

const char *state_verdict_text(enum state_verdict verdict)
{
    switch (verdict) {
    case STATE_VALID:
        return "valid";
    case STATE_MALFORMED:
        return "the payload is malformed";
    case STATE_ACTION_SEAT:
        return "an action is of no seat of this table";
    case STATE_ACTION_SEQUENCE:
        return "an action is out of sequence";
    case STATE_ACTION_SIGNATURE:
        return "an action's signature is wrong";
    case STATE_ROLL_PHASE:
        return "a roll is not due";
    case STATE_ROLL_SHARES:
        return "a roll has not the shares it needs";
    case STATE_ROLL_PROOF:
        return "a share's proof is wrong";
    case STATE_ROLL_VALUE:
        return "a roll's value is not what its shares combine to";
    case STATE_CLOSE_EARLY:
        return "betting was closed too early";
    }
    return "";
}

void state_init(struct state *state, const struct seating *seating)
{
    memset(state, 0, sizeof *state);
    state->phase = STATE_PHASE_KEYS;
    craps_init(&state->craps);
    ledger_init(&state->ledger);
    if (seating->genesis.bank > 0)
        CHECK(ledger_fund_bank(&state->ledger, seating->genesis.bank) == LEDGER_POSTED);
    unsigned shooter = CRAPS_SEAT_NONE;
    for (unsigned seat = seating->count; seat-- > 0;) {
        if (seating->seats[seat].witness)
            continue;
        CHECK(ledger_buy_in(&state->ledger, seat, seating->genesis.buy_in) == LEDGER_POSTED);
        shooter = seat;
    }
    craps_set_shooter(&state->craps, shooter);
}

uint16_t state_players(const struct state *state, const struct seating *seating)
{
    uint16_t players = 0;
    for (unsigned seat = 0; seat < seating->count; seat++) {
        if (!seating->seats[seat].witness)
            players |= bit(seat);
    }
    return players & (uint16_t)~state->left;
}

void state_keygen_params(const struct seating *seating, struct keygen_params *out)
{
    memset(out, 0, sizeof *out);
    out->instance = seating->instance;
    out->epoch = 1;
    out->attempt = 1;
    out->list_hash = seating->list;
    out->n = (uint8_t)seating->count;
    out->t = (uint8_t)seating->quorum;
    for (unsigned seat = 0; seat < seating->count; seat++)
        out->keys[seat] = seating->seats[seat].dice_key;
}

void state_roll_statement(const struct state *state, const struct seating *seating,
                          struct roll_statement *out)
{
    CHECK(state->phase == STATE_PHASE_ROLLING);
    const struct roll_input input = {
        .instance = seating->instance,
        .epoch = 1,
        .table = seating->genesis.id,
        .number = state->roll,
        .close = state->close,
        .transcript = state->keys.transcript,
    };
    roll_prepare(&input, out);
}

/* ---- Closing ------------------------------------------------------------------------------- */

static bool led_between(const struct seating *seating, unsigned seat, uint64_t after,
                        uint64_t before)
{
    if (before > after && before - after - 1 >= seating->count)
        return true;
    for (uint64_t view = after + 1; view < before; view++) {
        if ((view + seating->leader_offset) % seating->count == seat)
            return true;
    }
    return false;
}

/* consensus-and-dice, 2.3: all are ready; or time is up and everyone since had a turn to lead. */
enum state_close state_close_due(const struct state *state, const struct seating *seating,
                                 uint64_t view)
{
    if (state->phase != STATE_PHASE_BETTING)
        return STATE_CLOSE_NO;
    const uint16_t waiting = state_players(state, seating) & (uint16_t)~state->ready;
    if (waiting == 0)
        return STATE_CLOSE_YES;
    if (state->time_up_view == 0)
        return STATE_CLOSE_NO;
    for (unsigned seat = 0; seat < seating->count; seat++) {
        if ((waiting & bit(seat)) && !led_between(seating, seat, state->time_up_view, view))
            return STATE_CLOSE_VIEWS;
    }
    return STATE_CLOSE_YES;
}

static void open_roll(struct state *state)
{
    state->phase = STATE_PHASE_BETTING;
    state->roll++;
    state->ready = 0;
    state->time_up = 0;
    state->time_up_view = 0;
    state->opened = false;
    memset(&state->close, 0, sizeof state->close);
}

/* ---- Actions --------------------------------------------------------------------------------- */

/* What an action is executed with: the block's circumstances and who watches. */
struct stage {
    struct state *state;
    const struct execution *execution;
    const struct block_header *header;
    uint64_t sequence;
};

static void emit(const struct stage *stage, struct table_event *event)
{
    if (stage->execution->event == NULL)
        return;
    event->height = stage->header->height;
    event->sequence = stage->sequence;
    if (event->roll == 0)
        event->roll = stage->state->roll;
    stage->execution->event(stage->execution->context, event);
}

static struct refusal refused(enum refusal_kind kind)
{
    return (struct refusal){.kind = kind};
}

static const struct refusal accepted = {.kind = REFUSAL_NONE};

/* Whether a seat may bet for that roll at all. */
static struct refusal may_bet(const struct stage *stage, unsigned seat, uint64_t roll)
{
    const struct state *state = stage->state;
    if (stage->execution->seating->seats[seat].witness)
        return refused(REFUSAL_WITNESS);
    if (state->left & bit(seat))
        return refused(REFUSAL_LEFT);
    if (state->phase == STATE_PHASE_KEYS || state->phase == STATE_PHASE_OVER)
        return refused(REFUSAL_PHASE);
    if (roll > state->roll)
        return refused(REFUSAL_EARLY);
    if (roll < state->roll || state->phase == STATE_PHASE_ROLLING)
        return refused(REFUSAL_LATE);
    if (state->ready & bit(seat))
        return refused(REFUSAL_READY);
    return accepted;
}

static struct refusal apply_bet(const struct stage *stage, unsigned seat,
                                const Bitcraps__Bet *message)
{
    struct refusal refusal = may_bet(stage, seat, message->roll);
    if (refusal.kind != REFUSAL_NONE)
        return refusal;
    if (message->bet >= CRAPS_SPOT_COUNT) {
        refusal.kind = REFUSAL_CRAPS;
        refusal.craps.verdict = CRAPS_REFUSED_UNKNOWN;
        return refusal;
    }
    struct state *state = stage->state;
    const struct craps_rules *rules = &stage->execution->seating->genesis.rules;
    const struct craps_bet bet = craps_bet_at(message->bet);
    const struct craps before = state->craps;
    struct craps_money cost;
    if (craps_place(&state->craps, rules, seat, bet, message->amount, &cost, &refusal.craps) !=
        CRAPS_ACCEPTED) {
        refusal.kind = REFUSAL_CRAPS;
        return refusal;
    }
    const chips paid = cost.stake + cost.vig;
    refusal.ledger = ledger_stake(&state->ledger, seat, paid, cost.win);
    if (refusal.ledger != LEDGER_POSTED) {
        state->craps = before;
        refusal.kind = REFUSAL_LEDGER;
        refusal.fits =
            refusal.ledger == LEDGER_REFUSED_BANK_SHORT
                ? craps_fitting(&state->craps, rules, seat, bet, ledger_bank_free(&state->ledger))
                : ledger_rail(&state->ledger, seat);
        return refusal;
    }
    state->opened = true;
    struct table_event event = {.kind = TABLE_EVENT_BET,
                                .seat = seat,
                                .spot = message->bet,
                                .amount = message->amount,
                                .cost = paid};
    emit(stage, &event);
    return accepted;
}

static struct refusal apply_take_down(const struct stage *stage, unsigned seat,
                                      const Bitcraps__TakeDown *message)
{
    struct refusal refusal = may_bet(stage, seat, message->roll);
    if (refusal.kind != REFUSAL_NONE)
        return refusal;
    if (message->bet >= CRAPS_SPOT_COUNT) {
        refusal.kind = REFUSAL_CRAPS;
        refusal.craps.verdict = CRAPS_REFUSED_UNKNOWN;
        return refusal;
    }
    struct state *state = stage->state;
    const struct craps_rules *rules = &stage->execution->seating->genesis.rules;
    const chips reserved = craps_reserve_all(&state->craps, rules);
    struct craps_money back;
    if (craps_take_down(&state->craps, rules, seat, craps_bet_at(message->bet), &back,
                        &refusal.craps) != CRAPS_ACCEPTED) {
        refusal.kind = REFUSAL_CRAPS;
        return refusal;
    }
    const chips freed = reserved - craps_reserve_all(&state->craps, rules);
    CHECK(ledger_release(&state->ledger, seat, back.stake + back.vig, freed) == LEDGER_POSTED);
    struct table_event event = {.kind = TABLE_EVENT_TAKEN_DOWN,
                                .seat = seat,
                                .spot = message->bet,
                                .amount = back.stake + back.vig};
    emit(stage, &event);
    return accepted;
}

static struct refusal apply_ready(const struct stage *stage, unsigned seat, uint64_t roll)
{
    const struct refusal refusal = may_bet(stage, seat, roll);
    if (refusal.kind != REFUSAL_NONE)
        return refusal;
    stage->state->ready |= bit(seat);
    stage->state->opened = true;
    struct table_event event = {.kind = TABLE_EVENT_READY, .seat = seat};
    emit(stage, &event);
    return accepted;
}

static struct refusal apply_time_up(const struct stage *stage, unsigned seat, uint64_t roll)
{
    struct state *state = stage->state;
    if (state->phase == STATE_PHASE_KEYS || state->phase == STATE_PHASE_OVER)
        return refused(REFUSAL_PHASE);
    if (roll != state->roll || state->phase == STATE_PHASE_ROLLING)
        return refused(roll > state->roll ? REFUSAL_EARLY : REFUSAL_LATE);
    if (state->time_up & bit(seat))
        return refused(REFUSAL_REPEATED);
    state->time_up |= bit(seat);
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
    if (state->left & bit(seat))
        return refused(REFUSAL_LEFT);
    if (state->phase == STATE_PHASE_ROLLING)
        return refused(REFUSAL_LATE);
    const struct craps_rules *rules = &seating->genesis.rules;
    const chips reserved = craps_reserve_all(&state->craps, rules);
    struct craps_money back;
    craps_clear_seat(&state->craps, rules, seat, &back);
    const chips freed = reserved - craps_reserve_all(&state->craps, rules);
    if (back.stake + back.vig > 0)
        CHECK(ledger_release(&state->ledger, seat, back.stake + back.vig, freed) == LEDGER_POSTED);
    state->left |= bit(seat);
    const uint16_t players = state_players(state, seating);
    if (state->craps.shooter == seat)
        craps_next_shooter(&state->craps, players);
    if (players == 0)
        state->phase = STATE_PHASE_OVER;
    struct table_event event = {.kind = TABLE_EVENT_LEFT, .seat = seat};
    emit(stage, &event);
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
    if (state->dealt & bit(seat))
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
    state->dealt |= bit(seat);
    if (count_seats(state->dealt) == seating->count)
        finish_deals(state, seating);
    struct table_event event = {.kind = TABLE_EVENT_DEALT, .seat = seat};
    emit(stage, &event);
    return accepted;
}

static struct refusal apply_deal_ok(const struct stage *stage, unsigned seat,
                                    const Bitcraps__DealOk *message)
{
    struct state *state = stage->state;
    const struct seating *seating = stage->execution->seating;
    if (state->phase != STATE_PHASE_KEYS || count_seats(state->dealt) != seating->count)
        return refused(REFUSAL_PHASE);
    if (state->confirmed & bit(seat))
        return refused(REFUSAL_REPEATED);
    if (message->list.len != DIGEST_SIZE ||
        memcmp(message->list.data, seating->list.bytes, DIGEST_SIZE) != 0)
        return refused(REFUSAL_DEAL);
    state->confirmed |= bit(seat);
    struct table_event event = {.kind = TABLE_EVENT_CONFIRMED, .seat = seat};
    emit(stage, &event);
    if (count_seats(state->confirmed) == seating->count) {
        open_roll(state);
        struct table_event keys = {.kind = TABLE_EVENT_KEYS};
        emit(stage, &keys);
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
        complaint.dealer >= seating->count || !(state->dealt & bit(complaint.dealer)))
        return refused(REFUSAL_DEAL);
    struct keygen_params params;
    state_keygen_params(seating, &params);
    const enum keygen_ruling ruling =
        keygen_judge(&params, &state->deals[complaint.dealer], &complaint);
    const unsigned guilty = ruling == KEYGEN_RULING_DEALER ? complaint.dealer : seat;
    state->guilty |= bit(guilty);
    state->phase = STATE_PHASE_OVER;
    struct table_event event = {.kind = TABLE_EVENT_ACCUSED, .seat = guilty};
    emit(stage, &event);
    return accepted;
}

static struct refusal apply(const struct stage *stage, unsigned seat,
                            const Bitcraps__ActionBody *body)
{
    switch (body->kind_case) {
    case BITCRAPS__ACTION_BODY__KIND_BET:
        return apply_bet(stage, seat, body->bet);
    case BITCRAPS__ACTION_BODY__KIND_TAKE_DOWN:
        return apply_take_down(stage, seat, body->take_down);
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

static enum state_verdict execute_action(struct state *state, const struct execution *execution,
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
        emit(&stage, &event);
    }
    return STATE_VALID;
}

/* ---- Rolls -------------------------------------------------------------------------------------
 */

static bool share_holds(const struct execution *execution, const struct roll_statement *statement,
                        const struct element *share_key, const struct roll_partial *partial)
{
    const struct bytes parts[] = {{statement->input, ROLL_INPUT_SIZE},
                                  {share_key->bytes, ELEMENT_SIZE},
                                  {partial->value.bytes, ELEMENT_SIZE},
                                  {partial->proof.challenge.bytes, SCALAR_SIZE},
                                  {partial->proof.response.bytes, SCALAR_SIZE}};
    const struct memo_key key = memo_key(MEMO_SHARE, parts, sizeof parts / sizeof parts[0]);
    if (memo_has(execution->memo, &key))
        return true;
    if (!roll_verify_partial(statement, share_key, partial))
        return false;
    memo_add(execution->memo, &key);
    return true;
}

static enum state_verdict check_shares(const struct state *state, const struct execution *execution,
                                       const struct roll_statement *statement,
                                       const Bitcraps__Roll *roll)
{
    const struct seating *seating = execution->seating;
    struct element values[SEATS_MAX];
    uint32_t seats = 0;
    if (roll->n_shares != seating->quorum)
        return STATE_ROLL_SHARES;
    for (size_t i = 0; i < roll->n_shares; i++) {
        const Bitcraps__Share *share = roll->shares[i];
        if (share->seat >= seating->count || seats >> share->seat != 0 ||
            share->partial.len != ELEMENT_SIZE || share->proof.len != PROOF_SIZE)
            return STATE_ROLL_SHARES;
        seats |= 1u << share->seat;
        struct roll_partial partial;
        memcpy(partial.value.bytes, share->partial.data, ELEMENT_SIZE);
        memcpy(partial.proof.challenge.bytes, share->proof.data, SCALAR_SIZE);
        memcpy(partial.proof.response.bytes, share->proof.data + SCALAR_SIZE, SCALAR_SIZE);
        if (!share_holds(execution, statement, &state->keys.share_keys[share->seat], &partial))
            return STATE_ROLL_PROOF;
        values[i] = partial.value;
    }
    struct roll_weights own = {0};
    struct roll_weights *weights = execution->weights != NULL ? execution->weights : &own;
    roll_weigh(weights, seats);
    struct element value;
    if (!roll_combine(weights, values, &value) ||
        memcmp(value.bytes, roll->value.data, ELEMENT_SIZE) != 0)
        return STATE_ROLL_VALUE;
    return STATE_VALID;
}

/* Losers first, then winners, then what comes down; the bank's reserve is free meanwhile. */
static void settle(struct state *state, const struct craps_rules *rules,
                   struct craps_decision *decisions, size_t count)
{
    struct ledger *ledger = &state->ledger;
    CHECK(ledger_set_reserved(ledger, 0) == LEDGER_POSTED);
    for (size_t i = 0; i < count; i++) {
        if (decisions[i].collected > 0)
            CHECK(ledger_collect(ledger, decisions[i].seat, decisions[i].collected) ==
                  LEDGER_POSTED);
    }
    for (size_t i = 0; i < count; i++) {
        if (decisions[i].profit > 0)
            CHECK(ledger_pay(ledger, decisions[i].seat, decisions[i].profit) == LEDGER_POSTED);
        if (decisions[i].vig > 0)
            CHECK(ledger_vig(ledger, decisions[i].seat, decisions[i].vig) == LEDGER_POSTED);
    }
    const chips reserved = craps_fit(&state->craps, rules, decisions, count, ledger_bank(ledger));
    for (size_t i = 0; i < count; i++) {
        if (decisions[i].returned > 0)
            CHECK(ledger_release(ledger, decisions[i].seat, decisions[i].returned, 0) ==
                  LEDGER_POSTED);
    }
    CHECK(ledger_set_reserved(ledger, reserved) == LEDGER_POSTED);
    CHECK(ledger_fault(ledger) == NULL);
}

static void throw_dice(const struct stage *stage, struct roll_dice dice)
{
    struct state *state = stage->state;
    const struct seating *seating = stage->execution->seating;
    struct craps_decision decisions[CRAPS_DECISIONS_MAX];
    struct table_event event = {.kind = TABLE_EVENT_ROLL,
                                .roll = state->roll,
                                .dice = {dice.first, dice.second},
                                .point_before = state->craps.puck,
                                .shooter = state->craps.shooter};
    const size_t count =
        craps_roll(&state->craps, &seating->genesis.rules, state_players(state, seating),
                   dice.first, dice.second, decisions);
    settle(state, &seating->genesis.rules, decisions, count);
    event.point_after = state->craps.puck;
    event.seven_out = event.point_before != 0 && dice.first + dice.second == 7;
    emit(stage, &event);
    for (size_t i = 0; i < count; i++) {
        event.kind = TABLE_EVENT_DECISION;
        event.seat = decisions[i].seat;
        event.decision = decisions[i];
        emit(stage, &event);
    }
    event.kind = TABLE_EVENT_ROLLED;
    event.shooter = state->craps.shooter;
    state->rolls_done++;
    emit(stage, &event);
    open_roll(state);
}

static enum state_verdict execute_roll(struct state *state, const struct execution *execution,
                                       const struct block_header *header,
                                       const Bitcraps__Roll *roll)
{
    if (state->phase != STATE_PHASE_ROLLING || roll->roll != state->roll)
        return STATE_ROLL_PHASE;
    if (roll->value.len != ELEMENT_SIZE)
        return STATE_ROLL_VALUE;
    struct roll_statement statement;
    state_roll_statement(state, execution->seating, &statement);
    if (!execution->trusted) {
        const enum state_verdict verdict = check_shares(state, execution, &statement, roll);
        if (verdict != STATE_VALID)
            return verdict;
    }
    struct element value;
    memcpy(value.bytes, roll->value.data, ELEMENT_SIZE);
    const struct stage stage = {.state = state, .execution = execution, .header = header};
    throw_dice(&stage, roll_dice(&statement, &value));
    return STATE_VALID;
}

static enum state_verdict execute_close(struct state *state, const struct execution *execution,
                                        const struct block_header *header,
                                        const struct digest *digest, const Bitcraps__Close *close)
{
    if (close->roll != state->roll ||
        state_close_due(state, execution->seating, header->view) != STATE_CLOSE_YES)
        return STATE_CLOSE_EARLY;
    state->phase = STATE_PHASE_ROLLING;
    state->close = *digest;
    const struct stage stage = {.state = state, .execution = execution, .header = header};
    struct table_event event = {.kind = TABLE_EVENT_CLOSED};
    emit(&stage, &event);
    return STATE_VALID;
}

enum state_verdict state_execute(struct state *state, const struct execution *execution,
                                 const struct block_header *header, const struct digest *digest,
                                 struct bytes payload)
{
    if (payload.size == 0)
        return STATE_VALID;
    uint8_t memory[PAYLOAD_ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (payload.size > BLOCK_SIZE_MAX ||
        frame_unpack(&bitcraps__payload__descriptor, payload, &arena, &base) != FRAME_OK)
        return STATE_MALFORMED;
    const Bitcraps__Payload *message = (const Bitcraps__Payload *)base;
    if (message->n_items == 0 || message->n_items > BLOCK_ACTIONS_MAX + 2)
        return STATE_MALFORMED;
    for (size_t i = 0; i < message->n_items; i++) {
        const Bitcraps__Item *item = message->items[i];
        enum state_verdict verdict = STATE_MALFORMED;
        switch (item->kind_case) {
        case BITCRAPS__ITEM__KIND_ROLL:
            if (i == 0)
                verdict = execute_roll(state, execution, header, item->roll);
            break;
        case BITCRAPS__ITEM__KIND_ACTION:
            verdict =
                execute_action(state, execution, header,
                               (struct bytes){.at = item->action.data, .size = item->action.len});
            break;
        case BITCRAPS__ITEM__KIND_CLOSE:
            if (i == message->n_items - 1)
                verdict = execute_close(state, execution, header, digest, item->close);
            break;
        case BITCRAPS__ITEM__KIND__NOT_SET:
        case _BITCRAPS__ITEM__KIND__CASE_IS_INT_SIZE:
            break;
        }
        if (verdict != STATE_VALID)
            return verdict;
    }
    return STATE_VALID;
}

/* ---- The root
 * ------------------------------------------------------------------------------------ */

#define ROOT_SIZE_MAX                                                                              \
    (128 + SEATS_MAX * (8 + DIGEST_SIZE) + 2 * DIGEST_SIZE + CRAPS_ENCODED_MAX +                   \
     LEDGER_ENCODED_SIZE)

void state_root(const struct state *state, const struct seating *seating, struct digest *out)
{
    uint8_t memory[ROOT_SIZE_MAX];
    struct writer w = writer_on(memory, sizeof memory);
    write_bytes(&w, "BCst", 4);
    write_u8(&w, (uint8_t)state->phase);
    write_u64(&w, state->roll);
    for (unsigned seat = 0; seat < seating->count; seat++)
        write_u64(&w, state->sequence[seat]);
    write_u16(&w, state->left);
    write_u16(&w, state->ready);
    write_u16(&w, state->time_up);
    write_u8(&w, state->opened);
    write_u64(&w, state->time_up_view);
    write_u16(&w, state->dealt);
    write_u16(&w, state->confirmed);
    write_u16(&w, state->guilty);
    for (unsigned seat = 0; seat < seating->count; seat++)
        write_bytes(&w, state->deal_hash[seat].bytes, DIGEST_SIZE);
    write_bytes(&w, state->close.bytes, DIGEST_SIZE);
    write_bytes(&w, state->keys.transcript.bytes, DIGEST_SIZE);
    write_u64(&w, state->rolls_done);
    craps_encode(&state->craps, &w);
    ledger_encode(&state->ledger, &w);
    CHECK(!w.failed);
    crypto_generichash(out->bytes, DIGEST_SIZE, memory, w.used, NULL, 0);
}
