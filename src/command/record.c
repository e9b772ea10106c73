/* SPDX-License-Identifier: MIT */
/* A table's record: fetched from the daemon piece by piece, and checked without it. */
#include "config.h"

#include "audit/audit.h"
#include "command/command.h"
#include "command/speech.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_SIZE_MAX  (256 << 20)
#define PIECE_OUTPUT_MAX 262144 /* Bytes of one answer to "export", decoded. */

/* ---- Export -----------------------------------------------------------------------------------
 */

static bool write_all(int file, const uint8_t *at, size_t size)
{
    while (size > 0) {
        ssize_t done = write(file, at, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        size -= (size_t)done;
    }
    return true;
}

/* Fetches the piece at *offset into file; moves *offset on and tells the *total. */
static enum command_exit fetch_piece(struct invocation *invocation, int file, json_int_t *offset,
                                     json_int_t *total)
{
    static uint8_t piece[PIECE_OUTPUT_MAX];
    json_t *answer;
    size_t size = 0;
    json_t *params =
        json_pack("{s:s, s:I}", "table", command_argument(invocation, 0), "offset", *offset);
    enum command_exit code = command_call(invocation, "export", params, &answer);
    if (code != COMMAND_DONE)
        return code;
    const char *data = speech_text(answer, "data");
    *total = speech_number(answer, "total", -1);
    bool good = sodium_base642bin(piece, sizeof piece, data, strlen(data), NULL, &size, NULL,
                                  sodium_base64_VARIANT_ORIGINAL) == 0;
    if (!good || *total < 0 || (size == 0 && *offset < *total))
        code = command_fail(COMMAND_FAILED, "the daemon's export breaks off at byte %lld of %lld",
                            (long long)*offset, (long long)*total);
    else if (!write_all(file, piece, size))
        code = command_fail(COMMAND_FAILED, "cannot write '%s': %s",
                            command_argument(invocation, 1), strerror(errno));
    *offset += (json_int_t)size;
    json_decref(answer);
    return code;
}

static enum command_exit fetch(struct invocation *invocation, int file, json_int_t *size)
{
    json_int_t total = 0;
    *size = 0;
    enum command_exit code = fetch_piece(invocation, file, size, &total);
    const json_int_t first = total;
    while (code == COMMAND_DONE && *size < total) {
        code = fetch_piece(invocation, file, size, &total);
        if (code == COMMAND_DONE && total != first)
            return command_fail(COMMAND_FAILED,
                                "somebody else exported that table meanwhile: try again");
    }
    return code;
}

enum command_exit command_export(struct invocation *invocation)
{
    char partial[PATH_MAX];
    json_int_t size;
    const char *path = command_argument(invocation, 1);
    if (snprintf(partial, sizeof partial, "%s.part", path) >= (int)sizeof partial)
        return command_fail(COMMAND_USAGE, "the file name is too long");
    enum command_exit code = command_connect(invocation);
    if (code != COMMAND_DONE)
        return code;
    int file = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return command_fail(COMMAND_FAILED, "cannot create '%s': %s", path, strerror(errno));
    code = fetch(invocation, file, &size);
    bool kept = fsync(file) == 0;
    kept = close(file) == 0 && kept;
    if (code == COMMAND_DONE && (!kept || rename(partial, path) < 0))
        code = command_fail(COMMAND_FAILED, "cannot write '%s': %s", path, strerror(errno));
    if (code != COMMAND_DONE) {
        unlink(partial);
        return code;
    }
    if (invocation->json) {
        json_t *answer = json_pack("{s:s, s:s, s:I}", "schema", "bitcraps.export/1", "file", path,
                                   "bytes", size);
        command_print_json(answer);
        json_decref(answer);
    } else {
        printf("wrote %s, %lld bytes\n", path, (long long)size);
    }
    return COMMAND_DONE;
}

/* ---- Verify -----------------------------------------------------------------------------------
 */

/* Reads a whole file; frees with free(). NULL with a sentence when that fails. */
static uint8_t *read_file(const char *path, size_t *size)
{
    struct stat stat;
    uint8_t *at = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &stat) < 0) {
        command_fail(COMMAND_FAILED, "cannot read '%s': %s", path, strerror(errno));
        goto out;
    }
    if (!S_ISREG(stat.st_mode) || stat.st_size > RECORD_SIZE_MAX) {
        command_fail(
            COMMAND_FAILED,
            "'%s' is no record: that is a file of at most 256 MiB, which 'bitcraps export' writes",
            path);
        goto out;
    }
    at = malloc((size_t)stat.st_size + 1);
    *size = 0;
    while (at && *size < (size_t)stat.st_size) {
        ssize_t got = read(file, at + *size, (size_t)stat.st_size - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        *size += (size_t)got;
    }
    if (!at || *size < (size_t)stat.st_size) {
        command_fail(COMMAND_FAILED, "cannot read all of '%s'", path);
        free(at);
        at = NULL;
    }
out:
    if (file >= 0)
        close(file);
    return at;
}

static void print_roll(void *context, const struct table_event *event)
{
    (void)context;
    if (event->kind == TABLE_EVENT_ROLL)
        printf("roll %llu: %u %u PASS\n", (unsigned long long)event->roll, event->dice[0],
               event->dice[1]);
}

static void print_verdict(const struct invocation *invocation, const struct audit *audit, bool good)
{
    unsigned long long rolls = audit->rolls;
    if (invocation->json) {
        json_t *answer =
            json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:s?}", "schema", "bitcraps.verify/1", "file",
                      command_argument(invocation, 0), "verified", (int)good, "blocks",
                      (json_int_t)audit->blocks, "rolls", (json_int_t)rolls, "signatures",
                      (json_int_t)audit->signatures, "wrong", good ? NULL : audit->wrong);
        command_print_json(answer);
        json_decref(answer);
    } else if (good) {
        printf("verified %llu/%llu rolls\n", rolls, rolls);
    } else {
        printf("FAIL after block %llu and roll %llu: %s\n", (unsigned long long)audit->blocks,
               rolls, audit->wrong);
    }
}

enum command_exit command_verify(struct invocation *invocation)
{
    size_t size;
    uint8_t *file = read_file(command_argument(invocation, 0), &size);
    if (!file)
        return COMMAND_FAILED;
    struct audit *audit = calloc(1, sizeof *audit);
    struct arena arena = {.size = AUDIT_ARENA_SIZE(size)};
    arena.at = malloc(arena.size);
    enum command_exit code = COMMAND_FAILED;
    if (!audit || !arena.at || sodium_init() < 0) {
        command_fail(code, "not enough memory to verify %zu bytes", size);
    } else {
        bool good = audit_export(audit, (struct bytes){file, size}, &arena,
                                 invocation->json ? NULL : print_roll, NULL);
        print_verdict(invocation, audit, good);
        code = good ? COMMAND_DONE : COMMAND_FAILED;
    }
    free(arena.at);
    free(audit);
    free(file);
    return code;
}
