/* SPDX-License-Identifier: MIT */
/*
 * What the files of this folder share, and nobody else: consensus.c takes messages in, round.c
 * votes, emit.c writes effects, pull.c makes good for loss, recovery.c restarts.
 */
#ifndef CONSENSUS_PARTS_H
#define CONSENSUS_PARTS_H

#include "consensus/consensus.h"

/* Memory that unpacking one Block takes: its skip certificates, one for each view at most. */
#define PARTS_BLOCK_ARENA 32768

/* ---- consensus.c ---- */

/* The votes of a view from base_view on; NULL outside the window that is remembered. */
struct tally *parts_tally(struct consensus *c, uint64_t view);

/* Whether that block is known to be notarized or final at that view. */
bool parts_notarized(struct consensus *c, uint64_t view, const struct digest *digest);
bool parts_nullified(struct consensus *c, uint64_t view);

/* A view's finalization is known: nothing below it matters any more. */
void parts_raise_base(struct consensus *c, uint64_t view, const struct digest *digest);

/*
 * Verifies a vote and counts it; trusted: it comes from our own log. False: it is not authentic.
 */
bool parts_add_vote(struct consensus *c, msec now, enum vote_type type, uint64_t view,
                    const struct digest *digest, unsigned seat, const struct signature *signature,
                    bool trusted);

/*
 * Verifies a certificate and counts its votes. strict: true only if all of it was verified, also if
 * it tells nothing new.
 */
bool parts_add_certificate(struct consensus *c, msec now, const Bitcraps__Certificate *certificate,
                           bool strict, bool trusted, struct outbox *out);

/* A decoded block whose roots match its header. */
struct parts_block {
    const Bitcraps__Block *block;
    struct block_header header;
    struct digest digest;
    bool skips_match; /* One skip certificate for each view between parent and block. */
};

/* Decodes the header and compares the roots; false: somebody garbled the block. */
bool parts_read_block(struct consensus *c, const Bitcraps__Block *block, struct parts_block *read);

/* Copies a block to the chain, making room if need be; fetching: it is on the way to the base. */
struct held *parts_hold(struct consensus *c, const struct parts_block *read, bool fetching);

/*
 * Releases a block. Its valid descendants stay, apart: they are executed again when it comes back.
 */
void parts_release(struct consensus *c, struct held *held);

/* ---- round.c ---- */

/* Whether a block's parent is the last final one or valid and held. */
bool parts_has_parent(struct consensus *c, const struct held *held);

/* Executes held blocks whose parents are valid by now; true if any was. */
bool parts_link(struct consensus *c);

/* Makes a valid held block and its ancestors final; certificate is its finalization. */
void parts_finalize(struct consensus *c, struct held *held,
                    const Bitcraps__Certificate *certificate, struct outbox *out);

/* Does everything that can be done now. out NULL: while restoring, when nothing is signed. */
void parts_advance(struct consensus *c, msec now, int64_t wall_clock, struct outbox *out);

/* D_v. */
msec parts_delay(const struct consensus *c);

/* ---- emit.c ---- */

void parts_emit(struct outbox *out, uint32_t kind, uint32_t target,
                const Bitcraps__Message *message);
void parts_emit_vote(struct consensus *c, struct outbox *out, uint32_t kind, uint32_t target,
                     const struct tally *t, enum vote_type type, unsigned seat);
void parts_emit_certificate(struct consensus *c, struct outbox *out, uint32_t kind, uint32_t target,
                            struct tally *t, enum vote_type type);
void parts_emit_body(struct consensus *c, struct outbox *out, uint32_t kind, uint32_t target,
                     const struct held *held);

/* Makes a body, a certificate, or the certificate by which a view was entered durable, once. */
void parts_record_body(struct consensus *c, struct outbox *out, struct held *held);
void parts_record_certificate(struct consensus *c, struct outbox *out, struct tally *t,
                              enum vote_type type);
void parts_record_entry(struct consensus *c, struct outbox *out, uint64_t view);

/* ---- pull.c ---- */

msec parts_pull_interval(const struct consensus *c);
void parts_receive_status(struct consensus *c, msec now, const Bitcraps__Status *status,
                          struct outbox *out);
bool parts_receive_blocks(struct consensus *c, msec now, const Bitcraps__Blocks *blocks,
                          struct outbox *out);
void parts_receive_blocks_request(struct consensus *c, msec now,
                                  const Bitcraps__BlocksRequest *request, struct outbox *out);
void parts_send_status(struct consensus *c, msec now, struct outbox *out);

/* Sends what is due of STATUS and BlocksRequest. */
void parts_pull(struct consensus *c, msec now, bool busy, struct outbox *out);

/* ---- recovery.c ---- */

bool parts_receive_recover(struct consensus *c, msec now, const Bitcraps__Recover *recover,
                           struct outbox *out);
bool parts_receive_recovered(struct consensus *c, msec now, const Bitcraps__Recovered *recovered,
                             struct outbox *out);
void parts_send_recover(struct consensus *c, msec now, struct outbox *out);

#endif
