/* SPDX-License-Identifier: MIT */
/*
 * What the doctor asks of the running system and cannot read from files: the system bus, sockets,
 * the clock, room on a disk, and the daemon. One struct of functions, so that a test can answer in
 * the system's place. Each changes nothing that outlives the call and has a deadline of its own;
 * any thread, several at once. Failures are -errno: "could not be found out", unless said here.
 */
#ifndef DOCTOR_SYSTEM_H
#define DOCTOR_SYSTEM_H

#include "platform/posix/udp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_ADAPTERS_MAX  8
#define DOCTOR_NAME_SIZE     16  /* "hci0". */
#define DOCTOR_SENTENCE_SIZE 256 /* Why something is not known. */
#define DOCTOR_BUS_MSEC      3000
#define DOCTOR_DAEMON_MSEC   2000

/* What is not known is neither yes nor no. */
enum doctor_answer {
    DOCTOR_NOT_KNOWN,
    DOCTOR_NO,
    DOCTOR_YES,
};

/* An adapter as bluetoothd sees it. Counts are -1 when it does not say. */
struct doctor_adapter {
    char name[DOCTOR_NAME_SIZE];
    enum doctor_answer powered;
    bool roles_known;
    bool central;
    bool peripheral;
    bool both_at_once;
    int advertising;      /* Instances in use. */
    int advertising_free; /* Instances that are left. */
    int version_major;    /* Of bluetoothd, by the adapter's Modalias; -1. */
    int version_minor;
};

struct doctor_bus {
    bool bluetoothd; /* Somebody owns org.bluez. */
    size_t count;
    struct doctor_adapter adapters[DOCTOR_ADAPTERS_MAX];
};

/* What an adapter does over BR/EDR, as the kernel sees it. */
struct doctor_bredr {
    bool on;
    bool answers; /* Calls. */
    bool visible; /* To anybody who searches. */
};

struct doctor_space {
    uint64_t free_bytes; /* For this user. */
    bool no_files_left;  /* The file system can count files and has none left. */
    bool read_only;
};

struct doctor_clock {
    int64_t now_sec; /* Since 1970, UTC. */
    enum doctor_answer synchronised;
};

struct doctor_daemon {
    char version[32];
    char listen[UDP_TEXT_SIZE];
    enum doctor_answer degraded;
};

struct doctor_system {
    /* Who owns org.bluez, and its adapters; does not start bluetoothd. Sentence: why not known. */
    int (*bus)(void *context, struct doctor_bus *out, char sentence[static DOCTOR_SENTENCE_SIZE]);
    /* Binds a socket of LE channels to a dynamic PSM, which is told, and closes it. */
    int (*bind_psm)(void *context, unsigned *psm);
    int (*bredr)(void *context, const char *adapter, struct doctor_bredr *out);
    /* Binds a UDP socket and closes it. Sentence: what is wrong. */
    int (*bind_udp)(void *context, const char *listen, char sentence[static UDP_ERROR_SIZE]);
    int (*space)(void *context, const char *path, struct doctor_space *out);
    int (*clock)(void *context, struct doctor_clock *out);
    /* -ENOENT, -ECONNREFUSED: there is none. -EACCES: not for this user. -ETIMEDOUT: it hangs. */
    int (*daemon)(void *context, const char *state, struct doctor_daemon *out);
    void *context;
};

/* The real one. */
extern const struct doctor_system DOCTOR_SYSTEM;

/* Its bus: src/doctor/bus.c. Without D-Bus in the build: -ENOSYS. */
int bus_ask(void *context, struct doctor_bus *out, char sentence[static DOCTOR_SENTENCE_SIZE]);

#endif
