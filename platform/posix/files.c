/* SPDX-License-Identifier: MIT */
/* The state directory; see files.h. */
#include "platform/posix/files.h"

#include "base/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME "lock"
#define SEED_NAME "identity"
#define BOOT_NAME "boot"

_Static_assert(sizeof(((struct files *)0)->path) >= 256, "a path fits");

__attribute__((format(printf, 3, 4))) static int fail(int code, char error[FILES_ERROR_SIZE],
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error, FILES_ERROR_SIZE, format, arguments);
    va_end(arguments);
    return code;
}

/* write(2) until all is written. */
static int write_all(int fd, struct bytes bytes)
{
    while (bytes.size > 0) {
        const ssize_t done = write(fd, bytes.at, bytes.size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -errno;
        bytes.at += done;
        bytes.size -= (size_t)done;
    }
    return 0;
}

/* Reads until size bytes or the end; how many, or -errno. */
static ssize_t read_all(int fd, uint8_t *at, size_t size)
{
    size_t used = 0;
    while (used < size) {
        const ssize_t done = read(fd, at + used, size - used);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -errno;
        if (done == 0)
            break;
        used += (size_t)done;
    }
    return (ssize_t)used;
}

/* Makes a directory and its missing parents. */
static int make_directories(const char *path)
{
    char partial[256];
    const size_t size = strlen(path);
    memcpy(partial, path, size + 1);
    for (size_t i = 1; i <= size; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        partial[i] = '\0';
        if (mkdir(partial, 0700) < 0 && errno != EEXIST)
            return -errno;
        partial[i] = path[i];
    }
    return 0;
}

/* Who holds the lock, as they wrote into it; 0 when that cannot be read. */
static long lock_holder(int lock)
{
    char text[24] = {0};
    if (lseek(lock, 0, SEEK_SET) < 0 || read_all(lock, (uint8_t *)text, sizeof text - 1) <= 0)
        return 0;
    return strtol(text, NULL, 10);
}

static int take_lock(struct files *files, char error[static FILES_ERROR_SIZE])
{
    files->lock = openat(files->fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (files->lock < 0)
        return fail(-errno, error, "cannot open %s/%s: %s", files->path, LOCK_NAME,
                    strerror(errno));
    if (flock(files->lock, LOCK_EX | LOCK_NB) < 0) {
        const int code = -errno;
        if (code != -EWOULDBLOCK)
            return fail(code, error, "cannot lock %s: %s", files->path, strerror(-code));
        return fail(code, error,
                    "another bitcrapsd (pid %ld) uses %s: stop it or choose another --state",
                    lock_holder(files->lock), files->path);
    }
    char text[24];
    const int size = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    const struct bytes bytes = {.at = (const uint8_t *)text, .size = (size_t)size};
    if (ftruncate(files->lock, 0) < 0)
        return fail(-errno, error, "cannot write to %s: %s", files->path, strerror(errno));
    const int code = write_all(files->lock, bytes);
    return code < 0 ? fail(code, error, "cannot write to %s: %s", files->path, strerror(-code)) : 0;
}

/* Opens the directory itself and looks at who may write to it. */
static int open_directory(struct files *files, char error[static FILES_ERROR_SIZE])
{
    files->fd = open(files->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat status;
    if (files->fd < 0 || fstat(files->fd, &status) < 0)
        return fail(-errno, error, "cannot open %s: %s", files->path, strerror(errno));
    if (status.st_uid != geteuid())
        return fail(-EPERM, error, "%s belongs to another user: choose another --state",
                    files->path);
    if (status.st_mode & (S_IWGRP | S_IWOTH))
        return fail(-EPERM, error, "others can write to %s: chmod 700 %s", files->path,
                    files->path);
    return 0;
}

int files_open(struct files *files, const char *path, char error[static FILES_ERROR_SIZE])
{
    *files = (struct files){.fd = -1, .lock = -1};
    if (path[0] == '\0' || strlen(path) >= sizeof files->path)
        return fail(-ENAMETOOLONG, error, "the path of the state directory is empty or too long");
    memcpy(files->path, path, strlen(path) + 1);
    int code = make_directories(path);
    if (code < 0)
        return fail(code, error, "cannot make %s: %s", path, strerror(-code));
    code = open_directory(files, error);
    if (code == 0)
        code = take_lock(files, error);
    if (code < 0)
        files_close(files);
    return code;
}

void files_close(struct files *files)
{
    if (files->lock >= 0)
        (void)close(files->lock);
    if (files->fd >= 0)
        (void)close(files->fd);
    files->lock = -1;
    files->fd = -1;
}

/* Writes to a new file beside the old one, syncs it, puts it in place, syncs the directory. */
static int replace(int directory, const char *name, const char *temporary, struct bytes bytes)
{
    const int fd =
        openat(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    int code = write_all(fd, bytes);
    if (code == 0 && fsync(fd) < 0)
        code = -errno;
    if (close(fd) < 0 && code == 0)
        code = -errno;
    if (code == 0 && renameat(directory, temporary, directory, name) < 0)
        code = -errno;
    if (code == 0 && fsync(directory) < 0)
        code = -errno;
    if (code < 0)
        (void)unlinkat(directory, temporary, 0);
    return code;
}

int files_write(const struct files *files, const char *name, struct bytes bytes,
                char error[static FILES_ERROR_SIZE])
{
    char temporary[NAME_MAX + 1];
    const int size = snprintf(temporary, sizeof temporary, "%s.new", name);
    if (size < 0 || (size_t)size >= sizeof temporary)
        return fail(-ENAMETOOLONG, error, "the name %s is too long", name);
    const int code = replace(files->fd, name, temporary, bytes);
    return code < 0
               ? fail(code, error, "cannot write %s/%s: %s", files->path, name, strerror(-code))
               : 0;
}

int files_read(const struct files *files, const char *name, void *at, size_t size,
               char error[static FILES_ERROR_SIZE])
{
    const int fd = openat(files->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return fail(-errno, error, "cannot open %s/%s: %s", files->path, name, strerror(errno));
    ssize_t code = read_all(fd, at, size);
    uint8_t more;
    if (code == (ssize_t)size) {
        const ssize_t rest = read_all(fd, &more, sizeof more);
        if (rest != 0)
            code = rest < 0 ? rest : -EFBIG;
    }
    (void)close(fd);
    if (code < 0)
        return fail((int)code, error, "cannot read %s/%s: %s", files->path, name,
                    strerror((int)-code));
    return (int)code;
}

/* Looks at the seed's file before anything in it is believed. */
static int check_seed(const struct files *files, char error[static FILES_ERROR_SIZE])
{
    struct stat status;
    if (fstatat(files->fd, SEED_NAME, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(-errno, error, "cannot look at %s/%s: %s", files->path, SEED_NAME,
                    strerror(errno));
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid())
        return fail(-EPERM, error, "%s/%s is not a file of yours", files->path, SEED_NAME);
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return fail(-EPERM, error,
                    "others can read the secret in %s/%s: if nobody has, chmod 600 it", files->path,
                    SEED_NAME);
    if (status.st_size != FILES_SEED_SIZE)
        return fail(-EINVAL, error, "%s/%s has %lld bytes instead of %d: restore it from a backup",
                    files->path, SEED_NAME, (long long)status.st_size, FILES_SEED_SIZE);
    return 0;
}

int files_seed(const struct files *files, uint8_t seed[static FILES_SEED_SIZE],
               char error[static FILES_ERROR_SIZE])
{
    int code = check_seed(files, error);
    if (code == -ENOENT) {
        randombytes_buf(seed, FILES_SEED_SIZE);
        return files_write(files, SEED_NAME, (struct bytes){.at = seed, .size = FILES_SEED_SIZE},
                           error);
    }
    if (code < 0)
        return code;
    code = files_read(files, SEED_NAME, seed, FILES_SEED_SIZE, error);
    if (code >= 0 && code != FILES_SEED_SIZE)
        code =
            fail(-EINVAL, error, "%s/%s was cut short while it was read", files->path, SEED_NAME);
    return code < 0 ? code : 0;
}

int files_boot(const struct files *files, uint32_t *boot, char error[static FILES_ERROR_SIZE])
{
    uint8_t stored[4] = {0};
    const int code = files_read(files, BOOT_NAME, stored, sizeof stored, error);
    if (code < 0 && code != -ENOENT)
        return code;
    if (code >= 0 && code != sizeof stored)
        return fail(-EINVAL, error, "%s/%s is damaged: restore it from a backup", files->path,
                    BOOT_NAME);
    struct reader r = reader_on((struct bytes){.at = stored, .size = sizeof stored});
    const uint32_t last = read_u32(&r);
    if (last == UINT32_MAX)
        return fail(-EOVERFLOW, error, "%s/%s has run out: make a new identity", files->path,
                    BOOT_NAME);
    struct writer w = writer_on(stored, sizeof stored);
    write_u32(&w, last + 1);
    *boot = last + 1;
    return files_write(files, BOOT_NAME, written(&w), error);
}
