/* SPDX-License-Identifier: MIT */
/*
 * Many sessions of one or several strategies, on all cores.
 *
 * Session n of each strategy has the same dice as session n of every other: differences between
 * them are the strategies' own, and are known far more exactly than with dice of their own. What is
 * found depends on the setting, the strategies and the seed, not on the number of threads nor their
 * order; only an interrupted simulation depends on when that was. Money: the player has chips, the
 * bank has no end. Memory is taken at the start and does not grow with the sessions; no roll and no
 * session takes any.
 */
#ifndef SIMULATE_SIMULATE_H
#define SIMULATE_SIMULATE_H

#include "simulate/result.h"
#include "strategy/strategy.h"

/* Bounds of what can be asked for. */
#define SIMULATE_STRATEGIES_MAX 16
#define SIMULATE_SESSIONS_MAX   ((uint64_t)1000000000)
#define SIMULATE_ROLLS_MAX      ((uint64_t)1000000000) /* Of a session. */
#define SIMULATE_SHOOTERS_MAX   ((uint64_t)100000000)  /* Of a session. */
#define SIMULATE_BANKROLL_MAX   ((chips)1000000000000)
#define SIMULATE_JOBS_MAX       256
#define SIMULATE_ROLLS_PER_HOUR 144

struct simulate_entry {
    const struct strategy *strategy;
    const char *name; /* As result.name, .description and .text. */
    const char *description;
    const char *text;
};

/* How far a simulation has come. */
struct simulate_progress {
    uint64_t sessions; /* Of all strategies. */
    uint64_t sessions_asked;
    uint64_t rolls;
    double seconds;
};

/* Called by the thread that called simulate_run(), ten times a second; false ends the simulation.
 */
typedef bool simulate_watcher(void *context, const struct simulate_progress *progress);

/*
 * Plays setting->sessions sessions of each of count entries, and fills in results[i] for entry i.
 * Of the setting all is read but what this writes: cores, seconds, rolls, rolls_per_second and
 * interrupted; jobs 0 stands for one on each core and is written too. Results borrow the setting
 * and the entries' words, and are the caller's to result_clear(). The values are within the bounds
 * above and the rules have no fault. watch may be NULL. 0, or -errno; results then hold nothing.
 */
int simulate_run(struct result_setting *setting, const struct simulate_entry *entries, size_t count,
                 simulate_watcher *watch, void *context, struct result *results);

#endif
