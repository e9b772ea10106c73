/* SPDX-License-Identifier: MIT */
#include "platform/linux-bt/kernel.h"

#include <stdlib.h>
#include <string.h>

/* Digits at *text; moves past them. False if there are none, or too many. */
static bool take_number(const char **text, unsigned *out)
{
    const size_t size = strspn(*text, "0123456789");
    if (size == 0 || size > 6)
        return false;
    *out = (unsigned)strtoul(*text, NULL, 10);
    *text += size;
    return true;
}

/* "6.12.95" or "6.12", whatever follows. */
static bool take_version(const char *text, struct kernel_version *out)
{
    *out = (struct kernel_version){0};
    if (!take_number(&text, &out->major) || *text++ != '.' || !take_number(&text, &out->minor))
        return false;
    return *text++ != '.' || take_number(&text, &out->patch);
}

bool kernel_read(const char *release, const char *version, struct kernel_version *out)
{
    static const char DEBIAN[] = " Debian ";
    const char *at = strstr(version, DEBIAN);
    if (at) {
        at += strlen(DEBIAN);
        const size_t epoch = strspn(at, "0123456789"); /* "1:6.12.25-1+rpt1", as a Pi has it. */
        if (epoch > 0 && at[epoch] == ':')
            at += epoch + 1;
        if (take_version(at, out))
            return true;
    }
    return take_version(release, out);
}

enum kernel_verdict kernel_judge(const struct kernel_version *kernel)
{
    const bool bookworm = kernel->major == 6 && kernel->minor == 1;
    if (kernel->major == 6 && kernel->minor == 12)
        return KERNEL_GOOD;
    if (bookworm && kernel->patch <= 190)
        return KERNEL_HANGS;
    return bookworm && kernel->patch == 192 ? KERNEL_CRASHES : KERNEL_UNTRIED;
}

bool kernel_bears_bredr(const struct kernel_version *kernel)
{
    return kernel->major != 6 || kernel->minor != 1 || kernel_judge(kernel) == KERNEL_HANGS;
}
