/* SPDX-License-Identifier: MIT */
/* What convicts a seat, and beside each lie the near miss that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table/table_world.h"

#include "audit/audit.h"
#include "base/wire.h"
#include "table/action.h"

#include <sodium.h>

#define STATEMENT_MAX 1024

static struct world world;

static const struct state *state_of(unsigned node)
{
    return world_state(&world, node);
}

static const uint8_t *secret_of(unsigned node)
{
    return world.seats[node].table->config.secrets.signing;
}

/* ---- Statements --------------------------------------------------------------------------------
 */

/* A packed Message. */
struct statement {
    size_t size;
    uint8_t bytes[STATEMENT_MAX];
};

static const struct statement nothing;

static struct statement pack(const Bitcraps__Message *message)
{
    struct statement out;
    struct writer w = writer_on(out.bytes, sizeof out.bytes);
    assert_true(frame_pack(&message->base, &w));
    out.size = w.used;
    return out;
}

/* How a share of the dice differs from what its seat would say. */
struct share_draft {
    unsigned signer; /* A node; whose share it is: the seat of `seat`. */
    unsigned seat;
    uint64_t roll;
    struct digest close;
    bool bad_value;
    bool bad_proof;
    bool spoilt; /* Its signature. */
    bool other_instance;
    uint64_t epochs_ahead;
    uint8_t random;
};

static struct statement share(struct share_draft draft)
{
    const struct state *state = state_of(0);
    const struct table *table = world.seats[draft.seat].table;
    struct digest close = draft.close;
    struct digest instance = world.seating.instance;
    const struct roll_input input = {.instance = instance,
                                     .epoch = state->roster.epoch + draft.epochs_ahead,
                                     .table = world.seating.genesis.id,
                                     .number = draft.roll,
                                     .close = close,
                                     .transcript = state->keys.transcript};
    struct roll_statement statement;
    struct roll_partial made;
    const uint8_t random[PROOF_RANDOM_SIZE] = {draft.random};
    uint8_t encoded[ROLL_PARTIAL_SIZE];
    uint8_t memory[256];
    uint8_t signature[SIGNATURE_SIZE];
    assert_true(table->share_ready);
    roll_prepare(&input, &statement);
    roll_partial(&statement, &table->share, &state->keys.share_keys[draft.seat], random, &made);
    made.value.bytes[3] ^= draft.bad_value;
    made.proof.response.bytes[3] ^= draft.bad_proof;
    roll_partial_encode(&made, encoded);
    instance.bytes[0] ^= draft.other_instance;
    struct writer w = writer_on(memory, sizeof memory);
    write_bytes(&w, "BCpv", 4);
    write_bytes(&w, instance.bytes, DIGEST_SIZE);
    write_u64(&w, input.epoch);
    write_u64(&w, draft.roll);
    write_bytes(&w, close.bytes, DIGEST_SIZE);
    write_u8(&w, (uint8_t)draft.seat);
    write_bytes(&w, encoded, sizeof encoded);
    crypto_sign_detached(signature, NULL, memory, w.used, secret_of(draft.signer));
    signature[40] ^= draft.spoilt;
    Bitcraps__Partial partial = BITCRAPS__PARTIAL__INIT;
    partial.epoch = input.epoch;
    partial.roll = draft.roll;
    partial.close = (ProtobufCBinaryData){DIGEST_SIZE, close.bytes};
    partial.seat = draft.seat;
    partial.partial = (ProtobufCBinaryData){ELEMENT_SIZE, encoded};
    partial.proof = (ProtobufCBinaryData){PROOF_SIZE, encoded + ELEMENT_SIZE};
    partial.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_PARTIAL;
    message.partial = &partial;
    return pack(&message);
}

static struct statement action_of(unsigned signer, struct bytes body, bool spoilt)
{
    uint8_t signature[SIGNATURE_SIZE];
    state_action_sign(&world.seating, body, secret_of(signer), signature);
    signature[0] ^= spoilt;
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){body.size, (uint8_t *)(uintptr_t)body.at};
    action.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = &action;
    return pack(&message);
}

/* What an action says. The last four are of no shape that a block may carry. */
enum deed {
    DEED_HERE,
    DEED_READY,
    DEED_READY_LONG_AGO, /* The rules refuse it. */
    DEED_NONE,           /* No kind at all: the rules refuse it, too. */
    DEED_NO_ORDERS,
    DEED_MANY_ORDERS,
    DEED_TAKE_NEGATIVE,
    DEED_UNKNOWN_FIELD,
};

struct action_draft {
    unsigned signer;
    unsigned seat;
    uint64_t sequence;
    enum deed deed;
    uint64_t epochs_ahead;
    bool of_no_epoch;
    bool spoilt;
};

static struct statement action(struct action_draft draft)
{
    uint8_t memory[STATEMENT_MAX];
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__Here here = BITCRAPS__HERE__INIT;
    Bitcraps__Ready ready = BITCRAPS__READY__INIT;
    Bitcraps__Orders orders = BITCRAPS__ORDERS__INIT;
    Bitcraps__Order order = BITCRAPS__ORDER__INIT;
    Bitcraps__Order *many[CRAPS_ORDERS_MAX + 1];
    body.epoch = draft.of_no_epoch ? 0 : state_of(0)->roster.epoch + draft.epochs_ahead;
    body.seat = draft.seat;
    body.sequence = draft.sequence;
    order.deed_case = BITCRAPS__ORDER__DEED_TAKE;
    order.take = draft.deed == DEED_TAKE_NEGATIVE ? -1 : 1;
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++)
        many[i] = &order;
    orders.orders = many;
    switch (draft.deed) {
    case DEED_HERE:
    case DEED_UNKNOWN_FIELD:
        body.kind_case = BITCRAPS__ACTION_BODY__KIND_HERE;
        body.here = &here;
        break;
    case DEED_READY:
    case DEED_READY_LONG_AGO:
        ready.roll = draft.deed == DEED_READY ? state_of(0)->roll : 1;
        body.kind_case = BITCRAPS__ACTION_BODY__KIND_READY;
        body.ready = &ready;
        break;
    case DEED_NONE:
        break;
    case DEED_NO_ORDERS:
    case DEED_MANY_ORDERS:
    case DEED_TAKE_NEGATIVE:
        orders.n_orders = draft.deed == DEED_NO_ORDERS     ? 0
                          : draft.deed == DEED_MANY_ORDERS ? CRAPS_ORDERS_MAX + 1
                                                           : 1;
        body.kind_case = BITCRAPS__ACTION_BODY__KIND_ORDERS;
        body.orders = &orders;
        break;
    }
    struct writer w = writer_on(memory, sizeof memory);
    assert_true(frame_pack(&body.base, &w));
    if (draft.deed == DEED_UNKNOWN_FIELD) {
        write_u8(&w, 0xf8); /* Field 127, a number. */
        write_u8(&w, 0x07);
        write_u8(&w, 1);
    }
    return action_of(draft.signer, written(&w), draft.spoilt);
}

struct vote_draft {
    unsigned signer;
    unsigned seat;
    enum vote_type type;
    uint64_t view;
    uint8_t digest;
    uint64_t epochs_ahead;
    bool other_instance;
    bool spoilt;
};

static struct statement vote(struct vote_draft draft)
{
    struct electorate electorate = world.seats[0].table->consensus.electorate;
    struct digest named = {{draft.digest}};
    struct signature signature;
    uint8_t statement[VOTE_STATEMENT_SIZE];
    electorate.epoch += draft.epochs_ahead;
    electorate.instance.bytes[0] ^= draft.other_instance;
    vote_statement(&electorate, draft.type, draft.view, draft.type == VOTE_NULLIFY ? NULL : &named,
                   statement);
    crypto_sign_detached(signature.bytes, NULL, statement, sizeof statement,
                         secret_of(draft.signer));
    signature.bytes[0] ^= draft.spoilt;
    Bitcraps__Vote message_vote = BITCRAPS__VOTE__INIT;
    message_vote.type = draft.type;
    message_vote.epoch = electorate.epoch;
    message_vote.view = draft.view;
    if (draft.type != VOTE_NULLIFY)
        message_vote.digest = (ProtobufCBinaryData){DIGEST_SIZE, named.bytes};
    message_vote.seat = draft.seat;
    message_vote.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature.bytes};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_VOTE;
    message.vote = &message_vote;
    return pack(&message);
}

/* ---- The rule ----------------------------------------------------------------------------------
 */

static struct conviction judge(const struct statement *first, const struct statement *second)
{
    Bitcraps__Evidence evidence = BITCRAPS__EVIDENCE__INIT;
    evidence.first = (ProtobufCBinaryData){first->size, (uint8_t *)(uintptr_t)first->bytes};
    evidence.second = (ProtobufCBinaryData){second->size, (uint8_t *)(uintptr_t)second->bytes};
    return evidence_judge(state_of(0), &world.seating, &evidence);
}

/* In either order the same. */
static void assert_lie(struct statement first, struct statement second, enum lie_kind kind,
                       unsigned seat, uint64_t number)
{
    for (unsigned i = 0; i < (second.size > 0 ? 2 : 1); i++) {
        const struct conviction lie = i == 0 ? judge(&first, &second) : judge(&second, &first);
        assert_int_equal(lie.kind, kind);
        if (kind == LIE_NONE)
            continue;
        assert_int_equal(lie.seat, seat);
        assert_int_equal(lie.number, number);
        assert_int_equal(lie.epoch, state_of(0)->roster.epoch);
    }
}

static void assert_innocent(struct statement first, struct statement second)
{
    assert_lie(first, second, LIE_NONE, 0, 0);
}

static void open_at_play(unsigned count)
{
    world_open(&world, count, 0);
    world_play_roll(&world);
    assert_int_equal(state_of(0)->rolls_done, 1);
}

static void one_share_convicts_by_its_proof_alone(void **context)
{
    (void)context;
    open_at_play(4);
    const struct share_draft good = {.signer = 2, .seat = 2, .roll = 7, .close = {{1}}};
    assert_innocent(share(good), nothing);
    struct share_draft bad = good;
    bad.bad_proof = true;
    assert_lie(share(bad), nothing, LIE_SHARED_FALSELY, 2, 7);
    struct share_draft other = bad;
    other.bad_proof = false;
    other.bad_value = true;
    assert_lie(share(other), nothing, LIE_SHARED_FALSELY, 2, 7);
    other = bad;
    other.spoilt = true; /* Anybody could have written it. */
    assert_innocent(share(other), nothing);
    other = bad;
    other.signer = 1; /* Seat 1 says so of seat 2. */
    assert_innocent(share(other), nothing);
    other = bad;
    other.epochs_ahead = 1; /* Of a key that is not the one of now. */
    assert_innocent(share(other), nothing);
    other = bad;
    other.other_instance = true;
    assert_innocent(share(other), nothing);
    other = bad;
    other.roll = 0;
    assert_innocent(share(other), nothing);
    world_close(&world);
}

static void two_shares_of_one_roll_convict_by_their_blocks(void **context)
{
    (void)context;
    open_at_play(4);
    const struct share_draft one = {.signer = 2, .seat = 2, .roll = 7, .close = {{1}}};
    struct share_draft two = one;
    two.close.bytes[0] = 2;
    assert_lie(share(one), share(two), LIE_SHARED_TWICE, 2, 7);
    struct share_draft other = two;
    other.spoilt = true;
    assert_innocent(share(one), share(other));
    other = one;
    other.random = 9; /* Restarted, it may prove the same share anew. */
    assert_innocent(share(one), share(other));
    other = two;
    other.roll = 8;
    assert_innocent(share(one), share(other));
    other = two;
    other.seat = other.signer = 1;
    assert_innocent(share(one), share(other));
    other = two;
    other.signer = 1;
    assert_innocent(share(one), share(other));
    other = two;
    other.epochs_ahead = 1;
    assert_innocent(share(one), share(other));
    assert_innocent(share(two), vote((struct vote_draft){
                                    .signer = 2, .seat = 2, .type = VOTE_NULLIFY, .view = 7}));
    world_close(&world);
}

static void shares_of_an_epoch_that_ended_convict_nobody(void **context)
{
    (void)context;
    open_at_play(4);
    const struct share_draft one = {.signer = 2, .seat = 2, .roll = 7, .close = {{1}}};
    struct share_draft two = one;
    two.close.bytes[0] = 2;
    two.bad_proof = true;
    const struct statement first = share(one);
    const struct statement second = share(two);
    assert_lie(second, nothing, LIE_SHARED_FALSELY, 2, 7);
    world_join(&world, false);
    world_run(&world, world.now + 3000);
    assert_int_equal(state_of(0)->roster.epoch, 2);
    assert_innocent(first, nothing);
    assert_innocent(second, nothing);
    assert_innocent(first, second);
    world_close(&world);
}

static void one_statement_of_another_kind_convicts_nobody(void **context)
{
    (void)context;
    open_at_play(4);
    assert_innocent(vote((struct vote_draft){.signer = 1, .seat = 1, .type = 1, .view = 9}),
                    nothing);
    assert_innocent(action((struct action_draft){.signer = 1, .seat = 1, .sequence = 9}), nothing);
    assert_innocent(nothing, nothing);
    world_close(&world);
}

static void actions_convict_whatever_the_rules_would_say_of_them(void **context)
{
    (void)context;
    static const struct {
        enum deed first, second;
        bool convicts;
    } cases[] = {
        {DEED_HERE, DEED_READY, true},
        {DEED_HERE, DEED_HERE, false},
        {DEED_HERE, DEED_READY_LONG_AGO, true},
        {DEED_HERE, DEED_NONE, true},
        {DEED_READY_LONG_AGO, DEED_NONE, true},
        /* No block may carry these: no honest seat signs them, and they are no actions. */
        {DEED_HERE, DEED_NO_ORDERS, false},
        {DEED_HERE, DEED_MANY_ORDERS, false},
        {DEED_HERE, DEED_TAKE_NEGATIVE, false},
        {DEED_HERE, DEED_UNKNOWN_FIELD, false},
        {DEED_NO_ORDERS, DEED_UNKNOWN_FIELD, false},
    };
    open_at_play(4);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct action_draft one = {.signer = 3, .seat = 3, .sequence = 40, .deed = cases[i].first};
        struct action_draft two = one;
        two.deed = cases[i].second;
        assert_lie(action(one), action(two), cases[i].convicts ? LIE_ACTED_TWICE : LIE_NONE, 3, 40);
    }
    world_close(&world);
}

static void actions_convict_their_seat_by_its_signatures_alone(void **context)
{
    (void)context;
    open_at_play(4);
    const struct action_draft one = {.signer = 3, .seat = 3, .sequence = 4, .deed = DEED_HERE};
    const struct action_draft two = {.signer = 3, .seat = 3, .sequence = 4, .deed = DEED_READY};
    assert_lie(action(one), action(two), LIE_ACTED_TWICE, 3, 4);
    struct action_draft other = two;
    other.sequence = 5;
    assert_innocent(action(one), action(other));
    other = two;
    other.spoilt = true;
    assert_innocent(action(one), action(other));
    other = two;
    other.signer = 1;
    assert_innocent(action(one), action(other));
    other = two;
    other.seat = other.signer = 1;
    assert_innocent(action(one), action(other));
    other = two;
    other.seat = 9; /* Of nobody. */
    assert_innocent(action(one), action(other));
    other = two;
    other.epochs_ahead = 1;
    assert_innocent(action(one), action(other));
    other = two;
    other.of_no_epoch = true;
    assert_innocent(action(one), action(other));
    struct action_draft zero = one;
    zero.sequence = 0;
    other = two;
    other.sequence = 0;
    assert_innocent(action(zero), action(other));
    world_close(&world);
}

static void votes_convict_in_their_view_epoch_and_table_alone(void **context)
{
    (void)context;
    open_at_play(4);
    const struct vote_draft one = {
        .signer = 1, .seat = 1, .type = VOTE_FINALIZE, .view = 900, .digest = 1};
    struct vote_draft two = one;
    two.digest = 2;
    assert_lie(vote(one), vote(two), LIE_FINALIZED_TWO, 1, 900);
    two.type = VOTE_NULLIFY;
    assert_lie(vote(one), vote(two), LIE_FINALIZED_NULLIFIED, 1, 900);
    struct vote_draft other = two;
    other.view = 901;
    assert_innocent(vote(one), vote(other));
    other = two;
    other.spoilt = true;
    assert_innocent(vote(one), vote(other));
    other = two;
    other.other_instance = true;
    assert_innocent(vote(one), vote(other));
    other = two;
    other.epochs_ahead = 1;
    assert_innocent(vote(one), vote(other));
    other = two;
    other.seat = 2;
    assert_innocent(vote(one), vote(other));
    struct vote_draft for_one = one;
    struct vote_draft for_two = one;
    for_one.type = for_two.type = VOTE_NOTARIZE;
    for_two.digest = 2;
    assert_lie(vote(for_one), vote(for_two), LIE_NOTARIZED_TWO, 1, 900);
    assert_innocent(vote(for_one), vote(two));
    assert_innocent(vote(for_two), vote(one));
    world_close(&world);
}

/* ---- At a table --------------------------------------------------------------------------------
 */

/* What a node says to another. False: that one takes it for nobody's word. */
static bool say(unsigned to, const struct statement *statement)
{
    static uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    assert_int_equal(frame_unpack(&bitcraps__message__descriptor,
                                  (struct bytes){.at = statement->bytes, .size = statement->size},
                                  &arena, &base),
                     FRAME_OK);
    const bool authentic =
        table_receive(world.seats[to].table, world.now, 1700000000000 + world.now,
                      (const Bitcraps__Message *)base, &world.out);
    world_take(&world, to);
    world_settle(&world);
    return authentic;
}

/* Betting is closed, and the shares are lost on the way. All are ready, and then the last is down
 * where one fewer is to go on. */
static void close_betting_of(unsigned up)
{
    world.partials_lost = true;
    for (unsigned i = 0; i < world.count; i++) {
        world.seats[i].down = false;
        assert_int_equal(world_ready(&world, i), TABLE_SENT);
    }
    world_settle(&world);
    world_run(&world, world.now + 200);
    for (unsigned i = up; i < world.count; i++)
        world.seats[i].down = true;
    assert_int_equal(state_of(0)->phase, STATE_PHASE_ROLLING);
}

static struct share_draft draft_of(unsigned node)
{
    const struct state *state = state_of(0);
    return (struct share_draft){
        .signer = node, .seat = node, .roll = state->roll, .close = state->close};
}

static void assert_convicted(unsigned seat, enum lie_kind kind, uint64_t number)
{
    for (unsigned i = 0; i < world.count; i++) {
        if (world.seats[i].down)
            continue;
        assert_int_equal(state_of(i)->guilty, 1u << seat);
        const struct conviction *lie = &world.seats[i].table->convictions[seat];
        assert_int_equal(lie->kind, kind);
        assert_int_equal(lie->seat, seat);
        assert_int_equal(lie->number, number);
        assert_true(lie->height > 0);
        assert_true(lie->sequence > 0);
        assert_int_not_equal(lie->accuser, seat);
    }
}

static void assert_nobody_convicted(void)
{
    for (unsigned i = 0; i < world.count; i++)
        assert_int_equal(state_of(i)->guilty, 0);
}

/* The rest of the table plays on without the liar. */
static void assert_plays_on(unsigned left)
{
    world.partials_lost = false;
    world_run(&world, world.now + 3000);
    assert_int_equal(state_of(0)->roster.count, left);
    const uint64_t done = state_of(0)->rolls_done;
    world_play_roll(&world);
    world_run(&world, world.now + 500);
    assert_int_equal(state_of(0)->rolls_done, done + 1);
    assert_null(ledger_fault(&state_of(0)->ledger));
    assert_true(world_agrees(&world, 0));
}

struct found {
    unsigned count;
    struct conviction lie;
};

static void find(void *context, const struct table_event *event)
{
    struct found *found = context;
    if (event->kind != TABLE_EVENT_CONVICTED)
        return;
    found->count++;
    found->lie = event->conviction;
}

/* A stranger finds the conviction in the export, and the statements where it says they are. */
static void assert_in_export(unsigned seat, enum lie_kind kind, unsigned statements)
{
    static struct audit audit;
    struct found found = {0};
    const struct bytes file = world_export(&world, 0);
    struct arena arena = {.size = AUDIT_ARENA_SIZE(file.size)};
    arena.at = malloc(arena.size);
    assert_non_null(arena.at);
    if (!audit_export(&audit, file, &arena, find, &found))
        fail_msg("%s", audit.wrong);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.lie.kind, kind);
    assert_int_equal(found.lie.seat, seat);
    struct bytes proof[2];
    assert_true(audit_proof(file, &arena, &found.lie, proof));
    for (unsigned i = 0; i < 2; i++) {
        char sentence[STATEMENT_SENTENCE_SIZE];
        assert_int_equal(proof[i].size > 0, i < statements);
        assert_int_equal(lie_statement(proof[i], sentence), i < statements);
    }
    struct conviction elsewhere = found.lie;
    elsewhere.sequence++;
    assert_false(audit_proof(file, &arena, &elsewhere, proof));
    elsewhere = found.lie;
    elsewhere.height += 1000;
    assert_false(audit_proof(file, &arena, &elsewhere, proof));
    free(arena.at);
    free((void *)(uintptr_t)file.at);
}

static void a_false_share_convicts_and_the_roll_goes_on(void **context)
{
    (void)context;
    open_at_play(5);
    close_betting_of(4);
    const uint64_t roll = state_of(0)->roll;
    struct share_draft bad = draft_of(4);
    bad.bad_proof = true;
    struct share_draft forged = bad;
    forged.spoilt = true;
    struct statement said = share(forged);
    assert_false(say(0, &said));
    world_run(&world, world.now + 500);
    assert_nobody_convicted();
    said = share(bad);
    assert_false(say(0, &said));
    world_run(&world, world.now + 500);
    assert_convicted(4, LIE_SHARED_FALSELY, roll);
    assert_plays_on(4);
    assert_in_export(4, LIE_SHARED_FALSELY, 1);
    world_close(&world);
}

static void a_false_share_for_another_block_convicts(void **context)
{
    (void)context;
    open_at_play(5);
    close_betting_of(4);
    const uint64_t roll = state_of(0)->roll;
    struct share_draft bad = draft_of(4);
    bad.close.bytes[7] ^= 1;
    struct statement said = share(bad);
    assert_true(say(0, &said)); /* Good for another block: it says too little. */
    world_run(&world, world.now + 500);
    assert_nobody_convicted();
    bad.bad_value = true;
    said = share(bad);
    say(0, &said);
    world_run(&world, world.now + 500);
    assert_convicted(4, LIE_SHARED_FALSELY, roll);
    assert_plays_on(4);
    world_close(&world);
}

static void two_shares_convict_and_the_roll_goes_on(void **context)
{
    (void)context;
    open_at_play(5);
    close_betting_of(4);
    const uint64_t roll = state_of(0)->roll;
    const struct share_draft good = draft_of(4);
    struct share_draft again = good;
    again.random = 77;
    struct share_draft other = good;
    other.close.bytes[0] ^= 1;
    struct share_draft forged = other;
    forged.signer = 3;
    struct statement said = share(good);
    assert_true(say(0, &said));
    said = share(again);
    assert_true(say(0, &said));
    said = share(forged);
    assert_false(say(0, &said));
    world_run(&world, world.now + 500);
    assert_nobody_convicted();
    said = share(other);
    assert_true(say(0, &said));
    world_run(&world, world.now + 500);
    assert_convicted(4, LIE_SHARED_TWICE, roll);
    assert_plays_on(4);
    assert_in_export(4, LIE_SHARED_TWICE, 2);
    world_close(&world);
}

static void the_second_share_may_come_when_the_roll_is_over(void **context)
{
    (void)context;
    open_at_play(5);
    close_betting_of(5);
    const uint64_t roll = state_of(0)->roll;
    const struct share_draft good = draft_of(4);
    struct share_draft other = good;
    other.close.bytes[0] ^= 1;
    const struct statement said = share(other);
    world.partials_lost = false;
    world_run(&world, world.now + 1000);
    assert_int_equal(state_of(0)->roll, roll + 1);
    assert_true(say(0, &said));
    world_run(&world, world.now + 500);
    assert_convicted(4, LIE_SHARED_TWICE, roll);
    assert_plays_on(4);
    world_close(&world);
}

static void who_restarts_between_close_and_roll_is_not_convicted(void **context)
{
    (void)context;
    open_at_play(5);
    close_betting_of(5);
    for (unsigned i = 0; i < 5; i++) {
        world_restart(&world, i);
        world_run(&world, world.now + 500);
    }
    world.partials_lost = false;
    world_run(&world, world.now + 1000);
    assert_nobody_convicted();
    assert_plays_on(5);
    assert_nobody_convicted();
    world_close(&world);
}

static void a_conviction_is_known_after_a_restart(void **context)
{
    (void)context;
    open_at_play(5);
    close_betting_of(4);
    const uint64_t roll = state_of(0)->roll;
    struct share_draft bad = draft_of(4);
    bad.bad_proof = true;
    const struct statement said = share(bad);
    say(0, &said);
    world_run(&world, world.now + 500);
    assert_convicted(4, LIE_SHARED_FALSELY, roll);
    assert_plays_on(4);
    for (unsigned i = 0; i < 4; i++) {
        world_restart(&world, i);
        world_run(&world, world.now + 500);
    }
    assert_convicted(4, LIE_SHARED_FALSELY, roll);
    world_close(&world);
}

/* ---- Numbers of actions ------------------------------------------------------------------------
 */

/* Somebody who sits down and gets up again, in blocks of a state that nobody votes on. */
struct guest {
    struct identity identity;
    struct seat_secrets secrets;
};

static struct guest guest_of(uint8_t number, uint64_t epoch)
{
    struct guest guest;
    const uint8_t seed[32] = {number};
    identity_derive(&guest.identity, seed, 1);
    seat_secrets_derive_late(seed, &world.seating.genesis.id, epoch, &guest.secrets);
    return guest;
}

static enum state_verdict sit_down(struct state *state, const struct guest *guest)
{
    const struct execution execution = {.seating = &world.seating};
    const struct block_header header = {.epoch = 1, .height = 99, .view = 99};
    const uint8_t random[32] = {1};
    uint8_t packed[SIT_SIZE_MAX];
    const size_t size = sit_pack(&world.seating.genesis.id, &guest->secrets, guest->identity.secret,
                                 &guest->identity.key, "guest", false, random, packed);
    return epoch_sit(state, &execution, &header, (struct bytes){.at = packed, .size = size});
}

static enum state_verdict get_up(struct state *state, const struct guest *guest, unsigned seat,
                                 uint64_t sequence)
{
    const struct execution execution = {.seating = &world.seating};
    const struct block_header header = {.epoch = 1, .height = 99, .view = 99};
    uint8_t inner[256];
    uint8_t packed[ACTION_SIZE_MAX];
    uint8_t signature[SIGNATURE_SIZE];
    Bitcraps__Leave leave = BITCRAPS__LEAVE__INIT;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.epoch = 1;
    body.seat = seat;
    body.sequence = sequence;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_LEAVE;
    body.leave = &leave;
    struct writer w = writer_on(inner, sizeof inner);
    assert_true(frame_pack(&body.base, &w));
    state_action_sign(&world.seating, written(&w), guest->secrets.signing, signature);
    Bitcraps__Action said = BITCRAPS__ACTION__INIT;
    said.body = (ProtobufCBinaryData){w.used, inner};
    said.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    struct writer outer = writer_on(packed, sizeof packed);
    assert_true(frame_pack(&said.base, &outer));
    return action_execute(state, &execution, &header, written(&outer));
}

/* Its key is the same as before, so that its first number must not be free again. */
static void who_gets_its_number_back_within_an_epoch_counts_on(void **context)
{
    (void)context;
    static struct state state;
    open_at_play(4);
    state = *state_of(0);
    const struct guest ann = guest_of(91, 1);
    const struct guest ben = guest_of(92, 1);
    assert_int_equal(sit_down(&state, &ann), STATE_VALID);
    assert_int_equal(state_seat_of(&state, &ann.identity.key), 4);
    assert_int_equal(get_up(&state, &ann, 4, 1), STATE_VALID);
    assert_int_equal(sit_down(&state, &ben), STATE_VALID);
    assert_int_equal(state_seat_of(&state, &ben.identity.key), 4);
    assert_int_equal(get_up(&state, &ben, 4, 1), STATE_ACTION_SEQUENCE);
    assert_int_equal(get_up(&state, &ben, 4, 2), STATE_VALID);
    assert_int_equal(sit_down(&state, &ann), STATE_VALID);
    assert_int_equal(state_seat_of(&state, &ann.identity.key), 4);
    assert_int_equal(get_up(&state, &ann, 4, 1), STATE_ACTION_SEQUENCE); /* What it said then. */
    assert_int_equal(get_up(&state, &ann, 4, 3), STATE_VALID);
    world_close(&world);
}

static void a_chair_is_for_the_innocent_of_this_epoch_while_there_is_one(void **context)
{
    (void)context;
    static struct state state;
    open_at_play(5);
    close_betting_of(4);
    struct share_draft bad = draft_of(4);
    bad.bad_proof = true;
    const struct statement said = share(bad);
    assert_false(say(0, &said));
    world_run(&world, world.now + 500);
    assert_convicted(4, LIE_SHARED_FALSELY, state_of(0)->roll);
    assert_plays_on(4);
    state = *state_of(0);
    const uint64_t epoch = state.roster.epoch;
    assert_int_equal(epoch, 2);
    struct guest convict = {.identity = world.seats[4].identity};
    seat_secrets_derive_late(world.seats[4].seed, &world.seating.genesis.id, epoch,
                             &convict.secrets);
    assert_int_equal(sit_down(&state, &convict), STATE_SIT);
    const struct guest late = guest_of(93, epoch - 1);
    assert_int_equal(sit_down(&state, &late), STATE_SIT);
    const struct guest guest = guest_of(93, epoch);
    assert_int_equal(sit_down(&state, &guest), STATE_VALID);
    world.seating.genesis.most = 5; /* So many are there now. */
    const struct guest sixth = guest_of(94, epoch);
    assert_int_equal(sit_down(&state, &sixth), STATE_SIT);
    world.seating.genesis.most = 6;
    assert_int_equal(sit_down(&state, &sixth), STATE_VALID);
    world_close(&world);
}

/* ---- Words -------------------------------------------------------------------------------------
 */

static void lies_are_told_in_words(void **context)
{
    (void)context;
    char sentence[LIE_SENTENCE_SIZE];
    struct conviction lie = {.kind = LIE_SHARED_FALSELY, .number = 31, .epoch = 2};
    lie_sentence(&lie, sentence);
    assert_string_equal(sentence, "signed a false share of the dice for roll 31 of epoch 2");
    lie = (struct conviction){.kind = LIE_FINALIZED_NULLIFIED, .number = UINT64_MAX, .epoch = 1};
    lie_sentence(&lie, sentence);
    assert_string_equal(sentence, "declared a block final and also denied that there is one in "
                                  "view 18446744073709551615 of epoch 1");
    for (int kind = LIE_NONE; kind <= LIE_COMPLAINED_FALSELY; kind++) {
        lie.kind = (enum lie_kind)kind;
        lie_sentence(&lie, sentence);
        assert_true(strlen(sentence) > 10 && strlen(sentence) < sizeof sentence - 1);
        assert_true(strlen(lie_name(lie.kind)) > 3);
    }
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_share_convicts_by_its_proof_alone),
        cmocka_unit_test(two_shares_of_one_roll_convict_by_their_blocks),
        cmocka_unit_test(shares_of_an_epoch_that_ended_convict_nobody),
        cmocka_unit_test(one_statement_of_another_kind_convicts_nobody),
        cmocka_unit_test(actions_convict_whatever_the_rules_would_say_of_them),
        cmocka_unit_test(actions_convict_their_seat_by_its_signatures_alone),
        cmocka_unit_test(votes_convict_in_their_view_epoch_and_table_alone),
        cmocka_unit_test(a_false_share_convicts_and_the_roll_goes_on),
        cmocka_unit_test(a_false_share_for_another_block_convicts),
        cmocka_unit_test(two_shares_convict_and_the_roll_goes_on),
        cmocka_unit_test(the_second_share_may_come_when_the_roll_is_over),
        cmocka_unit_test(who_restarts_between_close_and_roll_is_not_convicted),
        cmocka_unit_test(a_conviction_is_known_after_a_restart),
        cmocka_unit_test(who_gets_its_number_back_within_an_epoch_counts_on),
        cmocka_unit_test(a_chair_is_for_the_innocent_of_this_epoch_while_there_is_one),
        cmocka_unit_test(lies_are_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
