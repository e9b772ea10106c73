/* SPDX-License-Identifier: MIT */
/* Tables in a terminal. */
#include "report/grid.h"

#include <string.h>

#include "base/check.h"
#include "report/number.h"

/* Columns of all that is shown. */
static size_t total(const struct grid *grid)
{
    size_t sum = grid->indent;
    for (size_t i = 0; i < grid->count; i++)
        if (grid->widths[i] > 0)
            sum += grid->widths[i] + (size_t)(i > 0);
    return sum;
}

/* Leaves out the shown column of the highest rank; false when all that is left must stay. */
static bool drop(struct grid *grid)
{
    size_t worst = grid->count;
    for (size_t i = 0; i < grid->count; i++)
        if (grid->widths[i] > 0 && grid->columns[i].rank > 0 &&
            (worst == grid->count || grid->columns[i].rank > grid->columns[worst].rank))
            worst = i;
    if (worst == grid->count)
        return false;
    grid->widths[worst] = 0;
    return true;
}

/* Hands the columns that are left out evenly, by weight. */
static void grow(struct grid *grid)
{
    size_t room = grid->line->limit - total(grid);
    bool grown = true;
    while (grown && room > 0) {
        grown = false;
        for (size_t i = 0; i < grid->count; i++)
            for (unsigned w = 0; w < grid->columns[i].weight && grid->widths[i] > 0 && room > 0;
                 w++) {
                grid->widths[i]++;
                room--;
                grown = true;
            }
    }
}

void grid_begin(struct grid *grid, struct line *line, size_t indent,
                const struct grid_column *columns, size_t count)
{
    CHECK(count <= GRID_COLUMNS_MAX);
    *grid = (struct grid){.line = line, .columns = columns, .count = count, .indent = indent};
    for (size_t i = 0; i < count; i++)
        grid->widths[i] = columns[i].width;
    while (total(grid) > line->limit && drop(grid))
        ;
    if (total(grid) < line->limit)
        grow(grid);
    line_style(line, LINE_FAINT);
    for (size_t i = 0; i < count; i++)
        grid_text(grid, columns[i].title);
}

void grid_text(struct grid *grid, const char *text)
{
    const size_t i = grid->next;
    if (i == 0)
        line_to(grid->line, grid->indent);
    else if (grid->widths[i] > 0)
        line_left(grid->line, 1, "");
    if (grid->widths[i] > 0 && grid->columns[i].left)
        line_left(grid->line, grid->widths[i], text);
    else if (grid->widths[i] > 0)
        line_right(grid->line, grid->widths[i], text);
    grid->next = (i + 1) % grid->count;
    if (grid->next == 0)
        line_end(grid->line);
}

/* A cell of the long form, or of the short one of value when that is too long. */
static void either(struct grid *grid, const char *text, double value)
{
    char brief[NUMBER_SIZE];
    const size_t width = grid->widths[grid->next];
    if (strlen(text) > width && width > 0)
        text = number_brief(value, brief);
    grid_text(grid, text);
}

void grid_whole(struct grid *grid, chips value)
{
    char text[NUMBER_SIZE];
    either(grid, number_whole(value, text), (double)value);
}

void grid_count(struct grid *grid, uint64_t value)
{
    char text[NUMBER_SIZE];
    either(grid, number_count(value, text), (double)value);
}

/* With as many decimals as the column has room for. */
static void fitting(struct grid *grid, char *(*write)(double, unsigned, char[static NUMBER_SIZE]),
                    double number, unsigned decimals, double value)
{
    char text[NUMBER_SIZE];
    write(number, decimals, text);
    while (strlen(text) > grid->widths[grid->next] && decimals > 0)
        write(number, --decimals, text);
    either(grid, text, value);
}

void grid_decimal(struct grid *grid, double value, unsigned decimals)
{
    fitting(grid, number_decimal, value, decimals, value);
}

void grid_signed(struct grid *grid, double value, unsigned decimals)
{
    fitting(grid, number_signed, value, decimals, value);
}

void grid_percent(struct grid *grid, double share, unsigned decimals)
{
    fitting(grid, number_percent, share, decimals, 100 * share);
}
