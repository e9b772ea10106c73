/* SPDX-License-Identifier: MIT */
/*
 * Markov chains whose steps have a whole number of 36ths, solved exactly.
 *
 * From each state every one of the 36 rolls leads to a state or to an outcome, which ends it. The
 * solution says how likely each outcome is and how many rolls it takes on average, as fractions.
 * It knows nothing of craps. On the heap; one thread for each chain.
 */
#ifndef ODDS_MARKOV_H
#define ODDS_MARKOV_H

#include <gmp.h>

#include "base/types.h"

#define MARKOV_WAYS         36
#define MARKOV_OUTCOMES_MAX 32

/* Set in struct markov_step's to: the rest of it is an outcome. */
#define MARKOV_END 0x80000000u

struct markov_step {
    uint32_t to;   /* A state, or MARKOV_END | an outcome. */
    uint32_t ways; /* Of 36. */
};

struct markov {
    struct markov_step *steps; /* Of all states, one state after the other. */
    size_t steps_count;
    size_t steps_room;
    uint32_t *first; /* Of each state: its first step. It ends where the next begins. */
    uint64_t *added; /* Of each state: what its rolls add, summed over the 36. */
    size_t first_room;
    size_t added_room;
    uint32_t states_count;
};

struct markov_solution {
    mpq_t outcomes[MARKOV_OUTCOMES_MAX]; /* Their probabilities. */
    mpq_t rolls;                         /* Mean number of rolls to the outcome. */
    mpq_t added;                         /* Mean of what was added on the way. */
};

/* A chain without states. */
void markov_init(struct markov *chain);

void markov_clear(struct markov *chain);

/* Appends the next state's steps, which are copied: their ways sum up to 36. */
void markov_append(struct markov *chain, const struct markov_step *steps, size_t count,
                   uint64_t added);

void markov_solution_init(struct markov_solution *solution);

void markov_solution_clear(struct markov_solution *solution);

/* Solves the chain from its first state. False when it may go on for ever. */
bool markov_solve(const struct markov *chain, struct markov_solution *solution);

#endif
