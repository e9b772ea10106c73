/* SPDX-License-Identifier: MIT */
/*
 * Links over each kind of transport, both ends in this process: how long a handshake takes, a round
 * trip of a small record, how much goes one way, and what a frame costs the processor.
 *
 *     bench_link                     UDP on loopback, and channels of this machine
 *     bench_link CALLER CALLED       Bluetooth LE, then BR/EDR, between two adapters, by their
 *                                    addresses (02:B7:A1:00:00:00); both are on, and CALLED
 *                                    advertises and is connectable
 */
#include "base/check.h"
#include "benches/median.h"
#include "link/link.h"
#include "platform/channel/channel.h"
#include "platform/channel/local.h"
#ifdef WITH_BLUETOOTH
#include "platform/linux-bt/l2cap.h"
#endif
#include "platform/posix/clock.h"
#include "platform/posix/internet.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HANDSHAKES   20
#define ROUND_TRIPS  200
#define WINDOW       32 /* Records on their way. */
#define RECORD_SIZE  1000
#define STREAM_MSEC  3000
#define PATIENCE_SEC 60

struct side {
    struct transport *transport;
    struct internet internet;
    struct channels channels;
    struct device device;
    uint16_t port;
    struct link link;
    struct outbox out;
    uint32_t received; /* Records of RECORD_SIZE. */
    uint32_t answered; /* What the other side says that it received. */
    uint64_t frames;   /* In both directions. */
};

static double now_usec(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double cpu_usec(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* ---- Two sides --------------------------------------------------------------------------------
 */

static void begin(struct side *side)
{
    uint8_t seed[LINK_SEED_SIZE];
    uint8_t secret[IDENTITY_SEED_SIZE];
    struct identity identity;
    const struct link_config config = {.boot = 1};
    randombytes_buf(seed, sizeof seed);
    randombytes_buf(secret, sizeof secret);
    identity_derive(&identity, secret, 1);
    link_init(&side->link, &identity, &config, seed);
}

static struct side *side_new(void)
{
    struct side *side = calloc(1, sizeof *side);
    CHECK(side != NULL);
    side->out = (struct outbox){.effects = calloc(LINK_EFFECTS_MAX, sizeof(struct effect)),
                                .effects_max = LINK_EFFECTS_MAX,
                                .arena = malloc(LINK_OUTBOX_SIZE),
                                .arena_size = LINK_OUTBOX_SIZE};
    CHECK(side->out.effects != NULL && side->out.arena != NULL);
    begin(side);
    return side;
}

static struct side *side_udp(void)
{
    char error[UDP_ERROR_SIZE];
    struct side *side = side_new();
    CHECK(internet_open(&side->internet, "127.0.0.1:0", error) == 0);
    side->transport = &side->internet.transport;
    return side;
}

static struct side *side_channels(const struct channel_medium *medium, const struct device *device)
{
    uint8_t seed[NEIGHBOURHOOD_SEED_SIZE];
    struct side *side = side_new();
    randombytes_buf(seed, sizeof seed);
    CHECK(channels_open(&side->channels, medium, CHANNELS_PER_ADAPTER, seed) == 0);
    side->device = *device;
    const int code =
        channels_add_adapter(&side->channels, clock_monotonic_msec(), device, &side->port);
    if (code != 0) {
        fprintf(stderr, "bench_link: the adapter cannot be used: %s\n", strerror(-code));
        exit(1);
    }
    side->transport = &side->channels.transport;
    return side;
}

static void side_free(struct side *side)
{
    side->transport->operations->close(side->transport);
    link_clear(&side->link);
    free(side->out.effects);
    free(side->out.arena);
    free(side);
}

/* The one peer, or LINK_NONE. */
static uint32_t peer_of(const struct side *side)
{
    for (uint32_t i = 0; i < NEIGHBOURS_MAX; i++)
        if (side->link.peers[i].up)
            return i;
    return LINK_NONE;
}

static void say(struct side *side, const void *at, size_t size)
{
    CHECK(link_send(&side->link, clock_monotonic_msec(), peer_of(side), LINK_RECORD_PACKET,
                    (struct bytes){.at = at, .size = size}, LINK_URGENT,
                    &side->out) == LINK_SEND_OK);
}

/* What a side has to send leaves, 1 datagram a call. */
static void flush(struct side *side)
{
    link_expire(&side->link, clock_monotonic_msec(), &side->out);
    for (size_t i = 0; i < side->out.count; i++) {
        if (side->out.effects[i].kind != LINK_EFFECT_SEND)
            continue;
        struct datagram datagram;
        const struct bytes bytes =
            link_effect_datagram(&side->out, &side->out.effects[i], &datagram.address);
        datagram.at = (uint8_t *)(uintptr_t)bytes.at;
        datagram.size = bytes.size;
        side->frames += side->transport->operations->send(side->transport, clock_monotonic_msec(),
                                                          &datagram, 1);
    }
    outbox_clear(&side->out);
}

static void take(struct side *side, const struct datagram *datagram)
{
    struct link_received received;
    struct link_record record;
    const msec now = clock_monotonic_msec();
    const enum link_verdict verdict = link_receive(
        &side->link, now, &datagram->address, datagram->at, datagram->size, &side->out, &received);
    if (side->transport->operations->judge != NULL)
        side->transport->operations->judge(side->transport, now, &datagram->address,
                                           verdict <= LINK_TOOK_RETRY_SENT);
    side->frames++;
    while (link_next_record(&received, &record)) {
        if (record.body.size == sizeof side->answered) {
            memcpy(&side->answered, record.body.at, sizeof side->answered);
        } else {
            side->received++;
            say(side, &side->received, sizeof side->received);
        }
    }
}

static void turn(struct side *side)
{
    static uint8_t memory[TRANSPORT_BATCH][FRAME_SIZE_MAX];
    const struct transport_operations *operations = side->transport->operations;
    const msec now = clock_monotonic_msec();
    struct datagram datagrams[TRANSPORT_BATCH];
    for (int i = 0; i < TRANSPORT_BATCH; i++)
        datagrams[i] = (struct datagram){.at = memory[i], .size = FRAME_SIZE_MAX};
    const int count = operations->receive(side->transport, now, datagrams, TRANSPORT_BATCH);
    CHECK(count >= 0);
    for (int i = 0; i < count; i++)
        take(side, &datagrams[i]);
    if (operations->deadline != NULL && operations->deadline(side->transport) <= now)
        operations->expire(side->transport, now);
    struct transport_notice notice;
    while (operations->notice != NULL && operations->notice(side->transport, &notice)) {
        const struct link_target target = {.address = notice.address};
        if (notice.news == TRANSPORT_REACHED)
            link_dial(&side->link, now, &target, &side->out);
        else
            link_lost(&side->link, now, &notice.address, &side->out);
    }
    flush(side);
}

static void turn_both(struct side *a, struct side *b)
{
    struct pollfd waiting[2] = {{.fd = a->transport->fd, .events = POLLIN},
                                {.fd = b->transport->fd, .events = POLLIN}};
    poll(waiting, 2, 1);
    turn(a);
    turn(b);
}

/* ---- What is measured -------------------------------------------------------------------------
 */

static bool is_late(double began)
{
    return now_usec() - began > PATIENCE_SEC * 1e6;
}

/* From the dial to both ends up, over a path that is there; microseconds. */
static double handshake(struct side *a, struct side *b, const struct link_address *to)
{
    const double began = now_usec();
    const struct link_target target = {.address = *to};
    begin(a);
    begin(b);
    CHECK(link_dial(&a->link, clock_monotonic_msec(), &target, &a->out));
    flush(a);
    while (peer_of(a) == LINK_NONE || peer_of(b) == LINK_NONE) {
        turn_both(a, b);
        CHECK(!is_late(began));
    }
    return now_usec() - began;
}

static double round_trip(struct side *a, struct side *b)
{
    static const uint8_t small[16];
    const double began = now_usec();
    const uint32_t before = a->answered;
    say(a, small, sizeof small);
    flush(a);
    while (a->answered == before) {
        turn_both(a, b);
        CHECK(!is_late(began));
    }
    return now_usec() - began;
}

static void measure(const char *name, struct side *a, struct side *b, const struct link_address *to)
{
    static const uint8_t large[RECORD_SIZE];
    double handshakes[HANDSHAKES];
    double trips[ROUND_TRIPS];
    for (size_t i = 0; i < HANDSHAKES; i++)
        handshakes[i] = handshake(a, b, to);
    for (size_t i = 0; i < ROUND_TRIPS; i++)
        trips[i] = round_trip(a, b);
    const uint64_t frames = a->frames + b->frames;
    const uint32_t first = b->received;
    const double cpu = cpu_usec();
    const double began = now_usec();
    uint32_t sent = first;
    while (now_usec() - began < STREAM_MSEC * 1e3) {
        for (; sent - a->answered < WINDOW; sent++)
            say(a, large, sizeof large);
        flush(a);
        turn_both(a, b);
    }
    const double took = now_usec() - began;
    const double bytes = (double)(b->received - first) * RECORD_SIZE;
    printf("%-16s %10.2f ms %10.2f ms %10.0f KB/s %8.2f us\n", name,
           median(handshakes, HANDSHAKES) / 1e3, median(trips, ROUND_TRIPS) / 1e3,
           bytes / took * 1e3, (cpu_usec() - cpu) / (double)(a->frames + b->frames - frames));
    fflush(stdout);
    side_free(a);
    side_free(b);
}

static void measure_udp(void)
{
    struct side *a = side_udp();
    struct side *b = side_udp();
    struct link_address to;
    CHECK(udp_local(&b->internet.udp, &to) == 0);
    measure("UDP", a, b, &to);
}

static void measure_channels(const char *name, const struct channel_medium *medium,
                             const struct device *caller, const struct device *called)
{
    struct side *a = side_channels(medium, caller);
    struct side *b = side_channels(medium, called);
    const struct channel_end end = {.device = *called,
                                    .type = medium->kind != LINK_KIND_BREDR,
                                    .adapter = *caller,
                                    .port = b->port};
    const double began = now_usec();
    const struct link_address to = channel_address(medium->kind, &end);
    channels_found(&a->channels, clock_monotonic_msec(), &end);
    while (peer_of(a) == LINK_NONE || peer_of(b) == LINK_NONE) {
        turn_both(a, b);
        if (is_late(began)) {
            fprintf(stderr, "bench_link: %s: no link in %d s\n", name, PATIENCE_SEC);
            exit(1);
        }
    }
    measure(name, a, b, &to);
}

#ifdef WITH_BLUETOOTH
static bool parse(const char *text, struct device *device)
{
    uint8_t *d = device->bytes;
    return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &d[0], &d[1], &d[2], &d[3], &d[4],
                  &d[5]) == DEVICE_SIZE;
}
#endif

int main(int argc, char **argv)
{
    CHECK(sodium_init() >= 0);
    printf("%-16s %13s %13s %15s %11s\n", "link", "handshake", "round trip", "one way",
           "CPU/frame");
    if (argc == 1) {
        struct device caller = {.bytes = {2}};
        struct device called = {.bytes = {4}};
        randombytes_buf(caller.bytes + 1, DEVICE_SIZE - 1);
        randombytes_buf(called.bytes + 1, DEVICE_SIZE - 1);
        measure_udp();
        measure_channels("local channel", &local_medium, &caller, &called);
        return 0;
    }
#ifdef WITH_BLUETOOTH
    struct device caller;
    struct device called;
    if (argc == 3 && parse(argv[1], &caller) && parse(argv[2], &called)) {
        measure_channels("LE channel", &le_medium, &caller, &called);
        measure_channels("BR/EDR channel", &bredr_medium, &caller, &called);
        return 0;
    }
#endif
    fprintf(stderr, "usage: %s [CALLER CALLED]\n", argv[0]);
    return 2;
}
