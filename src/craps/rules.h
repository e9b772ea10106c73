/* SPDX-License-Identifier: MIT */
/*
 * What differs from house to house: limits, pays, vig, what works on the come-out.
 *
 * The rules are part of a table's signed genesis, so that they have one canonical encoding, and are
 * checked once when they are made or read; all other functions expect rules without a fault. What
 * does not differ is in craps/layout.h. Pure; any thread.
 */
#ifndef CRAPS_RULES_H
#define CRAPS_RULES_H

#include "base/wire.h"
#include "craps/bet.h"

/* No bet is larger. It leaves room for 1,000 to 1 in 64 bits many times over. */
#define CRAPS_STAKE_MAX ((chips)1000000000)

/* Bits of kinds, in sets of kinds. */
#define CRAPS_KIND_BIT(kind) ((uint64_t)1 << (kind))
_Static_assert(CRAPS_KIND_COUNT < 64, "a set of kinds fits 64 bits");

/* Bets that share a minimum and a maximum. */
enum craps_limit_class {
    CRAPS_LIMIT_LINE,
    CRAPS_LIMIT_ODDS, /* Beside the multiple of the flat bet. */
    CRAPS_LIMIT_BOX,
    CRAPS_LIMIT_FIELD,
    CRAPS_LIMIT_PROPOSITION,
    CRAPS_LIMIT_HAND, /* Bets on a shooter's hand. */
    CRAPS_LIMIT_COUNT,
};

/* Pays that casinos choose. */
enum craps_house_pay {
    CRAPS_PAY_FIELD_TWO,
    CRAPS_PAY_FIELD_TWELVE,
    CRAPS_PAY_HARD_FOUR_TEN,
    CRAPS_PAY_HARD_SIX_EIGHT,
    CRAPS_PAY_TWO_TWELVE,   /* Craps 2 and craps 12, alone and in horns, worlds, three-ways. */
    CRAPS_PAY_THREE_ELEVEN, /* Craps 3 and yo, likewise. */
    CRAPS_PAY_HOP_EASY,
    CRAPS_PAY_HOP_HARD,
    CRAPS_PAY_COUNT,
};

/*
 * Pay tables of the bets on a hand: how many rungs each has. What a rung is, is in craps/layout.c
 * (distinct points made, pass wins, ...); a repeater has one for each pair of numbers, 2/12 first.
 */
#define CRAPS_LADDERS(X)                                                                           \
    X(FIRE, 6)                                                                                     \
    X(SMALL, 1)                                                                                    \
    X(TALL, 1)                                                                                     \
    X(ALL, 1)                                                                                      \
    X(REPEATER, 5)                                                                                 \
    X(HOT_ROLLER, 6)                                                                               \
    X(RIDE_LINE, 11)                                                                               \
    X(DOUBLES, 6)                                                                                  \
    X(REPLAY, 6)                                                                                   \
    X(TWICE_HARD, 1)                                                                               \
    X(SHARPSHOOTER, 10)                                                                            \
    X(HOT_HAND, 2)                                                                                 \
    X(FLAMING_FOUR, 1)                                                                             \
    X(SIZZLING_SIX, 1)                                                                             \
    X(FOUR_ROLLS, 1)

#define CRAPS_LADDER_ENTRY(name, rungs)                                                            \
    CRAPS_LADDER_##name, CRAPS_LADDER_##name##_LAST = CRAPS_LADDER_##name + (rungs)-1,
enum craps_ladder { CRAPS_LADDERS(CRAPS_LADDER_ENTRY) CRAPS_LADDER_STEPS };
#undef CRAPS_LADDER_ENTRY

/* Where stake times pay is no whole number. */
enum craps_breakage {
    CRAPS_BREAKAGE_REFUSE, /* Such stakes are refused, naming the nearest proper one. */
    CRAPS_BREAKAGE_FLOOR,  /* The payout is rounded down; the rest stays with the bank. */
};

/* How 5 % becomes chips. */
enum craps_vig_rounding {
    CRAPS_VIG_NEAREST, /* To whole dollars, half up. */
    CRAPS_VIG_DOWN,    /* To whole dollars. */
    CRAPS_VIG_UP,      /* To whole dollars. */
    CRAPS_VIG_EXACT,   /* To the chip, half up, whatever a dollar is. */
};

/* Profit "to" for each "per" staked. */
struct craps_pay {
    uint16_t to;
    uint16_t per;
};

struct craps_limit {
    chips min;
    chips max;
};

/* Odds taken, in halves of the flat bet, by how many ways the number has. */
enum craps_odds_class {
    CRAPS_ODDS_TWO_TWELVE, /* Crapless only, as is the next. */
    CRAPS_ODDS_THREE_ELEVEN,
    CRAPS_ODDS_FOUR_TEN,
    CRAPS_ODDS_FIVE_NINE,
    CRAPS_ODDS_SIX_EIGHT,
    CRAPS_ODDS_CLASSES,
};

struct craps_rules {
    uint64_t bets;       /* Bit k: bets of kind k are taken. */
    uint64_t comeout;    /* Bit k: those that may be off work on the come-out unless called off. */
    uint64_t comes_down; /* Bit k: a bet that lies on after a win comes down instead. */
    chips dollar;        /* Chips per dollar, which the vig is rounded to. */
    chips vig_least;     /* Chips; after rounding. */
    struct craps_limit limits[CRAPS_LIMIT_COUNT];
    struct craps_pay pays[CRAPS_PAY_COUNT];
    uint16_t ladders[CRAPS_LADDER_STEPS]; /* For one: 0 loses, 1 pushes, 25 is 24:1. */
    uint8_t odds_halves[CRAPS_ODDS_CLASSES];
    uint8_t crapless;        /* 1: 2 3 11 12 are points too, and there is no don't side. */
    uint8_t bar;             /* The come-out total on which don't bets push: 12, 2 or 3. */
    uint8_t breakage;        /* enum craps_breakage. */
    uint8_t vig_rounding;    /* enum craps_vig_rounding. */
    uint8_t pass_grows;      /* 1: pass may be made and increased on the point, as a put. */
    uint8_t put_contract;    /* 1: put bets stay until decided. */
    uint8_t push_returns;    /* 1: a don't bet that pushes comes down. */
    uint8_t odds_within_max; /* 1: flat bet and odds together stay within the line's maximum. */
    uint16_t buy_vig_on_win; /* Bit N: the vig of buy N is taken from a win, else up front. */
    uint16_t lay_vig_on_win;
};

/* Bytes of encoded rules, exactly. */
#define CRAPS_RULES_ENCODED_SIZE                                                                   \
    (1 + 3 * 8 + 2 * 8 + 16 * CRAPS_LIMIT_COUNT + 4 * CRAPS_PAY_COUNT + 2 * CRAPS_LADDER_STEPS +   \
     CRAPS_ODDS_CLASSES + 8 + 4)

/*
 * The usual table: 3-4-5x odds, field 2:1 and 3:1, bar 12, vig on a win on 4 and 10 and up front
 * elsewhere, $5 minimum, stakes that cannot be paid exactly refused.
 */
struct craps_rules craps_rules_casino(void);

/* A house by its name, with what it is known for in one line. */
struct craps_preset {
    const char *name;
    const char *description;
    struct craps_rules (*rules)(void);
};

/* The preset at an index: casino, vegas-345, crapless, crapssim; NULL after the last. */
const struct craps_preset *craps_preset_at(size_t index);

/* The preset of a name; NULL when there is none. */
const struct craps_preset *craps_preset_find(struct bytes name);

/*
 * What is wrong with the rules, as a sentence; NULL when they can be played by. That no bet gives
 * the player an edge is more than this looks at: src/odds/ computes it.
 */
const char *craps_rules_fault(const struct craps_rules *rules);

/* Writes the CRAPS_RULES_ENCODED_SIZE bytes that a genesis signs. */
void craps_rules_encode(const struct craps_rules *rules, struct writer *out);

/*
 * Reads encoded rules off the reader. NULL when they are sound, else a sentence; rules are then to
 * be thrown away.
 */
const char *craps_rules_decode(struct reader *in, struct craps_rules *rules);

#endif
