/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "control/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int endpoint_open(const char *state_directory, struct endpoint *out)
{
    *out = (struct endpoint){.address.sun_family = AF_UNIX, .directory = -1};
    char *path = out->address.sun_path;
    const size_t size = sizeof out->address.sun_path;
    int length = snprintf(path, size, "%s/" ENDPOINT_NAME, state_directory);
    if (length > 0 && (size_t)length < size)
        return 0;
    out->directory = open(state_directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (out->directory < 0)
        return -errno;
    snprintf(path, size, "/proc/self/fd/%d/" ENDPOINT_NAME, out->directory);
    return 0;
}

void endpoint_close(struct endpoint *endpoint)
{
    if (endpoint->directory >= 0)
        close(endpoint->directory);
    endpoint->directory = -1;
}
