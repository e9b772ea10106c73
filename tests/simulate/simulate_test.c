/* SPDX-License-Identifier: MIT */
/* Whole simulations: the same whoever plays them, and near what is known of the game. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "simulate/document.h"
#include "simulate/edge.h"
#include "simulate/simulate.h"

#define ENTRIES 4

static const char *const texts[ENTRIES] = {
    "strategy \"pass\"\non comeout: bet unit on pass\n",
    "strategy \"don't\"\non comeout: bet unit on don't pass\n",
    "strategy \"props\"\non every roll:\n    bet 5 on field\n    bet 20 on buy 4\n"
    "    bet 6 on place 6\n    bet 5 on hard 8\n    bet 5 on hop 3 4\n",
    "strategy \"chance\"\non every roll: if random(3) > 0: bet (1 + random(4)) * unit on "
    "anything\n",
};

static struct strategy strategies[ENTRIES];
static struct simulate_entry entries[ENTRIES];
static struct result results[ENTRIES];
static struct result_setting setting;

static int begin(void **state)
{
    (void)state;
    for (size_t i = 0; i < ENTRIES; i++) {
        struct strategy_error error;
        const struct bytes text = {(const uint8_t *)texts[i], strlen(texts[i])};
        if (!strategy_parse(text, &strategies[i], &error))
            return -1;
        entries[i] = (struct simulate_entry){.strategy = &strategies[i],
                                             .name = strategies[i].name,
                                             .description = strategies[i].description,
                                             .text = texts[i]};
    }
    setting = (struct result_setting){.preset = "casino",
                                      .house = "",
                                      .card = "",
                                      .rules = craps_rules_casino(),
                                      .bankroll = 1000,
                                      .unit = 5,
                                      .seed = 1,
                                      .sessions = 200,
                                      .horizon = RESULT_HORIZON_ROLLS,
                                      .length = 144,
                                      .jobs = 1};
    /* Exact edges of bets on a hand take long, and have tests of their own. */
    for (unsigned kind = CRAPS_FIRE; kind <= CRAPS_FOUR_ROLLS; kind++)
        setting.rules.bets &= ~CRAPS_KIND_BIT(kind);
    return 0;
}

static void run(size_t first, size_t count)
{
    assert_int_equal(simulate_run(&setting, entries + first, count, NULL, NULL, results), 0);
}

static void clear(size_t count)
{
    for (size_t i = 0; i < count; i++)
        result_clear(&results[i]);
}

/* The JSON of the results without what may differ. */
static char *document(size_t count)
{
    json_t *value = document_json(results, count);
    assert_non_null(value);
    assert_int_equal(json_object_del(value, "timing"), 0);
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    return text;
}

static char *document_of(unsigned jobs, size_t count)
{
    setting.jobs = jobs;
    run(0, count);
    char *text = document(count);
    clear(count);
    return text;
}

static void results_do_not_depend_on_threads(void **state)
{
    (void)state;
    for (uint64_t sessions = 1; sessions <= 131; sessions += 65) {
        setting.sessions = sessions;
        char *one = document_of(1, ENTRIES);
        for (unsigned jobs = 2; jobs <= 4; jobs++) {
            char *more = document_of(jobs, ENTRIES);
            assert_string_equal(one, more);
            free(more);
        }
        setting.seed++;
        char *other = document_of(1, ENTRIES);
        assert_string_not_equal(one, other);
        free(other);
        free(one);
    }
}

static void comparing_changes_no_result(void **state)
{
    (void)state;
    run(0, ENTRIES);
    struct result compared = results[1];
    results[1] = (struct result){0};
    clear(ENTRIES);
    run(1, 1);
    assert_true(compared.winnings.mean == results[0].winnings.mean);
    assert_true(compared.risk_mean == results[0].risk_mean);
    assert_int_equal(compared.handle, results[0].handle);
    assert_memory_equal(compared.paths, results[0].paths,
                        compared.paths_count * sizeof(struct result_path));
    result_clear(&compared);
    clear(1);
}

static const struct result_bet *bet_of(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->bets_count; i++) {
        if (strcmp(result->bets[i].name, name) == 0)
            return &result->bets[i];
    }
    fail_msg("no bet on %s", name);
    return NULL;
}

/* The figures of the pass and don't pass lines: 7/495, 3/220, 557/165 rolls a decision. */
static void lines_come_to_what_is_known(void **state)
{
    (void)state;
    setting.sessions = 20000;
    setting.length = 100;
    run(0, 2);
    const struct result_bet *pass = bet_of(&results[0], "pass");
    const struct result_bet *dont = bet_of(&results[1], "don't pass");
    assert_string_equal(pass->exact_text, "7/495");
    assert_string_equal(dont->exact_text, "3/220");
    assert_true(fabs(pass->edge - 7.0 / 495) < 4 * pass->edge_error);
    assert_true(fabs(dont->edge - 3.0 / 220) < 4 * dont->edge_error);
    assert_int_equal(pass->check, RESULT_CHECK_AGREES);
    assert_int_equal(dont->check, RESULT_CHECK_AGREES);
    /* Of stakes of 1: 1 - (7/495)^2, and 35/36 - (3/220)^2. */
    assert_true(fabs(pass->variance - 0.99980) < 0.001);
    assert_true(fabs(dont->variance - 0.97204) < 0.001);
    assert_true(fabs(results[0].rolls_per_decision - 557.0 / 165) < 0.01);
    assert_true(fabs((double)pass->won / (double)pass->decided - 244.0 / 495) < 0.002);
    assert_true(fabs((double)dont->pushed / (double)dont->decided - 1.0 / 36) < 0.001);
    /* The same dice, but where the don't's push makes it one decision more. */
    assert_int_equal(results[0].dice.outcomes[2][3] > 0, 1);
    for (size_t i = 0; i < 2; i++) {
        assert_true(results[i].sound && results[i].exact_complete);
        assert_true(results[i].dice.p_outcomes > 0.001 && results[i].dice.p_outcomes < 0.999);
        assert_true(results[i].dice.p_totals > 0.001 && results[i].dice.p_totals < 0.999);
        assert_true(fabs(results[i].ahead + results[i].even + results[i].behind - 1) < 1e-12);
        assert_true(fabs(results[i].edge - results[i].exact_edge) < 4 * results[i].edge_error);
    }
    clear(2);
}

static void hands_come_to_what_is_known(void **state)
{
    (void)state;
    setting.horizon = RESULT_HORIZON_SHOOTERS;
    setting.length = 10;
    setting.sessions = 20000;
    run(0, 1);
    const struct result_dice *dice = &results[0].dice;
    assert_int_equal(dice->hands, 200000);
    assert_int_equal(dice->hand_rolls, dice->rolls);
    /* The standard deviation of a hand's rolls is 6.78, that of its points made 1.07. */
    assert_true(fabs(dice->rolls_per_hand - 1671.0 / 196) < 4 * 6.78 / sqrt(200000));
    assert_true(fabs(dice->points_made_per_hand - 67.0 / 98) < 4 * 1.07 / sqrt(200000));
    clear(1);
}

/* The books: each bet's chips, the whole table's, and the bankrolls. */
static void sums_agree(void **state)
{
    (void)state;
    run(0, ENTRIES);
    for (size_t i = 0; i < ENTRIES; i++) {
        const struct result *result = &results[i];
        chips net = 0, handle = 0, placed = 0;
        uint64_t decisions = 0, counted = 0;
        for (size_t j = 0; j < result->bets_count; j++) {
            const struct result_bet *bet = &result->bets[j];
            net += bet->net;
            handle += bet->handle;
            placed += bet->placed_chips;
            decisions += bet->decided;
            assert_int_equal(bet->decided, bet->won + bet->lost + bet->pushed);
        }
        assert_true(fabs((double)net - result->winnings.mean * (double)result->sessions) < 1e-3);
        assert_int_equal(handle, result->handle);
        assert_int_equal(placed, result->placed_chips);
        assert_int_equal(decisions, result->decisions);
        for (size_t j = 0; j < result->histogram.count; j++)
            counted += result->histogram.bars[j].count;
        assert_int_equal(counted, result->sessions);
        assert_int_equal(result->sessions, 200);
        assert_int_equal(result->points[0].at[RESULT_MEDIAN], 1000);
        const struct result_point *last = &result->points[result->points_count - 1];
        assert_int_equal(last->roll, 144);
        assert_true(last->mean == result->final.mean);
        assert_true(fabs(last->alive - (1 - result->bust)) < 1e-12);
        assert_int_equal(result->paths_count, RESULT_PATHS);
    }
    assert_int_equal(setting.rolls,
                     results[0].rolls + results[1].rolls + results[2].rolls + results[3].rolls);
    clear(ENTRIES);
}

/* What was played by one house's rules is no match for the edges of another. */
static void a_wrong_edge_is_noticed(void **state)
{
    (void)state;
    static const struct session_total total = {.sums = {.placed = 100000,
                                                        .won = 49293,
                                                        .lost = 50707,
                                                        .stake_most = 10,
                                                        .net_squares = 10000000,
                                                        .net_stakes = -141400,
                                                        .stake_squares = 10000000},
                                               .handle = 1000000,
                                               .net = -14140};
    static struct session_plan plan;
    struct edges *edges = malloc(sizeof *edges);
    struct craps_rules rules = craps_rules_casino();
    assert_non_null(edges);
    for (unsigned crapless = 0; crapless < 2; crapless++) {
        struct result_bet bet = {0};
        if (crapless) {
            const struct bytes name = {(const uint8_t *)"crapless", 8};
            rules = craps_preset_find(name)->rules();
        }
        session_prepare(&plan, &rules);
        edges_init(edges, &plan);
        edge_compare(edges, CRAPS_SPOT_PASS, &total, &bet);
        assert_true(fabs(bet.edge - 0.01414) < 1e-9);
        assert_true(fabs(bet.edge_error - 0.0031620) < 1e-6);
        assert_int_equal(bet.check, crapless ? RESULT_CHECK_DISAGREES : RESULT_CHECK_AGREES);
        /* 373/6930 of crapless craps is 12.6 standard errors away. */
        assert_true(fabs(bet.z - (crapless ? -12.56 : 0)) < 0.05);
        edges_clear(edges);
    }
    free(edges);
}

/* With the bar on 3, don't pass costs 41/990; a buy of 20 has its vig rounded to a dollar. */
static void edges_follow_the_house(void **state)
{
    (void)state;
    setting.rules.bar = 3;
    setting.sessions = 2000;
    run(1, 2);
    assert_string_equal(bet_of(&results[0], "don't pass")->exact_text, "41/990");
    assert_true(results[0].sound && results[1].sound);
    const struct result_bet *buy = bet_of(&results[1], "buy 4");
    /* A win pays 40 less a vig of 1, once in three: 1/60. */
    assert_string_equal(buy->exact_text, "1/60");
    assert_int_equal(buy->vig, (chips)buy->won);
    assert_int_equal(buy->check, RESULT_CHECK_AGREES);
    clear(2);
}

/* Where the bank keeps what is no whole chip, a place of 1 pays 1, one of 6 pays 7. */
static void rounded_stakes_are_judged_by_themselves(void **state)
{
    (void)state;
    static const char text[] =
        "strategy \"x\"\non every roll:\n    if rolls < 40: bet 1 on place 6\n"
        "    if rolls >= 40: set place 6 to 6\n    bet 7 on place 8\n    bet 3 on place 5\n";
    const struct bytes name = {(const uint8_t *)"crapssim", 8};
    struct strategy_error error;
    setting.rules = craps_preset_find(name)->rules();
    setting.sessions = 1000;
    assert_true(strategy_parse((struct bytes){(const uint8_t *)text, sizeof text - 1},
                               &strategies[0], &error));
    run(0, 1);
    const struct result_bet *five = bet_of(&results[0], "place 5");
    const struct result_bet *six = bet_of(&results[0], "place 6");
    const struct result_bet *eight = bet_of(&results[0], "place 8");
    /* 3 at 7:5 pays 4 in 2 of 5, 7 at 7:6 pays 8 in 5 of 11. */
    assert_string_equal(five->exact_text, "1/15");
    assert_string_equal(eight->exact_text, "2/77");
    assert_string_equal(six->exact_text, "");
    assert_true(six->exact > 1.0 / 66 && six->exact < 1.0 / 11);
    assert_int_equal(five->check, RESULT_CHECK_AGREES);
    assert_int_equal(six->check, RESULT_CHECK_AGREES);
    assert_int_equal(eight->check, RESULT_CHECK_AGREES);
    clear(1);
}

/* Bets that were taken down where they were worth more have no edge to compare with. */
static void a_bet_that_is_bent_is_not_judged(void **state)
{
    (void)state;
    static const char text[] = "strategy \"x\"\non comeout: bet unit on don't pass\n"
                               "on point: take down don't pass\n";
    struct strategy_error error;
    assert_true(strategy_parse((struct bytes){(const uint8_t *)text, sizeof text - 1},
                               &strategies[0], &error));
    run(0, 1);
    const struct result_bet *dont = bet_of(&results[0], "don't pass");
    assert_int_equal(dont->check, RESULT_CHECK_NONE);
    assert_true(dont->returned > 0 && dont->edge > 0.2);
    assert_true(results[0].sound && !results[0].exact_complete);
    clear(1);
}

static bool stop_at_once(void *context, const struct simulate_progress *progress)
{
    *(struct simulate_progress *)context = *progress;
    return false;
}

static void an_interrupted_simulation_says_so(void **state)
{
    (void)state;
    struct simulate_progress progress = {0};
    setting.sessions = 1000000000;
    setting.jobs = 2;
    assert_int_equal(simulate_run(&setting, entries, 2, stop_at_once, &progress, results), 0);
    assert_true(setting.interrupted);
    assert_int_equal(progress.sessions_asked, 2000000000);
    assert_true(results[0].sessions < 1000000000 && results[0].sessions > 0);
    assert_true(results[0].winnings.count == results[0].sessions);
    char *text = document(2);
    assert_non_null(strstr(text, "\"interrupted\":true"));
    free(text);
    clear(2);
    setting.sessions = 10;
    run(0, 1);
    assert_false(setting.interrupted);
    clear(1);
}

/* Half of all sessions of one bet on 1 to 1 double, and half are bust. */
static void ruin_and_doubling_are_told(void **state)
{
    (void)state;
    setting.bankroll = 5;
    setting.sessions = 4000;
    setting.length = 1000;
    setting.win_goal = 5;
    run(0, 1);
    const struct result *result = &results[0];
    assert_int_equal(result->bust_count + result->goal_count, 4000);
    assert_int_equal(result->doubled_count, result->goal_count);
    assert_true(fabs(result->doubled - 244.0 / 495) < 4 * 0.5 / sqrt(4000));
    assert_int_equal(result->needed_95, 0);
    assert_int_equal(result->final.most, 10);
    assert_int_equal(result->drawdown.most, 5);
    assert_int_equal(result->bust_rolls.count, result->bust_count);
    clear(1);
    /* A bankroll that lasts: what a session needs is what it was out of pocket at most. */
    setting.bankroll = 100000;
    setting.win_goal = 0;
    setting.length = 10;
    run(0, 1);
    assert_int_equal(results[0].bust_count, 0);
    assert_in_range(results[0].needed_95, 15, 50);
    assert_true(results[0].needed_99 >= results[0].needed_95);
    clear(1);
}

static void lines_of_the_table_are_those_of_the_tree(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    char mean[100];
    entries[0].name = "a, \"b\"";
    run(0, 2);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_true(document_csv(out, results, 2));
    assert_int_equal(fclose(out), 0);
    assert_true(strncmp(text, "strategy,quantity,value\r\n", 25) == 0);
    json_t *value = json_real(results[0].winnings.mean);
    char *digits = json_dumps(value, JSON_ENCODE_ANY);
    snprintf(mean, sizeof mean, "\"a, \"\"b\"\"\",winnings.mean,%s\r\n", digits);
    assert_non_null(strstr(text, mean));
    assert_non_null(strstr(text, "don't,bets.don't pass.exact_fraction,3/220\r\n"));
    assert_non_null(strstr(text, "don't,histogram.bars.0.from,"));
    assert_non_null(strstr(text, "don't,ruin.needed_95,"));
    free(digits);
    json_decref(value);
    free(text);
    clear(2);
}

static int set_up(void **state)
{
    (void)state;
    return sodium_init() < 0 ? -1 : 0;
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(results_do_not_depend_on_threads),
        TEST(comparing_changes_no_result),
        TEST(lines_come_to_what_is_known),
        TEST(hands_come_to_what_is_known),
        TEST(sums_agree),
        TEST(a_wrong_edge_is_noticed),
        TEST(edges_follow_the_house),
        TEST(rounded_stakes_are_judged_by_themselves),
        TEST(a_bet_that_is_bent_is_not_judged),
        TEST(an_interrupted_simulation_says_so),
        TEST(ruin_and_doubling_are_told),
        TEST(lines_of_the_table_are_those_of_the_tree),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
