/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/channel/channel.h"

#include "base/check.h"
#include "base/wire.h"
#include "platform/posix/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READY_MAX 64

/* In the epoll, listening sockets are numbered after the channels. */
#define LISTENING CHANNELS_MAX

#define ADDRESS_SIZE (DEVICE_SIZE + 1 + DEVICE_SIZE + 2)

struct link_address channel_address(enum link_kind kind, const struct channel_end *end)
{
    struct link_address address = {.kind = (uint8_t)kind, .size = ADDRESS_SIZE};
    struct writer w = writer_on(address.bytes, sizeof address.bytes);
    write_bytes(&w, end->device.bytes, DEVICE_SIZE);
    write_u8(&w, end->type);
    write_bytes(&w, end->adapter.bytes, DEVICE_SIZE);
    write_u16(&w, end->port);
    address.host = DEVICE_SIZE;
    return address;
}

bool channel_end_of(const struct link_address *address, enum link_kind kind,
                    struct channel_end *end)
{
    if (address->kind != kind || address->size != ADDRESS_SIZE)
        return false;
    struct reader r = reader_on((struct bytes){.at = address->bytes, .size = ADDRESS_SIZE});
    memcpy(end->device.bytes, read_bytes(&r, DEVICE_SIZE), DEVICE_SIZE);
    end->type = read_u8(&r);
    memcpy(end->adapter.bytes, read_bytes(&r, DEVICE_SIZE), DEVICE_SIZE);
    end->port = read_u16(&r);
    return true;
}

static struct channels *channels_of(struct transport *transport)
{
    return (struct channels *)transport;
}

static bool device_equal(const struct device *a, const struct device *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void watch(struct channels *c, int operation, int fd, uint32_t events, uint64_t number)
{
    struct epoll_event event = {.events = events, .data = {.u64 = number}};
    CHECK(epoll_ctl(c->transport.fd, operation, fd, &event) == 0);
}

static void tell(struct channels *c, enum transport_news news, const struct link_address *address)
{
    /* Each turn of the owner takes all; what would not fit, links find out by silence. */
    if (c->notices_count == CHANNEL_NOTICES_MAX)
        return;
    const size_t at = (c->notices_first + c->notices_count++) % CHANNEL_NOTICES_MAX;
    c->notices[at] = (struct transport_notice){.news = news, .address = *address};
}

static bool take_notice(struct transport *transport, struct transport_notice *notice)
{
    struct channels *c = channels_of(transport);
    if (c->notices_count == 0)
        return false;
    *notice = c->notices[c->notices_first];
    c->notices_first = (c->notices_first + 1) % CHANNEL_NOTICES_MAX;
    c->notices_count--;
    return true;
}

static struct channel_adapter *adapter_of(struct channels *c, const struct device *device)
{
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (c->adapters[i].used && device_equal(&c->adapters[i].device, device))
            return &c->adapters[i];
    return NULL;
}

unsigned channels_count(const struct channels *c, const struct device *adapter)
{
    unsigned count = 0;
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        count += c->channels[i].state != CHANNEL_FREE &&
                 device_equal(&c->channels[i].end.adapter, adapter);
    return count;
}

bool channels_proven(const struct channels *c, const struct device *device,
                     const struct device *adapter)
{
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        const struct channel *channel = &c->channels[i];
        if (channel->state == CHANNEL_OPEN && channel->proven &&
            device_equal(&channel->end.device, device) &&
            device_equal(&channel->end.adapter, adapter))
            return true;
    }
    return false;
}

/* ---- Coming and going -------------------------------------------------------------------------
 */

static struct channel *claim(struct channels *c)
{
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        struct channel *channel = &c->channels[i];
        if (channel->state != CHANNEL_FREE)
            continue;
        if (channel->backlog.bytes == NULL)
            channel->backlog.bytes = malloc(BACKLOG_SIZE);
        return channel->backlog.bytes != NULL ? channel : NULL;
    }
    return NULL;
}

static void begin(struct channels *c, msec now, struct channel *channel, int fd,
                  const struct channel_end *end, enum channel_state state)
{
    uint8_t *memory = channel->backlog.bytes;
    *channel = (struct channel){.state = state,
                                .fd = fd,
                                .address = channel_address(c->medium->kind, end),
                                .end = *end,
                                .dialled = state == CHANNEL_CONNECTING,
                                .since = now,
                                .heard = now};
    backlog_init(&channel->backlog, memory);
    if (c->medium->send_buffer > 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &c->medium->send_buffer,
                         sizeof c->medium->send_buffer);
    watch(c, EPOLL_CTL_ADD, fd, state == CHANNEL_CONNECTING ? EPOLLOUT : EPOLLIN,
          (uint64_t)(channel - c->channels));
}

/* Ends a channel. useful: it lasted, or was to be expected to. */
static void end_channel(struct channels *c, msec now, struct channel *channel, bool useful)
{
    if (channel->state == CHANNEL_OPEN)
        tell(c, TRANSPORT_LOST, &channel->address);
    watch(c, EPOLL_CTL_DEL, channel->fd, 0, 0);
    if (c->medium->end != NULL)
        c->medium->end(channel->fd);
    else
        close(channel->fd);
    channel->state = CHANNEL_FREE;
    channel->fd = -1;
    struct found *found =
        neighbourhood_find(&c->neighbourhood, &channel->end.device, &channel->end.adapter);
    if (found != NULL && useful)
        neighbourhood_lost(&c->neighbourhood, now, found);
    else if (found != NULL)
        neighbourhood_failed(&c->neighbourhood, now, found);
}

static void explain(enum log_level level, const struct channel *channel, const char *what)
{
    char text[TRANSPORT_TEXT_SIZE];
    channel_operations.format(&channel->address, text);
    log_line(level, LOG_LINK, "%s %s", text, what);
}

static void lose(struct channels *c, msec now, struct channel *channel)
{
    if (channel->state == CHANNEL_OPEN)
        c->counters.lost++;
    else
        c->counters.failed++;
    end_channel(c, now, channel,
                channel->state == CHANNEL_OPEN && now - channel->since >= FOUND_STABLE_MSEC);
}

static bool barred(const struct channels *c, msec now, const struct device *device)
{
    for (size_t i = 0; i < CHANNEL_BARRED_MAX; i++)
        if (now < c->barred[i].until && device_equal(&c->barred[i].device, device))
            return true;
    return false;
}

/* The place whose time is up first is taken. */
static void bar(struct channels *c, msec now, const struct device *device)
{
    size_t first = 0;
    for (size_t i = 1; i < CHANNEL_BARRED_MAX; i++)
        if (c->barred[i].until < c->barred[first].until)
            first = i;
    c->barred[first].device = *device;
    c->barred[first].until = now + CHANNEL_BAR_MSEC;
}

/* A caller costs a token of the adapter. */
static bool may_call(struct channel_adapter *adapter, msec now)
{
    const msec full = now - (msec)CHANNEL_CALLS_BURST * CHANNEL_CALL_EVERY_MSEC;
    if (adapter->calls_from < full)
        adapter->calls_from = full;
    if (adapter->calls_from + CHANNEL_CALL_EVERY_MSEC > now)
        return false;
    adapter->calls_from += CHANNEL_CALL_EVERY_MSEC;
    return true;
}

/* The channel by which that device has called before: the new call stands for it. */
static struct channel *same_caller(struct channels *c, const struct channel_end *end)
{
    const struct link_address address = channel_address(c->medium->kind, end);
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        if (c->channels[i].state == CHANNEL_OPEN &&
            memcmp(&c->channels[i].address, &address, sizeof address) == 0)
            return &c->channels[i];
    return NULL;
}

static void take_caller(struct channels *c, msec now, struct channel_adapter *adapter, int fd,
                        struct channel_end *end)
{
    end->adapter = adapter->device;
    end->port = 0;
    struct channel *before = same_caller(c, end);
    if (!may_call(adapter, now) || barred(c, now, &end->device) ||
        channels_count(c, &adapter->device) - (before != NULL) >= c->per_adapter) {
        c->counters.refused++;
        close(fd);
        return;
    }
    if (before != NULL)
        lose(c, now, before);
    struct channel *channel = claim(c);
    if (channel == NULL) {
        c->counters.refused++;
        close(fd);
        return;
    }
    c->counters.called++;
    begin(c, now, channel, fd, end, CHANNEL_OPEN);
}

static void take_callers(struct channels *c, msec now, struct channel_adapter *adapter)
{
    for (int i = 0; i < CHANNEL_BACKLOG; i++) {
        struct channel_end end = {.port = 0};
        const int fd = c->medium->accept(adapter->fd, &end);
        if (fd >= 0)
            take_caller(c, now, adapter, fd, &end);
        else if (fd == -EAGAIN)
            return;
    }
}

static void dial(struct channels *c, msec now, struct found *found)
{
    struct channel *channel = claim(c);
    const int fd = channel == NULL ? -ENOMEM : c->medium->dial(&found->end);
    if (fd < 0) {
        c->counters.failed++;
        neighbourhood_failed(&c->neighbourhood, now, found);
        return;
    }
    c->counters.dialled++;
    found->next = MSEC_NEVER; /* Until something comes of it. */
    begin(c, now, channel, fd, &found->end, CHANNEL_CONNECTING);
}

/* The system has decided about a connection. */
static void take_connection(struct channels *c, msec now, struct channel *channel)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(channel->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != 0) {
        lose(c, now, channel);
        return;
    }
    c->counters.connected++;
    channel->state = CHANNEL_OPEN;
    channel->since = now;
    channel->heard = now;
    watch(c, EPOLL_CTL_MOD, channel->fd, EPOLLIN, (uint64_t)(channel - c->channels));
    tell(c, TRANSPORT_REACHED, &channel->address);
}

/* ---- Datagrams --------------------------------------------------------------------------------
 */

/* False when the channel is at its end; *taken tells whether a datagram left or is given up. */
static bool send_now(struct channels *c, const struct channel *channel, struct bytes datagram,
                     bool *taken)
{
    const ssize_t sent = send(channel->fd, datagram.at, datagram.size, MSG_DONTWAIT | MSG_NOSIGNAL);
    *taken = true;
    if (sent >= 0)
        return true;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS ||
        errno == ENOMEM) {
        *taken = false;
        return true;
    }
    c->counters.refusals++;
    return errno == EMSGSIZE || errno == EINVAL;
}

/* False when it has to give way. */
static bool put_in_backlog(struct channels *c, msec now, struct channel *channel,
                           const struct datagram *datagram)
{
    struct backlog *backlog = &channel->backlog;
    const uint64_t dropped = backlog->dropped;
    if (backlog->used == 0)
        watch(c, EPOLL_CTL_MOD, channel->fd, EPOLLIN | EPOLLOUT, (uint64_t)(channel - c->channels));
    const bool taken = backlog_put(backlog, now, datagram->urgency,
                                   (struct bytes){.at = datagram->at, .size = datagram->size});
    c->counters.overflow += backlog->dropped - dropped;
    return taken;
}

/* The air has room again. False when the channel is at its end. */
static bool send_backlog(struct channels *c, msec now, struct channel *channel)
{
    bool taken = true;
    bool alive = true;
    while (alive && taken && channel->backlog.used > 0) {
        alive = send_now(c, channel, backlog_next(&channel->backlog), &taken);
        if (taken)
            backlog_shift(&channel->backlog, now);
    }
    if (channel->backlog.used == 0)
        watch(c, EPOLL_CTL_MOD, channel->fd, EPOLLIN, (uint64_t)(channel - c->channels));
    return alive;
}

/* The open channel of an address, or NULL. */
static struct channel *open_channel(struct channels *c, const struct link_address *address)
{
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        if (c->channels[i].state == CHANNEL_OPEN &&
            memcmp(&c->channels[i].address, address, sizeof *address) == 0)
            return &c->channels[i];
    return NULL;
}

static bool send_one(struct channels *c, msec now, const struct datagram *datagram)
{
    struct channel *channel = open_channel(c, &datagram->address);
    if (channel == NULL || datagram->size > FRAME_SIZE_MAX) {
        c->counters.refusals++;
        return false;
    }
    const struct bytes bytes = {.at = datagram->at, .size = datagram->size};
    bool taken = false;
    if (channel->backlog.used == 0 && !send_now(c, channel, bytes, &taken)) {
        lose(c, now, channel);
        return false;
    }
    return taken || put_in_backlog(c, now, channel, datagram);
}

static int64_t rate_of(struct transport *transport, const struct link_address *address)
{
    const struct channel *channel = open_channel(channels_of(transport), address);
    return channel != NULL ? channel->backlog.rate : 0;
}

static size_t send_all(struct transport *transport, msec now, const struct datagram *datagrams,
                       size_t count)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++)
        done += send_one(channels_of(transport), now, &datagrams[i]);
    return done;
}

/* Reads one channel; returns how many datagrams it gave, and clears readable when it has no more.
 */
static size_t receive_from(struct channels *c, msec now, struct channel *channel,
                           struct datagram *datagrams, size_t count)
{
    size_t done = 0;
    for (int i = 0; i < CHANNEL_TURN && done < count; i++) {
        struct iovec part = {.iov_base = datagrams[done].at, .iov_len = datagrams[done].size};
        struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
        const ssize_t size = recvmsg(channel->fd, &header, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            channel->readable = false;
            break;
        }
        if (size <= 0) { /* Gone. Who sends nothing at all as a datagram goes as well. */
            lose(c, now, channel);
            break;
        }
        if ((header.msg_flags & MSG_TRUNC) != 0 || (size_t)size > FRAME_SIZE_MAX) {
            c->counters.oversized++;
            continue;
        }
        datagrams[done].size = (size_t)size;
        datagrams[done].address = channel->address;
        done++;
    }
    return done;
}

static void take_ready(struct channels *c, msec now, const struct epoll_event *event)
{
    const uint64_t number = event->data.u64;
    if (number == CHANNEL_FOREIGN) {
        c->foreign = true;
        return;
    }
    if (number >= LISTENING) {
        take_callers(c, now, &c->adapters[number - LISTENING]);
        return;
    }
    struct channel *channel = &c->channels[number];
    if (channel->state == CHANNEL_CONNECTING) {
        take_connection(c, now, channel);
        return;
    }
    if (channel->state != CHANNEL_OPEN)
        return;
    if ((event->events & EPOLLOUT) != 0 && !send_backlog(c, now, channel)) {
        lose(c, now, channel);
        return;
    }
    /* What it said before its end is read first; the end itself is read too. */
    if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        channel->readable = true;
}

static int receive(struct transport *transport, msec now, struct datagram *datagrams, size_t count)
{
    struct channels *c = channels_of(transport);
    struct epoll_event ready[READY_MAX];
    const int events = epoll_wait(transport->fd, ready, READY_MAX, 0);
    if (events < 0)
        return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < events; i++)
        take_ready(c, now, &ready[i]);
    size_t done = 0;
    for (unsigned i = 0; i < CHANNELS_MAX && done < count; i++) {
        struct channel *channel = &c->channels[(c->turn + i) % CHANNELS_MAX];
        if (channel->state == CHANNEL_OPEN && channel->readable)
            done += receive_from(c, now, channel, datagrams + done, count - done);
    }
    c->turn = (c->turn + 1) % CHANNELS_MAX;
    return (int)done;
}

static void judge(struct transport *transport, msec now, const struct link_address *from,
                  bool authentic)
{
    struct channels *c = channels_of(transport);
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        struct channel *channel = &c->channels[i];
        if (channel->state != CHANNEL_OPEN || memcmp(&channel->address, from, sizeof *from) != 0)
            continue;
        channel->garbage = authentic ? 0 : channel->garbage + 1;
        if (authentic) {
            channel->heard = now;
            channel->proven = true;
        } else if (channel->garbage >= CHANNEL_GARBAGE_MAX) {
            c->counters.garbled++;
            explain(LOG_LEVEL_INFO, channel, "sent garbage and is not listened to for a minute");
            bar(c, now, &channel->end.device);
            end_channel(c, now, channel, false);
        }
        return;
    }
}

/* ---- Time -------------------------------------------------------------------------------------
 */

static msec channel_deadline(const struct channel *channel)
{
    switch (channel->state) {
    case CHANNEL_FREE:
        return MSEC_NEVER;
    case CHANNEL_CONNECTING:
        return channel->since + CHANNEL_CONNECT_MSEC;
    case CHANNEL_OPEN:
        return channel->heard + CHANNEL_SILENT_MSEC;
    }
    return MSEC_NEVER;
}

static bool linked(const struct channels *c, const struct channel_end *end)
{
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        if (c->channels[i].state != CHANNEL_FREE &&
            device_equal(&c->channels[i].end.device, &end->device) &&
            device_equal(&c->channels[i].end.adapter, &end->adapter))
            return true;
    return false;
}

/* One dial at a time: a radio that connects does little else. */
static bool may_dial(const struct channels *c, const struct device *adapter)
{
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        if (c->channels[i].state == CHANNEL_CONNECTING &&
            device_equal(&c->channels[i].end.adapter, adapter))
            return false;
    return channels_count(c, adapter) < c->per_adapter;
}

static void dial_due(struct channels *c, msec now, const struct device *adapter)
{
    struct found *found;
    while (may_dial(c, adapter) &&
           (found = neighbourhood_due(&c->neighbourhood, now, adapter)) != NULL) {
        if (linked(c, &found->end) || barred(c, now, &found->end.device))
            found->next = now + FOUND_BACKOFF_MSEC; /* It may need a dial then. */
        else
            dial(c, now, found);
    }
}

static void expire(struct transport *transport, msec now)
{
    struct channels *c = channels_of(transport);
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        struct channel *channel = &c->channels[i];
        if (now < channel_deadline(channel))
            continue;
        if (channel->state == CHANNEL_OPEN) {
            c->counters.silent++;
            explain(LOG_LEVEL_DEBUG, channel, "said nothing that was authentic and is put down");
        } else {
            c->counters.failed++;
        }
        end_channel(c, now, channel, false);
    }
    neighbourhood_expire(&c->neighbourhood, now);
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (c->adapters[i].used)
            dial_due(c, now, &c->adapters[i].device);
}

static msec earlier(msec a, msec b)
{
    return a < b ? a : b;
}

static msec deadline(const struct transport *transport)
{
    const struct channels *c = (const struct channels *)transport;
    msec next = MSEC_NEVER;
    bool waiting = false;
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        next = earlier(next, channel_deadline(&c->channels[i]));
        waiting |= c->channels[i].state == CHANNEL_OPEN && c->channels[i].readable;
    }
    if (waiting || c->notices_count > 0)
        return 0; /* At once. */
    for (size_t i = 0; i < FOUND_MAX; i++) {
        const struct found *found = &c->neighbourhood.found[i];
        if (!found->used)
            continue;
        next = earlier(next, found->seen + FOUND_SEEN_MSEC);
        if (may_dial(c, &found->end.adapter))
            next = earlier(next, found->next);
    }
    return next;
}

/* ---- Open and close ---------------------------------------------------------------------------
 */

int channels_add_adapter(struct channels *c, msec now, const struct device *adapter, uint16_t *port)
{
    struct channel_adapter *place = adapter_of(c, adapter);
    if (place != NULL)
        return -EALREADY;
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX && place == NULL; i++)
        if (!c->adapters[i].used)
            place = &c->adapters[i];
    if (place == NULL)
        return -ENOSPC;
    const int fd = c->medium->listen(adapter, port);
    if (fd < 0)
        return fd;
    *place = (struct channel_adapter){.used = true,
                                      .device = *adapter,
                                      .port = *port,
                                      .fd = fd,
                                      .calls_from = now - (msec)CHANNEL_CALLS_BURST *
                                                              CHANNEL_CALL_EVERY_MSEC};
    watch(c, EPOLL_CTL_ADD, fd, EPOLLIN, LISTENING + (uint64_t)(place - c->adapters));
    return 0;
}

void channels_remove_adapter(struct channels *c, const struct device *adapter)
{
    struct channel_adapter *place = adapter_of(c, adapter);
    if (place == NULL)
        return;
    neighbourhood_forget(&c->neighbourhood, adapter);
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        if (c->channels[i].state != CHANNEL_FREE &&
            device_equal(&c->channels[i].end.adapter, adapter))
            end_channel(c, 0, &c->channels[i], false);
    close(place->fd);
    place->used = false;
}

void channels_found(struct channels *c, msec now, const struct channel_end *end)
{
    if (adapter_of(c, &end->adapter) != NULL && !device_equal(&end->adapter, &end->device))
        neighbourhood_see(&c->neighbourhood, now, end);
}

static void close_all(struct transport *transport)
{
    struct channels *c = channels_of(transport);
    for (size_t i = 0; i < CHANNEL_ADAPTERS_MAX; i++)
        if (c->adapters[i].used)
            channels_remove_adapter(c, &c->adapters[i].device);
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        free(c->channels[i].backlog.bytes);
    if (transport->fd >= 0)
        close(transport->fd);
    transport->fd = -1;
}

static void format(const struct link_address *address, char text[static TRANSPORT_TEXT_SIZE])
{
    struct channel_end end;
    if (!channel_end_of(address, (enum link_kind)address->kind, &end)) {
        snprintf(text, TRANSPORT_TEXT_SIZE, "unknown");
        return;
    }
    const uint8_t *d = end.device.bytes;
    const uint8_t *a = end.adapter.bytes;
    snprintf(text, TRANSPORT_TEXT_SIZE,
             "%02X:%02X:%02X:%02X:%02X:%02X by %02X:%02X:%02X:%02X:%02X:%02X%s", d[0], d[1], d[2],
             d[3], d[4], d[5], a[0], a[1], a[2], a[3], a[4], a[5],
             address->kind == LINK_KIND_BREDR ? " over BR/EDR" : "");
}

const struct transport_operations channel_operations = {.receive = receive,
                                                        .send = send_all,
                                                        .rate = rate_of,
                                                        .judge = judge,
                                                        .notice = take_notice,
                                                        .expire = expire,
                                                        .deadline = deadline,
                                                        .format = format,
                                                        .close = close_all};

int channels_open(struct channels *c, const struct channel_medium *medium, unsigned per_adapter,
                  const uint8_t seed[static NEIGHBOURHOOD_SEED_SIZE])
{
    memset(c, 0, sizeof *c);
    neighbourhood_init(&c->neighbourhood, seed);
    c->medium = medium;
    c->per_adapter = per_adapter;
    c->transport = (struct transport){.operations = &channel_operations,
                                      .kind = medium->kind,
                                      .lossless = true,
                                      .fd = epoll_create1(EPOLL_CLOEXEC)};
    return c->transport.fd < 0 ? -errno : 0;
}
