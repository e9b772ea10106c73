/* SPDX-License-Identifier: MIT */
/*
 * Who votes in an epoch. A seat number (0 to 15) belongs to somebody for as long as he has anything
 * to do with the table: bets, chips, actions and events name it. Consensus, shares and the key
 * generation number the voters of one epoch densely: a position is a seat's rank in the roster.
 * Pure; part of the replicated state.
 *
 * list hash = BLAKE2b-256("bitcraps:list:v2" || for each position: seat number 1 || consensus key
 * || dice key)
 */
#ifndef TABLE_ROSTER_H
#define TABLE_ROSTER_H

#include "table/seating.h"

#define SEAT_NONE SEATS_MAX /* No seat number, or no position. */

#define ROSTER_SEAT_SIZE (1 + PUBLIC_KEY_SIZE + ELEMENT_SIZE)
#define ROSTER_SIZE_MAX  (SEATS_MAX * ROSTER_SEAT_SIZE)

struct roster {
    uint64_t epoch;
    uint16_t set;             /* Bitmap of seat numbers; 0: no roster. */
    unsigned count;           /* n */
    unsigned faults;          /* f = floor((n-1)/3) */
    unsigned quorum;          /* q = t = n - f */
    uint64_t leader_offset;   /* Leader of view v is position (v + this) mod n. */
    uint8_t seats[SEATS_MAX]; /* The seat number of each position, ascending. */
    struct digest list;
};

/* The roster of the seats in a set that is not empty. */
void roster_make(struct roster *roster, uint64_t epoch, uint16_t set,
                 const struct seat seats[static SEATS_MAX], const struct digest *instance);

/* Writes number and keys of each position, as the list hash has them; returns the size. */
size_t roster_pack(const struct roster *roster, const struct seat seats[static SEATS_MAX],
                   uint8_t out[static ROSTER_SIZE_MAX]);

/*
 * Makes the roster that was packed so, of numbers in ascending order, and the keys of its seats in
 * a cleared array by number; all else of them is zero. False when it is none.
 */
bool roster_unpack(struct bytes packed, uint64_t epoch, const struct digest *instance,
                   struct roster *roster, struct seat seats[static SEATS_MAX]);

/* A seat number's position, SEAT_NONE when it has none. */
unsigned roster_position(const struct roster *roster, unsigned seat);

#endif
