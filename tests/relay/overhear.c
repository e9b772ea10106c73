/* SPDX-License-Identifier: MIT */
/* Listening to a table; see overhear.h. */
#include "overhear.h"

static struct bytes copy_of(struct bytes from)
{
    uint8_t *at = malloc(from.size);
    CHECK(at != NULL);
    memcpy(at, from.at, from.size);
    return (struct bytes){.at = at, .size = from.size};
}

static void keep_keys(struct overheard *o, const uint8_t *packed, size_t size)
{
    CHECK(size > 0 && o->keys_count < OVERHEAR_KEYS_MAX);
    o->keys[o->keys_count++] = copy_of((struct bytes){.at = packed, .size = size});
}

/* The first seat has gone on to another epoch. */
static void note_epoch(struct overheard *o)
{
    static uint8_t packed[RELAY_KEYS_SIZE_MAX];
    const struct state *state = world_state(&o->world, 0);
    if (state->roster.epoch == o->keys_count)
        return;
    CHECK(state->roster.epoch == o->keys_count + 1);
    uint8_t seats[ROSTER_SIZE_MAX];
    const size_t seats_size = roster_pack(&state->roster, state->seats, seats);
    const struct archive *archive = o->world.seats[0].archive;
    uint64_t height;
    const struct bytes ending = archive_ending(archive, o->keys_count, &height);
    CHECK(ending.size > 0);
    const size_t size =
        relay_pack_ending(archive_block(o->world.seats[0].archive, height), ending,
                          (struct bytes){.at = seats, .size = seats_size}, packed, sizeof packed);
    keep_keys(o, packed, size);
}

/* One of the copies of a message is enough: they follow one another. */
static void hear(struct world *world, struct bytes packed)
{
    struct overheard *o = (struct overheard *)world; /* Its first member. */
    note_epoch(o);
    const struct saying *last = o->count == 0 ? NULL : &o->sayings[o->count - 1];
    if (last != NULL && last->packed.size == packed.size &&
        memcmp(last->packed.at, packed.at, packed.size) == 0)
        return;
    CHECK(o->count < OVERHEAR_SAYINGS_MAX);
    o->sayings[o->count++] = (struct saying){.packed = copy_of(packed), .keys = o->keys_count};
}

static void play(struct overheard *o, unsigned rolls)
{
    for (unsigned i = 0; i < rolls; i++) {
        world_play_roll(&o->world);
        world_run(&o->world, o->world.now + 3000);
    }
}

static void begin(struct overheard *o)
{
    static uint8_t packed[RELAY_KEYS_SIZE_MAX];
    memset(o, 0, sizeof *o);
    world_open(&o->world, 4, 0);
    o->scope = relay_scope(&o->world.seating.genesis.id);
    keep_keys(o, packed,
              relay_pack_seating(
                  (struct bytes){.at = o->world.seating_packed, .size = o->world.seating_size},
                  packed, sizeof packed));
    o->world.overhears = hear;
    play(o, 2);
}

void overhear_briefly(struct overheard *o)
{
    begin(o);
}

void overhear(struct overheard *o)
{
    begin(o);
    o->world.endings_lost = UINT32_MAX; /* So that empty blocks lie on EPOCH_END's. */
    world_join(&o->world, false);
    play(o, 2);
    o->world.endings_lost = 0;
    world_leave(&o->world, 1);
    world_settle(&o->world);
    play(o, 2);
    note_epoch(o);
    CHECK(o->keys_count == 3);
}

void overhear_loss(struct overheard *o)
{
    begin(o);
    world_restart(&o->world, 3);
    play(o, 2);
    world_restart_empty(&o->world, 2);
    play(o, 6);
    note_epoch(o);
    CHECK(o->keys_count == 3);
}

void overheard_free(struct overheard *o)
{
    for (unsigned i = 0; i < o->keys_count; i++)
        free((void *)(uintptr_t)o->keys[i].at);
    for (unsigned i = 0; i < o->count; i++)
        free((void *)(uintptr_t)o->sayings[i].packed.at);
    world_close(&o->world);
}

Bitcraps__Message__KindCase overheard_kind(struct bytes packed)
{
    /* The number of a message's one field is at the start of its packed form. */
    return (Bitcraps__Message__KindCase)(packed.at[0] >> 3);
}
