/* SPDX-License-Identifier: MIT */
/*
 * A seat that starts again from any rows of a journal: its own, some of them missing, twice or out
 * of their order, and any bytes between them. It breaks on nothing, and its chips add up.
 *
 * The input is steps of a kind in one byte: 0 the next own row, 1 that one is missing, 2 the own
 * row whose number is in the next byte, 3 a size in two bytes and so many bytes of another row.
 */
#include "table/table_world.h"

#include "base/wire.h"

#define ROWS_MAX  512
#define STEPS_MAX 600

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct world world;
static struct table_config config;
static struct bytes rows[ROWS_MAX];
static size_t rows_count;

static void play(void)
{
    world_open(&world, 4, 0);
    for (int roll = 0; roll < 3; roll++)
        world_play_roll(&world);
    struct world_seat *seat = &world.seats[0];
    struct reader r =
        reader_on((struct bytes){.at = seat->records.bytes, .size = seat->records.used});
    while (r.size > 0 && rows_count < ROWS_MAX) {
        uint32_t number;
        memcpy(&number, read_bytes(&r, sizeof number), sizeof number); /* Its target: nobody. */
        memcpy(&number, read_bytes(&r, sizeof number), sizeof number);
        rows[rows_count].size = number;
        rows[rows_count++].at = read_bytes(&r, number);
        CHECK(!r.failed);
    }
    CHECK(rows_count > 20);
    config = seat->table->config;
}

static void restore(struct bytes row)
{
    static _Alignas(max_align_t) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, row, &arena, &base) == FRAME_OK)
        table_restore(world.seats[0].table, (const Bitcraps__Message *)base);
}

static void restore_all(struct bytes input)
{
    struct reader r = reader_on(input);
    size_t next = 0;
    for (unsigned step = 0; r.size > 0 && step < STEPS_MAX; step++) {
        struct bytes row = {0};
        switch (read_u8(&r) % 4) {
        case 0:
            row = rows[next++ % rows_count];
            break;
        case 1:
            next++;
            continue;
        case 2:
            row = rows[read_u8(&r) % rows_count];
            break;
        case 3:
            row.size = read_u16(&r);
            row.size = row.size < r.size ? row.size : r.size;
            row.at = read_bytes(&r, row.size);
            break;
        }
        if (!r.failed)
            restore(row);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (rows_count == 0)
        play();
    struct world_seat *seat = &world.seats[0];
    archive_destroy(seat->archive);
    seat->archive = archive_create();
    CHECK(seat->archive != NULL);
    config.archive.context = seat->archive;
    table_init(seat->table, &world.seating, &config, world.now);
    restore_all((struct bytes){.at = data, .size = size});
    table_start(seat->table, world.now, 1700000000000, true, &world.out);
    for (int i = 0; i < 4; i++) {
        outbox_clear(&world.out);
        const msec at = table_deadline(seat->table);
        if (at != MSEC_NEVER)
            table_expire(seat->table, at, 1700000000000, &world.out);
    }
    outbox_clear(&world.out);
    CHECK(ledger_fault(&table_final(seat->table)->ledger) == NULL);
    return 0;
}
