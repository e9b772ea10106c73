/* SPDX-License-Identifier: MIT */
/*
 * Results made by hand, to be written as reports: a walk of a bankroll that steps up or down,
 * worked out with plain sorting, and a few bets with round numbers. Each is built from a seed and
 * is always the same.
 */
#ifndef TESTS_REPORT_SAMPLE_H
#define TESTS_REPORT_SAMPLE_H

#include "simulate/result.h"

#define SAMPLE_SESSIONS_MAX 4000
#define SAMPLE_BETS         5

struct sample {
    struct result_setting setting;
    struct result result;
    struct result_point points[RESULT_POINTS_MAX];
    struct result_path paths[RESULT_PATHS];
    struct result_bet bets[SAMPLE_BETS];
};

/*
 * So many sessions of 144 rolls; each roll wins or loses a stake with the house's edge. The setting
 * is the sample's own.
 */
void sample_make(struct sample *sample, const char *name, size_t sessions, chips stake, double edge,
                 uint64_t seed);

#endif
