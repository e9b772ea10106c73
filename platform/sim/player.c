/* SPDX-License-Identifier: MIT */
#include "platform/sim/player.h"

#include "base/check.h"
#include "frame/frame.h"
#include "strategy/library.h"

#include <stdlib.h>
#include <string.h>

#define ORDERS_AT_ONCE 6

/* ---- What is final ---- */

static bool decided(const struct referee_final *final, uint64_t epoch, uint64_t view)
{
    return final->epoch != epoch ? final->epoch < epoch : final->view <= view;
}

/* What was decided in views up to this one is durable now. */
static void tell_referee(struct player *player, uint64_t epoch, uint64_t view)
{
    while (player->told < player->height &&
           decided(&player->waiting[player->told + 1], epoch, view)) {
        struct referee_final *final = &player->waiting[++player->told];
        if (player->honest)
            referee_finalized(player->players->referee, player->person, final);
        if (player->honest) {
            free(final->packed);
            final->packed = NULL;
        }
    }
}

static void archive_put(void *context, uint64_t height, struct bytes packed,
                        struct bytes certificate)
{
    uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    struct player *player = context;
    const ProtobufCMessage *base;
    struct block_header header;
    CHECK(height == player->height + 1 && height < REFEREE_HEIGHTS_MAX);
    CHECK(frame_unpack(&bitcraps__block__descriptor, packed, &arena, &base) == FRAME_OK);
    const Bitcraps__Block *block = (const Bitcraps__Block *)base;
    CHECK(block_header_decode((struct bytes){block->header.data, block->header.len}, &header));
    struct referee_final *final = &player->waiting[++player->height];
    *final = (struct referee_final){.height = height,
                                    .epoch = header.epoch,
                                    .view = header.view,
                                    .size = packed.size,
                                    .packed = malloc(packed.size)};
    CHECK(final->packed != NULL);
    memcpy(final->packed, packed.at, packed.size);
    player->certificates[height].size = certificate.size;
    player->certificates[height].packed = NULL;
    if (certificate.size == 0)
        return;
    player->certificates[height].packed = malloc(certificate.size);
    CHECK(player->certificates[height].packed != NULL);
    memcpy(player->certificates[height].packed, certificate.at, certificate.size);
}

/* An honest seat's blocks are the referee's, byte for byte, or it would have said so. */
static size_t archive_block(void *context, uint64_t height, uint8_t *to, size_t size_max)
{
    const struct player *player = context;
    if (height == 0 || height > player->height)
        return 0;
    const struct referee_final *final = &player->waiting[height];
    struct bytes packed = {final->packed, final->size};
    if (packed.at == NULL)
        packed = referee_block(player->players->referee, height);
    if (packed.size > size_max)
        return 0;
    memcpy(to, packed.at, packed.size);
    return packed.size;
}

static size_t archive_certificate(void *context, uint64_t height, uint8_t *to, size_t size_max)
{
    const struct player *player = context;
    while (height > 0 && height <= player->height && player->certificates[height].size == 0)
        height++;
    if (height == 0 || height > player->height || player->certificates[height].size > size_max)
        return 0;
    memcpy(to, player->certificates[height].packed, player->certificates[height].size);
    return player->certificates[height].size;
}

static void archive_end(void *context, uint64_t epoch, uint64_t height, struct bytes ending)
{
    struct player *player = context;
    CHECK(epoch == player->endings_count + 1 && epoch <= REFEREE_EPOCHS_MAX);
    struct player_ending *kept = &player->endings[player->endings_count++];
    *kept = (struct player_ending){height, ending.size, malloc(ending.size)};
    CHECK(kept->packed != NULL);
    memcpy(kept->packed, ending.at, ending.size);
}

static size_t archive_ending(void *context, uint64_t epoch, uint64_t *height, uint8_t *to,
                             size_t size_max)
{
    const struct player *player = context;
    if (epoch < 1 || epoch > player->endings_count)
        return 0;
    const struct player_ending *kept = &player->endings[epoch - 1];
    if (kept->size > size_max)
        return 0;
    *height = kept->height;
    memcpy(to, kept->packed, kept->size);
    return kept->size;
}

static bool ends_epoch(const struct player *player, uint64_t height)
{
    for (unsigned i = 0; i < player->endings_count; i++) {
        if (player->endings[i].height == height)
            return true;
    }
    return false;
}

uint64_t player_certified(const struct player *player, struct bytes *certificate)
{
    uint64_t height = player->told;
    *certificate = (struct bytes){NULL, 0};
    while (height > 0 && player->certificates[height].size == 0 && !ends_epoch(player, height))
        height--;
    if (height > 0 && !ends_epoch(player, height))
        *certificate =
            (struct bytes){player->certificates[height].packed, player->certificates[height].size};
    return height;
}

/* ---- The node ---- */

static void forget_finals(struct player *player)
{
    for (uint64_t height = 1; height <= player->height; height++) {
        free(player->waiting[height].packed);
        free(player->certificates[height].packed);
    }
    player->height = player->told = 0;
    for (unsigned i = 0; i < player->endings_count; i++)
        free(player->endings[i].packed);
    player->endings_count = 0;
}

static const struct person *owner(const struct player *player)
{
    return &player->players->persons[player->person];
}

static void player_init(void *node, msec now, int64_t wall_clock)
{
    struct player *player = node;
    const struct players *players = player->players;
    const struct person *person = owner(player);
    struct table_config config = {.self = person->founder ? player->person : SEAT_NONE,
                                  .delay = PLAYER_DELAY_MSEC,
                                  .name = "player",
                                  .witness = person->witness,
                                  .kick = players->still ? INT64_MAX / 2 : players->kick,
                                  .absent = players->still ? INT64_MAX / 2 : players->absent,
                                  .reckless = !player->honest,
                                  .archive = {.context = player,
                                              .put = archive_put,
                                              .block = archive_block,
                                              .certificate = archive_certificate}};
    (void)wall_clock;
    player->life++;
    forget_finals(player);
    player->bet_roll = 0;
    if (!players->still) {
        config.identity = person->identity;
        config.sits = person->wants;
        config.accuses = true;
        config.archive.end = archive_end;
        config.archive.ending = archive_ending;
    }
    memcpy(config.seed, person->seed, sizeof config.seed);
    seat_secrets_derive(person->seed, &players->seating->genesis.id, &config.secrets);
    memcpy(config.random, player->seed, sizeof player->seed);
    memcpy(config.random + sizeof player->seed, &player->life, sizeof player->life);
    table_init(player->table, players->seating, &config, now);
}

static const Bitcraps__Message *unpack(struct bytes packed)
{
    static uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) != FRAME_OK)
        return NULL;
    return (const Bitcraps__Message *)base;
}

static void player_restore(void *node, struct bytes record)
{
    struct player *player = node;
    const Bitcraps__Message *message = unpack(record);
    CHECK(message != NULL);
    table_restore(player->table, message);
}

static void player_resume(void *node, msec now, int64_t wall_clock, uint64_t fresh,
                          struct outbox *out)
{
    struct player *player = node;
    (void)fresh; /* The life's number makes its randomness fresh. */
    tell_referee(player, UINT64_MAX, UINT64_MAX);
    table_start(player->table, now, wall_clock, true, out);
}

static void player_receive(void *node, msec now, int64_t wall_clock, struct bytes packed,
                           struct outbox *out)
{
    struct player *player = node;
    const Bitcraps__Message *message = unpack(packed);
    /* A liar meets its own lies and has no scruples to go on. */
    if (!player->honest) {
        liar_hears(&player->liar, packed);
        player->table->consensus.amnesiac = false;
    }
    if (message != NULL)
        table_receive(player->table, now, wall_clock, message, out);
}

static void player_expire(void *node, msec now, int64_t wall_clock, struct outbox *out)
{
    struct player *player = node;
    table_expire(player->table, now, wall_clock, out);
}

static msec player_deadline(const void *node)
{
    const struct player *player = node;
    return table_deadline(player->table);
}

static void player_recorded(void *node, struct bytes record)
{
    struct player *player = node;
    if (player->honest)
        referee_reads(player->players->referee, player->person, record);
    const Bitcraps__Message *message = unpack(record);
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_CERTIFICATE &&
        message->certificate->type == VOTE_FINALIZE)
        tell_referee(player, message->certificate->epoch, message->certificate->view);
}

static void player_sent(void *node, uint32_t target, struct bytes packed)
{
    struct player *player = node;
    (void)target;
    referee_hears(player->players->referee, player->person, packed);
}

/* Who sits where, or asked from where, as this table knows it. */
static uint32_t player_address(const void *node, uint32_t target)
{
    const struct player *player = node;
    const struct players *players = player->players;
    const struct node_id *meant = table_target(player->table, target);
    for (unsigned i = 0; meant != NULL && i < players->count; i++) {
        if (memcmp(meant, &players->persons[i].identity.node, sizeof *meant) == 0)
            return i;
    }
    return SIM_NOBODY;
}

static size_t player_tells(void *node, unsigned to, struct bytes message, uint8_t *instead,
                           size_t size_max, msec *late)
{
    struct player *player = node;
    return liar_tells(&player->liar, player->table, player->players->person_of[to], message,
                      instead, size_max, late);
}

const struct sim_node_operations player_operations = {
    .effect_record = TABLE_EFFECT_RECORD,
    .effect_send = TABLE_EFFECT_SEND,
    .init = player_init,
    .restore = player_restore,
    .resume = player_resume,
    .receive = player_receive,
    .expire = player_expire,
    .deadline = player_deadline,
    .recorded = player_recorded,
    .address = player_address,
    .sent = player_sent,
};

const struct sim_node_operations player_lies = {
    .effect_record = TABLE_EFFECT_RECORD,
    .effect_send = TABLE_EFFECT_SEND,
    .init = player_init,
    .restore = player_restore,
    .resume = player_resume,
    .receive = player_receive,
    .expire = player_expire,
    .deadline = player_deadline,
    .recorded = player_recorded,
    .address = player_address,
    .tell = player_tells,
};

struct player *player_create(struct players *players, unsigned person, const struct liar *liar,
                             bool twin)
{
    struct player *player = calloc(1, sizeof *player);
    CHECK(player != NULL);
    player->players = players;
    player->person = person;
    player->honest = liar == NULL;
    memset(player->seed, (int)person + 1 + (twin ? PERSONS_MAX : 0), sizeof player->seed);
    if (liar != NULL)
        player->liar = *liar;
    player->table = malloc(sizeof *player->table);
    CHECK(player->table != NULL);
    return player;
}

void player_destroy(struct player *player)
{
    forget_finals(player);
    free(player->table);
    free(player);
}

void player_starts(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out)
{
    struct player *player = node;
    (void)context;
    table_start(player->table, now, wall_clock, false, out);
}

void player_moves(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out)
{
    struct player *player = node;
    struct table *table = player->table;
    const struct state *state = table_final(table);
    const unsigned seat = table->config.self;
    const bool wants = owner(player)->wants;
    uint64_t sequence;
    struct refusal refusal;
    (void)context;
    table->config.sits = wants && table->position == SEAT_NONE;
    if (wants || seat == SEAT_NONE || (state->left >> seat & 1) != 0 ||
        table->latest[seat].sequence > state->sequence[seat])
        return;
    table_leave(table, now, wall_clock, &sequence, &refusal, out);
}

void player_acts(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out)
{
    struct player *player = node;
    (void)now;
    (void)wall_clock;
    (void)context;
    liar_acts(&player->liar, player->table, out);
}

/* ---- Play ---- */

static const char *const strategy_names[PLAYER_STRATEGIES] = {"pass-odds", "dont-pass", "come",
                                                              "place-6-8", "random-legal"};

void players_learn(struct players *players)
{
    for (unsigned i = 0; i < PLAYER_STRATEGIES; i++) {
        const struct bytes name = {(const uint8_t *)strategy_names[i], strlen(strategy_names[i])};
        const struct strategy_source *source = strategy_library_find(name);
        struct strategy_error error;
        CHECK(source != NULL && strategy_parse(source->text, &players->strategies[i], &error));
    }
}

/* What a strategy orders on a copy of the felt, as at the start of a session. */
static size_t plan(struct player *player, struct chance *chance,
                   struct craps_order orders[static CRAPS_ORDERS_MAX])
{
    struct players *players = player->players;
    const struct state *state = table_final(player->table);
    const struct strategy *strategy = &players->strategies[chance_below(chance, PLAYER_STRATEGIES)];
    const struct craps_card *card = &players->seating->card;
    const unsigned seat = player->table->config.self;
    struct strategy_player *mind = &players->mind;
    struct craps felt = state->craps;
    struct strategy_view view = {
        .craps = &felt, .card = card, .seat = seat, .rail = ledger_rail(&state->ledger, seat)};
    size_t count = 0;
    strategy_begin(mind, strategy, view.rail, card->rules.limits[CRAPS_LIMIT_LINE].min,
                   chance_next(chance));
    while (count < ORDERS_AT_ONCE) {
        const struct strategy_action action = strategy_next(strategy, mind, &view);
        struct craps_money money;
        struct craps_refusal why;
        if (action.deed != STRATEGY_PLACE && action.deed != STRATEGY_TAKE_DOWN)
            break;
        orders[count] = (struct craps_order){
            .bet = action.bet,
            .deed = action.deed == STRATEGY_PLACE ? CRAPS_DEED_ADD : CRAPS_DEED_TAKE,
            .amount = action.amount};
        if (craps_carry_out(&felt, card, seat, &orders[count], &money, &why) != CRAPS_ACCEPTED)
            continue;
        const chips moved = money.stake + money.vig;
        view.rail += orders[count++].deed == CRAPS_DEED_ADD ? -moved : moved;
    }
    return count;
}

/* What a person does: some bets of one strategy or another, then ready; mostly. */
void player_plays(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out)
{
    struct player *player = node;
    struct chance *chance = context;
    const struct state *state = table_final(player->table);
    const uint64_t roll = state->roll;
    uint64_t sequence;
    struct refusal refusal;
    if (state->phase != STATE_PHASE_BETTING || player->bet_roll == roll ||
        state->rolls_done >= player->players->rolls ||
        !(state_players(state) >> player->table->config.self & 1))
        return;
    struct craps_order orders[CRAPS_ORDERS_MAX];
    const size_t count = plan(player, chance, orders);
    /* All in one breath, or one after the other. */
    const size_t each = chance_below(chance, 2) == 0 ? count : 1;
    for (size_t i = 0; i < count && table_final(player->table)->roll == roll; i += each)
        table_order(player->table, now, wall_clock, orders + i, each, &sequence, &refusal, out);
    if (table_final(player->table)->roll == roll &&
        table_ready(player->table, now, wall_clock, &sequence, &refusal, out) == TABLE_SENT)
        player->bet_roll = roll;
}
