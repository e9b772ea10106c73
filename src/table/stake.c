/* SPDX-License-Identifier: MIT */
/* Orders of a seat: chips on bets and off them, with the money they move. All are done or none. */
#include "base/check.h"
#include "table/action.h"

static struct refusal refused(enum refusal_kind kind)
{
    return (struct refusal){.kind = kind};
}

struct refusal stake_allowed(const struct stage *stage, unsigned seat, uint64_t roll)
{
    const struct state *state = stage->state;
    if (state->seats[seat].witness)
        return refused(REFUSAL_WITNESS);
    if (state->left & stage_bit(seat))
        return refused(REFUSAL_LEFT);
    if (state->phase == STATE_PHASE_KEYS || state->phase == STATE_PHASE_OVER)
        return refused(REFUSAL_PHASE);
    if (roll > state->roll)
        return refused(REFUSAL_EARLY);
    if (roll < state->roll || state->phase == STATE_PHASE_ROLLING)
        return refused(REFUSAL_LATE);
    if (state->ready & stage_bit(seat))
        return refused(REFUSAL_READY);
    return refused(REFUSAL_NONE);
}

bool stake_shaped(const Bitcraps__Orders *orders)
{
    if (orders->n_orders < 1 || orders->n_orders > CRAPS_ORDERS_MAX)
        return false;
    for (size_t i = 0; i < orders->n_orders; i++) {
        const Bitcraps__Order *order = orders->orders[i];
        switch (order->deed_case) {
        case BITCRAPS__ORDER__DEED_ADD:
            break;
        case BITCRAPS__ORDER__DEED_TAKE:
            if (order->take < 0)
                return false;
            break;
        case BITCRAPS__ORDER__DEED_CALL:
            if (order->call > CRAPS_WORKING_OFF)
                return false;
            break;
        case BITCRAPS__ORDER__DEED__NOT_SET:
        case _BITCRAPS__ORDER__DEED__CASE_IS_INT_SIZE:
            return false;
        }
    }
    return true;
}

/* False when no bet has that id. */
static bool order_of(const Bitcraps__Order *message, struct craps_order *order)
{
    *order = (struct craps_order){0};
    switch (message->deed_case) {
    case BITCRAPS__ORDER__DEED_ADD:
        order->deed = CRAPS_DEED_ADD;
        order->amount = message->add;
        break;
    case BITCRAPS__ORDER__DEED_TAKE:
        order->deed = CRAPS_DEED_TAKE;
        order->amount = message->take;
        break;
    case BITCRAPS__ORDER__DEED_CALL:
        order->deed = CRAPS_DEED_CALL;
        order->working = (uint8_t)message->call;
        break;
    case BITCRAPS__ORDER__DEED__NOT_SET:
    case _BITCRAPS__ORDER__DEED__CASE_IS_INT_SIZE:
        CHECK(!"a deed");
    }
    return craps_bet_of_id(message->bet, &order->bet);
}

/* The chips do not suffice: says what they would suffice for. The felt is as before the order. */
static struct refusal short_of_chips(const struct stage *stage, unsigned seat,
                                     const struct craps_order *order, chips paid,
                                     enum ledger_verdict verdict)
{
    const struct state *state = stage->state;
    const struct craps_card *card = &stage->execution->seating->card;
    struct refusal refusal = {.kind = REFUSAL_LEDGER,
                              .ledger = verdict,
                              .rail = ledger_rail(&state->ledger, seat),
                              .costs = paid};
    refusal.craps.bet = craps_resolve(&state->craps, seat, order->bet);
    refusal.craps.amount = order->amount;
    if (verdict == LEDGER_REFUSED_BANK_SHORT)
        refusal.fits =
            craps_fitting(&state->craps, card, seat, order->bet, ledger_bank_free(&state->ledger));
    else
        refusal.fits = craps_affordable(&state->craps, card, seat, order->bet, refusal.rail);
    return refusal;
}

/* The spot that an order is about, which the engine finds in the same way. */
static uint32_t spot_of(const struct stage *stage, unsigned seat, const struct craps_order *order)
{
    const struct craps *felt = &stage->state->craps;
    struct craps_offer offer = {.bet = order->bet};
    if (order->deed != CRAPS_DEED_ADD)
        return craps_spot(craps_own(felt, seat, order->bet));
    (void)craps_offer(felt, &stage->execution->seating->card, seat, order->bet, &offer);
    return craps_spot(offer.bet);
}

/* One order: the felt, then the money. Refused: the caller puts both back. */
static struct refusal carry_out(const struct stage *stage, unsigned seat,
                                const struct craps_order *order, struct table_event *event)
{
    struct state *state = stage->state;
    const struct craps_card *card = &stage->execution->seating->card;
    const struct craps_seat before = state->craps.seats[seat];
    struct refusal refusal = {.kind = REFUSAL_NONE};
    struct craps_money money;
    event->spot = spot_of(stage, seat, order);
    if (craps_carry_out(&state->craps, card, seat, order, &money, &refusal.craps) !=
        CRAPS_ACCEPTED) {
        refusal.kind = REFUSAL_CRAPS;
        return refusal;
    }
    CHECK(event->spot != CRAPS_SPOT_NONE);
    const chips moved = money.stake + money.vig;
    switch ((enum craps_deed)order->deed) {
    case CRAPS_DEED_ADD:
        refusal.ledger = ledger_stake(&state->ledger, seat, moved, money.win);
        if (refusal.ledger != LEDGER_POSTED) {
            state->craps.seats[seat] = before;
            return short_of_chips(stage, seat, order, moved, refusal.ledger);
        }
        event->kind = TABLE_EVENT_BET;
        event->amount = order->amount;
        event->cost = moved;
        break;
    case CRAPS_DEED_TAKE:
        CHECK(ledger_release(&state->ledger, seat, moved, money.win) == LEDGER_POSTED);
        event->kind = TABLE_EVENT_TAKEN_DOWN;
        event->amount = moved;
        break;
    case CRAPS_DEED_CALL:
        event->kind = TABLE_EVENT_CALLED;
        event->working = order->working;
        break;
    }
    return refusal;
}

struct refusal stake_orders(const struct stage *stage, unsigned seat,
                            const Bitcraps__Orders *orders)
{
    struct refusal refusal = stake_allowed(stage, seat, orders->roll);
    if (refusal.kind != REFUSAL_NONE)
        return refusal;
    struct state *state = stage->state;
    const struct craps craps = state->craps;
    const struct ledger ledger = state->ledger;
    struct table_event events[CRAPS_ORDERS_MAX] = {0};
    for (size_t i = 0; i < orders->n_orders; i++) {
        struct craps_order order = {0};
        if (order_of(orders->orders[i], &order)) {
            refusal = carry_out(stage, seat, &order, &events[i]);
        } else {
            refusal.kind = REFUSAL_CRAPS;
            refusal.craps.verdict = CRAPS_REFUSED_UNKNOWN;
        }
        if (refusal.kind != REFUSAL_NONE) {
            state->craps = craps;
            state->ledger = ledger;
            refusal.order = (unsigned)i;
            refusal.orders = (unsigned)orders->n_orders;
            refusal.deed = order.deed;
            return refusal;
        }
    }
    state->opened = true;
    for (size_t i = 0; i < orders->n_orders; i++) {
        events[i].seat = seat;
        events[i].order = (unsigned)i;
        events[i].orders = (unsigned)orders->n_orders;
        stage_emit(stage, &events[i]);
    }
    return refusal;
}
