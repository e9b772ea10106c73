/* SPDX-License-Identifier: MIT */
/* Names of bets, houses and settings, and the call of a roll: what needs no table. */
#include "config.h"

#include "binding/binding.h"

#include "craps/house.h"
#include "craps/sentence.h"

/* The engine's numbers are the public ones. */
#define SAME(ours, public) _Static_assert((int)(ours) == (int)(public), #public " is what it was")
SAME(CRAPS_ACCEPTED, BITCRAPS_ACCEPTED);
SAME(CRAPS_REFUSED_UNKNOWN, BITCRAPS_REFUSED_UNKNOWN);
SAME(CRAPS_REFUSED_NUMBER, BITCRAPS_REFUSED_NUMBER);
SAME(CRAPS_REFUSED_NOT_OFFERED, BITCRAPS_REFUSED_NOT_OFFERED);
SAME(CRAPS_REFUSED_POINT_IS_ON, BITCRAPS_REFUSED_POINT_IS_ON);
SAME(CRAPS_REFUSED_POINT_IS_OFF, BITCRAPS_REFUSED_POINT_IS_OFF);
SAME(CRAPS_REFUSED_NO_FLAT, BITCRAPS_REFUSED_NO_FLAT);
SAME(CRAPS_REFUSED_BY_DICE, BITCRAPS_REFUSED_BY_DICE);
SAME(CRAPS_REFUSED_BELOW_MIN, BITCRAPS_REFUSED_BELOW_MIN);
SAME(CRAPS_REFUSED_ABOVE_MAX, BITCRAPS_REFUSED_ABOVE_MAX);
SAME(CRAPS_REFUSED_FULL, BITCRAPS_REFUSED_FULL);
SAME(CRAPS_REFUSED_IMPROPER, BITCRAPS_REFUSED_IMPROPER);
SAME(CRAPS_REFUSED_CONTRACT, BITCRAPS_REFUSED_CONTRACT);
SAME(CRAPS_REFUSED_NO_BET, BITCRAPS_REFUSED_NO_BET);
SAME(CRAPS_REFUSED_ALWAYS_WORKS, BITCRAPS_REFUSED_ALWAYS_WORKS);
SAME(CRAPS_REFUSED_HAND_BEGAN, BITCRAPS_REFUSED_HAND_BEGAN);
SAME(CRAPS_REFUSED_SINCE_SEVEN, BITCRAPS_REFUSED_SINCE_SEVEN);
SAME(CRAPS_REFUSED_TAKES_ALL, BITCRAPS_REFUSED_TAKES_ALL);
SAME(CRAPS_REFUSED_LEAVES_ODDS, BITCRAPS_REFUSED_LEAVES_ODDS);
SAME(CRAPS_WORKING_DEFAULT, BITCRAPS_WORKING_DEFAULT);
SAME(CRAPS_WORKING_ON, BITCRAPS_WORKING_ON);
SAME(CRAPS_WORKING_OFF, BITCRAPS_WORKING_OFF);
SAME(CRAPS_WIN, BITCRAPS_WIN);
SAME(CRAPS_LOSE, BITCRAPS_LOSE);
SAME(CRAPS_PUSH, BITCRAPS_PUSH);
SAME(CRAPS_TRAVEL, BITCRAPS_TRAVEL);
SAME(CRAPS_RETURNED, BITCRAPS_RETURNED);
SAME(SEATS_MAX, BITCRAPS_SEATS);
_Static_assert(BITCRAPS_NAME_SIZE >= CRAPS_BET_NAME_SIZE, "any name fits");
_Static_assert(BITCRAPS_SENTENCE_SIZE >= CRAPS_SENTENCE_SIZE, "any refusal fits");
_Static_assert(BITCRAPS_SENTENCE_SIZE >= CRAPS_HOUSE_SENTENCE_SIZE, "any fault of a house fits");

const char *bitcraps_version(void)
{
    return PACKAGE_VERSION;
}

/* ---- Bets ---- */

int bitcraps_bet(const char *name)
{
    struct craps_bet bet;
    if (name == NULL || !craps_bet_parse(bytes_of(name), &bet))
        return BITCRAPS_WRONG;
    return code_of(bet);
}

int bitcraps_bet_name(int code, char *name, size_t size)
{
    char whole[CRAPS_BET_NAME_SIZE];
    struct craps_bet bet;
    struct craps_bet again;
    if (!bet_of(code, &bet) ||
        (bet.kind != CRAPS_ODDS && bet.number != 0 && craps_spot(bet) == CRAPS_SPOT_NONE))
        return BITCRAPS_WRONG;
    craps_bet_name(bet, whole);
    /* A number that the bet cannot have gives no name. */
    if (!craps_bet_parse(bytes_of(whole), &again) || code_of(again) != code)
        return BITCRAPS_WRONG;
    return give(whole, name, size);
}

int bitcraps_call(int puck, int d1, int d2, char *call, size_t size)
{
    char whole[CRAPS_SENTENCE_SIZE];
    if (puck < 0 || puck == 1 || puck == 7 || puck > 12 || d1 < 1 || d1 > 6 || d2 < 1 || d2 > 6)
        return BITCRAPS_WRONG;
    craps_call((unsigned)puck, (unsigned)d1, (unsigned)d2, whole);
    return give(whole, call, size);
}

/* ---- Houses ---- */

const char *bitcraps_preset(size_t index, const char **description)
{
    const struct craps_preset *preset = craps_preset_at(index);
    if (preset == NULL)
        return NULL;
    if (description != NULL)
        *description = preset->description;
    return preset->name;
}

const char *bitcraps_setting(size_t index, const char **form, const char **summary)
{
    const struct craps_house_setting *setting = craps_house_at(index);
    if (setting == NULL)
        return NULL;
    if (form != NULL)
        *form = setting->form;
    if (summary != NULL)
        *summary = setting->summary;
    return setting->name;
}
