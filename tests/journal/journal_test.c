/* SPDX-License-Identifier: MIT */
/*
 * The journal: what was reported durable is there after any end of the process; damage, other
 * owners, full disks and newer files are told apart; everything that waits shares one fsync.
 *
 * fdatasync and fsync are replaced here by versions that count, block and fail on demand: SQLite's
 * library calls them through the executable.
 */
#include "journal/journal.h"
#include "journal/salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define TICKETS_MAX 4096

/* The disk. */
static atomic_uint syncs;
static atomic_bool sync_fails;
static pthread_mutex_t sync_gate = PTHREAD_MUTEX_INITIALIZER; /* Held: syncs block. */

static int sync_file(long call, int fd)
{
    pthread_mutex_lock(&sync_gate);
    pthread_mutex_unlock(&sync_gate);
    atomic_fetch_add(&syncs, 1);
    if (atomic_load(&sync_fails)) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(call, fd);
}

int fdatasync(int fd)
{
    return sync_file(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return sync_file(SYS_fsync, fd);
}

/* A folder of its own for each test. */
struct place {
    char folder[256];
    char path[300];
};

static int make_place(void **state)
{
    const char *temporary = getenv("TMPDIR");
    struct place *place = calloc(1, sizeof *place);

    snprintf(place->folder, sizeof place->folder, "%s/bitcraps-journal-XXXXXX",
             temporary == NULL ? "/tmp" : temporary);
    if (mkdtemp(place->folder) == NULL)
        return -1;
    snprintf(place->path, sizeof place->path, "%s/journal", place->folder);
    *state = place;
    return 0;
}

static int clear_place(void **state)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock", "-journal"};
    struct place *place = *state;
    char name[512];

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(name, sizeof name, "%s%s", place->path, endings[i]);
        unlink(name);
    }
    rmdir(place->folder);
    free(place);
    return 0;
}

/* Receipts, by ticket. */
struct receipts {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t count;
    uint64_t ticket_last; /* They must come in the order of the appends. */
    struct journal_receipt of[TICKETS_MAX];
};

static void note(void *context, const struct journal_receipt *receipt)
{
    struct receipts *receipts = context;
    pthread_mutex_lock(&receipts->lock);
    if (receipt->ticket <= receipts->ticket_last)
        abort();
    receipts->ticket_last = receipt->ticket;
    receipts->of[receipt->ticket] = *receipt;
    receipts->count++;
    pthread_cond_signal(&receipts->changed);
    pthread_mutex_unlock(&receipts->lock);
}

static void await(struct receipts *receipts, uint64_t count)
{
    pthread_mutex_lock(&receipts->lock);
    while (receipts->count < count)
        pthread_cond_wait(&receipts->changed, &receipts->lock);
    pthread_mutex_unlock(&receipts->lock);
}

static struct receipts *make_receipts(void)
{
    struct receipts *receipts = calloc(1, sizeof *receipts);
    pthread_mutex_init(&receipts->lock, NULL);
    pthread_cond_init(&receipts->changed, NULL);
    return receipts;
}

static struct digest scope_of(uint8_t number)
{
    struct digest scope;
    memset(scope.bytes, number, sizeof scope.bytes);
    return scope;
}

static struct journal *open_and_replay(const char *path,
                                       bool (*row)(void *context, const struct journal_row *row),
                                       void *context)
{
    char sentence[JOURNAL_SENTENCE_SIZE];
    struct journal *journal;

    assert_int_equal(journal_open(path, &journal, sentence), JOURNAL_OK);
    assert_string_equal(sentence, "");
    assert_int_equal(journal_replay(journal, row, context, sentence), JOURNAL_OK);
    return journal;
}

static struct journal *start(const char *path, struct receipts *receipts)
{
    struct journal *journal = open_and_replay(path, NULL, NULL);
    assert_int_equal(journal_start(journal, note, receipts), JOURNAL_OK);
    return journal;
}

/* A batch of count records with bodies "ticket.index". */
static void append(struct journal *journal, uint8_t scope_number, uint64_t ticket, size_t count)
{
    const struct digest scope = scope_of(scope_number);
    struct journal_record records[8];
    char bodies[8][32];

    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++) {
        const int size =
            snprintf(bodies[i], sizeof bodies[i], "%llu.%zu", (unsigned long long)ticket, i);
        records[i].kind = (uint32_t)(100 + i);
        records[i].body = (struct bytes){(const uint8_t *)bodies[i], (size_t)size};
    }
    assert_int_equal(journal_append(journal, &scope, records, count, ticket), JOURNAL_OK);
}

/* What a replay hands over, as text: "scope/kind:body " and so on. */
struct text {
    char at[4096];
    size_t rows;
    size_t rows_max; /* Stop after these, if not 0. */
};

static bool add_row(void *context, const struct journal_row *row)
{
    struct text *text = context;
    char line[128];

    snprintf(line, sizeof line, "%llu:%u/%u:%.*s ", (unsigned long long)row->seq,
             row->scope.bytes[0], row->kind, (int)row->body.size, (const char *)row->body.at);
    if (strlen(text->at) + strlen(line) < sizeof text->at)
        strcat(text->at, line);
    text->rows++;
    return text->rows != text->rows_max;
}

static void rows_come_back_in_order(void **state)
{
    const struct place *place = *state;
    struct receipts *receipts = make_receipts();
    struct journal *journal = start(place->path, receipts);

    append(journal, 1, 1, 2);
    append(journal, 2, 2, 1);
    append(journal, 1, 3, 0);
    append(journal, 1, 4, 1);
    journal_close(journal);
    assert_int_equal(receipts->count, 4);
    assert_int_equal(receipts->of[1].seq_last, 2);
    assert_int_equal(receipts->of[2].seq_last, 3);
    assert_int_equal(receipts->of[4].seq_last, 4);

    struct text text = {0};
    journal = open_and_replay(place->path, add_row, &text);
    assert_string_equal(text.at, "1:1/100:1.0 2:1/101:1.1 3:2/100:2.0 4:1/100:4.0 ");
    /* And it goes on where it ended. */
    memset(receipts->of, 0, sizeof receipts->of);
    assert_int_equal(journal_start(journal, note, receipts), JOURNAL_OK);
    append(journal, 3, 5, 1);
    await(receipts, 5);
    assert_int_equal(receipts->of[5].error, 0);
    assert_int_equal(receipts->of[5].seq_last, 5);
    journal_close(journal);
    journal = open_and_replay(place->path, NULL, NULL);
    journal_close(journal);
    free(receipts);
}

static void an_empty_and_a_large_body_come_back(void **state)
{
    const struct place *place = *state;
    struct receipts *receipts = make_receipts();
    struct journal *journal = start(place->path, receipts);
    const struct digest scope = scope_of(9);
    uint8_t *large = malloc(JOURNAL_BODY_MAX);
    memset(large, 'x', JOURNAL_BODY_MAX);
    const struct journal_record records[2] = {{.kind = 7}, {.kind = 8, .body = {large, 65536}}};

    assert_int_equal(journal_append(journal, &scope, records, 2, 1), JOURNAL_OK);
    journal_close(journal);
    struct text text = {0};
    journal = open_and_replay(place->path, add_row, &text);
    assert_int_equal(text.rows, 2);
    journal_close(journal);
    free(large);
    free(receipts);
}

static void everything_that_waits_shares_one_sync(void **state)
{
    const struct place *place = *state;
    struct receipts *receipts = make_receipts();
    struct journal *journal = start(place->path, receipts);
    struct journal_counters counters;

    /* Warm: the first transaction after opening also syncs the log's header. */
    append(journal, 1, 1, 1);
    await(receipts, 1);
    const unsigned int before = atomic_load(&syncs);
    pthread_mutex_lock(&sync_gate);
    append(journal, 1, 2, 1); /* Reaches the disk and is stuck there. */
    /* The journal thread has it once its area is empty again; what follows waits for the disk. */
    for (uint64_t ticket = 3; ticket <= 200; ticket++)
        append(journal, 1, ticket, 2);
    pthread_mutex_unlock(&sync_gate);
    await(receipts, 200);
    /* Ticket 2, alone or with some of the others, then the rest: two syncs, not 199. */
    assert_true(atomic_load(&syncs) - before <= 2);
    assert_true(atomic_load(&syncs) - before >= 1);
    journal_counters(journal, &counters);
    assert_int_equal(counters.transactions, 1 + atomic_load(&syncs) - before);
    assert_int_equal(counters.records, 2 + 2 * 198);
    assert_int_equal(counters.batches, 200);
    assert_int_equal(counters.batch_records.count, counters.transactions);
    assert_int_equal(counters.batch_records.sum, counters.records);
    assert_true(counters.batch_records.highest >= 198);
    journal_close(journal);
    free(receipts);
}

static void too_much_that_waits_is_refused(void **state)
{
    const struct place *place = *state;
    struct receipts *receipts = make_receipts();
    struct journal *journal = start(place->path, receipts);
    const struct digest scope = scope_of(1);
    static const uint8_t body[JOURNAL_BODY_MAX];
    const struct journal_record record = {.kind = 1, .body = {body, sizeof body}};
    uint64_t taken = 0, ticket = 0;

    pthread_mutex_lock(&sync_gate);
    /* At most both areas fill. */
    while (journal_append(journal, &scope, &record, 1, ++ticket) == JOURNAL_OK)
        assert_true(++taken <= 2 * JOURNAL_WAITING_SIZE / sizeof body);
    pthread_mutex_unlock(&sync_gate);
    await(receipts, taken);
    assert_int_equal(journal_append(journal, &scope, &record, 1, ticket), JOURNAL_OK);
    await(receipts, taken + 1);
    struct journal_counters counters;
    journal_counters(journal, &counters);
    assert_int_equal(counters.busy, 1);
    assert_int_equal(counters.records, taken + 1);
    journal_close(journal);
    free(receipts);
}

static void a_failing_disk_is_reported_and_nothing_follows(void **state)
{
    const struct place *place = *state;
    struct receipts *receipts = make_receipts();
    struct journal *journal = start(place->path, receipts);
    char sentence[JOURNAL_SENTENCE_SIZE];

    append(journal, 1, 1, 1);
    await(receipts, 1);
    journal_trouble(journal, sentence);
    assert_string_equal(sentence, "");
    atomic_store(&sync_fails, true);
    append(journal, 1, 2, 1);
    await(receipts, 2);
    atomic_store(&sync_fails, false);
    append(journal, 1, 3, 1);
    await(receipts, 3);
    assert_int_equal(receipts->of[1].error, 0);
    assert_int_equal(receipts->of[2].error, -EIO);
    assert_int_equal(receipts->of[3].error, -EIO);
    journal_trouble(journal, sentence);
    assert_non_null(strstr(sentence, "Check the disk"));
    journal_close(journal);

    /* What was durable is there; what came after the failure is not. */
    struct text text = {0};
    journal = open_and_replay(place->path, add_row, &text);
    assert_non_null(strstr(text.at, "1:1/100:1.0 "));
    assert_null(strstr(text.at, ":3.0 "));
    journal_close(journal);
    free(receipts);
}

static void a_full_disk_is_reported_and_nothing_follows(void **state)
{
    const struct place *place = *state;
    struct receipts *receipts = make_receipts();
    const struct digest scope = scope_of(1);
    static const uint8_t body[JOURNAL_BODY_MAX];
    const struct journal_record record = {.kind = 1, .body = {body, sizeof body}};
    char sentence[JOURNAL_SENTENCE_SIZE];

    /* SQLite's own bound on pages stands in for the disk's. */
    struct journal *journal = start(place->path, receipts);
    journal_limit(journal, 160 * 1024);
    append(journal, 1, 1, 1);
    assert_int_equal(journal_append(journal, &scope, &record, 1, 2), JOURNAL_OK);
    await(receipts, 2);
    const struct journal_record large[4] = {record, record, record, record};
    assert_int_equal(journal_append(journal, &scope, large, 4, 3), JOURNAL_OK);
    await(receipts, 3);
    append(journal, 1, 4, 1); /* It would fit, but after a hole. */
    await(receipts, 4);
    assert_int_equal(receipts->of[1].error, 0);
    assert_int_equal(receipts->of[2].error, 0);
    assert_int_equal(receipts->of[3].error, -ENOSPC);
    assert_int_equal(receipts->of[4].error, -ENOSPC);
    journal_trouble(journal, sentence);
    assert_non_null(strstr(sentence, "is full"));
    journal_close(journal);
    struct text text = {0};
    journal = open_and_replay(place->path, add_row, &text);
    assert_int_equal(text.rows, 2);
    journal_close(journal);
    free(receipts);
}

static void a_second_opener_is_refused(void **state)
{
    const struct place *place = *state;
    struct journal *first = open_and_replay(place->path, NULL, NULL);
    struct journal *second;
    char sentence[JOURNAL_SENTENCE_SIZE];

    assert_int_equal(journal_open(place->path, &second, sentence), JOURNAL_LOCKED);
    assert_null(second);
    assert_non_null(strstr(sentence, "Another process"));
    const pid_t child = fork();
    if (child == 0)
        _exit(journal_open(place->path, &second, sentence) == JOURNAL_LOCKED ? 0 : 1);
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    journal_close(first);
    first = open_and_replay(place->path, NULL, NULL);
    journal_close(first);
}

static void a_missing_folder_is_a_sentence(void **state)
{
    (void)state;
    struct journal *journal;
    char sentence[JOURNAL_SENTENCE_SIZE];

    assert_int_equal(journal_open("/nonexistent/folder/journal", &journal, sentence),
                     JOURNAL_FAILED);
    assert_non_null(strstr(sentence, "No such file"));
}

/* Writes 40 rows of scopes 1 and 2 and closes, so that all is in the file itself. */
static void fill(const char *path)
{
    struct receipts *receipts = make_receipts();
    struct journal *journal = start(path, receipts);
    for (uint64_t ticket = 1; ticket <= 40; ticket++)
        append(journal, (uint8_t)(1 + ticket % 2), ticket, 1);
    journal_close(journal);
    free(receipts);
}

static void edit(const char *path, const char *sql)
{
    sqlite3 *database;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static enum journal_verdict verdict_of(const char *path, char *sentence, size_t *rows)
{
    struct journal *journal;
    struct text text = {0};
    enum journal_verdict verdict = journal_open(path, &journal, sentence);

    if (verdict == JOURNAL_OK)
        verdict = journal_replay(journal, add_row, &text, sentence);
    journal_close(journal);
    *rows = text.rows;
    return verdict;
}

static void changed_rows_are_found(void **state)
{
    const struct place *place = *state;
    static const struct {
        int number;
        const char *sql;
        size_t good; /* Rows before the damage. */
    } cases[] = {
        {1, "UPDATE rows SET body = x'00' WHERE seq = 20", 19},
        {2, "UPDATE rows SET kind = kind + 1 WHERE seq = 1", 0},
        {3, "UPDATE rows SET scope = zeroblob(32) WHERE seq = 40", 39},
        {4, "UPDATE rows SET chain = zeroblob(32) WHERE seq = 30", 29},
        {5, "UPDATE rows SET chain = zeroblob(31) WHERE seq = 30", 29},
        {6, "DELETE FROM rows WHERE seq = 10", 9},
        {7, "DELETE FROM rows WHERE seq = 1", 0},
        {8, "UPDATE rows SET body = 'text' WHERE seq = 5", 4},
        {9, "INSERT INTO rows SELECT 0, scope, kind, body, chain FROM rows WHERE seq = 1", 0},
        {10, "INSERT INTO rows SELECT 41, scope, kind, body, chain FROM rows WHERE seq = 40", 40},
        {11, "UPDATE rows SET seq = seq + 1 WHERE seq = 40", 39},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sentence[JOURNAL_SENTENCE_SIZE], expected[64];
        size_t rows;
        print_message("# case %d\n", cases[i].number);
        unlink(place->path);
        fill(place->path);
        edit(place->path, cases[i].sql);
        assert_int_equal(verdict_of(place->path, sentence, &rows), JOURNAL_CORRUPT);
        assert_int_equal(rows, cases[i].good);
        snprintf(expected, sizeof expected, "damaged at row %zu;", cases[i].good + 1);
        assert_non_null(strstr(sentence, expected));
        assert_non_null(strstr(sentence, "restore a backup"));
    }
}

static uint8_t *find(uint8_t *in, size_t size, const uint8_t *what, size_t what_size)
{
    for (size_t i = 0; i + what_size <= size; i++) {
        if (memcmp(in + i, what, what_size) == 0)
            return in + i;
    }
    return NULL;
}

static void single_rows_are_read_and_checked(void **state)
{
    const struct place *place = *state;
    char sentence[JOURNAL_SENTENCE_SIZE];
    struct journal *journal;
    struct journal_row row;

    fill(place->path);
    for (unsigned damage = 0; damage < 2; damage++) {
        if (damage > 0)
            edit(place->path, "UPDATE rows SET body = x'00' WHERE seq = 20");
        assert_int_equal(journal_open(place->path, &journal, sentence), JOURNAL_OK);
        struct journal_reader *reader = journal_reader_open(journal);
        assert_non_null(reader);
        for (uint64_t seq = 41; seq > 0; seq--) {
            const enum journal_verdict verdict = journal_reader_row(reader, seq, &row, sentence);
            if (seq == 41) {
                assert_int_equal(verdict, JOURNAL_ABSENT);
            } else if (seq == 20 && damage > 0) {
                assert_int_equal(verdict, JOURNAL_CORRUPT);
                assert_non_null(strstr(sentence, "damaged at row 20;"));
            } else {
                assert_int_equal(verdict, JOURNAL_OK);
                assert_int_equal(row.seq, seq);
                assert_true(row.body.size > 0);
            }
        }
        assert_int_equal(journal_reader_row(reader, 0, &row, sentence), JOURNAL_ABSENT);
        journal_reader_close(reader);
        journal_close(journal);
    }
    journal_reader_close(NULL);
}

static void damaged_files_are_found(void **state)
{
    const struct place *place = *state;
    char sentence[JOURNAL_SENTENCE_SIZE];
    struct stat status;
    size_t rows;

    /* Cut off. */
    fill(place->path);
    assert_int_equal(stat(place->path, &status), 0);
    assert_int_equal(truncate(place->path, status.st_size - 4096), 0);
    assert_int_equal(verdict_of(place->path, sentence, &rows), JOURNAL_CORRUPT);
    assert_non_null(strstr(sentence, "damaged"));
    /* One flipped bit at a time, everywhere in the page that holds the rows. */
    unlink(place->path);
    fill(place->path);
    int fd = open(place->path, O_RDWR);
    const uint8_t *needle = (const uint8_t *)"17.0";
    uint8_t page[4096];
    bool found = false;
    for (off_t at = 0; pread(fd, page, sizeof page, at) == (ssize_t)sizeof page; at += 4096) {
        uint8_t *hit = find(page, sizeof page, needle, 4);
        if (hit == NULL)
            continue;
        found = true;
        for (long offset = -40; offset < 40; offset++) {
            const uint8_t flipped = (uint8_t)(hit[offset] ^ 4);
            assert_int_equal(pwrite(fd, &flipped, 1, at + (hit - page) + offset), 1);
            assert_int_equal(verdict_of(place->path, sentence, &rows), JOURNAL_CORRUPT);
            assert_int_equal(pwrite(fd, hit + offset, 1, at + (hit - page) + offset), 1);
        }
    }
    close(fd);
    assert_true(found);
    assert_int_equal(verdict_of(place->path, sentence, &rows), JOURNAL_OK);
    assert_int_equal(rows, 40);
    /* Something else altogether. */
    fd = open(place->path, O_RDWR | O_TRUNC);
    assert_int_equal(write(fd, "This is no database, but long enough to be looked at. ", 54), 54);
    close(fd);
    assert_int_equal(verdict_of(place->path, sentence, &rows), JOURNAL_CORRUPT);
    assert_non_null(strstr(sentence, "not a journal"));
}

/* What is before the damage stays, the rest is kept beside it, and the journal goes on. */
static void rows_before_a_damage_are_saved(void **state)
{
    const struct place *place = *state;
    char sentence[JOURNAL_SENTENCE_SIZE];
    struct salvage saved;
    size_t rows;

    assert_int_equal(journal_salvage(place->path, &saved, sentence), JOURNAL_OK);
    assert_false(saved.damaged);
    fill(place->path);
    assert_int_equal(journal_salvage(place->path, &saved, sentence), JOURNAL_OK);
    assert_false(saved.damaged);
    edit(place->path, "UPDATE rows SET kind = kind + 1 WHERE seq = 20");
    assert_int_equal(journal_salvage(place->path, &saved, sentence), JOURNAL_OK);
    assert_true(saved.damaged);
    assert_int_equal(saved.rows, 19);
    assert_int_equal(verdict_of(place->path, sentence, &rows), JOURNAL_OK);
    assert_int_equal(rows, 19);
    assert_int_equal(verdict_of(saved.aside, sentence, &rows), JOURNAL_CORRUPT);
    assert_non_null(strstr(sentence, "damaged at row 20;"));
    /* Not even its first page is of a journal; the name of before is taken. */
    char first[SALVAGE_NAME_SIZE];
    memcpy(first, saved.aside, sizeof first);
    const int fd = open(place->path, O_RDWR | O_TRUNC);
    assert_int_equal(write(fd, "This is no database, but long enough to be looked at. ", 54), 54);
    close(fd);
    assert_int_equal(journal_salvage(place->path, &saved, sentence), JOURNAL_OK);
    assert_true(saved.damaged);
    assert_int_equal(saved.rows, 0);
    assert_string_not_equal(saved.aside, first);
    assert_int_equal(verdict_of(place->path, sentence, &rows), JOURNAL_OK);
    assert_int_equal(rows, 0);
    /* What another program wrote is not ours to move. */
    unlink(place->path);
    edit(place->path, "CREATE TABLE cookies(name TEXT)");
    assert_int_equal(journal_salvage(place->path, &saved, sentence), JOURNAL_FOREIGN);
    assert_false(saved.damaged);
    char lock[SALVAGE_NAME_SIZE + 8];
    for (unsigned i = 1; i <= 2; i++) {
        snprintf(lock, sizeof lock, "%s.damaged-%u", place->path, i);
        unlink(lock);
        strcat(lock, ".lock");
        unlink(lock);
    }
}

static void files_of_others_are_left_alone(void **state)
{
    const struct place *place = *state;
    char sentence[JOURNAL_SENTENCE_SIZE];
    size_t rows;

    edit(place->path, "CREATE TABLE cookies(name TEXT)");
    assert_int_equal(verdict_of(place->path, sentence, &rows), JOURNAL_FOREIGN);
    assert_non_null(strstr(sentence, "another program"));
    unlink(place->path);
    fill(place->path);
    edit(place->path, "PRAGMA user_version = 2");
    assert_int_equal(verdict_of(place->path, sentence, &rows), JOURNAL_NEWER);
    assert_non_null(strstr(sentence, "later version"));
}

static void meta_values_are_kept(void **state)
{
    const struct place *place = *state;
    struct receipts *receipts = make_receipts();
    struct journal *journal = start(place->path, receipts);
    uint8_t value[JOURNAL_VALUE_MAX];
    size_t size;

    assert_int_equal(journal_meta_get(journal, "tables", value, &size), JOURNAL_ABSENT);
    const struct bytes one = {(const uint8_t *)"one", 3}, two = {(const uint8_t *)"two!", 4};
    assert_int_equal(journal_meta_put(journal, "tables", one, 1), JOURNAL_OK);
    assert_int_equal(journal_meta_put(journal, "other", one, 2), JOURNAL_OK);
    assert_int_equal(journal_meta_put(journal, "tables", two, 3), JOURNAL_OK);
    await(receipts, 3);
    assert_int_equal(receipts->of[3].error, 0);
    assert_int_equal(journal_meta_get(journal, "tables", value, &size), JOURNAL_OK);
    assert_int_equal(size, 4);
    assert_memory_equal(value, "two!", 4);
    assert_int_equal(journal_meta_put(journal, "other", (struct bytes){NULL, 0}, 4), JOURNAL_OK);
    journal_close(journal);
    struct text text = {0};
    journal = open_and_replay(place->path, add_row, &text);
    assert_int_equal(text.rows, 0);
    assert_int_equal(journal_meta_get(journal, "tables", value, &size), JOURNAL_OK);
    assert_int_equal(journal_meta_get(journal, "other", value, &size), JOURNAL_ABSENT);
    journal_close(journal);
    free(receipts);
}

static void a_scope_is_read_beside_the_writer(void **state)
{
    const struct place *place = *state;
    struct receipts *receipts = make_receipts();
    struct journal *journal = start(place->path, receipts);
    const struct digest scope = scope_of(2);
    char sentence[JOURNAL_SENTENCE_SIZE];

    for (uint64_t ticket = 1; ticket <= 6; ticket++)
        append(journal, (uint8_t)(1 + ticket % 2), ticket, 1);
    await(receipts, 6);
    struct text text = {0};
    assert_int_equal(journal_read(journal, &scope, 0, add_row, &text, sentence), JOURNAL_OK);
    assert_string_equal(text.at, "1:2/100:1.0 3:2/100:3.0 5:2/100:5.0 ");
    text = (struct text){0};
    assert_int_equal(journal_read(journal, &scope, 4, add_row, &text, sentence), JOURNAL_OK);
    assert_string_equal(text.at, "5:2/100:5.0 ");
    text = (struct text){.rows_max = 2};
    assert_int_equal(journal_read(journal, NULL, 2, add_row, &text, sentence), JOURNAL_OK);
    assert_string_equal(text.at, "2:1/100:2.0 3:2/100:3.0 ");
    text = (struct text){0};
    assert_int_equal(journal_read(journal, NULL, 7, add_row, &text, sentence), JOURNAL_OK);
    assert_string_equal(text.at, "");
    journal_close(journal);
    free(receipts);
}

/* The child: appends without end and says through the pipe which tickets are durable. */

static int report_fd;

static void report(void *context, const struct journal_receipt *receipt)
{
    (void)context;
    if (receipt->error != 0 ||
        write(report_fd, &receipt->ticket, sizeof receipt->ticket) != sizeof receipt->ticket)
        _exit(1);
}

_Noreturn static void append_until_killed(const char *path, uint64_t ticket)
{
    char sentence[JOURNAL_SENTENCE_SIZE];
    struct journal *journal;
    const struct digest scope = scope_of(1);

    if (journal_open(path, &journal, sentence) != JOURNAL_OK ||
        journal_replay(journal, NULL, NULL, sentence) != JOURNAL_OK ||
        journal_start(journal, report, NULL) != JOURNAL_OK)
        _exit(1);
    for (;;) {
        const struct journal_record record = {.kind = 1,
                                              .body = {(const uint8_t *)&ticket, sizeof ticket}};
        if (journal_append(journal, &scope, &record, 1, ticket) == JOURNAL_OK)
            ticket++;
    }
}

struct tickets {
    uint64_t next;
};

static bool next_ticket(void *context, const struct journal_row *row)
{
    struct tickets *tickets = context;
    uint64_t ticket;
    memcpy(&ticket, row->body.at, sizeof ticket);
    return ticket == tickets->next++;
}

static void what_was_reported_survives_a_kill(void **state)
{
    const struct place *place = *state;
    struct tickets tickets = {.next = 1};
    uint64_t durable = 0;

    for (int round = 0; round < 6; round++) {
        const uint64_t first = tickets.next;
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            report_fd = ends[1];
            append_until_killed(place->path, first);
        }
        close(ends[1]);
        /* Killed in the middle of it, after a number of receipts that grows. */
        uint64_t ticket;
        for (int i = 0; i < 1 + round * round * 50; i++) {
            assert_int_equal(read(ends[0], &ticket, sizeof ticket), sizeof ticket);
            durable = ticket;
        }
        kill(child, SIGKILL);
        while (read(ends[0], &ticket, sizeof ticket) == sizeof ticket)
            durable = ticket;
        close(ends[0]);
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        /* All rows are there in order, at least up to the last one reported. */
        tickets.next = 1;
        struct journal *journal = open_and_replay(place->path, next_ticket, &tickets);
        journal_close(journal);
        assert_true(tickets.next > durable);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, clear_place)
    const struct CMUnitTest tests[] = {
        TEST(what_was_reported_survives_a_kill),
        TEST(rows_come_back_in_order),
        TEST(an_empty_and_a_large_body_come_back),
        TEST(everything_that_waits_shares_one_sync),
        TEST(too_much_that_waits_is_refused),
        TEST(a_failing_disk_is_reported_and_nothing_follows),
        TEST(a_full_disk_is_reported_and_nothing_follows),
        TEST(a_second_opener_is_refused),
        TEST(a_missing_folder_is_a_sentence),
        TEST(changed_rows_are_found),
        TEST(single_rows_are_read_and_checked),
        TEST(damaged_files_are_found),
        TEST(rows_before_a_damage_are_saved),
        TEST(files_of_others_are_left_alone),
        TEST(meta_values_are_kept),
        TEST(a_scope_is_read_beside_the_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
