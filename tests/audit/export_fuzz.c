/* SPDX-License-Identifier: MIT */
/*
 * Any file to the auditor: it says what is wrong and breaks on nothing. A first byte of 0: the rest
 * is the file. Else the rest is blocks of a seating that the fuzzer signed itself, with the hashes
 * put right, so that what is behind the hashes is reached: time 8 | view gap 1 | payload size 2 |
 * payload.
 */
#include "audit/audit.h"
#include "base/check.h"
#include "base/wire.h"
#include "noise/identity.h"

#include <sodium.h>
#include <string.h>

#define FILE_SIZE_MAX 32768
#define BLOCKS_TRIED  6u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct audit audit;
static struct seating seating;
static uint8_t seating_packed[SEATING_SIZE_MAX];
static size_t seating_size;
static _Alignas(16) uint8_t memory[AUDIT_ARENA_SIZE(FILE_SIZE_MAX)];

static const Bitcraps__Seating *unpack_seating(struct arena *arena)
{
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__seating__descriptor, (struct bytes){seating_packed, seating_size},
                       arena, &base) == FRAME_OK);
    return (const Bitcraps__Seating *)base;
}

/* A table of one seat, whose owner may say what it likes. */
static void start(void)
{
    CHECK(sodium_init() >= 0);
    const uint8_t seed[32] = {1};
    const uint8_t random[32] = {2};
    struct identity identity;
    identity_derive(&identity, seed, 1);
    struct genesis genesis = {.host = identity.key,
                              .name = "table",
                              .seats = 1,
                              .buy_in = 1000,
                              .bank = 100000,
                              .window = 20000,
                              .rules = craps_rules_casino()};
    uint8_t packed[GENESIS_SIZE_MAX];
    uint8_t sit[SIT_SIZE_MAX];
    const size_t size = genesis_pack(&genesis, packed);
    struct seat_secrets secrets;
    seat_secrets_derive(seed, &genesis.id, &secrets);
    const size_t sit_size =
        sit_pack(&genesis.id, &secrets, identity.secret, &identity.key, "seat", false, random, sit);
    const struct bytes sits[] = {{sit, sit_size}};
    seating_size =
        seating_pack((struct bytes){packed, size}, sits, 1, identity.secret, seating_packed);
    CHECK(size > 0 && sit_size > 0 && seating_size > 0);
    uint8_t scratch[1024];
    struct arena arena = {.at = scratch, .size = sizeof scratch};
    CHECK(seating_open(unpack_seating(&arena), &seating) == SEATING_OK);
}

static void show(void *context, const struct table_event *event)
{
    unsigned *events = context;
    CHECK(event->kind <= TABLE_EVENT_CONVICTED);
    ++*events;
}

static void check(struct bytes file)
{
    unsigned events = 0;
    struct arena arena = {.at = memory, .size = sizeof memory};
    const bool holds = audit_export(&audit, file, &arena, show, &events);
    CHECK(holds == (audit.wrong[0] == '\0'));
    if (audit.blocks > 0 || holds)
        CHECK(ledger_fault(&audit.state.ledger) == NULL);
}

/* One block on the state so far, hashes right; the state after it, if there is one. */
static bool chain(struct reader *r, struct block_header *header, uint8_t encoded[BLOCK_HEADER_SIZE],
                  struct bytes *payload, struct state *state)
{
    header->time = read_i64(r);
    header->parent_view = header->view;
    header->view += read_u8(r);
    header->height++;
    const uint16_t length = read_u16(r);
    payload->size = length < r->size ? length : r->size;
    payload->at = read_bytes(r, payload->size);
    crypto_generichash(header->payload_root.bytes, DIGEST_SIZE, payload->at, payload->size, NULL,
                       0);
    crypto_generichash(header->skip_root.bytes, DIGEST_SIZE, NULL, 0, NULL, 0);
    state_root(state, &header->state_root);
    block_header_encode(header, encoded);
    block_digest(encoded, &header->parent);
    struct execution execution = {.seating = &seating};
    return state_execute(state, &execution, header, &header->parent, *payload) == STATE_VALID;
}

static void check_blocks(struct reader *r)
{
    static struct state state;
    static uint8_t file[FILE_SIZE_MAX];
    uint8_t headers[BLOCKS_TRIED][BLOCK_HEADER_SIZE];
    Bitcraps__Block blocks[BLOCKS_TRIED];
    Bitcraps__Block *pointers[BLOCKS_TRIED];
    uint8_t scratch[1024];
    struct arena arena = {.at = scratch, .size = sizeof scratch};
    Bitcraps__Export export = BITCRAPS__EXPORT__INIT;
    struct block_header header = {
        .instance = seating.instance, .epoch = 1, .parent = seating.instance};
    state_init(&state, &seating);
    bool more = true;
    while (more && r->size > 0 && export.n_blocks < BLOCKS_TRIED) {
        const size_t i = export.n_blocks++;
        struct bytes payload = {0};
        more = chain(r, &header, headers[i], &payload, &state);
        bitcraps__block__init(&blocks[i]);
        blocks[i].header = (ProtobufCBinaryData){BLOCK_HEADER_SIZE, headers[i]};
        blocks[i].payload = (ProtobufCBinaryData){payload.size, (uint8_t *)payload.at};
        pointers[i] = &blocks[i];
    }
    export.version = 1;
    export.seating = (Bitcraps__Seating *)unpack_seating(&arena);
    export.blocks = pointers;
    struct writer w = writer_on(file, sizeof file);
    if (frame_pack(&export.base, &w))
        check(written(&w));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (seating_size == 0)
        start();
    if (size == 0 || size > FILE_SIZE_MAX)
        return 0;
    struct reader r = reader_on((struct bytes){data + 1, size - 1});
    if (data[0] == 0)
        check((struct bytes){r.at, r.size});
    else
        check_blocks(&r);
    return 0;
}
