/* SPDX-License-Identifier: MIT */
#include "tests/frame/tree.h"

#include <string.h>

#define INVENTED_ELEMENTS_MAX 4
#define INVENTED_BYTES_MAX    200

static const void *member_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (const uint8_t *)message + field->offset;
}

static const void *quantifier_of(const ProtobufCMessage *message,
                                 const ProtobufCFieldDescriptor *field)
{
    return (const uint8_t *)message + field->quantifier_offset;
}

static bool in_oneof(const ProtobufCFieldDescriptor *field)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static size_t element_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    }
    return 0;
}

/* Messages and strings that are absent are NULL or, strings, empty by default. */
static bool element_equal(const ProtobufCFieldDescriptor *field, const void *a, const void *b)
{
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        const ProtobufCBinaryData *left = a;
        const ProtobufCBinaryData *right = b;
        return left->len == right->len &&
               (left->len == 0 || memcmp(left->data, right->data, left->len) == 0);
    }
    const void *const *left = a;
    const void *const *right = b;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return *left == NULL || *right == NULL ? *left == *right : strcmp(*left, *right) == 0;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *left == NULL || *right == NULL ? *left == *right : tree_equal(*left, *right);
    return memcmp(a, b, element_size(field->type)) == 0;
}

static bool field_equal(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *a,
                        const ProtobufCMessage *b)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        const size_t count = *(const size_t *)quantifier_of(a, field);
        if (count != *(const size_t *)quantifier_of(b, field))
            return false;
        const uint8_t *left = *(const uint8_t *const *)member_of(a, field);
        const uint8_t *right = *(const uint8_t *const *)member_of(b, field);
        const size_t size = element_size(field->type);
        for (size_t i = 0; i < count; i++)
            if (!element_equal(field, left + i * size, right + i * size))
                return false;
        return true;
    }
    if (in_oneof(field)) {
        const uint32_t chosen = *(const uint32_t *)quantifier_of(a, field);
        if (chosen != *(const uint32_t *)quantifier_of(b, field))
            return false;
        if (chosen != field->id)
            return true;
    } else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type != PROTOBUF_C_TYPE_STRING &&
               field->type != PROTOBUF_C_TYPE_MESSAGE) {
        const protobuf_c_boolean there = *(const protobuf_c_boolean *)quantifier_of(a, field);
        if (there != *(const protobuf_c_boolean *)quantifier_of(b, field))
            return false;
        if (!there)
            return true;
    }
    return element_equal(field, member_of(a, field), member_of(b, field));
}

bool tree_equal(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    if (a->descriptor != b->descriptor || a->n_unknown_fields != 0 || b->n_unknown_fields != 0)
        return false;
    for (unsigned i = 0; i < a->descriptor->n_fields; i++)
        if (!field_equal(&a->descriptor->fields[i], a, b))
            return false;
    return true;
}

static bool lies_in(const void *at, size_t size, const uint8_t *memory, size_t memory_size)
{
    const uintptr_t start = (uintptr_t)memory;
    return (uintptr_t)at >= start && (uintptr_t)at - start <= memory_size &&
           size <= memory_size - ((uintptr_t)at - start);
}

static bool element_lies_in(const ProtobufCFieldDescriptor *field, const void *element,
                            struct bytes input, const struct arena *arena)
{
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        const ProtobufCBinaryData *data = element;
        return data->data == NULL ? data->len == 0
                                  : lies_in(data->data, data->len, input.at, input.size);
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *string = *(const char *const *)element;
        return string == NULL || string == field->default_value ||
               lies_in(string, strlen(string) + 1, arena->at, arena->used);
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessage *message = *(const ProtobufCMessage *const *)element;
        return message == NULL || tree_lies_in(message, input, arena);
    }
    return true;
}

static bool field_lies_in(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message,
                          struct bytes input, const struct arena *arena)
{
    if (in_oneof(field) && *(const uint32_t *)quantifier_of(message, field) != field->id)
        return true;
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return element_lies_in(field, member_of(message, field), input, arena);
    const size_t count = *(const size_t *)quantifier_of(message, field);
    const uint8_t *array = *(const uint8_t *const *)member_of(message, field);
    const size_t size = element_size(field->type);
    if (count == 0)
        return array == NULL;
    if (!lies_in(array, count * size, arena->at, arena->used))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!element_lies_in(field, array + i * size, input, arena))
            return false;
    return true;
}

bool tree_lies_in(const ProtobufCMessage *message, struct bytes input, const struct arena *arena)
{
    if (!lies_in(message, message->descriptor->sizeof_message, arena->at, arena->used))
        return false;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        if (!field_lies_in(&message->descriptor->fields[i], message, input, arena))
            return false;
    return true;
}

uint64_t dice_box_next(struct dice_box *box)
{
    uint64_t z = box->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

size_t dice_box_below(struct dice_box *box, size_t count)
{
    return (size_t)(dice_box_next(box) % count);
}

static void *arena_memory(struct arena *arena, size_t size)
{
    const size_t start = (arena->used + 15) & ~(size_t)15;
    if (start > arena->size || arena->size - start < size)
        return NULL;
    arena->used = start + size;
    return memset(arena->at + start, 0, size);
}

/* Of any width, and often at the edge of one. */
static uint64_t invent_number(struct dice_box *box)
{
    const unsigned bits = (unsigned)dice_box_below(box, 64);
    const uint64_t edge = UINT64_C(1) << bits;
    switch (dice_box_below(box, 4)) {
    case 0:
        return edge;
    case 1:
        return edge - 1;
    case 2:
        return 0 - edge;
    default:
        return dice_box_next(box) >> bits;
    }
}

static char *invent_string(struct dice_box *box, struct arena *arena, size_t pieces)
{
    static const char *const characters[] = {"a",
                                             "Z",
                                             "~",
                                             "\x01",
                                             "\x7f",
                                             "\xc2\x80",
                                             "\xdf\xbf",
                                             "\xe0\xa0\x80",
                                             "\xed\x9f\xbf",
                                             "\xef\xbf\xbf",
                                             "\xf0\x90\x80\x80",
                                             "\xf4\x8f\xbf\xbf"};
    char *string = arena_memory(arena, pieces * 4 + 1);
    if (string == NULL)
        return NULL;
    for (size_t i = 0; i < pieces; i++)
        strcat(string, characters[dice_box_below(box, sizeof characters / sizeof characters[0])]);
    return string;
}

static bool invent_bytes(struct dice_box *box, struct arena *arena, size_t size,
                         ProtobufCBinaryData *data)
{
    data->len = size;
    data->data = arena_memory(arena, size);
    for (size_t i = 0; data->data != NULL && i < size; i++)
        data->data[i] = (uint8_t)dice_box_next(box);
    return data->data != NULL;
}

/* What may be empty is, at times, when empty is allowed. */
static bool invent_element(const ProtobufCFieldDescriptor *field, struct dice_box *box,
                           struct arena *arena, unsigned nesting_max, bool may_be_empty,
                           void *element)
{
    const size_t size_min = may_be_empty ? 0 : 1;
    const uint64_t number = invent_number(box);
    switch (field->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return invent_bytes(box, arena, size_min + dice_box_below(box, INVENTED_BYTES_MAX),
                            element);
    case PROTOBUF_C_TYPE_STRING:
        *(char **)element = invent_string(box, arena, size_min + dice_box_below(box, 40));
        return *(char **)element != NULL;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)element = tree_invent(field->descriptor, box, arena, nesting_max - 1);
        return *(ProtobufCMessage **)element != NULL;
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumDescriptor *names = field->descriptor;
        *(int32_t *)element = names->values[dice_box_below(box, names->n_values)].value;
        return true;
    }
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)element = (protobuf_c_boolean)(number & 1);
        return true;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
        *(uint32_t *)element = (uint32_t)number;
        return true;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
        *(uint64_t *)element = number;
        return true;
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    return false;
}

static bool invent_repeated(const ProtobufCFieldDescriptor *field, struct dice_box *box,
                            struct arena *arena, unsigned nesting_max, ProtobufCMessage *message)
{
    const size_t count = 1 + dice_box_below(box, INVENTED_ELEMENTS_MAX);
    const size_t size = element_size(field->type);
    uint8_t *array = arena_memory(arena, count * size);
    if (array == NULL)
        return false;
    *(size_t *)(void *)((uint8_t *)message + field->quantifier_offset) = count;
    *(uint8_t **)(void *)((uint8_t *)message + field->offset) = array;
    for (size_t i = 0; i < count; i++)
        if (!invent_element(field, box, arena, nesting_max, true, array + i * size))
            return false;
    return true;
}

static bool invent_field(const ProtobufCFieldDescriptor *field, struct dice_box *box,
                         struct arena *arena, unsigned nesting_max, ProtobufCMessage *message)
{
    void *member = (uint8_t *)message + field->offset;
    void *quantifier = (uint8_t *)message + field->quantifier_offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return invent_repeated(field, box, arena, nesting_max, message);
    if (in_oneof(field)) {
        if (*(uint32_t *)quantifier != 0)
            return true;
        *(uint32_t *)quantifier = field->id;
        return invent_element(field, box, arena, nesting_max, true, member);
    }
    if (field->label != PROTOBUF_C_LABEL_OPTIONAL)
        return invent_element(field, box, arena, nesting_max, false, member);
    if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
        *(protobuf_c_boolean *)quantifier = 1;
    return invent_element(field, box, arena, nesting_max, true, member);
}

ProtobufCMessage *tree_invent(const ProtobufCMessageDescriptor *descriptor, struct dice_box *box,
                              struct arena *arena, unsigned nesting_max)
{
    ProtobufCMessage *message = arena_memory(arena, descriptor->sizeof_message);
    if (message == NULL)
        return NULL;
    descriptor->message_init(message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        /* Nested messages are rarer, or trees would grow without end. */
        const bool nested = field->type == PROTOBUF_C_TYPE_MESSAGE;
        if ((nested && nesting_max < 2) || dice_box_below(box, nested ? 3 : 2) != 0)
            continue;
        if (!invent_field(field, box, arena, nesting_max, message))
            return NULL;
    }
    return message;
}
