/* SPDX-License-Identifier: MIT */
#include "table/lie.h"

#include "consensus/vote.h"
#include "craps/text.h"
#include "frame/frame.h"

#define STATEMENT_ARENA 4096

const char *lie_name(enum lie_kind kind)
{
    switch (kind) {
    case LIE_NONE:
        return "none";
    case LIE_NOTARIZED_TWO:
        return "notarized-two";
    case LIE_FINALIZED_TWO:
        return "finalized-two";
    case LIE_FINALIZED_NULLIFIED:
        return "finalized-and-nullified";
    case LIE_ACTED_TWICE:
        return "acted-twice";
    case LIE_SHARED_TWICE:
        return "shared-twice";
    case LIE_SHARED_FALSELY:
        return "shared-falsely";
    case LIE_DEALT_FALSELY:
        return "dealt-falsely";
    case LIE_COMPLAINED_FALSELY:
        return "complained-falsely";
    }
    return "";
}

static const char *deed(enum lie_kind kind)
{
    switch (kind) {
    case LIE_NONE:
        return "did nothing wrong";
    case LIE_NOTARIZED_TWO:
        return "voted for two different blocks in view ";
    case LIE_FINALIZED_TWO:
        return "declared two different blocks final in view ";
    case LIE_FINALIZED_NULLIFIED:
        return "declared a block final and also denied that there is one in view ";
    case LIE_ACTED_TWICE:
        return "signed two different actions with one number, ";
    case LIE_SHARED_TWICE:
        return "signed its share of the dice for two different ends of the betting in roll ";
    case LIE_SHARED_FALSELY:
        return "signed a false share of the dice for roll ";
    case LIE_DEALT_FALSELY:
        return "dealt a false share of the dice key in attempt ";
    case LIE_COMPLAINED_FALSELY:
        return "complained falsely of another seat's share of the dice key in attempt ";
    }
    return "";
}

static void number(struct text *text, uint64_t value)
{
    if (value <= INT64_MAX) {
        text_chips(text, (chips)value);
        return;
    }
    /* A liar may name any number. */
    text_chips(text, (chips)(value / 10));
    text_letter(text, (char)('0' + value % 10));
}

void lie_sentence(const struct conviction *lie, char out[static LIE_SENTENCE_SIZE])
{
    struct text text = text_on(out, LIE_SENTENCE_SIZE);
    text_words(&text, deed(lie->kind));
    if (lie->kind == LIE_NONE)
        return;
    number(&text, lie->number);
    text_words(&text, " of epoch ");
    number(&text, lie->epoch);
}

/* ---- Statements --------------------------------------------------------------------------------
 */

static void hex(struct text *text, const ProtobufCBinaryData *data)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < data->len; i++) {
        text_letter(text, digits[data->data[i] >> 4]);
        text_letter(text, digits[data->data[i] & 15]);
    }
}

static void say_vote(struct text *text, const Bitcraps__Vote *vote)
{
    text_words(text, "seat ");
    number(text, (uint64_t)vote->seat + 1);
    if (vote->type == VOTE_NULLIFY)
        text_words(text, " of those that vote: there is no block");
    else if (vote->type == VOTE_FINALIZE)
        text_words(text, " of those that vote: final is block ");
    else
        text_words(text, " of those that vote: I vote for block ");
    hex(text, &vote->digest);
    text_words(text, " in view ");
    number(text, vote->view);
    text_words(text, " of epoch ");
    number(text, vote->epoch);
}

static const char *action_name(Bitcraps__ActionBody__KindCase kind)
{
    switch (kind) {
    case BITCRAPS__ACTION_BODY__KIND_READY:
        return "ready";
    case BITCRAPS__ACTION_BODY__KIND_TIME_UP:
        return "time is up";
    case BITCRAPS__ACTION_BODY__KIND_DEAL:
        return "deals key shares";
    case BITCRAPS__ACTION_BODY__KIND_DEAL_OK:
        return "confirms key shares";
    case BITCRAPS__ACTION_BODY__KIND_COMPLAINT:
        return "complains of a deal";
    case BITCRAPS__ACTION_BODY__KIND_LEAVE:
        return "leaves";
    case BITCRAPS__ACTION_BODY__KIND_APPROVE:
        return "approves of a newcomer";
    case BITCRAPS__ACTION_BODY__KIND_ORDERS:
        return "bets";
    case BITCRAPS__ACTION_BODY__KIND_KICK:
        return "calls a seat silent";
    case BITCRAPS__ACTION_BODY__KIND_HERE:
        return "is there";
    case BITCRAPS__ACTION_BODY__KIND_MISSING:
        return "calls a key share missing";
    case BITCRAPS__ACTION_BODY__KIND_EVIDENCE:
        return "accuses a seat";
    case BITCRAPS__ACTION_BODY__KIND__NOT_SET:
    case _BITCRAPS__ACTION_BODY__KIND__CASE_IS_INT_SIZE:
        break;
    }
    return "nothing";
}

/* False when the body is no canonical one. */
static bool say_action(struct text *text, const Bitcraps__Action *action, struct arena *arena)
{
    const ProtobufCMessage *base;
    const struct bytes packed = {.at = action->body.data, .size = action->body.len};
    if (frame_unpack(&bitcraps__action_body__descriptor, packed, arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__ActionBody *body = (const Bitcraps__ActionBody *)base;
    text_words(text, "seat ");
    number(text, (uint64_t)body->seat + 1);
    text_words(text, ": action ");
    number(text, body->sequence);
    text_words(text, " of epoch ");
    number(text, body->epoch);
    text_words(text, ", ");
    text_words(text, action_name(body->kind_case));
    return true;
}

static void say_partial(struct text *text, const Bitcraps__Partial *partial)
{
    text_words(text, "seat ");
    number(text, (uint64_t)partial->seat + 1);
    text_words(text, " of those that vote: my share of the dice of roll ");
    number(text, partial->roll);
    text_words(text, " of epoch ");
    number(text, partial->epoch);
    text_words(text, ", its betting closed by block ");
    hex(text, &partial->close);
}

bool lie_statement(struct bytes packed, char out[static STATEMENT_SENTENCE_SIZE])
{
    uint8_t memory[STATEMENT_ARENA] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    struct text text = text_on(out, STATEMENT_SENTENCE_SIZE);
    if (frame_unpack(&bitcraps__message__descriptor, packed, &arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__Message *message = (const Bitcraps__Message *)base;
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_VOTE) {
        say_vote(&text, message->vote);
        return true;
    }
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_PARTIAL) {
        say_partial(&text, message->partial);
        return true;
    }
    return message->kind_case == BITCRAPS__MESSAGE__KIND_ACTION &&
           say_action(&text, message->action, &arena);
}

bool lie_proof(struct bytes packed_action, struct bytes statements[static 2])
{
    uint8_t memory[STATEMENT_ARENA] __attribute__((aligned(16)));
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *base;
    if (frame_unpack(&bitcraps__action__descriptor, packed_action, &arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__Action *action = (const Bitcraps__Action *)base;
    const struct bytes packed = {.at = action->body.data, .size = action->body.len};
    if (frame_unpack(&bitcraps__action_body__descriptor, packed, &arena, &base) != FRAME_OK)
        return false;
    const Bitcraps__ActionBody *body = (const Bitcraps__ActionBody *)base;
    if (body->kind_case != BITCRAPS__ACTION_BODY__KIND_EVIDENCE)
        return false;
    statements[0] =
        (struct bytes){.at = body->evidence->first.data, .size = body->evidence->first.len};
    statements[1] =
        (struct bytes){.at = body->evidence->second.data, .size = body->evidence->second.len};
    return true;
}
