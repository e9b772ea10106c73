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
 * A value fades in steps of a minute, each by 2^(-1/10), so ten of them halve it; what is left of a
 * minute waits for its end, so that rounding does not eat what is added to often.
 */
#define FADE_MSEC      60000
#define FADE_STEPS_MAX 200 /* By then 100 points are less than one unit: 2^-20 of them. */

_Static_assert(SCORE_HALF_LIFE_MSEC == 10 * FADE_MSEC, "ten steps are a half-life");

static int64_t fade_steps(const struct score_entry *entry, msec now)
{
    return now > entry->at ? (now - entry->at) / FADE_MSEC : 0;
}

/* The value now. */
static int32_t faded(const struct score_entry *entry, msec now)
{
    const int64_t steps = fade_steps(entry, now);
    if (steps >= FADE_STEPS_MAX)
        return 0;
    int32_t value = entry->value;
    for (int64_t i = 0; i < steps; i++)
        value = value * 933 / 1000;
    return value;
}

static void add(struct score_entry *entry, msec now, int32_t points)
{
    entry->value = faded(entry, now) + points;
    entry->at += fade_steps(entry, now) * FADE_MSEC;
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
