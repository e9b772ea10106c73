/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the rules that a table's genesis brings: whatever they are, it is decided whether the bank
 * would lose, and nothing that is then allowed favours the player. Replay and hot roller, which
 * take a second each, are left to tests/odds/fault_test.c.
 */
#include <string.h>

#include "base/check.h"
#include "odds/key.h"
#include "odds/odds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct odds_wager wagers[ODDS_WAGERS_MAX];

/* Every wager by itself says what the fault says of all. */
static void check_wagers(const struct craps_rules *rules, bool fault)
{
    const size_t count = odds_wagers(rules, wagers);
    bool favours = false;
    struct odds odds;
    odds_init(&odds);
    for (size_t i = 0; i < count; i++) {
        char key[ODDS_KEY_SIZE];
        odds_key(rules, wagers[i], key);
        CHECK(key[0] != '\0' && strlen(key) + 1 < ODDS_KEY_SIZE);
        if (odds_of(rules, wagers[i], 0, &odds) != ODDS_COMPUTED)
            CHECK(fault);
        else
            favours = favours || mpq_sgn(odds.edge) < 0;
    }
    odds_clear(&odds);
    CHECK(!favours || fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct craps_rules rules;
    char sentence[ODDS_SENTENCE_SIZE];
    struct reader in = reader_on((struct bytes){data, size});
    if (craps_rules_decode(&in, &rules) != NULL)
        return 0;
    rules.bets &= ~(CRAPS_KIND_BIT(CRAPS_REPLAY) | CRAPS_KIND_BIT(CRAPS_HOT_ROLLER));
    if (rules.bets == 0)
        return 0;
    const bool fault = odds_fault(&rules, sentence);
    CHECK(!fault || strlen(sentence) > 0);
    check_wagers(&rules, fault);
    return 0;
}
