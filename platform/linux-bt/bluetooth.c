/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/linux-bt/bluetooth.h"

#include "base/check.h"
#include "platform/linux-bt/bluez.h"
#include "platform/linux-bt/kernel.h"
#include "platform/linux-bt/l2cap.h"
#include "platform/linux-bt/management.h"
#include "platform/posix/log.h"

#include <errno.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/utsname.h>

static struct bluetooth *bluetooth_of(struct transport *transport)
{
    return (struct bluetooth *)transport;
}

static struct bluetooth *bluetooth_of_bredr(struct transport *transport)
{
    return (struct bluetooth *)((char *)transport - offsetof(struct bluetooth, bredr));
}

bool bluetooth_wants(const struct bluetooth *b, uint16_t index)
{
    char name[16];
    snprintf(name, sizeof name, "hci%u", index);
    if (strcmp(b->wanted, "auto") == 0)
        return true;
    const size_t size = strlen(name);
    for (const char *at = b->wanted; (at = strstr(at, name)) != NULL; at += size)
        if (at[size] == '\0' || strchr(", ;", at[size]) != NULL)
            return true;
    return false;
}

static struct bluetooth_adapter *find(struct bluetooth *b, uint16_t index)
{
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (b->adapters[i].used && b->adapters[i].index == index)
            return &b->adapters[i];
    return NULL;
}

const struct bluetooth_adapter *bluetooth_adapter_of(const struct bluetooth *b, uint16_t index)
{
    return find((struct bluetooth *)b, index);
}

/* ---- Adapters ---------------------------------------------------------------------------------
 */

static uint16_t port_of(const struct bluetooth *b, const struct device *device)
{
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (b->channels.adapters[i].used &&
            memcmp(&b->channels.adapters[i].device, device, sizeof *device) == 0)
            return b->channels.adapters[i].port;
    return 0;
}

static void write_data(const struct bluetooth *b, struct bluetooth_adapter *adapter)
{
    advertisement_pack(&b->key, (uint8_t)port_of(b, &adapter->device), adapter->answers, b->id,
                       adapter->data);
}

int bluetooth_adapter_up(struct bluetooth *b, msec now, uint16_t index, const struct device *device)
{
    struct bluetooth_adapter *adapter = NULL;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX && adapter == NULL; i++)
        if (!b->adapters[i].used)
            adapter = &b->adapters[i];
    if (adapter == NULL)
        return -ENOSPC;
    uint16_t port = 0;
    const int code = channels_add_adapter(&b->channels, now, device, &port);
    if (code != 0)
        return code;
    *adapter = (struct bluetooth_adapter){
        .used = true, .index = index, .device = *device, .scanning = true, .changes = now};
    write_data(b, adapter);
    const uint8_t *d = device->bytes;
    log_line(LOG_LEVEL_INFO, LOG_LINK,
             "hci%u (%02X:%02X:%02X:%02X:%02X:%02X): listening for Bluetooth LE, PSM 0x%02x", index,
             d[0], d[1], d[2], d[3], d[4], d[5], port);
    return 0;
}

static void begin_bredr(struct bluetooth *b, msec now, struct bluetooth_adapter *adapter)
{
    uint16_t port = advertisement_bredr_psm((uint8_t)port_of(b, &adapter->device));
    const int code = channels_add_adapter(&b->bredr, now, &adapter->device, &port);
    if (code != 0) {
        log_line(LOG_LEVEL_INFO, LOG_LINK, "hci%u: Bluetooth LE only, no BR/EDR: %s",
                 adapter->index, strerror(-code));
        return;
    }
    adapter->bredr_port = port;
    log_line(LOG_LEVEL_INFO, LOG_LINK, "hci%u: listening for Bluetooth BR/EDR, PSM 0x%04x",
             adapter->index, port);
}

static void end_bredr(struct bluetooth *b, struct bluetooth_adapter *adapter)
{
    if (adapter->bredr_port != 0)
        channels_remove_adapter(&b->bredr, &adapter->device);
    adapter->bredr_port = 0;
}

void bluetooth_adapter_bredr(struct bluetooth *b, msec now, uint16_t index, bool on, bool answers)
{
    struct bluetooth_adapter *adapter = find(b, index);
    if (adapter == NULL || !b->has_bredr)
        return;
    if (on && adapter->bredr_port == 0)
        begin_bredr(b, now, adapter);
    else if (!on)
        end_bredr(b, adapter);
    adapter->answers = answers && adapter->bredr_port != 0;
    write_data(b, adapter);
}

void bluetooth_adapter_down(struct bluetooth *b, uint16_t index)
{
    struct bluetooth_adapter *adapter = find(b, index);
    if (adapter == NULL)
        return;
    end_bredr(b, adapter);
    channels_remove_adapter(&b->channels, &adapter->device);
    adapter->used = false;
}

/* Somebody takes calls over BR/EDR: it is one of us if it is linked by LE. */
static void heard_bredr(struct bluetooth *b, msec now, const struct bluetooth_adapter *adapter,
                        const struct device *device, uint8_t psm)
{
    const struct channel_end end = {.device = *device,
                                    .type = L2CAP_TYPE_BREDR,
                                    .adapter = adapter->device,
                                    .port = advertisement_bredr_psm(psm)};
    if (adapter->bredr_port != 0 && channels_proven(&b->channels, device, &adapter->device))
        channels_found(&b->bredr, now, &end);
}

void bluetooth_heard(struct bluetooth *b, msec now, uint16_t index, const struct device *device,
                     uint8_t type, struct bytes eir)
{
    const struct bluetooth_adapter *adapter = find(b, index);
    const uint8_t *data = advertisement_find(eir);
    uint8_t psm = 0;
    bool bredr = false;
    if (adapter == NULL || data == NULL)
        return;
    switch (advertisement_read(&b->key, data, &psm, &bredr)) {
    case ADVERTISEMENT_OURS:
        b->heard++;
        break;
    case ADVERTISEMENT_STRANGE:
        b->strange++;
        return;
    case ADVERTISEMENT_WRONG:
        b->wrong++;
        return;
    }
    const struct channel_end end = {
        .device = *device, .type = type, .adapter = adapter->device, .port = psm};
    channels_found(&b->channels, now, &end);
    if (bredr && type == L2CAP_TYPE_LE_PUBLIC)
        heard_bredr(b, now, adapter, device, psm);
}

/* ---- Time -------------------------------------------------------------------------------------
 */

/* Scans while alone, then less and less: a radio that scans sends slower. */
static void alternate(struct bluetooth *b, msec now, struct bluetooth_adapter *adapter)
{
    const unsigned links = channels_count(&b->channels, &adapter->device);
    const bool many = links >= 3;
    if (links == 0 || links >= b->channels.per_adapter) {
        adapter->scanning = links == 0;
        adapter->changes = now + BLUETOOTH_SCAN_FEW_MSEC;
        return;
    }
    adapter->scanning = !adapter->scanning;
    if (adapter->scanning)
        adapter->changes = now + (many ? BLUETOOTH_SCAN_MANY_MSEC : BLUETOOTH_SCAN_FEW_MSEC);
    else
        adapter->changes = now + (many ? BLUETOOTH_REST_MANY_MSEC : BLUETOOTH_REST_FEW_MSEC);
}

static void change_id(struct bluetooth *b, msec now)
{
    randombytes_buf(b->id, sizeof b->id);
    b->id_changes = now + BLUETOOTH_ADVERTISE_MSEC;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (b->adapters[i].used)
            write_data(b, &b->adapters[i]);
}

static void expire(struct transport *transport, msec now)
{
    struct bluetooth *b = bluetooth_of(transport);
    channel_operations.expire(transport, now);
    if (now >= b->id_changes)
        change_id(b, now);
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (b->adapters[i].used && now >= b->adapters[i].changes)
            alternate(b, now, &b->adapters[i]);
    bluez_expire(b->bluez, now);
    management_lead(b->management, now, bluez_presence(b->bluez) == BLUEZ_ABSENT);
    management_expire(b->management, now);
}

static msec deadline(const struct transport *transport)
{
    const struct bluetooth *b = (const struct bluetooth *)transport;
    msec next = channel_operations.deadline(transport);
    if (b->id_changes < next)
        next = b->id_changes;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (b->adapters[i].used && b->adapters[i].changes < next)
            next = b->adapters[i].changes;
    const msec bluez = bluez_deadline(b->bluez);
    const msec management = management_deadline(b->management);
    next = bluez < next ? bluez : next;
    return management < next ? management : next;
}

static int receive(struct transport *transport, msec now, struct datagram *datagrams, size_t count)
{
    struct bluetooth *b = bluetooth_of(transport);
    const int received = channel_operations.receive(transport, now, datagrams, count);
    if (b->channels.foreign) {
        b->channels.foreign = false;
        management_receive(b->management, now);
        bluez_receive(b->bluez, now);
        management_lead(b->management, now, bluez_presence(b->bluez) == BLUEZ_ABSENT);
    }
    return received;
}

static void let_go(struct bluetooth *b)
{
    if (--b->open == 0)
        free(b);
}

static void close_le(struct transport *transport)
{
    struct bluetooth *b = bluetooth_of(transport);
    bluez_close(b->bluez);
    if (b->management != NULL)
        management_close(b->management);
    channel_operations.close(transport);
    let_go(b);
}

static void close_bredr(struct transport *transport)
{
    channel_operations.close(transport);
    let_go(bluetooth_of_bredr(transport));
}

/* ---- Open -------------------------------------------------------------------------------------
 */

static unsigned explain(struct bluetooth *b, int code, char sentence[static BLUETOOTH_ERROR_SIZE])
{
    if (code == -EAFNOSUPPORT)
        snprintf(sentence, BLUETOOTH_ERROR_SIZE,
                 "there is no Bluetooth here: this kernel, or this container, does not have it");
    else
        snprintf(sentence, BLUETOOTH_ERROR_SIZE, "Bluetooth cannot be used: %s", strerror(-code));
    if (b != NULL)
        close_le(&b->channels.transport);
    return 0;
}

/* Whether this kernel may be asked for BR/EDR. */
static bool bears_bredr(void)
{
    struct utsname name;
    struct kernel_version kernel;
    if (uname(&name) < 0 || !kernel_read(name.release, name.version, &kernel))
        return false;
    if (!kernel_bears_bredr(&kernel))
        log_line(LOG_LEVEL_INFO, LOG_LINK,
                 "Bluetooth: LE only, since kernel %u.%u.%u may crash when a BR/EDR connection "
                 "fails: 'bitcraps doctor kernel'",
                 kernel.major, kernel.minor, kernel.patch);
    return kernel_bears_bredr(&kernel);
}

static void open_bredr(struct bluetooth *b)
{
    uint8_t seed[NEIGHBOURHOOD_SEED_SIZE];
    randombytes_buf(seed, sizeof seed);
    if (!bears_bredr() || channels_open(&b->bredr, &bredr_medium, CHANNELS_PER_ADAPTER, seed) != 0)
        return;
    b->bredr_operations = channel_operations;
    b->bredr_operations.close = close_bredr;
    b->bredr.transport.operations = &b->bredr_operations;
    b->has_bredr = true;
    b->open++;
}

static void wait_for(struct bluetooth *b, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = CHANNEL_FOREIGN}};
    CHECK(epoll_ctl(b->channels.transport.fd, EPOLL_CTL_ADD, fd, &event) == 0);
}

unsigned bluetooth_open(msec now, const char *adapters,
                        const uint8_t network[static NETWORK_ID_SIZE],
                        struct transport *transports[static BLUETOOTH_TRANSPORTS],
                        char sentence[static BLUETOOTH_ERROR_SIZE])
{
    struct bluetooth *b = calloc(1, sizeof *b);
    if (b == NULL)
        return explain(NULL, -ENOMEM, sentence);
    uint8_t seed[NEIGHBOURHOOD_SEED_SIZE];
    randombytes_buf(seed, sizeof seed);
    b->open = 1;
    int code = channels_open(&b->channels, &le_medium, CHANNELS_PER_ADAPTER, seed);
    if (code != 0)
        return explain(b, code, sentence);
    snprintf(b->wanted, sizeof b->wanted, "%s", adapters);
    b->key = advertisement_key_of(network);
    change_id(b, now);
    b->management = management_open(b, now, &code);
    if (b->management == NULL)
        return explain(b, code, sentence);
    open_bredr(b);
    b->bluez = bluez_open(b, now);
    wait_for(b, management_fd(b->management));
    if (b->bluez != NULL)
        wait_for(b, bluez_fd(b->bluez));
    b->operations = channel_operations;
    b->operations.receive = receive;
    b->operations.expire = expire;
    b->operations.deadline = deadline;
    b->operations.close = close_le;
    b->channels.transport.operations = &b->operations;
    transports[0] = &b->channels.transport;
    transports[1] = &b->bredr.transport;
    return b->open;
}
