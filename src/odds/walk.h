/* SPDX-License-Identifier: MIT */
/*
 * A bet's way through the states of the table: which it reaches, found by making the bet with
 * craps_place() and rolling all dice with craps_roll(). Nothing is known here of what wins.
 *
 * The bet is the only one, of seat 0. It ends with its first decision, even if it would lie on. A
 * bet that can be called off is called working, so that no roll counts in which it is off.
 * On the heap; one thread for each walk.
 */
#ifndef ODDS_WALK_H
#define ODDS_WALK_H

#include "craps/craps.h"
#include "odds/markov.h"

/* A way to end, of all money counted. */
struct walk_outcome {
    chips gain;   /* What the player has more or less than before the bet. */
    chips profit; /* What won bets paid, before the vig. */
};

struct walk {
    struct markov chain; /* Its added: the chips put on odds on the way. */
    struct walk_outcome outcomes[MARKOV_OUTCOMES_MAX];
    unsigned outcomes_count;
    struct craps_money cost; /* Of the bet, with odds that are made at once. */
};

/*
 * Walks from the bet on a spot. Odds are made only behind the flat bet that they need, and only
 * their money counts then. With backed, odds are put behind the bet as soon as it has a number, as
 * far as the house allows. False when the house does not take this stake on this bet from the
 * table, or, with backed, no odds; walk is then nothing to clear.
 */
bool walk_make(struct walk *walk, const struct craps_card *card, uint32_t spot, bool backed,
               chips stake);

/* Whether the house takes this bet from the table in some state. */
bool walk_starts(const struct craps_card *card, uint32_t spot);

void walk_clear(struct walk *walk);

#endif
