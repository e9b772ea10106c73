/* SPDX-License-Identifier: MIT */
#include "doctor/doctor.h"

#include "base/check.h"
#include "doctor/checks.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const struct doctor_check DOCTOR_CHECKS[] = {
    {"rfkill", "switches that silence Bluetooth", checks_rfkill},
    {"adapter", "a Bluetooth adapter", checks_adapter},
    {"kernel", "kernels with Bluetooth bugs", checks_kernel},
    {"namespace", "the machine's own network, where Bluetooth is", checks_namespace},
    {"bluetoothd", "BlueZ's daemon and its version", checks_bluetoothd},
    {"power", "an adapter that is switched on", checks_power},
    {"roles", "an adapter that can call and be called", checks_roles},
    {"advertising", "room for an advertisement", checks_advertising},
    {"supervision", "how long a silent Bluetooth link lives", checks_supervision},
    {"psm", "a Bluetooth socket", checks_psm},
    {"bredr", "calls over classic Bluetooth", checks_bredr},
    {"state", "the state directory", checks_state},
    {"identity", "the file with the secret key", checks_identity},
    {"journal", "the file with what happened", checks_journal},
    {"space", "room on the disk", checks_space},
    {"clock", "the time of day", checks_clock},
    {"udp", "the port to listen on", checks_udp},
    {"daemon", "bitcrapsd itself", checks_daemon},
    {NULL},
};

_Static_assert(sizeof DOCTOR_CHECKS / sizeof DOCTOR_CHECKS[0] <= DOCTOR_CHECKS_MAX, "all fit");

const struct doctor_check *doctor_check_named(const char *name)
{
    for (const struct doctor_check *at = DOCTOR_CHECKS; at->name; at++) {
        if (strcmp(at->name, name) == 0)
            return at;
    }
    return NULL;
}

const char *doctor_status_name(enum doctor_status status)
{
    switch (status) {
    case DOCTOR_STATUS_OK:
        return "ok";
    case DOCTOR_STATUS_WARN:
        return "warn";
    case DOCTOR_STATUS_FAIL:
        return "fail";
    case DOCTOR_STATUS_UNKNOWN:
        return "unknown";
    }
    return "unknown";
}

/* ---- What checks share ------------------------------------------------------------------------
 */

void checks_say(struct doctor_finding *out, enum doctor_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    out->status = status;
    vsnprintf(out->why, sizeof out->why, format, arguments);
    va_end(arguments);
}

void checks_mend(struct doctor_finding *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out->mend, sizeof out->mend, format, arguments);
    va_end(arguments);
}

void checks_path(const struct doctor_world *world, const char *name, char out[static PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s%s", world->root, name);
}

ssize_t checks_read(const char *path, void *at, size_t size, uint64_t *file_size)
{
    struct stat status;
    size_t used = 0;
    ssize_t result = 0;
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) < 0)
        result = -errno;
    else if (!S_ISREG(status.st_mode))
        result = -EINVAL;
    while (result == 0 && used < size) {
        const ssize_t got = read(fd, (char *)at + used, size - used);
        if (got < 0 && errno != EINTR)
            result = -errno;
        if (got == 0)
            break;
        used += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    if (result == 0 && file_size)
        *file_size = (uint64_t)status.st_size;
    return result < 0 ? result : (ssize_t)used;
}

int checks_read_text(const struct doctor_world *world, const char *name, char *text, size_t size)
{
    char path[PATH_MAX];
    checks_path(world, name, path);
    const ssize_t got = checks_read(path, text, size - 1, NULL);
    text[got > 0 ? got : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return got < 0 ? (int)got : 0;
}

/* ---- Side by side, each with a deadline -------------------------------------------------------
 */

struct examination;

struct visit {
    struct examination *examination;
    const struct doctor_check *check;
    struct doctor_finding finding;
    bool done;
};

/* Shared by the caller and the threads that still run; the last of them frees it. */
struct examination {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct doctor_world world;
    size_t holders;
    struct visit visits[DOCTOR_CHECKS_MAX];
};

static struct examination *begin(const struct doctor_world *world)
{
    pthread_condattr_t attributes;
    struct examination *examination = calloc(1, sizeof *examination);
    CHECK(examination != NULL);
    pthread_mutex_init(&examination->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&examination->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    examination->world = *world;
    examination->holders = 1;
    return examination;
}

/* Lets go with the lock held, which is given up. */
static void end(struct examination *examination)
{
    const bool last = --examination->holders == 0;
    pthread_mutex_unlock(&examination->lock);
    if (!last)
        return;
    pthread_cond_destroy(&examination->changed);
    pthread_mutex_destroy(&examination->lock);
    free(examination);
}

static void *visit(void *argument)
{
    struct visit *visit = argument;
    struct examination *examination = visit->examination;
    struct doctor_finding finding = {.status = DOCTOR_STATUS_UNKNOWN};
    visit->check->look(&examination->world, &finding);
    CHECK(finding.why[0] != '\0');
    pthread_mutex_lock(&examination->lock);
    visit->finding = finding;
    visit->done = true;
    pthread_cond_signal(&examination->changed);
    end(examination);
    return NULL;
}

/* With the lock held. */
static void start(struct examination *examination, struct visit *at,
                  const struct doctor_check *check)
{
    pthread_t thread;
    *at = (struct visit){.examination = examination, .check = check};
    const int code = pthread_create(&thread, NULL, visit, at);
    if (code == 0) {
        pthread_detach(thread);
        examination->holders++;
        return;
    }
    checks_say(&at->finding, DOCTOR_STATUS_UNKNOWN, "there is no thread to look with: %s",
               strerror(code));
    at->done = true;
}

static struct timespec deadline_after(int wait_msec)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += wait_msec / 1000;
    at.tv_nsec += (long)(wait_msec % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_nsec -= 1000000000;
        at.tv_sec++;
    }
    return at;
}

void doctor_examine(const struct doctor_world *world, const struct doctor_check *const *checks,
                    size_t count, int deadline_msec, struct doctor_finding *findings)
{
    CHECK(count <= DOCTOR_CHECKS_MAX);
    struct examination *examination = begin(world);
    const struct timespec deadline = deadline_after(deadline_msec);
    pthread_mutex_lock(&examination->lock);
    for (size_t i = 0; i < count; i++)
        start(examination, &examination->visits[i], checks[i]);
    for (size_t i = 0; i < count; i++) {
        struct visit *at = &examination->visits[i];
        int code = 0;
        while (!at->done && code == 0)
            code = pthread_cond_timedwait(&examination->changed, &examination->lock, &deadline);
        findings[i] = at->finding;
        if (!at->done) {
            checks_say(&findings[i], DOCTOR_STATUS_UNKNOWN, "the system did not answer within %d s",
                       deadline_msec / 1000);
            checks_mend(&findings[i], "look for a disk or a device that hangs: 'dmesg' names it");
        }
    }
    end(examination);
}
