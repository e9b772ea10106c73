/* SPDX-License-Identifier: MIT */
#include "command/command.h"
#include "command/speech.h"
#include "command/tables.h"

#include <stdio.h>

static void print_ledger(const json_t *answer, bool settle)
{
    size_t index;
    json_t *entry;
    char a[24], b[24], c[24], d[24];
    printf("%-5s %-20s %10s %10s %10s %10s\n", "SEAT", "NAME", "BOUGHT", "RAIL", "STAKED", "NET");
    json_array_foreach(json_object_get(answer, "seats"), index, entry)
    {
        printf("%-5lld %-20s %10s %10s %10s %10s\n", (long long)speech_number(entry, "seat", 0),
               speech_text(entry, "name"), speech_count(entry, "bought", a),
               speech_count(entry, "rail", b), speech_count(entry, "staked", c),
               speech_count(entry, "net", d));
    }
    printf("bank %s; all together %s\n", speech_count(answer, "bank", a),
           speech_count(answer, "sum", b));
    if (!settle)
        return;
    const json_t *transfers = json_object_get(answer, "transfers");
    json_array_foreach(transfers, index, entry)
    {
        printf("%s pays %s %s\n", speech_text(entry, "from_name"), speech_text(entry, "to_name"),
               speech_count(entry, "amount", a));
    }
    if (json_array_size(transfers) == 0)
        printf("nobody owes anybody\n");
}

enum command_exit command_ledger(struct invocation *invocation)
{
    json_t *answer;
    bool settle = command_option(invocation, "settle") != NULL;
    json_t *params = tables_params(invocation, command_argument(invocation, 0));
    json_object_set_new(params, "settle", json_boolean(settle));
    enum command_exit code = command_call(invocation, "ledger", params, &answer);
    if (code != COMMAND_DONE)
        return code;
    if (invocation->json)
        command_print_json(answer);
    else
        print_ledger(answer, settle);
    json_int_t sum = speech_number(answer, "sum", 0);
    json_decref(answer);
    if (sum != 0)
        return command_fail(COMMAND_FAILED, "the ledger is off by %lld chips: verify an export",
                            (long long)sum);
    return COMMAND_DONE;
}
