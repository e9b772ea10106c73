/* SPDX-License-Identifier: MIT */
/*
 * How often each state is visited, on average, from the first state to the last: the states are
 * taken component by component of mutual reachability, each after all that lead to it (Tarjan,
 * "Depth-first search and linear graph algorithms", 1972, finds them the other way round). Inside a
 * component, the visits are the solution of linear equations.
 */
#include "odds/markov.h"

#include <string.h>

#include "odds/array.h"

/* States that reach one another; more of them would take too long. */
#define COMPONENT_MAX 256

#define UNSEEN UINT32_MAX

void markov_init(struct markov *chain)
{
    memset(chain, 0, sizeof *chain);
}

void markov_clear(struct markov *chain)
{
    free(chain->steps);
    free(chain->first);
    free(chain->added);
    markov_init(chain);
}

void markov_append(struct markov *chain, const struct markov_step *steps, size_t count,
                   uint64_t added)
{
    uint32_t ways = 0;
    chain->steps = array_grow(chain->steps, &chain->steps_room, chain->steps_count + count,
                              sizeof *chain->steps);
    chain->first = array_grow(chain->first, &chain->first_room, chain->states_count + (size_t)2,
                              sizeof *chain->first);
    chain->added = array_grow(chain->added, &chain->added_room, chain->states_count + (size_t)1,
                              sizeof *chain->added);
    for (size_t i = 0; i < count; i++) {
        chain->steps[chain->steps_count + i] = steps[i];
        ways += steps[i].ways;
    }
    CHECK(ways == MARKOV_WAYS);
    chain->first[chain->states_count] = (uint32_t)chain->steps_count;
    chain->added[chain->states_count] = added;
    chain->steps_count += count;
    chain->states_count++;
    chain->first[chain->states_count] = (uint32_t)chain->steps_count;
}

void markov_solution_init(struct markov_solution *solution)
{
    for (size_t i = 0; i < MARKOV_OUTCOMES_MAX; i++)
        mpq_init(solution->outcomes[i]);
    mpq_inits(solution->rolls, solution->added, NULL);
}

void markov_solution_clear(struct markov_solution *solution)
{
    for (size_t i = 0; i < MARKOV_OUTCOMES_MAX; i++)
        mpq_clear(solution->outcomes[i]);
    mpq_clears(solution->rolls, solution->added, NULL);
}

/* ---- Components ---- */

struct components {
    uint32_t *order; /* All states, those of a component together, the last component first. */
    uint32_t *ends;  /* Of each component: the index in order after its last state. */
    uint32_t count;
};

struct search {
    const struct markov *chain;
    uint32_t *seen; /* When each state was met. */
    uint32_t *low;  /* The earliest met state that it is known to reach. */
    uint32_t *open; /* States whose component is not complete. */
    uint32_t *path; /* States from the first to the one looked at... */
    uint32_t *next; /* ...and the step that each looks at next. */
    uint32_t open_count;
    uint32_t path_count;
    uint32_t seen_count;
    uint32_t done;
};

static void meet(struct search *search, uint32_t state)
{
    search->seen[state] = search->low[state] = search->seen_count++;
    search->open[search->open_count++] = state;
    search->path[search->path_count] = state;
    search->next[search->path_count++] = search->chain->first[state];
}

/* All that a state reaches is met: if it reaches nothing earlier, its component is complete. */
static void leave(struct search *search, uint32_t state, struct components *components)
{
    search->path_count--;
    if (search->path_count > 0) {
        const uint32_t parent = search->path[search->path_count - 1];
        if (search->low[state] < search->low[parent])
            search->low[parent] = search->low[state];
    }
    if (search->low[state] != search->seen[state])
        return;
    uint32_t member = UNSEEN;
    while (member != state) {
        member = search->open[--search->open_count];
        components->order[search->done++] = member;
        search->low[member] = UNSEEN; /* Complete: nobody's low any more. */
    }
    components->ends[components->count++] = search->done;
}

static void find_components(const struct markov *chain, struct components *components)
{
    const size_t count = chain->states_count;
    uint32_t *room = array_make(5 * count, sizeof *room);
    struct search search = {.chain = chain,
                            .seen = room,
                            .low = room + count,
                            .open = room + 2 * count,
                            .path = room + 3 * count,
                            .next = room + 4 * count};
    memset(search.seen, 0xff, count * sizeof *search.seen);
    components->order = array_make(count, sizeof *components->order);
    components->ends = array_make(count, sizeof *components->ends);
    components->count = 0;
    meet(&search, 0);
    while (search.path_count > 0) {
        const uint32_t state = search.path[search.path_count - 1];
        uint32_t *next = &search.next[search.path_count - 1];
        if (*next == chain->first[state + 1]) {
            leave(&search, state, components);
            continue;
        }
        const uint32_t to = chain->steps[(*next)++].to;
        if ((to & MARKOV_END) != 0)
            continue;
        if (search.seen[to] == UNSEEN)
            meet(&search, to);
        else if (search.low[to] != UNSEEN && search.seen[to] < search.low[state])
            search.low[state] = search.seen[to];
    }
    free(room);
}

/* ---- Visits ---- */

/* out = in * factor; cheaper than mpq_mul() by the small factor's size. */
static void multiply(mpq_t out, const mpq_t in, unsigned long factor)
{
    const unsigned long common = mpz_gcd_ui(NULL, mpq_denref(in), factor);
    mpz_mul_ui(mpq_numref(out), mpq_numref(in), factor / common);
    mpz_divexact_ui(mpq_denref(out), mpq_denref(in), common);
}

/* value /= divisor. */
static void divide(mpq_t value, unsigned long divisor)
{
    if (mpq_sgn(value) == 0)
        return;
    const unsigned long common = mpz_gcd_ui(NULL, mpq_numref(value), divisor);
    mpz_divexact_ui(mpq_numref(value), mpq_numref(value), common);
    mpz_mul_ui(mpq_denref(value), mpq_denref(value), divisor / common);
}

struct solver {
    const struct markov *chain;
    struct markov_solution *solution;
    mpq_t *visits; /* Of each state: what flows in from elsewhere; then its visits / 36. */
    mpq_t term;
    uint32_t *place; /* Of each state: its index in the component at hand, else UNSEEN. */
};

/* Hands the visits of a state on, but not inside its component. */
static void pass_on(struct solver *solver, uint32_t state)
{
    const struct markov *chain = solver->chain;
    for (uint32_t i = chain->first[state]; i < chain->first[state + 1]; i++) {
        const struct markov_step step = chain->steps[i];
        const bool ends = (step.to & MARKOV_END) != 0;
        if (!ends && solver->place[step.to] != UNSEEN)
            continue;
        multiply(solver->term, solver->visits[state], step.ways);
        mpq_t *to =
            ends ? &solver->solution->outcomes[step.to & ~MARKOV_END] : &solver->visits[step.to];
        mpq_add(*to, *to, solver->term);
    }
    if (chain->added[state] != 0) {
        mpq_set_d(solver->term, (double)chain->added[state]); /* Exact: far below 2^53. */
        mpq_mul(solver->term, solver->term, solver->visits[state]);
        mpq_add(solver->solution->added, solver->solution->added, solver->term);
    }
    multiply(solver->term, solver->visits[state], MARKOV_WAYS);
    mpq_add(solver->solution->rolls, solver->solution->rolls, solver->term);
    mpq_clear(solver->visits[state]);
    mpq_init(solver->visits[state]);
}

/* Gauss and Jordan on count rows of count + 1 fractions. False when there is no one solution. */
static bool eliminate(mpq_t *rows, size_t count, mpq_t term)
{
    const size_t width = count + 1;
    for (size_t column = 0; column < count; column++) {
        size_t pivot = column;
        while (pivot < count && mpq_sgn(rows[pivot * width + column]) == 0)
            pivot++;
        if (pivot == count)
            return false;
        for (size_t k = column; k < width && pivot != column; k++)
            mpq_swap(rows[pivot * width + k], rows[column * width + k]);
        mpq_t *own = &rows[column * width];
        for (size_t k = width; k-- > column;)
            mpq_div(own[k], own[k], own[column]);
        for (size_t row = 0; row < count; row++) {
            mpq_t *other = &rows[row * width];
            if (row == column || mpq_sgn(other[column]) == 0)
                continue;
            for (size_t k = width; k-- > column;) {
                mpq_mul(term, other[column], own[k]);
                mpq_sub(other[k], other[k], term);
            }
        }
    }
    return true;
}

/* 36 m[i] - sum over j of ways(j to i) m[j] = what flows into i, m being visits / 36. */
static bool solve_component(struct solver *solver, const uint32_t *states, size_t count)
{
    const size_t width = count + 1;
    CHECK(count <= COMPONENT_MAX);
    mpq_t *rows = array_make(count * width, sizeof *rows);
    for (size_t i = 0; i < count * width; i++)
        mpq_init(rows[i]);
    for (uint32_t j = 0; j < count; j++) {
        const struct markov *chain = solver->chain;
        mpq_set_si(rows[j * width + j], MARKOV_WAYS, 1);
        for (uint32_t i = chain->first[states[j]]; i < chain->first[states[j] + 1]; i++) {
            const struct markov_step step = chain->steps[i];
            if ((step.to & MARKOV_END) != 0 || solver->place[step.to] == UNSEEN)
                continue;
            mpq_t *cell = &rows[solver->place[step.to] * width + j];
            mpq_set_si(solver->term, (long)step.ways, 1);
            mpq_sub(*cell, *cell, solver->term);
        }
        mpq_set(rows[j * width + count], solver->visits[states[j]]);
    }
    const bool solved = eliminate(rows, count, solver->term);
    for (size_t i = 0; i < count; i++)
        mpq_set(solver->visits[states[i]], rows[i * width + count]);
    for (size_t i = 0; i < count * width; i++)
        mpq_clear(rows[i]);
    free(rows);
    return solved;
}

/* The same for a state alone. */
static bool solve_state(struct solver *solver, uint32_t state)
{
    const struct markov *chain = solver->chain;
    unsigned long leaving = MARKOV_WAYS;
    for (uint32_t i = chain->first[state]; i < chain->first[state + 1]; i++) {
        if (chain->steps[i].to == state)
            leaving -= chain->steps[i].ways;
    }
    if (leaving == 0)
        return false;
    divide(solver->visits[state], leaving);
    return true;
}

static bool flow(struct solver *solver, const struct components *components)
{
    for (uint32_t i = components->count; i-- > 0;) {
        const uint32_t begin = i == 0 ? 0 : components->ends[i - 1];
        const uint32_t *states = components->order + begin;
        const uint32_t count = components->ends[i] - begin;
        for (uint32_t k = 0; k < count; k++)
            solver->place[states[k]] = k;
        if (!(count == 1 ? solve_state(solver, states[0]) : solve_component(solver, states, count)))
            return false;
        for (uint32_t k = 0; k < count; k++)
            pass_on(solver, states[k]);
        for (uint32_t k = 0; k < count; k++)
            solver->place[states[k]] = UNSEEN;
    }
    return true;
}

bool markov_solve(const struct markov *chain, struct markov_solution *solution)
{
    const size_t count = chain->states_count;
    struct components components;
    struct solver solver = {.chain = chain,
                            .solution = solution,
                            .visits = array_make(count, sizeof *solver.visits),
                            .place = array_make(count, sizeof *solver.place)};
    CHECK(count > 0);
    find_components(chain, &components);
    memset(solver.place, 0xff, count * sizeof *solver.place);
    for (size_t i = 0; i < MARKOV_OUTCOMES_MAX; i++)
        mpq_set_ui(solution->outcomes[i], 0, 1);
    mpq_set_ui(solution->rolls, 0, 1);
    mpq_set_ui(solution->added, 0, 1);
    mpq_init(solver.term);
    for (size_t i = 0; i < count; i++)
        mpq_init(solver.visits[i]);
    mpq_set_ui(solver.visits[0], 1, 1);
    const bool solved = flow(&solver, &components);
    for (size_t i = 0; i < count; i++)
        mpq_clear(solver.visits[i]);
    mpq_clear(solver.term);
    free(solver.visits);
    free(solver.place);
    free(components.order);
    free(components.ends);
    return solved;
}
