/* SPDX-License-Identifier: MIT */
/* Bets, dice, money: a session from the first chip to the last. */
#include "simulate/session.h"

#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "simulate/stream.h"

#define SEAT    0 /* The first: see begin(). */
#define PLAYERS ((uint16_t)1 << SEAT)

/* How often a session looks whether it was told to stop: after so many rolls. */
#define STOP_ROLLS 65536

/* Bets that travel; those that can come down on a number, when they are worth more than at first;
   and those that finish after the horizon, beside the contracts. */
#define WRONG (CRAPS_KIND_BIT(CRAPS_DONT_PASS) | CRAPS_KIND_BIT(CRAPS_DONT_COME))
#define LINES (CRAPS_KIND_BIT(CRAPS_PASS) | CRAPS_KIND_BIT(CRAPS_COME) | WRONG)
#define FINISHERS                                                                                  \
    (LINES | CRAPS_KIND_BIT(CRAPS_PASS_ODDS) | CRAPS_KIND_BIT(CRAPS_DONT_PASS_ODDS) |              \
     CRAPS_KIND_BIT(CRAPS_COME_ODDS) | CRAPS_KIND_BIT(CRAPS_DONT_COME_ODDS) |                      \
     CRAPS_KIND_BIT(CRAPS_PUT) | CRAPS_KIND_BIT(CRAPS_PUT_ODDS))

/* A session in play. */
struct play {
    const struct session_plan *plan;
    const struct strategy *strategy;
    struct session_room *room;
    struct session_record *record;
    struct stream dice;
    chips rail;
    chips table; /* All that lies: stakes, and vig paid up front. */
    bool finishing;
};

/* ---- Sets of spots ---- */

static void include(struct craps_spots *spots, uint32_t spot)
{
    spots->words[spot / 64] |= (uint64_t)1 << spot % 64;
}

/* Where a bet is counted: one that travels under number 0. */
static uint32_t origin_of(const struct play *play, struct craps_bet bet)
{
    return play->plan->origins[bet.kind][bet.number];
}

static struct session_bet *bet_at(struct play *play, uint32_t origin)
{
    include(&play->record->touched, origin);
    return &play->record->bets[origin];
}

void session_prepare(struct session_plan *plan, const struct craps_rules *rules)
{
    struct craps_rules strict = *rules;
    strict.breakage = CRAPS_BREAKAGE_REFUSE;
    craps_card_make(&plan->card, &strict);
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++)
        plan->units[spot] = plan->card.spots[spot].unit > 0 ? plan->card.spots[spot].unit : 1;
    craps_card_make(&plan->card, rules);
    craps_init(&plan->felt);
    craps_set_shooter(&plan->felt, SEAT);
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const struct craps_bet bet = craps_bet_at(spot);
        const bool travels = (LINES & CRAPS_KIND_BIT(bet.kind)) != 0;
        CHECK(bet.number < SESSION_NUMBERS);
        plan->origins[bet.kind][bet.number] =
            (uint16_t)(travels ? craps_spot((struct craps_bet){.kind = bet.kind}) : spot);
    }
}

/* ---- Bets ---- */

/* Moves chips from the rail to the table. */
static void lay_out(struct play *play, chips amount)
{
    play->rail -= amount;
    play->table += amount;
    CHECK(play->rail >= 0 && play->table >= 0);
    const chips needed = play->plan->bankroll - play->rail;
    if (needed > play->record->needed)
        play->record->needed = needed;
}

static bool place(struct play *play, struct craps_bet bet, chips amount)
{
    struct craps_money cost = {0};
    struct craps_refusal why;
    struct craps *craps = &play->room->craps;
    if (craps_place(craps, &play->plan->card, SEAT, bet, amount, &cost, &why) != CRAPS_ACCEPTED)
        return false;
    struct session_bet *at = bet_at(play, origin_of(play, bet));
    at->placed++;
    at->placed_chips += cost.stake;
    /* A line bet made on the point has another edge than one made before the come-out. */
    at->bent = at->bent || (bet.number != 0 && (LINES & CRAPS_KIND_BIT(bet.kind)) != 0);
    lay_out(play, cost.stake + cost.vig);
    return true;
}

static void take_down(struct play *play, struct craps_bet bet, chips amount)
{
    struct craps_money back = {0};
    struct craps_refusal why;
    struct craps *craps = &play->room->craps;
    if (craps_take_down(craps, &play->plan->card, SEAT, bet, amount, &back, &why) != CRAPS_ACCEPTED)
        return;
    struct session_bet *at = bet_at(play, origin_of(play, bet));
    at->returned++;
    at->bent = at->bent || ((WRONG & CRAPS_KIND_BIT(bet.kind)) != 0 && bet.number != 0);
    lay_out(play, -(back.stake + back.vig));
}

/* Carries out one action; false when the strategy has no more before the roll. */
static bool act(struct play *play, const struct strategy_action *action)
{
    struct craps_refusal why;
    switch (action->deed) {
    case STRATEGY_PLACE:
        place(play, action->bet, action->amount);
        return true;
    case STRATEGY_TAKE_DOWN:
        take_down(play, action->bet, action->amount);
        return true;
    case STRATEGY_CALL:
        craps_set_working(&play->room->craps, SEAT, action->bet, action->working, &why);
        return true;
    case STRATEGY_READY:
    case STRATEGY_STOP:
        break;
    }
    return false;
}

/* Whether the strategy, which bets nothing, would with the chips that it began with. */
static bool wants_chips(struct play *play)
{
    struct session_room *room = play->room;
    memcpy(&room->tried, &room->player, sizeof room->tried);
    room->tried.at = play->strategy->rolls_begin;
    room->tried.pending = 0;
    const struct strategy_view view = {.craps = &room->craps,
                                       .card = &play->plan->card,
                                       .seat = SEAT,
                                       .rail = play->plan->bankroll};
    return strategy_next(play->strategy, &room->tried, &view).deed == STRATEGY_PLACE;
}

/* The strategy's bets before a roll. False: it stops, or is bust. */
static bool bet(struct play *play)
{
    struct session_room *room = play->room;
    struct strategy_view view = {.craps = &room->craps, .card = &play->plan->card, .seat = SEAT};
    struct strategy_action action;
    const uint64_t skipped = room->player.skipped;
    do {
        view.rail = play->rail;
        action = strategy_next(play->strategy, &room->player, &view);
    } while (act(play, &action));
    if (action.deed == STRATEGY_STOP) {
        play->record->end = SESSION_END_QUIT;
        return false;
    }
    if (play->table == 0 && play->rail < play->plan->bankroll && room->player.skipped != skipped &&
        wants_chips(play)) {
        play->record->end = SESSION_END_BUST;
        return false;
    }
    return true;
}

/* ---- Dice ---- */

void session_count_stake(struct session_bet *bet, chips stake, uint64_t decided)
{
    for (unsigned i = 0; i < bet->stakes_count && i < SESSION_STAKES_MAX; i++) {
        if (bet->stakes[i].stake == stake) {
            bet->stakes[i].decided += decided;
            return;
        }
    }
    if (bet->stakes_count < SESSION_STAKES_MAX)
        bet->stakes[bet->stakes_count] = (struct session_stake){stake, decided};
    if (bet->stakes_count <= SESSION_STAKES_MAX)
        bet->stakes_count++;
}

/* Counts a decision, and moves its chips. */
static void settle(struct play *play, const struct craps_decision *decision)
{
    const uint32_t origin = origin_of(play, decision->bet);
    const struct craps_spot_card *spot = &play->plan->card.spots[origin];
    struct session_bet *at = bet_at(play, origin);
    play->table -= decision->returned + decision->collected;
    play->rail += decision->returned + decision->profit - decision->vig;
    chips stake = decision->stake;
    chips vig = 0;
    switch ((enum craps_outcome)decision->outcome) {
    case CRAPS_WIN:
        at->won++;
        vig = decision->vig;
        stake += spot->vig_held ? vig : 0;
        break;
    case CRAPS_LOSE:
        at->lost++;
        vig = decision->collected - decision->stake;
        stake = decision->collected;
        break;
    case CRAPS_PUSH:
        at->pushed++;
        break;
    case CRAPS_RETURNED:
        at->returned++;
        return;
    case CRAPS_TRAVEL:
        return;
    }
    const chips net = decision->profit - decision->vig - decision->collected;
    if (spot->vig != 0 || decision->stake % play->plan->units[origin] != 0)
        session_count_stake(at, decision->stake, 1);
    if (stake > at->stake_most)
        at->stake_most = stake;
    at->handle += stake;
    at->vig += vig;
    at->net += net;
    at->net_squares += (__int128)net * net;
    at->net_stakes += (__int128)net * stake;
    at->stake_squares += (__int128)stake * stake;
}

/* Counts what a roll did to puck and hand. */
static void follow(struct session_record *record, const struct craps *after, unsigned puck,
                   uint64_t hand_rolls, unsigned total)
{
    record->points_set += puck == 0 && after->puck != 0;
    record->points_made += puck != 0 && total == puck;
    if (puck != 0 && total == 7) {
        record->hands++;
        record->hand_rolls += hand_rolls + 1;
        if (hand_rolls + 1 > record->longest_hand)
            record->longest_hand = hand_rolls + 1;
    }
}

static void roll(struct play *play)
{
    struct session_record *record = play->record;
    struct craps *craps = &play->room->craps;
    struct craps_decision *decisions = play->room->decisions;
    const unsigned fall = stream_fall(&play->dice);
    const unsigned d1 = fall / 6 + 1;
    const unsigned d2 = fall % 6 + 1;
    const unsigned puck = craps->puck;
    const uint64_t hand_rolls = craps->hand_rolls;
    record->risk_sum += play->table;
    if (play->table > record->risk_most)
        record->risk_most = play->table;
    const size_t count = craps_roll(craps, &play->plan->card, PLAYERS, d1, d2, decisions);
    for (size_t i = 0; i < count; i++)
        settle(play, &decisions[i]);
    strategy_rolled(play->strategy, &play->room->player, craps, decisions, count);
    record->rolls++;
    record->falls[fall]++;
    follow(record, craps, puck, hand_rolls, d1 + d2);
    const chips bankroll = play->rail + play->table;
    if (bankroll > record->peak)
        record->peak = bankroll;
    if (record->peak - bankroll > record->drawdown)
        record->drawdown = record->peak - bankroll;
}

/* ---- A session ---- */

/* Whether the strategy is to bet no more. */
static bool over(const struct play *play, enum session_end *end)
{
    const struct session_plan *plan = play->plan;
    const struct session_record *record = play->record;
    const chips won = play->rail + play->table - plan->bankroll;
    const uint64_t done = plan->horizon == RESULT_HORIZON_ROLLS ? record->rolls : record->hands;
    if (done >= plan->length)
        *end = SESSION_END_HORIZON;
    else if (plan->win_goal > 0 && won >= plan->win_goal)
        *end = SESSION_END_GOAL;
    else if (plan->loss_limit > 0 && -won >= plan->loss_limit)
        *end = SESSION_END_LIMIT;
    else
        return false;
    return true;
}

/* Takes down what does not finish, and lets the rest work as the house has it. */
static void wind_up(struct play *play)
{
    struct craps *craps = &play->room->craps;
    for (size_t word = 0; word < CRAPS_WORDS; word++) {
        uint64_t lies = craps->seats[SEAT].lies.words[word];
        for (; lies != 0; lies &= lies - 1) {
            const uint32_t spot = (uint32_t)(64 * word) + (uint32_t)__builtin_ctzll(lies);
            const struct craps_bet what = craps_bet_at(spot);
            struct craps_refusal why;
            if ((FINISHERS & CRAPS_KIND_BIT(what.kind)) == 0)
                take_down(play, what, CRAPS_WHOLE);
            else
                craps_set_working(craps, SEAT, what, CRAPS_WORKING_DEFAULT, &why);
        }
    }
}

/* Notes the bankroll at each point that the rolls have come to. */
static void look(struct play *play)
{
    struct session_record *record = play->record;
    while (record->path_count < play->plan->points_count &&
           play->plan->points[record->path_count] <= record->rolls)
        record->path[record->path_count++] = play->rail + play->table;
}

static void begin(struct play *play, uint64_t session)
{
    struct session_room *room = play->room;
    const uint64_t choices = stream_init(&play->dice, play->plan->seed, session);
    /* Nobody else ever sits down: of a felt that was used only the first seat is to be cleared. */
    memcpy(&room->craps, &play->plan->felt,
           room->used ? offsetof(struct craps, seats[1]) : sizeof room->craps);
    room->used = true;
    strategy_begin(&room->player, play->strategy, play->plan->bankroll, play->plan->unit, choices);
    play->record->peak = play->plan->bankroll;
}

void session_play(const struct session_plan *plan, const struct strategy *strategy,
                  uint64_t session, const atomic_bool *stop, struct session_room *room,
                  struct session_record *record)
{
    struct play play = {
        .plan = plan, .strategy = strategy, .room = room, .record = record, .rail = plan->bankroll};
    uint64_t last = 0; /* Roll to end by, once finishing. */
    begin(&play, session);
    for (;;) {
        look(&play);
        if (!play.finishing && over(&play, &record->end)) {
            play.finishing = true;
            last = record->rolls + SESSION_FINISH_ROLLS_MAX;
        }
        if (play.finishing)
            wind_up(&play);
        if (play.finishing ? play.table == 0 || record->rolls >= last : !bet(&play))
            break;
        roll(&play);
        if (record->rolls % STOP_ROLLS == 0 && atomic_load_explicit(stop, memory_order_relaxed)) {
            record->end = SESSION_END_CUT;
            break;
        }
    }
    record->skipped = room->player.skipped;
    record->final = play.rail + play.table;
    record->doubled = record->peak >= 2 * plan->bankroll;
}

void session_forget(struct session_record *record)
{
    for (size_t word = 0; word < CRAPS_WORDS; word++) {
        for (uint64_t rest = record->touched.words[word]; rest != 0; rest &= rest - 1) {
            const size_t spot = 64 * word + (size_t)__builtin_ctzll(rest);
            record->bets[spot] = (struct session_bet){0};
        }
    }
    memset(record, 0, offsetof(struct session_record, path));
    record->touched = (struct craps_spots){0};
}
