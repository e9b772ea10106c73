/* SPDX-License-Identifier: MIT */
/* Axes with round ticks. */
#include "report/axis.h"

#include <math.h>

/* A round step that gives about the wanted number of ticks over a span: the nearest by ratio, hence
 * the square roots of 2, 10 and 50 between 1, 2, 5 and 10. */
static double step_for(double span, unsigned wanted)
{
    const double rough = span / (wanted < 1 ? 1 : wanted);
    const double power = pow(10, floor(log10(rough)));
    const double digit = rough / power;
    return power * (digit < sqrt(2) ? 1 : digit < sqrt(10) ? 2 : digit < sqrt(50) ? 5 : 10);
}

/* A span that is one: finite, and of more than rounding. */
static void mend(double *low, double *high)
{
    if (!isfinite(*low) || !isfinite(*high) || *low > *high) {
        *low = 0;
        *high = 1;
    }
    const double least = fmax(fabs(*low), fabs(*high)) * 1e-9;
    if (*high - *low > least)
        return;
    const double half = fmax(fabs(*low) * 0.05, 0.5);
    *low -= half;
    *high += half;
}

/* Tick i is a multiple of the step, not a sum of steps: sums drift. */
static void put_ticks(struct axis *axis)
{
    const double first = ceil(axis->low / axis->step - 1e-6);
    axis->count = 0;
    for (unsigned i = 0; i < AXIS_TICKS_MAX; i++) {
        const double tick = (first + i) * axis->step;
        if (tick > axis->high + axis->step * 1e-6)
            break;
        axis->ticks[axis->count++] = tick;
    }
}

struct axis axis_exact(double low, double high, unsigned wanted)
{
    mend(&low, &high);
    struct axis axis = {.low = low, .high = high, .step = step_for(high - low, wanted)};
    put_ticks(&axis);
    return axis;
}

struct axis axis_round(double low, double high, unsigned wanted)
{
    mend(&low, &high);
    struct axis axis = {.step = step_for(high - low, wanted)};
    axis.low = floor(low / axis.step + 1e-6) * axis.step;
    axis.high = ceil(high / axis.step - 1e-6) * axis.step;
    put_ticks(&axis);
    return axis;
}

double axis_place(const struct axis *axis, double value)
{
    const double place = (value - axis->low) / (axis->high - axis->low);
    return isnan(place) ? 0 : fmin(fmax(place, 0), 1);
}
