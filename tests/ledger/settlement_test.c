/* SPDX-License-Identifier: MIT */
/* Settlement: nets that sum to zero, the bank's shares, and few transfers that make all even. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/settlement.h"

/* Seats 0 to count - 1 bought 1000 each, the bank 10000; wins[i] went from the bank to seat i. */
static struct ledger played(unsigned count, const chips *wins)
{
    struct ledger ledger;
    ledger_init(&ledger);
    assert_int_equal(ledger_fund_bank(&ledger, 10000), LEDGER_POSTED);
    for (unsigned seat = 0; seat < count; seat++) {
        assert_int_equal(ledger_buy_in(&ledger, seat, 1000), LEDGER_POSTED);
        if (wins[seat] > 0)
            assert_int_equal(ledger_pay(&ledger, seat, wins[seat]), LEDGER_POSTED);
        if (wins[seat] < 0)
            assert_int_equal(ledger_vig(&ledger, seat, -wins[seat]), LEDGER_POSTED);
    }
    return ledger;
}

static void check(const char *name, unsigned owner, const chips *wins, const chips *nets,
                  unsigned transfers)
{
    const struct ledger ledger = played(4, wins);
    struct settlement settlement;
    assert_true(settlement_make(&ledger, 0xf, owner, &settlement));
    chips rest[SEATS_MAX];
    memcpy(rest, settlement.net, sizeof rest);
    for (unsigned i = 0; i < settlement.count; i++) {
        rest[settlement.transfers[i].from] += settlement.transfers[i].amount;
        rest[settlement.transfers[i].to] -= settlement.transfers[i].amount;
    }
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (settlement.net[seat] != (seat < 4 ? nets[seat] : 0))
            fail_msg("%s: net of seat %u is %lld", name, seat, (long long)settlement.net[seat]);
        assert_int_equal(rest[seat], 0);
    }
    if (settlement.count != transfers)
        fail_msg("%s: %u transfers", name, settlement.count);
}

static void tables_of_settlements(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned owner;
        chips wins[4];
        chips nets[4];
        unsigned transfers;
    } table[] = {
        {"1 nothing happened", SETTLEMENT_SHARED, {0, 0, 0, 0}, {0, 0, 0, 0}, 0},
        {"2 host owns the bank and wins", 0, {0, -100, -200, -300}, {600, -100, -200, -300}, 3},
        {"3 host owns the bank and loses", 1, {50, 10, 0, 0}, {50, -50, 0, 0}, 1},
        {"4 the bank's gain is shared",
         SETTLEMENT_SHARED,
         {-400, 0, 0, 0},
         {-300, 100, 100, 100},
         3},
        {"5 its loss is shared", SETTLEMENT_SHARED, {400, 0, 0, 0}, {300, -100, -100, -100}, 3},
        {"6 a gain's remainder to the first", SETTLEMENT_SHARED, {-3, 0, 0, 0}, {-2, 1, 1, 0}, 2},
        {"7 a loss's remainder to the first", SETTLEMENT_SHARED, {3, 0, 0, 0}, {3, -1, -1, -1}, 3},
        {"8 pairs that match", SETTLEMENT_SHARED, {70, 30, -70, -30}, {70, 30, -70, -30}, 2},
        {"9 one chip", SETTLEMENT_SHARED, {1, -1, 0, 0}, {1, -1, 0, 0}, 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        check(table[i].name, table[i].owner, table[i].wins, table[i].nets, table[i].transfers);
}

static void chips_on_the_table_count(void **state)
{
    (void)state;
    struct ledger ledger = played(2, (chips[]){0, 0});
    assert_int_equal(ledger_stake(&ledger, 0, 300, 0), LEDGER_POSTED);
    struct settlement settlement;
    assert_true(settlement_make(&ledger, 3, SETTLEMENT_SHARED, &settlement));
    assert_int_equal(settlement.count, 0);
}

static void nobody_who_owes_is_left_out(void **state)
{
    (void)state;
    const struct ledger ledger = played(3, (chips[]){0, 0, 0});
    struct settlement settlement;
    assert_false(settlement_make(&ledger, 3, SETTLEMENT_SHARED, &settlement));
    assert_true(settlement_make(&ledger, 7, SETTLEMENT_SHARED, &settlement));
}

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void any_result_settles(void **state)
{
    (void)state;
    uint64_t seed = 99;
    for (unsigned round = 0; round < 20000; round++) {
        const unsigned count = 1 + (unsigned)(next(&seed) % SEATS_MAX);
        chips wins[SEATS_MAX];
        for (unsigned seat = 0; seat < count; seat++)
            wins[seat] = (chips)(next(&seed) % 1200) - 600;
        const struct ledger ledger = played(count, wins);
        const uint16_t players = (uint16_t)((1u << count) - 1);
        const unsigned owner = next(&seed) % 2 == 0 ? SETTLEMENT_SHARED : count - 1;
        struct settlement settlement;
        assert_true(settlement_make(&ledger, players, owner, &settlement));
        assert_true(settlement.count < count);
        chips sum = 0;
        for (unsigned seat = 0; seat < SEATS_MAX; seat++)
            sum += settlement.net[seat];
        assert_int_equal(sum, 0);
        for (unsigned i = 0; i < settlement.count; i++) {
            settlement.net[settlement.transfers[i].from] += settlement.transfers[i].amount;
            settlement.net[settlement.transfers[i].to] -= settlement.transfers[i].amount;
            assert_true(settlement.transfers[i].amount > 0);
        }
        for (unsigned seat = 0; seat < SEATS_MAX; seat++)
            assert_int_equal(settlement.net[seat], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_settlements),
        cmocka_unit_test(chips_on_the_table_count),
        cmocka_unit_test(nobody_who_owes_is_left_out),
        cmocka_unit_test(any_result_settles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
