/* SPDX-License-Identifier: MIT */
/*
 * What requests.c and answers.c share: the parameters of a request, and how one is refused.
 * Internal to this folder.
 */
#ifndef NODE_REQUEST_PARTS_H
#define NODE_REQUEST_PARTS_H

#include "node/node.h"
#include "table/ticket.h"

#include <jansson.h>
#include <string.h>

static inline void refuse(struct node *node, uint64_t token, enum control_error code,
                          const char *sentence)
{
    control_reply_error(node->control, token, code, sentence);
}

static inline const char *string_of(const json_t *params, const char *key, const char *otherwise)
{
    const json_t *value = json_object_get(params, key);
    return json_is_string(value) ? json_string_value(value) : otherwise;
}

static inline json_int_t integer_of(const json_t *params, const char *key, json_int_t otherwise)
{
    const json_t *value = json_object_get(params, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static inline struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = (const uint8_t *)text, .size = strlen(text)};
}

/* The ticket of the parameters: false with a sentence if it is none; no ticket is unknown. */
bool request_ticket(const json_t *params, struct ticket *ticket, const char **sentence);

#endif
