/* SPDX-License-Identifier: MIT */
/*
 * From the daemon's answers to words for a terminal: fields with "unknown" for what is not known,
 * rolls as sentences, lines of a terminal's width, and names of strangers stripped of what could
 * steer it. Pure but for jansson and what prints; any thread.
 */
#ifndef COMMAND_SPEECH_H
#define COMMAND_SPEECH_H

#include <jansson.h>
#include <stddef.h>

#define SPEECH_SIZE    1024
#define SPEECH_COLUMNS 80 /* That a line may have. */

/* Replaces control characters and bidirectional overrides in every string inside value by '?'. */
void speech_clean(json_t *value);

/* The same for one text of UTF-8, in place. */
void speech_clean_text(char *text);

/* A field's text; "unknown" when it is null or missing. Borrowed. */
const char *speech_text(const json_t *object, const char *key);

/* A field's whole number; otherwise if it is null or missing. */
json_int_t speech_number(const json_t *object, const char *key, json_int_t otherwise);

/* A field's number as text, "unknown" when it is null or missing. Returns buffer. */
const char *speech_count(const json_t *object, const char *key, char buffer[static 24]);

/* Bets in few words, alike ones together: "pass, place 4/5/6, field". */
void speech_bets(const json_t *bets, char out[static SPEECH_SIZE]);

/*
 * What became of orders, in a sentence: "You put 12 on place 6.", "You put 5 on place 4, 6 on place
 * 6: 11 in all. You took 6 off place 8. Place 5 is off."
 */
void speech_orders(const json_t *answer, char out[static SPEECH_SIZE]);

/*
 * Prints words in lines that begin at a column, on standard output; what stands left of it in the
 * first line is there already.
 */
void speech_print_wrapped(const char *words, size_t column);

/* A roll in one line, for all seats: "Roll 14: 4 and 3, seven out. Point off. ann -10, ...". */
void speech_roll(const json_t *event, char out[static SPEECH_SIZE]);

/* The same in sentences for one seat: "Roll 14: 4 and 3, seven. You lose 10 on the pass line. ..."
 */
void speech_own_roll(const json_t *event, json_int_t seat, char out[static SPEECH_SIZE]);

/*
 * Makes one phrase of what may be a dealer's whole sentence, as it follows the program's name: its
 * first word begins small, and it has no full stop.
 */
void speech_phrase(char *text);

#endif
