/* SPDX-License-Identifier: MIT */
#include "platform/linux-bt/advertisement.h"

#include <sodium.h>
#include <string.h>

#define VERSION 0x10
#define BREDR   0x01
#define TAG     5 /* Offset, and size. */

#define EIR_SERVICE_DATA_128 0x21
#define UUID_SIZE            16

/* Advertising data is little-endian. */
static const uint8_t uuid[UUID_SIZE] = {0x87, 0xb7, 0x03, 0xcb, 0xa6, 0x2d, 0xac, 0x90,
                                        0x0c, 0x4b, 0xe1, 0x24, 0x54, 0xfb, 0x6b, 0xd9};

struct advertisement_key advertisement_key_of(const uint8_t network[static NETWORK_ID_SIZE])
{
    static const char label[] = "bitcraps:advertisement:v1";
    struct advertisement_key key;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof key.bytes);
    crypto_generichash_update(&state, (const uint8_t *)label, sizeof label - 1);
    crypto_generichash_update(&state, network, NETWORK_ID_SIZE);
    crypto_generichash_final(&state, key.bytes, sizeof key.bytes);
    return key;
}

static void write_tag(const struct advertisement_key *key, uint8_t data[static ADVERTISEMENT_SIZE])
{
    uint8_t hash[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key->bytes, sizeof key->bytes);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)"adv", 3);
    crypto_auth_hmacsha256_update(&state, data + 1, 1 + ADVERTISEMENT_ID_SIZE);
    crypto_auth_hmacsha256_final(&state, hash);
    memcpy(data + TAG, hash, ADVERTISEMENT_SIZE - TAG);
}

void advertisement_pack(const struct advertisement_key *key, uint8_t psm, bool bredr,
                        const uint8_t id[static ADVERTISEMENT_ID_SIZE],
                        uint8_t out[static ADVERTISEMENT_SIZE])
{
    out[0] = VERSION | (bredr ? BREDR : 0);
    out[1] = psm;
    memcpy(out + 2, id, ADVERTISEMENT_ID_SIZE);
    write_tag(key, out);
}

enum advertisement_verdict advertisement_read(const struct advertisement_key *key,
                                              const uint8_t data[static ADVERTISEMENT_SIZE],
                                              uint8_t *psm, bool *bredr)
{
    if ((data[0] & 0xf0) != VERSION || data[1] < ADVERTISEMENT_PSM_FIRST)
        return ADVERTISEMENT_WRONG;
    *psm = data[1];
    *bredr = (data[0] & BREDR) != 0;
    uint8_t ours[ADVERTISEMENT_SIZE];
    memcpy(ours, data, TAG);
    write_tag(key, ours);
    return sodium_memcmp(ours + TAG, data + TAG, ADVERTISEMENT_SIZE - TAG) == 0
               ? ADVERTISEMENT_OURS
               : ADVERTISEMENT_STRANGE;
}

uint16_t advertisement_bredr_psm(uint8_t psm)
{
    return (uint16_t)(0x1001 + 2 * (psm - ADVERTISEMENT_PSM_FIRST));
}

void advertisement_eir(const uint8_t data[static ADVERTISEMENT_SIZE],
                       uint8_t eir[static ADVERTISEMENT_EIR_SIZE])
{
    eir[0] = ADVERTISEMENT_EIR_SIZE - 1;
    eir[1] = EIR_SERVICE_DATA_128;
    memcpy(eir + 2, uuid, UUID_SIZE);
    memcpy(eir + 2 + UUID_SIZE, data, ADVERTISEMENT_SIZE);
}

const uint8_t *advertisement_find(struct bytes eir)
{
    size_t at = 0;
    /* A length, then so many bytes, of which the first is the type; length 0 ends it. */
    while (at < eir.size && eir.at[at] > 0 && at + 1 + eir.at[at] <= eir.size) {
        const uint8_t *element = eir.at + at;
        if (element[0] == ADVERTISEMENT_EIR_SIZE - 1 && element[1] == EIR_SERVICE_DATA_128 &&
            memcmp(element + 2, uuid, UUID_SIZE) == 0)
            return element + 2 + UUID_SIZE;
        at += 1 + (size_t)element[0];
    }
    return NULL;
}
