/* SPDX-License-Identifier: MIT */
/* One seat at a felt, driven by text: what the tests of bets share. Include after cmocka.h. */
#ifndef TESTS_CRAPS_SITTING_H
#define TESTS_CRAPS_SITTING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "craps/sentence.h"

struct sitting {
    struct craps craps;
    struct craps_rules rules; /* May be changed at any time. */
    struct craps_card card;   /* Of these rules, by sitting_card(). */
    chips won;                /* All that came back less all that was paid. */
    struct craps_decision decisions[CRAPS_DECISIONS_MAX];
    size_t count; /* Decisions of the last roll. */
};

static inline void sitting_begin(struct sitting *sitting)
{
    memset(sitting, 0, sizeof *sitting);
    craps_init(&sitting->craps);
    sitting->rules = craps_rules_casino();
    craps_set_shooter(&sitting->craps, 0);
}

static inline struct craps_bet bet_named(const char *name)
{
    struct craps_bet bet = {0, 0};
    if (!craps_bet_parse((struct bytes){(const uint8_t *)name, strlen(name)}, &bet))
        fail_msg("%s is no bet", name);
    return bet;
}

static inline const struct craps_card *sitting_card(struct sitting *sitting)
{
    if (memcmp(&sitting->card.rules, &sitting->rules, sizeof sitting->rules) != 0)
        craps_card_make(&sitting->card, &sitting->rules);
    return &sitting->card;
}

static inline enum craps_verdict sitting_place(struct sitting *sitting, const char *name,
                                               chips amount, struct craps_refusal *why)
{
    struct craps_money cost = {0};
    const enum craps_verdict verdict =
        craps_place(&sitting->craps, sitting_card(sitting), 0, bet_named(name), amount, &cost, why);
    sitting->won -= cost.stake + cost.vig;
    return verdict;
}

static inline enum craps_verdict sitting_take_down(struct sitting *sitting, const char *name,
                                                   struct craps_refusal *why)
{
    struct craps_money back = {0};
    const enum craps_verdict verdict = craps_take_down(&sitting->craps, sitting_card(sitting), 0,
                                                       bet_named(name), CRAPS_WHOLE, &back, why);
    sitting->won += back.stake + back.vig;
    return verdict;
}

static inline void sitting_roll(struct sitting *sitting, unsigned d1, unsigned d2)
{
    sitting->count =
        craps_roll(&sitting->craps, sitting_card(sitting), 1, d1, d2, sitting->decisions);
    for (size_t i = 0; i < sitting->count; i++) {
        const struct craps_decision *decision = &sitting->decisions[i];
        sitting->won += decision->returned + decision->profit - decision->vig;
    }
}

/* The seat's stake on a bet named as it lies. */
static inline chips sitting_lies(const struct sitting *sitting, const char *name)
{
    return sitting->craps.seats[0].stakes[craps_spot(bet_named(name))];
}

/*
 * Plays a script and returns its trace. Words: "12" a roll of two dice, "pass=5" a bet, "-pass"
 * down,
 * "+name" and "!name" called working and off. Underscores stand for spaces. The trace has for each
 * decision "W name won", "L name lost", "P name", "T name" or "R name"; refusals are "refused N".
 */
static inline const char *sitting_play(struct sitting *sitting, const char *script)
{
    static char trace[4096];
    char words[1024];
    trace[0] = '\0';
    assert_true(strlen(script) < sizeof words);
    strcpy(words, script);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        struct craps_refusal why = {0};
        enum craps_verdict verdict = CRAPS_ACCEPTED;
        char *amount = strchr(word, '=');
        if (word[0] >= '1' && word[0] <= '6') {
            sitting_roll(sitting, (unsigned)(word[0] - '0'), (unsigned)(word[1] - '0'));
            for (size_t i = 0; i < sitting->count; i++) {
                const struct craps_decision *decision = &sitting->decisions[i];
                char name[CRAPS_BET_NAME_SIZE];
                const chips moved = decision->outcome == CRAPS_LOSE
                                        ? decision->collected
                                        : decision->profit - decision->vig;
                craps_bet_name(decision->outcome == CRAPS_TRAVEL ? decision->to : decision->bet,
                               name);
                snprintf(trace + strlen(trace), sizeof trace - strlen(trace), "%s%c %s",
                         trace[0] == '\0' ? "" : ", ", "WLPTR"[decision->outcome], name);
                if (moved != 0)
                    snprintf(trace + strlen(trace), sizeof trace - strlen(trace), " %lld",
                             (long long)moved);
            }
        } else if (amount != NULL) {
            *amount = '\0';
            verdict = sitting_place(sitting, word, strtoll(amount + 1, NULL, 10), &why);
        } else if (word[0] == '-') {
            verdict = sitting_take_down(sitting, word + 1, &why);
        } else {
            verdict =
                craps_set_working(&sitting->craps, 0, bet_named(word + 1),
                                  word[0] == '+' ? CRAPS_WORKING_ON : CRAPS_WORKING_OFF, &why);
        }
        if (verdict != CRAPS_ACCEPTED)
            snprintf(trace + strlen(trace), sizeof trace - strlen(trace), "%srefused %d",
                     trace[0] == '\0' ? "" : ", ", (int)verdict);
    }
    return trace;
}

#endif
