/* SPDX-License-Identifier: MIT */
/* What a stranger says of a table's export; after cmocka.h. */
#ifndef TESTS_TABLE_AUDITED_H
#define TESTS_TABLE_AUDITED_H

#include "table/table_world.h"

#include "audit/audit.h"

/* The export of a node convinces a stranger, who comes to the same state. */
static inline void assert_audited(const struct world *world, unsigned node)
{
    static struct audit audit;
    const struct state *state = world_state(world, node);
    const struct bytes file = world_export(world, node);
    struct arena arena = {.size = AUDIT_ARENA_SIZE(file.size)};
    arena.at = malloc(arena.size);
    assert_non_null(arena.at);
    if (!audit_export(&audit, file, &arena, NULL, NULL))
        fail_msg("%s", audit.wrong);
    assert_int_equal(audit.endings, state->roster.epoch - 1);
    struct digest live;
    struct digest audited;
    state_root(state, &live);
    state_root(&audit.state, &audited);
    assert_memory_equal(&live, &audited, sizeof live);
    free(arena.at);
    free((void *)(uintptr_t)file.at);
}

#endif
