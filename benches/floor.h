/* SPDX-License-Identifier: MIT */
/*
 * What libsodium's operations cost on this machine, and what blocks and rolls must cost at least:
 * the same operations once each and nothing else. For benches; single-threaded.
 *
 * block = 2 signatures + 2 (q - 1) verifications. VRF = hash to the group + own partial with its
 * proof + (t - 1) proofs verified + t multiplications, t - 1 additions and one inversion to
 * combine. roll = block + VRF + (n - 1) actions of others verified + 1 own action signed.
 * q = t = n - floor((n - 1) / 3).
 */
#ifndef BENCHES_FLOOR_H
#define BENCHES_FLOOR_H

enum floor_operation {
    FLOOR_SIGN,
    FLOOR_VERIFY,
    FLOOR_MULTIPLY,
    FLOOR_BASE,
    FLOOR_HASH,
    FLOOR_ADD,
    FLOOR_INVERT,
    FLOOR_PROVE,        /* A DLEQ proof as this program makes it. */
    FLOOR_VERIFY_PROOF, /* And verifies it. */
    FLOOR_OPERATIONS,
};

/* Microseconds of processor time of each operation: medians of interleaved rounds. */
struct floor {
    double usec[FLOOR_OPERATIONS];
};

/* Measures; takes a fraction of a second. sodium_init comes first. */
void floor_measure(struct floor *floor);

/* A word or two for each operation. */
const char *floor_name(enum floor_operation operation);

unsigned floor_quorum(unsigned seats);
double floor_block(const struct floor *floor, unsigned seats);
double floor_vrf(const struct floor *floor, unsigned seats);
double floor_roll(const struct floor *floor, unsigned seats);

/* One seat's share of rolls that took so many blocks and actions of all seats, on average. */
double floor_of(const struct floor *floor, unsigned seats, double blocks, double actions);

#endif
