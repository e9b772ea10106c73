/* SPDX-License-Identifier: MIT */
/* Whom to dial, and when: a table of findings in time that is only a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "platform/channel/neighbourhood.h"

static const uint8_t seed[NEIGHBOURHOOD_SEED_SIZE] = {7};
static const struct device here = {.bytes = {2, 0, 0, 0, 0, 100}};

static struct channel_end at(uint8_t number, uint16_t port)
{
    return (struct channel_end){
        .device = {.bytes = {2, 0, 0, 0, 0, number}}, .adapter = here, .port = port};
}

static void who_has_the_smaller_address_dials_first(void **state)
{
    (void)state;
    struct neighbourhood n;
    neighbourhood_init(&n, seed);
    const struct channel_end larger = at(200, 0x80);
    const struct channel_end smaller = at(50, 0x80);
    neighbourhood_see(&n, 1000, &larger);
    neighbourhood_see(&n, 1000, &smaller);
    const struct found *first = neighbourhood_find(&n, &larger.device, &here);
    const struct found *second = neighbourhood_find(&n, &smaller.device, &here);
    assert_in_range(first->next, 1000, 1000 + FOUND_PROMPT_MSEC);
    assert_in_range(second->next, 1000 + FOUND_COURTESY_MSEC,
                    1000 + FOUND_COURTESY_MSEC + FOUND_PROMPT_MSEC);
    assert_null(neighbourhood_due(&n, first->next - 1, &here));
    assert_ptr_equal(neighbourhood_due(&n, first->next, &here), first);
}

static void failures_wait_longer_and_longer_with_jitter(void **state)
{
    (void)state;
    struct neighbourhood n;
    neighbourhood_init(&n, seed);
    const struct channel_end end = at(200, 0x80);
    neighbourhood_see(&n, 0, &end);
    struct found *found = neighbourhood_find(&n, &end.device, &here);
    msec wait = FOUND_BACKOFF_MSEC;
    unsigned exact = 0;
    for (int i = 0; i < 12; i++) {
        neighbourhood_failed(&n, 0, found);
        assert_in_range(found->next, wait * 8 / 10, wait * 12 / 10);
        exact += found->next == wait;
        wait = wait * 2 > FOUND_BACKOFF_MAX ? FOUND_BACKOFF_MAX : wait * 2;
    }
    assert_in_range(exact, 0, 1);
    neighbourhood_lost(&n, 1000, found);
    assert_in_range(found->next, 1000, 1000 + FOUND_PROMPT_MSEC);
    neighbourhood_failed(&n, 0, found);
    assert_in_range(found->next, FOUND_BACKOFF_MSEC * 8 / 10, FOUND_BACKOFF_MSEC * 12 / 10);
}

static void who_moves_to_another_port_is_as_new(void **state)
{
    (void)state;
    struct neighbourhood n;
    neighbourhood_init(&n, seed);
    const struct channel_end before = at(200, 0x80);
    const struct channel_end after = at(200, 0x81);
    neighbourhood_see(&n, 0, &before);
    struct found *found = neighbourhood_find(&n, &before.device, &here);
    for (int i = 0; i < 5; i++)
        neighbourhood_failed(&n, 0, found);
    neighbourhood_see(&n, 50, &before);
    assert_int_equal(found->failures, 5);
    neighbourhood_see(&n, 100, &after);
    assert_ptr_equal(neighbourhood_find(&n, &before.device, &here), found);
    assert_int_equal(found->failures, 0);
    assert_in_range(found->next, 100, 100 + FOUND_PROMPT_MSEC);
}

static void a_hundred_advertisers_do_not_drive_out_who_answered(void **state)
{
    (void)state;
    struct neighbourhood n;
    neighbourhood_init(&n, seed);
    const struct channel_end friend = at(250, 0x80);
    neighbourhood_see(&n, 0, &friend);
    for (uint8_t i = 0; i < 99; i++) {
        const struct channel_end stranger = at(i, 0x80);
        neighbourhood_see(&n, 0, &stranger);
        struct found *found = neighbourhood_find(&n, &stranger.device, &here);
        if (i + 1 < FOUND_MAX)
            assert_non_null(found);
        if (found != NULL)
            neighbourhood_failed(&n, 0, found);
    }
    assert_non_null(neighbourhood_find(&n, &friend.device, &here));
    /* Strangers that all failed are tried after who did not. */
    struct found *due = neighbourhood_due(&n, FOUND_BACKOFF_MAX * 2, &here);
    assert_memory_equal(&due->end.device, &friend.device, sizeof friend.device);
}

static void who_is_not_seen_is_forgotten(void **state)
{
    (void)state;
    struct neighbourhood n;
    neighbourhood_init(&n, seed);
    const struct channel_end end = at(1, 0x80);
    neighbourhood_see(&n, 0, &end);
    neighbourhood_see(&n, 500, &end);
    neighbourhood_expire(&n, 500 + FOUND_SEEN_MSEC - 1);
    assert_non_null(neighbourhood_find(&n, &end.device, &here));
    neighbourhood_expire(&n, 500 + FOUND_SEEN_MSEC);
    assert_null(neighbourhood_find(&n, &end.device, &here));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_the_smaller_address_dials_first),
        cmocka_unit_test(failures_wait_longer_and_longer_with_jitter),
        cmocka_unit_test(who_moves_to_another_port_is_as_new),
        cmocka_unit_test(a_hundred_advertisers_do_not_drive_out_who_answered),
        cmocka_unit_test(who_is_not_seen_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
