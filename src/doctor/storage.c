/* SPDX-License-Identifier: MIT */
/* The state directory: whether bitcrapsd would take it, and what is in it. */
#include "doctor/checks.h"
#include "doctor/facts.h"
#include "platform/posix/files.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPACE_LEAST  (16ull << 20)  /* Bytes: less, and a long evening fills the disk. */
#define SPACE_ENOUGH (256ull << 20) /* Bytes: less, and it should be watched. */

/* What people call a user: the name, or else the number. */
static void name_of(uid_t user, char out[static 64])
{
    struct passwd entry, *found = NULL;
    char text[1024];
    if (getpwuid_r(user, &entry, text, sizeof text, &found) == 0 && found)
        snprintf(out, 64, "%s", found->pw_name);
    else
        snprintf(out, 64, "user %u", (unsigned)user);
}

bool checks_nearest(const struct doctor_world *world, char out[static PATH_MAX])
{
    struct stat status;
    if (snprintf(out, PATH_MAX, "%s", world->state) >= PATH_MAX)
        return false;
    while (stat(out, &status) < 0 && errno == ENOENT) {
        char *slash = strrchr(out, '/');
        if (!slash)
            snprintf(out, PATH_MAX, ".");
        else if (slash == out)
            out[1] = '\0';
        else
            *slash = '\0';
    }
    return stat(out, &status) == 0;
}

/* ---- The directory ----------------------------------------------------------------------------
 */

/* It is not there: could bitcrapsd make it? */
static void judge_absent(const struct doctor_world *world, struct doctor_finding *out)
{
    char parent[PATH_MAX];
    struct stat status;
    if (!checks_nearest(world, parent) || stat(parent, &status) < 0) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "%s cannot be looked for: %s", world->state,
                   strerror(errno));
    } else if (!S_ISDIR(status.st_mode) || access(parent, W_OK | X_OK) < 0) {
        checks_say(out, DOCTOR_STATUS_FAIL, "%s is not there and cannot be made in %s",
                   world->state, parent);
        checks_mend(out, "choose another directory with --state or BITCRAPS_STATE");
    } else {
        checks_say(out, DOCTOR_STATUS_OK, "%s is not there yet: bitcrapsd makes it", world->state);
    }
}

static void judge_directory(const struct doctor_world *world, const struct stat *status,
                            struct doctor_finding *out)
{
    const unsigned mode = status->st_mode & 07777;
    char owner[64];
    name_of(status->st_uid, owner);
    if (mode & (S_IWGRP | S_IWOTH)) {
        checks_say(out, DOCTOR_STATUS_FAIL,
                   "others can write to %s (mode %04o), so bitcrapsd refuses it", world->state,
                   mode);
        checks_mend(out, "chmod 700 %s", world->state);
    } else if ((mode & S_IRWXU) != S_IRWXU) {
        checks_say(out, DOCTOR_STATUS_FAIL, "%s, its owner, cannot write to %s (mode %04o)", owner,
                   world->state, mode);
        checks_mend(out, "chmod 700 %s", world->state);
    } else if (status->st_uid != world->user && world->user != 0) {
        checks_say(out, DOCTOR_STATUS_WARN,
                   "%s belongs to %s: bitcrapsd uses it only when it runs as that user",
                   world->state, owner);
        checks_mend(out,
                    "ask as that user ('sudo -u %s bitcraps doctor'), or choose another "
                    "directory with --state",
                    owner);
    } else if (mode & (S_IROTH | S_IXOTH)) {
        checks_say(out, DOCTOR_STATUS_WARN, "everyone can look into %s (mode %04o)", world->state,
                   mode);
        checks_mend(out, "chmod 700 %s", world->state);
    } else {
        checks_say(out, DOCTOR_STATUS_OK, "%s belongs to %s, mode %04o", world->state, owner, mode);
    }
}

void checks_state(const struct doctor_world *world, struct doctor_finding *out)
{
    struct stat status;
    if (stat(world->state, &status) == 0 && S_ISDIR(status.st_mode)) {
        judge_directory(world, &status, out);
    } else if (errno == ENOENT) {
        judge_absent(world, out);
    } else if (errno == EACCES) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "this user may not look at %s", world->state);
        checks_mend(out, "ask again with sudo");
    } else {
        checks_say(out, DOCTOR_STATUS_FAIL, "%s is not a directory that can be used", world->state);
        checks_mend(out, "choose another directory with --state or BITCRAPS_STATE");
    }
}

/* ---- Its files --------------------------------------------------------------------------------
 */

/*
 * Looks at a file of the state directory. True when there is one; else the finding says so: made is
 * what becomes of a missing one.
 */
static bool look_at_file(const struct doctor_world *world, const char *name, const char *made,
                         char path[static PATH_MAX], struct stat *status,
                         struct doctor_finding *out)
{
    if (snprintf(path, PATH_MAX, "%s/%s", world->state, name) < PATH_MAX &&
        lstat(path, status) == 0)
        return true;
    const int error = errno;
    if (error == ENOENT) {
        checks_say(out, DOCTOR_STATUS_OK, "%s is not there yet: %s", path, made);
        return false;
    }
    checks_say(out, DOCTOR_STATUS_UNKNOWN, "%s cannot be looked at: %s", path, strerror(error));
    if (error == EACCES)
        checks_mend(out, "ask again with sudo, or as the user that bitcrapsd runs as");
    return false;
}

void checks_identity(const struct doctor_world *world, struct doctor_finding *out)
{
    char path[PATH_MAX];
    struct stat status, directory;
    if (!look_at_file(world, "identity", "bitcrapsd makes it at its first start", path, &status,
                      out))
        return;
    const unsigned mode = status.st_mode & 07777;
    if (!S_ISREG(status.st_mode) || stat(world->state, &directory) < 0 ||
        status.st_uid != directory.st_uid) {
        checks_say(out, DOCTOR_STATUS_FAIL, "%s is no file of the directory's owner", path);
        checks_mend(out, "restore it from a backup: without it this node is somebody else");
    } else if (mode & (S_IRWXG | S_IRWXO)) {
        checks_say(out, DOCTOR_STATUS_FAIL,
                   "others can read the secret key in %s (mode %04o), so bitcrapsd refuses it",
                   path, mode);
        checks_mend(out, "if nobody has read it, chmod 600 %s; else move it away, for a new one",
                    path);
    } else if (status.st_size != FILES_SEED_SIZE) {
        checks_say(out, DOCTOR_STATUS_FAIL, "%s has %lld bytes instead of %d", path,
                   (long long)status.st_size, FILES_SEED_SIZE);
        checks_mend(out, "restore it from a backup: without it this node is somebody else");
    } else {
        checks_say(out, DOCTOR_STATUS_OK, "the key is there, and only its owner can read it");
    }
}

static void judge_journal(const char *path, bool log, enum facts_journal verdict,
                          struct doctor_finding *out)
{
    static const char RESTORE[] = "stop bitcrapsd, and restore the newest copy of the whole state "
                                  "directory";
    switch (verdict) {
    case FACTS_JOURNAL_SOUND:
        checks_say(out, DOCTOR_STATUS_OK,
                   "%s can be read; bitcrapsd checks every row when it starts", path);
        return;
    case FACTS_JOURNAL_YOUNG:
        checks_say(out, DOCTOR_STATUS_OK, "%s can be read and is %s", path,
                   log ? "all in its log still" : "empty");
        return;
    case FACTS_JOURNAL_FOREIGN:
        checks_say(out, DOCTOR_STATUS_FAIL, "%s is a database of another program", path);
        checks_mend(out, "choose another directory with --state, or move that file away");
        return;
    case FACTS_JOURNAL_NEWER:
        checks_say(out, DOCTOR_STATUS_FAIL, "a later version of this program wrote %s", path);
        checks_mend(out, "install that version");
        return;
    case FACTS_JOURNAL_DAMAGED:
        checks_say(out, DOCTOR_STATUS_FAIL, "%s is damaged at its beginning", path);
        checks_mend(out, RESTORE);
        return;
    case FACTS_JOURNAL_SHORT:
        /* While a log is carried back into the file, its end comes last. */
        checks_say(out, log ? DOCTOR_STATUS_UNKNOWN : DOCTOR_STATUS_FAIL,
                   "%s is shorter than it says%s", path,
                   log ? ", which it may be while its log is carried back" : "");
        checks_mend(out, log ? "ask again when bitcrapsd has stopped" : RESTORE);
        return;
    }
}

void checks_journal(const struct doctor_world *world, struct doctor_finding *out)
{
    char path[PATH_MAX], log[PATH_MAX + 8];
    uint8_t head[FACTS_HEAD_SIZE];
    uint64_t size = 0;
    struct stat status;
    if (!look_at_file(world, "journal.db", "bitcrapsd makes it at its first start", path, &status,
                      out))
        return;
    const ssize_t got = checks_read(path, head, sizeof head, &size);
    if (got < 0) {
        const bool denied = got == -EACCES;
        checks_say(out, denied ? DOCTOR_STATUS_UNKNOWN : DOCTOR_STATUS_FAIL,
                   "%s cannot be read: %s", path, strerror((int)-got));
        checks_mend(out, denied ? "ask again with sudo, or as the user that bitcrapsd runs as"
                                : "look at the disk: 'dmesg' names one that fails");
        return;
    }
    snprintf(log, sizeof log, "%s-wal", path);
    const bool has_log = stat(log, &status) == 0 && status.st_size > 0;
    const struct bytes bytes = {.at = head, .size = (size_t)got};
    judge_journal(path, has_log, facts_journal(bytes, size), out);
}

/* ---- Room -------------------------------------------------------------------------------------
 */

void checks_space(const struct doctor_world *world, struct doctor_finding *out)
{
    char path[PATH_MAX];
    struct doctor_space space = {0};
    int error = -ENOENT;
    if (checks_nearest(world, path))
        error = world->system->space(world->system->context, path, &space);
    const unsigned long long free_mib = space.free_bytes >> 20;
    if (error < 0) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "room for %s cannot be asked for: %s", world->state,
                   strerror(-error));
    } else if (space.read_only) {
        checks_say(out, DOCTOR_STATUS_FAIL, "the disk of %s can only be read", path);
        checks_mend(out,
                    "choose another disk with --state, or mount this one for writing; one that "
                    "became so by itself is failing ('dmesg')");
    } else if (space.no_files_left || space.free_bytes < SPACE_LEAST) {
        checks_say(out, DOCTOR_STATUS_FAIL, "the disk of %s is full: %llu MiB left%s", path,
                   free_mib, space.no_files_left ? ", and no more files" : "");
        checks_mend(out, "make room, or choose another disk with --state");
    } else if (space.free_bytes < SPACE_ENOUGH) {
        checks_say(out, DOCTOR_STATUS_WARN, "the disk of %s has only %llu MiB left", path,
                   free_mib);
        checks_mend(out, "make room: a node stops when it cannot write its journal");
    } else {
        checks_say(out, DOCTOR_STATUS_OK, "%llu MiB are left on the disk of %s", free_mib, path);
    }
}
