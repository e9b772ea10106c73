/* SPDX-License-Identifier: MIT */
/* Bluetooth in a build without it (configure --disable-bluetooth, or no libbluetooth-dev). */
#include "config.h"

#include "platform/linux-bt/bluetooth.h"

#include <stdio.h>

unsigned bluetooth_open(msec now, const char *adapters,
                        const uint8_t network[static NETWORK_ID_SIZE],
                        struct transport *transports[static BLUETOOTH_TRANSPORTS],
                        char sentence[static BLUETOOTH_ERROR_SIZE])
{
    (void)now;
    (void)adapters;
    (void)network;
    (void)transports;
    snprintf(sentence, BLUETOOTH_ERROR_SIZE,
             "this program was built without Bluetooth: install libbluetooth-dev, then configure "
             "and build it again");
    return 0;
}
