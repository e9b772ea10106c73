/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "command/command.h"

#include "command/catalog.h"
#include "command/complete.h"
#include "command/speech.h"
#include "control/request.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An order is final within SESSION_REPLY_MSEC of the daemon, which answers first. */
#define CALL_TIMEOUT_MSEC 30000

/* ---- Services for the commands ----------------------------------------------------------------
 */

const char *command_option(const struct invocation *invocation, const char *name)
{
    const struct command_option *options = invocation->command->options;
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && options[i].name; i++) {
        if (strcmp(options[i].name, name) == 0)
            return invocation->values[i];
    }
    return NULL;
}

const char *command_argument(const struct invocation *invocation, int index)
{
    return index < invocation->count ? invocation->arguments[index] : NULL;
}

bool command_number(const char *text, const char *what, json_int_t least, json_int_t *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && *out >= least)
        return true;
    command_fail(COMMAND_USAGE, "%s is a whole number of at least %lld, not '%s'", what,
                 (long long)least, text);
    return false;
}

bool command_option_number(const struct invocation *invocation, const char *name, json_int_t least,
                           json_int_t most, json_int_t *out)
{
    char what[32];
    json_int_t value;
    const char *text = command_option(invocation, name);
    if (!text)
        return true;
    snprintf(what, sizeof what, "--%s", name);
    if (!command_number(text, what, least, &value))
        return false;
    if (value > most) {
        command_fail(COMMAND_USAGE, "%s is at most %lld, not %lld", what, (long long)most,
                     (long long)value);
        return false;
    }
    *out = value;
    return true;
}

enum command_exit command_fail(enum command_exit code, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    speech_phrase(text);
    fflush(stdout);
    fprintf(stderr, "bitcraps: %s\n", text);
    return code;
}

enum command_exit command_connect(struct invocation *invocation)
{
    if (invocation->connected)
        return COMMAND_DONE;
    const char *state = invocation->state_directory;
    int result = client_open(state, &invocation->client);
    if (result == -EACCES || result == -EPERM)
        return command_fail(COMMAND_PERMISSION,
                            "%s/control.sock belongs to another user: run as that user or root",
                            state);
    if (result < 0)
        return command_fail(
            COMMAND_NO_DAEMON,
            "no daemon answers at %s/control.sock: start it with 'bitcrapsd --state %s'", state,
            state);
    invocation->connected = true;
    return COMMAND_DONE;
}

static enum command_exit exit_of(int code)
{
    switch ((enum control_error)code) {
    case CONTROL_ERROR_PARAMS:
        return COMMAND_USAGE;
    case CONTROL_ERROR_NOT_FOUND:
        return COMMAND_NOT_FOUND;
    case CONTROL_ERROR_TIMED_OUT:
        return COMMAND_TIMED_OUT;
    case CONTROL_ERROR_REFUSED:
        return COMMAND_REFUSED;
    case CONTROL_ERROR_PERMISSION:
        return COMMAND_PERMISSION;
    case CONTROL_ERROR_PARSE:
    case CONTROL_ERROR_REQUEST:
    case CONTROL_ERROR_METHOD:
    case CONTROL_ERROR_INTERNAL:
    case CONTROL_ERROR_FAILED:
        return COMMAND_FAILED;
    }
    return COMMAND_FAILED;
}

static enum command_exit explain(struct invocation *invocation, enum client_verdict verdict)
{
    const char *message = invocation->client.message;
    switch (verdict) {
    case CLIENT_ANSWERED:
        return COMMAND_DONE;
    case CLIENT_ERROR:
        if (invocation->client.code == CONTROL_ERROR_NOT_FOUND && invocation->not_found)
            message = invocation->not_found;
        speech_clean_text(invocation->client.message);
        return command_fail(exit_of(invocation->client.code), "%s", message);
    case CLIENT_TIMED_OUT:
        return command_fail(COMMAND_TIMED_OUT, "%s", message);
    case CLIENT_LOST:
        return command_fail(COMMAND_NO_DAEMON, "%s", message);
    case CLIENT_INTERRUPTED:
        return COMMAND_FAILED;
    }
    return COMMAND_FAILED;
}

enum command_exit command_call(struct invocation *invocation, const char *method, json_t *params,
                               json_t **result)
{
    *result = NULL;
    enum command_exit code = command_connect(invocation);
    if (code != COMMAND_DONE) {
        json_decref(params);
        return code;
    }
    code = explain(invocation,
                   client_call(&invocation->client, method, params, CALL_TIMEOUT_MSEC, result));
    if (*result && !invocation->json)
        speech_clean(*result);
    return code;
}

enum command_exit command_next(struct invocation *invocation, int timeout_msec, json_t **event)
{
    enum client_verdict verdict = client_next(&invocation->client, timeout_msec, event);
    if (verdict == CLIENT_TIMED_OUT)
        return COMMAND_TIMED_OUT; /* Whether that is worth a word, the caller knows. */
    if (*event && !invocation->json)
        speech_clean(*event);
    return explain(invocation, verdict);
}

void command_print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
    putchar('\n');
    fflush(stdout);
}

static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void command_catch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal}; /* No SA_RESTART: waits must end. */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool command_interrupted(void)
{
    return interrupted != 0;
}

/* ---- Parsing ----------------------------------------------------------------------------------
 */

enum {
    OPTION_STATE = 1000,
    OPTION_JSON,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COMPLETION,
    OPTION_COMPLETE,
    OPTION_MAN
};

static const struct option GLOBAL_OPTIONS[] = {
    {"state", required_argument, NULL, OPTION_STATE},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"completion", required_argument, NULL, OPTION_COMPLETION},
    {"complete", no_argument, NULL, OPTION_COMPLETE}, /* What the completion script asks. */
    {"man", no_argument, NULL, OPTION_MAN},           /* What the manual page is built with. */
    {0},
};

static const char *default_state_directory(void)
{
    static const char SYSTEM[] = "/var/lib/bitcraps";
    static char path[PATH_MAX];
    const char *given = getenv("BITCRAPS_STATE");
    if (given && *given)
        return given;
    if (access(SYSTEM, X_OK) == 0)
        return SYSTEM;
    const char *state_home = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (state_home && *state_home)
        snprintf(path, sizeof path, "%s/bitcraps", state_home);
    else if (home && *home)
        snprintf(path, sizeof path, "%s/.local/state/bitcraps", home);
    else
        return SYSTEM;
    return path;
}

/* The word that getopt_long() stopped at: of "-55" it has not yet moved on. */
static const char *stopped_at(int count, char **arguments)
{
    const char *next = optind < count ? arguments[optind] : "";
    const bool letter = optopt > ' ' && optopt < 127;
    return letter && next[0] == '-' && next[1] != '-' && strchr(next, optopt)
               ? next
               : arguments[optind - 1];
}

static enum command_exit bad_option(const struct command *command, const struct option *options,
                                    int count, char **arguments, int code)
{
    const char *given = stopped_at(count, arguments);
    if (code == ':')
        return command_fail(COMMAND_USAGE, "'%s' needs a value", given);
    if (given[0] == '-' && given[1] >= '0' && given[1] <= '9')
        return command_fail(COMMAND_USAGE, "'%s' is less than nothing: give a number of at least 1",
                            given);
    const char *best = NULL;
    for (const struct option *at = options; at->name; at++)
        best = catalog_nearer(given + strspn(given, "-"), at->name, best);
    return command_fail(COMMAND_USAGE, "unknown option '%s'%s%s%s: see 'bitcraps %s%s--help'",
                        given, best ? " (did you mean --" : "", best ? best : "", best ? "?)" : "",
                        command ? command->name : "", command ? " " : "");
}

/* Reads the options before the command. Returns its index, or -1 with *code to exit with. */
static int parse_global(int count, char **arguments, struct invocation *invocation,
                        enum command_exit *code)
{
    int option;
    *code = COMMAND_DONE;
    while ((option = getopt_long(count, arguments, "+:", GLOBAL_OPTIONS, NULL)) != -1) {
        switch (option) {
        case OPTION_STATE:
            invocation->state_directory = optarg;
            break;
        case OPTION_JSON:
            invocation->json = true;
            break;
        case OPTION_HELP:
            catalog_print(stdout);
            return -1;
        case OPTION_VERSION:
            *code = command_version(invocation);
            return -1;
        case OPTION_COMPLETION:
            *code = complete_script(optarg) ? COMMAND_DONE : COMMAND_USAGE;
            return -1;
        case OPTION_COMPLETE:
            complete_words(invocation->state_directory, count - optind, arguments + optind);
            return -1;
        case OPTION_MAN:
            catalog_write_manual(stdout);
            return -1;
        default:
            *code = bad_option(NULL, GLOBAL_OPTIONS, count, arguments, option);
            return -1;
        }
    }
    return optind;
}

/* The table of getopt_long for one command: its own options by index, then the common ones. */
static void list_options(const struct command *command,
                         struct option out[static COMMAND_OPTIONS_MAX + 4])
{
    size_t n = 0;
    for (; n < COMMAND_OPTIONS_MAX && command->options[n].name; n++) {
        const struct command_option *from = &command->options[n];
        out[n] = (struct option){from->name, from->argument ? required_argument : no_argument, NULL,
                                 (int)n};
    }
    out[n++] = GLOBAL_OPTIONS[0];
    if (command->json)
        out[n++] = GLOBAL_OPTIONS[1];
    out[n++] = GLOBAL_OPTIONS[2];
    out[n] = (struct option){0};
}

/* Keeps one more value of the option that repeats. False with *code when there are too many. */
static bool repeat(struct invocation *invocation, const char *value, enum command_exit *code)
{
    if (invocation->repeated_count < COMMAND_REPEATS_MAX) {
        invocation->repeated[invocation->repeated_count++] = value;
        return true;
    }
    *code = command_fail(COMMAND_USAGE, "'%s' is too much: give at most %d of that option", value,
                         COMMAND_REPEATS_MAX);
    return false;
}

/* Reads a command's options and arguments. False with *code when there is nothing to run. */
static bool parse_command(int count, char **arguments, struct invocation *invocation,
                          enum command_exit *code)
{
    const struct command *command = invocation->command;
    struct option options[COMMAND_OPTIONS_MAX + 4];
    int option;
    list_options(command, options);
    optind = 0; /* Glibc: start afresh. */
    *code = COMMAND_DONE;
    while ((option = getopt_long(count, arguments, ":", options, NULL)) != -1) {
        if (option >= 0 && option < COMMAND_OPTIONS_MAX) {
            invocation->values[option] = optarg ? optarg : "";
            if (command->options[option].repeats && !repeat(invocation, optarg, code))
                return false;
        } else if (option == OPTION_STATE) {
            invocation->state_directory = optarg;
        } else if (option == OPTION_JSON) {
            invocation->json = true;
        } else if (option == OPTION_HELP) {
            catalog_print_command(stdout, command);
            return false;
        } else {
            *code = bad_option(command, options, count, arguments, option);
            return false;
        }
    }
    invocation->count = count - optind;
    invocation->arguments = arguments + optind;
    if (invocation->count >= command->least && invocation->count <= command->most)
        return true;
    *code = command_fail(COMMAND_USAGE, "'%s' takes %s: see 'bitcraps %s --help'", command->name,
                         command->arguments ? command->arguments : "no arguments", command->name);
    return false;
}

static enum command_exit unknown(int count, char **words)
{
    char given[64], seconds[128];
    const char *best = NULL;
    const bool first = catalog_seconds(words[0], seconds, sizeof seconds);
    if (first && (count == 1 || words[1][0] == '-'))
        return command_fail(COMMAND_USAGE, "'%s' needs another word: %s", words[0], seconds);
    snprintf(given, sizeof given, "%s%s%s", words[0], count > 1 ? " " : "",
             count > 1 ? words[1] : "");
    if (count > 1)
        best = catalog_nearest(given);
    if (!best && !first)
        best = catalog_nearest(words[0]);
    speech_clean_text(given);
    if (!best && first)
        return command_fail(COMMAND_USAGE, "unknown command '%s': '%s' is followed by %s", given,
                            words[0], seconds);
    return command_fail(COMMAND_USAGE, "unknown command '%s'%s%s%s: see 'bitcraps help'",
                        best && strchr(best, ' ') ? given : words[0],
                        best ? " (did you mean '" : "", best ? best : "", best ? "'?)" : "");
}

static enum command_exit help(int count, char **words)
{
    int used;
    const struct command *command = count > 0 ? catalog_find(count, words, &used) : NULL;
    if (command)
        catalog_print_command(stdout, command);
    else if (count == 0)
        catalog_print(stdout);
    else if (count > 1 || !catalog_print_group(stdout, words[0]))
        return unknown(count, words);
    return COMMAND_DONE;
}

/* What is opened must not get the number of a standard stream that nobody opened. */
static void keep_standard_streams(void)
{
    for (int number = STDIN_FILENO; number <= STDERR_FILENO; number++) {
        if (fcntl(number, F_GETFD) < 0 &&
            open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            _exit(COMMAND_FAILED);
    }
}

static enum command_exit run(int count, char **arguments, struct invocation *invocation)
{
    enum command_exit code;
    const int at = parse_global(count, arguments, invocation, &code);
    if (at < 0)
        return code;
    count -= at;
    arguments += at;
    if (count == 0) {
        catalog_print(stderr);
        return COMMAND_USAGE;
    }
    if (strcmp(arguments[0], "help") == 0)
        return help(count - 1, arguments + 1);
    int used;
    invocation->command = catalog_find(count, arguments, &used);
    if (!invocation->command)
        return unknown(count, arguments);
    if (parse_command(count - used + 1, arguments + used - 1, invocation, &code))
        code = invocation->command->run(invocation);
    return code;
}

int command_main(int count, char **arguments)
{
    struct invocation invocation = {.client.fd = -1};
    keep_standard_streams();
    setlocale(LC_CTYPE, "");
    opterr = 0;
    invocation.state_directory = default_state_directory();
    enum command_exit code = run(count, arguments, &invocation);
    if (invocation.connected)
        client_close(&invocation.client);
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == COMMAND_DONE)
        code = command_fail(COMMAND_FAILED, "cannot write the answer: %s",
                            errno != 0 ? strerror(errno) : "standard output takes no more");
    return (int)code;
}
