/* SPDX-License-Identifier: MIT */
#include "platform/sim/scenario_parts.h"

#include "base/check.h"
#include "platform/sim/crypto.h"

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
#define MUTATIONS     4 /* Bits of an export that are changed, one by one. */
#define GRACE_MSEC    5000

_Static_assert(SCENARIO_CELLS == REFEREE_CELLS, "one throw, one cell");

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
            trouble_keep_budget(scenario);
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
        trouble_crash_or_return(scenario);
        trouble_links(scenario);
        trouble_clocks(scenario);
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
        trouble_restart(scenario, i);
    }
}

static bool at_rest(const struct scenario *scenario)
{
    const char *why;
    return rest_who_waits(scenario, &why) == scenario->people;
}

/* Who spoils every key and asks for a seat again and again would keep a table busy for ever. */
static void liars_stay_out(struct scenario *scenario)
{
    for (unsigned person = 0; person < scenario->people; person++) {
        if (is_liar(scenario, person) && !comings_seated(scenario, person))
            scenario->persons[person].wants = false;
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
    const unsigned person = rest_who_waits(scenario, &why);
    if (person == scenario->people || rest_is_lost(scenario))
        return;
    rest_tell_standing(scenario);
    referee_break(
        scenario->referee, "L1: player %u %s: epoch %llu, height %llu, %llu rolls of %u",
        person + 1, why, (unsigned long long)referee_state(scenario->referee)->roster.epoch,
        (unsigned long long)referee_height(scenario->referee),
        (unsigned long long)referee_state(scenario->referee)->rolls_done, scenario->config.rolls);
}

/*
 * Liars never tire, and who has no seat still asks: silence is looked for when they are gone. Those
 * who stay have to be a quorum then: fewer rightly call for the others without end.
 */
static void look_for_silence(struct scenario *scenario)
{
    struct sim *sim = scenario->sim;
    unsigned stay = 0;
    for (unsigned i = 0; i < scenario->count; i++)
        stay += scenario->nodes[i]->honest && scenario->nodes[i]->table->position != SEAT_NONE;
    if (stay < referee_state(scenario->referee)->roster.quorum)
        return;
    for (unsigned i = 0; i < scenario->count; i++) {
        const bool seated = scenario->nodes[i]->table->position != SEAT_NONE;
        if (!scenario->nodes[i]->honest || !seated)
            trouble_crash(scenario, i);
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
    if (holds(scenario) && !rest_is_lost(scenario))
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
    result->damaged = trouble_count(scenario->damaged);
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
        !is_damaged(scenario, person) && scenario->healed != MSEC_NEVER &&
        !rest_is_lost(scenario) &&
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
    cast_weather(scenario);
    story_tell(&scenario->story, "seed %llu: %u seats, %u of them lie", (unsigned long long)seed,
               scenario->config.nodes, scenario->config.byzantine);
    cast_seats(scenario);
    referee_watch(scenario->referee, note_event, scenario);
    comings_plan(scenario);
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
