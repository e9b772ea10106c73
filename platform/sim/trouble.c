/* SPDX-License-Identifier: MIT */
#include "platform/sim/scenario_parts.h"

#include "base/check.h"

#define CLOCK_JUMP INT64_C(10000000)

unsigned trouble_count(uint16_t seats)
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

uint16_t trouble_seats(const struct scenario *scenario, uint16_t persons)
{
    uint16_t seats = 0;
    for (unsigned person = 0; person < scenario->people; person++) {
        const unsigned seat = referee_seat(scenario->referee, person);
        if ((persons >> person & 1) != 0 && seat != SEAT_NONE)
            seats |= (uint16_t)(1u << seat);
    }
    return seats;
}

bool trouble_within_budget(const struct scenario *scenario, uint16_t faulty)
{
    const struct state *state = referee_state(scenario->referee);
    const uint16_t sets[] = {state->roster.set, state->next.set,
                             state->owned & (uint16_t)~state->left};
    for (unsigned i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        const unsigned bad = trouble_count(sets[i] & faulty);
        if (bad > 0 && bad > liars_allowed(scenario, trouble_count(sets[i])))
            return false;
    }
    return true;
}

void trouble_keep_budget(struct scenario *scenario)
{
    uint16_t faulty = trouble_seats(scenario, scenario->damaged);
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
        const uint16_t with = faulty | trouble_seats(scenario, (uint16_t)(1u << person));
        const bool tired = !trouble_within_budget(scenario, with);
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
    if (kinds[kind] != SIM_DAMAGE_TORN &&
        !trouble_within_budget(scenario, trouble_seats(scenario, faulty)))
        return;
    const size_t lost = sim_damage(scenario->sim, node, kinds[kind]);
    story_tell(&scenario->story, "player %u: %s", person + 1, words[kind]);
    if (lost == 0 || is_liar(scenario, person))
        return;
    CHECK(kinds[kind] != SIM_DAMAGE_TORN);
    scenario->damaged |= (uint16_t)(1u << person);
    referee_excuse(scenario->referee, person);
}

void trouble_crash(struct scenario *scenario, unsigned node)
{
    if (!sim_is_up(scenario->sim, node))
        return;
    sim_crash(scenario->sim, node);
    scenario->result->crashes++;
    story_tell(&scenario->story, "player %u crashes", scenario->person_of[node] + 1);
    maybe_damage(scenario, node);
}

void trouble_restart(struct scenario *scenario, unsigned node)
{
    const bool silent = node >= scenario->people && scenario->nodes[node]->liar.tired;
    if (sim_is_up(scenario->sim, node) || !is_there(scenario, node) || silent ||
        sim_now(scenario->sim) < scenario->away[node])
        return;
    sim_disk_full(scenario->sim, node, false);
    sim_restart(scenario->sim, node);
    story_tell(&scenario->story, "player %u is back", scenario->person_of[node] + 1);
}

void trouble_crash_or_return(struct scenario *scenario)
{
    struct chance *chance = &scenario->chance;
    const struct scenario_config *config = &scenario->config;
    for (unsigned i = 0; i < scenario->count; i++) {
        if (!sim_is_up(scenario->sim, i) && chance_permille(chance, 100))
            trouble_restart(scenario, i);
    }
    if (chance_permille(chance, config->crash_permille))
        trouble_crash(scenario, any_node(scenario));
    if (chance_permille(chance, config->power_permille)) {
        story_tell(&scenario->story, "the power fails for everyone");
        for (unsigned i = 0; i < scenario->count; i++)
            trouble_crash(scenario, i);
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

void trouble_links(struct scenario *scenario)
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

void trouble_clocks(struct scenario *scenario)
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
