/* SPDX-License-Identifier: MIT */
/*
 * Cutting objects and putting them together; see piece.h.
 * Timer: PIECE_WAIT_MSEC after the first piece of an object came, what is held of it goes.
 */
#include "mesh/piece.h"

#include "base/check.h"

#include <sodium.h>
#include <string.h>

size_t piece_count(size_t size)
{
    CHECK(size >= 1 && size <= PIECES_MAX * PIECE_SIZE_MAX);
    return (size + PIECE_SIZE_MAX - 1) / PIECE_SIZE_MAX;
}

size_t piece_cut(struct bytes object, const struct digest *digest, size_t part,
                 uint8_t at[static PACKET_BODY_MAX])
{
    const size_t parts = piece_count(object.size);
    CHECK(part < parts);
    const size_t offset = part * PIECE_SIZE_MAX;
    const size_t left = object.size - offset;
    const size_t size = left < PIECE_SIZE_MAX ? left : PIECE_SIZE_MAX;
    memcpy(at, digest->bytes, DIGEST_SIZE);
    at[DIGEST_SIZE] = (uint8_t)part;
    at[DIGEST_SIZE + 1] = (uint8_t)parts;
    memcpy(at + PIECE_HEADER_SIZE, object.at + offset, size);
    return PIECE_HEADER_SIZE + size;
}

bool piece_decode(struct bytes body, struct piece *piece)
{
    if (body.size <= PIECE_HEADER_SIZE || body.size > PIECE_HEADER_SIZE + PIECE_SIZE_MAX)
        return false;
    memcpy(piece->digest.bytes, body.at, DIGEST_SIZE);
    piece->part = body.at[DIGEST_SIZE];
    piece->parts = body.at[DIGEST_SIZE + 1];
    piece->slice =
        (struct bytes){.at = body.at + PIECE_HEADER_SIZE, .size = body.size - PIECE_HEADER_SIZE};
    if (piece->parts == 0 || piece->parts > PIECES_MAX || piece->part >= piece->parts)
        return false;
    const bool last = piece->part == piece->parts - 1;
    return last || piece->slice.size == PIECE_SIZE_MAX;
}

void pieces_init(struct pieces *pieces)
{
    for (size_t i = 0; i < PIECE_WHOLES; i++)
        pieces->wholes[i].used = false;
    for (size_t i = 0; i < PIECE_CHUNKS; i++)
        pieces->free[i] = (uint16_t)i;
    pieces->free_count = PIECE_CHUNKS;
    pieces->evicted = 0;
    pieces->expired = 0;
}

struct piece_owner piece_owner_of(const struct packet *packet)
{
    struct piece_owner owner = {.type = packet->type, .source = packet->source};
    memcpy(owner.destination, packet->destination, SHORT_ID_SIZE);
    return owner;
}

bool piece_owner_equal(const struct piece_owner *a, const struct piece_owner *b)
{
    return a->type == b->type && short_id_equal(&a->source, &b->source) &&
           memcmp(a->destination, b->destination, SHORT_ID_SIZE) == 0;
}

static void drop(struct pieces *pieces, struct piece_whole *whole)
{
    CHECK(whole->used);
    for (size_t i = 0; i < whole->parts; i++)
        if (whole->chunks[i] != PIECE_NONE)
            pieces->free[pieces->free_count++] = whole->chunks[i];
    CHECK(pieces->free_count <= PIECE_CHUNKS);
    whole->used = false;
}

/* Chunks held of one author through one link. */
static size_t held_through(const struct pieces *pieces, uint32_t link,
                           const struct short_id *source)
{
    size_t held = 0;
    for (size_t i = 0; i < PIECE_WHOLES; i++) {
        const struct piece_whole *whole = &pieces->wholes[i];
        if (whole->used && whole->link == link && short_id_equal(&whole->owner.source, source))
            held += whole->held;
    }
    return held;
}

/* The oldest through a link, of one author or of anyone, other than keep; or NULL. */
static struct piece_whole *oldest_through(struct pieces *pieces, uint32_t link,
                                          const struct short_id *source,
                                          const struct piece_whole *keep)
{
    struct piece_whole *found = NULL;
    for (size_t i = 0; i < PIECE_WHOLES; i++) {
        struct piece_whole *whole = &pieces->wholes[i];
        if (whole->used && whole != keep && whole->link == link &&
            (source == NULL || short_id_equal(&whole->owner.source, source)) &&
            (found == NULL || whole->since < found->since))
            found = whole;
    }
    return found;
}

/* The oldest of the link that holds most chunks, other than keep; or NULL. */
static struct piece_whole *oldest_of_heaviest(struct pieces *pieces, const struct piece_whole *keep)
{
    size_t held[NEIGHBOURS_MAX] = {0};
    const struct piece_whole *found = NULL;
    for (size_t i = 0; i < PIECE_WHOLES; i++) {
        const struct piece_whole *whole = &pieces->wholes[i];
        if (whole->used)
            held[whole->link] += whole->held;
    }
    for (size_t i = 0; i < PIECE_WHOLES; i++) {
        const struct piece_whole *whole = &pieces->wholes[i];
        if (whole->used && whole != keep &&
            (found == NULL || held[whole->link] > held[found->link]))
            found = whole;
    }
    return found == NULL ? NULL : oldest_through(pieces, found->link, NULL, keep);
}

static void evict(struct pieces *pieces, struct piece_whole *whole)
{
    CHECK(whole != NULL);
    drop(pieces, whole);
    pieces->evicted++;
}

static bool is_piece_of(const struct piece_whole *whole, const struct piece_owner *owner,
                        const struct piece *piece)
{
    return whole->used && piece_owner_equal(&whole->owner, owner) &&
           memcmp(&whole->digest, &piece->digest, sizeof whole->digest) == 0;
}

bool pieces_hold(const struct pieces *pieces, const struct piece_owner *owner, struct bytes body)
{
    struct piece piece;
    if (!piece_decode(body, &piece))
        return false;
    for (size_t i = 0; i < PIECE_WHOLES; i++)
        if (is_piece_of(&pieces->wholes[i], owner, &piece))
            return true;
    return false;
}

static struct piece_whole *find_or_make(struct pieces *pieces, msec now, uint32_t link,
                                        const struct piece_owner *owner, const struct piece *piece)
{
    struct piece_whole *free = NULL;
    for (size_t i = 0; i < PIECE_WHOLES; i++) {
        struct piece_whole *whole = &pieces->wholes[i];
        if (!whole->used)
            free = whole;
        else if (is_piece_of(whole, owner, piece))
            return whole;
    }
    if (free == NULL) {
        free = oldest_of_heaviest(pieces, NULL);
        evict(pieces, free);
    }
    *free = (struct piece_whole){.used = true,
                                 .authentic = true,
                                 .owner = *owner,
                                 .digest = piece->digest,
                                 .link = link,
                                 .since = now,
                                 .parts = piece->parts};
    for (size_t i = 0; i < PIECES_MAX; i++)
        free->chunks[i] = PIECE_NONE;
    return free;
}

/* Makes room for one more chunk of an object, at the expense of its author's or its link's others.
 * One object alone fits both limits, so there is always another to give way. */
static uint16_t chunk_for(struct pieces *pieces, const struct piece_whole *whole)
{
    const struct short_id *source = &whole->owner.source;
    while (held_through(pieces, whole->link, source) >= PIECES_MAX)
        evict(pieces, oldest_through(pieces, whole->link, source, whole));
    while (pieces->free_count == 0)
        evict(pieces, oldest_of_heaviest(pieces, whole));
    return pieces->free[--pieces->free_count];
}

/* Copies a complete object together; false when it does not have its digest. */
static bool join(struct pieces *pieces, const struct piece_whole *whole, struct bytes *object)
{
    size_t size = 0;
    for (size_t i = 0; i < whole->parts; i++) {
        const bool last = i + 1 == whole->parts;
        const size_t slice = last ? whole->last_size : PIECE_SIZE_MAX;
        memcpy(pieces->object + size, pieces->chunks[whole->chunks[i]], slice);
        size += slice;
    }
    struct digest digest;
    crypto_generichash(digest.bytes, sizeof digest.bytes, pieces->object, size, NULL, 0);
    *object = (struct bytes){.at = pieces->object, .size = size};
    return memcmp(&digest, &whole->digest, sizeof digest) == 0;
}

enum piece_verdict pieces_take(struct pieces *pieces, msec now, uint32_t link,
                               const struct piece_owner *owner, struct bytes body, bool *authentic,
                               struct bytes *object)
{
    struct piece piece;
    CHECK(link < NEIGHBOURS_MAX);
    if (!piece_decode(body, &piece))
        return PIECE_MALFORMED;
    pieces_expire(pieces, now);
    struct piece_whole *whole = find_or_make(pieces, now, link, owner, &piece);
    if (whole->parts != piece.parts)
        return PIECE_CONTRADICTS;
    if (whole->chunks[piece.part] != PIECE_NONE)
        return PIECE_AGAIN;
    const uint16_t chunk = chunk_for(pieces, whole);
    memcpy(pieces->chunks[chunk], piece.slice.at, piece.slice.size);
    whole->chunks[piece.part] = chunk;
    whole->held++;
    whole->authentic = whole->authentic && *authentic;
    if (piece.part + 1 == piece.parts)
        whole->last_size = (uint16_t)piece.slice.size;
    if (whole->held < whole->parts)
        return PIECE_KEPT;
    *authentic = whole->authentic;
    const bool right = join(pieces, whole, object);
    drop(pieces, whole);
    return right ? PIECE_COMPLETE : PIECE_DIGEST_WRONG;
}

void pieces_expire(struct pieces *pieces, msec now)
{
    for (size_t i = 0; i < PIECE_WHOLES; i++) {
        struct piece_whole *whole = &pieces->wholes[i];
        if (whole->used && now - whole->since >= PIECE_WAIT_MSEC) {
            drop(pieces, whole);
            pieces->expired++;
        }
    }
}

msec pieces_deadline(const struct pieces *pieces)
{
    msec deadline = MSEC_NEVER;
    for (size_t i = 0; i < PIECE_WHOLES; i++) {
        const struct piece_whole *whole = &pieces->wholes[i];
        if (whole->used && whole->since + PIECE_WAIT_MSEC < deadline)
            deadline = whole->since + PIECE_WAIT_MSEC;
    }
    return deadline;
}
