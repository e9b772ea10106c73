/* SPDX-License-Identifier: MIT */
/*
 * The commands of `bitcraps`, the client of a daemon. One table of descriptors (catalog.c) drives
 * parsing, --help, completion, the manual page and the hints for what was misspelt; each command is
 * one function that gets its arguments and returns an exit code. Answers go to standard output,
 * everything else to standard error. Single-threaded; blocks.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "control/client.h"

#include <jansson.h>
#include <stdbool.h>

#define COMMAND_OPTIONS_MAX 20 /* With the one that ends the list. */
#define COMMAND_REPEATS_MAX 64

/* What `bitcraps` exits with. */
enum command_exit {
    COMMAND_DONE = 0,
    COMMAND_FAILED = 1,
    COMMAND_USAGE = 2,
    COMMAND_NO_DAEMON = 3,
    COMMAND_NOT_FOUND = 4, /* No such peer or table. */
    COMMAND_TIMED_OUT = 5,
    COMMAND_REFUSED = 6, /* By the rules of the table. */
    COMMAND_PERMISSION = 7,
    COMMAND_DEGRADED = 8,      /* status --check; doctor, when a check fails. */
    COMMAND_INTERRUPTED = 130, /* simulate: what was found so far is printed. */
};

struct invocation;

struct command_option {
    const char *name;     /* Without the dashes. NULL ends a list. */
    const char *argument; /* What --help calls it; NULL for a flag. */
    const char *summary;
    bool repeats; /* May be given several times: the values are in invocation->repeated. One such
                     option a command. */
};

struct command {
    const char *name;      /* One or two words: "table new". NULL ends the table. */
    const char *arguments; /* As --help shows them. */
    const char *summary;   /* One line. */
    const char *example;
    int least; /* How many arguments it takes... */
    int most;
    bool json;  /* Knows --json. */
    bool alone; /* Never asks a daemon. */
    struct command_option options[COMMAND_OPTIONS_MAX];
    enum command_exit (*run)(struct invocation *invocation);
};

/* One run of a command: what was given, and the connection once there is one. */
struct invocation {
    const struct command *command;
    const char *state_directory;
    bool json;
    const char
        *values[COMMAND_OPTIONS_MAX]; /* Of command->options; "" for a flag; NULL if absent. */
    const char *repeated[COMMAND_REPEATS_MAX];
    int repeated_count;
    int count;
    char **arguments;
    const char *not_found; /* Said instead of the daemon's sentence; NULL: that. */
    bool connected;
    struct client client;
};

/* Runs `bitcraps` with the arguments of main(). Returns the exit code. */
int command_main(int count, char **arguments);

/* The value of an option of this command, NULL if it was not given; "" if it is a flag. */
const char *command_option(const struct invocation *invocation, const char *name);

/* The argument at an index, or NULL. */
const char *command_argument(const struct invocation *invocation, int index);

/* Reads a whole number >= least. False, with a sentence on standard error, if text is not one. */
bool command_number(const char *text, const char *what, json_int_t least, json_int_t *out);

/*
 * The same of an option, up to most; *out stays as it is when the option was not given. False, with
 * a sentence on standard error, if that is no such number.
 */
bool command_option_number(const struct invocation *invocation, const char *name, json_int_t least,
                           json_int_t most, json_int_t *out);

/* Says on standard error what went wrong, as printf, and returns the code. */
enum command_exit command_fail(enum command_exit code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Connects to the daemon unless that was done. */
enum command_exit command_connect(struct invocation *invocation);

/*
 * Calls the daemon, connecting first if need be. Takes over params (may be NULL). COMMAND_DONE
 * gives *result to the caller; any other code was explained on standard error.
 */
enum command_exit command_call(struct invocation *invocation, const char *method, json_t *params,
                               json_t **result);

/* The next event, waiting timeout_msec at most (negative: for ever). As command_call. */
enum command_exit command_next(struct invocation *invocation, int timeout_msec, json_t **event);

/* Prints one JSON value on a line of its own. */
void command_print_json(const json_t *value);

/* Ends SIGINT and SIGTERM by making the current wait return; then true. For commands that wait. */
void command_catch_signals(void);
bool command_interrupted(void);

/* What `watch --only` can choose, ended by NULL. */
extern const char *const COMMAND_EVENTS[];

/* The commands. */
enum command_exit command_status(struct invocation *invocation);
enum command_exit command_doctor(struct invocation *invocation);
enum command_exit command_peers(struct invocation *invocation);
enum command_exit command_key_show(struct invocation *invocation);
enum command_exit command_version(struct invocation *invocation);
enum command_exit command_table_new(struct invocation *invocation);
enum command_exit command_table_list(struct invocation *invocation);
enum command_exit command_table_show(struct invocation *invocation);
enum command_exit command_table_join(struct invocation *invocation);
enum command_exit command_table_approve(struct invocation *invocation);
enum command_exit command_table_invite(struct invocation *invocation);
enum command_exit command_table_leave(struct invocation *invocation);
enum command_exit command_witness(struct invocation *invocation);
enum command_exit command_bet(struct invocation *invocation);
enum command_exit command_say(struct invocation *invocation);
enum command_exit command_roll(struct invocation *invocation);
enum command_exit command_bot(struct invocation *invocation);
enum command_exit command_watch(struct invocation *invocation);
enum command_exit command_ledger(struct invocation *invocation);
enum command_exit command_export(struct invocation *invocation);
enum command_exit command_verify(struct invocation *invocation);
enum command_exit command_table_evidence(struct invocation *invocation);
enum command_exit command_play(struct invocation *invocation);
enum command_exit command_rules(struct invocation *invocation);
enum command_exit command_odds(struct invocation *invocation);
enum command_exit command_simulate(struct invocation *invocation);
enum command_exit command_strategies(struct invocation *invocation);

#endif
