/* SPDX-License-Identifier: MIT */
/*
 * Reports of a simulation, for people: text for a terminal, and one HTML page with drawings that
 * needs nothing from elsewhere.
 *
 * They say what src/simulate/result.h holds and work nothing out that matters. Equal results give
 * equal bytes. All text in the results (names, descriptions, sources) counts as hostile: it can
 * neither steer a terminal nor leave its place in the page. Numbers do not depend on the locale.
 * Both only write to the stream; whoever opened it looks at ferror(). Any thread.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "simulate/result.h"

struct report_options {
    size_t width;        /* Columns of a line, 40 to 100; a width outside is brought within. */
    bool unicode;        /* Braille and blocks can be shown; else everything is ASCII. */
    bool colour;         /* Escapes of ECMA-48 are understood. */
    const char *program; /* What made the report, "BitCraps 1.0"; NULL says just BitCraps. */
};

/*
 * What suits the stream: on a terminal its width and, unless NO_COLOR is set or TERM is dumb,
 * colours; else 80 columns without. Unicode where the program's locale (setlocale(LC_CTYPE, "") is
 * the caller's) is UTF-8 and TERM is not linux, whose console fonts have no braille. plain:
 * neither.
 */
struct report_options report_options_for(FILE *out, bool plain);

/* Writes the text, for one or for several strategies. count 0 gives a sentence. */
void report_text(FILE *out, const struct result *results, size_t count,
                 const struct report_options *options);

/* Writes the page: UTF-8, well-formed as HTML and as XML, no script, nothing loaded. */
void report_html(FILE *out, const struct result *results, size_t count,
                 const struct report_options *options);

#endif
