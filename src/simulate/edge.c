/* SPDX-License-Identifier: MIT */
/* Sums of bets, and their distance from what they ought to be. */
#include "simulate/edge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/*
 * A sum of n alike decisions has their skewness / sqrt(n). Where that is above 0.2, or n is below
 * 100, a deviate of 4 is several times as likely as the normal one: then nothing is said.
 */
#define DECIDED_MIN  100.0
#define SKEWNESS_MAX 0.2

void edges_init(struct edges *edges, const struct session_plan *plan)
{
    memset(edges, 0, sizeof *edges);
    edges->plan = plan;
    odds_init(&edges->odds);
}

void edges_clear(struct edges *edges)
{
    odds_clear(&edges->odds);
}

/* What odds_of() says of a stake; 0: of one that is not rounded. */
static struct edge_worth worth_of(struct edges *edges, uint32_t spot, chips stake)
{
    struct edge_worth worth = {0};
    struct odds *odds = &edges->odds;
    if (odds_of(&edges->plan->card.rules, (struct odds_wager){.spot = spot}, stake, odds) !=
        ODDS_COMPUTED)
        return worth;
    worth.known = true;
    worth.gain = mpq_get_d(odds->gain);
    worth.risked = mpq_get_d(odds->risked);
    worth.variance = mpq_get_d(odds->variance);
    for (unsigned i = 0; i < odds->outcomes_count; i++) {
        const double from = mpq_get_d(odds->outcomes[i].gain) - worth.gain;
        worth.skewness += mpq_get_d(odds->outcomes[i].probability) * from * from * from;
    }
    worth.skewness /= worth.variance > 0 ? pow(worth.variance, 1.5) : 1;
    if (mpz_sizeinbase(mpq_numref(odds->edge), 10) + mpz_sizeinbase(mpq_denref(odds->edge), 10) +
            3 <=
        sizeof worth.text)
        mpq_get_str(worth.text, 10, odds->edge);
    return worth;
}

/* Of a stake that is not rounded. */
static const struct edge_worth *worth_unrounded(struct edges *edges, uint32_t spot)
{
    const bool vig = edges->plan->card.spots[spot].vig != 0;
    if (!edges->asked[spot]) {
        edges->asked[spot] = true;
        edges->worths[spot] = worth_of(edges, spot, vig ? 0 : edges->plan->units[spot]);
    }
    return &edges->worths[spot];
}

/* What all decisions of a bet together ought to bring. */
struct expectation {
    bool known;
    double gain;
    double variance;
    double risked;
    double skewness; /* Of one decision, the largest of the stakes. */
    unsigned parts;  /* Different worths. */
    char text[48];
};

static int by_stake(const void *a, const void *b)
{
    const chips left = ((const struct session_stake *)a)->stake;
    const chips right = ((const struct session_stake *)b)->stake;
    return (left > right) - (left < right);
}

/* Adds what decisions of a worth ought to bring: of stakes of this sum and sum of squares. */
static void expect_more(struct expectation *sum, const struct edge_worth *worth, double stakes,
                        double squares)
{
    sum->known = sum->known && worth->known;
    sum->gain += stakes * worth->gain;
    sum->risked += stakes * worth->risked;
    sum->variance += squares * worth->variance;
    if (fabs(worth->skewness) > fabs(sum->skewness))
        sum->skewness = worth->skewness;
    if (sum->parts == 0)
        memcpy(sum->text, worth->text, sizeof sum->text);
    else
        sum->text[0] = '\0';
    sum->parts++;
}

static struct expectation expect(struct edges *edges, uint32_t spot,
                                 const struct session_total *total)
{
    const struct session_bet *sums = &total->sums;
    struct expectation sum = {.known = sums->stakes_count <= SESSION_STAKES_MAX};
    struct session_stake stakes[SESSION_STAKES_MAX];
    __int128 exact = total->handle;
    __int128 squares = sums->stake_squares;
    /* In the order of stakes, not of sessions: sums of doubles depend on theirs. */
    memcpy(stakes, sums->stakes, sizeof stakes);
    if (sum.known)
        qsort(stakes, sums->stakes_count, sizeof stakes[0], by_stake);
    for (unsigned i = 0; i < sums->stakes_count && sum.known; i++) {
        const __int128 stake = stakes[i].stake;
        const __int128 all_stakes = stake * stakes[i].decided;
        const struct edge_worth worth = worth_of(edges, spot, stakes[i].stake);
        expect_more(&sum, &worth, (double)all_stakes, (double)(all_stakes * stake));
        exact -= all_stakes;
        squares -= all_stakes * stake;
    }
    /* A vig rounds all stakes, and may be in the handle too. */
    const bool all = sums->stakes_count > 0 && edges->plan->card.spots[spot].vig != 0;
    if (sum.known && !all && (exact > 0 || sum.parts == 0))
        expect_more(&sum, worth_unrounded(edges, spot), exact > 0 ? (double)exact : 1,
                    exact > 0 ? (double)squares : 0);
    return sum;
}

static chips narrow(__int128 sum)
{
    return sum > INT64_MAX ? INT64_MAX : sum < -INT64_MAX ? -INT64_MAX : (chips)sum;
}

/* Edge and its spread as they came out. */
static void tell_actual(const struct session_total *total, struct result_bet *out)
{
    const struct session_bet *sums = &total->sums;
    const double handle = (double)total->handle;
    if (total->handle == 0)
        return;
    out->edge = (0 - (double)total->net) / handle;
    /* The sum of (net + edge * stake)^2. */
    const double residual = (double)sums->net_squares + 2 * out->edge * (double)sums->net_stakes +
                            out->edge * out->edge * (double)sums->stake_squares;
    out->edge_error = residual > 0 ? sqrt(residual) / handle : 0;
    out->variance = residual > 0 ? residual / (double)sums->stake_squares : 0;
}

static void tell_check(const struct expectation *expected, const struct session_total *total,
                       struct result_bet *out)
{
    const struct session_bet *sums = &total->sums;
    out->check = RESULT_CHECK_NONE;
    if (!expected->known || sums->bent || expected->risked <= 0)
        return;
    out->exact = (0 - expected->gain) / expected->risked;
    memcpy(out->exact_text, expected->text, sizeof out->exact_text);
    out->check = RESULT_CHECK_FEW;
    if (expected->variance <= 0)
        return;
    out->z = (expected->gain - (double)total->net) / sqrt(expected->variance);
    /* As many decisions as would weigh so much if all were of the largest stake. */
    const double most = (double)sums->stake_most;
    const double count = (double)sums->stake_squares / (most * most);
    const bool few = count < DECIDED_MIN || fabs(expected->skewness) / sqrt(count) > SKEWNESS_MAX;
    out->check = few                            ? RESULT_CHECK_FEW
                 : fabs(out->z) <= RESULT_Z_MAX ? RESULT_CHECK_AGREES
                                                : RESULT_CHECK_DISAGREES;
}

void edge_compare(struct edges *edges, uint32_t spot, const struct session_total *total,
                  struct result_bet *out)
{
    const struct session_bet *sums = &total->sums;
    out->placed = sums->placed;
    out->placed_chips = narrow(total->placed_chips);
    out->won = sums->won;
    out->lost = sums->lost;
    out->pushed = sums->pushed;
    out->decided = sums->won + sums->lost + sums->pushed;
    out->returned = sums->returned;
    out->handle = narrow(total->handle);
    out->vig = narrow(total->vig);
    out->net = narrow(total->net);
    tell_actual(total, out);
    const struct expectation expected = expect(edges, spot, total);
    tell_check(&expected, total, out);
}
