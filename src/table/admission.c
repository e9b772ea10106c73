/* SPDX-License-Identifier: MIT */
#include "table/admission.h"

#include "base/check.h"

#include <sodium.h>
#include <string.h>

static const char *const names[] = {[ADMISSION_OPEN] = "open",
                                    [ADMISSION_INVITATION] = "invitation",
                                    [ADMISSION_APPROVAL] = "approval"};

const char *admission_name(enum admission admission)
{
    return names[admission];
}

bool admission_parse(const char *name, enum admission *out)
{
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *out = (enum admission)i;
        return true;
    }
    return false;
}

#define SECRET_LABEL "bitcraps:invitation-secret:v1"
#define KEY_LABEL    "bitcraps:invitation:v1"

void invitation_derive(const uint8_t identity_seed[static 32], const uint8_t nonce[static 16],
                       struct invitation *out)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, identity_seed, 32, sizeof out->secret);
    crypto_generichash_update(&state, (const uint8_t *)SECRET_LABEL, sizeof SECRET_LABEL - 1);
    crypto_generichash_update(&state, nonce, 16);
    crypto_generichash_final(&state, out->secret, sizeof out->secret);
    out->known = true;
    sodium_memzero(&state, sizeof state);
}

static void key_pair(const struct invitation *invitation, struct public_key *key,
                     uint8_t secret[static crypto_sign_SECRETKEYBYTES])
{
    CHECK(invitation->known);
    uint8_t seed[crypto_sign_SEEDBYTES];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof seed);
    crypto_generichash_update(&state, (const uint8_t *)KEY_LABEL, sizeof KEY_LABEL - 1);
    crypto_generichash_update(&state, invitation->secret, sizeof invitation->secret);
    crypto_generichash_final(&state, seed, sizeof seed);
    crypto_sign_seed_keypair(key->bytes, secret, seed);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(&state, sizeof state);
}

void invitation_key(const struct invitation *invitation, struct public_key *out)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    key_pair(invitation, out, secret);
    sodium_memzero(secret, sizeof secret);
}

void invitation_sign(const struct invitation *invitation, struct bytes statement,
                     uint8_t signature[static SIGNATURE_SIZE])
{
    struct public_key key;
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    key_pair(invitation, &key, secret);
    crypto_sign_detached(signature, NULL, statement.at, statement.size, secret);
    sodium_memzero(secret, sizeof secret);
}
