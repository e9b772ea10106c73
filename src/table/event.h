/* SPDX-License-Identifier: MIT */
/*
 * What happened at a table, for those who watch: plain numbers, in the order of the final blocks.
 * A roll is TABLE_EVENT_ROLL, its decisions, then TABLE_EVENT_ROLLED. Produced by state_execute();
 * reaches the shell as effects of the table.
 */
#ifndef TABLE_EVENT_H
#define TABLE_EVENT_H

#include "base/limits.h"
#include "base/types.h"
#include "craps/order.h"
#include "ledger/ledger.h"
#include "table/lie.h"

enum table_event_kind {
    TABLE_EVENT_DEALT,      /* seat dealt its key shares. */
    TABLE_EVENT_CONFIRMED,  /* seat confirmed all deals. */
    TABLE_EVENT_ACCUSED,    /* seat was found guilty in a key generation; see conviction. */
    TABLE_EVENT_KEYS,       /* The first dice key is complete: play begins. */
    TABLE_EVENT_BET,        /* seat put amount on bet; cost is what left its rail. */
    TABLE_EVENT_TAKEN_DOWN, /* seat took amount off bet. */
    TABLE_EVENT_CALLED,     /* seat called bet working, off, or neither. */
    TABLE_EVENT_READY,      /* seat is ready for the roll. */
    TABLE_EVENT_REFUSED,    /* seat's action was refused; refusal says why. */
    TABLE_EVENT_LEFT,       /* seat plays no more. */
    TABLE_EVENT_CLOSED,     /* Betting for the roll is closed. */
    TABLE_EVENT_ROLL,       /* dice; puck before and after. */
    TABLE_EVENT_DECISION,   /* One bet's outcome in that roll. */
    TABLE_EVENT_ROLLED,     /* All bets of the roll are decided. */
    TABLE_EVENT_SAT,        /* seat will take part from the next epoch on. */
    TABLE_EVENT_KICKED,     /* seat was silent, or kept the key generation waiting: it is out. */
    TABLE_EVENT_FORGOT, /* seat lost what its key signed: it is out, and comes back with another. */
    TABLE_EVENT_EPOCH,  /* The next epoch begins. */
    TABLE_EVENT_ASKS,   /* who, called name, asks for a seat that seats have to approve; no seat. */
    TABLE_EVENT_APPROVED,  /* seat approves of who; approvals of the needed ones. */
    TABLE_EVENT_CONVICTED, /* seat signed what no honest seat signs: it is out; see conviction. */
};

/* Why an action was refused, beyond the bets' own rules. */
enum refusal_kind {
    REFUSAL_NONE,
    REFUSAL_CRAPS,     /* By the rules of the bet; see craps. */
    REFUSAL_LEDGER,    /* By the money; see ledger. */
    REFUSAL_LATE,      /* That roll is closed or over. */
    REFUSAL_EARLY,     /* That roll is not open yet. */
    REFUSAL_READY,     /* The seat ended its betting for this roll. */
    REFUSAL_WITNESS,   /* A witness has no chips. */
    REFUSAL_LEFT,      /* The seat has left. */
    REFUSAL_PHASE,     /* Not while keys are made, or not after. */
    REFUSAL_REPEATED,  /* Done already. */
    REFUSAL_DEAL,      /* The deal or complaint does not hold. */
    REFUSAL_EVIDENCE,  /* It convicts nobody, or nobody new. */
    REFUSAL_ADMISSION, /* The table needs no approval, or nobody is meant. */
    REFUSAL_WAITING,   /* The seat takes part from the next epoch on. */
};

#define REFUSAL_SENTENCE_SIZE 280

struct refusal {
    enum refusal_kind kind;
    unsigned order;             /* Of an action's orders, the one that was refused; from 0. */
    unsigned orders;            /* How many they were; 0: the action was none of orders. */
    uint8_t deed;               /* Of that order: enum craps_deed. */
    struct craps_refusal craps; /* By the ledger: of it, bet and amount. */
    enum ledger_verdict ledger;
    chips costs; /* By the ledger: what would have left the rail... */
    chips rail;  /* ...which holds this... */
    chips fits;  /* ...and the largest amount that rail and bank allow; 0: none. */
};

struct table_event {
    enum table_event_kind kind;
    unsigned seat; /* From 0. */
    uint64_t roll;
    uint64_t height;   /* Of the block. */
    uint64_t sequence; /* Of the action, where there was one. */
    unsigned order;    /* Of bets, taken down, called: which of the action's orders, from 0. */
    unsigned orders;   /* How many they are. */
    uint32_t spot;     /* Of the bet. */
    chips amount;
    chips cost;
    uint8_t working; /* Of called: enum craps_working. */
    struct refusal refusal;
    uint8_t dice[2];
    uint8_t point_before; /* 0: the puck was off. */
    uint8_t point_after;
    bool seven_out;
    unsigned shooter; /* Who rolled; for ROLLED, who rolls next. */
    struct craps_decision decision;
    struct public_key who; /* Of a newcomer. */
    char name[NAME_SIZE_MAX + 1];
    unsigned approvals;
    unsigned needed;
    struct conviction conviction;
};

#endif
