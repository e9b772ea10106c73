/* SPDX-License-Identifier: MIT */
/* The engine: money of a bet, what may be done now, and what a roll does. */
#include "craps/craps.h"

#include <string.h>

#include "base/check.h"
#include "craps/layout.h"

/* Stake times pay fits 64 bits, as does the vig's sum. */
_Static_assert(CRAPS_STAKE_MAX <= INT64_MAX / (200 * UINT16_MAX), "no product overflows");
_Static_assert(CRAPS_STAKE_MAX <= UINT32_MAX, "a stake fits its spot");

void craps_init(struct craps *craps)
{
    memset(craps, 0, sizeof *craps);
    craps->shooter = CRAPS_SEAT_NONE;
    craps->fresh = 1;
}

/* ---- What bets are worth ---- */

/* Rounded down: the breakage stays with the bank. */
static chips profit_of(chips stake, struct craps_pay pay)
{
    return stake * pay.to / pay.per;
}

/* 5 % of stake * base, in whole dollars as the house rounds them, at least one. */
static chips vig_of(const struct craps_rules *rules, chips stake, struct craps_pay base)
{
    /* In units of 1/200 dollar, so that half a dollar is whole. */
    const chips twentieths = 10 * stake * base.to;
    const chips dollar = 200 * rules->dollar * base.per;
    chips round_up = 0;
    switch ((enum craps_vig_rounding)rules->vig_rounding) {
    case CRAPS_VIG_NEAREST:
        round_up = dollar / 2;
        break;
    case CRAPS_VIG_DOWN:
        round_up = 0;
        break;
    case CRAPS_VIG_UP:
        round_up = dollar - 1;
        break;
    }
    const chips dollars = (twentieths + round_up) / dollar;
    return (dollars > 1 ? dollars : 1) * rules->dollar;
}

/* What a win of this stake costs in vig, whenever it is paid. */
static chips vig(const struct craps_rules *rules, struct craps_bet bet, chips stake)
{
    switch ((enum layout_vig)layout_row(bet.kind)->vig) {
    case LAYOUT_VIG_NONE:
        return 0;
    case LAYOUT_VIG_BUY:
        return stake > 0 ? vig_of(rules, stake, (struct craps_pay){1, 1}) : 0;
    case LAYOUT_VIG_LAY:
        return stake > 0 ? vig_of(rules, stake, layout_pays_most(rules, bet)) : 0;
    }
    return 0;
}

static bool vig_on_win(const struct craps_rules *rules, struct craps_bet bet)
{
    const uint16_t numbers =
        layout_row(bet.kind)->vig == LAYOUT_VIG_BUY ? rules->buy_vig_on_win : rules->lay_vig_on_win;
    return (numbers & ROLLS_TOTAL(bet.number)) != 0;
}

/* What lies with the stake, paid up front. */
static chips vig_held(const struct craps_rules *rules, struct craps_bet bet, chips stake)
{
    if (layout_row(bet.kind)->vig == LAYOUT_VIG_NONE || vig_on_win(rules, bet))
        return 0;
    return vig(rules, bet, stake);
}

chips craps_reserve(const struct craps_rules *rules, struct craps_bet bet, chips stake)
{
    return profit_of(stake, layout_pays_most(rules, bet));
}

chips craps_reserve_all(const struct craps *craps, const struct craps_rules *rules)
{
    chips sum = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        sum += craps_lying(craps, rules, seat).win;
    return sum;
}

struct craps_money craps_lying(const struct craps *craps, const struct craps_rules *rules,
                               unsigned seat)
{
    CHECK(seat < SEATS_MAX);
    struct craps_money lying = {0};
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const chips stake = craps->seats[seat].stakes[spot];
        if (stake > 0) {
            lying.stake += stake;
            lying.vig += vig_held(rules, craps_bet_at(spot), stake);
            lying.win += craps_reserve(rules, craps_bet_at(spot), stake);
        }
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
    if (row->travels && row->window == LAYOUT_COMEOUT && craps->puck != 0) {
        const struct craps_bet on_point = {.kind = bet.kind, .number = craps->puck};
        return stake_on(craps, seat, on_point) > 0 ? on_point : bet;
    }
    if (row->window == LAYOUT_BEHIND)
        bet.number = only_number(craps, seat, row->behind);
    return bet;
}

/* ---- What may be bet ---- */

/* The most that may lie as odds behind a flat bet. */
static chips odds_most(const struct craps_rules *rules, const struct layout_row *row,
                       struct craps_bet bet, chips flat)
{
    static const uint8_t class_of[] = {[4] = 0, [5] = 1, [6] = 2, [8] = 2, [9] = 1, [10] = 0};
    const chips halves = rules->odds_halves[class_of[bet.number]];
    if (!row->lays)
        return flat * halves / 2;
    /* What wins the odds that could be taken: 3-4-5 times becomes 6 times on every number. */
    const struct craps_pay pay = layout_pays_most(rules, bet);
    return flat * halves * pay.per / (2 * pay.to);
}

/* Whether the puck and the seat's bets let the bet be made. */
static enum craps_verdict window(const struct craps *craps, const struct layout_row *row,
                                 unsigned seat, struct craps_bet bet)
{
    if (row->travels && bet.number != 0)
        return CRAPS_REFUSED_BY_DICE;
    switch ((enum layout_window)row->window) {
    case LAYOUT_ANY_TIME:
        return CRAPS_ACCEPTED;
    case LAYOUT_COMEOUT:
        return craps->puck == 0 ? CRAPS_ACCEPTED : CRAPS_REFUSED_POINT_IS_ON;
    case LAYOUT_POINT:
        return craps->puck != 0 ? CRAPS_ACCEPTED : CRAPS_REFUSED_POINT_IS_OFF;
    case LAYOUT_BEHIND: {
        const struct craps_bet flat = {.kind = row->behind, .number = bet.number};
        return stake_on(craps, seat, flat) > 0 ? CRAPS_ACCEPTED : CRAPS_REFUSED_NO_FLAT;
    }
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

enum craps_verdict craps_offer(const struct craps *craps, const struct craps_rules *rules,
                               unsigned seat, struct craps_bet bet, struct craps_offer *offer)
{
    CHECK(seat < SEATS_MAX);
    bet = craps_resolve(craps, seat, bet);
    *offer = (struct craps_offer){.bet = bet};
    const uint32_t spot = craps_spot(bet);
    if (spot == CRAPS_SPOT_NONE)
        return unresolved(craps, seat, bet);
    if ((rules->bets >> bet.kind & 1) == 0)
        return CRAPS_REFUSED_NOT_OFFERED;
    const struct layout_row *row = layout_row(bet.kind);
    const enum craps_verdict open = window(craps, row, seat, bet);
    if (open != CRAPS_ACCEPTED)
        return open;

    const struct craps_limit limit = rules->limits[row->limit];
    const chips lies = craps->seats[seat].stakes[spot];
    chips most = limit.max;
    if (row->window == LAYOUT_BEHIND) {
        const struct craps_bet flat = {.kind = row->behind, .number = bet.number};
        const chips multiple = odds_most(rules, row, bet, stake_on(craps, seat, flat));
        most = multiple < most ? multiple : most;
    }
    offer->unit = layout_unit(rules, bet);
    chips least = limit.min > lies ? limit.min : lies + 1;
    if (rules->breakage == CRAPS_BREAKAGE_FLOOR) {
        /* A bet that rounds to no win at all is not taken. */
        const struct craps_pay pay = layout_pays_least(rules, bet);
        const chips winning = (pay.per + pay.to - 1) / pay.to;
        least = winning > least ? winning : least;
        offer->unit = 1;
    }
    least = (least + offer->unit - 1) / offer->unit * offer->unit;
    most = most / offer->unit * offer->unit;
    if (most < least)
        return CRAPS_REFUSED_FULL;
    offer->least = least - lies;
    offer->most = most - lies;
    return CRAPS_ACCEPTED;
}

size_t craps_legal(const struct craps *craps, const struct craps_rules *rules, unsigned seat,
                   struct craps_offer offers[static CRAPS_SPOT_COUNT])
{
    size_t count = 0;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (craps_offer(craps, rules, seat, craps_bet_at(spot), &offers[count]) == CRAPS_ACCEPTED)
            count++;
    }
    return count;
}

chips craps_fitting(const struct craps *craps, const struct craps_rules *rules, unsigned seat,
                    struct craps_bet bet, chips win)
{
    struct craps_offer offer;
    if (win < 0 || craps_offer(craps, rules, seat, bet, &offer) != CRAPS_ACCEPTED)
        return 0;
    const chips lies = stake_on(craps, seat, offer.bet);
    const chips reserved = craps_reserve(rules, offer.bet, lies);
    /* The reserve grows with the stake: search the steps of the offer by halves. */
    chips low = -1;
    chips high = (offer.most - offer.least) / offer.unit + 1;
    while (high - low > 1) {
        const chips middle = low + (high - low) / 2;
        const chips stake = lies + offer.least + middle * offer.unit;
        if (craps_reserve(rules, offer.bet, stake) - reserved <= win)
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
    if ((amount - offer->least) % offer->unit != 0)
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

enum craps_verdict craps_place(struct craps *craps, const struct craps_rules *rules, unsigned seat,
                               struct craps_bet bet, chips amount, struct craps_money *cost,
                               struct craps_refusal *why)
{
    struct craps_offer offer;
    enum craps_verdict verdict = craps_offer(craps, rules, seat, bet, &offer);
    if (verdict == CRAPS_ACCEPTED)
        verdict = judge(&offer, amount);
    if (verdict != CRAPS_ACCEPTED) {
        refuse(why, craps, offer.bet, verdict);
        why->amount = amount;
        why->offer = offer;
        if (offer.least > 0)
            why->nearest = nearest(&offer, amount);
        if (craps_spot(offer.bet) != CRAPS_SPOT_NONE)
            why->pay = layout_pays_most(rules, offer.bet);
        return verdict;
    }
    const uint32_t spot = craps_spot(offer.bet);
    const chips lay = craps->seats[seat].stakes[spot];
    const chips lies = lay + amount;
    CHECK(lies <= CRAPS_STAKE_MAX);
    cost->stake = amount;
    cost->vig = vig_held(rules, offer.bet, lies) - vig_held(rules, offer.bet, lay);
    cost->win = craps_reserve(rules, offer.bet, lies) - craps_reserve(rules, offer.bet, lay);
    craps->seats[seat].stakes[spot] = (uint32_t)lies;
    return CRAPS_ACCEPTED;
}

/* Takes what lies on a spot off it and adds it to back. */
static void lift(struct craps *craps, const struct craps_rules *rules, unsigned seat, uint32_t spot,
                 struct craps_money *back)
{
    const chips stake = craps->seats[seat].stakes[spot];
    if (stake > 0) {
        back->stake += stake;
        back->vig += vig_held(rules, craps_bet_at(spot), stake);
        back->win += craps_reserve(rules, craps_bet_at(spot), stake);
    }
    craps->seats[seat].stakes[spot] = 0;
    craps->seats[seat].working[spot] = CRAPS_WORKING_DEFAULT;
}

/* With the odds that lie behind it. */
static void lift_with_odds(struct craps *craps, const struct craps_rules *rules, unsigned seat,
                           struct craps_bet bet, struct craps_money *back)
{
    lift(craps, rules, seat, craps_spot(bet), back);
    for (uint8_t kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        const struct layout_row *row = layout_row(kind);
        const struct craps_bet odds = {.kind = kind, .number = bet.number};
        if (row->window == LAYOUT_BEHIND && row->behind == bet.kind && bet.number != 0)
            lift(craps, rules, seat, craps_spot(odds), back);
    }
}

static bool contract(struct craps_bet bet)
{
    return layout_row(bet.kind)->contract && bet.number != 0;
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

enum craps_verdict craps_take_down(struct craps *craps, const struct craps_rules *rules,
                                   unsigned seat, struct craps_bet bet, struct craps_money *back,
                                   struct craps_refusal *why)
{
    CHECK(seat < SEATS_MAX);
    if (own(craps, seat, &bet, why) == CRAPS_SPOT_NONE)
        return CRAPS_REFUSED_NO_BET;
    if (contract(bet))
        return refuse(why, craps, bet, CRAPS_REFUSED_CONTRACT);
    *back = (struct craps_money){0};
    lift_with_odds(craps, rules, seat, bet, back);
    return CRAPS_ACCEPTED;
}

void craps_clear_seat(struct craps *craps, const struct craps_rules *rules, unsigned seat,
                      struct craps_money *back)
{
    CHECK(seat < SEATS_MAX);
    *back = (struct craps_money){0};
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (!contract(craps_bet_at(spot)))
            lift(craps, rules, seat, spot, back);
    }
}

enum craps_verdict craps_set_working(struct craps *craps, unsigned seat, struct craps_bet bet,
                                     enum craps_working working, struct craps_refusal *why)
{
    CHECK(seat < SEATS_MAX);
    CHECK(working <= CRAPS_WORKING_OFF);
    const uint32_t spot = own(craps, seat, &bet, why);
    if (spot == CRAPS_SPOT_NONE)
        return CRAPS_REFUSED_NO_BET;
    if (layout_row(bet.kind)->work == LAYOUT_WORKS_ALWAYS)
        return refuse(why, craps, bet, CRAPS_REFUSED_ALWAYS_WORKS);
    craps->seats[seat].working[spot] = (uint8_t)working;
    return CRAPS_ACCEPTED;
}

/* ---- The roll ---- */

static bool works_on_comeout(const struct craps_rules *rules, enum layout_work work)
{
    switch (work) {
    case LAYOUT_WORKS_ALWAYS:
    case LAYOUT_WORKS:
        return true;
    case LAYOUT_OFF:
        return false;
    case LAYOUT_WORKS_LAY:
        return rules->lays_work == 1;
    case LAYOUT_WORKS_HARDWAY:
        return rules->hardways_work == 1;
    }
    return true;
}

bool craps_works(const struct craps *craps, const struct craps_rules *rules, unsigned seat,
                 uint32_t spot)
{
    CHECK(seat < SEATS_MAX && spot < CRAPS_SPOT_COUNT);
    const enum layout_work work = layout_row(craps_bet_at(spot).kind)->work;
    if (work == LAYOUT_WORKS_ALWAYS)
        return true;
    switch ((enum craps_working)craps->seats[seat].working[spot]) {
    case CRAPS_WORKING_ON:
        return true;
    case CRAPS_WORKING_OFF:
        return false;
    case CRAPS_WORKING_DEFAULT:
        break;
    }
    return craps->puck != 0 || works_on_comeout(rules, work);
}

/* What a roll does to a working bet; false when it decides nothing. */
static bool decide(const struct craps_rules *rules, struct craps_bet bet, unsigned d1, unsigned d2,
                   enum craps_outcome *outcome)
{
    const struct layout_row *row = layout_row(bet.kind);
    const struct layout_stage *stage = layout_stage(row, bet);
    if (layout_has(rules, bet, stage->push, d1, d2))
        *outcome = CRAPS_PUSH;
    else if (layout_pays(rules, bet, d1, d2).per != 0)
        *outcome = CRAPS_WIN;
    else if (layout_has(rules, bet, stage->lose, d1, d2))
        *outcome = CRAPS_LOSE;
    else if (row->travels && bet.number == 0)
        *outcome = CRAPS_TRAVEL;
    else
        return false;
    return true;
}

/* The chips of a decision; the state is not touched. */
static struct craps_decision account(const struct craps_rules *rules, unsigned seat,
                                     struct craps_bet bet, chips stake, enum craps_outcome outcome,
                                     unsigned d1, unsigned d2)
{
    const chips held = vig_held(rules, bet, stake);
    struct craps_decision decision = {
        .bet = bet, .to = bet, .seat = (uint8_t)seat, .outcome = (uint8_t)outcome, .stake = stake};
    switch (outcome) {
    case CRAPS_WIN:
        decision.stays = layout_row(bet.kind)->stays;
        decision.profit = profit_of(stake, layout_pays(rules, bet, d1, d2));
        /* Of a bet that stays, the vig up front is charged anew: the one that was held stays too.
         */
        decision.vig = vig(rules, bet, stake);
        if (decision.vig > decision.profit)
            decision.vig = decision.profit;
        if (!decision.stays)
            decision.returned = stake + held;
        break;
    case CRAPS_LOSE:
        decision.collected = stake + held;
        break;
    case CRAPS_PUSH:
        decision.stays = 1;
        break;
    case CRAPS_TRAVEL:
        decision.stays = 1;
        decision.to.number = (uint8_t)(d1 + d2);
        break;
    case CRAPS_RETURNED:
        decision.returned = stake + held;
        break;
    }
    return decision;
}

/* Appends what the roll does to the bets of one seat, against the state before it. */
static size_t decide_seat(const struct craps *craps, const struct craps_rules *rules, unsigned seat,
                          unsigned d1, unsigned d2, struct craps_decision *decisions)
{
    size_t count = 0;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const chips stake = craps->seats[seat].stakes[spot];
        if (stake == 0)
            continue;
        const struct craps_bet bet = craps_bet_at(spot);
        enum craps_outcome outcome;
        if (!decide(rules, bet, d1, d2, &outcome))
            continue;
        if (!craps_works(craps, rules, seat, spot)) {
            /* Odds come down with their flat bet; all others lie on as if nothing was thrown. */
            if (layout_row(bet.kind)->window != LAYOUT_BEHIND)
                continue;
            outcome = CRAPS_RETURNED;
        }
        decisions[count++] = account(rules, seat, bet, stake, outcome, d1, d2);
    }
    return count;
}

static void apply(struct craps *craps, const struct craps_decision *decision)
{
    struct craps_seat *seat = &craps->seats[decision->seat];
    const uint32_t from = craps_spot(decision->bet);
    if (decision->outcome == CRAPS_TRAVEL) {
        const uint32_t to = craps_spot(decision->to);
        CHECK(to != CRAPS_SPOT_NONE && seat->stakes[to] == 0);
        seat->stakes[to] = seat->stakes[from];
        seat->stakes[from] = 0;
    } else if (!decision->stays) {
        seat->stakes[from] = 0;
        seat->working[from] = CRAPS_WORKING_DEFAULT;
    }
}

static void move_puck(struct craps *craps, uint16_t players, unsigned total)
{
    const bool box = (ROLLS_BOX & ROLLS_TOTAL(total)) != 0;
    craps->rolls++;
    craps->hand_rolls++;
    craps->fresh = 0;
    if (craps->puck == 0) {
        craps->puck = box ? (uint8_t)total : 0;
    } else if (total == craps->puck) {
        craps->puck = 0;
    } else if (total == 7) {
        craps->puck = 0;
        craps->fresh = 1;
        craps->hand_rolls = 0;
        craps_next_shooter(craps, players);
    }
}

size_t craps_roll(struct craps *craps, const struct craps_rules *rules, uint16_t players,
                  unsigned d1, unsigned d2,
                  struct craps_decision decisions[static CRAPS_DECISIONS_MAX])
{
    CHECK(d1 >= 1 && d1 <= 6 && d2 >= 1 && d2 <= 6);
    size_t count = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        count += decide_seat(craps, rules, seat, d1, d2, &decisions[count]);
    CHECK(count <= CRAPS_DECISIONS_MAX);
    /* A come bet travels to its number only when the old one there was decided. */
    for (size_t i = 0; i < count; i++) {
        if (decisions[i].outcome != CRAPS_TRAVEL)
            apply(craps, &decisions[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (decisions[i].outcome == CRAPS_TRAVEL)
            apply(craps, &decisions[i]);
    }
    move_puck(craps, players, d1 + d2);
    craps->dice[0] = (uint8_t)d1;
    craps->dice[1] = (uint8_t)d2;
    return count;
}

chips craps_fit(struct craps *craps, const struct craps_rules *rules,
                struct craps_decision *decisions, size_t count, chips bank)
{
    chips reserve = craps_reserve_all(craps, rules);
    for (size_t i = count; i > 0 && reserve > bank; i--) {
        struct craps_decision *decision = &decisions[i - 1];
        if (decision->outcome != CRAPS_WIN || decision->stays == 0)
            continue;
        struct craps_money back = {0};
        lift(craps, rules, decision->seat, craps_spot(decision->bet), &back);
        decision->stays = 0;
        decision->returned = back.stake + back.vig;
        reserve -= back.win;
    }
    CHECK(reserve <= bank);
    return reserve;
}

/* ---- The shooter ---- */

void craps_set_shooter(struct craps *craps, unsigned seat)
{
    CHECK(seat < SEATS_MAX || seat == CRAPS_SEAT_NONE);
    craps->shooter = (uint8_t)seat;
}

void craps_next_shooter(struct craps *craps, uint16_t players)
{
    const unsigned from = craps->shooter < SEATS_MAX ? craps->shooter : SEATS_MAX - 1;
    craps->shooter = CRAPS_SEAT_NONE;
    for (unsigned step = 1; step <= SEATS_MAX; step++) {
        const unsigned seat = (from + step) % SEATS_MAX;
        if ((players >> seat & 1) != 0) {
            craps->shooter = (uint8_t)seat;
            return;
        }
    }
}

bool craps_shooter_ready(const struct craps *craps)
{
    if (craps->shooter == CRAPS_SEAT_NONE)
        return false;
    const struct craps_seat *seat = &craps->seats[craps->shooter];
    return craps->puck != 0 || seat->stakes[CRAPS_SPOT_PASS] > 0 ||
           seat->stakes[CRAPS_SPOT_DONT_PASS] > 0;
}
