/* SPDX-License-Identifier: MIT */
/* Every bet's wins, losses, pushes and travels as numbered scripts; what is refused, and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/craps/sitting.h"

struct script {
    int number;
    const char *play;
    const char *trace;
    chips won; /* At the end: what came back less what was paid. */
};

static struct sitting sitting;

static void play_all(const struct script *scripts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sitting_begin(&sitting);
        const char *trace = sitting_play(&sitting, scripts[i].play);
        if (strcmp(trace, scripts[i].trace) != 0 || sitting.won != scripts[i].won)
            fail_msg("%d: %s\n  gives %s, %lld\n   want %s, %lld", scripts[i].number,
                     scripts[i].play, trace, (long long)sitting.won, scripts[i].trace,
                     (long long)scripts[i].won);
    }
}

#define PLAY(scripts) play_all(scripts, sizeof(scripts) / sizeof(scripts)[0])

static void line_bets(void **state)
{
    (void)state;
    static const struct script scripts[] = {
        {1, "pass=10 34", "W pass 10", 10},
        {2, "pass=10 56", "W pass 10", 10},
        {3, "pass=10 11", "L pass 10", -10},
        {4, "pass=10 12", "L pass 10", -10},
        {5, "pass=10 66", "L pass 10", -10},
        {6, "pass=10 13 56 11 13", "T pass 4, W pass 4 10", 10},
        {7, "pass=10 46 56 43", "T pass 10, L pass 10 10", -10},
        {8, "dont_pass=10 34", "L don't pass 10", -10},
        {9, "dont_pass=10 56", "L don't pass 10", -10},
        {10, "dont_pass=10 11", "W don't pass 10", 10},
        {11, "dont_pass=10 12", "W don't pass 10", 10},
        {12, "dont_pass=10 66 -dont_pass", "P don't pass", 0},
        {13, "dont_pass=10 66 66 11", "P don't pass, P don't pass, W don't pass 10", 10},
        {14, "dont_pass=10 23 34", "T don't pass 5, W don't pass 5 10", 10},
        {15, "dont_pass=10 23 14", "T don't pass 5, L don't pass 5 10", -10},
        {16, "dont_pass=10 23 -dont_pass 34", "T don't pass 5", 0},
        {17, "pass=10 dont_pass=10 66", "L pass 10, P don't pass", -20},
        {18, "22 pass=10", "refused 4", 0},
        {19, "22 dont_pass=10", "refused 4", 0},
        {20, "pass=10 22 pass=10", "T pass 4, refused 7", -10},
        {21, "pass=10 22 -pass", "T pass 4, refused 12", -10},
        {22, "pass=10 -pass", "", 0},
        {23, "pass=10 pass=15 34", "W pass 25", 25},
        {24, "pass=4", "refused 8", 0},
        {25, "pass=2001", "refused 9", 0},
        {26, "pass=2000 pass=1", "refused 10", -2000},
        {27, "dont_pass=10 22 dont_pass=10", "T don't pass 4, refused 7", -10},
        {28, "pass=10 22 pass_4=5", "T pass 4, refused 7", -10},
        {29, "22 !pass", "refused 13", 0},
        {30, "pass=10 22 !pass 34", "T pass 4, refused 14, L pass 4 10", -10},
    };
    PLAY(scripts);
}

static void come_bets(void **state)
{
    (void)state;
    static const struct script scripts[] = {
        {1, "come=10", "refused 5", 0},
        {2, "22 come=10 34", "W come 10", 10},
        {3, "22 come=10 56", "W come 10", 10},
        {4, "22 come=10 66", "L come 10", -10},
        {5, "22 come=10 33 42", "T come 6, W come 6 10", 10},
        {6, "22 come=10 33 34", "T come 6, L come 6 10", -10},
        /* The point is made; the come bet stays through the next come-out. */
        {7, "22 come=10 33 22 34", "T come 6, L come 6 10", -10},
        {8, "22 come=10 33 22 24", "T come 6, W come 6 10", 10},
        /* Off and on: the old bet wins, the new one takes its place. */
        {9, "22 come=10 33 come=15 33", "T come 6, T come 6, W come 6 10", -5},
        {10, "22 come=10 33 come=10 34", "T come 6, W come 10, L come 6 10", 0},
        {11, "22 come=10 33 -come_6", "T come 6, refused 12", -10},
        {12, "22 come=10 -come", "", 0},
        {13, "22 dont_come=10 66 33 34", "P don't come, T don't come 6, W don't come 6 10", 10},
        {14, "22 dont_come=10 33 24", "T don't come 6, L don't come 6 10", -10},
        {15, "22 dont_come=10 33 -dont_come_6", "T don't come 6", 0},
        {16, "22 dont_come=10 33 -dont_come", "T don't come 6", 0},
        {17, "22 come=10 22", "T come 4", -10},
        {18, "22 dont_come=10 34", "L don't come 10", -10},
        {19, "22 come_6=10", "refused 7", 0},
    };
    PLAY(scripts);
}

static void odds(void **state)
{
    (void)state;
    static const struct script scripts[] = {
        {1, "pass=10 22 odds=30 22", "T pass 4, W pass 4 10, W pass odds 4 60", 70},
        {2, "pass=10 23 odds=40 23", "T pass 5, W pass 5 10, W pass odds 5 60", 70},
        {3, "pass=10 33 odds=50 33", "T pass 6, W pass 6 10, W pass odds 6 60", 70},
        {4, "pass=10 22 odds=30 34", "T pass 4, L pass 4 10, L pass odds 4 30", -40},
        {5, "pass=10 22 odds=31", "T pass 4, refused 9", -10},
        {6, "pass=10 33 odds=11", "T pass 6, refused 11", -10},
        {7, "pass=10 23 odds=41", "T pass 5, refused 11", -10},
        {8, "pass=10 22 odds=10 odds=20 odds=1 22",
         "T pass 4, refused 10, W pass 4 10, W pass odds 4 60", 70},
        {9, "pass=10 22 odds=30 -odds 34", "T pass 4, L pass 4 10", -10},
        {10, "odds=10", "refused 6", 0},
        {11, "pass=10 odds=10", "refused 6", -10},
        {12, "dont_pass=10 22 odds=60 34",
         "T don't pass 4, W don't pass 4 10, W don't pass odds 4 30", 40},
        {13, "dont_pass=10 23 odds=60 34",
         "T don't pass 5, W don't pass 5 10, W don't pass odds 5 40", 50},
        {14, "dont_pass=10 33 odds=60 34",
         "T don't pass 6, W don't pass 6 10, W don't pass odds 6 50", 60},
        {15, "dont_pass=10 33 odds=66", "T don't pass 6, refused 9", -10},
        {16, "dont_pass=10 22 odds=62", "T don't pass 4, refused 9", -10},
        {17, "dont_pass=10 22 odds=60 22",
         "T don't pass 4, L don't pass 4 10, L don't pass odds 4 60", -70},
        /* The odds come down with the don't bet. */
        {18, "dont_pass=10 22 odds=60 -dont_pass", "T don't pass 4", 0},
        /* Come odds are off on the come-out: returned, while the flat bet is decided. */
        {19, "22 come=10 33 odds_6=50 22 34", "T come 6, L come 6 10, R come odds 6", -10},
        {20, "22 come=10 33 odds_6=50 22 33", "T come 6, W come 6 10, R come odds 6", 10},
        {21, "22 come=10 33 odds_6=50 +come_odds_6 22 34",
         "T come 6, L come 6 10, L come odds 6 50", -60},
        {22, "22 come=10 33 odds_6=50 34", "T come 6, L come 6 10, L come odds 6 50", -60},
        {23, "22 come=10 33 odds_6=50 33", "T come 6, W come 6 10, W come odds 6 60", 70},
        /* Don't come odds work. */
        {24, "22 dont_come=10 33 odds_6=60 22 34",
         "T don't come 6, W don't come 6 10, W don't come odds 6 50", 60},
        {25, "22 dont_come=10 33 odds_6=60 !dont_come_odds_6 22 34",
         "T don't come 6, W don't come 6 10, R don't come odds 6", 10},
        /* Off and on with odds. */
        {26, "22 come=10 33 odds_6=50 come=10 33",
         "T come 6, T come 6, W come 6 10, W come odds 6 60", 60},
        {27, "22 come=10 33 come=10 44 come_odds=10", "T come 6, T come 8, refused 2", -20},
        {28, "22 come=10 33 odds=10 -come_odds", "T come 6", -10},
        {29, "pass=10 33 come_odds_6=10", "T pass 6, refused 6", -10},
    };
    PLAY(scripts);
}

static void box_numbers(void **state)
{
    (void)state;
    static const struct script scripts[] = {
        {1, "33 place_4=10 22 34", "W place 4 18, L place 4 10", 8},
        {2, "33 place_5=10 23", "W place 5 14", 4},
        {3, "44 place_6=12 33", "W place 6 14", 2},
        {4, "33 place_8=12 44", "W place 8 14", 2},
        {5, "33 place_9=10 45", "W place 9 14", 4},
        {6, "33 place_10=10 55", "W place 10 18", 8},
        {7, "place_6=12 33 33 34", "W place 6 14", 2}, /* Off on both come-outs. */
        {8, "place_6=12 +place_6 33", "W place 6 14", 2},
        {9, "place_6=12 34", "", -12},
        {10, "44 place_6=12 !place_6 33 34", "", -12},
        {11, "place_6=12 -place_6", "", 0},
        {12, "place_6=7", "refused 11", 0},
        {13, "place_6=6 place_6=6", "", -12},
        {14, "place_4=5 place_4=4", "refused 11", -5},
        {16, "place=6", "refused 2", 0},
        /* Vig on a win: 5 % of 20. */
        {20, "33 buy_4=20 22", "W buy 4 39", 19},
        {21, "33 buy_4=20 34", "L buy 4 20", -20},
        /* Up front: paid, lost with the bet, charged again when it stays, returned when down. */
        {22, "33 buy_5=20 23", "W buy 5 29", 8},
        {23, "33 buy_5=20 34", "L buy 5 21", -21},
        {24, "33 buy_5=20 -buy_5", "", 0},
        {25, "33 buy_5=20 23 -buy_5", "W buy 5 29", 29},
        {26, "33 buy_8=100 44", "W buy 8 115", 10},
        {27, "33 buy_5=20 buy_5=20", "", -42},
        {28, "33 buy_5=28 buy_5=2", "", -32}, /* 1.40 is 1; of 30, 1.50 is 2. */
        {29, "buy_5=20 23", "", -21},         /* Off on the come-out. */
        /* Lay: 5 % of the win. */
        {30, "33 lay_4=40 34", "W lay 4 19", -21},
        {31, "33 lay_4=40 22", "L lay 4 40", -40},
        {32, "33 lay_5=30 34", "W lay 5 19", -12},
        {33, "33 lay_5=30 23", "L lay 5 31", -31},
        {34, "44 lay_6=24 34", "W lay 6 19", -6},
        {35, "lay_6=24 34", "W lay 6 19", -6}, /* Works on the come-out. */
        {36, "lay_6=24 !lay_6 34", "", -25},
        {37, "lay_6=20", "refused 11", 0},
        {38, "lay_10=6 34", "W lay 10 2", -4}, /* At least one dollar. */
        {40, "big_6=10 33 34", "W big 6 10, L big 6 10", 0},
        {41, "big_8=10 33 44", "W big 8 10", 0},
        {50, "hard_4=10 22 34", "W hard 4 70, L hard 4 10", 60},
        {51, "hard_4=10 13", "L hard 4 10", -10},
        {52, "hard_6=10 33", "W hard 6 90", 80},
        {53, "hard_8=10 26", "L hard 8 10", -10},
        {54, "hard_10=10 55", "W hard 10 70", 60},
        {55, "hard_10=10 33 22 43", "L hard 10 10", -10},
        {56, "hard_8=10 !hard_8 26", "", -10},
        {57, "hard_6=10 !hard_6 +hard_6 33", "W hard 6 90", 80},
    };
    PLAY(scripts);
}

static void one_roll_bets(void **state)
{
    (void)state;
    static const struct script scripts[] = {
        {1, "field=10 11", "W field 20", 20},
        {2, "field=10 12", "W field 10", 10},
        {3, "field=10 22", "W field 10", 10},
        {4, "field=10 36", "W field 10", 10},
        {5, "field=10 46", "W field 10", 10},
        {6, "field=10 56", "W field 10", 10},
        {7, "field=10 66", "W field 30", 30},
        {8, "field=10 23", "L field 10", -10},
        {9, "field=10 24", "L field 10", -10},
        {10, "field=10 34", "L field 10", -10},
        {11, "field=10 35", "L field 10", -10},
        {12, "any_seven=10 34", "W any seven 40", 40},
        {13, "any_seven=10 35", "L any seven 10", -10},
        {14, "any_craps=10 11", "W any craps 70", 70},
        {15, "any_craps=10 12", "W any craps 70", 70},
        {16, "any_craps=10 66", "W any craps 70", 70},
        {17, "any_craps=10 56", "L any craps 10", -10},
        {18, "craps_2=10 11", "W craps 2 300", 300},
        {19, "craps_2=10 12", "L craps 2 10", -10},
        {20, "craps_3=10 21", "W craps 3 150", 150},
        {21, "craps_12=10 66", "W craps 12 300", 300},
        {22, "craps_12=10 65", "L craps 12 10", -10},
        {23, "yo=10 65", "W yo 11 150", 150},
        {24, "yo=10 66", "L yo 11 10", -10},
        {25, "horn=4 11", "W horn 27", 27},
        {26, "horn=4 21", "W horn 12", 12},
        {27, "horn=4 65", "W horn 12", 12},
        {28, "horn=4 66", "W horn 27", 27},
        {29, "horn=4 34", "L horn 4", -4},
        {30, "horn=6", "refused 11", 0},
        {31, "c&e=10 11", "W C&E 30", 30},
        {32, "c&e=10 65", "W C&E 70", 70},
        {33, "c&e=10 34", "L C&E 10", -10},
        {34, "c&e=3", "refused 11", 0},
        {35, "hop_3_4=10 43", "W hop 3-4 150", 150},
        {36, "hop_3_4=10 25", "L hop 3-4 10", -10},
        {37, "hop_5_5=10 55", "W hop 5-5 300", 300},
        {38, "hop_5_5=10 46", "L hop 5-5 10", -10},
        {39, "33 yo=10 -yo 65", "", 0},
        {40, "yo=10 !yo", "refused 14", -10},
        {41, "hop_3_4=501", "refused 9", 0},
        {42, "hop=5", "refused 2", 0},
    };
    PLAY(scripts);
}

static void every_hop_wins_on_its_own_dice_only(void **state)
{
    (void)state;
    for (unsigned a = 1; a <= 6; a++) {
        for (unsigned b = a; b <= 6; b++) {
            unsigned wins = 0;
            for (unsigned roll = 0; roll < 36; roll++) {
                char name[16];
                struct craps_refusal why;
                snprintf(name, sizeof name, "hop %u %u", a, b);
                sitting_begin(&sitting);
                assert_int_equal(sitting_place(&sitting, name, 1, &why), CRAPS_ACCEPTED);
                sitting_roll(&sitting, roll / 6 + 1, roll % 6 + 1);
                assert_int_equal(sitting.count, 1);
                wins += sitting.decisions[0].outcome == CRAPS_WIN;
                assert_true(sitting.won == -1 || sitting.won == (a == b ? 30 : 15));
            }
            assert_int_equal(wins, a == b ? 1 : 2);
        }
    }
}

static void house_settings_change_pays(void **state)
{
    (void)state;
    sitting_begin(&sitting);
    sitting.rules.bar = 2;
    sitting.rules.pays[CRAPS_PAY_FIELD_TWELVE] = (struct craps_pay){2, 1};
    sitting.rules.pays[CRAPS_PAY_HARD_SIX_EIGHT] = (struct craps_pay){19, 2};
    sitting.rules.comeout &= ~CRAPS_KIND_BIT(CRAPS_HARDWAY);
    sitting.rules.comeout &= ~CRAPS_KIND_BIT(CRAPS_LAY);
    assert_null(craps_rules_fault(&sitting.rules));
    assert_string_equal(sitting_play(&sitting, "dont_pass=5 11"), "P don't pass");
    assert_string_equal(sitting_play(&sitting, "66"), "W don't pass 5");
    assert_string_equal(sitting_play(&sitting, "field=5 66"), "W field 10");
    assert_string_equal(sitting_play(&sitting, "hard_6=3"), "refused 11");
    assert_string_equal(sitting_play(&sitting, "hard_6=2 lay_4=40 34"), "");
    assert_string_equal(sitting_play(&sitting, "33 33"), "W hard 6 19");
    sitting.rules.bets &= ~((uint64_t)1 << CRAPS_FIELD);
    assert_string_equal(sitting_play(&sitting, "field=5"), "refused 3");
}

static void breakage_is_floored_where_the_house_says(void **state)
{
    (void)state;
    static const struct {
        int number;
        const char *play;
        chips won;
    } table[] = {
        {1, "44 place_6=7 33 -place_6", 8},
        {2, "44 place_4=7 22 -place_4", 12},
        {3, "pass=5 23 odds=3 23", 5 + 4},
        {4, "dont_pass=5 33 odds=7 34", 5 + 5},
        {5, "horn=5 11", 33},
        {6, "lay_4=7 34 -lay_4", 3 - 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        sitting_begin(&sitting);
        sitting.rules.breakage = CRAPS_BREAKAGE_FLOOR;
        sitting_play(&sitting, table[i].play);
        if (sitting.won != table[i].won)
            fail_msg("%d: %lld", table[i].number, (long long)sitting.won);
    }
    sitting_begin(&sitting);
    sitting.rules.breakage = CRAPS_BREAKAGE_FLOOR;
    /* One chip laid on 4 would win nothing. */
    assert_string_equal(sitting_play(&sitting, "dont_pass=5 22 odds=1"),
                        "T don't pass 4, refused 8");
}

static void the_vig_is_rounded_as_the_house_says(void **state)
{
    (void)state;
    static const struct {
        int number;
        uint8_t rounding;
        chips dollar;
        chips stake;
        chips vig;
    } table[] = {
        {1, CRAPS_VIG_NEAREST, 1, 28, 1},
        {2, CRAPS_VIG_NEAREST, 1, 30, 2},
        {3, CRAPS_VIG_NEAREST, 1, 6, 1},
        {4, CRAPS_VIG_DOWN, 1, 38, 1},
        {5, CRAPS_VIG_DOWN, 1, 40, 2},
        {6, CRAPS_VIG_UP, 1, 20, 1},
        {7, CRAPS_VIG_UP, 1, 22, 2},
        {8, CRAPS_VIG_NEAREST, 100, 2998, 100},
        {9, CRAPS_VIG_NEAREST, 100, 3000, 200},
        {10, CRAPS_VIG_UP, 100, 2002, 200},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        sitting_begin(&sitting);
        sitting.rules.vig_rounding = table[i].rounding;
        sitting.rules.dollar = table[i].dollar;
        sitting.rules.limits[CRAPS_LIMIT_BOX] = (struct craps_limit){5 * table[i].dollar, 10000};
        struct craps_money cost;
        struct craps_refusal why;
        assert_int_equal(craps_place(&sitting.craps, sitting_card(&sitting), 0, bet_named("buy 5"),
                                     table[i].stake, &cost, &why),
                         CRAPS_ACCEPTED);
        if (cost.vig != table[i].vig)
            fail_msg("%d: %lld", table[i].number, (long long)cost.vig);
    }
}

static void refusals_say_what_why_and_what_next(void **state)
{
    (void)state;
    static const struct {
        int number;
        const char *before;
        const char *bet;
        chips amount;
        const char *sentence;
    } table[] = {
        {1, "", "place 6", 10,
         "place 6 pays 7:6: use multiples of 6; the nearest to 10 that you may bet now is 12."},
        {2, "", "horn", 5,
         "horn pays 27:4: use multiples of 4; the nearest to 5 that you may bet now is 4."},
        {3, "", "pass", 1, "1 is too little for pass: bet 5 to 2000."},
        {4, "", "yo", 700, "700 is too much for yo 11: bet 1 to 500."},
        {5, "22", "pass", 5, "pass opens with the come-out, and the point is 4: bet come now."},
        {6, "", "come", 5, "come needs a point, and the puck is off: bet pass now."},
        {7, "", "odds", 5,
         "odds must back a bet that has its number: first make pass, don't pass, come or don't "
         "come."},
        {8, "", "come odds 6", 5,
         "come odds 6 must back a bet that has its number: first make come."},
        {9, "pass=10 22", "odds", 40, "40 is too much for pass odds 4: bet 1 to 30."},
        {10, "pass=10 22", "pass", 10,
         "pass 4 is moved there by the dice and cannot grow: back it with odds."},
        {11, "", "place", 6, "place needs a number: say it behind, as in \"place 6\"."},
        {12, "", "place 6", 0, "0 is too little for place 6: bet 6 to 1998 in steps of 6."},
        {13, "yo=500", "yo", 1,
         "Nothing can be added to yo 11: it is at the limit; choose another bet."},
        {14, "", "place 6", -6, "-6 is too little for place 6: bet 6 to 1998 in steps of 6."},
        {15, "", "place 6", INT64_MAX,
         "9223372036854775807 is too much for place 6: bet 6 to 1998 in steps of 6."},
        {16, "", "place 6", INT64_MIN,
         "-9223372036854775808 is too little for place 6: bet 6 to 1998 in steps of 6."},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        sitting_begin(&sitting);
        sitting_play(&sitting, table[i].before);
        const struct craps before = sitting.craps;
        struct craps_refusal why;
        char sentence[CRAPS_SENTENCE_SIZE];
        assert_int_not_equal(sitting_place(&sitting, table[i].bet, table[i].amount, &why),
                             CRAPS_ACCEPTED);
        craps_refusal_sentence(&why, sentence);
        if (strcmp(sentence, table[i].sentence) != 0)
            fail_msg("%d: %s", table[i].number, sentence);
        assert_memory_equal(&before, &sitting.craps, sizeof before);
    }
    /* A kind from elsewhere that does not exist. */
    struct craps_money cost;
    struct craps_refusal why;
    char sentence[CRAPS_SENTENCE_SIZE];
    assert_int_equal(craps_place(&sitting.craps, sitting_card(&sitting), 0,
                                 (struct craps_bet){200, 3}, 5, &cost, &why),
                     CRAPS_REFUSED_UNKNOWN);
    craps_refusal_sentence(&why, sentence);
    assert_string_equal(
        sentence, "There is no such bet: name one like \"pass\", \"place 6\" or \"hop 3 4\".");
}

static void every_offer_is_accepted_at_both_ends(void **state)
{
    (void)state;
    static const char *const situations[] = {
        "",
        "pass=10 22",
        "dont_pass=10 23",
        "pass=5 33 come=5 44 dont_come=7 55 odds=10 place_6=12 buy_4=20",
        "pass=2000 dont_pass=2000 22 odds=1",
    };
    for (size_t i = 0; i < sizeof situations / sizeof situations[0]; i++) {
        sitting_begin(&sitting);
        sitting_play(&sitting, situations[i]);
        struct craps_offer offers[CRAPS_SPOT_COUNT];
        const size_t count = craps_legal(&sitting.craps, sitting_card(&sitting), 0, offers);
        assert_true(count > 40);
        for (size_t k = 0; k < count; k++) {
            const chips amounts[] = {offers[k].least, offers[k].most};
            for (size_t end = 0; end < 2; end++) {
                struct craps craps = sitting.craps;
                struct craps_money cost;
                struct craps_refusal why;
                assert_int_equal(craps_place(&craps, sitting_card(&sitting), 0, offers[k].bet,
                                             amounts[end], &cost, &why),
                                 CRAPS_ACCEPTED);
                craps = sitting.craps;
                assert_int_not_equal(craps_place(&craps, sitting_card(&sitting), 0, offers[k].bet,
                                                 offers[k].most + 1, &cost, &why),
                                     CRAPS_ACCEPTED);
            }
        }
    }
}

static void the_bank_learns_what_would_fit(void **state)
{
    (void)state;
    static const struct {
        int number;
        const char *bet;
        chips win;
        chips amount;
    } table[] = {
        {1, "hop 1 1", 299, 9}, {2, "hop 1 1", 300, 10}, {3, "place 6", 13, 6},
        {4, "place 6", 14, 12}, {5, "place 6", 6, 0},    {6, "place 6", 1000000, 1998},
        {7, "lay 4", 10, 20},   {8, "pass", 4, 0},       {9, "pass", 777, 777},
        {10, "come", 777, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        sitting_begin(&sitting);
        const chips amount = craps_fitting(&sitting.craps, sitting_card(&sitting), 0,
                                           bet_named(table[i].bet), table[i].win);
        if (amount != table[i].amount)
            fail_msg("%d: %lld", table[i].number, (long long)amount);
    }
}

static void winners_come_down_when_the_bank_is_short(void **state)
{
    (void)state;
    sitting_begin(&sitting);
    sitting_play(&sitting, "44 place_6=12 buy_5=20 place_9=10 33");
    assert_int_equal(sitting.count, 1);
    const chips lying = craps_reserve_all(&sitting.craps, sitting_card(&sitting));
    assert_int_equal(lying, 14 + 30 + 14);
    struct craps craps = sitting.craps;
    assert_int_equal(craps_fit(&craps, sitting_card(&sitting), sitting.decisions, 1, lying), lying);
    assert_int_equal(sitting.decisions[0].stays, 1);
    assert_int_equal(craps_fit(&craps, sitting_card(&sitting), sitting.decisions, 1, lying - 1),
                     44);
    assert_int_equal(sitting.decisions[0].stays, 0);
    assert_int_equal(sitting.decisions[0].returned, 12);
    assert_int_equal(craps.seats[0].stakes[craps_spot(bet_named("place 6"))], 0);
    assert_int_equal(craps.seats[0].stakes[craps_spot(bet_named("place 9"))], 10);
}

static void the_dice_pass_after_a_seven_out_only(void **state)
{
    (void)state;
    struct craps craps;
    static struct craps_decision decisions[CRAPS_DECISIONS_MAX];
    const struct craps_rules rules = craps_rules_casino();
    static struct craps_card card;
    craps_card_make(&card, &rules);
    craps_init(&craps);
    assert_int_equal(craps.shooter, CRAPS_SEAT_NONE);
    assert_false(craps_shooter_ready(&craps));
    craps_next_shooter(&craps, 0x8012);
    assert_int_equal(craps.shooter, 1);
    craps_roll(&craps, &card, 0x8012, 3, 4, decisions);
    assert_int_equal(craps.shooter, 1);
    assert_int_equal(craps.hand_rolls, 1);
    craps_roll(&craps, &card, 0x8012, 2, 2, decisions);
    assert_int_equal(craps.puck, 4);
    assert_true(craps_shooter_ready(&craps));
    craps_roll(&craps, &card, 0x8012, 1, 3, decisions);
    assert_int_equal(craps.shooter, 1);
    assert_int_equal(craps.hand_rolls, 3);
    craps_roll(&craps, &card, 0x8012, 5, 4, decisions);
    craps_roll(&craps, &card, 0x8012, 5, 2, decisions);
    assert_int_equal(craps.shooter, 4);
    assert_int_equal(craps.hand_rolls, 0);
    assert_int_equal(craps.puck, 0);
    assert_int_equal(craps.hand_rolls, 0);
    assert_int_equal(craps.rolls, 5);
    craps_next_shooter(&craps, 0x8012);
    assert_int_equal(craps.shooter, 15);
    craps_next_shooter(&craps, 0x8012);
    assert_int_equal(craps.shooter, 1);
    craps_next_shooter(&craps, 0x0002);
    assert_int_equal(craps.shooter, 1);
    craps_next_shooter(&craps, 0);
    assert_int_equal(craps.shooter, CRAPS_SEAT_NONE);
}

static void a_leaving_seat_keeps_its_contracts(void **state)
{
    (void)state;
    sitting_begin(&sitting);
    sitting_play(&sitting, "pass=10 33 odds=50 buy_5=20 come=10 44 come=5 hard_4=3");
    struct craps_money back;
    craps_clear_seat(&sitting.craps, sitting_card(&sitting), 0, &back);
    assert_int_equal(back.stake, 50 + 20 + 5 + 3);
    assert_int_equal(back.vig, 1);
    const struct craps_money left = craps_lying(&sitting.craps, sitting_card(&sitting), 0);
    assert_int_equal(left.stake, 10 + 10);
    assert_int_equal(left.vig, 0);
}

static void the_stickman_calls(void **state)
{
    (void)state;
    static const struct {
        int number;
        unsigned puck, d1, d2;
        const char *call;
    } table[] = {
        {1, 0, 3, 4, "Seven, front-line winner! Pay the line, take the don'ts."},
        {2, 6, 3, 4, "Seven-out! Line away, pay the don'ts, pay the lays. New shooter."},
        {3, 0, 1, 1, "Two, craps, aces: line loses, pay the don'ts."},
        {4, 0, 2, 2, "Hard four, two-two: mark the four."},
        {5, 0, 1, 3, "Four, easy: mark the four."},
        {6, 6, 4, 4, "Hard eight, square pair."},
        {7, 8, 4, 4, "Eight, the hard way! Winner: pay the line. Same good shooter, coming out."},
        {8, 8, 2, 6, "Eight, easy! Winner: pay the line. Same good shooter, coming out."},
        {9, 5, 2, 3, "Five! Winner: pay the line. Same good shooter, coming out."},
        {10, 9, 6, 6, "Twelve, midnight: pay the field."},
        {11, 0, 5, 6, "Yo-leven! Eleven, winner on the front."},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char call[CRAPS_SENTENCE_SIZE];
        craps_call(table[i].puck, table[i].d1, table[i].d2, call);
        if (strcmp(call, table[i].call) != 0)
            fail_msg("%d: %s", table[i].number, call);
    }
    for (unsigned puck = 0; puck <= 10; puck++) {
        for (unsigned roll = 0; roll < 36 && puck != 1 && puck != 2 && puck != 3 && puck != 7;
             roll++) {
            char call[CRAPS_SENTENCE_SIZE];
            craps_call(puck, roll / 6 + 1, roll % 6 + 1, call);
            assert_true(strlen(call) > 4);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_bets),
        cmocka_unit_test(come_bets),
        cmocka_unit_test(odds),
        cmocka_unit_test(box_numbers),
        cmocka_unit_test(one_roll_bets),
        cmocka_unit_test(every_hop_wins_on_its_own_dice_only),
        cmocka_unit_test(house_settings_change_pays),
        cmocka_unit_test(breakage_is_floored_where_the_house_says),
        cmocka_unit_test(the_vig_is_rounded_as_the_house_says),
        cmocka_unit_test(refusals_say_what_why_and_what_next),
        cmocka_unit_test(every_offer_is_accepted_at_both_ends),
        cmocka_unit_test(the_bank_learns_what_would_fit),
        cmocka_unit_test(winners_come_down_when_the_bank_is_short),
        cmocka_unit_test(the_dice_pass_after_a_seven_out_only),
        cmocka_unit_test(a_leaving_seat_keeps_its_contracts),
        cmocka_unit_test(the_stickman_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
