/* SPDX-License-Identifier: MIT */
/*
 * What a seat was convicted of, in numbers and in words. Plain data: the table keeps one of each
 * seat that was convicted, and events carry it. Any thread.
 */
#ifndef TABLE_LIE_H
#define TABLE_LIE_H

#include "base/limits.h"
#include "base/types.h"

enum lie_kind {
    LIE_NONE,
    LIE_NOTARIZED_TWO,       /* Votes for two blocks of one view... */
    LIE_FINALIZED_TWO,       /* ...that both are final... */
    LIE_FINALIZED_NULLIFIED, /* ...or that one is final, and that there is none. */
    LIE_ACTED_TWICE,         /* Two actions with one number. */
    LIE_SHARED_TWICE,        /* Two shares of one roll for different ends of its betting. */
    LIE_SHARED_FALSELY,      /* A share of the dice with a proof that does not hold. */
    LIE_DEALT_FALSELY,       /* A share of the dice key that is none: a complaint was right. */
    LIE_COMPLAINED_FALSELY,  /* A complaint of a deal that is good. */
};

struct conviction {
    enum lie_kind kind;
    unsigned seat;
    uint64_t epoch;
    uint64_t number;   /* The view of the votes, the number of the actions, the roll of the shares,
                          the attempt of the deal. */
    unsigned accuser;  /* The seat that gave proof... */
    uint64_t sequence; /* ...in its action of that number... */
    uint64_t height;   /* ...in the block of that height. */
};

#define LIE_SENTENCE_SIZE 200

/* What it did, as the end of a sentence that begins with its name: "voted for two ...". */
void lie_sentence(const struct conviction *lie, char out[static LIE_SENTENCE_SIZE]);

/* One word for programs: "notarized-two" ...; static memory. */
const char *lie_name(enum lie_kind kind);

#define STATEMENT_SENTENCE_SIZE 320

/*
 * A statement of an evidence (a packed Message) in words: what was signed, by which seat of the
 * roster or, for actions, of the table, counted from 1. False when it is none of those that can be
 * evidence.
 */
bool lie_statement(struct bytes packed, char out[static STATEMENT_SENTENCE_SIZE]);

/*
 * The two statements of the evidence that a packed Action carries, as views into it; the second is
 * empty when one was enough. False when that action is no evidence.
 */
bool lie_proof(struct bytes packed_action, struct bytes statements[static 2]);

#endif
