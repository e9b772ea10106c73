/* SPDX-License-Identifier: MIT */
/* The engine: money of a bet, what may be done now, and what a roll does. */
#include "craps/craps.h"

#include <string.h>

#include "base/check.h"
#include "craps/layout.h"

/* Stake times pay fits 64 bits, as does the vig's sum. */
_Static_assert(CRAPS_STAKE_MAX <= INT64_MAX / (200 * UINT16_MAX), "no product overflows");
_Static_assert(CRAPS_STAKE_MAX < (1 << 30), "a stake times its pay is below 2^46: craps/card.h");
_Static_assert(CRAPS_STAKE_MAX <= UINT32_MAX, "a stake fits its spot");

void craps_init(struct craps *craps)
{
    memset(craps, 0, sizeof *craps);
    craps->shooter = CRAPS_SEAT_NONE;
}

/* ---- Sets of spots ---- */

static bool has_spot(const struct craps_spots *set, uint32_t spot)
{
    return (set->words[spot / 64] >> spot % 64 & 1) != 0;
}

static void add_spot(struct craps_spots *set, uint32_t spot)
{
    set->words[spot / 64] |= (uint64_t)1 << spot % 64;
}

static void drop_spot(struct craps_spots *set, uint32_t spot)
{
    set->words[spot / 64] &= ~((uint64_t)1 << spot % 64);
}

/* Puts a stake on an empty spot, or another on it. */
static void put_stake(struct craps *craps, unsigned index, uint32_t spot, uint32_t stake)
{
    struct craps_seat *seat = &craps->seats[index];
    seat->stakes[spot] = stake;
    add_spot(&seat->lies, spot);
    craps->seated |= (uint16_t)(1u << index);
}

/* Empties a spot, and forgets what the bet was called; note_seated() is to follow. */
static void clear_spot(struct craps_seat *seat, uint32_t spot)
{
    seat->stakes[spot] = 0;
    drop_spot(&seat->lies, spot);
    drop_spot(&seat->on, spot);
    drop_spot(&seat->off, spot);
}

/* Whether the seat has a bet at all. */
static void note_seated(struct craps *craps, unsigned index)
{
    uint64_t left = 0;
    for (size_t i = 0; i < CRAPS_WORDS; i++)
        left |= craps->seats[index].lies.words[i];
    if (left == 0)
        craps->seated &= (uint16_t) ~(1u << index);
}

/* ---- What bets are worth ---- */

/* Rounded down: the breakage stays with the bank. */
static chips profit_of(chips stake, const struct craps_rate *rate)
{
    const uint64_t product = (uint64_t)stake * rate->pay.to;
    if (rate->inverse == 0)
        return (chips)product;
    return (chips)((unsigned __int128)product * rate->inverse >> 64);
}

/* 5 % of stake * base as the house rounds it, and not less than its least. */
static chips vig_of(const struct craps_rules *rules, chips stake, struct craps_pay base)
{
    /* In units of 1/20 chip and of the base's divisor, so that nothing is lost before rounding. */
    const chips twentieths = stake * base.to;
    const chips chip = (chips)20 * base.per;
    const chips dollar = chip * rules->dollar;
    chips amount = 0;
    switch ((enum craps_vig_rounding)rules->vig_rounding) {
    case CRAPS_VIG_NEAREST:
        amount = (2 * twentieths + dollar) / (2 * dollar) * rules->dollar;
        break;
    case CRAPS_VIG_DOWN:
        amount = twentieths / dollar * rules->dollar;
        break;
    case CRAPS_VIG_UP:
        amount = (twentieths + dollar - 1) / dollar * rules->dollar;
        break;
    case CRAPS_VIG_EXACT:
        amount = (2 * twentieths + chip) / (2 * chip);
        break;
    }
    return amount > rules->vig_least ? amount : rules->vig_least;
}

/* What a win of this stake costs in vig, whenever it is paid. */
static chips vig(const struct craps_card *card, uint32_t spot, chips stake)
{
    const struct craps_spot_card *of = &card->spots[spot];
    if (stake == 0)
        return 0;
    switch ((enum layout_vig)of->vig) {
    case LAYOUT_VIG_NONE:
        return 0;
    case LAYOUT_VIG_BUY:
        return vig_of(&card->rules, stake, (struct craps_pay){1, 1});
    case LAYOUT_VIG_LAY:
        return vig_of(&card->rules, stake, of->best.pay);
    }
    return 0;
}

/* What lies with the stake, paid up front. */
static chips vig_held(const struct craps_card *card, uint32_t spot, chips stake)
{
    return card->spots[spot].vig_held == 1 ? vig(card, spot, stake) : 0;
}

static chips reserve(const struct craps_card *card, uint32_t spot, chips stake)
{
    return profit_of(stake, &card->spots[spot].best);
}

chips craps_reserve(const struct craps_card *card, struct craps_bet bet, chips stake)
{
    const uint32_t spot = craps_spot(bet);
    return spot == CRAPS_SPOT_NONE || card->spots[spot].best.pay.per == 0
               ? 0
               : reserve(card, spot, stake);
}

chips craps_reserve_all(const struct craps *craps, const struct craps_card *card)
{
    chips sum = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        sum += craps_lying(craps, card, seat).win;
    return sum;
}

/* The next spot of a set at or after this one; CRAPS_SPOT_NONE when there is none. */
static uint32_t next_spot(const struct craps_spots *set, uint32_t from)
{
    for (uint32_t word = from / 64; word < CRAPS_WORDS; word++) {
        uint64_t left = set->words[word];
        if (word == from / 64)
            left &= ~(uint64_t)0 << from % 64;
        if (left != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(left);
    }
    return CRAPS_SPOT_NONE;
}

struct craps_money craps_lying(const struct craps *craps, const struct craps_card *card,
                               unsigned index)
{
    CHECK(index < SEATS_MAX);
    const struct craps_seat *seat = &craps->seats[index];
    struct craps_money lying = {0};
    for (uint32_t spot = next_spot(&seat->lies, 0); spot != CRAPS_SPOT_NONE;
         spot = next_spot(&seat->lies, spot + 1)) {
        const chips stake = seat->stakes[spot];
        lying.stake += stake;
        lying.vig += vig_held(card, spot, stake);
        lying.win += reserve(card, spot, stake);
    }
    return lying;
}

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
    const chips most = profit_of(flat, &card->spots[spot].odds_most);
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
    const chips reserved = reserve(card, spot, lies);
    /* The reserve grows with the stake: search the steps of the offer by halves. */
    chips low = -1;
    chips high = (offer.most - offer.least) / offer.unit + 1;
    while (high - low > 1) {
        const chips middle = low + (high - low) / 2;
        const chips stake = lies + offer.least + middle * offer.unit;
        if (reserve(card, spot, stake) - reserved <= win)
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
        cost->vig = vig(card, spot, lies) - vig(card, spot, lay);
    cost->win = reserve(card, spot, lies) - reserve(card, spot, lay);
    put_stake(craps, seat, spot, (uint32_t)lies);
    return CRAPS_ACCEPTED;
}

/* Takes amount of what lies on a spot off it and adds it to back. */
static void lift(struct craps *craps, const struct craps_card *card, unsigned seat, uint32_t spot,
                 chips amount, struct craps_money *back)
{
    const chips lies = craps->seats[seat].stakes[spot];
    const chips left = lies - amount;
    back->stake += amount;
    back->vig += vig_held(card, spot, lies) - vig_held(card, spot, left);
    back->win += reserve(card, spot, lies) - reserve(card, spot, left);
    if (left > 0) {
        put_stake(craps, seat, spot, (uint32_t)left);
    } else {
        clear_spot(&craps->seats[seat], spot);
        note_seated(craps, seat);
    }
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
        lift(craps, card, seat, card->spots[spot].odds, odds, back);
    lift(craps, card, seat, spot, craps->seats[seat].stakes[spot], back);
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

/* Finds the seat's own bet; CRAPS_SPOT_NONE when there is none, and *why says so. */
static uint32_t own(const struct craps *craps, unsigned seat, struct craps_bet *bet,
                    struct craps_refusal *why)
{
    *bet = craps_resolve(craps, seat, *bet);
    /* "Take my come bet down" without a number: when it is the only one. */
    if (bet->kind < CRAPS_KIND_COUNT && bet->number == 0 && stake_on(craps, seat, *bet) == 0)
        bet->number = only_number(craps, seat, bet->kind);
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
        lift(craps, card, seat, spot, amount, back);
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
    for (uint32_t spot = next_spot(&seat->lies, 0); spot != CRAPS_SPOT_NONE;
         spot = next_spot(&seat->lies, spot + 1)) {
        if (!contract(craps, card, index, spot))
            lift(craps, card, index, spot, seat->stakes[spot], back);
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
    drop_spot(&seat->on, spot);
    drop_spot(&seat->off, spot);
    if (working == CRAPS_WORKING_ON)
        add_spot(&seat->on, spot);
    if (working == CRAPS_WORKING_OFF)
        add_spot(&seat->off, spot);
    return CRAPS_ACCEPTED;
}

enum craps_working craps_called(const struct craps_seat *seat, uint32_t spot)
{
    if (has_spot(&seat->on, spot))
        return CRAPS_WORKING_ON;
    return has_spot(&seat->off, spot) ? CRAPS_WORKING_OFF : CRAPS_WORKING_DEFAULT;
}

/* ---- The roll ---- */

/* What is thrown, and what was and will be remembered of the hand. */
struct cast {
    unsigned d1;
    unsigned d2;
    unsigned total;
    unsigned pair;
    struct craps_hand after; /* craps->hand is what was before. */
};

/* Those of a seat's bets that a roll cannot decide: called off, or off by habit on the come-out. */
static uint64_t idle(const struct craps *craps, const struct craps_card *card,
                     const struct craps_seat *seat, size_t word)
{
    const uint64_t habit = craps->puck != 0 ? 0 : ~card->comeout.words[word];
    return card->callable.words[word] & ~seat->on.words[word] & (seat->off.words[word] | habit);
}

bool craps_works(const struct craps *craps, const struct craps_card *card, unsigned seat,
                 uint32_t spot)
{
    CHECK(seat < SEATS_MAX && spot < CRAPS_SPOT_COUNT);
    return (idle(craps, card, &craps->seats[seat], spot / 64) >> spot % 64 & 1) == 0;
}

/* A pay as a code that is not on the card: of hands, whose ladders have many. */
struct fate {
    enum craps_code code;
    struct craps_rate rate;
};

static struct fate fate_of_rung(const struct craps_card *card, const struct layout_row *row,
                                unsigned rung)
{
    const unsigned pays = layout_rung_pays(&card->rules, row, rung);
    if (pays == 0)
        return (struct fate){.code = CRAPS_CODE_LOSE};
    if (pays == 1)
        return (struct fate){.code = CRAPS_CODE_PUSH};
    return (struct fate){.code = CRAPS_CODE_WIN,
                         .rate = {.pay = {.to = (uint16_t)(pays - 1), .per = 1}}};
}

/* What a roll does to a bet on the hand. */
static struct fate decide_hand(const struct craps *craps, const struct craps_card *card,
                               uint32_t spot, const struct cast *cast)
{
    const struct craps_spot_card *of = &card->spots[spot];
    const struct layout_row *row = layout_row(of->kind);
    if (row->measure == CRAPS_MEASURE_NONE) {
        const bool first =
            row->staging == LAYOUT_STAGED_BY_PUCK ? craps->puck == 0 : craps->hand_rolls == 0;
        const struct craps_bet bet = {.kind = of->kind, .number = of->number};
        const struct layout_fate fate =
            layout_fate(&card->rules, first ? &row->comeout : &row->rest, bet, cast->d1, cast->d2);
        if (fate.pay.per != 0)
            return (struct fate){.code = CRAPS_CODE_WIN, .rate = {.pay = fate.pay}};
        return (struct fate){.code = fate.lose ? CRAPS_CODE_LOSE : CRAPS_CODE_NOTHING};
    }
    const bool seven = cast->total == 7;
    if (seven && (row->ends == LAYOUT_ENDS_BY_SEVEN || craps->puck != 0))
        return fate_of_rung(
            card, row, craps_hand_rung(&craps->hand, row->measure, of->number, craps->hand_rolls));
    const unsigned rung =
        craps_hand_rung(&cast->after, row->measure, of->number, craps->hand_rolls + 1);
    if (rung >= row->at_once)
        return fate_of_rung(card, row, rung);
    return (struct fate){.code = CRAPS_CODE_NOTHING};
}

/* The chips of a decision; the state is not touched. */
static void account(struct craps_decision *decision, const struct craps_card *card, unsigned seat,
                    uint32_t spot, chips stake, enum craps_outcome outcome,
                    const struct craps_rate *rate)
{
    const struct craps_spot_card *of = &card->spots[spot];
    const struct craps_bet bet = {.kind = of->kind, .number = of->number};
    *decision = (struct craps_decision){
        .bet = bet, .to = bet, .seat = (uint8_t)seat, .outcome = (uint8_t)outcome, .stake = stake};
    switch (outcome) {
    case CRAPS_WIN:
        decision->stays = of->stays;
        decision->profit = profit_of(stake, rate);
        if (of->vig != LAYOUT_VIG_NONE) {
            /* Of a bet that stays, the vig up front is charged anew: the one held stays too. */
            const chips due = vig(card, spot, stake);
            decision->vig = due < decision->profit ? due : decision->profit;
        }
        if (!decision->stays)
            decision->returned = stake + vig_held(card, spot, stake);
        break;
    case CRAPS_LOSE:
        decision->collected = stake + vig_held(card, spot, stake);
        break;
    case CRAPS_PUSH:
        /* One roll and a hand are over; a don't bet may wait for the next. */
        decision->stays = layout_row(of->kind)->staging == LAYOUT_STAGED_BY_NUMBER &&
                          card->rules.push_returns == 0;
        if (!decision->stays)
            decision->returned = stake;
        break;
    case CRAPS_TRAVEL:
        decision->stays = 1;
        break;
    case CRAPS_RETURNED:
        decision->returned = stake + vig_held(card, spot, stake);
        break;
    }
}

/* Codes are outcomes, but that those from CRAPS_CODE_WIN on all win. */
_Static_assert((int)CRAPS_CODE_LOSE == (int)CRAPS_LOSE && (int)CRAPS_CODE_PUSH == (int)CRAPS_PUSH &&
                   (int)CRAPS_CODE_TRAVEL == (int)CRAPS_TRAVEL && CRAPS_WIN == 0,
               "codes and outcomes agree");

static enum craps_outcome outcome_of(unsigned code)
{
    return code >= CRAPS_CODE_WIN ? CRAPS_WIN : (enum craps_outcome)code;
}

/* A bet moves to the number thrown, when what lay there is decided. */
static void travel(struct craps *craps, const struct craps_card *card,
                   struct craps_decision *decision, unsigned total)
{
    struct craps_seat *seat = &craps->seats[decision->seat];
    const uint32_t from = card->spot_of[decision->bet.kind][0];
    const uint32_t to = card->spot_of[decision->bet.kind][total];
    decision->to.number = (uint8_t)total;
    CHECK(to != CRAPS_NOWHERE && seat->stakes[to] == 0);
    put_stake(craps, decision->seat, to, seat->stakes[from]);
    clear_spot(seat, from);
}

/* Decides the bets of one seat against the state before the roll, and takes down what comes down.
 */
static size_t decide_seat(struct craps *craps, const struct craps_card *card, unsigned index,
                          const struct cast *cast, struct craps_decision *decisions)
{
    struct craps_seat *seat = &craps->seats[index];
    size_t count = 0;
    size_t travels = 0; /* One more than the last decision that moves a bet. */
    bool emptied = false;
    for (size_t word = 0; word < CRAPS_WORDS; word++) {
        uint64_t left = seat->lies.words[word] & card->touched[cast->pair].words[word];
        if (left == 0)
            continue;
        const uint64_t asleep =
            (left & card->callable.words[word]) == 0 ? 0 : idle(craps, card, seat, word);
        left &= ~asleep | card->odds.words[word];
        for (; left != 0; left &= left - 1) {
            const unsigned bit = (unsigned)__builtin_ctzll(left);
            const uint32_t spot = (uint32_t)(word * 64 + bit);
            unsigned code = card->codes[cast->pair][spot];
            const struct craps_rate *rate = &card->pays[code];
            struct fate fate;
            if ((card->hands.words[word] >> bit & 1) != 0) {
                fate = decide_hand(craps, card, spot, cast);
                if (fate.code == CRAPS_CODE_NOTHING)
                    continue;
                code = fate.code;
                rate = &fate.rate;
            }
            /* Odds come down with their flat bet when they are off. */
            const bool off = (asleep >> bit & 1) != 0;
            struct craps_decision *decision = &decisions[count++];
            account(decision, card, index, spot, seat->stakes[spot],
                    off ? CRAPS_RETURNED : outcome_of(code), rate);
            if (decision->outcome == CRAPS_TRAVEL)
                travels = count;
            if (!decision->stays) {
                clear_spot(seat, spot);
                emptied = true;
            }
        }
    }
    for (size_t i = 0; i < travels; i++) {
        if (decisions[i].outcome == CRAPS_TRAVEL)
            travel(craps, card, &decisions[i], cast->total);
    }
    if (emptied)
        note_seated(craps, index);
    return count;
}

static void move_puck(struct craps *craps, const struct craps_card *card, uint16_t players,
                      unsigned total)
{
    craps->rolls++;
    craps->hand_rolls++;
    if (craps->puck == 0) {
        craps->puck = (card->points >> total & 1) != 0 ? (uint8_t)total : 0;
    } else if (total == craps->puck) {
        craps->puck = 0;
    } else if (total == 7) {
        craps->puck = 0;
        craps->hand_rolls = 0;
        craps_next_shooter(craps, players);
    }
}

size_t craps_roll(struct craps *craps, const struct craps_card *card, uint16_t players, unsigned d1,
                  unsigned d2, struct craps_decision decisions[static CRAPS_DECISIONS_MAX])
{
    CHECK(d1 >= 1 && d1 <= 6 && d2 >= 1 && d2 <= 6);
    struct cast cast = {
        .d1 = d1, .d2 = d2, .total = d1 + d2, .pair = craps_pair(d1, d2), .after = craps->hand};
    craps_hand_roll(&cast.after, card->points, craps->puck, d1, d2);
    size_t count = 0;
    for (unsigned left = craps->seated; left != 0; left &= left - 1)
        count += decide_seat(craps, card, (unsigned)__builtin_ctz(left), &cast, &decisions[count]);
    move_puck(craps, card, players, d1 + d2);
    craps->hand = cast.after;
    craps->dice[0] = (uint8_t)d1;
    craps->dice[1] = (uint8_t)d2;
    return count;
}

chips craps_fit(struct craps *craps, const struct craps_card *card,
                struct craps_decision *decisions, size_t count, chips bank)
{
    chips reserved = craps_reserve_all(craps, card);
    for (size_t i = count; i > 0 && reserved > bank; i--) {
        struct craps_decision *decision = &decisions[i - 1];
        if (decision->outcome != CRAPS_WIN || decision->stays == 0)
            continue;
        struct craps_money back = {0};
        const uint32_t spot = craps_spot(decision->bet);
        lift(craps, card, decision->seat, spot, decision->stake, &back);
        decision->stays = 0;
        decision->returned = back.stake + back.vig;
        reserved -= back.win;
    }
    CHECK(reserved <= bank);
    return reserved;
}

void craps_forget(struct craps *craps, uint32_t spot)
{
    const struct craps_bet bet = craps_bet_at(spot);
    const struct layout_row *row = layout_row(bet.kind);
    const bool measured = row->measure != CRAPS_MEASURE_NONE;
    const bool by_hand = row->staging == LAYOUT_STAGED_BY_HAND;
    craps_hand_keep(&craps->hand, row->measure, bet.number);
    if ((measured && row->ends == LAYOUT_ENDS_BY_SEVEN) || by_hand)
        craps->puck = 0;
    const uint64_t most = by_hand ? 1 : row->measure == CRAPS_MEASURE_ROLLS ? 4 : 0;
    craps->hand_rolls = craps->hand_rolls < most ? craps->hand_rolls : most;
    craps->shooter = 0;
    craps->rolls = 0;
    craps->dice[0] = 0;
    craps->dice[1] = 0;
}

/* ---- The shooter ---- */

void craps_set_shooter(struct craps *craps, unsigned seat)
{
    CHECK(seat < SEATS_MAX || seat == CRAPS_SEAT_NONE);
    craps->shooter = (uint8_t)seat;
}

void craps_next_shooter(struct craps *craps, uint16_t players)
{
    const unsigned first = craps->shooter < SEATS_MAX ? (craps->shooter + 1u) % SEATS_MAX : 0;
    /* The players from there on, and once around. */
    const uint32_t round = (players | (uint32_t)players << SEATS_MAX) >> first;
    craps->shooter = players == 0 ? CRAPS_SEAT_NONE
                                  : (uint8_t)((first + (unsigned)__builtin_ctz(round)) % SEATS_MAX);
}

bool craps_shooter_ready(const struct craps *craps)
{
    if (craps->shooter == CRAPS_SEAT_NONE)
        return false;
    const struct craps_seat *seat = &craps->seats[craps->shooter];
    return craps->puck != 0 || seat->stakes[CRAPS_SPOT_PASS] > 0 ||
           seat->stakes[CRAPS_SPOT_DONT_PASS] > 0;
}
