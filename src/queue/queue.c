/* SPDX-License-Identifier: MIT */
/*
 * One CK ring for each producer and lane. Each ring has a single producer; it may have several
 * takers, since a producer that must drop something takes it out itself (hence _spmc).
 *
 * One count bounds all lanes: events that entered less events that left. Entering is one atomic
 * word of the producers, which also holds a stamp that grows with each push; leaving is counted by
 * the consumer alone, with plain stores, so that it does not fight with producers for the word. A
 * place is counted as entered before its event is put into a ring, and as left after it was taken
 * out, so the rings together never hold more than the bound. A producer that drops an event
 * inherits its place: neither count changes. Each producer remembers the last count of leavers that
 * it read and looks again only when the queue seems full.
 *
 * Weakly ordered CPUs, and what libck 0.7.1's rings leave to us:
 * - Entering: ck_ring has only a store fence between the slot and the tail. What the producer
 *   wrote into the event comes before the tail then, but not what it read there: such a load could
 *   pass the tail's store and see what the event's next owner wrote. ring_put puts a release fence
 *   first, which holds loads back too.
 * - Leaving: ck_ring has only a *store* fence between copying the slot out and moving the head, so
 *   the load of the slot could pass the head's store, and read what the producer put there next.
 *   The copy is a load followed by a store of the loaded value to our memory. That store depends
 *   on the load, and the store fence orders it before the head's store: so the load comes first
 *   too, if the compiler really stores. It must, because ring_take lets the address of its copy
 *   escape into an assembly statement first, and the fence clobbers memory. (For aarch64, gcc 12
 *   makes ldp of the slot, stp of the copy, dmb ishst, ldxr and stxr of the head.)
 * - What the taker does with the event, loads and stores alike, comes after the load of the tail:
 *   ck_ring has a load fence (dmb ishld) behind that load, which orders it before both.
 * - Re-use of a slot: the producer writes it only if the head it loaded says so. Loads are ordered
 *   before stores that depend on a branch on them, on every CPU that CK knows.
 * - Sleeping: see queue_arm.
 */
#include "queue/queue.h"

#include "base/check.h"
#include "queue/annotation.h"

#include <ck_pr.h>
#include <ck_ring.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CACHE_LINE 64

/* The state word: how many entered in the low half, the stamp in the high half. Both wrap. */
#define STAMP_BITS 32
#define STAMP_ONE  (UINT64_C(1) << STAMP_BITS)

/* How often a full queue is searched for something to drop, while others take it away first. */
#define SWEEPS_MAX 4

/* How often queue_arm looks, with a pause between, before it arms: one to four microseconds. */
#define LOOKS_MAX 64

struct slot {
    void *event;
    unsigned int stamp; /* Of its push. */
};

CK_RING_PROTOTYPE(slot, slot)

/* Of one producer and lane. Only that producer writes the counters. */
struct lane_ring {
    _Alignas(CACHE_LINE) struct ck_ring ring;
    struct slot *slots;
    uint32_t left_seen; /* The first lane's: what this producer last read of left. */
    atomic_uint_least64_t pushed;
    atomic_uint_least64_t dropped;
    atomic_uint_least64_t refused;
    atomic_uint_least64_t high_water;
};

struct queue {
    _Alignas(CACHE_LINE) atomic_uint_least64_t state;
    _Alignas(CACHE_LINE) atomic_uint sleeping; /* 1 from queue_arm until someone writes to fd. */
    _Alignas(CACHE_LINE) atomic_uint_least32_t left; /* How many left; the consumer's. Wraps. */
    atomic_uint_least64_t popped[QUEUE_LANES];       /* The consumer's. */
    uint32_t turn[QUEUE_LANES]; /* The consumer's: whose turn it is in each lane. */
    _Alignas(CACHE_LINE) uint32_t entries_max;
    uint32_t producers;
    enum queue_policy policy;
    int fd;
    void (*overflow)(void *context, enum queue_lane lane, enum queue_verdict verdict);
    void *context;
    struct slot *slots;
    struct lane_ring *rings; /* [producer * QUEUE_LANES + lane] */
};

#if defined(__SANITIZE_THREAD__)
/* A slot is copied out before the head says whether the copy was valid: a race by design. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:_ck_ring_\nrace:ck_ring_\nrace:ring_put\nrace:ring_take\n";
}
#endif

static struct lane_ring *ring_of(const struct queue *queue, uint32_t producer, unsigned int lane)
{
    return &queue->rings[producer * QUEUE_LANES + lane];
}

/* For counters that one thread writes and any reads. */
static void count_one(atomic_uint_least64_t *counter)
{
    const uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

static uint64_t counted(const atomic_uint_least64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static uint32_t power_of_two_above(uint32_t value)
{
    uint32_t power = 2;
    while (power <= value)
        power *= 2;
    return power;
}

struct queue *queue_create(const struct queue_config *config)
{
    const uint32_t entries_max =
        config->entries_max == 0 ? QUEUE_ENTRIES_DEFAULT : config->entries_max;
    CHECK(entries_max <= QUEUE_ENTRIES_MAX);
    CHECK(config->producers >= 1 && config->producers <= QUEUE_PRODUCERS_MAX);

    /*
     * A ring holds one less than its size. All rings together hold at most entries_max events, and
     * for a moment one more for each producer that has taken a place over and not said so yet.
     */
    const uint32_t ring_size = power_of_two_above(entries_max + config->producers);
    const size_t rings = (size_t)config->producers * QUEUE_LANES;
    struct queue *queue = aligned_alloc(CACHE_LINE, sizeof *queue);
    if (queue == NULL)
        return NULL;
    memset(queue, 0, sizeof *queue);
    queue->entries_max = entries_max;
    queue->producers = config->producers;
    queue->policy = config->policy;
    queue->overflow = config->overflow;
    queue->context = config->context;
    queue->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    queue->rings = aligned_alloc(CACHE_LINE, rings * sizeof *queue->rings);
    queue->slots = calloc(rings * ring_size, sizeof *queue->slots);
    if (queue->fd < 0 || queue->rings == NULL || queue->slots == NULL) {
        queue_destroy(queue);
        return NULL;
    }
    memset(queue->rings, 0, rings * sizeof *queue->rings);
    for (size_t i = 0; i < rings; i++) {
        ck_ring_init(&queue->rings[i].ring, ring_size);
        queue->rings[i].slots = queue->slots + i * ring_size;
    }
    return queue;
}

void queue_destroy(struct queue *queue)
{
    if (queue == NULL)
        return;
    if (queue->fd >= 0)
        close(queue->fd);
    free(queue->slots);
    free(queue->rings);
    free(queue);
}

static bool ring_empty(const struct lane_ring *ring)
{
    return ck_pr_load_uint(&ring->ring.p_tail) == ck_pr_load_uint(&ring->ring.c_head);
}

/* On the ring's producer's thread. */
static void ring_put(struct lane_ring *ring, void *event, uint64_t stamp)
{
    struct slot slot = {.event = event, .stamp = (unsigned int)stamp};

    ANNOTATE_RELEASE(ring);
    /* There is room: its place was counted. What frees a slot is ordered before the count that
     * lets us in: release by the consumer and acquire by us on left, or, when another producer
     * took it, release by that one and acquire by us on the state word. */
    /* From here on the event is another's: see the top. */
    ck_pr_fence_release();
    const bool entered = ck_ring_enqueue_spmc_slot(&ring->ring, ring->slots, &slot);
    CHECK(entered);
}

/* The oldest event of the ring, or NULL. On any thread. */
static void *ring_take(struct lane_ring *ring)
{
    struct slot slot;

    /* The copy must be stored to memory: see the proof at the top. */
    __asm__ volatile("" : : "r"(&slot) : "memory");
    if (!ck_ring_dequeue_spmc_slot(&ring->ring, ring->slots, &slot))
        return NULL;
    ANNOTATE_ACQUIRE(ring);
    return slot.event;
}

/*
 * The stamp of the ring's oldest event. A hint: by the time it is used, someone may have taken that
 * event and the slot may hold another. Then the ring's next event is taken, a slightly younger one.
 */
static bool ring_peek(const struct lane_ring *ring, unsigned int *stamp)
{
    const unsigned int head = ck_pr_load_uint(&ring->ring.c_head);

    ck_pr_fence_load();
    if (ck_pr_load_uint(&ring->ring.p_tail) == head)
        return false;
    ck_pr_fence_load();
    *stamp = ck_pr_load_uint(&ring->slots[head & ring->ring.mask].stamp);
    return true;
}

/* Stamps wrap: half of the range is the past. */
static bool older(unsigned int stamp, unsigned int than)
{
    return (int)(stamp - than) < 0;
}

/* The oldest event in lanes first to last, or NULL. */
static void *take_oldest(struct queue *queue, unsigned int first, unsigned int last,
                         unsigned int *lane)
{
    struct lane_ring *victim = NULL;
    unsigned int oldest = 0;

    for (uint32_t producer = 0; producer < queue->producers; producer++) {
        for (unsigned int i = first; i <= last; i++) {
            struct lane_ring *ring = ring_of(queue, producer, i);
            unsigned int stamp;
            if (ring_peek(ring, &stamp) && (victim == NULL || older(stamp, oldest))) {
                victim = ring;
                oldest = stamp;
                *lane = i;
            }
        }
    }
    return victim == NULL ? NULL : ring_take(victim);
}

/* What an event of this lane may displace, or NULL: then it gives way itself. */
static void *take_victim(struct queue *queue, unsigned int incoming, unsigned int *lane)
{
    void *event = NULL;

    switch (queue->policy) {
    case QUEUE_POLICY_DROP_OLDEST:
        event = take_oldest(queue, QUEUE_LANE_GAME, QUEUE_LANE_TELEMETRY, lane);
        break;
    case QUEUE_POLICY_DROP_LOWEST:
        for (unsigned int i = QUEUE_LANE_TELEMETRY; i >= incoming && i > 0 && event == NULL; i--)
            event = take_oldest(queue, i, i, lane);
        break;
    case QUEUE_POLICY_PUSH_BACK:
        CHECK(!"a queue that pushes back drops nothing");
    }
    if (event == NULL && incoming == QUEUE_LANE_CONSENSUS)
        event = take_oldest(queue, QUEUE_LANE_CONSENSUS, QUEUE_LANE_CONSENSUS, lane);
    return event;
}

/* The word with one more in it; a carry out of the low half must not become a stamp. */
static uint64_t entered(uint64_t state)
{
    return ((state >> STAMP_BITS) + 1) << STAMP_BITS | (uint32_t)(state + 1);
}

/* Acquire: what was taken out of the rings before is seen by whoever uses the places. */
static uint32_t look_at_left(struct queue *queue, uint32_t producer)
{
    const uint32_t left = atomic_load_explicit(&queue->left, memory_order_acquire);
    ring_of(queue, producer, 0)->left_seen = left;
    return left;
}

/* Signed: state may be older than left, and others have come and gone between. */
static bool full(const struct queue *queue, uint64_t state, uint32_t left)
{
    return (int32_t)((uint32_t)state - left) >= (int32_t)queue->entries_max;
}

/*
 * Counts a place in, unless the queue is full. An old left_seen only makes it seem fuller, which is
 * when we look again. state becomes the word whose stamp is the event's.
 */
static bool enter(struct queue *queue, uint32_t producer, uint64_t *state)
{
    uint32_t left = ring_of(queue, producer, 0)->left_seen;

    *state = atomic_load_explicit(&queue->state, memory_order_relaxed);
    for (;;) {
        if (full(queue, *state, left)) {
            left = look_at_left(queue, producer);
            if (full(queue, *state, left))
                return false;
        }
        if (atomic_compare_exchange_weak_explicit(&queue->state, state, entered(*state),
                                                  memory_order_acq_rel, memory_order_relaxed)) {
            *state = entered(*state);
            return true;
        }
    }
}

/*
 * Wakes the consumer if it sleeps. The full fence orders our tail's store before the load of
 * sleeping; queue_arm has the same fence between its store of sleeping and its loads of the tails.
 * One of the two loads therefore sees the other side's store (Dekker): either we see it asleep, or
 * it sees our event. The exchange lets only one of several producers pay for the write.
 */
static void wake(struct queue *queue)
{
    ck_pr_fence_memory();
    if (atomic_load_explicit(&queue->sleeping, memory_order_relaxed) == 0)
        return;
    if (atomic_exchange_explicit(&queue->sleeping, 0, memory_order_acq_rel) == 0)
        return;
    const uint64_t one = 1;
    const ssize_t written = write(queue->fd, &one, sizeof one);
    /* EAGAIN would mean that it is readable already, which is all we want. */
    CHECK(written == (ssize_t)sizeof one || errno == EAGAIN);
}

/* With left_seen first, which may be old: it has to look again only for a new record. */
static void note_high_water(struct queue *queue, uint32_t producer, struct lane_ring *ring,
                            uint32_t entered_count)
{
    const uint64_t before = counted(&ring->high_water);

    if (entered_count - ring_of(queue, producer, 0)->left_seen <= before)
        return;
    const int32_t count = (int32_t)(entered_count - look_at_left(queue, producer));
    /* Negative: those that came later have left already, this one's place included. */
    if (count > 0 && (uint64_t)count > before)
        atomic_store_explicit(&ring->high_water, (uint64_t)count, memory_order_relaxed);
}

static void put(struct queue *queue, uint32_t producer, enum queue_lane lane, void *event,
                uint64_t state)
{
    struct lane_ring *ring = ring_of(queue, producer, lane);

    ring_put(ring, event, state >> STAMP_BITS);
    count_one(&ring->pushed);
    note_high_water(queue, producer, ring, (uint32_t)state);
    wake(queue);
}

/* The queue is full: by policy, something gives way. */
static enum queue_verdict overflow(struct queue *queue, uint32_t producer, enum queue_lane lane,
                                   void *event, void **dropped)
{
    if (queue->policy == QUEUE_POLICY_PUSH_BACK) {
        count_one(&ring_of(queue, producer, lane)->refused);
        return QUEUE_REFUSED;
    }
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
        unsigned int victim_lane = lane;
        void *victim = take_victim(queue, lane, &victim_lane);
        uint64_t state;
        if (victim != NULL) {
            /* The victim's place becomes ours; only the stamp moves on. */
            state = atomic_fetch_add_explicit(&queue->state, STAMP_ONE, memory_order_acq_rel) +
                    STAMP_ONE;
            count_one(&ring_of(queue, producer, victim_lane)->dropped);
            *dropped = victim;
            put(queue, producer, lane, event, state);
            if (queue->overflow != NULL)
                queue->overflow(queue->context, (enum queue_lane)victim_lane, QUEUE_TAKEN_DROPPED);
            return QUEUE_TAKEN_DROPPED;
        }
        if (enter(queue, producer, &state)) {
            put(queue, producer, lane, event, state);
            return QUEUE_TAKEN;
        }
    }
    /* Nothing may be displaced, or all that could be is just being taken or put by others. */
    count_one(&ring_of(queue, producer, lane)->dropped);
    *dropped = event;
    return QUEUE_DROPPED;
}

enum queue_verdict queue_push(struct queue *queue, uint32_t producer, enum queue_lane lane,
                              void *event, void **dropped)
{
    CHECK(event != NULL);
    CHECK(producer < queue->producers);
    CHECK((unsigned int)lane < QUEUE_LANES);

    uint64_t state;
    *dropped = NULL;
    if (enter(queue, producer, &state)) {
        put(queue, producer, lane, event, state);
        return QUEUE_TAKEN;
    }
    const enum queue_verdict verdict = overflow(queue, producer, lane, event, dropped);
    if (queue->overflow != NULL && (verdict == QUEUE_DROPPED || verdict == QUEUE_REFUSED))
        queue->overflow(queue->context, lane, verdict);
    return verdict;
}

void *queue_pop(struct queue *queue, enum queue_lane *lane)
{
    for (unsigned int i = 0; i < QUEUE_LANES; i++) {
        uint32_t producer = queue->turn[i];
        for (uint32_t tried = 0; tried < queue->producers; tried++) {
            struct lane_ring *ring = ring_of(queue, producer, i);
            producer = producer + 1 == queue->producers ? 0 : producer + 1;
            void *event = ring_empty(ring) ? NULL : ring_take(ring);
            if (event == NULL)
                continue;
            /* Release: the slot is free before its place is. */
            const uint32_t left = atomic_load_explicit(&queue->left, memory_order_relaxed);
            atomic_store_explicit(&queue->left, left + 1, memory_order_release);
            count_one(&queue->popped[i]);
            queue->turn[i] = producer;
            if (lane != NULL)
                *lane = (enum queue_lane)i;
            return event;
        }
    }
    return NULL;
}

int queue_fd(const struct queue *queue)
{
    return queue->fd;
}

/*
 * A consumer that is faster than its producers would otherwise sleep after every event, and each
 * push would pay for a system call to wake it. A microsecond or two of looking is cheaper than
 * that.
 */
static bool look_before_sleep(const struct queue *queue)
{
    for (int i = 0; i < LOOKS_MAX; i++) {
        if (queue_count(queue) > 0)
            return true;
        ck_pr_stall();
    }
    return false;
}

/* See wake for the argument. A producer that was missed here sees sleeping, and the other way. */
bool queue_arm(struct queue *queue)
{
    if (look_before_sleep(queue))
        return false;
    atomic_store_explicit(&queue->sleeping, 1, memory_order_relaxed);
    ck_pr_fence_memory();
    for (uint32_t i = 0; i < queue->producers * QUEUE_LANES; i++) {
        if (!ring_empty(&queue->rings[i])) {
            queue_disarm(queue);
            return false;
        }
    }
    return true;
}

/*
 * If a producer took the flag, its write has come or is about to: read what is there. A write that
 * comes later than this read makes the next sleep end early once, which costs one empty sweep.
 */
void queue_disarm(struct queue *queue)
{
    uint64_t wakes;

    if (atomic_exchange_explicit(&queue->sleeping, 0, memory_order_acq_rel) == 1)
        return;
    const ssize_t size = read(queue->fd, &wakes, sizeof wakes);
    CHECK(size == (ssize_t)sizeof wakes || errno == EAGAIN);
}

uint32_t queue_count(const struct queue *queue)
{
    /* left first: nobody leaves before entering, so the difference is not negative. */
    const uint32_t left = atomic_load_explicit(&queue->left, memory_order_acquire);
    return (uint32_t)counted(&queue->state) - left;
}

uint32_t queue_entries_max(const struct queue *queue)
{
    return queue->entries_max;
}

struct queue_counters queue_counters(const struct queue *queue, enum queue_lane lane)
{
    struct queue_counters counters = {.popped = counted(&queue->popped[lane])};

    for (uint32_t producer = 0; producer < queue->producers; producer++) {
        const struct lane_ring *ring = ring_of(queue, producer, lane);
        const uint64_t high_water = counted(&ring->high_water);
        counters.pushed += counted(&ring->pushed);
        counters.dropped += counted(&ring->dropped);
        counters.refused += counted(&ring->refused);
        if (high_water > counters.high_water)
            counters.high_water = high_water;
    }
    return counters;
}
