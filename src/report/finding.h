/* SPDX-License-Identifier: MIT */
/*
 * What a report says in sentences, once for all forms of it: what was played, whether the program
 * agrees with itself, ruin, dice.
 *
 * Each function writes ASCII and returns the buffer it was given; the names in it are as they came
 * and are still to be made safe by who shows them. Any thread.
 */
#ifndef REPORT_FINDING_H
#define REPORT_FINDING_H

#include <stdbool.h>

#include "simulate/result.h"

#define FINDING_SIZE 1000

/* "10,000 sessions of 144 rolls (1 hour), each with 300 chips in units of 5." */
char *finding_play(const struct result_setting *setting, char text[static FINDING_SIZE]);

/* "casino, with field-12=2:1": the preset and what differs from it. */
char *finding_house(const struct result_setting *setting, char text[static FINDING_SIZE]);

/* "line 10 to 5,000, odds 1 to 100,000, ...": what a bet of each class may be. */
char *finding_limits(const struct result_setting *setting, char text[static FINDING_SIZE]);

/* How many of the sessions asked for were played, when it was interrupted; else empty. */
char *finding_interrupted(const struct result *results, size_t count,
                          char text[static FINDING_SIZE]);

/* "1,440,000 rolls in 800 ms: 1,800,000 a second on 2 threads of 2 cores." */
char *finding_speed(const struct result_setting *setting, char text[static FINDING_SIZE]);

/* Whether all results are sound. */
bool finding_sound(const struct result *results, size_t count);

/* The self check of all results in a sentence or two; of those that are not sound, which bets. */
char *finding_check(const struct result *results, size_t count, char text[static FINDING_SIZE]);

/* The mean result and what it means: "A session loses 3.42 chips on average ...". */
char *finding_outcome(const struct result *result, char text[static FINDING_SIZE]);

/* How many went bust, and when. */
char *finding_ruin(const struct result *result, char text[static FINDING_SIZE]);

/* Which bankroll would have been enough for 95 and 99 % of sessions; empty without sessions. */
char *finding_needed(const struct result *result, char text[static FINDING_SIZE]);

/* Why sessions ended before their time: goals, limits, the strategy itself; empty when none did. */
char *finding_stops(const struct result *result, char text[static FINDING_SIZE]);

/* Whether the dice look fair: "36 outcomes: chi-square 33.1 with 35 degrees of freedom, ...". */
char *finding_dice(const struct result_dice *dice, char text[static FINDING_SIZE]);

/* What percentiles are not exact, if any are not; else empty. */
char *finding_steps(const struct result *result, char text[static FINDING_SIZE]);

/* Decimals that show two digits of an error, 0 to 4. */
unsigned finding_decimals(double error);

#endif
