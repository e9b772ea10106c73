/* SPDX-License-Identifier: MIT */
#include "table/outlook.h"

#include "table/desk.h"

#include <stdio.h>

static unsigned count_seats(uint16_t seats)
{
    return (unsigned)__builtin_popcount(seats);
}

/* ---- Since when --------------------------------------------------------------------------------
 */

static void wait_for(struct table_wait *wait, uint64_t what, msec now)
{
    if (wait->what != what)
        *wait = (struct table_wait){.what = what, .since = now};
}

void outlook_advance(struct table *table)
{
    const struct state *state = table_final(table);
    const bool confirming = state->dealt == state->next.set;
    wait_for(&table->roll_wait, state->phase == STATE_PHASE_ROLLING ? state->roll : 0, table->now);
    wait_for(&table->key_wait,
             state->next.set != 0 ? (uint64_t)state->attempt << 1 | (uint64_t)confirming : 0,
             table->now);
}

static msec patience_ends(const struct table *table, const struct table_wait *wait)
{
    const msec at = wait->since + OUTLOOK_PATIENCE_MSEC;
    return wait->what != 0 && at > table->now ? at : MSEC_NEVER;
}

msec outlook_deadline(const struct table *table)
{
    const msec roll = patience_ends(table, &table->roll_wait);
    const msec key = patience_ends(table, &table->key_wait);
    return roll < key ? roll : key;
}

/* ---- Absences ----------------------------------------------------------------------------------
 */

/* Who only hears of a roll when it is over, as when it catches up, knows nothing of its parts. */
void outlook_rolled(struct table *table, const struct state *last)
{
    const struct roster *roster = &last->roster;
    if (table->statement_roll != last->roll || count_seats(table->verified) < roster->quorum)
        return;
    table->parts_roll = last->roll;
    for (unsigned i = 0; i < roster->count; i++) {
        struct table_parts *parts = &table->parts[roster->seats[i]];
        parts->due = parts->due << 1 | 1;
        parts->missing = parts->missing << 1 | (table->partials[i].roll < last->roll);
    }
}

bool outlook_misses(const struct table *table, unsigned seat, uint64_t roll)
{
    return roll == table->parts_roll && (table->parts[seat].missing & 1) != 0;
}

void outlook_came_late(struct table *table, unsigned seat)
{
    table->parts[seat].missing &= ~(uint64_t)1;
}

unsigned outlook_absences(const struct table *table, unsigned seat, unsigned *of)
{
    *of = (unsigned)__builtin_popcountll(table->parts[seat].due);
    return (unsigned)__builtin_popcountll(table->parts[seat].missing);
}

/* ---- Who is awaited ----------------------------------------------------------------------------
 */

static bool waits_long(const struct table_wait *wait, msec now)
{
    return wait->what != 0 && now - wait->since >= OUTLOOK_PATIENCE_MSEC;
}

static void ask(struct outlook *out, enum outlook_kind kind, uint16_t asked, uint16_t done,
                unsigned needed)
{
    out->kind = kind;
    out->of = count_seats(asked);
    out->done = count_seats(asked & done);
    out->needed = needed;
    out->awaited = asked & (uint16_t)~done;
    out->put_out = MSEC_NEVER;
}

/* The seats whose part of the roll being made is here and holds. */
static uint16_t revealed(const struct table *table, const struct state *state)
{
    uint16_t seats = 0;
    for (unsigned i = 0; i < state->roster.count; i++) {
        if (table->statement_roll == state->roll && (table->verified & stage_bit(i)))
            seats |= stage_bit(state->roster.seats[i]);
    }
    return seats;
}

static void look_at_key(const struct table *table, const struct state *state, msec now,
                        struct outlook *out)
{
    const bool confirming = state->dealt == state->next.set;
    ask(out, confirming ? OUTLOOK_CONFIRM : OUTLOOK_DEAL, state->next.set,
        confirming ? state->confirmed : state->dealt, state->next.count);
    if (state->phase == STATE_PHASE_KEYS)
        return;
    const msec patience = table->config.absent != 0 ? table->config.absent : TABLE_MISSING_MSEC;
    const msec gone = now - table->key_wait.since;
    out->put_out = gone < patience ? patience - gone : 0;
}

void outlook_look(const struct table *table, uint16_t reachable, msec now, struct outlook *out)
{
    const struct state *state = table_final(table);
    const struct roster *roster = &state->roster;
    memset(out, 0, sizeof *out);
    out->voters = roster->count;
    out->faults = roster->faults;
    out->quorum = roster->quorum;
    out->reachable = count_seats(reachable & roster->set);
    out->spare = out->reachable > roster->quorum ? out->reachable - roster->quorum : 0;
    if (state->phase == STATE_PHASE_OVER)
        return;
    const bool lacking = out->reachable < roster->quorum;
    const uint16_t shown = revealed(table, state);
    const bool behind = table_height_ahead(table) > consensus_final_height(&table->consensus);
    if (state->phase == STATE_PHASE_ROLLING && count_seats(shown) < roster->quorum &&
        (lacking || (!behind && waits_long(&table->roll_wait, now)))) {
        ask(out, OUTLOOK_REVEAL, roster->set, shown, roster->quorum);
        out->roll = state->roll;
    } else if (lacking) {
        ask(out, OUTLOOK_REACH, roster->set, reachable, roster->quorum);
    } else if (state->next.set != 0 && waits_long(&table->key_wait, now)) {
        look_at_key(table, state, now, out);
    }
}

/* ---- In words ----------------------------------------------------------------------------------
 */

/* "ann", "ann or bob", "ann and bob", "2 of ann, bob and cleo"; of many, only so many names. */
static void name_awaited(const struct outlook *outlook, const struct state *state, char *out,
                         size_t size)
{
    const unsigned count = count_seats(outlook->awaited);
    const unsigned more = outlook->needed - outlook->done;
    const unsigned named = count <= OUTLOOK_NAMES_MAX ? count : OUTLOOK_NAMES_MAX - 1;
    const char *last = more == 1 ? "or" : "and";
    size_t used = 0;
    unsigned at = 0;
    out[0] = '\0';
    if (more > 1 && more < count)
        used = (size_t)snprintf(out, size, "%u of ", more);
    for (unsigned seat = 0; seat < SEATS_MAX && at < named; seat++) {
        if (!(outlook->awaited & stage_bit(seat)))
            continue;
        const char *before = at == 0 ? "" : ", ";
        at++;
        if (at > 1 && at == count)
            used += (size_t)snprintf(out + used, size - used, " %s ", last);
        else
            used += (size_t)snprintf(out + used, size - used, "%s", before);
        used += (size_t)snprintf(out + used, size - used, "%s", state->seats[seat].name);
    }
    if (named < count)
        snprintf(out + used, size - used, " %s %u others", last, count - named);
}

static void key_sentence(const struct outlook *outlook, const struct state *state,
                         const char *names, char out[static OUTLOOK_SENTENCE_SIZE])
{
    const bool first = state->phase == STATE_PHASE_KEYS;
    const bool one = count_seats(outlook->awaited) == 1;
    char then[64] = "";
    if (first)
        snprintf(then, sizeof then, "; a new table can do without");
    else
        snprintf(then, sizeof then, ", who %s put out if nothing comes", one ? "is" : "are");
    snprintf(out, OUTLOOK_SENTENCE_SIZE,
             "the dice key is made%s: %u of %u seats %s %s, all are needed: waiting for %s%s",
             first ? "" : " anew", outlook->done, outlook->of, outlook->done == 1 ? "has" : "have",
             outlook->kind == OUTLOOK_DEAL ? "dealt" : "confirmed", names, then);
}

void outlook_sentence(const struct outlook *outlook, const struct state *state,
                      char out[static OUTLOOK_SENTENCE_SIZE])
{
    char names[OUTLOOK_NAMES_MAX * (NAME_SIZE_MAX + 8) + 16];
    out[0] = '\0';
    name_awaited(outlook, state, names, sizeof names);
    switch (outlook->kind) {
    case OUTLOOK_CLEAR:
        return;
    case OUTLOOK_REVEAL:
        snprintf(out, OUTLOOK_SENTENCE_SIZE,
                 "%u of %u seats %s revealed their part of roll %llu, %u are needed: waiting for "
                 "%s",
                 outlook->done, outlook->of, outlook->done == 1 ? "has" : "have",
                 (unsigned long long)outlook->roll, outlook->needed, names);
        return;
    case OUTLOOK_REACH:
        snprintf(out, OUTLOOK_SENTENCE_SIZE, "%u of %u seats reachable, %u needed: waiting for %s",
                 outlook->done, outlook->of, outlook->needed, names);
        return;
    case OUTLOOK_DEAL:
    case OUTLOOK_CONFIRM:
        key_sentence(outlook, state, names, out);
        return;
    }
}
