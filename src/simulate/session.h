/* SPDX-License-Identifier: MIT */
/*
 * One session of one strategy: a seat alone at a table whose bank can always pay.
 *
 * session_play() is a function of its arguments: the same plan, strategy and session number give
 * the same record, on any thread. The player is always the shooter; no line bet is asked of it, as
 * if somebody else had one. When the horizon, the win goal or the loss limit is reached the
 * strategy is asked no more: line, come and put bets with their odds and bets on a hand finish,
 * since leaving them would favour those that are decided soon; all others come down. A session ends
 * when nothing lies any more.
 *
 * Nothing is allocated. Called by simulate.c.
 */
#ifndef SIMULATE_SESSION_H
#define SIMULATE_SESSION_H

#include <stdatomic.h>

#include "craps/craps.h"
#include "simulate/result.h"
#include "strategy/strategy.h"

/* Numbers that bets have: up to hop 66. */
#define SESSION_NUMBERS 67

/* What is the same for all sessions. */
struct session_plan {
    struct craps_card card;
    struct craps felt;                                   /* As a session begins. */
    uint16_t origins[CRAPS_KIND_COUNT][SESSION_NUMBERS]; /* Spots under which bets are counted. */
    uint32_t
        units[CRAPS_SPOT_COUNT]; /* Multiples of it are paid exactly, whatever the house does. */
    uint64_t seed;
    chips bankroll;
    chips unit;
    enum result_horizon horizon;
    uint64_t length;
    chips win_goal;   /* 0: none. */
    chips loss_limit; /* 0: none. */
    size_t points_count;
    uint64_t points[RESULT_POINTS_MAX]; /* Rolls, rising from 0: where the path is looked at. */
};

/* Why a session ended. */
enum session_end {
    SESSION_END_HORIZON,
    SESSION_END_GOAL,
    SESSION_END_LIMIT,
    SESSION_END_QUIT, /* The strategy stopped. */
    SESSION_END_BUST,
    SESSION_END_CUT, /* *stop became true: the record is of no use. */
};

/* Different stakes that are rounded, of a bet; with more it has no exact edge. */
#define SESSION_STAKES_MAX 32

/* How often a stake was decided which pays in rounded chips: with a vig, or where what is not whole
   stays with the bank. Of all others a bet's worth is in proportion. */
struct session_stake {
    chips stake;
    uint64_t decided;
};

/* What became of one bet. Sums of products are over the decisions; 128 bits hold any of them. */
struct session_bet {
    uint64_t placed;
    uint64_t won;
    uint64_t lost;
    uint64_t pushed;
    uint64_t returned;
    chips placed_chips;
    chips handle; /* Staked on what was decided, with the vig paid up front. */
    chips vig;
    chips net;
    chips stake_most;
    bool bent; /* Made or taken down in the middle, so that it has no one edge. */
    __int128 net_squares;
    __int128 net_stakes; /* Net times stake. */
    __int128 stake_squares;
    unsigned stakes_count; /* Above SESSION_STAKES_MAX: not all are there. */
    struct session_stake stakes[SESSION_STAKES_MAX];
};

struct session_record {
    enum session_end end;
    bool doubled;
    uint64_t rolls;
    chips final;
    chips peak;
    chips drawdown;
    chips needed; /* The bankroll that would just have paid for every bet. */
    chips risk_sum;
    chips risk_most;
    uint64_t skipped; /* By the rules or by a rail too short. */
    uint64_t hands;   /* Ended by a seven-out. */
    uint64_t hand_rolls;
    uint64_t longest_hand;
    uint64_t points_set;
    uint64_t points_made;
    uint64_t falls[36]; /* 6 * (first die - 1) + second die - 1. */
    size_t path_count;  /* Points that were reached; all later ones are as final. */
    chips path[RESULT_POINTS_MAX];
    struct craps_spots touched; /* Of bets. */
    struct session_bet bets[CRAPS_SPOT_COUNT];
};

/* What a session needs while it is played; one for each thread, on the heap. */
struct session_room {
    bool used; /* False at first. */
    struct craps craps;
    struct strategy_player player;
    struct strategy_player tried;
    struct craps_decision decisions[CRAPS_DECISIONS_MAX];
};

/* Bets that have not finished after so many further rolls are counted as they lie. */
#define SESSION_FINISH_ROLLS_MAX 100000

/*
 * Plays a session. The record's touched bets must be clear, as session_forget() leaves them. stop
 * is looked at now and then.
 */
void session_play(const struct session_plan *plan, const struct strategy *strategy,
                  uint64_t session, const atomic_bool *stop, struct session_room *room,
                  struct session_record *record);

/* Works out the plan's card, felt, origins and units. The rules have no fault. */
void session_prepare(struct session_plan *plan, const struct craps_rules *rules);

/* Adds so many decisions of a stake to a bet's list. */
void session_count_stake(struct session_bet *bet, chips stake, uint64_t decided);

/* Clears a record for the next session. It begins with all zeroes. */
void session_forget(struct session_record *record);

#endif
