/* SPDX-License-Identifier: MIT */
/*
 * What the doctor reads: the first byte says as what the rest is taken: a kernel's release and
 * version, a main.conf, the head of a journal, the objects of a bus. Whatever it is, the facts are
 * within their bounds.
 */
#include "base/check.h"
#include "doctor/facts.h"
#include "platform/linux-bt/kernel.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_kernel(const char *text)
{
    struct kernel_version kernel = {0};
    char release[4096];
    const size_t size = strcspn(text, "\n");
    if (size >= sizeof release)
        return;
    memcpy(release, text, size);
    release[size] = '\0';
    if (kernel_read(release, text + size + (text[size] == '\n'), &kernel))
        CHECK(kernel.major <= 999999 && kernel.minor <= 999999 && kernel.patch <= 999999);
}

static void read_setting(struct bytes file)
{
    unsigned value = 0;
    const enum facts_setting said =
        facts_setting(file, "LE", "ConnectionSupervisionTimeout", 3200, &value);
    CHECK(said != FACTS_SETTING_GIVEN || value <= 3200);
}

static void read_journal(struct bytes file)
{
    const enum facts_journal whole = facts_journal(file, UINT64_MAX);
    const enum facts_journal cut = facts_journal(file, 1);
    CHECK(whole != FACTS_JOURNAL_SHORT && whole <= FACTS_JOURNAL_YOUNG);
    CHECK(cut == whole || (whole == FACTS_JOURNAL_SOUND && cut == FACTS_JOURNAL_SHORT));
}

static void check_adapter(const struct doctor_adapter *adapter)
{
    CHECK(memchr(adapter->name, '\0', sizeof adapter->name) != NULL);
    CHECK(adapter->powered <= DOCTOR_YES);
    CHECK(adapter->advertising >= -1 && adapter->advertising <= 255);
    CHECK(adapter->advertising_free >= -1 && adapter->advertising_free <= 255);
    CHECK(adapter->version_major >= -1 && adapter->version_major <= 255);
    CHECK(adapter->version_minor >= -1 && adapter->version_minor <= 255);
    const bool any = adapter->central || adapter->peripheral || adapter->both_at_once;
    CHECK(adapter->roles_known || !any);
}

static void read_objects(GVariant *objects)
{
    struct doctor_bus bus = {0};
    facts_objects(objects, &bus);
    CHECK(bus.count <= DOCTOR_ADAPTERS_MAX);
    for (size_t i = 0; i < bus.count; i++)
        check_adapter(&bus.adapters[i]);
}

/* As they stand in a message of the bus, which nobody has to have packed well. */
static void read_packed_objects(struct bytes file)
{
    void *copy = g_memdup2(file.at, file.size);
    g_autoptr(GVariant) objects = g_variant_ref_sink(g_variant_new_from_data(
        G_VARIANT_TYPE("a{oa{sa{sv}}}"), copy, file.size, FALSE, g_free, copy));
    read_objects(objects);
}

static void read_written_objects(const char *text)
{
    g_autoptr(GVariant) objects = g_variant_parse(NULL, text, NULL, NULL, NULL);
    if (objects)
        read_objects(objects);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct bytes rest = {.at = data + 1, .size = size - 1};
    char *text = g_strndup((const char *)rest.at, rest.size);
    switch (data[0]) {
    case 'k':
        read_kernel(text);
        break;
    case 's':
        read_setting(rest);
        break;
    case 'j':
        read_journal(rest);
        break;
    case 'o':
        read_packed_objects(rest);
        break;
    case 'w':
        read_written_objects(text);
        break;
    default:
        break;
    }
    g_free(text);
    return 0;
}
