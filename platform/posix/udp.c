/* SPDX-License-Identifier: MIT */
/* UDP sockets; see udp.h. */
#include "config.h"

#include "platform/posix/udp.h"

#include "base/check.h"
#include "base/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IP_SIZE      16
#define ADDRESS_SIZE (IP_SIZE + 2 + 4) /* IP, port, scope: see link_address. */

/* What the kernel may hold for us: about 3,000 frames, so that a flood of votes is not lost. */
#define BUFFER_SIZE (4 * 1024 * 1024)

/* ---- Addresses ---------------------------------------------------------------------------------
 */

static struct link_address address_of(const struct in6_addr *ip, uint16_t port, uint32_t scope)
{
    struct link_address address = {.kind = LINK_KIND_UDP, .size = ADDRESS_SIZE};
    struct writer w = writer_on(address.bytes, sizeof address.bytes);
    write_bytes(&w, ip->s6_addr, IP_SIZE);
    write_u16(&w, port);
    write_u32(&w, scope);
    const bool mapped_loopback = IN6_IS_ADDR_V4MAPPED(ip) && ip->s6_addr[12] == 127;
    address.host = IN6_IS_ADDR_LOOPBACK(ip) || mapped_loopback ? ADDRESS_SIZE : IP_SIZE;
    return address;
}

/* Splits an address; false when it is not of kind UDP. */
static bool split(const struct link_address *address, struct in6_addr *ip, uint16_t *port,
                  uint32_t *scope)
{
    if (address->kind != LINK_KIND_UDP || address->size != ADDRESS_SIZE)
        return false;
    struct reader r = reader_on((struct bytes){.at = address->bytes, .size = ADDRESS_SIZE});
    memcpy(ip->s6_addr, read_bytes(&r, IP_SIZE), IP_SIZE);
    *port = read_u16(&r);
    *scope = read_u32(&r);
    return true;
}

/* ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2). */
static struct in6_addr mapped(const struct in_addr *ip)
{
    struct in6_addr result = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    memcpy(result.s6_addr + 12, ip, sizeof *ip);
    return result;
}

socklen_t udp_to_system(const struct link_address *address, int family,
                        struct sockaddr_storage *system)
{
    struct in6_addr ip;
    uint16_t port;
    uint32_t scope;
    if (!split(address, &ip, &port, &scope))
        return 0;
    memset(system, 0, sizeof *system);
    if (family == AF_INET6) {
        const struct sockaddr_in6 to = {.sin6_family = AF_INET6,
                                        .sin6_port = htons(port),
                                        .sin6_addr = ip,
                                        .sin6_scope_id = scope};
        memcpy(system, &to, sizeof to);
        return sizeof to;
    }
    if (family != AF_INET || !IN6_IS_ADDR_V4MAPPED(&ip))
        return 0;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&to.sin_addr, ip.s6_addr + 12, sizeof to.sin_addr);
    memcpy(system, &to, sizeof to);
    return sizeof to;
}

bool udp_from_system(const struct sockaddr_storage *system, struct link_address *address)
{
    if (system->ss_family == AF_INET6) {
        struct sockaddr_in6 from;
        memcpy(&from, system, sizeof from);
        *address = address_of(&from.sin6_addr, ntohs(from.sin6_port), from.sin6_scope_id);
        return true;
    }
    if (system->ss_family == AF_INET) {
        struct sockaddr_in from;
        memcpy(&from, system, sizeof from);
        const struct in6_addr ip = mapped(&from.sin_addr);
        *address = address_of(&ip, ntohs(from.sin_port), 0);
        return true;
    }
    return false;
}

/* A port in digits; false when it is none. */
static bool parse_port(const char *text, uint16_t *port)
{
    uint32_t value = 0;
    const size_t size = strlen(text);
    if (size < 1 || size > 5 || strspn(text, "0123456789") != size)
        return false;
    for (; *text != '\0'; text++)
        value = value * 10 + (uint32_t)(*text - '0');
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}

/* An IPv6 address, perhaps with %interface. Changes host. */
static bool parse_ip6(char *host, struct in6_addr *ip, uint32_t *scope)
{
    char *interface = strchr(host, '%');
    if (interface != NULL) {
        *interface++ = '\0';
        *scope = if_nametoindex(interface);
        const size_t size = strlen(interface);
        if (*scope == 0 && size > 0 && size < 10 && strspn(interface, "0123456789") == size)
            *scope = (uint32_t)strtoul(interface, NULL, 10);
        if (*scope == 0)
            return false;
    }
    return inet_pton(AF_INET6, host, ip) == 1;
}

int udp_parse(const char *text, struct link_address *address)
{
    char host[UDP_TEXT_SIZE];
    const char *colon = strrchr(text, ':');
    uint16_t port;
    if (colon == NULL || (size_t)(colon - text) >= sizeof host || !parse_port(colon + 1, &port))
        return -EINVAL;
    const size_t size = (size_t)(colon - text);
    memcpy(host, text, size);
    host[size] = '\0';
    struct in6_addr ip = IN6ADDR_ANY_INIT;
    struct in_addr ip4;
    uint32_t scope = 0;
    if (size >= 2 && host[0] == '[' && host[size - 1] == ']') {
        host[size - 1] = '\0';
        if (!parse_ip6(host + 1, &ip, &scope))
            return -EINVAL;
    } else if (inet_pton(AF_INET, host, &ip4) == 1) {
        ip = mapped(&ip4);
    } else if (size > 0) {
        return -EINVAL;
    }
    *address = address_of(&ip, port, scope);
    return 0;
}

void udp_format(const struct link_address *address, char text[static UDP_TEXT_SIZE])
{
    struct in6_addr ip;
    uint16_t port;
    uint32_t scope;
    char host[INET6_ADDRSTRLEN];
    if (!split(address, &ip, &port, &scope)) {
        (void)snprintf(text, UDP_TEXT_SIZE, "unknown");
    } else if (IN6_IS_ADDR_V4MAPPED(&ip)) {
        CHECK(inet_ntop(AF_INET, ip.s6_addr + 12, host, sizeof host) != NULL);
        (void)snprintf(text, UDP_TEXT_SIZE, "%s:%u", host, port);
    } else {
        CHECK(inet_ntop(AF_INET6, &ip, host, sizeof host) != NULL);
        if (scope != 0)
            (void)snprintf(text, UDP_TEXT_SIZE, "[%s%%%u]:%u", host, scope, port);
        else
            (void)snprintf(text, UDP_TEXT_SIZE, "[%s]:%u", host, port);
    }
}

/* ---- Sockets -----------------------------------------------------------------------------------
 */

static void set_option(int fd, int level, int name, int value)
{
    /* Each of these makes things better where the system knows it, and nothing wrong where not. */
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

/* PROBE sets DF and believes no ICMP about the path: a forged one must not shrink our frames. */
static void set_options(int fd, int family)
{
    set_option(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_SIZE);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_SIZE);
    set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    if (family == AF_INET6) {
        set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    }
}

/* Opens and binds; 0 or -errno. */
static int open_on(struct udp *udp, const struct link_address *address, int family)
{
    struct sockaddr_storage system;
    const socklen_t size = udp_to_system(address, family, &system);
    if (size == 0)
        return -EAFNOSUPPORT;
    udp->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
    if (udp->fd < 0)
        return -errno;
    udp->family = family;
    set_options(udp->fd, family);
    if (bind(udp->fd, (struct sockaddr *)&system, size) == 0)
        return 0;
    const int code = -errno;
    udp_close(udp);
    return code;
}

/* Says what went wrong and what to do about it. */
static int explain(int code, const char *listen, char error[static UDP_ERROR_SIZE])
{
    if (code == -EADDRINUSE)
        (void)snprintf(error, UDP_ERROR_SIZE,
                       "cannot listen on %s: another program uses that port; choose another with "
                       "--listen",
                       listen);
    else if (code == -EADDRNOTAVAIL)
        (void)snprintf(error, UDP_ERROR_SIZE,
                       "cannot listen on %s: this machine does not have that address; choose "
                       "another with --listen",
                       listen);
    else if (code == -EINVAL)
        (void)snprintf(error, UDP_ERROR_SIZE,
                       "cannot listen on %s: write it as 0.0.0.0:7777, [::]:7777 or :7777", listen);
    else
        (void)snprintf(error, UDP_ERROR_SIZE, "cannot listen on %s: %s", listen, strerror(-code));
    return code;
}

int udp_open(struct udp *udp, const char *listen, char error[static UDP_ERROR_SIZE])
{
    *udp = (struct udp){.fd = -1};
    struct link_address address;
    int code = udp_parse(listen, &address);
    if (code < 0)
        return explain(code, listen, error);
    struct sockaddr_storage unused;
    const bool is_ip4 = udp_to_system(&address, AF_INET, &unused) > 0;
    code = open_on(udp, &address, is_ip4 ? AF_INET : AF_INET6);
    if (code == -EAFNOSUPPORT && listen[0] == ':') {
        /* All addresses, on a machine without IPv6. */
        const struct in_addr any = {.s_addr = htonl(INADDR_ANY)};
        const struct in6_addr ip = mapped(&any);
        uint16_t port = 0;
        CHECK(parse_port(listen + 1, &port));
        address = address_of(&ip, port, 0);
        code = open_on(udp, &address, AF_INET);
    }
    return code < 0 ? explain(code, listen, error) : 0;
}

void udp_close(struct udp *udp)
{
    if (udp->fd >= 0)
        (void)close(udp->fd);
    udp->fd = -1;
}

int udp_local(const struct udp *udp, struct link_address *address)
{
    struct sockaddr_storage system;
    socklen_t size = sizeof system;
    if (getsockname(udp->fd, (struct sockaddr *)&system, &size) < 0)
        return -errno;
    return udp_from_system(&system, address) ? 0 : -EAFNOSUPPORT;
}

/* Whether no later call can do better: the descriptor itself is bad. */
static bool broken(int code)
{
    return code == EBADF || code == ENOTSOCK || code == EFAULT || code == ENOMEM;
}

/* recvmmsg(2), past the errors that earlier sends left on the socket. */
static int receive_batch(struct udp *udp, struct mmsghdr *headers, unsigned count)
{
    for (int tries = 0; tries < UDP_BATCH; tries++) {
        const int done = recvmmsg(udp->fd, headers, count, MSG_DONTWAIT, NULL);
        if (done >= 0)
            return done;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return 0;
        if (broken(errno))
            return -errno;
        if (errno != EINTR)
            udp->unreachable++;
    }
    return 0;
}

int udp_receive(struct udp *udp, struct datagram *datagrams, size_t count)
{
    struct mmsghdr headers[UDP_BATCH];
    struct iovec vectors[UDP_BATCH];
    struct sockaddr_storage from[UDP_BATCH];
    if (count > UDP_BATCH)
        count = UDP_BATCH;
    for (size_t i = 0; i < count; i++) {
        vectors[i] = (struct iovec){.iov_base = datagrams[i].at, .iov_len = datagrams[i].size};
        headers[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &from[i],
                                                  .msg_namelen = sizeof from[i],
                                                  .msg_iov = &vectors[i],
                                                  .msg_iovlen = 1}};
    }
    const int done = receive_batch(udp, headers, (unsigned)count);
    int kept = 0;
    for (int i = 0; i < done; i++) {
        struct datagram datagram = datagrams[i];
        datagram.size = headers[i].msg_len;
        const bool cut = (headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        if (cut)
            udp->oversized++;
        if (cut || !udp_from_system(&from[i], &datagram.address))
            continue;
        /* Swapped, so that no buffer of the caller's is lost. */
        datagrams[i] = datagrams[kept];
        datagrams[kept++] = datagram;
        udp->received++;
    }
    return done < 0 ? done : kept;
}

/* Sends some datagrams, at most UDP_BATCH, that all have an address for this socket. Returns how
 * many are done with; *blocked: the system takes no more now. */
static int send_batch(struct udp *udp, struct mmsghdr *headers, unsigned count, bool *blocked)
{
    unsigned done = 0;
    while (done < count) {
        const int sent = sendmmsg(udp->fd, headers + done, count - done, MSG_DONTWAIT);
        if (sent > 0) {
            done += (unsigned)sent;
            udp->sent += (uint64_t)sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
            *blocked = true;
            break;
        } else if (broken(errno)) {
            return -errno;
        } else if (errno != EINTR) {
            udp->unreachable++;
            done++;
        }
    }
    return (int)done;
}

int udp_send(struct udp *udp, const struct datagram *datagrams, size_t count)
{
    struct mmsghdr headers[UDP_BATCH];
    struct iovec vectors[UDP_BATCH];
    struct sockaddr_storage to[UDP_BATCH];
    size_t done = 0;
    bool blocked = false;
    while (done < count && !blocked) {
        unsigned batch = 0;
        while (done + batch < count && batch < UDP_BATCH) {
            const struct datagram *datagram = &datagrams[done + batch];
            const socklen_t size = udp_to_system(&datagram->address, udp->family, &to[batch]);
            if (size == 0)
                break;
            vectors[batch] = (struct iovec){.iov_base = datagram->at, .iov_len = datagram->size};
            headers[batch] = (struct mmsghdr){.msg_hdr = {.msg_name = &to[batch],
                                                          .msg_namelen = size,
                                                          .msg_iov = &vectors[batch],
                                                          .msg_iovlen = 1}};
            batch++;
        }
        if (batch == 0) {
            udp->unreachable++; /* An address that this socket has no way to. */
            done++;
            continue;
        }
        const int sent = send_batch(udp, headers, batch, &blocked);
        if (sent < 0)
            return sent;
        done += (size_t)sent;
    }
    return (int)done;
}
