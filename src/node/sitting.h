/* SPDX-License-Identifier: MIT */
/*
 * One table as this node lives it: first an offer heard of, then a lobby, then a table with a seat.
 * Owned by one worker thread; all functions but sitting_summarize are called there. Other threads
 * find it in the node's table map and read its summary.
 */
#ifndef NODE_SITTING_H
#define NODE_SITTING_H

#include "control/server.h"
#include "mesh/mesh.h"
#include "node/archive.h"
#include "node/bot.h"
#include "node/event.h"
#include "node/keys.h"
#include "node/offer.h"
#include "queue/map.h"
#include "table/lobby.h"
#include "table/outlook.h"
#include "table/table.h"

#include <pthread.h>

#define SITTING_REPLIES_MAX 32
#define SITTING_REPLY_MSEC  20000 /* How long an order may take to become final. */
#define SITTING_OFFER_MSEC                                                                         \
    300000                       /* How long an offer that is not repeated is shown: hosts have    \
                                    several tables, each of which is announced in its turn. */
#define SITTING_HEARD_MSEC  3000 /* A seat that spoke this lately is reachable. */
#define SITTING_REASON_SIZE OUTLOOK_SENTENCE_SIZE
#define SITTING_BEHIND      8 /* Final blocks that a seat may lack without a word about it. */

/* Records of a table in the journal. */
enum sitting_record {
    SITTING_RECORD_JOIN = 1,    /* u16 size of genesis | packed Genesis | packed own Sit. */
    SITTING_RECORD_MESSAGE = 2, /* A packed Message. */
    SITTING_RECORD_SECRET = 3,  /* The invitation's secret; after JOIN. */
};

enum sitting_standing {
    SITTING_OFFERED, /* Heard of; this node has no seat. */
    SITTING_JOINING, /* Asked for a seat, or hosting and waiting for others. */
    SITTING_KEYS,
    SITTING_PLAYING,
    SITTING_FROZEN, /* A roll's dice are determined; too few revealed their part to know them. */
    SITTING_PAUSED, /* Too few seats are reachable. */
    SITTING_OVER,
};

/* What everyone may know of it, copied under its lock. */
struct sitting_summary {
    struct digest id;
    char name[NAME_SIZE_MAX + 1];
    enum sitting_standing state;
    unsigned seats;
    unsigned taken;
    unsigned seat; /* Own, from 1; 0: none. */
    struct node_id host;
};

/* An order of the own player whose outcome someone waits for. */
struct sitting_reply {
    uint64_t sequence; /* 0: free. */
    uint64_t token;
    msec until;
    uint64_t roll;
    enum request_method method;
    bool more;    /* Something that was said did not fit the action. */
    json_t *done; /* Its orders that are final, as far as they were told; owned. */
};

/* A roll as it is told, decision by decision. */
struct sitting_roll {
    json_t *decisions;
    chips net[SEATS_MAX];
};

struct worker;

struct sitting {
    struct map_entry entry; /* First: the map hands these out. Its id is the table id. */
    struct worker *worker;
    uint64_t topic; /* For subscribers of its events. */
    bool joined;
    bool restored;      /* Read from the journal; starts as a restarted seat. */
    bool forgetful;     /* The journal is known to lack records of it. */
    struct lobby lobby; /* Valid once joined. */
    struct genesis genesis;
    struct invitation invitation; /* To this table; known to who sits by one. */
    uint8_t genesis_packed[GENESIS_SIZE_MAX];
    size_t genesis_size;
    unsigned offer_taken;
    bool offer_started;
    msec offered_by_host; /* When last; 0: never. What others say of it counts less. */
    uint8_t offer_packed[MESH_DISCOVER_SIZE_MAX]; /* A Message with the Announce that was taken. */
    size_t offer_size;
    struct offer offer;  /* Until joined: who brought it, when it was last heard of. */
    struct table *table; /* NULL until seated. */
    struct archive *archive;
    struct keys keys; /* For those who pass its messages on. */
    msec deadline;
    uint64_t last_ticket; /* Of its last batch for the journal. */

    struct bot *bot;     /* Plays the seat; NULL: nobody but its player does. */
    uint64_t bot_random; /* Where its chances come from. */

    struct sitting_reply replies[SITTING_REPLIES_MAX];
    struct sitting_roll roll;
    json_t *last_roll;          /* {roll, dice, call}; NULL before the first. */
    enum sitting_standing told; /* The state that was last told to subscribers. */
    char told_reason[SITTING_REASON_SIZE];
    msec told_at;
    unsigned asking; /* How many waited for the host's approval when subscribers last were told. */
    bool watches;    /* Counted among those of the node that only watch. */
    bool witnesses;  /* Counted among those at which the node is a witness. */

    uint8_t *export_at; /* The export being fetched; NULL: none. */
    size_t export_size;

    pthread_mutex_t lock; /* Of the summary; held only to copy it. */
    struct sitting_summary summary;
};

/* A sitting for an offer; NULL when memory is exhausted. The map releases it (sitting_release). */
struct sitting *sitting_create(struct worker *worker, struct bytes genesis,
                               const struct genesis *checked);
void sitting_release(struct map_entry *entry);

enum sitting_join {
    SITTING_JOINED,
    SITTING_JOIN_NAME,      /* The name is not allowed. */
    SITTING_JOIN_UNINVITED, /* The table takes the invited only, and no invitation is known. */
    SITTING_JOIN_SECRET,    /* The invitation is none of this table. */
};

/* Asks for a seat (or hosts): signs the Sit, records, and begins. Twice is once. */
enum sitting_join sitting_join(struct sitting *sitting, const char *player, bool witness,
                               const struct invitation *invitation);

/*
 * The node's config may want it to be a witness here: takes such a seat at an offered table that
 * has begun and has a place for one, unless the node is a witness at as many as it may be.
 */
void sitting_consider_witness(struct sitting *sitting);

/* The same from a journal record. */
bool sitting_restore(struct sitting *sitting, uint32_t kind, struct bytes body);

/* After all records, of a journal that is known to lack some: its seat may have signed anything. */
void sitting_forget(struct sitting *sitting);

/* After all records: starts the lobby or table again. */
void sitting_resume(struct sitting *sitting);

/* A packed Message of this table. */
void sitting_receive(struct sitting *sitting, struct bytes packed);

/* Time passes; call at or after sitting->deadline. */
void sitting_expire(struct sitting *sitting);

/*
 * Publishes the summary, and tells subscribers when state or reason changed. Also called before the
 * worker runs, so that the first request finds the tables that the journal told of.
 */
void sitting_publish(struct sitting *sitting);

/* What is reachable may have changed. */
void sitting_peers_changed(struct sitting *sitting);

/* Somebody offers its table, by a Message with that Announce; direct: the host does. */
void sitting_offered(struct sitting *sitting, struct bytes packed, const Bitcraps__Announce *offer,
                     bool direct);

/* Orders of the player, as one action; answers the token now or when their outcome is final. */
void sitting_order(struct sitting *sitting, enum request_method method, uint64_t token,
                   const struct craps_order *orders, size_t count);

/* Orders as the player says them to a dealer: see craps/dealer.h. */
void sitting_say(struct sitting *sitting, uint64_t token, struct bytes words);

/* The player is ready for the roll, or leaves, as the method says; likewise. */
void sitting_ready(struct sitting *sitting, enum request_method method, uint64_t token);

/* Approves of somebody who asks for a seat, by name or node id as people see it; likewise. */
void sitting_approve(struct sitting *sitting, uint64_t token, const char *who);

/* Who asks for a seat and waits for approval, by an index below SEATS_MAX; NULL: nobody there. */
const struct seat *sitting_asking(const struct sitting *sitting, unsigned index);

/* Lets a bot play the seat from now on; NULL: nobody but the player. Takes it over. */
void sitting_set_bot(struct sitting *sitting, struct bot *bot);

/* Something happened at the table, durable or not: for the bot. */
void sitting_note(struct sitting *sitting, const struct table_event *event);

/* A durable event of the table: tells subscribers, answers orders. */
void sitting_show(struct sitting *sitting, const struct table_event *event);

/* Builds the export of what is final, in memory of the sitting. False: nothing is final yet. */
bool sitting_export(struct sitting *sitting);

/* State with its reason: "" or what is missing. */
enum sitting_standing sitting_standing(const struct sitting *sitting,
                                       char reason[static SITTING_REASON_SIZE]);
const char *sitting_standing_name(enum sitting_standing state);

/* What its running table can bear and waits for, now. */
void sitting_look(const struct sitting *sitting, struct outlook *out);

/* Whether a seat has a link to us or was heard of lately. */
bool sitting_reachable(const struct sitting *sitting, unsigned seat);

/* A copy of the summary. Any thread. */
struct sitting_summary sitting_summarize(struct sitting *sitting);

#endif
