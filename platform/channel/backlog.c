/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/channel/backlog.h"

#include "base/check.h"

#include <string.h>

/* In front of each datagram. */
struct entry {
    msec at;
    uint16_t size; /* Of the datagram. */
    uint8_t urgency;
};

#define NOTHING SIZE_MAX

_Static_assert(BACKLOG_BULK_SIZE <= BACKLOG_SIZE, "one message in pieces fits");

void backlog_init(struct backlog *b, uint8_t *bytes)
{
    *b = (struct backlog){.bytes = bytes};
}

static struct entry entry_at(const struct backlog *b, size_t at)
{
    struct entry entry;
    memcpy(&entry, b->bytes + at, sizeof entry);
    return entry;
}

static size_t size_of(const struct entry *entry)
{
    return sizeof *entry + entry->size;
}

/* Where the oldest entry of an urgency is, or NOTHING. */
static size_t oldest(const struct backlog *b, enum link_urgency urgency)
{
    for (size_t at = 0; at < b->used && b->waiting[urgency] > 0;) {
        const struct entry entry = entry_at(b, at);
        if (entry.urgency == urgency)
            return at;
        at += size_of(&entry);
    }
    return NOTHING;
}

static void take_out(struct backlog *b, size_t at)
{
    const struct entry entry = entry_at(b, at);
    const size_t size = size_of(&entry);
    memmove(b->bytes + at, b->bytes + at + size, b->used - at - size);
    b->used -= size;
    b->waiting[entry.urgency] -= size;
}

static void drop(struct backlog *b, size_t at)
{
    take_out(b, at);
    b->dropped++;
}

static msec life_of(enum link_urgency urgency)
{
    switch (urgency) {
    case LINK_URGENT:
        return BACKLOG_URGENT_MSEC;
    case LINK_PATIENT:
        return BACKLOG_PATIENT_MSEC;
    case LINK_BULK:
    case LINK_URGENCIES:
        break;
    }
    return BACKLOG_BULK_MSEC;
}

static void drop_stale(struct backlog *b, msec now)
{
    for (size_t at = 0; at < b->used;) {
        const struct entry entry = entry_at(b, at);
        if (now - entry.at > life_of((enum link_urgency)entry.urgency))
            drop(b, at);
        else
            at += size_of(&entry);
    }
}

/* What drains in BACKLOG_MSEC, as far as that is known. */
static size_t target(const struct backlog *b)
{
    return b->rate == 0 || b->rate * BACKLOG_MSEC / 1000 > BACKLOG_SIZE
               ? BACKLOG_SIZE
               : (size_t)(b->rate * BACKLOG_MSEC / 1000);
}

static bool bulk_fits(const struct backlog *b, size_t size)
{
    const size_t most = target(b) > BACKLOG_BULK_SIZE ? target(b) : BACKLOG_BULK_SIZE;
    return b->waiting[LINK_BULK] + size <= most && b->used + size <= BACKLOG_SIZE;
}

/* Until it fits, who is less urgent gives way; false: it does not fit even so. */
static bool make_room(struct backlog *b, enum link_urgency urgency, size_t size)
{
    while (b->used + size > BACKLOG_SIZE) {
        if (b->waiting[LINK_BULK] > 0)
            drop(b, oldest(b, LINK_BULK));
        else if (urgency == LINK_URGENT && b->waiting[LINK_PATIENT] > 0)
            drop(b, oldest(b, LINK_PATIENT));
        else
            return false;
    }
    return true;
}

static bool fits(struct backlog *b, msec now, enum link_urgency urgency, size_t size)
{
    if (urgency == LINK_BULK && bulk_fits(b, size))
        return true;
    drop_stale(b, now);
    if (urgency == LINK_BULK)
        return bulk_fits(b, size);
    while (b->waiting[LINK_PATIENT] > 0 &&
           b->waiting[LINK_URGENT] + b->waiting[LINK_PATIENT] + size > target(b))
        drop(b, oldest(b, LINK_PATIENT));
    return make_room(b, urgency, size);
}

bool backlog_put(struct backlog *b, msec now, enum link_urgency urgency, struct bytes datagram)
{
    CHECK(datagram.size > 0 && datagram.size <= FRAME_SIZE_MAX && urgency < LINK_URGENCIES);
    const struct entry entry = {
        .at = now, .size = (uint16_t)datagram.size, .urgency = (uint8_t)urgency};
    if (!fits(b, now, urgency, size_of(&entry))) {
        b->dropped++;
        return false;
    }
    if (b->used == 0) {
        b->since = now;
        b->drained = 0;
    }
    memcpy(b->bytes + b->used, &entry, sizeof entry);
    memcpy(b->bytes + b->used + sizeof entry, datagram.at, datagram.size);
    b->used += size_of(&entry);
    b->waiting[urgency] += size_of(&entry);
    return true;
}

/* Where that is which goes next, or NOTHING. */
static size_t next(const struct backlog *b)
{
    for (int urgency = 0; urgency < LINK_URGENCIES; urgency++) {
        const size_t at = oldest(b, (enum link_urgency)urgency);
        if (at != NOTHING)
            return at;
    }
    return NOTHING;
}

struct bytes backlog_next(const struct backlog *b)
{
    const size_t at = next(b);
    if (at == NOTHING)
        return (struct bytes){.size = 0};
    const struct entry entry = entry_at(b, at);
    return (struct bytes){.at = b->bytes + at + sizeof entry, .size = entry.size};
}

void backlog_shift(struct backlog *b, msec now)
{
    const size_t at = next(b);
    CHECK(at != NOTHING);
    b->drained += entry_at(b, at).size;
    take_out(b, at);
    const msec passed = now - b->since;
    if (passed < BACKLOG_RATE_MSEC)
        return;
    const int64_t rate = (int64_t)b->drained * 1000 / passed;
    b->rate = b->rate == 0 ? rate : b->rate + (rate - b->rate) / 4;
    b->since = now;
    b->drained = 0;
}
