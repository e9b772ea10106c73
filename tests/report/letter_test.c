/* SPDX-License-Identifier: MIT */
/* Text from outside: what may be shown comes through, all else becomes one mark. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "report/letter.h"

#define MARK "\xEF\xBF\xBD"

static void what_is_shown_of_a_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"", ""},
        {"pass line", "pass line"},
        {"caf\xC3\xA9 \xE2\x9A\x80 \xF0\x9F\x8E\xB2", "caf\xC3\xA9 \xE2\x9A\x80 \xF0\x9F\x8E\xB2"},
        {"a\tb\nc\rd", "a b c d"},
        {"\x1B[31m", MARK "[31m"},
        {"\x7F\x01", MARK MARK},
        {"\xC2\x9B"
         "2J",
         MARK "2J"}, /* The C1 form of the same escape. */
        {"\xE2\x80\xAE"
         "abc",
         MARK "abc"},               /* Right-to-left override. */
        {"\xE2\x80\x8B", MARK},     /* Zero width. */
        {"\xC0\xAF", MARK MARK},    /* Too long a form. */
        {"\xE0\x80\xAF", MARK},     /* Likewise. */
        {"\xED\xA0\x80", MARK},     /* A surrogate. */
        {"\xF4\x90\x80\x80", MARK}, /* Beyond the last. */
        {"\xFF\xFE", MARK MARK},
        {"\xE2\x82", MARK}, /* Cut at the end. */
        {"\xE2\x82"
         "A",
         MARK "A"},
        {"\x80", MARK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char shown[64] = "";
        size_t size = 0;
        const char *at = cases[i].text;
        for (uint32_t letter = letter_read(&at); letter != 0; letter = letter_read(&at))
            size += letter_write(letter, shown + size);
        shown[size] = '\0';
        assert_string_equal(shown, cases[i].shown);
        assert_ptr_equal(at, cases[i].text + strlen(cases[i].text));
    }
}

static void wide_letters_take_two_columns(void **state)
{
    (void)state;
    assert_int_equal(letter_width('a'), 1);
    assert_int_equal(letter_width(0xE9), 1);
    assert_int_equal(letter_width(0x28FF), 1);
    assert_int_equal(letter_width(0x2588), 1);
    assert_int_equal(letter_width(0x6F22), 2);
    assert_int_equal(letter_width(0x1F3B2), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shown_of_a_text),
        cmocka_unit_test(wide_letters_take_two_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
