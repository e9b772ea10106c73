/* SPDX-License-Identifier: MIT */
/* Postings and their checks. */
#include "ledger/ledger.h"

#include <string.h>

#include "base/check.h"

_Static_assert(LEDGER_CHIPS_MAX <= INT64_MAX / (2 * LEDGER_ACCOUNTS),
               "no sum of balances overflows");

void ledger_init(struct ledger *ledger)
{
    memset(ledger, 0, sizeof *ledger);
}

static bool is_iou(unsigned account)
{
    return account == LEDGER_BANK_IOU || (account >= LEDGER_IOU && account < LEDGER_BANK);
}

/* All chips that were ever bought. */
static chips bought_in_all(const struct ledger *ledger)
{
    chips sum = -ledger->balances[LEDGER_BANK_IOU];
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        sum -= ledger->balances[LEDGER_IOU + seat];
    return sum;
}

/* The one place where chips move. */
static void move(struct ledger *ledger, struct ledger_posting posting)
{
    ledger->balances[posting.debit] -= posting.amount;
    ledger->balances[posting.credit] += posting.amount;
    CHECK(is_iou(posting.debit) || ledger->balances[posting.debit] >= 0);
    CHECK(!is_iou(posting.credit));
    CHECK(ledger->balances[LEDGER_BANK] >= ledger->reserved);
}

static struct ledger_posting posting_of(enum ledger_memo memo, unsigned debit, unsigned credit,
                                        chips amount)
{
    return (struct ledger_posting){.debit = (uint8_t)debit,
                                   .credit = (uint8_t)credit,
                                   .memo = (uint8_t)memo,
                                   .amount = amount};
}

/* Whether the accounts are those that the memo moves chips between, for one and the same seat. */
static bool accounts_match(struct ledger_posting posting, unsigned seat)
{
    switch ((enum ledger_memo)posting.memo) {
    case LEDGER_BUY_IN:
        return posting.debit == LEDGER_IOU + seat && posting.credit == LEDGER_RAIL + seat;
    case LEDGER_FUND:
        return posting.debit == LEDGER_BANK_IOU && posting.credit == LEDGER_BANK;
    case LEDGER_STAKE:
        return posting.debit == LEDGER_RAIL + seat && posting.credit == LEDGER_STAKED + seat;
    case LEDGER_RELEASE:
        return posting.debit == LEDGER_STAKED + seat && posting.credit == LEDGER_RAIL + seat;
    case LEDGER_PAY:
        return posting.debit == LEDGER_BANK && posting.credit == LEDGER_RAIL + seat;
    case LEDGER_COLLECT:
        return posting.debit == LEDGER_STAKED + seat && posting.credit == LEDGER_BANK;
    case LEDGER_VIG:
        return posting.debit == LEDGER_RAIL + seat && posting.credit == LEDGER_BANK;
    }
    return false;
}

enum ledger_verdict ledger_post(struct ledger *ledger, struct ledger_posting posting)
{
    bool match = false;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        match = match || accounts_match(posting, seat);
    CHECK(match);
    if (posting.amount <= 0)
        return LEDGER_REFUSED_AMOUNT;
    if (is_iou(posting.debit)) {
        if (posting.amount > LEDGER_CHIPS_MAX - bought_in_all(ledger))
            return LEDGER_REFUSED_TOO_MANY;
    } else if (posting.debit == LEDGER_BANK) {
        if (posting.amount > ledger_bank_free(ledger))
            return LEDGER_REFUSED_BANK_SHORT;
    } else if (posting.amount > ledger->balances[posting.debit]) {
        return posting.debit < LEDGER_STAKED ? LEDGER_REFUSED_RAIL_SHORT
                                             : LEDGER_REFUSED_STAKED_SHORT;
    }
    move(ledger, posting);
    return LEDGER_POSTED;
}

enum ledger_verdict ledger_buy_in(struct ledger *ledger, unsigned seat, chips amount)
{
    CHECK(seat < SEATS_MAX);
    return ledger_post(ledger,
                       posting_of(LEDGER_BUY_IN, LEDGER_IOU + seat, LEDGER_RAIL + seat, amount));
}

enum ledger_verdict ledger_fund_bank(struct ledger *ledger, chips amount)
{
    return ledger_post(ledger, posting_of(LEDGER_FUND, LEDGER_BANK_IOU, LEDGER_BANK, amount));
}

enum ledger_verdict ledger_stake(struct ledger *ledger, unsigned seat, chips cost, chips win)
{
    CHECK(seat < SEATS_MAX);
    if (cost < 0)
        return LEDGER_REFUSED_AMOUNT;
    if (cost > ledger->balances[LEDGER_RAIL + seat])
        return LEDGER_REFUSED_RAIL_SHORT;
    if (win > ledger_bank_free(ledger))
        return LEDGER_REFUSED_BANK_SHORT;
    CHECK(win >= -ledger->reserved);
    if (cost > 0)
        move(ledger, posting_of(LEDGER_STAKE, LEDGER_RAIL + seat, LEDGER_STAKED + seat, cost));
    ledger->reserved += win;
    return LEDGER_POSTED;
}

enum ledger_verdict ledger_release(struct ledger *ledger, unsigned seat, chips amount, chips win)
{
    CHECK(seat < SEATS_MAX);
    CHECK(win >= 0 && win <= ledger->reserved);
    const enum ledger_verdict verdict = ledger_post(
        ledger, posting_of(LEDGER_RELEASE, LEDGER_STAKED + seat, LEDGER_RAIL + seat, amount));
    if (verdict == LEDGER_POSTED)
        ledger->reserved -= win;
    return verdict;
}

enum ledger_verdict ledger_pay(struct ledger *ledger, unsigned seat, chips amount)
{
    CHECK(seat < SEATS_MAX);
    return ledger_post(ledger, posting_of(LEDGER_PAY, LEDGER_BANK, LEDGER_RAIL + seat, amount));
}

enum ledger_verdict ledger_collect(struct ledger *ledger, unsigned seat, chips amount)
{
    CHECK(seat < SEATS_MAX);
    return ledger_post(ledger,
                       posting_of(LEDGER_COLLECT, LEDGER_STAKED + seat, LEDGER_BANK, amount));
}

enum ledger_verdict ledger_vig(struct ledger *ledger, unsigned seat, chips amount)
{
    CHECK(seat < SEATS_MAX);
    return ledger_post(ledger, posting_of(LEDGER_VIG, LEDGER_RAIL + seat, LEDGER_BANK, amount));
}

enum ledger_verdict ledger_set_reserved(struct ledger *ledger, chips reserved)
{
    CHECK(reserved >= 0);
    if (reserved > ledger->balances[LEDGER_BANK])
        return LEDGER_REFUSED_BANK_SHORT;
    ledger->reserved = reserved;
    return LEDGER_POSTED;
}

chips ledger_bank_free(const struct ledger *ledger)
{
    return ledger->balances[LEDGER_BANK] - ledger->reserved;
}

chips ledger_rail(const struct ledger *ledger, unsigned seat)
{
    CHECK(seat < SEATS_MAX);
    return ledger->balances[LEDGER_RAIL + seat];
}

chips ledger_staked(const struct ledger *ledger, unsigned seat)
{
    CHECK(seat < SEATS_MAX);
    return ledger->balances[LEDGER_STAKED + seat];
}

chips ledger_bought(const struct ledger *ledger, unsigned seat)
{
    CHECK(seat < SEATS_MAX);
    return -ledger->balances[LEDGER_IOU + seat];
}

chips ledger_bank(const struct ledger *ledger)
{
    return ledger->balances[LEDGER_BANK];
}

chips ledger_funded(const struct ledger *ledger)
{
    return -ledger->balances[LEDGER_BANK_IOU];
}

const char *ledger_fault(const struct ledger *ledger)
{
    chips sum = 0;
    for (unsigned account = 0; account < LEDGER_ACCOUNTS; account++) {
        const chips balance = ledger->balances[account];
        if (balance > LEDGER_CHIPS_MAX || balance < -LEDGER_CHIPS_MAX)
            return "A balance is larger than all chips that may exist.";
        if (is_iou(account) ? balance > 0 : balance < 0)
            return "A balance has the wrong sign.";
        sum += balance;
    }
    if (sum != 0)
        return "The balances do not sum to zero.";
    if (bought_in_all(ledger) > LEDGER_CHIPS_MAX)
        return "More chips were bought than may exist.";
    if (ledger->reserved < 0 || ledger->reserved > ledger->balances[LEDGER_BANK])
        return "The bank does not cover what it reserved.";
    return NULL;
}

/* balance 8 x LEDGER_ACCOUNTS | reserved 8 */
void ledger_encode(const struct ledger *ledger, struct writer *out)
{
    for (unsigned account = 0; account < LEDGER_ACCOUNTS; account++)
        write_i64(out, ledger->balances[account]);
    write_i64(out, ledger->reserved);
}

bool ledger_decode(struct reader *in, struct ledger *ledger)
{
    for (unsigned account = 0; account < LEDGER_ACCOUNTS; account++)
        ledger->balances[account] = read_i64(in);
    ledger->reserved = read_i64(in);
    return !in->failed && ledger_fault(ledger) == NULL;
}
