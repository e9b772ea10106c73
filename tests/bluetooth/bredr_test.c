/* SPDX-License-Identifier: MIT */
/*
 * BR/EDR beside LE: when it is offered, who is called, and where it is left alone. Both kinds of
 * channels are sockets of this machine here; time is only a number.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "platform/linux-bt/kernel.h"

static void it_is_left_alone_where_it_may_crash(void **state)
{
    (void)state;
    static const struct {
        const char *release, *version;
        bool bears;
    } rows[] = {
        {"6.12.95+deb12-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.12.95-1~bpo12+1", true},
        {"6.1.0-50-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.190-1 (2026-10-01)", true},
        {"6.1.0-51-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-01)", false},
        {"6.1.191", "#1 SMP", false}, /* Not tried, and of the line that crashes. */
        {"6.1.193", "#1 SMP", false},
        {"6.2.0", "#1 SMP", true},
        {"7.0.3", "#1 SMP", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kernel_version kernel;
        assert_true(kernel_read(rows[i].release, rows[i].version, &kernel));
        assert_int_equal(kernel_bears_bredr(&kernel), rows[i].bears);
    }
}

#ifdef HAVE_BLUETOOTH

#include "platform/channel/local.h"
#include "platform/linux-bt/bluetooth.h"
#include "platform/linux-bt/l2cap.h"

#include <stdlib.h>
#include <unistd.h>

static const uint8_t network[NETWORK_ID_SIZE] = {7};
static const uint8_t seed[NEIGHBOURHOOD_SEED_SIZE] = {1};
static msec now;

/* Our node with one adapter, hci0; and somebody near, who listens for both kinds. */
static struct bluetooth *b;
static struct device ours;
static struct device theirs;
static struct channels their_le;
static struct channels their_bredr;
static uint16_t their_port;

/* Unlike those of other tests that run now. */
static struct device device_of(uint8_t number)
{
    const uint32_t process = (uint32_t)getpid();
    return (struct device){.bytes = {number, 1, (uint8_t)(process >> 16), (uint8_t)(process >> 8),
                                     (uint8_t)process, 7}};
}

static void open_channels(struct channels *c)
{
    assert_int_equal(channels_open(c, &local_medium, CHANNELS_PER_ADAPTER, seed), 0);
}

static int set_up(void **state)
{
    (void)state;
    now = 1000;
    ours = device_of(1);
    theirs = device_of(2);
    b = calloc(1, sizeof *b);
    assert_non_null(b);
    open_channels(&b->channels);
    open_channels(&b->bredr);
    b->has_bredr = true;
    b->key = advertisement_key_of(network);
    assert_int_equal(bluetooth_adapter_up(b, now, 0, &ours), 0);
    open_channels(&their_le);
    open_channels(&their_bredr);
    their_port = 0;
    assert_int_equal(channels_add_adapter(&their_le, now, &theirs, &their_port), 0);
    uint16_t port = advertisement_bredr_psm((uint8_t)their_port);
    assert_int_equal(channels_add_adapter(&their_bredr, now, &theirs, &port), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct channels *const all[] = {&b->channels, &b->bredr, &their_le, &their_bredr};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        channel_operations.close(&all[i]->transport);
    free(b);
    return 0;
}

/* We hear what they advertise. */
static void hear(bool bredr, uint8_t type)
{
    static const uint8_t id[ADVERTISEMENT_ID_SIZE] = {9, 9, 9};
    uint8_t data[ADVERTISEMENT_SIZE];
    uint8_t eir[ADVERTISEMENT_EIR_SIZE];
    advertisement_pack(&b->key, (uint8_t)their_port, bredr, id, data);
    advertisement_eir(data, eir);
    bluetooth_heard(b, now, 0, &theirs, type, (struct bytes){.at = eir, .size = sizeof eir});
}

/* Turns channels; returns what was told last that concerns who can be reached. */
static struct transport_notice turn(struct channels *c)
{
    static uint8_t memory[FRAME_SIZE_MAX];
    struct datagram datagram = {.at = memory, .size = sizeof memory};
    struct transport_notice notice = {.news = TRANSPORT_LOST};
    assert_true(channel_operations.receive(&c->transport, now, &datagram, 1) >= 0);
    channel_operations.expire(&c->transport, now);
    while (channel_operations.notice(&c->transport, &notice))
        continue;
    return notice;
}

/* Dials whom we know, if anybody; whether that came about. */
static struct transport_notice dial(struct channels *c)
{
    now += FOUND_PROMPT_MSEC + FOUND_COURTESY_MSEC;
    (void)turn(c);
    return turn(c);
}

/* They are linked with us over LE, and have shown who they are. */
static void link_by_le(void)
{
    hear(false, L2CAP_TYPE_LE_PUBLIC);
    const struct transport_notice notice = dial(&b->channels);
    assert_int_equal(notice.news, TRANSPORT_REACHED);
    channel_operations.judge(&b->channels.transport, now, &notice.address, true);
}

static bool offers(void)
{
    uint8_t psm;
    bool bredr = false;
    assert_int_equal(advertisement_read(&b->key, bluetooth_adapter_of(b, 0)->data, &psm, &bredr),
                     ADVERTISEMENT_OURS);
    return bredr;
}

static void it_is_offered_while_the_adapter_answers(void **state)
{
    (void)state;
    assert_false(offers());
    bluetooth_adapter_bredr(b, now, 0, true, false);
    assert_false(offers());
    bluetooth_adapter_bredr(b, now, 0, true, true);
    assert_true(offers());
    bluetooth_adapter_bredr(b, now, 0, true, false);
    assert_false(offers());
    bluetooth_adapter_bredr(b, now, 0, true, true);
    bluetooth_adapter_bredr(b, now, 0, false, true);
    assert_false(offers());
}

static void without_it_nothing_is_offered_and_nobody_called(void **state)
{
    (void)state;
    b->has_bredr = false;
    bluetooth_adapter_bredr(b, now, 0, true, true);
    assert_false(offers());
    link_by_le();
    hear(true, L2CAP_TYPE_LE_PUBLIC);
    (void)dial(&b->bredr);
    assert_int_equal(b->bredr.counters.dialled, 0);
}

static void who_is_linked_and_offers_it_is_called(void **state)
{
    (void)state;
    bluetooth_adapter_bredr(b, now, 0, true, false);
    link_by_le();
    (void)dial(&b->bredr);
    assert_int_equal(b->bredr.counters.dialled, 0);
    hear(true, L2CAP_TYPE_LE_PUBLIC);
    const struct transport_notice notice = dial(&b->bredr);
    assert_int_equal(notice.news, TRANSPORT_REACHED);
    struct channel_end end;
    assert_true(channel_end_of(&notice.address, LINK_KIND_LOCAL, &end));
    assert_int_equal(end.port, advertisement_bredr_psm((uint8_t)their_port));
    assert_int_equal(end.type, L2CAP_TYPE_BREDR);
    assert_memory_equal(&end.device, &theirs, sizeof theirs);
    /* An adapter that goes off takes both kinds along. */
    bluetooth_adapter_down(b, 0);
    assert_int_equal(turn(&b->bredr).news, TRANSPORT_LOST);
    assert_int_equal(channels_count(&b->bredr, &ours) + channels_count(&b->channels, &ours), 0);
}

/* Anybody may repeat an advertisement, with the flag and from any address. */
static void a_stranger_who_offers_it_is_not_called(void **state)
{
    (void)state;
    bluetooth_adapter_bredr(b, now, 0, true, true);
    hear(true, L2CAP_TYPE_LE_PUBLIC);
    assert_int_equal(dial(&b->channels).news, TRANSPORT_REACHED);
    hear(true, L2CAP_TYPE_LE_PUBLIC);
    (void)dial(&b->bredr);
    assert_int_equal(b->bredr.counters.dialled, 0);
}

/* BR/EDR knows public addresses only. */
static void a_random_address_is_not_called(void **state)
{
    (void)state;
    bluetooth_adapter_bredr(b, now, 0, true, true);
    link_by_le();
    hear(true, L2CAP_TYPE_LE_RANDOM);
    (void)dial(&b->bredr);
    assert_int_equal(b->bredr.counters.dialled, 0);
}

#endif

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_left_alone_where_it_may_crash),
#ifdef HAVE_BLUETOOTH
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(it_is_offered_while_the_adapter_answers),
        TEST(without_it_nothing_is_offered_and_nobody_called),
        TEST(who_is_linked_and_offers_it_is_called),
        TEST(a_stranger_who_offers_it_is_not_called),
        TEST(a_random_address_is_not_called),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
