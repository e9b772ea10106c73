/* SPDX-License-Identifier: MIT */
/* libbitcraps as its users have it: the installed header and the shared library, nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bitcraps/craps.h"

static struct bitcraps_craps *table_of(const char *house)
{
    char sentence[BITCRAPS_SENTENCE_SIZE];
    struct bitcraps_craps *table = bitcraps_craps_create(house, sentence, sizeof sentence);
    assert_non_null(table);
    assert_string_equal(sentence, "");
    return table;
}

static int64_t bet(struct bitcraps_craps *table, const char *name, int64_t amount)
{
    int64_t cost = 0;
    if (bitcraps_craps_place(table, 0, bitcraps_bet(name), amount, &cost) != BITCRAPS_ACCEPTED)
        fail_msg("%s: %s", name, bitcraps_craps_sentence(table));
    return cost;
}

static void a_point_is_made_and_paid_with_its_odds(void **state)
{
    (void)state;
    struct bitcraps_craps *table = table_of("casino");
    assert_int_equal(bet(table, "pass", 10), 10);
    assert_int_equal(bitcraps_craps_roll(table, 4, 2), 1);
    assert_int_equal(bitcraps_craps_decision(table, 0)->outcome, BITCRAPS_TRAVEL);
    assert_int_equal(bitcraps_craps_decision(table, 0)->to, bitcraps_bet("pass 6"));
    assert_int_equal(bitcraps_craps_credit(table, 0), 0);
    assert_int_equal(bitcraps_craps_puck(table), 6);
    assert_int_equal(bet(table, "odds", 50), 50);
    assert_int_equal(bitcraps_craps_stake(table, 0, bitcraps_bet("pass odds 6")), 50);
    assert_int_equal(bitcraps_craps_reserve_all(table), 10 + 60);
    assert_int_equal(bitcraps_craps_bets(table, 0), 2);
    assert_int_equal(bitcraps_craps_bet_at(table, 1)->bet, bitcraps_bet("pass odds 6"));
    assert_int_equal(bitcraps_craps_bet_at(table, 1)->works, 1);
    assert_null(bitcraps_craps_bet_at(table, 2));
    assert_int_equal(bitcraps_craps_roll(table, 3, 3), 2);
    const struct bitcraps_decision *odds = bitcraps_craps_decision(table, 1);
    assert_int_equal(odds->outcome, BITCRAPS_WIN);
    assert_int_equal(odds->stake, 50);
    assert_int_equal(odds->returned, 50);
    assert_int_equal(odds->profit, 60);
    assert_int_equal(odds->credit, 110);
    assert_null(bitcraps_craps_decision(table, 2));
    assert_int_equal(bitcraps_craps_credit(table, 0), 20 + 110);
    assert_int_equal(bitcraps_craps_credit(table, 1), 0);
    assert_int_equal(bitcraps_craps_puck(table), 0);
    assert_int_equal(bitcraps_craps_die(table, 0), 3);
    assert_int_equal(bitcraps_craps_rolls(table), 2);
    bitcraps_craps_destroy(table);
}

static void refusals_are_told_in_a_sentence_and_change_nothing(void **state)
{
    (void)state;
    struct bitcraps_craps *table = table_of("casino");
    const int place = bitcraps_bet("place 6");
    int64_t cost = -5;
    assert_int_equal(bitcraps_craps_place(table, 0, place, 13, &cost), BITCRAPS_REFUSED_IMPROPER);
    assert_int_equal(cost, -5);
    assert_non_null(strstr(bitcraps_craps_sentence(table), "12"));
    assert_int_equal(bitcraps_craps_stake(table, 0, place), 0);
    assert_int_equal(bitcraps_craps_place(table, 0, bitcraps_bet("come"), 10, NULL),
                     BITCRAPS_REFUSED_POINT_IS_OFF);
    assert_null(bitcraps_craps_offer(table, 0, bitcraps_bet("odds")));
    assert_true(strlen(bitcraps_craps_sentence(table)) > 10);
    const struct bitcraps_offer *offer = bitcraps_craps_offer(table, 0, place);
    assert_non_null(offer);
    assert_int_equal(offer->unit, 6);
    assert_string_equal(bitcraps_craps_sentence(table), "");
    assert_int_equal(bitcraps_craps_take_down(table, 0, place, 0, NULL), BITCRAPS_REFUSED_NO_BET);
    bitcraps_craps_destroy(table);
}

static void what_is_offered_is_accepted(void **state)
{
    (void)state;
    struct bitcraps_craps *table = table_of(NULL);
    const int count = bitcraps_craps_offers(table, 3);
    assert_in_range(count, 100, 300);
    assert_null(bitcraps_craps_offer_at(table, count));
    for (int i = 0; i < count; i++) {
        const struct bitcraps_offer *offer = bitcraps_craps_offer_at(table, i);
        struct bitcraps_craps *other = bitcraps_craps_copy(table);
        assert_int_equal(bitcraps_craps_place(other, 3, offer->bet, offer->least, NULL), 0);
        assert_int_equal(bitcraps_craps_stake(other, 3, offer->bet), offer->least);
        assert_int_equal(bitcraps_craps_stake(table, 3, offer->bet), 0);
        bitcraps_craps_destroy(other);
    }
    bitcraps_craps_destroy(table);
}

static void bets_are_called_off_and_taken_down(void **state)
{
    (void)state;
    struct bitcraps_craps *table = table_of("casino");
    const int hard = bitcraps_bet("hard 8");
    int64_t back = 0;
    bet(table, "hard 8", 5);
    bet(table, "buy 5", 20);
    assert_int_equal(bitcraps_craps_bets(table, 0), 2);
    assert_int_equal(bitcraps_craps_bet_at(table, 0)->vig, 1);
    assert_int_equal(bitcraps_craps_set_working(table, 0, hard, BITCRAPS_WORKING_OFF), 0);
    assert_int_equal(bitcraps_craps_roll(table, 5, 3), 0);
    assert_int_equal(bitcraps_craps_set_working(table, 0, hard, BITCRAPS_WORKING_DEFAULT), 0);
    assert_int_equal(bitcraps_craps_take_down(table, 0, bitcraps_bet("buy 5"), 0, &back), 0);
    assert_int_equal(back, 21);
    assert_int_equal(bitcraps_craps_clear_seat(table, 0, &back), 0);
    assert_int_equal(back, 5);
    assert_int_equal(bitcraps_craps_bets(table, 0), 0);
    bitcraps_craps_destroy(table);
}

static void houses_are_read_and_written_as_text(void **state)
{
    (void)state;
    static const char *const houses[] = {"casino", "crapless", "vegas-345", "casino field=3-3",
                                         "  crapssim\todds=10x \n"};
    char sentence[BITCRAPS_SENTENCE_SIZE];
    char first[4096];
    char second[4096];
    for (size_t i = 0; i < sizeof houses / sizeof houses[0]; i++) {
        struct bitcraps_craps *table = table_of(houses[i]);
        assert_in_range(bitcraps_craps_house(table, first, sizeof first), 5, sizeof first - 1);
        struct bitcraps_craps *again = table_of(first);
        bitcraps_craps_house(again, second, sizeof second);
        assert_string_equal(first, second);
        bitcraps_craps_destroy(again);
        bitcraps_craps_destroy(table);
    }
    assert_null(bitcraps_craps_create("monaco", sentence, sizeof sentence));
    assert_non_null(strstr(sentence, "monaco"));
    assert_null(bitcraps_craps_create("casino odds=many", sentence, sizeof sentence));
    assert_true(strlen(sentence) > 10);
    assert_null(bitcraps_craps_create("casino odds=many", sentence, 8));
    assert_int_equal(strlen(sentence), 7);
    for (size_t i = 0; bitcraps_preset(i, NULL) != NULL; i++) {
        const char *description = NULL;
        bitcraps_craps_destroy(table_of(bitcraps_preset(i, &description)));
        assert_non_null(description);
    }
    const char *form = NULL, *summary = NULL;
    assert_non_null(bitcraps_setting(0, &form, &summary));
    assert_true(form != NULL && summary != NULL);
    assert_null(bitcraps_setting(1000, NULL, NULL));
}

static void every_bet_has_a_number_that_is_its_name(void **state)
{
    (void)state;
    int named = 0;
    for (int bet_number = -3; bet_number < 70000; bet_number++) {
        char name[BITCRAPS_NAME_SIZE];
        if (bitcraps_bet_name(bet_number, name, sizeof name) == BITCRAPS_WRONG)
            continue;
        assert_int_equal(bitcraps_bet(name), bet_number);
        named++;
    }
    assert_in_range(named, 250, 400);
    /* These numbers are in users' files: they stay what they are. */
    assert_int_equal(bitcraps_bet("pass"), 0);
    assert_int_equal(bitcraps_bet("Don't pass"), 1 << 8);
    assert_int_equal(bitcraps_bet("place 6"), 10 << 8 | 6);
    assert_int_equal(bitcraps_bet("hop 3 4"), 29 << 8 | 34);
    assert_int_equal(bitcraps_bet("odds"), 255 << 8);
    assert_int_equal(bitcraps_bet("roulette"), BITCRAPS_WRONG);
}

static void a_table_reads_back_from_its_bytes(void **state)
{
    (void)state;
    struct bitcraps_craps *table = table_of("casino odds=5x");
    uint8_t bytes[8192], again[8192];
    bitcraps_craps_set_players(table, 7);
    bet(table, "pass", 10);
    bet(table, "fire", 5);
    bitcraps_craps_roll(table, 4, 4);
    const size_t size = bitcraps_craps_encode(table, bytes, sizeof bytes);
    assert_in_range(size, 100, sizeof bytes);
    assert_int_equal(bitcraps_craps_encode(table, NULL, 0), size);
    struct bitcraps_craps *copy = bitcraps_craps_decode(bytes, size, NULL, 0);
    assert_non_null(copy);
    assert_int_equal(bitcraps_craps_encode(copy, again, sizeof again), size);
    assert_memory_equal(bytes, again, size);
    assert_int_equal(bitcraps_craps_roll(copy, 4, 3), 2);
    assert_int_equal(bitcraps_craps_shooter(copy), 1);
    for (size_t cut = 0; cut < size; cut++)
        assert_null(bitcraps_craps_decode(bytes, cut, NULL, 0));
    char sentence[BITCRAPS_SENTENCE_SIZE];
    bytes[3]++;
    assert_null(bitcraps_craps_decode(bytes, size, sentence, sizeof sentence));
    assert_true(strlen(sentence) > 10);
    bitcraps_craps_destroy(copy);
    bitcraps_craps_destroy(table);
}

static void calls_without_sense_are_wrong_and_harmless(void **state)
{
    (void)state;
    struct bitcraps_craps *table = table_of("casino");
    const int pass = bitcraps_bet("pass");
    char text[BITCRAPS_SENTENCE_SIZE];
    assert_int_equal(bitcraps_craps_place(NULL, 0, pass, 10, NULL), BITCRAPS_WRONG);
    assert_int_equal(bitcraps_craps_place(table, -1, pass, 10, NULL), BITCRAPS_WRONG);
    assert_int_equal(bitcraps_craps_place(table, 16, pass, 10, NULL), BITCRAPS_WRONG);
    assert_int_equal(bitcraps_craps_place(table, 0, -1, 10, NULL), BITCRAPS_WRONG);
    assert_int_equal(bitcraps_craps_place(table, 0, 200 << 8, 10, NULL), BITCRAPS_WRONG);
    assert_int_equal(bitcraps_craps_place(table, 0, 10 << 8 | 99, 10, NULL),
                     BITCRAPS_REFUSED_UNKNOWN);
    assert_int_equal(bitcraps_craps_place(table, 0, pass, INT64_MIN, NULL),
                     BITCRAPS_REFUSED_BELOW_MIN);
    assert_int_equal(bitcraps_craps_place(table, 0, pass, INT64_MAX, NULL),
                     BITCRAPS_REFUSED_ABOVE_MAX);
    assert_int_equal(bitcraps_craps_set_working(table, 0, pass, 3), BITCRAPS_WRONG);
    assert_int_equal(bitcraps_craps_roll(table, 0, 3), BITCRAPS_WRONG);
    assert_int_equal(bitcraps_craps_roll(table, 1, 7), BITCRAPS_WRONG);
    assert_int_equal(bitcraps_craps_set_shooter(table, 16), BITCRAPS_WRONG);
    assert_int_equal(bitcraps_craps_set_players(table, 65536), BITCRAPS_WRONG);
    assert_int_equal(bitcraps_call(7, 1, 1, text, sizeof text), BITCRAPS_WRONG);
    assert_in_range(bitcraps_call(6, 3, 3, text, sizeof text), 5, sizeof text - 1);
    assert_int_equal(bitcraps_craps_rolls(table), 0);
    assert_null(bitcraps_craps_copy(NULL));
    assert_null(bitcraps_craps_decode(NULL, 10, NULL, 0));
    bitcraps_craps_destroy(NULL);
    bitcraps_craps_destroy(table);
    assert_true(strchr(bitcraps_version(), '.') != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_is_made_and_paid_with_its_odds),
        cmocka_unit_test(refusals_are_told_in_a_sentence_and_change_nothing),
        cmocka_unit_test(what_is_offered_is_accepted),
        cmocka_unit_test(bets_are_called_off_and_taken_down),
        cmocka_unit_test(houses_are_read_and_written_as_text),
        cmocka_unit_test(every_bet_has_a_number_that_is_its_name),
        cmocka_unit_test(a_table_reads_back_from_its_bytes),
        cmocka_unit_test(calls_without_sense_are_wrong_and_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
