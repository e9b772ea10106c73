/* SPDX-License-Identifier: MIT */
#include "noise/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t seed[IDENTITY_SEED_SIZE] = {1, 2, 3};
static const uint8_t other_seed[IDENTITY_SEED_SIZE] = {1, 2, 4};

static void the_same_seed_gives_the_same_node(void **state)
{
    (void)state;
    struct identity a;
    struct identity b;
    identity_derive(&a, seed, 1);
    identity_derive(&b, seed, 1);
    assert_memory_equal(&a, &b, sizeof a);
    identity_derive(&b, other_seed, 1);
    assert_false(node_id_equal(&a.node, &b.node));
    assert_memory_not_equal(a.link_public, b.link_public, sizeof a.link_public);
}

static void a_new_serial_gives_a_new_link_key_of_the_same_node(void **state)
{
    (void)state;
    struct identity a;
    struct identity b;
    identity_derive(&a, seed, 1);
    identity_derive(&b, seed, 2);
    assert_true(node_id_equal(&a.node, &b.node));
    assert_memory_not_equal(a.link_public, b.link_public, sizeof a.link_public);
    assert_true(identity_certifies(&b.key, b.link_public, 2, &b.certificate));
}

static void a_certificate_is_for_one_key_serial_and_node(void **state)
{
    (void)state;
    struct identity a;
    struct identity b;
    identity_derive(&a, seed, 1);
    identity_derive(&b, other_seed, 1);
    assert_true(identity_certifies(&a.key, a.link_public, 1, &a.certificate));
    assert_false(identity_certifies(&a.key, a.link_public, 2, &a.certificate));
    assert_false(identity_certifies(&a.key, b.link_public, 1, &a.certificate));
    assert_false(identity_certifies(&b.key, a.link_public, 1, &a.certificate));
    assert_false(identity_certifies(&a.key, a.link_public, 1, &b.certificate));
}

static void node_ids_read_as_crockford_base32(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[10];
        const char *text;
    } rows[] = {
        /* 1 */ {{0}, "0000-0000-0000-0000"},
        /* 2 */ {{255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, "ZZZZ-ZZZZ-ZZZZ-ZZZZ"},
        /* 3 */
        {{0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf}, "0123-4567-89AB-CDEF"},
        /* 4 */
        {{0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf}, "GHJK-MNPQ-RSTV-WXYZ"},
        /* 5: one bit each at both ends */
        {{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "G000-0000-0000-0001"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct node_id node = {.bytes = {0}};
        char text[NODE_TEXT_SIZE];
        memcpy(node.bytes, rows[i].bytes, sizeof rows[i].bytes);
        node.bytes[10] = 0xff;
        identity_text(&node, text);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_node),
        cmocka_unit_test(a_new_serial_gives_a_new_link_key_of_the_same_node),
        cmocka_unit_test(a_certificate_is_for_one_key_serial_and_node),
        cmocka_unit_test(node_ids_read_as_crockford_base32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
