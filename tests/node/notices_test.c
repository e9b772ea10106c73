/* SPDX-License-Identifier: MIT */
/* Several tables of one node are announced in turn, however often the mesh lets it announce. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node/notices.h"

#include <string.h>

static struct notices notices;

static void put(uint8_t table, uint8_t word)
{
    const struct digest id = {{table}};
    notices_put(&notices, &id, (struct bytes){.at = &word, .size = 1});
}

static void assert_next(uint8_t table, uint8_t word)
{
    const struct notice *first = notices_first(&notices);
    assert_non_null(first);
    assert_int_equal(first->table.bytes[0], table);
    assert_int_equal(first->size, 1);
    assert_int_equal(first->bytes[0], word);
    notices_shift(&notices);
}

static void the_newest_word_of_a_table_waits_in_its_place(void **context)
{
    (void)context;
    memset(&notices, 0, sizeof notices);
    assert_null(notices_first(&notices));
    put(1, 10);
    put(2, 20);
    put(1, 11);
    assert_next(1, 11);
    put(1, 12);
    assert_next(2, 20);
    assert_next(1, 12);
    assert_null(notices_first(&notices));
}

/* Each offers itself every second, and one in five seconds may be announced. */
static void everybody_has_a_turn(void **context)
{
    (void)context;
    memset(&notices, 0, sizeof notices);
    unsigned turns[4] = {0};
    for (unsigned second = 0; second < 400; second++) {
        for (uint8_t table = 0; table < 4; table++)
            put(table, (uint8_t)second);
        if (second % 5 != 0)
            continue;
        turns[notices_first(&notices)->table.bytes[0]]++;
        notices_shift(&notices);
    }
    for (unsigned table = 0; table < 4; table++)
        assert_int_equal(turns[table], 20);
}

static void too_many_wait_for_another_time(void **context)
{
    (void)context;
    memset(&notices, 0, sizeof notices);
    for (unsigned table = 0; table < 2 * NOTICES_MAX; table++)
        put((uint8_t)table, 0);
    for (unsigned table = 0; table < NOTICES_MAX; table++)
        assert_next((uint8_t)table, 0);
    assert_null(notices_first(&notices));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_word_of_a_table_waits_in_its_place),
        cmocka_unit_test(everybody_has_a_turn),
        cmocka_unit_test(too_many_wait_for_another_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
