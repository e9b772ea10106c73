/* SPDX-License-Identifier: MIT */
/* The canonical bytes of a felt, and what of them is believed. */
#include "craps/craps.h"

#include <string.h>

#include "craps/layout.h"

/*
 * puck 1 | shooter 1 | fresh 1 | dice 2 | rolls 8 | hand_rolls 8 | for each seat: count 1 | for
 * each bet in the order of the spots: kind 1, number 1, working 1, stake 4
 */
_Static_assert(CRAPS_SPOT_COUNT <= 255, "a count of bets fits its byte");

void craps_encode(const struct craps *craps, struct writer *out)
{
    write_u8(out, craps->puck);
    write_u8(out, craps->shooter);
    write_u8(out, craps->fresh);
    write_bytes(out, craps->dice, sizeof craps->dice);
    write_u64(out, craps->rolls);
    write_u64(out, craps->hand_rolls);
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        const struct craps_seat *seat = &craps->seats[i];
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
            write_u8(out, seat->working[spot]);
            write_u32(out, seat->stakes[spot]);
        }
    }
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
        seat->stakes[spot] = stake;
        seat->working[spot] = working;
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
        if (row->window == LAYOUT_COMEOUT && bet.number != craps->puck)
            return false;
        if (row->window == LAYOUT_POINT && bet.number == 0 && craps->puck == 0)
            return false;
        const struct craps_bet flat = {.kind = row->behind, .number = bet.number};
        if (row->window == LAYOUT_BEHIND && seat->stakes[craps_spot(flat)] == 0)
            return false;
    }
    return true;
}

bool craps_decode(struct reader *in, struct craps *craps)
{
    memset(craps, 0, sizeof *craps);
    craps->puck = read_u8(in);
    craps->shooter = read_u8(in);
    craps->fresh = read_u8(in);
    craps->dice[0] = read_u8(in);
    craps->dice[1] = read_u8(in);
    craps->rolls = read_u64(in);
    craps->hand_rolls = read_u64(in);
    const bool puck =
        craps->puck == 0 || (craps->puck <= 10 && (ROLLS_BOX >> craps->puck & 1) != 0);
    const bool shooter = craps->shooter < SEATS_MAX || craps->shooter == CRAPS_SEAT_NONE;
    const bool thrown = craps->rolls > 0;
    const bool dice = (craps->dice[0] > 0) == thrown && (craps->dice[1] > 0) == thrown &&
                      craps->dice[0] <= 6 && craps->dice[1] <= 6;
    if (in->failed || !puck || !shooter || craps->fresh > 1 || !dice ||
        craps->hand_rolls > craps->rolls || (craps->hand_rolls == 0) != (craps->fresh == 1) ||
        (craps->fresh == 1 && craps->puck != 0))
        return false;
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        if (!decode_seat(in, &craps->seats[i]) || !consistent(craps, &craps->seats[i]))
            return false;
    }
    return true;
}
