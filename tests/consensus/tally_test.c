/* SPDX-License-Identifier: MIT */
#include "consensus/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct tally tally;
static struct conflict conflicts[SEATS_MAX];

static struct digest digest_of(uint8_t name)
{
    struct digest digest;
    memset(digest.bytes, name, DIGEST_SIZE);
    return digest;
}

static enum tally_verdict add(unsigned quorum, enum vote_type type, unsigned seat, uint8_t name)
{
    const struct digest digest = digest_of(name);
    struct signature signature;
    memset(signature.bytes, (int)(16 * name + seat), SIGNATURE_SIZE);
    return tally_add(&tally, conflicts, quorum, type, seat, &digest, &signature);
}

static int start(void **state)
{
    (void)state;
    memset(conflicts, 0, sizeof conflicts);
    tally_clear(&tally, 9);
    return 0;
}

static void test_a_quorum_for_one_digest_completes(void **state)
{
    (void)state;
    assert_int_equal(add(3, VOTE_NOTARIZE, 0, 1), TALLY_ADDED);
    assert_int_equal(add(3, VOTE_NOTARIZE, 0, 1), TALLY_HELD);
    assert_int_equal(add(3, VOTE_NOTARIZE, 1, 2), TALLY_ADDED);
    assert_int_equal(add(3, VOTE_NOTARIZE, 2, 1), TALLY_ADDED);
    assert_null(tally_complete(&tally, VOTE_NOTARIZE));
    assert_int_equal(add(3, VOTE_NOTARIZE, 3, 1), TALLY_ADDED);
    assert_int_equal(tally_complete(&tally, VOTE_NOTARIZE)->bytes[0], 1);
    assert_null(tally_complete(&tally, VOTE_FINALIZE));
}

static void test_a_liars_second_vote_counts_and_is_kept_as_proof(void **state)
{
    (void)state;
    add(3, VOTE_NOTARIZE, 0, 1);
    assert_int_equal(add(3, VOTE_NOTARIZE, 0, 2), TALLY_CONFLICT);
    assert_true(conflicts[0].held);
    assert_int_equal(conflicts[0].view, 9);
    assert_int_equal(conflicts[0].digests[0].bytes[0], 1);
    assert_int_equal(conflicts[0].digests[1].bytes[0], 2);
    assert_int_equal(add(3, VOTE_NOTARIZE, 0, 2), TALLY_HELD);
    add(3, VOTE_NOTARIZE, 1, 2);
    add(3, VOTE_NOTARIZE, 2, 2);
    assert_int_equal(tally_complete(&tally, VOTE_NOTARIZE)->bytes[0], 2);
    assert_int_equal(
        tally_seats(&tally, VOTE_NOTARIZE, tally_find(&tally, &conflicts[0].digests[1])), 7);
}

static void test_a_certificate_is_the_lowest_quorum_of_seats_in_order(void **state)
{
    (void)state;
    uint8_t signatures[SEATS_MAX * SIGNATURE_SIZE];
    add(3, VOTE_FINALIZE, 6, 1);
    add(3, VOTE_FINALIZE, 1, 1);
    add(3, VOTE_FINALIZE, 4, 1);
    add(3, VOTE_FINALIZE, 2, 1);
    const Bitcraps__Certificate certificate =
        tally_certificate(&tally, 5, 3, VOTE_FINALIZE, signatures);
    assert_int_equal(certificate.bitmap, 1u << 1 | 1u << 2 | 1u << 4);
    assert_int_equal(certificate.view, 9);
    assert_int_equal(certificate.epoch, 5);
    assert_int_equal(certificate.signatures.len, 3 * SIGNATURE_SIZE);
    assert_int_equal(signatures[0], 16 + 1);
    assert_int_equal(signatures[SIGNATURE_SIZE], 16 + 2);
    assert_int_equal(signatures[2 * SIGNATURE_SIZE], 16 + 4);
}

static void test_many_digests_do_not_keep_a_certificate_out(void **state)
{
    (void)state;
    for (unsigned seat = 0; seat < TALLY_DIGESTS_MAX; seat++)
        assert_int_equal(add(11, VOTE_NOTARIZE, seat, (uint8_t)(1 + seat)), TALLY_ADDED);
    assert_int_equal(add(11, VOTE_NOTARIZE, 13, 0xee), TALLY_FULL);
    const struct digest digest = digest_of(0xee);
    const struct signature signature = {{3}};
    for (unsigned seat = 0; seat < 11; seat++)
        tally_put(&tally, conflicts, 11, VOTE_NOTARIZE, seat, &digest, &signature);
    assert_int_equal(tally_complete(&tally, VOTE_NOTARIZE)->bytes[0], 0xee);
    /* A second certificate, which only too many liars can make, does not undo the first. */
    const struct digest other = digest_of(0xdd);
    for (unsigned seat = 0; seat < 11; seat++)
        tally_put(&tally, conflicts, 11, VOTE_NOTARIZE, seat, &other, &signature);
    assert_int_equal(tally_complete(&tally, VOTE_NOTARIZE)->bytes[0], 0xee);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_quorum_for_one_digest_completes, start),
        cmocka_unit_test_setup(test_a_liars_second_vote_counts_and_is_kept_as_proof, start),
        cmocka_unit_test_setup(test_a_certificate_is_the_lowest_quorum_of_seats_in_order, start),
        cmocka_unit_test_setup(test_many_digests_do_not_keep_a_certificate_out, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
