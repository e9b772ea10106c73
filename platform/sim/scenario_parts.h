/* SPDX-License-Identifier: MIT */
/*
 * A scenario from within: who is there (cast.c), what goes wrong (trouble.c), who comes and goes
 * (comings.c), what honest people still wait for (rest.c), and its course (scenario.c).
 */
#ifndef SIM_SCENARIO_PARTS_H
#define SIM_SCENARIO_PARTS_H

#include "platform/sim/player.h"
#include "platform/sim/scenario.h"
#include "platform/sim/story.h"

#define COMINGS_MAX (4 * PERSONS_MAX)

enum coming_kind {
    COMING_ARRIVES, /* For the first time. */
    COMING_LEAVES,
    COMING_RETURNS,
    COMING_VANISHES, /* Without a word, for a while. */
};

/* What somebody does, and when. */
struct coming {
    msec at;
    msec lasts; /* Of who vanishes. */
    unsigned person;
    enum coming_kind kind;
    bool done;
};

struct scenario {
    struct scenario_config config;
    struct scenario_result *result;
    struct sim *sim;
    struct chance chance;
    struct story story;
    struct seating seating;
    uint8_t seating_packed[SEATING_SIZE_MAX];
    size_t seating_size;
    struct person persons[PERSONS_MAX];
    unsigned people;
    struct referee *referee;
    struct players players;
    struct player *nodes[SIM_NODES_MAX]; /* The first are the persons in order, then come twins. */
    uint32_t person_of[SIM_NODES_MAX];
    unsigned count;                     /* Of nodes. */
    uint32_t there;                     /* Bitmap of nodes: they have come and not gone for good. */
    uint32_t habits;                    /* Of all liars. */
    uint16_t damaged;                   /* Bitmap of persons. */
    unsigned limit_excess;              /* How many more than f may lie. */
    struct coming comings[COMINGS_MAX]; /* In no order. */
    unsigned comings_count;
    msec comings_end;
    unsigned pace; /* Permille of those who look at the table in each step while faults last. */
    msec healed;   /* When the faults stopped; MSEC_NEVER: not yet. */
    msec away[SIM_NODES_MAX]; /* Until when a node that vanished stays down. */
    unsigned flap_from, flap_to;
    unsigned flaps; /* Left. */
};

static inline bool is_liar(const struct scenario *scenario, unsigned person)
{
    return scenario->persons[person].lies;
}

static inline bool is_damaged(const struct scenario *scenario, unsigned person)
{
    return (scenario->damaged >> person & 1) != 0;
}

static inline bool is_there(const struct scenario *scenario, unsigned node)
{
    return (scenario->there >> node & 1) != 0;
}

static inline void tell_time(struct scenario *scenario)
{
    scenario->story.now = sim_now(scenario->sim);
}

static inline bool holds(const struct scenario *scenario)
{
    return referee_breach(scenario->referee) == NULL;
}

/* ---- Cast ---- */

/* What the seed decides of the weather. */
void cast_weather(struct scenario *scenario);

/* Who they are, their table, who of them lies; everybody's node. */
void cast_seats(struct scenario *scenario);

/* ---- Trouble ---- */

unsigned trouble_count(uint16_t seats);

/* The seats of everybody in a set of persons. */
uint16_t trouble_seats(const struct scenario *scenario, uint16_t persons);

/* Whether those seats may all be faulty, in this epoch and in those that are about to come. */
bool trouble_within_budget(const struct scenario *scenario, uint16_t faulty);

/* One after the other gets leave to lie; whoever would be too many tells the truth. */
void trouble_keep_budget(struct scenario *scenario);

/* What the config's chances bring about in one step: crashes and disks, links, clocks. */
void trouble_crash_or_return(struct scenario *scenario);
void trouble_links(struct scenario *scenario);
void trouble_clocks(struct scenario *scenario);

/* A node that is up, or down and not away: otherwise nothing. */
void trouble_crash(struct scenario *scenario, unsigned node);
void trouble_restart(struct scenario *scenario, unsigned node);

/* ---- Comings ---- */

/* What the seed decides of who comes and goes, and when. */
void comings_plan(struct scenario *scenario);

/* Does what is due. */
void comings_due(struct scenario *scenario);

/* Whether a person has a seat that was not left. */
bool comings_seated(const struct scenario *scenario, unsigned person);

/* ---- Rest ---- */

/* The first person that waits, and for what; the count of them: nobody does. */
unsigned rest_who_waits(const struct scenario *scenario, const char **why);

/*
 * What damaged disks may end for good: the first key, whose deal was lost and which has no second
 * attempt; and an epoch with more of them than it can bear, as honest people were put out.
 */
bool rest_is_lost(const struct scenario *scenario);

/* Where everybody stands, for whoever has to find out why they wait. */
void rest_tell_standing(const struct scenario *scenario);

#endif
