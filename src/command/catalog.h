/* SPDX-License-Identifier: MIT */
/*
 * The table of commands: found by their words, guessed when misspelt, and explained.
 */
#ifndef COMMAND_CATALOG_H
#define COMMAND_CATALOG_H

#include "command/command.h"

#include <stdio.h>

/* Every command, ended by one without a name. */
extern const struct command CATALOG[];

/* The command that the first one or two words name, with how many; NULL if none does. */
const struct command *catalog_find(int count, char **words, int *used);

/* The command whose name is most like what was given; NULL when none is. */
const char *catalog_nearest(const char *given);

/* Whichever of candidate and best (may be NULL) is more like given, if it is like it at all. */
const char *catalog_nearer(const char *given, const char *candidate, const char *best);

#define CATALOG_JSON_SUMMARY "answer with JSON on standard output"

/* "new, list or show": what follows the first word of commands of two; false if nothing does. */
bool catalog_seconds(const char *first, char *out, size_t size);

/* Explains one command, or lists all, or those of two words that begin with one: false if none. */
void catalog_print_command(FILE *out, const struct command *command);
void catalog_print(FILE *out);
bool catalog_print_group(FILE *out, const char *first);

/* Writes the manual page's part on the commands, as roff of man(7). */
void catalog_write_manual(FILE *out);

#endif
