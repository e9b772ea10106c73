/* SPDX-License-Identifier: MIT */
/*
 * A table over slow air, in a time that is only a number: whole stacks (table, mesh, links) of a
 * few nodes in this process, all near one another, over channels that are as slow as Bluetooth's.
 * What it prints is the same on every machine.
 *
 *     bench_air [--rolls N] [--verbose]
 *
 * The air: each link carries so many bytes a second each way, or each controller so many over all
 * its links, a frame at a time and links in turn; then it is on its way for the delay. In front of
 * the air a socket's buffer in the kernel holds a few frames; what it does not take waits in the
 * node's own backlog. Computing takes no time, or one slow processor does it for all nodes, at the
 * costs below.
 */
#include "base/check.h"
#include "link/link.h"
#include "mesh/mesh.h"
#include "platform/channel/backlog.h"
#include "table/table_world.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES_MAX    8
#define ROLLS        40
#define DELAY_SLOW   150 /* D0 where links share a radio. */
#define NEAR_MSEC    15000
#define BULK_SIZE    28672 /* An answer with blocks: CONSENSUS_ANSWER_SIZE. */
#define PATIENCE     (10 * 60 * 1000)
#define AIR_HEADER   8    /* Of L2CAP and HCI, each fragment. */
#define AIR_FRAGMENT 247  /* Bytes of a frame in one. */
#define KERNEL_ROOM  3000 /* What a socket's buffer and the controller's take. */

/* What the slow processor takes, in usec: an emulated one's, the kernel's part included. */
#define FRAME_USEC     1000 /* To send a frame, or to take one. */
#define SIGNATURE_USEC 2000
#define SHARE_USEC     4000

typedef int64_t usec;

struct setting {
    unsigned nodes;
    bool shared; /* The rate is a controller's, not a link's. */
    bool bulk;
    bool slow; /* The processor. */
    usec delay;
    int64_t rate; /* Bytes a second. */
};

/* A frame in the kernel or in the air. */
struct flying {
    struct flying *next;
    usec due;
    size_t size;
    uint8_t bytes[FRAME_SIZE_MAX];
};

struct fifo {
    struct flying *first;
    struct flying *last;
    size_t bytes;
};

/* One direction of a link. */
struct channel {
    struct backlog backlog;
    struct fifo kernel; /* Taken by the socket. */
    struct fifo air;
    usec busy;        /* The air is taken until then: by this link, */
    size_t queue_max; /* The longest queue there was. */
    uint64_t bytes;   /* Sent, */
    uint64_t frames;  /* in so many frames. */
};

struct node {
    struct link link;
    struct mesh mesh;
    struct outbox link_out;
    struct outbox mesh_out;
    struct channel to[NODES_MAX];
    usec busy; /* or by this controller. */
    unsigned turn;
    uint32_t peers[NODES_MAX]; /* Links by node; LINK_NONE: not up. */
    msec near_at;
    uint64_t played; /* The roll that it has bet for. */
    uint64_t bulk_sent;
    uint64_t bulk_received;
};

static struct setting setting;
static struct world world;
static struct node *nodes;
static struct scope_id scope;
static usec now;
static usec computing; /* The processor has something to do until then. */
static bool verbose;
static uint64_t kinds[32];
static uint64_t kinds_bytes[32];

static msec now_msec(void)
{
    return now / 1000;
}

static void compute(usec takes)
{
    if (!setting.slow)
        return;
    computing = (computing > now ? computing : now) + takes;
}

/* ---- The air ----------------------------------------------------------------------------------
 */

static void put(struct fifo *fifo, struct flying *flying)
{
    flying->next = NULL;
    if (fifo->last == NULL)
        fifo->first = flying;
    else
        fifo->last->next = flying;
    fifo->last = flying;
    fifo->bytes += flying->size;
}

static struct flying *take_first(struct fifo *fifo)
{
    struct flying *flying = fifo->first;
    fifo->first = flying->next;
    if (fifo->first == NULL)
        fifo->last = NULL;
    fifo->bytes -= flying->size;
    return flying;
}

static struct link_address address_of(unsigned own, unsigned other)
{
    return (struct link_address){.kind = LINK_KIND_LE,
                                 .size = 2,
                                 .host = 2,
                                 .bytes = {(uint8_t)(other + 1), (uint8_t)(own + 1)}};
}

static void fill_kernel(struct channel *channel)
{
    struct bytes frame;
    while ((frame = backlog_next(&channel->backlog)).size > 0 &&
           channel->kernel.bytes + frame.size <= KERNEL_ROOM) {
        struct flying *flying = malloc(sizeof *flying);
        CHECK(flying != NULL);
        flying->size = frame.size;
        memcpy(flying->bytes, frame.at, frame.size);
        backlog_shift(&channel->backlog, now_msec());
        put(&channel->kernel, flying);
    }
}

static void send_frame(unsigned from, const struct link_address *to, struct bytes frame,
                       enum link_urgency urgency)
{
    struct channel *channel = &nodes[from].to[to->bytes[0] - 1];
    backlog_put(&channel->backlog, now_msec(), urgency, frame);
    channel->bytes += frame.size;
    channel->frames++;
    compute(FRAME_USEC);
    fill_kernel(channel);
    if (channel->backlog.used > channel->queue_max)
        channel->queue_max = channel->backlog.used;
}

static void begin_frame(struct node *node, struct channel *channel)
{
    struct flying *flying = take_first(&channel->kernel);
    const size_t fragments = (flying->size + AIR_FRAGMENT - 1) / AIR_FRAGMENT;
    const usec takes = (usec)(flying->size + fragments * AIR_HEADER) * 1000000 / setting.rate;
    channel->busy = now + takes;
    node->busy = channel->busy;
    flying->due = channel->busy + setting.delay;
    put(&channel->air, flying);
    fill_kernel(channel);
}

/* Links of a controller have their turn one after the other. */
static void transmit(struct node *node)
{
    for (unsigned i = 0; i < setting.nodes; i++) {
        struct channel *channel = &node->to[(node->turn + i) % setting.nodes];
        if (channel->kernel.first == NULL || channel->busy > now ||
            (setting.shared && node->busy > now))
            continue;
        begin_frame(node, channel);
        if (setting.shared) {
            node->turn = (node->turn + i + 1) % setting.nodes;
            return;
        }
    }
}

/* ---- Nodes ------------------------------------------------------------------------------------
 */

static void open_outbox(struct outbox *out, size_t effects, size_t arena)
{
    *out = (struct outbox){.effects = malloc(effects * sizeof *out->effects),
                           .effects_max = effects,
                           .arena = malloc(arena),
                           .arena_size = arena};
    CHECK(out->effects != NULL && out->arena != NULL);
}

static void open_node(unsigned number)
{
    struct node *node = &nodes[number];
    const uint8_t seed[LINK_SEED_SIZE] = {(uint8_t)(number + 1)};
    const struct identity *identity = &world.seats[number].identity;
    const struct link_config link = {.boot = 1};
    struct mesh_config mesh = {.node = identity->node,
                               .key = identity->key,
                               .secret = identity->secret,
                               .boot = 1,
                               .foreign_per_sec = MESH_FOREIGN_PER_SEC};
    mesh.random[0] = (uint8_t)(number + 1);
    link_init(&node->link, identity, &link, seed);
    mesh_init(&node->mesh, &mesh);
    CHECK(mesh_join(&node->mesh, &scope));
    open_outbox(&node->link_out, LINK_EFFECTS_MAX * 8, LINK_OUTBOX_SIZE * 8);
    open_outbox(&node->mesh_out, MESH_OUTBOX_EFFECTS, MESH_OUTBOX_ARENA);
    for (unsigned i = 0; i < NODES_MAX; i++) {
        node->peers[i] = LINK_NONE;
        backlog_init(&node->to[i].backlog, malloc(BACKLOG_SIZE));
    }
    node->near_at = MSEC_NEVER;
}

static unsigned number_of_node(const struct node_id *id)
{
    unsigned i = 0;
    while (memcmp(&world.seats[i].identity.node, id, sizeof *id) != 0)
        i++;
    return i;
}

static void take_mesh_effects(struct node *node)
{
    for (size_t i = 0; i < node->mesh_out.count; i++) {
        const struct effect *effect = &node->mesh_out.effects[i];
        CHECK(effect->kind == MESH_EFFECT_SEND);
        const struct bytes packet = outbox_bytes(&node->mesh_out, effect);
        const enum mesh_class class = mesh_class_of(packet);
        link_send(&node->link, now_msec(), effect->target, LINK_RECORD_PACKET, packet,
                  class <= MESH_CLASS_CONSENSUS ? LINK_URGENT : LINK_BULK, &node->link_out);
    }
    outbox_clear(&node->mesh_out);
}

static void take_link_effects(unsigned number)
{
    struct node *node = &nodes[number];
    for (size_t i = 0; i < node->link_out.count; i++) {
        const struct effect *effect = &node->link_out.effects[i];
        if (effect->kind == LINK_EFFECT_SEND) {
            struct link_address to;
            const struct bytes frame = link_effect_datagram(&node->link_out, effect, &to);
            send_frame(number, &to, frame, (enum link_urgency)effect->target);
            continue;
        }
        const struct link_peer *peer = &node->link.peers[effect->target];
        const unsigned other = number_of_node(&peer->node);
        if (effect->kind == LINK_EFFECT_DOWN)
            printf("%.3f: the link from %u to %u is down\n", (double)now / 1e6, number, other);
        if (effect->kind == LINK_EFFECT_UP) {
            CHECK(mesh_link_up(&node->mesh, now_msec(), effect->target, &peer->node, &peer->key));
            node->peers[other] = effect->target;
            node->near_at = now_msec();
        } else {
            mesh_link_down(&node->mesh, effect->target);
            node->peers[other] = LINK_NONE;
        }
    }
    outbox_clear(&node->link_out);
}

static void tell_near(struct node *node)
{
    uint8_t word[MESH_NEAR_SIZE];
    const struct bytes body = {.at = word, .size = mesh_near_word(&node->mesh, UINT32_MAX, word)};
    for (unsigned i = 0; i < setting.nodes; i++)
        if (node->peers[i] != LINK_NONE)
            link_send(&node->link, now_msec(), node->peers[i], LINK_RECORD_NEAR, body, LINK_PATIENT,
                      &node->link_out);
    node->near_at = now_msec() + NEAR_MSEC;
}

/* What a seat sends: as workers and the carrier have it. */
static void carry(unsigned from, const struct effect *effect, struct bytes packed)
{
    struct node *node = &nodes[from];
    const unsigned kind = packed.at[0] >> 3;
    const enum mesh_class class = kind == 5 ? MESH_CLASS_BULK : MESH_CLASS_CONSENSUS;
    const struct node_id *to =
        effect->target == TARGET_ALL ? NULL : table_target(world.seats[from].table, effect->target);
    kinds[kind]++;
    kinds_bytes[kind] += packed.size;
    if (to == NULL) {
        mesh_publish(&node->mesh, now_msec(), &scope, class, packed, 0, &node->mesh_out);
    } else {
        uint8_t object[MESSAGE_SIZE_MAX];
        struct short_id destination;
        memcpy(destination.bytes, to->bytes, sizeof destination.bytes);
        memcpy(object, scope.bytes, sizeof scope.bytes);
        memcpy(object + sizeof scope.bytes, packed.at, packed.size);
        mesh_unicast(&node->mesh, now_msec(), &destination, class,
                     (struct bytes){.at = object, .size = packed.size + sizeof scope.bytes},
                     PACKET_FLOOD_FALLBACK, &node->mesh_out);
    }
    take_mesh_effects(node);
}

static void deliver(unsigned number, const struct mesh_delivery *delivery)
{
    static uint8_t copy[MESSAGE_SIZE_MAX];
    struct bytes object = delivery->object;
    if (delivery->kind == MESH_DELIVERY_UNICAST) {
        object.at += sizeof scope.bytes;
        object.size -= sizeof scope.bytes;
        if (object.size == BULK_SIZE - sizeof scope.bytes) {
            nodes[number].bulk_received += BULK_SIZE;
            return;
        }
    }
    memcpy(copy, object.at, object.size);
    world_receive(&world, number, (struct bytes){.at = copy, .size = object.size});
}

static void receive(unsigned number, unsigned from, struct flying *flying)
{
    struct node *node = &nodes[number];
    const struct link_address address = address_of(number, from);
    struct link_received received;
    struct link_record record;
    link_receive(&node->link, now_msec(), &address, flying->bytes, flying->size, &node->link_out,
                 &received);
    take_link_effects(number);
    while (link_next_record(&received, &record)) {
        if (record.type == LINK_RECORD_NEAR)
            mesh_near(&node->mesh, now_msec(), received.peer, record.body);
        if (record.type != LINK_RECORD_PACKET)
            continue;
        struct mesh_delivery delivery;
        mesh_receive(&node->mesh, now_msec(), received.peer, record.body, &delivery,
                     &node->mesh_out);
        take_mesh_effects(node);
        if (delivery.kind != MESH_DELIVERY_NONE)
            deliver(number, &delivery);
    }
    take_link_effects(number);
}

/* Seat 0 gives seat 1 blocks, and seat 1 seat 0, without end: one answer at a time. */
static void send_bulk(unsigned from, unsigned to)
{
    static const uint8_t object[BULK_SIZE];
    struct node *node = &nodes[from];
    struct short_id destination;
    if (node->bulk_sent > nodes[to].bulk_received + BULK_SIZE / 2)
        return;
    memcpy(destination.bytes, world.seats[to].identity.node.bytes, sizeof destination.bytes);
    mesh_unicast(&node->mesh, now_msec(), &destination, MESH_CLASS_BULK,
                 (struct bytes){.at = object, .size = sizeof object}, 0, &node->mesh_out);
    node->bulk_sent += BULK_SIZE;
    take_mesh_effects(node);
}

/* ---- Time -------------------------------------------------------------------------------------
 */

static usec earlier(usec a, usec b)
{
    return a < b ? a : b;
}

static usec deadline_of(unsigned number)
{
    const struct node *node = &nodes[number];
    msec due = link_deadline(&node->link);
    due = earlier(due, mesh_deadline(&node->mesh));
    due = earlier(due, node->near_at);
    due = earlier(due, table_deadline(world.seats[number].table));
    usec next = due >= MSEC_NEVER / 1000 ? INT64_MAX : due * 1000;
    for (unsigned i = 0; i < setting.nodes; i++) {
        const struct channel *channel = &node->to[i];
        if (channel->kernel.first != NULL)
            next = earlier(next, setting.shared ? node->busy : channel->busy);
        if (channel->air.first != NULL)
            next = earlier(next, channel->air.first->due);
    }
    return next;
}

/* Takes a frame, and lets the processor work on it. */
static void receive_and_compute(unsigned number, unsigned from)
{
    const struct table *table = world.seats[number].table;
    const uint64_t signatures = table->consensus.counters.signatures_verified;
    const uint16_t shares = table->verified;
    struct flying *flying = take_first(&nodes[from].to[number].air);
    receive(number, from, flying);
    free(flying);
    const uint64_t verified = table->consensus.counters.signatures_verified - signatures;
    const bool proven = (table->verified & ~shares) != 0;
    compute(FRAME_USEC + SIGNATURE_USEC * (usec)verified + (proven ? SHARE_USEC : 0));
}

static void step_node(unsigned number, bool plays)
{
    struct node *node = &nodes[number];
    struct table *table = world.seats[number].table;
    for (unsigned i = 0; i < setting.nodes; i++) {
        const struct fifo *air = &nodes[i].to[number].air;
        while (air->first != NULL && air->first->due <= now && computing <= now)
            receive_and_compute(number, i);
    }
    if (computing > now)
        return;
    if (mesh_deadline(&node->mesh) <= now_msec())
        mesh_expire(&node->mesh, now_msec());
    if (node->near_at <= now_msec())
        tell_near(node);
    if (plays && table_deadline(table) <= now_msec()) {
        table_expire(table, now_msec(), 1700000000000 + now_msec(), &world.out);
        world_take(&world, number);
    }
    const struct state *state = world_state(&world, number);
    if (plays && state->phase == STATE_PHASE_BETTING && state->roll > node->played) {
        node->played = state->roll;
        world_play(&world, number);
    }
    if (plays && setting.bulk && number < 2)
        send_bulk(number, 1 - number);
    if (link_deadline(&node->link) <= now_msec())
        link_expire(&node->link, now_msec(), &node->link_out);
    take_link_effects(number);
}

static void step(bool plays)
{
    usec next = INT64_MAX;
    for (unsigned i = 0; i < setting.nodes; i++)
        next = earlier(next, deadline_of(i));
    CHECK(next < INT64_MAX);
    if (next <= now)
        next = computing > now ? computing : now + 1;
    now = next;
    world.now = now_msec();
    for (unsigned i = 0; i < setting.nodes; i++) {
        step_node(i, plays);
        transmit(&nodes[i]);
    }
}

/* ---- What is measured -------------------------------------------------------------------------
 */

static bool all_linked(void)
{
    for (unsigned i = 0; i < setting.nodes; i++)
        for (unsigned k = 0; k < setting.nodes; k++)
            if (i != k && nodes[i].peers[k] == LINK_NONE)
                return false;
    return true;
}

static void link_all(void)
{
    for (unsigned i = 0; i < setting.nodes; i++) {
        for (unsigned k = 0; k < i; k++) {
            const struct link_target target = {.address = address_of(i, k)};
            CHECK(link_dial(&nodes[i].link, now_msec(), &target, &nodes[i].link_out));
        }
        take_link_effects(i);
    }
    while (!all_linked())
        step(false);
    const usec until = now + 1000000; /* Who is near has been said. */
    while (now < until)
        step(false);
}

static int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* What all have sent and how long their queues were, from now on. */
static void forget_counts(void)
{
    for (unsigned i = 0; i < setting.nodes; i++) {
        for (unsigned k = 0; k < setting.nodes; k++)
            nodes[i].to[k].queue_max = nodes[i].to[k].bytes = nodes[i].to[k].frames = 0;
        nodes[i].bulk_received = nodes[i].bulk_sent = 0;
    }
    memset(kinds, 0, sizeof kinds);
    memset(kinds_bytes, 0, sizeof kinds_bytes);
}

static uint64_t rolls_done(void)
{
    return world_state(&world, 0)->rolls_done;
}

static void print_counts(double *rolls, size_t count, usec took, uint64_t nullified)
{
    uint64_t bytes = 0;
    uint64_t frames = 0;
    uint64_t bulk = 0;
    size_t queue = 0;
    for (unsigned i = 0; i < setting.nodes; i++) {
        bulk += nodes[i].bulk_received;
        for (unsigned k = 0; k < setting.nodes; k++) {
            bytes += nodes[i].to[k].bytes;
            frames += nodes[i].to[k].frames;
            queue = nodes[i].to[k].queue_max > queue ? nodes[i].to[k].queue_max : queue;
        }
    }
    qsort(rolls, count, sizeof *rolls, by_value);
    printf("%5u  %-10s %-5s %-5s %7.2f %7.2f %7.2f %8.1f %8.0f %8.1f %9.1f %6llu\n", setting.nodes,
           setting.shared ? "controller" : "link", setting.slow ? "slow" : "free",
           setting.bulk ? "yes" : "no", rolls[count / 2], rolls[count * 9 / 10], rolls[count - 1],
           (double)bytes / 1e3 / (double)count, (double)frames / (double)count, (double)queue / 1e3,
           (double)bulk * 1e3 / (double)took, (unsigned long long)nullified);
    if (!verbose)
        return;
    static const char *const names[] = {"",          "vote",   "certificate", "proposal",
                                        "status",    "blocks", "request",     "recover",
                                        "recovered", "action", "partial"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (kinds[i] > 0)
            printf("       %-12s %7.1f a roll, %7.0f bytes each\n", names[i],
                   (double)kinds[i] / (double)count, (double)kinds_bytes[i] / (double)kinds[i]);
}

static void empty(struct fifo *fifo)
{
    while (fifo->first != NULL)
        free(take_first(fifo));
}

static void close_nodes(void)
{
    for (unsigned i = 0; i < setting.nodes; i++) {
        for (unsigned k = 0; k < NODES_MAX; k++) {
            free(nodes[i].to[k].backlog.bytes);
            empty(&nodes[i].to[k].kernel);
            empty(&nodes[i].to[k].air);
        }
        free(nodes[i].link_out.effects);
        free(nodes[i].link_out.arena);
        free(nodes[i].mesh_out.effects);
        free(nodes[i].mesh_out.arena);
    }
    free(nodes);
    world_close(&world);
}

static uint64_t views_nullified(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < setting.nodes; i++)
        sum += world.seats[i].table->consensus.counters.views_nullified;
    return sum;
}

static void measure(const struct setting *how, size_t count)
{
    setting = *how;
    computing = 0;
    world_open(&world, setting.nodes, 0);
    world_run(&world, world.now + 10000);
    CHECK(world_state(&world, 0)->phase == STATE_PHASE_BETTING);
    now = world.now * 1000;
    nodes = calloc(setting.nodes, sizeof *nodes);
    double *rolls = calloc(count, sizeof *rolls);
    CHECK(nodes != NULL && rolls != NULL);
    memcpy(scope.bytes, world.seating.genesis.id.bytes, sizeof scope.bytes);
    for (unsigned i = 0; i < setting.nodes; i++) {
        open_node(i);
        table_set_delay(world.seats[i].table, DELAY_SLOW);
    }
    world.carry = carry;
    link_all();
    forget_counts();
    const uint64_t nullified = views_nullified();
    const usec began = now;
    for (size_t i = 0; i < count; i++) {
        const usec from = now;
        const uint64_t before = rolls_done();
        for (unsigned k = 0; k < setting.nodes; k++)
            world.seats[k].events_count = 0;
        while (rolls_done() == before && now - from < (usec)PATIENCE * 1000)
            step(true);
        rolls[i] = (double)(now - from) / 1e6;
    }
    print_counts(rolls, count, now - began, views_nullified() - nullified);
    fflush(stdout);
    free(rolls);
    close_nodes();
}

int main(int count, char **arguments)
{
    size_t rolls = ROLLS;
    CHECK(sodium_init() >= 0);
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--verbose") == 0) {
            verbose = true;
        } else if (i + 1 < count && strcmp(arguments[i], "--rolls") == 0 &&
                   atoi(arguments[i + 1]) > 0) {
            rolls = (size_t)atoi(arguments[++i]);
        } else {
            fprintf(stderr, "usage: bench_air [--rolls N] [--verbose]\n");
            return 2;
        }
    }
    printf("nodes  rate of    CPU   bulk    p50 s   p90 s   max s  KB/roll frames/r queue KB bulk "
           "KB/s nullified\n");
    for (unsigned i = 0; i < 16; i++) {
        const struct setting how = {.nodes = i < 8 ? 4 : 6,
                                    .slow = (i & 4) != 0,
                                    .shared = (i & 2) != 0,
                                    .bulk = (i & 1) != 0,
                                    .delay = 18000,
                                    .rate = 56000};
        measure(&how, rolls);
    }
    return 0;
}
