/* SPDX-License-Identifier: MIT */
#include "link/recent.h"

#include "base/check.h"

#include <string.h>

/* In front of each record. */
struct entry {
    msec at;
    uint32_t peer; /* UINT32_MAX: forgotten. */
    uint32_t size;
};

static struct entry entry_at(const struct recent *r, size_t at)
{
    struct entry entry;
    CHECK(at + sizeof entry <= r->used);
    memcpy(&entry, r->bytes + at, sizeof entry);
    CHECK(at + sizeof entry + entry.size <= r->used);
    return entry;
}

/* What is too old goes, and of the rest as much as the room asks for and a quarter, to do it
 * seldom. */
static void make_room(struct recent *r, msec now, size_t size)
{
    size_t at = 0;
    while (at < r->used) {
        const struct entry entry = entry_at(r, at);
        const bool old = now - entry.at > RECENT_MSEC || entry.peer == UINT32_MAX;
        if (!old && r->used - at + size <= RECENT_SIZE / 4 * 3)
            break;
        r->lost += !old;
        at += sizeof entry + entry.size;
    }
    memmove(r->bytes, r->bytes + at, r->used - at);
    r->used -= at;
}

void recent_keep(struct recent *r, msec now, uint32_t peer, struct bytes header, struct bytes body)
{
    const struct entry entry = {
        .at = now, .peer = peer, .size = (uint32_t)(header.size + body.size)};
    const size_t size = sizeof entry + entry.size;
    CHECK(size <= RECENT_SIZE / 2);
    if (r->used + size > RECENT_SIZE)
        make_room(r, now, size);
    uint8_t *to = r->bytes + r->used;
    memcpy(to, &entry, sizeof entry);
    memcpy(to + sizeof entry, header.at, header.size);
    if (body.size > 0)
        memcpy(to + sizeof entry + header.size, body.at, body.size);
    r->used += size;
}

bool recent_next(const struct recent *r, msec now, uint32_t peer, size_t *at, struct bytes *record)
{
    while (*at < r->used) {
        const struct entry entry = entry_at(r, *at);
        const uint8_t *bytes = r->bytes + *at + sizeof entry;
        *at += sizeof entry + entry.size;
        if (entry.peer != peer || now - entry.at > RECENT_MSEC)
            continue;
        *record = (struct bytes){.at = bytes, .size = entry.size};
        return true;
    }
    return false;
}

void recent_forget(struct recent *r, uint32_t peer)
{
    for (size_t at = 0; at < r->used;) {
        struct entry entry = entry_at(r, at);
        if (entry.peer == peer) {
            entry.peer = UINT32_MAX;
            memcpy(r->bytes + at, &entry, sizeof entry);
        }
        at += sizeof entry + entry.size;
    }
}
