/* SPDX-License-Identifier: MIT */
/* The casino's rules, what rules may be, and their bytes. */
#include "craps/rules.h"

#include <string.h>

#include "base/check.h"

/* The first byte of encoded rules. */
#define RULES_VERSION 1

/* What a house may pay: not so much that the player has the edge, nor with one above 30 %. */
static const struct {
    struct craps_pay usual;
    uint16_t least; /* To one. */
    uint16_t most;
} house_pays[CRAPS_PAY_COUNT] = {
    [CRAPS_PAY_FIELD_TWO] = {{2, 1}, 1, 3},     [CRAPS_PAY_FIELD_TWELVE] = {{3, 1}, 1, 3},
    [CRAPS_PAY_HARD_FOUR_TEN] = {{7, 1}, 6, 8}, [CRAPS_PAY_HARD_SIX_EIGHT] = {{9, 1}, 7, 10},
    [CRAPS_PAY_TWO_TWELVE] = {{30, 1}, 25, 35}, [CRAPS_PAY_THREE_ELEVEN] = {{15, 1}, 12, 17},
    [CRAPS_PAY_HOP_EASY] = {{15, 1}, 12, 17},   [CRAPS_PAY_HOP_HARD] = {{30, 1}, 25, 35},
};

/* The box numbers as bits. */
#define BOX_BITS 0x770u

struct craps_rules craps_rules_casino(void)
{
    struct craps_rules rules = {
        .bets = ((uint64_t)1 << CRAPS_KIND_COUNT) - 1,
        .dollar = 1,
        .limits =
            {
                [CRAPS_LIMIT_LINE] = {5, 2000},
                [CRAPS_LIMIT_ODDS] = {1, 20000},
                [CRAPS_LIMIT_BOX] = {5, 2000},
                [CRAPS_LIMIT_FIELD] = {5, 2000},
                [CRAPS_LIMIT_PROPOSITION] = {1, 500},
            },
        .odds_halves = {6, 8, 10},
        .bar = 12,
        .breakage = CRAPS_BREAKAGE_REFUSE,
        .vig_rounding = CRAPS_VIG_NEAREST,
        .lays_work = 1,
        .hardways_work = 1,
        .buy_vig_on_win = 1 << 4 | 1 << 10,
        .lay_vig_on_win = 1 << 4 | 1 << 10,
    };
    for (size_t i = 0; i < CRAPS_PAY_COUNT; i++)
        rules.pays[i] = house_pays[i].usual;
    return rules;
}

static const char *limits_fault(const struct craps_rules *rules)
{
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++) {
        const struct craps_limit *limit = &rules->limits[i];
        if (limit->min < 1)
            return "A minimum bet must be at least 1 chip.";
        if (limit->max < limit->min)
            return "A maximum bet must not be below its minimum.";
        if (limit->max > CRAPS_STAKE_MAX)
            return "A maximum bet must not be above 1000000000 chips.";
    }
    /* The smallest lay on 4 then wins at least the smallest vig. */
    if (rules->limits[CRAPS_LIMIT_BOX].min < 3 * rules->dollar)
        return "The minimum of box number bets must be at least 3 dollars, to pay a vig of 1.";
    return NULL;
}

static const char *pays_fault(const struct craps_rules *rules)
{
    for (size_t i = 0; i < CRAPS_PAY_COUNT; i++) {
        const struct craps_pay pay = rules->pays[i];
        if (pay.per != 1 && pay.per != 2)
            return "A pay must be to 1 or to 2.";
        if (pay.to > house_pays[i].most * pay.per)
            return "A pay must not be above the true odds: the bank would lose.";
        if (pay.to < house_pays[i].least * pay.per)
            return "A pay must not leave the house an edge above 30 %.";
    }
    return NULL;
}

const char *craps_rules_fault(const struct craps_rules *rules)
{
    if (rules->bets == 0 || rules->bets >> CRAPS_KIND_COUNT != 0)
        return "The rules must offer at least one bet, and none that is unknown.";
    if (rules->dollar < 1 || rules->dollar > 1000000)
        return "A dollar must be 1 to 1000000 chips.";
    for (size_t i = 0; i < sizeof rules->odds_halves; i++) {
        if (rules->odds_halves[i] > 200)
            return "Odds must be at most 100 times the flat bet.";
    }
    if (rules->bar != 12 && rules->bar != 2)
        return "The don't side must bar 12 or 2.";
    if (rules->breakage > CRAPS_BREAKAGE_FLOOR)
        return "Breakage must be refused or floored.";
    if (rules->vig_rounding > CRAPS_VIG_UP)
        return "The vig must be rounded to the nearest dollar, down or up.";
    if (rules->lays_work > 1 || rules->hardways_work > 1)
        return "Lays and hardways must work on the come-out or not: 1 or 0.";
    if (((rules->buy_vig_on_win | rules->lay_vig_on_win) & ~BOX_BITS) != 0)
        return "The vig can only be set for the numbers 4, 5, 6, 8, 9 and 10.";
    const char *fault = limits_fault(rules);
    return fault != NULL ? fault : pays_fault(rules);
}

/*
 * version 1 | bets 8 | dollar 8 | (min 8, max 8) x 5 | (to 2, per 2) x 8 | odds_halves 3 | bar 1 |
 * breakage 1 | vig_rounding 1 | lays_work 1 | hardways_work 1 | buy_vig 2 | lay_vig 2
 */
_Static_assert(CRAPS_RULES_ENCODED_SIZE ==
                   1 + 8 + 8 + 16 * CRAPS_LIMIT_COUNT + 4 * CRAPS_PAY_COUNT + 3 + 5 + 4,
               "the layout above");

void craps_rules_encode(const struct craps_rules *rules, struct writer *out)
{
    write_u8(out, RULES_VERSION);
    write_u64(out, rules->bets);
    write_i64(out, rules->dollar);
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++) {
        write_i64(out, rules->limits[i].min);
        write_i64(out, rules->limits[i].max);
    }
    for (size_t i = 0; i < CRAPS_PAY_COUNT; i++) {
        write_u16(out, rules->pays[i].to);
        write_u16(out, rules->pays[i].per);
    }
    write_bytes(out, rules->odds_halves, sizeof rules->odds_halves);
    write_u8(out, rules->bar);
    write_u8(out, rules->breakage);
    write_u8(out, rules->vig_rounding);
    write_u8(out, rules->lays_work);
    write_u8(out, rules->hardways_work);
    write_u16(out, rules->buy_vig_on_win);
    write_u16(out, rules->lay_vig_on_win);
}

const char *craps_rules_decode(struct reader *in, struct craps_rules *rules)
{
    memset(rules, 0, sizeof *rules);
    const uint8_t version = read_u8(in);
    rules->bets = read_u64(in);
    rules->dollar = read_i64(in);
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++) {
        rules->limits[i].min = read_i64(in);
        rules->limits[i].max = read_i64(in);
    }
    for (size_t i = 0; i < CRAPS_PAY_COUNT; i++) {
        rules->pays[i].to = read_u16(in);
        rules->pays[i].per = read_u16(in);
    }
    for (size_t i = 0; i < sizeof rules->odds_halves; i++)
        rules->odds_halves[i] = read_u8(in);
    rules->bar = read_u8(in);
    rules->breakage = read_u8(in);
    rules->vig_rounding = read_u8(in);
    rules->lays_work = read_u8(in);
    rules->hardways_work = read_u8(in);
    rules->buy_vig_on_win = read_u16(in);
    rules->lay_vig_on_win = read_u16(in);
    if (in->failed)
        return "The rules are cut short.";
    if (version != RULES_VERSION)
        return "The rules are of a version that this program does not know.";
    return craps_rules_fault(rules);
}
