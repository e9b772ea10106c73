/* SPDX-License-Identifier: MIT */
/*
 * Simplex consensus (Chan, Pass, TCC 2023, eprint 2023/463) for one epoch of one instance: the same
 * order of blocks for everyone. n seats, f = floor((n-1)/3) may lie, quorum q = n-f.
 *
 * A pure state machine. The table that embeds it hands in messages and time; what is to be done comes
 * out as effects. It knows nothing of craps: blocks are built, executed and applied by the
 * application it is given, whose state at each held block lives in numbered slots.
 *
 * Called by the worker that owns the table, never concurrently.
 *
 * Order of effects: all records of a pass are durable before any message of it leaves.
 *
 * Timers: t_lead (no proposal of the current view), t_view (the current view not left), the pace of
 * empty blocks (D_v after entering), status (T_r while there is work), recovery (repeat of Recover).
 */
#ifndef CONSENSUS_CONSENSUS_H
#define CONSENSUS_CONSENSUS_H

#include "base/limits.h"
#include "base/outbox.h"
#include "base/types.h"
#include "consensus/block.h"
#include "proto/table.pb-c.h"

/* Slots of application state: the last final block's and one for each block held above it. */
#define CONSENSUS_SLOTS (BLOCKS_MAX + 1)

enum consensus_effect {
    CONSENSUS_EFFECT_RECORD = 1, /* Packed Message, to be durable before the sends of this pass. */
    CONSENSUS_EFFECT_SEND = 2, /* Packed Message for seat `target`, or TARGET_ALL. */
};

/* What the application has to do on top of a block. */
enum consensus_work {
    CONSENSUS_WORK_NONE, /* Nothing: the table may fall silent. */
    CONSENSUS_WORK_DUE, /* Something valid can be proposed now. */
    CONSENSUS_WORK_WAIT, /* A step is due but not valid yet: views must turn (empty blocks). */
};

/* Signing and verifying; the simulator may swap in fast ones. */
struct consensus_crypto {
    void *context;
    void (*sign)(void *context, struct bytes message, struct signature *out);
    bool (*verify)(void *context, const struct public_key *key, struct bytes message,
                   const struct signature *signature);
};

/*
 * The replicated state machine. All calls happen inside consensus_* calls, on its thread.
 * execute is a function of (state of parent slot, header, payload) alone, for every seat.
 */
struct consensus_application {
    void *context;
    enum consensus_work (*work)(void *context, unsigned slot, uint64_t next_view);
    /* Writes a payload that is valid on top of `parent` for the header's view; 0: an empty block. */
    size_t (*propose)(void *context, unsigned parent, const struct block_header *header,
                      uint8_t *payload, size_t size_max);
    /* Executes into `slot`; false: the payload is invalid and `slot` is undefined. */
    bool (*execute)(void *context, unsigned parent, unsigned slot,
                    const struct block_header *header, const struct digest *digest,
                    struct bytes payload);
    /* Root of the state in a slot; what child headers commit to. */
    void (*root)(void *context, unsigned slot, struct digest *out);
    /* The block in `slot` is final; called once for each block, in chain order, also on restore. */
    void (*finalize)(void *context, unsigned slot, const struct block_header *header,
                     const struct digest *digest, struct bytes payload);
    /* The own signed action of highest sequence held of `seat`, packed; empty if none. (1.9) */
    struct bytes (*last_action)(void *context, unsigned seat);
    /* A quorum vouches for nothing above our log; or: this signed own action is not in it. */
    bool (*knows_action)(void *context, struct bytes action);
};

struct consensus_config {
    struct digest instance;
    uint64_t epoch;
    unsigned seats; /* n, 1 to SEATS_MAX. */
    unsigned self; /* Own seat. */
    struct public_key keys[SEATS_MAX];
    struct digest genesis; /* Digest of the epoch's genesis block, final at view 0, height 0. */
    uint64_t leader_offset; /* Leader of view v is seat (v + leader_offset) mod n. */
    msec delay; /* D0: the assumed bound on one-way delay. */
    struct consensus_crypto crypto;
    struct consensus_application application;
};

/*
 * struct consensus is open (it is embedded in a table and inspected by the simulator), a few hundred
 * kilobytes, and holds no pointers but those of its configuration.
 */
struct consensus;

/* Starts at view 1 above the genesis, whose application state is in slot 0. */
void consensus_init(struct consensus *c, const struct consensus_config *config, msec now);

/*
 * Restart: after consensus_init, every record this instance ever made durable, in order, then
 * consensus_resume once with 16 fresh random bytes. Nothing new is signed until q-1 other seats have
 * answered the nonce (1.9); identical re-sends and answers to others happen at once.
 */
void consensus_restore(struct consensus *c, const Bitcraps__Message *record);
void consensus_resume(struct consensus *c, msec now, const uint8_t nonce[static 16],
                      struct outbox *out);

/*
 * A decoded message of the consensus kinds (vote, certificate, proposal, status, blocks,
 * blocks_request, recover, recovered); `packed` is what it was decoded from. Any other kind is a bug
 * of the caller. Returns false for what could not be authentic (bad signature, malformed).
 */
bool consensus_receive(struct consensus *c, msec now, int64_t wall_clock,
                       const Bitcraps__Message *message, struct outbox *out);

/* The application has news (an action arrived, a partial completed a roll): work may be due. */
void consensus_poke(struct consensus *c, msec now, int64_t wall_clock, struct outbox *out);

/* Lets time pass; call it at or after consensus_deadline. */
void consensus_expire(struct consensus *c, msec now, int64_t wall_clock, struct outbox *out);

/* When consensus_expire is wanted next; MSEC_NEVER while there is nothing to wait for. */
msec consensus_deadline(const struct consensus *c);

#endif
