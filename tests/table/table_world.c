/* SPDX-License-Identifier: MIT */
#include "table/table_world.h"

#include "audit/export.h"

static void world_log_add(struct world_log *log, uint32_t target, struct bytes bytes)
{
    const size_t need = log->used + 8 + bytes.size;
    if (need > log->room) {
        log->room = need * 2;
        log->bytes = realloc(log->bytes, log->room);
        CHECK(log->bytes != NULL);
    }
    const uint32_t header[2] = {target, (uint32_t)bytes.size};
    memcpy(log->bytes + log->used, header, 8);
    memcpy(log->bytes + log->used + 8, bytes.at, bytes.size);
    log->used = need;
}

/* Reads the entry at *at and moves on; the bytes are valid until the log grows. */
static struct bytes world_log_next(const struct world_log *log, size_t *at, uint32_t *target)
{
    uint32_t header[2];
    memcpy(header, log->bytes + *at, 8);
    *target = header[0];
    const struct bytes bytes = {.at = log->bytes + *at + 8, .size = header[1]};
    *at += 8 + bytes.size;
    return bytes;
}

static void world_archive_put(void *context, uint64_t height, struct bytes block,
                              struct bytes certificate)
{
    archive_put(context, height, block, certificate);
}

static size_t world_copy(struct bytes from, uint8_t *to, size_t max)
{
    if (from.size == 0 || from.size > max)
        return 0;
    memcpy(to, from.at, from.size);
    return from.size;
}

static size_t world_archive_block(void *context, uint64_t height, uint8_t *block, size_t max)
{
    return world_copy(archive_block(context, height), block, max);
}

static size_t world_archive_certificate(void *context, uint64_t height, uint8_t *to, size_t max)
{
    return world_copy(archive_certificate(context, archive_certified(context, height)), to, max);
}

static void world_archive_end(void *context, uint64_t epoch, uint64_t height, struct bytes ending)
{
    archive_end(context, epoch, height, ending);
}

static size_t world_archive_ending(void *context, uint64_t epoch, uint64_t *height, uint8_t *to,
                                   size_t max)
{
    return world_copy(archive_ending(context, epoch, height), to, max);
}

/* Whether an effect of a seat's table goes to that other one. */
static bool world_is_for(const struct world *world, unsigned from, const struct effect *effect,
                         unsigned to)
{
    if (to == from)
        return false;
    if (effect->target == TARGET_ALL)
        return true;
    const struct node_id *node = table_target(world->seats[from].table, effect->target);
    return node != NULL && memcmp(node, &world->seats[to].identity.node, sizeof *node) == 0;
}

/* The tag of Message's field for a Partial. */
#define WORLD_PARTIAL_TAG (BITCRAPS__MESSAGE__KIND_PARTIAL << 3 | 2)

static void world_send(struct world *world, unsigned from, unsigned to, struct bytes packed)
{
    const bool kept = packed.at[0] == WORLD_PARTIAL_TAG &&
                      ((world->withholds >> from | world->withholds >> to) & 1);
    world_log_add(kept ? &world->kept : &world->wire, to, packed);
}

void world_take(struct world *world, unsigned seat)
{
    struct outbox *out = &world->out;
    CHECK(out->dropped == 0);
    for (size_t i = 0; i < out->count; i++) {
        const struct effect *effect = &out->effects[i];
        const struct bytes bytes = outbox_bytes(out, effect);
        struct world_seat *from = &world->seats[seat];
        if (effect->kind == TABLE_EFFECT_RECORD) {
            world_log_add(&from->records, seat, bytes);
        } else if (effect->kind == TABLE_EFFECT_EVENT) {
            CHECK(from->events_count < WORLD_EVENTS_MAX);
            memcpy(&from->events[from->events_count++], bytes.at, sizeof(struct table_event));
        } else if (world->carry != NULL) {
            world->carry(seat, effect, bytes);
        } else {
            for (unsigned to = 0; to < world->count; to++) {
                if (world_is_for(world, seat, effect, to))
                    world_send(world, seat, to, bytes);
            }
        }
    }
    outbox_clear(out);
}

void world_receive(struct world *world, unsigned seat, struct bytes packed)
{
    static uint8_t memory[ARENA_SIZE];
    static uint8_t copy[MESSAGE_SIZE_MAX];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    memcpy(copy, packed.at, packed.size);
    CHECK(frame_unpack(&bitcraps__message__descriptor,
                       (struct bytes){.at = copy, .size = packed.size}, &arena, &base) == FRAME_OK);
    CHECK(table_receive(world->seats[seat].table, world->now, 1700000000000 + world->now,
                        (const Bitcraps__Message *)base, &world->out));
    world_take(world, seat);
    world->delivered++;
}

static bool world_ends_epoch(const Bitcraps__Proposal *proposal)
{
    static uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    const struct bytes payload = {.at = proposal->block->payload.data,
                                  .size = proposal->block->payload.len};
    if (payload.size == 0 ||
        frame_unpack(&bitcraps__payload__descriptor, payload, &arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__Payload *items = (const Bitcraps__Payload *)base;
    return items->items[items->n_items - 1]->kind_case == BITCRAPS__ITEM__KIND_EPOCH_END;
}

/* Whether the wire loses that message as endings_lost says; notes the view when it is proposed. */
static bool world_ending_lost(struct world *world, uint32_t to, struct bytes packed)
{
    static uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) == FRAME_OK);
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    const bool loses = (world->endings_lost >> to & 1) != 0;
    struct block_header header;
    switch ((int)message->kind_case) {
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
        CHECK(block_header_decode((struct bytes){message->proposal->block->header.data,
                                                 message->proposal->block->header.len},
                                  &header));
        if (world_ends_epoch(message->proposal))
            world->ending_view = header.view;
        return false;
    case BITCRAPS__MESSAGE__KIND_VOTE:
        return loses && message->vote->type == VOTE_FINALIZE &&
               message->vote->view == world->ending_view;
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
        return loses && message->certificate->type == VOTE_FINALIZE &&
               message->certificate->view == world->ending_view;
    default:
        return false;
    }
}

void world_settle(struct world *world)
{
    while (world->wire_read < world->wire.used) {
        uint32_t to;
        const struct bytes packed = world_log_next(&world->wire, &world->wire_read, &to);
        if (world->overhears != NULL)
            world->overhears(world, packed);
        const bool lost = (world->partials_lost && packed.at[0] == WORLD_PARTIAL_TAG) ||
                          (world->endings_lost != 0 && world_ending_lost(world, to, packed));
        if (!world->seats[to].down && !lost)
            world_receive(world, to, packed);
    }
    world->wire.used = 0;
    world->wire_read = 0;
}

void world_release(struct world *world)
{
    world->withholds = 0;
    for (size_t at = 0; at < world->kept.used;) {
        uint32_t to;
        const struct bytes packed = world_log_next(&world->kept, &at, &to);
        world_log_add(&world->wire, to, packed);
    }
    world->kept.used = 0;
    world_settle(world);
}

void world_run(struct world *world, msec until)
{
    for (;;) {
        msec next = until;
        for (unsigned i = 0; i < world->count; i++) {
            if (!world->seats[i].down && table_deadline(world->seats[i].table) < next)
                next = table_deadline(world->seats[i].table);
        }
        if (next > world->now)
            world->now = next;
        if (world->now >= until)
            return;
        for (unsigned i = 0; i < world->count; i++) {
            if (!world->seats[i].down && table_deadline(world->seats[i].table) <= world->now) {
                table_expire(world->seats[i].table, world->now, 1700000000000 + world->now,
                             &world->out);
                world_take(world, i);
            }
        }
        world_settle(world);
        world->now++;
    }
}

static void world_open_table(struct world *world, unsigned i)
{
    struct world_seat *seat = &world->seats[i];
    struct table_config config = {.self = seat->late ? SEAT_NONE : i,
                                  .identity = seat->identity,
                                  .sits = seat->late,
                                  .invitation = seat->invitation,
                                  .accuses = true,
                                  .witness = seat->witness,
                                  .kick = world->kick,
                                  .absent = world->absent,
                                  .delay = 50,
                                  .archive = {.context = seat->archive,
                                              .put = world_archive_put,
                                              .block = world_archive_block,
                                              .certificate = world_archive_certificate,
                                              .end = world_archive_end,
                                              .ending = world_archive_ending}};
    config.random[0] = (uint8_t)(i + 1);
    config.random[1] = (uint8_t)world->now;
    memcpy(config.seed, seat->seed, sizeof config.seed);
    snprintf(config.name, sizeof config.name, "seat-%u", i + 1);
    seat_secrets_derive(seat->seed, &world->seating.genesis.id, &config.secrets);
    seat->table = malloc(sizeof *seat->table);
    CHECK(seat->table != NULL);
    table_init(seat->table, &world->seating, &config, world->now);
}

static void world_make(struct world *world, unsigned i)
{
    struct world_seat *seat = &world->seats[i];
    memset(seat->seed, (int)i + 1, sizeof seat->seed);
    identity_derive(&seat->identity, seat->seed, 1);
    seat->archive = archive_create();
    seat->events = malloc(WORLD_EVENTS_MAX * sizeof *seat->events);
}

unsigned world_join(struct world *world, bool witness)
{
    const unsigned i = world->count++;
    CHECK(i < WORLD_SEATS_MAX);
    world_make(world, i);
    world->seats[i].late = true;
    world->seats[i].witness = witness;
    if (!world->uninvited)
        world->seats[i].invitation = world->invitation;
    world_open_table(world, i);
    table_start(world->seats[i].table, world->now, 1700000000000 + world->now, false, &world->out);
    world_take(world, i);
    world->seats[i].down = world->arrivals_vanish;
    world_settle(world);
    return i;
}

static void open_all(struct world *world, unsigned count, unsigned witnesses,
                     enum admission admission)
{
    world->count = count;
    world->now = 1000;
    world->out.effects_max = 4096;
    world->out.effects = malloc(4096 * sizeof *world->out.effects);
    world->out.arena_size = (size_t)4 << 20;
    world->out.arena = malloc(world->out.arena_size);
    for (unsigned i = 0; i < count; i++)
        world_make(world, i);
    struct genesis genesis = {.host = world->seats[0].identity.key,
                              .name = "test",
                              .seats = count,
                              .most = count < SEATS_MAX ? SEATS_MAX : 0,
                              .buy_in = 1000,
                              .bank = 100000,
                              .window = 20000,
                              .admission = admission,
                              .rules = craps_rules_casino()};
    if (admission == ADMISSION_INVITATION) {
        invitation_derive(world->seats[0].seed, genesis.nonce, &world->invitation);
        invitation_key(&world->invitation, &genesis.invitation);
    }
    uint8_t packed[GENESIS_SIZE_MAX];
    const size_t size = genesis_pack(&genesis, packed);
    CHECK(size > 0);
    static uint8_t sits[SEATS_MAX][SIT_SIZE_MAX];
    struct bytes views[SEATS_MAX];
    for (unsigned i = 0; i < count; i++) {
        struct seat_secrets secrets;
        const uint8_t random[32] = {(uint8_t)i};
        char name[16];
        snprintf(name, sizeof name, "seat-%u", i + 1);
        seat_secrets_derive(world->seats[i].seed, &genesis.id, &secrets);
        secrets.invitation = world->seats[i].invitation = world->invitation;
        views[i].at = sits[i];
        views[i].size =
            sit_pack(&genesis.id, &secrets, world->seats[i].identity.secret,
                     &world->seats[i].identity.key, name, i >= count - witnesses, random, sits[i]);
        CHECK(views[i].size > 0);
    }
    world->seating_size = seating_pack((struct bytes){.at = packed, .size = size}, views, count,
                                       world->seats[0].identity.secret, world->seating_packed);
    uint8_t memory[2048];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    const struct bytes seating = {.at = world->seating_packed, .size = world->seating_size};
    CHECK(frame_unpack(&bitcraps__seating__descriptor, seating, &arena, &base) == FRAME_OK);
    CHECK(seating_open((const Bitcraps__Seating *)base, &world->seating) == SEATING_OK);
    for (unsigned i = 0; i < count; i++) {
        world_open_table(world, i);
        if (world->seats[i].down)
            continue;
        table_start(world->seats[i].table, world->now, 1700000000000 + world->now, false,
                    &world->out);
        world_take(world, i);
    }
    world_settle(world);
}

void world_open(struct world *world, unsigned count, unsigned witnesses)
{
    world_open_to(world, count, witnesses, ADMISSION_OPEN);
}

void world_open_to(struct world *world, unsigned count, unsigned witnesses,
                   enum admission admission)
{
    memset(world, 0, sizeof *world);
    open_all(world, count, witnesses, admission);
}

void world_open_absent(struct world *world, unsigned count, unsigned absentee, msec absent)
{
    memset(world, 0, sizeof *world);
    world->absent = absent;
    world->seats[absentee].down = true;
    open_all(world, count, 0, ADMISSION_OPEN);
}

void world_close(struct world *world)
{
    for (unsigned i = 0; i < world->count; i++) {
        free(world->seats[i].table);
        archive_destroy(world->seats[i].archive);
        free(world->seats[i].records.bytes);
        free(world->seats[i].events);
    }
    free(world->wire.bytes);
    free(world->kept.bytes);
    free(world->out.effects);
    free(world->out.arena);
}

static void world_start_again(struct world *world, unsigned i, bool hole)
{
    struct world_seat *seat = &world->seats[i];
    static uint8_t memory[ARENA_SIZE];
    free(seat->table);
    archive_destroy(seat->archive);
    seat->archive = archive_create();
    seat->down = false;
    world_open_table(world, i);
    uint32_t unused;
    for (size_t at = 0; at < seat->records.used;) {
        const struct bytes packed = world_log_next(&seat->records, &at, &unused);
        struct arena arena = {.at = memory, .size = sizeof memory};
        const ProtobufCMessage *base;
        CHECK(frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) == FRAME_OK);
        table_restore(seat->table, (const Bitcraps__Message *)base);
    }
    if (hole)
        table_forget(seat->table);
    table_start(seat->table, world->now, 1700000000000 + world->now, true, &world->out);
    world_take(world, i);
    world_settle(world);
}

void world_restart(struct world *world, unsigned i)
{
    world_start_again(world, i, false);
}

void world_restart_older(struct world *world, unsigned i, size_t used)
{
    CHECK(used <= world->seats[i].records.used);
    world->seats[i].records.used = used;
    world_start_again(world, i, false);
    world->seats[i].table->config.sits = true;
}

void world_restart_hole(struct world *world, unsigned i)
{
    world_start_again(world, i, true);
    world->seats[i].table->config.sits = true;
}

void world_restart_empty(struct world *world, unsigned i)
{
    struct world_seat *seat = &world->seats[i];
    free(seat->table);
    archive_destroy(seat->archive);
    seat->archive = archive_create();
    seat->records.used = 0;
    seat->down = false;
    world_open_table(world, i);
    seat->table->config.sits = true;
    if (!seat->late)
        table_forget(seat->table); /* As whoever finds an unknown Sit of his in the seat list. */
    table_start(seat->table, world->now, 1700000000000 + world->now, false, &world->out);
    world_take(world, i);
    world_settle(world);
}

const struct state *world_state(const struct world *world, unsigned i)
{
    return table_final(world->seats[i].table);
}

enum table_verdict world_order(struct world *world, unsigned i, const struct craps_order *orders,
                               size_t count, struct refusal *refusal)
{
    uint64_t sequence;
    struct refusal unused;
    const enum table_verdict verdict =
        table_order(world->seats[i].table, world->now, 1700000000000 + world->now, orders, count,
                    &sequence, refusal != NULL ? refusal : &unused, &world->out);
    world_take(world, i);
    return verdict;
}

enum table_verdict world_bet(struct world *world, unsigned i, struct craps_bet bet, chips amount,
                             struct refusal *refusal)
{
    const struct craps_order order = {.bet = bet, .deed = CRAPS_DEED_ADD, .amount = amount};
    return world_order(world, i, &order, 1, refusal);
}

enum table_verdict world_ready(struct world *world, unsigned i)
{
    uint64_t sequence;
    struct refusal refusal;
    const enum table_verdict verdict =
        table_ready(world->seats[i].table, world->now, 1700000000000 + world->now, &sequence,
                    &refusal, &world->out);
    world_take(world, i);
    return verdict;
}

enum table_verdict world_leave(struct world *world, unsigned i)
{
    uint64_t sequence;
    struct refusal refusal;
    const enum table_verdict verdict =
        table_leave(world->seats[i].table, world->now, 1700000000000 + world->now, &sequence,
                    &refusal, &world->out);
    world_take(world, i);
    return verdict;
}

enum table_verdict world_approve(struct world *world, unsigned i, unsigned whom,
                                 struct refusal *refusal)
{
    uint64_t sequence;
    struct refusal ignored;
    const enum table_verdict verdict =
        table_approve(world->seats[i].table, world->now, 1700000000000 + world->now,
                      &world->seats[whom].identity.key, &sequence,
                      refusal == NULL ? &ignored : refusal, &world->out);
    world_take(world, i);
    return verdict;
}

static const struct strategy *world_strategy(unsigned i)
{
    static const char *const names[] = {"pass-odds", "dont-pass", "place-6-8", "random-legal"};
    static struct strategy strategies[4];
    static bool made[4];
    struct strategy_error error;
    if (!made[i % 4]) {
        const struct strategy_source *source = strategy_library_find(
            (struct bytes){.at = (const uint8_t *)names[i % 4], .size = strlen(names[i % 4])});
        CHECK(source != NULL && strategy_parse(source->text, &strategies[i % 4], &error));
        made[i % 4] = true;
    }
    return &strategies[i % 4];
}

/* What a seat's strategy orders on a copy of the felt, at the start of its session. */
static size_t world_plan(struct world *world, unsigned i,
                         struct craps_order orders[static CRAPS_ORDERS_MAX])
{
    const struct state *state = world_state(world, i);
    const struct craps_card *card = &world->seating.card;
    const unsigned self = world->seats[i].table->config.self;
    static struct strategy_player player;
    struct craps felt = state->craps;
    struct strategy_view view = {
        .craps = &felt, .card = card, .seat = self, .rail = ledger_rail(&state->ledger, self)};
    size_t count = 0;
    strategy_begin(&player, world_strategy(i), view.rail, card->rules.limits[CRAPS_LIMIT_LINE].min,
                   state->roll * 0x9e3779b97f4a7c15u + i);
    while (count < 8) {
        const struct strategy_action action = strategy_next(world_strategy(i), &player, &view);
        struct craps_money money;
        struct craps_refusal why;
        if (action.deed != STRATEGY_PLACE && action.deed != STRATEGY_TAKE_DOWN)
            break;
        orders[count] = (struct craps_order){
            .bet = action.bet,
            .deed = action.deed == STRATEGY_PLACE ? CRAPS_DEED_ADD : CRAPS_DEED_TAKE,
            .amount = action.amount};
        CHECK(craps_carry_out(&felt, card, self, &orders[count], &money, &why) == CRAPS_ACCEPTED);
        const chips moved = money.stake + money.vig;
        view.rail += orders[count++].deed == CRAPS_DEED_ADD ? -moved : moved;
    }
    return count;
}

static bool world_plays(const struct world *world, unsigned i)
{
    const struct state *state = world_state(world, i);
    return state_players(state) >> world->seats[i].table->config.self & 1;
}

void world_play(struct world *world, unsigned i)
{
    struct craps_order orders[CRAPS_ORDERS_MAX];
    if (world->seats[i].down || !world_plays(world, i))
        return;
    const size_t count = world_plan(world, i, orders);
    if (count > 0 && world_order(world, i, orders, count, NULL) == TABLE_REFUSED) {
        for (size_t k = 0; k < count; k++)
            world_order(world, i, &orders[k], 1, NULL);
    }
    world_ready(world, i);
}

void world_play_roll(struct world *world)
{
    for (unsigned i = 0; i < world->count; i++)
        world_play(world, i);
    world_settle(world);
}

bool world_agrees(const struct world *world, unsigned like)
{
    struct digest first;
    state_root(world_state(world, like), &first);
    for (unsigned i = 0; i < world->count; i++) {
        struct digest root;
        if (world->seats[i].down)
            continue;
        state_root(world_state(world, i), &root);
        if (memcmp(&first, &root, sizeof root) != 0)
            return false;
    }
    return true;
}

struct bytes world_export(const struct world *world, unsigned i)
{
    struct archive *archive = world->seats[i].archive;
    bool ended;
    const uint64_t height = archive_exported(archive, &ended);
    const struct bytes certificate = archive_certificate(archive, height);
    size_t size = EXPORT_OVERHEAD(height) + world->seating_size + certificate.size;
    uint64_t at_height;
    for (uint64_t epoch = 1; epoch <= archive_endings(archive); epoch++)
        size += 16 + archive_ending(archive, epoch, &at_height).size;
    for (uint64_t at = 1; at <= height; at++)
        size += archive_block(archive, at).size;
    uint8_t *bytes = malloc(size);
    CHECK(bytes != NULL);
    struct writer w = writer_on(bytes, size);
    export_begin(&w, (struct bytes){.at = world->seating_packed, .size = world->seating_size});
    for (uint64_t at = 1; at <= height; at++)
        export_block(&w, archive_block(archive, at));
    if (!ended)
        export_end(&w, certificate);
    for (uint64_t epoch = 1; epoch <= archive_endings(archive); epoch++) {
        const struct bytes ending = archive_ending(archive, epoch, &at_height);
        if (at_height <= height)
            export_ending(&w, ending);
    }
    CHECK(!w.failed);
    return written(&w);
}
