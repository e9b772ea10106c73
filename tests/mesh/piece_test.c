/* SPDX-License-Identifier: MIT */
/* Tests of src/mesh/piece.c. */
#include "mesh/piece.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>

static struct pieces pieces;
static uint8_t large[MESSAGE_SIZE_MAX];

static struct piece_owner author(uint8_t number)
{
    return (struct piece_owner){.type = PACKET_SCOPE, .source = {{number}}, .destination = {9}};
}

static struct digest digest_of(struct bytes object)
{
    struct digest digest;
    crypto_generichash(digest.bytes, sizeof digest.bytes, object.at, object.size, NULL, 0);
    return digest;
}

/* Takes one part of an object. */
static enum piece_verdict take(msec now, uint32_t link, uint8_t from, struct bytes object,
                               size_t part, struct bytes *whole)
{
    const struct digest digest = digest_of(object);
    uint8_t body[PACKET_BODY_MAX];
    const size_t size = piece_cut(object, &digest, part, body);
    const struct piece_owner owner = author(from);
    bool authentic = true;
    return pieces_take(&pieces, now, link, &owner, (struct bytes){body, size}, &authentic, whole);
}

static struct bytes object_of(size_t size, uint8_t value)
{
    memset(large, value, sizeof large);
    for (size_t i = 0; i < size; i++)
        large[i] = (uint8_t)(i * 31 + i / 251 + value);
    return (struct bytes){large, size};
}

static void an_object_is_cut_into_full_slices_and_a_rest(void **state)
{
    (void)state;
    assert_int_equal(piece_count(1), 1);
    assert_int_equal(piece_count(1000), 1);
    assert_int_equal(piece_count(1001), 2);
    assert_int_equal(piece_count(MESSAGE_SIZE_MAX), 66);
    const struct bytes object = object_of(2001, 1);
    const struct digest digest = digest_of(object);
    uint8_t body[PACKET_BODY_MAX];
    assert_int_equal(piece_cut(object, &digest, 0, body), PIECE_HEADER_SIZE + 1000);
    assert_int_equal(piece_cut(object, &digest, 2, body), PIECE_HEADER_SIZE + 1);
    struct piece piece;
    assert_true(piece_decode((struct bytes){body, PIECE_HEADER_SIZE + 1}, &piece));
    assert_int_equal(piece.part, 2);
    assert_int_equal(piece.parts, 3);
    assert_int_equal(piece.slice.at[0], large[2000]);
}

static void bodies_that_are_no_pieces_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        uint8_t part;
        uint8_t parts;
        bool good;
    } rows[] = {
        {0, 0, 1, false},
        {PIECE_HEADER_SIZE, 0, 1, false},
        {PIECE_HEADER_SIZE + 1, 0, 1, true},
        {PIECE_HEADER_SIZE + 1, 0, 0, false},
        {PIECE_HEADER_SIZE + 1, 1, 1, false},
        {PIECE_HEADER_SIZE + 999, 0, 2, false}, /* Not the last, and not full. */
        {PIECE_HEADER_SIZE + 1000, 0, 2, true},
        {PIECE_HEADER_SIZE + 1001, 0, 2, false},
        {PIECE_HEADER_SIZE + 1000, 65, 66, true},
        {PIECE_HEADER_SIZE + 1000, 66, 67, false},
        {PIECE_HEADER_SIZE + 1000, 0, 255, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t body[PACKET_BODY_MAX] = {0};
        body[DIGEST_SIZE] = rows[i].part;
        body[DIGEST_SIZE + 1] = rows[i].parts;
        struct piece piece;
        assert_int_equal(piece_decode((struct bytes){body, rows[i].size}, &piece), rows[i].good);
    }
}

static void authors_are_not_mixed_up(void **state)
{
    (void)state;
    pieces_init(&pieces);
    struct bytes whole;
    const struct bytes object = object_of(3500, 2);
    /* Three authors send the same object, part by part, backwards. */
    for (size_t part = 4; part-- > 0;) {
        for (uint8_t from = 1; from <= 3; from++) {
            const enum piece_verdict verdict = take(0, 0, from, object, part, &whole);
            assert_int_equal(verdict, part == 0 ? PIECE_COMPLETE : PIECE_KEPT);
            if (part > 0)
                assert_int_equal(take(0, 1, from, object, part, &whole), PIECE_AGAIN);
        }
    }
    assert_int_equal(whole.size, object.size);
    assert_memory_equal(whole.at, object.at, object.size);
    assert_int_equal(pieces.free_count, PIECE_CHUNKS);
}

static void a_whole_without_its_digest_is_dropped(void **state)
{
    (void)state;
    pieces_init(&pieces);
    struct bytes whole;
    bool authentic = true;
    const struct bytes object = object_of(2000, 3);
    const struct digest digest = digest_of(object);
    const struct piece_owner owner = author(1);
    uint8_t body[PACKET_BODY_MAX];
    const size_t size = piece_cut(object, &digest, 0, body);
    body[PIECE_HEADER_SIZE + 5] ^= 1;
    assert_int_equal(
        pieces_take(&pieces, 0, 0, &owner, (struct bytes){body, size}, &authentic, &whole),
        PIECE_KEPT);
    /* Another number of parts under the same digest. */
    body[DIGEST_SIZE + 1] = 3;
    assert_int_equal(
        pieces_take(&pieces, 0, 0, &owner, (struct bytes){body, size}, &authentic, &whole),
        PIECE_CONTRADICTS);
    assert_int_equal(take(0, 0, 1, object, 1, &whole), PIECE_DIGEST_WRONG);
    assert_int_equal(pieces.free_count, PIECE_CHUNKS);
    /* It can be sent again. */
    assert_int_equal(take(0, 0, 1, object, 1, &whole), PIECE_KEPT);
    assert_int_equal(take(0, 0, 1, object, 0, &whole), PIECE_COMPLETE);
}

static void a_whole_is_authentic_if_all_its_pieces_are(void **state)
{
    (void)state;
    pieces_init(&pieces);
    const struct bytes object = object_of(1500, 4);
    const struct digest digest = digest_of(object);
    const struct piece_owner owner = author(1);
    for (unsigned signs = 0; signs < 4; signs++) {
        bool authentic = false;
        for (size_t part = 0; part < 2; part++) {
            uint8_t body[PACKET_BODY_MAX];
            const size_t size = piece_cut(object, &digest, part, body);
            struct bytes whole;
            authentic = (signs >> part & 1) != 0;
            (void)pieces_take(&pieces, 0, 0, &owner, (struct bytes){body, size}, &authentic,
                              &whole);
        }
        assert_int_equal(authentic, signs == 3);
    }
}

static void an_author_holds_one_largest_object_and_its_oldest_gives_way(void **state)
{
    (void)state;
    pieces_init(&pieces);
    struct bytes whole;
    for (uint8_t i = 0; i < 10; i++)
        for (size_t part = 0; part < 40; part++)
            assert_int_equal(take(i, 0, 1, object_of(41000, i), part, &whole), PIECE_KEPT);
    assert_int_equal(pieces.evicted, 9);
    assert_int_equal(pieces.free_count, PIECE_CHUNKS - 40);
    assert_int_equal(take(10, 0, 1, object_of(41000, 9), 40, &whole), PIECE_COMPLETE);
}

/* The first parts of an object by an invented author. */
static void flood(uint32_t author_number, size_t parts)
{
    const struct bytes object = object_of(60000, 2);
    const struct digest digest = digest_of(object);
    struct piece_owner owner = author((uint8_t)author_number);
    owner.source.bytes[1] = (uint8_t)(author_number >> 8);
    for (size_t part = 0; part < parts; part++) {
        uint8_t body[PACKET_BODY_MAX];
        const size_t size = piece_cut(object, &digest, part, body);
        bool authentic = false;
        struct bytes whole;
        (void)pieces_take(&pieces, 1, 2, &owner, (struct bytes){body, size}, &authentic, &whole);
    }
}

static void a_flooding_link_crowds_out_itself(void **state)
{
    (void)state;
    struct bytes whole;
    const size_t size = 30000;
    /* Whether the honest object, over link 1 and nearly there, is the first, the last, or between.
     */
    static const uint32_t before[] = {0, 20, PIECE_WHOLES - 1};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        pieces_init(&pieces);
        for (uint32_t number = 0; number < before[i]; number++)
            flood(number, 2);
        for (size_t part = 0; part < 29; part++)
            assert_int_equal(take(0, 1, 1, object_of(size, 1), part, &whole), PIECE_KEPT);
        /* Too many pieces first, then too many objects. */
        for (uint32_t number = 1000; number < 1100; number++)
            flood(number, 30);
        for (uint32_t number = 2000; number < 2900; number++)
            flood(number, 1);
        assert_true(pieces.evicted > 900);
        assert_int_equal(take(2, 1, 1, object_of(size, 1), 29, &whole), PIECE_COMPLETE);
    }
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_cut_into_full_slices_and_a_rest),
        cmocka_unit_test(bodies_that_are_no_pieces_are_refused),
        cmocka_unit_test(authors_are_not_mixed_up),
        cmocka_unit_test(a_whole_without_its_digest_is_dropped),
        cmocka_unit_test(a_whole_is_authentic_if_all_its_pieces_are),
        cmocka_unit_test(an_author_holds_one_largest_object_and_its_oldest_gives_way),
        cmocka_unit_test(a_flooding_link_crowds_out_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
