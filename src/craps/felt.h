/* SPDX-License-Identifier: MIT */
/*
 * What the engine's files share: spots in sets, chips on spots, and what a bet is worth. On the
 * path of every roll, and so inline. Internal to this folder.
 */
#ifndef CRAPS_FELT_H
#define CRAPS_FELT_H

#include "craps/craps.h"

/* Stake times pay fits 64 bits, as does the vig's sum. */
_Static_assert(CRAPS_STAKE_MAX <= INT64_MAX / (200 * UINT16_MAX), "no product overflows");
_Static_assert(CRAPS_STAKE_MAX < (1 << 30), "a stake times its pay is below 2^46: craps/card.h");
_Static_assert(CRAPS_STAKE_MAX <= UINT32_MAX, "a stake fits its spot");

static inline bool felt_has(const struct craps_spots *set, uint32_t spot)
{
    return (set->words[spot / 64] >> spot % 64 & 1) != 0;
}

static inline void felt_add(struct craps_spots *set, uint32_t spot)
{
    set->words[spot / 64] |= (uint64_t)1 << spot % 64;
}

static inline void felt_drop(struct craps_spots *set, uint32_t spot)
{
    set->words[spot / 64] &= ~((uint64_t)1 << spot % 64);
}

/* Puts a stake on an empty spot, or another on it. */
static inline void felt_put(struct craps *craps, unsigned index, uint32_t spot, uint32_t stake)
{
    struct craps_seat *seat = &craps->seats[index];
    seat->stakes[spot] = stake;
    felt_add(&seat->lies, spot);
    craps->seated |= (uint16_t)(1u << index);
}

/* Empties a spot, and forgets what the bet was called; felt_note_seated() is to follow. */
static inline void felt_clear(struct craps_seat *seat, uint32_t spot)
{
    seat->stakes[spot] = 0;
    felt_drop(&seat->lies, spot);
    felt_drop(&seat->on, spot);
    felt_drop(&seat->off, spot);
}

/* Whether the seat has a bet at all. */
static inline void felt_note_seated(struct craps *craps, unsigned index)
{
    uint64_t left = 0;
    for (size_t i = 0; i < CRAPS_WORDS; i++)
        left |= craps->seats[index].lies.words[i];
    if (left == 0)
        craps->seated &= (uint16_t) ~(1u << index);
}

/* The next spot of a set at or after this one; CRAPS_SPOT_NONE when there is none. */
static inline uint32_t felt_next(const struct craps_spots *set, uint32_t from)
{
    for (uint32_t word = from / 64; word < CRAPS_WORDS; word++) {
        uint64_t left = set->words[word];
        if (word == from / 64)
            left &= ~(uint64_t)0 << from % 64;
        if (left != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(left);
    }
    return CRAPS_SPOT_NONE;
}

/* Rounded down: the breakage stays with the bank. */
static inline chips felt_profit(chips stake, const struct craps_rate *rate)
{
    const uint64_t product = (uint64_t)stake * rate->pay.to;
    if (rate->inverse == 0)
        return (chips)product;
    return (chips)((unsigned __int128)product * rate->inverse >> 64);
}

/* What a win of this stake costs in vig, whenever it is paid. */
chips felt_vig(const struct craps_card *card, uint32_t spot, chips stake);

/* What lies with the stake, paid up front. */
static inline chips felt_vig_held(const struct craps_card *card, uint32_t spot, chips stake)
{
    return card->spots[spot].vig_held == 1 ? felt_vig(card, spot, stake) : 0;
}

static inline chips felt_reserve(const struct craps_card *card, uint32_t spot, chips stake)
{
    return felt_profit(stake, &card->spots[spot].best);
}

/* Takes amount of what lies on a spot off it and adds it to back. */
static inline void felt_lift(struct craps *craps, const struct craps_card *card, unsigned seat,
                             uint32_t spot, chips amount, struct craps_money *back)
{
    const chips lies = craps->seats[seat].stakes[spot];
    const chips left = lies - amount;
    back->stake += amount;
    back->vig += felt_vig_held(card, spot, lies) - felt_vig_held(card, spot, left);
    back->win += felt_reserve(card, spot, lies) - felt_reserve(card, spot, left);
    if (left > 0) {
        felt_put(craps, seat, spot, (uint32_t)left);
    } else {
        felt_clear(&craps->seats[seat], spot);
        felt_note_seated(craps, seat);
    }
}

#endif
