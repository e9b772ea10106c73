/* SPDX-License-Identifier: MIT */
/*
 * A daemon's control socket without the daemon: a server in a folder of its own whose handler
 * answers from a script. For tests of the server, the client and the commands.
 */
#ifndef TESTS_NODE_HOST_H
#define TESTS_NODE_HOST_H

#include "control/server.h"

#include <pthread.h>

#define HOST_REPLIES_MAX 32

/* What to answer to a method: a JSON text, or an error. */
struct host_reply {
    const char *method; /* NULL ends a script. */
    const char *result; /* NULL: an error. */
    enum control_error code;
    const char *sentence;
    const char *event; /* A JSON text notified before the answer; may be NULL. */
};

struct host {
    char directory[256]; /* Created; removed by host_close(). */
    struct control_server *server;
    const struct host_reply *script;
    pthread_mutex_t mutex; /* Guards what follows. */
    pthread_cond_t asked;
    json_t *requests; /* Array of [method, params], of methods in the script. */
    uint64_t held;    /* Token of the last "hold", which is not answered. */
};

/*
 * Starts a server in a fresh folder below TMPDIR. Beside the script (may be NULL) it answers "echo"
 * with its params, "watch" by subscribing to params.topic, and "hold" not at all.
 */
void host_open(struct host *host, const struct host_reply *script);

/* Stops the server and removes the folder. */
void host_close(struct host *host);

/* Waits until "hold" was asked, and returns its token. */
uint64_t host_wait_held(struct host *host);

/* The n-th request in the script's methods as text: "bet {...}". Caller frees. */
char *host_request(struct host *host, size_t n);

#endif
