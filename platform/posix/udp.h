/* SPDX-License-Identifier: MIT */
/*
 * UDP sockets: datagrams in and out in batches, addresses to and from text and link addresses.
 *
 * Decides nothing: what it cannot send now it hands back. Non-blocking, close-on-exec, never
 * fragments (DF set). Owned by one thread. Failures are -errno, and a sentence where a person has
 * to do something about it.
 */
#ifndef PLATFORM_POSIX_UDP_H
#define PLATFORM_POSIX_UDP_H

#include "base/limits.h"
#include "base/types.h"
#include "platform/transport.h"

#include <sys/socket.h>

/* Datagrams per system call. */
#define UDP_BATCH TRANSPORT_BATCH

/* "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535" and the final NUL. */
#define UDP_TEXT_SIZE TRANSPORT_TEXT_SIZE

/* What may be in the sentence of a failure. */
#define UDP_ERROR_SIZE 256

/* An open socket, or fd -1. */
struct udp {
    int fd;
    int family; /* AF_INET or AF_INET6 (which takes IPv4 too when bound to "[::]"). */
    uint64_t received;
    uint64_t sent;
    uint64_t oversized;   /* Datagrams that were longer than their buffer: dropped. */
    uint64_t unreachable; /* Datagrams that the system refused for good: dropped. */
};

/*
 * Listens on "host:port": a numeric IPv4 address, or an IPv6 address in brackets; an empty host is
 * all addresses; port 0 lets the system choose. Returns 0, or -errno with a sentence in error.
 */
int udp_open(struct udp *udp, const char *listen, char error[static UDP_ERROR_SIZE]);

/* Closes it; of a closed one: nothing. */
void udp_close(struct udp *udp);

/* The address it listens on, its port as chosen. Returns 0 or -errno. */
int udp_local(const struct udp *udp, struct link_address *address);

/*
 * Receives up to count datagrams, at most UDP_BATCH, into their buffers. Returns how many there
 * are, in front; 0 when there are none now; -errno when the socket is broken.
 */
int udp_receive(struct udp *udp, struct datagram *datagrams, size_t count);

/*
 * Sends count datagrams in order. Returns how many are done with: less than count means that the
 * system takes no more now, wait until the socket is writable. A datagram refused for good
 * (unreachable, too large, an address of the wrong family) is counted and done with. -errno when
 * the socket is broken.
 */
int udp_send(struct udp *udp, const struct datagram *datagrams, size_t count);

/*
 * Reads "host:port" as above (numeric only, so it never waits), an IPv6 address perhaps with
 * %interface. An address of nobody, or port 0, is read too. Returns 0 or -EINVAL.
 */
int udp_parse(const char *text, struct link_address *address);

/* Writes an address as udp_parse reads it: IPv4 plain, IPv6 in brackets. */
void udp_format(const struct link_address *address, char text[static UDP_TEXT_SIZE]);

/*
 * Writes the system's form of an address for a socket of this family and returns its size; 0 when
 * there is none: it is not of kind UDP, or an IPv6 address for an IPv4 socket.
 */
socklen_t udp_to_system(const struct link_address *address, int family,
                        struct sockaddr_storage *system);

/* Reads the system's form; false when it is not of the internet. */
bool udp_from_system(const struct sockaddr_storage *system, struct link_address *address);

#endif
