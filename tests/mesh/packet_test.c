/* SPDX-License-Identifier: MIT */
/* Tests of src/mesh/packet.c: the layout, byte by byte, and what is refused. */
#include "mesh/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>

static void make_keys(struct public_key *key, uint8_t secret[64])
{
    uint8_t seed[crypto_sign_SEEDBYTES];
    memset(seed, 7, sizeof seed);
    crypto_sign_seed_keypair(key->bytes, secret, seed);
}

static struct packet sample(void)
{
    return (struct packet){.class = MESH_CLASS_INTERACTIVE,
                           .type = PACKET_SCOPE,
                           .flags = PACKET_DURABLE,
                           .hop_limit = 27,
                           .age = 0x0102,
                           .source = {{0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7}},
                           .destination = {0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7},
                           .boot = 0x01020304,
                           .sequence = 0x05060708,
                           .body = {(const uint8_t *)"craps", 5}};
}

/* Version 1 on the wire, for good: a change here is another version. */
static void a_packet_of_version_1_is_these_bytes(void **state)
{
    (void)state;
    static const uint8_t golden[] = {0x12, 0x02, 0x10, 0x1b, 0x01, 0x02, 0x00, 0x05, 0xa0, 0xa1,
                                     0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xb0, 0xb1, 0xb2, 0xb3,
                                     0xb4, 0xb5, 0xb6, 0xb7, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06,
                                     0x07, 0x08, 'c',  'r',  'a',  'p',  's'};
    const struct packet packet = sample();
    uint8_t bytes[PACKET_SIZE_MAX];
    assert_int_equal(packet_encode(&packet, bytes), sizeof golden);
    assert_memory_equal(bytes, golden, sizeof golden);
    struct packet read;
    assert_int_equal(packet_decode((struct bytes){golden, sizeof golden}, &read), PACKET_OK);
    assert_int_equal(read.class, packet.class);
    assert_int_equal(read.type, packet.type);
    assert_int_equal(read.flags, packet.flags);
    assert_int_equal(read.hop_limit, packet.hop_limit);
    assert_int_equal(read.age, packet.age);
    assert_memory_equal(&read.source, &packet.source, sizeof read.source);
    assert_memory_equal(read.destination, packet.destination, sizeof read.destination);
    assert_int_equal(read.boot, packet.boot);
    assert_int_equal(read.sequence, packet.sequence);
    assert_ptr_equal(read.body.at, golden + PACKET_HEADER_SIZE);
    assert_int_equal(read.body.size, 5);
    assert_null(read.signature);
}

static void a_signature_covers_all_but_hop_limit_and_age(void **state)
{
    (void)state;
    struct public_key key;
    uint8_t secret[64];
    make_keys(&key, secret);
    struct packet packet = sample();
    packet.flags |= PACKET_SIGNED;
    uint8_t bytes[PACKET_SIZE_MAX];
    const size_t size = packet_encode(&packet, bytes);
    assert_int_equal(size, PACKET_HEADER_SIZE + 5 + SIGNATURE_SIZE);
    packet_sign(bytes, size, secret);
    const struct bytes view = {bytes, size};
    assert_true(packet_verify(view, &key));
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 1;
        assert_int_equal(packet_verify(view, &key), i >= 3 && i < PACKET_IMMUTABLE_FROM);
        bytes[i] ^= 1;
    }
    /* What was signed, written out. */
    static const char context[] = "bitcraps:pkt:v1";
    uint8_t message[sizeof context - 1 + PACKET_HEADER_SIZE + 5];
    memcpy(message, context, sizeof context - 1);
    memcpy(message + sizeof context - 1, bytes, PACKET_HEADER_SIZE + 5);
    memset(message + sizeof context - 1 + 3, 0, 3);
    assert_int_equal(crypto_sign_verify_detached(bytes + PACKET_HEADER_SIZE + 5, message,
                                                 sizeof message, key.bytes),
                     0);
}

static void what_no_program_sends_is_malformed(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        enum packet_verdict verdict;
    } rows[] = {
        {0, 0x02, PACKET_VERSION_UNKNOWN}, /* version 0 */
        {0, 0x22, PACKET_VERSION_UNKNOWN}, /* version 2 */
        {0, 0x14, PACKET_MALFORMED},       /* class 4 */
        {0, 0x1f, PACKET_MALFORMED},       /* class 15 */
        {1, 0x00, PACKET_MALFORMED},       /* type 0 */
        {1, 0xff, PACKET_OK},              /* any other type */
        {2, 0x11, PACKET_MALFORMED},       /* signed, without the signature */
        {2, 0xfe, PACKET_OK},              /* unknown flags */
        {3, 0, PACKET_MALFORMED},          /* no hop left */
        {3, 31, PACKET_OK},
        {3, 32, PACKET_MALFORMED},
        {7, 4, PACKET_MALFORMED}, /* one byte too many */
        {7, 6, PACKET_MALFORMED}, /* one too few */
        {6, 0xff, PACKET_MALFORMED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct packet packet = sample();
        uint8_t bytes[PACKET_SIZE_MAX];
        const size_t size = packet_encode(&packet, bytes);
        bytes[rows[i].at] = rows[i].value;
        struct packet read;
        assert_int_equal(packet_decode((struct bytes){bytes, size}, &read), rows[i].verdict);
    }
    struct packet read;
    assert_int_equal(packet_decode((struct bytes){NULL, 0}, &read), PACKET_MALFORMED);
}

static void sizes_end_where_a_frame_ends(void **state)
{
    (void)state;
    static const uint8_t body[PACKET_BODY_MAX + 1];
    struct packet packet = sample();
    packet.flags = PACKET_SIGNED;
    packet.body = (struct bytes){body, PACKET_BODY_MAX};
    uint8_t bytes[PACKET_SIZE_MAX + 1] = {0};
    assert_int_equal(packet_encode(&packet, bytes), PACKET_SIZE_MAX);
    struct packet read;
    assert_int_equal(packet_decode((struct bytes){bytes, PACKET_SIZE_MAX}, &read), PACKET_OK);
    /* One more body byte, everything else consistent. */
    bytes[6] = (PACKET_BODY_MAX + 1) >> 8;
    bytes[7] = (PACKET_BODY_MAX + 1) & 255;
    assert_int_equal(packet_decode((struct bytes){bytes, PACKET_SIZE_MAX + 1}, &read),
                     PACKET_MALFORMED);
    for (size_t size = 0; size < PACKET_HEADER_SIZE + 1; size++)
        assert_int_not_equal(packet_decode((struct bytes){bytes, size}, &read), PACKET_OK);
}

static void age_grows_in_units_and_stops_at_the_largest(void **state)
{
    (void)state;
    const struct packet packet = sample();
    uint8_t bytes[PACKET_SIZE_MAX];
    const size_t size = packet_encode(&packet, bytes);
    struct packet read;
    packet_add_age(bytes, 2559);
    (void)packet_decode((struct bytes){bytes, size}, &read);
    assert_int_equal(read.age, 0x0102 + 255);
    packet_add_age(bytes, -5);
    (void)packet_decode((struct bytes){bytes, size}, &read);
    assert_int_equal(read.age, 0x0102 + 255);
    packet_add_age(bytes, 10 * (UINT16_MAX - 0x0102 - 255));
    packet_add_age(bytes, 10);
    (void)packet_decode((struct bytes){bytes, size}, &read);
    assert_int_equal(read.age, UINT16_MAX);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_of_version_1_is_these_bytes),
        cmocka_unit_test(a_signature_covers_all_but_hop_limit_and_age),
        cmocka_unit_test(what_no_program_sends_is_malformed),
        cmocka_unit_test(sizes_end_where_a_frame_ends),
        cmocka_unit_test(age_grows_in_units_and_stops_at_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
