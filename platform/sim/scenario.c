/* SPDX-License-Identifier: MIT */
#include "platform/sim/scenario.h"

#include "audit/audit.h"
#include "audit/export.h"
#include "base/check.h"
#include "frame/frame.h"
#include "noise/identity.h"
#include "platform/sim/sim.h"
#include "strategy/library.h"
#include "strategy/strategy.h"
#include "table/table.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATEMENTS_MAX 65536
#define HEIGHTS_MAX    8192
#define SETTLE_MSEC    180000 /* How long rest may take after the faults. */
#define IDLE_MSEC      60000  /* Silence is looked for in so long, */
#define IDLE_MESSAGES  8      /* with at most so many messages for each pair of nodes. */
#define BOT_ORDERS_MAX 6
#define STRATEGIES     5

/* A statement that a seat has signed, once: what may not be said otherwise is `said`. */
struct statement {
    uint8_t key[16]; /* Hash of seat, kind, view or number. */
    struct digest said;
};

struct kept_block {
    uint8_t *bytes;
    size_t size;
    struct digest digest;
};

struct player {
    struct scenario *scenario;
    unsigned seat;
    uint8_t seed[32];
    struct identity identity;
    struct seat_secrets secrets;
    struct table *table;
    uint64_t life;
    uint64_t bet_roll;         /* The last roll it bet for. */
    uint64_t final_height;     /* Highest ever, over all lives. */
    uint8_t certificate[2048]; /* The newest that the archive was given. */
    size_t certificate_size;
    uint64_t certified;
};

struct scenario {
    struct scenario_config config;
    struct scenario_result *result;
    struct sim *sim;
    struct seating seating;
    uint8_t seating_packed[SEATING_SIZE_MAX];
    size_t seating_size;
    struct electorate electorate;
    struct player players[SEATS_MAX];
    struct statement *statements;          /* Open addressing by key. */
    struct kept_block blocks[HEIGHTS_MAX]; /* From height 1: what the first to finalize it had. */
    uint64_t height;
    struct state reference; /* After block `height`, executed here. */
    bool shares_known;
    struct scalar shares[SEATS_MAX];
    struct strategy strategies[STRATEGIES];
    struct strategy_player mind; /* Of whoever is at it; no one remembers anything. */
};

__attribute__((format(printf, 2, 3))) static void broken(struct scenario *scenario,
                                                         const char *format, ...)
{
    if (!scenario->result->held)
        return;
    scenario->result->held = false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(scenario->result->broken, sizeof scenario->result->broken, format, arguments);
    va_end(arguments);
}

struct scenario_config scenario_default(void)
{
    return (struct scenario_config){.nodes = 4, .rolls = 10, .delay_max = 20, .faults_msec = 60000};
}

/* ---- S2: nobody contradicts itself -------------------------------------------------------------
 */

static void said(struct scenario *scenario, unsigned seat, char kind, uint64_t number,
                 const struct digest *what)
{
    uint8_t plain[16] = {(uint8_t)seat, (uint8_t)kind};
    memcpy(plain + 8, &number, sizeof number);
    uint8_t key[16];
    crypto_generichash(key, sizeof key, plain, sizeof plain, NULL, 0);
    uint32_t at;
    memcpy(&at, key, sizeof at);
    for (at %= STATEMENTS_MAX;; at = (at + 1) % STATEMENTS_MAX) {
        struct statement *statement = &scenario->statements[at];
        static const uint8_t empty[16] = {0};
        if (memcmp(statement->key, empty, sizeof empty) == 0) {
            memcpy(statement->key, key, sizeof key);
            statement->said = *what;
            return;
        }
        if (memcmp(statement->key, key, sizeof key) != 0)
            continue;
        if (memcmp(&statement->said, what, sizeof *what) != 0)
            broken(scenario, "S2: seat %u said two things: %c of %llu", seat + 1, kind,
                   (unsigned long long)number);
        return;
    }
}

static void vote_said(struct scenario *scenario, unsigned seat, uint32_t type, uint64_t view,
                      ProtobufCBinaryData digest)
{
    struct digest what = {{0}};
    if (digest.len == DIGEST_SIZE)
        memcpy(what.bytes, digest.data, DIGEST_SIZE);
    if (type == VOTE_NOTARIZE)
        said(scenario, seat, 'N', view, &what);
    /* NULLIFY and FINALIZE of one view exclude each other. */
    const struct digest ending = {{(uint8_t)type}};
    if (type != VOTE_NOTARIZE)
        said(scenario, seat, 'E', view, &ending);
    if (type == VOTE_FINALIZE)
        said(scenario, seat, 'F', view, &what);
}

static void action_said(struct scenario *scenario, unsigned seat, struct bytes body)
{
    uint8_t memory[2048];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__action_body__descriptor, body, &arena, &base) == FRAME_OK);
    const Bitcraps__ActionBody *action = (const Bitcraps__ActionBody *)base;
    struct digest what;
    crypto_generichash(what.bytes, DIGEST_SIZE, body.at, body.size, NULL, 0);
    if (action->seat == seat)
        said(scenario, seat, 'A', action->sequence, &what);
}

/* R2: somebody has finalized that CLOSE block before the first partial for it leaves. */
static void partial_said(struct scenario *scenario, unsigned seat, const Bitcraps__Partial *partial)
{
    struct digest close;
    memcpy(close.bytes, partial->close.data, DIGEST_SIZE);
    said(scenario, seat, 'P', partial->roll, &close);
    for (uint64_t height = scenario->height; height > 0; height--) {
        if (memcmp(&scenario->blocks[height].digest, &close, sizeof close) == 0)
            return;
    }
    broken(scenario, "R2: seat %u gave its partial of roll %llu before its bets were final",
           seat + 1, (unsigned long long)partial->roll);
}

static void player_sent(void *node, uint32_t target, struct bytes packed)
{
    static uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    struct player *player = node;
    const ProtobufCMessage *base;
    (void)target;
    CHECK(frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) == FRAME_OK);
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_VOTE && message->vote->seat == player->seat)
        vote_said(player->scenario, player->seat, message->vote->type, message->vote->view,
                  message->vote->digest);
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_ACTION)
        action_said(
            player->scenario, player->seat,
            (struct bytes){.at = message->action->body.data, .size = message->action->body.len});
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_PARTIAL &&
        message->partial->seat == player->seat)
        partial_said(player->scenario, player->seat, message->partial);
}

/* ---- S1, S3, R1: what is final
 * ------------------------------------------------------------------- */

static void learn_shares(struct scenario *scenario)
{
    struct keygen_params params;
    state_keys_params(&scenario->reference, &scenario->seating, &params);
    for (unsigned seat = 0; seat < scenario->seating.count; seat++) {
        struct scalar shares[SEATS_MAX];
        for (unsigned dealer = 0; dealer < scenario->seating.count; dealer++)
            CHECK(keygen_open_share(&params, (uint8_t)dealer, &scenario->reference.deals[dealer],
                                    (uint8_t)seat, &scenario->players[seat].secrets.dice,
                                    &shares[dealer]));
        CHECK(keygen_share(&scenario->reference.keys, (uint8_t)seat, shares,
                           &scenario->shares[seat]));
    }
    scenario->shares_known = true;
}

/* The value by the last t seats' secrets, whoever's partials the table used. */
static void oracle(struct scenario *scenario, struct element *value)
{
    const struct seating *seating = &scenario->seating;
    struct roll_statement statement;
    struct element values[SEATS_MAX];
    struct roll_weights weights = {0};
    uint32_t seats = 0;
    const uint8_t random[PROOF_RANDOM_SIZE] = {0};
    state_roll_statement(&scenario->reference, seating, &statement);
    for (unsigned i = 0; i < seating->quorum; i++) {
        const unsigned seat = seating->count - seating->quorum + i;
        struct roll_partial partial;
        roll_partial(&statement, &scenario->shares[seat],
                     &scenario->reference.keys.share_keys[seat], random, &partial);
        values[i] = partial.value;
        seats |= 1u << seat;
    }
    roll_weigh(&weights, seats);
    CHECK(roll_combine(&weights, values, value));
}

static void check_rolls(struct scenario *scenario, struct bytes payload)
{
    static uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (payload.size == 0 ||
        frame_unpack(&bitcraps__payload__descriptor, payload, &arena, &base) != FRAME_OK)
        return;
    const Bitcraps__Payload *message = (const Bitcraps__Payload *)base;
    if (message->items[0]->kind_case != BITCRAPS__ITEM__KIND_ROLL)
        return;
    struct element value;
    oracle(scenario, &value);
    if (memcmp(value.bytes, message->items[0]->roll->value.data, ELEMENT_SIZE) != 0)
        broken(scenario, "R1: roll %llu is not what the key gives",
               (unsigned long long)message->items[0]->roll->roll);
}

/* The first to finalize a height brings its block; it is executed once more, trusting nothing. */
static void first_final(struct scenario *scenario, uint64_t height, struct bytes packed,
                        const Bitcraps__Block *block, const struct digest *digest)
{
    struct kept_block *kept = &scenario->blocks[height];
    kept->bytes = malloc(packed.size);
    CHECK(kept->bytes != NULL);
    memcpy(kept->bytes, packed.at, packed.size);
    kept->size = packed.size;
    kept->digest = *digest;
    scenario->height = height;
    struct block_header header;
    struct digest root;
    CHECK(block_header_decode((struct bytes){.at = block->header.data, .size = block->header.len},
                              &header));
    state_root(&scenario->reference, &root);
    if (memcmp(&root, &header.state_root, sizeof root) != 0)
        broken(scenario, "S3: the state root under block %llu", (unsigned long long)height);
    const struct bytes payload = {.at = block->payload.data, .size = block->payload.len};
    if (!scenario->shares_known && scenario->reference.phase == STATE_PHASE_BETTING)
        learn_shares(scenario);
    check_rolls(scenario, payload);
    const struct execution execution = {.seating = &scenario->seating};
    const enum state_verdict verdict =
        state_execute(&scenario->reference, &execution, &header, digest, payload);
    if (verdict != STATE_VALID)
        broken(scenario, "S3: block %llu is final and invalid: %s", (unsigned long long)height,
               state_verdict_text(verdict));
    if (ledger_fault(&scenario->reference.ledger) != NULL)
        broken(scenario, "S3: %s", ledger_fault(&scenario->reference.ledger));
}

static bool verify_real(void *context, const struct public_key *key, struct bytes message,
                        const struct signature *signature)
{
    (void)context;
    return crypto_sign_verify_detached(signature->bytes, message.at, message.size, key->bytes) == 0;
}

/* S4: what a seat keeps as a finalization convinces a stranger. */
static void check_certificate(struct player *player, uint64_t height, struct bytes packed)
{
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    const struct consensus_crypto crypto = {.verify = verify_real};
    if (packed.size == 0)
        return;
    if (frame_unpack(&bitcraps__certificate__descriptor, packed, &arena, &base) != FRAME_OK ||
        !certificate_valid(&player->scenario->electorate, &crypto,
                           (const Bitcraps__Certificate *)base))
        broken(player->scenario, "S4: a certificate of seat %u for height %llu", player->seat + 1,
               (unsigned long long)height);
    CHECK(packed.size <= sizeof player->certificate);
    memcpy(player->certificate, packed.at, packed.size);
    player->certificate_size = packed.size;
    player->certified = height;
}

static void archive_put(void *context, uint64_t height, struct bytes packed,
                        struct bytes certificate)
{
    static uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    struct player *player = context;
    struct scenario *scenario = player->scenario;
    const ProtobufCMessage *base;
    CHECK(height < HEIGHTS_MAX);
    CHECK(frame_unpack(&bitcraps__block__descriptor, packed, &arena, &base) == FRAME_OK);
    const Bitcraps__Block *block = (const Bitcraps__Block *)base;
    struct digest digest;
    block_digest(block->header.data, &digest);
    check_certificate(player, height, certificate);
    if (height > player->final_height)
        player->final_height = height;
    if (height == scenario->height + 1)
        first_final(scenario, height, packed, block, &digest);
    else if (height > scenario->height)
        broken(scenario, "S1: seat %u skipped to height %llu", player->seat + 1,
               (unsigned long long)height);
    else if (memcmp(&scenario->blocks[height].digest, &digest, sizeof digest) != 0)
        broken(scenario, "S1: two blocks are final at height %llu", (unsigned long long)height);
}

static size_t archive_block(void *context, uint64_t height, uint8_t *to, size_t size_max)
{
    const struct player *player = context;
    const struct kept_block *kept = &player->scenario->blocks[height];
    if (height == 0 || height > consensus_final_height(&player->table->consensus) ||
        kept->size > size_max)
        return 0;
    memcpy(to, kept->bytes, kept->size);
    return kept->size;
}

static size_t archive_certificate(void *context, uint64_t height, uint8_t *to, size_t size_max)
{
    const struct player *player = context;
    if (player->certified < height || player->certificate_size > size_max)
        return 0;
    memcpy(to, player->certificate, player->certificate_size);
    return player->certificate_size;
}

/* ---- Nodes
 * ------------------------------------------------------------------------------------------ */

static void player_init(void *node, msec now, int64_t wall_clock)
{
    struct player *player = node;
    struct table_config config = {.self = player->seat,
                                  .secrets = player->secrets,
                                  .delay = 50,
                                  .kick = INT64_MAX / 2, /* The seats stay as they are. */
                                  .absent = INT64_MAX / 2,
                                  .archive = {.context = player,
                                              .put = archive_put,
                                              .block = archive_block,
                                              .certificate = archive_certificate}};
    (void)wall_clock;
    player->life++;
    player->certified = 0;
    player->certificate_size = 0;
    memcpy(config.random, player->seed, 16);
    memcpy(config.random + 16, &player->life, sizeof player->life);
    table_init(player->table, &player->scenario->seating, &config, now);
    player->bet_roll = 0;
}

static void player_start(void *node, msec now, int64_t wall_clock, void *context,
                         struct outbox *out)
{
    struct player *player = node;
    (void)context;
    table_start(player->table, now, wall_clock, false, out);
}

static void player_restore(void *node, struct bytes record)
{
    static uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    struct player *player = node;
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__message__descriptor, record, &arena, &base) == FRAME_OK);
    table_restore(player->table, (const Bitcraps__Message *)base);
}

static void player_resume(void *node, msec now, int64_t wall_clock, uint64_t fresh,
                          struct outbox *out)
{
    struct player *player = node;
    (void)fresh; /* The life's number makes its randomness fresh. */
    table_start(player->table, now, wall_clock, true, out);
}

static void player_receive(void *node, msec now, int64_t wall_clock, struct bytes packed,
                           struct outbox *out)
{
    static uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    struct player *player = node;
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) == FRAME_OK)
        table_receive(player->table, now, wall_clock, (const Bitcraps__Message *)base, out);
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

static const struct sim_node_operations operations = {
    .effect_record = TABLE_EFFECT_RECORD,
    .effect_send = TABLE_EFFECT_SEND,
    .init = player_init,
    .restore = player_restore,
    .resume = player_resume,
    .receive = player_receive,
    .expire = player_expire,
    .deadline = player_deadline,
    .sent = player_sent,
};

static const char *const strategy_names[STRATEGIES] = {"pass-odds", "dont-pass", "come",
                                                       "place-6-8", "random-legal"};

static void learn_strategies(struct scenario *scenario)
{
    for (unsigned i = 0; i < STRATEGIES; i++) {
        const struct bytes name = {.at = (const uint8_t *)strategy_names[i],
                                   .size = strlen(strategy_names[i])};
        const struct strategy_source *source = strategy_library_find(name);
        struct strategy_error error;
        CHECK(source != NULL && strategy_parse(source->text, &scenario->strategies[i], &error));
    }
}

/* What a strategy orders on a copy of the felt, as at the start of a session. */
static size_t plan(struct player *player, struct chance *chance,
                   struct craps_order orders[static CRAPS_ORDERS_MAX])
{
    struct scenario *scenario = player->scenario;
    const struct state *state = table_final(player->table);
    const struct strategy *strategy = &scenario->strategies[chance_below(chance, STRATEGIES)];
    const struct craps_card *card = &scenario->seating.card;
    struct strategy_player *mind = &scenario->mind;
    struct craps felt = state->craps;
    struct strategy_view view = {.craps = &felt,
                                 .card = card,
                                 .seat = player->seat,
                                 .rail = ledger_rail(&state->ledger, player->seat)};
    size_t count = 0;
    strategy_begin(mind, strategy, view.rail, card->rules.limits[CRAPS_LIMIT_LINE].min,
                   chance_next(chance));
    while (count < BOT_ORDERS_MAX) {
        const struct strategy_action action = strategy_next(strategy, mind, &view);
        struct craps_money money;
        struct craps_refusal why;
        if (action.deed != STRATEGY_PLACE && action.deed != STRATEGY_TAKE_DOWN)
            break;
        orders[count] = (struct craps_order){
            .bet = action.bet,
            .deed = action.deed == STRATEGY_PLACE ? CRAPS_DEED_ADD : CRAPS_DEED_TAKE,
            .amount = action.amount};
        if (craps_carry_out(&felt, card, player->seat, &orders[count], &money, &why) !=
            CRAPS_ACCEPTED)
            continue;
        const chips moved = money.stake + money.vig;
        view.rail += orders[count++].deed == CRAPS_DEED_ADD ? -moved : moved;
    }
    return count;
}

/* What a person does: some bets of one strategy or another, then ready; mostly. */
static void player_plays(void *node, msec now, int64_t wall_clock, void *context,
                         struct outbox *out)
{
    struct player *player = node;
    struct chance *chance = context;
    const struct state *state = table_final(player->table);
    const uint64_t roll = state->roll;
    uint64_t sequence;
    struct refusal refusal;
    if (state->phase != STATE_PHASE_BETTING || player->bet_roll == roll ||
        state->rolls_done >= player->scenario->config.rolls)
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

/* ---- The story of a seed -----------------------------------------------------------------------
 */

static void seat_everyone(struct scenario *scenario)
{
    const unsigned count = scenario->config.nodes;
    learn_strategies(scenario);
    for (unsigned i = 0; i < count; i++) {
        struct player *player = &scenario->players[i];
        player->scenario = scenario;
        player->seat = i;
        memset(player->seed, (int)i + 1, sizeof player->seed);
        identity_derive(&player->identity, player->seed, 1);
    }
    struct genesis genesis = {.host = scenario->players[0].identity.key,
                              .name = "simulated",
                              .seats = count,
                              .buy_in = 1000,
                              .bank = 100000,
                              .window = 2000,
                              .rules = craps_rules_casino()};
    uint8_t packed[GENESIS_SIZE_MAX];
    uint8_t sits[SEATS_MAX][SIT_SIZE_MAX];
    struct bytes views[SEATS_MAX];
    const size_t size = genesis_pack(&genesis, packed);
    for (unsigned i = 0; i < count; i++) {
        struct player *player = &scenario->players[i];
        const uint8_t random[32] = {0};
        seat_secrets_derive(player->seed, &genesis.id, &player->secrets);
        views[i].at = sits[i];
        views[i].size = sit_pack(&genesis.id, &player->secrets, player->identity.secret,
                                 &player->identity.key, "player", false, random, sits[i]);
    }
    scenario->seating_size =
        seating_pack((struct bytes){.at = packed, .size = size}, views, count,
                     scenario->players[0].identity.secret, scenario->seating_packed);
    uint8_t memory[2048];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(
        frame_unpack(&bitcraps__seating__descriptor,
                     (struct bytes){.at = scenario->seating_packed, .size = scenario->seating_size},
                     &arena, &base) == FRAME_OK);
    CHECK(seating_open((const Bitcraps__Seating *)base, &scenario->seating) == SEATING_OK);
    scenario->electorate = (struct electorate){.instance = scenario->seating.instance,
                                               .epoch = 1,
                                               .seats = count,
                                               .quorum = scenario->seating.quorum};
    for (unsigned i = 0; i < count; i++)
        scenario->electorate.keys[i] = scenario->seating.seats[i].consensus_key;
    state_init(&scenario->reference, &scenario->seating);
}

static void crash_or_return(struct scenario *scenario, struct chance *chance)
{
    struct sim *sim = scenario->sim;
    for (unsigned i = 0; i < scenario->config.nodes; i++) {
        if (!sim_is_up(sim, i) && chance_permille(chance, 100))
            sim_restart(sim, i);
    }
    const unsigned node = (unsigned)chance_below(chance, scenario->config.nodes);
    if (sim_is_up(sim, node) && chance_permille(chance, scenario->config.crash_permille)) {
        sim_crash(sim, node);
        scenario->result->crashes++;
    }
}

static void part_or_heal(struct scenario *scenario, struct chance *chance)
{
    if (scenario->config.part_permille == 0)
        return;
    if (chance_permille(chance, 50))
        sim_links_open(scenario->sim);
    if (!chance_permille(chance, scenario->config.part_permille))
        return;
    const uint64_t side = chance_next(chance);
    for (unsigned a = 0; a < scenario->config.nodes; a++) {
        for (unsigned b = 0; b < scenario->config.nodes; b++)
            sim_link(scenario->sim, a, b, (side >> a & 1) == (side >> b & 1));
    }
}

static void everyone_plays(struct scenario *scenario, struct chance *chance, unsigned permille)
{
    for (unsigned i = 0; i < scenario->config.nodes; i++) {
        if (sim_is_up(scenario->sim, i) && chance_permille(chance, permille))
            sim_act(scenario->sim, i, player_plays, chance);
    }
}

static void with_faults(struct scenario *scenario, struct chance *chance)
{
    struct sim_faults *faults = sim_faults(scenario->sim);
    faults->loss_permille = scenario->config.loss_permille;
    faults->duplicate_permille = scenario->config.duplicate_permille;
    faults->delay_min = 1;
    faults->delay_max = scenario->config.delay_max;
    faults->sync_max = 5;
    const msec end = sim_now(scenario->sim) + scenario->config.faults_msec;
    while (scenario->result->held && sim_now(scenario->sim) < end &&
           scenario->reference.rolls_done < scenario->config.rolls) {
        everyone_plays(scenario, chance, 300);
        crash_or_return(scenario, chance);
        part_or_heal(scenario, chance);
        sim_run_until(scenario->sim, sim_now(scenario->sim) + 100);
    }
}

static bool at_rest(const struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->config.nodes; i++) {
        const struct table *table = scenario->players[i].table;
        const struct state *state = table_final(table);
        if (consensus_final_height(&table->consensus) != scenario->height ||
            state->phase != STATE_PHASE_BETTING ||
            table->latest[i].sequence != state->sequence[i] ||
            !consensus_may_sign(&table->consensus) || state->rolls_done < scenario->config.rolls)
            return false;
    }
    return true;
}

/* L1: everything is well again; it must come to rest, and then be silent. */
static void without_faults(struct scenario *scenario, struct chance *chance)
{
    struct sim *sim = scenario->sim;
    struct sim_faults *faults = sim_faults(sim);
    faults->loss_permille = 0;
    faults->duplicate_permille = 0;
    sim_links_open(sim);
    for (unsigned i = 0; i < scenario->config.nodes; i++) {
        if (!sim_is_up(sim, i))
            sim_restart(sim, i);
    }
    const msec end = sim_now(sim) + SETTLE_MSEC + (msec)scenario->config.rolls * 20000;
    while (scenario->result->held && sim_now(sim) < end && !at_rest(scenario)) {
        everyone_plays(scenario, chance, 1000);
        sim_run_until(sim, sim_now(sim) + 100);
    }
    if (!at_rest(scenario)) {
        broken(scenario, "L1: not at rest: height %llu, %llu rolls of %u",
               (unsigned long long)scenario->height,
               (unsigned long long)scenario->reference.rolls_done, scenario->config.rolls);
        return;
    }
    sim_run_until(sim, sim_now(sim) + IDLE_MSEC);
    const uint64_t sent = sim_counters(sim)->sent;
    const uint64_t pairs = (uint64_t)scenario->config.nodes * scenario->config.nodes;
    sim_run_until(sim, sim_now(sim) + IDLE_MSEC);
    if (sim_counters(sim)->sent - sent > IDLE_MESSAGES * pairs)
        broken(scenario, "L1: not silent: %llu messages in an idle minute",
               (unsigned long long)(sim_counters(sim)->sent - sent));
}

/* R4, first half: the offline audit accepts the game. */
static void check_export(struct scenario *scenario)
{
    const struct player *player = &scenario->players[scenario->height % scenario->config.nodes];
    if (player->certified == 0)
        return;
    size_t size =
        EXPORT_OVERHEAD(player->certified) + scenario->seating_size + player->certificate_size;
    for (uint64_t height = 1; height <= player->certified; height++)
        size += scenario->blocks[height].size;
    uint8_t *file = malloc(size);
    struct arena arena = {.size = AUDIT_ARENA_SIZE(size)};
    arena.at = malloc(arena.size);
    struct audit *audit = malloc(sizeof *audit);
    CHECK(file != NULL && arena.at != NULL && audit != NULL);
    struct writer w = writer_on(file, size);
    export_begin(&w,
                 (struct bytes){.at = scenario->seating_packed, .size = scenario->seating_size});
    for (uint64_t height = 1; height <= player->certified; height++)
        export_block(&w, (struct bytes){.at = scenario->blocks[height].bytes,
                                        .size = scenario->blocks[height].size});
    export_end(&w, (struct bytes){.at = player->certificate, .size = player->certificate_size});
    CHECK(!w.failed);
    if (!audit_export(audit, written(&w), &arena, NULL, NULL))
        broken(scenario, "R4: the audit says: %s", audit->wrong);
    free(audit);
    free(arena.at);
    free(file);
}

void scenario_run(const struct scenario_config *config, uint64_t seed,
                  struct scenario_result *result)
{
    struct scenario *scenario = calloc(1, sizeof *scenario);
    CHECK(scenario != NULL);
    *result = (struct scenario_result){.held = true};
    scenario->config = *config;
    scenario->result = result;
    scenario->statements = calloc(STATEMENTS_MAX, sizeof *scenario->statements);
    CHECK(scenario->statements != NULL);
    struct chance chance = {.state = seed * 2 + 1};
    scenario->sim = sim_create(seed);
    seat_everyone(scenario);
    for (unsigned i = 0; i < config->nodes; i++) {
        scenario->players[i].table = malloc(sizeof *scenario->players[i].table);
        CHECK(scenario->players[i].table != NULL);
        sim_add(scenario->sim, i, &operations, &scenario->players[i]);
    }
    const msec start = sim_now(scenario->sim);
    for (unsigned i = 0; i < config->nodes; i++)
        sim_act(scenario->sim, i, player_start, NULL);
    with_faults(scenario, &chance);
    if (result->held)
        without_faults(scenario, &chance);
    if (result->held)
        check_export(scenario);
    result->rolls = scenario->reference.rolls_done;
    result->steps = sim_counters(scenario->sim)->steps;
    result->elapsed = sim_now(scenario->sim) - start;
    sim_destroy(scenario->sim);
    for (uint64_t height = 1; height <= scenario->height; height++)
        free(scenario->blocks[height].bytes);
    for (unsigned i = 0; i < config->nodes; i++)
        free(scenario->players[i].table);
    free(scenario->statements);
    free(scenario);
}
