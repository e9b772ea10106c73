/* SPDX-License-Identifier: MIT */
#include "doctor/facts.h"

#include "base/wire.h"
#include "journal/journal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Settings ---------------------------------------------------------------------------------
 */

bool facts_number(const char *text, unsigned most, unsigned *out)
{
    while (isspace((unsigned char)*text))
        text++;
    const size_t size = strspn(text, "0123456789");
    if (size == 0 || size > 6)
        return false;
    *out = (unsigned)strtoul(text, NULL, 10);
    text += size;
    while (isspace((unsigned char)*text))
        text++;
    return *text == '\0' && *out <= most;
}

enum facts_setting facts_setting(struct bytes file, const char *group, const char *key,
                                 unsigned most, unsigned *out)
{
    if (file.size == 0)
        return FACTS_SETTING_ABSENT;
    g_autoptr(GKeyFile) keys = g_key_file_new();
    if (!g_key_file_load_from_data(keys, (const char *)file.at, file.size, G_KEY_FILE_NONE, NULL))
        return FACTS_SETTING_WRONG;
    g_autofree char *value = g_key_file_get_value(keys, group, key, NULL);
    if (!value)
        return FACTS_SETTING_ABSENT;
    return facts_number(value, most, out) ? FACTS_SETTING_GIVEN : FACTS_SETTING_WRONG;
}

/* ---- The journal's file -----------------------------------------------------------------------
 */

/* SQLite file format, 1.3: the magic, page size, pages, user version, application id. */
enum { PAGE_SIZE_AT = 16, PAGES_AT = 28, USER_VERSION_AT = 60, APPLICATION_AT = 68 };

/* What src/journal writes there: "BCra". */
#define APPLICATION 0x42437261

static uint32_t big_endian(const uint8_t *at)
{
    struct reader reader = reader_on((struct bytes){.at = at, .size = 4});
    return read_u32(&reader);
}

enum facts_journal facts_journal(struct bytes head, uint64_t file_size)
{
    static const char MAGIC[16] = "SQLite format 3";
    if (file_size == 0)
        return FACTS_JOURNAL_YOUNG;
    if (head.size < FACTS_HEAD_SIZE || memcmp(head.at, MAGIC, sizeof MAGIC) != 0)
        return FACTS_JOURNAL_DAMAGED;
    uint32_t page_size = big_endian(head.at + PAGE_SIZE_AT) >> 16;
    if (page_size == 1)
        page_size = 65536;
    if (page_size < 512 || (page_size & (page_size - 1)) != 0)
        return FACTS_JOURNAL_DAMAGED;
    const uint32_t application = big_endian(head.at + APPLICATION_AT);
    const uint32_t version = big_endian(head.at + USER_VERSION_AT);
    if (application == 0 && version == 0)
        return FACTS_JOURNAL_YOUNG;
    if (application != APPLICATION)
        return FACTS_JOURNAL_FOREIGN;
    if (version > JOURNAL_SCHEMA)
        return FACTS_JOURNAL_NEWER;
    const uint64_t whole = (uint64_t)page_size * big_endian(head.at + PAGES_AT);
    return file_size < whole ? FACTS_JOURNAL_SHORT : FACTS_JOURNAL_SOUND;
}

/* ---- The objects of org.bluez -----------------------------------------------------------------
 */

/* Of the adapter at a path such as "/org/bluez/hci0"; NULL when there is no room for it. */
static struct doctor_adapter *adapter_at(struct doctor_bus *bus, const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    for (size_t i = 0; i < bus->count; i++) {
        if (strncmp(bus->adapters[i].name, name, DOCTOR_NAME_SIZE - 1) == 0)
            return &bus->adapters[i];
    }
    if (bus->count == DOCTOR_ADAPTERS_MAX)
        return NULL;
    struct doctor_adapter *adapter = &bus->adapters[bus->count++];
    *adapter = (struct doctor_adapter){
        .advertising = -1, .advertising_free = -1, .version_major = -1, .version_minor = -1};
    snprintf(adapter->name, sizeof adapter->name, "%s", name);
    return adapter;
}

/* "usb:v1D6Bp0246d0542": the Linux Foundation, BlueZ, 5.66 (5 and 0x42). */
static void take_modalias(const char *text, struct doctor_adapter *adapter)
{
    static const char BLUEZ[] = "usb:v1D6Bp0246d";
    if (strncmp(text, BLUEZ, strlen(BLUEZ)) != 0)
        return;
    const char *digits = text + strlen(BLUEZ);
    if (strlen(digits) != 4 || strspn(digits, "0123456789ABCDEFabcdef") != 4)
        return;
    const unsigned long version = strtoul(digits, NULL, 16);
    adapter->version_major = (int)(version >> 8);
    adapter->version_minor = (int)(version & 255);
}

static void take_roles(GVariant *roles, struct doctor_adapter *adapter)
{
    GVariantIter iter;
    const char *role;
    adapter->roles_known = true;
    g_variant_iter_init(&iter, roles);
    while (g_variant_iter_next(&iter, "&s", &role)) {
        adapter->central = adapter->central || strcmp(role, "central") == 0;
        adapter->peripheral = adapter->peripheral || strcmp(role, "peripheral") == 0;
        adapter->both_at_once = adapter->both_at_once || strcmp(role, "central-peripheral") == 0;
    }
}

static void take_adapter(GVariant *properties, struct doctor_adapter *adapter)
{
    gboolean powered;
    const char *modalias;
    if (g_variant_lookup(properties, "Powered", "b", &powered))
        adapter->powered = powered ? DOCTOR_YES : DOCTOR_NO;
    if (g_variant_lookup(properties, "Modalias", "&s", &modalias))
        take_modalias(modalias, adapter);
    g_autoptr(GVariant) roles =
        g_variant_lookup_value(properties, "Roles", G_VARIANT_TYPE_STRING_ARRAY);
    if (roles)
        take_roles(roles, adapter);
}

static void take_manager(GVariant *properties, struct doctor_adapter *adapter)
{
    guchar count;
    if (g_variant_lookup(properties, "ActiveInstances", "y", &count))
        adapter->advertising = count;
    if (g_variant_lookup(properties, "SupportedInstances", "y", &count))
        adapter->advertising_free = count;
}

void facts_objects(GVariant *objects, struct doctor_bus *out)
{
    GVariantIter iter;
    const char *path;
    GVariant *interfaces;
    if (!g_variant_is_of_type(objects, G_VARIANT_TYPE("a{oa{sa{sv}}}")))
        return;
    g_variant_iter_init(&iter, objects);
    while (g_variant_iter_next(&iter, "{&o@a{sa{sv}}}", &path, &interfaces)) {
        g_autoptr(GVariant) all = interfaces;
        g_autoptr(GVariant) adapter =
            g_variant_lookup_value(all, "org.bluez.Adapter1", G_VARIANT_TYPE_VARDICT);
        g_autoptr(GVariant) manager =
            g_variant_lookup_value(all, "org.bluez.LEAdvertisingManager1", G_VARIANT_TYPE_VARDICT);
        struct doctor_adapter *at = adapter ? adapter_at(out, path) : NULL;
        if (at)
            take_adapter(adapter, at);
        if (at && manager)
            take_manager(manager, at);
    }
}
