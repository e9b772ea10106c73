/* SPDX-License-Identifier: MIT */
/*
 * A table that this node has a seat at, wants one at, or watches: composes consensus, key
 * generation, dice, craps and ledger.
 *
 * A pure state machine. It takes messages of the table's scope, what its player wants, and time; it
 * gives effects. It deals and confirms keys by itself, releases its partial of a roll once the
 * CLOSE block is final here, and posts TimeUp when the betting window ends. Owned by one worker
 * thread.
 *
 * Epochs: consensus runs for one seat list at a time. When the block that ends its epoch is final
 * here, the next consensus starts above that block (heights go on). Who has no seat in an epoch
 * follows it without a voice: it verifies every block and certificate from the first on, asks any
 * seat for what it lacks, and asks for a seat in the log of the epoch that it has come to. Who
 * hears of a later epoch than its own asks likewise.
 *
 * Memory: a seat whose log lacks a statement of its own, as a block or another seat shows, never
 * signs with that key again (consensus-and-dice, 1.9). It follows without a voice and asks for its
 * seat anew, with the key of a later epoch; so does who lost all of its log. The first such Sit
 * takes it off the roster, the next one, in the epoch after, gives it its number and chips back.
 *
 * Order of effects of one pass: all records are durable, then messages leave, then events are
 * shown.
 *
 * Timers: the betting window (from the first final bet or ready of a roll), the repetition of own
 * actions and partials that are not final (TABLE_REPEAT_MSEC), asking for blocks and for a seat,
 * KICK and MISSING, and those of consensus.
 */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include "consensus/consensus.h"
#include "craps/order.h"
#include "noise/identity.h"
#include "table/state.h"

#define TABLE_REPEAT_MSEC   250
#define TABLE_REPEAT_DELAYS 5     /* Or so often D0, if longer: what is on its way is enough. */
#define TABLE_REPEAT_OTHERS 8     /* Others' actions that are not final: once in so many repeats. */
#define TABLE_PENDING_MAX   16    /* Actions of one seat that are known and not final. */
#define TABLE_ASK_REPEATS   2     /* So many repeats may pass until blocks asked for are here; */
#define TABLE_WATCH_MSEC    2000  /* where none is known to be missing, it is asked so seldom. */
#define TABLE_SIT_MSEC      500   /* Between requests for a seat. */
#define TABLE_TELL_MSEC     500   /* Between hints to who is still in an epoch that ended. */
#define TABLE_SERVE_MSEC    5     /* Between answers to who has no voice, on the average. */
#define TABLE_KICK_MSEC     10000 /* Of work without a word of a seat. */
#define TABLE_MISSING_MSEC  30000 /* That a step of a key generation may take. */
#define TABLE_VAIN_MAX      4 /* Times that all seats are asked for a later epoch, without result. */
#define TABLE_GUESTS_MAX    8
#define TABLE_SITS_MAX      8
#define TABLE_ASKING_MAX    8
#define TABLE_ASKING_MSEC   5000   /* Without a word: he asks no more. */
#define TABLE_ENDING_MAX    131072 /* A packed ending: see struct table_archive. */

enum table_effect {
    TABLE_EFFECT_RECORD = CONSENSUS_EFFECT_RECORD, /* Packed Message for the journal. */
    TABLE_EFFECT_SEND = CONSENSUS_EFFECT_SEND,     /* Packed Message for a seat, or TARGET_ALL. */
    TABLE_EFFECT_EVENT = 3, /* struct table_event; may be unaligned: copy it. */
};

/* Where final blocks go and come from; see struct consensus_application. */
struct table_archive {
    void *context;
    void (*put)(void *context, uint64_t height, struct bytes block, struct bytes certificate);
    size_t (*block)(void *context, uint64_t height, uint8_t *block, size_t size_max);
    size_t (*certificate)(void *context, uint64_t height, uint8_t *certificate, size_t size_max);
    /*
     * How an epoch ended: height of its EPOCH_END block, and a packed Blocks: the empty blocks
     * between that and the block whose finalization it has. Endings come in order of epochs, each
     * after its block. ending() gives the size, 0: not known, or too large.
     */
    void (*end)(void *context, uint64_t epoch, uint64_t height, struct bytes ending);
    size_t (*ending)(void *context, uint64_t epoch, uint64_t *height, uint8_t *ending,
                     size_t size_max);
    /* Optional: who votes in an epoch after the first, as it begins; as in Keys of the proto. */
    void (*seats)(void *context, uint64_t epoch, struct bytes seats);
};

struct table_config {
    unsigned self; /* Own seat number; SEAT_NONE: none so far. Kept up to date by the table. */
    struct seat_secrets secrets;
    /* Who we are, for sitting down at a running table; nobody: the identity is zero. */
    struct identity identity;
    uint8_t seed[32]; /* Of the identity: keys for a later epoch come from it. */
    char name[NAME_SIZE_MAX + 1];
    bool witness;
    bool sits;                    /* Wants a seat while it has none. */
    struct invitation invitation; /* To a table that takes the invited only. */
    bool accuses;                 /* Posts evidence of lies. */
    bool reckless;      /* Goes on with a key whose past it does not know; only liars do. */
    msec kick;          /* 0: TABLE_KICK_MSEC. */
    msec absent;        /* 0: TABLE_MISSING_MSEC. */
    uint8_t random[32]; /* Fresh for every start; all further randomness is drawn from it. */
    msec delay;         /* D0, the assumed bound on one-way delay. */
    struct table_archive archive;
};

struct pending_action {
    uint64_t sequence;     /* 0: none. */
    struct public_key key; /* That signed it: a seat number gets another one with its next owner. */
    size_t size;
    uint8_t packed[ACTION_SIZE_MAX]; /* Packed Action. */
};

/* A partial as it came; verified once its CLOSE block is final here. */
struct held_partial {
    uint64_t roll; /* 0: none. */
    struct digest close;
    struct roll_partial partial;
    uint8_t signature[SIGNATURE_SIZE];
};

struct pending_sit {
    size_t size; /* 0: none. */
    msec at;     /* When it last came. */
    uint8_t packed[SIT_SIZE_MAX];
    struct seat seat;
};

/* Somebody who waits for the approval of the seats; his first Sit was checked. */
struct asking {
    msec heard; /* When last; 0: nobody. */
    struct seat seat;
};

/* What is waited for, and since when. */
struct table_wait {
    uint64_t what; /* 0: nothing. */
    msec since;
};

/* Of the last rolls that were seen made, the latest in bit 0: was a part due, did it not come? */
struct table_parts {
    uint64_t due;
    uint64_t missing;
};

/* The end of an epoch, from the moment that its block is final until the next one starts. */
struct table_turn {
    bool due;
    bool told; /* The archive has the ending. */
    struct digest digest;
    uint64_t height;
    int64_t time;
    size_t used;
    uint8_t ending[TABLE_ENDING_MAX];
};

struct table {
    struct table_config config;
    unsigned position; /* Own, in the roster of this epoch; SEAT_NONE: no voice. */
    struct seating seating;
    struct consensus consensus;
    struct state slots[CONSENSUS_SLOTS];
    struct state scratch;
    unsigned final_slot;
    struct craps_seat before[2]; /* See table_before(): by the puck, off and on. */
    struct memo memo;
    struct roll_weights weights;
    uint64_t random_counter;

    struct pending_action pending[SEATS_MAX][TABLE_PENDING_MAX]; /* By sequence modulo the size. */
    struct pending_action latest[SEATS_MAX]; /* The highest sequence seen of each seat. */

    bool share_ready;       /* Own share of the dice key is known and matches. */
    struct digest share_of; /* The transcript of the keys whose share was looked for. */
    struct scalar share;
    uint32_t tried;                  /* The attempt whose shares were looked at... */
    unsigned tried_bad;              /* ...the first dealer of a bad one; its count: none... */
    bool tried_good;                 /* ...and all fit. */
    struct roll_statement statement; /* Of the roll being made, statement_roll. */
    uint64_t statement_roll;
    struct held_partial partials[SEATS_MAX]; /* The newest of each position. */
    uint16_t verified; /* Positions whose held partial is verified for the roll being made. */
    struct held_partial own_partial; /* The last one released. */

    uint64_t window_roll;  /* The roll whose window runs or ran. */
    msec window_at;        /* When it ends. */
    uint64_t time_up_roll; /* The last roll for which TimeUp was posted. */
    msec repeat_at;
    unsigned repeats; /* Since there is something to repeat. */
    bool restoring;
    bool unheard; /* Restarted, and has not heard from a quorum in an epoch in which it votes. */
    /* Own keys of seats asked for in epochs below this signed things that the log lacks. */
    uint64_t forgotten;
    bool forgotten_told; /* It is on record. */
    uint64_t sat;        /* The last epoch in which the log has an own Sit. */

    struct table_turn turn;
    uint64_t newer;        /* The highest epoch that somebody spoke of. */
    uint64_t newer_height; /* And the height that somebody then claimed. */
    msec ask_at;
    unsigned asked; /* Whom, modulo the roster. */
    unsigned asked_in_vain;
    msec sit_at;
    msec told_at;
    msec served_at;
    struct node_id guests[TABLE_GUESTS_MAX]; /* Who asked without a voice; targets follow seats'. */
    unsigned guests_next;
    struct pending_sit sits[TABLE_SITS_MAX]; /* Checked, not final. */
    unsigned sits_next;
    struct asking asking[TABLE_ASKING_MAX];
    msec worked;                              /* How long there has been work, ever. */
    msec worked_at;                           /* Counted up to. */
    msec heard[SEATS_MAX];                    /* `worked` when a seat last was heard of. */
    msec heard_last[SEATS_MAX];               /* consensus.last_heard as it then was. */
    uint16_t accused;                         /* Of whom evidence was posted. */
    struct conviction convictions[SEATS_MAX]; /* Of the seats that the final state calls guilty. */
    uint16_t kicked;        /* For whom a Kick was posted and nothing heard since. */
    uint32_t missed;        /* Attempt and */
    bool missed_confirming; /* step that is waited for, */
    msec missed_at;         /* until when; */
    uint16_t missed_told;   /* for whom a Missing was posted. */

    struct table_wait roll_wait; /* For a roll's parts: its number. */
    struct table_wait key_wait;  /* For a step of a key generation: twice its attempt, plus 1 when
                                    it is confirmed. */
    struct table_parts parts[SEATS_MAX];
    uint64_t parts_roll; /* The last roll counted there. */

    struct outbox *out; /* Of the pass in progress. */
    msec now;
};

enum table_verdict {
    TABLE_SENT,       /* On its way; the outcome comes as an event with this sequence. */
    TABLE_REFUSED,    /* By the rules, as far as this node can see; nothing was sent. */
    TABLE_RECOVERING, /* This seat was restarted and must hear of a quorum first. */
    TABLE_FORGOTTEN,  /* This seat's log lacks what it signed: see table_amnesiac(). */
    TABLE_BUSY,       /* Too many actions of this seat are not final yet. */
};

/* Starts a table in caller's memory (some megabytes). Before table_start, records may be restored.
 */
void table_init(struct table *table, const struct seating *seating,
                const struct table_config *config, msec now);

/* A durable record of an earlier life: every one of this table, in order. */
void table_restore(struct table *table, const Bitcraps__Message *record);

/* Begins: with restored, as a restarted seat; otherwise as a new one. */
void table_start(struct table *table, msec now, int64_t wall_clock, bool restored,
                 struct outbox *out);

/* A decoded message of the table's scope. False when it is not authentic or not for a table. */
bool table_receive(struct table *table, msec now, int64_t wall_clock,
                   const Bitcraps__Message *message, struct outbox *out);

/*
 * What the own player does in the open roll: gives 1 to CRAPS_ORDERS_MAX orders as one action, ends
 * its betting, or leaves the table. "Odds" are written out as the bet that they back now. On
 * TABLE_SENT *sequence names the action; on TABLE_REFUSED *refusal says why.
 */
enum table_verdict table_order(struct table *table, msec now, int64_t wall_clock,
                               const struct craps_order *orders, size_t count, uint64_t *sequence,
                               struct refusal *refusal, struct outbox *out);
enum table_verdict table_ready(struct table *table, msec now, int64_t wall_clock,
                               uint64_t *sequence, struct refusal *refusal, struct outbox *out);
enum table_verdict table_leave(struct table *table, msec now, int64_t wall_clock,
                               uint64_t *sequence, struct refusal *refusal, struct outbox *out);

/* Approves of somebody's sitting down, at a table by approval. */
enum table_verdict table_approve(struct table *table, msec now, int64_t wall_clock,
                                 const struct public_key *identity, uint64_t *sequence,
                                 struct refusal *refusal, struct outbox *out);

/* Who waits for approval now, by an index below TABLE_ASKING_MAX; NULL: nobody there. */
const struct seat *table_asking(const struct table *table, unsigned index, msec now);

/* The assumed bound on one-way delay has changed, as links have. */
void table_set_delay(struct table *table, msec delay);

void table_expire(struct table *table, msec now, int64_t wall_clock, struct outbox *out);
msec table_deadline(const struct table *table);

/* Who is meant by the target of a send; NULL: nobody that is known. */
const struct node_id *table_target(const struct table *table, uint32_t target);

/* When a validly signed consensus message of a seat came, on the msec clock; 0: never. */
msec table_last_heard(const struct table *table, unsigned seat);

/*
 * How many final blocks there are as far as is known, at least the own height. In an epoch that
 * others have left anybody's word counts: for showing progress, never for deciding anything.
 */
uint64_t table_height_ahead(const struct table *table);

/* Whether the own seat may sign actions now. */
bool table_may_act(const struct table *table);

/*
 * Whether the own seat's key signed things that the log lacks: it then only follows, never signs
 * with that key again, and asks for its seat with a new one.
 */
bool table_amnesiac(const struct table *table);

/* Seats that vote in this epoch and have asked anew, which means that they are amnesiac: a bitmap.
 */
uint16_t table_forgetful(const struct table *table);

/* The log is known to lack records: the own key is given up. Before table_start. */
void table_forget(struct table *table);

/* The state after the last final block. */
const struct state *table_final(const struct table *table);

/*
 * What the own seat had on the table when the dice last were thrown with the puck as it is now, on
 * or off; nothing before the first such throw. For betting the same again.
 */
const struct craps_seat *table_before(const struct table *table);

#endif
