/* SPDX-License-Identifier: MIT */
/*
 * A drawing in a terminal: dots, 2 across and 4 down in each character, shown as braille patterns
 * (Unicode 2800 to 28FF, each as wide as a letter) or, where those cannot be shown, one ASCII
 * character per cell.
 *
 * A dot belongs to a layer, and a higher layer hides a lower one. Dots are counted from the lower
 * left; what lies outside is not drawn. Memory is the caller's. Any thread.
 */
#ifndef REPORT_CANVAS_H
#define REPORT_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CANVAS_COLUMNS_MAX 100
#define CANVAS_ROWS_MAX    24

/* Dots in a cell. */
#define CANVAS_ACROSS 2
#define CANVAS_DOWN   4

/* The lowest first, with what it is drawn with. */
enum canvas_layer {
    CANVAS_NOTHING,
    CANVAS_OUTER, /* A band: a dot in four. */
    CANVAS_INNER, /* A band within it: every other dot. */
    CANVAS_LEVEL, /* A level to compare with: a dotted line. */
    CANVAS_CURVE, /* A solid line with nothing close to it. */
    CANVAS_LAYERS,
};

struct canvas {
    size_t columns;
    size_t rows;
    uint8_t dots[CANVAS_ROWS_MAX * CANVAS_DOWN][CANVAS_COLUMNS_MAX * CANVAS_ACROSS];
};

/* An empty canvas; sizes are cut to what there is room for. */
void canvas_init(struct canvas *canvas, size_t columns, size_t rows);

/* Dots of the canvas. */
size_t canvas_across(const struct canvas *canvas);
size_t canvas_down(const struct canvas *canvas);

/* Fills column x from y to other, both included, in either order. */
void canvas_fill(struct canvas *canvas, size_t x, size_t y, size_t other, enum canvas_layer layer);

/* What a row is drawn with, the top one first, and whether its colours are written (ECMA-48). */
void canvas_write(const struct canvas *canvas, size_t row, bool braille, bool colour, FILE *out);

#endif
