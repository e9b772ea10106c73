/* SPDX-License-Identifier: MIT */
/*
 * A whole key generation among n seats for the tests of keygen.c and roll.c, from a number.
 */
#ifndef TESTS_DICE_SEATS_H
#define TESTS_DICE_SEATS_H

#include "vectors.h"

#include "dice/keygen.h"

struct seats {
    struct keygen_params params;
    uint8_t seat_seeds[SEATS_MAX][KEYGEN_SEED_SIZE];
    uint8_t deal_seeds[SEATS_MAX][KEYGEN_SEED_SIZE];
    struct scalar secrets[SEATS_MAX];
    struct keygen_deal deals[SEATS_MAX];
    struct scalar shares[SEATS_MAX]; /* Each seat's share of the group secret. */
    struct keygen_result result;
};

/* n - f with f = floor((n - 1) / 3). */
static inline uint8_t quorum(uint8_t n)
{
    return (uint8_t)(n - (n - 1) / 3);
}

/* Keys, parameters and deals, nothing opened yet. */
static inline void seats_deal(struct seats *s, uint8_t n, uint64_t number)
{
    memset(s, 0, sizeof *s);
    s->params.n = n;
    s->params.t = quorum(n);
    s->params.epoch = number;
    s->params.attempt = (uint32_t)number + 1;
    fill(&s->params.instance, DIGEST_SIZE, "instance", number);
    fill(&s->params.list_hash, DIGEST_SIZE, "list", number);
    for (uint8_t i = 0; i < n; i++) {
        fill(s->seat_seeds[i], KEYGEN_SEED_SIZE, "seat", number * SEATS_MAX + i);
        fill(s->deal_seeds[i], KEYGEN_SEED_SIZE, "deal", number * SEATS_MAX + i);
        keygen_seat_key(s->seat_seeds[i], &s->secrets[i], &s->params.keys[i]);
    }
    assert_true(keygen_params_valid(&s->params));
    for (uint8_t d = 0; d < n; d++)
        keygen_deal(&s->params, d, s->deal_seeds[d], &s->deals[d]);
}

/* The public result of the deals. */
static inline bool seats_finish(struct seats *s)
{
    const struct keygen_deal *deals[SEATS_MAX];
    for (uint8_t d = 0; d < s->params.n; d++)
        deals[d] = &s->deals[d];
    return keygen_finish(&s->params, deals, &s->result);
}

/* Everything, all seats honest. */
static inline void seats_generate(struct seats *s, uint8_t n, uint64_t number)
{
    seats_deal(s, n, number);
    assert_true(seats_finish(s));
    for (uint8_t i = 0; i < n; i++) {
        struct scalar received[SEATS_MAX];
        for (uint8_t d = 0; d < n; d++)
            assert_true(
                keygen_open_share(&s->params, d, &s->deals[d], i, &s->secrets[i], &received[d]));
        assert_true(keygen_share(&s->result, i, received, &s->shares[i]));
    }
}

/* Interpolates the group secret at 0 from the shares of a set of seats, one inversion a term. */
static inline struct scalar secret_of(const struct seats *s, uint32_t set)
{
    struct scalar sum = {{0}};
    for (uint8_t i = 0; i < s->params.n; i++) {
        if ((set >> i & 1) == 0)
            continue;
        struct scalar term = s->shares[i];
        for (uint8_t m = 0; m < s->params.n; m++) {
            if (m == i || (set >> m & 1) == 0)
                continue;
            struct scalar bottom = group_scalar(m - i);
            const struct scalar top = group_scalar(m + 1);
            assert_int_equal(crypto_core_ristretto255_scalar_invert(bottom.bytes, bottom.bytes), 0);
            crypto_core_ristretto255_scalar_mul(term.bytes, term.bytes, top.bytes);
            crypto_core_ristretto255_scalar_mul(term.bytes, term.bytes, bottom.bytes);
        }
        crypto_core_ristretto255_scalar_add(sum.bytes, sum.bytes, term.bytes);
    }
    return sum;
}

#endif
