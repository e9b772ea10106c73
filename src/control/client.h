/* SPDX-License-Identifier: MIT */
/*
 * The other end of the control socket: connects to a daemon, calls it, and collects the events that
 * it sends in between. Blocking, for one thread; used by the commands of `bitcraps` and by tests.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include "base/types.h"

#include <jansson.h>

#define CLIENT_LINE_SIZE_MAX 4194304 /* Bytes of the longest line a daemon may send. */
#define CLIENT_EVENTS_MAX    1024 /* Events kept while an answer is awaited; then the oldest go. */

enum client_verdict {
    CLIENT_ANSWERED,
    CLIENT_ERROR,       /* The daemon answered with an error: code and message are set. */
    CLIENT_TIMED_OUT,   /* No answer in time; a late one is ignored. */
    CLIENT_LOST,        /* The daemon went away, or sent what is not the protocol. */
    CLIENT_INTERRUPTED, /* By a signal. */
};

struct client {
    int fd;
    json_int_t last_id;
    char *input; /* Heap; input_used bytes of input_size. */
    size_t input_used;
    size_t input_size;
    size_t scanned; /* Bytes of input known to hold no newline. */
    json_t *events; /* Array of events that came before they were asked for. */
    int code;       /* Of the last CLIENT_ERROR. */
    char message[512];
};

/* Connects to the daemon of a state directory. Returns 0 or -errno; close with client_close(). */
int client_open(const char *state_directory, struct client *out);

/* Closes and frees. */
void client_close(struct client *client);

/*
 * Calls a method and waits timeout_msec at most (negative: for ever). Takes over params, which may
 * be NULL. CLIENT_ANSWERED gives *result to the caller; else *result is NULL and client->message
 * is a sentence.
 */
enum client_verdict client_call(struct client *client, const char *method, json_t *params,
                                int timeout_msec, json_t **result);

/* Waits for the next event; 0 msec just looks. CLIENT_ANSWERED gives *event to the caller. */
enum client_verdict client_next(struct client *client, int timeout_msec, json_t **event);

#endif
