/* SPDX-License-Identifier: MIT */
/* A player's turn before a roll: the program run to its next action. */
#include "strategy/turn.h"

static void change_list(struct turn *turn, const struct strategy_step *step)
{
    struct strategy_list *list = &turn->player->lists[step->index];
    switch ((int)step->deed) {
    case CODE_CLEAR:
        list->first = 0;
        list->count = 0;
        break;
    case CODE_APPEND: {
        const chips value = turn_pop(turn);
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
    case CODE_VARIABLE:
    case CODE_READING:
    case CODE_HITS:
    case CODE_SINCE:
    case CODE_ROLLED:
    case CODE_POINT_IN:
    case CODE_COUNT:
    case CODE_STAKE:
    case CODE_WON:
    case CODE_LOST:
    case CODE_PUSHED:
    case CODE_STREAK:
    case CODE_FIRST:
    case CODE_LAST:
    case CODE_SIZE:
        turn_push(turn, reading_of(turn, step));
        break;
    case CODE_RANDOM: {
        const chips below = turn_pop(turn);
        turn_push(turn, below < 2 ? 0 : (chips)(turn_draw(player) % (uint64_t)below));
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
        const chips b = turn_pop(turn);
        const chips a = turn_pop(turn);
        turn_push(turn, reading_calculate((enum code_deed)step->deed, a, b));
        break;
    }
    case CODE_NOT:
        turn_push(turn, turn_pop(turn) == 0);
        break;
    case CODE_NEGATE:
        turn_push(turn, -turn_pop(turn));
        break;
    case CODE_LET:
        player->variables[step->index] = turn_pop(turn);
        break;
    case CODE_CLEAR:
    case CODE_APPEND:
    case CODE_DROP_FIRST:
    case CODE_DROP_LAST:
        change_list(turn, step);
        break;
    case CODE_UNLESS:
        *at = turn_pop(turn) == 0 ? step->index : *at;
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
        if (!deed_act(turn, step))
            break;
        *at = player->at;
        return true;
    case CODE_BET_ANY:
        return deed_bet_any(turn, step);
    case CODE_TAKE_ANY:
        return deed_take_any(turn);
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
    /* Not the stack: what was not pushed is not read. */
    struct turn turn;
    turn.strategy = strategy;
    turn.player = player;
    turn.view = view;
    turn.seat = &view->craps->seats[view->seat];
    turn.used = 0;
    player->puck_seen = view->craps->puck;
    while (!player->stopped && player->at < strategy->code_count) {
        uint16_t at = (uint16_t)(player->at + 1);
        const bool made = run(&turn, &strategy->code[player->at], &at);
        player->at = at;
        if (made)
            return turn.action;
    }
    if (player->stopped)
        return deed_leave(&turn);
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
