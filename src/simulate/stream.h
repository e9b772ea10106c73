/* SPDX-License-Identifier: MIT */
/*
 * Random words of one session: xoshiro256** 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom
 * number generators", 2021), begun at the first four little-endian 64-bit words of
 * BLAKE2b-512("bitcraps:simulate:v1" || seed || session), both likewise.
 *
 * The dice of a session depend on the seed and its number alone, so that all strategies see the
 * same rolls in it, and any session can be played again by itself. Not for tables with money: those
 * have src/dice/. Pure; a stream has one owner.
 */
#ifndef SIMULATE_STREAM_H
#define SIMULATE_STREAM_H

#include "base/types.h"

struct stream {
    uint64_t words[4];
};

/* Begins the session's stream. Returns a fifth word: what its strategy's choices come from. */
uint64_t stream_init(struct stream *stream, uint64_t seed, uint64_t session);

/* The next 64 bits. */
static inline uint64_t stream_next(struct stream *stream)
{
    uint64_t *s = stream->words;
    const uint64_t five = s[1] * 5;
    const uint64_t result = (five << 7 | five >> 57) * 9;
    const uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = s[3] << 45 | s[3] >> 19;
    return result;
}

/*
 * One of the 36 falls of two dice, 0 to 35, each exactly as likely: the high word of 36 times a
 * word (Lemire, "Fast random integer generation in an interval", 2019), drawn again in those 16 of
 * 2^64 cases that would make some falls more likely.
 */
static inline unsigned stream_fall(struct stream *stream)
{
    for (;;) {
        const unsigned __int128 product = (unsigned __int128)stream_next(stream) * 36;
        if ((uint64_t)product >= -(uint64_t)36 % 36)
            return (unsigned)(product >> 64);
    }
}

#endif
