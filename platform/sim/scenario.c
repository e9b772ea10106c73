/* SPDX-License-Identifier: MIT */
#include "platform/sim/scenario.h"

#include "base/check.h"
#include "frame/frame.h"
#include "platform/sim/crypto.h"
#include "platform/sim/player.h"
#include "platform/sim/story.h"

#include <stdlib.h>
#include <string.h>

#define STEP_MSEC     100
#define SETTLE_MSEC   300000 /* How long rest may take after the faults, */
#define ROLL_MSEC     20000  /* and for each roll. */
#define WATCH_MSEC    60000  /* How long a table is watched that may only be safe. */
#define IDLE_MSEC     60000  /* Silence is looked for in so long, */
#define IDLE_MESSAGES 8      /* with at most so many messages for each pair of nodes. */
#define BURST_LENGTH  20     /* Messages. */
#define LATE_DELAYS   50
#define CLOCK_JUMP    INT64_C(10000000)
#define MUTATIONS     4 /* Bits of an export that are changed, one by one. */

_Static_assert(SCENARIO_CELLS == REFEREE_CELLS, "one throw, one cell");
_Static_assert(2 * SEATS_MAX <= SIM_NODES_MAX, "everyone may have a twin");

struct scenario {
    struct scenario_config config;
    struct scenario_result *result;
    struct sim *sim;
    struct chance chance;
    struct story story;
    struct seating seating;
    uint8_t seating_packed[SEATING_SIZE_MAX];
    size_t seating_size;
    struct seat_secrets secrets[SEATS_MAX];
    struct referee *referee;
    struct players players;
    struct player *nodes[SIM_NODES_MAX]; /* The first are the seats in order, then come twins. */
    uint32_t seat_of[SIM_NODES_MAX];
    unsigned count; /* Of nodes. */
    uint16_t liars;
    uint16_t damaged;
    uint32_t habits; /* Of all liars. */
    unsigned flap_from, flap_to;
    unsigned flaps; /* Left. */
};

struct scenario_config scenario_default(void)
{
    return (struct scenario_config){
        .nodes = 4, .rolls = 10, .delay_max = 20, .sync_max = 5, .faults_msec = 60000};
}

unsigned scenario_faults(unsigned nodes)
{
    return (nodes - 1) / 3;
}

unsigned scenario_faults_safe(unsigned nodes)
{
    return nodes - 2 * scenario_faults(nodes) - 1;
}

static bool is_liar(const struct scenario *scenario, unsigned seat)
{
    return (scenario->liars >> seat & 1) != 0;
}

static bool is_damaged(const struct scenario *scenario, unsigned seat)
{
    return (scenario->damaged >> seat & 1) != 0;
}

static void tell_time(struct scenario *scenario)
{
    scenario->story.now = sim_now(scenario->sim);
}

static bool holds(const struct scenario *scenario)
{
    return referee_breach(scenario->referee) == NULL;
}

/* ---- Who sits down ---- */

static unsigned draw(struct chance *chance, unsigned permille, unsigned below)
{
    return chance_permille(chance, permille) ? (unsigned)chance_below(chance, below) : 0;
}

/* What the seed decides of the weather. */
static void draw_config(struct scenario *scenario)
{
    struct scenario_config *c = &scenario->config;
    struct chance *chance = &scenario->chance;
    static const unsigned sizes[] = {4, 4, 7, 4, 1, 2, 3, 4, 5, 6, 7, 8, 10, 4, 7, 13, 16, 4, 7, 4};
    if (c->nodes == SCENARIO_ANY)
        c->nodes = sizes[chance_below(chance, sizeof sizes / sizeof sizes[0])];
    if (c->byzantine == SCENARIO_ANY)
        c->byzantine = (unsigned)chance_below(chance, scenario_faults(c->nodes) + 1);
    if (!c->storm)
        return;
    const struct scenario_config drawn = {
        .loss_permille = draw(chance, 500, 600),
        .burst_permille = draw(chance, 300, 30),
        .duplicate_permille = draw(chance, 500, 100),
        .corrupt_permille = draw(chance, 300, 30),
        .late_permille = draw(chance, 300, 100),
        .crash_permille = draw(chance, 600, 40),
        .part_permille = draw(chance, 400, 30),
        .cut_permille = draw(chance, 300, 30),
        .flap_permille = draw(chance, 300, 30),
        .clock_permille = draw(chance, 300, 30),
        .disk_permille = draw(chance, 200, 20),
        .power_permille = draw(chance, 200, 4),
        .damage_permille = draw(chance, 300, 500),
        .sync_max = (msec)(5 + draw(chance, 300, 1000)),
    };
    const struct scenario_config given = *c;
    const msec delay = 1 + (msec)chance_below(chance, 2 * PLAYER_DELAY_MSEC);
#define TAKE(field) c->field = given.field != 0 ? given.field : drawn.field
    TAKE(loss_permille);
    TAKE(burst_permille);
    TAKE(duplicate_permille);
    TAKE(corrupt_permille);
    TAKE(late_permille);
    TAKE(crash_permille);
    TAKE(part_permille);
    TAKE(cut_permille);
    TAKE(flap_permille);
    TAKE(clock_permille);
    TAKE(disk_permille);
    TAKE(power_permille);
    TAKE(damage_permille);
#undef TAKE
    c->sync_max = drawn.sync_max;
    if (given.delay_max == scenario_default().delay_max)
        c->delay_max = delay;
}

static uint32_t draw_habits(struct scenario *scenario)
{
    struct chance *chance = &scenario->chance;
    if (scenario->config.habits != 0)
        return scenario->config.habits;
    uint32_t habits = 0;
    const unsigned count = 1 + (unsigned)chance_below(chance, 3);
    for (unsigned i = 0; i < count; i++)
        habits |= 1u << chance_below(chance, LIAR_BAD_DEAL);
    /* A spoilt key generation is short: seldom, and then nothing else. */
    if (chance_permille(chance, 60))
        habits = 1u << (LIAR_BAD_DEAL + chance_below(chance, LIAR_HABITS - LIAR_BAD_DEAL));
    return habits;
}

static void add_node(struct scenario *scenario, unsigned seat, const struct liar *liar, bool twin)
{
    const unsigned at = scenario->count++;
    scenario->seat_of[at] = seat;
    scenario->nodes[at] =
        player_create(&scenario->players, seat, &scenario->secrets[seat], liar, twin);
    sim_add(scenario->sim, seat, liar == NULL ? &player_operations : &player_lies,
            scenario->nodes[at]);
}

static void make_table(struct scenario *scenario)
{
    const unsigned count = scenario->config.nodes;
    struct identity identities[SEATS_MAX];
    uint8_t seeds[SEATS_MAX][32];
    for (unsigned i = 0; i < count; i++) {
        memset(seeds[i], (int)i + 1, sizeof seeds[i]);
        identity_derive(&identities[i], seeds[i], 1);
    }
    struct genesis genesis = {.host = identities[0].key,
                              .name = "simulated",
                              .seats = count,
                              .buy_in = 1000,
                              .bank = 100000,
                              .window = 2000,
                              .rules = craps_rules_casino()};
    /* Another table for every seed: other keys, leaders and dice. */
    const uint64_t nonce = chance_next(&scenario->chance);
    memcpy(genesis.nonce, &nonce, sizeof nonce);
    uint8_t packed[GENESIS_SIZE_MAX];
    uint8_t sits[SEATS_MAX][SIT_SIZE_MAX];
    struct bytes views[SEATS_MAX];
    const size_t size = genesis_pack(&genesis, packed);
    for (unsigned i = 0; i < count; i++) {
        const uint8_t random[32] = {0};
        seat_secrets_derive(seeds[i], &genesis.id, &scenario->secrets[i]);
        views[i].at = sits[i];
        views[i].size = sit_pack(&genesis.id, &scenario->secrets[i], identities[i].secret,
                                 &identities[i].key, "player", false, random, sits[i]);
    }
    scenario->seating_size = seating_pack((struct bytes){packed, size}, views, count,
                                          identities[0].secret, scenario->seating_packed);
    uint8_t memory[2048] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__seating__descriptor,
                       (struct bytes){scenario->seating_packed, scenario->seating_size}, &arena,
                       &base) == FRAME_OK);
    CHECK(seating_open((const Bitcraps__Seating *)base, &scenario->seating) == SEATING_OK);
}

static void seat_everyone(struct scenario *scenario)
{
    const struct scenario_config *config = &scenario->config;
    make_table(scenario);
    for (unsigned i = 0; i < config->byzantine; i++)
        scenario->liars |= (uint16_t)(1u << (config->nodes - 1 - i));
    scenario->referee = referee_create(
        &scenario->seating, (struct bytes){scenario->seating_packed, scenario->seating_size},
        scenario->secrets, scenario->liars);
    scenario->players = (struct players){.seating = &scenario->seating,
                                         .referee = scenario->referee,
                                         .seat_of = scenario->seat_of,
                                         .rolls = config->rolls};
    players_learn(&scenario->players);
    struct liar liars[SEATS_MAX] = {0};
    for (unsigned seat = 0; seat < config->nodes; seat++) {
        if (!is_liar(scenario, seat)) {
            add_node(scenario, seat, NULL, false);
            continue;
        }
        liars[seat].habits = draw_habits(scenario);
        liars[seat].delay = PLAYER_DELAY_MSEC;
        liars[seat].favours = (uint32_t)chance_next(&scenario->chance) | 1;
        liars[seat].chance.state = chance_next(&scenario->chance);
        scenario->habits |= liars[seat].habits;
        story_liar(&scenario->story, seat, liars[seat].habits);
        add_node(scenario, seat, &liars[seat], false);
    }
    for (unsigned seat = 0; seat < config->nodes; seat++) {
        if (is_liar(scenario, seat) && (liars[seat].habits >> LIAR_TWINS & 1) != 0)
            add_node(scenario, seat, &liars[seat], true);
    }
}

/* ---- What goes wrong ---- */

static unsigned any_node(struct scenario *scenario)
{
    return (unsigned)chance_below(&scenario->chance, scenario->count);
}

static unsigned count_seats(uint16_t seats)
{
    return (unsigned)__builtin_popcount(seats);
}

/* A disk that lies makes its seat one of those that may lie. */
static void maybe_damage(struct scenario *scenario, unsigned node)
{
    static const enum sim_damage kinds[] = {SIM_DAMAGE_TORN, SIM_DAMAGE_ROT, SIM_DAMAGE_STALE,
                                            SIM_DAMAGE_LOST};
    static const char *const words[] = {"its last record is torn", "a record has rotted",
                                        "an older copy of its log is put back", "its log is lost"};
    struct chance *chance = &scenario->chance;
    const unsigned seat = scenario->seat_of[node];
    if (!chance_permille(chance, scenario->config.damage_permille))
        return;
    const unsigned kind = (unsigned)chance_below(chance, sizeof kinds / sizeof kinds[0]);
    const uint16_t faulty = scenario->liars | scenario->damaged | (uint16_t)(1u << seat);
    if (kinds[kind] != SIM_DAMAGE_TORN &&
        count_seats(faulty) > scenario_faults(scenario->config.nodes))
        return;
    const size_t lost = sim_damage(scenario->sim, node, kinds[kind]);
    story_tell(&scenario->story, "seat %u: %s", seat + 1, words[kind]);
    if (lost == 0 || is_liar(scenario, seat))
        return;
    CHECK(kinds[kind] != SIM_DAMAGE_TORN);
    scenario->damaged |= (uint16_t)(1u << seat);
    referee_excuse(scenario->referee, seat);
}

static void crash(struct scenario *scenario, unsigned node)
{
    if (!sim_is_up(scenario->sim, node))
        return;
    sim_crash(scenario->sim, node);
    scenario->result->crashes++;
    story_tell(&scenario->story, "seat %u crashes", scenario->seat_of[node] + 1);
    maybe_damage(scenario, node);
}

static void restart(struct scenario *scenario, unsigned node)
{
    if (sim_is_up(scenario->sim, node))
        return;
    sim_disk_full(scenario->sim, node, false);
    sim_restart(scenario->sim, node);
    story_tell(&scenario->story, "seat %u is back", scenario->seat_of[node] + 1);
}

static void crash_or_return(struct scenario *scenario)
{
    struct chance *chance = &scenario->chance;
    const struct scenario_config *config = &scenario->config;
    for (unsigned i = 0; i < scenario->count; i++) {
        if (!sim_is_up(scenario->sim, i) && chance_permille(chance, 100))
            restart(scenario, i);
    }
    if (chance_permille(chance, config->crash_permille))
        crash(scenario, any_node(scenario));
    if (chance_permille(chance, config->power_permille)) {
        story_tell(&scenario->story, "the power fails for everyone");
        for (unsigned i = 0; i < scenario->count; i++)
            crash(scenario, i);
    }
    if (chance_permille(chance, config->disk_permille)) {
        const unsigned node = any_node(scenario);
        sim_disk_full(scenario->sim, node, true);
        story_tell(&scenario->story, "the disk of seat %u is full", scenario->seat_of[node] + 1);
    }
    if (chance_permille(chance, 50)) {
        const unsigned node = any_node(scenario);
        sim_disk_full(scenario->sim, node, false);
    }
}

static void part(struct scenario *scenario)
{
    const uint64_t side = chance_next(&scenario->chance);
    char words[128];
    size_t used = 0;
    for (unsigned a = 0; a < scenario->count; a++) {
        for (unsigned b = 0; b < scenario->count; b++)
            sim_link(scenario->sim, a, b, (side >> a & 1) == (side >> b & 1));
        if ((side >> a & 1) != 0)
            used += (size_t)snprintf(words + used, sizeof words - used, " %u",
                                     scenario->seat_of[a] + 1);
    }
    words[used] = '\0';
    story_tell(&scenario->story, "the network parts:%s on one side", used == 0 ? " nobody" : words);
}

static void disturb_links(struct scenario *scenario)
{
    struct chance *chance = &scenario->chance;
    const struct scenario_config *config = &scenario->config;
    if (chance_permille(chance, 50)) {
        sim_links_open(scenario->sim);
        scenario->flaps = 0;
        if (config->part_permille + config->cut_permille + config->flap_permille > 0)
            story_tell(&scenario->story, "all links are open");
    }
    if (chance_permille(chance, config->part_permille))
        part(scenario);
    if (chance_permille(chance, config->cut_permille)) {
        const unsigned from = any_node(scenario);
        const unsigned to = any_node(scenario);
        sim_link(scenario->sim, from, to, false);
        story_tell(&scenario->story, "seat %u no longer reaches seat %u",
                   scenario->seat_of[from] + 1, scenario->seat_of[to] + 1);
    }
    if (scenario->flaps == 0 && chance_permille(chance, config->flap_permille)) {
        scenario->flap_from = any_node(scenario);
        scenario->flap_to = any_node(scenario);
        scenario->flaps = 1 + (unsigned)chance_below(chance, 50);
        story_tell(&scenario->story, "the link between seats %u and %u flaps",
                   scenario->seat_of[scenario->flap_from] + 1,
                   scenario->seat_of[scenario->flap_to] + 1);
    }
    if (scenario->flaps > 0) {
        const bool open = --scenario->flaps % 2 == 0;
        sim_link(scenario->sim, scenario->flap_from, scenario->flap_to, open);
        sim_link(scenario->sim, scenario->flap_to, scenario->flap_from, open);
    }
}

static void jump_clocks(struct scenario *scenario)
{
    struct chance *chance = &scenario->chance;
    if (!chance_permille(chance, scenario->config.clock_permille))
        return;
    const msec jump = (msec)chance_below(chance, 2 * CLOCK_JUMP) - CLOCK_JUMP;
    const unsigned node = any_node(scenario);
    sim_set_clock(scenario->sim, node, jump);
    story_tell(&scenario->story, "the clock of seat %u jumps by %lld s",
               scenario->seat_of[node] + 1, (long long)jump / 1000);
}

/* ---- The course of things ---- */

static void everyone_acts(struct scenario *scenario, unsigned permille)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        if (!sim_is_up(scenario->sim, i))
            continue;
        if (chance_permille(&scenario->chance, permille))
            sim_act(scenario->sim, i, player_plays, &scenario->chance);
        if (!scenario->nodes[i]->honest)
            sim_act(scenario->sim, i, player_acts, NULL);
    }
}

static void pass_time(struct scenario *scenario)
{
    const msec end = sim_now(scenario->sim) + STEP_MSEC;
    do {
        sim_run_until(scenario->sim, sim_now(scenario->sim) + STEP_MSEC / 10);
        tell_time(scenario);
    } while (sim_now(scenario->sim) < end);
}

static bool played_out(const struct scenario *scenario)
{
    const struct state *state = referee_state(scenario->referee);
    return state->phase == STATE_PHASE_OVER || state->rolls_done >= scenario->config.rolls;
}

static void with_faults(struct scenario *scenario)
{
    const struct scenario_config *config = &scenario->config;
    *sim_faults(scenario->sim) = (struct sim_faults){
        .loss_permille = config->loss_permille,
        .burst_permille = config->burst_permille,
        .burst_length = BURST_LENGTH,
        .duplicate_permille = config->duplicate_permille,
        .corrupt_permille = config->corrupt_permille,
        .late_permille = config->late_permille,
        .late_max = LATE_DELAYS * PLAYER_DELAY_MSEC,
        .delay_min = 1,
        .delay_max = config->delay_max,
        .sync_max = config->sync_max,
    };
    const msec end = sim_now(scenario->sim) + config->faults_msec;
    while (holds(scenario) && sim_now(scenario->sim) < end && !played_out(scenario)) {
        everyone_acts(scenario, 300);
        crash_or_return(scenario);
        disturb_links(scenario);
        jump_clocks(scenario);
        pass_time(scenario);
    }
}

static void heal(struct scenario *scenario)
{
    struct sim_faults *faults = sim_faults(scenario->sim);
    *faults =
        (struct sim_faults){.delay_min = 1, .delay_max = scenario->config.delay_max, .sync_max = 5};
    if (faults->delay_max > PLAYER_DELAY_MSEC)
        faults->delay_max = PLAYER_DELAY_MSEC;
    sim_links_open(scenario->sim);
    story_tell(&scenario->story, "the faults stop");
    for (unsigned i = 0; i < scenario->count; i++) {
        sim_disk_full(scenario->sim, i, false);
        restart(scenario, i);
    }
}

/* What one seat still waits for; NULL: nothing. */
static const char *unrest(const struct scenario *scenario, const struct player *player)
{
    const struct table *table = player->table;
    const struct state *state = table_final(table);
    if (!player->honest)
        return NULL;
    if (player->told != referee_height(scenario->referee))
        return "lacks final blocks";
    if (is_damaged(scenario, player->seat))
        return NULL;
    if (table->latest[player->seat].sequence != state->sequence[player->seat])
        return "has an action that is not final";
    if (!consensus_may_sign(&table->consensus))
        return "is still recovering";
    if (state->phase == STATE_PHASE_OVER)
        return (scenario->habits & LIAR_CONVICTED) != 0 ? NULL : "finds the table over";
    if (state->phase == STATE_PHASE_KEYS)
        return (scenario->habits & LIAR_STALLED) != 0 ? NULL : "waits for the dice key";
    if (state->phase == STATE_PHASE_ROLLING)
        return "waits for the dice (L2)";
    return state->rolls_done >= scenario->config.rolls ? NULL : "waits for betting to close";
}

/* The first seat that waits; the count of seats: nobody does. */
static unsigned who_waits(const struct scenario *scenario, const char **why)
{
    for (unsigned i = 0; i < scenario->config.nodes; i++) {
        *why = unrest(scenario, scenario->nodes[i]);
        if (*why != NULL)
            return i;
    }
    return scenario->config.nodes;
}

static bool at_rest(const struct scenario *scenario)
{
    const char *why;
    return who_waits(scenario, &why) == scenario->config.nodes;
}

/* Keys whose deal was lost with a disk: while seats are fixed there is no second attempt. */
static bool without_keys(const struct scenario *scenario)
{
    return scenario->damaged != 0 && referee_state(scenario->referee)->phase == STATE_PHASE_KEYS;
}

static void wait_for_rest(struct scenario *scenario)
{
    const msec end =
        sim_now(scenario->sim) + SETTLE_MSEC + (msec)scenario->config.rolls * ROLL_MSEC;
    while (holds(scenario) && sim_now(scenario->sim) < end && !at_rest(scenario)) {
        everyone_acts(scenario, 1000);
        pass_time(scenario);
    }
    const char *why;
    const unsigned seat = who_waits(scenario, &why);
    if (seat == scenario->config.nodes || without_keys(scenario))
        return;
    referee_break(scenario->referee, "L1: seat %u %s: height %llu, %llu rolls of %u", seat + 1, why,
                  (unsigned long long)referee_height(scenario->referee),
                  (unsigned long long)referee_state(scenario->referee)->rolls_done,
                  scenario->config.rolls);
}

/* Liars never tire: silence is looked for when they are gone. */
static void look_for_silence(struct scenario *scenario)
{
    struct sim *sim = scenario->sim;
    for (unsigned i = 0; i < scenario->count; i++) {
        if (!scenario->nodes[i]->honest)
            crash(scenario, i);
    }
    sim_run_until(sim, sim_now(sim) + 2 * IDLE_MSEC);
    const uint64_t sent = sim_counters(sim)->sent;
    const uint64_t pairs = (uint64_t)scenario->count * scenario->count;
    sim_run_until(sim, sim_now(sim) + IDLE_MSEC);
    if (sim_counters(sim)->sent - sent > IDLE_MESSAGES * pairs)
        referee_break(scenario->referee, "L1: not silent: %llu messages in an idle minute",
                      (unsigned long long)(sim_counters(sim)->sent - sent));
}

static void without_faults(struct scenario *scenario)
{
    heal(scenario);
    if (scenario->config.byzantine > scenario_faults(scenario->config.nodes)) {
        const msec end = sim_now(scenario->sim) + WATCH_MSEC;
        while (holds(scenario) && sim_now(scenario->sim) < end) {
            everyone_acts(scenario, 300);
            pass_time(scenario);
        }
        return;
    }
    wait_for_rest(scenario);
    if (holds(scenario) && !without_keys(scenario))
        look_for_silence(scenario);
}

static void check_export(struct scenario *scenario)
{
    const unsigned honest = scenario->config.nodes - scenario->config.byzantine;
    const struct player *player =
        scenario->nodes[referee_height(scenario->referee) % (honest > 0 ? honest : 1)];
    struct bytes certificate;
    const uint64_t height = player_certified(player, &certificate);
    if (honest > 0 && height > 0)
        referee_audit(scenario->referee, height, certificate, &scenario->chance, MUTATIONS);
}

static void sum_up(struct scenario *scenario)
{
    struct scenario_result *result = scenario->result;
    const struct sim_counters *counters = sim_counters(scenario->sim);
    const struct state *state = referee_state(scenario->referee);
    const char *breach = referee_breach(scenario->referee);
    result->held = breach == NULL;
    if (breach != NULL)
        snprintf(result->broken, sizeof result->broken, "%s", breach);
    result->rolls = state->rolls_done;
    result->steps = counters->steps;
    result->messages = counters->sent;
    result->nodes = scenario->config.nodes;
    result->byzantine = scenario->config.byzantine;
    result->damaged = count_seats(scenario->damaged);
    const bool sore = (scenario->habits >> LIAR_SORE_LOSER & 1) != 0;
    for (unsigned cell = 0; cell < REFEREE_CELLS; cell++) {
        const uint64_t throws = referee_throws(scenario->referee)[cell];
        result->throws[cell] = throws;
        result->wished += sore ? throws : 0;
        result->granted += sore && cell / 6 + cell % 6 + 2 == LIAR_LUCKY_SUM ? throws : 0;
    }
    for (unsigned i = 0; i < scenario->count; i++) {
        const struct player *player = scenario->nodes[i];
        result->lies += player->liar.lies;
        result->amnesiac += player->honest && player->table->consensus.amnesiac ? 1 : 0;
    }
}

/* An honest seat whose disk was true has no reason to doubt itself. */
static void check_memories(struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->config.nodes; i++) {
        const struct player *player = scenario->nodes[i];
        const struct consensus *c = &player->table->consensus;
        if (!player->honest)
            continue;
        if (c->amnesiac && !is_damaged(scenario, i))
            referee_break(scenario->referee, "S2: seat %u forgot nothing and thinks it did", i + 1);
        for (unsigned seat = 0; seat < scenario->config.nodes; seat++) {
            if (c->conflicts[seat].held && !is_liar(scenario, seat) && !is_damaged(scenario, seat))
                referee_break(scenario->referee, "A1: seat %u has proof against honest seat %u",
                              i + 1, seat + 1);
        }
    }
}

void scenario_run(const struct scenario_config *config, uint64_t seed,
                  struct scenario_result *result)
{
    struct scenario *scenario = calloc(1, sizeof *scenario);
    CHECK(scenario != NULL);
    *result = (struct scenario_result){.held = true};
    scenario->config = *config;
    scenario->result = result;
    scenario->chance.state = seed * 2 + 1;
    scenario->sim = sim_create(seed);
    scenario->story = (struct story){config->story, sim_now(scenario->sim), sim_now(scenario->sim)};
    crypto_swap(config->swapped);
    draw_config(scenario);
    story_tell(&scenario->story, "seed %llu: %u seats, %u of them lie", (unsigned long long)seed,
               scenario->config.nodes, scenario->config.byzantine);
    seat_everyone(scenario);
    referee_watch(scenario->referee, story_event, &scenario->story);
    const msec start = sim_now(scenario->sim);
    for (unsigned i = 0; i < scenario->count; i++)
        sim_act(scenario->sim, i, player_starts, NULL);
    with_faults(scenario);
    if (holds(scenario))
        without_faults(scenario);
    check_memories(scenario);
    if (holds(scenario))
        check_export(scenario);
    sum_up(scenario);
    result->elapsed = sim_now(scenario->sim) - start;
    tell_time(scenario);
    story_tell(&scenario->story, "%s", result->held ? "everything held" : result->broken);
    sim_destroy(scenario->sim);
    referee_destroy(scenario->referee);
    for (unsigned i = 0; i < scenario->count; i++)
        player_destroy(scenario->nodes[i]);
    free(scenario);
    crypto_swap(false);
}
