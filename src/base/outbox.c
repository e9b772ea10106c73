/* SPDX-License-Identifier: MIT */
#include "base/outbox.h"

#include <string.h>

uint8_t *outbox_reserve(struct outbox *out, uint32_t kind, uint32_t target, size_t size)
{
    if (out->count == out->effects_max || out->arena_size - out->used < size) {
        out->dropped++;
        return NULL;
    }
    uint8_t *at = out->arena + out->used;
    out->effects[out->count++] = (struct effect){
        .kind = kind, .target = target, .offset = (uint32_t)out->used, .size = (uint32_t)size};
    out->used += size;
    return at;
}

bool outbox_append(struct outbox *out, uint32_t kind, uint32_t target, struct bytes bytes)
{
    uint8_t *at = outbox_reserve(out, kind, target, bytes.size);
    if (at != NULL && bytes.size > 0)
        memcpy(at, bytes.at, bytes.size);
    return at != NULL;
}
