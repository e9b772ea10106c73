/* SPDX-License-Identifier: MIT */
/*
 * The bytes that a seat signs when it acts or reveals its part of a roll, for those who sign, those
 * who play, and those who only pass it on. Votes are in consensus/vote.h. Pure; any thread.
 */
#ifndef TABLE_STATEMENT_H
#define TABLE_STATEMENT_H

#include "base/limits.h"
#include "base/types.h"
#include "dice/roll.h"
#include "proto/table.pb-c.h"

#define STATEMENT_ACTION_MAX   (4 + DIGEST_SIZE + ACTION_SIZE_MAX)
#define STATEMENT_PARTIAL_SIZE (4 + DIGEST_SIZE + 8 + 8 + DIGEST_SIZE + 1 + ROLL_PARTIAL_SIZE)

/* Writes what an Action with that packed body is signed as; returns its size, 0: it is too long. */
size_t statement_action(const struct digest *instance, struct bytes body,
                        uint8_t out[static STATEMENT_ACTION_MAX]);

/* Writes what a Partial is signed as. False when one of its fields has not its size. */
bool statement_partial(const struct digest *instance, const Bitcraps__Partial *partial,
                       uint8_t out[static STATEMENT_PARTIAL_SIZE]);

#endif
