/* SPDX-License-Identifier: MIT */
/*
 * A mesh with three neighbours that send anything. Input: commands of a byte (which neighbour, how
 * much time passes, what is done) and a packet with its length in two bytes. What is sent must be a
 * packet that another mesh would read, to a live neighbour, and not at once to the sender. What may
 * be checked of tables of others, and holds, their bytes say.
 */
#include "base/check.h"
#include "mesh/mesh.h"

#include <sodium.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mesh mesh;
static struct effect effects[MESH_OUTBOX_EFFECTS];
static uint8_t arena[MESH_OUTBOX_ARENA];
static uint8_t secret[64];

static struct public_key key_of(uint8_t number, uint8_t secret_key[64])
{
    uint8_t seed[crypto_sign_SEEDBYTES] = {number};
    struct public_key key;
    crypto_sign_seed_keypair(key.bytes, secret_key, seed);
    return key;
}

static struct node_id node_of(const struct public_key *key)
{
    struct node_id node;
    uint8_t message[16 + PUBLIC_KEY_SIZE];
    memcpy(message, "bitcraps:node:v1", 16);
    memcpy(message + 16, key->bytes, PUBLIC_KEY_SIZE);
    crypto_generichash(node.bytes, sizeof node.bytes, message, sizeof message, NULL, 0);
    return node;
}

static enum mesh_standing look(void *context, const struct packet *packet, unsigned *signatures)
{
    (void)context;
    if (packet->flags & PACKET_PIECE)
        return packet->destination[0] % 2 == 0 ? MESH_STANDING_UNKNOWN : MESH_STANDING_KNOWN;
    *signatures = 1 + packet->body.at[0] % SEATS_MAX;
    return (enum mesh_standing)(packet->body.at[0] % 3);
}

static bool holds(void *context, const struct packet *packet)
{
    (void)context;
    return packet->body.at[packet->body.size - 1] % 4 != 0;
}

static bool keys(void *context, msec now, uint32_t neighbour, const struct scope_id *scope,
                 struct bytes object)
{
    (void)context;
    (void)now;
    CHECK(neighbour < 3 && !mesh_joined(&mesh, scope));
    return object.at[0] % 2 == 0;
}

static void start(void)
{
    CHECK(sodium_init() >= 0);
    struct mesh_config config = {.key = key_of(0, secret),
                                 .secret = secret,
                                 .boot = 1,
                                 .foreign_per_sec = 50,
                                 .judge = {.look = look, .holds = holds, .keys = keys}};
    config.node = node_of(&config.key);
    mesh_init(&mesh, &config);
    for (uint8_t i = 0; i < 3; i++) {
        uint8_t unused[64];
        const struct public_key key = key_of((uint8_t)(i + 1), unused);
        const struct node_id node = node_of(&key);
        CHECK(mesh_link_up(&mesh, 0, i, &node, &key));
    }
    CHECK(mesh_join(&mesh, &(struct scope_id){"scope id"}));
}

static void check_effects(const struct outbox *out, uint32_t from)
{
    CHECK(out->dropped == 0);
    for (size_t i = 0; i < out->count; i++) {
        const struct effect *effect = &out->effects[i];
        CHECK(effect->target < 3);
        if (effect->kind == MESH_EFFECT_CLOSE)
            continue;
        struct packet packet;
        CHECK(packet_decode(outbox_bytes(out, effect), &packet) == PACKET_OK);
        CHECK(effect->target != from || (packet.flags & PACKET_PIECE)); /* Another's, held. */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    start();
    struct outbox out = {.effects = effects,
                         .effects_max = MESH_OUTBOX_EFFECTS,
                         .arena = arena,
                         .arena_size = sizeof arena};
    msec now = 0;
    while (size >= 3) {
        const uint32_t from = data[0] % 3;
        now += (msec)(data[0] / 3) * 40;
        size_t length = (size_t)data[1] << 8 | data[2];
        data += 3;
        size -= 3;
        if (length > size)
            length = size;
        struct mesh_delivery delivery;
        const enum mesh_verdict verdict = mesh_receive(
            &mesh, now, from, (struct bytes){.at = data, .size = length}, &delivery, &out);
        CHECK(verdict < MESH_VERDICTS && mesh_verdict_text(verdict)[0] != '\0');
        CHECK(delivery.object.size <= PIECES_MAX * PIECE_SIZE_MAX);
        check_effects(&out, from);
        outbox_clear(&out);
        mesh_expire(&mesh, now);
        CHECK(mesh_deadline(&mesh) > now);
        data += length;
        size -= length;
    }
    return 0;
}
