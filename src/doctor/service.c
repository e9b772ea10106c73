/* SPDX-License-Identifier: MIT */
/* The clock, the port, and the daemon. */
#include "config.h"

#include "doctor/checks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define CLOCK_FIRST_SEC 1767225600 /* 2026-01-01: this program is not older. */
#define CLOCK_LAST_SEC  4102444800 /* 2100-01-01. */
#define DAY_SEC         86400

/* ---- The clock --------------------------------------------------------------------------------
 */

/* When the journal was last written, by this clock; 0 if there is none. */
static int64_t last_written_sec(const struct doctor_world *world)
{
    char path[PATH_MAX];
    struct stat status;
    int64_t last = 0;
    static const char *const names[] = {"journal.db", "journal.db-wal"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", world->state, names[i]);
        if (stat(path, &status) == 0 && status.st_mtime > last)
            last = status.st_mtime;
    }
    return last;
}

static long long year_of(int64_t sec)
{
    const time_t time = (time_t)sec;
    struct tm parts = {0};
    return gmtime_r(&time, &parts) ? parts.tm_year + 1900LL : 0;
}

void checks_clock(const struct doctor_world *world, struct doctor_finding *out)
{
    static const char SET[] = "set it with 'sudo timedatectl set-ntp true', or by hand with 'sudo "
                              "date --set'; play does not depend on it, logs do";
    struct doctor_clock clock = {0};
    const int error = world->system->clock(world->system->context, &clock);
    const int64_t written = last_written_sec(world);
    if (error < 0) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "the clock cannot be read: %s", strerror(-error));
        return;
    }
    if (clock.now_sec < CLOCK_FIRST_SEC || clock.now_sec >= CLOCK_LAST_SEC) {
        checks_say(out, DOCTOR_STATUS_WARN, "the clock is far off: it says that it is %lld",
                   year_of(clock.now_sec));
    } else if (written > clock.now_sec + DAY_SEC) {
        checks_say(out, DOCTOR_STATUS_WARN,
                   "the clock is off: the journal was written %lld days from now",
                   (long long)(written - clock.now_sec) / DAY_SEC);
    } else if (clock.synchronised == DOCTOR_NO) {
        checks_say(out, DOCTOR_STATUS_WARN, "nothing keeps the clock right: it may be off");
    } else if (clock.synchronised == DOCTOR_NOT_KNOWN) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN,
                   "the clock is plausible; whether something keeps it right cannot be asked here");
        return;
    } else {
        checks_say(out, DOCTOR_STATUS_OK, "the clock is kept right");
        return;
    }
    checks_mend(out, "%s", SET);
}

/* ---- The port ---------------------------------------------------------------------------------
 */

void checks_udp(const struct doctor_world *world, struct doctor_finding *out)
{
    char sentence[UDP_ERROR_SIZE] = "";
    struct doctor_daemon daemon = {0};
    const struct doctor_system *system = world->system;
    if (system->daemon(system->context, world->state, &daemon) == 0 && daemon.listen[0]) {
        checks_say(out, DOCTOR_STATUS_OK, "bitcrapsd listens at %s", daemon.listen);
        return;
    }
    const int error = system->bind_udp(system->context, world->listen, sentence);
    if (error == 0) {
        checks_say(out, DOCTOR_STATUS_OK, "%s is free to listen at", world->listen);
        return;
    }
    const char *why = sentence[0] ? sentence : strerror(-error);
    if (error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -ENOBUFS) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "%s could not be tried: %s", world->listen, why);
        return;
    }
    checks_say(out, DOCTOR_STATUS_FAIL, "%s", why);
    checks_mend(out, error == -EADDRINUSE
                         ? "if that is a bitcrapsd with another state directory, give this one "
                           "another port: bitcrapsd --listen 0.0.0.0:0 takes any"
                         : "start bitcrapsd with an address of this machine: --listen "
                           "0.0.0.0:7667 for all of them");
}

/* ---- The daemon -------------------------------------------------------------------------------
 */

static void judge_answer(const struct doctor_daemon *daemon, struct doctor_finding *out)
{
    if (daemon->degraded == DOCTOR_YES) {
        checks_say(out, DOCTOR_STATUS_WARN, "bitcrapsd %s runs, but says that it is degraded",
                   daemon->version);
        checks_mend(out, "see 'bitcraps status' and its log");
    } else if (strcmp(daemon->version, PACKAGE_VERSION) != 0) {
        checks_say(out, DOCTOR_STATUS_WARN, "bitcrapsd %s runs, but this program is %s",
                   daemon->version, PACKAGE_VERSION);
        checks_mend(out, "restart bitcrapsd after an upgrade");
    } else {
        checks_say(out, DOCTOR_STATUS_OK, "bitcrapsd %s runs and answers", daemon->version);
    }
}

void checks_daemon(const struct doctor_world *world, struct doctor_finding *out)
{
    struct doctor_daemon daemon = {0};
    const int error = world->system->daemon(world->system->context, world->state, &daemon);
    switch (-error) {
    case 0:
        judge_answer(&daemon, out);
        return;
    case ENOENT:
    case ECONNREFUSED:
        checks_say(out, DOCTOR_STATUS_WARN, "no bitcrapsd runs in %s", world->state);
        checks_mend(out, "start it: 'bitcrapsd --state %s'", world->state);
        return;
    case EACCES:
    case EPERM:
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "this user may not talk to the daemon of %s",
                   world->state);
        checks_mend(out, "ask as the user that bitcrapsd runs as, or with sudo");
        return;
    case ETIMEDOUT:
        checks_say(out, DOCTOR_STATUS_FAIL, "bitcrapsd is there but does not answer within %d s",
                   DOCTOR_DAEMON_MSEC / 1000);
        checks_mend(out, "see its log, then restart it; it takes up where it was");
        return;
    default:
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "the daemon could not be asked: %s",
                   strerror(-error));
        return;
    }
}
