/* SPDX-License-Identifier: MIT */
/*
 * Drawings of a result in a terminal: paths of bankrolls, how sessions end, who is still playing.
 * Each has its axes and a line that says what is drawn. A result without sessions gives none.
 */
#ifndef REPORT_SKETCH_H
#define REPORT_SKETCH_H

#include "report/line.h"
#include "simulate/result.h"

/* Percentiles of the bankroll by roll. */
void sketch_fan(struct line *line, const struct result *result);

/* How many sessions ended with how much. */
void sketch_histogram(struct line *line, const struct result *result);

/* The fraction of sessions not bust by roll. */
void sketch_survival(struct line *line, const struct result *result);

#endif
