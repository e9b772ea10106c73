/* SPDX-License-Identifier: MIT */
/*
 * Seats that lie. A liar runs the real table with its real keys, and in between its table and the
 * world it tells each seat something else, as its habits have it; now and then it speaks without
 * being asked. Whatever it says is well signed where it has the key, so that it can only be refused
 * by the rules. Twins are two tables with one identity and need no habit of their own: the
 * scenario seats them.
 */
#ifndef SIM_LIAR_H
#define SIM_LIAR_H

#include "base/outbox.h"
#include "platform/sim/chance.h"
#include "table/table.h"

enum liar_habit {
    LIAR_TWINS,             /* Two full copies with one identity. */
    LIAR_EQUIVOCATES,       /* As leader: one block for some, another one for others. */
    LIAR_SELECTS,           /* Speaks to some seats only. */
    LIAR_NOTARIZES_TWICE,   /* Votes for two blocks of a view. */
    LIAR_CONTRADICTS,       /* FINALIZE to some and NULLIFY to others. */
    LIAR_STALE_PARENT,      /* Proposes beside the last final block, with forged skips. */
    LIAR_CENSORS,           /* Its blocks are empty. */
    LIAR_SILENT,            /* Says nothing once the keys are made. */
    LIAR_LATE,              /* Says everything, up to fifty delays late. */
    LIAR_INVALID_BODY,      /* Its blocks break the rules. */
    LIAR_WITHHOLDS_BODY,    /* Votes for its block and shows it to nobody. */
    LIAR_WRONG_PARTIAL,     /* Its shares of dice are wrong. */
    LIAR_WITHHOLDS_PARTIAL, /* It gives none. */
    LIAR_PARTIAL_TO_ONE,    /* It gives them to one seat. */
    LIAR_EARLY_PARTIAL,     /* It gives them for blocks that are not final. */
    LIAR_OTHER_PARTIAL,     /* It gives some for another block. */
    LIAR_REPLAYS,           /* Repeats what was said long ago, of other epochs, too. */
    LIAR_HUGE_STATUS,       /* Claims to know and to lack everything. */
    LIAR_ACTS_TWICE,        /* Signs two actions with one number. */
    LIAR_FALSE_WITNESS,     /* Tells those who restart of votes that they never made. */
    LIAR_FLOODS,            /* Garbage, requests and restarts without end. */
    LIAR_SORE_LOSER,        /* Delays and withholds whenever the dice are against it. */
    LIAR_FORGES_ROLL,       /* As leader: dice from shares of its own making. */
    LIAR_FORGES_ACTION,     /* As leader: has another seat leave the table. */
    LIAR_BAD_DEAL,          /* One seat's share of its deal does not open. */
    LIAR_FALSE_COMPLAINT,   /* Complains of a good share. */
    LIAR_BAD_PROOF,         /* Its deal's proof does not hold. */
    LIAR_NO_DEAL,           /* It deals to nobody. */
    LIAR_HABITS,
};

/* Habits of the key generation: the liar is convicted, or put out for what it does not do. */
#define LIAR_CONVICTED ((UINT32_C(1) << LIAR_BAD_DEAL) | (UINT32_C(1) << LIAR_FALSE_COMPLAINT))
#define LIAR_STALLED   ((UINT32_C(1) << LIAR_BAD_PROOF) | (UINT32_C(1) << LIAR_NO_DEAL))

/* The dice that a sore loser waits for. */
#define LIAR_LUCKY_SUM 7

#define LIAR_MEMORY      32
#define LIAR_MEMORY_SIZE 4096

struct liar {
    uint32_t habits;  /* Bit set of enum liar_habit. */
    uint32_t favours; /* Persons that a selective liar speaks to. */
    unsigned friend;  /* The person that gets what others do not. */
    bool tired;       /* It tells the truth for the time being. */
    bool patient;     /* It makes the first key as it should, and spoils later ones. */
    msec delay;       /* D0 of the table. */
    struct chance chance;
    struct {
        size_t size;
        uint8_t bytes[LIAR_MEMORY_SIZE];
    } memory[LIAR_MEMORY]; /* What it has said or heard. */
    unsigned remembered;
    uint64_t early_roll; /* The last roll for which it gave a partial too early. */
    uint64_t lies;       /* Ever told. */
};

/* "equivocates as leader": a phrase for a habit; static memory. */
const char *liar_phrase(enum liar_habit habit);

/* A word for a habit, and the habit of a word; LIAR_HABITS: there is none. */
const char *liar_name(enum liar_habit habit);
enum liar_habit liar_find(const char *name);

/* See sim_node_operations.tell; `to` is a person. */
size_t liar_tells(struct liar *liar, struct table *table, unsigned to, struct bytes message,
                  uint8_t *instead, size_t size_max, msec *late);

/* What it has heard may serve it later. */
void liar_hears(struct liar *liar, struct bytes message);

/* Speaks of its own accord. */
void liar_acts(struct liar *liar, struct table *table, struct outbox *out);

#endif
