/* SPDX-License-Identifier: MIT */
/* Tests of platform/posix/udp.c on the loopback interface, on ports that the system chooses. */
#include "config.h"

#include "platform/posix/udp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char error[UDP_ERROR_SIZE];

/* How many datagrams the system takes before it is full: loopback itself is never full. */
static size_t room = SIZE_MAX;

/* In front of the system's, by the linker's --wrap. */
int __real_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags)
{
    if (room == 0) {
        errno = EAGAIN;
        return -1;
    }
    const int sent = __real_sendmmsg(fd, headers, count < room ? count : (unsigned)room, flags);
    if (sent > 0)
        room -= room == SIZE_MAX ? 0 : (size_t)sent;
    return sent;
}

/* Opens on a loopback address and says where. */
static void open_loopback(struct udp *udp, struct link_address *at)
{
    assert_int_equal(udp_open(udp, "127.0.0.1:0", error), 0);
    assert_int_equal(udp_local(udp, at), 0);
}

/* Waits until count datagrams are there (loopback queues them at once), and takes them. */
static size_t receive_all(struct udp *udp, struct datagram *datagrams, size_t count)
{
    size_t got = 0;
    struct pollfd wait = {.fd = udp->fd, .events = POLLIN};
    while (got < count && poll(&wait, 1, 5000) > 0) {
        const int more = udp_receive(udp, datagrams + got, count - got);
        assert_true(more >= 0);
        got += (size_t)more;
    }
    return got;
}

static void addresses_read_and_write_as_people_do(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *canonical; /* NULL: refused. */
    } rows[] = {
        {"127.0.0.1:7777", "127.0.0.1:7777"},
        {"0.0.0.0:0", "0.0.0.0:0"},
        {"[::1]:65535", "[::1]:65535"},
        {"[2001:DB8:0::1]:1", "[2001:db8::1]:1"},
        {"[fe80::1%7]:53", "[fe80::1%7]:53"},
        {"[::ffff:10.0.0.1]:5", "10.0.0.1:5"},
        {":7777", "[::]:7777"},
        {"127.0.0.1", NULL},
        {"127.0.0.1:", NULL},
        {"127.0.0.1:65536", NULL},
        {"127.0.0.1:+1", NULL},
        {"127.0.0.1:1x", NULL},
        {"127.0.0:1", NULL},
        {"::1:7777", NULL},
        {"[::1:7777", NULL},
        {"[]:1", NULL},
        {"[1.2.3.4]:1", NULL},
        {"[fe80::1%]:53", NULL},
        {"localhost:1", NULL},
        {"", NULL},
        {"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee:ffff]:1", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct link_address address;
        char text[UDP_TEXT_SIZE];
        const int code = udp_parse(rows[i].text, &address);
        assert_int_equal(code, rows[i].canonical == NULL ? -EINVAL : 0);
        if (code < 0)
            continue;
        udp_format(&address, text);
        assert_string_equal(text, rows[i].canonical);
        assert_int_equal(address.kind, LINK_KIND_UDP);
    }
}

static void neighbours_on_loopback_are_told_apart_by_port(void **state)
{
    (void)state;
    struct link_address address;
    assert_int_equal(udp_parse("127.0.0.1:7777", &address), 0);
    assert_int_equal(address.host, address.size);
    assert_int_equal(udp_parse("[::1]:7777", &address), 0);
    assert_int_equal(address.host, address.size);
    assert_int_equal(udp_parse("192.0.2.1:7777", &address), 0);
    assert_int_equal(address.host, 16);
}

static void a_batch_arrives_with_its_senders_address(void **state)
{
    (void)state;
    struct udp here;
    struct udp there;
    struct link_address at_here;
    struct link_address at_there;
    open_loopback(&here, &at_here);
    open_loopback(&there, &at_there);
    enum { COUNT = 70 };
    static uint8_t sent[COUNT][FRAME_SIZE_MAX];
    static uint8_t received[COUNT][FRAME_SIZE_MAX];
    struct datagram datagrams[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        memset(sent[i], (int)i, sizeof sent[i]);
        datagrams[i] =
            (struct datagram){.address = at_there, .at = sent[i], .size = FRAME_SIZE_MAX - i};
    }
    assert_int_equal(udp_send(&here, datagrams, COUNT), COUNT);
    assert_int_equal(here.sent, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        datagrams[i] = (struct datagram){.at = received[i], .size = FRAME_SIZE_MAX};
    assert_int_equal(receive_all(&there, datagrams, COUNT), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_memory_equal(&datagrams[i].address, &at_here, sizeof at_here);
        assert_int_equal(datagrams[i].size, FRAME_SIZE_MAX - i);
        assert_memory_equal(datagrams[i].at, sent[i], datagrams[i].size);
    }
    datagrams[0].size = FRAME_SIZE_MAX;
    assert_int_equal(udp_receive(&there, datagrams, 1), 0);
    udp_close(&here);
    udp_close(&there);
    udp_close(&there);
    assert_int_equal(udp_receive(&there, datagrams, 1), -EBADF);
    assert_int_equal(udp_send(&there, datagrams, 1), -EBADF);
}

static void a_datagram_longer_than_its_buffer_is_dropped_and_no_buffer_lost(void **state)
{
    (void)state;
    struct udp here;
    struct link_address at;
    open_loopback(&here, &at);
    uint8_t large[200] = {0};
    const struct datagram out[] = {{.address = at, .at = large, .size = 101},
                                   {.address = at, .at = large, .size = 100},
                                   {.address = at, .at = large, .size = 200},
                                   {.address = at, .at = large, .size = 0}};
    assert_int_equal(udp_send(&here, out, 4), 4);
    uint8_t buffers[4][100];
    struct datagram in[4];
    for (size_t i = 0; i < 4; i++)
        in[i] = (struct datagram){.at = buffers[i], .size = sizeof buffers[i]};
    assert_int_equal(udp_receive(&here, in, 4), 2);
    assert_int_equal(here.oversized, 2);
    assert_int_equal(in[0].size, 100);
    assert_int_equal(in[1].size, 0);
    unsigned seen = 0;
    for (size_t i = 0; i < 4; i++)
        seen |= 1u << (in[i].at - buffers[0]) / 100;
    assert_int_equal(seen, 15);
    udp_close(&here);
}

static void what_cannot_be_sent_is_counted_and_holds_up_nothing(void **state)
{
    (void)state;
    struct udp here;
    struct link_address at;
    struct link_address six;
    open_loopback(&here, &at);
    assert_int_equal(udp_parse("[2001:db8::1]:9", &six), 0);
    struct link_address port_zero;
    assert_int_equal(udp_parse("127.0.0.1:0", &port_zero), 0);
    uint8_t byte = 7;
    const struct datagram out[] = {{.address = six, .at = &byte, .size = 1},
                                   {.address = at, .at = &byte, .size = 1},
                                   {.address = port_zero, .at = &byte, .size = 1},
                                   {.address = {.kind = 2}, .at = &byte, .size = 1},
                                   {.address = at, .at = &byte, .size = 1}};
    assert_int_equal(udp_send(&here, out, 5), 5);
    assert_int_equal(here.unreachable, 3);
    assert_int_equal(here.sent, 2);
    uint8_t buffers[2][8];
    struct datagram in[2] = {{.at = buffers[0], .size = 8}, {.at = buffers[1], .size = 8}};
    assert_int_equal(receive_all(&here, in, 2), 2);
    udp_close(&here);
}

static void a_full_system_hands_back_what_it_did_not_take(void **state)
{
    (void)state;
    struct udp here;
    struct link_address at;
    open_loopback(&here, &at);
    uint8_t bytes[100] = {0};
    struct datagram out[100];
    for (size_t i = 0; i < 100; i++)
        out[i] = (struct datagram){.address = at, .at = bytes, .size = i};
    room = 45;
    assert_int_equal(udp_send(&here, out, 100), 45);
    assert_int_equal(udp_send(&here, out + 45, 55), 0);
    room = 20;
    assert_int_equal(udp_send(&here, out + 45, 55), 20);
    room = SIZE_MAX;
    assert_int_equal(udp_send(&here, out + 65, 35), 35);
    assert_int_equal(here.sent, 100);
    assert_int_equal(here.unreachable, 0);
    /* Each arrived once, in order. */
    uint8_t buffers[100][100];
    struct datagram in[100];
    for (size_t i = 0; i < 100; i++)
        in[i] = (struct datagram){.at = buffers[i], .size = 100};
    assert_int_equal(receive_all(&here, in, 100), 100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(in[i].size, i);
    udp_close(&here);
}

static void a_port_in_use_is_said_with_what_to_do(void **state)
{
    (void)state;
    struct udp here;
    struct udp again;
    struct link_address at;
    open_loopback(&here, &at);
    char listen[UDP_TEXT_SIZE];
    char expected[UDP_ERROR_SIZE];
    udp_format(&at, listen);
    assert_int_equal(udp_open(&again, listen, error), -EADDRINUSE);
    assert_int_equal(again.fd, -1);
    (void)snprintf(expected, sizeof expected,
                   "cannot listen on %s: another program uses that port; choose another with "
                   "--listen",
                   listen);
    assert_string_equal(error, expected);
    assert_int_equal(udp_open(&again, "nonsense", error), -EINVAL);
    assert_string_equal(error, "cannot listen on nonsense: write it as 0.0.0.0:7777, [::]:7777 or "
                               ":7777");
    assert_int_equal(udp_open(&again, "192.0.2.55:0", error), -EADDRNOTAVAIL);
    assert_non_null(strstr(error, "this machine does not have that address"));
    udp_close(&here);
}

static void all_addresses_take_ip4_too(void **state)
{
    (void)state;
    struct udp all;
    struct udp here;
    struct link_address at;
    struct link_address at_all;
    assert_int_equal(udp_open(&all, ":0", error), 0);
    assert_int_equal(udp_local(&all, &at_all), 0);
    open_loopback(&here, &at);
    /* To the same port on 127.0.0.1. */
    struct link_address to = at;
    memcpy(to.bytes + 16, at_all.bytes + 16, 2);
    uint8_t byte = 3;
    const struct datagram out = {.address = to, .at = &byte, .size = 1};
    assert_int_equal(udp_send(&here, &out, 1), 1);
    uint8_t buffer[8];
    struct datagram in = {.at = buffer, .size = sizeof buffer};
    assert_int_equal(receive_all(&all, &in, 1), 1);
    assert_memory_equal(&in.address, &at, sizeof at);
    /* And back. */
    in.size = 1;
    assert_int_equal(udp_send(&all, &in, 1), 1);
    in.size = sizeof buffer;
    assert_int_equal(receive_all(&here, &in, 1), 1);
    assert_memory_equal(&in.address, &to, sizeof to);
    udp_close(&all);
    udp_close(&here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_read_and_write_as_people_do),
        cmocka_unit_test(neighbours_on_loopback_are_told_apart_by_port),
        cmocka_unit_test(a_batch_arrives_with_its_senders_address),
        cmocka_unit_test(a_datagram_longer_than_its_buffer_is_dropped_and_no_buffer_lost),
        cmocka_unit_test(what_cannot_be_sent_is_counted_and_holds_up_nothing),
        cmocka_unit_test(a_full_system_hands_back_what_it_did_not_take),
        cmocka_unit_test(a_port_in_use_is_said_with_what_to_do),
        cmocka_unit_test(all_addresses_take_ip4_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
