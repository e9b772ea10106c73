/* SPDX-License-Identifier: MIT */
/*
 * One amount over several numbers, as dealers split it: "32 across" is 5 on 4 5 9 10 and 6 on 6 8.
 * Pure; the owner's thread.
 */
#ifndef CRAPS_SPREAD_H
#define CRAPS_SPREAD_H

#include "craps/order.h"

/* Room for the sentence that says why not. */
#define CRAPS_SPREAD_SENTENCE_SIZE 200

struct craps_spread {
    const char *name;
    uint8_t kind;
    uint16_t numbers; /* Bit N. */
};

/* Across, inside, outside, even, and the four hardways, by name; NULL when it is none of them. */
const struct craps_spread *craps_spread_find(struct bytes name);

/* The names of all, by index; NULL after the last. */
const char *craps_spread_name(size_t index);

/*
 * Splits total over the numbers less those of `without` (bit N) in the proportion of what they pay
 * exactly, as orders to add. Returns how many orders; 0 with a sentence that names the nearest
 * total that can be bet now, or why none can.
 */
size_t craps_spread_orders(const struct craps_spread *spread, uint16_t without,
                           const struct craps *craps, const struct craps_card *card, unsigned seat,
                           chips total, struct craps_order orders[static CRAPS_ORDERS_MAX],
                           char sentence[static CRAPS_SPREAD_SENTENCE_SIZE]);

#endif
