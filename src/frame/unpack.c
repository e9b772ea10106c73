/* SPDX-License-Identifier: MIT */
/*
 * Reading a message in place: one pass over the bytes with one cursor over the descriptor's fields.
 *
 * Canonical messages have their fields in ascending order, so the cursor only moves forward, and a
 * field is there already when the numbers have no gaps. Runs of repeated bytes, strings and
 * messages are counted before they are read, so that their array is taken from the arena in one
 * piece.
 */
#include "frame/frame.h"

#include "base/check.h"

#include <string.h>

#define FIELD_NUMBER_MAX ((1U << 29) - 1)
#define WIRE_TYPE_BITS   3
#define WIRE_TYPE_MASK   7U

/* Everything that generated structs hold is aligned to at most this. */
#define ALIGNMENT 8U

_Static_assert(_Alignof(ProtobufCMessage) <= ALIGNMENT, "messages are aligned in the arena");
_Static_assert(_Alignof(uint64_t) <= ALIGNMENT, "numbers are aligned in the arena");

static enum frame_verdict unpack_message(const ProtobufCMessageDescriptor *descriptor,
                                         struct bytes in, struct arena *arena, unsigned nesting,
                                         ProtobufCMessage **out);

const char *frame_verdict_text(enum frame_verdict verdict)
{
    switch (verdict) {
    case FRAME_OK:
        return "canonical";
    case FRAME_TRUNCATED:
        return "ends too early";
    case FRAME_VARINT_PADDED:
        return "number longer than need be";
    case FRAME_VARINT_LONG:
        return "number of more than 64 bits";
    case FRAME_NUMBER_RANGE:
        return "number beyond its field's 32 bits";
    case FRAME_BOOL_RANGE:
        return "bool other than 0 and 1";
    case FRAME_ENUM_UNKNOWN:
        return "unknown enum value";
    case FRAME_FIELD_NUMBER:
        return "impossible field number";
    case FRAME_FIELD_UNKNOWN:
        return "unknown field";
    case FRAME_FIELD_ORDER:
        return "field out of order";
    case FRAME_FIELD_TWICE:
        return "field given twice";
    case FRAME_ONEOF_TWICE:
        return "two members of a oneof";
    case FRAME_WIRE_TYPE:
        return "wrong wire type";
    case FRAME_UNPACKED:
        return "repeated numbers not packed";
    case FRAME_DEFAULT:
        return "default spelled out";
    case FRAME_STRING_UTF8:
        return "string is not UTF-8";
    case FRAME_STRING_NUL:
        return "string holds a NUL";
    case FRAME_NESTING:
        return "nested too deeply";
    case FRAME_ARENA_FULL:
        return "does not fit the arena";
    case FRAME_VERDICTS:
        break;
    }
    CHECK(!"a verdict");
}

/* size bytes of the arena, aligned for any member of a message; NULL when there are not so many. */
static inline void *arena_take(struct arena *arena, size_t size)
{
    const size_t padding = -((uintptr_t)arena->at + arena->used) & (ALIGNMENT - 1);
    const size_t room = arena->size - arena->used;
    if (room < padding || room - padding < size)
        return NULL;
    void *taken = arena->at + arena->used + padding;
    arena->used += padding + size;
    return taken;
}

/* Room for an array; the count is bounded by the input, the product need not be. */
static void *arena_take_array(struct arena *arena, size_t count, size_t element_size)
{
    if (count > arena->size / element_size)
        return NULL;
    return arena_take(arena, count * element_size);
}

/* A varint of two bytes or more, or one that is wrong. */
static enum frame_verdict read_long_varint(struct bytes *in, uint64_t *value)
{
    uint64_t sum = 0;
    size_t index = 0;
    for (unsigned shift = 0;; shift += 7, index++) {
        if (index == in->size)
            return FRAME_TRUNCATED;
        const uint8_t byte = in->at[index];
        if (shift == 63 && byte > 1)
            return FRAME_VARINT_LONG;
        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte == 0 && index > 0)
            return FRAME_VARINT_PADDED;
        if (byte < 0x80)
            break;
    }
    in->at += index + 1;
    in->size -= index + 1;
    *value = sum;
    return FRAME_OK;
}

static inline enum frame_verdict read_varint(struct bytes *in, uint64_t *value)
{
    if (in->size == 0 || in->at[0] >= 0x80)
        return read_long_varint(in, value);
    *value = in->at[0];
    in->at++;
    in->size--;
    return FRAME_OK;
}

/* A length and as many bytes, in place. */
static inline enum frame_verdict read_slice(struct bytes *in, struct bytes *slice)
{
    uint64_t size = 0;
    const enum frame_verdict verdict = read_varint(in, &size);
    if (verdict != FRAME_OK)
        return verdict;
    if (size > in->size)
        return FRAME_TRUNCATED;
    *slice = (struct bytes){.at = in->at, .size = (size_t)size};
    in->at += size;
    in->size -= (size_t)size;
    return FRAME_OK;
}

static inline enum frame_verdict read_tag(struct bytes *in, uint32_t *number, unsigned *wire_type)
{
    uint64_t tag = 0;
    const enum frame_verdict verdict = read_varint(in, &tag);
    if (verdict != FRAME_OK)
        return verdict;
    *wire_type = (unsigned)tag & WIRE_TYPE_MASK;
    tag >>= WIRE_TYPE_BITS;
    if (tag == 0 || tag > FIELD_NUMBER_MAX)
        return FRAME_FIELD_NUMBER;
    *number = (uint32_t)tag;
    return FRAME_OK;
}

static bool enum_names(const ProtobufCEnumDescriptor *descriptor, int32_t value)
{
    /* Ranges ascend; the one after the last tells only where that ends. */
    const ProtobufCIntRange *range = descriptor->value_ranges;
    for (unsigned i = 0; i < descriptor->n_value_ranges && value >= range[i].start_value; i++) {
        const int64_t count = (int64_t)range[i + 1].orig_index - (int64_t)range[i].orig_index;
        if ((int64_t)value - range[i].start_value < count)
            return true;
    }
    return false;
}

/* Whether a negative int32 was sign-extended to 64 bits, as proto3 has it. */
static inline bool fits_int32(uint64_t value)
{
    return value <= INT32_MAX || value >= (uint64_t)INT32_MIN;
}

static inline enum frame_verdict store_number(const ProtobufCFieldDescriptor *field, uint64_t value,
                                              void *member)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
        if (value > UINT32_MAX)
            return FRAME_NUMBER_RANGE;
        *(uint32_t *)member = (uint32_t)value;
        return FRAME_OK;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        *(uint64_t *)member = value;
        return FRAME_OK;
    case PROTOBUF_C_TYPE_ENUM:
        if (!fits_int32(value))
            return FRAME_NUMBER_RANGE;
        if (!enum_names(field->descriptor, (int32_t)value))
            return FRAME_ENUM_UNKNOWN;
        *(int32_t *)member = (int32_t)value;
        return FRAME_OK;
    case PROTOBUF_C_TYPE_INT32:
        if (!fits_int32(value))
            return FRAME_NUMBER_RANGE;
        *(int32_t *)member = (int32_t)value;
        return FRAME_OK;
    case PROTOBUF_C_TYPE_SINT32:
        if (value > UINT32_MAX)
            return FRAME_NUMBER_RANGE;
        *(int32_t *)member = (int32_t)((uint32_t)(value >> 1) ^ -(uint32_t)(value & 1));
        return FRAME_OK;
    case PROTOBUF_C_TYPE_SINT64:
        *(int64_t *)member = (int64_t)((value >> 1) ^ -(value & 1));
        return FRAME_OK;
    case PROTOBUF_C_TYPE_BOOL:
        if (value > 1)
            return FRAME_BOOL_RANGE;
        *(protobuf_c_boolean *)member = (protobuf_c_boolean)value;
        return FRAME_OK;
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

/*
 * Bytes of the UTF-8 character at the front, 0 if there is none: RFC 3629, section 4, whose table
 * allows neither surrogates nor over-long forms nor anything above U+10FFFF.
 */
static size_t utf8_size(const uint8_t *at, size_t size)
{
    const uint8_t first = at[0];
    uint8_t low = 0x80;
    uint8_t high = 0xbf;
    size_t length = 0;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        length = 2;
    else if (first >= 0xe0 && first <= 0xef)
        length = 3;
    else if (first >= 0xf0 && first <= 0xf4)
        length = 4;
    if (length == 0 || size < length)
        return 0;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    return length;
}

static enum frame_verdict store_string(struct bytes from, struct arena *arena, char **member)
{
    if (arena->size - arena->used <= from.size)
        return FRAME_ARENA_FULL;
    for (size_t i = 0; i < from.size;) {
        if (from.at[i] == 0)
            return FRAME_STRING_NUL;
        const size_t size = utf8_size(from.at + i, from.size - i);
        if (size == 0)
            return FRAME_STRING_UTF8;
        i += size;
    }
    char *copy = (char *)arena->at + arena->used;
    if (from.size > 0)
        memcpy(copy, from.at, from.size);
    copy[from.size] = '\0';
    arena->used += from.size + 1;
    *member = copy;
    return FRAME_OK;
}

/* A bytes field, string or message; bytes lose their const, as frame.h says. */
static inline enum frame_verdict store_slice(const ProtobufCFieldDescriptor *field,
                                             struct bytes from, struct arena *arena,
                                             unsigned nesting, void *member)
{
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        *(ProtobufCBinaryData *)member =
            (ProtobufCBinaryData){.len = from.size, .data = (uint8_t *)(uintptr_t)from.at};
        return FRAME_OK;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return store_string(from, arena, member);
    return unpack_message(field->descriptor, from, arena, nesting + 1, member);
}

static enum frame_verdict unpack_packed(const ProtobufCFieldDescriptor *field, struct bytes from,
                                        struct arena *arena, size_t *count, void **member)
{
    CHECK(field->flags & PROTOBUF_C_FIELD_FLAG_PACKED);
    if (from.size == 0)
        return FRAME_DEFAULT;
    for (size_t i = 0; i < from.size; i++)
        *count += from.at[i] < 0x80;
    const size_t element_size = number_size(field->type);
    uint8_t *array = arena_take_array(arena, *count, element_size);
    if (array == NULL)
        return FRAME_ARENA_FULL;
    *member = array;
    for (; from.size > 0; array += element_size) {
        uint64_t value = 0;
        enum frame_verdict verdict = read_varint(&from, &value);
        if (verdict == FRAME_OK)
            verdict = store_number(field, value, array);
        if (verdict != FRAME_OK)
            return verdict;
    }
    return FRAME_OK;
}

/* Elements that follow one another from here, each behind the same tag; in starts at a length. */
static enum frame_verdict count_run(struct bytes in, struct bytes tag, size_t *count)
{
    for (*count = 1;; ++*count) {
        struct bytes skipped;
        const enum frame_verdict verdict = read_slice(&in, &skipped);
        if (verdict != FRAME_OK)
            return verdict;
        if (in.size < tag.size || memcmp(in.at, tag.at, tag.size) != 0)
            return FRAME_OK;
        in.at += tag.size;
        in.size -= tag.size;
    }
}

/* Repeated bytes, strings or messages: all of them. */
static enum frame_verdict unpack_run(const ProtobufCFieldDescriptor *field, struct bytes *in,
                                     struct bytes tag, struct arena *arena, unsigned nesting,
                                     size_t *count, void **member)
{
    enum frame_verdict verdict = count_run(*in, tag, count);
    if (verdict != FRAME_OK)
        return verdict;
    const size_t element_size =
        field->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
    uint8_t *array = arena_take_array(arena, *count, element_size);
    if (array == NULL)
        return FRAME_ARENA_FULL;
    *member = array;
    for (size_t i = 0; i < *count; i++, array += element_size) {
        struct bytes slice;
        if (i > 0) {
            in->at += tag.size;
            in->size -= tag.size;
        }
        verdict = read_slice(in, &slice);
        if (verdict == FRAME_OK)
            verdict = store_slice(field, slice, arena, nesting, array);
        if (verdict != FRAME_OK)
            return verdict;
    }
    return FRAME_OK;
}

/* One number, slice or message that is not repeated. */
static inline enum frame_verdict unpack_single(const ProtobufCFieldDescriptor *field,
                                               struct bytes *in, struct arena *arena,
                                               unsigned nesting, uint8_t *message)
{
    bool shows_presence = false; /* So that a zero may be spelled out. */
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t *chosen = (uint32_t *)(void *)(message + field->quantifier_offset);
        if (*chosen != 0)
            return FRAME_ONEOF_TWICE;
        *chosen = field->id;
        shows_presence = true;
    } else if (field->label == PROTOBUF_C_LABEL_OPTIONAL) {
        if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
            *(protobuf_c_boolean *)(void *)(message + field->quantifier_offset) = 1;
        shows_presence = true;
    }
    void *member = message + field->offset;
    if (is_number(field->type)) {
        uint64_t value = 0;
        const enum frame_verdict verdict = read_varint(in, &value);
        if (verdict != FRAME_OK)
            return verdict;
        if (value == 0 && !shows_presence)
            return FRAME_DEFAULT;
        return store_number(field, value, member);
    }
    struct bytes slice;
    const enum frame_verdict verdict = read_slice(in, &slice);
    if (verdict != FRAME_OK)
        return verdict;
    if (slice.size == 0 && !shows_presence && field->type != PROTOBUF_C_TYPE_MESSAGE)
        return FRAME_DEFAULT;
    return store_slice(field, slice, arena, nesting, member);
}

static enum frame_verdict unpack_repeated(const ProtobufCFieldDescriptor *field, struct bytes *in,
                                          struct bytes tag, struct arena *arena, unsigned nesting,
                                          uint8_t *message)
{
    size_t *count = (size_t *)(void *)(message + field->quantifier_offset);
    void **member = (void **)(void *)(message + field->offset);
    if (!is_number(field->type))
        return unpack_run(field, in, tag, arena, nesting, count, member);
    struct bytes slice;
    const enum frame_verdict verdict = read_slice(in, &slice);
    if (verdict != FRAME_OK)
        return verdict;
    return unpack_packed(field, slice, arena, count, member);
}

/* The field of that number at or after the cursor, which is moved there; NULL if there is none. */
static inline const ProtobufCFieldDescriptor *field_numbered(
    const ProtobufCMessageDescriptor *descriptor, uint32_t number, unsigned *cursor)
{
    /* Without gaps a field's number is its index plus one. */
    if (number <= descriptor->n_fields && descriptor->fields[number - 1].id == number)
        return &descriptor->fields[number - 1];
    while (*cursor < descriptor->n_fields && descriptor->fields[*cursor].id < number)
        ++*cursor;
    if (*cursor == descriptor->n_fields || descriptor->fields[*cursor].id != number)
        return NULL;
    return &descriptor->fields[*cursor];
}

static enum frame_verdict unpack_fields(const ProtobufCMessageDescriptor *descriptor,
                                        struct bytes in, struct arena *arena, unsigned nesting,
                                        uint8_t *message)
{
    uint32_t last = 0;
    unsigned cursor = 0;
    while (in.size > 0) {
        struct bytes tag = in;
        uint32_t number = 0;
        unsigned wire_type = 0;
        enum frame_verdict verdict = read_tag(&in, &number, &wire_type);
        if (verdict != FRAME_OK)
            return verdict;
        tag.size -= in.size;
        if (number <= last)
            return number == last ? FRAME_FIELD_TWICE : FRAME_FIELD_ORDER;
        last = number;
        const ProtobufCFieldDescriptor *field = field_numbered(descriptor, number, &cursor);
        if (field == NULL)
            return FRAME_FIELD_UNKNOWN;
        CHECK(field->label != PROTOBUF_C_LABEL_REQUIRED);
        const bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
        const bool number_alone = is_number(field->type) && !repeated;
        if (wire_type !=
            (number_alone ? PROTOBUF_C_WIRE_TYPE_VARINT : PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)) {
            const bool unpacked =
                is_number(field->type) && wire_type == PROTOBUF_C_WIRE_TYPE_VARINT;
            return unpacked ? FRAME_UNPACKED : FRAME_WIRE_TYPE;
        }
        if (repeated)
            verdict = unpack_repeated(field, &in, tag, arena, nesting, message);
        else
            verdict = unpack_single(field, &in, arena, nesting, message);
        if (verdict != FRAME_OK)
            return verdict;
    }
    return FRAME_OK;
}

static enum frame_verdict unpack_message(const ProtobufCMessageDescriptor *descriptor,
                                         struct bytes in, struct arena *arena, unsigned nesting,
                                         ProtobufCMessage **out)
{
    if (nesting > FRAME_NESTING_MAX)
        return FRAME_NESTING;
    ProtobufCMessage *message = arena_take(arena, descriptor->sizeof_message);
    if (message == NULL)
        return FRAME_ARENA_FULL;
    descriptor->message_init(message);
    *out = message;
    return unpack_fields(descriptor, in, arena, nesting, (uint8_t *)message);
}

enum frame_verdict frame_unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes in,
                                struct arena *arena, const ProtobufCMessage **out)
{
    CHECK(descriptor->magic == PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC);
    CHECK(arena->used <= arena->size);
    const size_t used = arena->used;
    ProtobufCMessage *message = NULL;
    const enum frame_verdict verdict = unpack_message(descriptor, in, arena, 1, &message);
    if (verdict != FRAME_OK) {
        arena->used = used;
        message = NULL;
    }
    *out = message;
    return verdict;
}
