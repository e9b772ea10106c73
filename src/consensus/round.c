/* SPDX-License-Identifier: MIT */
/*
 * One pass: execute what can be executed, make final, enter views, vote, propose. The numbers are
 * those of the rules: enter 1.2, quiescence 1.3, propose 1.4, notarize 1.5, nullify 1.6, finalize
 * 1.7, persist before send 1.9, validity 1.10.
 */
#include "base/check.h"
#include "base/wire.h"
#include "consensus/parts.h"
#include "frame/frame.h"

#include <sodium.h>

/* D_v grows by half for each view nullified since the last finalization, at most so often. (1.2) */
#define DELAY_GROWTHS_MAX 12
/* So many views may be open in the usual course of things: finality follows notarization. */
#define OPEN_VIEWS 4
/* A block's leader time is at most this much above its parent's. (1.10) */
#define TIME_STEP_MAX (INT64_C(3600) * 1000)
/* The first block's time has no parent to be measured by. */
#define TIME_FIRST_MAX (INT64_C(1) << 48)

/* What this pass knows of the work there is. */
struct round {
    msec now;
    int64_t wall_clock;
    struct outbox *out;
    enum consensus_work work; /* On top of the tip. */
    bool unfinished;          /* A notarized block that is not empty is not final. */
    bool busy;
};

msec parts_delay(const struct consensus *c)
{
    /* Views that are notarized one after the other and never final are a sign of haste, too. */
    const uint64_t open = c->view - c->base_view - 1;
    const uint64_t hasty = open > c->nullified + OPEN_VIEWS ? open - c->nullified - OPEN_VIEWS : 0;
    msec delay = c->config.delay;
    for (uint64_t i = 0; i < c->nullified + hasty && i < DELAY_GROWTHS_MAX; i++)
        delay += delay / 2;
    return delay;
}

static bool same_digest(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

/* ---- Blocks become valid ---- */

struct parent {
    struct digest digest;
    uint64_t view;
    uint64_t height;
    int64_t time;
    unsigned slot;
};

static struct parent final_parent(const struct consensus *c)
{
    return (struct parent){c->chain.final, c->chain.final_view, c->chain.final_height,
                           c->chain.final_time, c->chain.final_slot};
}

static struct parent held_parent(const struct held *held)
{
    return (struct parent){held->digest, held->header.view, held->header.height, held->header.time,
                           held->slot};
}

/* The valid parent of a block, if it is there. */
static bool find_parent(struct consensus *c, const struct digest *digest, struct parent *parent)
{
    if (same_digest(digest, &c->chain.final)) {
        *parent = final_parent(c);
        return true;
    }
    const struct held *held = chain_find(&c->chain, digest);
    if (held == NULL || held->state != HELD_VALID)
        return false;
    *parent = held_parent(held);
    return true;
}

bool parts_has_parent(struct consensus *c, const struct held *held)
{
    struct parent parent;
    return find_parent(c, &held->header.parent, &parent);
}

static bool header_follows(const struct block_header *header, const struct parent *parent,
                           const struct digest *state_root)
{
    const int64_t time_max = parent->height == 0 ? TIME_FIRST_MAX : parent->time + TIME_STEP_MAX;
    return header->parent_view == parent->view && header->height == parent->height + 1 &&
           same_digest(&header->state_root, state_root) && header->time > parent->time &&
           header->time <= time_max;
}

/* Executes a block on its valid parent. (1.10) */
static void execute(struct consensus *c, struct held *held, const struct parent *parent)
{
    const struct consensus_application *application = &c->config.application;
    struct digest root;
    application->root(application->context, parent->slot, &root);
    const unsigned slot = chain_take_slot(&c->chain);
    if (header_follows(&held->header, parent, &root) &&
        application->execute(application->context, parent->slot, slot, &held->header, &held->digest,
                             chain_payload(&c->chain, held))) {
        held->state = HELD_VALID;
        held->slot = slot;
        return;
    }
    c->chain.slot_used[slot] = false;
    held->state = HELD_INVALID;
    c->counters.blocks_invalid++;
}

bool parts_link(struct consensus *c)
{
    bool any = false;
    for (bool again = true; again;) {
        again = false;
        for (unsigned i = 0; i < BLOCKS_MAX; i++) {
            struct held *held = &c->chain.held[i];
            struct parent parent;
            if (held->state != HELD_APART || !find_parent(c, &held->header.parent, &parent))
                continue;
            execute(c, held, &parent);
            any = again = true;
        }
    }
    return any;
}

/* ---- Blocks become final (1.7) ---- */

/* Forgets what can never be final any more: views that are passed, children of such. */
static void purge(struct consensus *c)
{
    struct chain *chain = &c->chain;
    for (bool again = true; again;) {
        again = false;
        for (unsigned i = 0; i < BLOCKS_MAX; i++) {
            struct held *held = &chain->held[i];
            if (held->state == HELD_NOTHING)
                continue;
            const bool orphan = held->state == HELD_VALID && !parts_has_parent(c, held);
            if (held->header.view > chain->final_view && !orphan)
                continue;
            chain_release(chain, held);
            again = true;
        }
    }
}

static void finalize_one(struct consensus *c, struct held *held, struct bytes certificate)
{
    const struct consensus_application *application = &c->config.application;
    application->finalize(application->context, held->slot, &held->header, &held->digest,
                          chain_payload(&c->chain, held));
    if (application->archive_put != NULL)
        application->archive_put(application->context, held->header.height,
                                 chain_packed(&c->chain, held), certificate);
    chain_finalize(&c->chain, held, certificate);
    c->counters.blocks_finalized++;
}

void parts_finalize(struct consensus *c, struct held *held,
                    const Bitcraps__Certificate *certificate, struct outbox *out)
{
    struct held *path[BLOCKS_MAX];
    unsigned length = 0;
    for (struct held *at = held; !same_digest(&at->digest, &c->chain.final);) {
        CHECK(at->state == HELD_VALID && length < BLOCKS_MAX);
        path[length++] = at;
        if (same_digest(&at->header.parent, &c->chain.final))
            break;
        at = chain_find(&c->chain, &at->header.parent);
        /* A valid block descends from the last final one: purge releases all others. */
        CHECK(at != NULL);
    }
    uint8_t packed[64 + DIGEST_SIZE + SEATS_MAX * SIGNATURE_SIZE];
    struct writer w = writer_on(packed, sizeof packed);
    CHECK(frame_pack(&certificate->base, &w));
    if (out != NULL) {
        for (unsigned i = length; i > 0; i--)
            parts_record_body(c, out, path[i - 1]);
        Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
        message.kind_case = BITCRAPS__MESSAGE__KIND_CERTIFICATE;
        message.certificate = (Bitcraps__Certificate *)(uintptr_t)certificate;
        parts_emit(out, CONSENSUS_EFFECT_RECORD, TARGET_ALL, &message);
    }
    for (unsigned i = length; i > 0; i--)
        finalize_one(c, path[i - 1], i == 1 ? written(&w) : (struct bytes){NULL, 0});
    if (c->fetch_height < c->chain.final_height) {
        c->fetch_height = c->chain.final_height;
        c->fetch_tip = c->chain.final;
    }
    purge(c);
}

/* Applies the highest finalization known once its block is valid. */
static bool finalize_base(struct consensus *c, struct outbox *out)
{
    if (c->base_view == c->chain.final_view)
        return false;
    struct held *held = chain_find(&c->chain, &c->base);
    /* Only a quorum of liars finalizes a block in another view than its own: nothing moves then. */
    if (held == NULL || held->state != HELD_VALID || held->header.view != c->base_view)
        return false;
    struct tally *t = parts_tally(c, c->base_view);
    uint8_t signatures[SEATS_MAX * SIGNATURE_SIZE];
    Bitcraps__Certificate certificate =
        tally_certificate(t, c->config.epoch, c->electorate.quorum, VOTE_FINALIZE, signatures);
    parts_finalize(c, held, &certificate, out);
    CHECK(c->chain.final_view == c->base_view);
    if (out == NULL)
        return true;
    t->recorded[VOTE_FINALIZE - 1] = true;
    if (consensus_leader(c, c->base_view) == c->config.self)
        parts_emit_certificate(c, out, CONSENSUS_EFFECT_SEND, TARGET_ALL, t, VOTE_FINALIZE);
    return true;
}

/* ---- Views are entered (1.2) ---- */

static bool enter_views(struct consensus *c, msec now)
{
    uint64_t left = c->base_view >= c->view ? c->base_view : 0;
    bool nullified = false;
    for (uint64_t view = c->view_seen; view >= c->view && view > left; view--) {
        const struct tally *t = parts_tally(c, view);
        if (t == NULL)
            continue;
        const bool notarized = tally_complete(t, VOTE_NOTARIZE) != NULL;
        nullified = tally_complete(t, VOTE_NULLIFY) != NULL && !notarized;
        if (notarized || nullified)
            left = view;
    }
    if (left == 0)
        return false;
    c->view = left + 1;
    c->entered = now;
    if (nullified) {
        c->nullified++;
        c->counters.views_nullified++;
    }
    return true;
}

/* ---- Votes ---- */

static void cast(struct consensus *c, struct round *r, enum vote_type type, uint64_t view,
                 const struct digest *digest)
{
    static const struct digest none;
    struct tally *t = parts_tally(c, view);
    CHECK(consensus_may_sign(c) && t != NULL && !t->own[type - 1]);
    CHECK(type == VOTE_NOTARIZE || (!t->own[VOTE_NULLIFY - 1] && !t->own[VOTE_FINALIZE - 1]));
    /* The window stands on the base: without it on disk this vote could not be restored. */
    struct tally *base = parts_tally(c, c->base_view);
    if (tally_complete(base, VOTE_FINALIZE) != NULL)
        parts_record_certificate(c, r->out, base, VOTE_FINALIZE);
    parts_record_entry(c, r->out, view);
    uint8_t statement[VOTE_STATEMENT_SIZE];
    struct signature signature;
    vote_statement(&c->electorate, type, view, digest, statement);
    c->config.crypto.sign(c->config.crypto.context, (struct bytes){statement, sizeof statement},
                          &signature);
    c->counters.votes_made++;
    parts_add_vote(c, r->now, type, view, digest == NULL ? &none : digest, c->config.self,
                   &signature, true);
    CHECK(t->own[type - 1]);
}

static void send_vote(struct consensus *c, struct round *r, enum vote_type type, uint64_t view)
{
    struct tally *t = parts_tally(c, view);
    if (t == NULL || (t->seats[type - 1] >> c->config.self & 1) == 0)
        return; /* More digests than the tally has room for: the vote decides nothing. */
    parts_emit_vote(c, r->out, CONSENSUS_EFFECT_RECORD, TARGET_ALL, t, type, c->config.self);
    parts_emit_vote(c, r->out, CONSENSUS_EFFECT_SEND, TARGET_ALL, t, type, c->config.self);
}

static void nullify(struct consensus *c, struct round *r, uint64_t view)
{
    cast(c, r, VOTE_NULLIFY, view, NULL);
    send_vote(c, r, VOTE_NULLIFY, view);
}

/* Finalizes a view whose notarized block is valid here: the current one or one left. (1.7) */
static bool finalize(struct consensus *c, struct round *r, uint64_t view)
{
    struct tally *t = parts_tally(c, view);
    const struct digest *notarized = tally_complete(t, VOTE_NOTARIZE);
    if (notarized == NULL || t->own[VOTE_NULLIFY - 1] || t->own[VOTE_FINALIZE - 1])
        return false;
    const struct digest digest = *notarized;
    struct held *held = chain_find(&c->chain, &digest);
    if (held == NULL || held->state != HELD_VALID)
        return false;
    parts_record_body(c, r->out, held);
    /* Without this certificate on disk a crash could leave a FINALIZE for a block that nobody can
       show to be notarized, in a view that its seat may never NULLIFY. (1.9) */
    parts_record_certificate(c, r->out, t, VOTE_NOTARIZE);
    cast(c, r, VOTE_FINALIZE, view, &digest);
    send_vote(c, r, VOTE_FINALIZE, view);
    return true;
}

/* Joins those who nullify: f+1 others, or the leader, whose block can then not be final. (1.6) */
static bool join_nullify(struct consensus *c, struct round *r, uint64_t view)
{
    const struct tally *t = parts_tally(c, view);
    if (t->own[VOTE_NULLIFY - 1] || t->own[VOTE_FINALIZE - 1])
        return false;
    const seat_set others = t->seats[VOTE_NULLIFY - 1] & ~seat_bit(c->config.self);
    const bool leader = (others >> consensus_leader(c, view) & 1) != 0;
    if (!leader && (unsigned)__builtin_popcountll(others) < c->faulty_max + 1)
        return false;
    nullify(c, r, view);
    return true;
}

static bool vote_in_entered_views(struct consensus *c, struct round *r)
{
    bool any = false;
    for (uint64_t view = c->base_view + 1; view <= c->view && view <= c->view_seen; view++) {
        if (parts_tally(c, view) == NULL)
            break;
        any = finalize(c, r, view) || any;
        /* The own FINALIZE may have been the last that was needed. */
        if (view > c->base_view)
            any = join_nullify(c, r, view) || any;
    }
    return any;
}

/* ---- Work and time (1.3) ---- */

/* The highest notarized block that is valid here, or the last final one. */
static struct parent tip(struct consensus *c)
{
    struct parent tip = final_parent(c);
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        const struct held *held = &c->chain.held[i];
        if (held->state == HELD_VALID && held->header.view > tip.view &&
            parts_notarized(c, held->header.view, &held->digest))
            tip = held_parent(held);
    }
    return tip;
}

static bool is_unfinished(struct consensus *c)
{
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        const struct held *held = &c->chain.held[i];
        if (held->state == HELD_VALID && held->payload_size > 0 &&
            parts_notarized(c, held->header.view, &held->digest))
            return true;
    }
    return false;
}

static bool anything_seen(struct consensus *c)
{
    const struct tally *t = parts_tally(c, c->view);
    return t != NULL && (t->seats[0] | t->seats[1] | t->seats[2]) != 0;
}

static void look_for_work(struct consensus *c, struct round *r)
{
    const struct consensus_application *application = &c->config.application;
    r->work = application->work(application->context, tip(c).slot, c->view);
    r->unfinished = is_unfinished(c);
    r->busy = r->work != CONSENSUS_WORK_NONE || r->unfinished || anything_seen(c);
    if (!r->busy)
        c->working_since = MSEC_NEVER;
    else if (c->working_since == MSEC_NEVER)
        c->working_since = r->now;
}

/* The first proposal of a view, if it is held. */
static struct held *proposal_of(struct consensus *c, uint64_t view)
{
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        struct held *held = &c->chain.held[i];
        if (held->state != HELD_NOTHING && held->signed_by_leader && held->header.view == view)
            return held;
    }
    return NULL;
}

struct timers {
    msec pace;          /* An empty block may be proposed. */
    msec pace_notarize; /* And notarized: early, since its leader may have entered before us. */
    msec lead;          /* Nullify without a proposal. */
    msec view;          /* Nullify in any case. */
};

static struct timers timers(const struct consensus *c, const struct round *r)
{
    const msec delay = parts_delay(c);
    const msec start = r->busy && c->working_since > c->entered ? c->working_since : c->entered;
    const msec from = start + (r->work == CONSENSUS_WORK_DUE ? 0 : delay);
    return (struct timers){
        .pace = c->entered + delay,
        .pace_notarize = c->entered + delay / 2,
        .lead = from + 2 * delay,
        .view = from + 3 * delay,
    };
}

/* ---- The current view ---- */

/* Whether a block's skip certificates are all valid, asked once. */
static bool is_justified(struct consensus *c, struct held *held)
{
    if (held->justified)
        return true;
    _Alignas(16) uint8_t memory[PARTS_BLOCK_ARENA];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *unpacked;
    CHECK(frame_unpack(&bitcraps__block__descriptor, chain_packed(&c->chain, held), &arena,
                       &unpacked) == FRAME_OK);
    const Bitcraps__Block *block = (const Bitcraps__Block *)unpacked;
    for (size_t i = 0; i < block->n_skips; i++)
        if (!certificate_valid(&c->electorate, &c->config.crypto, block->skips[i]))
            return false;
    held->justified = true;
    return true;
}

static bool views_nullified(struct consensus *c, uint64_t after, uint64_t before)
{
    for (uint64_t view = after + 1; view < before; view++)
        if (!parts_nullified(c, view))
            return false;
    return true;
}

/* Votes for the first proposal of the current view. (1.5) */
static bool notarize(struct consensus *c, struct round *r)
{
    struct tally *t = parts_tally(c, c->view);
    struct held *held = proposal_of(c, c->view);
    if (t == NULL || t->own[VOTE_NOTARIZE - 1] || held == NULL)
        return false;
    if (held->state == HELD_VALID && !is_justified(c, held)) {
        c->chain.slot_used[held->slot] = false;
        held->state = HELD_INVALID;
        c->counters.blocks_invalid++;
    }
    if (held->state == HELD_INVALID && !t->own[VOTE_NULLIFY - 1] && !t->own[VOTE_FINALIZE - 1]) {
        nullify(c, r, c->view);
        return true;
    }
    const struct block_header *header = &held->header;
    if (held->state != HELD_VALID || header->parent_view < c->base_view ||
        !parts_notarized(c, header->parent_view, &header->parent) ||
        !views_nullified(c, header->parent_view, c->view))
        return false;
    if (held->payload_size == 0 && r->now < timers(c, r).pace_notarize)
        return false;
    const struct digest digest = held->digest;
    parts_record_body(c, r->out, held);
    cast(c, r, VOTE_NOTARIZE, c->view, &digest);
    send_vote(c, r, VOTE_NOTARIZE, c->view);
    return true;
}

/* The highest block that a proposal for the current view may stand on. (1.4) */
static bool choose_parent(struct consensus *c, struct parent *parent)
{
    for (uint64_t view = c->view - 1; view > c->base_view; view--) {
        struct tally *t = parts_tally(c, view);
        const struct digest *digest = t == NULL ? NULL : tally_complete(t, VOTE_NOTARIZE);
        /* A block in another view than its own: what a quorum of liars says is no parent. */
        if (digest != NULL && find_parent(c, digest, parent) && parent->view == view)
            return true;
        if (!parts_nullified(c, view))
            return false;
    }
    *parent = final_parent(c);
    return c->base_view == c->chain.final_view;
}

/* The nullifications of the views between, in scratch memory; false: too large for one message. */
static bool collect_skips(struct consensus *c, uint64_t parent_view,
                          Bitcraps__Certificate certificates[static VIEWS_MAX],
                          Bitcraps__Certificate *pointers[static VIEWS_MAX], Bitcraps__Block *block,
                          struct digest *root)
{
    const size_t one = (size_t)c->electorate.quorum * SIGNATURE_SIZE;
    uint8_t *memory = c->scratch + MESSAGE_SIZE_MAX;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    block->skips = pointers;
    block->n_skips = 0;
    size_t total = 0;
    for (uint64_t view = parent_view + 1; view < c->view; view++) {
        uint8_t signatures[SEATS_MAX * SIGNATURE_SIZE];
        Bitcraps__Certificate *certificate = &certificates[block->n_skips];
        *certificate = tally_certificate(parts_tally(c, view), c->config.epoch,
                                         c->electorate.quorum, VOTE_NULLIFY, signatures);
        uint8_t packed[4 + 64 + SEATS_MAX * SIGNATURE_SIZE];
        struct writer w = writer_on(packed, sizeof packed);
        write_u32(&w, (uint32_t)frame_packed_size(&certificate->base));
        CHECK(frame_pack(&certificate->base, &w));
        total += w.used;
        if (total > MESSAGE_SIZE_MAX - 2 * SEATS_MAX * SIGNATURE_SIZE - 1024)
            return false;
        crypto_generichash_update(&state, packed, w.used);
        memcpy(memory, signatures, one);
        certificate->signatures.data = memory;
        memory += one;
        pointers[block->n_skips++] = certificate;
    }
    crypto_generichash_final(&state, root->bytes, DIGEST_SIZE);
    return true;
}

static int64_t leader_time(const struct parent *parent, int64_t wall_clock)
{
    const int64_t lowest = parent->time + 1;
    const int64_t highest = parent->height == 0 ? TIME_FIRST_MAX : parent->time + TIME_STEP_MAX;
    if (wall_clock < lowest)
        return lowest;
    return wall_clock > highest ? highest : wall_clock;
}

/* How large a payload may be: the message has a limit, and others' memory is like ours. */
static size_t payload_size_max(const struct consensus *c, const Bitcraps__Block *block)
{
    const size_t taken = frame_packed_size(&block->base) + 2 * SEATS_MAX * SIGNATURE_SIZE + 512;
    const size_t message = taken < MESSAGE_SIZE_MAX ? MESSAGE_SIZE_MAX - taken : 0;
    const size_t room = (CHAIN_BODIES_SIZE - c->chain.bodies_used) / 2;
    const size_t least = message < room ? message : room;
    return least < BLOCK_SIZE_MAX ? least : BLOCK_SIZE_MAX;
}

/* Holds and executes the own block, and signs it; the proposal is body and vote in one. */
static bool publish(struct consensus *c, struct round *r, const Bitcraps__Block *block)
{
    struct parts_block read;
    CHECK(parts_read_block(c, block, &read) && read.skips_match);
    struct held *held = parts_hold(c, &read, false);
    if (held == NULL)
        return false;
    held->justified = true;
    parts_link(c);
    if (held->state != HELD_VALID) {
        /* The application proposed what it does not accept: let the next leader try. */
        parts_release(c, held);
        nullify(c, r, c->view);
        return true;
    }
    const uint64_t view = c->view;
    cast(c, r, VOTE_NOTARIZE, view, &read.digest);
    c->counters.proposals_made++;
    const struct tally *t = parts_tally(c, view);
    held->signature = t->signatures[VOTE_NOTARIZE - 1][c->config.self];
    held->signed_by_leader = true;
    held->recorded = true;
    parts_emit_body(c, r->out, CONSENSUS_EFFECT_RECORD, TARGET_ALL, held);
    parts_emit_body(c, r->out, CONSENSUS_EFFECT_SEND, TARGET_ALL, held);
    return true;
}

/* Proposes in the current view, if it is ours. (1.4) */
static bool propose(struct consensus *c, struct round *r)
{
    const struct tally *t = parts_tally(c, c->view);
    if (consensus_leader(c, c->view) != c->config.self || t == NULL || t->own[VOTE_NOTARIZE - 1] ||
        t->own[VOTE_NULLIFY - 1])
        return false;
    const bool paced = r->now >= timers(c, r).pace;
    const bool turn = r->work == CONSENSUS_WORK_WAIT || r->unfinished;
    struct parent parent;
    if ((r->work != CONSENSUS_WORK_DUE && !(turn && paced)) || !choose_parent(c, &parent))
        return false;

    struct block_header header = {
        .instance = c->config.instance,
        .epoch = c->config.epoch,
        .view = c->view,
        .parent_view = parent.view,
        .parent = parent.digest,
        .height = parent.height + 1,
        .time = leader_time(&parent, r->wall_clock),
    };
    const struct consensus_application *application = &c->config.application;
    application->root(application->context, parent.slot, &header.state_root);
    Bitcraps__Certificate certificates[VIEWS_MAX];
    Bitcraps__Certificate *pointers[VIEWS_MAX];
    Bitcraps__Block block = BITCRAPS__BLOCK__INIT;
    uint8_t encoded[BLOCK_HEADER_SIZE];
    block.header = (ProtobufCBinaryData){sizeof encoded, encoded};
    if (!collect_skips(c, parent.view, certificates, pointers, &block, &header.skip_root))
        return false;
    uint8_t payload[BLOCK_SIZE_MAX];
    const size_t size_max = payload_size_max(c, &block);
    const size_t size =
        application->propose(application->context, parent.slot, &header, payload, size_max);
    CHECK(size <= size_max);
    if (size == 0 && !paced)
        return false;
    block.payload = (ProtobufCBinaryData){size, payload};
    crypto_generichash(header.payload_root.bytes, DIGEST_SIZE, payload, size, NULL, 0);
    block_header_encode(&header, encoded);
    return publish(c, r, &block);
}

/* Nullifies the current view when its time is up. (1.6) */
static bool nullify_late_view(struct consensus *c, struct round *r)
{
    const struct tally *t = parts_tally(c, c->view);
    if (t == NULL || !r->busy || t->own[VOTE_NULLIFY - 1] || t->own[VOTE_FINALIZE - 1])
        return false;
    const struct timers due = timers(c, r);
    const bool silent = r->now >= due.lead && proposal_of(c, c->view) == NULL;
    if (!silent && r->now < due.view)
        return false;
    nullify(c, r, c->view);
    return true;
}

static bool vote(struct consensus *c, struct round *r)
{
    if (r->out == NULL || !consensus_may_sign(c))
        return false;
    if (vote_in_entered_views(c, r))
        return true;
    return propose(c, r) || notarize(c, r) || nullify_late_view(c, r);
}

/* ---- The next deadline ---- */

static void want(struct consensus *c, msec now, msec when)
{
    if (when > now && when < c->deadline)
        c->deadline = when;
}

static void schedule(struct consensus *c, const struct round *r)
{
    c->deadline = MSEC_NEVER;
    want(c, r->now, c->status_next);
    if (c->base_view != c->chain.final_view)
        want(c, r->now, c->fetch_next);
    if (c->recovering)
        want(c, r->now, c->recover_next);
    const struct tally *t = parts_tally(c, c->view);
    if (t == NULL || !r->busy || !consensus_may_sign(c))
        return;
    const struct timers due = timers(c, r);
    if (!t->own[VOTE_NOTARIZE - 1]) {
        want(c, r->now, due.pace);
        want(c, r->now, due.pace_notarize);
    }
    if (!t->own[VOTE_NULLIFY - 1] && !t->own[VOTE_FINALIZE - 1]) {
        want(c, r->now, due.lead);
        want(c, r->now, due.view);
    }
}

void parts_advance(struct consensus *c, msec now, int64_t wall_clock, struct outbox *out)
{
    struct round r = {.now = now, .wall_clock = wall_clock, .out = out};
    const uint64_t view = c->view;
    const uint64_t height = c->chain.final_height;
    for (bool again = true; again;) {
        again = parts_link(c);
        again = finalize_base(c, out) || again;
        again = enter_views(c, now) || again;
        if (out == NULL)
            continue;
        look_for_work(c, &r);
        again = vote(c, &r) || again;
    }
    if (out == NULL)
        return;
    if (c->view != view || c->chain.final_height != height) {
        c->status_interval = parts_pull_interval(c);
        c->status_next = MSEC_NEVER;
    }
    if (c->recovering && now >= c->recover_next)
        parts_send_recover(c, now, out);
    parts_pull(c, now, r.busy, out);
    schedule(c, &r);
}
