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
#define GRACE_MSEC    5000
#define COMERS_MAX    3 /* Who were not there at first. */
#define COMINGS_MAX   (4 * PERSONS_MAX)

_Static_assert(SCENARIO_CELLS == REFEREE_CELLS, "one throw, one cell");
_Static_assert(2 * SEATS_MAX <= SIM_NODES_MAX, "everyone may have a twin");

enum coming_kind {
    COMING_ARRIVES, /* For the first time. */
    COMING_LEAVES,
    COMING_RETURNS,
    COMING_VANISHES, /* Without a word, for a while. */
};

/* What somebody does, and when. */
struct coming {
    msec at;
    msec lasts; /* Of who vanishes. */
    unsigned person;
    enum coming_kind kind;
    bool done;
};

struct scenario {
    struct scenario_config config;
    struct scenario_result *result;
    struct sim *sim;
    struct chance chance;
    struct story story;
    struct seating seating;
    uint8_t seating_packed[SEATING_SIZE_MAX];
    size_t seating_size;
    struct person persons[PERSONS_MAX];
    unsigned people;
    struct referee *referee;
    struct players players;
    struct player *nodes[SIM_NODES_MAX]; /* The first are the persons in order, then come twins. */
    uint32_t person_of[SIM_NODES_MAX];
    unsigned count;                     /* Of nodes. */
    uint32_t there;                     /* Bitmap of nodes: they have come and not gone for good. */
    uint32_t habits;                    /* Of all liars. */
    uint16_t damaged;                   /* Bitmap of persons. */
    unsigned limit_excess;              /* How many more than f may lie. */
    struct coming comings[COMINGS_MAX]; /* In no order. */
    unsigned comings_count;
    msec comings_end;
    unsigned pace; /* Permille of those who look at the table in each step while faults last. */
    msec healed;   /* When the faults stopped; MSEC_NEVER: not yet. */
    msec away[SIM_NODES_MAX]; /* Until when a node that vanished stays down. */
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

static bool is_liar(const struct scenario *scenario, unsigned person)
{
    return scenario->persons[person].lies;
}

static bool is_damaged(const struct scenario *scenario, unsigned person)
{
    return (scenario->damaged >> person & 1) != 0;
}

static bool is_there(const struct scenario *scenario, unsigned node)
{
    return (scenario->there >> node & 1) != 0;
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

static void add_node(struct scenario *scenario, unsigned person, const struct liar *liar)
{
    const unsigned at = scenario->count++;
    const bool twin = at >= scenario->people;
    scenario->person_of[at] = person;
    scenario->nodes[at] = player_create(&scenario->players, person, liar, twin);
    sim_add(scenario->sim, person, liar == NULL ? &player_operations : &player_lies,
            scenario->nodes[at]);
    if (scenario->persons[person].founder)
        scenario->there |= UINT32_C(1) << at;
    else
        sim_crash(scenario->sim, at); /* It is not there yet. */
}

static void make_people(struct scenario *scenario)
{
    const struct scenario_config *config = &scenario->config;
    scenario->people = config->nodes;
    if (!config->still && config->nodes < PERSONS_MAX) {
        const unsigned room = PERSONS_MAX - config->nodes;
        scenario->people +=
            1 + (unsigned)chance_below(&scenario->chance, room < COMERS_MAX ? room : COMERS_MAX);
    }
    for (unsigned i = 0; i < scenario->people; i++) {
        struct person *person = &scenario->persons[i];
        memset(person->seed, (int)i + 1, sizeof person->seed);
        identity_derive(&person->identity, person->seed, 1);
        person->founder = i < config->nodes;
        person->wants = person->founder;
        person->lies = person->founder && i + config->byzantine >= config->nodes;
        person->witness = !person->founder && chance_permille(&scenario->chance, 250);
    }
}

static void make_table(struct scenario *scenario)
{
    const unsigned count = scenario->config.nodes;
    const struct person *persons = scenario->persons;
    struct genesis genesis = {.host = persons[0].identity.key,
                              .name = "simulated",
                              .seats = count,
                              .most = scenario->people > count ? scenario->people : 0,
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
        struct seat_secrets secrets;
        seat_secrets_derive(persons[i].seed, &genesis.id, &secrets);
        views[i].at = sits[i];
        views[i].size = sit_pack(&genesis.id, &secrets, persons[i].identity.secret,
                                 &persons[i].identity.key, "player", false, random, sits[i]);
    }
    scenario->seating_size = seating_pack((struct bytes){packed, size}, views, count,
                                          persons[0].identity.secret, scenario->seating_packed);
    uint8_t memory[2048] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__seating__descriptor,
                       (struct bytes){scenario->seating_packed, scenario->seating_size}, &arena,
                       &base) == FRAME_OK);
    CHECK(seating_open((const Bitcraps__Seating *)base, &scenario->seating) == SEATING_OK);
}

static void make_liar(struct scenario *scenario, unsigned person, struct liar *liar)
{
    struct chance *chance = &scenario->chance;
    liar->habits = draw_habits(scenario);
    liar->delay = PLAYER_DELAY_MSEC;
    liar->favours = (uint32_t)chance_next(chance) | 1;
    liar->chance.state = chance_next(chance);
    liar->friend = (person + 1) % scenario->people;
    liar->patient = !scenario->config.still && chance_permille(chance, 700);
    scenario->habits |= liar->habits;
    story_liar(&scenario->story, person, liar->habits);
}

static void seat_everyone(struct scenario *scenario)
{
    const struct scenario_config *config = &scenario->config;
    make_people(scenario);
    make_table(scenario);
    scenario->referee = referee_create(
        &scenario->seating, (struct bytes){scenario->seating_packed, scenario->seating_size},
        scenario->persons, scenario->people);
    scenario->players =
        (struct players){.seating = &scenario->seating,
                         .referee = scenario->referee,
                         .persons = scenario->persons,
                         .count = scenario->people,
                         .person_of = scenario->person_of,
                         .still = config->still,
                         .kick = 2000 + (msec)chance_below(&scenario->chance, 8001),
                         .absent = 3000 + (msec)chance_below(&scenario->chance, 27001),
                         .rolls = config->rolls};
    players_learn(&scenario->players);
    struct liar liars[PERSONS_MAX] = {0};
    for (unsigned person = 0; person < scenario->people; person++) {
        if (is_liar(scenario, person))
            make_liar(scenario, person, &liars[person]);
        add_node(scenario, person, is_liar(scenario, person) ? &liars[person] : NULL);
    }
    for (unsigned person = 0; person < scenario->people; person++) {
        if (is_liar(scenario, person) && (liars[person].habits >> LIAR_TWINS & 1) != 0)
            add_node(scenario, person, &liars[person]);
    }
    const unsigned budget = scenario_faults(config->nodes);
    scenario->limit_excess = config->byzantine > budget ? config->byzantine - budget : 0;
}

/* ---- Who may lie ---- */

static unsigned count_seats(uint16_t seats)
{
    return (unsigned)__builtin_popcount(seats);
}

/* How many of so many may lie in this world, at most. */
static unsigned liars_allowed(const struct scenario *scenario, unsigned seats)
{
    if (seats == 0)
        return 0;
    const unsigned promised = scenario_faults(seats) + scenario->limit_excess;
    const unsigned safe = scenario_faults_safe(seats);
    return promised < safe ? promised : safe;
}

/* The seats of everybody in a set of persons. */
static uint16_t seats_of(const struct scenario *scenario, uint16_t persons)
{
    uint16_t seats = 0;
    for (unsigned person = 0; person < scenario->people; person++) {
        const unsigned seat = referee_seat(scenario->referee, person);
        if ((persons >> person & 1) != 0 && seat != SEAT_NONE)
            seats |= (uint16_t)(1u << seat);
    }
    return seats;
}

/* Whether those seats may all be faulty, in this epoch and in those that are about to come. */
static bool within_budget(const struct scenario *scenario, uint16_t faulty)
{
    const struct state *state = referee_state(scenario->referee);
    const uint16_t sets[] = {state->roster.set, state->next.set,
                             state->owned & (uint16_t)~state->left};
    for (unsigned i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        const unsigned bad = count_seats(sets[i] & faulty);
        if (bad > 0 && bad > liars_allowed(scenario, count_seats(sets[i])))
            return false;
    }
    return true;
}

/* One after the other gets leave to lie; whoever would be too many tells the truth. */
static void keep_budget(struct scenario *scenario)
{
    uint16_t faulty = seats_of(scenario, scenario->damaged);
    for (unsigned i = 0; i < scenario->count; i++) {
        const unsigned person = scenario->person_of[i];
        struct liar *liar = &scenario->nodes[i]->liar;
        const bool twin = i >= scenario->people;
        if (!is_liar(scenario, person))
            continue;
        if (twin) {
            liar->tired = scenario->nodes[person]->liar.tired;
            continue;
        }
        const uint16_t with = faulty | seats_of(scenario, (uint16_t)(1u << person));
        const bool tired = !within_budget(scenario, with);
        if (tired != liar->tired)
            story_tell(&scenario->story, "player %u %s", person + 1,
                       tired ? "tells the truth for now" : "lies again");
        liar->tired = tired;
        if (!tired)
            faulty = with;
    }
    /* Of two that are one, the second one falls silent with the truth. */
    for (unsigned i = scenario->people; i < scenario->count; i++) {
        if (scenario->nodes[i]->liar.tired && sim_is_up(scenario->sim, i))
            sim_crash(scenario->sim, i);
    }
}

/* ---- What goes wrong ---- */

static unsigned any_node(struct scenario *scenario)
{
    return (unsigned)chance_below(&scenario->chance, scenario->count);
}

/* A disk that lies makes its seat one of those that may lie. */
static void maybe_damage(struct scenario *scenario, unsigned node)
{
    static const enum sim_damage kinds[] = {SIM_DAMAGE_TORN, SIM_DAMAGE_ROT, SIM_DAMAGE_STALE,
                                            SIM_DAMAGE_LOST};
    static const char *const words[] = {"its last record is torn", "a record has rotted",
                                        "an older copy of its log is put back", "its log is lost"};
    struct chance *chance = &scenario->chance;
    const unsigned person = scenario->person_of[node];
    if (!chance_permille(chance, scenario->config.damage_permille))
        return;
    const unsigned kind = (unsigned)chance_below(chance, sizeof kinds / sizeof kinds[0]);
    uint16_t faulty = scenario->damaged | (uint16_t)(1u << person);
    for (unsigned i = 0; i < scenario->people; i++)
        if (is_liar(scenario, i))
            faulty |= (uint16_t)(1u << i);
    if (kinds[kind] != SIM_DAMAGE_TORN && !within_budget(scenario, seats_of(scenario, faulty)))
        return;
    const size_t lost = sim_damage(scenario->sim, node, kinds[kind]);
    story_tell(&scenario->story, "player %u: %s", person + 1, words[kind]);
    if (lost == 0 || is_liar(scenario, person))
        return;
    CHECK(kinds[kind] != SIM_DAMAGE_TORN);
    scenario->damaged |= (uint16_t)(1u << person);
    referee_excuse(scenario->referee, person);
}

static void crash(struct scenario *scenario, unsigned node)
{
    if (!sim_is_up(scenario->sim, node))
        return;
    sim_crash(scenario->sim, node);
    scenario->result->crashes++;
    story_tell(&scenario->story, "player %u crashes", scenario->person_of[node] + 1);
    maybe_damage(scenario, node);
}

static void restart(struct scenario *scenario, unsigned node)
{
    const bool silent = node >= scenario->people && scenario->nodes[node]->liar.tired;
    if (sim_is_up(scenario->sim, node) || !is_there(scenario, node) || silent ||
        sim_now(scenario->sim) < scenario->away[node])
        return;
    sim_disk_full(scenario->sim, node, false);
    sim_restart(scenario->sim, node);
    story_tell(&scenario->story, "player %u is back", scenario->person_of[node] + 1);
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
        story_tell(&scenario->story, "the disk of player %u is full",
                   scenario->person_of[node] + 1);
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
                                     scenario->person_of[a] + 1);
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
        story_tell(&scenario->story, "player %u no longer reaches player %u",
                   scenario->person_of[from] + 1, scenario->person_of[to] + 1);
    }
    if (scenario->flaps == 0 && chance_permille(chance, config->flap_permille)) {
        scenario->flap_from = any_node(scenario);
        scenario->flap_to = any_node(scenario);
        scenario->flaps = 1 + (unsigned)chance_below(chance, 50);
        story_tell(&scenario->story, "the link between players %u and %u flaps",
                   scenario->person_of[scenario->flap_from] + 1,
                   scenario->person_of[scenario->flap_to] + 1);
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
    story_tell(&scenario->story, "the clock of player %u jumps by %lld s",
               scenario->person_of[node] + 1, (long long)jump / 1000);
}

/* ---- Coming and going ---- */

static void plan(struct scenario *scenario, unsigned person, enum coming_kind kind, msec at,
                 msec lasts)
{
    CHECK(scenario->comings_count < COMINGS_MAX);
    scenario->comings[scenario->comings_count++] =
        (struct coming){.at = at, .lasts = lasts, .person = person, .kind = kind};
}

static msec some(struct scenario *scenario, msec least, msec most)
{
    return least + (msec)chance_below(&scenario->chance, (uint64_t)(most - least + 1));
}

/* What the seed decides of who comes and goes, and when. */
static void plan_comings(struct scenario *scenario)
{
    struct chance *chance = &scenario->chance;
    const msec now = sim_now(scenario->sim);
    scenario->comings_end = now;
    scenario->pace = 300;
    if (scenario->config.still)
        return;
    static const unsigned paces[] = {20, 60, 300};
    scenario->pace = paces[chance_below(chance, sizeof paces / sizeof paces[0])];
    const msec span = some(scenario, 8000, 30000);
    scenario->comings_end = now + span;
    for (unsigned person = 0; person < scenario->people; person++) {
        msec at = now + some(scenario, 500, span);
        if (!scenario->persons[person].founder) {
            at = now + some(scenario, 500, span / 2);
            plan(scenario, person, COMING_ARRIVES, at, 0);
            at += some(scenario, 1000, span);
        }
        if (chance_permille(chance, 250)) {
            plan(scenario, person, COMING_LEAVES, at, 0);
            at += some(scenario, 500, 15000);
            if (chance_permille(chance, 700))
                plan(scenario, person, COMING_RETURNS, at, 0);
        } else if (chance_permille(chance, 150)) {
            plan(scenario, person, COMING_VANISHES, at, some(scenario, 2000, 40000));
        }
    }
}

static bool is_seated(const struct scenario *scenario, unsigned person)
{
    const struct state *state = referee_state(scenario->referee);
    const unsigned seat = referee_seat(scenario->referee, person);
    return seat != SEAT_NONE && ((state->owned & (uint16_t)~state->left) >> seat & 1) != 0;
}

/* Somebody remains in a seat, as a table that all have left is over; damaged disks are not too many
 * for those who do; and mostly they are enough for all liars to go on. */
static bool may_leave(struct scenario *scenario, unsigned person)
{
    unsigned players = 0;
    unsigned all = 0;
    for (unsigned i = 0; i < scenario->people; i++) {
        const struct person *other = &scenario->persons[i];
        if (i == person || !other->wants || other->lies || !is_seated(scenario, i))
            continue;
        players += other->witness ? 0 : 1;
        all++;
    }
    const unsigned damaged = count_seats(scenario->damaged);
    return players > 0 && damaged <= scenario_faults(all + 1) &&
           (all + scenario->config.byzantine >= scenario->config.nodes ||
            chance_permille(&scenario->chance, 250));
}

static void come_or_go(struct scenario *scenario, const struct coming *coming)
{
    struct person *person = &scenario->persons[coming->person];
    const unsigned name = coming->person + 1;
    switch (coming->kind) {
    case COMING_ARRIVES:
        person->wants = true;
        scenario->there |= UINT32_C(1) << coming->person;
        story_tell(&scenario->story, "player %u comes along and wants to %s", name,
                   person->witness ? "witness" : "play");
        sim_restart(scenario->sim, coming->person);
        return;
    case COMING_LEAVES:
        if (!person->wants || !may_leave(scenario, coming->person))
            return;
        person->wants = false;
        story_tell(&scenario->story, "player %u wants to go", name);
        return;
    case COMING_RETURNS:
        if (person->wants)
            return;
        person->wants = true;
        story_tell(&scenario->story, "player %u wants to play again", name);
        return;
    case COMING_VANISHES:
        for (unsigned i = 0; i < scenario->count; i++) {
            if (scenario->person_of[i] == coming->person && sim_is_up(scenario->sim, i)) {
                sim_crash(scenario->sim, i);
                scenario->away[i] = sim_now(scenario->sim) + coming->lasts;
            }
        }
        story_tell(&scenario->story, "player %u vanishes for %lld s", name,
                   (long long)coming->lasts / 1000);
        return;
    }
}

static void comings_due(struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->comings_count; i++) {
        struct coming *coming = &scenario->comings[i];
        if (coming->done || coming->at > sim_now(scenario->sim))
            continue;
        coming->done = true;
        come_or_go(scenario, coming);
    }
}

/* ---- The course of things ---- */

static void everyone_acts(struct scenario *scenario, unsigned permille)
{
    for (unsigned i = 0; i < scenario->count; i++) {
        if (!sim_is_up(scenario->sim, i))
            continue;
        if (!scenario->config.still)
            sim_act(scenario->sim, i, player_moves, NULL);
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
        if (!scenario->config.still)
            keep_budget(scenario);
    } while (sim_now(scenario->sim) < end);
}

static bool played_out(const struct scenario *scenario)
{
    const struct state *state = referee_state(scenario->referee);
    return state->phase == STATE_PHASE_OVER || (state->rolls_done >= scenario->config.rolls &&
                                                sim_now(scenario->sim) >= scenario->comings_end);
}

/* Nothing goes wrong but what people do: what is promised later holds from the beginning. */
static bool is_calm(const struct scenario *scenario)
{
    const struct scenario_config *c = &scenario->config;
    bool calm = !c->storm && c->loss_permille + c->burst_permille + c->corrupt_permille +
                                     c->late_permille + c->crash_permille + c->part_permille +
                                     c->cut_permille + c->flap_permille + c->disk_permille +
                                     c->power_permille ==
                                 0;
    for (unsigned i = 0; i < scenario->comings_count; i++)
        calm = calm && scenario->comings[i].kind != COMING_VANISHES;
    return calm && c->delay_max <= PLAYER_DELAY_MSEC;
}

static void with_faults(struct scenario *scenario)
{
    const struct scenario_config *config = &scenario->config;
    if (is_calm(scenario))
        scenario->healed = sim_now(scenario->sim) - scenario->players.absent;
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
        comings_due(scenario);
        everyone_acts(scenario, scenario->pace);
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
    scenario->healed = sim_now(scenario->sim);
    for (unsigned i = 0; i < scenario->count; i++) {
        scenario->away[i] = 0;
        sim_disk_full(scenario->sim, i, false);
        restart(scenario, i);
    }
}

/* Where nobody is put out, who does not deal holds the first key generation up. */
static const char *unrest_of_table(const struct scenario *scenario, const struct state *state)
{
    if (state->phase == STATE_PHASE_OVER)
        return "finds the table over";
    if (state->phase == STATE_PHASE_KEYS)
        return scenario->config.still && (scenario->habits & LIAR_STALLED) != 0
                   ? NULL
                   : "waits for the dice key";
    if (state->next.set != 0)
        return "waits for the key of the next epoch (L2)";
    if (state->phase == STATE_PHASE_ROLLING)
        return "waits for the dice (L2)";
    return state->rolls_done >= scenario->config.rolls ? NULL : "waits for betting to close";
}

static bool is_over(const struct state *state)
{
    return state->phase == STATE_PHASE_OVER || state->phase == STATE_PHASE_KEYS;
}

/* Who sat down and was put out again in one epoch has to wait for the next one. */
static bool must_wait(const struct state *state, unsigned seat)
{
    return seat != SEAT_NONE && (state->left >> seat & 1) != 0 &&
           state->seats[seat].epoch == state->roster.epoch;
}

/* What an honest person still waits for; NULL: nothing. */
static const char *unrest(const struct scenario *scenario, unsigned person)
{
    const struct player *player = scenario->nodes[person];
    const struct table *table = player->table;
    const struct state *state = table_final(table);
    const unsigned seat = table->config.self;
    const bool wants = scenario->persons[person].wants;
    if (!player->honest || !is_there(scenario, person))
        return NULL;
    if (player->told != referee_height(scenario->referee))
        return "lacks final blocks";
    if (is_damaged(scenario, person))
        return NULL;
    if (seat != SEAT_NONE && table->latest[seat].sequence != state->sequence[seat])
        return "has an action that is not final";
    if (wants && table->position == SEAT_NONE && !is_over(state) && !must_wait(state, seat))
        return "wants a seat";
    if (!wants && table->position != SEAT_NONE && !is_over(state))
        return "wants to be gone";
    if (table->position != SEAT_NONE && !consensus_may_sign(&table->consensus))
        return "is still recovering";
    return unrest_of_table(scenario, state);
}

/* The first person that waits; the count of them: nobody does. */
static unsigned who_waits(const struct scenario *scenario, const char **why)
{
    for (unsigned i = 0; i < scenario->people; i++) {
        *why = unrest(scenario, i);
        if (*why != NULL)
            return i;
    }
    return scenario->people;
}

static bool at_rest(const struct scenario *scenario)
{
    const char *why;
    return who_waits(scenario, &why) == scenario->people;
}

/*
 * What damaged disks may end for good: the first key, whose deal was lost and which has no second
 * attempt; and an epoch with more of them than it can bear, as honest people were put out.
 */
static bool is_lost(const struct scenario *scenario)
{
    if (scenario->damaged == 0)
        return false;
    return referee_state(scenario->referee)->phase == STATE_PHASE_KEYS ||
           !within_budget(scenario, seats_of(scenario, scenario->damaged));
}

/* Who spoils every key and asks for a seat again and again would keep a table busy for ever. */
static void liars_stay_out(struct scenario *scenario)
{
    for (unsigned person = 0; person < scenario->people; person++) {
        if (is_liar(scenario, person) && !is_seated(scenario, person))
            scenario->persons[person].wants = false;
    }
}

/* Where everybody stands, for whoever has to find out why they wait. */
static void tell_standing(const struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->people; i++) {
        const struct table *table = scenario->nodes[i]->table;
        const struct consensus *c = &table->consensus;
        const struct state *state = table_final(table);
        const unsigned seat = table->config.self;
        if (!is_there(scenario, i))
            continue;
        story_tell(&scenario->story,
                   "player %u: seat %d, epoch %llu (heard of %llu), height %llu, view %llu, base "
                   "%llu%s%s%s",
                   i + 1, seat == SEAT_NONE ? 0 : (int)seat + 1,
                   (unsigned long long)c->config.epoch, (unsigned long long)table->newer,
                   (unsigned long long)consensus_final_height(c), (unsigned long long)c->view,
                   (unsigned long long)c->base_view,
                   table->position == SEAT_NONE ? ", no voice" : "",
                   c->recovering ? ", recovering" : "", c->amnesiac ? ", amnesiac" : "");
        if (seat != SEAT_NONE)
            story_tell(&scenario->story,
                       "    its actions: %llu, final %llu; dealt %x, confirmed %x of %x",
                       (unsigned long long)table->latest[seat].sequence,
                       (unsigned long long)state->sequence[seat], state->dealt, state->confirmed,
                       state->next.set);
    }
}

static void wait_for_rest(struct scenario *scenario)
{
    const msec end =
        sim_now(scenario->sim) + SETTLE_MSEC + (msec)scenario->config.rolls * ROLL_MSEC;
    while (holds(scenario) && sim_now(scenario->sim) < end && !at_rest(scenario)) {
        liars_stay_out(scenario);
        everyone_acts(scenario, 1000);
        pass_time(scenario);
    }
    const char *why;
    const unsigned person = who_waits(scenario, &why);
    if (person == scenario->people || is_lost(scenario))
        return;
    tell_standing(scenario);
    referee_break(
        scenario->referee, "L1: player %u %s: epoch %llu, height %llu, %llu rolls of %u",
        person + 1, why, (unsigned long long)referee_state(scenario->referee)->roster.epoch,
        (unsigned long long)referee_height(scenario->referee),
        (unsigned long long)referee_state(scenario->referee)->rolls_done, scenario->config.rolls);
}

/* Liars never tire, and who has no seat still asks: silence is looked for when they are gone. */
static void look_for_silence(struct scenario *scenario)
{
    struct sim *sim = scenario->sim;
    for (unsigned i = 0; i < scenario->count; i++) {
        const bool seated = scenario->nodes[i]->table->position != SEAT_NONE;
        if (!scenario->nodes[i]->honest || !seated)
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
    if (holds(scenario) && !is_lost(scenario))
        look_for_silence(scenario);
}

static void check_export(struct scenario *scenario)
{
    const unsigned honest = scenario->config.nodes - scenario->config.byzantine;
    const struct player *player =
        scenario->nodes[referee_height(scenario->referee) % (honest > 0 ? honest : 1)];
    struct referee_ending endings[REFEREE_EPOCHS_MAX];
    struct bytes certificate;
    const uint64_t height = player_certified(player, &certificate);
    for (unsigned i = 0; i < player->endings_count; i++) {
        const struct player_ending *ending = &player->endings[i];
        endings[i] = (struct referee_ending){ending->height, {ending->packed, ending->size}};
    }
    if (honest > 0 && height > 0)
        referee_audit(scenario->referee, height, certificate, endings, player->endings_count,
                      &scenario->chance, MUTATIONS);
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
    result->epochs = state->roster.epoch - 1;
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
    for (unsigned i = 0; i < scenario->people; i++) {
        const struct player *player = scenario->nodes[i];
        const struct consensus *c = &player->table->consensus;
        if (!player->honest || !is_there(scenario, i))
            continue;
        if (c->amnesiac && !is_damaged(scenario, i))
            referee_break(scenario->referee, "S2: player %u forgot nothing and thinks it did",
                          i + 1);
        const struct roster *roster = &table_final(player->table)->roster;
        for (unsigned position = 0; position < roster->count; position++) {
            const unsigned other = referee_person(scenario->referee, roster->seats[position]);
            if (c->conflicts[position].held && roster->epoch == c->config.epoch &&
                (other == PERSONS_MAX ||
                 (!is_liar(scenario, other) && !is_damaged(scenario, other))))
                referee_break(scenario->referee, "A1: player %u has proof against honest player %u",
                              i + 1, other + 1);
        }
    }
}

/*
 * Once the faults are over, whoever is up and honest is neither silent nor missing: a step that its
 * node owes and never makes shows here. What was said of it before may take effect for a while.
 */
static void check_put_out(struct scenario *scenario, unsigned person)
{
    const struct players *players = &scenario->players;
    const bool promised = scenario->config.byzantine <= scenario_faults(scenario->config.nodes);
    if (promised && person < PERSONS_MAX && !is_liar(scenario, person) &&
        !is_damaged(scenario, person) && scenario->healed != MSEC_NEVER && !is_lost(scenario) &&
        sim_now(scenario->sim) > scenario->healed + players->kick + players->absent + GRACE_MSEC)
        referee_break(scenario->referee, "L2: player %u is put out, and is up and honest",
                      person + 1);
}

/* Counts what people do, and passes the event on to the story. */
static void note_event(void *context, const struct table_event *event)
{
    struct scenario *scenario = context;
    struct scenario_result *result = scenario->result;
    const unsigned person = referee_person(scenario->referee, event->seat);
    switch ((int)event->kind) {
    case TABLE_EVENT_SAT:
        result->sat++;
        if (person < PERSONS_MAX)
            story_tell(&scenario->story, "block %llu: player %u sits down in seat %u",
                       (unsigned long long)event->height, person + 1, event->seat + 1);
        return;
    case TABLE_EVENT_LEFT:
        result->left++;
        break;
    case TABLE_EVENT_KICKED:
        result->put_out++;
        check_put_out(scenario, person);
        break;
    case TABLE_EVENT_CONVICTED:
    case TABLE_EVENT_ACCUSED:
        result->expelled++;
        break;
    default:
        break;
    }
    story_event(&scenario->story, event);
}

void scenario_run(const struct scenario_config *config, uint64_t seed,
                  struct scenario_result *result)
{
    struct scenario *scenario = calloc(1, sizeof *scenario);
    CHECK(scenario != NULL);
    *result = (struct scenario_result){.held = true};
    scenario->config = *config;
    scenario->healed = MSEC_NEVER;
    scenario->result = result;
    scenario->chance.state = seed * 2 + 1;
    scenario->sim = sim_create(seed);
    scenario->story = (struct story){config->story, sim_now(scenario->sim), sim_now(scenario->sim)};
    crypto_swap(config->swapped);
    draw_config(scenario);
    story_tell(&scenario->story, "seed %llu: %u seats, %u of them lie", (unsigned long long)seed,
               scenario->config.nodes, scenario->config.byzantine);
    seat_everyone(scenario);
    referee_watch(scenario->referee, note_event, scenario);
    plan_comings(scenario);
    const msec start = sim_now(scenario->sim);
    for (unsigned i = 0; i < scenario->count; i++)
        sim_act(scenario->sim, i, player_starts, NULL); /* Those who are there. */
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
