/* SPDX-License-Identifier: MIT */
/*
 * Stories of one table: what is written and said, in which order, and what becomes of it. Leader of
 * view 1 is seat 0, of view 2 seat 1, and so on (the toy's offset is 3, n is 4).
 */
#include "tests/consensus/toy.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sodium.h>

#define DELAY 100

struct story {
    struct sim *sim;
    struct toy_referee referee;
    struct toy *toys[SIM_NODES_MAX];
    unsigned count;
};

/* What the nodes that are traced did, one deed a line. */
static char trace[16384];
static const struct toy *traced;
static struct sim_node_operations operations;

static void describe(char *line, size_t size, struct bytes bytes)
{
    static const char *const types[] = {"?", "NOTARIZE", "NULLIFY", "FINALIZE"};
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *unpacked;
    assert_int_equal(frame_unpack(&bitcraps__message__descriptor, bytes, &arena, &unpacked),
                     FRAME_OK);
    const Bitcraps__Message *m = (const Bitcraps__Message *)unpacked;
    struct block_header header;
    if (m->kind_case == BITCRAPS__MESSAGE__KIND_VOTE) {
        snprintf(line, size, "%s %u", types[m->vote->type], (unsigned)m->vote->view);
    } else if (m->kind_case == BITCRAPS__MESSAGE__KIND_CERTIFICATE) {
        snprintf(line, size, "certificate of %s %u", types[m->certificate->type],
                 (unsigned)m->certificate->view);
    } else if (m->kind_case == BITCRAPS__MESSAGE__KIND_PROPOSAL) {
        const Bitcraps__Block *block = m->proposal->block;
        assert_true(
            block_header_decode((struct bytes){block->header.data, block->header.len}, &header));
        snprintf(line, size, "block of view %u on %u, %zu skipped", (unsigned)header.view,
                 (unsigned)header.parent_view, block->n_skips);
    } else if (m->kind_case == BITCRAPS__MESSAGE__KIND_ACTION) {
        snprintf(line, size, "action");
    } else if (m->kind_case == BITCRAPS__MESSAGE__KIND_STATUS) {
        snprintf(line, size, "STATUS of view %u", (unsigned)m->status->view);
    } else {
        snprintf(line, size, "message %d", (int)m->kind_case);
    }
}

static void tell(const struct toy *toy, const char *verb, struct bytes bytes)
{
    char line[128];
    if (toy != traced)
        return;
    describe(line, sizeof line, bytes);
    const size_t used = strlen(trace);
    snprintf(trace + used, sizeof trace - used, "%s %s\n", verb, line);
}

static void traced_sent(void *node, uint32_t target, struct bytes message)
{
    tell(node, "say", message);
    toy_operations.sent(node, target, message);
}

static void traced_recorded(void *node, struct bytes record)
{
    tell(node, "write", record);
    toy_operations.recorded(node, record);
}

static unsigned story_add(struct story *s, unsigned seat)
{
    struct toy *toy = calloc(1, sizeof *toy);
    CHECK(toy != NULL);
    toy_prepare(toy, &s->referee, seat, s->count + 1, DELAY);
    s->toys[s->count++] = toy;
    return sim_add(s->sim, seat, &operations, toy);
}

static void story_open(struct story *s, unsigned seats)
{
    memset(s, 0, sizeof *s);
    trace[0] = '\0';
    traced = NULL;
    operations = toy_operations;
    operations.sent = traced_sent;
    operations.recorded = traced_recorded;
    s->sim = sim_create(1);
    *sim_faults(s->sim) = (struct sim_faults){.delay_min = 10, .delay_max = 10};
    toy_referee_init(&s->referee, seats, false);
    for (unsigned seat = 0; seat < seats; seat++)
        story_add(s, seat);
}

static void story_close(struct story *s)
{
    assert_string_equal(s->referee.breach, "");
    sim_destroy(s->sim);
    for (unsigned i = 0; i < s->count; i++) {
        toy_clear(s->toys[i]);
        free(s->toys[i]);
    }
}

static void run(struct story *s, msec span)
{
    sim_run_until(s->sim, sim_now(s->sim) + span);
}

static void offer(struct story *s, unsigned node)
{
    sim_act(s->sim, node, toy_offer, NULL);
}

static void cut_off(struct story *s, unsigned node, bool hears)
{
    for (unsigned other = 0; other < s->count; other++) {
        sim_link(s->sim, node, other, false);
        sim_link(s->sim, other, node, hears);
    }
}

static uint64_t applied(const struct story *s, unsigned node, unsigned seat)
{
    return toy_final(s->toys[node])->applied[seat];
}

/* ---- Four seats ---- */

static void test_a_block_is_final_after_three_delays_and_then_there_is_silence(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    traced = s.toys[0];
    offer(&s, 0);
    run(&s, 25);
    assert_int_equal(s.toys[0]->final_height, 0);
    run(&s, 10); /* Block and NOTARIZE, NOTARIZE of others, FINALIZE: 3 times 10 ms. */
    for (unsigned node = 0; node < 4; node++) {
        assert_int_equal(s.toys[node]->final_height, 1);
        assert_int_equal(applied(&s, node, 0), 1);
    }
    const uint64_t sent = sim_counters(s.sim)->sent;
    run(&s, 20000);
    assert_int_equal(sim_counters(s.sim)->sent, sent);
    assert_string_equal(trace, "write action\n"
                               "write block of view 1 on 0, 0 skipped\n"
                               "say action\n"
                               "say block of view 1 on 0, 0 skipped\n"
                               "write certificate of NOTARIZE 1\n"
                               "write FINALIZE 1\n"
                               "say FINALIZE 1\n"
                               "write certificate of FINALIZE 1\n"
                               "say certificate of FINALIZE 1\n");
    story_close(&s);
}

static void test_a_silent_leader_is_passed_over(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    sim_crash(s.sim, 0);
    traced = s.toys[1];
    offer(&s, 1);
    run(&s, 300);
    assert_string_equal(trace, "write action\n"
                               "say action\n"
                               "say STATUS of view 1\n"
                               "write NULLIFY 1\n"
                               "say NULLIFY 1\n"
                               "write certificate of NULLIFY 1\n"
                               "write block of view 2 on 0, 1 skipped\n"
                               "say block of view 2 on 0, 1 skipped\n"
                               "write certificate of NOTARIZE 2\n"
                               "write FINALIZE 2\n"
                               "say FINALIZE 2\n"
                               "write certificate of FINALIZE 2\n"
                               "say certificate of FINALIZE 2\n");
    for (unsigned node = 1; node < 4; node++)
        assert_int_equal(applied(&s, node, 1), 1);
    story_close(&s);
}

static void test_a_leader_with_two_blocks_is_found_out_and_forks_nothing(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    const unsigned twin = story_add(&s, 0);
    s.toys[0]->honest = s.toys[twin]->honest = false;
    /* Each twin knows another action; one half hears one of them first, the other the other. */
    sim_link(s.sim, 0, 2, false);
    sim_link(s.sim, 0, twin, false);
    sim_link(s.sim, twin, 0, false);
    sim_link(s.sim, twin, 1, false);
    s.toys[0]->known[1] = 1;
    s.toys[twin]->known[2] = 1;
    s.toys[1]->offered = s.toys[2]->offered = 1;
    offer(&s, 0);
    offer(&s, twin);
    run(&s, 40);
    sim_links_open(s.sim);
    run(&s, 20000);
    uint64_t found_out = 0;
    for (unsigned node = 1; node < 4; node++) {
        found_out += s.toys[node]->consensus.counters.votes_conflicting;
        assert_int_equal(s.toys[node]->final_height, s.toys[1]->final_height);
    }
    assert_true(found_out > 0);
    assert_true(s.toys[1]->final_height > 0);
    story_close(&s);
}

static void test_a_seat_that_heard_nothing_pulls_what_it_lacks(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    for (unsigned other = 0; other < 3; other++)
        sim_link(s.sim, other, 3, false);
    offer(&s, 0);
    run(&s, 1000);
    assert_int_equal(s.toys[3]->final_height, 0);
    sim_links_open(s.sim);
    run(&s, 35000); /* An idle STATUS comes every 30 s. */
    assert_int_equal(s.toys[3]->final_height, s.toys[0]->final_height);
    assert_int_equal(applied(&s, 3, 0), 1);
    story_close(&s);
}

static void test_votes_that_were_all_lost_are_said_again_when_asked(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    offer(&s, 0);
    run(&s, 15); /* The block is out; all votes for it are lost. */
    for (unsigned node = 0; node < 4; node++)
        cut_off(&s, node, false);
    run(&s, 10);
    sim_links_open(s.sim);
    run(&s, 3000);
    for (unsigned node = 0; node < 4; node++)
        assert_int_equal(applied(&s, node, 0), 1);
    story_close(&s);
}

static void test_a_seat_far_behind_catches_up(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    for (unsigned node = 0; node < 4; node++)
        s.toys[node]->payload_padding = 9000;
    cut_off(&s, 3, false);
    for (unsigned i = 0; i < 180; i++) {
        offer(&s, i % 3);
        run(&s, 2000);
    }
    assert_true(s.toys[0]->consensus.base_view > VIEWS_MAX);
    assert_true(s.toys[0]->consensus.chain.archived[0].height > 1);
    assert_int_equal(s.toys[3]->final_height, 0);
    sim_links_open(s.sim);
    run(&s, 120000);
    assert_int_equal(s.toys[3]->final_height, s.toys[0]->final_height);
    for (unsigned seat = 0; seat < 3; seat++)
        assert_int_equal(applied(&s, 3, seat), 60);
    story_close(&s);
}

/*
 * Three seats play on until there are so many blocks; then the fourth, which was down, comes back,
 * dies in the middle of it, comes back again, and has it all. Says how long that took.
 */
static msec return_after(uint64_t blocks, uint64_t *messages)
{
    struct story s;
    story_open(&s, 4);
    for (unsigned node = 0; node < 4; node++)
        s.toys[node]->offers_max = UINT64_MAX;
    sim_crash(s.sim, 3);
    for (uint64_t i = 0; s.toys[0]->final_height < blocks; i++) {
        offer(&s, (unsigned)(i % 3));
        run(&s, 30);
        assert_string_equal(s.referee.breach, "");
    }
    run(&s, 5000);
    sim_restart(s.sim, 3);
    const msec start = sim_now(s.sim);
    const uint64_t sent = sim_counters(s.sim)->sent;
    while (s.toys[3]->final_height < s.toys[0]->final_height / 2)
        run(&s, 10);
    const uint64_t half = s.toys[3]->final_height;
    assert_int_equal(consensus_height_ahead(&s.toys[3]->consensus), s.toys[0]->final_height);
    assert_true(half < s.toys[0]->final_height);
    sim_crash(s.sim, 3);
    sim_restart(s.sim, 3);
    assert_int_equal(s.toys[3]->final_height, half);
    while (s.toys[3]->final_height < s.toys[0]->final_height) {
        run(&s, 10);
        assert_true(sim_now(s.sim) < start + 600000);
    }
    const msec took = sim_now(s.sim) - start;
    *messages = sim_counters(s.sim)->sent - sent;
    assert_memory_equal(toy_final(s.toys[3]), toy_final(s.toys[0]), sizeof(struct toy_state));
    story_close(&s);
    return took;
}

static void test_a_seat_returns_after_ten_thousand_blocks(void **state)
{
    (void)state;
    uint64_t messages;
    const msec took = return_after(10000, &messages);
    print_message("10,000 blocks: %lld ms, %llu messages\n", (long long)took,
                  (unsigned long long)messages);
    /* 313 answers of 32 blocks, each a request and an answer of 10 ms: no timer is waited for. */
    assert_true(took < 313 * 20 + 1500);
}

/* ---- A leader that lies ---- */

static struct effect effects[CONSENSUS_OUTBOX_EFFECTS];
static uint8_t effect_bytes[CONSENSUS_OUTBOX_SIZE];

static struct outbox fresh_outbox(void)
{
    return (struct outbox){.effects = effects,
                           .effects_max = CONSENSUS_OUTBOX_EFFECTS,
                           .arena = effect_bytes,
                           .arena_size = sizeof effect_bytes};
}

/* Views that a hand-made block skips, and votes for their nullification. */
struct forgery {
    struct block_header header;
    uint8_t payload[16];
    size_t payload_size;
    unsigned skips;
    uint64_t first_skip;
    unsigned nullifiers; /* Bitmap; each signs with its own key. */
    bool bad_skip_signature;
    bool bad_signature;
};

static struct signature signed_by(const struct story *s, unsigned seat, enum vote_type type,
                                  uint64_t view, const struct digest *digest)
{
    const struct consensus *c = &s->toys[seat]->consensus;
    uint8_t statement[VOTE_STATEMENT_SIZE];
    struct signature signature;
    vote_statement(&c->electorate, type, view, digest, statement);
    c->config.crypto.sign(c->config.crypto.context, (struct bytes){statement, sizeof statement},
                          &signature);
    return signature;
}

/* Hands a forged proposal of its view's leader to a seat; what that seat then votes in the view. */
static const char *vote_on(struct story *s, unsigned node, struct forgery *f, bool *authentic)
{
    static uint8_t signatures[4][4 * SIGNATURE_SIZE];
    static Bitcraps__Certificate skips[4];
    Bitcraps__Certificate *pointers[4];
    struct consensus *c = &s->toys[node]->consensus;
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, DIGEST_SIZE);
    for (unsigned i = 0; i < f->skips; i++) {
        skips[i] = (Bitcraps__Certificate)BITCRAPS__CERTIFICATE__INIT;
        skips[i].type = VOTE_NULLIFY;
        skips[i].epoch = 1;
        skips[i].view = f->first_skip + i;
        skips[i].bitmap = f->nullifiers;
        unsigned count = 0;
        for (unsigned seat = 0; seat < 4; seat++) {
            if ((f->nullifiers >> seat & 1) == 0)
                continue;
            const struct signature one = signed_by(s, seat, VOTE_NULLIFY, skips[i].view, NULL);
            memcpy(signatures[i] + (size_t)count++ * SIGNATURE_SIZE, one.bytes, SIGNATURE_SIZE);
        }
        signatures[i][3] ^= f->bad_skip_signature ? 1 : 0;
        skips[i].signatures = (ProtobufCBinaryData){(size_t)count * SIGNATURE_SIZE, signatures[i]};
        pointers[i] = &skips[i];
        uint8_t packed[512];
        struct writer w = writer_on(packed, sizeof packed);
        write_u32(&w, (uint32_t)frame_packed_size(&skips[i].base));
        assert_true(frame_pack(&skips[i].base, &w));
        crypto_generichash_update(&hash, packed, w.used);
    }
    crypto_generichash_final(&hash, f->header.skip_root.bytes, DIGEST_SIZE);
    crypto_generichash(f->header.payload_root.bytes, DIGEST_SIZE, f->payload, f->payload_size, NULL,
                       0);
    uint8_t header[BLOCK_HEADER_SIZE];
    struct digest digest;
    block_header_encode(&f->header, header);
    block_digest(header, &digest);
    Bitcraps__Block block = BITCRAPS__BLOCK__INIT;
    block.header = (ProtobufCBinaryData){sizeof header, header};
    block.payload = (ProtobufCBinaryData){f->payload_size, f->payload};
    block.n_skips = f->skips;
    block.skips = pointers;
    struct signature signature =
        signed_by(s, consensus_leader(c, f->header.view), VOTE_NOTARIZE, f->header.view, &digest);
    signature.bytes[0] ^= f->bad_signature ? 1 : 0;
    Bitcraps__Proposal proposal = BITCRAPS__PROPOSAL__INIT;
    proposal.block = &block;
    proposal.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature.bytes};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_PROPOSAL;
    message.proposal = &proposal;
    struct outbox out = fresh_outbox();
    *authentic = consensus_receive(c, sim_now(s->sim), 1, &message, &out);
    const struct tally *t = &c->tallies[f->header.view % VIEWS_MAX];
    if (t->own[VOTE_NOTARIZE - 1])
        return "NOTARIZE";
    return t->own[VOTE_NULLIFY - 1] ? "NULLIFY" : "nothing";
}

/* Seat 0's action 1 on the genesis, for view 1: what an honest leader of it would say. */
static struct forgery honest_block(const struct story *s)
{
    struct forgery f = {.header = {.instance = s->referee.electorate.instance,
                                   .epoch = 1,
                                   .view = 1,
                                   .parent = s->toys[0]->config.genesis,
                                   .height = 1,
                                   .time = 1000},
                        .payload = {0, 0, 0, 0, 0, 0, 0, 0, 1},
                        .payload_size = 9};
    /* Seat 3 is still at the genesis wherever this is used. */
    const struct consensus *c = &s->toys[3]->consensus;
    c->config.application.root(c->config.application.context, 0, &f.header.state_root);
    return f;
}

struct lie {
    const char *name;
    void (*tell)(struct forgery *f);
    const char *vote;
    bool authentic;
};

static void tell_nothing(struct forgery *f)
{
    (void)f;
}

static void tell_payload(struct forgery *f)
{
    f->payload[8] = 2;
}

static void tell_root(struct forgery *f)
{
    f->header.state_root.bytes[0] ^= 1;
}

static void tell_height(struct forgery *f)
{
    f->header.height = 2;
}

static void tell_time(struct forgery *f)
{
    f->header.time = 0;
}

static void tell_far_time(struct forgery *f)
{
    f->header.time = INT64_MAX;
}

static void tell_parent(struct forgery *f)
{
    f->header.parent.bytes[0] ^= 1;
}

static void tell_epoch(struct forgery *f)
{
    f->header.epoch = 2;
}

static void tell_instance(struct forgery *f)
{
    f->header.instance.bytes[0] ^= 1;
}

static void tell_signature(struct forgery *f)
{
    f->bad_signature = true;
}

static void tell_superfluous_skip(struct forgery *f)
{
    f->skips = 1;
    f->first_skip = 1;
    f->nullifiers = 7;
}

static void test_only_a_valid_block_of_the_leader_is_notarized(void **state)
{
    (void)state;
    static const struct lie lies[] = {
        {"none", tell_nothing, "NOTARIZE", true},
        {"a payload that does not apply", tell_payload, "NULLIFY", true},
        {"another state root", tell_root, "NULLIFY", true},
        {"another height", tell_height, "NULLIFY", true},
        {"a time not after its parent's", tell_time, "NULLIFY", true},
        {"a time that would poison all later ones", tell_far_time, "NULLIFY", true},
        {"an unknown parent", tell_parent, "nothing", true},
        {"another epoch", tell_epoch, "nothing", false},
        {"another instance", tell_instance, "nothing", false},
        {"a signature of nobody", tell_signature, "nothing", false},
        {"a skip where there is none", tell_superfluous_skip, "NULLIFY", true},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct story s;
        bool authentic;
        story_open(&s, 4);
        struct forgery f = honest_block(&s);
        lies[i].tell(&f);
        const char *vote = vote_on(&s, 1, &f, &authentic);
        if (strcmp(vote, lies[i].vote) != 0 || authentic != lies[i].authentic)
            fail_msg("%s: %s, %s", lies[i].name, vote, authentic ? "authentic" : "not authentic");
        story_close(&s);
    }
}

static void hand_nullify(struct story *s, unsigned node, unsigned seat, uint64_t view)
{
    struct signature one = signed_by(s, seat, VOTE_NULLIFY, view, NULL);
    Bitcraps__Vote vote = BITCRAPS__VOTE__INIT;
    vote.type = VOTE_NULLIFY;
    vote.epoch = 1;
    vote.view = view;
    vote.seat = seat;
    vote.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, one.bytes};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_VOTE;
    message.vote = &vote;
    struct outbox out = fresh_outbox();
    assert_true(consensus_receive(&s->toys[node]->consensus, sim_now(s->sim), 1, &message, &out));
}

/* The leader of view 2 skips view 1. */
static struct forgery skipping_block(const struct story *s)
{
    struct forgery f = honest_block(s);
    f.header.view = 2;
    f.skips = 1;
    f.first_skip = 1;
    f.nullifiers = 7;
    return f;
}

static void test_a_skipped_view_needs_its_nullification(void **state)
{
    (void)state;
    static const char *const votes[] = {"NOTARIZE", "NULLIFY", "NULLIFY", "NULLIFY"};
    for (unsigned lie = 0; lie < 4; lie++) {
        struct story s;
        bool authentic;
        story_open(&s, 4);
        /* Seat 2 is in view 2 by a nullification of its own. */
        for (unsigned seat = 0; seat < 3; seat++)
            hand_nullify(&s, 3, seat, 1);
        assert_int_equal(consensus_view(&s.toys[3]->consensus), 2);
        struct forgery f = skipping_block(&s);
        if (lie == 1)
            f.skips = 0;
        if (lie == 2)
            f.bad_skip_signature = true;
        if (lie == 3)
            f.first_skip = 2;
        assert_string_equal(vote_on(&s, 3, &f, &authentic), votes[lie]);
        story_close(&s);
    }
}

static void test_a_parent_has_to_be_notarized_and_nothing_skipped_silently(void **state)
{
    (void)state;
    struct story s;
    bool authentic;
    story_open(&s, 4);
    struct consensus *c = &s.toys[3]->consensus;
    /* The block of view 1 is valid at seat 3 but notarized by nobody else; view 1 is nullified. */
    struct forgery first = honest_block(&s);
    assert_string_equal(vote_on(&s, 3, &first, &authentic), "NOTARIZE");
    const struct held *parent = NULL;
    for (unsigned i = 0; i < BLOCKS_MAX; i++)
        if (c->chain.held[i].state == HELD_VALID)
            parent = &c->chain.held[i];
    assert_non_null(parent);
    /* Seat 1 leads view 2 and builds on it all the same. */
    struct forgery second = honest_block(&s);
    second.header.view = 2;
    second.header.parent_view = 1;
    second.header.parent = parent->digest;
    second.header.height = 2;
    second.header.time = 2000;
    second.payload[8] = 2;
    c->config.application.root(c->config.application.context, parent->slot,
                               &second.header.state_root);
    for (unsigned seat = 0; seat < 3; seat++)
        hand_nullify(&s, 3, seat, 1);
    assert_int_equal(consensus_view(c), 2);
    assert_string_equal(vote_on(&s, 3, &second, &authentic), "nothing");
    assert_true(authentic);
    story_close(&s);
}

static bool nullified(const struct story *s, unsigned node, uint64_t view)
{
    return s->toys[node]->consensus.tallies[view % VIEWS_MAX].own[VOTE_NULLIFY - 1];
}

static void test_one_seat_alone_nullifies_nothing_but_two_or_the_leader_do(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    hand_nullify(&s, 1, 2, 1);
    assert_false(nullified(&s, 1, 1));
    hand_nullify(&s, 1, 3, 1);
    assert_true(nullified(&s, 1, 1));
    assert_int_equal(consensus_view(&s.toys[1]->consensus), 2);
    /* View 1 is left at seat 3, by a nullification that seat 3 is no part of; it joins late. */
    hand_nullify(&s, 3, 0, 1);
    assert_true(nullified(&s, 3, 1)); /* Seat 0 leads view 1. */
    /* A view that is not entered yet is not joined; once it is, it is. */
    hand_nullify(&s, 2, 1, 2);
    hand_nullify(&s, 2, 3, 2);
    assert_false(nullified(&s, 2, 2));
    hand_nullify(&s, 2, 0, 1);
    hand_nullify(&s, 2, 1, 1);
    assert_int_equal(consensus_view(&s.toys[2]->consensus), 3);
    assert_true(nullified(&s, 2, 2));
    story_close(&s);
}

/* Votes of others nullify view 1 before seat 3 hears of two of them: it joins a view it has left.
 */
static void test_a_view_that_was_left_is_still_joined(void **state)
{
    (void)state;
    struct story s;
    bool authentic;
    story_open(&s, 4);
    /* Seat 3 notarizes block 2 of view 2 on the genesis: it enters view 2 by the skip in it. */
    struct forgery f = skipping_block(&s);
    assert_string_equal(vote_on(&s, 3, &f, &authentic), "NOTARIZE");
    assert_true(nullified(&s, 3, 1));
    story_close(&s);
}

static void test_made_up_final_blocks_do_not_keep_a_seat_from_catching_up(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    cut_off(&s, 3, false);
    for (unsigned i = 0; i < 9; i++) {
        offer(&s, i % 3);
        run(&s, 1500);
    }
    struct consensus *c = &s.toys[3]->consensus;
    uint8_t packed[1024];
    const size_t size = consensus_final_certificate(&s.toys[0]->consensus, packed, sizeof packed);
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *certificate;
    assert_int_equal(frame_unpack(&bitcraps__certificate__descriptor, (struct bytes){packed, size},
                                  &arena, &certificate),
                     FRAME_OK);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_CERTIFICATE;
    message.certificate = (Bitcraps__Certificate *)(uintptr_t)certificate;
    struct outbox out = fresh_outbox();
    assert_true(consensus_receive(c, sim_now(s.sim), 1, &message, &out));
    /* A valid child of the genesis that nobody voted for, as if it were final. */
    struct forgery f = honest_block(&s);
    crypto_generichash(f.header.skip_root.bytes, DIGEST_SIZE, NULL, 0, NULL, 0);
    crypto_generichash(f.header.payload_root.bytes, DIGEST_SIZE, f.payload, f.payload_size, NULL,
                       0);
    uint8_t header[BLOCK_HEADER_SIZE];
    block_header_encode(&f.header, header);
    Bitcraps__Block block = BITCRAPS__BLOCK__INIT;
    Bitcraps__Block *pointer = &block;
    block.header = (ProtobufCBinaryData){sizeof header, header};
    block.payload = (ProtobufCBinaryData){f.payload_size, f.payload};
    Bitcraps__Blocks blocks = BITCRAPS__BLOCKS__INIT;
    blocks.n_blocks = 1;
    blocks.blocks = &pointer;
    message.kind_case = BITCRAPS__MESSAGE__KIND_BLOCKS;
    message.blocks = &blocks;
    out = fresh_outbox();
    assert_true(consensus_receive(c, sim_now(s.sim), 1, &message, &out));
    assert_int_equal(c->fetch_height, 1);
    assert_int_equal(s.toys[3]->final_height, 0);
    sim_links_open(s.sim);
    run(&s, 35000);
    assert_int_equal(s.toys[3]->final_height, s.toys[0]->final_height);
    story_close(&s);
}

/* ---- Fewer seats ---- */

static void test_one_seat_decides_alone(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 1);
    offer(&s, 0);
    assert_int_equal(s.toys[0]->final_height, 1);
    assert_int_equal(sim_counters(s.sim)->sent, 0);
    story_close(&s);
}

static void test_two_and_three_seats_need_everyone(void **state)
{
    (void)state;
    for (unsigned seats = 2; seats <= 3; seats++) {
        struct story s;
        story_open(&s, seats);
        offer(&s, 0);
        run(&s, 100);
        assert_int_equal(s.toys[0]->final_height, 1);
        sim_crash(s.sim, seats - 1);
        offer(&s, 0);
        run(&s, 60000);
        assert_int_equal(applied(&s, 0, 0), 1);
        sim_restart(s.sim, seats - 1);
        run(&s, 20000);
        assert_int_equal(applied(&s, 0, 0), 2);
        story_close(&s);
    }
}

/* ---- Restart ---- */

static void test_a_restart_rebuilds_the_same_state(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    for (unsigned i = 0; i < 12; i++) {
        offer(&s, i % 4);
        run(&s, 1500);
    }
    const struct toy_state before = *toy_final(s.toys[2]);
    const uint64_t height = s.toys[2]->final_height;
    const uint64_t view = consensus_view(&s.toys[2]->consensus);
    for (unsigned node = 0; node < 4; node++)
        cut_off(&s, node, false);
    sim_crash(s.sim, 2);
    sim_restart(s.sim, 2);
    assert_true(height > 4);
    assert_int_equal(s.toys[2]->final_height, height);
    assert_int_equal(consensus_view(&s.toys[2]->consensus), view);
    assert_memory_equal(toy_final(s.toys[2]), &before, sizeof before);
    assert_false(consensus_may_sign(&s.toys[2]->consensus));
    sim_links_open(s.sim);
    run(&s, 1000);
    assert_true(consensus_may_sign(&s.toys[2]->consensus));
    story_close(&s);
}

/* One short game; a node crashes at a given moment and comes back. Disks take 3 ms. */
static msec short_game(unsigned victim, msec crash_at, bool all)
{
    struct story s;
    story_open(&s, 4);
    struct sim_faults *faults = sim_faults(s.sim);
    faults->sync_min = faults->sync_max = 3;
    sim_crash(s.sim, 3); /* The leader of view 4, so that a view is nullified. */
    for (unsigned i = 0; i < 3; i++)
        offer(&s, i);
    const msec start = sim_now(s.sim);
    sim_run_until(s.sim, start + crash_at);
    for (unsigned node = 0; node < 3; node++)
        if (all || node == victim)
            sim_crash(s.sim, node);
    run(&s, 40);
    for (unsigned node = 0; node < 3; node++)
        sim_restart(s.sim, node);
    while (sim_now(s.sim) < start + 60000 && s.referee.breach[0] == '\0') {
        run(&s, 20);
        bool done = true;
        for (unsigned node = 0; node < 3; node++)
            for (unsigned seat = 0; seat < 3; seat++)
                done = done && applied(&s, node, seat) == s.toys[seat]->offered;
        for (unsigned node = 0; node < 3; node++)
            done = done && !toy_final(s.toys[node])->gate_shut &&
                   s.toys[node]->final_height == s.toys[0]->final_height;
        if (done)
            break;
    }
    const msec took = sim_now(s.sim) - start;
    for (unsigned node = 0; node < 3; node++)
        assert_false(s.toys[node]->consensus.amnesiac);
    story_close(&s);
    return took;
}

static void test_a_crash_at_any_moment_contradicts_nothing_and_loses_nothing(void **state)
{
    (void)state;
    for (unsigned victim = 0; victim < 3; victim++)
        for (msec at = 0; at < 160; at++)
            assert_true(short_game(victim, at, false) < 60000);
}

static void test_a_power_failure_at_any_moment_contradicts_nothing_and_loses_nothing(void **state)
{
    (void)state;
    for (msec at = 0; at < 400; at++)
        assert_true(short_game(0, at, true) < 60000);
}

static void test_an_older_copy_of_the_log_makes_a_seat_fall_silent(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    offer(&s, 0);
    run(&s, 100);
    /* Seat 2 alone is out of step: its vote of view 2 is out, nothing is final there. */
    cut_off(&s, 0, true);
    cut_off(&s, 1, true);
    offer(&s, 2);
    run(&s, 600);
    sim_crash(s.sim, 2);
    sim_forget(s.sim, 2, 2);
    sim_links_open(s.sim);
    sim_restart(s.sim, 2);
    traced = s.toys[2];
    trace[0] = '\0';
    run(&s, 60000);
    assert_true(s.toys[2]->consensus.amnesiac);
    assert_false(consensus_may_sign(&s.toys[2]->consensus));
    assert_null(strstr(trace, "write NOTARIZE"));
    assert_null(strstr(trace, "write NULLIFY"));
    assert_null(strstr(trace, "write FINALIZE"));
    /* The others go on without it, and it follows. */
    assert_int_equal(s.toys[2]->final_height, s.toys[0]->final_height);
    story_close(&s);
}

/* Of what seat 2 hears only Recover and its answers get through. */
static bool only_recovery(void *context, unsigned from, unsigned to, struct bytes message)
{
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *unpacked;
    (void)context;
    (void)from;
    if (to != 2 || frame_unpack(&bitcraps__message__descriptor, message, &arena, &unpacked) != 0)
        return true;
    const Bitcraps__Message *m = (const Bitcraps__Message *)unpacked;
    return m->kind_case == BITCRAPS__MESSAGE__KIND_RECOVER ||
           m->kind_case == BITCRAPS__MESSAGE__KIND_RECOVERED;
}

/*
 * Seat 2 plays, goes, the others play on, and an older copy of its log is put back that lacks so
 * many rows. Whatever was lost, it never votes twice (the referee hears), and it does not wait for
 * ever: it knows what it is.
 */
static bool return_with_an_older_copy(unsigned lost, unsigned on)
{
    struct story s;
    story_open(&s, 4);
    for (unsigned i = 0; i < 8; i++) {
        offer(&s, i % 4);
        run(&s, 30 + 7 * i);
    }
    const size_t records = sim_records(s.sim, 2);
    sim_crash(s.sim, 2);
    for (unsigned i = 0; i < on; i++) {
        offer(&s, i % 2);
        run(&s, 400);
    }
    sim_forget(s.sim, 2, lost < records ? lost : records);
    sim_filter(s.sim, only_recovery, NULL);
    sim_restart(s.sim, 2);
    run(&s, 2000);
    sim_filter(s.sim, NULL, NULL);
    run(&s, 60000);
    const bool amnesiac = s.toys[2]->consensus.amnesiac;
    assert_true(amnesiac || consensus_may_sign(&s.toys[2]->consensus));
    assert_int_equal(s.toys[2]->final_height, s.toys[0]->final_height);
    story_close(&s);
    return amnesiac;
}

static void test_an_older_copy_of_any_age_is_found_out_and_votes_never_twice(void **state)
{
    (void)state;
    unsigned found = 0;
    for (unsigned lost = 0; lost < 48; lost++) {
        for (unsigned on = 0; on < 4; on++)
            found += return_with_an_older_copy(lost, on);
        if (lost == 0)
            assert_int_equal(found, 0);
    }
    print_message("%u of 188 older copies were found out\n", found);
    assert_true(found > 150);
}

static void test_a_restarted_seat_asks_again_however_much_it_hears(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    offer(&s, 0);
    run(&s, 1000);
    for (unsigned node = 0; node < 4; node++)
        cut_off(&s, node, false);
    sim_crash(s.sim, 2);
    sim_restart(s.sim, 2); /* Nobody hears its first question. */
    struct consensus *c = &s.toys[2]->consensus;
    struct outbox out = fresh_outbox();
    Bitcraps__Status status = BITCRAPS__STATUS__INIT;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_STATUS;
    message.status = &status;
    status.epoch = 1;
    status.view = 1;
    assert_true(c->recovering);
    /* Each message comes before its timers are looked at. */
    const msec due = c->recover_next;
    assert_true(consensus_receive(c, due + 1, 1, &message, &out));
    bool asked = false;
    for (size_t i = 0; i < out.count; i++) {
        char line[128];
        describe(line, sizeof line, outbox_bytes(&out, &out.effects[i]));
        asked = asked || strcmp(line, "message 7") == 0;
    }
    assert_true(asked);
    assert_true(c->recover_next > due);
    assert_true(consensus_deadline(c) <= c->recover_next);
    story_close(&s);
}

static void test_a_claim_without_a_valid_signature_counts_for_nothing(void **state)
{
    (void)state;
    struct story s;
    story_open(&s, 4);
    struct consensus *c = &s.toys[1]->consensus;
    uint8_t signature[SIGNATURE_SIZE] = {1};
    Bitcraps__Vote vote = BITCRAPS__VOTE__INIT;
    vote.type = VOTE_NULLIFY;
    vote.epoch = 1;
    vote.view = 1;
    vote.seat = 1;
    vote.signature = (ProtobufCBinaryData){sizeof signature, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_VOTE;
    message.vote = &vote;
    struct outbox out = fresh_outbox();
    assert_false(consensus_receive(c, 1000001, 1, &message, &out));
    assert_false(c->amnesiac);
    /* With its own valid signature it has to believe it. */
    uint8_t statement[VOTE_STATEMENT_SIZE];
    struct signature valid;
    vote_statement(&c->electorate, VOTE_NULLIFY, 1, NULL, statement);
    c->config.crypto.sign(c->config.crypto.context, (struct bytes){statement, sizeof statement},
                          &valid);
    vote.signature.data = valid.bytes;
    assert_true(consensus_receive(c, 1000001, 1, &message, &out));
    assert_true(c->amnesiac);
    assert_false(consensus_may_sign(c));
    story_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_block_is_final_after_three_delays_and_then_there_is_silence),
        cmocka_unit_test(test_a_silent_leader_is_passed_over),
        cmocka_unit_test(test_a_leader_with_two_blocks_is_found_out_and_forks_nothing),
        cmocka_unit_test(test_a_seat_that_heard_nothing_pulls_what_it_lacks),
        cmocka_unit_test(test_votes_that_were_all_lost_are_said_again_when_asked),
        cmocka_unit_test(test_a_seat_far_behind_catches_up),
        cmocka_unit_test(test_a_seat_returns_after_ten_thousand_blocks),
        cmocka_unit_test(test_only_a_valid_block_of_the_leader_is_notarized),
        cmocka_unit_test(test_a_skipped_view_needs_its_nullification),
        cmocka_unit_test(test_a_parent_has_to_be_notarized_and_nothing_skipped_silently),
        cmocka_unit_test(test_one_seat_alone_nullifies_nothing_but_two_or_the_leader_do),
        cmocka_unit_test(test_a_view_that_was_left_is_still_joined),
        cmocka_unit_test(test_made_up_final_blocks_do_not_keep_a_seat_from_catching_up),
        cmocka_unit_test(test_one_seat_decides_alone),
        cmocka_unit_test(test_two_and_three_seats_need_everyone),
        cmocka_unit_test(test_a_restart_rebuilds_the_same_state),
        cmocka_unit_test(test_a_crash_at_any_moment_contradicts_nothing_and_loses_nothing),
        cmocka_unit_test(test_a_power_failure_at_any_moment_contradicts_nothing_and_loses_nothing),
        cmocka_unit_test(test_an_older_copy_of_the_log_makes_a_seat_fall_silent),
        cmocka_unit_test(test_an_older_copy_of_any_age_is_found_out_and_votes_never_twice),
        cmocka_unit_test(test_a_restarted_seat_asks_again_however_much_it_hears),
        cmocka_unit_test(test_a_claim_without_a_valid_signature_counts_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
