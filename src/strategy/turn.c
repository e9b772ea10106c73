/* SPDX-License-Identifier: MIT */
/*
 * A player's turn before a roll: the program run to its next action, and amounts made proper.
 *
 * An action on a group goes spot by spot: the player keeps the step, the spot and the amount, and
 * the next turn goes on after it. What a spot's bet would cost or give back, when the card alone
 * does not say, is tried on a copy of the one seat.
 */
#include <string.h>

#include "base/check.h"
#include "strategy/code.h"
#include "strategy/strategy.h"

/* A turn while it runs. */
struct turn {
    const struct strategy *strategy;
    struct strategy_player *player;
    const struct strategy_view *view;
    const struct craps_seat *seat;
    struct strategy_action action;
    unsigned used; /* Values on the stack. */
    chips stack[STRATEGY_STACK_MAX];
};

static chips within(chips value)
{
    if (value > STRATEGY_VALUE_MAX)
        return STRATEGY_VALUE_MAX;
    return value < -STRATEGY_VALUE_MAX ? -STRATEGY_VALUE_MAX : value;
}

static void push(struct turn *turn, chips value)
{
    CHECK(turn->used < STRATEGY_STACK_MAX);
    turn->stack[turn->used++] = value;
}

static chips pop(struct turn *turn)
{
    CHECK(turn->used > 0);
    return turn->stack[--turn->used];
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(struct strategy_player *player)
{
    uint64_t x = player->random += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* ---- Readings ---- */

static bool has(const struct craps_spots *spots, uint32_t spot)
{
    return (spots->words[spot / 64] >> (spot % 64) & 1) != 0;
}

static chips count(const struct turn *turn, const struct strategy_set *set)
{
    chips sum = 0;
    for (unsigned i = set->first; i <= set->last; i++)
        sum += __builtin_popcountll(set->spots.words[i] & turn->seat->lies.words[i]);
    return sum;
}

static chips stake(const struct turn *turn, const struct strategy_set *set)
{
    chips sum = 0;
    for (unsigned i = set->first; i <= set->last; i++) {
        uint64_t rest = set->spots.words[i] & turn->seat->lies.words[i];
        for (; rest != 0; rest &= rest - 1)
            sum += turn->seat->stakes[i * 64 + (unsigned)__builtin_ctzll(rest)];
    }
    return sum;
}

/* The chips of the results of this outcome on the set; of pushes, how many there were. */
static chips result(const struct turn *turn, const struct strategy_set *set, enum code_deed deed)
{
    chips sum = 0;
    for (uint32_t i = 0; i < turn->player->results_count; i++) {
        const struct strategy_result *one = &turn->player->results[i];
        if (!has(&set->spots, one->spot))
            continue;
        if (deed == CODE_WON)
            sum += one->outcome == CRAPS_WIN ? one->amount : 0;
        else if (deed == CODE_LOST)
            sum += one->outcome == CRAPS_LOSE ? one->amount : 0;
        else
            sum += one->outcome == CRAPS_PUSH || one->outcome == CRAPS_RETURNED;
    }
    return sum;
}

/* What the last roll paid on one spot. */
static chips won_on(const struct strategy_player *player, uint32_t spot)
{
    for (uint32_t i = 0; i < player->results_count; i++) {
        if (player->results[i].spot == spot && player->results[i].outcome == CRAPS_WIN)
            return player->results[i].amount;
    }
    return 0;
}

static chips lying(const struct turn *turn)
{
    const struct craps_money money =
        craps_lying(turn->view->craps, turn->view->card, turn->view->seat);
    return money.stake + money.vig;
}

static chips read_value(const struct turn *turn, enum code_reading reading)
{
    const struct strategy_player *player = turn->player;
    const struct craps *craps = turn->view->craps;
    const bool point_rolled = player->puck != 0 && player->rolls > 0;
    switch (reading) {
    case CODE_READING_UNIT:
        return player->unit;
    case CODE_READING_COMEOUT:
        return craps->puck == 0;
    case CODE_READING_POINT:
        return craps->puck;
    case CODE_READING_SHOOTER:
        return craps->shooter == turn->view->seat;
    case CODE_READING_NEW_SHOOTER:
        return craps->hand_rolls == 0;
    case CODE_READING_START:
        return player->rolls == 0;
    case CODE_READING_SEVEN_OUT:
        return point_rolled && player->total == 7;
    case CODE_READING_POINT_MADE:
        return point_rolled && player->total == player->puck;
    case CODE_READING_SHOOTERS:
        return (chips)player->shooters + 1;
    case CODE_READING_ROLLS:
        return (chips)player->rolls;
    case CODE_READING_HAND:
        return (chips)craps->hand_rolls;
    case CODE_READING_POINTS:
        return player->made;
    case CODE_READING_SINCE_POINT:
        return (chips)(player->rolls - player->pointed);
    case CODE_READING_TOTAL:
        return player->total;
    case CODE_READING_RAIL:
        return turn->view->rail;
    case CODE_READING_RISK:
        return lying(turn);
    case CODE_READING_BANKROLL:
        return turn->view->rail + lying(turn);
    case CODE_READING_BUYIN:
        return player->bankroll;
    case CODE_READING_PROFIT:
        return turn->view->rail + lying(turn) - player->bankroll;
    }
    return 0;
}

static chips item(const struct strategy_list *list, uint32_t index)
{
    return index < list->count ? list->items[(list->first + index) % STRATEGY_ITEMS_MAX] : 0;
}

/* ---- Arithmetic ---- */

static chips product(chips a, chips b)
{
    chips value;
    if (__builtin_mul_overflow(a, b, &value))
        return (a < 0) == (b < 0) ? STRATEGY_VALUE_MAX : -STRATEGY_VALUE_MAX;
    return within(value);
}

static chips calculate(enum code_deed deed, chips a, chips b)
{
    switch ((int)deed) {
    case CODE_PLUS:
        return within(a + b);
    case CODE_MINUS:
        return within(a - b);
    case CODE_TIMES:
        return product(a, b);
    case CODE_OVER:
        return b == 0 ? 0 : a / b;
    case CODE_REMAINDER:
        return b == 0 ? 0 : a % b;
    case CODE_LEAST:
        return a < b ? a : b;
    case CODE_MOST:
        return a > b ? a : b;
    case CODE_EQUAL:
        return a == b;
    case CODE_UNEQUAL:
        return a != b;
    case CODE_LESS:
        return a < b;
    case CODE_AT_MOST:
        return a <= b;
    case CODE_MORE:
        return a > b;
    case CODE_AT_LEAST:
        return a >= b;
    case CODE_BOTH:
        return a != 0 && b != 0;
    default:
        return a != 0 || b != 0;
    }
}

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
static chips wish_for(const struct turn *turn, enum code_amount amount, uint32_t spot,
                      uint32_t flat)
{
    const chips lies = turn->seat->stakes[spot];
    switch (amount) {
    case CODE_AMOUNT_CHIPS:
        return turn->player->amount;
    case CODE_AMOUNT_TIMES:
        return product(turn->player->amount, turn->seat->stakes[flat]);
    case CODE_AMOUNT_FULL:
        return lies;
    case CODE_AMOUNT_HALF:
        return (lies + 1) / 2;
    case CODE_AMOUNT_WIN:
        return won_on(turn->player, spot);
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
    const chips wish = wish_for(turn, (enum code_amount)step->value, spot, spot);
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
        const chips total = wish_for(turn, (enum code_amount)step->value, odds, spot);
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
        const bool on = has(&turn->seat->on, spot);
        const bool off = has(&turn->seat->off, spot);
        if (!has(&turn->view->card->callable, spot)) {
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

/* Goes on with a step's set after the spots that are done; false when none is left. */
static bool act(struct turn *turn, const struct strategy_step *step)
{
    struct strategy_player *player = turn->player;
    const struct strategy_set *set = &turn->strategy->sets[step->index];
    if (player->pending == 0) {
        player->pending = 1;
        player->spot = 0;
        const bool popped = step->deed != CODE_TAKE_DOWN && step->deed != CODE_CALL &&
                            (step->value == CODE_AMOUNT_CHIPS || step->value == CODE_AMOUNT_TIMES);
        player->amount = popped ? pop(turn) : 0;
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

static bool bet_any(struct turn *turn, const struct strategy_step *step)
{
    const struct strategy_view *view = turn->view;
    const chips wish = step->value == CODE_AMOUNT_CHIPS ? pop(turn) : CRAPS_STAKE_MAX;
    struct craps_offer offers[CRAPS_SPOT_COUNT];
    const size_t offers_count = craps_legal(view->craps, view->card, view->seat, offers);
    if (offers_count == 0)
        return false;
    const struct craps_offer *offer = &offers[draw(turn->player) % offers_count];
    return add(turn, craps_spot(offer->bet), wish, CODE_ROUNDING_NEAREST, true);
}

/* Takes the first bet from a spot on down that is no contract. */
static bool take_next(struct turn *turn, uint32_t from, uint32_t *spot)
{
    for (uint32_t i = from; i < CRAPS_SPOT_COUNT; i++) {
        if (has(&turn->seat->lies, i) && take_down(turn, i, CRAPS_WHOLE, true)) {
            *spot = i;
            return true;
        }
    }
    return false;
}

static bool take_any(struct turn *turn)
{
    uint32_t spot;
    const uint32_t from = (uint32_t)(draw(turn->player) % CRAPS_SPOT_COUNT);
    return take_next(turn, from, &spot) || take_next(turn, 0, &spot);
}

/* A player that stops takes down what it can, and plays what it must to its end. */
static struct strategy_action leave(struct turn *turn)
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
    turn->action.deed = lies == 0 ? STRATEGY_STOP : STRATEGY_READY;
    return turn->action;
}

/* ---- The machine ---- */

static void change_list(struct turn *turn, const struct strategy_step *step)
{
    struct strategy_list *list = &turn->player->lists[step->index];
    switch ((int)step->deed) {
    case CODE_CLEAR:
        list->first = 0;
        list->count = 0;
        break;
    case CODE_APPEND: {
        const chips value = pop(turn);
        if (list->count < STRATEGY_ITEMS_MAX)
            list->items[(list->first + list->count++) % STRATEGY_ITEMS_MAX] = value;
        break;
    }
    case CODE_DROP_FIRST:
        list->first = list->count > 0 ? (list->first + 1) % STRATEGY_ITEMS_MAX : 0;
        list->count -= list->count > 0 ? 1 : 0;
        break;
    default:
        list->count -= list->count > 0 ? 1 : 0;
        break;
    }
}

/* Runs one step; true when it made an action. *at is where the program goes on. */
static bool run(struct turn *turn, const struct strategy_step *step, uint16_t *at)
{
    struct strategy_player *player = turn->player;
    const struct strategy *strategy = turn->strategy;
    switch ((enum code_deed)step->deed) {
    case CODE_NUMBER:
        push(turn, step->value);
        break;
    case CODE_VARIABLE:
        push(turn, player->variables[step->index]);
        break;
    case CODE_READING:
        push(turn, within(read_value(turn, (enum code_reading)step->mode)));
        break;
    case CODE_HITS:
        push(turn, player->hits[step->value]);
        break;
    case CODE_SINCE:
        push(turn, (chips)(player->rolls - player->thrown[step->value]));
        break;
    case CODE_ROLLED:
        push(turn, step->value >> player->total & 1);
        break;
    case CODE_POINT_IN:
        push(turn, step->value >> turn->view->craps->puck & 1);
        break;
    case CODE_COUNT:
        push(turn, count(turn, &strategy->sets[step->index]));
        break;
    case CODE_STAKE:
        push(turn, stake(turn, &strategy->sets[step->index]));
        break;
    case CODE_WON:
    case CODE_LOST:
    case CODE_PUSHED:
        push(turn, player->results_count == 0
                       ? 0
                       : result(turn, &strategy->sets[step->index], (enum code_deed)step->deed));
        break;
    case CODE_STREAK:
        push(turn, player->streaks[step->value]);
        break;
    case CODE_FIRST:
        push(turn, item(&player->lists[step->index], 0));
        break;
    case CODE_LAST:
        push(turn, item(&player->lists[step->index], player->lists[step->index].count - 1));
        break;
    case CODE_SIZE:
        push(turn, player->lists[step->index].count);
        break;
    case CODE_RANDOM: {
        const chips below = pop(turn);
        push(turn, below < 2 ? 0 : (chips)(draw(player) % (uint64_t)below));
        break;
    }
    case CODE_PLUS:
    case CODE_MINUS:
    case CODE_TIMES:
    case CODE_OVER:
    case CODE_REMAINDER:
    case CODE_LEAST:
    case CODE_MOST:
    case CODE_EQUAL:
    case CODE_UNEQUAL:
    case CODE_LESS:
    case CODE_AT_MOST:
    case CODE_MORE:
    case CODE_AT_LEAST:
    case CODE_BOTH:
    case CODE_EITHER: {
        const chips b = pop(turn);
        const chips a = pop(turn);
        push(turn, calculate((enum code_deed)step->deed, a, b));
        break;
    }
    case CODE_NOT:
        push(turn, pop(turn) == 0);
        break;
    case CODE_NEGATE:
        push(turn, -pop(turn));
        break;
    case CODE_LET:
        player->variables[step->index] = pop(turn);
        break;
    case CODE_CLEAR:
    case CODE_APPEND:
    case CODE_DROP_FIRST:
    case CODE_DROP_LAST:
        change_list(turn, step);
        break;
    case CODE_UNLESS:
        *at = pop(turn) == 0 ? step->index : *at;
        break;
    case CODE_JUMP:
        *at = step->index;
        break;
    case CODE_BET:
    case CODE_ADD:
    case CODE_SET:
    case CODE_PRESS:
    case CODE_PRESS_TO:
    case CODE_REGRESS_TO:
    case CODE_ODDS:
    case CODE_TAKE_DOWN:
    case CODE_CALL:
        if (!act(turn, step))
            break;
        *at = player->at;
        return true;
    case CODE_BET_ANY:
        return bet_any(turn, step);
    case CODE_TAKE_ANY:
        return take_any(turn);
    case CODE_STOP:
        player->stopped = true;
        player->spot = 0;
        *at = strategy->code_count;
        break;
    }
    return false;
}

struct strategy_action strategy_next(const struct strategy *strategy,
                                     struct strategy_player *player,
                                     const struct strategy_view *view)
{
    struct turn turn = {.strategy = strategy,
                        .player = player,
                        .view = view,
                        .seat = &view->craps->seats[view->seat]};
    player->puck_seen = view->craps->puck;
    while (!player->stopped && player->at < strategy->code_count) {
        uint16_t at = (uint16_t)(player->at + 1);
        const bool made = run(&turn, &strategy->code[player->at], &at);
        player->at = at;
        if (made)
            return turn.action;
    }
    if (player->stopped)
        return leave(&turn);
    return (struct strategy_action){.deed = STRATEGY_READY};
}

struct strategy_action strategy_duty(const struct strategy_view *view)
{
    static const uint8_t lines[] = {CRAPS_PASS, CRAPS_DONT_PASS};
    const struct strategy_action ready = {.deed = STRATEGY_READY};
    if (view->craps->shooter != view->seat || craps_shooter_ready(view->craps))
        return ready;
    for (size_t i = 0; i < sizeof lines; i++) {
        const struct craps_bet bet = {.kind = lines[i]};
        struct craps_offer offer;
        if (craps_offer(view->craps, view->card, view->seat, bet, &offer) == CRAPS_ACCEPTED &&
            offer.least <= view->rail)
            return (struct strategy_action){
                .deed = STRATEGY_PLACE, .bet = offer.bet, .amount = offer.least};
    }
    return ready;
}
