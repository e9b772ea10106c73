/* SPDX-License-Identifier: MIT */
/*
 * A drawing in a page: an SVG element with a title and a description, a plot area with axes, and in
 * it lines, areas and marks in the units of the axes.
 *
 * Colours are classes of report/sheet.h. Coordinates are written with one decimal. Any thread.
 */
#ifndef REPORT_DRAWING_H
#define REPORT_DRAWING_H

#include <stdbool.h>
#include <stdio.h>

#include "report/axis.h"

/* What an axis' numbers are. */
enum drawing_unit {
    DRAWING_NUMBER,
    DRAWING_SHARE,   /* Of 1, written in per cent. */
    DRAWING_NOTHING, /* No ticks. */
};

struct drawing {
    FILE *out;
    double left; /* The plot area, in units of the drawing; y grows downwards. */
    double top;
    double width;
    double height;
    struct axis x;
    struct axis y;
    bool begun; /* The path has a point. */
};

/* Begins an element of this size in units that are about pixels. id is ours, unique on the page. */
void drawing_begin(struct drawing *drawing, FILE *out, const char *id, const char *title,
                   const char *description, double width, double height);
void drawing_end(struct drawing *drawing);

/* Draws grid, ticks and names of the axes, which were set before; a name may be NULL. */
void drawing_axes(const struct drawing *drawing, enum drawing_unit x_unit, const char *x_name,
                  enum drawing_unit y_unit, const char *y_name);

/* Where a value lies in the drawing. */
double drawing_x(const struct drawing *drawing, double value);
double drawing_y(const struct drawing *drawing, double value);

/* A path: begun, led from point to point, ended; closed ones are filled. */
void drawing_path(struct drawing *drawing, const char *class);
void drawing_path_to(struct drawing *drawing, double x, double y);
void drawing_path_end(struct drawing *drawing, bool closed);

/* In units of the drawing: a line, a rectangle (open: a title may follow, close it), a disc. */
void drawing_line(struct drawing *drawing, const char *class, double x1, double y1, double x2,
                  double y2);
void drawing_rectangle(struct drawing *drawing, const char *class, double x, double y, double width,
                       double height, const char *title);
void drawing_disc(struct drawing *drawing, const char *class, double x, double y, double radius);

/* A square on its point. */
void drawing_diamond(struct drawing *drawing, const char *class, double x, double y, double radius);

/* Text, in units of the drawing; class also says which side of it stands at x. */
void drawing_text(struct drawing *drawing, const char *class, double x, double y, const char *text);

/* The same, cut to so many letters. */
void drawing_name(struct drawing *drawing, const char *class, double x, double y, const char *text,
                  size_t letters);

#endif
