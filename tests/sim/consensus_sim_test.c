/* SPDX-License-Identifier: MIT */
/*
 * Whole tables of consensus in a hostile world, from seeds: safety after every step, and once the
 * faults stop, everything offered becomes final and traffic falls idle.
 *
 * By default a fixed budget of seeds. FIRST and COUNT in the environment choose others; a seed that
 * ever failed is kept in the list below.
 */
#include "tests/consensus/toy.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SEEDS        320
#define CHAOS_MSEC   20000
#define HEALING_MSEC 240000
/* What was said in the last view has to be resolved, at the pace that the faults have left. */
#define SETTLING_MSEC 120000
#define IDLE_MSEC     120000

struct world {
    struct sim *sim;
    struct toy_referee referee;
    struct toy *toys[SIM_NODES_MAX];
    unsigned count; /* Nodes. */
    unsigned seats;
    unsigned faulty; /* Seats that lie: the highest ones. */
    bool gone; /* Those are silent once the faults stop: their last votes are lost for good. */
};

static bool talkative;

static void add_node(struct world *w, unsigned seat, msec delay, bool honest)
{
    struct toy *toy = calloc(1, sizeof *toy);
    CHECK(toy != NULL);
    toy_prepare(toy, &w->referee, seat, chance_next(sim_chance(w->sim)), delay);
    toy->honest = honest;
    toy->lies = !honest && chance_permille(sim_chance(w->sim), 500);
    if (chance_permille(sim_chance(w->sim), 50))
        toy->payload_padding = 3000;
    w->toys[w->count++] = toy;
    sim_add(w->sim, seat, &toy_operations, toy);
}

static void world_open(struct world *w, uint64_t seed)
{
    static const unsigned sizes[] = {1, 2, 3, 4, 4, 4, 5, 7, 4, 10, 4, 16,
                                     4, 2, 3, 4, 4, 7, 5, 4, 4, 4,  4, 7};
    memset(w, 0, sizeof *w);
    w->sim = sim_create(seed);
    struct chance *chance = sim_chance(w->sim);
    w->seats = sizes[seed % (sizeof sizes / sizeof sizes[0])];
    toy_referee_init(&w->referee, w->seats, seed % 64 == 3);
    const msec delay = 50 << chance_below(chance, 3);
    const unsigned faulty_max = (w->seats - 1) / 3;
    w->faulty = faulty_max > 0 && chance_permille(chance, 600)
                    ? 1 + (unsigned)chance_below(chance, faulty_max)
                    : 0;
    w->gone = chance_permille(chance, 600);
    struct sim_faults *faults = sim_faults(w->sim);
    faults->delay_min = 1;
    faults->delay_max = delay / 2;
    for (unsigned seat = 0; seat < w->seats; seat++) {
        const bool honest = seat < w->seats - w->faulty;
        w->referee.honest[seat] = honest;
        add_node(w, seat, delay, honest);
        if (!honest)
            add_node(w, seat, delay, false); /* Its twin. */
    }
}

static void world_close(struct world *w)
{
    sim_destroy(w->sim);
    for (unsigned i = 0; i < w->count; i++) {
        toy_clear(w->toys[i]);
        free(w->toys[i]);
    }
}

/* ---- Chaos ---- */

static void choose_faults(struct world *w)
{
    struct chance *chance = sim_chance(w->sim);
    struct sim_faults *f = sim_faults(w->sim);
    const msec delay = w->toys[0]->config.delay;
    f->loss_permille = chance_permille(chance, 500) ? (unsigned)chance_below(chance, 600) : 0;
    f->duplicate_permille = (unsigned)chance_below(chance, 100);
    f->corrupt_permille = chance_permille(chance, 300) ? 20 : 0;
    f->delay_max = 1 + (msec)chance_below(chance, (uint64_t)(2 * delay));
    f->late_permille = chance_permille(chance, 300) ? 100 : 0;
    f->late_max = 50 * delay;
    f->sync_max = chance_permille(chance, 500) ? (msec)chance_below(chance, 300) : 0;
    f->sync_min = 0;
}

static void part(struct world *w)
{
    struct chance *chance = sim_chance(w->sim);
    const uint64_t side = chance_next(chance);
    for (unsigned from = 0; from < w->count; from++)
        for (unsigned to = 0; to < w->count; to++)
            sim_link(w->sim, from, to, (side >> from & 1) == (side >> to & 1));
}

static void cut_one_way(struct world *w)
{
    struct chance *chance = sim_chance(w->sim);
    for (unsigned i = 0; i < w->count; i++)
        sim_link(w->sim, (unsigned)chance_below(chance, w->count),
                 (unsigned)chance_below(chance, w->count), false);
}

static void chaos(struct world *w)
{
    struct chance *chance = sim_chance(w->sim);
    const unsigned node = (unsigned)chance_below(chance, w->count);
    switch (chance_below(chance, 12)) {
    case 0:
        choose_faults(w);
        break;
    case 1:
        part(w);
        break;
    case 2:
        cut_one_way(w);
        break;
    case 3:
    case 4:
        sim_links_open(w->sim);
        break;
    case 5:
    case 6:
        sim_crash(w->sim, node);
        break;
    case 7:
    case 8:
        sim_restart(w->sim, node);
        break;
    case 9:
        for (unsigned i = 0; chance_permille(chance, 100) && i < w->count; i++)
            sim_crash(w->sim, i);
        break;
    case 10:
        sim_set_clock(w->sim, node, (msec)chance_below(chance, 20000000) - 10000000);
        break;
    default:
        sim_act(w->sim, node, toy_offer, NULL);
        break;
    }
}

static void heal(struct world *w)
{
    struct sim_faults *f = sim_faults(w->sim);
    *f = (struct sim_faults){.delay_min = 1, .delay_max = w->toys[0]->config.delay / 2};
    sim_links_open(w->sim);
    for (unsigned i = 0; i < w->count; i++) {
        if (!w->toys[i]->honest && w->gone)
            sim_crash(w->sim, i);
        else
            sim_restart(w->sim, i);
    }
}

/* ---- Verdicts ---- */

static bool everything_final(const struct world *w)
{
    for (unsigned i = 0; i < w->count; i++) {
        const struct toy *toy = w->toys[i];
        if (!toy->honest || toy->consensus.amnesiac)
            continue;
        const struct toy_state *state = toy_final(toy);
        if (toy->final_height != w->referee.heights || state->gate_shut)
            return false;
        /* Liars' actions too: a seat that knows of one will not rest before it is final. */
        for (unsigned seat = 0; seat < w->seats; seat++)
            if (state->applied[seat] < toy->known[seat])
                return false;
        if (state->applied[toy->self] < toy->offered)
            return false;
    }
    return true;
}

static void show(const struct world *w)
{
    for (unsigned i = 0; i < w->count; i++) {
        const struct toy *toy = w->toys[i];
        const struct consensus *c = &toy->consensus;
        fprintf(stderr,
                "# node %u seat %u%s: view %llu base %llu final view %llu height %llu offered %llu "
                "known/applied",
                i, toy->self, toy->honest ? "" : " (lies)", (unsigned long long)c->view,
                (unsigned long long)c->base_view, (unsigned long long)c->chain.final_view,
                (unsigned long long)c->chain.final_height, (unsigned long long)toy->offered);
        for (unsigned seat = 0; seat < w->seats; seat++)
            fprintf(stderr, " %llu/%llu", (unsigned long long)toy->known[seat],
                    (unsigned long long)toy_final(toy)->applied[seat]);
        fprintf(stderr, "%s%s%s nullified %u\n", toy_final(toy)->gate_shut ? " shut" : "",
                c->recovering ? " recovering" : "", c->amnesiac ? " amnesiac" : "", c->nullified);
    }
}

/* Runs one world; returns what went wrong, in static memory, or NULL. */
static const char *run(uint64_t seed)
{
    static char verdict[320];
    static struct world w;
    verdict[0] = '\0';
    world_open(&w, seed);
    struct chance *chance = sim_chance(w.sim);
    const msec end = sim_now(w.sim) + CHAOS_MSEC;
    while (sim_now(w.sim) < end && w.referee.breach[0] == '\0') {
        sim_run_until(w.sim, sim_now(w.sim) + 1 + (msec)chance_below(chance, 600));
        chaos(&w);
        if (chance_permille(chance, 500))
            sim_act(w.sim, (unsigned)chance_below(chance, w.count), toy_offer, NULL);
    }
    heal(&w);
    if (chance_permille(chance, 300)) {
        /* Everyone at once, as when the power fails, and some again. */
        sim_run_until(w.sim, sim_now(w.sim) + (msec)chance_below(chance, 3000));
        for (unsigned i = 0; i < w.count; i++)
            sim_crash(w.sim, i);
        heal(&w);
    }
    const msec healing = sim_now(w.sim) + HEALING_MSEC;
    do
        sim_run_until(w.sim, sim_now(w.sim) + 500);
    while (sim_now(w.sim) < healing && w.referee.breach[0] == '\0' && !everything_final(&w));
    const bool final = everything_final(&w);

    /* Liars never tire; without them the table falls silent but for the rare STATUS. */
    uint64_t noise = 0;
    if (final && (w.faulty == 0 || w.gone)) {
        sim_run_until(w.sim, sim_now(w.sim) + SETTLING_MSEC);
        const uint64_t before = sim_counters(w.sim)->sent;
        sim_run_until(w.sim, sim_now(w.sim) + IDLE_MSEC);
        noise = sim_counters(w.sim)->sent - before;
    }
    const uint64_t noise_max = (uint64_t)w.seats * (w.count - 1) * (IDLE_MSEC / 30000 + 1);
    if (w.referee.breach[0] != '\0')
        snprintf(verdict, sizeof verdict, "seed %llu, n=%u: %s", (unsigned long long)seed, w.seats,
                 w.referee.breach);
    else if (!final)
        snprintf(verdict, sizeof verdict, "seed %llu, n=%u: L1 not everything became final",
                 (unsigned long long)seed, w.seats);
    else if (noise > noise_max)
        snprintf(verdict, sizeof verdict, "seed %llu, n=%u: L1 %llu messages while idle",
                 (unsigned long long)seed, w.seats, (unsigned long long)noise);
    for (unsigned i = 0; verdict[0] == '\0' && i < w.count; i++)
        if (w.toys[i]->honest && w.toys[i]->consensus.amnesiac)
            snprintf(verdict, sizeof verdict, "seed %llu, n=%u: honest seat %u turned amnesiac",
                     (unsigned long long)seed, w.seats, w.toys[i]->self);
    if (talkative && verdict[0] != '\0')
        show(&w);
    if (talkative && getenv("VERBOSE") != NULL)
        fprintf(stderr, "# seed %llu n=%u heights %llu steps %llu time %lld\n",
                (unsigned long long)seed, w.seats, (unsigned long long)w.referee.heights,
                (unsigned long long)sim_counters(w.sim)->steps, (long long)sim_now(w.sim));
    world_close(&w);
    return verdict[0] == '\0' ? NULL : verdict;
}

/*
 * Seeds that failed once: 60, 120: what one seat alone had decided was not on its disk yet.
 * 103758, 103889, 202641: liars that vanished left a view which takes long to resolve. 1001:
 * without joining nullifications of views that were left, some seats stay behind.
 */
static const uint64_t regressions[] = {60, 120, 1001, 103758, 103889, 202641};

static void test_seeds_that_failed_once_pass(void **state)
{
    (void)state;
    for (size_t i = 0; getenv("FIRST") == NULL && i < sizeof regressions / sizeof regressions[0];
         i++) {
        const char *verdict = run(regressions[i]);
        if (verdict != NULL)
            fail_msg("%s", verdict);
    }
}

static void test_a_budget_of_seeds_is_safe_and_live(void **state)
{
    (void)state;
    const char *first = getenv("FIRST");
    const char *count = getenv("COUNT");
    const uint64_t from = first == NULL ? 1 : strtoull(first, NULL, 10);
    const uint64_t seeds = count == NULL ? SEEDS : strtoull(count, NULL, 10);
    unsigned failed = 0;
    talkative = first != NULL;
    for (uint64_t seed = from; seed < from + seeds; seed++) {
        const char *verdict = run(seed);
        if (verdict == NULL)
            continue;
        failed++;
        fprintf(stderr, "# %s\n", verdict);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeds_that_failed_once_pass),
        cmocka_unit_test(test_a_budget_of_seeds_is_safe_and_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
