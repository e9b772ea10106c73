/* SPDX-License-Identifier: MIT */
/*
 * Plays a session of the corpus through the engine and compares all that crapssim says of it: which
 * actions were accepted, the bankroll before and after each roll, the puck, whose turn it is to
 * shoot, every bet that lies, and every decision.
 */
#ifndef TESTS_CRAPS_REPLAY_H
#define TESTS_CRAPS_REPLAY_H

#include <stdio.h>

#include "tests/craps/corpus.h"

struct replay {
    FILE *out;      /* Where mismatches are printed; NULL: nowhere. */
    unsigned lines; /* How many may still be printed. */
    uint64_t sessions;
    uint64_t rolls;
    uint64_t mismatches;
    /* Of the session that is played. */
    const struct corpus_session *session;
    size_t step;
    chips bank;
    unsigned shooter; /* From 1. */
    struct craps_card card;
    struct craps craps;
    struct craps before; /* The felt before the roll. */
    size_t count;        /* Decisions of the roll. */
    struct craps_decision decisions[CRAPS_DECISIONS_MAX];
};

/* Plays one session and adds to the counts. */
void replay_session(struct replay *replay, const struct corpus_session *session);

#endif
