/* SPDX-License-Identifier: MIT */
/*
 * Results for programs: one JSON value, or the same as lines of a table. Equal results give equal
 * bytes; what differs from run to run (time, threads) is all under "timing".
 */
#ifndef SIMULATE_DOCUMENT_H
#define SIMULATE_DOCUMENT_H

#include <jansson.h>
#include <stdio.h>

#include "simulate/result.h"

/*
 * The object of schema "bitcraps.simulate/1": setting, timing, and all of each result. What does
 * not exist is null. NULL without memory; else the caller's.
 */
json_t *document_json(const struct result *results, size_t count);

/*
 * Writes RFC 4180 lines "strategy,quantity,value" after a heading: a quantity is the path of a
 * number, word or truth in the JSON value of its strategy, with dots between ("final.mean"); bets
 * go by their name, other lists by index. False without memory.
 */
bool document_csv(FILE *out, const struct result *results, size_t count);

#endif
