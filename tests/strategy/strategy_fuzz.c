/* SPDX-License-Identifier: MIT */
/*
 * Any text is a program or gets a sentence; any program plays by the rules of each house, and comes
 * to its end.
 */
#include <string.h>

#include "base/check.h"
#include "strategy/strategy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROLLS       40
#define ACTIONS_MAX (64 * STRATEGY_CODE_MAX)
#define SEAT        5

static struct strategy strategy;
static struct strategy_player player;
static struct craps craps;
static struct craps_card cards[8];
static struct craps_decision decisions[CRAPS_DECISIONS_MAX];

static size_t make_cards(void)
{
    static size_t count;
    for (; count < 8 && craps_preset_at(count) != NULL; count++) {
        const struct craps_rules rules = craps_preset_at(count)->rules();
        craps_card_make(&cards[count], &rules);
    }
    return count;
}

/* Carries an action out, which must be legal; returns what it takes off the rail. */
static chips act(const struct craps_card *card, const struct strategy_action *action)
{
    struct craps_money money = {0};
    struct craps_refusal why;
    switch (action->deed) {
    case STRATEGY_PLACE:
        CHECK(craps_place(&craps, card, SEAT, action->bet, action->amount, &money, &why) ==
              CRAPS_ACCEPTED);
        return money.stake + money.vig;
    case STRATEGY_TAKE_DOWN:
        CHECK(craps_take_down(&craps, card, SEAT, action->bet, action->amount, &money, &why) ==
              CRAPS_ACCEPTED);
        return -(money.stake + money.vig);
    case STRATEGY_CALL:
        CHECK(craps_set_working(&craps, SEAT, action->bet, action->working, &why) ==
              CRAPS_ACCEPTED);
        return 0;
    case STRATEGY_READY:
    case STRATEGY_STOP:
        break;
    }
    return 0;
}

static void play(const struct craps_card *card, uint32_t dice)
{
    chips rail = 2000;
    craps_init(&craps);
    craps_set_shooter(&craps, SEAT);
    strategy_begin(&player, &strategy, rail, 5, dice);
    for (unsigned roll = 0; roll < ROLLS; roll++) {
        struct strategy_action action;
        unsigned actions = 0;
        do {
            const struct strategy_view view = {
                .craps = &craps, .card = card, .seat = SEAT, .rail = rail};
            action = strategy_next(&strategy, &player, &view);
            rail -= act(card, &action);
            CHECK(rail >= 0);
            CHECK(++actions < ACTIONS_MAX);
        } while (action.deed != STRATEGY_READY && action.deed != STRATEGY_STOP);
        if (action.deed == STRATEGY_STOP)
            return;
        dice = dice * 1664525u + 1013904223u;
        const size_t count = craps_roll(&craps, card, 1u << SEAT, (dice >> 16) % 6 + 1,
                                        (dice >> 24) % 6 + 1, decisions);
        for (size_t i = 0; i < count; i++)
            rail += decisions[i].returned + decisions[i].profit - decisions[i].vig;
        strategy_rolled(&strategy, &player, &craps, decisions, count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strategy_error error;
    const size_t houses = make_cards();
    if (!strategy_parse((struct bytes){data, size}, &strategy, &error)) {
        CHECK(error.line >= 1 && error.column >= 1);
        CHECK(strncmp(error.sentence, "expected ", 9) == 0);
        CHECK(memchr(error.sentence, 0, sizeof error.sentence) != NULL);
        return 0;
    }
    CHECK(memchr(strategy.name, 0, sizeof strategy.name) != NULL);
    play(&cards[size % houses], (uint32_t)size);
    return 0;
}
