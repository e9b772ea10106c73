/* SPDX-License-Identifier: MIT */
#include "node/archive.h"

#include "base/check.h"
#include "base/limits.h"
#include "base/wire.h"
#include "consensus/block.h"
#include "consensus/vote.h"
#include "frame/frame.h"
#include "journal/journal.h"
#include "platform/posix/log.h"

#include <stdlib.h>
#include <string.h>

/* Where an older block is in the journal. */
struct place {
    uint64_t row;        /* 0: it is in memory. */
    int32_t certificate; /* Its finalization's row less that one; 0: it has none. */
    uint32_t size;       /* Of the packed Block. */
};

/* A block in memory. */
struct kept {
    struct bytes block;
    struct bytes certificate;
    struct digest digest;
    uint64_t row; /* 0: not found in the journal so far; likewise the finalization's. */
    uint64_t certificate_row;
};

struct ending {
    uint64_t height;
    struct bytes bytes;
};

struct archive {
    struct ending *endings;
    size_t endings_count;
    size_t endings_room;
    struct place *places;
    uint64_t count;
    uint64_t room;
    struct kept *kept; /* Of heights above `moved`. */
    uint64_t kept_room;
    uint64_t moved;
    size_t kept_bytes;

    struct journal *journal; /* NULL: none. */
    struct journal_reader *reader;
    struct digest scope;
    uint32_t kind;
    uint64_t look_at;     /* At how many blocks the journal is looked at next, */
    uint64_t look_from;   /* from which row on, */
    uint64_t looked_from; /* and from which it was the last time, */
    uint64_t looked_to;   /* to which. */
    uint8_t *block;       /* The one that was read last. */
    uint8_t *certificate;
};

struct archive *archive_create(void)
{
    return calloc(1, sizeof(struct archive));
}

static void release(struct archive *archive, struct kept *kept)
{
    archive->kept_bytes -= kept->block.size + kept->certificate.size;
    free((void *)(uintptr_t)kept->block.at);
    free((void *)(uintptr_t)kept->certificate.at);
}

void archive_destroy(struct archive *archive)
{
    if (archive == NULL)
        return;
    for (uint64_t i = 0; i < archive->count - archive->moved; i++)
        release(archive, &archive->kept[i]);
    journal_reader_close(archive->reader);
    free(archive->kept);
    free(archive->places);
    free(archive->block);
    free(archive->certificate);
    for (size_t i = 0; i < archive->endings_count; i++)
        free((uint8_t *)(uintptr_t)archive->endings[i].bytes.at);
    free(archive->endings);
    free(archive);
}

void archive_attach(struct archive *archive, struct journal *journal, const struct digest *scope,
                    uint32_t kind)
{
    CHECK(archive->journal == NULL && archive->count == 0);
    archive->journal = journal;
    archive->scope = *scope;
    archive->kind = kind;
    archive->look_at = 2 * ARCHIVE_KEPT;
    archive->look_from = 1;
    archive->block = malloc(JOURNAL_BODY_MAX);
    archive->certificate = malloc(JOURNAL_BODY_MAX);
    CHECK(archive->block != NULL && archive->certificate != NULL);
}

void archive_detach(struct archive *archive)
{
    journal_reader_close(archive->reader);
    archive->reader = NULL;
    archive->journal = NULL;
}

static struct bytes keep(struct archive *archive, struct bytes bytes)
{
    if (bytes.size == 0)
        return (struct bytes){0};
    uint8_t *at = malloc(bytes.size);
    CHECK(at != NULL);
    memcpy(at, bytes.at, bytes.size);
    archive->kept_bytes += bytes.size;
    return (struct bytes){.at = at, .size = bytes.size};
}

static struct kept *kept_at(const struct archive *archive, uint64_t height)
{
    return height > archive->moved && height <= archive->count
               ? &archive->kept[height - archive->moved - 1]
               : NULL;
}

/* ---- The journal's rows ---- */

/* The block of a row that holds one, or its finalization; both NULL: neither. */
struct found {
    const Bitcraps__Block *block;
    const Bitcraps__Certificate *finalization;
    struct digest digest; /* Of the block that it is, or that it makes final. */
};

static struct found find_in(struct bytes body, struct arena *arena)
{
    struct found found = {.block = NULL, .finalization = NULL};
    const ProtobufCMessage *unpacked;
    arena->used = 0;
    if (frame_unpack(&bitcraps__message__descriptor, body, arena, &unpacked) != FRAME_OK)
        return found;
    const Bitcraps__Message *message = (const Bitcraps__Message *)unpacked;
    if (message->kind_case == BITCRAPS__MESSAGE__KIND_PROPOSAL)
        found.block = message->proposal->block;
    else if (message->kind_case == BITCRAPS__MESSAGE__KIND_BLOCKS && message->blocks->n_blocks == 1)
        found.block = message->blocks->blocks[0];
    else if (message->kind_case == BITCRAPS__MESSAGE__KIND_CERTIFICATE &&
             message->certificate->type == VOTE_FINALIZE &&
             message->certificate->digest.len == DIGEST_SIZE)
        found.finalization = message->certificate;
    if (found.block != NULL && found.block->header.len == BLOCK_HEADER_SIZE)
        block_digest(found.block->header.data, &found.digest);
    else
        found.block = NULL;
    if (found.finalization != NULL)
        memcpy(found.digest.bytes, found.finalization->digest.data, DIGEST_SIZE);
    return found;
}

/* Notes of which kept block a row is. */
static bool look_at_row(void *context, const struct journal_row *row)
{
    static _Thread_local _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct archive *archive = context;
    struct arena arena = {.at = memory, .size = sizeof memory};
    archive->looked_to = row->seq;
    if (row->kind != archive->kind)
        return true;
    const struct found found = find_in(row->body, &arena);
    if (found.block == NULL && found.finalization == NULL)
        return true;
    for (uint64_t i = 0; i < archive->count - archive->moved; i++) {
        struct kept *kept = &archive->kept[i];
        if (memcmp(kept->digest.bytes, found.digest.bytes, DIGEST_SIZE) != 0)
            continue;
        if (found.block != NULL)
            kept->row = row->seq;
        else
            kept->certificate_row = row->seq;
    }
    return true;
}

/* Lets go of the older half as far as the journal has it. */
static void move_out(struct archive *archive)
{
    uint64_t moved = 0;
    while (archive->moved + moved + ARCHIVE_KEPT < archive->count) {
        struct kept *kept = &archive->kept[moved];
        const int64_t apart = (int64_t)kept->certificate_row - (int64_t)kept->row;
        if (kept->row == 0 || (kept->certificate.size > 0 && kept->certificate_row == 0) ||
            apart > INT32_MAX || (kept->certificate_row != 0 && apart < INT32_MIN))
            break;
        archive->places[archive->moved + moved] =
            (struct place){.row = kept->row,
                           .certificate = kept->certificate.size > 0 ? (int32_t)apart : 0,
                           .size = (uint32_t)kept->block.size};
        release(archive, kept);
        moved++;
    }
    archive->moved += moved;
    memmove(archive->kept, archive->kept + moved,
            (archive->count - archive->moved) * sizeof archive->kept[0]);
}

/*
 * Looks for the kept blocks among the rows that are durable, from where it began the last time: a
 * body is written before it is known to be final. What is not found yet is looked for later, and
 * what was not found twice from the first row on.
 */
static void look(struct archive *archive)
{
    char sentence[JOURNAL_SENTENCE_SIZE];
    const uint64_t moved = archive->moved;
    archive->looked_to = archive->look_from;
    if (journal_read(archive->journal, &archive->scope, archive->looked_from, look_at_row, archive,
                     sentence) != JOURNAL_OK)
        log_line(LOG_LEVEL_WARNING, LOG_NODE, "older blocks stay in memory: %s", sentence);
    move_out(archive);
    const bool stuck = archive->moved == moved && archive->looked_from > 1 &&
                       archive->count - archive->moved >= 4 * ARCHIVE_KEPT;
    archive->looked_from = stuck ? 1 : archive->look_from;
    archive->look_from = archive->looked_to;
    archive->look_at = archive->count + ARCHIVE_KEPT;
}

/* ---- Blocks ---- */

static void *grow(void *at, uint64_t *room, uint64_t count, size_t size)
{
    if (count < *room)
        return at;
    *room = *room == 0 ? 1024 : *room * 2;
    at = realloc(at, *room * size);
    CHECK(at != NULL);
    return at;
}

void archive_put(struct archive *archive, uint64_t height, struct bytes block,
                 struct bytes certificate)
{
    static _Thread_local _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *unpacked;
    CHECK(height == archive->count + 1);
    if (archive->journal != NULL && archive->count >= archive->look_at)
        look(archive);
    archive->places =
        grow(archive->places, &archive->room, archive->count, sizeof archive->places[0]);
    archive->kept = grow(archive->kept, &archive->kept_room, archive->count - archive->moved,
                         sizeof archive->kept[0]);
    struct kept *kept = &archive->kept[archive->count - archive->moved];
    *kept = (struct kept){.block = keep(archive, block), .certificate = keep(archive, certificate)};
    if (archive->journal != NULL) {
        CHECK(frame_unpack(&bitcraps__block__descriptor, block, &arena, &unpacked) == FRAME_OK);
        block_digest(((const Bitcraps__Block *)unpacked)->header.data, &kept->digest);
    }
    archive->places[archive->count++] = (struct place){0};
}

uint64_t archive_height(const struct archive *archive)
{
    return archive->count;
}

/* Reads a row and packs what it holds of the block or the finalization: the bytes that were put. */
static struct bytes read_row(struct archive *archive, uint64_t seq, bool block, uint8_t *to)
{
    static _Thread_local _Alignas(16) uint8_t memory[ARENA_SIZE];
    struct arena arena = {.at = memory, .size = sizeof memory};
    char sentence[JOURNAL_SENTENCE_SIZE] = "it cannot be opened";
    struct journal_row row;
    if (archive->reader == NULL && archive->journal != NULL)
        archive->reader = journal_reader_open(archive->journal);
    if (archive->reader == NULL ||
        journal_reader_row(archive->reader, seq, &row, sentence) != JOURNAL_OK) {
        log_line(LOG_LEVEL_WARNING, LOG_NODE, "an older block cannot be read: %s", sentence);
        return (struct bytes){0};
    }
    const struct found found = find_in(row.body, &arena);
    const ProtobufCMessage *message = block ? &found.block->base : &found.finalization->base;
    struct writer w = writer_on(to, JOURNAL_BODY_MAX);
    if ((block ? (const void *)found.block : (const void *)found.finalization) == NULL ||
        !frame_pack(message, &w))
        return (struct bytes){0};
    return written(&w);
}

struct bytes archive_block(struct archive *archive, uint64_t height)
{
    if (height == 0 || height > archive->count)
        return (struct bytes){0};
    const struct kept *kept = kept_at(archive, height);
    if (kept != NULL)
        return kept->block;
    return read_row(archive, archive->places[height - 1].row, true, archive->block);
}

size_t archive_block_size(const struct archive *archive, uint64_t height)
{
    if (height == 0 || height > archive->count)
        return 0;
    const struct kept *kept = kept_at(archive, height);
    return kept != NULL ? kept->block.size : archive->places[height - 1].size;
}

static bool is_certified(const struct archive *archive, uint64_t height)
{
    const struct kept *kept = kept_at(archive, height);
    return kept != NULL ? kept->certificate.size > 0 : archive->places[height - 1].certificate != 0;
}

struct bytes archive_certificate(struct archive *archive, uint64_t height)
{
    if (height == 0 || height > archive->count || !is_certified(archive, height))
        return (struct bytes){0};
    const struct kept *kept = kept_at(archive, height);
    if (kept != NULL)
        return kept->certificate;
    const struct place *place = &archive->places[height - 1];
    return read_row(archive, (uint64_t)((int64_t)place->row + place->certificate), false,
                    archive->certificate);
}

uint64_t archive_certified(const struct archive *archive, uint64_t height)
{
    for (uint64_t at = height == 0 ? 1 : height; at <= archive->count; at++) {
        if (is_certified(archive, at))
            return at;
    }
    return 0;
}

uint64_t archive_certified_last(const struct archive *archive)
{
    for (uint64_t at = archive->count; at > 0; at--) {
        if (is_certified(archive, at))
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
    uint8_t *copy = malloc(ending.size);
    CHECK(copy != NULL);
    memcpy(copy, ending.at, ending.size);
    archive->kept_bytes += ending.size;
    archive->endings[archive->endings_count++] =
        (struct ending){.height = height, .bytes = {.at = copy, .size = ending.size}};
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

uint64_t archive_kept(const struct archive *archive)
{
    return archive->count - archive->moved;
}

size_t archive_memory(const struct archive *archive)
{
    return sizeof *archive + archive->kept_bytes + archive->room * sizeof archive->places[0] +
           archive->kept_room * sizeof archive->kept[0] +
           (archive->journal != NULL ? 2 * JOURNAL_BODY_MAX : 0);
}
