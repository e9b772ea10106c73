/* SPDX-License-Identifier: MIT */
#include "audit/export.h"

/* Field numbers of Export. */
enum {
    FIELD_VERSION = 1,
    FIELD_SEATING = 2,
    FIELD_BLOCKS = 3,
    FIELD_FINALIZATION = 4,
    FIELD_ENDINGS = 5
};

/* Wire types (Protocol Buffers encoding specification). */
enum { WIRE_VARINT = 0, WIRE_LENGTH = 2 };

static void write_varint(struct writer *w, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        write_u8(w, (uint8_t)(value | 0x80));
    write_u8(w, (uint8_t)value);
}

static void write_field(struct writer *w, unsigned number, struct bytes bytes)
{
    write_varint(w, number << 3 | WIRE_LENGTH);
    write_varint(w, bytes.size);
    write_bytes(w, bytes.at, bytes.size);
}

void export_begin(struct writer *w, struct bytes seating)
{
    write_varint(w, FIELD_VERSION << 3 | WIRE_VARINT);
    write_varint(w, 1);
    write_field(w, FIELD_SEATING, seating);
}

void export_block(struct writer *w, struct bytes block)
{
    write_field(w, FIELD_BLOCKS, block);
}

void export_end(struct writer *w, struct bytes certificate)
{
    write_field(w, FIELD_FINALIZATION, certificate);
}

void export_ending(struct writer *w, struct bytes ending)
{
    write_field(w, FIELD_ENDINGS, ending);
}
