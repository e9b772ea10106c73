/* SPDX-License-Identifier: MIT */
/*
 * What the threads of a node tell one another. An event is taken from the sender's pool, travels
 * through a queue, and is released by whoever is done with it, buffer and all.
 */
#ifndef NODE_EVENT_H
#define NODE_EVENT_H

#include "base/types.h"
#include "queue/buffer.h"
#include "queue/pool.h"
#include "queue/queue.h"

#include <jansson.h>

enum event_kind {
    /* Mesh thread to a worker. */
    EVENT_MESSAGE, /* bytes: a packed Message of table `id`. */
    EVENT_OFFER,   /* bytes: a packed Message with an Announce that holds; id: its table; node: who
                      brought it; direct: the host itself says so. */
    EVENT_PEERS,   /* bytes: u8 1 if links are slow, else 0; the node ids of all peers, 32 each. */
    /* Journal thread to a worker. */
    EVENT_DURABLE, /* Some of the worker's batches are on disk: look at its counter. */
    /* Control thread to a worker or to the mesh thread. */
    EVENT_REQUEST, /* Answer `token`; method and params. */
    /* Worker to the mesh thread. */
    EVENT_SEND,     /* bytes: a packed Message for table `id`; node: whom, if one. */
    EVENT_DISCOVER, /* bytes: a packed Message for everyone near. */
    EVENT_JOIN,     /* Take part in the scope of table `id`. */
    EVENT_KEYS,     /* bytes: packed Keys of table `id`, for those who pass its messages on. */
    /* Within a worker: held until what it rests on is durable. */
    EVENT_SHOW, /* bytes: one struct table_event of table `id`. */
};

enum request_method {
    REQUEST_STATUS,
    REQUEST_PEERS,
    REQUEST_TABLE_NEW,
    REQUEST_TABLE_SHOW,
    REQUEST_TABLE_JOIN,
    REQUEST_TABLE_LEAVE,
    REQUEST_TABLE_INVITE,
    REQUEST_TABLE_APPROVE,
    REQUEST_BET,
    REQUEST_TAKE_DOWN,
    REQUEST_ORDERS,
    REQUEST_SAY,
    REQUEST_ROLL,
    REQUEST_LEDGER,
    REQUEST_EXPORT,
    REQUEST_BOT,
};

struct event {
    enum event_kind kind;
    enum queue_lane lane;
    struct event *next;    /* In a worker's list of held events. */
    uint64_t ticket;       /* Held until the worker's durable counter reaches it. */
    struct buffer *buffer; /* Holds one reference; NULL when there are no bytes. */
    struct bytes bytes;    /* Inside the buffer. */
    struct digest id;
    struct node_id node; /* Of EVENT_SEND with `direct`, and of EVENT_OFFER. */
    bool direct;         /* Of the same two. */
    enum request_method method;
    uint64_t token;
    json_t *params; /* Owned. */
};

/* The memory that all threads of a node draw from. */
struct event_pools {
    struct pool *events;
    struct pool *frames;  /* Buffers of FRAME_SIZE_MAX: datagrams and small messages. */
    struct pool *objects; /* Buffers of MESSAGE_SIZE_MAX. */
};

/*
 * Enough for so many queues of the default size and so many threads. False when memory is
 * exhausted; release what there is with event_pools_close.
 */
bool event_pools_open(struct event_pools *pools, uint32_t queues, uint32_t threads);
void event_pools_close(struct event_pools *pools);

/* An empty event, or NULL: the pool is empty, which is back-pressure. */
struct event *event_get(struct event_pools *pools, enum event_kind kind, enum queue_lane lane);

/* An event with a copy of the bytes in a buffer of its own; NULL as above. */
struct event *event_copy(struct event_pools *pools, enum event_kind kind, enum queue_lane lane,
                         struct bytes bytes);

/* Gives event, buffer and params back. NULL is fine. */
void event_put(struct event_pools *pools, struct event *event);

#endif
