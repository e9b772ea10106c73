/* SPDX-License-Identifier: MIT */
/*
 * The sums over many sessions of one strategy, all of them whole numbers: adding the same sessions
 * in any order, or in parts that are merged, gives the same totals. One owner at a time.
 */
#ifndef SIMULATE_TOTALS_H
#define SIMULATE_TOTALS_H

#include "simulate/session.h"
#include "simulate/census.h"

/* Values of a session that are counted each: exact as long as least and most are no farther apart.
 */
#define TOTALS_SIZE 65536
/* The same of the bankroll at each point of the path. */
#define TOTALS_POINT_SIZE 2048

struct totals {
    const struct session_plan *plan;
    uint64_t sessions;
    uint64_t ends[SESSION_END_CUT]; /* By enum session_end. */
    uint64_t ahead;
    uint64_t even;
    uint64_t doubled;
    uint64_t rolls;
    uint64_t skipped;
    __int128 risk_sum;
    chips risk_most;
    uint64_t hands;
    uint64_t hand_rolls;
    uint64_t longest_hand;
    uint64_t points_set;
    uint64_t points_made;
    uint64_t falls[36];
    struct census final;
    struct census session_rolls;
    struct census bust_rolls;
    struct census needed; /* Of those not bust. */
    struct census drawdown;
    struct census peak;
    struct census points[RESULT_POINTS_MAX];
    uint64_t bust_by[RESULT_POINTS_MAX]; /* Bust after the point before, by this one. */
    struct result_path paths[RESULT_PATHS];
    bool path_known[RESULT_PATHS];
    struct craps_spots touched;
    struct session_total {
        struct session_bet sums; /* handle, vig, net and placed_chips are in the wide ones. */
        __int128 placed_chips;
        __int128 handle;
        __int128 vig;
        __int128 net;
    } bets[CRAPS_SPOT_COUNT];
    uint32_t *counters; /* Of all censuses. */
};

/* Empty totals on the heap, for sessions of the plan; NULL without memory. */
struct totals *totals_create(const struct session_plan *plan);

void totals_destroy(struct totals *totals);

/* Adds the session of this number. */
void totals_add(struct totals *totals, uint64_t session, const struct session_record *record);

/* Adds what from holds. */
void totals_merge(struct totals *totals, const struct totals *from);

#endif
