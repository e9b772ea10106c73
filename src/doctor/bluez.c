/* SPDX-License-Identifier: MIT */
/* What bluetoothd has: whether it runs, adapters that are on, their roles, advertisements. */
#include "doctor/checks.h"
#include "doctor/facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAIN_CONF "/etc/bluetooth/main.conf"

/* Supervision time-outs in units of 10 ms (Bluetooth Core 5.4, vol 4, part E, 7.8.12). */
#define SUPERVISION_KERNEL 42  /* What Linux takes when nobody says. */
#define SUPERVISION_LEAST  200 /* People walk between two laptops for longer than 0.42 s. */
#define SUPERVISION_MOST   3200
#define SUPERVISION_ADVICE 400

/* Asks the bus. False, and the finding says why, when nothing can be said of adapters. */
static bool ask(const struct doctor_world *world, struct doctor_bus *bus,
                struct doctor_finding *out)
{
    char sentence[DOCTOR_SENTENCE_SIZE] = "";
    if (!checks_have_adapter(world, out))
        return false;
    const int error = world->system->bus(world->system->context, bus, sentence);
    if (error < 0)
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "bluetoothd could not be asked: %s",
                   sentence[0] ? sentence : strerror(-error));
    return error == 0;
}

/* The same for what an adapter of a running bluetoothd says. */
static bool ask_adapters(const struct doctor_world *world, struct doctor_bus *bus,
                         struct doctor_finding *out)
{
    if (!ask(world, bus, out))
        return false;
    if (!bus->bluetoothd)
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "bluetoothd, which knows, does not run");
    else if (bus->count == 0)
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "bluetoothd tells of no adapter");
    return bus->bluetoothd && bus->count > 0;
}

void checks_bluetoothd(const struct doctor_world *world, struct doctor_finding *out)
{
    struct doctor_bus bus = {0};
    if (!ask(world, &bus, out))
        return;
    if (!bus.bluetoothd) {
        checks_say(out, DOCTOR_STATUS_FAIL, "bluetoothd does not run: nobody owns org.bluez");
        checks_mend(out, "run 'sudo systemctl enable --now bluetooth'; if there is no such "
                         "service, 'sudo apt install bluez' first");
        return;
    }
    int major = -1, minor = -1;
    for (size_t i = 0; i < bus.count && major < 0; i++) {
        major = bus.adapters[i].version_major;
        minor = bus.adapters[i].version_minor;
    }
    if (major < 0) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN,
                   "bluetoothd runs, but none of its adapters tells its version");
    } else if (major > 5 || (major == 5 && minor >= 66)) {
        checks_say(out, DOCTOR_STATUS_OK, "bluetoothd %d.%d runs", major, minor);
    } else {
        checks_say(out, DOCTOR_STATUS_WARN, "bluetoothd %d.%d is older than 5.66", major, minor);
        checks_mend(out, "upgrade the package bluez: 5.66 is the oldest that was tried");
    }
}

void checks_power(const struct doctor_world *world, struct doctor_finding *out)
{
    struct doctor_bus bus = {0};
    const struct doctor_adapter *doubtful = NULL;
    if (!ask_adapters(world, &bus, out))
        return;
    for (size_t i = 0; i < bus.count; i++) {
        const struct doctor_adapter *at = &bus.adapters[i];
        if (at->powered == DOCTOR_YES) {
            checks_say(out, DOCTOR_STATUS_OK, "%s is on", at->name);
            return;
        }
        if (at->powered == DOCTOR_NOT_KNOWN)
            doubtful = at;
    }
    if (doubtful) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "bluetoothd does not say whether %s is on",
                   doubtful->name);
        return;
    }
    checks_say(out, DOCTOR_STATUS_FAIL, "%s is off", bus.adapters[0].name);
    checks_mend(out, "run 'bluetoothctl power on'; if that says Blocked, see the check 'rfkill'");
}

static int roles_of(const struct doctor_adapter *adapter)
{
    return adapter->central + adapter->peripheral + adapter->both_at_once;
}

void checks_roles(const struct doctor_world *world, struct doctor_finding *out)
{
    struct doctor_bus bus = {0};
    const struct doctor_adapter *best = NULL;
    if (!ask_adapters(world, &bus, out))
        return;
    for (size_t i = 0; i < bus.count; i++) {
        const struct doctor_adapter *at = &bus.adapters[i];
        if (at->roles_known && (!best || roles_of(at) > roles_of(best)))
            best = at;
    }
    if (!best) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "bluetoothd does not tell roles");
    } else if (best->both_at_once) {
        checks_say(out, DOCTOR_STATUS_OK, "%s can call and be called, at the same time",
                   best->name);
    } else if (best->central && best->peripheral) {
        checks_say(out, DOCTOR_STATUS_WARN,
                   "%s can call and be called, but does not say that it can do so at the same time",
                   best->name);
        checks_mend(out, "if links come and go, set KernelExperimental=671b10b5-42c0-4696-9227-"
                         "eb28d1b049d6 in [General] of " MAIN_CONF ", or use another adapter");
    } else if (best->central || best->peripheral) {
        checks_say(out, DOCTOR_STATUS_WARN, "%s can %s: only some nodes can be reached", best->name,
                   best->central ? "call, but not be called" : "be called, but not call");
        checks_mend(out, "use another adapter, or see ControllerMode in " MAIN_CONF);
    } else {
        checks_say(out, DOCTOR_STATUS_FAIL, "%s has no Bluetooth Low Energy", best->name);
        checks_mend(out, "use an adapter of Bluetooth 4.0 or later, and set ControllerMode=dual in "
                         "[General] of " MAIN_CONF);
    }
}

void checks_advertising(const struct doctor_world *world, struct doctor_finding *out)
{
    struct doctor_bus bus = {0};
    const struct doctor_adapter *best = NULL;
    if (!ask_adapters(world, &bus, out))
        return;
    for (size_t i = 0; i < bus.count; i++) {
        const struct doctor_adapter *at = &bus.adapters[i];
        if (!best || at->advertising_free > best->advertising_free)
            best = at;
    }
    if (best->advertising_free < 0) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "bluetoothd does not say what %s can advertise",
                   best->name);
    } else if (best->advertising_free > 0) {
        checks_say(out, DOCTOR_STATUS_OK, "%s has room for %d more advertisement%s", best->name,
                   best->advertising_free, best->advertising_free == 1 ? "" : "s");
    } else {
        checks_say(out, DOCTOR_STATUS_WARN, "%s has no room for another advertisement", best->name);
        checks_mend(out, "unless bitcrapsd itself advertises, stop what does: others do not find "
                         "this node");
    }
}

/* ---- Supervision ------------------------------------------------------------------------------
 */

/* The least of all adapters, if the kernel lets us look (root may); false if it does not. */
static bool kernel_supervision(const struct doctor_world *world, unsigned *out)
{
    char names[DOCTOR_ADAPTERS_MAX][DOCTOR_NAME_SIZE], path[PATH_MAX], text[16];
    const int count = checks_adapters(world, names);
    *out = UINT_MAX;
    for (int i = 0; i < count; i++) {
        unsigned value;
        snprintf(path, sizeof path, "/sys/kernel/debug/bluetooth/%s/supervision_timeout", names[i]);
        if (checks_read_text(world, path, text, sizeof text) < 0 ||
            !facts_number(text, SUPERVISION_MOST, &value))
            return false;
        *out = value < *out ? value : *out;
    }
    return count > 0;
}

static void judge_supervision(unsigned value, const char *source, struct doctor_finding *out)
{
    const bool enough = value >= SUPERVISION_LEAST;
    checks_say(out, enough ? DOCTOR_STATUS_OK : DOCTOR_STATUS_WARN,
               "a silent Bluetooth link ends after %u.%02u s, %s%s", value / 100, value % 100,
               source, enough ? "" : ": whoever walks between two nodes parts them");
    if (!enough)
        checks_mend(out,
                    "set ConnectionSupervisionTimeout=%d in [LE] of " MAIN_CONF
                    ", then 'sudo systemctl restart bluetooth'",
                    SUPERVISION_ADVICE);
}

void checks_supervision(const struct doctor_world *world, struct doctor_finding *out)
{
    uint8_t file[FACTS_CONFIG_SIZE_MAX];
    char path[PATH_MAX];
    unsigned value;
    if (!checks_have_adapter(world, out))
        return;
    if (kernel_supervision(world, &value)) {
        judge_supervision(value, "says the kernel", out);
        return;
    }
    checks_path(world, MAIN_CONF, path);
    const ssize_t size = checks_read(path, file, sizeof file, NULL);
    if (size < 0 && size != -ENOENT) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN,
                   "neither the kernel nor " MAIN_CONF " can be asked: %s", strerror((int)-size));
        return;
    }
    const struct bytes bytes = {.at = file, .size = size > 0 ? (size_t)size : 0};
    switch (facts_setting(bytes, "LE", "ConnectionSupervisionTimeout", SUPERVISION_MOST, &value)) {
    case FACTS_SETTING_GIVEN:
        judge_supervision(value, "says " MAIN_CONF, out);
        return;
    case FACTS_SETTING_ABSENT:
        judge_supervision(SUPERVISION_KERNEL, "Linux's default", out);
        return;
    case FACTS_SETTING_WRONG:
        checks_say(out, DOCTOR_STATUS_UNKNOWN,
                   MAIN_CONF " cannot be understood, so bluetoothd may not either");
        checks_mend(out, "'sudo systemctl status bluetooth' names the line that is wrong");
        return;
    }
}
