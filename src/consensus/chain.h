/* SPDX-License-Identifier: MIT */
/*
 * The blocks of a consensus: the last final one, those held above it, and some of the latest final
 * ones for seats that lag. Blocks are kept packed, exactly as they came, in two fixed memories; the
 * application's state on top of a held block lives in the slot that the block was given.
 *
 * Plain data and bookkeeping: what is valid, notarized or final is decided by the consensus.
 */
#ifndef CONSENSUS_CHAIN_H
#define CONSENSUS_CHAIN_H

#include "base/limits.h"
#include "base/types.h"
#include "consensus/block.h"

/* Slots of application state: the last final block's and one for each block held above it. */
#define CONSENSUS_SLOTS (BLOCKS_MAX + 1)

/* Memory for packed blocks above the final one: six of the largest, or hundreds of usual ones. */
#define CHAIN_BODIES_SIZE 229376
/* Memory for the latest final blocks with their certificates, and how many at most. */
#define CHAIN_ARCHIVE_SIZE 131072
#define CHAIN_ARCHIVED_MAX 128

enum held_state {
    HELD_NOTHING, /* This place is free. */
    HELD_APART,   /* Its parent is not held, or not known to be valid yet. */
    HELD_VALID,   /* Executed; its state is in `slot`. */
    HELD_INVALID, /* Refused by the application or the header's rules. */
};

struct held {
    enum held_state state;
    bool recorded;         /* The journal has the body. */
    bool signed_by_leader; /* `signature` is there: it came as a proposal. */
    bool justified;        /* Its skip certificates were verified. */
    unsigned slot;
    uint32_t offset; /* Of the packed Block in bodies. */
    uint32_t size;
    uint32_t payload_offset; /* Within the packed Block. */
    uint32_t payload_size;
    struct digest digest;
    struct block_header header;
    struct signature signature; /* The leader's NOTARIZE. */
};

/* A final block that is still in memory. */
struct archived {
    uint64_t height;
    uint32_t offset;
    uint32_t size;             /* Of the packed Block. */
    uint32_t certificate_size; /* Of the packed finalization after it; 0: a descendant has it. */
};

struct chain {
    /* The last final block; the genesis at first. */
    struct digest final;
    uint64_t final_view;
    uint64_t final_height;
    int64_t final_time;
    unsigned final_slot;

    bool slot_used[CONSENSUS_SLOTS];
    struct held held[BLOCKS_MAX];
    uint32_t bodies_used;
    uint32_t archive_used;
    unsigned archived_count;
    struct archived archived[CHAIN_ARCHIVED_MAX]; /* Ascending. */
    uint8_t bodies[CHAIN_BODIES_SIZE];
    uint8_t archive[CHAIN_ARCHIVE_SIZE];
};

/* Nothing but the genesis, whose state is in slot 0. */
void chain_init(struct chain *chain, const struct digest *genesis);

/* The held block of that digest, or NULL. */
struct held *chain_find(struct chain *chain, const struct digest *digest);

/*
 * Copies a packed Block, whose header and payload are views into it, to a free place. NULL when
 * there is no place or no memory: release something first.
 */
struct held *chain_hold(struct chain *chain, const struct digest *digest,
                        const struct block_header *header, struct bytes packed,
                        struct bytes payload);

/* Forgets a held block, its memory and its slot. Views of other blocks' bytes become invalid. */
void chain_release(struct chain *chain, struct held *held);

/* A free slot, now taken; there is one for every held block. */
unsigned chain_take_slot(struct chain *chain);

/* The packed Block, and its payload; valid until the next release. */
struct bytes chain_packed(const struct chain *chain, const struct held *held);
struct bytes chain_payload(const struct chain *chain, const struct held *held);

/*
 * Makes a valid child of the last final block the last final block: moves its bytes to the archive
 * with its packed finalization (empty if a descendant has it), frees the old state's slot and the
 * block's place.
 */
void chain_finalize(struct chain *chain, struct held *held, struct bytes certificate);

/* A final block that is still in memory, or NULL. */
const struct archived *chain_archived(const struct chain *chain, uint64_t height);

#endif
