/* SPDX-License-Identifier: MIT */
/* What writing (journal.c) and reading (reader.c) a journal share: its rows (row.c). */
#ifndef JOURNAL_PARTS_H
#define JOURNAL_PARTS_H

#include "journal/journal.h"

#include <sqlite3.h>

__attribute__((format(printf, 2, 3))) void parts_say(char sentence[static JOURNAL_SENTENCE_SIZE],
                                                     const char *format, ...);

/* SQLite's result as a verdict, and as a sentence with the next step. database may be NULL. */
enum journal_verdict parts_explain(int result, sqlite3 *database, const char *path,
                                   char sentence[static JOURNAL_SENTENCE_SIZE]);

/* Which row is not what was written. */
enum journal_verdict parts_damaged_at(const char *path, uint64_t seq,
                                      char sentence[static JOURNAL_SENTENCE_SIZE]);

/* The chain after a row: a hash of the chain before it and of the row's own content, whose lengths
 * are fixed but for the body at the end. */
struct digest parts_chain(const struct digest *previous, const struct digest *scope, uint32_t kind,
                          struct bytes body);
bool parts_chain_holds(const struct digest *previous, const struct journal_row *row);

/* A row of SELECT seq, scope, kind, body, chain, valid until the statement's next step; false when
 * its types or sizes are impossible. */
bool parts_take_row(sqlite3_stmt *statement, struct journal_row *row);

/* Where its file is; the journal's. */
const char *parts_path(const struct journal *journal);

#endif
