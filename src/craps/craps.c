/* SPDX-License-Identifier: MIT */
/* The felt at its start, what lies on it, and who has the dice. */
#include <string.h>

#include "base/check.h"
#include "craps/felt.h"
#include "craps/layout.h"

void craps_init(struct craps *craps)
{
    memset(craps, 0, sizeof *craps);
    craps->shooter = CRAPS_SEAT_NONE;
}

/* ---- What bets are worth ---- */

/* 5 % of stake * base as the house rounds it, and not less than its least. */
static chips vig_of(const struct craps_rules *rules, chips stake, struct craps_pay base)
{
    /* In units of 1/20 chip and of the base's divisor, so that nothing is lost before rounding. */
    const chips twentieths = stake * base.to;
    const chips chip = (chips)20 * base.per;
    const chips dollar = chip * rules->dollar;
    chips amount = 0;
    switch ((enum craps_vig_rounding)rules->vig_rounding) {
    case CRAPS_VIG_NEAREST:
        amount = (2 * twentieths + dollar) / (2 * dollar) * rules->dollar;
        break;
    case CRAPS_VIG_DOWN:
        amount = twentieths / dollar * rules->dollar;
        break;
    case CRAPS_VIG_UP:
        amount = (twentieths + dollar - 1) / dollar * rules->dollar;
        break;
    case CRAPS_VIG_EXACT:
        amount = (2 * twentieths + chip) / (2 * chip);
        break;
    }
    return amount > rules->vig_least ? amount : rules->vig_least;
}

chips felt_vig(const struct craps_card *card, uint32_t spot, chips stake)
{
    const struct craps_spot_card *of = &card->spots[spot];
    if (stake == 0)
        return 0;
    switch ((enum layout_vig)of->vig) {
    case LAYOUT_VIG_NONE:
        return 0;
    case LAYOUT_VIG_BUY:
        return vig_of(&card->rules, stake, (struct craps_pay){1, 1});
    case LAYOUT_VIG_LAY:
        return vig_of(&card->rules, stake, of->best.pay);
    }
    return 0;
}

chips craps_reserve(const struct craps_card *card, struct craps_bet bet, chips stake)
{
    const uint32_t spot = craps_spot(bet);
    return spot == CRAPS_SPOT_NONE || card->spots[spot].best.pay.per == 0
               ? 0
               : felt_reserve(card, spot, stake);
}

chips craps_reserve_all(const struct craps *craps, const struct craps_card *card)
{
    chips sum = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        sum += craps_lying(craps, card, seat).win;
    return sum;
}

struct craps_money craps_lying(const struct craps *craps, const struct craps_card *card,
                               unsigned index)
{
    CHECK(index < SEATS_MAX);
    const struct craps_seat *seat = &craps->seats[index];
    struct craps_money lying = {0};
    for (uint32_t spot = felt_next(&seat->lies, 0); spot != CRAPS_SPOT_NONE;
         spot = felt_next(&seat->lies, spot + 1)) {
        const chips stake = seat->stakes[spot];
        lying.stake += stake;
        lying.vig += felt_vig_held(card, spot, stake);
        lying.win += felt_reserve(card, spot, stake);
    }
    return lying;
}

void craps_forget(struct craps *craps, uint32_t spot)
{
    const struct craps_bet bet = craps_bet_at(spot);
    const struct layout_row *row = layout_row(bet.kind);
    const bool measured = row->measure != CRAPS_MEASURE_NONE;
    const bool by_hand = row->staging == LAYOUT_STAGED_BY_HAND;
    craps_hand_keep(&craps->hand, row->measure, bet.number);
    if ((measured && row->ends == LAYOUT_ENDS_BY_SEVEN) || by_hand)
        craps->puck = 0;
    const uint64_t most = by_hand ? 1 : row->measure == CRAPS_MEASURE_ROLLS ? 4 : 0;
    craps->hand_rolls = craps->hand_rolls < most ? craps->hand_rolls : most;
    craps->shooter = 0;
    craps->rolls = 0;
    craps->dice[0] = 0;
    craps->dice[1] = 0;
}

/* ---- The shooter ---- */

void craps_set_shooter(struct craps *craps, unsigned seat)
{
    CHECK(seat < SEATS_MAX || seat == CRAPS_SEAT_NONE);
    craps->shooter = (uint8_t)seat;
}

void craps_next_shooter(struct craps *craps, uint16_t players)
{
    const unsigned first = craps->shooter < SEATS_MAX ? (craps->shooter + 1u) % SEATS_MAX : 0;
    /* The players from there on, and once around. */
    const uint32_t round = (players | (uint32_t)players << SEATS_MAX) >> first;
    craps->shooter = players == 0 ? CRAPS_SEAT_NONE
                                  : (uint8_t)((first + (unsigned)__builtin_ctz(round)) % SEATS_MAX);
}

bool craps_shooter_ready(const struct craps *craps)
{
    if (craps->shooter == CRAPS_SEAT_NONE)
        return false;
    const struct craps_seat *seat = &craps->seats[craps->shooter];
    return craps->puck != 0 || seat->stakes[CRAPS_SPOT_PASS] > 0 ||
           seat->stakes[CRAPS_SPOT_DONT_PASS] > 0;
}
