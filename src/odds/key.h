/* SPDX-License-Identifier: MIT */
/*
 * Short names of wagers with the pays that they have in a house: "field_2_3", "buy_4_win",
 * "pass_odds_345x", "fire_A". Machines read them in `bitcraps odds --json`; they are those of
 * tests/vectors/house-edges.json as far as that goes. Pure; any thread.
 */
#ifndef ODDS_KEY_H
#define ODDS_KEY_H

#include "odds/odds.h"

/* Room for a key and its zero. */
#define ODDS_KEY_SIZE 64

/*
 * Writes the key of a wager in a house. It has lower-case letters, digits and underscores, and for
 * published pay tables one capital. No two wagers of one house share one.
 */
void odds_key(const struct craps_rules *rules, struct odds_wager wager,
              char key[static ODDS_KEY_SIZE]);

#endif
