/* SPDX-License-Identifier: MIT */
/*
 * make_export SEATS ROLLS FILE [EPOCHS]: plays a table in memory and writes its export. With a
 * fourth word, people then come and go: one sits down, one leaves, a witness comes, one falls
 * silent and is put out, the one that left returns, and one that acts twice is convicted.
 */
#include "table/table_world.h"

#include "base/wire.h"

#include <sodium.h>

static void play(struct world *world)
{
    for (int i = 0; i < 3; i++) {
        world_play_roll(world);
        world_run(world, world->now + 3000);
    }
}

/* Another action of a seat that has just been heard of one with that sequence. */
static void act_twice(struct world *world, unsigned node)
{
    const struct table *table = world->seats[node].table;
    uint8_t inner[256];
    uint8_t signature[SIGNATURE_SIZE];
    Bitcraps__Here here = BITCRAPS__HERE__INIT;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.epoch = world_state(world, 0)->roster.epoch;
    body.seat = table->config.self;
    body.sequence = world_state(world, node)->sequence[body.seat] + 1;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_HERE;
    body.here = &here;
    struct writer w = writer_on(inner, sizeof inner);
    CHECK(frame_pack(&body.base, &w));
    state_action_sign(&world->seating, written(&w), table->config.secrets.signing, signature);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){w.used, inner};
    action.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = &action;
    for (unsigned i = 1; i < world->count; i++)
        world->seats[i].down = i != node;
    CHECK(world_ready(world, node) == TABLE_SENT);
    world_settle(world);
    CHECK(table_receive(world->seats[0].table, world->now, 1700000000000 + world->now, &message,
                        &world->out));
    world_take(world, 0);
    for (unsigned i = 1; i < world->count; i++)
        world->seats[i].down = i == 2; /* It does not return. */
    world_run(world, world->now + 5000);
    CHECK(world_state(world, 0)->guilty != 0);
}

static void come_and_go(struct world *world)
{
    world->endings_lost = UINT32_MAX;
    world_join(world, false);
    play(world);
    world->endings_lost = 0;
    world_leave(world, 1);
    world_settle(world);
    play(world);
    world_join(world, true);
    play(world);
    for (unsigned i = 0; i < world->count; i++)
        world->seats[i].table->config.kick = 500;
    world->seats[2].down = true;
    for (unsigned i = 0; i < 5; i++) {
        world_play_roll(world);
        world_run(world, world->now + 30000);
    }
    world->seats[1].table->config.sits = true;
    play(world);
    act_twice(world, 4);
    play(world);
}

int main(int argc, char **argv)
{
    static struct world world;
    if ((argc != 4 && argc != 5) || sodium_init() < 0)
        return 2;
    world_open(&world, (unsigned)atoi(argv[1]), 0);
    for (int i = 0; i < atoi(argv[2]); i++)
        world_play_roll(&world);
    if (argc == 5)
        come_and_go(&world);
    const struct bytes file = world_export(&world, 0);
    FILE *out = fopen(argv[3], "wb");
    if (out == NULL || fwrite(file.at, 1, file.size, out) != file.size || fclose(out) != 0)
        return 1;
    free((void *)file.at);
    world_close(&world);
    return 0;
}
