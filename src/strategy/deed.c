/* SPDX-License-Identifier: MIT */
/*
 * Actions on bets, made legal and proper before they are answered.
 *
 * An action on a group goes spot by spot: the player keeps the step, the spot and the amount, and
 * the next question goes on after it. What a spot's bet would cost or give back, when the card
 * alone does not say, is tried on a copy of the one seat.
 */
#include <string.h>

#include "strategy/turn.h"

/* ---- Proper amounts ---- */

/* The multiple of unit that a wish is rounded to. */
static chips rounded(chips wish, chips unit, enum code_rounding rounding)
{
    const chips below = wish - wish % unit;
    const chips over = wish - below;
    switch (rounding) {
    case CODE_ROUNDING_NEAREST:
        return 2 * over >= unit ? below + unit : below;
    case CODE_ROUNDING_UP:
        return over > 0 ? below + unit : below;
    case CODE_ROUNDING_DOWN:
        return below;
    }
    return below;
}

/* The seat and what it cannot change, for the engine to try something on. */
static void copy_seat(struct craps *tried, const struct strategy_view *view)
{
    memcpy(tried, view->craps, offsetof(struct craps, seats));
    tried->seats[view->seat] = view->craps->seats[view->seat];
}

/* What a proper amount takes off the rail. */
static chips cost_of(const struct turn *turn, const struct craps_offer *offer, uint32_t spot,
                     chips amount)
{
    const struct strategy_view *view = turn->view;
    if (view->card->spots[spot].vig == 0 || view->card->spots[spot].vig_held == 0)
        return amount;
    struct craps tried;
    struct craps_money cost = {0};
    struct craps_refusal why;
    copy_seat(&tried, view);
    if (craps_place(&tried, view->card, view->seat, offer->bet, amount, &cost, &why) !=
        CRAPS_ACCEPTED)
        return INT64_MAX;
    return cost.stake + cost.vig;
}

/* The largest amount of an offer that is at most this; less than least when there is none. */
static chips at_most(const struct craps_offer *offer, chips amount)
{
    if (amount >= offer->most)
        return offer->most;
    if (amount < offer->least)
        return 0;
    return amount - (amount - offer->least) % offer->unit;
}

/* Lowers an amount until the rail can pay it with its vig; 0 when it cannot. */
static chips payable(const struct turn *turn, const struct craps_offer *offer, uint32_t spot,
                     chips amount)
{
    const chips rail = turn->view->rail;
    if (amount > rail)
        amount = at_most(offer, rail);
    while (amount > 0) {
        const chips cost = cost_of(turn, offer, spot, amount);
        if (cost <= rail)
            return amount;
        if (cost == INT64_MAX)
            return 0;
        amount = at_most(offer, amount - (cost - rail));
    }
    return 0;
}

/* Makes the action that adds about so much to a bet; raise: the least at least. */
static bool add(struct turn *turn, uint32_t spot, chips wish, enum code_rounding rounding,
                bool raise)
{
    const struct strategy_view *view = turn->view;
    const struct craps_spot_card *card = &view->card->spots[spot];
    const struct craps_bet bet = {.kind = card->kind, .number = card->number};
    struct craps_offer offer;
    if (wish <= 0)
        return false;
    if (craps_offer(view->craps, view->card, view->seat, bet, &offer) != CRAPS_ACCEPTED) {
        turn->player->skipped++;
        return false;
    }
    chips amount;
    if (wish >= offer.most) {
        amount = offer.most;
    } else if (wish >= offer.least) {
        amount = offer.least + rounded(wish - offer.least, offer.unit, rounding);
    } else {
        /* Nothing, or the least: a press of half a unit is a unit more, one of a third is none. */
        amount = raise ? offer.least : rounded(wish, offer.least, rounding);
        if (amount == 0)
            return false;
    }
    amount = payable(turn, &offer, spot, amount);
    if (amount == 0) {
        turn->player->skipped++;
        turn->player->unpaid++;
        return false;
    }
    turn->action =
        (struct strategy_action){.deed = STRATEGY_PLACE, .bet = offer.bet, .amount = amount};
    return true;
}

/* Makes the action that takes so much of a bet down, when the house lets it. */
static bool take_down(struct turn *turn, uint32_t spot, chips amount, bool quietly)
{
    const struct strategy_view *view = turn->view;
    const struct craps_spot_card *card = &view->card->spots[spot];
    const struct craps_bet bet = {.kind = card->kind, .number = card->number};
    struct craps tried;
    struct craps_money back = {0};
    struct craps_refusal why;
    copy_seat(&tried, view);
    if (craps_take_down(&tried, view->card, view->seat, bet, amount, &back, &why) !=
        CRAPS_ACCEPTED) {
        turn->player->skipped += quietly ? 0 : 1;
        return false;
    }
    turn->action =
        (struct strategy_action){.deed = STRATEGY_TAKE_DOWN, .bet = bet, .amount = amount};
    return true;
}

/* Takes a bet down to about so much, whole for 0. */
static bool lower(struct turn *turn, uint32_t spot, chips wish, enum code_rounding rounding)
{
    const struct craps_spot_card *card = &turn->view->card->spots[spot];
    const chips lies = turn->seat->stakes[spot];
    if (wish <= 0)
        return take_down(turn, spot, CRAPS_WHOLE, false);
    chips left = rounded(wish, card->unit, rounding);
    left = left > (chips)card->least ? left : (chips)card->least;
    return left < lies && take_down(turn, spot, lies - left, false);
}

/* ---- Actions on groups ---- */

/* Whether a flat bet without a number has a bet of its kind on the point: it is up already. */
static bool up_already(const struct turn *turn, uint32_t spot)
{
    const uint8_t puck = turn->view->craps->puck;
    if (turn->seat->stakes[spot] > 0)
        return true;
    if (puck == 0 || (spot != CRAPS_SPOT_PASS && spot != CRAPS_SPOT_DONT_PASS))
        return false;
    const struct craps_bet bet = {.kind = turn->view->card->spots[spot].kind, .number = puck};
    const uint32_t on_point = craps_spot(bet);
    return on_point != CRAPS_SPOT_NONE && turn->seat->stakes[on_point] > 0;
}

/* How much a step means for a bet; the flat bet is what odds lie behind. */
static chips wish_for(const struct turn *turn, const struct strategy_step *step, uint32_t spot,
                      uint32_t flat)
{
    const chips lies = turn->seat->stakes[spot];
    switch ((enum code_amount)step->value) {
    case CODE_AMOUNT_CHIPS:
        return turn->player->amount;
    case CODE_AMOUNT_TIMES:
        return reading_product(turn->player->amount, turn->seat->stakes[flat]);
    case CODE_AMOUNT_FULL:
        return lies;
    case CODE_AMOUNT_HALF:
        return step->mode == CODE_ROUNDING_DOWN ? lies / 2 : (lies + 1) / 2;
    case CODE_AMOUNT_WIN:
        return reading_won(turn->player, spot);
    case CODE_AMOUNT_MOST:
        return CRAPS_STAKE_MAX;
    }
    return 0;
}

/* Makes a set step's action for one spot; false when it has none there. */
static bool act_on(struct turn *turn, const struct strategy_step *step, uint32_t spot)
{
    const enum code_rounding rounding = (enum code_rounding)step->mode;
    const chips lies = turn->seat->stakes[spot];
    const chips wish = wish_for(turn, step, spot, spot);
    switch ((int)step->deed) {
    case CODE_BET:
        return !up_already(turn, spot) && add(turn, spot, wish, rounding, true);
    case CODE_ADD:
        return add(turn, spot, wish, rounding, lies == 0);
    case CODE_PRESS:
        return add(turn, spot, wish, rounding, false);
    case CODE_SET:
    case CODE_PRESS_TO:
        if (wish > lies)
            return add(turn, spot, wish - lies, rounding, lies == 0);
        return step->deed == CODE_SET && wish < lies && lower(turn, spot, wish, rounding);
    case CODE_REGRESS_TO:
        return wish < lies && lower(turn, spot, wish, rounding);
    case CODE_TAKE_DOWN:
        return take_down(turn, spot, CRAPS_WHOLE, false);
    case CODE_ODDS: {
        const uint32_t odds = turn->view->card->spots[spot].odds;
        if (odds == 0)
            return false;
        const chips behind = turn->seat->stakes[odds];
        const chips total = wish_for(turn, step, odds, spot);
        /* The limit is a wish that is granted as far as it goes: full odds are no refusal. */
        const uint64_t skipped = turn->player->skipped;
        const uint64_t unpaid = turn->player->unpaid;
        const bool made = total > behind && add(turn, odds, total - behind, rounding, behind == 0);
        if (!made && behind > 0 && turn->player->unpaid == unpaid)
            turn->player->skipped = skipped;
        return made;
    }
    default: {
        /* CODE_CALL. */
        const enum craps_working working = (enum craps_working)step->mode;
        const bool on = turn_has(&turn->seat->on, spot);
        const bool off = turn_has(&turn->seat->off, spot);
        if (!turn_has(&turn->view->card->callable, spot)) {
            turn->player->skipped++;
            return false;
        }
        if (on == (working == CRAPS_WORKING_ON) && off == (working == CRAPS_WORKING_OFF))
            return false;
        const struct craps_spot_card *card = &turn->view->card->spots[spot];
        turn->action = (struct strategy_action){.deed = STRATEGY_CALL,
                                                .bet = {.kind = card->kind, .number = card->number},
                                                .working = working};
        return true;
    }
    }
}

/* Spots of a word that a step is about, before the filter. */
static uint64_t candidates(const struct turn *turn, const struct strategy_step *step,
                           const struct strategy_set *set, unsigned word)
{
    const uint64_t spots = set->spots.words[word];
    const uint64_t lies = turn->seat->lies.words[word];
    switch ((int)step->deed) {
    case CODE_BET:
        return spots & ~lies;
    case CODE_ADD:
    case CODE_SET:
        return spots;
    default:
        return spots & lies;
    }
}

static bool filtered(const struct turn *turn, const struct strategy_set *set, uint32_t spot)
{
    const uint8_t number = turn->view->card->spots[spot].number;
    if (set->filter == CODE_FILTER_NONE || number == 0)
        return false;
    return (set->filter == CODE_FILTER_POINT) != (number == turn->view->craps->puck);
}

bool deed_act(struct turn *turn, const struct strategy_step *step)
{
    struct strategy_player *player = turn->player;
    const struct strategy_set *set = &turn->strategy->sets[step->index];
    if (player->pending == 0) {
        player->pending = 1;
        player->spot = 0;
        const bool popped = step->deed != CODE_TAKE_DOWN && step->deed != CODE_CALL &&
                            (step->value == CODE_AMOUNT_CHIPS || step->value == CODE_AMOUNT_TIMES);
        player->amount = popped ? turn_pop(turn) : 0;
    }
    unsigned word = player->spot / 64u;
    uint64_t mask = ~UINT64_C(0) << (player->spot % 64u);
    if (word < set->first) {
        word = set->first;
        mask = ~UINT64_C(0);
    }
    for (; word <= set->last; word++, mask = ~UINT64_C(0)) {
        uint64_t rest = candidates(turn, step, set, word) & mask;
        for (; rest != 0; rest &= rest - 1) {
            const uint32_t spot = word * 64 + (unsigned)__builtin_ctzll(rest);
            if (!filtered(turn, set, spot) && act_on(turn, step, spot)) {
                player->spot = (uint16_t)(spot + 1);
                return true;
            }
        }
    }
    player->pending = 0;
    return false;
}

/* ---- Actions on something ---- */

bool deed_bet_any(struct turn *turn, const struct strategy_step *step)
{
    const struct strategy_view *view = turn->view;
    const chips wish = step->value == CODE_AMOUNT_CHIPS ? turn_pop(turn) : CRAPS_STAKE_MAX;
    struct craps_offer offers[CRAPS_SPOT_COUNT];
    const size_t offers_count = craps_legal(view->craps, view->card, view->seat, offers);
    if (offers_count == 0)
        return false;
    const struct craps_offer *offer = &offers[turn_draw(turn->player) % offers_count];
    return add(turn, craps_spot(offer->bet), wish, CODE_ROUNDING_NEAREST, true);
}

/* Takes the first bet from a spot on down that is no contract. */
static bool take_next(struct turn *turn, uint32_t from, uint32_t *spot)
{
    for (uint32_t i = from; i < CRAPS_SPOT_COUNT; i++) {
        if (turn_has(&turn->seat->lies, i) && take_down(turn, i, CRAPS_WHOLE, true)) {
            *spot = i;
            return true;
        }
    }
    return false;
}

bool deed_take_any(struct turn *turn)
{
    uint32_t spot;
    const uint32_t from = (uint32_t)(turn_draw(turn->player) % CRAPS_SPOT_COUNT);
    return take_next(turn, from, &spot) || take_next(turn, 0, &spot);
}

struct strategy_action deed_leave(struct turn *turn)
{
    uint32_t spot;
    if (take_next(turn, turn->player->spot, &spot)) {
        turn->player->spot = (uint16_t)(spot + 1);
        return turn->action;
    }
    turn->player->spot = CRAPS_SPOT_COUNT;
    uint64_t lies = 0;
    for (unsigned i = 0; i < CRAPS_WORDS; i++)
        lies |= turn->seat->lies.words[i];
    return (struct strategy_action){.deed = lies == 0 ? STRATEGY_STOP : STRATEGY_READY};
}
