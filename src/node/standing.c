/* SPDX-License-Identifier: MIT */
/* What others may know of a sitting: where it stands, in words and as a summary. */
#include "node/sitting_parts.h"

#include "node/node.h"
#include "node/render.h"
#include "node/worker.h"
#include "platform/posix/clock.h"
#include "platform/posix/log.h"

#include <stdio.h>

/* How a reason begins that only shows progress: it is told again once in PROGRESS_MSEC. */
#define CATCHING_UP   "catching up:"
#define PROGRESS_MSEC 500

const char *sitting_standing_name(enum sitting_standing state)
{
    switch (state) {
    case SITTING_OFFERED:
        return "offered";
    case SITTING_JOINING:
        return "joining";
    case SITTING_KEYS:
        return "keys";
    case SITTING_PLAYING:
        return "playing";
    case SITTING_FROZEN:
        return "frozen";
    case SITTING_PAUSED:
        return "paused";
    case SITTING_OVER:
        return "over";
    }
    return "";
}

bool sitting_reachable(const struct sitting *sitting, unsigned seat)
{
    const struct table *table = sitting->table;
    if (table == NULL || seat == table->config.self)
        return true;
    const struct worker *worker = sitting->worker;
    for (unsigned i = 0; i < worker->peers_count; i++) {
        if (memcmp(&worker->peers[i], &table_final(table)->seats[seat].node,
                   sizeof worker->peers[i]) == 0)
            return true;
    }
    const msec heard = table_last_heard(table, seat);
    return heard != 0 && clock_monotonic_msec() - heard < SITTING_HEARD_MSEC;
}

void sitting_look(const struct sitting *sitting, struct outlook *out)
{
    const uint16_t owned = table_final(sitting->table)->owned;
    uint16_t reachable = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if ((owned >> seat & 1) && sitting_reachable(sitting, seat))
            reachable |= (uint16_t)(1u << seat);
    }
    /* Who lost what its key signed can be heard, and has no voice. */
    reachable &= (uint16_t)~table_forgetful(sitting->table);
    outlook_look(sitting->table, reachable, clock_monotonic_msec(), out);
}

const struct seat *sitting_asking(const struct sitting *sitting, unsigned index)
{
    const msec now = clock_monotonic_msec();
    if (sitting->table != NULL)
        return index < TABLE_ASKING_MAX ? table_asking(sitting->table, index, now) : NULL;
    return sitting->joined ? lobby_asking(&sitting->lobby, index, now) : NULL;
}

unsigned sitting_count_asking(const struct sitting *sitting)
{
    unsigned count = 0;
    for (unsigned i = 0; i < SEATS_MAX; i++)
        count += sitting_asking(sitting, i) != NULL;
    return count;
}

static enum sitting_standing joining_state(const struct sitting *sitting,
                                           char reason[static SITTING_REASON_SIZE])
{
    if (!sitting->joined) {
        if (sitting->offer_started)
            snprintf(reason, SITTING_REASON_SIZE, "play has begun: join it to play along");
        return SITTING_OFFERED;
    }
    const unsigned asking = sitting_count_asking(sitting);
    if (sitting->lobby.host && asking > 0)
        snprintf(reason, SITTING_REASON_SIZE,
                 "%u of %u seats taken, %u waiting for your approval: see 'bitcraps table show'",
                 sitting->lobby.count, sitting->genesis.seats, asking);
    else if (sitting->lobby.host)
        snprintf(reason, SITTING_REASON_SIZE, "%u of %u seats taken: waiting for others to join",
                 sitting->lobby.count, sitting->genesis.seats);
    else if (sitting->genesis.admission == ADMISSION_APPROVAL)
        snprintf(reason, SITTING_REASON_SIZE, "waiting for the host to approve you");
    else
        snprintf(reason, SITTING_REASON_SIZE, "waiting for the host to close the seat list");
    return SITTING_JOINING;
}

/*
 * The journal lacks what the own seat signed: it watches. Others can let it in again, with a key
 * that signed nothing yet, if they are as many as a decision needs.
 */
static enum sitting_standing forgetful_state(const struct sitting *sitting,
                                             const struct state *state,
                                             char reason[static SITTING_REASON_SIZE])
{
    const struct roster *roster = &state->roster;
    const unsigned lost = (unsigned)__builtin_popcount(table_forgetful(sitting->table));
    if (state->phase == STATE_PHASE_KEYS) {
        snprintf(reason, SITTING_REASON_SIZE,
                 "this node's journal lacks what it signed: it only watches (if play has not "
                 "begun, it cannot: start a new table)");
        return SITTING_PAUSED;
    }
    if (roster->count - lost < roster->quorum) {
        snprintf(reason, SITTING_REASON_SIZE,
                 "frozen: this node's journal lacks what it signed, and %u of %u seats are needed: "
                 "restore its newest state directory",
                 roster->quorum, roster->count);
        return SITTING_PAUSED;
    }
    snprintf(reason, SITTING_REASON_SIZE,
             "this node's journal lacks what it signed before: it only watches, and asks for its "
             "seat again with a new key");
    return SITTING_PAUSED;
}

/* A table that runs without the own seat's vote: not yet, or no more. */
static enum sitting_standing arriving_state(const struct sitting *sitting,
                                            const struct state *state,
                                            char reason[static SITTING_REASON_SIZE])
{
    const unsigned self = sitting->table->config.self;
    if (self == SEAT_NONE && sitting->genesis.admission == ADMISSION_INVITATION &&
        !sitting->invitation.known) {
        snprintf(reason, SITTING_REASON_SIZE,
                 "only who is invited gets a seat here: join it again with a ticket");
        return SITTING_JOINING;
    }
    if (self == SEAT_NONE && sitting->genesis.admission == ADMISSION_APPROVAL) {
        const uint16_t approving = state_approving(state, &sitting->worker->node->identity.key);
        snprintf(reason, SITTING_REASON_SIZE,
                 "following the table, and asking for a seat: %d of %u approvals",
                 __builtin_popcount(approving), state->roster.quorum);
        return SITTING_JOINING;
    }
    const bool full =
        state_room(state, &sitting->table->seating, sitting->table->config.witness) == 0;
    if (self == SEAT_NONE) {
        snprintf(reason, SITTING_REASON_SIZE, "following the table, %s",
                 full ? "which is full: a seat has to become free" : "and asking for a seat");
        return SITTING_JOINING;
    }
    if (table_amnesiac(sitting->table) && !(state->guilty >> self & 1))
        return forgetful_state(sitting, state, reason);
    if (state->guilty >> self & 1) {
        snprintf(reason, SITTING_REASON_SIZE, "this seat was found to cheat: it is out");
        return SITTING_OVER;
    }
    if ((state->left >> self & 1) && !sitting->table->config.sits) {
        snprintf(reason, SITTING_REASON_SIZE, "you have left the table: join it again to play on");
        return SITTING_OVER;
    }
    struct outlook outlook;
    sitting_look(sitting, &outlook);
    if (state->left >> self & 1)
        snprintf(reason, SITTING_REASON_SIZE, "%s",
                 full ? "the table is full: a seat has to become free"
                      : "asking for the seat again");
    else if (outlook.kind == OUTLOOK_DEAL || outlook.kind == OUTLOOK_CONFIRM)
        outlook_sentence(&outlook, state, reason);
    else
        snprintf(reason, SITTING_REASON_SIZE,
                 "the dice key is made anew with you: %d of %u seats dealt, %d confirmed",
                 __builtin_popcount(state->dealt), state->next.count,
                 __builtin_popcount(state->confirmed));
    return SITTING_JOINING;
}

enum sitting_standing sitting_standing(const struct sitting *sitting,
                                       char reason[static SITTING_REASON_SIZE])
{
    reason[0] = '\0';
    if (sitting->table == NULL)
        return joining_state(sitting, reason);
    const struct state *state = table_final(sitting->table);
    if (state->phase == STATE_PHASE_OVER) {
        snprintf(reason, SITTING_REASON_SIZE, "everyone has left");
        return SITTING_OVER;
    }
    if (sitting->table->position == SEAT_NONE)
        return arriving_state(sitting, state, reason);
    const struct roster *roster = &state->roster;
    const uint16_t lost = table_forgetful(sitting->table);
    if (roster->count - (unsigned)__builtin_popcount(lost) < roster->quorum) {
        snprintf(reason, SITTING_REASON_SIZE,
                 "frozen: %s lost what it signed, and %u of %u seats are needed: its node has to "
                 "start with its newest state directory",
                 state->seats[__builtin_ctz(lost)].name, roster->quorum, roster->count);
        return SITTING_PAUSED;
    }
    struct outlook outlook;
    sitting_look(sitting, &outlook);
    outlook_sentence(&outlook, state, reason);
    if (outlook.kind == OUTLOOK_REVEAL)
        return SITTING_FROZEN;
    if (outlook.kind == OUTLOOK_REACH)
        return SITTING_PAUSED;
    const struct consensus *consensus = &sitting->table->consensus;
    const uint64_t height = consensus_final_height(consensus);
    const uint64_t ahead = table_height_ahead(sitting->table);
    if (ahead > height + SITTING_BEHIND)
        snprintf(reason, SITTING_REASON_SIZE, CATCHING_UP " block %llu of %llu",
                 (unsigned long long)height, (unsigned long long)ahead);
    else if (!consensus_may_sign(consensus))
        snprintf(reason, SITTING_REASON_SIZE, "restarted: hearing from the others first");
    return state->phase == STATE_PHASE_KEYS ? SITTING_KEYS : SITTING_PLAYING;
}

static unsigned seats_taken(const struct sitting *sitting)
{
    if (sitting->table != NULL)
        return table_final(sitting->table)->roster.count;
    if (sitting->joined && sitting->lobby.host)
        return sitting->lobby.count;
    return sitting->offer_taken;
}

/* Whether the own seat is of use: the table is not over, somebody plays, and there is a place. */
static bool needs_us(const struct sitting *sitting)
{
    if (sitting->table == NULL)
        return true;
    const struct state *state = table_final(sitting->table);
    const unsigned self = sitting->table->config.self;
    const bool seated = self != SEAT_NONE && !(state->left >> self & 1);
    return (state->phase == STATE_PHASE_KEYS || state_players(state) != 0) &&
           (seated || state_room(state, &sitting->table->seating, true) > 0);
}

static void count_witness(struct sitting *sitting, enum sitting_standing standing)
{
    const bool witnesses = sitting->joined && sitting->lobby.own.seat.witness &&
                           standing != SITTING_OVER && needs_us(sitting);
    if (witnesses != sitting->witnesses)
        atomic_fetch_add(&sitting->worker->node->witnessing, witnesses ? 1 : -1);
    sitting->witnesses = witnesses;
}

void sitting_publish(struct sitting *sitting)
{
    char reason[SITTING_REASON_SIZE];
    const enum sitting_standing state = sitting_standing(sitting, reason);
    struct sitting_summary summary = {.state = state,
                                      .seats = sitting->genesis.seats,
                                      .taken = seats_taken(sitting),
                                      .host = identity_node(&sitting->genesis.host)};
    memcpy(summary.id.bytes, sitting->entry.id, DIGEST_SIZE);
    memcpy(summary.name, sitting->genesis.name, sizeof summary.name);
    if (sitting->table != NULL)
        summary.seat =
            sitting->table->config.self == SEAT_NONE ? 0 : sitting->table->config.self + 1;
    pthread_mutex_lock(&sitting->lock);
    sitting->summary = summary;
    pthread_mutex_unlock(&sitting->lock);
    const bool watches = sitting->table != NULL && table_amnesiac(sitting->table);
    if (watches != sitting->watches)
        atomic_fetch_add(&sitting->worker->node->watching, watches ? 1 : -1);
    sitting->watches = watches;
    count_witness(sitting, state);
    if (state == sitting->told && strcmp(reason, sitting->told_reason) == 0)
        return;
    const msec now = clock_monotonic_msec();
    if (state == sitting->told && now - sitting->told_at < PROGRESS_MSEC &&
        strncmp(reason, CATCHING_UP, strlen(CATCHING_UP)) == 0 &&
        strncmp(sitting->told_reason, CATCHING_UP, strlen(CATCHING_UP)) == 0)
        return;
    sitting->told_at = now;
    sitting->told = state;
    memcpy(sitting->told_reason, reason, sizeof reason);
    log_line(LOG_LEVEL_INFO, LOG_TABLE, "table \"%s\": %s%s%s", sitting->genesis.name,
             sitting_standing_name(state), reason[0] == '\0' ? "" : ": ", reason);
    if (sitting->worker->node->control != NULL)
        control_notify(sitting->worker->node->control, sitting->topic,
                       render_state_event(sitting, state, reason));
}

struct sitting_summary sitting_summarize(struct sitting *sitting)
{
    pthread_mutex_lock(&sitting->lock);
    const struct sitting_summary summary = sitting->summary;
    pthread_mutex_unlock(&sitting->lock);
    return summary;
}
