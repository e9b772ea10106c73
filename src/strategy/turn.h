/* SPDX-License-Identifier: MIT */
/*
 * A turn while it runs, and the parts that run it: reading (values), deed (actions on bets).
 *
 * Internal to this folder.
 */
#ifndef STRATEGY_TURN_H
#define STRATEGY_TURN_H

#include "base/check.h"
#include "strategy/code.h"
#include "strategy/strategy.h"

struct turn {
    const struct strategy *strategy;
    struct strategy_player *player;
    const struct strategy_view *view;
    const struct craps_seat *seat;
    struct strategy_action action;
    unsigned used; /* Values on the stack. */
    chips stack[STRATEGY_STACK_MAX];
};

static inline void turn_push(struct turn *turn, chips value)
{
    CHECK(turn->used < STRATEGY_STACK_MAX);
    turn->stack[turn->used++] = value;
}

static inline chips turn_pop(struct turn *turn)
{
    CHECK(turn->used > 0);
    return turn->stack[--turn->used];
}

static inline bool turn_has(const struct craps_spots *spots, uint32_t spot)
{
    return (spots->words[spot / 64] >> (spot % 64) & 1) != 0;
}

/* A number by chance (SplitMix64: Steele, Lea, Flood 2014). */
static inline uint64_t turn_draw(struct strategy_player *player)
{
    uint64_t x = player->random += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* ---- reading.c ---- */

/* What a step reads without popping anything: CODE_NUMBER to CODE_SIZE. */
chips reading_of(const struct turn *turn, const struct strategy_step *step);

/* What the last roll paid on one spot. */
chips reading_won(const struct strategy_player *player, uint32_t spot);

/* CODE_PLUS to CODE_EITHER of two values. */
chips reading_calculate(enum code_deed deed, chips a, chips b);

/* A product that stays within STRATEGY_VALUE_MAX. */
chips reading_product(chips a, chips b);

/* ---- deed.c ---- */

/* Goes on with a step's set after the spots that are done; true when it made turn->action. */
bool deed_act(struct turn *turn, const struct strategy_step *step);

/* A bet on something that the house takes now, or something down; true when there is an action. */
bool deed_bet_any(struct turn *turn, const struct strategy_step *step);
bool deed_take_any(struct turn *turn);

/* What a player that stops does: takes down what it can, and plays what it must to its end. */
struct strategy_action deed_leave(struct turn *turn);

#endif
