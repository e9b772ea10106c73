/* SPDX-License-Identifier: MIT */
/*
 * What this machine runs on, as the kernel tells in /sys/class/power_supply: what a node does for
 * others depends on it. Called now and then by the mesh thread.
 */
#ifndef PLATFORM_POSIX_POWER_H
#define PLATFORM_POSIX_POWER_H

#define POWER_FOLDER      "/sys/class/power_supply"
#define POWER_LOW_PERCENT 20

enum power {
    POWER_MAINS,   /* Or nothing is known of a battery that drains. */
    POWER_BATTERY, /* One drains, */
    POWER_LOW,     /* below POWER_LOW_PERCENT. */
};

/*
 * Reads the folder: a battery of the machine itself, not of a mouse, that discharges; of several
 * the fullest.
 */
enum power power_read(const char *folder);

#endif
