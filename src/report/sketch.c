/* SPDX-License-Identifier: MIT */
/* Drawings in a terminal. */
#include "report/sketch.h"

#include <math.h>
#include <string.h>

#include "report/axis.h"
#include "report/canvas.h"
#include "report/number.h"

#define FAN_ROWS      17
#define SURVIVAL_ROWS 9
#define BARS_MAX      24
#define LABEL_COLUMNS 8 /* Left of a canvas: a tick's number. */
#define SIDE_COLUMNS  7 /* Right of it: the name of a curve. */
#define NAMES_MAX     6

/* Indexes of RESULT_PERCENTILE. */
#define FIFTH        1
#define QUARTER      3
#define THREE_FOURTH 5
#define NINETY_FIFTH 7

/* What a curve is called, beside its right end. */
struct name {
    const char *text;
    double value;
};

struct plot {
    struct canvas canvas;
    struct axis x;
    struct axis y;
    size_t highest; /* The dot of the top of y. */
    bool percent;   /* y is a share. */
    struct name names[NAMES_MAX];
    size_t names_count;
};

static size_t dot_up(const struct plot *plot, double value)
{
    return (size_t)lround(axis_place(&plot->y, value) * (double)plot->highest);
}

static size_t dot_along(const struct plot *plot, double value)
{
    const double last = (double)(canvas_across(&plot->canvas) - 1);
    return (size_t)lround(axis_place(&plot->x, value) * last);
}

/* What an index of at[] or, beyond them, the share alive is at a point. */
static double value_at(const struct result_point *point, size_t curve)
{
    return curve < RESULT_PERCENTILES ? (double)point->at[curve] : point->alive;
}

/* A curve's value between two points, by a straight line. */
static double value_between(const struct result *result, double roll, size_t curve)
{
    size_t i = 1;
    while (i + 1 < result->points_count && (double)result->points[i].roll < roll)
        i++;
    if (i >= result->points_count)
        return value_at(&result->points[0], curve);
    const struct result_point *from = &result->points[i - 1];
    const struct result_point *to = &result->points[i];
    const double span = (double)(to->roll - from->roll);
    const double part = span > 0 ? (roll - (double)from->roll) / span : 1;
    const double start = value_at(from, curve);
    return start + fmin(fmax(part, 0), 1) * (value_at(to, curve) - start);
}

/* The roll that a column of dots stands for. */
static double roll_at(const struct plot *plot, size_t x)
{
    const double across = (double)(canvas_across(&plot->canvas) - 1);
    return plot->x.low + (plot->x.high - plot->x.low) * (double)x / across;
}

static void draw_band(struct plot *plot, const struct result *result, size_t low, size_t high,
                      enum canvas_layer layer)
{
    for (size_t x = 0; x < canvas_across(&plot->canvas); x++) {
        const double roll = roll_at(plot, x);
        canvas_fill(&plot->canvas, x, dot_up(plot, value_between(result, roll, low)),
                    dot_up(plot, value_between(result, roll, high)), layer);
    }
}

static void draw_curve(struct plot *plot, const struct result *result, size_t curve)
{
    size_t before = dot_up(plot, value_between(result, plot->x.low, curve));
    for (size_t x = 0; x < canvas_across(&plot->canvas); x++) {
        const size_t y = dot_up(plot, value_between(result, roll_at(plot, x), curve));
        /* Each column reaches to beside the last one, so that steep parts have no gap. */
        const size_t from = y > before ? before + 1 : y < before ? before - 1 : y;
        canvas_fill(&plot->canvas, x, from, y, CANVAS_CURVE);
        before = y;
    }
}

static void draw_level(struct plot *plot, double value)
{
    const size_t y = dot_up(plot, value);
    for (size_t x = 0; x < canvas_across(&plot->canvas); x++)
        canvas_fill(&plot->canvas, x, y, y, CANVAS_LEVEL);
}

static void name_curve(struct plot *plot, const char *text, double value)
{
    plot->names[plot->names_count++] = (struct name){text, value};
}

static size_t row_of(const struct plot *plot, double value)
{
    return plot->canvas.rows - 1 - dot_up(plot, value) / CANVAS_DOWN;
}

/* The number of the tick in a row, if there is one. */
static void write_label(struct line *line, const struct plot *plot, size_t row)
{
    char text[NUMBER_SIZE] = "";
    for (unsigned i = 0; i < plot->y.count; i++)
        if (row_of(plot, plot->y.ticks[i]) == row) {
            if (plot->percent)
                number_percent(plot->y.ticks[i], plot->y.step < 0.01, text);
            else
                number_tick(plot->y.ticks[i], plot->y.step, text);
        }
    line_right(line, LABEL_COLUMNS, text);
    line_text(line, line->unicode ? "\xE2\xA2\xB8" : text[0] != '\0' ? "+" : "|");
}

/* The first name that belongs to a row. */
static void write_name(struct line *line, const struct plot *plot, size_t row)
{
    for (size_t i = 0; i < plot->names_count; i++)
        if (row_of(plot, plot->names[i].value) == row) {
            line_left(line, 1, "");
            line_style(line, LINE_FAINT);
            line_text(line, plot->names[i].text);
            return;
        }
}

/* The axis below: a line, and under it the numbers of its ticks where there is room. */
static void write_axis(struct line *line, const struct plot *plot)
{
    const size_t start = LABEL_COLUMNS + 1;
    bool ticks[CANVAS_COLUMNS_MAX] = {false};
    for (unsigned i = 0; i < plot->x.count; i++)
        ticks[dot_along(plot, plot->x.ticks[i]) / CANVAS_ACROSS] = true;
    line_to(line, LABEL_COLUMNS);
    line_text(line, line->unicode ? "\xE2\xA0\x88" : "+");
    for (size_t i = 0; i < plot->canvas.columns; i++)
        line_text(line, line->unicode ? ticks[i] ? "\xE2\xA0\x8F" : "\xE2\xA0\x89"
                        : ticks[i]    ? "+"
                                      : "-");
    line_end(line);
    for (unsigned i = 0; i < plot->x.count; i++) {
        char text[NUMBER_SIZE];
        number_tick(plot->x.ticks[i], plot->x.step, text);
        const size_t size = strlen(text);
        const size_t middle = start + dot_along(plot, plot->x.ticks[i]) / CANVAS_ACROSS;
        const size_t at = middle > size / 2 ? middle - size / 2 : 0;
        if ((line->column > start && at < line->column + 1) || at + size > line->limit)
            continue;
        line_to(line, at);
        line_text(line, text);
    }
    if (line->column + 6 <= line->limit)
        line_text(line, " rolls");
    line_end(line);
}

static void write_plot(struct line *line, const struct plot *plot)
{
    for (size_t row = 0; row < plot->canvas.rows; row++) {
        write_label(line, plot, row);
        canvas_write(&plot->canvas, row, line->unicode, line->colour, line->out);
        line->column += plot->canvas.columns;
        write_name(line, plot, row);
        line_end(line);
    }
    write_axis(line, plot);
}

/*
 * Lays a plot out, of about so many rows: each step of y takes the same number of rows, so that all
 * ticks stand at the foot of one.
 */
static void begin_plot(struct plot *plot, const struct line *line, const struct result *result,
                       size_t rows, struct axis y)
{
    memset(plot, 0, sizeof *plot);
    const size_t steps = y.count > 1 ? y.count - 1 : 1;
    const size_t each = steps < rows ? (rows - 1 + steps / 2) / steps : 1;
    canvas_init(&plot->canvas, line->limit - LABEL_COLUMNS - 1 - SIDE_COLUMNS, steps * each + 1);
    plot->y = y;
    plot->highest = (plot->canvas.rows - 1) * CANVAS_DOWN;
    const double last = (double)result->points[result->points_count - 1].roll;
    plot->x = axis_exact(0, last, (unsigned)plot->canvas.columns / 9);
}

static void caption(struct line *line, const char *text)
{
    line_style(line, LINE_FAINT);
    line_wrap(line, 2, text);
    line_style(line, LINE_NORMAL);
}

void sketch_fan(struct line *line, const struct result *result)
{
    if (result->points_count == 0 || result->sessions == 0)
        return;
    const double start = (double)result->setting->bankroll;
    double low = start;
    double high = start;
    for (size_t i = 0; i < result->points_count; i++) {
        low = fmin(low, (double)result->points[i].at[FIFTH]);
        high = fmax(high, (double)result->points[i].at[NINETY_FIFTH]);
    }
    struct plot plot;
    begin_plot(&plot, line, result, FAN_ROWS, axis_round(low, high, 6));
    draw_band(&plot, result, FIFTH, NINETY_FIFTH, CANVAS_OUTER);
    draw_band(&plot, result, QUARTER, THREE_FOURTH, CANVAS_INNER);
    draw_level(&plot, start);
    draw_curve(&plot, result, RESULT_MEDIAN);
    const struct result_point *last = &result->points[result->points_count - 1];
    name_curve(&plot, "50 %", (double)last->at[RESULT_MEDIAN]);
    name_curve(&plot, "95 %", (double)last->at[NINETY_FIFTH]);
    name_curve(&plot, "5 %", (double)last->at[FIFTH]);
    name_curve(&plot, "75 %", (double)last->at[THREE_FOURTH]);
    name_curve(&plot, "25 %", (double)last->at[QUARTER]);
    write_plot(line, &plot);
    caption(line,
            line->unicode
                ? "Line: half of all sessions have more. Dense: the middle half of them. Thin: "
                  "5 to 95 %. Dashes: the bankroll at the start."
                : "* half of all sessions have more; : the middle half of them; . 5 to 95 %; "
                  "- the bankroll at the start.");
}

void sketch_survival(struct line *line, const struct result *result)
{
    if (result->points_count == 0 || result->bust_count == 0)
        return;
    const double last = result->points[result->points_count - 1].alive;
    struct plot plot;
    begin_plot(&plot, line, result, SURVIVAL_ROWS, axis_round(fmin(last, 1), 1, 4));
    plot.percent = true;
    draw_curve(&plot, result, RESULT_PERCENTILES);
    char text[NUMBER_SIZE];
    name_curve(&plot, number_percent(last, 1, text), last);
    write_plot(line, &plot);
}

/* A bar of so many eighths of a character. */
static void write_bar(struct line *line, size_t eighths)
{
    static const char *const parts[] = {"",
                                        "\xE2\x96\x8F",
                                        "\xE2\x96\x8E",
                                        "\xE2\x96\x8D",
                                        "\xE2\x96\x8C",
                                        "\xE2\x96\x8B",
                                        "\xE2\x96\x8A",
                                        "\xE2\x96\x89"};
    for (size_t i = 0; i < eighths / 8; i++)
        line_text(line, line->unicode ? "\xE2\x96\x88" : "#");
    if (line->unicode)
        line_text(line, parts[eighths % 8]);
    else if (eighths % 8 > 0)
        line_text(line, eighths % 8 >= 4 ? "#" : ".");
}

/* Sessions in the bars from first on, so many of them. */
static uint64_t sum_of(const struct result_histogram *histogram, size_t first, size_t together)
{
    uint64_t sum = 0;
    for (size_t i = first; i < first + together && i < histogram->count; i++)
        sum += histogram->bars[i].count;
    return sum;
}

void sketch_histogram(struct line *line, const struct result *result)
{
    const struct result_histogram *histogram = &result->histogram;
    if (histogram->count == 0 || result->sessions == 0)
        return;
    const size_t together = (histogram->count + BARS_MAX - 1) / BARS_MAX;
    const double width = (double)histogram->width * (double)together;
    uint64_t highest = 1;
    for (size_t i = 0; i < histogram->count; i += together) {
        const uint64_t count = sum_of(histogram, i, together);
        highest = count > highest ? count : highest;
    }
    const size_t before = 2 + 9 + 2 + 8 + 2;
    for (size_t i = 0; i < histogram->count; i += together) {
        char text[NUMBER_SIZE];
        const uint64_t count = sum_of(histogram, i, together);
        const double from = (double)histogram->bars[i].from;
        const double start = (double)result->setting->bankroll;
        line_text(line, start >= from && start < from + width ? "> " : "  ");
        number_decimal(from, 0, text);
        line_right(line, 9, strlen(text) > 9 ? number_brief(from, text) : text);
        line_right(line, 10, number_percent((double)count / (double)result->sessions, 2, text));
        line_to(line, before);
        line_style(line, from + width > start ? LINE_GOOD : LINE_BAD);
        const double share = (double)count / (double)highest;
        const size_t eighths = (size_t)lround(share * (double)(8 * (line->limit - before)));
        write_bar(line, count > 0 && eighths == 0 ? 1 : eighths);
        line_end(line);
    }
    char step[NUMBER_SIZE];
    char words[200];
    snprintf(words, sizeof words,
             "Chips at the end, in steps of %s; > marks the bankroll at the start.",
             number_decimal(width, 0, step));
    caption(line, words);
}
