/* SPDX-License-Identifier: MIT */
/*
 * Sessions that the Python engine crapssim played, one JSON object a line: reads a line into plain
 * memory, bounded and checked, with bets as ours. tests/vectors/crapssim-corpus.md describes the
 * format. It judges no play: tests/craps/replay.h does.
 */
#ifndef TESTS_CRAPS_CORPUS_H
#define TESTS_CRAPS_CORPUS_H

#include "craps/craps.h"

/* Limits of one line; longer sessions are refused. */
#define CORPUS_LINE_MAX      262144
#define CORPUS_STEPS_MAX     512
#define CORPUS_ACTIONS_MAX   32
#define CORPUS_DECISIONS_MAX 64
#define CORPUS_BETS_MAX      64
#define CORPUS_ID_SIZE       32
#define CORPUS_KEY_SIZE      24
#define CORPUS_FAULT_SIZE    200

/* More cents than any bankroll. */
#define CORPUS_MONEY_MAX ((chips)1000000000000000)

/* A bet with what the player called it; line bets have no number, wherever they lie. */
struct corpus_key {
    struct craps_bet bet; /* Its number may be one that does not exist: such bets are refused. */
    uint8_t working;      /* enum craps_working. */
};

struct corpus_action {
    char deed; /* '+' adds amount to the bet, '-' takes it down, all of it. */
    bool accepted;
    struct corpus_key key;
    chips amount;
};

struct corpus_decision {
    struct corpus_key key;
    char outcome; /* 'W', 'L' or 'P'. */
    bool stays;
    chips credit;
};

struct corpus_bet {
    struct corpus_key key;
    chips amount;
};

/* One roll: what was done before it, the dice, and all that is known after it. */
struct corpus_step {
    struct corpus_action actions[CORPUS_ACTIONS_MAX];
    struct corpus_decision decisions[CORPUS_DECISIONS_MAX];
    struct corpus_bet bets[CORPUS_BETS_MAX];
    size_t actions_count;
    size_t decisions_count;
    size_t bets_count;
    chips bank_before; /* After the actions. */
    chips bank;        /* After the roll. */
    unsigned dice[2];
    unsigned puck;
    unsigned shooter; /* From 1. */
};

struct corpus_session {
    char id[CORPUS_ID_SIZE];
    struct craps_rules rules;
    chips bank;
    struct corpus_step steps[CORPUS_STEPS_MAX];
    size_t steps_count;
};

/*
 * Reads one line, without its newline. False when it is no session of this format or none that our
 * rules can express; fault then says why.
 */
bool corpus_read(struct bytes line, struct corpus_session *session,
                 char fault[static CORPUS_FAULT_SIZE]);

/* The key of what lies on a spot. */
struct corpus_key corpus_key_of(uint32_t spot, enum craps_working working);

bool corpus_key_equal(struct corpus_key a, struct corpus_key b);

/* Writes a key as crapssim's corpus does, with its zero. */
void corpus_key_write(struct corpus_key key, char text[static CORPUS_KEY_SIZE]);

#endif
