/* SPDX-License-Identifier: MIT */
/* Sentences of refusals, one table of calls. */
#include "craps/sentence.h"

#include "base/check.h"
#include "craps/layout.h"
#include "craps/text.h"

static void bet_words(struct text *text, struct craps_bet bet)
{
    char name[CRAPS_BET_NAME_SIZE];
    craps_bet_name(bet, name);
    text_words(text, name);
}

/* What the seat could do instead, when an amount is all that was wrong. */
static void amounts(struct text *text, const struct craps_refusal *why)
{
    const struct craps_offer *offer = &why->offer;
    if (offer->least == offer->most) {
        text_words(text, ": bet ");
        text_chips(text, offer->least);
    } else {
        text_words(text, ": bet ");
        text_chips(text, offer->least);
        text_words(text, " to ");
        text_chips(text, offer->most);
    }
    if (offer->unit > 1 && offer->least != offer->most) {
        text_words(text, " in steps of ");
        text_chips(text, offer->unit);
    }
    text_letter(text, '.');
}

static void improper(struct text *text, const struct craps_refusal *why)
{
    bet_words(text, why->bet);
    if (why->pay.per == why->offer.unit) {
        text_words(text, " pays ");
        text_chips(text, why->pay.to);
        text_letter(text, ':');
        text_chips(text, why->pay.per);
        text_words(text, ": use multiples of ");
    } else {
        text_words(text, " can only be paid exactly in multiples of ");
    }
    text_chips(text, why->offer.unit);
    text_words(text, "; the nearest to ");
    text_chips(text, why->amount);
    text_words(text, " that you may bet now is ");
    text_chips(text, why->nearest);
    text_letter(text, '.');
}

/* What could be taken down instead. */
static void removable(struct text *text, const struct craps_refusal *why)
{
    const struct craps_offer *offer = &why->offer;
    text_words(text, "take down ");
    if (offer->least > 0 && offer->least <= offer->most) {
        text_chips(text, offer->least);
        if (offer->least < offer->most) {
            text_words(text, " to ");
            text_chips(text, offer->most);
        }
        if (offer->unit > 1 && offer->least < offer->most) {
            text_words(text, " in steps of ");
            text_chips(text, offer->unit);
        }
        text_words(text, ", or all of it.");
    } else {
        text_words(text, "all of it.");
    }
}

/* Why a part of a bet does not come down. */
static void taking(struct text *text, const struct craps_refusal *why)
{
    switch (why->verdict) {
    case CRAPS_REFUSED_TAKES_ALL:
        text_words(text, "less than ");
        text_chips(text, why->amount);
        text_words(text, " lies on ");
        bet_words(text, why->bet);
        text_words(text, ": ");
        removable(text, why);
        return;
    case CRAPS_REFUSED_LEAVES_ODDS:
        text_words(text, "what would be left of ");
        bet_words(text, why->bet);
        text_words(text, " is too little for the odds behind it: take odds down first, or all of "
                         "it with its odds.");
        return;
    case CRAPS_REFUSED_IMPROPER:
        bet_words(text, why->bet);
        text_words(text, " lies in steps of ");
        text_chips(text, why->offer.unit);
        text_words(text, " and ");
        text_chips(text, why->amount);
        text_words(text, " is none: ");
        removable(text, why);
        return;
    case CRAPS_REFUSED_BELOW_MIN:
    case CRAPS_REFUSED_ABOVE_MAX:
        text_chips(text, why->amount);
        text_words(text, " off ");
        bet_words(text, why->bet);
        text_words(text, why->verdict == CRAPS_REFUSED_BELOW_MIN
                             ? " is nothing: "
                             : " would leave less than the least bet: ");
        removable(text, why);
        return;
    case CRAPS_ACCEPTED:
    case CRAPS_REFUSED_UNKNOWN:
    case CRAPS_REFUSED_NUMBER:
    case CRAPS_REFUSED_NOT_OFFERED:
    case CRAPS_REFUSED_POINT_IS_ON:
    case CRAPS_REFUSED_POINT_IS_OFF:
    case CRAPS_REFUSED_NO_FLAT:
    case CRAPS_REFUSED_BY_DICE:
    case CRAPS_REFUSED_FULL:
    case CRAPS_REFUSED_CONTRACT:
    case CRAPS_REFUSED_NO_BET:
    case CRAPS_REFUSED_ALWAYS_WORKS:
    case CRAPS_REFUSED_HAND_BEGAN:
    case CRAPS_REFUSED_SINCE_SEVEN:
        break;
    }
    CHECK(!"a part of a bet");
}

/* A number of the kind: 6 where there is one. */
static void example(struct text *text, uint8_t kind)
{
    struct craps_bet bet = {.kind = kind, .number = 6};
    if (kind == CRAPS_HOP) {
        text_words(text, " 3 4");
        return;
    }
    for (uint8_t number = 2; number <= 12 && craps_spot(bet) == CRAPS_SPOT_NONE; number++)
        bet.number = number;
    text_letter(text, ' ');
    text_chips(text, bet.number);
}

/* Whether odds go behind bets of this kind. */
static bool is_backed(uint8_t kind)
{
    return kind == CRAPS_PASS || kind == CRAPS_COME || kind == CRAPS_PUT ||
           kind == CRAPS_DONT_PASS || kind == CRAPS_DONT_COME;
}

/* What to bet while the point is on. */
static const char *instead_of_comeout(uint8_t kind)
{
    if (kind == CRAPS_PASS)
        return "bet come now.";
    return kind == CRAPS_DONT_PASS ? "bet don't come now." : "bet it before the next come-out.";
}

/* What the flat bet behind odds is called. */
static const char *flat_name(struct craps_bet bet)
{
    if (bet.kind >= CRAPS_KIND_COUNT)
        return "pass, don't pass, come or don't come";
    return layout_row(layout_row(bet.kind)->behind)->name;
}

void craps_refusal_sentence(const struct craps_refusal *why,
                            char sentence[static CRAPS_SENTENCE_SIZE])
{
    struct text text = text_on(sentence, CRAPS_SENTENCE_SIZE);
    switch (why->verdict) {
    case CRAPS_ACCEPTED:
        bet_words(&text, why->bet);
        text_words(&text, " was accepted.");
        return;
    case CRAPS_REFUSED_UNKNOWN:
        text_words(&text,
                   "There is no such bet: name one like \"pass\", \"place 6\" or \"hop 3 4\".");
        return;
    case CRAPS_REFUSED_NUMBER:
        bet_words(&text, why->bet);
        text_words(&text, " needs a number: say it behind, as in \"");
        bet_words(&text, why->bet);
        example(&text, why->bet.kind);
        text_words(&text, "\".");
        return;
    case CRAPS_REFUSED_NOT_OFFERED:
        text_words(&text, "This table does not take ");
        bet_words(&text, why->bet);
        text_words(&text, ": see its rules for the bets it takes.");
        return;
    case CRAPS_REFUSED_POINT_IS_ON:
        bet_words(&text, why->bet);
        text_words(&text, " opens with the come-out, and the point is ");
        text_chips(&text, why->puck);
        text_words(&text, ": ");
        text_words(&text, instead_of_comeout(why->bet.kind));
        return;
    case CRAPS_REFUSED_POINT_IS_OFF:
        bet_words(&text, why->bet);
        text_words(&text, " needs a point, and the puck is off: ");
        text_words(&text,
                   why->bet.kind == CRAPS_DONT_COME ? "bet don't pass now." : "bet pass now.");
        return;
    case CRAPS_REFUSED_NO_FLAT:
        bet_words(&text, why->bet);
        text_words(&text, " must back a bet that has its number: first make ");
        text_words(&text, flat_name(why->bet));
        text_letter(&text, '.');
        return;
    case CRAPS_REFUSED_BY_DICE:
        bet_words(&text, why->bet);
        text_words(&text, " is moved there by the dice and cannot grow: back it with odds.");
        return;
    case CRAPS_REFUSED_BELOW_MIN:
    case CRAPS_REFUSED_ABOVE_MAX:
        text_chips(&text, why->amount);
        text_words(&text, why->verdict == CRAPS_REFUSED_BELOW_MIN ? " is too little for "
                                                                  : " is too much for ");
        bet_words(&text, why->bet);
        amounts(&text, why);
        return;
    case CRAPS_REFUSED_FULL:
        text_words(&text, "Nothing can be added to ");
        bet_words(&text, why->bet);
        text_words(&text, ": it is at the limit; choose another bet.");
        return;
    case CRAPS_REFUSED_IMPROPER:
        improper(&text, why);
        return;
    case CRAPS_REFUSED_CONTRACT:
        bet_words(&text, why->bet);
        text_words(&text, why->bet.number != 0 && is_backed(why->bet.kind)
                              ? " is a contract: it stays until its number or a 7; its odds may "
                                "come down."
                              : " is a bet on the whole hand: once that began it stays until it is "
                                "decided.");
        return;
    case CRAPS_REFUSED_NO_BET:
        text_words(&text, "You have no ");
        bet_words(&text, why->bet);
        text_words(&text, " on the table: name a bet that lies there.");
        return;
    case CRAPS_REFUSED_ALWAYS_WORKS:
        bet_words(&text, why->bet);
        text_words(&text, " works on every roll and cannot be called off: leave it until decided.");
        return;
    case CRAPS_REFUSED_HAND_BEGAN:
        bet_words(&text, why->bet);
        text_words(&text, " opens with a new shooter's first roll, and this hand has begun: bet it "
                          "after the next seven-out.");
        return;
    case CRAPS_REFUSED_SINCE_SEVEN:
        bet_words(&text, why->bet);
        text_words(&text, " opens with the first roll after a 7, and others were thrown since: bet "
                          "it after the next 7.");
        return;
    case CRAPS_REFUSED_TAKES_ALL:
    case CRAPS_REFUSED_LEAVES_ODDS:
        taking(&text, why);
        return;
    }
    CHECK(false);
}

void craps_taking_sentence(const struct craps_refusal *why,
                           char sentence[static CRAPS_SENTENCE_SIZE])
{
    const bool part = why->verdict == CRAPS_REFUSED_IMPROPER ||
                      why->verdict == CRAPS_REFUSED_BELOW_MIN ||
                      why->verdict == CRAPS_REFUSED_ABOVE_MAX;
    struct text text = text_on(sentence, CRAPS_SENTENCE_SIZE);
    if (part)
        taking(&text, why);
    else
        craps_refusal_sentence(why, sentence);
}

/* The call of each total with the puck off, and with it on. */
static const struct {
    const char *comeout;
    const char *point;
} calls[13] = {
    [2] = {"Two, craps, aces: line loses, pay the don'ts.", "Aces! Two, pay the field."},
    [3] = {"Three, craps, ace-deuce: line loses, pay the don'ts.",
           "Ace-deuce, three: single the field."},
    [4] = {"Four, easy: mark the four.", "Four, easy."},
    [5] = {"Five, fever: mark the five.", "Five, no field five."},
    [6] = {"Six, easy: mark the six.", "Six, easy."},
    [7] = {"Seven, front-line winner! Pay the line, take the don'ts.",
           "Seven-out! Line away, pay the don'ts, pay the lays. New shooter."},
    [8] = {"Eight, easy: mark the eight.", "Eight, easy."},
    [9] = {"Nine, center field: mark the nine.", "Nine, field nine."},
    [10] = {"Ten, easy: mark the ten.", "Ten, easy."},
    [11] = {"Yo-leven! Eleven, winner on the front.", "Yo, eleven: field pays, come pays."},
    [12] = {"Twelve, craps, boxcars: line loses, the don'ts look at the bar.",
            "Twelve, midnight: pay the field."},
};

/* Doubles that could have come easy. */
static const struct {
    const char *comeout;
    const char *point;
} hard_calls[7] = {
    [2] = {"Hard four, two-two: mark the four.", "Hard four, two-two, ballerina."},
    [3] = {"Hard six, pair of treys: mark the six.", "Hard six, pair of treys."},
    [4] = {"Hard eight, square pair: mark the eight.", "Hard eight, square pair."},
    [5] = {"Hard ten, puppy paws: mark the ten.", "Hard ten, puppy paws."},
};

/* The point is made: the number, how, and who wins. */
static const char *const numbers[11] = {
    [4] = "Four", [5] = "Five", [6] = "Six", [8] = "Eight", [9] = "Nine", [10] = "Ten",
};

void craps_call(unsigned puck, unsigned d1, unsigned d2, char call[static CRAPS_SENTENCE_SIZE])
{
    CHECK(d1 >= 1 && d1 <= 6 && d2 >= 1 && d2 <= 6);
    CHECK(puck == 0 || (puck <= 10 && numbers[puck] != NULL));
    struct text text = text_on(call, CRAPS_SENTENCE_SIZE);
    const unsigned total = d1 + d2;
    const bool hard = d1 == d2 && total > 2 && total < 12;
    if (puck != 0 && total == puck) {
        text_words(&text, numbers[total]);
        if (total % 2 == 0)
            text_words(&text, hard ? ", the hard way" : ", easy");
        text_words(&text, "! Winner: pay the line. Same good shooter, coming out.");
        return;
    }
    if (hard)
        text_words(&text, puck == 0 ? hard_calls[d1].comeout : hard_calls[d1].point);
    else
        text_words(&text, puck == 0 ? calls[total].comeout : calls[total].point);
}
