/* SPDX-License-Identifier: MIT */
/* The table of settings, and the readers and printers of their values. */
#include "craps/house.h"

#include <string.h>

#include "base/check.h"
#include "craps/layout.h"
#include "craps/text.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* How a value is written. */
enum form {
    FORM_CRAPLESS,
    FORM_KINDS, /* A set of kinds, at an offset. */
    FORM_ODDS,
    FORM_LIMIT,   /* A minimum and a maximum, by class. */
    FORM_PAYS,    /* Two pays, from a first one. */
    FORM_WORD,    /* One of some words, a byte at an offset. */
    FORM_CHIPS,   /* At an offset. */
    FORM_NUMBERS, /* Totals as bits, at an offset. */
    FORM_WORKS,   /* Whether a kind works on the come-out. */
    FORM_LADDER,  /* Rungs, from a first one. */
};

struct word {
    const char *text;
    uint8_t value;
};

struct setting {
    struct craps_house_setting shown;
    uint16_t at;   /* An offset in the rules; or a kind, class, first pay or first rung. */
    uint8_t form;  /* enum form. */
    uint8_t count; /* Of words or rungs. */
    const struct word *words;
};

static const struct word yes_no[] = {{"yes", 1}, {"no", 0}};
static const struct word bars[] = {{"12", 12}, {"2", 2}, {"3", 3}};
static const struct word breakages[] = {{"refuse", CRAPS_BREAKAGE_REFUSE},
                                        {"floor", CRAPS_BREAKAGE_FLOOR}};
static const struct word roundings[] = {{"nearest", CRAPS_VIG_NEAREST},
                                        {"down", CRAPS_VIG_DOWN},
                                        {"up", CRAPS_VIG_UP},
                                        {"exact", CRAPS_VIG_EXACT}};

/* clang-format off */
#define AT(field)          .at = offsetof(struct craps_rules, field)
#define WORDS(list, field) AT(field), .form = FORM_WORD, .count = COUNT(list), .words = (list)
#define KINDS(field)       AT(field), .form = FORM_KINDS
#define LIMIT(class)       .at = CRAPS_LIMIT_##class, .form = FORM_LIMIT
#define PAYS(first)        .at = CRAPS_PAY_##first, .form = FORM_PAYS
#define CHIPS(field)       AT(field), .form = FORM_CHIPS
#define NUMBERS(field)     AT(field), .form = FORM_NUMBERS
#define WORKS(kind)        .at = CRAPS_##kind, .form = FORM_WORKS
#define LADDER(name)       .at = CRAPS_LADDER_##name, .form = FORM_LADDER, \
                           .count = CRAPS_LADDER_##name##_LAST - CRAPS_LADDER_##name + 1

#define FORM_YES_NO "yes or no"
#define FORM_MIN_MAX "LEAST..MOST in chips, as 5..2000"
#define FORM_POINTS "all, none, or numbers, as 4,10"
#define FORM_BETS "the bets, all or none, or changes, as all,-fire or -fire,-replay"

static const struct setting settings[] = {
    {{"crapless", FORM_YES_NO, "2, 3, 11 and 12 are points too, without a don't side"},
        .form = FORM_CRAPLESS},
    {{"bets", FORM_BETS, "the bets taken"}, KINDS(bets)},
    {{"line", FORM_MIN_MAX, "limits of pass, come and put bets"}, LIMIT(LINE)},
    {{"odds-limit", FORM_MIN_MAX, "limits of odds, beside their multiple of the flat bet"},
        LIMIT(ODDS)},
    {{"box", FORM_MIN_MAX, "limits of place, buy, lay and big bets"}, LIMIT(BOX)},
    {{"field-limit", FORM_MIN_MAX, "limits of the field"}, LIMIT(FIELD)},
    {{"propositions", FORM_MIN_MAX, "limits of hardways, hops and one-roll bets"},
        LIMIT(PROPOSITION)},
    {{"hand", FORM_MIN_MAX, "limits of bets on a shooter's hand"}, LIMIT(HAND)},
    {{"odds", "3-4-5x, 2x, 10x, full-double or none", "odds taken, as a multiple of the flat bet"},
        .form = FORM_ODDS},
    {{"odds-within-max", FORM_YES_NO, "flat bet and odds together stay within the line's maximum"},
        WORDS(yes_no, odds_within_max)},
    {{"bar", "12, 2 or 3", "the come-out total on which don't bets push"}, WORDS(bars, bar)},
    {{"push-returns", FORM_YES_NO, "a don't bet that pushes comes down"},
        WORDS(yes_no, push_returns)},
    {{"pass-grows", FORM_YES_NO, "the pass line may be made and increased on the point"},
        WORDS(yes_no, pass_grows)},
    {{"put-contract", FORM_YES_NO, "put bets stay until they are decided"},
        WORDS(yes_no, put_contract)},
    {{"field", "what 2 and 12 pay to one, as 2-3", "pays of the field on 2 and 12"},
        PAYS(FIELD_TWO)},
    {{"hardways", "what 4/10 and 6/8 pay to one, as 7-9 or 15:2-19:2", "pays of the hardways"},
        PAYS(HARD_FOUR_TEN)},
    {{"horn", "what 2/12 and 3/11 pay to one, as 30-15",
        "pays of craps 2, 3, 12 and yo, alone and in horns"}, PAYS(TWO_TWELVE)},
    {{"hop", "what easy and hard hops pay to one, as 15-30", "pays of hops"}, PAYS(HOP_EASY)},
    {{"breakage", "refuse or floor", "stakes that cannot be paid exactly: refused, or paid less"},
        WORDS(breakages, breakage)},
    {{"dollar", "chips, as 1", "chips in a dollar, to which the vig is rounded"}, CHIPS(dollar)},
    {{"vig", "nearest, down, up or exact", "how 5 % is rounded: to dollars, or to the chip"},
        WORDS(roundings, vig_rounding)},
    {{"vig-least", "chips, as 1", "the least vig, after rounding"}, CHIPS(vig_least)},
    {{"buy-vig-on-win", FORM_POINTS, "buy bets whose vig is taken from a win only"},
        NUMBERS(buy_vig_on_win)},
    {{"lay-vig-on-win", FORM_POINTS, "lay bets whose vig is taken from a win only"},
        NUMBERS(lay_vig_on_win)},
    {{"come-odds-work", FORM_YES_NO, "come odds work on the come-out"}, WORKS(COME_ODDS)},
    {{"dont-come-odds-work", FORM_YES_NO, "don't come odds work on the come-out"},
        WORKS(DONT_COME_ODDS)},
    {{"puts-work", FORM_YES_NO, "put bets work on the come-out"}, WORKS(PUT)},
    {{"put-odds-work", FORM_YES_NO, "put odds work on the come-out"}, WORKS(PUT_ODDS)},
    {{"places-work", FORM_YES_NO, "place bets work on the come-out"}, WORKS(PLACE)},
    {{"places-to-lose-work", FORM_YES_NO, "place-to-lose bets work on the come-out"},
        WORKS(PLACE_LOSE)},
    {{"buys-work", FORM_YES_NO, "buy bets work on the come-out"}, WORKS(BUY)},
    {{"lays-work", FORM_YES_NO, "lay bets work on the come-out"}, WORKS(LAY)},
    {{"hardways-work", FORM_YES_NO, "hardways work on the come-out"}, WORKS(HARDWAY)},
    {{"comes-down", FORM_BETS, "bets that come down after a win, where they else lie on"},
        KINDS(comes_down)},
    {{"fire", "to one, the last for 6 points made, as 24-249-999", "fire"}, LADDER(FIRE)},
    {{"small", "to one, as 30", "all small"}, LADDER(SMALL)},
    {{"tall", "to one, as 30", "all tall"}, LADDER(TALL)},
    {{"all", "to one, as 150", "make 'em all"}, LADDER(ALL)},
    {{"repeater", "to one for 2/12, 3/11, 4/10, 5/9 and 6/8, as 40-50-65-80-90", "repeaters"},
        LADDER(REPEATER)},
    {{"hot-roller", "to one, the last for 6 numbers complete, as 5-10-20-50-200", "hot roller"},
        LADDER(HOT_ROLLER)},
    {{"ride-line", "to one, the last for 11 wins, 0 a push, as 3-4-2-3-6-7-10-20-30-40-100",
        "ride the line"}, LADDER(RIDE_LINE)},
    {{"doubles", "to one, the last for 6 doubles, as 4-8-15-100", "different doubles"},
        LADDER(DOUBLES)},
    {{"replay", "to one for 6/8, 5/9 thrice, 6/8 four times, 4/10, 5/9, 4/10, as "
                "70-95-100-120-500-1000", "replay"}, LADDER(REPLAY)},
    {{"twice-hard", "to one, as 16", "twice hard"}, LADDER(TWICE_HARD)},
    {{"sharpshooter", "to one, the last for 10 points made, as 5-10-20-50-100-100-100-100",
        "sharpshooter"}, LADDER(SHARPSHOOTER)},
    {{"hot-hand", "to one for nine totals and for ten, as 20-80", "hot hand"}, LADDER(HOT_HAND)},
    {{"flaming-four", "to one, as 70", "flaming four"}, LADDER(FLAMING_FOUR)},
    {{"sizzling-six", "to one, as 12", "sizzling six"}, LADDER(SIZZLING_SIX)},
    {{"four-rolls", "to one, as 1", "four rolls without a seven"}, LADDER(FOUR_ROLLS)},
};
/* clang-format on */

/* ---- Text ------------------------------------------------------------------------------------ */

static bool same(struct bytes view, const char *text)
{
    return view.size == strlen(text) && memcmp(view.at, text, view.size) == 0;
}

/* Appends what someone else wrote: printable letters only, and no long story. */
static void text_quoted(struct text *text, struct bytes view)
{
    enum { SHOWN = 40 };
    for (size_t i = 0; i < view.size && i < SHOWN; i++)
        text_letter(text, view.at[i] >= ' ' && view.at[i] <= '~' ? (char)view.at[i] : '?');
    if (view.size > SHOWN)
        text_words(text, "...");
}

/* Takes the piece before a separator off the view; the last piece leaves nothing. */
static struct bytes piece(struct bytes *rest, char separator)
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
static bool number_of(struct bytes view, chips most, chips *out)
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
static size_t distance(struct bytes a, const char *b)
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
        const size_t far = distance(given, name);
        if (far == 0)
            return kind;
        if (far < least) {
            least = far;
            nearest = kind;
        }
    }
    craps_house_kind(nearest, name);
    text_words(sentence, "There is no bet '");
    text_quoted(sentence, given);
    text_words(sentence, "': did you mean '");
    text_words(sentence, name);
    text_words(sentence, "'?");
    return CRAPS_KIND_COUNT;
}

/* The kinds that a set can have in this house. */
static uint64_t kinds_all(const struct craps_rules *rules, const struct setting *setting)
{
    uint64_t all = 0;
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        struct craps_rules with = *rules;
        if (setting->at == offsetof(struct craps_rules, bets))
            with.bets = CRAPS_KIND_BIT(kind);
        else
            with.comes_down = CRAPS_KIND_BIT(kind);
        if (craps_rules_fault(&with) == NULL)
            all |= CRAPS_KIND_BIT(kind);
    }
    return all;
}

static bool read_kinds(const struct craps_rules *rules, const struct setting *setting,
                       struct bytes value, uint64_t *set, struct text *sentence)
{
    const bool change = value.size > 0 && (value.at[0] == '+' || value.at[0] == '-');
    if (!change)
        *set = 0;
    do {
        struct bytes name = piece(&value, ',');
        const bool take = name.size > 0 && name.at[0] == '-';
        if (take || (name.size > 0 && name.at[0] == '+'))
            name = (struct bytes){.at = name.at + 1, .size = name.size - 1};
        uint64_t kinds = 0;
        if (same(name, "all")) {
            kinds = kinds_all(rules, setting);
        } else if (name.size == 0) {
            return false;
        } else if (!same(name, "none")) {
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

static void print_kinds(const struct craps_rules *rules, const struct setting *setting,
                        uint64_t set, struct text *text)
{
    const uint64_t all = kinds_all(rules, setting);
    if (set == 0) {
        text_words(text, "none");
    } else if (size_of(all & ~set) < size_of(set)) {
        text_words(text, "all");
        print_list(text, all & ~set, "-");
    } else {
        print_list(text, set, "");
    }
}

/* ---- Crapless -------------------------------------------------------------------------------- */

/* Crapless craps has another set of points: what holds for the six only is taken away. */
static void set_crapless(struct craps_rules *rules, bool crapless)
{
    static const uint8_t gone[] = {
        CRAPS_DONT_PASS, CRAPS_DONT_COME,   CRAPS_DONT_PASS_ODDS, CRAPS_DONT_COME_ODDS,
        CRAPS_FIRE,      CRAPS_RIDE_LINE,   CRAPS_REPLAY,         CRAPS_SHARPSHOOTER,
        CRAPS_MUGGSY,    CRAPS_POINT_SEVEN, CRAPS_SEVEN_POINT,
    };
    rules->crapless = crapless;
    for (size_t i = 0; crapless && i < COUNT(gone); i++)
        rules->bets &= ~CRAPS_KIND_BIT(gone[i]);
    rules->buy_vig_on_win &= (uint16_t)layout_points(rules);
    rules->lay_vig_on_win &= (uint16_t)layout_points(rules);
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
    if (!number_of(view, 100, &number) || number * 2 + half > 200)
        return false;
    *halves = (uint8_t)(number * 2 + half);
    return true;
}

static bool read_odds(struct craps_rules *rules, struct bytes value)
{
    if (same(value, "none")) {
        memset(rules->odds_halves, 0, sizeof rules->odds_halves);
        return true;
    }
    if (same(value, "full-double")) {
        memcpy(rules->odds_halves, odds_full_double, sizeof rules->odds_halves);
        return true;
    }
    if (value.size < 2 || value.at[value.size - 1] != 'x')
        return false;
    value.size--;
    const size_t given = pieces(value, '-');
    if (given != 1 && given != 3 && given != CRAPS_ODDS_CLASSES)
        return false;
    memcpy(rules->odds_halves, odds_outer, sizeof odds_outer);
    const size_t first = given == 1 ? 0 : CRAPS_ODDS_CLASSES - given;
    for (size_t i = first; i < CRAPS_ODDS_CLASSES; i++) {
        const struct bytes one = given == 1 ? value : piece(&value, '-');
        if (!read_halves(one, &rules->odds_halves[i]))
            return false;
    }
    return true;
}

static void print_odds(const struct craps_rules *rules, struct text *text)
{
    const uint8_t *halves = rules->odds_halves;
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

static bool read_limit(struct craps_limit *limit, struct bytes value)
{
    if (pieces(value, '.') != 3)
        return false;
    const struct bytes least = piece(&value, '.');
    const struct bytes between = piece(&value, '.');
    return between.size == 0 && number_of(least, INT64_MAX, &limit->min) &&
           number_of(value, INT64_MAX, &limit->max);
}

static void print_limit(const struct craps_limit *limit, struct text *text)
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
    if (!number_of(piece(&value, ':'), UINT16_MAX, &to) ||
        (!one && !number_of(value, UINT16_MAX, &per)))
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

static bool read_pays(struct craps_pay pays[static 2], struct bytes value)
{
    if (pieces(value, '-') != 2)
        return false;
    const struct bytes first = piece(&value, '-');
    return read_pay(&pays[0], first) && read_pay(&pays[1], value);
}

static bool read_numbers(const struct craps_rules *rules, struct bytes value, uint16_t *numbers)
{
    *numbers = same(value, "all") ? (uint16_t)layout_points(rules) : 0;
    if (same(value, "all") || same(value, "none"))
        return true;
    do {
        chips number;
        if (!number_of(piece(&value, ','), 12, &number))
            return false;
        *numbers |= (uint16_t)(1u << number);
    } while (value.at != NULL);
    return true;
}

static void print_numbers(const struct craps_rules *rules, uint16_t numbers, struct text *text)
{
    if (numbers == 0 || numbers == layout_points(rules)) {
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
static bool read_ladder(uint16_t *rungs, size_t count, struct bytes value)
{
    const size_t given = pieces(value, '-');
    if (given > count)
        return false;
    memset(rungs, 0, count * sizeof rungs[0]);
    for (size_t i = count - given; i < count; i++) {
        const struct bytes rung = piece(&value, '-');
        chips pays = -1;
        if (!same(rung, "x") && !number_of(rung, UINT16_MAX - 1, &pays))
            return false;
        rungs[i] = (uint16_t)(pays + 1);
    }
    return true;
}

static void print_ladder(const uint16_t *rungs, size_t count, struct text *text)
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

static bool read_word(const struct setting *setting, struct bytes value, uint8_t *out)
{
    for (size_t i = 0; i < setting->count; i++) {
        if (same(value, setting->words[i].text)) {
            *out = setting->words[i].value;
            return true;
        }
    }
    return false;
}

static const char *word_of(const struct setting *setting, uint8_t value)
{
    for (size_t i = 0; i < setting->count; i++) {
        if (setting->words[i].value == value)
            return setting->words[i].text;
    }
    return "unknown";
}

static bool read_yes_no(struct bytes value, bool *yes)
{
    *yes = same(value, "yes");
    return *yes || same(value, "no");
}

/* ---- Reading and printing -------------------------------------------------------------------- */

/* A field at the setting's offset. */
static void *field(struct craps_rules *rules, const struct setting *setting)
{
    return (uint8_t *)rules + setting->at;
}

static const void *field_of(const struct craps_rules *rules, const struct setting *setting)
{
    return (const uint8_t *)rules + setting->at;
}

/* Reads a value into the rules. False: it cannot be read; the sentence says why or is empty. */
static bool take(struct craps_rules *rules, const struct setting *setting, struct bytes value,
                 struct text *sentence)
{
    bool yes;
    switch ((enum form)setting->form) {
    case FORM_CRAPLESS:
        if (!read_yes_no(value, &yes))
            return false;
        set_crapless(rules, yes);
        return true;
    case FORM_KINDS:
        return read_kinds(rules, setting, value, field(rules, setting), sentence);
    case FORM_ODDS:
        return read_odds(rules, value);
    case FORM_LIMIT:
        return read_limit(&rules->limits[setting->at], value);
    case FORM_PAYS:
        return read_pays(&rules->pays[setting->at], value);
    case FORM_WORD:
        return read_word(setting, value, field(rules, setting));
    case FORM_CHIPS:
        return number_of(value, INT64_MAX, field(rules, setting));
    case FORM_NUMBERS:
        return read_numbers(rules, value, field(rules, setting));
    case FORM_WORKS:
        if (!read_yes_no(value, &yes))
            return false;
        rules->comeout &= ~CRAPS_KIND_BIT(setting->at);
        if (yes)
            rules->comeout |= CRAPS_KIND_BIT(setting->at);
        return true;
    case FORM_LADDER:
        return read_ladder(&rules->ladders[setting->at], setting->count, value);
    }
    return false;
}

static void print(const struct craps_rules *rules, const struct setting *setting, struct text *text)
{
    switch ((enum form)setting->form) {
    case FORM_CRAPLESS:
        text_words(text, rules->crapless == 1 ? "yes" : "no");
        return;
    case FORM_KINDS:
        print_kinds(rules, setting, *(const uint64_t *)field_of(rules, setting), text);
        return;
    case FORM_ODDS:
        print_odds(rules, text);
        return;
    case FORM_LIMIT:
        print_limit(&rules->limits[setting->at], text);
        return;
    case FORM_PAYS:
        print_pay(rules->pays[setting->at], text);
        text_letter(text, '-');
        print_pay(rules->pays[setting->at + 1], text);
        return;
    case FORM_WORD:
        text_words(text, word_of(setting, *(const uint8_t *)field_of(rules, setting)));
        return;
    case FORM_CHIPS:
        text_chips(text, *(const chips *)field_of(rules, setting));
        return;
    case FORM_NUMBERS:
        print_numbers(rules, *(const uint16_t *)field_of(rules, setting), text);
        return;
    case FORM_WORKS:
        text_words(text, (rules->comeout & CRAPS_KIND_BIT(setting->at)) != 0 ? "yes" : "no");
        return;
    case FORM_LADDER:
        print_ladder(&rules->ladders[setting->at], setting->count, text);
        return;
    }
}

const struct craps_house_setting *craps_house_at(size_t index)
{
    return index < COUNT(settings) ? &settings[index].shown : NULL;
}

static const struct setting *find(struct bytes name, struct text *sentence)
{
    const struct setting *nearest = &settings[0];
    for (size_t i = 0; i < COUNT(settings); i++) {
        if (same(name, settings[i].shown.name))
            return &settings[i];
        if (distance(name, settings[i].shown.name) < distance(name, nearest->shown.name))
            nearest = &settings[i];
    }
    text_words(sentence, "A house has no setting '");
    text_quoted(sentence, name);
    text_words(sentence, "': did you mean '");
    text_words(sentence, nearest->shown.name);
    text_words(sentence, "'?");
    return NULL;
}

bool craps_house_set(struct craps_rules *rules, struct bytes name, struct bytes value,
                     char sentence[static CRAPS_HOUSE_SENTENCE_SIZE])
{
    struct text text = text_on(sentence, CRAPS_HOUSE_SENTENCE_SIZE);
    const struct setting *setting = find(name, &text);
    if (setting == NULL)
        return false;
    struct craps_rules changed = *rules;
    const bool taken = take(&changed, setting, value, &text);
    const char *fault = taken ? craps_rules_fault(&changed) : NULL;
    if (taken && fault == NULL) {
        *rules = changed;
        return true;
    }
    if (text.used > 0)
        return false;
    text_words(&text, setting->shown.name);
    text_letter(&text, '=');
    text_quoted(&text, value);
    text_words(&text, fault != NULL ? " cannot be: " : " cannot be read: write ");
    if (fault != NULL) { /* A sentence of its own. */
        text_letter(&text, (char)(fault[0] - 'A' + 'a'));
        text_words(&text, fault + 1);
    } else {
        text_words(&text, setting->shown.form);
        text_letter(&text, '.');
    }
    return false;
}

bool craps_house_preset(struct craps_rules *rules, struct bytes name,
                        char sentence[static CRAPS_HOUSE_SENTENCE_SIZE])
{
    const struct craps_preset *preset = craps_preset_find(name);
    if (preset != NULL) {
        *rules = preset->rules();
        return true;
    }
    struct text text = text_on(sentence, CRAPS_HOUSE_SENTENCE_SIZE);
    text_words(&text, "There is no preset '");
    text_quoted(&text, name);
    text_words(&text, "': use ");
    for (size_t i = 0; (preset = craps_preset_at(i)) != NULL; i++) {
        text_words(&text, i == 0 ? "" : craps_preset_at(i + 1) == NULL ? " or " : ", ");
        text_words(&text, preset->name);
    }
    text_letter(&text, '.');
    return false;
}

bool craps_house_set_pair(struct craps_rules *rules, struct bytes pair,
                          char sentence[static CRAPS_HOUSE_SENTENCE_SIZE])
{
    struct bytes value = pair;
    const struct bytes name = piece(&value, '=');
    if (value.at != NULL)
        return craps_house_set(rules, name, value, sentence);
    struct text text = text_on(sentence, CRAPS_HOUSE_SENTENCE_SIZE);
    text_words(&text, "'");
    text_quoted(&text, pair);
    text_words(&text, "' sets nothing: write NAME=VALUE, as odds=3-4-5x.");
    return false;
}

void craps_house_value(const struct craps_rules *rules, size_t index,
                       char value[static CRAPS_HOUSE_VALUE_SIZE])
{
    CHECK(index < COUNT(settings));
    struct text text = text_on(value, CRAPS_HOUSE_VALUE_SIZE);
    print(rules, &settings[index], &text);
}

bool craps_house_differs(const struct craps_rules *rules, const struct craps_rules *from,
                         size_t index)
{
    CHECK(index < COUNT(settings));
    const struct setting *setting = &settings[index];
    if (setting->form == FORM_KINDS) /* Playing crapless takes some away. */
        return rules->crapless != from->crapless ||
               memcmp(field_of(rules, setting), field_of(from, setting), sizeof rules->bets) != 0;
    if (setting->form == FORM_NUMBERS) /* "all" depends on the points. */
        return memcmp(field_of(rules, setting), field_of(from, setting),
                      sizeof rules->buy_vig_on_win) != 0;
    char value[CRAPS_HOUSE_VALUE_SIZE];
    char other[CRAPS_HOUSE_VALUE_SIZE];
    craps_house_value(rules, index, value);
    craps_house_value(from, index, other);
    return strcmp(value, other) != 0;
}

size_t craps_house_differences(const struct craps_rules *rules, const struct craps_rules *from,
                               char out[static CRAPS_HOUSE_TEXT_SIZE])
{
    char value[CRAPS_HOUSE_VALUE_SIZE];
    struct text text = text_on(out, CRAPS_HOUSE_TEXT_SIZE);
    size_t count = 0;
    for (size_t i = 0; i < COUNT(settings); i++) {
        if (!craps_house_differs(rules, from, i))
            continue;
        craps_house_value(rules, i, value);
        text_words(&text, count++ > 0 ? " " : "");
        text_words(&text, settings[i].shown.name);
        text_letter(&text, '=');
        text_words(&text, value);
    }
    return count;
}

const struct craps_preset *craps_house_nearest(const struct craps_rules *rules)
{
    const struct craps_preset *nearest = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; craps_preset_at(i) != NULL; i++) {
        const struct craps_rules from = craps_preset_at(i)->rules();
        size_t differences = 0;
        for (size_t j = 0; j < COUNT(settings); j++)
            differences += craps_house_differs(rules, &from, j);
        if (differences < least) {
            least = differences;
            nearest = craps_preset_at(i);
        }
    }
    return nearest;
}
