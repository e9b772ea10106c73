/* SPDX-License-Identifier: MIT */
/* Ids of bets in signed messages: the 64 names, and every other spot, each with exactly one id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "craps/bet.h"
#include "proto/table.pb-c.h"

/* The names in the order of their ids, with the bets that they mean. */
static const struct {
    const char *name;
    const char *words;
} named[CRAPS_NAMED_COUNT] = {
    {"BET_PASS", "pass"},
    {"BET_DONT_PASS", "don't pass"},
    {"BET_COME", "come"},
    {"BET_DONT_COME", "don't come"},
    {"BET_FIELD", "field"},
    {"BET_YES_2", "yes 2"},
    {"BET_YES_3", "yes 3"},
    {"BET_YES_4", "yes 4"},
    {"BET_YES_5", "yes 5"},
    {"BET_YES_6", "yes 6"},
    {"BET_YES_8", "yes 8"},
    {"BET_YES_9", "yes 9"},
    {"BET_YES_10", "yes 10"},
    {"BET_YES_11", "yes 11"},
    {"BET_YES_12", "yes 12"},
    {"BET_NO_2", "no 2"},
    {"BET_NO_3", "no 3"},
    {"BET_NO_4", "no 4"},
    {"BET_NO_5", "no 5"},
    {"BET_NO_6", "no 6"},
    {"BET_NO_8", "no 8"},
    {"BET_NO_9", "no 9"},
    {"BET_NO_10", "no 10"},
    {"BET_NO_11", "no 11"},
    {"BET_NO_12", "no 12"},
    {"BET_HARD_4", "hard 4"},
    {"BET_HARD_6", "hard 6"},
    {"BET_HARD_8", "hard 8"},
    {"BET_HARD_10", "hard 10"},
    {"BET_PASS_ODDS", "pass odds"},
    {"BET_DONT_PASS_ODDS", "don't pass odds"},
    {"BET_COME_ODDS", "come odds"},
    {"BET_DONT_COME_ODDS", "don't come odds"},
    {"BET_HOT_ROLLER", NULL},
    {"BET_FIRE", NULL},
    {"BET_TWICE_HARD", NULL},
    {"BET_RIDE_LINE", NULL},
    {"BET_MUGGSY", NULL},
    {"BET_ALL_SMALL", NULL},
    {"BET_ALL_TALL", NULL},
    {"BET_MAKE_ALL", NULL},
    {"BET_REPLAY", NULL},
    {"BET_DOUBLES", NULL},
    {"BET_NEXT_2", "next 2"},
    {"BET_NEXT_3", "next 3"},
    {"BET_NEXT_4", "next 4"},
    {"BET_NEXT_5", "next 5"},
    {"BET_NEXT_6", "next 6"},
    {"BET_NEXT_7", "next 7"},
    {"BET_NEXT_8", "next 8"},
    {"BET_NEXT_9", "next 9"},
    {"BET_NEXT_10", "next 10"},
    {"BET_NEXT_11", "next 11"},
    {"BET_NEXT_12", "next 12"},
    {"BET_REPEATER_2", "repeater 2"},
    {"BET_REPEATER_3", "repeater 3"},
    {"BET_REPEATER_4", "repeater 4"},
    {"BET_REPEATER_5", "repeater 5"},
    {"BET_REPEATER_6", "repeater 6"},
    {"BET_REPEATER_8", "repeater 8"},
    {"BET_REPEATER_9", "repeater 9"},
    {"BET_REPEATER_10", "repeater 10"},
    {"BET_REPEATER_11", "repeater 11"},
    {"BET_REPEATER_12", "repeater 12"},
};

/* Those whose kinds the spelling of their names would not settle. */
static const struct {
    uint32_t id;
    uint8_t kind;
} bonuses[] = {
    {33, CRAPS_HOT_ROLLER}, {34, CRAPS_FIRE},      {35, CRAPS_TWICE_HARD}, {36, CRAPS_RIDE_LINE},
    {37, CRAPS_MUGGSY},     {38, CRAPS_ALL_SMALL}, {39, CRAPS_ALL_TALL},   {40, CRAPS_MAKE_ALL},
    {41, CRAPS_REPLAY},     {42, CRAPS_DOUBLES},
};

static bool is_odds_without_number(uint32_t id)
{
    return id >= 29 && id <= 32;
}

static void the_names_are_those_of_the_proto_file(void **context)
{
    (void)context;
    const ProtobufCEnumDescriptor *names = &bitcraps__bet_name__descriptor;
    assert_int_equal(names->n_values, CRAPS_NAMED_COUNT);
    for (unsigned id = 0; id < CRAPS_NAMED_COUNT; id++) {
        assert_int_equal(names->values[id].value, (int)id);
        assert_string_equal(names->values[id].name, named[id].name);
    }
}

static void every_name_is_its_bet(void **context)
{
    (void)context;
    for (uint32_t id = 0; id < CRAPS_NAMED_COUNT; id++) {
        struct craps_bet bet;
        char words[CRAPS_BET_NAME_SIZE];
        assert_true(craps_bet_of_id(id, &bet));
        assert_int_equal(craps_bet_id(bet), id);
        assert_int_equal(craps_spot(bet) == CRAPS_SPOT_NONE, is_odds_without_number(id));
        craps_bet_name(bet, words);
        if (named[id].words != NULL)
            assert_string_equal(words, named[id].words);
    }
    for (size_t i = 0; i < sizeof bonuses / sizeof bonuses[0]; i++) {
        struct craps_bet bet;
        assert_true(craps_bet_of_id(bonuses[i].id, &bet));
        assert_int_equal(bet.kind, bonuses[i].kind);
        assert_int_equal(bet.number, 0);
    }
}

static void every_spot_has_exactly_one_id(void **context)
{
    (void)context;
    unsigned ids[CRAPS_SPOT_COUNT] = {0};
    unsigned spotless = 0;
    for (uint32_t id = 0; id < CRAPS_ID_COUNT; id++) {
        struct craps_bet bet = {.kind = 200, .number = 99};
        if (!craps_bet_of_id(id, &bet)) {
            assert_int_equal(bet.kind, 200);
            assert_int_equal(bet.number, 99);
            continue;
        }
        assert_int_equal(craps_bet_id(bet), id);
        if (craps_spot(bet) == CRAPS_SPOT_NONE)
            spotless++;
        else
            ids[craps_spot(bet)]++;
    }
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++)
        assert_int_equal(ids[spot], 1);
    assert_int_equal(spotless, 4);
}

static void foreign_ids_and_bets_are_refused(void **context)
{
    (void)context;
    static const struct craps_bet none[] = {
        {CRAPS_PASS, 7},      {CRAPS_FIELD, 1},      {CRAPS_YES, 7},  {CRAPS_HOP, 21},
        {CRAPS_PASS_ODDS, 7}, {CRAPS_KIND_COUNT, 0}, {CRAPS_ODDS, 0}, {CRAPS_ODDS, 6},
        {CRAPS_NEXT, 13},     {CRAPS_PLACE, 0},      {CRAPS_HOP, 0},  {CRAPS_REPEATER, 0},
    };
    struct craps_bet bet;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(craps_bet_id(none[i]), CRAPS_ID_NONE);
    assert_false(craps_bet_of_id(CRAPS_ID_COUNT, &bet));
    assert_false(craps_bet_of_id(CRAPS_ID_NONE, &bet));
    /* A bet that bears a name has no second id by its spot. */
    assert_false(craps_bet_of_id(CRAPS_NAMED_COUNT + CRAPS_SPOT_PASS, &bet));
    assert_false(craps_bet_of_id(CRAPS_NAMED_COUNT + CRAPS_SPOT_HARDWAY_LAST, &bet));
    assert_true(craps_bet_of_id(CRAPS_NAMED_COUNT + CRAPS_SPOT_PASS + 1, &bet));
    assert_true(craps_bet_of_id(CRAPS_NAMED_COUNT + CRAPS_SPOT_PLACE, &bet));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_names_are_those_of_the_proto_file),
        cmocka_unit_test(every_name_is_its_bet),
        cmocka_unit_test(every_spot_has_exactly_one_id),
        cmocka_unit_test(foreign_ids_and_bets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
