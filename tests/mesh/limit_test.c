/* SPDX-License-Identifier: MIT */
/* Tests of what bounds a mesh: src/mesh/bucket.c, seen.c, book.c and score.c. */
#include "mesh/book.h"
#include "mesh/bucket.h"
#include "mesh/score.h"
#include "mesh/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>

static void a_bucket_gives_its_burst_and_then_its_rate(void **state)
{
    (void)state;
    struct bucket bucket = {0};
    for (int i = 0; i < 5; i++)
        assert_true(bucket_take(&bucket, 1000, 1, 2, 1000, 5));
    assert_false(bucket_take(&bucket, 1000, 1, 2, 1000, 5));
    assert_false(bucket_take(&bucket, 1499, 1, 2, 1000, 5));
    assert_true(bucket_take(&bucket, 1500, 1, 2, 1000, 5));
    assert_false(bucket_take(&bucket, 1500, 1, 2, 1000, 5));
    /* It loses nothing to being asked each millisecond, and gains nothing when time stands. */
    int taken = 0;
    for (msec now = 1500; now < 11500; now++)
        taken += bucket_take(&bucket, now, 1, 2, 1000, 5);
    assert_int_equal(taken, 19);
    assert_false(bucket_take(&bucket, 1000, 1, 2, 1000, 5));
    /* A long silence fills it, no more, and overflows nothing. */
    assert_true(bucket_take(&bucket, INT64_MAX / 2, 5, 2, 1000, 5));
    assert_false(bucket_take(&bucket, INT64_MAX / 2, 1, 2, 1000, 5));
    assert_false(bucket_take(&bucket, INT64_MAX, 6, 2, 1000, 5));
}

static struct seen seen;

static struct seen_key key_of(uint32_t number)
{
    uint8_t packet[PACKET_HEADER_SIZE + 1] = {0};
    memcpy(packet + 28, &number, sizeof number);
    return seen_key_of(&seen, (struct bytes){packet, sizeof packet});
}

static void the_oldest_of_what_was_seen_gives_way(void **state)
{
    (void)state;
    static const uint8_t random[SEEN_KEY_SIZE] = {1, 2, 3};
    seen_init(&seen, random);
    for (uint32_t i = 0; i < 3 * DEDUP_ENTRIES; i++) {
        const struct seen_key key = key_of(i);
        assert_false(seen_has(&seen, 0, &key));
        seen_insert(&seen, 0, &key);
    }
    for (uint32_t i = 0; i < 3 * DEDUP_ENTRIES; i++) {
        const struct seen_key key = key_of(i);
        assert_int_equal(seen_has(&seen, 0, &key), i >= 2 * DEDUP_ENTRIES);
        assert_int_equal(seen_has(&seen, DEDUP_MSEC - 1, &key), i >= 2 * DEDUP_ENTRIES);
        assert_false(seen_has(&seen, DEDUP_MSEC, &key));
    }
}

static void what_was_seen_hides_behind_a_random_key(void **state)
{
    (void)state;
    static const uint8_t one[SEEN_KEY_SIZE] = {1};
    static const uint8_t other[SEEN_KEY_SIZE] = {2};
    seen_init(&seen, one);
    const struct seen_key first = key_of(1);
    seen_init(&seen, other);
    const struct seen_key second = key_of(1);
    assert_memory_not_equal(&first, &second, sizeof first);
}

static struct book book;

static struct short_id id_of(uint32_t number)
{
    struct short_id id = {{0}};
    memcpy(id.bytes, &number, sizeof number);
    return id;
}

static void the_book_keeps_the_first_key_and_those_of_live_links(void **state)
{
    (void)state;
    memset(&book, 0, sizeof book);
    const struct public_key key = {{1}};
    const struct public_key other = {{2}};
    const struct short_id live = id_of(1000000);
    const struct short_id used = id_of(1000001);
    assert_true(book_add(&book, &live, &key));
    assert_true(book_add(&book, &used, &key));
    assert_false(book_add(&book, &live, &other));
    assert_memory_equal(book_find(&book, &live), &key, sizeof key);
    book_hold(&book, &live);
    for (uint32_t i = 0; i < 4 * BOOK_ENTRIES; i++) {
        const struct short_id id = id_of(i);
        assert_true(book_add(&book, &id, &other));
        assert_non_null(book_find(&book, &used)); /* Used all the time. */
    }
    assert_non_null(book_find(&book, &live));
    const struct short_id first = id_of(0);
    assert_null(book_find(&book, &first));
    book_release(&book, &live);
    for (uint32_t i = 0; i < BOOK_ENTRIES; i++) {
        const struct short_id id = id_of(i);
        assert_true(book_add(&book, &id, &other));
    }
    assert_null(book_find(&book, &live));
}

static struct scores scores;

static struct node_id node(uint32_t number)
{
    struct node_id id = {{0}};
    memcpy(id.bytes, &number, sizeof number);
    return id;
}

static void a_score_halves_in_ten_minutes_and_stays_within_its_bounds(void **state)
{
    (void)state;
    memset(&scores, 0, sizeof scores);
    const struct node_id peer = node(1);
    assert_int_equal(score_of(&scores, 0, &peer), 0);
    score_add(&scores, 0, &peer, SCORE_MAX);
    score_add(&scores, 0, &peer, SCORE_MAX);
    assert_int_equal(score_of(&scores, 0, &peer), SCORE_MAX);
    assert_in_range(score_of(&scores, SCORE_HALF_LIFE_MSEC, &peer), 4980, 5000);
    assert_in_range(score_of(&scores, 2 * SCORE_HALF_LIFE_MSEC, &peer), 2480, 2500);
    assert_int_equal(score_of(&scores, MSEC_NEVER, &peer), 0);
    /* Added to each second for an hour, it fades all the same: 60 / (1 - 0.933) is 896. */
    for (msec now = 0; now < 3600000; now += 1000)
        score_add(&scores, now, &peer, 1);
    assert_in_range(score_of(&scores, 3600000, &peer), 850, 1050);
    for (int i = 0; i < 3; i++)
        score_add(&scores, 3600000, &peer, -SCORE_MAX);
    assert_int_equal(score_of(&scores, 3600000, &peer), -SCORE_MAX);
    assert_true(score_refuses(&scores, 3600000, &peer));
    assert_false(score_refuses(&scores, 3600000 + 2 * SCORE_HALF_LIFE_MSEC, &peer));
}

static void bans_outlast_a_crowd_of_others(void **state)
{
    (void)state;
    memset(&scores, 0, sizeof scores);
    const struct node_id peer = node(1000000);
    assert_false(score_bad(&scores, 0, &peer));
    assert_false(score_bad(&scores, SCORE_BAD_MSEC, &peer));
    assert_true(score_bad(&scores, SCORE_BAD_MSEC, &peer));
    for (uint32_t i = 0; i < 3 * SCORE_ENTRIES; i++) {
        const struct node_id other = node(i);
        score_add(&scores, SCORE_BAD_MSEC + 1, &other, 1);
    }
    assert_true(score_refuses(&scores, SCORE_BAD_MSEC + 1, &peer));
    assert_false(score_refuses(&scores, SCORE_BAD_MSEC + SCORE_BAN_MSEC, &peer));
    const struct node_id last = node(3 * SCORE_ENTRIES - 1);
    assert_int_equal(score_of(&scores, SCORE_BAD_MSEC + 1, &last), 1);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_gives_its_burst_and_then_its_rate),
        cmocka_unit_test(the_oldest_of_what_was_seen_gives_way),
        cmocka_unit_test(what_was_seen_hides_behind_a_random_key),
        cmocka_unit_test(the_book_keeps_the_first_key_and_those_of_live_links),
        cmocka_unit_test(a_score_halves_in_ten_minutes_and_stays_within_its_bounds),
        cmocka_unit_test(bans_outlast_a_crowd_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
