/* SPDX-License-Identifier: MIT */
/*
 * What a kind of channel brings: how its sockets are made. Everything after that, SOCK_SEQPACKET
 * sockets share (platform/channel/channel.h). Also the layout of such a channel's address.
 */
#ifndef PLATFORM_CHANNEL_MEDIUM_H
#define PLATFORM_CHANNEL_MEDIUM_H

#include "link/link.h"
#include "platform/transport.h"

#define DEVICE_SIZE 6

/* Who can be talked to over such a medium, by its address: a radio's, or a test's invention. */
struct device {
    uint8_t bytes[DEVICE_SIZE]; /* As people write it, the most significant first. */
};

/* What a link address of a channel says. */
struct channel_end {
    struct device device;  /* The other end, */
    uint8_t type;          /* what its address is (the medium's own numbering), */
    struct device adapter; /* our end, */
    uint16_t port;         /* and where the other end listens; 0: it has called us. */
};

struct link_address channel_address(enum link_kind kind, const struct channel_end *end);

/* Splits an address; false when it is not of that kind. */
bool channel_end_of(const struct link_address *address, enum link_kind kind,
                    struct channel_end *end);

/* Sockets that come back are non-blocking and close-on-exec. Failures are -errno. */
struct channel_medium {
    enum link_kind kind;

    /*
     * SO_SNDBUF: as much as the system has to hold for the air to be busy, which at best is 50 ms
     * of a slow one; all else waits in the channel's backlog. 0: as the system has it.
     */
    int send_buffer;

    /* A socket that listens at an adapter; *port is where, chosen by the system if *port is 0. */
    int (*listen)(const struct device *adapter, uint16_t *port);

    /* Takes the next caller of a listening socket of that adapter; -EAGAIN when there is none. */
    int (*accept)(int listening, struct channel_end *end);

    /* A socket that is connected or connecting: then it becomes writable, or has failed. */
    int (*dial)(const struct channel_end *end);

    /* Closes a socket that was dialled or accepted, at once or later. NULL: close(2) is quick. */
    void (*end)(int fd);
};

#endif
