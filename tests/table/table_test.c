/* SPDX-License-Identifier: MIT */
/* Whole tables over a perfect wire: keys, bets, rolls, refusals, windows, restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void tables_of_every_size_make_a_key_and_roll(void **context)
{
    (void)context;
    static const unsigned sizes[] = {1, 2, 3, 4, 5, 7, 10, 16};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        world_open(&world, sizes[i], 0);
        for (unsigned seat = 0; seat < world.count; seat++)
            assert_int_equal(world_state(&world, seat)->phase, STATE_PHASE_BETTING);
        play(3);
        world_close(&world);
    }
}

static void chips_are_conserved_over_two_hundred_rolls(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    for (unsigned i = 0; i < 200; i++) {
        play(1);
        assert_null(ledger_fault(&world_state(&world, 0)->ledger));
    }
    world_close(&world);
}

static void a_witness_votes_but_has_no_chips(void **context)
{
    (void)context;
    world_open(&world, 4, 1);
    play(3);
    struct refusal refusal;
    const struct craps_bet pass = {.kind = CRAPS_PASS};
    assert_int_equal(world_bet(&world, 3, pass, 10, &refusal), TABLE_REFUSED);
    assert_int_equal(refusal.kind, REFUSAL_WITNESS);
    assert_int_equal(ledger_rail(&world_state(&world, 0)->ledger, 3), 0);
    world_close(&world);
}

static void an_idle_table_is_silent(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    world_run(&world, world.now + 10000);
    const uint64_t delivered = world.delivered;
    world_run(&world, world.now + 20000);
    assert_true(world.delivered - delivered < 4 * 4 * 4);
    assert_int_equal(world_state(&world, 0)->rolls_done, 1);
    world_close(&world);
}

static void the_window_closes_over_a_player_who_says_nothing(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(world_ready(&world, i), TABLE_SENT);
    world_settle(&world);
    world_run(&world, world.now + 15000);
    assert_int_equal(world_state(&world, 0)->rolls_done, 1);
    world_run(&world, world.now + 15000);
    assert_int_equal(world_state(&world, 0)->rolls_done, 2);
    assert_true(world_agrees(&world, 0));
    world_close(&world);
}

static void one_absent_seat_of_four_stops_nobody(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(2);
    world.seats[2].down = true;
    for (unsigned i = 0; i < 3; i++) {
        const uint64_t done = world_state(&world, 0)->rolls_done;
        world_play_roll(&world);
        world_run(&world, world.now + 40000);
        assert_int_equal(world_state(&world, 0)->rolls_done, done + 1);
    }
    world_restart(&world, 2);
    world_run(&world, world.now + 5000);
    assert_true(world_agrees(&world, 0));
    assert_true(consensus_may_sign(&world.seats[2].table->consensus));
    play(2);
    world_close(&world);
}

static void two_absent_of_four_freeze_the_table_until_one_returns(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(2);
    world.seats[1].down = true;
    world.seats[2].down = true;
    world_play_roll(&world);
    world_run(&world, world.now + 60000);
    assert_int_equal(world_state(&world, 0)->rolls_done, 2);
    world_restart(&world, 1);
    world_run(&world, world.now + 60000);
    assert_int_equal(world_state(&world, 0)->rolls_done, 3);
    assert_true(world_agrees(&world, 0));
    world_close(&world);
}

static void everyone_restarts_at_once_and_plays_on(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(3);
    struct digest before;
    state_root(world_state(&world, 0), &before);
    for (unsigned i = 0; i < 4; i++)
        world.seats[i].down = true;
    for (unsigned i = 0; i < 4; i++)
        world_restart(&world, i);
    world_run(&world, world.now + 5000);
    struct digest after;
    state_root(world_state(&world, 0), &after);
    assert_memory_equal(&before, &after, sizeof before);
    play(2);
    world_close(&world);
}

/* Its betting window is over, but it may not sign yet: it waits for messages, not in a busy loop.
 */
static void a_recovering_seat_sleeps_past_its_window(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    assert_int_equal(world_ready(&world, 0), TABLE_SENT);
    world_settle(&world);
    for (unsigned i = 1; i < 4; i++)
        world.seats[i].down = true;
    world_restart(&world, 0);
    world_run(&world, world.now + 60000);
    table_expire(world.seats[0].table, world.now, 1700000000000 + world.now, &world.out);
    outbox_clear(&world.out);
    assert_false(consensus_may_sign(&world.seats[0].table->consensus));
    assert_true(table_deadline(world.seats[0].table) > world.now);
    world_close(&world);
}

/* Only the seat whose turn to lead is farthest hears of an action before its author vanishes. */
static void an_action_outlives_its_author(void **context)
{
    (void)context;
    world_open(&world, 10, 0);
    const struct consensus *consensus = &world.seats[0].table->consensus;
    const unsigned author = consensus_leader(consensus, consensus_view(consensus) + 1);
    const unsigned hearer = consensus_leader(consensus, consensus_view(consensus) + 9);
    const uint64_t sequence = world_state(&world, hearer)->sequence[author];
    for (unsigned i = 0; i < 10; i++)
        world.seats[i].down = i != author && i != hearer;
    assert_int_equal(world_ready(&world, author), TABLE_SENT);
    world_settle(&world);
    for (unsigned i = 0; i < 10; i++)
        world.seats[i].down = i == author;
    world_run(&world, world.now + 2600);
    assert_int_equal(world_state(&world, hearer)->sequence[author], sequence + 1);
    assert_true(world_agrees(&world, hearer));
    world_close(&world);
}

static void a_late_bet_is_refused_with_a_reason(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    struct refusal refusal;
    const struct craps_bet pass = {.kind = CRAPS_PASS};
    assert_int_equal(world_ready(&world, 0), TABLE_SENT);
    world_settle(&world);
    assert_int_equal(world_bet(&world, 0, pass, 10, &refusal), TABLE_REFUSED);
    assert_int_equal(refusal.kind, REFUSAL_READY);
    char sentence[REFUSAL_SENTENCE_SIZE];
    refusal_sentence(&refusal, sentence);
    assert_true(strlen(sentence) > 20);
    world_close(&world);
}

static void a_bet_above_the_rail_is_refused_with_what_is_there(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    struct refusal refusal;
    const struct craps_bet pass = {.kind = CRAPS_PASS};
    assert_int_equal(world_bet(&world, 0, pass, 1005, &refusal), TABLE_REFUSED);
    assert_int_equal(refusal.kind, REFUSAL_LEDGER);
    assert_int_equal(refusal.fits, 1000);
    assert_int_equal(ledger_rail(&world_state(&world, 0)->ledger, 0), 1000);
    world_close(&world);
}

static void whoever_leaves_keeps_its_chips_and_the_others_play_on(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    assert_int_equal(world_leave(&world, 3), TABLE_SENT);
    world_settle(&world);
    assert_true(world_state(&world, 0)->left & 8);
    play(3);
    world_close(&world);
}

/* Tells all others of an action that seat `from` signed, whatever its sequence. */
static void tell_ready(unsigned from, uint64_t sequence)
{
    uint8_t inner[ACTION_SIZE_MAX];
    uint8_t signature[SIGNATURE_SIZE];
    Bitcraps__Ready ready = BITCRAPS__READY__INIT;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    ready.roll = world_state(&world, 0)->roll;
    body.epoch = 1;
    body.seat = from;
    body.sequence = sequence;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_READY;
    body.ready = &ready;
    struct writer w = writer_on(inner, sizeof inner);
    assert_true(frame_pack(&body.base, &w));
    state_action_sign(&world.seating, written(&w), world.seats[from].table->config.secrets.signing,
                      signature);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){w.used, inner};
    action.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = &action;
    for (unsigned i = 0; i < world.count; i++) {
        if (i == from)
            continue;
        assert_true(table_receive(world.seats[i].table, world.now, 1700000000000 + world.now,
                                  &message, &world.out));
        world_take(&world, i);
    }
}

/* Nothing can ever become of them until the gap is filled: nobody spreads them. */
static void actions_behind_a_gap_are_not_told_on(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    world.seats[1].down = true;
    world_run(&world, world.now + 10000);
    const uint64_t next = world_state(&world, 0)->sequence[1] + 1;
    for (uint64_t ahead = 1; ahead < TABLE_PENDING_MAX; ahead++)
        tell_ready(1, next + ahead);
    world_settle(&world);
    const uint64_t delivered = world.delivered;
    world_run(&world, world.now + 20000);
    assert_true(world.delivered - delivered < 4 * 4 * 4);
    tell_ready(1, next);
    world_settle(&world);
    world_run(&world, world.now + 5000);
    assert_int_equal(world_state(&world, 0)->sequence[1], next + TABLE_PENDING_MAX - 1);
    world_close(&world);
}

/* Tells all others what seat `from` says of its partial for a roll, whatever that is. */
static void tell_partial(unsigned from, uint64_t roll, const uint8_t encoded[ROLL_PARTIAL_SIZE])
{
    uint8_t statement[4 + 32 + 8 + 8 + 32 + 1 + ROLL_PARTIAL_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    struct digest close = world_state(&world, 0)->close;
    struct writer w = writer_on(statement, sizeof statement);
    write_bytes(&w, "BCpv", 4);
    write_bytes(&w, world.seating.instance.bytes, DIGEST_SIZE);
    write_u64(&w, 1);
    write_u64(&w, roll);
    write_bytes(&w, close.bytes, DIGEST_SIZE);
    write_u8(&w, (uint8_t)from);
    write_bytes(&w, encoded, ROLL_PARTIAL_SIZE);
    crypto_sign_detached(signature, NULL, statement, w.used,
                         world.seats[from].table->config.secrets.signing);
    Bitcraps__Partial partial = BITCRAPS__PARTIAL__INIT;
    partial.epoch = 1;
    partial.roll = roll;
    partial.close = (ProtobufCBinaryData){DIGEST_SIZE, close.bytes};
    partial.seat = from;
    partial.partial = (ProtobufCBinaryData){ELEMENT_SIZE, (uint8_t *)encoded};
    partial.proof = (ProtobufCBinaryData){PROOF_SIZE, (uint8_t *)encoded + ELEMENT_SIZE};
    partial.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_PARTIAL;
    message.partial = &partial;
    for (unsigned i = 0; i < world.count; i++) {
        if (i == from || world.seats[i].down)
            continue;
        assert_true(table_receive(world.seats[i].table, world.now, 1700000000000 + world.now,
                                  &message, &world.out));
        world_take(&world, i);
    }
}

/*
 * Three of four are up. The fourth gives its true partial, then speaks of the next roll already:
 * what the others hold of this roll must not become a mixture of both.
 */
static void a_partial_of_the_next_roll_spoils_nothing_of_this_one(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    for (unsigned i = 0; i < 4; i++)
        world_ready(&world, i);
    world.partials_lost = true;
    world_settle(&world);
    world.partials_lost = false;
    assert_int_equal(world_state(&world, 3)->phase, STATE_PHASE_ROLLING);
    world.seats[1].down = true;
    struct roll_statement statement;
    struct roll_partial partial;
    uint8_t encoded[ROLL_PARTIAL_SIZE];
    const uint8_t random[PROOF_RANDOM_SIZE] = {1};
    const struct state *state = world_state(&world, 0);
    const uint64_t roll = state->roll;
    state_roll_statement(state, &world.seating, &statement);
    roll_partial(&statement, &world.seats[1].table->share, &state->keys.share_keys[1], random,
                 &partial);
    roll_partial_encode(&partial, encoded);
    tell_partial(1, roll, encoded);
    encoded[0] ^= 1;
    tell_partial(1, roll + 1, encoded);
    world_settle(&world);
    world_run(&world, world.now + 30000);
    assert_int_equal(world_state(&world, 0)->rolls_done, 2);
    assert_true(world_agrees(&world, 0));
    world_close(&world);
}

static void every_seat_shows_the_same_rolls(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(10);
    for (unsigned i = 1; i < 4; i++) {
        unsigned rolls = 0;
        for (size_t a = 0, b = 0;; a++, b++) {
            const struct world_seat *x = &world.seats[0];
            const struct world_seat *y = &world.seats[i];
            while (a < x->events_count && x->events[a].kind != TABLE_EVENT_ROLL)
                a++;
            while (b < y->events_count && y->events[b].kind != TABLE_EVENT_ROLL)
                b++;
            if (a >= x->events_count || b >= y->events_count)
                break;
            assert_int_equal(x->events[a].dice[0], y->events[b].dice[0]);
            assert_int_equal(x->events[a].dice[1], y->events[b].dice[1]);
            rolls++;
        }
        assert_int_equal(rolls, 10);
    }
    world_close(&world);
}

/* ---- A late one at the end of slow air ---- */

#define FLIGHTS_MAX 512
#define SLOW_DELAY  150 /* D0 where links are slow. */
#define SLOW_RATE   56  /* Bytes that each link to the late one carries, a millisecond. */

/* A message on its way. */
struct flight {
    msec due;
    unsigned to;
    struct bytes packed; /* Owned. */
};

static struct {
    struct flight flights[FLIGHTS_MAX];
    size_t count;
    unsigned late;              /* Which seat of the world is far; the others are near. */
    msec busy[WORLD_SEATS_MAX]; /* A seat's link to it is, until then. */
    size_t answered;            /* Bytes of blocks that it was sent. */
} air;

static void fly(unsigned from, unsigned to, struct bytes packed)
{
    msec due = world.now + 1;
    if (to == air.late) {
        msec *busy = &air.busy[from];
        *busy = (*busy > world.now ? *busy : world.now) + (msec)packed.size / SLOW_RATE;
        due = *busy + 18;
        if (packed.at[0] >> 3 == BITCRAPS__MESSAGE__KIND_BLOCKS)
            air.answered += packed.size;
    }
    uint8_t *copy = malloc(packed.size);
    assert_non_null(copy);
    assert_in_range(air.count, 0, FLIGHTS_MAX - 1);
    memcpy(copy, packed.at, packed.size);
    air.flights[air.count++] =
        (struct flight){.due = due, .to = to, .packed = {.at = copy, .size = packed.size}};
}

static void carry(unsigned from, const struct effect *effect, struct bytes packed)
{
    for (unsigned to = 0; to < world.count; to++) {
        const struct node_id *node = effect->target == TARGET_ALL
                                         ? NULL
                                         : table_target(world.seats[from].table, effect->target);
        if (to != from &&
            (effect->target == TARGET_ALL ||
             (node != NULL && memcmp(node, &world.seats[to].identity.node, sizeof *node) == 0)))
            fly(from, to, packed);
    }
}

/* One millisecond. */
static void pass(void)
{
    world.now++;
    for (size_t i = 0; i < air.count;) {
        const struct flight flight = air.flights[i];
        if (flight.due > world.now) {
            i++;
            continue;
        }
        memmove(&air.flights[i], &air.flights[i + 1], (--air.count - i) * sizeof flight);
        world_receive(&world, flight.to, flight.packed);
        free((void *)(uintptr_t)flight.packed.at);
    }
    for (unsigned i = 0; i < world.count; i++) {
        if (table_deadline(world.seats[i].table) <= world.now) {
            table_expire(world.seats[i].table, world.now, 1700000000000 + world.now, &world.out);
            world_take(&world, i);
        }
    }
}

static void a_late_one_at_the_end_of_slow_air_is_sent_each_block_once(void **context)
{
    (void)context;
    world_open_to(&world, 4, 0, ADMISSION_APPROVAL);
    play(60);
    const struct bytes log = world_export(&world, 0);
    memset(&air, 0, sizeof air);
    air.late = world.count;
    world.carry = carry;
    world_join(&world, false);
    const struct consensus *late = &world.seats[air.late].table->consensus;
    const struct consensus *first = &world.seats[0].table->consensus;
    table_set_delay(world.seats[air.late].table, SLOW_DELAY);
    const msec began = world.now;
    while (consensus_final_height(late) < consensus_final_height(first)) {
        pass();
        assert_in_range(world.now - began, 0, 60000);
    }
    assert_in_range(log.size, 3 * CONSENSUS_ANSWER_SIZE, 100 * CONSENSUS_ANSWER_SIZE);
    assert_in_range(air.answered, log.size * 9 / 10, log.size * 13 / 10);
    assert_in_range(world.now - began, 0, (msec)log.size * 2 / SLOW_RATE);
    while (air.count > 0)
        free((void *)(uintptr_t)air.flights[--air.count].packed.at);
    free((void *)(uintptr_t)log.at);
    world_close(&world);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_every_size_make_a_key_and_roll),
        cmocka_unit_test(chips_are_conserved_over_two_hundred_rolls),
        cmocka_unit_test(a_witness_votes_but_has_no_chips),
        cmocka_unit_test(an_idle_table_is_silent),
        cmocka_unit_test(the_window_closes_over_a_player_who_says_nothing),
        cmocka_unit_test(one_absent_seat_of_four_stops_nobody),
        cmocka_unit_test(two_absent_of_four_freeze_the_table_until_one_returns),
        cmocka_unit_test(everyone_restarts_at_once_and_plays_on),
        cmocka_unit_test(a_recovering_seat_sleeps_past_its_window),
        cmocka_unit_test(an_action_outlives_its_author),
        cmocka_unit_test(a_late_bet_is_refused_with_a_reason),
        cmocka_unit_test(a_bet_above_the_rail_is_refused_with_what_is_there),
        cmocka_unit_test(whoever_leaves_keeps_its_chips_and_the_others_play_on),
        cmocka_unit_test(actions_behind_a_gap_are_not_told_on),
        cmocka_unit_test(a_partial_of_the_next_roll_spoils_nothing_of_this_one),
        cmocka_unit_test(every_seat_shows_the_same_rolls),
        cmocka_unit_test(a_late_one_at_the_end_of_slow_air_is_sent_each_block_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
