/* SPDX-License-Identifier: MIT */
/*
 * A relay that knows a table's first seats hears anything about it. Input: entries of two bytes
 * size, of which the highest two bits say what it is: a list of keys (0, 1), a message in the
 * table's scope (2), or one for a single seat (3). Whatever comes, who signs in the first epoch
 * stays as it was, and what is said not to hold is not passed on as if it did.
 */
#include "overhear.h"

#include <sodium.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct overheard table;
static struct relay fresh;
static struct relay relay;

static void start(void)
{
    CHECK(sodium_init() >= 0);
    overhear_briefly(&table);
    relay_init(&fresh);
    CHECK(relay_learn(&fresh, 0, 0, &table.scope, table.keys[0]) == RELAY_LEARNT);
}

static void say(struct bytes message, uint8_t type)
{
    const struct mesh_judge judge = relay_judge(&relay);
    struct packet packet = {.type = type, .body = message};
    unsigned signatures;
    memcpy(packet.destination, table.scope.bytes, SHORT_ID_SIZE);
    const enum mesh_standing standing = judge.look(judge.context, &packet, &signatures);
    CHECK((standing == MESH_STANDING_SIGNED) == (signatures > 0));
    CHECK(signatures <= SEATS_MAX);
    const bool holds = judge.holds(judge.context, &packet);
    CHECK(!holds || standing == MESH_STANDING_SIGNED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (table.keys_count == 0)
        start();
    relay = fresh;
    while (size >= 2) {
        const unsigned what = data[0] >> 6;
        size_t length = (size_t)(data[0] & 63) << 8 | data[1];
        data += 2;
        size -= 2;
        if (length > size)
            length = size;
        const struct bytes bytes = {.at = data, .size = length};
        if (what < 2)
            (void)relay_learn(&relay, 1, 1, &table.scope, bytes);
        else if (length > 0)
            say(bytes, what == 2 ? PACKET_SCOPE : PACKET_UNICAST);
        data += length;
        size -= length;
    }
    const struct relay_table *known = relay_find(&relay, &table.scope);
    CHECK(known != NULL && known->present.roster.epoch >= 1);
    CHECK(memcmp(&known->instance, &table.world.seating.instance, DIGEST_SIZE) == 0);
    return 0;
}
