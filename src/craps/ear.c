/* SPDX-License-Identifier: MIT */
/* From letters to words, amounts, and what was mistyped. */
#include "craps/hearing.h"

#include <string.h>

static bool is_digit(uint8_t letter)
{
    return letter >= '0' && letter <= '9';
}

bool hearing_is(const struct words *words, size_t i, const char *word)
{
    return words->sizes[i] == strlen(word) &&
           memcmp(words->letters + words->starts[i], word, words->sizes[i]) == 0;
}

/* The words from the one at begin up to the one at end, which is not among them. */
struct bytes hearing_slice(const struct words *words, size_t begin, size_t end)
{
    if (begin >= end)
        return (struct bytes){.at = (const uint8_t *)words->letters, .size = 0};
    const size_t past = words->starts[end - 1] + words->sizes[end - 1];
    return (struct bytes){.at = (const uint8_t *)words->letters + words->starts[begin],
                          .size = past - words->starts[begin]};
}

void hearing_drop(struct words *words, size_t i)
{
    struct words kept = {.used = 0};
    for (size_t j = 0; j < words->count; j++) {
        if (j == i)
            continue;
        kept.starts[kept.count] = kept.used;
        kept.sizes[kept.count++] = words->sizes[j];
        memcpy(kept.letters + kept.used, words->letters + words->starts[j], words->sizes[j]);
        kept.used += words->sizes[j];
        if (kept.used < LETTERS_MAX)
            kept.letters[kept.used++] = ' ';
    }
    *words = kept;
}

static bool says_nothing(const struct words *words, size_t i)
{
    static const char *const fillers[] = {"the",  "my",    "please", "for",  "me",
                                          "bets", "chips", "to",     "call", "dollars"};
    for (size_t k = 0; k < sizeof fillers / sizeof fillers[0]; k++) {
        if (hearing_is(words, i, fillers[k]))
            return true;
    }
    return false;
}

/* Reads the next part off the text; false at its end. */
bool hearing_part(struct bytes *text, struct words *words, bool *fits)
{
    *words = (struct words){.used = 0};
    bool blank = true;
    if (text->size == 0)
        return false;
    while (text->size > 0) {
        uint8_t letter = text->at[0];
        const bool last = text->size == 1;
        const bool apart = letter == ';' || (letter == ',' && (last || text->at[1] == ' '));
        *text = (struct bytes){.at = text->at + 1, .size = text->size - 1};
        if (apart)
            break;
        if (letter == '\'' || letter == '&' || letter == '$')
            continue;
        if (letter >= 'A' && letter <= 'Z')
            letter = (uint8_t)(letter - 'A' + 'a');
        const bool known = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        if (known && blank && words->count > 0 && says_nothing(words, words->count - 1))
            hearing_drop(words, words->count - 1);
        if (known && (words->used + 1 >= LETTERS_MAX || (blank && words->count == WORDS_MAX))) {
            *fits = false;
            return false;
        }
        if (known && blank) {
            if (words->used > 0 && words->letters[words->used - 1] != ' ')
                words->letters[words->used++] = ' ';
            words->starts[words->count] = words->used;
            words->sizes[words->count++] = 0;
        }
        if (known) {
            words->letters[words->used++] = (char)letter;
            words->sizes[words->count - 1]++;
        }
        blank = !known;
    }
    if (words->count > 0 && says_nothing(words, words->count - 1))
        hearing_drop(words, words->count - 1);
    return true;
}

struct amount hearing_amount(const struct words *words, size_t i)
{
    struct amount amount = {.kind = AMOUNT_CHIPS};
    const char *at = words->letters + words->starts[i];
    if (hearing_is(words, i, "max") || hearing_is(words, i, "full"))
        return (struct amount){.kind = AMOUNT_MOST};
    if (hearing_is(words, i, "min"))
        return (struct amount){.kind = AMOUNT_LEAST};
    for (size_t k = 0; k < words->sizes[i]; k++) {
        if (k > 0 && k + 1 == words->sizes[i] && at[k] == 'x')
            amount.kind = AMOUNT_TIMES;
        else if (!is_digit((uint8_t)at[k]))
            return (struct amount){.kind = AMOUNT_NONE};
        else if (amount.value <= CRAPS_STAKE_MAX)
            amount.value = amount.value * 10 + (at[k] - '0');
    }
    return amount;
}

struct text hearing_sentence(struct hearing *hearing)
{
    return text_on(hearing->heard->sentence, sizeof hearing->heard->sentence);
}

static void text_slice(struct text *text, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        text_letter(text, (char)bytes.at[i]);
}

bool hearing_wrong(struct hearing *hearing, const char *sentence)
{
    struct text text = hearing_sentence(hearing);
    text_words(&text, sentence);
    return false;
}

/* Levenshtein's distance; words of other sizes or past the limit are far away. */
static unsigned distance(struct bytes a, const char *b)
{
    enum { LIMIT = 24, FAR = 99 };
    const size_t size = strlen(b);
    unsigned row[LIMIT + 1];
    if (a.size > LIMIT || size > LIMIT)
        return FAR;
    for (size_t j = 0; j <= size; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a.size; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= size; j++) {
            const unsigned above = row[j];
            unsigned least = diagonal + (a.at[i - 1] != (uint8_t)b[j - 1]);
            least = above + 1 < least ? above + 1 : least;
            least = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
            diagonal = above;
            row[j] = least;
        }
    }
    return row[size];
}

/* What can begin a part and is no bet. */
static const char *const leading[] = {"press",   "half press", "regress", "take down", "off",
                                      "working", "usual",      "same",    "clear",     "odds",
                                      "across",  "inside",     "outside", "even",      "hardways"};

/* Keeps the nearer of the best so far and this name, less its apostrophes and '&'. */
static void nearer(struct bytes given, const char *name, unsigned *best,
                   char out[static CRAPS_BET_NAME_SIZE])
{
    char plain[CRAPS_BET_NAME_SIZE];
    struct text text = text_on(plain, sizeof plain);
    for (const char *at = name; *at != '\0'; at++) {
        if (*at != '\'' && *at != '&')
            text_letter(&text, (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at));
    }
    const unsigned away = distance(given, plain);
    if (away < *best && away <= 2 && away < given.size) {
        *best = away;
        text = text_on(out, CRAPS_BET_NAME_SIZE);
        text_words(&text, name);
    }
}

/* The name without its number that is most like these words. */
static bool guess(struct bytes given, bool verbs, char out[static CRAPS_BET_NAME_SIZE])
{
    unsigned best = UINT32_MAX;
    for (uint8_t kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        char name[CRAPS_BET_NAME_SIZE];
        craps_bet_name((struct craps_bet){.kind = kind}, name);
        nearer(given, name, &best, out);
    }
    for (size_t i = 0; verbs && i < sizeof leading / sizeof leading[0]; i++)
        nearer(given, leading[i], &best, out);
    return best != UINT32_MAX;
}

/* Before the first number. */
static size_t head_count(const struct words *words, size_t begin, size_t end)
{
    size_t past = begin;
    while (past < end && !is_digit((uint8_t)words->letters[words->starts[past]]))
        past++;
    return past;
}

static bool is_name(struct bytes given, const char *name)
{
    return given.size == strlen(name) && memcmp(given.at, name, given.size) == 0;
}

bool hearing_unknown(struct hearing *hearing, const struct words *words, size_t begin, size_t end,
                     bool verbs)
{
    char name[CRAPS_BET_NAME_SIZE];
    struct text text = hearing_sentence(hearing);
    size_t past = head_count(words, begin, end);
    text_words(&text, "There is no bet \"");
    text_slice(&text, hearing_slice(words, begin, end));
    text_words(&text, "\": ");
    bool near = guess(hearing_slice(words, begin, past), verbs, name);
    if (!near && verbs && past > begin + 1) { /* Only its first word may be mistyped. */
        past = begin + 1;
        near = guess(hearing_slice(words, begin, past), verbs, name);
    }
    if (near && !is_name(hearing_slice(words, begin, past), name)) {
        text_words(&text, "did you mean \"");
        text_words(&text, name);
        if (past < end) {
            text_letter(&text, ' ');
            text_slice(&text, hearing_slice(words, past, end));
        }
        text_words(&text, "\"?");
    } else {
        text_words(&text, "say a bet and its chips as in \"place 6 12\", or press, odds, across, "
                          "off, same, take down.");
    }
    return false;
}

bool craps_dealer_guess(struct bytes text, char name[static CRAPS_BET_NAME_SIZE])
{
    struct words words;
    bool fits = true;
    if (!hearing_part(&text, &words, &fits) || words.count == 0)
        return false;
    const size_t past = head_count(&words, 0, words.count);
    char head[CRAPS_BET_NAME_SIZE];
    if (!guess(hearing_slice(&words, 0, past), false, head))
        return false;
    struct text out = text_on(name, CRAPS_BET_NAME_SIZE);
    text_words(&out, head);
    if (past < words.count) {
        text_letter(&out, ' ');
        text_slice(&out, hearing_slice(&words, past, words.count));
    }
    struct craps_bet bet; /* A name may be right and its number wrong, as in "place 7". */
    return craps_bet_parse((struct bytes){.at = (const uint8_t *)name, .size = out.used}, &bet);
}
