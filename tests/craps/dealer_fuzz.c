/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes what players say: any words on a felt with all sorts of bets are orders that the engine
 * takes, but for the last perhaps, or a sentence. The first byte picks puck, rail and bets.
 */
#include <string.h>

#include "base/check.h"
#include "craps/dealer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct craps_card card;
static struct craps felts[4]; /* Empty, a come-out with bets, a point with bets, crowded. */

static void bet(struct craps *felt, const char *name, chips amount)
{
    struct craps_bet bet;
    struct craps_money cost;
    struct craps_refusal why;
    CHECK(craps_bet_parse((struct bytes){(const uint8_t *)name, strlen(name)}, &bet));
    CHECK(craps_place(felt, &card, 0, bet, amount, &cost, &why) == CRAPS_ACCEPTED);
}

static void make_felts(void)
{
    static struct craps_decision decisions[CRAPS_DECISIONS_MAX];
    const struct craps_rules rules = craps_rules_casino();
    craps_card_make(&card, &rules);
    for (unsigned i = 0; i < 4; i++) {
        craps_init(&felts[i]);
        craps_set_shooter(&felts[i], 0);
        if (i == 0)
            continue;
        bet(&felts[i], "pass", 10);
        bet(&felts[i], "don't pass", 15);
        bet(&felts[i], "fire", 5);
        bet(&felts[i], "place 6", 60);
        bet(&felts[i], "buy 4", 40);
        bet(&felts[i], "hard 8", 5);
        if (i == 1)
            continue;
        craps_roll(&felts[i], &card, 1, 2, 3, decisions);
        bet(&felts[i], "come", 10);
        craps_roll(&felts[i], &card, 1, 4, 5, decisions);
        bet(&felts[i], "pass odds", 20);
        bet(&felts[i], "come odds 9", 20);
        for (uint32_t spot = 0; i == 3 && spot < CRAPS_SPOT_COUNT; spot++) {
            struct craps_offer offer;
            struct craps_money cost;
            struct craps_refusal why;
            if (craps_offer(&felts[i], &card, 0, craps_bet_at(spot), &offer) == CRAPS_ACCEPTED)
                CHECK(craps_place(&felts[i], &card, 0, offer.bet, offer.least, &cost, &why) ==
                      CRAPS_ACCEPTED);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct craps_heard heard;
    if (card.points == 0)
        make_felts();
    if (size == 0)
        return 0;
    const struct craps_dealer_view view = {.craps = &felts[data[0] & 3],
                                           .card = &card,
                                           .rail = data[0] & 4 ? 100000 : data[0],
                                           .before = &felts[data[0] >> 6].seats[0]};
    if (!craps_dealer_hear((struct bytes){data + 1, size - 1}, &view, &heard)) {
        const size_t length = strlen(heard.sentence);
        CHECK(heard.count == 0 && length > 10);
        CHECK(length + 1 == sizeof heard.sentence || strchr(".?", heard.sentence[length - 1]));
        return 0;
    }
    CHECK(heard.count >= 1 && heard.count <= CRAPS_ORDERS_MAX && heard.sentence[0] == '\0');
    struct craps felt = *view.craps;
    for (size_t i = 0; i < heard.count; i++) {
        struct craps_money money;
        struct craps_refusal why;
        const enum craps_verdict verdict =
            craps_carry_out(&felt, &card, 0, &heard.orders[i], &money, &why);
        CHECK(verdict == CRAPS_ACCEPTED || i + 1 == heard.count);
    }
    return 0;
}
