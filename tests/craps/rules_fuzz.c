/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes what a table's genesis and snapshot bring: rules, then a felt. What is read writes the
 * same bytes, and can be played on.
 */
#include <string.h>

#include "base/check.h"
#include "craps/craps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct craps craps;
static struct craps_card card;
static struct craps_decision decisions[CRAPS_DECISIONS_MAX];
static uint8_t again[CRAPS_ENCODED_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct craps_rules rules;
    struct reader in = reader_on((struct bytes){data, size});
    if (craps_rules_decode(&in, &rules) != NULL) {
        rules = craps_rules_casino();
        in = reader_on((struct bytes){data, size});
    } else {
        struct writer out = writer_on(again, sizeof again);
        craps_rules_encode(&rules, &out);
        CHECK(!out.failed && memcmp(again, data, out.used) == 0);
    }
    const uint8_t *start = in.at;
    if (!craps_decode(&in, &craps))
        return 0;
    struct writer out = writer_on(again, sizeof again);
    craps_encode(&craps, &out);
    CHECK(!out.failed && out.used == (size_t)(in.at - start));
    CHECK(memcmp(again, start, out.used) == 0);
    craps_card_make(&card, &rules);
    for (unsigned roll = 0; roll < 36; roll++) {
        struct craps played = craps;
        craps_roll(&played, &card, UINT16_MAX, roll / 6 + 1, roll % 6 + 1, decisions);
    }
    return 0;
}
