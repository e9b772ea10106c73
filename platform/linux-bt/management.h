/* SPDX-License-Identifier: MIT */
/*
 * The kernel's management socket (BlueZ doc/mgmt-api.txt): which adapters there are, and, with
 * CAP_NET_ADMIN, switching them on, advertising and scanning. One command at a time for each
 * adapter: what is asked for next follows from what is and what is wanted, so that a command that
 * is lost, refused or undone by somebody else is just asked for again.
 *
 * Timers: a command's answer (ANSWER_MSEC), and the pause after a refusal (AGAIN_MSEC).
 */
#ifndef PLATFORM_LINUX_BT_MANAGEMENT_H
#define PLATFORM_LINUX_BT_MANAGEMENT_H

#include "platform/linux-bt/bluetooth.h"

struct management;

/* Opens it; NULL with -errno in *code. Frees in close. */
struct management *management_open(struct bluetooth *b, msec now, int *code);
void management_close(struct management *m);

/* Readable when management_receive has something to do. */
int management_fd(const struct management *m);

/* Takes what the kernel says. */
void management_receive(struct management *m, msec now);

/* Asks for what is wanted and is not; when that is due next. */
void management_expire(struct management *m, msec now);
msec management_deadline(const struct management *m);

#endif
