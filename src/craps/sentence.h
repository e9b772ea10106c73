/* SPDX-License-Identifier: MIT */
/*
 * What is said at the table: why a bet was refused, and the stickman's call of a roll.
 * Pure; any thread.
 */
#ifndef CRAPS_SENTENCE_H
#define CRAPS_SENTENCE_H

#include "craps/craps.h"

/* Writes one sentence that says what was refused, why, and what to do instead. */
void craps_refusal_sentence(const struct craps_refusal *why,
                            char sentence[static CRAPS_SENTENCE_SIZE]);

/* The same of a bet that was to be taken down: amounts are then those that could come down. */
void craps_taking_sentence(const struct craps_refusal *why,
                           char sentence[static CRAPS_SENTENCE_SIZE]);

/* Writes the call of a roll, thrown with this puck (0: off): total, easy or hard, who wins. */
void craps_call(unsigned puck, unsigned d1, unsigned d2, char call[static CRAPS_SENTENCE_SIZE]);

#endif
