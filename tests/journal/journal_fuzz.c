/* SPDX-License-Identifier: MIT */
/*
 * Any damage to a journal's file: whatever is handed over is what was written, row for row, and
 * what is not handed over is explained. An input of "raw" and bytes is the whole file; else it is
 * changes to a good one, each an offset in two bytes and what is added to the byte there in one.
 * Syncs cost nothing here.
 */
#include "base/check.h"
#include "journal/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS          24
#define BODY_SIZE     700
#define FILE_SIZE_MAX 262144

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int fdatasync(int fd);
int fsync(int fd);

int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

int fsync(int fd)
{
    (void)fd;
    return 0;
}

static char folder[] = "/tmp/journal_fuzz.XXXXXX";
static char path[64];
static uint8_t good[FILE_SIZE_MAX];
static size_t good_size;

static void remove_journal(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock", "-journal"};
    char name[96];
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        unlink(name);
    }
}

static void clean_up(void)
{
    remove_journal();
    rmdir(folder);
}

/* The row of a number: its kind, and a body that all differ in. */
static size_t body_of(uint64_t number, uint8_t body[static BODY_SIZE])
{
    memset(body, (int)number, BODY_SIZE);
    return number * 29 % BODY_SIZE + 1;
}

static void reported(void *context, const struct journal_receipt *receipt)
{
    (void)context;
    CHECK(receipt->error == 0);
}

static bool count_row(void *context, const struct journal_row *row)
{
    uint64_t *rows = context;
    uint8_t body[BODY_SIZE];
    const size_t size = body_of(row->seq, body);
    CHECK(row->seq == ++*rows && row->seq <= ROWS && row->kind == (uint32_t)row->seq % 3);
    CHECK(row->scope.bytes[0] == row->seq % 2 && row->body.size == size);
    CHECK(memcmp(row->body.at, body, size) == 0);
    return true;
}

static void write_good(void)
{
    struct journal *journal;
    char sentence[JOURNAL_SENTENCE_SIZE];
    CHECK(mkdtemp(folder) != NULL);
    atexit(clean_up);
    snprintf(path, sizeof path, "%s/journal.db", folder);
    CHECK(journal_open(path, &journal, sentence) == JOURNAL_OK);
    CHECK(journal_replay(journal, NULL, NULL, sentence) == JOURNAL_OK);
    CHECK(journal_start(journal, reported, NULL) == JOURNAL_OK);
    for (uint64_t number = 1; number <= ROWS; number++) {
        uint8_t body[BODY_SIZE];
        const struct digest scope = {.bytes = {(uint8_t)(number % 2)}};
        const struct journal_record record = {.kind = (uint32_t)number % 3,
                                              .body = {.at = body, .size = body_of(number, body)}};
        CHECK(journal_append(journal, &scope, &record, 1, number) == JOURNAL_OK);
    }
    journal_close(journal);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    good_size = fread(good, 1, sizeof good, file);
    fclose(file);
    CHECK(good_size > 16384 && good_size < sizeof good);
}

static void write_file(const uint8_t *at, size_t size)
{
    remove_journal();
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && (size == 0 || fwrite(at, size, 1, file) == 1));
    fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t changed[FILE_SIZE_MAX];
    struct journal *journal;
    char sentence[JOURNAL_SENTENCE_SIZE];
    uint64_t rows = 0;
    if (good_size == 0)
        write_good();
    if (size >= 3 && memcmp(data, "raw", 3) == 0) {
        write_file(data + 3, size - 3);
    } else {
        memcpy(changed, good, good_size);
        for (; size >= 3; data += 3, size -= 3) {
            const size_t at = ((size_t)data[0] << 8 | data[1]) % good_size;
            changed[at] = (uint8_t)(changed[at] + data[2]);
        }
        write_file(changed, good_size);
    }
    enum journal_verdict verdict = journal_open(path, &journal, sentence);
    CHECK((verdict == JOURNAL_OK) == (journal != NULL));
    if (verdict == JOURNAL_OK)
        verdict = journal_replay(journal, count_row, &rows, sentence);
    CHECK(verdict == JOURNAL_OK || sentence[0] != '\0');
    journal_close(journal);
    return 0;
}
