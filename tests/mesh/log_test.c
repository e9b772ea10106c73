/* SPDX-License-Identifier: MIT */
/* Tests of platform/posix/log.c: what it writes to standard error, under a clock of our own. */
#include "platform/posix/clock.h"
#include "platform/posix/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static msec now;
static int saved;
static FILE *captured;
static char output[8192];

/* In place of the clock that log.c asks, by the linker's --wrap. */
msec __wrap_clock_monotonic_msec(void);
msec __wrap_clock_monotonic_msec(void)
{
    return now;
}

static int capture(void **state)
{
    (void)state;
    captured = tmpfile();
    saved = dup(STDERR_FILENO);
    if (captured == NULL || saved < 0)
        return -1;
    return dup2(fileno(captured), STDERR_FILENO) < 0 ? -1 : 0;
}

static int release(void **state)
{
    (void)state;
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    return fclose(captured);
}

/* What was written since the last call. */
static const char *said(void)
{
    rewind(captured);
    const size_t size = fread(output, 1, sizeof output - 1, captured);
    output[size] = '\0';
    rewind(captured);
    assert_int_equal(ftruncate(fileno(captured), 0), 0);
    assert_int_equal(lseek(STDERR_FILENO, 0, SEEK_SET), 0);
    return output;
}

static void under_the_journal_lines_start_with_their_priority(void **state)
{
    (void)state;
    setenv("JOURNAL_STREAM", "8:1", 1);
    log_open(LOG_LEVEL_TRACE);
    log_line(LOG_LEVEL_ERROR, LOG_NODE, "one %d", 1);
    log_line(LOG_LEVEL_WARNING, LOG_LINK, "two");
    log_line(LOG_LEVEL_INFO, LOG_MESH, "three");
    log_line(LOG_LEVEL_DEBUG, LOG_TABLE, "four");
    log_line(LOG_LEVEL_TRACE, LOG_JOURNAL, "five");
    assert_string_equal(said(), "<3>node: one 1\n<4>link: two\n<6>mesh: three\n<7>table: four\n"
                                "<7>journal: five\n");
}

static void elsewhere_lines_start_with_the_time_and_level(void **state)
{
    (void)state;
    unsetenv("JOURNAL_STREAM");
    log_open(LOG_LEVEL_INFO);
    log_line(LOG_LEVEL_WARNING, LOG_CONTROL, "hello");
    int year, month, day, hour, minute, second, milliseconds;
    char rest[64] = "";
    assert_int_equal(sscanf(said(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ %60[^\n]", &year, &month, &day,
                            &hour, &minute, &second, &milliseconds, rest),
                     8);
    assert_string_equal(rest, "warning control: hello");
}

static void levels_below_the_chosen_one_are_silent(void **state)
{
    (void)state;
    setenv("JOURNAL_STREAM", "8:1", 1);
    log_open(LOG_LEVEL_WARNING);
    assert_true(log_shows(LOG_LEVEL_WARNING));
    assert_false(log_shows(LOG_LEVEL_INFO));
    log_line(LOG_LEVEL_INFO, LOG_NODE, "quiet");
    assert_string_equal(said(), "");
    enum log_level level;
    for (int i = 0; i < LOG_LEVELS; i++) {
        assert_true(log_level_named(log_level_name((enum log_level)i), &level));
        assert_int_equal(level, i);
    }
    assert_false(log_level_named("loud", &level));
}

static void a_repeated_line_comes_once_in_ten_seconds_with_its_count(void **state)
{
    (void)state;
    setenv("JOURNAL_STREAM", "8:1", 1);
    log_open(LOG_LEVEL_INFO);
    now = 1000;
    for (int i = 0; i < 5; i++) {
        log_line(LOG_LEVEL_WARNING, LOG_LINK, "again");
        log_line(LOG_LEVEL_WARNING, LOG_LINK, "other %d", i);
    }
    assert_string_equal(said(), "<4>link: again\n<4>link: other 0\n<4>link: other 1\n"
                                "<4>link: other 2\n<4>link: other 3\n<4>link: other 4\n");
    now += LOG_REPEAT_MSEC - 1;
    log_line(LOG_LEVEL_WARNING, LOG_LINK, "again");
    assert_string_equal(said(), "");
    now += 1;
    log_line(LOG_LEVEL_WARNING, LOG_LINK, "again");
    assert_string_equal(said(), "<4>link: again (5 more like it)\n");
    now += LOG_REPEAT_MSEC;
    log_line(LOG_LEVEL_WARNING, LOG_LINK, "again");
    assert_string_equal(said(), "<4>link: again\n");
}

static void what_strangers_wrote_cannot_forge_lines(void **state)
{
    (void)state;
    setenv("JOURNAL_STREAM", "8:1", 1);
    log_open(LOG_LEVEL_INFO);
    log_line(LOG_LEVEL_INFO, LOG_TABLE, "%s sat down", "Eve\n<3>node: \x1b[2J\xff");
    assert_string_equal(said(), "<6>table: Eve\\x0a<3>node: \\x1b[2J\\xff sat down\n");
    char longest[3 * LOG_LINE_MAX];
    memset(longest, '\n', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    log_line(LOG_LEVEL_INFO, LOG_TABLE, "%s", longest);
    assert_true(strlen(said()) < LOG_LINE_MAX + 16);
    assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(under_the_journal_lines_start_with_their_priority, capture,
                                        release),
        cmocka_unit_test_setup_teardown(elsewhere_lines_start_with_the_time_and_level, capture,
                                        release),
        cmocka_unit_test_setup_teardown(levels_below_the_chosen_one_are_silent, capture, release),
        cmocka_unit_test_setup_teardown(a_repeated_line_comes_once_in_ten_seconds_with_its_count,
                                        capture, release),
        cmocka_unit_test_setup_teardown(what_strangers_wrote_cannot_forge_lines, capture, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
