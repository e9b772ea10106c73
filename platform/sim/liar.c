/* SPDX-License-Identifier: MIT */
#include "platform/sim/liar.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"

#include <sodium.h>
#include <string.h>

#define LATE_DELAYS    50
#define STATUS_LINES   512
#define FLOOD_MESSAGES 12
#define FAR_ROLLS      1000

struct word {
    const char *name;
    const char *phrase;
};

static const struct word words[LIAR_HABITS] = {
    [LIAR_TWINS] = {"twins", "is two nodes with one identity"},
    [LIAR_EQUIVOCATES] = {"equivocates", "shows different blocks to different seats as leader"},
    [LIAR_SELECTS] = {"selects", "speaks to some seats only"},
    [LIAR_NOTARIZES_TWICE] = {"notarizes-twice", "votes for two blocks of one view"},
    [LIAR_CONTRADICTS] = {"contradicts", "says FINALIZE to some and NULLIFY to others"},
    [LIAR_STALE_PARENT] = {"stale-parent", "proposes beside the last final block"},
    [LIAR_CENSORS] = {"censors", "proposes empty blocks"},
    [LIAR_SILENT] = {"silent", "falls silent once the keys are made"},
    [LIAR_LATE] = {"late", "says everything late"},
    [LIAR_INVALID_BODY] = {"invalid-body", "proposes what the rules refuse"},
    [LIAR_WITHHOLDS_BODY] = {"withholds-body", "votes for blocks that it shows to nobody"},
    [LIAR_WRONG_PARTIAL] = {"wrong-partial", "gives wrong shares of the dice"},
    [LIAR_WITHHOLDS_PARTIAL] = {"withholds-partial", "keeps its shares of the dice"},
    [LIAR_PARTIAL_TO_ONE] = {"partial-to-one", "gives its shares of the dice to one seat"},
    [LIAR_EARLY_PARTIAL] = {"early-partial", "gives its shares before bets are final"},
    [LIAR_OTHER_PARTIAL] = {"other-partial", "gives shares for a block that is not"},
    [LIAR_REPLAYS] = {"replays", "repeats old messages"},
    [LIAR_HUGE_STATUS] = {"huge-status", "claims to know and to lack everything"},
    [LIAR_ACTS_TWICE] = {"acts-twice", "signs two actions with one number"},
    [LIAR_FALSE_WITNESS] = {"false-witness", "tells those who restart of votes never made"},
    [LIAR_FLOODS] = {"floods", "sends garbage and requests without end"},
    [LIAR_SORE_LOSER] = {"sore-loser", "delays every roll that it does not like"},
    [LIAR_FORGES_ROLL] = {"forges-roll", "proposes dice from shares of its own making"},
    [LIAR_FORGES_ACTION] = {"forges-action", "proposes what another seat never did"},
    [LIAR_BAD_DEAL] = {"bad-deal", "deals a share that does not open"},
    [LIAR_FALSE_COMPLAINT] = {"false-complaint", "complains of a good share"},
    [LIAR_BAD_PROOF] = {"bad-proof", "deals with a proof that does not hold"},
    [LIAR_NO_DEAL] = {"no-deal", "deals nothing"},
};

const char *liar_phrase(enum liar_habit habit)
{
    return words[habit].phrase;
}

const char *liar_name(enum liar_habit habit)
{
    return words[habit].name;
}

enum liar_habit liar_find(const char *name)
{
    enum liar_habit habit = 0;
    while (habit < LIAR_HABITS && strcmp(words[habit].name, name) != 0)
        habit++;
    return habit;
}

static bool has(const struct liar *liar, enum liar_habit habit)
{
    return (liar->habits >> habit & 1) != 0;
}

/* A lie in the making: who, and where it is written. */
struct telling {
    struct liar *liar;
    struct table *table;
    unsigned to;
    uint8_t *instead;
    size_t size_max;
    struct bytes truth;
};

static size_t write_message(const struct telling *lie, const Bitcraps__Message *message)
{
    struct writer w = writer_on(lie->instead, lie->size_max);
    return frame_pack(&message->base, &w) ? w.used : 0;
}

static size_t as_it_is(const struct telling *lie)
{
    CHECK(lie->truth.size <= lie->size_max);
    memcpy(lie->instead, lie->truth.at, lie->truth.size);
    return lie->truth.size;
}

static void sign(const struct table *table, struct bytes statement,
                 uint8_t signature[static SIGNATURE_SIZE])
{
    crypto_sign_detached(signature, NULL, statement.at, statement.size,
                         table->config.secrets.signing);
}

static void sign_vote(const struct table *table, enum vote_type type, uint64_t view,
                      const struct digest *digest, uint8_t signature[static SIGNATURE_SIZE])
{
    uint8_t statement[VOTE_STATEMENT_SIZE];
    vote_statement(&table->consensus.electorate, type, view, digest, statement);
    sign(table, (struct bytes){statement, sizeof statement}, signature);
}

static size_t write_vote(const struct telling *lie, enum vote_type type, uint64_t view,
                         struct digest digest)
{
    const struct table *table = lie->table;
    uint8_t signature[SIGNATURE_SIZE];
    sign_vote(table, type, view, type == VOTE_NULLIFY ? NULL : &digest, signature);
    Bitcraps__Vote vote = BITCRAPS__VOTE__INIT;
    vote.type = type;
    vote.epoch = table->consensus.config.epoch;
    vote.view = view;
    if (type != VOTE_NULLIFY)
        vote.digest = (ProtobufCBinaryData){DIGEST_SIZE, digest.bytes};
    vote.seat = table->position;
    vote.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_VOTE;
    message.vote = &vote;
    return write_message(lie, &message);
}

/* ---- Proposals ---- */

/* The block with another time, which is another block and as valid. */
static void other_block(const struct block_header *header, struct digest *digest)
{
    struct block_header other = *header;
    uint8_t encoded[BLOCK_HEADER_SIZE];
    other.time++;
    block_header_encode(&other, encoded);
    block_digest(encoded, digest);
}

/* Signs a changed block as its leader; the roots are made to fit. */
static size_t write_proposal(const struct telling *lie, Bitcraps__Proposal *proposal,
                             struct block_header header, struct bytes payload)
{
    uint8_t encoded[BLOCK_HEADER_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    struct digest digest;
    crypto_generichash(header.payload_root.bytes, DIGEST_SIZE, payload.at, payload.size, NULL, 0);
    block_header_encode(&header, encoded);
    block_digest(encoded, &digest);
    sign_vote(lie->table, VOTE_NOTARIZE, header.view, &digest, signature);
    Bitcraps__Block block = *proposal->block;
    block.header = (ProtobufCBinaryData){sizeof encoded, encoded};
    block.payload = (ProtobufCBinaryData){payload.size, (uint8_t *)(uintptr_t)payload.at};
    Bitcraps__Proposal changed = *proposal;
    changed.block = &block;
    changed.signature = (ProtobufCBinaryData){sizeof signature, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_PROPOSAL;
    message.proposal = &changed;
    return write_message(lie, &message);
}

/* BLAKE2b over the packed certificates, as headers commit to them. */
static void skip_root(Bitcraps__Certificate **skips, size_t count, struct digest *out)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    for (size_t i = 0; i < count; i++) {
        uint8_t packed[4 + 64 + SEATS_MAX * SIGNATURE_SIZE];
        struct writer w = writer_on(packed, sizeof packed);
        write_u32(&w, (uint32_t)frame_packed_size(&skips[i]->base));
        CHECK(frame_pack(&skips[i]->base, &w));
        crypto_generichash_update(&state, packed, w.used);
    }
    crypto_generichash_final(&state, out->bytes, DIGEST_SIZE);
}

/*
 * An empty block beside the last final one: all roots are right, for a block's header tells the
 * root of its parent's state, and only the nullifications of the views between are forged.
 */
static size_t write_stale(const struct telling *lie, const struct block_header *own)
{
    struct table *table = lie->table;
    const struct chain *chain = &table->consensus.chain;
    const struct archived *last = chain_archived(chain, chain->final_height);
    uint8_t memory[16384] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    struct block_header header;
    if (last == NULL || frame_unpack(&bitcraps__block__descriptor,
                                     (struct bytes){chain->archive + last->offset, last->size},
                                     &arena, &base) != FRAME_OK)
        return as_it_is(lie);
    const ProtobufCBinaryData *encoded = &((const Bitcraps__Block *)base)->header;
    if (!block_header_decode((struct bytes){encoded->data, encoded->len}, &header) ||
        own->view <= header.parent_view || own->view - header.parent_view > VIEWS_MAX)
        return as_it_is(lie);
    static Bitcraps__Certificate forged[VIEWS_MAX];
    static Bitcraps__Certificate *pointers[VIEWS_MAX];
    static uint8_t garbage[SEATS_MAX * SIGNATURE_SIZE];
    const unsigned quorum = table->consensus.electorate.quorum;
    size_t count = 0;
    for (uint64_t view = header.parent_view + 1; view < own->view; view++, count++) {
        forged[count] = (Bitcraps__Certificate)BITCRAPS__CERTIFICATE__INIT;
        forged[count].type = VOTE_NULLIFY;
        forged[count].epoch = table->consensus.config.epoch;
        forged[count].view = view;
        forged[count].bitmap = (UINT64_C(1) << quorum) - 1;
        forged[count].signatures = (ProtobufCBinaryData){(size_t)quorum * SIGNATURE_SIZE, garbage};
        pointers[count] = &forged[count];
    }
    header.view = own->view;
    header.time++;
    skip_root(pointers, count, &header.skip_root);
    Bitcraps__Block block = BITCRAPS__BLOCK__INIT;
    block.skips = pointers;
    block.n_skips = count;
    Bitcraps__Proposal proposal = BITCRAPS__PROPOSAL__INIT;
    proposal.block = &block;
    return write_proposal(lie, &proposal, header, (struct bytes){NULL, 0});
}

/* Whether a payload begins with a roll that is not what a sore loser waits for. */
static bool payload_loses(const struct table *table, struct bytes payload)
{
    static uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (payload.size == 0 ||
        frame_unpack(&bitcraps__payload__descriptor, payload, &arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__Payload *message = (const Bitcraps__Payload *)base;
    if (message->n_items == 0 || message->items[0]->kind_case != BITCRAPS__ITEM__KIND_ROLL ||
        message->items[0]->roll->roll != table->statement_roll ||
        message->items[0]->roll->value.len != ELEMENT_SIZE)
        return false;
    struct element value;
    memcpy(value.bytes, message->items[0]->roll->value.data, ELEMENT_SIZE);
    const struct roll_dice dice = roll_dice(&table->statement, &value);
    return dice.first + dice.second != LIAR_LUCKY_SUM;
}

/*
 * The payload with another first share in its roll and the value that this gives, so that only the
 * share's proof is wrong; or with another value alone. Its size; 0: there is no roll.
 */
static size_t forge_roll(struct bytes payload, bool value_alone, uint8_t *forged, size_t size_max)
{
    static uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (payload.size == 0 ||
        frame_unpack(&bitcraps__payload__descriptor, payload, &arena, &base) != FRAME_OK)
        return 0;
    const Bitcraps__Payload *message = (const Bitcraps__Payload *)base;
    if (message->n_items == 0 || message->items[0]->kind_case != BITCRAPS__ITEM__KIND_ROLL)
        return 0;
    Bitcraps__Roll *roll = message->items[0]->roll;
    struct element values[SEATS_MAX];
    struct element value;
    struct roll_weights weights = {0};
    uint32_t seats = 0;
    if (roll->n_shares < 2)
        return 0;
    if (!value_alone)
        memcpy(roll->shares[0]->partial.data, roll->shares[1]->partial.data, ELEMENT_SIZE);
    for (size_t i = 0; i < roll->n_shares; i++) {
        memcpy(values[i].bytes, roll->shares[i]->partial.data, ELEMENT_SIZE);
        seats |= UINT32_C(1) << roll->shares[i]->seat;
    }
    roll_weigh(&weights, seats);
    CHECK(roll_combine(&weights, values, &value));
    memcpy(roll->value.data, value_alone ? values[0].bytes : value.bytes, ELEMENT_SIZE);
    struct writer w = writer_on(forged, size_max);
    return frame_pack(&message->base, &w) ? w.used : 0;
}

/* A payload in which the victim leaves, signed by the liar. */
static size_t forge_action(const struct table *table, uint8_t *forged, size_t size_max)
{
    const struct state *state = table_final(table);
    const struct roster *roster = &state->roster;
    const unsigned victim = roster->seats[(table->position + 1) % roster->count];
    uint8_t inner[128];
    uint8_t outer[512];
    uint8_t signature[SIGNATURE_SIZE];
    Bitcraps__Leave leave = BITCRAPS__LEAVE__INIT;
    leave.roll = state->roll;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    body.epoch = table->consensus.config.epoch;
    body.seat = victim;
    body.sequence = state->sequence[victim] + 1;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_LEAVE;
    body.leave = &leave;
    struct writer w = writer_on(inner, sizeof inner);
    CHECK(frame_pack(&body.base, &w));
    state_action_sign(&table->seating, written(&w), table->config.secrets.signing, signature);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){w.used, inner};
    action.signature = (ProtobufCBinaryData){sizeof signature, signature};
    w = writer_on(outer, sizeof outer);
    CHECK(frame_pack(&action.base, &w));
    Bitcraps__Item item;
    Bitcraps__Item *items[] = {&item};
    bitcraps__item__init(&item);
    item.kind_case = BITCRAPS__ITEM__KIND_ACTION;
    item.action = (ProtobufCBinaryData){w.used, outer};
    Bitcraps__Payload payload = BITCRAPS__PAYLOAD__INIT;
    payload.n_items = 1;
    payload.items = items;
    w = writer_on(forged, size_max);
    CHECK(frame_pack(&payload.base, &w));
    return w.used;
}

static size_t tell_proposal(struct telling *lie, Bitcraps__Proposal *proposal)
{
    struct liar *liar = lie->liar;
    struct block_header header;
    if (proposal->block == NULL)
        return as_it_is(lie); /* It is garbage of its own that is a message by chance. */
    const ProtobufCBinaryData *encoded = &proposal->block->header;
    struct bytes payload = {proposal->block->payload.data, proposal->block->payload.len};
    if (!block_header_decode((struct bytes){encoded->data, encoded->len}, &header) ||
        consensus_leader(&lie->table->consensus, header.view) != lie->table->position)
        return has(liar, LIAR_WITHHOLDS_BODY) ? 0 : as_it_is(lie);
    const bool other = (lie->to & 1) != 0;
    const bool keys = (liar->habits & (LIAR_CONVICTED | LIAR_STALLED)) != 0 && !liar->patient &&
                      table_final(lie->table)->phase == STATE_PHASE_KEYS;
    struct digest digest;
    block_digest(encoded->data, &digest);
    if (has(liar, LIAR_WITHHOLDS_BODY))
        return write_vote(lie, VOTE_NOTARIZE, header.view, digest);
    if (has(liar, LIAR_STALE_PARENT) && (header.view & 1) != 0)
        return write_stale(lie, &header);
    if (has(liar, LIAR_INVALID_BODY)) {
        static uint8_t spoilt[BLOCK_SIZE_MAX + 1];
        const size_t size = payload.size < BLOCK_SIZE_MAX ? payload.size : BLOCK_SIZE_MAX - 1;
        if (size > 0)
            memcpy(spoilt, payload.at, size);
        spoilt[size] = 0x0a;
        return write_proposal(lie, proposal, header, (struct bytes){spoilt, size + 1});
    }
    if (has(liar, LIAR_FORGES_ACTION) && (header.view & 1) != 0) {
        static uint8_t forged[ACTION_SIZE_MAX + 64];
        const size_t size = forge_action(lie->table, forged, sizeof forged);
        return write_proposal(lie, proposal, header, (struct bytes){forged, size});
    }
    if (has(liar, LIAR_FORGES_ROLL)) {
        static uint8_t forged[BLOCK_SIZE_MAX];
        const size_t size = forge_roll(payload, (header.view & 1) != 0, forged, sizeof forged);
        if (size > 0)
            return write_proposal(lie, proposal, header, (struct bytes){forged, size});
    }
    if (keys || has(liar, LIAR_CENSORS) ||
        (has(liar, LIAR_SORE_LOSER) && payload_loses(lie->table, payload)))
        return write_proposal(lie, proposal, header, (struct bytes){NULL, 0});
    if (has(liar, LIAR_EQUIVOCATES) && other) {
        header.time++;
        return write_proposal(lie, proposal, header, payload);
    }
    return as_it_is(lie);
}

/* ---- Votes ---- */

static struct digest digest_of(ProtobufCBinaryData data)
{
    struct digest digest = {{0}};
    if (data.len == DIGEST_SIZE)
        memcpy(digest.bytes, data.data, DIGEST_SIZE);
    return digest;
}

static size_t tell_vote(struct telling *lie, const Bitcraps__Vote *vote)
{
    struct table *table = lie->table;
    const struct consensus *c = &table->consensus;
    const bool other = (lie->to & 1) != 0;
    if (vote->seat != table->position || !other)
        return as_it_is(lie);
    if (vote->type == VOTE_NOTARIZE && has(lie->liar, LIAR_NOTARIZES_TWICE)) {
        struct digest digest = digest_of(vote->digest);
        const struct held *held = chain_find(&table->consensus.chain, &digest);
        if (held != NULL)
            other_block(&held->header, &digest);
        else
            digest.bytes[0] ^= 1;
        return write_vote(lie, VOTE_NOTARIZE, vote->view, digest);
    }
    if (!has(lie->liar, LIAR_CONTRADICTS))
        return as_it_is(lie);
    if (vote->type == VOTE_FINALIZE)
        return write_vote(lie, VOTE_NULLIFY, vote->view, (struct digest){{0}});
    const struct tally *t = &c->tallies[vote->view % VIEWS_MAX];
    const struct digest *leading = t->view == vote->view ? tally_leading(t) : NULL;
    if (vote->type == VOTE_NULLIFY && leading != NULL)
        return write_vote(lie, VOTE_FINALIZE, vote->view, *leading);
    return as_it_is(lie);
}

/* ---- Actions ---- */

static size_t write_action(const struct telling *lie, const Bitcraps__ActionBody *body)
{
    uint8_t packed[ACTION_SIZE_MAX];
    uint8_t signature[SIGNATURE_SIZE];
    struct writer w = writer_on(packed, sizeof packed);
    CHECK(frame_pack(&body->base, &w));
    state_action_sign(&lie->table->seating, written(&w), lie->table->config.secrets.signing,
                      signature);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){w.used, packed};
    action.signature = (ProtobufCBinaryData){sizeof signature, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = &action;
    return write_message(lie, &message);
}

/* Own position in the key generation that runs, and that of a bad deal's victim: the next one. */
static unsigned dealer(const struct table *table)
{
    return roster_position(&table_final(table)->next, table->config.self);
}

static unsigned victim(const struct table *table)
{
    return (dealer(table) + 1) % table_final(table)->next.count;
}

/* Whether the key generation that runs is one that it spoils. */
static bool spoils(const struct telling *lie)
{
    const struct state *state = table_final(lie->table);
    return !lie->table->turn.due && dealer(lie->table) != SEAT_NONE &&
           (state->phase != STATE_PHASE_KEYS || !lie->liar->patient);
}

static size_t tell_deal(struct telling *lie, Bitcraps__ActionBody *body)
{
    struct keygen_deal deal;
    uint8_t encoded[KEYGEN_DEAL_SIZE_MAX];
    if (!spoils(lie))
        return as_it_is(lie);
    if (has(lie->liar, LIAR_NO_DEAL))
        return 0;
    if ((!has(lie->liar, LIAR_BAD_DEAL) && !has(lie->liar, LIAR_BAD_PROOF)) ||
        !keygen_deal_decode((struct bytes){body->deal.data, body->deal.len}, &deal))
        return as_it_is(lie);
    if (has(lie->liar, LIAR_BAD_PROOF))
        deal.possession.response.bytes[0] ^= 1;
    else
        deal.shares[victim(lie->table)][0] ^= 1;
    const size_t size = keygen_deal_encode(&deal, encoded, sizeof encoded);
    body->deal = (ProtobufCBinaryData){size, encoded};
    return write_action(lie, body);
}

static size_t tell_deal_ok(struct telling *lie, Bitcraps__ActionBody *body)
{
    const struct table *table = lie->table;
    const struct state *state = table_final(table);
    const uint8_t random[PROOF_RANDOM_SIZE] = {9};
    struct keygen_params params;
    struct keygen_complaint complaint;
    uint8_t encoded[KEYGEN_COMPLAINT_SIZE];
    if (!has(lie->liar, LIAR_FALSE_COMPLAINT) || !spoils(lie) || body->attempt != state->attempt ||
        state->dealt != state->next.set)
        return as_it_is(lie);
    const uint8_t accused = (uint8_t)victim(table);
    state_keygen_params(state, &table->seating, &params);
    keygen_complain(&params, accused, &state->deals[accused], (uint8_t)dealer(table),
                    &table->config.secrets.dice, random, &complaint);
    keygen_complaint_encode(&complaint, encoded);
    body->kind_case = BITCRAPS__ACTION_BODY__KIND_COMPLAINT;
    body->complaint = (ProtobufCBinaryData){sizeof encoded, encoded};
    return write_action(lie, body);
}

static size_t tell_action(struct telling *lie, const Bitcraps__Action *action)
{
    uint8_t memory[2048] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__action_body__descriptor,
                     (struct bytes){action->body.data, action->body.len}, &arena,
                     &base) != FRAME_OK)
        return as_it_is(lie);
    Bitcraps__ActionBody body = *(const Bitcraps__ActionBody *)base;
    if (body.seat != lie->table->config.self)
        return as_it_is(lie);
    if (body.kind_case == BITCRAPS__ACTION_BODY__KIND_DEAL)
        return tell_deal(lie, &body);
    if (body.kind_case == BITCRAPS__ACTION_BODY__KIND_DEAL_OK)
        return tell_deal_ok(lie, &body);
    if (!has(lie->liar, LIAR_ACTS_TWICE) || (lie->to & 1) == 0)
        return as_it_is(lie);
    Bitcraps__TimeUp time_up = BITCRAPS__TIME_UP__INIT;
    time_up.roll = table_final(lie->table)->roll + FAR_ROLLS;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_TIME_UP;
    body.time_up = &time_up;
    return write_action(lie, &body);
}

/* ---- Shares of the dice ---- */

static size_t write_partial(const struct telling *lie, Bitcraps__Partial *partial)
{
    uint8_t statement[4 + DIGEST_SIZE + 8 + 8 + DIGEST_SIZE + 1 + ROLL_PARTIAL_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    struct writer w = writer_on(statement, sizeof statement);
    write_bytes(&w, "BCpv", 4);
    write_bytes(&w, lie->table->seating.instance.bytes, DIGEST_SIZE);
    write_u64(&w, partial->epoch);
    write_u64(&w, partial->roll);
    write_bytes(&w, partial->close.data, DIGEST_SIZE);
    write_u8(&w, (uint8_t)partial->seat);
    write_bytes(&w, partial->partial.data, ELEMENT_SIZE);
    write_bytes(&w, partial->proof.data, PROOF_SIZE);
    CHECK(!w.failed);
    sign(lie->table, written(&w), signature);
    partial->signature = (ProtobufCBinaryData){sizeof signature, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_PARTIAL;
    message.partial = partial;
    return write_message(lie, &message);
}

static size_t tell_partial(struct telling *lie, Bitcraps__Partial *partial)
{
    struct liar *liar = lie->liar;
    if (partial->seat != lie->table->position)
        return as_it_is(lie);
    if (has(liar, LIAR_WITHHOLDS_PARTIAL) || has(liar, LIAR_SORE_LOSER) ||
        (has(liar, LIAR_PARTIAL_TO_ONE) && lie->to != liar->friend))
        return 0;
    if (has(liar, LIAR_WRONG_PARTIAL)) {
        if ((lie->to & 1) != 0)
            partial->partial.data[3] ^= 1;
        else
            partial->proof.data[3] ^= 1;
        return write_partial(lie, partial);
    }
    if (has(liar, LIAR_OTHER_PARTIAL) && (lie->to & 1) != 0) {
        partial->close.data[0] ^= 1;
        return write_partial(lie, partial);
    }
    return as_it_is(lie);
}

/* ---- Status, restart ---- */

static size_t tell_status(struct telling *lie, Bitcraps__Status *status)
{
    static Bitcraps__ViewStatus lines[STATUS_LINES];
    static Bitcraps__ViewStatus *pointers[STATUS_LINES];
    if (!has(lie->liar, LIAR_HUGE_STATUS))
        return as_it_is(lie);
    const bool knows = (lie->to & 1) != 0;
    for (unsigned i = 0; i < STATUS_LINES; i++) {
        lines[i] = (Bitcraps__ViewStatus)BITCRAPS__VIEW_STATUS__INIT;
        lines[i].view = status->final_view + i + (knows ? UINT64_C(1) << 40 : 1);
        lines[i].notarize = lines[i].nullify = lines[i].finalize = knows ? UINT64_MAX : 0;
        pointers[i] = &lines[i];
    }
    status->views = pointers;
    status->n_views = STATUS_LINES;
    if (knows)
        status->view = status->final_view = UINT64_MAX - 1;
    else
        status->final_view = 0;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_STATUS;
    message.status = status;
    return write_message(lie, &message);
}

/* Without the asker's signature none of it counts. */
static size_t tell_recovered(struct telling *lie, Bitcraps__Recovered *recovered)
{
    if (!has(lie->liar, LIAR_FALSE_WITNESS))
        return as_it_is(lie);
    for (size_t i = 0; i < recovered->n_votes; i++)
        recovered->votes[i]->view += 1 + chance_below(&lie->liar->chance, 100);
    if (recovered->action.len > 8)
        recovered->action.data[recovered->action.len / 2] ^= 1;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_RECOVERED;
    message.recovered = recovered;
    return write_message(lie, &message);
}

static size_t tell_message(struct telling *lie, Bitcraps__Message *message)
{
    switch (message->kind_case) {
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
        return tell_proposal(lie, message->proposal);
    case BITCRAPS__MESSAGE__KIND_VOTE:
        return tell_vote(lie, message->vote);
    case BITCRAPS__MESSAGE__KIND_ACTION:
        return tell_action(lie, message->action);
    case BITCRAPS__MESSAGE__KIND_PARTIAL:
        return tell_partial(lie, message->partial);
    case BITCRAPS__MESSAGE__KIND_STATUS:
        return tell_status(lie, message->status);
    case BITCRAPS__MESSAGE__KIND_RECOVERED:
        return tell_recovered(lie, message->recovered);
    case BITCRAPS__MESSAGE__KIND_BLOCKS:
        return has(lie->liar, LIAR_WITHHOLDS_BODY) ? 0 : as_it_is(lie);
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
    case BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST:
    case BITCRAPS__MESSAGE__KIND_RECOVER:
    case BITCRAPS__MESSAGE__KIND_ANNOUNCE:
    case BITCRAPS__MESSAGE__KIND_SIT:
    case BITCRAPS__MESSAGE__KIND_SEATING:
    case BITCRAPS__MESSAGE__KIND_FORGOTTEN:
    case BITCRAPS__MESSAGE__KIND__NOT_SET:
    case _BITCRAPS__MESSAGE__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return as_it_is(lie);
}

/* Whoever wants to play has to say these to somebody: every seat of a table makes its key. */
static bool is_for_keys(const Bitcraps__Message *message)
{
    return message->kind_case == BITCRAPS__MESSAGE__KIND_ACTION ||
           message->kind_case == BITCRAPS__MESSAGE__KIND_RECOVER;
}

size_t liar_tells(struct liar *liar, struct table *table, unsigned to, struct bytes message,
                  uint8_t *instead, size_t size_max, msec *late)
{
    static uint8_t memory[ARENA_SIZE] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    struct telling lie = {liar, table, to, instead, size_max, message};
    const ProtobufCMessage *base;
    const bool playing = table_final(table)->phase != STATE_PHASE_KEYS;
    if (liar->tired)
        return as_it_is(&lie);
    if (has(liar, LIAR_SILENT) && playing)
        return 0;
    if (has(liar, LIAR_LATE))
        *late = (msec)chance_below(&liar->chance, (uint64_t)(LATE_DELAYS * liar->delay));
    if (frame_unpack(&bitcraps__message__descriptor, message, &arena, &base) != FRAME_OK)
        return as_it_is(&lie); /* Its own garbage. */
    Bitcraps__Message *said = (Bitcraps__Message *)(uintptr_t)base;
    if (has(liar, LIAR_SELECTS) && (liar->favours >> to & 1) == 0 &&
        (playing || !is_for_keys(said)))
        return 0;
    const size_t size = tell_message(&lie, said);
    if (size != message.size || memcmp(instead, message.at, size) != 0)
        liar->lies++;
    return size;
}

/* ---- Without being asked ---- */

void liar_hears(struct liar *liar, struct bytes message)
{
    if (!has(liar, LIAR_REPLAYS) || message.size > LIAR_MEMORY_SIZE ||
        !chance_permille(&liar->chance, 50))
        return;
    const unsigned at = liar->remembered++ % LIAR_MEMORY;
    liar->memory[at].size = message.size;
    memcpy(liar->memory[at].bytes, message.at, message.size);
}

static unsigned any_seat(struct liar *liar, const struct table *table)
{
    const struct roster *roster = &table_final(table)->roster;
    return roster->seats[chance_below(&liar->chance, roster->count)];
}

static void replay(struct liar *liar, const struct table *table, struct outbox *out)
{
    const unsigned count = liar->remembered < LIAR_MEMORY ? liar->remembered : LIAR_MEMORY;
    if (count == 0)
        return;
    const unsigned at = (unsigned)chance_below(&liar->chance, count);
    struct bytes message = {liar->memory[at].bytes, liar->memory[at].size};
    uint8_t *to = outbox_reserve(out, TABLE_EFFECT_SEND, any_seat(liar, table), message.size);
    if (to == NULL)
        return;
    memcpy(to, message.at, message.size);
    /* Of another epoch or table, now and then: some field is one more. */
    if (chance_permille(&liar->chance, 300))
        to[chance_below(&liar->chance, message.size)]++;
}

static void send(const Bitcraps__Message *message, struct outbox *out)
{
    const size_t size = frame_packed_size(&message->base);
    uint8_t *at = outbox_reserve(out, TABLE_EFFECT_SEND, TARGET_ALL, size);
    struct writer w = writer_on(at, size);
    CHECK(at != NULL && frame_pack(&message->base, &w));
}

/* A restart that never was: everybody has to verify and answer it. */
static void flood_recover(struct liar *liar, const struct table *table, struct outbox *out)
{
    uint8_t statement[4 + DIGEST_SIZE + 8 + 1 + 16];
    uint8_t signature[SIGNATURE_SIZE];
    uint8_t nonce[16] = {0};
    const uint64_t fresh = chance_next(&liar->chance);
    memcpy(nonce, &fresh, sizeof fresh);
    struct writer w = writer_on(statement, sizeof statement);
    write_bytes(&w, "BCrq", 4);
    write_bytes(&w, table->seating.instance.bytes, DIGEST_SIZE);
    write_u64(&w, table->consensus.config.epoch);
    write_u8(&w, (uint8_t)table->position);
    write_bytes(&w, nonce, sizeof nonce);
    sign(table, written(&w), signature);
    Bitcraps__Recover recover = BITCRAPS__RECOVER__INIT;
    recover.epoch = table->consensus.config.epoch;
    recover.seat = table->position;
    recover.nonce = (ProtobufCBinaryData){sizeof nonce, nonce};
    recover.signature = (ProtobufCBinaryData){sizeof signature, signature};
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_RECOVER;
    message.recover = &recover;
    send(&message, out);
    Bitcraps__BlocksRequest request = BITCRAPS__BLOCKS_REQUEST__INIT;
    request.epoch = table->consensus.config.epoch;
    request.seat = table->position;
    message.kind_case = BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST;
    message.blocks_request = &request;
    send(&message, out);
}

static void flood_garbage(struct liar *liar, struct outbox *out)
{
    const size_t size = 1 + (size_t)chance_below(&liar->chance, 1200);
    uint8_t *at = outbox_reserve(out, TABLE_EFFECT_SEND, TARGET_ALL, size);
    for (size_t i = 0; at != NULL && i < size; i++)
        at[i] = (uint8_t)chance_next(&liar->chance);
}

/* Its share for a CLOSE that is only proposed or notarized. */
static void give_early(struct liar *liar, struct table *table, struct outbox *out)
{
    const struct chain *chain = &table->consensus.chain;
    const unsigned self = table->position;
    for (unsigned i = 0; table->share_ready && self != SEAT_NONE && i < BLOCKS_MAX; i++) {
        const struct held *held = &chain->held[i];
        const struct state *state = &table->slots[held->slot];
        if (held->state != HELD_VALID || state->phase != STATE_PHASE_ROLLING ||
            state->roster.epoch != table->consensus.config.epoch || state->roll == liar->early_roll)
            continue;
        liar->early_roll = state->roll;
        struct roll_statement statement;
        struct roll_partial share;
        const uint8_t random[PROOF_RANDOM_SIZE] = {5};
        uint8_t encoded[ROLL_PARTIAL_SIZE];
        uint8_t packed[512];
        state_roll_statement(state, &table->seating, &statement);
        roll_partial(&statement, &table->share, &state->keys.share_keys[self], random, &share);
        roll_partial_encode(&share, encoded);
        struct digest close = state->close;
        Bitcraps__Partial partial = BITCRAPS__PARTIAL__INIT;
        partial.epoch = table->consensus.config.epoch;
        partial.roll = state->roll;
        partial.close = (ProtobufCBinaryData){DIGEST_SIZE, close.bytes};
        partial.seat = self;
        partial.partial = (ProtobufCBinaryData){ELEMENT_SIZE, encoded};
        partial.proof = (ProtobufCBinaryData){PROOF_SIZE, encoded + ELEMENT_SIZE};
        const struct telling lie = {liar, table, 0, packed, sizeof packed, {NULL, 0}};
        const size_t size = write_partial(&lie, &partial);
        outbox_append(out, TABLE_EFFECT_SEND, TARGET_ALL, (struct bytes){packed, size});
        liar->lies++;
    }
}

void liar_acts(struct liar *liar, struct table *table, struct outbox *out)
{
    if (liar->tired)
        return;
    if (has(liar, LIAR_REPLAYS))
        replay(liar, table, out);
    if (has(liar, LIAR_EARLY_PARTIAL))
        give_early(liar, table, out);
    for (unsigned i = 0; has(liar, LIAR_FLOODS) && i < FLOOD_MESSAGES; i++) {
        flood_garbage(liar, out);
        flood_recover(liar, table, out);
    }
}
