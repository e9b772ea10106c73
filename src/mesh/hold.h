/* SPDX-License-Identifier: MIT */
/*
 * Packets with pieces of others' objects, held until the object is whole and can be looked at: what
 * cannot be checked piece by piece goes on together or not at all. Pure; called by mesh.c.
 *
 * Bounded: when there is one more, the oldest of the link that holds most gives way, so that a
 * flooding neighbour crowds out itself; what waited PIECE_WAIT_MSEC is forgotten.
 */
#ifndef MESH_HOLD_H
#define MESH_HOLD_H

#include "mesh/piece.h"

#define HOLD_PACKETS 256

_Static_assert(HOLD_PACKETS >= 2 * PIECES_MAX, "two of the largest objects can be held");

struct hold_entry {
    bool used;
    uint32_t neighbour; /* That brought it. */
    msec since;
    struct piece_owner owner;
    struct digest digest; /* Of the object. */
    size_t size;
    uint8_t packet[PACKET_SIZE_MAX];
};

struct hold {
    struct hold_entry entries[HOLD_PACKETS];
};

/* Keeps a copy of a packet, a piece of that object. */
void hold_put(struct hold *hold, msec now, uint32_t neighbour, const struct piece_owner *owner,
              const struct digest *digest, struct bytes packet);

/* Takes one of an object's packets out, any; NULL: there is none. Valid until the next call. */
const struct hold_entry *hold_take(struct hold *hold, msec now, const struct piece_owner *owner,
                                   const struct digest *digest);

#endif
