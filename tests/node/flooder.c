/* SPDX-License-Identifier: MIT */
/*
 * A hostile neighbour: links with a node as anybody may, and floods it until it is killed.
 *
 *     flooder HOST:PORT KIND TABLE
 *
 * KIND is one of the rows at the end; TABLE the id of a table in hex, for those that speak to one.
 * Whenever its link is closed it comes back under a new identity. Sends FLOOD_PER_SEC datagrams a
 * second at most. Prints "flooding" when it begins, then a line for every FLOOD_REPORT datagrams.
 */
#include "base/check.h"
#include "frame/frame.h"
#include "link/link.h"
#include "link/session.h"
#include "mesh/mesh.h"
#include "node/carrier.h"
#include "platform/posix/clock.h"
#include "platform/posix/udp.h"
#include "table/seating.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLOOD_REPORT   1000
#define FLOOD_PER_SEC  20000 /* Full-size frames: 200 Mbit/s. */
#define STORM_SOCKETS  64
#define REPLAY_FRAMES  256
#define STATUS_VIEWS   4000
#define TURN_DATAGRAMS 64 /* Between two looks at what came. */

struct flooder {
    struct udp udp;
    struct link_address victim;
    struct digest table;
    struct identity identity;
    struct link link;
    struct mesh mesh;
    struct outbox link_out;
    struct outbox mesh_out;
    uint32_t peer; /* The victim, or LINK_NONE. */
    uint64_t sent;
    uint64_t identities;
    uint64_t kept_count;
    uint8_t kept[REPLAY_FRAMES][FRAME_SIZE_MAX]; /* What it sent before. */
    size_t kept_size[REPLAY_FRAMES];
    struct udp storm[STORM_SOCKETS];
};

static struct flooder flooder;

static void open_outbox(struct outbox *out, size_t effects, size_t arena)
{
    *out = (struct outbox){.effects = malloc(effects * sizeof *out->effects),
                           .effects_max = effects,
                           .arena = malloc(arena),
                           .arena_size = arena};
    CHECK(out->effects != NULL && out->arena != NULL);
}

static void emit(struct flooder *f, struct udp *udp, const uint8_t *at, size_t size)
{
    const struct datagram datagram = {.address = f->victim, .at = (uint8_t *)at, .size = size};
    struct pollfd room = {.fd = udp->fd, .events = POLLOUT};
    while (udp_send(udp, &datagram, 1) == 0)
        poll(&room, 1, -1);
    if (++f->sent % FLOOD_REPORT == 0) {
        printf("%llu datagrams, %llu identities\n", (unsigned long long)f->sent,
               (unsigned long long)f->identities);
        fflush(stdout);
    }
}

/* ---- A link like anybody's ----------------------------------------------------------------------
 */

static void identity_fresh(struct identity *identity)
{
    uint8_t seed[IDENTITY_SEED_SIZE];
    randombytes_buf(seed, sizeof seed);
    identity_derive(identity, seed, 1);
}

/* Forgets who it was, and dials as somebody else from another port. */
static void be_somebody(struct flooder *f)
{
    char error[UDP_ERROR_SIZE];
    uint8_t seed[LINK_SEED_SIZE];
    const struct link_config config = {.boot = 1};
    udp_close(&f->udp);
    CHECK(udp_open(&f->udp, "127.0.0.1:0", error) == 0);
    identity_fresh(&f->identity);
    randombytes_buf(seed, sizeof seed);
    link_init(&f->link, &f->identity, &config, seed);
    struct mesh_config mesh = {.node = f->identity.node,
                               .key = f->identity.key,
                               .secret = f->identity.secret,
                               .boot = 1,
                               .foreign_per_sec = MESH_FOREIGN_PER_SEC};
    randombytes_buf(mesh.random, sizeof mesh.random);
    mesh_init(&f->mesh, &mesh);
    f->peer = LINK_NONE;
    f->identities++;
    outbox_clear(&f->link_out);
    outbox_clear(&f->mesh_out);
    const struct link_target target = {.address = f->victim, .persistent = true};
    link_dial(&f->link, clock_monotonic_msec(), &target, &f->link_out);
}

static void take_link_effects(struct flooder *f)
{
    bool down = false;
    for (size_t i = 0; i < f->link_out.count; i++) {
        const struct effect *effect = &f->link_out.effects[i];
        struct link_address address;
        if (effect->kind == LINK_EFFECT_SEND) {
            const struct bytes datagram = link_effect_datagram(&f->link_out, effect, &address);
            const size_t slot = f->kept_count++ % REPLAY_FRAMES;
            memcpy(f->kept[slot], datagram.at, datagram.size);
            f->kept_size[slot] = datagram.size;
            emit(f, &f->udp, datagram.at, datagram.size);
        } else if (effect->kind == LINK_EFFECT_UP) {
            f->peer = effect->target;
            const struct link_peer *peer = &f->link.peers[f->peer];
            mesh_link_up(&f->mesh, clock_monotonic_msec(), f->peer, &peer->node, &peer->key);
        } else {
            down = true;
        }
    }
    outbox_clear(&f->link_out);
    if (down)
        be_somebody(f);
}

static void live(struct flooder *f)
{
    uint8_t bytes[FRAME_SIZE_MAX];
    struct datagram datagram = {.at = bytes, .size = sizeof bytes};
    struct link_received received;
    while (udp_receive(&f->udp, &datagram, 1) > 0) {
        link_receive(&f->link, clock_monotonic_msec(), &datagram.address, bytes, datagram.size,
                     &f->link_out, &received);
        take_link_effects(f);
        datagram.size = sizeof bytes;
    }
    link_expire(&f->link, clock_monotonic_msec(), &f->link_out);
    take_link_effects(f);
}

static void say(struct flooder *f, uint8_t type, struct bytes body)
{
    if (f->peer == LINK_NONE)
        return;
    link_send(&f->link, clock_monotonic_msec(), f->peer, type, body, LINK_URGENT, &f->link_out);
    take_link_effects(f);
}

static void say_packets(struct flooder *f)
{
    for (size_t i = 0; i < f->mesh_out.count && f->peer != LINK_NONE; i++)
        say(f, LINK_RECORD_PACKET, outbox_bytes(&f->mesh_out, &f->mesh_out.effects[i]));
    outbox_clear(&f->mesh_out);
}

/* ---- The floods ---------------------------------------------------------------------------------
 */

/* Noise that looks like every kind of frame. */
static void garbage(struct flooder *f)
{
    uint8_t bytes[FRAME_SIZE_MAX];
    const size_t size = 1 + randombytes_uniform(sizeof bytes);
    randombytes_buf(bytes, size);
    bytes[0] = (uint8_t)(FRAME_HS1 + randombytes_uniform(5));
    emit(f, &f->udp, bytes, size);
}

/* Noise from an authenticated neighbour. */
static void nonsense(struct flooder *f)
{
    uint8_t bytes[LINK_RECORD_SIZE_MAX];
    randombytes_buf(bytes, sizeof bytes);
    bytes[0] = 0x10 | (bytes[0] & 3);
    say(f, randombytes_uniform(4) == 0 ? LINK_RECORD_CHUNK + 1 : LINK_RECORD_PACKET,
        (struct bytes){.at = bytes, .size = 1 + randombytes_uniform(sizeof bytes)});
}

/* First handshake messages from many ports; a token that is asked for comes with the next one. */
static void storm(struct flooder *f)
{
    uint8_t hello[LINK_HANDSHAKE_SIZE] = {FRAME_HS1};
    uint8_t answer[FRAME_SIZE_MAX];
    struct udp *udp = &f->storm[randombytes_uniform(STORM_SOCKETS)];
    struct datagram datagram = {.at = answer, .size = sizeof answer};
    char error[UDP_ERROR_SIZE];
    if (udp->fd == 0)
        CHECK(udp_open(udp, "127.0.0.1:0", error) == 0);
    const uint64_t key = (uint64_t)udp->fd;
    crypto_generichash(hello + LINK_HANDSHAKE_HEADER, NOISE_KEY_SIZE, (const uint8_t *)&key,
                       sizeof key, NULL, 0);
    memcpy(hello + 4, hello + LINK_HANDSHAKE_HEADER, 4); /* The sender's index. */
    hello[37] = NOISE_KEY_SIZE;
    while (udp_receive(udp, &datagram, 1) > 0) {
        if (answer[0] == FRAME_RETRY) {
            hello[3] = 1; /* With a token. */
            memcpy(hello + 20, answer + 20, LINK_TOKEN_SIZE);
        }
        datagram.size = sizeof answer;
    }
    emit(f, udp, hello, sizeof hello);
}

/* What it sent before, again; something new now and then. */
static void replay(struct flooder *f)
{
    static const uint8_t some[4];
    if (randombytes_uniform(64) == 0)
        say(f, LINK_RECORD_ACK, (struct bytes){.at = some, .size = sizeof some});
    if (f->kept_count == 0)
        return;
    const size_t most = f->kept_count < REPLAY_FRAMES ? f->kept_count : REPLAY_FRAMES;
    const size_t slot = randombytes_uniform((uint32_t)most);
    emit(f, &f->udp, f->kept[slot], f->kept_size[slot]);
}

/* The largest STATUS there can be, of views that nobody saw. */
static void status(struct flooder *f)
{
    static uint8_t packed[MESSAGE_SIZE_MAX];
    static Bitcraps__ViewStatus views[STATUS_VIEWS];
    static Bitcraps__ViewStatus *list[STATUS_VIEWS];
    const uint64_t first = 1 + randombytes_uniform(1000000);
    for (size_t i = 0; i < STATUS_VIEWS; i++) {
        bitcraps__view_status__init(&views[i]);
        views[i].view = first + i;
        views[i].notarize = 0xffff;
        views[i].nullify = 0xffff;
        list[i] = &views[i];
    }
    Bitcraps__Status body = BITCRAPS__STATUS__INIT;
    body.epoch = 1;
    body.view = first + STATUS_VIEWS;
    body.views = list;
    body.n_views = STATUS_VIEWS;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_STATUS;
    message.status = &body;
    while (frame_packed_size(&message.base) > sizeof packed)
        body.n_views--;
    struct writer w = writer_on(packed, sizeof packed);
    CHECK(frame_pack(&message.base, &w));
    const struct scope_id scope = relay_scope(&f->table);
    if (f->peer != LINK_NONE)
        mesh_publish(&f->mesh, clock_monotonic_msec(), &scope, MESH_CLASS_CONSENSUS, written(&w), 0,
                     &f->mesh_out);
    say_packets(f);
}

/* A first piece of the largest object from a source that nobody knows: memory waits for the rest.
 */
static void pieces(struct flooder *f)
{
    static uint8_t object[MESSAGE_SIZE_MAX];
    uint8_t body[PACKET_BODY_MAX];
    uint8_t bytes[PACKET_SIZE_MAX];
    struct digest digest;
    struct packet packet = {.class = MESH_CLASS_CONSENSUS,
                            .type = PACKET_SCOPE,
                            .flags = PACKET_PIECE,
                            .hop_limit = HOP_LIMIT_MAX,
                            .boot = 1,
                            .sequence = (uint32_t)f->sent + 1};
    const struct scope_id scope = relay_scope(&f->table);
    randombytes_buf(digest.bytes, sizeof digest.bytes);
    randombytes_buf(packet.source.bytes, sizeof packet.source.bytes);
    memcpy(packet.destination, scope.bytes, sizeof packet.destination);
    packet.body =
        (struct bytes){.at = body,
                       .size = piece_cut((struct bytes){.at = object, .size = sizeof object},
                                         &digest, randombytes_uniform(60), body)};
    const size_t size = packet_encode(&packet, bytes);
    say(f, LINK_RECORD_PACKET, (struct bytes){.at = bytes, .size = size});
}

/* The offer of a table that does not exist by a host that does not exist, well signed. */
static void announce(struct flooder *f)
{
    uint8_t packed[GENESIS_SIZE_MAX];
    uint8_t body[PACKET_BODY_MAX];
    uint8_t bytes[PACKET_SIZE_MAX];
    struct identity host;
    identity_fresh(&host);
    struct genesis genesis = {.host = host.key,
                              .name = "come here",
                              .seats = 4,
                              .buy_in = 1000,
                              .bank = 100000,
                              .window = 20000,
                              .rules = craps_rules_casino()};
    Bitcraps__Announce offer = BITCRAPS__ANNOUNCE__INIT;
    offer.genesis = (ProtobufCBinaryData){genesis_pack(&genesis, packed), packed};
    offer.taken = 1;
    uint8_t warrant[SIGNATURE_SIZE];
    offer_sign(&genesis.id, host.secret, warrant);
    offer.warrant = (ProtobufCBinaryData){sizeof warrant, warrant};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ANNOUNCE;
    message.announce = &offer;
    memcpy(body, host.key.bytes, PUBLIC_KEY_SIZE);
    struct writer w = writer_on(body + PUBLIC_KEY_SIZE, sizeof body - PUBLIC_KEY_SIZE);
    CHECK(offer.genesis.len > 0 && frame_pack(&message.base, &w));
    const struct packet packet = {.class = MESH_CLASS_INTERACTIVE,
                                  .type = PACKET_DISCOVER,
                                  .flags = PACKET_SIGNED,
                                  .hop_limit = MESH_DISCOVER_HOPS,
                                  .source = short_id_of_key(&host.key),
                                  .boot = 1,
                                  .sequence = 1,
                                  .body = {.at = body, .size = PUBLIC_KEY_SIZE + w.used}};
    const size_t size = packet_encode(&packet, bytes);
    packet_sign(bytes, size, host.secret);
    say(f, LINK_RECORD_PACKET, (struct bytes){.at = bytes, .size = size});
}

static const struct {
    const char *name;
    void (*flood)(struct flooder *f);
    bool linked; /* It goes through a link. */
} kinds[] = {{"garbage", garbage, false}, {"nonsense", nonsense, true}, {"storm", storm, false},
             {"replay", replay, true},    {"status", status, true},     {"pieces", pieces, true},
             {"announce", announce, true}};

int main(int argc, char **argv)
{
    struct flooder *f = &flooder;
    size_t kind = 0;
    if (argc != 4 || sodium_init() < 0 || udp_parse(argv[1], &f->victim) != 0 ||
        sodium_hex2bin(f->table.bytes, DIGEST_SIZE, argv[3], strlen(argv[3]), NULL, NULL, NULL) !=
            0)
        return EXIT_FAILURE;
    while (kind < sizeof kinds / sizeof kinds[0] && strcmp(kinds[kind].name, argv[2]) != 0)
        kind++;
    if (kind == sizeof kinds / sizeof kinds[0])
        return EXIT_FAILURE;
    f->udp.fd = -1;
    open_outbox(&f->link_out, LINK_EFFECTS_MAX * 8, LINK_OUTBOX_SIZE * 8);
    open_outbox(&f->mesh_out, MESH_OUTBOX_EFFECTS, MESH_OUTBOX_ARENA);
    be_somebody(f);
    take_link_effects(f);
    puts("flooding");
    fflush(stdout);
    const msec began = clock_monotonic_msec();
    for (;;) {
        live(f);
        if ((msec)f->sent > (clock_monotonic_msec() - began + 10) * FLOOD_PER_SEC / 1000) {
            poll(NULL, 0, 1);
            continue;
        }
        if (kinds[kind].linked && f->peer == LINK_NONE) {
            struct pollfd answer = {.fd = f->udp.fd, .events = POLLIN};
            poll(&answer, 1, 10);
            continue;
        }
        for (int i = 0; i < TURN_DATAGRAMS; i++)
            kinds[kind].flood(f);
    }
}
