/* SPDX-License-Identifier: MIT */
/*
 * One order of a player to the dealer: chips on a bet, chips off it, or a call of whether it works.
 *
 * Several said in one breath are one action of a seat: carried out one after the other, all or
 * none, which is the caller's to see to. Pure; the owner's thread.
 */
#ifndef CRAPS_ORDER_H
#define CRAPS_ORDER_H

#include "craps/craps.h"

/* Orders of one action. */
#define CRAPS_ORDERS_MAX 16

enum craps_deed {
    CRAPS_DEED_ADD,
    CRAPS_DEED_TAKE,
    CRAPS_DEED_CALL,
};

struct craps_order {
    struct craps_bet bet;
    uint8_t deed;    /* enum craps_deed. */
    uint8_t working; /* Of a call: enum craps_working. */
    chips amount;    /* Added, or taken off; CRAPS_WHOLE takes the bet and its odds. */
};

/*
 * Carries an order out. *money is what adding costs, what taking gives back, and nothing for a
 * call. Refused: nothing changes but *why.
 */
enum craps_verdict craps_carry_out(struct craps *craps, const struct craps_card *card,
                                   unsigned seat, const struct craps_order *order,
                                   struct craps_money *money, struct craps_refusal *why);

/*
 * The largest amount that the seat may add to this bet now and that costs no more than rail, vig
 * included; 0: none.
 */
chips craps_affordable(const struct craps *craps, const struct craps_card *card, unsigned seat,
                       struct craps_bet bet, chips rail);

#endif
