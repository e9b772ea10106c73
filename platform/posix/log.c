/* SPDX-License-Identifier: MIT */
/* Lines for the operator; see log.h. */
#include "platform/posix/log.h"

#include "base/check.h"
#include "platform/posix/clock.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Lines whose repeats are counted, at most: the longest unsaid gives way. */
#define REPEATS 32

struct repeat {
    bool used;
    uint64_t hash;
    msec said;     /* When it was last shown. */
    uint64_t held; /* How often not since. */
};

/* The one log of the process, for all threads. */
static struct {
    pthread_mutex_t lock;
    enum log_level level;
    bool journal;
    struct repeat repeats[REPEATS];
} log_state = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_LEVEL_INFO};

static const char *const level_names[LOG_LEVELS] = {"error", "warning", "info", "debug", "trace"};

/* sd-daemon(3): SD_ERR, SD_WARNING, SD_INFO, SD_DEBUG, SD_DEBUG. */
static const int priorities[LOG_LEVELS] = {3, 4, 6, 7, 7};

static const char *const subsystem_names[LOG_SUBSYSTEMS] = {"node",  "link",    "mesh",
                                                            "table", "journal", "control"};

const char *log_level_name(enum log_level level)
{
    CHECK(level < LOG_LEVELS);
    return level_names[level];
}

const char *log_subsystem_name(enum log_subsystem subsystem)
{
    CHECK(subsystem < LOG_SUBSYSTEMS);
    return subsystem_names[subsystem];
}

bool log_level_named(const char *name, enum log_level *level)
{
    for (int i = 0; i < LOG_LEVELS; i++) {
        if (strcmp(level_names[i], name) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_open(enum log_level level)
{
    CHECK(level < LOG_LEVELS);
    log_state.level = level;
    log_state.journal = getenv("JOURNAL_STREAM") != NULL;
    memset(log_state.repeats, 0, sizeof log_state.repeats);
}

bool log_shows(enum log_level level)
{
    return level <= log_state.level;
}

/* Copies text so that it can neither end the line nor talk to the terminal. */
static void escape(const char *text, char *at, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;
    for (; *text != '\0' && used + 5 <= size; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte >= ' ' && byte < 127) {
            at[used++] = *text;
        } else {
            at[used++] = '\\';
            at[used++] = 'x';
            at[used++] = digits[byte >> 4];
            at[used++] = digits[byte & 15];
        }
    }
    at[used] = '\0';
}

/* FNV-1a (draft-eastlake-fnv): only to know a line again, so a collision hides one line at worst.
 */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

/* Whether a line is to be shown now; *held is then how often it was not since the last time. */
static bool due(const char *line, uint64_t *held)
{
    const msec now = clock_monotonic_msec();
    const uint64_t hash = hash_of(line);
    struct repeat *found = &log_state.repeats[0];
    for (size_t i = 0; i < REPEATS; i++) {
        struct repeat *repeat = &log_state.repeats[i];
        if (repeat->used && repeat->hash == hash) {
            if (now - repeat->said < LOG_REPEAT_MSEC) {
                repeat->held++;
                return false;
            }
            found = repeat;
            break;
        }
        if (!repeat->used || (found->used && repeat->said < found->said))
            found = repeat;
    }
    *held = found->used && found->hash == hash ? found->held : 0;
    *found = (struct repeat){.used = true, .hash = hash, .said = now};
    return true;
}

/* What goes before a line: the journal's priority, or the time. */
static void prefix(enum log_level level, char *at, size_t size)
{
    if (log_state.journal) {
        (void)snprintf(at, size, "<%d>", priorities[level]);
        return;
    }
    const int64_t wall = clock_wall_msec();
    const time_t seconds = (time_t)(wall / 1000);
    struct tm parts;
    char date[32] = "";
    if (gmtime_r(&seconds, &parts) != NULL)
        (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(at, size, "%s.%03dZ %s ", date, (int)(wall % 1000), level_names[level]);
}

void log_line(enum log_level level, enum log_subsystem subsystem, const char *format, ...)
{
    CHECK(level < LOG_LEVELS && subsystem < LOG_SUBSYSTEMS);
    if (!log_shows(level))
        return;
    char said[LOG_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(said, sizeof said, format, arguments);
    va_end(arguments);
    char text[LOG_LINE_MAX];
    escape(said, text, sizeof text);
    char front[64];
    char line[64 + LOG_LINE_MAX + 64];
    uint64_t held = 0;
    (void)pthread_mutex_lock(&log_state.lock);
    if (due(text, &held)) {
        prefix(level, front, sizeof front);
        int size = snprintf(line, sizeof line, "%s%s: %s", front, subsystem_names[subsystem], text);
        if (held > 0)
            size += snprintf(line + size, sizeof line - (size_t)size, " (%llu more like it)",
                             (unsigned long long)held);
        line[size++] = '\n';
        /* Nowhere is left to complain when standard error fails. */
        const ssize_t done = write(STDERR_FILENO, line, (size_t)size);
        (void)done;
    }
    (void)pthread_mutex_unlock(&log_state.lock);
}
