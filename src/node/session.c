/* SPDX-License-Identifier: MIT */
#include "node/session.h"

#include "base/check.h"
#include "base/wire.h"
#include "craps/sentence.h"
#include "frame/frame.h"
#include "node/node.h"
#include "node/render.h"
#include "node/worker.h"
#include "platform/posix/clock.h"
#include "platform/posix/log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define DELAY_MSEC 50 /* D0 on UDP: the assumed bound on one-way delay before it is measured. */

static atomic_uint_fast64_t topics = 1;

struct session *session_create(struct worker *worker, struct bytes genesis,
                               const struct genesis *checked)
{
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return NULL;
    session->worker = worker;
    session->topic = atomic_fetch_add(&topics, 1);
    session->genesis = *checked;
    memcpy(session->genesis_packed, genesis.at, genesis.size);
    session->genesis_size = genesis.size;
    session->deadline = MSEC_NEVER;
    session->heard = clock_monotonic_msec();
    memcpy(session->entry.id, checked->id.bytes, DIGEST_SIZE);
    session->archive = archive_create();
    randombytes_buf(&session->bot_random, sizeof session->bot_random);
    if (session->archive == NULL || pthread_mutex_init(&session->lock, NULL) != 0) {
        archive_destroy(session->archive);
        free(session);
        return NULL;
    }
    return session;
}

void session_release(struct map_entry *entry)
{
    struct session *session = (struct session *)entry;
    archive_destroy(session->archive);
    if (session->table != NULL)
        sodium_memzero(&session->table->config, sizeof session->table->config);
    free(session->table);
    free(session->export_at);
    json_decref(session->last_roll);
    json_decref(session->roll.decisions);
    pthread_mutex_destroy(&session->lock);
    free(session);
}

/* ---- What others may know
 * ------------------------------------------------------------------------ */

const char *session_standing_name(enum session_standing state)
{
    switch (state) {
    case SESSION_OFFERED:
        return "offered";
    case SESSION_JOINING:
        return "joining";
    case SESSION_KEYS:
        return "keys";
    case SESSION_PLAYING:
        return "playing";
    case SESSION_PAUSED:
        return "paused";
    case SESSION_OVER:
        return "over";
    }
    return "";
}

bool session_reachable(const struct session *session, unsigned seat)
{
    const struct table *table = session->table;
    if (table == NULL || seat == table->config.self)
        return true;
    const struct worker *worker = session->worker;
    for (unsigned i = 0; i < worker->peers_count; i++) {
        if (memcmp(&worker->peers[i], &table->seating.seats[seat].node, sizeof worker->peers[i]) ==
            0)
            return true;
    }
    const msec heard = table->consensus.last_heard[seat];
    return heard != 0 && clock_monotonic_msec() - heard < SESSION_HEARD_MSEC;
}

static unsigned reachable_count(const struct session *session)
{
    unsigned count = 0;
    for (unsigned seat = 0; seat < session->table->seating.count; seat++)
        count += session_reachable(session, seat);
    return count;
}

static enum session_standing joining_state(const struct session *session,
                                           char reason[static SESSION_REASON_SIZE])
{
    if (!session->joined) {
        if (session->offer_started)
            snprintf(reason, SESSION_REASON_SIZE, "its seats are taken");
        return SESSION_OFFERED;
    }
    if (session->lobby.host)
        snprintf(reason, SESSION_REASON_SIZE, "%u of %u seats taken: waiting for others to join",
                 session->lobby.count, session->genesis.seats);
    else
        snprintf(reason, SESSION_REASON_SIZE, "waiting for the host to close the seat list");
    return SESSION_JOINING;
}

enum session_standing session_standing(const struct session *session,
                                       char reason[static SESSION_REASON_SIZE])
{
    reason[0] = '\0';
    if (session->table == NULL)
        return joining_state(session, reason);
    const struct state *state = table_final(session->table);
    const struct seating *seating = &session->table->seating;
    if (state->phase == STATE_PHASE_OVER) {
        if (state->guilty != 0)
            snprintf(reason, SESSION_REASON_SIZE,
                     "seat %d cheated while the dice key was made: start a new table without it",
                     __builtin_ctz(state->guilty) + 1);
        else
            snprintf(reason, SESSION_REASON_SIZE, "everyone has left");
        return SESSION_OVER;
    }
    if (session->table->consensus.amnesiac) {
        snprintf(reason, SESSION_REASON_SIZE,
                 "this node's journal lacks what it signed before: it only watches, restore the "
                 "newest state directory");
        return SESSION_PAUSED;
    }
    const unsigned reachable = reachable_count(session);
    if (reachable < seating->quorum) {
        snprintf(reason, SESSION_REASON_SIZE, "%u of %u seats reachable, %u needed", reachable,
                 seating->count, seating->quorum);
        return SESSION_PAUSED;
    }
    if (!consensus_may_sign(&session->table->consensus))
        snprintf(reason, SESSION_REASON_SIZE, "restarted: hearing from the others first");
    return state->phase == STATE_PHASE_KEYS ? SESSION_KEYS : SESSION_PLAYING;
}

static unsigned seats_taken(const struct session *session)
{
    if (session->table != NULL)
        return session->table->seating.count;
    if (session->joined && session->lobby.host)
        return session->lobby.count;
    return session->offer_taken;
}

/* Publishes the summary, and tells subscribers when state or reason changed. */
static void publish(struct session *session)
{
    char reason[SESSION_REASON_SIZE];
    const enum session_standing state = session_standing(session, reason);
    struct session_summary summary = {.state = state,
                                      .seats = session->genesis.seats,
                                      .taken = seats_taken(session),
                                      .host = identity_node(&session->genesis.host)};
    memcpy(summary.id.bytes, session->entry.id, DIGEST_SIZE);
    memcpy(summary.name, session->genesis.name, sizeof summary.name);
    if (session->table != NULL)
        summary.seat = session->table->config.self + 1;
    pthread_mutex_lock(&session->lock);
    session->summary = summary;
    pthread_mutex_unlock(&session->lock);
    if (state == session->told && strcmp(reason, session->told_reason) == 0)
        return;
    session->told = state;
    memcpy(session->told_reason, reason, sizeof reason);
    log_line(LOG_LEVEL_INFO, LOG_TABLE, "table \"%s\": %s%s%s", session->genesis.name,
             session_standing_name(state), reason[0] == '\0' ? "" : ": ", reason);
    if (session->worker->node->control != NULL)
        control_notify(session->worker->node->control, session->topic,
                       render_state_event(session, state, reason));
}

struct session_summary session_summarize(struct session *session)
{
    pthread_mutex_lock(&session->lock);
    const struct session_summary summary = session->summary;
    pthread_mutex_unlock(&session->lock);
    return summary;
}

/* ---- From lobby to table
 * ------------------------------------------------------------------------- */

static void archive_put_block(void *context, uint64_t height, struct bytes block,
                              struct bytes certificate)
{
    archive_put(context, height, block, certificate);
}

static size_t copy_out(struct bytes from, uint8_t *to, size_t size_max)
{
    if (from.size == 0 || from.size > size_max)
        return 0;
    memcpy(to, from.at, from.size);
    return from.size;
}

static size_t archive_get_block(void *context, uint64_t height, uint8_t *block, size_t size_max)
{
    return copy_out(archive_block(context, height), block, size_max);
}

static size_t archive_get_certificate(void *context, uint64_t height, uint8_t *certificate,
                                      size_t size_max)
{
    const uint64_t certified = archive_certified(context, height);
    return copy_out(archive_certificate(context, certified), certificate, size_max);
}

static unsigned own_seat(const struct session *session)
{
    const struct seating *seating = &session->lobby.seating;
    for (unsigned seat = 0; seat < seating->count; seat++) {
        if (memcmp(&seating->seats[seat].identity, &session->worker->node->identity.key,
                   sizeof seating->seats[seat].identity) == 0)
            return seat;
    }
    return seating->count;
}

/* The seat list is closed: there is a table now, if we are on the list. */
static bool open_table(struct session *session)
{
    const unsigned self = own_seat(session);
    if (session->table != NULL || !lobby_seated(&session->lobby))
        return session->table != NULL;
    if (self == session->lobby.seating.count) {
        log_line(LOG_LEVEL_WARNING, LOG_TABLE,
                 "table \"%s\" began without this node: its seats were taken first",
                 session->genesis.name);
        session->joined = false;
        session->offer_started = true;
        return false;
    }
    struct node *node = session->worker->node;
    struct table_config config = {.self = self,
                                  .delay = DELAY_MSEC,
                                  .archive = {.context = session->archive,
                                              .put = archive_put_block,
                                              .block = archive_get_block,
                                              .certificate = archive_get_certificate}};
    randombytes_buf(config.random, sizeof config.random);
    seat_secrets_derive(node->seed, &session->genesis.id, &config.secrets);
    session->table = malloc(sizeof *session->table);
    CHECK(session->table != NULL);
    table_init(session->table, &session->lobby.seating, &config, clock_monotonic_msec());
    sodium_memzero(&config, sizeof config);
    return true;
}

/* ---- The bot
 * -------------------------------------------------------------------------------------- */

static uint64_t bot_draw(struct session *session)
{
    uint64_t x = session->bot_random += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static bool order(struct session *session, enum table_order kind, uint32_t spot, chips amount)
{
    uint64_t sequence;
    struct refusal refusal;
    const enum table_verdict verdict =
        table_order(session->table, clock_monotonic_msec(), clock_wall_msec(), kind, spot, amount,
                    &sequence, &refusal, &session->worker->outbox);
    worker_carry_out(session->worker, session);
    return verdict == TABLE_SENT;
}

#define BOT_ACTIONS_MAX 12

/* Plans all of a roll's bets on a copy of the felt, sends them together, and is ready. */
static void bot_play(struct session *session)
{
    const struct state *state = table_final(session->table);
    const unsigned self = session->table->config.self;
    const uint64_t roll = state->roll;
    if (session->bot_rolls != 0 && state->rolls_done >= session->bot_rolls) {
        session->bot = NULL;
        return;
    }
    if (state->phase != STATE_PHASE_BETTING || session->bot_roll == roll ||
        (state->ready & (1u << self)) || (state->left & (1u << self)) ||
        session->table->seating.seats[self].witness ||
        !consensus_may_sign(&session->table->consensus))
        return;
    session->bot_roll = roll;
    struct craps felt = state->craps;
    chips rail = ledger_rail(&state->ledger, self);
    const struct craps_rules *rules = &session->genesis.rules;
    for (unsigned i = 0; i < BOT_ACTIONS_MAX; i++) {
        const struct strategy_view view = {.craps = &felt,
                                           .rules = rules,
                                           .seat = self,
                                           .rail = rail,
                                           .random = bot_draw(session)};
        const struct strategy_action action = session->bot->next(&view);
        struct craps_money money;
        struct craps_refusal why;
        if (action.deed == STRATEGY_READY)
            break;
        if (action.deed == STRATEGY_PLACE) {
            if (craps_place(&felt, rules, self, action.bet, action.amount, &money, &why) !=
                    CRAPS_ACCEPTED ||
                !order(session, TABLE_ORDER_BET, craps_spot(action.bet), action.amount))
                break;
            rail -= money.stake + money.vig;
        } else {
            if (craps_take_down(&felt, rules, self, action.bet, &money, &why) != CRAPS_ACCEPTED ||
                !order(session, TABLE_ORDER_TAKE_DOWN, craps_spot(action.bet), 0))
                break;
            rail += money.stake + money.vig;
        }
        if (table_final(session->table)->roll != roll)
            return;
    }
    if (!order(session, TABLE_ORDER_READY, 0, 0))
        session->bot_roll = 0;
}

/* ---- Steps
 * ----------------------------------------------------------------------------------------- */

static msec replies_deadline(const struct session *session)
{
    msec deadline = MSEC_NEVER;
    for (unsigned i = 0; i < SESSION_REPLIES_MAX; i++) {
        if (session->replies[i].sequence != 0 && session->replies[i].until < deadline)
            deadline = session->replies[i].until;
    }
    return deadline;
}

static msec earlier(msec a, msec b)
{
    return a < b ? a : b;
}

/* After each call into a core: its effects, then what follows from its new state. */
static void settle(struct session *session)
{
    worker_carry_out(session->worker, session);
    if (session->table != NULL) {
        uint64_t roll = 0;
        while (session->bot != NULL && roll != table_final(session->table)->roll) {
            roll = table_final(session->table)->roll;
            bot_play(session);
        }
    }
    session->deadline = earlier(lobby_deadline(&session->lobby), replies_deadline(session));
    if (session->table != NULL)
        session->deadline = earlier(session->deadline, table_deadline(session->table));
    if (session->bot != NULL)
        session->deadline = earlier(session->deadline, clock_monotonic_msec() + 250);
    publish(session);
}

static void start_when_seated(struct session *session, bool restored)
{
    if (session->table != NULL || !open_table(session))
        return;
    table_start(session->table, clock_monotonic_msec(), clock_wall_msec(), restored,
                &session->worker->outbox);
}

static void tell_mesh(struct session *session)
{
    struct event *event =
        event_get(&session->worker->node->pools, EVENT_JOIN, QUEUE_LANE_CONSENSUS);
    CHECK(event != NULL);
    memcpy(event->id.bytes, session->entry.id, DIGEST_SIZE);
    worker_to_mesh(session->worker, event);
}

static bool enter_lobby(struct session *session, struct bytes sit)
{
    const struct bytes genesis = {.at = session->genesis_packed, .size = session->genesis_size};
    if (lobby_init(&session->lobby, genesis, sit, session->worker->node->identity.secret,
                   clock_monotonic_msec()) != SEATING_OK)
        return false;
    session->joined = true;
    return true;
}

bool session_join(struct session *session, const char *player, bool witness)
{
    if (session->joined)
        return true;
    struct node *node = session->worker->node;
    struct seat_secrets secrets;
    seat_secrets_derive(node->seed, &session->genesis.id, &secrets);
    uint8_t random[32];
    uint8_t sit[SIT_SIZE_MAX];
    randombytes_buf(random, sizeof random);
    const size_t size = sit_pack(&session->genesis.id, &secrets, node->identity.secret,
                                 &node->identity.key, player, witness, random, sit);
    sodium_memzero(&secrets, sizeof secrets);
    if (size == 0 || !enter_lobby(session, (struct bytes){.at = sit, .size = size}))
        return false;
    uint8_t body[2 + GENESIS_SIZE_MAX + SIT_SIZE_MAX];
    struct writer w = writer_on(body, sizeof body);
    write_u16(&w, (uint16_t)session->genesis_size);
    write_bytes(&w, session->genesis_packed, session->genesis_size);
    write_bytes(&w, sit, size);
    worker_record(session->worker, session, SESSION_RECORD_JOIN, written(&w));
    tell_mesh(session);
    session_expire(session);
    return true;
}

bool session_restore(struct session *session, uint32_t kind, struct bytes body)
{
    if (kind == SESSION_RECORD_JOIN) {
        struct reader r = reader_on(body);
        const size_t genesis = read_u16(&r);
        read_bytes(&r, genesis);
        session->restored = true;
        return !r.failed && enter_lobby(session, (struct bytes){.at = r.at, .size = r.size});
    }
    static _Thread_local uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (!session->joined ||
        frame_unpack(&bitcraps__message__descriptor, body, &arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_SEATING)
        return lobby_restore(&session->lobby, message) == SEATING_OK && open_table(session);
    if (session->table == NULL)
        return false;
    table_restore(session->table, message);
    return true;
}

void session_resume(struct session *session)
{
    tell_mesh(session);
    if (session->table != NULL)
        table_start(session->table, clock_monotonic_msec(), clock_wall_msec(), true,
                    &session->worker->outbox);
    settle(session);
}

void session_receive(struct session *session, struct bytes packed)
{
    static _Thread_local uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) != FRAME_OK)
        return;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    const msec now = clock_monotonic_msec();
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_SIT ||
        message->kind_case == BITCRAPS__MESSAGE__KIND_SEATING) {
        lobby_receive(&session->lobby, now, message, &session->worker->outbox);
        worker_carry_out(session->worker, session);
        start_when_seated(session, false);
    } else if (session->table != NULL) {
        table_receive(session->table, now, clock_wall_msec(), message, &session->worker->outbox);
    }
    settle(session);
}

static void expire_replies(struct session *session, msec now)
{
    for (unsigned i = 0; i < SESSION_REPLIES_MAX; i++) {
        struct session_reply *reply = &session->replies[i];
        if (reply->sequence == 0 || reply->until > now)
            continue;
        char reason[SESSION_REASON_SIZE];
        const enum session_standing state = session_standing(session, reason);
        char sentence[SESSION_REASON_SIZE + 128];
        snprintf(sentence, sizeof sentence,
                 "the table has not agreed on it yet (%s%s%s): it stays on its way, see 'bitcraps "
                 "table show'",
                 session_standing_name(state), reason[0] == '\0' ? "" : ": ", reason);
        control_reply_error(session->worker->node->control, reply->token, CONTROL_ERROR_TIMED_OUT,
                            sentence);
        reply->sequence = 0;
    }
}

void session_expire(struct session *session)
{
    const msec now = clock_monotonic_msec();
    lobby_expire(&session->lobby, now, &session->worker->outbox);
    worker_carry_out(session->worker, session);
    start_when_seated(session, false);
    if (session->table != NULL)
        table_expire(session->table, now, clock_wall_msec(), &session->worker->outbox);
    expire_replies(session, now);
    settle(session);
}

void session_peers_changed(struct session *session)
{
    if (session->joined && session->table == NULL)
        lobby_greet(&session->lobby, clock_monotonic_msec());
    publish(session);
    if (session->joined)
        session->deadline = earlier(session->deadline, clock_monotonic_msec());
}

/* ---- Orders and events
 * ------------------------------------------------------------------------------ */

static struct session_reply *free_reply(struct session *session)
{
    for (unsigned i = 0; i < SESSION_REPLIES_MAX; i++) {
        if (session->replies[i].sequence == 0)
            return &session->replies[i];
    }
    return NULL;
}

static enum table_order order_of(enum request_method method)
{
    if (method == REQUEST_BET)
        return TABLE_ORDER_BET;
    if (method == REQUEST_TAKE_DOWN)
        return TABLE_ORDER_TAKE_DOWN;
    return method == REQUEST_ROLL ? TABLE_ORDER_READY : TABLE_ORDER_LEAVE;
}

void session_order(struct session *session, enum request_method method, uint64_t token,
                   struct craps_bet bet, chips amount)
{
    struct control_server *control = session->worker->node->control;
    if (session->table == NULL) {
        control_reply_error(control, token, CONTROL_ERROR_REFUSED,
                            "the table has not begun: wait until all seats are taken");
        return;
    }
    struct session_reply *reply = free_reply(session);
    if (reply == NULL) {
        control_reply_error(control, token, CONTROL_ERROR_FAILED,
                            "too many orders wait for their outcome: try again in a moment");
        return;
    }
    const struct state *state = table_final(session->table);
    const unsigned self = session->table->config.self;
    bet = craps_resolve(&state->craps, self, bet);
    const uint32_t spot = craps_spot(bet);
    const bool has_bet = method == REQUEST_BET || method == REQUEST_TAKE_DOWN;
    if (has_bet && spot == CRAPS_SPOT_NONE) {
        control_reply_error(control, token, CONTROL_ERROR_REFUSED,
                            "odds need a pass, come, don't pass or don't come bet on a number: "
                            "make one, or name the bet ('come odds 6')");
        return;
    }
    const uint64_t roll = state->roll;
    uint64_t sequence;
    struct refusal refusal;
    char sentence[REFUSAL_SENTENCE_SIZE];
    switch (table_order(session->table, clock_monotonic_msec(), clock_wall_msec(), order_of(method),
                        has_bet ? spot : 0, amount, &sequence, &refusal,
                        &session->worker->outbox)) {
    case TABLE_SENT:
        *reply = (struct session_reply){.sequence = sequence,
                                        .token = token,
                                        .until = clock_monotonic_msec() + SESSION_REPLY_MSEC,
                                        .roll = roll,
                                        .method = method,
                                        .spot = spot,
                                        .amount = amount};
        break;
    case TABLE_REFUSED:
        refusal_sentence(&refusal, sentence);
        control_reply_error(control, token, CONTROL_ERROR_REFUSED, sentence);
        break;
    case TABLE_RECOVERING:
        control_reply_error(control, token, CONTROL_ERROR_FAILED,
                            "this node was restarted and must hear from the other seats first: "
                            "try again in a moment");
        break;
    case TABLE_BUSY:
        control_reply_error(control, token, CONTROL_ERROR_FAILED,
                            "too many of your actions are not final yet: wait for the table");
        break;
    }
    settle(session);
}

static void answer_order(struct session *session, const struct table_event *event)
{
    for (unsigned i = 0; i < SESSION_REPLIES_MAX; i++) {
        struct session_reply *reply = &session->replies[i];
        if (reply->sequence != event->sequence || event->sequence == 0)
            continue;
        struct control_server *control = session->worker->node->control;
        if (event->kind == TABLE_EVENT_REFUSED) {
            char sentence[REFUSAL_SENTENCE_SIZE];
            refusal_sentence(&event->refusal, sentence);
            control_reply_error(control, reply->token, CONTROL_ERROR_REFUSED, sentence);
        } else {
            control_reply(control, reply->token, render_order(session, reply, event));
        }
        reply->sequence = 0;
    }
}

static void show_roll(struct session *session, const struct table_event *event)
{
    struct session_roll *roll = &session->roll;
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
        json_decref(session->last_roll);
        session->last_roll = render_last_roll(event);
        control_notify(session->worker->node->control, session->topic,
                       render_roll_event(session, event));
        json_decref(roll->decisions);
        roll->decisions = NULL;
    }
}

void session_show(struct session *session, const struct table_event *event)
{
    if (session->worker->node->control == NULL)
        return;
    if (session->table != NULL && event->seat == session->table->config.self)
        answer_order(session, event);
    if (event->kind == TABLE_EVENT_ROLL || event->kind == TABLE_EVENT_DECISION ||
        event->kind == TABLE_EVENT_ROLLED) {
        show_roll(session, event);
        return;
    }
    json_t *json = render_event(session, event);
    if (json != NULL)
        control_notify(session->worker->node->control, session->topic, json);
}

/* ---- The export
 * ------------------------------------------------------------------------------------- */

static void put_varint(uint8_t *at, size_t *used, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        at[(*used)++] = (uint8_t)(value | 0x80);
    at[(*used)++] = (uint8_t)value;
}

static void put_field(uint8_t *at, size_t *used, unsigned number, struct bytes bytes)
{
    put_varint(at, used, number << 3 | 2);
    put_varint(at, used, bytes.size);
    memcpy(at + *used, bytes.at, bytes.size);
    *used += bytes.size;
}

/* An Export is joined from messages that are packed already: they are its fields, byte by byte. */
bool session_export(struct session *session)
{
    const uint64_t height = archive_certified_last(session->archive);
    if (session->table == NULL || height == 0)
        return false;
    size_t size = 64 + session->lobby.seating_size;
    for (uint64_t at = 1; at <= height; at++)
        size += archive_block(session->archive, at).size + 16;
    const struct bytes certificate = archive_certificate(session->archive, height);
    size += certificate.size + 16;
    uint8_t *bytes = malloc(size);
    if (bytes == NULL)
        return false;
    size_t used = 0;
    put_varint(bytes, &used, 1 << 3);
    put_varint(bytes, &used, 1);
    put_field(
        bytes, &used, 2,
        (struct bytes){.at = session->lobby.seating_packed, .size = session->lobby.seating_size});
    for (uint64_t at = 1; at <= height; at++)
        put_field(bytes, &used, 3, archive_block(session->archive, at));
    put_field(bytes, &used, 4, certificate);
    CHECK(used <= size);
    free(session->export_at);
    session->export_at = bytes;
    session->export_size = used;
    return true;
}
