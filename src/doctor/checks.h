/* SPDX-License-Identifier: MIT */
/*
 * The checks themselves, for the table in doctor.c, and what they share. A check fills a finding
 * that says unknown, without words, when it begins.
 */
#ifndef DOCTOR_CHECKS_H
#define DOCTOR_CHECKS_H

#include "doctor/doctor.h"

#include <limits.h>

/* Sets what was found; as printf, each cut at DOCTOR_TEXT_SIZE. */
void checks_say(struct doctor_finding *out, enum doctor_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void checks_mend(struct doctor_finding *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The path of a machine's file below the world's root. */
void checks_path(const struct doctor_world *world, const char *name, char out[static PATH_MAX]);

/*
 * Reads the beginning of a regular file, at most size bytes; *file_size (may be NULL) is all of it.
 * Never waits for a writer. Returns how many bytes, or -errno; -EINVAL for what is no file.
 */
ssize_t checks_read(const char *path, void *at, size_t size, uint64_t *file_size);

/* The same of a short text below the root, which ends with a zero. */
int checks_read_text(const struct doctor_world *world, const char *name, char *text, size_t size);

/*
 * The names of Bluetooth adapters that the kernel has, in order, at most DOCTOR_ADAPTERS_MAX.
 * Returns how many; -ENOENT when it has no Bluetooth at all, other -errno when that is not known.
 */
int checks_adapters(const struct doctor_world *world,
                    char names[static DOCTOR_ADAPTERS_MAX][DOCTOR_NAME_SIZE]);

/* There is an adapter; else false, and the finding says that there is nothing to look at. */
bool checks_have_adapter(const struct doctor_world *world, struct doctor_finding *out);

/* The nearest existing directory of the state directory, itself or a parent; false: none. */
bool checks_nearest(const struct doctor_world *world, char out[static PATH_MAX]);

/* radio.c: what the kernel has. */
void checks_rfkill(const struct doctor_world *world, struct doctor_finding *out);
void checks_adapter(const struct doctor_world *world, struct doctor_finding *out);
void checks_kernel(const struct doctor_world *world, struct doctor_finding *out);
void checks_namespace(const struct doctor_world *world, struct doctor_finding *out);
void checks_psm(const struct doctor_world *world, struct doctor_finding *out);
void checks_bredr(const struct doctor_world *world, struct doctor_finding *out);

/* bluez.c: what bluetoothd has. */
void checks_bluetoothd(const struct doctor_world *world, struct doctor_finding *out);
void checks_power(const struct doctor_world *world, struct doctor_finding *out);
void checks_roles(const struct doctor_world *world, struct doctor_finding *out);
void checks_advertising(const struct doctor_world *world, struct doctor_finding *out);
void checks_supervision(const struct doctor_world *world, struct doctor_finding *out);

/* storage.c: the state directory. */
void checks_state(const struct doctor_world *world, struct doctor_finding *out);
void checks_identity(const struct doctor_world *world, struct doctor_finding *out);
void checks_journal(const struct doctor_world *world, struct doctor_finding *out);
void checks_space(const struct doctor_world *world, struct doctor_finding *out);

/* service.c: the clock, the port, the daemon. */
void checks_clock(const struct doctor_world *world, struct doctor_finding *out);
void checks_udp(const struct doctor_world *world, struct doctor_finding *out);
void checks_daemon(const struct doctor_world *world, struct doctor_finding *out);

#endif
