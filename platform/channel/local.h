/* SPDX-License-Identifier: MIT */
/*
 * Channels between processes of one machine: AF_UNIX sockets of type SOCK_SEQPACKET, one name in
 * the abstract namespace for each adapter and port. They behave as a radio's channels do, so tests
 * of channels use them where there is no radio.
 */
#ifndef PLATFORM_CHANNEL_LOCAL_H
#define PLATFORM_CHANNEL_LOCAL_H

#include "platform/channel/medium.h"

extern const struct channel_medium local_medium;

#endif
