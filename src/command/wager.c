/* SPDX-License-Identifier: MIT */
/* Orders of a player: they are answered when their outcome is final. */
#include "command/command.h"
#include "command/speech.h"
#include "command/tables.h"

#include <stdio.h>
#include <string.h>

#define BET_SIZE 64

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

enum command_exit command_bet(struct invocation *invocation)
{
    json_t *answer;
    char bet[BET_SIZE];
    json_int_t amount;
    int last = invocation->count - 1;
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

enum command_exit command_take_down(struct invocation *invocation)
{
    json_t *answer;
    char bet[BET_SIZE];
    if (!join_words(invocation->arguments, invocation->count, bet))
        return COMMAND_USAGE;
    json_t *params = tables_params(invocation, NULL);
    json_object_set_new(params, "bet", json_string(bet));
    enum command_exit code = command_call(invocation, "take_down", params, &answer);
    if (code != COMMAND_DONE)
        return code;
    if (invocation->json)
        command_print_json(answer);
    else
        printf("%s down, %lld back on the rail\n", speech_text(answer, "bet"),
               (long long)speech_number(answer, "amount", 0));
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
    json_int_t rolls;
    const char *until = command_option(invocation, "rolls");
    if (until && !command_number(until, "rolls", 1, &rolls))
        return COMMAND_USAGE;
    json_t *params = tables_params(invocation, NULL);
    json_object_set_new(params, "strategy", json_string(command_argument(invocation, 0)));
    if (until)
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
