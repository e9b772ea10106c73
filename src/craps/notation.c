/* SPDX-License-Identifier: MIT */
/* Readers and printers of values, in pairs. */
#include "craps/notation.h"

#include <string.h>

#include "craps/house.h"
#include "craps/layout.h"

/* ---- Text ------------------------------------------------------------------------------------ */

bool notation_is(struct bytes view, const char *text)
{
    return view.size == strlen(text) && memcmp(view.at, text, view.size) == 0;
}

/* Appends what someone else wrote: printable letters only, and no long story. */
void notation_quote(struct text *text, struct bytes view)
{
    enum { SHOWN = 40 };
    for (size_t i = 0; i < view.size && i < SHOWN; i++)
        text_letter(text, view.at[i] >= ' ' && view.at[i] <= '~' ? (char)view.at[i] : '?');
    if (view.size > SHOWN)
        text_words(text, "...");
}

/* Takes the piece before a separator off the view; the last piece leaves nothing. */
struct bytes notation_piece(struct bytes *rest, char separator)
{
    const uint8_t *end =
        rest->size == 0 ? NULL : memchr(rest->at, (unsigned char)separator, rest->size);
    struct bytes taken = *rest;
    if (end == NULL) {
        *rest = (struct bytes){.at = NULL, .size = 0};
        return taken;
    }
    taken.size = (size_t)(end - rest->at);
    *rest = (struct bytes){.at = end + 1, .size = rest->size - taken.size - 1};
    return taken;
}

/* How many pieces a separator makes. */
static size_t pieces(struct bytes view, char separator)
{
    size_t count = 1;
    for (size_t i = 0; i < view.size; i++)
        count += view.at[i] == (unsigned char)separator;
    return count;
}

/* A whole number up to most, digits only. */
bool notation_number(struct bytes view, chips most, chips *out)
{
    chips number = 0;
    if (view.size == 0 || view.size > 12)
        return false;
    for (size_t i = 0; i < view.size; i++) {
        if (view.at[i] < '0' || view.at[i] > '9')
            return false;
        number = number * 10 + view.at[i] - '0';
    }
    *out = number;
    return number <= most;
}

/* Single letters to change, add or take away: Levenshtein, for short words. */
size_t notation_distance(struct bytes a, const char *b)
{
    enum { LONGEST = 31 };
    const size_t size = strlen(b);
    size_t row[LONGEST + 1];
    if (a.size > LONGEST || size > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= size; j++)
        row[j] = j;
    for (size_t i = 0; i < a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= size; j++) {
            const size_t above = row[j];
            size_t least = diagonal + (a.at[i] != (unsigned char)b[j - 1]);
            least = above + 1 < least ? above + 1 : least;
            least = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
            diagonal = above;
            row[j] = least;
        }
    }
    return row[size];
}

/* ---- Kinds ----------------------------------------------------------------------------------- */

void craps_house_kind(unsigned kind, char name[static CRAPS_BET_NAME_SIZE])
{
    struct text text = text_on(name, CRAPS_BET_NAME_SIZE);
    for (const char *at = layout_row(kind)->name; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z')
            text_letter(&text, (char)(*at - 'A' + 'a'));
        else if (*at != '\'')
            text_letter(&text, *at == ' ' ? '-' : *at);
    }
}

/* The kind of a name; CRAPS_KIND_COUNT when there is none, and the sentence says which is near. */
static unsigned kind_of(struct bytes given, struct text *sentence)
{
    char name[CRAPS_BET_NAME_SIZE];
    unsigned nearest = 0;
    size_t least = SIZE_MAX;
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        craps_house_kind(kind, name);
        const size_t far = notation_distance(given, name);
        if (far == 0)
            return kind;
        if (far < least) {
            least = far;
            nearest = kind;
        }
    }
    craps_house_kind(nearest, name);
    text_words(sentence, "There is no bet '");
    notation_quote(sentence, given);
    text_words(sentence, "': did you mean '");
    text_words(sentence, name);
    text_words(sentence, "'?");
    return CRAPS_KIND_COUNT;
}

bool notation_read_kinds(uint64_t all, struct bytes value, uint64_t *set, struct text *sentence)
{
    const bool change = value.size > 0 && (value.at[0] == '+' || value.at[0] == '-');
    if (!change)
        *set = 0;
    do {
        struct bytes name = notation_piece(&value, ',');
        const bool take = name.size > 0 && name.at[0] == '-';
        if (take || (name.size > 0 && name.at[0] == '+'))
            name = (struct bytes){.at = name.at + 1, .size = name.size - 1};
        uint64_t kinds = 0;
        if (notation_is(name, "all")) {
            kinds = all;
        } else if (name.size == 0) {
            return false;
        } else if (!notation_is(name, "none")) {
            const unsigned kind = kind_of(name, sentence);
            if (kind == CRAPS_KIND_COUNT)
                return false;
            kinds = CRAPS_KIND_BIT(kind);
        }
        *set = take ? *set & ~kinds : *set | kinds;
    } while (value.at != NULL);
    return true;
}

/* A list of names, each behind a sign. */
static void print_list(struct text *text, uint64_t kinds, const char *sign)
{
    char name[CRAPS_BET_NAME_SIZE];
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        if ((kinds & CRAPS_KIND_BIT(kind)) == 0)
            continue;
        craps_house_kind(kind, name);
        if (text->used > 0)
            text_letter(text, ',');
        text_words(text, sign);
        text_words(text, name);
    }
}

static unsigned size_of(uint64_t kinds)
{
    return (unsigned)__builtin_popcountll(kinds);
}

void notation_print_kinds(uint64_t all, uint64_t set, struct text *text)
{
    if (set == 0) {
        text_words(text, "none");
    } else if (size_of(all & ~set) < size_of(set)) {
        text_words(text, "all");
        print_list(text, all & ~set, "-");
    } else {
        print_list(text, set, "");
    }
}

/* ---- Odds ------------------------------------------------------------------------------------ */

/* Odds that have a name or leave crapless numbers out: 2/12, 3/11, 4/10, 5/9, 6/8, in halves. */
static const uint8_t odds_full_double[CRAPS_ODDS_CLASSES] = {4, 4, 4, 4, 5};
static const uint8_t odds_outer[2] = {2, 4};

/* "2" or "2.5", in halves. */
static bool read_halves(struct bytes view, uint8_t *halves)
{
    chips number = 0;
    bool half = false;
    if (view.size > 2 && view.at[view.size - 2] == '.' && view.at[view.size - 1] == '5') {
        half = true;
        view.size -= 2;
    }
    if (!notation_number(view, 100, &number) || number * 2 + half > 200)
        return false;
    *halves = (uint8_t)(number * 2 + half);
    return true;
}

bool notation_read_odds(uint8_t halves[static CRAPS_ODDS_CLASSES], struct bytes value)
{
    if (notation_is(value, "none")) {
        memset(halves, 0, CRAPS_ODDS_CLASSES);
        return true;
    }
    if (notation_is(value, "full-double")) {
        memcpy(halves, odds_full_double, CRAPS_ODDS_CLASSES);
        return true;
    }
    if (value.size < 2 || value.at[value.size - 1] != 'x')
        return false;
    value.size--;
    const size_t given = pieces(value, '-');
    if (given != 1 && given != 3 && given != CRAPS_ODDS_CLASSES)
        return false;
    memcpy(halves, odds_outer, sizeof odds_outer);
    const size_t first = given == 1 ? 0 : CRAPS_ODDS_CLASSES - given;
    for (size_t i = first; i < CRAPS_ODDS_CLASSES; i++) {
        const struct bytes one = given == 1 ? value : notation_piece(&value, '-');
        if (!read_halves(one, &halves[i]))
            return false;
    }
    return true;
}

void notation_print_odds(const uint8_t halves[static CRAPS_ODDS_CLASSES], struct text *text)
{
    size_t first = memcmp(halves, odds_outer, sizeof odds_outer) == 0 ? sizeof odds_outer : 0;
    bool alike = true;
    for (size_t i = 1; i < CRAPS_ODDS_CLASSES; i++)
        alike = alike && halves[i] == halves[0];
    if (alike && halves[0] == 0) {
        text_words(text, "none");
        return;
    }
    if (memcmp(halves, odds_full_double, sizeof odds_full_double) == 0) {
        text_words(text, "full-double");
        return;
    }
    if (alike)
        first = CRAPS_ODDS_CLASSES - 1;
    for (size_t i = first; i < CRAPS_ODDS_CLASSES; i++) {
        if (i > first)
            text_letter(text, '-');
        text_chips(text, halves[i] / 2);
        text_words(text, halves[i] % 2 == 0 ? "" : ".5");
    }
    text_letter(text, 'x');
}

/* ---- Limits, pays, numbers, rungs ------------------------------------------------------------ */

bool notation_read_limit(struct craps_limit *limit, struct bytes value)
{
    if (pieces(value, '.') != 3)
        return false;
    const struct bytes least = notation_piece(&value, '.');
    const struct bytes between = notation_piece(&value, '.');
    return between.size == 0 && notation_number(least, INT64_MAX, &limit->min) &&
           notation_number(value, INT64_MAX, &limit->max);
}

void notation_print_limit(const struct craps_limit *limit, struct text *text)
{
    text_chips(text, limit->min);
    text_words(text, "..");
    text_chips(text, limit->max);
}

/* "7", or "15:2" of what does not pay to one. */
static bool read_pay(struct craps_pay *pay, struct bytes value)
{
    chips to = 0, per = 1;
    const bool one = pieces(value, ':') == 1;
    if (!notation_number(notation_piece(&value, ':'), UINT16_MAX, &to) ||
        (!one && !notation_number(value, UINT16_MAX, &per)))
        return false;
    *pay = (struct craps_pay){.to = (uint16_t)to, .per = (uint16_t)per};
    return true;
}

static void print_pay(struct craps_pay pay, struct text *text)
{
    text_chips(text, pay.to);
    if (pay.per != 1) {
        text_letter(text, ':');
        text_chips(text, pay.per);
    }
}

bool notation_read_pays(struct craps_pay pays[static 2], struct bytes value)
{
    if (pieces(value, '-') != 2)
        return false;
    const struct bytes first = notation_piece(&value, '-');
    return read_pay(&pays[0], first) && read_pay(&pays[1], value);
}

void notation_print_pays(const struct craps_pay pays[static 2], struct text *text)
{
    print_pay(pays[0], text);
    text_letter(text, '-');
    print_pay(pays[1], text);
}

bool notation_read_numbers(uint16_t all, struct bytes value, uint16_t *numbers)
{
    *numbers = notation_is(value, "all") ? all : 0;
    if (notation_is(value, "all") || notation_is(value, "none"))
        return true;
    do {
        chips number;
        if (!notation_number(notation_piece(&value, ','), 12, &number))
            return false;
        *numbers |= (uint16_t)(1u << number);
    } while (value.at != NULL);
    return true;
}

void notation_print_numbers(uint16_t all, uint16_t numbers, struct text *text)
{
    if (numbers == 0 || numbers == all) {
        text_words(text, numbers == 0 ? "none" : "all");
        return;
    }
    for (chips number = 0; number < 16; number++) {
        if ((numbers >> number & 1) == 0)
            continue;
        if (text->used > 0)
            text_letter(text, ',');
        text_chips(text, number);
    }
}

/* What is written are the last rungs; those before lose, as does "x". */
bool notation_read_ladder(uint16_t *rungs, size_t count, struct bytes value)
{
    const size_t given = pieces(value, '-');
    if (given > count)
        return false;
    memset(rungs, 0, count * sizeof rungs[0]);
    for (size_t i = count - given; i < count; i++) {
        const struct bytes rung = notation_piece(&value, '-');
        chips pays = -1;
        if (!notation_is(rung, "x") && !notation_number(rung, UINT16_MAX - 1, &pays))
            return false;
        rungs[i] = (uint16_t)(pays + 1);
    }
    return true;
}

void notation_print_ladder(const uint16_t *rungs, size_t count, struct text *text)
{
    size_t first = 0;
    while (first < count - 1 && rungs[first] == 0)
        first++;
    for (size_t i = first; i < count; i++) {
        if (i > first)
            text_letter(text, '-');
        if (rungs[i] == 0)
            text_letter(text, 'x');
        else
            text_chips(text, rungs[i] - 1);
    }
}
