/* SPDX-License-Identifier: MIT */
/* People come and go at a running table: new keys while play goes on, and back to the rolls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table/audited.h"
#include "table/table_world.h"

#include "base/wire.h"

#include <sodium.h>

static struct world world;

static void play(unsigned rolls)
{
    for (unsigned i = 0; i < rolls; i++) {
        const uint64_t done = world_state(&world, 0)->rolls_done;
        world_play_roll(&world);
        assert_int_equal(world_state(&world, 0)->rolls_done, done + 1);
        assert_true(world_agrees(&world, 0));
    }
}

static const struct roster *roster(void)
{
    return &world_state(&world, 0)->roster;
}

static unsigned seat_of(unsigned node)
{
    return world.seats[node].table->config.self;
}

static void assert_conserved(void)
{
    const struct state *state = world_state(&world, 0);
    assert_null(ledger_fault(&state->ledger));
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        const struct craps_money lying = craps_lying(&state->craps, &world.seating.card, seat);
        assert_int_equal(ledger_staked(&state->ledger, seat), lying.stake + lying.vig);
    }
}

static void a_fifth_node_joins_a_running_table_and_plays(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(3);
    const unsigned late = world_join(&world, false);
    world_run(&world, world.now + 3000);
    assert_int_equal(roster()->epoch, 2);
    assert_int_equal(roster()->count, 5);
    assert_int_equal(seat_of(late), 4);
    assert_true(world_agrees(&world, 0));
    assert_int_equal(ledger_rail(&world_state(&world, 0)->ledger, 4), 1000);
    play(20);
    assert_conserved();
    for (unsigned i = 0; i < world.count; i++)
        assert_audited(&world, i);
    world_close(&world);
}

static void rolls_go_on_while_somebody_arrives(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    const unsigned late = world_join(&world, false);
    for (unsigned i = 0; i < 20; i++) {
        play(1);
        world_run(&world, world.now + 100);
    }
    assert_int_equal(roster()->epoch, 2);
    assert_int_equal(seat_of(late), 4);
    play(3);
    assert_audited(&world, late);
    world_close(&world);
}

static void who_leaves_is_out_of_the_next_epoch_and_may_come_back(void **context)
{
    (void)context;
    world_open(&world, 5, 0);
    play(2);
    const struct craps_bet pass = {.kind = CRAPS_PASS};
    world_bet(&world, 2, pass, 10, NULL);
    assert_int_equal(world_leave(&world, 2), TABLE_SENT);
    world_settle(&world);
    world_run(&world, world.now + 1000);
    assert_int_equal(roster()->epoch, 2);
    assert_int_equal(roster()->count, 4);
    assert_int_equal(roster_position(roster(), 2), SEAT_NONE);
    assert_int_equal(roster_position(roster(), 3), 2);
    const chips rail = ledger_rail(&world_state(&world, 0)->ledger, 2);
    assert_int_equal(ledger_staked(&world_state(&world, 0)->ledger, 2), 0);
    play(5);
    world.seats[2].table->config.sits = true;
    world_run(&world, world.now + 5000);
    assert_int_equal(roster()->epoch, 3);
    assert_int_equal(seat_of(2), 2);
    assert_int_equal(ledger_rail(&world_state(&world, 0)->ledger, 2), rail);
    play(5);
    assert_conserved();
    assert_audited(&world, 0);
    assert_audited(&world, 2);
    world_close(&world);
}

/* The next key waits for who is down: the dice do not. */
static void the_dice_go_on_at_once_when_the_shooter_leaves(void **context)
{
    (void)context;
    world_open(&world, 5, 0);
    play(1);
    const unsigned shooter = world_state(&world, 0)->craps.shooter;
    assert_in_range(shooter, 0, 3);
    world.seats[4].down = true;
    assert_int_equal(world_leave(&world, shooter), TABLE_SENT);
    world_run(&world, world.now + 2000);
    const unsigned like = shooter == 0 ? 1 : 0;
    const struct state *state = world_state(&world, like);
    assert_true(state->left >> shooter & 1);
    assert_int_equal(state->roster.epoch, 1);
    assert_int_not_equal(state->craps.shooter, shooter);
    world_close(&world);
}

static void a_witness_comes_and_a_table_of_three_survives_one(void **context)
{
    (void)context;
    world_open(&world, 3, 0);
    play(1);
    assert_int_equal(roster()->faults, 0);
    const unsigned late = world_join(&world, true);
    world_run(&world, world.now + 3000);
    assert_int_equal(roster()->faults, 1);
    assert_int_equal(ledger_bought(&world_state(&world, 0)->ledger, seat_of(late)), 0);
    world.seats[1].down = true;
    world_play_roll(&world);
    world_run(&world, world.now + 40000);
    assert_int_equal(world_state(&world, 0)->rolls_done, 2);
    world_close(&world);
}

/* Players of the first list, its witnesses, later players and witnesses; who else may come. */
static void witnesses_have_places_of_their_own(void **context)
{
    (void)context;
    static const struct {
        unsigned seats, most, places, players, first_witnesses, late_witnesses;
        unsigned player_room, witness_room;
    } cases[] = {
        {4, 0, 0, 4, 0, 0, 0, 0}, {4, 0, 0, 3, 0, 0, 1, 1}, {4, 0, 0, 3, 0, 1, 0, 0},
        {2, 0, 2, 2, 0, 0, 0, 2}, {2, 0, 2, 2, 0, 1, 0, 1}, {2, 0, 2, 2, 0, 2, 0, 0},
        {2, 0, 2, 1, 0, 2, 1, 1}, {2, 0, 2, 1, 1, 0, 0, 2}, {2, 0, 2, 1, 1, 2, 0, 0},
        {2, 0, 2, 1, 0, 3, 0, 0}, {2, 4, 0, 2, 0, 1, 1, 1}, {2, 4, 1, 2, 0, 1, 2, 2},
        {3, 0, 1, 3, 0, 1, 0, 0}, {3, 0, 1, 2, 0, 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct state state;
        static struct seating seating;
        memset(&state, 0, sizeof state);
        seating.genesis.seats = cases[i].seats;
        seating.genesis.most = cases[i].most;
        seating.genesis.witnesses = cases[i].places;
        unsigned seat = cases[i].players;
        for (unsigned k = 0; k < cases[i].first_witnesses + cases[i].late_witnesses; k++, seat++) {
            state.seats[seat].witness = true;
            state.seats[seat].epoch = k >= cases[i].first_witnesses;
        }
        state.owned = (uint16_t)((1u << seat) - 1);
        assert_int_equal(state_room(&state, &seating, false), cases[i].player_room);
        assert_int_equal(state_room(&state, &seating, true), cases[i].witness_room);
    }
}

static void a_table_grows_from_one_to_sixteen_and_shrinks_to_two(void **context)
{
    (void)context;
    world_open(&world, 1, 0);
    play(1);
    for (unsigned i = 1; i < 16; i++) {
        world_join(&world, false);
        world_run(&world, world.now + 4000);
        assert_int_equal(roster()->count, i + 1);
        play(1);
    }
    assert_audited(&world, 15);
    for (unsigned i = 15; i > 1; i--) {
        assert_int_equal(world_leave(&world, i), TABLE_SENT);
        world_settle(&world);
        world_run(&world, world.now + 2000);
        assert_int_equal(roster()->count, i);
        play(1);
    }
    assert_conserved();
    assert_audited(&world, 0);
    world_close(&world);
}

static void a_silent_seat_is_kicked_and_returns(void **context)
{
    (void)context;
    world_open(&world, 5, 0);
    for (unsigned i = 0; i < 5; i++)
        world.seats[i].table->config.kick = 1000;
    play(2);
    world.seats[3].down = true;
    for (unsigned i = 0; i < 30 && roster()->count == 5; i++) {
        world_play_roll(&world);
        world_run(&world, world.now + 30000);
    }
    assert_int_equal(roster()->count, 4);
    play(5);
    world_restart(&world, 3);
    world.seats[3].table->config.sits = true;
    world_run(&world, world.now + 10000);
    assert_int_equal(roster()->count, 5);
    assert_int_equal(seat_of(3), 3);
    /* It was restarted, and has heard from the others in the epoch in which it votes again. */
    assert_true(consensus_may_sign(&world.seats[3].table->consensus));
    play(3);
    assert_conserved();
    assert_audited(&world, 3);
    world_close(&world);
}

/* Who never takes part in the first key generation is put out before play begins. */
static void play_begins_without_who_is_not_there(void **context)
{
    (void)context;
    world_open_absent(&world, 5, 3, 1000);
    world_run(&world, world.now + 5000);
    assert_int_equal(world_state(&world, 0)->phase, STATE_PHASE_BETTING);
    assert_int_equal(roster()->epoch, 2);
    assert_int_equal(roster()->set, 1 | 2 | 4 | 16);
    assert_int_equal(world_state(&world, 0)->guilty, 0);
    play(3);
    world_restart(&world, 3);
    world.seats[3].table->config.sits = true;
    world_run(&world, world.now + 10000);
    assert_int_equal(roster()->count, 5);
    assert_int_equal(seat_of(3), 3);
    play(3);
    assert_conserved();
    assert_audited(&world, 3);
    world_close(&world);
}

/* Two of three are no quorum: they cannot put the third out. */
static void three_seats_wait_for_the_third(void **context)
{
    (void)context;
    world_open_absent(&world, 3, 2, 1000);
    world_run(&world, world.now + 100000);
    assert_int_equal(world_state(&world, 0)->phase, STATE_PHASE_KEYS);
    assert_int_equal(roster()->epoch, 1);
    world_restart(&world, 2);
    world_run(&world, world.now + 5000);
    play(2);
    assert_int_equal(roster()->epoch, 1);
    world_close(&world);
}

/* A Sit of a node that says nothing more. */
static void ask_and_vanish(void)
{
    const uint8_t seed[32] = {99};
    const uint8_t random[32] = {1};
    struct identity identity;
    struct seat_secrets secrets;
    uint8_t packed[SIT_SIZE_MAX];
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *sit;
    identity_derive(&identity, seed, 1);
    seat_secrets_derive_late(seed, &world.seating.genesis.id, 1, &secrets);
    const size_t size = sit_pack(&world.seating.genesis.id, &secrets, identity.secret,
                                 &identity.key, "ghost", false, random, packed);
    assert_int_equal(frame_unpack(&bitcraps__sit__descriptor,
                                  (struct bytes){.at = packed, .size = size}, &arena, &sit),
                     FRAME_OK);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_SIT;
    message.sit = (Bitcraps__Sit *)(uintptr_t)sit;
    for (unsigned i = 0; i < world.count; i++) {
        assert_true(table_receive(world.seats[i].table, world.now, 1700000000000 + world.now,
                                  &message, &world.out));
        world_take(&world, i);
    }
    world_settle(&world);
}

static void whoever_asks_for_a_seat_and_vanishes_holds_nothing_up(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    for (unsigned i = 0; i < 4; i++)
        world.seats[i].table->config.absent = 3000;
    ask_and_vanish();
    world_run(&world, world.now + 1000);
    assert_int_equal(world_state(&world, 0)->owned, 31);
    play(2);
    world_run(&world, world.now + 10000);
    assert_int_equal(roster()->count, 4);
    assert_int_equal(world_state(&world, 0)->next.set, 0);
    play(2);
    world_join(&world, false);
    world_run(&world, world.now + 4000);
    assert_int_equal(roster()->count, 5);
    play(2);
    world_close(&world);
}

/* The next key waits for the last of them when he goes, too. */
static void a_table_that_all_have_left_wants_nothing_more(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    world.seats[3].down = true;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(world_leave(&world, i), TABLE_SENT);
        world_run(&world, world.now + 1000);
    }
    world.seats[3].down = false;
    assert_int_equal(world_leave(&world, 3), TABLE_SENT);
    world_run(&world, world.now + 1000);
    assert_int_equal(world_state(&world, 0)->phase, STATE_PHASE_OVER);
    assert_int_not_equal(world_state(&world, 0)->next.set, 0);
    world.now += TABLE_MISSING_MSEC;
    for (unsigned i = 0; i < 4; i++) {
        table_expire(world.seats[i].table, world.now, 1700000000000 + world.now, &world.out);
        world_take(&world, i);
        assert_true(table_deadline(world.seats[i].table) > world.now);
    }
    world_close(&world);
}

static void everyone_restarts_in_the_second_epoch(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    world_join(&world, false);
    world_run(&world, world.now + 3000);
    play(2);
    struct digest before;
    state_root(world_state(&world, 0), &before);
    for (unsigned i = 0; i < world.count; i++)
        world.seats[i].down = true;
    for (unsigned i = 0; i < world.count; i++)
        world_restart(&world, i);
    world_run(&world, world.now + 5000);
    struct digest after;
    state_root(world_state(&world, 0), &after);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(roster()->epoch, 2);
    play(2);
    assert_audited(&world, 4);
    world_close(&world);
}

/* Down while the epoch changed twice: its journal ends in the first. */
static void who_slept_over_two_epochs_catches_up(void **context)
{
    (void)context;
    world_open(&world, 5, 0);
    play(1);
    world.seats[4].down = true;
    world_play_roll(&world);
    world_run(&world, world.now + 40000);
    world.seats[4].down = true;
    assert_int_equal(world_leave(&world, 1), TABLE_SENT);
    world_settle(&world);
    world_run(&world, world.now + 1000);
    assert_int_equal(roster()->epoch, 1); /* The sleeper has not dealt. */
    world_run(&world, world.now + 60000);
    assert_int_equal(roster()->count, 3);
    play(2);
    world_join(&world, false);
    world_run(&world, world.now + 4000);
    assert_int_equal(roster()->epoch, 3);
    play(2);
    world_restart(&world, 4);
    world_run(&world, world.now + 10000);
    assert_true(world_agrees(&world, 0));
    assert_audited(&world, 4);
    world_close(&world);
}

/* An action of a seat, signed by it, that its own table knows nothing of; told to the others. */
static void tell_action(unsigned node, uint64_t sequence, Bitcraps__ActionBody *body)
{
    uint8_t inner[ACTION_SIZE_MAX];
    uint8_t signature[SIGNATURE_SIZE];
    body->epoch = roster()->epoch;
    body->seat = seat_of(node);
    body->sequence = sequence;
    struct writer w = writer_on(inner, sizeof inner);
    assert_true(frame_pack(&body->base, &w));
    state_action_sign(&world.seating, written(&w), world.seats[node].table->config.secrets.signing,
                      signature);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){w.used, inner};
    action.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = &action;
    for (unsigned i = 0; i < world.count; i++) {
        if (i == node || world.seats[i].down)
            continue;
        table_receive(world.seats[i].table, world.now, 1700000000000 + world.now, &message,
                      &world.out);
        world_take(&world, i);
    }
}

static void whoever_acts_twice_is_out_and_stays_out(void **context)
{
    (void)context;
    world_open(&world, 5, 0);
    play(2);
    for (unsigned i = 1; i < 4; i++)
        world.seats[i].down = true;
    const uint64_t sequence = world_state(&world, 4)->sequence[4] + 1;
    assert_int_equal(world_ready(&world, 4), TABLE_SENT);
    world_settle(&world);
    Bitcraps__Here here = BITCRAPS__HERE__INIT;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_HERE;
    body.here = &here;
    tell_action(4, sequence, &body);
    for (unsigned i = 1; i < 5; i++)
        world.seats[i].down = false;
    world_run(&world, world.now + 5000);
    assert_int_equal(world_state(&world, 0)->guilty, 16);
    assert_int_equal(roster()->count, 4);
    play(3);
    world.seats[4].table->config.sits = true;
    world_run(&world, world.now + 5000);
    assert_int_equal(roster()->count, 4);
    assert_conserved();
    assert_audited(&world, 0);
    world_close(&world);
}

static struct bytes sign_vote(unsigned node, enum vote_type type, uint8_t digest, bool spoilt,
                              uint8_t memory[static 512])
{
    const struct consensus *consensus = &world.seats[node].table->consensus;
    struct digest named = {{digest}};
    struct signature signature;
    uint8_t statement[VOTE_STATEMENT_SIZE];
    vote_statement(&consensus->electorate, type, 1000, type == VOTE_NULLIFY ? NULL : &named,
                   statement);
    crypto_sign_detached(signature.bytes, NULL, statement, sizeof statement,
                         world.seats[node].table->config.secrets.signing);
    signature.bytes[0] ^= spoilt;
    Bitcraps__Vote vote = BITCRAPS__VOTE__INIT;
    vote.type = type;
    vote.epoch = consensus->config.epoch;
    vote.view = 1000;
    if (type != VOTE_NULLIFY)
        vote.digest = (ProtobufCBinaryData){DIGEST_SIZE, named.bytes};
    vote.seat = consensus->config.self;
    vote.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature.bytes};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_VOTE;
    message.vote = &vote;
    struct writer w = writer_on(memory, 512);
    assert_true(frame_pack(&message.base, &w));
    return written(&w);
}

/* Seat 5 says so; its own table did not, and takes its log for an old one from then on. */
static void only_votes_that_contradict_each_other_convict(void **context)
{
    (void)context;
    static const struct {
        enum vote_type first, second;
        uint8_t other;
        bool convicts;
    } cases[] = {
        {VOTE_NOTARIZE, VOTE_NULLIFY, 1, false},  {VOTE_NOTARIZE, VOTE_FINALIZE, 2, false},
        {VOTE_NOTARIZE, VOTE_NOTARIZE, 1, false}, {VOTE_NULLIFY, VOTE_NULLIFY, 1, false},
        {VOTE_NOTARIZE, VOTE_NOTARIZE, 2, true},  {VOTE_FINALIZE, VOTE_FINALIZE, 2, true},
        {VOTE_NULLIFY, VOTE_FINALIZE, 1, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world_open(&world, 5, 0);
        play(1);
        for (unsigned spoilt = 2; spoilt-- > 0;) {
            uint8_t memory[2][512];
            const struct bytes first = sign_vote(3, cases[i].first, 1, false, memory[0]);
            const struct bytes second =
                sign_vote(3, cases[i].second, cases[i].other, spoilt, memory[1]);
            Bitcraps__Evidence evidence = BITCRAPS__EVIDENCE__INIT;
            evidence.first = (ProtobufCBinaryData){first.size, memory[0]};
            evidence.second = (ProtobufCBinaryData){second.size, memory[1]};
            Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
            body.kind_case = BITCRAPS__ACTION_BODY__KIND_EVIDENCE;
            body.evidence = &evidence;
            const uint64_t sequence = world_state(&world, 0)->sequence[4];
            tell_action(4, sequence + 1, &body);
            world_run(&world, world.now + 2000);
            assert_true(world_state(&world, 0)->sequence[4] > sequence);
            assert_int_equal(world_state(&world, 0)->guilty, cases[i].convicts && !spoilt ? 8 : 0);
        }
        assert_audited(&world, 0);
        world_close(&world);
    }
}

/* Only an empty block on top of it is finalized: it stands in the records, not in the chain. */
static void an_end_that_only_its_descendant_makes_final(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    world.endings_lost = UINT32_MAX;
    const unsigned late = world_join(&world, false);
    world_run(&world, world.now + 5000);
    world.endings_lost = 0;
    assert_int_equal(roster()->epoch, 2);
    uint64_t height;
    const struct bytes ending = archive_ending(world.seats[0].archive, 1, &height);
    const struct bytes certificate = archive_certificate(world.seats[0].archive, height);
    assert_int_equal(certificate.size, 0);
    assert_true(ending.size > 200);
    play(2);
    const unsigned later = world_join(&world, false);
    world_run(&world, world.now + 5000);
    assert_int_equal(roster()->epoch, 3);
    for (unsigned i = 0; i < world.count; i++)
        world.seats[i].down = true;
    for (unsigned i = 0; i < world.count; i++)
        world_restart(&world, i);
    world_run(&world, world.now + 5000);
    play(2);
    assert_audited(&world, 0);
    assert_audited(&world, late);
    assert_audited(&world, later);
    world_close(&world);
}

/* They have no voice in the next epoch and are the only ones who know that it began. */
static void who_leaves_tells_those_who_stay_that_the_epoch_ended(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    world.endings_lost = 1 << 0 | 1 << 1;
    assert_int_equal(world_leave(&world, 2), TABLE_SENT);
    assert_int_equal(world_leave(&world, 3), TABLE_SENT);
    world_run(&world, world.now + 10000);
    assert_int_equal(world_state(&world, 0)->roster.epoch, 1);
    assert_int_equal(world_state(&world, 1)->roster.epoch, 1);
    assert_int_equal(world_state(&world, 2)->roster.epoch, 2);
    assert_int_equal(world_state(&world, 3)->roster.epoch, 2);
    world.endings_lost = 0;
    world_run(&world, world.now + 60000);
    assert_int_equal(roster()->epoch, 2);
    assert_true(world_agrees(&world, 2));
    play(2);
    assert_audited(&world, 0);
    world_close(&world);
}

/* The first that a seat says in the second epoch is lost, and all that the others say to it. */
static void lose_the_first_status(struct world *w, struct bytes packed)
{
    uint8_t memory[4096];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) != FRAME_OK)
        return;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    if (message->kind_case != BITCRAPS__MESSAGE__KIND_STATUS || message->status->epoch != 2 ||
        message->status->seat != roster_position(roster(), 4))
        return;
    w->overhears = NULL;
    for (unsigned i = 0; i < 4; i++)
        w->seats[i].down = true;
}

/* The others wait for its share of the next key, and have nothing to say meanwhile. */
static void who_is_late_to_an_epoch_asks_again_what_was_missed(void **context)
{
    (void)context;
    world_open(&world, 5, 0);
    play(1);
    world.endings_lost = 1 << 4;
    assert_int_equal(world_leave(&world, 3), TABLE_SENT);
    for (unsigned i = 0; i < 100 && roster()->epoch == 1; i++)
        world_run(&world, world.now + 100);
    assert_int_equal(roster()->epoch, 2);
    assert_int_equal(world_state(&world, 4)->roster.epoch, 1);
    world.seats[4].down = true;
    assert_int_equal(world_leave(&world, 2), TABLE_SENT);
    world_run(&world, world.now + 5000);
    assert_int_equal(__builtin_popcount(world_state(&world, 0)->dealt), 2);
    world.endings_lost = 0;
    world.seats[4].down = false;
    world.overhears = lose_the_first_status;
    world_run(&world, world.now + 100);
    assert_null(world.overhears);
    assert_int_equal(world_state(&world, 4)->roster.epoch, 2);
    assert_int_equal(world_state(&world, 4)->dealt, 0);
    for (unsigned i = 0; i < 4; i++)
        world.seats[i].down = false;
    world_run(&world, world.now + 5000);
    assert_int_equal(roster()->epoch, 3);
    assert_true(roster()->set >> 4 & 1);
    assert_true(world_agrees(&world, 4));
    assert_audited(&world, 4);
    world_close(&world);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fifth_node_joins_a_running_table_and_plays),
        cmocka_unit_test(rolls_go_on_while_somebody_arrives),
        cmocka_unit_test(who_leaves_is_out_of_the_next_epoch_and_may_come_back),
        cmocka_unit_test(the_dice_go_on_at_once_when_the_shooter_leaves),
        cmocka_unit_test(a_witness_comes_and_a_table_of_three_survives_one),
        cmocka_unit_test(witnesses_have_places_of_their_own),
        cmocka_unit_test(a_table_grows_from_one_to_sixteen_and_shrinks_to_two),
        cmocka_unit_test(a_silent_seat_is_kicked_and_returns),
        cmocka_unit_test(play_begins_without_who_is_not_there),
        cmocka_unit_test(three_seats_wait_for_the_third),
        cmocka_unit_test(whoever_asks_for_a_seat_and_vanishes_holds_nothing_up),
        cmocka_unit_test(a_table_that_all_have_left_wants_nothing_more),
        cmocka_unit_test(everyone_restarts_in_the_second_epoch),
        cmocka_unit_test(who_slept_over_two_epochs_catches_up),
        cmocka_unit_test(an_end_that_only_its_descendant_makes_final),
        cmocka_unit_test(who_leaves_tells_those_who_stay_that_the_epoch_ended),
        cmocka_unit_test(who_is_late_to_an_epoch_asks_again_what_was_missed),
        cmocka_unit_test(whoever_acts_twice_is_out_and_stays_out),
        cmocka_unit_test(only_votes_that_contradict_each_other_convict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
