/* SPDX-License-Identifier: MIT */
/*
 * Writing an Export (proto/table.proto) from messages that are packed already: they are its fields,
 * byte by byte, so that nothing is decoded and encoded again. Order of calls: export_begin, then
 * export_block for each height from 1, then export_end. Check writer.failed once at the end. Pure.
 */
#ifndef AUDIT_EXPORT_H
#define AUDIT_EXPORT_H

#include "base/wire.h"

/* What an export adds to its parts, for so many blocks. */
#define EXPORT_OVERHEAD(blocks) (64 + 16 * (size_t)(blocks))

/* Version 1 and the packed Seating. */
void export_begin(struct writer *w, struct bytes seating);

/* The packed Block of the next height. */
void export_block(struct writer *w, struct bytes block);

/* The packed finalization Certificate of the last block; not called when that ended an epoch. */
void export_end(struct writer *w, struct bytes certificate);

/* Last, for each epoch that ended up to the last block: its packed Blocks. */
void export_ending(struct writer *w, struct bytes ending);

#endif
