/* SPDX-License-Identifier: MIT */
/*
 * Crypto for volume: a program that links this file may swap the two dear parts of libsodium for
 * arithmetic of the same shape, so that a simulated roll costs microseconds and every rule of the
 * product still runs unchanged. It convinces whoever plays by the rules and hides nothing: for
 * simulations alone.
 *   signatures    BLAKE2b-512 keyed with the public key instead of Ed25519
 *   ristretto255  the integers modulo the same order, added: an element is its own logarithm, so
 *                 keys, shares, proofs and weights combine exactly as in the real group
 * Off at first: then libsodium answers. Single-threaded; decided before the first key is made.
 */
#ifndef SIM_CRYPTO_H
#define SIM_CRYPTO_H

#include <stdbool.h>

void crypto_swap(bool swapped);

#endif
