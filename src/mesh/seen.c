/* SPDX-License-Identifier: MIT */
/* What was seen lately: a ring in order of time, chained by hash; see seen.h. */
#include "mesh/seen.h"

#include "base/check.h"
#include "mesh/packet.h"

#include <sodium.h>
#include <string.h>

_Static_assert(SEEN_KEY_SIZE == crypto_shorthash_siphashx24_KEYBYTES, "SipHash's key");
_Static_assert(sizeof(struct seen_key) == crypto_shorthash_siphashx24_BYTES, "SipHash-128");

void seen_init(struct seen *seen, const uint8_t random[static SEEN_KEY_SIZE])
{
    memcpy(seen->random, random, SEEN_KEY_SIZE);
    for (size_t i = 0; i < SEEN_BUCKETS; i++)
        seen->buckets[i] = SEEN_NONE;
    seen->count = 0;
    seen->oldest = 0;
}

struct seen_key seen_key_of(const struct seen *seen, struct bytes packet)
{
    CHECK(packet.size >= PACKET_HEADER_SIZE && packet.size <= PACKET_SIZE_MAX);
    /* Hop limit and age change on the way: zeroed in a copy. */
    uint8_t copy[PACKET_SIZE_MAX];
    memcpy(copy, packet.at, packet.size);
    memset(copy + 3, 0, 3);
    struct seen_key key;
    crypto_shorthash_siphashx24(key.bytes, copy, packet.size, seen->random);
    return key;
}

/* The bucket of a key: SipHash under a secret key is evenly spread, and nobody can aim at it. */
static uint16_t *bucket_of(struct seen *seen, const struct seen_key *key)
{
    const size_t hash = (size_t)key->bytes[0] << 8 | key->bytes[1];
    return &seen->buckets[hash & (SEEN_BUCKETS - 1)];
}

static void unchain(struct seen *seen, uint16_t index)
{
    uint16_t *link = bucket_of(seen, &seen->entries[index].key);
    while (*link != index) {
        CHECK(*link != SEEN_NONE);
        link = &seen->entries[*link].next;
    }
    *link = seen->entries[index].next;
}

bool seen_has(const struct seen *seen, msec now, const struct seen_key *key)
{
    const size_t hash = (size_t)key->bytes[0] << 8 | key->bytes[1];
    uint16_t index = seen->buckets[hash & (SEEN_BUCKETS - 1)];
    while (index != SEEN_NONE) {
        const struct seen_entry *entry = &seen->entries[index];
        if (memcmp(&entry->key, key, sizeof *key) == 0)
            return now - entry->at < DEDUP_MSEC;
        index = entry->next;
    }
    return false;
}

void seen_insert(struct seen *seen, msec now, const struct seen_key *key)
{
    size_t index = (seen->oldest + seen->count) % DEDUP_ENTRIES;
    if (seen->count == DEDUP_ENTRIES) {
        index = seen->oldest;
        unchain(seen, (uint16_t)index);
        seen->oldest = (seen->oldest + 1) % DEDUP_ENTRIES;
    } else {
        seen->count++;
    }
    uint16_t *bucket = bucket_of(seen, key);
    seen->entries[index] = (struct seen_entry){.key = *key, .at = now, .next = *bucket};
    *bucket = (uint16_t)index;
}
