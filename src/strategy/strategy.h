/* SPDX-License-Identifier: MIT */
/*
 * Strategies: programs of a small language (strategies/README.md) that play a seat.
 *
 * strategy_parse() compiles a text into flat code without jumps backwards, so that every run ends;
 * nothing at run time looks at words. Before each roll the caller asks strategy_next() again and
 * again, carrying each action out, until the answer is STRATEGY_READY or STRATEGY_STOP; after the
 * roll it tells strategy_rolled(). An action is one that the engine accepts and the rail can pay;
 * whether the bank can cover it is for the caller to see, and one that is not carried out is not
 * asked for again before the next roll. Both structs are plain memory without pointers. Pure; a
 * compiled strategy may be read by any threads, a player belongs to one.
 */
#ifndef STRATEGY_STRATEGY_H
#define STRATEGY_STRATEGY_H

#include "craps/craps.h"

/* Bounds of a program; one that needs more is refused with a sentence. */
#define STRATEGY_TEXT_SIZE_MAX 65536
#define STRATEGY_NAME_SIZE     48  /* With its zero. */
#define STRATEGY_LINE_SIZE     160 /* A description, with its zero. */
#define STRATEGY_CODE_MAX      2048
#define STRATEGY_SETS_MAX      128 /* Different groups of bets. */
#define STRATEGY_VARIABLES_MAX 32
#define STRATEGY_LISTS_MAX     2
#define STRATEGY_ITEMS_MAX     64 /* Numbers in a list. */
#define STRATEGY_STACK_MAX     16

/* Every value of a program stays between minus this and this. */
#define STRATEGY_VALUE_MAX ((chips)1000000000000)

/* Room for strategy_error_sentence(). */
#define STRATEGY_SENTENCE_SIZE 240

/* One instruction; what its fields mean is in strategy/code.h. */
struct strategy_step {
    uint8_t deed;
    uint8_t mode;
    uint16_t index;
    int32_t value;
};

/* The bets that an instruction is about. */
struct strategy_set {
    struct craps_spots spots;
    uint8_t first; /* The first and the last word of spots that is not 0. */
    uint8_t last;
    uint8_t filter; /* Which of them the puck leaves: strategy/code.h. */
    uint8_t reserved[5];
};

/* A compiled program. */
struct strategy {
    char name[STRATEGY_NAME_SIZE];
    char description[STRATEGY_LINE_SIZE];
    uint16_t code_count;
    uint16_t rolls_begin; /* Code before it runs once, at the start. */
    uint16_t sets_count;
    uint8_t variables_count;
    uint8_t lists_count;
    uint8_t watches; /* 1: it asks what the last roll won, lost or pushed. */
    uint8_t reserved[7];
    struct craps_spots watched; /* Of which spots. */
    struct strategy_set sets[STRATEGY_SETS_MAX];
    struct strategy_step code[STRATEGY_CODE_MAX];
};

/* Why a text is no program. Lines and columns are counted from 1; columns in bytes. */
struct strategy_error {
    unsigned line;
    unsigned column;
    char sentence[160]; /* What was expected, and what was found. */
};

/* A list of numbers, for progressions that cross numbers out. */
struct strategy_list {
    uint32_t first;
    uint32_t count;
    chips items[STRATEGY_ITEMS_MAX];
};

/* What the last roll did to one of the player's bets that the program asks about. */
struct strategy_result {
    uint16_t spot;
    uint8_t outcome; /* enum craps_outcome. */
    chips amount;    /* Won less vig, or lost. */
};

/* One seat's run of a program. The caller reads the first part; the rest is the interpreter's. */
struct strategy_player {
    uint64_t rolls;    /* Rolls that strategy_rolled() was told. */
    uint64_t shooters; /* Seven-outs of them. */
    uint64_t skipped;  /* Actions that could not be made: closed, refused, or the rail too short. */
    uint64_t unpaid;   /* Of these, those that only the rail was too short for. */
    chips bankroll;    /* At the start. */
    chips unit;
    bool stopped; /* The program said stop: it bets no more, and leaves when nothing lies. */

    uint8_t puck;      /* Before the last roll. */
    uint8_t puck_seen; /* Now. */
    uint8_t total;
    uint8_t pending; /* 1: an action in code[at] has gone through its set to spot, with amount. */
    bool begun;
    uint16_t at;
    uint16_t spot;
    uint32_t results_count;
    chips amount;
    uint64_t random;
    uint64_t pointed;                  /* The roll that set the point. */
    uint64_t thrown[13];               /* The last roll of each total; 0: none. */
    uint32_t hits[13];                 /* By this shooter. */
    uint32_t made;                     /* Points, by this shooter. */
    int32_t streaks[CRAPS_KIND_COUNT]; /* Wins in a row; losses are negative. */
    chips variables[STRATEGY_VARIABLES_MAX];
    struct strategy_list lists[STRATEGY_LISTS_MAX];
    struct strategy_result results[CRAPS_SPOT_COUNT];
};

enum strategy_deed {
    STRATEGY_READY, /* Nothing more before the roll. */
    STRATEGY_PLACE,
    STRATEGY_TAKE_DOWN,
    STRATEGY_CALL, /* Working, off, or back to the house's habit. */
    STRATEGY_STOP, /* It leaves: nothing of it lies any more. */
};

struct strategy_action {
    enum strategy_deed deed;
    struct craps_bet bet;       /* Of the three in the middle; it needs no craps_resolve(). */
    chips amount;               /* Of STRATEGY_PLACE; of STRATEGY_TAKE_DOWN, or CRAPS_WHOLE. */
    enum craps_working working; /* Of STRATEGY_CALL. */
};

/* What a player sees. */
struct strategy_view {
    const struct craps *craps;
    const struct craps_card *card;
    unsigned seat;
    chips rail; /* Free chips of the seat. */
};

/* Compiles a text. False: *error says where and why, and *out is to be thrown away. */
bool strategy_parse(struct bytes text, struct strategy *out, struct strategy_error *error);

/* Writes "line 4, column 9: ...", with its zero. */
void strategy_error_sentence(const struct strategy_error *error,
                             char sentence[static STRATEGY_SENTENCE_SIZE]);

/*
 * A player at the start of a session: with all its chips, the amount it calls a unit (1 or more),
 * and what its random numbers come from.
 */
void strategy_begin(struct strategy_player *player, const struct strategy *strategy, chips bankroll,
                    chips unit, uint64_t seed);

/* The next action before the roll; those before it were carried out, or never will be. */
struct strategy_action strategy_next(const struct strategy *strategy,
                                     struct strategy_player *player,
                                     const struct strategy_view *view);

/* Tells a roll: the felt after it, and what it did to the seat's bets. */
void strategy_rolled(const struct strategy *strategy, struct strategy_player *player,
                     const struct craps *after, const struct craps_decision *decisions,
                     size_t count);

/*
 * The smallest line bet, when the seat is the shooter of a come-out without one: the dice do not
 * roll before. READY when nothing is owed, or it cannot be paid.
 */
struct strategy_action strategy_duty(const struct strategy_view *view);

#endif
