/* SPDX-License-Identifier: MIT */
/* Whose offers give way when a node has heard of more tables than it remembers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node/offer.h"

#include <string.h>

#define OFFERS 8

static struct node_id neighbour(uint8_t number)
{
    return (struct node_id){.bytes = {number}};
}

/* Offers by the neighbours with these numbers, the later the younger. */
static size_t least(const char *numbers, uint8_t by)
{
    struct offer offers[OFFERS];
    size_t count = 0;
    for (; numbers[count] != '\0'; count++)
        offers[count] =
            (struct offer){.by = neighbour((uint8_t)numbers[count]), .heard = (msec)count};
    const struct node_id bringer = neighbour(by);
    return offer_least(offers, count, &bringer);
}

static void the_neighbour_with_the_most_gives_way(void **context)
{
    (void)context;
    assert_int_equal(least("abbbcc", 'd'), 1);
    assert_int_equal(least("cacbbb", 'a'), 3);
}

static void who_brings_the_most_displaces_only_its_own(void **context)
{
    (void)context;
    assert_int_equal(least("aabbb", 'b'), 2);
    assert_int_equal(least("aabb", 'b'), 2);
    assert_int_equal(least("bbaa", 'a'), 2);
    assert_int_equal(least("a", 'a'), 0);
}

static void a_flood_leaves_room_for_everybody_else(void **context)
{
    (void)context;
    struct offer offers[OFFERS];
    for (msec i = 0; i < OFFERS; i++)
        offers[i] = (struct offer){.by = neighbour('f'), .heard = i};
    const struct node_id others[] = {neighbour('a'), neighbour('b'), neighbour('c')};
    for (msec round = 0; round < 100; round++) {
        const struct node_id by =
            round % 10 == 0 && round < 30 ? others[round / 10] : neighbour('f');
        const size_t at = offer_least(offers, OFFERS, &by);
        offers[at] = (struct offer){.by = by, .heard = OFFERS + round};
    }
    for (size_t i = 0; i < 3; i++) {
        size_t found = 0;
        for (size_t j = 0; j < OFFERS; j++)
            found += memcmp(&offers[j].by, &others[i], sizeof others[i]) == 0;
        assert_int_equal(found, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_neighbour_with_the_most_gives_way),
        cmocka_unit_test(who_brings_the_most_displaces_only_its_own),
        cmocka_unit_test(a_flood_leaves_room_for_everybody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
