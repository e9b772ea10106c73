/* SPDX-License-Identifier: MIT */
/*
 * A house's sign: what each bet pays and by which rules, in words, as the card on a casino's table.
 * Written from the rows of craps/layout.c, so that it says what the engine does. Pure; any thread.
 */
#ifndef CRAPS_SIGN_H
#define CRAPS_SIGN_H

#include "craps/rules.h"

#define CRAPS_SIGN_SIZE 400

/* One line of it. */
struct craps_sign {
    const char *name;            /* Of the kind: "place". */
    uint8_t limit;               /* enum craps_limit_class. */
    char pays[CRAPS_SIGN_SIZE];  /* "9:5 on 4 10, 7:5 on 5 9, 7:6 on 6 8". */
    char facts[CRAPS_SIGN_SIZE]; /* "off on the come-out; stays up after a win"; may be empty. */
};

/* Writes the line of a kind below CRAPS_KIND_COUNT. False: the house does not take it. */
bool craps_sign(const struct craps_rules *rules, unsigned kind, struct craps_sign *sign);

/* Writes what the house's odds are: "3x on 4 10, 4x on 5 9, 5x on 6 8". */
void craps_sign_odds(const struct craps_rules *rules, char odds[static CRAPS_SIGN_SIZE]);

/* Writes how the vig is reckoned, in one sentence. */
void craps_sign_vig(const struct craps_rules *rules, char vig[static CRAPS_SIGN_SIZE]);

#endif
