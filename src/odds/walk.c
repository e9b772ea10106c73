/* SPDX-License-Identifier: MIT */
#include "odds/walk.h"

#include <string.h>

#include "odds/array.h"

#define SEAT 0

/* More states than any bet has. */
#define STATES_MAX ((uint32_t)1 << 22)

/* A bet and the odds behind it. */
enum { BET, ODDS, BETS };

/* All of struct craps that decides what becomes of the bet. No padding: compared as bytes. */
struct state {
    struct craps_hand hand;
    uint64_t hand_rolls;
    uint32_t spots[BETS];
    uint32_t stakes[BETS]; /* 0: does not lie. */
    uint8_t on[BETS];      /* Called working. */
    uint8_t puck;
    uint8_t reserved[5];
};

_Static_assert(sizeof(struct craps_hand) == 24 && sizeof(struct state) == 56, "no padding");

struct walker {
    struct walk *walk;
    const struct craps_card *card;
    bool backed;
    bool only_odds; /* The flat bet's money does not count. */
    struct state *states;
    size_t states_room;
    uint32_t states_count;
    uint32_t *table; /* Open addressing: 1 + the index of a state; 0: free. */
    uint32_t table_size;
    struct craps craps;
    struct craps_decision decisions[CRAPS_DECISIONS_MAX];
};

/* ---- States ---- */

static uint64_t hash(const struct state *state)
{
    uint64_t words[sizeof *state / 8];
    uint64_t sum = 0;
    memcpy(words, state, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        sum = (sum ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 29;
    }
    return sum;
}

/* Where the state is in the table, or is to be. */
static uint32_t *slot(const struct walker *walker, const struct state *state)
{
    const uint32_t mask = walker->table_size - 1;
    uint32_t at = (uint32_t)hash(state) & mask;
    while (walker->table[at] != 0 &&
           memcmp(&walker->states[walker->table[at] - 1], state, sizeof *state) != 0)
        at = (at + 1) & mask;
    return &walker->table[at];
}

static void grow_table(struct walker *walker)
{
    if (2 * walker->states_count < walker->table_size)
        return;
    free(walker->table);
    walker->table_size = walker->table_size == 0 ? 256 : 4 * walker->table_size;
    walker->table = array_make(walker->table_size, sizeof *walker->table);
    for (uint32_t i = 0; i < walker->states_count; i++)
        *slot(walker, &walker->states[i]) = i + 1;
}

static uint32_t index_of(struct walker *walker, const struct state *state)
{
    grow_table(walker);
    uint32_t *at = slot(walker, state);
    if (*at != 0)
        return *at - 1;
    CHECK(walker->states_count < STATES_MAX);
    walker->states = array_grow(walker->states, &walker->states_room,
                                walker->states_count + (size_t)1, sizeof *walker->states);
    walker->states[walker->states_count++] = *state;
    *at = walker->states_count;
    return walker->states_count - 1;
}

/* ---- The table's state and ours ---- */

static bool has(const struct craps_spots *spots, uint32_t spot)
{
    return (spots->words[spot / 64] >> (spot % 64) & 1) != 0;
}

static void set(struct craps_spots *spots, uint32_t spot)
{
    spots->words[spot / 64] |= (uint64_t)1 << (spot % 64);
}

static struct state read_state(const struct craps *craps, const uint32_t spots[static BETS])
{
    const struct craps_seat *seat = &craps->seats[SEAT];
    struct state state;
    memset(&state, 0, sizeof state);
    state.hand = craps->hand;
    state.hand_rolls = craps->hand_rolls;
    state.puck = craps->puck;
    for (unsigned i = 0; i < BETS; i++) {
        if (spots[i] == CRAPS_SPOT_NONE || !has(&seat->lies, spots[i]))
            continue;
        state.spots[i] = spots[i];
        state.stakes[i] = seat->stakes[spots[i]];
        state.on[i] = has(&seat->on, spots[i]);
    }
    return state;
}

static void write_state(struct craps *craps, const struct state *state)
{
    struct craps_seat *seat = &craps->seats[SEAT];
    for (uint32_t word = 0; word < CRAPS_WORDS; word++) {
        for (uint64_t rest = seat->lies.words[word]; rest != 0; rest &= rest - 1)
            seat->stakes[word * 64 + (uint32_t)__builtin_ctzll(rest)] = 0;
    }
    memset(&seat->lies, 0, sizeof seat->lies);
    memset(&seat->on, 0, sizeof seat->on);
    craps->hand = state->hand;
    craps->hand_rolls = state->hand_rolls;
    craps->puck = state->puck;
    craps->shooter = SEAT;
    craps->seated = 1 << SEAT;
    for (unsigned i = 0; i < BETS; i++) {
        if (state->stakes[i] == 0)
            continue;
        set(&seat->lies, state->spots[i]);
        seat->stakes[state->spots[i]] = state->stakes[i];
        if (state->on[i] != 0)
            set(&seat->on, state->spots[i]);
    }
}

/* Keeps what some bet that lies needs. What it does not need is set to its start, which is 0. */
static struct state forget(struct craps *craps, const struct state *state)
{
    struct state kept = *state;
    memset(&kept.hand, 0, sizeof kept.hand);
    kept.hand_rolls = 0;
    kept.puck = 0;
    for (unsigned i = 0; i < BETS; i++) {
        if (state->stakes[i] == 0)
            continue;
        craps->hand = state->hand;
        craps->hand_rolls = state->hand_rolls;
        craps->puck = state->puck;
        craps_forget(craps, state->spots[i]);
        kept.hand.thrown |= craps->hand.thrown;
        kept.hand.made |= craps->hand.made;
        kept.hand.pairs |= craps->hand.pairs;
        kept.hand.hard |= craps->hand.hard;
        kept.hand.wins |= craps->hand.wins;
        kept.hand.points |= craps->hand.points;
        kept.hand_rolls |= craps->hand_rolls;
        kept.puck |= craps->puck;
    }
    return kept;
}

/* ---- Making the bet ---- */

static void roll_total(struct walker *walker, unsigned total)
{
    craps_roll(&walker->craps, walker->card, 1 << SEAT, total / 2, total - total / 2,
               walker->decisions);
}

/* An empty table, its puck on a number or, with 0, off. */
static void lay_out(struct walker *walker, unsigned puck)
{
    craps_init(&walker->craps);
    craps_set_shooter(&walker->craps, SEAT);
    if (puck != 0)
        roll_total(walker, puck);
}

static bool place(struct walker *walker, struct craps_bet bet, chips amount)
{
    struct craps_money cost;
    struct craps_refusal why;
    return craps_place(&walker->craps, walker->card, SEAT, bet, amount, &cost, &why) ==
           CRAPS_ACCEPTED;
}

static bool offered(const struct walker *walker, struct craps_bet bet, struct craps_offer *offer)
{
    return craps_offer(&walker->craps, walker->card, SEAT, bet, offer) == CRAPS_ACCEPTED &&
           offer->most > 0;
}

/* Puts a flat bet on a number, by the dice where it cannot be made there. */
static bool bring(struct walker *walker, uint32_t spot, chips amount)
{
    const struct craps_bet bet = craps_bet_at(spot);
    if (place(walker, bet, amount))
        return true;
    if (!place(walker, (struct craps_bet){.kind = bet.kind}, amount))
        return false;
    roll_total(walker, bet.number);
    return has(&walker->craps.seats[SEAT].lies, spot);
}

/*
 * Brings the table to where the bet can be made, with the puck off if it can be. Odds of a stake
 * up to amount can be made then: twice as much lies before them, in a number of chips that suits
 * all odds.
 */
static bool arrange(struct walker *walker, uint32_t spot, chips amount)
{
    const struct craps_bet bet = craps_bet_at(spot);
    const chips flat = (2 * amount / 120 + 1) * 120;
    struct craps_offer offer;
    for (unsigned puck = 0; puck <= 12; puck++) {
        if (puck != 0 && (walker->card->points >> puck & 1) == 0)
            continue;
        lay_out(walker, puck);
        if (has(&walker->card->odds, spot) && !bring(walker, walker->card->spots[spot].flat, flat))
            continue;
        if (offered(walker, bet, &offer))
            return true;
    }
    return false;
}

/* Called working, if that can be. */
static void call_working(struct walker *walker, uint32_t spot)
{
    struct craps_refusal why;
    craps_set_working(&walker->craps, SEAT, craps_bet_at(spot), CRAPS_WORKING_ON, &why);
}

/* Puts all the odds that the house takes behind the bet. Returns their spot, if there are any. */
static uint32_t back(struct walker *walker, uint32_t spot)
{
    const uint32_t odds = walker->card->spots[spot].odds;
    struct craps_offer offer;
    if (!walker->backed || odds == 0 || !offered(walker, craps_bet_at(odds), &offer))
        return CRAPS_SPOT_NONE;
    CHECK(place(walker, craps_bet_at(odds), offer.most));
    call_working(walker, odds);
    return odds;
}

/* Makes the bet: the first state. */
static bool begin(struct walker *walker, uint32_t spot, chips stake)
{
    struct craps_refusal why;
    struct craps_money *cost = &walker->walk->cost;
    uint32_t spots[BETS] = {spot, CRAPS_SPOT_NONE};
    if (!arrange(walker, spot, stake))
        return false;
    if (craps_place(&walker->craps, walker->card, SEAT, craps_bet_at(spot), stake, cost, &why) !=
        CRAPS_ACCEPTED)
        return false;
    call_working(walker, spot);
    walker->only_odds = has(&walker->card->odds, spot);
    if (walker->only_odds) {
        spots[BET] = walker->card->spots[spot].flat;
        spots[ODDS] = spot;
    } else {
        spots[ODDS] = back(walker, spot);
        if (spots[ODDS] != CRAPS_SPOT_NONE)
            cost->stake += walker->craps.seats[SEAT].stakes[spots[ODDS]];
    }
    const struct state state = read_state(&walker->craps, spots);
    const struct state kept = forget(&walker->craps, &state);
    index_of(walker, &kept);
    return true;
}

/* ---- Rolling ---- */

static uint32_t outcome_index(struct walk *walk, struct walk_outcome outcome)
{
    unsigned i = 0;
    while (i < walk->outcomes_count &&
           (walk->outcomes[i].gain != outcome.gain || walk->outcomes[i].profit != outcome.profit))
        i++;
    if (i == walk->outcomes_count) {
        CHECK(i < MARKOV_OUTCOMES_MAX);
        walk->outcomes[walk->outcomes_count++] = outcome;
    }
    return i;
}

/* Rolls from a state. *added is what is put on odds then. */
static uint32_t step(struct walker *walker, const struct state *from, unsigned d1, unsigned d2,
                     chips *added)
{
    struct walk_outcome outcome = {0};
    bool ends = false;
    uint32_t spots[BETS] = {from->spots[BET],
                            from->stakes[ODDS] > 0 ? from->spots[ODDS] : CRAPS_SPOT_NONE};
    write_state(&walker->craps, from);
    const size_t count =
        craps_roll(&walker->craps, walker->card, 1 << SEAT, d1, d2, walker->decisions);
    for (size_t i = 0; i < count; i++) {
        const struct craps_decision *decision = &walker->decisions[i];
        const uint32_t spot = craps_spot(decision->bet);
        if (decision->outcome == CRAPS_TRAVEL)
            spots[BET] = craps_spot(decision->to);
        if (decision->outcome == CRAPS_TRAVEL || (walker->only_odds && spot != spots[ODDS]))
            continue;
        ends = true;
        outcome.gain += decision->profit - decision->vig - decision->collected;
        outcome.profit += decision->profit;
    }
    *added = 0;
    if (ends)
        return MARKOV_END | outcome_index(walker->walk, outcome);
    if (spots[BET] != from->spots[BET])
        spots[ODDS] = back(walker, spots[BET]);
    const struct state to = read_state(&walker->craps, spots);
    *added = to.stakes[ODDS] - from->stakes[ODDS];
    const struct state kept = forget(&walker->craps, &to);
    return index_of(walker, &kept);
}

/* All 36 rolls from a state; those that lead to the same are one step. */
static void expand(struct walker *walker, uint32_t state)
{
    struct markov_step steps[MARKOV_WAYS];
    size_t count = 0;
    uint64_t added_sum = 0;
    const struct state from = walker->states[state];
    for (unsigned roll = 0; roll < MARKOV_WAYS; roll++) {
        chips added = 0;
        const uint32_t to = step(walker, &from, roll / 6 + 1, roll % 6 + 1, &added);
        added_sum += (uint64_t)added;
        size_t i = 0;
        while (i < count && steps[i].to != to)
            i++;
        if (i == count)
            steps[count++] = (struct markov_step){.to = to};
        steps[i].ways++;
    }
    markov_append(&walker->walk->chain, steps, count, added_sum);
}

/* ---- What is offered ---- */

static struct walker *walker_create(struct walk *walk, const struct craps_card *card, bool backed)
{
    struct walker *walker = array_make(1, sizeof *walker);
    walker->walk = walk;
    walker->card = card;
    walker->backed = backed;
    return walker;
}

static void walker_destroy(struct walker *walker)
{
    free(walker->states);
    free(walker->table);
    free(walker);
}

bool walk_make(struct walk *walk, const struct craps_card *card, uint32_t spot, bool backed,
               chips stake)
{
    struct walker *walker = walker_create(walk, card, backed);
    memset(walk, 0, sizeof *walk);
    markov_init(&walk->chain);
    const bool begun = stake > 0 && stake <= CRAPS_STAKE_MAX && begin(walker, spot, stake);
    for (uint32_t i = 0; begun && i < walker->states_count; i++)
        expand(walker, i);
    walker_destroy(walker);
    return begun;
}

bool walk_starts(const struct craps_card *card, uint32_t spot)
{
    struct walk unused;
    struct walker *walker = walker_create(&unused, card, false);
    const bool starts = arrange(walker, spot, 120);
    walker_destroy(walker);
    return starts;
}

void walk_clear(struct walk *walk)
{
    markov_clear(&walk->chain);
}
