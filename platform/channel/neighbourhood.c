/* SPDX-License-Identifier: MIT */
#include "platform/channel/neighbourhood.h"

#include <sodium.h>
#include <string.h>

void neighbourhood_init(struct neighbourhood *n, const uint8_t seed[static NEIGHBOURHOOD_SEED_SIZE])
{
    memset(n, 0, sizeof *n);
    memcpy(n->key, seed, sizeof n->key);
}

/* 0 to limit, evenly but for a part in millions. */
static msec draw(struct neighbourhood *n, msec limit)
{
    uint8_t seed[NEIGHBOURHOOD_SEED_SIZE];
    uint32_t number;
    memcpy(seed, n->key, sizeof seed);
    n->drawn++;
    for (size_t i = 0; i < sizeof n->drawn; i++)
        seed[i] ^= (uint8_t)(n->drawn >> (8 * i));
    randombytes_buf_deterministic(&number, sizeof number, seed);
    return (msec)(number % (uint32_t)(limit + 1));
}

struct found *neighbourhood_find(struct neighbourhood *n, const struct device *device,
                                 const struct device *adapter)
{
    for (size_t i = 0; i < FOUND_MAX; i++) {
        struct found *found = &n->found[i];
        if (found->used && memcmp(&found->end.device, device, sizeof *device) == 0 &&
            memcmp(&found->end.adapter, adapter, sizeof *adapter) == 0)
            return found;
    }
    return NULL;
}

/* A place for somebody new: a free one, or that of who failed most; NULL if nobody did. */
static struct found *place(struct neighbourhood *n)
{
    struct found *worst = NULL;
    for (size_t i = 0; i < FOUND_MAX; i++) {
        struct found *found = &n->found[i];
        if (!found->used)
            return found;
        if (found->failures > 0 && (worst == NULL || found->failures > worst->failures))
            worst = found;
    }
    return worst;
}

void neighbourhood_see(struct neighbourhood *n, msec now, const struct channel_end *end)
{
    struct found *found = neighbourhood_find(n, &end->device, &end->adapter);
    if (found != NULL && found->end.port == end->port && found->end.type == end->type) {
        found->seen = now;
        return;
    }
    if (found == NULL)
        found = place(n);
    if (found == NULL)
        return;
    const bool courteous = memcmp(&end->adapter, &end->device, sizeof end->device) > 0;
    *found = (struct found){.used = true,
                            .end = *end,
                            .seen = now,
                            .next = now + draw(n, FOUND_PROMPT_MSEC) +
                                    (courteous ? FOUND_COURTESY_MSEC : 0),
                            .backoff = FOUND_BACKOFF_MSEC};
}

struct found *neighbourhood_due(struct neighbourhood *n, msec now, const struct device *adapter)
{
    struct found *best = NULL;
    for (size_t i = 0; i < FOUND_MAX; i++) {
        struct found *found = &n->found[i];
        if (!found->used || found->next > now ||
            memcmp(&found->end.adapter, adapter, sizeof *adapter) != 0)
            continue;
        if (best == NULL || found->failures < best->failures ||
            (found->failures == best->failures && found->next < best->next))
            best = found;
    }
    return best;
}

void neighbourhood_failed(struct neighbourhood *n, msec now, struct found *found)
{
    found->failures++;
    found->next = now + found->backoff * 8 / 10 + draw(n, found->backoff * 4 / 10);
    found->backoff *= 2;
    if (found->backoff > FOUND_BACKOFF_MAX)
        found->backoff = FOUND_BACKOFF_MAX;
}

void neighbourhood_lost(struct neighbourhood *n, msec now, struct found *found)
{
    found->failures = 0;
    found->backoff = FOUND_BACKOFF_MSEC;
    found->next = now + draw(n, FOUND_PROMPT_MSEC);
}

void neighbourhood_forget(struct neighbourhood *n, const struct device *adapter)
{
    for (size_t i = 0; i < FOUND_MAX; i++)
        if (memcmp(&n->found[i].end.adapter, adapter, sizeof *adapter) == 0)
            n->found[i].used = false;
}

void neighbourhood_expire(struct neighbourhood *n, msec now)
{
    for (size_t i = 0; i < FOUND_MAX; i++)
        if (n->found[i].used && now >= n->found[i].seen + FOUND_SEEN_MSEC)
            n->found[i].used = false;
}
