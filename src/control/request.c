/* SPDX-License-Identifier: MIT */
#include "control/request.h"

#include <string.h>

static bool id_is_good(const json_t *id)
{
    return json_is_integer(id) || json_is_string(id);
}

/* Returns what is wrong with the members of a request, or NULL. */
static const char *find_fault(json_t *root)
{
    const json_t *id = json_object_get(root, "id");
    const json_t *params = json_object_get(root, "params");
    const char *version = json_string_value(json_object_get(root, "jsonrpc"));
    if (!version || strcmp(version, "2.0") != 0)
        return "a request has \"jsonrpc\":\"2.0\"";
    if (!id_is_good(id))
        return "a request has an \"id\", a string or an integer";
    if (!json_is_string(json_object_get(root, "method")))
        return "a request has a \"method\", a string";
    if (params && !json_is_object(params))
        return "\"params\" are an object";
    if (json_object_size(root) != (params ? 4 : 3))
        return "a request has no members but jsonrpc, id, method and params";
    return NULL;
}

enum request_verdict request_parse(struct bytes line, struct request *out)
{
    json_error_t error;
    *out = (struct request){0};
    out->root = line.size > REQUEST_SIZE_MAX
                    ? NULL
                    : json_loadb((const char *)line.at, line.size, JSON_REJECT_DUPLICATES, &error);
    if (!out->root) {
        out->why = line.size > REQUEST_SIZE_MAX ? "a request has at most 65536 bytes"
                                                : "the line is not one JSON value";
        return REQUEST_NOT_JSON;
    }
    if (!json_is_object(out->root)) {
        out->why = "a request is one object; batches are not taken";
        return REQUEST_INVALID;
    }
    json_t *id = json_object_get(out->root, "id");
    out->id = id_is_good(id) ? id : NULL;
    out->why = find_fault(out->root);
    if (out->why)
        return REQUEST_INVALID;
    out->method = json_string_value(json_object_get(out->root, "method"));
    out->params = json_object_get(out->root, "params");
    return REQUEST_TAKEN;
}

void request_clear(struct request *request)
{
    json_decref(request->root);
    *request = (struct request){0};
}
