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

#include <string.h>

#define VARINT_SIZE_MAX 10
#define TAG_SIZE_MAX    5
#define WIRE_TYPE_BITS  3

struct packing {
    uint8_t *at; /* NULL once something did not fit. */
    uint8_t *end;
    bool exact; /* Leave one byte for each length, whatever the sibling took. */
};

static void pack_fields(const ProtobufCMessage *message, unsigned nesting, struct packing *packing);

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

static inline bool is_number(ProtobufCType type)
{
    return type != PROTOBUF_C_TYPE_BYTES && type != PROTOBUF_C_TYPE_MESSAGE &&
           type != PROTOBUF_C_TYPE_STRING;
}

static size_t number_size(ProtobufCType type)
{
    const bool wide = type == PROTOBUF_C_TYPE_INT64 || type == PROTOBUF_C_TYPE_UINT64 ||
                      type == PROTOBUF_C_TYPE_SINT64;
    return wide ? sizeof(uint64_t) : sizeof(uint32_t);
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
    const bool number_alone = is_number(field->type) && field->label != PROTOBUF_C_LABEL_REPEATED;
    return field->id << WIRE_TYPE_BITS |
           (number_alone ? PROTOBUF_C_WIRE_TYPE_VARINT : PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

static inline bool fits(struct packing *packing, size_t size)
{
    if (packing->at != NULL && (size_t)(packing->end - packing->at) < size)
        packing->at = NULL;
    return packing->at != NULL;
}

static inline void pack_varint(struct packing *packing, uint64_t value)
{
    if (fits(packing, varint_size(value)))
        packing->at = put_varint(packing->at, value);
}

static inline void pack_slice(struct packing *packing, struct bytes slice)
{
    pack_varint(packing, slice.size);
    if (!fits(packing, slice.size) || slice.size == 0)
        return;
    memcpy(packing->at, slice.at, slice.size);
    packing->at += slice.size;
}

/* A length and a nested message; *guess is what the length is thought to take, and then what it
 * took. */
static void pack_nested(const ProtobufCMessage *message, unsigned nesting, struct packing *packing,
                        size_t *guess)
{
    if (message == NULL) {
        pack_varint(packing, 0);
        return;
    }
    const size_t left = packing->exact ? 1 : *guess;
    if (!fits(packing, left))
        return;
    uint8_t *start = packing->at;
    packing->at += left;
    pack_fields(message, nesting + 1, packing);
    if (packing->at == NULL)
        return;
    const size_t size = (size_t)(packing->at - start) - left;
    const size_t needed = varint_size(size);
    if (needed != left) {
        if (needed > left && !fits(packing, needed - left))
            return;
        memmove(start + needed, start + left, size);
        packing->at = start + needed + size;
        *guess = needed;
    }
    put_varint(start, size);
}

static size_t packed_numbers_size(const ProtobufCFieldDescriptor *field, size_t count,
                                  const uint8_t *array)
{
    const size_t element_size = number_size(field->type);
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += varint_size(number_of(field, array + i * element_size));
    return size;
}

static void pack_numbers(const ProtobufCFieldDescriptor *field, size_t count, const uint8_t *array,
                         struct packing *packing)
{
    CHECK(field->flags & PROTOBUF_C_FIELD_FLAG_PACKED);
    const size_t element_size = number_size(field->type);
    pack_varint(packing, tag_of(field));
    const size_t size = packed_numbers_size(field, count, array);
    pack_varint(packing, size);
    if (!fits(packing, size))
        return;
    for (size_t i = 0; i < count; i++)
        packing->at = put_varint(packing->at, number_of(field, array + i * element_size));
}

static void pack_repeated(const ProtobufCFieldDescriptor *field, const uint8_t *message,
                          unsigned nesting, struct packing *packing)
{
    const size_t count = *(const size_t *)(const void *)(message + field->quantifier_offset);
    const uint8_t *array = *(const uint8_t *const *)(const void *)(message + field->offset);
    if (count == 0)
        return;
    if (is_number(field->type)) {
        pack_numbers(field, count, array, packing);
        return;
    }
    const size_t element_size =
        field->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
    size_t guess = 1;
    for (size_t i = 0; i < count; i++, array += element_size) {
        pack_varint(packing, tag_of(field));
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            pack_nested(*(const ProtobufCMessage *const *)(const void *)array, nesting, packing,
                        &guess);
        else
            pack_slice(packing, slice_of(field, array));
    }
}

static void pack_single(const ProtobufCFieldDescriptor *field, const uint8_t *message,
                        unsigned nesting, struct packing *packing)
{
    if (!is_present(field, message))
        return;
    const void *member = message + field->offset;
    pack_varint(packing, tag_of(field));
    size_t guess = 1;
    if (is_number(field->type))
        pack_varint(packing, number_of(field, member));
    else if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        pack_nested(*(const ProtobufCMessage *const *)member, nesting, packing, &guess);
    else
        pack_slice(packing, slice_of(field, member));
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

/*
 * The short way for what most fields are: numbered below 16, neither repeated nor optional nor in a
 * oneof, integers or fewer than 128 bytes, with room to spare. NULL: pack_field is to write it.
 */
static inline uint8_t *pack_plain(const ProtobufCFieldDescriptor *field, const uint8_t *message,
                                  uint8_t *at, const uint8_t *end)
{
    if (field->label != PROTOBUF_C_LABEL_NONE || field->flags != 0 || field->id >= 16)
        return NULL;
    const void *member = message + field->offset;
    uint64_t value = 0;
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        const ProtobufCBinaryData *data = member;
        if (data->len == 0)
            return at;
        if (data->len >= 0x80 || (size_t)(end - at) < data->len + 2)
            return NULL;
        at[0] = (uint8_t)(field->id << WIRE_TYPE_BITS | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
        at[1] = (uint8_t)data->len;
        return put_bytes(at + 2, data->data, data->len);
    }
    if (field->type == PROTOBUF_C_TYPE_UINT32)
        value = *(const uint32_t *)member;
    else if (field->type == PROTOBUF_C_TYPE_UINT64 || field->type == PROTOBUF_C_TYPE_INT64)
        value = *(const uint64_t *)member;
    else
        return NULL;
    if (value == 0)
        return at;
    if ((size_t)(end - at) < 1 + VARINT_SIZE_MAX)
        return NULL;
    *at++ = (uint8_t)(field->id << WIRE_TYPE_BITS | PROTOBUF_C_WIRE_TYPE_VARINT);
    return put_varint(at, value);
}

static __attribute__((noinline)) void pack_field(const ProtobufCFieldDescriptor *field,
                                                 const uint8_t *message, unsigned nesting,
                                                 struct packing *packing)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        pack_repeated(field, message, nesting, packing);
    else
        pack_single(field, message, nesting, packing);
}

static void pack_fields(const ProtobufCMessage *message, unsigned nesting, struct packing *packing)
{
    CHECK(nesting <= FRAME_NESTING_MAX);
    CHECK(message->n_unknown_fields == 0);
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    const uint8_t *end = packing->end;
    uint8_t *at = packing->at;
    for (unsigned i = 0; i < descriptor->n_fields && at != NULL; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        uint8_t *next = pack_plain(field, (const uint8_t *)message, at, end);
        if (next == NULL) {
            packing->at = at;
            pack_field(field, (const uint8_t *)message, nesting, packing);
            next = packing->at;
        }
        at = next;
    }
    packing->at = at;
}

bool frame_pack(const ProtobufCMessage *message, struct writer *w)
{
    CHECK(message->descriptor->magic == PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC);
    if (w->failed)
        return false;
    for (int exact = 0; exact < 2; exact++) {
        struct packing packing = {
            .at = w->at + w->used, .end = w->at + w->size, .exact = exact != 0};
        pack_fields(message, 1, &packing);
        if (packing.at != NULL) {
            w->used = (size_t)(packing.at - w->at);
            return true;
        }
    }
    w->failed = true;
    return false;
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
    if (is_number(field->type)) {
        const size_t size = packed_numbers_size(field, count, array);
        return tag_size + varint_size(size) + size;
    }
    const size_t element_size =
        field->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
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
    if (is_number(field->type))
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
