/* SPDX-License-Identifier: MIT */
/*
 * The mesh as one node sees it: neighbours, what was seen, what goes on to whom.
 *
 * Packets flood: each is passed once to every neighbour but the one it came from, and dies at the
 * second sight of it, by hop limit or by age. (Announcements, whose hops are few, go on again where
 * a shorter way was the slower one.) Objects too large for a packet travel as pieces. What
 * is delivered is what strangers wrote: only a DISCOVER or a packet said to be authentic is known
 * to be from its source, all else its reader must judge by the signatures inside. Nothing is
 * acknowledged or repeated here; whoever publishes again publishes a new packet.
 *
 * What is passed on for tables that this node does not sit at, a judge looks at before: what it can
 * check goes on if it holds, whatever its origin, pieces of it when it is whole; what it cannot, of
 * a table whose keys it knows, has the limits of any flood; of any other table, a tenth of them. A
 * statement that does not hold is held against the neighbour only under the neighbour's own short
 * id: any other may have come from further away, through relays that cannot tell.
 *
 * Pure. Called by the mesh thread: mesh_receive for each PKT record of an authenticated link,
 * mesh_link_up and mesh_link_down as links come and go, mesh_expire at mesh_deadline. Two links to
 * one peer are two neighbours; both get everything, and the second sight dies.
 *
 * Effects, in order, all with target = index of a neighbour:
 *     MESH_EFFECT_SEND   bytes: one packet for a PKT record, class at their start (mesh_class_of).
 *                        The sends of one packet share their bytes: do not write to them.
 *     MESH_EFFECT_CLOSE  no bytes: close that link (it misbehaved), then call mesh_link_down.
 */
#ifndef MESH_MESH_H
#define MESH_MESH_H

#include "base/limits.h"
#include "base/outbox.h"
#include "base/types.h"
#include "mesh/book.h"
#include "mesh/bucket.h"
#include "mesh/hold.h"
#include "mesh/packet.h"
#include "mesh/piece.h"
#include "mesh/score.h"
#include "mesh/seen.h"

/*
 * An outbox with this much room never drops an effect of one call: the largest object to all
 * neighbours.
 */
#define MESH_OUTBOX_EFFECTS ((PIECES_MAX + 1) * NEIGHBOURS_MAX)
#define MESH_OUTBOX_ARENA   (PIECES_MAX * PACKET_SIZE_MAX)

/*
 * How much one link may bring. Packets for scopes we joined, for ourselves, and second sights have
 * the first limit: 16 seats that each send their largest block at once stay within its burst. What
 * is relayed for others has the second, of which each origin may take the third.
 */
#define MESH_OWN_PER_SEC            2000
#define MESH_OWN_BURST              4000
#define MESH_OBJECTS_PER_SEC        100 /* Of the first, those that begin a large object. */
#define MESH_OBJECTS_BURST          200
#define MESH_FOREIGN_PER_SEC        50
#define MESH_FOREIGN_BURST          100
#define MESH_FOREIGN_ORIGIN_PER_SEC 10
#define MESH_FOREIGN_ORIGIN_BURST   40
#define MESH_FOREIGN_BYTES_PER_SEC  65536

/* Of tables whose keys are not known, one part in so many of that; its burst is ten seconds. */
#define MESH_UNKNOWN_PART  10
#define MESH_UNKNOWN_BURST MESH_FOREIGN_PER_SEC

/* For each packet of the second limit, so many signatures a second are checked, and bytes of what
 * holds passed on. */
#define MESH_CHECKS_SHARE 20
#define MESH_CHECKS_BYTES (4 * MESH_FOREIGN_BYTES_PER_SEC)

/* What one link may bring of KEYS: packets, and lists of keys. */
#define MESH_KEYS_PER_SEC       20
#define MESH_KEYS_BURST         400
#define MESH_KEYS_LISTS_PER_SEC 4
#define MESH_KEYS_LISTS_BURST   64

/* What a link is given of them, our own included: one part in so many of what it drains, measured
 * over so long. Where that is not known, as on a LAN, all. */
#define MESH_KEYS_PART      50
#define MESH_KEYS_PART_MSEC 60000

/*
 * DISCOVER: a node announces once in 30 s after a burst. Others allow an origin twice that, as what
 * was sent evenly comes unevenly, and a node that was restarted has its burst anew. Per link ten a
 * minute after a burst.
 */
#define MESH_DISCOVER_MSEC       30000
#define MESH_DISCOVER_BURST      4
#define MESH_HEARD_MSEC          15000
#define MESH_HEARD_BURST         8
#define MESH_DISCOVER_LINK_MSEC  6000
#define MESH_DISCOVER_LINK_BURST 32
#define MESH_DISCOVER_HOPS       4

/* What a DISCOVER carries at most: its body starts with the key. */
#define MESH_DISCOVER_SIZE_MAX (PACKET_BODY_MAX - PUBLIC_KEY_SIZE)

/* Announcements that are kept for who links up later, and how many of them of one origin. */
#define MESH_NOTICES        16
#define MESH_NOTICES_ORIGIN 4

/*
 * Who is near whom: a neighbour may say which nodes it has links to that lose nothing (Bluetooth's;
 * short ids in a row, at most NEIGHBOURS_MAX). What such a node sends reaches it without us, so
 * that it need not be passed on. The word is good for so long, and harms nobody but who gave it.
 */
#define MESH_NEAR_MSEC 40000
#define MESH_NEAR_SIZE (NEIGHBOURS_MAX * SHORT_ID_SIZE)

/*
 * Congestion: what is passed on for others takes more than MESH_BUSY_PERCENT of what some link
 * drains, in so many weighings in a row. Each one then takes MESH_HOPS_STEP from the hop limit of
 * what is passed on, down to MESH_HOPS_LEAST, but not of consensus; others' announcements end here.
 * Below MESH_CALM_PERCENT on all links it is over.
 */
#define MESH_WEIGH_MSEC   60000
#define MESH_BUSY_PERCENT 20
#define MESH_CALM_PERCENT 12
#define MESH_BUSY_TIMES   3
#define MESH_HOPS_STEP    4
#define MESH_HOPS_LEAST   8

/* (origin, link) pairs whose rates are kept, and origins of DISCOVERs. */
#define MESH_ORIGINS 128

enum mesh_effect { MESH_EFFECT_SEND, MESH_EFFECT_CLOSE };

/* What became of a received packet. All but the first three are drops. */
enum mesh_verdict {
    MESH_DELIVERED, /* For us; perhaps forwarded too. */
    MESH_COLLECTED, /* A piece of something for us that is not complete yet; perhaps forwarded. */
    MESH_FORWARDED, /* Not for us, passed on. */
    MESH_DROP_DUPLICATE, /* Seen before. */
    MESH_DROP_OWN,       /* Claims to be from ourselves. */
    MESH_DROP_NEIGHBOUR, /* From a link that is not up. */
    MESH_DROP_VERSION,   /* Of a packet version we do not know. */
    MESH_DROP_MALFORMED, /* Not a packet, or not a piece. */
    MESH_DROP_SIGNATURE, /* Not signed by the key that is known of its source. */
    MESH_DROP_KEY,       /* A DISCOVER whose key is not its source's, or contradicts a known one. */
    MESH_DROP_TYPE,      /* For us, of a type we do not know. */
    MESH_DROP_AGE,       /* Too old for its class. */
    MESH_DROP_HOPS,      /* Not for us, and its hop limit ends here. */
    MESH_DROP_ROUTE, /* UNICAST, no neighbour is its destination, and flooding was not asked for. */
    MESH_DROP_RATE_LINK,     /* The link brings too much of anything. */
    MESH_DROP_RATE_FOREIGN,  /* The link brings too much for scopes we did not join. */
    MESH_DROP_RATE_ORIGIN,   /* One origin brings too much through this link. */
    MESH_DROP_RATE_DISCOVER, /* Too many DISCOVERs, of an origin or through the link. */
    MESH_DROP_RATE_CHECKS,   /* The link brings more to check for others than there is time for. */
    MESH_DROP_RATE_KEYS,     /* The link brings too many lists of keys. */
    MESH_DROP_STATEMENT, /* Not what the seat said that it is of, or a list of keys that lies. */
    MESH_DROP_DIGEST,    /* The last piece, and the whole does not have the digest. */
    MESH_DROP_PIECE,     /* A piece that contradicts the first one of its object. */
    MESH_VERDICTS
};

/* What a packet brought us. */
enum mesh_delivery_kind {
    MESH_DELIVERY_NONE,
    MESH_DELIVERY_SCOPE,
    MESH_DELIVERY_UNICAST,
    MESH_DELIVERY_DISCOVER
};

struct mesh_delivery {
    enum mesh_delivery_kind kind;
    enum mesh_class class;
    bool authentic; /* The source's signature covers it and its key is known; always of DISCOVER. */
    uint8_t flags;  /* Of the packet, or of the last piece: enum packet_flag. */
    struct short_id source;
    struct scope_id scope; /* Of SCOPE. */
    struct public_key key; /* Of DISCOVER: the source's identity key. */
    struct bytes object;   /* In the packet, or in struct mesh when it came in pieces. */
};

/* What is known of the table that a packet is of. */
enum mesh_standing {
    MESH_STANDING_UNKNOWN, /* Nothing. */
    MESH_STANDING_KNOWN,   /* Its keys, perhaps; but this packet cannot be checked by them. */
    MESH_STANDING_SIGNED   /* It is a statement of one of its seats, and can be checked. */
};

/* Who knows the keys of tables that this node does not sit at; called within mesh_receive. */
struct mesh_judge {
    void *context;
    /* Looks at a SCOPE or UNICAST packet; of what can be checked, also how many signatures. */
    enum mesh_standing (*look)(void *context, const struct packet *packet, unsigned *signatures);
    /* Checks what look() said can be. */
    bool (*holds)(void *context, const struct packet *packet);
    /* Keys of a scope's seats were announced; false: it is a lie. */
    bool (*keys)(void *context, msec now, uint32_t neighbour, const struct scope_id *scope,
                 struct bytes object);
};

struct mesh_config {
    struct node_id node;   /* Our own. */
    struct public_key key; /* Our identity key. */
    const uint8_t *secret; /* Its secret, 64 bytes as libsodium keeps it; borrowed for good. */
    uint32_t boot;         /* Our boot counter, larger than at any earlier start. */
    uint8_t random[SEEN_KEY_SIZE]; /* Fresh random bytes that nobody else knows. */
    uint32_t foreign_per_sec;      /* Packets a second and link relayed for others; 0: none. */
    struct mesh_judge judge;       /* Zero: no table's keys are known. */
};

struct mesh_neighbour {
    bool up;
    struct node_id node;
    struct short_id id;
    struct bucket own;
    struct bucket objects;
    struct bucket foreign;
    struct bucket foreign_bytes;
    struct bucket unknown;
    struct bucket checks;
    struct bucket checks_bytes;
    struct bucket keys;
    struct bucket keys_lists;
    struct bucket discover;
    uint64_t packets; /* Received, ever since the link is up. */
    uint64_t first;   /* Of those, taken at first sight, */
    uint64_t forged;  /* and statements for others that did not hold. */
    uint64_t passed;  /* Bytes sent to it for others since the last weighing. */
    int64_t rate;     /* Bytes a second that its link drains, as of that weighing; 0: not known. */
    msec keys_after;  /* Lists of keys have had their part of it until then. */
    struct short_id near[NEIGHBOURS_MAX];
    size_t near_count;
    msec near_until;
};

/* Rates of one origin through one link, or of one origin's DISCOVERs (neighbour TARGET_ALL). */
struct mesh_origin {
    struct short_id source;
    uint32_t neighbour;
    msec used; /* When it was last asked for. */
    struct bucket bucket;
};

/* An announcement as it came, ours or another's. */
struct mesh_notice {
    msec at;
    struct short_id source;
    size_t size; /* 0: none. */
    uint8_t packet[PACKET_SIZE_MAX];
};

/* About 1.8 MB: most of it pieces. Do not put one on a stack. */
struct mesh {
    struct mesh_config config;
    struct short_id id;
    uint32_t sequence;
    struct bucket discover; /* Of our own announcements. */
    struct mesh_neighbour neighbours[NEIGHBOURS_MAX];
    struct scope_id scopes[SCOPES_MAX];
    size_t scopes_count;
    struct mesh_origin origins[MESH_ORIGINS];
    size_t origins_count;
    struct mesh_notice notices[MESH_NOTICES];
    struct seen seen;
    struct book book;
    struct scores scores;
    struct pieces pieces;
    struct hold hold;
    unsigned busy;                    /* Weighings in a row that found too much. */
    uint8_t hops_max;                 /* HOP_LIMIT_MAX, or less under congestion. */
    uint64_t verdicts[MESH_VERDICTS]; /* How often each was given. */
    uint64_t sent;                    /* Packets, each neighbour counted, */
    uint64_t spared;                  /* and those that were not passed on to who is near. */
};

/* Starts without neighbours and scopes. Copies config but for the secret. */
void mesh_init(struct mesh *m, const struct mesh_config *config);

/*
 * A link to an authenticated peer is up; its index is the link layer's and free for reuse after
 * mesh_link_down. False: close it, the peer is banned, has too bad a score, is ourselves, or its
 * short id is known with another key.
 */
bool mesh_link_up(struct mesh *m, msec now, uint32_t neighbour, const struct node_id *node,
                  const struct public_key *key);

/*
 * Tells a neighbour whose link just came up what was announced while announcements live (by their
 * class), so that it need not wait for the next ones.
 */
void mesh_retell(struct mesh *m, msec now, uint32_t neighbour, struct outbox *out);

/* The link is gone. Of a link that is not up: nothing. */
void mesh_link_down(struct mesh *m, uint32_t neighbour);

/* Takes a neighbour's word of who is near it; what is none counts as nobody. */
void mesh_near(struct mesh *m, msec now, uint32_t neighbour, struct bytes word);

/* Writes our own word, of the neighbours that are bits of a set; returns its size. */
size_t mesh_near_word(const struct mesh *m, uint32_t set, uint8_t word[static MESH_NEAR_SIZE]);

/*
 * Weighs what was passed on for others in the last `span` milliseconds against what links drain, in
 * bytes a second, 0 where it is not known, and keeps that for MESH_KEYS_PART. To be called every
 * MESH_WEIGH_MSEC.
 */
void mesh_weigh(struct mesh *m, msec span, const int64_t rates[static NEIGHBOURS_MAX]);

/* Takes part in a scope; twice is once. False when there are SCOPES_MAX already. */
bool mesh_join(struct mesh *m, const struct scope_id *scope);

/* Takes part no more. Of a scope never joined: nothing. */
void mesh_leave(struct mesh *m, const struct scope_id *scope);

/* Whether we take part in a scope. */
bool mesh_joined(const struct mesh *m, const struct scope_id *scope);

/*
 * Sends an object of 1 to MESSAGE_SIZE_MAX bytes to everyone in scope, which need not be joined;
 * not to ourselves. flags: PACKET_SIGNED, _ENCRYPTED or _DURABLE. Returns how many neighbours it
 * went to.
 */
size_t mesh_publish(struct mesh *m, msec now, const struct scope_id *scope, enum mesh_class class,
                    struct bytes object, uint8_t flags, struct outbox *out);

/*
 * Sends an object of 1 to MESSAGE_SIZE_MAX bytes to one node: over the links to it if there are
 * any, else by flooding if flags has PACKET_FLOOD_FALLBACK; further flags as above. Returns how
 * many neighbours it went to; 0 if the destination is ourselves, as a stranger's message may
 * suggest.
 */
size_t mesh_unicast(struct mesh *m, msec now, const struct short_id *destination,
                    enum mesh_class class, struct bytes object, uint8_t flags, struct outbox *out);

/*
 * Announces an object of 1 to MESH_DISCOVER_SIZE_MAX bytes, signed, to everyone within
 * MESH_DISCOVER_HOPS. False when it was announced too often: the others would drop it.
 */
bool mesh_discover(struct mesh *m, msec now, struct bytes object, struct outbox *out);

/*
 * Tells everyone who may pass on a table's messages whose keys sign there: an object of 1 to
 * MESSAGE_SIZE_MAX bytes that their judges understand.
 */
void mesh_announce_keys(struct mesh *m, msec now, const struct scope_id *scope, struct bytes object,
                        struct outbox *out);

/*
 * Takes one packet that a neighbour sent: the body of its PKT record.
 * *delivery says what it brought us; its object dies with packet or with the next call.
 */
enum mesh_verdict mesh_receive(struct mesh *m, msec now, uint32_t neighbour, struct bytes packet,
                               struct mesh_delivery *delivery, struct outbox *out);

/* Forgets what has waited too long. Nothing comes of it, so there is no outbox. */
void mesh_expire(struct mesh *m, msec now);

/* When mesh_expire next has something to do; MSEC_NEVER if nothing waits. */
msec mesh_deadline(const struct mesh *m);

/* The class of an encoded packet, for the queue of its link. */
enum mesh_class mesh_class_of(struct bytes packet);

/* How long the packet may still wait before nobody wants it: 0 at the least, MSEC_NEVER if it is
 * DURABLE. */
msec mesh_life_left(struct bytes packet);

/* Whether a peer would be refused by mesh_link_up: do not dial it. */
bool mesh_refuses(const struct mesh *m, msec now, const struct node_id *node);

/* The peer's score, -100 to 100. */
int mesh_score(const struct mesh *m, msec now, const struct node_id *node);

/* A phrase for a verdict, for counters and traces; static memory. */
const char *mesh_verdict_text(enum mesh_verdict verdict);

#endif
