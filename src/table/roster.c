/* SPDX-License-Identifier: MIT */
#include "table/roster.h"

#include "base/check.h"
#include "base/wire.h"

#include <sodium.h>

size_t roster_pack(const struct roster *roster, const struct seat seats[static SEATS_MAX],
                   uint8_t out[static ROSTER_SIZE_MAX])
{
    struct writer w = writer_on(out, ROSTER_SIZE_MAX);
    for (unsigned i = 0; i < roster->count; i++) {
        const struct seat *seat = &seats[roster->seats[i]];
        write_u8(&w, roster->seats[i]);
        write_bytes(&w, seat->consensus_key.bytes, PUBLIC_KEY_SIZE);
        write_bytes(&w, seat->dice_key.bytes, ELEMENT_SIZE);
    }
    CHECK(!w.failed);
    return w.used;
}

bool roster_unpack(struct bytes packed, uint64_t epoch, const struct digest *instance,
                   struct roster *roster, struct seat seats[static SEATS_MAX])
{
    if (packed.size == 0 || packed.size > ROSTER_SIZE_MAX || packed.size % ROSTER_SEAT_SIZE != 0)
        return false;
    memset(seats, 0, SEATS_MAX * sizeof seats[0]);
    struct reader r = reader_on(packed);
    uint16_t set = 0;
    while (r.size > 0) {
        const unsigned number = read_u8(&r);
        if (number >= SEATS_MAX || set >> number != 0)
            return false;
        set |= (uint16_t)(1u << number);
        memcpy(seats[number].consensus_key.bytes, read_bytes(&r, PUBLIC_KEY_SIZE), PUBLIC_KEY_SIZE);
        memcpy(seats[number].dice_key.bytes, read_bytes(&r, ELEMENT_SIZE), ELEMENT_SIZE);
    }
    roster_make(roster, epoch, set, seats, instance);
    return true;
}

static void list_hash(struct roster *roster, const struct seat seats[static SEATS_MAX])
{
    uint8_t packed[ROSTER_SIZE_MAX];
    const size_t size = roster_pack(roster, seats, packed);
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    crypto_generichash_update(&state, (const uint8_t *)"bitcraps:list:v2", 16);
    crypto_generichash_update(&state, packed, size);
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
