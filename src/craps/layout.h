/* SPDX-License-Identifier: MIT */
/*
 * The rules of every kind of bet, one row each: when it may be made, whether it is a contract,
 * whether it works on the come-out, what wins, loses and pushes, and what it pays.
 *
 * The engine (craps/craps.c) knows no kind by name: a further bet is a further row. A set of rolls
 * is a mask: bits 2 to 12 stand for totals, the others for what depends on the bet or the house.
 * Internal to this folder and its tests.
 */
#ifndef CRAPS_LAYOUT_H
#define CRAPS_LAYOUT_H

#include "craps/bet.h"
#include "craps/rules.h"

/* Sets of rolls. */
#define ROLLS_TOTAL(total) (1u << (total))
#define ROLLS_CRAPS        (ROLLS_TOTAL(2) | ROLLS_TOTAL(3) | ROLLS_TOTAL(12))
#define ROLLS_BOX          0x770u     /* 4 5 6 8 9 10. */
#define ROLLS_ANY          0x1ffcu    /* 2 to 12. */
#define ROLLS_NUMBER       (1u << 16) /* The bet's own number. */
#define ROLLS_NUMBER_HARD  (1u << 17) /* The bet's own number, as a double. */
#define ROLLS_PAIR_EASY    (1u << 18) /* The hop's own two dice, which differ. */
#define ROLLS_PAIR_HARD    (1u << 19) /* The hop's own two dice, a double. */
#define ROLLS_BAR          (1u << 20) /* The total that the house bars. */

enum layout_window {
    LAYOUT_ANY_TIME,
    LAYOUT_COMEOUT, /* With the puck off. */
    LAYOUT_POINT,   /* With the puck on. */
    LAYOUT_BEHIND,  /* With a flat bet on the same number. */
};

/* Whether it is decided by come-out rolls. */
enum layout_work {
    LAYOUT_WORKS_ALWAYS,  /* And cannot be called off. */
    LAYOUT_WORKS,         /* Unless called off. */
    LAYOUT_OFF,           /* Unless called working. */
    LAYOUT_WORKS_LAY,     /* As the house sets for lay bets. */
    LAYOUT_WORKS_HARDWAY, /* As the house sets for hardways. */
};

enum layout_vig {
    LAYOUT_VIG_NONE,
    LAYOUT_VIG_BUY, /* 5 % of the stake. */
    LAYOUT_VIG_LAY, /* 5 % of the possible win. */
};

/* What one set of rolls pays. */
struct layout_win {
    uint32_t on;   /* The set; 0 ends the list. */
    uint32_t of;   /* Only of bets on these numbers, bit N; 0: of all. */
    uint8_t house; /* 1 + enum craps_house_pay: the house's pay; 0: the pay beside. */
    struct craps_pay pay;
};

#define LAYOUT_WINS_MAX 4

/* What decides a bet. Pushes are looked at first, then wins, then losses. */
struct layout_stage {
    uint32_t push;
    uint32_t lose;
    struct layout_win wins[LAYOUT_WINS_MAX];
};

struct layout_row {
    const char *name;
    uint32_t first;         /* Its first spot. */
    const uint8_t *numbers; /* Those of its spots, in order. */
    uint8_t numbers_count;
    uint8_t window; /* enum layout_window. */
    uint8_t work;   /* enum layout_work. */
    uint8_t vig;    /* enum layout_vig. */
    uint8_t limit;  /* enum craps_limit_class. */
    uint8_t behind; /* Of odds: the kind of the flat bet. */
    bool travels;   /* Made without a number and moved to the one that is thrown. */
    bool contract;  /* Once on a number it stays until decided. */
    bool stays;     /* Lies on after a win. */
    bool lays;      /* Odds against the number: the limit is what wins the odds taken. */
    struct layout_stage comeout; /* Of a bet that travels, while it has no number. */
    struct layout_stage rest;    /* Of all others. */
};

/* The row of a kind below CRAPS_KIND_COUNT. */
const struct layout_row *layout_row(unsigned kind);

/* The stage that a bet is in. */
const struct layout_stage *layout_stage(const struct layout_row *row, struct craps_bet bet);

/* Whether a roll belongs to a set, for this bet in this house. */
bool layout_has(const struct craps_rules *rules, struct craps_bet bet, uint32_t rolls, unsigned d1,
                unsigned d2);

/* What a roll pays to a bet that it wins; per is 0 when it does not win. */
struct craps_pay layout_pays(const struct craps_rules *rules, struct craps_bet bet, unsigned d1,
                             unsigned d2);

/* The stakes that can be paid exactly are the multiples of this. */
chips layout_unit(const struct craps_rules *rules, struct craps_bet bet);

/* The most that a bet can pay. */
struct craps_pay layout_pays_most(const struct craps_rules *rules, struct craps_bet bet);

/* The least that a win of this bet pays. */
struct craps_pay layout_pays_least(const struct craps_rules *rules, struct craps_bet bet);

#endif
