/* SPDX-License-Identifier: MIT */
/* How tables come and go: houses from text, and whole tables as bytes. */
#include "binding/binding.h"

#include <stdlib.h>

#include "craps/house.h"

/* What an encoded table begins with: its name and the version of the encoding. */
static const uint8_t magic[] = {'b', 'c', 't', 1};

#define ENCODED_MAX (sizeof magic + CRAPS_RULES_ENCODED_SIZE + 2 + CRAPS_ENCODED_MAX)

/* ---- Houses as text ---- */

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
