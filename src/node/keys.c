/* SPDX-License-Identifier: MIT */
#include "node/keys.h"

#include "base/check.h"
#include "node/archive.h"
#include "node/node.h"
#include "node/sitting.h"
#include "node/worker.h"
#include "relay/relay.h"

#include <stdlib.h>
#include <string.h>

void keys_put(struct keys *keys, uint64_t epoch, struct bytes seats)
{
    CHECK(epoch >= 2 && seats.size <= ROSTER_SIZE_MAX);
    if (epoch - 2 != keys->count)
        return;
    if (keys->count == keys->room) {
        const size_t room = keys->room == 0 ? 4 : 2 * keys->room;
        struct keys_list *lists = realloc(keys->lists, room * sizeof *lists);
        CHECK(lists != NULL);
        keys->lists = lists;
        keys->room = room;
    }
    struct keys_list *list = &keys->lists[keys->count++];
    list->size = seats.size;
    memcpy(list->bytes, seats.at, seats.size);
    keys->due = 0;
}

size_t keys_turn(struct keys *keys, uint64_t epochs[static KEYS_STEPS + 1])
{
    const uint64_t last = keys->count + 1;
    size_t count = 0;
    if (keys->next < 2 || keys->next > last || keys->count <= KEYS_STEPS)
        keys->next = 2;
    while (count < KEYS_STEPS && keys->next <= last)
        epochs[count++] = keys->next++;
    if (keys->next <= last)
        epochs[count++] = last; /* Who knows all but the newest need not wait. */
    return count;
}

void keys_clear(struct keys *keys)
{
    free(keys->lists);
    *keys = (struct keys){.lists = NULL};
}

/* Returns how much it was. */
static size_t hand_over(struct sitting *sitting, struct bytes packed)
{
    struct event *event = packed.size == 0 ? NULL
                                           : event_copy(&sitting->worker->node->pools, EVENT_KEYS,
                                                        QUEUE_LANE_GOSSIP, packed);
    if (event == NULL)
        return 0;
    memcpy(event->id.bytes, sitting->entry.id, DIGEST_SIZE);
    worker_to_mesh(sitting->worker, event);
    return packed.size;
}

/* How that epoch came to be: with the end of the one before. */
static size_t send_epoch(struct sitting *sitting, uint64_t epoch)
{
    static _Thread_local uint8_t packed[RELAY_KEYS_SIZE_MAX];
    const struct keys_list *list = &sitting->keys.lists[epoch - 2];
    uint64_t height;
    const struct bytes ending = archive_ending(sitting->archive, epoch - 1, &height);
    if (ending.size == 0)
        return 0;
    const size_t size = relay_pack_ending(archive_block(sitting->archive, height), ending,
                                          (struct bytes){.at = list->bytes, .size = list->size},
                                          packed, sizeof packed);
    return hand_over(sitting, (struct bytes){.at = packed, .size = size});
}

/* Returns how much was told. */
static size_t tell(struct sitting *sitting)
{
    static _Thread_local uint8_t packed[SEATING_SIZE_MAX + 16];
    const size_t size = relay_pack_seating(
        (struct bytes){.at = sitting->lobby.seating_packed, .size = sitting->lobby.seating_size},
        packed, sizeof packed);
    size_t told = hand_over(sitting, (struct bytes){.at = packed, .size = size});
    uint64_t epochs[KEYS_STEPS + 1];
    const size_t count = keys_turn(&sitting->keys, epochs);
    for (size_t i = 0; i < count; i++)
        told += send_epoch(sitting, epochs[i]);
    return told;
}

/* Whether all voters before this one are silent; who has no vote leaves it to those who have. */
static bool is_first(const struct sitting *sitting, msec now)
{
    const struct table *table = sitting->table;
    for (unsigned i = 0; i < table->position; i++) {
        const msec heard = table->consensus.last_heard[i];
        const msec since = heard > sitting->keys.since ? heard : sitting->keys.since;
        if (now - since < KEYS_SILENT_MSEC)
            return false;
    }
    return true;
}

static bool has_keys(const struct sitting *sitting)
{
    return sitting->table != NULL && sitting->table->position != SEAT_NONE &&
           table_final(sitting->table)->phase != STATE_PHASE_OVER;
}

void keys_hurry(struct sitting *sitting, msec now)
{
    struct keys *keys = &sitting->keys;
    if (!has_keys(sitting))
        return;
    keys->hurry = true;
    if (keys->due > now)
        keys->due = now;
}

void keys_expire(struct sitting *sitting, msec now)
{
    struct keys *keys = &sitting->keys;
    if (!has_keys(sitting) || now < keys_deadline(sitting))
        return;
    if (keys->since == 0)
        keys->since = now;
    size_t size = 0;
    if (keys->hurry || is_first(sitting, now)) {
        size = tell(sitting);
        keys->told = now;
    }
    const msec sparing = (msec)size * 1000 / KEYS_BYTES_PER_SEC;
    keys->hurry = false;
    keys->due = now + (sparing > KEYS_MSEC ? sparing : KEYS_MSEC);
}

msec keys_deadline(const struct sitting *sitting)
{
    const struct keys *keys = &sitting->keys;
    if (!has_keys(sitting))
        return MSEC_NEVER;
    const msec earliest = keys->told == 0 ? 0 : keys->told + KEYS_SOON_MSEC;
    return keys->due > earliest ? keys->due : earliest;
}
