/* SPDX-License-Identifier: MIT */
/* How a node comes to a seat: offers, joining by hand or by its config, and what the journal tells
 * of it. */
#include "node/sitting_parts.h"

#include "base/check.h"
#include "base/wire.h"
#include "frame/frame.h"
#include "node/node.h"
#include "node/render.h"
#include "node/worker.h"
#include "platform/posix/clock.h"
#include "platform/posix/log.h"

#include <sodium.h>
#include <stdio.h>

static bool enter_lobby(struct sitting *sitting, struct bytes sit)
{
    const struct bytes genesis = {.at = sitting->genesis_packed, .size = sitting->genesis_size};
    if (lobby_init(&sitting->lobby, genesis, sit, sitting->worker->node->identity.secret,
                   clock_monotonic_msec()) != SEATING_OK)
        return false;
    sitting->joined = true;
    return true;
}

void sitting_offered(struct sitting *sitting, struct bytes packed, const Bitcraps__Announce *offer,
                     bool direct)
{
    const msec now = clock_monotonic_msec();
    sitting->offer.heard = now;
    if (sitting->joined) {
        lobby_offered(&sitting->lobby, now, offer);
        if (now < sitting->deadline)
            sitting->deadline = now;
        return;
    }
    if (direct)
        sitting->offered_by_host = now;
    else if (sitting->offered_by_host != 0 && now - sitting->offered_by_host < LOBBY_SILENT_MSEC)
        return;
    CHECK(packed.size <= sizeof sitting->offer_packed);
    memcpy(sitting->offer_packed, packed.at, packed.size);
    sitting->offer_size = packed.size;
    sitting->offer_taken = offer->taken;
    sitting->offer_started = offer->started;
    sitting_peers_changed(sitting);
}

/* What the lobby has to know of the offer that was taken, now or in an earlier life. */
static bool restore_offer(struct sitting *sitting, struct bytes packed)
{
    uint8_t memory[1024];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    if (!sitting->joined || message->kind_case != BITCRAPS__MESSAGE__KIND_ANNOUNCE ||
        message->announce->warrant.len != SIGNATURE_SIZE)
        return false;
    const msec now = clock_monotonic_msec();
    lobby_offered(&sitting->lobby, now, message->announce);
    if (sitting->lobby.host)
        lobby_returns(&sitting->lobby, now);
    return true;
}

/* Whether it opens this table; an invitation to one that needs none does not matter. */
static enum sitting_join check_invitation(const struct sitting *sitting,
                                          const struct invitation *invitation)
{
    struct public_key key;
    if (sitting->genesis.admission != ADMISSION_INVITATION)
        return SITTING_JOINED;
    if (!invitation->known)
        return SITTING_JOIN_UNINVITED;
    invitation_key(invitation, &key);
    return memcmp(&key, &sitting->genesis.invitation, sizeof key) == 0 ? SITTING_JOINED
                                                                       : SITTING_JOIN_SECRET;
}

static bool keep_invitation(struct sitting *sitting, const struct invitation *invitation)
{
    if (sitting->genesis.admission != ADMISSION_INVITATION || sitting->invitation.known)
        return false;
    sitting->invitation = *invitation;
    if (sitting->table != NULL)
        sitting->table->config.invitation = *invitation;
    return true;
}

static void join_again(struct sitting *sitting)
{
    if (sitting->table == NULL)
        return;
    sitting->table->config.sits = true;
    sitting_expire(sitting);
}

static struct journal_record secret_record(const struct sitting *sitting)
{
    return (struct journal_record){
        .kind = SITTING_RECORD_SECRET,
        .body = {.at = sitting->invitation.secret, .size = INVITATION_SECRET_SIZE}};
}

enum sitting_join sitting_join(struct sitting *sitting, const char *player, bool witness,
                               const struct invitation *invitation)
{
    const bool known = sitting->invitation.known && !invitation->known;
    const enum sitting_join verdict =
        check_invitation(sitting, known ? &sitting->invitation : invitation);
    /* Who has a seat number needs no invitation for it. */
    if (verdict == SITTING_JOIN_SECRET || (verdict != SITTING_JOINED && !sitting->joined))
        return verdict;
    const bool news = verdict == SITTING_JOINED && keep_invitation(sitting, invitation);
    if (sitting->joined) {
        const struct journal_record record = secret_record(sitting);
        if (news)
            worker_record(sitting->worker, sitting, &record, 1);
        join_again(sitting);
        return SITTING_JOINED;
    }
    struct node *node = sitting->worker->node;
    struct seat_secrets secrets;
    seat_secrets_derive(node->seed, &sitting->genesis.id, &secrets);
    secrets.invitation = sitting->invitation;
    uint8_t random[32];
    uint8_t sit[SIT_SIZE_MAX];
    randombytes_buf(random, sizeof random);
    const size_t size = sit_pack(&sitting->genesis.id, &secrets, node->identity.secret,
                                 &node->identity.key, player, witness, random, sit);
    sodium_memzero(&secrets, sizeof secrets);
    if (size == 0 || !enter_lobby(sitting, (struct bytes){.at = sit, .size = size}))
        return SITTING_JOIN_NAME;
    uint8_t body[2 + GENESIS_SIZE_MAX + SIT_SIZE_MAX];
    struct writer w = writer_on(body, sizeof body);
    write_u16(&w, (uint16_t)sitting->genesis_size);
    write_bytes(&w, sitting->genesis_packed, sitting->genesis_size);
    write_bytes(&w, sit, size);
    struct journal_record records[3] = {{.kind = SITTING_RECORD_JOIN, .body = written(&w)}};
    size_t count = 1;
    const struct bytes offer = {.at = sitting->offer_packed, .size = sitting->offer_size};
    if (restore_offer(sitting, offer))
        records[count++] = (struct journal_record){.kind = SITTING_RECORD_MESSAGE, .body = offer};
    if (sitting->invitation.known)
        records[count++] = secret_record(sitting);
    worker_record(sitting->worker, sitting, records, count);
    sitting_tell_mesh(sitting);
    sitting_expire(sitting);
    return SITTING_JOINED;
}

static bool restore_secret(struct sitting *sitting, struct bytes body)
{
    struct invitation invitation = {.known = true};
    if (!sitting->joined || body.size != sizeof invitation.secret)
        return false;
    memcpy(invitation.secret, body.at, sizeof invitation.secret);
    if (check_invitation(sitting, &invitation) != SITTING_JOINED)
        return false;
    keep_invitation(sitting, &invitation);
    sodium_memzero(&invitation, sizeof invitation);
    return true;
}

/* Whether the config means this table: by its name, or 8 or more digits of its id. "any" means
 * those that a witness helps: with fewer than four voters none may be gone. */
static bool witness_wanted(const struct sitting *sitting)
{
    const struct node_config *config = &sitting->worker->node->config;
    char id[RENDER_ID_SIZE];
    render_id(&sitting->genesis.id, id);
    for (unsigned i = 0; i < config->witnesses; i++) {
        const char *wanted = config->witness[i];
        const size_t size = strlen(wanted);
        if ((strcmp(wanted, "any") == 0 && sitting->offer_taken < 4) ||
            strcmp(wanted, sitting->genesis.name) == 0 ||
            (size >= 8 && strncmp(id, wanted, size) == 0))
            return true;
    }
    return false;
}

void sitting_consider_witness(struct sitting *sitting)
{
    struct node *node = sitting->worker->node;
    const struct genesis *genesis = &sitting->genesis;
    const unsigned most = genesis->most > 0 ? genesis->most : genesis->seats;
    char name[NAME_SIZE_MAX + 1];
    char self[NODE_TEXT_SIZE];
    const struct invitation uninvited = {.known = false};
    if (genesis->admission == ADMISSION_INVITATION)
        return;
    /* Until play begins its chairs are for those whom the host waits for. */
    if (node->config.witnesses == 0 || sitting->joined || !sitting->offer_started ||
        sitting->offer_taken >= most + genesis->witnesses || !witness_wanted(sitting) ||
        atomic_load(&node->witnessing) >= (int)node->config.witness_tables)
        return;
    identity_text(&node->identity.node, self);
    snprintf(name, sizeof name, "witness-%.4s", self);
    log_line(LOG_LEVEL_INFO, LOG_TABLE,
             "asks for a witness seat at table \"%s\", as its config says", genesis->name);
    sitting_join(sitting, name, true, &uninvited);
}

bool sitting_restore(struct sitting *sitting, uint32_t kind, struct bytes body)
{
    if (kind == SITTING_RECORD_JOIN) {
        struct reader r = reader_on(body);
        const size_t genesis = read_u16(&r);
        read_bytes(&r, genesis);
        sitting->restored = true;
        return !r.failed && enter_lobby(sitting, (struct bytes){.at = r.at, .size = r.size});
    }
    if (kind == SITTING_RECORD_SECRET)
        return restore_secret(sitting, body);
    static _Thread_local uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (!sitting->joined ||
        frame_unpack(&bitcraps__message__descriptor, body, &arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_ANNOUNCE)
        return restore_offer(sitting, body);
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_FORGOTTEN && sitting->table == NULL) {
        sitting->forgetful = true;
        return true;
    }
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_SEATING)
        return lobby_restore(&sitting->lobby, message) == SEATING_OK && sitting_open_table(sitting);
    if (sitting->table == NULL)
        return false;
    table_restore(sitting->table, message);
    return true;
}

void sitting_forget(struct sitting *sitting)
{
    Bitcraps__Forgotten forgotten = BITCRAPS__FORGOTTEN__INIT;
    forgotten.below = 1; /* The key of the Sit that the lobby sends. */
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    message.kind_case = BITCRAPS__MESSAGE__KIND_FORGOTTEN;
    message.forgotten = &forgotten;
    uint8_t packed[32];
    struct writer w = writer_on(packed, sizeof packed);
    CHECK(frame_pack(&message.base, &w));
    sitting->forgetful = true;
    const struct journal_record record = {.kind = SITTING_RECORD_MESSAGE, .body = written(&w)};
    if (sitting->table == NULL)
        worker_record(sitting->worker, sitting, &record, 1);
    else
        table_forget(sitting->table);
}
