/* SPDX-License-Identifier: MIT */
/*
 * Who watches a simulated table: hears everything that honest seats say and everything that they
 * hold to be final, executes each block once more, trusting nothing, and knows all secrets. It
 * writes down the first breach of an invariant:
 *   S1  two honest seats hold different blocks final at one height, in any life
 *   S2  an honest seat signs two statements that exclude each other, in any life
 *   S3  a final block is invalid, or its state root is wrong, or chips are not conserved
 *   S4  a certificate that an honest seat keeps does not convince a stranger
 *   R1  a roll is not what an oracle computes from secrets of other seats
 *   R2  an honest partial leaves before some honest seat has finalized that CLOSE block
 *   R3  an honest seat gives partials of one roll for two digests, or fewer shares than a quorum's
 *       give the roll away (with R2: liars never have enough of them)
 *   A1  an honest seat holds proof against an honest seat, or the table convicts one
 *   E1  an honest seat speaks in an epoch that has not begun, or that it has no voice in
 *   R4  the audit refuses an honest export, or accepts one with a bit changed
 * Seats change hands from epoch to epoch: what is said is held against persons and their keys.
 * Decisions count once they are durable: before, nobody was shown or told.
 */
#ifndef SIM_REFEREE_H
#define SIM_REFEREE_H

#include "base/types.h"
#include "platform/sim/chance.h"
#include "platform/sim/person.h"
#include "table/state.h"

#define REFEREE_HEIGHTS_MAX    8192
#define REFEREE_STATEMENTS_MAX 131072
#define REFEREE_EPOCHS_MAX     128
#define REFEREE_SENTENCE_SIZE  256
#define REFEREE_CELLS          36 /* Throws of two dice. */

struct referee;

/* What one person is watched with, beside what it says. */
struct referee_final {
    uint64_t height;
    uint64_t epoch;
    uint64_t view;
    size_t size;
    uint8_t *packed; /* A packed Block; on the heap. */
};

/* A table of these seats; the persons stay the caller's, and what is said of them is true. */
struct referee *referee_create(const struct seating *seating, struct bytes packed,
                               const struct person *persons, unsigned count);
void referee_destroy(struct referee *referee);

/* That person's disk lied: what it signs from now on is not held against its honesty. */
void referee_excuse(struct referee *referee, unsigned person);

/* The first breach; NULL while there is none. */
const char *referee_breach(const struct referee *referee);
__attribute__((format(printf, 2, 3))) void referee_break(struct referee *referee,
                                                         const char *format, ...);

/* A message leaves an honest node; a record of its own became durable. */
void referee_hears(struct referee *referee, unsigned person, struct bytes message);
void referee_reads(struct referee *referee, unsigned person, struct bytes record);

/* A block is final and durable at an honest node. */
void referee_finalized(struct referee *referee, unsigned person, const struct referee_final *final);

/* The packed final block of a height; nothing above referee_height. */
struct bytes referee_block(const struct referee *referee, uint64_t height);
uint64_t referee_height(const struct referee *referee);

/* The state after the last final block. */
const struct state *referee_state(const struct referee *referee);

/* Who has that seat number now; PERSONS_MAX: nobody. And the seat of a person; SEAT_NONE: none. */
unsigned referee_person(const struct referee *referee, unsigned seat);
unsigned referee_seat(const struct referee *referee, unsigned person);

/* How often each throw fell: (first - 1) * 6 + second - 1. */
const uint64_t *referee_throws(const struct referee *referee);

/* Who is told what happens at the table; NULL: nobody. */
void referee_watch(struct referee *referee,
                   void (*event)(void *context, const struct table_event *event), void *context);

/* How an epoch ended, for the export. */
struct referee_ending {
    uint64_t height;
    struct bytes packed;
};

/*
 * R4, at the end: an export up to that height passes the audit, and with any of `mutations` single
 * bits changed it does not. certificate: of its last block; empty when that ended an epoch.
 */
void referee_audit(struct referee *referee, uint64_t height, struct bytes certificate,
                   const struct referee_ending *endings, size_t endings_count,
                   struct chance *chance, unsigned mutations);

#endif
