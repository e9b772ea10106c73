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
#include "frame/field.h"

#include <string.h>

#define FIELD_NUMBER_MAX ((1U << 29) - 1)
#define WIRE_TYPE_MASK   7U

/* Everything that generated structs hold is aligned to at most this. */
#define ALIGNMENT 8U

_Static_assert(sizeof(ProtobufCMessage) >= 16, "messages can be zeroed by sixteen bytes");
_Static_assert(_Alignof(ProtobufCMessage) <= ALIGNMENT, "messages are aligned in the arena");
_Static_assert(_Alignof(uint64_t) <= ALIGNMENT, "numbers are aligned in the arena");

/* One call of frame_unpack: the arena, and what was wrong. */
struct unpacking {
    struct arena *arena;
    enum frame_verdict verdict;
    const ProtobufCMessageDescriptor *zero_type; /* The last type seen that starts all zero. */
};

/* How far a message was read. */
struct cursor {
    const uint8_t *at; /* The next byte; NULL when the verdict says why there is none. */
    const ProtobufCFieldDescriptor *last; /* The field that was read last; NULL before the first. */
};

static ProtobufCMessage *unpack_message(struct unpacking *unpacking,
                                        const ProtobufCMessageDescriptor *descriptor,
                                        const uint8_t *at, const uint8_t *end, unsigned nesting);

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

static inline void *fail(struct unpacking *unpacking, enum frame_verdict verdict)
{
    unpacking->verdict = verdict;
    return NULL;
}

/* size bytes of the arena, aligned for any member of a message. */
static inline void *take(struct unpacking *unpacking, size_t size)
{
    struct arena *arena = unpacking->arena;
    const size_t padding = -((uintptr_t)arena->at + arena->used) & (ALIGNMENT - 1);
    const size_t room = arena->size - arena->used;
    if (room < padding || room - padding < size)
        return fail(unpacking, FRAME_ARENA_FULL);
    void *taken = arena->at + arena->used + padding;
    arena->used += padding + size;
    return taken;
}

/* Room for an array; the count is bounded by the input, the product need not be. */
static void *take_array(struct unpacking *unpacking, size_t count, size_t element_size)
{
    if (count > unpacking->arena->size / element_size)
        return fail(unpacking, FRAME_ARENA_FULL);
    return take(unpacking, count * element_size);
}

/* A varint of any size; returns what follows it. */
static const uint8_t *read_long_varint(struct unpacking *unpacking, const uint8_t *at,
                                       const uint8_t *end, uint64_t *value)
{
    uint64_t sum = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (at == end)
            return fail(unpacking, FRAME_TRUNCATED);
        const uint8_t byte = *at++;
        if (shift == 63 && byte > 1)
            return fail(unpacking, FRAME_VARINT_LONG);
        if (shift > 0 && byte == 0)
            return fail(unpacking, FRAME_VARINT_PADDED);
        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            break;
    }
    *value = sum;
    return at;
}

static inline const uint8_t *read_varint(struct unpacking *unpacking, const uint8_t *at,
                                         const uint8_t *end, uint64_t *value)
{
    if (at == end || at[0] >= 0x80)
        return read_long_varint(unpacking, at, end, value);
    *value = at[0];
    return at + 1;
}

/* A length and as many bytes, in place; returns what follows them. */
static inline const uint8_t *read_slice(struct unpacking *unpacking, const uint8_t *at,
                                        const uint8_t *end, struct bytes *slice)
{
    uint64_t size = 0;
    at = read_varint(unpacking, at, end, &size);
    if (at == NULL)
        return NULL;
    if (size > (size_t)(end - at))
        return fail(unpacking, FRAME_TRUNCATED);
    *slice = (struct bytes){.at = at, .size = (size_t)size};
    return at + size;
}

static const uint8_t *read_tag(struct unpacking *unpacking, const uint8_t *at, const uint8_t *end,
                               uint32_t *number, unsigned *wire_type)
{
    uint64_t tag = 0;
    at = read_varint(unpacking, at, end, &tag);
    if (at == NULL)
        return NULL;
    *wire_type = (unsigned)tag & WIRE_TYPE_MASK;
    tag >>= WIRE_TYPE_BITS;
    if (tag == 0 || tag > FIELD_NUMBER_MAX)
        return fail(unpacking, FRAME_FIELD_NUMBER);
    *number = (uint32_t)tag;
    return at;
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

static bool store_string(struct unpacking *unpacking, struct bytes from, char **member)
{
    struct arena *arena = unpacking->arena;
    if (arena->size - arena->used <= from.size)
        return fail(unpacking, FRAME_ARENA_FULL);
    for (size_t i = 0; i < from.size;) {
        if (from.at[i] == 0)
            return fail(unpacking, FRAME_STRING_NUL);
        const size_t size = utf8_size(from.at + i, from.size - i);
        if (size == 0)
            return fail(unpacking, FRAME_STRING_UTF8);
        i += size;
    }
    char *copy = (char *)arena->at + arena->used;
    if (from.size > 0)
        memcpy(copy, from.at, from.size);
    copy[from.size] = '\0';
    arena->used += from.size + 1;
    *member = copy;
    return true;
}

/* Bytes lose their const, as frame.h says. */
static inline void store_bytes(const uint8_t *at, size_t size, void *member)
{
    *(ProtobufCBinaryData *)member =
        (ProtobufCBinaryData){.len = size, .data = (uint8_t *)(uintptr_t)at};
}

/* A bytes field, string or message. */
static inline bool store_slice(struct unpacking *unpacking, const ProtobufCFieldDescriptor *field,
                               struct bytes from, unsigned nesting, void *member)
{
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        store_bytes(from.at, from.size, member);
        return true;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return store_string(unpacking, from, member);
    ProtobufCMessage *message =
        unpack_message(unpacking, field->descriptor, from.at, from.at + from.size, nesting + 1);
    *(ProtobufCMessage **)member = message;
    return message != NULL;
}

static const uint8_t *unpack_packed(struct unpacking *unpacking,
                                    const ProtobufCFieldDescriptor *field, const uint8_t *at,
                                    const uint8_t *end, size_t *count, void **member)
{
    CHECK(field->flags & PROTOBUF_C_FIELD_FLAG_PACKED);
    struct bytes from = {0};
    const uint8_t *next = read_slice(unpacking, at, end, &from);
    if (next == NULL)
        return NULL;
    if (from.size == 0)
        return fail(unpacking, FRAME_DEFAULT);
    for (size_t i = 0; i < from.size; i++)
        *count += from.at[i] < 0x80;
    const size_t element_size = field_element_size(field);
    uint8_t *array = take_array(unpacking, *count, element_size);
    if (array == NULL)
        return NULL;
    *member = array;
    for (at = from.at; at != next; array += element_size) {
        uint64_t value = 0;
        at = read_varint(unpacking, at, next, &value);
        if (at == NULL)
            return NULL;
        const enum frame_verdict verdict = store_number(field, value, array);
        if (verdict != FRAME_OK)
            return fail(unpacking, verdict);
    }
    return next;
}

/* Elements that follow one another from here, each behind the same tag; at is the first's length.
 */
static bool count_run(struct unpacking *unpacking, const uint8_t *at, const uint8_t *end,
                      struct bytes tag, size_t *count)
{
    for (*count = 1;; ++*count) {
        struct bytes skipped;
        at = read_slice(unpacking, at, end, &skipped);
        if (at == NULL)
            return false;
        if ((size_t)(end - at) < tag.size || memcmp(at, tag.at, tag.size) != 0)
            return true;
        at += tag.size;
    }
}

/* Repeated bytes, strings or messages: all of them. */
static const uint8_t *unpack_run(struct unpacking *unpacking, const ProtobufCFieldDescriptor *field,
                                 const uint8_t *at, const uint8_t *end, struct bytes tag,
                                 unsigned nesting, size_t *count, void **member)
{
    if (!count_run(unpacking, at, end, tag, count))
        return NULL;
    const size_t element_size = field_element_size(field);
    uint8_t *array = take_array(unpacking, *count, element_size);
    if (array == NULL)
        return NULL;
    *member = array;
    for (size_t i = 0; i < *count; i++, array += element_size) {
        struct bytes slice = {0};
        at = read_slice(unpacking, i == 0 ? at : at + tag.size, end, &slice);
        if (at == NULL || !store_slice(unpacking, field, slice, nesting, array))
            return NULL;
    }
    return at;
}

static const uint8_t *unpack_repeated(struct unpacking *unpacking,
                                      const ProtobufCFieldDescriptor *field, const uint8_t *at,
                                      const uint8_t *end, struct bytes tag, unsigned nesting,
                                      uint8_t *message)
{
    size_t *count = (size_t *)(void *)(message + field->quantifier_offset);
    void **member = (void **)(void *)(message + field->offset);
    if (field_is_number(field))
        return unpack_packed(unpacking, field, at, end, count, member);
    return unpack_run(unpacking, field, at, end, tag, nesting, count, member);
}

/* One number, slice or message that is not repeated. */
static const uint8_t *unpack_single(struct unpacking *unpacking,
                                    const ProtobufCFieldDescriptor *field, const uint8_t *at,
                                    const uint8_t *end, unsigned nesting, uint8_t *message)
{
    bool shows_presence = false; /* So that a zero may be spelled out. */
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t *chosen = (uint32_t *)(void *)(message + field->quantifier_offset);
        if (*chosen != 0)
            return fail(unpacking, FRAME_ONEOF_TWICE);
        *chosen = field->id;
        shows_presence = true;
    } else if (field->label == PROTOBUF_C_LABEL_OPTIONAL) {
        if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
            *(protobuf_c_boolean *)(void *)(message + field->quantifier_offset) = 1;
        shows_presence = true;
    }
    void *member = message + field->offset;
    if (field_is_number(field)) {
        uint64_t value = 0;
        at = read_varint(unpacking, at, end, &value);
        if (at == NULL)
            return NULL;
        if (value == 0 && !shows_presence)
            return fail(unpacking, FRAME_DEFAULT);
        const enum frame_verdict verdict = store_number(field, value, member);
        return verdict == FRAME_OK ? at : fail(unpacking, verdict);
    }
    struct bytes slice = {0};
    at = read_slice(unpacking, at, end, &slice);
    if (at == NULL)
        return NULL;
    if (slice.size == 0 && !shows_presence && field->type != PROTOBUF_C_TYPE_MESSAGE)
        return fail(unpacking, FRAME_DEFAULT);
    return store_slice(unpacking, field, slice, nesting, member) ? at : NULL;
}

/* The field of that number; NULL if there is none. */
static const ProtobufCFieldDescriptor *field_numbered(const ProtobufCMessageDescriptor *descriptor,
                                                      uint32_t number)
{
    const ProtobufCFieldDescriptor *fields = descriptor->fields;
    /* Without gaps a field's number is its index plus one. */
    if (number <= descriptor->n_fields && fields[number - 1].id == number)
        return &fields[number - 1];
    unsigned low = 0;
    for (unsigned high = descriptor->n_fields; low < high;) {
        const unsigned middle = low + (high - low) / 2;
        if (fields[middle].id < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < descriptor->n_fields && fields[low].id == number ? &fields[low] : NULL;
}

static const ProtobufCFieldDescriptor *field_expected(struct unpacking *unpacking,
                                                      const ProtobufCMessageDescriptor *descriptor,
                                                      uint32_t number, unsigned wire_type,
                                                      uint32_t last)
{
    if (number <= last)
        return fail(unpacking, number == last ? FRAME_FIELD_TWICE : FRAME_FIELD_ORDER);
    const ProtobufCFieldDescriptor *field = field_numbered(descriptor, number);
    if (field == NULL)
        return fail(unpacking, FRAME_FIELD_UNKNOWN);
    CHECK(field->label != PROTOBUF_C_LABEL_REQUIRED);
    const bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    if (field_is_number(field) && wire_type == PROTOBUF_C_WIRE_TYPE_VARINT)
        return repeated ? fail(unpacking, FRAME_UNPACKED) : field;
    if ((repeated || !field_is_number(field)) && wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
        return field;
    return fail(unpacking, FRAME_WIRE_TYPE);
}

/* Any one field, with its tag. */
static __attribute__((noinline)) struct cursor unpack_field(
    struct unpacking *unpacking, const ProtobufCMessageDescriptor *descriptor, struct cursor cursor,
    const uint8_t *end, unsigned nesting, uint8_t *message)
{
    const struct cursor failed = {0};
    const uint32_t last = cursor.last == NULL ? 0 : cursor.last->id;
    uint32_t number = 0;
    unsigned wire_type = 0;
    const uint8_t *at = read_tag(unpacking, cursor.at, end, &number, &wire_type);
    if (at == NULL)
        return failed;
    const struct bytes tag = {.at = cursor.at, .size = (size_t)(at - cursor.at)};
    const ProtobufCFieldDescriptor *field =
        field_expected(unpacking, descriptor, number, wire_type, last);
    if (field == NULL)
        return failed;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        at = unpack_repeated(unpacking, field, at, end, tag, nesting, message);
    else
        at = unpack_single(unpacking, field, at, end, nesting, message);
    return (struct cursor){.at = at, .last = field};
}

/* The tag byte of a field numbered below 16, which no byte equals for any other, as int8_t. */
static inline int32_t tag_byte(const ProtobufCFieldDescriptor *field, ProtobufCWireType wire_type)
{
    return (int32_t)(field->id << WIRE_TYPE_BITS | wire_type);
}

/*
 * The short way, field by field in their order, through what most fields are: numbered below 16,
 * neither repeated nor optional nor in a oneof, a number below 2^14 or fewer than 128 bytes, and
 * right. Stops before anything else, which unpack_field is to judge.
 */
static inline struct cursor unpack_plain(const ProtobufCMessageDescriptor *descriptor,
                                         struct cursor cursor, const uint8_t *end, uint8_t *message)
{
    const uint8_t *at = cursor.at;
    if (end - at < 3 || descriptor->n_fields == 0)
        return cursor;
    const uint8_t *limit = end - 2;
    const ProtobufCFieldDescriptor *field =
        cursor.last == NULL ? descriptor->fields : cursor.last + 1;
    const ProtobufCFieldDescriptor *fields_end = descriptor->fields + descriptor->n_fields;
    for (; at < limit && field != fields_end; field++) {
        const field_kind kind = field_kind_of(field);
        if (field->flags != 0)
            break;
        void *member = message + field->offset;
        uint64_t value = at[1];
        if (kind == field_kind_plain(PROTOBUF_C_TYPE_BYTES)) {
            if ((int8_t)at[0] != tag_byte(field, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED))
                continue;
            if (value - 1 >= 0x7f || value > (size_t)(limit - at))
                break;
            store_bytes(at + 2, value, member);
            at += 2 + value;
            cursor = (struct cursor){.at = at, .last = field};
            continue;
        }
        const bool wide = kind == field_kind_plain(PROTOBUF_C_TYPE_UINT64) ||
                          kind == field_kind_plain(PROTOBUF_C_TYPE_INT64);
        if (!wide && kind != field_kind_plain(PROTOBUF_C_TYPE_UINT32) &&
            kind != field_kind_plain(PROTOBUF_C_TYPE_INT32))
            break;
        if ((int8_t)at[0] != tag_byte(field, PROTOBUF_C_WIRE_TYPE_VARINT))
            continue;
        if (value == 0)
            break;
        if (value >= 0x80) {
            if (at[2] - 1U >= 0x7f)
                break;
            value = (value & 0x7f) | (uint64_t)at[2] << 7;
            at++;
        }
        at += 2;
        if (wide)
            *(uint64_t *)member = value;
        else
            *(uint32_t *)member = (uint32_t)value;
        cursor = (struct cursor){.at = at, .last = field};
    }
    return cursor;
}

/* Whether a new message is all zero but for its descriptor: strings, and only they, have defaults.
 */
static inline bool starts_zero(struct unpacking *unpacking,
                               const ProtobufCMessageDescriptor *descriptor)
{
    if (unpacking->zero_type == descriptor)
        return true;
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (descriptor->fields[i].default_value != NULL)
            return false;
    unpacking->zero_type = descriptor;
    return true;
}

/*
 * A message with no field set. The generated init would do for all, but compilers may make it a
 * "rep stos", which takes longer than the fields. Hence also the zeroing by sixteen bytes, the last
 * of them overlapping.
 */
static inline ProtobufCMessage *new_message(struct unpacking *unpacking,
                                            const ProtobufCMessageDescriptor *descriptor)
{
    const size_t size = descriptor->sizeof_message;
    ProtobufCMessage *message = take(unpacking, size);
    if (message == NULL)
        return NULL;
    if (!starts_zero(unpacking, descriptor)) {
        descriptor->message_init(message);
        return message;
    }
    for (size_t i = 0; i + 16 < size; i += 16)
        memset((uint8_t *)message + i, 0, 16);
    memset((uint8_t *)message + size - 16, 0, 16);
    message->descriptor = descriptor;
    return message;
}

static ProtobufCMessage *unpack_message(struct unpacking *unpacking,
                                        const ProtobufCMessageDescriptor *descriptor,
                                        const uint8_t *at, const uint8_t *end, unsigned nesting)
{
    if (nesting > FRAME_NESTING_MAX)
        return fail(unpacking, FRAME_NESTING);
    ProtobufCMessage *message = new_message(unpacking, descriptor);
    if (message == NULL)
        return NULL;
    for (struct cursor cursor = {.at = at}; cursor.at != end;) {
        cursor = unpack_plain(descriptor, cursor, end, (uint8_t *)message);
        if (cursor.at == end)
            break;
        cursor = unpack_field(unpacking, descriptor, cursor, end, nesting, (uint8_t *)message);
        if (cursor.at == NULL)
            return NULL;
    }
    return message;
}

enum frame_verdict frame_unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes in,
                                struct arena *arena, const ProtobufCMessage **out)
{
    CHECK(descriptor->magic == PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC);
    CHECK(arena->used <= arena->size);
    const size_t used = arena->used;
    struct unpacking unpacking = {.arena = arena, .verdict = FRAME_OK};
    const uint8_t *end = in.size == 0 ? in.at : in.at + in.size;
    *out = unpack_message(&unpacking, descriptor, in.at, end, 1);
    if (*out == NULL)
        arena->used = used;
    return unpacking.verdict;
}
