/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/linux-bt/l2cap.h"

#include "platform/channel/channel.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * What the kernel may hold for us; more waits in our own backlog, where what is urgent overtakes.
 * It doubles this and counts 0.8 KB for each 251 bytes on LE's air: two frames, 50 ms of a slow
 * link. On BR/EDR it counts what is not acknowledged yet, too: so many as keep the air busy
 * meanwhile.
 */
#define SEND_BUFFER_LE    4096
#define SEND_BUFFER_BREDR 16384

_Static_assert(L2CAP_MTU >= FRAME_SIZE_MAX, "a frame fits an SDU");
_Static_assert(L2CAP_TYPE_BREDR == BDADDR_BREDR && L2CAP_TYPE_LE_PUBLIC == BDADDR_LE_PUBLIC &&
                   L2CAP_TYPE_LE_RANDOM == BDADDR_LE_RANDOM,
               "as the kernel numbers them");

static bdaddr_t to_kernel(const struct device *device)
{
    bdaddr_t address;
    for (size_t i = 0; i < DEVICE_SIZE; i++)
        address.b[i] = device->bytes[DEVICE_SIZE - 1 - i];
    return address;
}

static struct device from_kernel(const bdaddr_t *address)
{
    struct device device;
    for (size_t i = 0; i < DEVICE_SIZE; i++)
        device.bytes[i] = address->b[DEVICE_SIZE - 1 - i];
    return device;
}

static int fail(int fd)
{
    const int code = -errno;
    close(fd);
    return code;
}

static int set_le_options(int fd)
{
    const uint16_t mtu = L2CAP_MTU;
    return setsockopt(fd, SOL_BLUETOOTH, BT_RCVMTU, &mtu, sizeof mtu);
}

/* The kernel falls back to the basic mode for a caller that has no other, as none of us does. */
static int set_bredr_options(int fd)
{
    struct l2cap_options options;
    socklen_t size = sizeof options;
    memset(&options, 0, sizeof options);
    if (getsockopt(fd, SOL_L2CAP, L2CAP_OPTIONS, &options, &size) < 0)
        return -1;
    options.imtu = L2CAP_MTU;
    options.omtu = L2CAP_MTU;
    options.mode = L2CAP_MODE_ERTM;
    return setsockopt(fd, SOL_L2CAP, L2CAP_OPTIONS, &options, sizeof options);
}

/* A socket of an adapter; options have to be set before it listens or connects. */
static int open_at(const struct device *adapter, uint16_t port, uint8_t type)
{
    const int fd =
        socket(AF_BLUETOOTH, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, BTPROTO_L2CAP);
    if (fd < 0)
        return -errno;
    const struct sockaddr_l2 here = {.l2_family = AF_BLUETOOTH,
                                     .l2_psm = htobs(port),
                                     .l2_bdaddr = to_kernel(adapter),
                                     .l2_bdaddr_type = type};
    const struct bt_security security = {.level = BT_SECURITY_LOW};
    if (bind(fd, (const struct sockaddr *)&here, sizeof here) < 0 ||
        setsockopt(fd, SOL_BLUETOOTH, BT_SECURITY, &security, sizeof security) < 0 ||
        (type == BDADDR_BREDR ? set_bredr_options(fd) : set_le_options(fd)) < 0)
        return fail(fd);
    return fd;
}

static int listen_at(const struct device *adapter, uint16_t *port, uint8_t type)
{
    const int fd = open_at(adapter, *port, type);
    if (fd < 0)
        return fd;
    struct sockaddr_l2 here;
    socklen_t size = sizeof here;
    memset(&here, 0, sizeof here);
    if (listen(fd, CHANNEL_BACKLOG) < 0 || getsockname(fd, (struct sockaddr *)&here, &size) < 0)
        return fail(fd);
    *port = btohs(here.l2_psm);
    return fd;
}

static int listen_le(const struct device *adapter, uint16_t *port)
{
    return listen_at(adapter, port, BDADDR_LE_PUBLIC);
}

static int listen_bredr(const struct device *adapter, uint16_t *port)
{
    return listen_at(adapter, port, BDADDR_BREDR);
}

static int accept_from(int listening, struct channel_end *end)
{
    struct sockaddr_l2 there;
    socklen_t size = sizeof there;
    memset(&there, 0, sizeof there);
    const int fd =
        accept4(listening, (struct sockaddr *)&there, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    end->device = from_kernel(&there.l2_bdaddr);
    end->type = there.l2_bdaddr_type;
    return fd;
}

static int dial(const struct channel_end *end)
{
    /* Ours is public; a random address is LE's, too. */
    const int fd =
        open_at(&end->adapter, 0, end->type == BDADDR_BREDR ? BDADDR_BREDR : BDADDR_LE_PUBLIC);
    if (fd < 0)
        return fd;
    const struct sockaddr_l2 there = {.l2_family = AF_BLUETOOTH,
                                      .l2_psm = htobs(end->port),
                                      .l2_bdaddr = to_kernel(&end->device),
                                      .l2_bdaddr_type = end->type};
    if (connect(fd, (const struct sockaddr *)&there, sizeof there) < 0 && errno != EINPROGRESS)
        return fail(fd);
    return fd;
}

static void *close_there(void *fd)
{
    close((int)(intptr_t)fd);
    return NULL;
}

/*
 * Close(2) of a channel that retransmits waits, up to 10 s, for the other end to acknowledge all
 * that was sent; one that is gone never does. So a thread does the waiting.
 */
static void end_bredr(int fd)
{
    pthread_attr_t detached;
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int code = pthread_create(&thread, &detached, close_there, (void *)(intptr_t)fd);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
    if (code != 0)
        close(fd);
}

const struct channel_medium le_medium = {.kind = LINK_KIND_LE,
                                         .send_buffer = SEND_BUFFER_LE,
                                         .listen = listen_le,
                                         .accept = accept_from,
                                         .dial = dial};

const struct channel_medium bredr_medium = {.kind = LINK_KIND_BREDR,
                                            .send_buffer = SEND_BUFFER_BREDR,
                                            .listen = listen_bredr,
                                            .accept = accept_from,
                                            .dial = dial,
                                            .end = end_bredr};
