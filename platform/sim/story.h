/* SPDX-License-Identifier: MIT */
/*
 * The story of a seed in words that a person can follow: one line for each thing that happens, with
 * the virtual time. Of what is final the first seat to know it tells.
 */
#ifndef SIM_STORY_H
#define SIM_STORY_H

#include "platform/sim/liar.h"
#include "table/event.h"

#include <stdio.h>

struct story {
    FILE *file; /* NULL: nobody listens. */
    msec start;
    msec now;
};

/* "   1.234 s  " and the sentence. */
__attribute__((format(printf, 2, 3))) void story_tell(const struct story *story, const char *format,
                                                      ...);

/* A table's event; context: the story. */
void story_event(void *context, const struct table_event *event);

/* Who lies and how. */
void story_liar(const struct story *story, unsigned person, uint32_t habits);

#endif
