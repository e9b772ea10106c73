/* SPDX-License-Identifier: MIT */
/*
 * A worker thread: owns the tables that hash to it. Takes events from its bounded queue, runs the
 * tables' cores, gives their records to the journal, and lets messages leave and events be shown
 * only once everything before them is durable.
 */
#ifndef NODE_WORKER_H
#define NODE_WORKER_H

#include "base/outbox.h"
#include "journal/journal.h"
#include "node/sitting.h"

#include <stdatomic.h>

#define WORKER_SITTINGS_MAX 64
#define WORKER_OFFERS_MAX   32 /* Of them heard of: strangers' offers leave room for own tables. */
#define WORKER_PEERS_MAX    NEIGHBOURS_MAX

/* Producers of a worker's queue. */
enum worker_producer {
    WORKER_PRODUCER_MESH,
    WORKER_PRODUCER_JOURNAL,
    WORKER_PRODUCER_CONTROL,
    WORKER_PRODUCER_STOPPER, /* Whoever stops the node. */
    WORKER_PRODUCERS,
};

struct node;

struct worker {
    struct node *node;
    unsigned index;
    pthread_t thread;
    struct queue *queue;
    struct map_guard *guard;
    struct sitting *sittings[WORKER_SITTINGS_MAX];
    unsigned sittings_count;
    struct outbox outbox;
    uint64_t ticket;              /* Of the last batch given to the journal. */
    atomic_uint_fast64_t durable; /* Of the last batch on disk; the journal's thread writes it. */
    struct event *held_first;     /* Events that wait for durability, oldest first. */
    struct event *held_last;
    struct node_id peers[WORKER_PEERS_MAX]; /* With a link. */
    unsigned peers_count;
    bool slow; /* Some links are of the slow kind. */
    bool started;
    atomic_bool stop;
    uint64_t lost; /* Events that found no memory or no room; the protocol recovers them. */
};

/* Makes the worker's memory; false when it is exhausted. */
bool worker_open(struct worker *worker, struct node *node, unsigned index);
void worker_close(struct worker *worker);

/* Starts and ends the thread; ending one that does not run is nothing. */
bool worker_start(struct worker *worker);
void worker_stop(struct worker *worker);

/* The sitting of a table on this worker, or NULL. Own thread (or before it starts). */
struct sitting *worker_find(struct worker *worker, const struct digest *id);

/* Adds a sitting for a checked genesis; NULL: too many, or no memory. Own thread, or before. */
struct sitting *worker_add(struct worker *worker, struct bytes genesis,
                           const struct genesis *checked);

/* Takes a sitting out that is not joined; it must not be used any more. Own thread. */
void worker_forget(struct worker *worker, struct sitting *sitting);

/*
 * Carries out the effects in worker->outbox for a sitting and clears it: records to the journal,
 * the rest to the held list behind them.
 */
void worker_carry_out(struct worker *worker, struct sitting *sitting);

/* Writes records that no core asked for (a JOIN), all or none of them. */
void worker_record(struct worker *worker, struct sitting *sitting,
                   const struct journal_record *records, size_t count);

/* Gives an event to the mesh thread at once. */
void worker_to_mesh(struct worker *worker, struct event *event);

/* The journal's thread: everything up to the ticket is durable. */
void worker_durable(struct worker *worker, uint64_t ticket);

/* Handles a request on the worker's thread (src/node/answers.c). */
void worker_request(struct worker *worker, struct event *event);

#endif
