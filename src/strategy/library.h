/* SPDX-License-Identifier: MIT */
/*
 * The strategies that come with the program: the texts of strategies/, embedded when it is built.
 * Pure; any thread.
 */
#ifndef STRATEGY_LIBRARY_H
#define STRATEGY_LIBRARY_H

#include "base/types.h"

/* A text that strategy_parse() compiles. */
struct strategy_source {
    const char *name; /* As a command's argument: "3-point-molly". */
    struct bytes text;
};

/* The source at an index, in the order of names; NULL after the last. */
const struct strategy_source *strategy_library_at(size_t index);

/* The source of a name; case, blanks, hyphens and apostrophes do not matter. NULL: none. */
const struct strategy_source *strategy_library_find(struct bytes name);

#endif
