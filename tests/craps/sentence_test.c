/* SPDX-License-Identifier: MIT */
/* Every refusal says what, why, and what could be done instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "craps/order.h"
#include "tests/craps/sitting.h"

static struct sitting sitting;

static struct craps_refusal refused(const char *script, struct craps_order order)
{
    struct craps_refusal why = {0};
    struct craps_money money;
    sitting_begin(&sitting);
    sitting.rules.bets |=
        CRAPS_KIND_BIT(CRAPS_FIRE) | CRAPS_KIND_BIT(CRAPS_ALL_SMALL) | CRAPS_KIND_BIT(CRAPS_MUGGSY);
    sitting_play(&sitting, script);
    const struct craps before = sitting.craps;
    assert_int_not_equal(
        craps_carry_out(&sitting.craps, sitting_card(&sitting), 0, &order, &money, &why),
        CRAPS_ACCEPTED);
    assert_memory_equal(&before, &sitting.craps, sizeof before);
    return why;
}

static void every_reason_has_its_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        const char *bet;
        uint8_t deed;
        chips amount;
        const char *sentence;
    } table[] = {
        {"", "place 6", CRAPS_DEED_ADD, 25,
         "place 6 pays 7:6: use multiples of 6; the nearest to 25 that you may bet now is 24."},
        {"", "place 6", CRAPS_DEED_ADD, 3,
         "place 6 pays 7:6: use multiples of 6; the nearest to 3 that you may bet now is 6."},
        {"", "field", CRAPS_DEED_ADD, 3, "3 is too little for field: bet 5 to 2000."},
        {"", "field", CRAPS_DEED_ADD, 2001, "2001 is too much for field: bet 5 to 2000."},
        {"field=2000", "field", CRAPS_DEED_ADD, 5,
         "Nothing can be added to field: it is at the limit; choose another bet."},
        {"22", "pass", CRAPS_DEED_ADD, 5,
         "pass opens with the come-out, and the point is 4: bet come now."},
        {"22", "don't pass", CRAPS_DEED_ADD, 5,
         "don't pass opens with the come-out, and the point is 4: bet don't come now."},
        {"22", "muggsy", CRAPS_DEED_ADD, 5,
         "muggsy's corner opens with the come-out, and the point is 4: bet it before the next "
         "come-out."},
        {"", "don't come", CRAPS_DEED_ADD, 5,
         "don't come needs a point, and the puck is off: bet don't pass now."},
        {"", "horn high", CRAPS_DEED_ADD, 5,
         "horn high needs a number: say it behind, as in \"horn high 2\"."},
        {"", "hop", CRAPS_DEED_ADD, 5, "hop needs a number: say it behind, as in \"hop 3 4\"."},
        {"", "place 2", CRAPS_DEED_ADD, 6,
         "This table does not take place 2: see its rules for the bets it takes."},
        {"11", "fire", CRAPS_DEED_ADD, 5,
         "fire opens with a new shooter's first roll, and this hand has begun: bet it after the "
         "next seven-out."},
        {"11", "all small", CRAPS_DEED_ADD, 5,
         "all small opens with the first roll after a 7, and others were thrown since: bet it "
         "after the next 7."},
        {"pass=10 22", "pass", CRAPS_DEED_TAKE, CRAPS_WHOLE,
         "pass 4 is a contract: it stays until its number or a 7; its odds may come down."},
        {"fire=5 11", "fire", CRAPS_DEED_TAKE, CRAPS_WHOLE,
         "fire is a bet on the whole hand: once that began it stays until it is decided."},
        {"", "place 6", CRAPS_DEED_TAKE, CRAPS_WHOLE,
         "You have no place 6 on the table: name a bet that lies there."},
        {"place_6=24", "place 6", CRAPS_DEED_TAKE, 30,
         "less than 30 lies on place 6: take down 6 to 18 in steps of 6, or all of it."},
        {"place_6=24", "place 6", CRAPS_DEED_TAKE, 10,
         "place 6 lies in steps of 6 and 10 is none: take down 6 to 18 in steps of 6, or all of "
         "it."},
        {"field=8", "field", CRAPS_DEED_TAKE, 5,
         "5 off field would leave less than the least bet: take down 1 to 3, or all of it."},
        {"field=5", "field", CRAPS_DEED_TAKE, 5 - 1,
         "4 off field would leave less than the least bet: take down all of it."},
        {"dont_pass=20 22 odds=120", "don't pass", CRAPS_DEED_TAKE, 10,
         "what would be left of don't pass 4 is too little for the odds behind it: take odds down "
         "first, or all of it with its odds."},
        {"field=5", "field", CRAPS_DEED_CALL, 0,
         "field works on every roll and cannot be called off: leave it until decided."},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char sentence[CRAPS_SENTENCE_SIZE];
        const struct craps_refusal why =
            refused(table[i].script, (struct craps_order){.bet = bet_named(table[i].bet),
                                                          .deed = table[i].deed,
                                                          .working = CRAPS_WORKING_OFF,
                                                          .amount = table[i].amount});
        if (table[i].deed == CRAPS_DEED_TAKE)
            craps_taking_sentence(&why, sentence);
        else
            craps_refusal_sentence(&why, sentence);
        if (strcmp(sentence, table[i].sentence) != 0)
            fail_msg("%s | %s: %s", table[i].script, table[i].bet, sentence);
    }
}

/* The longest names and numbers: none is cut, each ends as a sentence does. */
static void no_sentence_is_cut(void **state)
{
    (void)state;
    for (uint32_t spot = 0; spot < CRAPS_SPOT_COUNT; spot++) {
        for (int verdict = CRAPS_ACCEPTED; verdict <= CRAPS_REFUSED_LEAVES_ODDS; verdict++) {
            const struct craps_bet bet = craps_bet_at(spot);
            const struct craps_refusal why = {
                .verdict = (enum craps_verdict)verdict,
                .bet = bet,
                .puck = 10,
                .amount = INT64_MIN,
                .offer = {bet, CRAPS_STAKE_MAX - 10, CRAPS_STAKE_MAX, 1000},
                .nearest = CRAPS_STAKE_MAX,
                .pay = {1000, 1000},
            };
            char sentences[2][CRAPS_SENTENCE_SIZE];
            craps_refusal_sentence(&why, sentences[0]);
            craps_taking_sentence(&why, sentences[1]);
            for (unsigned i = 0; i < 2; i++) {
                const size_t size = strlen(sentences[i]);
                if (size + 1 >= CRAPS_SENTENCE_SIZE || sentences[i][size - 1] != '.')
                    fail_msg("%d: %s", verdict, sentences[i]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_its_sentence),
        cmocka_unit_test(no_sentence_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
