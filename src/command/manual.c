/* SPDX-License-Identifier: MIT */
#include "command/catalog.h"

#include <string.h>

/* Text of a line: what roff would take for an escape, a request or a hyphen is made harmless. */
static void write_text(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\'')
            fputs("\\(aq", out);
        else
            fputc(*text, out);
    }
}

/* A sentence of a summary: with a capital and a full stop. */
static void write_sentence(FILE *out, const char *summary)
{
    char first[2] = {summary[0], '\0'};
    if (first[0] >= 'a' && first[0] <= 'z')
        first[0] = (char)(first[0] - 'a' + 'A');
    write_text(out, first);
    if (first[0] != '\0')
        write_text(out, summary + 1);
    fputs(".\n", out);
}

static void write_option(FILE *out, const char *name, const char *argument, const char *summary)
{
    fputs(".TP\n\\fB\\-\\-", out);
    write_text(out, name);
    fputs("\\fR", out);
    if (argument) {
        fputs(" \\fI", out);
        write_text(out, argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    write_sentence(out, summary);
}

static void write_command(FILE *out, const struct command *command)
{
    fputs(".SS \"bitcraps ", out);
    write_text(out, command->name);
    if (command->arguments) {
        fputc(' ', out);
        write_text(out, command->arguments);
    }
    fputs("\"\n", out);
    write_sentence(out, command->summary);
    for (const struct command_option *at = command->options; at->name; at++)
        write_option(out, at->name, at->argument, at->summary);
    if (command->json)
        write_option(out, "json", NULL, CATALOG_JSON_SUMMARY);
    if (command->example) {
        fputs(".PP\nExample:\n.PP\n.RS 4\n.EX\n", out);
        write_text(out, command->example);
        fputs("\n.EE\n.RE\n", out);
    }
}

void catalog_write_manual(FILE *out)
{
    for (const struct command *at = CATALOG; at->name; at++)
        write_command(out, at);
}
