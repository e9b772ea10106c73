/* SPDX-License-Identifier: MIT */
#include "table/seating.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "noise/identity.h"

#include <sodium.h>

static void hash(const char *label, const void *first, size_t first_size, const void *second,
                 size_t second_size, struct digest *out)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    crypto_generichash_update(&state, (const uint8_t *)label, strlen(label));
    crypto_generichash_update(&state, first, first_size);
    if (second_size > 0)
        crypto_generichash_update(&state, second, second_size);
    crypto_generichash_final(&state, out->bytes, DIGEST_SIZE);
}

const char *seating_verdict_text(enum seating_verdict verdict)
{
    switch (verdict) {
    case SEATING_OK:
        return "valid";
    case SEATING_MALFORMED:
        return "malformed";
    case SEATING_VERSION:
        return "made by another version of BitCraps";
    case SEATING_RULES:
        return "its rules or sums are out of range";
    case SEATING_NAME:
        return "a name is empty, too long or has control characters";
    case SEATING_KEY:
        return "a key is invalid or stands twice";
    case SEATING_SIGNATURE:
        return "a signature is wrong";
    case SEATING_COUNT:
        return "the seat list does not match the genesis";
    case SEATING_INVITATION:
        return "somebody on it was not invited";
    }
    return "";
}

/* Names are shown on terminals: printable, and no control characters of either range. */
static bool name_valid(const char *name)
{
    const size_t size = strlen(name);
    if (size == 0 || size > NAME_SIZE_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = (uint8_t)name[i];
        if (byte < 0x20 || byte == 0x7f)
            return false;
        /* U+0080-U+009F, and the bidirectional controls U+200E-F, U+202A-E, U+2066-9. */
        const uint8_t next = (uint8_t)name[i + 1];
        if (byte == 0xc2 && next < 0xa0)
            return false;
        if (byte == 0xe2 && next == 0x80) {
            const uint8_t last = (uint8_t)name[i + 2];
            if (last == 0x8e || last == 0x8f || (last >= 0xaa && last <= 0xae))
                return false;
        }
        if (byte == 0xe2 && next == 0x81 && (uint8_t)name[i + 2] >= 0xa6 &&
            (uint8_t)name[i + 2] <= 0xa9)
            return false;
    }
    return true;
}

static void copy_name(const char *from, char to[static NAME_SIZE_MAX + 1])
{
    memset(to, 0, NAME_SIZE_MAX + 1);
    memcpy(to, from, strnlen(from, NAME_SIZE_MAX));
}

/* An invitation has a key, and nothing else has. */
static bool admission_in_range(const struct genesis *genesis)
{
    static const struct public_key none;
    const bool keyed = memcmp(&genesis->invitation, &none, sizeof none) != 0;
    return (unsigned)genesis->admission <= ADMISSION_APPROVAL &&
           keyed == (genesis->admission == ADMISSION_INVITATION);
}

/* All that is ever bought stays below the ledger's bound, so that no sum can overflow. */
static bool genesis_in_range(const struct genesis *genesis)
{
    return genesis->seats >= 1 && genesis->seats <= SEATS_MAX && genesis->buy_in >= 1 &&
           genesis->buy_in <= TABLE_CHIPS_MAX && genesis->bank >= 0 &&
           genesis->bank <= TABLE_CHIPS_MAX &&
           genesis->bank + genesis->buy_in * (chips)genesis->seats <= TABLE_CHIPS_MAX &&
           (genesis->most == 0 || (genesis->most > genesis->seats && genesis->most <= SEATS_MAX)) &&
           genesis->witnesses <= SEATS_MAX - (genesis->most > 0 ? genesis->most : genesis->seats) &&
           genesis->window >= 100 && genesis->window <= 3600000 && admission_in_range(genesis) &&
           craps_rules_fault(&genesis->rules) == NULL;
}

size_t genesis_pack(struct genesis *genesis, uint8_t out[static GENESIS_SIZE_MAX])
{
    if (!genesis_in_range(genesis) || !name_valid(genesis->name))
        return 0;
    uint8_t rules[CRAPS_RULES_ENCODED_SIZE];
    struct writer rules_writer = writer_on(rules, sizeof rules);
    craps_rules_encode(&genesis->rules, &rules_writer);
    CHECK(!rules_writer.failed);
    Bitcraps__Genesis message = BITCRAPS__GENESIS__INIT;
    message.version = 1;
    message.host = (ProtobufCBinaryData){PUBLIC_KEY_SIZE, genesis->host.bytes};
    message.nonce = (ProtobufCBinaryData){sizeof genesis->nonce, genesis->nonce};
    message.name = genesis->name;
    message.seats = genesis->seats;
    message.most = genesis->most;
    message.witnesses = genesis->witnesses;
    message.buy_in = genesis->buy_in;
    message.bank = genesis->bank;
    message.window_msec = (uint32_t)genesis->window;
    message.host_bank = genesis->host_bank;
    message.admission = genesis->admission;
    if (genesis->admission == ADMISSION_INVITATION)
        message.invitation = (ProtobufCBinaryData){PUBLIC_KEY_SIZE, genesis->invitation.bytes};
    message.rules = (ProtobufCBinaryData){rules_writer.used, rules};
    struct writer w = writer_on(out, GENESIS_SIZE_MAX);
    if (!frame_pack(&message.base, &w))
        return 0;
    hash("bitcraps:table:v1", out, w.used, NULL, 0, &genesis->id);
    return w.used;
}

void genesis_id(struct bytes packed, struct digest *out)
{
    hash("bitcraps:table:v1", packed.at, packed.size, NULL, 0, out);
}

enum seating_verdict genesis_unpack(struct bytes packed, struct genesis *out)
{
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    memset(out, 0, sizeof *out);
    if (packed.size > GENESIS_SIZE_MAX ||
        frame_unpack(&bitcraps__genesis__descriptor, packed, &arena, &base) != FRAME_OK)
        return SEATING_MALFORMED;
    const Bitcraps__Genesis *message = (const Bitcraps__Genesis *)base;
    if (message->version != 1)
        return SEATING_VERSION;
    if (message->host.len != PUBLIC_KEY_SIZE || message->nonce.len != sizeof out->nonce ||
        (message->invitation.len != 0 && message->invitation.len != PUBLIC_KEY_SIZE))
        return SEATING_MALFORMED;
    if (message->admission > ADMISSION_APPROVAL)
        return SEATING_VERSION;
    if (!name_valid(message->name))
        return SEATING_NAME;
    memcpy(out->host.bytes, message->host.data, PUBLIC_KEY_SIZE);
    memcpy(out->nonce, message->nonce.data, sizeof out->nonce);
    copy_name(message->name, out->name);
    out->seats = message->seats;
    out->most = message->most;
    out->witnesses = message->witnesses;
    out->buy_in = message->buy_in;
    out->bank = message->bank;
    out->window = message->window_msec;
    out->host_bank = message->host_bank;
    out->admission = (enum admission)message->admission;
    if (message->invitation.len > 0)
        memcpy(out->invitation.bytes, message->invitation.data, PUBLIC_KEY_SIZE);
    struct reader rules =
        reader_on((struct bytes){.at = message->rules.data, .size = message->rules.len});
    if (craps_rules_decode(&rules, &out->rules) != NULL || rules.size != 0 ||
        !genesis_in_range(out))
        return SEATING_RULES;
    genesis_id(packed, &out->id);
    return SEATING_OK;
}

static void derive(const uint8_t seed[static 32], const char *label, const struct digest *table,
                   uint64_t epoch, uint8_t out[static 32])
{
    uint8_t number[8];
    struct writer w = writer_on(number, sizeof number);
    write_u64(&w, epoch);
    crypto_generichash_state state;
    crypto_generichash_init(&state, seed, 32, 32);
    crypto_generichash_update(&state, (const uint8_t *)label, strlen(label));
    crypto_generichash_update(&state, table->bytes, DIGEST_SIZE);
    if (epoch != 0)
        crypto_generichash_update(&state, number, sizeof number);
    crypto_generichash_final(&state, out, 32);
}

void seat_secrets_derive(const uint8_t identity_seed[static 32], const struct digest *table,
                         struct seat_secrets *out)
{
    seat_secrets_derive_late(identity_seed, table, 0, out);
}

void seat_secrets_derive_late(const uint8_t identity_seed[static 32], const struct digest *table,
                              uint64_t epoch, struct seat_secrets *out)
{
    uint8_t seed[32];
    out->epoch = epoch;
    out->invitation = (struct invitation){.known = false};
    derive(identity_seed, "bitcraps:consensus-key:v1", table, epoch, seed);
    crypto_sign_seed_keypair(out->consensus_key.bytes, out->signing, seed);
    derive(identity_seed, "bitcraps:dice-key:v1", table, epoch, seed);
    keygen_seat_key(seed, &out->dice, &out->dice_key);
    derive(identity_seed, "bitcraps:deal:v1", table, epoch, out->deal_seed);
    sodium_memzero(seed, sizeof seed);
}

#define SIT_LABEL         "bitcraps:sit:v1"
#define INVITED_LABEL     "bitcraps:invited:v1"
#define SIT_STATEMENT_MAX (sizeof INVITED_LABEL - 1 + DIGEST_SIZE + SIT_SIZE_MAX)

static size_t labelled(const char *label, const struct digest *table, const Bitcraps__Sit *bare,
                       uint8_t out[static SIT_STATEMENT_MAX])
{
    struct writer w = writer_on(out, SIT_STATEMENT_MAX);
    write_bytes(&w, label, strlen(label));
    write_bytes(&w, table->bytes, DIGEST_SIZE);
    return frame_pack(&bare->base, &w) ? w.used : 0;
}

/* Writes what a sit's signatures cover; returns its size. */
static size_t sit_statement(const struct digest *table, const Bitcraps__Sit *sit,
                            uint8_t out[static SIT_STATEMENT_MAX])
{
    Bitcraps__Sit bare = *sit;
    bare.identity_signature = (ProtobufCBinaryData){0, NULL};
    bare.consensus_signature = (ProtobufCBinaryData){0, NULL};
    return labelled(SIT_LABEL, table, &bare, out);
}

/* The same of its invitation. */
static size_t invited_statement(const struct digest *table, const Bitcraps__Sit *sit,
                                uint8_t out[static SIT_STATEMENT_MAX])
{
    Bitcraps__Sit bare = *sit;
    bare.identity_signature = (ProtobufCBinaryData){0, NULL};
    bare.consensus_signature = (ProtobufCBinaryData){0, NULL};
    bare.invitation = (ProtobufCBinaryData){0, NULL};
    return labelled(INVITED_LABEL, table, &bare, out);
}

static void dice_binding(const struct digest *table, const uint8_t identity[static PUBLIC_KEY_SIZE],
                         uint8_t out[static DIGEST_SIZE + PUBLIC_KEY_SIZE])
{
    memcpy(out, table->bytes, DIGEST_SIZE);
    memcpy(out + DIGEST_SIZE, identity, PUBLIC_KEY_SIZE);
}

size_t sit_pack(const struct digest *table, const struct seat_secrets *secrets,
                const uint8_t identity_secret[static 64], const struct public_key *identity,
                const char *name, bool witness, const uint8_t random[static 32],
                uint8_t out[static SIT_SIZE_MAX])
{
    if (!name_valid(name))
        return 0;
    uint8_t binding[DIGEST_SIZE + PUBLIC_KEY_SIZE];
    dice_binding(table, identity->bytes, binding);
    struct proof proof;
    keygen_seat_prove(&secrets->dice, &secrets->dice_key,
                      (struct bytes){.at = binding, .size = sizeof binding}, random, &proof);
    uint8_t proof_bytes[PROOF_SIZE];
    memcpy(proof_bytes, proof.challenge.bytes, SCALAR_SIZE);
    memcpy(proof_bytes + SCALAR_SIZE, proof.response.bytes, SCALAR_SIZE);

    struct public_key identity_key = *identity;
    struct public_key consensus_key = secrets->consensus_key;
    struct element dice_key = secrets->dice_key;
    char name_copy[NAME_SIZE_MAX + 1];
    copy_name(name, name_copy);
    Bitcraps__Sit sit = BITCRAPS__SIT__INIT;
    sit.identity = (ProtobufCBinaryData){PUBLIC_KEY_SIZE, identity_key.bytes};
    sit.consensus_key = (ProtobufCBinaryData){PUBLIC_KEY_SIZE, consensus_key.bytes};
    sit.dice_key = (ProtobufCBinaryData){ELEMENT_SIZE, dice_key.bytes};
    sit.dice_proof = (ProtobufCBinaryData){PROOF_SIZE, proof_bytes};
    sit.name = name_copy;
    sit.witness = witness;
    sit.epoch = secrets->epoch;
    uint8_t statement[SIT_STATEMENT_MAX];
    uint8_t invitation[SIGNATURE_SIZE];
    if (secrets->invitation.known) {
        const size_t covered = invited_statement(table, &sit, statement);
        CHECK(covered > 0);
        invitation_sign(&secrets->invitation, (struct bytes){.at = statement, .size = covered},
                        invitation);
        sit.invitation = (ProtobufCBinaryData){SIGNATURE_SIZE, invitation};
    }
    const size_t size = sit_statement(table, &sit, statement);
    CHECK(size > 0);
    uint8_t identity_signature[SIGNATURE_SIZE];
    uint8_t consensus_signature[SIGNATURE_SIZE];
    crypto_sign_detached(identity_signature, NULL, statement, size, identity_secret);
    crypto_sign_detached(consensus_signature, NULL, statement, size, secrets->signing);
    sit.identity_signature = (ProtobufCBinaryData){SIGNATURE_SIZE, identity_signature};
    sit.consensus_signature = (ProtobufCBinaryData){SIGNATURE_SIZE, consensus_signature};
    struct writer w = writer_on(out, SIT_SIZE_MAX);
    return frame_pack(&sit.base, &w) ? w.used : 0;
}

static bool sit_sizes_right(const Bitcraps__Sit *sit)
{
    return sit->identity.len == PUBLIC_KEY_SIZE && sit->consensus_key.len == PUBLIC_KEY_SIZE &&
           sit->dice_key.len == ELEMENT_SIZE && sit->dice_proof.len == PROOF_SIZE &&
           sit->identity_signature.len == SIGNATURE_SIZE &&
           sit->consensus_signature.len == SIGNATURE_SIZE &&
           (sit->invitation.len == 0 || sit->invitation.len == SIGNATURE_SIZE);
}

static enum seating_verdict sit_fields(const Bitcraps__Sit *sit, struct seat *out)
{
    if (!sit_sizes_right(sit))
        return SEATING_MALFORMED;
    if (!name_valid(sit->name))
        return SEATING_NAME;
    memcpy(out->identity.bytes, sit->identity.data, PUBLIC_KEY_SIZE);
    memcpy(out->consensus_key.bytes, sit->consensus_key.data, PUBLIC_KEY_SIZE);
    memcpy(out->dice_key.bytes, sit->dice_key.data, ELEMENT_SIZE);
    copy_name(sit->name, out->name);
    out->witness = sit->witness;
    out->epoch = sit->epoch;
    out->invited = sit->invitation.len > 0;
    out->node = identity_node(&out->identity);
    return SEATING_OK;
}

#define SIT_ARENA_SIZE 1024

static const Bitcraps__Sit *sit_decode(struct bytes packed, struct arena *arena)
{
    const ProtobufCMessage *base;
    if (packed.size > SIT_SIZE_MAX ||
        frame_unpack(&bitcraps__sit__descriptor, packed, arena, &base) != FRAME_OK)
        return NULL;
    return (const Bitcraps__Sit *)base;
}

enum seating_verdict sit_read(struct bytes packed, struct seat *out)
{
    uint8_t memory[SIT_ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    memset(out, 0, sizeof *out);
    const Bitcraps__Sit *sit = sit_decode(packed, &arena);
    return sit == NULL ? SEATING_MALFORMED : sit_fields(sit, out);
}

/* Of a table that knows no invitations a Sit has none, so that one Sit is not two. */
static bool invitation_holds(const struct genesis *genesis, const Bitcraps__Sit *sit)
{
    uint8_t statement[SIT_STATEMENT_MAX];
    if (sit->invitation.len == 0)
        return true;
    if (genesis->admission != ADMISSION_INVITATION)
        return false;
    const size_t size = invited_statement(&genesis->id, sit, statement);
    return crypto_sign_verify_detached(sit->invitation.data, statement, size,
                                       genesis->invitation.bytes) == 0;
}

bool sit_welcome(const struct genesis *genesis, const struct seat *seat)
{
    return genesis->admission != ADMISSION_INVITATION || seat->invited;
}

enum seating_verdict sit_unpack(const struct genesis *genesis, struct bytes packed,
                                struct seat *out)
{
    const struct digest *table = &genesis->id;
    uint8_t memory[SIT_ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    memset(out, 0, sizeof *out);
    const Bitcraps__Sit *sit = sit_decode(packed, &arena);
    if (sit == NULL)
        return SEATING_MALFORMED;
    const enum seating_verdict verdict = sit_fields(sit, out);
    if (verdict != SEATING_OK)
        return verdict;
    uint8_t statement[SIT_STATEMENT_MAX];
    const size_t size = sit_statement(table, sit, statement);
    if (crypto_sign_verify_detached(sit->identity_signature.data, statement, size,
                                    sit->identity.data) != 0 ||
        crypto_sign_verify_detached(sit->consensus_signature.data, statement, size,
                                    sit->consensus_key.data) != 0)
        return SEATING_SIGNATURE;
    if (!invitation_holds(genesis, sit))
        return SEATING_INVITATION;
    struct proof proof;
    memcpy(proof.challenge.bytes, sit->dice_proof.data, SCALAR_SIZE);
    memcpy(proof.response.bytes, sit->dice_proof.data + SCALAR_SIZE, SCALAR_SIZE);
    uint8_t binding[DIGEST_SIZE + PUBLIC_KEY_SIZE];
    dice_binding(table, sit->identity.data, binding);
    if (!keygen_seat_verify(&out->dice_key, (struct bytes){.at = binding, .size = sizeof binding},
                            &proof))
        return SEATING_KEY;
    return SEATING_OK;
}

#define OFFER_LABEL          "bitcraps:offer:v1"
#define OFFER_STATEMENT_SIZE (sizeof OFFER_LABEL - 1 + DIGEST_SIZE)

static void offer_statement(const struct digest *table, uint8_t out[static OFFER_STATEMENT_SIZE])
{
    memcpy(out, OFFER_LABEL, sizeof OFFER_LABEL - 1);
    memcpy(out + sizeof OFFER_LABEL - 1, table->bytes, DIGEST_SIZE);
}

void offer_sign(const struct digest *table, const uint8_t host_secret[static 64],
                uint8_t warrant[static SIGNATURE_SIZE])
{
    uint8_t statement[OFFER_STATEMENT_SIZE];
    offer_statement(table, statement);
    crypto_sign_detached(warrant, NULL, statement, sizeof statement, host_secret);
}

bool offer_warranted(const struct digest *table, const struct public_key *host,
                     struct bytes warrant)
{
    uint8_t statement[OFFER_STATEMENT_SIZE];
    offer_statement(table, statement);
    return warrant.size == SIGNATURE_SIZE &&
           crypto_sign_verify_detached(warrant.at, statement, sizeof statement, host->bytes) == 0;
}

/* The instance id: over the packed seating without its signature. */
static bool instance_of(const Bitcraps__Seating *message, struct digest *out)
{
    uint8_t packed[SEATING_SIZE_MAX];
    Bitcraps__Seating bare = *message;
    bare.signature = (ProtobufCBinaryData){0, NULL};
    struct writer w = writer_on(packed, sizeof packed);
    if (!frame_pack(&bare.base, &w))
        return false;
    hash("bitcraps:instance:v1", packed, w.used, NULL, 0, out);
    return true;
}

#define SEATING_LABEL "bitcraps:seating:v1"

static void seating_statement(const struct digest *instance,
                              uint8_t out[static sizeof SEATING_LABEL - 1 + DIGEST_SIZE])
{
    memcpy(out, SEATING_LABEL, sizeof SEATING_LABEL - 1);
    memcpy(out + sizeof SEATING_LABEL - 1, instance->bytes, DIGEST_SIZE);
}

size_t seating_pack(struct bytes genesis, const struct bytes *sits, size_t count,
                    const uint8_t host_secret[static 64], uint8_t out[static SEATING_SIZE_MAX])
{
    CHECK(count <= SEATS_MAX);
    ProtobufCBinaryData list[SEATS_MAX];
    for (size_t i = 0; i < count; i++)
        list[i] = (ProtobufCBinaryData){sits[i].size, (uint8_t *)sits[i].at};
    Bitcraps__Seating message = BITCRAPS__SEATING__INIT;
    message.genesis = (ProtobufCBinaryData){genesis.size, (uint8_t *)genesis.at};
    message.n_sits = count;
    message.sits = list;
    struct digest instance;
    if (!instance_of(&message, &instance))
        return 0;
    uint8_t statement[sizeof SEATING_LABEL - 1 + DIGEST_SIZE];
    seating_statement(&instance, statement);
    uint8_t signature[SIGNATURE_SIZE];
    crypto_sign_detached(signature, NULL, statement, sizeof statement, host_secret);
    message.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    struct writer w = writer_on(out, SEATING_SIZE_MAX);
    return frame_pack(&message.base, &w) ? w.used : 0;
}

bool seats_share_key(const struct seat *a, const struct seat *b)
{
    return memcmp(&a->identity, &b->identity, sizeof a->identity) == 0 ||
           memcmp(&a->consensus_key, &b->consensus_key, sizeof a->consensus_key) == 0 ||
           memcmp(&a->dice_key, &b->dice_key, sizeof a->dice_key) == 0;
}

static bool keys_distinct(const struct seating *seating, unsigned seat)
{
    for (unsigned i = 0; i < seat; i++) {
        if (seats_share_key(&seating->seats[i], &seating->seats[seat]))
            return false;
    }
    return true;
}

enum seating_verdict seating_open(const Bitcraps__Seating *message, struct seating *out)
{
    memset(out, 0, sizeof *out);
    const struct bytes genesis = {.at = message->genesis.data, .size = message->genesis.len};
    enum seating_verdict verdict = genesis_unpack(genesis, &out->genesis);
    if (verdict != SEATING_OK)
        return verdict;
    if (message->n_sits != out->genesis.seats || message->n_sits > SEATS_MAX)
        return SEATING_COUNT;
    out->count = (unsigned)message->n_sits;
    out->faults = (out->count - 1) / 3;
    out->quorum = out->count - out->faults;
    out->host = out->count;
    unsigned players = 0;
    for (unsigned i = 0; i < out->count; i++) {
        const struct bytes sit = {.at = message->sits[i].data, .size = message->sits[i].len};
        verdict = sit_unpack(&out->genesis, sit, &out->seats[i]);
        if (verdict != SEATING_OK)
            return verdict;
        if (!sit_welcome(&out->genesis, &out->seats[i]))
            return SEATING_INVITATION;
        if (out->seats[i].epoch != 0)
            return SEATING_MALFORMED;
        if (!keys_distinct(out, i))
            return SEATING_KEY;
        if (memcmp(&out->seats[i].identity, &out->genesis.host, sizeof out->genesis.host) == 0)
            out->host = i;
        players += out->seats[i].witness ? 0 : 1;
    }
    if (out->host == out->count || players == 0)
        return SEATING_COUNT;
    if (!instance_of(message, &out->instance))
        return SEATING_MALFORMED;
    uint8_t statement[sizeof SEATING_LABEL - 1 + DIGEST_SIZE];
    seating_statement(&out->instance, statement);
    if (message->signature.len != SIGNATURE_SIZE ||
        crypto_sign_verify_detached(message->signature.data, statement, sizeof statement,
                                    out->genesis.host.bytes) != 0)
        return SEATING_SIGNATURE;
    craps_card_make(&out->card, &out->genesis.rules);
    return SEATING_OK;
}
