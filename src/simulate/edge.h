/* SPDX-License-Identifier: MIT */
/*
 * What was won and lost on each bet, against what src/odds/ says that it is worth: the program's
 * check of itself.
 *
 * The compared number is the sum of all nets of a bet less its exact mean, in standard deviations
 * of that sum, both from the exact chances of the bet. The decisions of a bet need not be
 * independent of how much was staked and when the player stopped: each is fair to its mean given
 * all that was before it. A stake that the rules round, by its vig or by paying whole chips only,
 * is compared by itself. One thread.
 */
#ifndef SIMULATE_EDGE_H
#define SIMULATE_EDGE_H

#include "odds/odds.h"
#include "simulate/totals.h"

/* What one stake on a bet is worth, per chip of it. */
struct edge_worth {
    bool known;
    double gain;     /* Mean of what the player has of it; negative for a house edge. */
    double variance; /* Of that. */
    double skewness;
    double risked; /* Stake and vig paid up front. */
    char text[48]; /* The edge as a fraction; "" if it does not fit. */
};

/* The worths of a house's bets, each worked out when it is first asked for. */
struct edges {
    const struct session_plan *plan;
    struct odds odds;
    bool asked[CRAPS_SPOT_COUNT];
    struct edge_worth worths[CRAPS_SPOT_COUNT];
};

/* For sessions of a plan, which stays. */
void edges_init(struct edges *edges, const struct session_plan *plan);

void edges_clear(struct edges *edges);

/* Fills in all of a bet's result but its name from its sums. */
void edge_compare(struct edges *edges, uint32_t spot, const struct session_total *total,
                  struct result_bet *out);

#endif
