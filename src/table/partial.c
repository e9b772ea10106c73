/* SPDX-License-Identifier: MIT */
/* Shares of the dice: the own one, released once betting is final here, and those of others. */
#include "base/check.h"
#include "table/desk.h"
#include "table/statement.h"

#include <sodium.h>

void partial_message(const struct held_partial *held, uint64_t epoch, unsigned position,
                     struct partial_parts *parts)
{
    roll_partial_encode(&held->partial, parts->encoded);
    parts->close = held->close;
    memcpy(parts->signature, held->signature, SIGNATURE_SIZE);
    bitcraps__partial__init(&parts->partial);
    parts->partial.epoch = epoch;
    parts->partial.roll = held->roll;
    parts->partial.close = (ProtobufCBinaryData){DIGEST_SIZE, parts->close.bytes};
    parts->partial.seat = position;
    parts->partial.partial = (ProtobufCBinaryData){ELEMENT_SIZE, parts->encoded};
    parts->partial.proof = (ProtobufCBinaryData){PROOF_SIZE, parts->encoded + ELEMENT_SIZE};
    parts->partial.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, parts->signature};
    bitcraps__message__init(&parts->message);
    parts->message.kind_case = BITCRAPS__MESSAGE__KIND_PARTIAL;
    parts->message.partial = &parts->partial;
}

/* What its seat signs; only ever in the epoch of the state. */
static void partial_statement(const struct state *state, const struct seating *seating,
                              const struct held_partial *held, unsigned position,
                              uint8_t out[static STATEMENT_PARTIAL_SIZE])
{
    struct partial_parts parts;
    partial_message(held, state->roster.epoch, position, &parts);
    CHECK(statement_partial(&seating->instance, &parts.partial, out));
}

void partial_emit(struct table *table, enum table_effect kind)
{
    struct partial_parts parts;
    partial_message(&table->own_partial, table_final(table)->roster.epoch, table->position, &parts);
    table_emit(table, kind, TARGET_ALL, &parts.message);
}

static bool partial_is_of(const struct held_partial *held, const struct state *state)
{
    return held->roll == state->roll &&
           memcmp(&held->close, &state->close, sizeof held->close) == 0;
}

void partial_verify(struct table *table)
{
    const struct state *state = table_final(table);
    if (state->phase != STATE_PHASE_ROLLING)
        return;
    if (table->statement_roll != state->roll) {
        state_roll_statement(state, &table->seating, &table->statement);
        table->statement_roll = state->roll;
        table->verified = 0;
    }
    for (unsigned seat = 0; seat < state->roster.count; seat++) {
        struct held_partial *held = &table->partials[seat];
        if ((table->verified & stage_bit(seat)) || !partial_is_of(held, state) ||
            (unsigned)__builtin_popcount(table->verified) == state->roster.quorum)
            continue;
        const struct bytes parts[] = {{table->statement.input, ROLL_INPUT_SIZE},
                                      {state->keys.share_keys[seat].bytes, ELEMENT_SIZE},
                                      {held->partial.value.bytes, ELEMENT_SIZE},
                                      {held->partial.proof.challenge.bytes, SCALAR_SIZE},
                                      {held->partial.proof.response.bytes, SCALAR_SIZE}};
        const struct memo_key key = memo_key(MEMO_SHARE, parts, sizeof parts / sizeof parts[0]);
        if (seat != table->position &&
            !roll_verify_partial(&table->statement, &state->keys.share_keys[seat],
                                 &held->partial)) {
            evidence_partial(table, seat, held);
            held->roll = 0;
            continue;
        }
        memo_add(&table->memo, &key);
        table->verified |= stage_bit(seat);
    }
}

void partial_release(struct table *table)
{
    const struct state *state = table_final(table);
    const unsigned self = table->position;
    if (state->phase != STATE_PHASE_ROLLING || self == SEAT_NONE || !table->share_ready ||
        table->own_partial.roll >= state->roll || !consensus_may_sign(&table->consensus))
        return;
    struct held_partial *own = &table->own_partial;
    own->roll = state->roll;
    own->close = state->close;
    if (table->statement_roll != state->roll) {
        state_roll_statement(state, &table->seating, &table->statement);
        table->statement_roll = state->roll;
        table->verified = 0;
    }
    uint8_t random[PROOF_RANDOM_SIZE];
    table_draw(table, random);
    roll_partial(&table->statement, &table->share, &state->keys.share_keys[self], random,
                 &own->partial);
    uint8_t statement[STATEMENT_PARTIAL_SIZE];
    partial_statement(state, &table->seating, own, self, statement);
    crypto_sign_detached(own->signature, NULL, statement, sizeof statement,
                         table->config.secrets.signing);
    table->partials[self] = *own;
    partial_emit(table, TABLE_EFFECT_RECORD);
    partial_emit(table, TABLE_EFFECT_SEND);
    if (table->repeat_at == MSEC_NEVER)
        table->repeat_at = table->now + table_repeat_msec(table);
}

static bool partial_decode(const struct roster *roster, const Bitcraps__Partial *message,
                           struct held_partial *out)
{
    if (message->seat >= roster->count || message->epoch != roster->epoch ||
        message->close.len != DIGEST_SIZE || message->partial.len != ELEMENT_SIZE ||
        message->proof.len != PROOF_SIZE || message->signature.len != SIGNATURE_SIZE ||
        message->roll == 0)
        return false;
    out->roll = message->roll;
    memcpy(out->close.bytes, message->close.data, DIGEST_SIZE);
    memcpy(out->partial.value.bytes, message->partial.data, ELEMENT_SIZE);
    memcpy(out->partial.proof.challenge.bytes, message->proof.data, SCALAR_SIZE);
    memcpy(out->partial.proof.response.bytes, message->proof.data + SCALAR_SIZE, SCALAR_SIZE);
    memcpy(out->signature, message->signature.data, SIGNATURE_SIZE);
    return true;
}

static bool signature_holds(const struct state *state, const struct seating *seating,
                            const struct held_partial *held, unsigned position)
{
    uint8_t statement[STATEMENT_PARTIAL_SIZE];
    partial_statement(state, seating, held, position, statement);
    const unsigned seat = state->roster.seats[position];
    return crypto_sign_verify_detached(held->signature, statement, sizeof statement,
                                       state->seats[seat].consensus_key.bytes) == 0;
}

bool partial_signed(const struct state *state, const struct seating *seating,
                    const Bitcraps__Partial *message)
{
    struct held_partial held;
    return partial_decode(&state->roster, message, &held) &&
           signature_holds(state, seating, &held, message->seat);
}

static bool proof_holds(const struct state *state, const struct seating *seating,
                        const struct held_partial *held, unsigned position)
{
    const struct roll_input input = {
        .instance = seating->instance,
        .epoch = state->roster.epoch,
        .table = seating->genesis.id,
        .number = held->roll,
        .close = held->close,
        .transcript = state->keys.transcript,
    };
    struct roll_statement statement;
    roll_prepare(&input, &statement);
    return roll_verify_partial(&statement, &state->keys.share_keys[position], &held->partial);
}

bool partial_proven(const struct state *state, const struct seating *seating,
                    const Bitcraps__Partial *message)
{
    struct held_partial held;
    return partial_decode(&state->roster, message, &held) &&
           proof_holds(state, seating, &held, message->seat);
}

static bool is_of_another_close(const struct held_partial *held, uint64_t roll,
                                const struct digest *close)
{
    return held->roll == roll && memcmp(&held->close, close, sizeof held->close) != 0;
}

/* A part of a roll that is over: it is not missing, but it has to be that seat's. */
static void take_late(struct table *table, const struct held_partial *held, unsigned position)
{
    const struct state *state = table_final(table);
    const unsigned seat = state->roster.seats[position];
    if (held->roll < state->roll && outlook_misses(table, seat, held->roll) &&
        signature_holds(state, &table->seating, held, position))
        outlook_came_late(table, seat);
}

/*
 * A partial for a roll that is not being made here yet is held unverified, one per seat: its
 * signature keeps others from overwriting it. Two for one roll that name different ends of its
 * betting convict their seat, however late the second comes.
 */
bool partial_receive(struct table *table, const Bitcraps__Partial *message)
{
    struct held_partial held;
    const struct state *state = table_final(table);
    const unsigned seat = message->seat;
    if (!partial_decode(&state->roster, message, &held))
        return false;
    if (seat == table->position)
        return true;
    take_late(table, &held, seat);
    struct held_partial *known = &table->partials[seat];
    const bool contradicts = is_of_another_close(known, held.roll, &held.close);
    const bool due = state->phase == STATE_PHASE_ROLLING && partial_is_of(&held, state);
    const bool done = held.roll < state->roll ||
                      ((table->verified & stage_bit(seat)) && table->statement_roll == held.roll);
    if (done && !contradicts)
        return true;
    if ((contradicts || !due) && !signature_holds(state, &table->seating, &held, seat))
        return false;
    if (contradicts)
        evidence_partials(table, seat, &held);
    if (done)
        return true;
    if (state->phase == STATE_PHASE_ROLLING &&
        is_of_another_close(&held, state->roll, &state->close)) {
        /* Of no use for the dice; but whoever signed it said that it proved it. */
        if (!proof_holds(state, &table->seating, &held, seat))
            evidence_partial(table, seat, &held);
        if (known->roll == held.roll)
            return true;
    }
    *known = held;
    table->verified &= (uint16_t)~stage_bit(seat); /* What was verified of it is no longer held. */
    partial_verify(table);
    return known->roll != 0;
}

void partial_restore(struct table *table, const Bitcraps__Partial *message)
{
    struct held_partial held;
    if (table->position == SEAT_NONE ||
        !partial_decode(&table_final(table)->roster, message, &held) ||
        message->seat != table->position || held.roll <= table->own_partial.roll)
        return;
    table->own_partial = held;
    table->partials[table->position] = held;
}
