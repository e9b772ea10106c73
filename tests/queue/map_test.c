/* SPDX-License-Identifier: MIT */
/* The map against a plain array, its release of removed entries, and readers beside writers. */
#include "queue/map.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const uint8_t seed[16] = "0123456789abcdef";

struct thing {
    struct map_entry entry;
    uint32_t number;
    atomic_uint alive; /* 1 until released. */
};

static atomic_uint released;

static void release(struct map_entry *entry)
{
    struct thing *thing = (struct thing *)entry;
    atomic_store(&thing->alive, 0);
    atomic_fetch_add(&released, 1);
}

/* Only the first bytes differ, and little: the hash has to spread them. */
static void make_id(uint8_t id[static MAP_ID_SIZE], uint32_t number)
{
    memset(id, 0, MAP_ID_SIZE);
    memcpy(id, &number, sizeof number);
}

static void make(struct thing *thing, uint32_t number)
{
    memset(thing, 0, sizeof *thing);
    make_id(thing->entry.id, number);
    thing->number = number;
    atomic_init(&thing->alive, 1);
}

static struct thing *find(struct map_guard *guard, uint32_t number)
{
    uint8_t id[MAP_ID_SIZE];
    make_id(id, number);
    map_begin(guard);
    struct thing *found = (struct thing *)map_find(guard, id);
    map_end(guard);
    return found;
}

static bool drop(struct map_guard *guard, uint32_t number)
{
    uint8_t id[MAP_ID_SIZE];
    make_id(id, number);
    return map_remove(guard, id);
}

static void what_is_put_is_found_until_removed(void **state)
{
    (void)state;
    struct map *map = map_create(4, 10, seed, release);
    struct map_guard *guard = map_guard_create(map);
    struct thing a, b, twin;

    make(&a, 1);
    make(&b, 2);
    make(&twin, 1);
    assert_null(find(guard, 1));
    assert_int_equal(map_insert(guard, &a.entry), 0);
    assert_int_equal(map_insert(guard, &b.entry), 0);
    assert_int_equal(map_insert(guard, &twin.entry), -EEXIST);
    assert_ptr_equal(find(guard, 1), &a);
    assert_ptr_equal(find(guard, 2), &b);
    assert_int_equal(map_count(map), 2);
    assert_true(drop(guard, 1));
    assert_false(drop(guard, 1));
    assert_null(find(guard, 1));
    assert_int_equal(map_insert(guard, &twin.entry), 0);
    assert_ptr_equal(find(guard, 1), &twin);
    map_destroy(map);
    assert_int_equal(atomic_load(&a.alive) + atomic_load(&b.alive) + atomic_load(&twin.alive), 0);
}

/*
 * libck 0.7.1's ck_ht_put_spmc: put a, put b that collides with it, remove a, put b again took a's
 * place for b although b was there, further on. On one shard and one table, many ids collide: the
 * same steps with every pair of neighbours must leave each id once.
 */
static void an_id_is_never_in_the_map_twice(void **state)
{
    (void)state;
    enum { IDS = 300 };
    static struct thing things[IDS], again[IDS];
    struct map *map = map_create(1, 8, seed, release);
    struct map_guard *guard = map_guard_create(map);

    for (uint32_t i = 0; i < IDS; i++) {
        make(&things[i], i);
        make(&again[i], i);
        assert_int_equal(map_insert(guard, &things[i].entry), 0);
    }
    for (uint32_t i = 0; i < IDS; i += 2)
        assert_true(drop(guard, i));
    /* The odd ones are there still; their predecessors' places are free. */
    for (uint32_t i = 1; i < IDS; i += 2)
        assert_int_equal(map_insert(guard, &again[i].entry), -EEXIST);
    assert_int_equal(map_count(map), IDS / 2);
    for (uint32_t i = 1; i < IDS; i += 2) {
        assert_true(drop(guard, i));
        assert_null(find(guard, i)); /* No second one behind it. */
        assert_false(drop(guard, i));
    }
    assert_int_equal(map_count(map), 0);
    map_destroy(map);
}

static void it_agrees_with_an_array_over_many_steps(void **state)
{
    (void)state;
    enum { IDS = 500, STEPS = 60000 };
    static struct thing *present[IDS];
    struct map *map = map_create(2, 4, seed, release);
    struct map_guard *guard = map_guard_create(map);
    struct thing *things = calloc(STEPS, sizeof *things);
    uint32_t random = 1;
    size_t count = 0;
    unsigned int removed = 0;

    atomic_store(&released, 0);
    for (uint32_t i = 0; i < STEPS; i++) {
        random = random * 1664525 + 1013904223;
        const uint32_t number = (random >> 16) % IDS;
        assert_ptr_equal(find(guard, number), present[number]);
        if ((random >> 8) % 2 == 0) {
            make(&things[i], number);
            const int result = map_insert(guard, &things[i].entry);
            assert_int_equal(result, present[number] == NULL ? 0 : -EEXIST);
            if (result == 0) {
                present[number] = &things[i];
                count++;
            }
        } else {
            assert_int_equal(drop(guard, number), present[number] != NULL);
            count -= present[number] != NULL;
            removed += present[number] != NULL;
            present[number] = NULL;
        }
        assert_int_equal(map_count(map), count);
    }
    /* It released on its way, not only at the end. */
    assert_true(atomic_load(&released) > removed / 2);
    map_destroy(map);
    assert_int_equal(atomic_load(&released), removed + count);
    free(things);
}

static void a_removed_entry_lives_while_somebody_looks(void **state)
{
    (void)state;
    struct map *map = map_create(1, 8, seed, release);
    struct map_guard *reader = map_guard_create(map);
    struct map_guard *writer = map_guard_create(map);
    struct thing a;

    make(&a, 1);
    map_insert(writer, &a.entry);
    map_begin(reader);
    assert_ptr_equal(map_find(reader, a.entry.id), &a);
    assert_true(drop(writer, 1));
    for (int i = 0; i < 100; i++)
        map_poll(writer);
    assert_int_equal(atomic_load(&a.alive), 1);
    map_end(reader);
    for (int i = 0; i < 4; i++)
        map_poll(writer);
    assert_int_equal(atomic_load(&a.alive), 0);
    map_guard_destroy(reader);
    map_guard_destroy(writer);
    map_destroy(map);
}

static void guards_are_used_again(void **state)
{
    (void)state;
    struct map *map = map_create(1, 8, seed, release);
    struct map_guard *first = map_guard_create(map);
    map_guard_destroy(first);
    assert_ptr_equal(map_guard_create(map), first);
    map_destroy(map);
}

static bool count_thing(void *context, struct map_entry *entry)
{
    uint8_t *seen = context;
    seen[((struct thing *)entry)->number]++;
    return true;
}

static void a_visit_sees_each_entry_once(void **state)
{
    (void)state;
    enum { IDS = 100 };
    static struct thing things[IDS];
    uint8_t seen[IDS] = {0};
    struct map *map = map_create(8, 8, seed, release);
    struct map_guard *guard = map_guard_create(map);

    for (uint32_t i = 0; i < IDS; i++) {
        make(&things[i], i);
        map_insert(guard, &things[i].entry);
    }
    map_visit(guard, count_thing, seen);
    for (uint32_t i = 0; i < IDS; i++)
        assert_int_equal(seen[i], 1);
    map_destroy(map);
}

/* Two writers put and remove, two readers look; nobody may see a released thing. */

#define WRITER_STEPS 20000
#define READER_STEPS 40000
#define SHARED_IDS   64

struct crowd {
    struct map *map;
    atomic_uint next;
    atomic_uint found;
};

static void release_to_heap(struct map_entry *entry)
{
    struct thing *thing = (struct thing *)entry;
    if (atomic_exchange(&thing->alive, 0) != 1)
        abort(); /* Released twice. */
    atomic_fetch_add(&released, 1);
    free(thing);
}

static void *write_things(void *argument)
{
    struct crowd *crowd = argument;
    struct map_guard *guard = map_guard_create(crowd->map);
    uint32_t random = atomic_fetch_add(&crowd->next, 1) + 1;

    for (int i = 0; i < WRITER_STEPS; i++) {
        random = random * 1664525 + 1013904223;
        const uint32_t number = (random >> 16) % SHARED_IDS;
        if ((random >> 8) % 2 == 0) {
            struct thing *thing = malloc(sizeof *thing);
            make(thing, number);
            if (map_insert(guard, &thing->entry) != 0)
                free(thing);
        } else {
            drop(guard, number);
        }
    }
    map_guard_destroy(guard);
    return NULL;
}

static void *read_things(void *argument)
{
    struct crowd *crowd = argument;
    struct map_guard *guard = map_guard_create(crowd->map);
    uint32_t random = atomic_fetch_add(&crowd->next, 1) + 1;

    for (int i = 0; i < READER_STEPS; i++) {
        random = random * 1664525 + 1013904223;
        const uint32_t number = (random >> 16) % SHARED_IDS;
        uint8_t id[MAP_ID_SIZE];
        make_id(id, number);
        map_begin(guard);
        struct thing *found = (struct thing *)map_find(guard, id);
        if (found != NULL) {
            if (i % 16 == 0)
                sched_yield(); /* Let writers remove it under our eyes. */
            if (found->number != number || atomic_load(&found->alive) != 1)
                abort();
            atomic_fetch_add(&crowd->found, 1);
        }
        map_end(guard);
    }
    map_guard_destroy(guard);
    return NULL;
}

static void readers_never_see_a_released_entry(void **state)
{
    (void)state;
    struct crowd crowd = {.map = map_create(2, 8, seed, release_to_heap)};
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, i < 2 ? write_things : read_things, &crowd);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_true(atomic_load(&crowd.found) > 0);
    map_destroy(crowd.map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found_until_removed),
        cmocka_unit_test(an_id_is_never_in_the_map_twice),
        cmocka_unit_test(it_agrees_with_an_array_over_many_steps),
        cmocka_unit_test(a_removed_entry_lives_while_somebody_looks),
        cmocka_unit_test(guards_are_used_again),
        cmocka_unit_test(a_visit_sees_each_entry_once),
        cmocka_unit_test(readers_never_see_a_released_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
