/* SPDX-License-Identifier: MIT */
/* Names of bets: what people write, and that every bet's own name reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "craps/bet.h"

static struct bytes view(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

static void every_spot_has_a_bet_whose_name_reads_back(void **state)
{
    (void)state;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        const struct craps_bet bet = craps_bet_at(spot);
        char name[CRAPS_BET_NAME_SIZE];
        struct craps_bet read = {0, 0};
        assert_int_equal(craps_spot(bet), spot);
        craps_bet_name(bet, name);
        if (!craps_bet_parse(view(name), &read) || craps_spot(read) != spot)
            fail_msg("%s reads back as %u %u", name, read.kind, read.number);
    }
}

static void people_write_bets_in_many_ways(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct craps_bet bet;
    } table[] = {
        {"pass", {CRAPS_PASS, 0}},
        {" Pass Line ", {CRAPS_PASS, 0}},
        {"don't pass", {CRAPS_DONT_PASS, 0}},
        {"dont-pass", {CRAPS_DONT_PASS, 0}},
        {"DONT_COME 9", {CRAPS_DONT_COME, 9}},
        {"come", {CRAPS_COME, 0}},
        {"odds", {CRAPS_ODDS, 0}},
        {"odds 6", {CRAPS_ODDS, 6}},
        {"pass odds", {CRAPS_PASS_ODDS, 0}},
        {"come odds 10", {CRAPS_COME_ODDS, 10}},
        {"place 6", {CRAPS_PLACE, 6}},
        {"place6", {CRAPS_PLACE, 6}},
        {"place", {CRAPS_PLACE, 0}},
        {"buy 4", {CRAPS_BUY, 4}},
        {"lay 10", {CRAPS_LAY, 10}},
        {"hard 8", {CRAPS_HARDWAY, 8}},
        {"hardway 4", {CRAPS_HARDWAY, 4}},
        {"any seven", {CRAPS_ANY_SEVEN, 0}},
        {"any 7", {CRAPS_ANY_SEVEN, 0}},
        {"any craps", {CRAPS_ANY_CRAPS, 0}},
        {"craps 2", {CRAPS_CRAPS_TWO, 0}},
        {"ace-deuce", {CRAPS_CRAPS_THREE, 0}},
        {"craps 12", {CRAPS_CRAPS_TWELVE, 0}},
        {"yo", {CRAPS_YO, 0}},
        {"yo 11", {CRAPS_YO, 0}},
        {"C&E", {CRAPS_C_AND_E, 0}},
        {"c and e", {CRAPS_C_AND_E, 0}},
        {"big 6", {CRAPS_BIG, 6}},
        {"hop 3 4", {CRAPS_HOP, 34}},
        {"hop 4-3", {CRAPS_HOP, 34}},
        {"hop 43", {CRAPS_HOP, 34}},
        {"hop 1,1", {CRAPS_HOP, 11}},
        {"odds 11", {CRAPS_ODDS, 11}},
        {"place 11", {CRAPS_PLACE, 11}},
        {"place to lose 6", {CRAPS_PLACE_LOSE, 6}},
        {"don't place 6", {CRAPS_PLACE_LOSE, 6}},
        {"horn high yo", {CRAPS_HORN_HIGH, 11}},
        {"horn high 12", {CRAPS_HORN_HIGH, 12}},
        {"Fielder's choice 4 9 10", {CRAPS_FIELDERS, 4}},
        {"over 7", {CRAPS_OVER_SEVEN, 0}},
        {"make 'em all", {CRAPS_MAKE_ALL, 0}},
        {"small", {CRAPS_ALL_SMALL, 0}},
        {"muggsy's corner", {CRAPS_MUGGSY, 0}},
        {"7-point-7", {CRAPS_MUGGSY, 0}},
        {"7-point", {CRAPS_SEVEN_POINT, 0}},
        {"point-7", {CRAPS_POINT_SEVEN, 0}},
        {"repeater 12", {CRAPS_REPEATER, 12}},
        {"yes 2", {CRAPS_YES, 2}},
        {"next 7", {CRAPS_NEXT, 7}},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct craps_bet bet = {99, 99};
        if (!craps_bet_parse(view(table[i].text), &bet))
            fail_msg("%s is no bet", table[i].text);
        if (bet.kind != table[i].bet.kind || bet.number != table[i].bet.number)
            fail_msg("%s is %u %u", table[i].text, bet.kind, bet.number);
    }
}

static void other_texts_are_no_bets(void **state)
{
    (void)state;
    static const char *const table[] = {
        "",           " ",           "6",
        "place 7",    "place 13",    "place 06",
        "place 6 6",  "hop 3 7",     "hop 0 3",
        "hop 7",      "hop 3 4 5",   "pass 7",
        "big 4",      "hard 5",      "field 2",
        "odds 7",     "come odds 7", "odds 13",
        "place six!", "horn horn",   "unknown bet",
        "pass\n",     "place 100",   "a very long text that names no bet at all, ever",
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct craps_bet bet = {99, 99};
        if (craps_bet_parse(view(table[i]), &bet))
            fail_msg("\"%s\" is %u %u", table[i], bet.kind, bet.number);
        assert_int_equal(bet.kind, 99);
    }
}

static void numbers_that_do_not_exist_have_no_spot(void **state)
{
    (void)state;
    unsigned spots = 0;
    for (unsigned kind = 0; kind < 256; kind++) {
        for (unsigned number = 0; number < 256; number++) {
            const struct craps_bet bet = {(uint8_t)kind, (uint8_t)number};
            spots += craps_spot(bet) != CRAPS_SPOT_NONE;
        }
    }
    assert_int_equal(spots, CRAPS_SPOT_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spot_has_a_bet_whose_name_reads_back),
        cmocka_unit_test(people_write_bets_in_many_ways),
        cmocka_unit_test(other_texts_are_no_bets),
        cmocka_unit_test(numbers_that_do_not_exist_have_no_spot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
