/* SPDX-License-Identifier: MIT */
/* Shares of the dice: the own one, released once betting is final here, and those of others. */
#include "base/check.h"
#include "base/wire.h"
#include "table/desk.h"

#include <sodium.h>

#define PARTIAL_LABEL          "BCpv"
#define PARTIAL_STATEMENT_SIZE (4 + 32 + 8 + 8 + 32 + 1 + ROLL_PARTIAL_SIZE)

static void partial_statement(const struct table *table, const struct held_partial *held,
                              unsigned seat, uint8_t out[static PARTIAL_STATEMENT_SIZE])
{
    uint8_t partial[ROLL_PARTIAL_SIZE];
    roll_partial_encode(&held->partial, partial);
    struct writer w = writer_on(out, PARTIAL_STATEMENT_SIZE);
    write_bytes(&w, PARTIAL_LABEL, 4);
    write_bytes(&w, table->seating.instance.bytes, DIGEST_SIZE);
    write_u64(&w, table_final(table)->roster.epoch);
    write_u64(&w, held->roll);
    write_bytes(&w, held->close.bytes, DIGEST_SIZE);
    write_u8(&w, (uint8_t)seat);
    write_bytes(&w, partial, sizeof partial);
    CHECK(!w.failed && w.used == PARTIAL_STATEMENT_SIZE);
}

void partial_emit(struct table *table, enum table_effect kind)
{
    struct held_partial *held = &table->own_partial;
    uint8_t encoded[ROLL_PARTIAL_SIZE];
    roll_partial_encode(&held->partial, encoded);
    Bitcraps__Partial partial = BITCRAPS__PARTIAL__INIT;
    partial.epoch = table_final(table)->roster.epoch;
    partial.roll = held->roll;
    partial.close = (ProtobufCBinaryData){DIGEST_SIZE, held->close.bytes};
    partial.seat = table->position;
    partial.partial = (ProtobufCBinaryData){ELEMENT_SIZE, encoded};
    partial.proof = (ProtobufCBinaryData){PROOF_SIZE, encoded + ELEMENT_SIZE};
    partial.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, table->own_partial_signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_PARTIAL;
    message.partial = &partial;
    table_emit(table, kind, TARGET_ALL, &message);
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
    uint8_t statement[PARTIAL_STATEMENT_SIZE];
    partial_statement(table, own, self, statement);
    crypto_sign_detached(table->own_partial_signature, NULL, statement, sizeof statement,
                         table->config.secrets.signing);
    table->partials[self] = *own;
    partial_emit(table, TABLE_EFFECT_RECORD);
    partial_emit(table, TABLE_EFFECT_SEND);
    if (table->repeat_at == MSEC_NEVER)
        table->repeat_at = table->now + TABLE_REPEAT_MSEC;
}

static bool partial_decode(const struct table *table, const Bitcraps__Partial *message,
                           struct held_partial *out)
{
    const struct roster *roster = &table_final(table)->roster;
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
    return true;
}

/* A part of a roll that is over: it is not missing, but it has to be that seat's. */
static void take_late(struct table *table, const struct held_partial *held, unsigned position,
                      const uint8_t signature[static SIGNATURE_SIZE])
{
    const struct state *state = table_final(table);
    const unsigned seat = state->roster.seats[position];
    uint8_t statement[PARTIAL_STATEMENT_SIZE];
    if (!outlook_misses(table, seat, held->roll))
        return;
    partial_statement(table, held, position, statement);
    if (crypto_sign_verify_detached(signature, statement, sizeof statement,
                                    state->seats[seat].consensus_key.bytes) == 0)
        outlook_came_late(table, seat);
}

/* A partial for a roll that is not being made here yet is held unverified, one per seat: its
 * signature keeps others from overwriting it. */
bool partial_receive(struct table *table, const Bitcraps__Partial *message)
{
    struct held_partial held;
    if (!partial_decode(table, message, &held))
        return false;
    const struct state *state = table_final(table);
    const unsigned seat = message->seat;
    if (seat != table->position && held.roll < state->roll)
        take_late(table, &held, seat, message->signature.data);
    if (seat == table->position || held.roll < state->roll ||
        (table->verified & stage_bit(seat) && table->statement_roll == held.roll))
        return true;
    if (state->phase != STATE_PHASE_ROLLING || !partial_is_of(&held, state)) {
        uint8_t statement[PARTIAL_STATEMENT_SIZE];
        partial_statement(table, &held, seat, statement);
        if (crypto_sign_verify_detached(
                message->signature.data, statement, sizeof statement,
                state->seats[state->roster.seats[seat]].consensus_key.bytes) != 0)
            return false;
    }
    table->partials[seat] = held;
    table->verified &= (uint16_t)~stage_bit(seat); /* What was verified of it is no longer held. */
    partial_verify(table);
    return table->partials[seat].roll != 0;
}

void partial_restore(struct table *table, const Bitcraps__Partial *message)
{
    struct held_partial held;
    if (table->position == SEAT_NONE || !partial_decode(table, message, &held) ||
        message->seat != table->position || held.roll <= table->own_partial.roll)
        return;
    table->own_partial = held;
    table->partials[table->position] = held;
    memcpy(table->own_partial_signature, message->signature.data, SIGNATURE_SIZE);
}
