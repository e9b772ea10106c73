/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "host.h"

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool answer_scripted(struct host *host, const struct control_request *request)
{
    for (const struct host_reply *at = host->script; at && at->method; at++) {
        if (strcmp(at->method, request->method) != 0)
            continue;
        pthread_mutex_lock(&host->mutex);
        json_array_append_new(host->requests,
                              json_pack("[s, O]", request->method, request->params));
        pthread_mutex_unlock(&host->mutex);
        if (at->event)
            control_notify(host->server, CONTROL_TOPIC_ALL, json_loads(at->event, 0, NULL));
        if (at->result)
            control_reply(host->server, request->token, json_loads(at->result, 0, NULL));
        else
            control_reply_error(host->server, request->token, at->code, at->sentence);
        return true;
    }
    return false;
}

static void handle(void *context, const struct control_request *request)
{
    struct host *host = context;
    if (strcmp(request->method, "watch") == 0) {
        const json_t *topic = json_object_get(request->params, "topic");
        control_subscribe(host->server, request->token, (uint64_t)json_integer_value(topic));
    }
    if (answer_scripted(host, request))
        return;
    if (strcmp(request->method, "echo") == 0) {
        control_reply(host->server, request->token, json_deep_copy(request->params));
    } else if (strcmp(request->method, "watch") == 0) {
        control_reply(host->server, request->token, json_object());
    } else if (strcmp(request->method, "hold") == 0) {
        pthread_mutex_lock(&host->mutex);
        host->held = request->token;
        pthread_cond_signal(&host->asked);
        pthread_mutex_unlock(&host->mutex);
    } else {
        control_reply_error(host->server, request->token, CONTROL_ERROR_METHOD,
                            "there is no such method");
    }
}

void host_open(struct host *host, const struct host_reply *script)
{
    const char *parent = getenv("TMPDIR");
    *host = (struct host){.script = script, .requests = json_array()};
    pthread_mutex_init(&host->mutex, NULL);
    pthread_cond_init(&host->asked, NULL);
    snprintf(host->directory, sizeof host->directory, "%s/bitcraps-test.XXXXXX",
             parent ? parent : "/tmp");
    CHECK(mkdtemp(host->directory));
    /* The thread reads host->server only to answer a request, and no client is connected yet. */
    CHECK(control_open(host->directory, handle, host, &host->server) == 0);
}

void host_close(struct host *host)
{
    control_close(host->server);
    CHECK(rmdir(host->directory) == 0);
    json_decref(host->requests);
    pthread_cond_destroy(&host->asked);
    pthread_mutex_destroy(&host->mutex);
}

uint64_t host_wait_held(struct host *host)
{
    pthread_mutex_lock(&host->mutex);
    while (host->held == 0)
        pthread_cond_wait(&host->asked, &host->mutex);
    uint64_t token = host->held;
    host->held = 0;
    pthread_mutex_unlock(&host->mutex);
    return token;
}

char *host_request(struct host *host, size_t n)
{
    char *text = NULL;
    pthread_mutex_lock(&host->mutex);
    const json_t *request = json_array_get(host->requests, n);
    char *params = json_dumps(json_array_get(request, 1), JSON_COMPACT | JSON_SORT_KEYS);
    CHECK(asprintf(&text, "%s %s", request ? json_string_value(json_array_get(request, 0)) : "none",
                   params ? params : "") > 0);
    free(params);
    pthread_mutex_unlock(&host->mutex);
    return text;
}
