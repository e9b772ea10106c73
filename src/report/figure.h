/* SPDX-License-Identifier: MIT */
/*
 * The drawings of a page. Each is one SVG element with a title and a description in words; id is a
 * prefix of ours, unique on the page. A result without sessions has no drawings: callers ask for
 * none. Any thread.
 */
#ifndef REPORT_FIGURE_H
#define REPORT_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "simulate/result.h"

/* Rows of the table beside a path, after the first. */
#define FIGURE_SAMPLES 12

/* The index of the point that row i shows, 0 to FIGURE_SAMPLES, of a result with points. */
size_t figure_sample(const struct result *result, size_t i);

/* Whether row i shows another point than the row before: short paths have fewer rows. */
bool figure_sampled(const struct result *result, size_t i);

/* Percentile bands of the bankroll by roll, with a few sessions' own paths. */
void figure_fan(FILE *out, const struct result *result, const char *id);

/* How many sessions ended with how much. */
void figure_histogram(FILE *out, const struct result *result, const char *id);

/* The fraction of sessions not bust by roll. */
void figure_survival(FILE *out, const struct result *result, const char *id);

/* Actual and exact edge of each bet, with error bars, and how many standard errors are between. */
void figure_edges(FILE *out, const struct result *result, const char *id);

/* How often each total came, and how often fair dice throw it. */
void figure_totals(FILE *out, const struct result_dice *dice, const char *id);

/* The median bankroll by roll of several strategies. */
void figure_medians(FILE *out, const struct result *results, size_t count, const char *id);

/* The spread of what a session wins, a box plot for each of several strategies. */
void figure_boxes(FILE *out, const struct result *results, size_t count, const char *id);

#endif
