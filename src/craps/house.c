/* SPDX-License-Identifier: MIT */
/* The table of settings, and what is done with one of them or all. */
#include "craps/house.h"

#include <string.h>

#include "base/check.h"
#include "craps/layout.h"
#include "craps/notation.h"

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
    {{"ride-line", "to one, the last for 11 wins, 0 a push, as 0-3-5-7-12-20-25-30-100",
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

/* ---- What depends on the house ------------------------------------------------------------------
 */

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

static bool read_word(const struct setting *setting, struct bytes value, uint8_t *out)
{
    for (size_t i = 0; i < setting->count; i++) {
        if (notation_is(value, setting->words[i].text)) {
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
    *yes = notation_is(value, "yes");
    return *yes || notation_is(value, "no");
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
        return notation_read_kinds(kinds_all(rules, setting), value, field(rules, setting),
                                   sentence);
    case FORM_ODDS:
        return notation_read_odds(rules->odds_halves, value);
    case FORM_LIMIT:
        return notation_read_limit(&rules->limits[setting->at], value);
    case FORM_PAYS:
        return notation_read_pays(&rules->pays[setting->at], value);
    case FORM_WORD:
        return read_word(setting, value, field(rules, setting));
    case FORM_CHIPS:
        return notation_number(value, INT64_MAX, field(rules, setting));
    case FORM_NUMBERS:
        return notation_read_numbers((uint16_t)layout_points(rules), value, field(rules, setting));
    case FORM_WORKS:
        if (!read_yes_no(value, &yes))
            return false;
        rules->comeout &= ~CRAPS_KIND_BIT(setting->at);
        if (yes)
            rules->comeout |= CRAPS_KIND_BIT(setting->at);
        return true;
    case FORM_LADDER:
        return notation_read_ladder(&rules->ladders[setting->at], setting->count, value);
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
        notation_print_kinds(kinds_all(rules, setting), *(const uint64_t *)field_of(rules, setting),
                             text);
        return;
    case FORM_ODDS:
        notation_print_odds(rules->odds_halves, text);
        return;
    case FORM_LIMIT:
        notation_print_limit(&rules->limits[setting->at], text);
        return;
    case FORM_PAYS:
        notation_print_pays(&rules->pays[setting->at], text);
        return;
    case FORM_WORD:
        text_words(text, word_of(setting, *(const uint8_t *)field_of(rules, setting)));
        return;
    case FORM_CHIPS:
        text_chips(text, *(const chips *)field_of(rules, setting));
        return;
    case FORM_NUMBERS:
        notation_print_numbers((uint16_t)layout_points(rules),
                               *(const uint16_t *)field_of(rules, setting), text);
        return;
    case FORM_WORKS:
        text_words(text, (rules->comeout & CRAPS_KIND_BIT(setting->at)) != 0 ? "yes" : "no");
        return;
    case FORM_LADDER:
        notation_print_ladder(&rules->ladders[setting->at], setting->count, text);
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
        if (notation_is(name, settings[i].shown.name))
            return &settings[i];
        if (notation_distance(name, settings[i].shown.name) <
            notation_distance(name, nearest->shown.name))
            nearest = &settings[i];
    }
    text_words(sentence, "A house has no setting '");
    notation_quote(sentence, name);
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
    notation_quote(&text, value);
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
    notation_quote(&text, name);
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
    const struct bytes name = notation_piece(&value, '=');
    if (value.at != NULL)
        return craps_house_set(rules, name, value, sentence);
    struct text text = text_on(sentence, CRAPS_HOUSE_SENTENCE_SIZE);
    text_words(&text, "'");
    notation_quote(&text, pair);
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
