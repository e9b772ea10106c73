/* SPDX-License-Identifier: MIT */
/* Tokens for the parser, its sentences, and the code it writes. */
#include "strategy/parser.h"

#include <string.h>

#include "base/check.h"
#include "craps/text.h"

/* Words longer than this are like nothing. */
#define LIKE_SIZE_MAX 16

void parser_advance(struct parser *parser)
{
    if (parser->failed)
        return;
    parser->before = parser->token;
    parser->token = token_next(&parser->reader);
    if (parser->token.kind == TOKEN_WRONG)
        parser_fail_at(parser, &parser->token, parser->token.wrong);
}

bool parser_accept(struct parser *parser, const char *word)
{
    if (!token_is(&parser->token, word))
        return false;
    parser_advance(parser);
    return true;
}

bool parser_accept_sign(struct parser *parser, enum token_kind kind)
{
    if (parser->token.kind != kind)
        return false;
    parser_advance(parser);
    return true;
}

void parser_expect(struct parser *parser, const char *word, const char *expected)
{
    const char *const words[] = {word, NULL};
    if (!parser_accept(parser, word))
        parser_fail(parser, expected, words);
}

void parser_expect_sign(struct parser *parser, enum token_kind kind, const char *expected)
{
    if (!parser_accept_sign(parser, kind))
        parser_fail(parser, expected, NULL);
}

/* ---- Sentences ---- */

/* How many letters have to be put in, left out, changed or swapped to make one word the other. */
static unsigned distance(struct bytes a, struct bytes b)
{
    unsigned rows[3][LIKE_SIZE_MAX + 1];
    if (a.size > LIKE_SIZE_MAX || b.size > LIKE_SIZE_MAX)
        return LIKE_SIZE_MAX;
    for (unsigned j = 0; j <= b.size; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a.size; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b.size; j++) {
            const struct bytes one = {a.at + i - 1, 1};
            const struct bytes other = {b.at + j - 1, 1};
            unsigned best = above[j - 1] + (token_same(one, other) ? 0 : 1);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1] &&
                rows[(i + 1) % 3][j - 2] + 1 < best)
                best = rows[(i + 1) % 3][j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a.size % 3][b.size];
}

static struct bytes bytes_of(const char *words)
{
    return (struct bytes){.at = (const uint8_t *)words, .size = strlen(words)};
}

/* The word that was probably meant; NULL when none is like it. */
static const char *like(struct bytes found, const char *const *words)
{
    const char *best = NULL;
    unsigned least = found.size < 4 ? 2 : 3;
    for (; words != NULL && *words != NULL; words++) {
        const unsigned away = distance(found, bytes_of(*words));
        if (away < least && away < found.size) {
            least = away;
            best = *words;
        }
    }
    return best;
}

/* At most 24 bytes of the text, and nothing that is not printed. */
static void text_found(struct text *text, struct bytes found)
{
    text_letter(text, '"');
    for (size_t i = 0; i < found.size && i < 24; i++)
        text_letter(text, found.at[i] >= ' ' && found.at[i] < 127 ? (char)found.at[i] : '?');
    if (found.size > 24)
        text_words(text, "...");
    text_letter(text, '"');
}

static void fail(struct parser *parser, const struct token *token)
{
    parser->failed = true;
    parser->error->line = token->line;
    parser->error->column = token->column;
    parser->token = (struct token){.kind = TOKEN_END, .line = token->line, .column = token->column};
}

void parser_fail(struct parser *parser, const char *expected, const char *const *words)
{
    if (parser->failed)
        return;
    struct text text = text_on(parser->error->sentence, sizeof parser->error->sentence);
    text_words(&text, "expected ");
    text_words(&text, expected);
    text_words(&text, ", found ");
    const struct token *token = &parser->token;
    const char *meant = NULL;
    switch (token->kind) {
    case TOKEN_END:
        text_words(&text, "the end of the text");
        break;
    case TOKEN_LINE:
        text_words(&text, "the end of the line");
        break;
    case TOKEN_INDENT:
        text_words(&text, "a line that is indented");
        break;
    case TOKEN_DEDENT:
        text_words(&text, "the end of the block");
        break;
    case TOKEN_STRING:
        text_words(&text, "a text in quotes");
        break;
    case TOKEN_WORD:
        meant = like(token->text, words);
        text_found(&text, token->text);
        break;
    case TOKEN_NUMBER:
    case TOKEN_COLON:
    case TOKEN_SEMICOLON:
    case TOKEN_COMMA:
    case TOKEN_OPEN:
    case TOKEN_CLOSE:
    case TOKEN_PLUS:
    case TOKEN_MINUS:
    case TOKEN_STAR:
    case TOKEN_SLASH:
    case TOKEN_PERCENT:
    case TOKEN_EQUAL:
    case TOKEN_UNEQUAL:
    case TOKEN_LESS:
    case TOKEN_AT_MOST:
    case TOKEN_MORE:
    case TOKEN_AT_LEAST:
    case TOKEN_WRONG:
        text_found(&text, token->text);
        break;
    }
    if (meant != NULL) {
        text_words(&text, "; did you mean \"");
        text_words(&text, meant);
        text_words(&text, "\"?");
    }
    fail(parser, token);
}

void parser_fail_at(struct parser *parser, const struct token *token, const char *sentence)
{
    if (parser->failed)
        return;
    struct text text = text_on(parser->error->sentence, sizeof parser->error->sentence);
    text_words(&text, sentence);
    fail(parser, token);
}

void strategy_error_sentence(const struct strategy_error *error,
                             char sentence[static STRATEGY_SENTENCE_SIZE])
{
    struct text text = text_on(sentence, STRATEGY_SENTENCE_SIZE);
    text_words(&text, "line ");
    text_chips(&text, error->line);
    text_words(&text, ", column ");
    text_chips(&text, error->column);
    text_words(&text, ": ");
    text_words(&text, error->sentence);
}

/* ---- Names and code ---- */

bool parser_enter(struct parser *parser)
{
    if (parser->nesting == PARSER_NESTING_MAX)
        parser_fail_at(parser, &parser->token, "expected less inside one another: 100 is the most");
    parser->nesting++;
    return !parser->failed;
}

void parser_leave(struct parser *parser)
{
    CHECK(parser->nesting > 0);
    parser->nesting--;
}

const struct parser_name *parser_name(const struct parser *parser, struct bytes word)
{
    for (unsigned i = 0; i < parser->names_count; i++) {
        if (token_same(parser->names[i].word, word))
            return &parser->names[i];
    }
    return NULL;
}

uint16_t parser_emit(struct parser *parser, enum code_deed deed, unsigned mode, unsigned index,
                     int32_t value)
{
    struct strategy *out = parser->out;
    if (out->code_count == STRATEGY_CODE_MAX) {
        parser_fail_at(parser, &parser->before,
                       "expected a shorter program: with its loops written out it needs more than "
                       "2048 steps");
        return 0;
    }
    out->code[out->code_count] = (struct strategy_step){
        .deed = (uint8_t)deed, .mode = (uint8_t)mode, .index = (uint16_t)index, .value = value};
    return out->code_count++;
}

void parser_push(struct parser *parser, enum code_deed deed, unsigned mode, unsigned index,
                 int32_t value)
{
    parser_emit(parser, deed, mode, index, value);
    if (parser->depth == STRATEGY_STACK_MAX)
        parser_fail_at(parser, &parser->before,
                       "expected a simpler expression: put a part of it in a variable");
    else
        parser->depth++;
}

void parser_pop(struct parser *parser, unsigned count)
{
    CHECK(parser->failed || parser->depth >= count);
    parser->depth = parser->depth >= count ? parser->depth - count : 0;
}

void parser_watch(struct parser *parser, uint16_t set)
{
    struct strategy *out = parser->out;
    out->watches = 1;
    for (unsigned i = 0; i < CRAPS_WORDS; i++)
        out->watched.words[i] |= out->sets[set].spots.words[i];
}
