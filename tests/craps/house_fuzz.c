/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the settings of a house as people write them, "name=value" with blanks between: whatever
 * is taken leaves rules without a fault, which a card can be made of and their differences from the
 * preset bring back.
 */
#include <string.h>

#include "base/check.h"
#include "craps/card.h"
#include "craps/house.h"
#include "craps/sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct craps_card card;

/* Sets what it can. Returns how many were refused. */
static size_t set_words(struct craps_rules *rules, struct bytes words)
{
    char sentence[CRAPS_HOUSE_SENTENCE_SIZE];
    size_t refused = 0;
    while (words.size > 0) {
        const uint8_t *end = memchr(words.at, ' ', words.size);
        const size_t size = end == NULL ? words.size : (size_t)(end - words.at);
        if (!craps_house_set_pair(rules, (struct bytes){words.at, size}, sentence)) {
            CHECK(strlen(sentence) > 0);
            refused++;
        }
        const size_t taken = end == NULL ? size : size + 1;
        words = (struct bytes){words.at + taken, words.size - taken};
    }
    return refused;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct craps_rules from = craps_preset_at(data[0] % 4)->rules();
    struct craps_rules rules = from;
    set_words(&rules, (struct bytes){data + 1, size - 1});
    CHECK(craps_rules_fault(&rules) == NULL);
    craps_card_make(&card, &rules);
    struct craps_sign sign;
    for (unsigned kind = 0; kind < CRAPS_KIND_COUNT; kind++) {
        if (craps_sign(&rules, kind, &sign))
            CHECK(strlen(sign.pays) > 0);
    }
    char text[CRAPS_HOUSE_TEXT_SIZE];
    craps_house_differences(&rules, &from, text);
    struct craps_rules again = from;
    CHECK(set_words(&again, (struct bytes){(const uint8_t *)text, strlen(text)}) == 0);
    uint8_t bytes[2][CRAPS_RULES_ENCODED_SIZE];
    struct writer one = writer_on(bytes[0], sizeof bytes[0]);
    struct writer two = writer_on(bytes[1], sizeof bytes[1]);
    craps_rules_encode(&rules, &one);
    craps_rules_encode(&again, &two);
    CHECK(memcmp(bytes[0], bytes[1], sizeof bytes[0]) == 0);
    return 0;
}
