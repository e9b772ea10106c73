/* SPDX-License-Identifier: MIT */
/* The lanes, the bound and the three policies on one thread; then all of it on five. */
#include "queue/queue.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Events are letters, so that what comes out reads as a word. */
static char letters[128];

static void *event(char letter)
{
    letters[(int)letter] = letter;
    return &letters[(int)letter];
}

static char letter_of(const void *at)
{
    return at == NULL ? '-' : *(const char *)at;
}

static struct queue *make(uint32_t entries_max, uint32_t producers, enum queue_policy policy)
{
    const struct queue_config config = {
        .entries_max = entries_max,
        .producers = producers,
        .policy = policy,
    };
    struct queue *queue = queue_create(&config);
    assert_non_null(queue);
    return queue;
}

static const char lane_names[] = "cgot"; /* consensus, game, gossip, telemetry */

/*
 * Pushes a script of pairs "lane letter" from producer 0 ("g1" puts event 1 into the game lane) and
 * compares what every push dropped ('-' nothing, '=' refused), then what comes out.
 */
static void story(enum queue_policy policy, uint32_t entries_max, const char *pushes,
                  const char *drops, const char *pops)
{
    struct queue *queue = make(entries_max, 1, policy);
    char dropped_letters[64] = "";
    char popped_letters[64] = "";

    for (size_t i = 0; pushes[2 * i] != '\0'; i++) {
        const char *name = strchr(lane_names, pushes[2 * i]);
        assert_non_null(name);
        void *dropped;
        const enum queue_verdict verdict = queue_push(
            queue, 0, (enum queue_lane)(name - lane_names), event(pushes[2 * i + 1]), &dropped);
        dropped_letters[i] = verdict == QUEUE_REFUSED ? '=' : letter_of(dropped);
        assert_int_equal(verdict == QUEUE_TAKEN || verdict == QUEUE_REFUSED, dropped == NULL);
        assert_int_equal(verdict == QUEUE_DROPPED, letter_of(dropped) == pushes[2 * i + 1]);
        assert_true(queue_count(queue) <= entries_max);
    }
    size_t popped = 0;
    for (const void *next; (next = queue_pop(queue, NULL)) != NULL;)
        popped_letters[popped++] = letter_of(next);
    assert_string_equal(dropped_letters, drops);
    assert_string_equal(popped_letters, pops);
    assert_int_equal(queue_count(queue), 0);
    queue_destroy(queue);
}

static void urgent_lanes_go_first_and_each_keeps_its_order(void **state)
{
    (void)state;
    story(QUEUE_POLICY_PUSH_BACK, 10, "t1o2g3c4c5g6o7t8", "--------", "45362718");
}

static void the_policies_choose_what_gives_way(void **state)
{
    (void)state;
    static const struct {
        int number;
        enum queue_policy policy;
        const char *pushes, *drops, *pops;
    } cases[] = {
        /* The oldest of all lanes goes. */
        {1, QUEUE_POLICY_DROP_OLDEST, "t1g2o3t4", "---1", "234"},
        {2, QUEUE_POLICY_DROP_OLDEST, "g1t2o3o4", "---1", "342"},
        /* But not consensus while a lower lane has something. */
        {3, QUEUE_POLICY_DROP_OLDEST, "c1c2t3c4", "---3", "124"},
        {4, QUEUE_POLICY_DROP_OLDEST, "c1c2g3g4", "---3", "124"},
        /* Only consensus there: a lower event gives way itself, a consensus one drops the oldest.
         */
        {5, QUEUE_POLICY_DROP_OLDEST, "c1c2c3g4", "---4", "123"},
        {6, QUEUE_POLICY_DROP_OLDEST, "c1c2c3c4", "---1", "234"},
        /* The least urgent goes, however young. */
        {7, QUEUE_POLICY_DROP_LOWEST, "g1t2t3g4", "---2", "143"},
        {8, QUEUE_POLICY_DROP_LOWEST, "o1g2g3c4", "---1", "423"},
        /* The same lane: the oldest of it. */
        {9, QUEUE_POLICY_DROP_LOWEST, "g1o2o3o4", "---2", "134"},
        /* The new event is the least urgent. */
        {10, QUEUE_POLICY_DROP_LOWEST, "g1g2g3t4", "---4", "123"},
        {11, QUEUE_POLICY_DROP_LOWEST, "c1c2c3g4", "---4", "123"},
        {12, QUEUE_POLICY_DROP_LOWEST, "c1c2c3c4", "---1", "234"},
        {13, QUEUE_POLICY_DROP_LOWEST, "c1c2t3c4", "---3", "124"},
        /* Push-back drops nothing. */
        {14, QUEUE_POLICY_PUSH_BACK, "t1t2t3c4t5", "---==", "123"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("# case %d\n", cases[i].number);
        story(cases[i].policy, 3, cases[i].pushes, cases[i].drops, cases[i].pops);
    }
}

static void the_oldest_is_found_among_all_producers(void **state)
{
    (void)state;
    struct queue *queue = make(4, 3, QUEUE_POLICY_DROP_OLDEST);
    void *dropped;

    queue_push(queue, 2, QUEUE_LANE_TELEMETRY, event('a'), &dropped);
    queue_push(queue, 0, QUEUE_LANE_GAME, event('b'), &dropped);
    queue_push(queue, 1, QUEUE_LANE_GOSSIP, event('c'), &dropped);
    queue_push(queue, 0, QUEUE_LANE_TELEMETRY, event('d'), &dropped);
    for (const char *expected = "abcd", *c = "efgh"; *c != '\0'; c++, expected++) {
        assert_int_equal(queue_push(queue, 1, QUEUE_LANE_GAME, event(*c), &dropped),
                         QUEUE_TAKEN_DROPPED);
        assert_int_equal(letter_of(dropped), *expected);
    }
    queue_destroy(queue);
}

static void producers_take_turns(void **state)
{
    (void)state;
    struct queue *queue = make(10, 2, QUEUE_POLICY_PUSH_BACK);
    void *dropped;
    char word[8] = "";

    for (const char *c = "abc"; *c != '\0'; c++)
        queue_push(queue, 0, QUEUE_LANE_GAME, event(*c), &dropped);
    for (const char *c = "xyz"; *c != '\0'; c++)
        queue_push(queue, 1, QUEUE_LANE_GAME, event(*c), &dropped);
    for (size_t i = 0; i < 6; i++) {
        enum queue_lane lane;
        word[i] = letter_of(queue_pop(queue, &lane));
        assert_int_equal(lane, QUEUE_LANE_GAME);
    }
    assert_string_equal(word, "axbycz");
    queue_destroy(queue);
}

static int overflows[QUEUE_LANES];

static void note_overflow(void *context, enum queue_lane lane, enum queue_verdict verdict)
{
    (void)verdict;
    assert_ptr_equal(context, overflows);
    overflows[lane]++;
}

static void overflows_notify_and_are_counted(void **state)
{
    (void)state;
    const struct queue_config config = {
        .entries_max = 2,
        .producers = 1,
        .policy = QUEUE_POLICY_DROP_LOWEST,
        .overflow = note_overflow,
        .context = overflows,
    };
    struct queue *queue = queue_create(&config);
    void *dropped;

    memset(overflows, 0, sizeof overflows);
    queue_push(queue, 0, QUEUE_LANE_TELEMETRY, event('a'), &dropped);
    queue_push(queue, 0, QUEUE_LANE_GAME, event('b'), &dropped);
    queue_push(queue, 0, QUEUE_LANE_GAME, event('c'), &dropped);   /* Drops a. */
    queue_push(queue, 0, QUEUE_LANE_GOSSIP, event('d'), &dropped); /* Gives way. */
    queue_pop(queue, NULL);
    const struct queue_counters game = queue_counters(queue, QUEUE_LANE_GAME);
    const struct queue_counters gossip = queue_counters(queue, QUEUE_LANE_GOSSIP);
    const struct queue_counters telemetry = queue_counters(queue, QUEUE_LANE_TELEMETRY);
    assert_int_equal(game.pushed, 2);
    assert_int_equal(game.popped, 1);
    assert_int_equal(game.dropped, 0);
    assert_int_equal(game.high_water, 2);
    assert_int_equal(gossip.pushed, 0);
    assert_int_equal(gossip.dropped, 1);
    assert_int_equal(telemetry.pushed, 1);
    assert_int_equal(telemetry.dropped, 1);
    assert_int_equal(overflows[QUEUE_LANE_GAME], 0);
    assert_int_equal(overflows[QUEUE_LANE_GOSSIP], 1);
    assert_int_equal(overflows[QUEUE_LANE_TELEMETRY], 1);
    queue_destroy(queue);
}

static void the_default_bound_is_a_thousand(void **state)
{
    (void)state;
    struct queue *queue = make(0, 1, QUEUE_POLICY_PUSH_BACK);
    void *dropped;

    assert_int_equal(queue_entries_max(queue), 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(queue_push(queue, 0, (enum queue_lane)(i % 4), event('x'), &dropped),
                         QUEUE_TAKEN);
    assert_int_equal(queue_push(queue, 0, QUEUE_LANE_CONSENSUS, event('y'), &dropped),
                     QUEUE_REFUSED);
    queue_destroy(queue);
}

static bool readable(const struct queue *queue)
{
    struct pollfd poll_fd = {.fd = queue_fd(queue), .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

static void only_a_sleeping_consumer_is_woken(void **state)
{
    (void)state;
    struct queue *queue = make(10, 1, QUEUE_POLICY_PUSH_BACK);
    void *dropped;

    queue_push(queue, 0, QUEUE_LANE_GAME, event('a'), &dropped);
    assert_false(readable(queue));
    assert_false(queue_arm(queue)); /* Something is there: no sleep. */
    queue_pop(queue, NULL);
    assert_true(queue_arm(queue));
    assert_false(readable(queue));
    queue_push(queue, 0, QUEUE_LANE_TELEMETRY, event('b'), &dropped);
    queue_push(queue, 0, QUEUE_LANE_TELEMETRY, event('c'), &dropped);
    assert_true(readable(queue));
    queue_disarm(queue);
    assert_false(readable(queue));
    queue_push(queue, 0, QUEUE_LANE_GAME, event('d'), &dropped);
    assert_false(readable(queue));
    queue_destroy(queue);
}

/* The stress: every event carries its producer, lane and number, and is accounted for once. */

#define PRODUCERS       4
#define EVENTS_PRODUCER 20000

struct stress_event {
    uint32_t producer;
    enum queue_lane lane;
    uint32_t number;
    uint32_t check; /* Written last by the producer, read by whoever gets the event. */
    atomic_uint seen;
};

struct stress {
    struct queue *queue;
    struct stress_event *events; /* [PRODUCERS][EVENTS_PRODUCER] */
    struct stress_event end;     /* The last one, from a producer of its own. */
};

struct stress_producer {
    struct stress *stress;
    uint32_t number;
};

static uint32_t check_of(const struct stress_event *made)
{
    return made->producer * 31 + (uint32_t)made->lane * 7 + made->number + 1;
}

static void account(struct stress_event *made)
{
    if (made->check != check_of(made))
        abort();
    if (atomic_fetch_add(&made->seen, 1) != 0)
        abort();
}

static void *produce(void *argument)
{
    const struct stress_producer *self = argument;
    struct stress *stress = self->stress;

    for (uint32_t i = 0; i < EVENTS_PRODUCER; i++) {
        struct stress_event *made = &stress->events[self->number * EVENTS_PRODUCER + i];
        made->producer = self->number;
        made->lane = (enum queue_lane)((i * 7 + self->number) % QUEUE_LANES);
        made->number = i;
        made->check = check_of(made);
        void *dropped;
        while (queue_push(stress->queue, self->number, made->lane, made, &dropped) == QUEUE_REFUSED)
            sched_yield();
        if (dropped != NULL)
            account(dropped);
    }
    return NULL;
}

static void *consume(void *argument)
{
    struct stress *stress = argument;
    uint32_t next[PRODUCERS][QUEUE_LANES] = {{0}};

    bool ended = false;
    while (!ended) {
        enum queue_lane lane;
        for (struct stress_event *got; (got = queue_pop(stress->queue, &lane)) != NULL;) {
            if (got == &stress->end) {
                ended = true;
                continue;
            }
            account(got);
            if (got->lane != lane || got->number < next[got->producer][lane])
                abort();
            next[got->producer][lane] = got->number + 1;
        }
        if (!ended && queue_arm(stress->queue)) {
            struct pollfd poll_fd = {.fd = queue_fd(stress->queue), .events = POLLIN};
            poll(&poll_fd, 1, -1);
            queue_disarm(stress->queue);
        }
    }
    return NULL;
}

static void stress(enum queue_policy policy, uint32_t entries_max)
{
    struct stress shared = {.queue = make(entries_max, PRODUCERS + 1, policy)};
    struct stress_producer producers[PRODUCERS];
    pthread_t threads[PRODUCERS], consumer;
    uint64_t pushed = 0, popped = 0, dropped = 0;

    shared.events = calloc(PRODUCERS * EVENTS_PRODUCER, sizeof *shared.events);
    assert_non_null(shared.events);
    pthread_create(&consumer, NULL, consume, &shared);
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct stress_producer){.stress = &shared, .number = i};
        pthread_create(&threads[i], NULL, produce, &producers[i]);
    }
    for (uint32_t i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    /* The others are done: it is taken as soon as the consumer has made room. */
    enum queue_verdict verdict;
    do {
        void *given_back;
        verdict =
            queue_push(shared.queue, PRODUCERS, QUEUE_LANE_CONSENSUS, &shared.end, &given_back);
        if (verdict == QUEUE_TAKEN_DROPPED)
            account(given_back);
    } while (verdict != QUEUE_TAKEN && verdict != QUEUE_TAKEN_DROPPED);
    pthread_join(consumer, NULL);
    assert_null(queue_pop(shared.queue, NULL));
    assert_int_equal(queue_count(shared.queue), 0);
    for (uint32_t i = 0; i < PRODUCERS * EVENTS_PRODUCER; i++)
        assert_int_equal(atomic_load(&shared.events[i].seen), 1);
    for (unsigned int lane = 0; lane < QUEUE_LANES; lane++) {
        const struct queue_counters counters = queue_counters(shared.queue, (enum queue_lane)lane);
        pushed += counters.pushed;
        popped += counters.popped;
        dropped += counters.dropped;
        assert_true(counters.high_water <= entries_max);
    }
    /* Popped or dropped; a dropped one may never have been taken in. */
    assert_true(popped + dropped >= PRODUCERS * EVENTS_PRODUCER + 1);
    assert_true(pushed >= popped);
    free(shared.events);
    queue_destroy(shared.queue);
}

static void no_event_is_lost_or_doubled_among_five_threads(void **state)
{
    (void)state;
    stress(QUEUE_POLICY_PUSH_BACK, 64);
    stress(QUEUE_POLICY_DROP_OLDEST, 16);
    stress(QUEUE_POLICY_DROP_LOWEST, 16);
    stress(QUEUE_POLICY_DROP_OLDEST, 1);
}

/* One event at a time, to and fro: each push meets a consumer that is falling asleep. */

#define ROUND_TRIPS 3000

struct ping {
    struct queue *there;
    struct queue *back;
};

static void *wait_pop(struct queue *queue)
{
    for (;;) {
        void *got = queue_pop(queue, NULL);
        if (got != NULL)
            return got;
        if (queue_arm(queue)) {
            struct pollfd poll_fd = {.fd = queue_fd(queue), .events = POLLIN};
            poll(&poll_fd, 1, -1);
            queue_disarm(queue);
        }
    }
}

static void *echo(void *argument)
{
    struct ping *ping = argument;
    for (int i = 0; i < ROUND_TRIPS; i++) {
        void *dropped;
        queue_push(ping->back, 0, QUEUE_LANE_GAME, wait_pop(ping->there), &dropped);
    }
    return NULL;
}

static void no_wake_up_is_lost(void **state)
{
    (void)state;
    struct ping ping = {.there = make(2, 1, QUEUE_POLICY_PUSH_BACK),
                        .back = make(2, 1, QUEUE_POLICY_PUSH_BACK)};
    pthread_t thread;

    pthread_create(&thread, NULL, echo, &ping);
    for (int i = 0; i < ROUND_TRIPS; i++) {
        void *dropped;
        queue_push(ping.there, 0, QUEUE_LANE_GAME, event('p'), &dropped);
        assert_ptr_equal(wait_pop(ping.back), event('p'));
    }
    pthread_join(thread, NULL);
    queue_destroy(ping.there);
    queue_destroy(ping.back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urgent_lanes_go_first_and_each_keeps_its_order),
        cmocka_unit_test(the_policies_choose_what_gives_way),
        cmocka_unit_test(the_oldest_is_found_among_all_producers),
        cmocka_unit_test(producers_take_turns),
        cmocka_unit_test(overflows_notify_and_are_counted),
        cmocka_unit_test(the_default_bound_is_a_thousand),
        cmocka_unit_test(only_a_sleeping_consumer_is_woken),
        cmocka_unit_test(no_event_is_lost_or_doubled_among_five_threads),
        cmocka_unit_test(no_wake_up_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
