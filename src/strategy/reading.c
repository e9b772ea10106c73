/* SPDX-License-Identifier: MIT */
/* What a program reads of the felt, of its player and of the last roll; and its arithmetic. */
#include "strategy/turn.h"

/* ---- Arithmetic ---- */

static chips within(chips value)
{
    if (value > STRATEGY_VALUE_MAX)
        return STRATEGY_VALUE_MAX;
    return value < -STRATEGY_VALUE_MAX ? -STRATEGY_VALUE_MAX : value;
}

chips reading_product(chips a, chips b)
{
    chips value;
    if (__builtin_mul_overflow(a, b, &value))
        return (a < 0) == (b < 0) ? STRATEGY_VALUE_MAX : -STRATEGY_VALUE_MAX;
    return within(value);
}

chips reading_calculate(enum code_deed deed, chips a, chips b)
{
    switch ((int)deed) {
    case CODE_PLUS:
        return within(a + b);
    case CODE_MINUS:
        return within(a - b);
    case CODE_TIMES:
        return reading_product(a, b);
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

/* ---- Readings ---- */

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
        if (!turn_has(&set->spots, one->spot))
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

chips reading_won(const struct strategy_player *player, uint32_t spot)
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

chips reading_of(const struct turn *turn, const struct strategy_step *step)
{
    const struct strategy_player *player = turn->player;
    const struct strategy_set *set = &turn->strategy->sets[step->index];
    switch ((int)step->deed) {
    case CODE_NUMBER:
        return step->value;
    case CODE_VARIABLE:
        return player->variables[step->index];
    case CODE_READING:
        return within(read_value(turn, (enum code_reading)step->mode));
    case CODE_HITS:
        return player->hits[step->value];
    case CODE_SINCE:
        return (chips)(player->rolls - player->thrown[step->value]);
    case CODE_ROLLED:
        return step->value >> player->total & 1;
    case CODE_POINT_IN:
        return step->value >> turn->view->craps->puck & 1;
    case CODE_COUNT:
        return count(turn, set);
    case CODE_STAKE:
        return stake(turn, set);
    case CODE_WON:
    case CODE_LOST:
    case CODE_PUSHED:
        return player->results_count == 0 ? 0 : result(turn, set, (enum code_deed)step->deed);
    case CODE_STREAK:
        return player->streaks[step->value];
    case CODE_FIRST:
        return item(&player->lists[step->index], 0);
    case CODE_LAST:
        return item(&player->lists[step->index], player->lists[step->index].count - 1);
    default:
        return player->lists[step->index].count;
    }
}
