/* SPDX-License-Identifier: MIT */
/* House rules: the casino's, what is refused, and their bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "craps/rules.h"

static void the_casino_has_no_fault(void **state)
{
    (void)state;
    const struct craps_rules rules = craps_rules_casino();
    assert_null(craps_rules_fault(&rules));
    assert_int_equal(rules.limits[CRAPS_LIMIT_LINE].min, 5);
}

/* Sets one thing of the casino's rules wrong. */
#define WRONG(number, change)                                                                      \
    do {                                                                                           \
        struct craps_rules rules = craps_rules_casino();                                           \
        change;                                                                                    \
        if (craps_rules_fault(&rules) == NULL)                                                     \
            fail_msg("%d: %s passes", number, #change);                                            \
    } while (0)

static void unplayable_rules_are_refused(void **state)
{
    (void)state;
    WRONG(1, rules.bets = 0);
    WRONG(2, rules.bets |= (uint64_t)1 << CRAPS_KIND_COUNT);
    WRONG(3, rules.dollar = 0);
    WRONG(4, rules.dollar = 1000001);
    WRONG(5, rules.dollar = 2);
    WRONG(6, rules.limits[CRAPS_LIMIT_LINE].min = 0);
    WRONG(7, rules.limits[CRAPS_LIMIT_ODDS].max = 0);
    WRONG(8, rules.limits[CRAPS_LIMIT_BOX].max = CRAPS_STAKE_MAX + 1);
    WRONG(9, rules.limits[CRAPS_LIMIT_BOX].min = 2);
    WRONG(10, rules.odds_halves[1] = 201);
    WRONG(11, rules.bar = 3);
    WRONG(12, rules.breakage = 2);
    WRONG(13, rules.vig_rounding = 3);
    WRONG(14, rules.lays_work = 2);
    WRONG(15, rules.hardways_work = 255);
    WRONG(16, rules.buy_vig_on_win |= 1 << 7);
    WRONG(17, rules.lay_vig_on_win |= 1 << 11);
    WRONG(18, rules.pays[CRAPS_PAY_FIELD_TWO].to = 4);
    WRONG(19, rules.pays[CRAPS_PAY_HOP_HARD].to = 36);
    WRONG(20, rules.pays[CRAPS_PAY_HARD_SIX_EIGHT].to = 5);
    WRONG(21, rules.pays[CRAPS_PAY_HOP_EASY].per = 0);
    WRONG(22, rules.pays[CRAPS_PAY_HOP_EASY].per = 3);
}

static void the_bytes_read_back(void **state)
{
    (void)state;
    struct craps_rules rules = craps_rules_casino();
    rules.bar = 2;
    rules.breakage = CRAPS_BREAKAGE_FLOOR;
    rules.pays[CRAPS_PAY_HARD_FOUR_TEN] = (struct craps_pay){15, 2};
    uint8_t bytes[CRAPS_RULES_ENCODED_SIZE];
    struct writer out = writer_on(bytes, sizeof bytes);
    craps_rules_encode(&rules, &out);
    assert_false(out.failed);
    assert_int_equal(out.used, sizeof bytes);
    struct craps_rules read;
    struct reader in = reader_on(written(&out));
    assert_null(craps_rules_decode(&in, &read));
    assert_int_equal(in.size, 0);
    uint8_t again[CRAPS_RULES_ENCODED_SIZE];
    out = writer_on(again, sizeof again);
    craps_rules_encode(&read, &out);
    assert_memory_equal(bytes, again, sizeof bytes);
    for (size_t size = 0; size < sizeof bytes; size++) {
        in = reader_on((struct bytes){bytes, size});
        assert_non_null(craps_rules_decode(&in, &read));
    }
    bytes[0]++;
    in = reader_on((struct bytes){bytes, sizeof bytes});
    assert_non_null(craps_rules_decode(&in, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_casino_has_no_fault),
        cmocka_unit_test(unplayable_rules_are_refused),
        cmocka_unit_test(the_bytes_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
