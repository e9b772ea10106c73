/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes libbitcraps: bytes of tables, and calls in any order with any arguments. Nothing that its
 * functions accept may stop the program, and what is refused changes nothing.
 */
#include <string.h>

#include "base/check.h"
#include "bitcraps/craps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What an encoded table takes at most: the house, and 16 seats that have bets everywhere. */
#define BYTES_MAX 65536

/* Calls of one input, so that there are many inputs. */
#define CALLS_MAX 48

static void play(struct bitcraps_craps *craps, const uint8_t *data, size_t size)
{
    static uint8_t before[BYTES_MAX], after[BYTES_MAX];
    for (unsigned calls = 0; size >= 8 && calls < CALLS_MAX; calls++, data += 8, size -= 8) {
        const int seat = data[1] % 18 - 1;
        const int bet = data[2] << 8 | data[3];
        const int64_t amount = (int64_t)data[4] << 16 | data[5] << 8 | data[6];
        const size_t used = bitcraps_craps_encode(craps, before, sizeof before);
        int result = BITCRAPS_ACCEPTED;
        CHECK(used <= sizeof before);
        switch (data[0] % 8) {
        case 0:
            result = bitcraps_craps_take_down(craps, seat, bet, amount, NULL);
            break;
        case 1:
            result = bitcraps_craps_set_working(craps, seat, bet, data[4] % 4);
            break;
        case 2:
            bitcraps_craps_set_players(craps, data[4]);
            bitcraps_craps_set_shooter(craps, seat);
            break;
        case 3:
        case 4:
            result = bitcraps_craps_roll(craps, data[4] % 7, data[5] % 7);
            result = result > 0 ? 0 : result;
            break;
        default:
            result = bitcraps_craps_place(craps, seat, bet, amount, NULL);
            break;
        }
        if (result != BITCRAPS_ACCEPTED) {
            CHECK(bitcraps_craps_encode(craps, after, sizeof after) == used);
            CHECK(memcmp(before, after, used) == 0);
            CHECK((bitcraps_craps_sentence(craps)[0] != '\0') == (result > 0));
        }
    }
}

/* All that can be asked of a table, and a copy of it that sees all rolls of two dice. */
static void ask(struct bitcraps_craps *craps)
{
    for (int seat = 0; seat < BITCRAPS_SEATS; seat++) {
        const int bets = bitcraps_craps_bets(craps, seat);
        for (int i = 0; i < bets; i++)
            CHECK(bitcraps_craps_bet_at(craps, i)->stake > 0);
    }
    CHECK(bitcraps_craps_offers(craps, 0) >= 0);
    struct bitcraps_craps *copy = bitcraps_craps_copy(craps);
    for (int i = 0; i < 36; i++)
        CHECK(bitcraps_craps_roll(copy, i / 6 + 1, i % 6 + 1) >= 0);
    bitcraps_craps_destroy(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const houses[] = {"casino", "crapless", "crapssim", "vegas-345"};
    static struct bitcraps_craps *empty[4]; /* Made once: a card takes long to work out. */
    static uint8_t again[BYTES_MAX];
    for (size_t i = 0; empty[3] == NULL; i++)
        empty[i] = bitcraps_craps_create(houses[i], NULL, 0);
    struct bitcraps_craps *craps = bitcraps_craps_decode(data, size, NULL, 0);
    if (craps != NULL) {
        CHECK(bitcraps_craps_encode(craps, again, sizeof again) == size);
        CHECK(memcmp(again, data, size) == 0);
    } else if (size > 0) {
        craps = bitcraps_craps_copy(empty[data[0] % 4]);
        CHECK(craps != NULL);
        play(craps, data + 1, size - 1);
    } else {
        return 0;
    }
    ask(craps);
    bitcraps_craps_destroy(craps);
    return 0;
}
