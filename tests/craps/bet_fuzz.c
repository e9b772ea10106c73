/* SPDX-License-Identifier: MIT */
/* Fuzzes the names of bets: what is read is a bet that reads back from its own name. */
#include <string.h>

#include "base/check.h"
#include "craps/bet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct craps_bet bet = {99, 99};
    if (!craps_bet_parse((struct bytes){data, size}, &bet)) {
        CHECK(bet.kind == 99 && bet.number == 99);
        return 0;
    }
    struct craps_bet again = {99, 99};
    char name[CRAPS_BET_NAME_SIZE];
    craps_bet_name(bet, name);
    CHECK(craps_bet_parse((struct bytes){(const uint8_t *)name, strlen(name)}, &again));
    CHECK(again.kind == bet.kind && again.number == bet.number);
    CHECK(bet.kind == CRAPS_ODDS || bet.number == 0 || craps_spot(bet) != CRAPS_SPOT_NONE);
    return 0;
}
