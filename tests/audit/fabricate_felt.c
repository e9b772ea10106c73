/* SPDX-License-Identifier: MIT */
/*
 * fabricate_felt SEED ROLLS: plays the rules engine alone, with dice that a seed makes up and
 * houses, orders and a bank that it draws, and prints each step with what came of it. Without keys
 * and signatures a second verifier can follow thousands of rolls in a second, and long hands too:
 * half of the seeds throw few sevens. Lines, numbers in decimal:
 *
 *   judge HEX VERDICT                 rules with some bytes changed; 1: a house may play by them
 *   rules HEX
 *   bank_has CHIPS
 *   order SEAT ID DEED AMOUNT MOVED   DEED 0 add, 1 take, 2 call; MOVED "-": refused
 *   leave SEAT MOVED
 *   roll DIE DIE CHIPS HASH           of the bank afterwards, and of the encoded felt
 */
#include "audit/draw_house.h"
#include "base/check.h"
#include "craps/layout.h"
#include "craps/order.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEATS 3

static struct craps craps;
static struct craps_card card;
static chips bank;
static chips reserved;

static bool draw_offer(unsigned seat, struct craps_offer *offer)
{
    static struct craps_offer offers[CRAPS_SPOT_COUNT];
    const size_t count = craps_legal(&craps, &card, seat, offers);
    /* Bets on a hand are open only when it begins. */
    enum craps_limit_class wanted = (enum craps_limit_class)draw(CRAPS_LIMIT_COUNT + 1);
    if (craps.hand_rolls == 0 && chance(60))
        wanted = CRAPS_LIMIT_HAND;
    uint64_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t limit = layout_row(offers[i].bet.kind)->limit;
        if ((wanted == CRAPS_LIMIT_COUNT || wanted == limit) && draw(++found) == 0)
            *offer = offers[i];
    }
    return found > 0;
}

static void draw_add(unsigned seat, struct craps_order *order)
{
    struct craps_offer offer = {0};
    order->deed = CRAPS_DEED_ADD;
    order->bet = craps_bet_at((uint32_t)draw(CRAPS_SPOT_COUNT));
    order->amount = 1 + (chips)draw(400);
    if (chance(5) || !draw_offer(seat, &offer))
        return;
    const uint64_t steps = (uint64_t)((offer.most - offer.least) / offer.unit) + 1;
    order->bet = offer.bet;
    if (chance(95))
        order->amount = offer.least + (chips)draw(chance(70) && steps > 4 ? 4 : steps) * offer.unit;
}

/* A take or a call, of something that lies if there is anything. */
static void draw_change(unsigned seat, struct craps_order *order)
{
    uint64_t found = 0;
    order->bet = craps_bet_at((uint32_t)draw(CRAPS_SPOT_COUNT));
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (craps.seats[seat].stakes[spot] > 0 && draw(++found) == 0)
            order->bet = craps_bet_at(spot);
    }
    const uint32_t spot = craps_spot(order->bet);
    order->deed = chance(50) ? CRAPS_DEED_TAKE : CRAPS_DEED_CALL;
    if (order->deed == CRAPS_DEED_CALL)
        order->working = (uint8_t)draw(3);
    else if (chance(60))
        order->amount = (chips)draw(craps.seats[seat].stakes[spot] + 2u);
    if (order->bet.kind <= CRAPS_DONT_COME_ODDS && chance(25))
        order->bet.number = 0;
}

static void play_order(unsigned seat)
{
    struct craps_order order = {0};
    if (chance(75))
        draw_add(seat, &order);
    else
        draw_change(seat, &order);
    const uint32_t id = craps_bet_id(order.bet);
    if (id == CRAPS_ID_NONE)
        return;
    const struct craps_seat before = craps.seats[seat];
    const uint16_t seated = craps.seated;
    struct craps_money money = {0};
    struct craps_refusal why;
    bool taken = craps_carry_out(&craps, &card, seat, &order, &money, &why) == CRAPS_ACCEPTED;
    if (taken && order.deed == CRAPS_DEED_ADD && money.win > bank - reserved) {
        craps.seats[seat] = before;
        craps.seated = seated;
        taken = false;
    }
    printf("order %u %u %u %lld ", seat, id, order.deed,
           (long long)(order.deed == CRAPS_DEED_CALL ? order.working : order.amount));
    if (taken) {
        reserved += order.deed == CRAPS_DEED_TAKE ? -money.win : money.win;
        CHECK(reserved == craps_reserve_all(&craps, &card));
        printf("%lld\n", (long long)(money.stake + money.vig));
    } else {
        printf("-\n");
    }
}

static void play_roll(unsigned sevens_spared)
{
    static struct craps_decision decisions[CRAPS_DECISIONS_MAX];
    unsigned d1 = 1 + (unsigned)draw(6);
    unsigned d2 = 1 + (unsigned)draw(6);
    while (d1 + d2 == 7 && chance(sevens_spared)) {
        d1 = 1 + (unsigned)draw(6);
        d2 = 1 + (unsigned)draw(6);
    }
    const size_t count = craps_roll(&craps, &card, (1u << SEATS) - 1, d1, d2, decisions);
    for (size_t i = 0; i < count; i++)
        bank += decisions[i].collected + decisions[i].vig - decisions[i].profit;
    reserved = craps_fit(&craps, &card, decisions, count, bank);
    CHECK(reserved == craps_reserve_all(&craps, &card) && reserved <= bank);
    for (size_t i = 0; i < count; i++) {
        if (decisions[i].stays == 0)
            CHECK(decisions[i].returned + decisions[i].collected >= decisions[i].stake);
    }
    uint8_t encoded[CRAPS_ENCODED_MAX];
    uint8_t hash[16];
    char text[2 * sizeof hash + 1];
    struct writer w = writer_on(encoded, sizeof encoded);
    craps_encode(&craps, &w);
    CHECK(!w.failed);
    struct reader r = reader_on(written(&w));
    struct craps again;
    CHECK(craps_decode(&r, &again) && r.size == 0);
    CHECK(memcmp(&again, &craps, sizeof craps) == 0);
    crypto_generichash(hash, sizeof hash, encoded, w.used, NULL, 0);
    printf("roll %u %u %lld %s\n", d1, d2, (long long)bank,
           sodium_bin2hex(text, sizeof text, hash, sizeof hash));
}

static void play_leave(unsigned seat)
{
    struct craps_money back;
    craps_clear_seat(&craps, &card, seat, &back);
    reserved -= back.win;
    CHECK(reserved == craps_reserve_all(&craps, &card));
    printf("leave %u %lld\n", seat, (long long)(back.stake + back.vig));
}

/* Few of the changes hit what is checked, so that each changes few bytes, mostly by little. */
static void judge_rules(const uint8_t encoded[static CRAPS_RULES_ENCODED_SIZE])
{
    uint8_t changed[CRAPS_RULES_ENCODED_SIZE];
    char text[2 * sizeof changed + 1];
    memcpy(changed, encoded, sizeof changed);
    for (uint64_t changes = 1 + draw(2); changes > 0; changes--) {
        uint8_t *byte = &changed[draw(sizeof changed)];
        *byte = (uint8_t)(chance(30) ? draw(256) : *byte + draw(5) - 2);
    }
    struct craps_rules rules;
    struct reader r = reader_on((struct bytes){changed, sizeof changed});
    printf("judge %s %d\n", sodium_bin2hex(text, sizeof text, changed, sizeof changed),
           craps_rules_decode(&r, &rules) == NULL);
}

int main(int argc, char **argv)
{
    if (argc != 3 || sodium_init() < 0)
        return 2;
    draw_from(strtoull(argv[1], NULL, 10));
    const struct craps_rules rules = draw_house();
    uint8_t encoded[CRAPS_RULES_ENCODED_SIZE];
    char text[2 * sizeof encoded + 1];
    struct writer w = writer_on(encoded, sizeof encoded);
    craps_rules_encode(&rules, &w);
    for (unsigned i = 0; i < 20; i++)
        judge_rules(encoded);
    printf("rules %s\n", sodium_bin2hex(text, sizeof text, encoded, sizeof encoded));
    craps_card_make(&card, &rules);
    craps_init(&craps);
    craps_set_shooter(&craps, 0);
    bank = chance(20) ? 1000 + (chips)draw(20000) : 1000000000000;
    printf("bank_has %lld\n", (long long)bank);
    const unsigned spared = chance(50) ? 85 : 0;
    for (long i = strtol(argv[2], NULL, 10); i > 0; i--) {
        for (uint64_t orders = draw(craps.hand_rolls == 0 ? 20 : 10); orders > 0; orders--)
            play_order((unsigned)draw(SEATS));
        if (chance(1))
            play_leave((unsigned)draw(SEATS));
        play_roll(spared);
    }
    return 0;
}
