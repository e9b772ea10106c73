/* SPDX-License-Identifier: MIT */
/*
 * Channels over sockets of this machine, in time that is only a number: what Bluetooth channels
 * need to stand, without a radio.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "platform/channel/channel.h"
#include "platform/channel/local.h"

/* One node's channels, with one adapter; and, where a test has use for it, its links. */
struct side {
    struct channels channels;
    struct device device;
    uint16_t port;
    struct link link;
    struct outbox out;
    unsigned reached;
    unsigned lost;
    unsigned received;
    uint8_t last[FRAME_SIZE_MAX];
    size_t last_size;
    bool linked; /* Datagrams go to the link. */
};

static msec now;

/* Unlike those of other tests that run now. */
static struct device device_of(uint8_t number)
{
    const uint32_t process = (uint32_t)getpid();
    return (struct device){.bytes = {number, 0, (uint8_t)(process >> 16), (uint8_t)(process >> 8),
                                     (uint8_t)process, 9}};
}

static struct side *side_open(uint8_t number, const struct channel_medium *medium)
{
    struct side *side = calloc(1, sizeof *side);
    CHECK(side != NULL);
    const uint8_t seed[NEIGHBOURHOOD_SEED_SIZE] = {number};
    assert_int_equal(channels_open(&side->channels, medium, CHANNELS_PER_ADAPTER, seed), 0);
    side->device = device_of(number);
    assert_int_equal(channels_add_adapter(&side->channels, now, &side->device, &side->port), 0);
    assert_in_range(side->port, 0x80, 0xff);
    return side;
}

/* Gives it links, as carried by its channels. */
static void side_link(struct side *side, uint8_t number)
{
    struct identity identity;
    const uint8_t seed[32] = {number, 1};
    const struct link_config config = {.boot = 1};
    identity_derive(&identity, seed, 1);
    link_init(&side->link, &identity, &config, seed);
    side->out = (struct outbox){.effects = calloc(LINK_EFFECTS_MAX, sizeof(struct effect)),
                                .effects_max = LINK_EFFECTS_MAX,
                                .arena = calloc(1, LINK_OUTBOX_SIZE),
                                .arena_size = LINK_OUTBOX_SIZE};
    CHECK(side->out.effects != NULL && side->out.arena != NULL);
    side->linked = true;
}

static void side_close(struct side *side)
{
    side->channels.transport.operations->close(&side->channels.transport);
    free(side->out.effects);
    free(side->out.arena);
    free(side);
}

static void side_send(struct side *side, const struct link_address *to, const void *at, size_t size)
{
    const struct datagram datagram = {.address = *to, .at = (uint8_t *)at, .size = size};
    struct transport *transport = &side->channels.transport;
    const uint64_t before = side->channels.counters.overflow + side->channels.counters.refusals;
    const size_t taken = transport->operations->send(transport, now, &datagram, 1);
    const uint64_t after = side->channels.counters.overflow + side->channels.counters.refusals;
    assert_int_equal(after - before, 1 - taken);
}

static void side_take(struct side *side, struct datagram *datagram)
{
    side->received++;
    memcpy(side->last, datagram->at, datagram->size);
    side->last_size = datagram->size;
    if (!side->linked)
        return;
    struct link_received received;
    const enum link_verdict verdict = link_receive(
        &side->link, now, &datagram->address, datagram->at, datagram->size, &side->out, &received);
    if (verdict != LINK_DROP_INDEX)
        side->channels.transport.operations->judge(
            &side->channels.transport, now, &datagram->address, verdict <= LINK_TOOK_RETRY_SENT);
}

static void side_notices(struct side *side)
{
    struct transport_notice notice;
    while (side->channels.transport.operations->notice(&side->channels.transport, &notice)) {
        const struct link_target target = {.address = notice.address};
        side->reached += notice.news == TRANSPORT_REACHED;
        side->lost += notice.news == TRANSPORT_LOST;
        if (side->linked && notice.news == TRANSPORT_REACHED)
            link_dial(&side->link, now, &target, &side->out);
        if (side->linked && notice.news == TRANSPORT_LOST)
            link_lost(&side->link, now, &notice.address, &side->out);
    }
}

/* What the mesh thread does in one turn. */
static void side_turn(struct side *side)
{
    struct transport *transport = &side->channels.transport;
    uint8_t memory[TRANSPORT_BATCH][FRAME_SIZE_MAX];
    int count;
    do {
        struct datagram datagrams[TRANSPORT_BATCH];
        for (int i = 0; i < TRANSPORT_BATCH; i++)
            datagrams[i] = (struct datagram){.at = memory[i], .size = FRAME_SIZE_MAX};
        count = transport->operations->receive(transport, now, datagrams, TRANSPORT_BATCH);
        assert_true(count >= 0);
        for (int i = 0; i < count; i++)
            side_take(side, &datagrams[i]);
    } while (count > 0);
    if (transport->operations->deadline(transport) <= now)
        transport->operations->expire(transport, now);
    side_notices(side);
    if (!side->linked)
        return;
    if (link_deadline(&side->link) <= now)
        link_expire(&side->link, now, &side->out);
    for (size_t i = 0; i < side->out.count; i++) {
        if (side->out.effects[i].kind != LINK_EFFECT_SEND)
            continue;
        struct link_address to;
        const struct bytes bytes = link_effect_datagram(&side->out, &side->out.effects[i], &to);
        side_send(side, &to, bytes.at, bytes.size);
    }
    outbox_clear(&side->out);
}

static struct channel_end end_of(const struct side *from, const struct side *to)
{
    return (struct channel_end){.device = to->device, .adapter = from->device, .port = to->port};
}

static void find(struct side *from, const struct side *to)
{
    const struct channel_end end = end_of(from, to);
    channels_found(&from->channels, now, &end);
}

/* Time passes in steps of 50 ms for two sides. */
static void pass(struct side *a, struct side *b, msec span)
{
    for (const msec end = now + span; now < end; now += 50) {
        side_turn(a);
        if (b != NULL)
            side_turn(b);
    }
}

static unsigned open_channels(const struct side *side)
{
    return channels_count(&side->channels, &side->device);
}

static const struct link_address *only_address(const struct side *side)
{
    const struct link_address *address = NULL;
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        if (side->channels.channels[i].state != CHANNEL_OPEN)
            continue;
        assert_null(address);
        address = &side->channels.channels[i].address;
    }
    assert_non_null(address);
    return address;
}

/* A caller that is no node: a bare socket. */
static int call_from(uint8_t number, const struct side *to)
{
    const struct channel_end end = {
        .device = to->device, .adapter = device_of(number), .port = to->port};
    return local_medium.dial(&end);
}

/* Two sides with a channel from a to b. */
static void join(struct side *a, struct side *b)
{
    find(a, b);
    pass(a, b, FOUND_COURTESY_MSEC + 1000);
    assert_int_equal(a->reached, 1);
    assert_int_equal(open_channels(a), 1);
    assert_int_equal(open_channels(b), 1);
}

static void who_is_found_is_dialled_and_talked_to(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    struct side *b = side_open(2, &local_medium);
    join(a, b);
    side_send(a, only_address(a), "to you", 6);
    side_turn(b);
    assert_int_equal(b->last_size, 6);
    assert_memory_equal(b->last, "to you", 6);
    side_send(b, only_address(b), "and back", 8);
    side_turn(a);
    assert_memory_equal(a->last, "and back", 8);
    struct channel_end end;
    assert_true(channel_end_of(only_address(b), LINK_KIND_LOCAL, &end));
    assert_memory_equal(&end.device, &a->device, sizeof end.device);
    assert_int_equal(end.port, 0);
    /* Who is linked is not dialled again. */
    for (int i = 0; i < 5; i++) {
        find(a, b);
        find(b, a);
        a->channels.transport.operations->judge(&a->channels.transport, now, only_address(a), true);
        b->channels.transport.operations->judge(&b->channels.transport, now, only_address(b), true);
        pass(a, b, 5000);
    }
    assert_int_equal(a->channels.counters.dialled + b->channels.counters.dialled, 1);
    side_close(a);
    side_close(b);
}

/* The other ends of connections that do not come about. */
static int nobody[64];
static size_t nobody_count;

/* A socket that never becomes writable, as one whose peer does not answer. */
static int dial_nobody(const struct channel_end *end)
{
    (void)end;
    int pair[2];
    const uint8_t byte = 0;
    CHECK(nobody_count < 64);
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    while (send(pair[0], &byte, 1, MSG_DONTWAIT) == 1)
        continue;
    nobody[nobody_count++] = pair[1];
    return pair[0];
}

static void a_dial_without_an_answer_ends_and_is_tried_later(void **state)
{
    (void)state;
    struct channel_medium deaf = local_medium;
    deaf.dial = dial_nobody;
    struct side *a = side_open(1, &deaf);
    struct side *b = side_open(2, &local_medium);
    msec began[4];
    unsigned dials = 0;
    for (const msec end = now + 120000; now < end && dials < 4; now += 50) {
        find(a, b);
        side_turn(a);
        if (a->channels.counters.dialled > dials)
            began[dials++] = now;
    }
    assert_int_equal(dials, 4);
    for (unsigned i = 1; i < dials; i++) {
        const msec wait = FOUND_BACKOFF_MSEC << (i - 1);
        const msec gap = began[i] - began[i - 1] - CHANNEL_CONNECT_MSEC;
        assert_in_range(gap, wait * 8 / 10, wait * 12 / 10 + 50);
    }
    assert_int_equal(a->channels.counters.failed, 3);
    assert_int_equal(a->reached + a->lost, 0);
    while (nobody_count > 0)
        close(nobody[--nobody_count]);
    side_close(a);
    side_close(b);
}

static int slow_end = -1;

static void keep(int fd)
{
    assert_int_equal(slow_end, -1);
    slow_end = fd;
}

static void an_end_that_takes_its_time_is_no_longer_heard(void **state)
{
    (void)state;
    struct channel_medium slow = local_medium;
    slow.end = keep;
    struct side *a = side_open(1, &slow);
    struct side *b = side_open(2, &local_medium);
    join(a, b);
    const struct link_address from_b = *only_address(b);
    pass(a, NULL, CHANNEL_SILENT_MSEC + 50);
    assert_int_equal(a->channels.counters.silent, 1);
    assert_int_not_equal(slow_end, -1);
    assert_int_equal(a->lost, 1);
    /* It is still open, and what comes over it wakes nobody. */
    side_send(b, &from_b, "too late", 8);
    struct pollfd wait = {.fd = a->channels.transport.fd, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 0), 0);
    side_turn(a);
    assert_int_equal(a->received, 0);
    close(slow_end);
    slow_end = -1;
    side_close(a);
    side_close(b);
}

static void a_refused_dial_is_tried_later(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    struct side *b = side_open(2, &local_medium);
    const struct channel_end end = {
        .device = b->device, .adapter = a->device, .port = (uint16_t)(b->port + 1)};
    channels_found(&a->channels, now, &end);
    pass(a, b, 4000);
    assert_int_equal(a->channels.counters.failed, 1);
    pass(a, b, 7000);
    assert_int_equal(a->channels.counters.failed, 2);
    assert_int_equal(open_channels(a), 0);
    side_close(a);
    side_close(b);
}

static void crossed_dials_end_with_one_link(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    struct side *b = side_open(2, &local_medium);
    side_link(a, 1);
    side_link(b, 2);
    find(a, b);
    find(b, a);
    for (size_t i = 0; i < FOUND_MAX; i++)
        a->channels.neighbourhood.found[i].next = b->channels.neighbourhood.found[i].next = now;
    a->channels.transport.operations->expire(&a->channels.transport, now);
    b->channels.transport.operations->expire(&b->channels.transport, now);
    pass(a, b, 1000);
    assert_int_equal(a->channels.counters.dialled, 1);
    assert_int_equal(b->channels.counters.dialled, 1);
    assert_int_equal(open_channels(a), 2);
    assert_int_not_equal(link_find(&a->link, &b->link.identity.node), LINK_NONE);
    assert_int_not_equal(link_find(&b->link, &a->link.identity.node), LINK_NONE);
    for (int i = 0; i < 30; i++) {
        find(a, b);
        find(b, a);
        pass(a, b, 2000);
    }
    assert_int_equal(open_channels(a), 1);
    assert_int_equal(open_channels(b), 1);
    assert_int_equal(a->link.counters.ups, 1);
    assert_int_equal(b->link.counters.ups, 1);
    assert_int_equal(a->link.counters.downs + b->link.counters.downs, 0);
    assert_int_equal(a->channels.counters.dialled + b->channels.counters.dialled, 2);
    side_close(a);
    side_close(b);
}

/* One that was stopped for a while gives its peer up; the other still sends. */
static void who_sends_in_a_session_that_is_gone_is_not_barred(void **state)
{
    (void)state;
    static const uint8_t byte;
    struct side *a = side_open(1, &local_medium);
    struct side *b = side_open(2, &local_medium);
    side_link(a, 1);
    side_link(b, 2);
    join(a, b);
    link_lost(&a->link, now, only_address(a), &a->out);
    const uint32_t peer = link_find(&b->link, &a->link.identity.node);
    assert_int_not_equal(peer, LINK_NONE);
    for (int i = 0; i < 2 * CHANNEL_GARBAGE_MAX; i++) {
        assert_int_equal(link_send(&b->link, now, peer, LINK_RECORD_PACKET,
                                   (struct bytes){.at = &byte, .size = 1}, LINK_URGENT, &b->out),
                         LINK_SEND_OK);
        pass(a, b, 50);
    }
    assert_true(a->link.counters.verdicts[LINK_DROP_INDEX] >= CHANNEL_GARBAGE_MAX);
    assert_int_equal(a->channels.counters.garbled, 0);
    /* Both find out by the silence, and begin anew. */
    for (int i = 0; i < 30; i++) {
        find(a, b);
        pass(a, b, 1000);
    }
    assert_int_equal(a->channels.counters.silent + b->channels.counters.silent, 1);
    assert_int_equal(a->link.counters.ups, 2);
    assert_int_equal(b->link.counters.ups, 2);
    side_close(a);
    side_close(b);
}

static void an_adapter_holds_five_and_turns_the_sixth_away(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    int callers[CHANNELS_PER_ADAPTER + 1];
    for (uint8_t i = 0; i <= CHANNELS_PER_ADAPTER; i++) {
        callers[i] = call_from((uint8_t)(10 + i), a);
        assert_true(callers[i] >= 0);
        pass(a, NULL, CHANNEL_CALL_EVERY_MSEC);
    }
    assert_int_equal(open_channels(a), CHANNELS_PER_ADAPTER);
    assert_int_equal(a->channels.counters.refused, 1);
    char byte;
    assert_int_equal(recv(callers[CHANNELS_PER_ADAPTER], &byte, 1, MSG_DONTWAIT), 0);
    assert_int_equal(recv(callers[0], &byte, 1, MSG_DONTWAIT), -1);
    /* Full, it dials nobody either; once one is gone, it does. */
    struct side *b = side_open(2, &local_medium);
    find(a, b);
    pass(a, NULL, 2000);
    assert_int_equal(a->channels.counters.dialled, 0);
    close(callers[0]);
    pass(a, NULL, 2000);
    assert_int_equal(a->channels.counters.dialled, 1);
    for (uint8_t i = 1; i <= CHANNELS_PER_ADAPTER; i++)
        close(callers[i]);
    side_close(a);
    side_close(b);
}

static void callers_are_limited_in_rate(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    pass(a, NULL, 50);
    const msec began = now;
    unsigned calls = 0;
    while (now < began + 10000) {
        const int fd = call_from(10, a);
        assert_true(fd >= 0);
        calls++;
        pass(a, NULL, 100);
        close(fd);
        side_turn(a);
    }
    assert_int_equal(calls, 100);
    assert_in_range(a->channels.counters.called, CHANNEL_CALLS_BURST + 9, CHANNEL_CALLS_BURST + 11);
    assert_int_equal(a->channels.counters.called + a->channels.counters.refused, calls);
    side_close(a);
}

static void what_the_air_has_no_room_for_waits_and_then_is_dropped(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    struct side *b = side_open(2, &local_medium);
    join(a, b);
    uint8_t frame[FRAME_SIZE_MAX] = {0};
    uint32_t sent = 0;
    while (a->channels.counters.overflow == 0) {
        memcpy(frame, &sent, sizeof sent);
        side_send(a, only_address(a), frame, sizeof frame);
        sent++;
        assert_in_range(sent, 1, 100000);
    }
    /* All but the one that was dropped arrives, in order, once there is room. */
    for (uint32_t i = 0; i < 100; i++) {
        side_turn(b);
        side_turn(a);
    }
    uint32_t last;
    memcpy(&last, b->last, sizeof last);
    assert_int_equal(b->received, sent - 1);
    assert_int_equal(last, sent - 2);
    assert_int_equal(a->channels.counters.overflow, 1);
    side_close(a);
    side_close(b);
}

static void what_is_urgent_overtakes_bulk_that_waits(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    struct side *b = side_open(2, &local_medium);
    join(a, b);
    uint8_t frame[FRAME_SIZE_MAX] = {0};
    struct datagram datagram = {
        .address = *only_address(a), .at = frame, .size = sizeof frame, .urgency = LINK_BULK};
    const struct transport_operations *operations = a->channels.transport.operations;
    for (int i = 0; i < 40; i++)
        assert_int_equal(operations->send(&a->channels.transport, now, &datagram, 1), 1);
    frame[0] = 1;
    datagram.urgency = LINK_URGENT;
    assert_int_equal(operations->send(&a->channels.transport, now, &datagram, 1), 1);
    /* In front of it goes only what the system has taken already: a small part of a second. */
    unsigned before = 0;
    while (b->received == 0 || b->last[0] == 0) {
        uint8_t memory[FRAME_SIZE_MAX];
        struct datagram next = {.at = memory, .size = sizeof memory};
        side_turn(a);
        const int count =
            b->channels.transport.operations->receive(&b->channels.transport, now, &next, 1);
        assert_int_equal(count, 1);
        side_take(b, &next);
        before += b->last[0] == 0;
    }
    assert_in_range(before, 1, (uintmax_t)(2 * local_medium.send_buffer / FRAME_SIZE_MAX));
    for (int i = 0; i < 40; i++) {
        side_turn(a);
        side_turn(b);
    }
    assert_int_equal(b->received, 41);
    assert_int_equal(a->channels.counters.overflow, 0);
    side_close(a);
    side_close(b);
}

static void a_message_of_the_largest_size_waits_whole(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    struct side *b = side_open(2, &local_medium);
    join(a, b);
    const struct link_address *to = only_address(a);
    uint8_t frame[FRAME_SIZE_MAX] = {0};
    /* The system takes no more. */
    unsigned sent = 0;
    const struct channel *channel = a->channels.channels;
    while (channel->state != CHANNEL_OPEN)
        channel++;
    for (; channel->backlog.used == 0; sent++)
        side_send(a, to, frame, sizeof frame);
    /* Its pieces, and votes between them. */
    for (unsigned i = 0; i < PIECES_MAX; i++) {
        side_send(a, to, frame, sizeof frame);
        side_send(a, to, frame, 200);
        sent += 2;
    }
    assert_int_equal(a->channels.counters.overflow, 0);
    for (unsigned i = 0; i < 400; i++) {
        side_turn(b);
        side_turn(a);
    }
    assert_int_equal(b->received, sent);
    side_close(a);
    side_close(b);
}

static void a_peer_that_is_gone_is_noticed_at_once(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    struct side *b = side_open(2, &local_medium);
    side_link(a, 1);
    side_link(b, 2);
    join(a, b);
    pass(a, b, 1000);
    assert_int_not_equal(link_find(&a->link, &b->link.identity.node), LINK_NONE);
    const struct node_id node = b->link.identity.node;
    side_close(b);
    side_turn(a);
    assert_int_equal(a->lost, 1);
    assert_int_equal(link_find(&a->link, &node), LINK_NONE);
    assert_int_equal(a->link.counters.downs, 1);
    assert_int_equal(open_channels(a), 0);
    assert_int_equal(a->channels.counters.lost, 1);
    side_close(a);
}

static void a_caller_that_says_nothing_is_put_down(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    const int fd = call_from(10, a);
    assert_true(fd >= 0);
    pass(a, NULL, CHANNEL_SILENT_MSEC - 500);
    assert_int_equal(open_channels(a), 1);
    pass(a, NULL, 1000);
    assert_int_equal(open_channels(a), 0);
    assert_int_equal(a->channels.counters.silent, 1);
    close(fd);
    side_close(a);
}

static void garbage_is_counted_and_its_sender_barred(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    side_link(a, 1);
    int fd = call_from(10, a);
    side_turn(a);
    uint8_t garbage[300];
    for (unsigned i = 0; i < CHANNEL_GARBAGE_MAX; i++) {
        const uint8_t noise[randombytes_SEEDBYTES] = {(uint8_t)i};
        randombytes_buf_deterministic(garbage, sizeof garbage, noise);
        assert_int_equal(open_channels(a), 1);
        assert_int_equal(send(fd, garbage, sizeof garbage, MSG_NOSIGNAL), sizeof garbage);
        side_turn(a);
    }
    assert_int_equal(open_channels(a), 0);
    assert_int_equal(a->channels.counters.garbled, 1);
    close(fd);
    pass(a, NULL, CHANNEL_BAR_MSEC - 1000);
    fd = call_from(10, a);
    side_turn(a);
    assert_int_equal(a->channels.counters.refused, 1);
    close(fd);
    /* Others are heard all the while, and it is after a minute. */
    fd = call_from(11, a);
    side_turn(a);
    assert_int_equal(open_channels(a), 1);
    close(fd);
    pass(a, NULL, 2000);
    fd = call_from(10, a);
    side_turn(a);
    assert_int_equal(open_channels(a), 1);
    close(fd);
    side_close(a);
}

static void a_datagram_over_the_limit_is_dropped_alone(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    const int fd = call_from(10, a);
    side_turn(a);
    static const uint8_t large[FRAME_SIZE_MAX + 1];
    assert_int_equal(send(fd, large, sizeof large, 0), sizeof large);
    assert_int_equal(send(fd, large, FRAME_SIZE_MAX, 0), FRAME_SIZE_MAX);
    side_turn(a);
    assert_int_equal(a->received, 1);
    assert_int_equal(a->last_size, FRAME_SIZE_MAX);
    assert_int_equal(a->channels.counters.oversized, 1);
    /* We send none either. */
    side_send(a, only_address(a), large, sizeof large);
    assert_int_equal(a->channels.counters.refusals, 1);
    close(fd);
    side_close(a);
}

static void who_calls_again_replaces_its_call(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    const int first = call_from(10, a);
    side_turn(a);
    const int second = call_from(10, a);
    side_turn(a);
    assert_int_equal(open_channels(a), 1);
    assert_int_equal(a->lost, 1);
    char byte = 'x';
    assert_int_equal(recv(first, &byte, 1, MSG_DONTWAIT), 0);
    assert_int_equal(send(second, &byte, 1, MSG_NOSIGNAL), 1);
    side_turn(a);
    assert_int_equal(a->received, 1);
    close(first);
    close(second);
    side_close(a);
}

static void an_adapter_that_is_gone_takes_its_channels_along(void **state)
{
    (void)state;
    struct side *a = side_open(1, &local_medium);
    struct side *b = side_open(2, &local_medium);
    join(a, b);
    channels_remove_adapter(&a->channels, &a->device);
    side_turn(a);
    side_turn(b);
    assert_int_equal(a->lost, 1);
    assert_int_equal(b->lost, 1);
    find(a, b);
    pass(a, b, 10000);
    assert_int_equal(a->channels.counters.dialled, 1);
    /* It comes back, and so does the channel. */
    uint16_t port = 0;
    assert_int_equal(channels_add_adapter(&a->channels, now, &a->device, &port), 0);
    assert_int_equal(channels_add_adapter(&a->channels, now, &a->device, &port), -EALREADY);
    find(a, b);
    pass(a, b, 5000);
    assert_int_equal(open_channels(a), 1);
    side_close(a);
    side_close(b);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_found_is_dialled_and_talked_to),
        cmocka_unit_test(a_dial_without_an_answer_ends_and_is_tried_later),
        cmocka_unit_test(an_end_that_takes_its_time_is_no_longer_heard),
        cmocka_unit_test(a_refused_dial_is_tried_later),
        cmocka_unit_test(crossed_dials_end_with_one_link),
        cmocka_unit_test(who_sends_in_a_session_that_is_gone_is_not_barred),
        cmocka_unit_test(an_adapter_holds_five_and_turns_the_sixth_away),
        cmocka_unit_test(callers_are_limited_in_rate),
        cmocka_unit_test(what_the_air_has_no_room_for_waits_and_then_is_dropped),
        cmocka_unit_test(what_is_urgent_overtakes_bulk_that_waits),
        cmocka_unit_test(a_message_of_the_largest_size_waits_whole),
        cmocka_unit_test(a_peer_that_is_gone_is_noticed_at_once),
        cmocka_unit_test(a_caller_that_says_nothing_is_put_down),
        cmocka_unit_test(garbage_is_counted_and_its_sender_barred),
        cmocka_unit_test(a_datagram_over_the_limit_is_dropped_alone),
        cmocka_unit_test(who_calls_again_replaces_its_call),
        cmocka_unit_test(an_adapter_that_is_gone_takes_its_channels_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
