/* SPDX-License-Identifier: MIT */
/* From rows and house settings to a card. */
#include "craps/card.h"

#include <string.h>

#include "base/check.h"
#include "craps/layout.h"

static void add_spot(struct craps_spots *set, uint32_t spot)
{
    set->words[spot / 64] |= (uint64_t)1 << spot % 64;
}

static struct craps_rate rate_of(struct craps_pay pay)
{
    return (struct craps_rate){.pay = pay, .inverse = pay.per == 1 ? 0 : UINT64_MAX / pay.per + 1};
}

/* The code of a pay, new or as it was noted before. */
static uint8_t code_of(struct craps_card *card, struct craps_pay pay)
{
    unsigned code = CRAPS_CODE_WIN;
    for (; card->pays[code].pay.per != 0; code++) {
        if (card->pays[code].pay.to == pay.to && card->pays[code].pay.per == pay.per)
            return (uint8_t)code;
    }
    CHECK(code + 1 < CRAPS_CODES_MAX);
    card->pays[code] = rate_of(pay);
    return (uint8_t)code;
}

/* a pays more than b. */
static bool pays_more(struct craps_pay a, struct craps_pay b)
{
    return (uint32_t)a.to * b.per > (uint32_t)b.to * a.per;
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

/* Whatever a win of this spot pays, its best, its worst and the unit know of it. */
static void note_pay(struct craps_spot_card *spot, struct craps_pay pay)
{
    if (spot->best.pay.per == 0 || pays_more(pay, spot->best.pay))
        spot->best = rate_of(pay);
    if (spot->worst.per == 0 || pays_more(spot->worst, pay))
        spot->worst = pay;
    spot->unit = (uint32_t)(spot->unit / greatest_common_divisor(spot->unit, pay.per) * pay.per);
}

/* What each fall of the dice does to a bet that the dice alone decide. */
static void decide_spot(struct craps_card *card, const struct layout_row *row, uint32_t spot)
{
    const struct craps_spot_card *of = &card->spots[spot];
    const struct craps_bet bet = {.kind = of->kind, .number = of->number};
    const bool travels = row->staging == LAYOUT_STAGED_BY_NUMBER && bet.number == 0;
    const struct layout_stage *stage = travels ? &row->comeout : &row->rest;
    for (unsigned d1 = 1; d1 <= 6; d1++) {
        for (unsigned d2 = d1; d2 <= 6; d2++) {
            const struct layout_fate fate = row->parts_count > 0
                                                ? layout_split(&card->rules, row, bet, d1, d2)
                                                : layout_fate(&card->rules, stage, bet, d1, d2);
            const unsigned pair = craps_pair(d1, d2);
            uint8_t *code = &card->codes[pair][spot];
            if (fate.push) {
                *code = CRAPS_CODE_PUSH;
            } else if (fate.pay.per != 0) {
                *code = code_of(card, fate.pay);
                note_pay(&card->spots[spot], fate.pay);
            } else if (fate.lose) {
                *code = CRAPS_CODE_LOSE;
            } else if (travels) {
                *code = CRAPS_CODE_TRAVEL;
            }
            if (*code != CRAPS_CODE_NOTHING)
                add_spot(&card->touched[pair], spot);
        }
    }
}

/* What a bet on a hand can pay. */
static void measure_spot(struct craps_card *card, const struct layout_row *row, uint32_t spot)
{
    struct craps_spot_card *of = &card->spots[spot];
    const struct craps_bet bet = {.kind = of->kind, .number = of->number};
    add_spot(&card->hands, spot);
    for (unsigned pair = 0; pair < CRAPS_PAIRS; pair++)
        add_spot(&card->touched[pair], spot);
    if (row->measure == CRAPS_MEASURE_NONE) {
        const struct layout_stage *const stages[] = {&row->comeout, &row->rest};
        for (unsigned i = 0; i < 72; i++) {
            const struct layout_fate fate =
                layout_fate(&card->rules, stages[i / 36], bet, i % 36 / 6 + 1, i % 6 + 1);
            if (fate.pay.per != 0)
                note_pay(of, fate.pay);
        }
        return;
    }
    for (unsigned rung = 1; rung <= row->rungs; rung++) {
        const unsigned pays = layout_rung_pays(&card->rules, row, rung);
        const unsigned own = bet.number < 7 ? bet.number - 1u : 13u - bet.number;
        if (pays > 1 && (row->measure != CRAPS_MEASURE_REPEATS || rung == own))
            note_pay(of, (struct craps_pay){.to = (uint16_t)(pays - 1), .per = 1});
    }
}

static uint32_t round_up(uint32_t amount, uint32_t unit)
{
    return (amount + unit - 1) / unit * unit;
}

/* What may lie on a spot. */
static void limit_spot(const struct craps_rules *rules, const struct layout_row *row,
                       struct craps_spot_card *spot)
{
    const struct craps_limit limit = rules->limits[row->limit];
    const bool off = row->points && (layout_points(rules) & ROLLS_TOTAL(spot->number)) == 0;
    const bool nowhere = row->staging == LAYOUT_STAGED_BY_NUMBER && spot->number != 0 &&
                         (layout_points(rules) & ROLLS_TOTAL(spot->number)) == 0;
    if (spot->best.pay.per == 0 || off || nowhere || (rules->bets >> spot->kind & 1) == 0)
        return;
    uint32_t least = (uint32_t)limit.min;
    if (rules->breakage == CRAPS_BREAKAGE_FLOOR) {
        /* A bet that rounds to no win at all is not taken. */
        const uint32_t winning = (spot->worst.per + spot->worst.to - 1u) / spot->worst.to;
        least = winning > least ? winning : least;
        spot->unit = 1;
    }
    spot->least = round_up(least, spot->unit);
    spot->most = (uint32_t)limit.max / spot->unit * spot->unit;
    if (spot->most < spot->least)
        spot->most = 0;
}

/* The limit of odds, of the flat bet: what may be taken, or what wins that. */
static struct craps_rate odds_most(const struct craps_rules *rules, const struct layout_row *row,
                                   const struct craps_spot_card *spot)
{
    const unsigned number = spot->number;
    const unsigned halves = rules->odds_halves[number < 7 ? number - 2 : 12 - number];
    const struct craps_pay best = spot->best.pay;
    struct craps_pay most = {.to = (uint16_t)halves, .per = 2};
    if (row->lays && best.to != 0)
        most =
            (struct craps_pay){.to = (uint16_t)(halves * best.per), .per = (uint16_t)(2 * best.to)};
    return rate_of(most);
}

/* When a bet may be made here: travelled bets never, but for pass where the house takes puts. */
static uint8_t window_of(const struct craps_rules *rules, const struct layout_row *row,
                         unsigned number)
{
    if (row->staging != LAYOUT_STAGED_BY_NUMBER || number == 0)
        return row->window;
    const bool put = rules->pass_grows == 1 && row->window == LAYOUT_COMEOUT &&
                     row->contract == LAYOUT_CONTRACT_ON_NUMBER;
    return put ? LAYOUT_ON_PUCK : LAYOUT_BY_DICE;
}

static bool vig_on_win(const struct craps_rules *rules, const struct layout_row *row,
                       unsigned number)
{
    const uint16_t numbers =
        row->vig == LAYOUT_VIG_BUY ? rules->buy_vig_on_win : rules->lay_vig_on_win;
    return (numbers & ROLLS_TOTAL(number)) != 0;
}

static void make_spot(struct craps_card *card, const struct layout_row *row, uint8_t kind,
                      uint8_t number, uint32_t spot)
{
    const struct craps_rules *rules = &card->rules;
    struct craps_spot_card *of = &card->spots[spot];
    *of =
        (struct craps_spot_card){.kind = kind,
                                 .number = number,
                                 .window = window_of(rules, row, number),
                                 .plain = number != 0 || (row->staging != LAYOUT_STAGED_BY_NUMBER &&
                                                          row->window != LAYOUT_BEHIND),
                                 .vig = row->vig,
                                 .unit = 1,
                                 .stays = row->stays && (rules->comes_down >> kind & 1) == 0};
    if (row->measure != CRAPS_MEASURE_NONE || row->staging == LAYOUT_STAGED_BY_PUCK ||
        row->staging == LAYOUT_STAGED_BY_HAND)
        measure_spot(card, row, spot);
    else
        decide_spot(card, row, spot);
    limit_spot(rules, row, of);
    if (row->vig != LAYOUT_VIG_NONE)
        of->vig_held = !vig_on_win(rules, row, number);
    if (row->work != LAYOUT_WORKS_ALWAYS) {
        add_spot(&card->callable, spot);
        if ((rules->comeout >> kind & 1) != 0)
            add_spot(&card->comeout, spot);
    }
    if (row->window == LAYOUT_BEHIND) {
        add_spot(&card->odds, spot);
        of->odds_most = odds_most(rules, row, of);
        of->flat = (uint16_t)craps_spot((struct craps_bet){.kind = row->behind, .number = number});
        card->spots[of->flat].odds = (uint16_t)spot;
    }
}

_Static_assert(CRAPS_KIND_COUNT > CRAPS_PUT && CRAPS_SPOT_PASS_ODDS > 0, "odds never have spot 0");

void craps_card_make(struct craps_card *card, const struct craps_rules *rules)
{
    memset(card, 0, sizeof *card);
    card->rules = *rules;
    card->points = layout_points(rules);
    memset(card->spot_of, CRAPS_NOWHERE, sizeof card->spot_of);
    /* Flat bets before their odds, as the order of the kinds has them but for put odds. */
    for (uint8_t kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        const struct layout_row *row = layout_row(kind);
        for (uint8_t i = 0; i < row->numbers_count; i++) {
            if (row->numbers[i] <= 12 && row->at != NULL)
                card->spot_of[kind][row->numbers[i]] = (uint8_t)(row->first + i);
            make_spot(card, row, kind, row->numbers[i], row->first + i);
        }
    }
}
