/* SPDX-License-Identifier: MIT */
/*
 * What a simulation found: one plain tree for each strategy, ready to be printed.
 *
 * It is worked out once, after the last session, from sums of whole numbers, so that it does not
 * depend on how many threads played (only seconds and jobs do). Reports (src/report/) and the JSON
 * and CSV writers read it and work nothing out again. Amounts are chips; a fraction is a double
 * between 0 and 1; an edge is the house's, of what was staked: 0.0141 is 1.41 %.
 */
#ifndef SIMULATE_RESULT_H
#define SIMULATE_RESULT_H

#include "craps/rules.h"

/* The percentiles that are given: 1 5 10 25 50 75 90 95 99; these are indexes of them. */
#define RESULT_PERCENTILES 9
#define RESULT_MEDIAN      4
extern const unsigned RESULT_PERCENTILE[RESULT_PERCENTILES];

/* Sample points of a path, at most; their first is before the first roll. */
#define RESULT_POINTS_MAX 201
#define RESULT_PATHS      5  /* Sessions whose path is kept: the first ones. */
#define RESULT_BARS_MAX   60 /* Of a histogram. */

/* An edge is in doubt when it is so many standard errors from the exact one. */
#define RESULT_Z_MAX 4.0

enum result_horizon {
    RESULT_HORIZON_ROLLS,
    RESULT_HORIZON_SHOOTERS,
};

/* What was asked for: the same for all strategies that are compared. */
struct result_setting {
    const char *preset;       /* "casino". */
    const char *house;        /* What differs from it, "name=value ..."; "" for nothing. */
    const char *card;         /* The rules in lines of text, each ended by a line feed. */
    struct craps_rules rules; /* Limits, odds and vig among them. */
    chips bankroll;
    chips unit;
    uint64_t seed;
    uint64_t sessions;           /* Asked for. */
    enum result_horizon horizon; /* After so many rolls or shooters no bets are made. */
    uint64_t length;             /* How many. */
    double hours;                /* When the length was given so, at 144 rolls an hour; else 0. */
    chips win_goal;              /* A session that has won so much stops betting; 0: none. */
    chips loss_limit;            /* One that has lost so much, likewise; 0: none. */
    unsigned jobs;               /* Threads that played. */
    unsigned cores;              /* Of this machine. */
    double seconds;              /* From the first session to the last. */
    uint64_t rolls;              /* Of all strategies. */
    double rolls_per_second;
    bool interrupted; /* Fewer sessions were played than asked for. */
};

/* Some quantity over all sessions. When width is 1 the percentiles are exact, else the true one is
   between at[] and at[] + width - 1. All are 0 when count is 0. */
struct result_spread {
    uint64_t count;
    double mean;
    double mean_error; /* Standard error of the mean. */
    double deviation;  /* Standard deviation of one. */
    chips least;
    chips most;
    chips at[RESULT_PERCENTILES];
    chips width;
};

struct result_bar {
    chips from; /* Up to, and not, from + width. */
    uint64_t count;
};

/* Bars of the same width, from the lowest. */
struct result_histogram {
    chips width;
    size_t count;
    struct result_bar bars[RESULT_BARS_MAX];
};

/* All sessions after so many rolls; those that ended earlier count with what they ended with. */
struct result_point {
    uint64_t roll;
    double mean;                  /* Of the bankroll: rail and all that lies on the table. */
    chips at[RESULT_PERCENTILES]; /* Likewise. */
    double alive;                 /* Fraction of sessions that are not bust: the survival curve. */
};

/* One session's bankroll at each of the points. */
struct result_path {
    uint64_t session;
    chips bankroll[RESULT_POINTS_MAX];
};

/* Whether a bet's exact edge is known and can be compared with. */
enum result_check {
    RESULT_CHECK_AGREES,
    RESULT_CHECK_DISAGREES, /* |z| is above RESULT_Z_MAX: a fault of this program, or 1 in 16,000.
                             */
    RESULT_CHECK_FEW,       /* Decided too seldom for a normal deviate to mean much. */
    RESULT_CHECK_NONE,      /* Made in a way to which no one edge applies. */
};

/* All that became of one bet. A line or come bet counts with number 0 wherever it travelled. */
struct result_bet {
    struct craps_bet bet;
    char name[CRAPS_BET_NAME_SIZE];
    uint64_t placed;    /* Times that chips were put on it. */
    chips placed_chips; /* Without vig. */
    uint64_t won;
    uint64_t lost;
    uint64_t pushed;
    uint64_t decided;    /* The sum of the three. */
    uint64_t returned;   /* Came down undecided: taken down, or off when decided. */
    chips handle;        /* Stakes of those decided, with the vig that was paid up front. */
    chips vig;           /* Paid, of those decided. */
    chips net;           /* Won less lost, vig included: what the player has of it. */
    double edge;         /* -net / handle. */
    double edge_error;   /* Standard error of that. */
    double variance;     /* Of the net of one decision, per chip staked squared. */
    double exact;        /* The exact edge. Unknown (0) under RESULT_CHECK_NONE, as is z. */
    char exact_text[48]; /* "7/495". */
    double z;            /* (edge - exact) / standard error. */
    enum result_check check;
};

/* The dice that this strategy's sessions saw, up to where each ended. */
struct result_dice {
    uint64_t rolls;
    uint64_t outcomes[6][6]; /* First die - 1, second die - 1. */
    uint64_t totals[13];
    double chi_square_outcomes; /* Of the 36, 35 degrees of freedom. */
    double chi_square_totals;   /* Of 2 to 12, 10 degrees of freedom. */
    double p_outcomes;          /* The chance of so much or more, of fair dice. */
    double p_totals;
    uint64_t hands;        /* That ended with a seven-out. */
    uint64_t hand_rolls;   /* In those. */
    uint64_t longest_hand; /* In rolls. */
    uint64_t points_set;
    uint64_t points_made;
    double rolls_per_hand;       /* 1671/196 = 8.5255 for hands that are not cut off. */
    double points_made_per_hand; /* 67/98. */
    double seven_out_rate;       /* Seven-outs a roll. */
};

/* One strategy's sessions. */
struct result {
    const struct result_setting *setting; /* Shared. */
    const char *name;                     /* As given. */
    const char *description;              /* One line; "" when it has none. */
    const char *text;                     /* Its source; "" when it is built in. */
    uint64_t sessions; /* Played to the end; fewer than asked for if interrupted. */

    struct result_spread final;    /* Bankroll at the end. */
    struct result_spread winnings; /* That less the bankroll at the start. */
    double winnings_per_roll;
    double winnings_per_hour; /* Of 144 rolls. */
    double ahead;             /* P(ends with more than it began). */
    double even;
    double behind;
    uint64_t ahead_count, even_count, behind_count;

    /* Ruin: nothing lies, and the strategy cannot bet for want of chips. */
    double bust;
    uint64_t bust_count;
    struct result_spread bust_rolls; /* Of those bust: after how many rolls. */
    double doubled;                  /* P(the bankroll was twice the start at some time). */
    uint64_t doubled_count;
    uint64_t goal_count;  /* Stopped at the win goal, ... */
    uint64_t limit_count; /* ... at the loss limit, ... */
    uint64_t quit_count;  /* ... because the strategy said so. */
    /* The bankroll that so many sessions would have survived with; 0: more than there was. */
    chips needed_95;
    chips needed_99;
    struct result_spread drawdown; /* Largest fall below an earlier peak, of each session. */
    struct result_spread peak;     /* Highest bankroll of each session. */

    /* Path. */
    size_t points_count;
    struct result_point *points;
    size_t paths_count;
    struct result_path *paths;
    struct result_histogram histogram; /* Of final. */

    /* Action. */
    uint64_t rolls; /* Those in which bets finish included. */
    struct result_spread session_rolls;
    chips handle;        /* Of all bets. */
    chips placed_chips;  /* Put on bets, all told. */
    chips vig;           /* Paid. */
    double bet_per_roll; /* handle / rolls: the average bet. */
    double risk_mean;    /* Chips on the table when the dice are thrown, over all rolls. */
    chips risk_most;
    uint64_t decisions;
    double rolls_per_decision; /* 0 when nothing was decided. */
    double edge;               /* Of all bets together: -winnings / handle. */
    double edge_error;
    double exact_edge;   /* The same from the exact edges, weighted by handle; ... */
    bool exact_complete; /* ... false: some bet has none. */
    uint64_t skipped; /* Actions that could not be made: closed, refused, or the rail too short. */

    size_t bets_count; /* Of those that were placed, in the order of spots. */
    struct result_bet *bets;
    bool sound; /* No bet disagrees with its exact edge. */
    struct result_dice dice;
};

/* Frees the arrays that a result owns, not itself nor the setting. */
void result_clear(struct result *result);

#endif
