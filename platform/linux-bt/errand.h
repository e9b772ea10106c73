/* SPDX-License-Identifier: MIT */
/*
 * What bluetoothd is asked to do with each adapter: to advertise (org.bluez.LEAdvertisingManager1)
 * and to scan (org.bluez.Adapter1). For each of the two, one call is on its way at a time; what is
 * asked for next follows from what is and what bluetooth.h says is wanted, so that what is refused,
 * or ended by somebody else, is just asked for again. A refusal that lasts is said once. Used by
 * bluez.c, on its thread.
 *
 * Timers: a call that failed is made again (ERRAND_AGAIN_MSEC, doubled up to
 * ERRAND_AGAIN_MSEC_MAX).
 */
#ifndef PLATFORM_LINUX_BT_ERRAND_H
#define PLATFORM_LINUX_BT_ERRAND_H

#include "platform/linux-bt/bluetooth.h"

#include <gio/gio.h>

#define ERRAND_AGAIN_MSEC     1000
#define ERRAND_AGAIN_MSEC_MAX 60000

/* The two things an adapter is to do; one call for each is on its way at a time. */
enum work { WORK_ADVERTISE, WORK_SCAN, WORKS };

/* Whether bluetoothd has our advertisement. */
enum registration {
    REGISTRATION_NONE,
    REGISTRATION_DOUBTFUL, /* Perhaps, or an old one: it is taken away first. */
    REGISTRATION_DONE
};

struct effort {
    bool busy;
    unsigned failures; /* In a row. */
    msec again;
};

/* Of one adapter. */
struct errand {
    bool known; /* There was such an adapter, */
    bool used;  /* and is. */
    uint16_t index;
    unsigned life; /* Counts how often it went off: earlier answers say nothing. */
    struct effort efforts[WORKS];
    enum registration registration;
    uint8_t data[ADVERTISEMENT_SIZE]; /* What is registered. */
    bool filtered;
    bool scanning;
    bool announced; /* That it advertises was said. */
    guint object;   /* Our advertisement on the bus. */
};

struct errands {
    const struct bluetooth *bluetooth;
    GDBusConnection *bus; /* NULL: there is none. */
    GCancellable *cancel;
    GDBusNodeInfo *interface;
    unsigned owner;   /* Counts bluetoothds: answers of an earlier one say nothing. */
    unsigned pending; /* Answers that are to come, sooner when cancel is triggered. */
    msec now;         /* Of this turn: the owner's to set. */
    struct errand all[CHANNEL_ADAPTERS_MAX];
};

/* Cancel stays the caller's. */
void errands_init(struct errands *e, const struct bluetooth *b, GCancellable *cancel);

/* After leaving the bus, and without an answer pending. */
void errands_clear(struct errands *e);

/* There is a bus, the caller's until it is left; leaving one that was not joined is nothing. */
void errands_join(struct errands *e, GDBusConnection *bus);
void errands_leave(struct errands *e);

/* A bluetoothd has come or gone: nothing is left of what one was asked for. */
void errands_reset(struct errands *e);

/* Asks a bluetoothd that is there for what is wanted and is not; when that is due, 0: now. */
void errands_expire(struct errands *e);
msec errands_deadline(const struct errands *e);

/* It has that adapter now: what was refused is asked for without delay. */
void errands_retry(struct errands *e, uint16_t index);

/* An adapter has stopped scanning although it was not asked to. */
void errands_ended(struct errands *e, uint16_t index);

#endif
