/* SPDX-License-Identifier: MIT */
/*
 * The worth of every wager that tests/vectors/house-edges.json knows, fraction by fraction: rules
 * are set so that the wager exists, and what the engine makes of it is compared with what another
 * program worked out from the rules of the bets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "odds/key.h"
#include "odds/odds.h"

enum { POINTS_CRAPLESS = 0x1f7c };

enum special {
    OTHER_KEY = 1,  /* odds_key() has no such key. */
    OTHER_TIME = 2, /* Decided by the same hands, but not by the same roll. */
    CRAPLESS = 4,
    VIG_UP = 8, /* Up front on all numbers. */
    VIG_WIN = 16,
    BACKED = 32,
    VIG_DOWN = 64, /* Rounded down. */
};

/* A wager of the file, the bet that it is here, and what the house has to change for it. */
struct entry {
    const char *key;
    const char *bets; /* Names, parted by commas: all of them are worth the same. */
    unsigned special; /* enum special. */
    chips stake;      /* 0: one that is never rounded. */
    uint8_t bar;      /* 0: the usual. */
    uint8_t odds[3];  /* In halves, on 4/10, 5/9, 6/8; 0: the usual. */
    struct {
        uint8_t which; /* 1 + enum craps_house_pay; 0 ends the list. */
        struct craps_pay pay;
    } pays[2];
    uint8_t rungs; /* Of the ladder that follows; 0: the usual. */
    uint8_t ladder;
    int16_t to_one[11]; /* -1 loses. */
};

/* clang-format off */

#define E(name, list) .key = (name), .bets = (list)
#define PAY(house, to, per) {1 + CRAPS_PAY_##house, {to, per}}
#define LADDER(name, count, ...)                                               \
    .rungs = (count), .ladder = CRAPS_LADDER_##name, .to_one = {__VA_ARGS__}
#define ODDS(name, four, five, six)                                            \
    {E("pass_odds_" name, "pass, come"), .special = BACKED,                    \
     .odds = {four, five, six}},                                               \
    {E("dont_odds_" name, "don't pass, don't come"), .special = BACKED,        \
     .odds = {four, five, six}}

static const struct entry entries[] = {
    {E("pass", "pass, come")},
    {E("dont_pass", "don't pass, don't come")},
    {E("dont_pass_bar2", "don't pass, don't come"), .bar = 2},
    {E("dont_pass_bar3", "don't pass, don't come"), .bar = 3},
    {E("pass_crapless", "pass, come"), .special = CRAPLESS},
    ODDS("1x", 2, 2, 2),
    ODDS("2x", 4, 4, 4),
    ODDS("3x", 6, 6, 6),
    ODDS("345x", 6, 8, 10),
    ODDS("full_double", 4, 4, 5),
    ODDS("5x", 10, 10, 10),
    ODDS("10x", 20, 20, 20),
    ODDS("20x", 40, 40, 40),
    ODDS("100x", 200, 200, 200),
    {E("odds_4", "pass odds 4, come odds 4, put odds 4")},
    {E("odds_5", "pass odds 5, come odds 5, put odds 5")},
    {E("odds_6", "pass odds 6, come odds 6, put odds 6")},
    {E("odds_8", "pass odds 8, come odds 8, put odds 8")},
    {E("odds_9", "pass odds 9, come odds 9, put odds 9")},
    {E("odds_10", "pass odds 10, come odds 10, put odds 10")},
    {E("lay_odds_4", "don't pass odds 4, don't come odds 4")},
    {E("lay_odds_5", "don't pass odds 5, don't come odds 5")},
    {E("lay_odds_6", "don't pass odds 6, don't come odds 6")},
    {E("lay_odds_8", "don't pass odds 8, don't come odds 8")},
    {E("lay_odds_9", "don't pass odds 9, don't come odds 9")},
    {E("lay_odds_10", "don't pass odds 10, don't come odds 10")},
    {E("put_4", "put 4")},
    {E("put_5", "put 5")},
    {E("put_6", "put 6")},
    {E("put_8", "put 8")},
    {E("put_9", "put 9")},
    {E("put_10", "put 10")},
    {E("put_4_3x", "put 4, put 10"), .special = BACKED},
    {E("put_4_4x", "put 4, put 10"), .special = BACKED, .odds = {8, 8, 8}},
    {E("put_5_4x", "put 5, put 9"), .special = BACKED},
    {E("put_6_5x", "put 6, put 8"), .special = BACKED},
    {E("put_6_10x", "put 6, put 8"), .special = BACKED, .odds = {20, 20, 20}},
    {E("place_4", "place 4, place 10")},
    {E("place_5", "place 5, place 9")},
    {E("place_6", "place 6, place 8")},
    {E("place_lose_4", "place to lose 4, place to lose 10")},
    {E("place_lose_5", "place to lose 5, place to lose 9")},
    {E("place_lose_6", "place to lose 6, place to lose 8")},
    {E("buy_4_up", "buy 4, buy 10"), .special = VIG_UP},
    {E("buy_5_up", "buy 5, buy 9"), .special = VIG_UP},
    {E("buy_6_up", "buy 6, buy 8"), .special = VIG_UP},
    {E("buy_4_win", "buy 4, buy 10"), .special = VIG_WIN},
    {E("buy_5_win", "buy 5, buy 9"), .special = VIG_WIN},
    {E("buy_6_win", "buy 6, buy 8"), .special = VIG_WIN},
    {E("lay_4_up", "lay 4, lay 10"), .special = VIG_UP},
    {E("lay_5_up", "lay 5, lay 9"), .special = VIG_UP},
    {E("lay_6_up", "lay 6, lay 8"), .special = VIG_UP},
    {E("lay_4_win", "lay 4, lay 10"), .special = VIG_WIN},
    {E("lay_5_win", "lay 5, lay 9"), .special = VIG_WIN},
    {E("lay_6_win", "lay 6, lay 8"), .special = VIG_WIN},
    {E("buy_4_35for1_win", "buy 4, buy 10"), .special = OTHER_KEY | VIG_WIN | VIG_DOWN, .stake = 35},
    {E("place_2_cl", "place 2, place 12"), .special = CRAPLESS},
    {E("place_3_cl", "place 3, place 11"), .special = CRAPLESS},
    {E("buy_2_cl_win", "buy 2, buy 12"), .special = CRAPLESS | VIG_WIN},
    {E("buy_3_cl_win", "buy 3, buy 11"), .special = CRAPLESS | VIG_WIN},
    {E("big6", "big 6, big 8")},
    {E("hard4", "hard 4, hard 10")},
    {E("hard6", "hard 6, hard 8")},
    {E("hard4_uk", "hard 4, hard 10"), .pays = {PAY(HARD_FOUR_TEN, 15, 2)}},
    {E("hard6_uk", "hard 6, hard 8"), .pays = {PAY(HARD_SIX_EIGHT, 19, 2)}},
    {E("field_2_2", "field"), .pays = {PAY(FIELD_TWELVE, 2, 1)}},
    {E("field_2_3", "field")},
    {E("field_2_3", "field"), .pays = {PAY(FIELD_TWO, 3, 1), PAY(FIELD_TWELVE, 2, 1)}},
    {E("field_3_3", "field"), .pays = {PAY(FIELD_TWO, 3, 1)}},
    {E("any7", "any seven")},
    {E("any_craps", "any craps")},
    {E("two", "craps 2, craps 12")},
    {E("two_29", "craps 2, craps 12"), .pays = {PAY(TWO_TWELVE, 29, 1)}},
    {E("three", "craps 3, yo")},
    {E("three_14", "craps 3, yo"), .pays = {PAY(THREE_ELEVEN, 14, 1)}},
    {E("three_16", "craps 3, yo"), .pays = {PAY(THREE_ELEVEN, 16, 1)}},
    {E("hilo", "hi-lo")},
    {E("ce", "C&E")},
    {E("horn", "horn")},
    {E("horn_for", "horn"), .pays = {PAY(TWO_TWELVE, 29, 1), PAY(THREE_ELEVEN, 14, 1)}},
    {E("horn_high_12", "horn high 12, horn high 2")},
    {E("horn_high_11", "horn high 11, horn high 3")},
    {E("world", "world")},
    {E("three_way_craps", "three-way craps")},
    {E("hop_easy_14", "hop 1 2, hop 3 4, hop 5 6"), .pays = {PAY(HOP_EASY, 14, 1)}},
    {E("hop_easy_15", "hop 1 2, hop 1 6, hop 4 5")},
    {E("hop_easy_16", "hop 1 2, hop 2 6, hop 3 5"), .pays = {PAY(HOP_EASY, 16, 1)}},
    {E("hop_hard_29", "hop 1 1, hop 3 3"), .pays = {PAY(HOP_HARD, 29, 1)}},
    {E("hop_hard_30", "hop 1 1, hop 6 6")},
    {E("hop_hard_31", "hop 1 1, hop 2 2"), .pays = {PAY(HOP_HARD, 31, 1)}},
    {E("hop_hard_33", "hop 1 1, hop 5 5"), .pays = {PAY(HOP_HARD, 33, 1)}},
    {E("hop7_all", "hopping sevens")},
    {E("over7", "over 7, under 7")},
    {E("low_dice", "low dice, high dice")},
    {E("fielders_234", "fielder's choice 2, fielder's choice 10")},
    {E("fielders_4_9_10", "fielder's choice 4")},

    {E("fire_A", "fire")},
    {E("fire_B", "fire"), LADDER(FIRE, 6, -1, -1, -1, 10, 200, 2000)},
    {E("fire_C", "fire"), LADDER(FIRE, 6, -1, -1, 6, 9, 69, 420)},
    {E("fire_D", "fire"), LADDER(FIRE, 6, -1, -1, -1, 39, 199, 499)},
    {E("small_30", "all small, all tall")},
    {E("small_34", "all small"), LADDER(SMALL, 1, 34)},
    {E("small_34", "all tall"), .special = OTHER_KEY, LADDER(TALL, 1, 34)},
    {E("all_150", "make 'em all")},
    {E("all_155", "make 'em all"), LADDER(ALL, 1, 155)},
    {E("all_160", "make 'em all"), LADDER(ALL, 1, 160)},
    {E("all_165", "make 'em all"), LADDER(ALL, 1, 165)},
    {E("all_170", "make 'em all"), LADDER(ALL, 1, 170)},
    {E("all_174", "make 'em all"), LADDER(ALL, 1, 174)},
    {E("all_175", "make 'em all"), LADDER(ALL, 1, 175)},
    {E("flaming4", "flaming four")},
    {E("sizzling6", "sizzling six")},
    {E("hot_hand", "hot hand")},
    {E("repeater_2", "repeater 2, repeater 12")},
    {E("repeater_3", "repeater 3, repeater 11")},
    {E("repeater_4", "repeater 4, repeater 10")},
    {E("repeater_5", "repeater 5, repeater 9")},
    {E("repeater_6", "repeater 6, repeater 8")},
    {E("repeater_2_for", "repeater 2, repeater 12"), LADDER(REPEATER, 5, 39, 49, 64, 79, 89)},
    {E("repeater_3_for", "repeater 3, repeater 11"), LADDER(REPEATER, 5, 39, 49, 64, 79, 89)},
    {E("repeater_4_for", "repeater 4, repeater 10"), LADDER(REPEATER, 5, 39, 49, 64, 79, 89)},
    {E("repeater_5_for", "repeater 5, repeater 9"), LADDER(REPEATER, 5, 39, 49, 64, 79, 89)},
    {E("repeater_6_for", "repeater 6, repeater 8"), LADDER(REPEATER, 5, 39, 49, 64, 79, 89)},
    {E("diff_doubles", "different doubles")},
    {E("muggsy", "muggsy's corner")},
    {E("point7", "point-7")},
    {E("seven_point", "7-point")},
    {E("no7_in_4", "four rolls no seven")},
    {E("twice_hard_loose", "twice hard"), LADDER(TWICE_HARD, 1, 6)},
    {E("hot_roller", "hot roller")},
    {E("replay", "replay")},

    /* These are decided at once at their last rung, after which nothing can change; the file rolls
       on to the seven-out. */
    {E("ride_line_1", "ride the line"), .special = OTHER_TIME,
     LADDER(RIDE_LINE, 11, -1, 0, 1, 2, 4, 6, 8, 15, 20, 25, 50)},
    {E("ride_line_2", "ride the line"), .special = OTHER_TIME,
     LADDER(RIDE_LINE, 11, -1, -1, 1, 2, 4, 6, 12, 20, 30, 40, 75)},
    {E("ride_line_3", "ride the line"), .special = OTHER_TIME,
     LADDER(RIDE_LINE, 11, -1, -1, 1, 2, 3, 6, 10, 20, 30, 40, 100)},
    {E("ride_line_4", "ride the line"), .special = OTHER_TIME,
     LADDER(RIDE_LINE, 11, -1, -1, 1, 2, 3, 4, 10, 15, 20, 30, 150)},
    {E("ride_line_5", "ride the line"), .special = OTHER_TIME,
     LADDER(RIDE_LINE, 11, -1, -1, 1, 2, 5, 8, 10, 20, 30, 40, 50)},
    {E("ride_line_6", "ride the line"), .special = OTHER_TIME},
    {E("ride_line_7", "ride the line"), .special = OTHER_TIME,
     LADDER(RIDE_LINE, 11, -1, -1, 0, 2, 4, 7, 10, 15, 25, 40, 150)},
    {E("ride_line_bitcraps", "ride the line"), .special = OTHER_KEY | OTHER_TIME,
     LADDER(RIDE_LINE, 11, -1, -1, 3, 5, 10, 25, 25, 25, 25, 25, 25)},
    {E("points_made_demo", "sharpshooter"), .special = OTHER_TIME},

    /* Pays of the older program that are tables of bets as they are here. */
    {E("bc_fire", "fire"), .special = OTHER_KEY | OTHER_TIME, LADDER(FIRE, 6, -1, -1, -1, 24, 24, 24)},
    {E("bc_fire_sol", "fire"), .special = OTHER_KEY, LADDER(FIRE, 6, -1, -1, -1, 39, 249, 999)},
    {E("bc_ride", "ride the line"), .special = OTHER_KEY | OTHER_TIME,
     LADDER(RIDE_LINE, 11, -1, -1, 3, 3, 3, 3, 3, 3, 3, 3, 3)},
    {E("bc_ride_plan", "ride the line"), .special = OTHER_KEY | OTHER_TIME,
     LADDER(RIDE_LINE, 11, 1, 2, 3, 5, 8, 12, 20, 35, 60, 100, 150)},
    {E("bc_ride_sol", "ride the line"), .special = OTHER_KEY | OTHER_TIME,
     LADDER(RIDE_LINE, 11, -1, -1, 1, 2, 3, 4, 10, 15, 20, 100, 150)},
    {E("bc_hot_plan", "sharpshooter"), .special = OTHER_KEY | OTHER_TIME,
     LADDER(SHARPSHOOTER, 10, -1, 5, 10, 20, 50, 100, 100, 100, 100, 100)},
    {E("bc_hot_sol", "sharpshooter"), .special = OTHER_KEY | OTHER_TIME,
     LADDER(SHARPSHOOTER, 10, -1, 5, 10, 20, 50, 300, 300, 300, 300, 300)},
    {E("bc_diff_doubles", "different doubles"), .special = OTHER_KEY | OTHER_TIME,
     LADDER(DOUBLES, 6, -1, 6, 6, 6, 6, 6)},
    {E("bc_doubles_sol", "different doubles"), .special = OTHER_KEY, LADDER(DOUBLES, 6, -1, -1, 4, 8, 30, 250)},

    {E("yes_2", "yes 2, yes 12")},
    {E("yes_3", "yes 3, yes 11")},
    {E("yes_4", "yes 4, yes 10")},
    {E("yes_5", "yes 5, yes 9")},
    {E("yes_6", "yes 6, yes 8")},
    {E("no_2", "no 2, no 12")},
    {E("no_3", "no 3, no 11")},
    {E("no_4", "no 4, no 10")},
    {E("no_5", "no 5, no 9")},
    {E("no_6", "no 6, no 8")},
    {E("next_2", "next 2, next 12")},
    {E("next_3", "next 3, next 11")},
    {E("next_4", "next 4, next 10")},
    {E("next_5", "next 5, next 9")},
    {E("next_6", "next 6, next 8")},
    {E("next_7", "next 7")},
};

/* Wagers of the file that no house can have here, and why. */
static const struct {
    const char *key;
    const char *reason;
} absent[] = {
    {"twice_hard_strict", "a hand remembers no single roll: other totals may come between"},
    {"bc_muggsy", "a 7 and then a point is 7-point, which pays 7:1 and not 2:1"},
};

/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static json_t *file;

static int read_file(void **state)
{
    (void)state;
    char path[1024];
    json_error_t error;
    if (getenv("srcdir") == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/tests/vectors/house-edges.json", getenv("srcdir"));
    file = json_load_file(path, 0, &error);
    return json_is_array(file) ? 0 : -1;
}

static int drop_file(void **state)
{
    (void)state;
    json_decref(file);
    return 0;
}

static const json_t *file_entry(const char *key)
{
    size_t index;
    const json_t *entry;
    json_array_foreach(file, index, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "key")), key) == 0)
            return entry;
    }
    fail_msg("%s is not in the file", key);
    return NULL;
}

static const struct entry *entry_of(const char *key)
{
    for (size_t i = 0; i < COUNT(entries); i++) {
        if (strcmp(entries[i].key, key) == 0)
            return &entries[i];
    }
    return NULL;
}

static bool is_absent(const char *key)
{
    for (size_t i = 0; i < COUNT(absent); i++) {
        if (strcmp(absent[i].key, key) == 0)
            return true;
    }
    return false;
}

/* ---- The house ---- */

static struct craps_rules house_of(const struct entry *entry)
{
    struct craps_rules rules = craps_rules_casino();
    if ((entry->special & CRAPLESS) != 0) {
        const struct bytes name = {(const uint8_t *)"crapless", strlen("crapless")};
        rules = craps_preset_find(name)->rules();
    }
    if ((entry->special & VIG_UP) != 0)
        rules.buy_vig_on_win = rules.lay_vig_on_win = 0;
    if ((entry->special & VIG_WIN) != 0)
        rules.buy_vig_on_win = rules.lay_vig_on_win = rules.crapless == 1 ? POINTS_CRAPLESS : 0x770;
    if ((entry->special & VIG_DOWN) != 0)
        rules.vig_rounding = CRAPS_VIG_DOWN;
    if (entry->bar != 0)
        rules.bar = entry->bar;
    if (entry->odds[0] != 0)
        memcpy(&rules.odds_halves[CRAPS_ODDS_FOUR_TEN], entry->odds, sizeof entry->odds);
    for (size_t i = 0; i < COUNT(entry->pays) && entry->pays[i].which != 0; i++)
        rules.pays[entry->pays[i].which - 1] = entry->pays[i].pay;
    for (size_t i = 0; i < entry->rungs; i++)
        rules.ladders[entry->ladder + i] = (uint16_t)(entry->to_one[i] + 1);
    assert_null(craps_rules_fault(&rules));
    return rules;
}

/* ---- Fractions ---- */

/* Reads "-7/495" or 0. */
static void read_fraction(mpq_t out, const json_t *value)
{
    mpq_set_si(out, (long)json_integer_value(value), 1);
    if (json_is_string(value))
        assert_int_equal(mpq_set_str(out, json_string_value(value), 10), 0);
    mpq_canonicalize(out);
}

static void compare(const char *key, const char *bet, const char *what, const mpq_t value,
                    const json_t *expected)
{
    mpq_t other;
    mpq_init(other);
    read_fraction(other, expected);
    if (!mpq_equal(value, other)) {
        gmp_printf("%s: %s is %Qd, not %Qd\n", key, what, value, other);
        fail_msg("%s: %s of %s is another", key, what, bet);
    }
    mpq_clear(other);
}

/* Each gain has its probability, and no other has any. */
static void compare_gains(const char *key, const char *bet, const struct odds *odds,
                          const json_t *gains)
{
    const char *text;
    const json_t *probability;
    unsigned found = 0;
    mpq_t gain;
    mpq_t sum;
    mpq_inits(gain, sum, NULL);
    json_object_foreach((json_t *)gains, text, probability)
    {
        assert_int_equal(mpq_set_str(gain, text, 10), 0);
        mpq_canonicalize(gain);
        mpq_set_ui(sum, 0, 1);
        for (unsigned i = 0; i < odds->outcomes_count; i++) {
            if (mpq_equal(odds->outcomes[i].gain, gain)) {
                mpq_add(sum, sum, odds->outcomes[i].probability);
                found++;
            }
        }
        compare(key, bet, text, sum, probability);
    }
    assert_int_equal(found, odds->outcomes_count);
    mpq_clears(gain, sum, NULL);
}

static void compare_odds(const struct entry *entry, const char *bet, const struct odds *odds,
                         const json_t *with)
{
    const char *key = entry->key;
    compare(key, bet, "win", odds->win, json_object_get(with, "win"));
    compare(key, bet, "lose", odds->lose, json_object_get(with, "lose"));
    compare(key, bet, "push", odds->push, json_object_get(with, "push"));
    compare(key, bet, "mean gain", odds->gain, json_object_get(with, "ev"));
    compare(key, bet, "edge", odds->edge, json_object_get(with, "edge"));
    compare(key, bet, "edge resolved", odds->resolved, json_object_get(with, "res"));
    compare(key, bet, "risk", odds->risked, json_object_get(with, "risk"));
    compare(key, bet, "variance", odds->variance, json_object_get(with, "var"));
    compare_gains(key, bet, odds, json_object_get(with, "dist"));
    assert_true(fabs(odds->deviation * odds->deviation - mpq_get_d(odds->variance)) <=
                1e-12 * mpq_get_d(odds->variance));
    if ((entry->special & OTHER_TIME) != 0 || json_is_null(json_object_get(with, "rolls")))
        return;
    compare(key, bet, "rolls", odds->rolls, json_object_get(with, "rolls"));
    compare(key, bet, "edge per roll", odds->edge_per_roll, json_object_get(with, "roll"));
}

/* ---- Tests ---- */

static void check_bet(const struct entry *entry, const char *name, bool first)
{
    const struct craps_rules rules = house_of(entry);
    struct craps_bet bet = {0};
    struct odds odds;
    char key[ODDS_KEY_SIZE];
    if (!craps_bet_parse((struct bytes){(const uint8_t *)name, strlen(name)}, &bet))
        fail_msg("%s: there is no bet '%s'", entry->key, name);
    const struct odds_wager wager = {.spot = craps_spot(bet),
                                     .backed = (entry->special & BACKED) != 0};
    odds_init(&odds);
    if (odds_of(&rules, wager, entry->stake, &odds) != ODDS_COMPUTED)
        fail_msg("%s: %s cannot be computed", entry->key, name);
    if (entry->stake != 0)
        assert_int_equal(odds.stake, entry->stake);
    compare_odds(entry, name, &odds, file_entry(entry->key));
    odds_clear(&odds);
    odds_key(&rules, wager, key);
    if (first && (entry->special & OTHER_KEY) == 0)
        assert_string_equal(key, entry->key);
    else
        assert_string_not_equal(key, entry->key);
}

static void every_wager_is_worth_what_the_file_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(entries); i++) {
        char names[120];
        char *rest = names;
        snprintf(names, sizeof names, "%s", entries[i].bets);
        for (bool first = true; rest != NULL; first = false) {
            char *name = rest;
            rest = strstr(name, ", ");
            if (rest != NULL) {
                *rest = '\0';
                rest += 2;
            }
            check_bet(&entries[i], name, first);
        }
    }
}

static void every_wager_of_the_file_is_compared_or_cannot_be(void **state)
{
    (void)state;
    size_t index;
    const json_t *entry;
    assert_int_equal(json_array_size(file), 174);
    json_array_foreach(file, index, entry)
    {
        const char *key = json_string_value(json_object_get(entry, "key"));
        if ((entry_of(key) != NULL) == is_absent(key))
            fail_msg("%s is neither compared nor known to be absent, or both", key);
    }
    for (size_t i = 0; i < COUNT(absent); i++) {
        assert_non_null(file_entry(absent[i].key));
        assert_true(strlen(absent[i].reason) > 0);
    }
}

/* ---- What the file does not have ---- */

static enum odds_verdict verdict_of(const struct craps_rules *rules, const char *name, bool backed,
                                    chips stake)
{
    struct craps_bet bet = {0};
    struct odds odds;
    assert_true(craps_bet_parse((struct bytes){(const uint8_t *)name, strlen(name)}, &bet));
    odds_init(&odds);
    const enum odds_verdict verdict = odds_of(
        rules, (struct odds_wager){.spot = craps_spot(bet), .backed = backed}, stake, &odds);
    odds_clear(&odds);
    return verdict;
}

static void bets_that_a_house_does_not_take_have_no_worth(void **state)
{
    (void)state;
    struct craps_rules rules = craps_rules_casino();
    assert_int_equal(verdict_of(&rules, "pass", true, 0), ODDS_COMPUTED);
    assert_int_equal(verdict_of(&rules, "place 2", false, 0), ODDS_NOT_TAKEN);
    assert_int_equal(verdict_of(&rules, "place 6", true, 0), ODDS_NOT_TAKEN);
    assert_int_equal(verdict_of(&rules, "pass 4", false, 0), ODDS_NOT_TAKEN);
    rules.pass_grows = 1;
    assert_int_equal(verdict_of(&rules, "pass 4", false, 0), ODDS_COMPUTED);
    rules.bets &= ~CRAPS_KIND_BIT(CRAPS_FIELD);
    assert_int_equal(verdict_of(&rules, "field", false, 0), ODDS_NOT_TAKEN);
    memset(rules.odds_halves, 0, sizeof rules.odds_halves);
    assert_int_equal(verdict_of(&rules, "put 6", true, 0), ODDS_NOT_TAKEN);
}

static void stakes_that_cannot_be_paid_have_no_worth(void **state)
{
    (void)state;
    struct craps_rules rules = craps_rules_casino();
    assert_int_equal(verdict_of(&rules, "place 6", false, 12), ODDS_COMPUTED);
    assert_int_equal(verdict_of(&rules, "place 6", false, 13), ODDS_IMPROPER);
    assert_int_equal(verdict_of(&rules, "place 6", false, -6), ODDS_IMPROPER);
    assert_int_equal(verdict_of(&rules, "pass", false, CRAPS_STAKE_MAX), ODDS_COMPUTED);
    assert_int_equal(verdict_of(&rules, "pass", false, CRAPS_STAKE_MAX + 1), ODDS_IMPROPER);
    rules.breakage = CRAPS_BREAKAGE_FLOOR;
    assert_int_equal(verdict_of(&rules, "place 6", false, 13), ODDS_COMPUTED);
}

/* A stake of 13 on the 6 is paid 15 instead of 15 1/6. */
static void breakage_is_the_banks(void **state)
{
    (void)state;
    struct craps_rules rules = craps_rules_casino();
    struct odds odds;
    char text[40];
    rules.breakage = CRAPS_BREAKAGE_FLOOR;
    odds_init(&odds);
    const struct odds_wager six = {.spot = craps_spot((struct craps_bet){CRAPS_PLACE, 6})};
    assert_int_equal(odds_of(&rules, six, 13, &odds), ODDS_COMPUTED);
    gmp_snprintf(text, sizeof text, "%Qd", odds.edge);
    assert_string_equal(text, "3/143"); /* 6/11 - 5/11 * 15/13. */
    assert_int_equal(odds_of(&rules, six, 0, &odds), ODDS_COMPUTED);
    gmp_snprintf(text, sizeof text, "%Qd", odds.edge);
    assert_string_equal(text, "1/66");
    odds_clear(&odds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wager_of_the_file_is_compared_or_cannot_be),
        cmocka_unit_test(every_wager_is_worth_what_the_file_says),
        cmocka_unit_test(bets_that_a_house_does_not_take_have_no_worth),
        cmocka_unit_test(stakes_that_cannot_be_paid_have_no_worth),
        cmocka_unit_test(breakage_is_the_banks),
    };
    return cmocka_run_group_tests(tests, read_file, drop_file);
}
