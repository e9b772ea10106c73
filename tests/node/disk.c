/* SPDX-License-Identifier: MIT */
/*
 * A disk that fails, for LD_PRELOAD: stands before the C library's calls that write to files. The
 * variable DISK says how:
 *
 *     full:SIZE      ENOSPC where a write would make a file longer than SIZE bytes
 *     write:NUMBER   ENOSPC at the NUMBERth write to a file, counted from 1, and ever after
 *     sync:NUMBER    EIO at the NUMBERth fsync or fdatasync, and ever after
 *
 * Only regular files are meant, and not the standard streams: a log tells what went wrong.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_ulong writes;
static atomic_ulong syncs;

/* The number behind a word of DISK; false when DISK says another word. */
static int told(const char *word, unsigned long *number)
{
    const char *disk = getenv("DISK");
    const size_t size = strlen(word);
    if (disk == NULL || strncmp(disk, word, size) != 0)
        return 0;
    *number = strtoul(disk + size, NULL, 10);
    return 1;
}

/* Whether writing up to this end of a file fails. */
static int full(int fd, unsigned long end)
{
    unsigned long number;
    struct stat status;
    if (fd <= STDERR_FILENO || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return 0;
    if (told("full:", &number))
        return end > number && end > (unsigned long)status.st_size;
    return told("write:", &number) && atomic_fetch_add(&writes, 1) + 1 >= number;
}

static int unsynced(void)
{
    unsigned long number;
    return told("sync:", &number) && atomic_fetch_add(&syncs, 1) + 1 >= number;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

ssize_t write(int fd, const void *at, size_t size)
{
    ssize_t (*const next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    const off_t from = lseek(fd, 0, SEEK_CUR);
    return full(fd, (unsigned long)(from < 0 ? 0 : from) + size) ? fail(ENOSPC)
                                                                 : next(fd, at, size);
}

ssize_t pwrite(int fd, const void *at, size_t size, off_t from)
{
    ssize_t (*const next)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    return full(fd, (unsigned long)from + size) ? fail(ENOSPC) : next(fd, at, size, from);
}

ssize_t pwrite64(int fd, const void *at, size_t size, off64_t from)
{
    ssize_t (*const next)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    return full(fd, (unsigned long)from + size) ? fail(ENOSPC) : next(fd, at, size, from);
}

int fsync(int fd)
{
    int (*const next)(int) = dlsym(RTLD_NEXT, "fsync");
    return unsynced() ? fail(EIO) : next(fd);
}

int fdatasync(int fd)
{
    int (*const next)(int) = dlsym(RTLD_NEXT, "fdatasync");
    return unsynced() ? fail(EIO) : next(fd);
}
