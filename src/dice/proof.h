/* SPDX-License-Identifier: MIT */
/*
 * Zero-knowledge proofs over the group: that one knows a secret (Schnorr), and that two elements
 * hide the same secret (DLEQ, RFC 9497 section 2.2 without its batch composites). Pure. Called by
 * keygen.c and roll.c and by tests, on any thread.
 *
 * A prover hands in 32 fresh random bytes; the nonce hashes them with the secret and the statement,
 * so that neither a repeated random nor a known one gives the secret away.
 *
 * Byte formats. proof = c (32) || z (32), canonical scalars. In challenges every element and the
 * binding carry a 2-byte big-endian length before them (0x0020 for an element); H2S is of group.h.
 *   DLEQ(Y = kG, U = kM)   t2 = rG, t3 = rM, z = r - ck,
 *                          c = H2S(len||Y || len||M || len||U || len||t2 || len||t3 || "Challenge")
 *   Schnorr(Y = kG)        T = rG, z = r - ck,
 *                          c = H2S(len||Y || len||T || len||binding || "Schnorr")
 * A verifier computes t2 = zG + cY, t3 = zM + cU (T = zG + cY) and then c, which must be equal.
 * Y, M and U must be canonical and not the identity.
 */
#ifndef DICE_PROOF_H
#define DICE_PROOF_H

#include "dice/group.h"

#define PROOF_SIZE        64
#define PROOF_RANDOM_SIZE 32

struct proof {
    struct scalar challenge;
    struct scalar response;
};

/*
 * Proves that Y = kG and U = kM for the same k, given all of them. The secret is valid and not 0;
 * the random bytes are fresh for each call, or derived from a secret seed.
 */
void proof_equal(struct bytes context, const struct scalar *k, const struct element *Y,
                 const struct element *M, const struct element *U,
                 const uint8_t random[static PROOF_RANDOM_SIZE], struct proof *out);

/* True when the proof holds; all arguments may be hostile. */
bool proof_equal_verify(struct bytes context, const struct element *Y, const struct element *M,
                        const struct element *U, const struct proof *proof);

/* Proves knowledge of k with Y = kG, bound to the binding (at most 65535 bytes). */
void proof_known(struct bytes context, const struct scalar *k, const struct element *Y,
                 struct bytes binding, const uint8_t random[static PROOF_RANDOM_SIZE],
                 struct proof *out);

/* True when the proof holds for this binding; all arguments may be hostile. */
bool proof_known_verify(struct bytes context, const struct element *Y, struct bytes binding,
                        const struct proof *proof);

#endif
