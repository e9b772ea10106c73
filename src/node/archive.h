/* SPDX-License-Identifier: MIT */
/*
 * The final blocks of one table: for seats that lag and for the export. The newest lie in memory,
 * at most some hundreds; the older ones are read from the table's rows in the journal, of which the
 * archive keeps only the numbers, 16 bytes a block. Each row is checked against the journal's chain
 * when it is read. Without a journal everything stays in memory. Rebuilt at start, as the table is
 * restored. Owned by the worker of its table.
 */
#ifndef NODE_ARCHIVE_H
#define NODE_ARCHIVE_H

#include "base/types.h"

/* So many of the newest blocks are always in memory; and at most twice as many once durable. */
#define ARCHIVE_KEPT 256

struct archive;
struct journal;

/* An empty archive; NULL when memory is exhausted. */
struct archive *archive_create(void);
void archive_destroy(struct archive *archive);

/*
 * Where the older blocks are: the rows of that scope and kind, bodies packed Messages. The journal
 * outlives the archive.
 */
void archive_attach(struct archive *archive, struct journal *journal, const struct digest *scope,
                    uint32_t kind);

/* The journal is about to be closed: older blocks can be read no more. */
void archive_detach(struct archive *archive);

/* Copies the packed Block of the next height, and its packed finalization, which may be empty. */
void archive_put(struct archive *archive, uint64_t height, struct bytes block,
                 struct bytes certificate);

/* How many blocks there are: the height of the last. */
uint64_t archive_height(const struct archive *archive);

/*
 * The packed Block of a height from 1 on; empty when there is none, or when the journal cannot be
 * read. Valid until the next call of this function or archive_put.
 */
struct bytes archive_block(struct archive *archive, uint64_t height);

/* Its size, without reading it. */
size_t archive_block_size(const struct archive *archive, uint64_t height);

/*
 * The finalization that came with that very block; empty when none did. Valid until the next call
 * of this function or archive_put.
 */
struct bytes archive_certificate(struct archive *archive, uint64_t height);

/* The height of the lowest block at or above `height` that has a finalization; 0: none. */
uint64_t archive_certified(const struct archive *archive, uint64_t height);

/* The height of the highest block that has a finalization; 0: none. */
uint64_t archive_certified_last(const struct archive *archive);

/*
 * How an epoch ended, told once for each, in order: the height of its last block and the packed
 * Blocks that makes it final. Epochs count from 1.
 */
void archive_end(struct archive *archive, uint64_t epoch, uint64_t height, struct bytes ending);

/* How many epochs ended; and of one of those its packed Blocks and height, else an empty view. */
uint64_t archive_endings(const struct archive *archive);
struct bytes archive_ending(const struct archive *archive, uint64_t epoch, uint64_t *height);

/*
 * Up to which height there is an export: the last block with a finalization, or the last of the
 * last epoch that ended when nothing is known to be final since. *ended tells which.
 */
uint64_t archive_exported(const struct archive *archive, bool *ended);

/* How many blocks are in memory, and how many bytes the archive takes in all. */
uint64_t archive_kept(const struct archive *archive);
size_t archive_memory(const struct archive *archive);

#endif
