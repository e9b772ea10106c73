/* SPDX-License-Identifier: MIT */
#include "audit/audit.h"

#include "base/check.h"
#include "craps/text.h"

#include <sodium.h>

static bool fail(struct audit *audit, const char *what)
{
    struct text text = text_on(audit->wrong, sizeof audit->wrong);
    text_words(&text, what);
    return false;
}

static bool fail_block(struct audit *audit, const char *what)
{
    struct text text = text_on(audit->wrong, sizeof audit->wrong);
    text_words(&text, "block ");
    text_chips(&text, (chips)audit->blocks + 1);
    text_words(&text, ": ");
    text_words(&text, what);
    return false;
}

static bool verify(void *context, const struct public_key *key, struct bytes message,
                   const struct signature *signature)
{
    struct audit *audit = context;
    audit->signatures++;
    return crypto_sign_verify_detached(signature->bytes, message.at, message.size, key->bytes) == 0;
}

static bool certificate_holds(struct audit *audit, const Bitcraps__Certificate *certificate,
                              enum vote_type type, uint64_t view)
{
    const struct consensus_crypto crypto = {.context = audit, .verify = verify};
    return certificate->type == (uint32_t)type && certificate->view == view &&
           certificate_valid(&audit->electorate, &crypto, certificate);
}

/* Who votes from here on. */
static void seat_voters(struct audit *audit)
{
    const struct roster *roster = &audit->state.roster;
    audit->electorate.instance = audit->seating.instance;
    audit->electorate.epoch = roster->epoch;
    audit->electorate.seats = roster->count;
    audit->electorate.quorum = roster->quorum;
    for (unsigned i = 0; i < roster->count; i++)
        audit->electorate.keys[i] = audit->state.seats[roster->seats[i]].consensus_key;
}

static bool open_seating(struct audit *audit, const Bitcraps__Seating *message)
{
    const enum seating_verdict verdict = seating_open(message, &audit->seating);
    if (verdict != SEATING_OK) {
        struct text text = text_on(audit->wrong, sizeof audit->wrong);
        text_words(&text, "the seating: ");
        text_words(&text, seating_verdict_text(verdict));
        return false;
    }
    audit->last = audit->seating.instance;
    state_init(&audit->state, &audit->seating);
    seat_voters(audit);
    return true;
}

static bool digest_is(const struct digest *digest, struct bytes of)
{
    struct digest computed;
    crypto_generichash(computed.bytes, DIGEST_SIZE, of.at, of.size, NULL, 0);
    return memcmp(&computed, digest, DIGEST_SIZE) == 0;
}

/* The views between parent and block were nullified, and the header says by which signatures. */
static bool skips_hold(struct audit *audit, const Bitcraps__Block *block,
                       const struct block_header *header)
{
    if (block->n_skips != header->view - header->parent_view - 1)
        return false;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    for (size_t i = 0; i < block->n_skips; i++) {
        uint8_t memory[4 + 64 + SEATS_MAX * SIGNATURE_SIZE];
        struct writer w = writer_on(memory, sizeof memory);
        write_u32(&w, (uint32_t)frame_packed_size(&block->skips[i]->base));
        if (!frame_pack(&block->skips[i]->base, &w) ||
            !certificate_holds(audit, block->skips[i], VOTE_NULLIFY, header->parent_view + 1 + i))
            return false;
        crypto_generichash_update(&state, memory, w.used);
    }
    struct digest root;
    crypto_generichash_final(&state, root.bytes, DIGEST_SIZE);
    return memcmp(&root, &header->skip_root, DIGEST_SIZE) == 0;
}

static bool header_holds(struct audit *audit, const Bitcraps__Block *block,
                         struct block_header *header)
{
    struct digest root;
    if (!block_header_decode((struct bytes){.at = block->header.data, .size = block->header.len},
                             header))
        return fail_block(audit, "the header is malformed");
    if (memcmp(&header->instance, &audit->seating.instance, DIGEST_SIZE) != 0 ||
        header->epoch != audit->electorate.epoch)
        return fail_block(audit, "the header is of another table");
    if (header->height != audit->blocks + 1 || header->parent_view != audit->last_view ||
        memcmp(&header->parent, &audit->last, DIGEST_SIZE) != 0)
        return fail_block(audit, "it does not follow the block before it");
    if (header->view <= header->parent_view)
        return fail_block(audit, "its view is not above its parent's");
    if (audit->blocks == 0 && (header->time < 1 || header->time > AUDIT_TIME_FIRST_MAX))
        return fail_block(audit, "its time is no time");
    if (audit->blocks > 0 &&
        (header->time <= audit->last_time || header->time - audit->last_time > AUDIT_TIME_STEP_MAX))
        return fail_block(audit, "its time is not shortly after its parent's");
    if (!digest_is(&header->payload_root,
                   (struct bytes){.at = block->payload.data, .size = block->payload.len}))
        return fail_block(audit, "the payload is not the one the header names");
    state_root(&audit->state, &root);
    if (memcmp(&root, &header->state_root, DIGEST_SIZE) != 0)
        return fail_block(audit, "the balances and bets are not those the seats agreed on");
    if (!skips_hold(audit, block, header))
        return fail_block(audit, "a certificate of a skipped view is wrong");
    return true;
}

static bool block_holds(struct audit *audit, const Bitcraps__Block *block,
                        void (*event)(void *context, const struct table_event *event),
                        void *context)
{
    struct block_header header;
    if (!header_holds(audit, block, &header))
        return false;
    struct digest digest;
    block_digest(block->header.data, &digest);
    const struct bytes payload = {.at = block->payload.data, .size = block->payload.len};
    struct execution execution = {.seating = &audit->seating};
    audit->before = audit->state;
    const enum state_verdict verdict =
        state_execute(&audit->state, &execution, &header, &digest, payload);
    if (verdict != STATE_VALID) {
        audit->state = audit->before;
        return fail_block(audit, state_verdict_text(verdict));
    }
    if (event != NULL) {
        execution.trusted = true;
        execution.event = event;
        execution.context = context;
        CHECK(state_execute(&audit->before, &execution, &header, &digest, payload) == STATE_VALID);
    }
    audit->blocks++;
    audit->rolls = audit->state.rolls_done;
    audit->last = digest;
    audit->last_view = header.view;
    audit->last_time = header.time;
    return true;
}

/* The last block executed ended its epoch: what makes that final, and then the next begins. */
static bool ending_holds(struct audit *audit, const Bitcraps__Export *export)
{
    if (audit->endings == export->n_endings)
        return fail_block(audit, "the block before it ends an epoch, and nothing makes that final");
    const Bitcraps__Blocks *ending = export->endings[audit->endings];
    const uint64_t blocks = audit->blocks;
    const struct digest last = audit->last;
    const int64_t last_time = audit->last_time;
    for (size_t i = 0; i < ending->n_blocks; i++) {
        if (ending->blocks[i]->payload.len > 0)
            return fail_block(audit, "something follows the end of an epoch");
        if (!block_holds(audit, ending->blocks[i], NULL, NULL))
            return false;
    }
    if (ending->finalization == NULL ||
        !certificate_holds(audit, ending->finalization, VOTE_FINALIZE, audit->last_view) ||
        memcmp(ending->finalization->digest.data, &audit->last, DIGEST_SIZE) != 0)
        return fail_block(audit, "the finalization certificate of the epoch before is wrong");
    audit->blocks = blocks;
    audit->last = last;
    audit->last_time = last_time;
    audit->last_view = 0;
    audit->endings++;
    seat_voters(audit);
    return true;
}

static bool finalization_holds(struct audit *audit, const Bitcraps__Export *export)
{
    /* Nothing yet, or nothing since an epoch ended. */
    if (audit->last_view == 0)
        return export->finalization == NULL;
    return export->finalization != NULL &&
           certificate_holds(audit, export->finalization, VOTE_FINALIZE, audit->last_view) &&
           memcmp(export->finalization->digest.data, &audit->last, DIGEST_SIZE) == 0;
}

bool audit_export(struct audit *audit, struct bytes file, struct arena *arena,
                  void (*event)(void *context, const struct table_event *event), void *context)
{
    memset(audit, 0, sizeof *audit);
    const ProtobufCMessage *base;
    arena->used = 0;
    const enum frame_verdict verdict =
        frame_unpack(&bitcraps__export__descriptor, file, arena, &base);
    if (verdict != FRAME_OK) {
        struct text text = text_on(audit->wrong, sizeof audit->wrong);
        text_words(&text, "the file is no canonical export: ");
        text_words(&text, frame_verdict_text(verdict));
        return false;
    }
    const Bitcraps__Export *export = (const Bitcraps__Export *)base;
    if (export->version != 1)
        return fail(audit, "the file is of another version");
    if (export->seating == NULL)
        return fail(audit, "the seating is missing");
    if (!open_seating(audit, export->seating))
        return false;
    for (size_t i = 0; i < export->n_blocks; i++) {
        if (!block_holds(audit, export->blocks[i], event, context))
            return false;
        if (audit->state.roster.epoch != audit->electorate.epoch && !ending_holds(audit, export))
            return false;
    }
    if (audit->endings != export->n_endings)
        return fail(audit, "an epoch is said to end that does not");
    if (!finalization_holds(audit, export))
        return fail(audit, "the finalization certificate of the last block is wrong");
    return true;
}

static bool proof_in(const Bitcraps__Payload *payload, struct arena *arena,
                     const struct conviction *lie, struct bytes statements[static 2])
{
    for (size_t i = 0; i < payload->n_items; i++) {
        const Bitcraps__Item *item = payload->items[i];
        const ProtobufCMessage *base;
        if (item->kind_case != BITCRAPS__ITEM__KIND_ACTION ||
            frame_unpack(&bitcraps__action__descriptor,
                         (struct bytes){.at = item->action.data, .size = item->action.len}, arena,
                         &base) != FRAME_OK)
            continue;
        const Bitcraps__Action *action = (const Bitcraps__Action *)base;
        if (frame_unpack(&bitcraps__action_body__descriptor,
                         (struct bytes){.at = action->body.data, .size = action->body.len}, arena,
                         &base) != FRAME_OK)
            continue;
        const Bitcraps__ActionBody *body = (const Bitcraps__ActionBody *)base;
        if (body->seat == lie->accuser && body->sequence == lie->sequence)
            return lie_proof((struct bytes){.at = item->action.data, .size = item->action.len},
                             statements);
    }
    return false;
}

bool audit_proof(struct bytes file, struct arena *arena, const struct conviction *lie,
                 struct bytes statements[static 2])
{
    const ProtobufCMessage *base;
    arena->used = 0;
    if (frame_unpack(&bitcraps__export__descriptor, file, arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__Export *export = (const Bitcraps__Export *)base;
    if (lie->height < 1 || lie->height > export->n_blocks)
        return false;
    const ProtobufCBinaryData *in = &export->blocks[lie->height - 1]->payload;
    const struct bytes payload = {.at = in->data, .size = in->len};
    arena->used = 0; /* The payload is a view into the file. */
    return frame_unpack(&bitcraps__payload__descriptor, payload, arena, &base) == FRAME_OK &&
           proof_in((const Bitcraps__Payload *)base, arena, lie, statements);
}
