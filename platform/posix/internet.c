/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/posix/internet.h"

#include "platform/posix/log.h"

#include <poll.h>
#include <string.h>

/* How long a burst waits for the interface. */
#define SEND_WAIT_MSEC 5

static struct udp *udp_of(struct transport *transport)
{
    return &((struct internet *)transport)->udp;
}

static int receive(struct transport *transport, msec now, struct datagram *datagrams, size_t count)
{
    (void)now;
    return udp_receive(udp_of(transport), datagrams, count);
}

/*
 * What the system has no room for is tried once more when it has some, or after SEND_WAIT_MSEC: a
 * burst then waits for the interface instead of being lost, and an interface that is stuck does not
 * keep this thread from receiving.
 */
static size_t send_all(struct transport *transport, msec now, const struct datagram *datagrams,
                       size_t count)
{
    (void)now;
    struct udp *udp = udp_of(transport);
    size_t done = 0;
    for (int attempt = 0; attempt < 2 && done < count; attempt++) {
        struct pollfd waiting = {.fd = udp->fd, .events = POLLOUT};
        if (attempt > 0)
            poll(&waiting, 1, SEND_WAIT_MSEC);
        const int sent = udp_send(udp, datagrams + done, count - done);
        if (sent < 0) {
            log_line(LOG_LEVEL_WARNING, LOG_LINK, "sending failed: %s", strerror(-sent));
            break;
        }
        done += (size_t)sent;
    }
    return done;
}

static void close_socket(struct transport *transport)
{
    udp_close(udp_of(transport));
    transport->fd = -1;
}

static const struct transport_operations operations = {
    .receive = receive, .send = send_all, .format = udp_format, .close = close_socket};

int internet_open(struct internet *internet, const char *listen, char error[static UDP_ERROR_SIZE])
{
    const int code = udp_open(&internet->udp, listen, error);
    internet->transport = (struct transport){
        .operations = &operations, .kind = LINK_KIND_UDP, .fd = internet->udp.fd};
    return code;
}
