/* SPDX-License-Identifier: MIT */
/*
 * What programs do at a felt, as text: the actions before each roll, "|" between the rolls. A bet
 * with chips is placed; "-place 6" comes down, "-place 6 12" in part; dice are pairs of digits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/strategy/game.h"

#define X "strategy \"x\"\n"

static struct game game;

struct story {
    const char *text;
    const char *dice;
    const char *trace;
};

static void tell_all(const struct story *stories, size_t count, chips bankroll)
{
    const struct craps_rules rules = craps_rules_casino();
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        game_begin(&game, &rules, bytes_of(stories[i].text), bankroll, 5);
        const char *trace = game_play(&game, stories[i].dice);
        if (strcmp(trace, stories[i].trace) != 0) {
            wrong++;
            print_message("%s\n%s\n  gave     %s\n  expected %s\n", stories[i].text,
                          stories[i].dice, trace, stories[i].trace);
        }
    }
    assert_int_equal(wrong, 0);
}

#define TELL(stories, bankroll) tell_all(stories, sizeof stories / sizeof stories[0], bankroll)

/* ---- When ---- */

static void sections_wait_for_their_event(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {X "on start: bet 5 on field", "43 43", "field 5 |  | "},
        {X "on comeout: bet 5 on pass", "43 22 31 22", "pass 5 | pass 5 |  | pass 5 | "},
        {X "on point: bet 5 on come", "43 22 31 22", " |  | come 5 |  | come 5"},
        {X "on point 4 and 6: bet 5 on field", "22 43 33 33 32", " | field 5 |  | field 5 |  | "},
        {X "on new shooter: bet 5 on field", "43 22 43 22", "field 5 |  |  | field 5 | "},
        {X "on every roll: bet 5 on field", "43 22", "field 5 | field 5 | field 5"},
        {X "on roll of 2, 3: bet 5 on field", "11 22 21", " | field 5 |  | field 5"},
        {X "on roll of inside: bet 5 on field", "11 33 22 45", " |  | field 5 |  | field 5"},
        {X "on seven-out: bet 5 on field", "43 22 43 43", " |  |  | field 5 | "},
        {X "on seven out: bet 5 on field", "22 43", " |  | field 5"},
        {X "on point made: bet 5 on field", "22 22 22 43", " |  | field 5 |  | "},
        {X "on comeout: bet 5 on pass\non win of pass: bet 5 on field", "43 22 22 11",
         "pass 5 | pass 5, field 5 |  | pass 5, field 5 | pass 5"},
        {X "on comeout: bet 5 on pass\non loss of pass: bet 5 on field", "43 22 43 11",
         "pass 5 | pass 5 |  | pass 5, field 5 | pass 5, field 5"},
        {X "on comeout: bet 5 on don't pass\non push of don't pass: bet 5 on field", "66 43",
         "don't pass 5 | field 5 | don't pass 5"},
        {X "on point: bet 6 on place 6 and 8\non win of place 6 and 8: bet 5 on field",
         "22 33 44 55", " | place 6 6, place 8 6 | field 5 | field 5 | "},
        {X "stop when rolls >= 2\non comeout: bet 5 on pass", "43 43 22 43",
         "pass 5 | pass 5 | stop"},
        {X "stop when rolls = 2\non comeout: bet 5 on pass\non point: bet 5 on place 5",
         "43 22 33 22", "pass 5 | pass 5 |  |  | stop"},
    };
    TELL(stories, 1000);
}

/* ---- What ---- */

static void actions_do_what_they_say(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {X "on point: bet 6 on place 6", "22 33 33", " | place 6 6 |  | "},
        {X "on point: add 6 to place 6", "22 33 31", " | place 6 6 | place 6 6 | "},
        {X "on point:\n  if rolls = 1: set place 6 to 12\n"
           "  else if rolls = 2: set place 6 to 24\n"
           "  else if rolls = 3: set place 6 to 18\n"
           "  else: set place 6 to 0",
         "22 32 32 32", " | place 6 12 | place 6 12 | -place 6 6 | -place 6"},
        {X "on point: bet 12 on place 6; regress place 6 to 6", "22 31",
         " | place 6 12, -place 6 6 | "},
        {X "on point: bet 6 on place 6; regress place 6 to 12", "22 31", " | place 6 6 | "},
        {X "on point: bet 6 on place 6; press place 6", "22 31", " | place 6 6, place 6 6 | "},
        {X "on point: press place 6", "22 31", " |  | "},
        {X "on point: bet 12 on place 6; press place 6 by half", "22", " | place 6 12, place 6 6"},
        {X "on point: bet 12 on place 6; press place 6 by 6", "22", " | place 6 12, place 6 6"},
        {X "on point: bet 12 on place 6; press place 6 to 30", "22 31",
         " | place 6 12, place 6 18 | "},
        {X "on point: bet 12 on place 6; press place 6 by full", "22", " | place 6 12, place 6 12"},
        {X "on point: bet 12 on place 6\non win of place 6: press place 6 by win", "22 33 33",
         " | place 6 12 | place 6 12 | place 6 24"},
        {X "on point: bet 10 on place 5\non win of place 5: press place 5 by win rounded up",
         "22 32", " | place 5 10 | place 5 15"},
        {X "on comeout: bet 5 on pass\non point: odds max on pass", "22 31 22 33",
         "pass 5 | pass odds 4 15 | pass 5 | pass odds 4 15 | "},
        {X "on comeout: bet 5 on pass\non point: odds 1x on pass", "32 31",
         "pass 5 | pass odds 5 6 | "},
        {X "on comeout: bet 10 on pass\non point: odds 2x on pass", "32 41 33",
         "pass 10 | pass odds 5 20 | pass 10 | pass odds 6 20"},
        {X "on comeout: bet 5 on pass\non point: odds 7 on pass", "22 31",
         "pass 5 | pass odds 4 7 | pass 5"},
        {X "on comeout: bet 5 on don't pass\non point: odds max on don't pass", "22 31 43 32",
         "don't pass 5 | don't pass odds 4 30 | don't pass 5 | don't pass 5 | "
         "don't pass odds 5 30"},
        {X "on point: bet 5 on come\non every roll: odds 1x on come", "22 32 31 33 22 43",
         " | come 5 | come 5, come odds 5 6 | come odds 4 5 | come 5 | come 5, come odds 4 5 | "},
        {X "on point: bet 6 on place 6; if rolls = 2: take down place", "22 31", " | place 6 6 | "},
        {X
         "on comeout: bet 5 on pass\non point: odds 2x on pass; if rolls = 2: take down pass odds",
         "22 31", "pass 5 | pass odds 4 10 | pass 5"},
        {X "on comeout: bet 5 on don't pass\non point:\n  if rolls = 1: odds max on don't pass\n"
           "  else: take down don't pass",
         "22 31 31", "don't pass 5 | don't pass odds 4 30 | don't pass 5 | -don't pass 4"},
        {X "on point: bet 6 on place 6; call place 6 off", "22 33 31",
         " | place 6 6, place 6 off |  | "},
        {X "on every roll: bet 6 on place 6; call place working; if rolls = 1: call place default",
         "33 33", "place 6 6, place 6 working | place 6 default | place 6 working"},
        {X "on every roll: bet 12 on place 6\non start: take down place 6\n", "31",
         "place 6 12, -place 6 | place 6 12"},
        {X "on comeout: bet 5 on pass\non point: stop", "22 31 22", "pass 5 |  | stop"},
        {X "on comeout: bet 5 on pass\non point: odds max on pass; bet 5 on field; stop",
         "22 31 43", "pass 5 | pass odds 4 15, field 5, -pass odds 4, -field | stop"},
        {X "on point: bet 5 on place inside except point", "22 33",
         " | place 5 5, place 6 6, place 8 6, place 9 5 | "},
        {X "on point: bet 5 on place point", "33 33 22", " | place 6 6 |  | place 4 5"},
        {X "on point: bet 5 on place point, field", "33 31", " | place 6 6, field 5 | field 5"},
        {X "on point: bet 5 on place 6 except point", "33 33 22", " |  |  | place 6 6"},
        {X "on point: bet 5 on place across except 6 and 8", "33",
         " | place 4 5, place 5 5, place 9 5, place 10 5"},
        {X "on every roll: for n in 6, 8: bet n on place n", "31", "place 6 6, place 8 6 | "},
        {X "on every roll: bet 1 on hop 3-4, C&E, horn high yo, any seven", "31",
         "any seven 1, C&E 2, horn high 11 5, hop 3-4 1 | "
         "any seven 1, C&E 2, horn high 11 5, hop 3-4 1"},
        {X "on every roll: bet 1 on pass, field", "22 31",
         "pass 5, field 5 | field 5 | pass 5, field 5"},
        {X "on start: bet 6 on place 6 and 8; set place 6 to 7; set place 8 to 10", "",
         "place 6 6, place 8 6, place 8 6"},
        {X "on start: bet 12 on place 6 and 8\non win of place 6 and 8: press place 6 and 8 by win",
         "22 33 44", "place 6 12, place 8 12 |  | place 6 12 | place 8 12"},
        {X "let Zz = 5\non start: bet zZ on Field", "", "field 5"},
        {X "on start: bet 15 on place 5; press place 5 by half", "", "place 5 15, place 5 10"},
        {X "on start: bet 15 on place 5; press place 5 by half rounded down", "",
         "place 5 15, place 5 5"},
        {X "on every roll: bet 6 on place 6; call place 6 working; call place 6 working", "31 31",
         "place 6 6, place 6 working |  | "},
        {X "on comeout: bet 5 on pass, field\non win of pass: bet 5 on any craps\non loss of "
           "field: bet 5 on yo",
         "43", "pass 5, field 5 | pass 5, field 5, any craps 5, yo 11 5"},
        {X "on point: bet 6 on place 6 and 8; bet 10 + streak(place 6) on field", "22 44 33 43 22",
         " | place 6 6, place 8 6, field 10 | field 11 | field 12 |  | place 6 6, place 8 6, field "
         "8"},
        {X "on every roll: bet unit on pass", "22 31", "pass 5 |  | pass 5"},
    };
    TELL(stories, 1000);
}

static void amounts_become_proper(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {X "on start: bet 10 on place 6; bet 25 on place 8; bet 8 on place 5", "",
         "place 6 12, place 8 24, place 5 10"},
        {X "on start: bet 9 on place 6", "", "place 6 12"},
        {X "on start: bet 9 on place 6 rounded down; bet 7 on place 8 rounded up", "",
         "place 6 6, place 8 12"},
        {X "on start: bet 8 on place 6 rounded nearest", "", "place 6 6"},
        {X "on start: bet 1 on place 6; bet 0 on place 8; bet -5 on field", "", "place 6 6"},
        {X "on start: bet 6 on place 6; press place 6 by 2", "", "place 6 6"},
        {X "on start: bet 6 on place 6; press place 6 by 3", "", "place 6 6, place 6 6"},
        {X "on start: bet 6 on place 6; press place 6 by 2 rounded up", "", "place 6 6, place 6 6"},
        {X "on start: bet 6 on place 6; set place 6 to 1", "", "place 6 6"},
        {X "on start: bet 30 on place 6; regress place 6 to 10", "", "place 6 30, -place 6 18"},
        {X "on start: bet 700 on place 6", "", "place 6 702"},
        {X "on start: bet max on pass", "", "pass 1000"},
        {X "on start: bet 998 on pass; bet 5 on field", "", "pass 998"},
        {X "on start: bet 980 on pass; bet 40 on buy 5", "", "pass 980, buy 5 18"},
        {X "on start: bet 50 on place 6; set place 6 to 1000000000 * 1000", "",
         "place 6 48, place 6 948"},
    };
    TELL(stories, 1000);
}

/* ---- Values ---- */

static void values_are_what_they_are(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {X "on every roll: bet 5 + rolls on field", "22 22 22",
         "field 5 | field 6 | field 7 | field 8"},
        {X "on every roll: bet 5 + hand on field", "22 31 43 22",
         "field 5 | field 6 | field 7 | field 8 | field 9"},
        {X "on every roll: bet 5 * shooters on field", "22 43 22 43",
         "field 5 | field 5 | field 10 | field 10 | field 15"},
        {X "on every roll: bet 5 + points on field", "22 22 22 22 22 43",
         "field 5 | field 5 | field 6 | field 6 | field 7 | field 7 | field 5"},
        {X "on every roll: bet 5 + total on field", "66 43", "field 5 | field 17 | field 12"},
        {X "on every roll: bet 5 + point on field", "33 22 33",
         "field 5 | field 11 | field 11 | field 5"},
        {X "on every roll: bet 5 + hits(4) on field", "22 22 31 22 43 22",
         "field 5 | field 6 | field 7 | field 8 | field 9 | field 9 | field 10"},
        {X "on every roll: bet 5 + since(7) on field", "22 22 43 22",
         "field 5 | field 6 | field 7 | field 5 | field 6"},
        {X "on every roll: bet 5 + since(point) on field", "33 22 22 43 22",
         "field 5 | field 5 | field 6 | field 7 | field 8 | field 5"},
        {X "on every roll: bet 5 + 10 * rolled(4, 6) on field", "33 32 22",
         "field 5 | field 15 | field 5 | field 15"},
        {X "on every roll: if comeout: bet 5 on field", "33 22 33", "field 5 |  |  | field 5"},
        {X "on every roll: if shooter: bet 5 on field", "", "field 5"},
        {X "on every roll: if new shooter and not seven-out: bet 5 on field", "33 43 33",
         "field 5 |  |  | "},
        {X "on comeout: bet 20 on pass, don't pass\non start: bet count(pass, don't pass) * "
           "stake(pass) on field",
         "", "pass 20, don't pass 20, field 40"},
        {X
         "on comeout: bet 20 on pass\non every roll: bet won(pass) on field; bet lost(pass) on yo",
         "43 11", "pass 20 | pass 20, field 20 | pass 20, yo 11 20"},
        {X "on comeout: bet 20 on buy 4; call buy 4 working\non win of buy 4: bet won(buy 4) on "
           "field",
         "22", "buy 4 20, buy 4 working | field 39"},
        {X "on comeout: bet 5 on don't pass\non comeout: bet 10 * pushed(don't pass) on field",
         "66 33", "don't pass 5 | field 10 | "},
        {X "on comeout: bet 5 on pass\non every roll: bet 10 + streak(pass) on field",
         "43 43 11 11 65",
         "pass 5, field 10 | pass 5, field 11 | pass 5, field 12 | pass 5, field 9 | "
         "pass 5, field 8 | pass 5, field 11"},
        {X "on comeout: bet 100 on pass\non every roll: bet profit on field; bet 0 - profit on yo",
         "43 11 12", "pass 100 | pass 100, field 100 | pass 100, field 200 | pass 100, field 300"},
        {X "on start: bet 100 on pass; bet rail / 9 on field; bet risk on yo; bet bankroll / 10 on "
           "any seven; bet buyin / 10 on hard 4",
         "", "pass 100, field 100, yo 11 200, any seven 100, hard 4 100"},
        {X
         "list a = 7, 8, 9\non start: bet first(a) * 5 on field; bet last(a) on yo; drop first of "
         "a; drop last of a; bet first(a) + last(a) + size(a) on hard 4; drop last of a; drop last "
         "of a; bet 20 + first(a) + last(a) + size(a) on hard 6; append 30 to a; bet first(a) on "
         "hard 8; list a = 40; bet last(a) on hard 10",
         "", "field 35, yo 11 9, hard 4 17, hard 6 20, hard 8 30, hard 10 40"},
        {X
         "on start: bet 17 % 10 on yo; bet 17 / 2 * 5 on field; bet 20 - 2 * 3 - 4 on hard 4; bet "
         "-5 + 20 on hard 6; bet (1 + 2) * 5 on hard 8; bet 2 + 3 units on hard 10",
         "", "yo 11 7, field 40, hard 4 10, hard 6 15, hard 8 15, hard 10 17"},
        {X "on start: bet 50 + 5 / 0 + 5 % 0 on field", "", "field 50"},
        {X "on start: if 1 < 2 and 2 <= 2 and 3 > 2 and 2 >= 2 and 1 != 2 and 2 = 2 and not 0: bet "
           "5 on field",
         "", "field 5"},
        {X
         "on start:\n  if 0 or 2 < 1 or not 1: bet 5 on field\n  else if 0 and 1 or 3: bet 5 on yo",
         "", "yo 11 5"},
        {X "on start: bet min(30, 20) on field; bet max(20, 25) on yo", "", "field 20, yo 11 25"},
        {X
         "let a = 1000000\nlet b = 1\non start:\n  let b = a * a * a * a * a\n  if b = a * a: bet "
         "5 on field\n  let b = -b * a\n  if b = -a * a: bet 5 on yo",
         "", "field 5, yo 11 5"},
        {X "let a = 2\nlet b = a * 5\non every roll: bet b on field; let b = b + a", "22 22",
         "field 10 | field 12 | field 14"},
    };
    TELL(stories, 1000);
}

/* ---- Progressions ---- */

/* The text of a program of the library. */
static struct bytes library(const char *name)
{
    const struct strategy_source *source = strategy_library_find(bytes_of(name));
    if (source == NULL)
        fail_msg("there is no %s", name);
    return source->text;
}

/* Wins and losses of pass come-outs, one letter each, as dice. */
static const char *dice_of(const char *results)
{
    static char dice[200];
    size_t used = 0;
    for (; *results != '\0'; results++) {
        memcpy(dice + used, *results == 'w' ? "43 " : "12 ", 3);
        used += 3;
    }
    dice[used] = '\0';
    return dice;
}

static void progressions_stake_as_the_books_say(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *results;
        const char *stakes; /* In units of 5, with a unit of 5. */
    } runs[] = {
        {"martingale", "lllwwlw", "1 2 4 8 1 1 2 1"},
        {"grand martingale", "lllwwlw", "1 3 7 15 1 1 3 1"},
        {"d'alembert", "lllwwwwl", "1 2 3 4 3 2 1 1 2"},
        /* 1234: 5; 12345: 6; 123456: 7; wins: 2345: 7; 34: 7; anew. */
        {"labouchere", "llwwwl", "5 6 7 7 7 5 6"},
        /* One number is left: it alone is the stake. 1234 w 23 l 235 w 3 w anew. */
        {"labouchere", "wlww", "5 5 7 3 5"},
        {"fibonacci", "lllllwlwwwl", "1 1 2 3 5 8 3 5 2 1 1 1"},
        /* -1 -2 -3, then 1 (-2) 2 (0) 1 (+1): a series. */
        {"oscar's grind", "lllwwwwlw", "1 1 1 1 2 1 1 1 1 1"},
        /* -1 ... -5; +1 +2 bring it to -2; the next would be 3, and 3 is what it takes. */
        {"oscar's grind", "lllllwwwl", "1 1 1 1 1 1 2 3 1 1"},
        {"paroli", "wwwwwl", "1 2 4 1 2 4 1"},
        {"paroli", "wwl", "1 2 4 1"},
    };
    const struct craps_rules rules = craps_rules_casino();
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        game_begin(&game, &rules, library(runs[i].name), 10000, 5);
        char stakes[200] = "";
        const char *dice = dice_of(runs[i].results);
        for (;; dice += 3) {
            const chips before = game.rail;
            game_turn(&game, false);
            char stake[24];
            snprintf(stake, sizeof stake, "%s%lld", stakes[0] == '\0' ? "" : " ",
                     (long long)(before - game.rail) / 5);
            strcat(stakes, stake);
            if (*dice == '\0')
                break;
            game_roll(&game, (unsigned)(dice[0] - '0'), (unsigned)(dice[1] - '0'));
        }
        if (strcmp(stakes, runs[i].stakes) != 0)
            fail_msg("%s %s\n  gave     %s\n  expected %s", runs[i].name, runs[i].results, stakes,
                     runs[i].stakes);
    }
}

/* ---- Known systems, roll by roll ---- */

static void systems_play_by_their_rule(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {"3-point molly", "22 33 45 41 33 34",
         "pass 5 | come 5, pass odds 4 15 | come 5, come odds 6 25 | come odds 9 20 |  | "
         "come 5 | pass 5"},
        {"3-point dolly", "22 33 45 41 43",
         "don't pass 5 | don't come 5, don't pass odds 4 30 | "
         "don't come 5, don't come odds 6 30 | don't come odds 9 30 |  | don't pass 5"},
        {"5-count", "43 22 43 33 11 12 66 45 31",
         " |  |  |  |  |  |  |  | come 5 | come 5, come odds 4 10"},
        {"hammerlock", "32 33 44 22 32",
         "pass 5, don't pass 5 | don't pass odds 5 30, place 6 12, place 8 12 | "
         "-place 6 6, -place 8 6, place 5 5, place 9 5 | "
         "-place 5, -place 6, -place 8, -place 9 |  | pass 5, don't pass 5"},
        {"iron cross", "22 33 32",
         " | field 5, place 5 5, place 6 6, place 8 6 | field 5 | field 5"},
        {"across one hit down", "22 33 31 43 33 34 22",
         " | place 4 5, place 5 5, place 9 5, place 10 5, place 6 6, place 8 6 | "
         "-place 4, -place 5, -place 6, -place 8, -place 9, -place 10 |  |  |  |  | "
         "place 4 5, place 5 5, place 9 5, place 10 5, place 6 6, place 8 6"},
        {"regress 66 inside", "22 33 34 22",
         " | place 5 15, place 9 15, place 6 18, place 8 18 | "
         "-place 5 10, -place 9 10, -place 6 12, -place 8 12 |  | "
         "place 5 15, place 9 15, place 6 18, place 8 18"},
        {"press one hit one", "22 33 33 33", " | place 6 6, place 8 6 | place 6 6 |  | place 6 12"},
        {"power press", "22 33 44",
         " | place 5 5, place 9 5, place 6 6, place 8 6 | place 6 6 | place 8 6"},
        {"double tap", "22 33 33 33",
         " | place 6 6, place 8 6 | place 6 6 | place 6 12 | -place 6 18"},
        {"knockout", "22 43", "pass 5, don't pass 5 | pass odds 4 15 | pass 5, don't pass 5"},
        {"risk 12", "43 33 32 34",
         "pass 5, field 5 | pass 5, field 5 | place 6 6, place 8 6 |  | pass 5, field 5"},
        {"dice doctor", "22 22 22 43", "field 5 | field 10 | field 7 | field 15 | field 5"},
        {"place 6 8 2 come", "33 44 32 45 33",
         " | come 5, place 6 6, place 8 6 | come 5, -place 8, place 5 5 | -place 5, place 9 5 | "
         " | "},
        {"doey-don't", "66 22", "pass 5, don't pass 5 | pass 5 | pass odds 4 15"},
        {"hardways parlay", "32 22 22 31",
         " | hard 4 5, hard 6 5, hard 8 5, hard 10 5 | hard 4 35 | -hard 4 35 | hard 4 5"},
        {"small tall all", "22 43 43",
         "all small 5, all tall 5, make 'em all 5, pass 5 | pass odds 4 10 | "
         "all small 5, all tall 5, make 'em all 5, pass 5 | "
         "all small 5, all tall 5, make 'em all 5, pass 5"},
        {"fire", "22 43", "fire 5, pass 5 | pass odds 4 10 | fire 5, pass 5"},
        {"hedge any craps", "11 22",
         "pass 25, any craps 3 | pass 25, any craps 3 | pass odds 4 50"},
        {"place 6 8 cpr", "22 33 33", " | place 6 6, place 8 6 | place 6 6 | -place 6 6"},
        {"squeeze play", "33 34", "don't pass 10 | place 6 6 | don't pass 10"},
        {"lay 4 10", "22 43", "lay 4 10, lay 10 10 | lay 4 10 | "},
    };
    const struct craps_rules rules = craps_rules_casino();
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        game_begin(&game, &rules, library(stories[i].text), 1000, 5);
        const char *trace = game_play(&game, stories[i].dice);
        if (strcmp(trace, stories[i].trace) != 0) {
            wrong++;
            print_message("%s\n%s\n  gave     %s\n  expected %s\n", stories[i].text,
                          stories[i].dice, trace, stories[i].trace);
        }
    }
    assert_int_equal(wrong, 0);
}

/* ---- What cannot be done ---- */

static void what_cannot_be_made_is_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        chips bankroll;
        unsigned skipped;
        unsigned unpaid;
    } cases[] = {
        {X "on start: bet 5 on pass, field", 1000, 0, 0},
        {X "on start: bet 5 on come", 1000, 1, 0},
        {X "on start: bet 5 on pass odds 6", 1000, 1, 0},
        {X "on start: bet 5 on pass, field", 5, 1, 1},
        {X "on start: bet 5 on pass, field", 4, 2, 2},
        {X "on start: bet 0 on pass, field; press field; take down place", 4, 0, 0},
        {X "on start: bet 5 on pass; odds 2x on pass", 1000, 0, 0},
        {X "on start: bet 5 on field; call field off", 1000, 1, 0},
        {X "on start: bet 20 on buy 5", 6, 1, 1},
        {X "on start: bet 20 on buy 5", 7, 0, 0},
    };
    const struct craps_rules rules = craps_rules_casino();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        game_begin(&game, &rules, bytes_of(cases[i].text), cases[i].bankroll, 5);
        game_turn(&game, false);
        if (game.player.skipped != cases[i].skipped || game.player.unpaid != cases[i].unpaid)
            fail_msg("%s skipped %llu and could not pay %llu", cases[i].text,
                     (unsigned long long)game.player.skipped,
                     (unsigned long long)game.player.unpaid);
    }
}

/* What lies already, and full odds, are no refusals. */
static void what_is_up_already_is_not_counted(void **state)
{
    (void)state;
    const struct craps_rules rules = craps_rules_casino();
    game_begin(&game, &rules,
               bytes_of(X "on every roll: bet unit on pass, don't pass; odds max on pass\n"), 1000,
               5);
    assert_string_equal(game_play(&game, "22 33 32 31"),
                        "pass 5, don't pass 5 | pass odds 4 15 |  |  | pass 5, don't pass 5");
    assert_int_equal(game.player.skipped, 0);
}

/* An action that the caller did not carry out is not asked for again before the next roll. */
static void a_refused_action_is_not_repeated(void **state)
{
    (void)state;
    const struct craps_rules rules = craps_rules_casino();
    game_begin(&game, &rules, bytes_of(X "on every roll: bet 5 on pass, field, place across\n"),
               1000, 5);
    for (unsigned roll = 0; roll < 3; roll++) {
        const struct strategy_view view = {
            .craps = &game.craps, .card = &game.card, .seat = GAME_SEAT, .rail = game.rail};
        unsigned actions = 0;
        while (strategy_next(&game.strategy, &game.player, &view).deed != STRATEGY_READY)
            actions++;
        assert_int_equal(actions, roll == 1 ? 7 : 8);
        assert_int_equal(strategy_next(&game.strategy, &game.player, &view).deed, STRATEGY_READY);
        game_roll(&game, 2, 2);
    }
}

static void the_same_seed_is_the_same_game(void **state)
{
    (void)state;
    const struct craps_rules rules = craps_rules_casino();
    static char first[4096];
    game_begin(&game, &rules, library("random legal"), 1000, 5);
    snprintf(first, sizeof first, "%s", game_play(&game, "22 33 43 66 32 44 43"));
    game_begin(&game, &rules, library("random legal"), 1000, 5);
    assert_string_equal(game_play(&game, "22 33 43 66 32 44 43"), first);
    game_begin(&game, &rules, library("random legal"), 1000, 5);
    game.player.random = 2;
    assert_string_not_equal(game_play(&game, "22 33 43 66 32 44 43"), first);
}

/* A list that is full takes nothing more; what is taken off its front makes room. */
static void a_full_list_takes_nothing_more(void **state)
{
    (void)state;
    const struct craps_rules rules = craps_rules_casino();
    static const char text[] = X "list a = 0\non every roll:\n"
                                 "    for i in all: for j in all: append 1 to a\n"
                                 "    bet size(a) on field\n"
                                 "    for i in across: drop first of a\n"
                                 "    bet size(a) on yo\n"
                                 "    append 9 to a\n"
                                 "    bet last(a) * size(a) on hard 4\n";
    game_begin(&game, &rules, bytes_of(text), 10000, 5);
    assert_string_equal(game_play(&game, ""), "field 64, yo 11 58, hard 4 500");
}

static void a_shooter_owes_a_line_bet(void **state)
{
    (void)state;
    const struct craps_rules rules = craps_rules_casino();
    game_begin(&game, &rules, bytes_of(X "on point: bet 5 on field"), 100, 5);
    struct strategy_view view = {
        .craps = &game.craps, .card = &game.card, .seat = GAME_SEAT, .rail = 4};
    assert_int_equal(strategy_duty(&view).deed, STRATEGY_READY);
    view.rail = 100;
    const struct strategy_action duty = strategy_duty(&view);
    assert_int_equal(duty.deed, STRATEGY_PLACE);
    assert_int_equal(duty.bet.kind, CRAPS_PASS);
    assert_int_equal(duty.amount, 5);
    view.seat = GAME_SEAT + 1;
    assert_int_equal(strategy_duty(&view).deed, STRATEGY_READY);
    view.seat = GAME_SEAT;
    game_act(&game, &duty);
    assert_int_equal(strategy_duty(&view).deed, STRATEGY_READY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_wait_for_their_event),
        cmocka_unit_test(actions_do_what_they_say),
        cmocka_unit_test(amounts_become_proper),
        cmocka_unit_test(values_are_what_they_are),
        cmocka_unit_test(progressions_stake_as_the_books_say),
        cmocka_unit_test(systems_play_by_their_rule),
        cmocka_unit_test(what_cannot_be_made_is_counted),
        cmocka_unit_test(what_is_up_already_is_not_counted),
        cmocka_unit_test(a_refused_action_is_not_repeated),
        cmocka_unit_test(the_same_seed_is_the_same_game),
        cmocka_unit_test(a_full_list_takes_nothing_more),
        cmocka_unit_test(a_shooter_owes_a_line_bet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
