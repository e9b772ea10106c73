/* SPDX-License-Identifier: MIT */
/*
 * The kernel's management socket (BlueZ doc/mgmt-api.txt): which adapters there are and whether
 * they are on, which it tells everybody; and, where it leads because there is no bluetoothd,
 * switching them on, advertising and scanning, which takes CAP_NET_ADMIN. One command at a time for
 * each adapter: what is asked for next follows from what is and what is wanted, so that a command
 * that is lost, refused or undone by somebody else is just asked for again.
 *
 * Timers: a command's answer (ANSWER_MSEC), the pause after a refusal (AGAIN_MSEC), and how long an
 * adapter is off before that is said (OFF_MSEC): it may be just starting, or being pulled out.
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

/* Whether it is to command the adapters (not at first), or only to look and leave them alone. */
void management_lead(struct management *m, msec now, bool leads);

/* Takes what the kernel says. */
void management_receive(struct management *m, msec now);

/* Asks for what is wanted and is not; when that is due next. */
void management_expire(struct management *m, msec now);
msec management_deadline(const struct management *m);

#endif
