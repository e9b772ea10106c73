/* SPDX-License-Identifier: MIT */
/*
 * The last step of a simulation: what the sums of all sessions mean. Doubles are made here, from
 * whole numbers and in one order, so that equal totals give equal results. One thread.
 */
#ifndef SIMULATE_FINISH_H
#define SIMULATE_FINISH_H

#include "simulate/edge.h"
#include "simulate/totals.h"

/*
 * Fills in all of an empty result but its setting and words. False without memory; else it is the
 * caller's to result_clear().
 */
bool finish_result(const struct totals *totals, struct edges *edges, struct result *out);

#endif
