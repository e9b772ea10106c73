/* SPDX-License-Identifier: MIT */
/* Seat lists learnt and statements checked; see relay.h. */
#include "relay/relay.h"

#include "base/check.h"
#include "consensus/block.h"
#include "frame/frame.h"
#include "table/statement.h"

#include <sodium.h>

/* What checking a request for a seat takes: three signatures and a proof. */
#define SIT_SIGNATURES 4

void relay_init(struct relay *relay)
{
    memset(relay, 0, sizeof *relay);
}

struct scope_id relay_scope(const struct digest *table)
{
    crypto_generichash_state state;
    struct digest digest;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    crypto_generichash_update(&state, (const uint8_t *)"bitcraps:scope:v1", 17);
    crypto_generichash_update(&state, table->bytes, DIGEST_SIZE);
    crypto_generichash_final(&state, digest.bytes, DIGEST_SIZE);
    return scope_id_of(&digest);
}

static bool verify(void *context, const struct public_key *key, struct bytes message,
                   const struct signature *signature)
{
    (void)context;
    return crypto_sign_verify_detached(signature->bytes, message.at, message.size, key->bytes) == 0;
}

static const struct consensus_crypto crypto = {.verify = verify};

static bool holds(const struct public_key *key, struct bytes message,
                  const ProtobufCBinaryData *signature)
{
    return signature->len == SIGNATURE_SIZE &&
           crypto_sign_verify_detached(signature->data, message.at, message.size, key->bytes) == 0;
}

static bool digest_is(const struct digest *digest, const ProtobufCBinaryData *of)
{
    struct digest computed;
    crypto_generichash(computed.bytes, DIGEST_SIZE, of->data, of->len, NULL, 0);
    return memcmp(&computed, digest, DIGEST_SIZE) == 0;
}

/* ---- Tables ------------------------------------------------------------------------------------
 */

const struct relay_table *relay_find(const struct relay *relay, const struct scope_id *scope)
{
    for (unsigned i = 0; i < RELAY_TABLES; i++) {
        const struct relay_table *table = &relay->tables[i];
        if (table->used && memcmp(&table->scope, scope, sizeof *scope) == 0)
            return table;
    }
    return NULL;
}

static struct relay_table *find(struct relay *relay, const struct scope_id *scope)
{
    const struct relay_table *found = relay_find(relay, scope);
    return found == NULL ? NULL : &relay->tables[found - relay->tables];
}

void relay_forget(struct relay *relay, const struct scope_id *scope)
{
    struct relay_table *table = find(relay, scope);
    if (table != NULL)
        table->used = false;
}

/* The place for one more: a free one, or see relay.h. */
static struct relay_table *place_for(struct relay *relay, uint32_t neighbour)
{
    unsigned held[NEIGHBOURS_MAX] = {0};
    for (unsigned i = 0; i < RELAY_TABLES; i++) {
        if (!relay->tables[i].used)
            return &relay->tables[i];
        held[relay->tables[i].neighbour]++;
    }
    held[neighbour]++;
    struct relay_table *place = NULL;
    for (unsigned i = 0; i < RELAY_TABLES; i++) {
        struct relay_table *table = &relay->tables[i];
        const unsigned crowd = held[table->neighbour];
        if (place == NULL || crowd > held[place->neighbour] ||
            (crowd == held[place->neighbour] && table->heard < place->heard))
            place = table;
    }
    return place;
}

/* The table with that genesis, which is known from now on. */
static struct relay_table *know(struct relay *relay, msec now, uint32_t neighbour,
                                const struct genesis *genesis)
{
    const struct scope_id scope = relay_scope(&genesis->id);
    struct relay_table *table = find(relay, &scope);
    if (table == NULL) {
        table = place_for(relay, neighbour);
        *table = (struct relay_table){
            .used = true, .scope = scope, .genesis = *genesis, .neighbour = neighbour};
    }
    table->heard = now;
    return table;
}

bool relay_offer(struct relay *relay, msec now, uint32_t neighbour, struct bytes genesis)
{
    CHECK(neighbour < NEIGHBOURS_MAX);
    struct genesis read;
    if (genesis_unpack(genesis, &read) != SEATING_OK)
        return false;
    (void)know(relay, now, neighbour, &read);
    return true;
}

/* ---- Learning ----------------------------------------------------------------------------------
 */

static void begin(struct relay_table *table, const struct roster *roster,
                  const struct seat seats[static SEATS_MAX])
{
    table->before = table->present;
    struct relay_epoch *epoch = &table->present;
    memset(epoch, 0, sizeof *epoch);
    epoch->roster = *roster;
    epoch->electorate.instance = table->instance;
    epoch->electorate.epoch = roster->epoch;
    epoch->electorate.seats = roster->count;
    epoch->electorate.quorum = roster->quorum;
    for (unsigned i = 0; i < roster->count; i++)
        epoch->electorate.keys[i] = seats[roster->seats[i]].consensus_key;
}

static enum relay_news learn_seating(struct relay *relay, msec now, uint32_t neighbour,
                                     const struct scope_id *scope, const Bitcraps__Seating *message)
{
    struct relay_table *table = find(relay, scope);
    if (table != NULL && table->present.roster.count > 0) {
        table->heard = now;
        return RELAY_NOTHING_NEW;
    }
    struct digest id;
    genesis_id((struct bytes){.at = message->genesis.data, .size = message->genesis.len}, &id);
    const struct scope_id of = relay_scope(&id);
    struct seating *seating = &relay->seating;
    if (memcmp(&of, scope, sizeof of) != 0 || seating_open(message, seating) != SEATING_OK)
        return RELAY_REFUSED;
    table = know(relay, now, neighbour, &seating->genesis);
    table->instance = seating->instance;
    struct roster roster;
    roster_make(&roster, 1, (uint16_t)((1u << seating->count) - 1), seating->seats,
                &seating->instance);
    begin(table, &roster, seating->seats);
    return RELAY_LEARNT;
}

/* The EPOCH_END of a block whose header names that payload; NULL: it has none. */
static const Bitcraps__EpochEnd *epoch_end_of(const Bitcraps__Block *block, struct arena *arena)
{
    const ProtobufCMessage *base;
    const struct bytes payload = {.at = block->payload.data, .size = block->payload.len};
    if (frame_unpack(&bitcraps__payload__descriptor, payload, arena, &base) != FRAME_OK)
        return NULL;
    const Bitcraps__Payload *message = (const Bitcraps__Payload *)base;
    if (message->n_items == 0)
        return NULL;
    const Bitcraps__Item *last = message->items[message->n_items - 1];
    return last->kind_case == BITCRAPS__ITEM__KIND_EPOCH_END ? last->epoch_end : NULL;
}

/* Whether each block is the one that its header describes, and the parent of the next. */
static bool blocks_follow(const struct relay_epoch *epoch, const Bitcraps__Blocks *blocks,
                          struct block_header *last, struct digest *digest)
{
    for (size_t i = 0; i < blocks->n_blocks; i++) {
        const ProtobufCBinaryData *packed = &blocks->blocks[i]->header;
        if (!block_header_decode((struct bytes){.at = packed->data, .size = packed->len}, last) ||
            memcmp(&last->instance, &epoch->electorate.instance, DIGEST_SIZE) != 0 ||
            last->epoch != epoch->electorate.epoch ||
            !digest_is(&last->payload_root, &blocks->blocks[i]->payload) ||
            (i > 0 && memcmp(&last->parent, digest, DIGEST_SIZE) != 0))
            return false;
        block_digest(packed->data, digest);
    }
    return true;
}

static enum relay_news learn_ending(struct relay *relay, msec now, const struct scope_id *scope,
                                    const Bitcraps__Keys *keys, struct arena *arena)
{
    struct relay_table *table = find(relay, scope);
    const Bitcraps__Blocks *blocks = keys->ending;
    struct block_header header;
    if (blocks->n_blocks == 0 || blocks->finalization == NULL)
        return RELAY_REFUSED;
    const ProtobufCBinaryData *first = &blocks->blocks[0]->header;
    if (!block_header_decode((struct bytes){.at = first->data, .size = first->len}, &header))
        return RELAY_REFUSED;
    if (table == NULL || table->present.roster.count == 0 ||
        header.epoch > table->present.roster.epoch)
        return RELAY_TOO_EARLY;
    table->heard = now;
    if (header.epoch < table->present.roster.epoch)
        return RELAY_NOTHING_NEW;
    struct digest digest;
    const Bitcraps__EpochEnd *end = epoch_end_of(blocks->blocks[0], arena);
    struct roster roster;
    struct seat seats[SEATS_MAX];
    if (end == NULL || end->epoch != header.epoch + 1 || end->list.len != DIGEST_SIZE ||
        !roster_unpack((struct bytes){.at = keys->seats.data, .size = keys->seats.len}, end->epoch,
                       &table->instance, &roster, seats) ||
        memcmp(end->list.data, &roster.list, DIGEST_SIZE) != 0 ||
        !blocks_follow(&table->present, blocks, &header, &digest))
        return RELAY_REFUSED;
    const Bitcraps__Certificate *certificate = blocks->finalization;
    if (certificate->type != VOTE_FINALIZE || certificate->view != header.view ||
        !certificate_well_formed(&table->present.electorate, certificate) ||
        memcmp(certificate->digest.data, &digest, DIGEST_SIZE) != 0 ||
        !certificate_valid(&table->present.electorate, &crypto, certificate))
        return RELAY_REFUSED;
    begin(table, &roster, seats);
    return RELAY_LEARNT;
}

static enum relay_news learn(struct relay *relay, msec now, uint32_t neighbour,
                             const struct scope_id *scope, struct bytes packed)
{
    struct arena arena = {.at = relay->memory, .size = sizeof relay->memory};
    const ProtobufCMessage *base;
    if (packed.size > RELAY_KEYS_SIZE_MAX ||
        frame_unpack(&bitcraps__keys__descriptor, packed, &arena, &base) != FRAME_OK)
        return RELAY_REFUSED;
    const Bitcraps__Keys *keys = (const Bitcraps__Keys *)base;
    if ((keys->seating != NULL) == (keys->ending != NULL))
        return RELAY_REFUSED;
    if (keys->seating != NULL)
        return learn_seating(relay, now, neighbour, scope, keys->seating);
    return learn_ending(relay, now, scope, keys, &arena);
}

enum relay_news relay_learn(struct relay *relay, msec now, uint32_t neighbour,
                            const struct scope_id *scope, struct bytes packed)
{
    CHECK(neighbour < NEIGHBOURS_MAX);
    const enum relay_news news = learn(relay, now, neighbour, scope, packed);
    relay->learnt += news == RELAY_LEARNT;
    relay->refused += news == RELAY_REFUSED;
    return news;
}

/* ---- Checking ----------------------------------------------------------------------------------
 */

/* The keys of an epoch, if it is one of the two that are known. */
static const struct relay_epoch *epoch_of(const struct relay_table *table, uint64_t epoch)
{
    if (table->present.roster.count > 0 && table->present.roster.epoch == epoch)
        return &table->present;
    if (table->before.roster.count > 0 && table->before.roster.epoch == epoch)
        return &table->before;
    return NULL;
}

static bool vote_holds(const struct electorate *electorate, const Bitcraps__Vote *vote)
{
    struct digest digest = {{0}};
    struct signature signature;
    const size_t digest_size = vote->type == VOTE_NULLIFY ? 0 : DIGEST_SIZE;
    if (vote->type < VOTE_NOTARIZE || vote->type > VOTE_FINALIZE ||
        vote->seat >= electorate->seats || vote->digest.len != digest_size ||
        vote->signature.len != SIGNATURE_SIZE)
        return false;
    if (digest_size > 0)
        memcpy(digest.bytes, vote->digest.data, DIGEST_SIZE);
    memcpy(signature.bytes, vote->signature.data, SIGNATURE_SIZE);
    return vote_valid(electorate, &crypto, (enum vote_type)vote->type, vote->view, &digest,
                      vote->seat, &signature);
}

static bool proposal_header(const Bitcraps__Proposal *proposal, struct block_header *header)
{
    return proposal->block != NULL &&
           block_header_decode((struct bytes){.at = proposal->block->header.data,
                                              .size = proposal->block->header.len},
                               header);
}

/* The leader's vote for the block, whose payload is the one that its header names. */
static bool proposal_holds(const struct relay_epoch *epoch, const Bitcraps__Proposal *proposal)
{
    struct block_header header;
    struct digest digest;
    struct signature signature;
    if (!proposal_header(proposal, &header) ||
        memcmp(&header.instance, &epoch->electorate.instance, DIGEST_SIZE) != 0 ||
        proposal->signature.len != SIGNATURE_SIZE ||
        !digest_is(&header.payload_root, &proposal->block->payload))
        return false;
    block_digest(proposal->block->header.data, &digest);
    memcpy(signature.bytes, proposal->signature.data, SIGNATURE_SIZE);
    const unsigned leader =
        (unsigned)((header.view + epoch->roster.leader_offset) % epoch->roster.count);
    return vote_valid(&epoch->electorate, &crypto, VOTE_NOTARIZE, header.view, &digest, leader,
                      &signature);
}

static bool partial_holds(const struct electorate *electorate, const Bitcraps__Partial *partial)
{
    uint8_t statement[STATEMENT_PARTIAL_SIZE];
    return partial->seat < electorate->seats &&
           statement_partial(&electorate->instance, partial, statement) &&
           holds(&electorate->keys[partial->seat], (struct bytes){statement, sizeof statement},
                 &partial->signature);
}

static const Bitcraps__ActionBody *body_of(const Bitcraps__Action *action, struct arena *arena)
{
    const ProtobufCMessage *base;
    return frame_unpack(&bitcraps__action_body__descriptor,
                        (struct bytes){.at = action->body.data, .size = action->body.len}, arena,
                        &base) == FRAME_OK
               ? (const Bitcraps__ActionBody *)base
               : NULL;
}

static bool action_holds(const struct relay_epoch *epoch, const Bitcraps__Action *action,
                         unsigned position)
{
    uint8_t statement[STATEMENT_ACTION_MAX];
    const size_t size = statement_action(
        &epoch->electorate.instance,
        (struct bytes){.at = action->body.data, .size = action->body.len}, statement);
    return size > 0 && holds(&epoch->electorate.keys[position], (struct bytes){statement, size},
                             &action->signature);
}

static bool sit_holds(const struct genesis *genesis, const Bitcraps__Sit *sit)
{
    uint8_t packed[SIT_SIZE_MAX];
    struct writer w = writer_on(packed, sizeof packed);
    struct seat seat;
    return frame_pack(&sit->base, &w) && sit_unpack(genesis, written(&w), &seat) == SEATING_OK;
}

/* A statement of a table that is known, and who it says it is of. */
struct statement {
    const struct relay_table *table;
    const struct relay_epoch *epoch; /* NULL of a Sit. */
    const Bitcraps__Message *message;
    unsigned position; /* Of an action. */
};

/* How many signatures a message takes to check; 0: it cannot be. Fills in the rest of it. */
static unsigned signatures_of(struct statement *statement, struct arena *arena)
{
    const Bitcraps__Message *message = statement->message;
    const struct relay_table *table = statement->table;
    struct block_header header;
    const Bitcraps__ActionBody *body;
    switch (message->kind_case) {
    case BITCRAPS__MESSAGE__KIND_VOTE:
        statement->epoch = epoch_of(table, message->vote->epoch);
        return statement->epoch == NULL ? 0 : 1;
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
        statement->epoch = epoch_of(table, message->certificate->epoch);
        return statement->epoch == NULL ? 0 : statement->epoch->electorate.quorum;
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
        if (!proposal_header(message->proposal, &header))
            return 0;
        statement->epoch = epoch_of(table, header.epoch);
        return statement->epoch == NULL ? 0 : 1;
    case BITCRAPS__MESSAGE__KIND_PARTIAL:
        statement->epoch = epoch_of(table, message->partial->epoch);
        return statement->epoch == NULL ? 0 : 1;
    case BITCRAPS__MESSAGE__KIND_ACTION:
        body = body_of(message->action, arena);
        statement->epoch = body == NULL ? NULL : epoch_of(table, body->epoch);
        if (statement->epoch == NULL)
            return 0;
        /* Who only arrives signs with a key that no finalized block names. */
        statement->position = roster_position(&statement->epoch->roster, body->seat);
        return statement->position == SEAT_NONE ? 0 : 1;
    case BITCRAPS__MESSAGE__KIND_SIT:
        return SIT_SIGNATURES;
    case BITCRAPS__MESSAGE__KIND_STATUS:
    case BITCRAPS__MESSAGE__KIND_BLOCKS:
    case BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST:
    case BITCRAPS__MESSAGE__KIND_RECOVER:
    case BITCRAPS__MESSAGE__KIND_RECOVERED:
    case BITCRAPS__MESSAGE__KIND_ANNOUNCE:
    case BITCRAPS__MESSAGE__KIND_SEATING:
    case BITCRAPS__MESSAGE__KIND_FORGOTTEN:
    case BITCRAPS__MESSAGE__KIND__NOT_SET:
    case _BITCRAPS__MESSAGE__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return 0;
}

static bool statement_holds(const struct statement *statement)
{
    const Bitcraps__Message *message = statement->message;
    const struct relay_epoch *epoch = statement->epoch;
    switch (message->kind_case) {
    case BITCRAPS__MESSAGE__KIND_VOTE:
        return vote_holds(&epoch->electorate, message->vote);
    case BITCRAPS__MESSAGE__KIND_CERTIFICATE:
        return certificate_valid(&epoch->electorate, &crypto, message->certificate);
    case BITCRAPS__MESSAGE__KIND_PROPOSAL:
        return proposal_holds(epoch, message->proposal);
    case BITCRAPS__MESSAGE__KIND_PARTIAL:
        return partial_holds(&epoch->electorate, message->partial);
    case BITCRAPS__MESSAGE__KIND_ACTION:
        return action_holds(epoch, message->action, statement->position);
    case BITCRAPS__MESSAGE__KIND_SIT:
        return sit_holds(&statement->table->genesis, message->sit);
    case BITCRAPS__MESSAGE__KIND_STATUS:
    case BITCRAPS__MESSAGE__KIND_BLOCKS:
    case BITCRAPS__MESSAGE__KIND_BLOCKS_REQUEST:
    case BITCRAPS__MESSAGE__KIND_RECOVER:
    case BITCRAPS__MESSAGE__KIND_RECOVERED:
    case BITCRAPS__MESSAGE__KIND_ANNOUNCE:
    case BITCRAPS__MESSAGE__KIND_SEATING:
    case BITCRAPS__MESSAGE__KIND_FORGOTTEN:
    case BITCRAPS__MESSAGE__KIND__NOT_SET:
    case _BITCRAPS__MESSAGE__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return false;
}

/* ---- What the mesh asks ------------------------------------------------------------------------
 */

/* The table that a packet is of, and the message in it; of one node's, the scope comes first. */
static const struct relay_table *table_of(const struct relay *relay, const struct packet *packet,
                                          struct bytes *message)
{
    struct scope_id scope;
    *message = packet->body;
    if (packet->type == PACKET_SCOPE) {
        memcpy(scope.bytes, packet->destination, sizeof scope.bytes);
        return relay_find(relay, &scope);
    }
    if (packet->type != PACKET_UNICAST || packet->body.size <= sizeof scope.bytes)
        return NULL;
    memcpy(scope.bytes, packet->body.at, sizeof scope.bytes);
    message->at += sizeof scope.bytes;
    message->size -= sizeof scope.bytes;
    return relay_find(relay, &scope);
}

/* Reads the statement of a packet; how many signatures it takes, 0: there is none to check. */
static unsigned open_packet(struct relay *relay, const struct packet *packet,
                            struct statement *statement)
{
    struct arena arena = {.at = relay->memory, .size = sizeof relay->memory};
    struct bytes packed;
    const ProtobufCMessage *base;
    *statement = (struct statement){.table = table_of(relay, packet, &packed)};
    if (statement->table == NULL ||
        (packet->flags & (PACKET_SIGNED | PACKET_ENCRYPTED | PACKET_PIECE)) ||
        frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) != FRAME_OK)
        return 0;
    statement->message = (const Bitcraps__Message *)base;
    return signatures_of(statement, &arena);
}

static enum mesh_standing judge_look(void *context, const struct packet *packet,
                                     unsigned *signatures)
{
    struct relay *relay = context;
    struct statement statement;
    *signatures = open_packet(relay, packet, &statement);
    if (*signatures > 0)
        return MESH_STANDING_SIGNED;
    return statement.table != NULL ? MESH_STANDING_KNOWN : MESH_STANDING_UNKNOWN;
}

static bool judge_holds(void *context, const struct packet *packet)
{
    struct relay *relay = context;
    struct statement statement;
    const bool good = open_packet(relay, packet, &statement) > 0 && statement_holds(&statement);
    relay->checked += good;
    relay->forged += !good;
    return good;
}

static bool judge_keys(void *context, msec now, uint32_t neighbour, const struct scope_id *scope,
                       struct bytes object)
{
    return relay_learn(context, now, neighbour, scope, object) != RELAY_REFUSED;
}

struct mesh_judge relay_judge(struct relay *relay)
{
    return (struct mesh_judge){
        .context = relay, .look = judge_look, .holds = judge_holds, .keys = judge_keys};
}
