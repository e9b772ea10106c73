/* SPDX-License-Identifier: MIT */
/*
 * fabricate_export SEED BLOCKS FILE [spoil]: writes the export of a table that was never played,
 * and checks it. One process holds everybody's keys and signs whatever a seed makes up: house rules
 * within their range, bets good and bad, stale and early actions, broken deals, skipped views,
 * people who come, leave, are put out and come back. A second verifier has to follow every refusal
 * and every chip of it, since each header names the state before its block. Blocks that the rules
 * of a table would refuse as a whole are not written; but with a fourth word one may be the last,
 * with good signatures.
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
#define PEOPLE        24

struct person {
    uint8_t seed[32];
    uint8_t secret[64];
    struct public_key identity;
    bool witness;
};

/* Of a seat number; it changes hands. */
struct player {
    struct seat_secrets secrets;
    struct scalar share;
    uint64_t sequence;
};

static struct person people[PEOPLE];
static struct player players[SEATS_MAX];
static struct seating seating;
static struct state state;
static bool spoils; /* The last block is none that a seat would vote for, in some way. */
static bool spoiled;
static struct roster voters; /* Of the epoch whose blocks are made. */

static uint16_t bit_of(unsigned seat)
{
    return (uint16_t)(1u << seat);
}

/* One of a set that is not empty. */
static unsigned draw_seat(uint16_t set)
{
    unsigned found = 0;
    uint64_t skip = draw((uint64_t)__builtin_popcount(set));
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if ((set & bit_of(seat)) && skip-- == 0)
            found = seat;
    }
    return found;
}

static void draw_bytes(uint8_t *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)draw(256);
}

/* ---- The table ---- */

/* Known at tables by invitation. */
static struct invitation secret;

static size_t draw_sit(unsigned person, const struct digest *table,
                       const struct seat_secrets *secrets, uint8_t out[static SIT_SIZE_MAX])
{
    uint8_t random[32];
    char name[NAME_SIZE_MAX];
    draw_bytes(random, sizeof random);
    snprintf(name, sizeof name, "Anaïs %u", person);
    const size_t size = sit_pack(table, secrets, people[person].secret, &people[person].identity,
                                 name, people[person].witness, random, out);
    CHECK(size > 0);
    return size;
}

/* Makes keys, seats and the seating; returns the packed seating's size. */
static size_t draw_seating(uint8_t out[static SEATING_SIZE_MAX])
{
    static uint8_t genesis_packed[GENESIS_SIZE_MAX];
    static uint8_t sits_packed[SEATS_MAX][SIT_SIZE_MAX];
    struct bytes sits[SEATS_MAX];
    struct genesis genesis = {.seats = (unsigned)(1 + draw(5)), .window = 20000};
    genesis.most = chance(20) ? 0 : genesis.seats + 1 + (unsigned)draw(SEATS_MAX - genesis.seats);
    const unsigned most = genesis.most > 0 ? genesis.most : genesis.seats;
    genesis.witnesses = chance(50) ? 0 : (unsigned)draw(SEATS_MAX - most + 1);
    genesis.buy_in = chance(30) ? 50 : 1000;
    if (chance(20))
        genesis.buy_in = TABLE_CHIPS_MAX / 10;
    genesis.bank = chance(20) ? TABLE_CHIPS_MAX / 10 : chance(40) ? (chips)draw(400) : 100000;
    genesis.host_bank = chance(50);
    genesis.rules = draw_house();
    snprintf(genesis.name, sizeof genesis.name, "Fabricated");
    draw_bytes(genesis.nonce, sizeof genesis.nonce);
    genesis.admission = chance(40)   ? ADMISSION_OPEN
                        : chance(50) ? ADMISSION_INVITATION
                                     : ADMISSION_APPROVAL;
    secret.known = genesis.admission == ADMISSION_INVITATION;
    draw_bytes(secret.secret, sizeof secret.secret);
    if (secret.known)
        invitation_key(&secret, &genesis.invitation);
    for (unsigned i = 0; i < PEOPLE; i++) {
        draw_bytes(people[i].seed, sizeof people[i].seed);
        crypto_sign_seed_keypair(people[i].identity.bytes, people[i].secret, people[i].seed);
        people[i].witness = i > 0 && chance(25);
    }
    genesis.host = people[0].identity;
    const size_t genesis_size = genesis_pack(&genesis, genesis_packed);
    CHECK(genesis_size > 0);
    for (unsigned i = 0; i < genesis.seats; i++) {
        seat_secrets_derive(people[i].seed, &genesis.id, &players[i].secrets);
        players[i].secrets.invitation = secret;
        sits[i].at = sits_packed[i];
        sits[i].size = draw_sit(i, &genesis.id, &players[i].secrets, sits_packed[i]);
    }
    const size_t size = seating_pack((struct bytes){genesis_packed, genesis_size}, sits,
                                     genesis.seats, people[0].secret, out);
    CHECK(size > 0);
    return size;
}

/* ---- Actions ---- */

static uint8_t item_memory[BLOCK_ACTIONS_MAX + 2][ACTION_SIZE_MAX];
static Bitcraps__Item items[BLOCK_ACTIONS_MAX + 2];
static size_t items_count;
static Bitcraps__Roll roll_message;
static Bitcraps__Close close_message;
static Bitcraps__EpochEnd epoch_end_message;

static Bitcraps__Item *next_item(Bitcraps__Item__KindCase kind)
{
    Bitcraps__Item *item = &items[items_count++];
    bitcraps__item__init(item);
    item->kind_case = kind;
    return item;
}

static void add_action(unsigned seat, Bitcraps__ActionBody *body)
{
    static uint8_t packed[ACTION_SIZE_MAX];
    uint8_t signature[SIGNATURE_SIZE];
    if (items_count >= BLOCK_ACTIONS_MAX)
        return;
    body->epoch = chance(90) ? state.roster.epoch : 1 + draw(state.roster.epoch);
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
    const ProtobufCBinaryData bytes = {item.used, item_memory[items_count]};
    next_item(BITCRAPS__ITEM__KIND_ACTION)->action = bytes;
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
    Bitcraps__Here here = BITCRAPS__HERE__INIT;
    ready.roll = time_up.roll = leave.roll = draw_roll_number();
    body.kind_case = kind;
    if (kind == BITCRAPS__ACTION_BODY__KIND_READY)
        body.ready = &ready;
    else if (kind == BITCRAPS__ACTION_BODY__KIND_TIME_UP)
        body.time_up = &time_up;
    else if (kind == BITCRAPS__ACTION_BODY__KIND_LEAVE)
        body.leave = &leave;
    else if (kind == BITCRAPS__ACTION_BODY__KIND_HERE)
        body.here = &here;
    add_action(seat, &body);
}

/* ---- Key generations ---- */

/* Mostly that which runs. */
static uint32_t draw_attempt(void)
{
    return chance(96) ? state.attempt : state.attempt + (uint32_t)draw(3) - 1;
}

static void add_deal(unsigned seat)
{
    static uint8_t packed[KEYGEN_DEAL_SIZE_MAX];
    struct keygen_params params;
    struct keygen_deal deal;
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    if (state.next.set != 0)
        state_keygen_params(&state, &seating, &params);
    else
        state_keys_params(&state, &seating, &params);
    unsigned position = roster_position(&state.next, seat);
    if (position == SEAT_NONE)
        position = (unsigned)draw(params.n);
    keygen_deal(&params, (uint8_t)position, players[seat].secrets.deal_seed, &deal);
    if (chance(1))
        deal.shares[draw(params.n)][draw(KEYGEN_BOX_SIZE)] ^= 1;
    size_t size = keygen_deal_encode(&deal, packed, sizeof packed);
    if (chance(4))
        packed[draw(size)] ^= 1;
    if (chance(2))
        size -= 1 + draw(size - 1);
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_DEAL;
    body.deal = (ProtobufCBinaryData){size, packed};
    body.attempt = draw_attempt();
    add_action(seat, &body);
}

static void add_deal_ok(unsigned seat)
{
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__DealOk deal_ok = BITCRAPS__DEAL_OK__INIT;
    struct digest list = state.next.set != 0 ? state.next.list : state.roster.list;
    if (chance(5))
        list.bytes[draw(DIGEST_SIZE)] ^= 1;
    deal_ok.list = (ProtobufCBinaryData){DIGEST_SIZE, list.bytes};
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_DEAL_OK;
    body.deal_ok = &deal_ok;
    body.attempt = draw_attempt();
    add_action(seat, &body);
}

/* About a deal that is bad for the seat, or out of malice; false when there is no reason. */
static bool maybe_complain(unsigned seat, unsigned malice)
{
    bool complained = false;
    struct keygen_params params;
    uint8_t random[PROOF_RANDOM_SIZE];
    uint8_t packed[KEYGEN_COMPLAINT_SIZE];
    const unsigned position = roster_position(&state.next, seat);
    if (position == SEAT_NONE)
        return false;
    state_keygen_params(&state, &seating, &params);
    for (uint8_t dealer = 0; dealer < params.n; dealer++) {
        struct scalar share;
        struct keygen_complaint complaint;
        if (!(state.dealt & bit_of(state.next.seats[dealer])))
            continue;
        if (keygen_open_share(&params, dealer, &state.deals[dealer], (uint8_t)position,
                              &players[seat].secrets.dice, &share) &&
            !chance(malice))
            continue;
        draw_bytes(random, sizeof random);
        keygen_complain(&params, dealer, &state.deals[dealer], (uint8_t)position,
                        &players[seat].secrets.dice, random, &complaint);
        keygen_complaint_encode(&complaint, packed);
        if (chance(20))
            packed[draw(sizeof packed)] ^= 1;
        Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
        body.kind_case = BITCRAPS__ACTION_BODY__KIND_COMPLAINT;
        body.complaint = (ProtobufCBinaryData){sizeof packed, packed};
        body.attempt = draw_attempt();
        add_action(seat, &body);
        complained = true;
    }
    return complained;
}

static void add_kick(unsigned seat, unsigned silent)
{
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__Kick kick = BITCRAPS__KICK__INIT;
    kick.seat = silent;
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_KICK;
    body.kick = &kick;
    add_action(seat, &body);
}

static void add_missing(unsigned seat, unsigned silent)
{
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__Missing missing = BITCRAPS__MISSING__INIT;
    missing.seat = silent;
    missing.confirmation = (state.dealt == state.next.set) != chance(5);
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_MISSING;
    body.missing = &missing;
    body.attempt = draw_attempt();
    add_action(seat, &body);
}

/* Most of the voters say of a seat that it is silent, or that a key generation waits for it. */
static void complain_of_silence(void)
{
    const bool missing = state.next.set != 0 && chance(50);
    const unsigned silent = missing ? draw_seat(state.next.set) : (unsigned)draw(SEATS_MAX + 1);
    for (unsigned i = 0; i < state.roster.count; i++) {
        const unsigned seat = state.roster.seats[i];
        if (!missing && (seat != silent || chance(10)) && chance(90))
            add_kick(seat, silent);
        else if (missing && (seat != silent || chance(10)) && chance(90))
            add_missing(seat, silent);
    }
}

/* What the next key needs, by those who have not done it. */
static void generate_key(void)
{
    for (unsigned i = 0; i < state.next.count; i++) {
        const unsigned seat = state.next.seats[i];
        if (chance(35))
            continue;
        if (!(state.dealt & bit_of(seat)))
            add_deal(seat);
        else if (state.dealt == state.next.set && !(state.confirmed & bit_of(seat)) &&
                 !maybe_complain(seat, 1))
            add_deal_ok(seat);
    }
}

/* ---- Liars ---- */

/* A packed Message with a vote in one of few views. */
static size_t draw_vote(unsigned position, uint8_t out[static 256])
{
    const struct electorate electorate = {.instance = seating.instance,
                                          .epoch = chance(95) ? state.roster.epoch : draw(3)};
    uint8_t statement[VOTE_STATEMENT_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    struct digest digest = {.bytes = {(uint8_t)draw(3)}};
    Bitcraps__Vote vote = BITCRAPS__VOTE__INIT;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    vote.type = (uint32_t)(1 + draw(3));
    vote.epoch = electorate.epoch;
    vote.view = 5 + (chance(15) ? draw(2) : 0);
    vote.seat = position;
    if ((vote.type != VOTE_NULLIFY) != chance(2))
        vote.digest = (ProtobufCBinaryData){DIGEST_SIZE, digest.bytes};
    vote_statement(&electorate, (enum vote_type)vote.type, vote.view,
                   vote.type == VOTE_NULLIFY ? NULL : &digest, statement);
    crypto_sign_detached(signature, NULL, statement, sizeof statement,
                         players[state.roster.seats[position]].secrets.signing);
    if (chance(5))
        signature[draw(SIGNATURE_SIZE)] ^= 1;
    vote.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    message.kind_case = BITCRAPS__MESSAGE__KIND_VOTE;
    message.vote = &vote;
    struct writer w = writer_on(out, 256);
    CHECK(frame_pack(&message.base, &w));
    return w.used;
}

/* A packed Message with an action of one of few sequence numbers. */
static size_t draw_said(unsigned seat, uint8_t out[static 256])
{
    static uint8_t packed[ACTION_SIZE_MAX];
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__Leave leave = BITCRAPS__LEAVE__INIT;
    Bitcraps__Action action = BITCRAPS__ACTION__INIT;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    body.epoch = state.roster.epoch + (chance(5) ? 1 : 0);
    body.seat = seat;
    body.sequence = chance(90) ? 7 : draw(3);
    leave.roll = draw(3);
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_LEAVE;
    body.leave = &leave;
    struct writer inner = writer_on(packed, sizeof packed);
    uint8_t signature[SIGNATURE_SIZE];
    CHECK(frame_pack(&body.base, &inner));
    state_action_sign(&seating, written(&inner), players[seat].secrets.signing, signature);
    if (chance(5))
        signature[draw(SIGNATURE_SIZE)] ^= 1;
    action.body = (ProtobufCBinaryData){inner.used, packed};
    action.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    message.kind_case = BITCRAPS__MESSAGE__KIND_ACTION;
    message.action = &action;
    struct writer w = writer_on(out, 256);
    CHECK(frame_pack(&message.base, &w));
    return w.used;
}

/* A packed Message with a share of the dice of one of few rolls, mostly with a proof that holds. */
static size_t draw_share(unsigned position, uint8_t out[static 320])
{
    const struct player *player = &players[state.roster.seats[position]];
    const struct roll_input input = {.instance = seating.instance,
                                     .epoch = chance(97) ? state.roster.epoch : draw(3),
                                     .table = seating.genesis.id,
                                     .number = chance(97) ? 5 + draw(2) : 0,
                                     .close = {{(uint8_t)draw(2)}},
                                     .transcript = state.keys.transcript};
    struct roll_statement statement;
    struct roll_partial made;
    struct digest close = input.close;
    uint8_t random[PROOF_RANDOM_SIZE];
    uint8_t encoded[ROLL_PARTIAL_SIZE];
    uint8_t memory[256];
    uint8_t signature[SIGNATURE_SIZE];
    draw_bytes(random, sizeof random);
    roll_prepare(&input, &statement);
    roll_partial(&statement, &player->share, &state.keys.share_keys[position], random, &made);
    roll_partial_encode(&made, encoded);
    if (chance(50))
        encoded[draw(sizeof encoded)] ^= (uint8_t)(1u << draw(8));
    struct writer said = writer_on(memory, sizeof memory);
    write_bytes(&said, "BCpv", 4);
    write_bytes(&said, seating.instance.bytes, DIGEST_SIZE);
    write_u64(&said, input.epoch);
    write_u64(&said, input.number);
    write_bytes(&said, close.bytes, DIGEST_SIZE);
    write_u8(&said, (uint8_t)position);
    write_bytes(&said, encoded, sizeof encoded);
    crypto_sign_detached(signature, NULL, memory, said.used, player->secrets.signing);
    if (chance(10))
        signature[draw(SIGNATURE_SIZE)] ^= 1;
    Bitcraps__Partial partial = BITCRAPS__PARTIAL__INIT;
    Bitcraps__Message message = BITCRAPS__MESSAGE__INIT;
    partial.epoch = input.epoch;
    partial.roll = input.number;
    partial.close = (ProtobufCBinaryData){chance(98) ? DIGEST_SIZE : 31, close.bytes};
    partial.seat = position;
    partial.partial = (ProtobufCBinaryData){ELEMENT_SIZE, encoded};
    partial.proof = (ProtobufCBinaryData){PROOF_SIZE, encoded + ELEMENT_SIZE};
    partial.signature = (ProtobufCBinaryData){SIGNATURE_SIZE, signature};
    message.kind_case = BITCRAPS__MESSAGE__KIND_PARTIAL;
    message.partial = &partial;
    struct writer w = writer_on(out, 320);
    CHECK(frame_pack(&message.base, &w));
    return w.used;
}

/* One share, or two. */
static void add_evidence_of_shares(unsigned seat)
{
    static uint8_t packed[2][320];
    const unsigned position = (unsigned)draw(state.roster.count);
    const unsigned other = chance(95) ? position : (unsigned)draw(state.roster.count);
    /* Who could not open its share says nothing of the dice. */
    if (sodium_is_zero(players[state.roster.seats[position]].share.bytes, SCALAR_SIZE) ||
        sodium_is_zero(players[state.roster.seats[other]].share.bytes, SCALAR_SIZE))
        return;
    const size_t sizes[2] = {draw_share(position, packed[0]), draw_share(other, packed[1])};
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__Evidence evidence = BITCRAPS__EVIDENCE__INIT;
    evidence.first = (ProtobufCBinaryData){sizes[0], packed[0]};
    if (chance(60))
        evidence.second = (ProtobufCBinaryData){sizes[1], packed[1]};
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_EVIDENCE;
    body.evidence = &evidence;
    add_action(seat, &body);
}

/* Two statements, mostly of one seat; they may well go together. */
static void add_evidence(unsigned seat)
{
    static uint8_t packed[2][256];
    if (state.phase != STATE_PHASE_KEYS && chance(40)) {
        add_evidence_of_shares(seat);
        return;
    }
    const bool votes = chance(60);
    const unsigned position = (unsigned)draw(state.roster.count);
    const unsigned liar = draw_seat(state.owned);
    size_t sizes[2];
    for (unsigned i = 0; i < 2; i++) {
        if (votes != chance(2))
            sizes[i] =
                draw_vote(chance(97) ? position : (unsigned)draw(state.roster.count), packed[i]);
        else
            sizes[i] = draw_said(chance(97) ? liar : draw_seat(state.owned), packed[i]);
        if (chance(3))
            packed[i][draw(sizes[i])] ^= (uint8_t)(1u << draw(8));
    }
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__Evidence evidence = BITCRAPS__EVIDENCE__INIT;
    evidence.first = (ProtobufCBinaryData){sizes[0], packed[0]};
    evidence.second = (ProtobufCBinaryData){sizes[1], packed[1]};
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_EVIDENCE;
    body.evidence = &evidence;
    add_action(seat, &body);
}

/* ---- People ---- */

static struct seat_secrets sat_secrets;

/* Who was approved last; mostly it is he who sits down. */
static unsigned hopeful;

/* A Sit of somebody, which may go where it stands; mostly it does. */
static bool add_sit(void)
{
    static uint8_t packed[SIT_SIZE_MAX];
    static struct seat_secrets secrets;
    const bool approved = seating.genesis.admission == ADMISSION_APPROVAL && chance(80);
    const unsigned person = approved ? hopeful : (unsigned)draw(PEOPLE);
    const uint64_t epoch = chance(97) ? state.roster.epoch : draw(state.roster.epoch + 2);
    struct seat sit;
    if (chance(10))
        people[person].witness = !people[person].witness;
    seat_secrets_derive_late(people[person].seed, &seating.genesis.id, epoch, &secrets);
    if (chance(70))
        secrets.invitation = secret;
    const size_t size = draw_sit(person, &seating.genesis.id, &secrets, packed);
    CHECK(sit_unpack(&seating.genesis, (struct bytes){packed, size}, &sit) == SEATING_OK);
    if (!state_may_sit(&state, &seating, &sit) && chance(spoils ? 50 : 97))
        return false;
    sat_secrets = secrets;
    next_item(BITCRAPS__ITEM__KIND_SIT)->sit = (ProtobufCBinaryData){size, packed};
    return true;
}

/* The seat numbers whose owner holds other keys than before. */
static void seat_newcomers(void)
{
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        if (!(state.owned & bit_of(seat)) ||
            memcmp(&state.seats[seat].consensus_key, &players[seat].secrets.consensus_key,
                   PUBLIC_KEY_SIZE) == 0)
            continue;
        CHECK(memcmp(&state.seats[seat].consensus_key, &sat_secrets.consensus_key,
                     PUBLIC_KEY_SIZE) == 0);
        players[seat] = (struct player){.secrets = sat_secrets};
    }
}

/* Everybody opens the shares of an epoch's key; who cannot never rolls in it. */
static void open_shares(void)
{
    struct keygen_params params;
    state_keys_params(&state, &seating, &params);
    for (uint8_t i = 0; i < params.n; i++) {
        struct player *player = &players[state.roster.seats[i]];
        struct scalar received[SEATS_MAX];
        bool good = true;
        for (uint8_t dealer = 0; dealer < params.n && good; dealer++)
            good = keygen_open_share(&params, dealer, &state.deals[dealer], i,
                                     &player->secrets.dice, &received[dealer]);
        memset(&player->share, 0, sizeof player->share);
        if (good)
            CHECK(keygen_share(&state.keys, i, received, &player->share));
    }
}

/* ---- Rolls ---- */

static Bitcraps__Share shares[SEATS_MAX];
static Bitcraps__Share *share_list[SEATS_MAX];
static uint8_t share_memory[SEATS_MAX][ROLL_PARTIAL_SIZE];
static struct element roll_value;

/* ROLL with the shares of a drawn quorum; nothing when too few have a share. */
static void add_roll(void)
{
    struct roll_statement statement;
    struct element values[SEATS_MAX];
    uint16_t able = 0;
    uint16_t set = 0;
    unsigned count = 0;
    for (unsigned i = 0; i < state.roster.count; i++) {
        if (!sodium_is_zero(players[state.roster.seats[i]].share.bytes, SCALAR_SIZE))
            able |= bit_of(i);
    }
    if ((unsigned)__builtin_popcount(able) < state.roster.quorum)
        return;
    state_roll_statement(&state, &seating, &statement);
    while ((unsigned)__builtin_popcount(set) < state.roster.quorum)
        set |= bit_of(draw_seat(able));
    for (unsigned i = 0; i < state.roster.count; i++) {
        struct roll_partial partial;
        uint8_t random[PROOF_RANDOM_SIZE];
        if (!(set & bit_of(i)))
            continue;
        draw_bytes(random, sizeof random);
        roll_partial(&statement, &players[state.roster.seats[i]].share, &state.keys.share_keys[i],
                     random, &partial);
        roll_partial_encode(&partial, share_memory[count]);
        values[count] = partial.value;
        bitcraps__share__init(&shares[count]);
        shares[count].seat = i;
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
    next_item(BITCRAPS__ITEM__KIND_ROLL)->roll = &roll_message;
}

static void add_close(void)
{
    bitcraps__close__init(&close_message);
    close_message.roll = state.roll;
    next_item(BITCRAPS__ITEM__KIND_CLOSE)->close = &close_message;
}

static void add_epoch_end(void)
{
    static struct digest list;
    static struct digest transcript;
    list = state.next.list;
    transcript = state.next_keys.transcript;
    bitcraps__epoch_end__init(&epoch_end_message);
    epoch_end_message.epoch = state.next.epoch;
    epoch_end_message.list = (ProtobufCBinaryData){DIGEST_SIZE, list.bytes};
    epoch_end_message.transcript = (ProtobufCBinaryData){DIGEST_SIZE, transcript.bytes};
    next_item(BITCRAPS__ITEM__KIND_EPOCH_END)->epoch_end = &epoch_end_message;
}

/* Before there is a key. */
static void draw_first_steps(uint16_t seats)
{
    if (chance(60)) {
        generate_key();
        return;
    }
    for (uint64_t count = draw(6); count > 0; count--) {
        const unsigned seat = draw_seat(seats);
        const uint64_t what = draw(1000);
        if (what < 450)
            add_deal(seat);
        else if (what < 850)
            add_deal_ok(seat);
        else if (what < 950)
            maybe_complain(seat, 1);
        else if (what < 998)
            add_orders(seat);
        else
            add_simple(seat, BITCRAPS__ACTION_BODY__KIND_LEAVE);
    }
    if (chance(10))
        complain_of_silence();
}

/* A seat's word for somebody, or for nobody there is. */
static void add_approve(unsigned seat, unsigned person)
{
    static uint8_t identity[PUBLIC_KEY_SIZE];
    Bitcraps__ActionBody body = BITCRAPS__ACTION_BODY__INIT;
    Bitcraps__Approve approve = BITCRAPS__APPROVE__INIT;
    memcpy(identity, people[person].identity.bytes, sizeof identity);
    approve.identity = (ProtobufCBinaryData){sizeof identity, identity};
    if (chance(2))
        draw_bytes(identity, sizeof identity);
    if (chance(2))
        approve.identity.len = draw(PUBLIC_KEY_SIZE);
    body.kind_case = BITCRAPS__ACTION_BODY__KIND_APPROVE;
    body.approve = &approve;
    add_action(seat, &body);
}

/* Most seats approve of one person, and sometimes all of several. */
static void approve_somebody(void)
{
    for (uint64_t people_left = chance(90) ? 1 : draw(7); people_left > 0; people_left--) {
        hopeful = (unsigned)draw(PEOPLE);
        for (unsigned i = 0; i < state.roster.count; i++) {
            if (chance(90))
                add_approve(state.roster.seats[i], hopeful);
        }
    }
}

/* What some seat does, in season or not. */
static void draw_action(unsigned seat, bool restless)
{
    const uint64_t what = draw(1000);
    if (what < 700)
        add_orders(seat);
    else if (what < 730)
        add_evidence(seat);
    else if (what < 850)
        add_simple(seat, BITCRAPS__ACTION_BODY__KIND_READY);
    else if (what < 950)
        add_simple(seat, BITCRAPS__ACTION_BODY__KIND_TIME_UP);
    else if (what < 960)
        add_simple(seat, BITCRAPS__ACTION_BODY__KIND_HERE);
    else if (what < 970)
        add_kick(seat, (unsigned)draw(SEATS_MAX + 1));
    else if (what < 975)
        add_missing(seat, (unsigned)draw(SEATS_MAX + 1));
    else if (what < 980)
        add_deal(seat);
    else if (what < 983)
        add_deal_ok(seat);
    else if (what < 985)
        add_simple(seat, BITCRAPS__ACTION_BODY__KIND__NOT_SET);
    else if (what < 986)
        maybe_complain(seat, 20);
    else if (what < (restless ? 993 : 987))
        add_simple(seat, BITCRAPS__ACTION_BODY__KIND_LEAVE);
}

/* What people do in one block; at a brisk table all are soon ready, at a restless one they come and
 * go. */
static void draw_actions(bool brisk, bool restless)
{
    uint16_t seats = state.owned;
    if (state.phase == STATE_PHASE_KEYS) {
        draw_first_steps(seats);
        return;
    }
    const bool sits = chance(restless ? 25 : 4);
    const bool first = chance(50);
    if (sits && first && add_sit())
        seats &= (uint16_t)~state.left; /* One of the gone may have other keys from here on. */
    if (state.next.set != 0 && chance(80))
        generate_key();
    if (chance(seating.genesis.admission == ADMISSION_APPROVAL ? 30 : 1))
        approve_somebody();
    for (uint64_t count = draw(12); count > 0 && seats != 0; count--)
        draw_action(draw_seat(seats), restless);
    if (chance(restless ? 6 : 2))
        complain_of_silence();
    for (unsigned i = 0; i < state.roster.count && brisk; i++) {
        if (state.phase == STATE_PHASE_BETTING && chance(90))
            add_simple(state.roster.seats[i], BITCRAPS__ACTION_BODY__KIND_READY);
    }
    if (sits && !first)
        add_sit();
}

/* ---- Blocks ---- */

static struct writer file;
static struct writer endings; /* They follow all blocks. */

/* Appends a message as a field of a larger one. */
static void put_field(struct writer *out, unsigned number, struct bytes bytes)
{
    write_u8(out, (uint8_t)(number << 3 | 2));
    size_t rest = bytes.size;
    for (; rest > 127; rest >>= 7)
        write_u8(out, (uint8_t)(rest | 128));
    write_u8(out, (uint8_t)rest);
    write_bytes(out, bytes.at, bytes.size);
}

static uint8_t certificate_memory[8][SEATS_MAX * SIGNATURE_SIZE];

/* A certificate by a drawn quorum. */
static void certify(enum vote_type type, uint64_t view, struct digest *digest, unsigned slot,
                    Bitcraps__Certificate *out)
{
    struct electorate electorate = {.instance = seating.instance, .epoch = voters.epoch};
    uint8_t statement[VOTE_STATEMENT_SIZE];
    uint32_t set = 0;
    size_t used = 0;
    while ((unsigned)__builtin_popcount(set) < voters.quorum)
        set |= 1u << draw(voters.count);
    vote_statement(&electorate, type, view, digest, statement);
    for (unsigned i = 0; i < voters.count; i++) {
        if (!(set >> i & 1))
            continue;
        crypto_sign_detached(certificate_memory[slot] + used, NULL, statement, sizeof statement,
                             players[voters.seats[i]].secrets.signing);
        used += SIGNATURE_SIZE;
    }
    bitcraps__certificate__init(out);
    out->type = (uint32_t)type;
    out->epoch = voters.epoch;
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

/* Drops what was collected, as if it had never been signed. */
static void forget_actions(void)
{
    for (unsigned seat = 0; seat < SEATS_MAX; seat++)
        players[seat].sequence = state.sequence[seat];
    items_count = 0;
}

/* Packs the collected items; none when they are too many for a block. */
static struct bytes pack_payload(void)
{
    static uint8_t memory[4 * BLOCK_SIZE_MAX];
    Bitcraps__Item *list[BLOCK_ACTIONS_MAX + 2];
    Bitcraps__Payload payload = BITCRAPS__PAYLOAD__INIT;
    for (size_t i = 0; i < items_count; i++)
        list[i] = &items[i];
    payload.n_items = items_count;
    payload.items = list;
    struct writer w = writer_on(memory, sizeof memory);
    if (frame_packed_size(&payload.base) <= BLOCK_SIZE_MAX)
        CHECK(frame_pack(&payload.base, &w));
    return written(&w);
}

/* Signs off on the skipped views, executes, appends the block. False and no block when the items
 * are not valid there. */
static bool put_block(struct block_header *header, struct writer *out, unsigned field)
{
    static uint8_t block_memory[2 * BLOCK_SIZE_MAX];
    static uint8_t skip_memory[8 * 2048];
    static struct state before;
    Bitcraps__Certificate skips[8];
    Bitcraps__Certificate *skip_list[8];
    Bitcraps__Block block = BITCRAPS__BLOCK__INIT;
    const struct bytes payload = pack_payload();
    struct writer packed_skips = writer_on(skip_memory, sizeof skip_memory);
    block.skips = skip_list;
    for (uint64_t view = header->parent_view + 1; view < header->view; view++) {
        Bitcraps__Certificate *skip = &skips[block.n_skips];
        certify(VOTE_NULLIFY, view, NULL, (unsigned)block.n_skips, skip);
        write_u32(&packed_skips, (uint32_t)frame_packed_size(&skip->base));
        CHECK(frame_pack(&skip->base, &packed_skips));
        skip_list[block.n_skips++] = skip;
    }
    header->payload_root = hash_of(payload);
    header->skip_root = hash_of(written(&packed_skips));
    state_root(&state, &header->state_root);
    uint8_t encoded[BLOCK_HEADER_SIZE];
    struct digest digest;
    block_header_encode(header, encoded);
    block_digest(encoded, &digest);
    const struct execution execution = {.seating = &seating};
    before = state;
    if (state_execute(&state, &execution, header, &digest, payload) != STATE_VALID) {
        state = before;
        spoiled = spoils;
        if (!spoiled)
            return false;
    }
    block.header = (ProtobufCBinaryData){sizeof encoded, encoded};
    block.payload = (ProtobufCBinaryData){payload.size, (uint8_t *)payload.at};
    struct writer packed = writer_on(block_memory, sizeof block_memory);
    CHECK(frame_pack(&block.base, &packed));
    put_field(out, field, written(&packed));
    header->parent = digest;
    header->parent_view = header->view;
    header->height++;
    items_count = 0;
    return true;
}

static void draw_place(struct block_header *header)
{
    header->view = header->parent_view + 1 + (chance(6) ? draw(5) : 0);
    header->time += 1 + (int64_t)draw(chance(90) ? 1000 : 3600000);
}

static void put_finalization(struct block_header *header, struct writer *out, unsigned field)
{
    static uint8_t packed[2048];
    Bitcraps__Certificate finalization;
    certify(VOTE_FINALIZE, header->parent_view, &header->parent, 0, &finalization);
    struct writer w = writer_on(packed, sizeof packed);
    CHECK(frame_pack(&finalization.base, &w));
    put_field(out, field, written(&w));
}

/* The block just made ended its epoch: what makes it final, and on to the next. */
static void end_epoch(struct block_header *header)
{
    static uint8_t memory[1 << 16];
    struct writer ending = writer_on(memory, sizeof memory);
    const struct block_header last = *header;
    for (uint64_t empty = chance(60) ? 0 : draw(4); empty > 0; empty--) {
        draw_place(header);
        CHECK(put_block(header, &ending, 1));
    }
    put_finalization(header, &ending, 2);
    CHECK(!ending.failed);
    put_field(&endings, 5, written(&ending));
    *header = last;
    header->epoch = state.roster.epoch;
    header->parent_view = 0;
    voters = state.roster;
}

/* Changes what stands in a block. */
static void spoil_items(void)
{
    const size_t a = items_count > 0 ? draw(items_count) : 0;
    const size_t b = items_count > 0 ? draw(items_count) : 0;
    const uint64_t what = draw(7);
    if (items_count > 0 && what == 0) {
        const Bitcraps__Item item = items[a];
        items[a] = items[b];
        items[b] = item;
    } else if (items_count > 0 && what == 1) {
        items[items_count++] = items[a];
    } else if (items_count > 0 && what == 2) {
        items[a] = items[--items_count];
    } else if (what == 3) {
        add_close();
    } else if (what == 4 && state.next.set != 0) {
        add_epoch_end();
        if (chance(30))
            epoch_end_message.epoch += draw(3) - 1;
        if (chance(20))
            epoch_end_message.list.data[draw(DIGEST_SIZE)] ^= 1;
        if (chance(20))
            epoch_end_message.transcript.data[draw(DIGEST_SIZE)] ^= 1;
    } else if (what == 5) {
        add_sit();
    } else if (state.phase == STATE_PHASE_ROLLING) {
        add_roll();
    }
}

/* The items of one block. */
static void draw_items(const struct block_header *header, bool brisk, bool restless)
{
    if (state.phase == STATE_PHASE_ROLLING && chance(70))
        add_roll();
    const bool thrown = items_count > 0;
    draw_actions(brisk, restless);
    if (state_epoch_due(&state) && chance(60)) {
        /* What stands before it may change whether it may. */
        if (chance(70))
            forget_actions();
        add_epoch_end();
    } else if (!thrown && state_close_due(&state, header->view) == STATE_CLOSE_YES) {
        forget_actions();
        add_close();
    }
}

static void make_up_history(struct block_header *header, uint64_t blocks)
{
    const bool brisk = chance(60);
    const bool restless = chance(60);
    while (header->height <= blocks) {
        const uint64_t epoch = state.roster.epoch;
        const bool keys = state.phase == STATE_PHASE_KEYS;
        draw_place(header);
        draw_items(header, brisk, restless);
        if (header->height == blocks)
            forget_actions(); /* The last block is empty; its header names the last state. */
        if (spoils && header->height > blocks / 3 && header->height < blocks)
            spoil_items();
        if (!put_block(header, &file, 3)) {
            forget_actions();
            CHECK(put_block(header, &file, 3));
        }
        if (spoiled)
            return;
        forget_actions();
        seat_newcomers();
        if ((keys && state.phase == STATE_PHASE_BETTING) || state.roster.epoch != epoch)
            open_shares();
        if (state.roster.epoch != epoch)
            end_epoch(header);
    }
}

int main(int argc, char **argv)
{
    spoils = argc == 5;
    static uint8_t seating_packed[SEATING_SIZE_MAX];
    static uint8_t arena_memory[1 << 20];
    if (argc < 4 || argc > 5 || sodium_init() < 0)
        return 2;
    draw_from(strtoull(argv[1], NULL, 10));
    uint8_t *memory = malloc(FILE_SIZE_MAX);
    CHECK(memory != NULL);
    file = writer_on(memory, FILE_SIZE_MAX);
    uint8_t *endings_memory = malloc(FILE_SIZE_MAX);
    CHECK(endings_memory != NULL);
    endings = writer_on(endings_memory, FILE_SIZE_MAX);

    const size_t seating_size = draw_seating(seating_packed);
    struct arena arena = {.at = arena_memory, .size = sizeof arena_memory};
    const ProtobufCMessage *base;
    CHECK(frame_unpack(&bitcraps__seating__descriptor, (struct bytes){seating_packed, seating_size},
                       &arena, &base) == FRAME_OK);
    CHECK(seating_open((const Bitcraps__Seating *)base, &seating) == SEATING_OK);
    state_init(&state, &seating);
    voters = state.roster;
    write_u8(&file, 1 << 3);
    write_u8(&file, 1);
    put_field(&file, 2, (struct bytes){seating_packed, seating_size});

    struct block_header header = {.instance = seating.instance,
                                  .epoch = 1,
                                  .height = 1,
                                  .parent = seating.instance,
                                  .time = 1};
    make_up_history(&header, strtoull(argv[2], NULL, 10));
    if (header.parent_view > 0)
        put_finalization(&header, &file, 4);
    write_bytes(&file, endings.at, endings.used);
    CHECK(!endings.failed);
    CHECK(!file.failed);

    static struct audit audit;
    arena = (struct arena){.size = AUDIT_ARENA_SIZE(file.used)};
    arena.at = malloc(arena.size);
    CHECK(arena.at != NULL);
    CHECK(audit_export(&audit, written(&file), &arena, NULL, NULL) == !spoiled);
    free(arena.at);

    FILE *out = fopen(argv[3], "wb");
    if (out == NULL || fwrite(file.at, 1, file.used, out) != file.used || fclose(out) != 0)
        return 1;
    free(memory);
    free(endings_memory);
    return 0;
}
