/* SPDX-License-Identifier: MIT */
/*
 * Who may sit down at a table: anybody, the invited, or whom its seats approve; and the secret that
 * the invited share. Pure; any thread.
 *
 * An invitation is a secret of 16 bytes. It is the seed of an Ed25519 key pair,
 * BLAKE2b-256("bitcraps:invitation:v1" || secret), whose public key is in the genesis. Whoever
 * knows the secret signs a Sit with it; whoever verifies needs none. The host's secret comes from
 * its identity seed, BLAKE2b-128 keyed with the seed over ("bitcraps:invitation-secret:v1" || nonce
 * of the genesis), so that it needs no file of its own.
 */
#ifndef TABLE_ADMISSION_H
#define TABLE_ADMISSION_H

#include "base/types.h"

#include <stdbool.h>

#define INVITATION_SECRET_SIZE 16

enum admission {
    ADMISSION_OPEN = 0,       /* Anybody, while there are seats. */
    ADMISSION_INVITATION = 1, /* Who knows the secret, which tickets carry. */
    ADMISSION_APPROVAL = 2,   /* Whom a quorum of the seats approves; at first, the host. */
};

struct invitation {
    bool known;
    uint8_t secret[INVITATION_SECRET_SIZE];
};

/* "open", "invitation", "approval": what people call it; static memory. */
const char *admission_name(enum admission admission);

/* What is called so; false: nothing is. */
bool admission_parse(const char *name, enum admission *out);

/* The host's invitation to a table whose genesis has that nonce. */
void invitation_derive(const uint8_t identity_seed[static 32], const uint8_t nonce[static 16],
                       struct invitation *out);

/* The public key that a known invitation is recognized by. */
void invitation_key(const struct invitation *invitation, struct public_key *out);

/* Ed25519 over a statement with a known invitation's key. */
void invitation_sign(const struct invitation *invitation, struct bytes statement,
                     uint8_t signature[static SIGNATURE_SIZE]);

#endif
