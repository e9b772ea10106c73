/* SPDX-License-Identifier: MIT */
#include "mesh/way.h"

#include "base/check.h"

#include <string.h>

_Static_assert(NEIGHBOURS_MAX <= 32, "a set of neighbours is the bits of a word");

size_t way_count(uint32_t set)
{
    size_t count = 0;
    for (; set != 0; set &= set - 1)
        count++;
    return count;
}

uint32_t way_others(const struct mesh *m, uint32_t neighbour, const struct short_id *source)
{
    uint32_t set = 0;
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++)
        if (m->neighbours[i].up && i != neighbour && !short_id_equal(&m->neighbours[i].id, source))
            set |= UINT32_C(1) << i;
    return set;
}

uint32_t way_links(const struct mesh *m, const uint8_t id[static SHORT_ID_SIZE])
{
    uint32_t set = 0;
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++)
        if (m->neighbours[i].up && memcmp(m->neighbours[i].id.bytes, id, SHORT_ID_SIZE) == 0)
            set |= UINT32_C(1) << i;
    return set;
}

bool way_is_for_us(const struct mesh *m, const struct packet *packet)
{
    if (packet->type == PACKET_DISCOVER || packet->type == PACKET_KEYS)
        return true;
    struct scope_id scope;
    memcpy(scope.bytes, packet->destination, SHORT_ID_SIZE);
    if (packet->type == PACKET_SCOPE)
        return mesh_joined(m, &scope);
    return memcmp(packet->destination, m->id.bytes, SHORT_ID_SIZE) == 0;
}

uint8_t way_hop_limit(const struct mesh *m, const struct packet *packet)
{
    uint8_t cap = packet->class <= MESH_CLASS_CONSENSUS ? HOP_LIMIT_MAX : m->hops_max;
    if (packet->type == PACKET_DISCOVER)
        cap = m->hops_max < HOP_LIMIT_MAX ? 1 : MESH_DISCOVER_HOPS;
    return (uint8_t)((packet->hop_limit < cap ? packet->hop_limit : cap) - 1);
}

void mesh_weigh(struct mesh *m, msec span, const int64_t rates[static NEIGHBOURS_MAX])
{
    CHECK(span > 0);
    uint64_t most = 0; /* In percent of a link. */
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++) {
        struct mesh_neighbour *neighbour = &m->neighbours[i];
        const uint64_t passed = neighbour->passed;
        neighbour->passed = 0;
        neighbour->rate = rates[i];
        if (!neighbour->up || rates[i] <= 0)
            continue;
        const uint64_t percent = passed * 100 * 1000 / ((uint64_t)rates[i] * (uint64_t)span);
        most = percent > most ? percent : most;
    }
    m->busy = most > MESH_BUSY_PERCENT ? m->busy + 1 : 0;
    if (most < MESH_CALM_PERCENT)
        m->hops_max = HOP_LIMIT_MAX;
    else if (m->busy >= MESH_BUSY_TIMES)
        m->hops_max = m->hops_max >= MESH_HOPS_LEAST + MESH_HOPS_STEP
                          ? (uint8_t)(m->hops_max - MESH_HOPS_STEP)
                          : MESH_HOPS_LEAST;
}

bool way_is_to_one(const struct packet *packet)
{
    return packet->type == PACKET_UNICAST || packet->type == PACKET_RECEIPT;
}

void mesh_near(struct mesh *m, msec now, uint32_t neighbour, struct bytes word)
{
    CHECK(neighbour < NEIGHBOURS_MAX);
    struct mesh_neighbour *from = &m->neighbours[neighbour];
    from->near_count = 0;
    if (word.size > MESH_NEAR_SIZE || word.size % SHORT_ID_SIZE != 0)
        return;
    from->near_count = word.size / SHORT_ID_SIZE;
    if (word.size > 0)
        memcpy(from->near, word.at, word.size);
    from->near_until = now + MESH_NEAR_MSEC;
}

size_t mesh_near_word(const struct mesh *m, uint32_t set, uint8_t word[static MESH_NEAR_SIZE])
{
    size_t size = 0;
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++) {
        if (!(set >> i & 1) || !m->neighbours[i].up)
            continue;
        memcpy(word + size, m->neighbours[i].id.bytes, SHORT_ID_SIZE);
        size += SHORT_ID_SIZE;
    }
    return size;
}

static bool is_near(const struct mesh_neighbour *neighbour, msec now, const struct short_id *id)
{
    if (now >= neighbour->near_until)
        return false;
    for (size_t i = 0; i < neighbour->near_count; i++)
        if (short_id_equal(&neighbour->near[i], id))
            return true;
    return false;
}

/*
 * Without those who get the packet anyway, over links that lose nothing: from its source, which
 * sends to all its neighbours, or from whom we have it, who passed it on to all but those of whom
 * the same is true.
 */
static uint32_t without_near(struct mesh *m, msec now, uint32_t neighbour,
                             const struct short_id *source, uint32_t set)
{
    const struct short_id *from = &m->neighbours[neighbour].id;
    uint32_t left = set;
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++)
        if ((set >> i & 1) &&
            (is_near(&m->neighbours[i], now, source) || is_near(&m->neighbours[i], now, from)))
            left &= ~(UINT32_C(1) << i);
    m->spared += way_count(set & ~left);
    return left;
}

uint32_t way_on(struct mesh *m, msec now, uint32_t neighbour, const struct packet *packet)
{
    if (way_hop_limit(m, packet) == 0)
        return 0;
    const uint32_t others = way_others(m, neighbour, &packet->source);
    if (packet->type == PACKET_SCOPE || packet->type == PACKET_DISCOVER ||
        packet->type == PACKET_KEYS)
        return without_near(m, now, neighbour, &packet->source, others);
    if (way_is_for_us(m, packet))
        return 0;
    if (!way_is_to_one(packet))
        return others;
    const uint32_t direct = way_links(m, packet->destination);
    if (direct != 0 || !(packet->flags & PACKET_FLOOD_FALLBACK))
        return direct & others;
    return others;
}
