/* SPDX-License-Identifier: MIT */
#include "node/sitting.h"

#include "audit/export.h"
#include "base/check.h"
#include "base/wire.h"
#include "craps/dealer.h"
#include "craps/sentence.h"
#include "frame/frame.h"
#include "node/node.h"
#include "node/render.h"
#include "node/worker.h"
#include "platform/posix/clock.h"
#include "platform/posix/log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/*
 * D0: the assumed bound on one-way delay. Longer where links share a radio: a proposal of 2 KB to
 * five neighbours takes 150 ms of an adapter's 60 KB/s.
 */
#define DELAY_MSEC      50
#define DELAY_SLOW_MSEC 150

/* How a reason begins that only shows progress: it is told again once in PROGRESS_MSEC. */
#define CATCHING_UP   "catching up:"
#define PROGRESS_MSEC 500

static atomic_uint_fast64_t topics = 1;

struct sitting *sitting_create(struct worker *worker, struct bytes genesis,
                               const struct genesis *checked)
{
    struct sitting *sitting = calloc(1, sizeof *sitting);
    if (sitting == NULL)
        return NULL;
    sitting->worker = worker;
    sitting->topic = atomic_fetch_add(&topics, 1);
    sitting->genesis = *checked;
    memcpy(sitting->genesis_packed, genesis.at, genesis.size);
    sitting->genesis_size = genesis.size;
    sitting->deadline = MSEC_NEVER;
    sitting->offer.heard = clock_monotonic_msec();
    memcpy(sitting->entry.id, checked->id.bytes, DIGEST_SIZE);
    sitting->archive = archive_create();
    randombytes_buf(&sitting->bot_random, sizeof sitting->bot_random);
    if (sitting->archive == NULL || pthread_mutex_init(&sitting->lock, NULL) != 0) {
        archive_destroy(sitting->archive);
        free(sitting);
        return NULL;
    }
    archive_attach(sitting->archive, worker->node->journal, &checked->id, SITTING_RECORD_MESSAGE);
    return sitting;
}

void sitting_release(struct map_entry *entry)
{
    struct sitting *sitting = (struct sitting *)entry;
    archive_destroy(sitting->archive);
    sodium_memzero(&sitting->invitation, sizeof sitting->invitation);
    if (sitting->table != NULL)
        sodium_memzero(&sitting->table->config, sizeof sitting->table->config);
    free(sitting->table);
    free(sitting->export_at);
    for (unsigned i = 0; i < SITTING_REPLIES_MAX; i++)
        json_decref(sitting->replies[i].done);
    bot_destroy(sitting->bot);
    json_decref(sitting->last_roll);
    json_decref(sitting->roll.decisions);
    pthread_mutex_destroy(&sitting->lock);
    free(sitting);
}

/* ---- What others may know
 * ------------------------------------------------------------------------ */

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

static unsigned count_asking(const struct sitting *sitting)
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
    const unsigned asking = count_asking(sitting);
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

/* ---- From lobby to table
 * ------------------------------------------------------------------------- */

static void archive_put_block(void *context, uint64_t height, struct bytes block,
                              struct bytes certificate)
{
    archive_put(context, height, block, certificate);
}

static size_t copy_out(struct bytes from, uint8_t *to, size_t size_max)
{
    if (from.size == 0 || from.size > size_max)
        return 0;
    memcpy(to, from.at, from.size);
    return from.size;
}

static size_t archive_get_block(void *context, uint64_t height, uint8_t *block, size_t size_max)
{
    return copy_out(archive_block(context, height), block, size_max);
}

static size_t archive_get_certificate(void *context, uint64_t height, uint8_t *certificate,
                                      size_t size_max)
{
    const uint64_t certified = archive_certified(context, height);
    return copy_out(archive_certificate(context, certified), certificate, size_max);
}

static unsigned own_seat(const struct sitting *sitting)
{
    const struct seating *seating = &sitting->lobby.seating;
    for (unsigned seat = 0; seat < seating->count; seat++) {
        if (memcmp(&seating->seats[seat].identity, &sitting->worker->node->identity.key,
                   sizeof seating->seats[seat].identity) == 0)
            return seat;
    }
    return SEAT_NONE;
}

static void archive_put_ending(void *context, uint64_t epoch, uint64_t height, struct bytes ending)
{
    archive_end(context, epoch, height, ending);
}

static size_t archive_get_ending(void *context, uint64_t epoch, uint64_t *height, uint8_t *ending,
                                 size_t size_max)
{
    return copy_out(archive_ending(context, epoch, height), ending, size_max);
}

static msec delay_of(const struct worker *worker)
{
    return worker->slow ? DELAY_SLOW_MSEC : DELAY_MSEC;
}

/* The seat list is closed: there is a table now. Who is not on the list follows it and asks for a
 * seat. */
static bool open_table(struct sitting *sitting)
{
    const unsigned self = own_seat(sitting);
    if (sitting->table != NULL || !lobby_seated(&sitting->lobby))
        return sitting->table != NULL;
    struct node *node = sitting->worker->node;
    struct table_config config = {.self = self,
                                  .identity = node->identity,
                                  .witness = sitting->lobby.own.seat.witness,
                                  .sits = true,
                                  .invitation = sitting->invitation,
                                  .accuses = true,
                                  .delay = delay_of(sitting->worker),
                                  .archive = {.context = sitting->archive,
                                              .put = archive_put_block,
                                              .block = archive_get_block,
                                              .certificate = archive_get_certificate,
                                              .end = archive_put_ending,
                                              .ending = archive_get_ending}};
    memcpy(config.seed, node->seed, sizeof config.seed);
    memcpy(config.name, sitting->lobby.own.seat.name, sizeof config.name);
    randombytes_buf(config.random, sizeof config.random);
    seat_secrets_derive(node->seed, &sitting->genesis.id, &config.secrets);
    sitting->table = malloc(sizeof *sitting->table);
    CHECK(sitting->table != NULL);
    table_init(sitting->table, &sitting->lobby.seating, &config, clock_monotonic_msec());
    sodium_memzero(&config, sizeof config);
    if (sitting->forgetful || !lobby_remembers(&sitting->lobby))
        table_forget(sitting->table);
    return true;
}

/* ---- The bot
 * -------------------------------------------------------------------------------------- */

static uint64_t bot_draw(struct sitting *sitting)
{
    uint64_t x = sitting->bot_random += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Sends orders as one action; those that the table refuses are left out. */
static bool send_orders(struct sitting *sitting, struct craps_order *orders, size_t count)
{
    while (count > 0) {
        uint64_t sequence;
        struct refusal refusal;
        const enum table_verdict verdict =
            table_order(sitting->table, clock_monotonic_msec(), clock_wall_msec(), orders, count,
                        &sequence, &refusal, &sitting->worker->outbox);
        worker_carry_out(sitting->worker, sitting);
        if (verdict == TABLE_SENT)
            return true;
        if (verdict != TABLE_REFUSED || refusal.order >= count || refusal.orders == 0)
            return false;
        count--;
        for (size_t i = refusal.order; i < count; i++)
            orders[i] = orders[i + 1];
    }
    return true;
}

static bool bot_may_play(const struct sitting *sitting)
{
    const struct state *state = table_final(sitting->table);
    const unsigned self = sitting->table->config.self;
    return state->phase == STATE_PHASE_BETTING && sitting->bot->roll != state->roll &&
           (state_players(state) & ~state->ready) >> self & 1 &&
           consensus_may_sign(&sitting->table->consensus);
}

/* Plans all of a roll's bets on a copy of the felt, sends them together, and is ready or leaves. */
static void bot_play(struct sitting *sitting)
{
    struct bot *bot = sitting->bot;
    const struct state *state = table_final(sitting->table);
    const struct craps_card *card = &sitting->table->seating.card;
    const unsigned self = sitting->table->config.self;
    if (bot->until != 0 && state->rolls_done >= bot->until) {
        sitting_set_bot(sitting, NULL);
        return;
    }
    if (!bot_may_play(sitting))
        return;
    const uint64_t roll = state->roll;
    struct craps_order orders[CRAPS_ORDERS_MAX];
    size_t count;
    bot_begin(bot, state, card, self, bot_draw(sitting));
    while ((count = bot_orders(bot, card, self, orders)) > 0) {
        if (!send_orders(sitting, orders, count))
            break;
        if (table_final(sitting->table)->roll != roll)
            return;
    }
    uint64_t sequence;
    struct refusal refusal;
    const msec now = clock_monotonic_msec();
    const enum table_verdict verdict =
        bot->left ? table_leave(sitting->table, now, clock_wall_msec(), &sequence, &refusal,
                                &sitting->worker->outbox)
                  : table_ready(sitting->table, now, clock_wall_msec(), &sequence, &refusal,
                                &sitting->worker->outbox);
    worker_carry_out(sitting->worker, sitting);
    if (verdict != TABLE_SENT)
        bot->roll = 0;
    else if (bot->left)
        sitting_set_bot(sitting, NULL);
}

void sitting_set_bot(struct sitting *sitting, struct bot *bot)
{
    bot_destroy(sitting->bot);
    sitting->bot = bot;
}

void sitting_note(struct sitting *sitting, const struct table_event *event)
{
    if (sitting->bot != NULL && sitting->table != NULL && sitting->table->config.self != SEAT_NONE)
        bot_note(sitting->bot, sitting->table->config.self, event,
                 &table_final(sitting->table)->craps);
}

/* ---- Steps
 * ----------------------------------------------------------------------------------------- */

static msec replies_deadline(const struct sitting *sitting)
{
    msec deadline = MSEC_NEVER;
    for (unsigned i = 0; i < SITTING_REPLIES_MAX; i++) {
        if (sitting->replies[i].sequence != 0 && sitting->replies[i].until < deadline)
            deadline = sitting->replies[i].until;
    }
    return deadline;
}

static msec earlier(msec a, msec b)
{
    return a < b ? a : b;
}

/* After each call into a core: its effects, then what follows from its new state. */
static void settle(struct sitting *sitting)
{
    worker_carry_out(sitting->worker, sitting);
    bool again = false;
    if (sitting->table != NULL && sitting->bot != NULL) {
        const uint64_t roll = table_final(sitting->table)->roll;
        bot_play(sitting);
        again = roll != table_final(sitting->table)->roll;
    }
    sitting->deadline = earlier(lobby_deadline(&sitting->lobby), replies_deadline(sitting));
    if (sitting->table != NULL) {
        sitting->deadline = earlier(sitting->deadline, table_deadline(sitting->table));
        sitting->deadline = earlier(sitting->deadline, outlook_deadline(sitting->table));
    }
    /* Alone at a table a bot ends a roll at once; the next waits for the worker's next turn. */
    if (sitting->bot != NULL)
        sitting->deadline = earlier(sitting->deadline, clock_monotonic_msec() + (again ? 0 : 250));
    sitting_publish(sitting);
}

/* Who asked for its seat in an earlier life may have played in it, and lost the record of that. */
static void start_when_seated(struct sitting *sitting)
{
    if (sitting->table != NULL || !open_table(sitting))
        return;
    table_start(sitting->table, clock_monotonic_msec(), clock_wall_msec(), sitting->restored,
                &sitting->worker->outbox);
}

/* Twice is once; said again whenever links change, as a full queue may have dropped it. */
static void tell_mesh(struct sitting *sitting)
{
    struct event *event =
        event_get(&sitting->worker->node->pools, EVENT_JOIN, QUEUE_LANE_CONSENSUS);
    if (event == NULL) {
        sitting->worker->lost++;
        return;
    }
    memcpy(event->id.bytes, sitting->entry.id, DIGEST_SIZE);
    worker_to_mesh(sitting->worker, event);
}

static bool enter_lobby(struct sitting *sitting, struct bytes sit)
{
    const struct bytes genesis = {.at = sitting->genesis_packed, .size = sitting->genesis_size};
    if (lobby_init(&sitting->lobby, genesis, sit, sitting->worker->node->identity.secret,
                   clock_monotonic_msec()) != SEATING_OK)
        return false;
    sitting->joined = true;
    return true;
}

void sitting_offered(struct sitting *sitting, struct bytes packed, const Bitcraps__Announce *offer,
                     bool direct)
{
    const msec now = clock_monotonic_msec();
    sitting->offer.heard = now;
    if (sitting->joined) {
        lobby_offered(&sitting->lobby, now, offer);
        sitting->deadline = earlier(sitting->deadline, now);
        return;
    }
    if (direct)
        sitting->offered_by_host = now;
    else if (sitting->offered_by_host != 0 && now - sitting->offered_by_host < LOBBY_SILENT_MSEC)
        return;
    CHECK(packed.size <= sizeof sitting->offer_packed);
    memcpy(sitting->offer_packed, packed.at, packed.size);
    sitting->offer_size = packed.size;
    sitting->offer_taken = offer->taken;
    sitting->offer_started = offer->started;
    sitting_peers_changed(sitting);
}

/* What the lobby has to know of the offer that was taken, now or in an earlier life. */
static bool restore_offer(struct sitting *sitting, struct bytes packed)
{
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    if (!sitting->joined || message->kind_case != BITCRAPS__MESSAGE__KIND_ANNOUNCE ||
        message->announce->warrant.len != SIGNATURE_SIZE)
        return false;
    const msec now = clock_monotonic_msec();
    lobby_offered(&sitting->lobby, now, message->announce);
    if (sitting->lobby.host)
        lobby_returns(&sitting->lobby, now);
    return true;
}

/* Whether it opens this table; an invitation to one that needs none does not matter. */
static enum sitting_join check_invitation(const struct sitting *sitting,
                                          const struct invitation *invitation)
{
    struct public_key key;
    if (sitting->genesis.admission != ADMISSION_INVITATION)
        return SITTING_JOINED;
    if (!invitation->known)
        return SITTING_JOIN_UNINVITED;
    invitation_key(invitation, &key);
    return memcmp(&key, &sitting->genesis.invitation, sizeof key) == 0 ? SITTING_JOINED
                                                                       : SITTING_JOIN_SECRET;
}

static bool keep_invitation(struct sitting *sitting, const struct invitation *invitation)
{
    if (sitting->genesis.admission != ADMISSION_INVITATION || sitting->invitation.known)
        return false;
    sitting->invitation = *invitation;
    if (sitting->table != NULL)
        sitting->table->config.invitation = *invitation;
    return true;
}

static void join_again(struct sitting *sitting)
{
    if (sitting->table == NULL)
        return;
    sitting->table->config.sits = true;
    sitting_expire(sitting);
}

static struct journal_record secret_record(const struct sitting *sitting)
{
    return (struct journal_record){
        .kind = SITTING_RECORD_SECRET,
        .body = {.at = sitting->invitation.secret, .size = INVITATION_SECRET_SIZE}};
}

enum sitting_join sitting_join(struct sitting *sitting, const char *player, bool witness,
                               const struct invitation *invitation)
{
    const bool known = sitting->invitation.known && !invitation->known;
    const enum sitting_join verdict =
        check_invitation(sitting, known ? &sitting->invitation : invitation);
    /* Who has a seat number needs no invitation for it. */
    if (verdict == SITTING_JOIN_SECRET || (verdict != SITTING_JOINED && !sitting->joined))
        return verdict;
    const bool news = verdict == SITTING_JOINED && keep_invitation(sitting, invitation);
    if (sitting->joined) {
        const struct journal_record record = secret_record(sitting);
        if (news)
            worker_record(sitting->worker, sitting, &record, 1);
        join_again(sitting);
        return SITTING_JOINED;
    }
    struct node *node = sitting->worker->node;
    struct seat_secrets secrets;
    seat_secrets_derive(node->seed, &sitting->genesis.id, &secrets);
    secrets.invitation = sitting->invitation;
    uint8_t random[32];
    uint8_t sit[SIT_SIZE_MAX];
    randombytes_buf(random, sizeof random);
    const size_t size = sit_pack(&sitting->genesis.id, &secrets, node->identity.secret,
                                 &node->identity.key, player, witness, random, sit);
    sodium_memzero(&secrets, sizeof secrets);
    if (size == 0 || !enter_lobby(sitting, (struct bytes){.at = sit, .size = size}))
        return SITTING_JOIN_NAME;
    uint8_t body[2 + GENESIS_SIZE_MAX + SIT_SIZE_MAX];
    struct writer w = writer_on(body, sizeof body);
    write_u16(&w, (uint16_t)sitting->genesis_size);
    write_bytes(&w, sitting->genesis_packed, sitting->genesis_size);
    write_bytes(&w, sit, size);
    struct journal_record records[3] = {{.kind = SITTING_RECORD_JOIN, .body = written(&w)}};
    size_t count = 1;
    const struct bytes offer = {.at = sitting->offer_packed, .size = sitting->offer_size};
    if (restore_offer(sitting, offer))
        records[count++] = (struct journal_record){.kind = SITTING_RECORD_MESSAGE, .body = offer};
    if (sitting->invitation.known)
        records[count++] = secret_record(sitting);
    worker_record(sitting->worker, sitting, records, count);
    tell_mesh(sitting);
    sitting_expire(sitting);
    return SITTING_JOINED;
}

static bool restore_secret(struct sitting *sitting, struct bytes body)
{
    struct invitation invitation = {.known = true};
    if (!sitting->joined || body.size != sizeof invitation.secret)
        return false;
    memcpy(invitation.secret, body.at, sizeof invitation.secret);
    if (check_invitation(sitting, &invitation) != SITTING_JOINED)
        return false;
    keep_invitation(sitting, &invitation);
    sodium_memzero(&invitation, sizeof invitation);
    return true;
}

/* Whether the config means this table: by its name, or 8 or more digits of its id. "any" means
 * those that a witness helps: with fewer than four voters none may be gone. */
static bool witness_wanted(const struct sitting *sitting)
{
    const struct node_config *config = &sitting->worker->node->config;
    char id[RENDER_ID_SIZE];
    render_id(&sitting->genesis.id, id);
    for (unsigned i = 0; i < config->witnesses; i++) {
        const char *wanted = config->witness[i];
        const size_t size = strlen(wanted);
        if ((strcmp(wanted, "any") == 0 && sitting->offer_taken < 4) ||
            strcmp(wanted, sitting->genesis.name) == 0 ||
            (size >= 8 && strncmp(id, wanted, size) == 0))
            return true;
    }
    return false;
}

void sitting_consider_witness(struct sitting *sitting)
{
    struct node *node = sitting->worker->node;
    const struct genesis *genesis = &sitting->genesis;
    const unsigned most = genesis->most > 0 ? genesis->most : genesis->seats;
    char name[NAME_SIZE_MAX + 1];
    char self[NODE_TEXT_SIZE];
    const struct invitation uninvited = {.known = false};
    if (genesis->admission == ADMISSION_INVITATION)
        return;
    /* Until play begins its chairs are for those whom the host waits for. */
    if (node->config.witnesses == 0 || sitting->joined || !sitting->offer_started ||
        sitting->offer_taken >= most + genesis->witnesses || !witness_wanted(sitting) ||
        atomic_load(&node->witnessing) >= (int)node->config.witness_tables)
        return;
    identity_text(&node->identity.node, self);
    snprintf(name, sizeof name, "witness-%.4s", self);
    log_line(LOG_LEVEL_INFO, LOG_TABLE,
             "asks for a witness seat at table \"%s\", as its config says", genesis->name);
    sitting_join(sitting, name, true, &uninvited);
}

bool sitting_restore(struct sitting *sitting, uint32_t kind, struct bytes body)
{
    if (kind == SITTING_RECORD_JOIN) {
        struct reader r = reader_on(body);
        const size_t genesis = read_u16(&r);
        read_bytes(&r, genesis);
        sitting->restored = true;
        return !r.failed && enter_lobby(sitting, (struct bytes){.at = r.at, .size = r.size});
    }
    if (kind == SITTING_RECORD_SECRET)
        return restore_secret(sitting, body);
    static _Thread_local uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (!sitting->joined ||
        frame_unpack(&bitcraps__message__descriptor, body, &arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_ANNOUNCE)
        return restore_offer(sitting, body);
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_FORGOTTEN && sitting->table == NULL) {
        sitting->forgetful = true;
        return true;
    }
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_SEATING)
        return lobby_restore(&sitting->lobby, message) == SEATING_OK && open_table(sitting);
    if (sitting->table == NULL)
        return false;
    table_restore(sitting->table, message);
    return true;
}

void sitting_forget(struct sitting *sitting)
{
    Bitcraps__Forgotten forgotten = BITCRAPS__FORGOTTEN__INIT;
    forgotten.below = 1; /* The key of the Sit that the lobby sends. */
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_FORGOTTEN;
    message.forgotten = &forgotten;
    uint8_t packed[32];
    struct writer w = writer_on(packed, sizeof packed);
    CHECK(frame_pack(&message.base, &w));
    sitting->forgetful = true;
    const struct journal_record record = {.kind = SITTING_RECORD_MESSAGE, .body = written(&w)};
    if (sitting->table == NULL)
        worker_record(sitting->worker, sitting, &record, 1);
    else
        table_forget(sitting->table);
}

void sitting_resume(struct sitting *sitting)
{
    tell_mesh(sitting);
    if (sitting->table != NULL)
        table_start(sitting->table, clock_monotonic_msec(), clock_wall_msec(), true,
                    &sitting->worker->outbox);
    settle(sitting);
}

/* The host's lobby has no events of its own. */
static void tell_asking(struct sitting *sitting)
{
    if (sitting->table != NULL)
        return;
    const unsigned count = count_asking(sitting);
    for (unsigned i = SEATS_MAX; count > sitting->asking && i-- > 0;) {
        const struct seat *seat = sitting_asking(sitting, i);
        if (seat == NULL)
            continue;
        struct table_event event = {
            .kind = TABLE_EVENT_ASKS, .seat = SEAT_NONE, .who = seat->identity};
        memcpy(event.name, seat->name, sizeof event.name);
        sitting_show(sitting, &event);
        break;
    }
    sitting->asking = count;
}

void sitting_receive(struct sitting *sitting, struct bytes packed)
{
    static _Thread_local uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) != FRAME_OK)
        return;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    const msec now = clock_monotonic_msec();
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_SIT ||
        message->kind_case == BITCRAPS__MESSAGE__KIND_SEATING) {
        lobby_receive(&sitting->lobby, now, message, &sitting->worker->outbox);
        worker_carry_out(sitting->worker, sitting);
        start_when_seated(sitting);
        tell_asking(sitting);
        if (sitting->table != NULL && message->kind_case == BITCRAPS__MESSAGE__KIND_SIT)
            table_receive(sitting->table, now, clock_wall_msec(), message,
                          &sitting->worker->outbox);
    } else if (sitting->table != NULL) {
        table_receive(sitting->table, now, clock_wall_msec(), message, &sitting->worker->outbox);
    }
    settle(sitting);
}

static void forget_reply(struct sitting_reply *reply)
{
    json_decref(reply->done);
    reply->done = NULL;
    reply->sequence = 0;
}

static void expire_replies(struct sitting *sitting, msec now)
{
    for (unsigned i = 0; i < SITTING_REPLIES_MAX; i++) {
        struct sitting_reply *reply = &sitting->replies[i];
        if (reply->sequence == 0 || reply->until > now)
            continue;
        char reason[SITTING_REASON_SIZE];
        const enum sitting_standing state = sitting_standing(sitting, reason);
        char sentence[SITTING_REASON_SIZE + 128];
        snprintf(sentence, sizeof sentence,
                 "the table has not agreed on it yet (%s%s%s): it stays on its way, see 'bitcraps "
                 "table show'",
                 sitting_standing_name(state), reason[0] == '\0' ? "" : ": ", reason);
        control_reply_error(sitting->worker->node->control, reply->token, CONTROL_ERROR_TIMED_OUT,
                            sentence);
        forget_reply(reply);
    }
}

void sitting_expire(struct sitting *sitting)
{
    const msec now = clock_monotonic_msec();
    if (sitting->table != NULL)
        lobby_plays(&sitting->lobby, now, table_final(sitting->table)->roster.count,
                    sitting->table->position);
    lobby_expire(&sitting->lobby, now, &sitting->worker->outbox);
    worker_carry_out(sitting->worker, sitting);
    start_when_seated(sitting);
    if (sitting->table != NULL)
        table_expire(sitting->table, now, clock_wall_msec(), &sitting->worker->outbox);
    expire_replies(sitting, now);
    settle(sitting);
}

void sitting_peers_changed(struct sitting *sitting)
{
    if (sitting->joined)
        lobby_greet(&sitting->lobby, clock_monotonic_msec());
    if (sitting->table != NULL)
        table_set_delay(sitting->table, delay_of(sitting->worker));
    sitting_publish(sitting);
    if (!sitting->joined)
        return;
    tell_mesh(sitting);
    sitting->deadline = earlier(sitting->deadline, clock_monotonic_msec());
}

/* ---- Orders and events
 * ------------------------------------------------------------------------------ */

static struct sitting_reply *free_reply(struct sitting *sitting)
{
    for (unsigned i = 0; i < SITTING_REPLIES_MAX; i++) {
        if (sitting->replies[i].sequence == 0)
            return &sitting->replies[i];
    }
    return NULL;
}

/* A place for the answer; NULL with the token answered: there is no table, or no place. */
static struct sitting_reply *begin_reply(struct sitting *sitting, enum request_method method,
                                         uint64_t token)
{
    struct control_server *control = sitting->worker->node->control;
    if (sitting->table == NULL) {
        control_reply_error(control, token, CONTROL_ERROR_REFUSED,
                            "the table has not begun: wait until all seats are taken");
        return NULL;
    }
    struct sitting_reply *reply = free_reply(sitting);
    if (reply == NULL) {
        control_reply_error(control, token, CONTROL_ERROR_FAILED,
                            "too many orders wait for their outcome: try again in a moment");
        return NULL;
    }
    *reply = (struct sitting_reply){.token = token,
                                    .until = clock_monotonic_msec() + SITTING_REPLY_MSEC,
                                    .roll = table_final(sitting->table)->roll,
                                    .method = method};
    return reply;
}

/* The action is on its way, or the token is answered why it is not. */
static void end_reply(struct sitting *sitting, struct sitting_reply *reply,
                      enum table_verdict verdict, uint64_t sequence, const struct refusal *refusal)
{
    struct control_server *control = sitting->worker->node->control;
    char sentence[REFUSAL_SENTENCE_SIZE];
    switch (verdict) {
    case TABLE_SENT:
        reply->sequence = sequence;
        reply->done = json_array();
        break;
    case TABLE_REFUSED:
        refusal_sentence(refusal, sentence);
        control_reply_error(control, reply->token, CONTROL_ERROR_REFUSED, sentence);
        break;
    case TABLE_RECOVERING:
        control_reply_error(control, reply->token, CONTROL_ERROR_FAILED,
                            "this node was restarted and must hear from the other seats first: "
                            "try again in a moment");
        break;
    case TABLE_FORGOTTEN:
        control_reply_error(control, reply->token, CONTROL_ERROR_REFUSED,
                            "this node's journal lacks what its seat signed before, so it only "
                            "watches: see 'bitcraps table show'");
        break;
    case TABLE_BUSY:
        control_reply_error(control, reply->token, CONTROL_ERROR_FAILED,
                            "too many of your actions are not final yet: wait for the table");
        break;
    }
    settle(sitting);
}

static void order(struct sitting *sitting, struct sitting_reply *reply,
                  const struct craps_order *orders, size_t count)
{
    uint64_t sequence = 0;
    struct refusal refusal;
    const enum table_verdict verdict =
        table_order(sitting->table, clock_monotonic_msec(), clock_wall_msec(), orders, count,
                    &sequence, &refusal, &sitting->worker->outbox);
    end_reply(sitting, reply, verdict, sequence, &refusal);
}

void sitting_order(struct sitting *sitting, enum request_method method, uint64_t token,
                   const struct craps_order *orders, size_t count)
{
    struct sitting_reply *reply = begin_reply(sitting, method, token);
    if (reply != NULL)
        order(sitting, reply, orders, count);
}

void sitting_say(struct sitting *sitting, uint64_t token, struct bytes words)
{
    struct craps_heard heard;
    struct sitting_reply *reply = begin_reply(sitting, REQUEST_SAY, token);
    if (reply == NULL)
        return;
    const struct state *state = table_final(sitting->table);
    const unsigned self = sitting->table->config.self;
    if (self == SEAT_NONE) {
        const struct refusal refusal = {.kind = REFUSAL_WAITING};
        end_reply(sitting, reply, TABLE_REFUSED, 0, &refusal);
        return;
    }
    const struct craps_dealer_view view = {.craps = &state->craps,
                                           .card = &sitting->table->seating.card,
                                           .seat = self,
                                           .rail = ledger_rail(&state->ledger, self),
                                           .before = table_before(sitting->table)};
    if (!craps_dealer_hear(words, &view, &heard)) {
        control_reply_error(sitting->worker->node->control, token, CONTROL_ERROR_REFUSED,
                            heard.sentence);
        return;
    }
    reply->more = heard.more;
    order(sitting, reply, heard.orders, heard.count);
}

void sitting_ready(struct sitting *sitting, enum request_method method, uint64_t token)
{
    uint64_t sequence = 0;
    struct refusal refusal;
    struct sitting_reply *reply = begin_reply(sitting, method, token);
    if (reply == NULL)
        return;
    const enum table_verdict verdict =
        method == REQUEST_ROLL
            ? table_ready(sitting->table, clock_monotonic_msec(), clock_wall_msec(), &sequence,
                          &refusal, &sitting->worker->outbox)
            : table_leave(sitting->table, clock_monotonic_msec(), clock_wall_msec(), &sequence,
                          &refusal, &sitting->worker->outbox);
    end_reply(sitting, reply, verdict, sequence, &refusal);
}

/* The one who asks and is meant; otherwise the token is answered why there is none. */
static const struct seat *find_asking(struct sitting *sitting, uint64_t token, const char *who)
{
    struct control_server *control = sitting->worker->node->control;
    const struct seat *found = NULL;
    unsigned count = 0;
    char id[NODE_TEXT_SIZE];
    char sentence[256];
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        const struct seat *seat = sitting_asking(sitting, i);
        if (seat == NULL)
            continue;
        identity_text(&seat->node, id);
        if (strcasecmp(id, who) == 0)
            return seat;
        if (strcmp(seat->name, who) != 0)
            continue;
        found = seat;
        count++;
    }
    if (count == 1)
        return found;
    if (count == 0)
        snprintf(sentence, sizeof sentence,
                 "nobody called '%.64s' asks for a seat: 'bitcraps table show' lists who does",
                 who);
    else
        snprintf(sentence, sizeof sentence,
                 "%u who ask are called '%.64s': give the id of the one you mean, see 'bitcraps "
                 "table show'",
                 count, who);
    control_reply_error(control, token, CONTROL_ERROR_NOT_FOUND, sentence);
    return NULL;
}

/* Before the list is closed the host alone says who is on it. */
static void approve_first(struct sitting *sitting, uint64_t token, const char *who)
{
    struct control_server *control = sitting->worker->node->control;
    if (!sitting->lobby.host) {
        control_reply_error(control, token, CONTROL_ERROR_REFUSED,
                            "before play begins only the host approves: wait for the first roll");
        return;
    }
    const struct seat *asking = find_asking(sitting, token, who);
    if (asking == NULL)
        return;
    const struct public_key identity = asking->identity;
    json_t *answer = render_approved(sitting, asking, 1, 1);
    lobby_approve(&sitting->lobby, clock_monotonic_msec(), &identity, &sitting->worker->outbox);
    control_reply(control, token, answer);
    worker_carry_out(sitting->worker, sitting);
    start_when_seated(sitting);
    sitting->asking = count_asking(sitting);
    settle(sitting);
}

void sitting_approve(struct sitting *sitting, uint64_t token, const char *who)
{
    struct control_server *control = sitting->worker->node->control;
    if (sitting->genesis.admission != ADMISSION_APPROVAL) {
        control_reply_error(control, token, CONTROL_ERROR_REFUSED,
                            "nobody waits for approval at this table: whoever may join just joins");
        return;
    }
    if (!sitting->joined || (sitting->table != NULL && sitting->table->position == SEAT_NONE)) {
        control_reply_error(control, token, CONTROL_ERROR_REFUSED,
                            "you have no seat at this table: only its seats approve who joins");
        return;
    }
    if (sitting->table == NULL) {
        approve_first(sitting, token, who);
        return;
    }
    const struct seat *asking = find_asking(sitting, token, who);
    struct sitting_reply *reply =
        asking == NULL ? NULL : begin_reply(sitting, REQUEST_TABLE_APPROVE, token);
    if (reply == NULL)
        return;
    uint64_t sequence = 0;
    struct refusal refusal;
    const struct public_key identity = asking->identity;
    const enum table_verdict verdict =
        table_approve(sitting->table, clock_monotonic_msec(), clock_wall_msec(), &identity,
                      &sequence, &refusal, &sitting->worker->outbox);
    end_reply(sitting, reply, verdict, sequence, &refusal);
}

static void answer_order(struct sitting *sitting, const struct table_event *event)
{
    for (unsigned i = 0; i < SITTING_REPLIES_MAX; i++) {
        struct sitting_reply *reply = &sitting->replies[i];
        if (reply->sequence != event->sequence || event->sequence == 0)
            continue;
        struct control_server *control = sitting->worker->node->control;
        if (event->kind == TABLE_EVENT_REFUSED) {
            char sentence[REFUSAL_SENTENCE_SIZE];
            refusal_sentence(&event->refusal, sentence);
            control_reply_error(control, reply->token, CONTROL_ERROR_REFUSED, sentence);
            forget_reply(reply);
            continue;
        }
        if (event->orders > 0)
            json_array_append_new(reply->done, render_done(event));
        if (event->order + 1 < event->orders)
            continue; /* The others of the action follow. */
        json_t *answer = event->kind == TABLE_EVENT_APPROVED ? render_approval(sitting, event)
                                                             : render_order(sitting, reply, event);
        /* Let go before it is handed over: then the other thread alone counts its references. */
        forget_reply(reply);
        control_reply(control, reply->token, answer);
    }
}

static void show_roll(struct sitting *sitting, const struct table_event *event)
{
    struct sitting_roll *roll = &sitting->roll;
    switch ((int)event->kind) {
    case TABLE_EVENT_ROLL:
        memset(roll->net, 0, sizeof roll->net);
        json_decref(roll->decisions);
        roll->decisions = json_array();
        break;
    case TABLE_EVENT_DECISION:
        if (roll->decisions != NULL)
            json_array_append_new(roll->decisions, render_decision(&event->decision));
        roll->net[event->seat] +=
            event->decision.profit - event->decision.vig - event->decision.collected;
        break;
    default:
        if (roll->decisions == NULL)
            return;
        json_decref(sitting->last_roll);
        sitting->last_roll = render_last_roll(event);
        json_t *told = render_roll_event(sitting, event);
        /* Let go before it is handed over: then the other thread alone counts its references. */
        json_decref(roll->decisions);
        roll->decisions = NULL;
        control_notify(sitting->worker->node->control, sitting->topic, told);
    }
}

void sitting_show(struct sitting *sitting, const struct table_event *event)
{
    if (sitting->worker->node->control == NULL)
        return;
    if (sitting->table != NULL && event->seat == sitting->table->config.self)
        answer_order(sitting, event);
    if (event->kind == TABLE_EVENT_ROLL || event->kind == TABLE_EVENT_DECISION ||
        event->kind == TABLE_EVENT_ROLLED) {
        show_roll(sitting, event);
        return;
    }
    json_t *json = render_event(sitting, event);
    if (json != NULL)
        control_notify(sitting->worker->node->control, sitting->topic, json);
}

/* ---- The export
 * ------------------------------------------------------------------------------------- */

bool sitting_export(struct sitting *sitting)
{
    bool ended;
    const uint64_t height = archive_exported(sitting->archive, &ended);
    const uint64_t endings = archive_endings(sitting->archive);
    uint64_t end_height = 0;
    if (sitting->table == NULL || height == 0)
        return false;
    const struct bytes certificate = archive_certificate(sitting->archive, height);
    size_t size = EXPORT_OVERHEAD(height) + sitting->lobby.seating_size + certificate.size;
    for (uint64_t at = 1; at <= height; at++)
        size += archive_block_size(sitting->archive, at);
    for (uint64_t epoch = 1; epoch <= endings; epoch++)
        size += 16 + archive_ending(sitting->archive, epoch, &end_height).size;
    uint8_t *bytes = malloc(size);
    if (bytes == NULL)
        return false;
    struct writer w = writer_on(bytes, size);
    export_begin(&w, (struct bytes){.at = sitting->lobby.seating_packed,
                                    .size = sitting->lobby.seating_size});
    uint64_t blocks = 0; /* That could be read. */
    for (uint64_t at = 1; at <= height; at++) {
        const struct bytes block = archive_block(sitting->archive, at);
        blocks += block.size > 0;
        export_block(&w, block);
    }
    if (!ended)
        export_end(&w, certificate);
    for (uint64_t epoch = 1; epoch <= endings; epoch++) {
        const struct bytes ending = archive_ending(sitting->archive, epoch, &end_height);
        if (end_height <= height)
            export_ending(&w, ending);
    }
    CHECK(!w.failed);
    if (blocks != height) {
        free(bytes);
        return false;
    }
    free(sitting->export_at);
    sitting->export_at = bytes;
    sitting->export_size = w.used;
    return true;
}
