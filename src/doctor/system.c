/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "doctor/system.h"

#include "base/types.h"
#include "control/client.h"
#include "control/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* ---- Bluetooth's sockets ----------------------------------------------------------------------
 */

/* The kernel's sockaddr_l2, which it keeps in include/net/bluetooth/l2cap.h, not in its uapi. */
struct l2cap_address {
    sa_family_t family;
    uint16_t psm; /* Little endian, as cid. */
    uint8_t address[6];
    uint16_t cid;
    uint8_t address_type;
};

_Static_assert(sizeof(struct l2cap_address) == 14, "as the kernel has it");

enum { L2CAP_PROTOCOL = 0, ADDRESS_TYPE_LE_PUBLIC = 1 };

static uint16_t from_little_endian(uint16_t value)
{
    uint8_t bytes[2];
    memcpy(bytes, &value, sizeof bytes);
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

/* To the address of any adapter and PSM 0, for which the kernel takes a free one of 0x80 to 0xff.
 */
static int bind_psm(void *context, unsigned *psm)
{
    (void)context;
    struct l2cap_address at = {.family = AF_BLUETOOTH, .address_type = ADDRESS_TYPE_LE_PUBLIC};
    socklen_t size = sizeof at;
    const int fd =
        socket(AF_BLUETOOTH, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, L2CAP_PROTOCOL);
    if (fd < 0)
        return -errno;
    int result = 0;
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) < 0)
        result = -errno;
    close(fd);
    *psm = from_little_endian(at.psm);
    return result;
}

/* The kernel's struct hci_dev_info and its request, include/net/bluetooth/hci_sock.h, as above. */
struct hci_information {
    uint16_t index;
    char name[8];
    uint8_t address[6];
    uint32_t flags;
    uint32_t rest[32];
};

_Static_assert(offsetof(struct hci_information, flags) == 16, "as the kernel has it");

enum { HCI_PROTOCOL = 1, FLAG_UP = 1 << 0, FLAG_PAGE_SCAN = 1 << 3, FLAG_INQUIRY_SCAN = 1 << 4 };

#define GET_INFORMATION _IOR('H', 211, int)

static int bredr(void *context, const char *adapter, struct doctor_bredr *out)
{
    (void)context;
    struct hci_information information = {.index = 0};
    if (sscanf(adapter, "hci%4hu", &information.index) != 1)
        return -EINVAL;
    const int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, HCI_PROTOCOL);
    if (fd < 0)
        return -errno;
    const int result = ioctl(fd, GET_INFORMATION, &information) < 0 ? -errno : 0;
    close(fd);
    out->on = (information.flags & FLAG_UP) != 0;
    out->answers = (information.flags & FLAG_PAGE_SCAN) != 0;
    out->visible = (information.flags & FLAG_INQUIRY_SCAN) != 0;
    return result;
}

static int bind_udp(void *context, const char *listen, char sentence[static UDP_ERROR_SIZE])
{
    (void)context;
    struct udp udp;
    const int result = udp_open(&udp, listen, sentence);
    if (result == 0)
        udp_close(&udp);
    return result;
}

/* ---- The disk and the clock -------------------------------------------------------------------
 */

static int space(void *context, const char *path, struct doctor_space *out)
{
    (void)context;
    struct statvfs status;
    if (statvfs(path, &status) < 0)
        return -errno;
    *out = (struct doctor_space){
        .free_bytes = (uint64_t)status.f_bavail * status.f_frsize,
        .no_files_left = status.f_files > 0 && status.f_favail == 0,
        .read_only = (status.f_flag & ST_RDONLY) != 0,
    };
    return 0;
}

/* With no modes, adjtimex() only reads, which anyone may; TIME_ERROR: it is not synchronised. */
static int read_clock(void *context, struct doctor_clock *out)
{
    (void)context;
    struct timex state = {.modes = 0};
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return -errno;
    const int kept = adjtimex(&state);
    out->now_sec = now.tv_sec;
    out->synchronised = kept < 0 ? DOCTOR_NOT_KNOWN : kept == TIME_ERROR ? DOCTOR_NO : DOCTOR_YES;
    return 0;
}

/* ---- The daemon -------------------------------------------------------------------------------
 */

/* As client_open(), but does not wait for a daemon that takes no callers. */
static int open_client(const char *state, struct client *client)
{
    struct endpoint endpoint;
    *client = (struct client){.fd = -1};
    int result = endpoint_open(state, &endpoint);
    if (result < 0)
        return result;
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    client->events = json_array();
    const struct sockaddr *address = (const struct sockaddr *)&endpoint.address;
    if (!client->events)
        result = -ENOMEM;
    else if (client->fd < 0 || connect(client->fd, address, sizeof endpoint.address) < 0)
        result = -errno;
    endpoint_close(&endpoint);
    /* EAGAIN: its queue of callers is full. One request fits into an empty socket's buffer. */
    if (result == 0 && fcntl(client->fd, F_SETFL, 0) < 0)
        result = -errno;
    if (result < 0)
        client_close(client);
    return result == -EAGAIN ? -ETIMEDOUT : result;
}

static void take_status(const json_t *answer, struct doctor_daemon *out)
{
    const char *version = json_string_value(json_object_get(answer, "version"));
    const char *listen = json_string_value(json_object_get(answer, "listen"));
    const json_t *degraded = json_object_get(answer, "degraded");
    snprintf(out->version, sizeof out->version, "%s", version ? version : "");
    snprintf(out->listen, sizeof out->listen, "%s", listen ? listen : "");
    if (json_is_boolean(degraded))
        out->degraded = json_is_true(degraded) ? DOCTOR_YES : DOCTOR_NO;
}

static int ask_daemon(void *context, const char *state, struct doctor_daemon *out)
{
    (void)context;
    struct client client;
    json_t *answer = NULL;
    int result = open_client(state, &client);
    if (result < 0)
        return result;
    const enum client_verdict verdict =
        client_call(&client, "status", NULL, DOCTOR_DAEMON_MSEC, &answer);
    switch (verdict) {
    case CLIENT_ANSWERED:
        take_status(answer, out);
        break;
    case CLIENT_TIMED_OUT:
        result = -ETIMEDOUT;
        break;
    case CLIENT_ERROR:
    case CLIENT_LOST:
        result = -EPROTO;
        break;
    case CLIENT_INTERRUPTED:
        result = -EINTR;
        break;
    }
    json_decref(answer);
    client_close(&client);
    return result;
}

const struct doctor_system DOCTOR_SYSTEM = {
    .bus = bus_ask,
    .bind_psm = bind_psm,
    .bredr = bredr,
    .bind_udp = bind_udp,
    .space = space,
    .clock = read_clock,
    .daemon = ask_daemon,
};
