/* SPDX-License-Identifier: MIT */
/*
 * Writing a message once, front to back.
 *
 * A nested message's length comes before it but is known after it. So room for the length is left,
 * as much as the sibling before it took (one byte for the first), and the message is moved when the
 * guess was wrong. Guesses too large could miss an exact fit by bytes; then all is written again
 * with one-byte guesses, which never take more than the result.
 */
#include "frame/frame.h"

#include "base/check.h"
#include "frame/field.h"

#include <string.h>

#define VARINT_SIZE_MAX 10
#define TAG_SIZE_MAX    5

/* Where writing must end, and how: the place itself is passed from hand to hand, NULL once full. */
struct room {
    uint8_t *end;
    bool exact; /* Leave one byte for each length, whatever the sibling took. */
};

static uint8_t *pack_fields(const ProtobufCMessage *message, unsigned nesting, uint8_t *at,
                            const struct room *room);

static inline size_t varint_size(uint64_t value)
{
    /* Seven bits a byte: ceil(bits / 7), with at least one bit. */
    const unsigned bits = 64U - (unsigned)__builtin_clzll(value | 1);
    return (bits * 9 + 64) / 64;
}

static inline uint8_t *put_varint(uint8_t *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

/* What is written for a number: sign-extended, zigzag or as it is. */
static inline uint64_t number_of(const ProtobufCFieldDescriptor *field, const void *member)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
        return *(const uint32_t *)member;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return *(const uint64_t *)member;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        return (uint64_t)(int64_t) * (const int32_t *)member;
    case PROTOBUF_C_TYPE_SINT32: {
        const int32_t value = *(const int32_t *)member;
        return (uint32_t)value << 1 ^ -(uint32_t)(value < 0);
    }
    case PROTOBUF_C_TYPE_SINT64: {
        const int64_t value = *(const int64_t *)member;
        return (uint64_t)value << 1 ^ -(uint64_t)(value < 0);
    }
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)member != 0;
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    CHECK(!"a supported kind of number");
}

static inline struct bytes slice_of(const ProtobufCFieldDescriptor *field, const void *member)
{
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        const ProtobufCBinaryData *data = member;
        return (struct bytes){.at = data->data, .size = data->len};
    }
    const char *string = *(const char *const *)member;
    return (struct bytes){.at = (const uint8_t *)string,
                          .size = string == NULL ? 0 : strlen(string)};
}

/* Whether a field that is not repeated is written; as protobuf-c decides it. */
static inline bool is_present(const ProtobufCFieldDescriptor *field, const uint8_t *message)
{
    const void *member = message + field->offset;
    const void *quantifier = message + field->quantifier_offset;
    const bool in_oneof = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
    if (in_oneof && *(const uint32_t *)quantifier != field->id)
        return false;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(void *const *)member != NULL;
    if (in_oneof || field->label == PROTOBUF_C_LABEL_OPTIONAL) {
        if (field->type == PROTOBUF_C_TYPE_STRING)
            return *(void *const *)member != NULL && *(void *const *)member != field->default_value;
        return in_oneof || *(const protobuf_c_boolean *)quantifier;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *string = *(const char *const *)member;
        return string != NULL && string[0] != '\0';
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return ((const ProtobufCBinaryData *)member)->len > 0;
    return number_of(field, member) != 0;
}

static inline uint32_t tag_of(const ProtobufCFieldDescriptor *field)
{
    CHECK(field->label != PROTOBUF_C_LABEL_REQUIRED);
    const bool number_alone = field_is_number(field) && field->label != PROTOBUF_C_LABEL_REPEATED;
    return field->id << WIRE_TYPE_BITS |
           (number_alone ? PROTOBUF_C_WIRE_TYPE_VARINT : PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

/* Most slices are keys, digests or signatures: their sizes are spelled out for the compiler. */
static inline uint8_t *put_bytes(uint8_t *at, const uint8_t *from, size_t size)
{
    if (size == DIGEST_SIZE)
        memcpy(at, from, DIGEST_SIZE);
    else if (size == SIGNATURE_SIZE)
        memcpy(at, from, SIGNATURE_SIZE);
    else
        memcpy(at, from, size);
    return at + size;
}

static inline uint8_t *pack_varint(uint8_t *at, const struct room *room, uint64_t value)
{
    if (at == NULL || at == room->end)
        return NULL;
    if (value < 0x80) {
        *at = (uint8_t)value;
        return at + 1;
    }
    return (size_t)(room->end - at) < varint_size(value) ? NULL : put_varint(at, value);
}

static inline uint8_t *pack_slice(uint8_t *at, const struct room *room, struct bytes slice)
{
    at = pack_varint(at, room, slice.size);
    if (at == NULL || (size_t)(room->end - at) < slice.size)
        return NULL;
    return slice.size == 0 ? at : put_bytes(at, slice.at, slice.size);
}

/* A length and a nested message; *guess is what the length is thought to take, then what it took.
 */
static uint8_t *pack_nested(const ProtobufCMessage *message, unsigned nesting, uint8_t *at,
                            const struct room *room, size_t *guess)
{
    if (message == NULL)
        return pack_varint(at, room, 0);
    const size_t left = room->exact ? 1 : *guess;
    if (at == NULL || (size_t)(room->end - at) < left)
        return NULL;
    uint8_t *past = pack_fields(message, nesting + 1, at + left, room);
    if (past == NULL)
        return NULL;
    const size_t size = (size_t)(past - at) - left;
    const size_t needed = varint_size(size);
    if (needed != left) {
        if (needed > left && (size_t)(room->end - past) < needed - left)
            return NULL;
        memmove(at + needed, at + left, size);
        *guess = needed;
    }
    return put_varint(at, size) + size;
}

static size_t packed_numbers_size(const ProtobufCFieldDescriptor *field, size_t count,
                                  const uint8_t *array)
{
    const size_t element_size = field_element_size(field);
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += varint_size(number_of(field, array + i * element_size));
    return size;
}

static uint8_t *pack_numbers(const ProtobufCFieldDescriptor *field, size_t count,
                             const uint8_t *array, uint8_t *at, const struct room *room)
{
    CHECK(field->flags & PROTOBUF_C_FIELD_FLAG_PACKED);
    const size_t element_size = field_element_size(field);
    const size_t size = packed_numbers_size(field, count, array);
    at = pack_varint(at, room, tag_of(field));
    at = pack_varint(at, room, size);
    if (at == NULL || (size_t)(room->end - at) < size)
        return NULL;
    for (size_t i = 0; i < count; i++)
        at = put_varint(at, number_of(field, array + i * element_size));
    return at;
}

static uint8_t *pack_repeated(const ProtobufCFieldDescriptor *field, const uint8_t *message,
                              unsigned nesting, uint8_t *at, const struct room *room)
{
    const size_t count = *(const size_t *)(const void *)(message + field->quantifier_offset);
    const uint8_t *array = *(const uint8_t *const *)(const void *)(message + field->offset);
    if (count == 0)
        return at;
    if (field_is_number(field))
        return pack_numbers(field, count, array, at, room);
    const size_t element_size = field_element_size(field);
    size_t guess = 1;
    for (size_t i = 0; i < count; i++, array += element_size) {
        at = pack_varint(at, room, tag_of(field));
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            at = pack_nested(*(const ProtobufCMessage *const *)(const void *)array, nesting, at,
                             room, &guess);
        else
            at = pack_slice(at, room, slice_of(field, array));
    }
    return at;
}

static uint8_t *pack_single(const ProtobufCFieldDescriptor *field, const uint8_t *message,
                            unsigned nesting, uint8_t *at, const struct room *room)
{
    if (!is_present(field, message))
        return at;
    const void *member = message + field->offset;
    size_t guess = 1;
    at = pack_varint(at, room, tag_of(field));
    if (field_is_number(field))
        return pack_varint(at, room, number_of(field, member));
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return pack_nested(*(const ProtobufCMessage *const *)member, nesting, at, room, &guess);
    return pack_slice(at, room, slice_of(field, member));
}

static __attribute__((noinline)) uint8_t *pack_field(const ProtobufCFieldDescriptor *field,
                                                     const uint8_t *message, unsigned nesting,
                                                     uint8_t *at, const struct room *room)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return pack_repeated(field, message, nesting, at, room);
    return pack_single(field, message, nesting, at, room);
}

/*
 * The short way for what most fields are: numbered below 16, neither repeated nor optional nor in a
 * oneof, integers or fewer than 128 bytes, with room to spare. False: pack_field is to write it.
 */
static inline bool pack_plain(const ProtobufCFieldDescriptor *field, const uint8_t *message,
                              uint8_t **at, const uint8_t *end)
{
    const field_kind kind = field_kind_of(field);
    const void *member = message + field->offset;
    if (field->flags != 0 || field->id >= 16)
        return false;
    if (kind == field_kind_plain(PROTOBUF_C_TYPE_BYTES)) {
        const ProtobufCBinaryData *data = member;
        if (data->len == 0)
            return true;
        if (data->len >= 0x80 || (size_t)(end - *at) < data->len + 2)
            return false;
        (*at)[0] = (uint8_t)(field->id << WIRE_TYPE_BITS | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
        (*at)[1] = (uint8_t)data->len;
        *at = put_bytes(*at + 2, data->data, data->len);
        return true;
    }
    uint64_t value = 0;
    if (kind == field_kind_plain(PROTOBUF_C_TYPE_UINT64) ||
        kind == field_kind_plain(PROTOBUF_C_TYPE_INT64))
        value = *(const uint64_t *)member;
    else if (kind == field_kind_plain(PROTOBUF_C_TYPE_UINT32))
        value = *(const uint32_t *)member;
    else
        return false;
    if (value == 0)
        return true;
    if (end - *at < 1 + VARINT_SIZE_MAX)
        return false;
    *(*at)++ = (uint8_t)(field->id << WIRE_TYPE_BITS | PROTOBUF_C_WIRE_TYPE_VARINT);
    *at = put_varint(*at, value);
    return true;
}

static uint8_t *pack_fields(const ProtobufCMessage *message, unsigned nesting, uint8_t *at,
                            const struct room *room)
{
    CHECK(nesting <= FRAME_NESTING_MAX);
    CHECK(message->n_unknown_fields == 0);
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    const ProtobufCFieldDescriptor *field = descriptor->fields;
    const uint8_t *end = room->end;
    for (unsigned left = descriptor->n_fields; left > 0; left--, field++) {
        if (pack_plain(field, (const uint8_t *)message, &at, end))
            continue;
        at = pack_field(field, (const uint8_t *)message, nesting, at, room);
        if (at == NULL)
            return NULL;
    }
    return at;
}

bool frame_pack(const ProtobufCMessage *message, struct writer *w)
{
    CHECK(message->descriptor->magic == PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC);
    if (w->failed)
        return false;
    struct room room = {.end = w->at + w->size, .exact = false};
    uint8_t *past = pack_fields(message, 1, w->at + w->used, &room);
    if (past == NULL) {
        room.exact = true;
        past = pack_fields(message, 1, w->at + w->used, &room);
    }
    w->failed = past == NULL;
    if (!w->failed)
        w->used = (size_t)(past - w->at);
    return !w->failed;
}

static size_t fields_size(const ProtobufCMessage *message, unsigned nesting);

/* A length and what it counts. */
static size_t prefixed_size(const ProtobufCFieldDescriptor *field, const void *member,
                            unsigned nesting)
{
    size_t size = 0;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessage *nested = *(const ProtobufCMessage *const *)member;
        size = nested == NULL ? 0 : fields_size(nested, nesting + 1);
    } else {
        size = slice_of(field, member).size;
    }
    return varint_size(size) + size;
}

static size_t repeated_size(const ProtobufCFieldDescriptor *field, const uint8_t *message,
                            unsigned nesting)
{
    const size_t count = *(const size_t *)(const void *)(message + field->quantifier_offset);
    const uint8_t *array = *(const uint8_t *const *)(const void *)(message + field->offset);
    const size_t tag_size = varint_size(tag_of(field));
    if (count == 0)
        return 0;
    if (field_is_number(field)) {
        const size_t size = packed_numbers_size(field, count, array);
        return tag_size + varint_size(size) + size;
    }
    const size_t element_size = field_element_size(field);
    size_t size = count * tag_size;
    for (size_t i = 0; i < count; i++)
        size += prefixed_size(field, array + i * element_size, nesting);
    return size;
}

static size_t single_size(const ProtobufCFieldDescriptor *field, const uint8_t *message,
                          unsigned nesting)
{
    if (!is_present(field, message))
        return 0;
    const void *member = message + field->offset;
    const size_t tag_size = varint_size(tag_of(field));
    if (field_is_number(field))
        return tag_size + varint_size(number_of(field, member));
    return tag_size + prefixed_size(field, member, nesting);
}

static size_t fields_size(const ProtobufCMessage *message, unsigned nesting)
{
    CHECK(nesting <= FRAME_NESTING_MAX);
    CHECK(message->n_unknown_fields == 0);
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    size_t size = 0;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            size += repeated_size(field, (const uint8_t *)message, nesting);
        else
            size += single_size(field, (const uint8_t *)message, nesting);
    }
    return size;
}

size_t frame_packed_size(const ProtobufCMessage *message)
{
    return fields_size(message, 1);
}
