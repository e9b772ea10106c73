/* SPDX-License-Identifier: MIT */
/*
 * frame/ against protobuf-c on messages made up from seeds, each verdict by a case, and where the
 * results lie. The linker wraps the heap, so that a call from frame/ is seen.
 */
#include "frame/frame.h"
#include "tests/frame/presence.pb-c.h"
#include "tests/frame/sample.pb-c.h"
#include "tests/frame/tree.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SEEDS      4000
#define MEMORY     262144
#define PACKED_MAX 65536
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

static const ProtobufCMessageDescriptor *const types[] = {
    &sample__scalars__descriptor, &sample__repeats__descriptor,     &sample__choice__descriptor,
    &sample__vote__descriptor,    &presence__optionals__descriptor, &sample__batch__descriptor,
};

static _Alignas(16) uint8_t invented_memory[MEMORY];
static _Alignas(16) uint8_t arena_memory[MEMORY];
static uint8_t packed[PACKED_MAX];
static uint8_t repacked[PACKED_MAX];
static uint64_t heap_calls;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
    heap_calls++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    heap_calls++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    heap_calls++;
    return __real_realloc(memory, size);
}

static struct arena arena_of(size_t size)
{
    return (struct arena){.at = arena_memory, .size = size};
}

/* A message of the seed and its packing by protobuf-c in packed; NULL when it is too large. */
static const ProtobufCMessage *invent(uint64_t seed, struct bytes *in)
{
    struct dice_box box = {.state = seed};
    struct arena invented = {.at = invented_memory, .size = sizeof invented_memory};
    const ProtobufCMessage *message =
        tree_invent(types[seed % COUNT(types)], &box, &invented,
                    1 + (unsigned)dice_box_below(&box, FRAME_NESTING_MAX));
    if (message == NULL || protobuf_c_message_get_packed_size(message) > PACKED_MAX)
        return NULL;
    *in = (struct bytes){.at = packed, .size = protobuf_c_message_pack(message, packed)};
    return message;
}

static void assert_agrees_with_protobuf_c(const ProtobufCMessage *message, struct bytes in)
{
    ProtobufCMessage *other = protobuf_c_message_unpack(message->descriptor, NULL, in.size, in.at);
    assert_non_null(other);
    assert_true(tree_equal(message, other));
    protobuf_c_message_free_unpacked(other, NULL);
}

static void assert_packs_to(const ProtobufCMessage *message, struct bytes expected)
{
    assert_int_equal(frame_packed_size(message), expected.size);
    struct writer w = writer_on(repacked, expected.size);
    assert_true(frame_pack(message, &w));
    assert_false(w.failed);
    assert_int_equal(w.used, expected.size);
    if (expected.size > 0)
        assert_memory_equal(repacked, expected.at, expected.size);
}

static void invented_messages_pack_as_protobuf_c_packs_them(void **state)
{
    (void)state;
    unsigned tried = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct bytes in;
        const ProtobufCMessage *message = invent(seed, &in);
        if (message == NULL)
            continue;
        assert_packs_to(message, in);
        tried++;
    }
    assert_true(tried > SEEDS * 9 / 10);
}

static void invented_messages_unpack_as_protobuf_c_unpacks_them(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct bytes in;
        const ProtobufCMessage *message = invent(seed, &in);
        if (message == NULL)
            continue;
        struct arena arena = arena_of(sizeof arena_memory);
        const ProtobufCMessage *unpacked;
        assert_int_equal(frame_unpack(message->descriptor, in, &arena, &unpacked), FRAME_OK);
        assert_true(tree_equal(message, unpacked));
        assert_true(tree_lies_in(unpacked, in, &arena));
        assert_agrees_with_protobuf_c(unpacked, in);
        assert_packs_to(unpacked, in);
    }
}

static void changed_messages_are_refused_or_the_only_packing_of_what_they_mean(void **state)
{
    (void)state;
    unsigned refused = 0;
    unsigned accepted = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct bytes in;
        const ProtobufCMessage *message = invent(seed, &in);
        if (message == NULL || in.size == 0)
            continue;
        struct dice_box box = {.state = ~seed};
        for (int change = 0; change < 20; change++) {
            const size_t at = dice_box_below(&box, in.size);
            const uint8_t before = packed[at];
            packed[at] ^= (uint8_t)(1U << dice_box_below(&box, 8));
            struct bytes cut = in;
            if (change % 4 == 3)
                cut.size = dice_box_below(&box, in.size);
            struct arena arena = arena_of(sizeof arena_memory);
            const ProtobufCMessage *unpacked;
            if (frame_unpack(message->descriptor, cut, &arena, &unpacked) == FRAME_OK) {
                assert_agrees_with_protobuf_c(unpacked, cut);
                assert_packs_to(unpacked, cut);
                accepted++;
            } else {
                assert_null(unpacked);
                assert_int_equal(arena.used, 0);
                refused++;
            }
            packed[at] = before;
        }
    }
    assert_true(refused > SEEDS);
    assert_true(accepted > SEEDS);
}

static void a_message_fits_its_size_exactly_and_no_less(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct bytes in;
        const ProtobufCMessage *message = invent(seed, &in);
        if (message == NULL)
            continue;
        for (size_t size = 0; size < in.size && size < 3000; size++) {
            /* What lies behind the end must stay, whatever is tried before. */
            memset(repacked, 0xa5, in.size + 1);
            struct writer w = writer_on(repacked, size);
            assert_false(frame_pack(message, &w));
            assert_true(w.failed);
            assert_int_equal(w.used, 0);
            assert_int_equal(repacked[size], 0xa5);
        }
    }
}

static void packing_appends_and_a_failed_writer_stays_failed(void **state)
{
    (void)state;
    Sample__Scalars message = SAMPLE__SCALARS__INIT;
    message.u32 = 300;
    uint8_t memory[8] = {0};
    struct writer w = writer_on(memory, sizeof memory);
    write_u8(&w, 0xee);
    assert_true(frame_pack(&message.base, &w));
    assert_memory_equal(memory, "\xee\x08\xac\x02", 4);
    assert_int_equal(w.used, 4);
    w.failed = true;
    assert_false(frame_pack(&message.base, &w));
    assert_int_equal(w.used, 4);
}

static void a_smaller_arena_is_full_and_left_as_it_was(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct bytes in;
        const ProtobufCMessage *message = invent(seed, &in);
        if (message == NULL)
            continue;
        struct arena arena = arena_of(sizeof arena_memory);
        const ProtobufCMessage *unpacked;
        assert_int_equal(frame_unpack(message->descriptor, in, &arena, &unpacked), FRAME_OK);
        const size_t needed = arena.used;
        for (size_t size = 0; size <= needed && size < 2000; size++) {
            arena = arena_of(size);
            const enum frame_verdict verdict =
                frame_unpack(message->descriptor, in, &arena, &unpacked);
            assert_int_equal(verdict, size < needed ? FRAME_ARENA_FULL : FRAME_OK);
            assert_int_equal(arena.used, size < needed ? 0 : needed);
        }
    }
}

static void an_arena_may_start_anywhere_and_hold_several_messages(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x08, 0x01, 0x10, 0x01};
    const struct bytes in = {.at = bytes, .size = sizeof bytes};
    for (size_t start = 0; start < 16; start++) {
        struct arena arena = {.at = arena_memory + start, .size = 4096};
        const ProtobufCMessage *first;
        const ProtobufCMessage *second;
        assert_int_equal(frame_unpack(&sample__scalars__descriptor, in, &arena, &first), FRAME_OK);
        assert_int_equal(frame_unpack(&sample__scalars__descriptor, in, &arena, &second), FRAME_OK);
        assert_ptr_not_equal(first, second);
        assert_int_equal((uintptr_t)first % _Alignof(Sample__Scalars), 0);
        assert_int_equal((uintptr_t)second % _Alignof(Sample__Scalars), 0);
        assert_true(tree_equal(first, second));
    }
}

static void bytes_are_slices_of_the_input_and_strings_end(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x7a, 3, 'a', 0, 'b', 0x82, 0x01, 2, 0xc3, 0xa9};
    struct arena arena = arena_of(sizeof arena_memory);
    const ProtobufCMessage *message;
    assert_int_equal(frame_unpack(&sample__scalars__descriptor,
                                  (struct bytes){.at = bytes, .size = sizeof bytes}, &arena,
                                  &message),
                     FRAME_OK);
    const Sample__Scalars *scalars = (const Sample__Scalars *)message;
    assert_ptr_equal(scalars->blob.data, bytes + 2);
    assert_int_equal(scalars->blob.len, 3);
    assert_string_equal(scalars->text, "\xc3\xa9");
}

static void nothing_is_allocated(void **state)
{
    (void)state;
    void *volatile probe = malloc(1);
    free(probe);
    assert_true(heap_calls > 0);
    for (uint64_t seed = 0; seed < SEEDS / 10; seed++) {
        struct bytes in;
        const ProtobufCMessage *message = invent(seed, &in);
        if (message == NULL)
            continue;
        heap_calls = 0;
        struct arena arena = arena_of(sizeof arena_memory);
        const ProtobufCMessage *unpacked;
        const enum frame_verdict verdict = frame_unpack(message->descriptor, in, &arena, &unpacked);
        struct writer w = writer_on(repacked, frame_packed_size(message));
        const bool fits = frame_pack(message, &w);
        const uint64_t calls = heap_calls;
        assert_int_equal(verdict, FRAME_OK);
        assert_true(fits);
        assert_int_equal(calls, 0);
    }
}

struct verdict_case {
    const char *what;
    const ProtobufCMessageDescriptor *type;
    const char *bytes;
    size_t size;
    enum frame_verdict verdict;
};

#define SCALARS   &sample__scalars__descriptor
#define REPEATS   &sample__repeats__descriptor
#define CHOICE    &sample__choice__descriptor
#define OPTIONALS &presence__optionals__descriptor
#define VOTE      &sample__vote__descriptor
#define CASE(w, t, b, v)                                                                           \
    {                                                                                              \
        w, t, b, sizeof(b) - 1, v                                                                  \
    }
#define ONES_9 "\xff\xff\xff\xff\xff\xff\xff\xff\xff"

static const struct verdict_case verdict_cases[] = {
    CASE("nothing", SCALARS, "", FRAME_OK),
    CASE("nothing, of a message without fields", &sample__empty__descriptor, "", FRAME_OK),
    CASE("a field of a message without fields", &sample__empty__descriptor, "\x08\x01",
         FRAME_FIELD_UNKNOWN),

    CASE("tag alone", SCALARS, "\x08", FRAME_TRUNCATED),
    CASE("half a tag", SCALARS, "\x82", FRAME_TRUNCATED),
    CASE("half a number", SCALARS, "\x08\x80", FRAME_TRUNCATED),
    CASE("length beyond the end", SCALARS, "\x7a\x02x", FRAME_TRUNCATED),
    CASE("no length", SCALARS, "\x7a", FRAME_TRUNCATED),
    CASE("greatest length", SCALARS, "\x7a" ONES_9 "\x01x", FRAME_TRUNCATED),
    CASE("second element beyond the end", REPEATS, "\x4a\x01x\x4a\x02x", FRAME_TRUNCATED),
    CASE("packed: half a number", REPEATS, "\x0a\x02\x01\x80", FRAME_TRUNCATED),
    CASE("packed: length beyond the end", REPEATS, "\x0a\x02\x01", FRAME_TRUNCATED),
    CASE("vote: half a number", VOTE, "\x10\x80", FRAME_TRUNCATED),
    CASE("vote: half a number after bytes", VOTE, "\x0a\x01x\x10\x80", FRAME_TRUNCATED),
    CASE("vote: bytes beyond the end", VOTE, "\x0a\x03xx", FRAME_TRUNCATED),
    CASE("vote: later bytes beyond the end", VOTE, "\x10\x01\x22\x7fxxx", FRAME_TRUNCATED),
    CASE("vote: bytes up to the end", VOTE, "\x10\x01\x22\x03xxx", FRAME_OK),
    CASE("vote: zero", VOTE, "\x10\x00\x1a\x01x", FRAME_DEFAULT),
    CASE("vote: padded number", VOTE, "\x10\x81\x00", FRAME_VARINT_PADDED),
    CASE("vote: empty bytes", VOTE, "\x0a\x00\x10\x01", FRAME_DEFAULT),
    CASE("vote: number as bytes", VOTE, "\x12\x01x", FRAME_WIRE_TYPE),
    CASE("vote: bytes twice", VOTE, "\x0a\x01x\x0a\x01x", FRAME_FIELD_TWICE),
    CASE("vote: numbers out of order", VOTE, "\x18\x01\x10\x01", FRAME_FIELD_ORDER),
    CASE("vote: unknown field", VOTE, "\x18\x01\x38\x01", FRAME_FIELD_UNKNOWN),
    CASE("unknown field of a message without fields", &sample__empty__descriptor, "\x0a\x01x",
         FRAME_FIELD_UNKNOWN),
    CASE("inner message cut, though the outer is not", SCALARS, "\xfa\x7f\x01\x08\x80\x80\x01\x01",
         FRAME_TRUNCATED),

    CASE("number in two bytes", SCALARS, "\x08\x80\x01", FRAME_OK),
    CASE("padded number", SCALARS, "\x08\x81\x00", FRAME_VARINT_PADDED),
    CASE("padded number of three bytes", SCALARS, "\x08\x81\x80\x00", FRAME_VARINT_PADDED),
    CASE("padded zero", SCALARS, "\x08\x80\x00", FRAME_VARINT_PADDED),
    CASE("padded tag", SCALARS, "\x88\x00\x01", FRAME_VARINT_PADDED),
    CASE("padded length", SCALARS, "\x7a\x81\x00x", FRAME_VARINT_PADDED),
    CASE("padded to ten bytes", SCALARS, "\x10\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00",
         FRAME_VARINT_PADDED),
    CASE("packed: padded number", REPEATS, "\x0a\x02\x81\x00", FRAME_VARINT_PADDED),
    CASE("padded tag of a second element", REPEATS, "\x4a\x01x\xca\x00\x01x", FRAME_VARINT_PADDED),

    CASE("greatest uint64", SCALARS, "\x10" ONES_9 "\x01", FRAME_OK),
    CASE("65 bits", SCALARS, "\x10" ONES_9 "\x02", FRAME_VARINT_LONG),
    CASE("eleven bytes", SCALARS, "\x10" ONES_9 "\x81\x01", FRAME_VARINT_LONG),
    CASE("long tag", SCALARS, ONES_9 "\x7f\x01", FRAME_VARINT_LONG),

    CASE("greatest uint32", SCALARS, "\x08\xff\xff\xff\xff\x0f", FRAME_OK),
    CASE("uint32 of 33 bits", SCALARS, "\x08\x80\x80\x80\x80\x10", FRAME_NUMBER_RANGE),
    CASE("greatest int32", SCALARS, "\x18\xff\xff\xff\xff\x07", FRAME_OK),
    CASE("int32 above that", SCALARS, "\x18\x80\x80\x80\x80\x08", FRAME_NUMBER_RANGE),
    CASE("negative int32 cut to 32 bits", SCALARS, "\x18\xff\xff\xff\xff\x0f", FRAME_NUMBER_RANGE),
    CASE("int32 -1", SCALARS, "\x18" ONES_9 "\x01", FRAME_OK),
    CASE("least int32", SCALARS, "\x18\x80\x80\x80\x80\xf8\xff\xff\xff\xff\x01", FRAME_OK),
    CASE("int32 below that", SCALARS, "\x18\xff\xff\xff\xff\xf7\xff\xff\xff\xff\x01",
         FRAME_NUMBER_RANGE),
    CASE("sint32 of 33 bits", SCALARS, "\x28\x80\x80\x80\x80\x10", FRAME_NUMBER_RANGE),
    CASE("enum beyond 32 bits", SCALARS, "\x40\x81\x80\x80\x80\x10", FRAME_NUMBER_RANGE),
    CASE("packed: uint32 of 33 bits", REPEATS, "\x0a\x05\x80\x80\x80\x80\x10", FRAME_NUMBER_RANGE),
    CASE("oneof: uint32 of 33 bits", CHOICE, "\x10\x80\x80\x80\x80\x10", FRAME_NUMBER_RANGE),

    CASE("true", SCALARS, "\x38\x01", FRAME_OK),
    CASE("bool 2", SCALARS, "\x38\x02", FRAME_BOOL_RANGE),
    CASE("bool 256", SCALARS, "\x38\x80\x02", FRAME_BOOL_RANGE),
    CASE("packed: bool 2", REPEATS, "\x3a\x02\x01\x02", FRAME_BOOL_RANGE),

    CASE("enum: last in a row", SCALARS, "\x40\x02", FRAME_OK),
    CASE("enum: after it", SCALARS, "\x40\x03", FRAME_ENUM_UNKNOWN),
    CASE("enum: -1", SCALARS, "\x40" ONES_9 "\x01", FRAME_ENUM_UNKNOWN),
    CASE("enum: -7", SCALARS, "\x48\xf9\xff\xff\xff\xff\xff\xff\xff\xff\x01", FRAME_OK),
    CASE("enum: -8", SCALARS, "\x48\xf8\xff\xff\xff\xff\xff\xff\xff\xff\x01", FRAME_ENUM_UNKNOWN),
    CASE("enum: -6", SCALARS, "\x48\xfa\xff\xff\xff\xff\xff\xff\xff\xff\x01", FRAME_ENUM_UNKNOWN),
    CASE("enum: in a gap", SCALARS, "\x48\x01", FRAME_ENUM_UNKNOWN),
    CASE("enum: before the gap's end", SCALARS, "\x48\x04", FRAME_ENUM_UNKNOWN),
    CASE("enum: after the gap", SCALARS, "\x48\x06", FRAME_OK),
    CASE("enum: far away", SCALARS, "\x48\xc0\x84\x3d", FRAME_OK),
    CASE("enum: farther", SCALARS, "\x48\xc1\x84\x3d", FRAME_ENUM_UNKNOWN),
    CASE("packed: unknown enum", REPEATS, "\x42\x02\x05\x07", FRAME_ENUM_UNKNOWN),

    CASE("field 0", SCALARS, "\x00\x01", FRAME_FIELD_NUMBER),
    CASE("zeros behind", SCALARS, "\x08\x01\x00", FRAME_FIELD_NUMBER),
    CASE("field 2^29", SCALARS, "\x80\x80\x80\x80\x10\x01", FRAME_FIELD_NUMBER),
    CASE("field 2^32 + 1", SCALARS, "\x88\x80\x80\x80\x80\x01\x01", FRAME_FIELD_NUMBER),

    CASE("field in a gap", SCALARS, "\x50\x01", FRAME_FIELD_UNKNOWN),
    CASE("field above the last", SCALARS, "\x88\x80\x01\x01", FRAME_FIELD_UNKNOWN),
    CASE("field 2^29 - 1", SCALARS, "\xf8\xff\xff\xff\x0f\x01", FRAME_FIELD_UNKNOWN),
    CASE("the last field", SCALARS, "\x80\x80\x01\x01", FRAME_OK),
    CASE("unknown field inside", SCALARS, "\xfa\x7f\x02\x50\x01", FRAME_FIELD_UNKNOWN),

    CASE("fields in order", SCALARS, "\x08\x01\x10\x01", FRAME_OK),
    CASE("fields out of order", SCALARS, "\x10\x01\x08\x01", FRAME_FIELD_ORDER),
    CASE("repeated field interrupted", REPEATS, "\x4a\x01x\x52\x01x\x4a\x01x", FRAME_FIELD_ORDER),
    CASE("high field before a low one", SCALARS, "\x80\x80\x01\x01\x08\x01", FRAME_FIELD_ORDER),

    CASE("number twice", SCALARS, "\x08\x01\x08\x01", FRAME_FIELD_TWICE),
    CASE("bytes twice", SCALARS, "\x7a\x01x\x7a\x01x", FRAME_FIELD_TWICE),
    CASE("message twice", SCALARS, "\xfa\x7f\x00\xfa\x7f\x00", FRAME_FIELD_TWICE),
    CASE("packed field in two pieces", REPEATS, "\x0a\x01\x01\x0a\x01\x01", FRAME_FIELD_TWICE),
    CASE("oneof member twice", CHOICE, "\x10\x01\x10\x01", FRAME_FIELD_TWICE),
    CASE("optional twice", OPTIONALS, "\x08\x01\x08\x01", FRAME_FIELD_TWICE),

    CASE("two members", CHOICE, "\x10\x01\x18\x01", FRAME_ONEOF_TWICE),
    CASE("two members, apart", CHOICE, "\x10\x00\x82\x01\x00", FRAME_ONEOF_TWICE),
    CASE("one member of each oneof", CHOICE, "\x10\x01\x88\x01\x01", FRAME_OK),

    CASE("number as bytes", SCALARS, "\x0a\x01x", FRAME_WIRE_TYPE),
    CASE("bytes as number", SCALARS, "\x78\x01", FRAME_WIRE_TYPE),
    CASE("string as number", SCALARS, "\x80\x01\x01", FRAME_WIRE_TYPE),
    CASE("message as number", SCALARS, "\xf8\x7f\x01", FRAME_WIRE_TYPE),
    CASE("repeated bytes as number", REPEATS, "\x48\x01", FRAME_WIRE_TYPE),
    CASE("number as 64 bits", SCALARS, "\x09\x01\x00\x00\x00\x00\x00\x00\x00", FRAME_WIRE_TYPE),
    CASE("number as 32 bits", SCALARS, "\x0d\x01\x00\x00\x00", FRAME_WIRE_TYPE),
    CASE("packed as 32 bits", REPEATS, "\x0d\x01\x00\x00\x00", FRAME_WIRE_TYPE),
    CASE("start of a group", SCALARS, "\x0b\x0c", FRAME_WIRE_TYPE),
    CASE("end of a group", SCALARS, "\x0c", FRAME_WIRE_TYPE),
    CASE("wire type 6", SCALARS, "\x0e\x01", FRAME_WIRE_TYPE),
    CASE("wire type 7", SCALARS, "\x0f\x01", FRAME_WIRE_TYPE),

    CASE("packed", REPEATS, "\x0a\x02\x01\x02", FRAME_OK),
    CASE("not packed", REPEATS, "\x08\x01\x08\x02", FRAME_UNPACKED),
    CASE("one number, not packed", REPEATS, "\x40\x05", FRAME_UNPACKED),

    CASE("zero", SCALARS, "\x08\x00", FRAME_DEFAULT),
    CASE("zero, of a sint", SCALARS, "\x28\x00", FRAME_DEFAULT),
    CASE("false", SCALARS, "\x38\x00", FRAME_DEFAULT),
    CASE("enum zero", SCALARS, "\x40\x00", FRAME_DEFAULT),
    CASE("empty bytes", SCALARS, "\x7a\x00", FRAME_DEFAULT),
    CASE("empty string", SCALARS, "\x82\x01\x00", FRAME_DEFAULT),
    CASE("packed: nothing", REPEATS, "\x0a\x00", FRAME_DEFAULT),
    CASE("packed: zeros", REPEATS, "\x0a\x02\x00\x00", FRAME_OK),
    CASE("repeated: empty bytes and string", REPEATS, "\x4a\x00\x4a\x00\x52\x00", FRAME_OK),
    CASE("message without content", SCALARS, "\xfa\x7f\x00", FRAME_OK),
    CASE("oneof: zero", CHOICE, "\x10\x00", FRAME_OK),
    CASE("oneof: false", CHOICE, "\x40\x00", FRAME_OK),
    CASE("oneof: enum zero", CHOICE, "\x48\x00", FRAME_OK),
    CASE("oneof: empty bytes", CHOICE, "\x52\x00", FRAME_OK),
    CASE("oneof: empty string", CHOICE, "\x5a\x00", FRAME_OK),
    CASE("optional: zero", OPTIONALS, "\x08\x00", FRAME_OK),
    CASE("optional: empty bytes and string", OPTIONALS, "\x4a\x00\x52\x00", FRAME_OK),

    CASE("string of one to four bytes a character", SCALARS,
         "\x82\x01\x0a\x7f\xc2\x80\xe0\xa0\x80\xf4\x8f\xbf\xbf", FRAME_OK),
    CASE("continuation first", SCALARS, "\x82\x01\x01\x80", FRAME_STRING_UTF8),
    CASE("character cut", SCALARS, "\x82\x01\x02\xe0\xa0", FRAME_STRING_UTF8),
    CASE("over-long of two", SCALARS, "\x82\x01\x02\xc1\xbf", FRAME_STRING_UTF8),
    CASE("over-long of three", SCALARS, "\x82\x01\x03\xe0\x9f\xbf", FRAME_STRING_UTF8),
    CASE("over-long of four", SCALARS, "\x82\x01\x04\xf0\x8f\xbf\xbf", FRAME_STRING_UTF8),
    CASE("last before the surrogates", SCALARS, "\x82\x01\x03\xed\x9f\xbf", FRAME_OK),
    CASE("first surrogate", SCALARS, "\x82\x01\x03\xed\xa0\x80", FRAME_STRING_UTF8),
    CASE("above U+10FFFF", SCALARS, "\x82\x01\x04\xf4\x90\x80\x80", FRAME_STRING_UTF8),
    CASE("byte f5", SCALARS, "\x82\x01\x04\xf5\x80\x80\x80", FRAME_STRING_UTF8),
    CASE("second byte wrong", SCALARS, "\x82\x01\x02\xc2\x20", FRAME_STRING_UTF8),
    CASE("third byte wrong", SCALARS, "\x82\x01\x03\xe1\x80\xc0", FRAME_STRING_UTF8),
    CASE("fourth byte wrong", SCALARS, "\x82\x01\x04\xf1\x80\x80\x7f", FRAME_STRING_UTF8),
    CASE("repeated: second not UTF-8", REPEATS, "\x52\x01x\x52\x01\xff", FRAME_STRING_UTF8),

    CASE("NUL", SCALARS, "\x82\x01\x01\x00", FRAME_STRING_NUL),
    CASE("NUL behind", SCALARS, "\x82\x01\x02x\x00", FRAME_STRING_NUL),
    CASE("NUL before what is not UTF-8", SCALARS, "\x82\x01\x02\x00\xff", FRAME_STRING_NUL),
    CASE("bytes may hold NUL", SCALARS, "\x7a\x01\x00", FRAME_OK),

    CASE("eight levels", CHOICE, "\x7a\x0c\x7a\x0a\x7a\x08\x7a\x06\x7a\x04\x7a\x02\x7a\x00",
         FRAME_OK),
    CASE("nine levels", CHOICE, "\x7a\x0e\x7a\x0c\x7a\x0a\x7a\x08\x7a\x06\x7a\x04\x7a\x02\x7a\x00",
         FRAME_NESTING),
};

static void each_verdict_has_its_cases(void **state)
{
    (void)state;
    unsigned seen[FRAME_VERDICTS] = {0};
    for (size_t i = 0; i < COUNT(verdict_cases); i++) {
        const struct verdict_case *c = &verdict_cases[i];
        /* Of the exact size, so that a sanitizer sees a byte too far. */
        uint8_t *copy = malloc(c->size + (c->size == 0));
        assert_non_null(copy);
        memcpy(copy, c->bytes, c->size);
        const struct bytes in = {.at = copy, .size = c->size};
        struct arena arena = arena_of(sizeof arena_memory);
        const ProtobufCMessage *message;
        const enum frame_verdict verdict = frame_unpack(c->type, in, &arena, &message);
        if (verdict != c->verdict)
            fail_msg("%s: %s, not %s", c->what, frame_verdict_text(verdict),
                     frame_verdict_text(c->verdict));
        seen[verdict]++;
        if (verdict == FRAME_OK) {
            assert_packs_to(message, in);
            assert_agrees_with_protobuf_c(message, in);
        }
        free(copy);
    }
    for (enum frame_verdict verdict = FRAME_OK; verdict < FRAME_VERDICTS; verdict++)
        if (verdict != FRAME_ARENA_FULL)
            assert_true(seen[verdict] > 0);
}

static void no_bytes_may_have_no_address(void **state)
{
    (void)state;
    struct arena arena = arena_of(sizeof arena_memory);
    const ProtobufCMessage *message;
    assert_int_equal(frame_unpack(SCALARS, (struct bytes){0}, &arena, &message), FRAME_OK);
    assert_packs_to(message, (struct bytes){0});
}

static void many_empty_messages_fill_the_arena_not_the_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < PACKED_MAX; i += 2)
        memcpy(packed + i, "\x5a\x00", 2);
    const struct bytes in = {.at = packed, .size = PACKED_MAX};
    struct arena arena = arena_of(sizeof arena_memory);
    const ProtobufCMessage *message;
    assert_int_equal(frame_unpack(REPEATS, in, &arena, &message), FRAME_ARENA_FULL);
    assert_int_equal(arena.used, 0);
}

static void the_texts_of_verdicts_differ(void **state)
{
    (void)state;
    for (enum frame_verdict a = FRAME_OK; a < FRAME_VERDICTS; a++) {
        assert_true(strlen(frame_verdict_text(a)) > 0);
        for (enum frame_verdict b = FRAME_OK; b < a; b++)
            assert_string_not_equal(frame_verdict_text(a), frame_verdict_text(b));
    }
}

static void unpack_bytes(const ProtobufCMessageDescriptor *type, const char *bytes, size_t size)
{
    struct arena arena = arena_of(sizeof arena_memory);
    const ProtobufCMessage *message;
    frame_unpack(type, (struct bytes){.at = (const uint8_t *)bytes, .size = size}, &arena,
                 &message);
}

static void pack_message(const ProtobufCMessage *message)
{
    struct writer w = writer_on(repacked, sizeof repacked);
    frame_pack(message, &w);
}

static void unpack_fixed(void)
{
    unpack_bytes(&sample__unsupported__descriptor, "\x08\x01", 2);
}

static void pack_fixed(void)
{
    const Sample__Unsupported message = SAMPLE__UNSUPPORTED__INIT;
    pack_message(&message.base);
}

static void unpack_required(void)
{
    unpack_bytes(&presence__required__descriptor, "\x08\x01", 2);
}

static void pack_required(void)
{
    Presence__Required message = PRESENCE__REQUIRED__INIT;
    message.u32 = 1;
    pack_message(&message.base);
}

static void unpack_not_packed(void)
{
    unpack_bytes(&presence__unpacked__descriptor, "\x0a\x01\x01", 3);
}

static void pack_not_packed(void)
{
    uint32_t one = 1;
    Presence__Unpacked message = PRESENCE__UNPACKED__INIT;
    message.n_u32 = 1;
    message.u32 = &one;
    pack_message(&message.base);
}

static void pack_too_deep(void)
{
    Sample__Choice levels[FRAME_NESTING_MAX + 1];
    for (size_t i = 0; i <= FRAME_NESTING_MAX; i++) {
        sample__choice__init(&levels[i]);
        if (i > 0) {
            levels[i].what_case = SAMPLE__CHOICE__WHAT_CHOICE;
            levels[i].choice = &levels[i - 1];
        }
    }
    pack_message(&levels[FRAME_NESTING_MAX].base);
}

static void pack_unknown_fields(void)
{
    ProtobufCMessageUnknownField unknown = {.tag = 3};
    Sample__Empty message = SAMPLE__EMPTY__INIT;
    message.base.n_unknown_fields = 1;
    message.base.unknown_fields = &unknown;
    pack_message(&message.base);
}

/* Whether it stops its process, which is a child. */
static bool aborts(void (*act)(void))
{
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(2);
        act();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void what_only_a_bug_can_ask_for_stops_the_node(void **state)
{
    (void)state;
    assert_true(aborts(unpack_fixed));
    assert_true(aborts(pack_fixed));
    assert_true(aborts(unpack_required));
    assert_true(aborts(pack_required));
    assert_true(aborts(unpack_not_packed));
    assert_true(aborts(pack_not_packed));
    assert_true(aborts(pack_too_deep));
    assert_true(aborts(pack_unknown_fields));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invented_messages_pack_as_protobuf_c_packs_them),
        cmocka_unit_test(invented_messages_unpack_as_protobuf_c_unpacks_them),
        cmocka_unit_test(changed_messages_are_refused_or_the_only_packing_of_what_they_mean),
        cmocka_unit_test(a_message_fits_its_size_exactly_and_no_less),
        cmocka_unit_test(packing_appends_and_a_failed_writer_stays_failed),
        cmocka_unit_test(a_smaller_arena_is_full_and_left_as_it_was),
        cmocka_unit_test(an_arena_may_start_anywhere_and_hold_several_messages),
        cmocka_unit_test(bytes_are_slices_of_the_input_and_strings_end),
        cmocka_unit_test(nothing_is_allocated),
        cmocka_unit_test(each_verdict_has_its_cases),
        cmocka_unit_test(no_bytes_may_have_no_address),
        cmocka_unit_test(many_empty_messages_fill_the_arena_not_the_memory),
        cmocka_unit_test(the_texts_of_verdicts_differ),
        cmocka_unit_test(what_only_a_bug_can_ask_for_stops_the_node),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
