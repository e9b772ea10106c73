/* SPDX-License-Identifier: MIT */
/*
 * Settles bets by rolls, with libbitcraps:
 *
 *     cc settle.c $(pkg-config --cflags --libs bitcraps) -o settle
 *     ./settle pass=10 4-2 "pass odds=50" "place 8=12" 4-4 5-1
 *
 * BET=CHIPS puts chips on a bet, D-D is a roll of two dice. Prints each decision, and what the
 * player has won or lost, chips on the table not counted.
 */
#include <bitcraps/craps.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const outcomes[] = {"wins", "loses", "pushes", "moves", "comes down"};

/* Puts chips on a bet, as "place 6=12" says; returns what that costs, or -1. */
static int64_t place(struct bitcraps_craps *craps, const char *word)
{
    char name[BITCRAPS_NAME_SIZE];
    const char *equal = strchr(word, '=');
    const size_t length = (size_t)(equal - word);
    int64_t cost = 0;
    if (length >= sizeof name)
        return -1;
    memcpy(name, word, length);
    name[length] = '\0';
    const int bet = bitcraps_bet(name);
    if (bet < 0)
        fprintf(stderr, "settle: there is no bet %s.\n", name);
    else if (bitcraps_craps_place(craps, 0, bet, strtoll(equal + 1, NULL, 10), &cost) == 0)
        return cost;
    else
        fprintf(stderr, "settle: %s\n", bitcraps_craps_sentence(craps));
    return -1;
}

/* Rolls and prints what it decides; returns what the player gets. */
static int64_t roll(struct bitcraps_craps *craps, int d1, int d2)
{
    char text[BITCRAPS_SENTENCE_SIZE];
    int64_t credit = 0;
    bitcraps_call(bitcraps_craps_puck(craps), d1, d2, text, sizeof text);
    printf("%d-%d: %s\n", d1, d2, text);
    const int count = bitcraps_craps_roll(craps, d1, d2);
    for (int i = 0; i < count; i++) {
        const struct bitcraps_decision *decision = bitcraps_craps_decision(craps, i);
        bitcraps_bet_name(decision->bet, text, sizeof text);
        printf("  %s %s: %lld of %lld chips back\n", text, outcomes[decision->outcome],
               (long long)decision->credit, (long long)decision->stake);
        credit += decision->credit;
    }
    return credit;
}

int main(int count, char **words)
{
    char sentence[BITCRAPS_SENTENCE_SIZE];
    struct bitcraps_craps *craps = bitcraps_craps_create("casino", sentence, sizeof sentence);
    int64_t purse = 0;
    int result = 0;
    if (craps == NULL) {
        fprintf(stderr, "settle: %s\n", sentence);
        return 1;
    }
    for (int i = 1; i < count && result == 0; i++) {
        const char *word = words[i];
        if (strlen(word) == 3 && word[0] >= '1' && word[0] <= '6' && word[1] == '-' &&
            word[2] >= '1' && word[2] <= '6') {
            purse += roll(craps, word[0] - '0', word[2] - '0');
        } else if (strchr(word, '=') != NULL) {
            const int64_t cost = place(craps, word);
            purse -= cost;
            result = cost < 0;
        } else {
            fprintf(stderr, "settle: %s is neither BET=CHIPS nor a roll like 4-2.\n", word);
            result = 1;
        }
    }
    if (result == 0)
        printf("%+lld\n", (long long)purse);
    bitcraps_craps_destroy(craps);
    return result;
}
