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

/* Makes one session the peer's and lets the one before drain. */
static void replace(struct link *l, msec now, struct link_peer *peer, struct link_session *s)
{
    l->sessions[peer->session].drain = now + LINK_DRAIN_MSEC;
    peer->session = session_slot(l, s);
    s->drain = MSEC_NEVER;
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
        go_down(l, now, number, out);
    }
    if (!peer->up) {
        learn(peer, s);
        come_up(l, now, number, s, out);
        return LINK_TOOK_RECORDS;
    }
    if (keeps(l, peer, &l->sessions[peer->session], s)) {
        s->drain = now + LINK_DRAIN_MSEC;
        return LINK_TOOK_RECORDS;
    }
    learn(peer, s);
    replace(l, now, peer, s);
    return LINK_TOOK_RECORDS;
}

void peer_follow(struct link *l, msec now, struct link_session *s)
{
    struct link_peer *peer = &l->peers[s->peer];
    CHECK(peer->up);
    const msec patience = is_smaller(l, peer) ? LINK_FOLLOW_SMALLER : LINK_FOLLOW_LARGER;
    if (s->drain != MSEC_NEVER && now - l->sessions[peer->session].heard >= patience)
        replace(l, now, peer, s);
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

/* Configured addresses of a node that is gone are dialled again. */
static void redial(struct link *l, msec now, const struct link_peer *peer, bool stable, bool left)
{
    for (size_t i = 0; i < LINK_DIALS_MAX; i++) {
        struct link_dial *dial = &l->dials[i];
        if (!dial->used || !dial->identified || dial->session != LINK_NONE ||
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
    go_down(l, now, number, out);
    redial(l, now, peer, stable, left);
}

/* Of a peer's other sessions, the one heard last. */
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

void peer_lost(struct link *l, msec now, struct link_session *s, struct outbox *out)
{
    struct link_peer *peer = &l->peers[s->peer];
    struct link_session *other = other_session(l, s);
    if (peer->session != session_slot(l, s)) {
        session_free(s);
    } else if (other != NULL) {
        replace(l, now, peer, other);
        session_free(s);
    } else {
        peer_down(l, now, s->peer, false, out);
    }
}

void peer_flush(struct link *l, struct link_peer *peer, struct outbox *out)
{
    if (peer->waiting == 0)
        return;
    struct link_session *s = &l->sessions[peer->session];
    const struct bytes records = {.at = peer->records, .size = peer->waiting};
    session_send(l, s, &s->address, &records, 1, out);
    peer->waiting = 0;
    peer->flush = MSEC_NEVER;
}
