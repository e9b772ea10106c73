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
 * A line or come bet has the spot 0 (its own come-out is ahead) and one for each number that it can
 * move to; right bets can move to 2 3 11 12 too, where the house plays crapless.
 */
#define CRAPS_KINDS(X)                                                                             \
    X(PASS, 11)                                                                                    \
    X(DONT_PASS, 7)                                                                                \
    X(COME, 11)                                                                                    \
    X(DONT_COME, 7)                                                                                \
    X(PASS_ODDS, 10)                                                                               \
    X(DONT_PASS_ODDS, 6)                                                                           \
    X(COME_ODDS, 10)                                                                               \
    X(DONT_COME_ODDS, 6)                                                                           \
    X(PUT, 10)                                                                                     \
    X(PUT_ODDS, 10)                                                                                \
    X(PLACE, 10)                                                                                   \
    X(PLACE_LOSE, 6)                                                                               \
    X(BUY, 10)                                                                                     \
    X(LAY, 10)                                                                                     \
    X(BIG, 2)                                                                                      \
    X(FIELD, 1)                                                                                    \
    X(HARDWAY, 4)                                                                                  \
    X(ANY_SEVEN, 1)                                                                                \
    X(ANY_CRAPS, 1)                                                                                \
    X(CRAPS_TWO, 1)                                                                                \
    X(CRAPS_THREE, 1)                                                                              \
    X(YO, 1)                                                                                       \
    X(CRAPS_TWELVE, 1)                                                                             \
    X(HI_LO, 1)                                                                                    \
    X(C_AND_E, 1)                                                                                  \
    X(HORN, 1)                                                                                     \
    X(HORN_HIGH, 4)                                                                                \
    X(WORLD, 1)                                                                                    \
    X(THREE_WAY, 1)                                                                                \
    X(HOP, 21)                                                                                     \
    X(HOP_SEVENS, 1)                                                                               \
    X(OVER_SEVEN, 1)                                                                               \
    X(UNDER_SEVEN, 1)                                                                              \
    X(LOW_DICE, 1)                                                                                 \
    X(HIGH_DICE, 1)                                                                                \
    X(FIELDERS, 3)                                                                                 \
    X(FIRE, 1)                                                                                     \
    X(ALL_SMALL, 1)                                                                                \
    X(ALL_TALL, 1)                                                                                 \
    X(MAKE_ALL, 1)                                                                                 \
    X(REPEATER, 10)                                                                                \
    X(HOT_ROLLER, 1)                                                                               \
    X(RIDE_LINE, 1)                                                                                \
    X(DOUBLES, 1)                                                                                  \
    X(REPLAY, 1)                                                                                   \
    X(MUGGSY, 1)                                                                                   \
    X(POINT_SEVEN, 1)                                                                              \
    X(SEVEN_POINT, 1)                                                                              \
    X(TWICE_HARD, 1)                                                                               \
    X(SHARPSHOOTER, 1)                                                                             \
    X(HOT_HAND, 1)                                                                                 \
    X(FLAMING_FOUR, 1)                                                                             \
    X(SIZZLING_SIX, 1)                                                                             \
    X(FOUR_ROLLS, 1)                                                                               \
    X(YES, 10)                                                                                     \
    X(NO, 10)                                                                                      \
    X(NEXT, 11)

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

/* Bets have ids on the wire: the 64 named ones, then this plus the spot of each other bet. */
#define CRAPS_NAMED_COUNT 64
#define CRAPS_ID_COUNT    (CRAPS_NAMED_COUNT + CRAPS_SPOT_COUNT)
#define CRAPS_ID_NONE     UINT32_MAX

/* Room for any bet's name and its zero. */
#define CRAPS_BET_NAME_SIZE 32

struct craps_bet {
    uint8_t kind;   /* enum craps_kind. */
    uint8_t number; /* 0, a total, or of a hop its two dice as digits, the lower first: 34. Of
                       fielder's choice the first of its three totals: 2, 4, 10. */
};

/* The spot of a bet; CRAPS_SPOT_NONE for a kind or number that does not exist, and CRAPS_ODDS. */
uint32_t craps_spot(struct craps_bet bet);

/* The bet of a spot below CRAPS_SPOT_COUNT. */
struct craps_bet craps_bet_at(uint32_t spot);

/*
 * The id that a bet has in signed messages: 0 to 63 are those of enum BetName in proto/table.proto;
 * "pass odds" without a number has one too. CRAPS_ID_NONE when there is no such bet.
 */
uint32_t craps_bet_id(struct craps_bet bet);

/* The bet of an id; false when there is none, or another id is its own. */
bool craps_bet_of_id(uint32_t id, struct craps_bet *bet);

/*
 * Reads a bet as people write it: "pass", "don't come 6", "place 8", "hop 3 4", "odds", "C&E".
 * Case, hyphens and apostrophes do not matter. False for anything else; bet is then unchanged.
 */
bool craps_bet_parse(struct bytes text, struct craps_bet *bet);

/* Writes the name of a bet, with its zero: what craps_bet_parse() reads back as the same bet. */
void craps_bet_name(struct craps_bet bet, char name[static CRAPS_BET_NAME_SIZE]);

#endif
