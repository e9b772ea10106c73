/* SPDX-License-Identifier: MIT */
/* A line of crapssim's corpus: JSON to bets, money and our rules. */
#include "tests/craps/corpus.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- Keys ---- */

enum form {
    FORM_PLAIN,    /* "field" */
    FORM_NUMBER,   /* "place:6" */
    FORM_OPTIONAL, /* "come", "come:6" */
    FORM_HOP,      /* "hop:1-6" */
    FORM_LINE,     /* "pass", though it lies on a number */
};

static const struct {
    const char *name;
    uint8_t kind;
    uint8_t form;
    uint8_t number; /* Of FORM_PLAIN. */
} keys[] = {
    {"pass", CRAPS_PASS, FORM_LINE, 0},
    {"dpass", CRAPS_DONT_PASS, FORM_LINE, 0},
    {"come", CRAPS_COME, FORM_OPTIONAL, 0},
    {"dcome", CRAPS_DONT_COME, FORM_OPTIONAL, 0},
    {"odds:pass", CRAPS_PASS_ODDS, FORM_NUMBER, 0},
    {"odds:dpass", CRAPS_DONT_PASS_ODDS, FORM_NUMBER, 0},
    {"odds:come", CRAPS_COME_ODDS, FORM_NUMBER, 0},
    {"odds:dcome", CRAPS_DONT_COME_ODDS, FORM_NUMBER, 0},
    {"odds:put", CRAPS_PUT_ODDS, FORM_NUMBER, 0},
    {"place", CRAPS_PLACE, FORM_NUMBER, 0},
    {"buy", CRAPS_BUY, FORM_NUMBER, 0},
    {"lay", CRAPS_LAY, FORM_NUMBER, 0},
    {"put", CRAPS_PUT, FORM_NUMBER, 0},
    {"hard", CRAPS_HARDWAY, FORM_NUMBER, 0},
    {"big6", CRAPS_BIG, FORM_PLAIN, 6},
    {"big8", CRAPS_BIG, FORM_PLAIN, 8},
    {"field", CRAPS_FIELD, FORM_PLAIN, 0},
    {"any7", CRAPS_ANY_SEVEN, FORM_PLAIN, 0},
    {"anycraps", CRAPS_ANY_CRAPS, FORM_PLAIN, 0},
    {"two", CRAPS_CRAPS_TWO, FORM_PLAIN, 0},
    {"three", CRAPS_CRAPS_THREE, FORM_PLAIN, 0},
    {"yo", CRAPS_YO, FORM_PLAIN, 0},
    {"boxcars", CRAPS_CRAPS_TWELVE, FORM_PLAIN, 0},
    {"ce", CRAPS_C_AND_E, FORM_PLAIN, 0},
    {"horn", CRAPS_HORN, FORM_PLAIN, 0},
    {"world", CRAPS_WORLD, FORM_PLAIN, 0},
    {"hop", CRAPS_HOP, FORM_HOP, 0},
    {"fire", CRAPS_FIRE, FORM_PLAIN, 0},
    {"small", CRAPS_ALL_SMALL, FORM_PLAIN, 0},
    {"tall", CRAPS_ALL_TALL, FORM_PLAIN, 0},
    {"all", CRAPS_MAKE_ALL, FORM_PLAIN, 0},
};

/* A total of two dice, in digits and nothing else. */
static bool total_read(const char *text, uint8_t *number)
{
    unsigned value = 0;
    const size_t size = strlen(text);
    if (size < 1 || size > 2)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *number = (uint8_t)value;
    return value >= 2 && value <= 12;
}

static bool hop_read(const char *text, uint8_t *number)
{
    if (strlen(text) != 3 || text[0] < '1' || text[1] != '-' || text[2] > '6' || text[0] > text[2])
        return false;
    *number = (uint8_t)((text[0] - '0') * 10 + text[2] - '0');
    return true;
}

/* Whether rest is what may follow the name of a key; its number, if so. */
static bool number_read(enum form form, const char *rest, uint8_t *number)
{
    switch (form) {
    case FORM_PLAIN:
    case FORM_LINE:
        return rest[0] == '\0';
    case FORM_OPTIONAL:
        return rest[0] == '\0' || (rest[0] == ':' && total_read(rest + 1, number));
    case FORM_NUMBER:
        return rest[0] == ':' && total_read(rest + 1, number);
    case FORM_HOP:
        return rest[0] == ':' && hop_read(rest + 1, number);
    }
    return false;
}

static bool key_read(const char *text, struct corpus_key *key)
{
    char name[CORPUS_KEY_SIZE];
    const size_t size = strlen(text);
    if (size < 2 || size >= sizeof name)
        return false;
    memcpy(name, text, size + 1);
    *key = (struct corpus_key){.working = CRAPS_WORKING_DEFAULT};
    if (name[size - 2] == '+') {
        if (name[size - 1] != 'w' && name[size - 1] != 'o')
            return false;
        key->working = name[size - 1] == 'w' ? CRAPS_WORKING_ON : CRAPS_WORKING_OFF;
        name[size - 2] = '\0';
    }
    for (size_t i = 0; i < COUNT(keys); i++) {
        const size_t length = strlen(keys[i].name);
        if (strncmp(name, keys[i].name, length) != 0)
            continue;
        key->bet = (struct craps_bet){keys[i].kind, keys[i].number};
        if (number_read((enum form)keys[i].form, name + length, &key->bet.number))
            return true;
    }
    return false;
}

struct corpus_key corpus_key_of(uint32_t spot, enum craps_working working)
{
    struct corpus_key key = {craps_bet_at(spot), (uint8_t)working};
    if (key.bet.kind == CRAPS_PASS || key.bet.kind == CRAPS_DONT_PASS)
        key.bet.number = 0;
    return key;
}

bool corpus_key_equal(struct corpus_key a, struct corpus_key b)
{
    return a.bet.kind == b.bet.kind && a.bet.number == b.bet.number && a.working == b.working;
}

void corpus_key_write(struct corpus_key key, char text[static CORPUS_KEY_SIZE])
{
    static const char *const suffix[] = {"", "+w", "+o"};
    const char *name = "?";
    enum form form = FORM_OPTIONAL;
    for (size_t i = 0; i < COUNT(keys); i++) {
        const bool plain = keys[i].form == FORM_PLAIN;
        if (keys[i].kind == key.bet.kind && (!plain || keys[i].number == key.bet.number)) {
            name = keys[i].name;
            form = (enum form)keys[i].form;
        }
    }
    CHECK(key.working < COUNT(suffix));
    if (form == FORM_PLAIN || key.bet.number == 0)
        snprintf(text, CORPUS_KEY_SIZE, "%s%s", name, suffix[key.working]);
    else if (form == FORM_HOP)
        snprintf(text, CORPUS_KEY_SIZE, "%s:%d-%d%s", name, key.bet.number / 10,
                 key.bet.number % 10, suffix[key.working]);
    else
        snprintf(text, CORPUS_KEY_SIZE, "%s:%d%s", name, key.bet.number, suffix[key.working]);
}

/* ---- Values ---- */

/* The first thing that was wrong; what follows it is read as zeros. */
struct fault {
    char *text;
    bool found;
};

__attribute__((format(printf, 2, 3))) static void complain(struct fault *fault, const char *format,
                                                           ...)
{
    if (fault->found)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->text, CORPUS_FAULT_SIZE, format, arguments);
    va_end(arguments);
    fault->found = true;
}

static chips whole(const json_t *value, const char *name, chips least, chips most,
                   struct fault *fault)
{
    if (!json_is_integer(value)) {
        complain(fault, "%s is no whole number", name);
        return least;
    }
    const chips number = json_integer_value(value);
    if (number < least || number > most) {
        complain(fault, "%s is %lld, not %lld to %lld", name, (long long)number, (long long)least,
                 (long long)most);
        return least;
    }
    return number;
}

static const char *text_of(const json_t *value, const char *name, struct fault *fault)
{
    if (json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value))
        return json_string_value(value);
    complain(fault, "%s is no text", name);
    return "";
}

static struct corpus_key key_of(const json_t *value, struct fault *fault)
{
    struct corpus_key key = {{0, 0}, 0};
    const char *text = text_of(value, "a bet", fault);
    if (!fault->found && !key_read(text, &key))
        complain(fault, "there is no bet %.24s", text);
    return key;
}

/* How many entries an array has, at most most. */
static size_t entries(const json_t *array, const char *name, size_t most, struct fault *fault)
{
    if (!json_is_array(array))
        complain(fault, "%s is no list", name);
    else if (json_array_size(array) > most)
        complain(fault, "%s has more than %zu entries", name, most);
    else
        return json_array_size(array);
    return 0;
}

/* ---- Settings ---- */

static uint16_t per_one(const json_t *value, const char *name, struct fault *fault)
{
    return (uint16_t)whole(value, name, 1, UINT16_MAX - 1, fault);
}

static void to_one(struct craps_rules *rules, enum craps_house_pay pay, const json_t *value,
                   const char *name, struct fault *fault)
{
    rules->pays[pay] = (struct craps_pay){per_one(value, name, fault), 1};
}

/* Ladders are for one: a win gives the stake back besides. */
static void rung(struct craps_rules *rules, unsigned step, const json_t *value, const char *name,
                 struct fault *fault)
{
    rules->ladders[step] = (uint16_t)(per_one(value, name, fault) + 1);
}

static void fire_read(const json_t *value, struct craps_rules *rules, struct fault *fault)
{
    const char *points;
    json_t *pay;
    if (!json_is_object(value))
        complain(fault, "fire is no object");
    for (unsigned step = CRAPS_LADDER_FIRE; step <= CRAPS_LADDER_FIRE_LAST; step++)
        rules->ladders[step] = 0;
    json_object_foreach((json_t *)value, points, pay)
    {
        if (strlen(points) != 1 || points[0] < '1' || points[0] > '6')
            complain(fault, "fire is paid for 1 to 6 points, not %.8s", points);
        else
            rung(rules, CRAPS_LADDER_FIRE + (unsigned)(points[0] - '1'), pay, "fire", fault);
    }
}

static void all_tall_small_read(const json_t *value, struct craps_rules *rules, struct fault *fault)
{
    rung(rules, CRAPS_LADDER_SMALL, json_object_get(value, "small"), "ats small", fault);
    rung(rules, CRAPS_LADDER_TALL, json_object_get(value, "tall"), "ats tall", fault);
    rung(rules, CRAPS_LADDER_ALL, json_object_get(value, "all"), "ats all", fault);
}

/* The number's class of odds and what odds against it win, as a multiple of odds taken. */
static const struct {
    const char *number;
    uint8_t class;
    double against; /* 0: there is no don't side. */
} odds_numbers[] = {
    {"2", CRAPS_ODDS_TWO_TWELVE, 0},    {"3", CRAPS_ODDS_THREE_ELEVEN, 0},
    {"4", CRAPS_ODDS_FOUR_TEN, 2},      {"5", CRAPS_ODDS_FIVE_NINE, 1.5},
    {"6", CRAPS_ODDS_SIX_EIGHT, 1.2},   {"8", CRAPS_ODDS_SIX_EIGHT, 1.2},
    {"9", CRAPS_ODDS_FIVE_NINE, 1.5},   {"10", CRAPS_ODDS_FOUR_TEN, 2},
    {"11", CRAPS_ODDS_THREE_ELEVEN, 0}, {"12", CRAPS_ODDS_TWO_TWELVE, 0},
};

static void odds_read(const json_t *value, struct craps_rules *rules, struct fault *fault)
{
    bool known[CRAPS_ODDS_CLASSES] = {false};
    for (size_t i = 0; i < COUNT(odds_numbers); i++) {
        const json_t *multiple = json_object_get(value, odds_numbers[i].number);
        const double halves = json_number_value(multiple) * 2;
        const uint8_t class = odds_numbers[i].class;
        /* Written so that not-a-number is refused too. */
        if (!json_is_number(multiple) || !(halves >= 1 && halves <= UINT8_MAX) ||
            halves != floor(halves)) {
            complain(fault, "odds on %s are no multiple in halves", odds_numbers[i].number);
            return;
        }
        if (known[class] && rules->odds_halves[class] != (uint8_t)halves) {
            complain(fault, "odds on %s differ from those on its twin", odds_numbers[i].number);
            return;
        }
        rules->odds_halves[class] = (uint8_t)halves;
        known[class] = true;
    }
}

/* What may be laid follows from what may be taken; a session that says otherwise cannot be played.
 */
static void dont_odds_read(const json_t *value, const struct craps_rules *rules,
                           struct fault *fault)
{
    for (size_t i = 0; i < COUNT(odds_numbers); i++) {
        const json_t *multiple = json_object_get(value, odds_numbers[i].number);
        if (odds_numbers[i].against == 0)
            continue;
        const double wanted =
            rules->odds_halves[odds_numbers[i].class] * odds_numbers[i].against / 2;
        if (!json_is_number(multiple) || !(fabs(json_number_value(multiple) - wanted) < 1e-6))
            complain(fault, "dont_odds on %s are not what wins the odds taken",
                     odds_numbers[i].number);
    }
}

static void vig_read(const json_t *value, struct craps_rules *rules, struct fault *fault)
{
    const char *vig = text_of(value, "vig", fault);
    if (strcmp(vig, "nearest_dollar") == 0)
        rules->vig_rounding = CRAPS_VIG_NEAREST;
    else if (strcmp(vig, "ceil_dollar") == 0)
        rules->vig_rounding = CRAPS_VIG_UP;
    else if (strcmp(vig, "none") == 0)
        rules->vig_rounding = CRAPS_VIG_EXACT;
    else
        complain(fault, "there is no vig %.24s", vig);
}

static void vig_on_win_read(const json_t *value, struct craps_rules *rules, struct fault *fault)
{
    const uint16_t numbers = rules->crapless == 1 ? 0x1f7c : 0x770; /* All that are points. */
    if (!json_is_boolean(value))
        complain(fault, "vig_on_win is neither true nor false");
    rules->buy_vig_on_win = json_is_true(value) ? numbers : 0;
    rules->lay_vig_on_win = rules->buy_vig_on_win;
}

static void comeout_read(const json_t *value, struct craps_rules *rules, struct fault *fault)
{
    static const uint64_t box = CRAPS_KIND_BIT(CRAPS_PLACE) | CRAPS_KIND_BIT(CRAPS_BUY) |
                                CRAPS_KIND_BIT(CRAPS_LAY) | CRAPS_KIND_BIT(CRAPS_PUT);
    const char *comeout = text_of(value, "comeout", fault);
    if (strcmp(comeout, "real_casino") == 0) {
        rules->comeout &= ~box;
        rules->comes_down &= ~CRAPS_KIND_BIT(CRAPS_PLACE);
    } else if (strcmp(comeout, "legacy") == 0) {
        rules->comeout |= box;
        rules->comes_down |= CRAPS_KIND_BIT(CRAPS_PLACE);
    } else {
        complain(fault, "there is no comeout %.24s", comeout);
    }
}

static void setting_read(const char *name, const json_t *value, struct craps_rules *rules,
                         struct fault *fault)
{
    const json_t *easy = json_object_get(value, "easy");
    if (strcmp(name, "field2") == 0) {
        to_one(rules, CRAPS_PAY_FIELD_TWO, value, name, fault);
    } else if (strcmp(name, "field12") == 0) {
        to_one(rules, CRAPS_PAY_FIELD_TWELVE, value, name, fault);
    } else if (strcmp(name, "fire") == 0) {
        fire_read(value, rules, fault);
    } else if (strcmp(name, "ats") == 0) {
        all_tall_small_read(value, rules, fault);
    } else if (strcmp(name, "hop") == 0) {
        to_one(rules, CRAPS_PAY_HOP_EASY, easy, "hop easy", fault);
        to_one(rules, CRAPS_PAY_HOP_HARD, json_object_get(value, "hard"), "hop hard", fault);
    } else if (strcmp(name, "odds") == 0) {
        odds_read(value, rules, fault);
    } else if (strcmp(name, "vig") == 0) {
        vig_read(value, rules, fault);
    } else if (strcmp(name, "vig_floor") == 0) {
        rules->vig_least = whole(value, name, 0, CRAPS_STAKE_MAX, fault);
    } else if (strcmp(name, "vig_on_win") == 0) {
        vig_on_win_read(value, rules, fault);
    } else if (strcmp(name, "comeout") == 0) {
        comeout_read(value, rules, fault);
    } else if (strcmp(name, "dont_odds") != 0) {
        complain(fault, "there is no setting %.24s", name);
    }
}

static void rules_read(const json_t *root, struct craps_rules *rules, struct fault *fault)
{
    static const char preset_name[] = "crapssim";
    const struct craps_preset *preset =
        craps_preset_find((struct bytes){(const uint8_t *)preset_name, strlen(preset_name)});
    const json_t *set = json_object_get(root, "set");
    const char *kind = text_of(json_object_get(root, "rules"), "rules", fault);
    const char *name;
    json_t *value;

    CHECK(preset != NULL);
    *rules = preset->rules();
    if (strcmp(kind, "crapless") == 0) {
        rules->crapless = 1;
        rules->bets &=
            ~(CRAPS_KIND_BIT(CRAPS_DONT_PASS) | CRAPS_KIND_BIT(CRAPS_DONT_COME) |
              CRAPS_KIND_BIT(CRAPS_DONT_PASS_ODDS) | CRAPS_KIND_BIT(CRAPS_DONT_COME_ODDS));
    } else if (strcmp(kind, "classic") != 0) {
        complain(fault, "there are no rules %.24s", kind);
    }
    if (!json_is_object(set))
        complain(fault, "set is no object");
    json_object_foreach((json_t *)set, name, value) setting_read(name, value, rules, fault);
    value = json_object_get(set, "dont_odds");
    if (value != NULL)
        dont_odds_read(value, rules, fault);
    const char *wrong = fault->found ? NULL : craps_rules_fault(rules);
    if (wrong != NULL)
        complain(fault, "its rules cannot be played: %s", wrong);
}

/* ---- Steps ---- */

static void action_read(const json_t *array, struct corpus_action *action, struct fault *fault)
{
    if (entries(array, "an action", 4, fault) != 4) {
        complain(fault, "an action has not four entries");
        return;
    }
    const char *deed = text_of(json_array_get(array, 0), "an action", fault);
    if (strcmp(deed, "+") != 0 && strcmp(deed, "-") != 0)
        complain(fault, "there is no action %.24s", deed);
    action->deed = deed[0];
    action->key = key_of(json_array_get(array, 1), fault);
    action->amount = whole(json_array_get(array, 2), "an amount", 0, CORPUS_MONEY_MAX, fault);
    action->accepted = whole(json_array_get(array, 3), "accepted", 0, 1, fault) == 1;
}

static void decision_read(const json_t *array, struct corpus_decision *decision,
                          struct fault *fault)
{
    if (entries(array, "a decision", 4, fault) != 4) {
        complain(fault, "a decision has not four entries");
        return;
    }
    const char *outcome = text_of(json_array_get(array, 1), "an outcome", fault);
    if (strcmp(outcome, "W") != 0 && strcmp(outcome, "L") != 0 && strcmp(outcome, "P") != 0)
        complain(fault, "there is no outcome %.24s", outcome);
    decision->key = key_of(json_array_get(array, 0), fault);
    decision->outcome = outcome[0];
    decision->credit = whole(json_array_get(array, 2), "a credit", 0, CORPUS_MONEY_MAX, fault);
    decision->stays = whole(json_array_get(array, 3), "stays", 0, 1, fault) == 1;
}

static void bets_read(const json_t *bets, struct corpus_step *step, struct fault *fault)
{
    const char *name;
    json_t *amount;
    if (!json_is_object(bets))
        complain(fault, "bets is no object");
    else if (json_object_size(bets) > CORPUS_BETS_MAX)
        complain(fault, "bets has more than %d entries", CORPUS_BETS_MAX);
    if (fault->found)
        return;
    json_object_foreach((json_t *)bets, name, amount)
    {
        struct corpus_bet *bet = &step->bets[step->bets_count++];
        if (!key_read(name, &bet->key))
            complain(fault, "there is no bet %.24s", name);
        bet->amount = whole(amount, "an amount", 1, CORPUS_MONEY_MAX, fault);
    }
}

static void step_read(const json_t *object, struct corpus_step *step, struct fault *fault)
{
    const json_t *actions = json_object_get(object, "a");
    const json_t *decisions = json_object_get(object, "r");
    const json_t *dice = json_object_get(object, "d");

    memset(step, 0, sizeof *step);
    step->actions_count = entries(actions, "a", CORPUS_ACTIONS_MAX, fault);
    for (size_t i = 0; i < step->actions_count; i++)
        action_read(json_array_get(actions, i), &step->actions[i], fault);
    step->decisions_count = entries(decisions, "r", CORPUS_DECISIONS_MAX, fault);
    for (size_t i = 0; i < step->decisions_count; i++)
        decision_read(json_array_get(decisions, i), &step->decisions[i], fault);
    if (entries(dice, "d", 2, fault) != 2)
        complain(fault, "d has not two dice");
    for (size_t i = 0; i < 2; i++)
        step->dice[i] = (unsigned)whole(json_array_get(dice, i), "a die", 1, 6, fault);
    step->bank_before = whole(json_object_get(object, "b0"), "b0", 0, CORPUS_MONEY_MAX, fault);
    step->bank = whole(json_object_get(object, "bank"), "bank", 0, CORPUS_MONEY_MAX, fault);
    step->puck = (unsigned)whole(json_object_get(object, "pt"), "pt", 0, 12, fault);
    step->shooter =
        (unsigned)whole(json_object_get(object, "sh"), "sh", 1, CORPUS_STEPS_MAX + 1, fault);
    bets_read(json_object_get(object, "bets"), step, fault);
}

static void session_read(const json_t *root, struct corpus_session *session, struct fault *fault)
{
    const char *id = text_of(json_object_get(root, "id"), "id", fault);
    const json_t *steps = json_object_get(root, "steps");
    snprintf(session->id, sizeof session->id, "%s", id);
    /* It is printed: nothing in it may move a terminal's cursor. */
    for (size_t i = 0; session->id[i] != '\0'; i++) {
        if (session->id[i] < '!' || session->id[i] > '~')
            complain(fault, "id is not of plain letters");
    }
    rules_read(root, &session->rules, fault);
    session->bank = whole(json_object_get(root, "bank"), "bank", 0, CORPUS_MONEY_MAX, fault);
    session->steps_count = entries(steps, "steps", CORPUS_STEPS_MAX, fault);
    for (size_t i = 0; i < session->steps_count && !fault->found; i++)
        step_read(json_array_get(steps, i), &session->steps[i], fault);
}

bool corpus_read(struct bytes line, struct corpus_session *session,
                 char fault[static CORPUS_FAULT_SIZE])
{
    struct fault found = {.text = fault, .found = false};
    json_error_t error;
    if (line.size > CORPUS_LINE_MAX) {
        complain(&found, "the line is longer than %d bytes", CORPUS_LINE_MAX);
        return false;
    }
    json_t *root = json_loadb((const char *)line.at, line.size, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        complain(&found, "it is no JSON: %.120s", error.text);
        return false;
    }
    session->steps_count = 0;
    session_read(root, session, &found);
    json_decref(root);
    return !found.found;
}
