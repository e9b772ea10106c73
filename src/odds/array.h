/* SPDX-License-Identifier: MIT */
/*
 * Arrays of the heap that grow. Running out of memory ends the process, as it does inside GMP,
 * whose numbers these arrays accompany.
 */
#ifndef ODDS_ARRAY_H
#define ODDS_ARRAY_H

#include <stdlib.h>

#include "base/check.h"

/* Room for at least count items of size bytes; *room is how many there is room for. */
static inline void *array_grow(void *array, size_t *room, size_t count, size_t size)
{
    if (count <= *room)
        return array;
    *room = count < 32 ? 64 : 2 * count;
    array = realloc(array, *room * size);
    CHECK(array != NULL);
    return array;
}

/* count items of size bytes, all zero. */
static inline void *array_make(size_t count, size_t size)
{
    void *array = calloc(count > 0 ? count : 1, size);
    CHECK(array != NULL);
    return array;
}

#endif
