/* SPDX-License-Identifier: MIT */
/* A sitting's life, step by step: from its lobby to the table, messages, timers, its bot. */
#include "node/sitting_parts.h"

#include "audit/export.h"
#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "node/node.h"
#include "node/worker.h"
#include "platform/posix/clock.h"

#include <sodium.h>
#include <stdlib.h>

/*
 * D0: the assumed bound on one-way delay. Longer where links share a radio: a proposal of 2 KB to
 * five neighbours takes 150 ms of an adapter's 60 KB/s.
 */
#define DELAY_MSEC      50
#define DELAY_SLOW_MSEC 150

static atomic_uint_fast64_t topics = 1;

struct sitting *sitting_create(struct worker *worker, struct bytes genesis,
                               const struct genesis *checked)
{
    struct sitting *sitting = calloc(1, sizeof *sitting);
    if (sitting == NULL)
        return NULL;
    sitting->worker = worker;
    sitting->topic = atomic_fetch_add(&topics, 1);
    sitting->genesis = *checked;
    memcpy(sitting->genesis_packed, genesis.at, genesis.size);
    sitting->genesis_size = genesis.size;
    sitting->deadline = MSEC_NEVER;
    sitting->offer.heard = clock_monotonic_msec();
    memcpy(sitting->entry.id, checked->id.bytes, DIGEST_SIZE);
    sitting->archive = archive_create();
    randombytes_buf(&sitting->bot_random, sizeof sitting->bot_random);
    if (sitting->archive == NULL || pthread_mutex_init(&sitting->lock, NULL) != 0) {
        archive_destroy(sitting->archive);
        free(sitting);
        return NULL;
    }
    archive_attach(sitting->archive, worker->node->journal, &checked->id, SITTING_RECORD_MESSAGE);
    return sitting;
}

void sitting_release(struct map_entry *entry)
{
    struct sitting *sitting = (struct sitting *)entry;
    archive_destroy(sitting->archive);
    keys_clear(&sitting->keys);
    sodium_memzero(&sitting->invitation, sizeof sitting->invitation);
    if (sitting->table != NULL)
        sodium_memzero(&sitting->table->config, sizeof sitting->table->config);
    free(sitting->table);
    free(sitting->export_at);
    for (unsigned i = 0; i < SITTING_REPLIES_MAX; i++)
        json_decref(sitting->replies[i].done);
    bot_destroy(sitting->bot);
    json_decref(sitting->last_roll);
    json_decref(sitting->roll.decisions);
    pthread_mutex_destroy(&sitting->lock);
    free(sitting);
}

/* ---- From lobby to table
 * ------------------------------------------------------------------------- */

static void archive_put_block(void *context, uint64_t height, struct bytes block,
                              struct bytes certificate)
{
    const struct sitting *sitting = context;
    archive_put(sitting->archive, height, block, certificate);
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
    const struct sitting *sitting = context;
    return copy_out(archive_block(sitting->archive, height), block, size_max);
}

static size_t archive_get_certificate(void *context, uint64_t height, uint8_t *certificate,
                                      size_t size_max)
{
    const struct sitting *sitting = context;
    const uint64_t certified = archive_certified(sitting->archive, height);
    return copy_out(archive_certificate(sitting->archive, certified), certificate, size_max);
}

static unsigned own_seat(const struct sitting *sitting)
{
    const struct seating *seating = &sitting->lobby.seating;
    for (unsigned seat = 0; seat < seating->count; seat++) {
        if (memcmp(&seating->seats[seat].identity, &sitting->worker->node->identity.key,
                   sizeof seating->seats[seat].identity) == 0)
            return seat;
    }
    return SEAT_NONE;
}

static void archive_put_ending(void *context, uint64_t epoch, uint64_t height, struct bytes ending)
{
    const struct sitting *sitting = context;
    archive_end(sitting->archive, epoch, height, ending);
}

static void archive_put_seats(void *context, uint64_t epoch, struct bytes seats)
{
    struct sitting *sitting = context;
    keys_put(&sitting->keys, epoch, seats);
}

static size_t archive_get_ending(void *context, uint64_t epoch, uint64_t *height, uint8_t *ending,
                                 size_t size_max)
{
    const struct sitting *sitting = context;
    return copy_out(archive_ending(sitting->archive, epoch, height), ending, size_max);
}

static msec delay_of(const struct worker *worker)
{
    return worker->slow ? DELAY_SLOW_MSEC : DELAY_MSEC;
}

/* The seat list is closed: there is a table now. Who is not on the list follows it and asks for a
 * seat. */
bool sitting_open_table(struct sitting *sitting)
{
    const unsigned self = own_seat(sitting);
    if (sitting->table != NULL || !lobby_seated(&sitting->lobby))
        return sitting->table != NULL;
    struct node *node = sitting->worker->node;
    struct table_config config = {.self = self,
                                  .identity = node->identity,
                                  .witness = sitting->lobby.own.seat.witness,
                                  .sits = true,
                                  .invitation = sitting->invitation,
                                  .accuses = true,
                                  .delay = delay_of(sitting->worker),
                                  .archive = {.context = sitting,
                                              .put = archive_put_block,
                                              .block = archive_get_block,
                                              .certificate = archive_get_certificate,
                                              .end = archive_put_ending,
                                              .ending = archive_get_ending,
                                              .seats = archive_put_seats}};
    memcpy(config.seed, node->seed, sizeof config.seed);
    memcpy(config.name, sitting->lobby.own.seat.name, sizeof config.name);
    randombytes_buf(config.random, sizeof config.random);
    seat_secrets_derive(node->seed, &sitting->genesis.id, &config.secrets);
    sitting->table = malloc(sizeof *sitting->table);
    CHECK(sitting->table != NULL);
    table_init(sitting->table, &sitting->lobby.seating, &config, clock_monotonic_msec());
    sodium_memzero(&config, sizeof config);
    if (sitting->forgetful || !lobby_remembers(&sitting->lobby))
        table_forget(sitting->table);
    return true;
}

/* ---- The bot
 * -------------------------------------------------------------------------------------- */

static uint64_t bot_draw(struct sitting *sitting)
{
    uint64_t x = sitting->bot_random += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Sends orders as one action; those that the table refuses are left out. */
static bool send_orders(struct sitting *sitting, struct craps_order *orders, size_t count)
{
    while (count > 0) {
        uint64_t sequence;
        struct refusal refusal;
        const enum table_verdict verdict =
            table_order(sitting->table, clock_monotonic_msec(), clock_wall_msec(), orders, count,
                        &sequence, &refusal, &sitting->worker->outbox);
        worker_carry_out(sitting->worker, sitting);
        if (verdict == TABLE_SENT)
            return true;
        if (verdict != TABLE_REFUSED || refusal.order >= count || refusal.orders == 0)
            return false;
        count--;
        for (size_t i = refusal.order; i < count; i++)
            orders[i] = orders[i + 1];
    }
    return true;
}

static bool bot_may_play(const struct sitting *sitting)
{
    const struct state *state = table_final(sitting->table);
    const unsigned self = sitting->table->config.self;
    return state->phase == STATE_PHASE_BETTING && sitting->bot->roll != state->roll &&
           (state_players(state) & ~state->ready) >> self & 1 &&
           consensus_may_sign(&sitting->table->consensus);
}

/* Plans all of a roll's bets on a copy of the felt, sends them together, and is ready or leaves. */
static void bot_play(struct sitting *sitting)
{
    struct bot *bot = sitting->bot;
    const struct state *state = table_final(sitting->table);
    const struct craps_card *card = &sitting->table->seating.card;
    const unsigned self = sitting->table->config.self;
    if (bot->until != 0 && state->rolls_done >= bot->until) {
        sitting_set_bot(sitting, NULL);
        return;
    }
    if (!bot_may_play(sitting))
        return;
    const uint64_t roll = state->roll;
    struct craps_order orders[CRAPS_ORDERS_MAX];
    size_t count;
    bot_begin(bot, state, card, self, bot_draw(sitting));
    while ((count = bot_orders(bot, card, self, orders)) > 0) {
        if (!send_orders(sitting, orders, count))
            break;
        if (table_final(sitting->table)->roll != roll)
            return;
    }
    uint64_t sequence;
    struct refusal refusal;
    const msec now = clock_monotonic_msec();
    const enum table_verdict verdict =
        bot->left ? table_leave(sitting->table, now, clock_wall_msec(), &sequence, &refusal,
                                &sitting->worker->outbox)
                  : table_ready(sitting->table, now, clock_wall_msec(), &sequence, &refusal,
                                &sitting->worker->outbox);
    worker_carry_out(sitting->worker, sitting);
    if (verdict != TABLE_SENT)
        bot->roll = 0;
    else if (bot->left)
        sitting_set_bot(sitting, NULL);
}

void sitting_set_bot(struct sitting *sitting, struct bot *bot)
{
    bot_destroy(sitting->bot);
    sitting->bot = bot;
}

void sitting_note(struct sitting *sitting, const struct table_event *event)
{
    if (sitting->bot != NULL && sitting->table != NULL && sitting->table->config.self != SEAT_NONE)
        bot_note(sitting->bot, sitting->table->config.self, event,
                 &table_final(sitting->table)->craps);
}

/* ---- Steps
 * ----------------------------------------------------------------------------------------- */

static msec earlier(msec a, msec b)
{
    return a < b ? a : b;
}

/* After each call into a core: its effects, then what follows from its new state. */
void sitting_settle(struct sitting *sitting)
{
    worker_carry_out(sitting->worker, sitting);
    bool again = false;
    if (sitting->table != NULL && sitting->bot != NULL) {
        const uint64_t roll = table_final(sitting->table)->roll;
        bot_play(sitting);
        again = roll != table_final(sitting->table)->roll;
    }
    sitting->deadline = earlier(lobby_deadline(&sitting->lobby), sitting_replies_deadline(sitting));
    if (sitting->table != NULL) {
        sitting->deadline = earlier(sitting->deadline, table_deadline(sitting->table));
        sitting->deadline = earlier(sitting->deadline, outlook_deadline(sitting->table));
        sitting->deadline = earlier(sitting->deadline, keys_deadline(sitting));
    }
    /* Alone at a table a bot ends a roll at once; the next waits for the worker's next turn. */
    if (sitting->bot != NULL)
        sitting->deadline = earlier(sitting->deadline, clock_monotonic_msec() + (again ? 0 : 250));
    sitting_publish(sitting);
}

/* Who asked for its seat in an earlier life may have played in it, and lost the record of that. */
void sitting_start_when_seated(struct sitting *sitting)
{
    if (sitting->table != NULL || !sitting_open_table(sitting))
        return;
    table_start(sitting->table, clock_monotonic_msec(), clock_wall_msec(), sitting->restored,
                &sitting->worker->outbox);
}

/* Twice is once; said again whenever links change, as a full queue may have dropped it. */
void sitting_tell_mesh(struct sitting *sitting)
{
    struct event *event =
        event_get(&sitting->worker->node->pools, EVENT_JOIN, QUEUE_LANE_CONSENSUS);
    if (event == NULL) {
        sitting->worker->lost++;
        return;
    }
    memcpy(event->id.bytes, sitting->entry.id, DIGEST_SIZE);
    worker_to_mesh(sitting->worker, event);
}

void sitting_resume(struct sitting *sitting)
{
    sitting_tell_mesh(sitting);
    if (sitting->table != NULL)
        table_start(sitting->table, clock_monotonic_msec(), clock_wall_msec(), true,
                    &sitting->worker->outbox);
    sitting_settle(sitting);
}

/* The host's lobby has no events of its own. */
static void tell_asking(struct sitting *sitting)
{
    if (sitting->table != NULL)
        return;
    const unsigned count = sitting_count_asking(sitting);
    for (unsigned i = SEATS_MAX; count > sitting->asking && i-- > 0;) {
        const struct seat *seat = sitting_asking(sitting, i);
        if (seat == NULL)
            continue;
        struct table_event event = {
            .kind = TABLE_EVENT_ASKS, .seat = SEAT_NONE, .who = seat->identity};
        memcpy(event.name, seat->name, sizeof event.name);
        sitting_show(sitting, &event);
        break;
    }
    sitting->asking = count;
}

void sitting_receive(struct sitting *sitting, struct bytes packed)
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
        lobby_receive(&sitting->lobby, now, message, &sitting->worker->outbox);
        worker_carry_out(sitting->worker, sitting);
        sitting_start_when_seated(sitting);
        tell_asking(sitting);
        if (sitting->table != NULL && message->kind_case == BITCRAPS__MESSAGE__KIND_SIT)
            table_receive(sitting->table, now, clock_wall_msec(), message,
                          &sitting->worker->outbox);
    } else if (sitting->table != NULL) {
        table_receive(sitting->table, now, clock_wall_msec(), message, &sitting->worker->outbox);
    }
    sitting_settle(sitting);
}

void sitting_expire(struct sitting *sitting)
{
    const msec now = clock_monotonic_msec();
    if (sitting->table != NULL)
        lobby_plays(&sitting->lobby, now, table_final(sitting->table)->roster.count,
                    sitting->table->position);
    lobby_expire(&sitting->lobby, now, &sitting->worker->outbox);
    worker_carry_out(sitting->worker, sitting);
    sitting_start_when_seated(sitting);
    if (sitting->table != NULL)
        table_expire(sitting->table, now, clock_wall_msec(), &sitting->worker->outbox);
    keys_expire(sitting, now);
    sitting_expire_replies(sitting, now);
    sitting_settle(sitting);
}

void sitting_peers_changed(struct sitting *sitting)
{
    if (sitting->joined)
        lobby_greet(&sitting->lobby, clock_monotonic_msec());
    if (sitting->table != NULL)
        table_set_delay(sitting->table, delay_of(sitting->worker));
    keys_hurry(sitting, clock_monotonic_msec());
    sitting_publish(sitting);
    if (!sitting->joined)
        return;
    sitting_tell_mesh(sitting);
    sitting->deadline = earlier(sitting->deadline, clock_monotonic_msec());
}

/* ---- The export
 * ------------------------------------------------------------------------------------- */

bool sitting_export(struct sitting *sitting)
{
    bool ended;
    const uint64_t height = archive_exported(sitting->archive, &ended);
    const uint64_t endings = archive_endings(sitting->archive);
    uint64_t end_height = 0;
    if (sitting->table == NULL || height == 0)
        return false;
    const struct bytes certificate = archive_certificate(sitting->archive, height);
    size_t size = EXPORT_OVERHEAD(height) + sitting->lobby.seating_size + certificate.size;
    for (uint64_t at = 1; at <= height; at++)
        size += archive_block_size(sitting->archive, at);
    for (uint64_t epoch = 1; epoch <= endings; epoch++)
        size += 16 + archive_ending(sitting->archive, epoch, &end_height).size;
    uint8_t *bytes = malloc(size);
    if (bytes == NULL)
        return false;
    struct writer w = writer_on(bytes, size);
    export_begin(&w, (struct bytes){.at = sitting->lobby.seating_packed,
                                    .size = sitting->lobby.seating_size});
    uint64_t blocks = 0; /* That could be read. */
    for (uint64_t at = 1; at <= height; at++) {
        const struct bytes block = archive_block(sitting->archive, at);
        blocks += block.size > 0;
        export_block(&w, block);
    }
    if (!ended)
        export_end(&w, certificate);
    for (uint64_t epoch = 1; epoch <= endings; epoch++) {
        const struct bytes ending = archive_ending(sitting->archive, epoch, &end_height);
        if (end_height <= height)
            export_ending(&w, ending);
    }
    CHECK(!w.failed);
    if (blocks != height) {
        free(bytes);
        return false;
    }
    free(sitting->export_at);
    sitting->export_at = bytes;
    sitting->export_size = w.used;
    return true;
}
