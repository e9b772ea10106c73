/* SPDX-License-Identifier: MIT */
/*
 * Bluetooth as media of channels: L2CAP channels of two kinds, SOCK_SEQPACKET sockets of the
 * kernel. They keep the borders of datagrams, lose nothing, need no privilege and nobody's consent
 * to a pairing. LE: connection-oriented channels. BR/EDR, which carries several times as much: the
 * retransmission mode, since the basic one drops what a slow reader has no room for. Only
 * non-blocking calls: in kernels up to 6.1.190 a read that blocks never returns.
 */
#ifndef PLATFORM_LINUX_BT_L2CAP_H
#define PLATFORM_LINUX_BT_L2CAP_H

#include "platform/channel/medium.h"

/* The largest SDU that a peer may send us; a frame and room to grow. */
#define L2CAP_MTU 1280

/* <bluetooth/bluetooth.h>: BDADDR_BREDR, BDADDR_LE_PUBLIC, BDADDR_LE_RANDOM. */
#define L2CAP_TYPE_BREDR     0
#define L2CAP_TYPE_LE_PUBLIC 1
#define L2CAP_TYPE_LE_RANDOM 2

extern const struct channel_medium le_medium;
extern const struct channel_medium bredr_medium;

#endif
