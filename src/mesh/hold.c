/* SPDX-License-Identifier: MIT */
/* Pieces that wait for the rest of their object; see hold.h. */
#include "mesh/hold.h"

#include "base/check.h"

#include <string.h>

static bool is_held(const struct hold_entry *entry, msec now)
{
    return entry->used && now - entry->since < PIECE_WAIT_MSEC;
}

/* The place for one more of a neighbour's: a free one, or see hold.h. */
static struct hold_entry *place_for(struct hold *hold, msec now, uint32_t neighbour)
{
    unsigned held[NEIGHBOURS_MAX] = {0};
    for (unsigned i = 0; i < HOLD_PACKETS; i++) {
        if (!is_held(&hold->entries[i], now))
            return &hold->entries[i];
        held[hold->entries[i].neighbour]++;
    }
    held[neighbour]++;
    struct hold_entry *place = &hold->entries[0];
    for (unsigned i = 1; i < HOLD_PACKETS; i++) {
        struct hold_entry *entry = &hold->entries[i];
        const unsigned crowd = held[entry->neighbour];
        if (crowd > held[place->neighbour] ||
            (crowd == held[place->neighbour] && entry->since < place->since))
            place = entry;
    }
    return place;
}

void hold_put(struct hold *hold, msec now, uint32_t neighbour, const struct piece_owner *owner,
              const struct digest *digest, struct bytes packet)
{
    CHECK(neighbour < NEIGHBOURS_MAX && packet.size <= PACKET_SIZE_MAX);
    struct hold_entry *entry = place_for(hold, now, neighbour);
    entry->used = true;
    entry->neighbour = neighbour;
    entry->since = now;
    entry->owner = *owner;
    entry->digest = *digest;
    entry->size = packet.size;
    memcpy(entry->packet, packet.at, packet.size);
}

const struct hold_entry *hold_take(struct hold *hold, msec now, const struct piece_owner *owner,
                                   const struct digest *digest)
{
    for (unsigned i = 0; i < HOLD_PACKETS; i++) {
        struct hold_entry *entry = &hold->entries[i];
        if (!is_held(entry, now) || !piece_owner_equal(&entry->owner, owner) ||
            memcmp(&entry->digest, digest, sizeof *digest) != 0)
            continue;
        entry->used = false;
        return entry;
    }
    return NULL;
}
