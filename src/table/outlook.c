/* SPDX-License-Identifier: MIT */
#include "table/outlook.h"

#include "craps/text.h"
#include "table/desk.h"

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
        out->spare = 0; /* Whoever can be reached, too few answer. */
    } else if (lacking) {
        ask(out, OUTLOOK_REACH, roster->set, reachable, roster->quorum);
    } else if (state->next.set != 0 && waits_long(&table->key_wait, now)) {
        look_at_key(table, state, now, out);
    }
}

/* ---- In words ----------------------------------------------------------------------------------
 */

static void number_words(struct text *text, uint64_t number, const char *words)
{
    text_chips(text, (chips)number);
    text_words(text, words);
}

/* "ann", "ann or bob", "ann and bob", "2 of ann, bob and cleo"; of many, only so many names. */
static void name_awaited(struct text *text, const struct outlook *outlook,
                         const struct state *state)
{
    const unsigned count = count_seats(outlook->awaited);
    const unsigned more = outlook->needed - outlook->done;
    const unsigned named = count <= OUTLOOK_NAMES_MAX ? count : OUTLOOK_NAMES_MAX - 1;
    const char *last = more == 1 ? " or " : " and ";
    unsigned at = 0;
    if (more > 1 && more < count)
        number_words(text, more, " of ");
    for (unsigned seat = 0; seat < SEATS_MAX && at < named; seat++) {
        if (!(outlook->awaited & stage_bit(seat)))
            continue;
        if (at++ > 0)
            text_words(text, at == count ? last : ", ");
        text_words(text, state->seats[seat].name);
    }
    if (named < count) {
        text_words(text, last);
        number_words(text, count - named, " others");
    }
}

/* "2 of 4 seats have"; what they have done follows. */
static void count_done(struct text *text, const struct outlook *outlook)
{
    number_words(text, outlook->done, " of ");
    number_words(text, outlook->of, outlook->done == 1 ? " seats has " : " seats have ");
}

static void key_sentence(struct text *text, const struct outlook *outlook,
                         const struct state *state)
{
    const bool first = state->phase == STATE_PHASE_KEYS;
    text_words(text, first ? "the dice key is made: " : "the dice key is made anew: ");
    count_done(text, outlook);
    text_words(text, outlook->kind == OUTLOOK_DEAL ? "dealt" : "confirmed");
    text_words(text, ", all are needed: waiting for ");
    name_awaited(text, outlook, state);
    if (first)
        text_words(text, "; a new table can do without");
    else
        text_words(text, count_seats(outlook->awaited) == 1 ? ", who is put out if nothing comes"
                                                            : ", who are put out if nothing comes");
}

void outlook_sentence(const struct outlook *outlook, const struct state *state,
                      char out[static OUTLOOK_SENTENCE_SIZE])
{
    struct text text = text_on(out, OUTLOOK_SENTENCE_SIZE);
    switch (outlook->kind) {
    case OUTLOOK_CLEAR:
        return;
    case OUTLOOK_REVEAL:
        count_done(&text, outlook);
        text_words(&text, "revealed their part of roll ");
        number_words(&text, outlook->roll, ", ");
        number_words(&text, outlook->needed, " are needed: waiting for ");
        name_awaited(&text, outlook, state);
        return;
    case OUTLOOK_REACH:
        number_words(&text, outlook->done, " of ");
        number_words(&text, outlook->of, " seats reachable, ");
        number_words(&text, outlook->needed, " needed: waiting for ");
        name_awaited(&text, outlook, state);
        return;
    case OUTLOOK_DEAL:
    case OUTLOOK_CONFIRM:
        key_sentence(&text, outlook, state);
        return;
    }
}
