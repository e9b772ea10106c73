/* SPDX-License-Identifier: MIT */
/* The joint key of an epoch: dealing, opening, judging, adding up; see keygen.h. */
#include "dice/keygen.h"

#include "base/check.h"
#include "base/wire.h"

#include <sodium.h>

#define CONTEXT          GROUP_LITERAL(KEYGEN_CONTEXT)
#define BINDING_SIZE_MAX 260

_Static_assert(KEYGEN_BOX_SIZE == SCALAR_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "a box is a scalar and a tag");
_Static_assert(KEYGEN_SCOPE_SIZE + 16 <= BINDING_SIZE_MAX, "a scope fits a binding");

static void write_scope(struct writer *w, const struct keygen_params *params)
{
    write_bytes(w, params->instance.bytes, DIGEST_SIZE);
    write_u64(w, params->epoch);
    write_u32(w, params->attempt);
    write_bytes(w, params->list_hash.bytes, DIGEST_SIZE);
    write_u8(w, params->n);
    write_u8(w, params->t);
}

/* label || scope || dealer: what a dealer's proof is bound to. */
static struct bytes binding_of(uint8_t memory[static BINDING_SIZE_MAX], struct bytes label,
                               const struct keygen_params *params, uint8_t dealer)
{
    struct writer w = writer_on(memory, BINDING_SIZE_MAX);
    write_bytes(&w, label.at, label.size);
    write_scope(&w, params);
    write_u8(&w, dealer);
    CHECK(!w.failed);
    return written(&w);
}

/* 64 secret bytes for one purpose of one attempt's seed. */
static void derive(const struct keygen_params *params, uint8_t dealer,
                   const uint8_t seed[static KEYGEN_SEED_SIZE], struct bytes purpose, uint8_t index,
                   uint8_t out[static 64])
{
    uint8_t memory[BINDING_SIZE_MAX];
    const struct bytes bound = binding_of(memory, purpose, params, dealer);
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, (const uint8_t *)"BitCraps-deal-v1", 16);
    crypto_hash_sha512_update(&state, seed, KEYGEN_SEED_SIZE);
    crypto_hash_sha512_update(&state, bound.at, bound.size);
    crypto_hash_sha512_update(&state, &index, 1);
    crypto_hash_sha512_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

static void derive_scalar(const struct keygen_params *params, uint8_t dealer,
                          const uint8_t seed[static KEYGEN_SEED_SIZE], struct bytes purpose,
                          uint8_t index, struct scalar *out)
{
    uint8_t wide[64];
    derive(params, dealer, seed, purpose, index, wide);
    crypto_core_ristretto255_scalar_reduce(out->bytes, wide);
    sodium_memzero(wide, sizeof wide);
}

/* sum of coefficients[k] x^k, by Horner's rule. */
static void polynomial_at(const struct scalar *coefficients, uint8_t t, uint8_t x,
                          struct scalar *out)
{
    const struct scalar at = group_scalar(x);
    struct scalar sum = coefficients[t - 1];
    for (uint8_t k = (uint8_t)(t - 1); k-- > 0;) {
        crypto_core_ristretto255_scalar_mul(sum.bytes, sum.bytes, at.bytes);
        crypto_core_ristretto255_scalar_add(sum.bytes, sum.bytes, coefficients[k].bytes);
    }
    *out = sum;
    sodium_memzero(&sum, sizeof sum);
}

/* The same in the exponent; the commitments must be valid elements. */
static void commitments_at(const struct element *commitments, uint8_t t, uint8_t x,
                           struct element *out)
{
    const struct scalar at = group_scalar(x);
    struct element sum = commitments[t - 1];
    for (uint8_t k = (uint8_t)(t - 1); k-- > 0;) {
        CHECK(group_multiply(&at, &sum, &sum));
        CHECK(group_add(&sum, &commitments[k], &sum));
    }
    *out = sum;
}

static void commitments_hash(const struct keygen_deal *deal, struct digest *out)
{
    crypto_generichash(out->bytes, DIGEST_SIZE, deal->commitments[0].bytes,
                       (size_t)deal->t * ELEMENT_SIZE, NULL, 0);
}

/* The key of one share box, from the secret that dealer and receiver have in common. */
static void box_key(const struct keygen_params *params, uint8_t dealer, uint8_t receiver,
                    const struct element *common,
                    uint8_t out[static crypto_aead_xchacha20poly1305_ietf_KEYBYTES])
{
    uint8_t memory[BINDING_SIZE_MAX];
    struct writer w = writer_on(memory, sizeof memory);
    write_bytes(&w, "BitCraps-box-v1", 15);
    write_bytes(&w, common->bytes, ELEMENT_SIZE);
    write_scope(&w, params);
    write_u8(&w, dealer);
    write_u8(&w, receiver);
    CHECK(!w.failed);
    crypto_generichash(out, crypto_aead_xchacha20poly1305_ietf_KEYBYTES, memory, w.used, NULL, 0);
    sodium_memzero(memory, sizeof memory);
}

/* A box key serves for one message ever, so the nonce may be constant. */
static const uint8_t box_nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];

static void seal_share(const struct keygen_params *params, uint8_t dealer, uint8_t receiver,
                       const struct element *common, const struct digest *commitments,
                       const struct scalar *share, uint8_t out[static KEYGEN_BOX_SIZE])
{
    uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    box_key(params, dealer, receiver, common, key);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, share->bytes, SCALAR_SIZE,
                                               commitments->bytes, DIGEST_SIZE, NULL, box_nonce,
                                               key);
    sodium_memzero(key, sizeof key);
}

/* Opens a box with the common secret; false when it is broken or its share is not the committed. */
static bool unseal_share(const struct keygen_params *params, uint8_t dealer,
                         const struct keygen_deal *deal, uint8_t receiver,
                         const struct element *common, struct scalar *share)
{
    uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    struct digest commitments;
    commitments_hash(deal, &commitments);
    box_key(params, dealer, receiver, common, key);
    const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
        share->bytes, NULL, NULL, deal->shares[receiver], KEYGEN_BOX_SIZE, commitments.bytes,
        DIGEST_SIZE, box_nonce, key);
    sodium_memzero(key, sizeof key);
    if (opened != 0 || !group_scalar_valid(share))
        return false;

    struct element expected;
    struct element actual;
    commitments_at(deal->commitments, deal->t, (uint8_t)(receiver + 1), &expected);
    group_multiply_base(share, &actual);
    return crypto_verify_32(expected.bytes, actual.bytes) == 0;
}

static bool element_usable(const struct element *element)
{
    return group_element_valid(element) && !group_element_identity(element);
}

void keygen_seat_key(const uint8_t seed[static KEYGEN_SEED_SIZE], struct scalar *secret,
                     struct element *key)
{
    uint8_t wide[64];
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, (const uint8_t *)"BitCraps-seat-v1", 16);
    crypto_hash_sha512_update(&state, seed, KEYGEN_SEED_SIZE);
    crypto_hash_sha512_final(&state, wide);
    crypto_core_ristretto255_scalar_reduce(secret->bytes, wide);
    sodium_memzero(wide, sizeof wide);
    sodium_memzero(&state, sizeof state);
    group_multiply_base(secret, key);
    CHECK(!group_element_identity(key));
}

static struct bytes seat_binding(uint8_t memory[static BINDING_SIZE_MAX], struct bytes binding)
{
    struct writer w = writer_on(memory, BINDING_SIZE_MAX);
    write_bytes(&w, "seat", 4);
    write_bytes(&w, binding.at, binding.size);
    CHECK(!w.failed);
    return written(&w);
}

void keygen_seat_prove(const struct scalar *secret, const struct element *key, struct bytes binding,
                       const uint8_t random[static PROOF_RANDOM_SIZE], struct proof *out)
{
    uint8_t memory[BINDING_SIZE_MAX];
    proof_known(CONTEXT, secret, key, seat_binding(memory, binding), random, out);
}

bool keygen_seat_verify(const struct element *key, struct bytes binding, const struct proof *proof)
{
    uint8_t memory[BINDING_SIZE_MAX];
    return proof_known_verify(CONTEXT, key, seat_binding(memory, binding), proof);
}

bool keygen_params_valid(const struct keygen_params *params)
{
    if (params->n < 1 || params->n > SEATS_MAX || params->t < 1 || params->t > params->n)
        return false;
    for (uint8_t i = 0; i < params->n; i++)
        if (!element_usable(&params->keys[i]))
            return false;
    return true;
}

void keygen_deal(const struct keygen_params *params, uint8_t dealer,
                 const uint8_t seed[static KEYGEN_SEED_SIZE], struct keygen_deal *out)
{
    CHECK(params->n >= 1 && params->n <= SEATS_MAX);
    CHECK(params->t >= 1 && params->t <= params->n);
    CHECK(dealer < params->n);
    *out = (struct keygen_deal){.n = params->n, .t = params->t};

    struct scalar coefficients[SEATS_MAX];
    for (uint8_t k = 0; k < params->t; k++) {
        derive_scalar(params, dealer, seed, GROUP_LITERAL("coefficient"), k, &coefficients[k]);
        group_multiply_base(&coefficients[k], &out->commitments[k]);
        CHECK(!group_element_identity(&out->commitments[k]));
    }
    struct scalar box_secret;
    derive_scalar(params, dealer, seed, GROUP_LITERAL("box"), 0, &box_secret);
    group_multiply_base(&box_secret, &out->box);
    CHECK(!group_element_identity(&out->box));

    uint8_t random[64]; /* Halves: one for each proof. */
    uint8_t memory[BINDING_SIZE_MAX];
    derive(params, dealer, seed, GROUP_LITERAL("proofs"), 0, random);
    proof_known(CONTEXT, &coefficients[0], &out->commitments[0],
                binding_of(memory, GROUP_LITERAL("possession"), params, dealer), random,
                &out->possession);
    proof_known(CONTEXT, &box_secret, &out->box,
                binding_of(memory, GROUP_LITERAL("box"), params, dealer),
                random + PROOF_RANDOM_SIZE, &out->box_proof);

    struct digest commitments;
    commitments_hash(out, &commitments);
    for (uint8_t receiver = 0; receiver < params->n; receiver++) {
        struct scalar share;
        struct element common;
        polynomial_at(coefficients, params->t, (uint8_t)(receiver + 1), &share);
        CHECK(group_multiply(&box_secret, &params->keys[receiver], &common));
        seal_share(params, dealer, receiver, &common, &commitments, &share, out->shares[receiver]);
        sodium_memzero(&share, sizeof share);
        sodium_memzero(&common, sizeof common);
    }
    sodium_memzero(coefficients, sizeof coefficients);
    sodium_memzero(&box_secret, sizeof box_secret);
    sodium_memzero(random, sizeof random);
}

size_t keygen_deal_encode(const struct keygen_deal *deal, uint8_t *out, size_t size)
{
    CHECK(deal->n <= SEATS_MAX && deal->t <= deal->n);
    struct writer w = writer_on(out, size);
    write_u8(&w, deal->n);
    write_u8(&w, deal->t);
    write_bytes(&w, deal->commitments, (size_t)deal->t * ELEMENT_SIZE);
    write_bytes(&w, &deal->possession, PROOF_SIZE);
    write_bytes(&w, deal->box.bytes, ELEMENT_SIZE);
    write_bytes(&w, &deal->box_proof, PROOF_SIZE);
    write_bytes(&w, deal->shares, (size_t)deal->n * KEYGEN_BOX_SIZE);
    return w.failed ? 0 : w.used;
}

/* Copies the next size bytes, when there are so many. */
static void read_into(struct reader *r, void *to, size_t size)
{
    const uint8_t *at = read_bytes(r, size);
    if (at != NULL && size > 0)
        memcpy(to, at, size);
}

bool keygen_deal_decode(struct bytes from, struct keygen_deal *out)
{
    struct reader r = reader_on(from);
    *out = (struct keygen_deal){.n = read_u8(&r)};
    out->t = read_u8(&r);
    if (out->n < 1 || out->n > SEATS_MAX || out->t < 1 || out->t > out->n)
        return false;
    read_into(&r, out->commitments, (size_t)out->t * ELEMENT_SIZE);
    read_into(&r, &out->possession, PROOF_SIZE);
    read_into(&r, out->box.bytes, ELEMENT_SIZE);
    read_into(&r, &out->box_proof, PROOF_SIZE);
    read_into(&r, out->shares, (size_t)out->n * KEYGEN_BOX_SIZE);
    return !r.failed && r.size == 0;
}

enum keygen_verdict keygen_check_deal(const struct keygen_params *params, uint8_t dealer,
                                      const struct keygen_deal *deal)
{
    CHECK(dealer < params->n);
    if (deal->n != params->n || deal->t != params->t)
        return KEYGEN_VERDICT_SHAPE;
    for (uint8_t k = 0; k < deal->t; k++)
        if (!element_usable(&deal->commitments[k]))
            return KEYGEN_VERDICT_ELEMENT;
    if (!element_usable(&deal->box))
        return KEYGEN_VERDICT_ELEMENT;

    uint8_t memory[BINDING_SIZE_MAX];
    if (!proof_known_verify(CONTEXT, &deal->commitments[0],
                            binding_of(memory, GROUP_LITERAL("possession"), params, dealer),
                            &deal->possession))
        return KEYGEN_VERDICT_POSSESSION;
    if (!proof_known_verify(CONTEXT, &deal->box,
                            binding_of(memory, GROUP_LITERAL("box"), params, dealer),
                            &deal->box_proof))
        return KEYGEN_VERDICT_BOX;
    return KEYGEN_VERDICT_VALID;
}

bool keygen_open_share(const struct keygen_params *params, uint8_t dealer,
                       const struct keygen_deal *deal, uint8_t receiver,
                       const struct scalar *secret, struct scalar *share)
{
    CHECK(dealer < params->n && receiver < params->n);
    struct element common;
    CHECK(group_multiply(secret, &deal->box, &common));
    const bool good = unseal_share(params, dealer, deal, receiver, &common, share);
    if (!good)
        sodium_memzero(share, sizeof *share);
    sodium_memzero(&common, sizeof common);
    return good;
}

void keygen_complain(const struct keygen_params *params, uint8_t dealer,
                     const struct keygen_deal *deal, uint8_t complainer,
                     const struct scalar *secret, const uint8_t random[static PROOF_RANDOM_SIZE],
                     struct keygen_complaint *out)
{
    CHECK(dealer < params->n && complainer < params->n);
    *out = (struct keygen_complaint){.dealer = dealer, .complainer = complainer};
    CHECK(group_multiply(secret, &deal->box, &out->key));
    proof_equal(CONTEXT, secret, &params->keys[complainer], &deal->box, &out->key, random,
                &out->proof);
}

void keygen_complaint_encode(const struct keygen_complaint *complaint,
                             uint8_t out[static KEYGEN_COMPLAINT_SIZE])
{
    struct writer w = writer_on(out, KEYGEN_COMPLAINT_SIZE);
    write_u8(&w, complaint->dealer);
    write_u8(&w, complaint->complainer);
    write_bytes(&w, complaint->key.bytes, ELEMENT_SIZE);
    write_bytes(&w, &complaint->proof, PROOF_SIZE);
    CHECK(!w.failed && w.used == KEYGEN_COMPLAINT_SIZE);
}

bool keygen_complaint_decode(struct bytes from, struct keygen_complaint *out)
{
    if (from.size != KEYGEN_COMPLAINT_SIZE)
        return false;
    struct reader r = reader_on(from);
    *out = (struct keygen_complaint){.dealer = read_u8(&r)};
    out->complainer = read_u8(&r);
    read_into(&r, out->key.bytes, ELEMENT_SIZE);
    read_into(&r, &out->proof, PROOF_SIZE);
    return true;
}

enum keygen_ruling keygen_judge(const struct keygen_params *params, const struct keygen_deal *deal,
                                const struct keygen_complaint *complaint)
{
    CHECK(complaint->dealer < params->n && complaint->complainer < params->n);
    /* A key that is not the box's would make a good deal look bad. */
    if (!proof_equal_verify(CONTEXT, &params->keys[complaint->complainer], &deal->box,
                            &complaint->key, &complaint->proof))
        return KEYGEN_RULING_COMPLAINER;
    struct scalar share;
    return unseal_share(params, complaint->dealer, deal, complaint->complainer, &complaint->key,
                        &share)
               ? KEYGEN_RULING_COMPLAINER
               : KEYGEN_RULING_DEALER;
}

static void transcript_hash(const struct keygen_params *params,
                            const struct keygen_deal *const *deals, struct digest *out)
{
    uint8_t memory[KEYGEN_DEAL_SIZE_MAX];
    struct writer scope = writer_on(memory, sizeof memory);
    write_bytes(&scope, "BitCraps-DKG-transcript-v1", 26);
    write_scope(&scope, params);

    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    crypto_generichash_update(&state, memory, scope.used);
    crypto_generichash_update(&state, params->keys[0].bytes, (size_t)params->n * ELEMENT_SIZE);
    for (uint8_t dealer = 0; dealer < params->n; dealer++) {
        const size_t size = keygen_deal_encode(deals[dealer], memory, sizeof memory);
        CHECK(size == KEYGEN_DEAL_SIZE(params->n, params->t));
        crypto_generichash_update(&state, memory, size);
    }
    crypto_generichash_final(&state, out->bytes, DIGEST_SIZE);
}

bool keygen_finish(const struct keygen_params *params, const struct keygen_deal *const *deals,
                   struct keygen_result *out)
{
    *out = (struct keygen_result){.n = params->n, .t = params->t};
    struct element sums[SEATS_MAX] = {{{0}}}; /* Commitments to the sum of all polynomials. */
    for (uint8_t dealer = 0; dealer < params->n; dealer++) {
        CHECK(deals[dealer]->n == params->n && deals[dealer]->t == params->t);
        for (uint8_t k = 0; k < params->t; k++)
            CHECK(group_add(&sums[k], &deals[dealer]->commitments[k], &sums[k]));
    }
    out->group_key = sums[0];
    if (group_element_identity(&out->group_key))
        return false;
    for (uint8_t seat = 0; seat < params->n; seat++) {
        commitments_at(sums, params->t, (uint8_t)(seat + 1), &out->share_keys[seat]);
        if (group_element_identity(&out->share_keys[seat]))
            return false;
    }
    transcript_hash(params, deals, &out->transcript);
    return true;
}

bool keygen_share(const struct keygen_result *result, uint8_t seat, const struct scalar *shares,
                  struct scalar *out)
{
    CHECK(seat < result->n);
    *out = (struct scalar){{0}};
    for (uint8_t dealer = 0; dealer < result->n; dealer++)
        crypto_core_ristretto255_scalar_add(out->bytes, out->bytes, shares[dealer].bytes);
    struct element key;
    group_multiply_base(out, &key);
    if (crypto_verify_32(key.bytes, result->share_keys[seat].bytes) == 0)
        return true;
    sodium_memzero(out, sizeof *out);
    return false;
}
