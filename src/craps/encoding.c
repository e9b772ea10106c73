/* SPDX-License-Identifier: MIT */
/* The canonical bytes of a felt, and what of them is believed. */
#include "craps/craps.h"

#include <string.h>

#include "craps/layout.h"

/*
 * puck 1 | shooter 1 | dice 2 | rolls 8 | hand_rolls 8 | thrown 8 | made 8 | pairs 4 | hard 1 |
 * wins 1 | points 1 | for each seat: count 1 | for each bet in the order of the spots: kind 1,
 * number 1, working 1, stake 4
 */
_Static_assert(CRAPS_SPOT_COUNT <= 255, "a count of bets fits its byte");

static void encode_seat(const struct craps_seat *seat, struct writer *out)
{
    uint8_t count = 0;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++)
        count = (uint8_t)(count + (seat->stakes[spot] > 0));
    write_u8(out, count);
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (seat->stakes[spot] == 0)
            continue;
        const struct craps_bet bet = craps_bet_at(spot);
        write_u8(out, bet.kind);
        write_u8(out, bet.number);
        write_u8(out, (uint8_t)craps_called(seat, spot));
        write_u32(out, seat->stakes[spot]);
    }
}

void craps_encode(const struct craps *craps, struct writer *out)
{
    write_u8(out, craps->puck);
    write_u8(out, craps->shooter);
    write_bytes(out, craps->dice, sizeof craps->dice);
    write_u64(out, craps->rolls);
    write_u64(out, craps->hand_rolls);
    write_u64(out, craps->hand.thrown);
    write_u64(out, craps->hand.made);
    write_u32(out, craps->hand.pairs);
    write_u8(out, craps->hand.hard);
    write_u8(out, craps->hand.wins);
    write_u8(out, craps->hand.points);
    for (unsigned i = 0; i < SEATS_MAX; i++)
        encode_seat(&craps->seats[i], out);
}

static bool decode_seat(struct reader *in, struct craps_seat *seat)
{
    const uint8_t count = read_u8(in);
    uint32_t next = 0;
    for (unsigned i = 0; i < count; i++) {
        const uint8_t kind = read_u8(in);
        const uint8_t number = read_u8(in);
        const uint8_t working = read_u8(in);
        const uint32_t stake = read_u32(in);
        const uint32_t spot = craps_spot((struct craps_bet){.kind = kind, .number = number});
        if (in->failed || spot == CRAPS_SPOT_NONE || spot < next || stake == 0 ||
            stake > CRAPS_STAKE_MAX || working > CRAPS_WORKING_OFF)
            return false;
        if (working != CRAPS_WORKING_DEFAULT && layout_row(kind)->work == LAYOUT_WORKS_ALWAYS)
            return false;
        const uint64_t bit = (uint64_t)1 << spot % 64;
        seat->stakes[spot] = stake;
        seat->lies.words[spot / 64] |= bit;
        seat->on.words[spot / 64] |= working == CRAPS_WORKING_ON ? bit : 0;
        seat->off.words[spot / 64] |= working == CRAPS_WORKING_OFF ? bit : 0;
        next = spot + 1;
    }
    return !in->failed;
}

/* Whether the bets agree with the puck and with one another, as play always leaves them. */
static bool consistent(const struct craps *craps, const struct craps_seat *seat)
{
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (seat->stakes[spot] == 0)
            continue;
        const struct craps_bet bet = craps_bet_at(spot);
        const struct layout_row *row = layout_row(bet.kind);
        const bool travels = row->staging == LAYOUT_STAGED_BY_NUMBER;
        if (travels && row->window == LAYOUT_COMEOUT && bet.number != craps->puck)
            return false;
        if (travels && row->window == LAYOUT_POINT && bet.number == 0 && craps->puck == 0)
            return false;
        const struct craps_bet flat = {.kind = row->behind, .number = bet.number};
        if (row->window == LAYOUT_BEHIND && seat->stakes[craps_spot(flat)] == 0)
            return false;
    }
    return true;
}

/* Whether nothing is remembered that a hand of this length could not leave. */
static bool sound(const struct craps *craps)
{
    const struct craps_hand none = {0};
    const bool fresh = craps->hand_rolls == 0;
    if (craps->hand_rolls > craps->rolls || !craps_hand_sound(&craps->hand))
        return false;
    return !fresh || (craps->puck == 0 && memcmp(&craps->hand, &none, sizeof none) == 0);
}

bool craps_decode(struct reader *in, struct craps *craps)
{
    memset(craps, 0, sizeof *craps);
    craps->puck = read_u8(in);
    craps->shooter = read_u8(in);
    craps->dice[0] = read_u8(in);
    craps->dice[1] = read_u8(in);
    craps->rolls = read_u64(in);
    craps->hand_rolls = read_u64(in);
    craps->hand.thrown = read_u64(in);
    craps->hand.made = read_u64(in);
    craps->hand.pairs = read_u32(in);
    craps->hand.hard = read_u8(in);
    craps->hand.wins = read_u8(in);
    craps->hand.points = read_u8(in);
    const bool puck = craps->puck == 0 ||
                      (craps->puck <= 12 && ((ROLLS_BOX | ROLLS_OUTER) >> craps->puck & 1) != 0);
    const bool shooter = craps->shooter < SEATS_MAX || craps->shooter == CRAPS_SEAT_NONE;
    const bool thrown = craps->rolls > 0;
    const bool dice = (craps->dice[0] > 0) == thrown && (craps->dice[1] > 0) == thrown &&
                      craps->dice[0] <= 6 && craps->dice[1] <= 6;
    if (in->failed || !puck || !shooter || !dice || !sound(craps))
        return false;
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        struct craps_seat *seat = &craps->seats[i];
        if (!decode_seat(in, seat) || !consistent(craps, seat))
            return false;
        for (size_t word = 0; word < CRAPS_WORDS; word++)
            craps->seated |= (uint16_t)((seat->lies.words[word] != 0) << i);
    }
    return true;
}
