/* SPDX-License-Identifier: MIT */
/*
 * A table card: what a house's rules mean for each spot and each fall of the dice, worked out once
 * from the rows of craps/layout.c, so that a roll is settled by looking up.
 *
 * Made by craps_card_make(); read by the functions of craps/craps.h and nobody else. Pure; a card
 * that is made may be read by any threads.
 */
#ifndef CRAPS_CARD_H
#define CRAPS_CARD_H

#include "craps/bet.h"
#include "craps/hand.h"
#include "craps/rules.h"

/* Sets of spots. */
#define CRAPS_WORDS ((CRAPS_SPOT_COUNT + 63) / 64)

struct craps_spots {
    uint64_t words[CRAPS_WORDS];
};

/* What a fall of the dice does to a spot: one of these, or a win that pays pays[code]. */
enum craps_code {
    CRAPS_CODE_NOTHING,
    CRAPS_CODE_LOSE,
    CRAPS_CODE_PUSH,
    CRAPS_CODE_TRAVEL,
    CRAPS_CODE_WIN, /* And above. */
};

/*
 * A pay to settle by: the floor of a product of stake and to divided by per is the high word of its
 * product with ceil(2^64 / per), exactly: that exceeds 2^64 / per by less than one per-th, and a
 * product below 2^46 with per below 2^16 cannot make a whole chip of it.
 */
struct craps_rate {
    struct craps_pay pay;
    uint64_t inverse; /* 0: per is 1. */
};

/* Different pays of one card, and the four codes that are none. */
#define CRAPS_CODES_MAX 128

/* No spot, in a byte. */
#define CRAPS_NOWHERE 255
_Static_assert(CRAPS_SPOT_COUNT < CRAPS_NOWHERE, "a spot fits a byte");

/* A spot's share of the card. */
struct craps_spot_card {
    uint32_t least; /* What may lie, without regard to a flat bet: multiples of unit. */
    uint32_t most;  /* 0: the house does not take it. */
    uint32_t unit;
    struct craps_rate best;      /* The most that one decision pays; per 0: nothing ever. */
    struct craps_rate odds_most; /* Of odds: the limit for each chip of the flat bet. */
    struct craps_pay worst;      /* The least that a win pays. */
    uint16_t flat;               /* Of odds: the spot they back. */
    uint16_t odds; /* The spot of the odds behind it; 0: none, no odds have the spot 0. */
    uint8_t kind;
    uint8_t number;
    uint8_t window;   /* enum layout_window. */
    uint8_t stays;    /* 1: lies on after a win. */
    uint8_t vig;      /* enum layout_vig. */
    uint8_t vig_held; /* 1: paid up front and held with the bet. */
    uint8_t plain;    /* 1: the bet is meant as it is named, without a look at the felt. */
    uint8_t reserved;
};

struct craps_card {
    struct craps_rules rules;
    uint32_t points;                         /* Bit N: N is a point. */
    struct craps_spots touched[CRAPS_PAIRS]; /* Spots that a fall of the dice may decide or move. */
    struct craps_spots callable;             /* Can be called off and working. */
    struct craps_spots comeout;              /* Work on the come-out unless called off. */
    struct craps_spots odds;                 /* Come down when decided while off. */
    struct craps_spots hands; /* Bets on a hand, which the dice alone do not decide. */
    struct craps_rate pays[CRAPS_CODES_MAX];
    uint8_t spot_of[CRAPS_KIND_COUNT][13]; /* Of a kind and a number: CRAPS_NOWHERE for none. */
    uint8_t codes[CRAPS_PAIRS][CRAPS_SPOT_COUNT];
    struct craps_spot_card spots[CRAPS_SPOT_COUNT];
};

/* Works a card out. The rules have no fault. */
void craps_card_make(struct craps_card *card, const struct craps_rules *rules);

#endif
