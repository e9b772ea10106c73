/* SPDX-License-Identifier: MIT */
/*
 * libbitcraps inside: what a public table is, and what its files share. The public functions stand
 * over the engine; everything from outside is looked at here, so that no argument can reach a CHECK
 * of the engine. The caller's thread.
 */
#ifndef BINDING_BINDING_H
#define BINDING_BINDING_H

#include <bitcraps/craps.h>

#include <string.h>

#include "craps/craps.h"
#include "craps/text.h"

struct bitcraps_craps {
    struct craps craps;
    struct craps_card card;
    uint16_t players;
    size_t offers_count;
    size_t bets_count;
    size_t decisions_count;
    char sentence[BITCRAPS_SENTENCE_SIZE];
    struct bitcraps_offer offer;
    /* Lists, of which only the first so many are in use. */
    struct bitcraps_offer offers[CRAPS_SPOT_COUNT];
    struct bitcraps_lying bets[CRAPS_SPOT_COUNT];
    struct bitcraps_decision decisions[CRAPS_DECISIONS_MAX];
    struct craps_decision decided[CRAPS_DECISIONS_MAX]; /* As the engine writes them. */
};

/* A bet as a number: the kind's place in its signed order, and the number. */
static inline int code_of(struct craps_bet bet)
{
    return bet.kind << 8 | bet.number;
}

/* False when there is no such kind; the engine refuses numbers that do not exist. */
static inline bool bet_of(int code, struct craps_bet *bet)
{
    if (code < 0 || code > UINT16_MAX)
        return false;
    *bet = (struct craps_bet){.kind = (uint8_t)(code >> 8), .number = (uint8_t)(code & 0xff)};
    return bet->kind < CRAPS_KIND_COUNT || bet->kind == CRAPS_ODDS;
}

/* Copies words with their zero, cut to the size; returns how long they are. */
static inline int give(const char *words, char *text, size_t size)
{
    if (text != NULL && size > 0) {
        struct text out = text_on(text, size);
        text_words(&out, words);
    }
    return (int)strlen(words);
}

static inline struct bytes bytes_of(const char *words)
{
    return (struct bytes){.at = (const uint8_t *)words, .size = strlen(words)};
}

/* Whether a call's arguments are such; the last refusal is over either way. */
static inline bool begin(struct bitcraps_craps *craps, int seat)
{
    if (craps == NULL)
        return false;
    craps->sentence[0] = '\0';
    return seat >= 0 && seat < BITCRAPS_SEATS;
}

#endif
