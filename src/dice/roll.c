/* SPDX-License-Identifier: MIT */
/* A roll from partials: DDH-DVRF and the dice of its value; see roll.h. */
#include "dice/roll.h"

#include "base/check.h"
#include "base/wire.h"

#include <sodium.h>

#define CONTEXT GROUP_LITERAL(ROLL_CONTEXT)

_Static_assert(SEATS_MAX <= 20, "a product of all positions fits 63 bits: 20! < 2^63");

void roll_prepare(const struct roll_input *input, struct roll_statement *out)
{
    struct writer w = writer_on(out->input, sizeof out->input);
    write_bytes(&w, input->instance.bytes, DIGEST_SIZE);
    write_u64(&w, input->epoch);
    write_bytes(&w, input->table.bytes, DIGEST_SIZE);
    write_u64(&w, input->number);
    write_bytes(&w, input->close.bytes, DIGEST_SIZE);
    write_bytes(&w, input->transcript.bytes, DIGEST_SIZE);
    CHECK(!w.failed && w.used == ROLL_INPUT_SIZE);

    uint8_t message[4 + ROLL_INPUT_SIZE] = {'r', 'o', 'l', 'l'};
    memcpy(message + 4, out->input, ROLL_INPUT_SIZE);
    group_hash_to_element(CONTEXT, (struct bytes){.at = message, .size = sizeof message},
                          &out->base);
}

void roll_partial(const struct roll_statement *statement, const struct scalar *share,
                  const struct element *share_key, const uint8_t random[static PROOF_RANDOM_SIZE],
                  struct roll_partial *out)
{
    CHECK(group_multiply(share, &statement->base, &out->value));
    proof_equal(CONTEXT, share, share_key, &statement->base, &out->value, random, &out->proof);
}

bool roll_verify_partial(const struct roll_statement *statement, const struct element *share_key,
                         const struct roll_partial *partial)
{
    return proof_equal_verify(CONTEXT, share_key, &statement->base, &partial->value,
                              &partial->proof);
}

void roll_partial_encode(const struct roll_partial *partial, uint8_t out[static ROLL_PARTIAL_SIZE])
{
    struct writer w = writer_on(out, ROLL_PARTIAL_SIZE);
    write_bytes(&w, partial->value.bytes, ELEMENT_SIZE);
    write_bytes(&w, &partial->proof, PROOF_SIZE);
    CHECK(!w.failed && w.used == ROLL_PARTIAL_SIZE);
}

bool roll_partial_decode(struct bytes from, struct roll_partial *out)
{
    if (from.size != ROLL_PARTIAL_SIZE)
        return false;
    memcpy(out->value.bytes, from.at, ELEMENT_SIZE);
    memcpy(&out->proof, from.at + ELEMENT_SIZE, PROOF_SIZE);
    return true;
}

/* Turns each of count values, none of them 0, into its inverse, with a single inversion. */
static void invert_all(struct scalar *values, size_t count)
{
    struct scalar prefix[SEATS_MAX]; /* The product of all values before. */
    struct scalar product = group_scalar(1);
    for (size_t i = 0; i < count; i++) {
        prefix[i] = product;
        crypto_core_ristretto255_scalar_mul(product.bytes, product.bytes, values[i].bytes);
    }
    struct scalar inverse; /* Of the product of the first i + 1 values. */
    CHECK(crypto_core_ristretto255_scalar_invert(inverse.bytes, product.bytes) == 0);
    for (size_t i = count; i-- > 0;) {
        const struct scalar value = values[i];
        crypto_core_ristretto255_scalar_mul(values[i].bytes, inverse.bytes, prefix[i].bytes);
        crypto_core_ristretto255_scalar_mul(inverse.bytes, inverse.bytes, value.bytes);
    }
}

void roll_weigh(struct roll_weights *weights, uint32_t seats)
{
    CHECK(seats != 0 && seats >> SEATS_MAX == 0);
    if (weights->seats == seats)
        return;

    int64_t positions[SEATS_MAX];
    int64_t product = 1; /* Of all positions. */
    uint8_t count = 0;
    for (uint8_t seat = 0; seat < SEATS_MAX; seat++) {
        if ((seats >> seat & 1) == 0)
            continue;
        positions[count++] = seat + 1;
        product *= seat + 1;
    }
    for (uint8_t i = 0; i < count; i++) {
        int64_t differences = 1;
        for (uint8_t m = 0; m < count; m++)
            if (m != i)
                differences *= positions[m] - positions[i];
        weights->weights[i] = group_scalar(differences);
    }
    invert_all(weights->weights, count);
    for (uint8_t i = 0; i < count; i++) {
        const struct scalar others = group_scalar(product / positions[i]);
        crypto_core_ristretto255_scalar_mul(weights->weights[i].bytes, weights->weights[i].bytes,
                                            others.bytes);
    }
    weights->seats = seats;
    weights->count = count;
}

bool roll_combine(const struct roll_weights *weights, const struct element *values,
                  struct element *out)
{
    CHECK(weights->seats != 0);
    struct element sum = {{0}};
    for (uint8_t i = 0; i < weights->count; i++) {
        struct element term;
        if (!group_multiply(&weights->weights[i], &values[i], &term))
            return false;
        CHECK(group_add(&sum, &term, &sum));
    }
    *out = sum;
    return true;
}

struct roll_dice roll_dice(const struct roll_statement *statement, const struct element *V)
{
    crypto_hash_sha512_state state;
    uint8_t seed[ROLL_SEED_SIZE];
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, (const uint8_t *)"dice", 4);
    crypto_hash_sha512_update(&state, V->bytes, ELEMENT_SIZE);
    crypto_hash_sha512_update(&state, statement->input, ROLL_INPUT_SIZE);
    crypto_hash_sha512_final(&state, seed);
    return roll_dice_of_seed(seed);
}

struct roll_dice roll_dice_of_seed(uint8_t seed[static ROLL_SEED_SIZE])
{
    /* 252 = 7 * 36: what is left after skipping is exactly uniform over 36 throws. */
    for (;;) {
        for (size_t i = 0; i < ROLL_SEED_SIZE; i++) {
            if (seed[i] >= 252)
                continue;
            const unsigned throw = seed[i] % 36u;
            return (struct roll_dice){.first = (uint8_t)(1 + throw / 6),
                                      .second = (uint8_t)(1 + throw % 6)};
        }
        uint8_t next[ROLL_SEED_SIZE];
        crypto_hash_sha512(next, seed, ROLL_SEED_SIZE);
        memcpy(seed, next, sizeof next);
    }
}
