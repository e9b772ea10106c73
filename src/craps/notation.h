/* SPDX-License-Identifier: MIT */
/*
 * How the values of a house's settings are written: sets of bets, odds, limits, pays, numbers and
 * pay tables. Each is read from text, false for what is none, and printed so that it reads back.
 * Internal to this folder: others set and print by craps/house.h.
 */
#ifndef CRAPS_NOTATION_H
#define CRAPS_NOTATION_H

#include "craps/rules.h"
#include "craps/text.h"

/* Whether the view is exactly that text. */
bool notation_is(struct bytes view, const char *text);

/* Appends what someone else wrote: printable letters only, and no long story. */
void notation_quote(struct text *text, struct bytes view);

/* Takes the piece before a separator off the view; after the last one the view's at is NULL. */
struct bytes notation_piece(struct bytes *rest, char separator);

/* How many single letters to change, add or take away: Levenshtein, for short words. */
size_t notation_distance(struct bytes a, const char *b);

/* A whole number up to most, digits only. */
bool notation_number(struct bytes view, chips most, chips *out);

/*
 * "all,-fire", "pass,come", or "-fire,+hop" of the set as it is. all is what "all" stands for. When
 * a bet is unknown the sentence says so, else it stays empty.
 */
bool notation_read_kinds(uint64_t all, struct bytes value, uint64_t *set, struct text *sentence);
void notation_print_kinds(uint64_t all, uint64_t set, struct text *text);

/* "3-4-5x", "2x", "full-double", "none", or five numbers from 2/12 to 6/8; in halves. */
bool notation_read_odds(uint8_t halves[static CRAPS_ODDS_CLASSES], struct bytes value);
void notation_print_odds(const uint8_t halves[static CRAPS_ODDS_CLASSES], struct text *text);

/* "5..2000". */
bool notation_read_limit(struct craps_limit *limit, struct bytes value);
void notation_print_limit(const struct craps_limit *limit, struct text *text);

/* "7-9", to one; or "15:2-19:2". */
bool notation_read_pays(struct craps_pay pays[static 2], struct bytes value);
void notation_print_pays(const struct craps_pay pays[static 2], struct text *text);

/* "4,10", as bits; or "all" and "none". */
bool notation_read_numbers(uint16_t all, struct bytes value, uint16_t *numbers);
void notation_print_numbers(uint16_t all, uint16_t numbers, struct text *text);

/* "24-249-999", to one: the last rungs; those before lose, as does "x", and 0 pushes. */
bool notation_read_ladder(uint16_t *rungs, size_t count, struct bytes value);
void notation_print_ladder(const uint16_t *rungs, size_t count, struct text *text);

#endif
