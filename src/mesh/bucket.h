/* SPDX-License-Identifier: MIT */
/*
 * A token bucket: how much of something may happen, in steady state and at once. Pure, exact: what
 * is left is kept in tokens times milliseconds, so nothing is lost to rounding. Called by mesh.c.
 */
#ifndef MESH_BUCKET_H
#define MESH_BUCKET_H

#include "base/types.h"

/* All zero: full at its first use. */
struct bucket {
    bool used;
    msec at;      /* When left was true. */
    int64_t left; /* Tokens times the span. */
};

/*
 * Takes tokens from a bucket that gains per_span tokens each span milliseconds and holds at most
 * burst. False, and nothing taken, when there are not so many.
 */
bool bucket_take(struct bucket *bucket, msec now, int64_t tokens, int64_t per_span, msec span,
                 int64_t burst);

#endif
