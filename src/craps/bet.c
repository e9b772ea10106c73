/* SPDX-License-Identifier: MIT */
/* Bets to spots and back, names to bets and back. */
#include "craps/bet.h"

#include <string.h>

#include "base/check.h"
#include "craps/layout.h"
#include "craps/text.h"

/* The longest text that can be a bet; longer ones are none. */
#define WORDS_SIZE 32

uint32_t craps_spot(struct craps_bet bet)
{
    if (bet.kind >= CRAPS_KIND_COUNT)
        return CRAPS_SPOT_NONE;
    const struct layout_row *row = layout_row(bet.kind);
    const unsigned index = layout_index(row, bet.number);
    return index == LAYOUT_NOWHERE ? CRAPS_SPOT_NONE : row->first + index;
}

struct craps_bet craps_bet_at(uint32_t spot)
{
    CHECK(spot < CRAPS_SPOT_COUNT);
    /* The last kind that does not begin after the spot. */
    unsigned kind = 0;
    unsigned end = CRAPS_KIND_COUNT;
    while (end - kind > 1) {
        const unsigned middle = (kind + end) / 2;
        if (layout_row(middle)->first <= spot)
            kind = middle;
        else
            end = middle;
    }
    const struct layout_row *row = layout_row(kind);
    return (struct craps_bet){.kind = (uint8_t)kind, .number = row->numbers[spot - row->first]};
}

/* What people write besides a row's own name. */
static const struct {
    const char *words;
    uint8_t kind;
    uint8_t number; /* 0: what the words go on to say. */
} aliases[] = {
    {"pass line", CRAPS_PASS, 0},
    {"dont", CRAPS_DONT_PASS, 0},
    {"come out", CRAPS_PASS, 0},
    {"odds", CRAPS_ODDS, 0},
    {"lay odds", CRAPS_ODDS, 0},
    {"hardway", CRAPS_HARDWAY, 0},
    {"hardways", CRAPS_HARDWAY, 0},
    {"seven", CRAPS_ANY_SEVEN, 0},
    {"any 7", CRAPS_ANY_SEVEN, 0},
    {"craps", CRAPS_ANY_CRAPS, 0},
    {"aces", CRAPS_CRAPS_TWO, 0},
    {"two", CRAPS_CRAPS_TWO, 0},
    {"ace deuce", CRAPS_CRAPS_THREE, 0},
    {"three", CRAPS_CRAPS_THREE, 0},
    {"boxcars", CRAPS_CRAPS_TWELVE, 0},
    {"midnight", CRAPS_CRAPS_TWELVE, 0},
    {"twelve", CRAPS_CRAPS_TWELVE, 0},
    {"yo", CRAPS_YO, 0},
    {"eleven", CRAPS_YO, 0},
    {"yo eleven", CRAPS_YO, 0},
    {"ce", CRAPS_C_AND_E, 0},
    {"c and e", CRAPS_C_AND_E, 0},
    {"c e", CRAPS_C_AND_E, 0},
    {"dont place", CRAPS_PLACE_LOSE, 0},
    {"place lose", CRAPS_PLACE_LOSE, 0},
    {"no place", CRAPS_PLACE_LOSE, 0},
    {"over", CRAPS_OVER_SEVEN, 0},
    {"under", CRAPS_UNDER_SEVEN, 0},
    {"high low", CRAPS_HI_LO, 0},
    {"hilo", CRAPS_HI_LO, 0},
    {"whirl", CRAPS_WORLD, 0},
    {"three way", CRAPS_THREE_WAY, 0},
    {"hop sevens", CRAPS_HOP_SEVENS, 0},
    {"horn high aces", CRAPS_HORN_HIGH, 2},
    {"horn high ace deuce", CRAPS_HORN_HIGH, 3},
    {"horn high yo", CRAPS_HORN_HIGH, 11},
    {"horn high boxcars", CRAPS_HORN_HIGH, 12},
    {"fielders choice 2 3 4", CRAPS_FIELDERS, 2},
    {"fielders choice 4 9 10", CRAPS_FIELDERS, 4},
    {"fielders choice 10 11 12", CRAPS_FIELDERS, 10},
    {"small", CRAPS_ALL_SMALL, 0},
    {"tall", CRAPS_ALL_TALL, 0},
    {"all", CRAPS_MAKE_ALL, 0},
    {"make all", CRAPS_MAKE_ALL, 0},
    {"doubles", CRAPS_DOUBLES, 0},
    {"ride", CRAPS_RIDE_LINE, 0},
    {"muggsy", CRAPS_MUGGSY, 0},
    {"7 point 7", CRAPS_MUGGSY, 0},
    {"four rolls", CRAPS_FOUR_ROLLS, 0},
    {"no seven in four", CRAPS_FOUR_ROLLS, 0},
};

/*
 * Lower case; apostrophes and '&' away; hyphens, underscores and commas as spaces; single spaces.
 * Returns the length, 0 when it is too long or holds other characters.
 */
static size_t normalize(struct bytes text, char words[static WORDS_SIZE])
{
    size_t used = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t letter = text.at[i];
        if (letter == '\'' || letter == '&')
            continue;
        if (letter >= 'A' && letter <= 'Z')
            letter = (uint8_t)(letter - 'A' + 'a');
        if (letter == '-' || letter == '_' || letter == ',')
            letter = ' ';
        const bool known = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        if (!known && letter != ' ')
            return 0;
        if (letter == ' ' && (used == 0 || words[used - 1] == ' '))
            continue;
        if (used == WORDS_SIZE)
            return 0;
        words[used++] = (char)letter;
    }
    if (used > 0 && words[used - 1] == ' ')
        used--;
    return used;
}

static bool same(const char *words, size_t size, const char *name)
{
    char normal[WORDS_SIZE];
    size_t length = 0;
    while (name[length] != '\0')
        length++;
    const struct bytes view = {.at = (const uint8_t *)name, .size = length};
    return normalize(view, normal) == size && memcmp(words, normal, size) == 0;
}

/* The kind of a name, and the number it says; CRAPS_KIND_COUNT when there is none. */
static unsigned kind_named(const char *words, size_t size, unsigned *number)
{
    *number = 0;
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        if (same(words, size, layout_row(kind)->name))
            return kind;
    }
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (same(words, size, aliases[i].words)) {
            *number = aliases[i].number;
            return aliases[i].kind;
        }
    }
    return CRAPS_KIND_COUNT;
}

/* Takes the number off the end of the words; false when they do not end in one below 100. */
static bool cut_number(const char *words, size_t *size, unsigned *number)
{
    size_t start = *size;
    while (start > 0 && words[start - 1] >= '0' && words[start - 1] <= '9')
        start--;
    const size_t digits = *size - start;
    if (digits == 0 || digits > 2 || words[start] == '0')
        return false;
    *number = 0;
    for (size_t i = start; i < *size; i++)
        *number = *number * 10 + (unsigned)(words[i] - '0');
    *size = start > 0 && words[start - 1] == ' ' ? start - 1 : start;
    return true;
}

/* Two dice in either order as a hop's number. */
static unsigned pair(unsigned a, unsigned b)
{
    return a < b ? a * 10 + b : b * 10 + a;
}

static bool accept(unsigned kind, unsigned number, struct craps_bet *bet)
{
    const struct craps_bet found = {.kind = (uint8_t)kind, .number = (uint8_t)number};
    const uint32_t numbers = ROLLS_BOX | ROLLS_OUTER;
    const bool known = number == 0 || (number <= 12 && (numbers & ROLLS_TOTAL(number)) != 0);
    if (kind == CRAPS_ODDS ? !known : kind == CRAPS_KIND_COUNT)
        return false;
    /* A name without its number is completed, or refused with a reason, when it is used. */
    if (kind != CRAPS_ODDS && number != 0 && craps_spot(found) == CRAPS_SPOT_NONE)
        return false;
    *bet = found;
    return true;
}

bool craps_bet_parse(struct bytes text, struct craps_bet *bet)
{
    char words[WORDS_SIZE];
    size_t size = normalize(text, words);
    if (size == 0)
        return false;
    unsigned said = 0;
    unsigned kind = kind_named(words, size, &said);
    if (kind != CRAPS_KIND_COUNT)
        return accept(kind, said, bet);
    unsigned last = 0;
    if (!cut_number(words, &size, &last))
        return false;
    kind = kind_named(words, size, &said);
    if (said != 0)
        return false;
    if (kind == CRAPS_HOP)
        return accept(kind, pair(last / 10, last % 10), bet);
    if (kind != CRAPS_KIND_COUNT)
        return accept(kind, last, bet);
    unsigned first = 0;
    if (!cut_number(words, &size, &first) || first > 6 || last > 6)
        return false;
    kind = kind_named(words, size, &said);
    return kind == CRAPS_HOP && accept(kind, pair(first, last), bet);
}

void craps_bet_name(struct craps_bet bet, char name[static CRAPS_BET_NAME_SIZE])
{
    struct text text = text_on(name, CRAPS_BET_NAME_SIZE);
    if (bet.kind == CRAPS_ODDS)
        text_words(&text, "odds");
    else
        text_words(&text, bet.kind < CRAPS_KIND_COUNT ? layout_row(bet.kind)->name : "unknown bet");
    if (bet.number == 0)
        return;
    text_letter(&text, ' ');
    if (bet.kind == CRAPS_HOP) {
        text_chips(&text, bet.number / 10);
        text_letter(&text, '-');
        text_chips(&text, bet.number % 10);
    } else {
        text_chips(&text, bet.number);
    }
}
