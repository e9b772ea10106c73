/* SPDX-License-Identifier: MIT */
/* What a stream can show: a file little, a terminal as much as its user wants. */
#include "config.h"

#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cmocka.h>

#include "report/report.h"

/* A terminal of so many columns, as its program sees it; *master is to be closed after it. */
static FILE *open_terminal(unsigned short columns, int *master)
{
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(*master >= 0);
    assert_int_equal(grantpt(*master), 0);
    assert_int_equal(unlockpt(*master), 0);
    FILE *terminal = fopen(ptsname(*master), "r+");
    assert_non_null(terminal);
    const struct winsize size = {.ws_col = columns, .ws_row = 24};
    assert_int_equal(ioctl(fileno(terminal), TIOCSWINSZ, &size), 0);
    return terminal;
}

static struct report_options options_at(unsigned short columns, bool plain)
{
    int master;
    FILE *terminal = open_terminal(columns, &master);
    const struct report_options options = report_options_for(terminal, plain);
    fclose(terminal);
    close(master);
    return options;
}

static int set_up(void **state)
{
    (void)state;
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    return 0;
}

static void a_terminal_gives_its_width(void **state)
{
    (void)state;
    assert_int_equal(options_at(92, false).width, 92);
    assert_int_equal(options_at(200, false).width, 100);
    assert_int_equal(options_at(20, false).width, 40);
    assert_int_equal(options_at(0, false).width, 80);
}

static void colours_are_for_terminals_that_want_them(void **state)
{
    (void)state;
    assert_true(options_at(80, false).colour);
    assert_false(options_at(80, true).colour);
    setenv("NO_COLOR", "", 1);
    assert_true(options_at(80, false).colour);
    setenv("NO_COLOR", "1", 1);
    assert_false(options_at(80, false).colour);
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    assert_false(options_at(80, false).colour);
}

static void a_file_is_80_columns_without_colour(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    const struct report_options options = report_options_for(file, false);
    assert_int_equal(options.width, 80);
    assert_false(options.colour);
    fclose(file);
}

static void unicode_is_for_locales_that_have_it(void **state)
{
    (void)state;
    setlocale(LC_ALL, "C");
    assert_false(options_at(80, false).unicode);
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    assert_true(options_at(80, false).unicode);
    assert_false(options_at(80, true).unicode);
    setenv("TERM", "linux", 1);
    assert_false(options_at(80, false).unicode);
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_terminal_gives_its_width, set_up),
        cmocka_unit_test_setup(colours_are_for_terminals_that_want_them, set_up),
        cmocka_unit_test_setup(a_file_is_80_columns_without_colour, set_up),
        cmocka_unit_test_setup(unicode_is_for_locales_that_have_it, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
