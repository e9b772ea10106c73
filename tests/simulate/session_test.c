/* SPDX-License-Identifier: MIT */
/* Single sessions: money, horizons, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "simulate/session.h"
#include "simulate/stream.h"
#include "strategy/library.h"

static struct session_plan plan;
static struct session_room *room;
static struct session_record *record;
static struct strategy strategy;
static atomic_bool never;

static int begin(void **state)
{
    (void)state;
    const struct craps_rules rules = craps_rules_casino();
    memset(&plan, 0, sizeof plan);
    session_prepare(&plan, &rules);
    plan.bankroll = 500;
    plan.unit = 5;
    plan.horizon = RESULT_HORIZON_ROLLS;
    plan.length = 144;
    plan.points_count = 145;
    for (uint64_t i = 0; i < plan.points_count; i++)
        plan.points[i] = i;
    room = calloc(1, sizeof *room);
    record = calloc(1, sizeof *record);
    return room && record ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    free(room);
    free(record);
    return 0;
}

static void compile(const char *text)
{
    struct strategy_error error;
    const struct bytes view = {(const uint8_t *)text, strlen(text)};
    if (!strategy_parse(view, &strategy, &error))
        fail_msg("%u:%u: %s", error.line, error.column, error.sentence);
}

static void play(uint64_t session)
{
    session_forget(record);
    session_play(&plan, &strategy, session, &never, room, record);
}

static chips net_of_bets(void)
{
    chips net = 0;
    for (size_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++)
        net += record->bets[spot].net;
    return net;
}

static uint64_t falls(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < 36; i++)
        sum += record->falls[i];
    return sum;
}

/* All that a session won or lost is in its bets; nothing lies at the end; dice were counted. */
static void assert_accounts(const char *name)
{
    const struct craps_money lying = craps_lying(&room->craps, &plan.card, 0);
    if (record->final - plan.bankroll != net_of_bets())
        fail_msg("%s: %lld won, but %lld by bets", name, (long long)(record->final - plan.bankroll),
                 (long long)net_of_bets());
    assert_int_equal(lying.stake + lying.vig, 0);
    assert_int_equal(falls(), record->rolls);
    assert_true(record->final >= 0 && record->peak >= record->final);
    assert_true(record->needed >= 0 && record->needed <= plan.bankroll);
    assert_true(record->risk_most <= record->risk_sum || record->rolls == 0);
    assert_int_equal(record->path[0], plan.bankroll);
}

static void every_library_strategy_keeps_the_books(void **state)
{
    (void)state;
    static const char *const houses[] = {"casino", "vegas-345", "crapssim"};
    size_t tried = 0;
    for (size_t h = 0; h < 3; h++) {
        const struct bytes house = {(const uint8_t *)houses[h], strlen(houses[h])};
        const struct craps_rules rules = craps_preset_find(house)->rules();
        session_prepare(&plan, &rules);
        for (size_t i = 0; strategy_library_at(i); i++, tried++) {
            const struct strategy_source *source = strategy_library_at(i);
            struct strategy_error error;
            assert_true(strategy_parse(source->text, &strategy, &error));
            for (uint64_t session = 0; session < 20; session++) {
                plan.seed = session % 4;
                plan.bankroll = session % 2 == 0 ? 500 : 60;
                play(session);
                assert_accounts(source->name);
            }
        }
    }
    assert_true(tried > 60);
}

static void a_session_is_a_function_of_its_number(void **state)
{
    (void)state;
    static struct session_record first;
    compile("strategy \"x\"\non every roll: if random(2) = 0: bet unit on anything\n");
    play(7);
    first = *record;
    play(8);
    assert_memory_not_equal(first.falls, record->falls, sizeof first.falls);
    play(7);
    assert_memory_equal(&first, record, sizeof first);
    plan.seed = 1;
    play(7);
    assert_memory_not_equal(first.falls, record->falls, sizeof first.falls);
}

static void strategies_see_the_same_dice(void **state)
{
    (void)state;
    uint64_t seen[36];
    /* Sessions of one-roll bets end at the very roll. */
    compile("strategy \"x\"\non every roll: bet 5 on field\n");
    play(3);
    assert_int_equal(record->rolls, 144);
    memcpy(seen, record->falls, sizeof seen);
    compile("strategy \"y\"\non every roll: bet random(7) on any seven\n");
    play(3);
    assert_memory_equal(seen, record->falls, sizeof seen);
}

static void a_roll_horizon_lets_line_bets_finish(void **state)
{
    (void)state;
    uint64_t longer = 0;
    compile("strategy \"x\"\non comeout: bet unit on pass\n");
    for (uint64_t session = 0; session < 100; session++) {
        play(session);
        const struct session_bet *pass = &record->bets[CRAPS_SPOT_PASS];
        assert_int_equal(record->end, SESSION_END_HORIZON);
        assert_true(record->rolls >= 144);
        assert_int_equal(pass->placed, pass->won + pass->lost);
        assert_int_equal(room->craps.puck, 0);
        longer += record->rolls > 144;
    }
    /* About 70 % of rolls are with a point on. */
    assert_in_range(longer, 55, 85);
}

static void a_roll_horizon_takes_box_bets_down(void **state)
{
    (void)state;
    compile("strategy \"x\"\non every roll:\n    bet 6 on place 6 and 8\n    bet 20 on buy 4\n");
    for (uint64_t session = 0; session < 50; session++) {
        play(session);
        assert_int_equal(record->rolls, 144);
        assert_int_equal(record->end, SESSION_END_HORIZON);
        assert_accounts("place");
    }
}

static void a_shooter_horizon_ends_with_the_seven_out(void **state)
{
    (void)state;
    compile("strategy \"x\"\non comeout: bet unit on pass\n");
    plan.horizon = RESULT_HORIZON_SHOOTERS;
    for (plan.length = 1; plan.length <= 12; plan.length += 11) {
        for (uint64_t session = 0; session < 30; session++) {
            play(session);
            assert_int_equal(record->hands, plan.length);
            assert_int_equal(record->hand_rolls, record->rolls);
            assert_true(record->longest_hand <= record->rolls);
            assert_true(record->points_set == record->points_made + plan.length);
        }
    }
}

static void bust_is_a_rail_that_pays_for_no_bet(void **state)
{
    (void)state;
    uint64_t bust = 0;
    compile("strategy \"x\"\non every roll: bet 10 on any seven\n");
    plan.bankroll = 43;
    plan.length = 1000;
    for (uint64_t session = 0; session < 40; session++) {
        play(session);
        assert_accounts("any seven");
        if (record->end != SESSION_END_BUST)
            continue;
        bust++;
        assert_true(record->final < 10);
        assert_true(record->rolls < 1000);
        assert_int_equal(record->path_count, record->rolls < 144 ? record->rolls + 1 : 145);
    }
    /* A sixth is lost of ten chips on every roll. */
    assert_in_range(bust, 35, 40);
}

static void waiting_is_not_being_bust(void **state)
{
    (void)state;
    compile("strategy \"x\"\non every roll:\n    if shooters > 3: bet 500 on field\n");
    plan.bankroll = 500;
    play(1);
    assert_true(record->rolls > 4);
    compile("strategy \"x\"\non every roll:\n    if shooters > 1000: bet 500 on field\n");
    play(1);
    assert_int_equal(record->end, SESSION_END_HORIZON);
    assert_int_equal(record->final, 500);
    assert_int_equal(record->rolls, 144);
}

static void goals_and_limits_end_a_session(void **state)
{
    (void)state;
    uint64_t ends[SESSION_END_CUT + 1] = {0};
    compile("strategy \"x\"\non every roll: bet 10 on field\n");
    plan.length = 100000;
    plan.win_goal = 50;
    plan.loss_limit = 70;
    for (uint64_t session = 0; session < 100; session++) {
        play(session);
        ends[record->end]++;
        const chips won = record->final - plan.bankroll;
        if (record->end == SESSION_END_GOAL)
            assert_in_range(won, 50, 70); /* 12 pays 3:1. */
        else
            assert_int_equal(won, -70);
        assert_accounts("field");
    }
    assert_int_equal(ends[SESSION_END_GOAL] + ends[SESSION_END_LIMIT], 100);
    assert_in_range(ends[SESSION_END_GOAL], 30, 70);
}

static void a_strategy_can_stop(void **state)
{
    (void)state;
    compile("strategy \"x\"\nstop when rolls >= 10\non every roll: bet 5 on field\n");
    play(1);
    assert_int_equal(record->end, SESSION_END_QUIT);
    assert_int_equal(record->rolls, 10);
}

static void a_session_can_be_cut(void **state)
{
    (void)state;
    atomic_bool stop = true;
    compile("strategy \"x\"\non every roll:\n    if rolls > 1000000000: bet 5 on field\n");
    plan.length = 1000000000;
    session_forget(record);
    session_play(&plan, &strategy, 1, &stop, room, record);
    assert_int_equal(record->end, SESSION_END_CUT);
    assert_true(record->rolls < 1000000);
}

/* The words are what Python makes of the header's definition. */
static void a_stream_begins_where_it_says(void **state)
{
    (void)state;
    /* hashlib.blake2b(b"bitcraps:simulate:v1" + (1, 2), digest_size=64). */
    static const uint64_t words[5] = {0xc010889ae8556e24, 0xa0f9258e2e044e49, 0x43199c2c0ecad25b,
                                      0x88ad8c5411993b57, 0xd009c29d9a8b394f};
    static const uint64_t nexts[3] = {0xe5ccff0b60e16b22, 0x9c537da1b4c9c221, 0xae4d6fe8ca829bd1};
    struct stream stream;
    assert_true(stream_init(&stream, 1, 2) == words[4]);
    assert_memory_equal(stream.words, words, sizeof stream.words);
    for (size_t i = 0; i < 3; i++)
        assert_true(stream_next(&stream) == nexts[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_library_strategy_keeps_the_books),
        TEST(a_session_is_a_function_of_its_number),
        TEST(strategies_see_the_same_dice),
        TEST(a_roll_horizon_lets_line_bets_finish),
        TEST(a_roll_horizon_takes_box_bets_down),
        TEST(a_shooter_horizon_ends_with_the_seven_out),
        TEST(bust_is_a_rail_that_pays_for_no_bet),
        TEST(waiting_is_not_being_bust),
        TEST(goals_and_limits_end_a_session),
        TEST(a_strategy_can_stop),
        TEST(a_session_can_be_cut),
        TEST(a_stream_begins_where_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
