/* SPDX-License-Identifier: MIT */
/* The group of the dice over libsodium, without libsodium's traps; see group.h. */
#include "dice/group.h"

#include "base/check.h"

#include <sodium.h>
#include <string.h>

#define HASH_SIZE  crypto_hash_sha512_BYTES
#define BLOCK_SIZE 128 /* SHA-512's input block: s_in_bytes of RFC 9380. */
#define DST_MAX    (GROUP_TAG_SIZE_MAX + 1)

_Static_assert(ELEMENT_SIZE == crypto_core_ristretto255_BYTES, "an element is libsodium's");
_Static_assert(SCALAR_SIZE == crypto_core_ristretto255_SCALARBYTES, "a scalar is libsodium's");

/* L, little-endian. */
static const uint8_t order[SCALAR_SIZE] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10,
};

static const uint8_t zero[32];

static bool scalar_zero(const struct scalar *scalar)
{
    return crypto_verify_32(scalar->bytes, zero) == 0;
}

bool group_scalar_valid(const struct scalar *scalar)
{
    /* Subtract L and look at the last borrow; no branch, since shares are secret. */
    unsigned borrow = 0;
    for (size_t i = 0; i < SCALAR_SIZE; i++)
        borrow = (((unsigned)scalar->bytes[i] - order[i] - borrow) >> 8) & 1;
    return borrow == 1;
}

/* libsodium 1.0.18 overlooks the highest bit, which RFC 9496 section 4.3.1 wants clear. */
static bool highest_bit_clear(const struct element *element)
{
    return element->bytes[ELEMENT_SIZE - 1] < 0x80;
}

bool group_element_valid(const struct element *element)
{
    return highest_bit_clear(element) &&
           crypto_core_ristretto255_is_valid_point(element->bytes) == 1;
}

bool group_element_identity(const struct element *element)
{
    return crypto_verify_32(element->bytes, zero) == 0;
}

struct scalar group_scalar(int64_t value)
{
    const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    struct scalar scalar = {{0}};
    for (size_t i = 0; i < sizeof size; i++)
        scalar.bytes[i] = (uint8_t)(size >> 8 * i);
    if (value < 0)
        crypto_core_ristretto255_scalar_negate(scalar.bytes, scalar.bytes);
    return scalar;
}

void group_multiply_base(const struct scalar *scalar, struct element *out)
{
    CHECK(group_scalar_valid(scalar));
    /* libsodium fails for the identity only. */
    if (crypto_scalarmult_ristretto255_base(out->bytes, scalar->bytes) != 0) {
        CHECK(scalar_zero(scalar));
        *out = (struct element){{0}};
    }
}

bool group_multiply(const struct scalar *scalar, const struct element *element, struct element *out)
{
    CHECK(group_scalar_valid(scalar));
    const struct element from = *element;
    if (highest_bit_clear(&from) &&
        crypto_scalarmult_ristretto255(out->bytes, scalar->bytes, from.bytes) == 0)
        return true;
    *out = (struct element){{0}};
    if (!group_element_valid(&from))
        return false;
    /* The order is prime: a product is the identity only if a factor is nothing. */
    CHECK(scalar_zero(scalar) || group_element_identity(&from));
    return true;
}

bool group_add(const struct element *a, const struct element *b, struct element *out)
{
    struct element sum;
    if (!highest_bit_clear(a) || !highest_bit_clear(b) ||
        crypto_core_ristretto255_add(sum.bytes, a->bytes, b->bytes) != 0)
        return false;
    *out = sum;
    return true;
}

static void hash_parts(crypto_hash_sha512_state *state, const struct bytes *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].size > 0)
            crypto_hash_sha512_update(state, parts[i].at, parts[i].size);
}

/* RFC 9380 section 5.3.1; the step numbers are those of its pseudocode. */
void group_expand(const struct bytes *parts, size_t count, struct bytes tag, uint8_t *out,
                  size_t size)
{
    CHECK(size > 0 && size <= GROUP_EXPAND_SIZE_MAX);
    CHECK(tag.size > 0 && tag.size <= GROUP_TAG_SIZE_MAX);

    uint8_t dst_prime[DST_MAX]; /* Step 3. */
    memcpy(dst_prime, tag.at, tag.size);
    dst_prime[tag.size] = (uint8_t)tag.size;

    static const uint8_t pad[BLOCK_SIZE];                                        /* Step 4. */
    const uint8_t length_and_zero[3] = {(uint8_t)(size >> 8), (uint8_t)size, 0}; /* Steps 5, 6. */
    crypto_hash_sha512_state state;
    uint8_t first[HASH_SIZE]; /* b_0, step 7. */
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, pad, sizeof pad);
    hash_parts(&state, parts, count);
    crypto_hash_sha512_update(&state, length_and_zero, sizeof length_and_zero);
    crypto_hash_sha512_update(&state, dst_prime, tag.size + 1);
    crypto_hash_sha512_final(&state, first);

    uint8_t chained[HASH_SIZE]; /* strxor(b_0, b_(i-1)), steps 8 to 10. */
    memcpy(chained, first, sizeof chained);
    uint8_t block[HASH_SIZE];
    for (uint8_t i = 1; size > 0; i++) {
        crypto_hash_sha512_init(&state);
        crypto_hash_sha512_update(&state, chained, sizeof chained);
        crypto_hash_sha512_update(&state, &i, 1);
        crypto_hash_sha512_update(&state, dst_prime, tag.size + 1);
        crypto_hash_sha512_final(&state, block);

        const size_t taken = size < sizeof block ? size : sizeof block;
        memcpy(out, block, taken);
        out += taken;
        size -= taken;
        for (size_t k = 0; k < sizeof chained; k++)
            chained[k] = first[k] ^ block[k];
    }
}

/* Writes label || context and returns a view of it. */
static struct bytes tag_of(uint8_t tag[static GROUP_TAG_SIZE_MAX], struct bytes label,
                           struct bytes context)
{
    CHECK(label.size + context.size <= GROUP_TAG_SIZE_MAX);
    memcpy(tag, label.at, label.size);
    memcpy(tag + label.size, context.at, context.size);
    return (struct bytes){.at = tag, .size = label.size + context.size};
}

void group_hash_to_element(struct bytes context, struct bytes message, struct element *out)
{
    uint8_t tag[GROUP_TAG_SIZE_MAX];
    uint8_t uniform[crypto_core_ristretto255_HASHBYTES];
    group_expand(&message, 1, tag_of(tag, GROUP_LITERAL("HashToGroup-"), context), uniform,
                 sizeof uniform);
    crypto_core_ristretto255_from_hash(out->bytes, uniform);
}

void group_hash_to_scalar(struct bytes context, const struct bytes *parts, size_t count,
                          struct scalar *out)
{
    uint8_t tag[GROUP_TAG_SIZE_MAX];
    uint8_t uniform[crypto_core_ristretto255_NONREDUCEDSCALARBYTES];
    group_expand(parts, count, tag_of(tag, GROUP_LITERAL("HashToScalar-"), context), uniform,
                 sizeof uniform);
    crypto_core_ristretto255_scalar_reduce(out->bytes, uniform);
}
