/* SPDX-License-Identifier: MIT */
/* The packet's layout and signature; see packet.h. */
#include "mesh/packet.h"

#include "base/check.h"
#include "base/wire.h"

#include <sodium.h>
#include <string.h>

_Static_assert(PACKET_SIZE_MAX + 3 + 26 <= FRAME_SIZE_MAX,
               "a packet fits a frame with its record header and the frame's own overhead");

#define HOP_LIMIT_AT 3
#define AGE_AT       4

static const char signature_context[] = "bitcraps:pkt:v1";
#define SIGNATURE_CONTEXT_SIZE (sizeof signature_context - 1)

static const char node_context[] = "bitcraps:node:v1";

enum packet_verdict packet_decode(struct bytes bytes, struct packet *packet)
{
    if (bytes.size < 1)
        return PACKET_MALFORMED;
    if (bytes.at[0] >> 4 != PACKET_VERSION)
        return PACKET_VERSION_UNKNOWN;
    struct reader r = reader_on(bytes);
    packet->class = read_u8(&r) & 15;
    packet->type = read_u8(&r);
    packet->flags = read_u8(&r);
    packet->hop_limit = read_u8(&r);
    packet->age = read_u16(&r);
    const size_t body_size = read_u16(&r);
    const uint8_t *source = read_bytes(&r, SHORT_ID_SIZE);
    const uint8_t *destination = read_bytes(&r, SHORT_ID_SIZE);
    packet->boot = read_u32(&r);
    packet->sequence = read_u32(&r);
    packet->body = (struct bytes){.at = read_bytes(&r, body_size), .size = body_size};
    packet->signature = (packet->flags & PACKET_SIGNED) ? read_bytes(&r, SIGNATURE_SIZE) : NULL;
    if (r.failed || r.size != 0 || body_size == 0 || body_size > PACKET_BODY_MAX)
        return PACKET_MALFORMED;
    if (packet->class >= MESH_CLASSES || packet->type == 0)
        return PACKET_MALFORMED;
    if (packet->hop_limit == 0 || packet->hop_limit > HOP_LIMIT_MAX)
        return PACKET_MALFORMED;
    memcpy(packet->source.bytes, source, SHORT_ID_SIZE);
    memcpy(packet->destination, destination, SHORT_ID_SIZE);
    return PACKET_OK;
}

size_t packet_size(const struct packet *packet)
{
    const size_t signature = (packet->flags & PACKET_SIGNED) ? SIGNATURE_SIZE : 0;
    return PACKET_HEADER_SIZE + packet->body.size + signature;
}

size_t packet_encode(const struct packet *packet, uint8_t at[static PACKET_SIZE_MAX])
{
    CHECK(packet->class < MESH_CLASSES && packet->type != 0);
    CHECK(packet->hop_limit >= 1 && packet->hop_limit <= HOP_LIMIT_MAX);
    CHECK(packet->body.size >= 1 && packet->body.size <= PACKET_BODY_MAX);
    struct writer w = writer_on(at, PACKET_HEADER_SIZE);
    write_u8(&w, (uint8_t)(PACKET_VERSION << 4 | packet->class));
    write_u8(&w, packet->type);
    write_u8(&w, packet->flags);
    write_u8(&w, packet->hop_limit);
    write_u16(&w, packet->age);
    write_u16(&w, (uint16_t)packet->body.size);
    write_bytes(&w, packet->source.bytes, SHORT_ID_SIZE);
    write_bytes(&w, packet->destination, SHORT_ID_SIZE);
    write_u32(&w, packet->boot);
    write_u32(&w, packet->sequence);
    CHECK(!w.failed && w.used == PACKET_HEADER_SIZE);
    memmove(at + PACKET_HEADER_SIZE, packet->body.at, packet->body.size);
    return packet_size(packet);
}

/* Writes what the signature of an encoded packet is over and returns its size. */
static size_t signed_bytes(const uint8_t *at, size_t size,
                           uint8_t message[static SIGNATURE_CONTEXT_SIZE + PACKET_SIZE_MAX])
{
    CHECK(size > PACKET_HEADER_SIZE + SIGNATURE_SIZE && size <= PACKET_SIZE_MAX);
    const size_t covered = size - SIGNATURE_SIZE;
    memcpy(message, signature_context, SIGNATURE_CONTEXT_SIZE);
    uint8_t *header = message + SIGNATURE_CONTEXT_SIZE;
    memcpy(header, at, covered);
    memset(header + HOP_LIMIT_AT, 0, PACKET_IMMUTABLE_FROM - HOP_LIMIT_AT);
    return SIGNATURE_CONTEXT_SIZE + covered;
}

void packet_sign(uint8_t *at, size_t size, const uint8_t secret[static 64])
{
    uint8_t message[SIGNATURE_CONTEXT_SIZE + PACKET_SIZE_MAX];
    const size_t message_size = signed_bytes(at, size, message);
    CHECK(crypto_sign_detached(at + size - SIGNATURE_SIZE, NULL, message, message_size, secret) ==
          0);
}

bool packet_verify(struct bytes bytes, const struct public_key *key)
{
    uint8_t message[SIGNATURE_CONTEXT_SIZE + PACKET_SIZE_MAX];
    const size_t message_size = signed_bytes(bytes.at, bytes.size, message);
    return crypto_sign_verify_detached(bytes.at + bytes.size - SIGNATURE_SIZE, message,
                                       message_size, key->bytes) == 0;
}

void packet_add_age(uint8_t *at, msec waited)
{
    const msec age = (msec)(at[AGE_AT] << 8 | at[AGE_AT + 1]);
    const msec more = waited > 0 ? waited / PACKET_AGE_UNIT_MSEC : 0;
    const msec sum = more > UINT16_MAX - age ? UINT16_MAX : age + more;
    at[AGE_AT] = (uint8_t)(sum >> 8);
    at[AGE_AT + 1] = (uint8_t)sum;
}

msec packet_lifetime(enum mesh_class class)
{
    switch (class) {
    case MESH_CLASS_CONTROL:
    case MESH_CLASS_CONSENSUS:
        return 10000;
    case MESH_CLASS_INTERACTIVE:
        return 30000;
    case MESH_CLASS_BULK:
        return 60000;
    case MESH_CLASSES:
        break;
    }
    CHECK(!"a class");
    return 0;
}

struct short_id short_id_of(const struct node_id *node)
{
    struct short_id id;
    memcpy(id.bytes, node->bytes, SHORT_ID_SIZE);
    return id;
}

struct short_id short_id_of_key(const struct public_key *key)
{
    struct node_id node;
    crypto_generichash_state state;
    CHECK(crypto_generichash_init(&state, NULL, 0, sizeof node.bytes) == 0);
    crypto_generichash_update(&state, (const uint8_t *)node_context, sizeof node_context - 1);
    crypto_generichash_update(&state, key->bytes, sizeof key->bytes);
    crypto_generichash_final(&state, node.bytes, sizeof node.bytes);
    return short_id_of(&node);
}

bool short_id_equal(const struct short_id *a, const struct short_id *b)
{
    return memcmp(a->bytes, b->bytes, SHORT_ID_SIZE) == 0;
}

struct scope_id scope_id_of(const struct digest *table)
{
    struct scope_id scope;
    memcpy(scope.bytes, table->bytes, SHORT_ID_SIZE);
    return scope;
}
