/* SPDX-License-Identifier: MIT */
/*
 * The dealer's ear: what a player says in one breath, as orders on the felt.
 *
 *   pass 10             10 on pass             chips on a bet; also max and min
 *   odds 20             odds max, odds 2x      behind the line; odds all max: behind every bet
 *   32 across           inside 22, outside 20, even 22, hardways 20; across 27 less the point
 *   press place 6       half press all         adds what lies, or half of it; press place 6 12
 *   regress place 6 12                         down to 12; without chips to the smallest bet
 *   take down place 6   place 6 down 12        all of it with its odds, or 12 of it
 *   off hardways        working all            usual all: back to the house's habit
 *   same                                       what the seat had before the last such roll
 *   clear                                      everything that may come down
 *
 * Parts are separated by ';' or ', '. Knows no money but the chips on the rail, which limit "max";
 * whether an order is accepted is the engine's to say. Pure; any thread.
 */
#ifndef CRAPS_DEALER_H
#define CRAPS_DEALER_H

#include "craps/order.h"

#define CRAPS_DEALER_SENTENCE_SIZE 240

/* What is looked at. */
struct craps_dealer_view {
    const struct craps *craps;
    const struct craps_card *card;
    unsigned seat;
    chips rail;                      /* The seat's free chips. */
    const struct craps_seat *before; /* What "same" means; NULL: nothing. */
};

/* What was understood. */
struct craps_heard {
    struct craps_order orders[CRAPS_ORDERS_MAX];
    size_t count;
    bool more; /* Further orders did not fit: say it again when these are done. */
    char sentence[CRAPS_DEALER_SENTENCE_SIZE]; /* Why nothing was; empty else. */
};

/* Understands words. False: heard->sentence says what was not, and what could be said instead. */
bool craps_dealer_hear(struct bytes words, const struct craps_dealer_view *view,
                       struct craps_heard *heard);

/* The bet that these words come nearest to, mistyped; false when they come near none there is. */
bool craps_dealer_guess(struct bytes words, char name[static CRAPS_BET_NAME_SIZE]);

#endif
