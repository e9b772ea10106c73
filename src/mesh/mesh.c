/* SPDX-License-Identifier: MIT */
/*
 * Flooding, limits and delivery; see mesh.h.
 *
 * The order in mesh_receive is the defence: what is cheap comes first, a second sight costs one
 * hash, nothing is remembered before it is within its limits, and a signature is only verified of
 * what is new. Timer: only that of unfinished objects (piece.h).
 */
#include "mesh/mesh.h"

#include "base/check.h"
#include "mesh/limits.h"
#include "mesh/way.h"

#include <sodium.h>
#include <string.h>

/* Where floods start; classes 0 and 1 and what must reach far use HOP_LIMIT_MAX. */
#define HOP_LIMIT_START      24
#define HOP_LIMIT_START_MORE 8

void mesh_init(struct mesh *m, const struct mesh_config *config)
{
    CHECK(config->secret != NULL && config->foreign_per_sec <= 1000000);
    memset(m, 0, sizeof *m);
    m->config = *config;
    m->id = short_id_of(&config->node);
    m->hops_max = HOP_LIMIT_MAX;
    seen_init(&m->seen, config->random);
    pieces_init(&m->pieces);
}

bool mesh_link_up(struct mesh *m, msec now, uint32_t neighbour, const struct node_id *node,
                  const struct public_key *key)
{
    CHECK(neighbour < NEIGHBOURS_MAX && !m->neighbours[neighbour].up);
    const struct short_id id = short_id_of(node);
    const struct short_id of_key = short_id_of_key(key);
    CHECK(short_id_equal(&id, &of_key));
    if (short_id_equal(&id, &m->id) || score_refuses(&m->scores, now, node) ||
        !book_add(&m->book, &id, key))
        return false;
    book_hold(&m->book, &id);
    m->neighbours[neighbour] = (struct mesh_neighbour){.up = true, .node = *node, .id = id};
    return true;
}

void mesh_link_down(struct mesh *m, uint32_t neighbour)
{
    CHECK(neighbour < NEIGHBOURS_MAX);
    if (!m->neighbours[neighbour].up)
        return;
    book_release(&m->book, &m->neighbours[neighbour].id);
    m->neighbours[neighbour].up = false;
}

/* Where a scope is among those joined, or scopes_count. */
static size_t scope_index(const struct mesh *m, const uint8_t scope[static SHORT_ID_SIZE])
{
    size_t i = 0;
    while (i < m->scopes_count && memcmp(m->scopes[i].bytes, scope, SHORT_ID_SIZE) != 0)
        i++;
    return i;
}

bool mesh_joined(const struct mesh *m, const struct scope_id *scope)
{
    return scope_index(m, scope->bytes) < m->scopes_count;
}

bool mesh_join(struct mesh *m, const struct scope_id *scope)
{
    if (mesh_joined(m, scope))
        return true;
    if (m->scopes_count == SCOPES_MAX)
        return false;
    m->scopes[m->scopes_count++] = *scope;
    return true;
}

void mesh_leave(struct mesh *m, const struct scope_id *scope)
{
    const size_t i = scope_index(m, scope->bytes);
    if (i < m->scopes_count)
        m->scopes[i] = m->scopes[--m->scopes_count];
}

/* ---- Sending -----------------------------------------------------------------------------------
 */

/* Appends a copy of a packet once and a send to each of a set, all of the same bytes, which are
 * returned for the caller to finish; NULL when there is no room. */
static uint8_t *send_to(struct mesh *m, uint32_t set, struct bytes packet, struct outbox *out)
{
    uint8_t *at = NULL;
    struct effect first = {0};
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++) {
        if ((set >> i & 1) == 0)
            continue;
        if (at == NULL) {
            at = outbox_reserve(out, MESH_EFFECT_SEND, i, packet.size);
            if (at == NULL)
                return NULL;
            memcpy(at, packet.at, packet.size);
            first = out->effects[out->count - 1];
        } else {
            if (outbox_reserve(out, MESH_EFFECT_SEND, i, 0) == NULL)
                return at;
            out->effects[out->count - 1].offset = first.offset;
            out->effects[out->count - 1].size = first.size;
        }
        m->sent++;
    }
    return at;
}

/* Keeps an announcement: in the place of that origin's oldest if it has its share, else of the
 * oldest of all. */
static void note(struct mesh *m, msec now, const struct short_id *source, struct bytes packet)
{
    struct mesh_notice *oldest = &m->notices[0];
    struct mesh_notice *own = NULL;
    unsigned count = 0;
    for (unsigned i = 0; i < MESH_NOTICES; i++) {
        struct mesh_notice *notice = &m->notices[i];
        if (notice->size == 0 || (oldest->size > 0 && notice->at < oldest->at))
            oldest = notice;
        if (notice->size == 0 || !short_id_equal(&notice->source, source))
            continue;
        count++;
        if (own == NULL || notice->at < own->at)
            own = notice;
    }
    struct mesh_notice *place = count < MESH_NOTICES_ORIGIN ? oldest : own;
    place->at = now;
    place->source = *source;
    place->size = packet.size;
    memcpy(place->packet, packet.at, packet.size);
}

/* Encodes, signs if flags say so, remembers as seen, and sends a packet of our own. */
static void originate(struct mesh *m, msec now, uint32_t set, struct packet *packet,
                      struct outbox *out)
{
    uint8_t bytes[PACKET_SIZE_MAX];
    packet->source = m->id;
    packet->boot = m->config.boot;
    packet->sequence = ++m->sequence;
    const size_t size = packet_encode(packet, bytes);
    if (packet->flags & PACKET_SIGNED)
        packet_sign(bytes, size, m->config.secret);
    const struct bytes view = {.at = bytes, .size = size};
    const struct seen_key key = seen_key_of(&m->seen, view);
    seen_insert(&m->seen, now, &key);
    if (packet->type == PACKET_DISCOVER)
        note(m, now, &m->id, view);
    (void)send_to(m, set, view, out);
}

/* Starts lower than the maximum at random, so that relays cannot tell how far the origin is. */
static uint8_t hop_limit_start(const struct mesh *m, enum mesh_class class)
{
    if (class <= MESH_CLASS_CONSENSUS)
        return HOP_LIMIT_MAX;
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, (const uint8_t *)&m->sequence, sizeof m->sequence, m->config.random);
    return (uint8_t)(HOP_LIMIT_START + hash[0] % HOP_LIMIT_START_MORE);
}

_Static_assert(HOP_LIMIT_START + HOP_LIMIT_START_MORE - 1 <= HOP_LIMIT_MAX, "a hop limit");
_Static_assert(crypto_shorthash_KEYBYTES == SEEN_KEY_SIZE, "one random key for both");

/* Sends an object as one packet or in pieces. */
static void send_object(struct mesh *m, msec now, uint32_t set, struct packet *packet,
                        struct bytes object, struct outbox *out)
{
    CHECK(object.size >= 1 && object.size <= MESSAGE_SIZE_MAX);
    if (object.size <= PACKET_BODY_MAX) {
        packet->body = object;
        originate(m, now, set, packet, out);
        return;
    }
    struct digest digest;
    crypto_generichash(digest.bytes, sizeof digest.bytes, object.at, object.size, NULL, 0);
    packet->flags |= PACKET_PIECE;
    uint8_t body[PACKET_BODY_MAX];
    const size_t parts = piece_count(object.size);
    for (size_t part = 0; part < parts; part++) {
        packet->body = (struct bytes){.at = body, .size = piece_cut(object, &digest, part, body)};
        originate(m, now, set, packet, out);
    }
}

size_t mesh_publish(struct mesh *m, msec now, const struct scope_id *scope, enum mesh_class class,
                    struct bytes object, uint8_t flags, struct outbox *out)
{
    CHECK((flags & ~(PACKET_SIGNED | PACKET_ENCRYPTED | PACKET_DURABLE)) == 0);
    const uint32_t set = way_others(m, TARGET_ALL, &m->id);
    struct packet packet = {.class = (uint8_t) class,
                            .type = PACKET_SCOPE,
                            .flags = flags,
                            .hop_limit = hop_limit_start(m, class)};
    memcpy(packet.destination, scope->bytes, SHORT_ID_SIZE);
    if (set != 0)
        send_object(m, now, set, &packet, object, out);
    return way_count(set);
}

size_t mesh_unicast(struct mesh *m, msec now, const struct short_id *destination,
                    enum mesh_class class, struct bytes object, uint8_t flags, struct outbox *out)
{
    CHECK((flags & ~(PACKET_SIGNED | PACKET_ENCRYPTED | PACKET_DURABLE | PACKET_FLOOD_FALLBACK)) ==
          0);
    if (short_id_equal(destination, &m->id))
        return 0;
    uint32_t set = way_links(m, destination->bytes);
    if (set == 0 && (flags & PACKET_FLOOD_FALLBACK))
        set = way_others(m, TARGET_ALL, &m->id);
    struct packet packet = {.class = (uint8_t) class,
                            .type = PACKET_UNICAST,
                            .flags = flags,
                            .hop_limit = hop_limit_start(m, class)};
    memcpy(packet.destination, destination->bytes, SHORT_ID_SIZE);
    if (set != 0)
        send_object(m, now, set, &packet, object, out);
    return way_count(set);
}

void mesh_announce_keys(struct mesh *m, msec now, const struct scope_id *scope, struct bytes object,
                        struct outbox *out)
{
    const uint32_t set = limits_keys_to(m, now, way_others(m, TARGET_ALL, &m->id), object.size);
    struct packet packet = {.class = MESH_CLASS_BULK,
                            .type = PACKET_KEYS,
                            .hop_limit = hop_limit_start(m, MESH_CLASS_BULK)};
    memcpy(packet.destination, scope->bytes, SHORT_ID_SIZE);
    if (set != 0)
        send_object(m, now, set, &packet, object, out);
}

bool mesh_discover(struct mesh *m, msec now, struct bytes object, struct outbox *out)
{
    CHECK(object.size >= 1 && object.size <= MESH_DISCOVER_SIZE_MAX);
    if (!bucket_take(&m->discover, now, 1, 1, MESH_DISCOVER_MSEC, MESH_DISCOVER_BURST))
        return false;
    uint8_t body[PACKET_BODY_MAX];
    memcpy(body, m->config.key.bytes, PUBLIC_KEY_SIZE);
    memcpy(body + PUBLIC_KEY_SIZE, object.at, object.size);
    /* It waits for who is near later (mesh_retell), and for nobody's sake must anything else wait.
     */
    struct packet packet = {.class = MESH_CLASS_BULK,
                            .type = PACKET_DISCOVER,
                            .flags = PACKET_SIGNED,
                            .hop_limit = MESH_DISCOVER_HOPS,
                            .body = {.at = body, .size = PUBLIC_KEY_SIZE + object.size}};
    originate(m, now, way_others(m, TARGET_ALL, &m->id), &packet, out);
    return true;
}

/* ---- Receiving ---------------------------------------------------------------------------------
 */

/* A bad thing by a neighbour; the third within a minute closes its link. */
static void blame(struct mesh *m, msec now, uint32_t neighbour, struct outbox *out)
{
    if (score_bad(&m->scores, now, &m->neighbours[neighbour].node))
        (void)outbox_reserve(out, MESH_EFFECT_CLOSE, neighbour, 0);
}

/*
 * A DISCOVER proves its source by itself, so every relay can check it and whoever passes on a bad
 * one is to blame.
 */
static enum mesh_verdict check_discover(struct mesh *m, msec now, uint32_t neighbour,
                                        const struct packet *packet, struct bytes bytes,
                                        struct mesh_delivery *delivery, struct outbox *out)
{
    if (packet->signature == NULL || packet->body.size <= PUBLIC_KEY_SIZE ||
        (packet->flags & PACKET_PIECE)) {
        blame(m, now, neighbour, out);
        return MESH_DROP_MALFORMED;
    }
    memcpy(delivery->key.bytes, packet->body.at, PUBLIC_KEY_SIZE);
    const struct short_id id = short_id_of_key(&delivery->key);
    if (!short_id_equal(&id, &packet->source)) {
        blame(m, now, neighbour, out);
        return MESH_DROP_KEY;
    }
    if (!packet_verify(bytes, &delivery->key)) {
        blame(m, now, neighbour, out);
        return MESH_DROP_SIGNATURE;
    }
    if (!book_add(&m->book, &id, &delivery->key))
        return MESH_DROP_KEY;
    if (!limits_heard(m, now, &id))
        return MESH_DROP_RATE_DISCOVER;
    delivery->authentic = true;
    return MESH_FORWARDED;
}

/*
 * A signature is checked if its key is known. A bad one is held against the neighbour only if it
 * claims to have signed: an honest relay without the key cannot tell.
 */
static enum mesh_verdict check_signature(struct mesh *m, msec now, uint32_t neighbour,
                                         const struct packet *packet, struct bytes bytes,
                                         struct mesh_delivery *delivery, struct outbox *out)
{
    if (packet->signature == NULL)
        return MESH_FORWARDED;
    const struct public_key *key = book_find(&m->book, &packet->source);
    if (key == NULL)
        return MESH_FORWARDED;
    if (!packet_verify(bytes, key)) {
        if (short_id_equal(&packet->source, &m->neighbours[neighbour].id))
            blame(m, now, neighbour, out);
        return MESH_DROP_SIGNATURE;
    }
    delivery->authentic = true;
    return MESH_FORWARDED;
}

/* What the judge says of a statement. A bad one is held against its neighbour as above. */
static enum mesh_verdict check_statement(struct mesh *m, msec now, uint32_t neighbour,
                                         const struct packet *packet, struct outbox *out)
{
    if (m->config.judge.holds(m->config.judge.context, packet))
        return MESH_FORWARDED;
    m->neighbours[neighbour].forged++;
    if (short_id_equal(&packet->source, &m->neighbours[neighbour].id))
        blame(m, now, neighbour, out);
    return MESH_DROP_STATEMENT;
}

static void forward(struct mesh *m, uint32_t set, const struct packet *packet, struct bytes bytes,
                    msec held, struct outbox *out)
{
    uint8_t *at = send_to(m, set, bytes, out);
    if (at == NULL)
        return;
    if (!way_is_for_us(m, packet))
        for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++)
            m->neighbours[i].passed += (set >> i & 1) != 0 ? bytes.size : 0;
    at[3] = way_hop_limit(m, packet);
    packet_add_age(at,
                   held + PACKET_AGE_UNIT_MSEC); /* So that age grows even where nothing waits. */
}

void mesh_retell(struct mesh *m, msec now, uint32_t neighbour, struct outbox *out)
{
    CHECK(neighbour < NEIGHBOURS_MAX && m->neighbours[neighbour].up);
    const uint32_t set = UINT32_C(1) << neighbour;
    for (unsigned i = 0; i < MESH_NOTICES; i++) {
        const struct mesh_notice *notice = &m->notices[i];
        const struct bytes bytes = {.at = notice->packet, .size = notice->size};
        struct packet packet;
        if (notice->size == 0 || short_id_equal(&notice->source, &m->neighbours[neighbour].id))
            continue;
        CHECK(packet_decode(bytes, &packet) == PACKET_OK);
        const msec age = (msec)packet.age * PACKET_AGE_UNIT_MSEC + (now - notice->at);
        const bool own = short_id_equal(&notice->source, &m->id);
        if (age > packet_lifetime(packet.class) || (!own && way_hop_limit(m, &packet) == 0))
            continue;
        uint8_t *at = send_to(m, set, bytes, out);
        if (at == NULL)
            return;
        if (!own)
            at[3] = way_hop_limit(m, &packet);
        packet_add_age(at, now - notice->at + PACKET_AGE_UNIT_MSEC);
    }
}

/* Puts a piece to its object; MESH_DELIVERED: that is whole now. */
static enum mesh_verdict collect(struct mesh *m, msec now, uint32_t neighbour,
                                 const struct packet *packet, bool *authentic, struct bytes *object)
{
    const struct piece_owner owner = piece_owner_of(packet);
    switch (pieces_take(&m->pieces, now, neighbour, &owner, packet->body, authentic, object)) {
    case PIECE_KEPT:
    case PIECE_AGAIN:
        return MESH_COLLECTED;
    case PIECE_COMPLETE:
        break;
    case PIECE_MALFORMED:
        return MESH_DROP_MALFORMED;
    case PIECE_CONTRADICTS:
        return MESH_DROP_PIECE;
    case PIECE_DIGEST_WRONG:
        return MESH_DROP_DIGEST;
    }
    return MESH_DELIVERED;
}

/* Puts a packet for us into *delivery, or collects it as a piece. */
static enum mesh_verdict deliver(struct mesh *m, msec now, uint32_t neighbour,
                                 const struct packet *packet, struct mesh_delivery *delivery)
{
    delivery->class = packet->class;
    delivery->flags = packet->flags;
    delivery->source = packet->source;
    if (packet->type == PACKET_DISCOVER) {
        delivery->kind = MESH_DELIVERY_DISCOVER;
        delivery->object = (struct bytes){.at = packet->body.at + PUBLIC_KEY_SIZE,
                                          .size = packet->body.size - PUBLIC_KEY_SIZE};
        return MESH_DELIVERED;
    }
    if (packet->flags & PACKET_PIECE) {
        const enum mesh_verdict verdict =
            collect(m, now, neighbour, packet, &delivery->authentic, &delivery->object);
        if (verdict != MESH_DELIVERED)
            return verdict;
    } else {
        delivery->object = packet->body;
    }
    if (packet->type == PACKET_SCOPE) {
        delivery->kind = MESH_DELIVERY_SCOPE;
        memcpy(delivery->scope.bytes, packet->destination, SHORT_ID_SIZE);
    } else {
        delivery->kind = MESH_DELIVERY_UNICAST;
    }
    return MESH_DELIVERED;
}

/* What needs no memory of the past: whether it is a packet, whose, how old. */
static enum mesh_verdict sane(struct mesh *m, msec now, uint32_t neighbour, struct bytes bytes,
                              struct packet *packet, struct outbox *out)
{
    switch (packet_decode(bytes, packet)) {
    case PACKET_OK:
        break;
    case PACKET_VERSION_UNKNOWN:
        return MESH_DROP_VERSION;
    case PACKET_MALFORMED:
        blame(m, now, neighbour, out);
        return MESH_DROP_MALFORMED;
    }
    if (short_id_equal(&packet->source, &m->id))
        return MESH_DROP_OWN;
    if (!(packet->flags & PACKET_DURABLE) &&
        (msec)packet->age * PACKET_AGE_UNIT_MSEC > packet_lifetime(packet->class))
        return MESH_DROP_AGE;
    return MESH_FORWARDED;
}

/* Hands a list of keys to the judge; at a table of our own we know them better. */
static enum mesh_verdict learn_keys(struct mesh *m, msec now, uint32_t neighbour,
                                    const struct packet *packet, struct bytes object,
                                    struct outbox *out)
{
    const struct mesh_judge *judge = &m->config.judge;
    struct scope_id scope;
    memcpy(scope.bytes, packet->destination, SHORT_ID_SIZE);
    if (judge->keys == NULL || mesh_joined(m, &scope) ||
        judge->keys(judge->context, now, neighbour, &scope, object))
        return MESH_FORWARDED;
    if (short_id_equal(&packet->source, &m->neighbours[neighbour].id))
        blame(m, now, neighbour, out);
    return MESH_DROP_STATEMENT;
}

/* What the judge says of an object that came in pieces, the last of which is given. */
static enum mesh_verdict check_whole(struct mesh *m, msec now, uint32_t neighbour,
                                     const struct packet *last, struct bytes object,
                                     enum mesh_standing *standing, struct outbox *out)
{
    struct packet whole = *last;
    unsigned signatures;
    whole.flags &= (uint8_t)~PACKET_PIECE;
    whole.body = object;
    *standing = limits_look(m, &whole, &signatures);
    if (*standing != MESH_STANDING_SIGNED)
        return MESH_FORWARDED;
    return limits_checks(m, now, neighbour, signatures)
               ? check_statement(m, now, neighbour, &whole, out)
               : MESH_DROP_RATE_CHECKS;
}

/* A piece that was held goes on to those of a set, or not: what cannot be checked has the limits of
 * that. */
static void release(struct mesh *m, msec now, const struct hold_entry *held,
                    enum mesh_standing standing, uint32_t allowed, struct outbox *out)
{
    struct packet packet;
    const struct bytes bytes = {.at = held->packet, .size = held->size};
    CHECK(packet_decode(bytes, &packet) == PACKET_OK);
    if (!m->neighbours[held->neighbour].up ||
        (standing != MESH_STANDING_SIGNED &&
         limits_unchecked(m, now, held->neighbour, &packet, standing) != MESH_FORWARDED))
        return;
    forward(m, way_on(m, now, held->neighbour, &packet) & allowed, &packet, bytes,
            now - held->since, out);
}

/* All pieces of an object go on once it is whole and holds, or none do. A list of keys has been
 * looked at then, and goes to those whose links have room for it. */
static enum mesh_verdict take_held(struct mesh *m, msec now, uint32_t neighbour,
                                   const struct packet *packet, struct bytes bytes,
                                   struct outbox *out)
{
    const struct piece_owner owner = piece_owner_of(packet);
    struct piece piece;
    struct bytes object;
    bool authentic = false;
    uint32_t allowed = UINT32_MAX;
    enum mesh_standing standing = MESH_STANDING_SIGNED;
    if (!piece_decode(packet->body, &piece))
        return MESH_DROP_MALFORMED;
    hold_put(&m->hold, now, neighbour, &owner, &piece.digest, bytes);
    enum mesh_verdict verdict = collect(m, now, neighbour, packet, &authentic, &object);
    if (verdict == MESH_COLLECTED)
        return verdict;
    if (verdict == MESH_DELIVERED && packet->type == PACKET_KEYS) {
        verdict = learn_keys(m, now, neighbour, packet, object, out);
        if (verdict == MESH_FORWARDED)
            allowed = limits_keys_to(m, now, way_on(m, now, neighbour, packet), object.size);
    } else if (verdict == MESH_DELIVERED) {
        verdict = check_whole(m, now, neighbour, packet, object, &standing, out);
    }
    const struct hold_entry *held;
    while ((held = hold_take(&m->hold, now, &owner, &piece.digest)) != NULL)
        if (verdict == MESH_FORWARDED)
            release(m, now, held, standing, allowed, out);
    return verdict;
}

/* A list of keys in one packet. */
static enum mesh_verdict take_keys(struct mesh *m, msec now, uint32_t neighbour,
                                   const struct packet *packet, struct bytes bytes,
                                   struct outbox *out)
{
    const enum mesh_verdict verdict = learn_keys(m, now, neighbour, packet, packet->body, out);
    if (verdict == MESH_FORWARDED) {
        const uint32_t set = way_on(m, now, neighbour, packet);
        forward(m, limits_keys_to(m, now, set, packet->body.size), packet, bytes, 0, out);
    }
    return verdict;
}

/* Of a packet that is well-formed, new and within limits: signature, forwarding, delivery. */
static enum mesh_verdict take(struct mesh *m, msec now, uint32_t neighbour, enum passing passing,
                              const struct packet *packet, struct bytes bytes,
                              struct mesh_delivery *delivery, struct outbox *out)
{
    if (passing == PASSING_HELD)
        return take_held(m, now, neighbour, packet, bytes, out);
    if (packet->type == PACKET_KEYS)
        return take_keys(m, now, neighbour, packet, bytes, out);
    const enum mesh_verdict checked =
        passing == PASSING_CHECKED ? check_statement(m, now, neighbour, packet, out)
        : packet->type == PACKET_DISCOVER
            ? check_discover(m, now, neighbour, packet, bytes, delivery, out)
            : check_signature(m, now, neighbour, packet, bytes, delivery, out);
    if (checked != MESH_FORWARDED)
        return checked;
    const uint32_t set = way_on(m, now, neighbour, packet);
    forward(m, set, packet, bytes, 0, out);
    if (packet->type == PACKET_DISCOVER)
        note(m, now, &packet->source, bytes);
    if (!way_is_for_us(m, packet))
        return set == 0 && way_is_to_one(packet) ? MESH_DROP_ROUTE : MESH_FORWARDED;
    if (packet->type != PACKET_SCOPE && packet->type != PACKET_UNICAST &&
        packet->type != PACKET_DISCOVER)
        return MESH_DROP_TYPE;
    const enum mesh_verdict verdict = deliver(m, now, neighbour, packet, delivery);
    if (verdict == MESH_DELIVERED || verdict == MESH_COLLECTED)
        score_add(&m->scores, now, &m->neighbours[neighbour].node, SCORE_FIRST);
    return verdict;
}

/*
 * A packet that was seen before. Of an announcement, a copy that came by a longer way may have been
 * the first, and would end short of those who are within its hops: a copy with more of them left
 * goes on once more, MESH_DISCOVER_HOPS - 1 times at the most.
 */
static enum mesh_verdict take_again(struct mesh *m, msec now, uint32_t neighbour,
                                    const struct packet *packet, struct bytes bytes,
                                    const struct seen_key *key, struct outbox *out)
{
    const uint8_t left = way_hop_limit(m, packet);
    if (packet->type != PACKET_DISCOVER || left == 0)
        return MESH_DROP_DUPLICATE;
    for (unsigned i = 0; i < MESH_NOTICES; i++) {
        struct mesh_notice *notice = &m->notices[i];
        struct packet held;
        if (notice->size != bytes.size || !short_id_equal(&notice->source, &packet->source))
            continue;
        const struct bytes known = {.at = notice->packet, .size = notice->size};
        const struct seen_key same = seen_key_of(&m->seen, known);
        CHECK(packet_decode(known, &held) == PACKET_OK);
        if (memcmp(&same, key, sizeof same) != 0 || way_hop_limit(m, &held) >= left)
            continue;
        notice->packet[3] = packet->hop_limit;
        forward(m, way_on(m, now, neighbour, packet), packet, bytes, 0, out);
        return MESH_FORWARDED;
    }
    return MESH_DROP_DUPLICATE;
}

static enum mesh_verdict receive(struct mesh *m, msec now, uint32_t neighbour, struct bytes bytes,
                                 struct mesh_delivery *delivery, struct outbox *out)
{
    if (neighbour >= NEIGHBOURS_MAX || !m->neighbours[neighbour].up)
        return MESH_DROP_NEIGHBOUR;
    struct mesh_neighbour *from = &m->neighbours[neighbour];
    from->packets++;
    if (!bucket_take(&from->own, now, 1, MESH_OWN_PER_SEC, 1000, MESH_OWN_BURST)) {
        score_add(&m->scores, now, &from->node, SCORE_FLOOD);
        return MESH_DROP_RATE_LINK;
    }
    struct packet packet;
    enum mesh_verdict verdict = sane(m, now, neighbour, bytes, &packet, out);
    if (verdict != MESH_FORWARDED)
        return verdict;
    const struct seen_key key = seen_key_of(&m->seen, bytes);
    if (seen_has(&m->seen, now, &key))
        return take_again(m, now, neighbour, &packet, bytes, &key, out);
    enum passing passing;
    verdict = limits_admit(m, now, neighbour, &packet, &passing);
    if (verdict != MESH_FORWARDED)
        return verdict;
    seen_insert(&m->seen, now, &key);
    from->first++;
    return take(m, now, neighbour, passing, &packet, bytes, delivery, out);
}

enum mesh_verdict mesh_receive(struct mesh *m, msec now, uint32_t neighbour, struct bytes packet,
                               struct mesh_delivery *delivery, struct outbox *out)
{
    *delivery = (struct mesh_delivery){.kind = MESH_DELIVERY_NONE};
    const enum mesh_verdict verdict = receive(m, now, neighbour, packet, delivery, out);
    m->verdicts[verdict]++;
    CHECK((verdict == MESH_DELIVERED) == (delivery->kind != MESH_DELIVERY_NONE));
    return verdict;
}

void mesh_expire(struct mesh *m, msec now)
{
    pieces_expire(&m->pieces, now);
}

msec mesh_deadline(const struct mesh *m)
{
    return pieces_deadline(&m->pieces);
}

enum mesh_class mesh_class_of(struct bytes packet)
{
    CHECK(packet.size >= PACKET_HEADER_SIZE);
    return packet.at[0] & 15;
}

msec mesh_life_left(struct bytes packet)
{
    struct packet decoded;
    CHECK(packet_decode(packet, &decoded) == PACKET_OK);
    if (decoded.flags & PACKET_DURABLE)
        return MSEC_NEVER;
    const msec left = packet_lifetime(decoded.class) - (msec)decoded.age * PACKET_AGE_UNIT_MSEC;
    return left > 0 ? left : 0;
}

bool mesh_refuses(const struct mesh *m, msec now, const struct node_id *node)
{
    return score_refuses(&m->scores, now, node);
}

int mesh_score(const struct mesh *m, msec now, const struct node_id *node)
{
    return score_of(&m->scores, now, node) / SCORE_UNIT;
}

const char *mesh_verdict_text(enum mesh_verdict verdict)
{
    switch (verdict) {
    case MESH_DELIVERED:
        return "delivered";
    case MESH_COLLECTED:
        return "collected a piece";
    case MESH_FORWARDED:
        return "forwarded";
    case MESH_DROP_DUPLICATE:
        return "seen before";
    case MESH_DROP_OWN:
        return "claims to be ours";
    case MESH_DROP_NEIGHBOUR:
        return "from a link that is not up";
    case MESH_DROP_VERSION:
        return "of an unknown version";
    case MESH_DROP_MALFORMED:
        return "malformed";
    case MESH_DROP_SIGNATURE:
        return "signature is wrong";
    case MESH_DROP_KEY:
        return "key is not its source's";
    case MESH_DROP_TYPE:
        return "of an unknown type";
    case MESH_DROP_AGE:
        return "too old";
    case MESH_DROP_HOPS:
        return "hop limit reached";
    case MESH_DROP_ROUTE:
        return "no way to its destination";
    case MESH_DROP_RATE_LINK:
        return "link brings too much";
    case MESH_DROP_RATE_FOREIGN:
        return "link brings too much for others";
    case MESH_DROP_RATE_ORIGIN:
        return "origin brings too much";
    case MESH_DROP_RATE_DISCOVER:
        return "too many announcements";
    case MESH_DROP_RATE_CHECKS:
        return "link brings too much to check for others";
    case MESH_DROP_RATE_KEYS:
        return "link brings too many lists of keys";
    case MESH_DROP_STATEMENT:
        return "not what that seat said";
    case MESH_DROP_DIGEST:
        return "pieces do not have their digest";
    case MESH_DROP_PIECE:
        return "piece contradicts an earlier one";
    case MESH_VERDICTS:
        break;
    }
    CHECK(!"a verdict");
    return "";
}
