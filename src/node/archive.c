/* SPDX-License-Identifier: MIT */
#include "node/archive.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

/* Bytes lie in chunks that never move, so that views stay valid; a chunk lasts hundreds of blocks,
 * which makes its allocation rare enough for the worker. */
#define CHUNK_SIZE ((size_t)1 << 20)

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    uint8_t bytes[];
};

struct entry {
    struct bytes block;
    struct bytes certificate;
};

struct ending {
    uint64_t height;
    struct bytes bytes;
};

struct archive {
    struct ending *endings;
    size_t endings_count;
    size_t endings_room;
    struct entry *entries;
    size_t count;
    size_t room;
    struct chunk *chunks; /* The newest first. */
};

struct archive *archive_create(void)
{
    return calloc(1, sizeof(struct archive));
}

void archive_destroy(struct archive *archive)
{
    if (archive == NULL)
        return;
    while (archive->chunks != NULL) {
        struct chunk *next = archive->chunks->next;
        free(archive->chunks);
        archive->chunks = next;
    }
    free(archive->entries);
    free(archive->endings);
    free(archive);
}

static struct bytes keep(struct archive *archive, struct bytes bytes)
{
    if (bytes.size == 0)
        return (struct bytes){0};
    struct chunk *chunk = archive->chunks;
    if (chunk == NULL || chunk->size - chunk->used < bytes.size) {
        const size_t size = bytes.size > CHUNK_SIZE ? bytes.size : CHUNK_SIZE;
        chunk = malloc(sizeof *chunk + size);
        CHECK(chunk != NULL);
        chunk->next = archive->chunks;
        chunk->size = size;
        chunk->used = 0;
        archive->chunks = chunk;
    }
    uint8_t *at = chunk->bytes + chunk->used;
    memcpy(at, bytes.at, bytes.size);
    chunk->used += bytes.size;
    return (struct bytes){.at = at, .size = bytes.size};
}

void archive_put(struct archive *archive, uint64_t height, struct bytes block,
                 struct bytes certificate)
{
    CHECK(height == archive->count + 1);
    if (archive->count == archive->room) {
        archive->room = archive->room == 0 ? 1024 : archive->room * 2;
        archive->entries = realloc(archive->entries, archive->room * sizeof *archive->entries);
        CHECK(archive->entries != NULL);
    }
    struct entry *entry = &archive->entries[archive->count++];
    entry->block = keep(archive, block);
    entry->certificate = keep(archive, certificate);
}

uint64_t archive_height(const struct archive *archive)
{
    return archive->count;
}

struct bytes archive_block(const struct archive *archive, uint64_t height)
{
    if (height == 0 || height > archive->count)
        return (struct bytes){0};
    return archive->entries[height - 1].block;
}

struct bytes archive_certificate(const struct archive *archive, uint64_t height)
{
    if (height == 0 || height > archive->count)
        return (struct bytes){0};
    return archive->entries[height - 1].certificate;
}

uint64_t archive_certified(const struct archive *archive, uint64_t height)
{
    for (uint64_t at = height == 0 ? 1 : height; at <= archive->count; at++) {
        if (archive->entries[at - 1].certificate.size > 0)
            return at;
    }
    return 0;
}

uint64_t archive_certified_last(const struct archive *archive)
{
    for (uint64_t at = archive->count; at > 0; at--) {
        if (archive->entries[at - 1].certificate.size > 0)
            return at;
    }
    return 0;
}

void archive_end(struct archive *archive, uint64_t epoch, uint64_t height, struct bytes ending)
{
    CHECK(epoch == archive->endings_count + 1 && height <= archive->count);
    if (archive->endings_count == archive->endings_room) {
        archive->endings_room = archive->endings_room == 0 ? 16 : archive->endings_room * 2;
        archive->endings =
            realloc(archive->endings, archive->endings_room * sizeof *archive->endings);
        CHECK(archive->endings != NULL);
    }
    archive->endings[archive->endings_count++] =
        (struct ending){.height = height, .bytes = keep(archive, ending)};
}

uint64_t archive_endings(const struct archive *archive)
{
    return archive->endings_count;
}

struct bytes archive_ending(const struct archive *archive, uint64_t epoch, uint64_t *height)
{
    if (epoch == 0 || epoch > archive->endings_count)
        return (struct bytes){0};
    *height = archive->endings[epoch - 1].height;
    return archive->endings[epoch - 1].bytes;
}

uint64_t archive_exported(const struct archive *archive, bool *ended)
{
    uint64_t last = 0;
    const uint64_t certified = archive_certified_last(archive);
    archive_ending(archive, archive->endings_count, &last);
    *ended = last > 0 && certified <= last;
    return *ended ? last : certified;
}
