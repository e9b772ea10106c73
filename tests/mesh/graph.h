/* SPDX-License-Identifier: MIT */
/*
 * Meshes in memory: nodes, links between them with delay, loss, duplicates and reordering, all from
 * a seed. For the tests of src/mesh/ only; one graph at a time on one thread.
 */
#ifndef TESTS_MESH_GRAPH_H
#define TESTS_MESH_GRAPH_H

#include "mesh/mesh.h"

#define GRAPH_NODES_MAX  16
#define GRAPH_FLIGHT_MAX 65536

/* What a node was brought. */
struct graph_delivery {
    size_t count;
    struct mesh_delivery last; /* Without its object: */
    uint8_t object[MESSAGE_SIZE_MAX];
    size_t size;
};

struct graph_node {
    struct mesh mesh;
    struct public_key key;
    uint8_t secret[64];
    struct node_id id;
    struct short_id short_id;
    size_t peers[NEIGHBOURS_MAX]; /* The node at the end of each link. */
    struct graph_delivery got;
};

struct graph {
    struct graph_node *nodes; /* GRAPH_NODES_MAX. */
    size_t nodes_count;
    size_t edges;
    msec now;
    uint64_t random;
    unsigned loss; /* In percent, of each send. */
    unsigned duplicates;
    msec delay_max; /* Each send takes 1 to so long: above 1 they overtake one another. */
    uint64_t sends; /* Of packets, lost ones too. */
    uint64_t closes;
    struct graph_flight {
        msec at;
        uint64_t order;
        size_t from;
        size_t to;
        size_t size;
        uint8_t bytes[PACKET_SIZE_MAX];
    } * flights; /* A heap, the next one on top. */
    size_t flights_count;
    uint64_t order;
    struct effect effects[MESH_OUTBOX_EFFECTS];
    uint8_t arena[MESH_OUTBOX_ARENA];
    struct outbox out;
};

/* A graph of so many nodes without links, all in no scope. */
struct graph *graph_create(size_t nodes, uint64_t seed);
void graph_destroy(struct graph *g);

/* The keys and id of a made-up node. */
void graph_peer(uint32_t number, struct public_key *key, uint8_t secret[static 64],
                struct node_id *node);

/* The next number of the graph's generator (splitmix64). */
uint64_t graph_random(struct graph *g);

/* Links two nodes; both must accept. */
void graph_connect(struct graph *g, size_t a, size_t b);
/* Takes a link away; what is on it is lost. */
void graph_cut(struct graph *g, size_t a, size_t b);
void graph_line(struct graph *g);
void graph_ring(struct graph *g);

/* Links nodes at random points of a square that are near, then what is not yet connected. */
void graph_geometric(struct graph *g);

/* All nodes join a scope. */
void graph_join_all(struct graph *g, const struct scope_id *scope);

/* Puts what a node's mesh wants sent onto the links, and forgets it. */
void graph_send(struct graph *g, size_t node);

/* Hands bytes to a node as if its neighbour had sent them, and sends what comes of it. */
enum mesh_verdict graph_hand(struct graph *g, size_t node, size_t from, struct bytes packet);

/* Lets the next packet under way arrive; false when there is none. */
bool graph_step(struct graph *g);

/* Lets time pass until nothing is under way. */
void graph_run(struct graph *g);

/* Forgets what was delivered and sent. */
void graph_forget(struct graph *g);

/* The index of the link from one node to another. */
uint32_t graph_link(const struct graph *g, size_t from, size_t to);

#endif
