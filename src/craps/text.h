/* SPDX-License-Identifier: MIT */
/*
 * Sentences without printf, whose output depends on the locale: words and whole numbers appended to
 * caller's memory, always ended by a zero. What does not fit is cut.
 */
#ifndef CRAPS_TEXT_H
#define CRAPS_TEXT_H

#include "base/types.h"

struct text {
    char *at;
    size_t size; /* Of the memory; at least 1. */
    size_t used; /* Without the zero. */
};

static inline struct text text_on(char *at, size_t size)
{
    at[0] = '\0';
    return (struct text){.at = at, .size = size};
}

static inline void text_letter(struct text *text, char letter)
{
    if (text->used + 1 < text->size) {
        text->at[text->used++] = letter;
        text->at[text->used] = '\0';
    }
}

static inline void text_words(struct text *text, const char *words)
{
    for (; *words != '\0'; words++)
        text_letter(text, *words);
}

/* A number of chips, in decimal digits. */
static inline void text_chips(struct text *text, chips amount)
{
    char digits[20];
    size_t count = 0;
    uint64_t rest = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (amount < 0)
        text_letter(text, '-');
    while (count > 0)
        text_letter(text, digits[--count]);
}

#endif
