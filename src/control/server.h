/* SPDX-License-Identifier: MIT */
/*
 * The daemon's control socket: DIR/control.sock, JSON-RPC 2.0 in lines, for `bitcraps` and scripts.
 *
 * A thread of its own accepts clients (32 at most, of the daemon's user or root), parses their
 * lines and calls the handler. The handler answers at once or later, from any thread, by the
 * request's token; each request is answered exactly once. Notifications go to the clients that
 * subscribed. What other threads hand over passes through a bounded list under a mutex, with an
 * eventfd to wake the control thread: this serves people and scripts, it is not the hot path.
 * Nothing here waits for a client: one that does not read is dropped, and counted.
 */
#ifndef CONTROL_SERVER_H
#define CONTROL_SERVER_H

#include "control/request.h"

#include <jansson.h>
#include <stdint.h>

#define CONTROL_CLIENTS_MAX       32
#define CONTROL_PENDING_MAX       8    /* Unanswered requests of one client; then it is not read. */
#define CONTROL_OUTGOING_MAX      1024 /* Answers and notifications on their way to the thread... */
#define CONTROL_NOTIFICATIONS_MAX 512  /* ...of which notifications at most. */
#define CONTROL_OUTPUT_SIZE_MAX   4194304 /* Bytes that wait for one client; then it is dropped. */

/* Every event of every table, as a subscriber's topic; of the node itself, as an event's. */
#define CONTROL_TOPIC_ALL 0

struct control_server;

/* One request. All but the numbers is borrowed: it dies when the handler returns. */
struct control_request {
    uint64_t client; /* Which connection, never reused. */
    uint64_t token;  /* Answer by this, once. */
    const char *method;
    json_t *params; /* An object, empty when the request had none. */
};

/* Called on the control thread for each request. Must not block. */
typedef void control_handler(void *context, const struct control_request *request);

struct control_counters {
    uint64_t clients;               /* Accepted so far. */
    uint64_t clients_refused;       /* Too many at once, or another user's. */
    uint64_t requests;              /* Handed to the handler. */
    uint64_t requests_invalid;      /* Lines that were no request, too long ones included. */
    uint64_t subscribers_dropped;   /* Clients closed because they did not read. */
    uint64_t notifications_dropped; /* The list was full. */
    uint64_t answers_dropped;       /* The list was full, or the client had gone. */
};

/*
 * Creates DIR/control.sock (mode 0600; a stale one is replaced) and starts the thread.
 * Returns 0 with *out to be closed by control_close(), or -errno: -EADDRINUSE when another daemon
 * answers there.
 */
int control_open(const char *state_directory, control_handler *handler, void *context,
                 struct control_server **out);

/* Sends what is already queued as far as clients take it, ends the thread, removes the socket. */
void control_close(struct control_server *server);

/* Answers a request. Takes over result; NULL (it could not be built) becomes an internal error.
 * Any thread. */
void control_reply(struct control_server *server, uint64_t token, json_t *result);

/* Answers a request with an error; sentence is copied. Any thread. */
void control_reply_error(struct control_server *server, uint64_t token, enum control_error code,
                         const char *sentence);

/*
 * Subscribes the client that made the request to a topic: a number that the handler chooses for a
 * table, or CONTROL_TOPIC_ALL. Replaces its earlier one. Call just before control_reply(), so that
 * the client misses nothing after its answer. Any thread.
 */
void control_subscribe(struct control_server *server, uint64_t token, uint64_t topic);

/* Sends {"method":"event","params":event} to the subscribers of topic and of everything; to all
 * subscribers if topic is CONTROL_TOPIC_ALL. Takes over event. Any thread. */
void control_notify(struct control_server *server, uint64_t topic, json_t *event);

/* Copies the counters out. Any thread. */
void control_counters(struct control_server *server, struct control_counters *out);

#endif
