/* SPDX-License-Identifier: MIT */
/*
 * A map from 32-byte ids to objects that embed a map_entry: tables by table id, peers by node id.
 * Readers take no lock and never wait; writers hold a short lock of one of the map's shards. What
 * was removed stays readable for those who are looking at it and is released when they have all
 * left (epochs, Fraser 2004).
 *
 * Each thread that touches the map has its own map_guard. What map_find returns may be used until
 * the map_end that closes the outermost map_begin; to keep it longer, take a reference of the
 * object's own inside.
 */
#ifndef QUEUE_MAP_H
#define QUEUE_MAP_H

#include "base/types.h"

#include <ck_epoch.h>

#define MAP_ID_SIZE 32

struct map;
struct map_guard;

/* Embed it in the object; fill in id before the insert and leave the rest alone. */
struct map_entry {
    uint8_t id[MAP_ID_SIZE];
    struct map *map;
    struct ck_epoch_entry reclaim;
};

/*
 * Makes a map of shards (a power of two) sized for entries objects; it grows beyond that. seed
 * makes the hash unpredictable to outsiders. release is called once for every entry that was
 * removed, on a thread that writes or polls, when no reader can see it any more. NULL: no memory.
 */
struct map *map_create(uint32_t shards, uint32_t entries, const uint8_t seed[static 16],
                       void (*release)(struct map_entry *entry));

/* Releases all entries and frees the map and its guards; no thread may be inside. NULL is fine. */
void map_destroy(struct map *map);

/* A guard for the calling thread; NULL: no memory. */
struct map_guard *map_guard_create(struct map *map);

/* Gives a guard back (outside of begin and end); what it still has to release, it waits for. */
void map_guard_destroy(struct map_guard *guard);

/* Opens a scope in which found entries stay valid. Scopes nest. Never blocks. */
void map_begin(struct map_guard *guard);

/* Closes the scope. */
void map_end(struct map_guard *guard);

/* The entry with this id or NULL; only between map_begin and map_end. Lock-free. */
struct map_entry *map_find(struct map_guard *guard, const uint8_t id[static MAP_ID_SIZE]);

/*
 * Puts an entry in; the map owns it from then on. 0, -EEXIST when the id is there already (nothing
 * changes, the entry stays the caller's), -ENOMEM.
 */
int map_insert(struct map_guard *guard, struct map_entry *entry);

/* Takes the entry with this id out; it is released later. False: there was none. */
bool map_remove(struct map_guard *guard, const uint8_t id[static MAP_ID_SIZE]);

/* Releases what can be released; call it now and then from threads that remove. True: some was. */
bool map_poll(struct map_guard *guard);

/* How many entries there are. Any thread. */
size_t map_count(const struct map *map);

/*
 * Calls visit for each entry, shard by shard under the shard's lock: writers of that shard wait, so
 * be quick; visit must not insert or remove. Stops when visit says false.
 */
void map_visit(struct map_guard *guard, bool (*visit)(void *context, struct map_entry *entry),
               void *context);

#endif
