/* SPDX-License-Identifier: MIT */
/*
 * A table in a terminal: columns of fixed width, of which a narrow terminal shows only the more
 * important ones. Memory is the caller's. Any thread.
 */
#ifndef REPORT_GRID_H
#define REPORT_GRID_H

#include "base/types.h"
#include "report/line.h"

#define GRID_COLUMNS_MAX 12

struct grid_column {
    const char *title;
    uint8_t width; /* At least; columns with a weight grow when there is room. */
    uint8_t rank;  /* The highest are left out first; 0 never is. */
    uint8_t weight;
    bool left; /* Text begins on the left; numbers end on the right. */
};

struct grid {
    struct line *line;
    const struct grid_column *columns;
    size_t count;
    size_t indent;
    size_t next;                      /* The column of the next cell. */
    uint8_t widths[GRID_COLUMNS_MAX]; /* As shown, without the space before; 0: left out. */
};

/* Lays the columns out, and writes their titles. columns are borrowed. */
void grid_begin(struct grid *grid, struct line *line, size_t indent,
                const struct grid_column *columns, size_t count);

/* The next cell; after the last column of a row comes the first one of the next. */
void grid_text(struct grid *grid, const char *text);

/* Numbers, in the shorter form where the column is too narrow for all digits. */
void grid_whole(struct grid *grid, chips value);
void grid_count(struct grid *grid, uint64_t value);
void grid_decimal(struct grid *grid, double value, unsigned decimals);
void grid_signed(struct grid *grid, double value, unsigned decimals);
void grid_percent(struct grid *grid, double share, unsigned decimals);

#endif
