/* SPDX-License-Identifier: MIT */
/* The table of bets and the questions it answers. */
#include "craps/layout.h"

#include "base/check.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define T(total)     ROLLS_TOTAL(total)

static const uint8_t none[] = {0};
static const uint8_t line[] = {0, 4, 5, 6, 8, 9, 10};
static const uint8_t box[] = {4, 5, 6, 8, 9, 10};
static const uint8_t hard[] = {4, 6, 8, 10};
static const uint8_t big[] = {6, 8};
static const uint8_t hops[] = {11, 12, 13, 14, 15, 16, 22, 23, 24, 25, 26,
                               33, 34, 35, 36, 44, 45, 46, 55, 56, 66};

#define SPOTS(kind, list)                                                                          \
    .first = CRAPS_SPOT_##kind, .numbers = (list),                                                 \
    .numbers_count = CRAPS_SPOT_##kind##_LAST - CRAPS_SPOT_##kind + 1

/* clang-format off */

/* Wins of bets on and against a number, by true odds. */
#define TRUE_ODDS {                                       \
    {.on = ROLLS_NUMBER, .of = T(4) | T(10), .pay = {2, 1}}, \
    {.on = ROLLS_NUMBER, .of = T(5) | T(9), .pay = {3, 2}},  \
    {.on = ROLLS_NUMBER, .of = T(6) | T(8), .pay = {6, 5}}}
#define TRUE_ODDS_AGAINST {                      \
    {.on = T(7), .of = T(4) | T(10), .pay = {1, 2}}, \
    {.on = T(7), .of = T(5) | T(9), .pay = {2, 3}},  \
    {.on = T(7), .of = T(6) | T(8), .pay = {5, 6}}}

/* The four line bets, the right and the wrong way. */
#define RIGHT                                                                                  \
    .work = LAYOUT_WORKS_ALWAYS, .limit = CRAPS_LIMIT_LINE, .travels = true, .contract = true, \
    .comeout = {.lose = ROLLS_CRAPS, .wins = {{.on = T(7) | T(11), .pay = {1, 1}}}},           \
    .rest = {.lose = T(7), .wins = {{.on = ROLLS_NUMBER, .pay = {1, 1}}}}
#define WRONG                                                                                  \
    .work = LAYOUT_WORKS_ALWAYS, .limit = CRAPS_LIMIT_LINE, .travels = true,                   \
    .comeout = {.push = ROLLS_BAR, .lose = T(7) | T(11),                                       \
                .wins = {{.on = ROLLS_CRAPS, .pay = {1, 1}}}},                                 \
    .rest = {.lose = ROLLS_NUMBER, .wins = {{.on = T(7), .pay = {1, 1}}}}
#define TAKEN                                                            \
    .window = LAYOUT_BEHIND, .limit = CRAPS_LIMIT_ODDS,                  \
    .rest = {.lose = T(7), .wins = TRUE_ODDS}
#define LAID                                                             \
    .window = LAYOUT_BEHIND, .limit = CRAPS_LIMIT_ODDS, .lays = true,    \
    .rest = {.lose = ROLLS_NUMBER, .wins = TRUE_ODDS_AGAINST}

/* Decided by one roll: what does not win loses. */
#define ONE_ROLL .work = LAYOUT_WORKS_ALWAYS, .limit = CRAPS_LIMIT_PROPOSITION

static const struct layout_row rows[CRAPS_KIND_COUNT] = {
    [CRAPS_PASS] = {.name = "pass", SPOTS(PASS, line), .window = LAYOUT_COMEOUT, RIGHT},
    [CRAPS_DONT_PASS] = {.name = "don't pass", SPOTS(DONT_PASS, line), .window = LAYOUT_COMEOUT,
        WRONG},
    [CRAPS_COME] = {.name = "come", SPOTS(COME, line), .window = LAYOUT_POINT, RIGHT},
    [CRAPS_DONT_COME] = {.name = "don't come", SPOTS(DONT_COME, line), .window = LAYOUT_POINT,
        WRONG},
    [CRAPS_PASS_ODDS] = {.name = "pass odds", SPOTS(PASS_ODDS, box), .work = LAYOUT_WORKS,
        .behind = CRAPS_PASS, TAKEN},
    [CRAPS_DONT_PASS_ODDS] = {.name = "don't pass odds", SPOTS(DONT_PASS_ODDS, box),
        .work = LAYOUT_WORKS, .behind = CRAPS_DONT_PASS, LAID},
    [CRAPS_COME_ODDS] = {.name = "come odds", SPOTS(COME_ODDS, box), .work = LAYOUT_OFF,
        .behind = CRAPS_COME, TAKEN},
    [CRAPS_DONT_COME_ODDS] = {.name = "don't come odds", SPOTS(DONT_COME_ODDS, box),
        .work = LAYOUT_WORKS, .behind = CRAPS_DONT_COME, LAID},
    [CRAPS_PLACE] = {.name = "place", SPOTS(PLACE, box), .work = LAYOUT_OFF,
        .limit = CRAPS_LIMIT_BOX, .stays = true,
        .rest = {.lose = T(7), .wins = {
            {.on = ROLLS_NUMBER, .of = T(4) | T(10), .pay = {9, 5}},
            {.on = ROLLS_NUMBER, .of = T(5) | T(9), .pay = {7, 5}},
            {.on = ROLLS_NUMBER, .of = T(6) | T(8), .pay = {7, 6}}}}},
    [CRAPS_BUY] = {.name = "buy", SPOTS(BUY, box), .work = LAYOUT_OFF, .vig = LAYOUT_VIG_BUY,
        .limit = CRAPS_LIMIT_BOX, .stays = true, .rest = {.lose = T(7), .wins = TRUE_ODDS}},
    [CRAPS_LAY] = {.name = "lay", SPOTS(LAY, box), .work = LAYOUT_WORKS_LAY,
        .vig = LAYOUT_VIG_LAY, .limit = CRAPS_LIMIT_BOX, .stays = true,
        .rest = {.lose = ROLLS_NUMBER, .wins = TRUE_ODDS_AGAINST}},
    [CRAPS_FIELD] = {.name = "field", SPOTS(FIELD, none), .work = LAYOUT_WORKS_ALWAYS,
        .limit = CRAPS_LIMIT_FIELD,
        .rest = {.lose = ROLLS_ANY, .wins = {
            {.on = T(3) | T(4) | T(9) | T(10) | T(11), .pay = {1, 1}},
            {.on = T(2), .house = 1 + CRAPS_PAY_FIELD_TWO},
            {.on = T(12), .house = 1 + CRAPS_PAY_FIELD_TWELVE}}}},
    [CRAPS_HARDWAY] = {.name = "hard", SPOTS(HARDWAY, hard), .work = LAYOUT_WORKS_HARDWAY,
        .limit = CRAPS_LIMIT_PROPOSITION, .stays = true,
        .rest = {.lose = ROLLS_NUMBER | T(7), .wins = {
            {.on = ROLLS_NUMBER_HARD, .of = T(4) | T(10), .house = 1 + CRAPS_PAY_HARD_FOUR_TEN},
            {.on = ROLLS_NUMBER_HARD, .of = T(6) | T(8), .house = 1 + CRAPS_PAY_HARD_SIX_EIGHT}}}},
    [CRAPS_ANY_SEVEN] = {.name = "any seven", SPOTS(ANY_SEVEN, none), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {{.on = T(7), .pay = {4, 1}}}}},
    [CRAPS_ANY_CRAPS] = {.name = "any craps", SPOTS(ANY_CRAPS, none), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {{.on = ROLLS_CRAPS, .pay = {7, 1}}}}},
    [CRAPS_CRAPS_TWO] = {.name = "craps 2", SPOTS(CRAPS_TWO, none), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {{.on = T(2), .house = 1 + CRAPS_PAY_TWO_TWELVE}}}},
    [CRAPS_CRAPS_THREE] = {.name = "craps 3", SPOTS(CRAPS_THREE, none), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {{.on = T(3), .house = 1 + CRAPS_PAY_THREE_ELEVEN}}}},
    [CRAPS_CRAPS_TWELVE] = {.name = "craps 12", SPOTS(CRAPS_TWELVE, none), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {{.on = T(12), .house = 1 + CRAPS_PAY_TWO_TWELVE}}}},
    [CRAPS_YO] = {.name = "yo 11", SPOTS(YO, none), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {{.on = T(11), .house = 1 + CRAPS_PAY_THREE_ELEVEN}}}},
    /* A quarter each on 2 3 11 12 at 30:1 and 15:1, the other three lost. */
    [CRAPS_HORN] = {.name = "horn", SPOTS(HORN, none), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {
            {.on = T(2) | T(12), .pay = {27, 4}}, {.on = T(3) | T(11), .pay = {12, 4}}}}},
    /* Half any craps at 7:1, half yo at 15:1; written in halves, so that only even stakes split. */
    [CRAPS_C_AND_E] = {.name = "C&E", SPOTS(C_AND_E, none), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {
            {.on = ROLLS_CRAPS, .pay = {6, 2}}, {.on = T(11), .pay = {14, 2}}}}},
    [CRAPS_BIG] = {.name = "big", SPOTS(BIG, big), .work = LAYOUT_WORKS_ALWAYS,
        .limit = CRAPS_LIMIT_BOX, .stays = true,
        .rest = {.lose = T(7), .wins = {{.on = ROLLS_NUMBER, .pay = {1, 1}}}}},
    [CRAPS_HOP] = {.name = "hop", SPOTS(HOP, hops), ONE_ROLL,
        .rest = {.lose = ROLLS_ANY, .wins = {
            {.on = ROLLS_PAIR_EASY, .house = 1 + CRAPS_PAY_HOP_EASY},
            {.on = ROLLS_PAIR_HARD, .house = 1 + CRAPS_PAY_HOP_HARD}}}},
};

/* clang-format on */

_Static_assert(COUNT(line) == CRAPS_SPOT_PASS_LAST - CRAPS_SPOT_PASS + 1, "spots of a line bet");
_Static_assert(COUNT(box) == CRAPS_SPOT_PLACE_LAST - CRAPS_SPOT_PLACE + 1, "spots of box bets");
_Static_assert(COUNT(hops) == CRAPS_SPOT_HOP_LAST - CRAPS_SPOT_HOP + 1, "spots of hops");

const struct layout_row *layout_row(unsigned kind)
{
    CHECK(kind < CRAPS_KIND_COUNT);
    return &rows[kind];
}

const struct layout_stage *layout_stage(const struct layout_row *row, struct craps_bet bet)
{
    return row->travels && bet.number == 0 ? &row->comeout : &row->rest;
}

bool layout_has(const struct craps_rules *rules, struct craps_bet bet, uint32_t rolls, unsigned d1,
                unsigned d2)
{
    const unsigned total = d1 + d2;
    const unsigned pair = d1 < d2 ? d1 * 10 + d2 : d2 * 10 + d1;
    if ((rolls & ROLLS_ANY & ROLLS_TOTAL(total)) != 0)
        return true;
    if ((rolls & ROLLS_NUMBER) != 0 && total == bet.number)
        return true;
    if ((rolls & ROLLS_NUMBER_HARD) != 0 && total == bet.number && d1 == d2)
        return true;
    if ((rolls & ROLLS_PAIR_EASY) != 0 && pair == bet.number && d1 != d2)
        return true;
    if ((rolls & ROLLS_PAIR_HARD) != 0 && pair == bet.number && d1 == d2)
        return true;
    return (rolls & ROLLS_BAR) != 0 && total == rules->bar;
}

/* Whether a line of the wins can apply to this bet at all. */
static bool applies(const struct layout_win *win, struct craps_bet bet)
{
    return win->of == 0 || (bet.number <= 12 && (win->of & ROLLS_TOTAL(bet.number)) != 0);
}

static struct craps_pay pay_of(const struct craps_rules *rules, const struct layout_win *win)
{
    return win->house == 0 ? win->pay : rules->pays[win->house - 1];
}

struct craps_pay layout_pays(const struct craps_rules *rules, struct craps_bet bet, unsigned d1,
                             unsigned d2)
{
    const struct layout_stage *stage = layout_stage(layout_row(bet.kind), bet);
    for (size_t i = 0; i < LAYOUT_WINS_MAX && stage->wins[i].on != 0; i++) {
        const struct layout_win *win = &stage->wins[i];
        if (applies(win, bet) && layout_has(rules, bet, win->on, d1, d2))
            return pay_of(rules, win);
    }
    return (struct craps_pay){0, 0};
}

static chips greatest_common_divisor(chips a, chips b)
{
    while (b != 0) {
        const chips rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Whether some roll wins by this line: hops have a line for doubles and one for the others. */
static bool possible(const struct layout_win *win, struct craps_bet bet)
{
    if (!applies(win, bet))
        return false;
    if ((win->on & ~(ROLLS_PAIR_EASY | ROLLS_PAIR_HARD)) != 0)
        return true;
    const bool twins = bet.number / 10 == bet.number % 10;
    return (win->on & (twins ? ROLLS_PAIR_HARD : ROLLS_PAIR_EASY)) != 0;
}

chips layout_unit(const struct craps_rules *rules, struct craps_bet bet)
{
    const struct layout_stage *stage = layout_stage(layout_row(bet.kind), bet);
    chips unit = 1;
    for (size_t i = 0; i < LAYOUT_WINS_MAX && stage->wins[i].on != 0; i++) {
        if (!possible(&stage->wins[i], bet))
            continue;
        const chips per = pay_of(rules, &stage->wins[i]).per;
        unit = unit / greatest_common_divisor(unit, per) * per;
    }
    return unit;
}

/* a pays more than b. */
static bool pays_more(struct craps_pay a, struct craps_pay b)
{
    return (uint32_t)a.to * b.per > (uint32_t)b.to * a.per;
}

struct craps_pay layout_pays_most(const struct craps_rules *rules, struct craps_bet bet)
{
    const struct layout_stage *stage = layout_stage(layout_row(bet.kind), bet);
    struct craps_pay most = {0, 1};
    for (size_t i = 0; i < LAYOUT_WINS_MAX && stage->wins[i].on != 0; i++) {
        const struct craps_pay pay = pay_of(rules, &stage->wins[i]);
        if (possible(&stage->wins[i], bet) && pays_more(pay, most))
            most = pay;
    }
    return most;
}

struct craps_pay layout_pays_least(const struct craps_rules *rules, struct craps_bet bet)
{
    const struct layout_stage *stage = layout_stage(layout_row(bet.kind), bet);
    struct craps_pay least = layout_pays_most(rules, bet);
    for (size_t i = 0; i < LAYOUT_WINS_MAX && stage->wins[i].on != 0; i++) {
        const struct craps_pay pay = pay_of(rules, &stage->wins[i]);
        if (possible(&stage->wins[i], bet) && pays_more(least, pay))
            least = pay;
    }
    return least;
}
