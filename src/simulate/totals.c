/* SPDX-License-Identifier: MIT */
/* Sessions added up. */
#include "simulate/totals.h"

#include <stdlib.h>

#include "base/check.h"

/* The censuses that are not of points. */
#define CENSUSES 6

static void censuses_of(struct totals *totals, struct census *out[static CENSUSES])
{
    out[0] = &totals->final;
    out[1] = &totals->session_rolls;
    out[2] = &totals->bust_rolls;
    out[3] = &totals->needed;
    out[4] = &totals->drawdown;
    out[5] = &totals->peak;
}

struct totals *totals_create(const struct session_plan *plan)
{
    const size_t each = CENSUS_COUNTERS(TOTALS_SIZE);
    const size_t point = CENSUS_COUNTERS(TOTALS_POINT_SIZE);
    struct totals *totals = calloc(1, sizeof *totals);
    if (!totals)
        return NULL;
    totals->plan = plan;
    totals->counters =
        calloc(CENSUSES * each + plan->points_count * point, sizeof totals->counters[0]);
    if (!totals->counters) {
        free(totals);
        return NULL;
    }
    struct census *censuses[CENSUSES];
    censuses_of(totals, censuses);
    uint32_t *at = totals->counters;
    for (size_t i = 0; i < CENSUSES; i++, at += each)
        census_init(censuses[i], at, TOTALS_SIZE);
    for (size_t i = 0; i < plan->points_count; i++, at += point)
        census_init(&totals->points[i], at, TOTALS_POINT_SIZE);
    return totals;
}

void totals_destroy(struct totals *totals)
{
    if (!totals)
        return;
    free(totals->counters);
    free(totals);
}

static void add_path(struct totals *totals, uint64_t session, const struct session_record *record)
{
    const struct session_plan *plan = totals->plan;
    const size_t last = plan->points_count - 1;
    struct result_path *kept = session < RESULT_PATHS ? &totals->paths[session] : NULL;
    for (size_t i = 0; i <= last; i++) {
        /* The last point is the end: bets that were left have finished. */
        const bool ended = i >= record->path_count || i == last;
        const chips bankroll = ended ? record->final : record->path[i];
        census_add(&totals->points[i], bankroll);
        if (kept)
            kept->bankroll[i] = bankroll;
    }
    if (kept) {
        kept->session = session;
        totals->path_known[session] = true;
    }
    if (record->end != SESSION_END_BUST)
        return;
    size_t first = 0;
    while (first < last && plan->points[first] < record->rolls)
        first++;
    totals->bust_by[first]++;
}

static void add_bet(struct session_total *total, const struct session_bet *bet)
{
    struct session_bet *sums = &total->sums;
    sums->placed += bet->placed;
    sums->won += bet->won;
    sums->lost += bet->lost;
    sums->pushed += bet->pushed;
    sums->returned += bet->returned;
    sums->bent = sums->bent || bet->bent;
    sums->net_squares += bet->net_squares;
    sums->net_stakes += bet->net_stakes;
    sums->stake_squares += bet->stake_squares;
    if (bet->stake_most > sums->stake_most)
        sums->stake_most = bet->stake_most;
    for (unsigned i = 0; i < bet->stakes_count && i < SESSION_STAKES_MAX; i++)
        session_count_stake(sums, bet->stakes[i].stake, bet->stakes[i].decided);
    if (bet->stakes_count > SESSION_STAKES_MAX)
        sums->stakes_count = SESSION_STAKES_MAX + 1;
    total->placed_chips += bet->placed_chips;
    total->handle += bet->handle;
    total->vig += bet->vig;
    total->net += bet->net;
}

void totals_add(struct totals *totals, uint64_t session, const struct session_record *record)
{
    const chips bankroll = totals->plan->bankroll;
    CHECK(record->end < SESSION_END_CUT);
    totals->sessions++;
    totals->ends[record->end]++;
    totals->ahead += record->final > bankroll;
    totals->even += record->final == bankroll;
    totals->doubled += record->doubled;
    totals->rolls += record->rolls;
    totals->skipped += record->skipped;
    totals->risk_sum += record->risk_sum;
    if (record->risk_most > totals->risk_most)
        totals->risk_most = record->risk_most;
    totals->hands += record->hands;
    totals->hand_rolls += record->hand_rolls;
    if (record->longest_hand > totals->longest_hand)
        totals->longest_hand = record->longest_hand;
    totals->points_set += record->points_set;
    totals->points_made += record->points_made;
    for (size_t i = 0; i < 36; i++)
        totals->falls[i] += record->falls[i];
    census_add(&totals->final, record->final);
    census_add(&totals->session_rolls, (int64_t)record->rolls);
    if (record->end == SESSION_END_BUST)
        census_add(&totals->bust_rolls, (int64_t)record->rolls);
    else
        census_add(&totals->needed, record->needed);
    census_add(&totals->drawdown, record->drawdown);
    census_add(&totals->peak, record->peak);
    add_path(totals, session, record);
    for (size_t word = 0; word < CRAPS_WORDS; word++) {
        totals->touched.words[word] |= record->touched.words[word];
        for (uint64_t rest = record->touched.words[word]; rest != 0; rest &= rest - 1) {
            const size_t spot = 64 * word + (size_t)__builtin_ctzll(rest);
            add_bet(&totals->bets[spot], &record->bets[spot]);
        }
    }
}

static void merge_paths(struct totals *totals, const struct totals *from)
{
    for (size_t i = 0; i < totals->plan->points_count; i++) {
        census_merge(&totals->points[i], &from->points[i]);
        totals->bust_by[i] += from->bust_by[i];
    }
    for (size_t i = 0; i < RESULT_PATHS; i++) {
        if (!from->path_known[i])
            continue;
        totals->path_known[i] = true;
        totals->paths[i] = from->paths[i];
    }
}

static void merge_bets(struct totals *totals, const struct totals *from)
{
    for (size_t word = 0; word < CRAPS_WORDS; word++)
        totals->touched.words[word] |= from->touched.words[word];
    for (size_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const struct session_total *part = &from->bets[spot];
        add_bet(&totals->bets[spot], &part->sums);
        totals->bets[spot].placed_chips += part->placed_chips;
        totals->bets[spot].handle += part->handle;
        totals->bets[spot].vig += part->vig;
        totals->bets[spot].net += part->net;
    }
}

void totals_merge(struct totals *totals, const struct totals *from)
{
    struct census *to_censuses[CENSUSES];
    struct census *from_censuses[CENSUSES];
    censuses_of(totals, to_censuses);
    censuses_of((struct totals *)from, from_censuses);
    for (size_t i = 0; i < CENSUSES; i++)
        census_merge(to_censuses[i], from_censuses[i]);
    totals->sessions += from->sessions;
    for (size_t i = 0; i < SESSION_END_CUT; i++)
        totals->ends[i] += from->ends[i];
    totals->ahead += from->ahead;
    totals->even += from->even;
    totals->doubled += from->doubled;
    totals->rolls += from->rolls;
    totals->skipped += from->skipped;
    totals->risk_sum += from->risk_sum;
    if (from->risk_most > totals->risk_most)
        totals->risk_most = from->risk_most;
    totals->hands += from->hands;
    totals->hand_rolls += from->hand_rolls;
    if (from->longest_hand > totals->longest_hand)
        totals->longest_hand = from->longest_hand;
    totals->points_set += from->points_set;
    totals->points_made += from->points_made;
    for (size_t i = 0; i < 36; i++)
        totals->falls[i] += from->falls[i];
    merge_paths(totals, from);
    merge_bets(totals, from);
}
