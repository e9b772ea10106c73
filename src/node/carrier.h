/* SPDX-License-Identifier: MIT */
/*
 * The mesh thread: transports, links and the mesh core. Datagrams come in, are decrypted in place,
 * deduplicated and relayed; what is for a table of this node goes to its worker's queue, the buffer
 * with it. What workers send comes by the node's mesh queue.
 */
#ifndef NODE_CARRIER_H
#define NODE_CARRIER_H

#include "link/link.h"
#include "mesh/mesh.h"
#include "node/event.h"
#include "node/notices.h"
#include "platform/posix/internet.h"
#include "platform/transport.h"
#include "relay/relay.h"

#include <pthread.h>
#include <stdatomic.h>

struct node;

/* A table that this node takes part in. */
struct carrier_scope {
    struct scope_id scope;
    struct digest id;
};

/* What carries datagrams, at most; their kinds are all different. */
#define CARRIER_TRANSPORTS_MAX 4

struct carrier {
    struct node *node;
    pthread_t thread;
    struct internet internet;
    struct transport *transports[CARRIER_TRANSPORTS_MAX]; /* The internet is the first. */
    unsigned transports_count;
    struct link link;
    struct mesh mesh;
    struct relay relay;
    struct outbox link_out;
    struct outbox mesh_out;
    struct buffer *receiving[TRANSPORT_BATCH];
    struct notices notices;
    struct carrier_scope scopes[SCOPES_MAX];
    unsigned scopes_count;
    uint32_t near;      /* Neighbours with links that lose nothing, */
    uint32_t near_told; /* as the others know it, */
    msec near_at;       /* until it is to be said again; MSEC_NEVER: nothing was. */
    msec duty_at;       /* When to look again what is done for others. */
    bool starved;       /* No buffer was free to receive into. */
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint64_t unsent; /* Datagrams that a transport had no room for. */
    bool started;
    atomic_bool stop;
};

/* Opens the transports and dials the configured peers; NULL with a sentence when it cannot. */
struct carrier *carrier_open(struct node *node, char *sentence, size_t size);
void carrier_close(struct carrier *carrier);

/* Starts and ends the thread; ending none, or one that does not run, is nothing. */
bool carrier_start(struct carrier *carrier);
void carrier_stop(struct carrier *carrier);

/* Whose addresses are of that kind; NULL: nobody's. Mesh thread. */
struct transport *carrier_transport(const struct carrier *carrier, uint8_t kind);

#endif
