/* SPDX-License-Identifier: MIT */
/*
 * The replicated state of a table and the one function that advances it. What a block does is a
 * function of (state after its parent, its header, its payload) and the seating: every seat, the
 * simulator and the auditor come to the same. Pure; no pointers inside, copied per block.
 *
 * A life: keys (every seat deals, then confirms), then rolls without end: betting (bets are taken),
 * rolling (betting closed by CLOSE, dice determined but to be revealed by ROLL), betting...
 *
 * Whoever lies in the first key generation or takes no part in it is put out, and the others make
 * the key without it: play then begins with the second epoch.
 *
 * Beside play, people come and go. Whenever those who belong to the table differ from those who
 * vote, a dice key is made for the next roster in the log of this epoch (an attempt: its list is
 * frozen at its first deal), while play goes on. When all of them dealt and confirmed, EPOCH_END
 * hands over to the next epoch. So a seat that only arrives deals, confirms, and does nothing else.
 *
 * A seat number stays its owner's after he left: his account is settled at the end, and he gets the
 * number and his chips back when he returns. Only numbers that never bought chips are given away.
 *
 * An action that is authentic and in sequence but against the rules is not invalid: it is refused,
 * with a reason, and uses up its sequence number. So an action that comes late is answered, never
 * stuck, and never moved to the next roll.
 *
 * state root = BLAKE2b-256 over (integers big-endian)
 *   "BCst" | phase 1 | roll 8 | left 2 | ready 2 | time_up 2 | opened 1 | time_up_view 8 |
 *   epoch 8 | roster 2 | owned 2 | guilty 2 | for each owned seat: sequence 8 | identity 32 |
 *   consensus key 32 | dice key 32 | sat epoch 8 | witness 1 | size of name 1 | name |
 *   kicks 2 x 16 | missing 2 x 16 | for each of 16 seats: approvals 1, identity 32 of each |
 *   attempt 4 | next roster 2 | dealt 2 | confirmed 2 |
 *   for each position of the next roster: hash of its deal 32 | keys' attempt 4 | keys' height 8 |
 *   close 32 | transcript 32 | rolls done 8 | craps (its own encoding) | ledger (its own encoding)
 */
#ifndef TABLE_STATE_H
#define TABLE_STATE_H

#include "consensus/block.h"
#include "craps/craps.h"
#include "dice/keygen.h"
#include "dice/roll.h"
#include "ledger/ledger.h"
#include "table/event.h"
#include "table/memo.h"
#include "table/roster.h"
#include "table/seating.h"

#define STATE_APPROVALS_MAX 4 /* Of one seat; a further one takes the place of its oldest. */

/* Whom a seat approves, oldest first. */
struct approvals {
    uint8_t count;
    struct public_key of[STATE_APPROVALS_MAX];
};

enum state_phase {
    STATE_PHASE_KEYS = 1,
    STATE_PHASE_BETTING = 2,
    STATE_PHASE_ROLLING = 3,
    STATE_PHASE_OVER = 4, /* No player is left. */
};

struct state {
    enum state_phase phase;
    uint64_t roll; /* The roll that is open or being made, from 1. */
    uint64_t rolls_done;
    uint64_t sequence[SEATS_MAX]; /* Of the last applied action of each seat; goes on with a new
                                     owner: nobody signs a number twice who gets his seat again. */
    struct seat seats[SEATS_MAX]; /* Of the seat numbers that have an owner. */
    uint16_t owned;               /* Bitmaps of seat numbers from here. */
    uint16_t left;                /* They play no more, nor vote from the next epoch on. */
    uint16_t ready;
    uint16_t time_up;
    bool opened;           /* Someone bet or was ready in this roll: windows run. */
    uint64_t time_up_view; /* The view of the block with the quorum's last TimeUp; 0: none yet. */
    uint16_t guilty;       /* Proven liars; they have left, and never come back. */
    uint16_t kicks[SEATS_MAX];             /* Who says that this seat is silent. */
    uint16_t missing[SEATS_MAX];           /* Who says that the key generation waits for it. */
    struct approvals approvals[SEATS_MAX]; /* At a table by approval. */

    struct roster roster;      /* Who votes. */
    struct keygen_result keys; /* Of this epoch, by positions. */
    uint32_t keys_attempt;     /* Which attempt made them. */
    uint64_t keys_height;      /* Of the block in which they were complete; no deals after them in
                                  that block, so that its state still has those they came of. */

    uint32_t attempt;   /* Of key generations, counted from 1 over the table's life. */
    struct roster next; /* The attempt's; no set: there is none. In the first epoch the same. */
    uint16_t dealt;     /* Bitmaps of seat numbers. */
    uint16_t confirmed;
    struct digest deal_hash[SEATS_MAX]; /* By positions of the next roster from here. */
    struct keygen_deal deals[SEATS_MAX];
    struct keygen_result next_keys; /* Once all have dealt. */
    struct digest close;            /* Of the CLOSE block while rolling. */
    struct craps craps;
    struct ledger ledger;
};

enum state_verdict {
    STATE_VALID,
    STATE_MALFORMED,   /* The payload is not canonical, or an item stands where it may not. */
    STATE_ACTION_SEAT, /* Of no such seat, or of another epoch. */
    STATE_ACTION_SEQUENCE,
    STATE_ACTION_SIGNATURE,
    STATE_ROLL_PHASE,  /* A roll that is not due, or of another number. */
    STATE_ROLL_SHARES, /* Not exactly the threshold, in order, of known seats. */
    STATE_ROLL_PROOF,  /* A share's proof does not hold. */
    STATE_ROLL_VALUE,  /* The value is not what the shares combine to. */
    STATE_CLOSE_EARLY, /* Betting may not be closed yet. */
    STATE_SIT,         /* Nobody may sit down by that Sit. */
    STATE_EPOCH,       /* The epoch may not end yet, or not so; or it has ended. */
};

/* A phrase for a verdict; static memory. */
const char *state_verdict_text(enum state_verdict verdict);

/* With what a block is executed. */
struct execution {
    const struct seating *seating;
    struct memo *memo; /* What was verified already; NULL: everything is verified. */
    bool trusted; /* The block was executed before: its signatures and proofs are not looked at. */
    struct roll_weights *weights; /* Kept between rolls; NULL: computed each time. */
    void (*event)(void *context, const struct table_event *event); /* NULL: nobody watches. */
    void *context;
};

/* The state before the first block: everyone has bought in. */
void state_init(struct state *state, const struct seating *seating);

/* Executes a block on the state. On anything but STATE_VALID the state is undefined. */
enum state_verdict state_execute(struct state *state, const struct execution *execution,
                                 const struct block_header *header, const struct digest *digest,
                                 struct bytes payload);

void state_root(const struct state *state, struct digest *out);

/* Whether CLOSE of the open roll would be valid in a block of this view. */
enum state_close {
    STATE_CLOSE_NO,    /* Players still have their time. */
    STATE_CLOSE_VIEWS, /* Time is up, but a seat that is not ready has not led since. */
    STATE_CLOSE_YES,
};
enum state_close state_close_due(const struct state *state, uint64_t view);

/* Bitmap of the seats that take part in betting: voting players that have not left. */
uint16_t state_players(const struct state *state);

/* Whether EPOCH_END would be valid now. */
bool state_epoch_due(const struct state *state);

/* Whether that checked Sit may go into a block: its author then takes part from the next epoch on.
 */
bool state_may_sit(const struct state *state, const struct seating *seating,
                   const struct seat *sit);

/* Whether nothing but the approval of the seats keeps that Sit's author from a seat. */
bool state_awaits_approval(const struct state *state, const struct seating *seating,
                           const struct seat *sit);

/* Bitmap of the seats that vote and approve of an identity; a quorum of them admits it. */
uint16_t state_approving(const struct state *state, const struct public_key *identity);

/*
 * How many more may sit down, as witnesses or as players. Strangers can take the seats of those who
 * left, and more only where the host said so; witnesses who came after the start fill the places
 * that are for witnesses alone before any other.
 */
unsigned state_room(const struct state *state, const struct seating *seating, bool witness);

/* The seat number of an identity; SEAT_NONE when it owns none. */
unsigned state_seat_of(const struct state *state, const struct public_key *identity);

/* The statement of the roll being made; the state must be rolling. */
void state_roll_statement(const struct state *state, const struct seating *seating,
                          struct roll_statement *out);

/* The parameters of the key generation that runs, and of the one that made this epoch's key. */
void state_keygen_params(const struct state *state, const struct seating *seating,
                         struct keygen_params *out);
void state_keys_params(const struct state *state, const struct seating *seating,
                       struct keygen_params *out);

/* Ed25519 over an action's body: "BCop" || instance || body. */
void state_action_sign(const struct seating *seating, struct bytes body,
                       const uint8_t secret[static 64], uint8_t signature[static SIGNATURE_SIZE]);

/*
 * Checks a packed Action on its own (not its sequence): shape, seat, epoch, signature. On
 * STATE_VALID *seat and *sequence are filled. An action stays good in later epochs: its sequence
 * and its seat's key keep it from being said twice.
 */
enum state_verdict state_action_check(const struct state *state, const struct seating *seating,
                                      struct memo *memo, struct bytes packed, unsigned *seat,
                                      uint64_t *sequence);

/* Tries an action body of a seat on a copy of the state: would it be refused? */
struct refusal state_try(const struct state *state, const struct seating *seating, unsigned seat,
                         const Bitcraps__ActionBody *body);

/* What, why and the next step, in one sentence. */
void refusal_sentence(const struct refusal *refusal, char out[static REFUSAL_SENTENCE_SIZE]);

#endif
