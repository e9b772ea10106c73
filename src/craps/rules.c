/* SPDX-License-Identifier: MIT */
/* The houses that are known by a name, what rules may be, and their bytes. */
#include "craps/rules.h"

#include <string.h>

#include "craps/layout.h"

/* The first byte of encoded rules. */
#define RULES_VERSION 1

/* Every kind that there is. */
#define KINDS_ALL (CRAPS_KIND_BIT(CRAPS_KIND_COUNT) - 1)

/* The don't side: where 2, 3 and 12 do not lose on the come-out, nothing is left for it to win. */
#define KINDS_DONT                                                                                 \
    (CRAPS_KIND_BIT(CRAPS_DONT_PASS) | CRAPS_KIND_BIT(CRAPS_DONT_COME) |                           \
     CRAPS_KIND_BIT(CRAPS_DONT_PASS_ODDS) | CRAPS_KIND_BIT(CRAPS_DONT_COME_ODDS))

/* Bets on points whose pays hold for six points, not for ten. */
#define KINDS_SIX_POINTS                                                                           \
    (CRAPS_KIND_BIT(CRAPS_FIRE) | CRAPS_KIND_BIT(CRAPS_RIDE_LINE) | CRAPS_KIND_BIT(CRAPS_REPLAY) | \
     CRAPS_KIND_BIT(CRAPS_SHARPSHOOTER) | CRAPS_KIND_BIT(CRAPS_MUGGSY) |                           \
     CRAPS_KIND_BIT(CRAPS_POINT_SEVEN) | CRAPS_KIND_BIT(CRAPS_SEVEN_POINT))

/* What the wall of a large Las Vegas room has, and no more. */
#define KINDS_VEGAS                                                                                \
    (KINDS_DONT | CRAPS_KIND_BIT(CRAPS_PASS) | CRAPS_KIND_BIT(CRAPS_COME) |                        \
     CRAPS_KIND_BIT(CRAPS_PASS_ODDS) | CRAPS_KIND_BIT(CRAPS_COME_ODDS) |                           \
     CRAPS_KIND_BIT(CRAPS_PUT) | CRAPS_KIND_BIT(CRAPS_PUT_ODDS) | CRAPS_KIND_BIT(CRAPS_PLACE) |    \
     CRAPS_KIND_BIT(CRAPS_BUY) | CRAPS_KIND_BIT(CRAPS_LAY) | CRAPS_KIND_BIT(CRAPS_FIELD) |         \
     CRAPS_KIND_BIT(CRAPS_HARDWAY) | CRAPS_KIND_BIT(CRAPS_ANY_SEVEN) |                             \
     CRAPS_KIND_BIT(CRAPS_ANY_CRAPS) | CRAPS_KIND_BIT(CRAPS_CRAPS_TWO) |                           \
     CRAPS_KIND_BIT(CRAPS_CRAPS_THREE) | CRAPS_KIND_BIT(CRAPS_YO) |                                \
     CRAPS_KIND_BIT(CRAPS_CRAPS_TWELVE) | CRAPS_KIND_BIT(CRAPS_HI_LO) |                            \
     CRAPS_KIND_BIT(CRAPS_C_AND_E) | CRAPS_KIND_BIT(CRAPS_HORN) |                                  \
     CRAPS_KIND_BIT(CRAPS_HORN_HIGH) | CRAPS_KIND_BIT(CRAPS_WORLD) |                               \
     CRAPS_KIND_BIT(CRAPS_THREE_WAY) | CRAPS_KIND_BIT(CRAPS_HOP) |                                 \
     CRAPS_KIND_BIT(CRAPS_HOP_SEVENS) | CRAPS_KIND_BIT(CRAPS_FIRE) |                               \
     CRAPS_KIND_BIT(CRAPS_ALL_SMALL) | CRAPS_KIND_BIT(CRAPS_ALL_TALL) |                            \
     CRAPS_KIND_BIT(CRAPS_MAKE_ALL))

/* The bets that crapssim has. */
#define KINDS_CRAPSSIM                                                                             \
    ((KINDS_VEGAS | CRAPS_KIND_BIT(CRAPS_BIG)) &                                                   \
     ~(CRAPS_KIND_BIT(CRAPS_HI_LO) | CRAPS_KIND_BIT(CRAPS_HORN_HIGH) |                             \
       CRAPS_KIND_BIT(CRAPS_THREE_WAY) | CRAPS_KIND_BIT(CRAPS_HOP_SEVENS)))

/* Numbers that can be points, as bits. */
#define POINTS_BOX      0x770u
#define POINTS_CRAPLESS 0x1f7cu

/* Pays of hand bets, for one: one more than to one. */
static const uint16_t ladders_usual[CRAPS_LADDER_STEPS] = {
    /* 4, 5 and 6 points made. */
    [CRAPS_LADDER_FIRE + 3] = 25,
    [CRAPS_LADDER_FIRE + 4] = 250,
    [CRAPS_LADDER_FIRE + 5] = 1000,
    [CRAPS_LADDER_SMALL] = 31,
    [CRAPS_LADDER_TALL] = 31,
    [CRAPS_LADDER_ALL] = 151,
    /* 2 and 12, 3 and 11, ... 6 and 8. */
    [CRAPS_LADDER_REPEATER] = 41,
    [CRAPS_LADDER_REPEATER + 1] = 51,
    [CRAPS_LADDER_REPEATER + 2] = 66,
    [CRAPS_LADDER_REPEATER + 3] = 81,
    [CRAPS_LADDER_REPEATER + 4] = 91,
    /* From two numbers in every combination. */
    [CRAPS_LADDER_HOT_ROLLER + 1] = 6,
    [CRAPS_LADDER_HOT_ROLLER + 2] = 11,
    [CRAPS_LADDER_HOT_ROLLER + 3] = 21,
    [CRAPS_LADDER_HOT_ROLLER + 4] = 51,
    [CRAPS_LADDER_HOT_ROLLER + 5] = 201,
    /* Three wins push. */
    [CRAPS_LADDER_RIDE_LINE + 2] = 1,
    [CRAPS_LADDER_RIDE_LINE + 3] = 4,
    [CRAPS_LADDER_RIDE_LINE + 4] = 6,
    [CRAPS_LADDER_RIDE_LINE + 5] = 8,
    [CRAPS_LADDER_RIDE_LINE + 6] = 13,
    [CRAPS_LADDER_RIDE_LINE + 7] = 21,
    [CRAPS_LADDER_RIDE_LINE + 8] = 26,
    [CRAPS_LADDER_RIDE_LINE + 9] = 31,
    [CRAPS_LADDER_RIDE_LINE + 10] = 101,
    /* From three different doubles. */
    [CRAPS_LADDER_DOUBLES + 2] = 5,
    [CRAPS_LADDER_DOUBLES + 3] = 9,
    [CRAPS_LADDER_DOUBLES + 4] = 16,
    [CRAPS_LADDER_DOUBLES + 5] = 101,
    [CRAPS_LADDER_REPLAY] = 71,
    [CRAPS_LADDER_REPLAY + 1] = 96,
    [CRAPS_LADDER_REPLAY + 2] = 101,
    [CRAPS_LADDER_REPLAY + 3] = 121,
    [CRAPS_LADDER_REPLAY + 4] = 501,
    [CRAPS_LADDER_REPLAY + 5] = 1001,
    [CRAPS_LADDER_TWICE_HARD] = 17,
    /* From three points made. */
    [CRAPS_LADDER_SHARPSHOOTER + 2] = 6,
    [CRAPS_LADDER_SHARPSHOOTER + 3] = 11,
    [CRAPS_LADDER_SHARPSHOOTER + 4] = 21,
    [CRAPS_LADDER_SHARPSHOOTER + 5] = 51,
    [CRAPS_LADDER_SHARPSHOOTER + 6] = 101,
    [CRAPS_LADDER_SHARPSHOOTER + 7] = 101,
    [CRAPS_LADDER_SHARPSHOOTER + 8] = 101,
    [CRAPS_LADDER_SHARPSHOOTER + 9] = 101,
    /* Nine totals, ten. */
    [CRAPS_LADDER_HOT_HAND] = 21,
    [CRAPS_LADDER_HOT_HAND + 1] = 81,
    [CRAPS_LADDER_FLAMING_FOUR] = 71,
    [CRAPS_LADDER_SIZZLING_SIX] = 13,
    [CRAPS_LADDER_FOUR_ROLLS] = 2,
};

struct craps_rules craps_rules_casino(void)
{
    struct craps_rules rules = {
        .bets = KINDS_ALL,
        .dollar = 1,
        .vig_least = 1,
        .limits =
            {
                [CRAPS_LIMIT_LINE] = {5, 2000},
                [CRAPS_LIMIT_ODDS] = {1, 20000},
                [CRAPS_LIMIT_BOX] = {5, 2000},
                [CRAPS_LIMIT_FIELD] = {5, 2000},
                [CRAPS_LIMIT_PROPOSITION] = {1, 500},
                [CRAPS_LIMIT_HAND] = {1, 100},
            },
        .pays =
            {
                [CRAPS_PAY_FIELD_TWO] = {2, 1},
                [CRAPS_PAY_FIELD_TWELVE] = {3, 1},
                [CRAPS_PAY_HARD_FOUR_TEN] = {7, 1},
                [CRAPS_PAY_HARD_SIX_EIGHT] = {9, 1},
                [CRAPS_PAY_TWO_TWELVE] = {30, 1},
                [CRAPS_PAY_THREE_ELEVEN] = {15, 1},
                [CRAPS_PAY_HOP_EASY] = {15, 1},
                [CRAPS_PAY_HOP_HARD] = {30, 1},
            },
        .odds_halves = {2, 4, 6, 8, 10},
        .bar = 12,
        .breakage = CRAPS_BREAKAGE_REFUSE,
        .vig_rounding = CRAPS_VIG_NEAREST,
        .buy_vig_on_win = 1 << 4 | 1 << 10,
        .lay_vig_on_win = 1 << 4 | 1 << 10,
    };
    memcpy(rules.ladders, ladders_usual, sizeof rules.ladders);
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        if (layout_row(kind)->work == LAYOUT_WORKS)
            rules.comeout |= CRAPS_KIND_BIT(kind);
    }
    return rules;
}

/*
 * A table of the Las Vegas Strip: $15 and up, propositions printed "30 for 1" and "15 for 1", so
 * one less to one, and hops like them. Dealers pay to the whole dollar and the house keeps the
 * rest. The vig is taken from wins only, and a buy of $20 to $39 costs the same dollar: rooms there
 * compete by it. A put is taken, as is more on the pass line. Of bets on a hand, two are common.
 */
static struct craps_rules rules_vegas(void)
{
    struct craps_rules rules = craps_rules_casino();
    rules.bets = KINDS_VEGAS;
    rules.limits[CRAPS_LIMIT_LINE] = (struct craps_limit){15, 5000};
    rules.limits[CRAPS_LIMIT_ODDS] = (struct craps_limit){1, 30000};
    rules.limits[CRAPS_LIMIT_BOX] = (struct craps_limit){15, 5000};
    rules.limits[CRAPS_LIMIT_FIELD] = (struct craps_limit){15, 5000};
    rules.limits[CRAPS_LIMIT_HAND] = (struct craps_limit){1, 25};
    rules.pays[CRAPS_PAY_TWO_TWELVE] = (struct craps_pay){29, 1};
    rules.pays[CRAPS_PAY_THREE_ELEVEN] = (struct craps_pay){14, 1};
    rules.pays[CRAPS_PAY_HOP_EASY] = (struct craps_pay){14, 1};
    rules.pays[CRAPS_PAY_HOP_HARD] = (struct craps_pay){29, 1};
    rules.breakage = CRAPS_BREAKAGE_FLOOR;
    rules.vig_rounding = CRAPS_VIG_DOWN;
    rules.buy_vig_on_win = POINTS_BOX;
    rules.lay_vig_on_win = POINTS_BOX;
    rules.pass_grows = 1;
    return rules;
}

static struct craps_rules rules_crapless(void)
{
    struct craps_rules rules = craps_rules_casino();
    rules.crapless = 1;
    rules.bets &= ~(KINDS_DONT | KINDS_SIX_POINTS);
    return rules;
}

/* The defaults of crapssim 0.4.1, whose money is cents here. */
static struct craps_rules rules_crapssim(void)
{
    struct craps_rules rules = craps_rules_casino();
    rules.bets = KINDS_CRAPSSIM;
    rules.dollar = 100;
    rules.vig_least = 0;
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++)
        rules.limits[i] = (struct craps_limit){1, CRAPS_STAKE_MAX};
    rules.pays[CRAPS_PAY_FIELD_TWELVE] = (struct craps_pay){2, 1};
    rules.breakage = CRAPS_BREAKAGE_FLOOR;
    rules.buy_vig_on_win = 0;
    rules.lay_vig_on_win = 0;
    rules.push_returns = 1;
    rules.comeout &=
        ~(CRAPS_KIND_BIT(CRAPS_PLACE) | CRAPS_KIND_BIT(CRAPS_PLACE_LOSE) |
          CRAPS_KIND_BIT(CRAPS_BUY) | CRAPS_KIND_BIT(CRAPS_LAY) | CRAPS_KIND_BIT(CRAPS_PUT) |
          CRAPS_KIND_BIT(CRAPS_PUT_ODDS) | CRAPS_KIND_BIT(CRAPS_COME_ODDS));
    static const uint8_t down[] = {CRAPS_BUY, CRAPS_LAY, CRAPS_PUT, CRAPS_BIG, CRAPS_HARDWAY};
    for (size_t i = 0; i < sizeof down; i++) {
        if (layout_row(down[i])->stays)
            rules.comes_down |= CRAPS_KIND_BIT(down[i]);
    }
    return rules;
}

static const struct craps_preset presets[] = {
    {"casino", "Every bet of the rule book, 3-4-5x odds, $5 minimum, exact stakes only.",
     craps_rules_casino},
    {"vegas-345", "The Las Vegas Strip: $15 minimum, 3-4-5x odds, vig on a win, 30 and 15 for 1.",
     rules_vegas},
    {"crapless", "2, 3, 11 and 12 are points too; there is no don't side.", rules_crapless},
    {"crapssim", "The habits of the simulator crapssim, money in cents, hardly a limit.",
     rules_crapssim},
};

const struct craps_preset *craps_preset_at(size_t index)
{
    return index < sizeof presets / sizeof presets[0] ? &presets[index] : NULL;
}

const struct craps_preset *craps_preset_find(struct bytes name)
{
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        if (strlen(presets[i].name) == name.size &&
            memcmp(presets[i].name, name.at, name.size) == 0)
            return &presets[i];
    }
    return NULL;
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
    return NULL;
}

static const char *pays_fault(const struct craps_rules *rules)
{
    for (size_t i = 0; i < CRAPS_PAY_COUNT; i++) {
        const struct craps_pay pay = rules->pays[i];
        if (pay.per != 1 && pay.per != 2)
            return "A pay must be to 1 or to 2.";
        if (pay.per == 2 && pay.to % 2 == 0)
            return "A pay must be in lowest terms: 30 to 1, not 60 to 2.";
        if (pay.to < pay.per || pay.to > 1000 * pay.per)
            return "A pay must be at least 1 to 1 and at most 1000 to 1.";
    }
    /* Of a world's five parts the other four are lost. */
    const struct craps_pay two = rules->pays[CRAPS_PAY_TWO_TWELVE];
    const struct craps_pay three = rules->pays[CRAPS_PAY_THREE_ELEVEN];
    if (two.to <= 4 * two.per || three.to <= 4 * three.per)
        return "Craps 2, 3 and 12 and yo must pay more than 4 to 1, or a world could not win.";
    /* Of hopping sevens the other two. */
    const struct craps_pay hop = rules->pays[CRAPS_PAY_HOP_EASY];
    if (hop.to <= 2 * hop.per)
        return "A hop of two different dice must pay more than 2 to 1, or hopping sevens could not "
               "win.";
    return NULL;
}

/* The last rung of each ladder; of the repeaters each rung is a bet of its own. */
#define LAST_RUNG(name, rungs) CRAPS_LADDER_##name##_LAST,

static const char *ladders_fault(const struct craps_rules *rules)
{
    static const uint8_t last[] = {CRAPS_LADDERS(LAST_RUNG)};
    for (size_t i = 0; i < CRAPS_LADDER_STEPS; i++) {
        if (rules->ladders[i] > 10001)
            return "A bet on a hand must pay at most 10000 to 1.";
    }
    for (size_t i = 0; i < sizeof last; i++) {
        if (rules->ladders[last[i]] < 2)
            return "The last step of a bet on a hand must win.";
    }
    for (size_t i = CRAPS_LADDER_REPEATER; i <= CRAPS_LADDER_REPEATER_LAST; i++) {
        if (rules->ladders[i] < 2)
            return "A repeater must win something.";
    }
    return NULL;
}

static const char *kinds_fault(const struct craps_rules *rules)
{
    if (rules->bets == 0 || (rules->bets & ~KINDS_ALL) != 0)
        return "The rules must offer at least one bet, and none that is unknown.";
    if (rules->crapless && (rules->bets & KINDS_DONT) != 0)
        return "Crapless craps has no don't pass and no don't come.";
    if (((rules->comeout | rules->comes_down) & ~KINDS_ALL) != 0)
        return "The rules set habits for a bet that is unknown.";
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        const struct layout_row *row = layout_row(kind);
        if ((rules->comeout & CRAPS_KIND_BIT(kind)) != 0 && row->work == LAYOUT_WORKS_ALWAYS)
            return "A bet that always works cannot be set to work on the come-out.";
        if ((rules->comes_down & CRAPS_KIND_BIT(kind)) != 0 && !row->stays)
            return "A bet that never lies on after a win cannot be set to come down.";
    }
    return NULL;
}

static const char *vig_fault(const struct craps_rules *rules)
{
    if (rules->dollar < 1 || rules->dollar > CRAPS_STAKE_MAX)
        return "A dollar must be 1 to 1000000000 chips.";
    if (rules->vig_least < 0 || rules->vig_least > CRAPS_STAKE_MAX)
        return "The least vig must be 0 to 1000000000 chips.";
    if (rules->vig_rounding > CRAPS_VIG_EXACT)
        return "The vig must be rounded to the nearest dollar, down, up, or be exact.";
    const uint32_t points = rules->crapless ? POINTS_CRAPLESS : POINTS_BOX;
    if (((uint32_t)(rules->buy_vig_on_win | rules->lay_vig_on_win) & ~points) != 0)
        return "The vig can only be set for numbers that can be points.";
    return NULL;
}

const char *craps_rules_fault(const struct craps_rules *rules)
{
    if (rules->crapless > 1 || rules->pass_grows > 1 || rules->put_contract > 1 ||
        rules->push_returns > 1 || rules->odds_within_max > 1)
        return "A rule that is yes or no must be 1 or 0.";
    for (size_t i = 0; i < CRAPS_ODDS_CLASSES; i++) {
        if (rules->odds_halves[i] > 200)
            return "Odds must be at most 100 times the flat bet.";
    }
    if (rules->bar != 12 && rules->bar != 2 && rules->bar != 3)
        return "The don't side must bar 12, 2 or 3.";
    if (rules->breakage > CRAPS_BREAKAGE_FLOOR)
        return "Breakage must be refused or floored.";
    const char *fault = kinds_fault(rules);
    if (fault == NULL)
        fault = vig_fault(rules);
    if (fault == NULL)
        fault = limits_fault(rules);
    if (fault == NULL)
        fault = pays_fault(rules);
    return fault != NULL ? fault : ladders_fault(rules);
}

/*
 * version 1 | bets 8 | comeout 8 | comes_down 8 | dollar 8 | vig_least 8 |
 * (min 8, max 8) a limit | (to 2, per 2) a pay | 2 a rung | odds_halves 5 | crapless 1 | bar 1 |
 * breakage 1 | vig_rounding 1 | pass_grows 1 | put_contract 1 | push_returns 1 |
 * odds_within_max 1 | buy_vig 2 | lay_vig 2
 */
_Static_assert(CRAPS_RULES_ENCODED_SIZE == 1 + 40 + 16 * CRAPS_LIMIT_COUNT + 4 * CRAPS_PAY_COUNT +
                                               2 * CRAPS_LADDER_STEPS + 5 + 8 + 4,
               "the layout above");

void craps_rules_encode(const struct craps_rules *rules, struct writer *out)
{
    write_u8(out, RULES_VERSION);
    write_u64(out, rules->bets);
    write_u64(out, rules->comeout);
    write_u64(out, rules->comes_down);
    write_i64(out, rules->dollar);
    write_i64(out, rules->vig_least);
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++) {
        write_i64(out, rules->limits[i].min);
        write_i64(out, rules->limits[i].max);
    }
    for (size_t i = 0; i < CRAPS_PAY_COUNT; i++) {
        write_u16(out, rules->pays[i].to);
        write_u16(out, rules->pays[i].per);
    }
    for (size_t i = 0; i < CRAPS_LADDER_STEPS; i++)
        write_u16(out, rules->ladders[i]);
    write_bytes(out, rules->odds_halves, sizeof rules->odds_halves);
    write_u8(out, rules->crapless);
    write_u8(out, rules->bar);
    write_u8(out, rules->breakage);
    write_u8(out, rules->vig_rounding);
    write_u8(out, rules->pass_grows);
    write_u8(out, rules->put_contract);
    write_u8(out, rules->push_returns);
    write_u8(out, rules->odds_within_max);
    write_u16(out, rules->buy_vig_on_win);
    write_u16(out, rules->lay_vig_on_win);
}

const char *craps_rules_decode(struct reader *in, struct craps_rules *rules)
{
    memset(rules, 0, sizeof *rules);
    const uint8_t version = read_u8(in);
    rules->bets = read_u64(in);
    rules->comeout = read_u64(in);
    rules->comes_down = read_u64(in);
    rules->dollar = read_i64(in);
    rules->vig_least = read_i64(in);
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++) {
        rules->limits[i].min = read_i64(in);
        rules->limits[i].max = read_i64(in);
    }
    for (size_t i = 0; i < CRAPS_PAY_COUNT; i++) {
        rules->pays[i].to = read_u16(in);
        rules->pays[i].per = read_u16(in);
    }
    for (size_t i = 0; i < CRAPS_LADDER_STEPS; i++)
        rules->ladders[i] = read_u16(in);
    for (size_t i = 0; i < CRAPS_ODDS_CLASSES; i++)
        rules->odds_halves[i] = read_u8(in);
    rules->crapless = read_u8(in);
    rules->bar = read_u8(in);
    rules->breakage = read_u8(in);
    rules->vig_rounding = read_u8(in);
    rules->pass_grows = read_u8(in);
    rules->put_contract = read_u8(in);
    rules->push_returns = read_u8(in);
    rules->odds_within_max = read_u8(in);
    rules->buy_vig_on_win = read_u16(in);
    rules->lay_vig_on_win = read_u16(in);
    if (in->failed)
        return "The rules are cut short.";
    if (version != RULES_VERSION)
        return "The rules are of a version that this program does not know.";
    return craps_rules_fault(rules);
}
