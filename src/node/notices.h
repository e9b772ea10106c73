/* SPDX-License-Identifier: MIT */
/*
 * Offers of own tables that wait for their turn to be announced, as the mesh lets a node announce
 * only so often: first come, first served, one for each table, its newest. So each of several
 * tables is heard of in its turn, and none for ever in another's place. Pure; owned by the mesh
 * thread.
 */
#ifndef NODE_NOTICES_H
#define NODE_NOTICES_H

#include "base/types.h"
#include "mesh/mesh.h"

#define NOTICES_MAX 16

struct notice {
    struct digest table;
    size_t size;
    uint8_t bytes[MESH_DISCOVER_SIZE_MAX];
};

struct notices {
    struct notice waiting[NOTICES_MAX]; /* Oldest first. */
    unsigned count;
};

/* Waits behind the others, or in the place of that table's older offer. What finds no room is lost:
 * it is offered again. */
void notices_put(struct notices *notices, const struct digest *table, struct bytes bytes);

/* Whose turn it is; NULL: nobody waits. */
const struct notice *notices_first(const struct notices *notices);

/* Its turn is over. */
void notices_shift(struct notices *notices);

#endif
