/* SPDX-License-Identifier: MIT */
/*
 * A world in one process, from a seed: virtual time, a network that loses, delays, duplicates,
 * reorders, corrupts and parts, disks that are slow and lose what was not synced, nodes that crash
 * and come back. Any sans-I/O core is plugged in through struct sim_node_operations.
 *
 * The world keeps the order of effects: what a step records is durable before what it sends leaves.
 * Single-threaded; memory comes from the heap; used by tests and programs/, never by a node.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/outbox.h"
#include "base/types.h"
#include "platform/sim/chance.h"

#define SIM_NODES_MAX    64
#define SIM_LIE_SIZE_MAX 131072
#define SIM_NOBODY       (TARGET_ALL - 1)

/* A core as the world sees it. `node` is the pointer that was given to sim_add. */
struct sim_node_operations {
    /* Kinds of effects: made durable, sent to an address or all; others are ignored. */
    uint32_t effect_record;
    uint32_t effect_send;
    /* A new life with nothing remembered. */
    void (*init)(void *node, msec now, int64_t wall_clock);
    /* After init: each durable record in order, then resume with fresh randomness. */
    void (*restore)(void *node, struct bytes record);
    void (*resume)(void *node, msec now, int64_t wall_clock, uint64_t fresh, struct outbox *out);
    void (*receive)(void *node, msec now, int64_t wall_clock, struct bytes message,
                    struct outbox *out);
    void (*expire)(void *node, msec now, int64_t wall_clock, struct outbox *out);
    msec (*deadline)(const void *node);
    /* Optional. A record became durable; a message leaves the node, before any loss. */
    void (*recorded)(void *node, struct bytes record);
    void (*sent)(void *node, uint32_t target, struct bytes message);
    /*
     * Optional, of liars: writes what the node in place `to` gets instead of a message and returns
     * its size, 0 for nothing; *late is added to the delay. It may well be the message itself.
     */
    size_t (*tell)(void *node, unsigned to, struct bytes message, uint8_t *instead, size_t size_max,
                   msec *late);
    /*
     * Optional: whose address (sim_add) a target of this node means at the moment, SIM_NOBODY for
     * none. NULL: targets are addresses. TARGET_ALL is everybody in any case.
     */
    uint32_t (*address)(const void *node, uint32_t target);
    /* Optional: after every step of any node. */
    void (*check)(void *node);
};

/* What the world does to nodes; all may change at any time. */
struct sim_faults {
    unsigned loss_permille;
    unsigned burst_permille; /* Before each message a link may fall silent, */
    unsigned burst_length;   /* for so many messages on the average. */
    unsigned duplicate_permille;
    unsigned corrupt_permille;
    msec delay_min;
    msec delay_max;
    unsigned late_permille; /* This share of messages takes up to late_max instead. */
    msec late_max;
    msec sync_min; /* How long a disk takes. */
    msec sync_max;
};

struct sim_counters {
    uint64_t steps;
    uint64_t sent; /* Messages handed to links: one for each receiver. */
    uint64_t sent_bytes;
    uint64_t delivered;
    uint64_t records;
    uint64_t crashes;
    uint64_t lost;
    uint64_t garbled;
};

/* What happened to a disk while its node was down. All but the first may lose what was durable. */
enum sim_damage {
    SIM_DAMAGE_NONE,
    SIM_DAMAGE_TORN,  /* The last record was half written and never synced: it is not there. */
    SIM_DAMAGE_ROT,   /* A durable record is unreadable: it and all behind it are gone. */
    SIM_DAMAGE_STALE, /* An older copy was put back. */
    SIM_DAMAGE_LOST,  /* Nothing is left. */
};

struct sim;

/* A world at time 1,000,000 with perfect links. */
struct sim *sim_create(uint64_t seed);
void sim_destroy(struct sim *sim);

/*
 * Adds a node with an address (several may share it: twins) and starts it. Returns its index. The
 * node stays the caller's.
 */
unsigned sim_add(struct sim *sim, uint32_t address, const struct sim_node_operations *operations,
                 void *node);

struct sim_faults *sim_faults(struct sim *sim);
struct chance *sim_chance(struct sim *sim);
const struct sim_counters *sim_counters(const struct sim *sim);
msec sim_now(const struct sim *sim);

/* Lets messages from one node to another pass, or not. All links are open at first. */
void sim_link(struct sim *sim, unsigned from, unsigned to, bool open);
void sim_links_open(struct sim *sim);

/*
 * Ends a node at once: what waits for its disk is gone, and of its unsynced records a random
 * beginning survives. sim_restart gives it a new life from what its disk has.
 */
void sim_crash(struct sim *sim, unsigned node);
void sim_restart(struct sim *sim, unsigned node);
bool sim_is_up(const struct sim *sim, unsigned node);

/* Records a node has on disk, and forgetting the last ones (an older copy was restored). */
size_t sim_records(const struct sim *sim, unsigned node);
void sim_forget(struct sim *sim, unsigned node, size_t records);

/* Damages the disk of a node that is down. Returns how many durable records are lost by it. */
size_t sim_damage(struct sim *sim, unsigned node, enum sim_damage damage);

/* A full disk makes nothing durable, so that nothing leaves either, until there is room again. */
void sim_disk_full(struct sim *sim, unsigned node, bool full);

/*
 * What passes from node to node is asked of `passes` too, besides sim_link: for worlds that choose
 * by what a message says. NULL: everything does.
 */
void sim_filter(struct sim *sim,
                bool (*passes)(void *context, unsigned from, unsigned to, struct bytes message),
                void *context);

/* Moves a node's wall clock. */
void sim_set_clock(struct sim *sim, unsigned node, msec offset);

/* A step of one node from outside (a user acts): act appends effects as the core's own calls do. */
void sim_act(struct sim *sim, unsigned node,
             void (*act)(void *node, msec now, int64_t wall_clock, void *context,
                         struct outbox *out),
             void *context);

/* Runs until that time; false when nothing was left to happen before. */
bool sim_run_until(struct sim *sim, msec until);

#endif
