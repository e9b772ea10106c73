/* SPDX-License-Identifier: MIT */
/*
 * One roll: a distributed verifiable random function (DDH-DVRF, Galindo et al., eprint 2020/096).
 * Each seat's partial is its key share times an element hashed from the closed bets; any t partials
 * give the same V, and V gives the dice. Nobody can foresee V without t shares, or choose it.
 *
 * Pure. It does not know when a partial may be released: the table calls roll_partial only once it
 * holds the finalization of the CLOSE block and has made that durable. Any thread.
 *
 * Byte formats. Integers are big-endian; text has no trailing zero.
 *   ROLL_CONTEXT  "BitCraps-DVRF-v1-ristretto255-SHA512": the context of H2C and H2S in this file
 *   input         instance (32) || epoch u64 || table (32) || roll number u64 ||
 *                 digest of the CLOSE block (32) || key generation transcript hash (32): 144 bytes
 *   M             H2C("roll" || input)
 *   partial       U_i = s_i M (32) || DLEQ(Y = Y_i, M, U = U_i) (64): 96 bytes
 *   V             sum over the t seats of w_i U_i, where x_i = seat + 1 and
 *                 w_i = product over the other seats m of x_m / (x_m - x_i), modulo L
 *   seed          SHA-512("dice" || V || input)
 *   dice          the seed's bytes b in order: b >= 252 is skipped, else w = b mod 36,
 *                 first die = 1 + floor(w / 6), second = 1 + w mod 6. When all 64 bytes are
 *                 skipped, the seed becomes SHA-512(seed).
 */
#ifndef DICE_ROLL_H
#define DICE_ROLL_H

#include "base/limits.h"
#include "dice/proof.h"

#define ROLL_CONTEXT      "BitCraps-DVRF-v1-ristretto255-SHA512"
#define ROLL_INPUT_SIZE   144
#define ROLL_PARTIAL_SIZE 96
#define ROLL_SEED_SIZE    64

/* What a roll is bound to. */
struct roll_input {
    struct digest instance;
    uint64_t epoch;
    struct digest table;
    uint64_t number;          /* Of the roll at its table. */
    struct digest close;      /* The CLOSE block's digest. */
    struct digest transcript; /* keygen_result.transcript. */
};

/* The input in its layout and M, computed once per roll. */
struct roll_statement {
    uint8_t input[ROLL_INPUT_SIZE];
    struct element base; /* M. */
};

struct roll_partial {
    struct element value; /* U_i. */
    struct proof proof;
};

/* Lagrange weights at 0 of a set of seats: worth keeping while the set stays the same. */
struct roll_weights {
    uint32_t seats; /* Bit i: seat i. 0: nothing computed yet. */
    uint8_t count;
    struct scalar weights[SEATS_MAX]; /* In ascending order of the seats. */
};

/* Two fair dice, 1 to 6 each. */
struct roll_dice {
    uint8_t first;
    uint8_t second;
};

/* Prepares a roll's statement. */
void roll_prepare(const struct roll_input *input, struct roll_statement *out);

/* A seat's partial, from its secret share and share key, which must match. */
void roll_partial(const struct roll_statement *statement, const struct scalar *share,
                  const struct element *share_key, const uint8_t random[static PROOF_RANDOM_SIZE],
                  struct roll_partial *out);

/* True when the partial is the one that the owner of the share key must give. */
bool roll_verify_partial(const struct roll_statement *statement, const struct element *share_key,
                         const struct roll_partial *partial);

void roll_partial_encode(const struct roll_partial *partial, uint8_t out[static ROLL_PARTIAL_SIZE]);

/* False when the size is wrong; says nothing of validity. */
bool roll_partial_decode(struct bytes from, struct roll_partial *out);

/*
 * Makes *weights those of the set of seats, doing nothing when they are already. The set is not
 * empty and has no bit at or above SEATS_MAX.
 */
void roll_weigh(struct roll_weights *weights, uint32_t seats);

/*
 * V from verified partials, values[i] = U of the i-th seat of the weights' set in ascending order.
 * The set has exactly t seats. False when a value is not an element.
 */
bool roll_combine(const struct roll_weights *weights, const struct element *values,
                  struct element *out);

/* The dice of V. */
struct roll_dice roll_dice(const struct roll_statement *statement, const struct element *V);

/* The dice of a seed, replacing the seed by its hash while it is exhausted. */
struct roll_dice roll_dice_of_seed(uint8_t seed[static ROLL_SEED_SIZE]);

#endif
