/* SPDX-License-Identifier: MIT */
#include "platform/sim/scenario_parts.h"

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

unsigned rest_who_waits(const struct scenario *scenario, const char **why)
{
    for (unsigned i = 0; i < scenario->people; i++) {
        *why = unrest(scenario, i);
        if (*why != NULL)
            return i;
    }
    return scenario->people;
}

bool rest_is_lost(const struct scenario *scenario)
{
    if (scenario->damaged == 0)
        return false;
    return referee_state(scenario->referee)->phase == STATE_PHASE_KEYS ||
           !trouble_within_budget(scenario, trouble_seats(scenario, scenario->damaged));
}

void rest_tell_standing(const struct scenario *scenario)
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
