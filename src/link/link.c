/* SPDX-License-Identifier: MIT */
/*
 * Timers (all looked at by link_expire, in this order):
 *   peer:    flush                                     records waited long enough
 *   session: began + LINK_HANDSHAKE_MSEC, retransmit   a handshake ends, or is sent again
 *   session: drain                                     replaced keys are forgotten
 *   session: dead_at                                   its path is dead: another, or down
 *   session: ping_due                                  the peer is asked whether it lives
 *   session: renew                                     fresh keys
 *   dial:    next                                      an address is dialled (again)
 */
#include "link/link.h"

#include "base/check.h"
#include "base/wire.h"
#include "link/handshake.h"
#include "link/peer.h"
#include "link/session.h"

#include <sodium.h>

/* Without room for a handshake, dial again after this. */
#define DIAL_CROWDED_MSEC 1000

void link_init(struct link *l, const struct identity *identity, const struct link_config *config,
               const uint8_t seed[static LINK_SEED_SIZE])
{
    memset(l, 0, sizeof *l);
    l->identity = *identity;
    l->config = *config;
    memcpy(l->random_key, seed, LINK_SEED_SIZE);
    l->cookie_period = INT64_MIN;
}

void link_clear(struct link *l)
{
    sodium_memzero(l, sizeof *l);
}

uint32_t link_find(const struct link *l, const struct node_id *node)
{
    const uint32_t number = peer_find(l, node);
    return number != LINK_NONE && l->peers[number].up ? number : LINK_NONE;
}

const struct link_address *link_peer_address(const struct link *l, uint32_t peer)
{
    CHECK(peer < NEIGHBOURS_MAX && l->peers[peer].up);
    return &l->sessions[l->peers[peer].session].address;
}

struct bytes link_effect_datagram(const struct outbox *out, const struct effect *effect,
                                  struct link_address *address)
{
    CHECK(effect->kind == LINK_EFFECT_SEND && effect->size > sizeof *address);
    const struct bytes bytes = outbox_bytes(out, effect);
    memcpy(address, bytes.at, sizeof *address);
    return (struct bytes){.at = bytes.at + sizeof *address, .size = bytes.size - sizeof *address};
}

bool link_hold_ticket(struct link *l, const uint8_t ticket[static NOISE_KEY_SIZE])
{
    uint8_t id[LINK_TICKET_ID_SIZE];
    handshake_ticket_id(ticket, id);
    for (size_t i = 0; i < l->tickets_count; i++)
        if (memcmp(l->ticket_ids[i], id, sizeof id) == 0)
            return true;
    if (l->tickets_count == LINK_TICKETS_MAX)
        return false;
    memcpy(l->tickets[l->tickets_count], ticket, NOISE_KEY_SIZE);
    memcpy(l->ticket_ids[l->tickets_count], id, sizeof id);
    l->tickets_count++;
    return true;
}

const struct link_address *link_peer_standby(const struct link *l, uint32_t peer)
{
    CHECK(peer < NEIGHBOURS_MAX && l->peers[peer].up);
    const struct link_session *s = peer_standby((struct link *)(uintptr_t)l, peer);
    return s == NULL ? NULL : &s->address;
}

/* ---- Dialling ------------------------------------------------------------------------------- */

/* Whether a node is linked over the kind of address that the dial would use. */
static uint32_t linked_like(struct link *l, const struct link_dial *dial,
                            const struct node_id *node)
{
    const uint32_t peer = link_find(l, node);
    return peer != LINK_NONE && peer_path(l, peer, dial->target.address.kind) != NULL ? peer
                                                                                      : LINK_NONE;
}

/* The peer that is up and that the dial is for, as far as can be told before a handshake. */
static uint32_t dial_peer(struct link *l, const struct link_dial *dial)
{
    if (dial->target.pinned)
        return linked_like(l, dial, &dial->target.pin);
    if (dial->identified && linked_like(l, dial, &dial->node) != LINK_NONE)
        return link_find(l, &dial->node);
    for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
        const struct link_session *s = &l->sessions[i];
        if (s->state == SESSION_PROVEN && (s->standby || l->peers[s->peer].session == i) &&
            session_address_equal(&s->address, &dial->target.address))
            return s->peer;
    }
    return LINK_NONE;
}

static void dial_now(struct link *l, msec now, uint32_t number, struct outbox *out)
{
    struct link_dial *dial = &l->dials[number];
    const struct link_target *target = &dial->target;
    const uint32_t peer = dial_peer(l, dial);
    if (peer != LINK_NONE) {
        dial->identified = true;
        dial->node = l->peers[peer].node;
        dial->next = MSEC_NEVER;
        if (!target->persistent)
            dial->used = false;
        return;
    }
    struct link_session *s =
        handshake_begin(l, now, &target->address, target->ticketed ? target->ticket : NULL,
                        target->pinned ? &target->pin : NULL, out);
    if (s == NULL) {
        dial->next = now + DIAL_CROWDED_MSEC;
        return;
    }
    s->dial = number;
    dial->session = session_slot(l, s);
    dial->next = MSEC_NEVER;
}

static struct link_dial *dial_of(struct link *l, const struct link_address *address)
{
    for (size_t i = 0; i < LINK_DIALS_MAX; i++)
        if (l->dials[i].used && session_address_equal(&l->dials[i].target.address, address))
            return &l->dials[i];
    return NULL;
}

/* The attempt under way goes on, but on nobody's account. */
static void dial_release(struct link *l, struct link_dial *dial)
{
    if (dial->session != LINK_NONE)
        l->sessions[dial->session].dial = LINK_NONE;
    memset(dial, 0, sizeof *dial);
    dial->session = LINK_NONE;
}

bool link_dial(struct link *l, msec now, const struct link_target *target, struct outbox *out)
{
    struct link_dial *dial = dial_of(l, &target->address);
    for (size_t i = 0; dial == NULL && i < LINK_DIALS_MAX; i++)
        if (!l->dials[i].used)
            dial = &l->dials[i];
    if (dial == NULL)
        return false;
    if (dial->used)
        dial_release(l, dial);
    *dial = (struct link_dial){
        .used = true, .target = *target, .session = LINK_NONE, .backoff = LINK_REDIAL_MSEC};
    dial_now(l, now, (uint32_t)(dial - l->dials), out);
    return true;
}

void link_undial(struct link *l, const struct link_address *address)
{
    struct link_dial *dial = dial_of(l, address);
    if (dial != NULL)
        dial_release(l, dial);
}

/* ---- Records -------------------------------------------------------------------------------- */

static bool is_own(uint8_t type)
{
    return type == LINK_RECORD_PAD || type == LINK_RECORD_PING || type == LINK_RECORD_PONG ||
           type == LINK_RECORD_PATH_CHALLENGE || type == LINK_RECORD_PATH_RESPONSE ||
           type == LINK_RECORD_CLOSE;
}

/* The next record of any type; false at the end or when what is left is none. */
static bool record_read(struct bytes *rest, struct link_record *record)
{
    struct reader r = reader_on(*rest);
    const uint8_t type = read_u8(&r);
    const uint16_t size = read_u16(&r);
    const uint8_t *at = read_bytes(&r, size);
    if (r.failed)
        return false;
    *record = (struct link_record){.type = type, .body = {.at = at, .size = size}};
    *rest = (struct bytes){.at = r.at, .size = r.size};
    return true;
}

bool link_next_record(struct link_received *received, struct link_record *record)
{
    while (record_read(&received->rest, record))
        if (!is_own(record->type))
            return true;
    return false;
}

/*
 * Whether it is records to the last byte; sets whether one of them must be understood and is not,
 * and whether one is for the caller.
 */
static bool records_valid(struct bytes plain, bool *unknown, bool *carries)
{
    struct link_record record;
    *unknown = false;
    *carries = false;
    while (plain.size > 0) {
        if (!record_read(&plain, &record))
            return false;
        *unknown |= record.type >= LINK_RECORD_MUST_UNDERSTAND;
        *carries |= !is_own(record.type);
    }
    return true;
}

static void take_pong(struct link_peer *peer, msec now, struct bytes body)
{
    struct reader r = reader_on(body);
    const uint32_t number = read_u32(&r);
    if (r.failed || r.size != 0 || number > peer->ping || peer->ping - number >= LINK_PINGS)
        return;
    msec *sent = &peer->pings_at[number % LINK_PINGS];
    if (*sent < 0)
        return;
    const msec rtt = now - *sent;
    *sent = -1;
    peer->rtt = peer->rtt < 0 ? rtt : peer->rtt + (rtt - peer->rtt) / 8;
}

/* The peer answered from the new address what only it could read there: its address is that now. */
static void take_path_response(struct link_session *s, const struct link_address *from,
                               struct bytes body)
{
    if (!s->challenged || body.size != sizeof s->challenge ||
        sodium_memcmp(body.at, s->challenge, sizeof s->challenge) != 0 ||
        !session_address_equal(from, &s->challenge_address))
        return;
    s->address = *from;
    s->challenged = false;
}

/* A PING is answered at the proven address, with its own body, and only if that is a short one. */
#define PING_SIZE_MAX 16

/* Does what the link's own records ask for; true when the peer closes. */
static bool take_own_records(struct link *l, msec now, struct link_session *s,
                             const struct link_address *from, struct bytes plain,
                             struct outbox *out)
{
    struct link_record record;
    bool closes = false;
    while (record_read(&plain, &record)) {
        if (record.type == LINK_RECORD_PING && record.body.size <= PING_SIZE_MAX)
            session_send_record(l, s, &s->address, LINK_RECORD_PONG, record.body, out);
        else if (record.type == LINK_RECORD_PONG)
            take_pong(&l->peers[s->peer], now, record.body);
        else if (record.type == LINK_RECORD_PATH_CHALLENGE &&
                 record.body.size == sizeof s->challenge)
            session_send_record(l, s, from, LINK_RECORD_PATH_RESPONSE, record.body, out);
        else if (record.type == LINK_RECORD_PATH_RESPONSE)
            take_path_response(s, from, record.body);
        else if (record.type == LINK_RECORD_CLOSE)
            closes = true;
    }
    return closes;
}

/*
 * The newest frame came from elsewhere (a NAT's new port, another network): asks there. Frames go
 * to the old address until the answer, so a copied frame cannot turn them on a third party.
 */
static void challenge(struct link *l, msec now, struct link_session *s,
                      const struct link_address *from, struct outbox *out)
{
    if (s->challenged && now - s->challenged_at < LINK_RETRANSMIT_MSEC)
        return;
    s->challenged = true;
    s->challenged_at = now;
    s->challenge_address = *from;
    session_random(l, s->challenge, sizeof s->challenge);
    session_send_record(l, s, from, LINK_RECORD_PATH_CHALLENGE,
                        (struct bytes){.at = s->challenge, .size = sizeof s->challenge}, out);
}

/* ---- Receiving ------------------------------------------------------------------------------ */

/* A session ends by the peer's word or fault; with the peer's one session the peer is down. */
static void session_end(struct link *l, msec now, struct link_session *s, struct outbox *out)
{
    const uint32_t number = s->peer;
    if (l->peers[number].session == session_slot(l, s))
        peer_down(l, now, number, true, out);
    else
        session_free(s);
}

static void wear(struct link_session *s, msec now)
{
    if (s->worn || s->role != NOISE_INITIATOR ||
        (s->counter < LINK_RENEW_FRAMES && s->replay.next < LINK_RENEW_FRAMES))
        return;
    s->worn = true;
    s->renew = now;
}

static enum link_verdict receive_data(struct link *l, msec now, const struct link_address *from,
                                      uint8_t *datagram, size_t size, struct outbox *out,
                                      struct link_received *received)
{
    if (size < LINK_DATA_OVERHEAD)
        return LINK_DROP_SIZE;
    struct reader r = reader_on((struct bytes){.at = datagram + 2, .size = 4});
    struct link_session *s = session_find(l, read_u32(&r));
    if (s == NULL)
        return LINK_DROP_INDEX;
    if (s->state == SESSION_SENT_HS1 || s->state == SESSION_SENT_HS2)
        return LINK_DROP_STATE;
    struct bytes plain;
    bool newest;
    enum link_verdict verdict = session_open(s, datagram, size, &plain, &newest);
    if (verdict != LINK_TOOK_RECORDS)
        return verdict;
    if (s->state != SESSION_PROVEN) {
        verdict = peer_adopt(l, now, s, out);
        if (verdict != LINK_TOOK_RECORDS)
            return verdict;
    }
    s->heard = now;
    wear(s, now);
    received->peer = s->peer;
    bool unknown;
    bool carries;
    if (!records_valid(plain, &unknown, &carries))
        return LINK_DROP_RECORDS;
    peer_follow(l, now, s, carries, out);
    if (unknown) {
        session_send_record(l, s, &s->address, LINK_RECORD_CLOSE, (struct bytes){.size = 0}, out);
        session_end(l, now, s, out);
        return LINK_DROP_MUST_UNDERSTAND;
    }
    if (newest && from->kind == s->address.kind && !session_address_equal(from, &s->address))
        challenge(l, now, s, from, out);
    if (take_own_records(l, now, s, from, plain, out))
        session_end(l, now, s, out);
    received->rest = plain;
    return LINK_TOOK_RECORDS;
}

static enum link_verdict receive(struct link *l, msec now, const struct link_address *from,
                                 uint8_t *datagram, size_t size, struct outbox *out,
                                 struct link_received *received)
{
    if (size == 0 || size > FRAME_SIZE_MAX)
        return LINK_DROP_SIZE;
    switch (datagram[0]) {
    case FRAME_HS1:
    case FRAME_HS2:
    case FRAME_HS3:
    case FRAME_RETRY:
        return handshake_receive(l, now, from, (struct bytes){.at = datagram, .size = size}, out);
    case FRAME_DATA:
        return receive_data(l, now, from, datagram, size, out, received);
    default: /* A byte from outside, not our enum. */
        return LINK_DROP_KIND;
    }
}

enum link_verdict link_receive(struct link *l, msec now, const struct link_address *from,
                               uint8_t *datagram, size_t size, struct outbox *out,
                               struct link_received *received)
{
    *received = (struct link_received){.peer = LINK_NONE};
    CHECK(from->size <= sizeof from->bytes && from->host <= from->size);
    const enum link_verdict verdict = receive(l, now, from, datagram, size, out, received);
    l->counters.verdicts[verdict]++;
    return verdict;
}

/* ---- Sending -------------------------------------------------------------------------------- */

/* Until when it is there. */
static msec patience(enum link_urgency urgency)
{
    return urgency == LINK_URGENT ? 0 : LINK_AGGREGATE_MSEC;
}

static void wait_for_company(struct link_peer *peer, msec now, struct bytes header,
                             struct bytes body, enum link_urgency urgency)
{
    struct writer w = writer_on(peer->records, sizeof peer->records);
    w.used = peer->waiting;
    write_bytes(&w, header.at, header.size);
    write_bytes(&w, body.at, body.size);
    CHECK(!w.failed);
    const msec flush = now + patience(urgency);
    if (peer->waiting == 0 || flush < peer->flush)
        peer->flush = flush;
    if (peer->waiting == 0 || urgency < peer->urgency)
        peer->urgency = urgency;
    peer->waiting = (uint16_t)w.used;
}

/* A record joins those that wait, or begins again with an empty frame. */
static bool send_record(struct link *l, msec now, struct link_peer *peer, struct bytes header,
                        struct bytes body, enum link_urgency urgency, struct outbox *out)
{
    const size_t size = header.size + body.size;
    const bool large = urgency != LINK_URGENT && size >= LINK_AGGREGATE_SIZE;
    const bool urgent =
        urgency == LINK_URGENT || (peer->waiting > 0 && peer->urgency == LINK_URGENT);
    const size_t most = urgent ? peer->frame_size_max - LINK_DATA_OVERHEAD : LINK_AGGREGATE_SIZE;
    bool sent = true;
    if (peer->waiting + size > most || large)
        sent = peer_flush(l, peer, out);
    wait_for_company(peer, now, header, body, urgency);
    if (large || peer->waiting == most)
        sent = peer_flush(l, peer, out) && sent;
    return sent;
}

enum link_send_verdict link_send(struct link *l, msec now, uint32_t number, uint8_t type,
                                 struct bytes body, enum link_urgency urgency, struct outbox *out)
{
    CHECK(!is_own(type));
    if (number >= NEIGHBOURS_MAX || !l->peers[number].up)
        return LINK_SEND_NO_PEER;
    struct link_peer *peer = &l->peers[number];
    const size_t size = LINK_RECORD_HEADER + body.size;
    if (body.size > LINK_RECORD_SIZE_MAX || size + LINK_DATA_OVERHEAD > peer->frame_size_max)
        return LINK_SEND_SIZE;
    const uint8_t bytes[LINK_RECORD_HEADER] = {type, (uint8_t)(body.size >> 8), (uint8_t)body.size};
    const struct bytes header = {.at = bytes, .size = sizeof bytes};
    l->counters.records_sent++;
    if (urgency == LINK_URGENT && peer_standby(l, number) != NULL)
        recent_keep(&l->recent, now, number, header, body);
    const bool sent = send_record(l, now, peer, header, body, urgency, out);
    wear(&l->sessions[peer->session], now);
    return sent ? LINK_SEND_OK : LINK_SEND_OUTBOX;
}

void link_close(struct link *l, msec now, uint32_t number, struct outbox *out)
{
    if (number >= NEIGHBOURS_MAX || !l->peers[number].up)
        return;
    struct link_peer *peer = &l->peers[number];
    struct link_session *s = &l->sessions[peer->session];
    peer_flush(l, peer, out);
    session_send_record(l, s, &s->address, LINK_RECORD_CLOSE, (struct bytes){.size = 0}, out);
    peer_down(l, now, number, true, out);
}

/* ---- Time ----------------------------------------------------------------------------------- */

static bool is_active(const struct link *l, const struct link_session *s)
{
    return s->state == SESSION_PROVEN && l->peers[s->peer].session == session_slot(l, s);
}

static msec earlier(msec a, msec b)
{
    return a < b ? a : b;
}

/* When a peer is to be asked on a session. */
static msec ping_due(const struct link_session *s)
{
    const msec silent = s->heard + (s->standby ? LINK_STANDBY_PING_MSEC : LINK_PING_MSEC);
    const msec again = s->pinged + LINK_PING_AGAIN_MSEC;
    return silent > again ? silent : again;
}

/* When a session is dead. */
static msec dead_at(const struct link_session *s)
{
    return s->heard + (s->standby ? LINK_STANDBY_DEAD_MSEC : LINK_DEAD_MSEC);
}

static msec session_deadline(const struct link *l, const struct link_session *s)
{
    if (s->state == SESSION_FREE)
        return MSEC_NEVER;
    if (session_is_pending(s))
        return earlier(s->began + LINK_HANDSHAKE_MSEC, s->retransmit);
    if (!is_active(l, s) && !s->standby)
        return s->drain;
    return earlier(earlier(dead_at(s), ping_due(s)), s->renew);
}

msec link_deadline(const struct link *l)
{
    msec deadline = MSEC_NEVER;
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        deadline = earlier(deadline, session_deadline(l, &l->sessions[i]));
    for (size_t i = 0; i < NEIGHBOURS_MAX; i++)
        if (l->peers[i].up)
            deadline = earlier(deadline, l->peers[i].flush);
    for (size_t i = 0; i < LINK_DIALS_MAX; i++)
        if (l->dials[i].used)
            deadline = earlier(deadline, l->dials[i].next);
    return deadline;
}

static void expire_pending(struct link *l, msec now, struct link_session *s, struct outbox *out)
{
    if (now >= s->began + LINK_HANDSHAKE_MSEC) {
        if (s->dial != LINK_NONE)
            peer_dial_failed(l, now, s->dial);
        session_free(s);
    } else if (now >= s->retransmit) {
        handshake_repeat(l, now, s, out);
    }
}

/* PINGs that end handshakes, or go where frames do not, are number 0: no round trip is told. */
static void ping(struct link *l, msec now, struct link_session *s, struct outbox *out)
{
    struct link_peer *peer = &l->peers[s->peer];
    uint8_t body[4];
    s->pinged = now;
    if (!s->standby) {
        peer->ping++;
        peer->pings_at[peer->ping % LINK_PINGS] = now;
    }
    struct writer w = writer_on(body, sizeof body);
    write_u32(&w, s->standby ? 0 : peer->ping);
    session_send_record(l, s, &s->address, LINK_RECORD_PING, written(&w), out);
}

/* Fresh keys come as a new session; this one stays the peer's until that is proven. */
static void renew(struct link *l, msec now, struct link_session *s, struct outbox *out)
{
    s->renew = now + session_jitter(l, LINK_RENEW_AGAIN_MSEC, 10);
    handshake_begin(l, now, &s->address, NULL, &s->node, out);
}

static void expire_living(struct link *l, msec now, struct link_session *s, struct outbox *out)
{
    if (now >= dead_at(s)) {
        if (s->standby || peer_standby(l, s->peer) != NULL)
            peer_lost(l, now, s, out);
        else
            peer_down(l, now, s->peer, false, out);
        return;
    }
    if (now >= ping_due(s))
        ping(l, now, s, out);
    if (now >= s->renew)
        renew(l, now, s, out);
}

void link_lost(struct link *l, msec now, const struct link_address *address, struct outbox *out)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct link_session *s = &l->sessions[i];
        if (s->state == SESSION_FREE || !session_address_equal(&s->address, address))
            continue;
        if (session_is_pending(s)) {
            if (s->dial != LINK_NONE)
                peer_dial_failed(l, now, s->dial);
            session_free(s);
        } else {
            peer_lost(l, now, s, out);
        }
    }
}

static void flush_all(struct link *l, msec now, struct outbox *out)
{
    for (size_t i = 0; i < NEIGHBOURS_MAX; i++) {
        struct link_peer *peer = &l->peers[i];
        if (!peer->up || now < peer->flush)
            continue;
        peer_flush(l, peer, out);
        wear(&l->sessions[peer->session], now);
    }
}

void link_expire(struct link *l, msec now, struct outbox *out)
{
    flush_all(l, now, out);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct link_session *s = &l->sessions[i];
        if (s->state == SESSION_FREE)
            continue;
        if (session_is_pending(s))
            expire_pending(l, now, s, out);
        else if (is_active(l, s) || s->standby)
            expire_living(l, now, s, out);
        else if (now >= s->drain)
            session_free(s);
    }
    for (uint32_t i = 0; i < LINK_DIALS_MAX; i++)
        if (l->dials[i].used && now >= l->dials[i].next)
            dial_now(l, now, i, out);
}

const char *link_verdict_text(enum link_verdict verdict)
{
    static const char *const texts[LINK_VERDICTS] = {
        [LINK_TOOK_RECORDS] = "took records",
        [LINK_TOOK_HANDSHAKE] = "took a handshake message",
        [LINK_TOOK_RETRY_SENT] = "asked to prove its address",
        [LINK_DROP_SIZE] = "wrong size",
        [LINK_DROP_KIND] = "not a frame of this version",
        [LINK_DROP_SUITE] = "unknown suite or flags",
        [LINK_DROP_INDEX] = "names no session",
        [LINK_DROP_STATE] = "not awaited",
        [LINK_DROP_REPLAY] = "replayed",
        [LINK_DROP_FORGED] = "not authentic",
        [LINK_DROP_TICKET] = "unknown ticket",
        [LINK_DROP_HELLO] = "malformed hello",
        [LINK_DROP_CERTIFICATE] = "wrong certificate",
        [LINK_DROP_PIN] = "another node than was dialled",
        [LINK_DROP_SELF] = "ourselves",
        [LINK_DROP_STALE] = "an older serial or boot",
        [LINK_DROP_VERSION] = "no version in common",
        [LINK_DROP_RATE] = "too many handshakes",
        [LINK_DROP_FULL] = "no room",
        [LINK_DROP_RECORDS] = "malformed records",
        [LINK_DROP_MUST_UNDERSTAND] = "an unknown record that must be understood",
    };
    CHECK(verdict < LINK_VERDICTS);
    return texts[verdict];
}
