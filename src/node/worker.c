/* SPDX-License-Identifier: MIT */
#include "node/worker.h"

#include "base/check.h"
#include "frame/frame.h"
#include "node/node.h"
#include "platform/posix/clock.h"
#include "platform/posix/log.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define OUTBOX_EFFECTS 4096
#define OUTBOX_ARENA   ((size_t)4 << 20)
#define BATCH_RECORDS  1024
#define EVENTS_A_TURN  64 /* Between two looks at timers and at what became durable. */

static void overflowed(void *context, enum queue_lane lane, enum queue_verdict verdict)
{
    const struct worker *worker = context;
    (void)verdict;
    log_line(LOG_LEVEL_WARNING, LOG_NODE,
             "worker %u: its queue of events is full, lane %d gave way; the others will repeat "
             "what matters",
             worker->index, (int)lane);
}

bool worker_open(struct worker *worker, struct node *node, unsigned index)
{
    memset(worker, 0, sizeof *worker);
    worker->node = node;
    worker->index = index;
    const struct queue_config config = {.producers = WORKER_PRODUCERS,
                                        .policy = QUEUE_POLICY_DROP_LOWEST,
                                        .overflow = overflowed,
                                        .context = worker};
    worker->queue = queue_create(&config);
    worker->guard = map_guard_create(node->tables);
    worker->outbox.effects = malloc(OUTBOX_EFFECTS * sizeof *worker->outbox.effects);
    worker->outbox.effects_max = OUTBOX_EFFECTS;
    worker->outbox.arena = malloc(OUTBOX_ARENA);
    worker->outbox.arena_size = OUTBOX_ARENA;
    return worker->queue != NULL && worker->guard != NULL && worker->outbox.effects != NULL &&
           worker->outbox.arena != NULL;
}

void worker_close(struct worker *worker)
{
    struct event *event;
    while (worker->queue != NULL && (event = queue_pop(worker->queue, NULL)) != NULL)
        event_put(&worker->node->pools, event);
    while (worker->held_first != NULL) {
        event = worker->held_first;
        worker->held_first = event->next;
        event_put(&worker->node->pools, event);
    }
    queue_destroy(worker->queue);
    if (worker->guard != NULL)
        map_guard_destroy(worker->guard);
    free(worker->outbox.effects);
    free(worker->outbox.arena);
}

struct sitting *worker_find(struct worker *worker, const struct digest *id)
{
    for (unsigned i = 0; i < worker->sittings_count; i++) {
        if (memcmp(worker->sittings[i]->entry.id, id->bytes, DIGEST_SIZE) == 0)
            return worker->sittings[i];
    }
    return NULL;
}

struct sitting *worker_add(struct worker *worker, struct bytes genesis,
                           const struct genesis *checked)
{
    if (worker->sittings_count == WORKER_SITTINGS_MAX)
        return NULL;
    struct sitting *sitting = sitting_create(worker, genesis, checked);
    if (sitting == NULL)
        return NULL;
    if (map_insert(worker->guard, &sitting->entry) != 0) {
        sitting_release(&sitting->entry);
        return NULL;
    }
    worker->sittings[worker->sittings_count++] = sitting;
    return sitting;
}

void worker_forget(struct worker *worker, struct sitting *sitting)
{
    unsigned i = 0;
    while (worker->sittings[i] != sitting)
        i++;
    worker->sittings[i] = worker->sittings[--worker->sittings_count];
    map_remove(worker->guard, sitting->entry.id);
}

/* When as many offers as there may be are known, the one whose turn it is makes room. */
static void make_room(struct worker *worker, const struct node_id *by)
{
    struct offer offers[WORKER_SITTINGS_MAX];
    struct sitting *sittings[WORKER_SITTINGS_MAX];
    size_t count = 0;
    for (unsigned i = 0; i < worker->sittings_count; i++) {
        if (worker->sittings[i]->joined)
            continue;
        offers[count] = worker->sittings[i]->offer;
        sittings[count++] = worker->sittings[i];
    }
    if (count >= WORKER_OFFERS_MAX || (count > 0 && worker->sittings_count == WORKER_SITTINGS_MAX))
        worker_forget(worker, sittings[offer_least(offers, count, by)]);
}

/* Offers that are no longer repeated make room. */
static void forget_offers(struct worker *worker, msec now)
{
    for (unsigned i = worker->sittings_count; i-- > 0;) {
        struct sitting *sitting = worker->sittings[i];
        if (!sitting->joined && now - sitting->offer.heard >= SITTING_OFFER_MSEC)
            worker_forget(worker, sitting);
    }
    map_poll(worker->guard);
}

/* ---- Effects ------------------------------------------------------------------------------------
 */

void worker_to_mesh(struct worker *worker, struct event *event)
{
    void *dropped = NULL;
    queue_push(worker->node->mesh_queue, NODE_MESH_PRODUCER_WORKER + worker->index, event->lane,
               event, &dropped);
    node_drop(worker->node, dropped);
}

static void hold(struct worker *worker, struct event *event)
{
    if (worker->held_last == NULL)
        worker->held_first = event;
    else
        worker->held_last->next = event;
    worker->held_last = event;
}

/* What rests on durable batches goes its way. */
static void release_held(struct worker *worker)
{
    const uint64_t durable = atomic_load_explicit(&worker->durable, memory_order_acquire);
    while (worker->held_first != NULL && worker->held_first->ticket <= durable) {
        struct event *event = worker->held_first;
        worker->held_first = event->next;
        if (worker->held_first == NULL)
            worker->held_last = NULL;
        event->next = NULL;
        if (event->kind != EVENT_SHOW) {
            worker_to_mesh(worker, event);
            continue;
        }
        struct sitting *sitting = worker_find(worker, &event->id);
        struct table_event shown;
        memcpy(&shown, event->bytes.at, sizeof shown);
        if (sitting != NULL)
            sitting_show(sitting, &shown);
        event_put(&worker->node->pools, event);
    }
}

/* The journal may be behind: the worker waits for it, as nothing may overtake it. */
void worker_record(struct worker *worker, struct sitting *sitting,
                   const struct journal_record *records, size_t count)
{
    struct digest scope;
    memcpy(scope.bytes, sitting->entry.id, DIGEST_SIZE);
    const uint64_t ticket = ++worker->ticket;
    enum journal_verdict verdict;
    while ((verdict = journal_append(worker->node->journal, &scope, records, count,
                                     node_ticket(worker->index, ticket))) == JOURNAL_BUSY)
        poll(NULL, 0, 1);
    if (verdict != JOURNAL_OK)
        node_journal_failed(worker->node);
    sitting->last_ticket = ticket;
}

/* Which way a message goes: by the field number that its packed form starts with. */
static enum queue_lane lane_of(struct bytes packed)
{
    switch (packed.size == 0 ? 0 : packed.at[0] >> 3) {
    case 1: /* Vote, Certificate, Proposal, Partial, Recover, Recovered. */
    case 2:
    case 3:
    case 7:
    case 8:
    case 10:
        return QUEUE_LANE_CONSENSUS;
    case 5: /* Blocks. */
        return QUEUE_LANE_GOSSIP;
    default:
        return QUEUE_LANE_GAME;
    }
}

static void hold_effect(struct worker *worker, struct sitting *sitting, const struct effect *effect)
{
    enum event_kind kind = EVENT_SEND;
    const struct bytes bytes = outbox_bytes(&worker->outbox, effect);
    if (effect->kind == TABLE_EFFECT_EVENT)
        kind = EVENT_SHOW;
    else if (effect->kind == LOBBY_EFFECT_DISCOVER)
        kind = EVENT_DISCOVER;
    struct event *event = event_copy(&worker->node->pools, kind, lane_of(bytes), bytes);
    if (event == NULL) {
        worker->lost++;
        return;
    }
    memcpy(event->id.bytes, sitting->entry.id, DIGEST_SIZE);
    if (kind == EVENT_SEND && effect->target != TARGET_ALL && sitting->table != NULL) {
        const struct node_id *node = table_target(sitting->table, effect->target);
        event->direct = node != NULL;
        if (node != NULL)
            event->node = *node;
    }
    event->ticket = sitting->last_ticket;
    hold(worker, event);
}

static void note(struct worker *worker, struct sitting *sitting, const struct effect *effect)
{
    struct table_event event;
    memcpy(&event, outbox_bytes(&worker->outbox, effect).at, sizeof event);
    sitting_note(sitting, &event);
}

void worker_carry_out(struct worker *worker, struct sitting *sitting)
{
    struct outbox *out = &worker->outbox;
    struct journal_record records[BATCH_RECORDS];
    size_t count = 0;
    CHECK(out->dropped == 0);
    for (size_t i = 0; i < out->count; i++) {
        if (out->effects[i].kind != TABLE_EFFECT_RECORD)
            continue;
        CHECK(count < BATCH_RECORDS);
        records[count++] = (struct journal_record){.kind = SITTING_RECORD_MESSAGE,
                                                   .body = outbox_bytes(out, &out->effects[i])};
    }
    if (count > 0)
        worker_record(worker, sitting, records, count);
    for (size_t i = 0; i < out->count; i++) {
        if (out->effects[i].kind == TABLE_EFFECT_EVENT)
            note(worker, sitting, &out->effects[i]);
        if (out->effects[i].kind != TABLE_EFFECT_RECORD)
            hold_effect(worker, sitting, &out->effects[i]);
    }
    outbox_clear(out);
}

static void wake(struct worker *worker, uint32_t producer)
{
    struct event *event = event_get(&worker->node->pools, EVENT_DURABLE, QUEUE_LANE_CONSENSUS);
    if (event == NULL)
        return; /* No event is free, so the worker is awake and looks at the counter anyway. */
    void *dropped = NULL;
    queue_push(worker->queue, producer, QUEUE_LANE_CONSENSUS, event, &dropped);
    node_drop(worker->node, dropped);
}

void worker_durable(struct worker *worker, uint64_t ticket)
{
    atomic_store_explicit(&worker->durable, ticket, memory_order_release);
    wake(worker, WORKER_PRODUCER_JOURNAL);
}

/* ---- Events
 * --------------------------------------------------------------------------------------- */

static void take_offer(struct worker *worker, struct bytes packed, const struct node_id *by,
                       bool direct)
{
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) != FRAME_OK)
        return;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    struct genesis genesis;
    if (message->kind_case != BITCRAPS__MESSAGE__KIND_ANNOUNCE)
        return;
    const struct bytes bytes = {.at = message->announce->genesis.data,
                                .size = message->announce->genesis.len};
    if (genesis_unpack(bytes, &genesis) != SEATING_OK)
        return;
    struct sitting *sitting = worker_find(worker, &genesis.id);
    if (sitting == NULL) {
        make_room(worker, by);
        sitting = worker_add(worker, bytes, &genesis);
        if (sitting == NULL)
            return;
        sitting->offer.by = *by;
        log_line(LOG_LEVEL_INFO, LOG_TABLE, "heard of table \"%s\"", genesis.name);
    }
    sitting_offered(sitting, packed, message->announce, direct);
}

static void take_peers(struct worker *worker, struct bytes bytes)
{
    worker->peers_count = 0;
    worker->slow = bytes.size > 0 && bytes.at[0] != 0;
    for (size_t at = 1; at + DIGEST_SIZE <= bytes.size && worker->peers_count < WORKER_PEERS_MAX;
         at += DIGEST_SIZE)
        memcpy(worker->peers[worker->peers_count++].bytes, bytes.at + at, DIGEST_SIZE);
    for (unsigned i = 0; i < worker->sittings_count; i++)
        sitting_peers_changed(worker->sittings[i]);
}

static void handle(struct worker *worker, struct event *event)
{
    struct sitting *sitting;
    switch (event->kind) {
    case EVENT_MESSAGE:
        sitting = worker_find(worker, &event->id);
        if (sitting != NULL && sitting->joined)
            sitting_receive(sitting, event->bytes);
        break;
    case EVENT_OFFER:
        take_offer(worker, event->bytes, &event->node, event->direct);
        break;
    case EVENT_PEERS:
        take_peers(worker, event->bytes);
        break;
    case EVENT_REQUEST:
        worker_request(worker, event);
        break;
    case EVENT_DURABLE:
    case EVENT_SEND:
    case EVENT_DISCOVER:
    case EVENT_JOIN:
    case EVENT_KEYS:
    case EVENT_SHOW:
        break;
    }
    event_put(&worker->node->pools, event);
}

static msec expire_due(struct worker *worker)
{
    const msec now = clock_monotonic_msec();
    msec next = now + 10000;
    for (unsigned i = 0; i < worker->sittings_count; i++) {
        struct sitting *sitting = worker->sittings[i];
        if (sitting->joined && sitting->deadline <= now)
            sitting_expire(sitting);
        if (sitting->joined && sitting->deadline < next)
            next = sitting->deadline;
        if (!sitting->joined)
            sitting_consider_witness(sitting);
    }
    forget_offers(worker, now);
    return next;
}

/* The worker's whole day: events, what became durable, timers, sleep. */
static void *work(void *context)
{
    struct worker *worker = context;
    for (unsigned i = 0; i < worker->sittings_count; i++) {
        if (worker->node->salvaged)
            sitting_forget(worker->sittings[i]);
        sitting_resume(worker->sittings[i]);
    }
    while (!atomic_load(&worker->stop)) {
        struct event *event;
        for (unsigned i = 0; i < EVENTS_A_TURN && (event = queue_pop(worker->queue, NULL)) != NULL;
             i++)
            handle(worker, event);
        release_held(worker);
        const msec next = expire_due(worker);
        if (queue_count(worker->queue) > 0 || !queue_arm(worker->queue))
            continue;
        struct pollfd waiting = {.fd = queue_fd(worker->queue), .events = POLLIN};
        const msec left = next - clock_monotonic_msec();
        const bool released = worker->held_first != NULL &&
                              worker->held_first->ticket <= atomic_load(&worker->durable);
        poll(&waiting, 1, released || left < 0 ? 0 : (int)left);
        queue_disarm(worker->queue);
    }
    return NULL;
}

bool worker_start(struct worker *worker)
{
    worker->started = pthread_create(&worker->thread, NULL, work, worker) == 0;
    return worker->started;
}

void worker_stop(struct worker *worker)
{
    if (!worker->started)
        return;
    atomic_store(&worker->stop, true);
    wake(worker, WORKER_PRODUCER_STOPPER);
    pthread_join(worker->thread, NULL);
    for (unsigned i = 0; i < worker->sittings_count; i++)
        archive_detach(worker->sittings[i]->archive);
    worker->started = false;
}
