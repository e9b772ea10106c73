/* SPDX-License-Identifier: MIT */
/*
 * Fixed layouts, big-endian: a writer that fills caller's memory and a reader that walks a view.
 * Both remember a failure (no room, too short), so that a caller checks once at the end.
 * For what is signed or hashed by layout; messages are protobuf (frame/).
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "base/types.h"

#include <string.h>

struct writer {
    uint8_t *at;
    size_t size;
    size_t used;
    bool failed; /* Something did not fit; nothing after it was written. */
};

struct reader {
    const uint8_t *at;
    size_t size;
    bool failed; /* Something was too short; everything after it reads as zero. */
};

static inline struct writer writer_on(void *memory, size_t size)
{
    return (struct writer){.at = memory, .size = size};
}

static inline struct reader reader_on(struct bytes view)
{
    return (struct reader){.at = view.at, .size = view.size};
}

static inline void write_bytes(struct writer *w, const void *from, size_t size)
{
    if (w->failed || w->size - w->used < size) {
        w->failed = true;
        return;
    }
    if (size > 0)
        memcpy(w->at + w->used, from, size);
    w->used += size;
}

static inline void write_u8(struct writer *w, uint8_t value)
{
    write_bytes(w, &value, 1);
}

static inline void write_u16(struct writer *w, uint16_t value)
{
    const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    write_bytes(w, bytes, sizeof bytes);
}

static inline void write_u32(struct writer *w, uint32_t value)
{
    write_u16(w, (uint16_t)(value >> 16));
    write_u16(w, (uint16_t)value);
}

static inline void write_u64(struct writer *w, uint64_t value)
{
    write_u32(w, (uint32_t)(value >> 32));
    write_u32(w, (uint32_t)value);
}

/* Two's complement. */
static inline void write_i64(struct writer *w, int64_t value)
{
    write_u64(w, (uint64_t)value);
}

/* The next size bytes in place, or NULL when there are not so many. */
static inline const uint8_t *read_bytes(struct reader *r, size_t size)
{
    if (r->failed || r->size < size) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *at = r->at;
    r->at += size;
    r->size -= size;
    return at;
}

static inline uint8_t read_u8(struct reader *r)
{
    const uint8_t *at = read_bytes(r, 1);
    return at == NULL ? 0 : at[0];
}

static inline uint16_t read_u16(struct reader *r)
{
    const uint8_t *at = read_bytes(r, 2);
    return (uint16_t)(at == NULL ? 0 : at[0] << 8 | at[1]);
}

static inline uint32_t read_u32(struct reader *r)
{
    const uint8_t *at = read_bytes(r, 4);
    return at == NULL
               ? 0
               : (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t read_u64(struct reader *r)
{
    const uint64_t high = read_u32(r);
    return high << 32 | read_u32(r);
}

static inline int64_t read_i64(struct reader *r)
{
    return (int64_t)read_u64(r);
}

static inline struct bytes written(const struct writer *w)
{
    return (struct bytes){.at = w->at, .size = w->used};
}

#endif
