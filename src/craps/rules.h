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

/* Bytes of encoded rules, exactly. */
#define CRAPS_RULES_ENCODED_SIZE 141

/* Bets that share a minimum and a maximum. */
enum craps_limit_class {
    CRAPS_LIMIT_LINE,
    CRAPS_LIMIT_ODDS, /* Beside the multiple of the flat bet. */
    CRAPS_LIMIT_BOX,
    CRAPS_LIMIT_FIELD,
    CRAPS_LIMIT_PROPOSITION,
    CRAPS_LIMIT_COUNT,
};

/* Pays that casinos choose. */
enum craps_house_pay {
    CRAPS_PAY_FIELD_TWO,
    CRAPS_PAY_FIELD_TWELVE,
    CRAPS_PAY_HARD_FOUR_TEN,
    CRAPS_PAY_HARD_SIX_EIGHT,
    CRAPS_PAY_TWO_TWELVE,   /* Craps 2 and craps 12. */
    CRAPS_PAY_THREE_ELEVEN, /* Craps 3 and yo. */
    CRAPS_PAY_HOP_EASY,
    CRAPS_PAY_HOP_HARD,
    CRAPS_PAY_COUNT,
};

/* Where stake times pay is no whole number. */
enum craps_breakage {
    CRAPS_BREAKAGE_REFUSE, /* Such stakes are refused, naming the nearest proper one. */
    CRAPS_BREAKAGE_FLOOR,  /* The payout is rounded down; the rest stays with the bank. */
};

/* How 5 % becomes whole dollars; at least one dollar in each. */
enum craps_vig_rounding {
    CRAPS_VIG_NEAREST, /* Half up. */
    CRAPS_VIG_DOWN,
    CRAPS_VIG_UP,
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

struct craps_rules {
    uint64_t bets; /* Bit k: bets of kind k are taken. */
    chips dollar;  /* Chips per dollar, which the vig is rounded to. */
    struct craps_limit limits[CRAPS_LIMIT_COUNT];
    struct craps_pay pays[CRAPS_PAY_COUNT];
    uint8_t odds_halves[3];  /* Odds taken on 4/10, 5/9, 6/8, in halves of the flat bet. */
    uint8_t bar;             /* The come-out total on which don't bets push: 12 or 2. */
    uint8_t breakage;        /* enum craps_breakage. */
    uint8_t vig_rounding;    /* enum craps_vig_rounding. */
    uint8_t lays_work;       /* 1: lay bets work on the come-out unless called off. */
    uint8_t hardways_work;   /* 1: so do hardways. */
    uint16_t buy_vig_on_win; /* Bit N: the vig of buy N is taken from a win, else up front. */
    uint16_t lay_vig_on_win;
};

/*
 * The usual table: 3-4-5x odds, field 2:1 and 3:1, bar 12, vig on a win on 4 and 10 and up front
 * elsewhere, $5 minimum, stakes that cannot be paid exactly refused.
 */
struct craps_rules craps_rules_casino(void);

/* What is wrong with the rules, as a sentence; NULL when they can be played by. */
const char *craps_rules_fault(const struct craps_rules *rules);

/* Writes the CRAPS_RULES_ENCODED_SIZE bytes that a genesis signs. */
void craps_rules_encode(const struct craps_rules *rules, struct writer *out);

/*
 * Reads encoded rules off the reader. NULL when they are sound, else a sentence; rules are then to
 * be thrown away.
 */
const char *craps_rules_decode(struct reader *in, struct craps_rules *rules);

#endif
