/* SPDX-License-Identifier: MIT */
#include "table/follow.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "table/desk.h"

#define CERTIFICATE_PACKED_MAX (64 + DIGEST_SIZE + SEATS_MAX * SIGNATURE_SIZE)
#define ANSWER_BLOCKS          (BLOCKS_MAX / 2)
#define ANSWER_ARENA           49152
#define SERVE_BURST            16

/* ---- Epochs of messages ------------------------------------------------------------------------
 */

static uint64_t block_epoch(const Bitcraps__Block *block)
{
    struct block_header header;
    if (block == NULL ||
        !block_header_decode((struct bytes){.at = block->header.data, .size = block->header.len},
                             &header))
        return 0;
    return header.epoch;
}

uint64_t follow_epoch(const Bitcraps__Message *message)
{
    switch (message->kind_case) {
    case BITCRAPS__MESSAGE__KIND_VOTE:
        return message->vote->epoch;
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
        return message->certificate->epoch;
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
        return block_epoch(message->proposal->block);
    case BITCRAPS__MESSAGE__KIND_STATUS:
        return message->status->epoch;
    case BITCRAPS__MESSAGE__KIND_BLOCKS:
        if (message->blocks->n_blocks > 0)
            return block_epoch(message->blocks->blocks[0]);
        return message->blocks->finalization != NULL ? message->blocks->finalization->epoch : 0;
    case BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST:
        return message->blocks_request->epoch;
    case BITCRAPS__MESSAGE__KIND_RECOVER:
        return message->recover->epoch;
    case BITCRAPS__MESSAGE__KIND_RECOVERED:
        return message->recovered->epoch;
    case BITCRAPS__MESSAGE__KIND_PARTIAL:
        return message->partial->epoch;
    case BITCRAPS__MESSAGE__KIND_ACTION:
    case BITCRAPS__MESSAGE__KIND_ANNOUNCE:
    case BITCRAPS__MESSAGE__KIND_SIT:
    case BITCRAPS__MESSAGE__KIND_SEATING:
    case BITCRAPS__MESSAGE__KIND_FORGOTTEN:
    case BITCRAPS__MESSAGE__KIND__NOT_SET:
    case _BITCRAPS__MESSAGE__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return 0;
}

/* What height its sender claims to have, or builds on. */
static uint64_t claimed_height(const Bitcraps__Message *message)
{
    struct block_header header;
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_STATUS)
        return message->status->final_height;
    if (message->kind_case != BITCRAPS__MESSAGE__KIND_PROPOSAL || message->proposal->block == NULL)
        return 0;
    const ProtobufCBinaryData *packed = &message->proposal->block->header;
    if (!block_header_decode((struct bytes){.at = packed->data, .size = packed->len}, &header))
        return 0;
    return header.height - 1;
}

void follow_foreign(struct table *table, uint64_t epoch, const Bitcraps__Message *message)
{
    const uint64_t own = table->consensus.config.epoch;
    if (epoch > own) {
        const uint64_t height = claimed_height(message);
        if (epoch > table->newer)
            table->newer = epoch;
        if (height > table->newer_height)
            table->newer_height = height;
        return;
    }
    /* Who has left tells, too: those who stay may all have missed what ended the epoch. */
    if (table->config.self == SEAT_NONE || table->now < table->told_at)
        return;
    table->told_at = table->now + TABLE_TELL_MSEC;
    consensus_tell(&table->consensus, table->now, table->out);
}

/* ---- Answers -----------------------------------------------------------------------------------
 */

/* An answer while it is put together: views into bytes and arena. */
struct answer {
    _Alignas(16) uint8_t memory[ANSWER_ARENA];
    struct arena arena;
    uint8_t bytes[CONSENSUS_ANSWER_SIZE + CERTIFICATE_PACKED_MAX];
    size_t used;
    Bitcraps__Block *blocks[ANSWER_BLOCKS];
    size_t count;
    uint64_t view; /* Of the last block. */
    uint64_t last; /* Height of the last block from the archive. */
};

/* Adds a block unless its asker has it; false: there is no room. */
static bool answer_block(struct answer *answer, uint64_t above, Bitcraps__Block *block)
{
    struct block_header header;
    if (answer->count == ANSWER_BLOCKS ||
        !block_header_decode((struct bytes){.at = block->header.data, .size = block->header.len},
                             &header))
        return false;
    if (header.height <= above)
        return true;
    answer->blocks[answer->count++] = block;
    answer->view = header.view;
    return true;
}

static void answer_archived(struct table *table, struct answer *answer, uint64_t above,
                            uint64_t end)
{
    const struct table_archive *archive = &table->config.archive;
    answer->last = above;
    while (answer->last < end) {
        uint8_t *at = answer->bytes + answer->used;
        const size_t room = sizeof answer->bytes - CERTIFICATE_PACKED_MAX - answer->used;
        const size_t size = archive->block(archive->context, answer->last + 1, at, room);
        const ProtobufCMessage *block;
        if (size == 0 ||
            frame_unpack(&bitcraps__block__descriptor, (struct bytes){.at = at, .size = size},
                         &answer->arena, &block) != FRAME_OK ||
            !answer_block(answer, above, (Bitcraps__Block *)(uintptr_t)block))
            return;
        answer->used += size;
        answer->last++;
    }
}

/* The finalization of the highest block of this epoch, from `last` down to above `above`, that has
 * one for a view up to view_max. */
static Bitcraps__Certificate *archived_certificate(struct table *table, struct answer *answer,
                                                   uint64_t epoch, uint64_t above, uint64_t last,
                                                   uint64_t view_max,
                                                   uint8_t memory[static CERTIFICATE_PACKED_MAX])
{
    const struct table_archive *archive = &table->config.archive;
    const size_t arena_used = answer->arena.used;
    for (uint64_t height = last; height > above; height--) {
        const size_t size =
            archive->certificate(archive->context, height, memory, CERTIFICATE_PACKED_MAX);
        const ProtobufCMessage *message;
        answer->arena.used = arena_used;
        if (size == 0 || frame_unpack(&bitcraps__certificate__descriptor,
                                      (struct bytes){.at = memory, .size = size}, &answer->arena,
                                      &message) != FRAME_OK)
            continue;
        Bitcraps__Certificate *certificate = (Bitcraps__Certificate *)(uintptr_t)message;
        if (certificate->epoch == epoch && certificate->view <= view_max)
            return certificate;
    }
    return NULL;
}

static uint32_t guest_target(struct table *table, const uint8_t *node)
{
    for (uint32_t i = 0; i < TABLE_GUESTS_MAX; i++) {
        if (memcmp(table->guests[i].bytes, node, DIGEST_SIZE) == 0)
            return SEATS_MAX + i;
    }
    const uint32_t i = table->guests_next++ % TABLE_GUESTS_MAX;
    memcpy(table->guests[i].bytes, node, DIGEST_SIZE);
    return SEATS_MAX + i;
}

static void send_answer(struct table *table, uint32_t target, struct answer *answer,
                        Bitcraps__Certificate *top, Bitcraps__Certificate *finalization)
{
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    if (top != NULL) { /* First: blocks are taken on the way to a finalization. */
        message.kind_case = BITCRAPS__MESSAGE__KIND_CERTIFICATE;
        message.certificate = top;
        table_emit(table, TABLE_EFFECT_SEND, target, &message);
    }
    if (answer->count == 0)
        return;
    Bitcraps__Blocks blocks = BITCRAPS__BLOCKS__INIT;
    blocks.n_blocks = answer->count;
    blocks.blocks = answer->blocks;
    blocks.finalization = finalization;
    message.kind_case = BITCRAPS__MESSAGE__KIND_BLOCKS;
    message.blocks = &blocks;
    table_emit(table, TABLE_EFFECT_SEND, target, &message);
}

/* Of an epoch that ended: its blocks up to EPOCH_END, and then what makes that final. */
static void serve_past(struct table *table, const Bitcraps__BlocksRequest *request, uint32_t target)
{
    const struct table_archive *archive = &table->config.archive;
    struct answer answer = {.arena = {0}};
    answer.arena = (struct arena){.at = answer.memory, .size = sizeof answer.memory};
    uint8_t packed[CONSENSUS_ANSWER_SIZE];
    uint64_t end;
    const ProtobufCMessage *base;
    const size_t size =
        archive->ending(archive->context, request->epoch, &end, packed, sizeof packed);
    if (size == 0 ||
        frame_unpack(&bitcraps__blocks__descriptor, (struct bytes){.at = packed, .size = size},
                     &answer.arena, &base) != FRAME_OK)
        return;
    const Bitcraps__Blocks *ending = (const Bitcraps__Blocks *)base;
    answer_archived(table, &answer, request->above_height, end);
    uint8_t memory[CERTIFICATE_PACKED_MAX];
    Bitcraps__Certificate *finalization = archived_certificate(
        table, &answer, request->epoch, request->above_height, answer.last, answer.view, memory);
    if (request->above_height + answer.count >= end) {
        for (size_t i = 0; i < ending->n_blocks &&
                           answer_block(&answer, request->above_height, ending->blocks[i]);
             i++)
            finalization = NULL;
    }
    send_answer(table, target, &answer, ending->finalization, finalization);
}

static void serve_present(struct table *table, const Bitcraps__BlocksRequest *request,
                          uint32_t target)
{
    struct answer answer = {.arena = {0}};
    answer.arena = (struct arena){.at = answer.memory, .size = sizeof answer.memory};
    const uint64_t final = consensus_final_height(&table->consensus);
    uint8_t memory[CERTIFICATE_PACKED_MAX];
    uint8_t packed[CERTIFICATE_PACKED_MAX];
    Bitcraps__Certificate *top = NULL;
    const ProtobufCMessage *message;
    const size_t size = consensus_final_certificate(&table->consensus, packed, sizeof packed);
    if (size > 0 &&
        frame_unpack(&bitcraps__certificate__descriptor, (struct bytes){.at = packed, .size = size},
                     &answer.arena, &message) == FRAME_OK)
        top = (Bitcraps__Certificate *)(uintptr_t)message;
    else
        top = archived_certificate(table, &answer, request->epoch, request->above_height, final,
                                   UINT64_MAX, packed);
    answer_archived(table, &answer, request->above_height, final);
    Bitcraps__Certificate *finalization = archived_certificate(
        table, &answer, request->epoch, request->above_height, answer.last, answer.view, memory);
    send_answer(table, target, &answer, top, finalization);
}

void follow_serve(struct table *table, const Bitcraps__BlocksRequest *request)
{
    const struct table_archive *archive = &table->config.archive;
    const uint64_t own = table->consensus.config.epoch;
    const struct node_id self = table->config.identity.node;
    if (archive->put == NULL || archive->end == NULL || request->node.len != DIGEST_SIZE ||
        memcmp(request->node.data, self.bytes, DIGEST_SIZE) == 0 || request->epoch > own ||
        table->now < table->served_at)
        return;
    /* Many in a row to who is quick, so that no timer has to pass between two of them. */
    const msec earliest = table->now - SERVE_BURST * TABLE_SERVE_MSEC;
    if (table->served_at < earliest)
        table->served_at = earliest;
    table->served_at += TABLE_SERVE_MSEC;
    const uint32_t target = guest_target(table, request->node.data);
    if (request->epoch < own) {
        serve_past(table, request, target);
        return;
    }
    if (request->above_height < consensus_final_height(&table->consensus))
        serve_present(table, request, target);
}

/* ---- Sits --------------------------------------------------------------------------------------
 */

/* A place of somebody who is silent; NULL: all of them still ask. */
static struct asking *free_asking(struct table *table)
{
    for (unsigned i = 0; i < TABLE_ASKING_MAX; i++) {
        if (table_asking(table, i, table->now) == NULL)
            return &table->asking[i];
    }
    return NULL;
}

/*
 * A stranger's request stays shown while he repeats it. Only the first is checked: what is shown is
 * who he is, and that does not change.
 */
static bool note_asking(struct table *table, struct bytes packed, const struct seat *sit)
{
    for (unsigned i = 0; i < TABLE_ASKING_MAX; i++) {
        struct asking *asking = &table->asking[i];
        if (asking->heard == 0 ||
            memcmp(&asking->seat.identity, &sit->identity, sizeof sit->identity) != 0)
            continue;
        if (table_asking(table, i, table->now) != NULL) {
            asking->heard = table->now;
            return true;
        }
    }
    struct asking *asking = free_asking(table);
    struct seat checked;
    if (asking == NULL)
        return true;
    if (sit_unpack(&table->seating.genesis, packed, &checked) != SEATING_OK)
        return false;
    *asking = (struct asking){.heard = table->now, .seat = checked};
    struct table_event event = {
        .kind = TABLE_EVENT_ASKS, .seat = SEAT_NONE, .who = checked.identity};
    memcpy(event.name, checked.name, sizeof event.name);
    if (table->out != NULL)
        outbox_append(table->out, TABLE_EFFECT_EVENT, TARGET_ALL,
                      (struct bytes){.at = (const uint8_t *)&event, .size = sizeof event});
    return true;
}

const struct seat *table_asking(const struct table *table, unsigned index, msec now)
{
    const struct asking *asking = &table->asking[index];
    struct seat seat = asking->seat;
    seat.epoch = table_final(table)->roster.epoch;
    if (asking->heard == 0 || now - asking->heard >= TABLE_ASKING_MSEC ||
        !state_awaits_approval(table_final(table), &table->seating, &seat))
        return NULL;
    return &asking->seat;
}

bool follow_receive_sit(struct table *table, const Bitcraps__Sit *sit)
{
    const struct state *state = table_final(table);
    struct pending_sit pending;
    if (sit->epoch != state->roster.epoch)
        return true; /* Of another time; its author asks again. */
    struct writer w = writer_on(pending.packed, sizeof pending.packed);
    if (!frame_pack(&sit->base, &w))
        return false;
    pending.size = w.used;
    if (sit_read(written(&w), &pending.seat) != SEATING_OK)
        return false;
    if (state_awaits_approval(state, &table->seating, &pending.seat))
        return note_asking(table, written(&w), &pending.seat);
    if (!state_may_sit(state, &table->seating, &pending.seat))
        return true;
    pending.at = table->now;
    for (unsigned i = 0; i < TABLE_SITS_MAX; i++) {
        const struct seat *held = &table->sits[i].seat;
        if (table->sits[i].size == 0 || held->epoch != pending.seat.epoch ||
            memcmp(&held->identity, &pending.seat.identity, sizeof held->identity) != 0)
            continue;
        table->sits[i].at = table->now;
        return true;
    }
    if (sit_unpack(&table->seating.genesis, written(&w), &pending.seat) != SEATING_OK)
        return false;
    table->sits[table->sits_next++ % TABLE_SITS_MAX] = pending;
    return true;
}

/* Who votes after it asked for its seat anew has its memory back. */
static bool sit_stands(const struct table *table, const struct pending_sit *pending)
{
    const struct state *state = table_final(table);
    const unsigned seat = state_seat_of(state, &pending->seat.identity);
    return pending->size > 0 && pending->seat.epoch == state->roster.epoch &&
           (seat == SEAT_NONE || table_last_heard(table, seat) <= pending->at);
}

uint16_t table_forgetful(const struct table *table)
{
    const struct state *state = table_final(table);
    uint16_t seats = 0;
    for (unsigned i = 0; i < TABLE_SITS_MAX; i++) {
        const unsigned seat = state_seat_of(state, &table->sits[i].seat.identity);
        if (seat != SEAT_NONE && sit_stands(table, &table->sits[i]))
            seats |= stage_bit(seat);
    }
    if (table_amnesiac(table))
        seats |= stage_bit(table->config.self);
    return seats & state->roster.set;
}

const struct pending_sit *follow_sit(const struct table *table, const struct state *state)
{
    for (unsigned i = 0; i < TABLE_SITS_MAX; i++) {
        if (sit_stands(table, &table->sits[i]) &&
            state_may_sit(state, &table->seating, &table->sits[i].seat))
            return &table->sits[i];
    }
    return NULL;
}

/* ---- Asking ------------------------------------------------------------------------------------
 */

bool follow_has_identity(const struct table *table)
{
    static const struct node_id none;
    return memcmp(&table->config.identity.node, &none, sizeof none) != 0;
}

/* Whether blocks have to be asked for without a voice. */
static bool follows(const struct table *table)
{
    return follow_has_identity(table) &&
           (table->position == SEAT_NONE || table->newer > table->consensus.config.epoch);
}

static bool wants_seat(const struct table *table)
{
    const struct state *state = table_final(table);
    const unsigned self = table->config.self;
    if (!table->config.sits || !follow_has_identity(table) || state->phase == STATE_PHASE_OVER ||
        table->position != SEAT_NONE)
        return false;
    /* At a full table, until somebody leaves, asking is in vain. */
    const bool room = state_room(state, &table->seating, table->config.witness) > 0;
    if (self == SEAT_NONE)
        return room;
    const bool lost = table_amnesiac(table) && (state->roster.set >> self & 1);
    return !(state->guilty >> self & 1) && (lost || (room && (state->left >> self & 1)));
}

/* Anybody can speak of a later epoch: where nobody has its blocks, that is forgotten. */
static void doubt_newer(struct table *table, bool progress)
{
    table->asked_in_vain = progress ? 0 : table->asked_in_vain + 1;
    if (table->asked_in_vain < TABLE_VAIN_MAX * table_final(table)->roster.count)
        return;
    table->asked_in_vain = 0;
    table->newer = 0;
    table->newer_height = 0;
    consensus_ask(&table->consensus);
}

static void ask_for_blocks(struct table *table)
{
    const struct roster *roster = &table_final(table)->roster;
    const bool progress = consensus_fetches(&table->consensus);
    /* Who helped is asked again: the way to another may be long, and its relays sparing. */
    if (!progress)
        table->asked++;
    const unsigned position = table->asked % roster->count;
    Bitcraps__BlocksRequest request = BITCRAPS__BLOCKS_REQUEST__INIT;
    struct node_id self = table->config.identity.node;
    request.epoch = table->consensus.config.epoch;
    request.above_height = consensus_wanted_above(&table->consensus);
    request.node = (ProtobufCBinaryData){DIGEST_SIZE, self.bytes};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST;
    message.blocks_request = &request;
    if (roster->seats[position] != table->config.self)
        table_emit(table, TABLE_EFFECT_SEND, roster->seats[position], &message);
    doubt_newer(table, progress);
}

/* Signed anew each time: the epoch goes on, and the proof takes fresh randomness. */
static void ask_for_seat(struct table *table)
{
    struct seat_secrets secrets;
    uint8_t random[32];
    uint8_t packed[SIT_SIZE_MAX];
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *sit;
    const uint64_t sit_epoch = table_final(table)->roster.epoch;
    seat_secrets_derive_late(table->config.seed, &table->seating.genesis.id, sit_epoch, &secrets);
    secrets.invitation = table->config.invitation;
    table_draw(table, random);
    const size_t size = sit_pack(&table->seating.genesis.id, &secrets,
                                 table->config.identity.secret, &table->config.identity.key,
                                 table->config.name, table->config.witness, random, packed);
    memset(&secrets, 0, sizeof secrets);
    if (size == 0 ||
        frame_unpack(&bitcraps__sit__descriptor, (struct bytes){.at = packed, .size = size}, &arena,
                     &sit) != FRAME_OK)
        return;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_SIT;
    message.sit = (Bitcraps__Sit *)(uintptr_t)sit;
    if (sit_epoch > table->sat) { /* With a key that is ours from here on. */
        table->sat = sit_epoch;
        table_emit(table, TABLE_EFFECT_RECORD, TARGET_ALL, &message);
    }
    table_emit(table, TABLE_EFFECT_SEND, TARGET_ALL, &message);
}

void follow_advance(struct table *table)
{
    if (follows(table) && table->now >= table->ask_at) {
        const bool lags =
            consensus_lags(&table->consensus) || table->newer > table->consensus.config.epoch;
        table->ask_at =
            table->now + (lags ? TABLE_ASK_REPEATS * table_repeat_msec(table) : TABLE_WATCH_MSEC);
        ask_for_blocks(table);
    }
    if (wants_seat(table) && table->now >= table->sit_at) {
        table->sit_at = table->now + TABLE_SIT_MSEC;
        ask_for_seat(table);
    }
}

msec follow_deadline(const struct table *table)
{
    msec deadline = follows(table) ? table->ask_at : MSEC_NEVER;
    if (wants_seat(table) && table->sit_at < deadline)
        deadline = table->sit_at;
    return deadline;
}
