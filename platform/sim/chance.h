/* SPDX-License-Identifier: MIT */
/*
 * A seeded generator for simulations: the same seed gives the same world. Not for secrets.
 * splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
 */
#ifndef SIM_CHANCE_H
#define SIM_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

static inline uint64_t chance_next(struct chance *chance)
{
    uint64_t z = chance->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* From 0 to below; below > 0. The bias of the remainder does not matter here. */
static inline uint64_t chance_below(struct chance *chance, uint64_t below)
{
    return chance_next(chance) % below;
}

static inline bool chance_permille(struct chance *chance, unsigned permille)
{
    return chance_below(chance, 1000) < permille;
}

#endif
