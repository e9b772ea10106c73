/* SPDX-License-Identifier: MIT */
/* The session's player and the comparison after every roll. */
#include "tests/craps/replay.h"

#include <stdarg.h>
#include <string.h>

/* The one who plays; the dice go round all seats, so that their turn can be compared. */
#define SEAT    0
#define PLAYERS UINT16_MAX

__attribute__((format(printf, 2, 3))) static void differs(struct replay *replay, const char *format,
                                                          ...)
{
    replay->mismatches++;
    if (replay->out == NULL || replay->lines == 0)
        return;
    replay->lines--;
    va_list arguments;
    va_start(arguments, format);
    fprintf(replay->out, "session %s, step %zu: ", replay->session->id, replay->step);
    vfprintf(replay->out, format, arguments);
    fputc('\n', replay->out);
    va_end(arguments);
}

/* A difference of the bankroll is told once: what follows starts from what was expected. */
static void compare_bank(struct replay *replay, const char *when, chips expected)
{
    if (replay->bank != expected)
        differs(replay, "bankroll %s the roll: expected %lld, found %lld", when,
                (long long)expected, (long long)replay->bank);
    replay->bank = expected;
}

static void compare_number(struct replay *replay, const char *what, unsigned expected,
                           unsigned found)
{
    if (expected != found)
        differs(replay, "%s: expected %u, found %u", what, expected, found);
}

/* ---- Actions ---- */

/* Adds to the bet; refused when the engine does, or the bankroll does not suffice. */
static bool add(struct replay *replay, const struct corpus_action *action)
{
    struct craps tried = replay->craps;
    struct craps_money cost = {0};
    struct craps_refusal why;
    const struct corpus_key key = action->key;
    if (craps_place(&tried, &replay->card, SEAT, key.bet, action->amount, &cost, &why) !=
        CRAPS_ACCEPTED)
        return false;
    if (cost.stake + cost.vig > replay->bank)
        return false;
    if (key.working != CRAPS_WORKING_DEFAULT &&
        craps_set_working(&tried, SEAT, key.bet, (enum craps_working)key.working, &why) !=
            CRAPS_ACCEPTED)
        return false;
    replay->craps = tried;
    replay->bank -= cost.stake + cost.vig;
    return true;
}

/* Takes all of the bet down; a key of another working state is another bet. */
static bool take(struct replay *replay, const struct corpus_action *action)
{
    struct craps_money back = {0};
    struct craps_refusal why;
    const struct craps_bet bet = craps_resolve(&replay->craps, SEAT, action->key.bet);
    const uint32_t spot = craps_spot(bet);
    if (spot == CRAPS_SPOT_NONE ||
        craps_called(&replay->craps.seats[SEAT], spot) != action->key.working)
        return false;
    if (craps_take_down(&replay->craps, &replay->card, SEAT, bet, CRAPS_WHOLE, &back, &why) !=
        CRAPS_ACCEPTED)
        return false;
    if (back.stake != action->amount)
        differs(replay, "taken down: expected %lld, found %lld", (long long)action->amount,
                (long long)back.stake);
    replay->bank += back.stake + back.vig;
    return true;
}

static void act(struct replay *replay, const struct corpus_action *action)
{
    const bool accepted = action->deed == '+' ? add(replay, action) : take(replay, action);
    if (accepted == action->accepted)
        return;
    char key[CORPUS_KEY_SIZE];
    corpus_key_write(action->key, key);
    differs(replay, "%c %s %lld: expected %s, found %s", action->deed, key,
            (long long)action->amount, action->accepted ? "accepted" : "refused",
            accepted ? "accepted" : "refused");
}

/* ---- The roll ---- */

/*
 * Who calls a bet off in crapssim means come-outs only; at our tables, until he says otherwise. So
 * he says so before a roll with the puck on, and takes it back afterwards.
 */
static void roll(struct replay *replay, const unsigned dice[2])
{
    struct craps_refusal why;
    struct craps_seat *seat = &replay->craps.seats[SEAT];
    replay->before = replay->craps;
    const struct craps_seat *before = &replay->before.seats[SEAT];
    const bool paused = replay->craps.puck != 0;
    for (uint32_t spot = 0; paused && spot < CRAPS_SPOT_COUNT; spot++) {
        if (craps_called(before, spot) == CRAPS_WORKING_OFF)
            craps_set_working(&replay->craps, SEAT, craps_bet_at(spot), CRAPS_WORKING_DEFAULT,
                              &why);
    }
    replay->count =
        craps_roll(&replay->craps, &replay->card, PLAYERS, dice[0], dice[1], replay->decisions);
    for (uint32_t spot = 0; paused && spot < CRAPS_SPOT_COUNT; spot++) {
        if (craps_called(before, spot) == CRAPS_WORKING_OFF && seat->stakes[spot] != 0)
            craps_set_working(&replay->craps, SEAT, craps_bet_at(spot), CRAPS_WORKING_OFF, &why);
    }
}

/* The decision in crapssim's words: a win that the vig takes is none, but for vig paid before. */
static struct corpus_decision translate(const struct replay *replay,
                                        const struct craps_decision *decision)
{
    const uint32_t spot = craps_spot(decision->bet);
    struct corpus_decision translated = {
        .key = corpus_key_of(spot, craps_called(&replay->before.seats[SEAT], spot)),
        .outcome = decision->outcome == CRAPS_LOSE ? 'L' : 'P',
        .stays = decision->stays == 1,
        .credit = decision->returned + decision->profit - decision->vig,
    };
    const chips gained = translated.credit - (decision->stays == 1 ? 0 : decision->stake);
    if (decision->outcome == CRAPS_WIN && gained > 0)
        translated.outcome = 'W';
    return translated;
}

static void compare_decision(struct replay *replay, const struct corpus_decision *expected,
                             const struct corpus_decision *found)
{
    char key[CORPUS_KEY_SIZE];
    if (expected->outcome == found->outcome && expected->credit == found->credit &&
        expected->stays == found->stays)
        return;
    corpus_key_write(expected->key, key);
    differs(replay, "%s: expected %c %lld stays %d, found %c %lld stays %d", key, expected->outcome,
            (long long)expected->credit, expected->stays, found->outcome, (long long)found->credit,
            found->stays);
}

static void compare_decisions(struct replay *replay, const struct corpus_step *step)
{
    bool matched[CORPUS_DECISIONS_MAX] = {false};
    char key[CORPUS_KEY_SIZE];
    for (size_t i = 0; i < replay->count; i++) {
        if (replay->decisions[i].outcome == CRAPS_TRAVEL)
            continue;
        const struct corpus_decision found = translate(replay, &replay->decisions[i]);
        size_t at = 0;
        while (at < step->decisions_count &&
               (matched[at] || !corpus_key_equal(step->decisions[at].key, found.key)))
            at++;
        if (at < step->decisions_count) {
            matched[at] = true;
            compare_decision(replay, &step->decisions[at], &found);
        } else {
            corpus_key_write(found.key, key);
            differs(replay, "%s: expected no decision, found %c %lld stays %d", key, found.outcome,
                    (long long)found.credit, found.stays);
        }
    }
    for (size_t i = 0; i < step->decisions_count; i++) {
        const struct corpus_decision *expected = &step->decisions[i];
        if (matched[i])
            continue;
        corpus_key_write(expected->key, key);
        differs(replay, "%s: expected %c %lld stays %d, found no decision", key, expected->outcome,
                (long long)expected->credit, expected->stays);
    }
}

static void compare_bets(struct replay *replay, const struct corpus_step *step)
{
    bool matched[CORPUS_BETS_MAX] = {false};
    char key[CORPUS_KEY_SIZE];
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const chips lies = replay->craps.seats[SEAT].stakes[spot];
        if (lies == 0)
            continue;
        const struct corpus_key found =
            corpus_key_of(spot, craps_called(&replay->craps.seats[SEAT], spot));
        size_t at = 0;
        while (at < step->bets_count && !corpus_key_equal(step->bets[at].key, found))
            at++;
        const chips expected = at < step->bets_count ? step->bets[at].amount : 0;
        if (at < step->bets_count)
            matched[at] = true;
        if (lies != expected) {
            corpus_key_write(found, key);
            differs(replay, "%s lies: expected %lld, found %lld", key, (long long)expected,
                    (long long)lies);
        }
    }
    for (size_t i = 0; i < step->bets_count; i++) {
        if (matched[i])
            continue;
        corpus_key_write(step->bets[i].key, key);
        differs(replay, "%s lies: expected %lld, found none", key, (long long)step->bets[i].amount);
    }
}

static void play_step(struct replay *replay, const struct corpus_step *step)
{
    for (size_t i = 0; i < step->actions_count; i++)
        act(replay, &step->actions[i]);
    compare_bank(replay, "before", step->bank_before);
    roll(replay, step->dice);
    for (size_t i = 0; i < replay->count; i++) {
        const struct craps_decision *decision = &replay->decisions[i];
        replay->bank += decision->returned + decision->profit - decision->vig;
    }
    if (replay->craps.hand_rolls == 0)
        replay->shooter++;
    replay->rolls++;
    compare_decisions(replay, step);
    compare_bank(replay, "after", step->bank);
    compare_number(replay, "puck", step->puck, replay->craps.puck);
    compare_number(replay, "shooter", step->shooter, replay->shooter);
    compare_number(replay, "seat with the dice", (step->shooter - 1) % SEATS_MAX,
                   replay->craps.shooter);
    compare_bets(replay, step);
}

void replay_session(struct replay *replay, const struct corpus_session *session)
{
    replay->session = session;
    replay->bank = session->bank;
    replay->shooter = 1;
    craps_card_make(&replay->card, &session->rules);
    craps_init(&replay->craps);
    craps_set_shooter(&replay->craps, SEAT);
    for (size_t i = 0; i < session->steps_count; i++) {
        replay->step = i;
        play_step(replay, &session->steps[i]);
    }
    replay->sessions++;
}
