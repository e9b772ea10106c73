/* SPDX-License-Identifier: MIT */
/* Chance from a seed; houses from presets and settings. */
#include "audit/draw_house.h"

static uint64_t random_state;

void draw_from(uint64_t seed)
{
    random_state = seed;
}

/* splitmix64. */
uint64_t draw(uint64_t below)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

bool chance(unsigned percent)
{
    return draw(100) < percent;
}

/* Kinds of a set, each kept or not. */
static uint64_t draw_kinds(uint64_t of)
{
    return of & draw(UINT64_MAX);
}

/* Settings that are drawn one by one; not all that come of it may be played by. */
static void vary_rules(struct craps_rules *rules)
{
    const bool halves = chance(30);
    rules->crapless = chance(25);
    if (rules->crapless)
        rules->bets &=
            ~(CRAPS_KIND_BIT(CRAPS_DONT_PASS) | CRAPS_KIND_BIT(CRAPS_DONT_COME) |
              CRAPS_KIND_BIT(CRAPS_DONT_PASS_ODDS) | CRAPS_KIND_BIT(CRAPS_DONT_COME_ODDS));
    rules->comeout = rules->comes_down = 0;
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        if (layout_row(kind)->work != LAYOUT_WORKS_ALWAYS && chance(50))
            rules->comeout |= CRAPS_KIND_BIT(kind);
        if (layout_row(kind)->stays && chance(30))
            rules->comes_down |= CRAPS_KIND_BIT(kind);
    }
    rules->dollar = chance(60) ? 1 : 1 + (chips)draw(100);
    rules->vig_least = chance(60) ? rules->dollar : (chips)draw(4);
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++) {
        rules->limits[i].min = 1 + (chips)draw(8);
        rules->limits[i].max = rules->limits[i].min + (chips)draw(300);
    }
    for (size_t i = 0; i < CRAPS_PAY_COUNT; i++) {
        rules->pays[i].per = (uint16_t)(halves ? 1 + draw(2) : 1);
        const uint64_t least = i < 2 ? 1 : 5;
        rules->pays[i].to = (uint16_t)((least + draw(30)) * rules->pays[i].per);
        rules->pays[i].to |= rules->pays[i].per == 2; /* In lowest terms. */
    }
    for (size_t i = 0; i < CRAPS_LADDER_STEPS; i++) {
        if (chance(30))
            rules->ladders[i] = (uint16_t)draw(chance(50) ? 4 : 200);
    }
    for (size_t i = 0; i < CRAPS_ODDS_CLASSES; i++)
        rules->odds_halves[i] = (uint8_t)draw(chance(80) ? 21 : 201);
    rules->bar = chance(60) ? 12 : (uint8_t)(2 + draw(2));
    rules->breakage = (uint8_t)draw(2);
    rules->vig_rounding = (uint8_t)draw(4);
    rules->pass_grows = chance(50);
    rules->put_contract = chance(50);
    rules->push_returns = chance(50);
    rules->odds_within_max = chance(50);
    const uint64_t points = rules->crapless ? 0x1f7c : 0x770;
    rules->buy_vig_on_win = (uint16_t)draw_kinds(points);
    rules->lay_vig_on_win = (uint16_t)draw_kinds(points);
    if (chance(15)) { /* As far as rules may go. */
        rules->dollar = 1 + (chips)draw(1000000);
        for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++)
            rules->limits[i].max = CRAPS_STAKE_MAX;
    }
    if (chance(20))
        rules->bets &= ~CRAPS_KIND_BIT(draw(CRAPS_KIND_COUNT));
}

struct craps_rules draw_house(void)
{
    size_t presets = 0;
    while (craps_preset_at(presets) != NULL)
        presets++;
    const struct craps_rules house = craps_preset_at((size_t)draw(presets))->rules();
    if (chance(40))
        return house;
    for (;;) {
        struct craps_rules rules = house;
        vary_rules(&rules);
        if (craps_rules_fault(&rules) == NULL)
            return rules;
    }
}
