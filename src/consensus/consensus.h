/* SPDX-License-Identifier: MIT */
/*
 * Simplex consensus (Chan, Pass, TCC 2023, eprint 2023/463) for one epoch of one instance: the same
 * order of blocks for everyone. n seats, f = floor((n-1)/3) may lie, quorum q = n-f.
 *
 * A pure state machine. The table that embeds it hands in messages and time; what is to be done
 * comes out as effects. It knows nothing of craps: blocks are built, executed and applied by the
 * application it is given, whose state at each held block lives in numbered slots.
 *
 * Called by the worker that owns the table, never concurrently.
 *
 * Order of effects: all records of a pass are durable before any message of it leaves.
 *
 * Timers: t_lead (no proposal of the current view), t_view (the current view not left), the pace of
 * empty blocks (D_v after entering), status (T_r while there is work), recovery (repeat of
 * Recover).
 */
#ifndef CONSENSUS_CONSENSUS_H
#define CONSENSUS_CONSENSUS_H

#include "base/limits.h"
#include "base/outbox.h"
#include "base/types.h"
#include "consensus/block.h"
#include "consensus/chain.h"
#include "consensus/tally.h"
#include "consensus/vote.h"
#include "proto/table.pb-c.h"

/* What the outbox of one call has to have room for: bytes and effects. */
#define CONSENSUS_OUTBOX_SIZE    524288
#define CONSENSUS_OUTBOX_EFFECTS 512

#define CONSENSUS_OBSERVER SEATS_MAX

/* Bytes of a Blocks answer, unless its first block alone is larger. */
#define CONSENSUS_ANSWER_SIZE 28672

enum consensus_effect {
    CONSENSUS_EFFECT_RECORD = 1, /* Packed Message, to be durable before the sends of this pass. */
    CONSENSUS_EFFECT_SEND = 2,   /* Packed Message for seat `target`, or TARGET_ALL. */
};

/* What the application has to do on top of a block. */
enum consensus_work {
    CONSENSUS_WORK_NONE, /* Nothing: the table may fall silent. */
    CONSENSUS_WORK_DUE,  /* Something valid can be proposed now. */
    CONSENSUS_WORK_WAIT, /* A step is due but not valid yet: views must turn (empty blocks). */
};

/*
 * The replicated state machine. All calls happen inside consensus_* calls, on its thread.
 * execute is a function of (state of parent slot, header, payload) alone, for every seat.
 */
struct consensus_application {
    void *context;
    enum consensus_work (*work)(void *context, unsigned slot, uint64_t next_view);
    /* Writes a payload that is valid on top of `parent` for the header's view; 0: an empty block.
     */
    size_t (*propose)(void *context, unsigned parent, const struct block_header *header,
                      uint8_t *payload, size_t size_max);
    /* Executes into `slot`; false: the payload is invalid and `slot` is undefined. */
    bool (*execute)(void *context, unsigned parent, unsigned slot,
                    const struct block_header *header, const struct digest *digest,
                    struct bytes payload);
    /* Root of the state in a slot; what child headers commit to. */
    void (*root)(void *context, unsigned slot, struct digest *out);
    /* The block in `slot` is final; called once for each block, in chain order, also on restore. */
    void (*finalize)(void *context, unsigned slot, const struct block_header *header,
                     const struct digest *digest, struct bytes payload);
    /* The own signed action of highest sequence held of `seat`, packed; empty if none. (1.9) */
    struct bytes (*last_action)(void *context, unsigned seat);
    /*
     * A seat answered our Recover with this own action. False only if it bears our valid signature
     * and our log lacks it, so that we are amnesiac; anything else counts for nothing. (1.9)
     */
    bool (*knows_action)(void *context, struct bytes action);
    /*
     * Optional, all three or none (NULL): final blocks for seats further behind than the core's own
     * memory reaches. archive_put is called with each final block, in order, also on restore:
     * packed Block, and its packed finalization Certificate, empty if only a descendant has one.
     * archive_block writes that packed Block, archive_certificate the packed finalization of the
     * lowest final block at or above that height which has one; both return its size, 0: none.
     */
    void (*archive_put)(void *context, uint64_t height, struct bytes block,
                        struct bytes certificate);
    size_t (*archive_block)(void *context, uint64_t height, uint8_t *block, size_t size_max);
    size_t (*archive_certificate)(void *context, uint64_t height, uint8_t *certificate,
                                  size_t size_max);
};

struct consensus_config {
    struct digest instance;
    uint64_t epoch;
    unsigned seats; /* n, 1 to SEATS_MAX. */
    unsigned self;  /* Own seat; CONSENSUS_OBSERVER: follows and never signs, asks or answers. */
    struct public_key keys[SEATS_MAX];
    struct digest genesis;   /* Digest of the epoch's genesis block, final at view 0. */
    uint64_t genesis_height; /* Heights go on from there; 0: the first epoch. */
    int64_t genesis_time;
    uint64_t leader_offset; /* Leader of view v is seat (v + leader_offset) mod n. */
    msec delay;             /* D0: the assumed bound on one-way delay. */
    struct consensus_crypto crypto;
    struct consensus_application application;
};

/* What is counted, ever. */
struct consensus_counters {
    uint64_t proposals_made;
    uint64_t votes_made;
    uint64_t views_nullified; /* Entered a view by the nullification of the one before. */
    uint64_t blocks_finalized;
    uint64_t signatures_verified;
    uint64_t messages_refused;  /* Could not be authentic. */
    uint64_t votes_conflicting; /* Signed proof that a seat lies; see conflicts. */
    uint64_t blocks_invalid;    /* Signed by the right leader, refused by the rules. */
    uint64_t blocks_without_room;
};

/* A vote that a seat signed. */
struct last_vote {
    uint64_t view; /* 0: none. */
    struct digest digest;
    struct signature signature;
};

/*
 * struct consensus is open (it is embedded in a table and inspected by the simulator), below one
 * megabyte, and holds no pointers but those of its configuration.
 */
struct consensus {
    struct consensus_config config;
    struct electorate electorate;
    unsigned faulty_max; /* f */

    uint64_t view;      /* The current one. */
    msec entered;       /* When it was entered. */
    msec working_since; /* MSEC_NEVER: idle. */
    unsigned nullified; /* Views entered by nullification since the last finalization. */
    uint64_t view_seen; /* The highest view of the window that someone voted in. */

    /* The highest view with a known finalization; its block may still have to be fetched. */
    uint64_t base_view;
    struct digest base;

    struct tally tallies[VIEWS_MAX];      /* By view modulo VIEWS_MAX; base_view and above. */
    struct conflict conflicts[SEATS_MAX]; /* The latest of each seat. */
    struct chain chain;

    /* Restart. */
    bool recovering; /* Signs nothing new yet. */
    bool closed;     /* The application ended this epoch: nothing is signed in it any more. */
    bool amnesiac;   /* A vote or action of ours exists that our log lacks: never signs again. */
    uint8_t nonce[16];
    seat_set recovered; /* Seats that answered. */
    msec recover_next;
    /* The highest vote of each type that was ever counted of each seat; the own: all in our log. */
    struct last_vote last_votes[SEATS_MAX][VOTE_TYPES];

    /* Loss and catch-up. */
    msec status_next;
    msec status_interval;
    msec status_last;
    bool curious;   /* Somebody has something that we lack. */
    unsigned hurry; /* So many more STATUSes are sent as if there were work. */
    msec fetch_next;
    unsigned fetch_seat;              /* Whom to ask next. */
    uint64_t fetch_height;            /* Above which height, */
    struct digest fetch_tip;          /* the digest of the block there. */
    bool fetch_progress;              /* The last request brought something. */
    bool fetch_outside;               /* The application asks: others may have left this epoch. */
    uint64_t heights[SEATS_MAX];      /* How many final blocks that seat claims to have. */
    msec answered[SEATS_MAX];         /* When that seat's Status, */
    msec answered_blocks[SEATS_MAX];  /* its BlocksRequest (a burst's worth earlier), */
    msec answered_recover[SEATS_MAX]; /* its Recover was last answered. */
    uint32_t statuses[SEATS_MAX];     /* How many Status messages came of that seat. */

    msec last_heard[SEATS_MAX]; /* When a validly signed message of that seat came; 0: never. */
    msec deadline;
    struct consensus_counters counters;
    uint8_t scratch[2 * MESSAGE_SIZE_MAX];
};

/* Starts at view 1 above the genesis, whose application state is in slot 0. */
void consensus_init(struct consensus *c, const struct consensus_config *config, msec now);

/*
 * Restart: after consensus_init, every record this instance ever made durable, in order, then
 * consensus_resume once with 16 fresh random bytes. Nothing new is signed until q-1 other seats
 * have answered the nonce (1.9); identical re-sends and answers to others happen at once.
 */
void consensus_restore(struct consensus *c, const Bitcraps__Message *record);
void consensus_resume(struct consensus *c, msec now, const uint8_t nonce[static 16],
                      struct outbox *out);

/*
 * A decoded message of the consensus kinds (vote, certificate, proposal, status, blocks,
 * blocks_request, recover, recovered). Any other kind is a bug of the caller. Returns false for
 * what could not be authentic (bad signature, malformed).
 */
bool consensus_receive(struct consensus *c, msec now, int64_t wall_clock,
                       const Bitcraps__Message *message, struct outbox *out);

/* The application has news (an action arrived, a partial completed a roll): work may be due. */
void consensus_poke(struct consensus *c, msec now, int64_t wall_clock, struct outbox *out);

/* Lets time pass; call it at or after consensus_deadline. */
void consensus_expire(struct consensus *c, msec now, int64_t wall_clock, struct outbox *out);

/* When consensus_expire is wanted next; MSEC_NEVER while there is nothing to wait for. */
msec consensus_deadline(const struct consensus *c);

/* The current view, and the height of the last final block (0: the genesis). */
uint64_t consensus_view(const struct consensus *c);
uint64_t consensus_final_height(const struct consensus *c);

/*
 * How many final blocks there are as far as is known: what f+1 other seats claim, one of which is
 * honest; at least the own height. For showing progress, never for deciding anything.
 */
uint64_t consensus_height_ahead(const struct consensus *c);

/* The epoch ended by a final block: signs nothing more. May be called within finalize(). */
void consensus_close(struct consensus *c);

/* What the own key signed is not all known: it is an observer from now on. */
void consensus_silence(struct consensus *c);

/*
 * For an application that asks by itself, as an observer's does, or one whose voters went on to
 * another epoch: above which height final blocks are wanted next. Starts again from the last final
 * block unless something useful came since the last call. From the first call on nothing is asked
 * for here, until consensus_ask says so.
 */
uint64_t consensus_wanted_above(struct consensus *c);

/* The application asks no more: a voter does it by itself again. */
void consensus_ask(struct consensus *c);

/* Whether the last request for final blocks brought something. */
bool consensus_fetches(const struct consensus *c);

/* Whether a finalization is known whose block, or the way to it, is not. */
bool consensus_lags(const struct consensus *c);

/* Others were in this epoch before us: what they have is asked for at once, and a few times more.
 */
void consensus_hurry(struct consensus *c);

/* Tells everybody how we stand, as somebody seems to need it. */
void consensus_tell(struct consensus *c, msec now, struct outbox *out);

/* Whether votes and actions may be signed: a voter, neither recovering after a restart, nor
 * amnesiac, nor of an epoch that ended. */
bool consensus_may_sign(const struct consensus *c);

/* Who leads a view. */
unsigned consensus_leader(const struct consensus *c, uint64_t view);

/*
 * Packs the finalization of the last final block; 0 when there is none yet (genesis) or it does
 * not fit.
 */
size_t consensus_final_certificate(struct consensus *c, uint8_t *certificate, size_t size_max);

#endif
