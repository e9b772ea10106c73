/* SPDX-License-Identifier: MIT */
/* What may be bet now, and what a player does: bets, takes down, calls off. */
#include "base/check.h"
#include "craps/felt.h"
#include "craps/layout.h"

/* ---- Which bet is meant ---- */

static chips stake_on(const struct craps *craps, unsigned seat, struct craps_bet bet)
{
    const uint32_t spot = craps_spot(bet);
    return spot == CRAPS_SPOT_NONE ? 0 : craps->seats[seat].stakes[spot];
}

/* On how many numbers the seat has a bet of this kind; *last is one of them. */
static unsigned numbers_lying(const struct craps *craps, unsigned seat, uint8_t kind, uint8_t *last)
{
    const struct layout_row *row = layout_row(kind);
    unsigned count = 0;
    *last = 0;
    for (uint32_t i = 0; i < row->numbers_count; i++) {
        if (row->numbers[i] != 0 && craps->seats[seat].stakes[row->first + i] > 0) {
            *last = row->numbers[i];
            count++;
        }
    }
    return count;
}

/* The one number on which the seat has a bet of this kind; 0 when there is none or several. */
static uint8_t only_number(const struct craps *craps, unsigned seat, uint8_t kind)
{
    uint8_t last = 0;
    return numbers_lying(craps, seat, kind, &last) == 1 ? last : 0;
}

/* "odds" and "odds 6": those on the seat's pass, don't pass, come or don't come, in this order. */
static struct craps_bet resolve_odds(const struct craps *craps, unsigned seat, struct craps_bet bet)
{
    for (uint8_t kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        const struct layout_row *row = layout_row(kind);
        if (row->window != LAYOUT_BEHIND)
            continue;
        const uint8_t number = bet.number != 0 ? bet.number : only_number(craps, seat, row->behind);
        const struct craps_bet flat = {.kind = row->behind, .number = number};
        if (number != 0 && stake_on(craps, seat, flat) > 0)
            return (struct craps_bet){.kind = kind, .number = number};
    }
    return bet;
}

struct craps_bet craps_resolve(const struct craps *craps, unsigned seat, struct craps_bet bet)
{
    CHECK(seat < SEATS_MAX);
    if (bet.kind == CRAPS_ODDS)
        return resolve_odds(craps, seat, bet);
    if (bet.kind >= CRAPS_KIND_COUNT || bet.number != 0 || stake_on(craps, seat, bet) > 0)
        return bet;
    const struct layout_row *row = layout_row(bet.kind);
    /* A line bet is meant as it lies, on the point; a come bet without a number is a new one. */
    if (row->staging == LAYOUT_STAGED_BY_NUMBER && row->window == LAYOUT_COMEOUT &&
        craps->puck != 0) {
        const struct craps_bet on_point = {.kind = bet.kind, .number = craps->puck};
        return stake_on(craps, seat, on_point) > 0 ? on_point : bet;
    }
    if (row->window == LAYOUT_BEHIND)
        bet.number = only_number(craps, seat, row->behind);
    return bet;
}

/* ---- What may be bet ---- */

/* The most that may lie as odds behind a flat bet. */
static chips odds_most(const struct craps_card *card, uint32_t spot, chips flat)
{
    const chips most = felt_profit(flat, &card->spots[spot].odds_most);
    const chips line = card->rules.limits[CRAPS_LIMIT_LINE].max - flat;
    return card->rules.odds_within_max == 1 && line < most ? line : most;
}

/* Whether the puck, the hand and the seat's bets let the bet be made. */
static enum craps_verdict window(const struct craps *craps, const struct craps_spot_card *of,
                                 unsigned seat)
{
    switch ((enum layout_window)of->window) {
    case LAYOUT_ANY_TIME:
        return CRAPS_ACCEPTED;
    case LAYOUT_COMEOUT:
        return craps->puck == 0 ? CRAPS_ACCEPTED : CRAPS_REFUSED_POINT_IS_ON;
    case LAYOUT_POINT:
        return craps->puck != 0 ? CRAPS_ACCEPTED : CRAPS_REFUSED_POINT_IS_OFF;
    case LAYOUT_BEHIND:
        return craps->seats[seat].stakes[of->flat] > 0 ? CRAPS_ACCEPTED : CRAPS_REFUSED_NO_FLAT;
    case LAYOUT_FRESH:
        return craps->hand_rolls == 0 ? CRAPS_ACCEPTED : CRAPS_REFUSED_HAND_BEGAN;
    case LAYOUT_AFTER_SEVEN:
        return craps->hand.thrown == 0 ? CRAPS_ACCEPTED : CRAPS_REFUSED_SINCE_SEVEN;
    case LAYOUT_BY_DICE:
        return CRAPS_REFUSED_BY_DICE;
    case LAYOUT_ON_PUCK:
        return of->number == craps->puck ? CRAPS_ACCEPTED : CRAPS_REFUSED_BY_DICE;
    }
    return CRAPS_REFUSED_UNKNOWN;
}

/* Why a bet has no spot. */
static enum craps_verdict unresolved(const struct craps *craps, unsigned seat, struct craps_bet bet)
{
    if (bet.kind >= CRAPS_KIND_COUNT && bet.kind != CRAPS_ODDS)
        return CRAPS_REFUSED_UNKNOWN;
    if (bet.number != 0)
        return bet.kind == CRAPS_ODDS ? CRAPS_REFUSED_NO_FLAT : CRAPS_REFUSED_UNKNOWN;
    bool odds = bet.kind == CRAPS_ODDS;
    for (uint8_t kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        const struct layout_row *row = layout_row(kind);
        uint8_t last = 0;
        if (row->window != LAYOUT_BEHIND || (bet.kind != CRAPS_ODDS && bet.kind != kind))
            continue;
        odds = true;
        if (numbers_lying(craps, seat, row->behind, &last) > 0)
            return CRAPS_REFUSED_NUMBER;
    }
    return odds ? CRAPS_REFUSED_NO_FLAT : CRAPS_REFUSED_NUMBER;
}

/* What may be added to a spot now. */
static inline enum craps_verdict offer_spot(const struct craps *craps,
                                            const struct craps_card *card, unsigned seat,
                                            uint32_t spot, struct craps_offer *offer)
{
    const struct craps_spot_card *of = &card->spots[spot];
    if ((card->rules.bets >> of->kind & 1) == 0)
        return CRAPS_REFUSED_NOT_OFFERED;
    const enum craps_verdict open = window(craps, of, seat);
    if (open != CRAPS_ACCEPTED)
        return open;
    if (of->most == 0)
        return CRAPS_REFUSED_NOT_OFFERED;
    const chips lies = craps->seats[seat].stakes[spot];
    const uint32_t unit = of->unit;
    chips most = of->most;
    if (of->window == LAYOUT_BEHIND) {
        const chips multiple = odds_most(card, spot, craps->seats[seat].stakes[of->flat]);
        if (multiple < most)
            most = multiple < unit ? 0 : multiple - (uint32_t)multiple % unit;
    } else if (card->rules.odds_within_max == 1 && of->odds != 0) {
        const chips room = most - craps->seats[seat].stakes[of->odds];
        most = room < unit ? 0 : room - (uint32_t)room % unit;
    }
    const chips least = of->least > lies ? of->least : lies + unit;
    if (most < least)
        return CRAPS_REFUSED_FULL;
    offer->unit = unit;
    offer->least = least - lies;
    offer->most = most - lies;
    return CRAPS_ACCEPTED;
}

/* Where the house lets pass be made or increased on the point, that is what "pass" then means. */
static struct craps_bet meant(const struct craps *craps, const struct craps_card *card,
                              unsigned seat, struct craps_bet bet)
{
    bet = craps_resolve(craps, seat, bet);
    if (card->rules.pass_grows == 1 && craps->puck != 0 && bet.kind < CRAPS_KIND_COUNT &&
        bet.number == 0 && layout_row(bet.kind)->window == LAYOUT_COMEOUT &&
        layout_row(bet.kind)->contract == LAYOUT_CONTRACT_ON_NUMBER)
        bet.number = craps->puck;
    return bet;
}

enum craps_verdict craps_offer(const struct craps *craps, const struct craps_card *card,
                               unsigned seat, struct craps_bet bet, struct craps_offer *offer)
{
    CHECK(seat < SEATS_MAX);
    bet = meant(craps, card, seat, bet);
    *offer = (struct craps_offer){.bet = bet};
    const uint32_t spot = craps_spot(bet);
    if (spot == CRAPS_SPOT_NONE)
        return unresolved(craps, seat, bet);
    return offer_spot(craps, card, seat, spot, offer);
}

size_t craps_legal(const struct craps *craps, const struct craps_card *card, unsigned seat,
                   struct craps_offer offers[static CRAPS_SPOT_COUNT])
{
    size_t count = 0;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        offers[count] = (struct craps_offer){.bet = craps_bet_at(spot)};
        if (offer_spot(craps, card, seat, spot, &offers[count]) == CRAPS_ACCEPTED)
            count++;
    }
    return count;
}

chips craps_fitting(const struct craps *craps, const struct craps_card *card, unsigned seat,
                    struct craps_bet bet, chips win)
{
    struct craps_offer offer;
    if (win < 0 || craps_offer(craps, card, seat, bet, &offer) != CRAPS_ACCEPTED)
        return 0;
    const uint32_t spot = craps_spot(offer.bet);
    const chips lies = craps->seats[seat].stakes[spot];
    const chips reserved = felt_reserve(card, spot, lies);
    /* The reserve grows with the stake: search the steps of the offer by halves. */
    chips low = -1;
    chips high = (offer.most - offer.least) / offer.unit + 1;
    while (high - low > 1) {
        const chips middle = low + (high - low) / 2;
        const chips stake = lies + offer.least + middle * offer.unit;
        if (felt_reserve(card, spot, stake) - reserved <= win)
            low = middle;
        else
            high = middle;
    }
    return low < 0 ? 0 : offer.least + low * offer.unit;
}

/* ---- Actions ---- */

static enum craps_verdict refuse(struct craps_refusal *why, const struct craps *craps,
                                 struct craps_bet bet, enum craps_verdict verdict)
{
    *why = (struct craps_refusal){.verdict = verdict, .bet = bet, .puck = craps->puck};
    return verdict;
}

/* Why this amount is none of the offer's. */
static enum craps_verdict judge(const struct craps_offer *offer, chips amount)
{
    if (amount < 1)
        return CRAPS_REFUSED_BELOW_MIN;
    if (amount > CRAPS_STAKE_MAX)
        return CRAPS_REFUSED_ABOVE_MAX;
    /* What lies is proper, so that an amount must be; 32 bits divide much faster than 64. */
    if (offer->unit > 1 && (uint32_t)amount % (uint32_t)offer->unit != 0)
        return CRAPS_REFUSED_IMPROPER;
    if (amount < offer->least)
        return CRAPS_REFUSED_BELOW_MIN;
    return amount > offer->most ? CRAPS_REFUSED_ABOVE_MAX : CRAPS_ACCEPTED;
}

/* The amount of the offer that is nearest to what was asked; of two, the smaller. */
static chips nearest(const struct craps_offer *offer, chips amount)
{
    if (amount <= offer->least)
        return offer->least;
    if (amount >= offer->most)
        return offer->most;
    const chips over = (amount - offer->least) % offer->unit;
    return 2 * over <= offer->unit ? amount - over : amount - over + offer->unit;
}

/* Says what was wrong with a bet, and what would have been right. */
static enum craps_verdict refuse_bet(struct craps_refusal *why, const struct craps *craps,
                                     const struct craps_card *card, const struct craps_offer *offer,
                                     chips amount, enum craps_verdict verdict)
{
    const uint32_t spot = craps_spot(offer->bet);
    refuse(why, craps, offer->bet, verdict);
    why->amount = amount;
    why->offer = *offer;
    if (offer->least > 0)
        why->nearest = nearest(offer, amount);
    if (spot != CRAPS_SPOT_NONE)
        why->pay = card->spots[spot].best.pay;
    return verdict;
}

/* The spot of a bet that is meant as it is named; CRAPS_NOWHERE of all others. */
static uint32_t plain_spot(const struct craps *craps, const struct craps_card *card,
                           struct craps_bet bet)
{
    if (bet.kind >= CRAPS_KIND_COUNT)
        return CRAPS_NOWHERE;
    if (bet.number > 12) {
        /* A hop, if it is a bet at all. */
        const uint32_t hop = craps_spot(bet);
        return hop == CRAPS_SPOT_NONE ? CRAPS_NOWHERE : hop;
    }
    const uint32_t spot = card->spot_of[bet.kind][bet.number];
    if (spot == CRAPS_NOWHERE)
        return CRAPS_NOWHERE;
    const struct craps_spot_card *of = &card->spots[spot];
    /* A line bet with the puck off, and a come bet whose come-out is ahead, are those too. */
    const bool new =
        of->window == LAYOUT_POINT || (of->window == LAYOUT_COMEOUT && craps->puck == 0);
    return of->plain == 1 || new ? spot : CRAPS_NOWHERE;
}

enum craps_verdict craps_place(struct craps *craps, const struct craps_card *card, unsigned seat,
                               struct craps_bet bet, chips amount, struct craps_money *cost,
                               struct craps_refusal *why)
{
    CHECK(seat < SEATS_MAX);
    struct craps_offer offer;
    uint32_t spot = plain_spot(craps, card, bet);
    enum craps_verdict verdict;
    if (spot != CRAPS_NOWHERE) {
        offer = (struct craps_offer){.bet = bet};
        verdict = offer_spot(craps, card, seat, spot, &offer);
    } else {
        verdict = craps_offer(craps, card, seat, bet, &offer);
        spot = craps_spot(offer.bet);
    }
    if (verdict == CRAPS_ACCEPTED)
        verdict = judge(&offer, amount);
    if (verdict != CRAPS_ACCEPTED)
        return refuse_bet(why, craps, card, &offer, amount, verdict);
    const chips lay = craps->seats[seat].stakes[spot];
    const chips lies = lay + amount;
    cost->stake = amount;
    cost->vig = 0;
    if (card->spots[spot].vig_held == 1)
        cost->vig = felt_vig(card, spot, lies) - felt_vig(card, spot, lay);
    cost->win = felt_reserve(card, spot, lies) - felt_reserve(card, spot, lay);
    felt_put(craps, seat, spot, (uint32_t)lies);
    return CRAPS_ACCEPTED;
}

/* The odds that lie behind a spot. */
static chips odds_behind(const struct craps *craps, const struct craps_card *card, unsigned seat,
                         uint32_t spot)
{
    const uint32_t odds = card->spots[spot].odds;
    return odds == 0 ? 0 : craps->seats[seat].stakes[odds];
}

/* Whole, with the odds behind it. */
static void lift_all(struct craps *craps, const struct craps_card *card, unsigned seat,
                     uint32_t spot, struct craps_money *back)
{
    const chips odds = odds_behind(craps, card, seat, spot);
    if (odds > 0)
        felt_lift(craps, card, seat, card->spots[spot].odds, odds, back);
    felt_lift(craps, card, seat, spot, craps->seats[seat].stakes[spot], back);
}

static bool contract(const struct craps *craps, const struct craps_card *card, unsigned seat,
                     uint32_t spot)
{
    const struct craps_spot_card *of = &card->spots[spot];
    switch ((enum layout_contract)layout_row(of->kind)->contract) {
    case LAYOUT_REMOVABLE:
        return false;
    case LAYOUT_CONTRACT_ON_NUMBER:
        return of->number != 0;
    case LAYOUT_CONTRACT_PUT:
        return card->rules.put_contract == 1;
    case LAYOUT_CONTRACT_HAND:
        return window(craps, of, seat) != CRAPS_ACCEPTED;
    }
    return false;
}

struct craps_bet craps_own(const struct craps *craps, unsigned seat, struct craps_bet bet)
{
    bet = craps_resolve(craps, seat, bet);
    /* "Take my come bet down" without a number: when it is the only one. */
    if (bet.kind < CRAPS_KIND_COUNT && bet.number == 0 && stake_on(craps, seat, bet) == 0)
        bet.number = only_number(craps, seat, bet.kind);
    return bet;
}

/* Finds the seat's own bet; CRAPS_SPOT_NONE when there is none, and *why says so. */
static uint32_t own(const struct craps *craps, unsigned seat, struct craps_bet *bet,
                    struct craps_refusal *why)
{
    *bet = craps_own(craps, seat, *bet);
    const uint32_t spot = craps_spot(*bet);
    if (spot != CRAPS_SPOT_NONE && craps->seats[seat].stakes[spot] > 0)
        return spot;
    refuse(why, craps, *bet, CRAPS_REFUSED_NO_BET);
    return CRAPS_SPOT_NONE;
}

/* Whether what a part taken down would leave is a bet; offer says what could be left. */
static enum craps_verdict judge_rest(const struct craps *craps, const struct craps_card *card,
                                     unsigned seat, uint32_t spot, chips amount,
                                     struct craps_offer *offer)
{
    const struct craps_spot_card *of = &card->spots[spot];
    const chips lies = craps->seats[seat].stakes[spot];
    const chips odds = odds_behind(craps, card, seat, spot);
    *offer = (struct craps_offer){.least = of->unit, .most = lies - of->least, .unit = of->unit};
    if (amount < 1)
        return CRAPS_REFUSED_BELOW_MIN;
    if (amount >= lies)
        return CRAPS_REFUSED_TAKES_ALL;
    if (amount % of->unit != 0)
        return CRAPS_REFUSED_IMPROPER;
    if (lies - amount < of->least)
        return CRAPS_REFUSED_ABOVE_MAX;
    if (odds > 0 && odds_most(card, of->odds, lies - amount) < odds)
        return CRAPS_REFUSED_LEAVES_ODDS;
    return CRAPS_ACCEPTED;
}

enum craps_verdict craps_take_down(struct craps *craps, const struct craps_card *card,
                                   unsigned seat, struct craps_bet bet, chips amount,
                                   struct craps_money *back, struct craps_refusal *why)
{
    CHECK(seat < SEATS_MAX);
    const uint32_t spot = own(craps, seat, &bet, why);
    if (spot == CRAPS_SPOT_NONE)
        return CRAPS_REFUSED_NO_BET;
    if (contract(craps, card, seat, spot))
        return refuse(why, craps, bet, CRAPS_REFUSED_CONTRACT);
    *back = (struct craps_money){0};
    if (amount == CRAPS_WHOLE || amount == craps->seats[seat].stakes[spot]) {
        lift_all(craps, card, seat, spot, back);
        return CRAPS_ACCEPTED;
    }
    struct craps_offer offer;
    const enum craps_verdict verdict = judge_rest(craps, card, seat, spot, amount, &offer);
    if (verdict == CRAPS_ACCEPTED) {
        felt_lift(craps, card, seat, spot, amount, back);
        return CRAPS_ACCEPTED;
    }
    refuse(why, craps, bet, verdict);
    why->amount = amount;
    why->pay = card->spots[spot].best.pay;
    why->offer = offer;
    why->offer.bet = bet;
    if (offer.least <= offer.most)
        why->nearest = nearest(&offer, amount);
    return verdict;
}

void craps_clear_seat(struct craps *craps, const struct craps_card *card, unsigned index,
                      struct craps_money *back)
{
    CHECK(index < SEATS_MAX);
    const struct craps_seat *seat = &craps->seats[index];
    *back = (struct craps_money){0};
    for (uint32_t spot = felt_next(&seat->lies, 0); spot != CRAPS_SPOT_NONE;
         spot = felt_next(&seat->lies, spot + 1)) {
        if (!contract(craps, card, index, spot))
            felt_lift(craps, card, index, spot, seat->stakes[spot], back);
    }
}

enum craps_verdict craps_set_working(struct craps *craps, unsigned index, struct craps_bet bet,
                                     enum craps_working working, struct craps_refusal *why)
{
    CHECK(index < SEATS_MAX);
    CHECK(working <= CRAPS_WORKING_OFF);
    const uint32_t spot = own(craps, index, &bet, why);
    if (spot == CRAPS_SPOT_NONE)
        return CRAPS_REFUSED_NO_BET;
    if (layout_row(bet.kind)->work == LAYOUT_WORKS_ALWAYS)
        return refuse(why, craps, bet, CRAPS_REFUSED_ALWAYS_WORKS);
    struct craps_seat *seat = &craps->seats[index];
    felt_drop(&seat->on, spot);
    felt_drop(&seat->off, spot);
    if (working == CRAPS_WORKING_ON)
        felt_add(&seat->on, spot);
    if (working == CRAPS_WORKING_OFF)
        felt_add(&seat->off, spot);
    return CRAPS_ACCEPTED;
}

enum craps_working craps_called(const struct craps_seat *seat, uint32_t spot)
{
    if (felt_has(&seat->on, spot))
        return CRAPS_WORKING_ON;
    return felt_has(&seat->off, spot) ? CRAPS_WORKING_OFF : CRAPS_WORKING_DEFAULT;
}
