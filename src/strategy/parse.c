/* SPDX-License-Identifier: MIT */
/*
 * Programs: their lines, blocks and statements.
 *
 * "on comeout:" is an "if" of its own name, and a loop is its body written out once for each
 * number, so that the code is one way down.
 */
#include "strategy/parser.h"

#include <string.h>

static const char *const statement_words[] = {"bet",  "add",  "set",    "press", "regress", "odds",
                                              "take", "call", "stop",   "if",    "for",     "let",
                                              "list", "drop", "append", NULL};
static const char *const top_words[] = {"on", "let", "list", "stop", "describe", "strategy", NULL};
static const char *const event_words[] = {"start", "new", "comeout", "point", "every", "seven",
                                          "roll",  "win", "loss",    "push",  NULL};

/* Words of the language, which no variable may have for a name. */
static const char *const kept_words[] = {
    "strategy", "describe", "on",      "let",     "list",    "stop",  "when",     "if",
    "else",     "for",      "in",      "bet",     "add",     "set",   "press",    "regress",
    "odds",     "take",     "down",    "call",    "working", "off",   "default",  "to",
    "by",       "from",     "half",    "full",    "win",     "loss",  "push",     "max",
    "min",      "rounded",  "up",      "nearest", "except",  "and",   "or",       "not",
    "unit",     "units",    "comeout", "point",   "made",    "seven", "out",      "new",
    "shooter",  "shooters", "rolls",   "hand",    "points",  "total", "rail",     "risk",
    "bankroll", "buyin",    "profit",  "count",   "stake",   "won",   "lost",     "pushed",
    "streak",   "hits",     "since",   "rolled",  "random",  "first", "last",     "size",
    "append",   "drop",     "of",      "start",   "every",   "roll",  "anything", "inside",
    "outside",  "across",   "even",    "all",     "x",       NULL};

static void statement(struct parser *parser);

/* ---- Names ---- */

static bool is_kept(const struct token *token)
{
    for (size_t i = 0; kept_words[i] != NULL; i++) {
        if (token_is(token, kept_words[i]))
            return true;
    }
    return false;
}

/* Takes a word that may be a new name. */
static struct bytes new_word(struct parser *parser, const char *expected)
{
    const struct token token = parser->token;
    struct craps_bet bet;
    if (token.kind != TOKEN_WORD) {
        parser_fail(parser, expected, NULL);
    } else if (is_kept(&token) || craps_bet_parse(token.text, &bet)) {
        parser_fail_at(parser, &token, "expected a name that is no word of the language");
    } else if (token.text.size > 24) {
        parser_fail_at(parser, &token, "expected a name of at most 24 letters");
    }
    parser_advance(parser);
    return token.text;
}

static unsigned add_name(struct parser *parser, struct bytes word, enum parser_name_kind kind,
                         unsigned value)
{
    if (parser->failed || parser->names_count == PARSER_NAMES_MAX)
        return 0;
    parser->names[parser->names_count++] =
        (struct parser_name){.word = word, .kind = (uint8_t)kind, .value = (uint8_t)value};
    return value;
}

/* The name that is next; declared now when that is allowed. */
static unsigned name_of(struct parser *parser, enum parser_name_kind kind, bool declare)
{
    const bool list = kind == PARSER_NAME_LIST;
    const struct token token = parser->token;
    const struct parser_name *known =
        token.kind == TOKEN_WORD ? parser_name(parser, token.text) : NULL;
    if (known != NULL && known->kind == kind) {
        parser_advance(parser);
        return known->value;
    }
    const char *expected = list ? "the name of a list" : "the name of a variable";
    if (known != NULL || !declare) {
        if (token.kind == TOKEN_WORD && known == NULL && !is_kept(&token))
            parser_fail_at(parser, &token,
                           list ? "expected a list that a \"list\" line above the first \"on\" "
                                  "makes"
                                : "expected a variable that a \"let\" line above the first \"on\" "
                                  "makes");
        parser_fail(parser, expected, NULL);
        return 0;
    }
    const struct bytes word = new_word(parser, expected);
    uint8_t *count = list ? &parser->out->lists_count : &parser->out->variables_count;
    if (*count == (list ? STRATEGY_LISTS_MAX : STRATEGY_VARIABLES_MAX)) {
        parser_fail_at(parser, &token,
                       list ? "expected no more lists: 2 is the most"
                            : "expected no more variables: 32 is the most");
        return 0;
    }
    return add_name(parser, word, kind, (*count)++);
}

/* ---- Amounts ---- */

/* What is bet: pops its value when it has one. */
static enum code_amount amount(struct parser *parser)
{
    struct token_reader ahead = parser->reader;
    if (token_is(&parser->token, "max") && token_next(&ahead).kind != TOKEN_OPEN) {
        parser_advance(parser);
        return CODE_AMOUNT_MOST;
    }
    parser_expression(parser);
    parser_pop(parser, 1);
    return CODE_AMOUNT_CHIPS;
}

static enum code_rounding rounding(struct parser *parser, enum code_rounding usual)
{
    static const char *const words[] = {"up", "down", "nearest", NULL};
    if (!parser_accept(parser, "rounded"))
        return usual;
    if (parser_accept(parser, "up"))
        return CODE_ROUNDING_UP;
    if (parser_accept(parser, "down"))
        return CODE_ROUNDING_DOWN;
    if (!parser_accept(parser, "nearest"))
        parser_fail(parser, "\"up\", \"down\" or \"nearest\" after \"rounded\"", words);
    return CODE_ROUNDING_NEAREST;
}

/* ---- Actions ---- */

/* "bet unit on place 6 and 8", "bet unit on anything". */
static void statement_bet(struct parser *parser)
{
    const enum code_amount much = amount(parser);
    parser_expect(parser, "on", "\"on\" and a bet after the amount");
    if (parser_accept(parser, "anything")) {
        parser_emit(parser, CODE_BET_ANY, 0, 0, (int32_t)much);
        return;
    }
    unsigned kind;
    const uint16_t set = parser_bets(parser, PARSER_USE_MAKE,
                                     "a bet such as \"place 6\" after \"bet ... on\"", &kind);
    parser_emit(parser, CODE_BET, rounding(parser, CODE_ROUNDING_NEAREST), set, (int32_t)much);
}

/* "add 2 units to place 6". */
static void statement_add(struct parser *parser)
{
    const enum code_amount much = amount(parser);
    parser_expect(parser, "to", "\"to\" and a bet after the amount");
    unsigned kind;
    const uint16_t set = parser_bets(parser, PARSER_USE_MAKE,
                                     "a bet such as \"place 6\" after \"add ... to\"", &kind);
    parser_emit(parser, CODE_ADD, rounding(parser, CODE_ROUNDING_NEAREST), set, (int32_t)much);
}

/* "set place 6 to 12", "regress place inside to unit". */
static void statement_to(struct parser *parser, enum code_deed deed)
{
    unsigned kind;
    const bool set = deed == CODE_SET;
    const uint16_t index = parser_bets(parser, set ? PARSER_USE_MAKE : PARSER_USE_ALL,
                                       set ? "a bet such as \"place 6\" after \"set\""
                                           : "a bet such as \"place 6\" after \"regress\"",
                                       &kind);
    parser_expect(parser, "to", "\"to\" and an amount after the bet");
    const enum code_amount much = amount(parser);
    parser_emit(parser, deed, rounding(parser, CODE_ROUNDING_NEAREST), index, (int32_t)much);
}

/* "press place 6", "press place 6 by half", "press place 6 to 30". */
static void statement_press(struct parser *parser)
{
    unsigned kind;
    const uint16_t set =
        parser_bets(parser, PARSER_USE_ALL, "a bet such as \"place 6\" after \"press\"", &kind);
    enum code_deed deed = CODE_PRESS;
    enum code_amount much = CODE_AMOUNT_FULL;
    enum code_rounding usual = CODE_ROUNDING_NEAREST;
    if (parser_accept(parser, "to")) {
        deed = CODE_PRESS_TO;
        much = amount(parser);
    } else if (parser_accept(parser, "by")) {
        if (parser_accept(parser, "half")) {
            much = CODE_AMOUNT_HALF;
        } else if (parser_accept(parser, "win")) {
            much = CODE_AMOUNT_WIN;
            usual = CODE_ROUNDING_DOWN;
            parser_watch(parser, set);
        } else if (!parser_accept(parser, "full")) {
            much = amount(parser);
        }
    }
    parser_emit(parser, deed, rounding(parser, usual), set, (int32_t)much);
}

/* "odds max on pass", "odds 2x on come", "odds unit on don't come". */
static void statement_odds(struct parser *parser)
{
    enum code_amount much = amount(parser);
    if (much == CODE_AMOUNT_CHIPS && parser_accept(parser, "x"))
        much = CODE_AMOUNT_TIMES;
    parser_expect(parser, "on", "\"on\" and a bet after the amount, as in \"odds 2x on pass\"");
    unsigned kind;
    const uint16_t set =
        parser_bets(parser, PARSER_USE_FLAT, "a bet such as \"pass\" after \"odds ... on\"", &kind);
    parser_emit(parser, CODE_ODDS, rounding(parser, CODE_ROUNDING_NEAREST), set, (int32_t)much);
}

/* "take down place 6", "take down anything". */
static void statement_take(struct parser *parser)
{
    parser_expect(parser, "down", "\"down\" after \"take\"");
    if (parser_accept(parser, "anything")) {
        parser_emit(parser, CODE_TAKE_ANY, 0, 0, 0);
        return;
    }
    unsigned kind;
    const uint16_t set =
        parser_bets(parser, PARSER_USE_ALL, "a bet such as \"place 6\" after \"take down\"", &kind);
    parser_emit(parser, CODE_TAKE_DOWN, 0, set, 0);
}

/* "call place off", "call come odds working", "call place default". */
static void statement_call(struct parser *parser)
{
    static const char *const words[] = {"working", "off", "default", NULL};
    unsigned kind;
    const uint16_t set =
        parser_bets(parser, PARSER_USE_ALL, "a bet such as \"place\" after \"call\"", &kind);
    enum craps_working working = CRAPS_WORKING_DEFAULT;
    if (parser_accept(parser, "working"))
        working = CRAPS_WORKING_ON;
    else if (parser_accept(parser, "off"))
        working = CRAPS_WORKING_OFF;
    else if (!parser_accept(parser, "default"))
        parser_fail(parser, "\"working\", \"off\" or \"default\" after the bet", words);
    parser_emit(parser, CODE_CALL, working, set, 0);
}

/* ---- Memory ---- */

static void equal_sign(struct parser *parser)
{
    parser_expect_sign(parser, TOKEN_EQUAL, "\"=\" after the name");
}

/* "let bets = bets + 1". */
static void statement_let(struct parser *parser, bool declare)
{
    const unsigned index = name_of(parser, PARSER_NAME_VARIABLE, declare);
    equal_sign(parser);
    parser_expression(parser);
    parser_pop(parser, 1);
    parser_emit(parser, CODE_LET, 0, index, 0);
}

/* "list line = 1, 2, 3". */
static void statement_list(struct parser *parser, bool declare)
{
    const unsigned index = name_of(parser, PARSER_NAME_LIST, declare);
    equal_sign(parser);
    parser_emit(parser, CODE_CLEAR, 0, index, 0);
    do {
        parser_expression(parser);
        parser_pop(parser, 1);
        parser_emit(parser, CODE_APPEND, 0, index, 0);
    } while (parser_accept_sign(parser, TOKEN_COMMA));
}

/* "append 2 to line". */
static void statement_append(struct parser *parser)
{
    parser_expression(parser);
    parser_pop(parser, 1);
    parser_expect(parser, "to", "\"to\" and a list after the value");
    parser_emit(parser, CODE_APPEND, 0, name_of(parser, PARSER_NAME_LIST, false), 0);
}

/* "drop first of line". */
static void statement_drop(struct parser *parser)
{
    static const char *const words[] = {"first", "last", NULL};
    const bool first = parser_accept(parser, "first");
    if (!first && !parser_accept(parser, "last"))
        parser_fail(parser, "\"first\" or \"last\" after \"drop\"", words);
    parser_expect(parser, "of", "\"of\" and a list");
    parser_emit(parser, first ? CODE_DROP_FIRST : CODE_DROP_LAST, 0,
                name_of(parser, PARSER_NAME_LIST, false), 0);
}

/* ---- Order ---- */

/* The rest of a line: statements with ";" between them. */
static void statements(struct parser *parser)
{
    do {
        statement(parser);
    } while (!parser->failed && parser_accept_sign(parser, TOKEN_SEMICOLON));
}

/* Ends a line, unless a block that ended was its end already. */
static void end_line(struct parser *parser)
{
    if (parser->failed || parser->before.kind == TOKEN_DEDENT || parser->before.kind == TOKEN_LINE)
        return;
    parser_expect_sign(parser, TOKEN_LINE, "the end of the line, or \";\" and a statement");
}

/* What a colon opens: statements on the same line, or indented lines below. */
static void block(struct parser *parser, const char *expected)
{
    parser_expect_sign(parser, TOKEN_COLON, expected);
    if (parser->failed)
        return;
    if (!parser_accept_sign(parser, TOKEN_LINE)) {
        statements(parser);
        end_line(parser);
        return;
    }
    parser_expect_sign(parser, TOKEN_INDENT, "an indented statement after \":\"");
    while (!parser->failed && !parser_accept_sign(parser, TOKEN_DEDENT)) {
        statements(parser);
        end_line(parser);
    }
}

/* Makes an instruction that jumps go on here. */
static void land(struct parser *parser, uint16_t at)
{
    parser->out->code[at].index = parser->out->code_count;
}

/* Pops the condition that the block depends on. */
static uint16_t unless(struct parser *parser)
{
    parser_pop(parser, 1);
    return parser_emit(parser, CODE_UNLESS, 0, 0, 0);
}

/* "if ...: ... else if ...: ... else: ..."; the "if" is taken. */
static void statement_if(struct parser *parser, unsigned column)
{
    uint16_t ends[STRATEGY_STACK_MAX];
    unsigned ends_count = 0;
    for (;;) {
        parser_expression(parser);
        const uint16_t other = unless(parser);
        block(parser, "\":\" or an operator");
        /* An "else" belongs to the "if" that it stands under. */
        if (parser->failed || !token_is(&parser->token, "else") || parser->token.column != column) {
            land(parser, other);
            break;
        }
        if (ends_count == STRATEGY_STACK_MAX) {
            parser_fail_at(parser, &parser->token, "expected fewer cases: 16 is the most");
            return;
        }
        parser_advance(parser);
        ends[ends_count++] = parser_emit(parser, CODE_JUMP, 0, 0, 0);
        land(parser, other);
        if (!parser_accept(parser, "if")) {
            block(parser, "\":\" or \"if\" after \"else\"");
            break;
        }
    }
    for (unsigned i = 0; i < ends_count; i++)
        land(parser, ends[i]);
}

/* "for n in inside: ...": the body once for each number. */
static void statement_for(struct parser *parser)
{
    const struct token token = parser->token;
    const struct bytes word = new_word(parser, "a name for the number after \"for\"");
    if (!parser->failed && parser_name(parser, word) != NULL)
        parser_fail_at(parser, &token, "expected a name that is not used yet");
    parser_expect(parser, "in", "\"in\" and numbers after the name");
    const uint32_t numbers = parser_numbers(parser);
    const struct parser body = *parser;
    const unsigned name = parser->names_count;
    add_name(parser, word, PARSER_NAME_NUMBER, 0);
    bool first = true;
    for (unsigned number = 2; number <= 12 && !parser->failed; number++) {
        if ((numbers >> number & 1) == 0)
            continue;
        if (!first) {
            parser->reader = body.reader;
            parser->token = body.token;
            parser->before = body.before;
        }
        first = false;
        parser->names[name].value = (uint8_t)number;
        block(parser, "\":\" or another number");
    }
    parser->names_count = name;
}

static void statement(struct parser *parser)
{
    if (!parser_enter(parser))
        return;
    const unsigned column = parser->token.column;
    if (parser_accept(parser, "bet"))
        statement_bet(parser);
    else if (parser_accept(parser, "add"))
        statement_add(parser);
    else if (parser_accept(parser, "set"))
        statement_to(parser, CODE_SET);
    else if (parser_accept(parser, "press"))
        statement_press(parser);
    else if (parser_accept(parser, "regress"))
        statement_to(parser, CODE_REGRESS_TO);
    else if (parser_accept(parser, "odds"))
        statement_odds(parser);
    else if (parser_accept(parser, "take"))
        statement_take(parser);
    else if (parser_accept(parser, "call"))
        statement_call(parser);
    else if (parser_accept(parser, "stop"))
        parser_emit(parser, CODE_STOP, 0, 0, 0);
    else if (parser_accept(parser, "let"))
        statement_let(parser, false);
    else if (parser_accept(parser, "list"))
        statement_list(parser, false);
    else if (parser_accept(parser, "append"))
        statement_append(parser);
    else if (parser_accept(parser, "drop"))
        statement_drop(parser);
    else if (parser_accept(parser, "if"))
        statement_if(parser, column);
    else if (parser_accept(parser, "for"))
        statement_for(parser);
    else
        parser_fail(parser, "a statement such as \"bet\", \"odds\", \"press\" or \"if\"",
                    statement_words);
    parser_leave(parser);
}

/* ---- Events and the lines at the top ---- */

/* Whether the last roll did something to the bets that follow. */
static void event_of_bets(struct parser *parser, enum code_deed deed, const char *after)
{
    parser_expect(parser, "of", "\"of\" and a bet");
    unsigned kind;
    const uint16_t set = parser_bets(parser, PARSER_USE_ALL, after, &kind);
    parser_watch(parser, set);
    parser_push(parser, deed, 0, set, (int32_t)kind);
}

static void reading(struct parser *parser, enum code_reading which)
{
    parser_push(parser, CODE_READING, which, 0, 0);
}

/* What "on" waits for; false when it is always so, and no value is pushed. */
static bool event(struct parser *parser)
{
    if (parser_accept(parser, "every")) {
        parser_expect(parser, "roll", "\"roll\" after \"every\"");
        return false;
    }
    if (parser_accept(parser, "start")) {
        reading(parser, CODE_READING_START);
    } else if (parser_accept(parser, "comeout")) {
        reading(parser, CODE_READING_COMEOUT);
    } else if (parser_accept(parser, "new")) {
        parser_expect(parser, "shooter", "\"shooter\" after \"new\"");
        reading(parser, CODE_READING_NEW_SHOOTER);
    } else if (parser_accept(parser, "seven")) {
        parser_accept_sign(parser, TOKEN_MINUS);
        parser_expect(parser, "out", "\"out\" after \"seven\"");
        reading(parser, CODE_READING_SEVEN_OUT);
    } else if (parser_accept(parser, "point")) {
        if (parser_accept(parser, "made"))
            reading(parser, CODE_READING_POINT_MADE);
        else if (parser_sees_numbers(parser))
            parser_push(parser, CODE_POINT_IN, 0, 0, (int32_t)parser_numbers(parser));
        else
            reading(parser, CODE_READING_POINT);
    } else if (parser_accept(parser, "roll")) {
        parser_expect(parser, "of", "\"of\" and numbers after \"roll\"");
        parser_push(parser, CODE_ROLLED, 0, 0, (int32_t)parser_numbers(parser));
    } else if (parser_accept(parser, "win")) {
        event_of_bets(parser, CODE_WON, "a bet such as \"pass\" after \"win of\"");
    } else if (parser_accept(parser, "loss")) {
        event_of_bets(parser, CODE_LOST, "a bet such as \"pass\" after \"loss of\"");
    } else if (parser_accept(parser, "push")) {
        event_of_bets(parser, CODE_PUSHED, "a bet such as \"don't pass\" after \"push of\"");
    } else {
        parser_fail(parser,
                    "an event such as \"comeout\", \"point\" or \"every roll\" after \"on\"",
                    event_words);
    }
    return true;
}

static void section(struct parser *parser)
{
    static const char expected[] = "\":\" after the event";
    if (!event(parser)) {
        block(parser, expected);
        return;
    }
    const uint16_t other = unless(parser);
    block(parser, expected);
    land(parser, other);
}

/* Copies a text in quotes that must fit. */
static void title(struct parser *parser, char *at, size_t size, const char *expected)
{
    if (at[0] != '\0')
        parser_fail_at(parser, &parser->before, "expected this line once");
    const struct token token = parser->token;
    if (token.kind != TOKEN_STRING) {
        parser_fail(parser, expected, NULL);
        return;
    }
    if (token.text.size == 0 || token.text.size >= size) {
        parser_fail_at(parser, &token,
                       size == STRATEGY_NAME_SIZE ? "expected a name of 1 to 47 bytes"
                                                  : "expected a description of 1 to 159 bytes");
        return;
    }
    memcpy(at, token.text.at, token.text.size);
    at[token.text.size] = '\0';
    parser_advance(parser);
}

static void first_line(struct parser *parser)
{
    static const char *const words[] = {"strategy", NULL};
    parser_fail(parser, "strategy \"...\", its name, as the first line", words);
}

static void top_line(struct parser *parser, bool *sections)
{
    struct strategy *out = parser->out;
    const bool memory = token_is(&parser->token, "let") || token_is(&parser->token, "list");
    if (memory && *sections) {
        parser_fail_at(
            parser, &parser->token,
            "expected \"let\" and \"list\" lines above the first \"on\" or \"stop when\"");
        return;
    }
    if (parser_accept(parser, "strategy")) {
        title(parser, out->name, sizeof out->name, "the strategy's name in quotes");
    } else if (out->name[0] == '\0') {
        first_line(parser);
    } else if (parser_accept(parser, "describe")) {
        title(parser, out->description, sizeof out->description,
              "what the strategy does, in quotes");
    } else if (parser_accept(parser, "let")) {
        statement_let(parser, true);
    } else if (parser_accept(parser, "list")) {
        statement_list(parser, true);
    } else {
        if (!*sections)
            out->rolls_begin = out->code_count;
        *sections = true;
        if (parser_accept(parser, "on")) {
            section(parser);
        } else if (parser_accept(parser, "stop")) {
            parser_expect(parser, "when", "\"when\" and a condition after \"stop\"");
            parser_expression(parser);
            const uint16_t other = unless(parser);
            parser_emit(parser, CODE_STOP, 0, 0, 0);
            land(parser, other);
        } else {
            parser_fail(parser,
                        "a line that begins with \"on\", \"let\", \"list\" or \"stop when\"",
                        top_words);
        }
    }
    if (!parser->failed && parser->before.kind != TOKEN_DEDENT && parser->before.kind != TOKEN_LINE)
        parser_expect_sign(parser, TOKEN_LINE, "the end of the line");
}

bool strategy_parse(struct bytes text, struct strategy *out, struct strategy_error *error)
{
    memset(out, 0, sizeof *out);
    *error = (struct strategy_error){.line = 1, .column = 1};
    struct parser parser = {.reader = token_reader_on(text), .out = out, .error = error};
    parser.token = (struct token){.line = 1, .column = 1};
    if (text.size > STRATEGY_TEXT_SIZE_MAX)
        parser_fail_at(&parser, &parser.token, "expected a text of at most 65536 bytes");
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++)
        parser.bets[spot] = craps_bet_at(spot);
    parser_advance(&parser);
    bool sections = false;
    while (!parser.failed && parser.token.kind != TOKEN_END)
        top_line(&parser, &sections);
    if (!parser.failed && out->name[0] == '\0')
        first_line(&parser);
    if (!parser.failed && !sections)
        parser_fail(&parser, "a line that begins with \"on\": what to bet, and when", NULL);
    return !parser.failed;
}
