/* SPDX-License-Identifier: MIT */
/*
 * libbitcraps: the public functions, over the engine. Everything from outside is looked at here, so
 * that no argument can reach a CHECK of the engine.
 */
#include "config.h"

#include <bitcraps/craps.h>

#include <stdlib.h>
#include <string.h>

#include "craps/craps.h"
#include "craps/house.h"
#include "craps/sentence.h"
#include "craps/text.h"

/* The engine's numbers are the public ones. */
#define SAME(ours, public) _Static_assert((int)(ours) == (int)(public), #public " is what it was")
SAME(CRAPS_ACCEPTED, BITCRAPS_ACCEPTED);
SAME(CRAPS_REFUSED_UNKNOWN, BITCRAPS_REFUSED_UNKNOWN);
SAME(CRAPS_REFUSED_NUMBER, BITCRAPS_REFUSED_NUMBER);
SAME(CRAPS_REFUSED_NOT_OFFERED, BITCRAPS_REFUSED_NOT_OFFERED);
SAME(CRAPS_REFUSED_POINT_IS_ON, BITCRAPS_REFUSED_POINT_IS_ON);
SAME(CRAPS_REFUSED_POINT_IS_OFF, BITCRAPS_REFUSED_POINT_IS_OFF);
SAME(CRAPS_REFUSED_NO_FLAT, BITCRAPS_REFUSED_NO_FLAT);
SAME(CRAPS_REFUSED_BY_DICE, BITCRAPS_REFUSED_BY_DICE);
SAME(CRAPS_REFUSED_BELOW_MIN, BITCRAPS_REFUSED_BELOW_MIN);
SAME(CRAPS_REFUSED_ABOVE_MAX, BITCRAPS_REFUSED_ABOVE_MAX);
SAME(CRAPS_REFUSED_FULL, BITCRAPS_REFUSED_FULL);
SAME(CRAPS_REFUSED_IMPROPER, BITCRAPS_REFUSED_IMPROPER);
SAME(CRAPS_REFUSED_CONTRACT, BITCRAPS_REFUSED_CONTRACT);
SAME(CRAPS_REFUSED_NO_BET, BITCRAPS_REFUSED_NO_BET);
SAME(CRAPS_REFUSED_ALWAYS_WORKS, BITCRAPS_REFUSED_ALWAYS_WORKS);
SAME(CRAPS_REFUSED_HAND_BEGAN, BITCRAPS_REFUSED_HAND_BEGAN);
SAME(CRAPS_REFUSED_SINCE_SEVEN, BITCRAPS_REFUSED_SINCE_SEVEN);
SAME(CRAPS_REFUSED_TAKES_ALL, BITCRAPS_REFUSED_TAKES_ALL);
SAME(CRAPS_REFUSED_LEAVES_ODDS, BITCRAPS_REFUSED_LEAVES_ODDS);
SAME(CRAPS_WORKING_DEFAULT, BITCRAPS_WORKING_DEFAULT);
SAME(CRAPS_WORKING_ON, BITCRAPS_WORKING_ON);
SAME(CRAPS_WORKING_OFF, BITCRAPS_WORKING_OFF);
SAME(CRAPS_WIN, BITCRAPS_WIN);
SAME(CRAPS_LOSE, BITCRAPS_LOSE);
SAME(CRAPS_PUSH, BITCRAPS_PUSH);
SAME(CRAPS_TRAVEL, BITCRAPS_TRAVEL);
SAME(CRAPS_RETURNED, BITCRAPS_RETURNED);
SAME(SEATS_MAX, BITCRAPS_SEATS);
_Static_assert(BITCRAPS_NAME_SIZE >= CRAPS_BET_NAME_SIZE, "any name fits");
_Static_assert(BITCRAPS_SENTENCE_SIZE >= CRAPS_SENTENCE_SIZE, "any refusal fits");
_Static_assert(BITCRAPS_SENTENCE_SIZE >= CRAPS_HOUSE_SENTENCE_SIZE, "any fault of a house fits");

/* What an encoded table begins with: its name and the version of the encoding. */
static const uint8_t magic[] = {'b', 'c', 't', 1};

#define ENCODED_MAX (sizeof magic + CRAPS_RULES_ENCODED_SIZE + 2 + CRAPS_ENCODED_MAX)

struct bitcraps_craps {
    struct craps craps;
    struct craps_card card;
    uint16_t players;
    size_t offers_count;
    size_t bets_count;
    size_t decisions_count;
    char sentence[BITCRAPS_SENTENCE_SIZE];
    struct bitcraps_offer offer;
    /* Lists, of which only the first so many are in use. */
    struct bitcraps_offer offers[CRAPS_SPOT_COUNT];
    struct bitcraps_lying bets[CRAPS_SPOT_COUNT];
    struct bitcraps_decision decisions[CRAPS_DECISIONS_MAX];
    struct craps_decision decided[CRAPS_DECISIONS_MAX]; /* As the engine writes them. */
};

const char *bitcraps_version(void)
{
    return PACKAGE_VERSION;
}

/* ---- Bets as numbers: the kind's place in its signed order, and the number ---- */

static int code_of(struct craps_bet bet)
{
    return bet.kind << 8 | bet.number;
}

/* False when there is no such kind; the engine refuses numbers that do not exist. */
static bool bet_of(int code, struct craps_bet *bet)
{
    if (code < 0 || code > UINT16_MAX)
        return false;
    *bet = (struct craps_bet){.kind = (uint8_t)(code >> 8), .number = (uint8_t)(code & 0xff)};
    return bet->kind < CRAPS_KIND_COUNT || bet->kind == CRAPS_ODDS;
}

/* Copies words with their zero, cut to the size; returns how long they are. */
static int give(const char *words, char *text, size_t size)
{
    if (text != NULL && size > 0) {
        struct text out = text_on(text, size);
        text_words(&out, words);
    }
    return (int)strlen(words);
}

static struct bytes bytes_of(const char *words)
{
    return (struct bytes){.at = (const uint8_t *)words, .size = strlen(words)};
}

int bitcraps_bet(const char *name)
{
    struct craps_bet bet;
    if (name == NULL || !craps_bet_parse(bytes_of(name), &bet))
        return BITCRAPS_WRONG;
    return code_of(bet);
}

int bitcraps_bet_name(int code, char *name, size_t size)
{
    char whole[CRAPS_BET_NAME_SIZE];
    struct craps_bet bet;
    struct craps_bet again;
    if (!bet_of(code, &bet) ||
        (bet.kind != CRAPS_ODDS && bet.number != 0 && craps_spot(bet) == CRAPS_SPOT_NONE))
        return BITCRAPS_WRONG;
    craps_bet_name(bet, whole);
    /* A number that the bet cannot have gives no name. */
    if (!craps_bet_parse(bytes_of(whole), &again) || code_of(again) != code)
        return BITCRAPS_WRONG;
    return give(whole, name, size);
}

int bitcraps_call(int puck, int d1, int d2, char *call, size_t size)
{
    char whole[CRAPS_SENTENCE_SIZE];
    if (puck < 0 || puck == 1 || puck == 7 || puck > 12 || d1 < 1 || d1 > 6 || d2 < 1 || d2 > 6)
        return BITCRAPS_WRONG;
    craps_call((unsigned)puck, (unsigned)d1, (unsigned)d2, whole);
    return give(whole, call, size);
}

/* ---- Houses ---- */

const char *bitcraps_preset(size_t index, const char **description)
{
    const struct craps_preset *preset = craps_preset_at(index);
    if (preset == NULL)
        return NULL;
    if (description != NULL)
        *description = preset->description;
    return preset->name;
}

const char *bitcraps_setting(size_t index, const char **form, const char **summary)
{
    const struct craps_house_setting *setting = craps_house_at(index);
    if (setting == NULL)
        return NULL;
    if (form != NULL)
        *form = setting->form;
    if (summary != NULL)
        *summary = setting->summary;
    return setting->name;
}

static bool is_space(char letter)
{
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

/* The next word of a text, which moves behind it; empty at the end. */
static struct bytes next_word(const char **text)
{
    while (is_space(**text))
        ++*text;
    const char *from = *text;
    while (**text != '\0' && !is_space(**text))
        ++*text;
    return (struct bytes){.at = (const uint8_t *)from, .size = (size_t)(*text - from)};
}

/* Reads a house; false: fault says why. */
static bool house_read(const char *house, struct craps_rules *rules,
                       char fault[static CRAPS_HOUSE_SENTENCE_SIZE])
{
    const char *rest = house == NULL ? "" : house;
    struct bytes word = next_word(&rest);
    *rules = craps_rules_casino();
    if (word.size > 0 && memchr(word.at, '=', word.size) == NULL) {
        if (!craps_house_preset(rules, word, fault))
            return false;
        word = next_word(&rest);
    }
    for (; word.size > 0; word = next_word(&rest)) {
        if (!craps_house_set_pair(rules, word, fault))
            return false;
    }
    return true;
}

/* ---- A table's life ---- */

static struct bitcraps_craps *make(const struct craps_rules *rules, char *sentence, size_t size)
{
    struct bitcraps_craps *craps = calloc(1, sizeof *craps);
    if (craps == NULL) {
        give("There is no memory for another table.", sentence, size);
        return NULL;
    }
    craps_init(&craps->craps);
    craps_set_shooter(&craps->craps, 0);
    craps_card_make(&craps->card, rules);
    craps->players = 1;
    return craps;
}

struct bitcraps_craps *bitcraps_craps_create(const char *house, char *sentence, size_t size)
{
    char fault[CRAPS_HOUSE_SENTENCE_SIZE] = "";
    struct craps_rules rules;
    const bool sound = house_read(house, &rules, fault);
    give(fault, sentence, size);
    return sound ? make(&rules, sentence, size) : NULL;
}

struct bitcraps_craps *bitcraps_craps_copy(const struct bitcraps_craps *craps)
{
    struct bitcraps_craps *copy = craps == NULL ? NULL : malloc(sizeof *copy);
    if (copy == NULL)
        return NULL;
    memcpy(copy, craps, offsetof(struct bitcraps_craps, offers));
    memcpy(copy->offers, craps->offers, craps->offers_count * sizeof craps->offers[0]);
    memcpy(copy->bets, craps->bets, craps->bets_count * sizeof craps->bets[0]);
    memcpy(copy->decisions, craps->decisions, craps->decisions_count * sizeof craps->decisions[0]);
    return copy;
}

void bitcraps_craps_destroy(struct bitcraps_craps *craps)
{
    free(craps);
}

int bitcraps_craps_house(const struct bitcraps_craps *craps, char *text, size_t size)
{
    char settings[CRAPS_HOUSE_TEXT_SIZE];
    char whole[CRAPS_HOUSE_TEXT_SIZE + BITCRAPS_NAME_SIZE];
    if (craps == NULL)
        return BITCRAPS_WRONG;
    const struct craps_preset *preset = craps_house_nearest(&craps->card.rules);
    const struct craps_rules rules = preset->rules();
    const size_t count = craps_house_differences(&craps->card.rules, &rules, settings);
    struct text out = text_on(whole, sizeof whole);
    text_words(&out, preset->name);
    if (count > 0) {
        text_words(&out, " ");
        text_words(&out, settings);
    }
    return give(whole, text, size);
}

size_t bitcraps_craps_encode(const struct bitcraps_craps *craps, void *bytes, size_t size)
{
    uint8_t whole[ENCODED_MAX];
    if (craps == NULL)
        return 0;
    struct writer out = writer_on(whole, sizeof whole);
    write_bytes(&out, magic, sizeof magic);
    craps_rules_encode(&craps->card.rules, &out);
    write_u16(&out, craps->players);
    craps_encode(&craps->craps, &out);
    if (bytes != NULL && out.used <= size)
        memcpy(bytes, whole, out.used);
    return out.used;
}

/* Whether what lies on a felt can lie at this table. */
static bool felt_sound(const struct bitcraps_craps *craps)
{
    const struct craps *felt = &craps->craps;
    if (felt->puck != 0 && (craps->card.points >> felt->puck & 1) == 0)
        return false;
    for (unsigned seat = 0; seat < SEATS_MAX; seat++) {
        for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
            const uint32_t lies = felt->seats[seat].stakes[spot];
            if (lies > CRAPS_STAKE_MAX || (lies > 0 && craps->card.spots[spot].most == 0))
                return false;
        }
    }
    return true;
}

/* Reads a table off the reader into one that has a card already; false when it is none. */
static bool felt_read(struct reader *in, struct bitcraps_craps *craps)
{
    craps->players = read_u16(in);
    return craps_decode(in, &craps->craps) && !in->failed && in->size == 0 && felt_sound(craps);
}

struct bitcraps_craps *bitcraps_craps_decode(const void *bytes, size_t size, char *sentence,
                                             size_t sentence_size)
{
    static const char none[] = "These are not the bytes of a table.";
    struct craps_rules rules;
    struct reader in = reader_on((struct bytes){.at = bytes, .size = bytes == NULL ? 0 : size});
    const uint8_t *begin = read_bytes(&in, sizeof magic);
    give(none, sentence, sentence_size);
    if (begin == NULL || memcmp(begin, magic, sizeof magic) != 0 ||
        craps_rules_decode(&in, &rules) != NULL || in.failed)
        return NULL;
    struct bitcraps_craps *craps = make(&rules, sentence, sentence_size);
    if (craps == NULL)
        return NULL;
    if (!felt_read(&in, craps)) {
        free(craps);
        return NULL;
    }
    give("", sentence, sentence_size);
    return craps;
}

const char *bitcraps_craps_sentence(const struct bitcraps_craps *craps)
{
    return craps == NULL ? "" : craps->sentence;
}

/* ---- Bets ---- */

/* Whether a call's arguments are such; the last refusal is over either way. */
static bool begin(struct bitcraps_craps *craps, int seat)
{
    if (craps == NULL)
        return false;
    craps->sentence[0] = '\0';
    return seat >= 0 && seat < BITCRAPS_SEATS;
}

/* Ends a call that returned money, or why it was refused. */
static int end(struct bitcraps_craps *craps, enum craps_verdict verdict,
               const struct craps_refusal *why, const struct craps_money *money, int64_t *sum)
{
    if (verdict != CRAPS_ACCEPTED)
        craps_refusal_sentence(why, craps->sentence);
    else if (sum != NULL)
        *sum = money->stake + money->vig;
    return (int)verdict;
}

int bitcraps_craps_place(struct bitcraps_craps *craps, int seat, int code, int64_t amount,
                         int64_t *cost)
{
    struct craps_money money = {0};
    struct craps_refusal why;
    struct craps_bet bet;
    if (!begin(craps, seat) || !bet_of(code, &bet))
        return BITCRAPS_WRONG;
    const enum craps_verdict verdict =
        craps_place(&craps->craps, &craps->card, (unsigned)seat, bet, amount, &money, &why);
    return end(craps, verdict, &why, &money, cost);
}

int bitcraps_craps_take_down(struct bitcraps_craps *craps, int seat, int code, int64_t amount,
                             int64_t *back)
{
    struct craps_money money = {0};
    struct craps_refusal why;
    struct craps_bet bet;
    if (!begin(craps, seat) || !bet_of(code, &bet))
        return BITCRAPS_WRONG;
    const enum craps_verdict verdict =
        craps_take_down(&craps->craps, &craps->card, (unsigned)seat, bet, amount, &money, &why);
    return end(craps, verdict, &why, &money, back);
}

int bitcraps_craps_clear_seat(struct bitcraps_craps *craps, int seat, int64_t *back)
{
    struct craps_money money = {0};
    if (!begin(craps, seat))
        return BITCRAPS_WRONG;
    craps_clear_seat(&craps->craps, &craps->card, (unsigned)seat, &money);
    return end(craps, CRAPS_ACCEPTED, NULL, &money, back);
}

int bitcraps_craps_set_working(struct bitcraps_craps *craps, int seat, int code, int working)
{
    struct craps_refusal why;
    struct craps_bet bet;
    if (!begin(craps, seat) || !bet_of(code, &bet) || working < BITCRAPS_WORKING_DEFAULT ||
        working > BITCRAPS_WORKING_OFF)
        return BITCRAPS_WRONG;
    const enum craps_verdict verdict =
        craps_set_working(&craps->craps, (unsigned)seat, bet, (enum craps_working)working, &why);
    return end(craps, verdict, &why, NULL, NULL);
}

static struct bitcraps_offer offer_of(const struct craps_offer *offer)
{
    return (struct bitcraps_offer){.bet = code_of(offer->bet),
                                   .least = offer->least,
                                   .most = offer->most,
                                   .unit = offer->unit};
}

const struct bitcraps_offer *bitcraps_craps_offer(struct bitcraps_craps *craps, int seat, int code)
{
    struct craps_offer offer;
    struct craps_bet bet;
    if (!begin(craps, seat) || !bet_of(code, &bet))
        return NULL;
    const enum craps_verdict verdict =
        craps_offer(&craps->craps, &craps->card, (unsigned)seat, bet, &offer);
    if (verdict != CRAPS_ACCEPTED) {
        const struct craps_refusal why = {
            .verdict = verdict, .bet = offer.bet, .puck = craps->craps.puck};
        craps_refusal_sentence(&why, craps->sentence);
        return NULL;
    }
    craps->offer = offer_of(&offer);
    return &craps->offer;
}

int bitcraps_craps_offers(struct bitcraps_craps *craps, int seat)
{
    struct craps_offer offers[CRAPS_SPOT_COUNT];
    if (!begin(craps, seat))
        return BITCRAPS_WRONG;
    craps->offers_count = craps_legal(&craps->craps, &craps->card, (unsigned)seat, offers);
    for (size_t i = 0; i < craps->offers_count; i++)
        craps->offers[i] = offer_of(&offers[i]);
    return (int)craps->offers_count;
}

const struct bitcraps_offer *bitcraps_craps_offer_at(const struct bitcraps_craps *craps, int index)
{
    if (craps == NULL || index < 0 || (size_t)index >= craps->offers_count)
        return NULL;
    return &craps->offers[index];
}

/* The vig held with one bet: what a felt with it alone holds. */
static chips vig_held(const struct bitcraps_craps *craps, unsigned seat, uint32_t spot)
{
    struct craps alone;
    struct craps_seat *only = &alone.seats[seat];
    memset(&alone, 0, sizeof alone);
    only->stakes[spot] = craps->craps.seats[seat].stakes[spot];
    only->lies.words[spot / 64] = (uint64_t)1 << spot % 64;
    return craps_lying(&alone, &craps->card, seat).vig;
}

int bitcraps_craps_bets(struct bitcraps_craps *craps, int seat)
{
    if (!begin(craps, seat))
        return BITCRAPS_WRONG;
    const struct craps_seat *of = &craps->craps.seats[seat];
    craps->bets_count = 0;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        if (of->stakes[spot] == 0)
            continue;
        craps->bets[craps->bets_count++] = (struct bitcraps_lying){
            .bet = code_of(craps_bet_at(spot)),
            .called = (int)craps_called(of, spot),
            .works = craps_works(&craps->craps, &craps->card, (unsigned)seat, spot),
            .stake = of->stakes[spot],
            .vig = vig_held(craps, (unsigned)seat, spot),
        };
    }
    return (int)craps->bets_count;
}

const struct bitcraps_lying *bitcraps_craps_bet_at(const struct bitcraps_craps *craps, int index)
{
    if (craps == NULL || index < 0 || (size_t)index >= craps->bets_count)
        return NULL;
    return &craps->bets[index];
}

int64_t bitcraps_craps_stake(const struct bitcraps_craps *craps, int seat, int code)
{
    struct craps_bet bet;
    if (craps == NULL || seat < 0 || seat >= BITCRAPS_SEATS || !bet_of(code, &bet))
        return 0;
    const uint32_t spot = craps_spot(craps_resolve(&craps->craps, (unsigned)seat, bet));
    return spot == CRAPS_SPOT_NONE ? 0 : craps->craps.seats[seat].stakes[spot];
}

int64_t bitcraps_craps_reserve(const struct bitcraps_craps *craps, int code, int64_t stake)
{
    struct craps_bet bet;
    if (craps == NULL || !bet_of(code, &bet) || stake < 0 || stake > CRAPS_STAKE_MAX)
        return 0;
    return craps_reserve(&craps->card, bet, stake);
}

int64_t bitcraps_craps_reserve_all(const struct bitcraps_craps *craps)
{
    return craps == NULL ? 0 : craps_reserve_all(&craps->craps, &craps->card);
}

/* ---- Rolls ---- */

static struct bitcraps_decision decision_of(const struct craps_decision *decision)
{
    return (struct bitcraps_decision){
        .seat = decision->seat,
        .bet = code_of(decision->bet),
        .to = code_of(decision->to),
        .outcome = decision->outcome,
        .stays = decision->stays,
        .stake = decision->stake,
        .returned = decision->returned,
        .collected = decision->collected,
        .profit = decision->profit,
        .vig = decision->vig,
        .credit = decision->returned + decision->profit - decision->vig,
    };
}

int bitcraps_craps_roll(struct bitcraps_craps *craps, int d1, int d2)
{
    if (!begin(craps, 0) || d1 < 1 || d1 > 6 || d2 < 1 || d2 > 6)
        return BITCRAPS_WRONG;
    craps->decisions_count = craps_roll(&craps->craps, &craps->card, craps->players, (unsigned)d1,
                                        (unsigned)d2, craps->decided);
    for (size_t i = 0; i < craps->decisions_count; i++)
        craps->decisions[i] = decision_of(&craps->decided[i]);
    return (int)craps->decisions_count;
}

const struct bitcraps_decision *bitcraps_craps_decision(const struct bitcraps_craps *craps,
                                                        int index)
{
    if (craps == NULL || index < 0 || (size_t)index >= craps->decisions_count)
        return NULL;
    return &craps->decisions[index];
}

int64_t bitcraps_craps_credit(const struct bitcraps_craps *craps, int seat)
{
    int64_t credit = 0;
    for (size_t i = 0; craps != NULL && i < craps->decisions_count; i++)
        credit += craps->decisions[i].seat == seat ? craps->decisions[i].credit : 0;
    return credit;
}

int bitcraps_craps_set_players(struct bitcraps_craps *craps, unsigned seats)
{
    if (!begin(craps, 0) || seats > UINT16_MAX)
        return BITCRAPS_WRONG;
    craps->players = (uint16_t)seats;
    return BITCRAPS_ACCEPTED;
}

int bitcraps_craps_set_shooter(struct bitcraps_craps *craps, int seat)
{
    if (!begin(craps, seat < 0 ? 0 : seat) || seat < -1)
        return BITCRAPS_WRONG;
    craps_set_shooter(&craps->craps, seat < 0 ? CRAPS_SEAT_NONE : (unsigned)seat);
    return BITCRAPS_ACCEPTED;
}

int bitcraps_craps_puck(const struct bitcraps_craps *craps)
{
    return craps == NULL ? 0 : craps->craps.puck;
}

int bitcraps_craps_shooter(const struct bitcraps_craps *craps)
{
    return craps == NULL || craps->craps.shooter == CRAPS_SEAT_NONE ? -1 : craps->craps.shooter;
}

int bitcraps_craps_die(const struct bitcraps_craps *craps, int which)
{
    return craps == NULL || which < 0 || which > 1 ? 0 : craps->craps.dice[which];
}

uint64_t bitcraps_craps_rolls(const struct bitcraps_craps *craps)
{
    return craps == NULL ? 0 : craps->craps.rolls;
}

uint64_t bitcraps_craps_hand_rolls(const struct bitcraps_craps *craps)
{
    return craps == NULL ? 0 : craps->craps.hand_rolls;
}
