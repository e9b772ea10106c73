/* SPDX-License-Identifier: MIT */
/*
 * How a table comes to be: the host's Genesis, the Sit of every seat, and the Seating that closes
 * the list. Verified here once; what everybody then agrees on is a struct seating. Pure; called by
 * table/, audit/ and node/ on any thread.
 *
 * Ids and signatures (all hashes BLAKE2b-256, text without a trailing zero):
 *   table id     hash("bitcraps:table:v1" || packed Genesis)
 *   sit          Ed25519 of identity and of consensus key over
 *                "bitcraps:sit:v1" || table id || packed Sit without both signatures
 *   invitation   Ed25519 of the key that the table's secret gives (table/admission.h) over
 *                "bitcraps:invited:v1" || table id || packed Sit without all three signatures: so
 *                it is good for that identity, consensus key and epoch alone
 *   dice proof   seat proof of dice/keygen.h bound to table id || identity key
 *   instance id  hash("bitcraps:instance:v1" || packed Seating without its signature)
 *   seating      Ed25519 of the host's identity over "bitcraps:seating:v1" || instance id
 *
 * A node's keys for a table come from its identity seed, so that they need no file of their own:
 *   hash keyed with the seed over ("bitcraps:consensus-key:v1" || table id) is the Ed25519 seed,
 *   "bitcraps:dice-key:v1" that of the dice key, "bitcraps:deal:v1" that of the deal. Who sits down
 * at a running table has keys of his own for that: the epoch in which he asks, 8 bytes, follows the
 * table id. So a seat that lost its memory comes back with keys that never signed anything.
 */
#ifndef TABLE_SEATING_H
#define TABLE_SEATING_H

#include "base/limits.h"
#include "base/types.h"
#include "craps/card.h"
#include "craps/rules.h"
#include "dice/keygen.h"
#include "proto/table.pb-c.h"
#include "table/admission.h"

#define SEATING_SIZE_MAX 16384 /* A packed Seating. */
#define GENESIS_SIZE_MAX 2048
#define SIT_SIZE_MAX     512
#define TABLE_CHIPS_MAX  INT64_C(1000000000000000) /* Of any sum in a genesis. */

/* A genesis in plain form. */
struct genesis {
    struct digest id; /* The table id. */
    struct public_key host;
    uint8_t nonce[16];
    char name[NAME_SIZE_MAX + 1];
    unsigned seats;     /* That play starts with. */
    unsigned most;      /* At once, later: more than seats; 0: no more than these. */
    unsigned witnesses; /* Places beyond all these that only witnesses can take. */
    chips buy_in;
    chips bank;
    msec window;
    bool host_bank;
    enum admission admission;
    struct public_key invitation; /* Of a table by invitation; else zero. */
    struct craps_rules rules;
};

struct seat {
    struct public_key identity;
    struct node_id node;
    struct public_key consensus_key;
    struct element dice_key;
    char name[NAME_SIZE_MAX + 1];
    bool witness;
    uint64_t epoch; /* In which it asked for the next; 0: it is of the closed list. */
    bool invited;   /* Its Sit has an invitation, which holds if the Sit was checked. */
};

/* A closed seat list: what a table begins with. Who sits later is in its state. */
struct seating {
    struct genesis genesis;
    struct craps_card card; /* Made from the genesis' rules. */
    struct digest instance;
    unsigned count;  /* n */
    unsigned faults; /* f = floor((n-1)/3) */
    unsigned quorum; /* q = t = n - f */
    unsigned host;   /* The host's seat. */
    struct seat seats[SEATS_MAX];
};

/* A node's secrets for one table. */
struct seat_secrets {
    uint8_t signing[64]; /* Ed25519, libsodium's form. */
    struct public_key consensus_key;
    struct scalar dice;
    struct element dice_key;
    uint8_t deal_seed[KEYGEN_SEED_SIZE];
    uint64_t epoch;               /* As in struct seat. */
    struct invitation invitation; /* Unknown once derived; set to be shown in a Sit. */
};

enum seating_verdict {
    SEATING_OK,
    SEATING_MALFORMED,
    SEATING_VERSION,
    SEATING_RULES, /* The rules or sums are out of range. */
    SEATING_NAME,  /* Empty, or with control characters. */
    SEATING_KEY,   /* A key is invalid or stands twice. */
    SEATING_SIGNATURE,
    SEATING_COUNT, /* Not as many seats as the genesis says, or the host has none, or no player. */
    SEATING_INVITATION, /* An invitation is wrong, or missing where it is needed. */
};

/* A sentence for a verdict; static memory. */
const char *seating_verdict_text(enum seating_verdict verdict);

/* Packs a genesis; its id is filled in. Returns the size, 0 when it is out of range. */
size_t genesis_pack(struct genesis *genesis, uint8_t out[static GENESIS_SIZE_MAX]);

/* The table id of a packed genesis, checked or not. */
void genesis_id(struct bytes packed, struct digest *out);

/* Reads and checks a packed genesis. */
enum seating_verdict genesis_unpack(struct bytes packed, struct genesis *out);

/* Derives a node's secrets for a table from its identity seed: those of the closed list. */
void seat_secrets_derive(const uint8_t identity_seed[static 32], const struct digest *table,
                         struct seat_secrets *out);

/* Those with which it asks for a seat in the log of an epoch; 0: the same as above. */
void seat_secrets_derive_late(const uint8_t identity_seed[static 32], const struct digest *table,
                              uint64_t epoch, struct seat_secrets *out);

/* Packs a signed Sit; random: 32 fresh bytes. Returns the size. */
size_t sit_pack(const struct digest *table, const struct seat_secrets *secrets,
                const uint8_t identity_secret[static 64], const struct public_key *identity,
                const char *name, bool witness, const uint8_t random[static 32],
                uint8_t out[static SIT_SIZE_MAX]);

/*
 * Reads and checks a packed Sit for a table: signatures, and the invitation if it has one. Whether
 * it needs one is for the caller: sit_welcome, or state_may_sit.
 */
enum seating_verdict sit_unpack(const struct genesis *genesis, struct bytes packed,
                                struct seat *out);

/* Whether a checked Sit may be on the closed list. Whom the host puts there needs no approval. */
bool sit_welcome(const struct genesis *genesis, const struct seat *seat);

/* Reads a packed Sit that was checked before: neither signatures nor proof are looked at. */
enum seating_verdict sit_read(struct bytes packed, struct seat *out);

/* True when two seats have a key in common: no seat list takes both. */
bool seats_share_key(const struct seat *a, const struct seat *b);

/* The host's word that this table is its own, by which every seat can offer it. */
void offer_sign(const struct digest *table, const uint8_t host_secret[static 64],
                uint8_t warrant[static SIGNATURE_SIZE]);
bool offer_warranted(const struct digest *table, const struct public_key *host,
                     struct bytes warrant);

/* Packs a signed Seating. Returns the size, 0 when it does not fit. */
size_t seating_pack(struct bytes genesis, const struct bytes *sits, size_t count,
                    const uint8_t host_secret[static 64], uint8_t out[static SEATING_SIZE_MAX]);

/* Checks a decoded Seating and everything in it. */
enum seating_verdict seating_open(const Bitcraps__Seating *message, struct seating *out);

#endif
