/* SPDX-License-Identifier: MIT */
#include "table/table.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "table/desk.h"

#include <sodium.h>

const struct state *table_final(const struct table *table)
{
    return &table->slots[table->final_slot];
}

const struct craps_seat *table_before(const struct table *table)
{
    return &table->before[table_final(table)->craps.puck != 0];
}

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

static struct bytes pending_bytes(const struct pending_action *action)
{
    return (struct bytes){.at = action->packed, .size = action->size};
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
    pending->size = packed.size;
    memcpy(pending->packed, packed.at, packed.size);
    if (table->repeat_at == MSEC_NEVER)
        table->repeat_at = table->now + TABLE_REPEAT_MSEC;
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

uint64_t table_submit(struct table *table, Bitcraps__ActionBody *body)
{
    const unsigned self = table->config.self;
    const uint64_t done = table_final(table)->sequence[self];
    const uint64_t last = table->latest[self].sequence > done ? table->latest[self].sequence : done;
    if (last >= done + TABLE_PENDING_MAX)
        return 0;
    body->epoch = 1;
    body->seat = self;
    body->sequence = last + 1;
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
    const struct bytes parts[] = {{table->seating.instance.bytes, DIGEST_SIZE}, written(&outer)};
    const struct memo_key key = memo_key(MEMO_ACTION, parts, 2);
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
        state_action_check(&table->seating, &table->memo, written(&w), &seat, &sequence) !=
            STATE_VALID)
        return false;
    if (!table->restoring && seat == table->config.self && sequence > table->latest[seat].sequence)
        table->consensus.amnesiac = true; /* Ours, and our log does not have it. */
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

static void deal(struct table *table)
{
    struct keygen_params params;
    state_keygen_params(&table->seating, &params);
    struct keygen_deal own;
    keygen_deal(&params, (uint8_t)table->config.self, table->config.secrets.deal_seed, &own);
    uint8_t encoded[KEYGEN_DEAL_SIZE_MAX];
    const size_t size = keygen_deal_encode(&own, encoded, sizeof encoded);
    CHECK(size > 0);
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_DEAL;
    body.deal = (ProtobufCBinaryData){size, encoded};
    table_submit(table, &body);
}

static void complain(struct table *table, const struct keygen_params *params, unsigned dealer)
{
    uint8_t random[PROOF_RANDOM_SIZE];
    table_draw(table, random);
    struct keygen_complaint complaint;
    keygen_complain(params, (uint8_t)dealer, &table_final(table)->deals[dealer],
                    (uint8_t)table->config.self, &table->config.secrets.dice, random, &complaint);
    uint8_t encoded[KEYGEN_COMPLAINT_SIZE];
    keygen_complaint_encode(&complaint, encoded);
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_COMPLAINT;
    body.complaint = (ProtobufCBinaryData){sizeof encoded, encoded};
    table_submit(table, &body);
}

/* Opens all shares of the final deals. Returns the first bad dealer, or the count when all fit. */
static unsigned gather_share(struct table *table, const struct keygen_params *params)
{
    const struct state *state = table_final(table);
    struct scalar shares[SEATS_MAX];
    unsigned bad = table->seating.count;
    for (unsigned dealer = 0; dealer < table->seating.count; dealer++) {
        if (!keygen_open_share(params, (uint8_t)dealer, &state->deals[dealer],
                               (uint8_t)table->config.self, &table->config.secrets.dice,
                               &shares[dealer])) {
            bad = dealer;
            break;
        }
    }
    if (bad == table->seating.count) {
        table->share_ready =
            keygen_share(&state->keys, (uint8_t)table->config.self, shares, &table->share);
        table->share_bad = !table->share_ready;
    }
    sodium_memzero(shares, sizeof shares);
    return bad;
}

static bool all_dealt(const struct table *table)
{
    return (unsigned)__builtin_popcount(table_final(table)->dealt) == table->seating.count;
}

/* Deals, then confirms or complains: each step once, when the one before is final. */
static void advance_keys(struct table *table)
{
    const struct state *state = table_final(table);
    const unsigned self = table->config.self;
    struct keygen_params params;
    if (state->phase == STATE_PHASE_OVER || table->share_bad)
        return;
    unsigned bad = table->seating.count;
    if (all_dealt(table) && !table->share_ready) {
        state_keygen_params(&table->seating, &params);
        bad = gather_share(table, &params);
    }
    if (state->phase != STATE_PHASE_KEYS || own_action_waits(table) ||
        !consensus_may_sign(&table->consensus))
        return;
    if (!(state->dealt & stage_bit(self))) {
        deal(table);
    } else if (bad < table->seating.count) {
        complain(table, &params, bad);
    } else if (table->share_ready && !(state->confirmed & stage_bit(self))) {
        Bitcraps__DealOk ok = BITCRAPS__DEAL_OK__INIT;
        ok.list = (ProtobufCBinaryData){DIGEST_SIZE, table->seating.list.bytes};
        Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
        body.kind_case = BITCRAPS__ACTION_BODY__KIND_DEAL_OK;
        body.deal_ok = &ok;
        table_submit(table, &body);
    }
}

/* ---- The betting window
 * --------------------------------------------------------------------------- */

static bool window_runs(const struct table *table)
{
    const struct state *state = table_final(table);
    return state->phase == STATE_PHASE_BETTING && state->opened &&
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

/* ---- The application of consensus
 * ----------------------------------------------------------------- */

static bool roll_due(const struct table *table, const struct state *state)
{
    return state->phase == STATE_PHASE_ROLLING && table->statement_roll == state->roll &&
           table_final(table)->phase == STATE_PHASE_ROLLING &&
           memcmp(&table_final(table)->close, &state->close, sizeof state->close) == 0 &&
           (unsigned)__builtin_popcount(table->verified) >= table->seating.quorum;
}

static bool action_due(const struct table *table, const struct state *state)
{
    for (unsigned seat = 0; seat < table->seating.count; seat++) {
        const uint64_t next = state->sequence[seat] + 1;
        if (table->pending[seat][next % TABLE_PENDING_MAX].sequence == next)
            return true;
    }
    return false;
}

static enum consensus_work application_work(void *context, unsigned slot, uint64_t next_view)
{
    const struct table *table = context;
    const struct state *state = &table->slots[slot];
    if (roll_due(table, state) || action_due(table, state))
        return CONSENSUS_WORK_DUE;
    switch (state_close_due(state, &table->seating, next_view)) {
    case STATE_CLOSE_YES:
        return CONSENSUS_WORK_DUE;
    case STATE_CLOSE_VIEWS:
        return CONSENSUS_WORK_WAIT;
    case STATE_CLOSE_NO:
        break;
    }
    return CONSENSUS_WORK_NONE;
}

/* Memory for the items of one payload while it is put together. */
struct draft {
    Bitcraps__Item items[BLOCK_ACTIONS_MAX + 2];
    Bitcraps__Item *pointers[BLOCK_ACTIONS_MAX + 2];
    size_t count;
    size_t size; /* At least what it will pack to. */
    Bitcraps__Roll roll;
    Bitcraps__Share shares[SEATS_MAX];
    Bitcraps__Share *share_pointers[SEATS_MAX];
    uint8_t encoded[SEATS_MAX][ROLL_PARTIAL_SIZE];
    struct element value;
    Bitcraps__Close close;
};

static Bitcraps__Item *draft_item(struct draft *draft)
{
    Bitcraps__Item *item = &draft->items[draft->count];
    bitcraps__item__init(item);
    draft->pointers[draft->count++] = item;
    return item;
}

static bool draft_roll(struct table *table, const struct state *state, struct draft *draft)
{
    struct element values[SEATS_MAX];
    uint32_t seats = 0;
    size_t count = 0;
    for (unsigned seat = 0; seat < table->seating.count && count < table->seating.quorum; seat++) {
        if (!(table->verified & stage_bit(seat)))
            continue;
        const struct roll_partial *partial = &table->partials[seat].partial;
        seats |= stage_bit(seat);
        values[count] = partial->value;
        roll_partial_encode(partial, draft->encoded[count]);
        Bitcraps__Share *share = &draft->shares[count];
        bitcraps__share__init(share);
        share->seat = seat;
        share->partial = (ProtobufCBinaryData){ELEMENT_SIZE, draft->encoded[count]};
        share->proof = (ProtobufCBinaryData){PROOF_SIZE, draft->encoded[count] + ELEMENT_SIZE};
        draft->share_pointers[count++] = share;
    }
    roll_weigh(&table->weights, seats);
    if (!roll_combine(&table->weights, values, &draft->value))
        return false;
    bitcraps__roll__init(&draft->roll);
    draft->roll.roll = state->roll;
    draft->roll.value = (ProtobufCBinaryData){ELEMENT_SIZE, draft->value.bytes};
    draft->roll.n_shares = count;
    draft->roll.shares = draft->share_pointers;
    Bitcraps__Item *item = draft_item(draft);
    item->kind_case = BITCRAPS__ITEM__KIND_ROLL;
    item->roll = &draft->roll;
    draft->size += 128 + count * (ROLL_PARTIAL_SIZE + 16);
    return true;
}

/* All pending actions that follow the state's sequences, seat by seat from `first` on. */
static void draft_actions(struct table *table, const struct state *state, unsigned first,
                          size_t size_max, struct draft *draft)
{
    for (unsigned i = 0; i < table->seating.count; i++) {
        const unsigned seat = (first + i) % table->seating.count;
        uint64_t next = state->sequence[seat] + 1;
        for (;; next++) {
            struct pending_action *pending = pending_of(table, seat, next);
            if (pending->sequence != next || draft->count > BLOCK_ACTIONS_MAX ||
                draft->size + pending->size + 32 > size_max)
                break;
            Bitcraps__Item *item = draft_item(draft);
            item->kind_case = BITCRAPS__ITEM__KIND_ACTION;
            item->action = (ProtobufCBinaryData){pending->size, pending->packed};
            draft->size += pending->size + 16;
        }
    }
}

static size_t pack_draft(const struct draft *draft, uint8_t *payload, size_t size_max)
{
    Bitcraps__Payload message = BITCRAPS__PAYLOAD__INIT;
    message.n_items = draft->count;
    message.items = (Bitcraps__Item **)draft->pointers;
    struct writer w = writer_on(payload, size_max);
    return draft->count > 0 && frame_pack(&message.base, &w) ? w.used : 0;
}

static struct execution execution_of(struct table *table, bool trusted)
{
    return (struct execution){.seating = &table->seating,
                              .memo = &table->memo,
                              .trusted = trusted,
                              .weights = &table->weights};
}

static size_t application_propose(void *context, unsigned parent, const struct block_header *header,
                                  uint8_t *payload, size_t size_max)
{
    struct table *table = context;
    const size_t room = size_max < BLOCK_SIZE_MAX ? size_max : BLOCK_SIZE_MAX;
    struct draft draft = {.size = 64};
    struct state *state = &table->scratch;
    *state = table->slots[parent];
    if (roll_due(table, state) && !draft_roll(table, state, &draft))
        return 0;
    draft_actions(table, state, (unsigned)(header->view % table->seating.count), room, &draft);
    const size_t size = pack_draft(&draft, payload, room);
    const struct execution execution = execution_of(table, true);
    const struct digest none = {{0}};
    CHECK(state_execute(state, &execution, header, &none,
                        (struct bytes){.at = payload, .size = size}) == STATE_VALID);
    if (state_close_due(state, &table->seating, header->view) != STATE_CLOSE_YES)
        return size;
    bitcraps__close__init(&draft.close);
    draft.close.roll = state->roll;
    Bitcraps__Item *item = draft_item(&draft);
    item->kind_case = BITCRAPS__ITEM__KIND_CLOSE;
    item->close = &draft.close;
    return pack_draft(&draft, payload, room);
}

static bool application_execute(void *context, unsigned parent, unsigned slot,
                                const struct block_header *header, const struct digest *digest,
                                struct bytes payload)
{
    struct table *table = context;
    const struct execution execution = execution_of(table, false);
    table->slots[slot] = table->slots[parent];
    return state_execute(&table->slots[slot], &execution, header, digest, payload) == STATE_VALID;
}

static void application_root(void *context, unsigned slot, struct digest *out)
{
    const struct table *table = context;
    state_root(&table->slots[slot], &table->seating, out);
}

static void show(void *context, const struct table_event *event)
{
    struct table *table = context;
    struct outbox *out = table->out;
    if (out == NULL)
        return;
    /* Many rolls at once, as when a seat catches up, are told without each bet's outcome. */
    const bool full = out->count >= out->effects_max / 2 || out->used >= out->arena_size / 2;
    if (!full || event->kind != TABLE_EVENT_DECISION)
        outbox_append(out, TABLE_EFFECT_EVENT, TARGET_ALL,
                      (struct bytes){.at = (const uint8_t *)event, .size = sizeof *event});
}

/* Finality is when things are shown: the block is run once more for its events. */
static void application_finalize(void *context, unsigned slot, const struct block_header *header,
                                 const struct digest *digest, struct bytes payload)
{
    struct table *table = context;
    const struct state *last = &table->slots[table->final_slot];
    if (last->phase == STATE_PHASE_ROLLING && table->slots[slot].roll != last->roll)
        table->before[last->craps.puck != 0] = last->craps.seats[table->config.self];
    if (!table->restoring && payload.size > 0) {
        struct execution execution = execution_of(table, true);
        execution.event = show;
        execution.context = table;
        table->scratch = *last;
        CHECK(state_execute(&table->scratch, &execution, header, digest, payload) == STATE_VALID);
    }
    table->final_slot = slot;
    const unsigned self = table->config.self;
    if (table->slots[slot].sequence[self] > table->latest[self].sequence)
        table->consensus.amnesiac = true; /* Final, ours, and our log does not have it. */
}

static struct bytes application_last_action(void *context, unsigned seat)
{
    const struct table *table = context;
    return pending_bytes(&table->latest[seat]);
}

static bool application_knows_action(void *context, struct bytes action)
{
    struct table *table = context;
    unsigned seat;
    uint64_t sequence;
    if (state_action_check(&table->seating, &table->memo, action, &seat, &sequence) !=
            STATE_VALID ||
        seat != table->config.self)
        return true; /* Not signed by this seat: it proves nothing. */
    return sequence <= table->latest[seat].sequence;
}

static void application_archive_put(void *context, uint64_t height, struct bytes block,
                                    struct bytes certificate)
{
    const struct table *table = context;
    table->config.archive.put(table->config.archive.context, height, block, certificate);
}

static size_t application_archive_block(void *context, uint64_t height, uint8_t *block,
                                        size_t size_max)
{
    const struct table *table = context;
    return table->config.archive.block(table->config.archive.context, height, block, size_max);
}

static size_t application_archive_certificate(void *context, uint64_t height, uint8_t *certificate,
                                              size_t size_max)
{
    const struct table *table = context;
    return table->config.archive.certificate(table->config.archive.context, height, certificate,
                                             size_max);
}

static void real_sign(void *context, struct bytes message, struct signature *out)
{
    const struct table *table = context;
    crypto_sign_detached(out->bytes, NULL, message.at, message.size, table->config.secrets.signing);
}

static bool real_verify(void *context, const struct public_key *key, struct bytes message,
                        const struct signature *signature)
{
    (void)context;
    return crypto_sign_verify_detached(signature->bytes, message.at, message.size, key->bytes) == 0;
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
    state_init(&table->slots[0], &table->seating);
    struct consensus_config consensus = {
        .instance = seating->instance,
        .epoch = 1,
        .seats = seating->count,
        .self = config->self,
        .genesis = seating->instance,
        .leader_offset = seating->leader_offset,
        .delay = config->delay,
        .crypto = {.context = table, .sign = real_sign, .verify = real_verify},
        .application = {.context = table,
                        .work = application_work,
                        .propose = application_propose,
                        .execute = application_execute,
                        .root = application_root,
                        .finalize = application_finalize,
                        .last_action = application_last_action,
                        .knows_action = application_knows_action},
    };
    if (config->archive.put != NULL) {
        consensus.application.archive_put = application_archive_put;
        consensus.application.archive_block = application_archive_block;
        consensus.application.archive_certificate = application_archive_certificate;
    }
    for (unsigned seat = 0; seat < seating->count; seat++)
        consensus.keys[seat] = seating->seats[seat].consensus_key;
    consensus_init(&table->consensus, &consensus, now);
}

void table_restore(struct table *table, const Bitcraps__Message *record)
{
    switch (record->kind_case) {
    case BITCRAPS__MESSAGE__KIND_VOTE:
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
    case BITCRAPS__MESSAGE__KIND_BLOCKS:
        consensus_restore(&table->consensus, record);
        break;
    case BITCRAPS__MESSAGE__KIND_ACTION:
        receive_action(table, record->action);
        break;
    case BITCRAPS__MESSAGE__KIND_PARTIAL:
        partial_restore(table, record->partial);
        break;
    case BITCRAPS__MESSAGE__KIND_STATUS:
    case BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST:
    case BITCRAPS__MESSAGE__KIND_RECOVER:
    case BITCRAPS__MESSAGE__KIND_RECOVERED:
    case BITCRAPS__MESSAGE__KIND_ANNOUNCE:
    case BITCRAPS__MESSAGE__KIND_SIT:
    case BITCRAPS__MESSAGE__KIND_SEATING:
    case BITCRAPS__MESSAGE__KIND__NOT_SET:
    case _BITCRAPS__MESSAGE__KIND__CASE_IS_INT_SIZE:
        break;
    }
}

void table_advance(struct table *table, int64_t wall_clock)
{
    uint64_t height;
    do {
        height = consensus_final_height(&table->consensus);
        advance_keys(table);
        partial_release(table);
        partial_verify(table);
        advance_window(table);
        consensus_poke(&table->consensus, table->now, wall_clock, table->out);
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
    if (restored) {
        uint8_t random[32];
        table_draw(table, random);
        consensus_resume(&table->consensus, now, random, out);
        table->repeat_at = now;
    }
    table_advance(table, wall_clock);
    table->out = NULL;
}

bool table_receive(struct table *table, msec now, int64_t wall_clock,
                   const Bitcraps__Message *message, struct outbox *out)
{
    table_begin(table, now, out);
    bool authentic = false;
    switch (message->kind_case) {
    case BITCRAPS__MESSAGE__KIND_VOTE:
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
    case BITCRAPS__MESSAGE__KIND_STATUS:
    case BITCRAPS__MESSAGE__KIND_BLOCKS:
    case BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST:
    case BITCRAPS__MESSAGE__KIND_RECOVER:
    case BITCRAPS__MESSAGE__KIND_RECOVERED:
        authentic = consensus_receive(&table->consensus, now, wall_clock, message, out);
        break;
    case BITCRAPS__MESSAGE__KIND_ACTION:
        authentic = receive_action(table, message->action);
        break;
    case BITCRAPS__MESSAGE__KIND_PARTIAL:
        authentic = partial_receive(table, message->partial);
        break;
    case BITCRAPS__MESSAGE__KIND_ANNOUNCE:
    case BITCRAPS__MESSAGE__KIND_SIT:
    case BITCRAPS__MESSAGE__KIND_SEATING:
    case BITCRAPS__MESSAGE__KIND__NOT_SET:
    case _BITCRAPS__MESSAGE__KIND__CASE_IS_INT_SIZE:
        break;
    }
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
    for (unsigned seat = 0; seat < table->seating.count; seat++)
        any |= offer_again(table, seat, seat == table->config.self || others);
    if (state->phase == STATE_PHASE_ROLLING && table->own_partial.roll == state->roll) {
        partial_emit(table, TABLE_EFFECT_SEND);
        any = true;
    }
    table->repeat_at = any ? table->now + TABLE_REPEAT_MSEC : MSEC_NEVER;
    if (!any)
        table->repeats = 0;
}

void table_expire(struct table *table, msec now, int64_t wall_clock, struct outbox *out)
{
    table_begin(table, now, out);
    if (now >= table->repeat_at)
        repeat(table);
    consensus_expire(&table->consensus, now, wall_clock, out);
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
    return deadline;
}
