/* SPDX-License-Identifier: MIT */
#include "node/bot.h"

#include "strategy/library.h"

#include <stdlib.h>

struct bot *bot_create(struct bytes name, uint64_t until)
{
    const struct strategy_source *source = strategy_library_find(name);
    struct strategy_error error;
    struct bot *bot = source == NULL ? NULL : calloc(1, sizeof *bot);
    if (bot == NULL)
        return NULL;
    if (!strategy_parse(source->text, &bot->strategy, &error)) {
        free(bot);
        return NULL;
    }
    bot->until = until;
    return bot;
}

void bot_destroy(struct bot *bot)
{
    free(bot);
}

void bot_begin(struct bot *bot, const struct state *state, const struct craps_card *card,
               unsigned seat, uint64_t seed)
{
    bot->roll = state->roll;
    bot->felt = state->craps;
    bot->rail = ledger_rail(&state->ledger, seat);
    bot->done = false;
    if (bot->begun)
        return;
    bot->begun = true;
    strategy_begin(&bot->player, &bot->strategy, bot->rail + ledger_staked(&state->ledger, seat),
                   card->rules.limits[CRAPS_LIMIT_LINE].min, seed);
}

/* False: the action is none of orders. */
static bool order_of(const struct strategy_action *action, struct craps_order *order)
{
    *order = (struct craps_order){.bet = action->bet, .amount = action->amount};
    switch (action->deed) {
    case STRATEGY_PLACE:
        order->deed = CRAPS_DEED_ADD;
        return true;
    case STRATEGY_TAKE_DOWN:
        order->deed = CRAPS_DEED_TAKE;
        return true;
    case STRATEGY_CALL:
        order->deed = CRAPS_DEED_CALL;
        order->working = (uint8_t)action->working;
        return true;
    case STRATEGY_READY:
    case STRATEGY_STOP:
        break;
    }
    return false;
}

/* Carries an order out on the own felt; false when the house does not take it. */
static bool plan(struct bot *bot, const struct craps_card *card, unsigned seat,
                 const struct craps_order *order)
{
    struct craps_money money;
    struct craps_refusal why;
    if (craps_carry_out(&bot->felt, card, seat, order, &money, &why) != CRAPS_ACCEPTED)
        return false;
    const chips moved = money.stake + money.vig;
    bot->rail += order->deed == CRAPS_DEED_ADD ? -moved : moved;
    return true;
}

size_t bot_orders(struct bot *bot, const struct craps_card *card, unsigned seat,
                  struct craps_order orders[static CRAPS_ORDERS_MAX])
{
    size_t count = 0;
    const struct strategy_view view = {.craps = &bot->felt, .card = card, .seat = seat};
    while (!bot->done && count < CRAPS_ORDERS_MAX) {
        struct strategy_view now = view;
        now.rail = bot->rail;
        struct strategy_action action = strategy_next(&bot->strategy, &bot->player, &now);
        if (!order_of(&action, &orders[count])) {
            bot->done = true;
            bot->left = action.deed == STRATEGY_STOP;
            if (bot->left)
                break;
            action = strategy_duty(&now);
            if (!order_of(&action, &orders[count]))
                break;
        }
        if (plan(bot, card, seat, &orders[count]))
            count++;
    }
    return count;
}

void bot_note(struct bot *bot, unsigned seat, const struct table_event *event,
              const struct craps *after)
{
    if (event->kind == TABLE_EVENT_ROLL)
        bot->decisions_count = 0;
    if (event->kind == TABLE_EVENT_DECISION && event->seat == seat &&
        bot->decisions_count < CRAPS_SPOT_COUNT)
        bot->decisions[bot->decisions_count++] = event->decision;
    if (event->kind == TABLE_EVENT_ROLLED && bot->begun)
        strategy_rolled(&bot->strategy, &bot->player, after, bot->decisions, bot->decisions_count);
}
