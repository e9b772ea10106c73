/* SPDX-License-Identifier: MIT */
/* Words to orders: a verb and its target, a spread, or a bet and its chips. */
#include "craps/dealer.h"

#include "base/check.h"
#include "craps/spread.h"
#include "craps/text.h"

#include <string.h>

#define LETTERS_MAX 128 /* Of one part. */
#define WORDS_MAX   16
#define BIT(number) (1u << (number))

/* One part of what was said: lower case, single blanks, without words that say nothing. */
struct words {
    char letters[LETTERS_MAX];
    size_t used;
    size_t starts[WORDS_MAX];
    size_t sizes[WORDS_MAX];
    size_t count;
};

/* What was understood so far. */
struct hearing {
    const struct craps_dealer_view *view;
    struct craps felt; /* After the orders so far. */
    chips rail;
    struct craps_heard *heard;
    bool refused; /* The engine will refuse the last order: what follows does not matter. */
};

/* The spots that a verb is about; no bet that could lie: only said. */
struct target {
    struct craps_spots spots;
    struct craps_bet said;
    bool lies;
};

/* ---- Words ---- */

static bool is(const struct words *words, size_t i, const char *word)
{
    return words->sizes[i] == strlen(word) &&
           memcmp(words->letters + words->starts[i], word, words->sizes[i]) == 0;
}

/* The words from the one at begin up to the one at end, which is not among them. */
static struct bytes slice(const struct words *words, size_t begin, size_t end)
{
    if (begin >= end)
        return (struct bytes){.at = (const uint8_t *)words->letters, .size = 0};
    const size_t past = words->starts[end - 1] + words->sizes[end - 1];
    return (struct bytes){.at = (const uint8_t *)words->letters + words->starts[begin],
                          .size = past - words->starts[begin]};
}

static void drop_word(struct words *words, size_t i)
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
        if (is(words, i, fillers[k]))
            return true;
    }
    return false;
}

/* Reads the next part off the text; false at its end. */
static bool read_part(struct bytes *text, struct words *words, bool *fits)
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
            drop_word(words, words->count - 1);
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
        drop_word(words, words->count - 1);
    return true;
}

/* ---- Saying what is wrong ---- */

static struct text sentence_of(struct hearing *hearing)
{
    return text_on(hearing->heard->sentence, sizeof hearing->heard->sentence);
}

static void text_slice(struct text *text, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        text_letter(text, (char)bytes.at[i]);
}

static void text_bet(struct text *text, struct craps_bet bet)
{
    char name[CRAPS_BET_NAME_SIZE];
    craps_bet_name(bet, name);
    text_words(text, name);
}

static bool wrong(struct hearing *hearing, const char *sentence)
{
    struct text text = sentence_of(hearing);
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

static bool is_digit(uint8_t letter)
{
    return letter >= '0' && letter <= '9';
}

/* Before the first number. */
static size_t head_count(const struct words *words, size_t begin, size_t end)
{
    size_t past = begin;
    while (past < end && !is_digit((uint8_t)words->letters[words->starts[past]]))
        past++;
    return past;
}

static bool unknown(struct hearing *hearing, const struct words *words, size_t begin, size_t end,
                    bool verbs)
{
    char name[CRAPS_BET_NAME_SIZE];
    struct text text = sentence_of(hearing);
    const size_t past = head_count(words, begin, end);
    text_words(&text, "There is no bet \"");
    text_slice(&text, slice(words, begin, end));
    text_words(&text, "\": ");
    if (guess(slice(words, begin, past), verbs, name)) {
        text_words(&text, "did you mean \"");
        text_words(&text, name);
        if (past < end) {
            text_letter(&text, ' ');
            text_slice(&text, slice(words, past, end));
        }
        text_words(&text, "\"?");
    } else {
        text_words(&text, "say a bet and its chips as in \"place 6 12\", or press, odds, across, "
                          "off, same, take down.");
    }
    return false;
}

/* ---- Orders ---- */

static bool holds(const struct craps_spots *set, uint32_t spot)
{
    return set->words[spot / 64] >> spot % 64 & 1;
}

static void include(struct craps_spots *set, uint32_t spot)
{
    set->words[spot / 64] |= (uint64_t)1 << spot % 64;
}

static chips stake_on(const struct hearing *hearing, uint32_t spot)
{
    return spot == CRAPS_SPOT_NONE ? 0 : hearing->felt.seats[hearing->view->seat].stakes[spot];
}

/* Takes an order down and carries it out on the own felt. */
static void put(struct hearing *hearing, struct craps_order order)
{
    struct craps_heard *heard = hearing->heard;
    struct craps_money money;
    struct craps_refusal why;
    if (hearing->refused)
        return;
    if (heard->count == CRAPS_ORDERS_MAX) {
        heard->more = true;
        return;
    }
    order.bet = craps_resolve(&hearing->felt, hearing->view->seat, order.bet);
    heard->orders[heard->count++] = order;
    if (craps_carry_out(&hearing->felt, hearing->view->card, hearing->view->seat, &order, &money,
                        &why) != CRAPS_ACCEPTED)
        hearing->refused = true;
    else if (order.deed == CRAPS_DEED_ADD)
        hearing->rail -= money.stake + money.vig;
    else
        hearing->rail += money.stake + money.vig;
}

static void add_to(struct hearing *hearing, struct craps_bet bet, chips amount)
{
    put(hearing, (struct craps_order){.bet = bet, .deed = CRAPS_DEED_ADD, .amount = amount});
}

static void take_from(struct hearing *hearing, struct craps_bet bet, chips amount)
{
    put(hearing, (struct craps_order){.bet = bet, .deed = CRAPS_DEED_TAKE, .amount = amount});
}

/* ---- Amounts ---- */

enum amount_kind { AMOUNT_NONE, AMOUNT_CHIPS, AMOUNT_MOST, AMOUNT_LEAST, AMOUNT_TIMES };

struct amount {
    enum amount_kind kind;
    chips value;
};

static struct amount amount_of(const struct words *words, size_t i)
{
    struct amount amount = {.kind = AMOUNT_CHIPS};
    const char *at = words->letters + words->starts[i];
    if (is(words, i, "max") || is(words, i, "full"))
        return (struct amount){.kind = AMOUNT_MOST};
    if (is(words, i, "min"))
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

/* The largest or the smallest amount that can be added now; what nothing is refused for, else. */
static chips bound(const struct hearing *hearing, struct craps_bet bet, bool most)
{
    const struct craps_dealer_view *view = hearing->view;
    struct craps_offer offer;
    if (craps_offer(&hearing->felt, view->card, view->seat, bet, &offer) != CRAPS_ACCEPTED)
        return 1;
    const chips affordable =
        most ? craps_affordable(&hearing->felt, view->card, view->seat, bet, hearing->rail) : 0;
    return affordable > 0 ? affordable : offer.least;
}

/* Which flat bets odds lie behind. */
static const struct {
    uint8_t flat;
    uint8_t odds;
} backed[] = {
    {CRAPS_PASS, CRAPS_PASS_ODDS}, {CRAPS_DONT_PASS, CRAPS_DONT_PASS_ODDS},
    {CRAPS_COME, CRAPS_COME_ODDS}, {CRAPS_DONT_COME, CRAPS_DONT_COME_ODDS},
    {CRAPS_PUT, CRAPS_PUT_ODDS},
};

#define BACKED (sizeof backed / sizeof backed[0])

/* The stake behind which these odds lie; 0 when they are none, or there is none. */
static chips flat_of(const struct hearing *hearing, struct craps_bet bet)
{
    for (size_t i = 0; i < BACKED; i++) {
        if (backed[i].odds == bet.kind)
            return stake_on(hearing, craps_spot((struct craps_bet){backed[i].flat, bet.number}));
    }
    return 0;
}

/* So many times the flat bet, in all, as far as it can be paid exactly. */
static chips times(const struct hearing *hearing, struct craps_bet bet, chips factor)
{
    const struct craps_dealer_view *view = hearing->view;
    struct craps_offer offer;
    const chips wished = flat_of(hearing, bet) * factor - stake_on(hearing, craps_spot(bet));
    if (craps_offer(&hearing->felt, view->card, view->seat, bet, &offer) != CRAPS_ACCEPTED ||
        wished <= offer.least)
        return wished > 0 ? wished : 1;
    return wished - (wished - offer.least) % offer.unit;
}

static bool add_amount(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    bet = craps_resolve(&hearing->felt, hearing->view->seat, bet);
    switch (amount.kind) {
    case AMOUNT_CHIPS:
        add_to(hearing, bet, amount.value);
        return true;
    case AMOUNT_MOST:
        add_to(hearing, bet, bound(hearing, bet, true));
        return true;
    case AMOUNT_LEAST:
        add_to(hearing, bet, bound(hearing, bet, false));
        return true;
    case AMOUNT_TIMES:
        if (bet.kind != CRAPS_ODDS && flat_of(hearing, bet) == 0)
            return wrong(hearing, "Only odds behind a bet that lies are a multiple of it: say the "
                                  "number of chips.");
        add_to(hearing, bet, times(hearing, bet, amount.value));
        return true;
    case AMOUNT_NONE:
        break;
    }
    CHECK(!"an amount");
}

/* ---- Targets ---- */

static bool in_spread(const struct words *words, size_t begin, size_t end,
                      const struct craps_spread **spread)
{
    *spread = end == begin + 1 ? craps_spread_find(slice(words, begin, end)) : NULL;
    return *spread != NULL;
}

/* A number alone is the bet on it that lies: place before buy before the others. */
static bool bet_on_number(const struct hearing *hearing, const struct words *words, size_t i,
                          struct craps_bet *bet)
{
    static const uint8_t kinds[] = {CRAPS_PLACE, CRAPS_BUY, CRAPS_PUT, CRAPS_LAY, CRAPS_PLACE_LOSE};
    const struct amount number = amount_of(words, i);
    if (number.kind != AMOUNT_CHIPS || number.value < 2 || number.value > 12)
        return false;
    for (size_t k = 0; k < sizeof kinds; k++) {
        *bet = (struct craps_bet){kinds[k], (uint8_t)number.value};
        if (stake_on(hearing, craps_spot(*bet)) > 0)
            return true;
    }
    return false;
}

/* All spots with a bet that the test lets through. */
static void gather(const struct hearing *hearing, struct target *target,
                   bool (*wanted)(struct craps_bet bet, const void *context), const void *context)
{
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (stake_on(hearing, spot) > 0 && wanted(craps_bet_at(spot), context)) {
            include(&target->spots, spot);
            target->lies = true;
        }
    }
}

static bool any_bet(struct craps_bet bet, const void *context)
{
    (void)bet;
    (void)context;
    return true;
}

static bool of_kind(struct craps_bet bet, const void *context)
{
    const uint8_t *kind = context;
    bool odds = false;
    for (size_t i = 0; i < BACKED; i++)
        odds |= backed[i].odds == bet.kind;
    return *kind == CRAPS_ODDS ? odds : bet.kind == *kind;
}

static bool of_spread(struct craps_bet bet, const void *context)
{
    const struct craps_spread *spread = context;
    return bet.kind == spread->kind && (spread->numbers & BIT(bet.number)) != 0;
}

/* What lies that these words mean; false when they mean no bet. */
static bool find_target(const struct hearing *hearing, const struct words *words, size_t begin,
                        size_t end, struct target *target)
{
    const struct craps_spread *spread;
    *target = (struct target){.said = {.kind = CRAPS_ODDS}};
    if (end == begin + 1 && (is(words, begin, "all") || is(words, begin, "everything"))) {
        gather(hearing, target, any_bet, NULL);
        return true;
    }
    if (in_spread(words, begin, end, &spread)) {
        gather(hearing, target, of_spread, spread);
        target->said = (struct craps_bet){.kind = spread->kind};
        return true;
    }
    if (end == begin + 1 && bet_on_number(hearing, words, begin, &target->said)) {
        include(&target->spots, craps_spot(target->said));
        target->lies = true;
        return true;
    }
    if (!craps_bet_parse(slice(words, begin, end), &target->said))
        return false;
    target->said = craps_resolve(&hearing->felt, hearing->view->seat, target->said);
    const uint32_t spot = craps_spot(target->said);
    if (stake_on(hearing, spot) > 0) {
        include(&target->spots, spot);
        target->lies = true;
    } else if (target->said.number == 0) {
        gather(hearing, target, of_kind, &target->said.kind);
    }
    return true;
}

/*
 * A target and an amount behind it, which may be absent. "press place 6" has none; "press place 6
 * 12" has: the target is as long as it can be and still lie.
 */
static bool split_target(struct hearing *hearing, const struct words *words, size_t begin,
                         size_t end, struct target *target, struct amount *amount)
{
    *amount = (struct amount){.kind = AMOUNT_NONE};
    if (begin == end)
        return wrong(hearing, "Which bet? Name one that lies, as in \"place 6\", or say \"all\".");
    const bool whole = find_target(hearing, words, begin, end, target);
    if (whole && target->lies)
        return true;
    const struct amount last = amount_of(words, end - 1);
    struct target shorter;
    if (last.kind != AMOUNT_NONE && end - begin > 1 &&
        find_target(hearing, words, begin, end - 1, &shorter) && (shorter.lies || !whole)) {
        *target = shorter;
        *amount = last;
        return true;
    }
    return whole || unknown(hearing, words, begin, end, false);
}

/* ---- Verbs ---- */

/* Each is about the words from begin up to end. */
typedef bool verb_function(struct hearing *hearing, const struct words *words, size_t begin,
                           size_t end);

/* Runs a deed over what the target names; over what was said, for the engine to refuse. */
static bool over(struct hearing *hearing, const struct target *target,
                 void (*deed)(struct hearing *hearing, struct craps_bet bet, struct amount amount),
                 struct amount amount, const char *nothing)
{
    const size_t before = hearing->heard->count;
    if (!target->lies && target->said.kind != CRAPS_ODDS) {
        deed(hearing, target->said, amount);
        return true;
    }
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (holds(&target->spots, spot))
            deed(hearing, craps_bet_at(spot), amount);
    }
    return hearing->heard->count > before || wrong(hearing, nothing);
}

static bool is_all(const struct words *words, size_t begin, size_t end)
{
    return end == begin + 1 && (is(words, begin, "all") || is(words, begin, "everything"));
}

/* Of everything, the bets that people press and regress. */
static void keep_pressable(struct target *target)
{
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const uint8_t kind = craps_bet_at(spot).kind;
        const bool pressable = kind == CRAPS_PLACE || kind == CRAPS_BUY || kind == CRAPS_LAY ||
                               kind == CRAPS_PLACE_LOSE || kind == CRAPS_HARDWAY ||
                               kind == CRAPS_BIG;
        if (!pressable)
            target->spots.words[spot / 64] &= ~((uint64_t)1 << spot % 64);
    }
}

static void press_by(struct hearing *hearing, struct craps_bet bet, chips amount)
{
    const struct craps_dealer_view *view = hearing->view;
    struct craps_offer offer;
    if (craps_offer(&hearing->felt, view->card, view->seat, bet, &offer) == CRAPS_ACCEPTED) {
        amount = amount < offer.least ? offer.least : amount;
        amount -= (amount - offer.least) % offer.unit;
    }
    add_to(hearing, bet, amount);
}

static void press_one(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    const chips lies = stake_on(hearing, craps_spot(bet));
    if (lies == 0) /* Taking from it is refused: there is no such bet. */
        take_from(hearing, bet, CRAPS_WHOLE);
    else if (amount.kind == AMOUNT_NONE)
        press_by(hearing, bet, lies);
    else
        add_amount(hearing, bet, amount);
}

static void press_half(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    const chips lies = stake_on(hearing, craps_spot(bet));
    (void)amount;
    if (lies == 0)
        take_from(hearing, bet, CRAPS_WHOLE);
    else
        press_by(hearing, bet, lies / 2);
}

static bool press(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    struct target target;
    struct amount amount;
    if (!split_target(hearing, words, begin, end, &target, &amount))
        return false;
    if (is_all(words, begin, end - (amount.kind != AMOUNT_NONE)))
        keep_pressable(&target);
    return over(hearing, &target, press_one, amount,
                "Nothing of yours can be pressed: first make a bet, as in \"place 6 12\".");
}

static bool half_press(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    struct target target;
    struct amount amount;
    if (!split_target(hearing, words, begin, end, &target, &amount))
        return false;
    if (amount.kind != AMOUNT_NONE)
        return wrong(hearing, "A half press adds half of what lies: say press with the number of "
                              "chips to add.");
    if (is_all(words, begin, end))
        keep_pressable(&target);
    return over(hearing, &target, press_half, amount,
                "Nothing of yours can be pressed: first make a bet, as in \"place 6 12\".");
}

static void regress_one(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    const uint32_t spot = craps_spot(bet);
    const chips lies = stake_on(hearing, spot);
    chips rest = amount.value;
    if (lies > 0 && amount.kind != AMOUNT_CHIPS)
        rest = hearing->view->card->spots[spot].least;
    if (lies > 0 && rest == lies)
        return;
    if (lies > 0 && rest > lies)
        hearing->refused = true; /* The caller says why. */
    else
        take_from(hearing, bet, lies > 0 && rest > 0 ? lies - rest : CRAPS_WHOLE);
}

static bool regress(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    struct target target;
    struct amount amount;
    const size_t before = hearing->heard->count;
    if (!split_target(hearing, words, begin, end, &target, &amount))
        return false;
    if (is_all(words, begin, end - (amount.kind != AMOUNT_NONE)))
        keep_pressable(&target);
    const bool done = over(hearing, &target, regress_one, amount,
                           "Nothing of yours is larger than that: to add to a bet say press.");
    if (hearing->refused && hearing->heard->count == before)
        return wrong(hearing, "Less than that lies there: regress goes down to an amount, press "
                              "adds to a bet.");
    return done;
}

static void take_one(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    const uint32_t spot = craps_spot(bet);
    if (hearing->heard->count > 0 && stake_on(hearing, spot) == 0 &&
        stake_on(&(struct hearing){.view = hearing->view, .felt = *hearing->view->craps}, spot) > 0)
        return; /* Odds that came down with their flat bet a moment ago. */
    take_from(hearing, bet, amount.kind == AMOUNT_CHIPS ? amount.value : CRAPS_WHOLE);
}

/* Everything that may come down; the engine knows which. */
static bool clear(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    const struct craps_dealer_view *view = hearing->view;
    const size_t before = hearing->heard->count;
    (void)words;
    if (begin != end)
        return wrong(hearing, "To clear takes everything down that may come down: say take down "
                              "and the bet for less.");
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        struct craps felt = hearing->felt;
        struct craps_money back;
        struct craps_refusal why;
        const struct craps_bet bet = craps_bet_at(spot);
        if (stake_on(hearing, spot) > 0 &&
            craps_take_down(&felt, view->card, view->seat, bet, CRAPS_WHOLE, &back, &why) ==
                CRAPS_ACCEPTED)
            take_from(hearing, bet, CRAPS_WHOLE);
    }
    return hearing->heard->count > before ||
           wrong(hearing, "Nothing of yours can come down: contract bets stay until they are "
                          "decided.");
}

static bool take(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    struct target target;
    struct amount amount;
    if (is_all(words, begin, end))
        return clear(hearing, words, end, end);
    if (!split_target(hearing, words, begin, end, &target, &amount))
        return false;
    return over(hearing, &target, take_one, amount, "Nothing of that lies: name a bet that does.");
}

/* A call; the amount carries which. */
static void call_one(struct hearing *hearing, struct craps_bet bet, struct amount amount)
{
    put(hearing, (struct craps_order){
                     .bet = bet, .deed = CRAPS_DEED_CALL, .working = (uint8_t)amount.value});
}

static bool call(struct hearing *hearing, const struct words *words, size_t begin, size_t end,
                 enum craps_working working)
{
    struct target target;
    struct amount amount;
    if (!split_target(hearing, words, begin, end, &target, &amount))
        return false;
    if (amount.kind != AMOUNT_NONE)
        return wrong(hearing, "A bet is off or working as a whole: leave the number of chips out.");
    for (size_t i = 0; i < CRAPS_WORDS && is_all(words, begin, end); i++)
        target.spots.words[i] &= hearing->view->card->callable.words[i];
    return over(hearing, &target, call_one, (struct amount){.value = working},
                "Nothing of yours can be called off or working.");
}

static bool call_off(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    return call(hearing, words, begin, end, CRAPS_WORKING_OFF);
}

static bool call_working(struct hearing *hearing, const struct words *words, size_t begin,
                         size_t end)
{
    return call(hearing, words, begin, end, CRAPS_WORKING_ON);
}

static bool call_usual(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    return call(hearing, words, begin, end, CRAPS_WORKING_DEFAULT);
}

/* Puts back what lay before and lies no more, as far as it may be bet now. */
static bool same(struct hearing *hearing, const struct words *words, size_t begin, size_t end)
{
    const struct craps_dealer_view *view = hearing->view;
    const size_t before = hearing->heard->count;
    if (end - begin == 1 && is(words, begin, "bet"))
        begin++;
    if (begin != end)
        return wrong(hearing, "The same is all that you had before: say the bet and its chips for "
                              "less.");
    for (uint32_t spot = 0; view->before != NULL && spot < CRAPS_SPOT_COUNT; spot++) {
        const chips missing = (chips)view->before->stakes[spot] - stake_on(hearing, spot);
        const struct craps_bet bet = craps_bet_at(spot);
        struct craps_offer offer;
        if (missing > 0 &&
            craps_offer(&hearing->felt, view->card, view->seat, bet, &offer) == CRAPS_ACCEPTED)
            add_to(hearing, bet, missing);
    }
    return hearing->heard->count > before ||
           wrong(hearing, "There is nothing to bet again: what you had still lies, or cannot be "
                          "bet now; say a bet and its chips.");
}

/* ---- Bets ---- */

static bool spread_over(struct hearing *hearing, struct words *words, size_t at)
{
    const struct craps_spread *spread = craps_spread_find(slice(words, at, at + 1));
    struct craps_order orders[CRAPS_ORDERS_MAX];
    struct amount total = {.kind = AMOUNT_NONE};
    uint16_t without = 0;
    for (size_t i = 0; i < words->count; i++) {
        const struct amount amount = amount_of(words, i);
        if (amount.kind == AMOUNT_CHIPS && total.kind == AMOUNT_NONE)
            total = amount;
        else if (is(words, i, "point"))
            without = (uint16_t)BIT(hearing->felt.puck) & 0x7fcu;
        else if (i != at && !is(words, i, "place") && !is(words, i, "less") &&
                 !is(words, i, "without") && !is(words, i, "but") && !is(words, i, "no"))
            return unknown(hearing, words, i, i + 1, false);
    }
    if (total.kind != AMOUNT_CHIPS) {
        struct text text = sentence_of(hearing);
        text_words(&text, "How much ");
        text_words(&text, spread->name);
        text_words(&text, "? Say the total, as in \"");
        text_words(&text, spread->name);
        text_words(&text, spread->kind == CRAPS_HARDWAY ? " 20\"." : " 64\".");
        return false;
    }
    const size_t count =
        craps_spread_orders(spread, without, &hearing->felt, hearing->view->card,
                            hearing->view->seat, total.value, orders, hearing->heard->sentence);
    for (size_t i = 0; i < count; i++)
        put(hearing, orders[i]);
    return count > 0;
}

/* Odds behind every bet of the seat that has a number; of one kind, or any (CRAPS_ODDS). */
static bool odds_everywhere(struct hearing *hearing, uint8_t kind, struct amount amount)
{
    const size_t before = hearing->heard->count;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const struct craps_bet bet = craps_bet_at(spot);
        struct craps_offer offer;
        if ((kind == CRAPS_ODDS || kind == bet.kind) && flat_of(hearing, bet) > 0 &&
            craps_offer(&hearing->felt, hearing->view->card, hearing->view->seat, bet, &offer) ==
                CRAPS_ACCEPTED &&
            !add_amount(hearing, bet, amount))
            return false;
    }
    return hearing->heard->count > before ||
           wrong(hearing, "No odds can be added: none of your bets has a number, or all are fully "
                          "backed.");
}

/* A bet without its chips: says what it takes now. */
static bool how_much(struct hearing *hearing, struct craps_bet bet)
{
    struct craps_offer offer;
    const struct craps_dealer_view *view = hearing->view;
    if (craps_offer(&hearing->felt, view->card, view->seat, bet, &offer) != CRAPS_ACCEPTED) {
        add_to(hearing, bet, 1);
        return true;
    }
    struct text text = sentence_of(hearing);
    text_words(&text, "How much on ");
    text_bet(&text, offer.bet);
    text_words(&text, "? Say \"");
    text_bet(&text, offer.bet);
    text_letter(&text, ' ');
    text_chips(&text, offer.least);
    text_words(&text, "\": it takes ");
    text_chips(&text, offer.least);
    text_words(&text, " to ");
    text_chips(&text, offer.most);
    if (offer.unit > 1) {
        text_words(&text, " in steps of ");
        text_chips(&text, offer.unit);
    }
    text_letter(&text, '.');
    return false;
}

static bool has_spot(const struct hearing *hearing, struct craps_bet bet)
{
    return craps_spot(craps_resolve(&hearing->felt, hearing->view->seat, bet)) != CRAPS_SPOT_NONE;
}

/* Which word is the amount: the last, the first, or one that can be nothing else. */
static size_t amount_at(const struct words *words, size_t begin, size_t end)
{
    if (amount_of(words, end - 1).kind != AMOUNT_NONE)
        return end - 1;
    if (amount_of(words, begin).kind != AMOUNT_NONE)
        return begin;
    for (size_t i = begin; i < end; i++) {
        const enum amount_kind kind = amount_of(words, i).kind;
        if (kind != AMOUNT_NONE && kind != AMOUNT_CHIPS)
            return i;
    }
    return end;
}

static bool add(struct hearing *hearing, const struct words *said, size_t begin, size_t end)
{
    struct craps_bet whole;
    struct craps_bet bet;
    if (begin == end)
        return wrong(hearing, "Which bet, and how much? Say it as in \"pass 10\".");
    const bool named = craps_bet_parse(slice(said, begin, end), &whole);
    const size_t at = amount_at(said, begin, end);
    if (at == end)
        return named ? how_much(hearing, whole) : unknown(hearing, said, begin, end, true);
    const struct amount amount = amount_of(said, at);
    struct words words = *said;
    drop_word(&words, at);
    end--;
    bool all = false;
    for (size_t i = begin; i < end; i++) {
        if (i == begin && is(&words, i, "on"))
            drop_word(&words, i), end--;
        if (i < end && end - begin > 1 && is(&words, i, "all") && i > begin) {
            drop_word(&words, i), end--;
            all = true;
        }
    }
    if (!craps_bet_parse(slice(&words, begin, end), &bet))
        return named ? how_much(hearing, whole) : unknown(hearing, said, begin, said->count, true);
    if (all)
        return odds_everywhere(hearing, bet.kind, amount);
    /* "place 6" is no place bet of 6 chips. */
    if (named && has_spot(hearing, whole) && !has_spot(hearing, bet))
        return how_much(hearing, whole);
    return add_amount(hearing, bet, amount);
}

/* ---- The whole ---- */

static const struct {
    const char *first;
    const char *second; /* NULL: one word. */
    verb_function *run;
} verbs[] = {
    {"half", "press", half_press},
    {"press", "half", half_press},
    {"full", "press", press},
    {"press", NULL, press},
    {"regress", NULL, regress},
    {"reduce", NULL, regress},
    {"take", "down", take},
    {"takedown", NULL, take},
    {"down", NULL, take},
    {"remove", NULL, take},
    {"take", NULL, take},
    {"off", NULL, call_off},
    {"working", NULL, call_working},
    {"on", NULL, call_working},
    {"usual", NULL, call_usual},
    {"same", NULL, same},
    {"repeat", NULL, same},
    {"clear", NULL, clear},
    {"bet", NULL, add},
};

/* The verbs that may come last: "place 6 off". */
static const struct {
    const char *word;
    verb_function *run;
} endings[] = {
    {"off", call_off}, {"working", call_working}, {"on", call_working}, {"usual", call_usual},
    {"down", take},
};

static bool understand(struct hearing *hearing, struct words *words)
{
    const size_t count = words->count;
    verb_function *run = add;
    size_t begin = 0;
    size_t end = count;
    for (size_t i = 0; run == add && begin == 0 && i < sizeof verbs / sizeof verbs[0]; i++) {
        const bool two = verbs[i].second != NULL;
        if (!is(words, 0, verbs[i].first) || (two && (count < 2 || !is(words, 1, verbs[i].second))))
            continue;
        run = verbs[i].run;
        begin = two ? 2 : 1;
    }
    for (size_t i = 0; count > 1 && i < sizeof endings / sizeof endings[0]; i++) {
        if (is(words, count - 1, endings[i].word) && (run == add || run == endings[i].run)) {
            run = endings[i].run;
            end = count - 1;
        }
    }
    for (size_t i = begin; run == add && i < end; i++) {
        if (craps_spread_find(slice(words, i, i + 1)) != NULL) {
            if (begin == 1)
                drop_word(words, 0);
            return spread_over(hearing, words, i - begin);
        }
    }
    return run(hearing, words, begin, end);
}

bool craps_dealer_hear(struct bytes text, const struct craps_dealer_view *view,
                       struct craps_heard *heard)
{
    struct hearing hearing = {
        .view = view, .felt = *view->craps, .rail = view->rail, .heard = heard};
    struct words words;
    bool fits = true;
    bool understood = true;
    *heard = (struct craps_heard){.count = 0};
    while (understood && read_part(&text, &words, &fits)) {
        if (words.count > 0)
            understood = understand(&hearing, &words);
    }
    if (understood && fits && heard->count > 0)
        return true;
    heard->count = 0;
    if (!fits)
        return wrong(&hearing, "That is too much at once: say a few bets at a time.");
    if (understood)
        return wrong(&hearing, "Say a bet and its chips, as in \"pass 10\".");
    return false;
}

bool craps_dealer_guess(struct bytes text, char name[static CRAPS_BET_NAME_SIZE])
{
    struct words words;
    bool fits = true;
    if (!read_part(&text, &words, &fits) || words.count == 0)
        return false;
    const size_t past = head_count(&words, 0, words.count);
    char head[CRAPS_BET_NAME_SIZE];
    if (!guess(slice(&words, 0, past), false, head))
        return false;
    struct text out = text_on(name, CRAPS_BET_NAME_SIZE);
    text_words(&out, head);
    if (past < words.count) {
        text_letter(&out, ' ');
        text_slice(&out, slice(&words, past, words.count));
    }
    return true;
}
