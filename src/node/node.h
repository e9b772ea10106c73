/* SPDX-License-Identifier: MIT */
/*
 * A whole node: its threads and what they share. Threads: the mesh thread (src/node/carrier.c), the
 * workers (src/node/worker.c), the journal's, the control socket's, and the one that started it
 * all. They share the queues, the pools, the table map and what is constant after the start.
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "control/server.h"
#include "journal/journal.h"
#include "node/carrier.h"
#include "node/event.h"
#include "node/worker.h"
#include "noise/identity.h"
#include "platform/posix/files.h"
#include "platform/posix/log.h"

#define NODE_WORKERS_MAX   8
#define NODE_CONNECTS_MAX  16
#define NODE_ADDRESS_SIZE  64
#define NODE_SENTENCE_SIZE 1024
#define NODE_WITNESS_MAX   16 /* Tables named in the config. */
#define NODE_WITNESS_USUAL 4  /* At how many at once a node is a witness by its config. */
#define NODE_WITNESS_MOST  32

/* Producers of the mesh thread's queue. */
#define NODE_MESH_PRODUCER_CONTROL 0
#define NODE_MESH_PRODUCER_STOPPER 1 /* Whoever stops the node. */
#define NODE_MESH_PRODUCER_WORKER  2 /* + index of the worker. */

/* How a node is to run; from the command line and the config file. */
struct node_config {
    char state[256]; /* The state directory. */
    char listen[NODE_ADDRESS_SIZE];
    char connect[NODE_CONNECTS_MAX][NODE_ADDRESS_SIZE];
    unsigned connects;
    char bluetooth[NODE_ADDRESS_SIZE]; /* "auto", "off", or adapters: "hci0,hci1". */
    char witness[NODE_WITNESS_MAX][2 * DIGEST_SIZE + 1]; /* Names or ids of tables, or "any". */
    unsigned witnesses;
    unsigned witness_tables; /* At most at so many at once. */
    enum log_level log;
    bool salvage; /* Goes on without what is damaged in the journal. */
};

struct node {
    struct node_config config;
    struct files files;
    uint8_t seed[FILES_SEED_SIZE]; /* Of the identity; secret. */
    struct identity identity;
    uint32_t boot;
    msec started;
    struct event_pools pools;
    struct map *tables;              /* Table id to struct sitting. */
    struct map_guard *control_guard; /* The control thread's. */
    struct journal *journal;
    bool salvaged; /* Rows of the journal are lost: no seat knows all that it signed. */
    struct queue *mesh_queue;
    struct carrier *carrier;
    struct worker workers[NODE_WORKERS_MAX];
    unsigned workers_count;
    struct control_server *control;
    int stop_fd;           /* An eventfd: readable when the node is to stop. */
    atomic_bool failed;    /* The journal failed: the node stops, for its promises rest on it. */
    atomic_int witnessing; /* At how many tables that are not over this node is a witness. */
    atomic_int watching;   /* At how many tables this node only watches: its journal has holes. */
};

/* The defaults: 0.0.0.0 on a port of the system's choice, no peers, the usual state directory. */
void node_config_default(struct node_config *config);

/* Takes which Bluetooth adapters are to be used; false when it is no such list. */
bool node_config_bluetooth(struct node_config *config, const char *adapters);

/* Reads a config file over the settings. False with a sentence that names file, key and reason. */
bool node_config_read(struct node_config *config, const char *path,
                      char sentence[static NODE_SENTENCE_SIZE]);

/*
 * Starts a node: state directory, identity, journal, sockets, threads. On failure nothing stays
 * behind and the sentence says what is wrong and what to do.
 */
bool node_start(struct node *node, const struct node_config *config,
                char sentence[static NODE_SENTENCE_SIZE]);

/* Ends all threads and closes everything; also of what started only in part. */
void node_stop(struct node *node);

/* Asks the node to stop. Any thread; also from a signal handler. */
void node_ask_stop(struct node *node);

/* The journal failed: says so once and asks the node to stop. Any thread. */
void node_journal_failed(struct node *node);

/* The worker that owns a table. */
struct worker *node_worker_of(struct node *node, const struct digest *table);

/* A journal ticket that names the worker too. */
uint64_t node_ticket(unsigned worker, uint64_t ticket);

/* Releases an event that a queue gave back; a request is answered that the node is too busy. */
void node_drop(struct node *node, struct event *event);

/* Handles a request on the control thread (src/node/requests.c). */
void node_request(void *context, const struct control_request *request);

#endif
