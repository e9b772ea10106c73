/* SPDX-License-Identifier: MIT */
/*
 * Shards of ck_hs, CK's hash set of objects that embed their key: one writer at a time (the shard's
 * mutex), any number of readers. Not ck_ht: in libck 0.7.1 its put after a remove can leave a key
 * in the table twice.
 *
 * Weakly ordered CPUs, and what libck 0.7.1 leaves to us:
 * - ck_hs stores an object's address without a fence: map_insert puts a release fence before, so
 *   that whoever finds the entry finds its contents, and so that what the inserter read of it
 *   before cannot be what a finder writes. A reader needs none: what it reads depends on the
 *   address it loaded.
 * - ck_hs moves an entry between slots (set, fas, apply, gc) without a fence between writing the
 *   new slot and counting the generation, so that a reader could miss an entry that is there.
 *   None of these is used here: entries are put once and removed, and tombstones go away by
 *   rebuilding the table as a new one, which is complete before its address is published (a store
 *   fence in ck_hs).
 * - ck_epoch_call loads the epoch without a fence, and even on x86 a load may pass an earlier
 *   store. Were the epoch read before the removal was visible, a reader of a later epoch could
 *   still find the entry while it is filed under the earlier one. retire puts a full fence between.
 * - ck_epoch_poll and _barrier call back on the strength of plain loads of the readers' flags:
 *   reclaim puts a full fence first, so that nothing the release does comes before those loads.
 */
#include "queue/map.h"

#include "base/check.h"
#include "queue/annotation.h"

#include <ck_hs.h>
#include <ck_malloc.h>
#include <ck_pr.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64
#define SHARDS_MAX 1024

/* After how many removals by one guard it tries to release what was removed. */
#define POLL_REMOVALS 64

struct shard {
    _Alignas(CACHE_LINE) struct ck_hs set;
    pthread_mutex_t lock; /* For writers. */
    size_t tombstones;    /* Removals since the table was built. */
    atomic_size_t count;
};

struct map {
    struct ck_epoch epoch;
    void (*release)(struct map_entry *entry);
    uint64_t key[2]; /* Of the hash; odd. */
    uint32_t shards_mask;
    struct shard *shards;
    pthread_mutex_t guards_lock;
    struct map_guard *guards; /* All ever made: CK never lets go of a record. */
};

struct map_guard {
    struct ck_epoch_record record;
    struct map *map;
    struct map_guard *next;
    uint32_t removals;
};

/* In front of each table that ck_hs allocates, so that it can be freed later. */
union block {
    struct ck_epoch_entry reclaim;
    _Alignas(CACHE_LINE) uint8_t line[CACHE_LINE];
};

_Static_assert(offsetof(struct map_entry, id) == 0, "an entry's address is its id's address");
_Static_assert(sizeof(union block) == CACHE_LINE, "tables stay aligned");

/* ck_hs's allocator has no context: who is writing, so that a replaced table is retired by it. */
static _Thread_local struct map_guard *writing;

static void *table_malloc(size_t size)
{
    const size_t lines = (size + CACHE_LINE - 1) / CACHE_LINE + 1;
    union block *block = aligned_alloc(CACHE_LINE, lines * CACHE_LINE);
    return block == NULL ? NULL : block + 1;
}

static void free_table(struct ck_epoch_entry *entry)
{
    ck_pr_fence_memory();
    free(entry); /* The block's first member. */
}

static void table_free(void *table, size_t size, bool defer)
{
    (void)size;
    union block *block = (union block *)table - 1;
    if (!defer || writing == NULL) {
        free(block);
        return;
    }
    ck_pr_fence_memory();
    ck_epoch_call(&writing->record, &block->reclaim, free_table);
}

static struct ck_malloc allocator = {.malloc = table_malloc, .free = table_free};

/*
 * Ids are digests, so any of their bits would do as a hash, if nobody chose them: the secret odd
 * factors keep outsiders from grinding ids that meet in one shard or chain.
 */
static unsigned long hash_id(const void *id, unsigned long seed)
{
    const struct map *map = (const struct map *)(uintptr_t)seed;
    uint64_t words[2];

    memcpy(words, id, sizeof words);
    uint64_t hash = (words[0] ^ map->key[1]) * map->key[0];
    hash ^= hash >> 32;
    hash = (hash + words[1]) * map->key[1];
    hash ^= hash >> 29;
    return (unsigned long)(hash * map->key[0]);
}

static bool same_id(const void *entry, const void *id)
{
    ANNOTATE_ACQUIRE(entry);
    return memcmp(entry, id, MAP_ID_SIZE) == 0;
}

/* The highest bits choose the shard; ck_hs uses the lower ones. */
static struct shard *shard_of(const struct map *map, unsigned long hash)
{
    return &map->shards[(hash >> (8 * sizeof hash - 10)) & map->shards_mask];
}

static bool shard_init(struct map *map, struct shard *shard, unsigned long entries)
{
    if (!ck_hs_init(&shard->set, CK_HS_MODE_SPMC | CK_HS_MODE_OBJECT, hash_id, same_id, &allocator,
                    2 * entries, (unsigned long)(uintptr_t)map))
        return false;
    const int error = pthread_mutex_init(&shard->lock, NULL);
    CHECK(error == 0);
    return true;
}

struct map *map_create(uint32_t shards, uint32_t entries, const uint8_t seed[static 16],
                       void (*release)(struct map_entry *entry))
{
    CHECK(shards > 0 && shards <= SHARDS_MAX && (shards & (shards - 1)) == 0);

    struct map *map = calloc(1, sizeof *map);
    if (map == NULL)
        return NULL;
    memcpy(map->key, seed, sizeof map->key);
    map->key[0] |= 1;
    map->key[1] |= 1;
    map->release = release;
    map->shards_mask = shards - 1;
    ck_epoch_init(&map->epoch);
    pthread_mutex_init(&map->guards_lock, NULL);
    map->shards = aligned_alloc(CACHE_LINE, shards * sizeof *map->shards);
    if (map->shards == NULL) {
        free(map);
        return NULL;
    }
    memset(map->shards, 0, shards * sizeof *map->shards);
    for (uint32_t i = 0; i < shards; i++) {
        if (!shard_init(map, &map->shards[i], entries / shards + 1)) {
            map_destroy(map);
            return NULL;
        }
    }
    return map;
}

static void destroy_shard(struct map *map, struct shard *shard)
{
    if (shard->set.map == NULL)
        return; /* map_create ran out of memory before it. */
    struct ck_hs_iterator iterator = CK_HS_ITERATOR_INITIALIZER;
    void *entry;
    while (ck_hs_next(&shard->set, &iterator, &entry))
        map->release(entry);
    ck_hs_destroy(&shard->set);
    pthread_mutex_destroy(&shard->lock);
}

void map_destroy(struct map *map)
{
    if (map == NULL)
        return;
    /* No thread is inside any more, so whatever is filed anywhere can go. */
    ANNOTATE_ACQUIRE(&map->epoch);
    for (struct map_guard *guard = map->guards, *next; guard != NULL; guard = next) {
        next = guard->next;
        ck_epoch_reclaim(&guard->record);
        free(guard);
    }
    for (uint32_t i = 0; i <= map->shards_mask; i++)
        destroy_shard(map, &map->shards[i]);
    pthread_mutex_destroy(&map->guards_lock);
    free(map->shards);
    free(map);
}

struct map_guard *map_guard_create(struct map *map)
{
    struct map_guard *guard = NULL;

    pthread_mutex_lock(&map->guards_lock);
    const struct ck_epoch_record *record = ck_epoch_recycle(&map->epoch, NULL);
    if (record != NULL) {
        guard = (struct map_guard *)(uintptr_t)record;
    } else {
        const size_t size = (sizeof *guard + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
        guard = aligned_alloc(CACHE_LINE, size);
        if (guard != NULL) {
            memset(guard, 0, size);
            guard->map = map;
            guard->next = map->guards;
            map->guards = guard;
            ck_epoch_register(&map->epoch, &guard->record, NULL);
        }
    }
    pthread_mutex_unlock(&map->guards_lock);
    return guard;
}

void map_guard_destroy(struct map_guard *guard)
{
    struct map *map = guard->map;

    CHECK(guard->record.active == 0);
    ck_epoch_barrier(&guard->record);
    pthread_mutex_lock(&map->guards_lock);
    ck_epoch_unregister(&guard->record);
    pthread_mutex_unlock(&map->guards_lock);
}

void map_begin(struct map_guard *guard)
{
    ck_epoch_begin(&guard->record, NULL);
}

void map_end(struct map_guard *guard)
{
    ANNOTATE_RELEASE(&guard->map->epoch);
    ck_epoch_end(&guard->record, NULL);
}

struct map_entry *map_find(struct map_guard *guard, const uint8_t id[static MAP_ID_SIZE])
{
    struct map *map = guard->map;
    const unsigned long hash = hash_id(id, (unsigned long)(uintptr_t)map);

    CHECK(guard->record.active > 0);
    return ck_hs_get(&shard_of(map, hash)->set, hash, id);
}

int map_insert(struct map_guard *guard, struct map_entry *entry)
{
    struct map *map = guard->map;
    const unsigned long hash = hash_id(entry->id, (unsigned long)(uintptr_t)map);
    struct shard *shard = shard_of(map, hash);
    int result = 0;

    entry->map = map;
    pthread_mutex_lock(&shard->lock);
    writing = guard;
    if (ck_hs_get(&shard->set, hash, entry->id) != NULL) {
        result = -EEXIST;
    } else {
        ANNOTATE_RELEASE(entry);
        /* The entry's contents before its address: see the top. */
        ck_pr_fence_release();
        if (ck_hs_put(&shard->set, hash, entry))
            atomic_fetch_add_explicit(&shard->count, 1, memory_order_relaxed);
        else
            result = -ENOMEM;
    }
    writing = NULL;
    pthread_mutex_unlock(&shard->lock);
    return result;
}

static void reclaim(struct ck_epoch_entry *reclaimed)
{
    struct map_entry *entry =
        (struct map_entry *)(void *)((uint8_t *)reclaimed - offsetof(struct map_entry, reclaim));
    struct map *map = entry->map;

    ck_pr_fence_memory();
    ANNOTATE_ACQUIRE(&map->epoch);
    map->release(entry);
}

static void retire(struct map_guard *guard, struct map_entry *entry)
{
    ck_pr_fence_memory();
    ck_epoch_call(&guard->record, &entry->reclaim, reclaim);
}

/* Tombstones lengthen every search: when they are many, build the table anew without them. */
static void bury(struct shard *shard)
{
    shard->tombstones++;
    if (shard->tombstones < 64 || shard->tombstones < 2 * ck_hs_count(&shard->set))
        return;
    if (ck_hs_rebuild(&shard->set))
        shard->tombstones = 0;
}

bool map_remove(struct map_guard *guard, const uint8_t id[static MAP_ID_SIZE])
{
    struct map *map = guard->map;
    const unsigned long hash = hash_id(id, (unsigned long)(uintptr_t)map);
    struct shard *shard = shard_of(map, hash);

    pthread_mutex_lock(&shard->lock);
    writing = guard;
    struct map_entry *entry = ck_hs_remove(&shard->set, hash, id);
    if (entry != NULL) {
        atomic_fetch_sub_explicit(&shard->count, 1, memory_order_relaxed);
        bury(shard);
        retire(guard, entry);
    }
    writing = NULL;
    pthread_mutex_unlock(&shard->lock);
    if (entry != NULL && ++guard->removals % POLL_REMOVALS == 0 && guard->record.active == 0)
        map_poll(guard);
    return entry != NULL;
}

bool map_poll(struct map_guard *guard)
{
    const unsigned int before = guard->record.n_pending;

    if (before == 0)
        return false;
    ck_epoch_poll(&guard->record);
    return guard->record.n_pending != before;
}

size_t map_count(const struct map *map)
{
    size_t count = 0;
    for (uint32_t i = 0; i <= map->shards_mask; i++)
        count += atomic_load_explicit(&map->shards[i].count, memory_order_relaxed);
    return count;
}

void map_visit(struct map_guard *guard, bool (*visit)(void *context, struct map_entry *entry),
               void *context)
{
    struct map *map = guard->map;
    bool more = true;

    for (uint32_t i = 0; i <= map->shards_mask && more; i++) {
        struct shard *shard = &map->shards[i];
        struct ck_hs_iterator iterator = CK_HS_ITERATOR_INITIALIZER;
        void *entry;
        pthread_mutex_lock(&shard->lock);
        while (more && ck_hs_next(&shard->set, &iterator, &entry))
            more = visit(context, entry);
        pthread_mutex_unlock(&shard->lock);
    }
}
