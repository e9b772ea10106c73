/* SPDX-License-Identifier: MIT */
/* Tests of src/node/keys.c: which epochs' keys are told when. */
#include "node/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static void put(struct keys *keys, uint64_t from, uint64_t to)
{
    uint8_t seats[ROSTER_SEAT_SIZE] = {0};
    for (uint64_t epoch = from; epoch <= to; epoch++) {
        seats[0] = (uint8_t)epoch;
        keys_put(keys, epoch, (struct bytes){seats, sizeof seats});
    }
}

static void few_epochs_are_all_told_each_time(void **state)
{
    (void)state;
    struct keys keys = {.lists = NULL};
    uint64_t epochs[KEYS_STEPS + 1];
    assert_int_equal(keys_turn(&keys, epochs), 0); /* Only the first, by its Seating. */
    put(&keys, 2, KEYS_STEPS + 1);
    for (unsigned turn = 0; turn < 3; turn++) {
        assert_int_equal(keys_turn(&keys, epochs), KEYS_STEPS);
        for (unsigned i = 0; i < KEYS_STEPS; i++)
            assert_int_equal(epochs[i], i + 2);
    }
    keys_clear(&keys);
}

static void of_many_epochs_each_has_its_turn_and_the_newest_all(void **state)
{
    (void)state;
    struct keys keys = {.lists = NULL};
    uint64_t epochs[KEYS_STEPS + 1];
    const uint64_t last = 5 * KEYS_STEPS + 4;
    put(&keys, 2, last);
    /* Who begins to listen at any turn knows all of them after two rounds. */
    for (unsigned late = 0; late < 6; late++) {
        uint64_t known = 1;
        for (unsigned turn = 0; turn < 12; turn++) {
            const size_t count = keys_turn(&keys, epochs);
            assert_in_range(count, 1, KEYS_STEPS + 1);
            assert_int_equal(epochs[count - 1], last);
            for (size_t i = 0; i < count; i++)
                known += epochs[i] == known + 1;
        }
        assert_int_equal(known, last);
        (void)keys_turn(&keys, epochs);
    }
    keys_clear(&keys);
}

static void a_list_is_kept_once_and_in_order(void **state)
{
    (void)state;
    struct keys keys = {.lists = NULL};
    put(&keys, 2, 3);
    put(&keys, 2, 3); /* Told again after a restart. */
    put(&keys, 5, 5);
    assert_int_equal(keys.count, 2);
    assert_int_equal(keys.lists[1].bytes[0], 3);
    put(&keys, 4, 5);
    assert_int_equal(keys.count, 4);
    keys_clear(&keys);
    assert_int_equal(keys.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_epochs_are_all_told_each_time),
        cmocka_unit_test(of_many_epochs_each_has_its_turn_and_the_newest_all),
        cmocka_unit_test(a_list_is_kept_once_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
