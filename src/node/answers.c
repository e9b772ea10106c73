/* SPDX-License-Identifier: MIT */
/* What clients asked of a table, carried out and answered on the thread of its worker. */
#include "config.h"

#include "craps/dealer.h"
#include "node/node.h"
#include "node/render.h"
#include "node/request_parts.h"

#include <sodium.h>
#include <stdio.h>

#define EXPORT_PIECE_SIZE 262144

static json_t *table_answer(const struct sitting *sitting, const char *schema)
{
    char id[RENDER_ID_SIZE];
    render_id(&sitting->genesis.id, id);
    return json_pack("{s:s, s:s}", "schema", schema, "table", id);
}

static json_t *join_answer(const struct sitting *sitting)
{
    json_t *answer = table_answer(sitting, "bitcraps.join/1");
    json_object_set_new(answer, "name", json_string(sitting->genesis.name));
    json_object_set_new(answer, "seats", json_integer(sitting->genesis.seats));
    json_object_set_new(answer, "witness_room", json_integer(sitting->genesis.witnesses));
    json_object_set_new(answer, "admission",
                        json_string(admission_name(sitting->genesis.admission)));
    return answer;
}

static void answer_join(struct node *node, struct sitting *sitting, const struct event *event,
                        const struct invitation *invitation)
{
    const char *player = string_of(event->params, "player", "player");
    const bool witness = json_is_true(json_object_get(event->params, "witness"));
    switch (sitting_join(sitting, player, witness, invitation)) {
    case SITTING_JOINED:
        control_reply(node->control, event->token, join_answer(sitting));
        break;
    case SITTING_JOIN_NAME:
        refuse(node, event->token, CONTROL_ERROR_PARAMS,
               "that name cannot be shown: use 1 to 32 bytes without control characters");
        break;
    case SITTING_JOIN_UNINVITED:
        refuse(node, event->token, CONTROL_ERROR_REFUSED,
               "this table takes only who is invited: ask one of its seats for a ticket, which "
               "'bitcraps table invite' prints, then 'bitcraps table join TICKET'");
        break;
    case SITTING_JOIN_SECRET:
        refuse(node, event->token, CONTROL_ERROR_REFUSED,
               "the ticket names this table but does not open it: ask one of its seats for "
               "another");
        break;
    }
}

static void answer_ticket_join(struct node *node, struct sitting *sitting,
                               const struct event *event)
{
    struct ticket ticket;
    const char *sentence;
    if (request_ticket(event->params, &ticket, &sentence))
        answer_join(node, sitting, event, &ticket.invitation);
    else
        refuse(node, event->token, CONTROL_ERROR_PARAMS, sentence);
    sodium_memzero(&ticket, sizeof ticket);
}

static void answer_invite(struct node *node, struct sitting *sitting, const struct event *event)
{
    struct ticket ticket = {.table = sitting->genesis.id, .invitation = sitting->invitation};
    char text[TICKET_TEXT_SIZE];
    if (sitting->genesis.admission == ADMISSION_INVITATION && !ticket.invitation.known) {
        refuse(node, event->token, CONTROL_ERROR_REFUSED,
               "only who was invited to this table can invite others: ask one of its seats");
        return;
    }
    ticket_write(&ticket, text);
    json_t *answer = table_answer(sitting, "bitcraps.invite/1");
    json_object_set_new(answer, "ticket", json_string(text));
    json_object_set_new(answer, "admission",
                        json_string(admission_name(sitting->genesis.admission)));
    control_reply(node->control, event->token, answer);
    sodium_memzero(&ticket, sizeof ticket);
    sodium_memzero(text, sizeof text);
}

static void answer_new(struct worker *worker, const struct event *event)
{
    struct genesis genesis;
    struct sitting *sitting = NULL;
    if (genesis_unpack(event->bytes, &genesis) == SEATING_OK)
        sitting = worker_add(worker, event->bytes, &genesis);
    if (sitting == NULL)
        refuse(
            worker->node, event->token, CONTROL_ERROR_FAILED,
            "this node has as many tables as it can hold: start another one with its own --state");
    else {
        struct invitation invitation;
        invitation_derive(worker->node->seed, genesis.nonce, &invitation);
        answer_join(worker->node, sitting, event, &invitation);
        sodium_memzero(&invitation, sizeof invitation);
    }
    if (sitting != NULL && !sitting->joined) /* Refused: then there is no such table. */
        worker_forget(worker, sitting);
}

/* The bet of these words; false with a sentence that names what they come nearest to. */
static bool bet_of(const char *text, struct craps_bet *bet, char *sentence, size_t size)
{
    char near[CRAPS_BET_NAME_SIZE];
    if (craps_bet_parse(bytes_of(text), bet))
        return true;
    if (craps_dealer_guess(bytes_of(text), near))
        snprintf(sentence, size, "there is no bet '%.40s': did you mean '%s'?", text, near);
    else
        snprintf(sentence, size,
                 "there is no bet '%.40s': try pass, don't pass, come, field, place 6, hard 8 or "
                 "hop 3 4",
                 text);
    return false;
}

static void answer_bet(struct node *node, struct sitting *sitting, const struct event *event)
{
    char sentence[256];
    struct craps_order order = {.amount = integer_of(event->params, "amount", CRAPS_WHOLE)};
    if (!bet_of(string_of(event->params, "bet", ""), &order.bet, sentence, sizeof sentence)) {
        refuse(node, event->token, CONTROL_ERROR_REFUSED, sentence);
        return;
    }
    order.deed = event->method == REQUEST_BET ? CRAPS_DEED_ADD : CRAPS_DEED_TAKE;
    if (order.deed == CRAPS_DEED_ADD && order.amount <= 0)
        refuse(node, event->token, CONTROL_ERROR_REFUSED, "a bet needs an amount above zero");
    else if (order.amount < 0)
        refuse(node, event->token, CONTROL_ERROR_REFUSED,
               "chips are taken down by a number above zero, or 0 for the whole bet");
    else
        sitting_order(sitting, event->method, event->token, &order, 1);
}

/* One order of a list: a bet, and one of add, take, call. */
static bool order_of(const json_t *json, struct craps_order *order, char *sentence, size_t size)
{
    static const char *const calls[] = {"usual", "working", "off"};
    const json_t *add = json_object_get(json, "add");
    const json_t *take = json_object_get(json, "take");
    const json_t *call = json_object_get(json, "call");
    *order = (struct craps_order){.deed = CRAPS_DEED_CALL};
    if (!bet_of(string_of(json, "bet", ""), &order->bet, sentence, size))
        return false;
    if ((add != NULL) + (take != NULL) + (call != NULL) == 1) {
        if (json_is_integer(add) && json_integer_value(add) > 0) {
            order->deed = CRAPS_DEED_ADD;
            order->amount = json_integer_value(add);
            return true;
        }
        if (json_is_integer(take) && json_integer_value(take) >= 0) {
            order->deed = CRAPS_DEED_TAKE;
            order->amount = json_integer_value(take);
            return true;
        }
        for (uint8_t i = 0; json_is_string(call) && i < 3; i++) {
            order->working = i;
            if (strcmp(json_string_value(call), calls[i]) == 0)
                return true;
        }
    }
    snprintf(sentence, size,
             "an order has a bet and one of: add, chips above zero; take, chips or 0 for the whole "
             "bet; call, \"off\", \"working\" or \"usual\"");
    return false;
}

static void answer_orders(struct node *node, struct sitting *sitting, const struct event *event)
{
    const json_t *list = json_object_get(event->params, "orders");
    const size_t count = json_array_size(list);
    struct craps_order orders[CRAPS_ORDERS_MAX];
    char sentence[256];
    if (count < 1 || count > CRAPS_ORDERS_MAX) {
        refuse(node, event->token, CONTROL_ERROR_PARAMS,
               "an action has 1 to 16 orders: send the others in another one");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!order_of(json_array_get(list, i), &orders[i], sentence, sizeof sentence)) {
            refuse(node, event->token, CONTROL_ERROR_REFUSED, sentence);
            return;
        }
    }
    sitting_order(sitting, event->method, event->token, orders, count);
}

static void answer_ledger(struct node *node, struct sitting *sitting, const struct event *event)
{
    json_t *ledger = NULL;
    if (sitting->table != NULL)
        ledger = render_ledger(sitting, json_is_true(json_object_get(event->params, "settle")));
    if (ledger == NULL)
        refuse(node, event->token, CONTROL_ERROR_REFUSED,
               "the table has no ledger yet: wait until all seats are taken");
    else
        control_reply(node->control, event->token, ledger);
}

static void answer_export(struct node *node, struct sitting *sitting, const struct event *event)
{
    const json_int_t offset = integer_of(event->params, "offset", 0);
    if ((offset == 0 || sitting->export_at == NULL) && !sitting_export(sitting)) {
        refuse(node, event->token, CONTROL_ERROR_REFUSED,
               "nothing is final at this table yet: export it after the first roll");
        return;
    }
    if (offset < 0 || (size_t)offset > sitting->export_size) {
        refuse(node, event->token, CONTROL_ERROR_PARAMS, "that offset lies beyond the export");
        return;
    }
    const size_t left = sitting->export_size - (size_t)offset;
    const size_t size = left < EXPORT_PIECE_SIZE ? left : EXPORT_PIECE_SIZE;
    char *text = malloc(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL));
    if (text == NULL) {
        refuse(node, event->token, CONTROL_ERROR_FAILED, "there is not enough memory");
        return;
    }
    sodium_bin2base64(text, sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL),
                      sitting->export_at + offset, size, sodium_base64_VARIANT_ORIGINAL);
    json_t *answer = table_answer(sitting, "bitcraps.export/1");
    json_object_set_new(answer, "total", json_integer((json_int_t)sitting->export_size));
    json_object_set_new(answer, "offset", json_integer(offset));
    json_object_set_new(answer, "data", json_string(text));
    free(text);
    control_reply(node->control, event->token, answer);
}

/* Why no bot can play the own seat; NULL: it can, at the latest once there is a seat. */
static const char *bot_in_vain(const struct sitting *sitting)
{
    const struct table *table = sitting->table;
    if (!sitting->joined)
        return "this node has no seat at that table: join it first, with 'bitcraps table join'";
    if (sitting->lobby.own.seat.witness)
        return "a witness has no chips: it only watches over the game";
    if (table != NULL && table->config.self != SEAT_NONE &&
        (table_final(table)->guilty >> table->config.self & 1))
        return "this seat was found to cheat: it is out, and nobody plays it";
    if (table == NULL || table->config.self == SEAT_NONE || table->config.sits ||
        !(table_final(table)->left >> table->config.self & 1))
        return NULL;
    return "your seat has left the table: join it again to play on, with 'bitcraps table join'";
}

static void answer_bot(struct node *node, struct sitting *sitting, const struct event *event)
{
    const char *name = string_of(event->params, "strategy", NULL);
    const json_int_t rolls = integer_of(event->params, "rolls", 0);
    struct bot *bot = NULL;
    const char *in_vain = name == NULL ? NULL : bot_in_vain(sitting);
    if (in_vain != NULL) {
        refuse(node, event->token, CONTROL_ERROR_REFUSED, in_vain);
        return;
    }
    if (name != NULL) {
        bot = bot_create(bytes_of(name), (uint64_t)(rolls > 0 ? rolls : 0));
        if (bot == NULL) {
            char sentence[256];
            snprintf(sentence, sizeof sentence,
                     "there is no strategy '%.32s': try pass-odds, iron-cross or 3-point-molly, or "
                     "see 'bitcraps strategies'",
                     name);
            refuse(node, event->token, CONTROL_ERROR_REFUSED, sentence);
            return;
        }
    }
    sitting_set_bot(sitting, bot);
    json_t *answer = table_answer(sitting, "bitcraps.bot/1");
    json_object_set_new(answer, "strategy", name == NULL ? json_null() : json_string(name));
    control_reply(node->control, event->token, answer);
    if (sitting->joined)
        sitting_expire(sitting);
}

void worker_request(struct worker *worker, struct event *event)
{
    struct node *node = worker->node;
    if (event->method == REQUEST_TABLE_NEW) {
        answer_new(worker, event);
        return;
    }
    struct sitting *sitting = worker_find(worker, &event->id);
    if (sitting == NULL) {
        refuse(node, event->token, CONTROL_ERROR_NOT_FOUND, "that table is no longer offered");
        return;
    }
    switch (event->method) {
    case REQUEST_TABLE_SHOW:
        control_reply(node->control, event->token, render_show(sitting));
        break;
    case REQUEST_TABLE_JOIN:
        answer_ticket_join(node, sitting, event);
        break;
    case REQUEST_TABLE_APPROVE:
        sitting_approve(sitting, event->token, string_of(event->params, "who", ""));
        break;
    case REQUEST_TABLE_INVITE:
        answer_invite(node, sitting, event);
        break;
    case REQUEST_TABLE_LEAVE:
    case REQUEST_ROLL:
        sitting_ready(sitting, event->method, event->token);
        break;
    case REQUEST_BET:
    case REQUEST_TAKE_DOWN:
        answer_bet(node, sitting, event);
        break;
    case REQUEST_ORDERS:
        answer_orders(node, sitting, event);
        break;
    case REQUEST_SAY:
        sitting_say(sitting, event->token, bytes_of(string_of(event->params, "words", "")));
        break;
    case REQUEST_LEDGER:
        answer_ledger(node, sitting, event);
        break;
    case REQUEST_EXPORT:
        answer_export(node, sitting, event);
        break;
    case REQUEST_BOT:
        answer_bot(node, sitting, event);
        break;
    case REQUEST_STATUS:
    case REQUEST_PEERS:
    case REQUEST_TABLE_NEW:
        break;
    }
}
