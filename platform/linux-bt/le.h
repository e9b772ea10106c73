/* SPDX-License-Identifier: MIT */
/*
 * Bluetooth LE as a medium of channels: L2CAP connection-oriented channels, SOCK_SEQPACKET sockets
 * of the kernel. They keep the borders of datagrams, lose nothing, need no privilege and no
 * pairing. Only non-blocking calls: in kernels up to 6.1.190 a read that blocks never returns.
 */
#ifndef PLATFORM_LINUX_BT_LE_H
#define PLATFORM_LINUX_BT_LE_H

#include "platform/channel/medium.h"

/* The largest SDU that a peer may send us; a frame and room to grow. */
#define LE_MTU 1280

extern const struct channel_medium le_medium;

#endif
