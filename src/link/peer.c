/* SPDX-License-Identifier: MIT */
#include "link/peer.h"

#include "base/check.h"
#include "link/session.h"

#include <string.h>

uint32_t peer_find(const struct link *l, const struct node_id *node)
{
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++)
        if (l->peers[i].known && node_id_equal(&l->peers[i].node, node))
            return i;
    return LINK_NONE;
}

/* A place for a new peer: a free one, or that of the peer that is down longest. */
static uint32_t claim(const struct link *l)
{
    uint32_t chosen = LINK_NONE;
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++) {
        const struct link_peer *peer = &l->peers[i];
        if (!peer->known)
            return i;
        if (!peer->up && (chosen == LINK_NONE || peer->since < l->peers[chosen].since))
            chosen = i;
    }
    return chosen;
}

static void tell(struct link *l, enum link_effect kind, uint32_t number, struct outbox *out)
{
    const struct link_peer *peer = &l->peers[number];
    outbox_append(out, kind, number,
                  (struct bytes){.at = peer->node.bytes, .size = sizeof peer->node.bytes});
}

/* What the session's hello says becomes what is known of the peer. */
static void learn(struct link_peer *peer, const struct link_session *s)
{
    peer->key = s->hello.key;
    peer->boot = s->hello.boot;
    peer->serial = s->hello.serial;
    peer->features = s->hello.features;
    peer->frame_size_max = s->hello.frame_size_max;
}

static void come_up(struct link *l, msec now, uint32_t number, struct link_session *s,
                    struct outbox *out)
{
    struct link_peer *peer = &l->peers[number];
    peer->up = true;
    peer->session = session_slot(l, s);
    peer->since = now;
    peer->rtt = -1;
    peer->ping = 0;
    for (size_t i = 0; i < LINK_PINGS; i++)
        peer->pings_at[i] = -1;
    peer->flush = MSEC_NEVER;
    peer->waiting = 0;
    l->counters.ups++;
    tell(l, LINK_EFFECT_UP, number, out);
}

/* The sessions of a peer end, whether it is up or replaced them; those of handshakes go on. */
static void free_sessions(struct link *l, uint32_t number, const struct link_session *but)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct link_session *s = &l->sessions[i];
        if (s->state == SESSION_PROVEN && s->peer == number && s != but)
            session_free(s);
    }
}

static void go_down(struct link *l, msec now, uint32_t number, struct outbox *out)
{
    struct link_peer *peer = &l->peers[number];
    peer->up = false;
    peer->since = now;
    peer->session = LINK_NONE;
    peer->waiting = 0;
    peer->flush = MSEC_NEVER;
    l->counters.downs++;
    tell(l, LINK_EFFECT_DOWN, number, out);
}

/* ---- Paths ----------------------------------------------------------------------------------- */

/* The lower, the better: what is quick and lossless enough comes first. */
static unsigned rank(uint8_t kind)
{
    switch (kind) {
    case LINK_KIND_UDP:
        return 0;
    case LINK_KIND_LOCAL:
        return 1;
    case LINK_KIND_BREDR:
        return 2;
    default: /* A byte of an address; all there is besides is Bluetooth LE. */
        return 3;
    }
}

struct link_session *peer_path(struct link *l, uint32_t number, uint8_t kind)
{
    for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
        struct link_session *s = &l->sessions[i];
        if (s->state == SESSION_PROVEN && s->peer == number && s->address.kind == kind &&
            (s->standby || l->peers[number].session == i))
            return s;
    }
    return NULL;
}

struct link_session *peer_standby(struct link *l, uint32_t number)
{
    struct link_session *best = NULL;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct link_session *s = &l->sessions[i];
        if (s->state == SESSION_PROVEN && s->peer == number && s->standby &&
            (best == NULL || rank(s->address.kind) < rank(best->address.kind)))
            best = s;
    }
    return best;
}

/* One session takes the place, used or standing by, of another, which drains. */
static void replace(struct link *l, msec now, struct link_peer *peer, struct link_session *old,
                    struct link_session *s)
{
    s->standby = old->standby;
    if (!old->standby)
        peer->session = session_slot(l, s);
    s->drain = MSEC_NEVER;
    old->standby = false;
    old->drain = now + LINK_DRAIN_MSEC;
}

/* The best path is used. */
static void choose(struct link *l, uint32_t number)
{
    struct link_peer *peer = &l->peers[number];
    struct link_session *used = &l->sessions[peer->session];
    struct link_session *best = peer_standby(l, number);
    if (best == NULL || rank(best->address.kind) >= rank(used->address.kind))
        return;
    used->standby = true;
    best->standby = false;
    peer->session = session_slot(l, best);
}

static bool is_smaller(const struct link *l, const struct link_peer *peer)
{
    return memcmp(l->identity.node.bytes, peer->node.bytes, sizeof peer->node.bytes) < 0;
}

/* Whether the old session stays the peer's although a new one is proven. */
static bool keeps(const struct link *l, const struct link_peer *peer,
                  const struct link_session *old, const struct link_session *s)
{
    const bool crossed = old->role != s->role && old->heard >= s->began;
    return crossed && (old->role == NOISE_INITIATOR) == is_smaller(l, peer);
}

/* The dial that led to this session is done; its address now stands for the node. */
static void dial_succeeded(struct link *l, struct link_session *s)
{
    if (s->dial == LINK_NONE)
        return;
    struct link_dial *dial = &l->dials[s->dial];
    s->dial = LINK_NONE;
    dial->session = LINK_NONE;
    dial->identified = true;
    dial->node = s->node;
    dial->next = MSEC_NEVER;
    if (!dial->target.persistent)
        dial->used = false;
}

static enum link_verdict refuse(struct link *l, msec now, struct link_session *s,
                                enum link_verdict verdict, struct outbox *out)
{
    session_send_record(l, s, &s->address, LINK_RECORD_CLOSE, (struct bytes){.size = 0}, out);
    if (s->dial != LINK_NONE)
        peer_dial_failed(l, now, s->dial);
    session_free(s);
    return verdict;
}

enum link_verdict peer_adopt(struct link *l, msec now, struct link_session *s, struct outbox *out)
{
    CHECK(s->state == SESSION_SENT_HS3 || s->state == SESSION_GOT_HS3);
    uint32_t number = peer_find(l, &s->node);
    if (number == LINK_NONE) {
        number = claim(l);
        if (number == LINK_NONE)
            return refuse(l, now, s, LINK_DROP_FULL, out);
        memset(&l->peers[number], 0, sizeof l->peers[number]);
        l->peers[number].known = true;
        l->peers[number].node = s->node;
    }
    struct link_peer *peer = &l->peers[number];
    if (s->hello.serial < peer->serial || (peer->up && s->hello.boot < peer->boot))
        return refuse(l, now, s, LINK_DROP_STALE, out);

    s->state = SESSION_PROVEN;
    s->peer = number;
    s->proven = now;
    s->heard = now;
    s->retransmit = MSEC_NEVER;
    if (s->role == NOISE_INITIATOR)
        s->renew = now + session_jitter(l, LINK_RENEW_MSEC, 10);
    dial_succeeded(l, s);
    if (peer->up && s->hello.boot > peer->boot) {
        free_sessions(l, number, s);
        recent_forget(&l->recent, number);
        go_down(l, now, number, out);
    }
    if (!peer->up) {
        learn(peer, s);
        come_up(l, now, number, s, out);
        return LINK_TOOK_RECORDS;
    }
    struct link_session *old = peer_path(l, number, s->address.kind);
    if (old != NULL && keeps(l, peer, old, s)) {
        s->drain = now + LINK_DRAIN_MSEC;
        return LINK_TOOK_RECORDS;
    }
    learn(peer, s);
    if (old != NULL)
        replace(l, now, peer, old, s);
    else
        s->standby = true;
    choose(l, number);
    return LINK_TOOK_RECORDS;
}

/* When to dial again, after a wait that doubles. */
static void back_off(struct link *l, msec now, struct link_dial *dial)
{
    dial->next = now + session_jitter(l, dial->backoff, 20);
    dial->backoff = dial->backoff * 2 > LINK_REDIAL_MAX ? LINK_REDIAL_MAX : dial->backoff * 2;
}

void peer_dial_failed(struct link *l, msec now, uint32_t number)
{
    struct link_dial *dial = &l->dials[number];
    dial->session = LINK_NONE;
    if (dial->target.persistent)
        back_off(l, now, dial);
    else
        dial->used = false;
}

/* Configured addresses of a kind (0: any) of a node that is gone from there are dialled again. */
static void redial(struct link *l, msec now, const struct link_peer *peer, uint8_t kind,
                   bool stable, bool left)
{
    for (size_t i = 0; i < LINK_DIALS_MAX; i++) {
        struct link_dial *dial = &l->dials[i];
        if (!dial->used || !dial->identified || dial->session != LINK_NONE ||
            (kind != 0 && dial->target.address.kind != kind) ||
            !node_id_equal(&dial->node, &peer->node))
            continue;
        if (stable)
            dial->backoff = LINK_REDIAL_MSEC;
        if (left)
            back_off(l, now, dial);
        else
            dial->next = now;
    }
}

void peer_down(struct link *l, msec now, uint32_t number, bool left, struct outbox *out)
{
    struct link_peer *peer = &l->peers[number];
    CHECK(peer->up);
    const bool stable = now - peer->since >= LINK_REDIAL_STABLE;
    free_sessions(l, number, NULL);
    recent_forget(&l->recent, number);
    go_down(l, now, number, out);
    redial(l, now, peer, 0, stable, left);
}

/* Of a peer's replaced sessions, the one heard last. */
static struct link_session *other_session(struct link *l, const struct link_session *s)
{
    struct link_session *best = NULL;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct link_session *other = &l->sessions[i];
        if (other != s && other->state == SESSION_PROVEN && other->peer == s->peer &&
            !session_address_equal(&other->address, &s->address) &&
            (best == NULL || other->heard > best->heard))
            best = other;
    }
    return best;
}

/* What the path that failed may have lost goes again, as many records a frame as it takes. */
static void send_again(struct link *l, msec now, uint32_t number, struct outbox *out)
{
    struct link_peer *peer = &l->peers[number];
    struct link_session *s = &l->sessions[peer->session];
    uint8_t records[FRAME_SIZE_MAX];
    const size_t room = peer->frame_size_max - LINK_DATA_OVERHEAD;
    size_t used = 0;
    size_t at = 0;
    struct bytes record;
    struct bytes part = {.at = records};
    while (recent_next(&l->recent, now, number, &at, &record)) {
        if (used + record.size > room) {
            part.size = used;
            session_send(l, s, &s->address, &part, 1, LINK_URGENT, out);
            used = 0;
        }
        if (record.size > room)
            continue; /* The peer takes smaller frames than it did. */
        memcpy(records + used, record.at, record.size);
        used += record.size;
    }
    part.size = used;
    if (used > 0)
        session_send(l, s, &s->address, &part, 1, LINK_URGENT, out);
}

/* Ends a path that is dead and goes on over another. */
static void fail_over(struct link *l, msec now, struct link_session *s, struct link_session *other,
                      struct outbox *out)
{
    const uint32_t number = s->peer;
    struct link_peer *peer = &l->peers[number];
    other->standby = false;
    other->drain = MSEC_NEVER;
    peer->session = session_slot(l, other);
    peer->rtt = -1;
    l->counters.failovers++;
    redial(l, now, peer, s->address.kind, now - s->proven >= LINK_REDIAL_STABLE, false);
    session_free(s);
    send_again(l, now, number, out);
}

void peer_follow(struct link *l, msec now, struct link_session *s, bool carries, struct outbox *out)
{
    struct link_peer *peer = &l->peers[s->peer];
    struct link_session *used = &l->sessions[peer->session];
    CHECK(peer->up);
    if (s->standby && carries && now - used->heard >= LINK_FOLLOW_LARGER) {
        fail_over(l, now, used, s, out);
        return;
    }
    /* Of two sessions of one kind. */
    const msec patience = is_smaller(l, peer) ? LINK_FOLLOW_SMALLER : LINK_FOLLOW_LARGER;
    struct link_session *chosen = peer_path(l, s->peer, s->address.kind);
    if (s->drain == MSEC_NEVER)
        return;
    if (chosen == NULL) {
        s->drain = MSEC_NEVER;
        s->standby = true;
        choose(l, s->peer);
    } else if (now - chosen->heard >= patience) {
        replace(l, now, peer, chosen, s);
    }
}

void peer_lost(struct link *l, msec now, struct link_session *s, struct outbox *out)
{
    struct link_peer *peer = &l->peers[s->peer];
    struct link_session *other = peer_standby(l, s->peer);
    if (other == NULL)
        other = other_session(l, s);
    if (peer->session != session_slot(l, s)) {
        if (s->standby)
            redial(l, now, peer, s->address.kind, now - s->proven >= LINK_REDIAL_STABLE, false);
        session_free(s);
    } else if (other != NULL) {
        fail_over(l, now, s, other, out);
    } else {
        peer_down(l, now, s->peer, false, out);
    }
}

bool peer_flush(struct link *l, struct link_peer *peer, struct outbox *out)
{
    if (peer->waiting == 0)
        return true;
    struct link_session *s = &l->sessions[peer->session];
    const struct bytes records = {.at = peer->records, .size = peer->waiting};
    const bool sent = session_send(l, s, &s->address, &records, 1, peer->urgency, out);
    peer->waiting = 0;
    peer->flush = MSEC_NEVER;
    return sent;
}
