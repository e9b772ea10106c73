/* SPDX-License-Identifier: MIT */
/*
 * Loss and catch-up (1.8): messages are flooded once, then pulled. A STATUS says what its sender
 * holds; whoever gets it sends what the sender lacks. Final blocks are asked for by height.
 */
#include "base/check.h"
#include "consensus/parts.h"
#include "frame/frame.h"

/* Without work a seat says how it stands this often. */
#define STATUS_IDLE_MSEC 30000
/* Without progress the interval grows up to so many T_r. */
#define STATUS_BACKOFF 16
/* One answer to a STATUS: bytes and messages at most. */
#define ANSWER_BYTES    49152
#define ANSWER_MESSAGES 48
/* One answer with final blocks: half of what its asker can hold. */
#define ANSWER_BLOCKS (BLOCKS_MAX / 2)
/* So many of them at once; on the average one in T_r / 16. */
#define ANSWER_BURST 16
/* A packed certificate at most. */
#define CERTIFICATE_PACKED_MAX (64 + DIGEST_SIZE + SEATS_MAX * SIGNATURE_SIZE)
/* An answer with final blocks is large: it may take so many times the delay. */
#define FETCH_DELAYS 4
/* How many seats answer with what is not their own. */
#define HELPERS 2

msec parts_pull_interval(const struct consensus *c)
{
    return c->config.delay > 100 ? c->config.delay : 100;
}

/* So that seats that noticed the same thing do not speak at once. */
static msec jitter(const struct consensus *c)
{
    return parts_pull_interval(c) * c->config.self / (4 * (msec)c->config.seats);
}

/* ---- STATUS ---- */

static void fill_view(struct consensus *c, const struct tally *t, struct digest *digest,
                      Bitcraps__ViewStatus *view)
{
    *view = (Bitcraps__ViewStatus)BITCRAPS__VIEW_STATUS__INIT;
    view->view = t->view;
    view->nullify = t->seats[VOTE_NULLIFY - 1];
    const struct digest *leading = tally_leading(t);
    if (leading == NULL)
        return;
    *digest = *leading;
    const uint8_t index = tally_find(t, digest);
    view->digest = (ProtobufCBinaryData){DIGEST_SIZE, digest->bytes};
    view->body = chain_find(&c->chain, digest) != NULL ||
                 memcmp(digest->bytes, c->chain.final.bytes, DIGEST_SIZE) == 0;
    view->notarize = tally_seats(t, VOTE_NOTARIZE, index);
    view->finalize = tally_seats(t, VOTE_FINALIZE, index);
}

void parts_send_status(struct consensus *c, msec now, struct outbox *out)
{
    Bitcraps__ViewStatus views[VIEWS_MAX];
    Bitcraps__ViewStatus *pointers[VIEWS_MAX];
    struct digest digests[VIEWS_MAX];
    Bitcraps__Status status = BITCRAPS__STATUS__INIT;
    status.epoch = c->config.epoch;
    status.seat = c->config.self;
    status.view = c->view;
    status.final_view = c->base_view;
    status.final_height = c->chain.final_height;
    status.views = pointers;
    for (uint64_t view = c->base_view + 1; view <= c->view_seen; view++) {
        const struct tally *t = parts_tally(c, view);
        if (t == NULL || (t->seats[0] | t->seats[1] | t->seats[2]) == 0)
            continue;
        const size_t i = status.n_views++;
        fill_view(c, t, &digests[i], &views[i]);
        pointers[i] = &views[i];
    }
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_STATUS;
    message.status = &status;
    if (c->config.seats > 1)
        parts_emit(out, CONSENSUS_EFFECT_SEND, TARGET_ALL, &message);
    c->status_last = now;
}

/* The asker's line on a view, or NULL. */
static const Bitcraps__ViewStatus *line_of(const Bitcraps__Status *status, uint64_t view)
{
    for (size_t i = 0; i < status->n_views; i++)
        if (status->views[i]->view == view)
            return status->views[i];
    return NULL;
}

/* Whether a STATUS shows something that we lack. */
static bool shows_more(struct consensus *c, const Bitcraps__Status *status)
{
    if (status->view > c->view || status->final_view > c->base_view)
        return true;
    for (size_t i = 0; i < status->n_views; i++) {
        const Bitcraps__ViewStatus *line = status->views[i];
        if (line->view <= c->base_view)
            continue;
        const struct tally *t = parts_tally(c, line->view);
        if (t == NULL)
            return true;
        if ((t->complete[0] == TALLY_NONE && (line->notarize & ~t->seats[0]) != 0) ||
            (t->complete[1] == TALLY_NONE && (line->nullify & ~t->seats[1]) != 0) ||
            (line->finalize & ~t->seats[2]) != 0)
            return true;
    }
    return false;
}

struct answer {
    struct outbox *out;
    uint32_t asker;
    bool helps;   /* With what is not our own, too. */
    size_t bytes; /* Left. */
    unsigned messages;
    size_t mark;
};

/* Whether there is room for one more message. */
static bool answer_goes_on(struct answer *a)
{
    const size_t sent = a->out->used - a->mark;
    a->mark = a->out->used;
    a->bytes = a->bytes > sent ? a->bytes - sent : 0;
    if (a->bytes == 0 || a->messages == 0)
        return false;
    a->messages--;
    return true;
}

static void answer_votes(struct consensus *c, struct answer *a, struct tally *t,
                         enum vote_type type, seat_set held, seat_set known)
{
    if (t->complete[type - 1] != TALLY_NONE) {
        if (a->helps && (unsigned)__builtin_popcountll(known) < c->electorate.quorum &&
            answer_goes_on(a))
            parts_emit_certificate(c, a->out, CONSENSUS_EFFECT_SEND, a->asker, t, type);
        return;
    }
    for (unsigned seat = 0; seat < c->config.seats; seat++)
        if ((held >> seat & 1) != 0 && (known >> seat & 1) == 0 &&
            (a->helps || seat == c->config.self) && answer_goes_on(a))
            parts_emit_vote(c, a->out, CONSENSUS_EFFECT_SEND, a->asker, t, type, seat);
}

static void answer_view(struct consensus *c, struct answer *a, struct tally *t,
                        const Bitcraps__ViewStatus *line)
{
    answer_votes(c, a, t, VOTE_NULLIFY, t->seats[VOTE_NULLIFY - 1],
                 line == NULL ? 0 : line->nullify);
    const struct digest *leading = tally_leading(t);
    if (leading == NULL)
        return;
    const bool same = line != NULL && line->digest.len == DIGEST_SIZE &&
                      memcmp(line->digest.data, leading->bytes, DIGEST_SIZE) == 0;
    const uint8_t index = tally_find(t, leading);
    const struct held *held = chain_find(&c->chain, leading);
    const bool own = consensus_leader(c, t->view) == c->config.self;
    if (held != NULL && held->signed_by_leader && !(same && line->body) && (a->helps || own) &&
        answer_goes_on(a))
        parts_emit_body(c, a->out, CONSENSUS_EFFECT_SEND, a->asker, held);
    answer_votes(c, a, t, VOTE_NOTARIZE, tally_seats(t, VOTE_NOTARIZE, index),
                 same ? line->notarize : 0);
    answer_votes(c, a, t, VOTE_FINALIZE, tally_seats(t, VOTE_FINALIZE, index),
                 same ? line->finalize : 0);
}

/* Two seats in turn answer with everything, so that n seats do not all send the same. */
static bool helps(const struct consensus *c, uint32_t asker)
{
    const uint32_t others = c->config.seats - 1;
    const uint32_t place = (c->config.self + c->config.seats - asker - 1) % c->config.seats;
    return others <= HELPERS + 1 || (place + c->statuses[asker] * HELPERS) % others < HELPERS;
}

void parts_receive_status(struct consensus *c, msec now, const Bitcraps__Status *status,
                          struct outbox *out)
{
    const uint32_t asker = status->seat;
    if (status->epoch != c->config.epoch || asker >= c->config.seats || asker == c->config.self ||
        c->config.self == CONSENSUS_OBSERVER)
        return;
    c->heights[asker] = status->final_height;
    if (shows_more(c, status))
        c->curious = true;
    if (now - c->answered[asker] < parts_pull_interval(c) / 2)
        return;
    c->answered[asker] = now;
    c->statuses[asker]++;
    struct answer a = {
        .out = out,
        .asker = asker,
        .helps = helps(c, asker),
        .bytes = ANSWER_BYTES,
        .messages = ANSWER_MESSAGES,
        .mark = out->used,
    };
    struct tally *base = parts_tally(c, c->base_view);
    if (c->base_view > status->final_view && tally_complete(base, VOTE_FINALIZE) != NULL &&
        (a.helps || consensus_leader(c, c->base_view) == c->config.self) && answer_goes_on(&a))
        parts_emit_certificate(c, out, CONSENSUS_EFFECT_SEND, asker, base, VOTE_FINALIZE);
    for (uint64_t view = c->base_view + 1; view <= c->view_seen; view++) {
        struct tally *t = view > status->final_view ? parts_tally(c, view) : NULL;
        if (t != NULL && (t->seats[0] | t->seats[1] | t->seats[2]) != 0)
            answer_view(c, &a, t, line_of(status, view));
    }
}

/* ---- Final blocks ---- */

/* Who helped is asked again: the way to another may be long, and its relays sparing. */
static void send_request(struct consensus *c, struct outbox *out)
{
    if (!c->fetch_progress || c->fetch_seat == c->config.self)
        c->fetch_seat = (c->fetch_seat + 1) % c->config.seats;
    if (c->fetch_seat == c->config.self)
        c->fetch_seat = (c->fetch_seat + 1) % c->config.seats;
    Bitcraps__BlocksRequest request = BITCRAPS__BLOCKS_REQUEST__INIT;
    request.epoch = c->config.epoch;
    request.seat = c->config.self;
    request.above_height = c->fetch_height;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST;
    message.blocks_request = &request;
    parts_emit(out, CONSENSUS_EFFECT_SEND, c->fetch_seat, &message);
}

/* Asks for the way to the base; from the last final block again when an answer led nowhere. */
static void fetch(struct consensus *c, msec now, struct outbox *out)
{
    if (c->base_view == c->chain.final_view || c->config.seats == 1 ||
        c->config.self == CONSENSUS_OBSERVER || c->fetch_outside) {
        c->fetch_next = MSEC_NEVER;
        return;
    }
    if (c->fetch_next != MSEC_NEVER && now < c->fetch_next)
        return;
    if (!c->fetch_progress) {
        c->fetch_height = c->chain.final_height;
        c->fetch_tip = c->chain.final;
    }
    send_request(c, out);
    c->fetch_progress = false;
    const msec patience = FETCH_DELAYS * c->config.delay;
    c->fetch_next = now + (patience > parts_pull_interval(c) ? patience : parts_pull_interval(c));
}

/* Where the packed final block of a height is; an empty view when nobody has it. */
static struct bytes final_block(struct consensus *c, uint64_t height, uint8_t *memory,
                                size_t size_max)
{
    const struct archived *archived = chain_archived(&c->chain, height);
    if (archived != NULL)
        return (struct bytes){c->chain.archive + archived->offset, archived->size};
    const struct consensus_application *application = &c->config.application;
    if (application->archive_block == NULL)
        return (struct bytes){NULL, 0};
    const size_t size = application->archive_block(application->context, height, memory, size_max);
    CHECK(size <= size_max);
    return (struct bytes){memory, size};
}

/* The packed finalization of the lowest final block at or above a height that has one. */
static struct bytes final_certificate(struct consensus *c, uint64_t height, uint8_t *memory,
                                      size_t size_max)
{
    const struct archived *archived = chain_archived(&c->chain, height);
    if (archived != NULL) {
        const struct archived *end = c->chain.archived + c->chain.archived_count;
        while (archived < end && archived->certificate_size == 0)
            archived++;
        if (archived == end)
            return (struct bytes){NULL, 0};
        return (struct bytes){c->chain.archive + archived->offset + archived->size,
                              archived->certificate_size};
    }
    const struct consensus_application *application = &c->config.application;
    if (application->archive_certificate == NULL)
        return (struct bytes){NULL, 0};
    const size_t size =
        application->archive_certificate(application->context, height, memory, size_max);
    CHECK(size <= size_max);
    return (struct bytes){memory, size};
}

/*
 * The finalization of the highest block of an answer that has one, so that the asker need not hold
 * more than this answer; or else of the next block above that has one.
 */
static Bitcraps__Certificate *useful_certificate(struct consensus *c, uint64_t above, uint64_t last,
                                                 uint64_t last_view,
                                                 uint8_t memory[static CERTIFICATE_PACKED_MAX],
                                                 struct arena *arena)
{
    const size_t used = arena->used;
    for (uint64_t height = last; height > above; height--) {
        const struct bytes packed = final_certificate(c, height, memory, CERTIFICATE_PACKED_MAX);
        const ProtobufCMessage *message;
        arena->used = used;
        if (packed.size == 0 ||
            frame_unpack(&bitcraps__certificate__descriptor, packed, arena, &message) != FRAME_OK)
            continue;
        Bitcraps__Certificate *certificate = (Bitcraps__Certificate *)(uintptr_t)message;
        if (certificate->view <= last_view)
            return certificate;
    }
    const struct bytes packed = final_certificate(c, last, memory, CERTIFICATE_PACKED_MAX);
    const ProtobufCMessage *message = NULL;
    arena->used = used;
    if (packed.size > 0)
        frame_unpack(&bitcraps__certificate__descriptor, packed, arena, &message);
    return (Bitcraps__Certificate *)(uintptr_t)message;
}

void parts_receive_blocks_request(struct consensus *c, msec now,
                                  const Bitcraps__BlocksRequest *request, struct outbox *out)
{
    const uint32_t asker = request->seat;
    if (request->epoch != c->config.epoch || asker >= c->config.seats || asker == c->config.self ||
        c->config.self == CONSENSUS_OBSERVER || request->above_height >= c->chain.final_height ||
        now - c->answered_blocks[asker] < parts_pull_interval(c) / 16)
        return;
    /* Many in a row to who is quick, so that no timer has to pass between two of them. */
    const msec pause = parts_pull_interval(c) / 16;
    const msec earliest = now - ANSWER_BURST * pause;
    if (c->answered_blocks[asker] < earliest)
        c->answered_blocks[asker] = earliest;
    c->answered_blocks[asker] += pause;
    _Alignas(16) uint8_t memory[2 * PARTS_BLOCK_ARENA];
    struct arena arena = {.at = memory, .size = sizeof memory};
    Bitcraps__Block *pointers[ANSWER_BLOCKS];
    Bitcraps__Blocks blocks = BITCRAPS__BLOCKS__INIT;
    blocks.blocks = pointers;
    blocks.final_height = c->chain.final_height;
    blocks.seat = c->config.self;
    uint64_t height = request->above_height;
    uint64_t view = 0; /* Of the last block. */
    size_t used = 0;
    while (height < c->chain.final_height && blocks.n_blocks < ANSWER_BLOCKS) {
        struct block_header header;
        const struct bytes packed = final_block(c, height + 1, c->scratch + used, MESSAGE_SIZE_MAX);
        const ProtobufCMessage *block;
        if (packed.size == 0 ||
            (blocks.n_blocks > 0 && used + packed.size > CONSENSUS_ANSWER_SIZE) ||
            frame_unpack(&bitcraps__block__descriptor, packed, &arena, &block) != FRAME_OK)
            break;
        pointers[blocks.n_blocks] = (Bitcraps__Block *)(uintptr_t)block;
        const ProtobufCBinaryData *encoded = &pointers[blocks.n_blocks++]->header;
        if (block_header_decode((struct bytes){encoded->data, encoded->len}, &header))
            view = header.view;
        used += packed.size;
        height++;
    }
    if (blocks.n_blocks == 0)
        return;
    uint8_t certificate[CERTIFICATE_PACKED_MAX];
    blocks.finalization =
        useful_certificate(c, request->above_height, height, view, certificate, &arena);
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_BLOCKS;
    message.blocks = &blocks;
    parts_emit(out, CONSENSUS_EFFECT_SEND, asker, &message);
}

/* Takes one block of an answer; false: it does not continue what we have. */
static bool take_block(struct consensus *c, const Bitcraps__Block *block)
{
    struct parts_block read;
    if (!parts_read_block(c, block, &read) || !read.skips_match)
        return false;
    if (read.header.height <= c->chain.final_height)
        return true;
    if (read.header.view > c->base_view)
        return false;
    struct held *held = chain_find(&c->chain, &read.digest);
    if (held == NULL)
        held = parts_hold(c, &read, true);
    if (held == NULL)
        return false;
    parts_link(c);
    if (held->state != HELD_VALID)
        return false;
    c->fetch_height = read.header.height;
    c->fetch_tip = read.digest;
    c->fetch_progress = true;
    return true;
}

bool parts_receive_blocks(struct consensus *c, msec now, const Bitcraps__Blocks *blocks,
                          struct outbox *out)
{
    if (blocks->final_height > 0 && blocks->seat < c->config.seats)
        c->heights[blocks->seat] = blocks->final_height;
    if (c->base_view == c->chain.final_view)
        return true;
    for (size_t i = 0; i < blocks->n_blocks && take_block(c, blocks->blocks[i]); i++)
        continue;
    if (c->fetch_progress)
        c->fetch_next = now;
    return blocks->finalization == NULL ||
           parts_add_certificate(c, now, blocks->finalization, false, false, out);
}

/* ---- When ---- */

void parts_pull(struct consensus *c, msec now, bool busy, struct outbox *out)
{
    fetch(c, now, out);
    if (c->config.seats == 1 || c->config.self == CONSENSUS_OBSERVER)
        return;
    const msec interval = parts_pull_interval(c);
    const bool active = busy || c->base_view != c->chain.final_view || c->hurry > 0;
    if (c->curious) {
        c->curious = false;
        const msec soon = c->status_last + interval + jitter(c);
        if (c->status_next > soon)
            c->status_next = soon > now ? soon : now + jitter(c);
    }
    if (active && c->status_next > now + STATUS_BACKOFF * interval + jitter(c))
        c->status_next = now + c->status_interval + jitter(c);
    if (!active && c->status_next == MSEC_NEVER)
        c->status_next = now + STATUS_IDLE_MSEC + jitter(c);
    if (now < c->status_next)
        return;
    parts_send_status(c, now, out);
    c->hurry -= c->hurry > 0;
    c->status_interval += c->status_interval / 2;
    if (c->status_interval > STATUS_BACKOFF * interval)
        c->status_interval = STATUS_BACKOFF * interval;
    c->status_next = now + (active ? c->status_interval : STATUS_IDLE_MSEC) + jitter(c);
}
