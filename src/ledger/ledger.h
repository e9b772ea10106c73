/* SPDX-License-Identifier: MIT */
/*
 * Double-entry accounts of one table. Chips are only ever moved, so that all balances sum to zero.
 *
 * Chips come into being against an IOU: a seat that buys in is credited on its rail and debited in
 * its IOU account, which is the only one below zero; the bank is funded the same way. The ledger
 * knows nothing of craps: the caller says what a bet costs and what it can win. A refusal changes
 * nothing. Plain memory, copied once per block. Pure; the owner's thread.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/limits.h"
#include "base/types.h"
#include "base/wire.h"

/* All chips ever bought at a table, at most: no sum of balances can overflow. */
#define LEDGER_CHIPS_MAX ((chips)1000000000000000)

/* Bytes of an encoded ledger, exactly. */
#define LEDGER_ENCODED_SIZE ((LEDGER_ACCOUNTS + 1) * 8)

/* Three accounts a seat, the bank's two. */
enum ledger_account {
    LEDGER_RAIL = 0,            /* + seat: free chips. */
    LEDGER_STAKED = SEATS_MAX,  /* + seat: chips on the table. */
    LEDGER_IOU = 2 * SEATS_MAX, /* + seat: minus what the seat bought. */
    LEDGER_BANK = 3 * SEATS_MAX,
    LEDGER_BANK_IOU, /* Minus what the bank was funded with. */
    LEDGER_ACCOUNTS,
};

/* What a posting was for. */
enum ledger_memo {
    LEDGER_BUY_IN,
    LEDGER_FUND,
    LEDGER_STAKE,
    LEDGER_RELEASE, /* A bet came down, or back after it was decided. */
    LEDGER_PAY,
    LEDGER_COLLECT,
    LEDGER_VIG,
};

enum ledger_verdict {
    LEDGER_POSTED,
    LEDGER_REFUSED_AMOUNT,       /* Not more than zero. */
    LEDGER_REFUSED_RAIL_SHORT,   /* The seat has fewer free chips. */
    LEDGER_REFUSED_STAKED_SHORT, /* Fewer lie on the table. */
    LEDGER_REFUSED_BANK_SHORT,   /* The bank could not pay that beside what it has reserved. */
    LEDGER_REFUSED_TOO_MANY,     /* More than LEDGER_CHIPS_MAX would have been bought. */
};

/* amount leaves debit and reaches credit. */
struct ledger_posting {
    uint8_t debit; /* enum ledger_account. */
    uint8_t credit;
    uint8_t memo; /* enum ledger_memo. */
    chips amount; /* More than zero. */
};

struct ledger {
    chips balances[LEDGER_ACCOUNTS];
    chips reserved; /* Of the bank's chips: what all that lies can win. */
};

/* No chips anywhere. */
void ledger_init(struct ledger *ledger);

/* Posts what a memo allows; all others below do it by this. For replaying a journal of postings. */
enum ledger_verdict ledger_post(struct ledger *ledger, struct ledger_posting posting);

/* A seat buys chips against its IOU. */
enum ledger_verdict ledger_buy_in(struct ledger *ledger, unsigned seat, chips amount);

/* The bank's owners fund it. */
enum ledger_verdict ledger_fund_bank(struct ledger *ledger, chips amount);

/*
 * A bet: cost (0 or more) from rail to table, and win (may be negative) more reserved by the bank.
 * Bank short: ledger_bank_free() is the win that would fit.
 */
enum ledger_verdict ledger_stake(struct ledger *ledger, unsigned seat, chips cost, chips win);

/* A bet comes down: amount from table to rail, and win (0 or more) less reserved. */
enum ledger_verdict ledger_release(struct ledger *ledger, unsigned seat, chips amount, chips win);

/* A win: amount from bank to rail. Refused only when the bank holds less. */
enum ledger_verdict ledger_pay(struct ledger *ledger, unsigned seat, chips amount);

/* A loss: amount from table to bank. */
enum ledger_verdict ledger_collect(struct ledger *ledger, unsigned seat, chips amount);

/* The house's commission on a win: amount from rail to bank. */
enum ledger_verdict ledger_vig(struct ledger *ledger, unsigned seat, chips amount);

/*
 * Sets what is reserved: 0 when a roll is decided, before its payments; what then lies afterwards.
 * Bank short when the bank holds less.
 */
enum ledger_verdict ledger_set_reserved(struct ledger *ledger, chips reserved);

/* The largest win that the bank can still reserve. */
chips ledger_bank_free(const struct ledger *ledger);

chips ledger_rail(const struct ledger *ledger, unsigned seat);
chips ledger_staked(const struct ledger *ledger, unsigned seat);
/* What the seat bought in all, as a positive number. */
chips ledger_bought(const struct ledger *ledger, unsigned seat);
chips ledger_bank(const struct ledger *ledger);
/* What the bank was funded with in all, as a positive number. */
chips ledger_funded(const struct ledger *ledger);

/*
 * NULL when the books are right: all balances sum to zero, only IOUs are negative, the bank covers
 * what it reserved. Else a sentence that names what is broken.
 */
const char *ledger_fault(const struct ledger *ledger);

/* Writes the LEDGER_ENCODED_SIZE canonical bytes. */
void ledger_encode(const struct ledger *ledger, struct writer *out);

/* Reads them back; false when they are no sound ledger. */
bool ledger_decode(struct reader *in, struct ledger *ledger);

#endif
