/* SPDX-License-Identifier: MIT */
/*
 * What a node says on the air about itself, in the ten bytes that legacy advertising leaves beside
 * its flags and a 128-bit UUID:
 *
 *     0 version 1 (upper half), flags   1 PSM   2 id 3 (random, changes)   5 tag 5
 *
 * The tag is the first bytes of HMAC-SHA256(K, "adv" || PSM || id), K = BLAKE2b-256(
 * "bitcraps:advertisement:v1" || network id): members of a network know one another, strangers
 * see random bytes. A hint only: whoever hears one can repeat it, or change its flags; the
 * handshake identifies. The one flag (1): the same address, if it is a public one, takes calls over
 * BR/EDR as well, at a PSM that follows from that of LE. No clock, no sockets.
 */
#ifndef PLATFORM_LINUX_BT_ADVERTISEMENT_H
#define PLATFORM_LINUX_BT_ADVERTISEMENT_H

#include "link/link.h"

#define ADVERTISEMENT_SIZE      10
#define ADVERTISEMENT_ID_SIZE   3
#define ADVERTISEMENT_EIR_SIZE  28   /* As one element of advertising data. */
#define ADVERTISEMENT_PSM_FIRST 0x80 /* Bluetooth Core 5.3, vol. 3, part A, 4.22: LE dynamic. */
#define ADVERTISEMENT_PSM_LAST  0xff

/* The service, as D-Bus writes it. */
#define ADVERTISEMENT_UUID "d96bfb54-24e1-4b0c-90ac-2da6cb03b787"

struct advertisement_key {
    uint8_t bytes[32];
};

enum advertisement_verdict {
    ADVERTISEMENT_OURS,    /* Of this network, or a copy of one. */
    ADVERTISEMENT_STRANGE, /* Well formed, of another network. */
    ADVERTISEMENT_WRONG,   /* Not of this version, or no LE PSM. */
};

struct advertisement_key advertisement_key_of(const uint8_t network[static NETWORK_ID_SIZE]);

/* bredr: calls are taken there, too. */
void advertisement_pack(const struct advertisement_key *key, uint8_t psm, bool bredr,
                        const uint8_t id[static ADVERTISEMENT_ID_SIZE],
                        uint8_t out[static ADVERTISEMENT_SIZE]);

enum advertisement_verdict advertisement_read(const struct advertisement_key *key,
                                              const uint8_t data[static ADVERTISEMENT_SIZE],
                                              uint8_t *psm, bool *bredr);

/* The PSM of BR/EDR that goes with one of LE: as many, the first of those that anybody may use. */
uint16_t advertisement_bredr_psm(uint8_t psm);

/* As an element of advertising data: 128-bit service data (Core supplement 10, part A, 1.11). */
void advertisement_eir(const uint8_t data[static ADVERTISEMENT_SIZE],
                       uint8_t eir[static ADVERTISEMENT_EIR_SIZE]);

/* Ours in what was heard, anywhere among its elements; NULL when it is not there. */
const uint8_t *advertisement_find(struct bytes eir);

#endif
