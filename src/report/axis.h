/* SPDX-License-Identifier: MIT */
/*
 * An axis: from a span of values to round ticks (steps of 1, 2 or 5 times a power of ten), and from
 * a value to its place along the axis. Any thread.
 */
#ifndef REPORT_AXIS_H
#define REPORT_AXIS_H

/* The most ticks an axis has. */
#define AXIS_TICKS_MAX 24

struct axis {
    double low;  /* Value at place 0. */
    double high; /* Value at place 1; more than low. */
    double step; /* Between ticks. */
    double ticks[AXIS_TICKS_MAX];
    unsigned count;
};

/* An axis that holds low to high and begins and ends at ticks, about so many of them. */
struct axis axis_round(double low, double high, unsigned wanted);

/* An axis of exactly low to high, with the ticks that lie in it. */
struct axis axis_exact(double low, double high, unsigned wanted);

/* Where a value lies: 0 at low, 1 at high, and never outside. */
double axis_place(const struct axis *axis, double value);

#endif
