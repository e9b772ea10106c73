/* SPDX-License-Identifier: MIT */
/* What consensus asks of a table: what a block may hold, what follows from it, what is kept of it.
 */
#include "base/check.h"
#include "frame/frame.h"
#include "table/desk.h"
#include "table/follow.h"

#include <sodium.h>

static bool roll_due(const struct table *table, const struct state *state)
{
    return state->phase == STATE_PHASE_ROLLING && table->statement_roll == state->roll &&
           table_final(table)->phase == STATE_PHASE_ROLLING &&
           memcmp(&table_final(table)->close, &state->close, sizeof state->close) == 0 &&
           (unsigned)__builtin_popcount(table->verified) >= state->roster.quorum;
}

/* The pending action of a seat with that number, by whoever has the seat in a state; or NULL. */
static const struct pending_action *pending_in(const struct table *table, const struct state *state,
                                               unsigned seat, uint64_t sequence)
{
    const struct pending_action *pending = &table->pending[seat][sequence % TABLE_PENDING_MAX];
    const struct public_key *key = &state->seats[seat].consensus_key;
    const bool fits = pending->sequence == sequence && memcmp(&pending->key, key, sizeof *key) == 0;
    return fits ? pending : NULL;
}

static bool action_due(const struct table *table, const struct state *state)
{
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if ((state->owned & stage_bit(seat)) &&
            pending_in(table, state, seat, state->sequence[seat] + 1) != NULL)
            return true;
    }
    return false;
}

static enum consensus_work application_work(void *context, unsigned slot, uint64_t next_view)
{
    const struct table *table = context;
    const struct state *state = &table->slots[slot];
    if (state->roster.epoch != table->consensus.config.epoch)
        return CONSENSUS_WORK_NONE; /* The epoch has ended; what follows is empty. */
    if (roll_due(table, state) || action_due(table, state) || state_epoch_due(state) ||
        follow_sit(table, state) != NULL)
        return CONSENSUS_WORK_DUE;
    switch (state_close_due(state, next_view)) {
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
    Bitcraps__EpochEnd epoch_end;
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
    for (unsigned seat = 0; seat < state->roster.count && count < state->roster.quorum; seat++) {
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
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        const unsigned seat = (first + i) % SEATS_MAX;
        if (!(state->owned & stage_bit(seat)))
            continue;
        uint64_t next = state->sequence[seat] + 1;
        for (;; next++) {
            const struct pending_action *pending = pending_in(table, state, seat, next);
            if (pending == NULL || draft->count >= BLOCK_ACTIONS_MAX ||
                draft->size + pending->size + 32 > size_max)
                break;
            Bitcraps__Item *item = draft_item(draft);
            item->kind_case = BITCRAPS__ITEM__KIND_ACTION;
            item->action =
                (ProtobufCBinaryData){pending->size, (uint8_t *)(uintptr_t)pending->packed};
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

/* Executes what is drafted, from the parent on; an own draft is valid. */
static size_t try_draft(struct table *table, unsigned parent, const struct block_header *header,
                        const struct draft *draft, uint8_t *payload, size_t room)
{
    const size_t size = pack_draft(draft, payload, room);
    const struct execution execution = execution_of(table, true);
    const struct digest none = {{0}};
    table->scratch = table->slots[parent];
    CHECK(state_execute(&table->scratch, &execution, header, &none,
                        (struct bytes){.at = payload, .size = size}) == STATE_VALID);
    return size;
}

static void draft_epoch_end(const struct state *state, struct draft *draft)
{
    Bitcraps__EpochEnd *end = &draft->epoch_end;
    bitcraps__epoch_end__init(end);
    end->epoch = state->next.epoch;
    end->list = (ProtobufCBinaryData){DIGEST_SIZE, (uint8_t *)(uintptr_t)state->next.list.bytes};
    end->transcript =
        (ProtobufCBinaryData){DIGEST_SIZE, (uint8_t *)(uintptr_t)state->next_keys.transcript.bytes};
    Bitcraps__Item *item = draft_item(draft);
    item->kind_case = BITCRAPS__ITEM__KIND_EPOCH_END;
    item->epoch_end = end;
}

static size_t application_propose(void *context, unsigned parent, const struct block_header *header,
                                  uint8_t *payload, size_t size_max)
{
    struct table *table = context;
    const size_t room = size_max < BLOCK_SIZE_MAX ? size_max : BLOCK_SIZE_MAX;
    struct draft draft = {.size = 64};
    const struct state *before = &table->slots[parent];
    const struct state *state = &table->scratch;
    if (before->roster.epoch != header->epoch)
        return 0;
    if (roll_due(table, before) && !draft_roll(table, before, &draft))
        return 0;
    draft_actions(table, before, (unsigned)(header->view % SEATS_MAX), room, &draft);
    size_t size = try_draft(table, parent, header, &draft, payload, room);
    const struct pending_sit *sit = follow_sit(table, state);
    if (sit != NULL && draft.size + sit->size + 512 <= room) {
        Bitcraps__Item *item = draft_item(&draft);
        item->kind_case = BITCRAPS__ITEM__KIND_SIT;
        item->sit = (ProtobufCBinaryData){sit->size, (uint8_t *)(uintptr_t)sit->packed};
        draft.size += sit->size + 16;
        size = try_draft(table, parent, header, &draft, payload, room);
    }
    if (state_epoch_due(state)) {
        draft_epoch_end(state, &draft);
        return pack_draft(&draft, payload, room);
    }
    if (state_close_due(state, header->view) != STATE_CLOSE_YES)
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
    state_root(&table->slots[slot], out);
}

static void show(void *context, const struct table_event *event)
{
    struct table *table = context;
    struct outbox *out = table->out;
    if (event->kind == TABLE_EVENT_CONVICTED || event->kind == TABLE_EVENT_ACCUSED)
        table->convictions[event->seat] = event->conviction;
    if (out == NULL || table->restoring)
        return;
    /* Many rolls at once, as when a seat catches up, are told without each bet's outcome. */
    const bool full = out->count >= out->effects_max / 2 || out->used >= out->arena_size / 2;
    if (!full || event->kind != TABLE_EVENT_DECISION)
        outbox_append(out, TABLE_EFFECT_EVENT, TARGET_ALL,
                      (struct bytes){.at = (const uint8_t *)event, .size = sizeof *event});
}

/* A state with new keys became final, and still has the deals that they came of. */
static void gather_share(struct table *table, const struct state *state)
{
    const unsigned position = roster_position(&state->roster, table->config.self);
    if (memcmp(&table->share_of, &state->keys.transcript, sizeof table->share_of) == 0)
        return;
    table->share_of = state->keys.transcript;
    table->share_ready = false;
    if (position == SEAT_NONE)
        return;
    struct keygen_params params;
    state_keys_params(state, &table->seating, &params);
    table_open_shares(table, state, &params, &state->keys, position, &table->share,
                      &table->share_ready);
}

/* Who sits down at a number has keys of his own, and counts his actions from where it stands. */
static void forget_former(struct table *table, const struct state *last, const struct state *state)
{
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (memcmp(&last->seats[seat].consensus_key, &state->seats[seat].consensus_key,
                   sizeof last->seats[seat].consensus_key) == 0)
            continue;
        memset(table->pending[seat], 0, sizeof table->pending[seat]);
        table->latest[seat].sequence = state->sequence[seat];
        table->latest[seat].size = 0;
        table->parts[seat] = (struct table_parts){0};
    }
}

/* Finality is when things are shown: the block is run once more for its events. Of what happened in
 * an earlier life only the convictions are noted. */
static void application_finalize(void *context, unsigned slot, const struct block_header *header,
                                 const struct digest *digest, struct bytes payload)
{
    struct table *table = context;
    const struct state *last = &table->slots[table->final_slot];
    const struct state *state = &table->slots[slot];
    if (table->turn.due)
        return; /* An empty block on top of the epoch's last. */
    if (last->phase == STATE_PHASE_ROLLING && state->roll != last->roll &&
        table->config.self != SEAT_NONE)
        table->before[last->craps.puck != 0] = last->craps.seats[table->config.self];
    if (last->phase == STATE_PHASE_ROLLING && state->roll != last->roll && !table->restoring)
        outlook_rolled(table, last);
    if ((!table->restoring || state->guilty != last->guilty) && payload.size > 0) {
        struct execution execution = execution_of(table, true);
        execution.event = show;
        execution.context = table;
        table->scratch = *last;
        CHECK(state_execute(&table->scratch, &execution, header, digest, payload) == STATE_VALID);
    }
    forget_former(table, last, state);
    table_find_self(table, state);
    gather_share(table, state);
    table->final_slot = slot;
    const unsigned self = table->config.self;
    /* An action or a Sit that is final, ours, and not in our log. */
    if (self != SEAT_NONE && (state->sequence[self] > table->latest[self].sequence ||
                              state->seats[self].epoch > table->sat))
        table_own_key_forgotten(table, state);
    if (state->roster.epoch == header->epoch)
        return;
    table->scratch = *state; /* Where the next epoch starts: the slot may be given away. */
    table->turn.due = true;
    table->turn.told = false;
    table->turn.used = 0;
    table->turn.digest = *digest;
    table->turn.height = header->height;
    table->turn.time = header->time;
    consensus_close(&table->consensus);
}

static struct bytes application_last_action(void *context, unsigned position)
{
    const struct table *table = context;
    return pending_bytes(&table->latest[table_final(table)->roster.seats[position]]);
}

static bool application_knows_action(void *context, struct bytes action)
{
    struct table *table = context;
    unsigned seat;
    uint64_t sequence;
    if (state_action_check(table_final(table), &table->seating, &table->memo, action, &seat,
                           &sequence) != STATE_VALID ||
        seat != table->config.self)
        return true; /* Not signed by this seat: it proves nothing. */
    return sequence <= table->latest[seat].sequence;
}

/* Appends a field of bytes to the packed Blocks of an ending. */
static void add_to_ending(struct table_turn *turn, unsigned field, struct bytes bytes)
{
    struct writer w = writer_on(turn->ending + turn->used, sizeof turn->ending - turn->used);
    write_u8(&w, (uint8_t)(field << 3 | 2));
    size_t size = bytes.size;
    for (; size >= 0x80; size >>= 7)
        write_u8(&w, (uint8_t)(size | 0x80));
    write_u8(&w, (uint8_t)size);
    write_bytes(&w, bytes.at, bytes.size);
    /* At most VIEWS_MAX certificates of skipped views and BLOCKS_MAX headers: it fits. */
    CHECK(!w.failed);
    turn->used += w.used;
}

/* What comes on top of an epoch's last block is not of the chain, but may be what makes it final.
 */
static void application_archive_put(void *context, uint64_t height, struct bytes block,
                                    struct bytes certificate)
{
    struct table *table = context;
    const struct table_archive *archive = &table->config.archive;
    struct table_turn *turn = &table->turn;
    if (!turn->due || height == turn->height)
        archive->put(archive->context, height, block, certificate);
    if (!turn->due || turn->told || archive->end == NULL)
        return;
    if (height > turn->height)
        add_to_ending(turn, 1, block);
    if (certificate.size == 0)
        return;
    add_to_ending(turn, 2, certificate);
    turn->told = true;
    archive->end(archive->context, table->consensus.config.epoch, turn->height,
                 (struct bytes){.at = turn->ending, .size = turn->used});
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

void application_start(struct table *table, const struct digest *genesis, uint64_t height,
                       int64_t time)
{
    const struct state *state = table_final(table);
    struct consensus_config consensus = {
        .instance = table->seating.instance,
        .epoch = state->roster.epoch,
        .seats = state->roster.count,
        .self = table->position == SEAT_NONE ? CONSENSUS_OBSERVER : table->position,
        .genesis = *genesis,
        .genesis_height = height,
        .genesis_time = time,
        .leader_offset = state->roster.leader_offset,
        .delay = table->config.delay,
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
    if (table->config.archive.put != NULL) {
        consensus.application.archive_put = application_archive_put;
        consensus.application.archive_block = application_archive_block;
        consensus.application.archive_certificate = application_archive_certificate;
    }
    for (unsigned i = 0; i < state->roster.count; i++)
        consensus.keys[i] = state->seats[state->roster.seats[i]].consensus_key;
    consensus_init(&table->consensus, &consensus, table->now);
}
