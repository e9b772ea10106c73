/* SPDX-License-Identifier: MIT */
/* Text to tokens. */
#include "strategy/token.h"

struct token_reader token_reader_on(struct bytes text)
{
    return (struct token_reader){.text = text, .line = 1, .line_begins = true};
}

static uint8_t lower(uint8_t letter)
{
    return letter >= 'A' && letter <= 'Z' ? (uint8_t)(letter - 'A' + 'a') : letter;
}

static bool is_letter(uint8_t letter)
{
    return lower(letter) >= 'a' && lower(letter) <= 'z';
}

static bool is_digit(uint8_t letter)
{
    return letter >= '0' && letter <= '9';
}

/* "don't" and "C&E" are words. */
static bool is_inside_word(uint8_t letter)
{
    return is_letter(letter) || is_digit(letter) || letter == '_' || letter == '\'' ||
           letter == '&';
}

bool token_same(struct bytes a, struct bytes b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++) {
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    }
    return true;
}

bool token_is(const struct token *token, const char *word)
{
    if (token->kind != TOKEN_WORD)
        return false;
    for (size_t i = 0; i < token->text.size; i++) {
        if (word[i] == '\0' || lower(token->text.at[i]) != (uint8_t)word[i])
            return false;
    }
    return word[token->text.size] == '\0';
}

/* The byte there; a line's end at the end of the text. */
static uint8_t peek(const struct token_reader *reader, size_t ahead)
{
    const size_t at = reader->at + ahead;
    return at < reader->text.size ? reader->text.at[at] : '\n';
}

static bool at_end(const struct token_reader *reader)
{
    return reader->at >= reader->text.size;
}

static struct token token_here(const struct token_reader *reader, enum token_kind kind)
{
    return (struct token){
        .kind = kind, .line = reader->line, .column = (unsigned)(reader->at - reader->line_at) + 1};
}

static struct token wrong(const struct token_reader *reader, const char *why)
{
    struct token token = token_here(reader, TOKEN_WRONG);
    token.wrong = why;
    return token;
}

/* Takes size bytes as a token. */
static struct token taken(struct token_reader *reader, enum token_kind kind, size_t size)
{
    struct token token = token_here(reader, kind);
    token.text = (struct bytes){.at = reader->text.at + reader->at, .size = size};
    reader->at += size;
    reader->line_holds = true;
    return token;
}

static void skip_blanks(struct token_reader *reader)
{
    while (!at_end(reader) &&
           (peek(reader, 0) == ' ' || peek(reader, 0) == '\t' || peek(reader, 0) == '\r'))
        reader->at++;
    if (!at_end(reader) && peek(reader, 0) == '#') {
        while (!at_end(reader) && peek(reader, 0) != '\n')
            reader->at++;
    }
}

static void next_line(struct token_reader *reader)
{
    reader->at++;
    reader->line++;
    reader->line_at = reader->at;
    reader->line_begins = true;
    reader->line_holds = false;
}

/* Goes to the first line that holds something; returns how far it is indented. */
static size_t indentation(struct token_reader *reader, bool *tab)
{
    for (;;) {
        *tab = false;
        const size_t start = reader->at;
        while (!at_end(reader) && (peek(reader, 0) == ' ' || peek(reader, 0) == '\t')) {
            *tab |= peek(reader, 0) == '\t';
            reader->at++;
        }
        const size_t width = reader->at - start;
        skip_blanks(reader);
        if (at_end(reader)) {
            *tab = false;
            return 0;
        }
        if (peek(reader, 0) != '\n')
            return width;
        next_line(reader);
    }
}

/* Compares the line's indentation with that of the blocks around it. */
static struct token begin_line(struct token_reader *reader)
{
    bool tab;
    const size_t width = indentation(reader, &tab);
    reader->line_begins = false;
    if (tab)
        return wrong(reader, "expected spaces at the start of the line, found a tab");
    const size_t now = reader->depth == 0 ? 0 : reader->indents[reader->depth - 1];
    if (width > now) {
        if (reader->depth == TOKEN_DEPTH_MAX || width > UINT16_MAX)
            return wrong(reader, "expected fewer blocks inside blocks: 16 is the most");
        reader->indents[reader->depth++] = (uint16_t)width;
        return token_here(reader, TOKEN_INDENT);
    }
    while (reader->depth > 0 && width < reader->indents[reader->depth - 1]) {
        reader->depth--;
        reader->dedents++;
    }
    if (width != (reader->depth == 0 ? 0 : reader->indents[reader->depth - 1]))
        return wrong(reader, "expected the line to begin right under an earlier line of its block");
    return token_here(reader, TOKEN_LINE);
}

static struct token number(struct token_reader *reader)
{
    size_t size = 0;
    int64_t value = 0;
    for (; is_digit(peek(reader, size)); size++) {
        if (value <= TOKEN_NUMBER_MAX)
            value = value * 10 + (peek(reader, size) - '0');
    }
    if (value > TOKEN_NUMBER_MAX)
        return wrong(reader, "expected a number of at most 1000000000");
    if (peek(reader, size) == '.' && is_digit(peek(reader, size + 1)))
        return wrong(reader, "expected a whole number: write 3 / 2 for one and a half");
    struct token token = taken(reader, TOKEN_NUMBER, size);
    token.number = (int32_t)value;
    return token;
}

static struct token string(struct token_reader *reader)
{
    size_t size = 1;
    while (peek(reader, size) != '"') {
        if (peek(reader, size) == '\n' || reader->at + size >= reader->text.size)
            return wrong(reader, "expected the text's closing \" on the same line");
        if (peek(reader, size) < ' ')
            return wrong(reader, "expected a text without control characters");
        size++;
    }
    struct token token = taken(reader, TOKEN_STRING, size + 1);
    token.text = (struct bytes){.at = token.text.at + 1, .size = size - 1};
    return token;
}

static struct token symbol(struct token_reader *reader)
{
    const bool equal = peek(reader, 1) == '=';
    switch (peek(reader, 0)) {
    case ':':
        return taken(reader, TOKEN_COLON, 1);
    case ';':
        return taken(reader, TOKEN_SEMICOLON, 1);
    case ',':
        return taken(reader, TOKEN_COMMA, 1);
    case '(':
        return taken(reader, TOKEN_OPEN, 1);
    case ')':
        return taken(reader, TOKEN_CLOSE, 1);
    case '+':
        return taken(reader, TOKEN_PLUS, 1);
    case '-':
        return taken(reader, TOKEN_MINUS, 1);
    case '*':
        return taken(reader, TOKEN_STAR, 1);
    case '/':
        return taken(reader, TOKEN_SLASH, 1);
    case '%':
        return taken(reader, TOKEN_PERCENT, 1);
    case '=':
        return taken(reader, TOKEN_EQUAL, equal ? 2 : 1);
    case '<':
        return equal ? taken(reader, TOKEN_AT_MOST, 2) : taken(reader, TOKEN_LESS, 1);
    case '>':
        return equal ? taken(reader, TOKEN_AT_LEAST, 2) : taken(reader, TOKEN_MORE, 1);
    case '!':
        if (equal)
            return taken(reader, TOKEN_UNEQUAL, 2);
        return wrong(reader, "expected \"!=\", or the word \"not\"");
    default:
        return wrong(reader, "expected a word, a number or a sign, found a character of no use");
    }
}

struct token token_next(struct token_reader *reader)
{
    if (reader->line_begins) {
        const struct token token = begin_line(reader);
        if (token.kind != TOKEN_LINE)
            return token;
    }
    if (reader->dedents > 0) {
        reader->dedents--;
        return token_here(reader, TOKEN_DEDENT);
    }
    skip_blanks(reader);
    if (at_end(reader)) {
        if (reader->line_holds) {
            reader->line_holds = false;
            reader->line_begins = true;
            return token_here(reader, TOKEN_LINE);
        }
        return token_here(reader, TOKEN_END);
    }
    const uint8_t letter = peek(reader, 0);
    if (letter == '\n') {
        const struct token token = token_here(reader, TOKEN_LINE);
        next_line(reader);
        return token;
    }
    if (is_letter(letter)) {
        size_t size = 1;
        while (is_inside_word(peek(reader, size)))
            size++;
        return taken(reader, TOKEN_WORD, size);
    }
    if (is_digit(letter))
        return number(reader);
    return letter == '"' ? string(reader) : symbol(reader);
}
