/* SPDX-License-Identifier: MIT */
/*
 * A counted buffer from a pool: one travels from the socket through decryption in place and the
 * queue to the table; another is packed once and gets its headers in the head-room and its tag in
 * the tail-room. Whoever holds a reference may read; only a sole holder may write.
 */
#ifndef QUEUE_BUFFER_H
#define QUEUE_BUFFER_H

#include "base/types.h"
#include "queue/pool.h"

#include <stdatomic.h>

/* Room in front of the bytes for headers that are added later. */
#define BUFFER_HEADROOM 64

struct buffer {
    struct pool *pool;
    atomic_uint references;
    uint32_t capacity; /* Of memory, head-room included. */
    uint8_t *at;       /* The bytes in use, inside memory. */
    size_t size;
    uint8_t memory[];
};

/*
 * A pool of buffers that hold data_size bytes each behind the head-room; see pool_create. Release
 * it with pool_destroy.
 */
struct pool *buffer_pool_create(size_t data_size, uint32_t buffers, uint32_t threads);

/* A buffer with one reference, no bytes, and at behind the head-room; NULL: the pool is empty. */
struct buffer *buffer_get(struct pool *pool);

/* One more reference to the same bytes; returns the buffer. */
struct buffer *buffer_hold(struct buffer *buffer);

/* Gives a reference up; the last one returns the buffer to its pool. Any thread. NULL is fine. */
void buffer_put(struct buffer *buffer);

/* How many bytes fit behind the ones in use. */
size_t buffer_tailroom(const struct buffer *buffer);

/* Grows the bytes by size at the front and returns the new start; NULL: no head-room. */
uint8_t *buffer_prepend(struct buffer *buffer, size_t size);

/* Grows the bytes by size at the end and returns the added part; NULL: no tail-room. */
uint8_t *buffer_append(struct buffer *buffer, size_t size);

/* The bytes in use; valid while the caller holds its reference. */
static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
    return (struct bytes){.at = buffer->at, .size = buffer->size};
}

#endif
