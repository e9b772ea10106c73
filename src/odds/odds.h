/* SPDX-License-Identifier: MIT */
/*
 * What every bet of a house is worth, exactly, computed with the engine that settles the bets.
 *
 * A wager is one bet made once, until its first decision; with backed, it has full odds behind it
 * from the moment it has a number. All fractions are exact, of the stake: 1 is the chips of the
 * bet itself. A bet that can be called off is called working, so that no rolls count in which it is
 * off. The house's limits do not matter: the stake is one that can be paid without rounding, and
 * big enough for a vig of whole dollars (a multiple of 120 dollars, which has 5 % of every buy and
 * of every lay's win in whole dollars), unless the caller names another.
 * Neither is it said here how a bankroll fares, nor what a player's habits cost. On the heap: out
 * of memory, the process ends. Any thread, each with its own struct odds.
 */
#ifndef ODDS_ODDS_H
#define ODDS_ODDS_H

#include <gmp.h>

#include "craps/bet.h"
#include "craps/rules.h"
#include "odds/markov.h"

struct odds_wager {
    uint32_t spot;
    bool backed; /* With odds behind it. */
};

/* Each bet once, and those that can have odds once more. */
#define ODDS_WAGERS_MAX ((size_t)CRAPS_SPOT_COUNT + 64)

/* One of the ways to end. */
struct odds_outcome {
    mpq_t probability;
    mpq_t gain;   /* Of all: profit less vig, less what was lost. */
    mpq_t profit; /* What was paid, before any vig. */
};

struct odds {
    struct odds_wager wager;
    chips stake;      /* Of the bet itself. */
    double deviation; /* Of the gain: the root of the variance. */
    mpq_t win;        /* Probability of a gain above 0, ... */
    mpq_t push;       /* ... of one of 0, and ... */
    mpq_t lose;       /* ... of a loss. */
    mpq_t risked;     /* Mean of stake, vig paid up front and odds. */
    mpq_t gain;       /* Mean. */
    mpq_t edge;       /* What of the money risked the bank keeps; below 0 it is the player's. */
    mpq_t resolved;   /* The edge of those wagers that do not push. */
    mpq_t rolls;      /* Mean until the decision. */
    mpq_t edge_per_roll;
    mpq_t variance; /* Of the gain. */
    unsigned outcomes_count;
    struct odds_outcome outcomes[MARKOV_OUTCOMES_MAX]; /* The lowest gain first. */
};

/* Takes what the numbers need. */
void odds_init(struct odds *odds);

void odds_clear(struct odds *odds);

/* All wagers that a house takes, in the order of the spots. Returns how many. The rules have no
 * fault. */
size_t odds_wagers(const struct craps_rules *rules,
                   struct odds_wager wagers[static ODDS_WAGERS_MAX]);

enum odds_verdict {
    ODDS_COMPUTED,
    ODDS_NOT_TAKEN, /* The house does not take this bet or, with backed, no odds behind it; */
                    /* or it is not made by putting chips there. */
    ODDS_IMPROPER,  /* This stake could not be paid exactly, or is none. */
    ODDS_ENDLESS,   /* It may never be decided. */
};

/*
 * Computes a wager's worth. stake 0: one without rounding. The rules have no fault; odds, made by
 * odds_init(), changes only if the verdict is ODDS_COMPUTED. Takes up to a second for some bets on
 * a hand, else less than a millisecond.
 */
enum odds_verdict odds_of(const struct craps_rules *rules, struct odds_wager wager, chips stake,
                          struct odds *odds);

/* Room for the sentence of odds_fault(), and its zero. */
#define ODDS_SENTENCE_SIZE 200

/*
 * Whether some bet that the house takes would lose the bank money in the long run, and then a
 * sentence that names it and the most that it may pay. The rules are otherwise without a fault.
 *
 * A bet on a hand whose pay table is that of a preset with the same points is not computed again:
 * nothing else in the rules changes what it pays or when, and no preset has such a bet, which
 * tests/odds/ proves. Breakage and vig are no way round: they only ever go to the bank.
 */
bool odds_fault(const struct craps_rules *rules, char sentence[static ODDS_SENTENCE_SIZE]);

#endif
