/* SPDX-License-Identifier: MIT */
/*
 * Every program of the library, in every house: it compiles, says what it does, and plays thousands
 * of rolls without an action that the engine refuses or the rail cannot pay.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/strategy/game.h"

#define ROLLS 10000

static struct game game;

static void every_program_has_a_name_that_finds_it(void **state)
{
    (void)state;
    size_t count = 0;
    for (; strategy_library_at(count) != NULL; count++) {
        const struct strategy_source *source = strategy_library_at(count);
        game_parse(&game, source->text);
        assert_ptr_equal(strategy_library_find(bytes_of(source->name)), source);
        if (strategy_library_find(bytes_of(game.strategy.name)) != source)
            fail_msg("%s calls itself %s", source->name, game.strategy.name);
        if (strlen(game.strategy.description) < 20)
            fail_msg("%s does not say what it does", source->name);
        if (count > 0)
            assert_true(strcmp(strategy_library_at(count - 1)->name, source->name) < 0);
    }
    assert_true(count >= 50);
    assert_null(strategy_library_at(count));
}

static void names_are_found_as_people_write_them(void **state)
{
    (void)state;
    static const char *const names[] = {"3-point-molly", "3-Point Molly", "3 point molly",
                                        "3POINTMOLLY"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(strategy_library_find(bytes_of(names[i])));
    static const char *const bots[] = {"pass-odds",    "dont-pass",     "come",      "place-6-8",
                                       "random-legal", "Oscar's Grind", "D'Alembert"};
    for (size_t i = 0; i < sizeof bots / sizeof bots[0]; i++)
        assert_non_null(strategy_library_find(bytes_of(bots[i])));
    assert_null(strategy_library_find(bytes_of("")));
    assert_null(strategy_library_find(bytes_of("3-point-moll")));
    assert_null(strategy_library_find(bytes_of("3-point-mollys")));
    assert_null(strategy_library_find((struct bytes){NULL, 0}));
}

static uint64_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Plays rolls; with small, the rail is short most of the time. */
static void play(const struct strategy_source *source, const struct craps_preset *preset,
                 bool small)
{
    const struct craps_rules rules = preset->rules();
    const chips unit = rules.limits[CRAPS_LIMIT_LINE].min;
    const chips bankroll = small ? 13 * unit : 1000000;
    uint64_t dice = 7;
    game_begin(&game, &rules, source->text, bankroll, unit);
    for (unsigned i = 0; i < ROLLS && !game.gone; i++) {
        game_turn(&game, false);
        game_roll(&game, (unsigned)(draw(&dice) % 6) + 1, (unsigned)(draw(&dice) % 6) + 1);
        if (game.rail < (small ? unit : 100000))
            game.rail += bankroll;
    }
    if (game.gone)
        assert_true(game.player.stopped);
}

static void programs_play_legally_in_every_house(void **state)
{
    (void)state;
    for (size_t house = 0; craps_preset_at(house) != NULL; house++) {
        for (size_t i = 0; strategy_library_at(i) != NULL; i++) {
            play(strategy_library_at(i), craps_preset_at(house), false);
            play(strategy_library_at(i), craps_preset_at(house), true);
        }
    }
}

/* In the usual house nothing of a program is refused, but by a rail that is too short. */
static void programs_ask_for_what_the_house_takes(void **state)
{
    (void)state;
    for (size_t i = 0; strategy_library_at(i) != NULL; i++) {
        play(strategy_library_at(i), craps_preset_at(0), false);
        if (game.placed < 10)
            fail_msg("%s bets almost nothing", strategy_library_at(i)->name);
        if (game.player.skipped != game.player.unpaid)
            fail_msg("%s skipped %llu actions", strategy_library_at(i)->name,
                     (unsigned long long)(game.player.skipped - game.player.unpaid));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_program_has_a_name_that_finds_it),
        cmocka_unit_test(names_are_found_as_people_write_them),
        cmocka_unit_test(programs_play_legally_in_every_house),
        cmocka_unit_test(programs_ask_for_what_the_house_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
