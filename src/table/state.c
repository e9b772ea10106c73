/* SPDX-License-Identifier: MIT */
#include "table/state.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "table/action.h"

#include <sodium.h>

#define PAYLOAD_ARENA_SIZE 49152

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
    case STATE_SIT:
        return "nobody may sit down so";
    case STATE_EPOCH:
        return "the epoch does not end so, or has ended";
    }
    return "";
}

void state_init(struct state *state, const struct seating *seating)
{
    memset(state, 0, sizeof *state);
    state->phase = STATE_PHASE_KEYS;
    memcpy(state->seats, seating->seats, sizeof state->seats);
    state->owned = (uint16_t)((1u << seating->count) - 1);
    roster_make(&state->roster, 1, state->owned, state->seats, &seating->instance);
    state->next = state->roster;
    state->attempt = 1;
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

uint16_t state_players(const struct state *state)
{
    uint16_t players = 0;
    for (unsigned i = 0; i < state->roster.count; i++) {
        if (!state->seats[state->roster.seats[i]].witness)
            players |= stage_bit(state->roster.seats[i]);
    }
    return players & (uint16_t)~state->left;
}

unsigned state_seat_of(const struct state *state, const struct public_key *identity)
{
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if ((state->owned >> seat & 1) &&
            memcmp(&state->seats[seat].identity, identity, sizeof *identity) == 0)
            return seat;
    }
    return SEAT_NONE;
}

static void params_of(const struct state *state, const struct seating *seating,
                      const struct roster *roster, uint32_t attempt, struct keygen_params *out)
{
    memset(out, 0, sizeof *out);
    out->instance = seating->instance;
    out->epoch = roster->epoch;
    out->attempt = attempt;
    out->list_hash = roster->list;
    out->n = (uint8_t)roster->count;
    out->t = (uint8_t)roster->quorum;
    for (unsigned i = 0; i < roster->count; i++)
        out->keys[i] = state->seats[roster->seats[i]].dice_key;
}

void state_keygen_params(const struct state *state, const struct seating *seating,
                         struct keygen_params *out)
{
    CHECK(state->next.set != 0);
    params_of(state, seating, &state->next, state->attempt, out);
}

void state_keys_params(const struct state *state, const struct seating *seating,
                       struct keygen_params *out)
{
    params_of(state, seating, &state->roster, state->keys_attempt, out);
}

void state_roll_statement(const struct state *state, const struct seating *seating,
                          struct roll_statement *out)
{
    CHECK(state->phase == STATE_PHASE_ROLLING);
    const struct roll_input input = {
        .instance = seating->instance,
        .epoch = state->roster.epoch,
        .table = seating->genesis.id,
        .number = state->roll,
        .close = state->close,
        .transcript = state->keys.transcript,
    };
    roll_prepare(&input, out);
}

/* ---- Closing ------------------------------------------------------------------------------- */

static bool led_between(const struct roster *roster, unsigned position, uint64_t after,
                        uint64_t before)
{
    if (before > after && before - after - 1 >= roster->count)
        return true;
    for (uint64_t view = after + 1; view < before; view++) {
        if ((view + roster->leader_offset) % roster->count == position)
            return true;
    }
    return false;
}

/* consensus-and-dice, 2.3: all are ready; or time is up and everyone since had a turn to lead. */
enum state_close state_close_due(const struct state *state, uint64_t view)
{
    const uint16_t players = state_players(state);
    if (state->phase != STATE_PHASE_BETTING || players == 0)
        return STATE_CLOSE_NO;
    const uint16_t waiting = players & (uint16_t)~state->ready;
    if (waiting == 0)
        return STATE_CLOSE_YES;
    if (state->time_up_view == 0)
        return STATE_CLOSE_NO;
    for (unsigned i = 0; i < state->roster.count; i++) {
        if ((waiting & stage_bit(state->roster.seats[i])) &&
            !led_between(&state->roster, i, state->time_up_view, view))
            return STATE_CLOSE_VIEWS;
    }
    return STATE_CLOSE_YES;
}

void stage_open_roll(struct state *state)
{
    state->phase = STATE_PHASE_BETTING;
    state->roll++;
    state->ready = 0;
    state->time_up = 0;
    state->time_up_view = 0;
    state->opened = false;
    memset(&state->close, 0, sizeof state->close);
}

void stage_emit(const struct stage *stage, struct table_event *event)
{
    if (stage->execution->event == NULL)
        return;
    event->height = stage->header->height;
    event->sequence = stage->sequence;
    if (event->roll == 0)
        event->roll = stage->state->roll;
    stage->execution->event(stage->execution->context, event);
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
    struct element values[SEATS_MAX];
    uint32_t seats = 0;
    if (roll->n_shares != state->roster.quorum)
        return STATE_ROLL_SHARES;
    for (size_t i = 0; i < roll->n_shares; i++) {
        const Bitcraps__Share *share = roll->shares[i];
        if (share->seat >= state->roster.count || seats >> share->seat != 0 ||
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
static void settle(struct state *state, const struct craps_card *card,
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
    const chips reserved = craps_fit(&state->craps, card, decisions, count, ledger_bank(ledger));
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
    const size_t count = craps_roll(&state->craps, &seating->card, state_players(state), dice.first,
                                    dice.second, decisions);
    settle(state, &seating->card, decisions, count);
    event.point_after = state->craps.puck;
    event.seven_out = event.point_before != 0 && dice.first + dice.second == 7;
    stage_emit(stage, &event);
    for (size_t i = 0; i < count; i++) {
        event.kind = TABLE_EVENT_DECISION;
        event.seat = decisions[i].seat;
        event.decision = decisions[i];
        stage_emit(stage, &event);
    }
    event.kind = TABLE_EVENT_ROLLED;
    event.shooter = state->craps.shooter;
    state->rolls_done++;
    stage_emit(stage, &event);
    stage_open_roll(state);
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (state->left & stage_bit(seat))
            stage_clear_seat(stage, seat);
    }
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
    if (close->roll != state->roll || state_close_due(state, header->view) != STATE_CLOSE_YES)
        return STATE_CLOSE_EARLY;
    state->phase = STATE_PHASE_ROLLING;
    state->close = *digest;
    const struct stage stage = {.state = state, .execution = execution, .header = header};
    struct table_event event = {.kind = TABLE_EVENT_CLOSED};
    stage_emit(&stage, &event);
    return STATE_VALID;
}

enum state_verdict state_execute(struct state *state, const struct execution *execution,
                                 const struct block_header *header, const struct digest *digest,
                                 struct bytes payload)
{
    if (payload.size == 0)
        return STATE_VALID;
    if (header->epoch != state->roster.epoch)
        return STATE_EPOCH;
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
                action_execute(state, execution, header,
                               (struct bytes){.at = item->action.data, .size = item->action.len});
            break;
        case BITCRAPS__ITEM__KIND_CLOSE:
            if (i == message->n_items - 1)
                verdict = execute_close(state, execution, header, digest, item->close);
            break;
        case BITCRAPS__ITEM__KIND_SIT:
            verdict = epoch_sit(state, execution, header,
                                (struct bytes){.at = item->sit.data, .size = item->sit.len});
            break;
        case BITCRAPS__ITEM__KIND_EPOCH_END:
            if (i == message->n_items - 1)
                verdict = epoch_end(state, execution, header, item->epoch_end);
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
    (256 + SEATS_MAX * (8 + 4 * DIGEST_SIZE + 10 + NAME_SIZE_MAX + 4 + DIGEST_SIZE) +              \
     SEATS_MAX * (1 + STATE_APPROVALS_MAX * PUBLIC_KEY_SIZE) + 2 * DIGEST_SIZE +                   \
     CRAPS_ENCODED_MAX + LEDGER_ENCODED_SIZE)

static void write_seat(struct writer *w, const struct state *state, unsigned number)
{
    const struct seat *seat = &state->seats[number];
    const size_t name = strlen(seat->name);
    write_u64(w, state->sequence[number]);
    write_bytes(w, seat->identity.bytes, PUBLIC_KEY_SIZE);
    write_bytes(w, seat->consensus_key.bytes, PUBLIC_KEY_SIZE);
    write_bytes(w, seat->dice_key.bytes, ELEMENT_SIZE);
    write_u64(w, seat->epoch);
    write_u8(w, seat->witness);
    write_u8(w, (uint8_t)name);
    write_bytes(w, seat->name, name);
}

static void write_people(struct writer *w, const struct state *state)
{
    write_u64(w, state->roster.epoch);
    write_u16(w, state->roster.set);
    write_u16(w, state->owned);
    write_u16(w, state->guilty);
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (state->owned & stage_bit(seat))
            write_seat(w, state, seat);
    }
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        write_u16(w, state->kicks[seat]);
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        write_u16(w, state->missing[seat]);
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        const struct approvals *approvals = &state->approvals[seat];
        write_u8(w, approvals->count);
        for (unsigned i = 0; i < approvals->count; i++)
            write_bytes(w, approvals->of[i].bytes, PUBLIC_KEY_SIZE);
    }
    write_u32(w, state->attempt);
    write_u16(w, state->next.set);
    write_u16(w, state->dealt);
    write_u16(w, state->confirmed);
    for (unsigned i = 0; i < state->next.count; i++)
        write_bytes(w, state->deal_hash[i].bytes, DIGEST_SIZE);
    write_u32(w, state->keys_attempt);
    write_u64(w, state->keys_height);
}

void state_root(const struct state *state, struct digest *out)
{
    uint8_t memory[ROOT_SIZE_MAX];
    struct writer w = writer_on(memory, sizeof memory);
    write_bytes(&w, "BCst", 4);
    write_u8(&w, (uint8_t)state->phase);
    write_u64(&w, state->roll);
    write_u16(&w, state->left);
    write_u16(&w, state->ready);
    write_u16(&w, state->time_up);
    write_u8(&w, state->opened);
    write_u64(&w, state->time_up_view);
    write_people(&w, state);
    write_bytes(&w, state->close.bytes, DIGEST_SIZE);
    write_bytes(&w, state->keys.transcript.bytes, DIGEST_SIZE);
    write_u64(&w, state->rolls_done);
    craps_encode(&state->craps, &w);
    ledger_encode(&state->ledger, &w);
    CHECK(!w.failed);
    crypto_generichash(out->bytes, DIGEST_SIZE, memory, w.used, NULL, 0);
}
