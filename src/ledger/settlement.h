/* SPDX-License-Identifier: MIT */
/*
 * Who owes whom when a table closes: the net of each seat, and the fewest transfers the greedy
 * pairing of largest debtor and largest creditor gives (at most one less than the seats concerned).
 * Pure; any thread.
 */
#ifndef LEDGER_SETTLEMENT_H
#define LEDGER_SETTLEMENT_H

#include "ledger/ledger.h"

/* The bank belongs to all players in equal shares. */
#define SETTLEMENT_SHARED SEATS_MAX

/* One less than the seats. */
#define SETTLEMENT_TRANSFERS_MAX (SEATS_MAX - 1)

struct settlement_transfer {
    uint8_t from; /* A seat. */
    uint8_t to;
    chips amount; /* More than zero. */
};

struct settlement {
    chips net[SEATS_MAX]; /* Won, or lost below zero; sums to zero. */
    unsigned count;
    struct settlement_transfer transfers[SETTLEMENT_TRANSFERS_MAX];
};

/*
 * Settles. Each of players (bit = seat, at least one) gets its chips, on the rail and on the table,
 * less what it bought; the bank's gain or loss over its funding goes to owner (a seat of players)
 * or, with SETTLEMENT_SHARED, to all in equal shares, what cannot be divided to the first seats.
 * Seats outside players must hold and owe nothing: false otherwise, and for books with a fault.
 */
bool settlement_make(const struct ledger *ledger, uint16_t players, unsigned owner,
                     struct settlement *settlement);

#endif
