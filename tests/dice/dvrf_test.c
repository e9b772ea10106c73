/* SPDX-License-Identifier: MIT */
/*
 * The whole function from seeds to dice, against tests/vectors/dvrf.json. With --print it writes
 * that file: the vectors are ours, so another implementation (tools/verify.py) checks them too.
 */
#include "seats.h"

#include "dice/roll.h"

static const uint8_t sizes[] = {1, 2, 3, 4, 7, 16};

#define ROLLS 3

static void set_hex(json_t *object, const char *field, const void *bytes, size_t size)
{
    static char hex[2 * KEYGEN_DEAL_SIZE_MAX + 1];
    sodium_bin2hex(hex, sizeof hex, bytes, size);
    json_object_set_new(object, field, json_string(hex));
}

static void append_hex(json_t *array, const void *bytes, size_t size)
{
    static char hex[2 * KEYGEN_DEAL_SIZE_MAX + 1];
    sodium_bin2hex(hex, sizeof hex, bytes, size);
    json_array_append_new(array, json_string(hex));
}

/* An empty array as a field. */
static json_t *add_array(json_t *object, const char *field)
{
    json_t *array = json_array();
    json_object_set_new(object, field, array);
    return array;
}

static json_t *describe_keygen(const struct seats *s)
{
    json_t *object = json_object();
    set_hex(object, "instance", &s->params.instance, DIGEST_SIZE);
    json_object_set_new(object, "epoch", json_integer((json_int_t)s->params.epoch));
    json_object_set_new(object, "attempt", json_integer(s->params.attempt));
    set_hex(object, "list_hash", &s->params.list_hash, DIGEST_SIZE);
    json_object_set_new(object, "n", json_integer(s->params.n));
    json_object_set_new(object, "t", json_integer(s->params.t));
    json_t *secrets = add_array(object, "dice_secret_keys");
    json_t *keys = add_array(object, "dice_public_keys");
    json_t *seat_proofs = add_array(object, "seat_proofs");
    json_t *deals = add_array(object, "deals");
    json_t *shares = add_array(object, "shares");
    json_t *share_keys = add_array(object, "share_keys");
    for (uint8_t i = 0; i < s->params.n; i++) {
        uint8_t deal[KEYGEN_DEAL_SIZE_MAX];
        uint8_t random[PROOF_RANDOM_SIZE];
        struct proof proof;
        fill(random, sizeof random, "seat proof", i);
        keygen_seat_prove(&s->secrets[i], &s->params.keys[i],
                          (struct bytes){s->params.instance.bytes, DIGEST_SIZE}, random, &proof);
        append_hex(secrets, &s->secrets[i], SCALAR_SIZE);
        append_hex(keys, &s->params.keys[i], ELEMENT_SIZE);
        append_hex(seat_proofs, &proof, PROOF_SIZE);
        append_hex(deals, deal, keygen_deal_encode(&s->deals[i], deal, sizeof deal));
        append_hex(shares, &s->shares[i], SCALAR_SIZE);
        append_hex(share_keys, &s->result.share_keys[i], ELEMENT_SIZE);
    }
    set_hex(object, "group_key", &s->result.group_key, ELEMENT_SIZE);
    set_hex(object, "transcript", &s->result.transcript, DIGEST_SIZE);
    return object;
}

static json_t *describe_roll(const struct seats *s, uint64_t number)
{
    struct roll_input input = {
        .instance = s->params.instance,
        .epoch = s->params.epoch,
        .number = number,
        .transcript = s->result.transcript,
    };
    struct roll_statement statement;
    struct roll_weights weights = {0};
    struct element values[SEATS_MAX];
    struct element V;
    fill(&input.table, DIGEST_SIZE, "table", 0);
    fill(&input.close, DIGEST_SIZE, "close", number);
    roll_prepare(&input, &statement);

    json_t *object = json_object();
    set_hex(object, "table", &input.table, DIGEST_SIZE);
    json_object_set_new(object, "number", json_integer((json_int_t)number));
    set_hex(object, "close", &input.close, DIGEST_SIZE);
    set_hex(object, "input", statement.input, ROLL_INPUT_SIZE);
    set_hex(object, "M", &statement.base, ELEMENT_SIZE);
    json_t *partials = add_array(object, "partials");
    for (uint8_t i = 0; i < s->params.n; i++) {
        uint8_t random[PROOF_RANDOM_SIZE];
        uint8_t memory[ROLL_PARTIAL_SIZE];
        struct roll_partial partial;
        fill(random, sizeof random, "partial", number * SEATS_MAX + i);
        roll_partial(&statement, &s->shares[i], &s->result.share_keys[i], random, &partial);
        assert_true(roll_verify_partial(&statement, &s->result.share_keys[i], &partial));
        roll_partial_encode(&partial, memory);
        append_hex(partials, memory, sizeof memory);
        /* The last t seats make V. */
        if (i >= s->params.n - s->params.t)
            values[i - (s->params.n - s->params.t)] = partial.value;
    }
    roll_weigh(&weights, ((1u << s->params.t) - 1) << (s->params.n - s->params.t));
    assert_true(roll_combine(&weights, values, &V));
    set_hex(object, "V", &V, ELEMENT_SIZE);
    const struct roll_dice dice = roll_dice(&statement, &V);
    json_object_set_new(object, "dice", json_pack("[i,i]", dice.first, dice.second));
    return object;
}

/* A deal that is bad for seat 1, and both kinds of complaints about it. */
static json_t *describe_complaints(const struct seats *s)
{
    struct keygen_deal bad = s->deals[0];
    uint8_t deal[KEYGEN_DEAL_SIZE_MAX];
    bad.shares[1][0] ^= 1;
    json_t *object = json_object();
    set_hex(object, "deal", deal, keygen_deal_encode(&bad, deal, sizeof deal));
    json_t *list = add_array(object, "complaints");
    for (uint8_t seat = 1; seat < 3; seat++) {
        uint8_t random[PROOF_RANDOM_SIZE];
        uint8_t memory[KEYGEN_COMPLAINT_SIZE];
        struct keygen_complaint complaint;
        fill(random, sizeof random, "complaint", seat);
        keygen_complain(&s->params, 0, &bad, seat, &s->secrets[seat], random, &complaint);
        keygen_complaint_encode(&complaint, memory);
        json_t *row = json_object();
        set_hex(row, "complaint", memory, sizeof memory);
        const enum keygen_ruling ruling = keygen_judge(&s->params, &bad, &complaint);
        json_object_set_new(row, "guilty",
                            json_string(ruling == KEYGEN_RULING_DEALER ? "dealer" : "complainer"));
        json_array_append_new(list, row);
    }
    return object;
}

static json_t *describe_all(void)
{
    json_t *root = json_object();
    json_object_set_new(root, "source",
                        json_string("src/dice, formats in its headers; made by dvrf_test --print"));
    json_t *tables = add_array(root, "tables");
    for (size_t i = 0; i < sizeof sizes; i++) {
        static struct seats s;
        seats_generate(&s, sizes[i], 1000 + sizes[i]);
        json_t *table = json_object();
        json_object_set_new(table, "keygen", describe_keygen(&s));
        json_t *rolls = add_array(table, "rolls");
        for (uint64_t number = 1; number <= ROLLS; number++)
            json_array_append_new(rolls, describe_roll(&s, number));
        if (sizes[i] == 4)
            json_object_set_new(table, "cheating", describe_complaints(&s));
        json_array_append_new(tables, table);
    }
    return root;
}

static void everything_is_as_published(void **state)
{
    (void)state;
    json_t *published = vectors_load("dvrf.json");
    json_t *computed = describe_all();
    assert_true(json_equal(published, computed));
    json_decref(computed);
    json_decref(published);
}

int main(int count, char **arguments)
{
    if (sodium_init() < 0)
        return 99;
    if (count > 1 && strcmp(arguments[1], "--print") == 0) {
        json_t *root = describe_all();
        json_dumpf(root, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
        putchar('\n');
        json_decref(root);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
