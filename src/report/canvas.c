/* SPDX-License-Identifier: MIT */
/* Drawings in a terminal. */
#include "report/canvas.h"

#include <string.h>

/* Bits of a braille pattern by the dot's place in its cell, from the lower left. Unicode 15, 22.1:
 * dots 1 2 3 7 stand on the left from the top, 4 5 6 8 on the right. */
static const uint8_t braille_bits[CANVAS_DOWN][CANVAS_ACROSS] = {
    {0x40, 0x80}, {0x04, 0x20}, {0x02, 0x10}, {0x01, 0x08}};

/* By layer. */
static const char ascii[CANVAS_LAYERS] = {' ', '.', ':', '-', '*'};
static const char *const colours[CANVAS_LAYERS] = {"", "\033[36m", "\033[36m", "\033[2m",
                                                   "\033[1;33m"};

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

void canvas_init(struct canvas *canvas, size_t columns, size_t rows)
{
    memset(canvas, 0, sizeof *canvas);
    canvas->columns = least(columns, CANVAS_COLUMNS_MAX);
    canvas->rows = least(rows, CANVAS_ROWS_MAX);
}

size_t canvas_across(const struct canvas *canvas)
{
    return canvas->columns * CANVAS_ACROSS;
}

size_t canvas_down(const struct canvas *canvas)
{
    return canvas->rows * CANVAS_DOWN;
}

void canvas_fill(struct canvas *canvas, size_t x, size_t y, size_t other, enum canvas_layer layer)
{
    if (x >= canvas_across(canvas))
        return;
    const size_t top = y > other ? y : other;
    for (size_t at = least(y, other); at <= top && at < canvas_down(canvas); at++)
        if (canvas->dots[at][x] < layer)
            canvas->dots[at][x] = (uint8_t)layer;
}

/* Dots that a band leaves free above and below a curve. */
#define ROOM 2

static bool by_a_curve(const struct canvas *canvas, size_t x, size_t y)
{
    const size_t top = least(y + ROOM, canvas_down(canvas) - 1);
    for (size_t at = y > ROOM ? y - ROOM : 0; at <= top; at++)
        if (canvas->dots[at][x] == CANVAS_CURVE)
            return true;
    return false;
}

static bool lit(const struct canvas *canvas, size_t x, size_t y)
{
    switch ((enum canvas_layer)canvas->dots[y][x]) {
    case CANVAS_OUTER:
        return y % 2 == 0 && x % 2 == y / 2 % 2 && !by_a_curve(canvas, x, y);
    case CANVAS_INNER:
        return (x + y) % 2 == 0 && !by_a_curve(canvas, x, y);
    case CANVAS_LEVEL:
        return x % 4 < 2;
    case CANVAS_CURVE:
        return true;
    case CANVAS_NOTHING:
    case CANVAS_LAYERS:
        break;
    }
    return false;
}

/* The highest layer of a cell, and the braille pattern of its dots. */
static enum canvas_layer cell(const struct canvas *canvas, size_t row, size_t column,
                              uint8_t *pattern)
{
    enum canvas_layer highest = CANVAS_NOTHING;
    *pattern = 0;
    for (size_t down = 0; down < CANVAS_DOWN; down++)
        for (size_t across = 0; across < CANVAS_ACROSS; across++) {
            const size_t x = column * CANVAS_ACROSS + across;
            const size_t y = (canvas->rows - 1 - row) * CANVAS_DOWN + down;
            if (canvas->dots[y][x] > highest)
                highest = (enum canvas_layer)canvas->dots[y][x];
            if (lit(canvas, x, y))
                *pattern |= braille_bits[down][across];
        }
    return highest;
}

void canvas_write(const struct canvas *canvas, size_t row, bool braille, bool colour, FILE *out)
{
    enum canvas_layer painted = CANVAS_NOTHING;
    for (size_t column = 0; row < canvas->rows && column < canvas->columns; column++) {
        uint8_t pattern;
        const enum canvas_layer layer = cell(canvas, row, column, &pattern);
        if (colour && layer != painted) {
            if (painted != CANVAS_NOTHING)
                fputs("\033[0m", out);
            fputs(colours[layer], out);
            painted = layer;
        }
        /* UTF-8 of U+2800 plus the pattern; an empty cell is a space, which copies and reads
         * better. */
        if (!braille || pattern == 0)
            fputc(braille ? ' ' : ascii[layer], out);
        else
            fprintf(out, "\xE2%c%c", 0xA0 | pattern >> 6, 0x80 | (pattern & 0x3F));
    }
    if (painted != CANVAS_NOTHING)
        fputs("\033[0m", out);
}
