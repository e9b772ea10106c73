/* SPDX-License-Identifier: MIT */
#include "table/roster.h"

#include "base/wire.h"

#include <sodium.h>

static void list_hash(struct roster *roster, const struct seat *seats)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    crypto_generichash_update(&state, (const uint8_t *)"bitcraps:list:v1", 16);
    for (unsigned i = 0; i < roster->count; i++) {
        const struct seat *seat = &seats[roster->seats[i]];
        crypto_generichash_update(&state, seat->consensus_key.bytes, PUBLIC_KEY_SIZE);
        crypto_generichash_update(&state, seat->dice_key.bytes, ELEMENT_SIZE);
    }
    crypto_generichash_final(&state, roster->list.bytes, DIGEST_SIZE);
}

void roster_make(struct roster *roster, uint64_t epoch, uint16_t set,
                 const struct seat seats[static SEATS_MAX], const struct digest *instance)
{
    memset(roster, 0, sizeof *roster);
    roster->epoch = epoch;
    roster->set = set;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (set >> seat & 1)
            roster->seats[roster->count++] = (uint8_t)seat;
    }
    roster->faults = (roster->count - 1) / 3;
    roster->quorum = roster->count - roster->faults;
    struct reader reader = reader_on((struct bytes){.at = instance->bytes, .size = DIGEST_SIZE});
    roster->leader_offset = read_u64(&reader) % roster->count;
    list_hash(roster, seats);
}

unsigned roster_position(const struct roster *roster, unsigned seat)
{
    if (seat >= SEATS_MAX || !(roster->set >> seat & 1))
        return SEAT_NONE;
    return (unsigned)__builtin_popcount(roster->set & ((1u << seat) - 1));
}
