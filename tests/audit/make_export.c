/* SPDX-License-Identifier: MIT */
/*
 * make_export SEATS ROLLS FILE [EPOCHS]: plays a table in memory and writes its export. With a
 * fourth word, people then come and go: one sits down, one leaves, a witness comes, one falls
 * silent and is put out, the one that left returns.
 */
#include "table/table_world.h"

#include <sodium.h>

static void play(struct world *world)
{
    for (int i = 0; i < 3; i++) {
        world_play_roll(world);
        world_run(world, world->now + 3000);
    }
}

static void come_and_go(struct world *world)
{
    world->endings_lost = true;
    world_join(world, false);
    play(world);
    world->endings_lost = false;
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
