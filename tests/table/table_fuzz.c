/* SPDX-License-Identifier: MIT */
/*
 * Three honest seats of four, and any bytes from the fourth: as messages, as actions that it
 * signed, as dice partials, as blocks. Whatever it says, nobody breaks, the honest agree, chips add
 * up, and the next roll is made.
 *
 * The input is a first byte (odd: the dice key is still being made) and then steps: kind 1 | size 2
 * | that many bytes.
 */
#include "table/table_world.h"

#include "base/wire.h"

#include <sodium.h>

#define LIAR      1u
#define HONEST    0xdu /* Bitmap of the others. */
#define STEPS_MAX 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a seat remembers at the moment from which every input starts. */
struct start {
    struct world world;
    struct table *tables[4];
};

static struct start starts[2];
static struct world world;
static uint64_t sequence; /* The liar's last. */

static bool is_honest(unsigned seat)
{
    return HONEST >> seat & 1;
}

static int64_t wall_clock(void)
{
    return 1700000000000 + world.now;
}

/* Keeps a copy of the world, whose own memory stays where it is. */
static void remember(struct start *start)
{
    start->world = world;
    for (unsigned i = 0; i < 4; i++) {
        start->tables[i] = malloc(sizeof(struct table));
        CHECK(start->tables[i] != NULL);
        memcpy(start->tables[i], world.seats[i].table, sizeof(struct table));
    }
}

/* Back to the start: the tables in place, since they point into themselves; archives anew. */
static void rewind_world(const struct start *start)
{
    world = start->world;
    for (unsigned i = 0; i < 4; i++) {
        struct world_seat *seat = &world.seats[i];
        struct archive *from = seat->archive;
        memcpy(seat->table, start->tables[i], sizeof(struct table));
        seat->archive = archive_create();
        CHECK(seat->archive != NULL);
        for (uint64_t height = 1; height <= archive_height(from); height++)
            archive_put(seat->archive, height, archive_block(from, height),
                        archive_certificate(from, height));
        seat->table->config.archive.context = seat->archive;
        seat->records = (struct world_log){0};
    }
    world.wire = (struct world_log){0};
    world.wire_read = 0;
    outbox_clear(&world.out);
}

static void forget_world(void)
{
    for (unsigned i = 0; i < 4; i++) {
        archive_destroy(world.seats[i].archive);
        free(world.seats[i].records.bytes);
    }
    free(world.wire.bytes);
}

/* Everyone but the liar has dealt; the liar is a voice without a table from here on. */
static void start_with_keys(void)
{
    for (unsigned i = 0; i < 4; i++) {
        struct world_seat *seat = &world.seats[i];
        const struct table_config config = seat->table->config;
        archive_destroy(seat->archive);
        seat->archive = archive_create();
        seat->records.used = 0;
        seat->down = !is_honest(i);
        table_init(seat->table, &world.seating, &config, world.now);
        seat->table->config.archive.context = seat->archive;
    }
    for (unsigned i = 0; i < 4; i++) {
        if (!is_honest(i))
            continue;
        table_start(world.seats[i].table, world.now, wall_clock(), false, &world.out);
        world_take(&world, i);
    }
    world_settle(&world);
    world_run(&world, world.now + 2000);
}

static void start_worlds(void)
{
    world_open(&world, 4, 0);
    world_play_roll(&world);
    world_run(&world, world.now + 1000);
    world.seats[LIAR].down = true;
    CHECK(world_state(&world, 0)->rolls_done == 1);
    remember(&starts[0]);
    world_open(&world, 4, 0);
    start_with_keys();
    CHECK(world_state(&world, 0)->phase == STATE_PHASE_KEYS);
    remember(&starts[1]);
}

static void tell(unsigned seat, const Bitcraps__Message *message)
{
    table_receive(world.seats[seat].table, world.now, wall_clock(), message, &world.out);
    world_take(&world, seat);
}

static void tell_everyone(const Bitcraps__Message *message)
{
    for (unsigned i = 0; i < 4; i++) {
        if (is_honest(i))
            tell(i, message);
    }
    world_settle(&world);
}

/* ---- What the liar can say ---------------------------------------------------------------- */

static const Bitcraps__Message *unpack(struct bytes bytes, struct arena *arena)
{
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, bytes, arena, &base) != FRAME_OK)
        return NULL;
    return (const Bitcraps__Message *)base;
}

static void say_anything(struct bytes bytes, bool everyone)
{
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const Bitcraps__Message *message = unpack(bytes, &arena);
    if (message == NULL)
        return;
    if (everyone)
        tell_everyone(message);
    else
        tell(0, message);
}

/* An action with a true signature; the next in sequence, or of the sequence it says. */
static void act(Bitcraps__ActionBody *body, bool next)
{
    uint8_t inner[ACTION_SIZE_MAX];
    uint8_t signature[SIGNATURE_SIZE];
    body->epoch = 1;
    body->seat = LIAR;
    if (next)
        body->sequence = ++sequence;
    struct writer w = writer_on(inner, sizeof inner);
    if (!frame_pack(&body->base, &w))
        return;
    state_action_sign(&world.seating, written(&w), world.seats[LIAR].table->config.secrets.signing,
                      signature);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){w.used, inner};
    action.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = &action;
    tell_everyone(&message);
}

static void act_any(struct bytes bytes, bool next)
{
    uint8_t memory[2048];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__action_body__descriptor, bytes, &arena, &base) != FRAME_OK)
        return;
    Bitcraps__ActionBody *body = (Bitcraps__ActionBody *)base;
    if (body->kind_case == BITCRAPS__ACTION_BODY__KIND_DEAL_OK && next)
        body->deal_ok->list = (ProtobufCBinaryData){
            DIGEST_SIZE, (uint8_t *)(uintptr_t)world_state(&world, 0)->roster.list.bytes};
    act(body, next);
}

/* The deal that is the liar's own, with a byte changed where the input says so. */
static void deal(struct reader *r)
{
    struct keygen_params params;
    struct keygen_deal own;
    uint8_t encoded[KEYGEN_DEAL_SIZE_MAX];
    if (world_state(&world, 0)->next.set == 0)
        return;
    state_keygen_params(world_state(&world, 0), &world.seating, &params);
    keygen_deal(&params, LIAR, world.seats[LIAR].table->config.secrets.deal_seed, &own);
    const size_t size = keygen_deal_encode(&own, encoded, sizeof encoded);
    const uint16_t at = read_u16(r);
    encoded[at % size] ^= read_u8(r);
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_DEAL;
    body.deal = (ProtobufCBinaryData){size, encoded};
    body.attempt = params.attempt;
    act(&body, true);
}

/*
 * A partial for the open roll or one near it: the true one if the roll is being made and nothing
 * says otherwise, else with a byte changed. Signed either way.
 */
static void release(struct reader *r)
{
    const struct state *state = world_state(&world, 0);
    const struct table *own = world.seats[LIAR].table;
    uint8_t encoded[ROLL_PARTIAL_SIZE] = {0};
    uint8_t close[DIGEST_SIZE];
    const uint8_t ahead = read_u8(r) % 4;
    memcpy(close, state->close.bytes, DIGEST_SIZE);
    if (state->phase == STATE_PHASE_ROLLING && own->share_ready) {
        struct roll_statement statement;
        struct roll_partial partial;
        const uint8_t random[PROOF_RANDOM_SIZE] = {1};
        state_roll_statement(state, &world.seating, &statement);
        roll_partial(&statement, &own->share, &state->keys.share_keys[LIAR], random, &partial);
        roll_partial_encode(&partial, encoded);
    }
    const uint8_t at = read_u8(r);
    encoded[at % sizeof encoded] ^= read_u8(r);
    close[0] ^= read_u8(r);
    uint8_t statement[4 + 32 + 8 + 8 + 32 + 1 + ROLL_PARTIAL_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    struct writer w = writer_on(statement, sizeof statement);
    write_bytes(&w, "BCpv", 4);
    write_bytes(&w, world.seating.instance.bytes, DIGEST_SIZE);
    write_u64(&w, 1);
    write_u64(&w, state->roll + ahead);
    write_bytes(&w, close, sizeof close);
    write_u8(&w, LIAR);
    write_bytes(&w, encoded, sizeof encoded);
    crypto_sign_detached(signature, NULL, statement, w.used, own->config.secrets.signing);
    Bitcraps__Partial partial = BITCRAPS__PARTIAL__INIT;
    partial.epoch = 1;
    partial.roll = state->roll + ahead;
    partial.close = (ProtobufCBinaryData){DIGEST_SIZE, close};
    partial.seat = LIAR;
    partial.partial = (ProtobufCBinaryData){ELEMENT_SIZE, encoded};
    partial.proof = (ProtobufCBinaryData){PROOF_SIZE, encoded + ELEMENT_SIZE};
    partial.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_PARTIAL;
    message.partial = &partial;
    tell_everyone(&message);
}

/* Any payload: what one execution takes, the trusted second one takes too, to the same end. */
static void execute(struct bytes payload)
{
    static struct state first;
    static struct state second;
    const struct block_header header = {.view = 1000, .height = 1000};
    const struct digest digest = {{7}};
    struct execution execution = {.seating = &world.seating};
    first = *world_state(&world, 0);
    second = first;
    if (state_execute(&first, &execution, &header, &digest, payload) != STATE_VALID)
        return;
    execution.trusted = true;
    CHECK(state_execute(&second, &execution, &header, &digest, payload) == STATE_VALID);
    struct digest roots[2];
    state_root(&first, &roots[0]);
    state_root(&second, &roots[1]);
    CHECK(memcmp(&roots[0], &roots[1], sizeof roots[0]) == 0);
    CHECK(ledger_fault(&first.ledger) == NULL);
}

/* An honest player's wishes: what it is told and what then happens are the same. */
static void play(struct reader *r)
{
    static const unsigned players[] = {0, 2, 3};
    struct craps_order orders[CRAPS_ORDERS_MAX];
    const unsigned seat = players[read_u8(r) % 3];
    const size_t count = read_u8(r) % (CRAPS_ORDERS_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        const chips amount = (chips)(int16_t)read_u16(r);
        orders[i] = (struct craps_order){.bet = craps_bet_at(read_u8(r) % CRAPS_SPOT_COUNT),
                                         .deed = read_u8(r) % 3,
                                         .working = (uint8_t)((uint16_t)amount % 3),
                                         .amount = amount};
        if (orders[i].deed == CRAPS_DEED_TAKE && amount < 0)
            orders[i].amount = -amount;
    }
    if (count == 0)
        world_ready(&world, seat);
    else
        world_order(&world, seat, orders, count, NULL);
    world_settle(&world);
}

static void step(unsigned kind, struct bytes bytes)
{
    struct reader r = reader_on(bytes);
    switch (kind % 10) {
    case 0:
        say_anything(bytes, true);
        break;
    case 1:
        say_anything(bytes, false);
        break;
    case 2:
        act_any(bytes, true);
        break;
    case 3:
        act_any(bytes, false);
        break;
    case 4:
        deal(&r);
        break;
    case 5:
        release(&r);
        break;
    case 6:
        execute(bytes);
        break;
    case 7:
        play(&r);
        break;
    case 8:
        world.partials_lost = read_u8(&r) & 1;
        break;
    default:
        world_run(&world, world.now + read_u16(&r) % 4096);
        break;
    }
}

/* ---- What must hold ----------------------------------------------------------------------- */

/* The players that are left are ready; then the dice must come, whatever was said before. */
static void expect_a_roll(void)
{
    const uint64_t done = world_state(&world, 0)->rolls_done;
    world.partials_lost = false;
    for (unsigned i = 0; i < 40 && world_state(&world, 0)->rolls_done == done; i++) {
        for (unsigned seat = 0; seat < 4; seat++) {
            if (is_honest(seat))
                world_ready(&world, seat);
        }
        world_settle(&world);
        if (world_state(&world, 0)->rolls_done == done)
            world_run(&world, world.now + 1500);
    }
    CHECK(world_state(&world, 0)->rolls_done > done);
}

static void expect_agreement(void)
{
    world_run(&world, world.now + 3000);
    CHECK(world_agrees(&world, 0));
    CHECK(ledger_fault(&world_state(&world, 0)->ledger) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (starts[0].tables[0] == NULL) {
        CHECK(sodium_init() >= 0);
        start_worlds();
    }
    if (size == 0)
        return 0;
    rewind_world(&starts[data[0] & 1]);
    sequence = world_state(&world, 0)->sequence[LIAR];
    struct reader r = reader_on((struct bytes){data + 1, size - 1});
    for (unsigned i = 0; i < STEPS_MAX && r.size >= 3; i++) {
        const uint8_t kind = read_u8(&r);
        const uint16_t length = read_u16(&r);
        const size_t taken = length < r.size ? length : r.size;
        step(kind, (struct bytes){read_bytes(&r, taken), taken});
    }
    const enum state_phase phase = world_state(&world, 0)->phase;
    if ((data[0] & 1) == 0)
        CHECK(phase == STATE_PHASE_BETTING || phase == STATE_PHASE_ROLLING);
    if (phase == STATE_PHASE_BETTING || phase == STATE_PHASE_ROLLING)
        expect_a_roll();
    expect_agreement();
    forget_world();
    return 0;
}
