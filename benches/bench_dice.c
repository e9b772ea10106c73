/* SPDX-License-Identifier: MIT */
/*
 * What a roll costs one seat, against the floor: the same number of libsodium's group operations
 * and nothing else. And what a seat spends on one key generation.
 *
 * The floor of a roll: one hash to the group; two multiplications and one of the base for the own
 * partial; for each other partial one multiplication of the base, three more and two additions; t
 * multiplications and t - 1 additions to combine.
 */
#include "base/check.h"
#include "benches/median.h"
#include "dice/dice.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ROUNDS 31

static double now_usec(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* ---- The floor ---- */

enum operation { OPERATION_BASE, OPERATION_MULTIPLY, OPERATION_ADD, OPERATION_HASH, OPERATIONS };

static void run_operation(enum operation operation, uint8_t point[32], const uint8_t scalar[32],
                          const uint8_t wide[64])
{
    switch (operation) {
    case OPERATION_BASE:
        CHECK(crypto_scalarmult_ristretto255_base(point, scalar) == 0);
        break;
    case OPERATION_MULTIPLY:
        CHECK(crypto_scalarmult_ristretto255(point, scalar, point) == 0);
        break;
    case OPERATION_ADD:
        CHECK(crypto_core_ristretto255_add(point, point, point) == 0);
        break;
    case OPERATION_HASH:
        CHECK(crypto_core_ristretto255_from_hash(point, wide) == 0);
        break;
    case OPERATIONS:
        break;
    }
}

/* Microseconds of each operation; they take turns, so that a busy machine slows all alike. */
static void measure_floor(double usec[static OPERATIONS])
{
    uint8_t scalar[32];
    uint8_t wide[64];
    uint8_t point[32];
    double rounds[OPERATIONS][ROUNDS];
    crypto_core_ristretto255_scalar_random(scalar);
    randombytes_buf(wide, sizeof wide);
    CHECK(crypto_scalarmult_ristretto255_base(point, scalar) == 0);
    for (size_t round = 0; round < ROUNDS; round++) {
        for (enum operation operation = 0; operation < OPERATIONS; operation++) {
            const double start = now_usec();
            for (size_t i = 0; i < 20; i++)
                run_operation(operation, point, scalar, wide);
            rounds[operation][round] = (now_usec() - start) / 20;
        }
    }
    for (enum operation operation = 0; operation < OPERATIONS; operation++)
        usec[operation] = median(rounds[operation], ROUNDS);
}

static double roll_floor(const double usec[static OPERATIONS], unsigned t)
{
    const double pair =
        usec[OPERATION_BASE] + 3 * usec[OPERATION_MULTIPLY] + 2 * usec[OPERATION_ADD];
    return usec[OPERATION_HASH] + 2 * usec[OPERATION_MULTIPLY] + usec[OPERATION_BASE] +
           (t - 1) * pair + t * usec[OPERATION_MULTIPLY] + (t - 1) * usec[OPERATION_ADD];
}

/* ---- A table ---- */

static struct keygen_params params;
static struct keygen_deal deals[SEATS_MAX];
static struct scalar secrets[SEATS_MAX];
static struct keygen_result result;
static struct scalar shares[SEATS_MAX];

/* One seat's part in a key generation, in microseconds; leaves everything for rolls. */
static double generate(uint8_t n)
{
    const struct keygen_deal *list[SEATS_MAX];
    uint8_t seed[KEYGEN_SEED_SIZE];
    params = (struct keygen_params){.epoch = 1, .n = n, .t = (uint8_t)(n - (n - 1) / 3)};
    for (uint8_t i = 0; i < n; i++) {
        randombytes_buf(seed, sizeof seed);
        keygen_seat_key(seed, &secrets[i], &params.keys[i]);
    }
    for (uint8_t i = 0; i < n; i++) {
        randombytes_buf(seed, sizeof seed);
        keygen_deal(&params, i, seed, &deals[i]);
        list[i] = &deals[i];
    }
    const double start = now_usec();
    struct scalar received[SEATS_MAX];
    keygen_deal(&params, 0, seed, &deals[0]);
    for (uint8_t d = 0; d < n; d++) {
        CHECK(d == 0 || keygen_check_deal(&params, d, &deals[d]) == KEYGEN_VERDICT_VALID);
        CHECK(keygen_open_share(&params, d, &deals[d], 0, &secrets[0], &received[d]));
    }
    CHECK(keygen_finish(&params, list, &result));
    CHECK(keygen_share(&result, 0, received, &shares[0]));
    const double spent = now_usec() - start;
    for (uint8_t i = 1; i < n; i++) {
        for (uint8_t d = 0; d < n; d++)
            CHECK(keygen_open_share(&params, d, &deals[d], i, &secrets[i], &received[d]));
        CHECK(keygen_share(&result, i, received, &shares[i]));
    }
    return spent;
}

/* One seat's part in a roll, in microseconds. */
static double roll(struct roll_weights *weights, uint64_t number)
{
    const struct roll_input input = {.number = number, .transcript = result.transcript};
    struct roll_statement statement;
    struct roll_partial partials[SEATS_MAX];
    struct element values[SEATS_MAX];
    struct element V;
    uint8_t random[PROOF_RANDOM_SIZE];
    randombytes_buf(random, sizeof random);
    roll_prepare(&input, &statement);
    for (uint8_t i = 1; i < params.t; i++)
        roll_partial(&statement, &shares[i], &result.share_keys[i], random, &partials[i]);

    const double start = now_usec();
    roll_prepare(&input, &statement);
    roll_partial(&statement, &shares[0], &result.share_keys[0], random, &partials[0]);
    values[0] = partials[0].value;
    for (uint8_t i = 1; i < params.t; i++) {
        CHECK(roll_verify_partial(&statement, &result.share_keys[i], &partials[i]));
        values[i] = partials[i].value;
    }
    roll_weigh(weights, (1u << params.t) - 1);
    CHECK(roll_combine(weights, values, &V));
    const struct roll_dice dice = roll_dice(&statement, &V);
    CHECK(dice.first >= 1 && dice.second >= 1);
    return now_usec() - start;
}

int main(void)
{
    static const uint8_t sizes[] = {1, 2, 4, 7, 10, 16};
    double usec[OPERATIONS];
    CHECK(sodium_init() >= 0);
    measure_floor(usec);
    printf("floor, us: base %.1f  multiply %.1f  add %.1f  from_hash %.1f\n", usec[OPERATION_BASE],
           usec[OPERATION_MULTIPLY], usec[OPERATION_ADD], usec[OPERATION_HASH]);
    printf("%5s %10s %10s %7s %14s\n", "seats", "roll us", "floor us", "ratio", "key gen. us");
    for (size_t i = 0; i < sizeof sizes; i++) {
        struct roll_weights weights = {0};
        double rounds[ROUNDS];
        const double spent = generate(sizes[i]);
        for (size_t round = 0; round < ROUNDS; round++)
            rounds[round] = roll(&weights, round);
        const double typical = median(rounds, ROUNDS);
        const double least = roll_floor(usec, params.t);
        printf("%5u %10.0f %10.0f %7.2f %14.0f\n", sizes[i], typical, least, typical / least,
               spent);
    }
    return 0;
}
