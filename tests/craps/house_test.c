/* SPDX-License-Identifier: MIT */
/* Settings by name: every one reads what it prints, and says why it does not take a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "craps/house.h"
#include "craps/layout.h"

static struct bytes view(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

static void same_rules(const struct craps_rules *a, const struct craps_rules *b)
{
    uint8_t bytes[2][CRAPS_RULES_ENCODED_SIZE];
    struct writer one = writer_on(bytes[0], sizeof bytes[0]);
    struct writer two = writer_on(bytes[1], sizeof bytes[1]);
    craps_rules_encode(a, &one);
    craps_rules_encode(b, &two);
    assert_memory_equal(bytes[0], bytes[1], sizeof bytes[0]);
}

/* Sets one word after the other; none is refused. */
static struct craps_rules house(const char *preset, const char *words)
{
    char sentence[CRAPS_HOUSE_SENTENCE_SIZE], copy[CRAPS_HOUSE_TEXT_SIZE], *rest = copy;
    struct craps_rules rules;
    if (!craps_house_preset(&rules, view(preset), sentence))
        fail_msg("%s: %s", preset, sentence);
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        if (word[0] != '\0' && !craps_house_set_pair(&rules, view(word), sentence))
            fail_msg("%s: %s", word, sentence);
    }
    return rules;
}

/* What is set reads back as its value, and changes what it says. */
#define SETS(number, words, fact)                                                                  \
    do {                                                                                           \
        const struct craps_rules rules = house("casino", words);                                   \
        if (!(fact))                                                                               \
            fail_msg("%d: after %s not %s", number, words, #fact);                                 \
        char text[CRAPS_HOUSE_TEXT_SIZE];                                                          \
        const struct craps_rules casino = craps_rules_casino();                                    \
        craps_house_differences(&rules, &casino, text);                                            \
        const struct craps_rules again = house("casino", text);                                    \
        same_rules(&rules, &again);                                                                \
    } while (0)

#define HALVES(a, b, c, d, e)                                                                      \
    (memcmp(rules.odds_halves, (uint8_t[]){a, b, c, d, e}, sizeof rules.odds_halves) == 0)
#define TAKES(kind) ((rules.bets & CRAPS_KIND_BIT(CRAPS_##kind)) != 0)
#define WORKS(kind) ((rules.comeout & CRAPS_KIND_BIT(CRAPS_##kind)) != 0)
#define RUNG(name)  rules.ladders[CRAPS_LADDER_##name]
#define PAY(name, a, b)                                                                            \
    (rules.pays[CRAPS_PAY_##name].to == (a) && rules.pays[CRAPS_PAY_##name].per == (b))

static void each_setting_sets_what_it_says(void **state)
{
    (void)state;
    SETS(1, "odds=2x", HALVES(4, 4, 4, 4, 4));
    SETS(2, "odds=full-double", HALVES(4, 4, 4, 4, 5));
    SETS(3, "odds=3-4-5x", HALVES(2, 4, 6, 8, 10));
    SETS(4, "odds=100x", HALVES(200, 200, 200, 200, 200));
    SETS(5, "odds=1-1.5-2-2.5-3x", HALVES(2, 3, 4, 5, 6));
    SETS(6, "odds=none", HALVES(0, 0, 0, 0, 0));
    SETS(7, "odds=2-2-2.5x", HALVES(2, 4, 4, 4, 5));
    SETS(8, "field=3-2", PAY(FIELD_TWO, 3, 1) && PAY(FIELD_TWELVE, 2, 1));
    SETS(9, "hop=16-33", PAY(HOP_EASY, 16, 1) && PAY(HOP_HARD, 33, 1));
    SETS(10, "hardways=15:2-19:2", PAY(HARD_FOUR_TEN, 15, 2) && PAY(HARD_SIX_EIGHT, 19, 2));
    SETS(11, "horn=29-14", PAY(TWO_TWELVE, 29, 1) && PAY(THREE_ELEVEN, 14, 1));
    SETS(12, "bar=3", rules.bar == 3);
    SETS(13, "vig=exact", rules.vig_rounding == CRAPS_VIG_EXACT);
    SETS(14, "vig-least=0 dollar=100", rules.vig_least == 0 && rules.dollar == 100);
    SETS(15, "buy-vig-on-win=all", rules.buy_vig_on_win == 0x770);
    SETS(16, "lay-vig-on-win=none", rules.lay_vig_on_win == 0);
    SETS(17, "buy-vig-on-win=5,9", rules.buy_vig_on_win == (1 << 5 | 1 << 9));
    SETS(18, "breakage=floor", rules.breakage == CRAPS_BREAKAGE_FLOOR);
    SETS(19, "hardways-work=no", !WORKS(HARDWAY) && WORKS(LAY));
    SETS(20, "lays-work=no", !WORKS(LAY) && WORKS(HARDWAY));
    SETS(21, "puts-work=no places-work=yes", !WORKS(PUT) && WORKS(PLACE) && !WORKS(BUY));
    SETS(22, "line=10..500",
         rules.limits[CRAPS_LIMIT_LINE].min == 10 && rules.limits[CRAPS_LIMIT_LINE].max == 500);
    SETS(23, "hand=2..3", rules.limits[CRAPS_LIMIT_HAND].max == 3);
    SETS(24, "bets=-fire,-replay", !TAKES(FIRE) && !TAKES(REPLAY) && TAKES(PASS));
    SETS(25, "bets=pass,pass-odds",
         rules.bets == (CRAPS_KIND_BIT(CRAPS_PASS) | CRAPS_KIND_BIT(CRAPS_PASS_ODDS)));
    SETS(26, "bets=none,+c&e", rules.bets == CRAPS_KIND_BIT(CRAPS_C_AND_E));
    SETS(27, "bets=pass bets=all", rules.bets == CRAPS_KIND_BIT(CRAPS_KIND_COUNT) - 1);
    SETS(28, "fire=10-200-2000", RUNG(FIRE) == 0 && RUNG(FIRE + 3) == 11 && RUNG(FIRE + 5) == 2001);
    SETS(29, "fire=6-9-69-420", RUNG(FIRE + 2) == 7 && RUNG(FIRE + 5) == 421);
    SETS(30, "all=174 small=34 tall=34", RUNG(ALL) == 175 && RUNG(SMALL) == 35 && RUNG(TALL) == 35);
    SETS(31, "ride-line=x-x-0-3-5-7-12-20-25-30-100",
         RUNG(RIDE_LINE + 1) == 0 && RUNG(RIDE_LINE + 2) == 1 && RUNG(RIDE_LINE + 10) == 101);
    SETS(32, "comes-down=buy,lay",
         rules.comes_down == (CRAPS_KIND_BIT(CRAPS_BUY) | CRAPS_KIND_BIT(CRAPS_LAY)));
    SETS(33, "comes-down=all,-place",
         (rules.comes_down & CRAPS_KIND_BIT(CRAPS_PLACE)) == 0 &&
             (rules.comes_down & CRAPS_KIND_BIT(CRAPS_HARDWAY)) != 0);
    SETS(34, "pass-grows=yes", rules.pass_grows == 1);
    SETS(35, "put-contract=yes", rules.put_contract == 1);
    SETS(36, "push-returns=yes", rules.push_returns == 1);
    SETS(37, "odds-within-max=yes", rules.odds_within_max == 1);
    SETS(38, "crapless=yes",
         rules.crapless == 1 && !TAKES(DONT_PASS) && !TAKES(DONT_COME_ODDS) && !TAKES(MUGGSY) &&
             TAKES(PLACE));
    SETS(39, "crapless=yes bets=all", TAKES(MUGGSY) && !TAKES(DONT_COME));
    SETS(40, "bets=pass,fire crapless=yes bets=pass,fire", TAKES(FIRE));
    SETS(41, "crapless=yes buy-vig-on-win=all crapless=no", rules.buy_vig_on_win == 0x770);
    SETS(42, "crapless=yes buy-vig-on-win=2,12", rules.buy_vig_on_win == (1 << 2 | 1 << 12));
    SETS(43, "repeater=39-49-64-79-89", RUNG(REPEATER) == 40 && RUNG(REPEATER + 4) == 90);
}

static void what_cannot_be_set_is_told_in_a_sentence(void **state)
{
    static const struct {
        const char *pair, *sentence;
    } table[] = {
        {"odd=2x", "A house has no setting 'odd': did you mean 'odds'?"},
        {"feild=2-3", "A house has no setting 'feild': did you mean 'field'?"},
        {"odds", "'odds' sets nothing: write NAME=VALUE, as odds=3-4-5x."},
        {"odds=", "odds= cannot be read: write 3-4-5x, 2x, 10x, full-double or none."},
        {"odds=2", "odds=2 cannot be read: write 3-4-5x, 2x, 10x, full-double or none."},
        {"odds=101x", "odds=101x cannot be read: write 3-4-5x, 2x, 10x, full-double or none."},
        {"odds=100.5x", "odds=100.5x cannot be read: write 3-4-5x, 2x, 10x, full-double or none."},
        {"odds=3-4x", "odds=3-4x cannot be read: write 3-4-5x, 2x, 10x, full-double or none."},
        {"field=2", "field=2 cannot be read: write what 2 and 12 pay to one, as 2-3."},
        {"field=2-3-4", "field=2-3-4 cannot be read: write what 2 and 12 pay to one, as 2-3."},
        {"field=2-0", "field=2-0 cannot be: a pay must be at least 1 to 1 and at most 1000 to 1."},
        {"field=2-4:3", "field=2-4:3 cannot be: a pay must be to 1 or to 2."},
        {"bar=11", "bar=11 cannot be read: write 12, 2 or 3."},
        {"line=5", "line=5 cannot be read: write LEAST..MOST in chips, as 5..2000."},
        {"line=5-9", "line=5-9 cannot be read: write LEAST..MOST in chips, as 5..2000."},
        {"line=-5..9", "line=-5..9 cannot be read: write LEAST..MOST in chips, as 5..2000."},
        {"line=9..5", "line=9..5 cannot be: a maximum bet must not be below its minimum."},
        {"line=1..1000000001",
         "line=1..1000000001 cannot be: a maximum bet must not be above 1000000000 chips."},
        {"bets=fyre", "There is no bet 'fyre': did you mean 'fire'?"},
        {"bets=-dont-pas", "There is no bet 'dont-pas': did you mean 'dont-pass'?"},
        {"bets=none",
         "bets=none cannot be: the rules must offer at least one bet, and none that is unknown."},
        {"bets=pass,", "bets=pass, cannot be read: write the bets, all or none, or changes, as "
                       "all,-fire or -fire,-replay."},
        {"comes-down=pass",
         "comes-down=pass cannot be: a bet that never lies on after a win cannot "
         "be set to come down."},
        {"hardways-work=maybe", "hardways-work=maybe cannot be read: write yes or no."},
        {"buy-vig-on-win=7",
         "buy-vig-on-win=7 cannot be: the vig can only be set for numbers that can be points."},
        {"buy-vig-on-win=4,,10",
         "buy-vig-on-win=4,,10 cannot be read: write all, none, or numbers, as 4,10."},
        {"small=30-30", "small=30-30 cannot be read: write to one, as 30."},
        {"small=x", "small=x cannot be: the last step of a bet on a hand must win."},
        {"small=10001", "small=10001 cannot be: a bet on a hand must pay at most 10000 to 1."},
        {"dollar=0", "dollar=0 cannot be: a dollar must be 1 to 1000000000 chips."},
        {"dollar=9999999999999", "dollar=9999999999999 cannot be read: write chips, as 1."},
        {"bar=\033[2J", "bar=?[2J cannot be read: write 12, 2 or 3."},
    };
    (void)state;
    const struct craps_rules casino = craps_rules_casino();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct craps_rules rules = casino;
        char sentence[CRAPS_HOUSE_SENTENCE_SIZE] = "";
        if (craps_house_set_pair(&rules, view(table[i].pair), sentence))
            fail_msg("%s passes", table[i].pair);
        assert_string_equal(sentence, table[i].sentence);
        same_rules(&rules, &casino);
    }
    struct craps_rules rules = casino;
    char sentence[CRAPS_HOUSE_SENTENCE_SIZE];
    assert_false(craps_house_preset(&rules, view("vegas"), sentence));
    assert_string_equal(sentence, "There is no preset 'vegas': use casino, vegas-345, crapless or "
                                  "crapssim.");
}

static void every_value_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; craps_preset_at(i) != NULL; i++) {
        const struct craps_rules from = craps_preset_at(i)->rules();
        for (size_t j = 0; craps_house_at(j) != NULL; j++) {
            char value[CRAPS_HOUSE_VALUE_SIZE], sentence[CRAPS_HOUSE_SENTENCE_SIZE];
            struct craps_rules rules = from;
            if (j == 0) /* It takes bets away, which the next setting gives back. */
                continue;
            craps_house_value(&from, j, value);
            if (!craps_house_set(&rules, view(craps_house_at(j)->name), view(value), sentence))
                fail_msg("%s", sentence);
            same_rules(&rules, &from);
        }
    }
}

static void a_preset_is_another_and_its_differences(void **state)
{
    (void)state;
    char text[CRAPS_HOUSE_TEXT_SIZE];
    for (size_t i = 0; craps_preset_at(i) != NULL; i++) {
        const struct craps_rules to = craps_preset_at(i)->rules();
        assert_ptr_equal(craps_house_nearest(&to), craps_preset_at(i));
        for (size_t j = 0; craps_preset_at(j) != NULL; j++) {
            const struct craps_rules from = craps_preset_at(j)->rules();
            assert_true((craps_house_differences(&to, &from, text) == 0) == (i == j));
            const struct craps_rules made = house(craps_preset_at(j)->name, text);
            same_rules(&made, &to);
        }
    }
    const struct craps_rules rules = house("vegas-345", "bar=2 field=2-2");
    assert_string_equal(craps_house_nearest(&rules)->name, "vegas-345");
    const struct craps_rules vegas = house("vegas-345", "");
    assert_int_equal(craps_house_differences(&rules, &vegas, text), 2);
    assert_string_equal(text, "bar=2 field=2-2");
}

static void every_habit_has_a_setting(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        const struct layout_row *row = layout_row(kind);
        /* Odds behind the line come down with it before a come-out. */
        if (row->work == LAYOUT_WORKS_ALWAYS || kind == CRAPS_PASS_ODDS ||
            kind == CRAPS_DONT_PASS_ODDS)
            continue;
        const struct craps_rules casino = craps_rules_casino();
        struct craps_rules other = casino;
        char text[CRAPS_HOUSE_TEXT_SIZE];
        other.comeout ^= CRAPS_KIND_BIT(kind);
        if (craps_house_differences(&other, &casino, text) != 1)
            fail_msg("no setting says whether %s works", row->name);
    }
}

static void no_two_bets_have_one_name(void **state)
{
    (void)state;
    char one[CRAPS_BET_NAME_SIZE], two[CRAPS_BET_NAME_SIZE];
    for (unsigned i = 0; i < CRAPS_KIND_COUNT; i++) {
        craps_house_kind(i, one);
        assert_null(strpbrk(one, " ,=+'"));
        for (unsigned j = 0; j < i; j++) {
            craps_house_kind(j, two);
            assert_string_not_equal(one, two);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_setting_sets_what_it_says),
        cmocka_unit_test(what_cannot_be_set_is_told_in_a_sentence),
        cmocka_unit_test(every_value_reads_back),
        cmocka_unit_test(a_preset_is_another_and_its_differences),
        cmocka_unit_test(every_habit_has_a_setting),
        cmocka_unit_test(no_two_bets_have_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
