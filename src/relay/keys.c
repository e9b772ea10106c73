/* SPDX-License-Identifier: MIT */
/* Packing what others learn a table's seat keys from; see relay.h. */
#include "base/check.h"
#include "frame/frame.h"
#include "relay/relay.h"

#define PACK_ARENA_SIZE 32768
#define PACK_BLOCKS_MAX (BLOCKS_MAX + 1) /* Of one epoch above its last final one. */

static size_t pack(const Bitcraps__Keys *keys, uint8_t *out, size_t size)
{
    struct writer w = writer_on(out, size);
    return frame_pack(&keys->base, &w) ? w.used : 0;
}

size_t relay_pack_seating(struct bytes seating, uint8_t *out, size_t size)
{
    _Alignas(16) uint8_t memory[PACK_ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__seating__descriptor, seating, &arena, &base) != FRAME_OK)
        return 0;
    Bitcraps__Keys keys = BITCRAPS__KEYS__INIT;
    keys.seating = (Bitcraps__Seating *)(uintptr_t)base;
    return pack(&keys, out, size);
}

/* The headers name the skipped views' certificates; they prove nothing that is needed here. */
static Bitcraps__Block bare(const Bitcraps__Block *block)
{
    Bitcraps__Block copy = *block;
    copy.n_skips = 0;
    copy.skips = NULL;
    return copy;
}

size_t relay_pack_ending(struct bytes block, struct bytes ending, struct bytes seats, uint8_t *out,
                         size_t size)
{
    _Alignas(16) uint8_t memory[PACK_ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    Bitcraps__Block copies[PACK_BLOCKS_MAX];
    Bitcraps__Block *pointers[PACK_BLOCKS_MAX];
    const ProtobufCMessage *first;
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__block__descriptor, block, &arena, &first) != FRAME_OK ||
        frame_unpack(&bitcraps__blocks__descriptor, ending, &arena, &base) != FRAME_OK)
        return 0;
    const Bitcraps__Blocks *above = (const Bitcraps__Blocks *)base;
    if (above->n_blocks + 1 > PACK_BLOCKS_MAX)
        return 0;
    Bitcraps__Blocks blocks = BITCRAPS__BLOCKS__INIT;
    blocks.finalization = above->finalization;
    blocks.blocks = pointers;
    copies[0] = bare((const Bitcraps__Block *)first);
    for (size_t i = 0; i < above->n_blocks; i++)
        copies[i + 1] = bare(above->blocks[i]);
    blocks.n_blocks = above->n_blocks + 1;
    for (size_t i = 0; i < blocks.n_blocks; i++)
        pointers[i] = &copies[i];
    Bitcraps__Keys keys = BITCRAPS__KEYS__INIT;
    keys.ending = &blocks;
    keys.seats = (ProtobufCBinaryData){seats.size, (uint8_t *)(uintptr_t)seats.at};
    return pack(&keys, out, size);
}
