/* SPDX-License-Identifier: MIT */
/* What a roll does. */
#include "base/check.h"
#include "craps/felt.h"
#include "craps/layout.h"

/* What is thrown, and what was and will be remembered of the hand. */
struct cast {
    unsigned d1;
    unsigned d2;
    unsigned total;
    unsigned pair;
    struct craps_hand after; /* craps->hand is what was before. */
};

/* Those of a seat's bets that a roll cannot decide: called off, or off by habit on the come-out. */
static uint64_t idle(const struct craps *craps, const struct craps_card *card,
                     const struct craps_seat *seat, size_t word)
{
    const uint64_t habit = craps->puck != 0 ? 0 : ~card->comeout.words[word];
    return card->callable.words[word] & ~seat->on.words[word] & (seat->off.words[word] | habit);
}

bool craps_works(const struct craps *craps, const struct craps_card *card, unsigned seat,
                 uint32_t spot)
{
    CHECK(seat < SEATS_MAX && spot < CRAPS_SPOT_COUNT);
    return (idle(craps, card, &craps->seats[seat], spot / 64) >> spot % 64 & 1) == 0;
}

/* A pay as a code that is not on the card: of hands, whose ladders have many. */
struct fate {
    enum craps_code code;
    struct craps_rate rate;
};

static struct fate fate_of_rung(const struct craps_card *card, const struct layout_row *row,
                                unsigned rung)
{
    const unsigned pays = layout_rung_pays(&card->rules, row, rung);
    if (pays == 0)
        return (struct fate){.code = CRAPS_CODE_LOSE};
    if (pays == 1)
        return (struct fate){.code = CRAPS_CODE_PUSH};
    return (struct fate){.code = CRAPS_CODE_WIN,
                         .rate = {.pay = {.to = (uint16_t)(pays - 1), .per = 1}}};
}

/* What a roll does to a bet on the hand. */
static struct fate decide_hand(const struct craps *craps, const struct craps_card *card,
                               uint32_t spot, const struct cast *cast)
{
    const struct craps_spot_card *of = &card->spots[spot];
    const struct layout_row *row = layout_row(of->kind);
    if (row->measure == CRAPS_MEASURE_NONE) {
        const bool first =
            row->staging == LAYOUT_STAGED_BY_PUCK ? craps->puck == 0 : craps->hand_rolls == 0;
        const struct craps_bet bet = {.kind = of->kind, .number = of->number};
        const struct layout_fate fate =
            layout_fate(&card->rules, first ? &row->comeout : &row->rest, bet, cast->d1, cast->d2);
        if (fate.pay.per != 0)
            return (struct fate){.code = CRAPS_CODE_WIN, .rate = {.pay = fate.pay}};
        return (struct fate){.code = fate.lose ? CRAPS_CODE_LOSE : CRAPS_CODE_NOTHING};
    }
    const bool seven = cast->total == 7;
    if (seven && (row->ends == LAYOUT_ENDS_BY_SEVEN || craps->puck != 0))
        return fate_of_rung(
            card, row, craps_hand_rung(&craps->hand, row->measure, of->number, craps->hand_rolls));
    const unsigned rung =
        craps_hand_rung(&cast->after, row->measure, of->number, craps->hand_rolls + 1);
    if (rung >= row->at_once)
        return fate_of_rung(card, row, rung);
    return (struct fate){.code = CRAPS_CODE_NOTHING};
}

/* The chips of a decision; the state is not touched. */
static void account(struct craps_decision *decision, const struct craps_card *card, unsigned seat,
                    uint32_t spot, chips stake, enum craps_outcome outcome,
                    const struct craps_rate *rate)
{
    const struct craps_spot_card *of = &card->spots[spot];
    const struct craps_bet bet = {.kind = of->kind, .number = of->number};
    *decision = (struct craps_decision){
        .bet = bet, .to = bet, .seat = (uint8_t)seat, .outcome = (uint8_t)outcome, .stake = stake};
    switch (outcome) {
    case CRAPS_WIN:
        decision->stays = of->stays;
        decision->profit = felt_profit(stake, rate);
        if (of->vig != LAYOUT_VIG_NONE) {
            /* Of a bet that stays, the vig up front is charged anew: the one held stays too. */
            const chips due = felt_vig(card, spot, stake);
            decision->vig = due < decision->profit ? due : decision->profit;
        }
        if (!decision->stays)
            decision->returned = stake + felt_vig_held(card, spot, stake);
        break;
    case CRAPS_LOSE:
        decision->collected = stake + felt_vig_held(card, spot, stake);
        break;
    case CRAPS_PUSH:
        /* One roll and a hand are over; a don't bet may wait for the next. */
        decision->stays = layout_row(of->kind)->staging == LAYOUT_STAGED_BY_NUMBER &&
                          card->rules.push_returns == 0;
        if (!decision->stays)
            decision->returned = stake;
        break;
    case CRAPS_TRAVEL:
        decision->stays = 1;
        break;
    case CRAPS_RETURNED:
        decision->returned = stake + felt_vig_held(card, spot, stake);
        break;
    }
}

/* Codes are outcomes, but that those from CRAPS_CODE_WIN on all win. */
_Static_assert((int)CRAPS_CODE_LOSE == (int)CRAPS_LOSE && (int)CRAPS_CODE_PUSH == (int)CRAPS_PUSH &&
                   (int)CRAPS_CODE_TRAVEL == (int)CRAPS_TRAVEL && CRAPS_WIN == 0,
               "codes and outcomes agree");

static enum craps_outcome outcome_of(unsigned code)
{
    return code >= CRAPS_CODE_WIN ? CRAPS_WIN : (enum craps_outcome)code;
}

/* A bet moves to the number thrown, when what lay there is decided. */
static void travel(struct craps *craps, const struct craps_card *card,
                   struct craps_decision *decision, unsigned total)
{
    struct craps_seat *seat = &craps->seats[decision->seat];
    const uint32_t from = card->spot_of[decision->bet.kind][0];
    const uint32_t to = card->spot_of[decision->bet.kind][total];
    decision->to.number = (uint8_t)total;
    CHECK(to != CRAPS_NOWHERE && seat->stakes[to] == 0);
    felt_put(craps, decision->seat, to, seat->stakes[from]);
    felt_clear(seat, from);
}

/* Decides the bets of one seat against the state before the roll, and takes down what comes down.
 */
static size_t decide_seat(struct craps *craps, const struct craps_card *card, unsigned index,
                          const struct cast *cast, struct craps_decision *decisions)
{
    struct craps_seat *seat = &craps->seats[index];
    size_t count = 0;
    size_t travels = 0; /* One more than the last decision that moves a bet. */
    bool emptied = false;
    for (size_t word = 0; word < CRAPS_WORDS; word++) {
        uint64_t left = seat->lies.words[word] & card->touched[cast->pair].words[word];
        if (left == 0)
            continue;
        const uint64_t asleep =
            (left & card->callable.words[word]) == 0 ? 0 : idle(craps, card, seat, word);
        left &= ~asleep | card->odds.words[word];
        for (; left != 0; left &= left - 1) {
            const unsigned bit = (unsigned)__builtin_ctzll(left);
            const uint32_t spot = (uint32_t)(word * 64 + bit);
            unsigned code = card->codes[cast->pair][spot];
            const struct craps_rate *rate = &card->pays[code];
            struct fate fate;
            if ((card->hands.words[word] >> bit & 1) != 0) {
                fate = decide_hand(craps, card, spot, cast);
                if (fate.code == CRAPS_CODE_NOTHING)
                    continue;
                code = fate.code;
                rate = &fate.rate;
            }
            /* Odds come down with their flat bet when they are off. */
            const bool off = (asleep >> bit & 1) != 0;
            struct craps_decision *decision = &decisions[count++];
            account(decision, card, index, spot, seat->stakes[spot],
                    off ? CRAPS_RETURNED : outcome_of(code), rate);
            if (decision->outcome == CRAPS_TRAVEL)
                travels = count;
            if (!decision->stays) {
                felt_clear(seat, spot);
                emptied = true;
            }
        }
    }
    for (size_t i = 0; i < travels; i++) {
        if (decisions[i].outcome == CRAPS_TRAVEL)
            travel(craps, card, &decisions[i], cast->total);
    }
    if (emptied)
        felt_note_seated(craps, index);
    return count;
}

static void move_puck(struct craps *craps, const struct craps_card *card, uint16_t players,
                      unsigned total)
{
    craps->rolls++;
    craps->hand_rolls++;
    if (craps->puck == 0) {
        craps->puck = (card->points >> total & 1) != 0 ? (uint8_t)total : 0;
    } else if (total == craps->puck) {
        craps->puck = 0;
    } else if (total == 7) {
        craps->puck = 0;
        craps->hand_rolls = 0;
        craps_next_shooter(craps, players);
    }
}

size_t craps_roll(struct craps *craps, const struct craps_card *card, uint16_t players, unsigned d1,
                  unsigned d2, struct craps_decision decisions[static CRAPS_DECISIONS_MAX])
{
    CHECK(d1 >= 1 && d1 <= 6 && d2 >= 1 && d2 <= 6);
    struct cast cast = {
        .d1 = d1, .d2 = d2, .total = d1 + d2, .pair = craps_pair(d1, d2), .after = craps->hand};
    craps_hand_roll(&cast.after, card->points, craps->puck, d1, d2);
    size_t count = 0;
    for (unsigned left = craps->seated; left != 0; left &= left - 1)
        count += decide_seat(craps, card, (unsigned)__builtin_ctz(left), &cast, &decisions[count]);
    move_puck(craps, card, players, d1 + d2);
    craps->hand = cast.after;
    craps->dice[0] = (uint8_t)d1;
    craps->dice[1] = (uint8_t)d2;
    return count;
}

chips craps_fit(struct craps *craps, const struct craps_card *card,
                struct craps_decision *decisions, size_t count, chips bank)
{
    chips reserved = craps_reserve_all(craps, card);
    for (size_t i = count; i > 0 && reserved > bank; i--) {
        struct craps_decision *decision = &decisions[i - 1];
        if (decision->outcome != CRAPS_WIN || decision->stays == 0)
            continue;
        struct craps_money back = {0};
        const uint32_t spot = craps_spot(decision->bet);
        felt_lift(craps, card, decision->seat, spot, decision->stake, &back);
        decision->stays = 0;
        decision->returned = back.stake + back.vig;
        reserved -= back.win;
    }
    CHECK(reserved <= bank);
    return reserved;
}
