/* SPDX-License-Identifier: MIT */
/*
 * Channels: datagrams over connected SOCK_SEQPACKET sockets, as a transport. Makes connections to
 * neighbours that were found (platform/channel/neighbourhood.h), takes those of callers, keeps
 * them, and ends those that are of no use. What kind of socket it is, the medium knows.
 *
 * One channel is one address: the device, our adapter, and the port that was dialled, or 0 if it
 * called. Dials that cross leave two channels, of which the link uses one; the other falls silent
 * and is closed. Neighbours are trusted with nothing: a channel on which nothing authentic comes is
 * closed, callers are limited in number and rate, those that send garbage are not listened to for
 * a while, and what does not fit a bounded queue is dropped.
 *
 * Timers (all looked at by the transport's expire):
 *   channel: since + CHANNEL_CONNECT_MSEC    a connection that did not come about
 *   channel: heard + CHANNEL_SILENT_MSEC     nothing authentic came
 *   neighbours: see neighbourhood.h          somebody is to be dialled, or forgotten
 */
#ifndef PLATFORM_CHANNEL_CHANNEL_H
#define PLATFORM_CHANNEL_CHANNEL_H

#include "platform/channel/backlog.h"
#include "platform/channel/medium.h"
#include "platform/channel/neighbourhood.h"
#include "platform/transport.h"

#define CHANNEL_ADAPTERS_MAX 8
#define CHANNELS_PER_ADAPTER 5 /* Controllers manage that many; the default. */
#define CHANNELS_MAX         32
#define CHANNEL_BACKLOG      4
#define CHANNEL_CONNECT_MSEC 6000 /* The kernel itself would wait 40 s for LE; others wait. */
#define CHANNEL_SILENT_MSEC                                                                        \
    12000                          /* Longer than a link lives without an answer, or a handshake.  \
                                    */
#define CHANNEL_GARBAGE_MAX     16 /* Datagrams in a row that were not authentic. */
#define CHANNEL_BAR_MSEC        60000 /* So long is nobody listened to who sent so many. */
#define CHANNEL_BARRED_MAX      16
#define CHANNEL_CALLS_BURST     8    /* Callers taken at once: a full room that comes to life; */
#define CHANNEL_CALL_EVERY_MSEC 1000 /* then one in so long, at each adapter. */
#define CHANNEL_NOTICES_MAX     (CHANNELS_MAX * 4)

/* Datagrams taken from one channel before the next has its turn. */
#define CHANNEL_TURN 8

enum channel_state {
    CHANNEL_FREE,
    CHANNEL_CONNECTING,
    CHANNEL_OPEN,
};

struct channel {
    enum channel_state state;
    int fd;
    struct link_address address;
    struct channel_end end;
    bool dialled;  /* By us. */
    bool readable; /* The system has something from it, or its end. */
    msec since;    /* When it was dialled or taken. */
    msec heard;    /* The last authentic datagram, or since. */
    bool proven;   /* There was one. */
    unsigned garbage;
    struct backlog backlog; /* What waits for the air. */
};

struct channel_adapter {
    bool used;
    struct device device;
    uint16_t port;
    int fd;          /* Listens. */
    msec calls_from; /* Token bucket: full at calls_from + BURST * EVERY. */
};

struct channel_counters {
    uint64_t dialled;
    uint64_t connected;
    uint64_t failed;    /* Dials: refused, or past the deadline. */
    uint64_t called;    /* Callers taken */
    uint64_t refused;   /* and turned away: too many, too quick, barred. */
    uint64_t silent;    /* Channels closed for saying nothing authentic, */
    uint64_t garbled;   /* or for garbage. */
    uint64_t lost;      /* Channels that the other end or the system ended. */
    uint64_t oversized; /* Datagrams longer than a frame: dropped; */
    uint64_t refusals;  /* those that the system refused to send; */
    uint64_t overflow;  /* and those that gave way while they waited, or had no room. */
};

struct channels {
    struct transport transport; /* fd: an epoll of all the rest, to which its owner may add. */
    const struct channel_medium *medium;
    unsigned per_adapter;
    struct channel channels[CHANNELS_MAX];
    struct channel_adapter adapters[CHANNEL_ADAPTERS_MAX];
    struct neighbourhood neighbourhood;
    struct {
        struct device device;
        msec until;
    } barred[CHANNEL_BARRED_MAX];
    struct transport_notice notices[CHANNEL_NOTICES_MAX];
    size_t notices_first;
    size_t notices_count;
    unsigned turn; /* Which channel is read first. */
    bool foreign;  /* Something that the owner added to the epoll is ready. */
    struct channel_counters counters;
};

/* The number under which the owner's own descriptors are in the epoll: sets foreign. */
#define CHANNEL_FOREIGN UINT64_MAX

/*
 * Opens without adapters. The seed is 32 random bytes, for jitter. Returns 0 or -errno. The
 * transport's operations are ready to use; its close ends everything but the memory of c itself.
 */
int channels_open(struct channels *c, const struct channel_medium *medium, unsigned per_adapter,
                  const uint8_t seed[static NEIGHBOURHOOD_SEED_SIZE]);

/* Listens at an adapter; *port as in the medium's listen. Returns 0 or -errno. */
int channels_add_adapter(struct channels *c, msec now, const struct device *adapter,
                         uint16_t *port);

/* An adapter is gone: so are its channels and neighbours. */
void channels_remove_adapter(struct channels *c, const struct device *adapter);

/* Somebody was found, or found again: dials when it is time. */
void channels_found(struct channels *c, msec now, const struct channel_end *end);

/* How many channels of an adapter are up or on the way. */
unsigned channels_count(const struct channels *c, const struct device *adapter);

/* Whether something authentic came from that device over a channel of that adapter that is up. */
bool channels_proven(const struct channels *c, const struct device *device,
                     const struct device *adapter);

/* What a transport has to offer, for owners that wrap it. */
extern const struct transport_operations channel_operations;

#endif
