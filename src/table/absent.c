/* SPDX-License-Identifier: MIT */
/* Seats that are silent, or keep a key generation waiting: told to all, so that they are put out.
 */
#include "table/desk.h"

static void post_kick(struct table *table, unsigned seat)
{
    Bitcraps__Kick kick = BITCRAPS__KICK__INIT;
    kick.seat = seat;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_KICK;
    body.kick = &kick;
    if (table_submit(table, &body) != 0)
        table->kicked |= stage_bit(seat);
}

/* Work is what a seat would have to speak up for: without any, silence means nothing. */
static void count_work(struct table *table)
{
    const struct roster *roster = &table_final(table)->roster;
    if (table->consensus.working_since != MSEC_NEVER && table->now > table->worked_at)
        table->worked += table->now - table->worked_at;
    table->worked_at = table->now;
    for (unsigned i = 0; i < roster->count; i++) {
        const unsigned seat = roster->seats[i];
        if (table->consensus.last_heard[i] == table->heard_last[seat])
            continue;
        table->heard_last[seat] = table->consensus.last_heard[i];
        table->heard[seat] = table->worked;
        table->kicked &= (uint16_t)~stage_bit(seat);
    }
}

static void kick_silent(struct table *table)
{
    const struct state *state = table_final(table);
    const msec patience = table->config.kick != 0 ? table->config.kick : TABLE_KICK_MSEC;
    for (unsigned i = 0; i < state->roster.count; i++) {
        const unsigned seat = state->roster.seats[i];
        if (i == table->position || ((state->left | table->kicked) & stage_bit(seat)) ||
            (state->kicks[seat] & stage_bit(table->config.self)) ||
            table->worked - table->heard[seat] < patience)
            continue;
        post_kick(table, seat);
    }
}

/* Whether this seat has a say in who is absent. */
static bool may_tell(const struct table *table)
{
    return table->position != SEAT_NONE && consensus_may_sign(&table->consensus) &&
           table_final(table)->phase != STATE_PHASE_OVER;
}

static void report_missing(struct table *table)
{
    const struct state *state = table_final(table);
    const bool confirming = (state->dealt == state->next.set);
    if (state->next.set == 0)
        return;
    if (table->missed != state->attempt || table->missed_confirming != confirming) {
        table->missed = state->attempt;
        table->missed_confirming = confirming;
        table->missed_told = 0;
        table->missed_at =
            table->now + (table->config.absent != 0 ? table->config.absent : TABLE_MISSING_MSEC);
    }
    if (table->now < table->missed_at)
        return;
    const uint16_t done = confirming ? state->confirmed : state->dealt;
    table->missed_at = MSEC_NEVER;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (!(state->next.set & (uint16_t) ~(done | table->missed_told) & stage_bit(seat)) ||
            seat == table->config.self)
            continue;
        Bitcraps__Missing missing = BITCRAPS__MISSING__INIT;
        missing.confirmation = confirming;
        missing.seat = seat;
        Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
        body.kind_case = BITCRAPS__ACTION_BODY__KIND_MISSING;
        body.missing = &missing;
        body.attempt = state->attempt;
        if (table_submit(table, &body) != 0)
            table->missed_told |= stage_bit(seat);
        else
            table->missed_at = table->now + TABLE_REPEAT_MSEC;
    }
}

/* Someone says that this seat is silent: any action shows that it is not. */
static void show_presence(struct table *table)
{
    const struct state *state = table_final(table);
    if (state->kicks[table->config.self] == 0 ||
        table->latest[table->config.self].sequence > state->sequence[table->config.self])
        return;
    Bitcraps__Here here = BITCRAPS__HERE__INIT;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_HERE;
    body.here = &here;
    table_submit(table, &body);
}

void absent_advance(struct table *table)
{
    const struct state *state = table_final(table);
    count_work(table);
    if (!may_tell(table))
        return;
    if (state->phase != STATE_PHASE_KEYS)
        kick_silent(table);
    report_missing(table);
    show_presence(table);
}

msec absent_deadline(const struct table *table)
{
    const struct state *state = table_final(table);
    return may_tell(table) && state->next.set != 0 && table->missed == state->attempt
               ? table->missed_at
               : MSEC_NEVER;
}
