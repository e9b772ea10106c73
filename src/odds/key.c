/* SPDX-License-Identifier: MIT */
#include "odds/key.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Numbers that are points only where the house plays crapless. */
static bool is_outer(unsigned number)
{
    return number == 2 || number == 3 || number == 11 || number == 12;
}

__attribute__((format(printf, 2, 3))) static void append(char key[static ODDS_KEY_SIZE],
                                                         const char *format, ...)
{
    const size_t used = strlen(key);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(key + used, ODDS_KEY_SIZE - used, format, arguments);
    va_end(arguments);
}

/* ---- Pays ---- */

static bool pays(struct craps_pay pay, unsigned to, unsigned per)
{
    return (uint32_t)pay.to * per == (uint32_t)pay.per * to;
}

/* "_2", or "_5on2" of what is not to one. */
static void append_pay(char key[static ODDS_KEY_SIZE], struct craps_pay pay)
{
    if (pay.to % pay.per == 0)
        append(key, "_%u", (unsigned)(pay.to / pay.per));
    else
        append(key, "_%uon%u", (unsigned)pay.to, (unsigned)pay.per);
}

static void append_unusual(char key[static ODDS_KEY_SIZE], struct craps_pay pay, unsigned usual)
{
    if (!pays(pay, usual, 1))
        append_pay(key, pay);
}

/* Of bets split between 2 or 12 and 3 or 11. */
static void append_horn(char key[static ODDS_KEY_SIZE], const struct craps_rules *rules)
{
    const struct craps_pay two = rules->pays[CRAPS_PAY_TWO_TWELVE];
    const struct craps_pay three = rules->pays[CRAPS_PAY_THREE_ELEVEN];
    if (pays(two, 30, 1) && pays(three, 15, 1))
        return;
    if (pays(two, 29, 1) && pays(three, 14, 1)) {
        append(key, "_for");
        return;
    }
    append_pay(key, two);
    append_pay(key, three);
}

static void append_field(char key[static ODDS_KEY_SIZE], const struct craps_rules *rules)
{
    struct craps_pay low = rules->pays[CRAPS_PAY_FIELD_TWO];
    struct craps_pay high = rules->pays[CRAPS_PAY_FIELD_TWELVE];
    if ((uint32_t)low.to * high.per > (uint32_t)high.to * low.per) {
        const struct craps_pay swapped = low;
        low = high;
        high = swapped;
    }
    append(key, "field");
    append_pay(key, low);
    append_pay(key, high);
}

static void append_hardway(char key[static ODDS_KEY_SIZE], const struct craps_rules *rules,
                           unsigned number)
{
    const bool inner = number == 6 || number == 8;
    const struct craps_pay pay =
        rules->pays[inner ? CRAPS_PAY_HARD_SIX_EIGHT : CRAPS_PAY_HARD_FOUR_TEN];
    append(key, "hard%u", number);
    if (pays(pay, inner ? 19 : 15, 2))
        append(key, "_uk");
    else
        append_unusual(key, pay, inner ? 9 : 7);
}

/* The first easy and the first hard hop stand for all of their sort. */
static void append_hop(char key[static ODDS_KEY_SIZE], const struct craps_rules *rules,
                       unsigned pair)
{
    const bool hard = pair / 10 == pair % 10;
    const struct craps_pay pay = rules->pays[hard ? CRAPS_PAY_HOP_HARD : CRAPS_PAY_HOP_EASY];
    if (pair == 11 || pair == 12) {
        append(key, "hop_%s", hard ? "hard" : "easy");
        append_pay(key, pay);
    } else {
        append(key, "hop_%u%u", pair / 10, pair % 10);
        append_unusual(key, pay, hard ? 30 : 15);
    }
}

/* ---- Pay tables ---- */

/* Those published, profit to one: -1 loses, 0 gives the stake back. */
static const struct {
    const char *key;
    uint8_t first;
    uint8_t count;
    int16_t to_one[11];
} tables[] = {
    {"fire_A", CRAPS_LADDER_FIRE, 6, {-1, -1, -1, 24, 249, 999}},
    {"fire_B", CRAPS_LADDER_FIRE, 6, {-1, -1, -1, 10, 200, 2000}},
    {"fire_C", CRAPS_LADDER_FIRE, 6, {-1, -1, 6, 9, 69, 420}},
    {"fire_D", CRAPS_LADDER_FIRE, 6, {-1, -1, -1, 39, 199, 499}},
    {"ride_line_1", CRAPS_LADDER_RIDE_LINE, 11, {-1, 0, 1, 2, 4, 6, 8, 15, 20, 25, 50}},
    {"ride_line_2", CRAPS_LADDER_RIDE_LINE, 11, {-1, -1, 1, 2, 4, 6, 12, 20, 30, 40, 75}},
    {"ride_line_3", CRAPS_LADDER_RIDE_LINE, 11, {-1, -1, 1, 2, 3, 6, 10, 20, 30, 40, 100}},
    {"ride_line_4", CRAPS_LADDER_RIDE_LINE, 11, {-1, -1, 1, 2, 3, 4, 10, 15, 20, 30, 150}},
    {"ride_line_5", CRAPS_LADDER_RIDE_LINE, 11, {-1, -1, 1, 2, 5, 8, 10, 20, 30, 40, 50}},
    {"ride_line_6", CRAPS_LADDER_RIDE_LINE, 11, {-1, -1, 0, 3, 5, 7, 12, 20, 25, 30, 100}},
    {"ride_line_7", CRAPS_LADDER_RIDE_LINE, 11, {-1, -1, 0, 2, 4, 7, 10, 15, 25, 40, 150}},
    {"diff_doubles", CRAPS_LADDER_DOUBLES, 6, {-1, -1, 4, 8, 15, 100}},
    {"hot_hand", CRAPS_LADDER_HOT_HAND, 2, {20, 80}},
    {"hot_roller", CRAPS_LADDER_HOT_ROLLER, 6, {-1, 5, 10, 20, 50, 200}},
    {"replay", CRAPS_LADDER_REPLAY, 6, {70, 95, 100, 120, 500, 1000}},
    {"points_made_demo",
     CRAPS_LADDER_SHARPSHOOTER,
     10,
     {-1, -1, 5, 10, 20, 50, 100, 100, 100, 100}},
    {"twice_hard_loose", CRAPS_LADDER_TWICE_HARD, 1, {6}},
    {"flaming4", CRAPS_LADDER_FLAMING_FOUR, 1, {70}},
    {"sizzling6", CRAPS_LADDER_SIZZLING_SIX, 1, {12}},
    {"no7_in_4", CRAPS_LADDER_FOUR_ROLLS, 1, {1}},
};

static bool is_table(const struct craps_rules *rules, size_t index)
{
    for (size_t i = 0; i < tables[index].count; i++) {
        if (rules->ladders[tables[index].first + i] != tables[index].to_one[i] + 1)
            return false;
    }
    return true;
}

/* The published table's key, else the bet's own. */
static void append_table(char key[static ODDS_KEY_SIZE], const struct craps_rules *rules,
                         uint8_t first, const char *own)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (tables[i].first == first && is_table(rules, i)) {
            append(key, "%s", tables[i].key);
            return;
        }
    }
    append(key, "%s", own);
}

/* As append_table(), of a table of one rung: what it pays to one if it is another one. */
static void append_rung(char key[static ODDS_KEY_SIZE], const struct craps_rules *rules,
                        uint8_t ladder, const char *own)
{
    append_table(key, rules, ladder, own);
    if (strcmp(key, own) == 0)
        append(key, "_%d", rules->ladders[ladder] - 1);
}

static void append_repeater(char key[static ODDS_KEY_SIZE], const struct craps_rules *rules,
                            unsigned number)
{
    static const uint16_t usual[] = {40, 50, 65, 80, 90};
    const unsigned pair = number < 7 ? number - 2 : 12 - number;
    const uint16_t pay = rules->ladders[CRAPS_LADDER_REPEATER + pair];
    append(key, "repeater_%u", number);
    if (pay == usual[pair])
        append(key, "_for");
    else if (pay != usual[pair] + 1)
        append(key, "_%d", pay - 1);
}

/* ---- Odds ---- */

static void append_halves(char key[static ODDS_KEY_SIZE], unsigned halves)
{
    if (halves % 2 == 0)
        append(key, "_%ux", halves / 2);
    else
        append(key, "_%uon2x", halves);
}

static unsigned halves_of(const struct craps_rules *rules, unsigned number)
{
    static const enum craps_odds_class classes[] = {CRAPS_ODDS_TWO_TWELVE, CRAPS_ODDS_THREE_ELEVEN,
                                                    CRAPS_ODDS_FOUR_TEN, CRAPS_ODDS_FIVE_NINE,
                                                    CRAPS_ODDS_SIX_EIGHT};
    return rules->odds_halves[classes[number < 7 ? number - 2 : 12 - number]];
}

/* The odds of a house by their usual name. */
static void append_odds(char key[static ODDS_KEY_SIZE], const struct craps_rules *rules)
{
    const unsigned four = halves_of(rules, 4);
    const unsigned five = halves_of(rules, 5);
    const unsigned six = halves_of(rules, 6);
    if (four == 6 && five == 8 && six == 10) {
        append(key, "_345x");
    } else if (four == 4 && five == 4 && six == 5) {
        append(key, "_full_double");
    } else {
        append_halves(key, four);
        if (five != four || six != four) {
            append_halves(key, five);
            append_halves(key, six);
        }
    }
}

/* ---- Wagers ---- */

/* A line bet: by how its come-out goes, or on the number where it is made. */
static void append_line(char key[static ODDS_KEY_SIZE], const struct craps_rules *rules,
                        struct craps_bet bet, bool backed)
{
    static const char *const words[] = {"pass", "dont_pass", "come", "dont_come"};
    const bool wrong = bet.kind == CRAPS_DONT_PASS || bet.kind == CRAPS_DONT_COME;
    if (backed && bet.number == 0)
        append(key, "%s_odds", bet.kind == CRAPS_DONT_PASS ? "dont" : words[bet.kind - CRAPS_PASS]);
    else
        append(key, "%s", words[bet.kind - CRAPS_PASS]);
    if (bet.number != 0)
        append(key, "_%u", bet.number);
    else if (wrong && rules->bar != 12)
        append(key, "_bar%u", rules->bar);
    else if (!wrong && rules->crapless != 0)
        append(key, "_crapless");
    if (backed && bet.number != 0)
        append_halves(key, halves_of(rules, bet.number));
    else if (backed)
        append_odds(key, rules);
}

/* "_4", and "_2_cl" of numbers that only crapless houses have. */
static void append_box(char key[static ODDS_KEY_SIZE], const char *word, unsigned number)
{
    append(key, "%s_%u%s", word, number, is_outer(number) ? "_cl" : "");
}

static void append_vig(char key[static ODDS_KEY_SIZE], uint16_t on_win, unsigned number)
{
    append(key, "_%s", (on_win >> number & 1) != 0 ? "win" : "up");
}

void odds_key(const struct craps_rules *rules, struct odds_wager wager,
              char key[static ODDS_KEY_SIZE])
{
    const struct craps_bet bet = craps_bet_at(wager.spot);
    const unsigned number = bet.number;
    key[0] = '\0';
    switch ((enum craps_kind)bet.kind) {
    case CRAPS_PASS:
    case CRAPS_DONT_PASS:
    case CRAPS_COME:
    case CRAPS_DONT_COME:
        append_line(key, rules, bet, wager.backed);
        break;
    case CRAPS_PASS_ODDS:
        append(key, "odds_%u", number);
        break;
    case CRAPS_DONT_PASS_ODDS:
        append(key, "lay_odds_%u", number);
        break;
    case CRAPS_COME_ODDS:
        append(key, "come_odds_%u", number);
        break;
    case CRAPS_DONT_COME_ODDS:
        append(key, "dont_come_odds_%u", number);
        break;
    case CRAPS_PUT:
        append(key, "put_%u", number);
        if (wager.backed)
            append_halves(key, halves_of(rules, number));
        break;
    case CRAPS_PUT_ODDS:
        append(key, "put_odds_%u", number);
        break;
    case CRAPS_PLACE:
        append_box(key, "place", number);
        break;
    case CRAPS_PLACE_LOSE:
        append_box(key, "place_lose", number);
        break;
    case CRAPS_BUY:
        append_box(key, "buy", number);
        append_vig(key, rules->buy_vig_on_win, number);
        break;
    case CRAPS_LAY:
        append_box(key, "lay", number);
        append_vig(key, rules->lay_vig_on_win, number);
        break;
    case CRAPS_BIG:
        append(key, "big%u", number);
        break;
    case CRAPS_FIELD:
        append_field(key, rules);
        break;
    case CRAPS_HARDWAY:
        append_hardway(key, rules, number);
        break;
    case CRAPS_ANY_SEVEN:
        append(key, "any7");
        break;
    case CRAPS_ANY_CRAPS:
        append(key, "any_craps");
        break;
    case CRAPS_CRAPS_TWO:
        append(key, "two");
        append_unusual(key, rules->pays[CRAPS_PAY_TWO_TWELVE], 30);
        break;
    case CRAPS_CRAPS_THREE:
        append(key, "three");
        append_unusual(key, rules->pays[CRAPS_PAY_THREE_ELEVEN], 15);
        break;
    case CRAPS_YO:
        append(key, "yo");
        append_unusual(key, rules->pays[CRAPS_PAY_THREE_ELEVEN], 15);
        break;
    case CRAPS_CRAPS_TWELVE:
        append(key, "twelve");
        append_unusual(key, rules->pays[CRAPS_PAY_TWO_TWELVE], 30);
        break;
    case CRAPS_HI_LO:
        append(key, "hilo");
        break;
    case CRAPS_C_AND_E:
        append(key, "ce");
        break;
    case CRAPS_HORN:
        append(key, "horn");
        append_horn(key, rules);
        break;
    case CRAPS_HORN_HIGH:
        append(key, "horn_high_%u", number);
        append_horn(key, rules);
        break;
    case CRAPS_WORLD:
        append(key, "world");
        append_horn(key, rules);
        break;
    case CRAPS_THREE_WAY:
        append(key, "three_way_craps");
        append_horn(key, rules);
        break;
    case CRAPS_HOP:
        append_hop(key, rules, number);
        break;
    case CRAPS_HOP_SEVENS:
        append(key, "hop7_all");
        append_unusual(key, rules->pays[CRAPS_PAY_HOP_EASY], 15);
        break;
    case CRAPS_OVER_SEVEN:
        append(key, "over7");
        break;
    case CRAPS_UNDER_SEVEN:
        append(key, "under7");
        break;
    case CRAPS_LOW_DICE:
        append(key, "low_dice");
        break;
    case CRAPS_HIGH_DICE:
        append(key, "high_dice");
        break;
    case CRAPS_FIELDERS:
        append(key, "fielders_%s", number == 2 ? "234" : number == 4 ? "4_9_10" : "10_11_12");
        break;
    case CRAPS_FIRE:
        append_table(key, rules, CRAPS_LADDER_FIRE, "fire");
        break;
    case CRAPS_ALL_SMALL:
        append_rung(key, rules, CRAPS_LADDER_SMALL, "small");
        break;
    case CRAPS_ALL_TALL:
        append_rung(key, rules, CRAPS_LADDER_TALL, "tall");
        break;
    case CRAPS_MAKE_ALL:
        append_rung(key, rules, CRAPS_LADDER_ALL, "all");
        break;
    case CRAPS_REPEATER:
        append_repeater(key, rules, number);
        break;
    case CRAPS_HOT_ROLLER:
        append_table(key, rules, CRAPS_LADDER_HOT_ROLLER, "hot_roller_own");
        break;
    case CRAPS_RIDE_LINE:
        append_table(key, rules, CRAPS_LADDER_RIDE_LINE, "ride_line");
        break;
    case CRAPS_DOUBLES:
        append_table(key, rules, CRAPS_LADDER_DOUBLES, "diff_doubles_own");
        break;
    case CRAPS_REPLAY:
        append_table(key, rules, CRAPS_LADDER_REPLAY, "replay_own");
        break;
    case CRAPS_MUGGSY:
        append(key, "muggsy");
        break;
    case CRAPS_POINT_SEVEN:
        append(key, "point7");
        break;
    case CRAPS_SEVEN_POINT:
        append(key, "seven_point");
        break;
    case CRAPS_TWICE_HARD:
        append_rung(key, rules, CRAPS_LADDER_TWICE_HARD, "twice_hard");
        break;
    case CRAPS_SHARPSHOOTER:
        append_table(key, rules, CRAPS_LADDER_SHARPSHOOTER, "points_made");
        break;
    case CRAPS_HOT_HAND:
        append_table(key, rules, CRAPS_LADDER_HOT_HAND, "hot_hand_own");
        break;
    case CRAPS_FLAMING_FOUR:
        append_rung(key, rules, CRAPS_LADDER_FLAMING_FOUR, "flaming_four");
        break;
    case CRAPS_SIZZLING_SIX:
        append_rung(key, rules, CRAPS_LADDER_SIZZLING_SIX, "sizzling_six");
        break;
    case CRAPS_FOUR_ROLLS:
        append_rung(key, rules, CRAPS_LADDER_FOUR_ROLLS, "four_rolls");
        break;
    case CRAPS_YES:
        append(key, "yes_%u", number);
        break;
    case CRAPS_NO:
        append(key, "no_%u", number);
        break;
    case CRAPS_NEXT:
        append(key, "next_%u", number);
        break;
    case CRAPS_KIND_COUNT:
    case CRAPS_ODDS:
        break;
    }
}
