/* SPDX-License-Identifier: MIT */
/*
 * What tables cost, by number of seats. All seats run one after the other in one process.
 *
 * Rolls: real tables; processor time of one seat for a roll with bets, against the floor of
 * floor.h; message delays from the last READY until every seat knows the dice, and until the roll
 * is final everywhere. Key generation likewise.
 *
 * Joins: processor time of each seat from a newcomer's first word at a table at rest until it
 * votes, on a wire without delay.
 *
 * Returns: processor time that the seat and the one that answers it need together, and how many
 * milliseconds timers were waited for, after so many missed rolls of three players; --full: also
 * after 10,000.
 *
 * Memory: of a seat's final blocks, all in memory and with a journal behind them.
 *
 * Steps: how many a second the simulator makes.
 */
#include "base/check.h"
#include "benches/floor.h"
#include "journal/journal.h"
#include "table/table_world.h"
#include "tests/consensus/toy.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS     60
#define DELAY_MSEC 10

static double cpu_usec(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* ---- Whole tables ---- */

/* Delivers what is on the wire, not what follows from it: one message delay. */
static void one_delay(struct world *world)
{
    static struct world_log batch;
    static uint8_t memory[ARENA_SIZE];
    const struct world_log empty = batch;
    batch = world->wire;
    world->wire = empty;
    world->wire.used = 0;
    world->wire_read = 0;
    for (size_t at = 0; at < batch.used;) {
        uint32_t header[2];
        memcpy(header, batch.bytes + at, sizeof header);
        const struct bytes packed = {batch.bytes + at + sizeof header, header[1]};
        at += sizeof header + packed.size;
        struct arena arena = {.at = memory, .size = sizeof memory};
        const ProtobufCMessage *message;
        CHECK(frame_unpack(&bitcraps__message__descriptor, packed, &arena, &message) == FRAME_OK);
        table_receive(world->seats[header[0]].table, world->now, 1700000000000 + world->now,
                      (const Bitcraps__Message *)message, &world->out);
        world_take(world, header[0]);
    }
}

static bool dice_are_known(const struct world *world, uint64_t roll)
{
    for (unsigned i = 0; i < world->count; i++) {
        const struct table *table = world->seats[i].table;
        const bool known =
            table->statement_roll == roll &&
            (unsigned)__builtin_popcount(table->verified) >= vote_quorum(world->count);
        if (!known && table_final(table)->rolls_done < roll)
            return false;
    }
    return true;
}

static bool roll_is_final(const struct world *world, uint64_t rolls)
{
    for (unsigned i = 0; i < world->count; i++)
        if (!world->seats[i].down && world_state(world, i)->rolls_done < rolls)
            return false;
    return true;
}

static void forget_events(struct world *world)
{
    for (unsigned i = 0; i < world->count; i++)
        world->seats[i].events_count = 0;
}

/* One roll with its timers, if it needs any. */
static void play_roll(struct world *world)
{
    const uint64_t rolls = world_state(world, 0)->rolls_done + 1;
    world_play_roll(world);
    while (!roll_is_final(world, rolls))
        world_run(world, world->now + 50);
    forget_events(world);
}

static void open_and_begin(struct world *world, unsigned seats, unsigned witnesses)
{
    world_open(world, seats, witnesses);
    while (world_state(world, 0)->phase == STATE_PHASE_KEYS)
        world_run(world, world->now + 10);
    world_run(world, world->now + 1000);
}

static void bench_rolls(const struct floor *floor, unsigned seats)
{
    static struct world world;
    double start = cpu_usec();
    open_and_begin(&world, seats, 0);
    const double keys = cpu_usec() - start;
    const unsigned rolls = seats > 7 ? 20 : 60;
    start = cpu_usec();
    for (unsigned roll = 0; roll < rolls; roll++)
        play_roll(&world);
    const double usec = (cpu_usec() - start) / rolls / seats;
    unsigned known = 0;
    unsigned final = 0;
    unsigned measured = 0;
    for (unsigned roll = 0; roll < 12; roll++) {
        const uint64_t done = world_state(&world, 0)->rolls_done + 1;
        const uint64_t now = world_state(&world, 0)->roll;
        unsigned delays = 0;
        unsigned dice = 0;
        for (unsigned i = 0; i < seats; i++)
            world_ready(&world, i);
        while (!roll_is_final(&world, done) && world.wire.used > 0) {
            one_delay(&world);
            delays++;
            if (dice == 0 && dice_are_known(&world, now))
                dice = delays;
        }
        if (roll_is_final(&world, done)) { /* No timer was needed. */
            known += dice;
            final += delays;
            measured++;
        }
        world_settle(&world);
        world_run(&world, world.now + 2000);
        forget_events(&world);
    }
    world_close(&world);
    const double least = floor_roll(floor, seats);
    printf("roll: n=%-2u %8.0f us of CPU a roll and seat, floor %8.0f us, ratio %.2f; dice known "
           "after %.1f delays, final after %.1f (%u rolls); key generation %.1f ms a seat\n",
           seats, usec, least, usec / least, measured == 0 ? 0 : (double)known / measured,
           measured == 0 ? 0 : (double) final / measured, measured, keys / 1000 / seats);
}

static void bench_return(const struct floor *floor, unsigned rolls)
{
    static struct world world;
    open_and_begin(&world, 4, 1);
    play_roll(&world);
    world.seats[3].down = true;
    const uint64_t before = consensus_final_height(&world.seats[0].table->consensus);
    for (unsigned i = 0; i < rolls; i++) {
        play_roll(&world);
        for (unsigned seat = 0; seat < 3; seat++)
            world.seats[seat].records.used = 0;
    }
    const uint64_t missed = consensus_final_height(&world.seats[0].table->consensus) - before;
    const uint64_t last = world_state(&world, 0)->rolls_done;
    const msec now = world.now;
    const uint64_t delivered = world.delivered;
    const double start = cpu_usec();
    world_restart(&world, 3);
    while (world_state(&world, 3)->rolls_done < last)
        world_run(&world, world.now + 1);
    const double usec = cpu_usec() - start;
    printf("return: after %u rolls, %llu blocks: %.1f ms of CPU, %lld ms of timers, %llu messages; "
           "%.0f us a roll, floor to verify one %.0f us\n",
           rolls, (unsigned long long)missed, usec / 1000, (long long)(world.now - now),
           (unsigned long long)(world.delivered - delivered), usec / rolls,
           (3 + 1) * floor->usec[FLOOR_VERIFY] +
               3 * (floor->usec[FLOOR_VERIFY_PROOF] + floor->usec[FLOOR_MULTIPLY]));
    world_close(&world);
}

/* A newcomer sits down at a table at rest: the key for one seat more, and the change of epochs. */
static void bench_join(unsigned seats)
{
    static struct world world;
    open_and_begin(&world, seats - 1, 0);
    play_roll(&world);
    const uint64_t epoch = world_state(&world, 0)->roster.epoch;
    const msec now = world.now;
    const uint64_t delivered = world.delivered;
    const double start = cpu_usec();
    const unsigned late = world_join(&world, false);
    while (world_state(&world, 0)->roster.epoch == epoch ||
           world_state(&world, late)->roster.epoch == epoch)
        world_run(&world, world.now + 1);
    const double usec = cpu_usec() - start;
    CHECK(world_state(&world, late)->roster.count == seats);
    printf("join: n=%-2u then, %.1f ms of CPU a seat, %lld ms of timers, %llu messages\n", seats,
           usec / 1000 / seats, (long long)(world.now - now),
           (unsigned long long)(world.delivered - delivered));
    world_close(&world);
}

/* ---- Memory ---- */

static void ignore_receipt(void *context, const struct journal_receipt *receipt)
{
    (void)context;
    CHECK(receipt->error == 0);
}

/* Gives the journal what a seat recorded since the last time. */
static void append_records(struct journal *journal, const struct digest *scope,
                           struct world_log *records)
{
    static uint64_t ticket;
    for (size_t at = 0; at < records->used;) {
        uint32_t header[2];
        memcpy(header, records->bytes + at, sizeof header);
        const struct journal_record record = {
            .kind = 2, .body = {records->bytes + at + sizeof header, header[1]}};
        enum journal_verdict verdict;
        while ((verdict = journal_append(journal, scope, &record, 1, ++ticket)) == JOURNAL_BUSY)
            usleep(1000);
        CHECK(verdict == JOURNAL_OK);
        at += sizeof header + header[1];
    }
    records->used = 0;
}

static void bench_memory(unsigned rolls)
{
    static struct world world;
    char directory[] = "/tmp/bench-consensus.XXXXXX";
    char path[64];
    char sentence[JOURNAL_SENTENCE_SIZE];
    struct journal *journal;
    CHECK(mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/journal", directory);
    CHECK(journal_open(path, &journal, sentence) == JOURNAL_OK);
    CHECK(journal_replay(journal, NULL, NULL, sentence) == JOURNAL_OK);
    CHECK(journal_start(journal, ignore_receipt, NULL) == JOURNAL_OK);
    open_and_begin(&world, 4, 0);
    struct archive *whole = world.seats[0].archive;
    struct archive *bounded = archive_create();
    CHECK(bounded != NULL);
    archive_attach(bounded, journal, &world.seating.genesis.id, 2);
    double usec = 0; /* That the journal's rows cost, looked for and read. */
    for (unsigned roll = 1; roll <= rolls; roll++) {
        play_roll(&world);
        append_records(journal, &world.seating.genesis.id, &world.seats[0].records);
        for (unsigned seat = 1; seat < 4; seat++)
            world.seats[seat].records.used = 0;
        const double start = cpu_usec();
        for (uint64_t at = archive_height(bounded) + 1; at <= archive_height(whole); at++)
            archive_put(bounded, at, archive_block(whole, at), archive_certificate(whole, at));
        usec += cpu_usec() - start;
        if (roll == rolls || roll == rolls / 4)
            printf("memory: after %u rolls, %llu blocks: %.0f kB, with a journal %.0f kB, which "
                   "costs %.0f us a roll\n",
                   roll, (unsigned long long)archive_height(whole),
                   (double)archive_memory(whole) / 1000, (double)archive_memory(bounded) / 1000,
                   usec / roll);
        fflush(stdout);
    }
    const double start = cpu_usec();
    for (uint64_t at = 1; at <= archive_height(whole); at++) {
        const struct bytes block = archive_block(bounded, at);
        const struct bytes like = archive_block(whole, at);
        CHECK(block.size == like.size && memcmp(block.at, like.at, like.size) == 0);
    }
    printf("memory: %.0f us to read a block\n",
           (cpu_usec() - start) / (double)archive_height(whole));
    archive_detach(bounded);
    archive_destroy(bounded);
    journal_close(journal);
    unlink(path);
    rmdir(directory);
    world_close(&world);
}

/* ---- The simulator ---- */

static void bench_steps(unsigned seats)
{
    struct toy_referee *referee = calloc(1, sizeof *referee);
    struct toy *toys = calloc(seats, sizeof *toys);
    CHECK(referee != NULL && toys != NULL);
    struct sim *sim = sim_create(1);
    *sim_faults(sim) = (struct sim_faults){
        .delay_min = 1, .delay_max = 60, .loss_permille = 100, .duplicate_permille = 50};
    toy_referee_init(referee, seats, false);
    for (unsigned seat = 0; seat < seats; seat++) {
        toy_prepare(&toys[seat], referee, seat, seat + 1, 100);
        toys[seat].offers_max = UINT64_MAX;
        sim_add(sim, seat, &toy_operations, &toys[seat]);
    }
    const double start = cpu_usec();
    for (unsigned round = 0; cpu_usec() - start < 1e6; round++) {
        sim_act(sim, round % seats, toy_offer, NULL);
        sim_run_until(sim, sim_now(sim) + 200);
    }
    const double usec = cpu_usec() - start;
    CHECK(referee->breach[0] == '\0');
    printf("simulator: n=%-2u %.0f steps/s, %.0f blocks/s, with its referee and 10 %% loss\n",
           seats, (double)sim_counters(sim)->steps / usec * 1e6,
           (double)toys[0].final_height / usec * 1e6);
    for (unsigned seat = 0; seat < seats; seat++)
        toy_clear(&toys[seat]);
    sim_destroy(sim);
    free(toys);
    free(referee);
}

int main(int argc, char **argv)
{
    static const unsigned sizes[] = {1, 2, 4, 7, 10, 13, 16}; /* SEATS_MAX is the last. */
    const bool full = argc == 2 && strcmp(argv[1], "--full") == 0;
    struct floor floor;
    if (argc > 1 && !full) {
        fprintf(stderr, "usage: bench_consensus [--full]\n");
        return 2;
    }
    CHECK(sodium_init() >= 0);
    floor_measure(&floor);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bench_rolls(&floor, sizes[i]);
        fflush(stdout);
    }
    for (size_t i = 1; i < sizeof sizes / sizeof sizes[0]; i++) {
        bench_join(sizes[i]);
        fflush(stdout);
    }
    bench_return(&floor, 1);
    bench_return(&floor, 100);
    bench_return(&floor, full ? 10000 : 1000);
    bench_memory(full ? 20000 : 800);
    bench_steps(4);
    bench_steps(7);
    return 0;
}
