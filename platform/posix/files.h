/* SPDX-License-Identifier: MIT */
/*
 * The state directory: one owner at a time, files that are there whole or not at all, the identity
 * seed, and the boot counter.
 *
 * Everything is durable when the call returns. Failures are -errno and a sentence for the person
 * who started the program; none of them contains a secret. Called at start, on the thread that
 * starts.
 */
#ifndef PLATFORM_POSIX_FILES_H
#define PLATFORM_POSIX_FILES_H

#include "base/types.h"

#define FILES_ERROR_SIZE 512
#define FILES_SEED_SIZE  32

/* An open and locked state directory, or fd -1. */
struct files {
    int fd;         /* Of the directory. */
    int lock;       /* Held while open. */
    char path[256]; /* For sentences. */
};

/*
 * Opens the directory, making it (0700) and its missing parents, and locks it: "another bitcrapsd
 * (pid N) uses DIR: stop it or choose another --state". Refuses a directory that others can write.
 */
int files_open(struct files *files, const char *path, char error[static FILES_ERROR_SIZE]);

/* Unlocks and closes. Of a closed one: nothing. */
void files_close(struct files *files);

/* Replaces a file (0600) in the directory: after any crash it holds the old or the new bytes. */
int files_write(const struct files *files, const char *name, struct bytes bytes,
                char error[static FILES_ERROR_SIZE]);

/*
 * Reads a whole file of at most size bytes. Returns how many, or -ENOENT when there is none, -EFBIG
 * when it is larger, another -errno.
 */
int files_read(const struct files *files, const char *name, void *at, size_t size,
               char error[static FILES_ERROR_SIZE]);

/*
 * The identity seed: 32 bytes in file "identity" (0600), made from the system's randomness once.
 * Refuses a file that others can read, that belongs to someone else, or of another size.
 */
int files_seed(const struct files *files, uint8_t seed[static FILES_SEED_SIZE],
               char error[static FILES_ERROR_SIZE]);

/* Adds one to the boot counter in file "boot" and returns it in *boot, 1 at the first start. */
int files_boot(const struct files *files, uint32_t *boot, char error[static FILES_ERROR_SIZE]);

#endif
