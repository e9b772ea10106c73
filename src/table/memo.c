/* SPDX-License-Identifier: MIT */
#include "table/memo.h"

#include "base/wire.h"

#include <sodium.h>

struct memo_key memo_key(enum memo_kind kind, const struct bytes *parts, size_t count)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 16);
    const uint8_t first = (uint8_t)kind;
    crypto_generichash_update(&state, &first, 1);
    for (size_t i = 0; i < count; i++) {
        uint8_t size[4];
        struct writer w = writer_on(size, sizeof size);
        write_u32(&w, (uint32_t)parts[i].size);
        crypto_generichash_update(&state, size, sizeof size);
        crypto_generichash_update(&state, parts[i].at, parts[i].size);
    }
    struct memo_key key;
    crypto_generichash_final(&state, key.bytes, sizeof key.bytes);
    return key;
}

/* The key is a hash: its first bytes choose the entry as well as any. */
static uint8_t *entry_of(struct memo *memo, const struct memo_key *key)
{
    const unsigned index = (unsigned)(key->bytes[0] | key->bytes[1] << 8) % MEMO_ENTRIES;
    return memo->entries[index];
}

bool memo_has(struct memo *memo, const struct memo_key *key)
{
    if (memo == NULL)
        return false;
    const bool known = memcmp(entry_of(memo, key), key->bytes, sizeof key->bytes) == 0;
    memo->hits += known;
    memo->misses += !known;
    return known;
}

void memo_add(struct memo *memo, const struct memo_key *key)
{
    if (memo != NULL)
        memcpy(entry_of(memo, key), key->bytes, sizeof key->bytes);
}
