/* SPDX-License-Identifier: MIT */
#include "table/table.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "table/desk.h"
#include "table/follow.h"

#include <sodium.h>

const struct state *table_final(const struct table *table)
{
    return &table->slots[table->final_slot];
}

const struct craps_seat *table_before(const struct table *table)
{
    static const struct craps_seat nothing;
    if (table->config.self == SEAT_NONE)
        return &nothing;
    return &table->before[table_final(table)->craps.puck != 0];
}

const struct node_id *table_target(const struct table *table, uint32_t target)
{
    const struct state *state = table_final(table);
    if (target < SEATS_MAX)
        return state->owned >> target & 1 ? &state->seats[target].node : NULL;
    return target < SEATS_MAX + TABLE_GUESTS_MAX ? &table->guests[target - SEATS_MAX] : NULL;
}

msec table_last_heard(const struct table *table, unsigned seat)
{
    const unsigned position = roster_position(&table_final(table)->roster, seat);
    if (position == SEAT_NONE || table->turn.due)
        return 0;
    return table->consensus.last_heard[position];
}

uint64_t table_height_ahead(const struct table *table)
{
    const uint64_t ahead = consensus_height_ahead(&table->consensus);
    const bool behind = table->newer > table->consensus.config.epoch;
    return behind && table->newer_height > ahead ? table->newer_height : ahead;
}

bool table_may_act(const struct table *table)
{
    if (table->config.self == SEAT_NONE || table->restoring || table_amnesiac(table))
        return false;
    return table->position == SEAT_NONE || consensus_may_sign(&table->consensus);
}

/* ---- Memory ------------------------------------------------------------------------------------
 */

static bool is_forgotten(const struct table *table, const struct state *state)
{
    const unsigned self = table->config.self;
    return self != SEAT_NONE && state->seats[self].epoch < table->forgotten;
}

bool table_amnesiac(const struct table *table)
{
    return is_forgotten(table, table_final(table));
}

void table_own_key_forgotten(struct table *table, const struct state *state)
{
    table->consensus.amnesiac = true;
    if (table->config.reckless || is_forgotten(table, state))
        return;
    table->forgotten = state->seats[table->config.self].epoch + 1;
    table->forgotten_told = false;
}

/* Where the own seat votes in the epoch of that state. */
static unsigned own_position(const struct table *table, const struct state *state)
{
    return is_forgotten(table, state) ? SEAT_NONE
                                      : roster_position(&state->roster, table->config.self);
}

/*
 * What was found in this pass: from now on a seat that forgot only watches. The finding is durable
 * by itself, as whoever told of it may be gone at the next start.
 */
static void meet_loss(struct table *table)
{
    if (table->consensus.amnesiac && table->position != SEAT_NONE)
        table_own_key_forgotten(table, table_final(table));
    if (table->position != SEAT_NONE && table_amnesiac(table) && !follow_has_identity(table)) {
        table->consensus.amnesiac = true; /* It signs nothing, and asks for blocks as a voter. */
    } else if (table->position != SEAT_NONE && table_amnesiac(table)) {
        table->position = SEAT_NONE;
        table->ask_at = table->now;
        table->sit_at = table->now;
        consensus_silence(&table->consensus);
    }
    if (table->out == NULL || table->forgotten_told || table->forgotten == 0)
        return;
    table->forgotten_told = true;
    Bitcraps__Forgotten forgotten = BITCRAPS__FORGOTTEN__INIT;
    forgotten.below = table->forgotten;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_FORGOTTEN;
    message.forgotten = &forgotten;
    table_emit(table, TABLE_EFFECT_RECORD, TARGET_ALL, &message);
}

void table_forget(struct table *table)
{
    if (table->config.self != SEAT_NONE)
        table_own_key_forgotten(table, table_final(table));
    meet_loss(table);
}

/* What consensus sends to a position goes to its seat. */
static void name_targets(struct table *table, size_t first)
{
    const struct roster *roster = &table_final(table)->roster;
    for (size_t i = first; table->out != NULL && i < table->out->count; i++) {
        struct effect *effect = &table->out->effects[i];
        if (effect->kind == TABLE_EFFECT_SEND && effect->target < roster->count)
            effect->target = roster->seats[effect->target];
    }
}

/* Draws 32 bytes that nobody else knows. */
void table_draw(struct table *table, uint8_t out[static 32])
{
    uint8_t counter[8];
    struct writer w = writer_on(counter, sizeof counter);
    write_u64(&w, table->random_counter++);
    crypto_generichash(out, 32, counter, sizeof counter, table->config.random,
                       sizeof table->config.random);
}

void table_emit(struct table *table, enum table_effect kind, uint32_t target,
                const Bitcraps__Message *message)
{
    if (table->out == NULL)
        return;
    const size_t size = frame_packed_size(&message->base);
    uint8_t *at = outbox_reserve(table->out, kind, target, size);
    if (at == NULL)
        return;
    struct writer w = writer_on(at, size);
    CHECK(frame_pack(&message->base, &w));
}

/* ---- Actions ------------------------------------------------------------------------------------
 */

static struct pending_action *pending_of(struct table *table, unsigned seat, uint64_t sequence)
{
    return &table->pending[seat][sequence % TABLE_PENDING_MAX];
}

/* Keeps an authentic action until it is final; false when it is old, too far ahead, or known. */
static bool keep_action(struct table *table, unsigned seat, uint64_t sequence, struct bytes packed)
{
    const uint64_t done = table_final(table)->sequence[seat];
    if (sequence > table->latest[seat].sequence) {
        table->latest[seat].sequence = sequence;
        table->latest[seat].size = packed.size;
        memcpy(table->latest[seat].packed, packed.at, packed.size);
    }
    struct pending_action *pending = pending_of(table, seat, sequence);
    if (sequence <= done || sequence > done + TABLE_PENDING_MAX || pending->sequence == sequence)
        return false;
    pending->sequence = sequence;
    pending->key = table_final(table)->seats[seat].consensus_key;
    pending->size = packed.size;
    memcpy(pending->packed, packed.at, packed.size);
    if (table->repeat_at == MSEC_NEVER)
        table->repeat_at = table->now + table_repeat_msec(table);
    return true;
}

static void emit_action(struct table *table, enum table_effect kind, struct bytes packed)
{
    uint8_t memory[512];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *action;
    CHECK(frame_unpack(&bitcraps__action__descriptor, packed, &arena, &action) == FRAME_OK);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = (Bitcraps__Action *)action;
    table_emit(table, kind, TARGET_ALL, &message);
}

/* Signs, keeps, records and sends an action of the own seat; its epoch, seat and sequence are set
 * here. Returns the sequence, 0 when too many are on their way. */
uint64_t table_submit(struct table *table, Bitcraps__ActionBody *body)
{
    const unsigned self = table->config.self;
    const uint64_t done = table_final(table)->sequence[self];
    const uint64_t last = table->latest[self].sequence > done ? table->latest[self].sequence : done;
    if (last >= done + TABLE_PENDING_MAX)
        return 0;
    body->epoch = table_final(table)->roster.epoch;
    body->seat = self;
    body->sequence = last + 1;
    if (body->kind_case == BITCRAPS__ACTION_BODY__KIND_LEAVE)
        table->config.sits = false;
    uint8_t inner[ACTION_SIZE_MAX];
    struct writer w = writer_on(inner, sizeof inner);
    CHECK(frame_pack(&body->base, &w));
    uint8_t signature[SIGNATURE_SIZE];
    state_action_sign(&table->seating, written(&w), table->config.secrets.signing, signature);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){w.used, inner};
    action.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    uint8_t packed[ACTION_SIZE_MAX];
    struct writer outer = writer_on(packed, sizeof packed);
    CHECK(frame_pack(&action.base, &outer));
    const struct memo_key key =
        action_memo(table_final(table), &table->seating, self, written(&outer));
    memo_add(&table->memo, &key);
    CHECK(keep_action(table, self, body->sequence, written(&outer)));
    emit_action(table, TABLE_EFFECT_RECORD, written(&outer));
    emit_action(table, TABLE_EFFECT_SEND, written(&outer));
    return body->sequence;
}

static bool receive_action(struct table *table, const Bitcraps__Action *message)
{
    uint8_t packed[ACTION_SIZE_MAX];
    struct writer w = writer_on(packed, sizeof packed);
    unsigned seat;
    uint64_t sequence;
    if (!frame_pack(&message->base, &w) ||
        state_action_check(table_final(table), &table->seating, &table->memo, written(&w), &seat,
                           &sequence) != STATE_VALID)
        return false;
    const struct pending_action *known = pending_of(table, seat, sequence);
    if (known->sequence == sequence &&
        (known->size != w.used || memcmp(known->packed, packed, w.used) != 0))
        evidence_actions(table, seat, pending_bytes(known), written(&w));
    if (!table->restoring && seat == table->config.self && sequence > table->latest[seat].sequence)
        table_own_key_forgotten(table,
                                table_final(table)); /* Ours, and our log does not have it. */
    keep_action(table, seat, sequence, written(&w));
    return true;
}

/* ---- Keys
 * ----------------------------------------------------------------------------------------- */

static bool own_action_waits(const struct table *table)
{
    const unsigned self = table->config.self;
    return table->latest[self].sequence > table_final(table)->sequence[self];
}

void table_find_self(struct table *table, const struct state *state)
{
    struct table_config *config = &table->config;
    const unsigned self = state_seat_of(state, &config->identity.key);
    if (self == SEAT_NONE) {
        /* Who left without chips may find his number given to another. */
        if (follow_has_identity(table))
            config->self = SEAT_NONE;
        return;
    }
    config->self = self;
    if (memcmp(&state->seats[self].consensus_key, &config->secrets.consensus_key,
               sizeof config->secrets.consensus_key) != 0)
        seat_secrets_derive_late(config->seed, &table->seating.genesis.id, state->seats[self].epoch,
                                 &config->secrets);
}

unsigned table_open_shares(struct table *table, const struct state *state,
                           const struct keygen_params *params, const struct keygen_result *keys,
                           unsigned position, struct scalar *share, bool *good)
{
    struct scalar shares[SEATS_MAX];
    unsigned bad = params->n;
    *good = false;
    for (unsigned dealer = 0; dealer < params->n; dealer++) {
        if (!keygen_open_share(params, (uint8_t)dealer, &state->deals[dealer], (uint8_t)position,
                               &table->config.secrets.dice, &shares[dealer])) {
            bad = dealer;
            break;
        }
    }
    if (bad == params->n)
        *good = keygen_share(keys, (uint8_t)position, shares, share);
    sodium_memzero(shares, sizeof shares);
    return bad;
}

static void deal(struct table *table)
{
    struct keygen_params params;
    state_keygen_params(table_final(table), &table->seating, &params);
    struct keygen_deal own;
    keygen_deal(&params, (uint8_t)roster_position(&table_final(table)->next, table->config.self),
                table->config.secrets.deal_seed, &own);
    uint8_t encoded[KEYGEN_DEAL_SIZE_MAX];
    const size_t size = keygen_deal_encode(&own, encoded, sizeof encoded);
    CHECK(size > 0);
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_DEAL;
    body.deal = (ProtobufCBinaryData){size, encoded};
    body.attempt = params.attempt;
    table_submit(table, &body);
}

static void complain(struct table *table, const struct keygen_params *params, unsigned dealer)
{
    uint8_t random[PROOF_RANDOM_SIZE];
    table_draw(table, random);
    struct keygen_complaint complaint;
    keygen_complain(params, (uint8_t)dealer, &table_final(table)->deals[dealer],
                    (uint8_t)roster_position(&table_final(table)->next, table->config.self),
                    &table->config.secrets.dice, random, &complaint);
    uint8_t encoded[KEYGEN_COMPLAINT_SIZE];
    keygen_complaint_encode(&complaint, encoded);
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_COMPLAINT;
    body.complaint = (ProtobufCBinaryData){sizeof encoded, encoded};
    body.attempt = params->attempt;
    table_submit(table, &body);
}

static bool all_dealt(const struct state *state)
{
    return state->next.set != 0 && state->dealt == state->next.set;
}

static void confirm(struct table *table)
{
    struct digest list = table_final(table)->next.list;
    Bitcraps__DealOk ok = BITCRAPS__DEAL_OK__INIT;
    ok.list = (ProtobufCBinaryData){DIGEST_SIZE, list.bytes};
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_DEAL_OK;
    body.deal_ok = &ok;
    body.attempt = table_final(table)->attempt;
    table_submit(table, &body);
}

/* Deals, then confirms or complains: each step once, when the one before is final. */
static void advance_keys(struct table *table)
{
    const struct state *state = table_final(table);
    const unsigned self = table->config.self;
    if (state->phase == STATE_PHASE_OVER || table->turn.due || self == SEAT_NONE ||
        !(state->next.set & stage_bit(self)) || own_action_waits(table) || !table_may_act(table))
        return;
    if (!(state->dealt & stage_bit(self))) {
        deal(table);
        return;
    }
    if (!all_dealt(state) || (state->confirmed & stage_bit(self)))
        return;
    struct keygen_params params;
    state_keygen_params(state, &table->seating, &params);
    if (table->tried != state->attempt) {
        struct scalar share;
        table->tried = state->attempt;
        table->tried_bad =
            table_open_shares(table, state, &params, &state->next_keys,
                              roster_position(&state->next, self), &share, &table->tried_good);
        sodium_memzero(&share, sizeof share);
    }
    if (table->tried_bad < params.n)
        complain(table, &params, table->tried_bad);
    else if (table->tried_good)
        confirm(table);
}

/* ---- The betting window
 * --------------------------------------------------------------------------- */

static bool window_runs(const struct table *table)
{
    const struct state *state = table_final(table);
    return table->position != SEAT_NONE && state->phase == STATE_PHASE_BETTING && state->opened &&
           !(state->time_up & stage_bit(table->config.self)) &&
           table->time_up_roll != state->roll && consensus_may_sign(&table->consensus);
}

static void advance_window(struct table *table)
{
    const struct state *state = table_final(table);
    if (!window_runs(table))
        return;
    if (table->window_roll != state->roll) {
        table->window_roll = state->roll;
        table->window_at = table->now + table->seating.genesis.window;
    }
    if (table->now < table->window_at)
        return;
    Bitcraps__TimeUp time_up = BITCRAPS__TIME_UP__INIT;
    time_up.roll = state->roll;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_TIME_UP;
    body.time_up = &time_up;
    if (table_submit(table, &body) != 0)
        table->time_up_roll = state->roll;
    else
        table->window_at = table->now + TABLE_REPEAT_MSEC;
}

/* ---- The verbs
 * ------------------------------------------------------------------------------------ */

void table_init(struct table *table, const struct seating *seating,
                const struct table_config *config, msec now)
{
    memset(table, 0, sizeof *table);
    table->config = *config;
    table->seating = *seating;
    table->repeat_at = MSEC_NEVER;
    table->window_at = MSEC_NEVER;
    table->restoring = true;
    table->now = now;
    table->worked_at = now;
    state_init(&table->slots[0], &table->seating);
    table->position = roster_position(&table->slots[0].roster, config->self);
    application_start(table, &seating->instance, 0, 0);
}

/* For those who pass on what its seats sign: whose keys these are. */
static void tell_seats(struct table *table)
{
    const struct table_archive *archive = &table->config.archive;
    const struct state *state = table_final(table);
    uint8_t seats[ROSTER_SIZE_MAX];
    if (archive->seats != NULL)
        archive->seats(
            archive->context, state->roster.epoch,
            (struct bytes){.at = seats, .size = roster_pack(&state->roster, state->seats, seats)});
}

/*
 * The epoch's last block is final here: the next one starts above it. A seat that was restarted and
 * did not hear from a quorum since asks for that in the first epoch in which it votes. Of others
 * who are further, who may all be waiting for us, it asks what was missed.
 */
static void turn_epoch(struct table *table)
{
    meet_loss(table);
    const struct table_turn *turn = &table->turn;
    table->slots[0] = table->scratch;
    table->final_slot = 0;
    table->position = own_position(table, &table->slots[0]);
    application_start(table, &turn->digest, turn->height, turn->time);
    table->turn.due = false;
    tell_seats(table);
    table->verified = 0;
    table->statement_roll = 0;
    memset(table->partials, 0, sizeof table->partials);
    memset(table->sits, 0, sizeof table->sits);
    table->window_roll = 0;
    table->time_up_roll = 0;
    table->kicked = 0;
    table->accused = 0;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        table->heard[seat] = table->worked;
        table->heard_last[seat] = 0;
    }
    table->ask_at = table->now;
    if (table->newer >= table->consensus.config.epoch && table->position != SEAT_NONE)
        consensus_hurry(&table->consensus);
    if (table->unheard && table->position != SEAT_NONE && table->out != NULL) {
        uint8_t random[32];
        table_draw(table, random);
        const size_t first = table->out->count;
        consensus_resume(&table->consensus, table->now, random, table->out);
        name_targets(table, first);
    }
}

/* The own actions alone are on record. */
static bool is_leave(const Bitcraps__Action *action)
{
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *body;
    return frame_unpack(&bitcraps__action_body__descriptor,
                        (struct bytes){.at = action->body.data, .size = action->body.len}, &arena,
                        &body) == FRAME_OK &&
           ((const Bitcraps__ActionBody *)body)->kind_case == BITCRAPS__ACTION_BODY__KIND_LEAVE;
}

void table_restore(struct table *table, const Bitcraps__Message *record)
{
    switch (record->kind_case) {
    case BITCRAPS__MESSAGE__KIND_VOTE:
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
    case BITCRAPS__MESSAGE__KIND_BLOCKS:
        consensus_restore(&table->consensus, record);
        if (table->turn.due)
            turn_epoch(table);
        break;
    case BITCRAPS__MESSAGE__KIND_ACTION:
        receive_action(table, record->action);
        if (is_leave(record->action))
            table->config.sits = false;
        break;
    case BITCRAPS__MESSAGE__KIND_PARTIAL:
        partial_restore(table, record->partial);
        break;
    case BITCRAPS__MESSAGE__KIND_SIT:
        if (record->sit->epoch > table->sat)
            table->sat = record->sit->epoch;
        break;
    case BITCRAPS__MESSAGE__KIND_FORGOTTEN:
        if (record->forgotten->below >= table->forgotten) {
            table->forgotten = record->forgotten->below;
            table->forgotten_told = true;
        }
        break;
    case BITCRAPS__MESSAGE__KIND_STATUS:
    case BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST:
    case BITCRAPS__MESSAGE__KIND_RECOVER:
    case BITCRAPS__MESSAGE__KIND_RECOVERED:
    case BITCRAPS__MESSAGE__KIND_ANNOUNCE:
    case BITCRAPS__MESSAGE__KIND_SEATING:
    case BITCRAPS__MESSAGE__KIND__NOT_SET:
    case _BITCRAPS__MESSAGE__KIND__CASE_IS_INT_SIZE:
        break;
    }
    meet_loss(table);
}

/* What follows from the final state: keys, window, partial. Then consensus hears of the news. */
void table_advance(struct table *table, int64_t wall_clock)
{
    uint64_t height;
    do {
        height = consensus_final_height(&table->consensus);
        advance_keys(table);
        partial_release(table);
        partial_verify(table);
        advance_window(table);
        absent_advance(table);
        evidence_advance(table);
        outlook_advance(table);
        const size_t first = table->out->count;
        consensus_poke(&table->consensus, table->now, wall_clock, table->out);
        name_targets(table, first);
        if (table->turn.due)
            turn_epoch(table);
        meet_loss(table);
        table->unheard =
            table->unheard && (table->position == SEAT_NONE || table->consensus.recovering);
        follow_advance(table);
    } while (consensus_final_height(&table->consensus) != height);
}

void table_begin(struct table *table, msec now, struct outbox *out)
{
    table->now = now;
    table->out = out;
}

void table_start(struct table *table, msec now, int64_t wall_clock, bool restored,
                 struct outbox *out)
{
    table_begin(table, now, out);
    table->restoring = false;
    table->unheard = restored;
    meet_loss(table);
    if (restored) {
        uint8_t random[32];
        table_draw(table, random);
        if (table->position != SEAT_NONE) {
            const size_t first = out->count;
            consensus_resume(&table->consensus, now, random, out);
            name_targets(table, first);
        }
        table->repeat_at = now;
    }
    table_advance(table, wall_clock);
    table->out = NULL;
}

/* A message of consensus or a partial, of the own epoch. */
static bool receive_voice(struct table *table, int64_t wall_clock, const Bitcraps__Message *message)
{
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_PARTIAL)
        return partial_receive(table, message->partial);
    const size_t first = table->out->count;
    const bool authentic =
        consensus_receive(&table->consensus, table->now, wall_clock, message, table->out);
    name_targets(table, first);
    if (table->turn.due)
        turn_epoch(table);
    /* An answer that brought nothing, as somebody else's was sooner, is no reason to ask. */
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_BLOCKS && consensus_lags(&table->consensus) &&
        consensus_fetches(&table->consensus))
        table->ask_at = table->now;
    return authentic;
}

static bool receive(struct table *table, int64_t wall_clock, const Bitcraps__Message *message)
{
    switch (message->kind_case) {
    case BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST:
        if (message->blocks_request->node.len > 0) {
            follow_serve(table, message->blocks_request);
            return true;
        }
        break;
    case BITCRAPS__MESSAGE__KIND_ACTION:
        return receive_action(table, message->action);
    case BITCRAPS__MESSAGE__KIND_SIT:
        return follow_receive_sit(table, message->sit);
    case BITCRAPS__MESSAGE__KIND_VOTE:
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
    case BITCRAPS__MESSAGE__KIND_STATUS:
    case BITCRAPS__MESSAGE__KIND_BLOCKS:
    case BITCRAPS__MESSAGE__KIND_RECOVER:
    case BITCRAPS__MESSAGE__KIND_RECOVERED:
    case BITCRAPS__MESSAGE__KIND_PARTIAL:
        break;
    case BITCRAPS__MESSAGE__KIND_ANNOUNCE:
    case BITCRAPS__MESSAGE__KIND_SEATING:
    case BITCRAPS__MESSAGE__KIND_FORGOTTEN:
    case BITCRAPS__MESSAGE__KIND__NOT_SET:
    case _BITCRAPS__MESSAGE__KIND__CASE_IS_INT_SIZE:
        return false;
    }
    const uint64_t epoch = follow_epoch(message);
    if (epoch == table->consensus.config.epoch || epoch == 0)
        return receive_voice(table, wall_clock, message);
    follow_foreign(table, epoch, message);
    return true;
}

bool table_receive(struct table *table, msec now, int64_t wall_clock,
                   const Bitcraps__Message *message, struct outbox *out)
{
    table_begin(table, now, out);
    const bool authentic = receive(table, wall_clock, message);
    table_advance(table, wall_clock);
    table->out = NULL;
    return authentic;
}

/* Offers again what a seat's pending actions are; true when there are any. */
static bool offer_again(struct table *table, unsigned seat, bool send)
{
    const uint64_t done = table_final(table)->sequence[seat];
    bool any = false;
    for (uint64_t next = done + 1; next <= done + TABLE_PENDING_MAX; next++) {
        const struct pending_action *pending = pending_of(table, seat, next);
        if (pending->sequence != next && seat != table->config.self)
            break; /* What lies behind a gap cannot become final, and a liar may leave one. */
        if (pending->sequence != next)
            continue;
        if (send)
            emit_action(table, TABLE_EFFECT_SEND, pending_bytes(pending));
        any = true;
    }
    return any;
}

/*
 * Sends again what is not final. Own messages are one's own business; those of others, too, but
 * rarely: an author may have vanished when only few had heard of its action.
 */
static void repeat(struct table *table)
{
    const struct state *state = table_final(table);
    const bool others = ++table->repeats % TABLE_REPEAT_OTHERS == 0;
    bool any = false;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (state->owned & stage_bit(seat))
            any |= offer_again(table, seat, seat == table->config.self || others);
    }
    if (state->phase == STATE_PHASE_ROLLING && table->position != SEAT_NONE &&
        table->own_partial.roll == state->roll) {
        partial_emit(table, TABLE_EFFECT_SEND);
        any = true;
    }
    table->repeat_at = any ? table->now + table_repeat_msec(table) : MSEC_NEVER;
    if (!any)
        table->repeats = 0;
}

msec table_repeat_msec(const struct table *table)
{
    const msec patient = TABLE_REPEAT_DELAYS * table->config.delay;
    return patient > TABLE_REPEAT_MSEC ? patient : TABLE_REPEAT_MSEC;
}

void table_set_delay(struct table *table, msec delay)
{
    table->config.delay = delay;
    table->consensus.config.delay = delay;
}

void table_expire(struct table *table, msec now, int64_t wall_clock, struct outbox *out)
{
    table_begin(table, now, out);
    if (now >= table->repeat_at)
        repeat(table);
    const size_t first = out->count;
    consensus_expire(&table->consensus, now, wall_clock, out);
    name_targets(table, first);
    if (table->turn.due)
        turn_epoch(table);
    table_advance(table, wall_clock);
    table->out = NULL;
}

msec table_deadline(const struct table *table)
{
    msec deadline = consensus_deadline(&table->consensus);
    if (table->repeat_at < deadline)
        deadline = table->repeat_at;
    if (window_runs(table) && table->window_roll == table_final(table)->roll &&
        table->window_at < deadline)
        deadline = table->window_at;
    const msec absent = absent_deadline(table);
    if (absent < deadline)
        deadline = absent;
    const msec follow = follow_deadline(table);
    return follow < deadline ? follow : deadline;
}
