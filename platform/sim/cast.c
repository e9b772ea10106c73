/* SPDX-License-Identifier: MIT */
#include "platform/sim/scenario_parts.h"

#include "base/check.h"
#include "frame/frame.h"

#include <string.h>

#define COMERS_MAX 3 /* Who were not there at first. */

_Static_assert(2 * SEATS_MAX <= SIM_NODES_MAX, "everyone may have a twin");

static unsigned draw(struct chance *chance, unsigned permille, unsigned below)
{
    return chance_permille(chance, permille) ? (unsigned)chance_below(chance, below) : 0;
}

void cast_weather(struct scenario *scenario)
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

void cast_seats(struct scenario *scenario)
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
