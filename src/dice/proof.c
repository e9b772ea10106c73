/* SPDX-License-Identifier: MIT */
/* Proofs of knowledge and of equality of discrete logarithms; see proof.h. */
#include "dice/proof.h"

#include "base/check.h"

#include <sodium.h>

_Static_assert(sizeof(struct proof) == PROOF_SIZE, "a proof is its two scalars");

static const uint8_t element_length[2] = {0, ELEMENT_SIZE};

/* Appends a length-prefixed element to a challenge's parts. */
static size_t put_element(struct bytes *parts, size_t count, const struct element *element)
{
    parts[count] = (struct bytes){.at = element_length, .size = sizeof element_length};
    parts[count + 1] = (struct bytes){.at = element->bytes, .size = ELEMENT_SIZE};
    return count + 2;
}

/* The challenge of a DLEQ proof: RFC 9497 section 2.2.1 without composites. */
static void challenge_equal(struct bytes context, const struct element *Y, const struct element *M,
                            const struct element *U, const struct element *t2,
                            const struct element *t3, struct scalar *out)
{
    const struct element *const elements[] = {Y, M, U, t2, t3};
    struct bytes parts[11];
    size_t count = 0;
    for (size_t i = 0; i < 5; i++)
        count = put_element(parts, count, elements[i]);
    parts[count++] = GROUP_LITERAL("Challenge");
    group_hash_to_scalar(context, parts, count, out);
}

/* The challenge of a Schnorr proof. */
static void challenge_known(struct bytes context, const struct element *Y, const struct element *T,
                            struct bytes binding, struct scalar *out)
{
    CHECK(binding.size <= UINT16_MAX);
    const uint8_t binding_length[2] = {(uint8_t)(binding.size >> 8), (uint8_t)binding.size};
    struct bytes parts[7];
    size_t count = put_element(parts, 0, Y);
    count = put_element(parts, count, T);
    parts[count++] = (struct bytes){.at = binding_length, .size = sizeof binding_length};
    parts[count++] = binding;
    parts[count++] = GROUP_LITERAL("Schnorr");
    group_hash_to_scalar(context, parts, count, out);
}

/*
 * The secret nonce: a hash of the secret, the random bytes and the statement. Two statements never
 * share one, even if the random bytes repeat.
 */
static void hedge(const struct scalar *k, const uint8_t random[static PROOF_RANDOM_SIZE],
                  const struct bytes *statement, size_t count, struct scalar *nonce)
{
    static const uint8_t label[] = "BitCraps-nonce-v1";
    crypto_hash_sha512_state state;
    uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES];
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, label, sizeof label);
    crypto_hash_sha512_update(&state, k->bytes, SCALAR_SIZE);
    crypto_hash_sha512_update(&state, random, PROOF_RANDOM_SIZE);
    for (size_t i = 0; i < count; i++)
        if (statement[i].size > 0)
            crypto_hash_sha512_update(&state, statement[i].at, statement[i].size);
    crypto_hash_sha512_final(&state, wide);
    crypto_core_ristretto255_scalar_reduce(nonce->bytes, wide);
    sodium_memzero(wide, sizeof wide);
    sodium_memzero(&state, sizeof state);
}

/* z = r - ck; forgets the nonce. */
static void respond(const struct scalar *k, struct scalar *nonce, struct proof *out)
{
    struct scalar product;
    crypto_core_ristretto255_scalar_mul(product.bytes, out->challenge.bytes, k->bytes);
    crypto_core_ristretto255_scalar_sub(out->response.bytes, nonce->bytes, product.bytes);
    sodium_memzero(&product, sizeof product);
    sodium_memzero(nonce, sizeof *nonce);
}

/* z base + c value, false when an element is invalid. base NULL: the group's own. */
static bool commitment_of(const struct proof *proof, const struct element *base,
                          const struct element *value, struct element *out)
{
    struct element first;
    struct element second;
    if (base == NULL)
        group_multiply_base(&proof->response, &first);
    else if (!group_multiply(&proof->response, base, &first))
        return false;
    return group_multiply(&proof->challenge, value, &second) && group_add(&first, &second, out);
}

static bool proof_canonical(const struct proof *proof)
{
    return group_scalar_valid(&proof->challenge) && group_scalar_valid(&proof->response);
}

static bool challenge_matches(const struct proof *proof, const struct scalar *challenge)
{
    return crypto_verify_32(proof->challenge.bytes, challenge->bytes) == 0;
}

void proof_equal(struct bytes context, const struct scalar *k, const struct element *Y,
                 const struct element *M, const struct element *U,
                 const uint8_t random[static PROOF_RANDOM_SIZE], struct proof *out)
{
    const struct bytes statement[] = {
        context,
        {.at = Y->bytes, .size = ELEMENT_SIZE},
        {.at = M->bytes, .size = ELEMENT_SIZE},
        {.at = U->bytes, .size = ELEMENT_SIZE},
    };
    struct scalar nonce;
    struct element t2;
    struct element t3;
    hedge(k, random, statement, 4, &nonce);
    group_multiply_base(&nonce, &t2);
    CHECK(group_multiply(&nonce, M, &t3));
    challenge_equal(context, Y, M, U, &t2, &t3, &out->challenge);
    respond(k, &nonce, out);
}

bool proof_equal_verify(struct bytes context, const struct element *Y, const struct element *M,
                        const struct element *U, const struct proof *proof)
{
    if (!proof_canonical(proof))
        return false;
    if (group_element_identity(Y) || group_element_identity(M) || group_element_identity(U))
        return false;
    struct element t2;
    struct element t3;
    if (!commitment_of(proof, NULL, Y, &t2) || !commitment_of(proof, M, U, &t3))
        return false;
    struct scalar challenge;
    challenge_equal(context, Y, M, U, &t2, &t3, &challenge);
    return challenge_matches(proof, &challenge);
}

void proof_known(struct bytes context, const struct scalar *k, const struct element *Y,
                 struct bytes binding, const uint8_t random[static PROOF_RANDOM_SIZE],
                 struct proof *out)
{
    const struct bytes statement[] = {
        context,
        {.at = Y->bytes, .size = ELEMENT_SIZE},
        binding,
    };
    struct scalar nonce;
    struct element T;
    hedge(k, random, statement, 3, &nonce);
    group_multiply_base(&nonce, &T);
    challenge_known(context, Y, &T, binding, &out->challenge);
    respond(k, &nonce, out);
}

bool proof_known_verify(struct bytes context, const struct element *Y, struct bytes binding,
                        const struct proof *proof)
{
    if (!proof_canonical(proof) || group_element_identity(Y))
        return false;
    struct element T;
    if (!commitment_of(proof, NULL, Y, &T))
        return false;
    struct scalar challenge;
    challenge_known(context, Y, &T, binding, &challenge);
    return challenge_matches(proof, &challenge);
}
