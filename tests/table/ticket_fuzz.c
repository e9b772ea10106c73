/* SPDX-License-Identifier: MIT */
/*
 * Any text as a ticket: nothing breaks, and what is read as one means the same once it is written
 * and read again. The input is the text; if its first byte is 0, the bytes of a ticket instead,
 * whose text is made from them with a checksum that fits.
 */
#include "base/check.h"
#include "table/ticket.h"

#include <sodium.h>
#include <string.h>

#define TEXT_SIZE_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(struct bytes text)
{
    struct ticket ticket;
    struct ticket again;
    char written[TICKET_TEXT_SIZE];
    const enum ticket_verdict verdict = ticket_read(text, &ticket);
    CHECK(strlen(ticket_verdict_text(verdict)) > 0);
    CHECK((verdict == TICKET_NONE) == !ticket_meant(text));
    if (verdict != TICKET_OK) {
        CHECK(sodium_is_zero((const uint8_t *)&ticket, sizeof ticket));
        return;
    }
    ticket_write(&ticket, written);
    CHECK(ticket_read((struct bytes){(const uint8_t *)written, strlen(written)}, &again) ==
          TICKET_OK);
    CHECK(memcmp(&ticket, &again, sizeof ticket) == 0);
}

static size_t letters_of(const uint8_t *packed, size_t size, uint8_t *text)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    size_t used = sizeof TICKET_PREFIX - 1;
    memcpy(text, TICKET_PREFIX, used);
    for (size_t bit = 0; bit < size * 8; bit += 5) {
        unsigned value = 0;
        for (size_t i = bit; i < bit + 5; i++)
            value = value << 1 | (i < size * 8 ? packed[i / 8] >> (7 - i % 8) & 1u : 0);
        text[used++] = (uint8_t)letters[value];
    }
    return used;
}

static void take_packed(const uint8_t *data, size_t size)
{
    static uint8_t packed[4096 + 4];
    static uint8_t text[TEXT_SIZE_MAX];
    uint8_t digest[DIGEST_SIZE];
    crypto_generichash_state state;
    if (size > sizeof packed - 4)
        return;
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    crypto_generichash_update(&state, (const uint8_t *)"bitcraps:ticket:v1", 18);
    crypto_generichash_update(&state, data, size);
    crypto_generichash_final(&state, digest, sizeof digest);
    memcpy(packed, data, size);
    memcpy(packed + size, digest, 4);
    take((struct bytes){text, letters_of(packed, size + 4, text)});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 0)
        take_packed(data + 1, size - 1);
    else
        take((struct bytes){data, size});
    return 0;
}
