/* SPDX-License-Identifier: MIT */
/*
 * What can be bet on: kinds, bets and spots, and their names.
 *
 * A kind is a sort of bet ("place"), a bet is a kind and its number ("place 6"), and a spot is the
 * dense index of a bet, which is where its chips lie in struct craps. How a bet is won is not here
 * but in craps/layout.h. Pure; any thread.
 */
#ifndef CRAPS_BET_H
#define CRAPS_BET_H

#include "base/types.h"

/*
 * Every kind and how many spots it has. The order is that of signed bytes: new kinds go to the end.
 * A line or come bet has the spot 0 (its own come-out is ahead) and one for each box number.
 */
#define CRAPS_KINDS(X)                                                                             \
    X(PASS, 7)                                                                                     \
    X(DONT_PASS, 7)                                                                                \
    X(COME, 7)                                                                                     \
    X(DONT_COME, 7)                                                                                \
    X(PASS_ODDS, 6)                                                                                \
    X(DONT_PASS_ODDS, 6)                                                                           \
    X(COME_ODDS, 6)                                                                                \
    X(DONT_COME_ODDS, 6)                                                                           \
    X(PLACE, 6)                                                                                    \
    X(BUY, 6)                                                                                      \
    X(LAY, 6)                                                                                      \
    X(FIELD, 1)                                                                                    \
    X(HARDWAY, 4)                                                                                  \
    X(ANY_SEVEN, 1)                                                                                \
    X(ANY_CRAPS, 1)                                                                                \
    X(CRAPS_TWO, 1)                                                                                \
    X(CRAPS_THREE, 1)                                                                              \
    X(CRAPS_TWELVE, 1)                                                                             \
    X(YO, 1)                                                                                       \
    X(HORN, 1)                                                                                     \
    X(C_AND_E, 1)                                                                                  \
    X(BIG, 2)                                                                                      \
    X(HOP, 21)

#define CRAPS_KIND_ENTRY(name, spots) CRAPS_##name,
enum craps_kind {
    CRAPS_KINDS(CRAPS_KIND_ENTRY) CRAPS_KIND_COUNT,
    CRAPS_ODDS = 255, /* "odds" without a word on which: craps_resolve() finds the bet they back. */
};
#undef CRAPS_KIND_ENTRY

/* The first and the last spot of each kind. */
#define CRAPS_SPOT_ENTRY(name, spots)                                                              \
    CRAPS_SPOT_##name, CRAPS_SPOT_##name##_LAST = CRAPS_SPOT_##name + (spots)-1,
enum craps_spot { CRAPS_KINDS(CRAPS_SPOT_ENTRY) CRAPS_SPOT_COUNT };
#undef CRAPS_SPOT_ENTRY

/* No spot: the bet does not exist. */
#define CRAPS_SPOT_NONE UINT32_MAX

/* Room for any bet's name and its zero. */
#define CRAPS_BET_NAME_SIZE 24

struct craps_bet {
    uint8_t kind;   /* enum craps_kind. */
    uint8_t number; /* 0, a total, or of a hop its two dice as digits, the lower first: 34. */
};

/* The spot of a bet; CRAPS_SPOT_NONE for a kind or number that does not exist, and CRAPS_ODDS. */
uint32_t craps_spot(struct craps_bet bet);

/* The bet of a spot below CRAPS_SPOT_COUNT. */
struct craps_bet craps_bet_at(uint32_t spot);

/*
 * Reads a bet as people write it: "pass", "don't come 6", "place 8", "hop 3 4", "odds", "C&E".
 * Case, hyphens and apostrophes do not matter. False for anything else; bet is then unchanged.
 */
bool craps_bet_parse(struct bytes text, struct craps_bet *bet);

/* Writes the name of a bet, with its zero: what craps_bet_parse() reads back as the same bet. */
void craps_bet_name(struct craps_bet bet, char name[static CRAPS_BET_NAME_SIZE]);

#endif
