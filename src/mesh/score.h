/* SPDX-License-Identifier: MIT */
/*
 * What we think of peers: a number from -100 to 100 each, local and never told. Pure; called by
 * mesh.c. It halves every ten minutes; three bad things within a minute are a ban of ten.
 * Bounded: the peer unheard of for longest gives way, banned ones last.
 */
#ifndef MESH_SCORE_H
#define MESH_SCORE_H

#include "mesh/packet.h"

#define SCORE_ENTRIES        256
#define SCORE_UNIT           100 /* Stored per point. */
#define SCORE_MAX            (100 * SCORE_UNIT)
#define SCORE_REFUSED        (-50 * SCORE_UNIT) /* Below this no link is accepted. */
#define SCORE_BAD            (-10 * SCORE_UNIT) /* A malformed packet or a bad signature. */
#define SCORE_FLOOD          (-1 * SCORE_UNIT)  /* A packet over the link's limit. */
#define SCORE_FIRST          (SCORE_UNIT / 10)  /* A packet for us that nobody brought before. */
#define SCORE_HALF_LIFE_MSEC 600000
#define SCORE_BAD_MAX        3
#define SCORE_BAD_MSEC       60000
#define SCORE_BAN_MSEC       600000

struct scores {
    struct score_entry {
        bool used;
        struct node_id node;
        int32_t value; /* In SCORE_UNIT, true at. */
        msec at;
        msec heard;              /* When it was last touched. */
        msec bad[SCORE_BAD_MAX]; /* When the last bad things were, a ring. */
        uint32_t bad_count;      /* Ever. */
        msec banned_until;
    } entries[SCORE_ENTRIES];
};

/* Adds to a peer's score, within the bounds. */
void score_add(struct scores *scores, msec now, const struct node_id *node, int32_t points);

/* A bad thing: SCORE_BAD, and true when it is the third within a minute, which bans the peer. */
bool score_bad(struct scores *scores, msec now, const struct node_id *node);

/* The score in SCORE_UNIT; 0 of a peer unheard of. */
int32_t score_of(const struct scores *scores, msec now, const struct node_id *node);

/* Whether no link with the peer is wanted: banned, or below SCORE_REFUSED. */
bool score_refuses(const struct scores *scores, msec now, const struct node_id *node);

#endif
