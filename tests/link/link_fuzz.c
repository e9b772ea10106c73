/* SPDX-License-Identifier: MIT */
/*
 * Arbitrary bytes at an endpoint with a live session. The first byte says what the rest is:
 *   0  datagrams, each after a length byte pair, from the peer's address or a stranger's
 *   1  the plaintext of a data frame by the peer
 *   2  the LinkHello of a stranger's third handshake message
 * Whatever they are, the session stays unless the peer itself ended it.
 */
#include "link/link.h"

#include "base/check.h"
#include "base/wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct effect effects[LINK_EFFECTS_MAX];
static uint8_t memory[LINK_OUTBOX_SIZE];
static struct link ready[2]; /* Two endpoints that have met. */
static struct link fuzzed;

static struct outbox outbox_new(void)
{
    return (struct outbox){.effects = effects,
                           .effects_max = LINK_EFFECTS_MAX,
                           .arena = memory,
                           .arena_size = sizeof memory};
}

static struct link_address address_of(uint8_t number)
{
    return (struct link_address){
        .kind = LINK_KIND_UDP, .size = 22, .host = 16, .bytes = {number, 1}};
}

/* Hands each datagram of one side to the other until both are quiet. */
static void exchange(struct outbox *out, size_t sender)
{
    while (out->count > 0) {
        static uint8_t copies[8][FRAME_SIZE_MAX];
        size_t sizes[8];
        size_t count = 0;
        for (size_t i = 0; i < out->count; i++) {
            if (out->effects[i].kind != LINK_EFFECT_SEND)
                continue;
            struct link_address to;
            const struct bytes datagram = link_effect_datagram(out, &out->effects[i], &to);
            CHECK(count < 8);
            memcpy(copies[count], datagram.at, datagram.size);
            sizes[count++] = datagram.size;
        }
        outbox_clear(out);
        const struct link_address from = address_of((uint8_t)sender);
        for (size_t i = 0; i < count; i++) {
            struct link_received received;
            link_receive(&ready[1 - sender], 1000, &from, copies[i], sizes[i], out, &received);
        }
        sender = 1 - sender;
    }
}

static void prepare(void)
{
    for (uint8_t i = 0; i < 2; i++) {
        const uint8_t seed[32] = {(uint8_t)(i + 1)};
        const struct link_config config = {.boot = 1};
        struct identity identity;
        identity_derive(&identity, seed, 1);
        link_init(&ready[i], &identity, &config, seed);
    }
    struct outbox out = outbox_new();
    const struct link_target target = {.address = address_of(1)};
    CHECK(link_dial(&ready[0], 1000, &target, &out));
    exchange(&out, 0);
    CHECK(link_find(&ready[1], &ready[0].identity.node) == 0);
    CHECK(link_find(&ready[0], &ready[1].identity.node) == 0);
}

static enum link_verdict take(uint8_t from, uint8_t *datagram, size_t size, struct outbox *out)
{
    const struct link_address address = address_of(from);
    struct link_received received;
    struct link_record record;
    const enum link_verdict verdict =
        link_receive(&fuzzed, 1010, &address, datagram, size, out, &received);
    unsigned int sum = 0;
    while (link_next_record(&received, &record))
        for (size_t i = 0; i < record.body.size; i++)
            sum += record.body.at[i];
    CHECK(sum <= 255u * FRAME_SIZE_MAX);
    CHECK(link_verdict_text(verdict) != NULL);
    return verdict;
}

static void datagrams(struct reader *r)
{
    while (r->size > 0 && !r->failed) {
        uint8_t datagram[FRAME_SIZE_MAX + 64];
        struct outbox out = outbox_new();
        const uint8_t from = read_u8(r) % 2 == 0 ? 0 : 9;
        size_t size = read_u8(r) * 6u;
        size = size < r->size ? size : r->size;
        size = size < sizeof datagram ? size : sizeof datagram;
        const uint8_t *at = read_bytes(r, size);
        if (at == NULL)
            break;
        memcpy(datagram, at, size);
        CHECK(take(from, datagram, size, &out) != LINK_TOOK_RECORDS);
    }
    CHECK(fuzzed.peers[0].up);
}

static void plaintext(struct bytes plain)
{
    if (plain.size > FRAME_SIZE_MAX - LINK_DATA_OVERHEAD)
        return;
    struct link_session *s = &ready[0].sessions[ready[0].peers[0].session];
    uint8_t datagram[FRAME_SIZE_MAX];
    struct writer w = writer_on(datagram, sizeof datagram);
    struct outbox out = outbox_new();
    write_u8(&w, 0x85);
    write_u8(&w, 0);
    write_u32(&w, s->remote_index);
    write_u32(&w, (uint32_t)s->counter);
    noise_seal(s->send_key, s->counter, written(&w), plain, datagram + w.used);
    const enum link_verdict verdict = take(0, datagram, plain.size + LINK_DATA_OVERHEAD, &out);
    CHECK(verdict == LINK_TOOK_RECORDS || verdict == LINK_DROP_RECORDS ||
          verdict == LINK_DROP_MUST_UNDERSTAND);
}

/* A handshake frame's header. */
static void header(struct writer *w, uint8_t kind, uint32_t receiver, size_t noise_size)
{
    static const uint8_t zeros[24];
    write_u8(w, kind);
    write_u8(w, 0);
    write_u16(w, 0);
    write_u32(w, 77);
    write_u32(w, receiver);
    write_bytes(w, zeros, 24);
    write_u16(w, (uint16_t)noise_size);
}

static void hello(struct bytes payload)
{
    static const uint8_t keys[2][NOISE_KEY_SIZE] = {{3}, {4}};
    uint8_t prologue[16 + 1 + NETWORK_ID_SIZE] = "BitCraps-link-v1\1";
    uint8_t datagram[LINK_HANDSHAKE_SIZE] = {0};
    uint8_t answer[LINK_HANDSHAKE_SIZE];
    struct noise_handshake noise;
    struct link_address to;
    size_t size;
    if (payload.size > LINK_HANDSHAKE_SIZE - LINK_HANDSHAKE_HEADER - NOISE_OVERHEAD_3)
        return;
    noise_begin(&noise, NOISE_INITIATOR, (struct bytes){.at = prologue, .size = sizeof prologue},
                keys[0], keys[1], NULL);
    struct writer w = writer_on(datagram, sizeof datagram);
    header(&w, 0x81, 0, NOISE_OVERHEAD_1);
    CHECK(noise_write(&noise, (struct bytes){.size = 0}, &w));
    struct outbox out = outbox_new();
    CHECK(take(9, datagram, sizeof datagram, &out) == LINK_TOOK_HANDSHAKE);
    const struct bytes hs2 = link_effect_datagram(&out, &out.effects[0], &to);
    struct reader r = reader_on(hs2);
    read_u32(&r);
    const uint32_t index = read_u32(&r);
    CHECK(noise_read(&noise,
                     (struct bytes){.at = hs2.at + LINK_HANDSHAKE_HEADER,
                                    .size = hs2.size - LINK_HANDSHAKE_HEADER},
                     answer, &size));
    w = writer_on(datagram, sizeof datagram);
    header(&w, 0x83, index, NOISE_OVERHEAD_3 + payload.size);
    CHECK(noise_write(&noise, payload, &w));
    outbox_clear(&out);
    take(9, datagram, w.used, &out);
    CHECK(fuzzed.peers[0].up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!ready[0].peers[0].up)
        prepare();
    if (size == 0)
        return 0;
    fuzzed = ready[1];
    struct reader r = reader_on((struct bytes){.at = data + 1, .size = size - 1});
    const struct bytes rest = {.at = data + 1, .size = size - 1};
    if (data[0] % 3 == 0)
        datagrams(&r);
    else if (data[0] % 3 == 1)
        plaintext(rest);
    else
        hello(rest);
    struct outbox out = outbox_new();
    link_expire(&fuzzed, 20000, &out);
    CHECK(out.dropped == 0);
    CHECK(link_deadline(&fuzzed) > 20000);
    return 0;
}
