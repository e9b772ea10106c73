/* SPDX-License-Identifier: MIT */
#include "queue/buffer.h"

#include "base/check.h"

struct pool *buffer_pool_create(size_t data_size, uint32_t buffers, uint32_t threads)
{
    return pool_create(sizeof(struct buffer) + BUFFER_HEADROOM + data_size, buffers, threads);
}

struct buffer *buffer_get(struct pool *pool)
{
    struct buffer *buffer = pool_get(pool);

    if (buffer == NULL)
        return NULL;
    buffer->pool = pool;
    atomic_init(&buffer->references, 1);
    buffer->capacity = (uint32_t)(pool_object_size(pool) - sizeof *buffer);
    buffer->at = buffer->memory + BUFFER_HEADROOM;
    buffer->size = 0;
    return buffer;
}

struct buffer *buffer_hold(struct buffer *buffer)
{
    /* Relaxed: whoever adds a reference has one, so nobody can be freeing the buffer. */
    const unsigned int before =
        atomic_fetch_add_explicit(&buffer->references, 1, memory_order_relaxed);
    CHECK(before > 0 && before < UINT32_MAX);
    return buffer;
}

/*
 * Release: what each holder did with the bytes comes before its decrement. Acquire: the last one
 * sees all of that before the pool hands the buffer to somebody else.
 */
void buffer_put(struct buffer *buffer)
{
    if (buffer == NULL)
        return;
    const unsigned int before =
        atomic_fetch_sub_explicit(&buffer->references, 1, memory_order_acq_rel);
    CHECK(before > 0);
    if (before == 1)
        pool_put(buffer->pool, buffer);
}

size_t buffer_tailroom(const struct buffer *buffer)
{
    const size_t used = (size_t)(buffer->at - buffer->memory) + buffer->size;
    CHECK(used <= buffer->capacity);
    return buffer->capacity - used;
}

uint8_t *buffer_prepend(struct buffer *buffer, size_t size)
{
    if ((size_t)(buffer->at - buffer->memory) < size)
        return NULL;
    buffer->at -= size;
    buffer->size += size;
    return buffer->at;
}

uint8_t *buffer_append(struct buffer *buffer, size_t size)
{
    if (buffer_tailroom(buffer) < size)
        return NULL;
    uint8_t *added = buffer->at + buffer->size;
    buffer->size += size;
    return added;
}
