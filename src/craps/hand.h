/* SPDX-License-Identifier: MIT */
/*
 * What of a shooter's hand is remembered for the bets on it: nothing of it belongs to a seat.
 *
 * Such bets are made only while what they measure is at its start, so that their progress is the
 * hand's. Counters stop at a largest value; no rule asks for more. Pure; the owner's thread.
 */
#ifndef CRAPS_HAND_H
#define CRAPS_HAND_H

#include "base/types.h"

/* How many ways two dice can fall when their order does not matter. */
#define CRAPS_PAIRS 21

struct craps_hand {
    uint64_t
        thrown; /* Since the last 7: times of each total, 4 bits at 4 * (total - 2), 15 at most. */
    uint64_t made; /* This hand: times each point was made, 4 bits at 4 * (total - 2), 4 at most. */
    uint32_t pairs; /* Since the last 7: a bit for each of the CRAPS_PAIRS, by craps_pair(). */
    uint8_t hard;   /* Since the last 7: times 4 6 8 10 came hard with no easy one between, 2 bits
                       at number - 4, 2 at most. */
    uint8_t wins;   /* This hand: naturals and points made, 15 at most. */
    uint8_t points; /* This hand: points made, 15 at most. */
    uint8_t reserved;
};

/* What of a hand a bet looks at; each gives a rung, 0 for none. */
enum craps_measure {
    CRAPS_MEASURE_NONE,
    CRAPS_MEASURE_POINTS,     /* Different points made: their number. */
    CRAPS_MEASURE_SMALL,      /* 2 to 6, all thrown: 1. */
    CRAPS_MEASURE_TALL,       /* 8 to 12, all thrown: 1. */
    CRAPS_MEASURE_TOTALS,     /* All but 7: nine thrown 1, ten 2. */
    CRAPS_MEASURE_ALL,        /* All ten thrown: 1. */
    CRAPS_MEASURE_OUTER,      /* 2 3 11 12, all thrown: 1. */
    CRAPS_MEASURE_BOX,        /* 4 5 6 8 9 10, all thrown: 1. */
    CRAPS_MEASURE_REPEATS,    /* The bet's number, as often as it must: 1 for 2 and 12 ... 5 for 6
                                 and 8. */
    CRAPS_MEASURE_EVERY_WAY,  /* Box numbers thrown in every combination: their number. */
    CRAPS_MEASURE_WINS,       /* Pass wins: their number, to 11. */
    CRAPS_MEASURE_DOUBLES,    /* Different doubles: their number. */
    CRAPS_MEASURE_SAME_POINT, /* One point made again and again: 6/8 three times 1, 5/9 three 2, 6/8
                                 four 3, 4/10 three 4, 5/9 four 5, 4/10 four 6; the highest. */
    CRAPS_MEASURE_HARD_TWICE, /* A hardway twice with no easy one between: 1. */
    CRAPS_MEASURE_MADE,       /* Points made: their number, to 10. */
    CRAPS_MEASURE_ROLLS,      /* Four rolls: 1. */
};

/* The bit of two dice, 0 to CRAPS_PAIRS - 1; their order does not matter. */
extern const uint8_t craps_pairs[7][7];

static inline unsigned craps_pair(unsigned d1, unsigned d2)
{
    return craps_pairs[d1][d2];
}

/* Adds a roll, with the puck before it; points are the totals that are points, bit N. */
void craps_hand_roll(struct craps_hand *hand, uint32_t points, unsigned puck, unsigned d1,
                     unsigned d2);

/* The rung that a hand has reached; number is the bet's, rolls those of the hand. */
unsigned craps_hand_rung(const struct craps_hand *hand, enum craps_measure measure, unsigned number,
                         uint64_t rolls);

/* Keeps of a hand what the measure looks at, and sets all else to its start. */
void craps_hand_keep(struct craps_hand *hand, enum craps_measure measure, unsigned number);

/* Whether some hand can have come to this: no counter too high, and none ahead of another. */
bool craps_hand_sound(const struct craps_hand *hand);

#endif
