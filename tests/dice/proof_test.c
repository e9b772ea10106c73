/* SPDX-License-Identifier: MIT */
/* Proofs against RFC 9497's vectors and against every single-bit mutation. */
#include "vectors.h"

#include "dice/proof.h"

#define BATCH_MAX 2

static struct bytes text(const char *string)
{
    return (struct bytes){.at = (const uint8_t *)string, .size = strlen(string)};
}

/* The n-th item of a comma-separated list of hexadecimal strings; returns its size. */
static size_t item_bytes(const json_t *row, const char *field, size_t n, uint8_t *out, size_t max)
{
    const char *at = json_string_value(json_object_get(row, field));
    assert_non_null(at);
    for (; n > 0; n--) {
        at = strchr(at, ',');
        assert_non_null(at);
        at++;
    }
    char copy[512];
    const size_t length = strcspn(at, ",");
    assert_true(length < sizeof copy && length / 2 <= max);
    memcpy(copy, at, length);
    copy[length] = '\0';
    hex_into(copy, out, length / 2);
    return length / 2;
}

/* The composites of RFC 9497 section 2.2.1, from the definition. */
static void composites(struct bytes context, const struct element *key, const struct element *C,
                       const struct element *D, size_t count, struct element *M, struct element *Z)
{
    static const uint8_t length_32[2] = {0, 32};
    static const uint8_t length_64[2] = {0, 64};
    const uint8_t tag_length[2] = {0, (uint8_t)(context.size + 5)};
    uint8_t seed[64];
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, length_32, 2);
    crypto_hash_sha512_update(&state, key->bytes, 32);
    crypto_hash_sha512_update(&state, tag_length, 2);
    crypto_hash_sha512_update(&state, (const uint8_t *)"Seed-", 5);
    crypto_hash_sha512_update(&state, context.at, context.size);
    crypto_hash_sha512_final(&state, seed);

    *M = (struct element){{0}};
    *Z = (struct element){{0}};
    for (size_t i = 0; i < count; i++) {
        const uint8_t index[2] = {0, (uint8_t)i};
        const struct bytes parts[] = {
            {length_64, 2},   {seed, 64},     {index, 2},       {length_32, 2},
            {C[i].bytes, 32}, {length_32, 2}, {D[i].bytes, 32}, text("Composite"),
        };
        struct scalar weight;
        struct element term;
        group_hash_to_scalar(context, parts, 8, &weight);
        assert_true(group_multiply(&weight, &C[i], &term));
        assert_true(group_add(M, &term, M));
        assert_true(group_multiply(&weight, &D[i], &term));
        assert_true(group_add(Z, &term, Z));
    }
}

/* The secret key that evaluates, and its public key: tweaked by the info in mode 2. */
static void evaluation_key(struct bytes context, const struct scalar *secret, const json_t *row,
                           bool tweaked, struct scalar *scalar, struct element *key)
{
    *scalar = *secret;
    if (tweaked) {
        uint8_t info[64];
        const size_t size = vector_bytes(row, "Info", info, sizeof info);
        const uint8_t length[2] = {0, (uint8_t)size};
        const struct bytes parts[] = {text("Info"), {length, 2}, {info, size}};
        struct scalar tweak;
        group_hash_to_scalar(context, parts, 3, &tweak);
        crypto_core_ristretto255_scalar_add(scalar->bytes, scalar->bytes, tweak.bytes);
    }
    group_multiply_base(scalar, key);
}

/* One row of a vector: hash to group, evaluate, and in the verifiable modes the proof. */
static void check_row(int mode, struct bytes context, const struct scalar *secret,
                      const json_t *row)
{
    const size_t batch = (size_t)json_integer_value(json_object_get(row, "Batch"));
    assert_in_range(batch, 1, BATCH_MAX);
    struct scalar scalar;
    struct element key;
    evaluation_key(context, secret, row, mode == 2, &scalar, &key);
    struct scalar factor = scalar;
    if (mode == 2)
        assert_int_equal(crypto_core_ristretto255_scalar_invert(factor.bytes, scalar.bytes), 0);

    struct element blinded[BATCH_MAX];
    struct element evaluated[BATCH_MAX];
    for (size_t i = 0; i < batch; i++) {
        uint8_t input[64];
        struct scalar blind;
        struct element hashed;
        struct element out;
        const size_t size = item_bytes(row, "Input", i, input, sizeof input);
        item_bytes(row, "Blind", i, blind.bytes, sizeof blind);
        item_bytes(row, "BlindedElement", i, blinded[i].bytes, 32);
        item_bytes(row, "EvaluationElement", i, evaluated[i].bytes, 32);
        group_hash_to_element(context, (struct bytes){input, size}, &hashed);
        assert_true(group_multiply(&blind, &hashed, &out));
        assert_memory_equal(&out, &blinded[i], 32);
        assert_true(group_multiply(&factor, &blinded[i], &out));
        assert_memory_equal(&out, &evaluated[i], 32);
    }
    if (mode == 0)
        return;

    struct proof proof;
    struct element M;
    struct element Z;
    vector_into(json_object_get(row, "Proof"), "proof", &proof, sizeof proof);
    if (mode == 1)
        composites(context, &key, blinded, evaluated, batch, &M, &Z);
    else
        composites(context, &key, evaluated, blinded, batch, &M, &Z);
    assert_true(proof_equal_verify(context, &key, &M, &Z, &proof));
    assert_false(proof_equal_verify(context, &key, &Z, &M, &proof));

    /* The published nonce gives the published response: z = r - ck. */
    struct scalar nonce;
    struct scalar response;
    vector_into(json_object_get(row, "Proof"), "r", &nonce, sizeof nonce);
    crypto_core_ristretto255_scalar_mul(response.bytes, proof.challenge.bytes, scalar.bytes);
    crypto_core_ristretto255_scalar_sub(response.bytes, nonce.bytes, response.bytes);
    assert_memory_equal(&response, &proof.response, sizeof response);
}

static void oprf_vectors_of_rfc_9497_hold(void **state)
{
    (void)state;
    json_t *root = vectors_load("rfc9497-ristretto255.json");
    const json_t *modes = json_object_get(root, "vectors");
    assert_int_equal(json_array_size(modes), 3);
    size_t rows_seen = 0;
    for (size_t m = 0; m < json_array_size(modes); m++) {
        const json_t *mode = json_array_get(modes, m);
        uint8_t tag[64];
        struct scalar secret;
        const size_t size = vector_bytes(mode, "groupDST", tag, sizeof tag);
        vector_into(mode, "skSm", &secret, sizeof secret);
        assert_true(size > 12 && memcmp(tag, "HashToGroup-", 12) == 0);
        const struct bytes context = {.at = tag + 12, .size = size - 12};
        const json_t *rows = json_object_get(mode, "vectors");
        for (size_t i = 0; i < json_array_size(rows); i++, rows_seen++)
            check_row((int)json_integer_value(json_object_get(mode, "mode")), context, &secret,
                      json_array_get(rows, i));
    }
    assert_int_equal(rows_seen, 8);
    json_decref(root);
}

struct statement {
    struct scalar secret;
    struct element Y;
    struct element M;
    struct element U;
    uint8_t random[PROOF_RANDOM_SIZE];
};

static struct statement make_statement(void)
{
    struct statement s;
    uint8_t wide[64];
    fill(wide, sizeof wide, "secret", 1);
    crypto_core_ristretto255_scalar_reduce(s.secret.bytes, wide);
    group_multiply_base(&s.secret, &s.Y);
    group_hash_to_element(text("test"), text("base"), &s.M);
    assert_true(group_multiply(&s.secret, &s.M, &s.U));
    fill(s.random, sizeof s.random, "random", 1);
    return s;
}

static void a_proof_of_equality_fails_after_any_change(void **state)
{
    (void)state;
    const struct statement s = make_statement();
    struct proof proof;
    proof_equal(text("test"), &s.secret, &s.Y, &s.M, &s.U, s.random, &proof);
    assert_true(proof_equal_verify(text("test"), &s.Y, &s.M, &s.U, &proof));
    assert_false(proof_equal_verify(text("tesu"), &s.Y, &s.M, &s.U, &proof));
    for (size_t bit = 0; bit < PROOF_SIZE * 8; bit++) {
        struct proof bad = proof;
        ((uint8_t *)&bad)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(proof_equal_verify(text("test"), &s.Y, &s.M, &s.U, &bad));
    }
    for (size_t bit = 0; bit < ELEMENT_SIZE * 8; bit++) {
        struct element bad[3] = {s.Y, s.M, s.U};
        for (size_t which = 0; which < 3; which++)
            bad[which].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(proof_equal_verify(text("test"), &bad[0], &s.M, &s.U, &proof));
        assert_false(proof_equal_verify(text("test"), &s.Y, &bad[1], &s.U, &proof));
        assert_false(proof_equal_verify(text("test"), &s.Y, &s.M, &bad[2], &proof));
    }
}

static void scalars_plus_the_order_are_no_second_proof(void **state)
{
    (void)state;
    /* c + L and z + L stand for the same scalars, and must not verify. */
    const struct statement s = make_statement();
    struct scalar order;
    hex_into("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", &order,
             sizeof order);
    struct proof proof;
    proof_equal(text("test"), &s.secret, &s.Y, &s.M, &s.U, s.random, &proof);
    struct proof malleable[2] = {proof, proof};
    sodium_add(malleable[0].challenge.bytes, order.bytes, SCALAR_SIZE);
    sodium_add(malleable[1].response.bytes, order.bytes, SCALAR_SIZE);
    for (size_t i = 0; i < 2; i++)
        assert_false(proof_equal_verify(text("test"), &s.Y, &s.M, &s.U, &malleable[i]));
}

static void the_identity_proves_nothing(void **state)
{
    (void)state;
    const struct statement s = make_statement();
    const struct element identity = {{0}};
    const struct scalar zero = group_scalar(0);
    struct proof proof;
    proof_equal(text("test"), &zero, &identity, &s.M, &identity, s.random, &proof);
    assert_false(proof_equal_verify(text("test"), &identity, &s.M, &identity, &proof));
    proof_known(text("test"), &zero, &identity, text("x"), s.random, &proof);
    assert_false(proof_known_verify(text("test"), &identity, text("x"), &proof));
}

static void a_proof_of_knowledge_holds_only_for_its_binding(void **state)
{
    (void)state;
    const struct statement s = make_statement();
    struct proof proof;
    proof_known(text("test"), &s.secret, &s.Y, text("seat 1"), s.random, &proof);
    assert_true(proof_known_verify(text("test"), &s.Y, text("seat 1"), &proof));
    assert_false(proof_known_verify(text("test"), &s.Y, text("seat 2"), &proof));
    assert_false(proof_known_verify(text("test"), &s.Y, text("seat"), &proof));
    assert_false(proof_known_verify(text("test"), &s.M, text("seat 1"), &proof));
    assert_false(proof_known_verify(text("other"), &s.Y, text("seat 1"), &proof));
    for (size_t bit = 0; bit < PROOF_SIZE * 8; bit++) {
        struct proof bad = proof;
        ((uint8_t *)&bad)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(proof_known_verify(text("test"), &s.Y, text("seat 1"), &bad));
    }
}

static void repeated_random_bytes_do_not_repeat_a_nonce(void **state)
{
    (void)state;
    /* Equal nonces in two proofs with different challenges would give the secret away:
     * k = (z1 - z2) / (c2 - c1). */
    const struct statement s = make_statement();
    struct proof a;
    struct proof b;
    struct proof again;
    proof_known(text("test"), &s.secret, &s.Y, text("one"), s.random, &a);
    proof_known(text("test"), &s.secret, &s.Y, text("two"), s.random, &b);
    proof_known(text("test"), &s.secret, &s.Y, text("one"), s.random, &again);
    assert_memory_equal(&a, &again, sizeof a);
    struct scalar top;
    struct scalar bottom;
    crypto_core_ristretto255_scalar_sub(top.bytes, a.response.bytes, b.response.bytes);
    crypto_core_ristretto255_scalar_sub(bottom.bytes, b.challenge.bytes, a.challenge.bytes);
    assert_int_equal(crypto_core_ristretto255_scalar_invert(bottom.bytes, bottom.bytes), 0);
    crypto_core_ristretto255_scalar_mul(top.bytes, top.bytes, bottom.bytes);
    assert_memory_not_equal(&top, &s.secret, sizeof top);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oprf_vectors_of_rfc_9497_hold),
        cmocka_unit_test(a_proof_of_equality_fails_after_any_change),
        cmocka_unit_test(scalars_plus_the_order_are_no_second_proof),
        cmocka_unit_test(the_identity_proves_nothing),
        cmocka_unit_test(a_proof_of_knowledge_holds_only_for_its_binding),
        cmocka_unit_test(repeated_random_bytes_do_not_repeat_a_nonce),
    };
    if (sodium_init() < 0)
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
