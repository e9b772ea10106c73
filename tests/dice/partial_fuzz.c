/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a partial of a fixed roll, under the share key of a fixed secret: only one value is
 * ever accepted. What is left over of the input is combined as values.
 */
#include "base/check.h"
#include "dice/keygen.h"
#include "dice/roll.h"

#include <sodium.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct roll_statement statement;
    static struct element key;
    static struct element value;
    if (group_element_identity(&key)) {
        CHECK(sodium_init() >= 0);
        const uint8_t seed[KEYGEN_SEED_SIZE] = {1};
        const struct roll_input input = {.number = 1};
        struct scalar share;
        keygen_seat_key(seed, &share, &key);
        roll_prepare(&input, &statement);
        CHECK(group_multiply(&share, &statement.base, &value));
    }
    struct roll_partial partial;
    if (size < ROLL_PARTIAL_SIZE ||
        !roll_partial_decode((struct bytes){.at = data, .size = ROLL_PARTIAL_SIZE}, &partial))
        return 0;
    if (roll_verify_partial(&statement, &key, &partial))
        CHECK(memcmp(&partial.value, &value, sizeof value) == 0);

    data += ROLL_PARTIAL_SIZE;
    size -= ROLL_PARTIAL_SIZE;
    struct element values[SEATS_MAX] = {{{0}}};
    struct roll_weights weights = {0};
    struct element V;
    memcpy(values, data, size < sizeof values ? size : sizeof values);
    roll_weigh(&weights, 0x8013);
    if (roll_combine(&weights, values, &V)) {
        CHECK(group_element_valid(&V));
        const struct roll_dice dice = roll_dice(&statement, &V);
        CHECK(dice.first >= 1 && dice.first <= 6 && dice.second >= 1 && dice.second <= 6);
    }
    return 0;
}
