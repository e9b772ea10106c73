/* SPDX-License-Identifier: MIT */
/* Pays are found by trying all rolls; what cannot be tried is told by the row's own words. */
#include "craps/sign.h"

#include <string.h>

#include "craps/layout.h"
#include "craps/text.h"

/* ---- Pays of what the dice decide ------------------------------------------------------------ */

/* Different pays of one bet, at most: a horn high has three. */
#define PAYS_MAX 8

/* What a bet pays, and on which totals; a push has a pay of 0. */
struct prices {
    size_t count;
    struct craps_pay pays[PAYS_MAX];
    uint32_t totals[PAYS_MAX];
};

static void add_price(struct prices *prices, struct craps_pay pay, unsigned total)
{
    size_t i = 0;
    while (i < prices->count && (prices->pays[i].to != pay.to || prices->pays[i].per != pay.per))
        i++;
    if (i == PAYS_MAX)
        return;
    if (i == prices->count) {
        prices->pays[i] = pay;
        prices->totals[i] = 0;
        prices->count++;
    }
    prices->totals[i] |= 1u << total;
}

static struct prices prices_of(const struct craps_rules *rules, const struct layout_stage *stage,
                               struct craps_bet bet)
{
    const struct layout_row *row = layout_row(bet.kind);
    struct prices prices = {.count = 0};
    for (unsigned d1 = 1; d1 <= 6; d1++) {
        for (unsigned d2 = d1; d2 <= 6; d2++) {
            const struct layout_fate fate = row->parts_count > 0
                                                ? layout_split(rules, row, bet, d1, d2)
                                                : layout_fate(rules, stage, bet, d1, d2);
            if (fate.push)
                add_price(&prices, (struct craps_pay){0, 1}, d1 + d2);
            else if (fate.pay.per != 0)
                add_price(&prices, fate.pay, d1 + d2);
        }
    }
    return prices;
}

static void words_totals(struct text *text, uint32_t totals)
{
    for (chips total = 2; total <= 12; total++) {
        if ((totals >> total & 1) == 0)
            continue;
        text_letter(text, ' ');
        text_chips(text, total);
    }
}

static void words_pay(struct text *text, struct craps_pay pay)
{
    if (pay.to == 0) {
        text_words(text, "a push");
        return;
    }
    unsigned divisor = pay.per; /* Of both, the greatest. */
    while (pay.to % divisor != 0 || pay.per % divisor != 0)
        divisor--;
    text_chips(text, pay.to / divisor);
    text_letter(text, ':');
    text_chips(text, pay.per / divisor);
}

/* "1:1 on 3 4 9 10 11, 2:1 on 2". */
static void words_prices(struct text *text, const struct prices *prices)
{
    for (size_t i = 0; i < prices->count; i++) {
        text_words(text, i > 0 ? ", " : "");
        words_pay(text, prices->pays[i]);
        text_words(text, " on");
        words_totals(text, prices->totals[i]);
    }
}

/* Whether the bet's own number is all that there is to say of when it wins, or 7 before it. */
static bool is_plain(const struct prices *prices, struct craps_bet bet)
{
    return prices->count == 1 && bet.number != 0 &&
           (bet.number > 12 || prices->totals[0] == 1u << bet.number ||
            prices->totals[0] == 1u << 7);
}

static bool is_taken(const struct craps_rules *rules, const struct layout_row *row, size_t index)
{
    return !row->points || (layout_points(rules) >> row->numbers[index] & 1) != 0;
}

static struct craps_bet bet_of(const struct layout_row *row, unsigned kind, size_t index)
{
    return (struct craps_bet){.kind = (uint8_t)kind, .number = row->numbers[index]};
}

/* "9:5 on 4 10, 7:5 on 5 9": numbers that pay alike together, in the order of the first. */
static void words_plain(struct text *text, const struct craps_rules *rules, unsigned kind)
{
    const struct layout_row *row = layout_row(kind);
    struct prices by_number = {.count = 0};
    for (size_t i = 0; i < row->numbers_count; i++) {
        const struct prices prices = prices_of(rules, &row->rest, bet_of(row, kind, i));
        if (is_taken(rules, row, i) && prices.count > 0)
            add_price(&by_number, prices.pays[0], row->numbers[i]);
    }
    words_prices(text, &by_number);
}

/* The bets of a kind one by one, each behind its number if it has one. */
static void words_each(struct text *text, const struct craps_rules *rules, unsigned kind)
{
    const struct layout_row *row = layout_row(kind);
    for (size_t i = 0; i < row->numbers_count; i++) {
        const struct prices prices = prices_of(rules, &row->rest, bet_of(row, kind, i));
        if (!is_taken(rules, row, i))
            continue;
        text_words(text, text->used > 0 ? "; " : "");
        if (row->numbers[i] != 0) {
            text_chips(text, row->numbers[i]);
            text_words(text, ": ");
        }
        words_prices(text, &prices);
    }
}

/* ---- Pays of bets on a hand ------------------------------------------------------------------ */

static const char *what_is_measured(enum craps_measure measure)
{
    switch (measure) {
    case CRAPS_MEASURE_NONE:
        return "";
    case CRAPS_MEASURE_POINTS:
        return "different points made";
    case CRAPS_MEASURE_SMALL:
        return "2 3 4 5 6 all thrown before a 7";
    case CRAPS_MEASURE_TALL:
        return "8 9 10 11 12 all thrown before a 7";
    case CRAPS_MEASURE_TOTALS:
        return "totals thrown before a 7";
    case CRAPS_MEASURE_ALL:
        return "all but 7 thrown before a 7";
    case CRAPS_MEASURE_OUTER:
        return "2 3 11 12 all thrown before a 7";
    case CRAPS_MEASURE_BOX:
        return "4 5 6 8 9 10 all thrown before a 7";
    case CRAPS_MEASURE_REPEATS:
        return "thrown before a 7";
    case CRAPS_MEASURE_EVERY_WAY:
        return "box numbers thrown in every combination before a 7";
    case CRAPS_MEASURE_WINS:
        return "wins of the pass line in the hand";
    case CRAPS_MEASURE_DOUBLES:
        return "different doubles thrown before a 7";
    case CRAPS_MEASURE_SAME_POINT:
        return "one point made again and again";
    case CRAPS_MEASURE_HARD_TWICE:
        return "a hardway twice, not easy between, before a 7";
    case CRAPS_MEASURE_MADE:
        return "points made in the hand";
    case CRAPS_MEASURE_ROLLS:
        return "four rolls without a 7";
    }
    return "";
}

/* What a rung is called: NULL if it is its number, "" if the ladder has this one only. */
static const char *rung_name(const struct layout_row *row, unsigned rung)
{
    static const char *const same_point[] = {"6 or 8 three times", "5 or 9 three times",
                                             "6 or 8 four times",  "4 or 10 three times",
                                             "5 or 9 four times",  "4 or 10 four times"};
    static const char *const repeats[] = {"2 12 twice", "3 11 three times", "4 10 four times",
                                          "5 9 five times", "6 8 six times"};
    if (row->measure == CRAPS_MEASURE_SAME_POINT)
        return same_point[rung - 1];
    if (row->measure == CRAPS_MEASURE_REPEATS)
        return repeats[rung - 1];
    if (row->measure == CRAPS_MEASURE_TOTALS)
        return rung == 1 ? "nine" : "ten";
    return row->rungs == 1 ? "" : NULL;
}

/* Whether all rungs from one on give the same. */
static bool is_level(const struct craps_rules *rules, const struct layout_row *row, unsigned from)
{
    for (unsigned rung = from; rung <= row->rungs; rung++) {
        if (layout_rung_pays(rules, row, rung) != layout_rung_pays(rules, row, from))
            return false;
    }
    return true;
}

/* "different points made: 4 24:1, 5 249:1, 6 999:1". */
static void words_ladder(struct text *text, const struct craps_rules *rules,
                         const struct layout_row *row)
{
    const char *between = ": ";
    bool more = false;
    text_words(text, what_is_measured((enum craps_measure)row->measure));
    for (unsigned rung = 1; rung <= row->rungs && !more; rung++) {
        const unsigned gives = layout_rung_pays(rules, row, rung);
        const char *name = rung_name(row, rung);
        if (gives == 0)
            continue;
        more = name == NULL && rung < row->rungs && is_level(rules, row, rung);
        text_words(text, between);
        between = ", ";
        if (name == NULL)
            text_chips(text, rung);
        else
            text_words(text, name);
        text_words(text, more ? " or more " : name == NULL || name[0] != '\0' ? " " : "");
        if (gives == 1)
            text_words(text, "pushes");
        else
            words_pay(text, (struct craps_pay){.to = (uint16_t)(gives - 1), .per = 1});
    }
}

/* ---- The line -------------------------------------------------------------------------------- */

static void words_staged(struct text *text, const struct craps_rules *rules, unsigned kind)
{
    const struct layout_row *row = layout_row(kind);
    const struct craps_bet bet = {.kind = (uint8_t)kind};
    const struct prices first = prices_of(rules, &row->comeout, bet);
    const struct prices then = prices_of(rules, &row->rest, bet);
    words_prices(text, &first);
    text_words(text, first.count > 0 ? ", or else " : "");
    words_prices(text, &then);
    if (row->staging == LAYOUT_STAGED_BY_PUCK)
        text_words(text, " right after a point is set");
    else
        text_words(text, (row->comeout.lose & 1u << 7) != 0 ? " right after a point is set"
                                                            : " right after a 7");
}

static void write_pays(struct text *text, const struct craps_rules *rules, unsigned kind)
{
    const struct layout_row *row = layout_row(kind);
    if (row->measure != CRAPS_MEASURE_NONE) {
        words_ladder(text, rules, row);
        return;
    }
    switch ((enum layout_staging)row->staging) {
    case LAYOUT_STAGED_BY_NUMBER:
        text_words(text, "1:1");
        return;
    case LAYOUT_STAGED_BY_PUCK:
    case LAYOUT_STAGED_BY_HAND:
        words_staged(text, rules, kind);
        return;
    case LAYOUT_STAGED_NOT:
        break;
    }
    if (kind == CRAPS_HOP) {
        words_pay(text, rules->pays[CRAPS_PAY_HOP_EASY]);
        text_words(text, " on two different dice, ");
        words_pay(text, rules->pays[CRAPS_PAY_HOP_HARD]);
        text_words(text, " on a double");
        return;
    }
    const struct prices prices = prices_of(rules, &row->rest, bet_of(row, kind, 0));
    if (is_plain(&prices, bet_of(row, kind, 0)))
        words_plain(text, rules, kind);
    else
        words_each(text, rules, kind);
}

static void fact(struct text *text, const char *words)
{
    if (words[0] == '\0')
        return;
    text_words(text, text->used > 0 ? "; " : "");
    text_words(text, words);
}

static const char *opens(const struct craps_rules *rules, unsigned kind)
{
    switch ((enum layout_window)layout_row(kind)->window) {
    case LAYOUT_ANY_TIME:
        return "";
    case LAYOUT_COMEOUT:
        return kind == CRAPS_PASS && rules->pass_grows == 1
                   ? "opens with the come-out, grows on the point"
                   : "opens with the come-out";
    case LAYOUT_POINT:
        return "opens with a point";
    case LAYOUT_BEHIND:
        return "backs a bet on that number";
    case LAYOUT_FRESH:
        return "opens for a new shooter";
    case LAYOUT_AFTER_SEVEN:
        return "opens for a new shooter and after a 7";
    case LAYOUT_BY_DICE:
    case LAYOUT_ON_PUCK:
        break; /* Of spots, not of kinds. */
    }
    return "";
}

static const char *binds(const struct craps_rules *rules, const struct layout_row *row)
{
    switch ((enum layout_contract)row->contract) {
    case LAYOUT_REMOVABLE:
        return "";
    case LAYOUT_CONTRACT_ON_NUMBER:
        return "a contract once it has a number";
    case LAYOUT_CONTRACT_PUT:
        return rules->put_contract == 1 ? "a contract" : "";
    case LAYOUT_CONTRACT_HAND:
        return "a contract once rolled";
    }
    return "";
}

static void fact_bar(struct text *text, const struct craps_rules *rules,
                     const struct layout_row *row)
{
    if ((row->comeout.push & ROLLS_BAR) == 0)
        return;
    fact(text, "bar ");
    text_chips(text, rules->bar);
    if (rules->push_returns == 1)
        text_words(text, ", which returns it");
}

static void fact_vig(struct text *text, const struct craps_rules *rules,
                     const struct layout_row *row)
{
    if (row->vig == LAYOUT_VIG_NONE)
        return;
    const bool buy = row->vig == LAYOUT_VIG_BUY;
    const uint32_t on_win = buy ? rules->buy_vig_on_win : rules->lay_vig_on_win;
    const uint32_t up_front = layout_points(rules) & ~on_win;
    fact(text, buy ? "vig of the stake" : "vig of the win");
    if (on_win != 0) {
        text_words(text, " on a win of");
        words_totals(text, on_win);
    }
    if (up_front != 0) {
        text_words(text, on_win != 0 ? ", up front on" : " up front on");
        words_totals(text, up_front);
    }
}

bool craps_sign(const struct craps_rules *rules, unsigned kind, struct craps_sign *sign)
{
    const struct layout_row *row = layout_row(kind);
    if ((rules->bets & CRAPS_KIND_BIT(kind)) == 0)
        return false;
    if (row->window == LAYOUT_BEHIND && (rules->bets & CRAPS_KIND_BIT(row->behind)) == 0)
        return false;
    sign->name = row->name;
    sign->limit = row->limit;
    struct text pays = text_on(sign->pays, sizeof sign->pays);
    write_pays(&pays, rules, kind);
    struct text facts = text_on(sign->facts, sizeof sign->facts);
    fact(&facts, opens(rules, kind));
    fact(&facts, binds(rules, row));
    fact_bar(&facts, rules, row);
    fact_vig(&facts, rules, row);
    /* Odds behind the line never meet a come-out. */
    const bool line_odds = kind == CRAPS_PASS_ODDS || kind == CRAPS_DONT_PASS_ODDS;
    if (row->work != LAYOUT_WORKS_ALWAYS && !line_odds)
        fact(&facts, (rules->comeout & CRAPS_KIND_BIT(kind)) != 0 ? "works on the come-out"
                                                                  : "off on the come-out");
    if (row->stays)
        fact(&facts, (rules->comes_down & CRAPS_KIND_BIT(kind)) != 0 ? "comes down after a win"
                                                                     : "stays up after a win");
    return true;
}

void craps_sign_odds(const struct craps_rules *rules, char odds[static CRAPS_SIGN_SIZE])
{
    static const uint32_t classes[CRAPS_ODDS_CLASSES] = {
        [CRAPS_ODDS_TWO_TWELVE] = 1u << 2 | 1u << 12,
        [CRAPS_ODDS_THREE_ELEVEN] = 1u << 3 | 1u << 11,
        [CRAPS_ODDS_FOUR_TEN] = 1u << 4 | 1u << 10,
        [CRAPS_ODDS_FIVE_NINE] = 1u << 5 | 1u << 9,
        [CRAPS_ODDS_SIX_EIGHT] = 1u << 6 | 1u << 8,
    };
    struct text text = text_on(odds, CRAPS_SIGN_SIZE);
    for (size_t i = 0; i < CRAPS_ODDS_CLASSES; i++) {
        if ((classes[i] & layout_points(rules)) == 0)
            continue;
        text_words(&text, text.used > 0 ? ", " : "");
        text_chips(&text, rules->odds_halves[i] / 2);
        text_words(&text, rules->odds_halves[i] % 2 == 1 ? ".5x on" : "x on");
        words_totals(&text, classes[i]);
    }
}

void craps_sign_vig(const struct craps_rules *rules, char vig[static CRAPS_SIGN_SIZE])
{
    struct text text = text_on(vig, CRAPS_SIGN_SIZE);
    text_words(&text, "The vig is 5 %");
    switch ((enum craps_vig_rounding)rules->vig_rounding) {
    case CRAPS_VIG_NEAREST:
        text_words(&text, ", to the nearest dollar");
        break;
    case CRAPS_VIG_DOWN:
        text_words(&text, ", rounded down to a dollar");
        break;
    case CRAPS_VIG_UP:
        text_words(&text, ", rounded up to a dollar");
        break;
    case CRAPS_VIG_EXACT:
        text_words(&text, ", to the chip");
        break;
    }
    if (rules->dollar > 1 && rules->vig_rounding != CRAPS_VIG_EXACT) {
        text_words(&text, " of ");
        text_chips(&text, rules->dollar);
        text_words(&text, " chips");
    }
    if (rules->vig_least > 0) {
        text_words(&text, ", at least ");
        text_chips(&text, rules->vig_least);
    }
    text_letter(&text, '.');
}
