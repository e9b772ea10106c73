/* SPDX-License-Identifier: MIT */
/* Tests of platform/posix/files.c in a directory of their own, removed afterwards. */
#include "config.h"

#include "platform/posix/files.h"
#include "tests/mesh/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[128];
static char error[FILES_ERROR_SIZE];

static int begin(void **state)
{
    (void)state;
    (void)umask(022);
    if (folder_make() != 0)
        return -1;
    (void)snprintf(path, sizeof path, "%s/a/b/state", folder);
    return 0;
}

static unsigned mode_of(const struct files *files, const char *name)
{
    struct stat status;
    assert_int_equal(fstatat(files->fd, name, &status, 0), 0);
    return status.st_mode & 07777;
}

static struct bytes text(const char *from)
{
    return (struct bytes){.at = (const uint8_t *)from, .size = strlen(from)};
}

static void the_directory_is_made_for_us_alone(void **state)
{
    (void)state;
    struct files files;
    assert_int_equal(files_open(&files, path, error), 0);
    assert_int_equal(mode_of(&files, "."), 0700);
    files_close(&files);
    files_close(&files);
    assert_int_equal(chmod(path, 0770), 0);
    assert_int_equal(files_open(&files, path, error), -EPERM);
    assert_non_null(strstr(error, "others can write to"));
    assert_int_equal(files.fd, -1);
    assert_int_equal(files_open(&files, "/dev/null/state", error), -ENOTDIR);
    assert_non_null(strstr(error, "/dev/null"));
    assert_int_equal(files_open(&files, "", error), -ENAMETOOLONG);
}

static void a_second_owner_is_told_who_the_first_is(void **state)
{
    (void)state;
    struct files first;
    struct files second;
    char expected[FILES_ERROR_SIZE];
    assert_int_equal(files_open(&first, path, error), 0);
    assert_int_equal(files_open(&second, path, error), -EWOULDBLOCK);
    (void)snprintf(expected, sizeof expected,
                   "another bitcrapsd (pid %ld) uses %s: stop it or choose another --state",
                   (long)getpid(), path);
    assert_string_equal(error, expected);
    files_close(&first);
    assert_int_equal(files_open(&second, path, error), 0);
    files_close(&second);
}

static void a_file_is_replaced_whole_and_read_within_its_bound(void **state)
{
    (void)state;
    struct files files;
    char at[8];
    assert_int_equal(files_open(&files, path, error), 0);
    assert_int_equal(files_read(&files, "thing", at, sizeof at, error), -ENOENT);
    assert_int_equal(files_write(&files, "thing", text("first one"), error), 0);
    assert_int_equal(files_read(&files, "thing", at, sizeof at, error), -EFBIG);
    /* What a crash left beside it does not matter. */
    assert_int_equal(files_write(&files, "thing.new", text("half"), error), 0);
    assert_int_equal(files_write(&files, "thing", text("second"), error), 0);
    assert_int_equal(files_read(&files, "thing", at, 6, error), 6);
    assert_memory_equal(at, "second", 6);
    assert_int_equal(mode_of(&files, "thing"), 0600);
    assert_int_equal(faccessat(files.fd, "thing.new", F_OK, 0), -1);
    /* Where nothing can be put in its place, the old one stays. */
    assert_int_equal(mkdirat(files.fd, "folder", 0700), 0);
    assert_true(files_write(&files, "folder", text("x"), error) < 0);
    assert_non_null(strstr(error, "cannot write"));
    files_close(&files);
}

static void the_identity_is_made_once(void **state)
{
    (void)state;
    struct files files;
    uint8_t first[FILES_SEED_SIZE];
    uint8_t again[FILES_SEED_SIZE];
    assert_int_equal(files_open(&files, path, error), 0);
    assert_int_equal(files_seed(&files, first, error), 0);
    assert_int_equal(mode_of(&files, "identity"), 0600);
    files_close(&files);
    assert_int_equal(files_open(&files, path, error), 0);
    assert_int_equal(files_seed(&files, again, error), 0);
    assert_memory_equal(first, again, sizeof first);
    assert_int_equal(unlinkat(files.fd, "identity", 0), 0);
    assert_int_equal(files_seed(&files, again, error), 0);
    assert_memory_not_equal(first, again, sizeof first);
    files_close(&files);
}

static void an_identity_that_is_not_safe_or_whole_is_refused(void **state)
{
    (void)state;
    struct files files;
    uint8_t seed[FILES_SEED_SIZE];
    assert_int_equal(files_open(&files, path, error), 0);
    assert_int_equal(files_seed(&files, seed, error), 0);
    assert_int_equal(fchmodat(files.fd, "identity", 0640, 0), 0);
    assert_int_equal(files_seed(&files, seed, error), -EPERM);
    assert_non_null(strstr(error, "others can read the secret"));
    assert_int_equal(files_write(&files, "identity", text("short"), error), 0);
    assert_int_equal(files_seed(&files, seed, error), -EINVAL);
    assert_non_null(strstr(error, "has 5 bytes instead of 32"));
    assert_int_equal(unlinkat(files.fd, "identity", 0), 0);
    assert_int_equal(symlinkat("elsewhere", files.fd, "identity"), 0);
    assert_int_equal(files_seed(&files, seed, error), -EPERM);
    files_close(&files);
}

static void each_start_has_a_larger_boot_counter(void **state)
{
    (void)state;
    struct files files;
    uint32_t boot = 0;
    for (uint32_t start = 1; start <= 20; start++) {
        assert_int_equal(files_open(&files, path, error), 0);
        assert_int_equal(files_boot(&files, &boot, error), 0);
        assert_int_equal(boot, start);
        files_close(&files);
    }
    assert_int_equal(files_open(&files, path, error), 0);
    assert_int_equal(files_write(&files, "boot", text("abc"), error), 0);
    assert_int_equal(files_boot(&files, &boot, error), -EINVAL);
    assert_int_equal(files_write(&files, "boot", text("abcde"), error), 0);
    assert_int_equal(files_boot(&files, &boot, error), -EFBIG);
    assert_int_equal(files_write(&files, "boot", text("\xff\xff\xff\xff"), error), 0);
    assert_int_equal(files_boot(&files, &boot, error), -EOVERFLOW);
    files_close(&files);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_directory_is_made_for_us_alone, begin, folder_remove),
        cmocka_unit_test_setup_teardown(a_second_owner_is_told_who_the_first_is, begin,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_file_is_replaced_whole_and_read_within_its_bound, begin,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(the_identity_is_made_once, begin, folder_remove),
        cmocka_unit_test_setup_teardown(an_identity_that_is_not_safe_or_whole_is_refused, begin,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(each_start_has_a_larger_boot_counter, begin, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
