/* SPDX-License-Identifier: MIT */
/* Pools and counted buffers: no object is lent twice, an empty pool says so, all come back. */
#include "queue/buffer.h"
#include "queue/pool.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void an_empty_pool_answers_null_until_something_comes_back(void **state)
{
    (void)state;
    struct pool *pool = pool_create(100, 50, 1);
    assert_non_null(pool);
    const size_t capacity = pool_counters(pool).capacity;
    assert_true(capacity >= 50);
    void **lent = calloc(capacity, sizeof *lent);

    for (size_t i = 0; i < capacity; i++) {
        lent[i] = pool_get(pool);
        assert_non_null(lent[i]);
        assert_int_equal((uintptr_t)lent[i] % 64, 0);
        memset(lent[i], (int)i, 100);
        for (size_t j = 0; j < i; j++)
            assert_ptr_not_equal(lent[i], lent[j]);
    }
    assert_null(pool_get(pool));
    assert_null(pool_get(pool));
    /* None has written into its neighbour. */
    for (size_t i = 0; i < capacity; i++) {
        for (size_t j = 0; j < 100; j++)
            assert_int_equal(((uint8_t *)lent[i])[j], i & 0xff);
    }
    pool_put(pool, lent[7]);
    assert_ptr_equal(pool_get(pool), lent[7]);
    assert_null(pool_get(pool));
    for (size_t i = 0; i < capacity; i++)
        pool_put(pool, lent[i]);

    const struct pool_counters counters = pool_counters(pool);
    assert_int_equal(counters.hits, capacity + 1);
    assert_int_equal(counters.puts, capacity + 1);
    assert_int_equal(counters.misses, 3);
    assert_int_equal(counters.high_water, capacity);
    assert_true(counters.exchanges < counters.hits);
    free(lent);
    pool_destroy(pool);
}

static void all_objects_can_be_lent_again_and_again(void **state)
{
    (void)state;
    for (uint32_t objects = 1; objects < 200; objects += 13) {
        struct pool *pool = pool_create(8, objects, 2);
        const size_t capacity = pool_counters(pool).capacity;
        void **lent = calloc(capacity, sizeof *lent);
        for (int round = 0; round < 3; round++) {
            for (size_t i = 0; i < capacity; i++) {
                lent[i] = pool_get(pool);
                assert_non_null(lent[i]);
            }
            assert_null(pool_get(pool));
            for (size_t i = 0; i < capacity; i++)
                pool_put(pool, lent[i]);
        }
        free(lent);
        pool_destroy(pool);
    }
}

/* Takes one object and ends, with others left in the thread's magazine. */
static void *get_one(void *pool)
{
    return pool_get(pool);
}

static void threads_that_come_and_go_lose_nothing(void **state)
{
    (void)state;
    struct pool *pool = pool_create(8, 64, 2);
    const size_t capacity = pool_counters(pool).capacity;

    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        void *lent;
        pthread_create(&thread, NULL, get_one, pool);
        pthread_join(thread, &lent);
        assert_non_null(lent);
        pool_put(pool, lent);
    }
    /* A later thread goes on with what an earlier one left; this one gets the rest. */
    size_t lent = 0;
    while (pool_get(pool) != NULL)
        lent++;
    assert_true(lent >= 64);
    assert_true(lent <= capacity);
    pool_destroy(pool);
}

/* Four threads lend objects, mark them, pass them on through a shared shelf, and give others back.
 */

#define THREADS 4
#define TURNS   20000
#define SHELF   64

struct mark {
    atomic_uint owner; /* Of the thread that has it, plus one; 0 in the pool. */
    uint64_t words[4];
};

struct shelf {
    struct pool *pool;
    _Atomic(struct mark *) places[SHELF];
    atomic_uint next_thread;
    atomic_uint refused;
};

static void *swap_on_shelf(void *argument)
{
    struct shelf *shelf = argument;
    const unsigned int self = atomic_fetch_add(&shelf->next_thread, 1) + 1;
    uint32_t place = self * 17;

    for (uint32_t i = 0; i < TURNS; i++) {
        struct mark *mine = pool_get(shelf->pool);
        if (mine == NULL) {
            atomic_fetch_add(&shelf->refused, 1);
        } else {
            if (atomic_exchange(&mine->owner, self) != 0)
                abort(); /* Lent twice. */
            for (int j = 0; j < 4; j++)
                mine->words[j] = (uint64_t)self << 32 | i;
        }
        place = place * 1664525 + 1013904223;
        struct mark *other = atomic_exchange(&shelf->places[place >> 26], mine);
        if (other == NULL)
            continue;
        for (int j = 1; j < 4; j++) {
            if (other->words[j] != other->words[0])
                abort();
        }
        if (atomic_exchange(&other->owner, 0) == 0)
            abort();
        pool_put(shelf->pool, other);
    }
    return NULL;
}

static void no_object_is_lent_twice_among_threads(void **state)
{
    (void)state;
    /* Fewer objects than the shelf could hold: the pool runs empty now and then. */
    struct shelf shelf = {.pool = pool_create(sizeof(struct mark), 32, THREADS)};
    pthread_t threads[THREADS];
    size_t left = 0;

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, swap_on_shelf, &shelf);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < SHELF; i++)
        left += atomic_load(&shelf.places[i]) != NULL;
    const struct pool_counters counters = pool_counters(shelf.pool);
    assert_int_equal(counters.hits - counters.puts, left);
    assert_int_equal(counters.hits + counters.misses, THREADS * TURNS);
    assert_int_equal(counters.misses, atomic_load(&shelf.refused));
    assert_true(counters.high_water <= counters.capacity);
    pool_destroy(shelf.pool);
}

static void a_buffer_has_room_before_and_behind(void **state)
{
    (void)state;
    struct pool *pool = buffer_pool_create(1000, 10, 1);
    struct buffer *buffer = buffer_get(pool);

    assert_int_equal(buffer_bytes(buffer).size, 0);
    assert_int_equal(buffer_tailroom(buffer), 1000);
    uint8_t *body = buffer_append(buffer, 990);
    assert_ptr_equal(body, buffer->at);
    memset(body, 'b', 990);
    uint8_t *header = buffer_prepend(buffer, BUFFER_HEADROOM);
    assert_ptr_equal(header + BUFFER_HEADROOM, body);
    memset(header, 'h', BUFFER_HEADROOM);
    assert_null(buffer_prepend(buffer, 1));
    uint8_t *tag = buffer_append(buffer, 10);
    assert_ptr_equal(tag, body + 990);
    memset(tag, 't', 10);
    assert_null(buffer_append(buffer, 1));
    const struct bytes bytes = buffer_bytes(buffer);
    assert_ptr_equal(bytes.at, header);
    assert_int_equal(bytes.size, BUFFER_HEADROOM + 1000);
    assert_int_equal(bytes.at[bytes.size - 1], 't');
    buffer_put(buffer);
    /* The next one starts afresh. */
    buffer = buffer_get(pool);
    assert_int_equal(buffer->size, 0);
    assert_int_equal(buffer_tailroom(buffer), 1000);
    buffer_put(buffer);
    pool_destroy(pool);
}

static void the_last_reference_returns_the_buffer(void **state)
{
    (void)state;
    struct pool *pool = buffer_pool_create(10, 4, 1);
    struct buffer *buffer = buffer_get(pool);

    assert_ptr_equal(buffer_hold(buffer), buffer);
    buffer_put(buffer);
    assert_int_equal(pool_counters(pool).puts, 0);
    buffer_put(buffer);
    assert_int_equal(pool_counters(pool).puts, 1);
    buffer_put(NULL);
    pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_pool_answers_null_until_something_comes_back),
        cmocka_unit_test(all_objects_can_be_lent_again_and_again),
        cmocka_unit_test(threads_that_come_and_go_lose_nothing),
        cmocka_unit_test(no_object_is_lent_twice_among_threads),
        cmocka_unit_test(a_buffer_has_room_before_and_behind),
        cmocka_unit_test(the_last_reference_returns_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
