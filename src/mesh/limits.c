/* SPDX-License-Identifier: MIT */
#include "mesh/limits.h"

#include "mesh/way.h"

#define SEC_MSEC 1000

/* The bucket of an origin through a link; the longest unused gives way to a new one. */
static struct bucket *origin_bucket(struct mesh *m, msec now, const struct short_id *source,
                                    uint32_t neighbour)
{
    struct mesh_origin *oldest = &m->origins[0];
    for (size_t i = 0; i < m->origins_count; i++) {
        struct mesh_origin *origin = &m->origins[i];
        if (origin->neighbour == neighbour && short_id_equal(&origin->source, source)) {
            origin->used = now;
            return &origin->bucket;
        }
        if (origin->used < oldest->used)
            oldest = origin;
    }
    if (m->origins_count < MESH_ORIGINS)
        oldest = &m->origins[m->origins_count++];
    *oldest = (struct mesh_origin){.source = *source, .neighbour = neighbour, .used = now};
    return &oldest->bucket;
}

static bool unknown_limits(struct mesh *m, msec now, struct mesh_neighbour *from)
{
    const int64_t per_sec = m->config.foreign_per_sec;
    return bucket_take(&from->unknown, now, 1, per_sec, MESH_UNKNOWN_PART * SEC_MSEC,
                       MESH_UNKNOWN_BURST);
}

bool limits_heard(struct mesh *m, msec now, const struct short_id *source)
{
    return bucket_take(origin_bucket(m, now, source, TARGET_ALL), now, 1, 1, MESH_HEARD_MSEC,
                       MESH_HEARD_BURST);
}

bool limits_checks(struct mesh *m, msec now, uint32_t neighbour, unsigned signatures)
{
    const int64_t per_sec = (int64_t)m->config.foreign_per_sec * MESH_CHECKS_SHARE;
    return bucket_take(&m->neighbours[neighbour].checks, now, signatures, per_sec, SEC_MSEC,
                       2 * per_sec);
}

/* The limits on what is checked, whatever its origin: only the time that it takes. */
static enum mesh_verdict checked_limits(struct mesh *m, msec now, uint32_t neighbour,
                                        const struct packet *packet, unsigned signatures)
{
    return limits_checks(m, now, neighbour, signatures) &&
                   bucket_take(&m->neighbours[neighbour].checks_bytes, now,
                               (int64_t)packet_size(packet), MESH_CHECKS_BYTES, SEC_MSEC,
                               2 * MESH_CHECKS_BYTES)
               ? MESH_FORWARDED
               : MESH_DROP_RATE_CHECKS;
}

enum mesh_standing limits_look(const struct mesh *m, const struct packet *packet,
                               unsigned *signatures)
{
    const struct mesh_judge *judge = &m->config.judge;
    *signatures = 0;
    if (packet->type != PACKET_SCOPE && packet->type != PACKET_UNICAST)
        return MESH_STANDING_KNOWN;
    const enum mesh_standing standing = judge->look == NULL
                                            ? MESH_STANDING_UNKNOWN
                                            : judge->look(judge->context, packet, signatures);
    /* Pieces of what is for one node do not say of which table they are. */
    return standing == MESH_STANDING_UNKNOWN && packet->type == PACKET_UNICAST ? MESH_STANDING_KNOWN
                                                                               : standing;
}

/* Whether a packet is a piece of an object of which nothing is held yet. */
static bool begins_object(const struct mesh *m, const struct packet *packet)
{
    const struct piece_owner owner = piece_owner_of(packet);
    return (packet->flags & PACKET_PIECE) && !pieces_hold(&m->pieces, &owner, packet->body);
}

enum mesh_verdict limits_unchecked(struct mesh *m, msec now, uint32_t neighbour,
                                   const struct packet *packet, enum mesh_standing standing)
{
    struct mesh_neighbour *from = &m->neighbours[neighbour];
    const int64_t per_sec = m->config.foreign_per_sec;
    if (!bucket_take(origin_bucket(m, now, &packet->source, neighbour), now, 1,
                     MESH_FOREIGN_ORIGIN_PER_SEC, SEC_MSEC, MESH_FOREIGN_ORIGIN_BURST))
        return MESH_DROP_RATE_ORIGIN;
    if (standing == MESH_STANDING_UNKNOWN && !unknown_limits(m, now, from))
        return MESH_DROP_RATE_FOREIGN;
    if (!bucket_take(&from->foreign, now, 1, per_sec, SEC_MSEC, 2 * per_sec) ||
        !bucket_take(&from->foreign_bytes, now, (int64_t)packet_size(packet),
                     MESH_FOREIGN_BYTES_PER_SEC, SEC_MSEC, 2 * MESH_FOREIGN_BYTES_PER_SEC))
        return MESH_DROP_RATE_FOREIGN;
    return MESH_FORWARDED;
}

/* Pieces of what may be a statement of a table that is known wait until it is whole. */
static bool is_to_be_held(const struct mesh *m, const struct packet *packet)
{
    return m->config.judge.holds != NULL && packet->type == PACKET_SCOPE &&
           (packet->flags & (PACKET_PIECE | PACKET_SIGNED | PACKET_ENCRYPTED)) == PACKET_PIECE;
}

static enum mesh_verdict held_limits(struct mesh *m, msec now, uint32_t neighbour,
                                     const struct packet *packet)
{
    if (begins_object(m, packet) &&
        !bucket_take(&m->neighbours[neighbour].objects, now, 1, MESH_OBJECTS_PER_SEC, SEC_MSEC,
                     MESH_OBJECTS_BURST))
        return MESH_DROP_RATE_CHECKS;
    return checked_limits(m, now, neighbour, packet, 0);
}

/* The limits on what is relayed for others. */
static enum mesh_verdict foreign_limits(struct mesh *m, msec now, uint32_t neighbour,
                                        const struct packet *packet, enum passing *passing)
{
    unsigned signatures;
    if (m->config.foreign_per_sec == 0)
        return MESH_DROP_RATE_FOREIGN;
    const enum mesh_standing standing = limits_look(m, packet, &signatures);
    if (standing == MESH_STANDING_SIGNED) {
        *passing = PASSING_CHECKED;
        return checked_limits(m, now, neighbour, packet, signatures);
    }
    if (standing == MESH_STANDING_KNOWN && is_to_be_held(m, packet)) {
        *passing = PASSING_HELD;
        return held_limits(m, now, neighbour, packet);
    }
    return limits_unchecked(m, now, neighbour, packet, standing);
}

/* One list may go over it, so that small ones do not keep a large one out for ever. */
static bool keys_fit(struct mesh_neighbour *to, msec now, size_t size)
{
    if (to->rate <= 0)
        return true;
    if (to->keys_after < now - MESH_KEYS_PART_MSEC)
        to->keys_after = now - MESH_KEYS_PART_MSEC;
    if (to->keys_after > now)
        return false;
    const size_t sent = size + piece_count(size) * PACKET_HEADER_SIZE;
    to->keys_after += (msec)(sent * MESH_KEYS_PART * SEC_MSEC / (uint64_t)to->rate);
    return true;
}

uint32_t limits_keys_to(struct mesh *m, msec now, uint32_t set, size_t size)
{
    uint32_t fit = 0;
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++)
        if ((set >> i & 1) != 0 && keys_fit(&m->neighbours[i], now, size))
            fit |= UINT32_C(1) << i;
    return fit;
}

static enum mesh_verdict keys_limits(struct mesh *m, msec now, uint32_t neighbour,
                                     const struct packet *packet, enum passing *passing)
{
    struct mesh_neighbour *from = &m->neighbours[neighbour];
    if (packet->flags & PACKET_PIECE)
        *passing = PASSING_HELD;
    if (m->config.foreign_per_sec == 0)
        return MESH_DROP_RATE_FOREIGN;
    const bool begins = !(packet->flags & PACKET_PIECE) || begins_object(m, packet);
    return bucket_take(&from->keys, now, 1, MESH_KEYS_PER_SEC, SEC_MSEC, MESH_KEYS_BURST) &&
                   (!begins || bucket_take(&from->keys_lists, now, 1, MESH_KEYS_LISTS_PER_SEC,
                                           SEC_MSEC, MESH_KEYS_LISTS_BURST))
               ? MESH_FORWARDED
               : MESH_DROP_RATE_KEYS;
}

enum mesh_verdict limits_admit(struct mesh *m, msec now, uint32_t neighbour,
                               const struct packet *packet, enum passing *passing)
{
    *passing = PASSING_AS_IT_IS;
    if (packet->type == PACKET_KEYS)
        return keys_limits(m, now, neighbour, packet, passing);
    if (packet->type == PACKET_DISCOVER)
        return bucket_take(&m->neighbours[neighbour].discover, now, 1, 1, MESH_DISCOVER_LINK_MSEC,
                           MESH_DISCOVER_LINK_BURST)
                   ? MESH_FORWARDED
                   : MESH_DROP_RATE_DISCOVER;
    if (way_is_for_us(m, packet))
        return begins_object(m, packet) &&
                       !bucket_take(&m->neighbours[neighbour].objects, now, 1, MESH_OBJECTS_PER_SEC,
                                    SEC_MSEC, MESH_OBJECTS_BURST)
                   ? MESH_DROP_RATE_LINK
                   : MESH_FORWARDED;
    if (way_hop_limit(m, packet) == 0)
        return MESH_DROP_HOPS;
    return foreign_limits(m, now, neighbour, packet, passing);
}
