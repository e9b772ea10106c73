/* SPDX-License-Identifier: MIT */
/* A folder of a test's own, for the set-up and tear-down of its cases. */
#ifndef TESTS_MESH_FOLDER_H
#define TESTS_MESH_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[] = "/tmp/bitcraps-test-XXXXXX";

/* Makes it, empty; 0, or -1 when it cannot. */
static inline int folder_make(void)
{
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static inline int folder_remove_one(const char *name, const struct stat *status, int type,
                                    struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(name);
}

/* A tear-down: removes it and what is in it. */
static inline int folder_remove(void **state)
{
    (void)state;
    return nftw(folder, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
