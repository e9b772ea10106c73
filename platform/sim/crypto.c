/* SPDX-License-Identifier: MIT */
/*
 * The functions of libsodium that are swapped, by their own names: the program's definitions come
 * before those of the shared library, which are found again behind them.
 */
#include "platform/sim/crypto.h"

#include "base/check.h"

#include <dlfcn.h>
#include <sodium.h>
#include <string.h>

#define SCALAR  crypto_core_ristretto255_SCALARBYTES
#define ELEMENT crypto_core_ristretto255_BYTES

static bool swapped_now;

void crypto_swap(bool swapped)
{
    swapped_now = swapped;
}

/* The library's own function of that name, asked for once. */
static void *behind(void **kept, const char *name)
{
    if (*kept == NULL)
        *kept = dlsym(RTLD_NEXT, name);
    CHECK(*kept != NULL);
    return *kept;
}

/* A pointer to a function is no pointer to an object in C, though POSIX makes it one. */
#define BEHIND(name)                                                                               \
    static void *kept;                                                                             \
    __typeof__(&name) function;                                                                    \
    void *found = behind(&kept, #name);                                                            \
    memcpy(&function, &found, sizeof function)

static void tag(const unsigned char *message, unsigned long long size, const unsigned char *key,
                unsigned char out[static crypto_sign_BYTES])
{
    crypto_generichash(out, crypto_sign_BYTES, message, size, key, crypto_sign_PUBLICKEYBYTES);
}

int crypto_sign_detached(unsigned char *sig, unsigned long long *siglen_p, const unsigned char *m,
                         unsigned long long mlen, const unsigned char *sk)
{
    if (!swapped_now) {
        BEHIND(crypto_sign_detached);
        return function(sig, siglen_p, m, mlen, sk);
    }
    /* libsodium keeps the public key behind the secret seed. */
    tag(m, mlen, sk + crypto_sign_SEEDBYTES, sig);
    if (siglen_p != NULL)
        *siglen_p = crypto_sign_BYTES;
    return 0;
}

int crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m,
                                unsigned long long mlen, const unsigned char *pk)
{
    if (!swapped_now) {
        BEHIND(crypto_sign_verify_detached);
        return function(sig, m, mlen, pk);
    }
    unsigned char expected[crypto_sign_BYTES];
    tag(m, mlen, pk, expected);
    return memcmp(expected, sig, sizeof expected) == 0 ? 0 : -1;
}

/* ---- The group, as its own logarithms ---- */

/* Below the order, which is the same as being equal to its remainder. */
static bool is_scalar(const unsigned char *p)
{
    unsigned char wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES] = {0};
    unsigned char reduced[SCALAR];
    memcpy(wide, p, SCALAR);
    crypto_core_ristretto255_scalar_reduce(reduced, wide);
    return memcmp(reduced, p, SCALAR) == 0;
}

int crypto_core_ristretto255_is_valid_point(const unsigned char *p)
{
    if (!swapped_now) {
        BEHIND(crypto_core_ristretto255_is_valid_point);
        return function(p);
    }
    return is_scalar(p) ? 1 : 0;
}

int crypto_core_ristretto255_add(unsigned char *r, const unsigned char *p, const unsigned char *q)
{
    if (!swapped_now) {
        BEHIND(crypto_core_ristretto255_add);
        return function(r, p, q);
    }
    if (!is_scalar(p) || !is_scalar(q))
        return -1;
    crypto_core_ristretto255_scalar_add(r, p, q);
    return 0;
}

int crypto_core_ristretto255_from_hash(unsigned char *p, const unsigned char *r)
{
    if (!swapped_now) {
        BEHIND(crypto_core_ristretto255_from_hash);
        return function(p, r);
    }
    crypto_core_ristretto255_scalar_reduce(p, r);
    return 0;
}

int crypto_scalarmult_ristretto255(unsigned char *q, const unsigned char *n, const unsigned char *p)
{
    if (!swapped_now) {
        BEHIND(crypto_scalarmult_ristretto255);
        return function(q, n, p);
    }
    if (!is_scalar(p))
        return -1;
    crypto_core_ristretto255_scalar_mul(q, n, p);
    return sodium_is_zero(q, ELEMENT) ? -1 : 0;
}

int crypto_scalarmult_ristretto255_base(unsigned char *q, const unsigned char *n)
{
    if (!swapped_now) {
        BEHIND(crypto_scalarmult_ristretto255_base);
        return function(q, n);
    }
    memcpy(q, n, ELEMENT);
    return sodium_is_zero(q, ELEMENT) ? -1 : 0;
}
