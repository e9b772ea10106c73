/* SPDX-License-Identifier: MIT */
/*
 * Random play of 16 seats against the ledger: chips are conserved, the bank always covers what was
 * reserved, refused actions change nothing, and bytes read back. And the strategies, which must
 * never be refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ledger/settlement.h"
#include "strategy/strategy.h"
#include "tests/craps/sitting.h"

/* Actions of one seat before one roll, at most. */
#define ACTIONS_MAX 64

struct world {
    struct craps craps;
    struct craps_rules rules;
    struct ledger ledger;
    uint64_t seed;
    uint64_t placed;
    uint64_t refused;
};

static struct world world;
static struct craps_decision decisions[CRAPS_DECISIONS_MAX];

/* xorshift64*: the same words in every run. */
static uint64_t next(void)
{
    world.seed ^= world.seed >> 12;
    world.seed ^= world.seed << 25;
    world.seed ^= world.seed >> 27;
    return world.seed * 2685821657736338717u;
}

static void begin(uint64_t seed, chips bank)
{
    memset(&world, 0, sizeof world);
    world.seed = seed;
    world.rules = craps_rules_casino();
    craps_init(&world.craps);
    ledger_init(&world.ledger);
    assert_int_equal(ledger_fund_bank(&world.ledger, bank), LEDGER_POSTED);
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        assert_int_equal(ledger_buy_in(&world.ledger, seat, 1000), LEDGER_POSTED);
    craps_set_shooter(&world.craps, 0);
}

/* What must hold after every step. */
static void check_books(void)
{
    assert_null(ledger_fault(&world.ledger));
    assert_int_equal(world.ledger.reserved, craps_reserve_all(&world.craps, &world.rules));
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        const struct craps_money lying = craps_lying(&world.craps, &world.rules, seat);
        assert_int_equal(ledger_staked(&world.ledger, seat), lying.stake + lying.vig);
    }
}

/* Places by the rules and the ledger, as a table does; false when either refuses. */
static bool place(unsigned seat, struct craps_bet bet, chips amount)
{
    struct craps tried = world.craps;
    struct craps_money cost = {0};
    struct craps_refusal why;
    if (craps_place(&tried, &world.rules, seat, bet, amount, &cost, &why) != CRAPS_ACCEPTED) {
        char sentence[CRAPS_SENTENCE_SIZE];
        assert_memory_equal(&tried, &world.craps, sizeof tried);
        craps_refusal_sentence(&why, sentence);
        assert_true(strlen(sentence) > 20 && strlen(sentence) < CRAPS_SENTENCE_SIZE - 1);
        assert_int_equal(sentence[strlen(sentence) - 1], '.');
        return false;
    }
    const enum ledger_verdict verdict =
        ledger_stake(&world.ledger, seat, cost.stake + cost.vig, cost.win);
    if (verdict == LEDGER_REFUSED_BANK_SHORT) {
        /* The sum that is named does fit. */
        const chips room = ledger_bank_free(&world.ledger);
        const chips fits = craps_fitting(&world.craps, &world.rules, seat, bet, room);
        assert_true(fits < amount);
        tried = world.craps;
        if (fits > 0) {
            assert_int_equal(craps_place(&tried, &world.rules, seat, bet, fits, &cost, &why),
                             CRAPS_ACCEPTED);
            assert_true(cost.win <= room);
        }
        return false;
    }
    if (verdict != LEDGER_POSTED)
        return false;
    world.craps = tried;
    return true;
}

static bool take_down(unsigned seat, struct craps_bet bet)
{
    const struct craps before = world.craps;
    struct craps_money back;
    struct craps_refusal why;
    if (craps_take_down(&world.craps, &world.rules, seat, bet, &back, &why) != CRAPS_ACCEPTED) {
        assert_memory_equal(&before, &world.craps, sizeof before);
        return false;
    }
    assert_int_equal(ledger_release(&world.ledger, seat, back.stake + back.vig, back.win),
                     LEDGER_POSTED);
    return true;
}

/* In the order that craps.h names. */
static void settle(size_t count)
{
    assert_int_equal(ledger_set_reserved(&world.ledger, 0), LEDGER_POSTED);
    for (size_t i = 0; i < count; i++) {
        if (decisions[i].collected > 0)
            assert_int_equal(
                ledger_collect(&world.ledger, decisions[i].seat, decisions[i].collected),
                LEDGER_POSTED);
    }
    for (size_t i = 0; i < count; i++) {
        const struct craps_decision *decision = &decisions[i];
        if (decision->profit > 0)
            assert_int_equal(ledger_pay(&world.ledger, decision->seat, decision->profit),
                             LEDGER_POSTED);
        if (decision->vig > 0)
            assert_int_equal(ledger_vig(&world.ledger, decision->seat, decision->vig),
                             LEDGER_POSTED);
    }
    const chips reserve =
        craps_fit(&world.craps, &world.rules, decisions, count, ledger_bank(&world.ledger));
    assert_int_equal(ledger_set_reserved(&world.ledger, reserve), LEDGER_POSTED);
    for (size_t i = 0; i < count; i++) {
        if (decisions[i].returned > 0)
            assert_int_equal(
                ledger_release(&world.ledger, decisions[i].seat, decisions[i].returned, 0),
                LEDGER_POSTED);
    }
}

/* No roll of the 36 can cost the bank more than it has reserved. */
static void check_worst_case(void)
{
    for (unsigned roll = 0; roll < 36; roll++) {
        struct craps craps = world.craps;
        const size_t count =
            craps_roll(&craps, &world.rules, UINT16_MAX, roll / 6 + 1, roll % 6 + 1, decisions);
        chips paid = 0;
        for (size_t i = 0; i < count; i++) {
            const struct craps_decision *decision = &decisions[i];
            paid += decision->profit;
            assert_true(decision->profit <=
                        craps_reserve(&world.rules, decision->bet, decision->stake));
        }
        assert_true(paid <= world.ledger.reserved);
    }
}

static void check_bytes(void)
{
    static uint8_t bytes[CRAPS_ENCODED_MAX];
    static uint8_t again[CRAPS_ENCODED_MAX];
    static struct craps read;
    struct writer out = writer_on(bytes, sizeof bytes);
    craps_encode(&world.craps, &out);
    assert_false(out.failed);
    struct reader in = reader_on(written(&out));
    assert_true(craps_decode(&in, &read));
    assert_int_equal(in.size, 0);
    assert_memory_equal(&read, &world.craps, sizeof read);
    struct writer copy = writer_on(again, sizeof again);
    craps_encode(&read, &copy);
    assert_int_equal(copy.used, out.used);
    assert_memory_equal(bytes, again, out.used);
    in = reader_on((struct bytes){bytes, out.used - 1});
    assert_false(craps_decode(&in, &read));
}

static void roll(void)
{
    const uint64_t dice = next() % 36;
    chips total = ledger_funded(&world.ledger);
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        total += ledger_bought(&world.ledger, seat);
    const size_t count = craps_roll(&world.craps, &world.rules, UINT16_MAX,
                                    (unsigned)(dice / 6) + 1, (unsigned)(dice % 6) + 1, decisions);
    settle(count);
    chips sum = ledger_bank(&world.ledger);
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        sum += ledger_rail(&world.ledger, seat) + ledger_staked(&world.ledger, seat);
    assert_int_equal(sum, total);
}

/* Any kind, number and amount, most of them wrong. */
static void act_at_random(unsigned seat)
{
    struct craps_refusal why;
    const uint64_t word = next();
    struct craps_bet bet = craps_bet_at((uint32_t)(word >> 8) % CRAPS_SPOT_COUNT);
    if (word % 8 == 0)
        bet = (struct craps_bet){(uint8_t)(word >> 16), (uint8_t)(word >> 24)};
    if (word % 16 == 1) {
        take_down(seat, bet);
    } else if (word % 16 == 2) {
        craps_set_working(&world.craps, seat, bet, (enum craps_working)((word >> 40) % 3), &why);
    } else {
        const bool accepted =
            place(seat, bet, (chips)((word >> 32) % 40) * (chips)(1 + (word >> 62)));
        world.placed += accepted;
        world.refused += !accepted;
    }
}

static void random_play(uint64_t seed, chips bank, uint8_t breakage)
{
    begin(seed, bank);
    world.rules.breakage = breakage;
    world.rules.lays_work = seed % 2;
    world.rules.hardways_work = seed / 2 % 2;
    for (unsigned round = 0; round < 1500; round++) {
        if (ledger_bank(&world.ledger) < 100)
            assert_int_equal(ledger_fund_bank(&world.ledger, 100), LEDGER_POSTED);
        for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
            if (ledger_rail(&world.ledger, seat) < 50)
                assert_int_equal(ledger_buy_in(&world.ledger, seat, 500), LEDGER_POSTED);
            for (unsigned i = 0; i < 4; i++)
                act_at_random(seat);
        }
        check_books();
        if (round % 16 == 0)
            check_worst_case();
        check_bytes();
        roll();
        check_books();
    }
    assert_true(world.refused > 1000);
}

static void random_play_keeps_the_books(void **state)
{
    (void)state;
    random_play(1, 1000000, CRAPS_BREAKAGE_REFUSE);
    assert_true(world.placed > 10000);
    random_play(2, 1000000, CRAPS_BREAKAGE_FLOOR);
    assert_true(world.placed > 10000);
}

static void a_small_bank_never_breaks(void **state)
{
    (void)state;
    random_play(3, 700, CRAPS_BREAKAGE_REFUSE);
    assert_true(world.placed > 100);
    random_play(4, 100, CRAPS_BREAKAGE_FLOOR);
    assert_true(world.placed > 100);
}

static void a_played_table_settles(void **state)
{
    (void)state;
    random_play(5, 100000, CRAPS_BREAKAGE_REFUSE);
    struct settlement settlement;
    assert_true(settlement_make(&world.ledger, UINT16_MAX, SETTLEMENT_SHARED, &settlement));
    assert_true(settlement.count > 0 && settlement.count < SEATS_MAX);
}

/* Lets a strategy act until it is ready; fails when it is refused or does not end. */
static void act_by(const struct strategy *strategy, unsigned seat)
{
    for (unsigned i = 0; i < ACTIONS_MAX * 4; i++) {
        const struct strategy_view view = {.craps = &world.craps,
                                           .rules = &world.rules,
                                           .seat = seat,
                                           .rail = ledger_rail(&world.ledger, seat),
                                           .random = next()};
        const struct strategy_action action = strategy->next(&view);
        switch (action.deed) {
        case STRATEGY_READY:
            return;
        case STRATEGY_PLACE:
            if (!place(seat, action.bet, action.amount))
                fail_msg("%s: %u %u with %lld is refused", strategy->name, action.bet.kind,
                         action.bet.number, (long long)action.amount);
            world.placed++;
            break;
        case STRATEGY_TAKE_DOWN:
            if (!take_down(seat, action.bet))
                fail_msg("%s: %u %u cannot come down", strategy->name, action.bet.kind,
                         action.bet.number);
            break;
        }
    }
    fail_msg("%s does not end", strategy->name);
}

static void a_strategy_is_never_refused(const struct strategy *strategy, unsigned rolls)
{
    begin(7, 100000000);
    for (unsigned i = 0; i < rolls; i++) {
        const unsigned seat = i % SEATS_MAX;
        for (unsigned k = 0; k < 2; k++) {
            const unsigned who = k == 0 ? world.craps.shooter : seat;
            if (ledger_rail(&world.ledger, who) < 100)
                assert_int_equal(ledger_buy_in(&world.ledger, who, 1000), LEDGER_POSTED);
            act_by(strategy, who);
        }
        assert_true(craps_shooter_ready(&world.craps));
        const uint64_t dice = next() % 36;
        settle(craps_roll(&world.craps, &world.rules, UINT16_MAX, (unsigned)(dice / 6) + 1,
                          (unsigned)(dice % 6) + 1, decisions));
        if (i % 64 == 0)
            check_books();
    }
    assert_true(world.placed > rolls / 20);
}

static void strategies_are_never_refused(void **state)
{
    (void)state;
    size_t count = 0;
    for (; strategy_at(count) != NULL; count++)
        a_strategy_is_never_refused(strategy_at(count), 100000);
    assert_int_equal(count, 5);
}

static void strategies_have_names(void **state)
{
    (void)state;
    for (size_t i = 0; strategy_at(i) != NULL; i++) {
        const char *name = strategy_at(i)->name;
        const struct bytes view = {(const uint8_t *)name, strlen(name)};
        assert_ptr_equal(strategy_find(view), strategy_at(i));
        assert_null(strategy_find((struct bytes){view.at, view.size - 1}));
        assert_true(strlen(strategy_at(i)->description) > 10);
    }
    assert_null(strategy_find((struct bytes){NULL, 0}));
}

static void pass_odds_takes_full_odds(void **state)
{
    (void)state;
    begin(1, 100000);
    const struct strategy *strategy =
        strategy_find((struct bytes){(const uint8_t *)"pass-odds", 9});
    act_by(strategy, 0);
    settle(craps_roll(&world.craps, &world.rules, 1, 3, 3, decisions));
    act_by(strategy, 0);
    assert_int_equal(world.craps.seats[0].stakes[craps_spot(bet_named("pass 6"))], 5);
    assert_int_equal(world.craps.seats[0].stakes[craps_spot(bet_named("pass odds 6"))], 25);
    assert_int_equal(ledger_rail(&world.ledger, 0), 970);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_play_keeps_the_books),
        cmocka_unit_test(a_small_bank_never_breaks),
        cmocka_unit_test(a_played_table_settles),
        cmocka_unit_test(strategies_are_never_refused),
        cmocka_unit_test(strategies_have_names),
        cmocka_unit_test(pass_odds_takes_full_odds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
