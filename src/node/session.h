/* SPDX-License-Identifier: MIT */
/*
 * One table as this node lives it: first an offer heard of, then a lobby, then a table with a seat.
 * Owned by one worker thread; all functions but session_summarize are called there. Other threads
 * find it in the node's table map and read its summary.
 */
#ifndef NODE_SESSION_H
#define NODE_SESSION_H

#include "control/server.h"
#include "node/archive.h"
#include "node/event.h"
#include "queue/map.h"
#include "strategy/strategy.h"
#include "table/lobby.h"
#include "table/table.h"

#include <pthread.h>

#define SESSION_REPLIES_MAX 32
#define SESSION_REPLY_MSEC  20000  /* How long an order may take to become final. */
#define SESSION_OFFER_MSEC  100000 /* How long an offer that is not repeated is shown. */
#define SESSION_HEARD_MSEC  3000   /* A seat that spoke this lately is reachable. */
#define SESSION_REASON_SIZE 160

/* Records of a table in the journal. */
enum session_record {
    SESSION_RECORD_JOIN = 1,    /* u16 size of genesis | packed Genesis | packed own Sit. */
    SESSION_RECORD_MESSAGE = 2, /* A packed Message. */
};

enum session_standing {
    SESSION_OFFERED, /* Heard of; this node has no seat. */
    SESSION_JOINING, /* Asked for a seat, or hosting and waiting for others. */
    SESSION_KEYS,
    SESSION_PLAYING,
    SESSION_PAUSED, /* Too few seats are reachable. */
    SESSION_OVER,
};

/* What everyone may know of it, copied under its lock. */
struct session_summary {
    struct digest id;
    char name[NAME_SIZE_MAX + 1];
    enum session_standing state;
    unsigned seats;
    unsigned taken;
    unsigned seat; /* Own, from 1; 0: none. */
    struct node_id host;
};

/* An order of the own player whose outcome someone waits for. */
struct session_reply {
    uint64_t sequence; /* 0: free. */
    uint64_t token;
    msec until;
    uint64_t roll;
    enum request_method method;
    uint32_t spot;
    chips amount;
};

/* A roll as it is told, decision by decision. */
struct session_roll {
    json_t *decisions;
    chips net[SEATS_MAX];
};

struct worker;

struct session {
    struct map_entry entry; /* First: the map hands these out. Its id is the table id. */
    struct worker *worker;
    uint64_t topic; /* For subscribers of its events. */
    bool joined;
    bool restored;      /* Read from the journal; starts as a restarted seat. */
    struct lobby lobby; /* Valid once joined. */
    struct genesis genesis;
    uint8_t genesis_packed[GENESIS_SIZE_MAX];
    size_t genesis_size;
    unsigned offer_taken;
    bool offer_started;
    msec heard;          /* Of an offer: when last. */
    struct table *table; /* NULL until seated. */
    struct archive *archive;
    msec deadline;
    uint64_t last_ticket; /* Of its last batch for the journal. */

    const struct strategy *bot;
    uint64_t bot_rolls; /* Plays until so many rolls are done; 0: for ever. */
    uint64_t bot_roll;  /* The last roll it bet for. */
    uint64_t bot_random;

    struct session_reply replies[SESSION_REPLIES_MAX];
    struct session_roll roll;
    json_t *last_roll;          /* {roll, dice, call}; NULL before the first. */
    enum session_standing told; /* The state that was last told to subscribers. */
    char told_reason[SESSION_REASON_SIZE];

    uint8_t *export_at; /* The export being fetched; NULL: none. */
    size_t export_size;

    pthread_mutex_t lock; /* Of the summary; held only to copy it. */
    struct session_summary summary;
};

/* A session for an offer; NULL when memory is exhausted. The map releases it (session_release). */
struct session *session_create(struct worker *worker, struct bytes genesis,
                               const struct genesis *checked);
void session_release(struct map_entry *entry);

/* Asks for a seat (or hosts): signs the Sit, records, and begins. False: the name is not allowed.
 */
bool session_join(struct session *session, const char *player, bool witness);

/* The same from a journal record of kind SESSION_RECORD_JOIN or SESSION_RECORD_MESSAGE. */
bool session_restore(struct session *session, uint32_t kind, struct bytes body);

/* After all records: starts the lobby or table again. */
void session_resume(struct session *session);

/* A packed Message of this table. */
void session_receive(struct session *session, struct bytes packed);

/* Time passes; call at or after session->deadline. */
void session_expire(struct session *session);

/* What is reachable may have changed. */
void session_peers_changed(struct session *session);

/* An order of the player; answers the token now or when its outcome is final. */
void session_order(struct session *session, enum request_method method, uint64_t token,
                   struct craps_bet bet, chips amount);

/* A durable event of the table: tells subscribers, answers orders. */
void session_show(struct session *session, const struct table_event *event);

/* Builds the export of what is final, in memory of the session. False: nothing is final yet. */
bool session_export(struct session *session);

/* State with its reason: "" or what is missing. */
enum session_standing session_standing(const struct session *session,
                                       char reason[static SESSION_REASON_SIZE]);
const char *session_standing_name(enum session_standing state);

/* Whether a seat has a link to us or was heard of lately. */
bool session_reachable(const struct session *session, unsigned seat);

/* A copy of the summary. Any thread. */
struct session_summary session_summarize(struct session *session);

#endif
