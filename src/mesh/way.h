/* SPDX-License-Identifier: MIT */
/*
 * Where a packet goes from here: which neighbours, as a set of bits, and how much further. Pure;
 * called by mesh.c and limits.c.
 */
#ifndef MESH_WAY_H
#define MESH_WAY_H

#include "mesh/mesh.h"

/* How many neighbours are in a set. */
size_t way_count(uint32_t set);

/* The live neighbours but one (by index) and those who are the source. */
uint32_t way_others(const struct mesh *m, uint32_t neighbour, const struct short_id *source);

/* The live links to one node. */
uint32_t way_links(const struct mesh *m, const uint8_t id[static SHORT_ID_SIZE]);

/* Whether a packet is for us, what is for everyone included. */
bool way_is_for_us(const struct mesh *m, const struct packet *packet);

/* Whether a packet is for one node, so that its destination is a short id. */
bool way_is_to_one(const struct packet *packet);

/* What its hop limit will be on the next link; 0: it ends here. */
uint8_t way_hop_limit(const struct mesh *m, const struct packet *packet);

/* Whom a packet from a neighbour goes on to; none if it is for us alone or may go no further. */
uint32_t way_on(struct mesh *m, msec now, uint32_t neighbour, const struct packet *packet);

#endif
