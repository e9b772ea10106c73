/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "platform/posix/power.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_SIZE 32

/* A file of one line, without its end; empty when it cannot be read. */
static void read_value(int folder, const char *name, char value[static VALUE_SIZE])
{
    value[0] = '\0';
    const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    const ssize_t size = read(fd, value, VALUE_SIZE - 1);
    close(fd);
    value[size > 0 ? size : 0] = '\0';
    value[strcspn(value, "\n")] = '\0';
}

/* The charge in percent of a battery that keeps the machine up and drains, or -1. */
static int draining(int folder)
{
    char value[VALUE_SIZE];
    read_value(folder, "type", value);
    if (strcmp(value, "Battery") != 0)
        return -1;
    read_value(folder, "scope", value);
    if (strcmp(value, "Device") == 0)
        return -1;
    read_value(folder, "status", value);
    if (strcmp(value, "Discharging") != 0)
        return -1;
    read_value(folder, "capacity", value);
    return value[0] == '\0' ? 100 : atoi(value);
}

enum power power_read(const char *folder)
{
    DIR *supplies = opendir(folder);
    int charge = -1;
    if (supplies == NULL)
        return POWER_MAINS;
    const struct dirent *entry;
    while ((entry = readdir(supplies)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        const int supply =
            openat(dirfd(supplies), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (supply < 0)
            continue;
        const int own = draining(supply);
        charge = own > charge ? own : charge;
        close(supply);
    }
    closedir(supplies);
    if (charge < 0)
        return POWER_MAINS;
    return charge < POWER_LOW_PERCENT ? POWER_LOW : POWER_BATTERY;
}
