/* SPDX-License-Identifier: MIT */
/* What a hand remembers, and how far it has come by each measure. */
#include "craps/hand.h"

#include <string.h>

#define THROWN_MOST 15
#define MADE_MOST   4
#define WINS_MOST   15

/* Bits of the combinations, by both dice. */
const uint8_t craps_pairs[7][7] = {
    {0, 0, 0, 0, 0, 0, 0},      {0, 0, 1, 2, 3, 4, 5},     {0, 1, 6, 7, 8, 9, 10},
    {0, 2, 7, 11, 12, 13, 14},  {0, 3, 8, 12, 15, 16, 17}, {0, 4, 9, 13, 16, 18, 19},
    {0, 5, 10, 14, 17, 19, 20},
};

/* The combinations of each total, and the doubles. */
#define P(bit) (1u << (bit))
static const uint32_t ways[13] = {
    [2] = P(0),
    [3] = P(1),
    [4] = P(2) | P(6),
    [5] = P(3) | P(7),
    [6] = P(4) | P(8) | P(11),
    [7] = P(5) | P(9) | P(12),
    [8] = P(10) | P(13) | P(15),
    [9] = P(14) | P(16),
    [10] = P(17) | P(18),
    [11] = P(19),
    [12] = P(20),
};
#define DOUBLES (P(0) | P(6) | P(11) | P(15) | P(18) | P(20))

/* The nibble of a total in thrown and made. */
static unsigned shift(unsigned total)
{
    return 4 * (total - 2);
}

static unsigned times(uint64_t counts, unsigned total)
{
    return counts >> shift(total) & 15;
}

/* What each fall of the dice but a 7 adds to a hand, by craps_pair(). */
struct fall {
    uint64_t once; /* One more of the total, in thrown and made. */
    uint64_t full; /* The counter of the total in thrown at its most. */
    uint8_t ends;  /* What of hard it ends. */
    uint8_t twice; /* What of hard it adds to. */
};

#define PLAIN(n)                                                                                   \
    {                                                                                              \
        (uint64_t)1 << 4 * ((n)-2), (uint64_t)THROWN_MOST << 4 * ((n)-2), 0, 0                     \
    }
#define EASY(n)                                                                                    \
    {                                                                                              \
        (uint64_t)1 << 4 * ((n)-2), (uint64_t)THROWN_MOST << 4 * ((n)-2), 3 << ((n)-4), 0          \
    }
#define TWINS(n)                                                                                   \
    {                                                                                              \
        (uint64_t)1 << 4 * ((n)-2), (uint64_t)THROWN_MOST << 4 * ((n)-2), 0, 1 << ((n)-4)          \
    }
static const struct fall falls[CRAPS_PAIRS] = {
    PLAIN(2), PLAIN(3), EASY(4),  PLAIN(5), EASY(6),   PLAIN(7),  TWINS(4),
    PLAIN(5), EASY(6),  PLAIN(7), EASY(8),  TWINS(6),  PLAIN(7),  EASY(8),
    PLAIN(9), TWINS(8), PLAIN(9), EASY(10), TWINS(10), PLAIN(11), PLAIN(12),
};

/* A 7: what is counted since the last one starts anew, and with the point on all does. */
static void roll_seven(struct craps_hand *hand, unsigned puck)
{
    struct craps_hand after = {0};
    if (puck == 0) {
        /* A natural: the hand goes on. */
        after.made = hand->made;
        after.wins = hand->wins < WINS_MOST ? (uint8_t)(hand->wins + 1) : hand->wins;
        after.points = hand->points;
    }
    *hand = after;
}

void craps_hand_roll(struct craps_hand *hand, uint32_t points, unsigned puck, unsigned d1,
                     unsigned d2)
{
    const unsigned total = d1 + d2;
    const unsigned pair = craps_pair(d1, d2);
    const struct fall *fall = &falls[pair];
    if (total == 7) {
        roll_seven(hand, puck);
        return;
    }
    hand->thrown += (hand->thrown & fall->full) == fall->full ? 0 : fall->once;
    hand->pairs |= P(pair);
    hand->hard &= (uint8_t)~fall->ends;
    /* Twice is the most: 2 has the upper bit. */
    if ((hand->hard & fall->twice << 1) == 0)
        hand->hard = (uint8_t)(hand->hard + fall->twice);
    if (total == puck) {
        if (times(hand->made, total) < MADE_MOST)
            hand->made += fall->once;
        hand->points = hand->points < WINS_MOST ? (uint8_t)(hand->points + 1) : hand->points;
    }
    if (total == puck || (puck == 0 && total == 11 && (points >> 11 & 1) == 0))
        hand->wins = hand->wins < WINS_MOST ? (uint8_t)(hand->wins + 1) : hand->wins;
}

/* ---- Measures ---- */

/* The totals that a measure of thrown totals looks at, bit N. */
static uint32_t totals_of(enum craps_measure measure)
{
    switch (measure) {
    case CRAPS_MEASURE_SMALL:
        return 0x007c;
    case CRAPS_MEASURE_TALL:
        return 0x1f00;
    case CRAPS_MEASURE_TOTALS:
    case CRAPS_MEASURE_ALL:
        return 0x1f7c;
    case CRAPS_MEASURE_OUTER:
        return 0x180c;
    case CRAPS_MEASURE_BOX:
    case CRAPS_MEASURE_POINTS:
    case CRAPS_MEASURE_EVERY_WAY:
    case CRAPS_MEASURE_SAME_POINT:
        return 0x0770;
    case CRAPS_MEASURE_NONE:
    case CRAPS_MEASURE_REPEATS:
    case CRAPS_MEASURE_WINS:
    case CRAPS_MEASURE_DOUBLES:
    case CRAPS_MEASURE_HARD_TWICE:
    case CRAPS_MEASURE_MADE:
    case CRAPS_MEASURE_ROLLS:
        break;
    }
    return 0;
}

/* How many of the totals were thrown, or made, at all. */
static unsigned different(uint64_t counts, uint32_t totals)
{
    unsigned found = 0;
    for (unsigned total = 2; total <= 12; total++)
        found += (totals >> total & 1) != 0 && times(counts, total) > 0;
    return found;
}

/* How many of the totals came in every combination. */
static unsigned complete(uint32_t thrown, uint32_t totals)
{
    unsigned found = 0;
    for (unsigned total = 2; total <= 12; total++)
        found += (totals >> total & 1) != 0 && (thrown & ways[total]) == ways[total];
    return found;
}

static unsigned bits(uint32_t set)
{
    unsigned found = 0;
    for (; set != 0; set &= set - 1)
        found++;
    return found;
}

/* 1 for 2 and 12, 2 for 3 and 11, ... 5 for 6 and 8: the class of a number; not of 7. */
static unsigned class_of(unsigned number)
{
    return number < 7 ? number - 1 : 13 - number;
}

static unsigned same_point(uint64_t made)
{
    /* By class, 3 for 4/10 to 5 for 6/8: the rungs of three times and of four. */
    static const uint8_t rungs[6][2] = {[3] = {4, 6}, [4] = {2, 5}, [5] = {1, 3}};
    unsigned best = 0;
    for (unsigned number = 4; number <= 10; number++) {
        if (number == 7 || times(made, number) < 3)
            continue;
        const unsigned rung = rungs[class_of(number)][times(made, number) - 3];
        best = rung > best ? rung : best;
    }
    return best;
}

unsigned craps_hand_rung(const struct craps_hand *hand, enum craps_measure measure, unsigned number,
                         uint64_t rolls)
{
    const uint32_t totals = totals_of(measure);
    switch (measure) {
    case CRAPS_MEASURE_NONE:
        return 0;
    case CRAPS_MEASURE_POINTS:
        return different(hand->made, totals);
    case CRAPS_MEASURE_SMALL:
    case CRAPS_MEASURE_TALL:
    case CRAPS_MEASURE_ALL:
    case CRAPS_MEASURE_OUTER:
    case CRAPS_MEASURE_BOX:
        return different(hand->thrown, totals) == bits(totals);
    case CRAPS_MEASURE_TOTALS: {
        const unsigned found = different(hand->thrown, totals);
        return found > 8 ? found - 8 : 0;
    }
    case CRAPS_MEASURE_REPEATS:
        return times(hand->thrown, number) > class_of(number) ? class_of(number) : 0;
    case CRAPS_MEASURE_EVERY_WAY:
        return complete(hand->pairs, totals);
    case CRAPS_MEASURE_WINS:
        return hand->wins < 11 ? hand->wins : 11;
    case CRAPS_MEASURE_DOUBLES:
        return bits(hand->pairs & DOUBLES);
    case CRAPS_MEASURE_SAME_POINT:
        return same_point(hand->made);
    case CRAPS_MEASURE_HARD_TWICE:
        return (hand->hard & 0xaa) != 0;
    case CRAPS_MEASURE_MADE:
        return hand->points < 10 ? hand->points : 10;
    case CRAPS_MEASURE_ROLLS:
        return rolls >= 4;
    }
    return 0;
}

/* ---- What matters ---- */

/* The counts of the totals, each at most this. */
static uint64_t keep(uint64_t counts, uint32_t totals, unsigned most)
{
    uint64_t kept = 0;
    for (unsigned total = 2; total <= 12; total++) {
        if ((totals >> total & 1) == 0)
            continue;
        const unsigned had = times(counts, total);
        kept |= (uint64_t)(had < most ? had : most) << shift(total);
    }
    return kept;
}

void craps_hand_keep(struct craps_hand *hand, enum craps_measure measure, unsigned number)
{
    const struct craps_hand had = *hand;
    const uint32_t totals = totals_of(measure);
    memset(hand, 0, sizeof *hand);
    switch (measure) {
    case CRAPS_MEASURE_NONE:
    case CRAPS_MEASURE_ROLLS:
        break;
    case CRAPS_MEASURE_POINTS:
        hand->made = keep(had.made, totals, 1);
        break;
    case CRAPS_MEASURE_SMALL:
    case CRAPS_MEASURE_TALL:
    case CRAPS_MEASURE_TOTALS:
    case CRAPS_MEASURE_ALL:
    case CRAPS_MEASURE_OUTER:
    case CRAPS_MEASURE_BOX:
        hand->thrown = keep(had.thrown, totals, 1);
        break;
    case CRAPS_MEASURE_REPEATS:
        hand->thrown = keep(had.thrown, 1u << number, THROWN_MOST);
        break;
    case CRAPS_MEASURE_EVERY_WAY:
        for (unsigned total = 2; total <= 12; total++)
            hand->pairs |= (totals >> total & 1) != 0 ? had.pairs & ways[total] : 0;
        break;
    case CRAPS_MEASURE_WINS:
        hand->wins = had.wins < 11 ? had.wins : 11;
        break;
    case CRAPS_MEASURE_DOUBLES:
        hand->pairs = had.pairs & DOUBLES;
        break;
    case CRAPS_MEASURE_SAME_POINT:
        hand->made = keep(had.made, totals, MADE_MOST);
        break;
    case CRAPS_MEASURE_HARD_TWICE:
        hand->hard = had.hard;
        break;
    case CRAPS_MEASURE_MADE:
        hand->points = had.points < 10 ? had.points : 10;
        break;
    }
}

bool craps_hand_sound(const struct craps_hand *hand)
{
    /* Eleven nibbles, of which that of 7 stays empty. */
    const uint64_t nibbles = (((uint64_t)1 << 44) - 1) & ~((uint64_t)15 << shift(7));
    if (((hand->thrown | hand->made) & ~nibbles) != 0 || hand->pairs >> CRAPS_PAIRS != 0 ||
        hand->wins > WINS_MOST || hand->points > hand->wins || hand->reserved != 0)
        return false;
    unsigned made = 0;
    for (unsigned total = 2; total <= 12; total++) {
        const unsigned found = bits(hand->pairs & ways[total]);
        if (total == 7 ? found != 0
                       : found > times(hand->thrown, total) ||
                             (found == 0) != (times(hand->thrown, total) == 0))
            return false;
        if (times(hand->made, total) > MADE_MOST)
            return false;
        made += times(hand->made, total);
    }
    for (unsigned total = 4; total <= 10; total += 2) {
        const unsigned twice = hand->hard >> (total - 4) & 3;
        const uint32_t twins = P(craps_pair(total / 2, total / 2));
        if (twice > 2 || twice > times(hand->thrown, total) ||
            (twice > 0 && (hand->pairs & twins) == 0))
            return false;
    }
    /* Points made are counted twice, until either counter stops. */
    return made <= hand->points || hand->points == WINS_MOST;
}
