/* SPDX-License-Identifier: MIT */
/* The bots. */
#include "strategy/strategy.h"

#include <string.h>

static const struct strategy_action ready = {.deed = STRATEGY_READY};

/* The bet on a number. */
static struct craps_bet bet_on(enum craps_kind kind, unsigned number)
{
    return (struct craps_bet){.kind = (uint8_t)kind, .number = (uint8_t)number};
}

static bool lies(const struct strategy_view *view, struct craps_bet bet)
{
    return view->craps->seats[view->seat].stakes[craps_spot(bet)] > 0;
}

/* What an amount costs with its vig, tried on a copy; the bet must be legal. */
static chips cost_of(const struct strategy_view *view, struct craps_bet bet, chips amount)
{
    struct craps tried = *view->craps;
    struct craps_money cost = {0};
    struct craps_refusal why;
    if (craps_place(&tried, view->rules, view->seat, bet, amount, &cost, &why) != CRAPS_ACCEPTED)
        return INT64_MAX;
    return cost.stake + cost.vig;
}

/* Places the legal amount nearest below wish that the rail can pay; ready when there is none. */
static struct strategy_action place(const struct strategy_view *view, struct craps_bet bet,
                                    chips wish)
{
    struct craps_offer offer;
    if (craps_offer(view->craps, view->rules, view->seat, bet, &offer) != CRAPS_ACCEPTED)
        return ready;
    chips amount = wish < offer.most ? wish : offer.most;
    amount = amount < view->rail ? amount : view->rail;
    if (amount < offer.least)
        amount = offer.least;
    amount -= (amount - offer.least) % offer.unit;
    if (cost_of(view, offer.bet, amount) > view->rail)
        amount = offer.least;
    if (cost_of(view, offer.bet, amount) > view->rail)
        return ready;
    return (struct strategy_action){.deed = STRATEGY_PLACE, .bet = offer.bet, .amount = amount};
}

/* The smallest bet, if the seat has none of it. */
static struct strategy_action place_once(const struct strategy_view *view, struct craps_bet bet)
{
    return lies(view, bet) ? ready : place(view, bet, 0);
}

/* Odds of a kind on a number, up to the limit. */
static struct strategy_action place_odds(const struct strategy_view *view, enum craps_kind kind,
                                         unsigned number)
{
    return place(view, bet_on(kind, number), CRAPS_STAKE_MAX);
}

/* A shooter needs a line bet before the come-out. */
static struct strategy_action shooters_duty(const struct strategy_view *view)
{
    if (view->craps->shooter != view->seat || craps_shooter_ready(view->craps))
        return ready;
    return place_once(view, bet_on(CRAPS_PASS, 0));
}

static struct strategy_action next_pass_odds(const struct strategy_view *view)
{
    if (view->craps->puck == 0)
        return place_once(view, bet_on(CRAPS_PASS, 0));
    return place_odds(view, CRAPS_PASS_ODDS, view->craps->puck);
}

static struct strategy_action next_dont_pass(const struct strategy_view *view)
{
    if (view->craps->puck == 0)
        return place_once(view, bet_on(CRAPS_DONT_PASS, 0));
    return ready;
}

static struct strategy_action next_come(const struct strategy_view *view)
{
    if (view->craps->puck == 0)
        return place_once(view, bet_on(CRAPS_PASS, 0));
    return place_once(view, bet_on(CRAPS_COME, 0));
}

static struct strategy_action next_place_six_eight(const struct strategy_view *view)
{
    if (view->craps->puck == 0)
        return shooters_duty(view);
    const struct strategy_action six = place_once(view, bet_on(CRAPS_PLACE, 6));
    return six.deed != STRATEGY_READY ? six : place_once(view, bet_on(CRAPS_PLACE, 8));
}

/* Takes down one of the seat's bets, chosen by pick, unless it is a contract. */
static struct strategy_action take_down_any(const struct strategy_view *view, uint64_t pick)
{
    for (uint32_t i = 0; i < CRAPS_SPOT_COUNT; i++) {
        const uint32_t spot = (uint32_t)((pick + i) % CRAPS_SPOT_COUNT);
        if (view->craps->seats[view->seat].stakes[spot] == 0)
            continue;
        struct craps tried = *view->craps;
        struct craps_money back = {0};
        struct craps_refusal why;
        const struct craps_bet bet = craps_bet_at(spot);
        if (craps_take_down(&tried, view->rules, view->seat, bet, &back, &why) == CRAPS_ACCEPTED)
            return (struct strategy_action){.deed = STRATEGY_TAKE_DOWN, .bet = bet};
    }
    return ready;
}

/* One legal bet in two questions, a bet down in sixteen, else ready: the questions end. */
static struct strategy_action next_random(const struct strategy_view *view)
{
    const struct strategy_action duty = shooters_duty(view);
    if (duty.deed != STRATEGY_READY)
        return duty;
    const uint64_t choice = view->random % 16;
    const uint64_t pick = view->random / 16;
    if (choice < 7)
        return ready;
    if (choice == 7)
        return take_down_any(view, pick);
    struct craps_offer offers[CRAPS_SPOT_COUNT];
    const size_t count = craps_legal(view->craps, view->rules, view->seat, offers);
    if (count == 0)
        return ready;
    const struct craps_offer *offer = &offers[pick % count];
    const uint64_t steps = (uint64_t)((offer->most - offer->least) / offer->unit) + 1;
    const uint64_t few = steps < 10 ? steps : 10;
    const chips wish = offer->least + offer->unit * (chips)(pick / count % few);
    return place(view, offer->bet, wish);
}

static const struct strategy strategies[] = {
    {"pass-odds", "The pass line with the smallest bet, backed by full odds.", next_pass_odds},
    {"dont-pass", "The don't pass with the smallest bet and nothing else.", next_dont_pass},
    {"come", "Pass on the come-out, then a come bet on every roll.", next_come},
    {"place-6-8", "Place 6 and 8 while a point is on; pass only as shooter.", next_place_six_eight},
    {"random-legal", "Any legal bets, up and down at random.", next_random},
};

const struct strategy *strategy_at(size_t index)
{
    return index < sizeof strategies / sizeof strategies[0] ? &strategies[index] : NULL;
}

const struct strategy *strategy_find(struct bytes name)
{
    for (size_t i = 0; strategy_at(i) != NULL; i++) {
        const char *known = strategies[i].name;
        size_t size = 0;
        while (known[size] != '\0')
            size++;
        if (size == name.size && memcmp(known, name.at, size) == 0)
            return &strategies[i];
    }
    return NULL;
}
