/* SPDX-License-Identifier: MIT */
#include "tests/consensus/toy.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define ITEM_SIZE  9 /* seat 1 | sequence 8; seat 0xff opens the gate. */
#define GATE       0xff
#define GATE_VIEWS 2
#define OFFER_MSEC 700
#define ITEMS_MAX  12
#define GATE_EVERY 3

static void breach(struct toy_referee *referee, const char *what, unsigned seat, uint64_t where)
{
    if (referee->breach[0] == '\0')
        snprintf(referee->breach, sizeof referee->breach, "%s: seat %u at %llu", what, seat,
                 (unsigned long long)where);
}

/* ---- Crypto ---- */

struct toy_secret {
    bool real;
    uint8_t secret[64];
};

static struct toy_secret secrets[SEATS_MAX];

static void fake_sign(void *context, struct bytes message, struct signature *out)
{
    const struct toy_secret *secret = context;
    crypto_generichash(out->bytes, SIGNATURE_SIZE, message.at, message.size, secret->secret, 32);
}

static bool fake_verify(void *context, const struct public_key *key, struct bytes message,
                        const struct signature *signature)
{
    (void)context;
    struct signature expected;
    crypto_generichash(expected.bytes, SIGNATURE_SIZE, message.at, message.size, key->bytes, 32);
    return memcmp(expected.bytes, signature->bytes, SIGNATURE_SIZE) == 0;
}

static void real_sign(void *context, struct bytes message, struct signature *out)
{
    const struct toy_secret *secret = context;
    crypto_sign_detached(out->bytes, NULL, message.at, message.size, secret->secret);
}

static bool real_verify(void *context, const struct public_key *key, struct bytes message,
                        const struct signature *signature)
{
    (void)context;
    return crypto_sign_verify_detached(signature->bytes, message.at, message.size, key->bytes) == 0;
}

void toy_referee_init(struct toy_referee *referee, unsigned seats, bool real)
{
    memset(referee, 0, sizeof *referee);
    CHECK(sodium_init() >= 0);
    referee->electorate.seats = seats;
    referee->electorate.quorum = vote_quorum(seats);
    referee->electorate.epoch = 1;
    memset(referee->electorate.instance.bytes, 7, DIGEST_SIZE);
    for (unsigned seat = 0; seat < seats; seat++) {
        uint8_t seed[32] = {1, (uint8_t)seat};
        secrets[seat].real = real;
        if (real) {
            crypto_sign_seed_keypair(referee->electorate.keys[seat].bytes, secrets[seat].secret,
                                     seed);
        } else {
            memcpy(secrets[seat].secret, seed, 32);
            memcpy(referee->electorate.keys[seat].bytes, seed, 32);
        }
        referee->honest[seat] = true;
    }
    referee->crypto = (struct consensus_crypto){
        .sign = real ? real_sign : fake_sign,
        .verify = real ? real_verify : fake_verify,
    };
}

/* ---- The application ---- */

static enum consensus_work toy_work(void *context, unsigned slot, uint64_t next_view)
{
    const struct toy *toy = context;
    const struct toy_state *state = &toy->states[slot];
    for (unsigned seat = 0; seat < toy->seats; seat++)
        if (toy->known[seat] > state->applied[seat])
            return CONSENSUS_WORK_DUE;
    if (!state->gate_shut)
        return CONSENSUS_WORK_NONE;
    return next_view > state->gate_view + GATE_VIEWS ? CONSENSUS_WORK_DUE : CONSENSUS_WORK_WAIT;
}

static size_t toy_propose(void *context, unsigned parent, const struct block_header *header,
                          uint8_t *payload, size_t size_max)
{
    struct toy *toy = context;
    const struct toy_state *state = &toy->states[parent];
    struct writer w = writer_on(payload, size_max);
    if (state->gate_shut && header->view > state->gate_view + GATE_VIEWS) {
        write_u8(&w, GATE);
        write_u64(&w, 0);
    }
    uint64_t applied[SEATS_MAX];
    memcpy(applied, state->applied, sizeof applied);
    for (unsigned items = 0; items < ITEMS_MAX; items++) {
        const unsigned seat = (unsigned)chance_below(&toy->chance, toy->seats);
        if (toy->known[seat] <= applied[seat])
            continue;
        write_u8(&w, (uint8_t)seat);
        write_u64(&w, ++applied[seat]);
    }
    for (unsigned seat = 0; w.used == 0 && seat < toy->seats; seat++) {
        if (toy->known[seat] <= applied[seat])
            continue;
        write_u8(&w, (uint8_t)seat);
        write_u64(&w, applied[seat] + 1);
    }
    if (toy->lies && chance_permille(&toy->chance, 300) && w.used > 0)
        payload[w.used - 1] ^= 0x40;
    if (w.used > 0 && toy->payload_padding > 0 && size_max > w.used + toy->payload_padding) {
        memset(payload + w.used, 0xee, toy->payload_padding);
        w.used += toy->payload_padding;
    }
    return w.failed ? 0 : w.used;
}

static bool apply(struct toy_state *state, const struct block_header *header, uint8_t seat,
                  uint64_t sequence)
{
    if (seat == GATE) {
        if (!state->gate_shut || header->view <= state->gate_view + GATE_VIEWS || sequence != 0)
            return false;
        state->gate_shut = false;
        return true;
    }
    if (seat >= SEATS_MAX || sequence != state->applied[seat] + 1)
        return false;
    state->applied[seat]++;
    if (++state->total % GATE_EVERY == 0 && !state->gate_shut) {
        state->gate_shut = true;
        state->gate_view = header->view;
    }
    return true;
}

static bool toy_execute(void *context, unsigned parent, unsigned slot,
                        const struct block_header *header, const struct digest *digest,
                        struct bytes payload)
{
    struct toy *toy = context;
    struct toy_state *state = &toy->states[slot];
    CHECK(parent != slot && parent < CONSENSUS_SLOTS && slot < CONSENSUS_SLOTS);
    *state = toy->states[parent];
    struct reader r = reader_on(payload);
    while (r.size > 0 && r.at[0] != 0xee) {
        const uint8_t seat = read_u8(&r);
        const uint64_t sequence = read_u64(&r);
        if (r.failed || !apply(state, header, seat, sequence))
            return false;
    }
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, DIGEST_SIZE);
    crypto_generichash_update(&hash, state->log.bytes, DIGEST_SIZE);
    crypto_generichash_update(&hash, digest->bytes, DIGEST_SIZE);
    crypto_generichash_update(&hash, payload.at, payload.size);
    crypto_generichash_final(&hash, state->log.bytes, DIGEST_SIZE);
    return true;
}

static void toy_root(void *context, unsigned slot, struct digest *out)
{
    const struct toy *toy = context;
    const struct toy_state *state = &toy->states[slot];
    uint8_t bytes[sizeof state->applied + 24 + DIGEST_SIZE];
    struct writer w = writer_on(bytes, sizeof bytes);
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        write_u64(&w, state->applied[seat]);
    write_u64(&w, state->total);
    write_u64(&w, state->gate_shut);
    write_u64(&w, state->gate_view);
    write_bytes(&w, state->log.bytes, DIGEST_SIZE);
    CHECK(!w.failed);
    crypto_generichash(out->bytes, DIGEST_SIZE, bytes, w.used, NULL, 0);
}

static void toy_finalize(void *context, unsigned slot, const struct block_header *header,
                         const struct digest *digest, struct bytes payload)
{
    struct toy *toy = context;
    (void)payload;
    CHECK(header->height == toy->final_height + 1);
    toy->final_height = header->height;
    for (unsigned seat = 0; seat < toy->seats; seat++)
        if (toy->known[seat] < toy->states[slot].applied[seat])
            toy->known[seat] = toy->states[slot].applied[seat];
    if (header->height >= TOY_HEIGHTS_MAX)
        return;
    toy->finals[header->height].view = header->view;
    toy->finals[header->height].digest = *digest;
    toy_root(toy, slot, &toy->finals[header->height].root);
}

/*
 * S1 and S3: whoever finalizes a height finalizes the same block and state, in any life. It counts
 * once it is durable: before, nobody was shown or told.
 */
static void tell_finals(struct toy *toy, uint64_t view)
{
    struct toy_referee *referee = toy->referee;
    while (toy->honest && toy->told_height < toy->final_height &&
           toy->told_height + 1 < TOY_HEIGHTS_MAX &&
           toy->finals[toy->told_height + 1].view <= view) {
        const uint64_t height = ++toy->told_height;
        const struct digest *digest = &toy->finals[height].digest;
        const struct digest *root = &toy->finals[height].root;
        if (height > referee->heights) {
            referee->heights = height;
            referee->final[height] = *digest;
            referee->roots[height] = *root;
        }
        if (memcmp(referee->final[height].bytes, digest->bytes, DIGEST_SIZE) != 0)
            breach(referee, "S1 two blocks at a height", toy->self, height);
        if (memcmp(referee->roots[height].bytes, root->bytes, DIGEST_SIZE) != 0)
            breach(referee, "S3 two states at a height", toy->self, height);
    }
}

static struct bytes toy_last_action(void *context, unsigned seat)
{
    struct toy *toy = context;
    if (toy->known[seat] == 0)
        return (struct bytes){NULL, 0};
    struct writer w = writer_on(toy->action, sizeof toy->action);
    write_u64(&w, toy->known[seat]);
    crypto_generichash(toy->action + 8, 16, toy->action, 8, toy->config.keys[seat].bytes, 32);
    return (struct bytes){toy->action, 24};
}

static bool toy_knows_action(void *context, struct bytes action)
{
    const struct toy *toy = context;
    uint8_t expected[16];
    if (action.size != 24)
        return true;
    crypto_generichash(expected, sizeof expected, action.at, 8, toy->config.keys[toy->self].bytes,
                       32);
    struct reader r = reader_on(action);
    return memcmp(expected, action.at + 8, sizeof expected) != 0 || read_u64(&r) <= toy->offered;
}

/* S4: a certificate that an honest seat accepted convinces anyone. */
static void certificate_stands(struct toy *toy, const Bitcraps__Certificate *certificate)
{
    struct toy_referee *referee = toy->referee;
    referee->certificates++;
    if (!certificate_valid(&referee->electorate, &referee->crypto, certificate))
        breach(referee, "S4 certificate does not verify", toy->self, certificate->view);
}

static const Bitcraps__Message *unpack(struct bytes bytes, struct arena *arena)
{
    const ProtobufCMessage *message;
    if (frame_unpack(&bitcraps__message__descriptor, bytes, arena, &message) != FRAME_OK)
        return NULL;
    return (const Bitcraps__Message *)message;
}

static void toy_archive_put(void *context, uint64_t height, struct bytes block,
                            struct bytes certificate)
{
    struct toy *toy = context;
    CHECK(height == toy->archive_count + 1);
    if (toy->archive_count == toy->archive_room) {
        toy->archive_room = toy->archive_room == 0 ? 64 : 2 * toy->archive_room;
        toy->archive = realloc(toy->archive, toy->archive_room * sizeof *toy->archive);
        CHECK(toy->archive != NULL);
    }
    uint8_t *bytes = malloc(block.size + certificate.size);
    CHECK(bytes != NULL);
    memcpy(bytes, block.at, block.size);
    if (certificate.size > 0)
        memcpy(bytes + block.size, certificate.at, certificate.size);
    toy->archive[toy->archive_count].block_size = block.size;
    toy->archive[toy->archive_count].certificate_size = certificate.size;
    toy->archive[toy->archive_count].bytes = bytes;
    toy->archive_count++;
}

static size_t toy_archive_block(void *context, uint64_t height, uint8_t *block, size_t size_max)
{
    const struct toy *toy = context;
    if (height == 0 || height > toy->archive_count ||
        toy->archive[height - 1].block_size > size_max)
        return 0;
    memcpy(block, toy->archive[height - 1].bytes, toy->archive[height - 1].block_size);
    return toy->archive[height - 1].block_size;
}

static size_t toy_archive_certificate(void *context, uint64_t height, uint8_t *certificate,
                                      size_t size_max)
{
    const struct toy *toy = context;
    for (size_t i = (size_t)height - 1; height > 0 && i < toy->archive_count; i++) {
        if (toy->archive[i].certificate_size == 0)
            continue;
        CHECK(toy->archive[i].certificate_size <= size_max);
        memcpy(certificate, toy->archive[i].bytes + toy->archive[i].block_size,
               toy->archive[i].certificate_size);
        return toy->archive[i].certificate_size;
    }
    return 0;
}

/* ---- The node ---- */

void toy_clear(struct toy *toy)
{
    for (size_t i = 0; i < toy->archive_count; i++)
        free(toy->archive[i].bytes);
    free(toy->archive);
    toy->archive = NULL;
    toy->archive_count = toy->archive_room = 0;
}

void toy_prepare(struct toy *toy, struct toy_referee *referee, unsigned self, uint64_t seed,
                 msec delay)
{
    memset(toy, 0, sizeof *toy);
    toy->referee = referee;
    toy->self = self;
    toy->seats = referee->electorate.seats;
    toy->honest = true;
    toy->chance.state = seed;
    toy->config = (struct consensus_config){
        .instance = referee->electorate.instance,
        .epoch = 1,
        .seats = toy->seats,
        .self = self,
        .leader_offset = 3,
        .delay = delay,
        .crypto = referee->crypto,
        .application = {.context = toy,
                        .work = toy_work,
                        .propose = toy_propose,
                        .execute = toy_execute,
                        .root = toy_root,
                        .finalize = toy_finalize,
                        .last_action = toy_last_action,
                        .knows_action = toy_knows_action,
                        .archive_put = toy_archive_put,
                        .archive_block = toy_archive_block,
                        .archive_certificate = toy_archive_certificate},
    };
    toy->config.crypto.context = &secrets[self];
    memcpy(toy->config.keys, referee->electorate.keys, sizeof toy->config.keys);
    memset(toy->config.genesis.bytes, 9, DIGEST_SIZE);
}

static void toy_init(void *node, msec now, int64_t wall_clock)
{
    struct toy *toy = node;
    (void)wall_clock;
    toy_clear(toy);
    memset(toy->states, 0, sizeof toy->states);
    memset(toy->known, 0, sizeof toy->known);
    toy->offered = 0;
    toy->final_height = 0;
    toy->told_height = 0;
    toy->offer_next = MSEC_NEVER;
    consensus_init(&toy->consensus, &toy->config, now);
}

/* "That seat has offered so many": as a record and to everyone. */
static void emit_offer(struct toy *toy, unsigned seat, uint32_t kind, struct outbox *out)
{
    uint8_t body[9 + 16];
    struct writer w = writer_on(body, sizeof body);
    write_u8(&w, (uint8_t)seat);
    write_u64(&w, seat == toy->self ? toy->offered : toy->known[seat]);
    crypto_generichash(body + 9, 16, body, 9, toy->config.keys[seat].bytes, 32);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){sizeof body, body};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = &action;
    const size_t size = frame_packed_size(&message.base);
    struct writer packed = writer_on(outbox_reserve(out, kind, TARGET_ALL, size), size);
    CHECK(packed.at != NULL && frame_pack(&message.base, &packed));
}

static void hear_offer(struct toy *toy, const Bitcraps__Action *action)
{
    struct reader r = reader_on((struct bytes){action->body.data, action->body.len});
    const uint8_t seat = read_u8(&r);
    const uint64_t offered = read_u64(&r);
    uint8_t expected[16];
    if (r.failed || r.size != sizeof expected || seat >= toy->seats)
        return;
    crypto_generichash(expected, sizeof expected, action->body.data, 9,
                       toy->config.keys[seat].bytes, 32);
    if (memcmp(expected, r.at, sizeof expected) != 0)
        return;
    if (toy->known[seat] < offered)
        toy->known[seat] = offered;
    if (seat == toy->self && toy->offered < offered)
        toy->offered = offered;
}

static void toy_restore(void *node, struct bytes bytes)
{
    struct toy *toy = node;
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const Bitcraps__Message *message = unpack(bytes, &arena);
    CHECK(message != NULL);
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_ACTION)
        hear_offer(toy, message->action);
    else
        consensus_restore(&toy->consensus, message);
}

static void toy_resume(void *node, msec now, int64_t wall_clock, uint64_t fresh, struct outbox *out)
{
    struct toy *toy = node;
    (void)wall_clock;
    uint8_t nonce[16] = {0};
    memcpy(nonce, &fresh, sizeof fresh);
    toy->offer_next = now;
    tell_finals(toy, UINT64_MAX);
    consensus_resume(&toy->consensus, now, nonce, out);
}

static void toy_receive(void *node, msec now, int64_t wall_clock, struct bytes bytes,
                        struct outbox *out)
{
    struct toy *toy = node;
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const Bitcraps__Message *message = unpack(bytes, &arena);
    if (message == NULL || message->kind_case == BITCRAPS__MESSAGE__KIND__NOT_SET ||
        message->kind_case > BITCRAPS__MESSAGE__KIND_ACTION)
        return;
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_ACTION) {
        const uint64_t own = toy->offered;
        hear_offer(toy, message->action);
        toy->offered = own;
        if (toy->offer_next > now + OFFER_MSEC)
            toy->offer_next = now + OFFER_MSEC;
        consensus_poke(&toy->consensus, now, wall_clock, out);
    } else {
        consensus_receive(&toy->consensus, now, wall_clock, message, out);
    }
}

static void toy_expire(void *node, msec now, int64_t wall_clock, struct outbox *out)
{
    struct toy *toy = node;
    if (now >= toy->offer_next) {
        toy->offer_next = MSEC_NEVER;
        /* Others' actions too: their author may be gone, and a leader may not know of them. */
        for (unsigned seat = 0; seat < toy->seats; seat++) {
            if (toy_final(toy)->applied[seat] >= toy->known[seat])
                continue;
            emit_offer(toy, seat, CONSENSUS_EFFECT_SEND, out);
            toy->offer_next = now + OFFER_MSEC;
        }
    }
    consensus_expire(&toy->consensus, now, wall_clock, out);
}

static msec toy_deadline(const void *node)
{
    const struct toy *toy = node;
    const msec deadline = consensus_deadline(&toy->consensus);
    return deadline < toy->offer_next ? deadline : toy->offer_next;
}

void toy_offer(void *node, msec now, int64_t wall_clock, void *context, struct outbox *out)
{
    struct toy *toy = node;
    (void)context;
    if (!consensus_may_sign(&toy->consensus) ||
        toy->offered >= (toy->offers_max == 0 ? TOY_OFFERS_MAX : toy->offers_max))
        return;
    toy->offered++;
    if (toy->known[toy->self] < toy->offered)
        toy->known[toy->self] = toy->offered;
    emit_offer(toy, toy->self, CONSENSUS_EFFECT_RECORD, out);
    emit_offer(toy, toy->self, CONSENSUS_EFFECT_SEND, out);
    toy->offer_next = now + OFFER_MSEC;
    consensus_poke(&toy->consensus, now, wall_clock, out);
}

const struct toy_state *toy_final(const struct toy *toy)
{
    return &toy->states[toy->consensus.chain.final_slot];
}

/* ---- What the referee hears ---- */

/* S2: an honest key never signs two conflicting statements, in all its lives. */
static void hear_vote(struct toy *toy, unsigned type, uint64_t view, const uint8_t *digest)
{
    struct toy_referee *referee = toy->referee;
    if (view >= TOY_VIEWS_MAX)
        return;
    struct toy_statements *said = &referee->statements[toy->self][view];
    if (said->made[type - 1] && memcmp(said->digests[type - 1].bytes, digest, DIGEST_SIZE) != 0)
        breach(referee, "S2 two votes of one type", toy->self, view);
    said->made[type - 1] = true;
    memcpy(said->digests[type - 1].bytes, digest, DIGEST_SIZE);
    if (said->made[VOTE_NULLIFY - 1] && said->made[VOTE_FINALIZE - 1])
        breach(referee, "S2 NULLIFY and FINALIZE", toy->self, view);
}

static void hear_message(struct toy *toy, const Bitcraps__Message *message)
{
    static const uint8_t none[DIGEST_SIZE];
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_VOTE && message->vote->seat == toy->self) {
        hear_vote(toy, message->vote->type, message->vote->view,
                  message->vote->digest.len == 0 ? none : message->vote->digest.data);
    } else if (message->kind_case == BITCRAPS__MESSAGE__KIND_PROPOSAL) {
        struct block_header header;
        struct digest digest;
        const Bitcraps__Block *block = message->proposal->block;
        CHECK(block_header_decode((struct bytes){block->header.data, block->header.len}, &header));
        block_digest(block->header.data, &digest);
        if (consensus_leader(&toy->consensus, header.view) == toy->self)
            hear_vote(toy, VOTE_NOTARIZE, header.view, digest.bytes);
        if (message->proposal->parent != NULL)
            certificate_stands(toy, message->proposal->parent);
    } else if (message->kind_case == BITCRAPS__MESSAGE__KIND_CERTIFICATE) {
        certificate_stands(toy, message->certificate);
    } else if (message->kind_case == BITCRAPS__MESSAGE__KIND_BLOCKS &&
               message->blocks->finalization != NULL) {
        certificate_stands(toy, message->blocks->finalization);
    }
}

static void toy_sent(void *node, uint32_t target, struct bytes bytes)
{
    struct toy *toy = node;
    (void)target;
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const Bitcraps__Message *message = unpack(bytes, &arena);
    CHECK(message != NULL);
    if (toy->honest)
        hear_message(toy, message);
}

static void toy_recorded(void *node, struct bytes bytes)
{
    struct toy *toy = node;
    static _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const Bitcraps__Message *message = unpack(bytes, &arena);
    CHECK(message != NULL);
    if (message->kind_case != BITCRAPS__MESSAGE__KIND_CERTIFICATE)
        return;
    if (toy->honest)
        certificate_stands(toy, message->certificate);
    if (message->certificate->type == VOTE_FINALIZE)
        tell_finals(toy, message->certificate->view);
}

const struct sim_node_operations toy_operations = {
    .effect_record = CONSENSUS_EFFECT_RECORD,
    .effect_send = CONSENSUS_EFFECT_SEND,
    .init = toy_init,
    .restore = toy_restore,
    .resume = toy_resume,
    .receive = toy_receive,
    .expire = toy_expire,
    .deadline = toy_deadline,
    .recorded = toy_recorded,
    .sent = toy_sent,
};
