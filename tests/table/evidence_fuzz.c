/* SPDX-License-Identifier: MIT */
/*
 * Any evidence, on a table where play goes on. A first byte of 0: the rest is a packed Evidence
 * from outside. Nobody but a seat has its key, and the corpus has only what honest seats sign:
 * whoever is convicted then is so wrongly. Else the rest are two statements that seat 0 signs as
 * the fuzzer says, bytes or shares of the dice: it alone may be convicted, the same in either
 * order.
 */
#include "table/table_world.h"

#include "base/wire.h"
#include "table/action.h"

#include <sodium.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STATEMENT_MAX 1200

struct statement {
    size_t size;
    uint8_t bytes[STATEMENT_MAX];
};

static struct world world;

static void start(void)
{
    CHECK(sodium_init() >= 0);
    world_open(&world, 4, 0);
    world_play_roll(&world);
    CHECK(world_state(&world, 0)->phase == STATE_PHASE_BETTING);
}

static struct conviction judge(struct bytes first, struct bytes second)
{
    Bitcraps__Evidence evidence = BITCRAPS__EVIDENCE__INIT;
    evidence.first = (ProtobufCBinaryData){first.size, (uint8_t *)(uintptr_t)first.at};
    evidence.second = (ProtobufCBinaryData){second.size, (uint8_t *)(uintptr_t)second.at};
    return evidence_judge(world_state(&world, 0), &world.seating, &evidence);
}

static void from_outside(struct bytes packed)
{
    uint8_t memory[256];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    char sentence[STATEMENT_SENTENCE_SIZE];
    struct bytes statements[2];
    lie_proof(packed, statements);
    lie_statement(packed, sentence);
    CHECK(strlen(sentence) < sizeof sentence);
    if (frame_unpack(&bitcraps__evidence__descriptor, packed, &arena, &base) != FRAME_OK)
        return;
    const Bitcraps__Evidence *evidence = (const Bitcraps__Evidence *)base;
    lie_statement((struct bytes){evidence->first.data, evidence->first.len}, sentence);
    CHECK(evidence_judge(world_state(&world, 0), &world.seating, evidence).kind == LIE_NONE);
}

static void pack(const Bitcraps__Message *message, struct statement *out)
{
    struct writer w = writer_on(out->bytes, sizeof out->bytes);
    out->size = frame_pack(&message->base, &w) ? w.used : 0;
}

/* Any bytes, signed as the body of an action. */
static void say_action(struct reader *r, struct statement *out)
{
    const size_t length = read_u8(r);
    const size_t size = length < r->size ? length : r->size;
    const struct bytes body = {.at = read_bytes(r, size), .size = size};
    uint8_t signature[SIGNATURE_SIZE];
    state_action_sign(&world.seating, body, world.seats[0].table->config.secrets.signing,
                      signature);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){body.size, (uint8_t *)(uintptr_t)body.at};
    action.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = &action;
    pack(&message, out);
}

static void say_vote(struct reader *r, struct statement *out)
{
    struct digest digest = {{0}};
    struct signature signature;
    uint8_t statement[VOTE_STATEMENT_SIZE];
    Bitcraps__Vote vote = BITCRAPS__VOTE__INIT;
    vote.type = read_u8(r);
    vote.epoch = 1;
    vote.view = read_u8(r);
    digest.bytes[0] = read_u8(r);
    vote.seat = read_u8(r) & 1;
    if (vote.type != VOTE_NULLIFY)
        vote.digest = (ProtobufCBinaryData){DIGEST_SIZE, digest.bytes};
    vote_statement(&world.seats[0].table->consensus.electorate, (enum vote_type)vote.type,
                   vote.view, vote.type == VOTE_NULLIFY ? NULL : &digest, statement);
    crypto_sign_detached(signature.bytes, NULL, statement, sizeof statement,
                         world.seats[0].table->config.secrets.signing);
    vote.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature.bytes};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_VOTE;
    message.vote = &vote;
    pack(&message, out);
}

static void say_share(struct reader *r, struct statement *out)
{
    const struct state *state = world_state(&world, 0);
    struct digest close = {{0}};
    uint8_t encoded[ROLL_PARTIAL_SIZE] = {0};
    uint8_t statement[256];
    uint8_t signature[SIGNATURE_SIZE];
    const uint8_t random[PROOF_RANDOM_SIZE] = {0};
    Bitcraps__Partial partial = BITCRAPS__PARTIAL__INIT;
    partial.epoch = state->roster.epoch;
    partial.roll = read_u8(r);
    close.bytes[0] = read_u8(r);
    partial.seat = read_u8(r) & 1;
    const uint8_t at = read_u8(r);
    const struct roll_input input = {.instance = world.seating.instance,
                                     .epoch = partial.epoch,
                                     .table = world.seating.genesis.id,
                                     .number = partial.roll,
                                     .close = close,
                                     .transcript = state->keys.transcript};
    struct roll_statement rolled;
    struct roll_partial made;
    roll_prepare(&input, &rolled);
    roll_partial(&rolled, &world.seats[0].table->share, &state->keys.share_keys[0], random, &made);
    roll_partial_encode(&made, encoded);
    if (at < sizeof encoded)
        encoded[at] ^= read_u8(r);
    struct writer w = writer_on(statement, sizeof statement);
    write_bytes(&w, "BCpv", 4);
    write_bytes(&w, world.seating.instance.bytes, DIGEST_SIZE);
    write_u64(&w, partial.epoch);
    write_u64(&w, partial.roll);
    write_bytes(&w, close.bytes, DIGEST_SIZE);
    write_u8(&w, (uint8_t)partial.seat);
    write_bytes(&w, encoded, sizeof encoded);
    crypto_sign_detached(signature, NULL, statement, w.used,
                         world.seats[0].table->config.secrets.signing);
    partial.close = (ProtobufCBinaryData){DIGEST_SIZE, close.bytes};
    partial.partial = (ProtobufCBinaryData){ELEMENT_SIZE, encoded};
    partial.proof = (ProtobufCBinaryData){PROOF_SIZE, encoded + ELEMENT_SIZE};
    partial.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_PARTIAL;
    message.partial = &partial;
    pack(&message, out);
}

static void say(struct reader *r, struct statement *out)
{
    out->size = 0;
    switch (read_u8(r) & 3) {
    case 0:
        return;
    case 1:
        say_action(r, out);
        return;
    case 2:
        say_vote(r, out);
        return;
    case 3:
        say_share(r, out);
        return;
    }
}

static void of_a_liar(struct reader *r)
{
    static struct statement said[2];
    say(r, &said[0]);
    say(r, &said[1]);
    const struct bytes first = {.at = said[0].bytes, .size = said[0].size};
    const struct bytes second = {.at = said[1].bytes, .size = said[1].size};
    const struct conviction one = judge(first, second);
    CHECK(one.kind == LIE_NONE || one.seat == 0);
    CHECK(one.kind == LIE_NONE || said[1].size > 0 || one.kind == LIE_SHARED_FALSELY);
    if (second.size > 0 && first.size > 0)
        CHECK(judge(second, first).kind == one.kind);
    CHECK(judge(first, first).kind == LIE_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (world.count == 0)
        start();
    if (size == 0 || size > ACTION_SIZE_MAX)
        return 0;
    struct reader r = reader_on((struct bytes){data + 1, size - 1});
    if (data[0] == 0)
        from_outside((struct bytes){data + 1, size - 1});
    else
        of_a_liar(&r);
    return 0;
}
