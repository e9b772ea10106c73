/* SPDX-License-Identifier: MIT */
/*
 * Queue, pools and map together, as in a node: objects leave a pool, are filled, looked up, read
 * and pushed; the consumer reads them, writes over them and gives them back. Each of the four uses
 * tells from the bytes when another's reads or writes have slipped past a hand-over.
 */
#include "queue/buffer.h"
#include "queue/map.h"
#include "queue/queue.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TRAVELLERS 3
#define JOURNEYS   20000
#define WORDS      7    /* Of an object: a cache line with its author. */
#define BACK       0xEE /* What the consumer leaves in every byte. */

struct object {
    uint64_t author;
    uint64_t words[WORDS];
};

/* Found by the producers while the consumer takes it out and puts another in its place. */
struct place {
    struct map_entry entry;
    uint64_t words[WORDS];
};

struct world {
    struct queue *queue;
    struct pool *pool;
    struct map *map;
};

struct traveller {
    struct world *world;
    uint32_t number;
};

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static uint64_t word_of(uint64_t author, uint32_t journey, uint32_t i)
{
    return (author << 40 | journey) * UINT64_C(0x9E3779B97F4A7C15) + i;
}

static void release_place(struct map_entry *entry)
{
    /* Whoever still looks would see this; the sanitizers see the rest. */
    memset(((struct place *)(void *)entry)->words, BACK, sizeof(uint64_t) * WORDS);
    free(entry);
}

static struct place *make_place(uint64_t words_of)
{
    struct place *place = calloc(1, sizeof *place);
    expect(place != NULL);
    memset(place->entry.id, 7, sizeof place->entry.id);
    for (uint32_t i = 0; i < WORDS; i++)
        place->words[i] = word_of(words_of, 0, i);
    return place;
}

/* The words of the place that is there now all belong together, however long one looks. */
static void look_at_place(struct map_guard *guard, bool long_look)
{
    uint8_t id[MAP_ID_SIZE];

    memset(id, 7, sizeof id);
    map_begin(guard);
    const struct place *place = (const struct place *)(const void *)map_find(guard, id);
    const uint64_t first = place == NULL ? 0 : place->words[0];
    if (long_look)
        sched_yield();
    for (uint32_t i = 1; place != NULL && i < WORDS; i++)
        expect(place->words[i] == first + i);
    map_end(guard);
}

/* From the pool: as it was made, or as the consumer left it. */
static void expect_returned(const struct object *object)
{
    const uint64_t left = object->author == 0 ? 0 : UINT64_C(0x0101010101010101) * BACK;

    expect(object->author == left);
    for (uint32_t i = 0; i < WORDS; i++)
        expect(object->words[i] == left);
}

static void *travel(void *argument)
{
    const struct traveller *self = argument;
    struct world *world = self->world;
    struct map_guard *guard = map_guard_create(world->map);
    uint32_t journey = 0;

    expect(guard != NULL);
    while (journey < JOURNEYS) {
        struct object *object = pool_get(world->pool);
        if (object == NULL) {
            sched_yield();
            continue;
        }
        expect_returned(object);
        object->author = self->number + 1;
        for (uint32_t i = 0; i < WORDS; i++)
            object->words[i] = word_of(self->number + 1, journey, i);
        look_at_place(guard, journey % 8 == 0);
        /* The last reads before the hand-over: not one may see what the consumer writes. */
        for (uint32_t i = 0; i < WORDS; i++)
            expect(object->words[i] == word_of(self->number + 1, journey, i));
        void *dropped;
        while (queue_push(world->queue, self->number, (enum queue_lane)(journey % QUEUE_LANES),
                          object, &dropped) == QUEUE_REFUSED)
            sched_yield();
        journey++;
    }
    map_guard_destroy(guard);
    return NULL;
}

static void receive(struct world *world, struct object *object)
{
    expect(object->author >= 1 && object->author <= TRAVELLERS);
    for (uint32_t i = 1; i < WORDS; i++)
        expect(object->words[i] == object->words[0] + i);
    memset(object, BACK, sizeof *object);
    pool_put(world->pool, object);
}

static void replace_place(struct map_guard *guard, uint32_t turn)
{
    struct place *place = make_place(turn);

    map_remove(guard, place->entry.id);
    expect(map_insert(guard, &place->entry) == 0);
    map_poll(guard);
}

static void what_is_handed_over_is_whole_and_the_next_owners_alone(void **state)
{
    (void)state;
    const struct queue_config config = {
        .entries_max = 16, .producers = TRAVELLERS, .policy = QUEUE_POLICY_PUSH_BACK};
    static const uint8_t seed[16] = "travel";
    struct world world = {
        .queue = queue_create(&config),
        .pool = pool_create(sizeof(struct object), 32, TRAVELLERS + 1),
        .map = map_create(1, 8, seed, release_place),
    };
    struct traveller travellers[TRAVELLERS];
    pthread_t threads[TRAVELLERS];
    uint32_t received = 0;

    assert_non_null(world.queue);
    assert_non_null(world.pool);
    assert_non_null(world.map);
    struct map_guard *guard = map_guard_create(world.map);
    assert_non_null(guard);
    assert_int_equal(map_insert(guard, &make_place(0)->entry), 0);
    for (uint32_t i = 0; i < TRAVELLERS; i++) {
        travellers[i] = (struct traveller){.world = &world, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, travel, &travellers[i]), 0);
    }
    while (received < TRAVELLERS * JOURNEYS) {
        struct object *object = queue_pop(world.queue, NULL);
        if (object != NULL) {
            receive(&world, object);
            if (++received % 16 == 0)
                replace_place(guard, received);
        } else if (queue_arm(world.queue)) {
            struct pollfd poll_fd = {.fd = queue_fd(world.queue), .events = POLLIN};
            poll(&poll_fd, 1, -1);
            queue_disarm(world.queue);
        }
    }
    for (uint32_t i = 0; i < TRAVELLERS; i++)
        pthread_join(threads[i], NULL);
    assert_null(queue_pop(world.queue, NULL));
    const struct pool_counters counters = pool_counters(world.pool);
    assert_int_equal(counters.hits, TRAVELLERS * JOURNEYS);
    assert_int_equal(counters.puts, counters.hits);
    map_guard_destroy(guard);
    map_destroy(world.map);
    pool_destroy(world.pool);
    queue_destroy(world.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_handed_over_is_whole_and_the_next_owners_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
