/* SPDX-License-Identifier: MIT */
#include "table/ticket.h"

#include "base/check.h"
#include "base/wire.h"

#include <sodium.h>
#include <string.h>

#define VERSION       1
#define FLAG_SECRET   1
#define CHECKSUM_SIZE 4
#define CHECKSUM      "bitcraps:ticket:v1"

static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const char *ticket_verdict_text(enum ticket_verdict verdict)
{
    switch (verdict) {
    case TICKET_OK:
        return "it is a ticket";
    case TICKET_NONE:
        return "that is no ticket: one begins with BITCRAPS: and comes from 'bitcraps table "
               "invite'";
    case TICKET_LETTER:
        return "the ticket has a letter that no ticket has: copy the whole line once more";
    case TICKET_SIZE:
        return "the ticket is cut short or has letters too many: copy the whole line once more";
    case TICKET_VERSION:
        return "the ticket was made by a newer version of BitCraps: install that";
    case TICKET_CHECKSUM:
        return "a letter of the ticket is wrong: copy the whole line once more";
    }
    return "";
}

static void checksum(const uint8_t *at, size_t size, uint8_t out[static CHECKSUM_SIZE])
{
    uint8_t digest[DIGEST_SIZE];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    crypto_generichash_update(&state, (const uint8_t *)CHECKSUM, sizeof CHECKSUM - 1);
    crypto_generichash_update(&state, at, size);
    crypto_generichash_final(&state, digest, sizeof digest);
    memcpy(out, digest, CHECKSUM_SIZE);
}

void ticket_write(const struct ticket *ticket, char text[static TICKET_TEXT_SIZE])
{
    uint8_t packed[TICKET_SIZE_MAX];
    uint8_t sum[CHECKSUM_SIZE];
    struct writer w = writer_on(packed, sizeof packed);
    write_u8(&w, VERSION);
    write_u8(&w, ticket->invitation.known ? FLAG_SECRET : 0);
    write_bytes(&w, ticket->table.bytes, DIGEST_SIZE);
    if (ticket->invitation.known)
        write_bytes(&w, ticket->invitation.secret, INVITATION_SECRET_SIZE);
    checksum(packed, w.used, sum);
    write_bytes(&w, sum, sizeof sum);
    CHECK(!w.failed);
    size_t used = sizeof TICKET_PREFIX - 1;
    memcpy(text, TICKET_PREFIX, used);
    unsigned held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < w.used; i++) {
        held = (held << 8 | packed[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            text[used++] = letters[held >> (bits - 5) & 31];
    }
    if (bits > 0)
        text[used++] = letters[held << (5 - bits) & 31];
    text[used] = '\0';
    sodium_memzero(packed, sizeof packed);
}

static uint8_t capital(uint8_t letter)
{
    return letter >= 'a' && letter <= 'z' ? (uint8_t)(letter - 'a' + 'A') : letter;
}

static struct bytes trimmed(struct bytes text)
{
    while (text.size > 0 && text.at[0] <= ' ') {
        text.at++;
        text.size--;
    }
    while (text.size > 0 && text.at[text.size - 1] <= ' ')
        text.size--;
    return text;
}

bool ticket_meant(struct bytes text)
{
    const struct bytes word = trimmed(text);
    if (word.size < sizeof TICKET_PREFIX - 1)
        return false;
    for (size_t i = 0; i < sizeof TICKET_PREFIX - 1; i++) {
        if (capital(word.at[i]) != (uint8_t)TICKET_PREFIX[i])
            return false;
    }
    return true;
}

/* The value of a letter; 32: it has none. */
static unsigned value_of(uint8_t letter)
{
    uint8_t meant = capital(letter);
    if (meant == 'O')
        meant = '0';
    if (meant == 'I' || meant == 'L')
        meant = '1';
    unsigned value = 0;
    while (value < 32 && (uint8_t)letters[value] != meant)
        value++;
    return value;
}

/* Whether packed tickets of this version have that size. */
static bool is_size(size_t size)
{
    return size == TICKET_SIZE_MAX || size == TICKET_SIZE_MAX - INVITATION_SECRET_SIZE;
}

/* What is left of the last letter is zero, or the ticket is another one. */
static enum ticket_verdict unletter(struct bytes word, struct writer *w)
{
    unsigned held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < word.size; i++) {
        const unsigned value = value_of(word.at[i]);
        if (value == 32)
            return TICKET_LETTER;
        held = (held << 5 | value) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            write_u8(w, (uint8_t)(held >> bits));
        }
    }
    if (w->failed || bits >= 5)
        return TICKET_SIZE;
    if ((held & ((1u << bits) - 1)) == 0)
        return TICKET_OK;
    return is_size(w->used) ? TICKET_CHECKSUM : TICKET_SIZE;
}

static enum ticket_verdict read_packed(struct bytes packed, struct ticket *out)
{
    uint8_t sum[CHECKSUM_SIZE];
    if (packed.size < 2 + CHECKSUM_SIZE)
        return TICKET_SIZE;
    checksum(packed.at, packed.size - sizeof sum, sum);
    if (memcmp(sum, packed.at + packed.size - sizeof sum, sizeof sum) != 0)
        return is_size(packed.size) ? TICKET_CHECKSUM : TICKET_SIZE;
    struct reader r = reader_on(packed);
    const uint8_t version = read_u8(&r);
    const uint8_t flags = read_u8(&r);
    if (version != VERSION || flags > FLAG_SECRET)
        return TICKET_VERSION;
    out->invitation.known = flags == FLAG_SECRET;
    const size_t secret = out->invitation.known ? INVITATION_SECRET_SIZE : 0;
    if (packed.size != 2 + DIGEST_SIZE + secret + sizeof sum)
        return TICKET_SIZE;
    memcpy(out->table.bytes, read_bytes(&r, DIGEST_SIZE), DIGEST_SIZE);
    if (secret > 0)
        memcpy(out->invitation.secret, read_bytes(&r, secret), secret);
    return TICKET_OK;
}

enum ticket_verdict ticket_read(struct bytes text, struct ticket *out)
{
    uint8_t packed[TICKET_SIZE_MAX];
    struct bytes word = trimmed(text);
    memset(out, 0, sizeof *out);
    if (!ticket_meant(word))
        return TICKET_NONE;
    word.at += sizeof TICKET_PREFIX - 1;
    word.size -= sizeof TICKET_PREFIX - 1;
    struct writer w = writer_on(packed, sizeof packed);
    enum ticket_verdict verdict = unletter(word, &w);
    if (verdict == TICKET_OK)
        verdict = read_packed(written(&w), out);
    if (verdict != TICKET_OK)
        sodium_memzero(out, sizeof *out);
    sodium_memzero(packed, sizeof packed);
    return verdict;
}
