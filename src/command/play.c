/* SPDX-License-Identifier: MIT */
/*
 * The line mode for a person: one sentence for each event, a prompt that says where the game
 * stands, and short words for bets. It needs no terminal and draws nothing, so that it reads well
 * aloud. Waits for standard input and for the daemon at once. A script's input, which is not a
 * terminal, waits after each 'roll' until that roll's dice were shown, so that it can bet on them.
 */
#include "config.h"

#include "command/command.h"
#include "command/speech.h"
#include "command/tables.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE_MAX 1024
#define ANSWER_MSEC   30000 /* The daemon gives up on an order earlier, and says so. */

struct play {
    struct invocation *invocation;
    const char *table;
    json_t *show; /* The last table.show; NULL before the first. */
    json_int_t seat;
    bool over; /* The person leaves, or there is nothing to go on with. */
    enum command_exit code;
    bool prompted;
    bool scripted;      /* Nobody is at a terminal. */
    json_int_t awaited; /* The roll whose dice a script waits for; 0: none. */
    char input[LINE_SIZE_MAX];
    size_t input_used;
};

/* ---- Saying -----------------------------------------------------------------------------------
 */

/* Prints a sentence on a line of its own, the prompt out of the way. */
static void say(struct play *play, const char *text)
{
    if (play->prompted)
        putchar('\n');
    play->prompted = false;
    puts(text);
    fflush(stdout);
}

static const json_t *own_seat(const struct play *play)
{
    size_t index;
    json_t *seat;
    json_array_foreach(json_object_get(play->show, "seats"), index, seat)
    {
        if (speech_number(seat, "seat", 0) == play->seat)
            return seat;
    }
    return NULL;
}

static void prompt(struct play *play)
{
    const json_t *seat = own_seat(play);
    json_int_t point = speech_number(play->show, "point", 0);
    char on[32] = "come-out", number[24], rail[24], staked[24];
    if (play->scripted || play->over || play->prompted)
        return;
    if (point > 0)
        snprintf(on, sizeof on, "point %lld", (long long)point);
    printf("[roll %s, %s, balance %s, at stake %s] ", speech_count(play->show, "roll", number), on,
           speech_count(seat, "rail", rail), speech_count(seat, "staked", staked));
    fflush(stdout);
    play->prompted = true;
}

/* Says what went wrong with a call: the daemon's own sentence, as one of ours. */
static void say_trouble(struct play *play)
{
    char line[SPEECH_SIZE];
    char *message = play->invocation->client.message;
    speech_clean_text(message);
    const size_t size = strlen(message);
    const bool whole = size > 0 && strchr(".?!", message[size - 1]) != NULL;
    snprintf(line, sizeof line, "%s%s", message, whole ? "" : ".");
    line[0] = (char)toupper((unsigned char)line[0]);
    say(play, line);
}

/* Calls the daemon about the table. Takes over params. NULL if that failed, which was said. */
static json_t *ask(struct play *play, const char *method, json_t *params)
{
    json_t *answer;
    if (play->table)
        json_object_set_new(params, "table", json_string(play->table));
    enum client_verdict verdict =
        client_call(&play->invocation->client, method, params, ANSWER_MSEC, &answer);
    if (verdict == CLIENT_LOST) {
        play->over = true;
        play->code = COMMAND_NO_DAEMON;
    }
    if (verdict == CLIENT_ANSWERED)
        speech_clean(answer);
    else if (verdict != CLIENT_INTERRUPTED)
        say_trouble(play);
    return answer;
}

static void refresh(struct play *play)
{
    json_t *show = ask(play, "table.show", json_object());
    if (!show)
        return;
    json_decref(play->show);
    play->show = show;
    play->seat = speech_number(show, "you", 0);
}

/* The legal bets that people make most. A new reference. */
static json_t *common_bets(const json_t *legal)
{
    static const char *const COMMON[] = {"pass",      "don't pass", "come",    "don't come",
                                         "pass odds", "field",      "place 6", "place 8"};
    size_t index;
    json_t *bet, *common = json_array();
    json_array_foreach(legal, index, bet)
    {
        const char *name = json_string_value(bet);
        for (size_t i = 0; name && i < sizeof COMMON / sizeof COMMON[0]; i++) {
            size_t size = strlen(COMMON[i]);
            bool odds = i == 4 && strncmp(name, COMMON[i], size) == 0;
            if (odds || strcmp(name, COMMON[i]) == 0)
                json_array_append(common, bet);
        }
    }
    return common;
}

/* The bets that are legal now: all of them, or the common ones with a count of the others. */
static void hint(struct play *play, bool all)
{
    json_t *legal = json_object_get(play->show, "legal");
    json_t *shown = all ? json_incref(legal) : common_bets(legal);
    char bets[SPEECH_SIZE], line[SPEECH_SIZE + 64];
    size_t others = json_array_size(legal) - json_array_size(shown);
    speech_bets(shown, bets);
    if (json_array_size(legal) == 0)
        snprintf(line, sizeof line, "You cannot bet now.");
    else if (others == 0)
        snprintf(line, sizeof line, "You may bet: %s.", bets);
    else
        snprintf(line, sizeof line, "You may bet: %s%s%zu more (say 'legal').", bets,
                 bets[0] ? ", and " : "", others);
    say(play, line);
    if (json_array_size(legal) > 0)
        say(play, "Say 'roll' when you are ready for the dice.");
    json_decref(shown);
}

static void help(struct play *play)
{
    say(play,
        "pass 10, place 6 12            put chips on bets; 'legal' lists what is possible\n"
        "odds 20, odds max, odds 2x     back your line bet; 'odds all max' backs every bet\n"
        "32 across, inside 22           a total over numbers; outside, even, hardways\n"
        "press place 6, half press 6    add what lies there, or half of it; or so many chips\n"
        "regress place 6 12             down to 12\n"
        "take down place 6, clear       take a bet off the table; all that may come down\n"
        "off hardways, working all      call bets off and working; 'usual' as the house does\n"
        "same                           bet again what you had\n"
        "roll                           you are ready for the dice\n"
        "show, ledger                   the table; who has won and lost what\n"
        "quit                           leave this program; your seat stays");
}

/* ---- Events -----------------------------------------------------------------------------------
 */

/* Own bets are answered at once; saying them twice would only be noise. */
static bool is_own_echo(const struct play *play, const json_t *event, const char *kind)
{
    bool order = strcmp(kind, "bet") == 0 || strcmp(kind, "take_down") == 0 ||
                 strcmp(kind, "call") == 0 || strcmp(kind, "ready") == 0;
    return order && speech_number(event, "seat", 0) == play->seat;
}

static void show_event(struct play *play, const json_t *event)
{
    const char *kind = speech_text(event, "event");
    char line[SPEECH_SIZE];
    if (is_own_echo(play, event, kind))
        return;
    if (strcmp(kind, "roll") == 0) {
        if (speech_number(event, "roll", 0) >= play->awaited)
            play->awaited = 0;
        speech_own_roll(event, play->seat, line);
        say(play, line);
        refresh(play);
        hint(play, false);
        return;
    }
    const char *text = json_string_value(json_object_get(event, "text"));
    if (text && *text)
        say(play, text);
    if (strcmp(kind, "state") != 0)
        return;
    bool was_playing = json_array_size(json_object_get(play->show, "legal")) > 0;
    refresh(play);
    if (!was_playing && json_array_size(json_object_get(play->show, "legal")) > 0)
        hint(play, false);
    if (strcmp(speech_text(event, "state"), "over") == 0)
        play->over = true;
}

static void show_events(struct play *play)
{
    json_t *event;
    enum command_exit code;
    while ((code = command_next(play->invocation, 0, &event)) == COMMAND_DONE) {
        show_event(play, event);
        json_decref(event);
    }
    if (code == COMMAND_TIMED_OUT) /* Nothing more for now. */
        return;
    play->over = true;
    if (!command_interrupted())
        play->code = code;
}

/* ---- Orders -----------------------------------------------------------------------------------
 */

/* Says something to the dealer, and then what came of it. */
static void order(struct play *play, const char *words)
{
    char line[SPEECH_SIZE];
    json_t *answer = ask(play, "say", json_pack("{s:s}", "words", words));
    if (!answer)
        return;
    speech_orders(answer, line);
    say(play, line);
    json_decref(answer);
    refresh(play);
}

static void ready(struct play *play)
{
    char line[SPEECH_SIZE];
    json_t *answer = ask(play, "roll", json_object());
    if (!answer)
        return;
    snprintf(line, sizeof line, "You are ready for roll %lld.",
             (long long)speech_number(answer, "roll", 0));
    say(play, line);
    if (play->scripted)
        play->awaited = speech_number(answer, "roll", 0);
    json_decref(answer);
    refresh(play);
}

static void ledger(struct play *play)
{
    size_t index;
    json_t *seat;
    char line[SPEECH_SIZE];
    json_t *answer = ask(play, "ledger", json_pack("{s:b}", "settle", 0));
    json_array_foreach(json_object_get(answer, "seats"), index, seat)
    {
        char rail[24], staked[24], net[24];
        snprintf(line, sizeof line, "%s: %s on the rail, %s at stake, net %s.",
                 speech_text(seat, "name"), speech_count(seat, "rail", rail),
                 speech_count(seat, "staked", staked), speech_count(seat, "net", net));
        say(play, line);
    }
    json_decref(answer);
}

static void show_table(struct play *play)
{
    refresh(play);
    if (play->prompted)
        putchar('\n');
    play->prompted = false;
    tables_print(play->show);
    fflush(stdout);
}

/* ---- The person's lines -----------------------------------------------------------------------
 */

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static void take_line(struct play *play, char *line)
{
    char words[LINE_SIZE_MAX];
    size_t used = 0;
    for (char *at = line; *at; at++) { /* Lower case, single blanks, none at the ends. */
        const bool blank = isspace((unsigned char)*at);
        if (!blank)
            words[used++] = (char)tolower((unsigned char)*at);
        else if (used > 0 && words[used - 1] != ' ')
            words[used++] = ' ';
    }
    while (used > 0 && words[used - 1] == ' ')
        used--;
    words[used] = '\0';
    if (used == 0)
        return;
    if (is_one_of(words, "quit", "exit"))
        play->over = true;
    else if (is_one_of(words, "help", "?"))
        help(play);
    else if (is_one_of(words, "roll", "ready"))
        ready(play);
    else if (is_one_of(words, "show", "status"))
        show_table(play);
    else if (is_one_of(words, "legal", "hint"))
        refresh(play), hint(play, true);
    else if (strcmp(words, "ledger") == 0)
        ledger(play);
    else
        order(play, words);
}

static void take_lines(struct play *play)
{
    char *begin = play->input, *newline;
    size_t left = play->input_used;
    while (!play->over && play->awaited == 0 && (newline = memchr(begin, '\n', left))) {
        *newline = '\0';
        play->prompted = false; /* The terminal echoed the newline. */
        take_line(play, begin);
        if (!play->over)
            show_events(play); /* What came while the order was on its way. */
        left -= (size_t)(newline + 1 - begin);
        begin = newline + 1;
    }
    memmove(play->input, begin, left);
    play->input_used = left;
    if (left == sizeof play->input && !memchr(play->input, '\n', left)) {
        say(play, "That line is too long.");
        play->input_used = 0;
    }
}

static void read_input(struct play *play)
{
    ssize_t got =
        read(STDIN_FILENO, play->input + play->input_used, sizeof play->input - play->input_used);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0) {
        play->over = true;
        return;
    }
    play->input_used += (size_t)got;
    take_lines(play);
}

static void run(struct play *play)
{
    while (!play->over && !command_interrupted()) {
        show_events(play);
        take_lines(play); /* Those that waited for dice. */
        prompt(play);
        struct pollfd waited[2] = {{.fd = play->awaited == 0 ? STDIN_FILENO : -1, .events = POLLIN},
                                   {.fd = play->invocation->client.fd, .events = POLLIN}};
        if (play->over || (poll(waited, 2, -1) < 0 && errno != EINTR))
            break;
        if (waited[0].revents != 0 && !command_interrupted())
            read_input(play);
    }
    if (play->prompted)
        putchar('\n');
}

enum command_exit command_play(struct invocation *invocation)
{
    json_t *answer;
    const char *table = command_argument(invocation, 0);
    struct play play = {
        .invocation = invocation, .table = table, .scripted = !isatty(STDIN_FILENO)};
    if (!table)
        play.table = command_option(invocation, "table");
    command_catch_signals();
    enum command_exit code =
        command_call(invocation, "watch", json_pack("{s:s*}", "table", play.table), &answer);
    if (code != COMMAND_DONE)
        return code;
    json_decref(answer);
    code = command_call(invocation, "table.show", json_pack("{s:s*}", "table", play.table),
                        &play.show);
    if (code != COMMAND_DONE)
        return code;
    play.seat = speech_number(play.show, "you", 0);
    if (play.seat == 0) {
        json_decref(play.show);
        return command_fail(COMMAND_REFUSED,
                            "you have no seat at this table: take one with 'bitcraps table join'");
    }
    tables_print(play.show);
    const json_t *seat = json_array_get(json_object_get(play.show, "seats"), (size_t)play.seat - 1);
    if (json_is_true(json_object_get(seat, "left")))
        say(&play, "You have left this table: what you have on it is decided, and you can watch.");
    else
        say(&play, "Say 'help' for what you can do.");
    if (json_array_size(json_object_get(play.show, "legal")) > 0)
        hint(&play, false);
    run(&play);
    json_decref(play.show);
    return play.code;
}
