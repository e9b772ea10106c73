/* SPDX-License-Identifier: MIT */
/*
 * A whole table in the simulated world, from a seed: some people lie, nodes play craps by random
 * legal bets, people come, leave, vanish and return while the world does its worst; then the faults
 * stop, and everything must come to rest. After every step the referee checks S1-S4, R1-R3, A1 and
 * E1 (platform/sim/referee.h); at the end the export has to convince the audit (R4), and
 *   L1  everything honest seats sent has become final, whoever wants a seat has it, and the table
 *       falls silent
 *   L2  every closed roll is resolved, every key generation over; the first one, where a liar
 *       spoils it, by its conviction
 * Up to f liars everything is promised; from there to n-2f-1 safety alone; damaged disks count as
 * liars do. That budget is one of each epoch: where a roster is so small that too many of it would
 * lie, those behind tell the truth for as long. The same seed gives the same world.
 * Single-threaded; memory from the heap; used by bitcraps-sim and by tests.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "base/types.h"

#include <stdio.h>

#define SCENARIO_SENTENCE_SIZE 256
#define SCENARIO_CELLS         36
#define SCENARIO_ANY           UINT32_MAX /* Drawn from the seed. */

struct scenario_config {
    unsigned nodes;     /* Seats, 1 to SEATS_MAX, or SCENARIO_ANY. */
    unsigned byzantine; /* Of them lie: the last ones; or SCENARIO_ANY: none to f. */
    uint32_t habits;    /* Of all liars, a set of enum liar_habit; 0: drawn for each. */
    unsigned rolls;     /* Each node stops betting after so many. */
    bool still;         /* Nobody comes or goes, is put out, or told of. */
    bool storm;         /* Every fault that is 0 below is drawn from the seed. */
    unsigned loss_permille;
    unsigned burst_permille; /* Chance that a link falls silent for some 20 messages. */
    unsigned duplicate_permille;
    unsigned corrupt_permille; /* Of the messages have a byte changed. */
    unsigned late_permille;    /* Of the messages take up to 50 times the assumed delay. */
    msec delay_max;            /* Of a message, from 1 ms. */
    msec sync_max;             /* How long a disk takes at most. */
    unsigned crash_permille;   /* Chance in each 100 ms of faults: some node crashes, */
    unsigned part_permille;    /* the network parts, */
    unsigned cut_permille;     /* links work one way only, */
    unsigned flap_permille;    /* a link goes up and down for a while, */
    unsigned clock_permille;   /* a clock jumps, */
    unsigned disk_permille;    /* a disk is full until its node is started again, */
    unsigned power_permille;   /* everyone crashes at once. */
    unsigned damage_permille;  /* Chance that a crash damages the disk, as long as f allows it. */
    msec faults_msec;          /* How long faults last at most. */
    bool swapped;              /* Crypto for volume instead of libsodium's. */
    FILE *story;               /* Told what happens, in words; NULL: nobody is. */
};

struct scenario_result {
    bool held;
    char broken[SCENARIO_SENTENCE_SIZE]; /* What did not hold, first; empty when all did. */
    uint64_t rolls;
    uint64_t steps;
    uint64_t messages;
    uint64_t crashes;
    uint64_t lies;
    uint64_t epochs;   /* After the first. */
    unsigned sat;      /* Sits, */
    unsigned left;     /* leaves, */
    unsigned put_out;  /* kicks or MISSING that took effect, */
    unsigned expelled; /* and convictions. */
    unsigned damaged;  /* Seats whose disk lied... */
    unsigned amnesiac; /* ...and that have noticed. */
    msec elapsed;      /* Of virtual time. */
    unsigned nodes;
    unsigned byzantine;
    uint64_t throws[SCENARIO_CELLS]; /* (first die - 1) * 6 + second die - 1. */
    uint64_t wished;                 /* Rolls with a sore loser at the table, */
    uint64_t granted;                /* and those that fell as it wished. */
};

/* Four honest nodes, ten rolls, nothing wrong. */
struct scenario_config scenario_default(void);

/* How many of so many seats may lie with everything promised, and with safety alone. */
unsigned scenario_faults(unsigned nodes);
unsigned scenario_faults_safe(unsigned nodes);

/* Plays one seed. */
void scenario_run(const struct scenario_config *config, uint64_t seed,
                  struct scenario_result *result);

#endif
