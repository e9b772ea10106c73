/* SPDX-License-Identifier: MIT */
#include "node/offer.h"

#include "base/check.h"

#include <string.h>

static bool same_neighbour(const struct node_id *a, const struct node_id *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* How many offers a neighbour would have. */
static size_t offers_by(const struct offer *offers, size_t count, const struct node_id *whose,
                        const struct node_id *by)
{
    size_t sum = same_neighbour(whose, by);
    for (size_t i = 0; i < count; i++)
        sum += same_neighbour(&offers[i].by, whose);
    return sum;
}

size_t offer_least(const struct offer *offers, size_t count, const struct node_id *by)
{
    size_t least = 0;
    size_t most = 0;
    CHECK(count > 0);
    for (size_t i = 0; i < count; i++) {
        const size_t sum = offers_by(offers, count, &offers[i].by, by);
        if (sum < most || (sum == most && offers[i].heard >= offers[least].heard))
            continue;
        least = i;
        most = sum;
    }
    return least;
}
