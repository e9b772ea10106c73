/* SPDX-License-Identifier: MIT */
/*
 * A bot on the own seat: runs a strategy of the library and plans each roll's orders on a copy of
 * the felt. Owned by the worker of its table; makes no calls and keeps no time.
 */
#ifndef NODE_BOT_H
#define NODE_BOT_H

#include "craps/order.h"
#include "strategy/strategy.h"
#include "table/state.h"

struct bot {
    struct strategy strategy;
    struct strategy_player player;
    bool begun;
    uint64_t until;    /* Plays until so many rolls are done; 0: for ever. */
    uint64_t roll;     /* The last roll that it planned for. */
    struct craps felt; /* After the orders planned for it. */
    chips rail;
    bool done; /* Nothing more to plan for this roll. */
    bool left; /* The strategy has stopped, and nothing of it lies: the seat is to leave. */
    struct craps_decision
        decisions[CRAPS_SPOT_COUNT]; /* Of the own seat, of the roll being told. */
    size_t decisions_count;
};

/* A bot of a strategy by its name. NULL: there is none of that name, or memory is exhausted. */
struct bot *bot_create(struct bytes strategy, uint64_t until);
void bot_destroy(struct bot *bot);

/* Begins to plan a roll; seed is used when it is the bot's first. */
void bot_begin(struct bot *bot, const struct state *state, const struct craps_card *card,
               unsigned seat, uint64_t seed);

/* The next orders of this roll, as many as an action holds; 0 when there are no more. */
size_t bot_orders(struct bot *bot, const struct craps_card *card, unsigned seat,
                  struct craps_order orders[static CRAPS_ORDERS_MAX]);

/* What happened at the table, event by event; after is the felt when they were told. */
void bot_note(struct bot *bot, unsigned seat, const struct table_event *event,
              const struct craps *after);

#endif
