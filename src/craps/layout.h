/* SPDX-License-Identifier: MIT */
/*
 * The rules of every kind of bet, one row each: when it may be made, whether it is a contract,
 * whether it works on the come-out, what wins, loses and pushes, and what it pays.
 *
 * The engine (craps/card.c, action.c, roll.c) knows no kind by name: a further bet is a further
 * row. A set of rolls is a mask: bits 2 to 12 stand for totals, the others for what depends on the
 * bet or the house. Internal to this folder and its tests.
 */
#ifndef CRAPS_LAYOUT_H
#define CRAPS_LAYOUT_H

#include "craps/bet.h"
#include "craps/hand.h"
#include "craps/rules.h"

/* Sets of rolls. */
#define ROLLS_TOTAL(total) (1u << (total))
#define ROLLS_CRAPS        (ROLLS_TOTAL(2) | ROLLS_TOTAL(3) | ROLLS_TOTAL(12))
#define ROLLS_BOX          0x770u     /* 4 5 6 8 9 10. */
#define ROLLS_OUTER        0x180cu    /* 2 3 11 12. */
#define ROLLS_ANY          0x1ffcu    /* 2 to 12. */
#define ROLLS_NUMBER       (1u << 16) /* The bet's own number. */
#define ROLLS_NUMBER_HARD  (1u << 17) /* The bet's own number, as a double. */
#define ROLLS_PAIR         (1u << 18) /* The hop's own two dice. */
#define ROLLS_BAR          (1u << 19) /* The total that the house bars. */
#define ROLLS_NATURAL      (1u << 20) /* What wins the line on the come-out: 7 and 11; crapless 7. */
#define ROLLS_LINE_CRAPS   (1u << 21) /* What loses it: 2 3 12; crapless nothing. */
#define ROLLS_POINT        (1u << 22) /* What becomes a point. */
#define ROLLS_NO_POINT     (1u << 23) /* What does not, but for 7. */

/* When a bet may be made. */
enum layout_window {
    LAYOUT_ANY_TIME,
    LAYOUT_COMEOUT,     /* With the puck off. */
    LAYOUT_POINT,       /* With the puck on. */
    LAYOUT_BEHIND,      /* With a flat bet on the same number. */
    LAYOUT_FRESH,       /* Before a new shooter's first roll. */
    LAYOUT_AFTER_SEVEN, /* Then, and after any 7. */
    /* Of single spots, worked out by the card: */
    LAYOUT_BY_DICE, /* Never: the dice move a bet there. */
    LAYOUT_ON_PUCK, /* On the number that the puck is on. */
};

/* Whether it is decided by come-out rolls, as most houses have it. */
enum layout_work {
    LAYOUT_WORKS_ALWAYS, /* And cannot be called off. */
    LAYOUT_WORKS,        /* Unless called off; the house may have it the other way round. */
    LAYOUT_OFF,          /* Unless called working; likewise. */
};

/* When it may not be taken down. */
enum layout_contract {
    LAYOUT_REMOVABLE,
    LAYOUT_CONTRACT_ON_NUMBER, /* Once it has a number. */
    LAYOUT_CONTRACT_PUT,       /* Where the house says so of put bets. */
    LAYOUT_CONTRACT_HAND,      /* Once it could no longer be made. */
};

enum layout_vig {
    LAYOUT_VIG_NONE,
    LAYOUT_VIG_BUY, /* 5 % of the stake. */
    LAYOUT_VIG_LAY, /* 5 % of the possible win. */
};

/* Which of a bet's two stages it is in. */
enum layout_staging {
    LAYOUT_STAGED_NOT,       /* Always the last. */
    LAYOUT_STAGED_BY_NUMBER, /* The first while it has no number; then it travels to one. */
    LAYOUT_STAGED_BY_PUCK,   /* The first with the puck off. */
    LAYOUT_STAGED_BY_HAND,   /* The first by a hand's first roll. */
};

/* What ends a bet on a hand. */
enum layout_end {
    LAYOUT_ENDS_BY_SEVEN, /* Any 7. */
    LAYOUT_ENDS_BY_SEVEN_OUT,
};

/* What one set of rolls pays. */
struct layout_win {
    uint32_t on;   /* The set; 0 ends the list. */
    uint32_t of;   /* Only of bets on these numbers, bit N; 0: of all. */
    uint8_t house; /* 1 + enum craps_house_pay: the house's pay; 0: the pay beside. */
    struct craps_pay pay;
};

#define LAYOUT_WINS_MAX 7

/* What decides a bet. Pushes are looked at first, then wins, then losses. */
struct layout_stage {
    uint32_t push;
    uint32_t lose;
    struct layout_win wins[LAYOUT_WINS_MAX];
};

#define LAYOUT_PARTS_MAX 5

struct layout_row {
    const char *name;
    uint32_t first;         /* Its first spot. */
    const uint8_t *numbers; /* Those of its spots, in order. */
    const uint8_t *at;      /* Where each number from 0 to 12 stands there; NULL of hops. */
    uint8_t numbers_count;
    uint8_t window;   /* enum layout_window. */
    uint8_t work;     /* enum layout_work. */
    uint8_t contract; /* enum layout_contract. */
    uint8_t vig;      /* enum layout_vig. */
    uint8_t limit;    /* enum craps_limit_class. */
    uint8_t behind;   /* Of odds: the kind of the flat bet. */
    uint8_t staging;  /* enum layout_staging. */
    bool points;      /* Only on numbers that are points in this house. */
    bool stays;       /* Lies on after a win. */
    bool lays;        /* Odds against the number: the limit is what wins the odds taken. */
    struct layout_stage comeout; /* The first stage. */
    struct layout_stage rest;    /* The last. */
    /* A bet split evenly over others: what these win, less what the rest of them loses. */
    uint8_t parts_count;
    struct craps_bet parts[LAYOUT_PARTS_MAX];
    bool high; /* One part more, on the bet's own number. */
    /* A bet on a hand: pays by the rung reached when it ends, or at once at a rung this high. */
    uint8_t measure; /* enum craps_measure. */
    uint8_t ends;    /* enum layout_end. */
    uint8_t ladder;  /* enum craps_ladder. */
    uint8_t rungs;
    uint8_t at_once;
};

/* Where a number stands in a row's numbers; LAYOUT_NOWHERE when it does not. */
#define LAYOUT_NOWHERE 255
unsigned layout_index(const struct layout_row *row, unsigned number);

/* The row of a kind below CRAPS_KIND_COUNT. */
const struct layout_row *layout_row(unsigned kind);

/* The totals that are points, bit N. */
uint32_t layout_points(const struct craps_rules *rules);

/* What a fall of the dice does to a bet in a stage. */
struct layout_fate {
    bool push;
    bool lose;
    struct craps_pay pay; /* Of a win; per 0: no win. */
};

struct layout_fate layout_fate(const struct craps_rules *rules, const struct layout_stage *stage,
                               struct craps_bet bet, unsigned d1, unsigned d2);

/* The same of a split bet, from its parts; pay.per is a multiple of how many these are. */
struct layout_fate layout_split(const struct craps_rules *rules, const struct layout_row *row,
                                struct craps_bet bet, unsigned d1, unsigned d2);

/* What a rung of a bet's ladder gives for one: 0 nothing, 1 the stake; rung 0 is none. */
unsigned layout_rung_pays(const struct craps_rules *rules, const struct layout_row *row,
                          unsigned rung);

#endif
