/* SPDX-License-Identifier: MIT */
#include "simulate/result.h"

#include <stdlib.h>

const unsigned RESULT_PERCENTILE[RESULT_PERCENTILES] = {1, 5, 10, 25, 50, 75, 90, 95, 99};

void result_clear(struct result *result)
{
    free(result->points);
    free(result->paths);
    free(result->bets);
    result->points = NULL;
    result->paths = NULL;
    result->bets = NULL;
    result->points_count = result->paths_count = result->bets_count = 0;
}
