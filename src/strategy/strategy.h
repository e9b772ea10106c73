/* SPDX-License-Identifier: MIT */
/*
 * Bots: from what lies on the felt to the next action. They keep nothing: the same felt, chips and
 * random word give the same action, so that a simulated table can be replayed.
 *
 * The caller asks again after each action until the answer is STRATEGY_READY. An action is one that
 * craps_place() or craps_take_down() accepts and the seat can pay; whether the bank can cover it is
 * for the caller to see (a refused bot is ready). Pure; any thread.
 */
#ifndef STRATEGY_STRATEGY_H
#define STRATEGY_STRATEGY_H

#include "craps/craps.h"

enum strategy_deed {
    STRATEGY_READY, /* Nothing more before the roll. */
    STRATEGY_PLACE,
    STRATEGY_TAKE_DOWN,
};

struct strategy_action {
    enum strategy_deed deed;
    struct craps_bet bet; /* Not of STRATEGY_READY. */
    chips amount;         /* Of STRATEGY_PLACE. */
};

/* What a strategy sees. */
struct strategy_view {
    const struct craps *craps;
    const struct craps_rules *rules;
    unsigned seat;
    chips rail;      /* Free chips of the seat. */
    uint64_t random; /* Fresh for each question. */
};

struct strategy {
    const char *name;
    const char *description; /* One line. */
    struct strategy_action (*next)(const struct strategy_view *view);
};

/* The strategy at an index, in the order they are listed; NULL after the last. */
const struct strategy *strategy_at(size_t index);

/* The strategy of a name; NULL when there is none. */
const struct strategy *strategy_find(struct bytes name);

#endif
