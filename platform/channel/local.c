/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/channel/local.h"

#include "platform/channel/channel.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* As little as Bluetooth LE has. */
#define SEND_BUFFER_SIZE 4096

/* Ports as Bluetooth LE has them. */
#define PORT_FIRST 0x80
#define PORT_LAST  0xff

/* The kind of a name: one that listens, or one that has called. */
#define NAME_LISTENS "bitcraps-adapter-%02x%02x%02x%02x%02x%02x-%u"
#define NAME_CALLS   "bitcraps-caller-%02x%02x%02x%02x%02x%02x-%u-%u"

static socklen_t name(struct sockaddr_un *address, const char *text)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path + 1, text, strlen(text));
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(text));
}

static socklen_t name_listens(struct sockaddr_un *address, const struct device *device,
                              uint16_t port)
{
    char text[sizeof address->sun_path];
    const uint8_t *d = device->bytes;
    snprintf(text, sizeof text - 1, NAME_LISTENS, d[0], d[1], d[2], d[3], d[4], d[5], port);
    return name(address, text);
}

static int open_socket(void)
{
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

static int fail(int fd, int code)
{
    close(fd);
    return code;
}

static int listen_at(const struct device *adapter, uint16_t *port)
{
    const int fd = open_socket();
    if (fd < 0)
        return fd;
    const unsigned first = *port != 0 ? *port : PORT_FIRST;
    const unsigned last = *port != 0 ? *port : PORT_LAST;
    for (unsigned at = first; at <= last; at++) {
        struct sockaddr_un address;
        const socklen_t size = name_listens(&address, adapter, (uint16_t)at);
        if (bind(fd, (struct sockaddr *)&address, size) == 0) {
            *port = (uint16_t)at;
            return listen(fd, CHANNEL_BACKLOG) < 0 ? fail(fd, -errno) : fd;
        }
        if (errno != EADDRINUSE)
            return fail(fd, -errno);
    }
    return fail(fd, -EADDRINUSE);
}

static int accept_from(int listening, struct channel_end *end)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = sizeof address;
    const int fd =
        accept4(listening, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    unsigned d[DEVICE_SIZE];
    unsigned process;
    unsigned number;
    char text[sizeof address.sun_path] = "";
    if (size > offsetof(struct sockaddr_un, sun_path) + 1)
        memcpy(text, address.sun_path + 1, size - offsetof(struct sockaddr_un, sun_path) - 1);
    if (sscanf(text, NAME_CALLS, &d[0], &d[1], &d[2], &d[3], &d[4], &d[5], &process, &number) != 8)
        return fail(fd, -EPROTO);
    for (size_t i = 0; i < DEVICE_SIZE; i++)
        end->device.bytes[i] = (uint8_t)d[i];
    return fd;
}

static int dial(const struct channel_end *end)
{
    const int fd = open_socket();
    if (fd < 0)
        return fd;
    struct sockaddr_un address;
    char text[sizeof address.sun_path];
    const uint8_t *a = end->adapter.bytes;
    int bound = -1;
    for (unsigned i = 0; i < 64 && bound != 0; i++) {
        snprintf(text, sizeof text - 1, NAME_CALLS, a[0], a[1], a[2], a[3], a[4], a[5],
                 (unsigned)getpid(), i);
        const socklen_t size = name(&address, text);
        bound = bind(fd, (struct sockaddr *)&address, size);
    }
    if (bound != 0)
        return fail(fd, -errno);
    const socklen_t size = name_listens(&address, &end->device, end->port);
    if (connect(fd, (struct sockaddr *)&address, size) < 0)
        return fail(fd, -errno);
    return fd;
}

const struct channel_medium local_medium = {.kind = LINK_KIND_LOCAL,
                                            .send_buffer = SEND_BUFFER_SIZE,
                                            .listen = listen_at,
                                            .accept = accept_from,
                                            .dial = dial};
