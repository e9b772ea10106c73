/* SPDX-License-Identifier: MIT */
/*
 * Bluetooth as transports: channels (platform/channel, l2cap.h) of LE, and of BR/EDR beside them;
 * and finding each other by advertising and scanning. Which adapters there are, the kernel's
 * management socket says to anybody; advertising and scanning go through bluetoothd where it runs,
 * else through that socket, which needs CAP_NET_ADMIN. Without a controller, a privilege or
 * AF_BLUETOOTH it says so once and does what is left.
 *
 * Nobody is searched for over BR/EDR. Who takes calls there advertises it over LE, and is called
 * when it has shown over LE that it is one of us: so a forged advertisement costs no page, and LE,
 * which every node has, is what links stand on.
 *
 * Timers (besides those of channels): the advertised id changes every ADVERTISEMENT_MSEC; scanning
 * alternates with rest, the longer the more links there are.
 */
#ifndef PLATFORM_LINUX_BT_BLUETOOTH_H
#define PLATFORM_LINUX_BT_BLUETOOTH_H

#include "platform/channel/channel.h"
#include "platform/linux-bt/advertisement.h"

#define BLUETOOTH_TRANSPORTS     2 /* LE, and BR/EDR where this kernel bears it. */
#define BLUETOOTH_ERROR_SIZE     256
#define BLUETOOTH_ADVERTISE_MSEC 900000 /* A new random id every 15 minutes. */

/* What an adapter has to do to find others. Scanning while alone never rests. */
#define BLUETOOTH_SCAN_FEW_MSEC  5000  /* With a link or two: so long, */
#define BLUETOOTH_REST_FEW_MSEC  10000 /* then rest; */
#define BLUETOOTH_SCAN_MANY_MSEC 3000  /* with three and more. */
#define BLUETOOTH_REST_MANY_MSEC 15000

struct bluez;
struct management;

struct bluetooth_adapter {
    bool used;
    uint16_t index; /* As in hci0. */
    struct device device;
    uint16_t bredr_port;              /* 0: it has no BR/EDR. */
    bool answers;                     /* Calls over BR/EDR. */
    uint8_t data[ADVERTISEMENT_SIZE]; /* What it advertises. */
    bool scanning;                    /* Is to scan now. */
    msec changes;                     /* When scanning turns into rest, or back. */
};

struct bluetooth {
    struct channels channels; /* Of LE. First: the transport. */
    struct transport_operations operations;
    struct channels bredr;
    struct transport_operations bredr_operations;
    bool has_bredr;
    unsigned open; /* Transports that were not closed yet. */
    struct management *management;
    struct bluez *bluez; /* NULL: a build without D-Bus. */
    struct advertisement_key key;
    char wanted[64]; /* Which adapters: "auto", or names. */
    struct bluetooth_adapter adapters[CHANNEL_ADAPTERS_MAX];
    uint8_t id[ADVERTISEMENT_ID_SIZE];
    msec id_changes;
    uint64_t heard;   /* Advertisements with our UUID: of our network, */
    uint64_t strange; /* of others, */
    uint64_t wrong;   /* or malformed. */
};

/*
 * Opens it for the adapters ("auto": all there are and will be; or names as in "hci0,hci1").
 * Returns how many transports there are, each to be closed; or 0 with a sentence: there is none.
 */
unsigned bluetooth_open(msec now, const char *adapters,
                        const uint8_t network[static NETWORK_ID_SIZE],
                        struct transport *transports[static BLUETOOTH_TRANSPORTS],
                        char sentence[static BLUETOOTH_ERROR_SIZE]);

/* ---- For what finds others (bluez.c, management.c) ---- */

/* Whether this node uses that adapter. */
bool bluetooth_wants(const struct bluetooth *b, uint16_t index);

/* It is there, powered, and talks LE. Returns 0 or -errno: then it is tried again later. */
int bluetooth_adapter_up(struct bluetooth *b, msec now, uint16_t index,
                         const struct device *device);

/* Whether one that is up has BR/EDR switched on, and whether it answers calls there. */
void bluetooth_adapter_bredr(struct bluetooth *b, msec now, uint16_t index, bool on, bool answers);

/* It is gone, or off. */
void bluetooth_adapter_down(struct bluetooth *b, uint16_t index);

/* It heard somebody: what was advertised, all of it. */
void bluetooth_heard(struct bluetooth *b, msec now, uint16_t index, const struct device *device,
                     uint8_t type, struct bytes eir);

/* What that adapter is to advertise, and whether it is to scan; NULL when it is not up. */
const struct bluetooth_adapter *bluetooth_adapter_of(const struct bluetooth *b, uint16_t index);

#endif
