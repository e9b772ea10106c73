/* SPDX-License-Identifier: MIT */
/*
 * The internet as a transport (platform/transport.h): one UDP socket. No connections, so no
 * notices and nothing to expire.
 */
#ifndef PLATFORM_POSIX_INTERNET_H
#define PLATFORM_POSIX_INTERNET_H

#include "platform/posix/udp.h"
#include "platform/transport.h"

struct internet {
    struct transport transport;
    struct udp udp;
};

/* Listens as udp_open does. The memory stays the caller's: close only closes the socket. */
int internet_open(struct internet *internet, const char *listen, char error[static UDP_ERROR_SIZE]);

#endif
