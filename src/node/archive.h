/* SPDX-License-Identifier: MIT */
/*
 * The final blocks of one table, in memory: for seats that lag and for the export. About two
 * kilobytes for each roll of a table of four. The journal holds the same blocks durably; the
 * archive is rebuilt from it at start. Owned by the worker of its table.
 */
#ifndef NODE_ARCHIVE_H
#define NODE_ARCHIVE_H

#include "base/types.h"

struct archive;

/* An empty archive; NULL when memory is exhausted. */
struct archive *archive_create(void);
void archive_destroy(struct archive *archive);

/* Copies the packed Block of the next height, and its packed finalization, which may be empty. */
void archive_put(struct archive *archive, uint64_t height, struct bytes block,
                 struct bytes certificate);

/* How many blocks there are: the height of the last. */
uint64_t archive_height(const struct archive *archive);

/* The packed Block of a height from 1 on; empty when there is none. Valid until the archive dies.
 */
struct bytes archive_block(const struct archive *archive, uint64_t height);

/* The finalization that came with that very block; empty when none did. */
struct bytes archive_certificate(const struct archive *archive, uint64_t height);

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

#endif
