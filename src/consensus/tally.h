/* SPDX-License-Identifier: MIT */
/*
 * The votes of one view. A seat has one vote of each type here; a second, different NOTARIZE of a
 * seat moves to its struct conflict, which still counts towards a quorum and is kept as evidence.
 * A certificate is nothing else than a quorum of the votes held.
 *
 * Plain data, used by the consensus that owns it. Signatures are verified before they come here.
 */
#ifndef CONSENSUS_TALLY_H
#define CONSENSUS_TALLY_H

#include "consensus/vote.h"

/* Different digests that a view's votes may name; votes for more are refused. */
#define TALLY_DIGESTS_MAX 12
#define TALLY_NONE        0xff

struct tally {
    uint64_t view;
    seat_set seats[VOTE_TYPES];   /* By type - 1: whose votes are held. */
    uint8_t complete[VOTE_TYPES]; /* The digest that a quorum voted for, or TALLY_NONE. */
    bool recorded[VOTE_TYPES];    /* Its certificate is in the journal. */
    bool own[VOTE_TYPES];         /* We signed one, whether or not it is among those below. */
    uint8_t digests_count;
    uint8_t digest_of[VOTE_TYPES][SEATS_MAX];
    struct digest digests[TALLY_DIGESTS_MAX];
    struct signature signatures[VOTE_TYPES][SEATS_MAX];
};

/* Two votes of one seat, type and view with different digests: proof that it lies. */
struct conflict {
    bool held;
    enum vote_type type;
    uint64_t view;
    struct digest digests[2];
    struct signature signatures[2];
};

enum tally_verdict {
    TALLY_ADDED,
    TALLY_HELD,     /* The same vote is there already. */
    TALLY_CONFLICT, /* Another vote of the seat is there; the pair is kept. */
    TALLY_FULL,     /* No room for another digest; nothing is kept. */
};

/* Forgets all votes; the tally is of that view now. */
void tally_clear(struct tally *t, uint64_t view);

/* Index of a digest among those voted for, or TALLY_NONE. */
uint8_t tally_find(const struct tally *t, const struct digest *digest);

/* Seats whose vote of that type for that digest is held. */
seat_set tally_seats(const struct tally *t, enum vote_type type, uint8_t digest);

/* Whether exactly this vote, signature included, is held. */
bool tally_holds(const struct tally *t, enum vote_type type, unsigned seat,
                 const struct digest *digest, const struct signature *signature);

/* Adds a verified vote. conflict is the seat's; both votes of a conflict count for completeness. */
enum tally_verdict tally_add(struct tally *t, struct conflict conflicts[static SEATS_MAX],
                             unsigned quorum, enum vote_type type, unsigned seat,
                             const struct digest *digest, const struct signature *signature);

/*
 * Adds a verified vote of a certificate: it takes the place of another vote of the seat, since no
 * two certificates of one type and view can exist for different digests while at most f seats lie.
 */
enum tally_verdict tally_put(struct tally *t, struct conflict conflicts[static SEATS_MAX],
                             unsigned quorum, enum vote_type type, unsigned seat,
                             const struct digest *digest, const struct signature *signature);

/* The digest that a quorum gave that vote, or NULL. */
const struct digest *tally_complete(const struct tally *t, enum vote_type type);

/* The digest that most votes of NOTARIZE and FINALIZE name, or NULL when there are none. */
const struct digest *tally_leading(const struct tally *t);

/*
 * The certificate of a complete type: the votes of its lowest seats. Views into *t and signatures,
 * which holds quorum * SIGNATURE_SIZE bytes.
 */
Bitcraps__Certificate tally_certificate(struct tally *t, uint64_t epoch, unsigned quorum,
                                        enum vote_type type,
                                        uint8_t signatures[static SEATS_MAX * SIGNATURE_SIZE]);

#endif
