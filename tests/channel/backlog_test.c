/* SPDX-License-Identifier: MIT */
/* What waits for slow air: who goes first, how the drain is measured, who gives way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "platform/channel/backlog.h"

#define RATE 56000 /* Bytes a second that the air of these tests takes. */

static uint8_t memory[BACKLOG_SIZE];
static struct backlog backlog;
static msec now;

static bool put(enum link_urgency urgency, uint16_t number, size_t size)
{
    uint8_t bytes[FRAME_SIZE_MAX] = {0};
    memcpy(bytes, &number, sizeof number);
    return backlog_put(&backlog, now, urgency, (struct bytes){.at = bytes, .size = size});
}

/* Takes what goes next; its number, or -1. */
static int take(void)
{
    uint16_t number;
    const struct bytes next = backlog_next(&backlog);
    if (next.size == 0)
        return -1;
    memcpy(&number, next.at, sizeof number);
    backlog_shift(&backlog, now);
    return number;
}

static int begin(void **state)
{
    (void)state;
    now = 1000;
    backlog_init(&backlog, memory);
    return 0;
}

/* Measures air of that rate on bulk, and leaves nothing waiting. */
static void learn_rate(int64_t rate)
{
    for (int i = 0; i < 60; i++)
        assert_true(put(LINK_BULK, 0, 1000));
    while (backlog_next(&backlog).size > 0) {
        now += 1000 * 1000 / rate;
        take();
    }
    assert_in_range(backlog.rate, rate * 9 / 10, rate * 11 / 10);
}

static void urgent_goes_before_patient_before_bulk_each_in_order(void **state)
{
    (void)state;
    static const enum link_urgency urgencies[] = {LINK_BULK,    LINK_PATIENT, LINK_URGENT,
                                                  LINK_BULK,    LINK_URGENT,  LINK_PATIENT,
                                                  LINK_PATIENT, LINK_URGENT,  LINK_BULK};
    static const int order[] = {2, 4, 7, 1, 5, 6, 0, 3, 8, -1};
    for (uint16_t i = 0; i < 9; i++)
        assert_true(put(urgencies[i], i, 100 + i));
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(take(), order[i]);
    assert_int_equal(backlog.used, 0);
}

static void the_drain_is_measured_while_something_waits(void **state)
{
    (void)state;
    assert_int_equal(backlog.rate, 0);
    learn_rate(RATE);
    /* A single datagram that left at once says nothing, nor does an hour of silence. */
    now += 3600000;
    assert_true(put(LINK_URGENT, 1, 100));
    assert_int_equal(take(), 1);
    assert_in_range(backlog.rate, RATE * 9 / 10, RATE * 11 / 10);
    learn_rate(8000);
}

static void patient_gives_way_the_oldest_first_beyond_250_msec(void **state)
{
    (void)state;
    learn_rate(RATE);
    uint16_t put_count = 0;
    while (backlog.dropped == 0)
        assert_true(put(LINK_PATIENT, put_count++, 1000));
    /* 14 KB; the one that made the oldest give way is counted. */
    assert_in_range(put_count, 13, 15);
    assert_int_equal(take(), 1);
    assert_int_equal(backlog.dropped, 1);
    /* Urgent ones push all of it out, and are kept, however many. */
    for (uint16_t i = 0; i < 50; i++)
        assert_true(put(LINK_URGENT, (uint16_t)(100 + i), 1000));
    for (uint16_t i = 0; i < 50; i++)
        assert_int_equal(take(), 100 + i);
    assert_int_equal(take(), -1);
}

static void bulk_beyond_one_message_is_not_taken_on_slow_air(void **state)
{
    (void)state;
    learn_rate(RATE);
    for (uint16_t i = 0; i < PIECES_MAX; i++)
        assert_true(put(LINK_BULK, i, PIECE_SIZE_MAX + 95));
    for (uint16_t i = PIECES_MAX; backlog.dropped == 0; i++)
        assert_in_range(i, PIECES_MAX, PIECES_MAX + 1 + put(LINK_BULK, i, PIECE_SIZE_MAX + 95));
    /* It is whole, and what is urgent still finds room. */
    assert_true(put(LINK_URGENT, 500, FRAME_SIZE_MAX));
    assert_int_equal(take(), 500);
    for (int i = 0; i < PIECES_MAX; i++)
        assert_int_equal(take(), i);
}

static void what_nobody_wants_any_more_gives_way(void **state)
{
    (void)state;
    assert_true(put(LINK_URGENT, 0, 100));
    assert_true(put(LINK_PATIENT, 1, 100));
    assert_true(put(LINK_BULK, 2, 100));
    now += BACKLOG_URGENT_MSEC;
    assert_true(put(LINK_URGENT, 3, 100));
    assert_int_equal(backlog.dropped, 0);
    now += 1;
    assert_true(put(LINK_URGENT, 4, 100));
    assert_int_equal(backlog.dropped, 1);
    now += BACKLOG_PATIENT_MSEC - BACKLOG_URGENT_MSEC;
    assert_true(put(LINK_URGENT, 5, 100));
    assert_int_equal(backlog.dropped, 4);
    assert_int_equal(take(), 5);
    assert_int_equal(take(), 2);
    assert_int_equal(take(), -1);
}

static void urgent_ones_are_given_up_last(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < 40; i++)
        assert_true(put(LINK_BULK, i, 1000));
    for (uint16_t i = 0; i < 40; i++)
        assert_true(put(LINK_PATIENT, i, 1000));
    uint16_t urgent = 0;
    while (put(LINK_URGENT, urgent, 1000))
        urgent++;
    assert_in_range(urgent, 125, 131); /* All of BACKLOG_SIZE. */
    assert_int_equal(backlog.dropped, 81);
    assert_false(put(LINK_PATIENT, 0, 1000));
    assert_false(put(LINK_BULK, 0, 1000));
    for (uint16_t i = 0; i < urgent; i++)
        assert_int_equal(take(), i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(urgent_goes_before_patient_before_bulk_each_in_order, begin),
        cmocka_unit_test_setup(the_drain_is_measured_while_something_waits, begin),
        cmocka_unit_test_setup(patient_gives_way_the_oldest_first_beyond_250_msec, begin),
        cmocka_unit_test_setup(bulk_beyond_one_message_is_not_taken_on_slow_air, begin),
        cmocka_unit_test_setup(what_nobody_wants_any_more_gives_way, begin),
        cmocka_unit_test_setup(urgent_ones_are_given_up_last, begin),
    };
    return cmocka_run_group_tests_name("backlog", tests, NULL, NULL);
}
