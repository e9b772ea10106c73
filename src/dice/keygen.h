/* SPDX-License-Identifier: MIT */
/*
 * The joint key of an epoch's dice: Feldman's secret sharing by every seat, with a proof of
 * possession of each constant term (PedPoP, as RFC 9591's appendix C), dealt in a log that all
 * seats agree on. Any t seats can roll, fewer know nothing. Pure: the log, phases and timers are
 * the table's; one seed per attempt comes in, made durable before the deal leaves.
 *
 * Order of calls: every seat keygen_deal(); for every deal keygen_check_deal() (everybody reaches
 * the same verdict) and keygen_open_share(); a bad share leads to keygen_complain(), and everyone
 * to the same keygen_judge(); with all n deals and confirmations keygen_finish() gives the public
 * key material and keygen_share() the own secret share.
 *
 * Seats are numbered 0 to n-1; in polynomials seat i stands at x = i + 1.
 *
 * Byte formats. Integers are big-endian; u8, u32, u64 are 1, 4, 8 bytes; text has no trailing zero.
 *   KEYGEN_CONTEXT    "BitCraps-DKG-v1-ristretto255-SHA512": the context of H2S in this file
 *   scope             instance (32) || epoch u64 || attempt u32 || list hash (32) || n u8 || t u8
 *   possession        Schnorr of C_0, binding = "possession" || scope || dealer u8
 *   box proof         Schnorr of E, binding = "box" || scope || dealer u8
 *   seat proof        Schnorr of the seat's dice key PK, binding = "seat" || what the caller gave
 *   commitments hash  BLAKE2b-256(C_0 || ... || C_(t-1))
 *   box key           BLAKE2b-256("BitCraps-box-v1" || K (32) || scope || dealer u8 || receiver u8)
 *                     where K = e PK_receiver = sk_receiver E
 *   share box         XChaCha20-Poly1305 (IETF) of the share p(receiver + 1), a canonical scalar,
 *                     under the box key, nonce 24 zero bytes (a key is used once), additional data
 *                     = commitments hash; 32 + 16 bytes, tag last
 *   deal              n u8 || t u8 || C_0 .. C_(t-1) (32 each) || possession (64) || E (32) ||
 *                     box proof (64) || share boxes of seats 0 .. n-1 (48 each)
 *   complaint         dealer u8 || complainer u8 || K (32) || DLEQ(Y = PK_complainer, M = E, U = K)
 *   group key         Y = sum over dealers d of C_d0
 *   share key         Y_i = sum over dealers d and powers k of C_dk * (i + 1)^k
 *   transcript hash   BLAKE2b-256("BitCraps-DKG-transcript-v1" || scope || PK_0 .. PK_(n-1) ||
 *                     deal of seat 0 || ... || deal of seat n-1)
 * Elements in a deal or complaint are canonical and not the identity. A share may be any scalar.
 */
#ifndef DICE_KEYGEN_H
#define DICE_KEYGEN_H

#include "base/limits.h"
#include "dice/proof.h"

#define KEYGEN_CONTEXT        "BitCraps-DKG-v1-ristretto255-SHA512"
#define KEYGEN_SEED_SIZE      32
#define KEYGEN_BOX_SIZE       48
#define KEYGEN_SCOPE_SIZE     78
#define KEYGEN_COMPLAINT_SIZE 98
#define KEYGEN_DEAL_SIZE(n, t)                                                                     \
    (2 + ELEMENT_SIZE * (size_t)(t) + PROOF_SIZE + ELEMENT_SIZE + PROOF_SIZE +                     \
     KEYGEN_BOX_SIZE * (size_t)(n))
#define KEYGEN_DEAL_SIZE_MAX KEYGEN_DEAL_SIZE(SEATS_MAX, SEATS_MAX)

_Static_assert(KEYGEN_DEAL_SIZE_MAX + 512 <= ACTION_SIZE_MAX, "a deal fits an action");

/* What an attempt is about. The list hash covers the seats in order with their dice keys. */
struct keygen_params {
    struct digest instance;
    uint64_t epoch; /* The epoch whose key this is. */
    uint32_t attempt;
    struct digest list_hash;
    uint8_t n;                      /* Seats, 1 to SEATS_MAX. */
    uint8_t t;                      /* Shares that make a roll, 1 to n. */
    struct element keys[SEATS_MAX]; /* The seats' dice public keys, seat proofs verified. */
};

struct keygen_deal {
    uint8_t n;
    uint8_t t;
    struct element commitments[SEATS_MAX]; /* The first t. */
    struct proof possession;
    struct element box; /* E. */
    struct proof box_proof;
    uint8_t shares[SEATS_MAX][KEYGEN_BOX_SIZE]; /* The first n. */
};

struct keygen_complaint {
    uint8_t dealer;
    uint8_t complainer;
    struct element key; /* K, which opens the complainer's box, and no other. */
    struct proof proof;
};

/* What everybody knows at the end. */
struct keygen_result {
    uint8_t n;
    uint8_t t;
    struct element group_key;
    struct element share_keys[SEATS_MAX];
    struct digest transcript;
};

enum keygen_verdict {
    KEYGEN_VERDICT_VALID,
    KEYGEN_VERDICT_SHAPE,      /* Not this attempt's n and t. */
    KEYGEN_VERDICT_ELEMENT,    /* A commitment or E is not a group element, or is the identity. */
    KEYGEN_VERDICT_POSSESSION, /* The proof of possession does not hold. */
    KEYGEN_VERDICT_BOX,        /* The proof of E does not hold. */
};

/* Who is guilty after a complaint: always exactly one. */
enum keygen_ruling {
    KEYGEN_RULING_DEALER,
    KEYGEN_RULING_COMPLAINER,
};

/* A seat's dice key pair from a secret seed; the secret is never 0. */
void keygen_seat_key(const uint8_t seed[static KEYGEN_SEED_SIZE], struct scalar *secret,
                     struct element *key);

/* Proves possession of a seat's dice key, bound to the caller's bytes (at most 256). */
void keygen_seat_prove(const struct scalar *secret, const struct element *key, struct bytes binding,
                       const uint8_t random[static PROOF_RANDOM_SIZE], struct proof *out);

/* True when the seat proof holds for these bytes and the key is a valid element. */
bool keygen_seat_verify(const struct element *key, struct bytes binding, const struct proof *proof);

/* True when n, t and all keys are usable: to be asked once of every new attempt. */
bool keygen_params_valid(const struct keygen_params *params);

/* The dealer's deal, the same for the same seed and params. The params must be valid. */
void keygen_deal(const struct keygen_params *params, uint8_t dealer,
                 const uint8_t seed[static KEYGEN_SEED_SIZE], struct keygen_deal *out);

/* Writes the deal's layout; returns its size, or 0 when it does not fit. */
size_t keygen_deal_encode(const struct keygen_deal *deal, uint8_t *out, size_t size);

/* Reads a layout of exactly this size; false when it is none. Says nothing of its validity. */
bool keygen_deal_decode(struct bytes from, struct keygen_deal *out);

/* The public verdict on a deal; every seat comes to the same. */
enum keygen_verdict keygen_check_deal(const struct keygen_params *params, uint8_t dealer,
                                      const struct keygen_deal *deal);

/*
 * Opens the receiver's box of a checked deal with its secret dice key. False when the box does not
 * open or the share does not match the commitments: then keygen_complain.
 */
bool keygen_open_share(const struct keygen_params *params, uint8_t dealer,
                       const struct keygen_deal *deal, uint8_t receiver,
                       const struct scalar *secret, struct scalar *share);

/* The complaint of a receiver whose share was bad: discloses its box's key with a proof. */
void keygen_complain(const struct keygen_params *params, uint8_t dealer,
                     const struct keygen_deal *deal, uint8_t complainer,
                     const struct scalar *secret, const uint8_t random[static PROOF_RANDOM_SIZE],
                     struct keygen_complaint *out);

void keygen_complaint_encode(const struct keygen_complaint *complaint,
                             uint8_t out[static KEYGEN_COMPLAINT_SIZE]);

/* False when the size is wrong. */
bool keygen_complaint_decode(struct bytes from, struct keygen_complaint *out);

/*
 * Judges a complaint of complaint->complainer against a checked deal of complaint->dealer. Both
 * are seats below n; the caller verified that the complainer signed it.
 */
enum keygen_ruling keygen_judge(const struct keygen_params *params, const struct keygen_deal *deal,
                                const struct keygen_complaint *complaint);

/*
 * The public result of n checked deals, deals[d] of seat d. False when the group key or a share key
 * is the identity, which takes colluding dealers and spoils only their own attempt.
 */
bool keygen_finish(const struct keygen_params *params, const struct keygen_deal *const *deals,
                   struct keygen_result *out);

/*
 * The seat's secret share: the sum of the shares that n dealers gave it. False when it does not
 * match the seat's share key: such a seat releases nothing.
 */
bool keygen_share(const struct keygen_result *result, uint8_t seat, const struct scalar *shares,
                  struct scalar *out);

#endif
