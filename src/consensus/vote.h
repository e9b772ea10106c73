/* SPDX-License-Identifier: MIT */
/*
 * What a seat signs, and what a quorum of signatures proves. A vote is a signature over
 *
 *   "BCv1" 4 | instance 32 | epoch 8 | type 1 | view 8 | digest 32
 *
 * A certificate is the votes of exactly a quorum with equal type, view and digest. It can be
 * checked by anyone who knows the seats' keys: certificate_valid needs nothing of a running
 * consensus.
 */
#ifndef CONSENSUS_VOTE_H
#define CONSENSUS_VOTE_H

#include "base/limits.h"
#include "base/types.h"
#include "proto/table.pb-c.h"

#define VOTE_STATEMENT_SIZE 85

enum vote_type {
    VOTE_NOTARIZE = 1, /* This block is the view's, its parent is notarized, it is valid. */
    VOTE_NULLIFY = 2,  /* I do not FINALIZE in this view. No digest. */
    VOTE_FINALIZE = 3, /* I saw the block's notarization and do not NULLIFY in its view. */
};

#define VOTE_TYPES 3

/* Some of an electorate's seats: bit i for seat i. */
typedef uint64_t seat_set;

static inline seat_set seat_bit(unsigned seat)
{
    return UINT64_C(1) << seat;
}

/* Signing and verifying; the simulator may swap in fast ones. */
struct consensus_crypto {
    void *context;
    void (*sign)(void *context, struct bytes message, struct signature *out);
    bool (*verify)(void *context, const struct public_key *key, struct bytes message,
                   const struct signature *signature);
};

/* Who votes where: what a verifier has to know. */
struct electorate {
    struct digest instance;
    uint64_t epoch;
    unsigned seats;  /* n */
    unsigned quorum; /* q = n - floor((n-1)/3) */
    struct public_key keys[SEATS_MAX];
};

/* n - floor((n-1)/3): how many of n seats decide. */
unsigned vote_quorum(unsigned seats);

/* Writes the layout above; digest NULL writes zeros. */
void vote_statement(const struct electorate *electorate, enum vote_type type, uint64_t view,
                    const struct digest *digest, uint8_t out[static VOTE_STATEMENT_SIZE]);

/* Whether the signature is the seat's on that statement. */
bool vote_valid(const struct electorate *electorate, const struct consensus_crypto *crypto,
                enum vote_type type, uint64_t view, const struct digest *digest, unsigned seat,
                const struct signature *signature);

/* Whether type, epoch and sizes can be right: exactly a quorum of seats, as many signatures. */
bool certificate_well_formed(const struct electorate *electorate,
                             const Bitcraps__Certificate *certificate);

/* The digest a well-formed certificate is for; zeros for a nullification. */
struct digest certificate_digest(const Bitcraps__Certificate *certificate);

/* The signature of the index-th seat of its bitmap; index < quorum. */
struct signature certificate_signature(const Bitcraps__Certificate *certificate, unsigned index);

/* Whether a certificate is well formed and each of its signatures is valid. */
bool certificate_valid(const struct electorate *electorate, const struct consensus_crypto *crypto,
                       const Bitcraps__Certificate *certificate);

#endif
