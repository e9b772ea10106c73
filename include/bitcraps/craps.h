/* SPDX-License-Identifier: MIT */
/*
 * libbitcraps: the rules of casino craps, every bet of the rule book, as the tables of BitCraps
 * settle them. A table has a house's settings and up to 16 seats with bets; it is told what is bet
 * and what was thrown, and says what that does to every chip. It reads and writes nothing, throws
 * no dice and holds nobody's money: whoever calls it keeps the accounts.
 *
 *     struct bitcraps_craps *table = bitcraps_craps_create("casino odds=10x", NULL, 0);
 *     if (bitcraps_craps_place(table, 0, bitcraps_bet("pass"), 10, &cost) == BITCRAPS_ACCEPTED)
 *         purse -= cost;
 *     bitcraps_craps_roll(table, 4, 3);
 *     purse += bitcraps_craps_credit(table, 0);
 *     bitcraps_craps_destroy(table);
 *
 * Names:     a bet is a number that bitcraps_bet() finds by the bet's name, "place 6"; it is the
 *            same in all versions of the library, as are all enumerated values.
 * Money:     in whole chips, 64 bits.
 * Results:   0 (BITCRAPS_ACCEPTED), or a positive BITCRAPS_REFUSED_... whose reason
 *            bitcraps_craps_sentence() tells in words, or BITCRAPS_WRONG when the call itself makes
 *            no sense: a seat, bet, die or pointer that does not exist. Refused and wrong calls
 *            change nothing.
 * Memory:    a table is made and freed by this library. What it returns pointers to is the table's
 *            own; each function says how long it lasts.
 * Structs:   are only handed out, never taken, and may grow at their ends: do not copy them by
 *            their size into files, nor declare arrays of them.
 * Threads:   one table is for one thread at a time; there is no state beside the tables.
 * Languages: C99, C++, and whatever calls C functions: examples/settle.py is Python.
 */
#ifndef BITCRAPS_CRAPS_H
#define BITCRAPS_CRAPS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BITCRAPS_SEATS 16

/* Room for any bet's name, and for any sentence, with their zeros. What is longer is cut. */
#define BITCRAPS_NAME_SIZE     32
#define BITCRAPS_SENTENCE_SIZE 320

/* A table: house, puck, shooter, bets. */
struct bitcraps_craps;

/* What became of a call. */
enum bitcraps_result {
    BITCRAPS_WRONG = -1,
    BITCRAPS_ACCEPTED = 0,
    BITCRAPS_REFUSED_UNKNOWN = 1,      /* There is no such bet. */
    BITCRAPS_REFUSED_NUMBER = 2,       /* The bet needs to say which number. */
    BITCRAPS_REFUSED_NOT_OFFERED = 3,  /* This house does not take it. */
    BITCRAPS_REFUSED_POINT_IS_ON = 4,  /* It opens with the come-out. */
    BITCRAPS_REFUSED_POINT_IS_OFF = 5, /* It opens with a point. */
    BITCRAPS_REFUSED_NO_FLAT = 6,      /* Odds without a bet to back. */
    BITCRAPS_REFUSED_BY_DICE = 7,      /* Only the dice move a bet there, and it cannot grow. */
    BITCRAPS_REFUSED_BELOW_MIN = 8,
    BITCRAPS_REFUSED_ABOVE_MAX = 9,
    BITCRAPS_REFUSED_FULL = 10,         /* Nothing can be added to what lies. */
    BITCRAPS_REFUSED_IMPROPER = 11,     /* It could not be paid exactly. */
    BITCRAPS_REFUSED_CONTRACT = 12,     /* It stays until decided. */
    BITCRAPS_REFUSED_NO_BET = 13,       /* The seat has no such bet. */
    BITCRAPS_REFUSED_ALWAYS_WORKS = 14, /* It cannot be called off or working. */
    BITCRAPS_REFUSED_HAND_BEGAN = 15,   /* It opens with a new shooter's first roll. */
    BITCRAPS_REFUSED_SINCE_SEVEN = 16,  /* It opens with the first roll after a 7. */
    BITCRAPS_REFUSED_TAKES_ALL = 17,    /* Less lies there than was to be taken down. */
    BITCRAPS_REFUSED_LEAVES_ODDS = 18   /* What would be left is too little for the odds. */
};

/* What a player called a bet, until it comes down. */
enum bitcraps_working {
    BITCRAPS_WORKING_DEFAULT = 0,
    BITCRAPS_WORKING_ON = 1, /* Working on the come-out too. */
    BITCRAPS_WORKING_OFF = 2 /* Neither wins nor loses, whatever the puck. */
};

enum bitcraps_outcome {
    BITCRAPS_WIN = 0,
    BITCRAPS_LOSE = 1,
    BITCRAPS_PUSH = 2,    /* Neither; it comes down, or lies on. */
    BITCRAPS_TRAVEL = 3,  /* The bet moved to the number thrown. */
    BITCRAPS_RETURNED = 4 /* Off when its number was decided: it came down. */
};

/* What a seat may add to a bet now: least, or a multiple of unit more, up to most. */
struct bitcraps_offer {
    int bet;
    int64_t least;
    int64_t most;
    int64_t unit;
};

/* A bet that lies. */
struct bitcraps_lying {
    int bet;
    int called; /* enum bitcraps_working. */
    int works;  /* 1: the next roll counts for it. */
    int64_t stake;
    int64_t vig; /* Paid up front, held with the bet. */
};

/* What a roll did to one bet. */
struct bitcraps_decision {
    int seat;
    int bet;
    int to;            /* The bet it became by travelling; else the bet. */
    int outcome;       /* enum bitcraps_outcome. */
    int stays;         /* 1: it lies on, on bet or to. */
    int64_t stake;     /* As it lay. */
    int64_t returned;  /* From the table to the player, stake and vig held. */
    int64_t collected; /* From the table to the bank, stake and vig held. */
    int64_t profit;    /* From the bank to the player. */
    int64_t vig;       /* From the player to the bank, out of the profit. */
    int64_t credit;    /* What the player's purse gains: returned + profit - vig. */
};

/* The version of the library, "0.1.0"; for ever. */
const char *bitcraps_version(void);

/* ---- Houses and bets, without a table ---- */

/*
 * The name of the house at an index, from 0; NULL after the last. *description, if not NULL, is one
 * line about it. Both last for ever.
 */
const char *bitcraps_preset(size_t index, const char **description);

/*
 * The name of the setting at an index, from 0; NULL after the last. *form, if not NULL, says how
 * its value is written, *summary what it is. All last for ever.
 */
const char *bitcraps_setting(size_t index, const char **form, const char **summary);

/* The bet of a name as people write it, "don't come 6", "hop 3 4"; -1 when there is none. */
int bitcraps_bet(const char *name);

/* Writes a bet's name and its zero; returns its length, or BITCRAPS_WRONG. */
int bitcraps_bet_name(int bet, char *name, size_t size);

/* Writes the stickman's call of a roll thrown with this puck (0: off); its length, or WRONG. */
int bitcraps_call(int puck, int d1, int d2, char *call, size_t size);

/* ---- A table's life ---- */

/*
 * An empty table of a house: its name, and settings that differ, separated by spaces: "casino",
 * "crapless odds=5x field=2-3". NULL is "casino". The caller destroys it. NULL comes back when the
 * house makes no sense or there is no memory; sentence, if not NULL, then says why, in at most size
 * bytes.
 */
struct bitcraps_craps *bitcraps_craps_create(const char *house, char *sentence, size_t size);

/* Another table in the same state; the caller destroys it. NULL without memory. */
struct bitcraps_craps *bitcraps_craps_copy(const struct bitcraps_craps *craps);

/* Frees a table; NULL is none. */
void bitcraps_craps_destroy(struct bitcraps_craps *craps);

/*
 * Writes the house as bitcraps_craps_create() reads it, with its zero, in at most size bytes.
 * Returns the length of the whole text, or BITCRAPS_WRONG.
 */
int bitcraps_craps_house(const struct bitcraps_craps *craps, char *text, size_t size);

/*
 * Writes the table's bytes, house and felt, the same for the same state on any machine; bytes may
 * be NULL when size is 0. Returns how many there are: when more than size, none was written.
 */
size_t bitcraps_craps_encode(const struct bitcraps_craps *craps, void *bytes, size_t size);

/* A table of these bytes, as bitcraps_craps_create(); NULL for others than were written so. */
struct bitcraps_craps *bitcraps_craps_decode(const void *bytes, size_t size, char *sentence,
                                             size_t sentence_size);

/* Why the last call with this table was refused, in one sentence; "" when it was not. Until then.
 */
const char *bitcraps_craps_sentence(const struct bitcraps_craps *craps);

/* ---- Bets ---- */

/*
 * Puts amount on a bet, or adds it to what lies there. *cost, if not NULL, is what leaves the
 * player's purse: the amount, and vig that is paid up front.
 */
int bitcraps_craps_place(struct bitcraps_craps *craps, int seat, int bet, int64_t amount,
                         int64_t *cost);

/*
 * Takes amount of a bet down; with 0 all of it, and the odds behind it. *back, if not NULL, is what
 * returns to the player's purse.
 */
int bitcraps_craps_take_down(struct bitcraps_craps *craps, int seat, int bet, int64_t amount,
                             int64_t *back);

/* Takes everything of a seat down that may come down. */
int bitcraps_craps_clear_seat(struct bitcraps_craps *craps, int seat, int64_t *back);

/* Calls a bet that lies working or off; working is an enum bitcraps_working. */
int bitcraps_craps_set_working(struct bitcraps_craps *craps, int seat, int bet, int working);

/* What a seat may add to a bet now; NULL when nothing. Until the next call with this table. */
const struct bitcraps_offer *bitcraps_craps_offer(struct bitcraps_craps *craps, int seat, int bet);

/* Finds all that a seat may bet now; returns how many offers there are, or BITCRAPS_WRONG. */
int bitcraps_craps_offers(struct bitcraps_craps *craps, int seat);

/* One of them; NULL after the last. Until the next call of bitcraps_craps_offers(). */
const struct bitcraps_offer *bitcraps_craps_offer_at(const struct bitcraps_craps *craps, int index);

/* Finds all that a seat has on the table; returns how many bets, or BITCRAPS_WRONG. */
int bitcraps_craps_bets(struct bitcraps_craps *craps, int seat);

/* One of them; NULL after the last. Until the next call of bitcraps_craps_bets(). */
const struct bitcraps_lying *bitcraps_craps_bet_at(const struct bitcraps_craps *craps, int index);

/* The chips that a seat has on a bet; 0 when none, or there is no such bet. */
int64_t bitcraps_craps_stake(const struct bitcraps_craps *craps, int seat, int bet);

/* The most that a stake on this bet can win by one decision: what a bank must hold for it. */
int64_t bitcraps_craps_reserve(const struct bitcraps_craps *craps, int bet, int64_t stake);

/* The sum of this for all that lies. */
int64_t bitcraps_craps_reserve_all(const struct bitcraps_craps *craps);

/* ---- Rolls ---- */

/*
 * Decides every bet by a roll of two dice, and moves puck and dice. Returns how many decisions
 * there are, or BITCRAPS_WRONG.
 */
int bitcraps_craps_roll(struct bitcraps_craps *craps, int d1, int d2);

/* One of them; NULL after the last. Until the next roll. */
const struct bitcraps_decision *bitcraps_craps_decision(const struct bitcraps_craps *craps,
                                                        int index);

/* What a seat's purse gains by the last roll: the sum of its credits. */
int64_t bitcraps_craps_credit(const struct bitcraps_craps *craps, int seat);

/* Who plays: bit N is seat N. After a seven-out the dice go to the next of them. At first seat 0.
 */
int bitcraps_craps_set_players(struct bitcraps_craps *craps, unsigned seats);

/* Gives the dice to a seat; -1: to none. */
int bitcraps_craps_set_shooter(struct bitcraps_craps *craps, int seat);

/* The point; 0 while the puck is off. */
int bitcraps_craps_puck(const struct bitcraps_craps *craps);

/* The seat that has the dice; -1: none. */
int bitcraps_craps_shooter(const struct bitcraps_craps *craps);

/* One of the dice last thrown, 0 or 1; 0 before the first roll. */
int bitcraps_craps_die(const struct bitcraps_craps *craps, int which);

/* Rolls of this table, and those since the last seven-out. */
uint64_t bitcraps_craps_rolls(const struct bitcraps_craps *craps);
uint64_t bitcraps_craps_hand_rolls(const struct bitcraps_craps *craps);

#ifdef __cplusplus
}
#endif

#endif
