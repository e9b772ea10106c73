/* SPDX-License-Identifier: MIT */
/*
 * All links of one node over datagrams: handshakes, sessions, keep-alive, redialling. Turns
 * datagrams from anywhere into records from known peers, and records into datagrams.
 *
 * Not a transport: a lost frame stays lost, frames may overtake one another, and nothing is sent
 * again but handshakes; whoever needs a record asks for it again (consensus pulls). No I/O, no
 * clock, no randomness but a generator seeded by the shell. Called by the mesh thread, which owns
 * it.
 *
 *     link_receive(l, now, from, datagram, size, out, &received)    a datagram came
 *         while (link_next_record(&received, &record)) ...          its records, in place
 *     link_send(l, now, peer, type, body, urgency, out)             a record for a peer
 *     link_expire(l, now, out) at link_deadline(l)                  time passed
 *
 * The shell then takes the effects in their order. LINK_EFFECT_SEND is a struct link_address and a
 * datagram for it (link_effect_datagram); LINK_EFFECT_UP and LINK_EFFECT_DOWN name a peer.
 *
 * A handshake frame, all integers big-endian:
 *
 *     0 kind 1   1 suite 1   2 flags 2   4 sender index 4   8 receiver index 4   12 ticket id 8
 *     20 retry token 16   36 Noise length n 2   38 Noise message n   (HS1 on UDP: zeros up to 320)
 *
 * A data frame: kind 1 || flags 1 || receiver index 4 || counter, low half 4 || ciphertext ||
 * tag 16. Its plaintext is records: type u8 || length u16 || body.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include "base/limits.h"
#include "base/outbox.h"
#include "base/types.h"
#include "link/rate.h"
#include "link/recent.h"
#include "link/replay.h"
#include "noise/identity.h"
#include "noise/noise.h"

#define LINK_VERSION        1
#define NETWORK_ID_SIZE     32
#define LINK_SEED_SIZE      32
#define LINK_TICKET_ID_SIZE 8
#define LINK_TOKEN_SIZE     16

/* Frames and records. */
#define LINK_HANDSHAKE_HEADER 38
#define LINK_HANDSHAKE_SIZE   320 /* HS1 is padded to this, HS2 fits it: no amplification. */
#define LINK_DATA_HEADER      10
#define LINK_DATA_OVERHEAD    (LINK_DATA_HEADER + NOISE_TAG_SIZE)
#define LINK_RECORD_HEADER    3
#define LINK_RECORD_SIZE_MAX  (FRAME_SIZE_MAX - LINK_DATA_OVERHEAD - LINK_RECORD_HEADER)
#define LINK_FRAME_SIZE_MIN   576 /* The least that a peer may state as its largest frame. */
#define LINK_AGGREGATE_SIZE   512 /* Records wait for company up to so many bytes of plaintext */
#define LINK_AGGREGATE_MSEC   20  /* or so long. */

/* Handshakes. */
#define LINK_HANDSHAKE_MSEC   10000      /* A handshake that takes longer is forgotten. */
#define LINK_RETRANSMIT_MSEC  250        /* HS1 and HS3 go again after this, then x2, */
#define LINK_RETRANSMIT_MAX   2000       /* up to this: at 0.25, 0.75, 1.75, 3.75, 5.75 ... s. */
#define LINK_RETRIES_MAX      4          /* RETRYs heeded in one handshake. */
#define LINK_LOAD_PENDING     8          /* So many handshakes in progress, or */
#define LINK_LOAD_PER_SECOND  20         /* so many HS1 a second: answer RETRY. */
#define LINK_COOKIE_MSEC      120000     /* A token's secret rotates; the one before is accepted. */
#define LINK_RATE_MSEC        60000      /* In so long, at most */
#define LINK_RATE_ADDRESS     10         /* handshakes from one address, */
#define LINK_RATE_NODE        30         /* by one node, */
#define LINK_RATE_TOTAL       60         /* and in all. */
#define LINK_REDIAL_MSEC      5000       /* Back-off of a configured peer, x2 +- 20 % */
#define LINK_REDIAL_MAX       300000     /* up to this; */
#define LINK_REDIAL_STABLE    60000      /* forgotten after so long a link. */
#define LINK_RENEW_MSEC       7200000    /* Fresh keys +- 10 %, */
#define LINK_RENEW_FRAMES     (1u << 20) /* or after so many frames; */
#define LINK_RENEW_AGAIN_MSEC 60000      /* if that failed, again after this. */
#define LINK_DRAIN_MSEC       30000      /* Replaced keys still open what arrives for so long. */

/*
 * Keep-alive. After 3 s of silence a PING, then one every half second; 6.5 s is death, seven lost
 * exchanges later: at 10 % loss one in a hundred thousand silences.
 */
#define LINK_PING_MSEC       3000
#define LINK_PING_AGAIN_MSEC 500
#define LINK_PINGS           16 /* Outstanding ones whose PONG still tells the round trip. */
#define LINK_DEAD_MSEC       6500

/*
 * A peer that is reached over several kinds of addresses is one link: frames go over the best kind,
 * UDP before sockets of this machine before Bluetooth BR/EDR before LE, and one session of each
 * other kind stands by. It is asked for life more seldom, and takes over at once when the best is
 * dead or lost; urgent records of the last RECENT_MSEC then go again over it, so that none is lost
 * with the path.
 */
#define LINK_STANDBY_PING_MSEC 5000
#define LINK_STANDBY_DEAD_MSEC 12000

/*
 * Which session to send on is each side's own choice; both make the same but after losses. Then the
 * side whose sessions differ hears its peer on the one it replaced and moves there: after so long a
 * silence on its own choice, the larger node id sooner so that not both move at once.
 */
#define LINK_FOLLOW_LARGER  1000
#define LINK_FOLLOW_SMALLER 4000

#define LINK_PENDING_OWN 8 /* Handshakes kept free for our own dials. */
#define LINK_DIALS_MAX   64
#define LINK_TICKETS_MAX 16

/* An outbox of these sizes holds what any one call appends. */
#define LINK_EFFECTS_MAX 512
#define LINK_OUTBOX_SIZE 393216

/* Where a datagram goes to or comes from. */
enum link_kind {
    LINK_KIND_UDP = 1,   /* bytes: IPv6 address 16 (IPv4 mapped), port u16, scope id u32. */
    LINK_KIND_LE = 2,    /* Bluetooth LE: device 6, its type 1, our adapter 6, PSM u16. */
    LINK_KIND_BREDR = 3, /* Bluetooth BR/EDR; laid out as LE. */
    LINK_KIND_LOCAL = 4, /* Sockets of this machine; laid out as LE. */
};

/*
 * Opaque but for being equal or not; bytes beyond size are zero. The first host bytes tell who is
 * rate limited together: on UDP the shell sets 16 (the IP address), but the whole address for
 * loopback, where all the nodes of a local table share one IP address and spoofing is no concern.
 */
struct link_address {
    uint8_t kind;
    uint8_t size;
    uint8_t host; /* 1 to size. */
    uint8_t bytes[29];
};
_Static_assert(sizeof(struct link_address) == 32, "an address has no padding");

/* What record types mean; the link keeps those marked for itself, the rest is the caller's. */
enum link_record_type {
    LINK_RECORD_PAD = 0, /* Link: skipped. */
    LINK_RECORD_PACKET = 1,
    LINK_RECORD_ACK = 2,
    LINK_RECORD_PING = 3, /* Link: answered with a PONG of the same body. */
    LINK_RECORD_PONG = 4, /* Link. */
    LINK_RECORD_NEAR = 5, /* Who is near: see mesh_near. */
    LINK_RECORD_ROUTE = 6,
    LINK_RECORD_ROUTE_REQUEST = 7,
    LINK_RECORD_IHAVE = 8,
    LINK_RECORD_GRAFT = 9,
    LINK_RECORD_PRUNE = 10,
    LINK_RECORD_SYNC_REQUEST = 11,
    LINK_RECORD_SYNC_RESPONSE = 12,
    LINK_RECORD_PATH_CHALLENGE = 13, /* Link: answered from where it came. */
    LINK_RECORD_PATH_RESPONSE = 14,  /* Link: the peer's address follows it. */
    LINK_RECORD_CLOSE = 15,          /* Link: the peer leaves. */
    LINK_RECORD_CHUNK_REQUEST = 16,
    LINK_RECORD_CHUNK = 17,
    LINK_RECORD_MUST_UNDERSTAND =
        0x80, /* From here on: whoever does not know it closes the link. */
};

enum link_effect {
    LINK_EFFECT_SEND, /* target: enum link_urgency. Bytes: see link_effect_datagram. */
    LINK_EFFECT_UP,   /* target: the peer. Bytes: its node id. A restart is a DOWN, then an UP. */
    LINK_EFFECT_DOWN, /* target: the peer. Bytes: its node id. */
};

/*
 * Whether a record may wait for others to share a frame with; and of frames, which goes first where
 * the air is slow.
 */
enum link_urgency {
    LINK_URGENT,  /* Classes 0 and 1: leaves when time next passes, with what waits. */
    LINK_PATIENT, /* Leaves after LINK_AGGREGATE_MSEC or when LINK_AGGREGATE_SIZE is reached. */
    LINK_BULK,    /* Class 3: likewise, but alone if it is large, after all that is not bulk. */
    LINK_URGENCIES
};

/* What became of a datagram. Everything but the first three was dropped, unanswered. */
enum link_verdict {
    LINK_TOOK_RECORDS, /* Authentic; link_next_record has what it carried. */
    LINK_TOOK_HANDSHAKE,
    LINK_TOOK_RETRY_SENT,      /* Under load: the sender has to prove its address first. */
    LINK_DROP_SIZE,            /* Shorter or longer than its kind may be. */
    LINK_DROP_KIND,            /* Not ours: neither a handshake nor a data frame of this version. */
    LINK_DROP_SUITE,           /* A Noise suite or flags that we do not know. */
    LINK_DROP_INDEX,           /* Names no session of ours. */
    LINK_DROP_STATE,           /* The session does not wait for that. */
    LINK_DROP_REPLAY,          /* Seen before, or too old to tell. */
    LINK_DROP_FORGED,          /* Not authentic; another network's, too. */
    LINK_DROP_TICKET,          /* A ticket that we do not hold. */
    LINK_DROP_HELLO,           /* Authentic, but its LinkHello is no such thing. */
    LINK_DROP_CERTIFICATE,     /* The identity did not sign this session's static key. */
    LINK_DROP_PIN,             /* Another node than was dialled. */
    LINK_DROP_SELF,            /* Ourselves. */
    LINK_DROP_STALE,           /* A lower serial or boot than this node has shown before. */
    LINK_DROP_VERSION,         /* No link version in common. */
    LINK_DROP_RATE,            /* Too many handshakes from there. */
    LINK_DROP_FULL,            /* No room for another handshake or peer. */
    LINK_DROP_RECORDS,         /* Authentic, but not records: the peer is at fault. */
    LINK_DROP_MUST_UNDERSTAND, /* An unknown record that must be: the link was closed. */
    LINK_VERDICTS
};

/* What became of a record to send. */
enum link_send_verdict {
    LINK_SEND_OK,      /* Sent, or waiting for company. */
    LINK_SEND_NO_PEER, /* That peer is not up. */
    LINK_SEND_SIZE,    /* More than the peer takes in one frame. */
    LINK_SEND_OUTBOX,  /* No room in the outbox: as good as lost on the way. */
};

/* Whom to dial. All zero but the address: whoever answers, once. */
struct link_target {
    struct link_address address;
    bool persistent; /* Configured: dialled again and again, for ever. */
    bool pinned;     /* Only if it is this node; */
    struct node_id pin;
    bool ticketed; /* only if it holds the same 32 bytes (XXpsk3). */
    uint8_t ticket[NOISE_KEY_SIZE];
};

struct link_config {
    uint8_t network[NETWORK_ID_SIZE]; /* Nodes of different networks cannot talk. */
    uint32_t boot; /* How often this node has started: 1 more than the last time, kept durably. */
    uint64_t features; /* Told to peers. */
};

/* No session, no dial, no peer. */
#define LINK_NONE UINT32_MAX

/* One handshake's way, as far as this side has come. */
enum session_state {
    SESSION_FREE,
    SESSION_SENT_HS1, /* Initiator: waits for HS2. */
    SESSION_SENT_HS2, /* Responder: waits for HS3. */
    SESSION_SENT_HS3, /* Initiator: has keys, waits for the first data frame. */
    SESSION_GOT_HS3,  /* Responder: has keys, waits for the first data frame. */
    SESSION_PROVEN,   /* A data frame came: the peer's, one that stands by, or a replaced one. */
    SESSION_STATES
};

struct link_session {
    enum session_state state;
    enum noise_role role;
    uint32_t index; /* Ours: what the peer names; slot = index modulo SESSIONS_MAX. */
    uint32_t remote_index;
    uint32_t dial; /* Why it was begun, or LINK_NONE. */
    bool pinned;   /* HS2 has to come from pin. */
    struct node_id pin;
    struct node_id node;         /* Who it is, once HS2 or HS3 told. */
    uint32_t peer;               /* Once proven. */
    struct link_address address; /* Where our frames go; proven by an answer from there. */
    msec began;                  /* When HS1 was sent or received. */
    msec heard;                  /* The last authentic frame. */
    msec pinged;                 /* The last PING for being silent. */
    msec proven;                 /* When the first data frame came. */
    msec renew;                  /* Initiator: when fresh keys are due. */
    bool standby;    /* Proven, of a peer whose frames go another way while that lives. */
    msec drain;      /* When a replaced session is forgotten; MSEC_NEVER: it is not replaced. */
    msec retransmit; /* Initiator: when the last handshake message goes again. */
    msec retransmit_wait;
    bool worn;        /* It carried so many frames that fresh keys are due. */
    uint64_t counter; /* Of the next frame that we send. */
    uint8_t send_key[NOISE_KEY_SIZE];
    uint8_t receive_key[NOISE_KEY_SIZE];
    struct replay replay;
    bool challenged; /* A frame came from elsewhere: this was asked there */
    msec challenged_at;
    uint8_t challenge[8];
    struct link_address challenge_address;
    /* While the handshake lasts. */
    uint8_t retries;
    bool has_token;
    bool has_ticket;
    uint8_t token[LINK_TOKEN_SIZE];
    uint8_t ticket_id[LINK_TICKET_ID_SIZE];
    struct noise_handshake noise;
    uint8_t message[LINK_HANDSHAKE_SIZE]; /* Our last one, to send again. */
    uint16_t message_size;
    struct {
        struct public_key key;
        uint32_t serial;
        uint32_t boot;
        uint64_t features;
        uint32_t frame_size_max;
    } hello;
};

/* A node that we have or had a link with. Its number stays the same until another takes its place.
 */
struct link_peer {
    bool known; /* The rest means something. */
    bool up;
    struct node_id node;
    struct public_key key; /* Ed25519 identity. */
    uint32_t boot;
    uint32_t serial; /* The highest seen. */
    uint64_t features;
    uint32_t frame_size_max;
    uint32_t session;          /* The slot of the one that we send on, while up. */
    msec since;                /* When it last came up, or went down. */
    msec rtt;                  /* Smoothed, from pings (RFC 6298's alpha of 1/8); -1: unknown. */
    uint32_t ping;             /* Number of the last one, from 1. */
    msec pings_at[LINK_PINGS]; /* When that was sent, by number; -1: answered, or never. */
    msec flush;                /* When what waits leaves; MSEC_NEVER: nothing waits. */
    enum link_urgency urgency; /* Of the most urgent of them. */
    uint16_t waiting;          /* Bytes of records that wait. */
    uint8_t records[FRAME_SIZE_MAX - LINK_DATA_OVERHEAD];
};

/* An address to dial, and what came of it. */
struct link_dial {
    bool used;
    struct link_target target;
    bool identified; /* It once led to node. */
    struct node_id node;
    uint32_t session; /* Slot of the attempt under way, or LINK_NONE. */
    msec next;        /* When to try (again). */
    msec backoff;
};

struct link_counters {
    uint64_t verdicts[LINK_VERDICTS];
    uint64_t frames_sent;     /* Data frames. */
    uint64_t handshakes_sent; /* Messages, again ones included. */
    uint64_t records_sent;
    uint64_t ups;
    uint64_t downs;
    uint64_t failovers; /* A path was dead or lost, and another one took over. */
};

struct link {
    struct identity identity;
    struct link_config config;
    uint8_t random_key[LINK_SEED_SIZE];
    struct link_session sessions[SESSIONS_MAX];
    struct link_peer peers[NEIGHBOURS_MAX];
    struct link_dial dials[LINK_DIALS_MAX];
    uint8_t tickets[LINK_TICKETS_MAX][NOISE_KEY_SIZE];
    uint8_t ticket_ids[LINK_TICKETS_MAX][LINK_TICKET_ID_SIZE];
    size_t tickets_count;
    uint8_t cookie_secrets[2][32]; /* This period's, and the one before. */
    int64_t cookie_period;
    struct rate rate_hello; /* All HS1 that arrive. */
    struct rate rate_total;
    struct meter rate_address;
    struct meter rate_node;
    struct recent recent;
    struct link_counters counters;
};

/* What link_receive took: an iteration in place. It and its records die with the datagram. */
struct link_received {
    uint32_t peer; /* Who sent it; LINK_NONE when no records came. */
    struct bytes rest;
};

struct link_record {
    uint8_t type;
    struct bytes body;
};

/*
 * Starts with nobody known. Copies identity and config. The seed is 32 fresh random bytes: of a new
 * process always new ones, or keys repeat.
 */
void link_init(struct link *l, const struct identity *identity, const struct link_config *config,
               const uint8_t seed[static LINK_SEED_SIZE]);

/* Overwrites all secrets. */
void link_clear(struct link *l);

/*
 * Dials the target now; copies it. Dialling an address twice changes its target. False when
 * LINK_DIALS_MAX addresses are taken; without room for a handshake it is tried a little later.
 */
bool link_dial(struct link *l, msec now, const struct link_target *target, struct outbox *out);

/* Stops dialling an address; links stay. */
void link_undial(struct link *l, const struct link_address *address);

/* Accepts handshakes with this pre-shared key (copied) too; false when LINK_TICKETS_MAX are held.
 */
bool link_hold_ticket(struct link *l, const uint8_t ticket[static NOISE_KEY_SIZE]);

/*
 * Takes a datagram of size bytes, which is decrypted in place: the memory is the caller's and is
 * changed. When records came *received walks them, otherwise it is empty.
 */
enum link_verdict link_receive(struct link *l, msec now, const struct link_address *from,
                               uint8_t *datagram, size_t size, struct outbox *out,
                               struct link_received *received);

/* The next record that is not the link's own; false at the end. */
bool link_next_record(struct link_received *received, struct link_record *record);

/*
 * Sends a record (copied) of a type that is not the link's own to a peer that is up. Records of one
 * peer leave in the order in which they were given.
 */
enum link_send_verdict link_send(struct link *l, msec now, uint32_t peer, uint8_t type,
                                 struct bytes body, enum link_urgency urgency, struct outbox *out);

/* Tells the peer that we leave, and forgets its sessions. No-op when it is not up. */
void link_close(struct link *l, msec now, uint32_t peer, struct outbox *out);

/*
 * An address can no longer be reached, as transports with connections know: handshakes with it end,
 * and a peer whose frames went there moves to another of its sessions or is down.
 */
void link_lost(struct link *l, msec now, const struct link_address *address, struct outbox *out);

/* Does what is due. */
void link_expire(struct link *l, msec now, struct outbox *out);

/* When link_expire has something to do; MSEC_NEVER: when something else has happened. */
msec link_deadline(const struct link *l);

/* The peer that is this node and is up, or LINK_NONE. */
uint32_t link_find(const struct link *l, const struct node_id *node);

/* Where frames for a peer go; the peer is up. Valid until the next call. */
const struct link_address *link_peer_address(const struct link *l, uint32_t peer);

/* Where they would go if that failed, or NULL. Valid until the next call. */
const struct link_address *link_peer_standby(const struct link *l, uint32_t peer);

/* Splits a LINK_EFFECT_SEND: copies its address, returns its datagram (as valid as the effect). */
struct bytes link_effect_datagram(const struct outbox *out, const struct effect *effect,
                                  struct link_address *address);

/* A phrase for a verdict, for traces; static memory. */
const char *link_verdict_text(enum link_verdict verdict);

#endif
