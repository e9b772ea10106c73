/* SPDX-License-Identifier: MIT */
/*
 * The words that every folder shares: byte views, scalars that must not mix, keys and digests.
 *
 * A view (struct bytes) is borrowed: it dies with the call that handed it over. Keys, digests and
 * signatures are structs of bytes, so that the compiler tells them apart.
 */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Milliseconds of a monotonic clock whose start means nothing; spans too. */
typedef int64_t msec;

/* "Never", as a deadline. */
#define MSEC_NEVER INT64_MAX

/* Whole chips. Never a fraction: roundings name their direction where they happen. */
typedef int64_t chips;

/* A view of bytes that someone else owns. at may be NULL when size is 0. */
struct bytes {
    const uint8_t *at;
    size_t size;
};

#define DIGEST_SIZE     32
#define PUBLIC_KEY_SIZE 32
#define SIGNATURE_SIZE  64

/* BLAKE2b-256 of something. */
struct digest {
    uint8_t bytes[DIGEST_SIZE];
};

/* An Ed25519 public key. */
struct public_key {
    uint8_t bytes[PUBLIC_KEY_SIZE];
};

/* An Ed25519 signature. */
struct signature {
    uint8_t bytes[SIGNATURE_SIZE];
};

/* BLAKE2b-256("bitcraps:node:v1" || Ed25519 identity key): who a node is. */
struct node_id {
    uint8_t bytes[DIGEST_SIZE];
};

#endif
