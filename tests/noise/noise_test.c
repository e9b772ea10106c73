/* SPDX-License-Identifier: MIT */
/*
 * The published vectors, both roles, byte by byte; then what must not pass.
 */
#include "noise/noise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>

#define PAYLOAD_MAX 256

/* Hex of a JSON member into memory; its size. A missing member is of size 0. */
static size_t unhex(const json_t *object, const char *name, uint8_t *memory, size_t memory_size)
{
    const char *text = json_string_value(json_object_get(object, name));
    size_t size = 0;
    if (text != NULL)
        assert_int_equal(sodium_hex2bin(memory, memory_size, text, strlen(text), NULL, &size, NULL),
                         0);
    return size;
}

static void begin(struct noise_handshake *h, enum noise_role role, const json_t *vector)
{
    const bool initiator = role == NOISE_INITIATOR;
    uint8_t prologue[64];
    uint8_t own_static[NOISE_KEY_SIZE];
    uint8_t ephemeral[NOISE_KEY_SIZE];
    uint8_t psk[NOISE_KEY_SIZE];
    size_t size = 0;
    const size_t prologue_size =
        unhex(vector, initiator ? "init_prologue" : "resp_prologue", prologue, sizeof prologue);
    unhex(vector, initiator ? "init_static" : "resp_static", own_static, sizeof own_static);
    unhex(vector, initiator ? "init_ephemeral" : "resp_ephemeral", ephemeral, sizeof ephemeral);
    const json_t *psks = json_object_get(vector, initiator ? "init_psks" : "resp_psks");
    if (psks != NULL) {
        const char *text = json_string_value(json_array_get(psks, 0));
        assert_int_equal(sodium_hex2bin(psk, sizeof psk, text, strlen(text), NULL, &size, NULL), 0);
    }
    noise_begin(h, role, (struct bytes){.at = prologue, .size = prologue_size}, own_static,
                ephemeral, psks != NULL ? psk : NULL);
}

/* One handshake message from one side to the other, against the vector's bytes. */
static void message_matches(const json_t *message, struct noise_handshake *from,
                            struct noise_handshake *to)
{
    uint8_t payload[PAYLOAD_MAX];
    uint8_t expected[PAYLOAD_MAX];
    uint8_t sent[PAYLOAD_MAX];
    uint8_t got[PAYLOAD_MAX];
    size_t got_size = 0;
    const size_t payload_size = unhex(message, "payload", payload, sizeof payload);
    const size_t expected_size = unhex(message, "ciphertext", expected, sizeof expected);
    struct writer w = writer_on(sent, sizeof sent);
    assert_true(noise_writes_next(from));
    assert_false(noise_writes_next(to));
    assert_true(noise_write(from, (struct bytes){.at = payload, .size = payload_size}, &w));
    assert_int_equal(w.used, expected_size);
    assert_memory_equal(sent, expected, expected_size);
    assert_true(noise_read(to, written(&w), got, &got_size));
    assert_int_equal(got_size, payload_size);
    assert_memory_equal(got, payload, payload_size);
}

static void transport_matches(const json_t *message, const uint8_t *send_key,
                              const uint8_t *receive_key, uint64_t counter)
{
    uint8_t text[PAYLOAD_MAX];
    uint8_t plain[PAYLOAD_MAX];
    uint8_t expected[PAYLOAD_MAX];
    const size_t size = unhex(message, "payload", text, sizeof text);
    const size_t expected_size = unhex(message, "ciphertext", expected, sizeof expected);
    memcpy(plain, text, size);
    assert_int_equal(size + NOISE_TAG_SIZE, expected_size);
    noise_seal(send_key, counter, (struct bytes){.size = 0},
               (struct bytes){.at = text, .size = size}, text);
    assert_memory_equal(text, expected, expected_size);
    assert_true(noise_open(receive_key, counter, (struct bytes){.size = 0}, text, expected_size));
    assert_memory_equal(text, plain, size);
}

static void vector_matches(const json_t *vector)
{
    struct noise_handshake sides[2];
    begin(&sides[0], NOISE_INITIATOR, vector);
    begin(&sides[1], NOISE_RESPONDER, vector);
    const json_t *messages = json_object_get(vector, "messages");
    for (size_t i = 0; i < 3; i++)
        message_matches(json_array_get(messages, i), &sides[i % 2], &sides[(i + 1) % 2]);

    uint8_t hash[NOISE_HASH_SIZE];
    assert_int_equal(unhex(vector, "handshake_hash", hash, sizeof hash), sizeof hash);
    assert_memory_equal(sides[0].hash, hash, sizeof hash);
    assert_memory_equal(sides[1].hash, hash, sizeof hash);

    uint8_t sends[2][NOISE_KEY_SIZE];
    uint8_t receives[2][NOISE_KEY_SIZE];
    for (size_t i = 0; i < 2; i++)
        noise_split(&sides[i], sends[i], receives[i]);
    assert_memory_equal(sends[0], receives[1], NOISE_KEY_SIZE);
    assert_memory_equal(sends[1], receives[0], NOISE_KEY_SIZE);
    for (size_t i = 3; i < json_array_size(messages); i++)
        transport_matches(json_array_get(messages, i), sends[i % 2], receives[1 - i % 2],
                          (i - 3) / 2);
}

static json_t *vectors_load(void)
{
    char path[4096];
    const char *root = getenv("srcdir");
    snprintf(path, sizeof path, "%s/tests/vectors/noise.json", root == NULL ? "." : root);
    json_error_t error;
    json_t *vectors = json_load_file(path, 0, &error);
    if (vectors == NULL)
        fail_msg("%s: %s", path, error.text);
    return vectors;
}

static void published_vectors_match_in_both_roles(void **state)
{
    (void)state;
    json_t *vectors = vectors_load();
    assert_int_equal(json_array_size(vectors), 2);
    size_t i;
    json_t *vector;
    json_array_foreach(vectors, i, vector) vector_matches(vector);
    json_decref(vectors);
}

/* Takes the handshake of the first vector to the point where this message has been sent. */
static size_t sent_message(struct noise_handshake sides[static 2], size_t number, uint8_t *sent,
                           size_t sent_size)
{
    json_t *vectors = vectors_load();
    const json_t *vector = json_array_get(vectors, 0);
    uint8_t payload[PAYLOAD_MAX];
    size_t size;
    begin(&sides[0], NOISE_INITIATOR, vector);
    begin(&sides[1], NOISE_RESPONDER, vector);
    struct writer w = writer_on(sent, sent_size);
    for (size_t i = 0;; i++) {
        w.used = 0;
        assert_true(noise_write(&sides[i % 2], (struct bytes){.at = sent, .size = 0}, &w));
        if (i == number)
            break;
        assert_true(noise_read(&sides[1 - i % 2], written(&w), payload, &size));
    }
    json_decref(vectors);
    return w.used;
}

static void every_flipped_bit_and_every_cut_is_refused(void **state)
{
    (void)state;
    for (size_t number = 1; number < 3; number++) {
        struct noise_handshake sides[2];
        uint8_t sent[PAYLOAD_MAX];
        uint8_t payload[PAYLOAD_MAX];
        size_t payload_size;
        const size_t size = sent_message(sides, number, sent, sizeof sent);
        for (size_t bit = 0; bit < size * 8; bit++) {
            /* X25519 ignores the top bit of a point, the hash does not: it is refused as well. */
            struct noise_handshake reader = sides[1 - number % 2];
            sent[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(noise_read(&reader, (struct bytes){.at = sent, .size = size}, payload,
                                    &payload_size));
            sent[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t cut = 0; cut < size; cut++) {
            struct noise_handshake reader = sides[1 - number % 2];
            assert_false(noise_read(&reader, (struct bytes){.at = sent, .size = cut}, payload,
                                    &payload_size));
        }
        assert_true(noise_read(&sides[1 - number % 2], (struct bytes){.at = sent, .size = size},
                               payload, &payload_size));
    }
}

static void a_key_of_low_order_is_refused(void **state)
{
    (void)state;
    struct noise_handshake sides[2];
    uint8_t sent[PAYLOAD_MAX];
    uint8_t payload[PAYLOAD_MAX];
    size_t payload_size;
    const size_t size = sent_message(sides, 0, sent, sizeof sent);
    memset(sent, 0, NOISE_KEY_SIZE);
    assert_true(
        noise_read(&sides[1], (struct bytes){.at = sent, .size = size}, payload, &payload_size));
    struct writer w = writer_on(sent, sizeof sent);
    assert_false(noise_write(&sides[1], (struct bytes){.at = sent, .size = 0}, &w));
}

static void another_prologue_or_psk_does_not_meet(void **state)
{
    (void)state;
    static const uint8_t keys[4][NOISE_KEY_SIZE] = {{1}, {2}, {3}, {4}};
    static const uint8_t psks[2][NOISE_KEY_SIZE] = {{5}, {6}};
    const struct bytes prologues[2] = {{(const uint8_t *)"a", 1}, {(const uint8_t *)"b", 1}};
    for (int variant = 0; variant < 3; variant++) {
        /* 0: all the same; 1: prologues differ; 2: pre-shared keys differ. */
        struct noise_handshake sides[2];
        uint8_t memory[PAYLOAD_MAX];
        uint8_t payload[PAYLOAD_MAX];
        size_t size;
        noise_begin(&sides[0], NOISE_INITIATOR, prologues[0], keys[0], keys[1], psks[0]);
        noise_begin(&sides[1], NOISE_RESPONDER, prologues[variant == 1], keys[2], keys[3],
                    psks[variant == 2]);
        bool met = true;
        for (int i = 0; i < 3 && met; i++) {
            struct writer w = writer_on(memory, sizeof memory);
            assert_true(noise_write(&sides[i % 2], (struct bytes){.size = 0}, &w));
            met = noise_read(&sides[1 - i % 2], written(&w), payload, &size);
        }
        assert_int_equal(met, variant == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_match_in_both_roles),
        cmocka_unit_test(every_flipped_bit_and_every_cut_is_refused),
        cmocka_unit_test(a_key_of_low_order_is_refused),
        cmocka_unit_test(another_prologue_or_psk_does_not_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
