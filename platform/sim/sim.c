/* SPDX-License-Identifier: MIT */
#include "platform/sim/sim.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#define OUTBOX_SIZE    (4u << 20)
#define OUTBOX_EFFECTS 8192
#define WALL_START     INT64_C(1750000000000)

/* A message on its way, shared by all copies of it. */
struct packet {
    unsigned references;
    uint32_t target;
    size_t size;
    uint8_t bytes[];
};

enum event_kind {
    EVENT_DELIVER,
    EVENT_EXPIRE,
    EVENT_SYNCED,
};

struct event {
    msec at;
    uint64_t order; /* Equal times happen in the order they were scheduled. */
    enum event_kind kind;
    unsigned node;
    uint64_t life;  /* An event for an earlier life of a node is void. */
    size_t records; /* EVENT_SYNCED: how many are durable then. */
    struct packet *packet;
};

struct record {
    size_t size;
    uint8_t *bytes;
};

/* What waits for the disk. */
struct pending {
    size_t records; /* That have to be durable before it leaves. */
    struct packet *packet;
};

struct place {
    uint32_t address;
    const struct sim_node_operations *operations;
    void *node;
    bool up;
    uint64_t life;
    msec clock_offset;
    msec armed; /* The earliest EVENT_EXPIRE scheduled. */
    struct record *records;
    size_t records_count;
    size_t records_room;
    size_t durable;
    size_t unsynced; /* At the last crash: so many records were in the air. */
    bool syncing;
    bool full;
    struct pending *pending;
    size_t pending_count;
    size_t pending_room;
};

struct sim {
    struct chance chance;
    msec now;
    uint64_t order;
    struct sim_faults faults;
    struct sim_counters counters;
    bool closed[SIM_NODES_MAX][SIM_NODES_MAX];
    bool burst[SIM_NODES_MAX][SIM_NODES_MAX]; /* The link loses everything for a while. */
    bool (*passes)(void *context, unsigned from, unsigned to, struct bytes message);
    void *passes_context;
    uint8_t *instead; /* What a liar says. */
    struct place places[SIM_NODES_MAX];
    unsigned count;
    struct event *heap;
    size_t heap_count;
    size_t heap_room;
    struct outbox out;
};

static void *grown(void *memory, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return memory;
    *room = *room == 0 ? 64 : *room * 2;
    memory = realloc(memory, *room * size);
    CHECK(memory != NULL);
    return memory;
}

/* ---- Events ---- */

static bool before(const struct event *a, const struct event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(struct sim *sim, struct event event)
{
    event.order = sim->order++;
    sim->heap = grown(sim->heap, sim->heap_count, &sim->heap_room, sizeof event);
    size_t i = sim->heap_count++;
    while (i > 0 && before(&event, &sim->heap[(i - 1) / 2])) {
        sim->heap[i] = sim->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    sim->heap[i] = event;
}

static struct event pop(struct sim *sim)
{
    const struct event top = sim->heap[0];
    const struct event last = sim->heap[--sim->heap_count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= sim->heap_count)
            break;
        if (child + 1 < sim->heap_count && before(&sim->heap[child + 1], &sim->heap[child]))
            child++;
        if (!before(&sim->heap[child], &last))
            break;
        sim->heap[i] = sim->heap[child];
        i = child;
    }
    if (sim->heap_count > 0)
        sim->heap[i] = last;
    return top;
}

/* ---- Packets ---- */

static struct packet *packet_create(uint32_t target, struct bytes bytes)
{
    struct packet *packet = malloc(sizeof *packet + bytes.size);
    CHECK(packet != NULL);
    packet->references = 1;
    packet->target = target;
    packet->size = bytes.size;
    memcpy(packet->bytes, bytes.at, bytes.size);
    return packet;
}

static void packet_put(struct packet *packet)
{
    if (packet != NULL && --packet->references == 0)
        free(packet);
}

static msec delay(struct sim *sim)
{
    const struct sim_faults *f = &sim->faults;
    const msec span = f->delay_max - f->delay_min + 1;
    msec delay = f->delay_min + (msec)chance_below(&sim->chance, (uint64_t)span);
    if (f->late_permille > 0 && chance_permille(&sim->chance, f->late_permille))
        delay += (msec)chance_below(&sim->chance, (uint64_t)f->late_max + 1);
    return delay;
}

static void deliver_later(struct sim *sim, unsigned to, struct packet *packet, msec late)
{
    packet->references++;
    push(sim, (struct event){.at = sim->now + delay(sim) + late,
                             .kind = EVENT_DELIVER,
                             .node = to,
                             .packet = packet});
}

/* Gilbert and Elliott: a link is good or bad; good, it loses now and then, bad, everything. */
static bool link_loses(struct sim *sim, unsigned from, unsigned to)
{
    const struct sim_faults *f = &sim->faults;
    bool *burst = &sim->burst[from][to];
    if (*burst)
        *burst = f->burst_length > 0 && chance_below(&sim->chance, f->burst_length) != 0;
    else if (f->burst_permille > 0)
        *burst = chance_permille(&sim->chance, f->burst_permille);
    return *burst || chance_permille(&sim->chance, f->loss_permille);
}

/* One message on one link. */
static void pass_on(struct sim *sim, unsigned from, unsigned to, struct packet *packet, msec late)
{
    sim->counters.sent++;
    sim->counters.sent_bytes += packet->size;
    if (sim->closed[from][to] || link_loses(sim, from, to) ||
        (sim->passes != NULL && !sim->passes(sim->passes_context, from, to,
                                             (struct bytes){packet->bytes, packet->size}))) {
        sim->counters.lost++;
        return;
    }
    deliver_later(sim, to, packet, late);
    if (chance_permille(&sim->chance, sim->faults.duplicate_permille))
        deliver_later(sim, to, packet, late);
}

/* A liar tells everyone something else. */
static void pass_on_lie(struct sim *sim, unsigned from, unsigned to, struct packet *packet)
{
    const struct place *place = &sim->places[from];
    msec late = 0;
    const size_t size =
        place->operations->tell(place->node, to, (struct bytes){packet->bytes, packet->size},
                                sim->instead, SIM_LIE_SIZE_MAX, &late);
    CHECK(size <= SIM_LIE_SIZE_MAX && late >= 0);
    if (size == 0)
        return;
    struct packet *lie = packet_create(packet->target, (struct bytes){sim->instead, size});
    pass_on(sim, from, to, lie, late);
    packet_put(lie);
}

/* A message leaves a node for everyone it is meant for. */
static void transmit(struct sim *sim, unsigned from, struct packet *packet)
{
    const struct place *place = &sim->places[from];
    if (place->operations->sent != NULL)
        place->operations->sent(place->node, packet->target,
                                (struct bytes){packet->bytes, packet->size});
    for (unsigned to = 0; to < sim->count; to++) {
        if (to == from ||
            (packet->target != TARGET_ALL && packet->target != sim->places[to].address))
            continue;
        if (place->operations->tell != NULL)
            pass_on_lie(sim, from, to, packet);
        else
            pass_on(sim, from, to, packet, 0);
    }
}

/* ---- Disk ---- */

static void sync_later(struct sim *sim, unsigned node)
{
    struct place *place = &sim->places[node];
    if (place->syncing || place->full || place->durable == place->records_count)
        return;
    const struct sim_faults *f = &sim->faults;
    const msec span = f->sync_max - f->sync_min + 1;
    place->syncing = true;
    push(sim, (struct event){.at = sim->now + f->sync_min +
                                   (msec)chance_below(&sim->chance, (uint64_t)span),
                             .kind = EVENT_SYNCED,
                             .node = node,
                             .life = place->life,
                             .records = place->records_count});
}

static void release_durable(struct sim *sim, unsigned node)
{
    struct place *place = &sim->places[node];
    size_t released = 0;
    while (released < place->pending_count && place->pending[released].records <= place->durable) {
        transmit(sim, node, place->pending[released].packet);
        packet_put(place->pending[released].packet);
        released++;
    }
    if (released == 0)
        return;
    place->pending_count -= released;
    memmove(place->pending, place->pending + released,
            place->pending_count * sizeof place->pending[0]);
}

static void synced(struct sim *sim, unsigned node, size_t records)
{
    struct place *place = &sim->places[node];
    place->syncing = false;
    if (place->full)
        return;
    while (place->durable < records) {
        const struct record *record = &place->records[place->durable++];
        if (place->operations->recorded != NULL)
            place->operations->recorded(place->node, (struct bytes){record->bytes, record->size});
    }
    release_durable(sim, node);
    sync_later(sim, node);
}

static void record(struct sim *sim, struct place *place, struct bytes bytes)
{
    sim->counters.records++;
    place->records =
        grown(place->records, place->records_count, &place->records_room, sizeof place->records[0]);
    uint8_t *copy = malloc(bytes.size == 0 ? 1 : bytes.size);
    CHECK(copy != NULL);
    memcpy(copy, bytes.at, bytes.size);
    place->records[place->records_count++] = (struct record){bytes.size, copy};
}

/* ---- Steps ---- */

static void arm(struct sim *sim, unsigned node)
{
    struct place *place = &sim->places[node];
    msec deadline = place->operations->deadline(place->node);
    if (deadline == MSEC_NEVER)
        return;
    if (deadline < sim->now)
        deadline = sim->now;
    if (place->armed <= deadline && place->armed > sim->now)
        return;
    place->armed = deadline;
    push(sim,
         (struct event){.at = deadline, .kind = EVENT_EXPIRE, .node = node, .life = place->life});
}

/* Whom a node means, now. */
static uint32_t address_of(const struct place *place, uint32_t target)
{
    if (target == TARGET_ALL || place->operations->address == NULL)
        return target;
    return place->operations->address(place->node, target);
}

/* Carries out what a step wants: records first, all of them. */
static void carry_out(struct sim *sim, unsigned node)
{
    struct place *place = &sim->places[node];
    const struct outbox *out = &sim->out;
    CHECK(out->dropped == 0);
    for (size_t i = 0; i < out->count; i++)
        if (out->effects[i].kind == place->operations->effect_record)
            record(sim, place, outbox_bytes(out, &out->effects[i]));
    for (size_t i = 0; i < out->count; i++) {
        if (out->effects[i].kind != place->operations->effect_send)
            continue;
        place->pending = grown(place->pending, place->pending_count, &place->pending_room,
                               sizeof place->pending[0]);
        place->pending[place->pending_count++] = (struct pending){
            place->records_count, packet_create(address_of(place, out->effects[i].target),
                                                outbox_bytes(out, &out->effects[i]))};
    }
    outbox_clear(&sim->out);
    sim->counters.steps++;
    if (sim->faults.sync_max == 0 && !place->full)
        synced(sim, node, place->records_count);
    else
        sync_later(sim, node);
    release_durable(sim, node);
    arm(sim, node);
    for (unsigned i = 0; i < sim->count; i++)
        if (sim->places[i].up && sim->places[i].operations->check != NULL)
            sim->places[i].operations->check(sim->places[i].node);
}

static int64_t wall_clock(const struct sim *sim, const struct place *place)
{
    return WALL_START + sim->now + place->clock_offset;
}

static void deliver(struct sim *sim, unsigned node, struct packet *packet)
{
    struct place *place = &sim->places[node];
    if (!place->up)
        return;
    sim->counters.delivered++;
    struct bytes bytes = {packet->bytes, packet->size};
    uint8_t *garbled = NULL;
    if (packet->size > 0 && chance_permille(&sim->chance, sim->faults.corrupt_permille)) {
        sim->counters.garbled++;
        garbled = malloc(packet->size);
        CHECK(garbled != NULL);
        memcpy(garbled, packet->bytes, packet->size);
        garbled[chance_below(&sim->chance, packet->size)] ^=
            (uint8_t)(1 + chance_below(&sim->chance, 255));
        bytes.at = garbled;
    }
    place->operations->receive(place->node, sim->now, wall_clock(sim, place), bytes, &sim->out);
    carry_out(sim, node);
    free(garbled);
}

static void happen(struct sim *sim, const struct event *event)
{
    struct place *place = &sim->places[event->node];
    switch (event->kind) {
    case EVENT_DELIVER:
        deliver(sim, event->node, event->packet);
        packet_put(event->packet);
        return;
    case EVENT_EXPIRE:
        if (!place->up || event->life != place->life)
            return;
        if (place->operations->deadline(place->node) <= sim->now) {
            place->operations->expire(place->node, sim->now, wall_clock(sim, place), &sim->out);
            carry_out(sim, event->node);
        } else {
            arm(sim, event->node);
        }
        return;
    case EVENT_SYNCED:
        if (place->up && event->life == place->life)
            synced(sim, event->node, event->records);
        return;
    }
}

/* ---- The world ---- */

struct sim *sim_create(uint64_t seed)
{
    struct sim *sim = calloc(1, sizeof *sim);
    CHECK(sim != NULL);
    sim->chance.state = seed;
    sim->now = 1000000;
    sim->out = (struct outbox){
        .effects = calloc(OUTBOX_EFFECTS, sizeof(struct effect)),
        .effects_max = OUTBOX_EFFECTS,
        .arena = malloc(OUTBOX_SIZE),
        .arena_size = OUTBOX_SIZE,
    };
    sim->instead = malloc(SIM_LIE_SIZE_MAX);
    CHECK(sim->out.effects != NULL && sim->out.arena != NULL && sim->instead != NULL);
    return sim;
}

void sim_destroy(struct sim *sim)
{
    for (size_t i = 0; i < sim->heap_count; i++)
        packet_put(sim->heap[i].packet);
    for (unsigned node = 0; node < sim->count; node++) {
        struct place *place = &sim->places[node];
        for (size_t i = 0; i < place->records_count; i++)
            free(place->records[i].bytes);
        for (size_t i = 0; i < place->pending_count; i++)
            packet_put(place->pending[i].packet);
        free(place->records);
        free(place->pending);
    }
    free(sim->heap);
    free(sim->out.effects);
    free(sim->out.arena);
    free(sim->instead);
    free(sim);
}

unsigned sim_add(struct sim *sim, uint32_t address, const struct sim_node_operations *operations,
                 void *node)
{
    CHECK(sim->count < SIM_NODES_MAX);
    const unsigned index = sim->count++;
    struct place *place = &sim->places[index];
    *place = (struct place){.address = address, .operations = operations, .node = node, .up = true};
    operations->init(node, sim->now, wall_clock(sim, place));
    arm(sim, index);
    return index;
}

struct sim_faults *sim_faults(struct sim *sim)
{
    return &sim->faults;
}

struct chance *sim_chance(struct sim *sim)
{
    return &sim->chance;
}

const struct sim_counters *sim_counters(const struct sim *sim)
{
    return &sim->counters;
}

msec sim_now(const struct sim *sim)
{
    return sim->now;
}

void sim_link(struct sim *sim, unsigned from, unsigned to, bool open)
{
    CHECK(from < sim->count && to < sim->count);
    sim->closed[from][to] = !open;
}

void sim_links_open(struct sim *sim)
{
    memset(sim->closed, 0, sizeof sim->closed);
    memset(sim->burst, 0, sizeof sim->burst);
}

static void forget_from(struct place *place, size_t count)
{
    for (size_t i = count; i < place->records_count; i++)
        free(place->records[i].bytes);
    place->records_count = count;
    if (place->durable > count)
        place->durable = count;
}

void sim_crash(struct sim *sim, unsigned node)
{
    struct place *place = &sim->places[node];
    if (!place->up)
        return;
    sim->counters.crashes++;
    place->up = false;
    place->life++;
    place->syncing = false;
    for (size_t i = 0; i < place->pending_count; i++)
        packet_put(place->pending[i].packet);
    place->pending_count = 0;
    const size_t durable = place->durable;
    const size_t unsynced = place->records_count - durable;
    forget_from(place, durable + (size_t)chance_below(&sim->chance, unsynced + 1));
    place->unsynced = place->records_count - durable;
    place->durable = place->records_count;
}

void sim_restart(struct sim *sim, unsigned node)
{
    struct place *place = &sim->places[node];
    if (place->up)
        return;
    place->up = true;
    place->armed = 0;
    const int64_t wall = wall_clock(sim, place);
    place->operations->init(place->node, sim->now, wall);
    for (size_t i = 0; i < place->records_count; i++)
        place->operations->restore(place->node,
                                   (struct bytes){place->records[i].bytes, place->records[i].size});
    place->operations->resume(place->node, sim->now, wall, chance_next(&sim->chance), &sim->out);
    carry_out(sim, node);
}

bool sim_is_up(const struct sim *sim, unsigned node)
{
    return sim->places[node].up;
}

size_t sim_records(const struct sim *sim, unsigned node)
{
    return sim->places[node].records_count;
}

void sim_forget(struct sim *sim, unsigned node, size_t records)
{
    struct place *place = &sim->places[node];
    CHECK(!place->up && records <= place->records_count);
    forget_from(place, place->records_count - records);
}

size_t sim_damage(struct sim *sim, unsigned node, enum sim_damage damage)
{
    struct place *place = &sim->places[node];
    CHECK(!place->up);
    const size_t count = place->records_count;
    size_t lost = 0; /* From the end. */
    switch (damage) {
    case SIM_DAMAGE_NONE:
        break;
    case SIM_DAMAGE_TORN:
        lost = place->unsynced > 0 ? 1 : 0;
        break;
    case SIM_DAMAGE_ROT:
    case SIM_DAMAGE_STALE:
        lost = count == 0 ? 0 : 1 + (size_t)chance_below(&sim->chance, count);
        break;
    case SIM_DAMAGE_LOST:
        lost = count;
        break;
    }
    const size_t synced = count - place->unsynced;
    forget_from(place, count - lost);
    place->unsynced = place->records_count > synced ? place->records_count - synced : 0;
    return synced > place->records_count ? synced - place->records_count : 0;
}

void sim_disk_full(struct sim *sim, unsigned node, bool full)
{
    struct place *place = &sim->places[node];
    place->full = full;
    if (!full && place->up)
        sync_later(sim, node);
}

void sim_filter(struct sim *sim,
                bool (*passes)(void *context, unsigned from, unsigned to, struct bytes message),
                void *context)
{
    sim->passes = passes;
    sim->passes_context = context;
}

void sim_set_clock(struct sim *sim, unsigned node, msec offset)
{
    sim->places[node].clock_offset = offset;
}

void sim_act(struct sim *sim, unsigned node,
             void (*act)(void *node, msec now, int64_t wall_clock, void *context,
                         struct outbox *out),
             void *context)
{
    struct place *place = &sim->places[node];
    if (!place->up)
        return;
    act(place->node, sim->now, wall_clock(sim, place), context, &sim->out);
    carry_out(sim, node);
}

bool sim_run_until(struct sim *sim, msec until)
{
    while (sim->heap_count > 0 && sim->heap[0].at <= until) {
        const struct event event = pop(sim);
        sim->now = event.at;
        happen(sim, &event);
    }
    sim->now = until;
    return sim->heap_count > 0;
}
