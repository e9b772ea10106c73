/* SPDX-License-Identifier: MIT */
/* The table of bets and the questions it answers. */
#include "craps/layout.h"

#include "base/check.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define T(total)     ROLLS_TOTAL(total)

static const uint8_t none[] = {0};
static const uint8_t right[] = {0, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12};
static const uint8_t wrong[] = {0, 4, 5, 6, 8, 9, 10};
static const uint8_t numbers[] = {2, 3, 4, 5, 6, 8, 9, 10, 11, 12};
static const uint8_t box[] = {4, 5, 6, 8, 9, 10};
static const uint8_t hard[] = {4, 6, 8, 10};
static const uint8_t big[] = {6, 8};
static const uint8_t outer[] = {2, 3, 11, 12};
static const uint8_t fielders[] = {2, 4, 10};
static const uint8_t total[] = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const uint8_t hops[] = {11, 12, 13, 14, 15, 16, 22, 23, 24, 25, 26,
                               33, 34, 35, 36, 44, 45, 46, 55, 56, 66};

/* The same the other way round: where each number from 0 to 12 stands, N for nowhere. */
#define N LAYOUT_NOWHERE
/* clang-format off */
static const uint8_t none_at[13] = {0, N, N, N, N, N, N, N, N, N, N, N, N};
static const uint8_t right_at[13] = {0, N, 1, 2, 3, 4, 5, N, 6, 7, 8, 9, 10};
static const uint8_t wrong_at[13] = {0, N, N, N, 1, 2, 3, N, 4, 5, 6, N, N};
static const uint8_t numbers_at[13] = {N, N, 0, 1, 2, 3, 4, N, 5, 6, 7, 8, 9};
static const uint8_t box_at[13] = {N, N, N, N, 0, 1, 2, N, 3, 4, 5, N, N};
static const uint8_t hard_at[13] = {N, N, N, N, 0, N, 1, N, 2, N, 3, N, N};
static const uint8_t big_at[13] = {N, N, N, N, N, N, 0, N, 1, N, N, N, N};
static const uint8_t outer_at[13] = {N, N, 0, 1, N, N, N, N, N, N, N, 2, 3};
static const uint8_t fielders_at[13] = {N, N, 0, N, 1, N, N, N, N, N, 2, N, N};
static const uint8_t total_at[13] = {N, N, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
/* clang-format on */
#undef N

#define SPOTS(kind, list)                                                                          \
    .first = CRAPS_SPOT_##kind, .numbers = (list), .at = list##_at,                                \
    .numbers_count = CRAPS_SPOT_##kind##_LAST - CRAPS_SPOT_##kind + 1

/* clang-format off */

/* Pays by how likely the number is: 2/12, 3/11, 4/10, 5/9, 6/8. */
#define BY_NUMBER(rolls, a, b, c, d, e, f, g, h, i, j)                \
    {.on = (rolls), .of = T(2) | T(12), .pay = {a, b}},               \
    {.on = (rolls), .of = T(3) | T(11), .pay = {c, d}},               \
    {.on = (rolls), .of = T(4) | T(10), .pay = {e, f}},               \
    {.on = (rolls), .of = T(5) | T(9), .pay = {g, h}},                \
    {.on = (rolls), .of = T(6) | T(8), .pay = {i, j}}
#define TRUE_ODDS         BY_NUMBER(ROLLS_NUMBER, 6, 1, 3, 1, 2, 1, 3, 2, 6, 5)
#define TRUE_ODDS_AGAINST BY_NUMBER(T(7), 1, 6, 1, 3, 1, 2, 2, 3, 5, 6)

/* The four line bets, the right and the wrong way. */
#define RIGHT                                                                                  \
    .work = LAYOUT_WORKS_ALWAYS, .limit = CRAPS_LIMIT_LINE,                                    \
    .staging = LAYOUT_STAGED_BY_NUMBER, .contract = LAYOUT_CONTRACT_ON_NUMBER,                 \
    .comeout = {.lose = ROLLS_LINE_CRAPS, .wins = {{.on = ROLLS_NATURAL, .pay = {1, 1}}}},     \
    .rest = {.lose = T(7), .wins = {{.on = ROLLS_NUMBER, .pay = {1, 1}}}}
#define WRONG                                                                                  \
    .work = LAYOUT_WORKS_ALWAYS, .limit = CRAPS_LIMIT_LINE,                                    \
    .staging = LAYOUT_STAGED_BY_NUMBER,                                                        \
    .comeout = {.push = ROLLS_BAR, .lose = T(7) | T(11),                                       \
                .wins = {{.on = ROLLS_CRAPS, .pay = {1, 1}}}},                                 \
    .rest = {.lose = ROLLS_NUMBER, .wins = {{.on = T(7), .pay = {1, 1}}}}
#define TAKEN                                                            \
    .window = LAYOUT_BEHIND, .limit = CRAPS_LIMIT_ODDS, .points = true,  \
    .rest = {.lose = T(7), .wins = {TRUE_ODDS}}
#define LAID                                                             \
    .window = LAYOUT_BEHIND, .limit = CRAPS_LIMIT_ODDS, .lays = true,    \
    .rest = {.lose = ROLLS_NUMBER, .wins = {TRUE_ODDS_AGAINST}}

/* Box number bets. */
#define BOX_BET .limit = CRAPS_LIMIT_BOX, .stays = true, .points = true

/* Decided by one roll: what does not win loses. */
#define ONE_ROLL .work = LAYOUT_WORKS_ALWAYS, .limit = CRAPS_LIMIT_PROPOSITION
#define SINGLE(set, ...) ONE_ROLL, .rest = {.lose = ROLLS_ANY, .wins = {{.on = (set), __VA_ARGS__}}}
#define SPLIT(count, ...) ONE_ROLL, .parts_count = (count), .parts = {__VA_ARGS__}

/* Bets on a hand. */
#define HAND .work = LAYOUT_WORKS_ALWAYS, .limit = CRAPS_LIMIT_HAND, .contract = LAYOUT_CONTRACT_HAND
#define MEASURED(what, table, once, end)                                         \
    HAND, .measure = CRAPS_MEASURE_##what, .ladder = CRAPS_LADDER_##table,       \
    .rungs = CRAPS_LADDER_##table##_LAST - CRAPS_LADDER_##table + 1,             \
    .at_once = (once), .ends = LAYOUT_ENDS_BY_##end

static const struct layout_row rows[CRAPS_KIND_COUNT] = {
    /* Line bets and what backs them. */
    [CRAPS_PASS] = {.name = "pass", SPOTS(PASS, right), .window = LAYOUT_COMEOUT, RIGHT},
    [CRAPS_DONT_PASS] = {.name = "don't pass", SPOTS(DONT_PASS, wrong), .window = LAYOUT_COMEOUT,
        WRONG},
    [CRAPS_COME] = {.name = "come", SPOTS(COME, right), .window = LAYOUT_POINT, RIGHT},
    [CRAPS_DONT_COME] = {.name = "don't come", SPOTS(DONT_COME, wrong), .window = LAYOUT_POINT,
        WRONG},
    [CRAPS_PASS_ODDS] = {.name = "pass odds", SPOTS(PASS_ODDS, numbers), .work = LAYOUT_WORKS,
        .behind = CRAPS_PASS, TAKEN},
    [CRAPS_DONT_PASS_ODDS] = {.name = "don't pass odds", SPOTS(DONT_PASS_ODDS, box),
        .work = LAYOUT_WORKS, .behind = CRAPS_DONT_PASS, LAID},
    [CRAPS_COME_ODDS] = {.name = "come odds", SPOTS(COME_ODDS, numbers), .work = LAYOUT_OFF,
        .behind = CRAPS_COME, TAKEN},
    [CRAPS_DONT_COME_ODDS] = {.name = "don't come odds", SPOTS(DONT_COME_ODDS, box),
        .work = LAYOUT_WORKS, .behind = CRAPS_DONT_COME, LAID},
    [CRAPS_PUT] = {.name = "put", SPOTS(PUT, numbers), .window = LAYOUT_POINT,
        .work = LAYOUT_WORKS, .contract = LAYOUT_CONTRACT_PUT, .limit = CRAPS_LIMIT_LINE,
        .points = true, .rest = {.lose = T(7), .wins = {{.on = ROLLS_NUMBER, .pay = {1, 1}}}}},
    [CRAPS_PUT_ODDS] = {.name = "put odds", SPOTS(PUT_ODDS, numbers), .work = LAYOUT_OFF,
        .behind = CRAPS_PUT, TAKEN},

    /* Box numbers. */
    [CRAPS_PLACE] = {.name = "place", SPOTS(PLACE, numbers), .work = LAYOUT_OFF, BOX_BET,
        .rest = {.lose = T(7), .wins = {BY_NUMBER(ROLLS_NUMBER, 11, 2, 11, 4, 9, 5, 7, 5, 7, 6)}}},
    [CRAPS_PLACE_LOSE] = {.name = "place to lose", SPOTS(PLACE_LOSE, box), .work = LAYOUT_WORKS,
        BOX_BET, .rest = {.lose = ROLLS_NUMBER, .wins = {
            {.on = T(7), .of = T(4) | T(10), .pay = {5, 11}},
            {.on = T(7), .of = T(5) | T(9), .pay = {5, 8}},
            {.on = T(7), .of = T(6) | T(8), .pay = {4, 5}}}}},
    [CRAPS_BUY] = {.name = "buy", SPOTS(BUY, numbers), .work = LAYOUT_OFF, .vig = LAYOUT_VIG_BUY,
        BOX_BET, .rest = {.lose = T(7), .wins = {TRUE_ODDS}}},
    [CRAPS_LAY] = {.name = "lay", SPOTS(LAY, numbers), .work = LAYOUT_WORKS, .vig = LAYOUT_VIG_LAY,
        BOX_BET, .rest = {.lose = ROLLS_NUMBER, .wins = {TRUE_ODDS_AGAINST}}},
    [CRAPS_BIG] = {.name = "big", SPOTS(BIG, big), .work = LAYOUT_WORKS_ALWAYS,
        .limit = CRAPS_LIMIT_BOX, .stays = true,
        .rest = {.lose = T(7), .wins = {{.on = ROLLS_NUMBER, .pay = {1, 1}}}}},

    /* The field and the propositions. */
    [CRAPS_FIELD] = {.name = "field", SPOTS(FIELD, none), .work = LAYOUT_WORKS_ALWAYS,
        .limit = CRAPS_LIMIT_FIELD,
        .rest = {.lose = ROLLS_ANY, .wins = {
            {.on = T(3) | T(4) | T(9) | T(10) | T(11), .pay = {1, 1}},
            {.on = T(2), .house = 1 + CRAPS_PAY_FIELD_TWO},
            {.on = T(12), .house = 1 + CRAPS_PAY_FIELD_TWELVE}}}},
    [CRAPS_HARDWAY] = {.name = "hard", SPOTS(HARDWAY, hard), .work = LAYOUT_WORKS,
        .limit = CRAPS_LIMIT_PROPOSITION, .stays = true,
        .rest = {.lose = ROLLS_NUMBER | T(7), .wins = {
            {.on = ROLLS_NUMBER_HARD, .of = T(4) | T(10), .house = 1 + CRAPS_PAY_HARD_FOUR_TEN},
            {.on = ROLLS_NUMBER_HARD, .of = T(6) | T(8), .house = 1 + CRAPS_PAY_HARD_SIX_EIGHT}}}},
    [CRAPS_ANY_SEVEN] = {.name = "any seven", SPOTS(ANY_SEVEN, none), SINGLE(T(7), .pay = {4, 1})},
    [CRAPS_ANY_CRAPS] = {.name = "any craps", SPOTS(ANY_CRAPS, none),
        SINGLE(ROLLS_CRAPS, .pay = {7, 1})},
    [CRAPS_CRAPS_TWO] = {.name = "craps 2", SPOTS(CRAPS_TWO, none),
        SINGLE(T(2), .house = 1 + CRAPS_PAY_TWO_TWELVE)},
    [CRAPS_CRAPS_THREE] = {.name = "craps 3", SPOTS(CRAPS_THREE, none),
        SINGLE(T(3), .house = 1 + CRAPS_PAY_THREE_ELEVEN)},
    [CRAPS_YO] = {.name = "yo 11", SPOTS(YO, none),
        SINGLE(T(11), .house = 1 + CRAPS_PAY_THREE_ELEVEN)},
    [CRAPS_CRAPS_TWELVE] = {.name = "craps 12", SPOTS(CRAPS_TWELVE, none),
        SINGLE(T(12), .house = 1 + CRAPS_PAY_TWO_TWELVE)},
    [CRAPS_HI_LO] = {.name = "hi-lo", SPOTS(HI_LO, none), SINGLE(T(2) | T(12), .pay = {15, 1})},
    [CRAPS_C_AND_E] = {.name = "C&E", SPOTS(C_AND_E, none),
        SPLIT(2, {CRAPS_ANY_CRAPS, 0}, {CRAPS_YO, 0})},
    [CRAPS_HORN] = {.name = "horn", SPOTS(HORN, none),
        SPLIT(4, {CRAPS_CRAPS_TWO, 0}, {CRAPS_CRAPS_THREE, 0}, {CRAPS_YO, 0},
            {CRAPS_CRAPS_TWELVE, 0})},
    [CRAPS_HORN_HIGH] = {.name = "horn high", SPOTS(HORN_HIGH, outer), .high = true,
        SPLIT(4, {CRAPS_CRAPS_TWO, 0}, {CRAPS_CRAPS_THREE, 0}, {CRAPS_YO, 0},
            {CRAPS_CRAPS_TWELVE, 0})},
    [CRAPS_WORLD] = {.name = "world", SPOTS(WORLD, none),
        SPLIT(5, {CRAPS_CRAPS_TWO, 0}, {CRAPS_CRAPS_THREE, 0}, {CRAPS_YO, 0},
            {CRAPS_CRAPS_TWELVE, 0}, {CRAPS_ANY_SEVEN, 0})},
    [CRAPS_THREE_WAY] = {.name = "three-way craps", SPOTS(THREE_WAY, none),
        SPLIT(3, {CRAPS_CRAPS_TWO, 0}, {CRAPS_CRAPS_THREE, 0}, {CRAPS_CRAPS_TWELVE, 0})},
    [CRAPS_HOP] = {.name = "hop", .first = CRAPS_SPOT_HOP, .numbers = hops,
        .numbers_count = CRAPS_PAIRS, ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {
            {.on = ROLLS_PAIR, .house = 1 + CRAPS_PAY_HOP_EASY}}}},
    [CRAPS_HOP_SEVENS] = {.name = "hopping sevens", SPOTS(HOP_SEVENS, none),
        SPLIT(3, {CRAPS_HOP, 16}, {CRAPS_HOP, 25}, {CRAPS_HOP, 34})},
    [CRAPS_OVER_SEVEN] = {.name = "over 7", SPOTS(OVER_SEVEN, none),
        SINGLE(T(8) | T(9) | T(10) | T(11) | T(12), .pay = {1, 1})},
    [CRAPS_UNDER_SEVEN] = {.name = "under 7", SPOTS(UNDER_SEVEN, none),
        SINGLE(T(2) | T(3) | T(4) | T(5) | T(6), .pay = {1, 1})},
    [CRAPS_LOW_DICE] = {.name = "low dice", SPOTS(LOW_DICE, none), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {
            {.on = T(3) | T(4) | T(5) | T(6), .pay = {1, 1}}, {.on = T(2), .pay = {5, 1}}}}},
    [CRAPS_HIGH_DICE] = {.name = "high dice", SPOTS(HIGH_DICE, none), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {
            {.on = T(8) | T(9) | T(10) | T(11), .pay = {1, 1}}, {.on = T(12), .pay = {5, 1}}}}},
    [CRAPS_FIELDERS] = {.name = "fielder's choice", SPOTS(FIELDERS, fielders), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {
            {.on = T(2) | T(3) | T(4), .of = T(2), .pay = {4, 1}},
            {.on = T(4) | T(9) | T(10), .of = T(4), .pay = {2, 1}},
            {.on = T(10) | T(11) | T(12), .of = T(10), .pay = {4, 1}}}}},

    /* Bets on a shooter's hand. */
    [CRAPS_FIRE] = {.name = "fire", SPOTS(FIRE, none), .window = LAYOUT_FRESH,
        MEASURED(POINTS, FIRE, 6, SEVEN_OUT)},
    [CRAPS_ALL_SMALL] = {.name = "all small", SPOTS(ALL_SMALL, none),
        .window = LAYOUT_AFTER_SEVEN, MEASURED(SMALL, SMALL, 1, SEVEN)},
    [CRAPS_ALL_TALL] = {.name = "all tall", SPOTS(ALL_TALL, none), .window = LAYOUT_AFTER_SEVEN,
        MEASURED(TALL, TALL, 1, SEVEN)},
    [CRAPS_MAKE_ALL] = {.name = "make 'em all", SPOTS(MAKE_ALL, none),
        .window = LAYOUT_AFTER_SEVEN, MEASURED(ALL, ALL, 1, SEVEN)},
    [CRAPS_REPEATER] = {.name = "repeater", SPOTS(REPEATER, numbers), .window = LAYOUT_FRESH,
        MEASURED(REPEATS, REPEATER, 1, SEVEN)},
    [CRAPS_HOT_ROLLER] = {.name = "hot roller", SPOTS(HOT_ROLLER, none), .window = LAYOUT_FRESH,
        MEASURED(EVERY_WAY, HOT_ROLLER, 6, SEVEN)},
    [CRAPS_RIDE_LINE] = {.name = "ride the line", SPOTS(RIDE_LINE, none), .window = LAYOUT_FRESH,
        MEASURED(WINS, RIDE_LINE, 11, SEVEN_OUT)},
    [CRAPS_DOUBLES] = {.name = "different doubles", SPOTS(DOUBLES, none), .window = LAYOUT_FRESH,
        MEASURED(DOUBLES, DOUBLES, 6, SEVEN)},
    [CRAPS_REPLAY] = {.name = "replay", SPOTS(REPLAY, none), .window = LAYOUT_FRESH,
        MEASURED(SAME_POINT, REPLAY, 6, SEVEN_OUT)},
    [CRAPS_MUGGSY] = {.name = "muggsy's corner", SPOTS(MUGGSY, none), .window = LAYOUT_COMEOUT,
        HAND, .staging = LAYOUT_STAGED_BY_PUCK,
        .comeout = {.lose = ROLLS_NO_POINT, .wins = {{.on = T(7), .pay = {2, 1}}}},
        .rest = {.lose = ROLLS_ANY, .wins = {{.on = T(7), .pay = {3, 1}}}}},
    [CRAPS_POINT_SEVEN] = {.name = "point-7", SPOTS(POINT_SEVEN, none), .window = LAYOUT_FRESH,
        HAND, .staging = LAYOUT_STAGED_BY_HAND, .comeout = {.lose = ROLLS_NO_POINT | T(7)},
        .rest = {.lose = ROLLS_ANY, .wins = {{.on = T(7), .pay = {7, 1}}}}},
    [CRAPS_SEVEN_POINT] = {.name = "7-point", SPOTS(SEVEN_POINT, none), .window = LAYOUT_FRESH,
        HAND, .staging = LAYOUT_STAGED_BY_HAND, .comeout = {.lose = ROLLS_NO_POINT | ROLLS_POINT},
        .rest = {.lose = ROLLS_ANY, .wins = {{.on = ROLLS_POINT, .pay = {7, 1}}}}},
    [CRAPS_TWICE_HARD] = {.name = "twice hard", SPOTS(TWICE_HARD, none), .window = LAYOUT_FRESH,
        MEASURED(HARD_TWICE, TWICE_HARD, 1, SEVEN)},
    [CRAPS_SHARPSHOOTER] = {.name = "sharpshooter", SPOTS(SHARPSHOOTER, none),
        .window = LAYOUT_FRESH, MEASURED(MADE, SHARPSHOOTER, 10, SEVEN_OUT)},
    [CRAPS_HOT_HAND] = {.name = "hot hand", SPOTS(HOT_HAND, none), .window = LAYOUT_FRESH,
        MEASURED(TOTALS, HOT_HAND, 2, SEVEN)},
    [CRAPS_FLAMING_FOUR] = {.name = "flaming four", SPOTS(FLAMING_FOUR, none),
        .window = LAYOUT_FRESH, MEASURED(OUTER, FLAMING_FOUR, 1, SEVEN)},
    [CRAPS_SIZZLING_SIX] = {.name = "sizzling six", SPOTS(SIZZLING_SIX, none),
        .window = LAYOUT_FRESH, MEASURED(BOX, SIZZLING_SIX, 1, SEVEN)},
    [CRAPS_FOUR_ROLLS] = {.name = "four rolls no seven", SPOTS(FOUR_ROLLS, none),
        .window = LAYOUT_FRESH, MEASURED(ROLLS, FOUR_ROLLS, 1, SEVEN)},

    /* A number before a 7, a 7 before it, and a total by the next roll: 98 % of true odds. */
    [CRAPS_YES] = {.name = "yes", SPOTS(YES, numbers), .work = LAYOUT_WORKS_ALWAYS,
        .limit = CRAPS_LIMIT_PROPOSITION, .rest = {.lose = T(7), .wins = {
            BY_NUMBER(ROLLS_NUMBER, 147, 25, 147, 50, 49, 25, 147, 100, 59, 50)}}},
    [CRAPS_NO] = {.name = "no", SPOTS(NO, numbers), .work = LAYOUT_WORKS_ALWAYS,
        .limit = CRAPS_LIMIT_PROPOSITION, .rest = {.lose = ROLLS_NUMBER, .wins = {
            BY_NUMBER(T(7), 4, 25, 33, 100, 49, 100, 13, 20, 41, 50)}}},
    [CRAPS_NEXT] = {.name = "next", SPOTS(NEXT, total), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {
            BY_NUMBER(ROLLS_NUMBER, 343, 10, 833, 50, 539, 50, 196, 25, 152, 25),
            {.on = ROLLS_NUMBER, .of = T(7), .pay = {49, 10}}}}},
};

/* clang-format on */

_Static_assert(COUNT(right) == CRAPS_SPOT_PASS_LAST - CRAPS_SPOT_PASS + 1, "spots of right bets");
_Static_assert(COUNT(wrong) == CRAPS_SPOT_DONT_PASS_LAST - CRAPS_SPOT_DONT_PASS + 1, "of wrong");
_Static_assert(COUNT(numbers) == CRAPS_SPOT_PLACE_LAST - CRAPS_SPOT_PLACE + 1, "of numbers");
_Static_assert(COUNT(box) == CRAPS_SPOT_PLACE_LOSE_LAST - CRAPS_SPOT_PLACE_LOSE + 1, "of boxes");
_Static_assert(COUNT(hops) == CRAPS_SPOT_HOP_LAST - CRAPS_SPOT_HOP + 1, "of hops");
_Static_assert(COUNT(total) == CRAPS_SPOT_NEXT_LAST - CRAPS_SPOT_NEXT + 1, "of totals");

const struct layout_row *layout_row(unsigned kind)
{
    CHECK(kind < CRAPS_KIND_COUNT);
    return &rows[kind];
}

unsigned layout_index(const struct layout_row *row, unsigned number)
{
    if (row->at != NULL)
        return number <= 12 ? row->at[number] : LAYOUT_NOWHERE;
    /* Hops stand in the order of the falls of the dice. */
    const unsigned d1 = number / 10;
    const unsigned d2 = number % 10;
    return d1 >= 1 && d1 <= d2 && d2 <= 6 ? craps_pair(d1, d2) : LAYOUT_NOWHERE;
}

uint32_t layout_points(const struct craps_rules *rules)
{
    return rules->crapless == 1 ? ROLLS_ANY & ~T(7) : ROLLS_BOX;
}

/* Whether a roll belongs to a set, for this bet in this house. */
static bool has(const struct craps_rules *rules, struct craps_bet bet, uint32_t rolls, unsigned d1,
                unsigned d2)
{
    const unsigned sum = d1 + d2;
    const uint32_t points = layout_points(rules);
    const uint32_t natural = rules->crapless == 1 ? T(7) : T(7) | T(11);
    uint32_t totals = rolls & ROLLS_ANY;
    if ((rolls & ROLLS_NUMBER) != 0)
        totals |= T(bet.number);
    if ((rolls & ROLLS_NUMBER_HARD) != 0 && d1 == d2)
        totals |= T(bet.number);
    if ((rolls & ROLLS_BAR) != 0)
        totals |= T(rules->bar);
    if ((rolls & ROLLS_NATURAL) != 0)
        totals |= natural;
    if ((rolls & ROLLS_LINE_CRAPS) != 0)
        totals |= ROLLS_CRAPS & ~points;
    if ((rolls & ROLLS_POINT) != 0)
        totals |= points;
    if ((rolls & ROLLS_NO_POINT) != 0)
        totals |= ROLLS_ANY & ~points & ~T(7);
    const unsigned pair = d1 < d2 ? d1 * 10 + d2 : d2 * 10 + d1;
    return (totals & T(sum)) != 0 || ((rolls & ROLLS_PAIR) != 0 && pair == bet.number);
}

static struct craps_pay pay_of(const struct craps_rules *rules, const struct layout_win *win,
                               struct craps_bet bet)
{
    if (win->house == 0)
        return win->pay;
    /* The one pay that doubles have to themselves. */
    const bool twins = (win->on & ROLLS_PAIR) != 0 && bet.number / 10 == bet.number % 10;
    return rules->pays[twins ? CRAPS_PAY_HOP_HARD : win->house - 1];
}

struct layout_fate layout_fate(const struct craps_rules *rules, const struct layout_stage *stage,
                               struct craps_bet bet, unsigned d1, unsigned d2)
{
    struct layout_fate fate = {.push = has(rules, bet, stage->push, d1, d2)};
    if (fate.push)
        return fate;
    for (size_t i = 0; i < LAYOUT_WINS_MAX && stage->wins[i].on != 0; i++) {
        const struct layout_win *win = &stage->wins[i];
        const bool applies = win->of == 0 || (win->of & T(bet.number)) != 0;
        if (applies && has(rules, bet, win->on, d1, d2)) {
            fate.pay = pay_of(rules, win, bet);
            return fate;
        }
    }
    fate.lose = has(rules, bet, stage->lose, d1, d2);
    return fate;
}

/* Adds what one part does: numerator over 2 * parts, as pays are to 1 or to 2. */
static void add_part(const struct craps_rules *rules, struct craps_bet part, unsigned d1,
                     unsigned d2, int *halves, bool *won)
{
    const struct layout_fate fate = layout_fate(rules, &rows[part.kind].rest, part, d1, d2);
    if (fate.pay.per == 0) {
        *halves -= 2;
        return;
    }
    CHECK(fate.pay.per == 1 || fate.pay.per == 2);
    *halves += 2 * fate.pay.to / fate.pay.per;
    *won = true;
}

struct layout_fate layout_split(const struct craps_rules *rules, const struct layout_row *row,
                                struct craps_bet bet, unsigned d1, unsigned d2)
{
    int halves = 0;
    bool won = false;
    unsigned parts = row->parts_count;
    for (unsigned i = 0; i < row->parts_count; i++)
        add_part(rules, row->parts[i], d1, d2, &halves, &won);
    if (row->high) {
        parts++;
        for (unsigned i = 0; i < row->parts_count; i++) {
            const struct layout_win *win = &rows[row->parts[i].kind].rest.wins[0];
            if (win->on == T(bet.number))
                add_part(rules, row->parts[i], d1, d2, &halves, &won);
        }
    }
    if (!won || halves < 0)
        return (struct layout_fate){.lose = true};
    if (halves == 0)
        return (struct layout_fate){.push = true};
    const bool whole = halves % 2 == 0;
    return (struct layout_fate){.pay = {.to = (uint16_t)(whole ? halves / 2 : halves),
                                        .per = (uint16_t)(whole ? parts : 2 * parts)}};
}

unsigned layout_rung_pays(const struct craps_rules *rules, const struct layout_row *row,
                          unsigned rung)
{
    return rung == 0 ? 0 : rules->ladders[row->ladder + rung - 1];
}
