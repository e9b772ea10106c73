/* SPDX-License-Identifier: MIT */
/*
 * What is known of Bluetooth in which kernel, by trial: for the node, which leaves alone what would
 * bring the machine down, and for the doctor, who says so. Pure. Any thread.
 */
#ifndef PLATFORM_LINUX_BT_KERNEL_H
#define PLATFORM_LINUX_BT_KERNEL_H

#include "base/types.h"

struct kernel_version {
    unsigned major;
    unsigned minor;
    unsigned patch;
};

enum kernel_verdict {
    KERNEL_GOOD,
    KERNEL_HANGS,   /* In a read that blocks: of no concern to who never blocks. */
    KERNEL_CRASHES, /* When a BR/EDR connection that failed is closed. */
    KERNEL_UNTRIED,
};

/*
 * The kernel's version, from uname's release and version (/proc/sys/kernel/osrelease and version).
 * Debian's release says "6.1.0-50-amd64" of all 6.1 kernels and names the real one in the version:
 * "... Debian 6.1.190-1 (2026-10-01)". False if neither says.
 */
bool kernel_read(const char *release, const char *version, struct kernel_version *out);

enum kernel_verdict kernel_judge(const struct kernel_version *kernel);

/* Whether BR/EDR may be used: not where it crashes, nor in what came after that in the same line.
 */
bool kernel_bears_bredr(const struct kernel_version *kernel);

#endif
