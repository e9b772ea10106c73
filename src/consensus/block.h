/* SPDX-License-Identifier: MIT */
/*
 * A block's header: fixed layout, 204 bytes, big-endian; its BLAKE2b-256 is the block's digest.
 *
 *   magic "BCb1" 4 | instance 32 | epoch 8 | view 8 | parent view 8 | parent digest 32 | height 8 |
 *   payload root 32 | state root after the parent 32 | skip root 32 | leader time 8
 *
 * payload root: BLAKE2b-256 of the payload bytes. skip root: BLAKE2b-256 over the packed
 * nullification certificates of the views between parent and block, each preceded by its size in 4
 * bytes, ascending by view (of nothing, when there are none). leader time: milliseconds since 1970
 * by the leader's clock; shown, never relied on.
 */
#ifndef CONSENSUS_BLOCK_H
#define CONSENSUS_BLOCK_H

#include "base/types.h"

#define BLOCK_HEADER_SIZE 204

struct block_header {
    struct digest instance;
    uint64_t epoch;
    uint64_t view;
    uint64_t parent_view;
    struct digest parent;
    uint64_t height;
    struct digest payload_root;
    struct digest state_root;
    struct digest skip_root;
    int64_t time; /* Milliseconds since 1970. */
};

/* Writes the layout above. */
void block_header_encode(const struct block_header *header, uint8_t out[static BLOCK_HEADER_SIZE]);

/* Reads it back; false when size or magic is wrong. */
bool block_header_decode(struct bytes in, struct block_header *out);

/* BLAKE2b-256 of an encoded header. */
void block_digest(const uint8_t header[static BLOCK_HEADER_SIZE], struct digest *out);

#endif
