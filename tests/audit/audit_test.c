/* SPDX-License-Identifier: MIT */
/* An export holds as it is, and not with any bit of it changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/audit.h"
#include "table/table_world.h"

#include <sodium.h>

static struct world world;
static struct audit audit;

static bool holds(struct bytes file)
{
    struct arena arena = {.size = AUDIT_ARENA_SIZE(file.size)};
    arena.at = malloc(arena.size);
    assert_non_null(arena.at);
    const bool verdict = audit_export(&audit, file, &arena, NULL, NULL);
    free(arena.at);
    return verdict;
}

static struct bytes export_of(unsigned seats, unsigned witnesses, unsigned rolls)
{
    world_open(&world, seats, witnesses);
    for (unsigned i = 0; i < rolls; i++)
        world_play_roll(&world);
    return world_export(&world, 0);
}

static void what_was_played_verifies(void **context)
{
    (void)context;
    static const unsigned sizes[][2] = {{1, 0}, {2, 0}, {3, 1}, {4, 0}, {7, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const struct bytes file = export_of(sizes[i][0], sizes[i][1], 6);
        assert_true(holds(file));
        assert_int_equal(audit.rolls, 6);
        assert_string_equal(audit.wrong, "");
        struct digest live;
        struct digest audited;
        state_root(world_state(&world, 0), &live);
        state_root(&audit.state, &audited);
        assert_memory_equal(&live, &audited, sizeof live);
        free((void *)file.at);
        world_close(&world);
    }
}

static void skipped_views_verify_too(void **context)
{
    (void)context;
    world_open(&world, 4, 0);
    world_play_roll(&world);
    world.seats[2].down = true;
    for (unsigned i = 0; i < 3; i++) {
        world_play_roll(&world);
        world_run(&world, world.now + 40000);
    }
    const struct bytes file = world_export(&world, 0);
    assert_true(holds(file));
    assert_int_equal(audit.rolls, 4);
    assert_true(audit.last_view > audit.blocks);
    free((void *)file.at);
    world_close(&world);
}

/* Every byte, one bit of it in turn: nothing in the file is unaccounted for. */
static void no_changed_bit_goes_unnoticed(void **context)
{
    (void)context;
    const struct bytes file = export_of(4, 0, 1);
    uint8_t *copy = malloc(file.size);
    assert_non_null(copy);
    memcpy(copy, file.at, file.size);
    for (size_t at = 0; at < file.size; at++) {
        const uint8_t mask = (uint8_t)(1u << (at * 5 % 8));
        copy[at] ^= mask;
        if (holds((struct bytes){.at = copy, .size = file.size}))
            fail_msg("bit %u of byte %zu of %zu", mask, at, file.size);
        assert_true(audit.wrong[0] != '\0');
        copy[at] ^= mask;
    }
    free(copy);
    free((void *)file.at);
    world_close(&world);
}

static void a_file_cut_short_is_refused(void **context)
{
    (void)context;
    const struct bytes file = export_of(2, 0, 1);
    for (size_t size = 0; size < file.size; size += 1 + file.size / 97)
        assert_false(holds((struct bytes){.at = file.at, .size = size}));
    free((void *)file.at);
    world_close(&world);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_played_verifies),
        cmocka_unit_test(skipped_views_verify_too),
        cmocka_unit_test(no_changed_bit_goes_unnoticed),
        cmocka_unit_test(a_file_cut_short_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
