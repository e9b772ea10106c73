/* SPDX-License-Identifier: MIT */
/*
 * The felt: puck, shooter, and what every seat has on every spot; and what a roll does to it.
 *
 * It knows stakes but owns no money: craps_place() says what a bet costs, craps_roll() returns
 * decisions, and the caller posts both to the ledger. struct craps is plain memory without
 * pointers: it is copied once per block, compared by its encoding, and a refused action leaves it
 * unchanged.
 *
 * A roll is settled in this order: craps_roll(); the decisions' chips are collected and paid;
 * craps_fit() with what the bank then holds; the decisions' returns are posted.
 * The card handed in is always that of the same rules. Pure; the owner's thread.
 */
#ifndef CRAPS_CRAPS_H
#define CRAPS_CRAPS_H

#include "base/limits.h"
#include "craps/bet.h"
#include "craps/card.h"
#include "craps/hand.h"
#include "craps/rules.h"

/* No seat. */
#define CRAPS_SEAT_NONE 255

/* Decisions of one roll: each spot of each seat gives one at most. */
#define CRAPS_DECISIONS_MAX ((size_t)SEATS_MAX * CRAPS_SPOT_COUNT)

/* Bytes of an encoded state, at most. */
#define CRAPS_ENCODED_MAX (44 + SEATS_MAX * (1 + CRAPS_SPOT_COUNT * 7))

/* What a player called a bet, until it comes down. */
enum craps_working {
    CRAPS_WORKING_DEFAULT,
    CRAPS_WORKING_ON,  /* Working on the come-out too. */
    CRAPS_WORKING_OFF, /* Neither wins nor loses, whatever the puck. */
};

struct craps_seat {
    struct craps_spots lies;           /* Spots with a bet. */
    struct craps_spots on;             /* Of these, called working. */
    struct craps_spots off;            /* Of these, called off. */
    uint32_t stakes[CRAPS_SPOT_COUNT]; /* Chips on each spot; 0: no bet. */
};

struct craps {
    uint8_t puck;        /* The point, 0 while the puck is off. */
    uint8_t shooter;     /* A seat, or CRAPS_SEAT_NONE. */
    uint8_t dice[2];     /* Of the last roll; 0 before the first. */
    uint16_t seated;     /* Bit i: seat i has a bet. */
    uint64_t rolls;      /* Of this table. */
    uint64_t hand_rolls; /* Since the last seven-out; 0: the hand's first roll is ahead. */
    struct craps_hand hand;
    struct craps_seat seats[SEATS_MAX];
};

_Static_assert(sizeof(struct craps) < 20480, "the state of craps stays cheap to copy");

enum craps_verdict {
    CRAPS_ACCEPTED,
    CRAPS_REFUSED_UNKNOWN,      /* There is no such bet. */
    CRAPS_REFUSED_NUMBER,       /* The bet needs to say which number. */
    CRAPS_REFUSED_NOT_OFFERED,  /* This house does not take it. */
    CRAPS_REFUSED_POINT_IS_ON,  /* It opens with the come-out. */
    CRAPS_REFUSED_POINT_IS_OFF, /* It opens with a point. */
    CRAPS_REFUSED_NO_FLAT,      /* Odds without a bet to back. */
    CRAPS_REFUSED_BY_DICE,      /* Only the dice move a bet there, and it cannot grow. */
    CRAPS_REFUSED_BELOW_MIN,
    CRAPS_REFUSED_ABOVE_MAX,
    CRAPS_REFUSED_FULL,         /* Nothing can be added to what lies. */
    CRAPS_REFUSED_IMPROPER,     /* It could not be paid exactly. */
    CRAPS_REFUSED_CONTRACT,     /* It stays until decided. */
    CRAPS_REFUSED_NO_BET,       /* The seat has no such bet. */
    CRAPS_REFUSED_ALWAYS_WORKS, /* It cannot be called off or working. */
    CRAPS_REFUSED_HAND_BEGAN,   /* It opens with a new shooter's first roll. */
    CRAPS_REFUSED_SINCE_SEVEN,  /* It opens with the first roll after a 7. */
    CRAPS_REFUSED_TAKES_ALL,    /* Less lies there than was to be taken down. */
    CRAPS_REFUSED_LEAVES_ODDS,  /* What would be left is too little for the odds behind it. */
};

/* What a bet costs, or gives back: stake and vig go from or to the seat's rail. */
struct craps_money {
    chips stake;
    chips vig; /* Paid up front, kept on the table with the bet until it is decided. */
    chips win; /* What the bank reserves for it, more or less: see craps_reserve(). */
};

/* What a seat may add to a spot now. */
struct craps_offer {
    struct craps_bet bet;
    chips least;
    chips most;
    chips unit; /* Amounts are least + a multiple of it. */
};

/* Why not, and what would have been possible. */
struct craps_refusal {
    enum craps_verdict verdict;
    struct craps_bet bet; /* Resolved as far as it could be. */
    uint8_t puck;
    chips amount;             /* What was asked. */
    struct craps_offer offer; /* least 0: nothing can be added now. */
    chips nearest;            /* The nearest amount that would have been taken; 0: none. */
    struct craps_pay pay;     /* What the bet pays, most. */
};

/* The room a refusal's sentence needs. */
#define CRAPS_SENTENCE_SIZE 200

enum craps_outcome {
    CRAPS_WIN,
    CRAPS_LOSE,
    CRAPS_PUSH,     /* Neither: it comes down, or lies on and is free to be taken down. */
    CRAPS_TRAVEL,   /* The bet moved to the number thrown. */
    CRAPS_RETURNED, /* Off when the number was decided: it came down. */
};

/*
 * What a roll did to one bet. The chips that lay on the table, stake and vig paid up front, are
 * collected by the bank or returned to the rail or stay; the profit comes from the bank, and the
 * vig goes to it, out of that profit.
 */
struct craps_decision {
    struct craps_bet bet;
    struct craps_bet to;
    uint8_t seat;
    uint8_t outcome; /* enum craps_outcome. */
    uint8_t stays;   /* 1: the bet lies on, on bet or, having travelled, on to. */
    chips stake;     /* As it lay. */
    chips returned;  /* Table to rail. */
    chips collected; /* Table to bank. */
    chips profit;    /* Bank to rail. */
    chips vig;       /* Rail to bank; never more than the profit. */
};

/* An empty felt: puck off, nobody has the dice. */
void craps_init(struct craps *craps);

/*
 * The bet that a player means: fills in the number that the puck or the seat's own bets imply, and
 * for CRAPS_ODDS the bet they back. Returned unchanged when nothing implies anything.
 */
struct craps_bet craps_resolve(const struct craps *craps, unsigned seat, struct craps_bet bet);

/*
 * The seat's own bet that is meant, when there is one: as craps_resolve(), and without a number the
 * only one of that kind that lies.
 */
struct craps_bet craps_own(const struct craps *craps, unsigned seat, struct craps_bet bet);

/* What the seat may add to this bet now; a refusal leaves least and most 0. */
enum craps_verdict craps_offer(const struct craps *craps, const struct craps_card *card,
                               unsigned seat, struct craps_bet bet, struct craps_offer *offer);

/* All that the seat may bet now, in the order of the spots; returns how many. */
size_t craps_legal(const struct craps *craps, const struct craps_card *card, unsigned seat,
                   struct craps_offer offers[static CRAPS_SPOT_COUNT]);

/*
 * Puts amount on a bet, or adds it to what lies there. cost is what leaves the seat's rail; the vig
 * of it may be negative, never the sum. Refused: nothing changes but *why, which says the reason.
 */
enum craps_verdict craps_place(struct craps *craps, const struct craps_card *card, unsigned seat,
                               struct craps_bet bet, chips amount, struct craps_money *cost,
                               struct craps_refusal *why);

/*
 * Takes amount of a bet down, or with CRAPS_WHOLE all of it and the odds behind it; back is what
 * returns to the seat's rail, and what the bank need no longer reserve. What is left must be a bet
 * that could be made. Refused for contracts and where nothing lies.
 */
enum craps_verdict craps_take_down(struct craps *craps, const struct craps_card *card,
                                   unsigned seat, struct craps_bet bet, chips amount,
                                   struct craps_money *back, struct craps_refusal *why);

#define CRAPS_WHOLE ((chips)0)

/* Takes everything of a seat down that is no contract; back is what returns to its rail. */
void craps_clear_seat(struct craps *craps, const struct craps_card *card, unsigned seat,
                      struct craps_money *back);

/* Calls a bet that lies working, off, or back to the house's habit. */
enum craps_verdict craps_set_working(struct craps *craps, unsigned seat, struct craps_bet bet,
                                     enum craps_working working, struct craps_refusal *why);

/* What a bet that lies on a spot was called. */
enum craps_working craps_called(const struct craps_seat *seat, uint32_t spot);

/* Whether a bet that lies on a spot is on: what the next roll does to it counts. */
bool craps_works(const struct craps *craps, const struct craps_card *card, unsigned seat,
                 uint32_t spot);

/* The largest profit that a stake on this bet can win by one decision. */
chips craps_reserve(const struct craps_card *card, struct craps_bet bet, chips stake);

/* What the bank must hold for all that lies: the sum of craps_reserve(). */
chips craps_reserve_all(const struct craps *craps, const struct craps_card *card);

/* The largest amount the seat may add now that reserves at most win more; 0: none. */
chips craps_fitting(const struct craps *craps, const struct craps_card *card, unsigned seat,
                    struct craps_bet bet, chips win);

/* All chips of a seat on the table: stakes and vig paid up front. */
struct craps_money craps_lying(const struct craps *craps, const struct craps_card *card,
                               unsigned seat);

/*
 * Decides every bet against the state before the roll, then moves bets, puck and, on a seven-out,
 * the dice to the next of players (bit = seat). Dice are 1 to 6. Returns the number of decisions.
 */
size_t craps_roll(struct craps *craps, const struct craps_card *card, uint16_t players, unsigned d1,
                  unsigned d2, struct craps_decision decisions[static CRAPS_DECISIONS_MAX]);

/*
 * A win that stays up needs a new reserve. Takes such bets down, the last first, until the bank's
 * chips cover all that lies; alters their decisions. Returns what is now to be reserved.
 */
chips craps_fit(struct craps *craps, const struct craps_card *card,
                struct craps_decision *decisions, size_t count, chips bank);

/* Gives the dice to a seat, or to none (CRAPS_SEAT_NONE). The hand goes on. */
void craps_set_shooter(struct craps *craps, unsigned seat);

/* Gives the dice to the next of players (bit = seat) after the shooter; none when there is none. */
void craps_next_shooter(struct craps *craps, uint16_t players);

/* Whether the shooter has the line bet that a come-out needs, or a point is on. */
bool craps_shooter_ready(const struct craps *craps);

/*
 * Sets to its start all of the state that cannot change how a bet on this spot of seat 0 is
 * decided, when it is the only one: two states that become equal have the same future for it.
 */
void craps_forget(struct craps *craps, uint32_t spot);

/* Writes the canonical bytes of the state, at most CRAPS_ENCODED_MAX: equal states, equal bytes. */
void craps_encode(const struct craps *craps, struct writer *out);

/* Reads them back. False for anything that craps_encode() does not write. */
bool craps_decode(struct reader *in, struct craps *craps);

#endif
