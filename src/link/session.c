/* SPDX-License-Identifier: MIT */
#include "link/session.h"

#include "base/check.h"
#include "base/wire.h"

#include <sodium.h>

void session_random(struct link *l, void *memory, size_t size)
{
    /* The key is used once: its stream's first 32 bytes are the next key. */
    static const uint8_t nonce[crypto_stream_chacha20_ietf_NONCEBYTES];
    uint8_t stream[LINK_SEED_SIZE + 64];
    CHECK(size <= sizeof stream - LINK_SEED_SIZE);
    crypto_stream_chacha20_ietf(stream, LINK_SEED_SIZE + size, nonce, l->random_key);
    memcpy(l->random_key, stream, LINK_SEED_SIZE);
    memcpy(memory, stream + LINK_SEED_SIZE, size);
    sodium_memzero(stream, sizeof stream);
}

msec session_jitter(struct link *l, msec value, msec percent)
{
    uint32_t random;
    session_random(l, &random, sizeof random);
    const msec spread = value * percent / 100;
    return value - spread + (msec)random % (2 * spread + 1);
}

bool session_address_equal(const struct link_address *a, const struct link_address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool session_is_pending(const struct link_session *s)
{
    return s->state != SESSION_FREE && s->state != SESSION_PROVEN;
}

size_t session_pending(const struct link *l, enum noise_role role)
{
    size_t count = 0;
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        count += session_is_pending(&l->sessions[i]) && l->sessions[i].role == role;
    return count;
}

struct link_session *session_create(struct link *l, msec now, const struct link_address *address,
                                    enum noise_role role)
{
    struct link_session *chosen = NULL;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct link_session *s = &l->sessions[i];
        if (s->state == SESSION_FREE) {
            chosen = s;
            break;
        }
        const bool replaced = s->state == SESSION_PROVEN && s->drain != MSEC_NEVER;
        if (replaced && (chosen == NULL || s->drain < chosen->drain))
            chosen = s;
    }
    if (chosen == NULL)
        return NULL;
    session_free(chosen);
    do {
        session_random(l, &chosen->index, sizeof chosen->index);
        chosen->index = chosen->index / SESSIONS_MAX * SESSIONS_MAX + session_slot(l, chosen);
    } while (chosen->index == 0);
    chosen->role = role;
    chosen->dial = LINK_NONE;
    chosen->peer = LINK_NONE;
    chosen->address = *address;
    chosen->began = now;
    chosen->heard = now;
    chosen->pinged = now;
    chosen->renew = MSEC_NEVER;
    chosen->drain = MSEC_NEVER;
    chosen->retransmit = MSEC_NEVER;
    return chosen;
}

struct link_session *session_find(struct link *l, uint32_t index)
{
    struct link_session *s = &l->sessions[index % SESSIONS_MAX];
    return s->state != SESSION_FREE && s->index == index ? s : NULL;
}

uint32_t session_slot(const struct link *l, const struct link_session *s)
{
    return (uint32_t)(s - l->sessions);
}

void session_free(struct link_session *s)
{
    sodium_memzero(s, sizeof *s);
    _Static_assert(SESSION_FREE == 0, "zeros are a free session");
}

bool session_emit(const struct link_address *to, struct bytes datagram, struct outbox *out)
{
    uint8_t *at = outbox_reserve(out, LINK_EFFECT_SEND, LINK_URGENT, sizeof *to + datagram.size);
    if (at == NULL)
        return false;
    memcpy(at, to, sizeof *to);
    memcpy(at + sizeof *to, datagram.at, datagram.size);
    return true;
}

bool session_send(struct link *l, struct link_session *s, const struct link_address *to,
                  const struct bytes *parts, size_t count, enum link_urgency urgency,
                  struct outbox *out)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    CHECK(size + LINK_DATA_OVERHEAD <= FRAME_SIZE_MAX);
    uint8_t *at =
        outbox_reserve(out, LINK_EFFECT_SEND, urgency, sizeof *to + size + LINK_DATA_OVERHEAD);
    if (at == NULL)
        return false;
    memcpy(at, to, sizeof *to);
    at += sizeof *to;

    struct writer w = writer_on(at, size + LINK_DATA_HEADER);
    write_u8(&w, FRAME_DATA);
    write_u8(&w, 0);
    write_u32(&w, s->remote_index);
    write_u32(&w, (uint32_t)s->counter);
    for (size_t i = 0; i < count; i++)
        write_bytes(&w, parts[i].at, parts[i].size);
    CHECK(!w.failed && w.used == w.size);
    noise_seal(s->send_key, s->counter, (struct bytes){.at = at, .size = LINK_DATA_HEADER},
               (struct bytes){.at = at + LINK_DATA_HEADER, .size = size}, at + LINK_DATA_HEADER);
    s->counter++;
    l->counters.frames_sent++;
    return true;
}

bool session_send_record(struct link *l, struct link_session *s, const struct link_address *to,
                         enum link_record_type type, struct bytes body, struct outbox *out)
{
    const uint8_t header[LINK_RECORD_HEADER] = {(uint8_t)type, (uint8_t)(body.size >> 8),
                                                (uint8_t)body.size};
    const struct bytes parts[] = {{.at = header, .size = sizeof header}, body};
    return session_send(l, s, to, parts, 2, LINK_URGENT, out);
}

enum link_verdict session_open(struct link_session *s, uint8_t *datagram, size_t size,
                               struct bytes *plain, bool *newest)
{
    struct reader r = reader_on((struct bytes){.at = datagram, .size = LINK_DATA_HEADER});
    read_u8(&r);
    if (read_u8(&r) != 0)
        return LINK_DROP_SUITE;
    read_u32(&r);
    const uint64_t counter = replay_expand(&s->replay, read_u32(&r));
    if (!replay_fresh(&s->replay, counter))
        return LINK_DROP_REPLAY;
    if (!noise_open(s->receive_key, counter,
                    (struct bytes){.at = datagram, .size = LINK_DATA_HEADER},
                    datagram + LINK_DATA_HEADER, size - LINK_DATA_HEADER))
        return LINK_DROP_FORGED;
    *newest = counter >= s->replay.next;
    replay_note(&s->replay, counter);
    *plain = (struct bytes){.at = datagram + LINK_DATA_HEADER, .size = size - LINK_DATA_OVERHEAD};
    return LINK_TOOK_RECORDS;
}
