/* SPDX-License-Identifier: MIT */
/* The ledger: what each posting moves, what is refused, and that chips neither appear nor vanish.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/ledger.h"

static struct ledger funded(void)
{
    struct ledger ledger;
    ledger_init(&ledger);
    assert_int_equal(ledger_buy_in(&ledger, 0, 1000), LEDGER_POSTED);
    assert_int_equal(ledger_buy_in(&ledger, 3, 500), LEDGER_POSTED);
    assert_int_equal(ledger_fund_bank(&ledger, 10000), LEDGER_POSTED);
    return ledger;
}

static void chips_come_against_an_iou(void **state)
{
    (void)state;
    const struct ledger ledger = funded();
    assert_int_equal(ledger_rail(&ledger, 0), 1000);
    assert_int_equal(ledger_bought(&ledger, 0), 1000);
    assert_int_equal(ledger_rail(&ledger, 3), 500);
    assert_int_equal(ledger_bank(&ledger), 10000);
    assert_int_equal(ledger_funded(&ledger), 10000);
    assert_int_equal(ledger_bank_free(&ledger), 10000);
    assert_null(ledger_fault(&ledger));
}

static void a_bet_is_won(void **state)
{
    (void)state;
    struct ledger ledger = funded();
    assert_int_equal(ledger_stake(&ledger, 0, 105, 200), LEDGER_POSTED);
    assert_int_equal(ledger_rail(&ledger, 0), 895);
    assert_int_equal(ledger_staked(&ledger, 0), 105);
    assert_int_equal(ledger_bank_free(&ledger), 9800);
    assert_int_equal(ledger_set_reserved(&ledger, 0), LEDGER_POSTED);
    assert_int_equal(ledger_pay(&ledger, 0, 200), LEDGER_POSTED);
    assert_int_equal(ledger_vig(&ledger, 0, 5), LEDGER_POSTED);
    assert_int_equal(ledger_release(&ledger, 0, 105, 0), LEDGER_POSTED);
    assert_int_equal(ledger_rail(&ledger, 0), 1195);
    assert_int_equal(ledger_staked(&ledger, 0), 0);
    assert_int_equal(ledger_bank(&ledger), 9805);
    assert_null(ledger_fault(&ledger));
}

static void a_bet_is_lost(void **state)
{
    (void)state;
    struct ledger ledger = funded();
    assert_int_equal(ledger_stake(&ledger, 3, 500, 500), LEDGER_POSTED);
    assert_int_equal(ledger_set_reserved(&ledger, 0), LEDGER_POSTED);
    assert_int_equal(ledger_collect(&ledger, 3, 500), LEDGER_POSTED);
    assert_int_equal(ledger_rail(&ledger, 3), 0);
    assert_int_equal(ledger_bank(&ledger), 10500);
    assert_null(ledger_fault(&ledger));
}

static void a_bet_comes_down_and_frees_the_bank(void **state)
{
    (void)state;
    struct ledger ledger = funded();
    assert_int_equal(ledger_stake(&ledger, 0, 60, 70), LEDGER_POSTED);
    assert_int_equal(ledger_release(&ledger, 0, 60, 70), LEDGER_POSTED);
    assert_int_equal(ledger_rail(&ledger, 0), 1000);
    assert_int_equal(ledger_bank_free(&ledger), 10000);
    assert_null(ledger_fault(&ledger));
}

static void refusals_change_nothing(void **state)
{
    (void)state;
    struct ledger ledger = funded();
    assert_int_equal(ledger_stake(&ledger, 0, 100, 9000), LEDGER_POSTED);
    const struct ledger before = ledger;
    assert_int_equal(ledger_stake(&ledger, 0, 901, 1), LEDGER_REFUSED_RAIL_SHORT);
    assert_int_equal(ledger_stake(&ledger, 0, 100, 1001), LEDGER_REFUSED_BANK_SHORT);
    assert_int_equal(ledger_stake(&ledger, 0, -1, 1), LEDGER_REFUSED_AMOUNT);
    assert_int_equal(ledger_release(&ledger, 0, 101, 0), LEDGER_REFUSED_STAKED_SHORT);
    assert_int_equal(ledger_release(&ledger, 0, 0, 0), LEDGER_REFUSED_AMOUNT);
    assert_int_equal(ledger_collect(&ledger, 3, 1), LEDGER_REFUSED_STAKED_SHORT);
    assert_int_equal(ledger_vig(&ledger, 5, 1), LEDGER_REFUSED_RAIL_SHORT);
    assert_int_equal(ledger_pay(&ledger, 0, 1001), LEDGER_REFUSED_BANK_SHORT);
    assert_int_equal(ledger_buy_in(&ledger, 0, -5), LEDGER_REFUSED_AMOUNT);
    assert_int_equal(ledger_set_reserved(&ledger, 10001), LEDGER_REFUSED_BANK_SHORT);
    assert_memory_equal(&ledger, &before, sizeof ledger);
    assert_int_equal(ledger_bank_free(&ledger), 1000);
    assert_int_equal(ledger_stake(&ledger, 0, 100, 1000), LEDGER_POSTED);
}

static void no_more_chips_than_sums_can_hold(void **state)
{
    (void)state;
    struct ledger ledger = funded();
    const chips room = LEDGER_CHIPS_MAX - 11500;
    assert_int_equal(ledger_buy_in(&ledger, 1, INT64_MAX), LEDGER_REFUSED_TOO_MANY);
    assert_int_equal(ledger_buy_in(&ledger, 1, room + 1), LEDGER_REFUSED_TOO_MANY);
    assert_int_equal(ledger_fund_bank(&ledger, room + 1), LEDGER_REFUSED_TOO_MANY);
    assert_int_equal(ledger_fund_bank(&ledger, room), LEDGER_POSTED);
    assert_int_equal(ledger_buy_in(&ledger, 1, 1), LEDGER_REFUSED_TOO_MANY);
    assert_null(ledger_fault(&ledger));
}

static void broken_books_are_named(void **state)
{
    (void)state;
    struct ledger ledger = funded();
    ledger.balances[LEDGER_RAIL]++;
    assert_string_equal(ledger_fault(&ledger), "The balances do not sum to zero.");
    ledger = funded();
    ledger.balances[LEDGER_RAIL + 3] = -1;
    ledger.balances[LEDGER_RAIL] += 501;
    assert_string_equal(ledger_fault(&ledger), "A balance has the wrong sign.");
    ledger = funded();
    ledger.reserved = 10001;
    assert_string_equal(ledger_fault(&ledger), "The bank does not cover what it reserved.");
}

static void the_bytes_read_back(void **state)
{
    (void)state;
    struct ledger ledger = funded();
    assert_int_equal(ledger_stake(&ledger, 0, 60, 70), LEDGER_POSTED);
    uint8_t bytes[LEDGER_ENCODED_SIZE];
    struct writer out = writer_on(bytes, sizeof bytes);
    ledger_encode(&ledger, &out);
    assert_false(out.failed);
    assert_int_equal(out.used, LEDGER_ENCODED_SIZE);
    struct ledger copy;
    struct reader in = reader_on(written(&out));
    assert_true(ledger_decode(&in, &copy));
    assert_memory_equal(&copy, &ledger, sizeof copy);
    bytes[7] ^= 1;
    in = reader_on(written(&out));
    assert_false(ledger_decode(&in, &copy));
    in = reader_on((struct bytes){bytes, sizeof bytes - 1});
    assert_false(ledger_decode(&in, &copy));
}

/* xorshift64: the same numbers in every run. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void any_postings_keep_the_books_right(void **state)
{
    (void)state;
    struct ledger ledger = funded();
    uint64_t seed = 20260101;
    unsigned posted = 0;
    for (unsigned i = 0; i < 200000; i++) {
        const unsigned seat = (unsigned)(next(&seed) % SEATS_MAX);
        const chips amount = (chips)(next(&seed) % 200) - 5;
        const struct ledger before = ledger;
        enum ledger_verdict verdict = LEDGER_POSTED;
        switch (next(&seed) % 7) {
        case 0:
            verdict = ledger_buy_in(&ledger, seat, amount);
            break;
        case 1:
            verdict = ledger_stake(&ledger, seat, amount, 2 * (amount > 0 ? amount : 0));
            break;
        case 2:
            verdict = ledger_release(&ledger, seat, amount, ledger.reserved / 3);
            break;
        case 3:
            verdict = ledger_pay(&ledger, seat, amount);
            break;
        case 4:
            verdict = ledger_collect(&ledger, seat, amount);
            break;
        case 5:
            verdict = ledger_vig(&ledger, seat, amount);
            break;
        default:
            verdict = ledger_fund_bank(&ledger, amount);
            break;
        }
        assert_null(ledger_fault(&ledger));
        if (verdict != LEDGER_POSTED)
            assert_memory_equal(&ledger, &before, sizeof ledger);
        posted += verdict == LEDGER_POSTED;
    }
    assert_true(posted > 100000 && posted < 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chips_come_against_an_iou),
        cmocka_unit_test(a_bet_is_won),
        cmocka_unit_test(a_bet_is_lost),
        cmocka_unit_test(a_bet_comes_down_and_frees_the_bank),
        cmocka_unit_test(refusals_change_nothing),
        cmocka_unit_test(no_more_chips_than_sums_can_hold),
        cmocka_unit_test(broken_books_are_named),
        cmocka_unit_test(the_bytes_read_back),
        cmocka_unit_test(any_postings_keep_the_books_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
