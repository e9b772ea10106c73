/* SPDX-License-Identifier: MIT */
/*
 * Bets beyond the line, the boxes and the single propositions, played by scripts: what each wins,
 * loses, pushes and pays, and when it may be made and taken down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/craps/sitting.h"

struct play {
    const char *script;
    const char *trace;
};

static void play_all(const struct craps_rules *rules, const struct play *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        static struct sitting sitting;
        sitting_begin(&sitting);
        sitting.rules = *rules;
        const char *trace = sitting_play(&sitting, table[i].script);
        if (strcmp(trace, table[i].trace) != 0)
            fail_msg("%s\n  gave     %s\n  expected %s", table[i].script, trace, table[i].trace);
    }
}

/* All chips that a bet gets: no limits, and hands for a unit. */
static struct craps_rules open_house(void)
{
    struct craps_rules rules = craps_rules_casino();
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++)
        rules.limits[i] = (struct craps_limit){1, 100000};
    rules.limits[CRAPS_LIMIT_BOX].min = 3;
    assert_null(craps_rules_fault(&rules));
    return rules;
}

#define PLAY(rules, table) play_all(&(rules), table, sizeof(table) / sizeof(table)[0])

static void put_bets(void **state)
{
    (void)state;
    static const struct play table[] = {
        {"put_6=10", "refused 5"},
        {"22 put_6=10 33", "W put 6 10"},
        {"22 put_6=10 34", "L put 6 10"},
        /* Works on the come-out as a come bet does; its odds are off. */
        {"22 put_6=10 put_odds_6=50 22 33", "W put 6 10, R put odds 6"},
        {"22 put_6=10 put_odds_6=50 33", "W put 6 10, W put odds 6 60"},
        {"22 put_6=10 put_odds_6=55", "refused 9"},
        {"22 put_6=10 -put_6 34", ""},
        {"22 put_4=10 put_odds_4=30 34", "L put 4 10, L put odds 4 30"},
    };
    struct craps_rules rules = open_house();
    PLAY(rules, table);

    static const struct play contract[] = {{"22 put_6=10 -put_6", "refused 12"}};
    rules.put_contract = 1;
    PLAY(rules, contract);

    static const struct play grown[] = {
        {"22 pass=10 22", "W pass 4 10"},
        {"pass=10 22 pass=5 22", "T pass 4, W pass 4 15"},
        {"pass=10 22 pass=5 -pass", "T pass 4, refused 12"},
    };
    rules.pass_grows = 1;
    PLAY(rules, grown);
}

static void box_numbers_to_lose(void **state)
{
    (void)state;
    static const struct play table[] = {
        {"place_to_lose_4=11 34 22", "W place to lose 4 5, L place to lose 4 11"},
        {"place_to_lose_5=8 34", "W place to lose 5 5"},
        {"place_to_lose_8=5 34 -place_to_lose_8", "W place to lose 8 4"},
        {"place_to_lose_8=5 !place_to_lose_8 34", ""},
        {"place_to_lose_8=7", "refused 11"},
        {"place_12=10", "refused 3"},
    };
    const struct craps_rules rules = open_house();
    PLAY(rules, table);
}

static void split_bets(void **state)
{
    (void)state;
    static const struct play table[] = {
        {"hi-lo=1 11 hi-lo=1 66 hi-lo=1 56", "W hi-lo 15, W hi-lo 15, L hi-lo 1"},
        {"C&E=2 11 C&E=2 56 C&E=2 34", "W C&E 6, W C&E 14, L C&E 2"},
        {"horn=4 11 horn=4 12 horn=4 56 horn=4 66 horn=4 34",
         "W horn 27, W horn 12, W horn 12, W horn 27, L horn 4"},
        {"horn_high_12=5 66 horn_high_12=5 11 horn_high_12=5 56 horn_high_12=5 22",
         "W horn high 12 57, W horn high 12 26, W horn high 12 11, L horn high 12 5"},
        {"horn_high_yo=5 56 horn_high_yo=5 12 horn_high_yo=5 66",
         "W horn high 11 27, W horn high 11 11, W horn high 11 26"},
        {"world=5 11 world=5 12 world=5 34 world=5 22",
         "W world 26, W world 11, P world, L world 5"},
        {"three-way_craps=3 11 three-way_craps=3 12 three-way_craps=3 56",
         "W three-way craps 28, W three-way craps 13, L three-way craps 3"},
        {"hopping_sevens=3 34 hopping_sevens=3 61 hopping_sevens=3 22",
         "W hopping sevens 13, W hopping sevens 13, L hopping sevens 3"},
        {"horn=5", "refused 11"},
    };
    const struct craps_rules rules = open_house();
    PLAY(rules, table);
}

static void totals(void **state)
{
    (void)state;
    static const struct play table[] = {
        {"over_7=1 44 over_7=1 34 under_7=1 33 under_7=1 34",
         "W over 7 1, L over 7 1, W under 7 1, L under 7 1"},
        {"low_dice=1 11 low_dice=1 24 low_dice=1 34", "W low dice 5, W low dice 1, L low dice 1"},
        {"high_dice=1 66 high_dice=1 65 high_dice=1 34",
         "W high dice 5, W high dice 1, L high dice 1"},
        {"fielder's_choice_2=1 12 fielder's_choice_4=1 36 fielder's_choice_10=1 66",
         "W fielder's choice 2 4, W fielder's choice 4 2, W fielder's choice 10 4"},
        {"fielder's_choice_2=1 36", "L fielder's choice 2 1"},
        /* Yes, no and next work on every roll. */
        {"yes_2=25 no_2=25 next_2=10 11", "W yes 2 147, L no 2 25, W next 2 343"},
        {"yes_8=50 no_8=50 34", "L yes 8 50, W no 8 41"},
        {"yes_5=100 33 23", "W yes 5 147"},
        {"next_7=10 34 next_7=10 44", "W next 7 49, L next 7 10"},
        {"yes_5=50", "refused 11"},
    };
    const struct craps_rules rules = open_house();
    PLAY(rules, table);
}

static void hands(void **state)
{
    (void)state;
    static const struct play table[] = {
        /* Fire: four different points made pay 24:1 at the seven-out; six 999:1 at once. */
        {"fire=1 22 22 23 23 33 33 44 44 22 34", "W fire 24"},
        {"fire=1 22 22 22 22 22 22 22 22 22 34", "L fire 1"},
        {"fire=1 34 22 34", "L fire 1"},
        {"fire=1 22 22 23 23 33 33 44 44 45 45 46 46", "W fire 999"},
        {"22 fire=1", "refused 15"},
        {"fire=1 22 -fire", "refused 12"},
        {"fire=1 -fire", ""},
        /* Small, tall and all: any 7 loses; they open with a new hand and after any 7. */
        {"small=1 11 12 13 14 15", "W all small 30"},
        {"tall=1 66 56 46 45 44", "W all tall 30"},
        {"all=1 11 12 13 14 15 44 45 46 56 66", "W make 'em all 150"},
        {"small=1 11 34", "L all small 1"},
        {"34 small=1 11 small=1", "refused 16"},
        {"small=1 11 -small", "refused 12"},
        /* Repeaters. */
        {"repeater_2=1 11 11", "W repeater 2 40"},
        {"repeater_12=1 66 34", "L repeater 12 1"},
        {"repeater_6=1 33 33 33 24 15 33", "W repeater 6 90"},
        {"repeater_4=1 22 22 22 31", "W repeater 4 65"},
        /* Hot roller: 4 both ways and 5 both ways before the 7. */
        {"hot_roller=1 13 22 14 23 34", "W hot roller 5"},
        {"hot_roller=1 13 22 14 34", "L hot roller 1"},
        {"hot_roller=1 13 22 14 23 15 24 33 26 35 44 36 45 46 55", "W hot roller 200"},
        /* Ride the line, table 6: three wins push, four pay 3:1; naturals count. */
        {"ride_the_line=1 34 34 65 22 34", "P ride the line"},
        {"ride_the_line=1 34 34 65 22 22 33 34", "W ride the line 3"},
        {"ride_the_line=1 34 34 22 34", "L ride the line 1"},
        {"ride_the_line=1 34 34 34 34 34 34 34 34 34 34 34", "W ride the line 100"},
        {"different_doubles=1 11 22 33 34", "W different doubles 4"},
        {"different_doubles=1 11 22 33 44 55 66", "W different doubles 100"},
        {"different_doubles=1 11 11 22 34", "L different doubles 1"},
        /* Replay: the highest rung only. */
        {"replay=1 33 33 33 33 33 33 22 34", "W replay 70"},
        {"replay=1 33 33 33 33 33 33 33 33 22 34", "W replay 100"},
        {"replay=1 22 22 22 22 22 22 22 22", "W replay 1000"},
        {"replay=1 33 33 33 33 22 34", "L replay 1"},
        /* A come-out 7, a point and a 7 at once, and nothing else. */
        {"muggsy=1 34", "W muggsy's corner 2"},
        {"muggsy=1 22 34", "W muggsy's corner 3"},
        {"muggsy=1 22 33", "L muggsy's corner 1"},
        {"muggsy=1 11", "L muggsy's corner 1"},
        {"34 muggsy=1 56", "L muggsy's corner 1"},
        {"22 muggsy=1", "refused 4"},
        {"muggsy=1 22 -muggsy", "refused 12"},
        {"point-7=1 22 34", "W point-7 7"},
        {"point-7=1 34", "L point-7 1"},
        {"point-7=1 22 23", "L point-7 1"},
        {"7-point=1 34 22", "W 7-point 7"},
        {"7-point=1 34 34", "L 7-point 1"},
        {"7-point=1 22", "L 7-point 1"},
        {"34 7-point=1", "refused 15"},
        /* Twice hard: an easy one between begins anew. */
        {"twice_hard=1 22 33 22", "W twice hard 16"},
        {"twice_hard=1 22 13 22 34", "L twice hard 1"},
        {"twice_hard=1 22 13 22 22", "W twice hard 16"},
        {"sharpshooter=1 22 22 22 22 22 22 33 34", "W sharpshooter 5"},
        {"sharpshooter=1 22 22 22 22 33 34", "L sharpshooter 1"},
        {"hot_hand=1 11 12 13 14 15 44 45 46 56 34", "W hot hand 20"},
        {"hot_hand=1 11 12 13 14 15 44 45 46 56 66", "W hot hand 80"},
        {"hot_hand=1 11 12 13 14 15 44 45 46 34", "L hot hand 1"},
        {"flaming_four=1 11 12 56 66", "W flaming four 70"},
        {"sizzling_six=1 22 23 33 44 45 46", "W sizzling six 12"},
        {"four_rolls=1 11 22 33 44", "W four rolls no seven 1"},
        {"four_rolls=1 11 22 33 34", "L four rolls no seven 1"},
        {"four_rolls=1 34", "L four rolls no seven 1"},
    };
    const struct craps_rules rules = open_house();
    PLAY(rules, table);
}

static void crapless(void **state)
{
    (void)state;
    struct craps_rules rules =
        craps_preset_find((struct bytes){(const uint8_t *)"crapless", 8})->rules();
    for (size_t i = 0; i < CRAPS_LIMIT_COUNT; i++)
        rules.limits[i] = (struct craps_limit){i == CRAPS_LIMIT_BOX ? 3 : 1, 100000};
    static const struct play table[] = {
        {"pass=10 11 11", "T pass 2, W pass 2 10"},
        {"pass=10 56 34", "T pass 11, L pass 11 10"},
        {"pass=10 34", "W pass 10"},
        {"pass=10 66 pass_odds=10 66", "T pass 12, W pass 12 10, W pass odds 12 60"},
        {"place_12=10 11 66", "W place 12 55"},
        {"place_11=12 22 56", "W place 11 33"},
        {"don't_pass=10", "refused 3"},
        {"22 come=10 66 66", "T come 12, W come 12 10"},
    };
    PLAY(rules, table);
}

static void a_part_of_a_bet_comes_down(void **state)
{
    (void)state;
    static struct sitting sitting;
    struct craps_money back = {0};
    struct craps_refusal why = {0};
    sitting_begin(&sitting);
    sitting_play(&sitting, "don't_pass=20 22 don't_pass_odds=80 place_6=24 buy_5=40");
    const struct {
        const char *bet;
        chips amount;
        enum craps_verdict verdict;
        chips stake;
        chips vig;
        chips nearest;
    } table[] = {
        {"place 6", 12, CRAPS_ACCEPTED, 12, 0, 0},
        {"place 6", 7, CRAPS_REFUSED_IMPROPER, 0, 0, 6},
        {"place 6", 13, CRAPS_REFUSED_TAKES_ALL, 0, 0, 6},
        {"place 6", -1, CRAPS_REFUSED_BELOW_MIN, 0, 0, 6},
        {"buy 5", 20, CRAPS_ACCEPTED, 20, 1, 0},
        {"don't pass", 10, CRAPS_REFUSED_LEAVES_ODDS, 0, 0, 10},
        {"don't pass odds", 40, CRAPS_ACCEPTED, 40, 0, 0},
        {"don't pass", 10, CRAPS_ACCEPTED, 10, 0, 0},
        {"don't pass", 6, CRAPS_REFUSED_ABOVE_MAX, 0, 0, 5},
        {"place 6", 12, CRAPS_ACCEPTED, 12, 0, 0},
        {"place 6", 12, CRAPS_REFUSED_NO_BET, 0, 0, 0},
        {"don't pass", CRAPS_WHOLE, CRAPS_ACCEPTED, 50, 0, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct craps before = sitting.craps;
        why = (struct craps_refusal){0};
        back = (struct craps_money){0};
        const enum craps_verdict verdict =
            craps_take_down(&sitting.craps, sitting_card(&sitting), 0, bet_named(table[i].bet),
                            table[i].amount, &back, &why);
        if (verdict != table[i].verdict || back.stake != table[i].stake ||
            back.vig != table[i].vig || why.nearest != table[i].nearest)
            fail_msg("%zu: verdict %d, stake %lld, vig %lld, nearest %lld", i, (int)verdict,
                     (long long)back.stake, (long long)back.vig, (long long)why.nearest);
        if (verdict != CRAPS_ACCEPTED)
            assert_memory_equal(&before, &sitting.craps, sizeof before);
    }
}

static void houses_choose(void **state)
{
    (void)state;
    struct craps_rules rules = open_house();
    rules.push_returns = 1;
    rules.comes_down = CRAPS_KIND_BIT(CRAPS_PLACE);
    rules.bar = 3;
    rules.odds_within_max = 1;
    rules.limits[CRAPS_LIMIT_LINE].max = 30;
    static const struct play table[] = {
        {"don't_pass=10 12 66", "P don't pass"},
        {"don't_pass=10 66", "W don't pass 10"},
        {"55 place_6=6 33 34", "W place 6 7"},
        {"pass=10 22 pass_odds=21", "T pass 4, refused 9"},
        {"pass=10 22 pass_odds=20", "T pass 4"},
        {"55 put_6=10 put_odds_6=15 put_6=6", "refused 9"},
        {"55 put_6=10 put_odds_6=15 put_6=5 33", "W put 6 15, W put odds 6 18"},
    };
    PLAY(rules, table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_bets),
        cmocka_unit_test(box_numbers_to_lose),
        cmocka_unit_test(split_bets),
        cmocka_unit_test(totals),
        cmocka_unit_test(hands),
        cmocka_unit_test(crapless),
        cmocka_unit_test(a_part_of_a_bet_comes_down),
        cmocka_unit_test(houses_choose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
