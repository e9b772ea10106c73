/* SPDX-License-Identifier: MIT */
#include "link/replay.h"

/* The word and the bit of a counter. */
static uint64_t *word_of(struct replay *replay, uint64_t counter)
{
    return &replay->words[counter / 64 % REPLAY_WORDS];
}

static uint64_t bit_of(uint64_t counter)
{
    return (uint64_t)1 << counter % 64;
}

uint64_t replay_expand(const struct replay *replay, uint32_t low)
{
    const uint64_t span = (uint64_t)1 << 32;
    const uint64_t half = span / 2;
    const uint64_t expected = replay->next;
    const uint64_t candidate = (expected & ~(span - 1)) | low;
    if (candidate + half <= expected && candidate <= UINT64_MAX - span)
        return candidate + span;
    if (candidate > expected + half && candidate >= span)
        return candidate - span;
    return candidate;
}

bool replay_fresh(const struct replay *replay, uint64_t counter)
{
    if (counter == UINT64_MAX) /* Noise section 5.1 reserves it. */
        return false;
    if (counter >= replay->next)
        return true;
    if (replay->next - counter > REPLAY_WINDOW)
        return false;
    return (replay->words[counter / 64 % REPLAY_WORDS] & bit_of(counter)) == 0;
}

void replay_note(struct replay *replay, uint64_t counter)
{
    if (counter >= replay->next) {
        /* The words passed over, that of the old highest excepted, are of counters yet unseen. */
        uint64_t first = replay->next == 0 ? 0 : (replay->next - 1) / 64 + 1;
        const uint64_t last = counter / 64;
        if (last >= REPLAY_WORDS && first < last - (REPLAY_WORDS - 1))
            first = last - (REPLAY_WORDS - 1);
        for (uint64_t word = first; word <= last; word++)
            replay->words[word % REPLAY_WORDS] = 0;
        replay->next = counter + 1;
    }
    *word_of(replay, counter) |= bit_of(counter);
}
