/* SPDX-License-Identifier: MIT */
/* Nets and transfers. */
#include "ledger/settlement.h"

#include <string.h>

#include "base/check.h"

/* Adds the bank's gain, or loss, to the nets of its owners. */
static void share_bank(chips gain, uint16_t players, unsigned owner, chips net[static SEATS_MAX])
{
    if (owner != SETTLEMENT_SHARED) {
        net[owner] += gain;
        return;
    }
    chips count = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        count += players >> seat & 1;
    /* Rounded towards the smaller, for losses too, so that the remainder is 0 to count - 1 chips.
     */
    chips share = gain / count;
    chips remainder = gain % count;
    if (remainder < 0) {
        share--;
        remainder += count;
    }
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if ((players >> seat & 1) == 0)
            continue;
        net[seat] += share;
        if (remainder > 0) {
            net[seat]++;
            remainder--;
        }
    }
}

/* Pairs the largest debtor with the largest creditor until nobody owes; of equals the first seat.
 */
static void pair(struct settlement *settlement)
{
    chips rest[SEATS_MAX];
    memcpy(rest, settlement->net, sizeof rest);
    settlement->count = 0;
    for (;;) {
        unsigned debtor = 0;
        unsigned creditor = 0;
        for (unsigned seat = 1; seat < SEATS_MAX; seat++) {
            debtor = rest[seat] < rest[debtor] ? seat : debtor;
            creditor = rest[seat] > rest[creditor] ? seat : creditor;
        }
        if (rest[debtor] == 0)
            break;
        const chips amount = -rest[debtor] < rest[creditor] ? -rest[debtor] : rest[creditor];
        CHECK(amount > 0 && settlement->count < SETTLEMENT_TRANSFERS_MAX);
        rest[debtor] += amount;
        rest[creditor] -= amount;
        settlement->transfers[settlement->count++] = (struct settlement_transfer){
            .from = (uint8_t)debtor, .to = (uint8_t)creditor, .amount = amount};
    }
}

bool settlement_make(const struct ledger *ledger, uint16_t players, unsigned owner,
                     struct settlement *settlement)
{
    CHECK(players != 0 && owner <= SETTLEMENT_SHARED);
    CHECK(owner == SETTLEMENT_SHARED || (players >> owner & 1) != 0);
    memset(settlement, 0, sizeof *settlement);
    if (ledger_fault(ledger) != NULL)
        return false;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        const chips held = ledger_rail(ledger, seat) + ledger_staked(ledger, seat);
        if ((players >> seat & 1) != 0)
            settlement->net[seat] = held - ledger_bought(ledger, seat);
        else if (held != 0 || ledger_bought(ledger, seat) != 0)
            return false;
    }
    share_bank(ledger_bank(ledger) - ledger_funded(ledger), players, owner, settlement->net);
    chips sum = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        sum += settlement->net[seat];
    CHECK(sum == 0);
    pair(settlement);
    return true;
}
