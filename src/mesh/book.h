/* SPDX-License-Identifier: MIT */
/*
 * Whose identity key is known, by short id. Pure; called by mesh.c.
 *
 * Keys come from authenticated links and from DISCOVERs, which prove theirs. Bounded: those longest
 * unused give way, but those of live links stay. A short id is 64 bits, so two keys with one can be
 * made with effort: the first stays, the second is refused.
 */
#ifndef MESH_BOOK_H
#define MESH_BOOK_H

#include "mesh/packet.h"

#define BOOK_ENTRIES 256

struct book {
    struct book_entry {
        struct short_id id;
        struct public_key key;
        uint32_t links; /* Live links to it. */
        uint64_t used;  /* Larger is more recent; 0 is a free entry. */
    } entries[BOOK_ENTRIES];
    uint64_t clock; /* Counts uses. */
};

/* Remembers a key under its short id. False when another key has it. */
bool book_add(struct book *book, const struct short_id *id, const struct public_key *key);

/* The key of a short id, or NULL; valid until the next book_add. */
const struct public_key *book_find(struct book *book, const struct short_id *id);

/* Holds on to a known key while a link is up, and lets go of it. */
void book_hold(struct book *book, const struct short_id *id);
void book_release(struct book *book, const struct short_id *id);

#endif
