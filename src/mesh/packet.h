/* SPDX-License-Identifier: MIT */
/*
 * The packet that relays pass on: a fixed header outside protobuf, a body, perhaps a signature.
 *
 *     0                   1                   2                   3
 *     |version| class |     type      |     flags     |   hop limit   |
 *     |              age              |          body length          |
 *     |                        source short id (8)                    |
 *     |           destination short id (8), or scope id (8)           |
 *     |                     boot counter of the source                |
 *     |                       sequence within the boot                |
 *     |                body ... at most PACKET_BODY_MAX               |
 *     |            Ed25519 signature (64), if flag SIGNED             |
 *
 * Integers are big-endian. Hop limit and age change on the way and are signed by nobody: they are
 * hints, nothing trusts them. All else is immutable, and what is signed are the received bytes.
 * Pure; called by mesh.c, and by whoever queues packets and owes them their age.
 */
#ifndef MESH_PACKET_H
#define MESH_PACKET_H

#include "base/limits.h"
#include "base/types.h"

#define PACKET_VERSION        1
#define PACKET_HEADER_SIZE    32
#define PACKET_SIZE_MAX       (PACKET_HEADER_SIZE + PACKET_BODY_MAX + SIGNATURE_SIZE)
#define PACKET_AGE_UNIT_MSEC  10
#define PACKET_IMMUTABLE_FROM 6 /* From here on nothing changes on the way. */

#define SHORT_ID_SIZE 8

/* The first bytes of a node id: for headers, never for decisions. */
struct short_id {
    uint8_t bytes[SHORT_ID_SIZE];
};

/* Which table a packet is for: the first 8 bytes of the table's id. */
struct scope_id {
    uint8_t bytes[SHORT_ID_SIZE];
};

/* What goes first where there is not room for all. */
enum mesh_class {
    MESH_CLASS_CONTROL = 0,
    MESH_CLASS_CONSENSUS = 1,
    MESH_CLASS_INTERACTIVE = 2,
    MESH_CLASS_BULK = 3,
    MESH_CLASSES
};

/* Relays forward every type; from PACKET_MUST_UNDERSTAND on the destination drops unknown ones. */
enum packet_type {
    PACKET_UNICAST = 1,  /* To one node. */
    PACKET_SCOPE = 2,    /* To everyone at a table. */
    PACKET_DISCOVER = 3, /* To everyone near; signed, the body starts with the source's key. */
    PACKET_RECEIPT = 4,  /* Reserved: carried as UNICAST is, not delivered. */
    PACKET_KEYS = 5      /* To everyone who passes on a table's messages: whose keys sign there. */
};
#define PACKET_MUST_UNDERSTAND 0x80

enum packet_flag {
    PACKET_SIGNED = 1,         /* The source's Ed25519 signature follows the body. */
    PACKET_ENCRYPTED = 2,      /* The body means nothing to relays. */
    PACKET_WANT_RECEIPT = 4,   /* Reserved: carried, not acted on. */
    PACKET_FLOOD_FALLBACK = 8, /* Flood a UNICAST that no neighbour is the destination of. */
    PACKET_DURABLE = 16,       /* Does not die of age. */
    PACKET_RETRY = 32,         /* Reserved: carried, not acted on. */
    PACKET_PIECE = 64          /* The body is a slice of a larger object, see piece.h. */
};

/* A packet, decoded; views point into the bytes it was decoded from. */
struct packet {
    uint8_t class;     /* An enum mesh_class. */
    uint8_t type;      /* Not only an enum packet_type: relays forward any. */
    uint8_t flags;     /* Of enum packet_flag; unknown bits are carried. */
    uint8_t hop_limit; /* 1 to HOP_LIMIT_MAX. */
    uint16_t age;      /* In PACKET_AGE_UNIT_MSEC. */
    struct short_id source;
    uint8_t destination[SHORT_ID_SIZE]; /* A short id or a scope id, as the type says. */
    uint32_t boot;
    uint32_t sequence;
    struct bytes body;
    const uint8_t *signature; /* SIGNATURE_SIZE bytes, or NULL. */
};

/* Why bytes are not a packet. */
enum packet_verdict {
    PACKET_OK,
    PACKET_VERSION_UNKNOWN, /* From a later program: dropped, held against nobody. */
    PACKET_MALFORMED        /* Sizes, class or hop limit that no program of this version sends. */
};

/* Reads a packet that must be exactly these bytes. What *packet is after a refusal is undefined. */
enum packet_verdict packet_decode(struct bytes bytes, struct packet *packet);

/* Size of the packet once encoded, with its signature if flags say so. */
size_t packet_size(const struct packet *packet);

/*
 * Writes header and body, which may already lie where it goes, and leaves room for the signature,
 * which packet_sign fills in; signature is not looked at. Returns the packet's size. Fields out of
 * range are a bug: CHECK.
 */
size_t packet_encode(const struct packet *packet, uint8_t at[static PACKET_SIZE_MAX]);

/*
 * Signs the encoded SIGNED packet in place with an Ed25519 secret key as libsodium keeps it. The
 * signature is over "bitcraps:pkt:v1" || header with hop limit and age zeroed || body.
 */
void packet_sign(uint8_t *at, size_t size, const uint8_t secret[static 64]);

/* Whether the signature of a well-formed SIGNED packet is that of key. */
bool packet_verify(struct bytes bytes, const struct public_key *key);

/* Adds waiting time to an encoded packet in place, up to the largest age; for whoever queues it. */
void packet_add_age(uint8_t *at, msec waited);

/* How long packets of a class are of use, in milliseconds of age. */
msec packet_lifetime(enum mesh_class class);

/* The short id of a node. */
struct short_id short_id_of(const struct node_id *node);

/* The short id of the node whose Ed25519 identity key this is. */
struct short_id short_id_of_key(const struct public_key *key);

bool short_id_equal(const struct short_id *a, const struct short_id *b);

/* The scope of the table with this id. */
struct scope_id scope_id_of(const struct digest *table);

#endif
