/* SPDX-License-Identifier: MIT */
/*
 * The texts that the build makes of strategies/ (texts.awk): their array, in the order of names.
 * Internal to strategy/library.c.
 */
#ifndef STRATEGY_TEXTS_H
#define STRATEGY_TEXTS_H

#include "strategy/library.h"

extern const struct strategy_source strategy_texts[];
extern const size_t strategy_texts_count;

#endif
