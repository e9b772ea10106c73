/* SPDX-License-Identifier: MIT */
/*
 * What moves and keeps events: the queue, pools, the map and the journal, each beside the plain
 * thing it replaces: a FIFO under a mutex, malloc, a hash table under a read-write lock, and one
 * record per transaction. Contestants take turns within one run; medians are printed, and ratios,
 * which mean more than the times do.
 */
#include "base/check.h"
#include "base/histogram.h"
#include "benches/median.h"
#include "journal/journal.h"
#include "queue/map.h"
#include "queue/pool.h"
#include "queue/queue.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RUNS 20

static uint64_t now_nsec(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The FIFO: one ring under one mutex, with conditions both ways. */

struct fifo {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_cond_t emptied;
    void *events[QUEUE_ENTRIES_DEFAULT];
    size_t first;
    size_t count;
};

static void fifo_push(struct fifo *fifo, void *event)
{
    pthread_mutex_lock(&fifo->lock);
    while (fifo->count == QUEUE_ENTRIES_DEFAULT)
        pthread_cond_wait(&fifo->emptied, &fifo->lock);
    fifo->events[(fifo->first + fifo->count++) % QUEUE_ENTRIES_DEFAULT] = event;
    if (fifo->count == 1)
        pthread_cond_signal(&fifo->filled);
    pthread_mutex_unlock(&fifo->lock);
}

static void *fifo_pop(struct fifo *fifo)
{
    pthread_mutex_lock(&fifo->lock);
    while (fifo->count == 0)
        pthread_cond_wait(&fifo->filled, &fifo->lock);
    void *event = fifo->events[fifo->first];
    fifo->first = (fifo->first + 1) % QUEUE_ENTRIES_DEFAULT;
    if (fifo->count-- == QUEUE_ENTRIES_DEFAULT)
        pthread_cond_broadcast(&fifo->emptied);
    pthread_mutex_unlock(&fifo->lock);
    return event;
}

static void fifo_init(struct fifo *fifo)
{
    memset(fifo, 0, sizeof *fifo);
    pthread_mutex_init(&fifo->lock, NULL);
    pthread_cond_init(&fifo->filled, NULL);
    pthread_cond_init(&fifo->emptied, NULL);
}

/* Throughput. */

#define PASSES 200000

struct throughput {
    struct queue *queue; /* NULL: the FIFO. */
    struct fifo fifo;
    uint32_t producers;
};

struct producer {
    struct throughput *run;
    uint32_t number;
};

static char an_event;

static void *produce(void *argument)
{
    const struct producer *self = argument;
    struct throughput *run = self->run;

    for (uint32_t i = 0; i < PASSES / run->producers; i++) {
        void *dropped;
        if (run->queue == NULL) {
            fifo_push(&run->fifo, &an_event);
            continue;
        }
        /* Pushed back: give way, and after a few times sleep, as the FIFO's producers do. */
        for (int tries = 1; queue_push(run->queue, self->number, QUEUE_LANE_GAME, &an_event,
                                       &dropped) == QUEUE_REFUSED;
             tries++) {
            if (tries % 4 != 0)
                sched_yield();
            else
                nanosleep(&(struct timespec){.tv_nsec = 10000}, NULL);
        }
    }
    return NULL;
}

static void *queue_wait(struct queue *queue)
{
    for (;;) {
        void *event = queue_pop(queue, NULL);
        if (event != NULL)
            return event;
        if (queue_arm(queue)) {
            struct pollfd poll_fd = {.fd = queue_fd(queue), .events = POLLIN};
            poll(&poll_fd, 1, -1);
            queue_disarm(queue);
        }
    }
}

/* Nanoseconds for each event. */
static double measure_throughput(bool with_queue, uint32_t producers)
{
    static struct throughput run;
    struct producer each[QUEUE_PRODUCERS_MAX];
    pthread_t threads[QUEUE_PRODUCERS_MAX];
    const struct queue_config config = {.producers = producers, .policy = QUEUE_POLICY_PUSH_BACK};

    run.producers = producers;
    run.queue = with_queue ? queue_create(&config) : NULL;
    fifo_init(&run.fifo);
    const uint64_t began = now_nsec();
    for (uint32_t i = 0; i < producers; i++) {
        each[i] = (struct producer){&run, i};
        CHECK(pthread_create(&threads[i], NULL, produce, &each[i]) == 0);
    }
    for (uint32_t i = 0; i < PASSES / producers * producers; i++) {
        if (with_queue)
            queue_wait(run.queue);
        else
            fifo_pop(&run.fifo);
    }
    const double nsec = (double)(now_nsec() - began) / PASSES;
    for (uint32_t i = 0; i < producers; i++)
        pthread_join(threads[i], NULL);
    queue_destroy(run.queue);
    return nsec;
}

static void bench_throughput(uint32_t producers)
{
    double queue[RUNS], fifo[RUNS], worst = 0;

    for (int i = 0; i < RUNS; i++) {
        queue[i] = measure_throughput(true, producers);
        fifo[i] = measure_throughput(false, producers);
        if (queue[i] > worst)
            worst = queue[i];
    }
    const double queue_median = median(queue, RUNS), fifo_median = median(fifo, RUNS);
    printf("queue, %u producer%s   %7.0f ns/event   fifo under a mutex %7.0f ns   %5.2fx   "
           "worst of %d: %.2fx the median\n",
           producers, producers == 1 ? " " : "s", queue_median, fifo_median,
           fifo_median / queue_median, RUNS, worst / queue_median);
}

/* A consensus event behind a full telemetry lane, each of whose events takes 5 us to handle. */

#define HANDLE_NSEC 5000

static void handle(void)
{
    const uint64_t until = now_nsec() + HANDLE_NSEC;
    while (now_nsec() < until)
        ;
}

static void bench_lanes(void)
{
    static char urgent;
    static struct fifo fifo;
    double with_lanes[RUNS], without[RUNS];

    for (int i = 0; i < RUNS; i++) {
        const struct queue_config config = {.producers = 1, .policy = QUEUE_POLICY_DROP_LOWEST};
        struct queue *queue = queue_create(&config);
        void *dropped;
        fifo_init(&fifo);
        for (int j = 0; j < QUEUE_ENTRIES_DEFAULT; j++)
            queue_push(queue, 0, QUEUE_LANE_TELEMETRY, &an_event, &dropped);
        for (int j = 0; j < QUEUE_ENTRIES_DEFAULT - 1; j++)
            fifo_push(&fifo, &an_event);
        uint64_t began = now_nsec();
        queue_push(queue, 0, QUEUE_LANE_CONSENSUS, &urgent, &dropped);
        while (queue_pop(queue, NULL) != &urgent)
            handle();
        with_lanes[i] = (double)(now_nsec() - began);
        began = now_nsec();
        fifo_push(&fifo, &urgent);
        while (fifo_pop(&fifo) != &urgent)
            handle();
        without[i] = (double)(now_nsec() - began);
        queue_destroy(queue);
    }
    const double lanes = median(with_lanes, RUNS), fifo_wait = median(without, RUNS);
    printf("urgent event behind 1000 of 5 us:   lanes %.2f us   one fifo %.0f us   %.0fx\n",
           lanes / 1e3, fifo_wait / 1e3, fifo_wait / lanes);
}

/* What a push costs when there is room and when something has to give way; 4 producers known. */
static double measure_push(bool full, enum queue_policy policy)
{
    const struct queue_config config = {.producers = 4, .policy = policy};
    struct queue *queue = queue_create(&config);
    void *dropped;

    for (uint32_t i = 0; full && i < QUEUE_ENTRIES_DEFAULT; i++)
        queue_push(queue, i % 4, (enum queue_lane)(1 + i / 4 % 3), &an_event, &dropped);
    uint64_t nsec = 0;
    for (int round = 0; round < 100; round++) {
        const uint64_t began = now_nsec();
        for (int i = 0; i < QUEUE_ENTRIES_DEFAULT; i++)
            queue_push(queue, 0, QUEUE_LANE_GAME, &an_event, &dropped);
        nsec += now_nsec() - began;
        while (!full && queue_pop(queue, NULL) != NULL)
            ;
    }
    queue_destroy(queue);
    return (double)nsec / (100.0 * QUEUE_ENTRIES_DEFAULT);
}

static void bench_policies(void)
{
    static const struct {
        const char *name;
        bool full;
        enum queue_policy policy;
    } cases[] = {
        {"room", false, QUEUE_POLICY_PUSH_BACK},
        {"full: drop oldest", true, QUEUE_POLICY_DROP_OLDEST},
        {"full: drop lowest", true, QUEUE_POLICY_DROP_LOWEST},
        {"full: push back", true, QUEUE_POLICY_PUSH_BACK},
    };
    double nsec[4][RUNS], first = 0;

    for (int i = 0; i < RUNS; i++) {
        for (size_t j = 0; j < 4; j++)
            nsec[j][i] = measure_push(cases[j].full, cases[j].policy);
    }
    for (size_t j = 0; j < 4; j++) {
        const double result = median(nsec[j], RUNS);
        first = j == 0 ? result : first;
        printf("push, %-18s %6.1f ns   %.2fx\n", cases[j].name, result, result / first);
    }
}

/* Memory: one thread gets and puts; or one gets and another puts, by way of a ring of our queue. */

#define OBJECTS 400000
#define HELD    64

static void *memory_get(struct pool *pool, size_t size)
{
    uint8_t *memory = pool == NULL ? malloc(size) : pool_get(pool);
    if (memory != NULL)
        memory[0] = 1;
    return memory;
}

static void memory_put(struct pool *pool, void *memory)
{
    if (pool == NULL)
        free(memory);
    else
        pool_put(pool, memory);
}

static double measure_same_thread(struct pool *pool, size_t size)
{
    void *held[HELD] = {NULL};
    const uint64_t began = now_nsec();

    for (uint32_t i = 0; i < OBJECTS; i++) {
        const uint32_t place = i * 2654435761U >> 26;
        if (held[place] != NULL)
            memory_put(pool, held[place]);
        held[place] = memory_get(pool, size);
    }
    const double nsec = (double)(now_nsec() - began) / OBJECTS;
    for (int i = 0; i < HELD; i++) {
        if (held[i] != NULL)
            memory_put(pool, held[i]);
    }
    return nsec;
}

#define HANDOVER 1024 /* Objects passed to the other thread at a time. */

struct handover {
    struct pool *pool;
    size_t size;
    void *objects[2][HANDOVER];
    atomic_uint filled; /* Number of arrays that were filled, and of those emptied. */
    atomic_uint emptied;
};

static void *put_all(void *argument)
{
    struct handover *handover = argument;
    for (unsigned int turn = 0; turn < OBJECTS / HANDOVER; turn++) {
        while (atomic_load_explicit(&handover->filled, memory_order_acquire) == turn)
            sched_yield();
        for (int i = 0; i < HANDOVER; i++)
            memory_put(handover->pool, handover->objects[turn % 2][i]);
        atomic_store_explicit(&handover->emptied, turn + 1, memory_order_release);
    }
    return NULL;
}

static double measure_across(struct pool *pool, size_t size)
{
    static struct handover handover;
    pthread_t thread;

    handover.pool = pool;
    handover.size = size;
    atomic_store(&handover.filled, 0);
    atomic_store(&handover.emptied, 0);
    const uint64_t began = now_nsec();
    CHECK(pthread_create(&thread, NULL, put_all, &handover) == 0);
    for (unsigned int turn = 0; turn < OBJECTS / HANDOVER; turn++) {
        while (turn >= 2 + atomic_load_explicit(&handover.emptied, memory_order_acquire))
            sched_yield();
        for (int i = 0; i < HANDOVER; i++) {
            handover.objects[turn % 2][i] = memory_get(pool, size);
            CHECK(handover.objects[turn % 2][i] != NULL);
        }
        atomic_store_explicit(&handover.filled, turn + 1, memory_order_release);
    }
    pthread_join(thread, NULL);
    return (double)(now_nsec() - began) / OBJECTS;
}

static void bench_memory(size_t size)
{
    struct pool *pool = pool_create(size, 4 * HANDOVER, 2);
    double same[2][RUNS], across[2][RUNS];

    for (int i = 0; i < RUNS; i++) {
        same[0][i] = measure_same_thread(pool, size);
        same[1][i] = measure_same_thread(NULL, size);
        across[0][i] = measure_across(pool, size);
        across[1][i] = measure_across(NULL, size);
    }
    const double pool_same = median(same[0], RUNS), malloc_same = median(same[1], RUNS);
    const double pool_across = median(across[0], RUNS), malloc_across = median(across[1], RUNS);
    printf("%4zu bytes: same thread   pool %5.1f ns   malloc %6.1f ns   %5.1fx\n", size, pool_same,
           malloc_same, malloc_same / pool_same);
    printf("            across two    pool %5.1f ns   malloc %6.1f ns   %5.1fx\n", pool_across,
           malloc_across, malloc_across / pool_across);
    pool_destroy(pool);
}

/* The map beside a chained hash table under one read-write lock. */

#define MAP_STEPS 200000

struct item {
    struct map_entry entry;
    struct item *next;   /* In the plain table. */
    atomic_bool present; /* In the map, or soon not to be; free to be put in when false. */
};

struct plain {
    pthread_rwlock_t lock;
    struct item **heads;
    uint32_t mask;
};

struct contest {
    struct map *map; /* NULL: the plain table. */
    struct plain plain;
    struct item *items;
    uint32_t ids;
    uint32_t writes_percent;
    atomic_uint next;
    atomic_uint ready;
};

static uint32_t plain_hash(const struct plain *plain, const uint8_t *id)
{
    uint64_t word;
    memcpy(&word, id, sizeof word);
    return (uint32_t)(word * UINT64_C(0x9E3779B97F4A7C15) >> 32) & plain->mask;
}

static struct item *plain_find(const struct plain *plain, const uint8_t *id)
{
    struct item *item = plain->heads[plain_hash(plain, id)];
    while (item != NULL && memcmp(item->entry.id, id, MAP_ID_SIZE) != 0)
        item = item->next;
    return item;
}

static void plain_put(struct plain *plain, struct item *item)
{
    struct item **head = &plain->heads[plain_hash(plain, item->entry.id)];
    item->next = *head;
    *head = item;
}

static void plain_remove(struct plain *plain, struct item *item)
{
    struct item **at = &plain->heads[plain_hash(plain, item->entry.id)];
    while (*at != item)
        at = &(*at)->next;
    *at = item->next;
}

static void step_plain(struct contest *contest, struct item *item, bool write)
{
    struct plain *plain = &contest->plain;
    if (!write) {
        pthread_rwlock_rdlock(&plain->lock);
        const struct item *found = plain_find(plain, item->entry.id);
        CHECK(found == NULL || found == item);
        pthread_rwlock_unlock(&plain->lock);
        return;
    }
    pthread_rwlock_wrlock(&plain->lock);
    if (plain_find(plain, item->entry.id) != NULL)
        plain_remove(plain, item);
    else
        plain_put(plain, item);
    pthread_rwlock_unlock(&plain->lock);
}

static void step_map(struct map_guard *guard, struct item *item, bool write)
{
    if (!write) {
        map_begin(guard);
        const struct map_entry *found = map_find(guard, item->entry.id);
        CHECK(found == NULL || found == &item->entry);
        map_end(guard);
        return;
    }
    /* An item that was removed and not yet released cannot go in again: then only look. */
    if (!map_remove(guard, item->entry.id) && !atomic_exchange(&item->present, true))
        CHECK(map_insert(guard, &item->entry) == 0);
}

static void let_go(struct map_entry *entry)
{
    atomic_store(&((struct item *)entry)->present, false);
}

static void *compete(void *argument)
{
    struct contest *contest = argument;
    struct map_guard *guard = contest->map == NULL ? NULL : map_guard_create(contest->map);
    uint32_t random = atomic_fetch_add(&contest->next, 1) + 1;

    atomic_fetch_add(&contest->ready, 1);
    while (atomic_load(&contest->ready) < 2)
        sched_yield();
    for (int i = 0; i < MAP_STEPS; i++) {
        random = random * 1664525 + 1013904223;
        struct item *item = &contest->items[(random >> 8) % contest->ids];
        const bool write = (random >> 4) % 100 < contest->writes_percent;
        if (guard == NULL)
            step_plain(contest, item, write);
        else
            step_map(guard, item, write);
    }
    if (guard != NULL)
        map_guard_destroy(guard);
    return NULL;
}

static double measure_map(bool with_map, struct item *items, uint32_t ids, uint32_t writes_percent)
{
    static const uint8_t seed[16] = "bench_queue seed";
    static struct contest contest;
    pthread_t threads[2];
    uint32_t heads = 1;

    while (heads < ids)
        heads *= 2;
    memset(&contest, 0, sizeof contest);
    contest.items = items;
    contest.ids = ids;
    contest.writes_percent = writes_percent;
    contest.map = with_map ? map_create(64, ids, seed, let_go) : NULL;
    contest.plain.mask = heads - 1;
    contest.plain.heads = calloc(heads, sizeof(struct item *));
    pthread_rwlock_init(&contest.plain.lock, NULL);
    struct map_guard *guard = with_map ? map_guard_create(contest.map) : NULL;
    for (uint32_t i = 0; i < ids; i++) {
        atomic_store(&items[i].present, true);
        if (with_map)
            map_insert(guard, &items[i].entry);
        else
            plain_put(&contest.plain, &items[i]);
    }
    const uint64_t began = now_nsec();
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, compete, &contest) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    const double nsec = (double)(now_nsec() - began) / MAP_STEPS;
    map_destroy(contest.map);
    free(contest.plain.heads);
    return nsec;
}

static void bench_map(uint32_t ids)
{
    static const uint32_t writes[] = {0, 5, 50};
    struct item *items = calloc(ids, sizeof *items);

    for (uint32_t i = 0; i < ids; i++) {
        for (uint32_t j = 0; j < MAP_ID_SIZE; j++)
            items[i].entry.id[j] = (uint8_t)((i * 2654435761U + j * 40503U) >> (j % 24));
        memcpy(items[i].entry.id + 8, &i, sizeof i);
    }
    for (size_t j = 0; j < sizeof writes / sizeof writes[0]; j++) {
        double map[7], plain[7];
        for (int i = 0; i < 7; i++) {
            map[i] = measure_map(true, items, ids, writes[j]);
            plain[i] = measure_map(false, items, ids, writes[j]);
        }
        const double map_median = median(map, 7), plain_median = median(plain, 7);
        printf("map of %6u, %2u %% writes, 2 threads   %6.0f ns   rwlock %6.0f ns   %5.2fx\n", ids,
               writes[j], map_median, plain_median, plain_median / map_median);
    }
    free(items);
}

/* The journal: so many records of 348 bytes in each transaction. */

static pthread_mutex_t receipt_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t receipt_came = PTHREAD_COND_INITIALIZER;
static uint64_t receipts;

static void note(void *context, const struct journal_receipt *receipt)
{
    (void)context;
    CHECK(receipt->error == 0);
    pthread_mutex_lock(&receipt_lock);
    receipts++;
    pthread_cond_signal(&receipt_came);
    pthread_mutex_unlock(&receipt_lock);
}

static double measure_journal(struct journal *journal, size_t records_each, int transactions)
{
    static uint8_t body[348];
    static struct journal_record records[100];
    const struct digest scope = {{1}};

    for (size_t i = 0; i < records_each; i++)
        records[i] = (struct journal_record){.kind = 1, .body = {body, sizeof body}};
    const uint64_t began = now_nsec();
    for (int i = 0; i < transactions; i++) {
        pthread_mutex_lock(&receipt_lock);
        const uint64_t before = receipts;
        pthread_mutex_unlock(&receipt_lock);
        CHECK(journal_append(journal, &scope, records, records_each, 1) == JOURNAL_OK);
        pthread_mutex_lock(&receipt_lock);
        while (receipts == before)
            pthread_cond_wait(&receipt_came, &receipt_lock);
        pthread_mutex_unlock(&receipt_lock);
    }
    const double seconds = (double)(now_nsec() - began) / 1e9;
    return (double)transactions * (double)records_each / seconds;
}

static void bench_journal(void)
{
    static const size_t each[] = {1, 10, 100};
    char path[] = "bench_queue.XXXXXX"; /* Here, as /tmp may be memory. */
    char name[64], sentence[JOURNAL_SENTENCE_SIZE];
    struct journal *journal;
    struct journal_counters counters;
    double first = 0;

    const int fd = mkstemp(path);
    CHECK(fd >= 0);
    close(fd);
    CHECK(journal_open(path, &journal, sentence) == JOURNAL_OK);
    CHECK(journal_replay(journal, NULL, NULL, sentence) == JOURNAL_OK);
    CHECK(journal_start(journal, note, NULL) == JOURNAL_OK);
    for (size_t i = 0; i < 3; i++) {
        double rates[5];
        for (int j = 0; j < 5; j++)
            rates[j] = measure_journal(journal, each[i], 100);
        const double rate = median(rates, 5);
        first = i == 0 ? rate : first;
        printf("journal, %3zu records a transaction   %8.0f records/s   %5.1fx\n", each[i], rate,
               rate / first);
    }
    journal_counters(journal, &counters);
    printf("journal, time of a transaction: p50 %llu us, p99 %llu us, highest %llu us\n",
           (unsigned long long)histogram_percentile(&counters.commit_usec, 500),
           (unsigned long long)histogram_percentile(&counters.commit_usec, 990),
           (unsigned long long)counters.commit_usec.highest);
    journal_close(journal);
    unlink(path);
    snprintf(name, sizeof name, "%s.lock", path);
    unlink(name);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    bench_throughput(1);
    bench_throughput(4);
    bench_lanes();
    bench_policies();
    bench_memory(256);
    bench_memory(2048);
    bench_map(1000);
    bench_map(100000);
    bench_journal();
    return 0;
}
