/* SPDX-License-Identifier: MIT */
/* Token buckets; see bucket.h. */
#include "mesh/bucket.h"

#include "base/check.h"

bool bucket_take(struct bucket *bucket, msec now, int64_t tokens, int64_t per_span, msec span,
                 int64_t burst)
{
    CHECK(tokens >= 0 && per_span >= 0 && span > 0 && burst > 0 && burst <= INT64_MAX / span);
    const int64_t full = burst * span;
    if (!bucket->used)
        *bucket = (struct bucket){.used = true, .at = now, .left = full};
    if (now > bucket->at) {
        const msec passed = now - bucket->at;
        /* Divided, since passed * per_span may overflow after a long silence. */
        if (per_span > 0 && passed >= (full - bucket->left) / per_span + 1)
            bucket->left = full;
        else
            bucket->left += passed * per_span;
        if (bucket->left > full)
            bucket->left = full;
        bucket->at = now;
    }
    if (tokens > burst || bucket->left < tokens * span)
        return false;
    bucket->left -= tokens * span;
    return true;
}
