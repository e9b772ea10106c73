/* SPDX-License-Identifier: MIT */
#include "consensus/consensus.h"

#include "base/check.h"
#include "base/wire.h"
#include "consensus/parts.h"
#include "frame/frame.h"

#include <sodium.h>

/* A vote that decides nothing more is still verified this often: its seat is alive. */
#define HEARD_MSEC 1000
/* STATUSes of who was late, so that answers may be lost. */
#define HURRY 6

void consensus_init(struct consensus *c, const struct consensus_config *config, msec now)
{
    CHECK(config->seats >= 1 && config->seats <= SEATS_MAX);
    CHECK(config->self < config->seats || config->self == CONSENSUS_OBSERVER);
    memset(c, 0, sizeof *c);
    c->config = *config;
    c->electorate = (struct electorate){
        .instance = config->instance,
        .epoch = config->epoch,
        .seats = config->seats,
        .quorum = vote_quorum(config->seats),
    };
    memcpy(c->electorate.keys, config->keys, sizeof c->electorate.keys);
    c->faulty_max = (config->seats - 1) / 3;
    c->view = 1;
    c->entered = now;
    c->working_since = MSEC_NEVER;
    c->base = config->genesis;
    for (unsigned i = 0; i < VIEWS_MAX; i++)
        tally_clear(&c->tallies[i], i);
    chain_init(&c->chain, &config->genesis);
    c->chain.final_height = config->genesis_height;
    c->chain.final_time = config->genesis_time;
    c->fetch_height = config->genesis_height;
    c->fetch_tip = config->genesis;
    c->status_interval = parts_pull_interval(c);
    c->status_next = MSEC_NEVER;
    c->fetch_next = MSEC_NEVER;
    c->recover_next = MSEC_NEVER;
    c->status_last = now - parts_pull_interval(c);
    for (unsigned i = 0; i < SEATS_MAX; i++) {
        c->answered[i] = now - parts_pull_interval(c);
        c->answered_blocks[i] = c->answered[i];
        c->answered_recover[i] = c->answered[i];
    }
    c->deadline = now;
}

struct tally *parts_tally(struct consensus *c, uint64_t view)
{
    if (view < c->base_view || view - c->base_view >= VIEWS_MAX)
        return NULL;
    struct tally *t = &c->tallies[view % VIEWS_MAX];
    if (t->view != view)
        tally_clear(t, view);
    return t;
}

static bool same_digest(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

bool parts_notarized(struct consensus *c, uint64_t view, const struct digest *digest)
{
    if (view == c->base_view)
        return same_digest(digest, &c->base);
    struct tally *t = parts_tally(c, view);
    if (t == NULL)
        return false;
    const struct digest *notarized = tally_complete(t, VOTE_NOTARIZE);
    return notarized != NULL && same_digest(notarized, digest);
}

bool parts_nullified(struct consensus *c, uint64_t view)
{
    struct tally *t = parts_tally(c, view);
    return t != NULL && tally_complete(t, VOTE_NULLIFY) != NULL;
}

void parts_raise_base(struct consensus *c, uint64_t view, const struct digest *digest)
{
    if (view <= c->base_view)
        return;
    c->base_view = view;
    c->base = *digest;
    c->nullified = 0;
    if (c->view_seen < view)
        c->view_seen = view;
}

static void raise_base_if_final(struct consensus *c, struct tally *t)
{
    const struct digest *final = tally_complete(t, VOTE_FINALIZE);
    if (final == NULL)
        return;
    const struct digest digest = *final;
    parts_raise_base(c, t->view, &digest);
}

/* A valid signature of ours: do we know that we made it? If not, our log is not all of it. (1.9) */
static void meet_own_vote(struct consensus *c, const struct tally *t, enum vote_type type,
                          const struct digest *digest)
{
    const unsigned self = c->config.self;
    if (t == NULL || !t->own[type - 1]) {
        c->amnesiac = true;
        return;
    }
    if ((t->seats[type - 1] >> self & 1) != 0 &&
        !same_digest(&t->digests[t->digest_of[type - 1][self]], digest))
        c->amnesiac = true;
}

/* What a seat is told when it asks after a restart, long after the view is over. */
static void remember_vote(struct consensus *c, enum vote_type type, uint64_t view, unsigned seat,
                          const struct digest *digest, const struct signature *signature)
{
    struct last_vote *last = &c->last_votes[seat][type - 1];
    if (view > last->view)
        *last = (struct last_vote){.view = view, .digest = *digest, .signature = *signature};
}

static void count(struct consensus *c, msec now, struct tally *t, unsigned seat)
{
    if (c->view_seen < t->view)
        c->view_seen = t->view;
    c->last_heard[seat] = now;
    raise_base_if_final(c, t);
}

bool parts_add_vote(struct consensus *c, msec now, enum vote_type type, uint64_t view,
                    const struct digest *digest, unsigned seat, const struct signature *signature,
                    bool trusted)
{
    if (trusted && seat == c->config.self)
        remember_vote(c, type, view, seat, digest, signature);
    if (view <= c->base_view)
        return true;
    struct tally *t = parts_tally(c, view);
    if (t == NULL) {
        c->curious = true;
        return true;
    }
    if (tally_holds(t, type, seat, digest, signature))
        return true;
    if (!trusted) {
        if (t->complete[type - 1] != TALLY_NONE && seat != c->config.self &&
            c->last_heard[seat] != 0 && now - c->last_heard[seat] < HEARD_MSEC)
            return true;
        c->counters.signatures_verified++;
        if (!vote_valid(&c->electorate, &c->config.crypto, type, view, digest, seat, signature))
            return false;
        if (seat == c->config.self)
            meet_own_vote(c, t, type, digest);
    }
    if (seat == c->config.self)
        t->own[type - 1] = true;
    else
        remember_vote(c, type, view, seat, digest, signature);
    if (tally_add(t, c->conflicts, c->electorate.quorum, type, seat, digest, signature) ==
        TALLY_CONFLICT)
        c->counters.votes_conflicting++;
    count(c, now, t, seat);
    return true;
}

/* Verifies those signatures of a certificate that are not held already. t may be NULL. */
static bool verify_certificate(struct consensus *c, const struct tally *t,
                               const Bitcraps__Certificate *certificate)
{
    const enum vote_type type = (enum vote_type)certificate->type;
    const struct digest digest = certificate_digest(certificate);
    unsigned index = 0;
    for (unsigned seat = 0; seat < c->config.seats; seat++) {
        if ((certificate->bitmap >> seat & 1) == 0)
            continue;
        const struct signature signature = certificate_signature(certificate, index++);
        if (t != NULL && tally_holds(t, type, seat, &digest, &signature))
            continue;
        c->counters.signatures_verified++;
        if (!vote_valid(&c->electorate, &c->config.crypto, type, certificate->view, &digest, seat,
                        &signature))
            return false;
    }
    return true;
}

static void count_certificate(struct consensus *c, msec now, struct tally *t,
                              const Bitcraps__Certificate *certificate, bool trusted)
{
    const enum vote_type type = (enum vote_type)certificate->type;
    const struct digest digest = certificate_digest(certificate);
    unsigned index = 0;
    for (unsigned seat = 0; seat < c->config.seats; seat++) {
        if ((certificate->bitmap >> seat & 1) == 0)
            continue;
        const struct signature signature = certificate_signature(certificate, index++);
        if (seat == c->config.self) {
            if (!trusted)
                meet_own_vote(c, t, type, &digest);
            t->own[type - 1] = true;
        } else {
            remember_vote(c, type, t->view, seat, &digest, &signature);
        }
        if (tally_put(t, c->conflicts, c->electorate.quorum, type, seat, &digest, &signature) ==
            TALLY_CONFLICT)
            c->counters.votes_conflicting++;
        count(c, now, t, seat);
    }
    if (trusted && t->complete[type - 1] != TALLY_NONE)
        t->recorded[type - 1] = true;
}

/* A finalization below the highest one known: of a block on the way there that we fetched. */
static bool finalize_on_the_way(struct consensus *c, const Bitcraps__Certificate *certificate,
                                bool trusted, struct outbox *out)
{
    const struct digest digest = certificate_digest(certificate);
    struct held *held = chain_find(&c->chain, &digest);
    if (held == NULL || held->state != HELD_VALID || held->header.view != certificate->view)
        return true;
    if (!trusted && !verify_certificate(c, NULL, certificate))
        return false;
    parts_finalize(c, held, certificate, out);
    return true;
}

bool parts_add_certificate(struct consensus *c, msec now, const Bitcraps__Certificate *certificate,
                           bool strict, bool trusted, struct outbox *out)
{
    if (!certificate_well_formed(&c->electorate, certificate))
        return false;
    const enum vote_type type = (enum vote_type)certificate->type;
    const struct digest digest = certificate_digest(certificate);
    const uint64_t view = certificate->view;
    if (type == VOTE_FINALIZE && view > c->chain.final_view && view < c->base_view)
        return finalize_on_the_way(c, certificate, trusted, out);
    struct tally *t = parts_tally(c, view);
    if (t == NULL && (view < c->base_view || type != VOTE_FINALIZE)) {
        if (view > c->base_view)
            c->curious = true;
        return !strict || verify_certificate(c, NULL, certificate);
    }
    const struct digest *known = t == NULL ? NULL : tally_complete(t, type);
    if (known != NULL)
        return !strict || verify_certificate(c, t, certificate);
    if (!trusted && !verify_certificate(c, t, certificate))
        return false;
    if (t == NULL) {
        parts_raise_base(c, view, &digest);
        t = parts_tally(c, view);
    }
    count_certificate(c, now, t, certificate, trusted);
    return true;
}

/* BLAKE2b-256 over the packed certificates, each preceded by its size; false: one is malformed. */
static bool skip_root(struct consensus *c, Bitcraps__Certificate **skips, size_t count_of,
                      struct digest *out)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    for (size_t i = 0; i < count_of; i++) {
        uint8_t packed[4 + 64 + SEATS_MAX * SIGNATURE_SIZE + DIGEST_SIZE];
        if (!certificate_well_formed(&c->electorate, skips[i]))
            return false;
        struct writer w = writer_on(packed, sizeof packed);
        write_u32(&w, (uint32_t)frame_packed_size(&skips[i]->base));
        CHECK(frame_pack(&skips[i]->base, &w));
        crypto_generichash_update(&state, packed, w.used);
    }
    crypto_generichash_final(&state, out->bytes, DIGEST_SIZE);
    return true;
}

bool parts_read_block(struct consensus *c, const Bitcraps__Block *block, struct parts_block *read)
{
    struct block_header *header = &read->header;
    if (!block_header_decode((struct bytes){block->header.data, block->header.len}, header))
        return false;
    read->block = block;
    block_digest(block->header.data, &read->digest);
    if (!same_digest(&header->instance, &c->config.instance) || header->epoch != c->config.epoch ||
        header->view <= header->parent_view || header->height == 0 ||
        block->payload.len > BLOCK_SIZE_MAX || block->n_skips > VIEWS_MAX)
        return false;
    struct digest root;
    crypto_generichash(root.bytes, DIGEST_SIZE, block->payload.data, block->payload.len, NULL, 0);
    if (!same_digest(&root, &header->payload_root))
        return false;
    if (!skip_root(c, block->skips, block->n_skips, &root) ||
        !same_digest(&root, &header->skip_root))
        return false;
    read->skips_match = block->n_skips == header->view - header->parent_view - 1;
    for (size_t i = 0; i < block->n_skips; i++)
        if (block->skips[i]->type != VOTE_NULLIFY ||
            block->skips[i]->view != header->parent_view + 1 + i)
            read->skips_match = false;
    return frame_packed_size(&block->base) + SEATS_MAX * SIGNATURE_SIZE + 256 <= MESSAGE_SIZE_MAX;
}

void parts_release(struct consensus *c, struct held *held)
{
    chain_release(&c->chain, held);
    for (bool again = true; again;) {
        again = false;
        for (unsigned i = 0; i < BLOCKS_MAX; i++) {
            struct held *child = &c->chain.held[i];
            if (child->state != HELD_VALID || parts_has_parent(c, child))
                continue;
            c->chain.slot_used[child->slot] = false;
            child->state = HELD_APART;
            again = true;
        }
    }
}

/* Whether a block is on the chain that is being fetched. */
static bool on_the_way(struct consensus *c, const struct held *block)
{
    struct held *at = chain_find(&c->chain, &c->fetch_tip);
    while (at != NULL && at != block)
        at = chain_find(&c->chain, &at->header.parent);
    return at != NULL;
}

/* How easily a held block is missed; 0: it stays. */
static unsigned dispensable(struct consensus *c, const struct held *held, bool fetching)
{
    const struct block_header *header = &held->header;
    if (held->state == HELD_NOTHING || same_digest(&held->digest, &c->base))
        return 0;
    if (held->state == HELD_INVALID && header->view < c->view)
        return 4;
    if (header->view <= c->base_view)
        return on_the_way(c, held) ? 0 : 3;
    if (header->view != c->view && !parts_notarized(c, header->view, &held->digest))
        return 2;
    return fetching ? 1 : 0;
}

/* Releases the most dispensable block, the oldest of those; false: there is none. */
static bool make_room(struct consensus *c, bool fetching)
{
    struct held *victim = NULL;
    unsigned most = 0;
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        struct held *held = &c->chain.held[i];
        const unsigned rank = dispensable(c, held, fetching);
        if (rank > most || (rank == most && rank > 0 && held->header.view < victim->header.view)) {
            victim = held;
            most = rank;
        }
    }
    if (victim == NULL)
        return false;
    parts_release(c, victim);
    return true;
}

struct held *parts_hold(struct consensus *c, const struct parts_block *read, bool fetching)
{
    struct writer w = writer_on(c->scratch, MESSAGE_SIZE_MAX);
    CHECK(frame_pack(&read->block->base, &w));
    /* Canonical: tag and size of the header, then tag and size of the payload. */
    const size_t payload_size = read->block->payload.len;
    size_t start = 1 + 2 + BLOCK_HEADER_SIZE + 1 + 1;
    for (size_t rest = payload_size >> 7; rest > 0; rest >>= 7)
        start++;
    const struct bytes payload = {payload_size == 0 ? NULL : c->scratch + start, payload_size};
    for (;;) {
        struct held *held =
            chain_hold(&c->chain, &read->digest, &read->header, written(&w), payload);
        if (held != NULL) {
            if (!read->skips_match)
                held->state = HELD_INVALID;
            return held;
        }
        if (!make_room(c, fetching)) {
            c->counters.blocks_without_room++;
            return NULL;
        }
    }
}

static bool read_signature(const ProtobufCBinaryData *data, struct signature *out)
{
    if (data->len != SIGNATURE_SIZE)
        return false;
    memcpy(out->bytes, data->data, SIGNATURE_SIZE);
    return true;
}

static bool receive_vote(struct consensus *c, msec now, const Bitcraps__Vote *vote, bool trusted)
{
    struct signature signature;
    struct digest digest = {{0}};
    if (vote->type < VOTE_NOTARIZE || vote->type > VOTE_FINALIZE ||
        vote->epoch != c->config.epoch || vote->view == 0 || vote->seat >= c->config.seats ||
        !read_signature(&vote->signature, &signature) ||
        vote->digest.len != (vote->type == VOTE_NULLIFY ? 0 : DIGEST_SIZE))
        return false;
    if (vote->type != VOTE_NULLIFY)
        memcpy(digest.bytes, vote->digest.data, DIGEST_SIZE);
    return parts_add_vote(c, now, (enum vote_type)vote->type, vote->view, &digest, vote->seat,
                          &signature, trusted);
}

/* The first body of a view is held, and later the one that its notarization names. */
static struct held *hold_proposal(struct consensus *c, const struct parts_block *read, bool trusted)
{
    struct held *held = chain_find(&c->chain, &read->digest);
    if (held != NULL)
        return held;
    /* The journal may have two, of which a certificate behind them tells which one counts. */
    for (unsigned i = 0; !trusted && i < BLOCKS_MAX; i++) {
        held = &c->chain.held[i];
        if (held->state == HELD_NOTHING || held->header.view != read->header.view)
            continue;
        if (!parts_notarized(c, read->header.view, &read->digest))
            return NULL;
        parts_release(c, held);
    }
    return parts_hold(c, read, false);
}

static bool receive_proposal(struct consensus *c, msec now, const Bitcraps__Proposal *proposal,
                             bool trusted, struct outbox *out)
{
    struct parts_block read;
    struct signature signature;
    if (proposal->block == NULL || !read_signature(&proposal->signature, &signature) ||
        !parts_read_block(c, proposal->block, &read))
        return false;
    const uint64_t view = read.header.view;
    if (view <= c->chain.final_view || (view < c->base_view && !trusted))
        return true;
    const unsigned leader = consensus_leader(c, view);
    struct tally *t = parts_tally(c, view);
    if (t == NULL && !trusted) {
        c->curious = true;
        return true;
    }
    if (!trusted && !tally_holds(t, VOTE_NOTARIZE, leader, &read.digest, &signature)) {
        c->counters.signatures_verified++;
        if (!vote_valid(&c->electorate, &c->config.crypto, VOTE_NOTARIZE, view, &read.digest,
                        leader, &signature))
            return false;
        if (leader == c->config.self && view > c->base_view)
            meet_own_vote(c, t, VOTE_NOTARIZE, &read.digest);
    }
    parts_add_vote(c, now, VOTE_NOTARIZE, view, &read.digest, leader, &signature, true);
    if (proposal->parent != NULL &&
        !parts_add_certificate(c, now, proposal->parent, false, trusted, out))
        return false;
    bool justified = read.skips_match;
    for (size_t i = 0; i < proposal->block->n_skips; i++)
        justified =
            parts_add_certificate(c, now, proposal->block->skips[i], true, false, out) && justified;
    struct held *held = hold_proposal(c, &read, trusted);
    if (held == NULL)
        return true;
    held->signed_by_leader = true;
    held->signature = signature;
    held->recorded = held->recorded || trusted;
    if (justified)
        held->justified = true;
    else if (held->state == HELD_APART)
        held->state = HELD_INVALID;
    return true;
}

static bool receive(struct consensus *c, msec now, const Bitcraps__Message *message,
                    struct outbox *out)
{
    switch (message->kind_case) {
    case BITCRAPS__MESSAGE__KIND_VOTE:
        return receive_vote(c, now, message->vote, false);
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
        return parts_add_certificate(c, now, message->certificate, false, false, out);
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
        return receive_proposal(c, now, message->proposal, false, out);
    case BITCRAPS__MESSAGE__KIND_STATUS:
        parts_receive_status(c, now, message->status, out);
        return true;
    case BITCRAPS__MESSAGE__KIND_BLOCKS:
        return parts_receive_blocks(c, now, message->blocks, out);
    case BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST:
        parts_receive_blocks_request(c, now, message->blocks_request, out);
        return true;
    case BITCRAPS__MESSAGE__KIND_RECOVER:
        return parts_receive_recover(c, now, message->recover, out);
    case BITCRAPS__MESSAGE__KIND_RECOVERED:
        return parts_receive_recovered(c, now, message->recovered, out);
    case BITCRAPS__MESSAGE__KIND_ACTION:
    case BITCRAPS__MESSAGE__KIND_PARTIAL:
    case BITCRAPS__MESSAGE__KIND_ANNOUNCE:
    case BITCRAPS__MESSAGE__KIND_SIT:
    case BITCRAPS__MESSAGE__KIND_SEATING:
    case BITCRAPS__MESSAGE__KIND_FORGOTTEN:
    case BITCRAPS__MESSAGE__KIND__NOT_SET:
    case _BITCRAPS__MESSAGE__KIND__CASE_IS_INT_SIZE:
        break;
    }
    CHECK(!"a message of consensus");
    return false;
}

bool consensus_receive(struct consensus *c, msec now, int64_t wall_clock,
                       const Bitcraps__Message *message, struct outbox *out)
{
    const bool authentic = receive(c, now, message, out);
    if (!authentic)
        c->counters.messages_refused++;
    parts_advance(c, now, wall_clock, out);
    return authentic;
}

void consensus_poke(struct consensus *c, msec now, int64_t wall_clock, struct outbox *out)
{
    parts_advance(c, now, wall_clock, out);
}

void consensus_expire(struct consensus *c, msec now, int64_t wall_clock, struct outbox *out)
{
    parts_advance(c, now, wall_clock, out);
}

msec consensus_deadline(const struct consensus *c)
{
    return c->deadline;
}

/* A body of ours from the journal that came without the leader's signature. */
static void restore_blocks(struct consensus *c, const Bitcraps__Blocks *blocks)
{
    for (size_t i = 0; i < blocks->n_blocks; i++) {
        struct parts_block read;
        if (!parts_read_block(c, blocks->blocks[i], &read) ||
            read.header.view <= c->chain.final_view)
            continue;
        struct held *held = chain_find(&c->chain, &read.digest);
        if (held == NULL)
            held = parts_hold(c, &read, true);
        if (held != NULL)
            held->recorded = true;
    }
}

void consensus_restore(struct consensus *c, const Bitcraps__Message *record)
{
    const msec now = c->entered;
    switch (record->kind_case) {
    case BITCRAPS__MESSAGE__KIND_VOTE:
        receive_vote(c, now, record->vote, true);
        break;
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
        parts_add_certificate(c, now, record->certificate, false, true, NULL);
        break;
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
        receive_proposal(c, now, record->proposal, true, NULL);
        break;
    case BITCRAPS__MESSAGE__KIND_BLOCKS:
        restore_blocks(c, record->blocks);
        break;
    case BITCRAPS__MESSAGE__KIND_STATUS:
    case BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST:
    case BITCRAPS__MESSAGE__KIND_RECOVER:
    case BITCRAPS__MESSAGE__KIND_RECOVERED:
    case BITCRAPS__MESSAGE__KIND_ACTION:
    case BITCRAPS__MESSAGE__KIND_PARTIAL:
    case BITCRAPS__MESSAGE__KIND_ANNOUNCE:
    case BITCRAPS__MESSAGE__KIND_SIT:
    case BITCRAPS__MESSAGE__KIND_SEATING:
    case BITCRAPS__MESSAGE__KIND_FORGOTTEN:
    case BITCRAPS__MESSAGE__KIND__NOT_SET:
    case _BITCRAPS__MESSAGE__KIND__CASE_IS_INT_SIZE:
        return;
    }
    parts_advance(c, now, 0, NULL);
}

void consensus_resume(struct consensus *c, msec now, const uint8_t nonce[static 16],
                      struct outbox *out)
{
    memcpy(c->nonce, nonce, sizeof c->nonce);
    c->entered = now;
    memset(c->last_heard, 0, sizeof c->last_heard);
    c->recovered = seat_bit(c->config.self);
    c->recovering = c->electorate.quorum > 1;
    if (c->recovering)
        parts_send_recover(c, now, out);
    for (uint64_t view = c->base_view + 1; view <= c->view_seen; view++) {
        struct tally *t = parts_tally(c, view);
        if (t == NULL)
            break;
        for (unsigned type = VOTE_NOTARIZE; type <= VOTE_FINALIZE; type++)
            if (t->own[type - 1] && (t->seats[type - 1] >> c->config.self & 1) != 0)
                parts_emit_vote(c, out, CONSENSUS_EFFECT_SEND, TARGET_ALL, t, (enum vote_type)type,
                                c->config.self);
    }
    parts_send_status(c, now, out);
    c->deadline = now;
}

uint64_t consensus_view(const struct consensus *c)
{
    return c->view;
}

uint64_t consensus_final_height(const struct consensus *c)
{
    return c->chain.final_height;
}

uint64_t consensus_height_ahead(const struct consensus *c)
{
    uint64_t highest = c->chain.final_height;
    for (unsigned seat = 0; seat < c->config.seats; seat++) {
        unsigned supporters = 0;
        for (unsigned other = 0; other < c->config.seats; other++)
            supporters += other != c->config.self && c->heights[other] >= c->heights[seat];
        if (seat != c->config.self && supporters > c->faulty_max && c->heights[seat] > highest)
            highest = c->heights[seat];
    }
    return highest;
}

bool consensus_may_sign(const struct consensus *c)
{
    return !c->recovering && !c->amnesiac && !c->closed && c->config.self != CONSENSUS_OBSERVER;
}

void consensus_close(struct consensus *c)
{
    c->closed = true;
}

void consensus_silence(struct consensus *c)
{
    c->amnesiac = true;
    c->recovering = false;
    c->config.self = CONSENSUS_OBSERVER;
}

uint64_t consensus_wanted_above(struct consensus *c)
{
    if (!c->fetch_progress || c->fetch_height < c->chain.final_height) {
        c->fetch_height = c->chain.final_height;
        c->fetch_tip = c->chain.final;
    }
    c->fetch_progress = false;
    c->fetch_outside = true;
    return c->fetch_height;
}

void consensus_ask(struct consensus *c)
{
    c->fetch_outside = false;
}

bool consensus_fetches(const struct consensus *c)
{
    return c->fetch_progress;
}

bool consensus_lags(const struct consensus *c)
{
    return c->base_view != c->chain.final_view;
}

void consensus_hurry(struct consensus *c)
{
    c->curious = true;
    c->hurry = HURRY;
}

void consensus_tell(struct consensus *c, msec now, struct outbox *out)
{
    parts_send_status(c, now, out);
}

unsigned consensus_leader(const struct consensus *c, uint64_t view)
{
    const uint64_t n = c->config.seats;
    return (unsigned)((view % n + c->config.leader_offset % n) % n);
}

size_t consensus_final_certificate(struct consensus *c, uint8_t *certificate, size_t size_max)
{
    if (c->base_view == 0 || c->base_view != c->chain.final_view)
        return 0;
    struct tally *t = parts_tally(c, c->base_view);
    if (tally_complete(t, VOTE_FINALIZE) == NULL)
        return 0;
    uint8_t signatures[SEATS_MAX * SIGNATURE_SIZE];
    Bitcraps__Certificate packed =
        tally_certificate(t, c->config.epoch, c->electorate.quorum, VOTE_FINALIZE, signatures);
    struct writer w = writer_on(certificate, size_max);
    return frame_pack(&packed.base, &w) ? w.used : 0;
}
