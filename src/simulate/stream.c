/* SPDX-License-Identifier: MIT */
/* How a stream begins. */
#include "simulate/stream.h"

#include <sodium.h>

#include "base/check.h"

static const uint8_t label[] = {'b', 'i', 't', 'c', 'r', 'a', 'p', 's', ':', 's',
                                'i', 'm', 'u', 'l', 'a', 't', 'e', ':', 'v', '1'};

static void put(uint8_t *at, uint64_t word)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(word >> 8 * i);
}

static uint64_t get(const uint8_t *at)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)at[i] << 8 * i;
    return word;
}

uint64_t stream_init(struct stream *stream, uint64_t seed, uint64_t session)
{
    uint8_t in[sizeof label + 16];
    uint8_t out[64];
    for (size_t i = 0; i < sizeof label; i++)
        in[i] = label[i];
    put(in + sizeof label, seed);
    put(in + sizeof label + 8, session);
    CHECK(crypto_generichash(out, sizeof out, in, sizeof in, NULL, 0) == 0);
    for (unsigned i = 0; i < 4; i++)
        stream->words[i] = get(out + 8 * i);
    /* All zero is the one state that the generator never leaves; no digest that anyone knows. */
    if ((stream->words[0] | stream->words[1] | stream->words[2] | stream->words[3]) == 0)
        stream->words[0] = 1;
    return get(out + 32);
}
