/* SPDX-License-Identifier: MIT */
/*
 * What a core wants done: a list of effects over one caller-owned arena. A step appends; the shell
 * reads the list in order and clears it before the next step. Views into it die with the clear.
 *
 * The kinds of effects belong to the core that appends them. Of a table's effects, all records are
 * made durable before any send leaves and any event is shown.
 */
#ifndef BASE_OUTBOX_H
#define BASE_OUTBOX_H

#include "base/types.h"

/* What everyone in scope gets, as a target. */
#define TARGET_ALL UINT32_MAX

struct effect {
    uint32_t kind;   /* Of the appending core's enum. */
    uint32_t target; /* Whom it is for, in the core's own numbering; TARGET_ALL: everyone. */
    uint32_t offset; /* Of the bytes in the arena. */
    uint32_t size;
};

struct outbox {
    struct effect *effects;
    size_t effects_max;
    size_t count;
    uint8_t *arena;
    size_t arena_size;
    size_t used;
    uint64_t dropped; /* Effects that did not fit, ever: sized so that this stays 0. */
};

/* Forgets all effects; the memory stays. */
static inline void outbox_clear(struct outbox *out)
{
    out->count = 0;
    out->used = 0;
}

/* The bytes of an effect; valid until the next append to or clear of the outbox. */
static inline struct bytes outbox_bytes(const struct outbox *out, const struct effect *effect)
{
    return (struct bytes){.at = out->arena + effect->offset, .size = effect->size};
}

/* Appends an effect of size bytes and returns where to write them; NULL when it does not fit. */
uint8_t *outbox_reserve(struct outbox *out, uint32_t kind, uint32_t target, size_t size);

/* Appends an effect with a copy of the bytes; false when it does not fit. */
bool outbox_append(struct outbox *out, uint32_t kind, uint32_t target, struct bytes bytes);

#endif
