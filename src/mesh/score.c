/* SPDX-License-Identifier: MIT */
/* Scores and bans; see score.h. */
#include "mesh/score.h"

#include "base/check.h"

#include <string.h>

static const struct score_entry *find(const struct scores *scores, const struct node_id *node)
{
    for (size_t i = 0; i < SCORE_ENTRIES; i++)
        if (scores->entries[i].used && memcmp(&scores->entries[i].node, node, sizeof *node) == 0)
            return &scores->entries[i];
    return NULL;
}

/* Whether a gives way before b: the free one, the one not banned, the one longest unheard of. */
static bool gives_way(const struct score_entry *a, const struct score_entry *b, msec now)
{
    if (a->used != b->used)
        return !a->used;
    const bool a_banned = a->banned_until > now;
    const bool b_banned = b->banned_until > now;
    if (a_banned != b_banned)
        return !a_banned;
    return a->heard < b->heard;
}

static struct score_entry *find_or_make(struct scores *scores, msec now, const struct node_id *node)
{
    const struct score_entry *known = find(scores, node);
    if (known != NULL)
        return &scores->entries[known - scores->entries];
    struct score_entry *found = &scores->entries[0];
    for (size_t i = 1; i < SCORE_ENTRIES; i++)
        if (gives_way(&scores->entries[i], found, now))
            found = &scores->entries[i];
    *found = (struct score_entry){.used = true, .node = *node, .at = now, .heard = now};
    return found;
}

/*
 * The value now. Halved for each whole half-life, and along a straight line within one, which errs
 * by at most 6 % of the value and needs no fractions.
 */
static int32_t faded(const struct score_entry *entry, msec now)
{
    int64_t value = entry->value;
    const msec passed = now > entry->at ? now - entry->at : 0;
    const msec halves = passed / SCORE_HALF_LIFE_MSEC;
    if (halves >= 16)
        return 0; /* SCORE_MAX is below 2^16. */
    value /= (int64_t)1 << halves;
    const msec rest = passed % SCORE_HALF_LIFE_MSEC;
    return (int32_t)(value - value * rest / (2 * SCORE_HALF_LIFE_MSEC));
}

_Static_assert(SCORE_MAX < 1 << 16, "sixteen halvings leave nothing");

/* Fades only in whole minutes, so that rounding does not eat a value that is added to often. */
#define FADE_MSEC 60000

static void add(struct score_entry *entry, msec now, int32_t points)
{
    if (now - entry->at >= FADE_MSEC) {
        entry->value = faded(entry, now);
        entry->at = now;
    }
    entry->value += points;
    if (entry->value > SCORE_MAX)
        entry->value = SCORE_MAX;
    if (entry->value < -SCORE_MAX)
        entry->value = -SCORE_MAX;
    entry->heard = now;
}

void score_add(struct scores *scores, msec now, const struct node_id *node, int32_t points)
{
    CHECK(points >= -SCORE_MAX && points <= SCORE_MAX);
    add(find_or_make(scores, now, node), now, points);
}

bool score_bad(struct scores *scores, msec now, const struct node_id *node)
{
    struct score_entry *entry = find_or_make(scores, now, node);
    add(entry, now, SCORE_BAD);
    entry->bad[entry->bad_count % SCORE_BAD_MAX] = now;
    entry->bad_count++;
    if (entry->bad_count < SCORE_BAD_MAX)
        return false;
    const msec first = entry->bad[entry->bad_count % SCORE_BAD_MAX];
    if (now - first > SCORE_BAD_MSEC)
        return false;
    entry->banned_until = now + SCORE_BAN_MSEC;
    entry->bad_count = 0;
    return true;
}

int32_t score_of(const struct scores *scores, msec now, const struct node_id *node)
{
    const struct score_entry *entry = find(scores, node);
    return entry == NULL ? 0 : faded(entry, now);
}

bool score_refuses(const struct scores *scores, msec now, const struct node_id *node)
{
    const struct score_entry *entry = find(scores, node);
    return entry != NULL && (entry->banned_until > now || faded(entry, now) < SCORE_REFUSED);
}
