/* SPDX-License-Identifier: MIT */
/*
 * Which packets were seen lately, so that none is taken twice. Pure; called by mesh.c.
 *
 * The key is SipHash-128 under a random key over the immutable bytes, signature included: nobody
 * can make a packet that is taken for another one, so a forgery with a victim's boot and sequence
 * does not keep the victim's own packet out. (A statement that is published again comes under a new
 * sequence and floods again on purpose: those who missed it are the reason.) At most DEDUP_ENTRIES
 * for DEDUP_MSEC each; the oldest gives way.
 */
#ifndef MESH_SEEN_H
#define MESH_SEEN_H

#include "base/limits.h"
#include "base/types.h"

#define SEEN_KEY_SIZE 16
#define SEEN_BUCKETS  4096
#define SEEN_NONE     UINT16_MAX

_Static_assert(DEDUP_ENTRIES < SEEN_NONE, "an index fits 16 bits");
_Static_assert((SEEN_BUCKETS & (SEEN_BUCKETS - 1)) == 0, "a bucket is found by masking");

struct seen_key {
    uint8_t bytes[16];
};

struct seen {
    uint8_t random[SEEN_KEY_SIZE];
    struct seen_entry {
        struct seen_key key;
        msec at;
        uint16_t next;              /* Of the same bucket, or SEEN_NONE. */
    } entries[DEDUP_ENTRIES];       /* A ring in order of time. */
    uint16_t buckets[SEEN_BUCKETS]; /* The newest of each, or SEEN_NONE. */
    size_t count;                   /* Entries in use. */
    size_t oldest;                  /* Of the ring, where the next goes when it is full. */
};

/* Starts empty; copies the random key. */
void seen_init(struct seen *seen, const uint8_t random[static SEEN_KEY_SIZE]);

/* The key of a well-formed packet. */
struct seen_key seen_key_of(const struct seen *seen, struct bytes packet);

/* Whether the key was inserted within DEDUP_MSEC and has not given way. */
bool seen_has(const struct seen *seen, msec now, const struct seen_key *key);

/* Remembers a key that seen_has denied. */
void seen_insert(struct seen *seen, msec now, const struct seen_key *key);

#endif
