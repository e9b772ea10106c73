/* SPDX-License-Identifier: MIT */
/*
 * One seat's node in the simulated world: a real table, an archive in memory, the habits of whoever
 * sits there, and a strategy to bet by. What it holds to be final is shown to the referee once it
 * is durable. A liar's table is the real one, too; liar.h changes what leaves it.
 */
#ifndef SIM_PLAYER_H
#define SIM_PLAYER_H

#include "noise/identity.h"
#include "platform/sim/liar.h"
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
    const uint32_t *seat_of; /* By place in the world: twins share a seat. */
    uint64_t rolls;          /* They stop betting after so many. */
    struct strategy strategies[PLAYER_STRATEGIES];
    struct strategy_player mind; /* Of whoever is at it; no one remembers anything. */
};

struct player {
    struct players *players;
    unsigned seat;
    bool honest;
    struct seat_secrets secrets;
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
    } certificates[REFEREE_HEIGHTS_MAX]; /* Finalizations; by height, on the heap. */
};

extern const struct sim_node_operations player_operations; /* Of honest seats, */
extern const struct sim_node_operations player_lies;       /* and of the others. */

/* The highest block that is durable and final here by its own certificate; 0: none. */
uint64_t player_certified(const struct player *player, struct bytes *certificate);

/* Reads the strategies from the library. */
void players_learn(struct players *players);

/* A node of that seat; twin: the second one of it. */
struct player *player_create(struct players *players, unsigned seat,
                             const struct seat_secrets *secrets, const struct liar *liar,
                             bool twin);
void player_destroy(struct player *player);

/* sim_act: begins to play; bets and is ready (context: struct chance); lies unasked. */
void player_starts(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out);
void player_plays(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out);
void player_acts(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out);

#endif
