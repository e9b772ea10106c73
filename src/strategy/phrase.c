/* SPDX-License-Identifier: MIT */
/* Bets and numbers as players say them. */
#include "strategy/parser.h"

#include <string.h>

/* Tokens of the longest name of a bet: "don't come odds 6", "hop 3 - 4". */
#define PHRASE_TOKENS_MAX 6

/* Masks of totals. */
#define TOTALS_ALL 0x1ffcu

static const struct {
    const char *word;
    uint32_t numbers;
} groups[] = {
    {"inside", 0x360}, {"outside", 0x630}, {"across", 0x770}, {"even", 0x550}, {"all", TOTALS_ALL},
};

/* What a mistyped bet is compared with. */
static const char *const bet_words[] = {
    "pass",    "don't", "come",  "put",  "place", "buy",   "lay",      "big",  "field", "hard",
    "any",     "craps", "yo",    "horn", "world", "hop",   "fire",     "odds", "small", "tall",
    "hardway", "C&E",   "seven", "over", "under", "three", "repeater", NULL};

static const char *const number_words[] = {"inside", "outside", "across", "even",
                                           "all",    "point",   NULL};

/* A phrase while it is read. */
struct phrase {
    struct craps_spots spots;
    uint8_t filter; /* enum code_filter. */
};

static bool is_group(const struct token *token, uint32_t *numbers)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (token_is(token, groups[i].word)) {
            *numbers = groups[i].numbers;
            return true;
        }
    }
    return false;
}

/* The number that a token is: digits, or the number of a loop. */
static bool is_number(const struct parser *parser, const struct token *token, int32_t *number)
{
    if (token->kind == TOKEN_NUMBER) {
        *number = token->number;
        return true;
    }
    const struct parser_name *name =
        token->kind == TOKEN_WORD ? parser_name(parser, token->text) : NULL;
    if (name == NULL || name->kind != PARSER_NAME_NUMBER)
        return false;
    *number = name->value;
    return true;
}

/* Whether "," or "and" is next and a number after it: then takes the "," or the "and". */
static bool accept_more_numbers(struct parser *parser)
{
    if (parser->token.kind != TOKEN_COMMA && !token_is(&parser->token, "and") &&
        !token_is(&parser->token, "or"))
        return false;
    struct token_reader ahead = parser->reader;
    const struct token next = token_next(&ahead);
    int32_t number;
    if (!is_number(parser, &next, &number))
        return false;
    parser_advance(parser);
    return true;
}

bool parser_sees_numbers(const struct parser *parser)
{
    int32_t number;
    uint32_t numbers;
    return is_number(parser, &parser->token, &number) || is_group(&parser->token, &numbers);
}

uint32_t parser_numbers(struct parser *parser)
{
    uint32_t numbers = 0;
    if (is_group(&parser->token, &numbers)) {
        parser_advance(parser);
        return numbers;
    }
    do {
        int32_t number = 0;
        if (!is_number(parser, &parser->token, &number) || number < 2 || number > 12) {
            parser_fail(parser,
                        "a number from 2 to 12, or \"inside\", \"outside\", \"across\", "
                        "\"even\", \"all\"",
                        number_words);
            return 0;
        }
        numbers |= 1u << number;
        parser_advance(parser);
    } while (accept_more_numbers(parser));
    return numbers;
}

/* ---- Bets ---- */

static void add_spot(struct craps_spots *spots, uint32_t spot)
{
    spots->words[spot / 64] |= UINT64_C(1) << (spot % 64);
}

static void remove_spot(struct craps_spots *spots, uint32_t spot)
{
    spots->words[spot / 64] &= ~(UINT64_C(1) << (spot % 64));
}

/* Reads the longest name of a bet that is next; false when none is. */
static bool longest_name(struct parser *parser, struct craps_bet *bet)
{
    struct token_reader ahead = parser->reader;
    struct token token = parser->token;
    const uint8_t *start = token.text.at;
    unsigned best = 0;
    for (unsigned count = 1; count <= PHRASE_TOKENS_MAX; count++) {
        if (token.kind != TOKEN_WORD && token.kind != TOKEN_NUMBER && token.kind != TOKEN_MINUS)
            break;
        const struct bytes words = {.at = start,
                                    .size = (size_t)(token.text.at + token.text.size - start)};
        struct craps_bet found;
        if (token.kind != TOKEN_MINUS && craps_bet_parse(words, &found)) {
            best = count;
            *bet = found;
        }
        token = token_next(&ahead);
    }
    for (unsigned i = 0; i < best; i++)
        parser_advance(parser);
    return best > 0;
}

/* Adds the bet of a kind on a number; fails when there is none. */
static void add_number(struct parser *parser, struct phrase *phrase, unsigned kind, int32_t number,
                       const struct token *where)
{
    const struct craps_bet bet = {.kind = (uint8_t)kind, .number = (uint8_t)number};
    const uint32_t spot = number > 0 && number < 100 ? craps_spot(bet) : CRAPS_SPOT_NONE;
    if (spot == CRAPS_SPOT_NONE)
        parser_fail_at(parser, where, "expected a number that this bet can be on");
    else
        add_spot(&phrase->spots, spot);
}

/* Adds the spots of a kind whose number is in the mask, 0 included when the mask has its bit. */
static void add_numbers(struct parser *parser, struct phrase *phrase, unsigned kind,
                        uint32_t numbers)
{
    bool found = false;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const struct craps_bet bet = parser->bets[spot];
        const bool all = (numbers & TOTALS_ALL) == TOTALS_ALL;
        if (bet.kind == kind && (bet.number > 12 ? all : (numbers >> bet.number & 1) != 0)) {
            add_spot(&phrase->spots, spot);
            found = true;
        }
    }
    if (!found)
        parser_fail_at(parser, &parser->before, "expected numbers that this bet can be on");
}

/* Whether a kind has a spot without a number; *numbered: and others with one. */
static bool has_plain(const struct parser *parser, unsigned kind, bool *numbered)
{
    bool plain = false;
    *numbered = false;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (parser->bets[spot].kind == kind) {
            plain |= parser->bets[spot].number == 0;
            *numbered |= parser->bets[spot].number != 0;
        }
    }
    return plain;
}

static void set_filter(struct parser *parser, struct phrase *phrase, enum code_filter filter)
{
    if (phrase->filter != CODE_FILTER_NONE && phrase->filter != filter)
        parser_fail_at(parser, &parser->before,
                       "expected \"point\" or \"except point\" once in a list of bets");
    phrase->filter = (uint8_t)filter;
}

/* "except point", "except 6 and 8". */
static void read_exception(struct parser *parser, struct phrase *phrase, unsigned kind)
{
    if (parser_accept(parser, "point")) {
        set_filter(parser, phrase, CODE_FILTER_NOT_POINT);
        return;
    }
    const uint32_t numbers = parser_numbers(parser);
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const struct craps_bet bet = parser->bets[spot];
        if (bet.kind == kind && bet.number <= 12 && (numbers >> bet.number & 1) != 0)
            remove_spot(&phrase->spots, spot);
    }
}

/* A kind that was named without a number. */
static void read_without_number(struct parser *parser, struct phrase *phrase, unsigned kind,
                                enum parser_use use)
{
    bool numbered;
    const bool plain = has_plain(parser, kind, &numbered);
    if (use == PARSER_USE_MAKE && plain)
        add_numbers(parser, phrase, kind, 1);
    else if (use == PARSER_USE_MAKE && kind != CRAPS_PASS_ODDS && kind != CRAPS_DONT_PASS_ODDS &&
             kind != CRAPS_COME_ODDS && kind != CRAPS_DONT_COME_ODDS && kind != CRAPS_PUT_ODDS)
        parser_fail(parser, "the bet's number, such as 6, \"inside\" or \"point\"", number_words);
    else
        add_numbers(parser, phrase, kind, TOTALS_ALL | 1);
}

/* Whether odds can back it. */
static bool is_flat(unsigned kind)
{
    return kind == CRAPS_PASS || kind == CRAPS_DONT_PASS || kind == CRAPS_COME ||
           kind == CRAPS_DONT_COME || kind == CRAPS_PUT;
}

/* One kind and its numbers: "place 6 and 8", "place inside except point", "come". */
static unsigned read_kind(struct parser *parser, struct phrase *phrase, enum parser_use use,
                          const char *after)
{
    struct craps_bet bet = {0};
    if (parser->token.kind != TOKEN_WORD || !longest_name(parser, &bet)) {
        parser_fail(parser, after, bet_words);
        return 0;
    }
    if (bet.kind == CRAPS_ODDS) {
        parser_fail_at(parser, &parser->before,
                       "expected which odds: \"pass odds\", \"come odds\", \"don't pass odds\"");
        return 0;
    }
    if (use == PARSER_USE_FLAT && !is_flat(bet.kind)) {
        parser_fail_at(
            parser, &parser->before,
            "expected a bet that odds can back: pass, don't pass, come, don't come, put");
        return 0;
    }
    bool numbered;
    has_plain(parser, bet.kind, &numbered);
    uint32_t numbers;
    int32_t number = bet.number;
    if (bet.number != 0) {
        add_number(parser, phrase, bet.kind, bet.number, &parser->before);
    } else if (numbered && parser_accept(parser, "point")) {
        set_filter(parser, phrase, CODE_FILTER_POINT);
        add_numbers(parser, phrase, bet.kind, TOTALS_ALL);
    } else if (numbered && is_group(&parser->token, &numbers)) {
        parser_advance(parser);
        add_numbers(parser, phrase, bet.kind, numbers);
    } else if (numbered && is_number(parser, &parser->token, &number)) {
        add_number(parser, phrase, bet.kind, number, &parser->token);
        parser_advance(parser);
    } else {
        read_without_number(parser, phrase, bet.kind, use);
    }
    while (numbered && number != 0 && !parser->failed && accept_more_numbers(parser)) {
        is_number(parser, &parser->token, &number);
        add_number(parser, phrase, bet.kind, number, &parser->token);
        parser_advance(parser);
    }
    if (numbered && parser_accept(parser, "except"))
        read_exception(parser, phrase, bet.kind);
    return bet.kind;
}

/* The index of a set; the same bets have the same index. */
static uint16_t keep(struct parser *parser, const struct phrase *phrase)
{
    struct strategy *out = parser->out;
    for (uint16_t i = 0; i < out->sets_count; i++) {
        if (out->sets[i].filter == phrase->filter &&
            memcmp(&out->sets[i].spots, &phrase->spots, sizeof phrase->spots) == 0)
            return i;
    }
    if (out->sets_count == STRATEGY_SETS_MAX) {
        parser_fail_at(parser, &parser->before,
                       "expected fewer different groups of bets: 128 is the most");
        return 0;
    }
    struct strategy_set *set = &out->sets[out->sets_count];
    *set = (struct strategy_set){.spots = phrase->spots, .filter = phrase->filter};
    while (set->first < CRAPS_WORDS - 1 && set->spots.words[set->first] == 0)
        set->first++;
    set->last = CRAPS_WORDS - 1;
    while (set->last > set->first && set->spots.words[set->last] == 0)
        set->last--;
    return out->sets_count++;
}

uint16_t parser_bets(struct parser *parser, enum parser_use use, const char *after, unsigned *first)
{
    struct phrase phrase = {0};
    *first = read_kind(parser, &phrase, use, after);
    while (!parser->failed &&
           (parser_accept_sign(parser, TOKEN_COMMA) || parser_accept(parser, "and")))
        read_kind(parser, &phrase, use, "another bet after \"and\" or \",\"");
    return parser->failed ? 0 : keep(parser, &phrase);
}
