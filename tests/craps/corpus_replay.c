/* SPDX-License-Identifier: MIT */
/*
 * corpus_replay [FILE]...: plays sessions of crapssim, plain or gzipped, through the engine;
 * without files those of the tree. Each mismatch is a line, the first 20 are printed; the last line
 * counts. The exit status is 0 only when there was no mismatch, 2 when a file could not be read.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/craps/replay.h"

#define LINES_MAX 20

static struct replay replay;
static struct corpus_session session;
static char line[CORPUS_LINE_MAX + 2]; /* With its newline and zero. */

/* Line 0 is the file as a whole. */
static int complain(const char *file, uint64_t number, const char *what)
{
    if (number == 0)
        fprintf(stderr, "corpus_replay: %s: %s.\n", file, what);
    else
        fprintf(stderr, "corpus_replay: %s, line %llu: %s.\n", file, (unsigned long long)number,
                what);
    return 2;
}

/* What stopped the reading; NULL at the end of the file. */
static const char *read_fault(gzFile in)
{
    int code;
    const char *what = gzerror(in, &code);
    if (code == Z_ERRNO)
        return "it cannot be read";
    return code == Z_OK || code == Z_STREAM_END ? NULL : what;
}

static int play_lines(const char *file, gzFile in)
{
    uint64_t number = 1;
    for (; gzgets(in, line, sizeof line) != NULL; number++) {
        char fault[CORPUS_FAULT_SIZE];
        size_t size = strlen(line);
        if (size > 0 && line[size - 1] == '\n')
            size--;
        else if (size == sizeof line - 1)
            return complain(file, number, "the line is too long");
        else if (!gzeof(in))
            return complain(file, number, "there is a zero byte in it");
        if (!corpus_read((struct bytes){(const uint8_t *)line, size}, &session, fault))
            return complain(file, number, fault);
        replay_session(&replay, &session);
    }
    const char *fault = read_fault(in);
    return fault == NULL ? 0 : complain(file, number, fault);
}

static int play_file(const char *file)
{
    const uint64_t sessions = replay.sessions;
    gzFile in = gzopen(file, "rb");
    if (in == NULL)
        return complain(file, 0, "it cannot be opened");
    int result = play_lines(file, in);
    /* A cut gzip stream is only found when the file is closed. */
    if (gzclose(in) != Z_OK && result == 0)
        result = complain(file, 0, "it is damaged");
    if (result == 0 && replay.sessions == sessions)
        result = complain(file, 0, "there is no session in it");
    return result;
}

int main(int count, char **arguments)
{
    char path[4096];
    int result = 0;
    replay.out = stdout;
    replay.lines = LINES_MAX;
    if (count < 2) {
        const char *folder = getenv("srcdir");
        snprintf(path, sizeof path, "%s/tests/vectors/crapssim-corpus.jsonl.gz",
                 folder == NULL ? "." : folder);
        result = play_file(path);
    }
    for (int i = 1; i < count && result == 0; i++)
        result = play_file(arguments[i]);
    printf("sessions %llu rolls %llu mismatches %llu\n", (unsigned long long)replay.sessions,
           (unsigned long long)replay.rolls, (unsigned long long)replay.mismatches);
    return result != 0 ? result : replay.mismatches != 0;
}
