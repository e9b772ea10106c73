/* SPDX-License-Identifier: MIT */
#include "link/rate.h"

#include <string.h>

/* Lets the bucket fill up to now. Each millisecond adds count; an event costs span. */
static void fill(struct rate *rate, msec now, int64_t count, msec span)
{
    const int64_t full = count * span;
    if (!rate->used) {
        *rate = (struct rate){.used = true, .at = now, .left = full};
        return;
    }
    const msec passed = now - rate->at;
    if (passed <= 0)
        return;
    rate->at = now;
    rate->left =
        passed >= span || rate->left + passed * count > full ? full : rate->left + passed * count;
}

bool rate_take(struct rate *rate, msec now, int64_t count, msec span)
{
    fill(rate, now, count, span);
    if (rate->left < span)
        return false;
    rate->left -= span;
    return true;
}

int64_t rate_left(const struct rate *rate, msec now, int64_t count, msec span)
{
    struct rate filled = *rate;
    fill(&filled, now, count, span);
    return filled.left / span;
}

bool meter_take(struct meter *meter, msec now, const uint8_t key[static METER_KEY_SIZE],
                int64_t count, msec span)
{
    struct meter_entry *oldest = &meter->entries[0];
    for (size_t i = 0; i < METER_ENTRIES; i++) {
        struct meter_entry *entry = &meter->entries[i];
        if (entry->rate.used && memcmp(entry->key, key, METER_KEY_SIZE) == 0)
            return rate_take(&entry->rate, now, count, span);
        if (oldest->rate.used && (!entry->rate.used || entry->rate.at < oldest->rate.at))
            oldest = entry;
    }
    memcpy(oldest->key, key, METER_KEY_SIZE);
    oldest->rate.used = false;
    return rate_take(&oldest->rate, now, count, span);
}
