/* SPDX-License-Identifier: MIT */
/*
 * A line of a terminal, put together from left to right and never wider than its limit: what does
 * not fit is cut, and the last column then shows a ~.
 *
 * All text is treated as from outside (report/letter.h), and is ASCII where only that can be shown.
 * Memory is the caller's; one struct serves for one line after the other. Any thread.
 */
#ifndef REPORT_LINE_H
#define REPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Columns of a report in a terminal. */
#define LINE_WIDTH_MIN 40
#define LINE_WIDTH_MAX 100

enum line_style {
    LINE_NORMAL,
    LINE_HEADING,
    LINE_FAINT,
    LINE_GOOD,
    LINE_BAD,
    LINE_ALARM,
};

struct line {
    FILE *out;
    size_t limit;  /* Columns. */
    size_t column; /* Where the next letter stands, from 0. */
    bool unicode;  /* Letters beyond ASCII can be shown. */
    bool colour;
    bool styled; /* An escape is to be undone at the end of the line. */
};

/* Begins the first line. limit is brought within the two bounds. */
void line_init(struct line *line, FILE *out, size_t limit, bool unicode, bool colour);

/* Columns that text takes. */
size_t line_width(const struct line *line, const char *text);

/* Adds text. */
void line_text(struct line *line, const char *text);

/* Adds text as printf() makes it, at most 1,000 bytes. */
void line_format(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds text in exactly so many columns: cut, or followed by spaces. */
void line_left(struct line *line, size_t columns, const char *text);

/* The same behind spaces. */
void line_right(struct line *line, size_t columns, const char *text);

/* Adds spaces up to a column. */
void line_to(struct line *line, size_t column);

/* How what follows is written; only colours show it. It ends with the line. */
void line_style(struct line *line, enum line_style style);

/* Ends the line and begins the next. */
void line_end(struct line *line);

/* Adds words, over as many lines as they need, each line from column indent on, and ends the last.
   What stands behind the indent already is a first word. */
void line_wrap(struct line *line, size_t indent, const char *text);

#endif
