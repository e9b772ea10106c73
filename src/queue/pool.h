/* SPDX-License-Identifier: MIT */
/*
 * A pool of objects of one size, all allocated and touched at the start. Each thread keeps two
 * magazines of objects of its own; full and empty magazines are exchanged with a lock-free depot
 * (Bonwick and Adams, "Magazines and Vmem", 2001). An object may be put back by another thread than
 * the one that got it.
 *
 * An empty pool answers NULL: that is back-pressure, and the caller drops or waits. There is no
 * malloc after pool_create. Any thread may get and put; threads are numbered by themselves, and
 * threads beyond POOL_THREADS_MAX are refused by a CHECK.
 */
#ifndef QUEUE_POOL_H
#define QUEUE_POOL_H

#include "base/types.h"

/* Threads alive at once that may use pools, in the whole process. */
#define POOL_THREADS_MAX 64

struct pool_counters {
    uint64_t hits;       /* Objects handed out. */
    uint64_t exchanges;  /* Of these, such that first needed a magazine from the depot. */
    uint64_t misses;     /* Times the pool was empty. */
    uint64_t puts;       /* Objects that came back. */
    uint64_t high_water; /* Most objects outside the depot, lent or in threads' magazines. */
    uint64_t capacity;   /* Objects there are. */
};

struct pool;

/*
 * Makes a pool of objects of object_size bytes, aligned to 64. At least objects of them can be lent
 * at once whatever the magazines of up to threads threads hold: the slack for these comes on top
 * (pool_counters says how many there are in all). NULL when memory is exhausted.
 */
struct pool *pool_create(size_t object_size, uint32_t objects, uint32_t threads);

/* Frees the pool and every object in it, lent or not. NULL is fine. */
void pool_destroy(struct pool *pool);

/* An object, its bytes as they were left (zero at first), or NULL when the pool is empty. */
void *pool_get(struct pool *pool);

/* Gives an object of this pool back. */
void pool_put(struct pool *pool, void *object);

/* The size that was asked for. */
size_t pool_object_size(const struct pool *pool);

/* Any thread; exact once the threads that use the pool are quiet. */
struct pool_counters pool_counters(const struct pool *pool);

#endif
