/* SPDX-License-Identifier: MIT */
/* Threads that take sessions by the chunk, and the sum of what they saw. */
#include "simulate/simulate.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "simulate/finish.h"

/* Sessions that a thread takes at a time, at most. */
#define CHUNK_MAX 64

/* How often the watcher is called. */
#define WATCH_NSEC 100000000L

struct simulation {
    struct session_plan plan;
    const struct simulate_entry *entries;
    size_t count;
    uint64_t sessions;
    uint64_t chunk;
    atomic_bool stop;
    atomic_uint_fast64_t next; /* The first session that nobody took. */
    atomic_uint_fast64_t done; /* Of all strategies. */
    atomic_uint_fast64_t rolls;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    unsigned active; /* Workers; under the lock. */
};

struct worker {
    struct simulation *simulation;
    pthread_t thread;
    struct session_room *room;
    struct session_record *record;
    struct totals *totals[SIMULATE_STRATEGIES_MAX];
};

static double now(void)
{
    struct timespec time;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- A worker ---- */

/* Plays sessions from first to before end of one strategy; false when it was told to stop. */
static bool play_chunk(struct worker *worker, size_t entry, uint64_t first, uint64_t end)
{
    struct simulation *simulation = worker->simulation;
    struct session_record *record = worker->record;
    uint64_t done = 0, rolls = 0;
    bool go_on = true;
    for (uint64_t session = first; session < end && go_on; session++) {
        session_play(&simulation->plan, simulation->entries[entry].strategy, session,
                     &simulation->stop, worker->room, record);
        go_on = record->end != SESSION_END_CUT;
        if (go_on) {
            totals_add(worker->totals[entry], session, record);
            done++;
            rolls += record->rolls;
            go_on = !atomic_load_explicit(&simulation->stop, memory_order_relaxed);
        }
        session_forget(record);
    }
    atomic_fetch_add_explicit(&simulation->done, done, memory_order_relaxed);
    atomic_fetch_add_explicit(&simulation->rolls, rolls, memory_order_relaxed);
    return go_on;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct simulation *simulation = worker->simulation;
    bool go_on = true;
    while (go_on) {
        const uint64_t first =
            atomic_fetch_add_explicit(&simulation->next, simulation->chunk, memory_order_relaxed);
        if (first >= simulation->sessions)
            break;
        uint64_t end = first + simulation->chunk;
        end = end < simulation->sessions ? end : simulation->sessions;
        for (size_t entry = 0; entry < simulation->count && go_on; entry++)
            go_on = play_chunk(worker, entry, first, end);
    }
    pthread_mutex_lock(&simulation->lock);
    simulation->active--;
    pthread_cond_signal(&simulation->ended);
    pthread_mutex_unlock(&simulation->lock);
    return NULL;
}

static void worker_close(struct worker *worker)
{
    for (size_t i = 0; i < SIMULATE_STRATEGIES_MAX; i++)
        totals_destroy(worker->totals[i]);
    free(worker->room);
    free(worker->record);
}

static int worker_open(struct worker *worker, struct simulation *simulation)
{
    bool enough = true;
    worker->simulation = simulation;
    worker->room = calloc(1, sizeof *worker->room);
    worker->record = calloc(1, sizeof *worker->record);
    for (size_t i = 0; i < simulation->count; i++) {
        worker->totals[i] = totals_create(&simulation->plan);
        enough = enough && worker->totals[i];
    }
    return enough && worker->room && worker->record ? 0 : -ENOMEM;
}

/* ---- The plan ---- */

/* Rolls up to which the path is drawn. */
static uint64_t path_span(const struct session_plan *plan)
{
    if (plan->horizon == RESULT_HORIZON_ROLLS)
        return plan->length;
    /* A hand has 1671/196 rolls in the mean; its standard deviation is 6.8. Three of those more. */
    const double hands = (double)plan->length;
    return (uint64_t)ceil(1671.0 / 196.0 * hands + 3 * 6.8 * sqrt(hands));
}

static void make_plan(const struct result_setting *setting, struct session_plan *plan)
{
    session_prepare(plan, &setting->rules);
    plan->seed = setting->seed;
    plan->bankroll = setting->bankroll;
    plan->unit = setting->unit;
    plan->horizon = setting->horizon;
    plan->length = setting->length;
    plan->win_goal = setting->win_goal;
    plan->loss_limit = setting->loss_limit;
    const uint64_t span = path_span(plan);
    const uint64_t steps = span < RESULT_POINTS_MAX - 1 ? span : RESULT_POINTS_MAX - 1;
    plan->points_count = (size_t)steps + 1;
    for (uint64_t i = 0; i <= steps; i++)
        plan->points[i] = span * i / steps;
}

static unsigned cores(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > SIMULATE_JOBS_MAX ? SIMULATE_JOBS_MAX : (unsigned)count;
}

/* ---- The crew ---- */

/* Waits until all workers have ended, and lets the watcher watch. */
static void watch_over(struct simulation *simulation, double since, simulate_watcher *watch,
                       void *context)
{
    pthread_mutex_lock(&simulation->lock);
    while (simulation->active > 0) {
        struct timespec until;
        CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
        until.tv_nsec += WATCH_NSEC;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        if (pthread_cond_timedwait(&simulation->ended, &simulation->lock, &until) != ETIMEDOUT)
            continue;
        pthread_mutex_unlock(&simulation->lock);
        const struct simulate_progress progress = {
            .sessions = atomic_load_explicit(&simulation->done, memory_order_relaxed),
            .sessions_asked = simulation->sessions * simulation->count,
            .rolls = atomic_load_explicit(&simulation->rolls, memory_order_relaxed),
            .seconds = now() - since};
        if (watch && !watch(context, &progress))
            atomic_store_explicit(&simulation->stop, true, memory_order_relaxed);
        pthread_mutex_lock(&simulation->lock);
    }
    pthread_mutex_unlock(&simulation->lock);
}

/* Starts the workers and waits for them. 0, or -errno when not even one could be started. */
static int run_crew(struct simulation *simulation, struct worker *workers, unsigned jobs,
                    simulate_watcher *watch, void *context, struct result_setting *setting)
{
    const double since = now();
    unsigned started = 0;
    int result = 0;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&simulation->lock, NULL);
    pthread_cond_init(&simulation->ended, &attributes);
    simulation->active = jobs;
    for (; started < jobs && result == 0; started += result == 0)
        result = pthread_create(&workers[started].thread, NULL, work, &workers[started]);
    pthread_mutex_lock(&simulation->lock);
    simulation->active -= jobs - started;
    pthread_mutex_unlock(&simulation->lock);
    watch_over(simulation, since, watch, context);
    for (unsigned i = 0; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    setting->jobs = started;
    setting->seconds = now() - since;
    pthread_cond_destroy(&simulation->ended);
    pthread_mutex_destroy(&simulation->lock);
    pthread_condattr_destroy(&attributes);
    return started > 0 ? 0 : -result;
}

/* Adds the workers' totals up in the first one's, and makes results of them. */
static int conclude(const struct simulation *simulation, struct worker *workers, unsigned jobs,
                    struct result_setting *setting, struct result *results)
{
    struct edges *edges = malloc(sizeof *edges);
    if (!edges)
        return -ENOMEM;
    bool enough = true;
    setting->rolls = 0;
    edges_init(edges, &simulation->plan);
    for (size_t i = 0; i < simulation->count; i++) {
        const struct simulate_entry *entry = &simulation->entries[i];
        for (unsigned j = 1; j < jobs; j++)
            totals_merge(workers[0].totals[i], workers[j].totals[i]);
        results[i] = (struct result){.setting = setting,
                                     .name = entry->name,
                                     .description = entry->description,
                                     .text = entry->text};
        enough = enough && finish_result(workers[0].totals[i], edges, &results[i]);
        setting->rolls += results[i].rolls;
        setting->interrupted = setting->interrupted || results[i].sessions < setting->sessions;
    }
    edges_clear(edges);
    free(edges);
    for (size_t i = 0; !enough && i < simulation->count; i++)
        result_clear(&results[i]);
    setting->rolls_per_second =
        setting->seconds > 0 ? (double)setting->rolls / setting->seconds : 0;
    return enough ? 0 : -ENOMEM;
}

int simulate_run(struct result_setting *setting, const struct simulate_entry *entries, size_t count,
                 simulate_watcher *watch, void *context, struct result *results)
{
    CHECK(count >= 1 && count <= SIMULATE_STRATEGIES_MAX && setting->length >= 1);
    setting->cores = cores();
    setting->interrupted = false;
    unsigned jobs = setting->jobs > 0 ? setting->jobs : setting->cores;
    if (jobs > setting->sessions)
        jobs = (unsigned)setting->sessions;
    struct simulation *simulation = calloc(1, sizeof *simulation);
    struct worker *workers = calloc(jobs, sizeof *workers);
    int result = simulation && workers ? 0 : -ENOMEM;
    if (result == 0) {
        make_plan(setting, &simulation->plan);
        simulation->entries = entries;
        simulation->count = count;
        simulation->sessions = setting->sessions;
        simulation->chunk = setting->sessions / ((uint64_t)jobs * 64) + 1;
        if (simulation->chunk > CHUNK_MAX)
            simulation->chunk = CHUNK_MAX;
    }
    for (unsigned i = 0; i < jobs && result == 0; i++)
        result = worker_open(&workers[i], simulation);
    if (result == 0)
        result = run_crew(simulation, workers, jobs, watch, context, setting);
    if (result == 0)
        result = conclude(simulation, workers, jobs, setting, results);
    for (unsigned i = 0; workers && i < jobs; i++)
        worker_close(&workers[i]);
    free(workers);
    free(simulation);
    return result;
}
