/* SPDX-License-Identifier: MIT */
/* What a player remembers: the session, the shooter's hand, and what the last roll did. */
#include "strategy/strategy.h"

#include <string.h>

#include "base/check.h"

void strategy_begin(struct strategy_player *player, const struct strategy *strategy, chips bankroll,
                    chips unit, uint64_t seed)
{
    CHECK(unit > 0 && bankroll >= 0);
    CHECK(strategy->code_count > 0);
    /* Results that are not counted are not read, so that they need no clearing. */
    memset(player, 0, offsetof(struct strategy_player, results));
    player->bankroll = bankroll;
    player->unit = unit < CRAPS_STAKE_MAX ? unit : CRAPS_STAKE_MAX;
    player->random = seed;
}

/* What the roll did to a kind's streak: a win after losses starts at one, and so does a loss. */
static void count_streak(int32_t *streak, uint8_t outcome)
{
    if (outcome == CRAPS_WIN)
        *streak = *streak > 0 && *streak < INT32_MAX ? *streak + 1 : 1;
    else if (outcome == CRAPS_LOSE)
        *streak = *streak < 0 && *streak > -INT32_MAX ? *streak - 1 : -1;
}

void strategy_rolled(const struct strategy *strategy, struct strategy_player *player,
                     const struct craps *after, const struct craps_decision *decisions,
                     size_t count)
{
    player->at = strategy->rolls_begin;
    player->pending = 0;
    player->spot = 0;
    player->rolls++;
    const uint8_t total = (uint8_t)(after->dice[0] + after->dice[1]);
    CHECK(total >= 2 && total <= 12);
    const uint8_t puck = player->puck_seen;
    player->puck = puck;
    player->puck_seen = after->puck;
    player->total = total;
    player->thrown[total] = player->rolls;
    player->hits[total]++;
    if (puck == 0 && after->puck != 0)
        player->pointed = player->rolls;
    if (puck != 0 && total == puck)
        player->made++;
    if (puck != 0 && total == 7) {
        player->shooters++;
        player->made = 0;
        memset(player->hits, 0, sizeof player->hits);
    }
    player->results_count = 0;
    if (strategy->watches == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct craps_decision *decision = &decisions[i];
        const uint32_t spot = craps_spot(decision->bet);
        CHECK(spot < CRAPS_SPOT_COUNT);
        if ((strategy->watched.words[spot / 64] >> (spot % 64) & 1) == 0)
            continue;
        const bool lost = decision->outcome == CRAPS_LOSE;
        CHECK(player->results_count < CRAPS_SPOT_COUNT);
        player->results[player->results_count++] = (struct strategy_result){
            .spot = (uint16_t)spot,
            .outcome = decision->outcome,
            .amount = lost ? decision->stake : decision->profit - decision->vig};
        count_streak(&player->streaks[decision->bet.kind], decision->outcome);
    }
}
