/* SPDX-License-Identifier: MIT */
/* A seat that a program plays, alone at a felt; what it does becomes text. Include after cmocka.h.
 */
#ifndef TESTS_STRATEGY_GAME_H
#define TESTS_STRATEGY_GAME_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "strategy/library.h"
#include "strategy/strategy.h"

#define GAME_ACTIONS_MAX 200
#define GAME_SEAT        2

struct game {
    struct strategy strategy;
    struct strategy_player player;
    struct craps craps;
    struct craps_card card;
    chips rail;
    uint64_t placed;
    bool gone; /* The program has left. */
    size_t used;
    char trace[4096];
    struct craps_decision decisions[CRAPS_DECISIONS_MAX];
};

static inline struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static inline void game_say(struct game *game, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const size_t left = sizeof game->trace - game->used;
    const int size = vsnprintf(game->trace + game->used, left, format, arguments);
    va_end(arguments);
    assert_true(size >= 0 && (size_t)size < left);
    game->used += (size_t)size;
}

static inline void game_parse(struct game *game, struct bytes text)
{
    struct strategy_error error;
    char sentence[STRATEGY_SENTENCE_SIZE];
    if (!strategy_parse(text, &game->strategy, &error)) {
        strategy_error_sentence(&error, sentence);
        fail_msg("%.*s\n%s", (int)text.size, (const char *)text.at, sentence);
    }
}

static inline void game_begin(struct game *game, const struct craps_rules *rules, struct bytes text,
                              chips bankroll, chips unit)
{
    memset(game, 0, sizeof *game);
    game_parse(game, text);
    craps_init(&game->craps);
    craps_set_shooter(&game->craps, GAME_SEAT);
    craps_card_make(&game->card, rules);
    game->rail = bankroll;
    strategy_begin(&game->player, &game->strategy, bankroll, unit, 1);
}

/* Carries an action out; it must be legal, and the rail must pay it. */
static inline void game_act(struct game *game, const struct strategy_action *action)
{
    char name[CRAPS_BET_NAME_SIZE];
    struct craps_money money = {0};
    struct craps_refusal why;
    craps_bet_name(action->bet, name);
    enum craps_verdict verdict = CRAPS_ACCEPTED;
    switch (action->deed) {
    case STRATEGY_PLACE:
        verdict = craps_place(&game->craps, &game->card, GAME_SEAT, action->bet, action->amount,
                              &money, &why);
        game->rail -= money.stake + money.vig;
        game->placed++;
        break;
    case STRATEGY_TAKE_DOWN:
        verdict = craps_take_down(&game->craps, &game->card, GAME_SEAT, action->bet, action->amount,
                                  &money, &why);
        game->rail += money.stake + money.vig;
        break;
    case STRATEGY_CALL:
        verdict = craps_set_working(&game->craps, GAME_SEAT, action->bet, action->working, &why);
        break;
    case STRATEGY_READY:
    case STRATEGY_STOP:
        break;
    }
    if (verdict != CRAPS_ACCEPTED || game->rail < 0)
        fail_msg("%s: deed %d of %s with %lld is refused (%d), rail %lld", game->strategy.name,
                 (int)action->deed, name, (long long)action->amount, (int)verdict,
                 (long long)game->rail);
}

static inline void game_tell(struct game *game, const struct strategy_action *action)
{
    static const char *const workings[] = {"default", "working", "off"};
    char name[CRAPS_BET_NAME_SIZE];
    craps_bet_name(action->bet, name);
    if (game->used > 0 && game->trace[game->used - 1] != ' ')
        game_say(game, ", ");
    if (action->deed == STRATEGY_PLACE)
        game_say(game, "%s %lld", name, (long long)action->amount);
    else if (action->deed == STRATEGY_CALL)
        game_say(game, "%s %s", name, workings[action->working]);
    else if (action->amount == CRAPS_WHOLE)
        game_say(game, "-%s", name);
    else
        game_say(game, "-%s %lld", name, (long long)action->amount);
}

/* All actions before a roll. */
static inline void game_turn(struct game *game, bool tell)
{
    for (unsigned i = 0; i < GAME_ACTIONS_MAX; i++) {
        const struct strategy_view view = {
            .craps = &game->craps, .card = &game->card, .seat = GAME_SEAT, .rail = game->rail};
        const struct strategy_action action = strategy_next(&game->strategy, &game->player, &view);
        if (action.deed == STRATEGY_READY)
            return;
        if (action.deed == STRATEGY_STOP) {
            game->gone = true;
            if (tell)
                game_say(game, "stop");
            return;
        }
        game_act(game, &action);
        if (tell)
            game_tell(game, &action);
    }
    fail_msg("%s does not end its turn", game->strategy.name);
}

static inline void game_roll(struct game *game, unsigned d1, unsigned d2)
{
    const size_t count =
        craps_roll(&game->craps, &game->card, 1 << GAME_SEAT, d1, d2, game->decisions);
    for (size_t i = 0; i < count; i++)
        game->rail +=
            game->decisions[i].returned + game->decisions[i].profit - game->decisions[i].vig;
    strategy_rolled(&game->strategy, &game->player, &game->craps, game->decisions, count);
}

/* Plays dice such as "34 22"; returns what was done before each roll and after the last. */
static inline const char *game_play(struct game *game, const char *dice)
{
    game_turn(game, true);
    for (; *dice != '\0' && !game->gone; dice += dice[2] == ' ' ? 3 : 2) {
        game_roll(game, (unsigned)(dice[0] - '0'), (unsigned)(dice[1] - '0'));
        game_say(game, " | ");
        game_turn(game, true);
    }
    return game->trace;
}

#endif
