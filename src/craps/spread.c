/* SPDX-License-Identifier: MIT */
/* Proportions of numbers, and what of a total they allow. */
#include "craps/spread.h"

#include "base/check.h"
#include "craps/sentence.h"
#include "craps/text.h"

#include <string.h>

#define BIT(number) (1u << (number))

static const struct craps_spread spreads[] = {
    {"across", CRAPS_PLACE, BIT(4) | BIT(5) | BIT(6) | BIT(8) | BIT(9) | BIT(10)},
    {"inside", CRAPS_PLACE, BIT(5) | BIT(6) | BIT(8) | BIT(9)},
    {"outside", CRAPS_PLACE, BIT(4) | BIT(5) | BIT(9) | BIT(10)},
    {"even", CRAPS_PLACE, BIT(4) | BIT(6) | BIT(8) | BIT(10)},
    {"hardways", CRAPS_HARDWAY, BIT(4) | BIT(6) | BIT(8) | BIT(10)},
};

#define SPREADS (sizeof spreads / sizeof spreads[0])

const char *craps_spread_name(size_t index)
{
    return index < SPREADS ? spreads[index].name : NULL;
}

const struct craps_spread *craps_spread_find(struct bytes name)
{
    for (size_t i = 0; i < SPREADS; i++) {
        if (strlen(spreads[i].name) == name.size &&
            memcmp(spreads[i].name, name.at, name.size) == 0)
            return &spreads[i];
    }
    return NULL;
}

/* What one step of the spread puts on each number, and how many steps every number allows. */
struct steps {
    struct craps_bet bets[CRAPS_ORDERS_MAX];
    chips weights[CRAPS_ORDERS_MAX];
    size_t count;
    chips whole; /* Of one step, over all numbers. */
    chips least; /* Steps. */
    chips most;
};

/* A place 6 is bet by sixes and a place 5 by fives, whatever the house rounds. */
static chips weight_of(const struct craps_card *card, struct craps_bet bet)
{
    const struct craps_spot_card *spot = &card->spots[craps_spot(bet)];
    return bet.kind == CRAPS_PLACE ? spot->worst.per : spot->unit;
}

/* False when a number takes no bet now: then *why says the reason. */
static bool measure(const struct craps_spread *spread, uint16_t numbers, const struct craps *craps,
                    const struct craps_card *card, unsigned seat, struct steps *steps,
                    struct craps_refusal *why)
{
    *steps = (struct steps){.least = 1, .most = CRAPS_STAKE_MAX};
    for (uint8_t number = 2; number <= 12; number++) {
        if ((numbers & BIT(number)) == 0)
            continue;
        const struct craps_bet bet = {.kind = spread->kind, .number = number};
        struct craps_offer offer;
        struct craps_money cost;
        if (craps_offer(craps, card, seat, bet, &offer) != CRAPS_ACCEPTED) {
            struct craps felt = *craps;
            CHECK(craps_place(&felt, card, seat, bet, 1, &cost, why) != CRAPS_ACCEPTED);
            return false;
        }
        const chips weight = weight_of(card, bet);
        const chips least = (offer.least + weight - 1) / weight;
        const chips most = offer.most / weight;
        steps->bets[steps->count] = bet;
        steps->weights[steps->count++] = weight;
        steps->whole += weight;
        steps->least = least > steps->least ? least : steps->least;
        steps->most = most < steps->most ? most : steps->most;
    }
    return true;
}

/* "5 each on 4 5 9 10, 6 each on 6 8" */
static void proportions(struct text *text, const struct steps *steps)
{
    bool said[CRAPS_ORDERS_MAX] = {false};
    for (size_t i = 0; i < steps->count; i++) {
        if (said[i])
            continue;
        if (i > 0)
            text_words(text, ", ");
        text_chips(text, steps->weights[i]);
        text_words(text, " each on");
        for (size_t j = i; j < steps->count; j++) {
            if (steps->weights[j] != steps->weights[i])
                continue;
            said[j] = true;
            text_letter(text, ' ');
            text_chips(text, steps->bets[j].number);
        }
    }
}

static void improper(const struct craps_spread *spread, const struct steps *steps, chips total,
                     char *sentence)
{
    struct text text = text_on(sentence, CRAPS_SPREAD_SENTENCE_SIZE);
    chips nearest = (total + steps->whole / 2) / steps->whole;
    nearest = nearest < steps->least ? steps->least : nearest;
    nearest = nearest > steps->most ? steps->most : nearest;
    text_words(&text, spread->name);
    text_words(&text, " is bet in multiples of ");
    text_chips(&text, steps->whole);
    text_words(&text, " (");
    proportions(&text, steps);
    text_words(&text, "): the nearest to ");
    text_chips(&text, total);
    text_words(&text, " that you may bet now is ");
    text_chips(&text, nearest * steps->whole);
    text_letter(&text, '.');
}

size_t craps_spread_orders(const struct craps_spread *spread, uint16_t without,
                           const struct craps *craps, const struct craps_card *card, unsigned seat,
                           chips total, struct craps_order orders[static CRAPS_ORDERS_MAX],
                           char sentence[static CRAPS_SPREAD_SENTENCE_SIZE])
{
    struct steps steps;
    struct craps_refusal why;
    const uint16_t numbers = spread->numbers & (uint16_t)~without;
    if (!measure(spread, numbers, craps, card, seat, &steps, &why)) {
        craps_refusal_sentence(&why, sentence);
        return 0;
    }
    if (steps.least > steps.most) {
        struct text text = text_on(sentence, CRAPS_SPREAD_SENTENCE_SIZE);
        text_words(&text, spread->name);
        text_words(&text, " no longer fits the limits of all its numbers: add to them one by one.");
        return 0;
    }
    const chips step = total / steps.whole;
    if (total < 1 || total % steps.whole != 0 || step < steps.least || step > steps.most) {
        improper(spread, &steps, total, sentence);
        return 0;
    }
    for (size_t i = 0; i < steps.count; i++)
        orders[i] = (struct craps_order){
            .bet = steps.bets[i], .deed = CRAPS_DEED_ADD, .amount = step * steps.weights[i]};
    return steps.count;
}
