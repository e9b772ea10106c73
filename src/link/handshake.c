/* SPDX-License-Identifier: MIT */
#include "link/handshake.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "link/session.h"
#include "proto/link.pb-c.h"

#include <sodium.h>

#define FLAG_TOKEN  1u
#define FLAG_TICKET 2u

/* "BitCraps-link-v1" || link kind u8 || network id. */
#define PROLOGUE_SIZE (16 + 1 + NETWORK_ID_SIZE)

/* A LinkHello of the largest numbers: 34 + 6 + 66 + 6 + 6 + 6 + 11 + 6. */
#define HELLO_SIZE_MAX 141
_Static_assert(LINK_HANDSHAKE_HEADER + NOISE_OVERHEAD_2 + HELLO_SIZE_MAX <= LINK_HANDSHAKE_SIZE,
               "HS2 is no larger than a padded HS1");

struct handshake_frame {
    uint8_t kind;
    uint8_t suite;
    uint16_t flags;
    uint32_t sender;
    uint32_t receiver;
    const uint8_t *ticket_id;
    const uint8_t *token;
    struct bytes noise;
    size_t padding; /* What follows the Noise message. */
};

static bool frame_read(struct bytes datagram, struct handshake_frame *f)
{
    struct reader r = reader_on(datagram);
    f->kind = read_u8(&r);
    f->suite = read_u8(&r);
    f->flags = read_u16(&r);
    f->sender = read_u32(&r);
    f->receiver = read_u32(&r);
    f->ticket_id = read_bytes(&r, LINK_TICKET_ID_SIZE);
    f->token = read_bytes(&r, LINK_TOKEN_SIZE);
    f->noise.size = read_u16(&r);
    f->noise.at = read_bytes(&r, f->noise.size);
    f->padding = r.size;
    return !r.failed;
}

/* Writes all but the Noise message, whose size is known beforehand. */
static void frame_begin(struct writer *w, enum frame_kind kind, const struct link_session *s,
                        size_t noise_size)
{
    static const uint8_t none[LINK_TOKEN_SIZE];
    write_u8(w, (uint8_t)kind);
    write_u8(w, 0);
    write_u16(w, (uint16_t)((s->has_token ? FLAG_TOKEN : 0) | (s->has_ticket ? FLAG_TICKET : 0)));
    write_u32(w, s->index);
    write_u32(w, s->remote_index);
    write_bytes(w, s->has_ticket ? s->ticket_id : none, LINK_TICKET_ID_SIZE);
    write_bytes(w, s->has_token ? s->token : none, LINK_TOKEN_SIZE);
    write_u16(w, (uint16_t)noise_size);
}

static struct bytes prologue(const struct link *l, const struct link_address *address,
                             uint8_t memory[static PROLOGUE_SIZE])
{
    struct writer w = writer_on(memory, PROLOGUE_SIZE);
    write_bytes(&w, "BitCraps-link-v1", 16);
    write_u8(&w, address->kind);
    write_bytes(&w, l->config.network, NETWORK_ID_SIZE);
    CHECK(!w.failed && w.used == PROLOGUE_SIZE);
    return written(&w);
}

static void begin_noise(struct link *l, struct link_session *s, const uint8_t *ticket)
{
    uint8_t memory[PROLOGUE_SIZE];
    uint8_t ephemeral[NOISE_KEY_SIZE];
    session_random(l, ephemeral, sizeof ephemeral);
    noise_begin(&s->noise, s->role, prologue(l, &s->address, memory), l->identity.link_secret,
                ephemeral, ticket);
    sodium_memzero(ephemeral, sizeof ephemeral);
}

static bool send_message(struct link *l, const struct link_session *s, struct outbox *out)
{
    l->counters.handshakes_sent++;
    return session_emit(&s->address, (struct bytes){.at = s->message, .size = s->message_size},
                        out);
}

/* A PING that only asks for the first data frame from the other side. */
static void send_proof(struct link *l, struct link_session *s, struct outbox *out)
{
    static const uint8_t body[4];
    session_send_record(l, s, &s->address, LINK_RECORD_PING,
                        (struct bytes){.at = body, .size = sizeof body}, out);
}

static struct bytes pack_hello(const struct link *l, uint8_t memory[static HELLO_SIZE_MAX])
{
    Bitcraps__LinkHello hello = BITCRAPS__LINK_HELLO__INIT;
    struct public_key key = l->identity.key;
    struct signature certificate = l->identity.certificate;
    hello.identity.data = key.bytes;
    hello.identity.len = sizeof key.bytes;
    hello.serial = l->identity.serial;
    hello.certificate.data = certificate.bytes;
    hello.certificate.len = sizeof certificate.bytes;
    hello.boot = l->config.boot;
    hello.version_min = LINK_VERSION;
    hello.version_max = LINK_VERSION;
    hello.features = l->config.features;
    struct writer w = writer_on(memory, HELLO_SIZE_MAX);
    CHECK(frame_pack(&hello.base, &w));
    return written(&w);
}

/* Reads the peer's hello, and judges whether it is a node that we talk to, from this session. */
static enum link_verdict take_hello(const struct link *l, struct link_session *s,
                                    const struct noise_handshake *noise, struct bytes payload)
{
    _Alignas(max_align_t) uint8_t memory[512];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *message;
    if (frame_unpack(&bitcraps__link_hello__descriptor, payload, &arena, &message) != FRAME_OK)
        return LINK_DROP_HELLO;
    const Bitcraps__LinkHello *hello = (const Bitcraps__LinkHello *)message;
    if (hello->identity.len != PUBLIC_KEY_SIZE || hello->certificate.len != SIGNATURE_SIZE)
        return LINK_DROP_HELLO;
    const uint32_t frame_size_max =
        hello->frame_size_max == 0 ? FRAME_SIZE_MAX : hello->frame_size_max;
    if (frame_size_max < LINK_FRAME_SIZE_MIN)
        return LINK_DROP_HELLO;
    if (hello->version_min > LINK_VERSION || hello->version_max < LINK_VERSION)
        return LINK_DROP_VERSION;

    struct signature certificate;
    memcpy(s->hello.key.bytes, hello->identity.data, PUBLIC_KEY_SIZE);
    memcpy(certificate.bytes, hello->certificate.data, SIGNATURE_SIZE);
    if (!identity_certifies(&s->hello.key, noise->remote_static, hello->serial, &certificate))
        return LINK_DROP_CERTIFICATE;
    s->node = identity_node(&s->hello.key);
    if (node_id_equal(&s->node, &l->identity.node))
        return LINK_DROP_SELF;
    if (s->pinned && !node_id_equal(&s->node, &s->pin))
        return LINK_DROP_PIN;
    s->hello.serial = hello->serial;
    s->hello.boot = hello->boot;
    s->hello.features = hello->features;
    s->hello.frame_size_max = frame_size_max < FRAME_SIZE_MAX ? frame_size_max : FRAME_SIZE_MAX;
    return LINK_TOOK_HANDSHAKE;
}

/* Writes the next Noise message into the session's frame; false for a remote key of low order. */
static bool write_message(struct link_session *s, enum frame_kind kind, struct bytes payload,
                          size_t overhead)
{
    struct writer w = writer_on(s->message, sizeof s->message);
    frame_begin(&w, kind, s, overhead + payload.size);
    if (!noise_write(&s->noise, payload, &w))
        return false;
    CHECK(w.used == LINK_HANDSHAKE_HEADER + overhead + payload.size);
    s->message_size = (uint16_t)w.used;
    return true;
}

/* The keys are there: nothing of the handshake but its last message is needed any more. */
static void finish(struct link_session *s, enum session_state state)
{
    noise_split(&s->noise, s->send_key, s->receive_key);
    noise_clear(&s->noise);
    s->state = state;
}

static void schedule_first(struct link_session *s, msec now)
{
    s->retransmit_wait = LINK_RETRANSMIT_MSEC;
    s->retransmit = now + s->retransmit_wait;
}

struct link_session *handshake_begin(struct link *l, msec now, const struct link_address *to,
                                     const uint8_t *ticket, const struct node_id *pin,
                                     struct outbox *out)
{
    if (session_pending(l, NOISE_INITIATOR) + session_pending(l, NOISE_RESPONDER) >= HANDSHAKES_MAX)
        return NULL;
    struct link_session *s = session_create(l, now, to, NOISE_INITIATOR);
    if (s == NULL)
        return NULL;
    s->state = SESSION_SENT_HS1;
    if (pin != NULL) {
        s->pinned = true;
        s->pin = *pin;
    }
    if (ticket != NULL) {
        s->has_ticket = true;
        handshake_ticket_id(ticket, s->ticket_id);
    }
    begin_noise(l, s, ticket);
    CHECK(write_message(s, FRAME_HS1, (struct bytes){.size = 0},
                        ticket == NULL ? NOISE_OVERHEAD_1 : NOISE_OVERHEAD_1_PSK));
    if (to->kind == LINK_KIND_UDP) {
        memset(s->message + s->message_size, 0, sizeof s->message - s->message_size);
        s->message_size = sizeof s->message;
    }
    schedule_first(s, now);
    send_message(l, s, out);
    return s;
}

void handshake_repeat(struct link *l, msec now, struct link_session *s, struct outbox *out)
{
    CHECK(s->state == SESSION_SENT_HS1 || s->state == SESSION_SENT_HS3);
    s->retransmit_wait =
        s->retransmit_wait * 2 > LINK_RETRANSMIT_MAX ? LINK_RETRANSMIT_MAX : s->retransmit_wait * 2;
    s->retransmit = now + s->retransmit_wait;
    send_message(l, s, out);
    if (s->state == SESSION_SENT_HS3)
        send_proof(l, s, out);
}

void handshake_ticket_id(const uint8_t ticket[static NOISE_KEY_SIZE],
                         uint8_t id[static LINK_TICKET_ID_SIZE])
{
    /* libsodium's BLAKE2b gives 16 bytes at least: the id is their first eight. */
    static const char label[] = "bitcraps:ticket:v1";
    uint8_t hash[16];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (const uint8_t *)label, sizeof label - 1);
    crypto_generichash_update(&state, ticket, NOISE_KEY_SIZE);
    crypto_generichash_final(&state, hash, sizeof hash);
    memcpy(id, hash, LINK_TICKET_ID_SIZE);
}

/* Rotates the secrets of tokens, by the clock. */
static void rotate_cookies(struct link *l, msec now)
{
    const int64_t period = now / LINK_COOKIE_MSEC;
    if (period == l->cookie_period)
        return;
    if (period == l->cookie_period + 1)
        memcpy(l->cookie_secrets[1], l->cookie_secrets[0], sizeof l->cookie_secrets[1]);
    else
        session_random(l, l->cookie_secrets[1], sizeof l->cookie_secrets[1]);
    session_random(l, l->cookie_secrets[0], sizeof l->cookie_secrets[0]);
    l->cookie_period = period;
}

/* Keyed BLAKE2b-128(secret, address || sender index || e). */
static void make_token(const uint8_t secret[static 32], const struct link_address *from,
                       const struct handshake_frame *f, uint8_t token[static LINK_TOKEN_SIZE])
{
    uint8_t index[4];
    struct writer w = writer_on(index, sizeof index);
    write_u32(&w, f->sender);
    crypto_generichash_state state;
    crypto_generichash_init(&state, secret, 32, LINK_TOKEN_SIZE);
    crypto_generichash_update(&state, (const uint8_t *)from, sizeof *from);
    crypto_generichash_update(&state, index, sizeof index);
    crypto_generichash_update(&state, f->noise.at, NOISE_KEY_SIZE);
    crypto_generichash_final(&state, token, LINK_TOKEN_SIZE);
}

static bool token_valid(struct link *l, const struct link_address *from,
                        const struct handshake_frame *f)
{
    if ((f->flags & FLAG_TOKEN) == 0)
        return false;
    bool valid = false;
    for (size_t i = 0; i < 2; i++) {
        uint8_t token[LINK_TOKEN_SIZE];
        make_token(l->cookie_secrets[i], from, f, token);
        valid |= sodium_memcmp(token, f->token, sizeof token) == 0;
    }
    return valid;
}

static enum link_verdict send_retry(struct link *l, const struct link_address *from,
                                    const struct handshake_frame *f, struct outbox *out)
{
    struct link_session answer = {.remote_index = f->sender, .has_token = true};
    make_token(l->cookie_secrets[0], from, f, answer.token);
    struct writer w = writer_on(answer.message, sizeof answer.message);
    frame_begin(&w, FRAME_RETRY, &answer, 0);
    session_emit(from, written(&w), out);
    return LINK_TOOK_RETRY_SENT;
}

/*
 * Whether so many handshakes are under way or arriving that an address has to be proven first. The
 * last half of what all may begin is kept for those that did.
 */
static bool loaded(struct link *l, msec now)
{
    const bool flooded = !rate_take(&l->rate_hello, now, LINK_LOAD_PER_SECOND, 1000);
    return session_pending(l, NOISE_RESPONDER) >= LINK_LOAD_PENDING || flooded ||
           rate_left(&l->rate_total, now, LINK_RATE_TOTAL, LINK_RATE_MSEC) < LINK_RATE_TOTAL / 2;
}

/* Takes one handshake of what the address may begin; proven ones count apart from claimed ones. */
static bool address_take(struct link *l, msec now, const struct link_address *from, bool proven)
{
    uint8_t key[METER_KEY_SIZE] = {from->kind, proven, from->host};
    memcpy(key + 3, from->bytes, from->host);
    return meter_take(&l->rate_address, now, key, LINK_RATE_ADDRESS, LINK_RATE_MSEC);
}

/* The session that this HS1 began already, if any. */
static struct link_session *begun_by(struct link *l, const struct link_address *from,
                                     const struct handshake_frame *f)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct link_session *s = &l->sessions[i];
        if (s->state != SESSION_FREE && s->role == NOISE_RESPONDER &&
            s->remote_index == f->sender && session_address_equal(&s->address, from))
            return s;
    }
    return NULL;
}

static const uint8_t *ticket_find(const struct link *l, const uint8_t *id)
{
    for (size_t i = 0; i < l->tickets_count; i++)
        if (sodium_memcmp(l->ticket_ids[i], id, LINK_TICKET_ID_SIZE) == 0)
            return l->tickets[i];
    return NULL;
}

/* Answers an HS1 that may be answered. */
static enum link_verdict answer_hs1(struct link *l, msec now, const struct link_address *from,
                                    const struct handshake_frame *f, const uint8_t *ticket,
                                    struct outbox *out)
{
    struct link_session *s = session_create(l, now, from, NOISE_RESPONDER);
    if (s == NULL)
        return LINK_DROP_FULL;
    s->state = SESSION_SENT_HS2;
    s->remote_index = f->sender;
    begin_noise(l, s, ticket);
    uint8_t nothing[LINK_HANDSHAKE_SIZE];
    uint8_t hello[HELLO_SIZE_MAX];
    size_t size;
    if (!noise_read(&s->noise, f->noise, nothing, &size) || size != 0 ||
        !write_message(s, FRAME_HS2, pack_hello(l, hello), NOISE_OVERHEAD_2)) {
        session_free(s);
        return LINK_DROP_FORGED;
    }
    send_message(l, s, out);
    return LINK_TOOK_HANDSHAKE;
}

static enum link_verdict take_hs1(struct link *l, msec now, const struct link_address *from,
                                  const struct handshake_frame *f, size_t size, struct outbox *out)
{
    const bool ticketed = (f->flags & FLAG_TICKET) != 0;
    if (f->noise.size != (ticketed ? NOISE_OVERHEAD_1_PSK : NOISE_OVERHEAD_1) ||
        (from->kind == LINK_KIND_UDP && size != LINK_HANDSHAKE_SIZE))
        return LINK_DROP_SIZE;
    if (f->sender == 0 || f->receiver != 0)
        return LINK_DROP_INDEX;
    const uint8_t *ticket = ticketed ? ticket_find(l, f->ticket_id) : NULL;
    if (ticketed && ticket == NULL)
        return LINK_DROP_TICKET;
    struct link_session *same = begun_by(l, from, f);
    if (same != NULL) {
        /* Its HS2 was lost, or this is a replay: the same answer to the same address. */
        if (same->state != SESSION_SENT_HS2 ||
            memcmp(same->noise.remote_ephemeral, f->noise.at, NOISE_KEY_SIZE) != 0)
            return LINK_DROP_STATE;
        send_message(l, same, out);
        return LINK_TOOK_HANDSHAKE;
    }
    rotate_cookies(l, now);
    const bool proven = token_valid(l, from, f);
    const bool load = loaded(l, now);
    if (!proven && (load || !address_take(l, now, from, false)))
        return send_retry(l, from, f, out);
    if (proven && !address_take(l, now, from, true))
        return LINK_DROP_RATE;
    if (!rate_take(&l->rate_total, now, LINK_RATE_TOTAL, LINK_RATE_MSEC))
        return LINK_DROP_RATE;
    if (session_pending(l, NOISE_RESPONDER) >= HANDSHAKES_MAX - LINK_PENDING_OWN)
        return LINK_DROP_FULL;
    return answer_hs1(l, now, from, f, ticket, out);
}

static enum link_verdict take_retry(struct link *l, struct link_session *s,
                                    const struct handshake_frame *f, struct outbox *out)
{
    if (s->state != SESSION_SENT_HS1 || s->retries == LINK_RETRIES_MAX || f->noise.size != 0 ||
        (s->has_token && memcmp(s->token, f->token, sizeof s->token) == 0))
        return LINK_DROP_STATE;
    s->retries++;
    s->has_token = true;
    memcpy(s->token, f->token, sizeof s->token);
    /* The Noise message stays the same: the token is bound to it. */
    struct writer w = writer_on(s->message, LINK_HANDSHAKE_HEADER);
    frame_begin(&w, FRAME_HS1, s, s->has_ticket ? NOISE_OVERHEAD_1_PSK : NOISE_OVERHEAD_1);
    send_message(l, s, out);
    return LINK_TOOK_HANDSHAKE;
}

/* Reads HS2 or HS3 on a copy, which replaces the session's state only if all is well. */
static enum link_verdict read_hello(struct link *l, struct link_session *s,
                                    const struct handshake_frame *f)
{
    struct noise_handshake noise = s->noise;
    uint8_t payload[LINK_HANDSHAKE_SIZE];
    size_t size = 0;
    enum link_verdict verdict = LINK_DROP_FORGED;
    if (f->noise.size > sizeof payload)
        verdict = LINK_DROP_SIZE;
    else if (noise_read(&noise, f->noise, payload, &size))
        verdict = take_hello(l, s, &noise, (struct bytes){.at = payload, .size = size});
    if (verdict == LINK_TOOK_HANDSHAKE)
        s->noise = noise;
    noise_clear(&noise);
    return verdict;
}

static enum link_verdict take_hs2(struct link *l, msec now, struct link_session *s,
                                  const struct handshake_frame *f, struct outbox *out)
{
    if (s->state != SESSION_SENT_HS1 || f->sender == 0)
        return LINK_DROP_STATE;
    const enum link_verdict verdict = read_hello(l, s, f);
    if (verdict != LINK_TOOK_HANDSHAKE)
        return verdict;
    s->remote_index = f->sender;
    s->has_token = false;
    s->has_ticket = false;
    uint8_t hello[HELLO_SIZE_MAX];
    /* Only an ephemeral key of low order could fail here, and with it reading ee had failed. */
    CHECK(write_message(s, FRAME_HS3, pack_hello(l, hello), NOISE_OVERHEAD_3));
    finish(s, SESSION_SENT_HS3);
    schedule_first(s, now);
    send_message(l, s, out);
    send_proof(l, s, out);
    return LINK_TOOK_HANDSHAKE;
}

static enum link_verdict take_hs3(struct link *l, msec now, struct link_session *s,
                                  const struct handshake_frame *f, struct outbox *out)
{
    if (s->state != SESSION_SENT_HS2 || f->sender != s->remote_index)
        return LINK_DROP_STATE;
    const enum link_verdict verdict = read_hello(l, s, f);
    if (verdict != LINK_TOOK_HANDSHAKE)
        return verdict;
    if (!meter_take(&l->rate_node, now, s->node.bytes, LINK_RATE_NODE, LINK_RATE_MSEC)) {
        session_free(s);
        return LINK_DROP_RATE;
    }
    finish(s, SESSION_GOT_HS3);
    send_proof(l, s, out);
    return LINK_TOOK_HANDSHAKE;
}

enum link_verdict handshake_receive(struct link *l, msec now, const struct link_address *from,
                                    struct bytes datagram, struct outbox *out)
{
    struct handshake_frame f;
    if (!frame_read(datagram, &f) || datagram.size > LINK_HANDSHAKE_SIZE ||
        (f.kind != FRAME_HS1 && f.padding != 0))
        return LINK_DROP_SIZE;
    if (f.suite != 0 || (f.flags & ~(FLAG_TOKEN | FLAG_TICKET)) != 0)
        return LINK_DROP_SUITE;
    if (f.kind == FRAME_HS1)
        return take_hs1(l, now, from, &f, datagram.size, out);
    struct link_session *s = session_find(l, f.receiver);
    if (s == NULL)
        return LINK_DROP_INDEX;
    if (!session_address_equal(&s->address, from))
        return LINK_DROP_STATE;
    if (f.kind == FRAME_HS2)
        return take_hs2(l, now, s, &f, out);
    if (f.kind == FRAME_HS3)
        return take_hs3(l, now, s, &f, out);
    CHECK(f.kind == FRAME_RETRY);
    return take_retry(l, s, &f, out);
}
