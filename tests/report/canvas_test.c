/* SPDX-License-Identifier: MIT */
/* Drawings in a terminal, compared as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "report/canvas.h"

/* All rows of a canvas, each ended by a line feed; the caller's to free. */
static char *drawn(const struct canvas *canvas, bool braille, bool colour)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (size_t row = 0; row < canvas->rows; row++) {
        canvas_write(canvas, row, braille, colour, out);
        fputc('\n', out);
    }
    fclose(out);
    return text;
}

static void each_dot_has_its_place_in_a_pattern(void **state)
{
    (void)state;
    static const char *const patterns[] = {"\xE2\xA1\x80", "\xE2\xA0\x84", "\xE2\xA0\x82",
                                           "\xE2\xA0\x81", "\xE2\xA2\x80", "\xE2\xA0\xA0",
                                           "\xE2\xA0\x90", "\xE2\xA0\x88"};
    for (size_t i = 0; i < 8; i++) {
        struct canvas canvas;
        canvas_init(&canvas, 1, 1);
        canvas_fill(&canvas, i / 4, i % 4, i % 4, CANVAS_CURVE);
        char *text = drawn(&canvas, true, false);
        assert_memory_equal(text, patterns[i], 3);
        assert_string_equal(text + 3, "\n");
        free(text);
    }
}

static void a_higher_layer_hides_a_lower_one(void **state)
{
    (void)state;
    struct canvas canvas;
    canvas_init(&canvas, 3, 2);
    canvas_fill(&canvas, 0, 0, 7, CANVAS_OUTER);
    canvas_fill(&canvas, 2, 7, 4, CANVAS_CURVE);
    canvas_fill(&canvas, 2, 0, 7, CANVAS_INNER);
    char *text = drawn(&canvas, false, false);
    assert_string_equal(text, ".* \n.: \n");
    free(text);
    text = drawn(&canvas, false, true);
    assert_non_null(strstr(text, "\033[0m"));
    free(text);
}

static void what_lies_outside_is_not_drawn(void **state)
{
    (void)state;
    struct canvas canvas;
    canvas_init(&canvas, 1000, 1000);
    assert_int_equal(canvas.columns, CANVAS_COLUMNS_MAX);
    assert_int_equal(canvas.rows, CANVAS_ROWS_MAX);
    canvas_init(&canvas, 2, 1);
    canvas_fill(&canvas, 4, 0, 3, CANVAS_CURVE);
    canvas_fill(&canvas, SIZE_MAX, 0, 3, CANVAS_CURVE);
    canvas_fill(&canvas, 0, 4, SIZE_MAX, CANVAS_CURVE);
    char *text = drawn(&canvas, false, false);
    assert_string_equal(text, "  \n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_dot_has_its_place_in_a_pattern),
        cmocka_unit_test(a_higher_layer_hides_a_lower_one),
        cmocka_unit_test(what_lies_outside_is_not_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
