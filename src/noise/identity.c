/* SPDX-License-Identifier: MIT */
#include "noise/identity.h"

#include "base/check.h"
#include "base/wire.h"

#include <sodium.h>

_Static_assert(IDENTITY_SEED_SIZE == crypto_kdf_KEYBYTES, "the seed is a key derivation key");
_Static_assert(IDENTITY_SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "an Ed25519 secret key");
_Static_assert(LINK_KEY_SIZE == crypto_scalarmult_SCALARBYTES, "an X25519 key");

/* The subkey of the identity; subkeys of the link key are its serials. */
#define SUBKEY_IDENTITY 1

static const char context_identity[crypto_kdf_CONTEXTBYTES] = "bcnodeid";
static const char context_link[crypto_kdf_CONTEXTBYTES] = "bclinkst";

static const char certificate_label[] = "bitcraps:link-static:v1";
static const char node_label[] = "bitcraps:node:v1";

#define CERTIFIED_SIZE (sizeof certificate_label - 1 + LINK_KEY_SIZE + 4)

/* What the certificate signs. */
static struct bytes certified(const uint8_t link_public[static LINK_KEY_SIZE], uint32_t serial,
                              uint8_t memory[static CERTIFIED_SIZE])
{
    struct writer w = writer_on(memory, CERTIFIED_SIZE);
    write_bytes(&w, certificate_label, sizeof certificate_label - 1);
    write_bytes(&w, link_public, LINK_KEY_SIZE);
    write_u32(&w, serial);
    CHECK(!w.failed && w.used == CERTIFIED_SIZE);
    return written(&w);
}

struct node_id identity_node(const struct public_key *key)
{
    struct node_id node;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof node.bytes);
    crypto_generichash_update(&state, (const uint8_t *)node_label, sizeof node_label - 1);
    crypto_generichash_update(&state, key->bytes, sizeof key->bytes);
    crypto_generichash_final(&state, node.bytes, sizeof node.bytes);
    return node;
}

struct signature identity_sign(const struct identity *identity, struct bytes message)
{
    struct signature signature;
    crypto_sign_detached(signature.bytes, NULL, message.at, message.size, identity->secret);
    return signature;
}

void identity_derive(struct identity *identity, const uint8_t seed[static IDENTITY_SEED_SIZE],
                     uint32_t serial)
{
    uint8_t subkey[crypto_sign_SEEDBYTES];
    crypto_kdf_derive_from_key(subkey, sizeof subkey, SUBKEY_IDENTITY, context_identity, seed);
    crypto_sign_seed_keypair(identity->key.bytes, identity->secret, subkey);
    sodium_memzero(subkey, sizeof subkey);
    identity->node = identity_node(&identity->key);
    identity->serial = serial;
    crypto_kdf_derive_from_key(identity->link_secret, sizeof identity->link_secret, serial,
                               context_link, seed);
    crypto_scalarmult_base(identity->link_public, identity->link_secret);
    uint8_t memory[CERTIFIED_SIZE];
    identity->certificate =
        identity_sign(identity, certified(identity->link_public, serial, memory));
}

void identity_clear(struct identity *identity)
{
    sodium_memzero(identity, sizeof *identity);
}

bool identity_certifies(const struct public_key *key,
                        const uint8_t link_public[static LINK_KEY_SIZE], uint32_t serial,
                        const struct signature *certificate)
{
    uint8_t memory[CERTIFIED_SIZE];
    const struct bytes message = certified(link_public, serial, memory);
    return crypto_sign_verify_detached(certificate->bytes, message.at, message.size, key->bytes) ==
           0;
}

bool node_id_equal(const struct node_id *a, const struct node_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void identity_text(const struct node_id *node, char text[static NODE_TEXT_SIZE])
{
    /* Crockford's base32: no I, L, O, U. */
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    size_t used = 0;
    for (unsigned int bit = 0; bit < 80; bit += 5) {
        const unsigned int pair =
            (unsigned int)node->bytes[bit / 8] << 8 | node->bytes[bit / 8 + 1];
        if (bit > 0 && bit % 20 == 0)
            text[used++] = '-';
        text[used++] = digits[pair >> (11 - bit % 8) & 31];
    }
    text[used] = '\0';
}
