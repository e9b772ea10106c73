/* SPDX-License-Identifier: MIT */
/*
 * The house edge of every bet, exactly: a walk over all states that a bet reaches and all 36 rolls,
 * with the engine's own decisions, solved as linear equations and compared with published
 * fractions.
 *
 * The equations are solved modulo the prime 2^61 - 1, where every fraction met has one value: two
 * different fractions with numerators and denominators below 2^29 differ there too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/craps/sitting.h"

#define PRIME      (((uint64_t)1 << 61) - 1)
#define STATES_MAX 64
#define LINE_MAX   200

static uint64_t add(uint64_t a, uint64_t b)
{
    return (a + b) % PRIME;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b % PRIME);
}

static uint64_t negate(uint64_t a)
{
    return (PRIME - a) % PRIME;
}

static uint64_t whole(chips amount)
{
    return amount < 0 ? negate((uint64_t)-amount) : (uint64_t)amount;
}

/* Fermat: a^(p-2). */
static uint64_t invert(uint64_t a)
{
    uint64_t result = 1;
    for (uint64_t power = PRIME - 2; power > 0; power >>= 1) {
        if ((power & 1) != 0)
            result = multiply(result, a);
        a = multiply(a, a);
    }
    return result;
}

static uint64_t fraction(chips numerator, chips denominator)
{
    return multiply(whole(numerator), invert(whole(denominator)));
}

/* Reads "7/495" or "0". */
static uint64_t fraction_of(const char *text)
{
    char *end = NULL;
    const chips numerator = strtoll(text, &end, 10);
    return fraction(numerator, *end == '/' ? strtoll(end + 1, NULL, 10) : 1);
}

/* One wager of the table. */
struct wager {
    const char *key;
    const char *point; /* Rolls before the bet. */
    const char *bet;
    chips stake;
    const char *odds; /* Backed as far as the house allows, as soon as it has a number. */
    chips odds_halves[3];
    bool odds_only; /* The money that counts is that of the odds. */
    bool vig_on_win;
    enum craps_house_pay house;
    struct craps_pay pay; /* Of house; to 0: the usual. */
    uint8_t bar;
    uint8_t vig_rounding; /* enum craps_vig_rounding. */
};

/* The unknowns of each state: won and risked from here on, rolls from here on. */
struct walk {
    const struct wager *wager;
    struct craps_rules rules;
    struct craps states[STATES_MAX];
    unsigned count;
    /* Rows of the equations: x[i] - sum p x[j] = gain; three right-hand sides. */
    uint64_t matrix[STATES_MAX][STATES_MAX + 3];
};

static struct walk walk;
static struct craps_decision decisions[CRAPS_DECISIONS_MAX];

/* All that tells two states apart for the bet: not who shoots or how many rolls there were. */
static struct craps bare(struct craps craps)
{
    craps.shooter = 0;
    craps.fresh = 0;
    craps.rolls = 0;
    craps.hand_rolls = 0;
    craps.dice[0] = 0;
    craps.dice[1] = 0;
    return craps;
}

static unsigned index_of(const struct craps *craps)
{
    for (unsigned i = 0; i < walk.count; i++) {
        if (memcmp(&walk.states[i], craps, sizeof *craps) == 0)
            return i;
    }
    assert_true(walk.count < STATES_MAX);
    walk.states[walk.count] = *craps;
    return walk.count++;
}

/* Backs the bet with full odds; returns what they cost. */
static chips back(struct craps *craps)
{
    struct craps_offer offer;
    struct craps_money cost;
    struct craps_refusal why;
    if (walk.wager->odds == NULL)
        return 0;
    const struct craps_bet odds = bet_named(walk.wager->odds);
    if (craps_offer(craps, &walk.rules, 0, odds, &offer) != CRAPS_ACCEPTED)
        return 0;
    assert_int_equal(craps_place(craps, &walk.rules, 0, odds, offer.most, &cost, &why),
                     CRAPS_ACCEPTED);
    return cost.stake;
}

/* Writes the equation of one state. */
static void expand(unsigned from)
{
    const uint64_t each = fraction(1, 36);
    uint64_t *row = walk.matrix[from];
    row[from] = add(row[from], 1);
    row[STATES_MAX + 2] = 1;
    for (unsigned roll = 0; roll < 36; roll++) {
        struct craps craps = walk.states[from];
        const size_t count =
            craps_roll(&craps, &walk.rules, 1, roll / 6 + 1, roll % 6 + 1, decisions);
        chips gain = 0;
        bool decided = false;
        for (size_t i = 0; i < count; i++) {
            const struct craps_decision *decision = &decisions[i];
            const bool odds = bet_named("pass odds").kind == decision->bet.kind ||
                              bet_named("don't pass odds").kind == decision->bet.kind;
            decided = decided || decision->outcome != CRAPS_TRAVEL;
            if (!walk.wager->odds_only || odds)
                gain += decision->profit - decision->vig - decision->collected;
        }
        chips risk = 0;
        if (!decided) {
            const struct craps plain = craps;
            risk = back(&craps);
            craps = bare(craps);
            assert_true(risk > 0 || memcmp(plain.seats, craps.seats, sizeof craps.seats) == 0);
            const unsigned to = index_of(&craps);
            row[to] = add(row[to], negate(each));
        }
        row[STATES_MAX] = add(row[STATES_MAX], multiply(each, whole(gain)));
        row[STATES_MAX + 1] = add(row[STATES_MAX + 1], multiply(each, whole(risk)));
    }
}

/* Gauss and Jordan; the solutions are then in the last three columns. */
static void solve(void)
{
    for (unsigned column = 0; column < walk.count; column++) {
        unsigned pivot = column;
        while (pivot < walk.count && walk.matrix[pivot][column] == 0)
            pivot++;
        assert_true(pivot < walk.count);
        const uint64_t scale = invert(walk.matrix[pivot][column]);
        for (unsigned k = 0; k < STATES_MAX + 3; k++) {
            const uint64_t kept = walk.matrix[column][k];
            walk.matrix[column][k] = multiply(walk.matrix[pivot][k], scale);
            if (pivot != column)
                walk.matrix[pivot][k] = kept;
        }
        for (unsigned row = 0; row < walk.count; row++) {
            const uint64_t factor = negate(walk.matrix[row][column]);
            for (unsigned k = 0; row != column && factor != 0 && k < STATES_MAX + 3; k++)
                walk.matrix[row][k] =
                    add(walk.matrix[row][k], multiply(factor, walk.matrix[column][k]));
        }
    }
}

static void set_rules(const struct wager *wager)
{
    walk.rules = craps_rules_casino();
    walk.rules.limits[CRAPS_LIMIT_ODDS].max = CRAPS_STAKE_MAX;
    walk.rules.buy_vig_on_win = walk.rules.lay_vig_on_win = wager->vig_on_win ? 0x770 : 0;
    walk.rules.vig_rounding = wager->vig_rounding;
    for (size_t i = 0; wager->odds != NULL && i < 3; i++)
        walk.rules.odds_halves[i] = (uint8_t)wager->odds_halves[i];
    if (wager->pay.to != 0)
        walk.rules.pays[wager->house] = wager->pay;
    if (wager->bar != 0)
        walk.rules.bar = wager->bar;
    assert_null(craps_rules_fault(&walk.rules));
}

/* Compares the walk of a wager with its line of the vectors. */
static void check(const struct wager *wager, const char *edge, const char *risk, const char *rolls)
{
    memset(&walk, 0, sizeof walk);
    walk.wager = wager;
    set_rules(wager);
    struct craps craps;
    struct craps_money cost;
    struct craps_refusal why;
    craps_init(&craps);
    if (wager->odds_only)
        assert_int_equal(
            craps_place(&craps, &walk.rules, 0, bet_named(wager->bet), wager->stake, &cost, &why),
            CRAPS_ACCEPTED);
    if (wager->point != NULL)
        craps_roll(&craps, &walk.rules, 1, (unsigned)(wager->point[0] - '0'),
                   (unsigned)(wager->point[1] - '0'), decisions);
    if (wager->odds_only)
        cost = (struct craps_money){.stake = back(&craps)};
    else
        assert_int_equal(
            craps_place(&craps, &walk.rules, 0, bet_named(wager->bet), wager->stake, &cost, &why),
            CRAPS_ACCEPTED);
    craps = bare(craps);
    index_of(&craps);
    for (unsigned i = 0; i < walk.count; i++)
        expand(i);
    solve();
    const uint64_t first = whole(cost.stake + cost.vig);
    const uint64_t won = walk.matrix[0][STATES_MAX];
    const uint64_t risked = add(first, walk.matrix[0][STATES_MAX + 1]);
    if (multiply(won, invert(risked)) != negate(fraction_of(edge)))
        fail_msg("%s: the edge is not %s", wager->key, edge);
    if (multiply(risked, invert(whole(cost.stake))) != fraction_of(risk))
        fail_msg("%s: the money risked is not %s", wager->key, risk);
    /* Bets that are off on come-outs wait longer here than in the tables. */
    const bool waits = strncmp(wager->key, "place", 5) == 0 || strncmp(wager->key, "buy", 3) == 0;
    if (!waits && walk.matrix[0][STATES_MAX + 2] != fraction_of(rolls))
        fail_msg("%s: it does not take %s rolls", wager->key, rolls);
}

/* 120 is a multiple of every unit, and of 20 dollars with every win, so that no vig is rounded. */
#define PASS_ODDS(name, four, five, six)                                                           \
    {                                                                                              \
        .key = "pass_odds_" name, .bet = "pass", .stake = 120, .odds = "pass odds",                \
        .odds_halves = {                                                                           \
            four,                                                                                  \
            five,                                                                                  \
            six                                                                                    \
        }                                                                                          \
    }
#define DONT_ODDS(name, four, five, six)                                                           \
    {                                                                                              \
        .key = "dont_odds_" name, .bet = "don't pass", .stake = 120, .odds = "don't pass odds",    \
        .odds_halves = {                                                                           \
            four,                                                                                  \
            five,                                                                                  \
            six                                                                                    \
        }                                                                                          \
    }
#define TAKEN(number, rolls)                                                                       \
    {                                                                                              \
        .key = "odds_" number, .point = rolls, .bet = "pass", .stake = 120, .odds = "pass odds",   \
        .odds_halves = {6, 8, 10}, .odds_only = true                                               \
    }
#define LAID(number, rolls)                                                                        \
    {                                                                                              \
        .key = "lay_odds_" number, .point = rolls, .bet = "don't pass", .stake = 120,              \
        .odds = "don't pass odds", .odds_halves = {6, 8, 10}, .odds_only = true                    \
    }

static const struct wager wagers[] = {
    {.key = "pass", .bet = "pass", .stake = 120},
    {.key = "pass", .point = "13", .bet = "come", .stake = 120},
    {.key = "pass", .point = "33", .bet = "come", .stake = 120},
    {.key = "dont_pass", .bet = "don't pass", .stake = 120},
    {.key = "dont_pass", .point = "45", .bet = "don't come", .stake = 120},
    {.key = "dont_pass_bar2", .bet = "don't pass", .stake = 120, .bar = 2},
    TAKEN("4", "13"),
    TAKEN("5", "23"),
    TAKEN("6", "33"),
    TAKEN("8", "44"),
    TAKEN("9", "45"),
    TAKEN("10", "55"),
    LAID("4", "13"),
    LAID("5", "23"),
    LAID("6", "33"),
    LAID("8", "44"),
    LAID("9", "45"),
    LAID("10", "55"),
    PASS_ODDS("1x", 2, 2, 2),
    PASS_ODDS("2x", 4, 4, 4),
    PASS_ODDS("345x", 6, 8, 10),
    PASS_ODDS("full_double", 4, 4, 5),
    PASS_ODDS("5x", 10, 10, 10),
    PASS_ODDS("10x", 20, 20, 20),
    PASS_ODDS("20x", 40, 40, 40),
    PASS_ODDS("100x", 200, 200, 200),
    DONT_ODDS("1x", 2, 2, 2),
    DONT_ODDS("2x", 4, 4, 4),
    DONT_ODDS("345x", 6, 8, 10),
    DONT_ODDS("full_double", 4, 4, 5),
    DONT_ODDS("5x", 10, 10, 10),
    DONT_ODDS("10x", 20, 20, 20),
    DONT_ODDS("20x", 40, 40, 40),
    DONT_ODDS("100x", 200, 200, 200),
    {.key = "place_4", .bet = "place 4", .stake = 120},
    {.key = "place_4", .point = "33", .bet = "place 10", .stake = 120},
    {.key = "place_5", .bet = "place 5", .stake = 120},
    {.key = "place_5", .bet = "place 9", .stake = 120},
    {.key = "place_6", .bet = "place 6", .stake = 120},
    {.key = "place_6", .point = "33", .bet = "place 8", .stake = 120},
    {.key = "buy_4_up", .bet = "buy 4", .stake = 120},
    {.key = "buy_4_up", .bet = "buy 10", .stake = 120},
    {.key = "buy_5_up", .bet = "buy 5", .stake = 120},
    {.key = "buy_5_up", .bet = "buy 9", .stake = 120},
    {.key = "buy_6_up", .bet = "buy 6", .stake = 120},
    {.key = "buy_6_up", .bet = "buy 8", .stake = 120},
    {.key = "buy_4_win", .bet = "buy 4", .stake = 120, .vig_on_win = true},
    {.key = "buy_5_win", .bet = "buy 9", .stake = 120, .vig_on_win = true},
    {.key = "buy_6_win", .bet = "buy 8", .stake = 120, .vig_on_win = true},
    {.key = "lay_4_up", .bet = "lay 4", .stake = 120},
    {.key = "lay_4_up", .bet = "lay 10", .stake = 120},
    {.key = "lay_5_up", .bet = "lay 5", .stake = 120},
    {.key = "lay_5_up", .bet = "lay 9", .stake = 120},
    {.key = "lay_6_up", .bet = "lay 6", .stake = 120},
    {.key = "lay_6_up", .bet = "lay 8", .stake = 120},
    {.key = "lay_4_win", .bet = "lay 4", .stake = 120, .vig_on_win = true},
    {.key = "lay_5_win", .bet = "lay 5", .stake = 120, .vig_on_win = true},
    {.key = "lay_6_win", .bet = "lay 6", .stake = 120, .vig_on_win = true},
    {.key = "big6", .bet = "big 6", .stake = 120},
    {.key = "big6", .bet = "big 8", .stake = 120},
    {.key = "hard4", .bet = "hard 4", .stake = 120},
    {.key = "hard4", .bet = "hard 10", .stake = 120},
    {.key = "hard6", .bet = "hard 6", .stake = 120},
    {.key = "hard6", .bet = "hard 8", .stake = 120},
    {.key = "hard4_uk",
     .bet = "hard 4",
     .stake = 120,
     .house = CRAPS_PAY_HARD_FOUR_TEN,
     .pay = {15, 2}},
    {.key = "hard6_uk",
     .bet = "hard 8",
     .stake = 120,
     .house = CRAPS_PAY_HARD_SIX_EIGHT,
     .pay = {19, 2}},
    {.key = "field_2_2",
     .bet = "field",
     .stake = 120,
     .house = CRAPS_PAY_FIELD_TWELVE,
     .pay = {2, 1}},
    {.key = "field_2_3", .bet = "field", .stake = 120},
    {.key = "field_3_3", .bet = "field", .stake = 120, .house = CRAPS_PAY_FIELD_TWO, .pay = {3, 1}},
    {.key = "any7", .bet = "any seven", .stake = 120},
    {.key = "any_craps", .bet = "any craps", .stake = 120},
    {.key = "two", .bet = "craps 2", .stake = 120},
    {.key = "two", .bet = "craps 12", .stake = 120},
    {.key = "two_29",
     .bet = "craps 2",
     .stake = 120,
     .house = CRAPS_PAY_TWO_TWELVE,
     .pay = {29, 1}},
    {.key = "three", .bet = "craps 3", .stake = 120},
    {.key = "three", .bet = "yo", .stake = 120},
    {.key = "three_14", .bet = "yo", .stake = 120, .house = CRAPS_PAY_THREE_ELEVEN, .pay = {14, 1}},
    {.key = "three_16",
     .bet = "craps 3",
     .stake = 120,
     .house = CRAPS_PAY_THREE_ELEVEN,
     .pay = {16, 1}},
    {.key = "ce", .bet = "C&E", .stake = 120},
    {.key = "horn", .bet = "horn", .stake = 120},
    {.key = "hop_easy_14",
     .bet = "hop 1 2",
     .stake = 120,
     .house = CRAPS_PAY_HOP_EASY,
     .pay = {14, 1}},
    {.key = "hop_easy_15", .bet = "hop 3 4", .stake = 120},
    {.key = "hop_easy_16",
     .bet = "hop 5 6",
     .stake = 120,
     .house = CRAPS_PAY_HOP_EASY,
     .pay = {16, 1}},
    {.key = "hop_hard_29",
     .bet = "hop 1 1",
     .stake = 120,
     .house = CRAPS_PAY_HOP_HARD,
     .pay = {29, 1}},
    {.key = "hop_hard_30", .bet = "hop 3 3", .stake = 120},
    {.key = "hop_hard_31",
     .bet = "hop 4 4",
     .stake = 120,
     .house = CRAPS_PAY_HOP_HARD,
     .pay = {31, 1}},
    {.key = "hop_hard_33",
     .bet = "hop 6 6",
     .stake = 120,
     .house = CRAPS_PAY_HOP_HARD,
     .pay = {33, 1}},
    {.key = "buy_4_35for1_win",
     .bet = "buy 4",
     .stake = 35,
     .vig_on_win = true,
     .vig_rounding = CRAPS_VIG_DOWN},
};

static void every_edge_is_the_published_one(void **state)
{
    (void)state;
    char path[1024];
    char line[LINE_MAX];
    unsigned checked = 0;
    assert_non_null(getenv("srcdir"));
    snprintf(path, sizeof path, "%s/tests/vectors/house-edges.txt", getenv("srcdir"));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char key[40];
        char edge[40];
        char risk[40];
        char rolls[40];
        if (line[0] == '#')
            continue;
        assert_int_equal(sscanf(line, "%39s %39s %39s %39s", key, edge, risk, rolls), 4);
        unsigned found = 0;
        for (size_t i = 0; i < sizeof wagers / sizeof wagers[0]; i++) {
            if (strcmp(wagers[i].key, key) == 0) {
                check(&wagers[i], edge, risk, rolls);
                found++;
            }
        }
        if (found == 0)
            fail_msg("%s is not walked", key);
        checked += found;
    }
    fclose(file);
    assert_int_equal(checked, sizeof wagers / sizeof wagers[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_edge_is_the_published_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
