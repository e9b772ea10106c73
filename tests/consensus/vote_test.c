/* SPDX-License-Identifier: MIT */
#include "consensus/vote.h"
#include "consensus/block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <sodium.h>

static struct electorate electorate;
static uint8_t secrets[SEATS_MAX][64];
static uint8_t signatures[SEATS_MAX * SIGNATURE_SIZE];
static struct digest block;

static bool verify(void *context, const struct public_key *key, struct bytes message,
                   const struct signature *signature)
{
    (void)context;
    return crypto_sign_verify_detached(signature->bytes, message.at, message.size, key->bytes) == 0;
}

static const struct consensus_crypto crypto = {.verify = verify};

static int start(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    electorate = (struct electorate){.epoch = 2, .seats = 4, .quorum = vote_quorum(4)};
    memset(electorate.instance.bytes, 1, DIGEST_SIZE);
    memset(block.bytes, 2, DIGEST_SIZE);
    for (unsigned seat = 0; seat < 4; seat++) {
        const uint8_t seed[32] = {(uint8_t)(seat + 1)};
        crypto_sign_seed_keypair(electorate.keys[seat].bytes, secrets[seat], seed);
    }
    return 0;
}

/* NOTARIZE of view 7 by seats 0, 1 and 3. */
static Bitcraps__Certificate certificate(void)
{
    static const unsigned seats[] = {0, 1, 3};
    uint8_t statement[VOTE_STATEMENT_SIZE];
    vote_statement(&electorate, VOTE_NOTARIZE, 7, &block, statement);
    for (unsigned i = 0; i < 3; i++)
        crypto_sign_detached(signatures + i * SIGNATURE_SIZE, NULL, statement, sizeof statement,
                             secrets[seats[i]]);
    Bitcraps__Certificate certificate = BITCRAPS__CERTIFICATE__INIT;
    certificate.type = VOTE_NOTARIZE;
    certificate.epoch = 2;
    certificate.view = 7;
    certificate.digest = (ProtobufCBinaryData){DIGEST_SIZE, block.bytes};
    certificate.bitmap = 1u << 0 | 1u << 1 | 1u << 3;
    certificate.signatures = (ProtobufCBinaryData){3 * SIGNATURE_SIZE, signatures};
    return certificate;
}

static void test_quorums(void **state)
{
    (void)state;
    static const unsigned quorums[] = {1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9, 10, 11, 11};
    for (unsigned seats = 1; seats <= 16; seats++)
        assert_int_equal(vote_quorum(seats), quorums[seats - 1]);
}

static void test_a_certificate_convinces_alone_and_any_change_spoils_it(void **state)
{
    (void)state;
    Bitcraps__Certificate c = certificate();
    assert_true(certificate_valid(&electorate, &crypto, &c));
    c.view = 8;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    c = certificate();
    c.epoch = 3;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    c = certificate();
    c.type = VOTE_FINALIZE;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    c = certificate();
    c.type = VOTE_NULLIFY;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    c = certificate();
    c.type = 4;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    c = certificate();
    c.bitmap = 7;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    c = certificate();
    c.bitmap = 15;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    c = certificate();
    c.bitmap = 1u << 0 | 1u << 1 | 1u << 4;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    c = certificate();
    c.bitmap = 3;
    c.signatures.len = 2 * SIGNATURE_SIZE;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    for (size_t i = 0; i < 3 * SIGNATURE_SIZE; i += 7) {
        c = certificate();
        signatures[i] ^= 1;
        assert_false(certificate_valid(&electorate, &crypto, &c));
    }
    c = certificate();
    block.bytes[5] ^= 1;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    block.bytes[5] ^= 1;
    electorate.instance.bytes[0] ^= 1;
    assert_false(certificate_valid(&electorate, &crypto, &c));
    electorate.instance.bytes[0] ^= 1;
}

static void test_a_header_is_read_as_it_was_written(void **state)
{
    (void)state;
    const struct block_header header = {.epoch = 1,
                                        .view = 2,
                                        .parent_view = 3,
                                        .height = UINT64_C(0x0102030405060708),
                                        .time = INT64_C(1750000000000),
                                        .instance = {{9}},
                                        .parent = {{8}},
                                        .payload_root = {{7}},
                                        .state_root = {{6}},
                                        .skip_root = {{5}}};
    uint8_t bytes[BLOCK_HEADER_SIZE + 1] = {0};
    struct block_header read;
    block_header_encode(&header, bytes);
    memset(&read, 0, sizeof read);
    assert_true(block_header_decode((struct bytes){bytes, BLOCK_HEADER_SIZE}, &read));
    assert_memory_equal(&read, &header, sizeof header);
    assert_false(block_header_decode((struct bytes){bytes, BLOCK_HEADER_SIZE - 1}, &read));
    assert_false(block_header_decode((struct bytes){bytes, BLOCK_HEADER_SIZE + 1}, &read));
    bytes[0] ^= 1;
    assert_false(block_header_decode((struct bytes){bytes, BLOCK_HEADER_SIZE}, &read));
}

/* "BCv1" | instance 32 | epoch 8 | type 1 | view 8 | digest 32: none may be left out. */
static void test_a_vote_is_over_every_field_in_its_place(void **state)
{
    (void)state;
    uint8_t statement[VOTE_STATEMENT_SIZE];
    uint8_t expected[VOTE_STATEMENT_SIZE] = "BCv1";
    electorate.epoch = UINT64_C(0x0102030405060708);
    vote_statement(&electorate, VOTE_FINALIZE, UINT64_C(0x1112131415161718), &block, statement);
    memset(expected + 4, 1, DIGEST_SIZE);
    for (uint8_t i = 0; i < 8; i++) {
        expected[36 + i] = (uint8_t)(0x01 + i);
        expected[45 + i] = (uint8_t)(0x11 + i);
    }
    expected[44] = VOTE_FINALIZE;
    memset(expected + 53, 2, DIGEST_SIZE);
    assert_memory_equal(statement, expected, sizeof expected);
    vote_statement(&electorate, VOTE_NULLIFY, 1, NULL, statement);
    memset(expected + 53, 0, DIGEST_SIZE);
    assert_memory_equal(statement + 53, expected + 53, DIGEST_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_quorums, start),
        cmocka_unit_test_setup(test_a_certificate_convinces_alone_and_any_change_spoils_it, start),
        cmocka_unit_test_setup(test_a_vote_is_over_every_field_in_its_place, start),
        cmocka_unit_test_setup(test_a_header_is_read_as_it_was_written, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
