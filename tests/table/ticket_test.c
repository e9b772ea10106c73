/* SPDX-License-Identifier: MIT */
/* Tickets as people pass them on: read aloud, copied by hand, cut short, of other versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table/ticket.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static struct ticket sample(bool invites)
{
    struct ticket ticket = {.invitation = {.known = invites}};
    for (unsigned i = 0; i < DIGEST_SIZE; i++)
        ticket.table.bytes[i] = (uint8_t)(i * 37 + 11);
    for (unsigned i = 0; invites && i < INVITATION_SECRET_SIZE; i++)
        ticket.invitation.secret[i] = (uint8_t)(255 - i * 13);
    return ticket;
}

static enum ticket_verdict verdict_of(const char *text)
{
    struct ticket ticket;
    return ticket_read((struct bytes){(const uint8_t *)text, strlen(text)}, &ticket);
}

static void assert_reads(const char *text, const struct ticket *meant)
{
    struct ticket read;
    const struct bytes bytes = {(const uint8_t *)text, strlen(text)};
    assert_int_equal(ticket_read(bytes, &read), TICKET_OK);
    assert_memory_equal(&read.table, &meant->table, sizeof read.table);
    assert_int_equal(read.invitation.known, meant->invitation.known);
    assert_memory_equal(read.invitation.secret, meant->invitation.secret, INVITATION_SECRET_SIZE);
}

static void a_ticket_is_one_line_that_means_what_was_written(void **context)
{
    (void)context;
    for (unsigned invites = 0; invites < 2; invites++) {
        char text[TICKET_TEXT_SIZE];
        const struct ticket ticket = sample(invites);
        ticket_write(&ticket, text);
        assert_int_equal(strlen(text), invites ? 96 : 70);
        assert_int_equal(strspn(text, "BITCRAPS:0123456789ADEFGHJKMNQVWXYZ"), strlen(text));
        assert_reads(text, &ticket);
    }
}

static void as_it_is_said_aloud_or_pasted_it_is_the_same(void **context)
{
    (void)context;
    char text[TICKET_TEXT_SIZE];
    char said[TICKET_TEXT_SIZE + 8];
    const struct ticket ticket = sample(true);
    ticket_write(&ticket, text);
    assert_non_null(strchr(text + 9, '0'));
    assert_non_null(strchr(text + 9, '1'));
    snprintf(said, sizeof said, " \t%s \r\n", text);
    for (char *at = said; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
        if (at >= said + 11 && *at == '0')
            *at = 'o';
        if (at >= said + 11 && *at == '1')
            *at = 'l';
    }
    assert_reads(said, &ticket);
}

static void every_wrong_letter_and_every_swap_is_noticed(void **context)
{
    (void)context;
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char text[TICKET_TEXT_SIZE];
    const struct ticket ticket = sample(true);
    ticket_write(&ticket, text);
    for (size_t at = 9; text[at] != '\0'; at++) {
        const char right = text[at];
        for (const char *wrong = letters; *wrong != '\0'; wrong++) {
            text[at] = *wrong;
            assert_int_equal(verdict_of(text) == TICKET_OK, *wrong == right);
        }
        text[at] = right;
        const char next = text[at + 1];
        if (next == '\0' || next == right)
            continue;
        text[at] = next;
        text[at + 1] = right;
        assert_int_equal(verdict_of(text), TICKET_CHECKSUM);
        text[at] = right;
        text[at + 1] = next;
    }
}

static void what_is_cut_or_drawn_out_is_no_ticket(void **context)
{
    (void)context;
    char text[TICKET_TEXT_SIZE];
    char longer[TICKET_TEXT_SIZE + 1];
    const struct ticket ticket = sample(true);
    ticket_write(&ticket, text);
    const size_t size = strlen(text);
    for (size_t cut = 0; cut < size; cut++) {
        struct ticket read;
        const struct bytes bytes = {(const uint8_t *)text, cut};
        const enum ticket_verdict verdict = ticket_read(bytes, &read);
        assert_int_not_equal(verdict, TICKET_OK);
        assert_int_equal(verdict == TICKET_NONE, cut < 9);
    }
    snprintf(longer, sizeof longer, "%s0", text);
    assert_int_equal(verdict_of(longer), TICKET_SIZE);
}

static void each_mistake_has_its_own_name(void **context)
{
    (void)context;
    char text[TICKET_TEXT_SIZE];
    const struct ticket ticket = sample(false);
    assert_int_equal(verdict_of(""), TICKET_NONE);
    assert_int_equal(verdict_of("friday"), TICKET_NONE);
    assert_int_equal(verdict_of("BITCRAPS"), TICKET_NONE);
    assert_int_equal(verdict_of("BITCRAPS:"), TICKET_SIZE);
    ticket_write(&ticket, text);
    text[20] = 'U';
    assert_int_equal(verdict_of(text), TICKET_LETTER);
    text[20] = '\x80';
    assert_int_equal(verdict_of(text), TICKET_LETTER);
    for (int verdict = TICKET_OK; verdict <= TICKET_CHECKSUM; verdict++)
        assert_true(strlen(ticket_verdict_text((enum ticket_verdict)verdict)) > 5);
}

/* The letters of packed bytes whose checksum is made to fit. */
static void write_packed(uint8_t *packed, size_t size, char *text)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint8_t digest[DIGEST_SIZE];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    crypto_generichash_update(&state, (const uint8_t *)"bitcraps:ticket:v1", 18);
    crypto_generichash_update(&state, packed, size - 4);
    crypto_generichash_final(&state, digest, sizeof digest);
    memcpy(packed + size - 4, digest, 4);
    memcpy(text, "BITCRAPS:", 9);
    size_t used = 9;
    for (size_t bit = 0; bit < size * 8; bit += 5) {
        unsigned value = 0;
        for (size_t i = bit; i < bit + 5; i++)
            value = value << 1 | (i < size * 8 ? (unsigned)packed[i / 8] >> (7 - i % 8) & 1u : 0);
        text[used++] = letters[value];
    }
    text[used] = '\0';
}

static void tickets_of_later_versions_are_called_so(void **context)
{
    (void)context;
    char text[TICKET_TEXT_SIZE];
    uint8_t packed[38] = {1, 0};
    write_packed(packed, sizeof packed, text);
    assert_int_equal(verdict_of(text), TICKET_OK);
    packed[0] = 2;
    write_packed(packed, sizeof packed, text);
    assert_int_equal(verdict_of(text), TICKET_VERSION);
    packed[0] = 1;
    packed[1] = 2;
    write_packed(packed, sizeof packed, text);
    assert_int_equal(verdict_of(text), TICKET_VERSION);
    packed[1] = 1; /* A secret, and no room for it. */
    write_packed(packed, sizeof packed, text);
    assert_int_equal(verdict_of(text), TICKET_SIZE);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_is_one_line_that_means_what_was_written),
        cmocka_unit_test(as_it_is_said_aloud_or_pasted_it_is_the_same),
        cmocka_unit_test(every_wrong_letter_and_every_swap_is_noticed),
        cmocka_unit_test(what_is_cut_or_drawn_out_is_no_ticket),
        cmocka_unit_test(each_mistake_has_its_own_name),
        cmocka_unit_test(tickets_of_later_versions_are_called_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
