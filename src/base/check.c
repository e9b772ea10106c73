/* SPDX-License-Identifier: MIT */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *fact, const char *file, int line)
{
    fprintf(stderr, "bitcraps: a bug: %s does not hold at %s:%d; the state on disk is safe\n", fact,
            file, line);
    abort();
}
