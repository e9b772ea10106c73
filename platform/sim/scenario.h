/* SPDX-License-Identifier: MIT */
/*
 * Whole tables in the simulated world: nodes play craps by random legal bets while the world does
 * its worst, then the faults stop, and everything must come to rest. After every step the
 * invariants are checked:
 *   S1  no two seats finalize different blocks at one height, across restarts too
 *   S2  no seat signs two conflicting statements, actions or partials, across restarts too
 *   S3  state roots are equal at equal heights; chips are conserved
 *   S4  every certificate that a seat kept verifies on its own
 *   R1  every roll is what an oracle computes that knows the secrets of other seats than were used
 *   R2  no partial leaves a seat before some seat has finalized that CLOSE block
 *   L1  after the faults stop everything sent becomes final, every closed roll resolves, and the
 *       tables fall silent
 * At the end an export of every seat must pass the audit. The same seed gives the same world.
 * Single-threaded; memory from the heap; used by bitcraps-sim and by tests.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "base/types.h"

#define SCENARIO_SENTENCE_SIZE 256

struct scenario_config {
    unsigned nodes; /* 1 to SEATS_MAX. */
    unsigned rolls; /* Each node stops betting after so many. */
    unsigned loss_permille;
    unsigned duplicate_permille;
    msec delay_max;          /* Of a message, from 1 ms. */
    unsigned crash_permille; /* Chance of a crash of some node in each 100 ms of faults. */
    unsigned part_permille;  /* Chance of a new partition in each 100 ms of faults. */
    msec faults_msec;        /* How long faults last at most. */
};

struct scenario_result {
    bool held;
    char broken[SCENARIO_SENTENCE_SIZE]; /* What did not hold, first; empty when all did. */
    uint64_t rolls;
    uint64_t steps;
    uint64_t crashes;
    msec elapsed; /* Of virtual time. */
};

/* Four nodes, ten rolls, nothing wrong. */
struct scenario_config scenario_default(void);

/* Plays one seed. */
void scenario_run(const struct scenario_config *config, uint64_t seed,
                  struct scenario_result *result);

#endif
