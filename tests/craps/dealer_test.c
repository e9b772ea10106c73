/* SPDX-License-Identifier: MIT */
/* What players say, as orders: a felt by a script, words, and what the dealer makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "craps/dealer.h"
#include "craps/spread.h"
#include "tests/craps/sitting.h"

static struct sitting sitting;
static struct craps_seat before; /* What "same" means. */
static chips rail;

/* The orders as text: "+12 place 6, -all field, off hard 4, ..." with "*" when there were more. */
static const char *heard_as(const char *words)
{
    static char out[1024];
    static const char *const calls[] = {"usual", "working", "off"};
    struct craps_heard heard;
    const struct craps_dealer_view view = {
        .craps = &sitting.craps, .card = sitting_card(&sitting), .rail = rail, .before = &before};
    out[0] = '\0';
    if (!craps_dealer_hear((struct bytes){(const uint8_t *)words, strlen(words)}, &view, &heard)) {
        assert_int_equal(heard.count, 0);
        assert_true(strlen(heard.sentence) > 10);
        snprintf(out, sizeof out, "%s", heard.sentence);
        return out;
    }
    assert_string_equal(heard.sentence, "");
    for (size_t i = 0; i < heard.count; i++) {
        const struct craps_order *order = &heard.orders[i];
        char name[CRAPS_BET_NAME_SIZE];
        const size_t used = strlen(out);
        craps_bet_name(order->bet, name);
        snprintf(out + used, sizeof out - used, "%s", i > 0 ? ", " : "");
        const size_t at = strlen(out);
        if (order->deed == CRAPS_DEED_CALL)
            snprintf(out + at, sizeof out - at, "%s %s", calls[order->working], name);
        else if (order->deed == CRAPS_DEED_TAKE && order->amount == CRAPS_WHOLE)
            snprintf(out + at, sizeof out - at, "-all %s", name);
        else
            snprintf(out + at, sizeof out - at, "%c%lld %s",
                     order->deed == CRAPS_DEED_ADD ? '+' : '-', (long long)order->amount, name);
    }
    if (heard.more)
        snprintf(out + strlen(out), sizeof out - strlen(out), "*");
    return out;
}

static void begin(const char *script)
{
    sitting_begin(&sitting);
    sitting_play(&sitting, script);
    memset(&before, 0, sizeof before);
    rail = 100000;
}

struct saying {
    const char *script;
    const char *words;
    const char *orders;
};

static void expect(const struct saying *sayings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        begin(sayings[i].script);
        const char *orders = heard_as(sayings[i].words);
        if (strcmp(orders, sayings[i].orders) != 0)
            fail_msg("%s | %s: %s", sayings[i].script, sayings[i].words, orders);
    }
}

#define EXPECT(table) expect(table, sizeof(table) / sizeof(table)[0])

/* The point is 4, and the seat has every sort of bet. */
#define FULL "pass=10 22 pass_odds=20 come=10 24 place_5=10 place_8=12 hard_10=5 field=5"

static void a_bet_is_its_name_and_its_chips(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {"", "pass 10", "+10 pass"},
        {"", "Bet $10 on the Pass Line", "+10 pass"},
        {"", "10 on pass", "+10 pass"},
        {"", "don't pass 15", "+15 don't pass"},
        {"", "hop 3-4 5", "+5 hop 3-4"},
        {"", "5 hop 3 4", "+5 hop 3-4"},
        {"", "C&E 4", "+4 C&E"},
        {"", "any seven 5", "+5 any seven"},
        {"", "place 6 12", "+12 place 6"},
        {"", "place 6 12; place 8 12", "+12 place 6, +12 place 8"},
        {"", "place 6 12, place 8 12, field 5", "+12 place 6, +12 place 8, +5 field"},
        {"", "field max", "+2000 field"},
        {"", "field min", "+5 field"},
        {"", "place 6 25", "+25 place 6"}, /* The engine will say why not. */
        {"", "all 5", "+5 make 'em all"},
    };
    EXPECT(sayings);
}

static void odds_go_behind_the_line_or_everything(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {"pass=10 22", "odds 20", "+20 pass odds 4"},
        {"pass=10 22", "odds max", "+30 pass odds 4"},
        {"pass=10 22", "max odds", "+30 pass odds 4"},
        {"pass=10 22", "full odds", "+30 pass odds 4"},
        {"pass=10 22", "odds 2x", "+20 pass odds 4"},
        {"pass=10 22", "2x odds", "+20 pass odds 4"},
        {"pass=10 22 odds=10", "odds 2x", "+10 pass odds 4"},
        {"pass=15 14", "odds 1x", "+14 pass odds 5"}, /* 15 could not be paid exactly. */
        {"pass=10 22", "pass odds 20", "+20 pass odds 4"},
        {"pass=10 22 come=10 24", "odds all max", "+30 pass odds 4, +50 come odds 6"},
        {"pass=10 22 come=10 24", "max odds all", "+30 pass odds 4, +50 come odds 6"},
        {"pass=10 22 come=10 24", "come odds all 2x", "+20 come odds 6"},
        {"pass=10 22 come=10 24", "odds 6 20", "+20 come odds 6"},
        {"dont_pass=10 22", "odds max", "+60 don't pass odds 4"},
        {"pass=10 22", "odds", "How much on pass odds 4? Say \"pass odds 4 1\": it takes 1 to 30."},
        {"", "odds all max",
         "No odds can be added: none of your bets has a number, or all are fully backed."},
        {"", "field 2x",
         "Only odds behind a bet that lies are a multiple of it: say the number of chips."},
    };
    EXPECT(sayings);
}

static void a_total_is_split_as_dealers_do(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {"", "32 across",
         "+5 place 4, +5 place 5, +6 place 6, +6 place 8, +5 place 9, +5 place 10"},
        {"", "across 64",
         "+10 place 4, +10 place 5, +12 place 6, +12 place 8, +10 place 9, +10 place 10"},
        {"", "22 inside", "+5 place 5, +6 place 6, +6 place 8, +5 place 9"},
        {"", "outside 20", "+5 place 4, +5 place 5, +5 place 9, +5 place 10"},
        {"", "even 22", "+5 place 4, +6 place 6, +6 place 8, +5 place 10"},
        {"", "hardways 20", "+5 hard 4, +5 hard 6, +5 hard 8, +5 hard 10"},
        {"22", "27 across less the point",
         "+5 place 5, +6 place 6, +6 place 8, +5 place 9, +5 place 10"},
        {"", "place across 32",
         "+5 place 4, +5 place 5, +6 place 6, +6 place 8, +5 place 9, +5 place 10"},
        {"", "30 across",
         "across is bet in multiples of 32 (5 each on 4 5 9 10, 6 each on 6 8): the nearest to 30 "
         "that you may bet now is 32."},
        {"", "inside 100",
         "inside is bet in multiples of 22 (5 each on 5 9, 6 each on 6 8): the nearest to 100 that "
         "you may bet now is 110."},
        {"", "across 0",
         "across is bet in multiples of 32 (5 each on 4 5 9 10, 6 each on 6 8): the nearest to 0 "
         "that you may bet now is 32."},
        {"", "across", "How much across? Say the total, as in \"across 64\"."},
        {"", "across 32 plase", "There is no bet \"plase\": did you mean \"place\"?"},
    };
    EXPECT(sayings);
}

static void a_press_adds_what_lies(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {FULL, "press place 5", "+10 place 5"},
        {FULL, "press 5", "+10 place 5"},
        {FULL, "press my 8", "+12 place 8"},
        {FULL, "press place 8 6", "+6 place 8"},
        {FULL, "press 8 6", "+6 place 8"},
        {FULL, "half press place 8", "+6 place 8"},
        {FULL, "half press place 5", "+5 place 5"},
        {FULL, "press place", "+10 place 5, +12 place 8"},
        {FULL, "press inside", "+10 place 5, +12 place 8"},
        {FULL, "press all", "+10 place 5, +12 place 8, +5 hard 10"},
        {FULL, "press place 9", "-all place 9"}, /* There is none: refused so. */
        {FULL, "press hardways max", "+495 hard 10"},
        {"", "press all",
         "Nothing of yours can be pressed: first make a bet, as in \"place 6 12\"."},
        {"", "press plase 6", "There is no bet \"plase 6\": did you mean \"place 6\"?"},
        {"", "press", "Which bet? Name one that lies, as in \"place 6\", or say \"all\"."},
    };
    EXPECT(sayings);
}

static void a_regress_goes_down_to(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {"place_6=60", "regress place 6 12", "-48 place 6"},
        {"place_6=60", "regress 6 to 12", "-48 place 6"},
        {"place_6=60", "regress place 6", "-54 place 6"},
        {"place_6=60 place_8=60", "regress place 12", "-48 place 6, -48 place 8"},
        {"place_6=12", "regress place 6 12",
         "Nothing of yours is larger than that: to add to a bet say press."},
        {"place_6=12", "regress place 6 24",
         "Less than that lies there: regress goes down to an amount, press adds to a bet."},
        {"place_6=12", "regress place 8 6", "-all place 8"},
    };
    EXPECT(sayings);
}

static void bets_come_down_whole_or_in_part(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {FULL, "take down place 5", "-all place 5"},
        {FULL, "take-down place 5", "-all place 5"},
        {FULL, "place 5 down", "-all place 5"},
        {FULL, "take my place bets down", "-all place 5, -all place 8"},
        {FULL, "take down pass odds 10", "-10 pass odds 4"},
        {FULL, "take down odds", "-all pass odds 4"},
        {FULL, "down place 8 6", "-6 place 8"},
        {FULL, "clear", "-all pass odds 4, -all place 5, -all place 8, -all field, -all hard 10"},
        {FULL, "take down all",
         "-all pass odds 4, -all place 5, -all place 8, -all field, -all hard 10"},
        {"dont_pass=10 22 odds=20", "clear", "-all don't pass 4"},
        {"", "clear", "Nothing of yours can come down: contract bets stay until they are decided."},
        {"", "take down place 5", "-all place 5"},
    };
    EXPECT(sayings);
}

static void bets_are_called_off_and_working(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {FULL, "off place 5", "off place 5"},
        {FULL, "place 5 off", "off place 5"},
        {FULL, "my place bets working", "working place 5, working place 8"},
        {FULL, "off hardways", "off hard 10"},
        {FULL, "off all", "off pass odds 4, off place 5, off place 8, off hard 10"},
        {FULL, "working odds", "working pass odds 4"},
        {FULL, "usual all", "usual pass odds 4, usual place 5, usual place 8, usual hard 10"},
        {FULL, "off field", "off field"}, /* The engine will say why not. */
        {FULL, "off place 5 12",
         "A bet is off or working as a whole: leave the number of chips out."},
        {"", "off all", "Nothing of yours can be called off or working."},
    };
    EXPECT(sayings);
}

static void the_same_is_what_lay_before(void **state)
{
    (void)state;
    begin("pass=10 field=5 place_6=12 hard_4=5");
    before = sitting.craps.seats[0];
    sitting_play(&sitting, "22 odds=20 34");
    assert_string_equal(heard_as("same"), "+10 pass, +12 place 6, +5 field, +5 hard 4");
    assert_string_equal(heard_as("same bet"), "+10 pass, +12 place 6, +5 field, +5 hard 4");
    sitting_play(&sitting, "place_6=6");
    assert_string_equal(heard_as("same"), "+10 pass, +6 place 6, +5 field, +5 hard 4");
    /* With a point again: the odds go behind the new one, as far as it allows. */
    begin("pass=10 33 odds=50 place_5=10 field=5");
    before = sitting.craps.seats[0];
    sitting_play(&sitting, "34 pass=10 22");
    assert_string_equal(heard_as("same"), "+30 pass odds 4, +10 place 5, +5 field");
    memset(&before, 0, sizeof before);
    assert_string_equal(heard_as("same"),
                        "There is nothing to bet again: what you had still lies, or cannot be bet "
                        "now; say a bet and its chips.");
}

static void more_than_an_action_holds_is_told(void **state)
{
    (void)state;
    begin("hop_11=5 hop_12=5 hop_13=5 hop_14=5 hop_15=5 hop_16=5 hop_22=5 hop_23=5 hop_24=5 "
          "hop_25=5 hop_26=5 hop_33=5 hop_34=5 hop_35=5 hop_36=5 hop_44=5 hop_45=5");
    const char *orders = heard_as("clear");
    assert_memory_equal(orders, "-all hop 1-1, -all hop 1-2", 26);
    assert_string_equal(orders + strlen(orders) - 5, " 4-4*");
}

static void max_is_what_the_rail_pays(void **state)
{
    (void)state;
    begin("22");
    rail = 47;
    assert_string_equal(heard_as("place 6 max"), "+42 place 6");
    assert_string_equal(heard_as("field 40, place 8 max"), "+40 field, +6 place 8");
    rail = 21; /* 20 and a chip of vig. */
    assert_string_equal(heard_as("buy 5 max"), "+20 buy 5");
    rail = 3;
    assert_string_equal(heard_as("place 6 max"), "+6 place 6"); /* Refused by the ledger. */
}

static void what_is_no_bet_is_guessed(void **state)
{
    (void)state;
    static const struct saying sayings[] = {
        {"", "plase 6 12", "There is no bet \"plase 6 12\": did you mean \"place 6 12\"?"},
        {"", "place 7 12",
         "There is no bet \"place 7 12\": say a bet and its chips as in \"place 6 12\", or press, "
         "odds, across, off, same, take down."},
        {"", "feild 5", "There is no bet \"feild 5\": did you mean \"field 5\"?"},
        {"", "dont pas 5", "There is no bet \"dont pas 5\": did you mean \"don't pass 5\"?"},
        {"", "acros 32", "There is no bet \"acros 32\": did you mean \"across 32\"?"},
        {"", "pres place 6", "There is no bet \"pres place 6\": did you mean \"press place 6\"?"},
        {"", "xyzzy 6",
         "There is no bet \"xyzzy 6\": say a bet and its chips as in \"place 6 "
         "12\", or press, odds, across, off, same, take down."},
        {"", "pass", "How much on pass? Say \"pass 5\": it takes 5 to 2000."},
        {"", "place 6",
         "How much on place 6? Say \"place 6 6\": it takes 6 to 1998 in steps of "
         "6."},
        {"", "hop 3 4", "How much on hop 3-4? Say \"hop 3-4 1\": it takes 1 to 500."},
        {"", "", "Say a bet and its chips, as in \"pass 10\"."},
        {"", " ; ,", "Say a bet and its chips, as in \"pass 10\"."},
        {"", "bet", "Which bet, and how much? Say it as in \"pass 10\"."},
        {"", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
         "That is too much at once: say a few bets at a time."},
    };
    EXPECT(sayings);
    char name[CRAPS_BET_NAME_SIZE];
    assert_true(craps_dealer_guess((struct bytes){(const uint8_t *)"plase 6", 7}, name));
    assert_string_equal(name, "place 6");
    assert_false(craps_dealer_guess((struct bytes){(const uint8_t *)"nosuch", 6}, name));
    assert_false(craps_dealer_guess((struct bytes){(const uint8_t *)"place 7", 7}, name));
}

/* Any bytes: no order of an odd shape, and a sentence if there is none. */
static void any_words_are_heard(void **state)
{
    (void)state;
    static const char *const words[] = {
        "press",   "place", "6",       "12",    "all",   "odds", "max",  "off",  "on",
        ";",       ",",     "same",    "clear", "take",  "down", "half", "2x",   "hop",
        "3",       "4",     "across",  "32",    "point", "bet",  "to",   "\xff", "999999999999999",
        "regress", "usual", "hardways"};
    uint64_t random = 1;
    for (unsigned turn = 0; turn < 20000; turn++) {
        char text[256] = "";
        begin(turn % 2 == 0 ? "" : FULL);
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        const unsigned count = 1 + (unsigned)(random >> 33) % 7;
        for (unsigned i = 0; i < count; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                     words[(random >> 33) % (sizeof words / sizeof words[0])],
                     random >> 32 & 1 ? " " : "");
        }
        heard_as(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bet_is_its_name_and_its_chips),
        cmocka_unit_test(odds_go_behind_the_line_or_everything),
        cmocka_unit_test(a_total_is_split_as_dealers_do),
        cmocka_unit_test(a_press_adds_what_lies),
        cmocka_unit_test(a_regress_goes_down_to),
        cmocka_unit_test(bets_come_down_whole_or_in_part),
        cmocka_unit_test(bets_are_called_off_and_working),
        cmocka_unit_test(the_same_is_what_lay_before),
        cmocka_unit_test(more_than_an_action_holds_is_told),
        cmocka_unit_test(max_is_what_the_rail_pays),
        cmocka_unit_test(what_is_no_bet_is_guessed),
        cmocka_unit_test(any_words_are_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
