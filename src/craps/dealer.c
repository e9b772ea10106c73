/* SPDX-License-Identifier: MIT */
/* New bets: chips on a name, odds behind it, a total over numbers; and the whole of what is said.
 */
#include "craps/dealer.h"

#include "base/check.h"
#include "craps/hearing.h"
#include "craps/spread.h"

#define BIT(number) (1u << (number))

/* ---- Orders ---- */

chips hearing_stake(const struct hearing *hearing, uint32_t spot)
{
    return spot == CRAPS_SPOT_NONE ? 0 : hearing->felt.seats[hearing->view->seat].stakes[spot];
}

/* Takes an order down and carries it out on the own felt. */
void hearing_put(struct hearing *hearing, struct craps_order order)
{
    struct craps_heard *heard = hearing->heard;
    struct craps_money money;
    struct craps_refusal why;
    if (hearing->refused)
        return;
    if (heard->count == CRAPS_ORDERS_MAX) {
        heard->more = true;
        return;
    }
    order.bet = craps_resolve(&hearing->felt, hearing->view->seat, order.bet);
    heard->orders[heard->count++] = order;
    if (craps_carry_out(&hearing->felt, hearing->view->card, hearing->view->seat, &order, &money,
                        &why) != CRAPS_ACCEPTED)
        hearing->refused = true;
    else if (order.deed == CRAPS_DEED_ADD)
        hearing->rail -= money.stake + money.vig;
    else
        hearing->rail += money.stake + money.vig;
}

void hearing_add(struct hearing *hearing, struct craps_bet bet, chips amount)
{
    hearing_put(hearing,
                (struct craps_order){.bet = bet, .deed = CRAPS_DEED_ADD, .amount = amount});
}

void hearing_take(struct hearing *hearing, struct craps_bet bet, chips amount)
{
    hearing_put(hearing,
                (struct craps_order){.bet = bet, .deed = CRAPS_DEED_TAKE, .amount = amount});
}

/* ---- Amounts ---- */

/* The largest or the smallest amount that can be added now; what nothing is refused for, else. */
static chips bound(const struct hearing *hearing, struct craps_bet bet, bool most)
{
    const struct craps_dealer_view *view = hearing->view;
    struct craps_offer offer;
    if (craps_offer(&hearing->felt, view->card, view->seat, bet, &offer) != CRAPS_ACCEPTED)
        return 1;
    const chips affordable =
        most ? craps_affordable(&hearing->felt, view->card, view->seat, bet, hearing->rail) : 0;
    return affordable > 0 ? affordable : offer.least;
}

/* Which flat bets odds lie behind. */
static const struct {
    uint8_t flat;
    uint8_t odds;
} backed[] = {
    {CRAPS_PASS, CRAPS_PASS_ODDS}, {CRAPS_DONT_PASS, CRAPS_DONT_PASS_ODDS},
    {CRAPS_COME, CRAPS_COME_ODDS}, {CRAPS_DONT_COME, CRAPS_DONT_COME_ODDS},
    {CRAPS_PUT, CRAPS_PUT_ODDS},
};

#define BACKED (sizeof backed / sizeof backed[0])

/* The stake behind which these odds lie; 0 when they are none, or there is none. */
static chips flat_of(const struct hearing *hearing, struct craps_bet bet)
{
    for (size_t i = 0; i < BACKED; i++) {
        if (backed[i].odds == bet.kind)
            return hearing_stake(hearing,
                                 craps_spot((struct craps_bet){backed[i].flat, bet.number}));
    }
    return 0;
}

/* So many times the flat bet, in all, as far as it can be paid exactly. */
static chips times(const struct hearing *hearing, struct craps_bet bet, chips factor)
{
    const struct craps_dealer_view *view = hearing->view;
    struct craps_offer offer;
    const chips wished = flat_of(hearing, bet) * factor - hearing_stake(hearing, craps_spot(bet));
    if (craps_offer(&hearing->felt, view->card, view->seat, bet, &offer) != CRAPS_ACCEPTED ||
        wished <= offer.least)
        return wished > 0 ? wished : 1;
    return wished - (wished - offer.least) % offer.unit;
}

bool hearing_add_amount(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    bet = craps_resolve(&hearing->felt, hearing->view->seat, bet);
    switch (amount.kind) {
    case AMOUNT_CHIPS:
        hearing_add(hearing, bet, amount.value);
        return true;
    case AMOUNT_MOST:
        hearing_add(hearing, bet, bound(hearing, bet, true));
        return true;
    case AMOUNT_LEAST:
        hearing_add(hearing, bet, bound(hearing, bet, false));
        return true;
    case AMOUNT_TIMES:
        if (bet.kind != CRAPS_ODDS && flat_of(hearing, bet) == 0)
            return hearing_wrong(hearing,
                                 "Only odds behind a bet that lies are a multiple of it: say the "
                                 "number of chips.");
        hearing_add(hearing, bet, times(hearing, bet, amount.value));
        return true;
    case AMOUNT_NONE:
        break;
    }
    CHECK(!"an amount");
}

bool hearing_is_odds(uint8_t kind)
{
    for (size_t i = 0; i < BACKED; i++) {
        if (backed[i].odds == kind)
            return true;
    }
    return false;
}

/* ---- Bets ---- */

static bool spread_over(struct hearing *hearing, struct words *words, size_t at)
{
    const struct craps_spread *spread = craps_spread_find(hearing_slice(words, at, at + 1));
    struct craps_order orders[CRAPS_ORDERS_MAX];
    struct amount total = {.kind = AMOUNT_NONE};
    uint16_t without = 0;
    for (size_t i = 0; i < words->count; i++) {
        const struct amount amount = hearing_amount(words, i);
        if (amount.kind == AMOUNT_CHIPS && total.kind == AMOUNT_NONE)
            total = amount;
        else if (hearing_is(words, i, "point"))
            without = (uint16_t)BIT(hearing->felt.puck) & 0x7fcu;
        else if (i != at && !hearing_is(words, i, "place") && !hearing_is(words, i, "less") &&
                 !hearing_is(words, i, "without") && !hearing_is(words, i, "but") &&
                 !hearing_is(words, i, "no"))
            return hearing_unknown(hearing, words, i, i + 1, false);
    }
    if (total.kind != AMOUNT_CHIPS) {
        struct text text = hearing_sentence(hearing);
        text_words(&text, "How much ");
        text_words(&text, spread->name);
        text_words(&text, "? Say the total, as in \"");
        text_words(&text, spread->name);
        text_words(&text, spread->kind == CRAPS_HARDWAY ? " 20\"." : " 64\".");
        return false;
    }
    const size_t count =
        craps_spread_orders(spread, without, &hearing->felt, hearing->view->card,
                            hearing->view->seat, total.value, orders, hearing->heard->sentence);
    for (size_t i = 0; i < count; i++)
        hearing_put(hearing, orders[i]);
    return count > 0;
}

/* Odds behind every bet of the seat that has a number; of one kind, or any (CRAPS_ODDS). */
static bool odds_everywhere(struct hearing *hearing, uint8_t kind, struct amount amount)
{
    const size_t before = hearing->heard->count;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const struct craps_bet bet = craps_bet_at(spot);
        struct craps_offer offer;
        if ((kind == CRAPS_ODDS || kind == bet.kind) && flat_of(hearing, bet) > 0 &&
            craps_offer(&hearing->felt, hearing->view->card, hearing->view->seat, bet, &offer) ==
                CRAPS_ACCEPTED &&
            !hearing_add_amount(hearing, bet, amount))
            return false;
    }
    return hearing->heard->count > before ||
           hearing_wrong(hearing,
                         "No odds can be added: none of your bets has a number, or all are fully "
                         "backed.");
}

static void text_bet(struct text *text, struct craps_bet bet)
{
    char name[CRAPS_BET_NAME_SIZE];
    craps_bet_name(bet, name);
    text_words(text, name);
}

/* A bet without its chips: says what it takes now. */
static bool how_much(struct hearing *hearing, struct craps_bet bet)
{
    struct craps_offer offer;
    const struct craps_dealer_view *view = hearing->view;
    if (craps_offer(&hearing->felt, view->card, view->seat, bet, &offer) != CRAPS_ACCEPTED) {
        hearing_add(hearing, bet, 1);
        return true;
    }
    struct text text = hearing_sentence(hearing);
    text_words(&text, "How much on ");
    text_bet(&text, offer.bet);
    text_words(&text, "? Say \"");
    text_bet(&text, offer.bet);
    text_letter(&text, ' ');
    text_chips(&text, offer.least);
    text_words(&text, "\": it takes ");
    text_chips(&text, offer.least);
    text_words(&text, " to ");
    text_chips(&text, offer.most);
    if (offer.unit > 1) {
        text_words(&text, " in steps of ");
        text_chips(&text, offer.unit);
    }
    text_letter(&text, '.');
    return false;
}

static bool has_spot(const struct hearing *hearing, struct craps_bet bet)
{
    return craps_spot(craps_resolve(&hearing->felt, hearing->view->seat, bet)) != CRAPS_SPOT_NONE;
}

/* A bet and its chips, as a reading of the words: the amount is the word at this place. */
struct reading {
    struct craps_bet bet;
    struct amount amount;
    bool all; /* "all" stands with it. */
};

static bool read_bet(const struct words *said, size_t begin, size_t at, struct reading *reading)
{
    struct words words = *said;
    *reading = (struct reading){.amount = hearing_amount(said, at)};
    if (reading->amount.kind == AMOUNT_NONE)
        return false;
    hearing_drop(&words, at);
    if (begin < words.count && hearing_is(&words, begin, "on"))
        hearing_drop(&words, begin);
    for (size_t i = begin + 1; i < words.count && !reading->all; i++) {
        reading->all = hearing_is(&words, i, "all");
        if (reading->all)
            hearing_drop(&words, i);
    }
    return craps_bet_parse(hearing_slice(&words, begin, words.count), &reading->bet);
}

/* The amount is the last word, or the first, or one that can be nothing else. */
static bool find_bet(const struct words *words, size_t begin, struct reading *reading)
{
    if (read_bet(words, begin, words->count - 1, reading) || read_bet(words, begin, begin, reading))
        return true;
    for (size_t i = begin; i < words->count; i++) {
        if (hearing_amount(words, i).kind != AMOUNT_CHIPS && read_bet(words, begin, i, reading))
            return true;
    }
    return false;
}

static bool add(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    struct craps_bet whole;
    struct reading reading;
    if (begin == end)
        return hearing_wrong(hearing, "Which bet, and how much? Say it as in \"pass 10\".");
    const bool named = craps_bet_parse(hearing_slice(words, begin, end), &whole);
    if (!find_bet(words, begin, &reading))
        return named ? how_much(hearing, whole) : hearing_unknown(hearing, words, begin, end, true);
    if (reading.all)
        return odds_everywhere(hearing, reading.bet.kind, reading.amount);
    /* "place 6" is no place bet of 6 chips. */
    if (named && has_spot(hearing, whole) && !has_spot(hearing, reading.bet))
        return how_much(hearing, whole);
    return hearing_add_amount(hearing, reading.bet, reading.amount);
}

/* ---- The whole ---- */

static bool understand(struct hearing *hearing, struct words *words)
{
    size_t begin;
    size_t end;
    hearing_verb *run = hearing_find_verb(words, &begin, &end);
    if (run != NULL)
        return run(hearing, words, begin, end);
    if (hearing_is(words, 0, "bet"))
        hearing_drop(words, 0);
    for (size_t i = 0; i < words->count; i++) {
        if (craps_spread_find(hearing_slice(words, i, i + 1)) != NULL)
            return spread_over(hearing, words, i);
    }
    return add(hearing, words, 0, words->count);
}

bool craps_dealer_hear(struct bytes text, const struct craps_dealer_view *view,
                       struct craps_heard *heard)
{
    struct hearing hearing = {
        .view = view, .felt = *view->craps, .rail = view->rail, .heard = heard};
    struct words words;
    bool fits = true;
    bool understood = true;
    *heard = (struct craps_heard){.count = 0};
    while (understood && hearing_part(&text, &words, &fits)) {
        if (words.count > 0)
            understood = understand(&hearing, &words);
    }
    if (understood && fits && heard->count > 0)
        return true;
    heard->count = 0;
    if (!fits)
        return hearing_wrong(&hearing, "That is too much at once: say a few bets at a time.");
    if (understood)
        return hearing_wrong(&hearing, "Say a bet and its chips, as in \"pass 10\".");
    return false;
}
