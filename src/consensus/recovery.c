/* SPDX-License-Identifier: MIT */
/*
 * Restart (1.9): a seat asks the others, with a fresh nonce, what they hold of its signatures. Only
 * when a quorum, itself included, has answered does it sign anything new; a signed statement that
 * its own log lacks shows that the log is not all of it, and then it never signs again.
 */
#include "base/check.h"
#include "base/wire.h"
#include "consensus/parts.h"

#define STATEMENT_MAX 64

static struct bytes statement(const struct consensus *c, const char magic[static 5], unsigned seat,
                              const unsigned *asker, const uint8_t nonce[static 16],
                              uint8_t memory[static STATEMENT_MAX])
{
    struct writer w = writer_on(memory, STATEMENT_MAX);
    write_bytes(&w, magic, 4);
    write_bytes(&w, c->config.instance.bytes, DIGEST_SIZE);
    write_u64(&w, c->config.epoch);
    write_u8(&w, (uint8_t)seat);
    if (asker != NULL)
        write_u8(&w, (uint8_t)*asker);
    write_bytes(&w, nonce, 16);
    CHECK(!w.failed);
    return written(&w);
}

static bool verify(struct consensus *c, unsigned seat, struct bytes signed_bytes,
                   const ProtobufCBinaryData *data)
{
    struct signature signature;
    if (data->len != SIGNATURE_SIZE)
        return false;
    memcpy(signature.bytes, data->data, SIGNATURE_SIZE);
    c->counters.signatures_verified++;
    return c->config.crypto.verify(c->config.crypto.context, &c->electorate.keys[seat],
                                   signed_bytes, &signature);
}

void parts_send_recover(struct consensus *c, msec now, struct outbox *out)
{
    uint8_t memory[STATEMENT_MAX];
    struct signature signature;
    c->config.crypto.sign(c->config.crypto.context,
                          statement(c, "BCrq", c->config.self, NULL, c->nonce, memory), &signature);
    Bitcraps__Recover recover = BITCRAPS__RECOVER__INIT;
    recover.epoch = c->config.epoch;
    recover.seat = c->config.self;
    recover.nonce = (ProtobufCBinaryData){sizeof c->nonce, c->nonce};
    recover.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature.bytes};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_RECOVER;
    message.recover = &recover;
    parts_emit(out, CONSENSUS_EFFECT_SEND, TARGET_ALL, &message);
    c->recover_next = now + 2 * parts_pull_interval(c);
}

/* The asker's highest vote of a type that was ever counted here. */
static bool highest_vote(struct consensus *c, enum vote_type type, unsigned seat,
                         Bitcraps__Vote *vote)
{
    struct last_vote *last = &c->last_votes[seat][type - 1];
    if (last->view == 0)
        return false;
    *vote = (Bitcraps__Vote)BITCRAPS__VOTE__INIT;
    vote->type = type;
    vote->epoch = c->config.epoch;
    vote->view = last->view;
    if (type != VOTE_NULLIFY)
        vote->digest = (ProtobufCBinaryData){DIGEST_SIZE, last->digest.bytes};
    vote->seat = seat;
    vote->signature = (ProtobufCBinaryData){SIGNATURE_SIZE, last->signature.bytes};
    return true;
}

bool parts_receive_recover(struct consensus *c, msec now, const Bitcraps__Recover *recover,
                           struct outbox *out)
{
    const uint32_t asker = recover->seat;
    if (recover->epoch != c->config.epoch || asker >= c->config.seats || recover->nonce.len != 16)
        return false;
    if (c->config.self == CONSENSUS_OBSERVER)
        return true;
    if (asker == c->config.self || now - c->answered_recover[asker] < parts_pull_interval(c) / 2)
        return true;
    uint8_t memory[STATEMENT_MAX];
    if (!verify(c, asker, statement(c, "BCrq", asker, NULL, recover->nonce.data, memory),
                &recover->signature))
        return false;
    c->last_heard[asker] = now;
    c->answered_recover[asker] = now;

    Bitcraps__Vote votes[VOTE_TYPES];
    Bitcraps__Vote *pointers[VOTE_TYPES];
    Bitcraps__Recovered answer = BITCRAPS__RECOVERED__INIT;
    answer.epoch = c->config.epoch;
    answer.seat = c->config.self;
    answer.asker = asker;
    answer.nonce = recover->nonce;
    answer.votes = pointers;
    for (unsigned type = VOTE_NOTARIZE; type <= VOTE_FINALIZE; type++) {
        if (!highest_vote(c, (enum vote_type)type, asker, &votes[answer.n_votes]))
            continue;
        pointers[answer.n_votes] = &votes[answer.n_votes];
        answer.n_votes++;
    }
    const struct consensus_application *application = &c->config.application;
    const struct bytes action = application->last_action(application->context, asker);
    answer.action = (ProtobufCBinaryData){action.size, (uint8_t *)(uintptr_t)action.at};
    uint8_t signatures[SEATS_MAX * SIGNATURE_SIZE];
    Bitcraps__Certificate finalization;
    struct tally *base = parts_tally(c, c->base_view);
    if (c->base_view > 0 && tally_complete(base, VOTE_FINALIZE) != NULL) {
        finalization = tally_certificate(base, c->config.epoch, c->electorate.quorum, VOTE_FINALIZE,
                                         signatures);
        answer.finalization = &finalization;
    }
    struct signature signature;
    c->config.crypto.sign(c->config.crypto.context,
                          statement(c, "BCra", c->config.self, &asker, recover->nonce.data, memory),
                          &signature);
    answer.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature.bytes};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_RECOVERED;
    message.recovered = &answer;
    parts_emit(out, CONSENSUS_EFFECT_SEND, asker, &message);
    return true;
}

/* A vote of ours that another seat saw: our log must have it, or a higher one of its type. */
static void meet_vote(struct consensus *c, const Bitcraps__Vote *vote)
{
    const unsigned self = c->config.self;
    struct digest digest = {{0}};
    if (vote->type < VOTE_NOTARIZE || vote->type > VOTE_FINALIZE || vote->seat != self ||
        vote->epoch != c->config.epoch ||
        vote->digest.len != (vote->type == VOTE_NULLIFY ? 0 : DIGEST_SIZE))
        return;
    const enum vote_type type = (enum vote_type)vote->type;
    const struct last_vote *last = &c->last_votes[self][type - 1];
    if (type != VOTE_NULLIFY)
        memcpy(digest.bytes, vote->digest.data, DIGEST_SIZE);
    if (vote->view < last->view ||
        (vote->view == last->view && memcmp(last->digest.bytes, digest.bytes, DIGEST_SIZE) == 0))
        return;
    uint8_t signed_bytes[VOTE_STATEMENT_SIZE];
    vote_statement(&c->electorate, type, vote->view, &digest, signed_bytes);
    if (!verify(c, self, (struct bytes){signed_bytes, sizeof signed_bytes}, &vote->signature))
        return;
    c->amnesiac = true;
}

bool parts_receive_recovered(struct consensus *c, msec now, const Bitcraps__Recovered *recovered,
                             struct outbox *out)
{
    const uint32_t seat = recovered->seat;
    const unsigned self = c->config.self;
    if (recovered->asker != self)
        return true;
    if (recovered->epoch != c->config.epoch || seat >= c->config.seats || seat == self ||
        recovered->nonce.len != sizeof c->nonce)
        return false;
    if (memcmp(recovered->nonce.data, c->nonce, sizeof c->nonce) != 0)
        return true;
    uint8_t memory[STATEMENT_MAX];
    if (!verify(c, seat, statement(c, "BCra", seat, &self, c->nonce, memory),
                &recovered->signature))
        return false;
    c->last_heard[seat] = now;
    /* Before the first new vote: what is over is known to be over. */
    if (recovered->finalization != NULL &&
        !parts_add_certificate(c, now, recovered->finalization, false, false, out))
        return false;
    for (size_t i = 0; i < recovered->n_votes; i++)
        meet_vote(c, recovered->votes[i]);
    const struct consensus_application *application = &c->config.application;
    if (recovered->action.len > 0 &&
        !application->knows_action(application->context,
                                   (struct bytes){recovered->action.data, recovered->action.len}))
        c->amnesiac = true;
    c->recovered |= seat_bit(seat);
    if ((unsigned)__builtin_popcountll(c->recovered) >= c->electorate.quorum)
        c->recovering = false;
    return true;
}
