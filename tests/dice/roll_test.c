/* SPDX-License-Identifier: MIT */
/* Rolls: any t seats give the same, no changed bit passes, and the dice are fair. */
#include "seats.h"

#include "dice/roll.h"

static struct roll_input make_input(const struct seats *s, uint64_t number)
{
    struct roll_input input = {
        .instance = s->params.instance,
        .epoch = s->params.epoch,
        .number = number,
        .transcript = s->result.transcript,
    };
    fill(&input.table, DIGEST_SIZE, "table", number);
    fill(&input.close, DIGEST_SIZE, "close", number);
    return input;
}

static void make_partials(const struct seats *s, const struct roll_statement *statement,
                          struct roll_partial *partials)
{
    for (uint8_t i = 0; i < s->params.n; i++) {
        uint8_t random[PROOF_RANDOM_SIZE];
        fill(random, sizeof random, "partial", i);
        roll_partial(statement, &s->shares[i], &s->result.share_keys[i], random, &partials[i]);
    }
}

/* V from the partials of a set of seats. */
static struct element combine(const struct roll_partial *partials, uint32_t set)
{
    struct roll_weights weights = {0};
    struct element values[SEATS_MAX];
    struct element V;
    size_t count = 0;
    for (uint8_t i = 0; i < SEATS_MAX; i++)
        if (set >> i & 1)
            values[count++] = partials[i].value;
    roll_weigh(&weights, set);
    assert_int_equal(weights.count, count);
    assert_true(roll_combine(&weights, values, &V));
    return V;
}

/* The next larger number with as many bits set (Gosper). */
static uint32_t next_set(uint32_t set)
{
    const uint32_t lowest = set & (0 - set);
    const uint32_t ripple = set + lowest;
    return ripple | ((set ^ ripple) >> 2) / lowest;
}

static void any_t_seats_give_the_value_that_the_secret_gives(void **state)
{
    (void)state;
    for (uint8_t n = 1; n <= SEATS_MAX; n++) {
        static struct seats s;
        struct roll_statement statement;
        struct roll_partial partials[SEATS_MAX];
        seats_generate(&s, n, 100 + n);
        const struct roll_input input = make_input(&s, n);
        roll_prepare(&input, &statement);
        make_partials(&s, &statement, partials);
        for (uint8_t i = 0; i < n; i++)
            assert_true(roll_verify_partial(&statement, &s.result.share_keys[i], &partials[i]));

        const uint8_t t = quorum(n);
        const struct scalar secret = secret_of(&s, (1u << t) - 1);
        struct element oracle;
        assert_true(group_multiply(&secret, &statement.base, &oracle));
        /* All sets up to 7 of 10 seats, every 41st of larger tables. */
        uint64_t tried = 0;
        for (uint32_t set = (1u << t) - 1; set < 1u << n; set = next_set(set))
            if (n <= 10 || tried++ % 41 == 0) {
                const struct element V = combine(partials, set);
                assert_memory_equal(&V, &oracle, sizeof V);
            }
        if (t > 1) {
            const struct element other = combine(partials, (1u << (t - 1)) - 1);
            assert_memory_not_equal(&other, &oracle, sizeof other);
        }
    }
}

static void weights_are_kept_for_the_same_seats_and_renewed_for_others(void **state)
{
    (void)state;
    struct roll_weights weights = {0};
    struct roll_weights fresh = {0};
    roll_weigh(&weights, 0x8005);
    weights.weights[0] = group_scalar(1); /* Would be overwritten by a second computation. */
    roll_weigh(&weights, 0x8005);
    const struct scalar one = group_scalar(1);
    assert_memory_equal(&weights.weights[0], &one, sizeof one);
    roll_weigh(&weights, 0xffff);
    roll_weigh(&fresh, 0xffff);
    assert_memory_equal(&weights, &fresh, sizeof fresh);
    assert_int_equal(fresh.count, 16);
}

static void a_value_that_is_no_element_does_not_combine(void **state)
{
    (void)state;
    struct roll_weights weights = {0};
    struct element values[2];
    struct element V;
    const struct scalar five = group_scalar(5);
    group_multiply_base(&five, &values[0]);
    memset(&values[1], 0xff, sizeof values[1]);
    roll_weigh(&weights, 3);
    assert_false(roll_combine(&weights, values, &V));
}

static void a_changed_bit_of_a_partial_or_of_its_input_is_refused(void **state)
{
    (void)state;
    static struct seats s;
    struct roll_statement statement;
    struct roll_partial partials[SEATS_MAX];
    uint8_t memory[ROLL_PARTIAL_SIZE];
    seats_generate(&s, 4, 200);
    struct roll_input input = make_input(&s, 1);
    roll_prepare(&input, &statement);
    make_partials(&s, &statement, partials);
    const struct element *key = &s.result.share_keys[2];
    roll_partial_encode(&partials[2], memory);
    for (size_t bit = 0; bit < sizeof memory * 8; bit++) {
        struct roll_partial bad;
        memory[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(roll_partial_decode((struct bytes){memory, sizeof memory}, &bad));
        assert_false(roll_verify_partial(&statement, key, &bad));
        memory[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    struct roll_partial same;
    assert_true(roll_partial_decode((struct bytes){memory, sizeof memory}, &same));
    assert_true(roll_verify_partial(&statement, key, &same));
    assert_false(roll_partial_decode((struct bytes){memory, sizeof memory - 1}, &same));
    assert_false(roll_verify_partial(&statement, &s.result.share_keys[1], &partials[2]));

    uint8_t *const fields[] = {input.instance.bytes, input.table.bytes, input.close.bytes,
                               input.transcript.bytes};
    for (size_t field = 0; field < 4; field++)
        for (size_t bit = 0; bit < DIGEST_SIZE * 8; bit += 3) {
            struct roll_statement other;
            fields[field][bit / 8] ^= (uint8_t)(1 << bit % 8);
            roll_prepare(&input, &other);
            assert_false(roll_verify_partial(&other, key, &partials[2]));
            fields[field][bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    for (size_t bit = 0; bit < 64; bit++) {
        struct roll_input changed = input;
        struct roll_statement other;
        changed.epoch ^= 1ull << bit;
        roll_prepare(&changed, &other);
        assert_false(roll_verify_partial(&other, key, &partials[2]));
        changed = input;
        changed.number ^= 1ull << bit;
        roll_prepare(&changed, &other);
        assert_false(roll_verify_partial(&other, key, &partials[2]));
    }
}

static void a_partial_of_another_share_is_refused(void **state)
{
    (void)state;
    /* Wrong value, honest proof for it: the share key tells. */
    static struct seats s;
    struct roll_statement statement;
    struct roll_partial partial;
    uint8_t random[PROOF_RANDOM_SIZE];
    seats_generate(&s, 4, 201);
    const struct roll_input input = make_input(&s, 1);
    roll_prepare(&input, &statement);
    fill(random, sizeof random, "partial", 0);
    roll_partial(&statement, &s.shares[1], &s.result.share_keys[0], random, &partial);
    assert_false(roll_verify_partial(&statement, &s.result.share_keys[0], &partial));
    assert_false(roll_verify_partial(&statement, &s.result.share_keys[1], &partial));
}

static void the_first_usable_byte_gives_each_throw_equally_often(void **state)
{
    (void)state;
    unsigned throws[7][7] = {{0}};
    for (unsigned b = 0; b < 252; b++) {
        uint8_t seed[ROLL_SEED_SIZE] = {255, 252, 253, 254};
        seed[4] = (uint8_t)b;
        seed[5] = (uint8_t)(b + 1);
        const struct roll_dice dice = roll_dice_of_seed(seed);
        assert_in_range(dice.first, 1, 6);
        assert_in_range(dice.second, 1, 6);
        assert_int_equal(dice.first, 1 + b % 36 / 6);
        assert_int_equal(dice.second, 1 + b % 6);
        throws[dice.first][dice.second]++;
    }
    for (unsigned first = 1; first <= 6; first++)
        for (unsigned second = 1; second <= 6; second++)
            assert_int_equal(throws[first][second], 7);
}

static void an_exhausted_seed_becomes_its_hash(void **state)
{
    (void)state;
    uint8_t seed[ROLL_SEED_SIZE];
    uint8_t next[ROLL_SEED_SIZE];
    memset(seed, 0xff, sizeof seed);
    crypto_hash_sha512(next, seed, sizeof seed);
    const struct roll_dice expected = roll_dice_of_seed(next);
    const struct roll_dice dice = roll_dice_of_seed(seed);
    assert_int_equal(dice.first, expected.first);
    assert_int_equal(dice.second, expected.second);
    assert_memory_equal(seed, next, sizeof seed);
}

static void dice_of_hashes_are_uniform(void **state)
{
    (void)state;
    /* Pearson's chi square over 36 cells, 35 degrees of freedom: below 66.6 in 999 of 1000. */
    enum { ROLLS = 36000, EXPECTED = ROLLS / 36 };
    int cells[36] = {0};
    for (uint64_t i = 0; i < ROLLS; i++) {
        uint8_t seed[ROLL_SEED_SIZE];
        fill(seed, sizeof seed, "uniform", i);
        const struct roll_dice dice = roll_dice_of_seed(seed);
        cells[(dice.first - 1) * 6 + dice.second - 1]++;
    }
    double chi_square = 0;
    for (size_t i = 0; i < 36; i++) {
        const double off = cells[i] - EXPECTED;
        chi_square += off * off / EXPECTED;
    }
    assert_true(chi_square < 66.6);
}

static void dice_of_values_are_uniform(void **state)
{
    (void)state;
    /* The same through the whole function, 3600 rolls under one key, without proofs. */
    static struct seats s;
    int cells[36] = {0};
    seats_generate(&s, 1, 202);
    for (uint64_t i = 0; i < 3600; i++) {
        const struct roll_input input = make_input(&s, i);
        struct roll_statement statement;
        struct element V;
        roll_prepare(&input, &statement);
        assert_true(group_multiply(&s.shares[0], &statement.base, &V));
        const struct roll_dice dice = roll_dice(&statement, &V);
        cells[(dice.first - 1) * 6 + dice.second - 1]++;
    }
    double chi_square = 0;
    for (size_t i = 0; i < 36; i++)
        chi_square += (cells[i] - 100.0) * (cells[i] - 100.0) / 100.0;
    assert_true(chi_square < 66.6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_t_seats_give_the_value_that_the_secret_gives),
        cmocka_unit_test(weights_are_kept_for_the_same_seats_and_renewed_for_others),
        cmocka_unit_test(a_value_that_is_no_element_does_not_combine),
        cmocka_unit_test(a_changed_bit_of_a_partial_or_of_its_input_is_refused),
        cmocka_unit_test(a_partial_of_another_share_is_refused),
        cmocka_unit_test(the_first_usable_byte_gives_each_throw_equally_often),
        cmocka_unit_test(an_exhausted_seed_becomes_its_hash),
        cmocka_unit_test(dice_of_hashes_are_uniform),
        cmocka_unit_test(dice_of_values_are_uniform),
    };
    if (sodium_init() < 0)
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
