/* SPDX-License-Identifier: MIT */
/* Known identity keys; see book.h. */
#include "mesh/book.h"

#include "base/check.h"

#include <string.h>

static struct book_entry *find(struct book *book, const struct short_id *id)
{
    for (size_t i = 0; i < BOOK_ENTRIES; i++)
        if (book->entries[i].used != 0 && short_id_equal(&book->entries[i].id, id))
            return &book->entries[i];
    return NULL;
}

_Static_assert(BOOK_ENTRIES > NEIGHBOURS_MAX, "live links never fill the book");

/* A free entry, or the longest unused one without a link. */
static struct book_entry *oldest(struct book *book)
{
    struct book_entry *found = NULL;
    for (size_t i = 0; i < BOOK_ENTRIES; i++) {
        struct book_entry *entry = &book->entries[i];
        if (entry->links == 0 && (found == NULL || entry->used < found->used))
            found = entry;
    }
    CHECK(found != NULL);
    return found;
}

bool book_add(struct book *book, const struct short_id *id, const struct public_key *key)
{
    struct book_entry *entry = find(book, id);
    if (entry != NULL && memcmp(&entry->key, key, sizeof *key) != 0)
        return false;
    if (entry == NULL) {
        entry = oldest(book);
        *entry = (struct book_entry){.id = *id, .key = *key};
    }
    entry->used = ++book->clock;
    return true;
}

const struct public_key *book_find(struct book *book, const struct short_id *id)
{
    struct book_entry *entry = find(book, id);
    if (entry == NULL)
        return NULL;
    entry->used = ++book->clock;
    return &entry->key;
}

void book_hold(struct book *book, const struct short_id *id)
{
    struct book_entry *entry = find(book, id);
    CHECK(entry != NULL);
    entry->links++;
}

void book_release(struct book *book, const struct short_id *id)
{
    struct book_entry *entry = find(book, id);
    CHECK(entry != NULL && entry->links > 0);
    entry->links--;
}
