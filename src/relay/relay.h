/* SPDX-License-Identifier: MIT */
/*
 * What a node knows of tables that it does not sit at but passes messages of: whose keys sign
 * there, so that what nobody of the table said goes no further.
 *
 * Nothing is taken on trust. A table's scope is a hash of its genesis; the Seating is signed by the
 * genesis' host and has every seat's keys with their owners' signatures; the seats of each later
 * epoch stand, by their hash, in the block that ended the epoch before, which a quorum of that
 * epoch finalized. Seats announce both (struct Keys of the proto), rarely.
 *
 * What is checked is what a seat signs: votes, certificates, proposals (the leader's signature and
 * the payload's hash), actions and parts of rolls, of the present epoch and of the one before; and
 * requests for seats. What has no signature (STATUS, requests for blocks), what is signed in its
 * parts (answers with blocks), what comes in pieces, and what is signed by who only arrives is not.
 *
 * Pure. Called by the mesh thread, through relay_judge.
 *
 * Memory: RELAY_TABLES tables. When there is one more, that link's table gives way which was heard
 * of longest ago which holds most, so that a neighbour who makes tables up crowds out its own.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "consensus/vote.h"
#include "mesh/mesh.h"
#include "table/roster.h"

#define RELAY_TABLES     32
#define RELAY_ARENA_SIZE 16384

/* The largest packed Keys that is looked at. */
#define RELAY_KEYS_SIZE_MAX MESSAGE_SIZE_MAX

/* Who signs in one epoch. */
struct relay_epoch {
    struct roster roster; /* count 0: not known. */
    struct electorate electorate;
};

struct relay_table {
    bool used;
    struct scope_id scope;
    struct genesis genesis;
    struct digest instance;
    struct relay_epoch present;
    struct relay_epoch before;
    uint32_t neighbour; /* That told us of it first. */
    msec heard;
};

struct relay {
    struct relay_table tables[RELAY_TABLES];
    uint64_t checked; /* Statements whose signature held, */
    uint64_t forged;  /* and those whose did not. */
    uint64_t learnt;  /* Seat lists. */
    uint64_t refused; /* What was announced as one and does not hold. */
    /* Of one call each: */
    struct seating seating;
    _Alignas(16) uint8_t memory[RELAY_ARENA_SIZE];
};

enum relay_news {
    RELAY_LEARNT,
    RELAY_NOTHING_NEW, /* Known already, or of an epoch that ended. */
    RELAY_TOO_EARLY,   /* The epoch before it is not known: it cannot be checked. */
    RELAY_REFUSED,     /* It does not hold. */
};

/* Starts without tables. */
void relay_init(struct relay *relay);

/* How the mesh asks; the judge points into relay. */
struct mesh_judge relay_judge(struct relay *relay);

/* The scope of a table: the first 8 bytes of BLAKE2b-256("bitcraps:scope:v1" || table id). */
struct scope_id relay_scope(const struct digest *table);

/* A table was offered with that packed genesis; false when it is none. */
bool relay_offer(struct relay *relay, msec now, uint32_t neighbour, struct bytes genesis);

/* Packed Keys were announced in a scope. */
enum relay_news relay_learn(struct relay *relay, msec now, uint32_t neighbour,
                            const struct scope_id *scope, struct bytes packed);

/* This node sits there itself now: it knows the keys better. */
void relay_forget(struct relay *relay, const struct scope_id *scope);

/* What is known of the table in a scope, or NULL. */
const struct relay_table *relay_find(const struct relay *relay, const struct scope_id *scope);

/*
 * Packs Keys: of a packed Seating; or of the packed Block that ended an epoch, the packed Blocks
 * that made it final (struct table_archive), and the packed roster of the epoch after. Returns the
 * size, 0 when it does not fit.
 */
size_t relay_pack_seating(struct bytes seating, uint8_t *out, size_t size);
size_t relay_pack_ending(struct bytes block, struct bytes ending, struct bytes seats, uint8_t *out,
                         size_t size);

#endif
