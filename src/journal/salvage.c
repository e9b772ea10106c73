/* SPDX-License-Identifier: MIT */
#include "journal/salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 1000 /* Damaged journals beside each other. */

/* Where the rows go. */
struct copy {
    struct journal *to;
    uint64_t rows;
    int error; /* Of the first batch that is not durable; the journal's thread writes it. */
};

static void row_done(void *context, const struct journal_receipt *receipt)
{
    struct copy *copy = context;
    if (receipt->error != 0)
        copy->error = receipt->error;
}

static bool copy_row(void *context, const struct journal_row *row)
{
    struct copy *copy = context;
    const struct journal_record record = {.kind = row->kind, .body = row->body};
    enum journal_verdict verdict;
    while ((verdict = journal_append(copy->to, &row->scope, &record, 1, row->seq)) == JOURNAL_BUSY)
        poll(NULL, 0, 1);
    copy->rows = row->seq;
    return verdict == JOURNAL_OK;
}

/* A file of its own for the good rows, started. */
static enum journal_verdict open_copy(const char *path, struct copy *copy,
                                      char sentence[static JOURNAL_SENTENCE_SIZE])
{
    if (unlink(path) != 0 && errno != ENOENT) {
        snprintf(sentence, JOURNAL_SENTENCE_SIZE, "Cannot remove %s: %s. Check its permissions.",
                 path, strerror(errno));
        return JOURNAL_FAILED;
    }
    enum journal_verdict verdict = journal_open(path, &copy->to, sentence);
    if (verdict == JOURNAL_OK)
        verdict = journal_replay(copy->to, NULL, NULL, sentence);
    if (verdict == JOURNAL_OK)
        verdict = journal_start(copy->to, row_done, copy);
    return verdict;
}

/* Copies the rows before the damage; JOURNAL_OK when all of them are durable. */
static enum journal_verdict copy_rows(const char *path, const char *fresh, uint64_t *rows,
                                      char sentence[static JOURNAL_SENTENCE_SIZE])
{
    struct copy copy = {.rows = 0};
    struct journal *damaged = NULL;
    enum journal_verdict verdict = open_copy(fresh, &copy, sentence);
    if (verdict == JOURNAL_OK && journal_open(path, &damaged, sentence) == JOURNAL_OK) {
        verdict = journal_replay(damaged, copy_row, &copy, sentence);
        verdict = verdict == JOURNAL_CORRUPT ? JOURNAL_OK : verdict;
        journal_close(damaged);
    }
    journal_close(copy.to);
    if (verdict == JOURNAL_OK && copy.error != 0) {
        snprintf(sentence, JOURNAL_SENTENCE_SIZE, "Writing %s failed: %s. Free some space there.",
                 fresh, strerror(-copy.error));
        verdict = JOURNAL_FAILED;
    }
    *rows = copy.rows;
    return verdict;
}

static bool sync_folder(const char *path)
{
    char name[SALVAGE_NAME_SIZE];
    snprintf(name, sizeof name, "%s", path);
    const int fd = open(dirname(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return done;
}

/* The log of a database goes where its file goes, or it would be taken for that of the new one. */
static bool move_log(const char *path, const char *aside)
{
    char from[SALVAGE_NAME_SIZE + 8];
    char to[SALVAGE_NAME_SIZE + 8];
    snprintf(from, sizeof from, "%s-shm", path);
    if (unlink(from) != 0 && errno != ENOENT)
        return false;
    snprintf(from, sizeof from, "%s-wal", path);
    snprintf(to, sizeof to, "%s-wal", aside);
    return rename(from, to) == 0 || errno == ENOENT;
}

/* At each point in between there is a journal at path: the damaged one, or the new one. */
static bool exchange(const char *path, const char *fresh, char aside[static SALVAGE_NAME_SIZE])
{
    for (unsigned i = 1; i <= NAMES_MAX; i++) {
        snprintf(aside, SALVAGE_NAME_SIZE, "%s.damaged-%u", path, i);
        if (link(path, aside) == 0)
            return move_log(path, aside) && rename(fresh, path) == 0 && sync_folder(path);
        if (errno != EEXIST)
            return false;
    }
    return false;
}

/* Whether the journal is whole; a file that is not there is. */
static enum journal_verdict look(const char *path, char sentence[static JOURNAL_SENTENCE_SIZE])
{
    struct journal *journal = NULL;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return JOURNAL_OK;
    enum journal_verdict verdict = journal_open(path, &journal, sentence);
    if (verdict == JOURNAL_OK)
        verdict = journal_replay(journal, NULL, NULL, sentence);
    journal_close(journal);
    return verdict;
}

enum journal_verdict journal_salvage(const char *path, struct salvage *out,
                                     char sentence[static JOURNAL_SENTENCE_SIZE])
{
    char fresh[SALVAGE_NAME_SIZE];
    char lock[SALVAGE_NAME_SIZE + 8];
    memset(out, 0, sizeof *out);
    if (strlen(path) + 32 > sizeof fresh) {
        snprintf(sentence, JOURNAL_SENTENCE_SIZE, "The path of the journal is too long.");
        return JOURNAL_FAILED;
    }
    enum journal_verdict verdict = look(path, sentence);
    if (verdict != JOURNAL_CORRUPT)
        return verdict;
    snprintf(fresh, sizeof fresh, "%s.new", path);
    snprintf(lock, sizeof lock, "%s.lock", fresh);
    verdict = copy_rows(path, fresh, &out->rows, sentence);
    unlink(lock);
    if (verdict != JOURNAL_OK)
        return verdict;
    if (!exchange(path, fresh, out->aside)) {
        snprintf(sentence, JOURNAL_SENTENCE_SIZE,
                 "Cannot put %s in the place of the damaged journal: %s. Check the folder.", fresh,
                 strerror(errno));
        return JOURNAL_FAILED;
    }
    out->damaged = true;
    return JOURNAL_OK;
}
