/* SPDX-License-Identifier: MIT */
/*
 * The seam between the node and what carries its datagrams: UDP, Bluetooth, sockets of this
 * machine. A transport is a struct of operations and one descriptor to wait on; whoever opened it
 * embeds a struct transport and hands out a pointer to it. The mesh thread holds a few and treats
 * them alike; an address's kind says whose it is.
 *
 * A transport promises what UDP does: datagrams whole or not at all, perhaps lost, perhaps out of
 * order, from addresses that anybody may use. One that has connections below that makes, keeps and
 * ends them by itself, and says by notices which addresses can be reached and which no longer.
 *
 * All calls come from the thread that owns it; none waits for longer than a few milliseconds.
 */
#ifndef PLATFORM_TRANSPORT_H
#define PLATFORM_TRANSPORT_H

#include "base/types.h"
#include "link/link.h"

/* Datagrams per call. */
#define TRANSPORT_BATCH 32

/* An address as text, and the final NUL. */
#define TRANSPORT_TEXT_SIZE 72

/* One datagram, in memory of the caller. */
struct datagram {
    struct link_address address; /* Where it came from or goes to. */
    uint8_t *at;
    size_t size; /* Receiving: of the buffer, then of the datagram. Sending: of the datagram. */
    enum link_urgency urgency; /* Sending: what goes first, where there is not room for all. */
};

enum transport_news {
    TRANSPORT_REACHED, /* Somebody may be there: a handshake with that address is worth a try. */
    TRANSPORT_LOST,    /* Nothing comes from there any more, and nothing arrives. */
};

struct transport_notice {
    enum transport_news news;
    struct link_address address;
};

struct transport;

struct transport_operations {
    /*
     * Receives up to count datagrams, at most TRANSPORT_BATCH, into their buffers. Returns how many
     * there are, in front; 0 when there are none now; -errno when it is broken.
     */
    int (*receive)(struct transport *transport, msec now, struct datagram *datagrams, size_t count);

    /*
     * Sends count datagrams, those of one urgency to one address in order; returns how many were
     * taken. The rest is as good as lost on the way: the transport has waited for room as long as
     * it is worth it.
     */
    size_t (*send)(struct transport *transport, msec now, const struct datagram *datagrams,
                   size_t count);

    /* How fast an address drains, in bytes a second; 0: not known. NULL: it never is. */
    int64_t (*rate)(struct transport *transport, const struct link_address *address);

    /* Says whether what came from an address was authentic. NULL: it does not care. */
    void (*judge)(struct transport *transport, msec now, const struct link_address *from,
                  bool authentic);

    /* The next notice; false when there is none. NULL: there never is. */
    bool (*notice)(struct transport *transport, struct transport_notice *notice);

    /* Does what is due; when that is next, or MSEC_NEVER. NULL: nothing ever is. */
    void (*expire)(struct transport *transport, msec now);
    msec (*deadline)(const struct transport *transport);

    /* Writes an address of its kind as people read it. */
    void (*format)(const struct link_address *address, char text[static TRANSPORT_TEXT_SIZE]);

    /* Ends everything and releases its memory, unless that is the opener's. */
    void (*close)(struct transport *transport);
};

struct transport {
    const struct transport_operations *operations;
    enum link_kind kind; /* Of its addresses. */
    bool lossless;       /* What it took arrives, unless the address is lost. */
    int fd;              /* Readable when receive or expire has something to do. */
};

#endif
