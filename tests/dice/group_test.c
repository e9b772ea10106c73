/* SPDX-License-Identifier: MIT */
/* The group against RFC 9496, RFC 9380 and RFC 9591, and libsodium's traps. */
#include "vectors.h"

#include "dice/group.h"
#include "dice/roll.h"

static void multiples_of_the_generator_are_those_of_rfc_9496(void **state)
{
    (void)state;
    json_t *root = vectors_load("rfc9496-ristretto255.json");
    const json_t *multiples = json_object_get(root, "multiples");
    assert_int_equal(json_array_size(multiples), 16);
    struct element sum = {{0}};
    struct element generator;
    hex_into(json_string_value(json_array_get(multiples, 1)), &generator, sizeof generator);
    for (size_t i = 0; i < 16; i++) {
        struct element expected;
        struct element product;
        const struct scalar scalar = group_scalar((int64_t)i);
        hex_into(json_string_value(json_array_get(multiples, i)), &expected, sizeof expected);
        assert_true(group_element_valid(&expected));
        assert_memory_equal(&sum, &expected, sizeof sum);
        group_multiply_base(&scalar, &product);
        assert_memory_equal(&product, &expected, sizeof product);
        assert_true(group_multiply(&scalar, &generator, &product));
        assert_memory_equal(&product, &expected, sizeof product);
        assert_true(group_add(&sum, &generator, &sum));
    }
    json_decref(root);
}

static void invalid_encodings_of_rfc_9496_are_refused_everywhere(void **state)
{
    (void)state;
    json_t *root = vectors_load("rfc9496-ristretto255.json");
    const json_t *invalid = json_object_get(root, "invalid");
    assert_int_equal(json_array_size(invalid), 29);
    const struct scalar zero = group_scalar(0);
    const struct scalar two = group_scalar(2);
    struct element generator;
    group_multiply_base(&two, &generator);
    for (size_t i = 0; i < json_array_size(invalid); i++) {
        struct element bad;
        struct element out;
        hex_into(json_string_value(json_array_get(invalid, i)), &bad, sizeof bad);
        assert_false(group_element_valid(&bad));
        assert_false(group_multiply(&two, &bad, &out));
        assert_false(group_multiply(&zero, &bad, &out));
        assert_false(group_add(&bad, &generator, &out));
        assert_false(group_add(&generator, &bad, &out));
    }
    json_decref(root);
}

static void an_encoding_with_its_highest_bit_set_is_refused(void **state)
{
    (void)state;
    /* libsodium 1.0.18 takes it for the encoding without. */
    const struct scalar two = group_scalar(2);
    for (int64_t k = 0; k < 32; k++) {
        const struct scalar scalar = group_scalar(k);
        struct element good;
        struct element out;
        group_multiply_base(&scalar, &good);
        struct element bad = good;
        bad.bytes[31] |= 0x80;
        assert_true(group_element_valid(&good));
        assert_false(group_element_valid(&bad));
        assert_false(group_multiply(&two, &bad, &out));
        assert_false(group_add(&bad, &good, &out));
        assert_false(group_add(&good, &bad, &out));
    }
}

static void elements_derive_from_hashes_as_in_rfc_9496(void **state)
{
    (void)state;
    json_t *root = vectors_load("rfc9496-ristretto255.json");
    const json_t *rows = json_object_get(root, "from_hash");
    assert_int_equal(json_array_size(rows), 11);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        uint8_t input[64];
        uint8_t output[32];
        uint8_t expected[32];
        vector_into(json_array_get(rows, i), "input", input, sizeof input);
        vector_into(json_array_get(rows, i), "output", expected, sizeof expected);
        crypto_core_ristretto255_from_hash(output, input);
        assert_memory_equal(output, expected, sizeof output);
    }
    json_decref(root);
}

static void messages_expand_as_in_rfc_9380(void **state)
{
    (void)state;
    json_t *root = vectors_load("rfc9380-xmd-sha512.json");
    const json_t *vector = json_object_get(root, "vector");
    const char *tag = json_string_value(json_object_get(vector, "DST"));
    const json_t *rows = json_object_get(vector, "tests");
    assert_int_equal(json_array_size(rows), 10);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *message = json_string_value(json_object_get(row, "msg"));
        const size_t size =
            strtoul(json_string_value(json_object_get(row, "len_in_bytes")), NULL, 16);
        uint8_t expected[128];
        uint8_t output[128];
        assert_true(size <= sizeof output);
        vector_into(row, "uniform_bytes", expected, size);

        /* In two parts, wherever they meet. */
        const size_t length = strlen(message);
        for (size_t cut = 0; cut <= length; cut += 1 + length / 7) {
            const struct bytes parts[] = {
                {.at = (const uint8_t *)message, .size = cut},
                {.at = (const uint8_t *)message + cut, .size = length - cut},
            };
            group_expand(parts, 2, (struct bytes){(const uint8_t *)tag, strlen(tag)}, output, size);
            assert_memory_equal(output, expected, size);
        }
    }
    json_decref(root);
}

static void scalars_at_and_above_the_order_are_refused(void **state)
{
    (void)state;
    struct scalar order;
    hex_into("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", &order,
             sizeof order);
    assert_false(group_scalar_valid(&order));
    struct scalar below = order;
    below.bytes[0]--;
    assert_true(group_scalar_valid(&below));
    struct scalar minus_one = group_scalar(-1);
    assert_memory_equal(&minus_one, &below, sizeof below);
    for (size_t i = 0; i < SCALAR_SIZE; i++) {
        struct scalar above = order;
        above.bytes[i]++;
        assert_false(group_scalar_valid(&above));
    }
    struct scalar high = {{0}};
    assert_true(group_scalar_valid(&high));
    high.bytes[31] = 0x0f;
    assert_true(group_scalar_valid(&high));
    high.bytes[31] = 0x20;
    assert_false(group_scalar_valid(&high));
    memset(&high, 0xff, sizeof high);
    assert_false(group_scalar_valid(&high));
}

static void the_identity_is_an_ordinary_value(void **state)
{
    (void)state;
    const struct element identity = {{0}};
    const struct scalar zero = group_scalar(0);
    const struct scalar five = group_scalar(5);
    const struct scalar minus_five = group_scalar(-5);
    struct element a;
    struct element b;
    struct element out;
    group_multiply_base(&zero, &out);
    assert_true(group_element_identity(&out));
    group_multiply_base(&five, &a);
    group_multiply_base(&minus_five, &b);
    assert_true(group_add(&a, &b, &out));
    assert_true(group_element_identity(&out));
    assert_true(group_multiply(&zero, &a, &out));
    assert_true(group_element_identity(&out));
    assert_true(group_multiply(&five, &identity, &out));
    assert_true(group_element_identity(&out));
    assert_true(group_multiply(&five, &a, &a)); /* In place. */
    const struct scalar product = group_scalar(25);
    group_multiply_base(&product, &b);
    assert_memory_equal(&a, &b, sizeof a);
}

static void shares_and_group_key_of_rfc_9591_interpolate(void **state)
{
    (void)state;
    json_t *root = vectors_load("rfc9591-ristretto255.json");
    const json_t *inputs = json_object_get(json_object_get(root, "vector"), "inputs");
    struct scalar secret;
    struct scalar coefficient;
    struct element group_key;
    vector_into(inputs, "group_secret_key", &secret, sizeof secret);
    vector_into(inputs, "group_public_key", &group_key, sizeof group_key);
    hex_into(json_string_value(
                 json_array_get(json_object_get(inputs, "share_polynomial_coefficients"), 0)),
             &coefficient, sizeof coefficient);
    struct element key;
    group_multiply_base(&secret, &key);
    assert_memory_equal(&key, &group_key, sizeof key);

    const json_t *rows = json_object_get(inputs, "participant_shares");
    struct scalar shares[3];
    struct element share_keys[3];
    assert_int_equal(json_array_size(rows), 3);
    for (size_t i = 0; i < 3; i++) {
        vector_into(json_array_get(rows, i), "participant_share", &shares[i], sizeof shares[i]);
        assert_true(group_scalar_valid(&shares[i]));
        group_multiply_base(&shares[i], &share_keys[i]);
        struct scalar expected; /* secret + coefficient x */
        const struct scalar at = group_scalar((int64_t)i + 1);
        crypto_core_ristretto255_scalar_mul(expected.bytes, coefficient.bytes, at.bytes);
        crypto_core_ristretto255_scalar_add(expected.bytes, expected.bytes, secret.bytes);
        assert_memory_equal(&shares[i], &expected, sizeof expected);
    }
    static const uint8_t pairs[3][2] = {{0, 1}, {0, 2}, {1, 2}};
    for (size_t p = 0; p < 3; p++) {
        struct roll_weights weights = {0};
        roll_weigh(&weights, 1u << pairs[p][0] | 1u << pairs[p][1]);
        const struct element values[2] = {share_keys[pairs[p][0]], share_keys[pairs[p][1]]};
        struct element combined;
        assert_true(roll_combine(&weights, values, &combined));
        assert_memory_equal(&combined, &group_key, sizeof combined);
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiples_of_the_generator_are_those_of_rfc_9496),
        cmocka_unit_test(invalid_encodings_of_rfc_9496_are_refused_everywhere),
        cmocka_unit_test(an_encoding_with_its_highest_bit_set_is_refused),
        cmocka_unit_test(elements_derive_from_hashes_as_in_rfc_9496),
        cmocka_unit_test(messages_expand_as_in_rfc_9380),
        cmocka_unit_test(scalars_at_and_above_the_order_are_refused),
        cmocka_unit_test(the_identity_is_an_ordinary_value),
        cmocka_unit_test(shares_and_group_key_of_rfc_9591_interpolate),
    };
    if (sodium_init() < 0)
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
