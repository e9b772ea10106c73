/* SPDX-License-Identifier: MIT */
/*
 * Rolls per second of the engine, played as a live table plays: craps_place() for each bet, then
 * craps_roll(), money counted. Four ways of betting, on one core and on several; what the dice cost
 * by themselves is printed beside, and what Python's crapssim reaches with the same bets, if it is
 * installed.
 *
 * bench_craps [--case NAME] [--rolls N] [--house NAME]: with --case, only this one, once and for N
 * rolls, so that `valgrind --tool=callgrind --cache-sim=yes` can count its instructions and misses.
 */
#include "base/check.h"
#include "benches/median.h"
#include "craps/craps.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RUNS        7
#define ROLLS       2000000
#define THREADS_MAX 64

/* Allocations, counted by the linker's --wrap. */

static _Atomic uint64_t allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return __real_realloc(memory, size);
}

/* ---- Dice ---- */

/* xoshiro256++ of Blackman and Vigna (2019), which is in the public domain. */
struct dice {
    uint64_t words[4];
};

static uint64_t rotate(uint64_t word, unsigned by)
{
    return word << by | word >> (64 - by);
}

static uint64_t dice_next(struct dice *dice)
{
    uint64_t *s = dice->words;
    const uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static void dice_init(struct dice *dice, uint64_t seed)
{
    /* Splitmix64, as the authors ask for. */
    for (size_t i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t word = seed;
        word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9u;
        word = (word ^ word >> 27) * 0x94d049bb133111ebu;
        dice->words[i] = word ^ word >> 31;
    }
}

/* Two dice of one word; uneven by less than one in 700 million. */
static void dice_throw(struct dice *dice, unsigned *d1, unsigned *d2)
{
    const uint64_t word = dice_next(dice);
    *d1 = 1 + (unsigned)((word >> 32) * 6 >> 32);
    *d2 = 1 + (unsigned)((word & UINT32_MAX) * 6 >> 32);
}

/* ---- A table with one player ---- */

struct table {
    const struct craps_card *card;
    struct dice dice;
    chips rail;
    uint64_t placed;
    uint64_t decided;
    struct craps craps;
    struct craps_decision decisions[CRAPS_DECISIONS_MAX];
};

static struct craps_card card;

static void table_init(struct table *table, uint64_t seed)
{
    memset(table, 0, sizeof *table);
    table->card = &card;
    dice_init(&table->dice, seed);
    craps_init(&table->craps);
    craps_set_shooter(&table->craps, 0);
}

static void place(struct table *table, struct craps_bet bet, chips amount)
{
    struct craps_money cost;
    struct craps_refusal why;
    CHECK(craps_place(&table->craps, table->card, 0, bet, amount, &cost, &why) == CRAPS_ACCEPTED);
    table->rail -= cost.stake + cost.vig;
    table->placed++;
}

static void roll(struct table *table)
{
    unsigned d1, d2;
    dice_throw(&table->dice, &d1, &d2);
    const size_t count = craps_roll(&table->craps, table->card, 1, d1, d2, table->decisions);
    for (size_t i = 0; i < count; i++) {
        const struct craps_decision *decision = &table->decisions[i];
        table->rail += decision->returned + decision->profit - decision->vig;
    }
    table->decided += count;
}

static bool lies(const struct table *table, uint32_t spot)
{
    return table->craps.seats[0].stakes[spot] != 0;
}

/* ---- Ways of betting ---- */

#define FLAT 30

/* The box numbers, and where each stands among those of odds; 2 and 3 are before them. */
static const uint8_t points[] = {4, 5, 6, 8, 9, 10};
#define AMONG_ODDS(i) (2 + (i))

/* The odds of 3-4-5x, which win six times the flat bet on any number. */
static chips odds_on(unsigned number)
{
    static const uint8_t multiples[] = {0, 0, 0, 0, 3, 4, 5, 0, 5, 4, 3};
    return FLAT * multiples[number];
}

static void keep_pass(struct table *table)
{
    if (table->craps.puck == 0)
        place(table, (struct craps_bet){CRAPS_PASS, 0}, FLAT);
}

/* After each roll with the puck off the pass bet is gone, and with it on it lies: no look is
 * needed. */
static void play_pass(struct table *table, uint64_t rolls)
{
    for (uint64_t i = 0; i < rolls; i++) {
        keep_pass(table);
        roll(table);
    }
}

static void keep_odds(struct table *table)
{
    static const uint8_t spots[] = {0,
                                    0,
                                    0,
                                    0,
                                    CRAPS_SPOT_PASS_ODDS + 2,
                                    CRAPS_SPOT_PASS_ODDS + 3,
                                    CRAPS_SPOT_PASS_ODDS + 4,
                                    0,
                                    CRAPS_SPOT_PASS_ODDS + 5,
                                    CRAPS_SPOT_PASS_ODDS + 6,
                                    CRAPS_SPOT_PASS_ODDS + 7};
    const uint8_t puck = table->craps.puck;
    if (puck != 0 && !lies(table, spots[puck]))
        place(table, (struct craps_bet){CRAPS_PASS_ODDS, puck}, odds_on(puck));
}

static void play_odds(struct table *table, uint64_t rolls)
{
    for (uint64_t i = 0; i < rolls; i++) {
        keep_pass(table);
        keep_odds(table);
        roll(table);
    }
}

/* Pass and two come bets on the way or on a number, each with full odds. */
static void keep_molly(struct table *table)
{
    unsigned out = 0;
    for (uint32_t i = 0; i < sizeof points; i++) {
        /* A come bet's first spot is that without a number. */
        if (!lies(table, CRAPS_SPOT_COME + 1 + AMONG_ODDS(i)))
            continue;
        out++;
        if (!lies(table, CRAPS_SPOT_COME_ODDS + AMONG_ODDS(i)))
            place(table, (struct craps_bet){CRAPS_COME_ODDS, points[i]}, odds_on(points[i]));
    }
    if (out < 2 && table->craps.puck != 0)
        place(table, (struct craps_bet){CRAPS_COME, 0}, FLAT);
}

static void play_molly(struct table *table, uint64_t rolls)
{
    for (uint64_t i = 0; i < rolls; i++) {
        keep_pass(table);
        keep_odds(table);
        keep_molly(table);
        roll(table);
    }
}

/* Pass and 29 others, put back as soon as they are decided. */
static const struct craps_bet layout[] = {
    {CRAPS_PLACE, 4},     {CRAPS_PLACE, 5},        {CRAPS_PLACE, 6},     {CRAPS_PLACE, 8},
    {CRAPS_PLACE, 9},     {CRAPS_PLACE, 10},       {CRAPS_BUY, 4},       {CRAPS_LAY, 4},
    {CRAPS_LAY, 10},      {CRAPS_BIG, 6},          {CRAPS_BIG, 8},       {CRAPS_HARDWAY, 4},
    {CRAPS_HARDWAY, 6},   {CRAPS_HARDWAY, 8},      {CRAPS_HARDWAY, 10},  {CRAPS_FIELD, 0},
    {CRAPS_ANY_SEVEN, 0}, {CRAPS_ANY_CRAPS, 0},    {CRAPS_CRAPS_TWO, 0}, {CRAPS_CRAPS_THREE, 0},
    {CRAPS_YO, 0},        {CRAPS_CRAPS_TWELVE, 0}, {CRAPS_C_AND_E, 0},   {CRAPS_HORN, 0},
    {CRAPS_WORLD, 0},     {CRAPS_HOP, 16},         {CRAPS_HOP, 25},      {CRAPS_HOP, 34},
    {CRAPS_HOP, 22},
};

_Static_assert(sizeof layout / sizeof layout[0] == 29, "with pass 30 bets");

/* A stake that all pays divide. */
#define LAYOUT_STAKE 60

static void play_layout(struct table *table, uint64_t rolls)
{
    struct craps_spots wanted = {{0}};
    for (size_t i = 0; i < sizeof layout / sizeof layout[0]; i++) {
        const uint32_t spot = craps_spot(layout[i]);
        wanted.words[spot / 64] |= (uint64_t)1 << spot % 64;
    }
    for (uint64_t i = 0; i < rolls; i++) {
        keep_pass(table);
        for (uint32_t word = 0; word < CRAPS_WORDS; word++) {
            uint64_t missing = wanted.words[word] & ~table->craps.seats[0].lies.words[word];
            for (; missing != 0; missing &= missing - 1) {
                const struct craps_spot_card *spot =
                    &card.spots[64 * word + (uint32_t)__builtin_ctzll(missing)];
                place(table, (struct craps_bet){spot->kind, spot->number}, LAYOUT_STAKE);
            }
        }
        roll(table);
    }
}

static void play_dice(struct table *table, uint64_t rolls)
{
    for (uint64_t i = 0; i < rolls; i++) {
        unsigned d1, d2;
        dice_throw(&table->dice, &d1, &d2);
        table->rail += d1 * d2;
    }
}

static const struct bench_case {
    const char *name;
    const char *what;
    void (*play)(struct table *table, uint64_t rolls);
    double goal; /* Million rolls a second; 0: none. */
    uint64_t rolls;
} cases[] = {
    {"dice", "the dice alone", play_dice, 0, 10 * ROLLS},
    {"pass", "pass", play_pass, 0, 2 * ROLLS},
    {"odds", "pass, 3-4-5x odds", play_odds, 50, 2 * ROLLS},
    {"molly", "3-Point Molly", play_molly, 0, ROLLS},
    {"layout", "30 bets, kept up", play_layout, 3, ROLLS / 4},
};

#define CASES (sizeof cases / sizeof cases[0])

/* ---- Measuring ---- */

/* Of the day, or that this thread was given a core for, which other work takes less from. */
static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The cases take turns, so that what else the machine does meets all of them. */
static void bench_one_core(double nsec[CASES])
{
    static struct table table;
    static double runs[CASES][RUNS];
    printf("one core, medians of %d runs, CPU time ns/roll  M rolls/s    goal  placed/roll  "
           "decided/roll  allocations\n",
           RUNS);
    for (size_t run = 0; run < RUNS; run++) {
        for (size_t i = 0; i < CASES; i++) {
            table_init(&table, 1);
            cases[i].play(&table, cases[i].rolls / 10);
            const double began = seconds_of(CLOCK_THREAD_CPUTIME_ID);
            cases[i].play(&table, cases[i].rolls);
            runs[i][run] =
                (seconds_of(CLOCK_THREAD_CPUTIME_ID) - began) / (double)cases[i].rolls * 1e9;
        }
    }
    for (size_t i = 0; i < CASES; i++) {
        const uint64_t rolls = cases[i].rolls;
        char goal[16] = "-";
        nsec[i] = median(runs[i], RUNS);
        table_init(&table, 1);
        const uint64_t before = allocations;
        cases[i].play(&table, rolls);
        const uint64_t taken = allocations - before;
        if (cases[i].goal > 0)
            snprintf(goal, sizeof goal, "%.0f", cases[i].goal);
        printf("  %-32s %10.1f %10.1f %7s %12.2f %13.2f %12llu\n", cases[i].what, nsec[i],
               1e3 / nsec[i], goal, (double)table.placed / (double)rolls,
               (double)table.decided / (double)rolls, (unsigned long long)taken);
    }
}

struct worker {
    pthread_t thread;
    const struct bench_case *played;
    struct table *table;
    double seconds; /* CPU time that it took. */
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    worker->played->play(worker->table, 2 * worker->played->rolls);
    worker->seconds = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    return NULL;
}

/* Rolls a second of all threads together, each with a table of its own. */
struct rate {
    double elapsed;
    double processor; /* Were each thread never without a core. */
};

static struct rate measure_threads(const struct bench_case *played, struct worker *workers,
                                   size_t threads)
{
    const double rolls = 2 * (double)played->rolls;
    struct rate rate = {0, 0};
    const double began = seconds_of(CLOCK_MONOTONIC);
    for (size_t i = 0; i < threads; i++) {
        workers[i].played = played;
        table_init(workers[i].table, i + 1);
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (size_t i = 0; i < threads; i++)
        pthread_join(workers[i].thread, NULL);
    rate.elapsed = (double)threads * rolls / (seconds_of(CLOCK_MONOTONIC) - began);
    for (size_t i = 0; i < threads; i++)
        rate.processor += rolls / workers[i].seconds;
    return rate;
}

static void bench_threads(void)
{
    static struct worker workers[THREADS_MAX];
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t most = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (size_t)cores;
    for (size_t i = 0; i < most; i++) {
        workers[i].table = malloc(sizeof *workers[i].table);
        CHECK(workers[i].table != NULL);
    }
    for (size_t i = 2; i < CASES; i += 2) {
        double elapsed[2][RUNS], processor[2][RUNS];
        for (size_t run = 0; run < 2 * RUNS; run++) {
            const struct rate rate = measure_threads(&cases[i], workers, run % 2 ? most : 1);
            elapsed[run % 2][run / 2] = rate.elapsed;
            processor[run % 2][run / 2] = rate.processor;
        }
        const double one = median(elapsed[0], RUNS), all = median(elapsed[1], RUNS);
        printf("%-20s 1 thread %.1f M rolls/s, %zu threads %.1f M: %.2f times, by CPU time %.2f\n",
               cases[i].what, one / 1e6, most, all / 1e6, all / one,
               median(processor[1], RUNS) / median(processor[0], RUNS));
    }
    for (size_t i = 0; i < most; i++)
        free(workers[i].table);
}

/* crapssim plays the same bets; its line is "NAME ROLLS_PER_SECOND". */
static void bench_crapssim(const double nsec[CASES])
{
    static const char command[] = "python3 '" BENCH_FOLDER "/bench_crapssim.py' 2>/dev/null";
    char name[16];
    double rate;
    bool found = false;
    FILE *in = popen(command, "r");
    while (in != NULL && fscanf(in, "%15s %lf", name, &rate) == 2) {
        for (size_t i = 0; i < CASES; i++) {
            if (strcmp(cases[i].name, name) != 0)
                continue;
            found = true;
            printf("crapssim: %-20s %8.0f rolls/s; here %.0f times as many\n", cases[i].what, rate,
                   1e9 / nsec[i] / rate);
        }
    }
    if (in != NULL)
        pclose(in);
    if (!found)
        printf("crapssim: not installed (pip install crapssim), not compared\n");
}

static int play_one(const char *name, uint64_t rolls)
{
    static struct table table;
    for (size_t i = 0; i < CASES; i++) {
        if (strcmp(cases[i].name, name) != 0)
            continue;
        table_init(&table, 1);
        cases[i].play(&table, rolls);
        printf("%s: %llu rolls, %llu bets placed, %llu decided, %lld chips won\n", name,
               (unsigned long long)rolls, (unsigned long long)table.placed,
               (unsigned long long)table.decided, (long long)table.rail);
        return 0;
    }
    fprintf(stderr, "bench_craps: there is no case %s: dice, pass, odds, molly, layout.\n", name);
    return 2;
}

int main(int count, char **arguments)
{
    const char *name = NULL, *house = "casino";
    uint64_t rolls = ROLLS;
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(arguments[i], "--case") == 0)
            name = arguments[i + 1];
        else if (strcmp(arguments[i], "--rolls") == 0)
            rolls = strtoull(arguments[i + 1], NULL, 10);
        else if (strcmp(arguments[i], "--house") == 0)
            house = arguments[i + 1];
    }
    const struct craps_preset *preset =
        craps_preset_find((struct bytes){(const uint8_t *)house, strlen(house)});
    if (preset == NULL || count % 2 == 0) {
        fprintf(stderr, "bench_craps [--case NAME] [--rolls N] [--house PRESET]\n");
        return 2;
    }
    const struct craps_rules rules = preset->rules();
    craps_card_make(&card, &rules);
    if (name != NULL)
        return play_one(name, rolls);
    double nsec[CASES];
    bench_one_core(nsec);
    bench_threads();
    bench_crapssim(nsec);
    return 0;
}
