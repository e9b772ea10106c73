/* SPDX-License-Identifier: MIT */
/*
 * Help for the dice tests: published vectors from tests/vectors/ as JSON, hexadecimal, and bytes
 * that look random but are a hash of a label and a number.
 */
#ifndef TESTS_DICE_VECTORS_H
#define TESTS_DICE_VECTORS_H

#include "base/types.h"

#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Loads tests/vectors/NAME below the source folder; json_decref is the caller's. */
static inline json_t *vectors_load(const char *name)
{
    const char *folder = getenv("srcdir");
    char path[1024];
    json_error_t error;
    snprintf(path, sizeof path, "%s/tests/vectors/%s", folder == NULL ? "." : folder, name);
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL)
        fail_msg("%s: %s", path, error.text);
    return root;
}

/* Decodes exactly size bytes of hexadecimal. */
static inline void hex_into(const char *hex, void *out, size_t size)
{
    size_t length = 0;
    assert_non_null(hex);
    assert_int_equal(sodium_hex2bin(out, size, hex, strlen(hex), NULL, &length, NULL), 0);
    assert_int_equal(length, size);
}

/* Decodes an object's hexadecimal field of exactly size bytes. */
static inline void vector_into(const json_t *object, const char *field, void *out, size_t size)
{
    hex_into(json_string_value(json_object_get(object, field)), out, size);
}

/* Decodes an object's hexadecimal field of any size up to the maximum, and returns its size. */
static inline size_t vector_bytes(const json_t *object, const char *field, void *out, size_t max)
{
    const char *hex = json_string_value(json_object_get(object, field));
    assert_non_null(hex);
    const size_t size = strlen(hex) / 2;
    assert_true(size <= max);
    hex_into(hex, out, size);
    return size;
}

/* Fills out, at most 64 bytes, with the hash of label and number. */
static inline void fill(void *out, size_t size, const char *label, uint64_t number)
{
    uint8_t hash[64];
    char text[128];
    assert_true(size <= sizeof hash);
    const int length = snprintf(text, sizeof text, "%s %llu", label, (unsigned long long)number);
    crypto_hash_sha512(hash, (const uint8_t *)text, (unsigned long long)length);
    memcpy(out, hash, size);
}

#endif
