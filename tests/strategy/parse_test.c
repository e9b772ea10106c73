/* SPDX-License-Identifier: MIT */
/* Texts that are no programs, and what is said of each; and a few that are at the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/strategy/game.h"

/* A first line. */
#define X "strategy \"x\"\n"

/* clang-format off */

static const struct {
    const char *text;
    unsigned line;
    unsigned column;
    const char *sentence;
} faults[] = {
    {X "on point:\n\tstop", 3, 2,
     "expected spaces at the start of the line, found a tab"},
    {X "on point: let a = 5 . 3", 2, 15,
     "expected a variable that a \"let\" line above the first \"on\" makes"},
    {X "on point: bet 1.5 on pass", 2, 15,
     "expected a whole number: write 3 / 2 for one and a half"},
    {X "on point: bet 1000000001 on pass", 2, 15,
     "expected a number of at most 1000000000"},
    {"strategy \"x", 1, 10,
     "expected the text's closing \" on the same line"},
    {"strategy \"x\001\"", 1, 10,
     "expected a text without control characters"},
    {X "on point: if 1 ! 2: stop", 2, 16,
     "expected \"!=\", or the word \"not\""},
    {X "on point: stop @", 2, 16,
     "expected a word, a number or a sign, found a character of no use"},
    {X "on point:\n    stop\n  stop", 4, 3,
     "expected the line to begin right under an earlier line of its block"},
    {X "on point: if ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1", 2, 47,
     "expected less inside one another: 100 is the most"},
    {X "on point: if 1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1+(1)))))))))))))))))))): stop", 2, 61,
     "expected a simpler expression: put a part of it in a variable"},
    {X "on point:\n  for a in all: for b in all: for c in all: for d in all: stop\n", 3, 59,
     "expected a shorter program: with its loops written out it needs more than 2048 steps"},
    {X "on roll of 13: stop", 2, 12,
     "expected a number from 2 to 12, or \"inside\", \"outside\", \"across\", \"even\", \"all\", found \"13\""},
    {X "on roll of pass: stop", 2, 12,
     "expected a number from 2 to 12, or \"inside\", \"outside\", \"across\", \"even\", \"all\", found \"pass\""},
    {X "on point: bet 5 on place 7", 2, 26,
     "expected a number that this bet can be on"},
    {X "on point: bet 5 on place 6 and 7", 2, 32,
     "expected a number that this bet can be on"},
    {X "on point: bet 5 on hard 5", 2, 25,
     "expected a number that this bet can be on"},
    {X "on point: for n in 5, 6: bet 5 on hard n", 2, 40,
     "expected a number that this bet can be on"},
    {X "on point: bet 5 on big outside", 2, 24,
     "expected numbers that this bet can be on"},
    {X "on point: bet 5 on place point, buy all except point", 2, 48,
     "expected \"point\" or \"except point\" once in a list of bets"},
    {X "on point: bet 5 on place", 2, 25,
     "expected the bet's number, such as 6, \"inside\" or \"point\", found the end of the line"},
    {X "on point: bet 5 on plce 6", 2, 20,
     "expected a bet such as \"place 6\" after \"bet ... on\", found \"plce\"; did you mean \"place\"?"},
    {X "on point: bet 5 on 6", 2, 20,
     "expected a bet such as \"place 6\" after \"bet ... on\", found \"6\""},
    {X "on point: bet 5 on odds", 2, 20,
     "expected which odds: \"pass odds\", \"come odds\", \"don't pass odds\""},
    {X "on point: odds 2x on place 6", 2, 28,
     "expected a bet that odds can back: pass, don't pass, come, don't come, put"},
    {X "on point: bet 5 on pass and", 2, 28,
     "expected another bet after \"and\" or \",\", found the end of the line"},
    {X "on point: bet 5 on place 6, 8 and tomorrow", 2, 35,
     "expected another bet after \"and\" or \",\", found \"tomorrow\""},
    {X "on point: bet 5 on place inside except tomorrow", 2, 40,
     "expected a number from 2 to 12, or \"inside\", \"outside\", \"across\", \"even\", \"all\", found \"tomorrow\""},
    {X "on point:\n  for a in all:\n    for b in all: if count(come a, hop 1 1, place b except point): let x = 1", 4, 72,
     "expected the name of a variable, found \"x\""},
    {X "on point: if count come: stop", 2, 20,
     "expected \"(\", found \"come\""},
    {X "on point: if count(): stop", 2, 20,
     "expected a bet such as \"pass\", found \")\""},
    {X "on point: if count(come: stop", 2, 24,
     "expected \")\" or another bet, found \":\""},
    {X "on point: if hits(6, 8): stop", 2, 19,
     "expected one number from 2 to 12"},
    {X "on point: if hits 6: stop", 2, 19,
     "expected \"(\", found \"6\""},
    {X "on point: if since(point: stop", 2, 25,
     "expected \")\" or an operator, found \":\""},
    {X "on point: if first(pass): stop", 2, 20,
     "expected the name of a list, found \"pass\""},
    {X "on point: if min(1): stop", 2, 19,
     "expected \",\" and a second value, found \")\""},
    {X "on point: if seven: stop", 2, 19,
     "expected \"out\" after \"seven\", found \":\""},
    {X "on point: if new: stop", 2, 17,
     "expected \"shooter\" after \"new\", found \":\""},
    {X "list a = 1\non point: if a: stop", 3, 14,
     "expected a value: of a list say \"first(...)\", \"last(...)\" or \"size(...)\", found \"a\""},
    {X "on point: if proft > 5: stop", 2, 14,
     "expected a value such as 5, \"unit\" or \"profit\", found \"proft\"; did you mean \"profit\"?"},
    {X "on point: if : stop", 2, 14,
     "expected a value such as 5, \"unit\" or \"profit\", found \":\""},
    {X "on point: if (1: stop", 2, 16,
     "expected \")\" or an operator, found \":\""},
    {X "on point: if 1 +: stop", 2, 17,
     "expected a value such as 5, \"unit\" or \"profit\", found \":\""},
    {X "on point: if 1 < 2 < 3: stop", 2, 20,
     "expected \":\" or an operator, found \"<\""},
    {X "let unit = 1\non point: stop", 2, 5,
     "expected a name that is no word of the language"},
    {X "let place = 1\non point: stop", 2, 5,
     "expected a name that is no word of the language"},
    {X "let 5 = 1\non point: stop", 2, 5,
     "expected the name of a variable, found \"5\""},
    {X "let a_name_of_twenty_five_let = 1\non point: stop", 2, 5,
     "expected a name of at most 24 letters"},
    {X "on point: let a = 1", 2, 15,
     "expected a variable that a \"let\" line above the first \"on\" makes"},
    {X "on point: list a = 1", 2, 16,
     "expected a list that a \"list\" line above the first \"on\" makes"},
    {X "on point: append 1 to a", 2, 23,
     "expected a list that a \"list\" line above the first \"on\" makes"},
    {X "list a = 1\non point: let a = 1", 3, 15,
     "expected the name of a variable, found \"a\""},
    {X "let a = 1\non point: append 1 to a", 3, 23,
     "expected the name of a list, found \"a\""},
    {X "on point: let unit = 5", 2, 15,
     "expected the name of a variable, found \"unit\""},
    {X "list a = 1\nlist b = 1\nlist c = 1\non point: stop", 4, 6,
     "expected no more lists: 2 is the most"},
    {X "on point: bet 5 on pass rounded sideways", 2, 33,
     "expected \"up\", \"down\" or \"nearest\" after \"rounded\", found \"sideways\""},
    {X "on point: bet 5 pass", 2, 17,
     "expected \"on\" and a bet after the amount, found \"pass\""},
    {X "on point: add 5 on pass", 2, 17,
     "expected \"to\" and a bet after the amount, found \"on\""},
    {X "on point: add 5 to pss", 2, 20,
     "expected a bet such as \"place 6\" after \"add ... to\", found \"pss\"; did you mean \"pass\"?"},
    {X "on point: set pass 5", 2, 21,
     "expected \"to\" and an amount after the bet, found the end of the line"},
    {X "on point: set pss to 5", 2, 15,
     "expected a bet such as \"place 6\" after \"set\", found \"pss\"; did you mean \"pass\"?"},
    {X "on point: regress pss to 5", 2, 19,
     "expected a bet such as \"place 6\" after \"regress\", found \"pss\"; did you mean \"pass\"?"},
    {X "on point: regress pass 5", 2, 25,
     "expected \"to\" and an amount after the bet, found the end of the line"},
    {X "on point: press pss", 2, 17,
     "expected a bet such as \"place 6\" after \"press\", found \"pss\"; did you mean \"pass\"?"},
    {X "on point: odds 2x pass", 2, 19,
     "expected \"on\" and a bet after the amount, as in \"odds 2x on pass\", found \"pass\""},
    {X "on point: odds 2x on pss", 2, 22,
     "expected a bet such as \"pass\" after \"odds ... on\", found \"pss\"; did you mean \"pass\"?"},
    {X "on point: take pass", 2, 16,
     "expected \"down\" after \"take\", found \"pass\""},
    {X "on point: take down pss", 2, 21,
     "expected a bet such as \"place 6\" after \"take down\", found \"pss\"; did you mean \"pass\"?"},
    {X "on point: call pss off", 2, 16,
     "expected a bet such as \"place\" after \"call\", found \"pss\"; did you mean \"pass\"?"},
    {X "on point: call pass down", 2, 21,
     "expected \"working\", \"off\" or \"default\" after the bet, found \"down\""},
    {X "let a 5\non point: stop", 2, 7,
     "expected \"=\" after the name, found \"5\""},
    {X "list a 5\non point: stop", 2, 8,
     "expected \"=\" after the name, found \"5\""},
    {X "list a = 1\non point: append 1 a", 3, 20,
     "expected \"to\" and a list after the value, found \"a\""},
    {X "list a = 1\non point: drop second of a", 3, 16,
     "expected \"first\" or \"last\" after \"drop\", found \"second\""},
    {X "list a = 1\non point: drop first a", 3, 22,
     "expected \"of\" and a list, found \"a\""},
    {X "on point: stop stop", 2, 16,
     "expected the end of the line, or \";\" and a statement, found \"stop\""},
    {X "on point stop", 2, 10,
     "expected \":\" after the event, found \"stop\""},
    {X "on point:\nstop", 3, 1,
     "expected an indented statement after \":\", found \"stop\""},
    {X "on point: bte 5 on pass", 2, 11,
     "expected a statement such as \"bet\", \"odds\", \"press\" or \"if\", found \"bte\"; did you mean \"bet\"?"},
    {X "on point:\n  if 1: stop\n    else: stop", 4, 5,
     "expected a statement such as \"bet\", \"odds\", \"press\" or \"if\", found a line that is indented"},
    {X "on point: else: stop", 2, 11,
     "expected a statement such as \"bet\", \"odds\", \"press\" or \"if\", found \"else\""},
    {X "on point: for unit in 6: stop", 2, 15,
     "expected a name that is no word of the language"},
    {X "let a = 1\non point: for a in 6: stop", 3, 15,
     "expected a name that is not used yet"},
    {X "on point: for n 6: stop", 2, 17,
     "expected \"in\" and numbers after the name, found \"6\""},
    {X "on comout: stop", 2, 4,
     "expected an event such as \"comeout\", \"point\" or \"every roll\" after \"on\", found \"comout\"; did you mean \"comeout\"?"},
    {X "on every time: stop", 2, 10,
     "expected \"roll\" after \"every\", found \"time\""},
    {X "on new roll: stop", 2, 8,
     "expected \"shooter\" after \"new\", found \"roll\""},
    {X "on seven: stop", 2, 9,
     "expected \"out\" after \"seven\", found \":\""},
    {X "on roll 6: stop", 2, 9,
     "expected \"of\" and numbers after \"roll\", found \"6\""},
    {X "on win pass: stop", 2, 8,
     "expected \"of\" and a bet, found \"pass\""},
    {X "on win of pss: stop", 2, 11,
     "expected a bet such as \"pass\" after \"win of\", found \"pss\"; did you mean \"pass\"?"},
    {X "on loss of pss: stop", 2, 12,
     "expected a bet such as \"pass\" after \"loss of\", found \"pss\"; did you mean \"pass\"?"},
    {X "on push of pss: stop", 2, 12,
     "expected a bet such as \"don't pass\" after \"push of\", found \"pss\"; did you mean \"pass\"?"},
    {"strategy x", 1, 10,
     "expected the strategy's name in quotes, found \"x\""},
    {"strategy \"\"", 1, 10,
     "expected a name of 1 to 47 bytes"},
    {"strategy \"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\"", 1, 10,
     "expected a name of 1 to 47 bytes"},
    {X "strategy \"y\"", 2, 1,
     "expected this line once"},
    {X "describe it", 2, 10,
     "expected what the strategy does, in quotes, found \"it\""},
    {X "describe \"a\"\ndescribe \"b\"\n", 3, 1,
     "expected this line once"},
    {"on point: stop", 1, 1,
     "expected strategy \"...\", its name, as the first line, found \"on\""},
    {"", 1, 1,
     "expected strategy \"...\", its name, as the first line, found the end of the text"},
    {X "", 2, 1,
     "expected a line that begins with \"on\": what to bet, and when, found the end of the text"},
    {X "on point: stop\nlet a = 1", 3, 1,
     "expected \"let\" and \"list\" lines above the first \"on\" or \"stop when\""},
    {X "stop profit > 5", 2, 6,
     "expected \"when\" and a condition after \"stop\", found \"profit\""},
    {X "at point: stop", 2, 1,
     "expected a line that begins with \"on\", \"let\", \"list\" or \"stop when\", found \"at\""},
    {X "on point: stop\n  stop", 3, 3,
     "expected a line that begins with \"on\", \"let\", \"list\" or \"stop when\", found a line that is indented"},
    {X "on point: stop;", 2, 16,
     "expected a statement such as \"bet\", \"odds\", \"press\" or \"if\", found the end of the line"},
    {X "let a = 1 2\non point: stop", 2, 11,
     "expected the end of the line, found \"2\""},
    {X "on point: for a in across: for b in across: for c in across: if count(come a, place b, buy c): stop", 2, 92,
     "expected fewer different groups of bets: 128 is the most"},
    {X "on point: if 1: stop\nelse: stop", 3, 1,
     "expected a line that begins with \"on\", \"let\", \"list\" or \"stop when\", found \"else\""},
};

/* clang-format on */

static struct strategy strategy;
static struct strategy_error error;

static bool parse(const char *text)
{
    return strategy_parse(bytes_of(text), &strategy, &error);
}

static void what_is_wrong_is_said_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (parse(faults[i].text))
            fail_msg("%s\nis taken", faults[i].text);
        if (error.line != faults[i].line || error.column != faults[i].column ||
            strcmp(error.sentence, faults[i].sentence) != 0)
            fail_msg("%s\nis said at %u:%u to be\n%s", faults[i].text, error.line, error.column,
                     error.sentence);
    }
}

static void a_sentence_names_the_place(void **state)
{
    (void)state;
    char sentence[STRATEGY_SENTENCE_SIZE];
    assert_false(parse(X "describe \"\xc3\xa9\"\n\non point: bet 2 on plce 6\n"));
    strategy_error_sentence(&error, sentence);
    assert_string_equal(
        sentence, "line 4, column 20: expected a bet such as \"place 6\" after \"bet ... on\", "
                  "found \"plce\"; did you mean \"place\"?");
}

/* The text of a first line, then count times what is repeated, each with its number, then the end.
 */
static const char *repeated(const char *one, unsigned count, const char *end)
{
    static char text[70000];
    size_t used = (size_t)snprintf(text, sizeof text, "%s", X);
    for (unsigned i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%u = 1\n", one, i);
    snprintf(text + used, sizeof text - used, "%s", end);
    return text;
}

static void expect_limit(const char *text, const char *sentence)
{
    if (parse(text))
        fail_msg("%s\nis taken", text);
    assert_string_equal(error.sentence, sentence);
}

static void limits_are_sentences(void **state)
{
    (void)state;
    assert_true(parse(repeated("let v", STRATEGY_VARIABLES_MAX, "on point: stop")));
    assert_int_equal(strategy.variables_count, STRATEGY_VARIABLES_MAX);
    expect_limit(repeated("let v", STRATEGY_VARIABLES_MAX + 1, "on point: stop"),
                 "expected no more variables: 32 is the most");
    assert_true(parse(repeated("list v", STRATEGY_LISTS_MAX, "on point: stop")));
    expect_limit(repeated("list v", STRATEGY_LISTS_MAX + 1, "on point: stop"),
                 "expected no more lists: 2 is the most");

    char text[4000];
    char line[200];
    snprintf(text, sizeof text, "%s", X "on point:\n");
    for (size_t i = 1; i <= 17; i++) {
        snprintf(line, sizeof line, "%*sif 1:\n", (int)i, "");
        strcat(text, line);
    }
    assert_false(parse(text));
    assert_string_equal(error.sentence, "expected fewer blocks inside blocks: 16 is the most");

    snprintf(text, sizeof text, "%s", X "on point:\n  if 1: stop\n");
    for (size_t i = 0; i < 15; i++)
        strcat(text, "  else if 1: stop\n");
    assert_true(parse(text));
    strcat(text, "  else if 1: stop\n  else: stop\n");
    expect_limit(text, "expected fewer cases: 16 is the most");

    memset(line, 'd', sizeof line);
    snprintf(text, sizeof text, X "describe \"%.*s\"\non point: stop", STRATEGY_LINE_SIZE - 1,
             line);
    assert_true(parse(text));
    assert_int_equal(strlen(strategy.description), STRATEGY_LINE_SIZE - 1);
    snprintf(text, sizeof text, X "describe \"%.*s\"\non point: stop", STRATEGY_LINE_SIZE, line);
    expect_limit(text, "expected a description of 1 to 159 bytes");
}

static void a_text_is_not_too_long(void **state)
{
    (void)state;
    static char text[STRATEGY_TEXT_SIZE_MAX + 1];
    memset(text, ' ', sizeof text);
    memcpy(text, X "on point: stop\n", sizeof X "on point: stop\n" - 1);
    assert_true(strategy_parse((struct bytes){(const uint8_t *)text, STRATEGY_TEXT_SIZE_MAX},
                               &strategy, &error));
    assert_false(strategy_parse((struct bytes){(const uint8_t *)text, STRATEGY_TEXT_SIZE_MAX + 1},
                                &strategy, &error));
    assert_string_equal(error.sentence, "expected a text of at most 65536 bytes");
}

static void expressions_may_be_deep_but_not_endless(void **state)
{
    (void)state;
    char text[1000];
    for (unsigned depth = 1; depth < 60; depth++) {
        snprintf(text, sizeof text, "%s", X "on point: if ");
        for (unsigned i = 1; i < depth; i++)
            strcat(text, "1+(");
        strcat(text, "1");
        for (unsigned i = 1; i < depth; i++)
            strcat(text, ")");
        strcat(text, ": stop");
        const bool taken = parse(text);
        assert_int_equal(taken, depth <= STRATEGY_STACK_MAX);
        if (!taken && depth == STRATEGY_STACK_MAX + 1)
            assert_string_equal(error.sentence,
                                "expected a simpler expression: put a part of it in a variable");
    }
}

/* The parts of a whole program are where they belong. */
static void a_program_is_compiled(void **state)
{
    (void)state;
    assert_true(parse("# A comment.\r\n\r\n"
                      "STRATEGY \"The Name\"\r\n"
                      "describe \"What it does.\"  # Here too.\r\n"
                      "let a = 1\r\n"
                      "list line = 1, 2\r\n"
                      "on Comeout: Bet a Units on Pass; bet 5 on Don't Pass\r\n"
                      "\r\n"
                      "on win of pass, place 6 and 8:\r\n"
                      "    if a = 1:\r\n"
                      "\r\n"
                      "        let a = 2\r\n"
                      "      # A comment at no indentation.\r\n"
                      "    else if a = 2: let a = 3\r\n"
                      "    else: let a = 1"));
    assert_string_equal(strategy.name, "The Name");
    assert_string_equal(strategy.description, "What it does.");
    assert_int_equal(strategy.variables_count, 1);
    assert_int_equal(strategy.lists_count, 1);
    assert_int_equal(strategy.sets_count, 3);
    assert_int_equal(strategy.rolls_begin, 7);
    assert_int_equal(strategy.watches, 1);
}

/* Each part of a program that is cut off somewhere is a program or gets a sentence. */
static void every_prefix_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; strategy_library_at(i) != NULL; i++) {
        const struct bytes text = strategy_library_at(i)->text;
        for (size_t size = 0; size < text.size; size++) {
            if (!strategy_parse((struct bytes){text.at, size}, &strategy, &error))
                assert_true(error.line >= 1 && error.column >= 1 &&
                            strncmp(error.sentence, "expected ", 9) == 0 &&
                            strlen(error.sentence) < sizeof error.sentence - 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said_and_where),
        cmocka_unit_test(a_sentence_names_the_place),
        cmocka_unit_test(limits_are_sentences),
        cmocka_unit_test(a_text_is_not_too_long),
        cmocka_unit_test(expressions_may_be_deep_but_not_endless),
        cmocka_unit_test(a_program_is_compiled),
        cmocka_unit_test(every_prefix_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
