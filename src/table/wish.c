/* SPDX-License-Identifier: MIT */
/* What the own player wants: tried on the final state, then signed and sent. */
#include "base/check.h"
#include "table/desk.h"

/* Tries an action of the own seat; sends it unless it would be refused. */
static enum table_verdict act(struct table *table, msec now, int64_t wall_clock,
                              Bitcraps__ActionBody *body, uint64_t *sequence,
                              struct refusal *refusal, struct outbox *out)
{
    if (table->config.self == SEAT_NONE) {
        *refusal = (struct refusal){.kind = REFUSAL_WAITING};
        return TABLE_REFUSED;
    }
    if (table_amnesiac(table))
        return TABLE_FORGOTTEN;
    if (!table_may_act(table))
        return TABLE_RECOVERING;
    *refusal = state_try(table_final(table), &table->seating, table->config.self, body);
    if (refusal->kind != REFUSAL_NONE)
        return TABLE_REFUSED;
    table_begin(table, now, out);
    *sequence = table_submit(table, body);
    if (*sequence != 0)
        table_advance(table, wall_clock);
    table->out = NULL;
    return *sequence != 0 ? TABLE_SENT : TABLE_BUSY;
}

static void write_order(const struct craps_order *order, uint32_t id, Bitcraps__Order *message)
{
    bitcraps__order__init(message);
    message->bet = id;
    switch ((enum craps_deed)order->deed) {
    case CRAPS_DEED_ADD:
        message->deed_case = BITCRAPS__ORDER__DEED_ADD;
        message->add = order->amount;
        break;
    case CRAPS_DEED_TAKE:
        message->deed_case = BITCRAPS__ORDER__DEED_TAKE;
        message->take = order->amount;
        break;
    case CRAPS_DEED_CALL:
        message->deed_case = BITCRAPS__ORDER__DEED_CALL;
        message->call = order->working;
        break;
    }
}

enum table_verdict table_order(struct table *table, msec now, int64_t wall_clock,
                               const struct craps_order *orders, size_t count, uint64_t *sequence,
                               struct refusal *refusal, struct outbox *out)
{
    CHECK(count >= 1 && count <= CRAPS_ORDERS_MAX);
    const struct state *state = table_final(table);
    const unsigned self = table->config.self;
    if (self == SEAT_NONE) {
        *refusal = (struct refusal){.kind = REFUSAL_WAITING};
        return TABLE_REFUSED;
    }
    struct craps felt = state->craps;
    Bitcraps__Order messages[CRAPS_ORDERS_MAX];
    Bitcraps__Order *pointers[CRAPS_ORDERS_MAX];
    *refusal = (struct refusal){.kind = REFUSAL_NONE};
    for (size_t i = 0; i < count; i++) {
        struct craps_order order = orders[i];
        struct craps_money money;
        order.bet = craps_resolve(&felt, self, order.bet);
        const enum craps_verdict verdict =
            craps_carry_out(&felt, &table->seating.card, self, &order, &money, &refusal->craps);
        const uint32_t id = craps_bet_id(order.bet);
        if (id == CRAPS_ID_NONE) { /* Cannot be said, let alone done. */
            CHECK(verdict != CRAPS_ACCEPTED);
            refusal->kind = REFUSAL_CRAPS;
            refusal->order = (unsigned)i;
            refusal->orders = (unsigned)count;
            refusal->deed = order.deed;
            return TABLE_REFUSED;
        }
        write_order(&order, id, &messages[i]);
        pointers[i] = &messages[i];
    }
    Bitcraps__Orders message = BITCRAPS__ORDERS__INIT;
    message.roll = state->roll;
    message.n_orders = count;
    message.orders = pointers;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_ORDERS;
    body.orders = &message;
    return act(table, now, wall_clock, &body, sequence, refusal, out);
}

enum table_verdict table_ready(struct table *table, msec now, int64_t wall_clock,
                               uint64_t *sequence, struct refusal *refusal, struct outbox *out)
{
    Bitcraps__Ready ready = BITCRAPS__READY__INIT;
    ready.roll = table_final(table)->roll;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_READY;
    body.ready = &ready;
    return act(table, now, wall_clock, &body, sequence, refusal, out);
}

enum table_verdict table_approve(struct table *table, msec now, int64_t wall_clock,
                                 const struct public_key *identity, uint64_t *sequence,
                                 struct refusal *refusal, struct outbox *out)
{
    struct public_key key = *identity;
    Bitcraps__Approve approve = BITCRAPS__APPROVE__INIT;
    approve.identity = (ProtobufCBinaryData){PUBLIC_KEY_SIZE, key.bytes};
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_APPROVE;
    body.approve = &approve;
    return act(table, now, wall_clock, &body, sequence, refusal, out);
}

enum table_verdict table_leave(struct table *table, msec now, int64_t wall_clock,
                               uint64_t *sequence, struct refusal *refusal, struct outbox *out)
{
    Bitcraps__Leave leave = BITCRAPS__LEAVE__INIT;
    leave.roll = table_final(table)->roll;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_LEAVE;
    body.leave = &leave;
    return act(table, now, wall_clock, &body, sequence, refusal, out);
}
