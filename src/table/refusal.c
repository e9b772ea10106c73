/* SPDX-License-Identifier: MIT */
#include "craps/sentence.h"
#include "craps/text.h"
#include "table/state.h"

static const char *plain(enum refusal_kind kind)
{
    switch (kind) {
    case REFUSAL_NONE:
        return "accepted";
    case REFUSAL_CRAPS:
    case REFUSAL_LEDGER:
        return "";
    case REFUSAL_LATE:
        return "too late: betting for this roll is closed; bet again after the dice";
    case REFUSAL_EARLY:
        return "too early: that roll is not open yet; wait for the dice";
    case REFUSAL_READY:
        return "you said you are ready for this roll; bet again after the dice";
    case REFUSAL_WITNESS:
        return "a witness has no chips: it only watches over the game";
    case REFUSAL_LEFT:
        return "this seat has left the table; join the table again to play on";
    case REFUSAL_PHASE:
        return "the table is not open for bets: the dice key is being made, or the game is over";
    case REFUSAL_REPEATED:
        return "that was done already; nothing more is needed";
    case REFUSAL_DEAL:
        return "the key share does not hold; start a new table without this seat";
    case REFUSAL_EVIDENCE:
        return "it proves nothing that is not known already";
    case REFUSAL_ADMISSION:
        return "nobody waits for approval at this table: whoever may join just joins";
    case REFUSAL_WAITING:
        return "this seat plays once its share of the dice key is made: bet in a moment";
    }
    return "";
}

static void bet_words(struct text *text, struct craps_bet bet)
{
    char name[CRAPS_BET_NAME_SIZE];
    craps_bet_name(bet, name);
    text_words(text, name);
}

/* "30 on buy 5, 31 with its vig," */
static void wish_words(struct text *text, const struct refusal *refusal)
{
    text_chips(text, refusal->craps.amount);
    text_words(text, " on ");
    bet_words(text, refusal->craps.bet);
    if (refusal->costs != refusal->craps.amount) {
        text_words(text, ", ");
        text_chips(text, refusal->costs);
        text_words(text, " with its vig,");
    }
}

static void ledger_sentence(const struct refusal *refusal, struct text *text)
{
    switch (refusal->ledger) {
    case LEDGER_POSTED:
        break;
    case LEDGER_REFUSED_AMOUNT:
        text_words(text, "the amount must be more than zero");
        break;
    case LEDGER_REFUSED_RAIL_SHORT:
        wish_words(text, refusal);
        text_words(text, " is more than the ");
        text_chips(text, refusal->rail);
        text_words(text, " chips on your rail: ");
        if (refusal->fits > 0) {
            text_words(text, "the most that you can bet on it now is ");
            text_chips(text, refusal->fits);
        } else {
            text_words(text,
                       "that is too few for this bet; choose a smaller one, or take one down");
        }
        break;
    case LEDGER_REFUSED_STAKED_SHORT:
        text_words(text, "fewer chips lie on that bet: take down less");
        break;
    case LEDGER_REFUSED_BANK_SHORT:
        text_words(text, "the bank could not pay ");
        wish_words(text, refusal);
        text_words(text, " if it won: ");
        if (refusal->fits > 0) {
            text_words(text, "the most that fits now is ");
            text_chips(text, refusal->fits);
        } else {
            text_words(text, "nothing more fits on this bet until others are decided");
        }
        break;
    case LEDGER_REFUSED_TOO_MANY:
        text_words(text, "no table may hold so many chips: bet less");
        break;
    }
}

static bool is_letter(char letter, char first, char last)
{
    return letter >= first && letter <= last;
}

/* A sentence of the engine's as a part of one: without its full stop, nor a capital but of names.
 */
static void engine_sentence(const struct refusal *refusal, struct text *text)
{
    char sentence[CRAPS_SENTENCE_SIZE];
    if (refusal->deed == CRAPS_DEED_TAKE)
        craps_taking_sentence(&refusal->craps, sentence);
    else
        craps_refusal_sentence(&refusal->craps, sentence);
    if (is_letter(sentence[0], 'A', 'Z') && is_letter(sentence[1], 'a', 'z'))
        sentence[0] = (char)(sentence[0] - 'A' + 'a');
    for (const char *at = sentence; *at != '\0'; at++) {
        if (at[0] != '.' || at[1] != '\0')
            text_letter(text, *at);
    }
}

void refusal_sentence(const struct refusal *refusal, char out[static REFUSAL_SENTENCE_SIZE])
{
    struct text text = text_on(out, REFUSAL_SENTENCE_SIZE);
    if (refusal->kind == REFUSAL_CRAPS)
        engine_sentence(refusal, &text);
    else if (refusal->kind == REFUSAL_LEDGER)
        ledger_sentence(refusal, &text);
    else
        text_words(&text, plain(refusal->kind));
    if (refusal->orders > 1) {
        text_words(&text, " (none of the ");
        text_chips(&text, refusal->orders);
        text_words(&text, " orders was carried out)");
    }
}
