/* SPDX-License-Identifier: MIT */
/*
 * What the parts of craps/dealer.h share: words as they were said, and what was understood so far.
 * Internal to this folder.
 */
#ifndef CRAPS_HEARING_H
#define CRAPS_HEARING_H

#include "craps/dealer.h"
#include "craps/text.h"

#define LETTERS_MAX 128 /* Of one part. */
#define WORDS_MAX   16

/* One part of what was said: lower case, single blanks, without words that say nothing. */
struct words {
    char letters[LETTERS_MAX];
    size_t used;
    size_t starts[WORDS_MAX];
    size_t sizes[WORDS_MAX];
    size_t count;
};

/* What was understood so far. */
struct hearing {
    const struct craps_dealer_view *view;
    struct craps felt; /* After the orders so far. */
    chips rail;
    struct craps_heard *heard;
    bool refused; /* The engine will refuse the last order: what follows does not matter. */
};

enum amount_kind { AMOUNT_NONE, AMOUNT_CHIPS, AMOUNT_MOST, AMOUNT_LEAST, AMOUNT_TIMES };

struct amount {
    enum amount_kind kind;
    chips value;
};

/* Each deed is about the words from begin up to end. */
typedef bool hearing_verb(struct hearing *hearing, const struct words *words, size_t begin,
                          size_t end);

/* ---- craps/ear.c ---- */

/* Reads the next part off the text; false at its end, and when it does not fit. */
bool hearing_part(struct bytes *text, struct words *words, bool *fits);

bool hearing_is(const struct words *words, size_t i, const char *word);

/* The words from the one at begin up to the one at end, which is not among them. */
struct bytes hearing_slice(const struct words *words, size_t begin, size_t end);

void hearing_drop(struct words *words, size_t i);

struct amount hearing_amount(const struct words *words, size_t i);

/* Begins the sentence that says what is wrong. */
struct text hearing_sentence(struct hearing *hearing);

/* Says what is wrong; false. */
bool hearing_wrong(struct hearing *hearing, const char *sentence);

/* Says that these words are no bet, and what they come nearest to, verbs among them; false. */
bool hearing_unknown(struct hearing *hearing, const struct words *words, size_t begin, size_t end,
                     bool verbs);

/* ---- craps/dealer.c ---- */

chips hearing_stake(const struct hearing *hearing, uint32_t spot);

/* Notes an order and carries it out on the own felt. */
void hearing_put(struct hearing *hearing, struct craps_order order);
void hearing_add(struct hearing *hearing, struct craps_bet bet, chips amount);
void hearing_take(struct hearing *hearing, struct craps_bet bet, chips amount);

/* Adds an amount that may be "max", "min" or a multiple. */
bool hearing_add_amount(struct hearing *hearing, struct craps_bet bet, struct amount amount);

/* Whether these are odds of any sort. */
bool hearing_is_odds(uint8_t kind);

/* ---- craps/verb.c ---- */

/* The verb that the words begin or end with, and what is left for it; NULL when there is none. */
hearing_verb *hearing_find_verb(const struct words *words, size_t *begin, size_t *end);

#endif
