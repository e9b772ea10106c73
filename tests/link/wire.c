/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include "base/check.h"

#include <string.h>

static struct wire wires;
static struct effect effects[LINK_EFFECTS_MAX];
static uint8_t outbox_memory[LINK_OUTBOX_SIZE];

static struct outbox outbox_new(void)
{
    return (struct outbox){.effects = effects,
                           .effects_max = LINK_EFFECTS_MAX,
                           .arena = outbox_memory,
                           .arena_size = sizeof outbox_memory};
}

struct wire *wire_new(void)
{
    memset(&wires, 0, sizeof wires);
    wires.now = 1000;
    wires.random = 1;
    return &wires;
}

uint32_t wire_random(struct wire *w)
{
    /* SplitMix64. */
    uint64_t x = w->random += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(x >> 32);
}

struct link_address wire_address(size_t number)
{
    struct link_address address = {.kind = LINK_KIND_UDP, .size = 22, .host = 22};
    address.bytes[10] = 0xff;
    address.bytes[11] = 0xff;
    address.bytes[12] = 127;
    address.bytes[15] = 1;
    address.bytes[16] = 0x60;
    address.bytes[17] = (uint8_t)number;
    return address;
}

struct link_address wire_radio(size_t number)
{
    struct link_address address = {.kind = LINK_KIND_LE, .size = 15, .host = 6};
    address.bytes[0] = 2;
    address.bytes[5] = (uint8_t)number;
    return address;
}

struct link_address wire_bredr(size_t number)
{
    struct link_address address = wire_radio(number);
    address.kind = LINK_KIND_BREDR;
    return address;
}

const struct link_address *wire_address_of(const struct wire_node *node, uint8_t kind)
{
    if (kind == LINK_KIND_LE)
        return &node->radio;
    return kind == LINK_KIND_BREDR ? &node->bredr : &node->address;
}

struct identity wire_identity(size_t number)
{
    const uint8_t seed[IDENTITY_SEED_SIZE] = {(uint8_t)(number + 1)};
    struct identity identity;
    identity_derive(&identity, seed, 1);
    return identity;
}

struct link_config wire_config(uint32_t boot)
{
    return (struct link_config){.network = {42}, .boot = boot, .features = 5};
}

void wire_start_with(struct wire *w, size_t number, const struct identity *identity,
                     const struct link_config *config)
{
    struct wire_node *node = &w->nodes[number];
    uint8_t seed[LINK_SEED_SIZE] = {(uint8_t)number, (uint8_t)config->boot};
    const uint32_t random = wire_random(w);
    memcpy(seed + 2, &random, sizeof random);
    memset(node, 0, sizeof *node);
    node->running = true;
    node->address = wire_address(number);
    node->radio = wire_radio(number);
    node->bredr = wire_bredr(number);
    link_init(&node->link, identity, config, seed);
}

void wire_start(struct wire *w, size_t number, uint32_t boot)
{
    const struct identity identity = wire_identity(number);
    const struct link_config config = wire_config(boot);
    wire_start_with(w, number, &identity, &config);
}

void wire_kill(struct wire *w, size_t number)
{
    w->nodes[number].running = false;
}

void wire_throw(struct wire *w, const struct wire_flight *flight)
{
    CHECK(w->flights_count < WIRE_FLIGHTS_MAX);
    w->flights[w->flights_count++] = *flight;
}

static void fly(struct wire *w, size_t from, const struct outbox *out, const struct effect *effect)
{
    static struct wire_flight flight;
    const struct bytes datagram = link_effect_datagram(out, effect, &flight.to);
    flight.from = *wire_address_of(&w->nodes[from], flight.to.kind);
    flight.at = w->now + WIRE_DELAY_MSEC;
    flight.size = datagram.size;
    CHECK(datagram.size > 0 && datagram.size <= FRAME_SIZE_MAX);
    memcpy(flight.bytes, datagram.at, datagram.size);
    w->frames[flight.bytes[0] & 7]++;
    if (w->passes == NULL || w->passes(w, &flight))
        wire_throw(w, &flight);
}

/* Takes the effects of a step of a node. */
static void settle(struct wire *w, size_t number, const struct outbox *out)
{
    struct wire_node *node = &w->nodes[number];
    CHECK(out->dropped == 0);
    for (size_t i = 0; i < out->count; i++) {
        const struct effect *effect = &out->effects[i];
        if (effect->kind == LINK_EFFECT_SEND) {
            fly(w, number, out, effect);
        } else if (effect->kind == LINK_EFFECT_UP) {
            node->ups++;
            node->up_at = w->now;
        } else {
            CHECK(effect->kind == LINK_EFFECT_DOWN);
            node->downs++;
            node->down_at = w->now;
        }
    }
}

void wire_dial_target(struct wire *w, size_t from, const struct link_target *target)
{
    struct outbox out = outbox_new();
    CHECK(link_dial(&w->nodes[from].link, w->now, target, &out));
    settle(w, from, &out);
}

void wire_dial(struct wire *w, size_t from, size_t to, bool persistent)
{
    const struct link_target target = {.address = wire_address(to), .persistent = persistent};
    wire_dial_target(w, from, &target);
}

static uint32_t peer_of(const struct wire *w, size_t from, size_t to)
{
    const struct identity identity = wire_identity(to);
    return link_find(&w->nodes[from].link, &identity.node);
}

enum link_send_verdict wire_send(struct wire *w, size_t from, size_t to, size_t size,
                                 enum link_urgency urgency)
{
    static uint8_t body[2 * FRAME_SIZE_MAX];
    struct outbox out = outbox_new();
    for (size_t i = 0; i < size; i++)
        body[i] = (uint8_t)(i + size);
    const enum link_send_verdict verdict =
        link_send(&w->nodes[from].link, w->now, peer_of(w, from, to), LINK_RECORD_PACKET,
                  (struct bytes){.at = body, .size = size}, urgency, &out);
    settle(w, from, &out);
    return verdict;
}

void wire_close(struct wire *w, size_t from, size_t to)
{
    struct outbox out = outbox_new();
    link_close(&w->nodes[from].link, w->now, peer_of(w, from, to), &out);
    settle(w, from, &out);
}

static void keep_records(struct wire_node *node, msec now, struct link_received *received)
{
    struct link_record record;
    while (link_next_record(received, &record)) {
        if (node->got[record.body.size]++ == 0)
            node->got_at[record.body.size] = now;
        node->records++;
        node->last_type = record.type;
        node->last_size = record.body.size;
        if (record.body.size > 0)
            memcpy(node->last_body, record.body.at, record.body.size);
    }
}

enum link_verdict wire_deliver(struct wire *w, const struct wire_flight *flight)
{
    for (size_t i = 0; i < WIRE_NODES_MAX; i++) {
        struct wire_node *node = &w->nodes[i];
        if (!node->running ||
            memcmp(wire_address_of(node, flight->to.kind), &flight->to, sizeof flight->to) != 0)
            continue;
        struct outbox out = outbox_new();
        struct link_received received;
        uint8_t bytes[FRAME_SIZE_MAX];
        memcpy(bytes, flight->bytes, flight->size);
        w->verdict =
            link_receive(&node->link, w->now, &flight->from, bytes, flight->size, &out, &received);
        keep_records(node, w->now, &received);
        settle(w, i, &out);
        return w->verdict;
    }
    return LINK_VERDICTS;
}

/* The earliest flight that has arrived by then; first sent, first delivered. */
static struct wire_flight *next_flight(struct wire *w)
{
    struct wire_flight *next = NULL;
    for (size_t i = 0; i < w->flights_count; i++)
        if (next == NULL || w->flights[i].at < next->at)
            next = &w->flights[i];
    return next;
}

static msec next_deadline(const struct wire *w)
{
    msec next = MSEC_NEVER;
    for (size_t i = 0; i < WIRE_NODES_MAX; i++) {
        const struct wire_node *node = &w->nodes[i];
        const msec deadline = node->running ? link_deadline(&node->link) : MSEC_NEVER;
        if (deadline < next)
            next = deadline;
    }
    return next;
}

static void expire_all(struct wire *w)
{
    for (size_t i = 0; i < WIRE_NODES_MAX; i++) {
        struct wire_node *node = &w->nodes[i];
        if (!node->running || link_deadline(&node->link) > w->now)
            continue;
        struct outbox out = outbox_new();
        link_expire(&node->link, w->now, &out);
        CHECK(link_deadline(&node->link) > w->now);
        settle(w, i, &out);
    }
}

void wire_run(struct wire *w, msec span)
{
    static struct wire_flight flight;
    const msec end = w->now + span;
    for (;;) {
        struct wire_flight *next = next_flight(w);
        const msec deadline = next_deadline(w);
        const msec arrival = next != NULL ? next->at : MSEC_NEVER;
        const msec due = arrival < deadline ? arrival : deadline;
        if (due > end)
            break;
        if (due > w->now)
            w->now = due;
        if (arrival <= deadline) {
            flight = *next;
            memmove(next, next + 1,
                    (size_t)(w->flights + --w->flights_count - next) * sizeof *next);
            wire_deliver(w, &flight);
        } else {
            expire_all(w);
        }
    }
    w->now = end;
}

void wire_lose(struct wire *w, size_t number, const struct link_address *address)
{
    struct outbox out = outbox_new();
    link_lost(&w->nodes[number].link, w->now, address, &out);
    settle(w, number, &out);
}

bool wire_linked(const struct wire *w, size_t a, size_t b)
{
    return peer_of(w, a, b) != LINK_NONE;
}

bool wire_agrees(const struct wire *w, size_t a, size_t b)
{
    if (!wire_linked(w, a, b) || !wire_linked(w, b, a))
        return false;
    const struct link *la = &w->nodes[a].link;
    const struct link *lb = &w->nodes[b].link;
    const struct link_session *sa = &la->sessions[la->peers[peer_of(w, a, b)].session];
    const struct link_session *sb = &lb->sessions[lb->peers[peer_of(w, b, a)].session];
    return sa->index == sb->remote_index && sa->remote_index == sb->index &&
           memcmp(sa->send_key, sb->receive_key, sizeof sa->send_key) == 0;
}

size_t wire_sessions(const struct wire *w, size_t number)
{
    size_t count = 0;
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        count += w->nodes[number].link.sessions[i].state != SESSION_FREE;
    return count;
}
