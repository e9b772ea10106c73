/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/linux-bt/sighting.h"

#include "platform/linux-bt/l2cap.h"

#include <stdio.h>
#include <string.h>

/* Splits "/org/bluez/hci0/dev_00_11_22_33_44_55". */
static bool read_path(const char *path, uint16_t *index, struct device *device)
{
    unsigned d[DEVICE_SIZE];
    unsigned number;
    int end = 0;
    if (sscanf(path, "/org/bluez/hci%4u/dev_%2x_%2x_%2x_%2x_%2x_%2x%n", &number, &d[0], &d[1],
               &d[2], &d[3], &d[4], &d[5], &end) != 7 ||
        path[end] != '\0')
        return false;
    *index = (uint16_t)number;
    for (size_t i = 0; i < DEVICE_SIZE; i++)
        device->bytes[i] = (uint8_t)d[i];
    return true;
}

static struct sighting *find(struct sightings *s, uint16_t index, const struct device *device)
{
    for (size_t i = 0; i < SIGHTINGS_MAX; i++)
        if (s->all[i].used && s->all[i].index == index &&
            memcmp(&s->all[i].device, device, sizeof *device) == 0)
            return &s->all[i];
    return NULL;
}

static struct sighting *add(struct sightings *s, uint16_t index, const struct device *device)
{
    struct sighting *place = &s->all[s->next];
    s->next = (s->next + 1) % SIGHTINGS_MAX;
    *place = (struct sighting){.used = true, .index = index, .device = *device};
    return place;
}

/* What is advertised under our UUID, if it is of the right size. */
static bool read_data(GVariant *properties, uint8_t data[static ADVERTISEMENT_SIZE])
{
    g_autoptr(GVariant) services =
        g_variant_lookup_value(properties, "ServiceData", G_VARIANT_TYPE("a{sv}"));
    g_autoptr(GVariant) bytes =
        services == NULL
            ? NULL
            : g_variant_lookup_value(services, ADVERTISEMENT_UUID, G_VARIANT_TYPE_BYTESTRING);
    gsize size = 0;
    const void *at = bytes == NULL ? NULL : g_variant_get_fixed_array(bytes, &size, 1);
    if (at == NULL || size != ADVERTISEMENT_SIZE)
        return false;
    memcpy(data, at, ADVERTISEMENT_SIZE);
    return true;
}

bool sightings_take(struct sightings *s, struct bluetooth *b, msec now, const char *path,
                    GVariant *properties, bool all)
{
    struct device device;
    uint16_t index;
    uint8_t data[ADVERTISEMENT_SIZE];
    const char *type = NULL;
    if (!read_path(path, &index, &device))
        return true;
    const bool ours = read_data(properties, data);
    struct sighting *sighting = find(s, index, &device);
    if (g_variant_lookup(properties, "AddressType", "&s", &type) && ours && sighting == NULL)
        sighting = add(s, index, &device);
    if (sighting == NULL)
        return !ours;
    if (type != NULL)
        sighting->type = strcmp(type, "random") == 0 ? L2CAP_TYPE_LE_RANDOM : L2CAP_TYPE_LE_PUBLIC;
    if (ours)
        memcpy(sighting->data, data, ADVERTISEMENT_SIZE);
    /* Devices out of hearing stay for a while, without a strength; what changes, was just heard. */
    g_autoptr(GVariant) strength = g_variant_lookup_value(properties, "RSSI", G_VARIANT_TYPE_INT16);
    if (strength == NULL && (all || !ours))
        return true;
    uint8_t eir[ADVERTISEMENT_EIR_SIZE];
    advertisement_eir(sighting->data, eir);
    bluetooth_heard(b, now, index, &device, sighting->type,
                    (struct bytes){.at = eir, .size = sizeof eir});
    return true;
}

void sightings_remove(struct sightings *s, const char *path)
{
    struct device device;
    uint16_t index;
    struct sighting *sighting = read_path(path, &index, &device) ? find(s, index, &device) : NULL;
    if (sighting != NULL)
        sighting->used = false;
}
