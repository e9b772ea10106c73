/* SPDX-License-Identifier: MIT */
/* What its player asks of a sitting, the replies, and the events that are shown. */
#include "node/sitting_parts.h"

#include "craps/dealer.h"
#include "node/node.h"
#include "node/render.h"
#include "node/worker.h"
#include "platform/posix/clock.h"

#include <stdio.h>
#include <string.h>

msec sitting_replies_deadline(const struct sitting *sitting)
{
    msec deadline = MSEC_NEVER;
    for (unsigned i = 0; i < SITTING_REPLIES_MAX; i++) {
        if (sitting->replies[i].sequence != 0 && sitting->replies[i].until < deadline)
            deadline = sitting->replies[i].until;
    }
    return deadline;
}

static void forget_reply(struct sitting_reply *reply)
{
    json_decref(reply->done);
    reply->done = NULL;
    reply->sequence = 0;
}

void sitting_expire_replies(struct sitting *sitting, msec now)
{
    for (unsigned i = 0; i < SITTING_REPLIES_MAX; i++) {
        struct sitting_reply *reply = &sitting->replies[i];
        if (reply->sequence == 0 || reply->until > now)
            continue;
        char reason[SITTING_REASON_SIZE];
        const enum sitting_standing state = sitting_standing(sitting, reason);
        char sentence[SITTING_REASON_SIZE + 128];
        snprintf(sentence, sizeof sentence,
                 "the table has not agreed on it yet (%s%s%s): it stays on its way, see 'bitcraps "
                 "table show'",
                 sitting_standing_name(state), reason[0] == '\0' ? "" : ": ", reason);
        control_reply_error(sitting->worker->node->control, reply->token, CONTROL_ERROR_TIMED_OUT,
                            sentence);
        forget_reply(reply);
    }
}

static struct sitting_reply *free_reply(struct sitting *sitting)
{
    for (unsigned i = 0; i < SITTING_REPLIES_MAX; i++) {
        if (sitting->replies[i].sequence == 0)
            return &sitting->replies[i];
    }
    return NULL;
}

/* A place for the answer; NULL with the token answered: there is no table, or no place. */
static struct sitting_reply *begin_reply(struct sitting *sitting, enum request_method method,
                                         uint64_t token)
{
    struct control_server *control = sitting->worker->node->control;
    if (sitting->table == NULL) {
        control_reply_error(control, token, CONTROL_ERROR_REFUSED,
                            "the table has not begun: wait until all seats are taken");
        return NULL;
    }
    struct sitting_reply *reply = free_reply(sitting);
    if (reply == NULL) {
        control_reply_error(control, token, CONTROL_ERROR_FAILED,
                            "too many orders wait for their outcome: try again in a moment");
        return NULL;
    }
    *reply = (struct sitting_reply){.token = token,
                                    .until = clock_monotonic_msec() + SITTING_REPLY_MSEC,
                                    .roll = table_final(sitting->table)->roll,
                                    .method = method};
    return reply;
}

/* The action is on its way, or the token is answered why it is not. */
static void end_reply(struct sitting *sitting, struct sitting_reply *reply,
                      enum table_verdict verdict, uint64_t sequence, const struct refusal *refusal)
{
    struct control_server *control = sitting->worker->node->control;
    char sentence[REFUSAL_SENTENCE_SIZE];
    switch (verdict) {
    case TABLE_SENT:
        reply->sequence = sequence;
        reply->done = json_array();
        break;
    case TABLE_REFUSED:
        refusal_sentence(refusal, sentence);
        control_reply_error(control, reply->token, CONTROL_ERROR_REFUSED, sentence);
        break;
    case TABLE_RECOVERING:
        control_reply_error(control, reply->token, CONTROL_ERROR_FAILED,
                            "this node was restarted and must hear from the other seats first: "
                            "try again in a moment");
        break;
    case TABLE_FORGOTTEN:
        control_reply_error(control, reply->token, CONTROL_ERROR_REFUSED,
                            "this node's journal lacks what its seat signed before, so it only "
                            "watches: see 'bitcraps table show'");
        break;
    case TABLE_BUSY:
        control_reply_error(control, reply->token, CONTROL_ERROR_FAILED,
                            "too many of your actions are not final yet: wait for the table");
        break;
    }
    sitting_settle(sitting);
}

static void order(struct sitting *sitting, struct sitting_reply *reply,
                  const struct craps_order *orders, size_t count)
{
    uint64_t sequence = 0;
    struct refusal refusal;
    const enum table_verdict verdict =
        table_order(sitting->table, clock_monotonic_msec(), clock_wall_msec(), orders, count,
                    &sequence, &refusal, &sitting->worker->outbox);
    end_reply(sitting, reply, verdict, sequence, &refusal);
}

void sitting_order(struct sitting *sitting, enum request_method method, uint64_t token,
                   const struct craps_order *orders, size_t count)
{
    struct sitting_reply *reply = begin_reply(sitting, method, token);
    if (reply != NULL)
        order(sitting, reply, orders, count);
}

void sitting_say(struct sitting *sitting, uint64_t token, struct bytes words)
{
    struct craps_heard heard;
    struct sitting_reply *reply = begin_reply(sitting, REQUEST_SAY, token);
    if (reply == NULL)
        return;
    const struct state *state = table_final(sitting->table);
    const unsigned self = sitting->table->config.self;
    if (self == SEAT_NONE) {
        const struct refusal refusal = {.kind = REFUSAL_WAITING};
        end_reply(sitting, reply, TABLE_REFUSED, 0, &refusal);
        return;
    }
    const struct craps_dealer_view view = {.craps = &state->craps,
                                           .card = &sitting->table->seating.card,
                                           .seat = self,
                                           .rail = ledger_rail(&state->ledger, self),
                                           .before = table_before(sitting->table)};
    if (!craps_dealer_hear(words, &view, &heard)) {
        control_reply_error(sitting->worker->node->control, token, CONTROL_ERROR_REFUSED,
                            heard.sentence);
        return;
    }
    reply->more = heard.more;
    order(sitting, reply, heard.orders, heard.count);
}

void sitting_ready(struct sitting *sitting, enum request_method method, uint64_t token)
{
    uint64_t sequence = 0;
    struct refusal refusal;
    struct sitting_reply *reply = begin_reply(sitting, method, token);
    if (reply == NULL)
        return;
    const enum table_verdict verdict =
        method == REQUEST_ROLL
            ? table_ready(sitting->table, clock_monotonic_msec(), clock_wall_msec(), &sequence,
                          &refusal, &sitting->worker->outbox)
            : table_leave(sitting->table, clock_monotonic_msec(), clock_wall_msec(), &sequence,
                          &refusal, &sitting->worker->outbox);
    end_reply(sitting, reply, verdict, sequence, &refusal);
}

/* The one who asks and is meant; otherwise the token is answered why there is none. */
static const struct seat *find_asking(struct sitting *sitting, uint64_t token, const char *who)
{
    struct control_server *control = sitting->worker->node->control;
    const struct seat *found = NULL;
    unsigned count = 0;
    char id[NODE_TEXT_SIZE];
    char sentence[256];
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = sitting_asking(sitting, i);
        if (seat == NULL)
            continue;
        identity_text(&seat->node, id);
        if (strcasecmp(id, who) == 0)
            return seat;
        if (strcmp(seat->name, who) != 0)
            continue;
        found = seat;
        count++;
    }
    if (count == 1)
        return found;
    if (count == 0)
        snprintf(sentence, sizeof sentence,
                 "nobody called '%.64s' asks for a seat: 'bitcraps table show' lists who does",
                 who);
    else
        snprintf(sentence, sizeof sentence,
                 "%u who ask are called '%.64s': give the id of the one you mean, see 'bitcraps "
                 "table show'",
                 count, who);
    control_reply_error(control, token, CONTROL_ERROR_NOT_FOUND, sentence);
    return NULL;
}

/* Before the list is closed the host alone says who is on it. */
static void approve_first(struct sitting *sitting, uint64_t token, const char *who)
{
    struct control_server *control = sitting->worker->node->control;
    if (!sitting->lobby.host) {
        control_reply_error(control, token, CONTROL_ERROR_REFUSED,
                            "before play begins only the host approves: wait for the first roll");
        return;
    }
    const struct seat *asking = find_asking(sitting, token, who);
    if (asking == NULL)
        return;
    const struct public_key identity = asking->identity;
    json_t *answer = render_approved(sitting, asking, 1, 1);
    lobby_approve(&sitting->lobby, clock_monotonic_msec(), &identity, &sitting->worker->outbox);
    control_reply(control, token, answer);
    worker_carry_out(sitting->worker, sitting);
    sitting_start_when_seated(sitting);
    sitting->asking = sitting_count_asking(sitting);
    sitting_settle(sitting);
}

void sitting_approve(struct sitting *sitting, uint64_t token, const char *who)
{
    struct control_server *control = sitting->worker->node->control;
    if (sitting->genesis.admission != ADMISSION_APPROVAL) {
        control_reply_error(control, token, CONTROL_ERROR_REFUSED,
                            "nobody waits for approval at this table: whoever may join just joins");
        return;
    }
    if (!sitting->joined || (sitting->table != NULL && sitting->table->position == SEAT_NONE)) {
        control_reply_error(control, token, CONTROL_ERROR_REFUSED,
                            "you have no seat at this table: only its seats approve who joins");
        return;
    }
    if (sitting->table == NULL) {
        approve_first(sitting, token, who);
        return;
    }
    const struct seat *asking = find_asking(sitting, token, who);
    struct sitting_reply *reply =
        asking == NULL ? NULL : begin_reply(sitting, REQUEST_TABLE_APPROVE, token);
    if (reply == NULL)
        return;
    uint64_t sequence = 0;
    struct refusal refusal;
    const struct public_key identity = asking->identity;
    const enum table_verdict verdict =
        table_approve(sitting->table, clock_monotonic_msec(), clock_wall_msec(), &identity,
                      &sequence, &refusal, &sitting->worker->outbox);
    end_reply(sitting, reply, verdict, sequence, &refusal);
}

static void answer_order(struct sitting *sitting, const struct table_event *event)
{
    for (unsigned i = 0; i < SITTING_REPLIES_MAX; i++) {
        struct sitting_reply *reply = &sitting->replies[i];
        if (reply->sequence != event->sequence || event->sequence == 0)
            continue;
        struct control_server *control = sitting->worker->node->control;
        if (event->kind == TABLE_EVENT_REFUSED) {
            char sentence[REFUSAL_SENTENCE_SIZE];
            refusal_sentence(&event->refusal, sentence);
            control_reply_error(control, reply->token, CONTROL_ERROR_REFUSED, sentence);
            forget_reply(reply);
            continue;
        }
        if (event->orders > 0)
            json_array_append_new(reply->done, render_done(event));
        if (event->order + 1 < event->orders)
            continue; /* The others of the action follow. */
        json_t *answer = event->kind == TABLE_EVENT_APPROVED ? render_approval(sitting, event)
                                                             : render_order(sitting, reply, event);
        /* Let go before it is handed over: then the other thread alone counts its references. */
        forget_reply(reply);
        control_reply(control, reply->token, answer);
    }
}

static void show_roll(struct sitting *sitting, const struct table_event *event)
{
    struct sitting_roll *roll = &sitting->roll;
    switch ((int)event->kind) {
    case TABLE_EVENT_ROLL:
        memset(roll->net, 0, sizeof roll->net);
        json_decref(roll->decisions);
        roll->decisions = json_array();
        break;
    case TABLE_EVENT_DECISION:
        if (roll->decisions != NULL)
            json_array_append_new(roll->decisions, render_decision(&event->decision));
        roll->net[event->seat] +=
            event->decision.profit - event->decision.vig - event->decision.collected;
        break;
    default:
        if (roll->decisions == NULL)
            return;
        json_decref(sitting->last_roll);
        sitting->last_roll = render_last_roll(event);
        json_t *told = render_roll_event(sitting, event);
        /* Let go before it is handed over: then the other thread alone counts its references. */
        json_decref(roll->decisions);
        roll->decisions = NULL;
        control_notify(sitting->worker->node->control, sitting->topic, told);
    }
}

void sitting_show(struct sitting *sitting, const struct table_event *event)
{
    if (sitting->worker->node->control == NULL)
        return;
    if (sitting->table != NULL && event->seat == sitting->table->config.self)
        answer_order(sitting, event);
    if (event->kind == TABLE_EVENT_ROLL || event->kind == TABLE_EVENT_DECISION ||
        event->kind == TABLE_EVENT_ROLLED) {
        show_roll(sitting, event);
        return;
    }
    json_t *json = render_event(sitting, event);
    if (json != NULL)
        control_notify(sitting->worker->node->control, sitting->topic, json);
}
