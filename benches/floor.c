/* SPDX-License-Identifier: MIT */
#include "floor.h"

#include "base/check.h"
#include "benches/median.h"
#include "dice/proof.h"

#include <sodium.h>
#include <time.h>

#define ROUNDS 31
#define REPEAT 10

static const uint8_t context[] = "bench";

struct inputs {
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
    uint8_t message[160];
    uint8_t signature[crypto_sign_BYTES];
    uint8_t wide[64];
    uint8_t random[PROOF_RANDOM_SIZE];
    struct scalar k;
    struct element Y;
    struct element M;
    struct element U;
    struct element point;
    struct scalar inverse;
    struct proof proof;
};

/* Of processor time: what others do on the machine does not count. */
static double spent_usec(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void fill(struct inputs *in)
{
    crypto_sign_keypair(in->public_key, in->secret_key);
    randombytes_buf(in->message, sizeof in->message);
    randombytes_buf(in->wide, sizeof in->wide);
    randombytes_buf(in->random, sizeof in->random);
    crypto_sign_detached(in->signature, NULL, in->message, sizeof in->message, in->secret_key);
    crypto_core_ristretto255_scalar_random(in->k.bytes);
    CHECK(crypto_scalarmult_ristretto255_base(in->Y.bytes, in->k.bytes) == 0);
    CHECK(crypto_core_ristretto255_from_hash(in->M.bytes, in->wide) == 0);
    CHECK(crypto_scalarmult_ristretto255(in->U.bytes, in->k.bytes, in->M.bytes) == 0);
    in->point = in->M;
}

static void run(enum floor_operation operation, struct inputs *in)
{
    switch (operation) {
    case FLOOR_SIGN:
        crypto_sign_detached(in->signature, NULL, in->message, sizeof in->message, in->secret_key);
        break;
    case FLOOR_VERIFY:
        CHECK(crypto_sign_verify_detached(in->signature, in->message, sizeof in->message,
                                          in->public_key) == 0);
        break;
    case FLOOR_MULTIPLY:
        CHECK(crypto_scalarmult_ristretto255(in->point.bytes, in->k.bytes, in->point.bytes) == 0);
        break;
    case FLOOR_BASE:
        CHECK(crypto_scalarmult_ristretto255_base(in->point.bytes, in->k.bytes) == 0);
        break;
    case FLOOR_HASH:
        CHECK(crypto_core_ristretto255_from_hash(in->point.bytes, in->wide) == 0);
        break;
    case FLOOR_ADD:
        CHECK(crypto_core_ristretto255_add(in->point.bytes, in->point.bytes, in->M.bytes) == 0);
        break;
    case FLOOR_INVERT:
        CHECK(crypto_core_ristretto255_scalar_invert(in->inverse.bytes, in->k.bytes) == 0);
        break;
    case FLOOR_PROVE:
        proof_equal((struct bytes){.at = context, .size = sizeof context}, &in->k, &in->Y, &in->M,
                    &in->U, in->random, &in->proof);
        break;
    case FLOOR_VERIFY_PROOF:
        CHECK(proof_equal_verify((struct bytes){.at = context, .size = sizeof context}, &in->Y,
                                 &in->M, &in->U, &in->proof));
        break;
    case FLOOR_OPERATIONS:
        break;
    }
}

/* The operations take turns, so that a busy machine slows all alike. */
void floor_measure(struct floor *floor)
{
    static double rounds[FLOOR_OPERATIONS][ROUNDS];
    struct inputs in;
    fill(&in);
    run(FLOOR_PROVE, &in);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (enum floor_operation operation = 0; operation < FLOOR_OPERATIONS; operation++) {
            const double start = spent_usec();
            for (unsigned i = 0; i < REPEAT; i++)
                run(operation, &in);
            rounds[operation][round] = (spent_usec() - start) / REPEAT;
        }
    }
    for (enum floor_operation operation = 0; operation < FLOOR_OPERATIONS; operation++)
        floor->usec[operation] = median(rounds[operation], ROUNDS);
}

const char *floor_name(enum floor_operation operation)
{
    switch (operation) {
    case FLOOR_SIGN:
        return "Ed25519 sign";
    case FLOOR_VERIFY:
        return "Ed25519 verify";
    case FLOOR_MULTIPLY:
        return "ristretto255 multiply";
    case FLOOR_BASE:
        return "ristretto255 multiply the base";
    case FLOOR_HASH:
        return "ristretto255 from hash";
    case FLOOR_ADD:
        return "ristretto255 add";
    case FLOOR_INVERT:
        return "scalar invert";
    case FLOOR_PROVE:
        return "DLEQ prove";
    case FLOOR_VERIFY_PROOF:
        return "DLEQ verify";
    case FLOOR_OPERATIONS:
        break;
    }
    return "";
}

unsigned floor_quorum(unsigned seats)
{
    return seats - (seats - 1) / 3;
}

double floor_block(const struct floor *floor, unsigned seats)
{
    return 2 * floor->usec[FLOOR_SIGN] + 2 * (floor_quorum(seats) - 1) * floor->usec[FLOOR_VERIFY];
}

double floor_vrf(const struct floor *floor, unsigned seats)
{
    const unsigned t = floor_quorum(seats);
    return floor->usec[FLOOR_HASH] + floor->usec[FLOOR_MULTIPLY] + floor->usec[FLOOR_PROVE] +
           (t - 1) * floor->usec[FLOOR_VERIFY_PROOF] + t * floor->usec[FLOOR_MULTIPLY] +
           (t - 1) * floor->usec[FLOOR_ADD] + floor->usec[FLOOR_INVERT];
}

double floor_of(const struct floor *floor, unsigned seats, double blocks, double actions)
{
    const double own = actions / seats;
    return blocks * floor_block(floor, seats) + floor_vrf(floor, seats) +
           (actions - own) * floor->usec[FLOOR_VERIFY] + own * floor->usec[FLOOR_SIGN];
}

double floor_roll(const struct floor *floor, unsigned seats)
{
    return floor_of(floor, seats, 1, seats);
}
