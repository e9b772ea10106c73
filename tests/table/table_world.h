/* SPDX-License-Identifier: MIT */
/*
 * Tables in one process for tests: seats, an instant and lossless wire, archives and records in
 * memory, a clock that the test moves. A seat can be cut off and restarted from its records.
 */
#ifndef TABLE_WORLD_H
#define TABLE_WORLD_H

#include "base/check.h"
#include "frame/frame.h"
#include "node/archive.h"
#include "noise/identity.h"
#include "strategy/library.h"
#include "strategy/strategy.h"
#include "table/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef WORLD_EVENTS_MAX /* Of one seat; benches that forget none need more. */
#define WORLD_EVENTS_MAX 65536
#endif
#define WORLD_SEATS_MAX 32

/* Bytes that were sent or recorded, in order. */
struct world_log {
    uint8_t *bytes;
    size_t used;
    size_t room;
};

struct world_seat {
    uint8_t seed[32];
    struct identity identity;
    struct table *table;
    struct archive *archive;
    struct world_log records;
    bool down;
    bool late; /* Joined the running table. */
    bool witness;
    struct invitation invitation;
    struct table_event *events;
    size_t events_count;
};

struct world {
    unsigned count;
    struct world_seat seats[WORLD_SEATS_MAX];
    struct seating seating;
    struct invitation invitation; /* Known at a table by invitation. */
    uint8_t seating_packed[SEATING_SIZE_MAX];
    size_t seating_size;
    struct world_log wire; /* target u32, size u32, bytes. */
    size_t wire_read;
    msec kick; /* For tables opened from now on; 0: as usual. */
    msec absent;
    bool uninvited;     /* Who joins from now on has no ticket. */
    bool partials_lost; /* The wire loses the partials of dice while this is set. */
    uint32_t withholds; /* Bitmap of seats: it keeps the partials from and to them back. */
    struct world_log kept;
    bool arrivals_vanish;  /* Who joins now asks for a seat and is down. */
    uint32_t endings_lost; /* To these, each FINALIZE of a view whose block ends an epoch. */
    uint64_t ending_view;
    /* Takes what seats send, for who brings a wire of his own; NULL: the usual wire. */
    void (*carry)(unsigned from, const struct effect *effect, struct bytes packed);
    void (*overhears)(struct world *world, struct bytes packed); /* Each message on its way. */
    struct outbox out;
    msec now;
    uint64_t delivered;
};

/* Carries out a seat's effects: records are kept, messages go on the wire, events into its list. */
void world_take(struct world *world, unsigned seat);

/* Delivers a packed message to a seat, and carries out what comes of it. */
void world_receive(struct world *world, unsigned seat, struct bytes packed);

/* Delivers everything on the wire, and what follows from it. */
void world_settle(struct world *world);

/* Delivers the partials that were kept back. */
void world_release(struct world *world);

/* Lets time pass in steps of the earliest deadline, until `until`. */
void world_run(struct world *world, msec until);

/* Seats `count` nodes, of which the last `witnesses` are witnesses, and starts their tables. */
void world_open(struct world *world, unsigned count, unsigned witnesses);

/* The same of a table that not everybody may join. */
void world_open_to(struct world *world, unsigned count, unsigned witnesses,
                   enum admission admission);

/* Likewise, but one is down from the start; `absent` as in struct table_config. */
void world_open_absent(struct world *world, unsigned count, unsigned absentee, msec absent);

/* A further node follows the running table and asks for a seat; returns which seat of the world it
 * is. Its seat number at the table is config.self, once it has one. */
unsigned world_join(struct world *world, bool witness);

void world_close(struct world *world);

/* Throws a seat's memory away and starts it again from its records. */
void world_restart(struct world *world, unsigned i);

/* The same after its records were put back to their first `used` bytes: see world_log. */
void world_restart_older(struct world *world, unsigned i, size_t used);

/* The same from all records, of which it is known that they are not all there were. */
void world_restart_hole(struct world *world, unsigned i);

/* The same without any record, as a seat that joins the running table once more. */
void world_restart_empty(struct world *world, unsigned i);

const struct state *world_state(const struct world *world, unsigned i);

/* What a seat does; what became of it at once. refusal may be NULL. */
enum table_verdict world_order(struct world *world, unsigned i, const struct craps_order *orders,
                               size_t count, struct refusal *refusal);
enum table_verdict world_bet(struct world *world, unsigned i, struct craps_bet bet, chips amount,
                             struct refusal *refusal);
enum table_verdict world_ready(struct world *world, unsigned i);
enum table_verdict world_leave(struct world *world, unsigned i);
/* Approves of another of the world. */
enum table_verdict world_approve(struct world *world, unsigned i, unsigned whom,
                                 struct refusal *refusal);

/* A seat that is up and plays bets by its strategy and is ready. */
void world_play(struct world *world, unsigned i);

/* A whole roll: all of them. */
void world_play_roll(struct world *world);

/* Every seat that is up has the same final state as seat `like`. */
bool world_agrees(const struct world *world, unsigned like);

/* An export of what is final at a seat; the caller frees it. */
struct bytes world_export(const struct world *world, unsigned i);

#endif
