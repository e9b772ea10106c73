/* SPDX-License-Identifier: MIT */
/*
 * One line of the control protocol, taken apart: JSON-RPC 2.0, one object per line.
 *
 * Strict on purpose: duplicate or unknown members, batches and requests without an id are refused,
 * so that a misspelt script fails at once. Pure but for jansson's heap; any thread.
 */
#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include "base/types.h"

#include <jansson.h>

/* The longest line that either side sends in a request, without its newline. */
#define REQUEST_SIZE_MAX 65536

/*
 * Error codes. The first five are JSON-RPC 2.0 section 5.1; the others are -32000 less the exit
 * code that `bitcraps` ends with.
 */
enum control_error {
    CONTROL_ERROR_PARSE = -32700,
    CONTROL_ERROR_REQUEST = -32600,
    CONTROL_ERROR_METHOD = -32601,
    CONTROL_ERROR_PARAMS = -32602,
    CONTROL_ERROR_INTERNAL = -32603,
    CONTROL_ERROR_FAILED = -32001,
    CONTROL_ERROR_NOT_FOUND = -32004, /* No such peer or table. */
    CONTROL_ERROR_TIMED_OUT = -32005,
    CONTROL_ERROR_REFUSED = -32006, /* By the rules of the table. */
    CONTROL_ERROR_PERMISSION = -32007,
};

enum request_verdict {
    REQUEST_TAKEN,
    REQUEST_NOT_JSON, /* Answer CONTROL_ERROR_PARSE with id null. */
    REQUEST_INVALID,  /* Answer CONTROL_ERROR_REQUEST, with the id where there was a good one. */
};

struct request {
    json_t *root;       /* Owns all the others. */
    json_t *id;         /* A string or an integer; NULL if REQUEST_INVALID and none was good. */
    const char *method; /* NULL unless REQUEST_TAKEN. */
    json_t *params;     /* An object; NULL when the request has none. */
    const char *why;    /* A sentence unless REQUEST_TAKEN; static. */
};

/* Parses one line (without its newline) into *out. Whatever the verdict, request_clear() it. */
enum request_verdict request_parse(struct bytes line, struct request *out);

/* Drops what request_parse() made. */
void request_clear(struct request *request);

#endif
