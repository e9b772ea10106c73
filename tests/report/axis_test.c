/* SPDX-License-Identifier: MIT */
/* Axes: round ticks inside the span, whatever the span. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/axis.h"

static void check(const struct axis *axis)
{
    assert_true(axis->low < axis->high);
    assert_true(axis->step > 0);
    assert_true(axis->count <= AXIS_TICKS_MAX);
    for (unsigned i = 0; i < axis->count; i++) {
        assert_true(axis->ticks[i] >= axis->low - axis->step * 1e-3);
        assert_true(axis->ticks[i] <= axis->high + axis->step * 1e-3);
        assert_true(i == 0 || axis->ticks[i] > axis->ticks[i - 1]);
    }
}

static void ticks_are_round(void **state)
{
    (void)state;
    const struct axis axis = axis_round(3, 297, 6);
    check(&axis);
    assert_int_equal(axis.count, 7);
    for (unsigned i = 0; i < axis.count; i++)
        assert_int_equal(lround(axis.ticks[i]), 50 * i);
    const struct axis rolls = axis_exact(0, 144, 7);
    check(&rolls);
    assert_int_equal(rolls.count, 8);
    assert_int_equal(lround(rolls.ticks[7]), 140);
    assert_true(rolls.high == 144);
}

static void any_span_has_an_axis(void **state)
{
    (void)state;
    static const double ends[] = {-9.3e18, -300, -1e-7, 0, 0.001, 1, 300, 300.5, 1e6, 9.3e18};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++)
            for (unsigned wanted = 0; wanted <= 12; wanted++) {
                const struct axis round = axis_round(ends[i], ends[k], wanted);
                const struct axis exact = axis_exact(ends[i], ends[k], wanted);
                check(&round);
                check(&exact);
            }
    const struct axis none = axis_round(NAN, INFINITY, 5);
    check(&none);
}

static void places_stay_on_the_axis(void **state)
{
    (void)state;
    const struct axis axis = axis_exact(100, 300, 4);
    assert_true(axis_place(&axis, 100) == 0);
    assert_true(axis_place(&axis, 300) == 1);
    assert_true(axis_place(&axis, 150) == 0.25);
    assert_true(axis_place(&axis, -DBL_MAX) == 0);
    assert_true(axis_place(&axis, INFINITY) == 1);
    assert_true(axis_place(&axis, NAN) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round),
        cmocka_unit_test(any_span_has_an_axis),
        cmocka_unit_test(places_stay_on_the_axis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
