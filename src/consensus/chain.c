/* SPDX-License-Identifier: MIT */
#include "consensus/chain.h"

#include "base/check.h"

#include <string.h>

void chain_init(struct chain *chain, const struct digest *genesis)
{
    memset(chain, 0, offsetof(struct chain, bodies));
    chain->final = *genesis;
    chain->slot_used[0] = true;
}

struct held *chain_find(struct chain *chain, const struct digest *digest)
{
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        struct held *held = &chain->held[i];
        if (held->state != HELD_NOTHING &&
            memcmp(held->digest.bytes, digest->bytes, DIGEST_SIZE) == 0)
            return held;
    }
    return NULL;
}

struct held *chain_hold(struct chain *chain, const struct digest *digest,
                        const struct block_header *header, struct bytes packed,
                        struct bytes payload)
{
    CHECK(payload.size <= packed.size);
    if (packed.size > CHAIN_BODIES_SIZE - chain->bodies_used)
        return NULL;
    unsigned free_place = 0;
    while (free_place < BLOCKS_MAX && chain->held[free_place].state != HELD_NOTHING)
        free_place++;
    if (free_place == BLOCKS_MAX)
        return NULL;
    struct held *held = &chain->held[free_place];
    *held = (struct held){
        .state = HELD_APART,
        .offset = chain->bodies_used,
        .size = (uint32_t)packed.size,
        .payload_offset = payload.size == 0 ? 0 : (uint32_t)(payload.at - packed.at),
        .payload_size = (uint32_t)payload.size,
        .digest = *digest,
        .header = *header,
    };
    CHECK(held->payload_offset + held->payload_size <= held->size);
    memcpy(chain->bodies + chain->bodies_used, packed.at, packed.size);
    chain->bodies_used += held->size;
    return held;
}

/* Gives the memory back and moves what lies behind it down. */
static void release_body(struct chain *chain, const struct held *held)
{
    const uint32_t offset = held->offset;
    const uint32_t end = offset + held->size;
    CHECK(end <= chain->bodies_used);
    memmove(chain->bodies + offset, chain->bodies + end, chain->bodies_used - end);
    chain->bodies_used -= held->size;
    for (unsigned i = 0; i < BLOCKS_MAX; i++)
        if (chain->held[i].state != HELD_NOTHING && chain->held[i].offset >= end)
            chain->held[i].offset -= held->size;
}

void chain_release(struct chain *chain, struct held *held)
{
    CHECK(held->state != HELD_NOTHING);
    release_body(chain, held);
    if (held->state == HELD_VALID)
        chain->slot_used[held->slot] = false;
    held->state = HELD_NOTHING;
}

unsigned chain_take_slot(struct chain *chain)
{
    unsigned slot = 0;
    while (slot < CONSENSUS_SLOTS && chain->slot_used[slot])
        slot++;
    CHECK(slot < CONSENSUS_SLOTS);
    chain->slot_used[slot] = true;
    return slot;
}

struct bytes chain_packed(const struct chain *chain, const struct held *held)
{
    return (struct bytes){chain->bodies + held->offset, held->size};
}

struct bytes chain_payload(const struct chain *chain, const struct held *held)
{
    return (struct bytes){chain->bodies + held->offset + held->payload_offset, held->payload_size};
}

/* Drops the older half of the archive: rarely, so that moving the rest costs little. */
static void archive_shrink(struct chain *chain)
{
    const unsigned dropped = (chain->archived_count + 1) / 2;
    const uint32_t start =
        dropped == chain->archived_count ? chain->archive_used : chain->archived[dropped].offset;
    memmove(chain->archive, chain->archive + start, chain->archive_used - start);
    chain->archive_used -= start;
    chain->archived_count -= dropped;
    memmove(chain->archived, chain->archived + dropped,
            chain->archived_count * sizeof chain->archived[0]);
    for (unsigned i = 0; i < chain->archived_count; i++)
        chain->archived[i].offset -= start;
}

static void archive_append(struct chain *chain, uint64_t height, struct bytes block,
                           struct bytes certificate)
{
    const size_t size = block.size + certificate.size;
    CHECK(size <= CHAIN_ARCHIVE_SIZE);
    while (size > CHAIN_ARCHIVE_SIZE - chain->archive_used ||
           chain->archived_count == CHAIN_ARCHIVED_MAX)
        archive_shrink(chain);
    uint8_t *at = chain->archive + chain->archive_used;
    memcpy(at, block.at, block.size);
    if (certificate.size > 0)
        memcpy(at + block.size, certificate.at, certificate.size);
    chain->archived[chain->archived_count++] = (struct archived){
        .height = height,
        .offset = chain->archive_used,
        .size = (uint32_t)block.size,
        .certificate_size = (uint32_t)certificate.size,
    };
    chain->archive_used += (uint32_t)size;
}

void chain_finalize(struct chain *chain, struct held *held, struct bytes certificate)
{
    CHECK(held->state == HELD_VALID);
    CHECK(memcmp(held->header.parent.bytes, chain->final.bytes, DIGEST_SIZE) == 0);
    CHECK(held->header.height == chain->final_height + 1);
    archive_append(chain, held->header.height, chain_packed(chain, held), certificate);
    chain->slot_used[chain->final_slot] = false;
    chain->final = held->digest;
    chain->final_view = held->header.view;
    chain->final_height = held->header.height;
    chain->final_time = held->header.time;
    chain->final_slot = held->slot;
    release_body(chain, held);
    held->state = HELD_NOTHING;
}

const struct archived *chain_archived(const struct chain *chain, uint64_t height)
{
    if (chain->archived_count == 0 || height < chain->archived[0].height)
        return NULL;
    const uint64_t index = height - chain->archived[0].height;
    return index < chain->archived_count ? &chain->archived[index] : NULL;
}
