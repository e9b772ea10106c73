/* SPDX-License-Identifier: MIT */
#include "platform/sim/scenario_parts.h"

#include "base/check.h"

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

void comings_plan(struct scenario *scenario)
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

bool comings_seated(const struct scenario *scenario, unsigned person)
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
        if (i == person || !other->wants || other->lies || !comings_seated(scenario, i))
            continue;
        players += other->witness ? 0 : 1;
        all++;
    }
    const unsigned damaged = trouble_count(scenario->damaged);
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

void comings_due(struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->comings_count; i++) {
        struct coming *coming = &scenario->comings[i];
        if (coming->done || coming->at > sim_now(scenario->sim))
            continue;
        coming->done = true;
        come_or_go(scenario, coming);
    }
}
