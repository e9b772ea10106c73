/* SPDX-License-Identifier: MIT */
#include "base/check.h"
#include "consensus/parts.h"
#include "frame/frame.h"

void parts_emit(struct outbox *out, uint32_t kind, uint32_t target,
                const Bitcraps__Message *message)
{
    const size_t size = frame_packed_size(&message->base);
    uint8_t *at = outbox_reserve(out, kind, target, size);
    if (at == NULL) {
        /* A lost message is pulled again; a lost record would be a lie. */
        CHECK(kind != CONSENSUS_EFFECT_RECORD);
        return;
    }
    struct writer w = writer_on(at, size);
    CHECK(frame_pack(&message->base, &w) && w.used == size);
}

void parts_emit_vote(struct consensus *c, struct outbox *out, uint32_t kind, uint32_t target,
                     const struct tally *t, enum vote_type type, unsigned seat)
{
    CHECK((t->seats[type - 1] >> seat & 1) != 0);
    struct digest digest = t->digests[t->digest_of[type - 1][seat]];
    struct signature signature = t->signatures[type - 1][seat];
    Bitcraps__Vote vote = BITCRAPS__VOTE__INIT;
    vote.type = type;
    vote.epoch = c->config.epoch;
    vote.view = t->view;
    if (type != VOTE_NULLIFY)
        vote.digest = (ProtobufCBinaryData){DIGEST_SIZE, digest.bytes};
    vote.seat = seat;
    vote.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature.bytes};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_VOTE;
    message.vote = &vote;
    parts_emit(out, kind, target, &message);
}

void parts_emit_certificate(struct consensus *c, struct outbox *out, uint32_t kind, uint32_t target,
                            struct tally *t, enum vote_type type)
{
    uint8_t signatures[SEATS_MAX * SIGNATURE_SIZE];
    Bitcraps__Certificate certificate =
        tally_certificate(t, c->config.epoch, c->electorate.quorum, type, signatures);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_CERTIFICATE;
    message.certificate = &certificate;
    parts_emit(out, kind, target, &message);
}

/* The parent's notarization or finalization, if it is still held. */
static bool parent_certificate(struct consensus *c, const struct held *held,
                               Bitcraps__Certificate *certificate,
                               uint8_t signatures[static SEATS_MAX * SIGNATURE_SIZE])
{
    struct tally *t = parts_tally(c, held->header.parent_view);
    if (t == NULL || held->header.parent_view == 0)
        return false;
    static const enum vote_type order[] = {VOTE_FINALIZE, VOTE_NOTARIZE};
    for (unsigned i = 0; i < 2; i++) {
        const struct digest *digest = tally_complete(t, order[i]);
        if (digest == NULL || memcmp(digest->bytes, held->header.parent.bytes, DIGEST_SIZE) != 0)
            continue;
        *certificate =
            tally_certificate(t, c->config.epoch, c->electorate.quorum, order[i], signatures);
        return true;
    }
    return false;
}

void parts_emit_body(struct consensus *c, struct outbox *out, uint32_t kind, uint32_t target,
                     const struct held *held)
{
    _Alignas(16) uint8_t memory[PARTS_BLOCK_ARENA];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *unpacked;
    CHECK(frame_unpack(&bitcraps__block__descriptor, chain_packed(&c->chain, held), &arena,
                       &unpacked) == FRAME_OK);
    Bitcraps__Block *block = (Bitcraps__Block *)(uintptr_t)unpacked;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    if (!held->signed_by_leader) {
        Bitcraps__Blocks blocks = BITCRAPS__BLOCKS__INIT;
        blocks.n_blocks = 1;
        blocks.blocks = &block;
        message.kind_case = BITCRAPS__MESSAGE__KIND_BLOCKS;
        message.blocks = &blocks;
        parts_emit(out, kind, target, &message);
        return;
    }
    uint8_t signatures[SEATS_MAX * SIGNATURE_SIZE];
    struct signature signature = held->signature;
    Bitcraps__Certificate parent;
    Bitcraps__Proposal proposal = BITCRAPS__PROPOSAL__INIT;
    proposal.block = block;
    proposal.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature.bytes};
    proposal.parent = parent_certificate(c, held, &parent, signatures) ? &parent : NULL;
    message.kind_case = BITCRAPS__MESSAGE__KIND_PROPOSAL;
    message.proposal = &proposal;
    parts_emit(out, kind, target, &message);
}

void parts_record_body(struct consensus *c, struct outbox *out, struct held *held)
{
    if (held->recorded)
        return;
    held->recorded = true;
    parts_emit_body(c, out, CONSENSUS_EFFECT_RECORD, TARGET_ALL, held);
}

void parts_record_certificate(struct consensus *c, struct outbox *out, struct tally *t,
                              enum vote_type type)
{
    if (t->recorded[type - 1])
        return;
    t->recorded[type - 1] = true;
    parts_emit_certificate(c, out, CONSENSUS_EFFECT_RECORD, TARGET_ALL, t, type);
}

void parts_record_entry(struct consensus *c, struct outbox *out, uint64_t view)
{
    struct tally *t = view > 1 ? parts_tally(c, view - 1) : NULL;
    if (t == NULL)
        return;
    static const enum vote_type order[] = {VOTE_FINALIZE, VOTE_NOTARIZE, VOTE_NULLIFY};
    for (unsigned i = 0; i < VOTE_TYPES; i++) {
        if (t->complete[order[i] - 1] == TALLY_NONE)
            continue;
        parts_record_certificate(c, out, t, order[i]);
        return;
    }
}
