/* SPDX-License-Identifier: MIT */
/* Orders of a player: they are answered when their outcome is final. */
#include "command/command.h"
#include "command/speech.h"
#include "command/tables.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BET_SIZE   64
#define WORDS_SIZE 512

/* Joins words with blanks. False, with a sentence, if that is longer than any bet. */
static bool join_words(char **words, int count, char out[static BET_SIZE])
{
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        size_t size = strlen(words[i]);
        if (used + size + 1 >= BET_SIZE) {
            command_fail(COMMAND_USAGE, "no bet has so long a name");
            return false;
        }
        if (i > 0)
            out[used++] = ' ';
        memcpy(out + used, words[i], size);
        used += size;
    }
    out[used] = '\0';
    return true;
}

static bool is_number(const char *word)
{
    return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

enum command_exit command_bet(struct invocation *invocation)
{
    json_t *answer;
    char bet[BET_SIZE];
    json_int_t amount;
    int last = invocation->count - 1;
    if (is_number(invocation->arguments[0]) && !is_number(invocation->arguments[last]))
        return command_fail(COMMAND_USAGE,
                            "the bet comes first, then the chips: 'bitcraps bet %s %s'",
                            invocation->arguments[last], invocation->arguments[0]);
    if (!join_words(invocation->arguments, last, bet) ||
        !command_number(invocation->arguments[last], "the number of chips", 1, &amount))
        return COMMAND_USAGE;
    json_t *params = tables_params(invocation, NULL);
    json_object_set_new(params, "bet", json_string(bet));
    json_object_set_new(params, "amount", json_integer(amount));
    enum command_exit code = command_call(invocation, "bet", params, &answer);
    if (code != COMMAND_DONE)
        return code;
    if (invocation->json)
        command_print_json(answer);
    else
        printf("%lld on %s for roll %lld\n", (long long)speech_number(answer, "amount", amount),
               speech_text(answer, "bet"), (long long)speech_number(answer, "roll", 0));
    json_decref(answer);
    return COMMAND_DONE;
}

/* Appends a word and a blank before it; false if that is longer than anybody says. */
static bool add_word(char words[static WORDS_SIZE], const char *word)
{
    const size_t used = strlen(words);
    if (used + strlen(word) + 2 > WORDS_SIZE) {
        command_fail(COMMAND_USAGE, "that is too much at once: say a few bets at a time");
        return false;
    }
    if (used > 0)
        strcat(words, " ");
    strcat(words, word);
    return true;
}

/* What the command's name and its arguments say to the dealer. */
enum command_exit command_say(struct invocation *invocation)
{
    json_t *answer;
    char words[WORDS_SIZE] = "";
    char line[SPEECH_SIZE];
    if (strcmp(invocation->command->name, "say") != 0 &&
        !add_word(words, invocation->command->name))
        return COMMAND_USAGE;
    for (int i = 0; i < invocation->count; i++) {
        if (!add_word(words, invocation->arguments[i]))
            return COMMAND_USAGE;
    }
    json_t *params = tables_params(invocation, NULL);
    json_object_set_new(params, "words", json_string(words));
    enum command_exit code = command_call(invocation, "say", params, &answer);
    if (code != COMMAND_DONE)
        return code;
    speech_orders(answer, line);
    if (invocation->json)
        command_print_json(answer);
    else
        puts(line);
    json_decref(answer);
    return COMMAND_DONE;
}

enum command_exit command_roll(struct invocation *invocation)
{
    json_t *answer;
    enum command_exit code =
        command_call(invocation, "roll", tables_params(invocation, NULL), &answer);
    if (code != COMMAND_DONE)
        return code;
    if (invocation->json)
        command_print_json(answer);
    else
        printf("ready for roll %lld\n", (long long)speech_number(answer, "roll", 0));
    json_decref(answer);
    return COMMAND_DONE;
}

enum command_exit command_bot(struct invocation *invocation)
{
    json_t *answer;
    json_int_t rolls = 0;
    if (!command_option_number(invocation, "rolls", 1, INT64_MAX, &rolls))
        return COMMAND_USAGE;
    json_t *params = tables_params(invocation, NULL);
    json_object_set_new(params, "strategy", json_string(command_argument(invocation, 0)));
    if (rolls > 0)
        json_object_set_new(params, "rolls", json_integer(rolls));
    enum command_exit code = command_call(invocation, "bot", params, &answer);
    if (code != COMMAND_DONE)
        return code;
    if (invocation->json)
        command_print_json(answer);
    else
        printf("%s plays your seat at %s\n", speech_text(answer, "strategy"),
               speech_text(answer, "table"));
    json_decref(answer);
    return COMMAND_DONE;
}
