/* SPDX-License-Identifier: MIT */
/*
 * A ticket: what one person passes on to another so that he finds a table and may sit down there.
 * One line of text, "BITCRAPS:" and letters and digits of Crockford's base32 (no I, L, O, U), which
 * can be read aloud and fits a small QR code. Small letters are as good as capitals, O is 0, and I
 * and L are 1. Pure; any thread.
 *
 * The bytes behind it: version 1 (1) | flags 1 (1: there is a secret; others: a newer version) |
 * table id 32 | secret 16, if there is one | the first 4 bytes of BLAKE2b-256("bitcraps:ticket:v1"
 * || all that). A table that is open or by approval has tickets without a secret: they say which
 * table is meant, no more. A ticket with a secret is to be kept as one.
 */
#ifndef TABLE_TICKET_H
#define TABLE_TICKET_H

#include "table/admission.h"

#define TICKET_SIZE_MAX (2 + DIGEST_SIZE + INVITATION_SECRET_SIZE + 4)
#define TICKET_PREFIX   "BITCRAPS:"
/* With the final NUL. */
#define TICKET_TEXT_SIZE (sizeof TICKET_PREFIX + (TICKET_SIZE_MAX * 8 + 4) / 5)

struct ticket {
    struct digest table;
    struct invitation invitation;
};

enum ticket_verdict {
    TICKET_OK,
    TICKET_NONE,     /* It does not begin as a ticket does. */
    TICKET_LETTER,   /* A letter that no ticket has. */
    TICKET_SIZE,     /* Letters are missing, or there are too many. */
    TICKET_VERSION,  /* Made by a newer version. */
    TICKET_CHECKSUM, /* Some letter is not what it was. */
};

/* What, why and the next step; static memory. */
const char *ticket_verdict_text(enum ticket_verdict verdict);

/* Whether somebody means a ticket by that, right or wrong: it begins like one. */
bool ticket_meant(struct bytes text);

void ticket_write(const struct ticket *ticket, char text[static TICKET_TEXT_SIZE]);

/* Reads any text, blanks around it aside. */
enum ticket_verdict ticket_read(struct bytes text, struct ticket *out);

#endif
