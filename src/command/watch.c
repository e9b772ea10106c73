/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "command/catalog.h"
#include "command/command.h"
#include "command/speech.h"
#include "command/tables.h"

#include <stdio.h>
#include <string.h>

#define SECONDS_MOST 86400
#define EVENT_NAMES                                                                                \
    "accused, approved, asks, bet, call, closed, convicted, epoch, keys, kicked, left, ready, "    \
    "refused, roll, sat, state and take_down"

/* As the daemon names them. */
const char *const COMMAND_EVENTS[] = {
    "accused", "approved", "asks",  "bet",     "call", "closed", "convicted", "epoch",     "keys",
    "kicked",  "left",     "ready", "refused", "roll", "sat",    "state",     "take_down", NULL};

struct watch {
    const char *only; /* NULL: every kind. */
    json_int_t until; /* 0: no end. */
    int timeout_msec; /* -1: none. */
    json_int_t done;  /* The last roll that was seen or was over before. */
};

static void print_event(const struct invocation *invocation, json_t *event, const char *kind)
{
    if (invocation->json) {
        json_object_set_new(event, "schema", json_string("bitcraps.event/1"));
        command_print_json(event);
        return;
    }
    char line[SPEECH_SIZE];
    if (strcmp(kind, "roll") == 0)
        speech_roll(event, line);
    else
        snprintf(line, sizeof line, "%s", speech_text(event, "text"));
    puts(line);
    fflush(stdout);
}

static enum command_exit watch_events(struct invocation *invocation, struct watch *watch)
{
    while (watch->until == 0 || watch->done < watch->until) {
        json_t *event;
        enum command_exit code = command_next(invocation, watch->timeout_msec, &event);
        if (command_interrupted()) {
            json_decref(event);
            return COMMAND_DONE;
        }
        if (code == COMMAND_TIMED_OUT)
            return command_fail(code, "nothing happened for %d s", watch->timeout_msec / 1000);
        if (code != COMMAND_DONE)
            return code;
        const char *kind = speech_text(event, "event");
        if (strcmp(kind, "roll") == 0)
            watch->done = speech_number(event, "roll", watch->done);
        if (!watch->only || strcmp(kind, watch->only) == 0)
            print_event(invocation, event, kind);
        json_decref(event);
        if (ferror(stdout)) /* Nobody reads on: command_main() says so. */
            return COMMAND_DONE;
    }
    return COMMAND_DONE;
}

/* Reads the options. False if one is not a number. */
static bool read_options(const struct invocation *invocation, struct watch *watch)
{
    json_int_t seconds = 0;
    *watch = (struct watch){.only = command_option(invocation, "only"), .timeout_msec = -1};
    if (!command_option_number(invocation, "until", 1, INT64_MAX, &watch->until) ||
        !command_option_number(invocation, "timeout", 1, SECONDS_MOST, &seconds))
        return false;
    if (seconds > 0)
        watch->timeout_msec = (int)seconds * 1000;
    const char *best = NULL;
    for (const char *const *at = COMMAND_EVENTS; watch->only && *at; at++) {
        if (strcmp(watch->only, *at) == 0)
            return true;
        best = catalog_nearer(watch->only, *at, best);
    }
    if (watch->only)
        command_fail(COMMAND_USAGE, "no event is called '%s'%s%s%s: " EVENT_NAMES " are",
                     watch->only, best ? " (did you mean '" : "", best ? best : "",
                     best ? "'?)" : "");
    return watch->only == NULL;
}

enum command_exit command_watch(struct invocation *invocation)
{
    struct watch watch;
    json_t *answer;
    const char *table = command_argument(invocation, 0);
    if (!read_options(invocation, &watch))
        return COMMAND_USAGE;
    command_catch_signals();
    enum command_exit code =
        command_call(invocation, "watch", tables_params(invocation, table), &answer);
    if (code != COMMAND_DONE)
        return code;
    json_decref(answer);
    if (watch.until > 0) { /* Rolls before the subscription are not told again. */
        code = command_call(invocation, "table.show", tables_params(invocation, table), &answer);
        if (code != COMMAND_DONE)
            return code;
        watch.done = speech_number(answer, "rolls_done", 0);
        json_decref(answer);
    }
    fprintf(stderr, "watching\n");
    return watch_events(invocation, &watch);
}
