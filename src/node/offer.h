/* SPDX-License-Identifier: MIT */
/*
 * Which of the tables heard of gives way when there is room for no more: a fair share for every
 * neighbour that brings offers, so that one who invents them displaces only its own. Pure; called
 * by a worker.
 */
#ifndef NODE_OFFER_H
#define NODE_OFFER_H

#include "base/types.h"

/* A table that this node heard of and did not join. */
struct offer {
    struct node_id by; /* The neighbour that brought it first. */
    msec heard;        /* When last. */
};

/*
 * The index of the offer that gives way to one that a neighbour brings now: of the neighbour with
 * the most, the new one counted, that which was not heard of for longest. count is at least 1.
 */
size_t offer_least(const struct offer *offers, size_t count, const struct node_id *by);

#endif
