/* SPDX-License-Identifier: MIT */
/* Key generation: honest runs of every size, and every way to cheat that the log can show. */
#include "seats.h"

static struct bytes text(const char *string)
{
    return (struct bytes){.at = (const uint8_t *)string, .size = strlen(string)};
}

static void every_size_of_table_shares_one_key(void **state)
{
    (void)state;
    for (uint8_t n = 1; n <= SEATS_MAX; n++) {
        static struct seats s;
        seats_deal(&s, n, n);
        for (uint8_t d = 0; d < n; d++)
            assert_int_equal(keygen_check_deal(&s.params, d, &s.deals[d]), KEYGEN_VERDICT_VALID);
        seats_generate(&s, n, n);
        assert_int_equal(s.result.n, n);
        assert_int_equal(s.result.t, quorum(n));

        /* The first t, the last t: the same secret, and it is the group key's. */
        const uint32_t first = (1u << quorum(n)) - 1;
        const struct scalar secret = secret_of(&s, first);
        const struct scalar same = secret_of(&s, first << (n - quorum(n)));
        assert_memory_equal(&secret, &same, sizeof secret);
        struct element key;
        group_multiply_base(&secret, &key);
        assert_memory_equal(&key, &s.result.group_key, sizeof key);
        for (uint8_t i = 0; i < n; i++) {
            group_multiply_base(&s.shares[i], &key);
            assert_memory_equal(&key, &s.result.share_keys[i], sizeof key);
        }
        /* One share fewer gives something else. */
        if (quorum(n) > 1) {
            const struct scalar other = secret_of(&s, first >> 1);
            assert_memory_not_equal(&secret, &other, sizeof secret);
        }
    }
}

static void a_seed_gives_the_same_deal_again_and_another_scope_another(void **state)
{
    (void)state;
    static struct seats s;
    struct keygen_deal deal;
    seats_deal(&s, 4, 1);
    keygen_deal(&s.params, 2, s.deal_seeds[2], &deal);
    assert_memory_equal(&deal, &s.deals[2], sizeof deal);
    struct keygen_params other = s.params;
    other.attempt++;
    keygen_deal(&other, 2, s.deal_seeds[2], &deal);
    for (uint8_t k = 0; k < deal.t; k++)
        assert_memory_not_equal(&deal.commitments[k], &s.deals[2].commitments[k], ELEMENT_SIZE);
    assert_memory_not_equal(&deal.box, &s.deals[2].box, ELEMENT_SIZE);
}

static void deals_survive_their_layout(void **state)
{
    (void)state;
    for (uint8_t n = 1; n <= SEATS_MAX; n++) {
        static struct seats s;
        uint8_t memory[KEYGEN_DEAL_SIZE_MAX + 1];
        struct keygen_deal deal;
        seats_deal(&s, n, 20);
        const size_t size = keygen_deal_encode(&s.deals[0], memory, sizeof memory);
        assert_int_equal(size, KEYGEN_DEAL_SIZE(n, quorum(n)));
        assert_true(keygen_deal_decode((struct bytes){memory, size}, &deal));
        assert_memory_equal(&deal, &s.deals[0], sizeof deal);
        assert_false(keygen_deal_decode((struct bytes){memory, size + 1}, &deal));
        for (size_t cut = 0; cut < size; cut++)
            assert_false(keygen_deal_decode((struct bytes){memory, cut}, &deal));
        assert_int_equal(keygen_deal_encode(&s.deals[0], memory, size - 1), 0);
    }
    assert_int_equal(KEYGEN_DEAL_SIZE(4, 3), 450);
}

static void counts_out_of_range_do_not_decode(void **state)
{
    (void)state;
    uint8_t memory[KEYGEN_DEAL_SIZE(17, 17)] = {0};
    static const uint8_t counts[][2] = {{0, 0}, {1, 0}, {0, 1}, {3, 4}, {17, 12}, {17, 17}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct keygen_deal deal;
        memcpy(memory, counts[i], 2);
        assert_false(keygen_deal_decode(
            (struct bytes){memory, KEYGEN_DEAL_SIZE(counts[i][0], counts[i][1])}, &deal));
    }
}

static void seat_keys_prove_their_possession(void **state)
{
    (void)state;
    uint8_t seed[KEYGEN_SEED_SIZE];
    uint8_t random[PROOF_RANDOM_SIZE];
    struct scalar secret;
    struct element key;
    struct proof proof;
    fill(seed, sizeof seed, "seat", 0);
    fill(random, sizeof random, "random", 0);
    keygen_seat_key(seed, &secret, &key);
    keygen_seat_prove(&secret, &key, text("Ann"), random, &proof);
    assert_true(keygen_seat_verify(&key, text("Ann"), &proof));
    assert_false(keygen_seat_verify(&key, text("Bob"), &proof));
    const struct element identity = {{0}};
    assert_false(keygen_seat_verify(&identity, text("Ann"), &proof));
}

static void unusable_parameters_are_refused(void **state)
{
    (void)state;
    static struct seats s;
    seats_deal(&s, 4, 2);
    static const uint8_t counts[][2] = {{0, 0}, {4, 0}, {4, 5}, {17, 12}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct keygen_params params = s.params;
        params.n = counts[i][0];
        params.t = counts[i][1];
        assert_false(keygen_params_valid(&params));
    }
    struct keygen_params params = s.params;
    memset(&params.keys[3], 0, sizeof params.keys[3]);
    assert_false(keygen_params_valid(&params));
    memset(&params.keys[3], 0xff, sizeof params.keys[3]);
    assert_false(keygen_params_valid(&params));
}

static void deals_are_bound_to_everything_about_the_attempt(void **state)
{
    (void)state;
    static struct seats s;
    seats_deal(&s, 4, 3);
    struct keygen_params changed[5];
    for (size_t i = 0; i < 5; i++)
        changed[i] = s.params;
    changed[0].instance.bytes[7] ^= 1;
    changed[1].epoch++;
    changed[2].attempt++;
    changed[3].list_hash.bytes[31] ^= 0x80;
    changed[4].t = 2;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(keygen_check_deal(&changed[i], 0, &s.deals[0]), KEYGEN_VERDICT_POSSESSION);
    assert_int_equal(keygen_check_deal(&changed[4], 0, &s.deals[0]), KEYGEN_VERDICT_SHAPE);
    /* Nor may another seat send it as its own. */
    assert_int_equal(keygen_check_deal(&s.params, 1, &s.deals[0]), KEYGEN_VERDICT_POSSESSION);
}

static void a_copied_box_is_refused(void **state)
{
    (void)state;
    static struct seats s;
    seats_deal(&s, 4, 4);
    struct keygen_deal deal = s.deals[1];
    deal.box = s.deals[0].box;
    deal.box_proof = s.deals[0].box_proof;
    assert_int_equal(keygen_check_deal(&s.params, 1, &deal), KEYGEN_VERDICT_BOX);
}

static void a_rogue_key_is_refused(void **state)
{
    (void)state;
    /* Seat 3 deals last and wants the group key to be its own: C_0 = own - sum of the others. */
    static struct seats s;
    seats_deal(&s, 4, 5);
    const struct scalar minus_one = group_scalar(-1);
    struct keygen_deal deal = s.deals[3];
    for (uint8_t d = 0; d < 3; d++) {
        struct element negated;
        assert_true(group_multiply(&minus_one, &s.deals[d].commitments[0], &negated));
        assert_true(group_add(&deal.commitments[0], &negated, &deal.commitments[0]));
    }
    assert_int_equal(keygen_check_deal(&s.params, 3, &deal), KEYGEN_VERDICT_POSSESSION);
}

static void elements_that_are_none_are_refused(void **state)
{
    (void)state;
    static struct seats s;
    seats_deal(&s, 4, 6);
    for (int value = 0; value < 256; value += 255) {
        for (uint8_t k = 0; k <= s.params.t; k++) {
            struct keygen_deal deal = s.deals[0];
            memset(k < s.params.t ? &deal.commitments[k] : &deal.box, value, ELEMENT_SIZE);
            assert_int_equal(keygen_check_deal(&s.params, 0, &deal), KEYGEN_VERDICT_ELEMENT);
        }
    }
}

/* Lets the receiver complain about dealer's deal and returns the ruling. */
static enum keygen_ruling ruling_on(const struct seats *s, uint8_t dealer, uint8_t receiver)
{
    uint8_t random[PROOF_RANDOM_SIZE];
    uint8_t memory[KEYGEN_COMPLAINT_SIZE];
    struct keygen_complaint complaint;
    struct keygen_complaint copy;
    fill(random, sizeof random, "complaint", (uint64_t)dealer * SEATS_MAX + receiver);
    keygen_complain(&s->params, dealer, &s->deals[dealer], receiver, &s->secrets[receiver], random,
                    &complaint);
    keygen_complaint_encode(&complaint, memory);
    assert_false(keygen_complaint_decode((struct bytes){memory, sizeof memory - 1}, &copy));
    assert_true(keygen_complaint_decode((struct bytes){memory, sizeof memory}, &copy));
    assert_memory_equal(&complaint, &copy, sizeof copy);
    return keygen_judge(&s->params, &s->deals[dealer], &copy);
}

static void a_complaint_about_a_good_deal_convicts_the_complainer(void **state)
{
    (void)state;
    static struct seats s;
    seats_deal(&s, 5, 7);
    for (uint8_t d = 0; d < 5; d++)
        for (uint8_t j = 0; j < 5; j++)
            assert_int_equal(ruling_on(&s, d, j), KEYGEN_RULING_COMPLAINER);
}

static void a_complaint_with_the_wrong_key_convicts_the_complainer(void **state)
{
    (void)state;
    /* The deal is bad for seat 1, yet the key that seat 2 shows is not its own box's. */
    static struct seats s;
    uint8_t random[PROOF_RANDOM_SIZE];
    struct keygen_complaint complaint;
    seats_deal(&s, 4, 8);
    s.deals[0].shares[1][0] ^= 1;
    fill(random, sizeof random, "complaint", 0);
    keygen_complain(&s.params, 0, &s.deals[0], 2, &s.secrets[1], random, &complaint);
    assert_int_equal(keygen_judge(&s.params, &s.deals[0], &complaint), KEYGEN_RULING_COMPLAINER);
    keygen_complain(&s.params, 0, &s.deals[0], 1, &s.secrets[1], random, &complaint);
    assert_int_equal(keygen_judge(&s.params, &s.deals[0], &complaint), KEYGEN_RULING_DEALER);
    for (size_t bit = 0; bit < 8 * (sizeof complaint.key + sizeof complaint.proof); bit++) {
        uint8_t memory[KEYGEN_COMPLAINT_SIZE];
        struct keygen_complaint bad;
        keygen_complaint_encode(&complaint, memory);
        memory[2 + bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(keygen_complaint_decode((struct bytes){memory, sizeof memory}, &bad));
        assert_int_equal(keygen_judge(&s.params, &s.deals[0], &bad), KEYGEN_RULING_COMPLAINER);
    }
}

/* Seals any 32 bytes for a receiver, as keygen.h's byte formats say. */
static void seal(struct seats *s, uint8_t dealer, uint8_t receiver, const uint8_t share[32])
{
    struct element common;
    uint8_t hash[32];
    uint8_t key[32];
    uint8_t zero[24] = {0};
    uint8_t scope[8 + 4 + 2 + 2];
    const struct keygen_params *p = &s->params;
    struct keygen_deal *deal = &s->deals[dealer];
    assert_true(group_multiply(&s->secrets[receiver], &deal->box, &common));
    for (size_t i = 0; i < 8; i++)
        scope[i] = (uint8_t)(p->epoch >> (56 - 8 * i));
    for (size_t i = 0; i < 4; i++)
        scope[8 + i] = (uint8_t)(p->attempt >> (24 - 8 * i));
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof key);
    crypto_generichash_update(&state, (const uint8_t *)"BitCraps-box-v1", 15);
    crypto_generichash_update(&state, common.bytes, 32);
    crypto_generichash_update(&state, p->instance.bytes, 32);
    crypto_generichash_update(&state, scope, 12);
    crypto_generichash_update(&state, p->list_hash.bytes, 32);
    crypto_generichash_update(&state, (const uint8_t[]){p->n, p->t, dealer, receiver}, 4);
    crypto_generichash_final(&state, key, sizeof key);
    crypto_generichash(hash, sizeof hash, deal->commitments[0].bytes, 32u * deal->t, NULL, 0);
    crypto_aead_xchacha20poly1305_ietf_encrypt(deal->shares[receiver], NULL, share, 32, hash,
                                               sizeof hash, NULL, zero, key);
}

static void a_wrong_share_convicts_its_dealer(void **state)
{
    (void)state;
    static struct seats s;
    struct scalar share;
    seats_deal(&s, 4, 9);
    assert_true(keygen_open_share(&s.params, 1, &s.deals[1], 2, &s.secrets[2], &share));
    const struct scalar good = share;
    const struct keygen_deal deal = s.deals[1];
    seal(&s, 1, 2, good.bytes);
    assert_memory_equal(&deal, &s.deals[1], sizeof deal); /* The formats are as written. */

    struct scalar bad[3] = {good, good, group_scalar(0)};
    const struct scalar one = group_scalar(1);
    struct scalar order;
    hex_into("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", &order,
             sizeof order);
    crypto_core_ristretto255_scalar_add(bad[0].bytes, good.bytes, one.bytes);
    sodium_add(bad[1].bytes, order.bytes, SCALAR_SIZE); /* The right one, not canonical. */
    for (size_t i = 0; i < 3; i++) {
        seal(&s, 1, 2, bad[i].bytes);
        assert_int_equal(keygen_check_deal(&s.params, 1, &s.deals[1]), KEYGEN_VERDICT_VALID);
        assert_false(keygen_open_share(&s.params, 1, &s.deals[1], 2, &s.secrets[2], &share));
        assert_true(sodium_is_zero(share.bytes, SCALAR_SIZE));
        assert_int_equal(ruling_on(&s, 1, 2), KEYGEN_RULING_DEALER);
        /* The others have nothing to complain about. */
        assert_true(keygen_open_share(&s.params, 1, &s.deals[1], 3, &s.secrets[3], &share));
        assert_int_equal(ruling_on(&s, 1, 3), KEYGEN_RULING_COMPLAINER);
    }
}

static void a_changed_bit_of_a_deal_is_refused_or_convicts_its_dealer(void **state)
{
    (void)state;
    static struct seats s;
    uint8_t memory[KEYGEN_DEAL_SIZE(3, 3)];
    seats_deal(&s, 3, 10);
    const size_t size = keygen_deal_encode(&s.deals[0], memory, sizeof memory);
    assert_int_equal(size, sizeof memory);
    for (size_t bit = 0; bit < size * 8; bit += 5) { /* 5 and 8 have no common factor. */
        memory[bit / 8] ^= (uint8_t)(1 << bit % 8);
        const bool decoded = keygen_deal_decode((struct bytes){memory, sizeof memory}, &s.deals[0]);
        memory[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (!decoded || keygen_check_deal(&s.params, 0, &s.deals[0]) != KEYGEN_VERDICT_VALID)
            continue;
        unsigned convictions = 0;
        for (uint8_t j = 0; j < 3; j++) {
            struct scalar share;
            if (!keygen_open_share(&s.params, 0, &s.deals[0], j, &s.secrets[j], &share)) {
                assert_int_equal(ruling_on(&s, 0, j), KEYGEN_RULING_DEALER);
                convictions++;
            }
        }
        assert_true(convictions > 0);
    }
}

static void a_share_that_does_not_fit_its_key_is_not_used(void **state)
{
    (void)state;
    static struct seats s;
    struct scalar received[4];
    struct scalar share;
    seats_generate(&s, 4, 11);
    for (uint8_t d = 0; d < 4; d++)
        assert_true(keygen_open_share(&s.params, d, &s.deals[d], 0, &s.secrets[0], &received[d]));
    assert_true(keygen_share(&s.result, 0, received, &share));
    assert_false(keygen_share(&s.result, 1, received, &share));
    received[3] = group_scalar(7);
    assert_false(keygen_share(&s.result, 0, received, &share));
    assert_true(sodium_is_zero(share.bytes, SCALAR_SIZE));
}

static void dealers_that_cancel_out_give_no_key(void **state)
{
    (void)state;
    /* Only colluding dealers can: here with commitments that add up to the identity. */
    static struct seats s;
    seats_deal(&s, 2, 12);
    const struct scalar minus_one = group_scalar(-1);
    assert_true(group_multiply(&minus_one, &s.deals[0].commitments[0], &s.deals[1].commitments[0]));
    assert_false(seats_finish(&s));
    /* Share key of position 1: C_0 + C_1 summed over both dealers. */
    seats_deal(&s, 2, 12);
    struct element others = {{0}};
    assert_true(group_add(&others, &s.deals[0].commitments[0], &others));
    assert_true(group_add(&others, &s.deals[0].commitments[1], &others));
    assert_true(group_add(&others, &s.deals[1].commitments[0], &others));
    assert_true(group_multiply(&minus_one, &others, &s.deals[1].commitments[1]));
    assert_false(seats_finish(&s));
}

static void the_transcript_covers_every_byte_of_every_deal(void **state)
{
    (void)state;
    static struct seats s;
    seats_deal(&s, 2, 13);
    assert_true(seats_finish(&s));
    const struct digest before = s.result.transcript;
    for (uint8_t d = 0; d < 2; d++) {
        s.deals[d].shares[1][47] ^= 1;
        assert_true(seats_finish(&s));
        assert_memory_not_equal(&before, &s.result.transcript, sizeof before);
        s.deals[d].shares[1][47] ^= 1;
        s.deals[d].possession.response.bytes[0] ^= 1;
        assert_true(seats_finish(&s));
        assert_memory_not_equal(&before, &s.result.transcript, sizeof before);
        s.deals[d].possession.response.bytes[0] ^= 1;
    }
    s.params.attempt++;
    assert_true(seats_finish(&s));
    assert_memory_not_equal(&before, &s.result.transcript, sizeof before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_of_table_shares_one_key),
        cmocka_unit_test(a_seed_gives_the_same_deal_again_and_another_scope_another),
        cmocka_unit_test(deals_survive_their_layout),
        cmocka_unit_test(counts_out_of_range_do_not_decode),
        cmocka_unit_test(seat_keys_prove_their_possession),
        cmocka_unit_test(unusable_parameters_are_refused),
        cmocka_unit_test(deals_are_bound_to_everything_about_the_attempt),
        cmocka_unit_test(a_copied_box_is_refused),
        cmocka_unit_test(a_rogue_key_is_refused),
        cmocka_unit_test(elements_that_are_none_are_refused),
        cmocka_unit_test(a_complaint_about_a_good_deal_convicts_the_complainer),
        cmocka_unit_test(a_complaint_with_the_wrong_key_convicts_the_complainer),
        cmocka_unit_test(a_wrong_share_convicts_its_dealer),
        cmocka_unit_test(a_changed_bit_of_a_deal_is_refused_or_convicts_its_dealer),
        cmocka_unit_test(a_share_that_does_not_fit_its_key_is_not_used),
        cmocka_unit_test(dealers_that_cancel_out_give_no_key),
        cmocka_unit_test(the_transcript_covers_every_byte_of_every_deal),
    };
    if (sodium_init() < 0)
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
