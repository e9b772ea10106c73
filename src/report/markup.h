/* SPDX-License-Identifier: MIT */
/*
 * The words of a page: text that cannot leave its place, and numbers in the cells of tables.
 *
 * What is written is well-formed as HTML and as XML. Any thread.
 */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include <stdint.h>
#include <stdio.h>

#include "base/types.h"

/* Writes text from outside, for an element or an attribute in double quotes. */
void markup_text(FILE *out, const char *text);

/* The same, cut to so many letters, the last then being an ellipsis. */
void markup_cut(FILE *out, const char *text, size_t letters);

/* The same with its line ends kept. */
void markup_lines(FILE *out, const char *text);

/* The same in an element: <name>text</name>; name may hold attributes, of our own. */
void markup_element(FILE *out, const char *name, const char *text);

/* A paragraph of a class of report/sheet.h; none for no text. */
void markup_paragraph(FILE *out, const char *class, const char *text);

/* A title and lines of text, their ends kept. */
void markup_listing(FILE *out, const char *title, const char *text);

/*
 * A drawing with a table, on its right (class pair) or below it (wide): begun, the drawing, its
 * caption, the table, ended. The caption is ours and may hold elements.
 */
void markup_panel(FILE *out, const char *class, const char *title);
void markup_caption(FILE *out, const char *markup);
void markup_panel_end(FILE *out);

/* A cell of a table. */
void markup_cell(FILE *out, const char *text);
void markup_cell_whole(FILE *out, chips value);
void markup_cell_count(FILE *out, uint64_t value);
void markup_cell_decimal(FILE *out, double value, unsigned decimals);
void markup_cell_signed(FILE *out, double value, unsigned decimals);
void markup_cell_percent(FILE *out, double share, unsigned decimals);

/* A row's first cell, which names it. */
void markup_row(FILE *out, const char *name);

/* Begins a table with its caption and the names of its columns, which NULL ends. */
void markup_table(FILE *out, const char *caption, const char *const *columns);
void markup_table_end(FILE *out);

#endif
