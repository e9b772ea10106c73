/* SPDX-License-Identifier: MIT */
/* Seats that keep their part of a roll to themselves, and what a table says about whom it awaits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table/outlook.h"
#include "table/table_world.h"

#include <sodium.h>

static struct world world;

static void play(unsigned rolls)
{
    for (unsigned i = 0; i < rolls; i++) {
        const uint64_t done = world_state(&world, 0)->rolls_done;
        world_play_roll(&world);
        for (unsigned j = 0; j < 100 && world_state(&world, 0)->rolls_done == done; j++)
            world_run(&world, world.now + 100); /* A seat without parts may have its turn. */
        assert_int_equal(world_state(&world, 0)->rolls_done, done + 1);
    }
}

static struct outlook look(unsigned node, uint16_t reachable)
{
    struct outlook outlook;
    outlook_look(world.seats[node].table, reachable, world.now, &outlook);
    return outlook;
}

static void assert_says(unsigned node, uint16_t reachable, const char *expected)
{
    char sentence[OUTLOOK_SENTENCE_SIZE];
    const struct outlook outlook = look(node, reachable);
    outlook_sentence(&outlook, world_state(&world, node), sentence);
    assert_string_equal(sentence, expected);
}

static void assert_absences(unsigned node, unsigned seat, unsigned missing, unsigned of)
{
    unsigned rolls;
    assert_int_equal(outlook_absences(world.seats[node].table, seat, &rolls), missing);
    assert_int_equal(rolls, of);
}

/* The dice of the roll being made, from the secret shares of a quorum. */
static struct roll_dice determined(const unsigned *seats)
{
    const struct state *state = world_state(&world, 0);
    struct roll_statement statement;
    struct roll_weights weights = {0};
    struct element values[SEATS_MAX];
    struct element value;
    uint32_t set = 0;
    state_roll_statement(state, &world.seating, &statement);
    for (unsigned i = 0; i < state->roster.quorum; i++) {
        const uint8_t random[PROOF_RANDOM_SIZE] = {7};
        struct roll_partial partial;
        roll_partial(&statement, &world.seats[seats[i]].table->share,
                     &state->keys.share_keys[seats[i]], random, &partial);
        values[i] = partial.value;
        set |= 1u << seats[i];
    }
    roll_weigh(&weights, set);
    assert_true(roll_combine(&weights, values, &value));
    return roll_dice(&statement, &value);
}

static void assert_rolled(uint64_t roll, struct roll_dice dice)
{
    const struct world_seat *seat = &world.seats[0];
    for (size_t i = 0; i < seat->events_count; i++) {
        const struct table_event *event = &seat->events[i];
        if (event->kind != TABLE_EVENT_ROLL || event->roll != roll)
            continue;
        assert_int_equal(event->dice[0], dice.first);
        assert_int_equal(event->dice[1], dice.second);
        return;
    }
    fail_msg("roll %llu was never made", (unsigned long long)roll);
}

static void as_many_as_may_withhold_are_only_counted(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(2);
    world.withholds = 1u << 3;
    play(5);
    assert_absences(0, 3, 5, 7);
    assert_absences(0, 1, 0, 7);
    assert_says(0, 15, "");
    world_release(&world); /* The last one comes late, which is no absence. */
    assert_absences(0, 3, 4, 7);
    play(2);
    assert_absences(0, 3, 4, 9);
    world.withholds = 1u << 3;
    play(70);
    assert_absences(0, 3, 64, 64);
    world_close(&world);
}

/* Signed by another, or for another roll: it excuses nobody. */
static void a_late_part_is_its_seats_own(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    world.withholds = 1u << 3;
    play(1);
    assert_absences(0, 3, 1, 1);
    /* The last byte of a packed partial is one of its signature. */
    for (size_t at = 0; at < world.kept.used;) {
        uint32_t size;
        memcpy(&size, world.kept.bytes + at + 4, sizeof size);
        at += 8 + size;
        world.kept.bytes[at - 1] ^= 1;
    }
    world_release(&world);
    assert_absences(0, 3, 1, 1);
    world_close(&world);
}

/* Everyone is ready, and two of four keep their part: the dice are determined but unknown. */
static uint64_t freeze_a_roll(void)
{
    const struct craps_bet field = {.kind = CRAPS_FIELD};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(world_bet(&world, i, field, 10 + i, NULL), TABLE_SENT);
        world_ready(&world, i);
    }
    world.withholds = 3u << 2;
    world_settle(&world);
    const struct state *state = world_state(&world, 0);
    assert_int_equal(state->phase, STATE_PHASE_ROLLING);
    return state->roll;
}

static void beyond_that_the_table_is_frozen_and_says_what_it_needs(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(2);
    const uint64_t roll = freeze_a_roll();
    const struct roll_dice dice = determined((const unsigned[]){0, 1, 2});
    const struct roll_dice same = determined((const unsigned[]){1, 2, 3});
    assert_memory_equal(&dice, &same, sizeof dice);
    assert_says(0, 15, "");
    world_run(&world, world.now + OUTLOOK_PATIENCE_MSEC + 1);
    assert_says(0, 15,
                "2 of 4 seats have revealed their part of roll 3, 3 are needed: waiting for seat-3 "
                "or seat-4");
    assert_int_equal(look(0, 15).kind, OUTLOOK_REVEAL);
    assert_int_equal(look(0, 15).spare, 0);
    assert_says(2, 15,
                "1 of 4 seats has revealed their part of roll 3, 3 are needed: waiting for 2 of "
                "seat-1, seat-2 and seat-4");
    world_run(&world, world.now + 3600000);
    assert_int_equal(world_state(&world, 0)->roll, roll);
    assert_int_equal(world_state(&world, 0)->phase, STATE_PHASE_ROLLING);
    for (unsigned seat = 0; seat < 4; seat++)
        assert_true(ledger_staked(&world_state(&world, 0)->ledger, seat) >= 10 + seat);
    world_release(&world);
    world_run(&world, world.now + 1000);
    assert_int_equal(world_state(&world, 0)->roll, roll + 1);
    assert_rolled(roll, dice);
    assert_says(0, 15, "");
    assert_true(world_agrees(&world, 0));
    play(2);
    world_close(&world);
}

/* One of those who vanished is enough: its journal has the part, or its share gives it again. */
static void who_comes_back_resolves_the_very_same_roll(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(2);
    const uint64_t roll = freeze_a_roll();
    const struct roll_dice dice = determined((const unsigned[]){0, 1, 2});
    world.seats[2].down = true;
    world.seats[3].down = true;
    assert_says(0, 3,
                "2 of 4 seats have revealed their part of roll 3, 3 are needed: waiting for seat-3 "
                "or seat-4"); /* At once, as nobody else can be reached. */
    world_run(&world, world.now + 60000);
    world.withholds = 0;
    world_restart(&world, 3);
    world_run(&world, world.now + 5000);
    assert_int_equal(world_state(&world, 0)->roll, roll + 1);
    assert_rolled(roll, dice);
    world_close(&world);
}

static void numbers_say_how_many_may_vanish(void **context)
{
    (void)context;
    static const struct {
        unsigned seats, reachable, faults, spare;
    } cases[] = {{1, 1, 0, 0}, {2, 2, 0, 0}, {3, 3, 0, 0}, {4, 4, 1, 1},
                 {4, 3, 1, 0}, {5, 5, 1, 1}, {7, 7, 2, 2}, {7, 6, 2, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world_open(&world, cases[i].seats, 0);
        const struct outlook outlook = look(0, (uint16_t)((1u << cases[i].reachable) - 1));
        assert_int_equal(outlook.kind, OUTLOOK_CLEAR);
        assert_int_equal(outlook.voters, cases[i].seats);
        assert_int_equal(outlook.reachable, cases[i].reachable);
        assert_int_equal(outlook.faults, cases[i].faults);
        assert_int_equal(outlook.spare, cases[i].spare);
        world_close(&world);
    }
    world_open(&world, 4, 0);
    assert_int_equal(look(0, 9).kind, OUTLOOK_REACH);
    assert_says(0, 9, "2 of 4 seats reachable, 3 needed: waiting for seat-2 or seat-3");
    assert_says(0, 1,
                "1 of 4 seats reachable, 3 needed: waiting for 2 of seat-2, seat-3 and "
                "seat-4");
    world_close(&world);
    world_open(&world, 3, 0);
    assert_says(0, 1, "1 of 3 seats reachable, 3 needed: waiting for seat-2 and seat-3");
    world_close(&world);
    world_open(&world, 16, 0);
    assert_says(0, 1,
                "1 of 16 seats reachable, 11 needed: waiting for 10 of seat-2, seat-3, "
                "seat-4 and 12 others");
    world_close(&world);
}

static void a_key_generation_says_whom_it_awaits(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    world.arrivals_vanish = true;
    world_join(&world, false);
    world_run(&world, world.now + 1000);
    assert_int_equal(world_state(&world, 0)->next.count, 5);
    assert_says(0, 31, "");
    world_run(&world, world.now + OUTLOOK_PATIENCE_MSEC);
    assert_says(0, 31,
                "the dice key is made anew: 4 of 5 seats have dealt, all are needed: waiting for "
                "seat-5, who is put out if nothing comes");
    const msec left = look(0, 31).put_out;
    assert_in_range(left, 1, TABLE_MISSING_MSEC - OUTLOOK_PATIENCE_MSEC);
    world_run(&world, world.now + left + 2000);
    assert_int_equal(world_state(&world, 0)->next.set, 0);
    assert_says(0, 31, "");
    play(1);
    world_close(&world);
}

static void a_first_key_waits_for_all(void **context)
{
    (void)context;
    char sentence[OUTLOOK_SENTENCE_SIZE];
    static struct state state;
    state.phase = STATE_PHASE_KEYS;
    snprintf(state.seats[1].name, sizeof state.seats[1].name, "bob");
    snprintf(state.seats[2].name, sizeof state.seats[2].name, "cleo");
    const struct outlook outlook = {
        .kind = OUTLOOK_CONFIRM, .of = 3, .done = 1, .needed = 3, .awaited = 6};
    outlook_sentence(&outlook, &state, sentence);
    assert_string_equal(sentence,
                        "the dice key is made: 1 of 3 seats has confirmed, all are needed: waiting "
                        "for bob and cleo; a new table can do without");
}

/* The longest names at the fullest table fit, with every word of it. */
static void a_sentence_is_never_cut(void **context)
{
    (void)context;
    char sentence[OUTLOOK_SENTENCE_SIZE];
    static struct state state;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        memset(state.seats[seat].name, 'x', NAME_SIZE_MAX);
    static const char *const ends[] = {[OUTLOOK_REVEAL] = "and 13 others",
                                       [OUTLOOK_REACH] = "and 13 others",
                                       [OUTLOOK_DEAL] = "if nothing comes",
                                       [OUTLOOK_CONFIRM] = "if nothing comes"};
    for (enum outlook_kind kind = OUTLOOK_REVEAL; kind <= OUTLOOK_CONFIRM; kind++) {
        const struct outlook outlook = {
            .kind = kind, .roll = INT64_MAX, .of = 16, .needed = 16, .awaited = UINT16_MAX};
        outlook_sentence(&outlook, &state, sentence);
        const size_t size = strlen(sentence);
        assert_true(size > strlen(ends[kind]));
        assert_string_equal(sentence + size - strlen(ends[kind]), ends[kind]);
    }
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_as_may_withhold_are_only_counted),
        cmocka_unit_test(a_late_part_is_its_seats_own),
        cmocka_unit_test(beyond_that_the_table_is_frozen_and_says_what_it_needs),
        cmocka_unit_test(who_comes_back_resolves_the_very_same_roll),
        cmocka_unit_test(numbers_say_how_many_may_vanish),
        cmocka_unit_test(a_key_generation_says_whom_it_awaits),
        cmocka_unit_test(a_first_key_waits_for_all),
        cmocka_unit_test(a_sentence_is_never_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
