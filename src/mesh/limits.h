/* SPDX-License-Identifier: MIT */
/*
 * How much a link may bring, of what: the MESH_*_PER_SEC of mesh.h. Pure; called by mesh.c.
 */
#ifndef MESH_LIMITS_H
#define MESH_LIMITS_H

#include "mesh/mesh.h"

/* How a packet goes on. */
enum passing {
    PASSING_AS_IT_IS,
    PASSING_CHECKED, /* A statement for others, if it holds. */
    PASSING_HELD     /* A piece for others or of keys, when its object is whole and holds. */
};

/*
 * Whether a new packet is within the limits of its kind (MESH_FORWARDED), and how it goes on; what
 * is ours has only the link's.
 */
enum mesh_verdict limits_admit(struct mesh *m, msec now, uint32_t neighbour,
                               const struct packet *packet, enum passing *passing);

/*
 * The limits on what nobody checks. Going over them is not held against the neighbour: it may relay
 * for many in good faith, each within its limits.
 */
enum mesh_verdict limits_unchecked(struct mesh *m, msec now, uint32_t neighbour,
                                   const struct packet *packet, enum mesh_standing standing);

/* What the judge says of a packet for others, and how many signatures it would check. */
enum mesh_standing limits_look(const struct mesh *m, const struct packet *packet,
                               unsigned *signatures);

/* Takes the time to check so many signatures of what a neighbour brought; false: there is none. */
bool limits_checks(struct mesh *m, msec now, uint32_t neighbour, unsigned signatures);

/* To whom of a set a list of keys goes: those on whose links MESH_KEYS_PART is not used up. */
uint32_t limits_keys_to(struct mesh *m, msec now, uint32_t set, size_t size);

/* Takes one announcement of an origin; false: it announces too often. */
bool limits_heard(struct mesh *m, msec now, const struct short_id *source);

#endif
