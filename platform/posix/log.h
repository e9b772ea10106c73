/* SPDX-License-Identifier: MIT */
/*
 * What the daemon tells its operator: lines on standard error, with a level and the subsystem that
 * speaks. Any thread; one write a line, so lines do not mix.
 *
 * Under systemd (JOURNAL_STREAM is set) lines start with "<N>", the priority of sd-daemon(3); else
 * with the time in UTC. A line that repeats comes once in ten seconds, then with how often. What
 * strangers wrote is escaped: a byte outside printable ASCII becomes \xNN. Keys, seeds and what
 * they open are never handed to it.
 */
#ifndef PLATFORM_POSIX_LOG_H
#define PLATFORM_POSIX_LOG_H

#include "base/types.h"

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_TRACE,
    LOG_LEVELS
};

enum log_subsystem {
    LOG_NODE,
    LOG_LINK,
    LOG_MESH,
    LOG_TABLE,
    LOG_JOURNAL,
    LOG_CONTROL,
    LOG_SUBSYSTEMS
};

/* One line is at most this long; more is cut. */
#define LOG_LINE_MAX 512

/* A repeated line comes once in this time. */
#define LOG_REPEAT_MSEC 10000

/* Shows levels up to this one (INFO until called). Reads JOURNAL_STREAM. Once, before threads. */
void log_open(enum log_level level);

/* Whether a line of this level would be shown: ask before preparing a costly one. */
bool log_shows(enum log_level level);

/* Says one line, formatted as printf does, without newline. */
__attribute__((format(printf, 3, 4))) void log_line(enum log_level level,
                                                    enum log_subsystem subsystem,
                                                    const char *format, ...);

/* The level of a name ("error" to "trace"); false when it is none. */
bool log_level_named(const char *name, enum log_level *level);

/* Of the two, for help texts; static memory. */
const char *log_level_name(enum log_level level);
const char *log_subsystem_name(enum log_subsystem subsystem);

#endif
