/* SPDX-License-Identifier: MIT */
/* Reading beside the journal thread, by connections that cannot write. */
#include "journal/parts.h"

#include <stdlib.h>
#include <string.h>

#define READER_WAIT_MSEC 5000

static int open_reader(const struct journal *journal, sqlite3 **database)
{
    const int result = sqlite3_open_v2(parts_path(journal), database, SQLITE_OPEN_READONLY, NULL);

    if (result == SQLITE_OK)
        sqlite3_busy_timeout(*database, READER_WAIT_MSEC);
    return result;
}

enum journal_verdict journal_meta_get(struct journal *journal, const char *key,
                                      uint8_t value[static JOURNAL_VALUE_MAX], size_t *size)
{
    enum journal_verdict verdict = JOURNAL_ABSENT;
    char sentence[JOURNAL_SENTENCE_SIZE];
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;

    *size = 0;
    int result = open_reader(journal, &database);
    if (result == SQLITE_OK)
        result = sqlite3_prepare_v2(database, "SELECT value FROM meta WHERE key = ?1", -1,
                                    &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
        result = sqlite3_step(statement);
    }
    if (result == SQLITE_ROW) {
        *size = (size_t)sqlite3_column_bytes(statement, 0);
        verdict = *size <= JOURNAL_VALUE_MAX ? JOURNAL_OK : JOURNAL_CORRUPT;
        if (verdict == JOURNAL_OK && *size > 0)
            memcpy(value, sqlite3_column_blob(statement, 0), *size);
    } else if (result != SQLITE_DONE) {
        verdict = parts_explain(result, database, parts_path(journal), sentence);
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return verdict;
}

/* The chain of the row before from; all zero before the first row. */
static int chain_before(sqlite3 *database, uint64_t from, struct digest *chain)
{
    sqlite3_stmt *statement = NULL;

    memset(chain, 0, sizeof *chain);
    if (from <= 1)
        return SQLITE_OK;
    int result =
        sqlite3_prepare_v2(database, "SELECT chain FROM rows WHERE seq = ?1", -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)(from - 1));
        result = sqlite3_step(statement);
        if (result == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == DIGEST_SIZE)
            memcpy(chain->bytes, sqlite3_column_blob(statement, 0), DIGEST_SIZE);
        if (result == SQLITE_ROW || result == SQLITE_DONE)
            result = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return result;
}

enum journal_verdict journal_read(struct journal *journal, const struct digest *scope,
                                  uint64_t from,
                                  bool (*row)(void *context, const struct journal_row *row),
                                  void *context, char sentence[static JOURNAL_SENTENCE_SIZE])
{
    enum journal_verdict verdict = JOURNAL_OK;
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    struct digest chain;
    uint64_t expected = from == 0 ? 1 : from;
    bool more = true;

    sentence[0] = '\0';
    int result = open_reader(journal, &database);
    /* One transaction, so that both statements see the same rows. */
    if (result == SQLITE_OK)
        result = sqlite3_exec(database, "BEGIN", NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = chain_before(database, expected, &chain);
    if (result == SQLITE_OK)
        result = sqlite3_prepare_v2(database,
                                    "SELECT seq, scope, kind, body, chain FROM rows"
                                    " WHERE seq >= ?1 ORDER BY seq",
                                    -1, &statement, NULL);
    if (result == SQLITE_OK)
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)expected);
    /* All rows are read, also those of other scopes: the chain goes through them. */
    while (result == SQLITE_OK && verdict == JOURNAL_OK && more) {
        struct journal_row found;
        const int step = sqlite3_step(statement);
        if (step != SQLITE_ROW) {
            result = step;
            break;
        }
        if (!parts_take_row(statement, &found) || found.seq != expected ||
            !parts_chain_holds(&chain, &found)) {
            verdict = parts_damaged_at(parts_path(journal), expected, sentence);
            break;
        }
        chain = found.chain;
        expected++;
        if (scope == NULL || memcmp(scope->bytes, found.scope.bytes, DIGEST_SIZE) == 0)
            more = row(context, &found);
    }
    if (verdict == JOURNAL_OK && result != SQLITE_OK && result != SQLITE_DONE)
        verdict = parts_explain(result, database, parts_path(journal), sentence);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return verdict;
}

struct journal_reader {
    const char *path;
    sqlite3 *database;
    sqlite3_stmt *statement; /* A row and the one before it. */
    uint8_t body[JOURNAL_BODY_MAX];
};

struct journal_reader *journal_reader_open(struct journal *journal)
{
    struct journal_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->path = parts_path(journal);
    int result = open_reader(journal, &reader->database);
    if (result == SQLITE_OK)
        result = sqlite3_prepare_v2(reader->database,
                                    "SELECT seq, scope, kind, body, chain FROM rows"
                                    " WHERE seq BETWEEN ?1 - 1 AND ?1 ORDER BY seq",
                                    -1, &reader->statement, NULL);
    if (result != SQLITE_OK) {
        journal_reader_close(reader);
        return NULL;
    }
    return reader;
}

void journal_reader_close(struct journal_reader *reader)
{
    if (reader == NULL)
        return;
    sqlite3_finalize(reader->statement);
    sqlite3_close(reader->database);
    free(reader);
}

enum journal_verdict journal_reader_row(struct journal_reader *reader, uint64_t seq,
                                        struct journal_row *row,
                                        char sentence[static JOURNAL_SENTENCE_SIZE])
{
    enum journal_verdict verdict = JOURNAL_ABSENT;
    struct digest chain = {{0}};

    sentence[0] = '\0';
    sqlite3_bind_int64(reader->statement, 1, (sqlite3_int64)seq);
    int result = sqlite3_step(reader->statement);
    if (seq > 1 && result == SQLITE_ROW) {
        if (parts_take_row(reader->statement, row))
            chain = row->chain;
        result = sqlite3_step(reader->statement);
    }
    if (result == SQLITE_ROW) {
        verdict = JOURNAL_CORRUPT;
        if (parts_take_row(reader->statement, row) && row->seq == seq &&
            row->body.size <= JOURNAL_BODY_MAX && parts_chain_holds(&chain, row)) {
            if (row->body.size > 0)
                memcpy(reader->body, row->body.at, row->body.size);
            row->body.at = reader->body;
            verdict = JOURNAL_OK;
        }
    }
    if (verdict == JOURNAL_CORRUPT)
        parts_damaged_at(reader->path, seq, sentence);
    else if (result != SQLITE_ROW && result != SQLITE_DONE)
        verdict = parts_explain(result, reader->database, reader->path, sentence);
    sqlite3_reset(reader->statement);
    return verdict;
}
