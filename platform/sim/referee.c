/* SPDX-License-Identifier: MIT */
#include "platform/sim/referee.h"

#include "audit/audit.h"
#include "audit/export.h"
#include "base/check.h"
#include "consensus/vote.h"
#include "frame/frame.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A statement that a seat has signed, once: what may not be said otherwise is `said`. */
struct statement {
    uint8_t key[16]; /* Hash of seat, kind, view or number. */
    struct digest said;
};

struct kept_block {
    uint8_t *bytes;
    size_t size;
    struct digest digest;
};

struct referee {
    struct seating seating;
    uint8_t seating_packed[SEATING_SIZE_MAX];
    size_t seating_size;
    struct electorate electorate;
    struct seat_secrets secrets[SEATS_MAX];
    uint16_t liars;
    uint16_t excused;
    char breach[REFEREE_SENTENCE_SIZE];
    struct statement statements[REFEREE_STATEMENTS_MAX]; /* Open addressing by key. */
    struct kept_block blocks[REFEREE_HEIGHTS_MAX];       /* From height 1. */
    uint64_t height;
    struct state reference; /* After block `height`, executed here. */
    bool shares_known;
    struct scalar shares[SEATS_MAX];
    uint64_t throws[REFEREE_CELLS];
    void (*event)(void *context, const struct table_event *event);
    void *context;
};

void referee_break(struct referee *referee, const char *format, ...)
{
    if (referee->breach[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(referee->breach, sizeof referee->breach, format, arguments);
    va_end(arguments);
}

const char *referee_breach(const struct referee *referee)
{
    return referee->breach[0] == '\0' ? NULL : referee->breach;
}

struct referee *referee_create(const struct seating *seating, struct bytes packed,
                               const struct seat_secrets *secrets, uint16_t liars)
{
    struct referee *referee = calloc(1, sizeof *referee);
    CHECK(referee != NULL && packed.size <= sizeof referee->seating_packed);
    referee->seating = *seating;
    memcpy(referee->seating_packed, packed.at, packed.size);
    referee->seating_size = packed.size;
    referee->electorate = (struct electorate){.instance = seating->instance,
                                              .epoch = 1,
                                              .seats = seating->count,
                                              .quorum = seating->quorum};
    for (unsigned i = 0; i < seating->count; i++) {
        referee->electorate.keys[i] = seating->seats[i].consensus_key;
        referee->secrets[i] = secrets[i];
    }
    referee->liars = liars;
    state_init(&referee->reference, seating);
    return referee;
}

void referee_destroy(struct referee *referee)
{
    for (uint64_t height = 1; height <= referee->height; height++)
        free(referee->blocks[height].bytes);
    free(referee);
}

void referee_excuse(struct referee *referee, unsigned seat)
{
    referee->excused |= (uint16_t)(1u << seat);
}

void referee_watch(struct referee *referee,
                   void (*event)(void *context, const struct table_event *event), void *context)
{
    referee->event = event;
    referee->context = context;
}

struct bytes referee_block(const struct referee *referee, uint64_t height)
{
    CHECK(height >= 1 && height <= referee->height);
    return (struct bytes){referee->blocks[height].bytes, referee->blocks[height].size};
}

uint64_t referee_height(const struct referee *referee)
{
    return referee->height;
}

const struct state *referee_state(const struct referee *referee)
{
    return &referee->reference;
}

const uint64_t *referee_throws(const struct referee *referee)
{
    return referee->throws;
}

/* ---- S2, R2, R3: what honest seats say ---- */

static void said(struct referee *referee, unsigned seat, char kind, uint64_t number,
                 const struct digest *what)
{
    static const uint8_t empty[16];
    uint8_t plain[16] = {(uint8_t)seat, (uint8_t)kind};
    memcpy(plain + 8, &number, sizeof number);
    uint8_t key[16];
    crypto_generichash(key, sizeof key, plain, sizeof plain, NULL, 0);
    uint32_t at;
    memcpy(&at, key, sizeof at);
    at %= REFEREE_STATEMENTS_MAX;
    for (unsigned tried = 0; tried < REFEREE_STATEMENTS_MAX; tried++) {
        struct statement *statement = &referee->statements[at];
        at = (at + 1) % REFEREE_STATEMENTS_MAX;
        if (memcmp(statement->key, empty, sizeof empty) == 0) {
            memcpy(statement->key, key, sizeof key);
            statement->said = *what;
            return;
        }
        if (memcmp(statement->key, key, sizeof key) != 0)
            continue;
        if (memcmp(&statement->said, what, sizeof *what) != 0 && !(referee->excused >> seat & 1))
            referee_break(referee, "%s: seat %u said two things: %c of %llu",
                          kind == 'P' ? "R3" : "S2", seat + 1, kind, (unsigned long long)number);
        return;
    }
    CHECK(!"room for every statement");
}

static void vote_said(struct referee *referee, unsigned seat, uint32_t type, uint64_t view,
                      ProtobufCBinaryData digest)
{
    struct digest what = {{0}};
    if (digest.len == DIGEST_SIZE)
        memcpy(what.bytes, digest.data, DIGEST_SIZE);
    if (type == VOTE_NOTARIZE) {
        said(referee, seat, 'N', view, &what);
        return;
    }
    /* NULLIFY and FINALIZE of one view exclude each other. */
    const struct digest ending = {{(uint8_t)type}};
    said(referee, seat, 'E', view, &ending);
    if (type == VOTE_FINALIZE)
        said(referee, seat, 'F', view, &what);
}

/* The leader's NOTARIZE travels in its proposal. */
static void proposal_said(struct referee *referee, unsigned seat, const Bitcraps__Block *block)
{
    struct block_header header;
    struct digest digest;
    CHECK(block_header_decode((struct bytes){block->header.data, block->header.len}, &header));
    const struct seating *seating = &referee->seating;
    if ((header.view % seating->count + referee->reference.roster.leader_offset) % seating->count !=
        seat)
        return;
    block_digest(block->header.data, &digest);
    said(referee, seat, 'N', header.view, &digest);
}

static void action_said(struct referee *referee, unsigned seat, struct bytes body)
{
    uint8_t memory[2048];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__action_body__descriptor, body, &arena, &base) == FRAME_OK);
    const Bitcraps__ActionBody *action = (const Bitcraps__ActionBody *)base;
    struct digest what;
    crypto_generichash(what.bytes, DIGEST_SIZE, body.at, body.size, NULL, 0);
    if (action->seat == seat)
        said(referee, seat, 'A', action->sequence, &what);
}

static void partial_said(struct referee *referee, unsigned seat, const Bitcraps__Partial *partial)
{
    struct digest close;
    memcpy(close.bytes, partial->close.data, DIGEST_SIZE);
    said(referee, seat, 'P', partial->roll, &close);
    for (uint64_t height = referee->height; height > 0; height--) {
        if (memcmp(&referee->blocks[height].digest, &close, sizeof close) == 0)
            return;
    }
    referee_break(referee, "R2: seat %u gave its partial of roll %llu before its bets were final",
                  seat + 1, (unsigned long long)partial->roll);
}

static bool verify_signature(void *context, const struct public_key *key, struct bytes message,
                             const struct signature *signature)
{
    (void)context;
    return crypto_sign_verify_detached(signature->bytes, message.at, message.size, key->bytes) == 0;
}

static void certificate_kept(struct referee *referee, unsigned seat,
                             const Bitcraps__Certificate *certificate)
{
    const struct consensus_crypto crypto = {.verify = verify_signature};
    if (!certificate_valid(&referee->electorate, &crypto, certificate))
        referee_break(referee, "S4: seat %u keeps a certificate of view %llu that proves nothing",
                      seat + 1, (unsigned long long)certificate->view);
}

static const Bitcraps__Message *unpack(struct bytes packed)
{
    static uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) == FRAME_OK);
    return (const Bitcraps__Message *)base;
}

void referee_hears(struct referee *referee, unsigned seat, struct bytes packed)
{
    const Bitcraps__Message *message = unpack(packed);
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_VOTE && message->vote->seat == seat)
        vote_said(referee, seat, message->vote->type, message->vote->view, message->vote->digest);
    else if (message->kind_case == BITCRAPS__MESSAGE__KIND_PROPOSAL)
        proposal_said(referee, seat, message->proposal->block);
    else if (message->kind_case == BITCRAPS__MESSAGE__KIND_ACTION)
        action_said(referee, seat,
                    (struct bytes){message->action->body.data, message->action->body.len});
    else if (message->kind_case == BITCRAPS__MESSAGE__KIND_PARTIAL &&
             message->partial->seat == seat)
        partial_said(referee, seat, message->partial);
}

void referee_reads(struct referee *referee, unsigned seat, struct bytes record)
{
    const Bitcraps__Message *message = unpack(record);
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_CERTIFICATE)
        certificate_kept(referee, seat, message->certificate);
}

/* ---- S1, S3, R1: what is final ---- */

static void learn_shares(struct referee *referee)
{
    struct keygen_params params;
    state_keys_params(&referee->reference, &referee->seating, &params);
    for (unsigned seat = 0; seat < referee->seating.count; seat++) {
        struct scalar shares[SEATS_MAX];
        for (unsigned dealer = 0; dealer < referee->seating.count; dealer++)
            CHECK(keygen_open_share(&params, (uint8_t)dealer, &referee->reference.deals[dealer],
                                    (uint8_t)seat, &referee->secrets[seat].dice, &shares[dealer]));
        CHECK(
            keygen_share(&referee->reference.keys, (uint8_t)seat, shares, &referee->shares[seat]));
    }
    referee->shares_known = true;
}

/* What the last `count` seats compute together. */
static void oracle(struct referee *referee, unsigned count, struct element *value,
                   struct roll_dice *dice)
{
    const struct seating *seating = &referee->seating;
    struct roll_statement statement;
    struct element values[SEATS_MAX];
    struct roll_weights weights = {0};
    uint32_t seats = 0;
    const uint8_t random[PROOF_RANDOM_SIZE] = {0};
    state_roll_statement(&referee->reference, seating, &statement);
    for (unsigned i = 0; i < count; i++) {
        const unsigned seat = seating->count - count + i;
        struct roll_partial partial;
        roll_partial(&statement, &referee->shares[seat], &referee->reference.keys.share_keys[seat],
                     random, &partial);
        values[i] = partial.value;
        seats |= 1u << seat;
    }
    roll_weigh(&weights, seats);
    CHECK(roll_combine(&weights, values, value));
    *dice = roll_dice(&statement, value);
}

static void check_roll(struct referee *referee, const Bitcraps__Roll *message)
{
    const unsigned long long roll = message->roll;
    if (referee->reference.phase != STATE_PHASE_ROLLING || referee->reference.roll != roll) {
        referee_break(referee, "S3: roll %llu is final and was not closed", roll);
        return;
    }
    struct element value;
    struct roll_dice dice;
    const unsigned quorum = referee->seating.quorum;
    if (quorum > 1) {
        oracle(referee, quorum - 1, &value, &dice);
        if (memcmp(value.bytes, message->value.data, ELEMENT_SIZE) == 0)
            referee_break(referee, "R3: fewer seats than a quorum foresee roll %llu", roll);
    }
    oracle(referee, quorum, &value, &dice);
    referee->throws[(dice.first - 1) * 6 + dice.second - 1]++;
    if (memcmp(value.bytes, message->value.data, ELEMENT_SIZE) != 0)
        referee_break(referee, "R1: roll %llu is not what the key gives", roll);
}

/* Whoever acts has signed it: checked apart from the table's own check. */
static void check_action(struct referee *referee, ProtobufCBinaryData packed)
{
    uint8_t memory[4096] __attribute__((aligned(16)));
    uint8_t statement[4 + DIGEST_SIZE + ACTION_SIZE_MAX] = "BCop";
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__action__descriptor, (struct bytes){packed.data, packed.len},
                       &arena, &base) == FRAME_OK);
    const Bitcraps__Action *action = (const Bitcraps__Action *)base;
    const struct bytes body = {action->body.data, action->body.len};
    CHECK(body.size <= ACTION_SIZE_MAX && action->signature.len == SIGNATURE_SIZE);
    CHECK(frame_unpack(&bitcraps__action_body__descriptor, body, &arena, &base) == FRAME_OK);
    const unsigned seat = ((const Bitcraps__ActionBody *)base)->seat;
    memcpy(statement + 4, referee->seating.instance.bytes, DIGEST_SIZE);
    memcpy(statement + 4 + DIGEST_SIZE, body.at, body.size);
    if (crypto_sign_verify_detached(action->signature.data, statement, 4 + DIGEST_SIZE + body.size,
                                    referee->seating.seats[seat].consensus_key.bytes) != 0)
        referee_break(referee, "S3: an action of seat %u is final that it never signed", seat + 1);
}

static void check_payload(struct referee *referee, struct bytes payload)
{
    static uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (payload.size == 0 ||
        frame_unpack(&bitcraps__payload__descriptor, payload, &arena, &base) != FRAME_OK)
        return;
    const Bitcraps__Payload *message = (const Bitcraps__Payload *)base;
    for (size_t i = 0; i < message->n_items; i++) {
        if (message->items[i]->kind_case == BITCRAPS__ITEM__KIND_ROLL)
            check_roll(referee, message->items[i]->roll);
        else if (message->items[i]->kind_case == BITCRAPS__ITEM__KIND_ACTION)
            check_action(referee, message->items[i]->action);
    }
}

/* Whoever had not said that it is ready led a view since time was up: nobody was censored. */
static void check_close(struct referee *referee, uint64_t view)
{
    const struct state *state = &referee->reference;
    const struct seating *seating = &referee->seating;
    const uint64_t n = seating->count;
    const uint16_t waiting = state_players(state) & (uint16_t)~state->ready;
    for (unsigned seat = 0; seat < seating->count; seat++) {
        /* The first view after time was up that this seat leads. */
        uint64_t turn = state->time_up_view + 1;
        while ((turn % n + state->roster.leader_offset) % n != seat)
            turn++;
        if ((waiting >> seat & 1) != 0 && (state->time_up_view == 0 || turn >= view))
            referee_break(referee, "S3: roll %llu was closed before seat %u had its turn",
                          (unsigned long long)state->roll, seat + 1);
    }
}

/* The first to finalize a height brings its block; it is executed once more. */
static void first_final(struct referee *referee, const struct referee_final *final,
                        const Bitcraps__Block *block, const struct digest *digest)
{
    struct kept_block *kept = &referee->blocks[final->height];
    kept->bytes = malloc(final->size);
    CHECK(kept->bytes != NULL);
    memcpy(kept->bytes, final->packed, final->size);
    kept->size = final->size;
    kept->digest = *digest;
    referee->height = final->height;
    struct block_header header;
    struct digest root;
    CHECK(block_header_decode((struct bytes){block->header.data, block->header.len}, &header));
    state_root(&referee->reference, &root);
    if (memcmp(&root, &header.state_root, sizeof root) != 0)
        referee_break(referee, "S3: the state root under block %llu",
                      (unsigned long long) final->height);
    const struct bytes payload = {block->payload.data, block->payload.len};
    if (!referee->shares_known && referee->reference.phase == STATE_PHASE_BETTING)
        learn_shares(referee);
    check_payload(referee, payload);
    const struct execution execution = {
        .seating = &referee->seating, .event = referee->event, .context = referee->context};
    const enum state_verdict verdict =
        state_execute(&referee->reference, &execution, &header, digest, payload);
    if (verdict != STATE_VALID)
        referee_break(referee, "S3: block %llu is final and invalid: %s",
                      (unsigned long long) final->height, state_verdict_text(verdict));
    if (referee->reference.phase == STATE_PHASE_ROLLING &&
        memcmp(&referee->reference.close, digest, sizeof *digest) == 0)
        check_close(referee, header.view);
    if (ledger_fault(&referee->reference.ledger) != NULL)
        referee_break(referee, "S3: %s", ledger_fault(&referee->reference.ledger));
    if ((referee->reference.guilty & ~referee->liars) != 0)
        referee_break(referee, "A1: honest seat %d is convicted",
                      __builtin_ctz(referee->reference.guilty & (unsigned)~referee->liars) + 1);
}

void referee_finalized(struct referee *referee, unsigned seat, const struct referee_final *final)
{
    static uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    const uint64_t height = final->height;
    CHECK(height < REFEREE_HEIGHTS_MAX);
    CHECK(frame_unpack(&bitcraps__block__descriptor, (struct bytes){final->packed, final->size},
                       &arena, &base) == FRAME_OK);
    const Bitcraps__Block *block = (const Bitcraps__Block *)base;
    struct digest digest;
    block_digest(block->header.data, &digest);
    if (height == referee->height + 1)
        first_final(referee, final, block, &digest);
    else if (height > referee->height)
        referee_break(referee, "S1: seat %u skipped to height %llu", seat + 1,
                      (unsigned long long)height);
    else if (memcmp(&referee->blocks[height].digest, &digest, sizeof digest) != 0)
        referee_break(referee, "S1: two blocks are final at height %llu",
                      (unsigned long long)height);
}

/* ---- R4: the export ---- */

struct exported {
    uint8_t *file;
    size_t size;
    struct arena arena;
    struct audit *audit;
};

static void export_open(const struct referee *referee, uint64_t height, struct bytes certificate,
                        struct exported *e)
{
    size_t size = EXPORT_OVERHEAD(height) + referee->seating_size + certificate.size;
    for (uint64_t i = 1; i <= height; i++)
        size += referee->blocks[i].size;
    e->file = malloc(size);
    e->arena = (struct arena){.size = AUDIT_ARENA_SIZE(size)};
    e->arena.at = malloc(e->arena.size);
    e->audit = malloc(sizeof *e->audit);
    CHECK(e->file != NULL && e->arena.at != NULL && e->audit != NULL);
    struct writer w = writer_on(e->file, size);
    export_begin(&w, (struct bytes){referee->seating_packed, referee->seating_size});
    for (uint64_t i = 1; i <= height; i++)
        export_block(&w, (struct bytes){referee->blocks[i].bytes, referee->blocks[i].size});
    export_end(&w, certificate);
    CHECK(!w.failed);
    e->size = w.used;
}

static bool export_holds(struct exported *e)
{
    e->arena.used = 0;
    return audit_export(e->audit, (struct bytes){e->file, e->size}, &e->arena, NULL, NULL);
}

void referee_audit(struct referee *referee, uint64_t height, struct bytes certificate,
                   struct chance *chance, unsigned mutations)
{
    struct exported e;
    export_open(referee, height, certificate, &e);
    if (!export_holds(&e))
        referee_break(referee, "R4: the audit says: %s", e.audit->wrong);
    for (unsigned i = 0; i < mutations; i++) {
        const uint64_t bit = chance_below(chance, 8 * e.size);
        e.file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (export_holds(&e))
            referee_break(referee, "R4: the audit overlooks bit %llu of an export",
                          (unsigned long long)bit);
        e.file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(e.audit);
    free(e.arena.at);
    free(e.file);
}
