/* SPDX-License-Identifier: MIT */
/*
 * Objects travel in magazines: arrays of up to rounds pointers. Each thread has two, loaded and
 * previous; a get takes from loaded, a put adds to it, and when that fails the two change places.
 * Two, because with one a thread that gets and puts at the edge of a magazine would go to the depot
 * each time. Only when both are empty (or full) is a magazine exchanged with the depot: two lists
 * of full and of empty magazines, as stacks (Treiber) whose head carries a tag that every change
 * increments, so that a head that went away and came back is not taken for unchanged (ABA).
 *
 * There are enough magazines: full ones hold rounds objects each, so there are at most
 * capacity / rounds; others are in the hands of threads, two each, and one more while it is being
 * exchanged.
 */
#include "queue/pool.h"

#include "base/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE       64
#define ROUNDS_MAX       32
#define MAGAZINES_THREAD 3 /* loaded, previous, and one on its way. */

struct magazine {
    atomic_uint next; /* In a depot list: number of the next magazine, 0 at the end. */
    uint32_t count;
    void *objects[ROUNDS_MAX];
};

/* What one thread has. Only that thread touches it, apart from the counters' readers. */
struct thread_part {
    _Alignas(CACHE_LINE) struct magazine *loaded;
    struct magazine *previous;
    atomic_uint_least64_t hits;
    atomic_uint_least64_t exchanges;
    atomic_uint_least64_t misses;
    atomic_uint_least64_t puts;
};

struct pool {
    /* Heads: a tag in the high half, a magazine's number (from 1) or 0 in the low half. */
    _Alignas(CACHE_LINE) atomic_uint_least64_t full;
    _Alignas(CACHE_LINE) atomic_uint_least64_t empty;
    _Alignas(CACHE_LINE) atomic_uint full_count;
    atomic_uint full_lowest;
    _Alignas(CACHE_LINE) size_t object_size;
    size_t stride;
    uint32_t rounds;
    uint32_t capacity;
    uint8_t *objects;
    struct magazine *magazines; /* Number n is magazines[n - 1]. */
    struct thread_part threads[POOL_THREADS_MAX];
};

/* The numbers that living threads hold, one bit each; a thread takes the lowest at its first use.
 */
static atomic_uint_least64_t threads_used;
static pthread_key_t thread_key;
static pthread_once_t thread_key_once = PTHREAD_ONCE_INIT;
static _Thread_local uint32_t thread_number_own; /* Plus one; 0 means none yet. */

_Static_assert(POOL_THREADS_MAX == 64, "one bit of threads_used for each thread");

/* Release: what this thread left in its magazines is seen by the next one with its number. */
static void thread_ends(void *number)
{
    const uint64_t bit = UINT64_C(1) << ((uintptr_t)number - 1);
    atomic_fetch_and_explicit(&threads_used, ~bit, memory_order_release);
}

static void make_thread_key(void)
{
    const int error = pthread_key_create(&thread_key, thread_ends);
    CHECK(error == 0);
}

static uint32_t take_thread_number(void)
{
    pthread_once(&thread_key_once, make_thread_key);
    uint64_t used = atomic_load_explicit(&threads_used, memory_order_relaxed);
    for (;;) {
        CHECK(used != UINT64_MAX);
        const uint32_t number = (uint32_t)__builtin_ctzll(~used);
        if (atomic_compare_exchange_weak_explicit(&threads_used, &used,
                                                  used | UINT64_C(1) << number,
                                                  memory_order_acquire, memory_order_relaxed)) {
            const int error = pthread_setspecific(thread_key, (void *)(uintptr_t)(number + 1));
            CHECK(error == 0);
            thread_number_own = number + 1;
            return number;
        }
    }
}

static uint32_t thread_number(void)
{
    return thread_number_own != 0 ? thread_number_own - 1 : take_thread_number();
}

static void count_one(atomic_uint_least64_t *counter)
{
    const uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

static uint64_t next_tag(uint64_t head)
{
    return ((head >> 32) + 1) << 32;
}

/* Release: the magazine's contents are seen by whoever takes it. */
static void depot_put(struct pool *pool, atomic_uint_least64_t *list, struct magazine *magazine)
{
    const uint64_t number = (uint64_t)(magazine - pool->magazines) + 1;
    uint64_t head = atomic_load_explicit(list, memory_order_relaxed);

    do {
        atomic_store_explicit(&magazine->next, (uint32_t)head, memory_order_relaxed);
    } while (!atomic_compare_exchange_weak_explicit(list, &head, next_tag(head) | number,
                                                    memory_order_release, memory_order_relaxed));
}

/*
 * Acquire on both loads of the head: next was written before the release that published this head.
 * Another thread may take the magazine meanwhile and change next; then the tag has changed and the
 * exchange fails.
 */
static struct magazine *depot_take(struct pool *pool, atomic_uint_least64_t *list)
{
    uint64_t head = atomic_load_explicit(list, memory_order_acquire);

    while ((uint32_t)head != 0) {
        struct magazine *magazine = &pool->magazines[(uint32_t)head - 1];
        const uint64_t next = atomic_load_explicit(&magazine->next, memory_order_relaxed);
        if (atomic_compare_exchange_weak_explicit(list, &head, next_tag(head) | next,
                                                  memory_order_acq_rel, memory_order_acquire))
            return magazine;
    }
    return NULL;
}

static struct magazine *take_full(struct pool *pool)
{
    struct magazine *magazine = depot_take(pool, &pool->full);

    if (magazine == NULL)
        return NULL;
    const unsigned int left =
        atomic_fetch_sub_explicit(&pool->full_count, 1, memory_order_relaxed) - 1;
    unsigned int lowest = atomic_load_explicit(&pool->full_lowest, memory_order_relaxed);
    while (left < lowest &&
           !atomic_compare_exchange_weak_explicit(&pool->full_lowest, &lowest, left,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
    return magazine;
}

/* Counted before it is there, so that the count is never below what can be taken. */
static void put_full(struct pool *pool, struct magazine *magazine)
{
    CHECK(magazine->count == pool->rounds);
    atomic_fetch_add_explicit(&pool->full_count, 1, memory_order_relaxed);
    depot_put(pool, &pool->full, magazine);
}

static struct magazine *take_empty(struct pool *pool)
{
    struct magazine *magazine = depot_take(pool, &pool->empty);

    CHECK(magazine != NULL);
    CHECK(magazine->count == 0);
    return magazine;
}

struct pool *pool_create(size_t object_size, uint32_t objects, uint32_t threads)
{
    CHECK(object_size > 0 && objects > 0);
    CHECK(threads >= 1 && threads <= POOL_THREADS_MAX);

    uint32_t rounds = objects / (2 * threads);
    rounds = rounds < 1 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
    const uint32_t full_magazines = (objects + rounds - 1) / rounds + 2 * threads;
    const uint32_t magazines = full_magazines + MAGAZINES_THREAD * POOL_THREADS_MAX;
    struct pool *pool = aligned_alloc(CACHE_LINE, sizeof *pool);
    if (pool == NULL)
        return NULL;
    memset(pool, 0, sizeof *pool);
    pool->object_size = object_size;
    pool->stride = (object_size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    pool->rounds = rounds;
    pool->capacity = full_magazines * rounds;
    pool->objects = aligned_alloc(CACHE_LINE, pool->stride * pool->capacity);
    pool->magazines = calloc(magazines, sizeof *pool->magazines);
    if (pool->objects == NULL || pool->magazines == NULL) {
        pool_destroy(pool);
        return NULL;
    }
    /* Writing to every page now is what warms the pool up. */
    memset(pool->objects, 0, pool->stride * pool->capacity);
    uint8_t *object = pool->objects;
    for (uint32_t i = 0; i < magazines; i++) {
        struct magazine *magazine = &pool->magazines[i];
        if (i >= full_magazines) {
            depot_put(pool, &pool->empty, magazine);
            continue;
        }
        while (magazine->count < rounds) {
            magazine->objects[magazine->count++] = object;
            object += pool->stride;
        }
        put_full(pool, magazine);
    }
    atomic_store(&pool->full_lowest, full_magazines);
    return pool;
}

void pool_destroy(struct pool *pool)
{
    if (pool == NULL)
        return;
    free(pool->objects);
    free(pool->magazines);
    free(pool);
}

static void change_places(struct thread_part *part)
{
    struct magazine *loaded = part->loaded;
    part->loaded = part->previous;
    part->previous = loaded;
}

static struct thread_part *own_part(struct pool *pool)
{
    struct thread_part *part = &pool->threads[thread_number()];

    if (part->loaded == NULL) {
        part->loaded = take_empty(pool);
        part->previous = take_empty(pool);
    }
    return part;
}

/* Makes loaded hold something; false when the pool is empty. */
static bool reload(struct pool *pool, struct thread_part *part)
{
    if (part->previous->count > 0) {
        change_places(part);
        return true;
    }
    struct magazine *full = take_full(pool);
    if (full == NULL)
        return false;
    depot_put(pool, &pool->empty, part->previous);
    part->previous = part->loaded;
    part->loaded = full;
    count_one(&part->exchanges);
    return true;
}

void *pool_get(struct pool *pool)
{
    struct thread_part *part = own_part(pool);

    if (part->loaded->count == 0 && !reload(pool, part)) {
        count_one(&part->misses);
        return NULL;
    }
    count_one(&part->hits);
    return part->loaded->objects[--part->loaded->count];
}

/* Makes loaded have room. */
static void unload(struct pool *pool, struct thread_part *part)
{
    if (part->previous->count < pool->rounds) {
        change_places(part);
        return;
    }
    struct magazine *empty = take_empty(pool);
    put_full(pool, part->previous);
    part->previous = part->loaded;
    part->loaded = empty;
}

void pool_put(struct pool *pool, void *object)
{
    const uintptr_t offset = (uintptr_t)object - (uintptr_t)pool->objects;
    CHECK(offset < pool->stride * pool->capacity);
    struct thread_part *part = own_part(pool);

    if (part->loaded->count == pool->rounds)
        unload(pool, part);
    part->loaded->objects[part->loaded->count++] = object;
    count_one(&part->puts);
}

size_t pool_object_size(const struct pool *pool)
{
    return pool->object_size;
}

struct pool_counters pool_counters(const struct pool *pool)
{
    const uint64_t full_lowest = atomic_load_explicit(&pool->full_lowest, memory_order_relaxed);
    struct pool_counters counters = {
        .capacity = pool->capacity,
        .high_water = pool->capacity - full_lowest * pool->rounds,
    };

    for (uint32_t i = 0; i < POOL_THREADS_MAX; i++) {
        const struct thread_part *part = &pool->threads[i];
        counters.hits += atomic_load_explicit(&part->hits, memory_order_relaxed);
        counters.exchanges += atomic_load_explicit(&part->exchanges, memory_order_relaxed);
        counters.misses += atomic_load_explicit(&part->misses, memory_order_relaxed);
        counters.puts += atomic_load_explicit(&part->puts, memory_order_relaxed);
    }
    return counters;
}
