/* SPDX-License-Identifier: MIT */
#include "table/lobby.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"

/* The first request of a host closes a table of one seat at once, so closing is its own step. */
static void close_when_full(struct lobby *lobby, struct outbox *out);

static bool emit(struct outbox *out, enum lobby_effect kind, const Bitcraps__Message *message)
{
    const size_t size = frame_packed_size(&message->base);
    uint8_t *at = outbox_reserve(out, kind, TARGET_ALL, size);
    if (at == NULL)
        return false;
    struct writer w = writer_on(at, size);
    CHECK(frame_pack(&message->base, &w));
    return true;
}

static Bitcraps__Seating *seating_unpack(const struct lobby *lobby, struct arena *arena)
{
    const ProtobufCMessage *base;
    const struct bytes packed = {.at = lobby->seating_packed, .size = lobby->seating_size};
    CHECK(frame_unpack(&bitcraps__seating__descriptor, packed, arena, &base) == FRAME_OK);
    return (Bitcraps__Seating *)base;
}

static void emit_seating(struct lobby *lobby, enum lobby_effect kind, struct outbox *out)
{
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_SEATING;
    message.seating = seating_unpack(lobby, &arena);
    emit(out, kind, &message);
}

enum seating_verdict lobby_init(struct lobby *lobby, struct bytes genesis, struct bytes sit,
                                const uint8_t identity_secret[static 64], msec now)
{
    memset(lobby, 0, sizeof *lobby);
    enum seating_verdict verdict = genesis_unpack(genesis, &lobby->genesis);
    if (verdict != SEATING_OK)
        return verdict;
    verdict = sit_unpack(&lobby->genesis, sit, &lobby->own.seat);
    if (verdict != SEATING_OK)
        return verdict;
    if (!sit_welcome(&lobby->genesis, &lobby->own.seat))
        return SEATING_INVITATION;
    lobby->host =
        memcmp(&lobby->own.seat.identity, &lobby->genesis.host, sizeof lobby->genesis.host) == 0;
    if (lobby->host && lobby->genesis.seats == 1 && lobby->own.seat.witness)
        return SEATING_COUNT;
    memcpy(lobby->genesis_packed, genesis.at, genesis.size);
    lobby->genesis_size = genesis.size;
    memcpy(lobby->own.packed, sit.at, sit.size);
    lobby->own.size = sit.size;
    memcpy(lobby->host_secret, identity_secret, sizeof lobby->host_secret);
    lobby->turn = SEATS_MAX;
    if (lobby->host) {
        lobby->requests[0] = lobby->own;
        lobby->count = 1;
        offer_sign(&lobby->genesis.id, identity_secret, lobby->warrant);
        lobby->warranted = true;
    }
    lobby->announce_at = lobby->host ? now : MSEC_NEVER;
    lobby->sit_at = lobby->host ? MSEC_NEVER : now;
    return SEATING_OK;
}

bool lobby_seated(const struct lobby *lobby)
{
    return lobby->seating_size > 0;
}

static void close_when_full(struct lobby *lobby, struct outbox *out)
{
    if (!lobby->host || lobby_seated(lobby) || lobby->count < lobby->genesis.seats)
        return;
    struct bytes sits[SEATS_MAX];
    for (unsigned i = 0; i < lobby->count; i++)
        sits[i] = (struct bytes){.at = lobby->requests[i].packed, .size = lobby->requests[i].size};
    const struct bytes genesis = {.at = lobby->genesis_packed, .size = lobby->genesis_size};
    lobby->seating_size =
        seating_pack(genesis, sits, lobby->count, lobby->host_secret, lobby->seating_packed);
    CHECK(lobby->seating_size > 0);
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    CHECK(seating_open(seating_unpack(lobby, &arena), &lobby->seating) == SEATING_OK);
    emit_seating(lobby, LOBBY_EFFECT_RECORD, out);
    emit_seating(lobby, LOBBY_EFFECT_SEND, out);
}

static bool accept_seating(struct lobby *lobby, const Bitcraps__Seating *message)
{
    struct seating seating;
    if (seating_open(message, &seating) != SEATING_OK ||
        memcmp(&seating.genesis.id, &lobby->genesis.id, sizeof seating.genesis.id) != 0)
        return false;
    struct writer w = writer_on(lobby->seating_packed, sizeof lobby->seating_packed);
    CHECK(frame_pack(&message->base, &w));
    lobby->seating_size = w.used;
    lobby->seating = seating;
    return true;
}

/* The last seat is not for a witness when all others are: somebody has to play. */
static bool seat_is_for(const struct lobby *lobby, const struct sit_request *request)
{
    if (!request->seat.witness || lobby->count + 1 < lobby->genesis.seats)
        return true;
    for (unsigned i = 0; i < lobby->count; i++) {
        if (!lobby->requests[i].seat.witness)
            return true;
    }
    return false;
}

/*
 * Requests beyond the last seat are authentic but find no chair; so do those with a key of somebody
 * who sits, which take the secret of that key and so come from one node under two names.
 */
static bool finds_chair(const struct lobby *lobby, const struct sit_request *request)
{
    if (lobby_seated(lobby) || lobby->count == lobby->genesis.seats || !seat_is_for(lobby, request))
        return false;
    for (unsigned i = 0; i < lobby->count; i++) {
        if (seats_share_key(&lobby->requests[i].seat, &request->seat))
            return false;
    }
    return true;
}

static bool same_author(const struct sit_request *a, const struct sit_request *b)
{
    return memcmp(&a->seat.identity, &b->seat.identity, sizeof a->seat.identity) == 0;
}

/* Who asked before keeps his place; else it is one of somebody who asks no more. */
static void keep_asking(struct lobby *lobby, msec now, const struct sit_request *request)
{
    unsigned place = SEATS_MAX;
    for (unsigned i = SEATS_MAX; i-- > 0;) {
        if (lobby_asking(lobby, i, now) == NULL)
            place = i;
    }
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        if (lobby->asking_heard[i] != 0 && same_author(&lobby->asking[i], request))
            place = i;
    }
    if (place == SEATS_MAX)
        return;
    lobby->asking[place] = *request;
    lobby->asking_heard[place] = now;
}

const struct seat *lobby_asking(const struct lobby *lobby, unsigned index, msec now)
{
    if (lobby->asking_heard[index] == 0 || now - lobby->asking_heard[index] >= LOBBY_ASKING_MSEC ||
        !finds_chair(lobby, &lobby->asking[index]))
        return NULL;
    return &lobby->asking[index].seat;
}

bool lobby_approve(struct lobby *lobby, msec now, const struct public_key *identity,
                   struct outbox *out)
{
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = lobby_asking(lobby, i, now);
        if (seat == NULL || memcmp(&seat->identity, identity, sizeof *identity) != 0)
            continue;
        lobby->requests[lobby->count++] = lobby->asking[i];
        lobby->asking_heard[i] = 0;
        close_when_full(lobby, out);
        return true;
    }
    return false;
}

static void take_request(struct lobby *lobby, msec now, const struct sit_request *request)
{
    if (!finds_chair(lobby, request))
        return;
    if (lobby->genesis.admission == ADMISSION_APPROVAL)
        keep_asking(lobby, now, request);
    else
        lobby->requests[lobby->count++] = *request;
}

static bool receive_sit(struct lobby *lobby, msec now, const Bitcraps__Sit *sit, struct outbox *out)
{
    if (sit->epoch != 0)
        return true; /* For the running table: it knows the Seating already. */
    if (lobby_seated(lobby)) {
        if (now >= lobby->sit_at || lobby->sit_at == MSEC_NEVER) {
            emit_seating(lobby, LOBBY_EFFECT_SEND, out);
            lobby->sit_at = now + LOBBY_SIT_MSEC;
        }
        return true;
    }
    if (!lobby->host)
        return true;
    struct sit_request request;
    struct writer w = writer_on(request.packed, sizeof request.packed);
    if (!frame_pack(&sit->base, &w))
        return false;
    request.size = w.used;
    const struct bytes packed = {.at = request.packed, .size = request.size};
    if (sit_unpack(&lobby->genesis, packed, &request.seat) != SEATING_OK)
        return false;
    if (!sit_welcome(&lobby->genesis, &request.seat))
        return true; /* Authentic, but without the secret of this table. */
    take_request(lobby, now, &request);
    close_when_full(lobby, out);
    return true;
}

bool lobby_receive(struct lobby *lobby, msec now, const Bitcraps__Message *message,
                   struct outbox *out)
{
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_SIT)
        return receive_sit(lobby, now, message->sit, out);
    if (message->kind_case != BITCRAPS__MESSAGE__KIND_SEATING)
        return false;
    if (lobby_seated(lobby))
        return true;
    if (!accept_seating(lobby, message->seating))
        return false;
    lobby->sit_at = MSEC_NEVER;
    emit_seating(lobby, LOBBY_EFFECT_RECORD, out);
    return true;
}

enum seating_verdict lobby_restore(struct lobby *lobby, const Bitcraps__Message *message)
{
    if (message->kind_case != BITCRAPS__MESSAGE__KIND_SEATING ||
        !accept_seating(lobby, message->seating))
        return SEATING_MALFORMED;
    lobby->sit_at = MSEC_NEVER;
    return SEATING_OK;
}

bool lobby_remembers(const struct lobby *lobby)
{
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const Bitcraps__Seating *seating = seating_unpack(lobby, &arena);
    const struct public_key *own = &lobby->own.seat.identity;
    for (size_t i = 0; i < seating->n_sits; i++) {
        if (memcmp(&lobby->seating.seats[i].identity, own, sizeof *own) != 0)
            continue;
        return seating->sits[i].len == lobby->own.size &&
               memcmp(seating->sits[i].data, lobby->own.packed, lobby->own.size) == 0;
    }
    return true;
}

static bool offers_for_host(const struct lobby *lobby)
{
    return !lobby->host && lobby->warranted && lobby_seated(lobby) && lobby->turn < SEATS_MAX;
}

static msec silence(const struct lobby *lobby)
{
    return LOBBY_SILENT_MSEC + (msec)lobby->turn * LOBBY_TURN_MSEC;
}

void lobby_offered(struct lobby *lobby, msec now, const Bitcraps__Announce *offer)
{
    CHECK(offer->warrant.len == SIGNATURE_SIZE);
    memcpy(lobby->warrant, offer->warrant.data, SIGNATURE_SIZE);
    lobby->warranted = true;
    if (offers_for_host(lobby))
        lobby->announce_at = now + silence(lobby);
}

void lobby_returns(struct lobby *lobby, msec now)
{
    lobby->host = false;
    lobby->count = 0;
    lobby->announce_at = MSEC_NEVER;
    lobby->sit_at = now;
}

void lobby_plays(struct lobby *lobby, msec now, unsigned voices, unsigned turn)
{
    lobby->voices = voices;
    lobby->turn = turn;
    if (lobby->host)
        return;
    if (!offers_for_host(lobby))
        lobby->announce_at = MSEC_NEVER;
    else if (lobby->announce_at == MSEC_NEVER)
        lobby->announce_at = now + silence(lobby);
}

void lobby_greet(struct lobby *lobby, msec now)
{
    if (lobby->host)
        lobby->announce_at = now;
}

void lobby_expire(struct lobby *lobby, msec now, struct outbox *out)
{
    close_when_full(lobby, out);
    if (now >= lobby->announce_at) {
        Bitcraps__Announce announce = BITCRAPS__ANNOUNCE__INIT;
        announce.genesis = (ProtobufCBinaryData){lobby->genesis_size, lobby->genesis_packed};
        announce.taken = lobby_seated(lobby) ? lobby->voices : lobby->count;
        announce.started = lobby_seated(lobby);
        announce.warrant = (ProtobufCBinaryData){sizeof lobby->warrant, lobby->warrant};
        Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
        message.kind_case = BITCRAPS__MESSAGE__KIND_ANNOUNCE;
        message.announce = &announce;
        emit(out, LOBBY_EFFECT_DISCOVER, &message);
        lobby->announced++;
        lobby->announce_at = now + (lobby->host && lobby->announced < LOBBY_ANNOUNCE_QUICK
                                        ? LOBBY_ANNOUNCE_MSEC
                                        : LOBBY_ANNOUNCE_SLOW_MSEC);
    }
    if (!lobby_seated(lobby) && now >= lobby->sit_at) {
        uint8_t memory[1024];
        struct arena arena = {.at = memory, .size = sizeof memory};
        const ProtobufCMessage *sit;
        const struct bytes own = {.at = lobby->own.packed, .size = lobby->own.size};
        CHECK(frame_unpack(&bitcraps__sit__descriptor, own, &arena, &sit) == FRAME_OK);
        Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
        message.kind_case = BITCRAPS__MESSAGE__KIND_SIT;
        message.sit = (Bitcraps__Sit *)sit;
        emit(out, LOBBY_EFFECT_SEND, &message);
        lobby->sit_at = now + LOBBY_SIT_MSEC;
    }
}

msec lobby_deadline(const struct lobby *lobby)
{
    const msec sit = lobby_seated(lobby) ? MSEC_NEVER : lobby->sit_at;
    return sit < lobby->announce_at ? sit : lobby->announce_at;
}
