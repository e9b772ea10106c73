/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "control/client.h"

#include "control/endpoint.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int client_open(const char *state_directory, struct client *out)
{
    *out = (struct client){.fd = -1};
    struct endpoint endpoint;
    int result = endpoint_open(state_directory, &endpoint);
    if (result < 0)
        return result;
    out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    out->events = json_array();
    const struct sockaddr *address = (const struct sockaddr *)&endpoint.address;
    if (!out->events)
        result = -ENOMEM;
    else if (out->fd < 0 || connect(out->fd, address, sizeof endpoint.address) < 0)
        result = -errno;
    endpoint_close(&endpoint);
    if (result < 0)
        client_close(out);
    return result;
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->input);
    json_decref(client->events);
    *client = (struct client){.fd = -1};
}

static enum client_verdict fail(struct client *client, enum client_verdict verdict,
                                const char *sentence)
{
    client->code = 0;
    snprintf(client->message, sizeof client->message, "%s", sentence);
    return verdict;
}

static msec now_msec(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (msec)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static msec deadline_after(int timeout_msec)
{
    return timeout_msec < 0 ? MSEC_NEVER : now_msec() + timeout_msec;
}

static enum client_verdict wait_readable(struct client *client, msec deadline)
{
    int wait = -1;
    if (deadline != MSEC_NEVER) {
        msec left = deadline - now_msec();
        wait = left > 0 ? (int)left : 0;
    }
    struct pollfd waited = {.fd = client->fd, .events = POLLIN};
    int ready = poll(&waited, 1, wait);
    if (ready < 0)
        return fail(client, errno == EINTR ? CLIENT_INTERRUPTED : CLIENT_LOST, strerror(errno));
    if (ready == 0)
        return fail(client, CLIENT_TIMED_OUT, "the daemon did not answer in time");
    return CLIENT_ANSWERED;
}

static enum client_verdict read_more(struct client *client)
{
    if (client->input_used == client->input_size) {
        size_t grown = client->input_size > 0 ? 2 * client->input_size : 65536;
        char *input = grown > CLIENT_LINE_SIZE_MAX ? NULL : realloc(client->input, grown);
        if (!input)
            return fail(client, CLIENT_LOST, "the daemon sent too long a line");
        client->input = input;
        client->input_size = grown;
    }
    ssize_t got = recv(client->fd, client->input + client->input_used,
                       client->input_size - client->input_used, 0);
    if (got < 0 && errno == EINTR)
        return fail(client, CLIENT_INTERRUPTED, "interrupted");
    if (got <= 0)
        return fail(client, CLIENT_LOST, "the daemon closed the connection");
    client->input_used += (size_t)got;
    return CLIENT_ANSWERED;
}

/* Takes one whole line off the input. NULL when there is none yet. *bad when it is not JSON. */
static json_t *take_message(struct client *client, bool *bad)
{
    *bad = false;
    if (!client->input)
        return NULL;
    const char *newline =
        memchr(client->input + client->scanned, '\n', client->input_used - client->scanned);
    if (!newline) {
        client->scanned = client->input_used;
        return NULL;
    }
    size_t size = (size_t)(newline - client->input);
    json_error_t error;
    json_t *message = json_loadb(client->input, size, JSON_REJECT_DUPLICATES, &error);
    client->input_used -= size + 1;
    client->scanned = 0;
    memmove(client->input, newline + 1, client->input_used);
    *bad = !json_is_object(message);
    return message;
}

/* Waits for the next message of any kind. */
static enum client_verdict next_message(struct client *client, msec deadline, json_t **message)
{
    bool bad;
    while (!(*message = take_message(client, &bad)) && !bad) {
        enum client_verdict verdict = wait_readable(client, deadline);
        if (verdict == CLIENT_ANSWERED)
            verdict = read_more(client);
        if (verdict != CLIENT_ANSWERED)
            return verdict;
    }
    if (!bad)
        return CLIENT_ANSWERED;
    json_decref(*message);
    *message = NULL;
    return fail(client, CLIENT_LOST, "the daemon sent a line that is not a JSON object");
}

static bool is_event(const json_t *message)
{
    return json_is_string(json_object_get(message, "method"));
}

static void keep_event(struct client *client, const json_t *message)
{
    if (json_array_size(client->events) == CLIENT_EVENTS_MAX)
        json_array_remove(client->events, 0);
    json_array_append(client->events, json_object_get(message, "params"));
}

/* Sends a request. A daemon that has closed may still have said why: that is read afterwards. */
static enum client_verdict send_request(struct client *client, const char *method, json_t *params)
{
    json_t *request = json_pack("{s:s, s:I, s:s, s:o*}", "jsonrpc", "2.0", "id", ++client->last_id,
                                "method", method, "params", params);
    char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
    json_decref(request);
    if (!text)
        return fail(client, CLIENT_LOST, "the request cannot be written as JSON");
    size_t size = strlen(text);
    text[size++] = '\n'; /* In place of the terminator: from here on it is bytes. */
    size_t sent = 0;
    while (sent < size) {
        ssize_t done = send(client->fd, text + sent, size - sent, MSG_NOSIGNAL);
        if (done < 0 && errno != EINTR)
            break;
        sent += done > 0 ? (size_t)done : 0;
    }
    free(text);
    return CLIENT_ANSWERED;
}

static enum client_verdict take_answer(struct client *client, json_t *message, json_t **result)
{
    const json_t *error = json_object_get(message, "error");
    if (!error) {
        *result = json_incref(json_object_get(message, "result"));
        json_decref(message);
        return *result ? CLIENT_ANSWERED
                       : fail(client, CLIENT_LOST, "the daemon's answer has no result");
    }
    const char *sentence = json_string_value(json_object_get(error, "message"));
    fail(client, CLIENT_ERROR, sentence ? sentence : "the daemon gave no reason");
    client->code = (int)json_integer_value(json_object_get(error, "code"));
    json_decref(message);
    return CLIENT_ERROR;
}

enum client_verdict client_call(struct client *client, const char *method, json_t *params,
                                int timeout_msec, json_t **result)
{
    *result = NULL;
    msec deadline = deadline_after(timeout_msec);
    enum client_verdict verdict = send_request(client, method, params);
    while (verdict == CLIENT_ANSWERED) {
        json_t *message;
        verdict = next_message(client, deadline, &message);
        if (verdict != CLIENT_ANSWERED)
            break;
        const json_t *id = json_object_get(message, "id");
        if (is_event(message))
            keep_event(client, message);
        else if (json_is_null(id) || json_integer_value(id) == client->last_id)
            return take_answer(client, message, result);
        json_decref(message); /* An event now kept, or the answer to a call that timed out. */
    }
    return verdict;
}

enum client_verdict client_next(struct client *client, int timeout_msec, json_t **event)
{
    *event = NULL;
    if (json_array_size(client->events) > 0) {
        *event = json_incref(json_array_get(client->events, 0));
        json_array_remove(client->events, 0);
        return CLIENT_ANSWERED;
    }
    msec deadline = deadline_after(timeout_msec);
    for (;;) {
        json_t *message;
        enum client_verdict verdict = next_message(client, deadline, &message);
        if (verdict != CLIENT_ANSWERED)
            return verdict;
        if (is_event(message))
            *event = json_incref(json_object_get(message, "params"));
        json_decref(message);
        if (*event)
            return CLIENT_ANSWERED;
    }
}
