/* SPDX-License-Identifier: MIT */
/* What the kernel has of Bluetooth: switches, adapters, its own version, sockets. */
#include "doctor/checks.h"
#include "doctor/facts.h"
#include "platform/linux-bt/kernel.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLASS_BLUETOOTH "/sys/class/bluetooth"
#define CLASS_RFKILL    "/sys/class/rfkill"

static bool exists(const struct doctor_world *world, const char *name)
{
    char path[PATH_MAX];
    checks_path(world, name, path);
    return access(path, F_OK) == 0;
}

/* Opens a folder of /sys. NULL with -ENOENT if the kernel has none of it, else another -errno. */
static DIR *open_class(const struct doctor_world *world, const char *name, int *error)
{
    char path[PATH_MAX];
    checks_path(world, name, path);
    DIR *folder = opendir(path);
    *error = folder ? 0 : -errno;
    if (*error == -ENOENT && !exists(world, "/sys/class"))
        *error = -ENOTDIR; /* Not even /sys: that says nothing of the kernel. */
    return folder;
}

static const char *words_of(int error)
{
    return error == -ENOTDIR ? "/sys is not there" : strerror(-error);
}

/* ---- Switches ---------------------------------------------------------------------------------
 */

struct switches {
    int count; /* Of Bluetooth. */
    int soft;  /* Blocked by software. */
    int hard;  /* Blocked by a switch. */
    int unread;
    char soft_name[64]; /* Of one that is blocked so. */
    char hard_name[64];
};

/* 0 or 1 from a switch's file; -1 if it cannot be read. */
static int flag_of(const struct doctor_world *world, const char *name, const char *file)
{
    char path[PATH_MAX], text[16];
    unsigned value;
    snprintf(path, sizeof path, CLASS_RFKILL "/%s/%s", name, file);
    if (checks_read_text(world, path, text, sizeof text) < 0 || !facts_number(text, 1, &value))
        return -1;
    return (int)value;
}

static void read_name(const struct doctor_world *world, const char *name, char out[static 64])
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, CLASS_RFKILL "/%s/name", name);
    if (checks_read_text(world, path, out, 64) < 0 || out[0] == '\0')
        snprintf(out, 64, "%s", name);
}

static void look_at_switch(const struct doctor_world *world, const char *name, struct switches *out)
{
    char path[PATH_MAX], type[32];
    snprintf(path, sizeof path, CLASS_RFKILL "/%s/type", name);
    if (checks_read_text(world, path, type, sizeof type) < 0) {
        out->unread++;
        return;
    }
    if (strcmp(type, "bluetooth") != 0)
        return;
    const int soft = flag_of(world, name, "soft"), hard = flag_of(world, name, "hard");
    out->count++;
    out->soft += soft == 1;
    out->hard += hard == 1;
    out->unread += soft < 0 || hard < 0;
    if (soft == 1)
        read_name(world, name, out->soft_name);
    if (hard == 1)
        read_name(world, name, out->hard_name);
}

void checks_rfkill(const struct doctor_world *world, struct doctor_finding *out)
{
    struct switches found = {0};
    int error;
    DIR *folder = open_class(world, CLASS_RFKILL, &error);
    for (const struct dirent *at; folder && (at = readdir(folder)) != NULL;) {
        if (strncmp(at->d_name, "rfkill", 6) == 0)
            look_at_switch(world, at->d_name, &found);
    }
    if (folder)
        closedir(folder);
    if (error == -ENOENT) {
        checks_say(out, DOCTOR_STATUS_OK, "this kernel has no switches that could block a radio");
    } else if (error < 0) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "the switches cannot be read: %s", words_of(error));
    } else if (found.hard > 0) {
        checks_say(out, DOCTOR_STATUS_FAIL, "a switch on the machine blocks Bluetooth (%s)",
                   found.hard_name);
        checks_mend(out, "turn on the wireless switch, or the key with the aeroplane");
    } else if (found.soft > 0) {
        checks_say(out, DOCTOR_STATUS_FAIL, "Bluetooth is blocked by software (%s)",
                   found.soft_name);
        checks_mend(out, "run 'rfkill unblock bluetooth', or leave aeroplane mode");
    } else if (found.unread > 0) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "not every switch in " CLASS_RFKILL " can be read");
    } else if (found.count > 0) {
        checks_say(out, DOCTOR_STATUS_OK, "nothing blocks Bluetooth");
    } else {
        checks_say(out, DOCTOR_STATUS_OK, "there is no switch for Bluetooth");
    }
}

/* ---- Adapters ---------------------------------------------------------------------------------
 */

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

int checks_adapters(const struct doctor_world *world,
                    char names[static DOCTOR_ADAPTERS_MAX][DOCTOR_NAME_SIZE])
{
    int count = 0, error;
    DIR *folder = open_class(world, CLASS_BLUETOOTH, &error);
    if (!folder)
        return error;
    for (const struct dirent *at; (at = readdir(folder)) != NULL;) {
        /* "hci0:11" is a link of hci0. */
        const bool adapter = strncmp(at->d_name, "hci", 3) == 0 && !strchr(at->d_name, ':');
        if (adapter && count < DOCTOR_ADAPTERS_MAX && strlen(at->d_name) < DOCTOR_NAME_SIZE)
            memcpy(names[count++], at->d_name, strlen(at->d_name) + 1);
    }
    closedir(folder);
    qsort(names, (size_t)count, DOCTOR_NAME_SIZE, by_name);
    return count;
}

bool checks_have_adapter(const struct doctor_world *world, struct doctor_finding *out)
{
    char names[DOCTOR_ADAPTERS_MAX][DOCTOR_NAME_SIZE];
    const int count = checks_adapters(world, names);
    if (count == 0 || count == -ENOENT)
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "there is no Bluetooth adapter to look at");
    else if (count < 0)
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "whether there is an adapter is not known: %s",
                   words_of(count));
    return count > 0;
}

void checks_adapter(const struct doctor_world *world, struct doctor_finding *out)
{
    char names[DOCTOR_ADAPTERS_MAX][DOCTOR_NAME_SIZE];
    const int count = checks_adapters(world, names);
    if (count == -ENOENT || count == 0) {
        checks_say(out, DOCTOR_STATUS_WARN, "%s: nodes are reached over UDP only",
                   count == 0 ? "there is no Bluetooth adapter"
                              : "the kernel has no Bluetooth loaded, so there is no adapter");
        checks_mend(out, "to play with no network, plug one in; one that should be there may be "
                         "switched off (rfkill) or lack its firmware ('dmesg' names it)");
        return;
    }
    if (count < 0) {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "adapters cannot be listed: %s", words_of(count));
        return;
    }
    size_t used = 0;
    char list[DOCTOR_ADAPTERS_MAX * (DOCTOR_NAME_SIZE + 2)] = "";
    for (int i = 0; i < count; i++)
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", names[i]);
    checks_say(out, DOCTOR_STATUS_OK, "the kernel has %s", list);
}

/* ---- The kernel -------------------------------------------------------------------------------
 */

static void judge_kernel(const struct doctor_world *world, const struct kernel_version *kernel,
                         struct doctor_finding *out)
{
    char names[DOCTOR_ADAPTERS_MAX][DOCTOR_NAME_SIZE], text[40];
    snprintf(text, sizeof text, "%u.%u.%u", kernel->major, kernel->minor, kernel->patch);
    switch (kernel_judge(kernel)) {
    case KERNEL_GOOD:
        checks_say(out, DOCTOR_STATUS_OK, "Bluetooth works on %s: 6.12 is known good", text);
        break;
    case KERNEL_HANGS:
        checks_say(out, DOCTOR_STATUS_OK,
                   "%s: a blocking read of a Bluetooth socket hangs on 6.1.190 and earlier; "
                   "bitcrapsd never blocks, so that does no harm here",
                   text);
        break;
    case KERNEL_CRASHES: {
        const bool used = checks_adapters(world, names) > 0;
        checks_say(out, used ? DOCTOR_STATUS_FAIL : DOCTOR_STATUS_WARN,
                   "%s crashes the whole machine when a classic Bluetooth connection fails; "
                   "bitcrapsd makes none here, other programs may%s",
                   text, used ? "" : "; there is no adapter, so it cannot happen yet");
        checks_mend(out, "install a 6.12 kernel, on Debian 12 by 'apt install -t "
                         "bookworm-backports linux-image-amd64' (arm64: linux-image-arm64)");
        break;
    }
    case KERNEL_UNTRIED:
        checks_say(out, DOCTOR_STATUS_UNKNOWN,
                   "Bluetooth was never tried on %s: 6.12 is known good, 6.1.192 known bad", text);
        break;
    }
}

/* The kernel's version; false, and the finding says why, when it is not known. */
static bool read_kernel(const struct doctor_world *world, struct kernel_version *kernel,
                        struct doctor_finding *out)
{
    char release[128], version[256];
    const int error =
        checks_read_text(world, "/proc/sys/kernel/osrelease", release, sizeof release);
    if (checks_read_text(world, "/proc/sys/kernel/version", version, sizeof version) < 0)
        version[0] = '\0';
    if (kernel_read(release, version, kernel))
        return true;
    if (error < 0 && version[0] == '\0')
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "/proc/sys/kernel/osrelease cannot be read: %s",
                   strerror(-error));
    else
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "'%s' is no version of a Linux kernel", release);
    return false;
}

void checks_kernel(const struct doctor_world *world, struct doctor_finding *out)
{
    struct kernel_version kernel;
    if (read_kernel(world, &kernel, out))
        judge_kernel(world, &kernel, out);
}

/* ---- Sockets ----------------------------------------------------------------------------------
 */

/* Settings of net/core that the kernel registers for its first network namespace, or for each. */
#define SYSCTL_FIRST "/proc/sys/net/core/netdev_budget"
#define SYSCTL_EACH  "/proc/sys/net/core/somaxconn"

void checks_namespace(const struct doctor_world *world, struct doctor_finding *out)
{
    if (exists(world, SYSCTL_FIRST)) {
        checks_say(out, DOCTOR_STATUS_OK, "this is the machine's own network");
    } else if (exists(world, SYSCTL_EACH)) {
        checks_say(out, DOCTOR_STATUS_WARN,
                   "this is a network namespace of its own, such as a container's: Linux has no "
                   "Bluetooth sockets in those");
        checks_mend(out,
                    "for Bluetooth, run it on the machine's own network: 'docker run --network "
                    "host', no PrivateNetwork= in a systemd unit");
    } else {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "/proc/sys/net/core cannot be read");
    }
}

void checks_psm(const struct doctor_world *world, struct doctor_finding *out)
{
    unsigned psm = 0;
    /* Asked only where Bluetooth is: elsewhere the socket would make the kernel load it. */
    if (!checks_have_adapter(world, out))
        return;
    const int error = world->system->bind_psm(world->system->context, &psm);
    if (error == 0) {
        checks_say(out, DOCTOR_STATUS_OK, "a Bluetooth socket got PSM 0x%02x", psm);
    } else if (error == -EAFNOSUPPORT) {
        checks_say(out, DOCTOR_STATUS_FAIL, "Bluetooth sockets are refused here");
        checks_mend(out, "see the check 'namespace'; in a systemd unit, add AF_BLUETOOTH to "
                         "RestrictAddressFamilies=");
    } else if (error == -EADDRINUSE) {
        checks_say(out, DOCTOR_STATUS_FAIL, "other programs hold every PSM from 0x80 to 0xff");
        checks_mend(out, "stop the program that takes them");
    } else if (error == -EPERM || error == -EACCES) {
        checks_say(out, DOCTOR_STATUS_FAIL, "this user may not open Bluetooth sockets");
        checks_mend(out, "look for what confines this program: a container, seccomp, AppArmor");
    } else {
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "a Bluetooth socket could not be tried: %s",
                   strerror(-error));
    }
}

/* ---- BR/EDR -----------------------------------------------------------------------------------
 */

static void judge_bredr(const char *name, const struct doctor_bredr *bredr,
                        struct doctor_finding *out)
{
    if (!bredr->on)
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "%s is off", name);
    else if (bredr->answers && bredr->visible)
        checks_say(out, DOCTOR_STATUS_OK,
                   "%s is visible to all, to pair: until that ends, bitcrapsd invites nobody to "
                   "call over BR/EDR",
                   name);
    else if (bredr->answers)
        checks_say(out, DOCTOR_STATUS_OK, "%s answers calls over BR/EDR, quicker than LE", name);
    else
        checks_say(out, DOCTOR_STATUS_OK,
                   "%s answers no calls over BR/EDR, so links with others that do not either are "
                   "LE's; for quicker ones: 'sudo btmgmt --index %s connectable on'",
                   name, name + strlen("hci"));
}

void checks_bredr(const struct doctor_world *world, struct doctor_finding *out)
{
    char names[DOCTOR_ADAPTERS_MAX][DOCTOR_NAME_SIZE];
    struct kernel_version kernel;
    struct doctor_bredr bredr = {0};
    if (!checks_have_adapter(world, out) || !read_kernel(world, &kernel, out))
        return;
    if (!kernel_bears_bredr(&kernel)) {
        checks_say(out, DOCTOR_STATUS_OK,
                   "bitcrapsd uses LE alone on this kernel: see the check 'kernel'");
        return;
    }
    const int count = checks_adapters(world, names);
    int error = -ENODEV;
    /* The best there is. */
    for (int i = 0; i < count; i++) {
        struct doctor_bredr other = {0};
        const int code = world->system->bredr(world->system->context, names[i], &other);
        if (code == 0 && (error != 0 || other.answers > bredr.answers || other.on > bredr.on)) {
            memmove(names[0], names[i], sizeof names[0]);
            bredr = other;
            error = 0;
        } else if (error != 0) {
            error = code;
        }
    }
    if (error == 0)
        judge_bredr(names[0], &bredr, out);
    else
        checks_say(out, DOCTOR_STATUS_UNKNOWN, "the kernel could not be asked: %s",
                   strerror(-error));
}
