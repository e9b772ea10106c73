/* SPDX-License-Identifier: MIT */
/*
 * Strangers before a table starts: any bytes as Genesis, Sit and Seating, and a host and a guest
 * whose lobbies hear any messages, and requests for seats whose signatures hold whatever keys they
 * share with another. Nobody breaks, and what the host closes is a seating that the guest takes.
 *
 * The input is a first byte (odd: the host only watches) and then steps: kind 1 | size 2 | that
 * many bytes.
 */
#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "noise/identity.h"
#include "table/lobby.h"

#include <sodium.h>

#define NODES     6u /* The host is 0, the guest 1, the others strangers. */
#define STEPS_MAX 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct identity identities[NODES];
static struct seat_secrets secrets[NODES];
static struct genesis genesis;
static uint8_t genesis_packed[GENESIS_SIZE_MAX];
static size_t genesis_size;
static struct effect effects[64];
static uint8_t effect_bytes[65536];
static struct outbox out = {.effects = effects,
                            .effects_max = 64,
                            .arena = effect_bytes,
                            .arena_size = sizeof effect_bytes};
static struct lobby host;
static struct lobby guest;

static void start(void)
{
    CHECK(sodium_init() >= 0);
    uint8_t seed[32];
    memset(seed, 1, sizeof seed);
    identity_derive(&identities[0], seed, 1);
    genesis = (struct genesis){.host = identities[0].key,
                               .name = "table",
                               .seats = 3,
                               .buy_in = 1000,
                               .bank = 100000,
                               .window = 20000,
                               .rules = craps_rules_casino()};
    genesis_size = genesis_pack(&genesis, genesis_packed);
    CHECK(genesis_size > 0);
    for (unsigned i = 0; i < NODES; i++) {
        memset(seed, (int)i + 1, sizeof seed);
        identity_derive(&identities[i], seed, 1);
        seat_secrets_derive(seed, &genesis.id, &secrets[i]);
    }
}

/* A request that is signed as it must be, with keys of up to three nodes. */
static size_t sit(unsigned identity, unsigned consensus, unsigned dice, bool witness,
                  uint8_t packed[static SIT_SIZE_MAX])
{
    struct seat_secrets mixed = secrets[consensus];
    const uint8_t random[32] = {1};
    mixed.dice = secrets[dice].dice;
    mixed.dice_key = secrets[dice].dice_key;
    const size_t size = sit_pack(&genesis.id, &mixed, identities[identity].secret,
                                 &identities[identity].key, "seat", witness, random, packed);
    CHECK(size > 0);
    return size;
}

static void open_lobby(struct lobby *lobby, unsigned node, bool witness)
{
    uint8_t packed[SIT_SIZE_MAX];
    const size_t size = sit(node, node, node, witness, packed);
    CHECK(lobby_init(lobby, (struct bytes){genesis_packed, genesis_size},
                     (struct bytes){packed, size}, identities[node].secret, 1000) == SEATING_OK);
}

static const ProtobufCMessage *unpack(const ProtobufCMessageDescriptor *descriptor,
                                      struct bytes bytes, struct arena *arena)
{
    const ProtobufCMessage *message;
    return frame_unpack(descriptor, bytes, arena, &message) == FRAME_OK ? message : NULL;
}

static void hear(struct lobby *lobby, const Bitcraps__Message *message, msec now)
{
    lobby_receive(lobby, now, message, &out);
    lobby_expire(lobby, now, &out);
    CHECK(out.dropped == 0);
    outbox_clear(&out);
}

static void hear_sit(struct reader *r, msec now)
{
    uint8_t packed[SIT_SIZE_MAX];
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const unsigned identity = read_u8(r) % NODES;
    const unsigned consensus = read_u8(r) % NODES;
    const unsigned dice = read_u8(r) % NODES;
    const size_t size = sit(identity, consensus, dice, read_u8(r) & 1, packed);
    const ProtobufCMessage *base =
        unpack(&bitcraps__sit__descriptor, (struct bytes){packed, size}, &arena);
    CHECK(base != NULL);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_SIT;
    message.sit = (Bitcraps__Sit *)base;
    hear(&host, &message, now);
}

static void step(unsigned kind, struct bytes bytes, msec now)
{
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    struct reader r = reader_on(bytes);
    struct genesis any_genesis;
    struct seat any_seat;
    struct seating any_seating;
    const ProtobufCMessage *base = NULL;
    switch (kind % 5) {
    case 0:
        if (genesis_unpack(bytes, &any_genesis) == SEATING_OK) {
            uint8_t packed[GENESIS_SIZE_MAX];
            CHECK(genesis_pack(&any_genesis, packed) == bytes.size &&
                  memcmp(packed, bytes.at, bytes.size) == 0);
        }
        break;
    case 1:
        sit_unpack(&genesis, bytes, &any_seat);
        break;
    case 2:
        base = unpack(&bitcraps__seating__descriptor, bytes, &arena);
        if (base != NULL)
            seating_open((const Bitcraps__Seating *)base, &any_seating);
        break;
    case 3:
        base = unpack(&bitcraps__message__descriptor, bytes, &arena);
        if (base != NULL) {
            hear(&host, (const Bitcraps__Message *)base, now);
            hear(&guest, (const Bitcraps__Message *)base, now);
        }
        break;
    default:
        hear_sit(&r, now);
        break;
    }
}

/* The guest takes what the host closed, and then both mean the same table. */
static void compare_lobbies(msec now)
{
    uint8_t memory[2048];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const struct bytes packed = {host.seating_packed, host.seating_size};
    const ProtobufCMessage *base = unpack(&bitcraps__seating__descriptor, packed, &arena);
    CHECK(base != NULL);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_SEATING;
    message.seating = (Bitcraps__Seating *)base;
    hear(&guest, &message, now);
    CHECK(lobby_seated(&guest));
    CHECK(memcmp(&guest.seating.instance, &host.seating.instance, DIGEST_SIZE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    if (!started)
        start();
    started = true;
    if (size == 0)
        return 0;
    open_lobby(&host, 0, data[0] & 1);
    open_lobby(&guest, 1, false);
    struct reader r = reader_on((struct bytes){data + 1, size - 1});
    msec now = 1000;
    for (unsigned i = 0; i < STEPS_MAX && r.size >= 3; i++, now += 300) {
        const uint8_t kind = read_u8(&r);
        const uint16_t length = read_u16(&r);
        const size_t taken = length < r.size ? length : r.size;
        step(kind, (struct bytes){read_bytes(&r, taken), taken}, now);
    }
    if (lobby_seated(&host))
        compare_lobbies(now);
    return 0;
}
