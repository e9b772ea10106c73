/* SPDX-License-Identifier: MIT */
/*
 * Completion: what may come next on a command line of `bitcraps`, by the table of commands. The
 * shell's part is a few lines that ask this program at each press of the tab key.
 */
#ifndef COMMAND_COMPLETE_H
#define COMMAND_COMPLETE_H

#include "command/command.h"

/* A line that stands for all file names, which the shell knows better. */
#define COMPLETE_FILES "<files>"

/*
 * Prints what the last of the words, begun or empty, may become, one a line; the words are those
 * after "bitcraps". Nothing for what has no answer. A daemon is asked for its tables, but not
 * waited for longer than a person would notice.
 */
void complete_words(const char *state_directory, int count, char **words);

/* Writes the part of a shell: "bash". False, with a sentence on standard error, for others. */
bool complete_script(const char *shell);

#endif
