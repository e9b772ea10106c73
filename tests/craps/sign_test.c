/* SPDX-License-Identifier: MIT */
/* What a house's sign says of its bets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "craps/house.h"
#include "craps/sign.h"

static struct bytes view(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

static struct craps_rules house(const char *preset, const char *pair)
{
    char sentence[CRAPS_HOUSE_SENTENCE_SIZE];
    struct craps_rules rules = craps_preset_find(view(preset))->rules();
    if (pair != NULL)
        assert_true(craps_house_set_pair(&rules, view(pair), sentence));
    return rules;
}

static void the_sign_says_what_is_paid(void **state)
{
    static const struct {
        const char *preset, *pair;
        unsigned kind;
        const char *pays, *facts;
    } table[] = {
        {"casino", NULL, CRAPS_PASS, "1:1",
         "opens with the come-out; a contract once it has a "
         "number"},
        {"casino", "bar=3", CRAPS_DONT_COME, "1:1", "opens with a point; bar 3"},
        {"casino", NULL, CRAPS_PASS_ODDS, "2:1 on 4 10, 3:2 on 5 9, 6:5 on 6 8",
         "backs a bet on that number"},
        {"casino", NULL, CRAPS_COME_ODDS, "2:1 on 4 10, 3:2 on 5 9, 6:5 on 6 8",
         "backs a bet on that number; off on the come-out"},
        {"casino", NULL, CRAPS_PLACE, "9:5 on 4 10, 7:5 on 5 9, 7:6 on 6 8",
         "off on the come-out; stays up after a win"},
        {"crapless", NULL, CRAPS_PLACE,
         "11:2 on 2 12, 11:4 on 3 11, 9:5 on 4 10, 7:5 on 5 9, 7:6 on 6 8",
         "off on the come-out; stays up after a win"},
        {"casino", NULL, CRAPS_BUY, "2:1 on 4 10, 3:2 on 5 9, 6:5 on 6 8",
         "vig of the stake on a win of 4 10, up front on 5 6 8 9; off on the come-out; stays up "
         "after a win"},
        {"crapssim", NULL, CRAPS_LAY, "1:2 on 4 10, 2:3 on 5 9, 5:6 on 6 8",
         "vig of the win up front on 4 5 6 8 9 10; off on the come-out; comes down after a win"},
        {"casino", "hardways=15:2-19:2", CRAPS_HARDWAY, "15:2 on 4 10, 19:2 on 6 8",
         "works on the come-out; stays up after a win"},
        {"casino", "field=3-2", CRAPS_FIELD, "3:1 on 2, 1:1 on 3 4 9 10 11, 2:1 on 12", ""},
        {"casino", NULL, CRAPS_WORLD, "26:5 on 2 12, 11:5 on 3 11, a push on 7", ""},
        {"vegas-345", NULL, CRAPS_C_AND_E, "3:1 on 2 3 12, 13:2 on 11", ""},
        {"casino", NULL, CRAPS_HOP, "15:1 on two different dice, 30:1 on a double", ""},
        {"casino", NULL, CRAPS_FIELDERS, "2: 4:1 on 2 3 4; 4: 2:1 on 4 9 10; 10: 4:1 on 10 11 12",
         ""},
        {"casino", NULL, CRAPS_NEXT,
         "343:10 on 2 12, 833:50 on 3 11, 539:50 on 4 10, 196:25 on 5 9, 152:25 on 6 8, 49:10 on 7",
         ""},
        {"casino", NULL, CRAPS_FIRE, "different points made: 4 24:1, 5 249:1, 6 999:1",
         "opens for a new shooter; a contract once rolled"},
        {"casino", NULL, CRAPS_ALL_SMALL, "2 3 4 5 6 all thrown before a 7: 30:1",
         "opens for a new shooter and after a 7; a contract once rolled"},
        {"casino", NULL, CRAPS_SHARPSHOOTER,
         "points made in the hand: 3 5:1, 4 10:1, 5 20:1, 6 50:1, 7 or more 100:1",
         "opens for a new shooter; a contract once rolled"},
        {"casino", NULL, CRAPS_RIDE_LINE,
         "wins of the pass line in the hand: 3 pushes, 4 3:1, 5 5:1, 6 7:1, 7 12:1, 8 20:1, "
         "9 25:1, 10 30:1, 11 100:1",
         "opens for a new shooter; a contract once rolled"},
        {"casino", NULL, CRAPS_MUGGSY, "2:1 on 7, or else 3:1 on 7 right after a point is set",
         "opens with the come-out; a contract once rolled"},
        {"casino", NULL, CRAPS_SEVEN_POINT, "7:1 on 4 5 6 8 9 10 right after a 7",
         "opens for a new shooter; a contract once rolled"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct craps_rules rules = house(table[i].preset, table[i].pair);
        struct craps_sign sign;
        assert_true(craps_sign(&rules, table[i].kind, &sign));
        assert_string_equal(sign.pays, table[i].pays);
        assert_string_equal(sign.facts, table[i].facts);
    }
}

static void what_is_not_taken_is_not_on_it(void **state)
{
    (void)state;
    struct craps_sign sign;
    const struct craps_rules rules = house("casino", "bets=-pass");
    assert_false(craps_sign(&rules, CRAPS_PASS, &sign));
    assert_false(craps_sign(&rules, CRAPS_PASS_ODDS, &sign));
    assert_true(craps_sign(&rules, CRAPS_COME_ODDS, &sign));
}

static void odds_and_vig_are_told_in_words(void **state)
{
    (void)state;
    char words[CRAPS_SIGN_SIZE];
    struct craps_rules rules = house("casino", "odds=full-double");
    craps_sign_odds(&rules, words);
    assert_string_equal(words, "2x on 4 10, 2x on 5 9, 2.5x on 6 8");
    craps_sign_vig(&rules, words);
    assert_string_equal(words, "The vig is 5 %, to the nearest dollar, at least 1.");
    rules = house("crapssim", NULL);
    craps_sign_vig(&rules, words);
    assert_string_equal(words, "The vig is 5 %, to the nearest dollar of 100 chips.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sign_says_what_is_paid),
        cmocka_unit_test(what_is_not_taken_is_not_on_it),
        cmocka_unit_test(odds_and_vig_are_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
