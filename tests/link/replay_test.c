/* SPDX-License-Identifier: MIT */
/*
 * The window as a numbered table of counters and whether each is taken (after WireGuard's
 * selftest), then against a plain set.
 */
#include "link/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define W REPLAY_WINDOW

static bool take(struct replay *replay, uint64_t counter)
{
    const bool fresh = replay_fresh(replay, counter);
    if (fresh)
        replay_note(replay, counter);
    return fresh;
}

static void the_window_takes_what_the_table_says(void **state)
{
    (void)state;
    static const struct {
        uint64_t counter;
        bool taken;
    } rows[] = {
        /*  1 */ {0, true},
        /*  2 */ {1, true},
        /*  3 */ {1, false},
        /*  4 */ {9, true},
        /*  5 */ {8, true},
        /*  6 */ {7, true},
        /*  7 */ {7, false},
        /*  8 */ {W, true},
        /*  9 */ {W - 1, true},
        /* 10 */ {W - 1, false},
        /* 11 */ {W - 2, true},
        /* 12 */ {2, true},
        /* 13 */ {2, false},
        /* 14: the far end */ {W + 16, true},
        /* 15 */ {3, false},
        /* 16 */ {W + 16, false},
        /* 17 */ {W * 4, true},
        /* 18 */ {W * 4 - (W - 1), true},
        /* 19 */ {10, false},
        /* 20 */ {W * 4 - W, false},
        /* 21 */ {W * 4 - (W + 1), false},
        /* 22 */ {W * 4 - (W - 2), true},
        /* 23 */ {W * 4 + 1 - W, false},
        /* 24 */ {0, false},
        /* 25: a leap over the whole window */ {(uint64_t)1 << 40, true},
        /* 26 */ {((uint64_t)1 << 40) - (W - 1), true},
        /* 27 */ {((uint64_t)1 << 40) - W, false},
        /* 28: reserved by Noise */ {UINT64_MAX, false},
        /* 29 */ {UINT64_MAX - 1, true},
        /* 30 */ {UINT64_MAX - 1, false},
        /* 31 */ {UINT64_MAX - 2, true},
    };
    struct replay replay;
    memset(&replay, 0, sizeof replay);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (take(&replay, rows[i].counter) != rows[i].taken)
            fail_msg("row %zu", i + 1);
}

static void the_window_equals_a_set(void **state)
{
    (void)state;
    static bool seen[1 << 16];
    struct replay replay;
    memset(seen, 0, sizeof seen);
    memset(&replay, 0, sizeof replay);
    uint64_t random = 1;
    uint64_t next = 0;
    for (int i = 0; i < 60000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        /* Around the highest: up to 100 ahead, up to 3,000 behind. */
        const uint64_t step = random >> 33;
        uint64_t counter = next + step % 100;
        if (step % 7 != 0)
            counter = counter > step % 3000 ? counter - step % 3000 : 0;
        if (counter >= sizeof seen)
            break;
        const bool expected = !seen[counter] && (counter >= next || next - counter <= W);
        assert_int_equal(take(&replay, counter), expected);
        seen[counter] = true;
        if (counter >= next)
            next = counter + 1;
    }
    assert_true(next > 4 * W);
}

static void low_halves_expand_to_the_nearest_counter(void **state)
{
    (void)state;
    static const struct {
        uint64_t next;
        uint32_t low;
        uint64_t counter;
    } rows[] = {
        /* 1 */ {0, 0, 0},
        /* 2 */ {0, 5, 5},
        /* 3: nothing below zero */ {10, UINT32_MAX, UINT32_MAX},
        /* 4: across the edge, upwards */ {0xffffffffu, 3, ((uint64_t)1 << 32) + 3},
        /* 5: and back */ {((uint64_t)1 << 32) + 3, 0xfffffff0u, 0xfffffff0u},
        /* 6 */ {((uint64_t)5 << 32) + 100, 90, ((uint64_t)5 << 32) + 90},
        /* 7 */ {((uint64_t)5 << 32) + 100, 0xffffff00u, ((uint64_t)4 << 32) + 0xffffff00u},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct replay replay;
        memset(&replay, 0, sizeof replay);
        replay.next = rows[i].next;
        if (replay_expand(&replay, rows[i].low) != rows[i].counter)
            fail_msg("row %zu", i + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_takes_what_the_table_says),
        cmocka_unit_test(the_window_equals_a_set),
        cmocka_unit_test(low_halves_expand_to_the_nearest_counter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
