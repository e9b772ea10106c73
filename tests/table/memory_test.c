/* SPDX-License-Identifier: MIT */
/*
 * A seat whose records are not all that it signed: it finds out, never signs with that key again,
 * and comes back to its number and chips with another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table/audited.h"
#include "table/table_world.h"

#include <sodium.h>

static struct world world;

static void play(unsigned rolls)
{
    for (unsigned i = 0; i < rolls; i++) {
        const uint64_t done = world_state(&world, 0)->rolls_done;
        for (unsigned attempt = 0; attempt < 10 && world_state(&world, 0)->rolls_done == done;
             attempt++) {
            world_play_roll(&world);
            world_run(&world, world.now + 30000);
        }
        assert_int_equal(world_state(&world, 0)->rolls_done, done + 1);
    }
}

static const struct roster *roster(void)
{
    return &world_state(&world, 0)->roster;
}

static bool forgot(unsigned node)
{
    return table_amnesiac(world.seats[node].table);
}

static void assert_nobody_convicted(void)
{
    assert_int_equal(world_state(&world, 0)->guilty, 0);
    for (unsigned i = 0; i < world.count; i++) {
        for (unsigned seat = 0; seat < SEATS_MAX; seat++)
            assert_false(world.seats[i].table->consensus.conflicts[seat].held);
    }
}

/* Lets time pass until that seat votes again, at most so long. */
static void run_until_back(unsigned node, unsigned seats)
{
    for (unsigned i = 0; i < 60; i++) {
        if (world.seats[node].table->position != SEAT_NONE && roster()->count == seats)
            break;
        world_run(&world, world.now + 1000);
    }
    assert_int_equal(roster()->count, seats);
    assert_int_not_equal(world.seats[node].table->position, SEAT_NONE);
}

/* It is back with its number, its chips and a key of its own, and plays. */
static void assert_back(unsigned node, unsigned seats, const struct public_key *former,
                        chips bought)
{
    run_until_back(node, seats);
    const struct state *state = world_state(&world, 0);
    const unsigned seat = world.seats[node].table->config.self;
    assert_false(forgot(node));
    assert_memory_not_equal(&state->seats[seat].consensus_key, former, sizeof *former);
    assert_int_equal(ledger_bought(&state->ledger, seat), bought);
    play(3);
    assert_true(world_agrees(&world, 0));
    assert_nobody_convicted();
    assert_audited(&world, 0);
    assert_audited(&world, node);
}

static size_t records_of(unsigned node)
{
    return world.seats[node].records.used;
}

static struct public_key key_of(unsigned node)
{
    const struct state *state = world_state(&world, 0);
    return state->seats[world.seats[node].table->config.self].consensus_key;
}

static void an_older_copy_makes_a_seat_watch_and_come_back(void **context)
{
    (void)context;
    static const unsigned counts[] = {4, 5, 7};
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const unsigned n = counts[i];
        world_open(&world, n, 0);
        play(2);
        const size_t copy = records_of(2);
        const struct public_key former = key_of(2);
        const chips bought = ledger_bought(&world_state(&world, 0)->ledger, 2);
        play(4);
        world_restart_older(&world, 2, copy);
        assert_true(forgot(2));
        assert_int_equal(world.seats[2].table->config.self, 2);
        assert_int_equal(world_ready(&world, 2), TABLE_FORGOTTEN);
        assert_back(2, n, &former, bought);
        assert_int_equal(world.seats[2].table->config.self, 2);
        world_close(&world);
    }
}

static void every_older_copy_is_found_out_or_is_whole(void **context)
{
    (void)context;
    for (unsigned rolls = 0; rolls < 4; rolls++) {
        world_open(&world, 4, 0);
        play(rolls);
        const size_t copy = records_of(1);
        const struct public_key former = key_of(1);
        play(1);
        world_restart_older(&world, 1, copy);
        assert_true(forgot(1));
        assert_back(1, 4, &former, 1000);
        world_close(&world);
    }
}

static void a_seat_without_any_record_comes_back(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(3);
    const struct public_key former = key_of(3);
    world.seats[3].down = true;
    world_restart_empty(&world, 3);
    assert_true(forgot(3));
    assert_back(3, 4, &former, 1000);
    assert_int_equal(world.seats[3].table->config.self, 3);
    world_close(&world);
}

static void who_came_later_and_lost_all_comes_back(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    const unsigned late = world_join(&world, false);
    run_until_back(late, 5);
    play(2);
    const unsigned seat = world.seats[late].table->config.self;
    const struct public_key former = key_of(late);
    world_restart_empty(&world, late);
    assert_back(late, 5, &former, 1000);
    assert_int_equal(world.seats[late].table->config.self, seat);
    world_close(&world);
}

static void what_was_found_is_found_again_after_restarts(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(2);
    const size_t copy = records_of(2);
    play(2);
    world.seats[0].down = world.seats[3].down = true; /* Nobody can let it in again. */
    world_restart_older(&world, 2, copy);
    world.seats[0].down = world.seats[3].down = false;
    world_run(&world, world.now + 100);
    assert_true(forgot(2));
    for (unsigned i = 0; i < 4; i++)
        world.seats[i].down = i != 2;
    world_restart(&world, 2);
    /* Nobody tells it anything, and yet it knows at once. */
    assert_true(forgot(2));
    assert_int_equal(world.seats[2].table->position, SEAT_NONE);
    world_close(&world);
}

static void memory_may_be_lost_again_and_again(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    for (unsigned i = 0; i < 3; i++) {
        const size_t copy = records_of(2);
        const struct public_key former = key_of(2);
        play(2);
        world_restart_older(&world, 2, copy);
        assert_back(2, 4, &former, 1000);
    }
    world_close(&world);
}

/* The copy is of before its first loss: the key that it then got is unknown to it. */
static void a_copy_that_is_two_keys_old(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    const size_t first = records_of(2);
    play(2);
    const struct world_log *records = &world.seats[2].records;
    uint8_t *oldest = malloc(first);
    memcpy(oldest, records->bytes, first);
    world_restart_older(&world, 2, first);
    run_until_back(2, 4);
    play(2);
    const struct public_key former = key_of(2);
    memcpy(records->bytes, oldest, first);
    free(oldest);
    world_restart_older(&world, 2, first);
    assert_back(2, 4, &former, 1000);
    world_close(&world);
}

/* It votes for the first time after a restart: also then a quorum is asked first. */
static void who_restarts_before_its_first_vote_asks_first(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(1);
    const unsigned late = world_join(&world, false);
    struct world_seat *seat = &world.seats[late];
    size_t copy = 0;
    for (unsigned i = 0; i < 60 && seat->table->position == SEAT_NONE; i++) {
        copy = seat->records.used;
        world_run(&world, world.now + 10);
    }
    assert_int_not_equal(seat->table->position, SEAT_NONE);
    const struct public_key former = key_of(late);
    play(2);
    world_restart_older(&world, late, copy);
    world_run(&world, world.now + 2000);
    assert_back(late, 5, &former, 1000);
    world_close(&world);
}

static void a_table_of_three_cannot_let_it_in(void **context)
{
    (void)context;
    for (unsigned n = 2; n <= 3; n++) {
        world_open(&world, n, 0);
        play(1);
        const size_t copy = records_of(1);
        play(2);
        const uint64_t rolls = world_state(&world, 0)->rolls_done;
        world_restart_older(&world, 1, copy);
        for (unsigned i = 0; i < n; i++)
            world_ready(&world, i);
        world_run(&world, world.now + 120000);
        assert_true(forgot(1));
        assert_int_equal(world_state(&world, 0)->rolls_done, rolls);
        assert_int_equal(roster()->count, n);
        /* All know why. */
        for (unsigned i = 0; i < n; i++)
            assert_int_equal(table_forgetful(world.seats[i].table), 2);
        assert_nobody_convicted();
        world_close(&world);
    }
}

/* Where a hole in the records is known of, nothing has to be found out. */
static void who_knows_of_a_hole_signs_nothing_with_that_key(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    play(2);
    const struct public_key former = key_of(1);
    world.seats[1].down = true;
    world_restart_hole(&world, 1);
    assert_true(forgot(1));
    assert_back(1, 4, &former, 1000);
    world_close(&world);
}

static void the_last_player_cannot_stand_up(void **context)
{
    (void)context;
    world_open(&world, 4, 3);
    play(1);
    const size_t copy = records_of(0);
    play(1);
    world_restart_older(&world, 0, copy);
    world_run(&world, world.now + 5000);
    assert_true(forgot(0));
    assert_int_equal(world_state(&world, 1)->left, 0);
    assert_int_equal(world_state(&world, 1)->phase, STATE_PHASE_BETTING);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_copy_makes_a_seat_watch_and_come_back),
        cmocka_unit_test(every_older_copy_is_found_out_or_is_whole),
        cmocka_unit_test(a_seat_without_any_record_comes_back),
        cmocka_unit_test(who_came_later_and_lost_all_comes_back),
        cmocka_unit_test(what_was_found_is_found_again_after_restarts),
        cmocka_unit_test(memory_may_be_lost_again_and_again),
        cmocka_unit_test(a_copy_that_is_two_keys_old),
        cmocka_unit_test(who_restarts_before_its_first_vote_asks_first),
        cmocka_unit_test(a_table_of_three_cannot_let_it_in),
        cmocka_unit_test(who_knows_of_a_hole_signs_nothing_with_that_key),
        cmocka_unit_test(the_last_player_cannot_stand_up),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
