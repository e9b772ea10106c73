/* SPDX-License-Identifier: MIT */
/*
 * Ids of bets in signed messages. The 64 that bear a name are those of enum BetName in
 * proto/table.proto; all others have the id CRAPS_NAMED_COUNT + their spot.
 */
#include "craps/bet.h"

/* The named ids, in runs of one kind: the first has this number, the others those after it. */
static const struct run {
    uint8_t first; /* Id. */
    uint8_t count;
    uint8_t kind;
    uint8_t number; /* Of the first; the next is the next in the kind's spots. */
} runs[] = {
    {0, 1, CRAPS_PASS, 0},        {1, 1, CRAPS_DONT_PASS, 0},
    {2, 1, CRAPS_COME, 0},        {3, 1, CRAPS_DONT_COME, 0},
    {4, 1, CRAPS_FIELD, 0},       {5, 10, CRAPS_YES, 2},
    {15, 10, CRAPS_NO, 2},        {25, 4, CRAPS_HARDWAY, 4},
    {29, 1, CRAPS_PASS_ODDS, 0},  {30, 1, CRAPS_DONT_PASS_ODDS, 0},
    {31, 1, CRAPS_COME_ODDS, 0},  {32, 1, CRAPS_DONT_COME_ODDS, 0},
    {33, 1, CRAPS_HOT_ROLLER, 0}, {34, 1, CRAPS_FIRE, 0},
    {35, 1, CRAPS_TWICE_HARD, 0}, {36, 1, CRAPS_RIDE_LINE, 0},
    {37, 1, CRAPS_MUGGSY, 0},     {38, 1, CRAPS_ALL_SMALL, 0},
    {39, 1, CRAPS_ALL_TALL, 0},   {40, 1, CRAPS_MAKE_ALL, 0},
    {41, 1, CRAPS_REPLAY, 0},     {42, 1, CRAPS_DOUBLES, 0},
    {43, 11, CRAPS_NEXT, 2},      {54, 10, CRAPS_REPEATER, 2},
};

/* The bet at a place of a run; of odds without a number there is no spot. */
static struct craps_bet bet_in(const struct run *run, uint32_t place)
{
    const struct craps_bet first = {.kind = run->kind, .number = run->number};
    return place == 0 ? first : craps_bet_at(craps_spot(first) + place);
}

static bool same(struct craps_bet a, struct craps_bet b)
{
    return a.kind == b.kind && a.number == b.number;
}

uint32_t craps_bet_id(struct craps_bet bet)
{
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        if (runs[i].kind != bet.kind)
            continue;
        for (uint32_t place = 0; place < runs[i].count; place++) {
            if (same(bet_in(&runs[i], place), bet))
                return runs[i].first + place;
        }
    }
    const uint32_t spot = craps_spot(bet);
    return spot == CRAPS_SPOT_NONE ? CRAPS_ID_NONE : CRAPS_NAMED_COUNT + spot;
}

bool craps_bet_of_id(uint32_t id, struct craps_bet *bet)
{
    if (id >= CRAPS_ID_COUNT)
        return false;
    if (id >= CRAPS_NAMED_COUNT) {
        const struct craps_bet unnamed = craps_bet_at(id - CRAPS_NAMED_COUNT);
        if (craps_bet_id(unnamed) != id)
            return false;
        *bet = unnamed;
        return true;
    }
    size_t i = 0;
    while (id >= (uint32_t)runs[i].first + runs[i].count)
        i++;
    *bet = bet_in(&runs[i], id - runs[i].first);
    return true;
}
