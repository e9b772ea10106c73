/* SPDX-License-Identifier: MIT */
/* make_export SEATS ROLLS FILE: plays a table in memory and writes its export. */
#include "table/table_world.h"

#include <sodium.h>

int main(int argc, char **argv)
{
    static struct world world;
    if (argc != 4 || sodium_init() < 0)
        return 2;
    world_open(&world, (unsigned)atoi(argv[1]), 0);
    for (int i = 0; i < atoi(argv[2]); i++)
        world_play_roll(&world);
    const struct bytes file = world_export(&world, 0);
    FILE *out = fopen(argv[3], "wb");
    if (out == NULL || fwrite(file.at, 1, file.size, out) != file.size || fclose(out) != 0)
        return 1;
    free((void *)file.at);
    world_close(&world);
    return 0;
}
