/* SPDX-License-Identifier: MIT */
/*
 * The journal: what happened, in one order, durable before anyone hears of it. One SQLite file of
 * rows (seq, scope, kind, body, chain), where chain = BLAKE2b-256(previous chain || scope || kind
 * || body), so that a changed, missing or inserted row shows. Rows are only ever added.
 *
 * Worker threads append batches without waiting. The journal's own thread takes everything that
 * waits into one transaction with one fsync and then reports each batch by its ticket. The order of
 * appends of one thread is the order of rows. After the first failure nothing more is written:
 * every later batch is reported as failed with the same reason, until the journal is opened anew.
 *
 * Start: journal_open, journal_replay, journal_start; then append; journal_close writes what waits.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include "base/histogram.h"
#include "base/types.h"

#define JOURNAL_SCHEMA          1   /* PRAGMA user_version of files this code writes. */
#define JOURNAL_SENTENCE_SIZE   512 /* A sentence for people, with its zero byte. */
#define JOURNAL_BODY_MAX        65536
#define JOURNAL_KEY_MAX         64        /* Bytes of a meta key. */
#define JOURNAL_VALUE_MAX       4096      /* Bytes of a meta value. */
#define JOURNAL_WAITING_SIZE    (4 << 20) /* Bytes that may wait for the journal thread. */
#define JOURNAL_WAITING_BATCHES 4096      /* Batches that may wait. */

enum journal_verdict {
    JOURNAL_OK,
    JOURNAL_CORRUPT, /* The file is damaged, or is no journal. */
    JOURNAL_FOREIGN, /* Another program's database. */
    JOURNAL_LOCKED,  /* Another process has it open. */
    JOURNAL_FULL,    /* The disk is full. */
    JOURNAL_NEWER,   /* A later version of this program wrote it. */
    JOURNAL_FAILED,  /* The system failed: permission, I/O error, memory. */
    JOURNAL_BUSY,    /* Too much waits already: keep the batch and try again after a receipt. */
    JOURNAL_ABSENT,  /* No such meta key. */
};

/* One thing to write. */
struct journal_record {
    uint32_t kind;
    struct bytes body; /* At most JOURNAL_BODY_MAX. */
};

/* One thing that was written. The body dies with the call. */
struct journal_row {
    uint64_t seq; /* From 1, without holes. */
    struct digest scope;
    uint32_t kind;
    struct bytes body;
    struct digest chain;
};

/* What became of a batch. */
struct journal_receipt {
    uint64_t ticket;
    int error;         /* 0: durable. -ENOSPC, -EIO, ...: perhaps not, and nothing after it is. */
    uint64_t seq_last; /* Of the batch's last row; 0 on error and for meta values. */
};

struct journal_counters {
    uint64_t transactions; /* Each is one fsync. */
    uint64_t records;
    uint64_t batches;
    uint64_t busy; /* Batches refused because too much waited. */
    uint64_t checkpoints;
    uint64_t bytes;                 /* Of bodies. */
    struct histogram batch_records; /* Records in each transaction. */
    struct histogram commit_usec;   /* How long each transaction took, begin to fsynced. */
};

struct journal;

/*
 * Opens or creates the journal at path and locks it against other processes. On anything but
 * JOURNAL_OK *out is NULL and sentence says what is wrong and what to do next.
 */
enum journal_verdict journal_open(const char *path, struct journal **out,
                                  char sentence[static JOURNAL_SENTENCE_SIZE]);

/*
 * Writes what waits, reports it, ends the thread, releases the file. NULL is fine.
 */
void journal_close(struct journal *journal);

/*
 * Reads all rows from the first on, checks the chain and calls row (may be NULL) for each. Once,
 * between open and start, on the opening thread. JOURNAL_CORRUPT: the sentence names the first bad
 * row and the next step; rows before it were handed over and are good. If row says false, the
 * replay stops with JOURNAL_FAILED and the sentence is row's own business.
 */
enum journal_verdict journal_replay(struct journal *journal,
                                    bool (*row)(void *context, const struct journal_row *row),
                                    void *context, char sentence[static JOURNAL_SENTENCE_SIZE]);

/*
 * Starts the thread, after a replay that was JOURNAL_OK. complete is called on the journal's thread
 * for every batch, in the order of the appends; it must be quick and not call the journal.
 */
enum journal_verdict journal_start(struct journal *journal,
                                   void (*complete)(void *context,
                                                    const struct journal_receipt *receipt),
                                   void *context);

/*
 * Bounds the file to size bytes (rounded down to whole pages): reaching it is a full disk. For
 * nodes on small storage. Between replay and the first append.
 */
void journal_limit(struct journal *journal, uint64_t size);

/*
 * Queues a batch of records of one scope; copies them; never waits for the disk. All of a batch
 * becomes durable or none of it. Any thread. JOURNAL_OK: a receipt with this ticket will come.
 * JOURNAL_BUSY: it will not; try again.
 */
enum journal_verdict journal_append(struct journal *journal, const struct digest *scope,
                                    const struct journal_record *records, size_t count,
                                    uint64_t ticket);

/*
 * Queues a small value under a key, in order with the appends, with a receipt of its own. Copies.
 * An empty value removes the key. Any thread. Meta values are not part of the chain.
 */
enum journal_verdict journal_meta_put(struct journal *journal, const char *key, struct bytes value,
                                      uint64_t ticket);

/*
 * Reads a durable value into value (JOURNAL_VALUE_MAX bytes); *size is its length. Any thread, also
 * before journal_start. JOURNAL_ABSENT: there is none.
 */
enum journal_verdict journal_meta_get(struct journal *journal, const char *key,
                                      uint8_t value[static JOURNAL_VALUE_MAX], size_t *size);

/*
 * Hands over the durable rows of a scope (NULL: of all scopes) with seq >= from, in order, each
 * checked against its predecessor's chain. Any thread, by a connection of its own; appends go on
 * meanwhile. Stops early with JOURNAL_OK when row says false.
 */
enum journal_verdict journal_read(struct journal *journal, const struct digest *scope,
                                  uint64_t from,
                                  bool (*row)(void *context, const struct journal_row *row),
                                  void *context, char sentence[static JOURNAL_SENTENCE_SIZE]);

/*
 * A connection that reads single rows, for whoever knows their numbers. One thread at a time; NULL
 * when the file cannot be opened. Closed before the journal is; closing NULL is fine.
 */
struct journal_reader;
struct journal_reader *journal_reader_open(struct journal *journal);
void journal_reader_close(struct journal_reader *reader);

/*
 * The durable row of that number, checked against its predecessor's chain; its body is valid until
 * the next call. JOURNAL_ABSENT: there is none.
 */
enum journal_verdict journal_reader_row(struct journal_reader *reader, uint64_t seq,
                                        struct journal_row *row,
                                        char sentence[static JOURNAL_SENTENCE_SIZE]);

/* Why the journal failed, for people, or "" while it works. Any thread. */
void journal_trouble(struct journal *journal, char sentence[static JOURNAL_SENTENCE_SIZE]);

/* A copy of the counters. Any thread. */
void journal_counters(struct journal *journal, struct journal_counters *counters);

#endif
