/* SPDX-License-Identifier: MIT */
/*
 * What compiled programs are made of: a stack machine whose jumps only go forwards.
 *
 * Written by the parser, run by strategy/turn.c. Internal to this folder.
 */
#ifndef STRATEGY_CODE_H
#define STRATEGY_CODE_H

#include "base/types.h"

/* strategy_step.deed; what it pops and pushes in brackets. */
enum code_deed {
    /* Values. */
    CODE_NUMBER,   /* [-> n] value. */
    CODE_VARIABLE, /* [-> n] variables[index]. */
    CODE_READING,  /* [-> n] mode: enum code_reading. */
    CODE_HITS,     /* [-> n] Of the total value, by this shooter. */
    CODE_SINCE,    /* [-> n] Rolls since the total value. */
    CODE_ROLLED,   /* [-> 0 or 1] Bit n of value: total n was rolled. */
    CODE_POINT_IN, /* [-> 0 or 1] Bit n of value: the point is n. */
    CODE_COUNT,    /* [-> n] Spots of sets[index] with a bet. */
    CODE_STAKE,    /* [-> n] Chips on them. */
    CODE_WON,      /* [-> n] What the last roll paid on them, less vig. */
    CODE_LOST,     /* [-> n] What it took of them. */
    CODE_PUSHED,   /* [-> n] How many of them pushed or came down undecided. */
    CODE_STREAK,   /* [-> n] Of the kind value. */
    CODE_FIRST,    /* [-> n] Of lists[index]; 0 when it is empty. */
    CODE_LAST,     /* [-> n] */
    CODE_SIZE,     /* [-> n] */
    CODE_RANDOM,   /* [n -> m] 0 to n - 1; 0 when n is less than 2. */
    /* Arithmetic. */
    CODE_PLUS, /* [a b -> n], as are those below but the two of one value. */
    CODE_MINUS,
    CODE_TIMES,
    CODE_OVER,      /* Towards zero; by zero it is 0. */
    CODE_REMAINDER, /* By zero it is 0. */
    CODE_LEAST,
    CODE_MOST,
    CODE_EQUAL,
    CODE_UNEQUAL,
    CODE_LESS,
    CODE_AT_MOST,
    CODE_MORE,
    CODE_AT_LEAST,
    CODE_BOTH,
    CODE_EITHER,
    CODE_NOT,    /* [a -> n] */
    CODE_NEGATE, /* [a -> n] */
    /* Memory and order. */
    CODE_LET,        /* [n ->] variables[index]. */
    CODE_CLEAR,      /* lists[index]. */
    CODE_APPEND,     /* [n ->] To lists[index]; a full list takes nothing more. */
    CODE_DROP_FIRST, /* Of lists[index]. */
    CODE_DROP_LAST,
    CODE_UNLESS, /* [n ->] When 0, goes on at code[index]. */
    CODE_JUMP,   /* Goes on at code[index]. */
    /* Actions on sets[index], spot by spot; value: enum code_amount, mode: enum code_rounding. */
    CODE_BET, /* Where nothing lies. */
    CODE_ADD,
    CODE_SET,
    CODE_PRESS, /* Where something lies. */
    CODE_PRESS_TO,
    CODE_REGRESS_TO,
    CODE_ODDS, /* Behind flat bets that lie. */
    CODE_TAKE_DOWN,
    CODE_CALL,     /* mode: enum craps_working. */
    CODE_BET_ANY,  /* [n ->] On something that the house offers now. */
    CODE_TAKE_ANY, /* Something of the seat, down. */
    CODE_STOP,
};

enum code_reading {
    CODE_READING_UNIT,
    CODE_READING_COMEOUT,
    CODE_READING_POINT,
    CODE_READING_SHOOTER,     /* 1: this seat has the dice. */
    CODE_READING_NEW_SHOOTER, /* 1: the hand's first roll is ahead. */
    CODE_READING_START,       /* 1: the session's first roll is ahead. */
    CODE_READING_SEVEN_OUT,   /* 1: by the last roll. */
    CODE_READING_POINT_MADE,  /* 1: by the last roll. */
    CODE_READING_SHOOTERS,    /* Of the session, this one included. */
    CODE_READING_ROLLS,       /* Of the session. */
    CODE_READING_HAND,        /* Rolls of this shooter. */
    CODE_READING_POINTS,      /* Made by this shooter. */
    CODE_READING_SINCE_POINT, /* Rolls since the point was set. */
    CODE_READING_TOTAL,       /* Of the last roll; 0 before the first. */
    CODE_READING_RAIL,
    CODE_READING_RISK, /* On the table. */
    CODE_READING_BANKROLL,
    CODE_READING_BUYIN,
    CODE_READING_PROFIT,
};

/* How much; all but the first two, and the last, are worked out for each spot. */
enum code_amount {
    CODE_AMOUNT_CHIPS, /* [n ->] */
    CODE_AMOUNT_TIMES, /* [n ->] Of the flat bet. */
    CODE_AMOUNT_FULL,  /* What lies there. */
    CODE_AMOUNT_HALF,  /* Half of it. */
    CODE_AMOUNT_WIN,   /* What the last roll paid there. */
    CODE_AMOUNT_MOST,  /* What the house takes. */
};

enum code_rounding {
    CODE_ROUNDING_NEAREST, /* Of two, the larger. */
    CODE_ROUNDING_UP,
    CODE_ROUNDING_DOWN,
};

/* strategy_set.filter. */
enum code_filter {
    CODE_FILTER_NONE,
    CODE_FILTER_POINT,     /* Only the spot on the point. */
    CODE_FILTER_NOT_POINT, /* All but that one. */
};

#endif
