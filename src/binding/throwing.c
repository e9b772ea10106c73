/* SPDX-License-Identifier: MIT */
/* Rolls of a table, and what is to be known of puck, shooter and dice. */
#include "binding/binding.h"

static struct bitcraps_decision decision_of(const struct craps_decision *decision)
{
    return (struct bitcraps_decision){
        .seat = decision->seat,
        .bet = code_of(decision->bet),
        .to = code_of(decision->to),
        .outcome = decision->outcome,
        .stays = decision->stays,
        .stake = decision->stake,
        .returned = decision->returned,
        .collected = decision->collected,
        .profit = decision->profit,
        .vig = decision->vig,
        .credit = decision->returned + decision->profit - decision->vig,
    };
}

int bitcraps_craps_roll(struct bitcraps_craps *craps, int d1, int d2)
{
    if (!begin(craps, 0) || d1 < 1 || d1 > 6 || d2 < 1 || d2 > 6)
        return BITCRAPS_WRONG;
    craps->decisions_count = craps_roll(&craps->craps, &craps->card, craps->players, (unsigned)d1,
                                        (unsigned)d2, craps->decided);
    for (size_t i = 0; i < craps->decisions_count; i++)
        craps->decisions[i] = decision_of(&craps->decided[i]);
    return (int)craps->decisions_count;
}

const struct bitcraps_decision *bitcraps_craps_decision(const struct bitcraps_craps *craps,
                                                        int index)
{
    if (craps == NULL || index < 0 || (size_t)index >= craps->decisions_count)
        return NULL;
    return &craps->decisions[index];
}

int64_t bitcraps_craps_credit(const struct bitcraps_craps *craps, int seat)
{
    int64_t credit = 0;
    for (size_t i = 0; craps != NULL && i < craps->decisions_count; i++)
        credit += craps->decisions[i].seat == seat ? craps->decisions[i].credit : 0;
    return credit;
}

int bitcraps_craps_set_players(struct bitcraps_craps *craps, unsigned seats)
{
    if (!begin(craps, 0) || seats > UINT16_MAX)
        return BITCRAPS_WRONG;
    craps->players = (uint16_t)seats;
    return BITCRAPS_ACCEPTED;
}

int bitcraps_craps_set_shooter(struct bitcraps_craps *craps, int seat)
{
    if (!begin(craps, seat < 0 ? 0 : seat) || seat < -1)
        return BITCRAPS_WRONG;
    craps_set_shooter(&craps->craps, seat < 0 ? CRAPS_SEAT_NONE : (unsigned)seat);
    return BITCRAPS_ACCEPTED;
}

int bitcraps_craps_puck(const struct bitcraps_craps *craps)
{
    return craps == NULL ? 0 : craps->craps.puck;
}

int bitcraps_craps_shooter(const struct bitcraps_craps *craps)
{
    return craps == NULL || craps->craps.shooter == CRAPS_SEAT_NONE ? -1 : craps->craps.shooter;
}

int bitcraps_craps_die(const struct bitcraps_craps *craps, int which)
{
    return craps == NULL || which < 0 || which > 1 ? 0 : craps->craps.dice[which];
}

uint64_t bitcraps_craps_rolls(const struct bitcraps_craps *craps)
{
    return craps == NULL ? 0 : craps->craps.rolls;
}

uint64_t bitcraps_craps_hand_rolls(const struct bitcraps_craps *craps)
{
    return craps == NULL ? 0 : craps->craps.hand_rolls;
}
