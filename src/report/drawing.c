/* SPDX-License-Identifier: MIT */
/* Drawings in a page. */
#include "report/drawing.h"

#include "report/markup.h"
#include "report/number.h"

/* Writes name="value". */
static void attribute(FILE *out, const char *name, double value)
{
    char text[NUMBER_SIZE];
    fprintf(out, " %s=\"%s\"", name, number_plain(value, 1, text));
}

void drawing_begin(struct drawing *drawing, FILE *out, const char *id, const char *title,
                   const char *description, double width, double height)
{
    char across[NUMBER_SIZE];
    char down[NUMBER_SIZE];
    *drawing = (struct drawing){.out = out, .left = 72, .top = 14};
    drawing->width = width - drawing->left - 64;
    drawing->height = height - drawing->top - 44;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %s %s\" role=\"img\" "
            "aria-labelledby=\"%s-t %s-d\">\n",
            number_plain(width, 0, across), number_plain(height, 0, down), id, id);
    fprintf(out, "<title id=\"%s-t\">", id);
    markup_text(out, title);
    fprintf(out, "</title>\n<desc id=\"%s-d\">", id);
    markup_text(out, description);
    fputs("</desc>\n", out);
}

void drawing_end(struct drawing *drawing)
{
    fputs("</svg>\n", drawing->out);
}

double drawing_x(const struct drawing *drawing, double value)
{
    return drawing->left + axis_place(&drawing->x, value) * drawing->width;
}

double drawing_y(const struct drawing *drawing, double value)
{
    return drawing->top + (1 - axis_place(&drawing->y, value)) * drawing->height;
}

static char *tick_text(const struct axis *axis, unsigned i, enum drawing_unit unit,
                       char text[static NUMBER_SIZE])
{
    if (unit == DRAWING_NUMBER)
        return number_tick(axis->ticks[i], axis->step, text);
    unsigned decimals = 0;
    for (double step = axis->step * 100; step < 0.999 && decimals < 4; step *= 10)
        decimals++;
    return number_percent(axis->ticks[i], decimals, text);
}

void drawing_axes(const struct drawing *drawing, enum drawing_unit x_unit, const char *x_name,
                  enum drawing_unit y_unit, const char *y_name)
{
    char text[NUMBER_SIZE];
    struct drawing area = *drawing;
    const double bottom = area.top + area.height;
    for (unsigned i = 0; i < area.x.count && x_unit != DRAWING_NOTHING; i++) {
        const double x = drawing_x(&area, area.x.ticks[i]);
        drawing_line(&area, "grid", x, area.top, x, bottom);
        drawing_line(&area, "axis", x, bottom, x, bottom + 4);
        drawing_text(&area, "middle", x, bottom + 17, tick_text(&area.x, i, x_unit, text));
    }
    for (unsigned i = 0; i < area.y.count && y_unit != DRAWING_NOTHING; i++) {
        const double y = drawing_y(&area, area.y.ticks[i]);
        drawing_line(&area, "grid", area.left, y, area.left + area.width, y);
        drawing_line(&area, "axis", area.left - 4, y, area.left, y);
        drawing_text(&area, "end", area.left - 8, y + 4, tick_text(&area.y, i, y_unit, text));
    }
    drawing_line(&area, "axis", area.left, bottom, area.left + area.width, bottom);
    if (y_unit != DRAWING_NOTHING)
        drawing_line(&area, "axis", area.left, area.top, area.left, bottom);
    if (x_name != NULL)
        drawing_text(&area, "middle name", area.left + area.width / 2, bottom + 36, x_name);
    if (y_name == NULL)
        return;
    fputs("<g transform=\"translate(14 ", area.out);
    fputs(number_plain(area.top + area.height / 2, 1, text), area.out);
    fputs(") rotate(-90)\">", area.out);
    drawing_text(&area, "middle name", 0, 0, y_name);
    fputs("</g>\n", area.out);
}

void drawing_path(struct drawing *drawing, const char *class)
{
    fprintf(drawing->out, "<path class=\"%s\" d=\"", class);
    drawing->begun = false;
}

void drawing_path_to(struct drawing *drawing, double x, double y)
{
    char across[NUMBER_SIZE];
    char down[NUMBER_SIZE];
    fprintf(drawing->out, "%s%s %s", drawing->begun ? "L" : "M",
            number_plain(drawing_x(drawing, x), 1, across),
            number_plain(drawing_y(drawing, y), 1, down));
    drawing->begun = true;
}

void drawing_path_end(struct drawing *drawing, bool closed)
{
    fprintf(drawing->out, "%s\"/>\n", closed ? "Z" : "");
}

void drawing_line(struct drawing *drawing, const char *class, double x1, double y1, double x2,
                  double y2)
{
    fprintf(drawing->out, "<line class=\"%s\"", class);
    attribute(drawing->out, "x1", x1);
    attribute(drawing->out, "y1", y1);
    attribute(drawing->out, "x2", x2);
    attribute(drawing->out, "y2", y2);
    fputs("/>\n", drawing->out);
}

void drawing_rectangle(struct drawing *drawing, const char *class, double x, double y, double width,
                       double height, const char *title)
{
    fprintf(drawing->out, "<rect class=\"%s\"", class);
    attribute(drawing->out, "x", x);
    attribute(drawing->out, "y", y);
    attribute(drawing->out, "width", width > 0 ? width : 0);
    attribute(drawing->out, "height", height > 0 ? height : 0);
    if (title == NULL) {
        fputs("/>\n", drawing->out);
        return;
    }
    fputs("><title>", drawing->out);
    markup_text(drawing->out, title);
    fputs("</title></rect>\n", drawing->out);
}

void drawing_disc(struct drawing *drawing, const char *class, double x, double y, double radius)
{
    fprintf(drawing->out, "<circle class=\"%s\"", class);
    attribute(drawing->out, "cx", x);
    attribute(drawing->out, "cy", y);
    attribute(drawing->out, "r", radius);
    fputs("/>\n", drawing->out);
}

void drawing_diamond(struct drawing *drawing, const char *class, double x, double y, double radius)
{
    const double corners[][2] = {
        {x, y - radius}, {x + radius, y}, {x, y + radius}, {x - radius, y}};
    char across[NUMBER_SIZE];
    char down[NUMBER_SIZE];
    fprintf(drawing->out, "<polygon class=\"%s\" points=\"", class);
    for (size_t i = 0; i < 4; i++)
        fprintf(drawing->out, "%s%s,%s", i > 0 ? " " : "", number_plain(corners[i][0], 1, across),
                number_plain(corners[i][1], 1, down));
    fputs("\"/>\n", drawing->out);
}

void drawing_text(struct drawing *drawing, const char *class, double x, double y, const char *text)
{
    drawing_name(drawing, class, x, y, text, SIZE_MAX);
}

void drawing_name(struct drawing *drawing, const char *class, double x, double y, const char *text,
                  size_t letters)
{
    fprintf(drawing->out, "<text class=\"%s\"", class);
    attribute(drawing->out, "x", x);
    attribute(drawing->out, "y", y);
    fputs(">", drawing->out);
    markup_cut(drawing->out, text, letters);
    fputs("</text>\n", drawing->out);
}
