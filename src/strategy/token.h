/* SPDX-License-Identifier: MIT */
/*
 * Words of a program's text: one token at a time, with the indentation that makes blocks.
 *
 * A reader is plain memory: a copy of it reads the same text again from there. Internal to this
 * folder; called by the parser.
 */
#ifndef STRATEGY_TOKEN_H
#define STRATEGY_TOKEN_H

#include "base/types.h"

/* Blocks in blocks. */
#define TOKEN_DEPTH_MAX 16

/* The largest number that a text may hold. */
#define TOKEN_NUMBER_MAX 1000000000

enum token_kind {
    TOKEN_END,
    TOKEN_LINE, /* The end of a line that holds something. */
    TOKEN_INDENT,
    TOKEN_DEDENT,
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_STRING, /* text is what is between the quotes. */
    TOKEN_COLON,
    TOKEN_SEMICOLON,
    TOKEN_COMMA,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_EQUAL,
    TOKEN_UNEQUAL,
    TOKEN_LESS,
    TOKEN_AT_MOST,
    TOKEN_MORE,
    TOKEN_AT_LEAST,
    TOKEN_WRONG, /* wrong says why. */
};

struct token {
    enum token_kind kind;
    struct bytes text; /* As written; empty at the end of a line or the text. */
    int32_t number;
    unsigned line;
    unsigned column;
    const char *wrong;
};

struct token_reader {
    struct bytes text;
    size_t at;
    size_t line_at; /* Where the line begins. */
    unsigned line;
    bool line_begins;
    bool line_holds; /* Something was read of it. */
    uint8_t depth;
    uint8_t dedents; /* Still to be told. */
    uint16_t indents[TOKEN_DEPTH_MAX];
};

/* A reader at the start of a text, which must outlive it. */
struct token_reader token_reader_on(struct bytes text);

/* The next token; TOKEN_END again and again at the end. */
struct token token_next(struct token_reader *reader);

/* Whether a token is this word, written in lower case; case does not matter. */
bool token_is(const struct token *token, const char *word);

/* Whether two words are the same; case does not matter. */
bool token_same(struct bytes a, struct bytes b);

#endif
