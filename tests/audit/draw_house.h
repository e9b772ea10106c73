/* SPDX-License-Identifier: MIT */
/*
 * What the programs that make games up have in common: chance from a seed, and house rules, a
 * preset or settings within their range. One thread.
 */
#ifndef AUDIT_DRAW_HOUSE_H
#define AUDIT_DRAW_HOUSE_H

#include "craps/layout.h"
#include "craps/rules.h"

/* Everything that is drawn follows from the seed. */
void draw_from(uint64_t seed);

/* A number below this. */
uint64_t draw(uint64_t below);

bool chance(unsigned percent);

/* House rules without a fault. */
struct craps_rules draw_house(void);

#endif
