/* SPDX-License-Identifier: MIT */
/*
 * bluetoothd's D-Bus interface: advertising (org.bluez.LEAdvertisingManager1) and scanning
 * (org.bluez.Adapter1), for which a node needs no privilege. Which adapters there are, and what
 * they are to do, bluetooth.h says; that a bluetoothd restarts, or comes late, costs a while and
 * nothing else. Nothing is started by asking.
 *
 * Threads: GDBus moves bytes on a thread of its own and connects on another; neither runs a line of
 * ours. What they have goes into a GLib main context that nobody else uses, whose descriptor wakes
 * the transport's thread; on that thread, inside bluez_receive, all of our code runs and none
 * waits.
 *
 * Timers: the bus has to say at first whether there is a bluetoothd (DECIDE_MSEC), which may be
 * gone for so long before it counts as absent; a bus that is not there is tried again
 * (CONNECT_MSEC), and all devices are read again at most once in READ_MSEC. Besides, those of
 * errand.h, and GLib's own, the time-outs of calls.
 */
#ifndef PLATFORM_LINUX_BT_BLUEZ_H
#define PLATFORM_LINUX_BT_BLUEZ_H

#include "platform/linux-bt/bluetooth.h"

struct bluez;

enum bluez_presence {
    BLUEZ_UNKNOWN, /* The bus has not answered yet, or a bluetoothd restarts. */
    BLUEZ_PRESENT, /* A bluetoothd is there: nobody else should advertise or scan. */
    BLUEZ_ABSENT,
};

/* Begins to connect to the system bus. NULL in a build without D-Bus: there is no bluetoothd. */
struct bluez *bluez_open(struct bluetooth *b, msec now);

/* Ends it, and with it what is on the air. Waits for GDBus's thread to leave, not for the bus. */
void bluez_close(struct bluez *z);

/* Readable when bluez_receive has something to do. */
int bluez_fd(const struct bluez *z);

/* Takes what the bus says. */
void bluez_receive(struct bluez *z, msec now);

/* Asks for what is wanted and is not; when that is due next. */
void bluez_expire(struct bluez *z, msec now);
msec bluez_deadline(const struct bluez *z);

enum bluez_presence bluez_presence(const struct bluez *z);

#endif
