/* SPDX-License-Identifier: MIT */
/*
 * Somebody of a simulated world, with or without a seat: people are numbered over a world's life,
 * seats belong to whoever has them at the time. The first ones are of the closed list, so that
 * their numbers are those of their seats.
 */
#ifndef SIM_PERSON_H
#define SIM_PERSON_H

#include "noise/identity.h"
#include "table/seating.h"

#define PERSONS_MAX SEATS_MAX

struct person {
    uint8_t seed[IDENTITY_SEED_SIZE];
    struct identity identity;
    bool founder; /* Of the closed list. */
    bool witness;
    bool lies;
    bool wants; /* A seat. */
};

#endif
