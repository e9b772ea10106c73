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
        return "this seat has left the table; join another table to play on";
    case REFUSAL_PHASE:
        return "the table is not open for bets: the dice key is being made, or the game is over";
    case REFUSAL_REPEATED:
        return "that was done already; nothing more is needed";
    case REFUSAL_DEAL:
        return "the key share does not hold; start a new table without this seat";
    }
    return "";
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
        text_words(text, "you have ");
        text_chips(text, refusal->fits);
        text_words(text, " chips on your rail, fewer than that costs; bet less");
        break;
    case LEDGER_REFUSED_STAKED_SHORT:
        text_words(text, "fewer chips lie on that bet");
        break;
    case LEDGER_REFUSED_BANK_SHORT:
        text_words(text, "the bank could not pay that bet if it won; ");
        if (refusal->fits > 0) {
            text_words(text, "the most that fits now is ");
            text_chips(text, refusal->fits);
        } else {
            text_words(text, "nothing more fits on this bet until others are decided");
        }
        break;
    case LEDGER_REFUSED_TOO_MANY:
        text_words(text, "no table may hold so many chips");
        break;
    }
}

void refusal_sentence(const struct refusal *refusal, char out[static REFUSAL_SENTENCE_SIZE])
{
    struct text text = text_on(out, REFUSAL_SENTENCE_SIZE);
    if (refusal->kind == REFUSAL_CRAPS)
        craps_refusal_sentence(&refusal->craps, out);
    else if (refusal->kind == REFUSAL_LEDGER)
        ledger_sentence(refusal, &text);
    else
        text_words(&text, plain(refusal->kind));
}
