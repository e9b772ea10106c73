/* SPDX-License-Identifier: MIT */
/*
 * What was verified already: a small cache of hashes of (signed or proven) bytes, so that nothing
 * is verified twice on its way from message to block to finality. Forgetting costs time, never
 * safety. Owned by one table; pure.
 */
#ifndef TABLE_MEMO_H
#define TABLE_MEMO_H

#include "base/types.h"

#define MEMO_ENTRIES 1024 /* A power of two. */

enum memo_kind {
    MEMO_ACTION = 1, /* An action's signature holds. */
    MEMO_SHARE = 2,  /* A partial's proof holds. */
    MEMO_DEAL = 3,   /* A deal is valid. */
    MEMO_SIT = 4,    /* A Sit's signatures and proof hold. */
};

struct memo {
    uint8_t entries[MEMO_ENTRIES][16];
    uint64_t hits;
    uint64_t misses;
};

struct memo_key {
    uint8_t bytes[16];
};

/* BLAKE2b-128 over kind and the parts, each preceded by its size. */
struct memo_key memo_key(enum memo_kind kind, const struct bytes *parts, size_t count);

/* True when the key was added and not pushed out since. memo may be NULL: nothing is known. */
bool memo_has(struct memo *memo, const struct memo_key *key);

/* Remembers; memo may be NULL. */
void memo_add(struct memo *memo, const struct memo_key *key);

#endif
