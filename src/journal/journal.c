/* SPDX-License-Identifier: MIT */
/*
 * Appends are copied into one of two areas of memory under a short lock; the journal thread swaps
 * the areas and writes the one that was filled as one transaction. So a batch waits for at most the
 * transaction before it, and the longer the disk takes, the more batches share the next fsync.
 *
 * The write-ahead log is carried back into the file (a checkpoint) by the same thread: when nothing
 * waits and the log is long, or when it has become very long.
 */
#include "journal/journal.h"

#include "base/check.h"
#include "journal/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define APPLICATION_ID        0x42437261 /* "BCra". */
#define CHECKPOINT_PAGES_IDLE 1000       /* SQLite's own default. */
#define CHECKPOINT_PAGES_MAX  16000      /* Some 64 MB. */

/* In an area, before each body. */
struct record_head {
    uint32_t kind;
    uint32_t size;
};

struct batch {
    uint64_t ticket;
    bool meta; /* One key and one value, as two bodies. */
    struct digest scope;
    uint32_t count;
    size_t offset; /* Of its first record_head in the area. */
};

struct area {
    uint8_t *bytes;
    size_t used;
    struct batch *batches;
    size_t count;
};

struct journal {
    char *path;
    int lock_fd;
    sqlite3 *database;
    sqlite3_stmt *insert;
    sqlite3_stmt *put;
    sqlite3_stmt *drop;
    bool replayed;
    uint64_t seq_last; /* The opening thread's until start, then the journal thread's. */
    struct digest chain_last;
    int log_pages;
    uint64_t seq_lasts[JOURNAL_WAITING_BATCHES]; /* Of the batches just written. */
    void (*complete)(void *context, const struct journal_receipt *receipt);
    void *context;
    bool started;
    pthread_t thread;

    pthread_mutex_t lock; /* Guards what follows. */
    pthread_cond_t filled;
    struct area areas[2];
    struct area *filling; /* The other one is the journal thread's. */
    bool closing;
    int error; /* Of the first failure; sticky. */
    char trouble[JOURNAL_SENTENCE_SIZE];
    struct journal_counters counters;
};

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS rows(seq INTEGER PRIMARY KEY, scope BLOB NOT NULL,"
    " kind INTEGER NOT NULL, body BLOB NOT NULL, chain BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;";

static int errno_of(int result)
{
    switch (result & 0xff) {
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EBADMSG;
    default:
        return -EIO;
    }
}

static int pragma_number(sqlite3 *database, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);

    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW) {
            *number = sqlite3_column_int64(statement, 0);
            result = SQLITE_OK;
        }
    }
    sqlite3_finalize(statement);
    return result;
}

static int remember_log_pages(void *context, sqlite3 *database, const char *name, int pages)
{
    struct journal *journal = context;
    (void)database;
    (void)name;
    journal->log_pages = pages;
    return SQLITE_OK;
}

/* Whether it is ours and of a version we read; a new file becomes version JOURNAL_SCHEMA. */
static enum journal_verdict check_schema(struct journal *journal,
                                         char sentence[static JOURNAL_SENTENCE_SIZE])
{
    sqlite3 *database = journal->database;
    int64_t application = 0, version = 0, tables = 0;
    char sql[128];

    int result = pragma_number(database, "PRAGMA application_id", &application);
    if (result == SQLITE_OK)
        result = pragma_number(database, "PRAGMA user_version", &version);
    if (result == SQLITE_OK)
        result = pragma_number(database, "SELECT count(*) FROM sqlite_schema", &tables);
    if (result != SQLITE_OK)
        return parts_explain(result, database, journal->path, sentence);
    if (tables > 0 && application != APPLICATION_ID) {
        parts_say(sentence,
                  "%s is a database of another program. Name another file for the journal.",
                  journal->path);
        return JOURNAL_FOREIGN;
    }
    if (version > JOURNAL_SCHEMA) {
        parts_say(
            sentence,
            "A later version of this program wrote the journal %s (schema %d, this one reads up to "
            "%d). Install that version.",
            journal->path, (int)version, JOURNAL_SCHEMA);
        return JOURNAL_NEWER;
    }
    if (version == JOURNAL_SCHEMA)
        return JOURNAL_OK;
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             APPLICATION_ID, JOURNAL_SCHEMA);
    result = sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(database, schema, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(database, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? JOURNAL_OK
                               : parts_explain(result, database, journal->path, sentence);
}

static enum journal_verdict open_database(struct journal *journal,
                                          char sentence[static JOURNAL_SENTENCE_SIZE])
{
    int result = sqlite3_open_v2(journal->path, &journal->database,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(journal->database,
                              "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                              "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF",
                              NULL, NULL, NULL);
    if (result != SQLITE_OK)
        return parts_explain(result, journal->database, journal->path, sentence);
    /* Takes the place of SQLite's own checkpoints after a commit. */
    sqlite3_wal_hook(journal->database, remember_log_pages, journal);
    const enum journal_verdict verdict = check_schema(journal, sentence);
    if (verdict != JOURNAL_OK)
        return verdict;
    static const char insert[] =
        "INSERT INTO rows(seq, scope, kind, body, chain) VALUES(?1, ?2, ?3, ?4, ?5)";
    static const char put[] = "INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)";
    static const char drop[] = "DELETE FROM meta WHERE key = ?1";
    sqlite3 *database = journal->database;
    result =
        sqlite3_prepare_v3(database, insert, -1, SQLITE_PREPARE_PERSISTENT, &journal->insert, NULL);
    if (result == SQLITE_OK)
        result =
            sqlite3_prepare_v3(database, put, -1, SQLITE_PREPARE_PERSISTENT, &journal->put, NULL);
    if (result == SQLITE_OK)
        result =
            sqlite3_prepare_v3(database, drop, -1, SQLITE_PREPARE_PERSISTENT, &journal->drop, NULL);
    return result == SQLITE_OK ? JOURNAL_OK
                               : parts_explain(result, database, journal->path, sentence);
}

/*
 * A lock on a file beside it: SQLite's own locks would let a second writer in between transactions.
 * Also makes sure that the journal is readable to its owner only.
 */
static enum journal_verdict lock_file(struct journal *journal,
                                      char sentence[static JOURNAL_SENTENCE_SIZE])
{
    char name[4096];
    const int size = snprintf(name, sizeof name, "%s.lock", journal->path);

    if (size < 0 || (size_t)size >= sizeof name) {
        parts_say(sentence, "The path of the journal is too long. Choose a shorter one.");
        return JOURNAL_FAILED;
    }
    journal->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (journal->lock_fd < 0) {
        const int error = errno;
        parts_say(sentence,
                  "Cannot open %s: %s. Check that the folder exists and may be written to.", name,
                  strerror(error));
        return error == ENOSPC ? JOURNAL_FULL : JOURNAL_FAILED;
    }
    if (flock(journal->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        parts_say(
            sentence,
            "Another process uses the journal %s. Stop it, or give this one a folder of its own.",
            journal->path);
        return JOURNAL_LOCKED;
    }
    const int fd = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        const int error = errno;
        parts_say(sentence, "Cannot open the journal %s: %s. Check its permissions.", journal->path,
                  strerror(error));
        return error == ENOSPC ? JOURNAL_FULL : JOURNAL_FAILED;
    }
    close(fd);
    return JOURNAL_OK;
}

static bool take_memory(struct journal *journal, const char *path)
{
    journal->path = strdup(path);
    for (int i = 0; i < 2; i++) {
        struct area *area = &journal->areas[i];
        area->bytes = malloc(JOURNAL_WAITING_SIZE);
        area->batches = calloc(JOURNAL_WAITING_BATCHES, sizeof *area->batches);
        if (area->bytes == NULL || area->batches == NULL)
            return false;
    }
    journal->filling = &journal->areas[0];
    return journal->path != NULL;
}

static void release_all(struct journal *journal)
{
    sqlite3_finalize(journal->insert);
    sqlite3_finalize(journal->put);
    sqlite3_finalize(journal->drop);
    if (journal->database != NULL) {
        const int result = sqlite3_close(journal->database);
        CHECK(result == SQLITE_OK);
    }
    if (journal->lock_fd >= 0)
        close(journal->lock_fd);
    for (int i = 0; i < 2; i++) {
        free(journal->areas[i].bytes);
        free(journal->areas[i].batches);
    }
    pthread_cond_destroy(&journal->filled);
    pthread_mutex_destroy(&journal->lock);
    free(journal->path);
    free(journal);
}

enum journal_verdict journal_open(const char *path, struct journal **out,
                                  char sentence[static JOURNAL_SENTENCE_SIZE])
{
    enum journal_verdict verdict = JOURNAL_FAILED;

    *out = NULL;
    sentence[0] = '\0';
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) {
        parts_say(sentence, "There is no memory left for the journal.");
        return JOURNAL_FAILED;
    }
    journal->lock_fd = -1;
    pthread_mutex_init(&journal->lock, NULL);
    pthread_cond_init(&journal->filled, NULL);
    if (take_memory(journal, path)) {
        verdict = lock_file(journal, sentence);
        if (verdict == JOURNAL_OK)
            verdict = open_database(journal, sentence);
    } else {
        parts_say(sentence, "There is no memory left for the journal.");
    }
    if (verdict == JOURNAL_OK)
        *out = journal;
    else
        release_all(journal);
    return verdict;
}

enum journal_verdict journal_replay(struct journal *journal,
                                    bool (*row)(void *context, const struct journal_row *row),
                                    void *context, char sentence[static JOURNAL_SENTENCE_SIZE])
{
    CHECK(!journal->replayed && !journal->started);

    enum journal_verdict verdict = JOURNAL_OK;
    sqlite3_stmt *statement = NULL;
    sentence[0] = '\0';
    int result = sqlite3_prepare_v2(journal->database,
                                    "SELECT seq, scope, kind, body, chain FROM rows ORDER BY seq",
                                    -1, &statement, NULL);
    while (result == SQLITE_OK || result == SQLITE_ROW) {
        result = sqlite3_step(statement);
        if (result != SQLITE_ROW)
            break;
        struct journal_row found;
        if (!parts_take_row(statement, &found) || found.seq != journal->seq_last + 1 ||
            !parts_chain_holds(&journal->chain_last, &found)) {
            verdict = parts_damaged_at(journal->path, journal->seq_last + 1, sentence);
            break;
        }
        if (row != NULL && !row(context, &found)) {
            verdict = JOURNAL_FAILED;
            break;
        }
        journal->seq_last = found.seq;
        journal->chain_last = found.chain;
    }
    if (verdict == JOURNAL_OK && result != SQLITE_DONE) {
        if ((result & 0xff) == SQLITE_CORRUPT)
            verdict = parts_damaged_at(journal->path, journal->seq_last + 1, sentence);
        else
            verdict = parts_explain(result, journal->database, journal->path, sentence);
    }
    sqlite3_finalize(statement);
    journal->replayed = verdict == JOURNAL_OK;
    return verdict;
}

void journal_limit(struct journal *journal, uint64_t size)
{
    int64_t page_size = 4096;
    char sql[64];

    CHECK(journal->replayed);
    pragma_number(journal->database, "PRAGMA page_size", &page_size);
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %llu",
             (unsigned long long)(size / (uint64_t)page_size));
    /* SQLite never goes below the pages there are: then the next row finds the file full. */
    sqlite3_exec(journal->database, sql, NULL, NULL, NULL);
}

/* The journal thread. */

/* The next body of an area. Heads are copied, as bodies of any length leave them unaligned. */
static struct bytes next_body(const struct area *area, size_t *offset, uint32_t *kind)
{
    struct record_head head;
    memcpy(&head, area->bytes + *offset, sizeof head);
    const struct bytes body = {.at = area->bytes + *offset + sizeof head, .size = head.size};
    *offset += sizeof head + head.size;
    *kind = head.kind;
    return body;
}

static int finish(sqlite3_stmt *statement)
{
    const int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

/* An empty blob must still be a blob: SQLite binds a NULL pointer as NULL. */
static void bind_body(sqlite3_stmt *statement, int column, struct bytes body)
{
    sqlite3_bind_blob(statement, column, body.size == 0 ? "" : (const void *)body.at,
                      (int)body.size, SQLITE_STATIC);
}

static int write_row(struct journal *journal, const struct digest *scope, uint32_t kind,
                     struct bytes body, uint64_t seq, struct digest *chain)
{
    sqlite3_stmt *insert = journal->insert;

    *chain = parts_chain(chain, scope, kind, body);
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)seq);
    sqlite3_bind_blob(insert, 2, scope->bytes, DIGEST_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 3, kind);
    bind_body(insert, 4, body);
    sqlite3_bind_blob(insert, 5, chain->bytes, DIGEST_SIZE, SQLITE_STATIC);
    return finish(insert);
}

static int write_meta(struct journal *journal, struct bytes key, struct bytes value)
{
    sqlite3_stmt *statement = value.size == 0 ? journal->drop : journal->put;

    sqlite3_bind_text(statement, 1, (const char *)key.at, (int)key.size, SQLITE_STATIC);
    if (value.size > 0)
        bind_body(statement, 2, value);
    return finish(statement);
}

static int write_batch(struct journal *journal, const struct area *area, const struct batch *batch,
                       uint64_t *seq, struct digest *chain)
{
    size_t offset = batch->offset;
    uint32_t kind;

    if (batch->meta) {
        const struct bytes key = next_body(area, &offset, &kind);
        const struct bytes value = next_body(area, &offset, &kind);
        return write_meta(journal, key, value);
    }
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct bytes body = next_body(area, &offset, &kind);
        const int result = write_row(journal, &batch->scope, kind, body, ++*seq, chain);
        if (result != SQLITE_OK)
            return result;
    }
    return SQLITE_OK;
}

/* All batches in one transaction. On failure nothing has changed that will ever be used again. */
static int write_area(struct journal *journal, const struct area *area, uint64_t *seq_lasts)
{
    uint64_t seq = journal->seq_last;
    struct digest chain = journal->chain_last;

    int result = sqlite3_exec(journal->database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t i = 0; i < area->count && result == SQLITE_OK; i++) {
        result = write_batch(journal, area, &area->batches[i], &seq, &chain);
        seq_lasts[i] = area->batches[i].meta ? 0 : seq;
    }
    if (result == SQLITE_OK)
        result = sqlite3_exec(journal->database, "COMMIT", NULL, NULL, NULL);
    if (result == SQLITE_OK) {
        journal->seq_last = seq;
        journal->chain_last = chain;
    }
    return result;
}

static uint64_t now_usec(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void count_transaction(struct journal *journal, const struct area *area, uint64_t usec)
{
    struct journal_counters *counters = &journal->counters;
    uint64_t records = 0;
    uint64_t bytes = area->used;

    for (size_t i = 0; i < area->count; i++) {
        const struct batch *batch = &area->batches[i];
        records += batch->meta ? 0 : batch->count;
        bytes -= (batch->meta ? 2 : batch->count) * sizeof(struct record_head);
    }
    pthread_mutex_lock(&journal->lock);
    counters->transactions++;
    counters->batches += area->count;
    counters->records += records;
    counters->bytes += bytes;
    histogram_record(&counters->batch_records, records);
    histogram_record(&counters->commit_usec, usec);
    pthread_mutex_unlock(&journal->lock);
}

/* From here on nothing is written: what comes after a lost batch must not outlive it. */
static void fail(struct journal *journal, int result)
{
    char sentence[JOURNAL_SENTENCE_SIZE];

    parts_explain(result, journal->database, journal->path, sentence);
    if (!sqlite3_get_autocommit(journal->database))
        sqlite3_exec(journal->database, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_lock(&journal->lock);
    journal->error = errno_of(result);
    memcpy(journal->trouble, sentence, sizeof sentence);
    pthread_mutex_unlock(&journal->lock);
}

static void write_and_report(struct journal *journal, struct area *area)
{
    /* Only this thread sets the error, so it may read it without the lock. */
    if (journal->error == 0) {
        const uint64_t began = now_usec();
        const int result = write_area(journal, area, journal->seq_lasts);
        if (result == SQLITE_OK)
            count_transaction(journal, area, now_usec() - began);
        else
            fail(journal, result);
    }
    for (size_t i = 0; i < area->count; i++) {
        const struct journal_receipt receipt = {
            .ticket = area->batches[i].ticket,
            .error = journal->error,
            .seq_last = journal->error == 0 ? journal->seq_lasts[i] : 0,
        };
        journal->complete(journal->context, &receipt);
    }
    area->used = 0;
    area->count = 0;
}

/*
 * Carries the log back into the file as far as readers allow. Its failure harms nothing: the log
 * stays, and is carried back another time.
 */
static void checkpoint(struct journal *journal)
{
    if (sqlite3_wal_checkpoint_v2(journal->database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
        SQLITE_OK) {
        pthread_mutex_lock(&journal->lock);
        journal->counters.checkpoints++;
        pthread_mutex_unlock(&journal->lock);
    }
    journal->log_pages = 0;
}

/* The area that was filled, or NULL when nothing waits; then wait says whether to wait for it. */
static struct area *swap_areas(struct journal *journal, bool wait, bool *closing)
{
    struct area *area = NULL;

    pthread_mutex_lock(&journal->lock);
    while (wait && journal->filling->count == 0 && !journal->closing)
        pthread_cond_wait(&journal->filled, &journal->lock);
    if (journal->filling->count > 0) {
        area = journal->filling;
        journal->filling = area == &journal->areas[0] ? &journal->areas[1] : &journal->areas[0];
    }
    *closing = journal->closing;
    pthread_mutex_unlock(&journal->lock);
    return area;
}

static void *run(void *argument)
{
    struct journal *journal = argument;
    bool closing = false;

    for (;;) {
        const bool long_log = journal->log_pages >= CHECKPOINT_PAGES_IDLE;
        struct area *area = swap_areas(journal, !long_log, &closing);
        if (area != NULL)
            write_and_report(journal, area);
        if ((area == NULL && long_log) || journal->log_pages >= CHECKPOINT_PAGES_MAX)
            checkpoint(journal);
        if (area == NULL && closing)
            return NULL;
    }
}

enum journal_verdict journal_start(struct journal *journal,
                                   void (*complete)(void *context,
                                                    const struct journal_receipt *receipt),
                                   void *context)
{
    CHECK(journal->replayed && !journal->started);
    journal->complete = complete;
    journal->context = context;
    if (pthread_create(&journal->thread, NULL, run, journal) != 0)
        return JOURNAL_FAILED;
    journal->started = true;
    return JOURNAL_OK;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->started) {
        pthread_mutex_lock(&journal->lock);
        journal->closing = true;
        pthread_cond_signal(&journal->filled);
        pthread_mutex_unlock(&journal->lock);
        pthread_join(journal->thread, NULL);
    }
    release_all(journal);
}

/* The side of the workers. */

static void add_record(struct area *area, uint32_t kind, struct bytes body)
{
    const struct record_head head = {.kind = kind, .size = (uint32_t)body.size};

    memcpy(area->bytes + area->used, &head, sizeof head);
    if (body.size > 0)
        memcpy(area->bytes + area->used + sizeof head, body.at, body.size);
    area->used += sizeof head + body.size;
}

static enum journal_verdict enqueue(struct journal *journal, struct batch batch,
                                    const struct journal_record *records, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        CHECK(records[i].body.size <= JOURNAL_BODY_MAX);
        size += sizeof(struct record_head) + records[i].body.size;
    }
    CHECK(size <= JOURNAL_WAITING_SIZE);

    enum journal_verdict verdict = JOURNAL_OK;
    pthread_mutex_lock(&journal->lock);
    CHECK(!journal->closing);
    struct area *area = journal->filling;
    if (area->count == JOURNAL_WAITING_BATCHES || size > JOURNAL_WAITING_SIZE - area->used) {
        journal->counters.busy++;
        verdict = JOURNAL_BUSY;
    } else {
        batch.count = (uint32_t)count;
        batch.offset = area->used;
        for (size_t i = 0; i < count; i++)
            add_record(area, records[i].kind, records[i].body);
        area->batches[area->count++] = batch;
        if (area->count == 1)
            pthread_cond_signal(&journal->filled);
    }
    pthread_mutex_unlock(&journal->lock);
    return verdict;
}

enum journal_verdict journal_append(struct journal *journal, const struct digest *scope,
                                    const struct journal_record *records, size_t count,
                                    uint64_t ticket)
{
    CHECK(journal->started);
    return enqueue(journal, (struct batch){.ticket = ticket, .scope = *scope}, records, count);
}

enum journal_verdict journal_meta_put(struct journal *journal, const char *key, struct bytes value,
                                      uint64_t ticket)
{
    const struct bytes key_bytes = {.at = (const uint8_t *)key, .size = strlen(key)};
    const struct journal_record records[2] = {{.body = key_bytes}, {.body = value}};

    CHECK(journal->started);
    CHECK(key_bytes.size <= JOURNAL_KEY_MAX && value.size <= JOURNAL_VALUE_MAX);
    return enqueue(journal, (struct batch){.ticket = ticket, .meta = true}, records, 2);
}

void journal_trouble(struct journal *journal, char sentence[static JOURNAL_SENTENCE_SIZE])
{
    pthread_mutex_lock(&journal->lock);
    memcpy(sentence, journal->trouble, sizeof journal->trouble);
    pthread_mutex_unlock(&journal->lock);
}

void journal_counters(struct journal *journal, struct journal_counters *counters)
{
    pthread_mutex_lock(&journal->lock);
    *counters = journal->counters;
    pthread_mutex_unlock(&journal->lock);
}

const char *parts_path(const struct journal *journal)
{
    return journal->path;
}
