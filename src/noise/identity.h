/* SPDX-License-Identifier: MIT */
/*
 * Who a node is: an Ed25519 identity key, the node id that is its hash, and an independent X25519
 * key for links with a certificate by the identity key, as libp2p does.
 *
 * Everything is derived from one 32-byte seed that a shell keeps in a file; the boot counter is the
 * shell's too. Pure; any thread. Decisions about seats and signatures always use the full key; what
 * is shown to people is only for comparing aloud.
 */
#ifndef NOISE_IDENTITY_H
#define NOISE_IDENTITY_H

#include "base/types.h"

#define IDENTITY_SEED_SIZE   32
#define IDENTITY_SECRET_SIZE 64
#define LINK_KEY_SIZE        32

/* "K7Q2-9FMX-1D0C-8VTA": 80 bits of the node id in Crockford's base32, and the final NUL. */
#define NODE_TEXT_SIZE 20

/* A node's own keys. Holds secrets: identity_clear when it is over. */
struct identity {
    struct public_key key;                /* Ed25519. */
    uint8_t secret[IDENTITY_SECRET_SIZE]; /* Ed25519, as libsodium keeps it. */
    struct node_id node;
    uint8_t link_secret[LINK_KEY_SIZE]; /* X25519. */
    uint8_t link_public[LINK_KEY_SIZE];
    uint32_t serial; /* Of the certificate; peers refuse a lower one than they have seen. */
    struct signature certificate;
};

/*
 * Derives all keys from the seed (BLAKE2b key derivation of libsodium, one context a key). A new
 * serial gives a new link key under the same identity.
 */
void identity_derive(struct identity *identity, const uint8_t seed[static IDENTITY_SEED_SIZE],
                     uint32_t serial);

/* Overwrites all secrets. */
void identity_clear(struct identity *identity);

/* BLAKE2b-256("bitcraps:node:v1" || key). */
struct node_id identity_node(const struct public_key *key);

/*
 * Whether key signed the link key and serial:
 * Ed25519("bitcraps:link-static:v1" || X25519 public key || serial, u32 big-endian).
 */
bool identity_certifies(const struct public_key *key,
                        const uint8_t link_public[static LINK_KEY_SIZE], uint32_t serial,
                        const struct signature *certificate);

/* Signs a message with the identity key; whoever calls puts a context string in front. */
struct signature identity_sign(const struct identity *identity, struct bytes message);

/* Whether the node ids are the same. */
bool node_id_equal(const struct node_id *a, const struct node_id *b);

/* The first ten bytes of the node id for people, four groups of four. */
void identity_text(const struct node_id *node, char text[static NODE_TEXT_SIZE]);

#endif
