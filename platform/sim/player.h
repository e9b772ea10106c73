/* SPDX-License-Identifier: MIT */
/*
 * One person's node in the simulated world: a real table, an archive in memory, the habits of its
 * owner, and a strategy to bet by. What it holds to be final is shown to the referee once it
 * is durable. A liar's table is the real one, too; liar.h changes what leaves it.
 */
#ifndef SIM_PLAYER_H
#define SIM_PLAYER_H

#include "platform/sim/liar.h"
#include "platform/sim/person.h"
#include "platform/sim/referee.h"
#include "platform/sim/sim.h"
#include "strategy/strategy.h"
#include "table/table.h"

#define PLAYER_STRATEGIES 5
#define PLAYER_DELAY_MSEC 50 /* D0. */

/* What all players of a world share. */
struct players {
    const struct seating *seating;
    struct referee *referee;
    const struct person *persons;
    unsigned count;
    const uint32_t *person_of; /* By place in the world: twins are one person. */
    bool still;                /* Nobody comes or goes, is put out, or told of. */
    msec kick;                 /* As in struct table_config. */
    msec absent;
    uint64_t rolls; /* They stop betting after so many. */
    struct strategy strategies[PLAYER_STRATEGIES];
    struct strategy_player mind; /* Of whoever is at it; no one remembers anything. */
};

/* How an epoch ended, as the archive was told. */
struct player_ending {
    uint64_t height;
    size_t size;
    uint8_t *packed; /* A packed Blocks; on the heap. */
};

struct player {
    struct players *players;
    unsigned person;
    bool honest;
    uint8_t seed[16]; /* Of its randomness; its life's number makes it fresh. */
    struct liar liar;
    struct table *table;
    uint64_t life;
    uint64_t bet_roll; /* The last roll it bet for. */
    uint64_t told;     /* The height up to which the referee knows of it, in this life. */
    struct referee_final waiting[REFEREE_HEIGHTS_MAX]; /* By height; above `told`. */
    uint64_t height;
    struct {
        size_t size; /* 0: a descendant has it. */
        uint8_t *packed;
    } certificates[REFEREE_HEIGHTS_MAX];              /* Finalizations; by height, on the heap. */
    struct player_ending endings[REFEREE_EPOCHS_MAX]; /* Of epoch i + 1. */
    unsigned endings_count;
};

extern const struct sim_node_operations player_operations; /* Of honest seats, */
extern const struct sim_node_operations player_lies;       /* and of the others. */

/*
 * The highest block that is durable and final here by its own certificate, or ended an epoch:
 * then the certificate is empty. 0: none.
 */
uint64_t player_certified(const struct player *player, struct bytes *certificate);

/* Reads the strategies from the library. */
void players_learn(struct players *players);

/* A node of that person; twin: the second one. */
struct player *player_create(struct players *players, unsigned person, const struct liar *liar,
                             bool twin);
void player_destroy(struct player *player);

/* sim_act: begins to play; bets and is ready (context: struct chance); comes or goes as its owner
 * wants; lies unasked. */
void player_starts(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out);
void player_plays(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out);
void player_moves(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out);
void player_acts(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out);

#endif
