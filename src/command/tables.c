/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "command/tables.h"

#include "command/speech.h"
#include "table/seating.h"
#include "table/ticket.h"

#include <sodium.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How often a join looks again for a table that is not offered yet. */
#define OFFER_POLL_MSEC 100

/* How long a table's betting can stay open, as its genesis takes it. */
#define WINDOW_LEAST_MSEC 100
#define WINDOW_MOST_MSEC  3600000

json_t *tables_params(const struct invocation *invocation, const char *argument)
{
    const char *option = command_option(invocation, "table");
    return json_pack("{s:s*}", "table", argument ? argument : option);
}

/* Prints an answer that names just its table. Takes over answer. */
static enum command_exit print_table(struct invocation *invocation, json_t *answer,
                                     const char *deed)
{
    if (invocation->json)
        command_print_json(answer);
    else
        printf("%s %s\n", deed, speech_text(answer, "table"));
    json_decref(answer);
    return COMMAND_DONE;
}

/* How the table is called in a command: by its name where that is one plain word. */
static const char *plain_name(const json_t *table, char id[static 13])
{
    const char *name = json_string_value(json_object_get(table, "name"));
    const bool plain = name && *name && *name != '-' &&
                       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "-_") == strlen(name);
    snprintf(id, 13, "%.12s", speech_text(table, "table"));
    return plain ? name : id;
}

/* A table of two or three voters bears nobody's absence; with witnesses up to four it does. */
static void offer_witness(FILE *out, const json_t *table, json_int_t voters)
{
    char id[13];
    const json_int_t lacking = 4 - voters;
    if (voters < 2 || lacking < 1)
        return;
    if (speech_number(table, "witness_room", 0) < lacking)
        fprintf(
            out,
            "it has no place for witnesses: a new one has, with 'bitcraps table new --witnesses "
            "%lld'\n",
            (long long)lacking);
    else
        fprintf(
            out,
            "add %s: on %s nearby, 'bitcraps witness %s'; then one of four may lie or be gone\n",
            lacking == 1 ? "a witness" : "two witnesses",
            lacking == 1 ? "another node" : "two other nodes",
            strcmp(speech_text(table, "admission"), "invitation") == 0 ? "TICKET"
                                                                       : plain_name(table, id));
}

/* Adds an option's whole number to params, if it was given. False if it is no such number. */
static bool add_number(const struct invocation *invocation, json_t *params, const char *option,
                       const char *key, json_int_t least, json_int_t most)
{
    json_int_t number = -1;
    if (!command_option_number(invocation, option, least, most, &number))
        return false;
    if (number >= 0)
        json_object_set_new(params, key, json_integer(number));
    return true;
}

enum command_exit command_table_new(struct invocation *invocation)
{
    json_t *answer;
    const char *name = command_option(invocation, "name");
    if (name && *name == '\0')
        return command_fail(COMMAND_USAGE, "--name is empty: give 1 to 32 bytes, or leave it away");
    json_t *params = json_pack("{s:s*, s:s*, s:s*, s:s*}", "name", name, "player",
                               command_option(invocation, "player"), "preset",
                               command_option(invocation, "preset"), "admission",
                               command_option(invocation, "admission"));
    if (!add_number(invocation, params, "seats", "seats", 0, INT64_MAX) ||
        !add_number(invocation, params, "most", "most", 0, INT64_MAX) ||
        !add_number(invocation, params, "witnesses", "witnesses", 0, INT64_MAX) ||
        !add_number(invocation, params, "buy-in", "buy_in", 1, TABLE_CHIPS_MAX) ||
        !add_number(invocation, params, "bank", "bank", 0, TABLE_CHIPS_MAX) ||
        !add_number(invocation, params, "minimum", "minimum", 0, INT64_MAX) ||
        !add_number(invocation, params, "maximum", "maximum", 0, INT64_MAX) ||
        !add_number(invocation, params, "window", "window_msec", WINDOW_LEAST_MSEC,
                    WINDOW_MOST_MSEC)) {
        json_decref(params);
        return COMMAND_USAGE;
    }
    json_t *house = invocation->repeated_count > 0 ? json_array() : NULL;
    for (int i = 0; i < invocation->repeated_count; i++)
        json_array_append_new(house, json_string(invocation->repeated[i]));
    if (house)
        json_object_set_new(params, "house", house);
    if (command_option(invocation, "host-bank"))
        json_object_set_new(params, "host_bank", json_true());
    if (command_option(invocation, "witness"))
        json_object_set_new(params, "witness", json_true());
    enum command_exit code = command_call(invocation, "table.new", params, &answer);
    if (code != COMMAND_DONE)
        return code;
    if (!invocation->json)
        offer_witness(stderr, answer, speech_number(answer, "seats", 0));
    return print_table(invocation, answer, "offered");
}

enum command_exit command_table_list(struct invocation *invocation)
{
    json_t *answer, *table;
    size_t index;
    enum command_exit code = command_call(invocation, "table.list", NULL, &answer);
    if (code != COMMAND_DONE)
        return code;
    if (invocation->json) {
        command_print_json(answer);
        json_decref(answer);
        return COMMAND_DONE;
    }
    if (json_array_size(json_object_get(answer, "tables")) == 0)
        fprintf(stderr, "no tables yet: offer one with 'bitcraps table new', or wait until another "
                        "node's offer comes\n");
    printf("%-12s %-20s %-8s %-7s %s\n", "TABLE", "NAME", "STATE", "SEATS", "YOURS");
    json_array_foreach(json_object_get(answer, "tables"), index, table)
    {
        char taken[24], seats[24], own[24], both[52];
        snprintf(both, sizeof both, "%s/%s", speech_count(table, "taken", taken),
                 speech_count(table, "seats", seats));
        bool seated = json_is_integer(json_object_get(table, "seat"));
        printf("%-12.12s %-20s %-8s %-7s %s\n", speech_text(table, "table"),
               speech_text(table, "name"), speech_text(table, "state"), both,
               seated ? speech_count(table, "seat", own) : "-");
    }
    json_decref(answer);
    return COMMAND_DONE;
}

static void print_seat(const json_t *seat, json_int_t you)
{
    size_t index;
    json_t *bet;
    char rail[24], staked[24];
    json_int_t number = speech_number(seat, "seat", 0);
    printf("seat %lld  %s%s%s%s%s%s: ", (long long)number, speech_text(seat, "name"),
           number == you ? " (you)" : "",
           json_is_true(json_object_get(seat, "witness")) ? ", witness" : "",
           json_is_true(json_object_get(seat, "shooter")) ? ", shooter" : "",
           json_is_true(json_object_get(seat, "ready")) ? ", ready" : "",
           json_is_false(json_object_get(seat, "reachable")) ? ", not reachable" : "");
    printf("%s on the rail, %s at stake", speech_count(seat, "rail", rail),
           speech_count(seat, "staked", staked));
    json_array_foreach(json_object_get(seat, "bets"), index, bet)
    {
        printf("%s %lld on %s%s", index == 0 ? ":" : ",",
               (long long)speech_number(bet, "amount", 0), speech_text(bet, "bet"),
               json_is_false(json_object_get(bet, "working")) ? " (off)" : "");
    }
    if (speech_number(seat, "parts_missed", 0) > 0)
        printf("; no part in %lld of the last %lld rolls",
               (long long)speech_number(seat, "parts_missed", 0),
               (long long)speech_number(seat, "parts_due", 0));
    printf("%s\n", json_is_true(json_object_get(seat, "left")) ? "; has left" : "");
}

static void print_asking(const json_t *asking)
{
    char approvals[24], needed[24];
    printf("asks for a seat: %s%s, %s: %s of %s approvals ('bitcraps table approve %s')\n",
           speech_text(asking, "name"),
           json_is_true(json_object_get(asking, "witness")) ? ", as a witness" : "",
           speech_text(asking, "id"), speech_count(asking, "approvals", approvals),
           speech_count(asking, "needed", needed), speech_text(asking, "id"));
}

static const char *plural(json_int_t count)
{
    return count == 1 ? "" : "s";
}

/* How many seats may lie or be gone, and what that means where none may. */
static void print_outlook(const json_t *show)
{
    const json_t *waiting = json_object_get(show, "waiting");
    json_int_t voters = speech_number(show, "voters", 0);
    json_int_t faults = speech_number(show, "tolerates", 0);
    if (voters == 0)
        return;
    printf("%lld seat%s vote%s: %lld may lie or be gone; %lld reachable, %lld more may vanish\n",
           (long long)voters, plural(voters), voters == 1 ? "s" : "", (long long)faults,
           (long long)speech_number(show, "reachable", 0),
           (long long)speech_number(show, "may_vanish", 0));
    if (voters == 1)
        printf("you are the only seat: nobody else checks the dice, or keeps the table's record\n");
    else if (faults == 0)
        printf("every roll needs all %lld seats: one that is gone or lies can stop the table until "
               "it\nis back, but change neither dice nor chips\n",
               (long long)voters);
    offer_witness(stdout, show, voters);
    if (strcmp(speech_text(waiting, "for"), "roll") == 0)
        printf("the dice of roll %lld are determined and nobody can change them: its bets stay as "
               "they are\nuntil enough parts are here\n",
               (long long)speech_number(waiting, "roll", 0));
    if (json_is_integer(json_object_get(waiting, "put_out_msec")))
        printf("who does not answer is put out in %lld s, and can come back\n",
               ((long long)speech_number(waiting, "put_out_msec", 0) + 999) / 1000);
}

void tables_print(const json_t *show)
{
    size_t index;
    json_t *seat;
    const char *reason = json_string_value(json_object_get(show, "reason"));
    const json_t *bank = json_object_get(show, "bank");
    const json_t *last = json_object_get(show, "last");
    json_int_t point = speech_number(show, "point", 0);
    char number[24], other[24];
    printf("table %.12s  %s: %s\n", speech_text(show, "table"), speech_text(show, "name"),
           reason && *reason ? reason : speech_text(show, "state"));
    print_outlook(show);
    printf("roll %s, %s, ", speech_count(show, "roll", number), speech_text(show, "phase"));
    if (point > 0)
        printf("point %lld", (long long)point);
    else
        printf("come-out");
    printf(", bets %s to %s\n", speech_count(show, "minimum", number),
           speech_count(show, "maximum", other));
    if (json_is_object(last))
        printf("last roll %s: %s\n", speech_count(last, "roll", number), speech_text(last, "call"));
    json_array_foreach(json_object_get(show, "seats"), index, seat)
        print_seat(seat, speech_number(show, "you", 0));
    json_array_foreach(json_object_get(show, "asking"), index, seat) print_asking(seat);
    json_array_foreach(json_object_get(show, "convicted"), index, seat)
        printf("%s cheated and is out: it %s; the proof is in block %lld: 'bitcraps table evidence "
               "%s'\n",
               speech_text(seat, "name"), speech_text(seat, "sentence"),
               (long long)speech_number(seat, "height", 0), speech_text(show, "name"));
    printf("bank %s, %s of it reserved; height %lld\n", speech_count(bank, "balance", number),
           speech_count(bank, "reserved", other), (long long)speech_number(show, "height", 0));
}

enum command_exit command_table_show(struct invocation *invocation)
{
    json_t *answer;
    enum command_exit code =
        command_call(invocation, "table.show",
                     tables_params(invocation, command_argument(invocation, 0)), &answer);
    if (code != COMMAND_DONE)
        return code;
    const json_t *legal = json_object_get(answer, "legal");
    if (invocation->json) {
        command_print_json(answer);
    } else {
        tables_print(answer);
        if (json_array_size(legal) > 0) {
            char line[SPEECH_SIZE];
            speech_bets(legal, line);
            printf("legal now: ");
            speech_print_wrapped(line, strlen("legal now: "));
        }
    }
    json_decref(answer);
    return COMMAND_DONE;
}

/* What the person means of table.list: by a name, the first digits of an id, or anything when
 * nothing was said. NULL if that is not there. Borrowed. */
static const json_t *find_listed(const json_t *list, const char *wanted)
{
    size_t index;
    json_t *table;
    json_array_foreach(json_object_get(list, "tables"), index, table)
    {
        if (!wanted || strcmp(speech_text(table, "name"), wanted) == 0 ||
            strncmp(speech_text(table, "table"), wanted, strlen(wanted)) == 0)
            return table;
    }
    return NULL;
}

/* Offers travel: waits some seconds until the daemon has heard of the table. */
static enum command_exit wait_for_offer(struct invocation *invocation, const char *wanted,
                                        json_int_t seconds)
{
    for (json_int_t left = seconds * 1000; left > 0; left -= OFFER_POLL_MSEC) {
        json_t *list;
        enum command_exit code = command_call(invocation, "table.list", NULL, &list);
        if (code != COMMAND_DONE)
            return code;
        const bool listed = find_listed(list, wanted) != NULL;
        json_decref(list);
        if (listed)
            return COMMAND_DONE;
        nanosleep(&(struct timespec){.tv_nsec = OFFER_POLL_MSEC * 1000000L}, NULL);
    }
    return COMMAND_DONE; /* The join itself says that there is no such table. */
}

/* Whether this node sits at the table already. */
static bool has_seat(struct invocation *invocation, const char *table)
{
    json_t *list;
    if (command_call(invocation, "table.list", NULL, &list) != COMMAND_DONE)
        return false;
    const bool one = table != NULL || json_array_size(json_object_get(list, "tables")) == 1;
    const json_t *found = one ? find_listed(list, table) : NULL;
    const bool seated = found && json_is_integer(json_object_get(found, "seat"));
    json_decref(list);
    return seated;
}

/* The id of the table that a ticket is for, as 64 digits. False, with a sentence, if it is none. */
static bool ticket_table(const char *text, char id[static 2 * DIGEST_SIZE + 1])
{
    struct ticket ticket;
    const enum ticket_verdict verdict =
        ticket_read((struct bytes){.at = (const uint8_t *)text, .size = strlen(text)}, &ticket);
    if (verdict != TICKET_OK) {
        command_fail(COMMAND_USAGE, "%s", ticket_verdict_text(verdict));
        return false;
    }
    sodium_bin2hex(id, 2 * DIGEST_SIZE + 1, ticket.table.bytes, DIGEST_SIZE);
    sodium_memzero(&ticket, sizeof ticket);
    return true;
}

static enum command_exit join(struct invocation *invocation, bool witness)
{
    json_t *answer;
    json_int_t seconds = 0;
    char id[2 * DIGEST_SIZE + 1];
    const char *table = command_argument(invocation, 0);
    const char *ticket = NULL;
    if (table && ticket_meant((struct bytes){(const uint8_t *)table, strlen(table)})) {
        if (!ticket_table(table, id))
            return COMMAND_USAGE;
        ticket = table;
        table = command_option(invocation, "table") ? command_option(invocation, "table") : id;
    }
    if (!table)
        table = command_option(invocation, "table");
    if (!command_option_number(invocation, "wait", 0, INT32_MAX, &seconds))
        return COMMAND_USAGE;
    enum command_exit code = wait_for_offer(invocation, table, seconds);
    if (code != COMMAND_DONE)
        return code;
    json_t *params = ticket ? json_pack("{s:s, s:s*}", "ticket", ticket, "table",
                                        command_option(invocation, "table"))
                            : tables_params(invocation, table);
    const char *player = command_option(invocation, "player");
    if (player)
        json_object_set_new(params, "player", json_string(player));
    if (witness)
        json_object_set_new(params, "witness", json_true());
    const bool seated = has_seat(invocation, table);
    code = command_call(invocation, "table.join", params, &answer);
    if (code != COMMAND_DONE)
        return code;
    return print_table(invocation, answer,
                       seated ? "you have a seat already at" : "asked for a seat at");
}

enum command_exit command_table_join(struct invocation *invocation)
{
    return join(invocation, false);
}

enum command_exit command_witness(struct invocation *invocation)
{
    return join(invocation, true);
}

enum command_exit command_table_approve(struct invocation *invocation)
{
    json_t *answer;
    json_t *params = tables_params(invocation, NULL);
    json_object_set_new(params, "who", json_string(command_argument(invocation, 0)));
    enum command_exit code = command_call(invocation, "table.approve", params, &answer);
    if (code != COMMAND_DONE)
        return code;
    if (invocation->json) {
        command_print_json(answer);
    } else {
        char approvals[24], needed[24];
        printf("approved %s (%s): %s of %s approvals\n", speech_text(answer, "name"),
               speech_text(answer, "id"), speech_count(answer, "approvals", approvals),
               speech_count(answer, "needed", needed));
    }
    json_decref(answer);
    return COMMAND_DONE;
}

enum command_exit command_table_invite(struct invocation *invocation)
{
    json_t *answer;
    enum command_exit code =
        command_call(invocation, "table.invite",
                     tables_params(invocation, command_argument(invocation, 0)), &answer);
    if (code != COMMAND_DONE)
        return code;
    if (invocation->json)
        command_print_json(answer);
    else
        printf("%s\n", speech_text(answer, "ticket"));
    if (!invocation->json && strcmp(speech_text(answer, "admission"), "invitation") == 0)
        fprintf(stderr, "whoever has this line may sit down: give it to those you invite only\n");
    json_decref(answer);
    return COMMAND_DONE;
}

enum command_exit command_table_leave(struct invocation *invocation)
{
    json_t *answer;
    enum command_exit code =
        command_call(invocation, "table.leave",
                     tables_params(invocation, command_argument(invocation, 0)), &answer);
    return code == COMMAND_DONE ? print_table(invocation, answer, "left") : code;
}
