/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a deal and, after it, a complaint: decoding, the public check, opening and judging.
 * The seat keys are those of seeds of 32 equal bytes; n and t are the deal's own.
 */
#include "base/check.h"
#include "dice/keygen.h"

#include <sodium.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct keygen_params params_for(uint8_t n, uint8_t t, struct scalar *secrets)
{
    static struct scalar known[SEATS_MAX];
    static struct element keys[SEATS_MAX];
    if (group_element_identity(&keys[0])) {
        CHECK(sodium_init() >= 0);
        for (uint8_t i = 0; i < SEATS_MAX; i++) {
            uint8_t seed[KEYGEN_SEED_SIZE];
            memset(seed, i, sizeof seed);
            keygen_seat_key(seed, &known[i], &keys[i]);
        }
    }
    struct keygen_params params = {.epoch = 1, .n = n, .t = t};
    memcpy(params.keys, keys, sizeof keys);
    memcpy(secrets, known, sizeof known);
    return params;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keygen_deal deal;
    struct keygen_complaint complaint;
    struct scalar secrets[SEATS_MAX];
    struct bytes view = {.at = data, .size = size};
    const bool complained =
        size >= KEYGEN_COMPLAINT_SIZE &&
        keygen_complaint_decode((struct bytes){.at = data + size - KEYGEN_COMPLAINT_SIZE,
                                               .size = KEYGEN_COMPLAINT_SIZE},
                                &complaint);
    if (!keygen_deal_decode(view, &deal)) {
        if (!complained)
            return 0;
        view.size -= KEYGEN_COMPLAINT_SIZE;
        if (!keygen_deal_decode(view, &deal))
            return 0;
    }
    uint8_t memory[KEYGEN_DEAL_SIZE_MAX];
    CHECK(keygen_deal_encode(&deal, memory, sizeof memory) == view.size);
    CHECK(memcmp(memory, data, view.size) == 0);

    const struct keygen_params params = params_for(deal.n, deal.t, secrets);
    CHECK(keygen_params_valid(&params));
    if (keygen_check_deal(&params, 0, &deal) != KEYGEN_VERDICT_VALID)
        return 0;
    const uint8_t receiver = (uint8_t)(deal.n - 1);
    struct scalar share;
    uint8_t random[PROOF_RANDOM_SIZE] = {0};
    struct keygen_complaint own;
    const bool good = keygen_open_share(&params, 0, &deal, receiver, &secrets[receiver], &share);
    keygen_complain(&params, 0, &deal, receiver, &secrets[receiver], random, &own);
    CHECK(keygen_judge(&params, &deal, &own) ==
          (good ? KEYGEN_RULING_COMPLAINER : KEYGEN_RULING_DEALER));
    if (complained && complaint.dealer == 0 && complaint.complainer < deal.n)
        keygen_judge(&params, &deal, &complaint);
    return 0;
}
