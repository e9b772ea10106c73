/* SPDX-License-Identifier: MIT */
/* Which houses would lose: none that is known by a name, and those that pay too much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "odds/key.h"
#include "odds/odds.h"

static char sentence[ODDS_SENTENCE_SIZE];

/* ---- Presets ---- */

/* All wagers of a house are computed, and none favours the player. */
static void check_house(const char *name, const struct craps_rules *rules)
{
    static struct odds_wager wagers[ODDS_WAGERS_MAX];
    static char keys[ODDS_WAGERS_MAX][ODDS_KEY_SIZE];
    const size_t count = odds_wagers(rules, wagers);
    struct odds odds;
    assert_true(count > 50);
    odds_init(&odds);
    for (size_t i = 0; i < count; i++) {
        odds_key(rules, wagers[i], keys[i]);
        if (odds_of(rules, wagers[i], 0, &odds) != ODDS_COMPUTED)
            fail_msg("%s: %s cannot be computed", name, keys[i]);
        if (mpq_sgn(odds.edge) < 0)
            fail_msg("%s: %s favours the player", name, keys[i]);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(keys[k], keys[i]) == 0)
                fail_msg("%s: %s is the key of two wagers", name, keys[i]);
        }
    }
    odds_clear(&odds);
}

static void no_preset_has_a_bet_that_favours_the_player(void **state)
{
    (void)state;
    const struct craps_preset *preset = NULL;
    for (size_t i = 0; (preset = craps_preset_at(i)) != NULL; i++) {
        const struct craps_rules rules = preset->rules();
        check_house(preset->name, &rules);
        assert_false(odds_fault(&rules, sentence));
    }
}

/* The largest vig that a house can waive is all of it: 5 % of a stake rounds down to nothing. */
static void without_any_vig_no_bet_favours_the_player(void **state)
{
    (void)state;
    const struct craps_preset *preset = NULL;
    for (size_t i = 0; (preset = craps_preset_at(i)) != NULL; i++) {
        struct craps_rules rules = preset->rules();
        rules.dollar = CRAPS_STAKE_MAX;
        rules.vig_least = 0;
        rules.vig_rounding = CRAPS_VIG_DOWN;
        assert_null(craps_rules_fault(&rules));
        assert_false(odds_fault(&rules, sentence));
        struct odds odds;
        const struct odds_wager buy = {.spot = craps_spot((struct craps_bet){CRAPS_BUY, 5})};
        odds_init(&odds);
        assert_int_equal(odds_of(&rules, buy, 0, &odds), ODDS_COMPUTED);
        assert_int_equal(mpq_sgn(odds.edge), 0);
        odds_clear(&odds);
    }
}

/* ---- Houses that pay too much ---- */

static void expect_fault(const struct craps_rules *rules, const char *expected)
{
    assert_null(craps_rules_fault(rules));
    assert_true(odds_fault(rules, sentence));
    assert_string_equal(sentence, expected);
}

static void a_field_that_pays_three_and_four_is_refused(void **state)
{
    (void)state;
    struct craps_rules rules = craps_rules_casino();
    rules.pays[CRAPS_PAY_FIELD_TWO] = (struct craps_pay){3, 1};
    assert_false(odds_fault(&rules, sentence));
    rules.pays[CRAPS_PAY_FIELD_TWELVE] = (struct craps_pay){4, 1};
    expect_fault(&rules, "field would lose the bank 1/36 of every chip bet: pay its best win 3:1 "
                         "at most");
    rules.bets &= ~CRAPS_KIND_BIT(CRAPS_FIELD);
    assert_false(odds_fault(&rules, sentence));
}

static void a_hop_at_eighteen_to_one_is_refused(void **state)
{
    (void)state;
    struct craps_rules rules = craps_rules_casino();
    rules.pays[CRAPS_PAY_HOP_EASY] = (struct craps_pay){17, 1};
    assert_false(odds_fault(&rules, sentence));
    rules.pays[CRAPS_PAY_HOP_EASY] = (struct craps_pay){35, 2};
    expect_fault(&rules, "hop 1-2 would lose the bank 1/36 of every chip bet: pay its best win "
                         "17:1 at most");
}

static void half_a_stake_too_much_is_refused(void **state)
{
    (void)state;
    struct craps_rules rules = craps_rules_casino();
    rules.pays[CRAPS_PAY_HARD_FOUR_TEN] = (struct craps_pay){8, 1};
    assert_false(odds_fault(&rules, sentence));
    rules.pays[CRAPS_PAY_HARD_FOUR_TEN] = (struct craps_pay){17, 2};
    expect_fault(&rules, "hard 4 would lose the bank 1/18 of every chip bet: pay its best win 8:1 "
                         "at most");
}

static void hostile_ladders_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t step;
        uint16_t pays;
        const char *sentence;
    } ladders[] = {
        {CRAPS_LADDER_FIRE + 5, 2500,
         "fire would lose the bank 3.6 % of every chip bet: pay its best win 2277:1 at most"},
        {CRAPS_LADDER_FIRE + 5, 2278, NULL},
        {CRAPS_LADDER_FIRE + 5, 2279, "fire would lose"},
        {CRAPS_LADDER_FIRE + 3, 1, NULL},
        {CRAPS_LADDER_ALL, 191, "make 'em all would lose"},
        {CRAPS_LADDER_ALL, 190, NULL},
        {CRAPS_LADDER_REPEATER + 1, 65,
         "repeater 3 would lose the bank 1/64 of every chip bet: "
         "pay its best win 63:1 at most"},
        {CRAPS_LADDER_REPEATER + 1, 64, NULL},
        {CRAPS_LADDER_RIDE_LINE, 5, "ride the line would lose"},
        {CRAPS_LADDER_HOT_ROLLER + 5, 500, "hot roller would lose"},
        {CRAPS_LADDER_HOT_ROLLER + 5, 300, NULL},
        {CRAPS_LADDER_TWICE_HARD, 18, "twice hard would lose"},
        {CRAPS_LADDER_FOUR_ROLLS, 3, "four rolls no seven would lose"},
    };
    for (size_t i = 0; i < sizeof ladders / sizeof ladders[0]; i++) {
        struct craps_rules rules = craps_rules_casino();
        rules.ladders[ladders[i].step] = ladders[i].pays;
        assert_null(craps_rules_fault(&rules));
        sentence[0] = '\0';
        const bool fault = odds_fault(&rules, sentence);
        if (fault != (ladders[i].sentence != NULL))
            fail_msg("ladder %zu: \"%s\"", i, sentence);
        if (fault && strncmp(sentence, ladders[i].sentence, strlen(ladders[i].sentence)) != 0)
            fail_msg("ladder %zu says \"%s\"", i, sentence);
    }
}

/* A 7 follows one of ten points more often than one of six. */
static void pays_for_six_points_are_refused_where_there_are_ten(void **state)
{
    (void)state;
    const struct craps_preset *crapless =
        craps_preset_find((struct bytes){(const uint8_t *)"crapless", strlen("crapless")});
    struct craps_rules rules = crapless->rules();
    assert_false(odds_fault(&rules, sentence));
    rules.bets |= CRAPS_KIND_BIT(CRAPS_MUGGSY);
    expect_fault(&rules, "muggsy's corner would lose the bank 1/18 of every chip bet: pay its best "
                         "win 2:1 at most");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_preset_has_a_bet_that_favours_the_player),
        cmocka_unit_test(without_any_vig_no_bet_favours_the_player),
        cmocka_unit_test(a_field_that_pays_three_and_four_is_refused),
        cmocka_unit_test(a_hop_at_eighteen_to_one_is_refused),
        cmocka_unit_test(half_a_stake_too_much_is_refused),
        cmocka_unit_test(hostile_ladders_are_refused),
        cmocka_unit_test(pays_for_six_points_are_refused_where_there_are_ten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
