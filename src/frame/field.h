/* SPDX-License-Identifier: MIT */
/*
 * What reading and writing both ask of a field's descriptor. Private to this folder.
 */
#ifndef FRAME_FIELD_H
#define FRAME_FIELD_H

#include <protobuf-c/protobuf-c.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A tag is a field's number above its wire type. */
#define WIRE_TYPE_BITS 3

/* Label and type as one number, which lie side by side in a descriptor: one comparison, not two. */
typedef uint64_t field_kind;

_Static_assert(sizeof(ProtobufCLabel) + sizeof(ProtobufCType) == sizeof(field_kind) &&
                   offsetof(ProtobufCFieldDescriptor, type) ==
                       offsetof(ProtobufCFieldDescriptor, label) + sizeof(ProtobufCLabel),
               "label and type fill a field_kind");

static inline field_kind field_kind_of(const ProtobufCFieldDescriptor *field)
{
    field_kind kind;
    memcpy(&kind, (const uint8_t *)field + offsetof(ProtobufCFieldDescriptor, label), sizeof kind);
    return kind;
}

/* The kind of a field of that type that is alone in its place: not repeated, optional, required. */
static inline field_kind field_kind_plain(ProtobufCType type)
{
    const ProtobufCFieldDescriptor field = {.label = PROTOBUF_C_LABEL_NONE, .type = type};
    return field_kind_of(&field);
}

static inline bool field_is_number(const ProtobufCFieldDescriptor *field)
{
    return field->type != PROTOBUF_C_TYPE_BYTES && field->type != PROTOBUF_C_TYPE_MESSAGE &&
           field->type != PROTOBUF_C_TYPE_STRING;
}

/* Bytes that one element takes in an array. */
static inline size_t field_element_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return sizeof(void *);
}

#endif
