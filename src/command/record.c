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

/* Fetches the piece at *offset of a table into file, which the answer is written to and errors call
 * `path`; moves *offset on and tells the *total. */
static enum command_exit fetch_piece(struct invocation *invocation, const char *table, int file,
                                     const char *path, json_int_t *offset, json_int_t *total)
{
    static uint8_t piece[PIECE_OUTPUT_MAX];
    json_t *answer;
    size_t size = 0;
    json_t *params = json_pack("{s:s*, s:I}", "table", table, "offset", *offset);
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
        code = command_fail(COMMAND_FAILED, "cannot write '%s': %s", path, strerror(errno));
    *offset += (json_int_t)size;
    json_decref(answer);
    return code;
}

static enum command_exit fetch(struct invocation *invocation, const char *table, int file,
                               const char *path, json_int_t *size)
{
    json_int_t total = 0;
    *size = 0;
    enum command_exit code = fetch_piece(invocation, table, file, path, size, &total);
    const json_int_t first = total;
    while (code == COMMAND_DONE && *size < total) {
        code = fetch_piece(invocation, table, file, path, size, &total);
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
    code = fetch(invocation, command_argument(invocation, 0), file, path, &size);
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

/* ---- Convictions ------------------------------------------------------------------------------
 */

/* Those found in a file, in its order. */
struct findings {
    bool rolls; /* Each roll is told as it is checked. */
    size_t count;
    struct conviction convictions[SEATS_MAX]; /* A seat number is convicted once. */
};

static void find(void *context, const struct table_event *event)
{
    struct findings *findings = context;
    if (findings->rolls)
        print_roll(NULL, event);
    if ((event->kind == TABLE_EVENT_CONVICTED || event->kind == TABLE_EVENT_ACCUSED) &&
        findings->count < SEATS_MAX)
        findings->convictions[findings->count++] = event->conviction;
}

/* Names are anybody's words: only what cannot move a cursor is shown. */
static void print_name(const char *name)
{
    for (; *name != '\0'; name++)
        putchar((unsigned char)*name < 32 || *name == 127 ? '?' : *name);
}

static void print_finding(const struct audit *audit, const struct conviction *conviction)
{
    char sentence[LIE_SENTENCE_SIZE];
    lie_sentence(conviction, sentence);
    printf("block %llu: ", (unsigned long long)conviction->height);
    print_name(audit->state.seats[conviction->seat].name);
    printf(" (seat %u) %s; proved by ", conviction->seat + 1, sentence);
    print_name(audit->state.seats[conviction->accuser].name);
    printf(" (seat %u)\n", conviction->accuser + 1);
}

static void add_statement(json_t *statements, struct bytes statement)
{
    char sentence[STATEMENT_SENTENCE_SIZE];
    if (statement.size == 0 || !lie_statement(statement, sentence))
        return;
    char *hex = malloc(2 * statement.size + 1);
    if (!hex)
        return;
    sodium_bin2hex(hex, 2 * statement.size + 1, statement.at, statement.size);
    json_array_append_new(statements, json_pack("{s:s, s:s}", "says", sentence, "hex", hex));
    free(hex);
}

static json_t *finding_json(const struct audit *audit, const struct conviction *conviction,
                            const struct bytes proof[static 2])
{
    char sentence[LIE_SENTENCE_SIZE];
    json_t *statements = json_array();
    lie_sentence(conviction, sentence);
    add_statement(statements, proof[0]);
    add_statement(statements, proof[1]);
    return json_pack("{s:i, s:s, s:s, s:s, s:I, s:I, s:I, s:i, s:s, s:I, s:o}", "seat",
                     (int)conviction->seat + 1, "name", audit->state.seats[conviction->seat].name,
                     "kind", lie_name(conviction->kind), "sentence", sentence, "epoch",
                     (json_int_t)conviction->epoch, "number", (json_int_t)conviction->number,
                     "height", (json_int_t)conviction->height, "accuser",
                     (int)conviction->accuser + 1, "accuser_name",
                     audit->state.seats[conviction->accuser].name, "sequence",
                     (json_int_t)conviction->sequence, "statements", statements);
}

/* The statements of a lie that a complaint proved are the deal and the complaint in the blocks. */
static void find_proof(struct bytes file, struct arena *arena, const struct conviction *conviction,
                       struct bytes proof[static 2])
{
    proof[0] = proof[1] = (struct bytes){0};
    if (!audit_proof(file, arena, conviction, proof))
        proof[0] = proof[1] = (struct bytes){0};
}

static json_t *findings_json(const struct audit *audit, const struct findings *findings,
                             struct bytes file, struct arena *arena)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        struct bytes proof[2];
        find_proof(file, arena, &findings->convictions[i], proof);
        json_array_append_new(list, finding_json(audit, &findings->convictions[i], proof));
    }
    return list;
}

static void print_verdict(const struct invocation *invocation, const struct audit *audit, bool good,
                          json_t *convicted)
{
    unsigned long long rolls = audit->rolls;
    if (invocation->json) {
        json_t *answer =
            json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:s?, s:O}", "schema", "bitcraps.verify/1",
                      "file", command_argument(invocation, 0), "verified", (int)good, "blocks",
                      (json_int_t)audit->blocks, "rolls", (json_int_t)rolls, "signatures",
                      (json_int_t)audit->signatures, "wrong", good ? NULL : audit->wrong,
                      "convicted", convicted);
        command_print_json(answer);
        json_decref(answer);
    } else if (good) {
        printf("verified %llu/%llu rolls\n", rolls, rolls);
    } else {
        printf("FAIL after block %llu and roll %llu: %s\n", (unsigned long long)audit->blocks,
               rolls, audit->wrong);
    }
}

static void print_statements(const struct conviction *conviction, const struct bytes *proof)
{
    if (proof[0].size == 0) {
        printf("  its deal and the complaint of it are in the blocks up to %llu\n",
               (unsigned long long)conviction->height);
        return;
    }
    for (unsigned i = 0; i < 2 && proof[i].size > 0; i++) {
        char sentence[STATEMENT_SENTENCE_SIZE];
        if (lie_statement(proof[i], sentence))
            printf("  it signed: %s\n", sentence);
    }
    if (conviction->kind == LIE_SHARED_FALSELY)
        printf("  and the proof in it does not hold\n");
}

/* Checks a whole file and tells what was found in it: `tell` is one of the two commands. */
static enum command_exit check_file(struct invocation *invocation, struct bytes file, bool rolls,
                                    void (*tell)(struct invocation *invocation,
                                                 const struct audit *audit, bool good,
                                                 const struct findings *findings, struct bytes file,
                                                 struct arena *arena))
{
    struct audit *audit = calloc(1, sizeof *audit);
    struct findings *findings = calloc(1, sizeof *findings);
    struct arena arena = {.size = AUDIT_ARENA_SIZE(file.size)};
    arena.at = malloc(arena.size);
    enum command_exit code = COMMAND_FAILED;
    if (!audit || !findings || !arena.at || sodium_init() < 0) {
        command_fail(code, "not enough memory to verify %zu bytes", file.size);
    } else {
        findings->rolls = rolls;
        bool good = audit_export(audit, file, &arena, find, findings);
        tell(invocation, audit, good, findings, file, &arena);
        code = good ? COMMAND_DONE : COMMAND_FAILED;
    }
    free(arena.at);
    free(findings);
    free(audit);
    return code;
}

static void tell_verdict(struct invocation *invocation, const struct audit *audit, bool good,
                         const struct findings *findings, struct bytes file, struct arena *arena)
{
    json_t *convicted = findings_json(audit, findings, file, arena);
    for (size_t i = 0; !invocation->json && i < findings->count; i++)
        print_finding(audit, &findings->convictions[i]);
    print_verdict(invocation, audit, good, convicted);
    json_decref(convicted);
}

enum command_exit command_verify(struct invocation *invocation)
{
    size_t size;
    uint8_t *file = read_file(command_argument(invocation, 0), &size);
    if (!file)
        return COMMAND_FAILED;
    const enum command_exit code =
        check_file(invocation, (struct bytes){file, size}, !invocation->json, tell_verdict);
    free(file);
    return code;
}

/* ---- Evidence ---------------------------------------------------------------------------------
 */

static void tell_evidence(struct invocation *invocation, const struct audit *audit, bool good,
                          const struct findings *findings, struct bytes file, struct arena *arena)
{
    if (!good)
        command_fail(COMMAND_FAILED, "the record does not hold after block %llu: %s",
                     (unsigned long long)audit->blocks, audit->wrong);
    if (invocation->json) {
        json_t *answer =
            json_pack("{s:s, s:b, s:o}", "schema", "bitcraps.evidence/1", "verified", (int)good,
                      "convicted", findings_json(audit, findings, file, arena));
        command_print_json(answer);
        json_decref(answer);
        return;
    }
    for (size_t i = 0; i < findings->count; i++) {
        struct bytes proof[2];
        find_proof(file, arena, &findings->convictions[i], proof);
        print_finding(audit, &findings->convictions[i]);
        print_statements(&findings->convictions[i], proof);
    }
    if (good && findings->count == 0)
        printf("nobody was convicted in %llu blocks\n", (unsigned long long)audit->blocks);
}

/* The record of a table at the daemon, through a file without a name. */
static uint8_t *fetch_record(struct invocation *invocation, size_t *size, enum command_exit *code)
{
    json_int_t total;
    uint8_t *at = NULL;
    const char *table = command_argument(invocation, 0);
    FILE *spool = tmpfile();
    if (!spool) {
        *code = command_fail(COMMAND_FAILED, "cannot keep the record for a moment: %s",
                             strerror(errno));
        return NULL;
    }
    *code = command_connect(invocation);
    if (*code == COMMAND_DONE)
        *code = fetch(invocation, table ? table : command_option(invocation, "table"),
                      fileno(spool), "a temporary file", &total);
    if (*code == COMMAND_DONE) {
        *size = (size_t)total;
        at = malloc(*size + 1);
        rewind(spool);
        if (!at || fread(at, 1, *size, spool) != *size) {
            *code = command_fail(COMMAND_FAILED, "cannot read the record back");
            free(at);
            at = NULL;
        }
    }
    fclose(spool);
    return at;
}

enum command_exit command_table_evidence(struct invocation *invocation)
{
    size_t size;
    enum command_exit code = COMMAND_FAILED;
    const char *path = command_option(invocation, "file");
    if (path && (command_argument(invocation, 0) || command_option(invocation, "table")))
        return command_fail(COMMAND_USAGE, "a table of the daemon or '--file', not both");
    uint8_t *file = path ? read_file(path, &size) : fetch_record(invocation, &size, &code);
    if (!file)
        return code;
    code = check_file(invocation, (struct bytes){file, size}, false, tell_evidence);
    free(file);
    return code;
}
