/* SPDX-License-Identifier: MIT */
/*
 * What a table can bear, and whom it waits for, as far as this node knows: for people, who want to
 * hear a count, names and what would help. Decides nothing; called by the worker that owns the
 * table, as table/table.h is.
 */
#ifndef TABLE_OUTLOOK_H
#define TABLE_OUTLOOK_H

#include "table/table.h"

#define OUTLOOK_PATIENCE_MSEC 2000 /* A step that takes no longer is not worth a word. */
#define OUTLOOK_NAMES_MAX     4    /* Named in a sentence; of more the number is said. */
#define OUTLOOK_SENTENCE_SIZE 320

enum outlook_kind {
    OUTLOOK_CLEAR,   /* It waits for nobody, or not for long. */
    OUTLOOK_REVEAL,  /* A roll's dice are determined, and too few revealed their part of them. */
    OUTLOOK_REACH,   /* Fewer voters than the quorum are reachable. */
    OUTLOOK_DEAL,    /* The key generation lacks deals, */
    OUTLOOK_CONFIRM, /* or confirmations. */
};

struct outlook {
    enum outlook_kind kind;
    unsigned voters;    /* n */
    unsigned faults;    /* How many of them may lie or be gone: f. */
    unsigned quorum;    /* n - f */
    unsigned reachable; /* Voters, the own seat included. */
    unsigned spare;     /* How many of these may vanish and play goes on. */

    /* Of any kind but OUTLOOK_CLEAR: */
    uint64_t roll;    /* Of OUTLOOK_REVEAL. */
    unsigned of;      /* Seats that are asked; */
    unsigned done;    /* how many did what is asked; */
    unsigned needed;  /* how many have to. */
    uint16_t awaited; /* Bitmap of the seat numbers that did not. */
    msec put_out;     /* Of a key generation: how long until they are put out; MSEC_NEVER: never. */
};

/* Looks at a table; reachable: bitmap of the seat numbers whose nodes can be reached. */
void outlook_look(const struct table *table, uint16_t reachable, msec now, struct outlook *out);

/* When a look at the table may find it waiting though nothing happened; MSEC_NEVER: not so. */
msec outlook_deadline(const struct table *table);

/*
 * What it waits for, how much is there, how much is needed and who could help, in one phrase; empty
 * for OUTLOOK_CLEAR. The state is the one that was looked at.
 */
void outlook_sentence(const struct outlook *outlook, const struct state *state,
                      char out[static OUTLOOK_SENTENCE_SIZE]);

/*
 * In how many of the last rolls (up to 64) that this node saw made while the seat voted its part
 * did not come, or came after the next roll; *of: how many rolls that were.
 */
unsigned outlook_absences(const struct table *table, unsigned seat, unsigned *of);

#endif
