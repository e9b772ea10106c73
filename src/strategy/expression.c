/* SPDX-License-Identifier: MIT */
/* Expressions, from what binds least to what binds most. */
#include "strategy/parser.h"

static const struct {
    const char *word;
    enum code_reading reading;
} readings[] = {
    {"unit", CODE_READING_UNIT},         {"units", CODE_READING_UNIT},
    {"comeout", CODE_READING_COMEOUT},   {"shooter", CODE_READING_SHOOTER},
    {"shooters", CODE_READING_SHOOTERS}, {"rolls", CODE_READING_ROLLS},
    {"hand", CODE_READING_HAND},         {"points", CODE_READING_POINTS},
    {"total", CODE_READING_TOTAL},       {"rail", CODE_READING_RAIL},
    {"risk", CODE_READING_RISK},         {"bankroll", CODE_READING_BANKROLL},
    {"buyin", CODE_READING_BUYIN},       {"profit", CODE_READING_PROFIT},
};

/* Questions about bets. */
static const struct {
    const char *word;
    enum code_deed deed;
} questions[] = {
    {"count", CODE_COUNT}, {"stake", CODE_STAKE},   {"won", CODE_WON},
    {"lost", CODE_LOST},   {"pushed", CODE_PUSHED}, {"streak", CODE_STREAK},
};

static const char *const value_words[] = {
    "unit",  "units", "comeout", "shooter", "shooters", "rolls", "hand",  "points", "total",
    "rail",  "risk",  "profit",  "buyin",   "bankroll", "point", "seven", "new",    "count",
    "stake", "won",   "lost",    "pushed",  "streak",   "hits",  "since", "rolled", "random",
    "min",   "max",   "first",   "last",    "size",     "not",   NULL};

static void open_sign(struct parser *parser)
{
    parser_expect_sign(parser, TOKEN_OPEN, "\"(\"");
}

static void close_sign(struct parser *parser)
{
    parser_expect_sign(parser, TOKEN_CLOSE, "\")\" or an operator");
}

/* Emits an instruction on two values. */
static void two(struct parser *parser, enum code_deed deed)
{
    parser_emit(parser, deed, 0, 0, 0);
    parser_pop(parser, 1);
}

/* A streak is of a kind, whatever the number. */
static void watch_kind(struct parser *parser, unsigned kind)
{
    parser->out->watches = 1;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (parser->bets[spot].kind == kind)
            parser->out->watched.words[spot / 64] |= UINT64_C(1) << (spot % 64);
    }
}

/* "count(come)", "won(place 6 and 8)". */
static bool accept_question(struct parser *parser)
{
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        const enum code_deed deed = questions[i].deed;
        if (!parser_accept(parser, questions[i].word))
            continue;
        open_sign(parser);
        unsigned kind;
        const uint16_t set = parser_bets(parser, PARSER_USE_ALL, "a bet such as \"pass\"", &kind);
        if (deed == CODE_WON || deed == CODE_LOST || deed == CODE_PUSHED)
            parser_watch(parser, set);
        else if (deed == CODE_STREAK)
            watch_kind(parser, kind);
        parser_push(parser, deed, 0, set, (int32_t)kind);
        parser_expect_sign(parser, TOKEN_CLOSE, "\")\" or another bet");
        return true;
    }
    return false;
}

/* "hits(6)", "since(7)", "since(point)", "rolled(2, 3)". */
static bool accept_of_total(struct parser *parser)
{
    const bool hits = parser_accept(parser, "hits");
    if (hits || parser_accept(parser, "since")) {
        open_sign(parser);
        if (!hits && parser_accept(parser, "point")) {
            parser_push(parser, CODE_READING, CODE_READING_SINCE_POINT, 0, 0);
        } else {
            const struct token where = parser->token;
            const uint32_t numbers = parser_numbers(parser);
            if ((numbers & (numbers - 1)) != 0)
                parser_fail_at(parser, &where, "expected one number from 2 to 12");
            int32_t number = 0;
            while (number < 12 && (numbers >> number & 1) == 0)
                number++;
            parser_push(parser, hits ? CODE_HITS : CODE_SINCE, 0, 0, number);
        }
        close_sign(parser);
        return true;
    }
    if (!parser_accept(parser, "rolled"))
        return false;
    open_sign(parser);
    parser_push(parser, CODE_ROLLED, 0, 0, (int32_t)parser_numbers(parser));
    close_sign(parser);
    return true;
}

/* "first(line)", "last(line)", "size(line)". */
static bool accept_of_list(struct parser *parser)
{
    enum code_deed deed;
    if (parser_accept(parser, "first"))
        deed = CODE_FIRST;
    else if (parser_accept(parser, "last"))
        deed = CODE_LAST;
    else if (parser_accept(parser, "size"))
        deed = CODE_SIZE;
    else
        return false;
    open_sign(parser);
    const struct parser_name *name =
        parser->token.kind == TOKEN_WORD ? parser_name(parser, parser->token.text) : NULL;
    if (name == NULL || name->kind != PARSER_NAME_LIST) {
        parser_fail(parser, "the name of a list", NULL);
        return true;
    }
    parser_advance(parser);
    parser_push(parser, deed, 0, name->value, 0);
    close_sign(parser);
    return true;
}

/* "random(6)", "min(a, b)", "max(a, b)". */
static bool accept_function(struct parser *parser)
{
    if (parser_accept(parser, "random")) {
        open_sign(parser);
        parser_expression(parser);
        parser_emit(parser, CODE_RANDOM, 0, 0, 0);
        close_sign(parser);
        return true;
    }
    const bool least = parser_accept(parser, "min");
    if (!least && !parser_accept(parser, "max"))
        return false;
    open_sign(parser);
    parser_expression(parser);
    parser_expect_sign(parser, TOKEN_COMMA, "\",\" and a second value");
    parser_expression(parser);
    two(parser, least ? CODE_LEAST : CODE_MOST);
    close_sign(parser);
    return true;
}

/* Words that stand for a value. */
static bool accept_reading(struct parser *parser)
{
    enum code_reading reading = CODE_READING_UNIT;
    bool found = false;
    if (parser_accept(parser, "point")) {
        reading = parser_accept(parser, "made") ? CODE_READING_POINT_MADE : CODE_READING_POINT;
        found = true;
    } else if (parser_accept(parser, "seven")) {
        parser_accept_sign(parser, TOKEN_MINUS);
        parser_expect(parser, "out", "\"out\" after \"seven\"");
        reading = CODE_READING_SEVEN_OUT;
        found = true;
    } else if (parser_accept(parser, "new")) {
        parser_expect(parser, "shooter", "\"shooter\" after \"new\"");
        reading = CODE_READING_NEW_SHOOTER;
        found = true;
    }
    for (size_t i = 0; !found && i < sizeof readings / sizeof readings[0]; i++) {
        if (parser_accept(parser, readings[i].word)) {
            reading = readings[i].reading;
            found = true;
        }
    }
    if (found)
        parser_push(parser, CODE_READING, reading, 0, 0);
    return found;
}

/* A variable, or the number of a loop. */
static bool accept_name(struct parser *parser)
{
    const struct parser_name *name =
        parser->token.kind == TOKEN_WORD ? parser_name(parser, parser->token.text) : NULL;
    if (name == NULL)
        return false;
    if (name->kind == PARSER_NAME_LIST) {
        parser_fail(parser, "a value: of a list say \"first(...)\", \"last(...)\" or \"size(...)\"",
                    NULL);
        return true;
    }
    parser_advance(parser);
    if (name->kind == PARSER_NAME_VARIABLE)
        parser_push(parser, CODE_VARIABLE, 0, name->value, 0);
    else
        parser_push(parser, CODE_NUMBER, 0, 0, name->value);
    return true;
}

static void primary(struct parser *parser)
{
    if (parser->token.kind == TOKEN_NUMBER) {
        parser_push(parser, CODE_NUMBER, 0, 0, parser->token.number);
        parser_advance(parser);
    } else if (parser_accept_sign(parser, TOKEN_OPEN)) {
        parser_expression(parser);
        close_sign(parser);
    } else if (!accept_name(parser) && !accept_question(parser) && !accept_of_total(parser) &&
               !accept_of_list(parser) && !accept_function(parser) && !accept_reading(parser)) {
        parser_fail(parser, "a value such as 5, \"unit\" or \"profit\"", value_words);
    }
}

/* "-a", and "3 units". */
static void factor(struct parser *parser)
{
    if (!parser_enter(parser))
        return;
    if (parser_accept_sign(parser, TOKEN_MINUS)) {
        factor(parser);
        parser_emit(parser, CODE_NEGATE, 0, 0, 0);
    } else {
        primary(parser);
        if (parser_accept(parser, "unit") || parser_accept(parser, "units")) {
            parser_push(parser, CODE_READING, CODE_READING_UNIT, 0, 0);
            two(parser, CODE_TIMES);
        }
    }
    parser_leave(parser);
}

static void product(struct parser *parser)
{
    factor(parser);
    for (;;) {
        enum code_deed deed;
        if (parser_accept_sign(parser, TOKEN_STAR))
            deed = CODE_TIMES;
        else if (parser_accept_sign(parser, TOKEN_SLASH))
            deed = CODE_OVER;
        else if (parser_accept_sign(parser, TOKEN_PERCENT))
            deed = CODE_REMAINDER;
        else
            return;
        factor(parser);
        two(parser, deed);
    }
}

static void sum(struct parser *parser)
{
    product(parser);
    for (;;) {
        enum code_deed deed;
        if (parser_accept_sign(parser, TOKEN_PLUS))
            deed = CODE_PLUS;
        else if (parser_accept_sign(parser, TOKEN_MINUS))
            deed = CODE_MINUS;
        else
            return;
        product(parser);
        two(parser, deed);
    }
}

static void comparison(struct parser *parser)
{
    static const struct {
        enum token_kind sign;
        enum code_deed deed;
    } signs[] = {{TOKEN_EQUAL, CODE_EQUAL}, {TOKEN_UNEQUAL, CODE_UNEQUAL},
                 {TOKEN_LESS, CODE_LESS},   {TOKEN_AT_MOST, CODE_AT_MOST},
                 {TOKEN_MORE, CODE_MORE},   {TOKEN_AT_LEAST, CODE_AT_LEAST}};
    sum(parser);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (parser_accept_sign(parser, signs[i].sign)) {
            sum(parser);
            two(parser, signs[i].deed);
            return;
        }
    }
}

static void negation(struct parser *parser)
{
    if (!parser_enter(parser))
        return;
    if (parser_accept(parser, "not")) {
        negation(parser);
        parser_emit(parser, CODE_NOT, 0, 0, 0);
    } else {
        comparison(parser);
    }
    parser_leave(parser);
}

static void conjunction(struct parser *parser)
{
    negation(parser);
    while (parser_accept(parser, "and")) {
        negation(parser);
        two(parser, CODE_BOTH);
    }
}

void parser_expression(struct parser *parser)
{
    if (!parser_enter(parser))
        return;
    conjunction(parser);
    while (parser_accept(parser, "or")) {
        conjunction(parser);
        two(parser, CODE_EITHER);
    }
    parser_leave(parser);
}
