/* SPDX-License-Identifier: MIT */
/*
 * Random play of 16 seats against the ledger: chips are conserved, the bank always covers what was
 * reserved, refused actions change nothing, and bytes read back; under every preset.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ledger/settlement.h"
#include "tests/craps/sitting.h"

struct world {
    struct craps craps;
    struct craps_rules rules;
    struct craps_card card;
    struct ledger ledger;
    uint64_t seed;
    uint64_t placed;
    uint64_t refused;
    uint64_t taken;
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

static void begin(uint64_t seed, const struct craps_preset *preset, uint8_t breakage, chips bank)
{
    memset(&world, 0, sizeof world);
    world.seed = seed;
    world.rules = preset->rules();
    world.rules.breakage = breakage;
    world.rules.pass_grows = seed % 2;
    world.rules.put_contract = seed / 2 % 2;
    world.rules.push_returns = seed / 3 % 2;
    world.rules.odds_within_max = seed / 4 % 2;
    assert_null(craps_rules_fault(&world.rules));
    craps_card_make(&world.card, &world.rules);
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
    assert_int_equal(world.ledger.reserved, craps_reserve_all(&world.craps, &world.card));
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        const struct craps_money lying = craps_lying(&world.craps, &world.card, seat);
        assert_int_equal(ledger_staked(&world.ledger, seat), lying.stake + lying.vig);
    }
}

/* Places by the rules and the ledger, as a table does; false when either refuses. */
static bool place(unsigned seat, struct craps_bet bet, chips amount)
{
    struct craps tried = world.craps;
    struct craps_money cost = {0};
    struct craps_refusal why;
    if (craps_place(&tried, &world.card, seat, bet, amount, &cost, &why) != CRAPS_ACCEPTED) {
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
        const chips fits = craps_fitting(&world.craps, &world.card, seat, bet, room);
        assert_true(fits < amount);
        tried = world.craps;
        if (fits > 0) {
            assert_int_equal(craps_place(&tried, &world.card, seat, bet, fits, &cost, &why),
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

static bool take_down(unsigned seat, struct craps_bet bet, chips amount)
{
    static struct craps before;
    struct craps_money back;
    struct craps_refusal why;
    before = world.craps;
    if (craps_take_down(&world.craps, &world.card, seat, bet, amount, &back, &why) !=
        CRAPS_ACCEPTED) {
        char sentence[CRAPS_SENTENCE_SIZE];
        assert_memory_equal(&before, &world.craps, sizeof before);
        craps_refusal_sentence(&why, sentence);
        assert_true(strlen(sentence) > 20 && strlen(sentence) < CRAPS_SENTENCE_SIZE - 1);
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
        craps_fit(&world.craps, &world.card, decisions, count, ledger_bank(&world.ledger));
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
            craps_roll(&craps, &world.card, UINT16_MAX, roll / 6 + 1, roll % 6 + 1, decisions);
        chips paid = 0;
        for (size_t i = 0; i < count; i++) {
            const struct craps_decision *decision = &decisions[i];
            paid += decision->profit;
            assert_true(decision->profit <=
                        craps_reserve(&world.card, decision->bet, decision->stake));
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
    const size_t count = craps_roll(&world.craps, &world.card, UINT16_MAX, (unsigned)(dice / 6) + 1,
                                    (unsigned)(dice % 6) + 1, decisions);
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
        /* Most of what is asked for does lie. */
        for (uint32_t i = 0, spot = (uint32_t)(word >> 8) % CRAPS_SPOT_COUNT;
             i < CRAPS_SPOT_COUNT && world.craps.seats[seat].stakes[spot] == 0; i++) {
            spot = (spot + 1) % CRAPS_SPOT_COUNT;
            bet = craps_bet_at(spot);
        }
        world.taken +=
            take_down(seat, bet, (word >> 50) % 2 == 0 ? CRAPS_WHOLE : (chips)((word >> 51) % 40));
    } else if (word % 16 == 2) {
        craps_set_working(&world.craps, seat, bet, (enum craps_working)((word >> 40) % 3), &why);
    } else {
        const bool accepted =
            place(seat, bet, (chips)((word >> 32) % 40) * (chips)(1 + (word >> 62)));
        world.placed += accepted;
        world.refused += !accepted;
    }
}

/* What lies is played to its end: nobody acts, and the bank stays good for all of it. */
static void play_out(void)
{
    for (unsigned i = 0; i < 40; i++) {
        check_worst_case();
        roll();
        check_books();
    }
}

static void random_play(uint64_t seed, const struct craps_preset *preset, chips bank,
                        uint8_t breakage)
{
    begin(seed, preset, breakage, bank);
    for (unsigned round = 0; round < 600; round++) {
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
        if (round % 100 == 99)
            play_out();
    }
    assert_true(world.refused > 1000);
}

static void random_play_keeps_the_books(void **state)
{
    (void)state;
    for (size_t i = 0; craps_preset_at(i) != NULL; i++) {
        random_play(2 * i + 1, craps_preset_at(i), 100000000, CRAPS_BREAKAGE_REFUSE);
        assert_true(world.placed > 1000 && world.taken > 100);
        random_play(2 * i + 2, craps_preset_at(i), 100000000, CRAPS_BREAKAGE_FLOOR);
        assert_true(world.placed > 1000 && world.taken > 100);
    }
}

static void a_small_bank_never_breaks(void **state)
{
    (void)state;
    random_play(3, craps_preset_at(0), 700, CRAPS_BREAKAGE_REFUSE);
    assert_true(world.placed > 100);
    random_play(4, craps_preset_at(0), 100, CRAPS_BREAKAGE_FLOOR);
    assert_true(world.placed > 100);
}

static void a_played_table_settles(void **state)
{
    (void)state;
    random_play(5, craps_preset_at(0), 100000, CRAPS_BREAKAGE_REFUSE);
    struct settlement settlement;
    assert_true(settlement_make(&world.ledger, UINT16_MAX, SETTLEMENT_SHARED, &settlement));
    assert_true(settlement.count > 0 && settlement.count < SEATS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_play_keeps_the_books),
        cmocka_unit_test(a_small_bank_never_breaks),
        cmocka_unit_test(a_played_table_settles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
