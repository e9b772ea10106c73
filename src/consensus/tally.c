/* SPDX-License-Identifier: MIT */
#include "consensus/tally.h"

#include "base/check.h"

#include <string.h>

void tally_clear(struct tally *t, uint64_t view)
{
    t->view = view;
    t->digests_count = 0;
    for (unsigned i = 0; i < VOTE_TYPES; i++) {
        t->seats[i] = 0;
        t->complete[i] = TALLY_NONE;
        t->recorded[i] = false;
        t->own[i] = false;
    }
}

uint8_t tally_find(const struct tally *t, const struct digest *digest)
{
    for (uint8_t i = 0; i < t->digests_count; i++)
        if (memcmp(t->digests[i].bytes, digest->bytes, DIGEST_SIZE) == 0)
            return i;
    return TALLY_NONE;
}

seat_set tally_seats(const struct tally *t, enum vote_type type, uint8_t digest)
{
    seat_set seats = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        if ((t->seats[type - 1] >> seat & 1) != 0 && t->digest_of[type - 1][seat] == digest)
            seats |= seat_bit(seat);
    return seats;
}

bool tally_holds(const struct tally *t, enum vote_type type, unsigned seat,
                 const struct digest *digest, const struct signature *signature)
{
    CHECK(seat < SEATS_MAX);
    if ((t->seats[type - 1] >> seat & 1) == 0)
        return false;
    const struct digest *held = &t->digests[t->digest_of[type - 1][seat]];
    return memcmp(held->bytes, digest->bytes, DIGEST_SIZE) == 0 &&
           memcmp(t->signatures[type - 1][seat].bytes, signature->bytes, SIGNATURE_SIZE) == 0;
}

static bool nobody_names(const struct tally *t, uint8_t digest)
{
    return tally_seats(t, VOTE_NOTARIZE, digest) == 0 &&
           tally_seats(t, VOTE_NULLIFY, digest) == 0 && tally_seats(t, VOTE_FINALIZE, digest) == 0;
}

static uint8_t find_or_add(struct tally *t, const struct digest *digest)
{
    uint8_t at = tally_find(t, digest);
    if (at != TALLY_NONE)
        return at;
    for (at = 0; at < t->digests_count; at++)
        if (nobody_names(t, at))
            break;
    if (at == TALLY_DIGESTS_MAX)
        return TALLY_NONE;
    if (at == t->digests_count)
        t->digests_count++;
    t->digests[at] = *digest;
    return at;
}

static void store(struct tally *t, enum vote_type type, unsigned seat, uint8_t digest,
                  const struct signature *signature)
{
    t->seats[type - 1] |= seat_bit(seat);
    t->digest_of[type - 1][seat] = digest;
    t->signatures[type - 1][seat] = *signature;
}

/* Whether one half of the conflict is a vote of that type and view for the digest, and which. */
static bool conflict_names(const struct conflict *conflict, enum vote_type type, uint64_t view,
                           const struct digest *digest, unsigned *half)
{
    if (!conflict->held || conflict->type != type || conflict->view != view)
        return false;
    for (*half = 0; *half < 2; (*half)++)
        if (memcmp(conflict->digests[*half].bytes, digest->bytes, DIGEST_SIZE) == 0)
            return true;
    return false;
}

/* Completes the type for that digest if a quorum is there, with the help of conflicting votes. */
static void settle(struct tally *t, const struct conflict conflicts[static SEATS_MAX],
                   unsigned quorum, enum vote_type type, uint8_t digest)
{
    if (t->complete[type - 1] != TALLY_NONE)
        return;
    const seat_set first = tally_seats(t, type, digest);
    seat_set second = 0;
    unsigned half;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        if ((first >> seat & 1) == 0 &&
            conflict_names(&conflicts[seat], type, t->view, &t->digests[digest], &half))
            second |= seat_bit(seat);
    if ((unsigned)__builtin_popcountll(first | second) < quorum)
        return;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        if ((second >> seat & 1) != 0 &&
            conflict_names(&conflicts[seat], type, t->view, &t->digests[digest], &half))
            store(t, type, seat, digest, &conflicts[seat].signatures[half]);
    t->complete[type - 1] = digest;
}

static void keep_conflict(const struct tally *t, struct conflict *conflict, enum vote_type type,
                          unsigned seat, const struct digest *digest,
                          const struct signature *signature)
{
    *conflict = (struct conflict){
        .held = true,
        .type = type,
        .view = t->view,
        .digests = {t->digests[t->digest_of[type - 1][seat]], *digest},
        .signatures = {t->signatures[type - 1][seat], *signature},
    };
}

enum tally_verdict tally_add(struct tally *t, struct conflict conflicts[static SEATS_MAX],
                             unsigned quorum, enum vote_type type, unsigned seat,
                             const struct digest *digest, const struct signature *signature)
{
    CHECK(seat < SEATS_MAX);
    if (tally_holds(t, type, seat, digest, signature))
        return TALLY_HELD;
    const bool voted = (t->seats[type - 1] >> seat & 1) != 0;
    if (voted && t->digest_of[type - 1][seat] == tally_find(t, digest))
        return TALLY_HELD;
    unsigned half;
    if (voted && conflict_names(&conflicts[seat], type, t->view, digest, &half))
        return TALLY_HELD;
    const uint8_t at = find_or_add(t, digest);
    if (at == TALLY_NONE)
        return TALLY_FULL;
    if (voted)
        keep_conflict(t, &conflicts[seat], type, seat, digest, signature);
    else
        store(t, type, seat, at, signature);
    settle(t, conflicts, quorum, type, at);
    return voted ? TALLY_CONFLICT : TALLY_ADDED;
}

/* Makes room for a digest at the cost of the one with the fewest NOTARIZE votes, if any may go. */
static uint8_t evict(struct tally *t)
{
    uint8_t victim = TALLY_NONE;
    int fewest = SEATS_MAX + 1;
    for (uint8_t i = 0; i < t->digests_count; i++) {
        const int votes = __builtin_popcountll(tally_seats(t, VOTE_NOTARIZE, i));
        if (i == t->complete[VOTE_NOTARIZE - 1] || tally_seats(t, VOTE_NULLIFY, i) != 0 ||
            tally_seats(t, VOTE_FINALIZE, i) != 0 || votes >= fewest)
            continue;
        victim = i;
        fewest = votes;
    }
    if (victim != TALLY_NONE)
        t->seats[VOTE_NOTARIZE - 1] =
            t->seats[VOTE_NOTARIZE - 1] & ~tally_seats(t, VOTE_NOTARIZE, victim);
    return victim;
}

enum tally_verdict tally_put(struct tally *t, struct conflict conflicts[static SEATS_MAX],
                             unsigned quorum, enum vote_type type, unsigned seat,
                             const struct digest *digest, const struct signature *signature)
{
    CHECK(seat < SEATS_MAX);
    const bool voted = (t->seats[type - 1] >> seat & 1) != 0;
    if (voted && t->digest_of[type - 1][seat] == tally_find(t, digest))
        return TALLY_HELD;
    const enum tally_verdict verdict = voted ? TALLY_CONFLICT : TALLY_ADDED;
    if (voted)
        keep_conflict(t, &conflicts[seat], type, seat, digest, signature);
    if (t->complete[type - 1] != TALLY_NONE && t->complete[type - 1] != tally_find(t, digest))
        return verdict;
    if (tally_find(t, digest) == TALLY_NONE && t->digests_count == TALLY_DIGESTS_MAX)
        evict(t);
    const uint8_t at = find_or_add(t, digest);
    if (at == TALLY_NONE)
        return TALLY_FULL;
    store(t, type, seat, at, signature);
    settle(t, conflicts, quorum, type, at);
    return verdict;
}

const struct digest *tally_complete(const struct tally *t, enum vote_type type)
{
    const uint8_t at = t->complete[type - 1];
    return at == TALLY_NONE ? NULL : &t->digests[at];
}

const struct digest *tally_leading(const struct tally *t)
{
    const struct digest *leading = tally_complete(t, VOTE_FINALIZE);
    if (leading == NULL)
        leading = tally_complete(t, VOTE_NOTARIZE);
    int most = 0;
    for (uint8_t i = 0; leading == NULL && i < t->digests_count; i++)
        most = __builtin_popcountll(tally_seats(t, VOTE_NOTARIZE, i)) > most
                   ? __builtin_popcountll(tally_seats(t, VOTE_NOTARIZE, i))
                   : most;
    for (uint8_t i = 0; leading == NULL && most > 0 && i < t->digests_count; i++)
        if (__builtin_popcountll(tally_seats(t, VOTE_NOTARIZE, i)) == most)
            leading = &t->digests[i];
    return leading;
}

Bitcraps__Certificate tally_certificate(struct tally *t, uint64_t epoch, unsigned quorum,
                                        enum vote_type type,
                                        uint8_t signatures[static SEATS_MAX * SIGNATURE_SIZE])
{
    CHECK(t->complete[type - 1] != TALLY_NONE);
    const uint8_t digest = t->complete[type - 1];
    const seat_set seats = tally_seats(t, type, digest);
    seat_set bitmap = 0;
    unsigned count = 0;
    for (unsigned seat = 0; seat < SEATS_MAX && count < quorum; seat++) {
        if ((seats >> seat & 1) == 0)
            continue;
        memcpy(signatures + (size_t)count * SIGNATURE_SIZE, t->signatures[type - 1][seat].bytes,
               SIGNATURE_SIZE);
        bitmap |= seat_bit(seat);
        count++;
    }
    CHECK(count == quorum);
    Bitcraps__Certificate certificate = BITCRAPS__CERTIFICATE__INIT;
    certificate.type = type;
    certificate.epoch = epoch;
    certificate.view = t->view;
    if (type != VOTE_NULLIFY)
        certificate.digest = (ProtobufCBinaryData){DIGEST_SIZE, t->digests[digest].bytes};
    certificate.bitmap = bitmap;
    certificate.signatures = (ProtobufCBinaryData){(size_t)quorum * SIGNATURE_SIZE, signatures};
    return certificate;
}
