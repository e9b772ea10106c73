/* SPDX-License-Identifier: MIT */
/*
 * A table before its seat list is closed: the host offers it and collects requests for seats; a
 * guest repeats its request until the Seating arrives. Pure; called by the worker that owns the
 * table, before and after there is a struct table for it.
 *
 * At a table by approval requests wait until the host approves of them: for the first list its word
 * is enough. Later a quorum of the seats is asked.
 *
 * The host offers the table also when play goes on. When it falls silent the seat that comes first
 * does so in its place, with the host's signature from an offer that it heard.
 *
 * Timers: the host's Announce, LOBBY_ANNOUNCE_QUICK times every LOBBY_ANNOUNCE_MSEC, then every
 * LOBBY_ANNOUNCE_SLOW_MSEC, which is as often as the mesh lets one node announce; another seat's
 * LOBBY_SILENT_MSEC, and LOBBY_TURN_MSEC for each seat before it, after the last that it heard; a
 * guest's Sit every LOBBY_SIT_MSEC; whoever is seated answers a late Sit with the Seating, at most
 * once every LOBBY_SIT_MSEC.
 */
#ifndef TABLE_LOBBY_H
#define TABLE_LOBBY_H

#include "base/outbox.h"
#include "table/seating.h"

#define LOBBY_ANNOUNCE_MSEC      2000
#define LOBBY_ANNOUNCE_QUICK     3
#define LOBBY_ANNOUNCE_SLOW_MSEC 31000
#define LOBBY_SILENT_MSEC        65000 /* Two slow announcements of the host are lost. */
#define LOBBY_TURN_MSEC          5000
#define LOBBY_SIT_MSEC           500
#define LOBBY_ASKING_MSEC        5000 /* Without a word: he asks no more. */

enum lobby_effect {
    LOBBY_EFFECT_RECORD =
        1,                 /* Packed Message (a Seating), durable before the sends of this pass. */
    LOBBY_EFFECT_SEND = 2, /* Packed Message to the table's scope. */
    LOBBY_EFFECT_DISCOVER = 4, /* Packed Message to everyone near. */
};

struct sit_request {
    uint8_t packed[SIT_SIZE_MAX];
    size_t size;
    struct seat seat;
};

struct lobby {
    struct genesis genesis;
    uint8_t genesis_packed[GENESIS_SIZE_MAX];
    size_t genesis_size;
    bool host;
    uint8_t host_secret[64]; /* The identity's Ed25519 secret; used by the host only. */
    struct sit_request own;
    struct sit_request requests[SEATS_MAX]; /* The host's list, its own seat first. */
    unsigned count;
    struct sit_request asking[SEATS_MAX]; /* Who waits for the host's approval. */
    msec asking_heard[SEATS_MAX];         /* When last; 0: nobody. */
    unsigned voices; /* Seats that vote at the running table, as its owner says, */
    unsigned turn;   /* and how many come before this one; SEATS_MAX: it does not vote. */
    uint8_t warrant[SIGNATURE_SIZE]; /* Of the host's. */
    bool warranted;
    uint8_t seating_packed[SEATING_SIZE_MAX]; /* Packed Seating; size 0 until closed. */
    size_t seating_size;
    struct seating seating;
    msec announce_at;
    unsigned announced; /* How often so far. */
    msec sit_at;
};

/* Opens a lobby for a checked genesis with the own packed and checked Sit. secret: see above. */
enum seating_verdict lobby_init(struct lobby *lobby, struct bytes genesis, struct bytes sit,
                                const uint8_t identity_secret[static 64], msec now);

/* True once the list is closed; lobby->seating is then filled. */
bool lobby_seated(const struct lobby *lobby);

/* A Sit or Seating message of this table; false when it is not authentic. */
bool lobby_receive(struct lobby *lobby, msec now, const Bitcraps__Message *message,
                   struct outbox *out);

/* Who waits for the host's approval now, by an index below SEATS_MAX; NULL: nobody there. */
const struct seat *lobby_asking(const struct lobby *lobby, unsigned index, msec now);

/* The host seats somebody who asks; false: nobody of that identity does, or there is no chair. */
bool lobby_approve(struct lobby *lobby, msec now, const struct public_key *identity,
                   struct outbox *out);

/* A durable Seating of an earlier life. */
enum seating_verdict lobby_restore(struct lobby *lobby, const Bitcraps__Message *message);

/*
 * Whether the closed list has the very Sit that is the own one here, or none of this identity. Each
 * Sit has randomness of its own: another one is of a life that this lobby knows nothing of.
 */
bool lobby_remembers(const struct lobby *lobby);

/* An offer of this very table was heard, and its warrant holds. */
void lobby_offered(struct lobby *lobby, msec now, const Bitcraps__Announce *offer);

/* The host joins by an offer of others: it lost what it knew, and asks as a guest. */
void lobby_returns(struct lobby *lobby, msec now);

/* The running table: so many seats vote, of which so many come before the own one. */
void lobby_plays(struct lobby *lobby, msec now, unsigned voices, unsigned turn);

/* Somebody new is near: the host's next Announce is due now. */
void lobby_greet(struct lobby *lobby, msec now);

void lobby_expire(struct lobby *lobby, msec now, struct outbox *out);
msec lobby_deadline(const struct lobby *lobby);

#endif
