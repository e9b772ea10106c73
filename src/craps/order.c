/* SPDX-License-Identifier: MIT */
/* Orders to the engine's three deeds. */
#include "craps/order.h"

#include "base/check.h"

enum craps_verdict craps_carry_out(struct craps *craps, const struct craps_card *card,
                                   unsigned seat, const struct craps_order *order,
                                   struct craps_money *money, struct craps_refusal *why)
{
    *money = (struct craps_money){0};
    switch ((enum craps_deed)order->deed) {
    case CRAPS_DEED_ADD:
        return craps_place(craps, card, seat, order->bet, order->amount, money, why);
    case CRAPS_DEED_TAKE:
        CHECK(order->amount >= 0);
        return craps_take_down(craps, card, seat, order->bet, order->amount, money, why);
    case CRAPS_DEED_CALL:
        CHECK(order->working <= CRAPS_WORKING_OFF);
        return craps_set_working(craps, seat, order->bet, (enum craps_working)order->working, why);
    }
    CHECK(!"a deed");
}

/* What adding an amount that the offer allows would cost. */
static chips cost_of(const struct craps *craps, const struct craps_card *card, unsigned seat,
                     struct craps_bet bet, chips amount)
{
    struct craps felt = *craps;
    struct craps_money cost;
    struct craps_refusal why;
    CHECK(craps_place(&felt, card, seat, bet, amount, &cost, &why) == CRAPS_ACCEPTED);
    return cost.stake + cost.vig;
}

chips craps_affordable(const struct craps *craps, const struct craps_card *card, unsigned seat,
                       struct craps_bet bet, chips rail)
{
    struct craps_offer offer;
    if (craps_offer(craps, card, seat, bet, &offer) != CRAPS_ACCEPTED)
        return 0;
    /* The cost grows with the amount: search the steps of the offer by halves. */
    chips low = -1;
    chips high = (offer.most - offer.least) / offer.unit + 1;
    while (high - low > 1) {
        const chips middle = low + (high - low) / 2;
        const chips amount = offer.least + middle * offer.unit;
        if (amount <= rail && cost_of(craps, card, seat, offer.bet, amount) <= rail)
            low = middle;
        else
            high = middle;
    }
    return low < 0 ? 0 : offer.least + low * offer.unit;
}
