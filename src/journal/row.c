/* SPDX-License-Identifier: MIT */
#include "journal/parts.h"

#include "base/wire.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void parts_say(char sentence[static JOURNAL_SENTENCE_SIZE], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, JOURNAL_SENTENCE_SIZE, format, arguments);
    va_end(arguments);
}

struct digest parts_chain(const struct digest *previous, const struct digest *scope, uint32_t kind,
                          struct bytes body)
{
    crypto_generichash_state state;
    struct digest chain;
    uint8_t kind_bytes[4];
    struct writer writer = writer_on(kind_bytes, sizeof kind_bytes);

    write_u32(&writer, kind);
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    crypto_generichash_update(&state, previous->bytes, DIGEST_SIZE);
    crypto_generichash_update(&state, scope->bytes, DIGEST_SIZE);
    crypto_generichash_update(&state, kind_bytes, sizeof kind_bytes);
    crypto_generichash_update(&state, body.at, body.size);
    crypto_generichash_final(&state, chain.bytes, DIGEST_SIZE);
    return chain;
}

enum journal_verdict parts_explain(int result, sqlite3 *database, const char *path,
                                   char sentence[static JOURNAL_SENTENCE_SIZE])
{
    const char *detail = database != NULL ? sqlite3_errmsg(database) : sqlite3_errstr(result);

    switch (result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        parts_say(
            sentence,
            "The journal %s is damaged or is not a journal (%s). Keep a copy of it, then restore a "
            "backup of it.",
            path, detail);
        return JOURNAL_CORRUPT;
    case SQLITE_FULL:
        parts_say(sentence,
                  "The disk that holds the journal %s is full. Free some space and restart.", path);
        return JOURNAL_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        parts_say(sentence, "Another program has the journal %s open. Stop it and try again.",
                  path);
        return JOURNAL_LOCKED;
    case SQLITE_IOERR:
        parts_say(
            sentence,
            "Reading or writing the journal %s failed (%s, system error %d). Check the disk, then "
            "restart.",
            path, detail, database != NULL ? sqlite3_system_errno(database) : 0);
        return JOURNAL_FAILED;
    default:
        parts_say(sentence, "The journal %s cannot be used (%s). Check its path and permissions.",
                  path, detail);
        return JOURNAL_FAILED;
    }
}

bool parts_take_row(sqlite3_stmt *statement, struct journal_row *row)
{
    if (sqlite3_column_type(statement, 1) != SQLITE_BLOB ||
        sqlite3_column_type(statement, 2) != SQLITE_INTEGER ||
        sqlite3_column_type(statement, 3) != SQLITE_BLOB ||
        sqlite3_column_type(statement, 4) != SQLITE_BLOB ||
        sqlite3_column_bytes(statement, 1) != DIGEST_SIZE ||
        sqlite3_column_bytes(statement, 4) != DIGEST_SIZE)
        return false;
    row->seq = (uint64_t)sqlite3_column_int64(statement, 0);
    memcpy(row->scope.bytes, sqlite3_column_blob(statement, 1), DIGEST_SIZE);
    row->kind = (uint32_t)sqlite3_column_int64(statement, 2);
    row->body.at = sqlite3_column_blob(statement, 3);
    row->body.size = (size_t)sqlite3_column_bytes(statement, 3);
    memcpy(row->chain.bytes, sqlite3_column_blob(statement, 4), DIGEST_SIZE);
    return true;
}

bool parts_chain_holds(const struct digest *previous, const struct journal_row *row)
{
    const struct digest chain = parts_chain(previous, &row->scope, row->kind, row->body);
    return memcmp(chain.bytes, row->chain.bytes, DIGEST_SIZE) == 0;
}

enum journal_verdict parts_damaged_at(const char *path, uint64_t seq,
                                      char sentence[static JOURNAL_SENTENCE_SIZE])
{
    parts_say(
        sentence,
        "The journal %s is damaged at row %llu; the rows before it are good. Keep a copy of it, "
        "then restore a backup of it.",
        path, (unsigned long long)seq);
    return JOURNAL_CORRUPT;
}
