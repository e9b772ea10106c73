/* SPDX-License-Identifier: MIT */
/*
 * The group of the dice: ristretto255 (RFC 9496) with SHA-512, over libsodium. Elements, scalars,
 * and hashing to both. It knows nothing of key generation or rolls. Pure; called by the dice folder
 * and by whoever checks a roll, on any thread.
 *
 * libsodium's multiplication fails both for an invalid element and for a result that is the
 * identity. Here the identity is an ordinary value; only an invalid encoding fails. libsodium
 * 1.0.18 also takes an encoding with its highest bit set for the one without: here it is invalid.
 *
 * Byte formats, for another implementation:
 *   element   32 bytes, RFC 9496 section 4.3.2. The identity is 32 zero bytes.
 *   scalar    32 bytes, little-endian, below L = 2^252 + 27742317777372353535851937790883648493.
 *             Any other encoding is refused.
 *   xmd       expand_message_xmd of RFC 9380 section 5.3.1 with SHA-512.
 *   H2C(m)    from_hash(xmd(m, "HashToGroup-" || context, 64)), RFC 9496 section 4.3.4.
 *   H2S(m)    the 64 bytes xmd(m, "HashToScalar-" || context, 64), little-endian, modulo L.
 *   context   ROLL_CONTEXT (roll.h) or KEYGEN_CONTEXT (keygen.h), without a trailing zero byte.
 */
#ifndef DICE_GROUP_H
#define DICE_GROUP_H

#include "base/types.h"

#define ELEMENT_SIZE 32
#define SCALAR_SIZE  32

/* What GROUP_EXPAND can yield at once, and how long a tag may be: RFC 9380 section 5.3.1. */
#define GROUP_EXPAND_SIZE_MAX (255 * 64)
#define GROUP_TAG_SIZE_MAX    255

/* An encoded group element. */
struct element {
    uint8_t bytes[ELEMENT_SIZE];
};

/* An encoded scalar. Secret ones belong in memory that the shell locked. */
struct scalar {
    uint8_t bytes[SCALAR_SIZE];
};

/* A view of a string literal without its trailing zero byte. */
#define GROUP_LITERAL(text)                                                                        \
    ((struct bytes){.at = (const uint8_t *)(text), .size = sizeof(text) - 1})

/* True when the scalar is below L: libsodium has no such test. Not constant time. */
bool group_scalar_valid(const struct scalar *scalar);

/* True when the encoding is canonical; the identity is. */
bool group_element_valid(const struct element *element);

/* True for the identity's encoding. */
bool group_element_identity(const struct element *element);

/* The integer as a scalar; negative ones modulo L. */
struct scalar group_scalar(int64_t value);

/* scalar * G. The scalar must be valid. */
void group_multiply_base(const struct scalar *scalar, struct element *out);

/* scalar * element, false when the element is invalid. The scalar must be valid. */
bool group_multiply(const struct scalar *scalar, const struct element *element,
                    struct element *out);

/* a + b, false when either is invalid. */
bool group_add(const struct element *a, const struct element *b, struct element *out);

/*
 * expand_message_xmd over the concatenation of parts (RFC 9380 section 5.3.1). size is 1 to
 * GROUP_EXPAND_SIZE_MAX, the tag is at most GROUP_TAG_SIZE_MAX bytes.
 */
void group_expand(const struct bytes *parts, size_t count, struct bytes tag, uint8_t *out,
                  size_t size);

/* H2C under the context (see top). The context is at most 200 bytes. */
void group_hash_to_element(struct bytes context, struct bytes message, struct element *out);

/* H2S under the context, over the concatenation of parts. */
void group_hash_to_scalar(struct bytes context, const struct bytes *parts, size_t count,
                          struct scalar *out);

#endif
