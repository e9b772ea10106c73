/* SPDX-License-Identifier: MIT */
/*
 * Who bluetoothd has seen: reads its Device1 objects and their changes, and tells bluetooth.c of
 * those that advertise our service. bluetoothd tells all of a device once, then what changes, so
 * what does not change has to be kept: a bounded table, of which the oldest entry gives way.
 * No clock, no bus: what the bus says comes in. The thread of the transport.
 */
#ifndef PLATFORM_LINUX_BT_SIGHTING_H
#define PLATFORM_LINUX_BT_SIGHTING_H

#include "platform/linux-bt/bluetooth.h"

#include <glib.h>

#define SIGHTINGS_MAX 64

struct sighting {
    bool used;
    uint16_t index; /* Of the adapter that saw it. */
    struct device device;
    uint8_t type; /* Of its address, as the kernel numbers them. */
    uint8_t data[ADVERTISEMENT_SIZE];
};

struct sightings {
    struct sighting all[SIGHTINGS_MAX];
    size_t next; /* Who gives way. */
};

/*
 * Takes properties (a{sv}) of the device at that path: all of them, or those that changed. Tells of
 * it if it is ours and is heard now. False: it changed, but is not known well enough to tell of it,
 * so all of its properties are wanted.
 */
bool sightings_take(struct sightings *s, struct bluetooth *b, msec now, const char *path,
                    GVariant *properties, bool all);

/* bluetoothd has forgotten it. */
void sightings_remove(struct sightings *s, const char *path);

#endif
