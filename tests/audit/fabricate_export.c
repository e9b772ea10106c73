/* SPDX-License-Identifier: MIT */
/*
 * fabricate_export SEED FILE: writes the export of a table that was never played, and checks it.
 * One process holds every seat's keys and signs whatever a seed makes up: house rules within their
 * range, bets good and bad, stale and early actions, broken deals, skipped views. A second verifier
 * has to follow every refusal and every chip of it, since each header names the state before its
 * block.
 */
#include "audit/audit.h"
#include "audit/draw_house.h"
#include "base/check.h"
#include "craps/layout.h"
#include "craps/order.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_MAX (16 << 20)
#define BLOCKS        160

struct player {
    uint8_t identity_secret[64];
    struct public_key identity;
    struct seat_secrets secrets;
    struct scalar share;
    uint64_t sequence;
};

static struct player players[SEATS_MAX];
static struct seating seating;
static struct state state;

static void draw_bytes(uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)draw(256);
}

/* ---- The table ---- */

/* Makes keys, seats and the seating; returns the packed seating's size. */
static size_t draw_seating(uint8_t out[static SEATING_SIZE_MAX])
{
    static uint8_t genesis_packed[GENESIS_SIZE_MAX];
    static uint8_t sits_packed[SEATS_MAX][SIT_SIZE_MAX];
    struct bytes sits[SEATS_MAX];
    struct genesis genesis = {.seats = (unsigned)(1 + draw(5)), .window = 20000};
    genesis.buy_in = chance(30) ? 50 : 1000;
    if (chance(20))
        genesis.buy_in = TABLE_CHIPS_MAX / 10;
    genesis.bank = chance(20) ? TABLE_CHIPS_MAX / 10 : chance(40) ? (chips)draw(400) : 100000;
    genesis.host_bank = chance(50);
    genesis.rules = draw_house();
    snprintf(genesis.name, sizeof genesis.name, "Fabricated");
    draw_bytes(genesis.nonce, sizeof genesis.nonce);
    for (unsigned i = 0; i < genesis.seats; i++) {
        uint8_t seed[32];
        draw_bytes(seed, sizeof seed);
        crypto_sign_seed_keypair(players[i].identity.bytes, players[i].identity_secret, seed);
    }
    genesis.host = players[0].identity;
    const size_t genesis_size = genesis_pack(&genesis, genesis_packed);
    CHECK(genesis_size > 0);
    for (unsigned i = 0; i < genesis.seats; i++) {
        uint8_t seed[32];
        uint8_t random[32];
        char name[NAME_SIZE_MAX];
        draw_bytes(seed, sizeof seed);
        draw_bytes(random, sizeof random);
        snprintf(name, sizeof name, "Anaïs %u", i);
        seat_secrets_derive(seed, &genesis.id, &players[i].secrets);
        sits[i].at = sits_packed[i];
        sits[i].size =
            sit_pack(&genesis.id, &players[i].secrets, players[i].identity_secret,
                     &players[i].identity, name, i > 0 && chance(25), random, sits_packed[i]);
        CHECK(sits[i].size > 0);
    }
    const size_t size = seating_pack((struct bytes){genesis_packed, genesis_size}, sits,
                                     genesis.seats, players[0].identity_secret, out);
    CHECK(size > 0);
    return size;
}

/* ---- Actions ---- */

static uint8_t item_memory[BLOCK_ACTIONS_MAX + 2][ACTION_SIZE_MAX];
static Bitcraps__Item items[BLOCK_ACTIONS_MAX + 2];
static size_t items_count;
static Bitcraps__Roll roll_message;
static Bitcraps__Close close_message;

static void add_action(unsigned seat, Bitcraps__ActionBody *body)
{
    static uint8_t packed[ACTION_SIZE_MAX];
    uint8_t signature[SIGNATURE_SIZE];
    body->epoch = 1;
    body->seat = seat;
    body->sequence = ++players[seat].sequence;
    struct writer w = writer_on(packed, sizeof packed);
    CHECK(frame_pack(&body->base, &w));
    state_action_sign(&seating, written(&w), players[seat].secrets.signing, signature);
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    action.body = (ProtobufCBinaryData){w.used, packed};
    action.signature = (ProtobufCBinaryData){sizeof signature, signature};
    struct writer item = writer_on(item_memory[items_count], ACTION_SIZE_MAX);
    CHECK(frame_pack(&action.base, &item));
    bitcraps__item__init(&items[items_count]);
    items[items_count].kind_case = BITCRAPS__ITEM__KIND_ACTION;
    items[items_count].action = (ProtobufCBinaryData){item.used, item_memory[items_count]};
    items_count++;
}

/* A roll number, mostly the open one. */
static uint64_t draw_roll_number(void)
{
    return chance(94) ? state.roll : state.roll + draw(3) - 1;
}

/* Line bets, odds and puts are few among many, and bets on a hand are open only at its start. */
static bool wanted(const struct craps_offer *offer, uint64_t what)
{
    const uint8_t limit = layout_row(offer->bet.kind)->limit;
    if (what < 40)
        return limit == CRAPS_LIMIT_LINE || limit == CRAPS_LIMIT_ODDS;
    if (what < 55)
        return limit == CRAPS_LIMIT_HAND;
    return what < 75 ? limit == CRAPS_LIMIT_BOX : true;
}

/* Something that the seat may bet on now; false when there is nothing of the wanted sort. */
static bool draw_offer(unsigned seat, struct craps_offer *offer)
{
    static struct craps_offer offers[CRAPS_SPOT_COUNT];
    const size_t count = craps_legal(&state.craps, &seating.card, seat, offers);
    const uint64_t what = draw(100);
    uint64_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (wanted(&offers[i], what) && draw(++found) == 0)
            *offer = offers[i];
    }
    return found > 0;
}

static void draw_add(unsigned seat, Bitcraps__Order *order)
{
    struct craps_offer offer = {0};
    order->deed_case = BITCRAPS__ORDER__DEED_ADD;
    order->bet = (uint32_t)draw(CRAPS_ID_COUNT + 1);
    if (chance(95) && draw_offer(seat, &offer))
        order->bet = craps_bet_id(offer.bet);
    if (offer.least > 0 && chance(90)) {
        const uint64_t steps = (uint64_t)((offer.most - offer.least) / offer.unit) + 1;
        order->add = offer.least + (chips)draw(chance(70) && steps > 4 ? 4 : steps) * offer.unit;
    } else {
        order->add = chance(80) ? (chips)draw(400) : (chips)(draw(UINT64_MAX) - INT64_MAX);
    }
}

/* A bet of the seat that lies, or its kind without a number; else any id. */
static uint32_t draw_lying(unsigned seat, chips *stake)
{
    uint64_t found = 0;
    uint32_t id = (uint32_t)draw(CRAPS_ID_COUNT + 1);
    *stake = 0;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT && !chance(1); spot++) {
        if (state.craps.seats[seat].stakes[spot] == 0 || draw(++found) != 0)
            continue;
        struct craps_bet bet = craps_bet_at(spot);
        if (chance(20) && bet.kind <= CRAPS_DONT_COME_ODDS)
            bet.number = 0;
        id = craps_bet_id(bet);
        *stake = state.craps.seats[seat].stakes[spot];
    }
    return id;
}

static void draw_order(unsigned seat, Bitcraps__Order *order)
{
    chips stake;
    const uint64_t what = draw(100);
    bitcraps__order__init(order);
    if (what < 75) {
        draw_add(seat, order);
        return;
    }
    order->bet = draw_lying(seat, &stake);
    if (what < 88) {
        order->deed_case = BITCRAPS__ORDER__DEED_TAKE;
        if (chance(60))
            order->take = (chips)draw(chance(90) ? (uint64_t)stake + 2 : INT64_MAX);
    } else {
        order->deed_case = BITCRAPS__ORDER__DEED_CALL;
        order->call = (uint32_t)draw(3);
    }
}

static void add_orders(unsigned seat)
{
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__Orders message = BITCRAPS__ORDERS__INIT;
    Bitcraps__Order orders[CRAPS_ORDERS_MAX];
    Bitcraps__Order *list[CRAPS_ORDERS_MAX];
    message.roll = draw_roll_number();
    message.n_orders = chance(50) ? 1 : (size_t)(1 + draw(chance(90) ? 4 : CRAPS_ORDERS_MAX));
    message.orders = list;
    for (size_t i = 0; i < message.n_orders; i++) {
        draw_order(seat, &orders[i]);
        list[i] = &orders[i];
    }
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_ORDERS;
    body.orders = &message;
    add_action(seat, &body);
}

static void add_simple(unsigned seat, Bitcraps__ActionBody__KindCase kind)
{
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__Ready ready = BITCRAPS__READY__INIT;
    Bitcraps__TimeUp time_up = BITCRAPS__TIME_UP__INIT;
    Bitcraps__Leave leave = BITCRAPS__LEAVE__INIT;
    ready.roll = time_up.roll = leave.roll = draw_roll_number();
    body.kind_case = kind;
    if (kind == BITCRAPS__ACTION_BODY__KIND_READY)
        body.ready = &ready;
    else if (kind == BITCRAPS__ACTION_BODY__KIND_TIME_UP)
        body.time_up = &time_up;
    else
        body.leave = &leave;
    add_action(seat, &body);
}

static void add_deal(unsigned seat)
{
    static uint8_t packed[KEYGEN_DEAL_SIZE_MAX];
    struct keygen_params params;
    struct keygen_deal deal;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    const unsigned position = roster_position(&state.next, seat);
    if (position != SEAT_NONE)
        state_keygen_params(&state, &seating, &params);
    else
        state_keys_params(&state, &seating, &params);
    keygen_deal(&params, (uint8_t)(position != SEAT_NONE ? position : seat),
                players[seat].secrets.deal_seed, &deal);
    if (chance(1))
        deal.shares[draw(params.n)][draw(KEYGEN_BOX_SIZE)] ^= 1;
    size_t size = keygen_deal_encode(&deal, packed, sizeof packed);
    if (chance(4))
        packed[draw(size)] ^= 1;
    if (chance(2))
        size -= 1 + draw(size - 1);
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_DEAL;
    body.deal = (ProtobufCBinaryData){size, packed};
    body.attempt = state.attempt;
    add_action(seat, &body);
}

static void add_deal_ok(unsigned seat)
{
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__DealOk deal_ok = BITCRAPS__DEAL_OK__INIT;
    struct digest list = state.roster.list;
    if (chance(5))
        list.bytes[draw(DIGEST_SIZE)] ^= 1;
    deal_ok.list = (ProtobufCBinaryData){DIGEST_SIZE, list.bytes};
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_DEAL_OK;
    body.deal_ok = &deal_ok;
    body.attempt = 1;
    add_action(seat, &body);
}

/* About a deal that is bad for the seat, or out of malice. */
static void maybe_complain(unsigned seat)
{
    struct keygen_params params;
    uint8_t random[PROOF_RANDOM_SIZE];
    uint8_t packed[KEYGEN_COMPLAINT_SIZE];
    state_keygen_params(&state, &seating, &params);
    for (uint8_t dealer = 0; dealer < params.n; dealer++) {
        struct scalar share;
        struct keygen_complaint complaint;
        if (!(state.dealt >> dealer & 1))
            continue;
        if (keygen_open_share(&params, dealer, &state.deals[dealer], (uint8_t)seat,
                              &players[seat].secrets.dice, &share) &&
            !chance(1))
            continue;
        draw_bytes(random, sizeof random);
        keygen_complain(&params, dealer, &state.deals[dealer], (uint8_t)seat,
                        &players[seat].secrets.dice, random, &complaint);
        keygen_complaint_encode(&complaint, packed);
        if (chance(20))
            packed[draw(sizeof packed)] ^= 1;
        Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
        body.kind_case = BITCRAPS__ACTION_BODY__KIND_COMPLAINT;
        body.complaint = (ProtobufCBinaryData){sizeof packed, packed};
        body.attempt = 1;
        add_action(seat, &body);
    }
}

/* Opens the own shares once all have dealt. */
static void open_shares(void)
{
    struct keygen_params params;
    state_keys_params(&state, &seating, &params);
    for (uint8_t seat = 0; seat < params.n; seat++) {
        struct scalar received[SEATS_MAX];
        for (uint8_t dealer = 0; dealer < params.n; dealer++) {
            if (!keygen_open_share(&params, dealer, &state.deals[dealer], seat,
                                   &players[seat].secrets.dice, &received[dealer]))
                return; /* Nobody complained: this seat can never roll. */
        }
        CHECK(keygen_share(&state.keys, seat, received, &players[seat].share));
    }
}

/* ---- Rolls ---- */

static Bitcraps__Share shares[SEATS_MAX];
static Bitcraps__Share *share_list[SEATS_MAX];
static uint8_t share_memory[SEATS_MAX][ROLL_PARTIAL_SIZE];
static struct element roll_value;

/* ROLL with the shares of a drawn set of seats; false when a seat of it has none. */
static bool add_roll(void)
{
    struct roll_statement statement;
    struct element values[SEATS_MAX];
    uint32_t set = 0;
    unsigned count = 0;
    state_roll_statement(&state, &seating, &statement);
    while ((unsigned)__builtin_popcount(set) < seating.quorum)
        set |= 1u << draw(seating.count);
    for (unsigned seat = 0; seat < seating.count; seat++) {
        struct roll_partial partial;
        uint8_t random[PROOF_RANDOM_SIZE];
        if (!(set >> seat & 1))
            continue;
        if (sodium_is_zero(players[seat].share.bytes, SCALAR_SIZE))
            return false;
        draw_bytes(random, sizeof random);
        roll_partial(&statement, &players[seat].share, &state.keys.share_keys[seat], random,
                     &partial);
        roll_partial_encode(&partial, share_memory[count]);
        values[count] = partial.value;
        bitcraps__share__init(&shares[count]);
        shares[count].seat = seat;
        shares[count].partial = (ProtobufCBinaryData){ELEMENT_SIZE, share_memory[count]};
        shares[count].proof = (ProtobufCBinaryData){PROOF_SIZE, share_memory[count] + ELEMENT_SIZE};
        share_list[count] = &shares[count];
        count++;
    }
    struct roll_weights weights = {0};
    roll_weigh(&weights, set);
    CHECK(roll_combine(&weights, values, &roll_value));
    bitcraps__roll__init(&roll_message);
    roll_message.roll = state.roll;
    roll_message.value = (ProtobufCBinaryData){ELEMENT_SIZE, roll_value.bytes};
    roll_message.n_shares = count;
    roll_message.shares = share_list;
    bitcraps__item__init(&items[items_count]);
    items[items_count].kind_case = BITCRAPS__ITEM__KIND_ROLL;
    items[items_count++].roll = &roll_message;
    return true;
}

static void add_close(void)
{
    bitcraps__close__init(&close_message);
    close_message.roll = state.roll;
    bitcraps__item__init(&items[items_count]);
    items[items_count].kind_case = BITCRAPS__ITEM__KIND_CLOSE;
    items[items_count++].close = &close_message;
}

/* What the seats do in one block; at a brisk table all are soon ready. */
static void draw_actions(bool brisk)
{
    const uint64_t count = draw(12);
    for (uint64_t i = 0; i < count; i++) {
        const unsigned seat = (unsigned)draw(seating.count);
        const uint64_t what = draw(1000);
        if (state.phase == STATE_PHASE_KEYS) {
            if (what < 450)
                add_deal(seat);
            else if (what < 850)
                add_deal_ok(seat);
            else if (what < 950)
                maybe_complain(seat);
            else
                add_orders(seat);
        } else if (what < 750) {
            add_orders(seat);
        } else if (what < 880) {
            add_simple(seat, BITCRAPS__ACTION_BODY__KIND_READY);
        } else if (what < 989) {
            add_simple(seat, BITCRAPS__ACTION_BODY__KIND_TIME_UP);
        } else if (what < 990) {
            add_simple(seat, BITCRAPS__ACTION_BODY__KIND_LEAVE);
        } else {
            add_deal(seat);
        }
    }
    for (unsigned seat = 0; seat < seating.count && brisk; seat++) {
        if (state.phase == STATE_PHASE_BETTING && chance(90))
            add_simple(seat, BITCRAPS__ACTION_BODY__KIND_READY);
    }
}

/* ---- Blocks ---- */

static struct writer file;

/* Appends a message as a field of the export. */
static void put_field(unsigned number, struct bytes bytes)
{
    write_u8(&file, (uint8_t)(number << 3 | 2));
    size_t rest = bytes.size;
    for (; rest > 127; rest >>= 7)
        write_u8(&file, (uint8_t)(rest | 128));
    write_u8(&file, (uint8_t)rest);
    write_bytes(&file, bytes.at, bytes.size);
}

static uint8_t certificate_memory[8][SEATS_MAX * SIGNATURE_SIZE];

/* A certificate by a drawn quorum. */
static void certify(enum vote_type type, uint64_t view, struct digest *digest, unsigned slot,
                    Bitcraps__Certificate *out)
{
    struct electorate electorate = {.instance = seating.instance, .epoch = 1};
    uint8_t statement[VOTE_STATEMENT_SIZE];
    uint32_t set = 0;
    size_t used = 0;
    while ((unsigned)__builtin_popcount(set) < seating.quorum)
        set |= 1u << draw(seating.count);
    vote_statement(&electorate, type, view, digest, statement);
    for (unsigned seat = 0; seat < seating.count; seat++) {
        if (!(set >> seat & 1))
            continue;
        crypto_sign_detached(certificate_memory[slot] + used, NULL, statement, sizeof statement,
                             players[seat].secrets.signing);
        used += SIGNATURE_SIZE;
    }
    bitcraps__certificate__init(out);
    out->type = (uint32_t)type;
    out->epoch = 1;
    out->view = view;
    if (digest != NULL)
        out->digest = (ProtobufCBinaryData){DIGEST_SIZE, digest->bytes};
    out->bitmap = set;
    out->signatures = (ProtobufCBinaryData){used, certificate_memory[slot]};
}

static struct digest hash_of(struct bytes bytes)
{
    struct digest digest;
    crypto_generichash(digest.bytes, DIGEST_SIZE, bytes.at, bytes.size, NULL, 0);
    return digest;
}

/* Packs the collected items, signs off on the skipped views, executes, appends. */
static void put_block(struct block_header *header)
{
    static uint8_t payload_memory[BLOCK_SIZE_MAX];
    static uint8_t block_memory[2 * BLOCK_SIZE_MAX];
    static uint8_t skip_memory[8 * 2048];
    Bitcraps__Item *list[BLOCK_ACTIONS_MAX + 2];
    Bitcraps__Certificate skips[8];
    Bitcraps__Certificate *skip_list[8];
    Bitcraps__Payload payload = BITCRAPS__PAYLOAD__INIT;
    Bitcraps__Block block = BITCRAPS__BLOCK__INIT;
    for (size_t i = 0; i < items_count; i++)
        list[i] = &items[i];
    payload.n_items = items_count;
    payload.items = list;
    struct writer body = writer_on(payload_memory, sizeof payload_memory);
    CHECK(frame_pack(&payload.base, &body));

    struct writer packed_skips = writer_on(skip_memory, sizeof skip_memory);
    block.skips = skip_list;
    for (uint64_t view = header->parent_view + 1; view < header->view; view++) {
        Bitcraps__Certificate *skip = &skips[block.n_skips];
        certify(VOTE_NULLIFY, view, NULL, (unsigned)block.n_skips, skip);
        write_u32(&packed_skips, (uint32_t)frame_packed_size(&skip->base));
        CHECK(frame_pack(&skip->base, &packed_skips));
        skip_list[block.n_skips++] = skip;
    }
    header->payload_root = hash_of(written(&body));
    header->skip_root = hash_of(written(&packed_skips));
    state_root(&state, &header->state_root);
    uint8_t encoded[BLOCK_HEADER_SIZE];
    struct digest digest;
    block_header_encode(header, encoded);
    block_digest(encoded, &digest);
    const struct execution execution = {.seating = &seating};
    CHECK(state_execute(&state, &execution, header, &digest, written(&body)) == STATE_VALID);

    block.header = (ProtobufCBinaryData){sizeof encoded, encoded};
    block.payload = (ProtobufCBinaryData){body.used, payload_memory};
    struct writer out = writer_on(block_memory, sizeof block_memory);
    CHECK(frame_pack(&block.base, &out));
    put_field(3, written(&out));
    header->parent = digest;
    header->parent_view = header->view;
    items_count = 0;
}

/* Drops what was collected, as if it had never been signed. */
static void forget_actions(void)
{
    for (unsigned seat = 0; seat < seating.count; seat++)
        players[seat].sequence = state.sequence[seat];
    items_count = 0;
}

static void make_up_history(struct block_header *header)
{
    const bool brisk = chance(60);
    bool opened = false;
    bool stuck = false;
    for (unsigned height = 1; height <= BLOCKS; height++) {
        header->height = height;
        header->view = header->parent_view + 1 + (chance(6) ? draw(5) : 0);
        header->time += 1 + (int64_t)draw(chance(90) ? 1000 : 3600000);
        if (state.phase == STATE_PHASE_ROLLING && !stuck && chance(70))
            stuck = !add_roll();
        const bool thrown = items_count > 0;
        draw_actions(brisk);
        /* The block that closes holds nothing that could change whether it may. */
        if (!thrown && height < BLOCKS &&
            state_close_due(&state, header->view) == STATE_CLOSE_YES) {
            forget_actions();
            add_close();
        }
        if (height == BLOCKS)
            forget_actions(); /* The last block is empty; its header names the last state. */
        put_block(header);
        if (!opened && state.phase == STATE_PHASE_BETTING) {
            open_shares();
            opened = true;
        }
    }
}

int main(int argc, char **argv)
{
    static uint8_t seating_packed[SEATING_SIZE_MAX];
    static uint8_t certificate_packed[2048];
    static uint8_t arena_memory[1 << 20];
    if (argc != 3 || sodium_init() < 0)
        return 2;
    draw_from(strtoull(argv[1], NULL, 10));
    uint8_t *memory = malloc(FILE_SIZE_MAX);
    CHECK(memory != NULL);
    file = writer_on(memory, FILE_SIZE_MAX);

    const size_t seating_size = draw_seating(seating_packed);
    struct arena arena = {.at = arena_memory, .size = sizeof arena_memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__seating__descriptor, (struct bytes){seating_packed, seating_size},
                       &arena, &base) == FRAME_OK);
    CHECK(seating_open((const Bitcraps__Seating *)base, &seating) == SEATING_OK);
    state_init(&state, &seating);
    write_u8(&file, 1 << 3);
    write_u8(&file, 1);
    put_field(2, (struct bytes){seating_packed, seating_size});

    struct block_header header = {
        .instance = seating.instance, .epoch = 1, .parent = seating.instance, .time = 1};
    make_up_history(&header);
    Bitcraps__Certificate finalization;
    certify(VOTE_FINALIZE, header.view, &header.parent, 0, &finalization);
    struct writer w = writer_on(certificate_packed, sizeof certificate_packed);
    CHECK(frame_pack(&finalization.base, &w));
    put_field(4, written(&w));
    CHECK(!file.failed);

    static struct audit audit;
    arena = (struct arena){.size = AUDIT_ARENA_SIZE(file.used)};
    arena.at = malloc(arena.size);
    CHECK(arena.at != NULL);
    CHECK(audit_export(&audit, written(&file), &arena, NULL, NULL));
    free(arena.at);

    FILE *out = fopen(argv[2], "wb");
    if (out == NULL || fwrite(file.at, 1, file.used, out) != file.used || fclose(out) != 0)
        return 1;
    free(memory);
    return 0;
}
