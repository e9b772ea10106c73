/* SPDX-License-Identifier: MIT */
/*
 * Objects too large for one packet: cut into pieces and put together again. Pure; called by mesh.c.
 *
 * A piece is the body of a packet with flag PIECE:
 *     digest of the whole 32 | part 1 | parts 1 | slice
 * Every slice has PIECE_SIZE_MAX bytes but the last, which has 1 to PIECE_SIZE_MAX. Parts count
 * from 0. The digest is BLAKE2b-256 of the object. Pieces come in any order, twice, and mixed with
 * those of others; a whole that does not have its digest is dropped.
 *
 * Memory is chunks of one slice. What one author takes through one link is at most one largest
 * object: its oldest unfinished one gives way. When no chunk is left, the oldest of the link that
 * holds most gives way, so that a flooding neighbour crowds out itself. Unfinished ones die after
 * PIECE_WAIT_MSEC.
 */
#ifndef MESH_PIECE_H
#define MESH_PIECE_H

#include "base/limits.h"
#include "mesh/packet.h"

#define PIECE_HEADER_SIZE (DIGEST_SIZE + 2)
#define PIECE_WAIT_MSEC   10000
#define PIECE_CHUNKS      1024
#define PIECE_WHOLES      128
#define PIECE_NONE        UINT16_MAX

_Static_assert(PIECE_HEADER_SIZE + PIECE_SIZE_MAX <= PACKET_BODY_MAX, "a piece fits a packet");
_Static_assert(PIECES_MAX <= UINT8_MAX, "a part's number fits its byte");
_Static_assert(PIECE_CHUNKS >= PIECES_MAX, "the largest object can be put together");

struct piece {
    struct digest digest;
    uint8_t part;
    uint8_t parts;
    struct bytes slice;
};

/* Which object a piece belongs to. */
struct piece_owner {
    uint8_t type; /* Of the packet. */
    struct short_id source;
    uint8_t destination[SHORT_ID_SIZE];
};

/* An object that is being put together. */
struct piece_whole {
    bool used;
    bool authentic; /* All its pieces were. */
    struct piece_owner owner;
    struct digest digest;
    uint32_t link; /* That brought the first piece. */
    msec since;
    uint8_t parts;
    uint8_t held;
    uint16_t last_size;          /* Of the last slice, 0 while it is missing. */
    uint16_t chunks[PIECES_MAX]; /* Where each slice lies, or PIECE_NONE. */
};

struct pieces {
    struct piece_whole wholes[PIECE_WHOLES];
    uint8_t chunks[PIECE_CHUNKS][PIECE_SIZE_MAX];
    uint16_t free[PIECE_CHUNKS]; /* A stack. */
    size_t free_count;
    uint8_t object[PIECES_MAX * PIECE_SIZE_MAX]; /* The last that was completed. */
    uint64_t evicted;                            /* Unfinished ones that gave way. */
    uint64_t expired;
};

enum piece_verdict {
    PIECE_KEPT,
    PIECE_COMPLETE,
    PIECE_AGAIN, /* That part is held already. */
    PIECE_MALFORMED,
    PIECE_CONTRADICTS,  /* Another number of parts than the first piece said. */
    PIECE_DIGEST_WRONG, /* Complete, and not what its digest says; dropped. */
};

/* How many pieces an object of size bytes is cut into; 1 to PIECES_MAX. */
size_t piece_count(size_t size);

/* Writes the body of one piece of an object and returns its size. */
size_t piece_cut(struct bytes object, const struct digest *digest, size_t part,
                 uint8_t at[static PACKET_BODY_MAX]);

/* Reads a body as a piece; false when it is none. The slice is a view into body. */
bool piece_decode(struct bytes body, struct piece *piece);

/* Whose object a packet is a piece of. */
struct piece_owner piece_owner_of(const struct packet *packet);

bool piece_owner_equal(const struct piece_owner *a, const struct piece_owner *b);

/* Starts with nothing held. */
void pieces_init(struct pieces *pieces);

/*
 * Takes a piece (copies its slice). On PIECE_COMPLETE *object is the whole, valid until the next
 * call, and *authentic, which says of this piece whether it is, says so of all of them.
 */
enum piece_verdict pieces_take(struct pieces *pieces, msec now, uint32_t link,
                               const struct piece_owner *owner, struct bytes body, bool *authentic,
                               struct bytes *object);

/* Whether other pieces of the object that this body is a piece of are held. */
bool pieces_hold(const struct pieces *pieces, const struct piece_owner *owner, struct bytes body);

/* Forgets what has waited PIECE_WAIT_MSEC. */
void pieces_expire(struct pieces *pieces, msec now);

/* When the next one is to be forgotten, or MSEC_NEVER. */
msec pieces_deadline(const struct pieces *pieces);

#endif
