/* SPDX-License-Identifier: MIT */
/*
 * Where a daemon's control socket is. A path of any length works: one too long for sockaddr_un is
 * reached through a descriptor of its directory. Any thread.
 */
#ifndef CONTROL_ENDPOINT_H
#define CONTROL_ENDPOINT_H

#include <sys/un.h>

#define ENDPOINT_NAME "control.sock"

struct endpoint {
    struct sockaddr_un address;
    int directory; /* Kept open while the address is in use; -1 if not needed. */
};

/* Finds DIR's control socket, which need not exist. Returns 0 or -errno. */
int endpoint_open(const char *state_directory, struct endpoint *out);

/* Closes the directory; the address is no longer valid. */
void endpoint_close(struct endpoint *endpoint);

#endif
