/* SPDX-License-Identifier: MIT */
/* House rules: the casino's, what is refused, and their bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "craps/rules.h"

static void every_preset_can_be_played_by(void **state)
{
    static const char *const names[] = {"casino", "vegas-345", "crapless", "crapssim"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct bytes name = {(const uint8_t *)names[i], strlen(names[i])};
        const struct craps_preset *preset = craps_preset_at(i);
        assert_non_null(preset);
        assert_string_equal(preset->name, names[i]);
        assert_ptr_equal(craps_preset_find(name), preset);
        const struct craps_rules rules = preset->rules();
        assert_null(craps_rules_fault(&rules));
    }
    assert_null(craps_preset_at(sizeof names / sizeof names[0]));
    assert_null(craps_preset_find((struct bytes){(const uint8_t *)"casin", 5}));
    assert_null(craps_preset_find((struct bytes){NULL, 0}));
}

#define TAKES(rules, kind) (((rules).bets & CRAPS_KIND_BIT(CRAPS_##kind)) != 0)
#define WORKS(rules, kind) (((rules).comeout & CRAPS_KIND_BIT(CRAPS_##kind)) != 0)
#define DOWN(rules, kind)  (((rules).comes_down & CRAPS_KIND_BIT(CRAPS_##kind)) != 0)

static void presets_are_what_they_are_known_for(void **state)
{
    (void)state;
    const struct craps_rules casino = craps_rules_casino();
    assert_int_equal(casino.bets, CRAPS_KIND_BIT(CRAPS_KIND_COUNT) - 1);
    assert_true(WORKS(casino, LAY) && WORKS(casino, HARDWAY) && WORKS(casino, DONT_COME_ODDS));
    assert_true(WORKS(casino, PUT) && !WORKS(casino, PLACE) && !WORKS(casino, COME_ODDS));
    assert_int_equal(casino.comes_down, 0);
    assert_int_equal(casino.limits[CRAPS_LIMIT_LINE].min, 5);
    assert_int_equal(casino.ladders[CRAPS_LADDER_FIRE_LAST], 1000);
    assert_int_equal(casino.ladders[CRAPS_LADDER_RIDE_LINE + 2], 1);
    assert_int_equal(casino.ladders[CRAPS_LADDER_HOT_HAND_LAST], 81);

    const struct craps_rules vegas = craps_preset_at(1)->rules();
    assert_int_equal(vegas.pays[CRAPS_PAY_THREE_ELEVEN].to, 14);
    assert_int_equal(vegas.buy_vig_on_win, 0x770);
    assert_true(!TAKES(vegas, BIG) && !TAKES(vegas, YES) && TAKES(vegas, FIRE));

    const struct craps_rules crapless = craps_preset_at(2)->rules();
    assert_int_equal(crapless.crapless, 1);
    assert_true(!TAKES(crapless, DONT_PASS) && !TAKES(crapless, DONT_COME_ODDS));
    assert_true(TAKES(crapless, PLACE) && TAKES(crapless, LAY) && !TAKES(crapless, MUGGSY));

    const struct craps_rules crapssim = craps_preset_at(3)->rules();
    assert_int_equal(crapssim.dollar, 100);
    assert_int_equal(crapssim.vig_least, 0);
    assert_true(!WORKS(crapssim, LAY) && !WORKS(crapssim, PUT) && !WORKS(crapssim, PUT_ODDS));
    assert_true(WORKS(crapssim, HARDWAY) && WORKS(crapssim, DONT_COME_ODDS));
    assert_true(DOWN(crapssim, BUY) && DOWN(crapssim, LAY) && DOWN(crapssim, HARDWAY));
    assert_true(DOWN(crapssim, BIG) && !DOWN(crapssim, PLACE));
    assert_int_equal(crapssim.push_returns, 1);
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
    WRONG(2, rules.bets |= CRAPS_KIND_BIT(CRAPS_KIND_COUNT));
    WRONG(3, rules.crapless = 1);
    WRONG(4, rules.comeout |= CRAPS_KIND_BIT(CRAPS_PASS));
    WRONG(5, rules.comeout |= CRAPS_KIND_BIT(63));
    WRONG(6, rules.comes_down |= CRAPS_KIND_BIT(CRAPS_FIELD));
    WRONG(7, rules.comes_down |= CRAPS_KIND_BIT(63));
    WRONG(8, rules.dollar = 0);
    WRONG(9, rules.dollar = CRAPS_STAKE_MAX + 1);
    WRONG(10, rules.vig_least = -1);
    WRONG(11, rules.vig_least = CRAPS_STAKE_MAX + 1);
    WRONG(12, rules.limits[CRAPS_LIMIT_LINE].min = 0);
    WRONG(13, rules.limits[CRAPS_LIMIT_ODDS].max = 0);
    WRONG(14, rules.limits[CRAPS_LIMIT_HAND].max = CRAPS_STAKE_MAX + 1);
    WRONG(15, rules.odds_halves[CRAPS_ODDS_SIX_EIGHT] = 201);
    WRONG(16, rules.bar = 11);
    WRONG(17, rules.breakage = 2);
    WRONG(18, rules.vig_rounding = 4);
    WRONG(19, rules.crapless = 2);
    WRONG(20, rules.pass_grows = 2);
    WRONG(21, rules.put_contract = 255);
    WRONG(22, rules.push_returns = 2);
    WRONG(23, rules.odds_within_max = 2);
    WRONG(24, rules.buy_vig_on_win |= 1 << 7);
    WRONG(25, rules.lay_vig_on_win |= 1 << 11);
    WRONG(26, rules.pays[CRAPS_PAY_FIELD_TWO].to = 0);
    WRONG(27, rules.pays[CRAPS_PAY_HOP_HARD].to = 1001);
    WRONG(28, rules.pays[CRAPS_PAY_HOP_EASY].per = 0);
    WRONG(29, rules.pays[CRAPS_PAY_HOP_EASY].per = 3);
    WRONG(30, rules.ladders[CRAPS_LADDER_ALL] = 10002);
    WRONG(31, rules.ladders[CRAPS_LADDER_FIRE_LAST] = 1);
    WRONG(32, rules.pays[CRAPS_PAY_TWO_TWELVE].to = 4);
    WRONG(33, rules.pays[CRAPS_PAY_THREE_ELEVEN].to = 4);
    WRONG(34, rules.ladders[CRAPS_LADDER_REPEATER] = 0);
    WRONG(35, rules.pays[CRAPS_PAY_HOP_EASY].to = 2);
}

static void the_bytes_read_back(void **state)
{
    (void)state;
    struct craps_rules rules = craps_rules_casino();
    rules.bar = 2;
    rules.breakage = CRAPS_BREAKAGE_FLOOR;
    rules.pays[CRAPS_PAY_HARD_FOUR_TEN] = (struct craps_pay){15, 2};
    rules.ladders[CRAPS_LADDER_REPLAY + 1] = 10001;
    rules.odds_halves[CRAPS_ODDS_TWO_TWELVE] = 200;
    rules.pass_grows = 1;
    rules.odds_within_max = 1;
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
        cmocka_unit_test(every_preset_can_be_played_by),
        cmocka_unit_test(presets_are_what_they_are_known_for),
        cmocka_unit_test(unplayable_rules_are_refused),
        cmocka_unit_test(the_bytes_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
