/* SPDX-License-Identifier: MIT */
/*
 * The doctor: one table of checks, each of which looks at one thing that a node needs, and says ok,
 * warn, fail or unknown, why, and how to mend it. What could not be found out is unknown, with the
 * reason; it is never taken for a no. The doctor needs no daemon and no privilege, never waits
 * longer than it is told to, and changes nothing.
 *
 * A check reads files below world->root ("" for the machine itself) and asks world->system for the
 * rest. Called by `bitcraps doctor` and by tests.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "doctor/system.h"

#include <sys/types.h>

#define DOCTOR_TEXT_SIZE  512 /* A sentence with its final zero. */
#define DOCTOR_CHECKS_MAX 32

enum doctor_status {
    DOCTOR_STATUS_OK,
    DOCTOR_STATUS_WARN,    /* A node runs, but something is worse than it could be. */
    DOCTOR_STATUS_FAIL,    /* A node, or its Bluetooth, cannot work until this is mended. */
    DOCTOR_STATUS_UNKNOWN, /* It could not be found out. */
};

struct doctor_finding {
    enum doctor_status status;
    char why[DOCTOR_TEXT_SIZE];
    char mend[DOCTOR_TEXT_SIZE]; /* The next step; "" when there is nothing to do. */
};

/* What is looked at. */
struct doctor_world {
    const char *root;   /* Before /sys, /proc and /etc. */
    const char *state;  /* The state directory, as it is. */
    const char *listen; /* Where the daemon is to listen, "HOST:PORT". */
    uid_t user;         /* Who asks. */
    const struct doctor_system *system;
};

struct doctor_check {
    const char *name; /* One word. NULL ends the table. */
    const char *what; /* It looks at. */
    void (*look)(const struct doctor_world *world, struct doctor_finding *out);
};

/* Every check, in the order in which causes come before what they cause. */
extern const struct doctor_check DOCTOR_CHECKS[];

/* The check of a name; NULL if there is none. */
const struct doctor_check *doctor_check_named(const char *name);

/* "ok", "warn", "fail", "unknown". */
const char *doctor_status_name(enum doctor_status status);

/*
 * Runs count checks, at most DOCTOR_CHECKS_MAX, side by side, each on a thread of its own. One that
 * has not answered after deadline_msec is unknown, and its thread is left behind: what world points
 * to has to stay until the process ends.
 */
void doctor_examine(const struct doctor_world *world, const struct doctor_check *const *checks,
                    size_t count, int deadline_msec, struct doctor_finding *findings);

#endif
