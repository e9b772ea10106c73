/* SPDX-License-Identifier: MIT */
/*
 * A toy application for consensus, a fast fake of its crypto, and one seat of it as a node of the
 * simulator. The state is, for each seat, how many of its actions were applied, and a digest over
 * all that happened; every third action shuts a gate that only a later view may open again, so that
 * views have to turn.
 *
 * The referee sees everything that honest seats say and do, across restarts, and checks: S1 one
 * block at a height, S2 no two conflicting signatures, S3 one state at a height, S4 certificates
 * that stand alone. It writes the first breach down.
 */
#ifndef TESTS_CONSENSUS_TOY_H
#define TESTS_CONSENSUS_TOY_H

#include "consensus/consensus.h"
#include "platform/sim/sim.h"

#define TOY_VIEWS_MAX   4096
#define TOY_HEIGHTS_MAX 4096
#define TOY_PACKED_MAX  49152
#define TOY_OFFERS_MAX  64

struct toy_state {
    uint64_t applied[SEATS_MAX];
    uint64_t total;
    bool gate_shut;
    uint64_t gate_view; /* The block that shut it. */
    struct digest log;
};

/* What one honest seat said in a view. */
struct toy_statements {
    bool made[VOTE_TYPES];
    struct digest digests[VOTE_TYPES];
};

struct toy_referee {
    char breach[256]; /* Empty: none. */
    struct electorate electorate;
    struct consensus_crypto crypto;
    bool honest[SEATS_MAX]; /* Others may say what they like. */
    uint64_t heights;       /* Final at any honest seat. */
    struct digest final[TOY_HEIGHTS_MAX];
    struct digest roots[TOY_HEIGHTS_MAX];
    struct toy_statements statements[SEATS_MAX][TOY_VIEWS_MAX];
    uint64_t certificates;
};

struct toy_archived {
    size_t block_size;
    size_t certificate_size;
    uint8_t *bytes;
};

/* One seat. A twin has an identity that another node has too. */
struct toy {
    struct toy_referee *referee;
    unsigned self;
    unsigned seats;
    bool honest;
    bool lies;                /* Its leader blocks are invalid now and then. */
    unsigned payload_padding; /* Bytes of padding in each payload. */
    uint64_t offered;         /* Own actions: durable. */
    uint64_t known[SEATS_MAX];
    uint64_t final_height;
    uint64_t told_height; /* What the referee knows of: final and durable. */
    struct {
        uint64_t view;
        struct digest digest;
        struct digest root;
    } finals[TOY_HEIGHTS_MAX];
    msec offer_next;
    struct toy_state states[CONSENSUS_SLOTS];
    struct chance chance;
    struct consensus_config config;
    struct consensus consensus;
    uint8_t action[64];
    uint64_t offers_max;          /* 0: TOY_OFFERS_MAX. */
    struct toy_archived *archive; /* Final blocks: what a table keeps. */
    size_t archive_count;
    size_t archive_room;
};

extern const struct sim_node_operations toy_operations;

/* Keys and the referee of n seats; real: libsodium's Ed25519 instead of the fake. */
void toy_referee_init(struct toy_referee *referee, unsigned seats, bool real);

/* Before sim_add. */
void toy_prepare(struct toy *toy, struct toy_referee *referee, unsigned self, uint64_t seed,
                 msec delay);
void toy_clear(struct toy *toy);

/* sim_act: the seat offers one more action. */
void toy_offer(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out);

/* The state of the last final block. */
const struct toy_state *toy_final(const struct toy *toy);

#endif
