/* SPDX-License-Identifier: MIT */
/* The drawings of a page. */
#include "report/figure.h"

#include <math.h>
#include <string.h>

#include "report/drawing.h"
#include "report/markup.h"
#include "report/number.h"
#include "report/sheet.h"

#define WIDTH  760
#define HEIGHT 400

/* Indexes of RESULT_PERCENTILE: 1 5 10 25 50 75 90 95 99. */
#define P1  0
#define P5  1
#define P25 3
#define P75 5
#define P95 7
#define P99 8

/* Names beside the ends of curves, which must not lie on one another. */
#define LABELS_MAX   32
#define END_LETTERS  18
#define LEFT_LETTERS 22
#define LABEL_STEP   13.0

struct label {
    double y; /* In units of the drawing. */
    const char *text;
    const char *class; /* Of the curve, to repeat it beside the name; "": not. */
};

struct labels {
    size_t count;
    struct label at[LABELS_MAX];
};

/* Adds a name, kept in the order from top to bottom. */
static void add_label(struct labels *labels, double y, const char *text, const char *class)
{
    if (labels->count == LABELS_MAX)
        return;
    size_t i = labels->count++;
    for (; i > 0 && labels->at[i - 1].y > y; i--)
        labels->at[i] = labels->at[i - 1];
    labels->at[i] = (struct label){y, text, class};
}

/* Moves names apart: down from the top, then up from the bottom as far as needed. */
static void spread_labels(struct labels *labels, double bottom)
{
    for (size_t i = 1; i < labels->count; i++)
        labels->at[i].y = fmax(labels->at[i].y, labels->at[i - 1].y + LABEL_STEP);
    double limit = bottom;
    for (size_t i = labels->count; i > 0; i--) {
        labels->at[i - 1].y = fmin(labels->at[i - 1].y, limit);
        limit = labels->at[i - 1].y - LABEL_STEP;
    }
}

static void write_labels(struct drawing *drawing, struct labels *labels)
{
    spread_labels(labels, drawing->top + drawing->height);
    const double right = drawing->left + drawing->width;
    for (size_t i = 0; i < labels->count; i++) {
        const struct label *label = &labels->at[i];
        const bool repeated = *label->class != '\0';
        if (repeated)
            drawing_line(drawing, label->class, right + 5, label->y, right + 25, label->y);
        drawing_name(drawing, "strong", right + (repeated ? 29 : 6), label->y + 4, label->text,
                     END_LETTERS);
    }
}

size_t figure_sample(const struct result *result, size_t i)
{
    return (result->points_count - 1) * i / FIGURE_SAMPLES;
}

bool figure_sampled(const struct result *result, size_t i)
{
    return i == 0 || figure_sample(result, i) != figure_sample(result, i - 1);
}

static double last_roll(const struct result *result)
{
    return (double)result->points[result->points_count - 1].roll;
}

static void draw_band(struct drawing *drawing, const struct result *result, const char *class,
                      size_t low, size_t high)
{
    drawing_path(drawing, class);
    for (size_t i = 0; i < result->points_count; i++)
        drawing_path_to(drawing, (double)result->points[i].roll,
                        (double)result->points[i].at[high]);
    for (size_t i = result->points_count; i > 0; i--)
        drawing_path_to(drawing, (double)result->points[i - 1].roll,
                        (double)result->points[i - 1].at[low]);
    drawing_path_end(drawing, true);
}

static void draw_percentile(struct drawing *drawing, const struct result *result, const char *class,
                            size_t percentile)
{
    drawing_path(drawing, class);
    for (size_t i = 0; i < result->points_count; i++)
        drawing_path_to(drawing, (double)result->points[i].roll,
                        (double)result->points[i].at[percentile]);
    drawing_path_end(drawing, false);
}

static void draw_path(struct drawing *drawing, const struct result *result,
                      const struct result_path *path)
{
    drawing_path(drawing, "sample");
    for (size_t i = 0; i < result->points_count; i++)
        drawing_path_to(drawing, (double)result->points[i].roll, (double)path->bankroll[i]);
    drawing_path_end(drawing, false);
}

static void draw_start(struct drawing *drawing, double bankroll)
{
    const double y = drawing_y(drawing, bankroll);
    drawing_line(drawing, "level", drawing->left, y, drawing->left + drawing->width, y);
}

void figure_fan(FILE *out, const struct result *result, const char *id)
{
    const double start = (double)result->setting->bankroll;
    double low = start;
    double high = start;
    for (size_t i = 0; i < result->points_count; i++) {
        low = fmin(low, (double)result->points[i].at[P1]);
        high = fmax(high, (double)result->points[i].at[P99]);
        for (size_t k = 0; k < result->paths_count; k++) {
            low = fmin(low, (double)result->paths[k].bankroll[i]);
            high = fmax(high, (double)result->paths[k].bankroll[i]);
        }
    }
    struct drawing drawing;
    drawing_begin(&drawing, out, id, "Bankroll by roll",
                  "Bands between the percentiles 1 and 99, 5 and 95, 25 and 75 of the bankroll of "
                  "all sessions after each roll, the median as a line, and single sessions as thin "
                  "lines. The table beside it has the numbers.",
                  WIDTH, HEIGHT);
    drawing.x = axis_exact(0, last_roll(result), 8);
    drawing.y = axis_round(low, high, 7);
    drawing_axes(&drawing, DRAWING_NUMBER, "rolls", DRAWING_NUMBER, "chips");
    draw_band(&drawing, result, "band b99", P1, P99);
    draw_band(&drawing, result, "band b95", P5, P95);
    draw_band(&drawing, result, "band b75", P25, P75);
    for (size_t k = 0; k < result->paths_count; k++)
        draw_path(&drawing, result, &result->paths[k]);
    draw_start(&drawing, start);
    draw_percentile(&drawing, result, "median", RESULT_MEDIAN);
    static const struct {
        size_t percentile;
        const char *name;
    } ends[] = {{P99, "99 %"}, {P95, "95 %"}, {P75, "75 %"}, {RESULT_MEDIAN, "median"},
                {P25, "25 %"}, {P5, "5 %"},   {P1, "1 %"}};
    struct labels labels = {0};
    const struct result_point *last = &result->points[result->points_count - 1];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        add_label(&labels, drawing_y(&drawing, (double)last->at[ends[i].percentile]), ends[i].name,
                  "");
    write_labels(&drawing, &labels);
    drawing_end(&drawing);
}

/* "250 to 259: 1,234 (3.10 %)". */
static void bar_title(const struct result *result, const struct result_bar *bar, char *text,
                      size_t size)
{
    char from[NUMBER_SIZE];
    char to[NUMBER_SIZE];
    char count[NUMBER_SIZE];
    char share[NUMBER_SIZE];
    snprintf(text, size, "%s to %s: %s sessions (%s)", number_whole(bar->from, from),
             number_decimal((double)bar->from + (double)result->histogram.width - 1, 0, to),
             number_count(bar->count, count),
             number_percent((double)bar->count / (double)result->sessions, 2, share));
}

static void draw_bar(struct drawing *drawing, const struct result *result,
                     const struct result_bar *bar)
{
    char title[5 * NUMBER_SIZE];
    const double start = (double)result->setting->bankroll;
    const double from = (double)bar->from;
    const double share = (double)bar->count / (double)result->sessions;
    const double left = drawing_x(drawing, from);
    const double right = drawing_x(drawing, from + (double)result->histogram.width);
    const double top = drawing_y(drawing, share);
    bar_title(result, bar, title, sizeof title);
    const double gap = right - left > 4 ? 1 : 0;
    drawing_rectangle(drawing, from + (double)result->histogram.width > start ? "more" : "less",
                      left + gap / 2, top, right - left - gap, drawing->top + drawing->height - top,
                      title);
}

void figure_histogram(FILE *out, const struct result *result, const char *id)
{
    const struct result_histogram *histogram = &result->histogram;
    const double start = (double)result->setting->bankroll;
    double highest = 0;
    for (size_t i = 0; i < histogram->count; i++)
        highest = fmax(highest, (double)histogram->bars[i].count / (double)result->sessions);
    const double low = (double)histogram->bars[0].from;
    const double high =
        (double)histogram->bars[histogram->count - 1].from + (double)histogram->width;
    struct drawing drawing;
    drawing_begin(&drawing, out, id, "Bankroll at the end",
                  "Bars: the share of sessions that ended with so many chips. A dashed line marks "
                  "the bankroll at the start, a diamond the mean. The table beside it has the "
                  "numbers.",
                  WIDTH, HEIGHT);
    drawing.x = axis_exact(fmin(low, start), fmax(high, start), 8);
    drawing.y = axis_round(0, highest, 6);
    drawing_axes(&drawing, DRAWING_NUMBER, "chips at the end", DRAWING_SHARE, "sessions");
    for (size_t i = 0; i < histogram->count; i++)
        draw_bar(&drawing, result, &histogram->bars[i]);
    const double x = drawing_x(&drawing, start);
    drawing_line(&drawing, "level", x, drawing.top, x, drawing.top + drawing.height);
    drawing_text(&drawing, x > drawing.left + drawing.width / 2 ? "strong end" : "strong",
                 x > drawing.left + drawing.width / 2 ? x - 5 : x + 5, drawing.top + 10, "start");
    drawing_diamond(&drawing, "fair", drawing_x(&drawing, result->final.mean),
                    drawing.top + drawing.height, 6);
    drawing_end(&drawing);
}

void figure_survival(FILE *out, const struct result *result, const char *id)
{
    struct drawing drawing;
    drawing_begin(&drawing, out, id, "Sessions not bust by roll",
                  "A falling line: the share of sessions that are not bust after each roll. The "
                  "table beside it has the numbers.",
                  WIDTH, 300);
    const struct result_point *last = &result->points[result->points_count - 1];
    drawing.x = axis_exact(0, last_roll(result), 8);
    drawing.y = axis_round(fmin(last->alive, 1), 1, 5);
    drawing_axes(&drawing, DRAWING_NUMBER, "rolls", DRAWING_SHARE, "not bust");
    drawing_path(&drawing, "area");
    drawing_path_to(&drawing, 0, drawing.y.low);
    for (size_t i = 0; i < result->points_count; i++)
        drawing_path_to(&drawing, (double)result->points[i].roll, result->points[i].alive);
    drawing_path_to(&drawing, last_roll(result), drawing.y.low);
    drawing_path_end(&drawing, true);
    drawing_path(&drawing, "median");
    for (size_t i = 0; i < result->points_count; i++)
        drawing_path_to(&drawing, (double)result->points[i].roll, result->points[i].alive);
    drawing_path_end(&drawing, false);
    char text[NUMBER_SIZE];
    drawing_text(&drawing, "strong", drawing.left + drawing.width + 6,
                 drawing_y(&drawing, last->alive) + 4, number_percent(last->alive, 1, text));
    drawing_end(&drawing);
}

/* The figure of edges: names, then the edges, then the standard errors between them. */
#define ROW_HEIGHT  24.0
#define EDGES_LEFT  160.0
#define EDGES_WIDTH 350.0
#define Z_LEFT      555.0
#define Z_WIDTH     160.0
#define Z_SPAN      6.0

/* The span of edges worth drawing: bets decided too seldom may lie far outside. */
static struct axis edges_axis(const struct result *result)
{
    double low = 0;
    double high = 0;
    for (size_t i = 0; i < result->bets_count; i++) {
        const struct result_bet *bet = &result->bets[i];
        if (bet->check == RESULT_CHECK_NONE || bet->handle <= 0)
            continue;
        low = fmin(low, bet->exact);
        high = fmax(high, bet->exact);
        if (bet->check == RESULT_CHECK_FEW || !isfinite(bet->edge_error))
            continue;
        low = fmin(low, bet->edge - 2 * bet->edge_error);
        high = fmax(high, bet->edge + 2 * bet->edge_error);
    }
    return axis_round(low, high, 6);
}

static const char *dot_class(const struct result_bet *bet)
{
    switch (bet->check) {
    case RESULT_CHECK_AGREES:
        return "dot";
    case RESULT_CHECK_DISAGREES:
        return "dot-wrong";
    case RESULT_CHECK_FEW:
    case RESULT_CHECK_NONE:
        break;
    }
    return "dot-few";
}

static void draw_edge(struct drawing *edges, const struct result_bet *bet, double y)
{
    if (bet->handle <= 0)
        return;
    const double error = isfinite(bet->edge_error) ? bet->edge_error : 0;
    drawing_line(edges, "whisker", drawing_x(edges, bet->edge - 2 * error), y,
                 drawing_x(edges, bet->edge + 2 * error), y);
    const bool outside = bet->edge < edges->x.low || bet->edge > edges->x.high;
    if (!outside)
        drawing_disc(edges, dot_class(bet), drawing_x(edges, bet->edge), y, 4.5);
    else
        drawing_text(edges, bet->edge < 0 ? "strong" : "strong end",
                     drawing_x(edges, bet->edge) + (bet->edge < 0 ? 2 : -2), y + 4,
                     bet->edge < 0 ? "\xE2\x97\x82" : "\xE2\x96\xB8");
    if (bet->check != RESULT_CHECK_NONE)
        drawing_diamond(edges, "exact", drawing_x(edges, bet->exact), y, 6.5);
}

static void draw_z(struct drawing *panel, const struct result_bet *bet, double y)
{
    char text[NUMBER_SIZE];
    if (bet->check == RESULT_CHECK_NONE)
        return;
    const double x = drawing_x(panel, bet->z);
    drawing_line(panel, "whisker", drawing_x(panel, 0), y, x, y);
    drawing_disc(panel, dot_class(bet), x, y, 4.5);
    drawing_text(panel, bet->check == RESULT_CHECK_DISAGREES ? "wrong" : "strong",
                 Z_LEFT + Z_WIDTH + 4, y + 4, number_signed(bet->z, 1, text));
}

void figure_edges(FILE *out, const struct result *result, const char *id)
{
    const double height = 14 + ROW_HEIGHT * (double)result->bets_count + 44;
    struct drawing edges;
    drawing_begin(&edges, out, id, "Actual and exact edge by bet",
                  "For each bet a dot at the edge that the house had in these sessions, with a bar "
                  "of two standard errors to each side, and a diamond at the exact edge. On the "
                  "right how many standard errors are between them; four are the limit. The table "
                  "below has the numbers.",
                  WIDTH, height);
    struct drawing panel = edges;
    edges.left = EDGES_LEFT;
    edges.width = EDGES_WIDTH;
    edges.x = edges_axis(result);
    panel.left = Z_LEFT;
    panel.width = Z_WIDTH;
    panel.x = axis_exact(-Z_SPAN, Z_SPAN, 6);
    for (size_t i = 0; i < result->bets_count; i += 2)
        drawing_rectangle(&edges, "stripe", 0, edges.top + ROW_HEIGHT * (double)i, WIDTH,
                          ROW_HEIGHT, NULL);
    drawing_rectangle(&panel, "zone", drawing_x(&panel, -RESULT_Z_MAX), panel.top,
                      drawing_x(&panel, RESULT_Z_MAX) - drawing_x(&panel, -RESULT_Z_MAX),
                      panel.height, NULL);
    drawing_axes(&edges, DRAWING_SHARE, "edge of the house", DRAWING_NOTHING, NULL);
    drawing_axes(&panel, DRAWING_NUMBER, "standard errors apart (z)", DRAWING_NOTHING, NULL);
    const double zero = drawing_x(&edges, 0);
    drawing_line(&edges, "axis", zero, edges.top, zero, edges.top + edges.height);
    for (size_t i = 0; i < result->bets_count; i++) {
        const struct result_bet *bet = &result->bets[i];
        const double y = edges.top + ROW_HEIGHT * ((double)i + 0.5);
        drawing_name(&edges, bet->check == RESULT_CHECK_DISAGREES ? "end wrong" : "end strong",
                     EDGES_LEFT - 10, y + 4, bet->name, LEFT_LETTERS);
        draw_edge(&edges, bet, y);
        draw_z(&panel, bet, y);
    }
    drawing_end(&edges);
}

void figure_totals(FILE *out, const struct result_dice *dice, const char *id)
{
    struct drawing drawing;
    drawing_begin(&drawing, out, id, "Totals of the dice",
                  "Bars: the share of rolls with each total from 2 to 12. A line across each bar "
                  "marks the share of fair dice. The table beside it has the numbers.",
                  WIDTH, 300);
    double highest = 6.0 / 36;
    for (unsigned total = 2; total <= 12; total++)
        highest = fmax(highest, (double)dice->totals[total] / (double)dice->rolls);
    drawing.x = (struct axis){.low = 1.5, .high = 12.5, .step = 1};
    drawing.y = axis_round(0, highest, 5);
    drawing_axes(&drawing, DRAWING_NUMBER, "total", DRAWING_SHARE, "rolls");
    const double bottom = drawing.top + drawing.height;
    for (unsigned total = 2; total <= 12; total++) {
        char text[NUMBER_SIZE];
        const double fair = (total < 8 ? total - 1 : 13 - total) / 36.0;
        const double share = (double)dice->totals[total] / (double)dice->rolls;
        const double left = drawing_x(&drawing, total - 0.36);
        const double right = drawing_x(&drawing, total + 0.36);
        const double top = drawing_y(&drawing, share);
        drawing_rectangle(&drawing, "bar", left, top, right - left, bottom - top,
                          number_percent(share, 3, text));
        drawing_line(&drawing, "fair", left - 4, drawing_y(&drawing, fair), right + 4,
                     drawing_y(&drawing, fair));
        drawing_text(&drawing, "middle", (left + right) / 2, bottom + 17,
                     number_count(total, text));
    }
    drawing_end(&drawing);
}

void figure_medians(FILE *out, const struct result *results, size_t count, const char *id)
{
    double low = (double)results[0].setting->bankroll;
    double high = low;
    double last = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < results[i].points_count; k++) {
            low = fmin(low, (double)results[i].points[k].at[RESULT_MEDIAN]);
            high = fmax(high, (double)results[i].points[k].at[RESULT_MEDIAN]);
            last = fmax(last, (double)results[i].points[k].roll);
        }
    struct drawing drawing;
    drawing_begin(&drawing, out, id, "Median bankroll by roll",
                  "A line for each strategy: half of its sessions have more chips after so many "
                  "rolls. The table below has the numbers.",
                  WIDTH, HEIGHT);
    drawing.width -= 92;
    drawing.x = axis_exact(0, last, 8);
    drawing.y = axis_round(low, high, 7);
    drawing_axes(&drawing, DRAWING_NUMBER, "rolls", DRAWING_NUMBER, "chips");
    draw_start(&drawing, (double)results[0].setting->bankroll);
    struct labels labels = {0};
    char classes[LABELS_MAX][16];
    for (size_t i = 0; i < count; i++) {
        char *class = classes[i % LABELS_MAX];
        if (results[i].points_count == 0)
            continue;
        snprintf(class, sizeof classes[0], "series s%u d%u", (unsigned)(i % SHEET_SERIES),
                 (unsigned)(i / SHEET_SERIES % SHEET_DASHES));
        draw_percentile(&drawing, &results[i], class, RESULT_MEDIAN);
        const struct result_point *end = &results[i].points[results[i].points_count - 1];
        add_label(&labels, drawing_y(&drawing, (double)end->at[RESULT_MEDIAN]), results[i].name,
                  class);
    }
    write_labels(&drawing, &labels);
    drawing_end(&drawing);
}

static void draw_box(struct drawing *drawing, const struct result_spread *spread, double y)
{
    double at[RESULT_PERCENTILES];
    for (size_t k = 0; k < RESULT_PERCENTILES; k++)
        at[k] = drawing_x(drawing, (double)spread->at[k]);
    drawing_line(drawing, "thin", at[P1], y, at[P5], y);
    drawing_line(drawing, "thin", at[P95], y, at[P99], y);
    drawing_line(drawing, "whisker", at[P5], y, at[P25], y);
    drawing_line(drawing, "whisker", at[P75], y, at[P95], y);
    drawing_line(drawing, "whisker", at[P5], y - 5, at[P5], y + 5);
    drawing_line(drawing, "whisker", at[P95], y - 5, at[P95], y + 5);
    drawing_rectangle(drawing, "box", at[P25], y - 8, at[P75] - at[P25], 16, NULL);
    drawing_line(drawing, "middle-bar", at[RESULT_MEDIAN], y - 8, at[RESULT_MEDIAN], y + 8);
    drawing_diamond(drawing, "mean", drawing_x(drawing, spread->mean), y, 4.5);
}

void figure_boxes(FILE *out, const struct result *results, size_t count, const char *id)
{
    const double row = 30;
    double low = 0;
    double high = 0;
    for (size_t i = 0; i < count; i++) {
        if (results[i].winnings.count == 0)
            continue;
        low = fmin(low, (double)results[i].winnings.at[P1]);
        high = fmax(high, (double)results[i].winnings.at[P99]);
    }
    struct drawing drawing;
    drawing_begin(
        &drawing, out, id, "What a session wins",
        "A box plot for each strategy: the box holds the middle half of its sessions, the "
        "bar in it is the median, thick whiskers reach to the percentiles 5 and 95, thin "
        "ones to 1 and 99, and a diamond marks the mean. The table has the numbers.",
        WIDTH, 14 + row * (double)count + 44);
    drawing.left = 160;
    drawing.width = WIDTH - 160 - 24;
    drawing.x = axis_round(low, high, 8);
    drawing_axes(&drawing, DRAWING_NUMBER, "chips won in a session", DRAWING_NOTHING, NULL);
    const double zero = drawing_x(&drawing, 0);
    drawing_line(&drawing, "level", zero, drawing.top, zero, drawing.top + drawing.height);
    for (size_t i = 0; i < count; i++) {
        const double y = drawing.top + row * ((double)i + 0.5);
        drawing_name(&drawing, "end strong", drawing.left - 10, y + 4, results[i].name,
                     LEFT_LETTERS);
        if (results[i].winnings.count > 0)
            draw_box(&drawing, &results[i].winnings, y);
    }
    drawing_end(&drawing);
}
