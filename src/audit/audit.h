/* SPDX-License-Identifier: MIT */
/*
 * Was I paid right? Checks an exported table from its bytes alone: no daemon, key or network. Every
 * signature, certificate, key-generation step, partial and proof, every die, payout and balance.
 * Pure; called by `bitcraps verify` and by tests, on any thread.
 *
 * The file is one packed Export (proto/table.proto), canonical: re-encoding gives the same bytes,
 * and there is no checksum over the whole. What is checked, in this order:
 *   1. the seating: genesis, every Sit with its signatures and proof, the host's signature;
 *   2. for each block, heights 1, 2, 3...: the header names this instance, its epoch, its parent's
 *      digest and view, 0 for the first of an epoch; its time is after its parent's by at most an
 * hour (AUDIT_TIME_STEP_MAX); the first block's is 1 to AUDIT_TIME_FIRST_MAX; the payload and state
 * roots; one nullification certificate for each view between parent and block, ascending, hashed in
 * the skip root;
 *   3. its payload, executed: action signatures and sequences, deals, CLOSE, ROLL with its shares;
 *   4. after each block that ends an epoch, the empty blocks on top of it, if any, and the
 *      finalization certificate of the last of them by that epoch's seats; the next epoch's seats
 *      and their dice key are what that block's execution gave;
 *   5. the finalization certificate of the last block: exactly a quorum of valid signatures. By the
 *      chain of digests it makes every block of its epoch before it final too.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "consensus/vote.h"
#include "frame/frame.h"
#include "table/state.h"

#define AUDIT_SENTENCE_SIZE  256
#define AUDIT_TIME_STEP_MAX  3600000 /* Milliseconds. */
#define AUDIT_TIME_FIRST_MAX (INT64_C(1) << 48)
/* What audit_export's arena must have for a file of that size, at least. */
#define AUDIT_ARENA_SIZE(file_size) (2 * (file_size) + 65536)

struct audit {
    struct seating seating;
    struct electorate electorate;
    struct state state; /* After the last block that held. */
    struct state before;
    uint64_t blocks; /* That were checked and hold. */
    uint64_t rolls;
    size_t endings;      /* Epochs that ended, and how holds. */
    uint64_t signatures; /* Certificates' alone. */
    struct digest last;  /* Digest of the last block that held. */
    uint64_t last_view;
    int64_t last_time;
    char wrong[AUDIT_SENTENCE_SIZE]; /* The first thing that is wrong; empty when nothing is. */
};

/*
 * Checks a whole export. Calls event (may be NULL) for what happened at the table, block by block,
 * each after its block held. True when everything holds; else audit->wrong names the first thing
 * that does not, and the other fields tell how far it got. The arena is scratch.
 */
bool audit_export(struct audit *audit, struct bytes file, struct arena *arena,
                  void (*event)(void *context, const struct table_event *event), void *context);

/*
 * The statements that convicted a seat, as views into an export that holds: for the lie of a
 * TABLE_EVENT_CONVICTED. The second is empty when one was enough. False when they are not there.
 * The arena is scratch, as large as for audit_export.
 */
bool audit_proof(struct bytes file, struct arena *arena, const struct conviction *lie,
                 struct bytes statements[static 2]);

#endif
