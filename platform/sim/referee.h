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
 *   R4  the audit refuses an honest export, or accepts one with a bit changed
 * Decisions count once they are durable: before, nobody was shown or told.
 */
#ifndef SIM_REFEREE_H
#define SIM_REFEREE_H

#include "base/types.h"
#include "platform/sim/chance.h"
#include "table/state.h"

#define REFEREE_HEIGHTS_MAX    8192
#define REFEREE_STATEMENTS_MAX 131072
#define REFEREE_SENTENCE_SIZE  256
#define REFEREE_CELLS          36 /* Throws of two dice. */

struct referee;

/* What one seat is watched with, beside what it says. */
struct referee_final {
    uint64_t height;
    uint64_t view;
    size_t size;
    uint8_t *packed; /* A packed Block; on the heap. */
};

/* A table of these seats; what is said of them is true. secrets: of every seat. */
struct referee *referee_create(const struct seating *seating, struct bytes packed,
                               const struct seat_secrets *secrets, uint16_t liars);
void referee_destroy(struct referee *referee);

/* That seat's disk lied to it: what it signs from now on is not held against its honesty. */
void referee_excuse(struct referee *referee, unsigned seat);

/* The first breach; NULL while there is none. */
const char *referee_breach(const struct referee *referee);
__attribute__((format(printf, 2, 3))) void referee_break(struct referee *referee,
                                                         const char *format, ...);

/* A message leaves an honest seat; a record of its own became durable. */
void referee_hears(struct referee *referee, unsigned seat, struct bytes message);
void referee_reads(struct referee *referee, unsigned seat, struct bytes record);

/* A block is final and durable at an honest seat. */
void referee_finalized(struct referee *referee, unsigned seat, const struct referee_final *final);

/* The packed final block of a height; nothing above referee_height. */
struct bytes referee_block(const struct referee *referee, uint64_t height);
uint64_t referee_height(const struct referee *referee);

/* The state after the last final block. */
const struct state *referee_state(const struct referee *referee);

/* How often each throw fell: (first - 1) * 6 + second - 1. */
const uint64_t *referee_throws(const struct referee *referee);

/* Who is told what happens at the table; NULL: nobody. */
void referee_watch(struct referee *referee,
                   void (*event)(void *context, const struct table_event *event), void *context);

/*
 * R4, at the end: an export up to that certificate's block passes the audit, and with any of
 * `mutations` single bits changed it does not.
 */
void referee_audit(struct referee *referee, uint64_t height, struct bytes certificate,
                   struct chance *chance, unsigned mutations);

#endif
