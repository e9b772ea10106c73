/* SPDX-License-Identifier: MIT */
/* A walk over a page. */
#include "markup_walk.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX      64
#define ATTRIBUTES_MAX 32
#define IDS_MAX        1000

struct name {
    const char *at;
    size_t size;
};

struct walk {
    const char *at;
    size_t depth;
    struct name open[DEPTH_MAX];
    size_t ids_count;
    struct name ids[IDS_MAX];
};

static bool same(struct name one, struct name other)
{
    return one.size == other.size && memcmp(one.at, other.at, one.size) == 0;
}

static bool is(struct name name, const char *word)
{
    return same(name, (struct name){word, strlen(word)});
}

static struct name read_name(struct walk *walk)
{
    struct name name = {.at = walk->at};
    while (isalnum((unsigned char)*walk->at) || *walk->at == '-')
        walk->at++;
    name.size = (size_t)(walk->at - name.at);
    return name;
}

static void skip_spaces(struct walk *walk)
{
    while (*walk->at == ' ' || *walk->at == '\n')
        walk->at++;
}

/* A reference is one of the five that HTML and XML share. */
static const char *check_reference(struct walk *walk)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(walk->at, known[i], strlen(known[i])) == 0) {
            walk->at += strlen(known[i]);
            return NULL;
        }
    return "an unknown reference";
}

/* Of text and attributes: no byte that XML forbids. */
static const char *check_byte(struct walk *walk)
{
    const unsigned char byte = (unsigned char)*walk->at;
    if (byte == '&')
        return check_reference(walk);
    if ((byte < ' ' && byte != '\n') || byte == 0x7F)
        return "a control character";
    walk->at++;
    return NULL;
}

/* Attributes that are numbers, whole. */
static const char *check_value(struct name attribute, struct name value)
{
    static const char *const numbers[] = {"x",  "y",  "x1", "y1",    "x2",    "y2",
                                          "cx", "cy", "r",  "width", "height"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char *end;
        if (!is(attribute, numbers[i]))
            continue;
        strtod(value.at, &end);
        return end == value.at + value.size && value.size > 0 ? NULL : "a coordinate is no number";
    }
    return NULL;
}

static const char *add_id(struct walk *walk, struct name id)
{
    for (size_t i = 0; i < walk->ids_count; i++)
        if (same(walk->ids[i], id))
            return "an id twice";
    if (walk->ids_count == IDS_MAX)
        return "too many ids";
    walk->ids[walk->ids_count++] = id;
    return NULL;
}

static const char *walk_attributes(struct walk *walk)
{
    struct name seen[ATTRIBUTES_MAX];
    size_t count = 0;
    for (skip_spaces(walk); *walk->at != '>' && *walk->at != '/'; skip_spaces(walk)) {
        const struct name name = read_name(walk);
        if (name.size == 0 || strncmp(walk->at, "=\"", 2) != 0)
            return "an attribute without a name or a quoted value";
        walk->at += 2;
        struct name value = {.at = walk->at};
        while (*walk->at != '"') {
            if (*walk->at == '<' || *walk->at == '\0')
                return "an attribute without end";
            const char *wrong = check_byte(walk);
            if (wrong != NULL)
                return wrong;
        }
        value.size = (size_t)(walk->at - value.at);
        walk->at++;
        for (size_t i = 0; i < count; i++)
            if (same(seen[i], name))
                return "an attribute twice";
        if (count == ATTRIBUTES_MAX)
            return "too many attributes";
        seen[count++] = name;
        const char *wrong = check_value(name, value);
        if (wrong == NULL && is(name, "id"))
            wrong = add_id(walk, value);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

static const char *walk_tag(struct walk *walk)
{
    walk->at++;
    if (*walk->at == '/') {
        walk->at++;
        const struct name name = read_name(walk);
        if (*walk->at != '>' || walk->depth == 0 || !same(walk->open[walk->depth - 1], name))
            return "an end without its start";
        walk->depth--;
        walk->at++;
        return NULL;
    }
    const struct name name = read_name(walk);
    if (name.size == 0)
        return "an element without a name";
    const char *wrong = walk_attributes(walk);
    if (wrong != NULL)
        return wrong;
    if (*walk->at == '/') {
        walk->at++;
        return *walk->at++ == '>' ? NULL : "a tag without end";
    }
    walk->at++;
    if (walk->depth == DEPTH_MAX)
        return "too deep";
    walk->open[walk->depth++] = name;
    return NULL;
}

const char *markup_walk(const char *page, size_t *at)
{
    static const char start[] = "<!DOCTYPE html>\n<html ";
    struct walk walk = {.at = page};
    const char *wrong = NULL;
    if (strncmp(page, start, strlen(start)) != 0)
        return "no document type";
    walk.at += strlen("<!DOCTYPE html>\n");
    while (*walk.at != '\0' && wrong == NULL) {
        if (*walk.at == '<')
            wrong = walk_tag(&walk);
        else if (walk.depth == 0 && *walk.at != '\n')
            wrong = "text outside of all elements";
        else
            wrong = check_byte(&walk);
    }
    *at = (size_t)(walk.at - page);
    return wrong == NULL && walk.depth > 0 ? "an element without end" : wrong;
}

size_t markup_count(const char *page, const char *name)
{
    size_t count = 0;
    const size_t size = strlen(name);
    for (const char *at = strchr(page, '<'); at != NULL; at = strchr(at + 1, '<'))
        count += strncmp(at + 1, name, size) == 0 && strchr(" >/", at[1 + size]) != NULL;
    return count;
}
