/* SPDX-License-Identifier: MIT */
/* Meshes in memory; see graph.h. */
#include "tests/mesh/graph.h"

#include "base/check.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

uint64_t graph_random(struct graph *g)
{
    uint64_t z = (g->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static struct node_id node_of(const struct public_key *key)
{
    static const char context[] = "bitcraps:node:v1";
    uint8_t message[sizeof context - 1 + PUBLIC_KEY_SIZE];
    memcpy(message, context, sizeof context - 1);
    memcpy(message + sizeof context - 1, key->bytes, PUBLIC_KEY_SIZE);
    struct node_id node;
    crypto_generichash(node.bytes, sizeof node.bytes, message, sizeof message, NULL, 0);
    return node;
}

void graph_peer(uint32_t number, struct public_key *key, uint8_t secret[static 64],
                struct node_id *node)
{
    uint8_t seed[crypto_sign_SEEDBYTES] = {0};
    memcpy(seed, &number, sizeof number);
    crypto_sign_seed_keypair(key->bytes, secret, seed);
    *node = node_of(key);
}

static void start(struct graph *g, struct graph_node *node, size_t number)
{
    graph_peer((uint32_t)number + 1, &node->key, node->secret, &node->id);
    node->short_id = short_id_of(&node->id);
    struct mesh_config config = {.node = node->id,
                                 .key = node->key,
                                 .secret = node->secret,
                                 .boot = 1,
                                 .foreign_per_sec = MESH_FOREIGN_PER_SEC};
    for (size_t i = 0; i < sizeof config.random; i++)
        config.random[i] = (uint8_t)graph_random(g);
    mesh_init(&node->mesh, &config);
}

struct graph *graph_create(size_t nodes, uint64_t seed)
{
    CHECK(nodes <= GRAPH_NODES_MAX && sodium_init() >= 0);
    struct graph *g = calloc(1, sizeof *g);
    CHECK(g != NULL);
    g->nodes = calloc(nodes, sizeof *g->nodes);
    g->flights = calloc(GRAPH_FLIGHT_MAX, sizeof *g->flights);
    CHECK(g->nodes != NULL && g->flights != NULL);
    g->nodes_count = nodes;
    g->random = seed;
    g->delay_max = 1;
    g->out = (struct outbox){.effects = g->effects,
                             .effects_max = MESH_OUTBOX_EFFECTS,
                             .arena = g->arena,
                             .arena_size = sizeof g->arena};
    for (size_t i = 0; i < nodes; i++)
        start(g, &g->nodes[i], i);
    return g;
}

void graph_destroy(struct graph *g)
{
    free(g->flights);
    free(g->nodes);
    free(g);
}

static uint32_t free_link(const struct graph_node *node)
{
    uint32_t link = 0;
    while (node->mesh.neighbours[link].up)
        link++;
    return link;
}

void graph_connect(struct graph *g, size_t a, size_t b)
{
    struct graph_node *x = &g->nodes[a];
    struct graph_node *y = &g->nodes[b];
    const uint32_t at_x = free_link(x);
    const uint32_t at_y = free_link(y);
    CHECK(mesh_link_up(&x->mesh, g->now, at_x, &y->id, &y->key));
    CHECK(mesh_link_up(&y->mesh, g->now, at_y, &x->id, &x->key));
    x->peers[at_x] = b;
    y->peers[at_y] = a;
    g->edges++;
}

void graph_cut(struct graph *g, size_t a, size_t b)
{
    const uint32_t at_a = graph_link(g, a, b);
    const uint32_t at_b = graph_link(g, b, a);
    mesh_link_down(&g->nodes[a].mesh, at_a);
    mesh_link_down(&g->nodes[b].mesh, at_b);
    g->edges--;
}

void graph_line(struct graph *g)
{
    for (size_t i = 1; i < g->nodes_count; i++)
        graph_connect(g, i - 1, i);
}

void graph_ring(struct graph *g)
{
    graph_line(g);
    graph_connect(g, g->nodes_count - 1, 0);
}

void graph_geometric(struct graph *g)
{
    int64_t x[GRAPH_NODES_MAX];
    int64_t y[GRAPH_NODES_MAX];
    size_t group[GRAPH_NODES_MAX];
    for (size_t i = 0; i < g->nodes_count; i++) {
        x[i] = (int64_t)(graph_random(g) % 1000);
        y[i] = (int64_t)(graph_random(g) % 1000);
        group[i] = i;
    }
    for (size_t i = 0; i < g->nodes_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const int64_t apart = (x[i] - x[j]) * (x[i] - x[j]) + (y[i] - y[j]) * (y[i] - y[j]);
            if (apart > 350 * 350)
                continue;
            graph_connect(g, i, j);
            const size_t old = group[i];
            for (size_t k = 0; k < g->nodes_count; k++)
                if (group[k] == old)
                    group[k] = group[j];
        }
    }
    for (size_t i = 1; i < g->nodes_count; i++) {
        if (group[i] == group[0])
            continue;
        graph_connect(g, i, 0);
        const size_t old = group[i];
        for (size_t k = 0; k < g->nodes_count; k++)
            if (group[k] == old)
                group[k] = group[0];
    }
}

void graph_join_all(struct graph *g, const struct scope_id *scope)
{
    for (size_t i = 0; i < g->nodes_count; i++)
        CHECK(mesh_join(&g->nodes[i].mesh, scope));
}

uint32_t graph_link(const struct graph *g, size_t from, size_t to)
{
    for (uint32_t link = 0; link < NEIGHBOURS_MAX; link++)
        if (g->nodes[from].mesh.neighbours[link].up && g->nodes[from].peers[link] == to)
            return link;
    return TARGET_ALL;
}

static bool sooner(const struct graph_flight *a, const struct graph_flight *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct graph_flight *a, struct graph_flight *b)
{
    const struct graph_flight copy = *a;
    *a = *b;
    *b = copy;
}

static void fly(struct graph *g, size_t from, size_t to, struct bytes packet)
{
    CHECK(g->flights_count < GRAPH_FLIGHT_MAX && packet.size <= PACKET_SIZE_MAX);
    size_t i = g->flights_count++;
    g->flights[i] =
        (struct graph_flight){.at = g->now + 1 + (msec)(graph_random(g) % (uint64_t)g->delay_max),
                              .order = g->order++,
                              .from = from,
                              .to = to,
                              .size = packet.size};
    memcpy(g->flights[i].bytes, packet.at, packet.size);
    while (i > 0 && sooner(&g->flights[i], &g->flights[(i - 1) / 2])) {
        swap(&g->flights[i], &g->flights[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static struct graph_flight land(struct graph *g)
{
    const struct graph_flight top = g->flights[0];
    g->flights[0] = g->flights[--g->flights_count];
    size_t i = 0;
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < g->flights_count; child++)
            if (sooner(&g->flights[child], &g->flights[least]))
                least = child;
        if (least == i)
            return top;
        swap(&g->flights[i], &g->flights[least]);
        i = least;
    }
}

void graph_send(struct graph *g, size_t node)
{
    CHECK(g->out.dropped == 0);
    for (size_t i = 0; i < g->out.count; i++) {
        const struct effect *effect = &g->effects[i];
        CHECK(g->nodes[node].mesh.neighbours[effect->target].up);
        if (effect->kind == MESH_EFFECT_CLOSE) {
            g->closes++;
            continue;
        }
        g->sends++;
        const size_t to = g->nodes[node].peers[effect->target];
        if (graph_random(g) % 100 >= g->loss)
            fly(g, node, to, outbox_bytes(&g->out, effect));
        if (graph_random(g) % 100 < g->duplicates)
            fly(g, node, to, outbox_bytes(&g->out, effect));
    }
    outbox_clear(&g->out);
}

enum mesh_verdict graph_hand(struct graph *g, size_t node, size_t from, struct bytes packet)
{
    struct graph_node *to = &g->nodes[node];
    struct mesh_delivery delivery;
    const enum mesh_verdict verdict =
        mesh_receive(&to->mesh, g->now, graph_link(g, node, from), packet, &delivery, &g->out);
    if (delivery.kind != MESH_DELIVERY_NONE) {
        to->got.count++;
        to->got.last = delivery;
        to->got.size = delivery.object.size;
        CHECK(delivery.object.size <= sizeof to->got.object);
        memcpy(to->got.object, delivery.object.at, delivery.object.size);
    }
    graph_send(g, node);
    return verdict;
}

bool graph_step(struct graph *g)
{
    if (g->flights_count == 0)
        return false;
    const struct graph_flight flight = land(g);
    g->now = flight.at;
    (void)graph_hand(g, flight.to, flight.from,
                     (struct bytes){.at = flight.bytes, .size = flight.size});
    return true;
}

void graph_run(struct graph *g)
{
    while (graph_step(g))
        ;
}

void graph_forget(struct graph *g)
{
    g->sends = 0;
    for (size_t i = 0; i < g->nodes_count; i++)
        g->nodes[i].got.count = 0;
}
