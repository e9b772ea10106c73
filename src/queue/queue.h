/* SPDX-License-Identifier: MIT */
/*
 * The bounded priority queue of events between two kinds of threads: several producers that are
 * known at the start, one consumer. Four lanes; the consumer always gets the most urgent lane's
 * oldest event. One bound over all lanes, kept by one atomic count.
 *
 * An event is a pointer; the queue never looks at it and never frees it. Events of one producer in
 * one lane keep their order; nothing is promised between producers. What an overflow drops is
 * handed back to the producer that caused it, which releases it.
 *
 * queue_push runs on the producer's thread (one thread for each producer number), queue_pop,
 * queue_arm and queue_disarm on the consumer's, the counters on any.
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "base/limits.h"
#include "base/types.h"

/* From the most to the least urgent. */
enum queue_lane {
    QUEUE_LANE_CONSENSUS,
    QUEUE_LANE_GAME,
    QUEUE_LANE_GOSSIP,
    QUEUE_LANE_TELEMETRY,
};
#define QUEUE_LANES 4

#define QUEUE_PRODUCERS_MAX 64
#define QUEUE_ENTRIES_MAX   65536

/* What gives way when the queue is full. */
enum queue_policy {
    /* The oldest event below the consensus lane; of the consensus lane only when nothing lower is
     * there and the new event is one of consensus. */
    QUEUE_POLICY_DROP_OLDEST,
    /* The oldest event of the least urgent lane that has one, if that is not more urgent than the
     * new event; otherwise the new event. */
    QUEUE_POLICY_DROP_LOWEST,
    /* Nothing: the producer keeps its event and tries again later. */
    QUEUE_POLICY_PUSH_BACK,
};

enum queue_verdict {
    QUEUE_TAKEN,         /* The event is in the queue. */
    QUEUE_TAKEN_DROPPED, /* It is in, and an older one was dropped for it. */
    QUEUE_DROPPED,       /* The new event itself gave way. */
    QUEUE_REFUSED,       /* Push-back: the event stays the producer's. */
};

/* Of one lane. */
struct queue_counters {
    uint64_t pushed;     /* Events taken in. */
    uint64_t popped;     /* Events that reached the consumer. */
    uint64_t dropped;    /* Events that gave way: taken in and removed, or never taken in. */
    uint64_t refused;    /* Push-backs. */
    uint64_t high_water; /* Most events of the whole queue seen when one of this lane came in. */
};

struct queue_config {
    uint32_t entries_max; /* Over all lanes; 0 means QUEUE_ENTRIES_DEFAULT. */
    uint32_t producers;   /* 1 to QUEUE_PRODUCERS_MAX. */
    enum queue_policy policy;
    /*
     * Called on the producer's thread, after the push, whenever an event of a lane was dropped or
     * refused; may be NULL. It must not push into the same queue.
     */
    void (*overflow)(void *context, enum queue_lane lane, enum queue_verdict verdict);
    void *context;
};

struct queue;

/* Makes an empty queue with all its memory; NULL when memory or descriptors are exhausted. */
struct queue *queue_create(const struct queue_config *config);

/* Frees the queue. Pop everything first: the events' memory is not the queue's. NULL is fine. */
void queue_destroy(struct queue *queue);

/*
 * Puts an event (not NULL) into a lane and wakes the consumer if it sleeps. *dropped is what the
 * caller now has to release: an older event, the event itself (QUEUE_DROPPED), or NULL. Never
 * blocks, never allocates.
 */
enum queue_verdict queue_push(struct queue *queue, uint32_t producer, enum queue_lane lane,
                              void *event, void **dropped);

/* Takes the next event, or NULL; *lane, if not NULL, is where it was. Producers take turns. */
void *queue_pop(struct queue *queue, enum queue_lane *lane);

/*
 * The descriptor that becomes readable once an armed queue has something; it stays the queue's.
 * The consumer's loop: pop until NULL; if queue_arm says true, wait for the descriptor (among
 * others); queue_disarm; again.
 */
int queue_fd(const struct queue *queue);

/* Asks to be woken. False: something came in meanwhile, do not sleep (the queue is not armed). */
bool queue_arm(struct queue *queue);

/* Ends the sleep, for whatever reason it ended; makes the descriptor quiet again. */
void queue_disarm(struct queue *queue);

/* How many events are in the queue, or are just entering or leaving it. Any thread. */
uint32_t queue_count(const struct queue *queue);

/* The most events there may be. */
uint32_t queue_entries_max(const struct queue *queue);

/* A lane's counters. Any thread; each figure is exact once the threads that count it are quiet. */
struct queue_counters queue_counters(const struct queue *queue, enum queue_lane lane);

#endif
