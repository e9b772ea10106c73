/* SPDX-License-Identifier: MIT */
/* Counters that grow wider. */
#include "simulate/census.h"

#include <math.h>
#include <string.h>

#include "base/check.h"

void census_init(struct census *census, uint32_t *counters, size_t size)
{
    CHECK(size >= 2 && (size & (size - 1)) == 0);
    *census = (struct census){.counters = counters, .size = size};
}

/* Rounded down, whatever the sign: gcc and clang shift signed numbers arithmetically. */
static int64_t place_of(int64_t value, unsigned shift)
{
    return value >> shift;
}

static uint32_t *counter_at(const struct census *census, int64_t place)
{
    return &census->counters[(uint64_t)place & (census->size - 1)];
}

/* Whether least to most have counters of their own, of a width. */
static bool fits(const struct census *census, int64_t least, int64_t most, unsigned shift)
{
    return place_of(most, shift) - place_of(least, shift) < (int64_t)census->size;
}

/* Widens the counters until least to most fit, which include the values that were counted. */
static void widen(struct census *census, int64_t least, int64_t most)
{
    unsigned shift = census->shift;
    while (!fits(census, least, most, shift))
        shift++;
    if (shift == census->shift)
        return;
    if (census->count > 0) {
        uint32_t *before = census->counters + census->size;
        const int64_t first = place_of(census->least, census->shift);
        const int64_t last = place_of(census->most, census->shift);
        memcpy(before, census->counters, census->size * sizeof before[0]);
        memset(census->counters, 0, census->size * sizeof before[0]);
        for (int64_t place = first; place <= last; place++)
            *counter_at(census, place_of(place, shift - census->shift)) +=
                before[(uint64_t)place & (census->size - 1)];
    }
    census->shift = shift;
}

/* Makes least to most part of the range. */
static void reach(struct census *census, int64_t least, int64_t most)
{
    if (census->count > 0 && least >= census->least && most <= census->most)
        return;
    if (census->count > 0) {
        least = least < census->least ? least : census->least;
        most = most > census->most ? most : census->most;
    }
    widen(census, least, most);
    census->least = least;
    census->most = most;
}

void census_add(struct census *census, int64_t value)
{
    CHECK(census->count < UINT32_MAX);
    if (value > CENSUS_VALUE_MAX)
        value = CENSUS_VALUE_MAX;
    if (value < -CENSUS_VALUE_MAX)
        value = -CENSUS_VALUE_MAX;
    reach(census, value, value);
    ++*counter_at(census, place_of(value, census->shift));
    census->count++;
    census->sum += value;
    census->squares += (__int128)value * value;
}

void census_merge(struct census *census, const struct census *from)
{
    CHECK(census->size == from->size && census->count + from->count <= UINT32_MAX);
    if (from->count == 0)
        return;
    reach(census, from->least, from->most);
    /* The width of a part is no more than that of the whole. */
    CHECK(from->shift <= census->shift);
    const unsigned by = census->shift - from->shift;
    const int64_t first = place_of(from->least, from->shift);
    const int64_t last = place_of(from->most, from->shift);
    for (int64_t place = first; place <= last; place++)
        *counter_at(census, place_of(place, by)) += *counter_at(from, place);
    census->count += from->count;
    census->sum += from->sum;
    census->squares += from->squares;
}

int64_t census_width(const struct census *census)
{
    return (int64_t)1 << census->shift;
}

int64_t census_ranked(const struct census *census, uint64_t rank)
{
    if (census->count == 0)
        return 0;
    CHECK(rank >= 1 && rank <= census->count);
    int64_t place = place_of(census->least, census->shift);
    for (uint64_t below = *counter_at(census, place); below < rank;
         below += *counter_at(census, place))
        place++;
    const int64_t value = place * census_width(census);
    return value > census->least ? value : census->least;
}

int64_t census_percentile(const struct census *census, unsigned percent)
{
    CHECK(percent >= 1 && percent <= 100);
    return census_ranked(census, (census->count * percent + 99) / 100);
}

uint64_t census_between(const struct census *census, int64_t from, int64_t to)
{
    if (census->count == 0)
        return 0;
    int64_t first = place_of(census->least, census->shift);
    int64_t last = place_of(census->most, census->shift);
    const int64_t begin = place_of(from, census->shift);
    const int64_t end = place_of(to, census->shift) - 1;
    first = begin > first ? begin : first;
    last = end < last ? end : last;
    uint64_t count = 0;
    for (int64_t place = first; place <= last; place++)
        count += *counter_at(census, place);
    return count;
}

double census_mean(const struct census *census)
{
    return census->count > 0 ? (double)census->sum / (double)census->count : 0;
}

double census_deviation(const struct census *census)
{
    if (census->count < 2)
        return 0;
    /* count * squares - sum * sum may need more than 128 bits; the mean's rest is small. */
    const __int128 count = (__int128)census->count;
    const __int128 mean = census->sum / count;
    const __int128 rest = census->sum - mean * count;
    const __int128 about_mean = census->squares - mean * (2 * census->sum - mean * count);
    const double sum = (double)about_mean - (double)rest * (double)rest / (double)census->count;
    return sum > 0 ? sqrt(sum / (double)(census->count - 1)) : 0;
}

double census_mean_error(const struct census *census)
{
    return census->count > 0 ? census_deviation(census) / sqrt((double)census->count) : 0;
}
