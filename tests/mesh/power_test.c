/* SPDX-License-Identifier: MIT */
/* What a machine runs on, from folders as the kernel has them. */
#include "config.h"

#include "platform/posix/power.h"
#include "tests/mesh/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int begin(void **state)
{
    (void)state;
    return folder_make();
}

static void put(const char *supply, const char *name, const char *value)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, supply);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, supply, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "%s\n", value);
    (void)fclose(file);
}

static void put_battery(const char *supply, const char *status, const char *capacity)
{
    put(supply, "type", "Battery");
    put(supply, "status", status);
    put(supply, "capacity", capacity);
}

static void a_machine_without_batteries_runs_on_mains(void **state)
{
    (void)state;
    assert_int_equal(power_read("/nowhere"), POWER_MAINS);
    assert_int_equal(power_read(folder), POWER_MAINS);
    put("AC", "type", "Mains");
    put("AC", "online", "1");
    assert_int_equal(power_read(folder), POWER_MAINS);
}

static void a_battery_counts_while_it_drains(void **state)
{
    (void)state;
    put_battery("BAT0", "Charging", "7");
    assert_int_equal(power_read(folder), POWER_MAINS);
    put_battery("BAT0", "Discharging", "20");
    assert_int_equal(power_read(folder), POWER_BATTERY);
    put_battery("BAT0", "Discharging", "19");
    assert_int_equal(power_read(folder), POWER_LOW);
    put_battery("BAT1", "Discharging", "90");
    assert_int_equal(power_read(folder), POWER_BATTERY);
}

static void one_whose_charge_is_not_told_is_not_low(void **state)
{
    (void)state;
    put("BAT0", "type", "Battery");
    put("BAT0", "status", "Discharging");
    assert_int_equal(power_read(folder), POWER_BATTERY);
}

static void a_mouse_is_not_the_machine(void **state)
{
    (void)state;
    put_battery("mouse", "Discharging", "3");
    put("mouse", "scope", "Device");
    assert_int_equal(power_read(folder), POWER_MAINS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_machine_without_batteries_runs_on_mains, begin,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_battery_counts_while_it_drains, begin, folder_remove),
        cmocka_unit_test_setup_teardown(one_whose_charge_is_not_told_is_not_low, begin,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_mouse_is_not_the_machine, begin, folder_remove),
    };
    return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}
