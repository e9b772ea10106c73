/* SPDX-License-Identifier: MIT */
/* From a wager to its walk, from the solution of that to fractions of the stake. */
#include "odds/odds.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "odds/array.h"
#include "odds/walk.h"

/* 5 % of this many dollars is whole dollars, of every buy and of every lay's win. */
#define VIG_UNIT 120

/* Odds behind this many chips, and a multiple of it, are never rounded. */
#define ODDS_UNIT 120

static mpq_t *numbers(struct odds *odds, size_t index)
{
    mpq_t *all[] = {&odds->win,           &odds->push,    &odds->lose,     &odds->risked,
                    &odds->gain,          &odds->edge,    &odds->resolved, &odds->rolls,
                    &odds->edge_per_roll, &odds->variance};
    return index < sizeof all / sizeof all[0] ? all[index] : NULL;
}

void odds_init(struct odds *odds)
{
    memset(odds, 0, sizeof *odds);
    for (size_t i = 0; numbers(odds, i) != NULL; i++)
        mpq_init(*numbers(odds, i));
    for (size_t i = 0; i < MARKOV_OUTCOMES_MAX; i++)
        mpq_inits(odds->outcomes[i].probability, odds->outcomes[i].gain, odds->outcomes[i].profit,
                  NULL);
}

void odds_clear(struct odds *odds)
{
    for (size_t i = 0; numbers(odds, i) != NULL; i++)
        mpq_clear(*numbers(odds, i));
    for (size_t i = 0; i < MARKOV_OUTCOMES_MAX; i++)
        mpq_clears(odds->outcomes[i].probability, odds->outcomes[i].gain, odds->outcomes[i].profit,
                   NULL);
}

/* ---- The house without its limits ---- */

/* exact: nothing is rounded off, so that the card's units are those of stakes without rounding. */
static void make_card(struct craps_card *card, const struct craps_rules *rules, bool exact)
{
    struct craps_rules open = *rules;
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++)
        open.limits[i] = (struct craps_limit){.min = 1, .max = CRAPS_STAKE_MAX};
    open.odds_within_max = 0;
    if (exact)
        open.breakage = CRAPS_BREAKAGE_REFUSE;
    craps_card_make(card, &open);
}

static chips greatest_common_divisor(chips a, chips b)
{
    while (b != 0) {
        const chips rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The least stake that needs no rounding, or near it, if the largest one is too small for that. */
static chips round_stake(const struct craps_card *card, struct odds_wager wager)
{
    const struct craps_spot_card *spot = &card->spots[wager.spot];
    const struct craps_rules *rules = &card->rules;
    const chips unit = spot->unit > 0 ? spot->unit : 1;
    chips other = wager.backed ? ODDS_UNIT : 1;
    if (spot->vig != 0) {
        const chips dollars = rules->vig_least / rules->dollar + 1;
        other = CRAPS_STAKE_MAX / VIG_UNIT / rules->dollar >= dollars
                    ? VIG_UNIT * dollars * rules->dollar
                    : CRAPS_STAKE_MAX;
    }
    const chips stake = unit / greatest_common_divisor(unit, other) * other;
    return stake <= CRAPS_STAKE_MAX ? stake : CRAPS_STAKE_MAX / unit * unit;
}

/* Whether odds go behind this bet, on its number or on one that it moves to. */
static bool can_be_backed(const struct craps_card *card, uint32_t spot)
{
    const struct craps_bet bet = craps_bet_at(spot);
    for (uint32_t odds = 0; odds < CRAPS_SPOT_COUNT; odds++) {
        if ((card->odds.words[odds / 64] >> (odds % 64) & 1) == 0)
            continue;
        const struct craps_bet flat = craps_bet_at(card->spots[odds].flat);
        if (flat.kind == bet.kind && (bet.number == 0 || flat.number == bet.number) &&
            walk_starts(card, odds))
            return true;
    }
    return false;
}

size_t odds_wagers(const struct craps_rules *rules,
                   struct odds_wager wagers[static ODDS_WAGERS_MAX])
{
    struct craps_card *card = array_make(1, sizeof *card);
    size_t count = 0;
    make_card(card, rules, true);
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (!walk_starts(card, spot))
            continue;
        wagers[count++] = (struct odds_wager){.spot = spot};
        if (can_be_backed(card, spot))
            wagers[count++] = (struct odds_wager){.spot = spot, .backed = true};
        CHECK(count < ODDS_WAGERS_MAX);
    }
    free(card);
    return count;
}

/* ---- A wager's numbers ---- */

/* out = amount / stake. Amounts are far below 2^53. */
static void fraction_of(mpq_t out, chips amount, chips stake)
{
    mpq_t divisor;
    mpq_init(divisor);
    mpq_set_d(out, (double)amount);
    mpq_set_d(divisor, (double)stake);
    mpq_div(out, out, divisor);
    mpq_clear(divisor);
}

static int by_gain(const void *a, const void *b)
{
    const struct odds_outcome *left = a;
    const struct odds_outcome *right = b;
    const int gains = mpq_cmp(left->gain, right->gain);
    return gains != 0 ? gains : mpq_cmp(left->profit, right->profit);
}

/* The outcomes, and what follows from them alone. */
static void tell_outcomes(struct odds *odds, const struct walk *walk,
                          struct markov_solution *solution)
{
    mpq_t term;
    mpq_init(term);
    mpq_set_ui(odds->win, 0, 1);
    mpq_set_ui(odds->push, 0, 1);
    mpq_set_ui(odds->lose, 0, 1);
    mpq_set_ui(odds->gain, 0, 1);
    mpq_set_ui(odds->variance, 0, 1);
    odds->outcomes_count = walk->outcomes_count;
    for (unsigned i = 0; i < walk->outcomes_count; i++) {
        struct odds_outcome *outcome = &odds->outcomes[i];
        mpq_swap(outcome->probability, solution->outcomes[i]);
        fraction_of(outcome->gain, walk->outcomes[i].gain, odds->stake);
        fraction_of(outcome->profit, walk->outcomes[i].profit, odds->stake);
        const int sign = mpq_sgn(outcome->gain);
        mpq_t *sum = sign > 0 ? &odds->win : sign < 0 ? &odds->lose : &odds->push;
        mpq_add(*sum, *sum, outcome->probability);
        mpq_mul(term, outcome->probability, outcome->gain);
        mpq_add(odds->gain, odds->gain, term);
        mpq_mul(term, term, outcome->gain);
        mpq_add(odds->variance, odds->variance, term);
    }
    qsort(odds->outcomes, odds->outcomes_count, sizeof odds->outcomes[0], by_gain);
    mpq_mul(term, odds->gain, odds->gain);
    mpq_sub(odds->variance, odds->variance, term);
    odds->deviation = sqrt(mpq_get_d(odds->variance));
    mpq_clear(term);
}

static void tell(struct odds *odds, const struct walk *walk, struct markov_solution *solution)
{
    mpq_t term;
    mpq_init(term);
    tell_outcomes(odds, walk, solution);
    mpq_swap(odds->rolls, solution->rolls);
    fraction_of(odds->risked, walk->cost.stake + walk->cost.vig, odds->stake);
    fraction_of(term, 1, odds->stake);
    mpq_mul(term, term, solution->added);
    mpq_add(odds->risked, odds->risked, term);
    mpq_div(odds->edge, odds->gain, odds->risked);
    mpq_neg(odds->edge, odds->edge);
    mpq_div(odds->edge_per_roll, odds->edge, odds->rolls);
    mpq_set_ui(term, 1, 1);
    mpq_sub(term, term, odds->push);
    mpq_set_ui(odds->resolved, 0, 1);
    if (mpq_sgn(term) > 0)
        mpq_div(odds->resolved, odds->edge, term);
    mpq_clear(term);
}

static enum odds_verdict compute(const struct craps_card *card, struct odds_wager wager,
                                 chips stake, struct odds *odds)
{
    struct walk walk;
    struct markov_solution solution;
    CHECK(wager.spot < CRAPS_SPOT_COUNT);
    if (!walk_starts(card, wager.spot) || (wager.backed && !can_be_backed(card, wager.spot)))
        return ODDS_NOT_TAKEN;
    if (stake == 0)
        stake = round_stake(card, wager);
    if (!walk_make(&walk, card, wager.spot, wager.backed, stake))
        return ODDS_IMPROPER;
    markov_solution_init(&solution);
    const bool solved = markov_solve(&walk.chain, &solution);
    if (solved) {
        odds->wager = wager;
        odds->stake = stake;
        tell(odds, &walk, &solution);
    }
    markov_solution_clear(&solution);
    walk_clear(&walk);
    return solved ? ODDS_COMPUTED : ODDS_ENDLESS;
}

enum odds_verdict odds_of(const struct craps_rules *rules, struct odds_wager wager, chips stake,
                          struct odds *odds)
{
    struct craps_card *card = array_make(1, sizeof *card);
    make_card(card, rules, stake == 0);
    const enum odds_verdict verdict = compute(card, wager, stake, odds);
    free(card);
    return verdict;
}

/* ---- Houses that would lose ---- */

/* The pay tables of the kinds that have one. */
static const struct {
    uint8_t kind;
    uint8_t first;
    uint8_t last;
} ladders[] = {
    {CRAPS_FIRE, CRAPS_LADDER_FIRE, CRAPS_LADDER_FIRE_LAST},
    {CRAPS_ALL_SMALL, CRAPS_LADDER_SMALL, CRAPS_LADDER_SMALL_LAST},
    {CRAPS_ALL_TALL, CRAPS_LADDER_TALL, CRAPS_LADDER_TALL_LAST},
    {CRAPS_MAKE_ALL, CRAPS_LADDER_ALL, CRAPS_LADDER_ALL_LAST},
    {CRAPS_REPEATER, CRAPS_LADDER_REPEATER, CRAPS_LADDER_REPEATER_LAST},
    {CRAPS_HOT_ROLLER, CRAPS_LADDER_HOT_ROLLER, CRAPS_LADDER_HOT_ROLLER_LAST},
    {CRAPS_RIDE_LINE, CRAPS_LADDER_RIDE_LINE, CRAPS_LADDER_RIDE_LINE_LAST},
    {CRAPS_DOUBLES, CRAPS_LADDER_DOUBLES, CRAPS_LADDER_DOUBLES_LAST},
    {CRAPS_REPLAY, CRAPS_LADDER_REPLAY, CRAPS_LADDER_REPLAY_LAST},
    {CRAPS_TWICE_HARD, CRAPS_LADDER_TWICE_HARD, CRAPS_LADDER_TWICE_HARD_LAST},
    {CRAPS_SHARPSHOOTER, CRAPS_LADDER_SHARPSHOOTER, CRAPS_LADDER_SHARPSHOOTER_LAST},
    {CRAPS_HOT_HAND, CRAPS_LADDER_HOT_HAND, CRAPS_LADDER_HOT_HAND_LAST},
    {CRAPS_FLAMING_FOUR, CRAPS_LADDER_FLAMING_FOUR, CRAPS_LADDER_FLAMING_FOUR_LAST},
    {CRAPS_SIZZLING_SIX, CRAPS_LADDER_SIZZLING_SIX, CRAPS_LADDER_SIZZLING_SIX_LAST},
    {CRAPS_FOUR_ROLLS, CRAPS_LADDER_FOUR_ROLLS, CRAPS_LADDER_FOUR_ROLLS_LAST},
};

/* Whether some preset that takes the bet has the same points and the same pay table for it. */
static bool known(const struct craps_rules *rules, uint8_t kind)
{
    const struct craps_preset *preset = NULL;
    for (size_t i = 0; i < sizeof ladders / sizeof ladders[0]; i++) {
        const size_t size = sizeof rules->ladders[0] * (ladders[i].last - ladders[i].first + 1u);
        for (size_t k = 0; ladders[i].kind == kind && (preset = craps_preset_at(k)) != NULL; k++) {
            const struct craps_rules other = preset->rules();
            if ((other.bets & CRAPS_KIND_BIT(kind)) != 0 && other.crapless == rules->crapless &&
                memcmp(&other.ladders[ladders[i].first], &rules->ladders[ladders[i].first], size) ==
                    0)
                return true;
        }
    }
    return false;
}

/* A fraction where it is short, else percent with three digits that count. */
static void write_edge(const mpq_t edge, char text[static 32])
{
    mpq_t lost;
    mpq_init(lost);
    mpq_neg(lost, edge);
    if (mpz_sizeinbase(mpq_numref(lost), 10) + mpz_sizeinbase(mpq_denref(lost), 10) < 16)
        gmp_snprintf(text, 32, "%Qd", lost);
    else
        snprintf(text, 32, "%.3g %%", 100 * mpq_get_d(lost));
    mpq_clear(lost);
}

/* What the best win may pay, in whole stakes to one, so that the bank no longer loses. */
static long fair_pay(const struct odds *odds)
{
    const struct odds_outcome *best = &odds->outcomes[odds->outcomes_count - 1];
    mpq_t pay;
    mpz_t whole;
    mpq_init(pay);
    mpz_init(whole);
    mpq_div(pay, odds->gain, best->probability);
    mpq_sub(pay, best->profit, pay);
    mpz_fdiv_q(whole, mpq_numref(pay), mpq_denref(pay));
    const long result = mpz_fits_slong_p(whole) ? mpz_get_si(whole) : 0;
    mpq_clear(pay);
    mpz_clear(whole);
    return result;
}

static void write_fault(const struct odds *odds, char sentence[static ODDS_SENTENCE_SIZE])
{
    char name[CRAPS_BET_NAME_SIZE];
    char edge[32];
    const long pay = fair_pay(odds);
    craps_bet_name(craps_bet_at(odds->wager.spot), name);
    write_edge(odds->edge, edge);
    if (pay >= 1)
        snprintf(sentence, ODDS_SENTENCE_SIZE,
                 "%s would lose the bank %s of every chip bet: pay its best win %ld:1 at most",
                 name, edge, pay);
    else
        snprintf(sentence, ODDS_SENTENCE_SIZE,
                 "%s would lose the bank %s of every chip bet: pay less for each of its wins", name,
                 edge);
}

bool odds_fault(const struct craps_rules *rules, char sentence[static ODDS_SENTENCE_SIZE])
{
    struct craps_card *card = array_make(1, sizeof *card);
    struct odds odds;
    bool fault = false;
    char name[CRAPS_BET_NAME_SIZE];
    odds_init(&odds);
    make_card(card, rules, true);
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT && !fault; spot++) {
        if (known(rules, craps_bet_at(spot).kind))
            continue;
        switch (compute(card, (struct odds_wager){.spot = spot}, 0, &odds)) {
        case ODDS_COMPUTED:
            fault = mpq_sgn(odds.edge) < 0;
            if (fault)
                write_fault(&odds, sentence);
            break;
        case ODDS_ENDLESS:
        case ODDS_IMPROPER:
            fault = true;
            craps_bet_name(craps_bet_at(spot), name);
            snprintf(sentence, ODDS_SENTENCE_SIZE, "%s could never be decided and paid", name);
            break;
        case ODDS_NOT_TAKEN:
            break;
        }
    }
    odds_clear(&odds);
    free(card);
    return fault;
}
