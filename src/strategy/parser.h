/* SPDX-License-Identifier: MIT */
/*
 * The parser's own memory and the parts it is made of: words (errors), phrase (bets), expression.
 *
 * Parsing goes on after the first error as if nothing happened, but reads nothing more: the token
 * is then TOKEN_END for good. Internal to this folder.
 */
#ifndef STRATEGY_PARSER_H
#define STRATEGY_PARSER_H

#include "strategy/code.h"
#include "strategy/strategy.h"
#include "strategy/token.h"

/* Names that are known at a time: variables, lists, and the numbers of loops. */
#define PARSER_NAMES_MAX (STRATEGY_VARIABLES_MAX + STRATEGY_LISTS_MAX + TOKEN_DEPTH_MAX)

/* Expressions in parentheses and statements in statements. */
#define PARSER_NESTING_MAX 100

enum parser_name_kind {
    PARSER_NAME_VARIABLE,
    PARSER_NAME_LIST,
    PARSER_NAME_NUMBER, /* Of a loop: it is a constant while its body is compiled. */
};

struct parser_name {
    struct bytes word;
    uint8_t kind;  /* enum parser_name_kind. */
    uint8_t value; /* Index, or the number. */
};

struct parser {
    struct token_reader reader;
    struct token token;  /* The one that is looked at. */
    struct token before; /* The one that was taken last. */
    struct strategy *out;
    struct strategy_error *error;
    bool failed;
    unsigned depth;   /* Values on the stack. */
    unsigned nesting; /* Calls inside calls. */
    unsigned names_count;
    struct parser_name names[PARSER_NAMES_MAX];
    struct craps_bet bets[CRAPS_SPOT_COUNT];
};

/* How a group of bets is to be read. */
enum parser_use {
    PARSER_USE_MAKE, /* To be made: a new come bet, no number left out. */
    PARSER_USE_FLAT, /* That odds can back: "pass" is pass on any number. */
    PARSER_USE_ALL,  /* "come" is all that is on come. */
};

/* ---- words.c: what is next, and what was wrong ---- */

/* Takes the token and looks at the next. */
void parser_advance(struct parser *parser);

/* Takes the word when it is next. */
bool parser_accept(struct parser *parser, const char *word);

/* Takes the sign when it is next. */
bool parser_accept_sign(struct parser *parser, enum token_kind kind);

/* Takes the word, or fails with "expected ..., found ...". */
void parser_expect(struct parser *parser, const char *word, const char *expected);

/* Takes the sign, or fails likewise. */
void parser_expect_sign(struct parser *parser, enum token_kind kind, const char *expected);

/*
 * Fails at the token that is looked at: "expected ..., found ...", and when words, a list ended by
 * NULL, has one like it, "did you mean". Only the first failure is kept.
 */
void parser_fail(struct parser *parser, const char *expected, const char *const *words);

/* Fails at a token with a sentence of its own. */
void parser_fail_at(struct parser *parser, const struct token *token, const char *sentence);

/* Goes into something that may hold its like; false, and failed, when that is too deep. */
bool parser_enter(struct parser *parser);
void parser_leave(struct parser *parser);

/* The name of a word; NULL when it is none. */
const struct parser_name *parser_name(const struct parser *parser, struct bytes word);

/* Appends an instruction; returns where. */
uint16_t parser_emit(struct parser *parser, enum code_deed deed, unsigned mode, unsigned index,
                     int32_t value);

/* Appends one that pushes a value, and counts the stack. */
void parser_push(struct parser *parser, enum code_deed deed, unsigned mode, unsigned index,
                 int32_t value);

/* Counts values that an instruction took off the stack. */
void parser_pop(struct parser *parser, unsigned count);

/* Adds the spots of a set to those whose results the player remembers. */
void parser_watch(struct parser *parser, uint16_t set);

/* ---- phrase.c: bets and numbers ---- */

/* Reads "place 6 and 8, come": returns the index of the set; first becomes its first kind. */
uint16_t parser_bets(struct parser *parser, enum parser_use use, const char *after,
                     unsigned *first);

/* Reads "4, 5 and 6" or "inside" or "all": a mask of totals from 2 to 12. */
uint32_t parser_numbers(struct parser *parser);

/* Whether numbers are next. */
bool parser_sees_numbers(const struct parser *parser);

/* ---- expression.c ---- */

/* Reads an expression; its code leaves one value. */
void parser_expression(struct parser *parser);

#endif
