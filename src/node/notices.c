/* SPDX-License-Identifier: MIT */
#include "node/notices.h"

#include "base/check.h"

#include <string.h>

void notices_put(struct notices *notices, const struct digest *table, struct bytes bytes)
{
    unsigned at = 0;
    CHECK(bytes.size <= MESH_DISCOVER_SIZE_MAX);
    while (at < notices->count && memcmp(&notices->waiting[at].table, table, sizeof *table) != 0)
        at++;
    if (at == NOTICES_MAX)
        return;
    notices->count += at == notices->count;
    struct notice *notice = &notices->waiting[at];
    notice->table = *table;
    notice->size = bytes.size;
    memcpy(notice->bytes, bytes.at, bytes.size);
}

const struct notice *notices_first(const struct notices *notices)
{
    return notices->count == 0 ? NULL : &notices->waiting[0];
}

void notices_shift(struct notices *notices)
{
    CHECK(notices->count > 0);
    notices->count--;
    memmove(&notices->waiting[0], &notices->waiting[1],
            notices->count * sizeof notices->waiting[0]);
}
