/* SPDX-License-Identifier: MIT */
/*
 * A strategy's part of the page: what it won, its drawings with their tables, its bets, its dice.
 *
 * Called by report_html() for each result, between the elements of the page. Any thread.
 */
#ifndef REPORT_CHAPTER_H
#define REPORT_CHAPTER_H

#include <stdio.h>

#include "simulate/result.h"

/* The names of RESULT_PERCENTILE, to stand in a list. */
#define CHAPTER_PERCENTILES "1 %", "5 %", "10 %", "25 %", "median", "75 %", "90 %", "95 %", "99 %"

/* Writes a section of the id "s1" for index 0, of count strategies on the page. */
void chapter_write(FILE *out, const struct result *result, size_t index, size_t count);

#endif
